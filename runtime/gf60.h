/* GF(2^60) = GF(2)[x]/(x^60 + x + 1), where bits are checked: every GF(2^m) of gf2m.h lies in it, by one fixed root
 * of that field's polynomial, so shares and points of nodes are lifted alike. As a field of field.h, without what
 * only prime fields have (bit, shift, from_num, to_num, sums, pick, spread are NULL). */
#ifndef MOOT_RUNTIME_GF60_H
#define MOOT_RUNTIME_GF60_H

#include "runtime/field.h"
#include "runtime/gf2m.h"

enum { GF60_BITS = 60 };
static const uint64_t GF60_MASK = ((uint64_t)1 << GF60_BITS) - 1;

/* The best for this processor; dry: its twin without contents. */
const field *gf60(bool dry);

/* Without carry-less multiplication, with it, and with that of eight words at a time: NULL when this processor has none.
 * All give the same. */
extern const field gf60_portable, field_gf60_dry;
const field *gf60_with_clmul(void);
const field *gf60_with_vclmul(void);

/* The element of GF(2^m) in GF(2^60). */
uint64_t gf60_lift(unsigned m, gf2m a);

/* What is left of a product of two polynomials of degree below 60, or of a sum of such. */
static inline uint64_t gf60_reduce(uint64_t low, uint64_t high)
{
    uint64_t above = low >> GF60_BITS | high << (64 - GF60_BITS); /* of degree below 59 */
    return (low & GF60_MASK) ^ above ^ above << 1;
}

uint64_t gf60_times(uint64_t a, uint64_t b);

/* A sum of products that is not reduced yet. */
typedef struct gf60_sum {
    uint64_t low, high;
} gf60_sum;

/* *to += for each word its lower half, read as a polynomial, times by[0], and its upper half times by[1]; `by` has two
 * elements a word. */
typedef void gf60_halves(gf60_sum *to, const uint64_t *by, const uint64_t *word, size_t words);
gf60_halves gf60_add_halves, gf60_add_halves_portable;
gf60_halves *gf60_halves_with_clmul(void); /* NULL where there is none */
gf60_halves *gf60_halves_with_vclmul(void);

#endif
