/* The kernels of bits.h for processors with AVX-512, VBMI, GFNI and VPCLMULQDQ; see cmake/vectors.cmake. */
#if defined(__GFNI__) && defined(__AVX512VBMI__) && defined(__VPCLMULQDQ__)
#include "runtime/bits.h"

#include <immintrin.h>

/* Four vectors of four lanes of 128 bits, transposed. */
static inline void turn_lanes(__m512i out[4], __m512i a, __m512i b, __m512i c, __m512i d)
{
    enum { LOW = 0x44, HIGH = 0xee, EVEN = 0x88, ODD = 0xdd };
    const __m512i ab = _mm512_shuffle_i64x2(a, b, LOW), cd = _mm512_shuffle_i64x2(c, d, LOW),
                  ab2 = _mm512_shuffle_i64x2(a, b, HIGH), cd2 = _mm512_shuffle_i64x2(c, d, HIGH);

    out[0] = _mm512_shuffle_i64x2(ab, cd, EVEN), out[1] = _mm512_shuffle_i64x2(ab, cd, ODD);
    out[2] = _mm512_shuffle_i64x2(ab2, cd2, EVEN), out[3] = _mm512_shuffle_i64x2(ab2, cd2, ODD);
}

/* out[w] = word w of eight rows, a byte for each item: bit r is that of row r. */
static inline void gather_rows(__m512i out[LIFT_WORDS], const uint64_t *const *row)
{
    /* Byte b of row r to place 8 b + 7 - r; then each 8 by 8 bits are transposed, as the matrix that takes the unit
     * vectors to its columns, of which GFNI counts the rows from the last. */
    const __m512i bytes =
                      _mm512_set_epi64(0x070f171f272f373f, 0x060e161e262e363e, 0x050d151d252d353d,
                                       0x040c141c242c343c, 0x030b131b232b333b, 0x020a121a222a323a,
                                       0x0109111921293139, 0x0008101820283038),
                  units = _mm512_set1_epi64((long long)0x8040201008040201);
    __m512i even[LIFT_ROWS / 2], odd[LIFT_ROWS / 2], turned[LIFT_ROWS / 2];

    for (unsigned k = 0; k < LIFT_ROWS / 2; k++) {
        const __m512i a = _mm512_loadu_si512(row[2 * k]), b = _mm512_loadu_si512(row[2 * k + 1]);
        even[k] = _mm512_unpacklo_epi64(a, b), odd[k] = _mm512_unpackhi_epi64(a, b);
    }
    turn_lanes(turned, even[0], even[1], even[2], even[3]);
    for (unsigned k = 0; k < LIFT_WORDS / 2; k++) out[2 * k] = turned[k];
    turn_lanes(turned, odd[0], odd[1], odd[2], odd[3]);
    for (unsigned k = 0; k < LIFT_WORDS / 2; k++) out[2 * k + 1] = turned[k];
    for (unsigned k = 0; k < LIFT_WORDS; k++)
        out[k] = _mm512_gf2p8affine_epi64_epi8(units, _mm512_permutexvar_epi8(bytes, out[k]), 0);
}

/* Eight bytes of each of 64 items, a vector for each byte, as words. */
static inline void store_items(uint64_t *out, const __m512i byte[8])
{
    __m512i two[2][4], four[2][2][2], eight[8];

    for (unsigned k = 0; k < 4; k++) {
        two[0][k] = _mm512_unpacklo_epi8(byte[2 * k], byte[2 * k + 1]);
        two[1][k] = _mm512_unpackhi_epi8(byte[2 * k], byte[2 * k + 1]);
    }
    for (unsigned h = 0; h < 2; h++)
        for (unsigned k = 0; k < 2; k++) {
            four[h][0][k] = _mm512_unpacklo_epi16(two[h][2 * k], two[h][2 * k + 1]);
            four[h][1][k] = _mm512_unpackhi_epi16(two[h][2 * k], two[h][2 * k + 1]);
        }
    for (unsigned h = 0; h < 4; h++) {
        const __m512i *pair = four[h / 2][h % 2];
        eight[2 * h] = _mm512_unpacklo_epi32(pair[0], pair[1]);
        eight[2 * h + 1] = _mm512_unpackhi_epi32(pair[0], pair[1]);
    }
    for (unsigned h = 0; h < 2; h++) { /* eight[p] holds items 2 p and 2 p + 1 of each sixteen */
        __m512i turned[4];
        turn_lanes(turned, eight[4 * h], eight[4 * h + 1], eight[4 * h + 2], eight[4 * h + 3]);
        for (unsigned k = 0; k < 4; k++) _mm512_storeu_si512(out + 16 * k + 8 * h, turned[k]);
    }
}

/* Byte k of an item is the sum over groups of a matrix of 8 by 8 bits times the item's byte in the group. */
static void kernel_lift(uint64_t *out, const uint64_t *const *row, const bit_lift *l)
{
    __m512i rows[LIFT_GROUPS_MOST][LIFT_WORDS];
    uint64_t matrix[LIFT_GROUPS_MOST][8];

    for (size_t g = 0; g < l->groups; g++) {
        gather_rows(rows[g], row + g * LIFT_ROWS);
        memcpy(matrix[g], l->which[g], sizeof matrix[g]);
        for (unsigned k = 0; k < 8; k++) matrix[g][k] = __builtin_bswap64(matrix[g][k]);
    }
    for (unsigned w = 0; w < LIFT_WORDS; w++) {
        __m512i byte[8];
        for (unsigned k = 0; k < 8; k++) byte[k] = _mm512_setzero_si512();
        for (size_t g = 0; g < l->groups; g++)
            for (unsigned k = 0; k < 8; k++) {
                __m512i by = _mm512_set1_epi64((long long)matrix[g][k]);
                /* In a register: clang 14 misplaces what this instruction takes from memory for all lanes. */
                __asm__("" : "+v"(by));
                byte[k] =
                    _mm512_xor_si512(byte[k], _mm512_gf2p8affine_epi64_epi8(rows[g][w], by, 0));
            }
        store_items(out + w * WORD_BITS, byte);
    }
}

/* The weights of the lower halves of LIFT_WORDS words and of the upper ones. */
typedef struct half_weights {
    __m512i low, high;
} half_weights;

static inline half_weights weights_of(const uint64_t *by)
{
    const __m512i even = _mm512_set_epi64(14, 12, 10, 8, 6, 4, 2, 0),
                  odd = _mm512_set_epi64(15, 13, 11, 9, 7, 5, 3, 1), a = _mm512_loadu_si512(by),
                  b = _mm512_loadu_si512(by + LIFT_WORDS);

    return (half_weights){_mm512_permutex2var_epi64(a, even, b),
                          _mm512_permutex2var_epi64(a, odd, b)};
}

static inline void add_halves(gf60_sum *to, const half_weights *by, const uint64_t *word)
{
    const __m512i all = _mm512_loadu_si512(word),
                  low = _mm512_and_si512(all, _mm512_set1_epi64(UINT32_MAX)),
                  high = _mm512_srli_epi64(all, 32);
    const __m512i lower = _mm512_xor_si512(_mm512_clmulepi64_epi128(low, by->low, 0x00),
                                           _mm512_clmulepi64_epi128(high, by->high, 0x00)),
                  upper = _mm512_xor_si512(_mm512_clmulepi64_epi128(low, by->low, 0x11),
                                           _mm512_clmulepi64_epi128(high, by->high, 0x11)),
                  sum = _mm512_xor_si512(lower, upper);
    const __m256i two =
        _mm256_xor_si256(_mm512_castsi512_si256(sum), _mm512_extracti64x4_epi64(sum, 1));
    const __m128i one = _mm_xor_si128(_mm256_castsi256_si128(two), _mm256_extracti128_si256(two, 1));
    _mm_storeu_si128((void *)to, _mm_xor_si128(one, _mm_loadu_si128((const void *)to)));
}

#define BITS_LANES
#define BITS_LINKAGE static
#define BITS_KERNELS bits_for_gfni
#define BITS_NAME "gfni"
#include "runtime/bits_kernels.h"
const bit_kernels *const bits_gfni = &bits_for_gfni;
#else
#include "runtime/bits.h"
const bit_kernels *const bits_gfni = NULL;
#endif
