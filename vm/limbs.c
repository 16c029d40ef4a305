/* Two's complement of any number of words, with libgmp's functions on limbs. Works on values in the clear only:
 * its time depends on them. */
#include "vm/limbs.h"

#include <gmp.h>
#include <string.h>

enum { MOST = WIDE_LIMBS + 1 };

static bool is_negative(const uint64_t *a, unsigned words)
{
    return a[words - 1] >> 63;
}

/* Writes |a|, which always fits as an unsigned number; whether a was negative. */
static bool size_of(uint64_t *out, const uint64_t *a, unsigned words)
{
    bool negative = is_negative(a, words);
    memmove(out, a, words * sizeof *a);
    if (negative) mpn_neg(out, out, words);
    return negative;
}

static unsigned used(const uint64_t *a, unsigned words)
{
    while (words && !a[words - 1]) words--;
    return words;
}

void limbs_set(uint64_t *out, int64_t a, unsigned words)
{
    memset(out, a < 0 ? 0xff : 0, words * sizeof *out);
    out[0] = (uint64_t)a;
}

bool limbs_is_zero(const uint64_t *a, unsigned words)
{
    return used(a, words) == 0;
}

int limbs_compare(const uint64_t *a, const uint64_t *b, unsigned words)
{
    if (is_negative(a, words) != is_negative(b, words)) return is_negative(a, words) ? -1 : 1;
    return mpn_cmp(a, b, words);
}

bool limbs_add(uint64_t *out, const uint64_t *a, const uint64_t *b, unsigned words)
{
    bool x = is_negative(a, words), y = is_negative(b, words);
    mpn_add_n(out, a, b, words);
    return x != y || is_negative(out, words) == x;
}

bool limbs_sub(uint64_t *out, const uint64_t *a, const uint64_t *b, unsigned words)
{
    bool x = is_negative(a, words), y = is_negative(b, words);
    mpn_sub_n(out, a, b, words);
    return x == y || is_negative(out, words) == x;
}

bool limbs_mul(uint64_t *out, const uint64_t *a, const uint64_t *b, unsigned words)
{
    uint64_t x[MOST], y[MOST], product[2 * MOST];
    bool negative = size_of(x, a, words) != size_of(y, b, words);
    mpn_mul_n(product, x, y, words);
    memcpy(out, product, words * sizeof *out);
    if (negative) mpn_neg(out, out, words);
    bool zero = limbs_is_zero(out, words);
    return !used(product + words, words) && (zero || is_negative(out, words) == negative);
}

/* quotient and rest of |a| by |b|, b not 0; quotient has `words` words, as has rest. */
static void divide_sizes(uint64_t *quotient, uint64_t *rest, const uint64_t *a, const uint64_t *b,
                         unsigned words)
{
    const unsigned n = used(a, words), d = used(b, words);
    memset(quotient, 0, words * sizeof *quotient);
    memset(rest, 0, words * sizeof *rest);
    if (n < d)
        memcpy(rest, a, n * sizeof *rest);
    else
        mpn_tdiv_qr(quotient, rest, 0, a, n, b, d);
}

/* Toward minus infinity, b not 0. */
static void divide(uint64_t *quotient, uint64_t *rest, const uint64_t *a, const uint64_t *b,
                   unsigned words)
{
    uint64_t x[MOST], y[MOST], r[MOST];
    bool below = size_of(x, a, words), by_negative = size_of(y, b, words);
    divide_sizes(quotient, r, x, y, words);
    bool exact = limbs_is_zero(r, words);
    if (below != by_negative) {
        if (!exact) mpn_add_1(quotient, quotient, words, 1);
        mpn_neg(quotient, quotient, words);
        if (!exact) mpn_sub_n(r, y, r, words);
    }
    memcpy(rest, r, words * sizeof *rest);
    if (by_negative) mpn_neg(rest, rest, words);
}

void limbs_floor_div(uint64_t *out, const uint64_t *a, const uint64_t *b, unsigned words)
{
    uint64_t quotient[MOST] = {0}, rest[MOST];
    if (!limbs_is_zero(b, words)) divide(quotient, rest, a, b, words);
    memcpy(out, quotient, words * sizeof *out);
}

void limbs_floor_mod(uint64_t *out, const uint64_t *a, const uint64_t *b, unsigned words)
{
    uint64_t quotient[MOST], rest[MOST] = {0};
    if (!limbs_is_zero(b, words)) divide(quotient, rest, a, b, words);
    memcpy(out, rest, words * sizeof *out);
}

void limbs_shift_floor(uint64_t *out, const uint64_t *a, unsigned f, unsigned words)
{
    uint64_t x[MOST];
    const unsigned whole = f / 64 < words ? f / 64 : words, bits = f % 64;
    memset(x, is_negative(a, words) ? 0xff : 0, (words + 1) * sizeof *x); /* one word of sign above */
    memcpy(x, a + whole, (words - whole) * sizeof *x);
    if (bits) mpn_rshift(x, x, words + 1, bits);
    memcpy(out, x, words * sizeof *out);
}

void limbs_mul_mod(uint64_t *out, const uint64_t *a, const uint64_t *b, const uint64_t *p,
                   unsigned words)
{
    uint64_t x[MOST], y[MOST], product[2 * MOST], quotient[2 * MOST], rest[MOST] = {0};
    const unsigned d = used(p, words);
    limbs_floor_mod(x, a, p, words);
    limbs_floor_mod(y, b, p, words);
    mpn_mul_n(product, x, y, words);
    mpn_tdiv_qr(quotient, rest, 0, product, 2 * words, p, d);
    memcpy(out, rest, words * sizeof *out);
}

/* One word more holds the sum or difference of two. */
static void extend(uint64_t *out, const uint64_t *a, unsigned words)
{
    memcpy(out, a, words * sizeof *a);
    out[words] = is_negative(a, words) ? UINT64_MAX : 0;
}

void limbs_add_mod(uint64_t *out, const uint64_t *a, const uint64_t *b, const uint64_t *p,
                   unsigned words)
{
    uint64_t x[MOST], y[MOST], m[MOST];
    extend(x, a, words), extend(y, b, words), extend(m, p, words);
    mpn_add_n(x, x, y, words + 1);
    limbs_floor_mod(x, x, m, words + 1);
    memcpy(out, x, words * sizeof *out);
}

void limbs_sub_mod(uint64_t *out, const uint64_t *a, const uint64_t *b, const uint64_t *p,
                   unsigned words)
{
    uint64_t x[MOST], y[MOST], m[MOST];
    extend(x, a, words), extend(y, b, words), extend(m, p, words);
    mpn_sub_n(x, x, y, words + 1);
    limbs_floor_mod(x, x, m, words + 1);
    memcpy(out, x, words * sizeof *out);
}
