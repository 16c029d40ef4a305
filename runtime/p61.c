/* The field of 2^61 - 1 on any processor, and its matrix products. */
#include "runtime/p61.h"

typedef struct sums {
    unum sum;
} sums;
enum { SUMS_MOST = 64 };

static inline void sums_add(sums *s, elem a, elem b)
{
    s->sum += (unum)a * b;
}

static inline elem sums_take(sums s)
{
    return elem_reduce(s.sum);
}

static inline void sums_settle(sums *s)
{
    s->sum = sums_take(*s);
}

#include "runtime/matmul_kernels.h"

void p61_matmul(const field *f, void *out, const void *a, const void *b, size_t n, size_t d, size_t m)
{
    (void)f;
    blocked_matmul(out, a, b, n, d, m);
}

#define elem_matmul p61_matmul
#include "runtime/field_kernels.h"

const field field_p61 = {FIELD_KERNELS};
