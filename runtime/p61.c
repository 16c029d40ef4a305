/* The field of 2^61 - 1 on any processor, and its matrix products. */
#include "runtime/p61.h"

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

void p61_matmul(const field *f, void *out, const void *a, const void *b, size_t n, size_t d, size_t m)
{
    elem *o = out;
    const elem *x = a, *y = b;
    (void)f;
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j < m; j += COLUMNS)
            matmul_block(o + i * m + j, x + i * d, y + j, d, m, m - j < COLUMNS ? m - j : COLUMNS);
}

#define elem_matmul p61_matmul
#include "runtime/field_kernels.h"

const field field_p61 = {FIELD_KERNELS};
