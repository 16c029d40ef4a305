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

/* One column: sums that do not wait for each other, of up to LAZY products each. */
static elem dot(const elem *a, const elem *b, size_t d)
{
    enum { CHAINS = 4, STEP = CHAINS * LAZY };
    elem total = 0;

    for (size_t from = 0; from < d; from += STEP) {
        size_t part = d - from < STEP ? d - from : STEP, k = 0;
        unum sum[CHAINS] = {0};
        for (; k + CHAINS <= part; k += CHAINS)
            for (size_t i = 0; i < CHAINS; i++) sum[i] += (unum)a[from + k + i] * b[from + k + i];
        for (; k < part; k++) sum[k % CHAINS] += (unum)a[from + k] * b[from + k];
        for (size_t i = 0; i < CHAINS; i++) total = elem_fold(total + elem_reduce(sum[i]));
    }
    return total;
}

void p61_matmul(const field *f, void *out, const void *a, const void *b, size_t n, size_t d, size_t m)
{
    elem *o = out;
    const elem *x = a, *y = b;
    (void)f;
    for (size_t i = 0; m == 1 && i < n; i++) o[i] = dot(x + i * d, y, d);
    if (m == 1) return;
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j < m; j += COLUMNS)
            matmul_block(o + i * m + j, x + i * d, y + j, d, m, m - j < COLUMNS ? m - j : COLUMNS);
}

#define elem_matmul p61_matmul
#include "runtime/field_kernels.h"

const field field_p61 = {FIELD_KERNELS};
