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

/* --- where words are: in notes, of which the next begins where one ends */

typedef struct bit_place {
    const bit_note *note; /* NULL: behind the last */
    size_t word;
} bit_place;

static bit_place further(bit_place p, size_t words)
{
    while (p.note && words >= p.note->words - p.word) {
        words -= p.note->words - p.word;
        p = (bit_place){p.note->next, 0};
    }
    p.word += words;
    return p;
}

/* Where the parts of a block begin. */
typedef struct word_block {
    bit_place part[1 << POINT_VARIABLES], end;
    size_t words; /* of a part; 0: there is no block */
    size_t left;  /* words behind it */
} word_block;

static word_block block_from(bit_place at, size_t left, unsigned d)
{
    const size_t words = left < BLOCK_WORDS ? left : BLOCK_WORDS;
    word_block k = {.words = part_words(words, d), .left = left - words};

    for (size_t s = 0; s < (size_t)1 << d; s++, at = further(at, k.words)) k.part[s] = at;
    k.end = at;
    return k;
}

static word_block first_block(const notes *n, unsigned d)
{
    return block_from((bit_place){n->bits, 0}, n->count.bit_words, d);
}

static word_block next_block(const word_block *k, unsigned d)
{
    return block_from(k->end, k->left, d);
}

/* `words` words of a plane, in which bits beyond the note's items are 0. */
static void take_words(uint64_t *out, const bit_note *n, const uint64_t *plane, size_t from,
                       size_t words)
{
    memcpy(out, plane + from, words * sizeof *out);
    if (from + words == n->words) out[words - 1] &= n->last;
}

/* row[a] = LIFT_WORDS words of plane a of factor k, where they are, or else in `room`: those beyond the first `words` and
 * behind the last note are 0. */
static void find_rows(const uint64_t **row, uint64_t *room, bit_place p, unsigned k, unsigned m,
                      size_t words)
{
    const bool here = p.note && words >= LIFT_WORDS && p.note->words - p.word > LIFT_WORDS;

    for (unsigned a = 0; a < m; a++)
        row[a] = here ? p.note->of[k].v + a * p.note->of[k].stride + p.word : room + a * LIFT_WORDS;
    if (here) return;
    memset(room, 0, m * LIFT_WORDS * sizeof *room);
    if (words > LIFT_WORDS) words = LIFT_WORDS;
    for (size_t at = 0, some; p.note && at < words; at += some, p = further(p, some)) {
        const wire x = p.note->of[k];
        some = p.note->words - p.word < words - at ? p.note->words - p.word : words - at;
        for (unsigned a = 0; a < m; a++)
            take_words(room + a * LIFT_WORDS + at, p.note, x.v + a * x.stride, p.word, some);
    }
}

/* The rows of all parts of a block, of both factors. */
enum { ROWS_MOST = LIFT_GROUPS_MOST * LIFT_ROWS };
typedef struct block_rows {
    const uint64_t *row[2][ROWS_MOST];
    uint64_t room[2][ROWS_MOST][LIFT_WORDS];
} block_rows;

/* Of LIFT_WORDS words from word `at` of each part on. */
static void find_block_rows(block_rows *r, const word_block *k, size_t at, unsigned m, unsigned d)
{
    for (size_t s = 0; s < (size_t)1 << d; s++) {
        const bit_place p = further(k->part[s], at);
        for (unsigned of = 0; of < 2; of++)
            find_rows(r->row[of] + s * m, r->room[of][s * m], p, of, m, k->words - at);
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

/* sum[a] += plane a of the products in `words` words from a place on, weighted. */
static void add_products(gf60_sum *sum, bit_place p, unsigned m, const uint64_t *by, size_t words)
{
    for (size_t some; p.note && words; words -= some, by += 2 * some, p = further(p, some)) {
        const size_t left = p.note->words - p.word;
        some = left < words ? left : words;
        for (unsigned a = 0; a < m; a++) {
            const uint64_t *z = p.note->of[2].v + a * p.note->of[2].stride + p.word;
            const uint64_t last = z[some - 1] & (some == left ? p.note->last : UINT64_MAX);
            gf60_add_halves(&sum[a], by, z, some - 1);
            gf60_add_halves(&sum[a], by + 2 * (some - 1), &last, 1);
        }
    }
}

/* The claim: the products as they are shared, by part. */
static uint64_t claimed(job *j, const bit_sum *s)
{
    const box *b = job_box(j);
    const unsigned m = gf2m_degree(b->nodes), d = s->variables;
    gf60_sum plane[1 << POINT_VARIABLES][GF2M_MOST] = {{{0, 0}}};
    const uint64_t *by = s->by;
    uint64_t sum = 0;

    for (word_block k = first_block(job_notes(j), d); k.words;
         by += 2 * k.words, k = next_block(&k, d))
        for (size_t part = 0; part < (size_t)1 << d; part++)
            add_products(plane[part], k.part[part], m, by, k.words);
    for (size_t part = 0; part < (size_t)1 << d; part++)
        sum ^= gf60_times(lift_planes(b, plane[part]), s->weight[part]);
    return sum;
}

bit_sum bit_sum_begin(job *j)
{
    const box *b = job_box(j);
    const field *f = b->audit->lifted->f;
    bit_sum s = {.variables = variables_of(job_notes(j)->count.bit_words)};
    size_t words = words_after(job_notes(j)->count.bit_words, s.variables);
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
    s.claim = claimed(j, &s);
    return s;
}

/* --- at all points */

void bit_sum_points(job *j, const bit_sum *s, uint64_t *h)
{
    const box *b = job_box(j);
    const unsigned m = gf2m_degree(b->nodes), d = s->variables;
    const size_t points = points_of(d);
    void *mark = job_mark(j);
    gf60_sum *sum;
    block_rows *rows;
    uint64_t *room;
    const uint64_t *by = s->by;

    if (b->f->dry) return;
    sum = job_zeros(j, points * m * sizeof *sum), room = job_bytes(j, POINT_ROOM * sizeof *room);
    rows = job_bytes(j, sizeof *rows);
    for (word_block k = first_block(job_notes(j), d); k.words;
         by += 2 * k.words, k = next_block(&k, d))
        for (size_t at = 0; at < k.words; at += LIFT_WORDS) {
            find_block_rows(rows, &k, at, m, d);
            b->bits->points(sum, &(bit_parts){rows->row[0], rows->row[1], m, d}, by + 2 * at, room);
        }
    for (size_t k = 0; k < points; k++) h[k] = lift_planes(b, sum + k * m);
    job_release(j, mark);
}

/* --- the fold */

/* By which elements of GF(2^60) the planes of all parts count, as rows: rows of zeros fill the last group. */
static bit_lift lift_of(const box *b, const bit_sum *s, const uint64_t *at)
{
    const unsigned m = gf2m_degree(b->nodes);
    const size_t rows = (size_t)m << s->variables;
    uint64_t by[ROWS_MOST] = {0};

    for (size_t k = 0; k < rows; k++)
        by[k] = gf60_times(at[k / m], gf60_lift(m, (gf2m)(1u << k % m)));
    return bits_lift_by(by, (rows + LIFT_ROWS - 1) / LIFT_ROWS * LIFT_ROWS);
}

/* Up to LIFT_WORDS words of the parts, lifted and folded. */
static void fold_words(const box *b, const bit_lift *l, const uint64_t *const *row, size_t words,
                       uint64_t *out)
{
    uint64_t all[LIFT_WORDS * WORD_BITS];

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
    static const uint64_t zeros[LIFT_WORDS];
    const box *in = job_box(j);
    const field *f = in->audit->lifted->f;
    const unsigned m = gf2m_degree(in->nodes), d = s->variables;
    const uint64_t *by = s->by;
    void *mark = job_mark(j);
    block_rows *rows;

    if (f->dry) return;
    const bit_lift l = lift_of(in, s, at);
    rows = job_bytes(j, sizeof *rows);
    for (unsigned of = 0; of < 2; of++)
        for (size_t k = (size_t)m << d; k < l.groups * LIFT_ROWS; k++) rows->row[of][k] = zeros;
    for (word_block k = first_block(job_notes(j), d); k.words; k = next_block(&k, d))
        for (size_t at_word = 0; at_word < k.words; at_word += LIFT_WORDS) {
            const size_t left = k.words - at_word, words = left < LIFT_WORDS ? left : LIFT_WORDS;
            find_block_rows(rows, &k, at_word, m, d);
            fold_words(in, &l, rows->row[0], words, a);
            fold_words(in, &l, rows->row[1], words, b);
            for (size_t w = 0; w < words; w++, by += 2, a += WORD_BITS) weigh_word(f, a, by);
            b += words * WORD_BITS;
        }
    job_release(j, mark);
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
