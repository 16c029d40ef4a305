/* Vectors of bits shared over GF(2^m), bit-sliced: a wire is one bit of each of many items, and a share of it
 * is m planes, plane a holding coefficient a of the items' elements, 64 items a word. Bits beyond the last item
 * mean nothing. Kernels for one processor each, chosen at run time; none branches or indexes on a share. Knows
 * no messages: those are bit_sharing.c's. */
#ifndef MOOT_RUNTIME_BITS_H
#define MOOT_RUNTIME_BITS_H

#include "runtime/gf60.h"

enum { WORD_BITS = 64 };

static inline size_t words_of(size_t items)
{
    return (items + WORD_BITS - 1) / WORD_BITS;
}

/* The planes of one wire: plane a begins at v + a * stride. NULL stays NULL on a dry box. */
typedef struct wire {
    uint64_t *v;
    size_t stride;
} wire;

/* Wires of as many words side by side: plane a of wire k is at v + (a * count + k) * words. */
typedef struct wires {
    uint64_t *v;
    size_t count, words;
} wires;

wire wire_at(wires w, size_t k);
wire wire_from(wire w, size_t word); /* without the words before */

enum { GROUP_MOST = 3, MONOMIALS_MOST = (1 << GROUP_MOST) - 1 };

/* A group of bits of a number S that is shared against as many bits of a w that is known (see bit_compare.c):
 * `monomial` k is the wire of the product of the bits in the set k + 1, in the order of the sets. */
typedef struct bit_group {
    unsigned bits;
    bool lowest; /* of the bits that are compared with these */
    wire monomial[MONOMIALS_MOST];
    const uint64_t *known[GROUP_MOST];
} bit_group;

/* By which public elements, of up to 64 bits, rows of bits count: for each eight rows and each bit of the elements, which
 * of the eight have it. */
enum {
    POINT_VARIABLES = 6, /* as many as `points` takes */
    LIFT_WORDS = 8,
    LIFT_ROWS = 8,
    LIFT_GROUPS_MOST = (GF2M_MOST << POINT_VARIABLES) / LIFT_ROWS
};
typedef struct bit_lift {
    size_t groups;
    uint8_t which[LIFT_GROUPS_MOST][WORD_BITS];
} bit_lift;
bit_lift bits_lift_by(const uint64_t *by, size_t rows); /* rows: a multiple of LIFT_ROWS */

/* Factors x and y in GF(2^m), each in 2^d parts, which are the values at {0,1}^d of polynomials that are linear in each of
 * d variables: plane a of part s are the LIFT_WORDS words of row s m + a. */
typedef struct bit_parts {
    const uint64_t *const *x, *const *y;
    unsigned m, d;
} bit_parts;
/* Words that `points` works in: the values at infinity, of each number of variables that is left. */
enum { POINT_ROOM = (2 * (GF2M_MOST << (POINT_VARIABLES + 1)) + 1) * LIFT_WORDS };

typedef struct bit_kernels {
    const char *name;

    /* out ^= a */
    void (*add)(uint64_t *out, const uint64_t *a, size_t words);
    /* out = the sum of the planes in `row`: a function of the elements that is linear over GF(2) */
    void (*linear)(uint64_t *out, wire x, gf2m row, size_t words);
    /* out = sum over a and b of x_a y_b where bit b of row[a] is set: a bilinear form, Tr(c x y) */
    void (*form)(uint64_t *out, wire x, wire y, const gf2m *row, unsigned m, size_t words);
    /* out += c r, of one bit an item */
    void (*add_scaled)(wire out, const uint64_t *r, gf2m c, unsigned m, size_t words);
    /* This node's part of [group of w < group of S] and of [they are equal], without the term that is known:
     * each monomial counts by its linear function `row` and by what w says. `equal` of a group of one bit is
     * local to all nodes and not written. */
    void (*decide)(uint64_t *less, uint64_t *equal, const bit_group *g, gf2m row, unsigned m,
                   size_t words);
    /* out[k] = bit k */
    void (*expand)(uint64_t *out, const uint64_t *in, size_t len);
    /* out[k * stride + block] = bit k of 64 elements each, k < bits. The elements are `step` words apart. */
    void (*transpose)(uint64_t *out, size_t stride, const uint64_t *in, size_t step, unsigned bits,
                      size_t len);
    /* Of LIFT_WORDS words of each of `rows` rows, from row[k] on, the items as elements: item i is the sum of by[k] over
     * the rows k whose bit i is set. out[64 * word + bit]. */
    void (*lift)(uint64_t *out, const uint64_t *const *row, const bit_lift *l);
    /* sum[k m + a] += plane a of the product at point k of {0, 1, infinity}^d, whose digits to the base 3 say which, times
     * the weights of its half words, `by`, two of each of LIFT_WORDS words, as gf60_add_halves. */
    void (*points)(gf60_sum *sum, const bit_parts *of, const uint64_t *by, uint64_t *room);
} bit_kernels;

extern const bit_kernels bits_portable;
extern const bit_kernels *const bits_avx2,
    *const bits_avx512, *const bits_gfni; /* NULL where they were not built */

/* The widest that this processor runs. */
const bit_kernels *bits_best(void);
/* Of those that this processor runs, number k from 0; NULL beyond the last. */
const bit_kernels *bits_of_processor(size_t k);

/* --- public loops: lengths alone decide what they do */

/* out[k] = bit k, as an element of step words. */
void bits_expand(uint64_t *out, size_t step, const uint64_t *in, size_t len);

/* out's bits to … to+len-1, which are 0, become in's from … from+len-1. */
void bits_copy(uint64_t *out, size_t to, const uint64_t *in, size_t from, size_t len);

/* The same of in's bits from, from + stride, …. */
void bits_pick(uint64_t *out, size_t to, const uint64_t *in, size_t from, ptrdiff_t stride,
               size_t len);

/* out, which is 0, becomes in's first len bits, each `times` times. */
void bits_spread(uint64_t *out, const uint64_t *in, size_t times, size_t len);

/* As it travels: the first `len` bits of each of `count` rows, `stride` words apart, one after the other. */
size_t bits_packed(size_t count, size_t len); /* bytes */
void bits_pack(uint8_t *out, const uint64_t *in, size_t stride, size_t count, size_t len);
void bits_unpack(uint64_t *out, size_t stride, const uint8_t *in, size_t count, size_t len);

#endif
