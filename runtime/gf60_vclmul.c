/* GF(2^60) by the carry-less multiplication of eight words at a time, on processors with AVX-512 and VPCLMULQDQ; see
 * gf60_kernels.h. */
#ifdef __VPCLMULQDQ__
#include "runtime/gf60_clmul.h"

#include <stdbool.h>
#include <stddef.h>

enum { LANES = 8 };

/* The products of the lower words of each 128 bits and of the upper ones. */
enum { LOWER = 0x00, UPPER = 0x11 };

/* As gf60_reduce. */
static inline __m512i reduce_lanes(__m512i lower, __m512i upper)
{
    const __m512i low = _mm512_unpacklo_epi64(lower, upper),
                  high = _mm512_unpackhi_epi64(lower, upper),
                  mask = _mm512_set1_epi64(((long long)1 << 60) - 1),
                  above = _mm512_or_si512(_mm512_srli_epi64(low, 60), _mm512_slli_epi64(high, 4)),
                  both = _mm512_xor_si512(above, _mm512_slli_epi64(above, 1));

    return _mm512_xor_si512(_mm512_and_si512(low, mask), both);
}

static inline __m512i product_of_lanes(__m512i a, __m512i b)
{
    return reduce_lanes(_mm512_clmulepi64_epi128(a, b, LOWER), _mm512_clmulepi64_epi128(a, b, UPPER));
}

static size_t many_mul(uint64_t *out, const uint64_t *a, const uint64_t *b, size_t len)
{
    size_t k = 0;

    for (; k + LANES <= len; k += LANES)
        _mm512_storeu_si512(out + k,
                            product_of_lanes(_mm512_loadu_si512(a + k), _mm512_loadu_si512(b + k)));
    return k;
}

/* out = c a, or out += c a */
static inline size_t many_scale(uint64_t *out, const uint64_t *a, uint64_t c, bool add, size_t len)
{
    const __m512i by = _mm512_set1_epi64((long long)c);
    size_t k = 0;

    for (; k + LANES <= len; k += LANES) {
        __m512i p = product_of_lanes(_mm512_loadu_si512(a + k), by);
        if (add) p = _mm512_xor_si512(p, _mm512_loadu_si512(out + k));
        _mm512_storeu_si512(out + k, p);
    }
    return k;
}

static size_t many_combine(uint64_t *out, const uint64_t *x, size_t stride, const uint64_t *weight,
                           size_t count, size_t len)
{
    size_t k = 0;

    for (; k + LANES <= len; k += LANES) {
        __m512i lower = _mm512_setzero_si512(), upper = lower;
        for (size_t s = 0; s < count; s++) {
            const __m512i a = _mm512_loadu_si512(x + s * stride + k),
                          by = _mm512_set1_epi64((long long)weight[s]);
            lower = _mm512_xor_si512(lower, _mm512_clmulepi64_epi128(a, by, LOWER));
            upper = _mm512_xor_si512(upper, _mm512_clmulepi64_epi128(a, by, UPPER));
        }
        _mm512_storeu_si512(out + k, reduce_lanes(lower, upper));
    }
    return k;
}

static inline void add_lanes(wide_product *sum, __m512i lanes)
{
    uint64_t each[LANES];

    _mm512_storeu_si512(each, lanes);
    for (unsigned k = 0; k < LANES; k += 2) sum->low ^= each[k], sum->high ^= each[k + 1];
}

static inline __m512i add_products(__m512i sum, __m512i a, __m512i b)
{
    sum = _mm512_xor_si512(sum, _mm512_clmulepi64_epi128(a, b, LOWER));
    return _mm512_xor_si512(sum, _mm512_clmulepi64_epi128(a, b, UPPER));
}

static size_t many_dot(wide_product *sum, const uint64_t *a, const uint64_t *b, size_t len)
{
    __m512i lanes = _mm512_setzero_si512();
    size_t k = 0;

    for (; k + LANES <= len; k += LANES)
        lanes = add_products(lanes, _mm512_loadu_si512(a + k), _mm512_loadu_si512(b + k));
    add_lanes(sum, lanes);
    return k;
}

static size_t many_halves(wide_product *sum, const uint64_t *by, const uint64_t *word, size_t words)
{
    __m512i lanes = _mm512_setzero_si512();
    size_t k = 0;

    for (; k + LANES / 2 <= words; k += LANES / 2) {
        const __m512i half = _mm512_cvtepu32_epi64(_mm256_loadu_si256((const void *)(word + k)));
        lanes = add_products(lanes, half, _mm512_loadu_si512(by + 2 * k));
    }
    add_lanes(sum, lanes);
    return k;
}

#define GF60_LANES
#define GF60_KERNELS gf60_vclmul
#define GF60_HALVES gf60_add_halves_vclmul
#include "runtime/gf60_kernels.h"
#endif
