/* Decimal text and doubles to exact integers. */
#include "runtime/data_number.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { DIGITS_MAX = 310, EXPONENT_MAX = 400 };    /* 2^1023 has 308 digits */
enum { SHORT_DIGITS = 18, SHORT_PRECISION = 60 }; /* 10^18 * 2^61 is below 2^127 */

static bool is_digit(uint8_t c)
{
    return c >= '0' && c <= '9';
}

/* A decimal taken apart: its significant digits, without zeros at either end, times 10^exponent. */
typedef struct decimal {
    bool negative;
    char digit[DIGITS_MAX + 2];
    size_t digits;
    long exponent;
} decimal;

/* Adds one digit; zeros wait in *zeros until a digit other than 0 follows. */
static bool add_digit(decimal *d, size_t *zeros, char c)
{
    if (c == '0') return ++*zeros, true;
    size_t pad = d->digits ? *zeros : 0;
    *zeros = 0;
    if (d->digits + pad + 1 > DIGITS_MAX) return false;
    memset(d->digit + d->digits, '0', pad);
    d->digits += pad;
    d->digit[d->digits++] = c;
    return true;
}

static bool read_exponent(const uint8_t *s, size_t len, long *out)
{
    size_t k = 0;
    bool negative = len > 0 && s[0] == '-';
    long e = 0;
    if (len > 0 && (s[0] == '-' || s[0] == '+')) k++;
    if (k == len) return false;
    for (; k < len; k++) {
        if (!is_digit(s[k])) return false;
        if (e <= EXPONENT_MAX) e = 10 * e + (s[k] - '0');
    }
    *out = negative ? -e : e;
    return true;
}

static number_error read_decimal(slice text, decimal *d)
{
    const uint8_t *s = text.data;
    size_t k = 0, zeros = 0, seen = 0;
    long after_point = 0, exponent = 0;
    bool point = false, fits = true;

    *d = (decimal){0};
    if (k < text.len && s[k] == '-') d->negative = true, k++;
    for (; k < text.len && (is_digit(s[k]) || (s[k] == '.' && !point)); k++) {
        if (s[k] == '.') {
            point = true;
            continue;
        }
        seen++;
        after_point += point;
        fits = add_digit(d, &zeros, (char)s[k]) && fits;
    }
    if (seen == 0) return NUMBER_MALFORMED;
    if (k < text.len) {
        if (s[k] != 'e' && s[k] != 'E') return NUMBER_MALFORMED;
        if (!read_exponent(s + k + 1, text.len - k - 1, &exponent)) return NUMBER_MALFORMED;
    }
    d->exponent = exponent - after_point + (long)zeros;
    return fits ? NUMBER_OK : NUMBER_TOO_LARGE;
}

typedef struct whole_text {
    char s[DIGITS_MAX + 3];
    size_t len;
} whole_text;

/* The digits of a whole number, however it is written. */
static number_error read_whole(slice text, whole_text *out)
{
    decimal d;
    number_error e = read_decimal(text, &d);

    *out = (whole_text){.s = "0", .len = 1};
    if (e || d.digits == 0) return e;
    if (d.exponent < 0) return NUMBER_FRACTION;
    if (d.digits + (size_t)d.exponent > DIGITS_MAX) return NUMBER_TOO_LARGE;
    out->len = 0;
    if (d.negative) out->s[out->len++] = '-';
    memcpy(out->s + out->len, d.digit, d.digits);
    memset(out->s + out->len + d.digits, '0', (size_t)d.exponent);
    out->len += d.digits + (size_t)d.exponent;
    return NUMBER_OK;
}

static number_error int_of_text(slice text, num *out)
{
    whole_text whole;

    if (num_parse((const char *)text.data, text.len, out)) return NUMBER_OK;
    number_error e = read_whole(text, &whole);
    if (e) return e;
    return num_parse(whole.s, whole.len, out) ? NUMBER_OK : NUMBER_TOO_LARGE;
}

/* The common case, without the general reader's care: at most 18 digits, no exponent. Same rounding. */
static bool short_fix(slice text, unsigned precision, num *out)
{
    size_t k = text.len && text.data[0] == '-', digits = 0;
    unum n = 0, unit = 1;
    bool point = false;

    for (; k < text.len; k++) {
        uint8_t c = text.data[k];
        if (c == '.' && !point) {
            point = true;
            continue;
        }
        if (!is_digit(c) || ++digits > SHORT_DIGITS) return false;
        n = n * 10u + ((unsigned)c - '0');
        if (point) unit *= 10;
    }
    if (digits == 0 || precision > SHORT_PRECISION) return false;
    n = ((n << (precision + 1)) + unit) / (2 * unit); /* half away from zero */
    *out = text.data[0] == '-' ? -(num)n : (num)n;
    return true;
}

static number_error fix_of_text(slice text, unsigned precision, num *out)
{
    decimal d;
    if (short_fix(text, precision, out)) return NUMBER_OK;
    if (num_parse_fix((const char *)text.data, text.len, precision, out)) return NUMBER_OK;
    return read_decimal(text, &d) == NUMBER_MALFORMED ? NUMBER_MALFORMED : NUMBER_TOO_LARGE;
}

static bool text_is(slice text, const char *word)
{
    return text.len == strlen(word) && !memcmp(text.data, word, text.len);
}

number_error number_of_text(slice text, kind k, unsigned precision, num *out)
{
    if (k == KIND_FIX) return fix_of_text(text, precision, out);
    if (k == KIND_BOOL && text_is(text, "true")) return *out = 1, NUMBER_OK;
    if (k == KIND_BOOL && text_is(text, "false")) return *out = 0, NUMBER_OK;
    return int_of_text(text, out);
}

number_error number_words_of_text(slice text, kind k, unsigned precision, uint64_t out[WIDE_LIMBS])
{
    whole_text whole;
    bool fix = k == KIND_FIX, fits;
    number_error e = NUMBER_OK;

    if (!fix && (e = read_whole(text, &whole))) return e;
    fits = fix ? wide_parse_words((const char *)text.data, text.len, true, precision, out)
               : wide_parse_words(whole.s, whole.len, false, 0, out);
    return fits ? NUMBER_OK : NUMBER_TOO_LARGE;
}

number_error number_of_double(double d, kind k, unsigned precision, num *out)
{
    if (!isfinite(d)) return NUMBER_MALFORMED;
    double scaled = k == KIND_FIX ? round(ldexp(d, (int)precision)) : d;
    if (scaled != floor(scaled)) return NUMBER_FRACTION;
    if (fabs(scaled) >= ldexp(1, 126)) return NUMBER_TOO_LARGE;
    *out = (num)scaled;
    return NUMBER_OK;
}
