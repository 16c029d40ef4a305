/* The field of 2^61 - 1: one word an element, products in 122 bits. */
#include "runtime/field.h"

#include <string.h>

typedef uint64_t elem;
#define ELEM_BITS 61
#define ELEM_P (((elem)1 << 61) - 1)
#define ELEM_P_LIMBS                                                                               \
    {                                                                                              \
        {                                                                                          \
            ELEM_P                                                                                 \
        }                                                                                          \
    }

static inline elem elem_from(element c)
{
    return c.limb[0];
}

static inline element element_from(elem x)
{
    return element_of(x);
}

/* x <= 2p - 2, or = p: x + 1 reaches 2^61 exactly when x >= p. */
static inline elem elem_fold(elem x)
{
    return (x + ((x + 1) >> 61)) & ELEM_P;
}

/* A product, or a sum of up to 64 of them, below 2^128. */
static inline elem elem_reduce(unum x)
{
    elem low = (elem)x & ELEM_P, high = (elem)(x >> 61) & ELEM_P, top = (elem)(x >> 122);
    elem sum = low + high + top;
    return elem_fold((sum & ELEM_P) + (sum >> 61));
}

static inline elem elem_mul(elem a, elem b)
{
    unum x = (unum)a * b;
    return elem_fold(((elem)x & ELEM_P) + (elem)(x >> 61));
}

enum { COLUMNS = 64, LAZY = 32 }; /* sums kept at once; products added before one is reduced */

static void matmul_block(elem *out, const elem *row, const elem *b, size_t d, size_t m, size_t width)
{
    unum sum[COLUMNS] = {0};
    for (size_t k = 0; k < d; k++) {
        for (size_t j = 0; j < width; j++) sum[j] += (unum)row[k] * b[k * m + j];
        if (k % LAZY == LAZY - 1)
            for (size_t j = 0; j < width; j++) sum[j] = elem_reduce(sum[j]);
    }
    for (size_t j = 0; j < width; j++) out[j] = elem_reduce(sum[j]);
}

static void elem_matmul(const field *f, void *out, const void *a, const void *b, size_t n, size_t d,
                        size_t m)
{
    elem *o = out;
    const elem *x = a, *y = b;
    (void)f;
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j < m; j += COLUMNS)
            matmul_block(o + i * m + j, x + i * d, y + j, d, m, m - j < COLUMNS ? m - j : COLUMNS);
}

#include "runtime/field_kernels.h"

const field field_p61 = {FIELD_KERNELS};
