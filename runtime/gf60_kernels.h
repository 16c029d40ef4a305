/* The functions of GF(2^60) on vectors, written once over the product of two words as polynomials. Included by one
 * file for each way to take it, which defines GF60_KERNELS, GF60_HALVES and `product`; and, with GF60_LANES, what takes many
 * elements at a time and returns how many it took. None branches or indexes on an element. */
#include "runtime/gf60.h"

#ifndef GF60_LANES
#define many_mul(out, a, b, len) 0
#define many_scale(out, a, c, add, len) 0
#define many_dot(sum, a, b, len) 0
#define many_combine(out, x, stride, weight, count, len) 0
#define many_halves(sum, by, word, words) 0
#endif

#define UNUSED __attribute__((unused))

static void kernel_fill(const field *f UNUSED, void *out, element c, size_t len)
{
    uint64_t *o = out;
    for (size_t k = 0; k < len; k++) o[k] = c.limb[0];
}

static void kernel_copy(const field *f UNUSED, void *out, const void *a, size_t len)
{
    if (len) memmove(out, a, len * sizeof(uint64_t));
}

static void kernel_add(const field *f UNUSED, void *out, const void *a, const void *b, size_t len)
{
    uint64_t *o = out;
    const uint64_t *x = a, *y = b;
    for (size_t k = 0; k < len; k++) o[k] = x[k] ^ y[k];
}

static uint64_t times(uint64_t a, uint64_t b)
{
    wide_product p = product(a, b);
    return gf60_reduce(p.low, p.high);
}

static void kernel_mul(const field *f UNUSED, void *out, const void *a, const void *b, size_t len)
{
    uint64_t *o = out;
    const uint64_t *x = a, *y = b;
    for (size_t k = many_mul(o, x, y, len); k < len; k++) o[k] = times(x[k], y[k]);
}

static void kernel_scale(const field *f UNUSED, void *out, const void *a, element c, size_t len)
{
    uint64_t *o = out;
    const uint64_t *x = a;
    for (size_t k = many_scale(o, x, c.limb[0], false, len); k < len; k++)
        o[k] = times(x[k], c.limb[0]);
}

static void kernel_add_scaled(const field *f UNUSED, void *out, const void *a, element c, size_t len)
{
    uint64_t *o = out;
    const uint64_t *x = a;
    for (size_t k = many_scale(o, x, c.limb[0], true, len); k < len; k++)
        o[k] ^= times(x[k], c.limb[0]);
}

static void kernel_add_constant(const field *f UNUSED, void *out, const void *a, element c,
                                size_t len)
{
    uint64_t *o = out;
    const uint64_t *x = a;
    for (size_t k = 0; k < len; k++) o[k] = x[k] ^ c.limb[0];
}

/* Sums of products are reduced once. */
static void kernel_matmul(const field *f UNUSED, void *out, const void *a, const void *b, size_t n,
                          size_t d, size_t m)
{
    uint64_t *o = out;
    const uint64_t *x = a, *y = b;

    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j < m; j++) {
            wide_product sum = {0, 0};
            for (size_t k = m == 1 ? many_dot(&sum, x + i * d, y, d) : 0; k < d; k++) {
                wide_product p = product(x[i * d + k], y[k * m + j]);
                sum.low ^= p.low, sum.high ^= p.high;
            }
            o[i * m + j] = gf60_reduce(sum.low, sum.high);
        }
}

static void kernel_combine(const field *f UNUSED, void *out, const void *a, size_t stride,
                           const void *weight, size_t count, size_t len, size_t ahead UNUSED)
{
    uint64_t *o = out;
    const uint64_t *x = a, *by = weight;

    for (size_t k = many_combine(o, x, stride, by, count, len); k < len; k++) {
        wide_product sum = {0, 0};
        for (size_t s = 0; s < count; s++) {
            wide_product p = product(x[s * stride + k], by[s]);
            sum.low ^= p.low, sum.high ^= p.high;
        }
        o[k] = gf60_reduce(sum.low, sum.high);
    }
}

static void kernel_sum(const field *f UNUSED, void *out, const void *a, size_t run, size_t runs)
{
    uint64_t *o = out;
    const uint64_t *x = a;

    for (size_t i = 0; i < runs; i++) {
        uint64_t sum = 0;
        for (size_t k = 0; k < run; k++) sum ^= x[i * run + k];
        o[i] = sum;
    }
}

static bool kernel_has_zero(const field *f UNUSED, const void *a, size_t len)
{
    const uint64_t *x = a;
    uint64_t any = 0;

    for (size_t k = 0; k < len; k++) any |= (x[k] | (0 - x[k])) >> 63 ^ 1;
    return any;
}

static bool kernel_valid(const field *f UNUSED, const void *a, size_t len)
{
    const uint64_t *x = a;
    uint64_t all = 0;

    for (size_t k = 0; k < len; k++) all |= x[k];
    return all <= GF60_MASK;
}

/* Every word of 60 bits is an element. */
static bool kernel_mask(const field *f UNUSED, void *a, size_t len)
{
    uint64_t *x = a;
    for (size_t k = 0; k < len; k++) x[k] &= GF60_MASK;
    return false;
}

static size_t kernel_first_ones(const field *f UNUSED, const void *a UNUSED, size_t len)
{
    return len;
}

static element kernel_times(const field *f UNUSED, element a, element b)
{
    return element_of(times(a.limb[0], b.limb[0]));
}

void GF60_HALVES(gf60_sum *to, const uint64_t *by, const uint64_t *word, size_t words)
{
    wide_product sum = {to->low, to->high};

    for (size_t k = many_halves(&sum, by, word, words); k < words; k++) {
        wide_product low = product(by[2 * k], word[k] & UINT32_MAX),
                     high = product(by[2 * k + 1], word[k] >> 32);
        sum.low ^= low.low ^ high.low, sum.high ^= low.high ^ high.high;
    }
    *to = (gf60_sum){sum.low, sum.high};
}

const field GF60_KERNELS = {.bits = GF60_BITS,
                            .size = sizeof(uint64_t),
                            .p = {{(uint64_t)1 << GF60_BITS}},
                            .binary = true,
                            .fill = kernel_fill,
                            .copy = kernel_copy,
                            .add = kernel_add,
                            .sub = kernel_add,
                            .mul = kernel_mul,
                            .scale = kernel_scale,
                            .add_scaled = kernel_add_scaled,
                            .add_constant = kernel_add_constant,
                            .matmul = kernel_matmul,
                            .combine = kernel_combine,
                            .sum = kernel_sum,
                            .has_zero = kernel_has_zero,
                            .valid = kernel_valid,
                            .mask = kernel_mask,
                            .first_ones = kernel_first_ones,
                            .times = kernel_times};
