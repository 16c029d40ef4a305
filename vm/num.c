/* Integers of 128 bits: saturating ranges, floor division, and exact decimals in and out. Multiplies and
 * divides magnitudes, which have no overflow that C leaves undefined. */
#include "vm/num.h"

#include "vm/decimal.h"

#include <string.h>

/* --- arithmetic */

static unum magnitude(num a)
{
    return a < 0 ? -(unum)a : (unum)a;
}

/* The value of a sign and a magnitude, or the end that says "too big". */
static num signed_num(bool negative, unum m)
{
    if (m > (unum)NUM_MAX) m = (unum)NUM_MAX + 1;
    return negative ? -(num)m : (num)m;
}

num num_add(num a, num b)
{
    if ((a < 0) == (b < 0)) {
        unum x = magnitude(a), y = magnitude(b);
        return signed_num(a<0, x>(unum) NUM_MAX || y > (unum)NUM_MAX ? (unum)NUM_MAX + 1 : x + y);
    }
    num sum = a + b;
    return signed_num(sum < 0, magnitude(sum));
}

num num_sub(num a, num b)
{
    num minus_b =
        (num)(-(unum)b); /* the least num is its own negative, and out of range either way */
    return minus_b == b && b < 0 ? NUM_MAX + 1 : num_add(a, minus_b);
}

num num_mul(num a, num b)
{
    unum x = magnitude(a), y = magnitude(b);
    bool wide = (x | y) >> 63;
    if (wide && x && y > (unum)NUM_MAX / x)
        return signed_num((a < 0) != (b < 0), (unum)NUM_MAX + 1);
    return signed_num((a < 0) != (b < 0), x * y);
}

bool num_fits(num a)
{
    return a <= NUM_MAX && a >= -NUM_MAX;
}

num num_floor_div(num a, num b)
{
    if (b == 0) return 0;
    bool negative = (a < 0) != (b < 0);
    unum x = magnitude(a), y = magnitude(b), q = x / y;
    return signed_num(negative, negative && x % y ? q + 1 : q);
}

num num_floor_mod(num a, num b)
{
    if (b == 0) return 0;
    unum y = magnitude(b), r = magnitude(a) % y;
    if (r && (a < 0) != (b < 0)) r = y - r;
    return signed_num(b < 0, r);
}

num num_shift_floor(num a, unsigned f)
{
    return a >> (f < 127 ? f : 127); /* gcc and clang shift signed numbers arithmetically */
}

/* A choice is taken for the multiples of count from choice words on, of which the first words - words % count numbers hold
 * as many for each. Whether word count is among these takes a division in about one of words / count calls. */
bool num_choose(uint64_t word, unsigned bits, uint64_t count, uint64_t *choice)
{
    const uint64_t words = (UINT64_C(1) << bits) - 1;
    unum scaled = (unum)word * count;
    uint64_t whole = (uint64_t)(scaled >> bits), rest = ((uint64_t)scaled & words) + whole;

    if (rest >= words) whole++, rest -= words;
    *choice = whole;
    return rest < words - count || rest < words - words % count;
}

unsigned num_bits(num a)
{
    unum m = magnitude(a);
    unsigned bits = 0;
    for (; m; m >>= 1) bits++;
    return bits;
}

/* --- decimals out */

/* Writes m in decimal, at least `width` digits, and returns the end. */
static char *print_digits(unum m, unsigned width, char *out)
{
    char reversed[40];
    unsigned len = 0;
    for (; m >> 64; m /= 10) reversed[len++] = (char)('0' + (int)(m % 10));
    for (uint64_t low = (uint64_t)m; low || len < width; low /= 10)
        reversed[len++] = (char)('0' + (int)(low % 10));
    while (len) *out++ = reversed[--len];
    *out = '\0';
    return out;
}

char *num_print(num a, char *out)
{
    char *at = out;
    if (a < 0) *at++ = '-';
    print_digits(magnitude(a), 1, at);
    return out;
}

char *num_print_fix(num a, unsigned f, char *out)
{
    const unum one = (unum)1 << f;
    unum whole = magnitude(a) >> f, fraction = magnitude(a) & (one - 1), scale = 1, digits;
    unsigned places = 0;
    /* More places until the decimal reads back as this fraction: until digits / scale, to the nearest
     * multiple of 1 / one, half up, is fraction / one; 10^places stays below 2^(f+4). */
    for (;; places++, scale *= 10) {
        digits = (fraction * scale + one / 2) >> f;
        if (digits * one + scale / 2 - fraction * scale < scale) break;
    }
    if (digits == scale) { /* rounded up to the next whole number */
        whole++;
        digits = 0;
    }
    char *at = out;
    if (a < 0) *at++ = '-';
    at = print_digits(whole, 1, at);
    if (places) {
        *at++ = '.';
        print_digits(digits, places, at);
    }
    return out;
}

/* --- decimals in */

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* m * 10 + digit, false when it would not fit the magnitude of a num. */
static bool push_digit(unum *m, unsigned digit)
{
    if (*m > ((unum)NUM_MAX - digit) / 10) return false;
    *m = *m * 10 + digit;
    return true;
}

bool num_parse(const char *s, size_t len, num *out)
{
    size_t i = 0;
    bool negative = len && s[0] == '-';
    unum m = 0;
    i += negative;
    if (i == len) return false;
    for (size_t first = i; i < len; i++) {
        bool separates = s[i] == '_' && i > first && is_digit(s[i - 1]);
        if (separates && i + 1 < len && is_digit(s[i + 1])) continue;
        if (!is_digit(s[i]) || !push_digit(&m, (unsigned)(s[i] - '0'))) return false;
    }
    *out = signed_num(negative, m);
    return true;
}

/* Reads the digits before the point. Stops early at zeros that come from a large exponent. */
static bool whole_part(decimal *d, unum *out)
{
    unum m = 0;
    for (; d->point > 0 && (m || d->digits < d->end); d->point--)
        if (!push_digit(&m, decimal_next(d))) return false;
    *out = m;
    return true;
}

bool num_parse_fix(const char *s, size_t len, unsigned f, num *out)
{
    decimal d;
    unum whole;
    if (!decimal_open(s, len, &d) || !whole_part(&d, &whole) || whole > (unum)NUM_MAX >> f)
        return false;
    *out = signed_num(d.negative, (whole << f) + decimal_fraction(&d, f));
    return num_fits(*out);
}
