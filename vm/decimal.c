/* Decimal text taken apart: sign, digits, point and exponent. */
#include "vm/decimal.h"

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

#define EXPONENT_MAX ((int64_t)1 << 60) /* longer than any text, so that more makes no difference */

/* Reads [sign] digits to the end of the text as an exponent. */
static bool parse_exponent(const char *s, const char *end, int64_t *out)
{
    bool negative = s < end && *s == '-';
    if (s < end && (*s == '-' || *s == '+')) s++;
    if (s == end) return false;
    int64_t e = 0;
    for (; s < end; s++) {
        if (!is_digit(*s)) return false;
        if (e < EXPONENT_MAX / 10) e = e * 10 + (*s - '0');
    }
    *out = negative ? -e : e;
    return true;
}

bool decimal_open(const char *s, size_t len, decimal *d)
{
    const char *end = s + len, *at = s;
    d->negative = at < end && *at == '-';
    at += d->negative;
    d->digits = at;
    d->point = 0;
    d->fraction = d->exponent = false;
    for (; at < end && (is_digit(*at) || *at == '_'); at++) {
        if (*at != '_')
            d->point++;
        else if (at == d->digits || at[-1] == '_' || at + 1 == end || !is_digit(at[1]))
            return false;
    }
    if (d->point == 0) return false;
    if (at < end && *at == '.') {
        const char *first = ++at;
        d->fraction = true;
        while (at < end && is_digit(*at)) at++;
        if (at == first) return false;
    }
    d->end = at;
    int64_t exponent = 0;
    d->exponent = at < end;
    if (at < end && ((*at != 'e' && *at != 'E') || !parse_exponent(at + 1, end, &exponent)))
        return false;
    d->point += exponent;
    return true;
}

unsigned decimal_next(decimal *d)
{
    while (d->digits < d->end && !is_digit(*d->digits)) d->digits++;
    return d->digits < d->end ? (unsigned)(*d->digits++ - '0') : 0;
}

/* A multiple of 2^-(f+1) has at most f+1 decimal places, so digits after those cannot change the rounding. */
unum decimal_fraction(decimal *d, unsigned f)
{
    uint8_t digit[PRECISION_MAX + 1];
    for (unsigned k = 0; k <= f; k++, d->point += d->point < 0)
        digit[k] = d->point < 0 ? 0 : (uint8_t)decimal_next(d);
    unum bits = 0;
    for (unsigned b = 0; b <= f; b++) { /* doubling the decimal carries out its next bit */
        unsigned carry = 0;
        for (unsigned k = f + 1; k-- > 0;) {
            carry += digit[k] * 2u;
            digit[k] = (uint8_t)(carry % 10);
            carry /= 10;
        }
        bits = bits << 1 | carry;
    }
    return (bits + 1) >> 1; /* half away from zero: the sign is apart */
}
