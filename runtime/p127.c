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

static void elem_matmul(const field *f, void *out, const void *a, const void *b, size_t n, size_t d,
                        size_t m)
{
    elem *o = out;
    const elem *x = a, *y = b;
    (void)f;
    for (size_t i = 0; i < n; i++) {
        for (size_t j = 0; j < m; j++) o[i * m + j] = 0;
        for (size_t k = 0; k < d; k++)
            for (size_t j = 0; j < m; j++)
                o[i * m + j] = elem_fold(o[i * m + j] + elem_mul(x[i * d + k], y[k * m + j]));
    }
}

#include "runtime/field_kernels.h"

const field field_p127 = {FIELD_KERNELS};
