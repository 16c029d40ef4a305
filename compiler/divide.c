/* Division: exact floors by what is known or public, and by secrets to within two units of the last place.
 * Every step's range is proved here, so that the field can be chosen for it. */
#include "compiler/lower.h"

static num ceil_div(num a, num b)
{
    return -num_floor_div(-a, b);
}

/* --- by a known number (Granlund, Montgomery 1994, for a floor of every y in 0 … most):
 * with M = ceil(2^s / k) and e = M k - 2^s, floor(y M / 2^s) = floor(y / k) when most * e < 2^s, for then the
 * error y e / (k 2^s) is less than the 1/k that y / k is at least below the next integer. */

typedef struct magic {
    num factor;
    num offset; /* a + offset * k is not negative */
} magic;

static num error_of(num k, unsigned s)
{
    num rest = num_floor_mod(power_of_two(s), k);
    return rest ? k - rest : 0;
}

static num offset_of(num lo, num k)
{
    return lo < 0 ? ceil_div(-lo, k) : 0;
}

/* The least s that is exact for k; 125 when none is below: the product then fits no field, and is refused. */
static unsigned least_shift(num k, num lo, num hi)
{
    num greatest = num_add(hi, num_mul(offset_of(lo, k), k));
    unsigned s = 0;
    while (s < 125 && num_mul(greatest, error_of(k, s)) >= power_of_two(s)) s++;
    return s;
}

static magic magic_of(num k, unsigned s, num lo)
{
    if (k == 0) return (magic){0, 0};
    return (magic){ceil_div(power_of_two(s), k), offset_of(lo, k)};
}

/* floor(a / k) item by item for known k >= 0 (0 where k is 0), all with one shift. A larger shift than the
 * least stays exact: e at most doubles when s grows by one. */
static ir_id floor_by_constants(ir *g, ir_id a, const type *shape, const num *k, size_t n)
{
    const num lo = ir_type(g, a)->lo, hi = ir_type(g, a)->hi;
    unsigned s = 0;
    for (size_t i = 0; i < n; i++) {
        unsigned least = k[i] ? least_shift(k[i], lo, hi) : 0;
        if (least > s) s = least;
    }
    num *factor = arena_alloc(g->mem, n * sizeof *factor);
    num *offset = arena_alloc(g->mem, n * sizeof *offset);
    num *step = arena_alloc(g->mem, n * sizeof *step);
    for (size_t i = 0; i < n; i++) {
        magic m = magic_of(k[i], s, lo);
        factor[i] = m.factor, offset[i] = m.offset, step[i] = num_mul(m.offset, k[i]);
    }
    ir_id y = add(g, a, ir_const(g, *shape, step));
    ir_id quotient = ir_floor(g, mul(g, y, ir_const(g, *shape, factor)), s);
    return sub(g, quotient, ir_const(g, *shape, offset));
}

static bool is_power_of_two(num k)
{
    return (k & (k - 1)) == 0;
}

ir_id lower_div(ir *g, ir_id a, num k)
{
    if (k <= 1) return a;
    if (is_power_of_two(k)) return ir_floor(g, a, num_bits(k) - 1);
    if (ir_type(g, a)->vis != VIS_SECRET) return ir_binary(g, IR_DIV, a, number_of(g, k));
    type scalar = type_scalar(VIS_KNOWN, KIND_INT, 0, 0);
    return floor_by_constants(g, a, &scalar, &k, 1);
}

ir_id lower_mod(ir *g, ir_id a, num k)
{
    if (ir_type(g, a)->vis != VIS_SECRET) return ir_binary(g, IR_MOD, a, number_of(g, k));
    if (ir_type(g, a)->lo >= 0 && ir_type(g, a)->hi < k) return a;
    ir_id rest = sub(g, a, mul(g, lower_div(g, a, k), number_of(g, k)));
    return ir_clamp_range(g, rest, 0, k - 1); /* by what a floor is */
}

/* Remembers what was divided by what, for the pass that reveals first and divides in the clear (late.c). */
static void note_quotient(ir *g, ir_id result, ir_id whole, unsigned shift, num k)
{
    if (result == whole || k < 2 || shift > 62 || k > INT64_MAX) return;
    ir_node *n = &g->node[result];
    n->whole = whole, n->scale = (int64_t)1 << shift, n->divisor = (int64_t)k;
}

/* floor(a * 2^shift / k) for a known number k of any sign; what two divides in both is taken out first. */
static ir_id quotient_by_number(ir *g, ir_id a, unsigned shift, num k)
{
    if (k == 0) return mul(g, a, number_of(g, 0));
    if (k < 0) a = sub(g, number_of(g, 0), a), k = -k;
    while (shift > 0 && k % 2 == 0) k /= 2, shift--;
    ir_id result = lower_div(g, mul(g, a, number_of(g, power_of_two(shift))), k);
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
    num *size = arena_alloc(g->mem, (size_t)n * sizeof *size);
    num *sign = arena_alloc(g->mem, (size_t)n * sizeof *sign);
    for (size_t i = 0; i < n; i++) {
        num k = g->node[b].konst[i];
        size[i] = k < 0 ? -k : k;
        sign[i] = k < 0 ? -power_of_two(shift) : power_of_two(shift);
    }
    return floor_by_constants(g, mul(g, a, ir_const(g, shape, sign)), &shape, size, (size_t)n);
}

/* --- by a public number: as above, with factor and offset computed in the clear while running */

/* floor(y / b) for 0 <= y and public b >= 1. When the exact shift needs too wide a product, a shift with
 * 2^s > y leaves the quotient at most one too large, and a comparison corrects it. */
static ir_id floor_by_public(ir *g, ir_id y, ir_id b)
{
    num greatest = ir_type(g, y)->hi, divisor = ir_type(g, b)->hi;
    unsigned exact = num_bits(num_mul(greatest, divisor));
    bool wide = !num_fits(num_mul(greatest, power_of_two(exact)));
    unsigned s = wide ? num_bits(greatest) : exact;

    ir_id above = add(g, b, number_of(g, power_of_two(s) - 1));
    ir_id factor = ir_binary(g, IR_DIV, above, b); /* ceil(2^s / b) */
    factor = ir_clamp_range(g, factor, 0, power_of_two(s));
    ir_id quotient = ir_clamp_range(g, ir_floor(g, mul(g, y, factor), s), 0, num_add(greatest, 1));
    if (!wide) return quotient;
    /* quotient <= floor(y / b) + 1, so quotient * b <= y + b */
    ir_id back = ir_clamp_range(g, mul(g, quotient, b), 0, num_add(greatest, divisor));
    return sub(g, quotient, ir_unary(g, IR_INT, ir_binary(g, IR_LT, y, back)));
}

static ir_id quotient_by_public(ir *g, ir_id a, ir_id b)
{
    ir_id zero = number_of(g, 0), one = number_of(g, 1);
    ir_id is_zero = ir_binary(g, IR_EQ, b, zero);
    ir_id negative = ir_unary(g, IR_INT, ir_binary(g, IR_LT, b, zero));
    ir_id sign = ir_clamp_range(g, sub(g, one, add(g, negative, negative)), -1, 1);
    ir_id size = add(g, mul(g, b, sign), is_zero); /* |b|, and 1 for 0 */
    size = ir_clamp_range(g, size, 1, lower_magnitude(g, b) > 1 ? lower_magnitude(g, b) : 1);
    a = mul(g, a, sign);

    num lo = ir_type(g, a)->lo, hi = ir_type(g, a)->hi;
    ir_id offset = zero, y = a;
    if (lo < 0) {
        ir_id rounded = add(g, size, number_of(g, num_sub(-lo, 1)));
        offset = ir_binary(g, IR_DIV, rounded, size); /* ceil(-lo / |b|) */
        y = add(g, a, mul(g, offset, size));
        /* offset * |b| is at least -lo and less than -lo + |b| */
        y = ir_clamp_range(g, y, 0, num_add(num_sub(hi, lo), ir_type(g, size)->hi));
    }
    ir_id quotient = sub(g, floor_by_public(g, y, size), offset);
    quotient = ir_clamp_range(g, quotient, lo < 0 ? lo : 0, hi > 0 ? hi : 0); /* |b| >= 1 */
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
    const num lo = ir_type(g, b)->lo, hi = ir_type(g, b)->hi;
    const unsigned bits = num_bits(hi), first = lo > 0 ? num_bits(lo) : 0;
    const size_t m = bits - first;
    num threshold[128], weight[128];
    for (unsigned j = first; j < bits; j++) {
        threshold[j - first] = power_of_two(j);
        weight[j - first] = -power_of_two(bits - 1 - j); /* one bit more halves the factor */
    }
    if (first == 0) weight[0] = power_of_two(bits - 1);
    num base = first == 0 ? 0 : power_of_two(bits - first);
    normal r = {.bits = bits};
    if (m == 0) { /* the divisor's length is known */
        r.factor = number_of(g, base);
        r.scaled = b;
        return r;
    }
    ladder reached = lower_reaches(g, b, threshold, m);
    r.factor = lower_weigh(g, &reached, weight, base);
    r.factor =
        ir_clamp_range(g, r.factor, 0, first == 0 ? weight[0] : base); /* a power of two, or 0 */
    r.scaled = mul(g, b, r.factor);
    if (first == 0) {
        ir_id is_zero = sub(g, number_of(g, 1), lower_column(g, &reached, 0));
        r.scaled = add(g, r.scaled, mul(g, is_zero, number_of(g, power_of_two(bits - 1))));
    }
    r.scaled = ir_clamp_range(g, r.scaled, power_of_two(bits - 1), power_of_two(bits) - 1);
    return r;
}

/* w with |1 - x w / 2^p| <= 4 / 2^p, for x = scaled / 2^bits in 1/2 … 1.
 *
 * Start: w = 2998/1024 - 2x, off by at most 74/1024 in 1 - x w. A step w' = w + w e, e = 1 - x w squares the
 * error; the floor in e and the floor of w e add at most 1.08 and 1 units of 2^-p, of opposite sign. `error`
 * follows the bound in these units, rounded up; so |e| <= error + 1 and w <= 2 (1 + error). */
static ir_id reciprocal(ir *g, const normal *x, unsigned p)
{
    unum error = ((unum)74 << p) / 1024 + 2;
    ir_id one = number_of(g, power_of_two(p));
    ir_id twice = p + 1 >= x->bits ? mul(g, x->scaled, number_of(g, power_of_two(p + 1 - x->bits)))
                                   : ir_floor(g, x->scaled, x->bits - p - 1);
    ir_id w = sub(g, number_of(g, power_of_two(p) / 1024 * 2998), twice);
    for (;;) {
        w = ir_clamp_range(g, w, 0, power_of_two(p + 1) + 2 * (num)error + 2);
        if (error <= 4) return w;
        ir_id e = sub(g, one, ir_floor(g, mul(g, x->scaled, w), x->bits));
        e = ir_clamp_range(g, e, -(num)error - 1, (num)error + 1);
        w = add(g, w, ir_floor(g, mul(g, w, e), p));
        error = ((error * error) >> p) + 3;
    }
}

/* Bits of precision that a reciprocal needs for a numerator of this size; beyond 64 the products fit no
 * field, which the ranges then say. */
static unsigned precision_for(num numerator)
{
    unsigned p = num_bits(numerator) + 3;
    return p < 12 ? 12 : p > 64 ? 64 : p;
}

/* a * factor * w / 2^(bits + p). |a| < 2^(p - 3) and w's error 4 / 2^p put at most 1/2 on the quotient, the
 * floor at most 1. In two steps, where one product is too wide, the first floor adds at most 1/4: it keeps
 * two bits below the quotient's unit. */
static ir_id scale_back(ir *g, ir_id a, const normal *x, ir_id w, unsigned p)
{
    unsigned width =
        num_bits(lower_magnitude(g, a)) + num_bits(lower_magnitude(g, x->factor)) + p + 2;
    if (width <= 126) return ir_floor(g, mul(g, mul(g, a, x->factor), w), x->bits + p);
    ir_id first = ir_floor(g, mul(g, a, w), p - 1);
    return ir_floor(g, mul(g, first, x->factor), x->bits + 1);
}

static ir_id quotient_by_secret(ir *g, ir_id a, ir_id b)
{
    if (ir_type(g, b)->lo < 0) {
        ir_id zero = number_of(g, 0), negative = ir_binary(g, IR_LT, b, zero);
        a = ir_select(g, negative, sub(g, zero, a), a);
        b = ir_select(g, negative, sub(g, zero, b), b);
        b = ir_clamp_range(g, b, 0, lower_magnitude(g, b));
    }
    const num least = ir_type(g, b)->lo > 0 ? ir_type(g, b)->lo : 1;
    const num lo = ir_type(g, a)->lo, hi = ir_type(g, a)->hi;
    if (ir_type(g, b)->hi <= 0) return mul(g, mul(g, a, number_of(g, 0)), b);

    unsigned p = precision_for(lower_magnitude(g, a));
    normal x = normalise(g, b);
    ir_id quotient = scale_back(g, a, &x, reciprocal(g, &x, p), p);
    /* within 2 of a / b, |b| >= least, and never of the other sign than a: w is not negative */
    return ir_clamp_range(g, quotient, lo < 0 ? num_floor_div(lo, least) - 2 : 0,
                          hi > 0 ? num_floor_div(hi, least) + 2 : 0);
}

/* --- `/` */

static ir_id as_int(ir *g, ir_id v)
{
    return ir_type(g, v)->kind == KIND_BOOL ? ir_unary(g, IR_INT, v) : ir_retag(g, v, KIND_INT);
}

static ir_id quotient(ir *g, ir_id a, unsigned shift, ir_id b)
{
    num k;
    if (ir_known(g, b, &k)) return quotient_by_number(g, a, shift, k);
    ir_id numerator = mul(g, a, number_of(g, power_of_two(shift)));
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
