/* exp, ln, sigmoid and tanh of secrets, to within one unit of the last place, by Chebyshev series.
 *
 * A series is cut where what is left out is under 2^-(p+2), turned into powers of v in -1 … 1 (Muller, Elementary
 * Functions, chapters 3 and 11), and the powers are computed in log depth: products by known coefficients are
 * free. A power's floors leave it within k - 1 units of 2^-p, since |v| <= 1; the coefficients fall so fast that
 * all of them together move a result by less than a quarter of such a unit, and the rounding of the
 * coefficients by less than a half. p has three bits more than the result. */
#include "compiler/lower.h"

enum { TERMS_MAX = 24, UNIT_BITS = 62, GUARD_BITS = 5, SPAN_MAX = WIDE_BITS + 1 };

typedef struct series {
    int64_t a[TERMS_MAX];
} series;

#define SERIES(...) {{__VA_ARGS__}},
static const series table[] = {
#include "compiler/chebyshev.def"
};
enum { HALF_EXP2, LOGARITHM, LOGISTIC, SEGMENTS = sizeof table / sizeof *table - LOGISTIC };

/* A polynomial in v for 2^-fraction units: terms coefficients of v^0, v^1, … */
typedef struct polynomial {
    num c[TERMS_MAX];
    unsigned terms, fraction;
} polynomial;

/* 2^e, for the e below 126 that occur where an argument's size is bounded. */
static num two_to(unsigned e)
{
    return (num)1 << e;
}

/* An end of the range, or NUM_MAX with its sign where a num does not hold it. */
static num narrow_end(wide end)
{
    num narrow = wide_sign(end) < 0 ? -NUM_MAX : NUM_MAX;
    wide_narrow(end, &narrow);
    return narrow;
}

static num least_of(const ir *g, ir_id v)
{
    return narrow_end(ir_type(g, v)->lo);
}

static num most_of(const ir *g, ir_id v)
{
    return narrow_end(ir_type(g, v)->hi);
}

/* What a series loses when it is cut to these terms, in units of 2^-62. */
static unum tail(const series *s, unsigned terms)
{
    unum sum = 0;
    for (unsigned k = terms; k < TERMS_MAX; k++)
        sum += (uint64_t)(s->a[k] < 0 ? -s->a[k] : s->a[k]);
    return sum;
}

static unsigned terms_for(const series *s, unsigned p)
{
    unsigned terms = 2;
    while (terms < TERMS_MAX && tail(s, terms) >> (UNIT_BITS - 2 - p)) terms++;
    return terms;
}

/* The cut series in powers of v: T_0 = 1, T_1 = v, T_k+1 = 2 v T_k - T_k-1. */
static polynomial polynomial_of(const series *s, unsigned terms, unsigned fraction)
{
    num last[TERMS_MAX] = {1}, t[TERMS_MAX] = {0, 1}, sum[TERMS_MAX] = {s->a[0]};
    for (unsigned k = 1; k < terms; k++) {
        num next[TERMS_MAX] = {-last[0]};
        for (unsigned j = 0; j <= k; j++) sum[j] += s->a[k] * t[j];
        for (unsigned j = 1; j < TERMS_MAX; j++) next[j] = 2 * t[j - 1] - last[j];
        for (unsigned j = 0; j < TERMS_MAX; j++) last[j] = t[j], t[j] = next[j];
    }
    polynomial r = {.terms = terms, .fraction = fraction};
    num half = fraction < UNIT_BITS ? two_to(UNIT_BITS - 1 - fraction) : 0;
    for (unsigned j = 0; j < terms; j++)
        r.c[j] = num_shift_floor(sum[j] + half, UNIT_BITS - fraction);
    return r;
}

static unsigned fraction_of_coefficients(unsigned p)
{
    return p + GUARD_BITS < UNIT_BITS ? p + GUARD_BITS : UNIT_BITS;
}

/* power[k] = v^k at p bits, for k from 1; |v| <= 1. */
static void powers(ir *g, ir_id v, unsigned p, unsigned terms, ir_id *power)
{
    power[1] = v;
    for (unsigned k = 2; k < terms; k++) {
        ir_id product = mul(g, power[k / 2], power[k - k / 2]);
        num least = k % 2 ? -two_to(p) - (num)k : 0; /* an even power is a square */
        power[k] = clamp_narrow(g, ir_floor(g, product, p), least, two_to(p) + (num)k);
    }
}

/* The polynomial at v, at p + fraction bits. */
static ir_id value_at(ir *g, const polynomial *f, ir_id v, unsigned p)
{
    ir_id power[TERMS_MAX];
    powers(g, v, p, f->terms, power);
    ir_id sum = number_of(g, num_mul(f->c[0], two_to(p)));
    for (unsigned k = 1; k < f->terms; k++)
        sum = add(g, sum, mul(g, power[k], number_of(g, f->c[k])));
    return sum;
}

static ir_id nearest(ir *g, ir_id a, unsigned shift)
{
    return ir_floor(g, add(g, a, number_of(g, two_to(shift - 1))), shift);
}

static ir_id at_bits(ir *g, ir_id a, unsigned from, unsigned to)
{
    return from > to ? ir_floor(g, a, from - to) : mul(g, a, number_of(g, two_to(to - from)));
}

static ir_id raw_fix(ir *g, ir_id a)
{
    return ir_retag(g, lower_fix(g, a), KIND_INT);
}

/* Zeros with the shape of a. */
static ir_id zeros_like(ir *g, ir_id a)
{
    return mul(g, a, number_of(g, 0));
}

/* --- exp: e^x = 2^k 2^r, k whole, r in 0 … 1 */

/* log2(e) 2^62 */
static const num log2_e = (num)6653256548922161246;

/* The exponent of the largest result, and 2^-(f+2) for those that round to 0. */
static num exponent(num x, unsigned f)
{
    return num_floor_div(num_mul(x, 14427), (num)10000 << f);
}

static num least_exp(unsigned f)
{
    return -(((num)(f + 2) * 6932 << f) / 10000);
}

/* log2(e) < 1.4427, and a result under 2^(52 - f) leaves its steps the bits they need. */
int64_t lower_exp_most(const ir *g)
{
    return ((int64_t)52 - fraction(g)) * 10000 / 14427;
}

/* 2^(k - lo) for k in lo … hi: the range of k. */
static ir_id power_from(ir *g, ir_id k)
{
    const num lo = least_of(g, k), hi = most_of(g, k);
    wide threshold[SPAN_MAX], weight[SPAN_MAX];
    const size_t m = (size_t)(hi - lo);
    if (m == 0) return number_of(g, 1);
    for (size_t i = 0; i < m; i++) {
        threshold[i] = wide_of_num(lo + 1 + (num)i);
        weight[i] = power_of_two(g, (unsigned)i);
    }
    ladder reached = lower_reaches(g, k, threshold, m);
    ir_id power = lower_weigh(g, &reached, weight, wide_of(1));
    return ir_clamp_range(g, power, wide_of(1), power_of_two(g, (unsigned)m));
}

static ir_id exp_between(ir *g, ir_id x)
{
    const unsigned f = fraction(g);
    const num top = exponent(most_of(g, x), f);
    const unsigned p = top + (num)f + 4 < 8 ? 8 : (unsigned)(top + (num)f + 4);
    const unsigned s = p + 1 + num_bits(narrow_end(lower_magnitude(g, x)) >> f);
    ir_id t = mul(g, x, number_of(g, num_shift_floor(log2_e, UNIT_BITS - s)));
    t = ir_floor(g, t, s + f - p);
    ir_id k = ir_floor(g, t, p);
    ir_id r = sub(g, t, mul(g, k, number_of(g, two_to(p))));
    r = clamp_narrow(g, r, 0, two_to(p) - 1); /* by what a floor is */
    ir_id twice = add(g, r, r);
    ir_id v = sub(g, twice, number_of(g, two_to(p)));

    polynomial half = polynomial_of(&table[HALF_EXP2], terms_for(&table[HALF_EXP2], p),
                                    fraction_of_coefficients(p));
    ir_id value = ir_floor(g, value_at(g, &half, v, p), half.fraction);
    value = clamp_narrow(g, value, two_to(p - 1) - 4, two_to(p) + 4);
    const num lo = least_of(g, k);
    return nearest(g, mul(g, value, power_from(g, k)), (unsigned)((num)p - lo - 1 - (num)f));
}

ir_id lower_exp(ir *g, ir_id a)
{
    ir_id x = raw_fix(g, a);
    const num least = least_exp(fraction(g));
    if (!lower_has_length(g, x) || most_of(g, x) < least)
        return ir_retag(g, zeros_like(g, x), KIND_FIX);
    if (least_of(g, x) < least) x = lower_max(g, x, number_of(g, least));
    return ir_retag(g, exp_between(g, x), KIND_FIX);
}

/* --- ln: x = y 2^e, y in 1/2 … 1, and ln x = ln y + e ln 2 */

/* ln(2) 2^62 */
static const num ln_2 = (num)3196577161300663915;

/* e ln 2, to the nearest 2^-bits; bits <= 100 */
static num multiple_of_ln_2(num e, unsigned bits)
{
    /* ln 2 to 62 bits is off by less than 2^-63, and |e| < 2^11 */
    return bits <= UNIT_BITS
               ? num_shift_floor(e * ln_2 + (bits < UNIT_BITS ? two_to(UNIT_BITS - 1 - bits) : 0),
                                 UNIT_BITS - bits)
               : num_mul(e * ln_2, two_to(bits - UNIT_BITS));
}

/* scaled = a 2^(bits - n), n the bits of a; where a is not positive `positive` is 0, scaled is 2^(bits-1). */
typedef struct normal {
    ir_id scaled, positive, exponent; /* exponent: (n - f) ln 2 at `fraction` bits */
    unsigned bits;
} normal;

static normal normalise(ir *g, ir_id a, unsigned fraction_bits)
{
    const wide lo = ir_type(g, a)->lo, zero = wide_of(0);
    const unsigned bits = wide_bits(ir_type(g, a)->hi),
                   first = wide_sign(lo) > 0 ? wide_bits(lo) : 0;
    const num f = fraction(g);
    const size_t m = bits - first;
    wide threshold[SPAN_MAX], factor[SPAN_MAX], multiple[SPAN_MAX];
    for (size_t i = 0; i < m; i++) {
        const unsigned j = first + (unsigned)i;
        threshold[i] = power_of_two(g, j);
        factor[i] = power_of_two(g, bits - 1 - j);
        if (j > 0) factor[i] = wide_neg(factor[i]);
        multiple[i] = wide_of_num(multiple_of_ln_2(j + 1 - f, fraction_bits) -
                                  multiple_of_ln_2(j - f, fraction_bits));
    }
    const wide start = first == 0 ? zero : power_of_two(g, bits - first);
    const num least = multiple_of_ln_2(first - f, fraction_bits);
    normal r = {.bits = bits, .positive = number_of(g, 1)};
    if (m == 0) {
        r.scaled = a, r.exponent = number_of(g, least);
        return r;
    }
    ladder reached = lower_reaches(g, a, threshold, m);
    ir_id by = lower_weigh(g, &reached, factor, start);
    by = ir_clamp_range(g, by, zero, first == 0 ? power_of_two(g, bits - 1) : start);
    r.scaled = mul(g, a, by);
    if (first == 0) {
        r.positive = lower_column(g, &reached, 0);
        ir_id none = sub(g, number_of(g, 1), r.positive);
        r.scaled = add(g, r.scaled, mul(g, none, known(g, power_of_two(g, bits - 1))));
    }
    r.scaled = ir_clamp_range(g, r.scaled, power_of_two(g, bits - 1), ones(g, bits));
    r.exponent = lower_weigh(g, &reached, multiple, wide_of_num(least));
    r.exponent = clamp_narrow(g, r.exponent, least, multiple_of_ln_2(bits - f, fraction_bits));
    return r;
}

ir_id lower_ln(ir *g, ir_id a)
{
    ir_id x = raw_fix(g, a);
    if (!lower_has_length(g, x) || wide_sign(ir_type(g, x)->hi) <= 0)
        return ir_retag(g, zeros_like(g, x), KIND_FIX);
    const unsigned f = fraction(g), p = f + 3 < 8 ? 8 : f + 3;
    polynomial ln = polynomial_of(&table[LOGARITHM], terms_for(&table[LOGARITHM], p),
                                  fraction_of_coefficients(p));
    normal n = normalise(g, x, p + ln.fraction);
    ir_id v = mul(g, n.scaled, number_of(g, 4)); /* v = 4 y - 3 */
    const wide three = wide_mul(g->mem, wide_of(3), power_of_two(g, n.bits));
    v = at_bits(g, sub(g, v, known(g, three)), n.bits, p);
    v = clamp_narrow(g, v, -two_to(p), two_to(p));
    ir_id sum = add(g, value_at(g, &ln, v, p), n.exponent);
    ir_id result = nearest(g, sum, p + ln.fraction - f);
    result = mul(g, result, n.positive);
    num most = num_shift_floor(multiple_of_ln_2(n.bits - (num)f, UNIT_BITS), UNIT_BITS - f) + 2;
    num least = num_shift_floor(multiple_of_ln_2(-(num)f, UNIT_BITS), UNIT_BITS - f) - 2;
    return ir_retag(g, clamp_narrow(g, result, least, most > 0 ? most : 0), KIND_FIX);
}

/* --- sigmoid, and tanh x = 2 sigmoid(2x) - 1: segments of width 2 of |x|, all of one degree */

/* Beyond 2 * segments the result is 1 to within a quarter of 2^-bits. */
static unsigned segments_for(const ir *g, ir_id size, unsigned bits)
{
    const num f = fraction(g), hi = most_of(g, size);
    const num all = ((num)(bits + 2) * 6932 + 19999) / 20000, used = (hi >> (f + 1)) + 1;
    return (unsigned)(all < used ? all : used);
}

/* The coefficients of v^k for each segment, and for what is beyond them the constant 1. */
static void step_weights(const polynomial *f, unsigned segments, unsigned k, wide *weight)
{
    const num beyond = k == 0 ? two_to(f->fraction) : 0;
    for (unsigned j = 1; j <= segments; j++)
        weight[j - 1] = wide_of_num((j < segments ? f[j].c[k] : beyond) - f[j - 1].c[k]);
}

static void segment_polynomials(polynomial *f, unsigned segments, unsigned p)
{
    unsigned terms = 2;
    for (unsigned j = 0; j < segments; j++) {
        unsigned own = terms_for(&table[LOGISTIC + j], p);
        if (own > terms) terms = own;
    }
    for (unsigned j = 0; j < segments; j++)
        f[j] = polynomial_of(&table[LOGISTIC + j], terms, fraction_of_coefficients(p));
}

static num coefficient_bound(const polynomial *f, unsigned segments, unsigned k, num sign)
{
    num bound = k == 0 && sign > 0 ? two_to(f->fraction) : 0;
    for (unsigned j = 0; j < segments; j++)
        if (sign * f[j].c[k] > bound) bound = sign * f[j].c[k];
    return sign * bound;
}

/* sigmoid of size >= 0 at p + fraction bits; *scale is that number. size has f bits. */
static ir_id sigmoid_of(ir *g, ir_id size, unsigned bits, unsigned *scale)
{
    const unsigned f = fraction(g), p = bits + 3 < 8 ? 8 : bits + 3;
    const unsigned m = segments_for(g, size, bits);
    polynomial part[SEGMENTS];
    wide threshold[SEGMENTS], weight[SEGMENTS];
    segment_polynomials(part, m, p);
    for (unsigned j = 0; j < m; j++)
        threshold[j] = wide_of_num((num)(2 * (j + 1)) << f), weight[j] = wide_of_num((num)2 << f);
    *scale = p + part->fraction;

    ladder reached = lower_reaches(g, size, threshold, m);
    ir_id beyond = lower_column(g, &reached, m - 1);
    ir_id inside = sub(g, number_of(g, 1), beyond);
    ir_id v = sub(g, size, lower_weigh(g, &reached, weight, power_of_two(g, f)));
    v = mul(g, v, inside);
    v = clamp_narrow(g, v, -two_to(f), two_to(f));
    v = mul(g, v, number_of(g, two_to(p - f)));

    ir_id power[TERMS_MAX], sum = 0;
    powers(g, v, p, part->terms, power);
    for (unsigned k = 0; k < part->terms; k++) {
        step_weights(part, m, k, weight);
        ir_id c = lower_weigh(g, &reached, weight, wide_of_num(part[0].c[k]));
        c = clamp_narrow(g, c, coefficient_bound(part, m, k, -1), coefficient_bound(part, m, k, 1));
        sum = k == 0 ? mul(g, c, number_of(g, two_to(p))) : add(g, sum, mul(g, c, power[k]));
    }
    return sum;
}

/* x where b is 0, and -x + both where it is 1. */
static ir_id mirrored(ir *g, ir_id x, ir_id b, num both)
{
    ir_id twice = add(g, x, x);
    return add(g, x, mul(g, b, sub(g, number_of(g, both), twice)));
}

static ir_id curve(ir *g, ir_id a, bool tanh)
{
    ir_id x = raw_fix(g, a);
    if (!lower_has_length(g, x)) return ir_retag(g, zeros_like(g, x), KIND_FIX);
    const unsigned f = fraction(g);
    const num one = two_to(f);
    if (tanh) x = add(g, x, x);
    ir_id negative = ir_unary(g, IR_INT, ir_binary(g, IR_LT, x, number_of(g, 0)));
    ir_id size = ir_clamp_range(g, mirrored(g, x, negative, 0), wide_of(0), lower_magnitude(g, x));
    unsigned scale;
    ir_id y = sigmoid_of(g, size, f + tanh, &scale);
    if (tanh) {
        y = add(g, y, y);
        y = sub(g, y, number_of(g, two_to(scale)));
    }
    y = clamp_narrow(g, nearest(g, y, scale - f), tanh ? 0 : one / 2, one);
    y = mirrored(g, y, negative, tanh ? 0 : one);
    return ir_retag(g, clamp_narrow(g, y, tanh ? -one : 0, one), KIND_FIX);
}

ir_id lower_sigmoid(ir *g, ir_id a)
{
    return curve(g, a, false);
}

ir_id lower_tanh(ir *g, ir_id a)
{
    return curve(g, a, true);
}

/* --- power: by squaring, from the highest bit of k down */

static ir_id ones_like(ir *g, ir_id a)
{
    const kind of = (kind)ir_type(g, a)->kind;
    const ir_id one = ir_number(g, of, power_of_two(g, of == KIND_FIX ? fraction(g) : 0));
    return add(g, zeros_like(g, a), one);
}

ir_id lower_power(ir *g, ir_id a, uint64_t k)
{
    if (k == 0) return ones_like(g, a);
    ir_id result = a;
    for (unsigned bit = num_bits((num)k) - 1; bit-- > 0;) {
        result = lower_multiply(g, result, result);
        if (k >> bit & 1) result = lower_multiply(g, result, a);
    }
    return result;
}

/* --- power-mod: from the lowest bit of the exponent up, so that the products wait for squares alone */

ir_id lower_power_mod(ir *g, ir_id a, wide e, wide k)
{
    uint64_t words[WIDE_LIMBS];
    const unsigned bits = wide_bits(e);
    wide_put(words, WIDE_LIMBS, e);
    ir_id square = lower_mod(g, a, k), result = 0;
    for (unsigned bit = 0; bit < bits; bit++) {
        if (bit) square = lower_mod(g, mul(g, square, square), k);
        if (!(words[bit / 64] >> bit % 64 & 1)) continue;
        result = result ? lower_mod(g, mul(g, result, square), k) : square;
    }
    return result ? result : lower_mod(g, ones_like(g, a), k);
}
