/* GF(2^60) by the carry-less multiplication of x86-64; see gf60_kernels.h. */
#ifdef __x86_64__
#include <immintrin.h>
#include <stdint.h>

typedef struct wide_product {
    uint64_t low, high;
} wide_product;

static inline wide_product product(uint64_t a, uint64_t b)
{
    __m128i p =
        _mm_clmulepi64_si128(_mm_cvtsi64_si128((int64_t)a), _mm_cvtsi64_si128((int64_t)b), 0);
    return (wide_product){(uint64_t)_mm_cvtsi128_si64(p), (uint64_t)_mm_extract_epi64(p, 1)};
}

#define GF60_KERNELS gf60_clmul
#define GF60_HALVES gf60_add_halves_clmul
#include "runtime/gf60_kernels.h"
#endif
