/* Square roots of secrets, to within two units of the last place. */
#include "compiler/lower.h"

/* Thresholds of one normalisation: two bits each. */
enum { STEPS_MAX = WIDE_BITS / 2 + 2 };

/* a = scaled / factor with scaled in 2^(bits-2) … 2^bits - 1, factor a power of four, root = 2^half / sqrt(factor).
 * Where a is not positive, factor and root are 0 and scaled is 2^(bits-2). */
typedef struct normal {
    ir_id scaled, root;
    unsigned bits; /* even together with the precision */
    unsigned half; /* (bits + precision) / 2 */
} normal;

static normal normalise(ir *g, ir_id a)
{
    const unsigned f = fraction(g);
    unsigned bits = wide_bits(ir_type(g, a)->hi);
    if (bits < 2) bits = 2;
    bits += (bits + f) % 2;
    const unsigned half = (bits + f) / 2, last = (bits - 1) / 2;
    wide threshold[STEPS_MAX], factor[STEPS_MAX], root[STEPS_MAX];
    for (unsigned i = 0; i <= last; i++) { /* how often a can be taken times four */
        threshold[i] = power_of_two(g, bits >= 2 + 2 * i ? bits - 2 - 2 * i : 0);
        factor[i] = i < last ? wide_mul(g->mem, wide_of(-3), power_of_two(g, 2 * i))
                             : power_of_two(g, 2 * last);
        root[i] = power_of_two(g, half - i - (i < last));
    }
    const size_t m = last + 1;
    ladder reached = lower_reaches(g, a, threshold, m);
    const wide zero = wide_of(0);
    ir_id by = lower_weigh(g, &reached, factor, zero);
    by = ir_clamp_range(g, by, zero, power_of_two(g, 2 * last));
    ir_id positive = lower_column(g, &reached, last);
    ir_id none = sub(g, number_of(g, 1), positive);
    ir_id least = known(g, power_of_two(g, bits - 2));
    normal r = {.bits = bits, .half = half};
    ir_id scaled = mul(g, a, by);
    r.scaled = add(g, scaled, mul(g, none, least));
    r.scaled = ir_clamp_range(g, r.scaled, power_of_two(g, bits - 2), ones(g, bits));
    r.root = lower_weigh(g, &reached, root, zero);
    r.root = ir_clamp_range(g, r.root, zero, power_of_two(g, half));
    return r;
}

/* floor(sqrt(x) 2^p) to within 10, for x = scaled / 2^bits in 1/4 … 1.
 *
 * y is 1/sqrt(x) at p bits. Start: y = 135/64 - 19/16 x, so that z = 1 - x y^2 is within 0.1788. A step
 * y' = y + y z / 2 leaves 3/4 z^2 + 1/4 z^3 <= z^2; its floors move y by less than 3.5 units of 2^-p, and z by
 * less than 8 of them. `error` follows the bound of |z| in these units. y <= 2.18, and g = x y = sqrt(x (1 - z)).
 * Where `error` outgrows, so does g times the root of the factor, and the program is refused: no step brings it down. */
static ir_id root_of(ir *g, const normal *x, unsigned p)
{
    arena *mem = g->mem;
    const wide unit = power_of_two(g, p), zero = wide_of(0);
    const wide eighth = power_of_two(g, p - 3), quarter = power_of_two(g, p - 2);
    wide error = wide_floor_div(mem, wide_mul(mem, wide_of(1832), unit), wide_of(10240));
    error = wide_add(mem, error, wide_of(4));
    ir_id one = known(g, unit);
    ir_id slope = mul(g, x->scaled, number_of(g, 19));
    slope = p >= x->bits + 4 ? mul(g, slope, known(g, power_of_two(g, p - x->bits - 4)))
                             : ir_floor(g, slope, x->bits + 4 - p);
    ir_id y = sub(g, known(g, wide_mul(mem, power_of_two(g, p - 6), wide_of(135))), slope);
    for (;;) {
        y = ir_clamp_range(g, y, zero, wide_add(mem, power_of_two(g, p + 1), quarter));
        ir_id root = ir_floor(g, mul(g, x->scaled, y), x->bits);
        root = ir_clamp_range(g, root, zero, wide_add(mem, unit, eighth));
        if (!wide_less(wide_of(16), error) || !wide_fits(error)) return root;
        ir_id z = sub(g, one, ir_floor(g, mul(g, root, y), p));
        const wide bound = wide_add(mem, error, wide_of(4));
        z = ir_clamp_range(g, z, wide_neg(bound), bound);
        y = add(g, y, ir_floor(g, mul(g, y, z), p + 1));
        error = wide_shift_floor(mem, wide_mul(mem, error, error), p);
        error = wide_add(mem, error, wide_of(10));
    }
}

/* Enough bits that 10 units of the root's error are under one of the result's: 10 / 16 of it. */
static unsigned precision_for(const normal *x)
{
    unsigned p = x->half + 4;
    return p < 12 ? 12 : p;
}

ir_id lower_sqrt(ir *g, ir_id a)
{
    a = lower_fix(g, a);
    if (!lower_has_length(g, a)) return a; /* a letter: only the type matters */
    ir_id raw = ir_retag(g, a, KIND_INT);
    if (wide_sign(ir_type(g, a)->hi) <= 0)
        return ir_retag(g, mul(g, raw, number_of(g, 0)), KIND_FIX);

    normal x = normalise(g, raw);
    unsigned p = precision_for(&x);
    ir_id root = ir_floor(g, mul(g, root_of(g, &x, p), x.root), p);
    wide most = wide_add(g->mem, power_of_two(g, x.half), wide_of(2)); /* within 2 of the root */
    root = ir_clamp_range(g, root, wide_of(0), most);
    return ir_retag(g, root, KIND_FIX);
}
