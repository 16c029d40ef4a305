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

/* --- from elements to planes */

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

/* --- from planes to elements: plane k is the sum of the rows whose element has bit k, read at a public place of a table
 * of the sums of four rows each. */

static void kernel_lift(uint64_t *out, const uint64_t *const *row, const bit_lift *l)
{
    uint64_t a[WORD_BITS][BLOCKS] = {{0}};

    for (size_t g = 0; g < l->groups; g++, row += LIFT_ROWS) {
        uint64_t table[1 << LIFT_ROWS][BLOCKS] = {{0}};
        for (unsigned k = 1; k < 1u << LIFT_ROWS; k++) {
            const uint64_t *rest = table[k & (k - 1)], *one = row[__builtin_ctz(k)];
            for (unsigned b = 0; b < BLOCKS; b++) table[k][b] = rest[b] ^ one[b];
        }
        for (unsigned k = 0; k < WORD_BITS; k++) {
            const uint64_t *sum = table[l->which[g][k]];
            for (unsigned b = 0; b < BLOCKS; b++) a[k][b] ^= sum[b];
        }
    }
    transpose_blocks(a);
    for (unsigned k = 0; k < WORD_BITS; k++)
        for (unsigned b = 0; b < BLOCKS; b++) out[b * WORD_BITS + k] = a[k][b];
}

BITS_LINKAGE const bit_kernels BITS_KERNELS = {BITS_NAME,        kernel_add,        kernel_linear,
                                               kernel_form,      kernel_add_scaled, kernel_decide,
                                               kernel_transpose, kernel_lift};
