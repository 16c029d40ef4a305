/* What p61_lanes.h asks for, by AVX-512 (F, VL, DQ, BW): eight words. Included by p61_avx512.c and p61_ifma.c. */
#include "runtime/p61.h"

#include <immintrin.h>

#define LANES 8
typedef __m512i lanes;

static inline lanes lanes_all(uint64_t x)
{
    return _mm512_set1_epi64((long long)x);
}

static inline lanes lanes_load(const uint64_t *from)
{
    return _mm512_loadu_si512(from);
}

static inline void lanes_store(uint64_t *to, lanes x)
{
    _mm512_storeu_si512(to, x);
}

static inline lanes lanes_add(lanes a, lanes b)
{
    return _mm512_add_epi64(a, b);
}

static inline lanes lanes_and(lanes a, lanes b)
{
    return _mm512_and_si512(a, b);
}

static inline lanes lanes_left(lanes a, unsigned bits)
{
    return _mm512_slli_epi64(a, bits);
}

static inline lanes lanes_right(lanes a, unsigned bits)
{
    return _mm512_srli_epi64(a, bits);
}

static inline lanes lanes_mul(lanes a, lanes b)
{
    return _mm512_mul_epu32(a, b);
}

/* What is less than p becomes large when p is taken off it. */
static inline lanes lanes_fold(lanes x)
{
    return _mm512_min_epu64(x, _mm512_sub_epi64(x, lanes_all(ELEM_P)));
}

#include "runtime/p61_lanes.h"

#define ELEM_CHOSEN

/* Of a word of `chosen` eight items are added in each lane, which is less than 2^64. */
static void vector_sum_chosen(const field *f, void *out, const void *a, const uint64_t *chosen,
                              size_t len)
{
    const elem *x = a;
    elem *o = out, each[LANES], all = 0;
    lanes total = lanes_all(0);

    (void)f;
    for (size_t at = 0; at < len; at += 64) {
        uint64_t word = chosen[at / 64];
        lanes sum = lanes_all(0);
        if (len - at < 64) word &= ((uint64_t)1 << (len - at)) - 1;
        for (unsigned k = 0; k < 64 / LANES; k++) { /* items that are not chosen are not read */
            const __mmask8 some = (__mmask8)(word >> k * LANES);
            sum = lanes_add(sum, _mm512_maskz_loadu_epi64(some, x + at + k * LANES));
        }
        total = lanes_fold(lanes_add(total, lanes_reduce(sum)));
    }
    lanes_store(each, total);
    for (unsigned k = 0; k < LANES; k++) all = elem_fold(all + each[k]);
    *o = all;
}
