/* Products of bits in GF(2^60): the first step of their verification, on planes of words (audit_products.c has the
 * rest). All values are bits, so errors are too. A half word of 32 bits, read as a polynomial in x, is an element of
 * GF(2^60) that is 0 only if all of them are: it counts with one random element. Each block of words is parted into
 * 2^d parts, the values at {0,1}^d of polynomials in d variables, whose values at {0, 1, infinity}^d are sums of parts:
 * products stay in GF(2^m), 64 in m words. Only their sums are lifted; and the factors, once the variables have their
 * random values and they are 2^d times fewer. */
#include "runtime/audit.h"
#include "runtime/bit_protocol.h"
#include "runtime/gf60.h"

#include <openssl/crypto.h>
#include <string.h>

enum { FEW_VARIABLES = 4, FEW_WORDS = 1 << 12, HALF = WORD_BITS / 2 };

/* Few parts where that makes fewer bytes, and one more for each time that there are twice as many words: the steps that
 * follow are never fewer for more words. */
static unsigned variables_of(size_t words)
{
    unsigned d = 0, most = FEW_VARIABLES;
    while (most < POINT_VARIABLES && words > (size_t)FEW_WORDS << (most - FEW_VARIABLES)) most++;
    while (d < most && ((size_t)1 << d) < words) d++;
    return d;
}

static size_t part_words(size_t words, unsigned d)
{
    return (words + ((size_t)1 << d) - 1) >> d;
}

static size_t points_of(unsigned d)
{
    size_t points = 1;
    while (d--) points *= 3;
    return points;
}

/* Words of a part, of all blocks together. */
static size_t words_after(size_t words, unsigned d)
{
    return words / BLOCK_WORDS * (BLOCK_WORDS >> d) + part_words(words % BLOCK_WORDS, d);
}

/* What lies beyond the last word of the parts is 0. */
static void pad(const box *b, bit_block *p, unsigned d)
{
    const size_t end = part_words(p->words, d) << d, more = end - p->words;

    for (unsigned a = 0; more && a < gf2m_degree(b->nodes); a++) {
        memset(p->x.v + a * p->x.stride + p->words, 0, more * sizeof(uint64_t));
        memset(p->y.v + a * p->y.stride + p->words, 0, more * sizeof(uint64_t));
        memset(p->z.v + a * p->z.stride + p->words, 0, more * sizeof(uint64_t));
    }
}

/* The sum of planes lifted: each plane counts with a power of the root. */
static uint64_t lift_planes(const box *b, const gf60_sum *plane)
{
    const unsigned m = gf2m_degree(b->nodes);
    uint64_t sum = 0;

    for (unsigned a = 0; a < m; a++)
        sum ^= gf60_times(gf60_reduce(plane[a].low, plane[a].high), gf60_lift(m, (gf2m)(1u << a)));
    return sum;
}

/* The claim: the products as they are shared, by part. */
static uint64_t claimed(const box *b, const bit_sum *s)
{
    const unsigned m = gf2m_degree(b->nodes);
    uint64_t sum = 0;

    for (size_t part = 0; part < (size_t)1 << s->variables; part++) {
        gf60_sum plane[GF2M_MOST] = {{0, 0}};
        const uint64_t *by = s->by;
        for (const bit_block *p = b->audit->bits; p; p = p->next) {
            size_t words = part_words(p->words, s->variables);
            for (unsigned a = 0; a < m; a++)
                gf60_add_halves(&plane[a], by, p->z.v + a * p->z.stride + part * words, words);
            by += 2 * words;
        }
        sum ^= gf60_times(lift_planes(b, plane), s->weight[part]);
    }
    return sum;
}

bit_sum bit_sum_begin(job *j)
{
    const box *b = job_box(j);
    const field *f = b->audit->lifted->f;
    bit_sum s = {.variables = variables_of(b->audit->count.bit_words)};
    size_t words = words_after(b->audit->count.bit_words, s.variables);
    uint64_t by[POINT_VARIABLES];

    s.len = words * WORD_BITS;
    s.by = job_vector(j, f, 2 * (words + LIFT_WORDS)); /* and what reads past the last */
    s.weight = job_vector(j, f, (size_t)1 << s.variables);
    if (f->dry) return s;
    coin_draw(j, f, s.by, 2 * words);
    f->fill(f, s.by + 2 * words, element_of(0), 2 * (size_t)LIFT_WORDS);
    coin_draw(j, f, by, s.variables);
    s.weight[0] = 1;
    for (unsigned v = 0; v < s.variables; v++)
        for (size_t k = 0; k < (size_t)1 << v; k++)
            s.weight[k | (size_t)1 << v] = gf60_times(s.weight[k], by[v]);
    for (bit_block *p = b->audit->bits; p; p = p->next) pad(b, p, s.variables);
    s.claim = claimed(b, &s);
    return s;
}

/* --- at all points */

void bit_sum_points(job *j, const bit_sum *s, uint64_t *h)
{
    const box *b = job_box(j);
    const size_t points = points_of(s->variables);
    void *mark = job_mark(j);
    gf60_sum(*sum)[GF2M_MOST];
    uint64_t *room;
    const uint64_t *by = s->by;

    if (b->f->dry) return;
    sum = job_zeros(j, points * sizeof *sum), room = job_bytes(j, POINT_ROOM * sizeof *room);
    for (const bit_block *p = b->audit->bits; p; p = p->next) {
        const size_t part = part_words(p->words, s->variables);
        for (size_t at = 0; at < part; at += LIFT_WORDS) {
            const bit_parts of = {
                .x = wire_from(p->x, at),
                .y = wire_from(p->y, at),
                .m = gf2m_degree(b->nodes),
                .d = s->variables,
                .part = part,
                .words = part - at < LIFT_WORDS ? part - at : LIFT_WORDS,
            };
            b->bits->points(sum, &of, by + 2 * at, room);
        }
        by += 2 * part;
    }
    for (size_t k = 0; k < points; k++) h[k] = lift_planes(b, sum[k]);
    job_release(j, mark);
}

/* --- the fold */

enum { ROWS_MOST = LIFT_GROUPS_MOST * LIFT_ROWS };

/* The planes of all parts, as rows, and by which elements of GF(2^60) they count: rows of zeros fill the last four. */
static bit_lift lift_of(const box *b, const bit_sum *s, const uint64_t *at)
{
    const unsigned m = gf2m_degree(b->nodes);
    const size_t rows = (size_t)m << s->variables;
    uint64_t by[ROWS_MOST] = {0};

    for (size_t k = 0; k < rows; k++)
        by[k] = gf60_times(at[k / m], gf60_lift(m, (gf2m)(1u << k % m)));
    return bits_lift_by(by, (rows + LIFT_ROWS - 1) / LIFT_ROWS * LIFT_ROWS);
}

/* Up to LIFT_WORDS words at … of the parts, lifted and folded. */
static void fold_words(const box *b, const bit_sum *s, const bit_lift *l, wire x, size_t part,
                       size_t at, uint64_t *out)
{
    static const uint64_t zeros[LIFT_WORDS];
    const unsigned m = gf2m_degree(b->nodes);
    const size_t rows = (size_t)m << s->variables, words = part - at;
    const uint64_t *row[ROWS_MOST];
    uint64_t all[LIFT_WORDS * WORD_BITS];

    for (size_t k = 0; k < l->groups * LIFT_ROWS; k++)
        row[k] = k < rows ? x.v + k % m * x.stride + k / m * part + at : zeros;
    if (words >= LIFT_WORDS) {
        b->bits->lift(out, row, l);
        return;
    }
    b->bits->lift(all, row, l);
    memcpy(out, all, words * WORD_BITS * sizeof *out);
    OPENSSL_cleanse(all, sizeof all);
}

/* The weights of a word's items: by[0] x^i, then by[1] x^i. */
static void weigh_word(const field *f, uint64_t *a, const uint64_t *by)
{
    uint64_t weight[WORD_BITS];

    for (size_t half = 0; half < 2; half++) {
        weight[half * HALF] = by[half];
        for (size_t i = 1; i < HALF; i++)
            weight[half * HALF + i] = gf60_reduce(weight[half * HALF + i - 1] << 1, 0);
    }
    f->mul(f, a, a, weight, WORD_BITS);
}

void bit_sum_fold(job *j, const bit_sum *s, uint64_t *a, uint64_t *b, const uint64_t *at)
{
    const box *in = job_box(j);
    const field *f = in->audit->lifted->f;
    const uint64_t *by = s->by;

    if (f->dry) return;
    const bit_lift l = lift_of(in, s, at);
    for (const bit_block *p = in->audit->bits; p; p = p->next) {
        const size_t part = part_words(p->words, s->variables);
        for (size_t k = 0; k < part; k += LIFT_WORDS) {
            fold_words(in, s, &l, p->x, part, k, a);
            fold_words(in, s, &l, p->y, part, k, b);
            for (size_t w = k; w < part && w < k + LIFT_WORDS; w++, by += 2, a += WORD_BITS)
                weigh_word(f, a, by), b += WORD_BITS;
        }
    }
}

/* --- random combinations of what is no product */

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

uint64_t bit_sum_of_row(job *j, const uint64_t *row, const uint64_t *by, size_t from, size_t len)
{
    void *mark = job_mark(j);
    uint64_t *taken = job_words(j, words_of(len));
    gf60_sum sum = {0, 0};

    take_bits(taken, row, from, len);
    gf60_add_halves(&sum, by, taken, words_of(len));
    job_release(j, mark);
    return gf60_reduce(sum.low, sum.high);
}

uint64_t bit_sum_of_wire(job *j, wire bit, const uint64_t *by, size_t from, size_t len)
{
    const unsigned m = gf2m_degree(job_box(j)->nodes);
    uint64_t sum = 0;

    for (unsigned a = 0; a < m; a++)
        sum ^= gf60_times(bit_sum_of_row(j, bit.v + a * bit.stride, by, from, len),
                          gf60_lift(m, (gf2m)(1u << a)));
    return sum;
}
