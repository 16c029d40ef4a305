/* The field of 2^61 - 1 on processors with AVX2. */
#include "runtime/p61.h"

#ifdef __AVX2__

#include <immintrin.h>

#define LANES 4
typedef __m256i lanes;

static inline lanes lanes_all(uint64_t x)
{
    return _mm256_set1_epi64x((long long)x);
}

static inline lanes lanes_load(const uint64_t *from)
{
    return _mm256_loadu_si256((const void *)from);
}

static inline void lanes_store(uint64_t *to, lanes x)
{
    _mm256_storeu_si256((void *)to, x);
}

static inline lanes lanes_add(lanes a, lanes b)
{
    return _mm256_add_epi64(a, b);
}

static inline lanes lanes_and(lanes a, lanes b)
{
    return _mm256_and_si256(a, b);
}

static inline lanes lanes_left(lanes a, int bits)
{
    return _mm256_slli_epi64(a, bits);
}

static inline lanes lanes_right(lanes a, int bits)
{
    return _mm256_srli_epi64(a, bits);
}

static inline lanes lanes_mul(lanes a, lanes b)
{
    return _mm256_mul_epu32(a, b);
}

/* x + 1 reaches 2^61 exactly when x >= p. */
static inline lanes lanes_fold(lanes x)
{
    lanes over = lanes_right(lanes_add(x, lanes_all(1)), 61);
    return lanes_and(lanes_add(x, over), lanes_all(ELEM_P));
}

#include "runtime/p61_lanes.h"
#define elem_matmul p61_matmul
#include "runtime/field_kernels.h"

const field field_p61_avx2 = {FIELD_KERNELS};

#endif
