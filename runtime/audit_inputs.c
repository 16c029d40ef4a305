/* What an owner shared is what its declaration says: a bool is 0 or 1, a number in its range. Checked by the protocols
 * themselves as soon as all inputs are there, before anything is computed of them: privacy rests on it, for what is
 * revealed is only what the program says while its inputs are what it says. Who shared a value outside is named. */
#include "runtime/audit.h"
#include "runtime/bit_protocol.h"
#include "runtime/gf60.h"

/* Of one owner's numbers: 2 len signs, none of which may be negative. */
typedef struct range_check {
    unsigned home;
    size_t at, len; /* among all */
} range_check;

static element constant_of(const field *f, wide v)
{
    element e = {{0}};

    wide_put(e.limb, ELEMENT_LIMBS, wide_sign(v) < 0 ? wide_neg(v) : v);
    return wide_sign(v) < 0 ? field_minus(f, element_of(0), e) : e;
}

/* signs = x - lo, then hi - x. */
static void distances(const field *f, void *signs, const input_note *in)
{
    void *below = signs, *above = field_at(f, signs, in->len);

    f->add_constant(f, below, in->share, field_minus(f, element_of(0), constant_of(f, in->lo)),
                    in->len);
    f->scale(f, above, in->share, field_minus(f, element_of(0), element_of(1)), in->len);
    f->add_constant(f, above, above, constant_of(f, in->hi), in->len);
}

/* Bits from … from+len-1 of a row, as words of their own. */
static void take_bits(uint64_t *out, const uint64_t *row, size_t from, size_t len)
{
    const size_t word = from / WORD_BITS, shift = from % WORD_BITS,
                 last = (from + len - 1) / WORD_BITS;

    for (size_t k = 0; k < words_of(len); k++) {
        out[k] = row[word + k] >> shift;
        if (shift && word + k < last) out[k] |= row[word + k + 1] << (WORD_BITS - shift);
    }
    if (len % WORD_BITS) out[words_of(len) - 1] &= ((uint64_t)1 << len % WORD_BITS) - 1;
}

/* Shares of a random combination of one owner's bits: 0 when all are 0. */
static uint64_t combine_bits(job *j, wire bit, const range_check *of)
{
    const box *b = job_box(j);
    const unsigned m = gf2m_degree(b->nodes);
    const size_t words = words_of(of->len);
    void *mark = job_mark(j);
    uint64_t *by = job_vector(j, b->audit->lifted->f, 2 * words), *row = job_words(j, words),
             sum = 0;

    coin_draw(j, b->audit->lifted->f, by, 2 * words);
    for (unsigned a = 0; a < m; a++) {
        gf60_sum plane = {0, 0};
        take_bits(row, bit.v + a * bit.stride, of->at, of->len);
        gf60_add_halves(&plane, by, row, words);
        sum ^= gf60_times(gf60_reduce(plane.low, plane.high), gf60_lift(m, (gf2m)(1u << a)));
    }
    job_release(j, mark);
    return sum;
}

static void expect_none_negative(job *j, wire negative, const range_check *of, size_t count)
{
    const box *b = job_box(j);
    const check_field *c = b->audit->lifted;
    void *mark = job_mark(j);
    uint64_t *sum = job_vector(j, c->f, count);

    toss(j);
    for (size_t k = 0; sum && k < count; k++) sum[k] = combine_bits(j, negative, &of[k]);
    open_strictly(j, c, sum, sum, count, "a check of inputs");
    for (size_t k = 0; sum && k < count; k++)
        if (sum[k])
            job_fail(j, E_ABORT, "%s shared a value outside of what the program declares",
                     b->launch->name[of[k].home]);
    job_release(j, mark);
}

/* One owner's numbers after the other's. Bools need no comparison: b b = b is a product like others. */
static size_t gather_checks(const audit *a, range_check *of)
{
    size_t count = 0, at = 0;

    for (const input_note *in = a->input; in; in = in->next) {
        if (in->kind == KIND_BOOL || !in->len) continue;
        of[count++] = (range_check){.home = in->home, .at = at, .len = 2 * in->len};
        at += 2 * in->len;
    }
    return count;
}

static void load_distances(const audit *a, const field *f, void *signs)
{
    for (const input_note *in = a->input; in; in = in->next) {
        if (in->kind == KIND_BOOL) continue;
        distances(f, signs, in);
        signs = field_at(f, signs, 2 * in->len);
    }
}

void check_inputs(job *j)
{
    box *b = job_box(j);
    const audit *a = b->audit;
    void *mark = job_mark(j), *signs;
    range_check *of = job_bytes(j, (a->inputs + 1) * sizeof *of);
    size_t count = gather_checks(a, of), all = count ? of[count - 1].at + of[count - 1].len : 0;
    wires negative = job_wires(j, 1, words_of(all));

    for (const input_note *in = a->input; in; in = in->next)
        if (in->kind == KIND_BOOL) note_products(j, in->share, in->share, in->share, in->len);
    signs = job_vector(j, b->f, all);
    load_distances(a, b->f, signs);
    if (all) bits_negative(j, wire_at(negative, 0), signs, all);
    check_point(j);
    if (count) expect_none_negative(j, wire_at(negative, 0), of, count);
    audit_drop_inputs(b);
    job_release(j, mark);
}
