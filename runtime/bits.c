/* Choosing the kernels of bits.h, and the loops over single bits that need none. */
#include "runtime/bits.h"

#include <string.h>

wire wire_at(wires w, size_t k)
{
    return (wire){w.v ? w.v + k * w.words : NULL, w.count * w.words};
}

wire wire_from(wire w, size_t word)
{
    return (wire){w.v ? w.v + word : NULL, w.stride};
}

/* --- the processor */

static bool has_avx2(void)
{
#ifdef __x86_64__
    return __builtin_cpu_supports("avx2");
#else
    return false;
#endif
}

static bool has_avx512(void)
{
#ifdef __x86_64__
    return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
           __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl");
#else
    return false;
#endif
}

/* AVX-512 with products over GF(2): matrices by bytes, polynomials by words. */
static bool has_gfni(void)
{
#ifdef __x86_64__
    return has_avx512() && __builtin_cpu_supports("avx512vbmi") && __builtin_cpu_supports("gfni") &&
           __builtin_cpu_supports("vpclmulqdq");
#else
    return false;
#endif
}

const bit_kernels *bits_of_processor(size_t k)
{
    const bit_kernels *all[4] = {&bits_portable};
    size_t found = 1;

    if (bits_avx2 && has_avx2()) all[found++] = bits_avx2;
    if (bits_avx512 && has_avx512()) all[found++] = bits_avx512;
    if (bits_gfni && has_gfni()) all[found++] = bits_gfni;
    return k < found ? all[k] : NULL;
}

const bit_kernels *bits_best(void)
{
    const bit_kernels *best = &bits_portable;
    for (size_t k = 1; bits_of_processor(k); k++) best = bits_of_processor(k);
    return best;
}

bit_lift bits_lift_by(const uint64_t *by, size_t rows)
{
    bit_lift l = {.groups = rows / LIFT_ROWS};

    for (size_t g = 0; g < l.groups; g++)
        for (unsigned k = 0; k < WORD_BITS; k++)
            for (unsigned r = 0; r < LIFT_ROWS; r++)
                l.which[g][k] |= (uint8_t)((by[g * LIFT_ROWS + r] >> k & 1) << r);
    return l;
}

/* --- single bits */

void bits_expand(uint64_t *out, size_t step, const uint64_t *in, size_t len)
{
    if (step == 1) {
        bits_best()->expand(out, in, len);
        return;
    }
    memset(out, 0, len * step * sizeof *out);
    for (size_t k = 0; k < len; k++) out[k * step] = in[k / WORD_BITS] >> k % WORD_BITS & 1;
}

void bits_copy(uint64_t *out, size_t to, const uint64_t *in, size_t from, size_t len)
{
    for (size_t done = 0; done < len;) {
        size_t at = to + done, of = from + done, left = len - done;
        size_t room = WORD_BITS - at % WORD_BITS, there = WORD_BITS - of % WORD_BITS;
        size_t some = room < there ? room : there;
        if (some > left) some = left;
        uint64_t word = in[of / WORD_BITS] >> of % WORD_BITS;
        if (some < WORD_BITS) word &= ((uint64_t)1 << some) - 1;
        out[at / WORD_BITS] |= word << at % WORD_BITS;
        done += some;
    }
}

void bits_pick(uint64_t *out, size_t to, const uint64_t *in, size_t from, ptrdiff_t stride,
               size_t len)
{
    if (stride == 1) {
        bits_copy(out, to, in, from, len);
        return;
    }
    for (size_t k = 0; k < len; k++, to++, from += (size_t)stride)
        out[to / WORD_BITS] |= (in[from / WORD_BITS] >> from % WORD_BITS & 1) << to % WORD_BITS;
}

/* The lowest `some` bits, 1 … WORD_BITS. */
static uint64_t lowest(size_t some)
{
    return ~(uint64_t)0 >> (WORD_BITS - some);
}

void bits_spread(uint64_t *out, const uint64_t *in, size_t times, size_t len)
{
    for (size_t k = 0, at = 0; k < len; k++) {
        const uint64_t all = 0 - (in[k / WORD_BITS] >> k % WORD_BITS & 1);
        for (const size_t end = at + times; at < end;) {
            const size_t room = WORD_BITS - at % WORD_BITS, left = end - at;
            const size_t some = left < room ? left : room;
            out[at / WORD_BITS] |= (all & lowest(some)) << at % WORD_BITS;
            at += some;
        }
    }
}

size_t bits_packed(size_t count, size_t len)
{
    return (count * len + 7) / 8;
}

/* Words that are filled from the lowest bit. */
typedef struct packer {
    uint8_t *out;
    uint64_t word;
    unsigned filled;
} packer;

static void pack_bits(packer *p, uint64_t bits, unsigned some)
{
    if (some < WORD_BITS) bits &= ((uint64_t)1 << some) - 1;
    p->word |= bits << p->filled;
    if (p->filled + some < WORD_BITS) {
        p->filled += some;
        return;
    }
    memcpy(p->out, &p->word, sizeof p->word);
    p->out += sizeof p->word;
    p->word = p->filled ? bits >> (WORD_BITS - p->filled) : 0;
    p->filled = p->filled + some - WORD_BITS;
}

/* Whole words: of each the lower part fills up the word before. */
static void pack_words(packer *p, const uint64_t *in, size_t words)
{
    const unsigned upper = p->filled, behind = WORD_BITS - upper;

    if (!words) return;
    if (!upper) {
        memcpy(p->out, in, words * sizeof *in);
    } else {
        uint64_t word = p->word | in[0] << upper;
        memcpy(p->out, &word, sizeof word);
        for (size_t k = 1; k < words; k++) {
            word = in[k] << upper | in[k - 1] >> behind;
            memcpy(p->out + k * sizeof word, &word, sizeof word);
        }
        p->word = in[words - 1] >> behind;
    }
    p->out += words * sizeof *in;
}

void bits_pack(uint8_t *out, const uint64_t *in, size_t stride, size_t count, size_t len)
{
    packer p = {.out = out};
    const size_t whole = len / WORD_BITS;

    for (size_t row = 0; row < count; row++) {
        pack_words(&p, in + row * stride, whole);
        if (len % WORD_BITS) pack_bits(&p, in[row * stride + whole], (unsigned)(len % WORD_BITS));
    }
    memcpy(p.out, &p.word, (p.filled + 7) / 8);
}

/* `some` bits from bit `at` of what has been packed into `bytes` bytes. */
static uint64_t packed_at(const uint8_t *in, size_t bytes, size_t at, unsigned some)
{
    uint64_t word[2] = {0};
    size_t from = at / 8, left = bytes - from;

    memcpy(word, in + from, left < sizeof word ? left : sizeof word);
    unsigned behind = at % 8;
    uint64_t bits = behind ? word[0] >> behind | word[1] << (WORD_BITS - behind) : word[0];
    return some < WORD_BITS ? bits & (((uint64_t)1 << some) - 1) : bits;
}

/* Whole words from bit `at` on, as many as do not end with the last byte; how many. A word is in the eight bytes from one on
 * but for its highest bits, and in those from the next on but for its lowest eight. */
static size_t unpack_words(uint64_t *out, const uint8_t *in, size_t bytes, size_t at, size_t words)
{
    const size_t from = at / 8, most = (bytes - from - 1) / sizeof *out;
    const unsigned behind = at % 8;

    if (words > most) words = most;
    for (size_t k = 0; k < words; k++) {
        uint64_t low, high;
        memcpy(&low, in + from + k * sizeof low, sizeof low);
        memcpy(&high, in + from + k * sizeof high + 1, sizeof high);
        out[k] = low >> behind | high << (8 - behind);
    }
    return words;
}

void bits_unpack(uint64_t *out, size_t stride, const uint8_t *in, size_t count, size_t len)
{
    const size_t bytes = bits_packed(count, len);

    for (size_t row = 0; len && row < count; row++) {
        const size_t first = row * len;
        size_t k = unpack_words(out + row * stride, in, bytes, first, len / WORD_BITS);
        for (size_t at = k * WORD_BITS; at < len; at += WORD_BITS, k++)
            out[row * stride + k] = packed_at(
                in, bytes, first + at, (unsigned)(len - at < WORD_BITS ? len - at : WORD_BITS));
    }
}
