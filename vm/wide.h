/* Integers as wide as a program needs them, exact up to 1023 bits and a sign: ranges of values, and what is
 * known while compiling. As small as a num while a num holds them; larger ones refer to limbs in an arena,
 * which has to live as long as they do. What is longer still is `outgrown`, with a sign. */
#ifndef MOOT_VM_WIDE_H
#define MOOT_VM_WIDE_H

#include "vm/num.h"

/* Only wide.c looks inside: within plus or minus NUM_MAX the integer itself, beyond it a reference. */
typedef struct wide {
    num word;
} wide;

enum {
    WIDE_BITS = 1023, /* of the largest magnitude: what a field of 1024 bits holds, with a sign */
    WIDE_LIMBS = 16,  /* words that hold any of them in two's complement */
    WIDE_TEXT = 400   /* characters of one in decimal, as int or as fix, and the NUL */
};

/* Initialises a static one; |a| <= NUM_MAX. */
#define WIDE(a)                                                                                    \
    {                                                                                              \
        a                                                                                          \
    }

static inline wide wide_of(int64_t a)
{
    return (wide){a};
}
wide wide_of_num(num a); /* |a| <= NUM_MAX */
wide wide_outgrown(bool negative);
wide wide_power_of_two(arena *mem, unsigned e); /* outgrown from 2^1023 on */
wide wide_copy(arena *mem, wide a);             /* the same, in an arena that may live longer */

bool wide_fits(wide a);             /* is not outgrown */
bool wide_narrow(wide a, num *out); /* whether a num holds it */
num wide_num(wide a);               /* of |a| <= NUM_MAX, else the nearer end */
int64_t wide_int(wide a);           /* of |a| < 2^63, else the nearer end */
double wide_double(wide a);         /* roughly; infinite when outgrown */

int wide_compare(wide a, wide b); /* below, equal to, or above 0 */
static inline bool wide_less(wide a, wide b)
{
    return wide_compare(a, b) < 0;
}
static inline bool wide_equal(wide a, wide b)
{
    return wide_compare(a, b) == 0;
}
static inline wide wide_least(wide a, wide b)
{
    return wide_less(b, a) ? b : a;
}
static inline wide wide_most(wide a, wide b)
{
    return wide_less(a, b) ? b : a;
}
int wide_sign(wide a); /* -1, 0 or 1 */

/* Exact, or outgrown. What is computed from an outgrown number is outgrown, save that 0 times it is 0. */
wide wide_neg(wide a);
wide wide_add(arena *mem, wide a, wide b);
wide wide_sub(arena *mem, wide a, wide b);
wide wide_mul(arena *mem, wide a, wide b);
wide wide_floor_div(arena *mem, wide a, wide b);       /* toward minus infinity; b = 0 gives 0 */
wide wide_floor_mod(arena *mem, wide a, wide b);       /* in 0 … b-1 for b > 0; b = 0 gives 0 */
wide wide_shift_floor(arena *mem, wide a, unsigned f); /* floor(a / 2^f) */
unsigned wide_bits(wide a);                            /* of |a|; 0 for 0; WIDE_BITS + 1 outgrown */

/* Two's complement of `limbs` words, lowest first, at least wide_limbs(a). Outgrown ones have none. */
unsigned wide_limbs(wide a);
void wide_put(uint64_t *out, unsigned limbs, wide a);
wide wide_get(arena *mem, const uint64_t *in, unsigned limbs);

/* As their namesakes in num.h; out at least WIDE_TEXT bytes. */
char *wide_print(wide a, char *out);
char *wide_print_fix(wide a, unsigned f, char *out);
bool wide_parse(arena *mem, const char *s, size_t len, wide *out);
bool wide_parse_fix(arena *mem, const char *s, size_t len, unsigned f, wide *out);

/* The same of an int (f = 0, no point or exponent) or fix, as WIDE_LIMBS words. */
bool wide_parse_words(const char *s, size_t len, bool fix, unsigned f, uint64_t out[WIDE_LIMBS]);
/* What the words say, as wide_print_fix writes it; f = 0 of an int. */
char *wide_print_words(const uint64_t *in, unsigned limbs, unsigned f, char *out);

#endif
