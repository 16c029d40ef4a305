/* The field of 2^127 - 1: two words an element, products in 254 bits. */
#include "runtime/field.h"

#include <string.h>

typedef unum elem;
#define ELEM_BITS 127
#define ELEM_P (((elem)1 << 127) - 1)
#define ELEM_P_LIMBS                                                                               \
    {                                                                                              \
        {                                                                                          \
            UINT64_MAX, UINT64_MAX >> 1                                                            \
        }                                                                                          \
    }

static inline elem elem_from(element c)
{
    return (elem)c.limb[1] << 64 | c.limb[0];
}

static inline element element_from(elem x)
{
    return (element){{(uint64_t)x, (uint64_t)(x >> 64)}};
}

/* x <= 2p - 2, or <= p + 1: x + 1 reaches 2^127 exactly when x >= p. */
static inline elem elem_fold(elem x)
{
    return (x + ((x + 1) >> 127)) & ELEM_P;
}

/* A sum of products of words: less than 2^192. */
typedef struct word_sum {
    unum low;
    uint64_t high;
} word_sum;

static inline void add_words(word_sum *s, uint64_t a, uint64_t b)
{
    unum x = (unum)a * b;
    s->low += x;
    s->high += s->low < x;
}

/* low + middle 2^64 + high 2^128 */
typedef struct sums {
    word_sum low, middle, high;
} sums;
enum { SUMS_MOST = 1 << 16 };

static inline void sums_add(sums *s, elem a, elem b)
{
    uint64_t a0 = (uint64_t)a, a1 = (uint64_t)(a >> 64), b0 = (uint64_t)b, b1 = (uint64_t)(b >> 64);
    add_words(&s->low, a0, b0);
    add_words(&s->middle, a0, b1);
    add_words(&s->middle, a1, b0);
    add_words(&s->high, a1, b1);
}

/* Below p + 2: with 2^127 = 1. */
static inline elem reduce_words(unum low, uint64_t high)
{
    return elem_fold((low & ELEM_P) + ((elem)high << 1 | low >> 127));
}

/* x 2^64 of an element: its 63 high bits come back at the bottom. */
static inline elem times_word(elem x)
{
    return elem_fold(((x << 64) & ELEM_P) + (x >> 63));
}

static inline elem sums_take(sums s)
{
    elem low = reduce_words(s.low.low, s.low.high);
    elem middle = times_word(reduce_words(s.middle.low, s.middle.high));
    elem high = reduce_words(s.high.low, s.high.high);
    return elem_fold(elem_fold(low + middle) + elem_fold(high + high)); /* 2^128 = 2 */
}

static inline void sums_settle(sums *s)
{
    *s = (sums){.low = {.low = sums_take(*s)}};
}

/* With a = a1 2^64 + a0: a0 b0 + (a0 b1 + a1 b0) 2^64 + a1 b1 2^128, and 2^128 = 2. The bits from 2^128 up
 * are at most (p^2 >> 128) < 2^126, so nothing below overflows. */
static inline elem elem_mul(elem a, elem b)
{
    uint64_t a0 = (uint64_t)a, a1 = (uint64_t)(a >> 64), b0 = (uint64_t)b, b1 = (uint64_t)(b >> 64);
    elem low = (elem)a0 * b0, middle = (elem)a0 * b1 + (elem)a1 * b0, high = (elem)a1 * b1;
    elem shifted = middle << 64;
    elem sum = (low & ELEM_P) + (shifted & ELEM_P);
    elem carry = (low >> 127) + (shifted >> 127) + 2 * (high + (middle >> 64));
    elem x = (sum & ELEM_P) + (sum >> 127) + carry;
    return elem_fold((x & ELEM_P) + (x >> 127));
}

#include "runtime/matmul_kernels.h"

static void elem_matmul(const field *f, void *out, const void *a, const void *b, size_t n, size_t d,
                        size_t m)
{
    (void)f;
    blocked_matmul(out, a, b, n, d, m);
}

#include "runtime/field_kernels.h"

const field field_p127 = {FIELD_KERNELS};
