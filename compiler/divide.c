/* Division: exact floors by what is known or public, and by secrets to within two units of the last place.
 * Every step's range is proved here, so that the field can be chosen for it. */
#include "compiler/lower.h"

static wide ceil_div(ir *g, wide a, wide b)
{
    return wide_neg(wide_floor_div(g->mem, wide_neg(a), b));
}

/* --- by a known number (Granlund, Montgomery 1994, for a floor of every y in 0 … most):
 * with M = ceil(2^s / k) and e = M k - 2^s, floor(y M / 2^s) = floor(y / k) when most * e < 2^s, for then the
 * error y e / (k 2^s) is less than the 1/k that y / k is at least below the next integer. */

typedef struct magic {
    wide factor;
    wide offset; /* a + offset * k is not negative */
} magic;

static wide error_of(ir *g, wide k, unsigned s)
{
    wide rest = wide_floor_mod(g->mem, power_of_two(g, s), k);
    return wide_sign(rest) ? wide_sub(g->mem, k, rest) : rest;
}

static wide offset_of(ir *g, wide lo, wide k)
{
    return wide_sign(lo) < 0 ? ceil_div(g, wide_neg(lo), k) : wide_of(0);
}

static bool is_exact(ir *g, wide greatest, wide k, unsigned s)
{
    return wide_less(wide_mul(g->mem, greatest, error_of(g, k, s)), power_of_two(g, s));
}

/* The least s that is exact for k; WIDE_BITS - 1 when none is below: the product then fits no field, and is
 * refused. The error is below k, so that all s of bits(greatest) + bits(k) are exact; below that, where
 * numbers are wide, one search by halves does, for an s that is exact stays so. */
static unsigned least_shift(ir *g, wide k, wide lo, wide hi)
{
    wide greatest = wide_add(g->mem, hi, wide_mul(g->mem, offset_of(g, lo, k), k));
    unsigned low = 0, high = wide_bits(greatest) + wide_bits(k);
    if (high > WIDE_BITS - 1) high = WIDE_BITS - 1;
    while (low < high) {
        unsigned s = (low + high) / 2;
        if (is_exact(g, greatest, k, s))
            high = s;
        else
            low = s + 1;
    }
    return low;
}

static magic magic_of(ir *g, wide k, unsigned s, wide lo)
{
    if (!wide_sign(k)) return (magic){k, k};
    return (magic){ceil_div(g, power_of_two(g, s), k), offset_of(g, lo, k)};
}

/* floor(a / k) item by item for known k >= 0 (0 where k is 0), all with one shift. A larger shift than the
 * least stays exact: e at most doubles when s grows by one. */
static ir_id floor_by_constants(ir *g, ir_id a, const type *shape, const wide *k, size_t n)
{
    const wide lo = ir_type(g, a)->lo, hi = ir_type(g, a)->hi;
    unsigned s = 0;
    for (size_t i = 0; i < n; i++) {
        unsigned least = wide_sign(k[i]) ? least_shift(g, k[i], lo, hi) : 0;
        if (least > s) s = least;
    }
    wide *factor = arena_alloc(g->mem, n * sizeof *factor);
    wide *offset = arena_alloc(g->mem, n * sizeof *offset);
    wide *step = arena_alloc(g->mem, n * sizeof *step);
    for (size_t i = 0; i < n; i++) {
        magic m = magic_of(g, k[i], s, lo);
        factor[i] = m.factor, offset[i] = m.offset, step[i] = wide_mul(g->mem, m.offset, k[i]);
    }
    ir_id y = add(g, a, ir_const(g, *shape, step));
    ir_id quotient = ir_floor(g, mul(g, y, ir_const(g, *shape, factor)), s);
    return sub(g, quotient, ir_const(g, *shape, offset));
}

ir_id lower_div(ir *g, ir_id a, wide k)
{
    const unsigned bits = wide_bits(k);
    if (!wide_less(wide_of(1), k)) return a;
    if (lower_twos(g, k) == bits - 1) return ir_floor(g, a, bits - 1);
    if (ir_type(g, a)->vis != VIS_SECRET) return ir_binary(g, IR_DIV, a, known(g, k));
    type scalar = type_scalar(VIS_KNOWN, KIND_INT, wide_of(0), wide_of(0));
    return floor_by_constants(g, a, &scalar, &k, 1);
}

ir_id lower_mod(ir *g, ir_id a, wide k)
{
    const type *t = ir_type(g, a);
    const bool grown = !wide_fits(t->lo) || !wide_fits(t->hi);
    if (t->vis != VIS_SECRET && !grown) return ir_binary(g, IR_MOD, a, known(g, k));
    if (wide_sign(t->lo) >= 0 && wide_less(t->hi, k)) return a;
    if (wide_equal(k, g->modulus)) return ir_residue(g, a);
    ir_id quotient = lower_div(g, a, k);
    ir_id rest = sub(g, a, mul(g, quotient, known(g, k)));
    return ir_clamp_range(g, rest, wide_of(0), wide_sub(g->mem, k, wide_of(1))); /* a floor's rest */
}

/* Remembers what was divided by what, for the pass that reveals first and divides in the clear (late.c). */
static void note_quotient(ir *g, ir_id result, ir_id whole, unsigned shift, wide k)
{
    if (result == whole || shift > 62 || wide_int(k) < 2 || wide_bits(k) > 62) return;
    ir_node *n = &g->node[result];
    n->whole = whole, n->scale = (int64_t)1 << shift, n->divisor = wide_int(k);
}

/* floor(a * 2^shift / k) for a known number k of any sign; what two divides in both is taken out first. */
static ir_id quotient_by_number(ir *g, ir_id a, unsigned shift, wide k)
{
    if (!wide_sign(k)) return mul(g, a, known(g, k));
    if (wide_sign(k) < 0) a = sub(g, number_of(g, 0), a), k = wide_neg(k);
    unsigned twos = lower_twos(g, k);
    if (twos > shift) twos = shift;
    k = wide_shift_floor(g->mem, k, twos), shift -= twos;
    ir_id result = lower_div(g, mul(g, a, known(g, power_of_two(g, shift))), k);
    note_quotient(g, result, a, shift, k);
    return result;
}

/* The same by a known vector, item by item. */
static ir_id quotient_by_constants(ir *g, ir_id a, unsigned shift, ir_id b)
{
    uint64_t n = 0;
    type shape = *ir_type(g, b);
    type_length(&shape, &n);
    shape.kind = KIND_INT;
    wide *size = arena_alloc(g->mem, (size_t)n * sizeof *size);
    wide *sign = arena_alloc(g->mem, (size_t)n * sizeof *sign);
    const wide factor = power_of_two(g, shift);
    for (size_t i = 0; i < n; i++) {
        wide k = g->node[b].konst[i];
        bool negative = wide_sign(k) < 0;
        size[i] = negative ? wide_neg(k) : k;
        sign[i] = negative ? wide_neg(factor) : factor;
    }
    return floor_by_constants(g, mul(g, a, ir_const(g, shape, sign)), &shape, size, (size_t)n);
}

/* --- by a public number: as above, with factor and offset computed in the clear while running */

/* floor(y / b) for 0 <= y and public b >= 1. When the exact shift needs too wide a product, a shift with
 * 2^s > y leaves the quotient at most one too large, and a comparison corrects it. */
static ir_id floor_by_public(ir *g, ir_id y, ir_id b)
{
    const wide greatest = ir_type(g, y)->hi, divisor = ir_type(g, b)->hi, zero = wide_of(0);
    const wide product = wide_mul(g->mem, greatest, divisor);
    num narrow;
    bool too_wide =
        !wide_narrow(wide_mul(g->mem, greatest, power_of_two(g, wide_bits(product))), &narrow);
    unsigned s = too_wide ? wide_bits(greatest) : wide_bits(product);

    ir_id above = add(g, b, known(g, ones(g, s)));
    ir_id factor = ir_binary(g, IR_DIV, above, b); /* ceil(2^s / b) */
    factor = ir_clamp_range(g, factor, zero, power_of_two(g, s));
    ir_id quotient = ir_floor(g, mul(g, y, factor), s);
    quotient = ir_clamp_range(g, quotient, zero, wide_add(g->mem, greatest, wide_of(1)));
    if (!too_wide) return quotient;
    /* quotient <= floor(y / b) + 1, so quotient * b <= y + b */
    ir_id back = ir_clamp_range(g, mul(g, quotient, b), zero, wide_add(g->mem, greatest, divisor));
    return sub(g, quotient, ir_unary(g, IR_INT, ir_binary(g, IR_LT, y, back)));
}

static ir_id quotient_by_public(ir *g, ir_id a, ir_id b)
{
    ir_id zero = number_of(g, 0), one = number_of(g, 1);
    ir_id is_zero = ir_binary(g, IR_EQ, b, zero);
    ir_id negative = ir_unary(g, IR_INT, ir_binary(g, IR_LT, b, zero));
    ir_id sign = ir_clamp_range(g, sub(g, one, add(g, negative, negative)), wide_of(-1), wide_of(1));
    ir_id size = add(g, mul(g, b, sign), is_zero); /* |b|, and 1 for 0 */
    size = ir_clamp_range(g, size, wide_of(1), wide_most(lower_magnitude(g, b), wide_of(1)));
    a = mul(g, a, sign);

    wide lo = ir_type(g, a)->lo, hi = ir_type(g, a)->hi;
    ir_id offset = zero, y = a;
    if (wide_sign(lo) < 0) {
        ir_id rounded = add(g, size, known(g, wide_sub(g->mem, wide_neg(lo), wide_of(1))));
        offset = ir_binary(g, IR_DIV, rounded, size); /* ceil(-lo / |b|) */
        y = add(g, a, mul(g, offset, size));
        /* offset * |b| is at least -lo and less than -lo + |b| */
        const wide span = wide_sub(g->mem, hi, lo);
        y = ir_clamp_range(g, y, wide_of(0), wide_add(g->mem, span, ir_type(g, size)->hi));
    }
    ir_id quotient = sub(g, floor_by_public(g, y, size), offset);
    /* |b| >= 1 */
    quotient = ir_clamp_range(g, quotient, wide_least(lo, wide_of(0)), wide_most(hi, wide_of(0)));
    return ir_binary(g, IR_MASK, quotient, ir_unary(g, IR_NOT, is_zero));
}

/* --- by a secret: normalise, then Newton for the reciprocal (Catrina, Saxena 2010), floors exact */

/* b = divisor, not negative. scaled = b * factor is in 2^(bits-1) … 2^bits - 1, factor a power of two; where b
 * is 0 the factor is 0 and scaled is 2^(bits-1), so that what follows stays in its ranges. */
typedef struct normal {
    ir_id scaled, factor;
    unsigned bits;
} normal;

static normal normalise(ir *g, ir_id b)
{
    const wide lo = ir_type(g, b)->lo, hi = ir_type(g, b)->hi, zero = wide_of(0);
    const unsigned bits = wide_bits(hi), first = wide_sign(lo) > 0 ? wide_bits(lo) : 0;
    const size_t m = bits - first;
    wide threshold[WIDE_BITS + 1], weight[WIDE_BITS + 1];
    for (unsigned j = first; j < bits; j++) {
        threshold[j - first] = power_of_two(g, j);
        weight[j - first] =
            wide_neg(power_of_two(g, bits - 1 - j)); /* a bit more halves the factor */
    }
    if (first == 0) weight[0] = power_of_two(g, bits - 1);
    wide base = first == 0 ? zero : power_of_two(g, bits - first);
    normal r = {.bits = bits};
    if (m == 0) { /* the divisor's length is known */
        r.factor = known(g, base);
        r.scaled = b;
        return r;
    }
    ladder reached = lower_reaches(g, b, threshold, m);
    r.factor = lower_weigh(g, &reached, weight, base);
    r.factor =
        ir_clamp_range(g, r.factor, zero, first == 0 ? weight[0] : base); /* a power of two, or 0 */
    r.scaled = mul(g, b, r.factor);
    if (first == 0) {
        ir_id positive = lower_column(g, &reached, 0);
        ir_id is_zero = sub(g, number_of(g, 1), positive);
        r.scaled = add(g, r.scaled, mul(g, is_zero, known(g, power_of_two(g, bits - 1))));
    }
    r.scaled = ir_clamp_range(g, r.scaled, power_of_two(g, bits - 1), ones(g, bits));
    return r;
}

/* w with |1 - x w / 2^p| <= 4 / 2^p, for x = scaled / 2^bits in 1/2 … 1.
 *
 * Start: w = 2998/1024 - 2x, off by at most 74/1024 in 1 - x w. A step w' = w + w e, e = 1 - x w squares the
 * error; the floor in e and the floor of w e add at most 1.08 and 1 units of 2^-p, of opposite sign. `error`
 * follows the bound in these units, rounded up; so |e| <= error + 1 and w <= 2 (1 + error). Where it outgrows, so
 * does the numerator times w, and the program is refused: no step brings it down. */
static ir_id reciprocal(ir *g, const normal *x, unsigned p)
{
    arena *mem = g->mem;
    const wide unit = power_of_two(g, p), small = power_of_two(g, p - 10); /* 2^p / 1024 */
    wide error = wide_add(mem, wide_mul(mem, wide_of(74), small), wide_of(2));
    ir_id one = known(g, unit);
    ir_id twice = p + 1 >= x->bits ? mul(g, x->scaled, known(g, power_of_two(g, p + 1 - x->bits)))
                                   : ir_floor(g, x->scaled, x->bits - p - 1);
    ir_id w = sub(g, known(g, wide_mul(mem, small, wide_of(2998))), twice);
    for (;;) {
        const wide bound = wide_add(mem, error, wide_of(1));
        const wide most = wide_mul(mem, wide_of(2), wide_add(mem, unit, bound));
        w = ir_clamp_range(g, w, wide_of(0), most);
        if (!wide_less(wide_of(4), error) || !wide_fits(error)) return w;
        ir_id e = sub(g, one, ir_floor(g, mul(g, x->scaled, w), x->bits));
        e = ir_clamp_range(g, e, wide_neg(bound), bound);
        w = add(g, w, ir_floor(g, mul(g, w, e), p));
        error = wide_shift_floor(mem, wide_mul(mem, error, error), p);
        error = wide_add(mem, error, wide_of(3));
    }
}

/* Bits of precision that a reciprocal needs for a numerator of this size. */
static unsigned precision_for(wide numerator)
{
    unsigned p = wide_bits(numerator) + 3;
    return p < 12 ? 12 : p;
}

/* a * factor * w / 2^(bits + p). |a| < 2^(p - 3) and w's error 4 / 2^p put at most 1/2 on the quotient, the
 * floor at most 1. In two steps, where one product is too wide, the first floor adds at most 1/4: it keeps
 * two bits below the quotient's unit. */
static ir_id scale_back(ir *g, ir_id a, const normal *x, ir_id w, unsigned p)
{
    unsigned width =
        wide_bits(lower_magnitude(g, a)) + wide_bits(lower_magnitude(g, x->factor)) + p + 2;
    if (width <= 126) return ir_floor(g, mul(g, mul(g, a, x->factor), w), x->bits + p);
    ir_id first = ir_floor(g, mul(g, a, w), p - 1);
    return ir_floor(g, mul(g, first, x->factor), x->bits + 1);
}

static ir_id quotient_by_secret(ir *g, ir_id a, ir_id b)
{
    if (wide_sign(ir_type(g, b)->lo) < 0) {
        ir_id zero = number_of(g, 0), negative = ir_binary(g, IR_LT, b, zero);
        a = ir_select(g, negative, sub(g, zero, a), a);
        b = ir_select(g, negative, sub(g, zero, b), b);
        b = ir_clamp_range(g, b, wide_of(0), lower_magnitude(g, b));
    }
    const wide least = wide_most(ir_type(g, b)->lo, wide_of(1)), zero = wide_of(0), two = wide_of(2);
    const wide lo = ir_type(g, a)->lo, hi = ir_type(g, a)->hi;
    if (wide_sign(ir_type(g, b)->hi) <= 0) return mul(g, mul(g, a, number_of(g, 0)), b);

    unsigned p = precision_for(lower_magnitude(g, a));
    normal x = normalise(g, b);
    ir_id quotient = scale_back(g, a, &x, reciprocal(g, &x, p), p);
    /* within 2 of a / b, |b| >= least, and never of the other sign than a: w is not negative */
    wide below = wide_sub(g->mem, wide_floor_div(g->mem, lo, least), two);
    wide above = wide_add(g->mem, wide_floor_div(g->mem, hi, least), two);
    return ir_clamp_range(g, quotient, wide_sign(lo) < 0 ? below : zero,
                          wide_sign(hi) > 0 ? above : zero);
}

/* The rest is what the quotient, at most 2 off, leaves of it: between -2 b and 2 b. */
ir_id lower_floor_by_secret(ir *g, ir_id a, ir_id b)
{
    const wide twice = wide_mul(g->mem, wide_of(2), ir_type(g, b)->hi);
    const wide lo = wide_sub(g->mem, ir_type(g, a)->lo, twice),
               hi = wide_add(g->mem, ir_type(g, a)->hi, twice);
    ir_id near = quotient_by_secret(g, a, b);
    ir_id rest = sub(g, a, ir_clamp_range(g, mul(g, near, b), lo, hi));
    rest = ir_clamp_range(g, rest, wide_neg(twice), twice);
    ir_id quotient = sub(g, near, number_of(g, 2));
    for (int k = -1; k <= 2; k++) {
        ir_id below = ir_binary(g, IR_LT, rest, mul(g, b, number_of(g, k)));
        quotient = add(g, quotient, ir_unary(g, IR_INT, ir_unary(g, IR_NOT, below)));
    }
    return ir_binary(g, IR_MASK, quotient, ir_binary(g, IR_LT, number_of(g, 0), b));
}

/* --- `/` */

static ir_id as_int(ir *g, ir_id v)
{
    return ir_type(g, v)->kind == KIND_BOOL ? ir_unary(g, IR_INT, v) : ir_retag(g, v, KIND_INT);
}

static ir_id quotient(ir *g, ir_id a, unsigned shift, ir_id b)
{
    wide k;
    if (ir_known(g, b, &k)) return quotient_by_number(g, a, shift, k);
    ir_id numerator = mul(g, a, known(g, power_of_two(g, shift)));
    bool clear = ir_type(g, a)->vis != VIS_SECRET && ir_type(g, b)->vis != VIS_SECRET;
    if (clear) return ir_binary(g, IR_DIV, numerator, b);
    if (g->node[b].op == IR_CONST) return quotient_by_constants(g, a, shift, b);
    if (ir_type(g, b)->vis != VIS_SECRET) return quotient_by_public(g, numerator, b);
    return quotient_by_secret(g, numerator, b);
}

ir_id lower_divide(ir *g, ir_id a, ir_id b)
{
    const bool fix_a = ir_type(g, a)->kind == KIND_FIX, fix_b = ir_type(g, b)->kind == KIND_FIX;
    const unsigned shift = fraction(g) * (1u + fix_b - fix_a);
    a = as_int(g, a), b = as_int(g, b);
    if (!lower_has_length(g, a) || !lower_has_length(g, b)) /* a letter: only the type matters */
        return ir_retag(g, ir_binary(g, IR_ADD, a, b), KIND_FIX);
    return ir_retag(g, quotient(g, a, shift, b), KIND_FIX);
}
