/* The product of two words as polynomials, by the carry-less multiplication of x86-64, for gf60_kernels.h. Included by
 * gf60_clmul.c, and by gf60_vclmul.c for what is over when it has taken many words at a time. */
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
