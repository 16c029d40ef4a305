/* The kernels of bits.h, written once as loops that the compiler turns into vector instructions. Included by
 * one file for each kind of processor, which defines BITS_KERNELS, BITS_NAME and BITS_LINKAGE. */
#include "runtime/bits.h"

#include <string.h>

#define INLINE static inline __attribute__((always_inline))

/* All ones where bit k of c is set. */
INLINE uint64_t ones_if(gf2m c, unsigned k)
{
    return 0 - (uint64_t)(c >> k & 1);
}

static void kernel_add(uint64_t *out, const uint64_t *a, size_t words)
{
    for (size_t k = 0; k < words; k++) out[k] ^= a[k];
}

static void kernel_linear(uint64_t *out, wire x, gf2m row, size_t words)
{
    unsigned first = (unsigned)__builtin_ctz(row);

    memcpy(out, x.v + first * x.stride, words * sizeof *out);
    for (unsigned a = first + 1; row >> a; a++)
        if (row >> a & 1) kernel_add(out, x.v + a * x.stride, words);
}

static void kernel_add_scaled(wire out, const uint64_t *r, gf2m c, unsigned m, size_t words)
{
    for (unsigned a = 0; a < m; a++)
        if (c >> a & 1) kernel_add(out.v + a * out.stride, r, words);
}

/* --- sums of products, with the degree a constant so that the loops over planes unroll */

INLINE void form_of(uint64_t *restrict out, wire x, wire y, const gf2m *row, const unsigned m,
                    size_t words)
{
    uint64_t by[GF2M_MOST][GF2M_MOST];

    for (unsigned a = 0; a < m; a++)
        for (unsigned b = 0; b < m; b++) by[a][b] = ones_if(row[a], b);
    for (size_t k = 0; k < words; k++) {
        uint64_t sum = 0;
        for (unsigned a = 0; a < m; a++) {
            uint64_t of_y = 0;
            for (unsigned b = 0; b < m; b++) of_y ^= y.v[b * y.stride + k] & by[a][b];
            sum ^= x.v[a * x.stride + k] & of_y;
        }
        out[k] = sum;
    }
}

static void kernel_form(uint64_t *out, wire x, wire y, const gf2m *row, unsigned m, size_t words)
{
    switch (m) {
    case 2: form_of(out, x, y, row, 2, words); break;
    case 3: form_of(out, x, y, row, 3, words); break;
    case 4: form_of(out, x, y, row, 4, words); break;
    default: form_of(out, x, y, row, GF2M_MOST, words);
    }
}

/* [w < S] = sum over the sets of bits that are not empty, with lowest bit i, of the product of S there, times
 * 1 - w at i and at the bits above i that are not in the set; [w = S] the same with all bits not in the set. */
INLINE void decide_of(uint64_t *restrict less, uint64_t *restrict equal, const bit_group *g,
                      gf2m row, const unsigned m, const unsigned bits, size_t words)
{
    const unsigned sets = 1u << bits;

    for (size_t k = 0; k < words; k++) {
        uint64_t zeros[1 << GROUP_MOST], lt = 0, eq = 0; /* of w at all bits of the set */
        zeros[0] = ~(uint64_t)0;
        for (unsigned s = 1; s < sets; s++) {
            const unsigned low = s & -s;
            zeros[s] = zeros[s ^ low] & ~g->known[low == 4 ? 2 : low == 2][k];
        }
        for (unsigned s = 1; s < sets; s++) {
            const unsigned low = s & -s, above = sets - 2 * low, rest = sets - 1 - s;
            const wire x = g->monomial[s - 1];
            uint64_t part = 0;
            for (unsigned a = 0; a < m; a++) part ^= x.v[a * x.stride + k] & ones_if(row, a);
            lt ^= part & zeros[low | (rest & above)];
            eq ^= part & zeros[rest];
        }
        less[k] = lt;
        if (bits > 1) equal[k] = eq;
    }
}

#define DECIDE(m)                                                                                  \
    switch (g->bits) {                                                                             \
    case 1: decide_of(less, equal, g, row, m, 1, words); break;                                    \
    case 2: decide_of(less, equal, g, row, m, 2, words); break;                                    \
    default: decide_of(less, equal, g, row, m, GROUP_MOST, words);                                 \
    }

static void kernel_decide(uint64_t *less, uint64_t *equal, const bit_group *g, gf2m row, unsigned m,
                          size_t words)
{
    switch (m) {
    case 2: DECIDE(2); break;
    case 3: DECIDE(3); break;
    case 4: DECIDE(4); break;
    default: DECIDE(GF2M_MOST);
    }
}

/* --- from elements to planes, and single bits back */

static void kernel_expand(uint64_t *out, const uint64_t *in, size_t len)
{
    for (; len >= WORD_BITS; len -= WORD_BITS, out += WORD_BITS, in++)
        for (unsigned k = 0; k < WORD_BITS; k++) out[k] = *in >> k & 1;
    for (unsigned k = 0; k < len; k++) out[k] = *in >> k & 1;
}

enum { BLOCKS = LIFT_WORDS }; /* of 64 elements, transposed side by side */

/* Swaps halves, then quarters, and so on (Warren, Hacker's Delight, 7-3); row k of a block is a[k]. */
INLINE void transpose_blocks(uint64_t a[WORD_BITS][BLOCKS])
{
    uint64_t low = 0xffffffff;

    for (unsigned half = WORD_BITS / 2; half; half >>= 1, low ^= low << half)
        for (unsigned k = 0; k < WORD_BITS; k = (k + half + 1) & ~half)
            for (unsigned b = 0; b < BLOCKS; b++) {
                uint64_t swap = (a[k][b] >> half ^ a[k + half][b]) & low;
                a[k + half][b] ^= swap;
                a[k][b] ^= swap << half;
            }
}

static void load_blocks(uint64_t a[WORD_BITS][BLOCKS], const uint64_t *in, size_t step, size_t len)
{
    if (len < WORD_BITS * BLOCKS) memset(a, 0, sizeof(uint64_t[WORD_BITS][BLOCKS]));
    for (size_t b = 0; b * WORD_BITS < len; b++)
        for (size_t k = 0; k < WORD_BITS && b * WORD_BITS + k < len; k++)
            a[k][b] = in[(b * WORD_BITS + k) * step];
}

static void kernel_transpose(uint64_t *out, size_t stride, const uint64_t *in, size_t step,
                             unsigned bits, size_t len)
{
    uint64_t a[WORD_BITS][BLOCKS];

    for (size_t at = 0; at < len; at += WORD_BITS * BLOCKS) {
        size_t part = len - at < WORD_BITS * BLOCKS ? len - at : WORD_BITS * BLOCKS;
        for (unsigned from = 0; from < bits; from += WORD_BITS) { /* each word of an element */
            unsigned some = bits - from < WORD_BITS ? bits - from : WORD_BITS;
            load_blocks(a, in + at * step + from / WORD_BITS, step, part);
            transpose_blocks(a);
            for (unsigned k = 0; k < some; k++)
                memcpy(out + (from + k) * stride + at / WORD_BITS, a[k],
                       words_of(part) * sizeof *out);
        }
    }
}

#ifndef BITS_LANES /* else the includer has these two, by instructions of its processor */

/* --- from planes to elements: plane k is the sum of the rows whose element has bit k, read at public places of two
 * tables of the sums of four rows each. */

enum { TABLE_ROWS = LIFT_ROWS / 2, SUMS = 1 << TABLE_ROWS };

INLINE void fill_table(uint64_t table[SUMS][BLOCKS], const uint64_t *const *row)
{
    memset(table[0], 0, sizeof table[0]);
    for (unsigned k = 1; k < SUMS; k++) {
        const uint64_t *rest = table[k & (k - 1)], *one = row[__builtin_ctz(k)];
        for (unsigned b = 0; b < BLOCKS; b++) table[k][b] = rest[b] ^ one[b];
    }
}

static void kernel_lift(uint64_t *out, const uint64_t *const *row, const bit_lift *l)
{
    uint64_t a[WORD_BITS][BLOCKS] = {{0}};

    for (size_t g = 0; g < l->groups; g++, row += LIFT_ROWS) {
        uint64_t low[SUMS][BLOCKS], high[SUMS][BLOCKS];
        fill_table(low, row);
        fill_table(high, row + TABLE_ROWS);
        for (unsigned k = 0; k < WORD_BITS; k++) {
            const uint64_t *x = low[l->which[g][k] % SUMS], *y = high[l->which[g][k] / SUMS];
            for (unsigned b = 0; b < BLOCKS; b++) a[k][b] ^= x[b] ^ y[b];
        }
    }
    transpose_blocks(a);
    for (unsigned k = 0; k < WORD_BITS; k++)
        for (unsigned b = 0; b < BLOCKS; b++) out[b * WORD_BITS + k] = a[k][b];
}

/* The weights of LIFT_WORDS words, and what is added up by them. */
typedef const uint64_t *half_weights;

INLINE half_weights weights_of(const uint64_t *by)
{
    return by;
}

INLINE void add_halves(gf60_sum *to, const half_weights *by, const uint64_t *word)
{
    gf60_add_halves(to, *by, word, LIFT_WORDS);
}
#endif

/* --- products at all points */

typedef uint64_t lanes __attribute__((vector_size(LIFT_WORDS * sizeof(uint64_t)),
                                      aligned(sizeof(uint64_t)), may_alias));

typedef struct point_walk {
    gf60_sum *sum; /* [points][m] */
    half_weights by;
    unsigned m;
} point_walk;

/* z = x y, modulo the polynomials of gf2m.c: x^m + x^tap + 1. */
INLINE void product_of(lanes *z, const lanes *x, const lanes *y, const unsigned m)
{
    const unsigned tap = m == 5 ? 2 : 1;
    lanes p[2 * GF2M_MOST - 1];

    for (unsigned k = 0; k < 2 * m - 1; k++) {
        const unsigned first = k < m ? 0 : k - m + 1;
        p[k] = x[first] & y[k - first];
        for (unsigned a = first + 1; a < m && a <= k; a++) p[k] ^= x[a] & y[k - a];
    }
    for (unsigned k = 2 * m - 2; k >= m; k--) p[k - m] ^= p[k], p[k - m + tap] ^= p[k];
    for (unsigned a = 0; a < m; a++) z[a] = p[a];
}

INLINE void add_point(const point_walk *w, size_t k, const lanes *x, const lanes *y, const unsigned m)
{
    lanes z[GF2M_MOST];

    product_of(z, x, y, m);
    for (unsigned a = 0; a < m; a++)
        add_halves(&w->sum[k * m + a], &w->by, (const uint64_t *)&z[a]);
}

/* The three points of one variable, whose values are [2][m] lanes: at 0, at 1, and at infinity their difference, which is
 * their sum. */
INLINE void add_line(const point_walk *w, size_t k, const lanes *x, const lanes *y, const unsigned m)
{
    lanes x_beyond[GF2M_MOST], y_beyond[GF2M_MOST];

    for (unsigned a = 0; a < m; a++) x_beyond[a] = x[a] ^ x[m + a], y_beyond[a] = y[a] ^ y[m + a];
    add_point(w, k, x, y, m);
    add_point(w, k + 1, x + m, y + m, m);
    add_point(w, k + 2, x_beyond, y_beyond, m);
}

/* The nine points of two variables, whose values are [4][m] lanes. */
INLINE void add_square(const point_walk *w, size_t k, const lanes *x, const lanes *y,
                       const unsigned m)
{
    lanes x_beyond[2 * GF2M_MOST], y_beyond[2 * GF2M_MOST];

    for (unsigned a = 0; a < 2 * m; a++)
        x_beyond[a] = x[a] ^ x[2 * m + a], y_beyond[a] = y[a] ^ y[2 * m + a];
    add_line(w, k, x, y, m);
    add_line(w, k + 3, x + 2 * m, y + 2 * m, m);
    add_line(w, k + 6, x_beyond, y_beyond, m);
}

#define WITH_DEGREE(f, w, ...)                                                                     \
    switch ((w)->m) {                                                                              \
    case 2: f(w, __VA_ARGS__, 2); break;                                                           \
    case 3: f(w, __VA_ARGS__, 3); break;                                                           \
    case 4: f(w, __VA_ARGS__, 4); break;                                                           \
    default: f(w, __VA_ARGS__, GF2M_MOST);                                                         \
    }

/* The points k, k + 1, … of the lowest d variables, whose values are [2^d][m] lanes, the highest variable first. */
static void walk_points(const point_walk *w, size_t k, size_t points, const lanes *x,
                        const lanes *y, size_t len, lanes *room)
{
    if (points == 1) {
        WITH_DEGREE(add_point, w, k, x, y)
        return;
    }
    if (points == 3) {
        WITH_DEGREE(add_line, w, k, x, y)
        return;
    }
    if (points == 9) {
        WITH_DEGREE(add_square, w, k, x, y)
        return;
    }
    const size_t half = len / 2, third = points / 3;
    lanes *x_beyond = room, *y_beyond = room + half;
    for (size_t i = 0; i < half; i++) {
        x_beyond[i] = x[i] ^ x[half + i];
        y_beyond[i] = y[i] ^ y[half + i];
    }
    walk_points(w, k, third, x, y, half, room + len);
    walk_points(w, k + third, third, x + half, y + half, half, room + len);
    walk_points(w, k + 2 * third, third, x_beyond, y_beyond, half, room + len);
}

static void kernel_points(gf60_sum *sum, const bit_parts *of, const uint64_t *by, uint64_t *room)
{
    const point_walk w = {sum, weights_of(by), of->m};
    const size_t len = (size_t)of->m << of->d;
    size_t points = 1;
    lanes *x, *y;

    while ((uintptr_t)room % sizeof *x) room++; /* which is faster */
    x = (lanes *)(void *)room, y = x + len;
    for (unsigned v = 0; v < of->d; v++) points *= 3;
    for (size_t k = 0; k < len; k++) {
        memcpy(&x[k], of->x[k], sizeof *x);
        memcpy(&y[k], of->y[k], sizeof *y);
    }
    walk_points(&w, 0, points, x, y, len, y + len);
}

BITS_LINKAGE const bit_kernels BITS_KERNELS = {
    BITS_NAME,     kernel_add,    kernel_linear,    kernel_form, kernel_add_scaled,
    kernel_decide, kernel_expand, kernel_transpose, kernel_lift, kernel_points};
