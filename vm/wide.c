/* Integers beyond 128 bits: a sign and limbs in an arena, computed with libgmp's functions on limbs; whatever
 * fits 126 bits is computed as a num. */
#include "vm/wide.h"

#include <gmp.h>
#include <math.h>
#include <string.h>

#include "vm/decimal.h"

_Static_assert(sizeof(mp_limb_t) == sizeof(uint64_t), "numbers are limbs of libgmp");

/* A larger number's word is plus or minus (LARGE + the address of its limbs); LARGE alone is outgrown. */
#define LARGE ((num)1 << 126)

enum { PRODUCT_LIMBS = 2 * WIDE_LIMBS };

/* The magnitude of a larger number: the highest limb is not 0. */
typedef struct stored {
    size_t limbs;
    uint64_t limb[];
} stored;

/* A number taken out to be computed with; limbs is 0 for 0. */
typedef struct taken {
    bool negative;
    size_t limbs;
    uint64_t limb[PRODUCT_LIMBS + 1];
} taken;

/* --- representation */

static bool is_small(wide a)
{
    return num_fits(a.word);
}

static const stored *stored_of(wide a)
{
    num size = a.word < 0 ? -a.word : a.word;
    return (const stored *)(uintptr_t)(uint64_t)(size - LARGE);
}

wide wide_of_num(num a)
{
    return (wide){a};
}

wide wide_outgrown(bool negative)
{
    return (wide){negative ? -LARGE : LARGE};
}

bool wide_fits(wide a)
{
    return a.word != LARGE && a.word != -LARGE;
}

bool wide_narrow(wide a, num *out)
{
    if (is_small(a)) *out = a.word;
    return is_small(a);
}

static size_t normal_limbs(const uint64_t *limb, size_t limbs)
{
    while (limbs && !limb[limbs - 1]) limbs--;
    return limbs;
}

static unsigned bits_of(const uint64_t *limb, size_t limbs)
{
    return limbs ? (unsigned)(64 * limbs) - (unsigned)__builtin_clzll(limb[limbs - 1]) : 0;
}

/* Of a number that fits. */
static void take(taken *out, wide a)
{
    out->negative = a.word < 0;
    if (is_small(a)) {
        unum size = a.word < 0 ? -(unum)a.word : (unum)a.word;
        out->limb[0] = (uint64_t)size, out->limb[1] = (uint64_t)(size >> 64);
        out->limbs = normal_limbs(out->limb, 2);
        return;
    }
    const stored *from = stored_of(a);
    out->limbs = from->limbs;
    memcpy(out->limb, from->limb, from->limbs * sizeof from->limb[0]);
}

static wide give(arena *mem, const taken *from)
{
    size_t limbs = normal_limbs(from->limb, from->limbs);
    unsigned bits = bits_of(from->limb, limbs);
    if (bits > WIDE_BITS) return wide_outgrown(from->negative);
    if (bits <= 126) {
        unum size = limbs ? from->limb[0] : 0;
        if (limbs > 1) size |= (unum)from->limb[1] << 64;
        return (wide){from->negative ? -(num)size : (num)size};
    }
    stored *to = arena_alloc(mem, sizeof *to + limbs * sizeof to->limb[0]);
    to->limbs = limbs;
    memcpy(to->limb, from->limb, limbs * sizeof to->limb[0]);
    num word = LARGE + (num)(uintptr_t)to;
    return (wide){from->negative ? -word : word};
}

wide wide_copy(arena *mem, wide a)
{
    taken x;
    if (is_small(a) || !wide_fits(a)) return a;
    take(&x, a);
    return give(mem, &x);
}

wide wide_power_of_two(arena *mem, unsigned e)
{
    taken x = {.limbs = e / 64 + 1};
    if (e >= WIDE_BITS) return wide_outgrown(false);
    x.limb[e / 64] = (uint64_t)1 << e % 64;
    return give(mem, &x);
}

num wide_num(wide a)
{
    return a.word > NUM_MAX ? NUM_MAX : a.word < -NUM_MAX ? -NUM_MAX : a.word;
}

int64_t wide_int(wide a)
{
    num small = a.word;
    return small > INT64_MAX ? INT64_MAX : small < -INT64_MAX ? -INT64_MAX : (int64_t)small;
}

double wide_double(wide a)
{
    taken x;
    double size = 0;
    if (!wide_fits(a)) return a.word < 0 ? -INFINITY : INFINITY;
    take(&x, a);
    for (size_t k = x.limbs; k-- > 0;) size = size * 0x1p64 + (double)x.limb[k];
    return x.negative ? -size : size;
}

unsigned wide_bits(wide a)
{
    taken x;
    if (!wide_fits(a)) return WIDE_BITS + 1;
    take(&x, a);
    return bits_of(x.limb, x.limbs);
}

/* --- comparing */

static int compare_sizes(const taken *x, const taken *y)
{
    if (x->limbs != y->limbs) return x->limbs < y->limbs ? -1 : 1;
    return x->limbs ? mpn_cmp(x->limb, y->limb, (mp_size_t)x->limbs) : 0;
}

int wide_compare(wide a, wide b)
{
    taken x, y;
    bool words = is_small(a) || is_small(b) || (a.word < 0) != (b.word < 0);
    if (words) return (a.word > b.word) - (a.word < b.word);
    int way = a.word < 0 ? -1 : 1;
    if (!wide_fits(a) || !wide_fits(b)) return way * (wide_fits(b) - wide_fits(a));
    take(&x, a), take(&y, b);
    return way * compare_sizes(&x, &y);
}

int wide_sign(wide a)
{
    return (a.word > 0) - (a.word < 0);
}

/* --- computing */

wide wide_neg(wide a) /* which shares its limbs */
{
    return (wide){-a.word};
}

static void add_sizes(taken *r, const taken *x, const taken *y)
{
    const taken *more = x->limbs >= y->limbs ? x : y, *less = more == x ? y : x;
    uint64_t carry = 0;
    memcpy(r->limb, more->limb, more->limbs * sizeof r->limb[0]);
    if (less->limbs)
        carry =
            mpn_add(r->limb, more->limb, (mp_size_t)more->limbs, less->limb, (mp_size_t)less->limbs);
    r->limb[more->limbs] = carry;
    r->limbs = more->limbs + 1;
}

static void subtract_sizes(taken *r, const taken *more, const taken *less)
{
    memcpy(r->limb, more->limb, more->limbs * sizeof r->limb[0]);
    if (less->limbs)
        mpn_sub(r->limb, more->limb, (mp_size_t)more->limbs, less->limb, (mp_size_t)less->limbs);
    r->limbs = more->limbs;
}

wide wide_add(arena *mem, wide a, wide b)
{
    taken x, y, r;
    if (is_small(a) && is_small(b)) {
        num sum = a.word + b.word;
        if (num_fits(sum)) return (wide){sum};
    }
    if (!wide_fits(a)) return a;
    if (!wide_fits(b)) return b;
    take(&x, a), take(&y, b);
    r.negative = x.negative;
    if (x.negative == y.negative) {
        add_sizes(&r, &x, &y);
    } else if (compare_sizes(&x, &y) >= 0) {
        subtract_sizes(&r, &x, &y);
    } else {
        r.negative = y.negative;
        subtract_sizes(&r, &y, &x);
    }
    return give(mem, &r);
}

wide wide_sub(arena *mem, wide a, wide b)
{
    return wide_add(mem, a, wide_neg(b));
}

static bool fits_64(num a)
{
    return a >= -INT64_MAX && a <= INT64_MAX;
}

wide wide_mul(arena *mem, wide a, wide b)
{
    taken x, y, r = {0};
    if (fits_64(a.word) && fits_64(b.word)) {
        num product = a.word * b.word;
        if (num_fits(product)) return (wide){product};
    }
    bool negative = (a.word < 0) != (b.word < 0);
    if (!a.word || !b.word) return (wide){0};
    if (!wide_fits(a) || !wide_fits(b)) return wide_outgrown(negative);
    take(&x, a), take(&y, b);
    const taken *more = x.limbs >= y.limbs ? &x : &y, *less = more == &x ? &y : &x;
    mpn_mul(r.limb, more->limb, (mp_size_t)more->limbs, less->limb, (mp_size_t)less->limbs);
    r.limbs = x.limbs + y.limbs;
    r.negative = negative;
    return give(mem, &r);
}

/* Toward minus infinity, of numbers that fit and b not 0. */
static void divide(taken *quotient, taken *rest, wide a, wide b)
{
    taken x, y;
    take(&x, a), take(&y, b);
    *quotient = (taken){.negative = x.negative != y.negative};
    *rest = (taken){.negative = y.negative};
    if (x.limbs < y.limbs) {
        rest->limbs = x.limbs;
        memcpy(rest->limb, x.limb, x.limbs * sizeof x.limb[0]);
    } else {
        quotient->limbs = x.limbs - y.limbs + 1;
        rest->limbs = y.limbs;
        mpn_tdiv_qr(quotient->limb, rest->limb, 0, x.limb, (mp_size_t)x.limbs, y.limb,
                    (mp_size_t)y.limbs);
    }
    rest->limbs = normal_limbs(rest->limb, rest->limbs);
    if (!rest->limbs || !quotient->negative) return;
    const taken one = {.limbs = 1, .limb = {1}}, q = *quotient, r = *rest;
    add_sizes(quotient, &q, &one);
    subtract_sizes(rest, &y, &r);
}

wide wide_floor_div(arena *mem, wide a, wide b)
{
    taken quotient, rest;
    if (!b.word) return (wide){0};
    if (is_small(a) && is_small(b)) return (wide){num_floor_div(a.word, b.word)};
    if (!wide_fits(a) || !wide_fits(b)) return wide_outgrown((a.word < 0) != (b.word < 0));
    divide(&quotient, &rest, a, b);
    return give(mem, &quotient);
}

wide wide_floor_mod(arena *mem, wide a, wide b)
{
    taken quotient, rest;
    if (!b.word) return (wide){0};
    if (is_small(a) && is_small(b)) return (wide){num_floor_mod(a.word, b.word)};
    if (!wide_fits(a) || !wide_fits(b)) return wide_outgrown(b.word < 0);
    divide(&quotient, &rest, a, b);
    return give(mem, &rest);
}

wide wide_shift_floor(arena *mem, wide a, unsigned f)
{
    if (is_small(a)) return (wide){num_shift_floor(a.word, f)};
    if (f >= WIDE_BITS) return (wide){wide_fits(a) ? -(num)(a.word < 0) : a.word};
    return wide_floor_div(mem, a, wide_power_of_two(mem, f));
}

/* --- words */

unsigned wide_limbs(wide a)
{
    return wide_bits(a) / 64 + 1; /* with a bit for the sign */
}

static void put_taken(uint64_t *out, unsigned limbs, const taken *x)
{
    memset(out, 0, limbs * sizeof *out);
    memcpy(out, x->limb, x->limbs * sizeof *out);
    if (x->negative) mpn_neg(out, out, (mp_size_t)limbs);
}

void wide_put(uint64_t *out, unsigned limbs, wide a)
{
    taken x;
    take(&x, a);
    put_taken(out, limbs, &x);
}

static void take_words(taken *x, const uint64_t *in, unsigned limbs)
{
    *x = (taken){.negative = in[limbs - 1] >> 63, .limbs = limbs};
    memcpy(x->limb, in, limbs * sizeof *in);
    if (x->negative) mpn_neg(x->limb, x->limb, (mp_size_t)limbs);
    x->limbs = normal_limbs(x->limb, limbs);
}

wide wide_get(arena *mem, const uint64_t *in, unsigned limbs)
{
    taken x;
    take_words(&x, in, limbs);
    return give(mem, &x);
}

/* --- decimals */

/* The digits of a magnitude, which is overwritten; returns the end. */
static char *print_size(taken *x, char *out)
{
    unsigned char digit[WIDE_TEXT];
    size_t limbs = normal_limbs(x->limb, x->limbs);
    size_t digits = limbs ? mpn_get_str(digit, 10, x->limb, (mp_size_t)limbs) : 0, k = 0;
    while (k < digits && !digit[k]) k++;
    if (k == digits) *out++ = '0';
    for (; k < digits; k++) *out++ = (char)('0' + digit[k]);
    *out = '\0';
    return out;
}

char *wide_print(wide a, char *out)
{
    taken x;
    if (is_small(a)) return num_print(a.word, out);
    if (!wide_fits(a)) return memcpy(out, a.word < 0 ? "-inf" : "inf\0", sizeof "-inf");
    take(&x, a);
    *out = '-';
    print_size(&x, out + x.negative);
    return out;
}

static char *print_taken(const taken *from, unsigned f, char *out)
{
    taken x = *from, whole = {0};
    char fraction[80], *at = out;
    num_print_fix((num)((x.limbs ? x.limb[0] : 0) & (((uint64_t)1 << f) - 1)), f, fraction);
    whole.limbs = x.limbs ? x.limbs : 1;
    memcpy(whole.limb, x.limb, x.limbs * sizeof x.limb[0]);
    if (f) mpn_rshift(whole.limb, whole.limb, (mp_size_t)whole.limbs, f);
    if (fraction[0] == '1') /* rounded up to a whole one */
        whole.limb[whole.limbs] = mpn_add_1(whole.limb, whole.limb, (mp_size_t)whole.limbs, 1),
        whole.limbs++;
    if (x.negative) *at++ = '-';
    memcpy(print_size(&whole, at), fraction + 1, strlen(fraction)); /* with its end */
    return out;
}

char *wide_print_fix(wide a, unsigned f, char *out)
{
    taken x;
    if (is_small(a)) return num_print_fix(a.word, f, out);
    if (!wide_fits(a)) return wide_print(a, out);
    take(&x, a);
    return print_taken(&x, f, out);
}

char *wide_print_words(const uint64_t *in, unsigned limbs, unsigned f, char *out)
{
    taken x;
    take_words(&x, in, limbs);
    return print_taken(&x, f, out);
}

/* r = r * 10 + digit; false when it outgrows. */
static bool push_digit(taken *r, unsigned digit)
{
    if (!r->limbs) {
        r->limb[0] = digit;
        r->limbs = digit != 0;
        return true;
    }
    r->limb[r->limbs] = mpn_mul_1(r->limb, r->limb, (mp_size_t)r->limbs, 10);
    r->limbs++;
    mpn_add_1(r->limb, r->limb, (mp_size_t)r->limbs, digit);
    r->limbs = normal_limbs(r->limb, r->limbs);
    return bits_of(r->limb, r->limbs) <= WIDE_BITS;
}

/* The digits before the point. Stops early at zeros that come from a large exponent. */
static bool whole_part(decimal *d, taken *r)
{
    r->limbs = 0;
    for (; d->point > 0 && (r->limbs || d->digits < d->end); d->point--)
        if (!push_digit(r, decimal_next(d))) return false;
    return true;
}

static bool take_int(taken *r, const char *s, size_t len)
{
    decimal d;
    if (!decimal_open(s, len, &d) || d.fraction || d.exponent || !whole_part(&d, r)) return false;
    r->negative = d.negative;
    return true;
}

/* whole * 2^f + fraction, which is up to 2^f, a whole one. */
static bool take_fix(taken *r, const char *s, size_t len, unsigned f)
{
    decimal d;
    taken whole = {0};
    if (!decimal_open(s, len, &d) || !whole_part(&d, &whole)) return false;
    const uint64_t fraction = (uint64_t)decimal_fraction(&d, f);
    whole.limb[whole.limbs++] = 0;
    if (f) mpn_lshift(whole.limb, whole.limb, (mp_size_t)whole.limbs, f);
    mpn_add_1(whole.limb, whole.limb, (mp_size_t)whole.limbs, fraction);
    whole.limbs = normal_limbs(whole.limb, whole.limbs);
    whole.negative = d.negative;
    *r = whole;
    return bits_of(r->limb, r->limbs) <= WIDE_BITS;
}

bool wide_parse(arena *mem, const char *s, size_t len, wide *out)
{
    taken r;
    if (num_parse(s, len, &out->word)) return true;
    if (!take_int(&r, s, len)) return false;
    *out = give(mem, &r);
    return true;
}

bool wide_parse_fix(arena *mem, const char *s, size_t len, unsigned f, wide *out)
{
    taken r;
    if (num_parse_fix(s, len, f, &out->word)) return true;
    if (!take_fix(&r, s, len, f)) return false;
    *out = give(mem, &r);
    return true;
}

bool wide_parse_words(const char *s, size_t len, bool fix, unsigned f, uint64_t out[WIDE_LIMBS])
{
    taken r;
    if (fix ? !take_fix(&r, s, len, f) : !take_int(&r, s, len)) return false;
    put_taken(out, WIDE_LIMBS, &r);
    return true;
}
