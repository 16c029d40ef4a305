/* Bits that one node dealt in two fields, in the box's field and over GF(2^m), are the same bits. Of random subsets of
 * them the parity is compared: in the field the sum less twice its half, whose bits the dealer deals, in GF(2^m) the
 * sum. Each subset has a throw-away bit, dealt like the rest before the subsets are drawn, which hides the parity. One
 * subset misses a difference with probability 1/2, so there are forty-four.
 *
 * That what is dealt in the field are bits is for the products to say (b b = b), and is noted there. */
#include "runtime/audit.h"
#include "runtime/bit_protocol.h"
#include "runtime/gf60.h"

#include <string.h>

enum { SUBSETS = DEALT_SUBSETS };

/* What the nodes hold of one dealer's subsets. */
typedef struct parity {
    unsigned dealer;
    size_t rest;     /* bits of half a sum */
    wires bit;       /* one wire of SUBSETS throw-away bits, then of parities */
    void *sum;       /* the same in the field, [SUBSETS] */
    void *half;      /* [SUBSETS][rest] */
    uint64_t *count; /* the sums, at the dealer */
} parity;

/* --- throw-away bits */

static turn turn_of(unsigned dealer)
{
    return (turn){.first = dealer, .words = words_of(SUBSETS), .items = SUBSETS};
}

/* Random bits of the dealer's own, as `count` and as elements. */
static void *choose_bits(job *j, parity *p, uint64_t *row)
{
    const box *b = job_box(j);
    const field *f = b->f;
    void *number = job_vector(j, f, SUBSETS);

    if (!stream_bits(b->keys->own_bits, row, words_of(SUBSETS)))
        job_fail(j, E_MEMORY, "libcrypto is out of memory");
    for (size_t k = 0; k < SUBSETS; k++) p->count[k] = row[k / WORD_BITS] >> k % WORD_BITS & 1;
    bits_expand(number, f->size / sizeof(uint64_t), row, SUBSETS);
    return number;
}

static parity deal_throw_away(job *j, bit_post *mail, unsigned dealer, size_t bits)
{
    const box *b = job_box(j);
    const field *f = b->f;
    parity p = {.dealer = dealer};
    uint64_t *row = NULL;
    void *number = NULL;

    while (((size_t)1 << p.rest) <= (bits + 1) / 2) p.rest++;
    p.bit = job_wires(j, 1, words_of(SUBSETS));
    p.sum = job_vector(j, f, SUBSETS);
    p.count = job_zeros(j, SUBSETS * sizeof *p.count);
    f->fill(f, p.sum, element_of(0), SUBSETS);
    if (dealer == b->self && !f->dry) {
        row = job_words(j, words_of(SUBSETS));
        number = choose_bits(j, &p, row);
    }
    bits_deal(j, mail, turn_of(dealer), (uint32_t)1 << dealer, row, p.bit);
    deal(j, dealer, number, p.sum, SUBSETS);
    return p;
}

/* --- subsets */

/* sum += the sum of the items of each row of `chosen`, public bits. */
static void add_chosen(job *j, void *sum, const void *number, const uint64_t *chosen, size_t words,
                       size_t len)
{
    const field *f = job_box(j)->f;
    void *mark = job_mark(j), *one = job_vector(j, f, 1);

    for (size_t s = 0; s < SUBSETS; s++) {
        f->sum_chosen(f, one, number, chosen + s * words, len);
        f->add(f, field_at(f, sum, s), field_at(f, sum, s), one, 1);
    }
    job_release(j, mark);
}

/* The number of ones in the words of `a` that `chosen` picks. */
static uint64_t ones_among(const uint64_t *a, const uint64_t *chosen, size_t words)
{
    uint64_t ones = 0;
    for (size_t k = 0; k < words; k++) ones += (uint64_t)__builtin_popcountll(a[k] & chosen[k]);
    return ones;
}

/* Whether it is odd. */
static uint64_t parity_among(const uint64_t *a, const uint64_t *chosen, size_t words)
{
    uint64_t odd = 0;
    for (size_t k = 0; k < words; k++) odd ^= a[k] & chosen[k];
    return (uint64_t)__builtin_parityll(odd);
}

static void add_note(job *j, const parity *p, const dealt_note *d)
{
    const box *b = job_box(j);
    const size_t words = words_of(d->len);
    void *mark = job_mark(j);
    uint64_t *chosen = job_words(j, SUBSETS * words);

    if (!stream_bits(job_notes(j)->coin.bits, chosen, SUBSETS * words))
        job_fail(j, E_MEMORY, "libcrypto is out of memory");
    for (size_t s = 0; d->len % WORD_BITS && s < SUBSETS; s++)
        chosen[(s + 1) * words - 1] &= ((uint64_t)1 << d->len % WORD_BITS) - 1;
    add_chosen(j, p->sum, d->number, chosen, words, d->len);
    for (size_t s = 0; s < SUBSETS; s++) {
        const uint64_t *row = chosen + s * words;
        for (unsigned a = 0; a < gf2m_degree(b->nodes); a++)
            p->bit.v[a * p->bit.words + s / WORD_BITS] ^=
                parity_among(d->bit.v + a * d->bit.stride, row, words) << s % WORD_BITS;
        if (d->dealer == b->self) p->count[s] += ones_among(d->own, row, words);
    }
    job_release(j, mark);
}

/* --- halves, and the parities that are opened */

static void deal_half(job *j, parity *p)
{
    const box *b = job_box(j);
    const field *f = b->f;
    const size_t len = SUBSETS * p->rest;
    void *half = NULL;

    p->half = job_vector(j, f, len);
    f->fill(f, p->half, element_of(0), len);
    if (p->dealer == b->self && !f->dry) {
        half = job_vector(j, f, len);
        for (size_t k = 0; k < len; k++)
            f->fill(f, field_at(f, half, k),
                    element_of(p->count[k / p->rest] >> (1 + k % p->rest) & 1), 1);
    }
    deal(j, p->dealer, half, p->half, len);
}

/* sum -= twice the halves */
static void subtract_halves(const field *f, const parity *p)
{
    for (size_t s = 0; s < SUBSETS; s++)
        for (size_t k = 0; k < p->rest; k++)
            f->add_scaled(f, field_at(f, p->sum, s), field_at(f, p->half, s * p->rest + k),
                          field_minus(f, element_of(0), field_power_of_2(f, (unsigned)k + 1)), 1);
}

/* This node's share of item s of a wire in GF(2^60). */
static uint64_t lifted_share(const box *b, wires w, size_t s)
{
    unsigned m = gf2m_degree(b->nodes), share = 0;
    for (unsigned a = 0; a < m; a++)
        share |= (unsigned)(w.v[a * w.words + s / WORD_BITS] >> s % WORD_BITS & 1) << a;
    return gf60_lift(m, (gf2m)share);
}

/* One dealer's parities on their way. */
typedef struct parities {
    void *number;
    uint64_t *bit;
    strict_opening numbers, bits;
} parities;

static parities open_parities(job *j, const parity *p)
{
    const box *b = job_box(j);
    const audit *a = b->audit;
    parities o = {.number = job_vector(j, b->f, SUBSETS),
                  .bit = job_vector(j, a->lifted->f, SUBSETS)};

    for (size_t s = 0; o.bit && s < SUBSETS; s++) o.bit[s] = lifted_share(b, p->bit, s);
    o.numbers = strict_begin(j, a->field, o.number, p->sum, SUBSETS);
    o.bits = strict_begin(j, a->lifted, o.bit, o.bit, SUBSETS);
    return o;
}

static void compare_parities(job *j, const parity *p, const parities *o)
{
    const box *b = job_box(j);

    strict_end(j, &o->numbers, "a parity");
    strict_end(j, &o->bits, "a parity of bits");
    for (size_t s = 0; o->bit && s < SUBSETS; s++) {
        element sum = check_element(b->f, o->number, s);
        if (o->bit[s] > 1 || !element_equal(sum, element_of(o->bit[s])))
            job_fail(j, E_ABORT, "%s dealt other bits in one field than in the other",
                     b->launch->name[p->dealer]);
    }
}

void verify_dealt(job *j)
{
    box *b = job_box(j);
    notes *n = job_notes(j);
    void *mark = job_mark(j);
    parity p[NODES_MAX];
    parities o[NODES_MAX];
    size_t dealers = 0;
    bit_post mail = {NULL};
    opening_check openings;

    for (unsigned k = 0; k < b->nodes; k++)
        if (n->count.dealt_by[k]) p[dealers++] = deal_throw_away(j, &mail, k, n->count.dealt_by[k]);
    job_wait(j);
    bits_arrive(j, &mail);
    for (size_t i = 0; i < dealers; i++) note_products(j, p[i].sum, p[i].sum, p[i].sum, SUBSETS);
    toss(j);
    openings = openings_begin(j);
    for (const dealt_note *d = n->dealt; d; d = d->next)
        for (size_t i = 0; i < dealers; i++)
            if (p[i].dealer == d->dealer) add_note(j, &p[i], d);
    for (size_t i = 0; i < dealers; i++) deal_half(j, &p[i]);
    job_wait(j);
    openings_end(j, &openings);
    for (size_t i = 0; i < dealers; i++) {
        note_products(j, p[i].half, p[i].half, p[i].half, SUBSETS * p[i].rest);
        subtract_halves(b->f, &p[i]);
        o[i] = open_parities(j, &p[i]);
    }
    job_wait(j);
    for (size_t i = 0; i < dealers; i++) compare_parities(j, &p[i], &o[i]);
    notes_drop_dealt(b, n);
    job_release(j, mark);
}
