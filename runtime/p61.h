/* Single elements of the field of 2^61 - 1: one word each, products in 122 bits. For the files that hold its
 * vector functions only: they are then made by runtime/field_kernels.h. */
#ifndef MOOT_RUNTIME_P61_H
#define MOOT_RUNTIME_P61_H

#include "runtime/field.h"

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

/* The matrix product of field.h, for all of them. */
void p61_matmul(const field *f, void *out, const void *a, const void *b, size_t n, size_t d,
                size_t m);

#endif
