/* Words that are several values: multiplication of fix, dot, mean, min, max, abs, onehot, and the steps that
 * division and roots are made of. */
#include "compiler/lower.h"
#include "compiler/private.h"

wide lower_magnitude(const ir *g, ir_id v)
{
    const type *t = ir_type(g, v);
    return wide_most(t->hi, wide_neg(t->lo));
}

bool lower_has_length(const ir *g, ir_id v)
{
    uint64_t n;
    return type_length(ir_type(g, v), &n);
}

unsigned lower_twos(const ir *g, wide k)
{
    unsigned e = 0;
    while (wide_sign(k) && !wide_sign(wide_floor_mod(g->mem, k, wide_of(2))))
        k = wide_shift_floor(g->mem, k, 1), e++;
    return e;
}

/* --- fixed point */

ir_id lower_fix(ir *g, ir_id a)
{
    if (ir_type(g, a)->kind == KIND_FIX) return a;
    return ir_retag(g, mul(g, a, known(g, power_of_two(g, fraction(g)))), KIND_FIX);
}

/* Powers of two that divide both 2^f and the known scalar v: dividing them out first gives the same floor
 * from narrower numbers. */
static unsigned common_twos(const ir *g, ir_id v, unsigned f)
{
    wide k;
    if (!ir_known(g, v, &k)) return 0;
    unsigned e = lower_twos(g, k);
    return e < f ? e : f;
}

static ir_id divide_known(ir *g, ir_id v, unsigned twos)
{
    wide k;
    if (twos == 0 || !ir_known(g, v, &k)) return v;
    return ir_number(g, KIND_FIX, wide_shift_floor(g->mem, k, twos));
}

ir_id lower_multiply(ir *g, ir_id a, ir_id b)
{
    if (ir_type(g, a)->kind != KIND_FIX || ir_type(g, b)->kind != KIND_FIX) return mul(g, a, b);
    unsigned f = fraction(g), twos = common_twos(g, b, f);
    if (twos > 0) {
        b = divide_known(g, b, twos);
    } else {
        twos = common_twos(g, a, f);
        a = divide_known(g, a, twos);
    }
    return ir_retag(g, ir_floor(g, mul(g, a, b), f - twos), KIND_FIX);
}

ir_id lower_dot(ir *g, ir_id a, ir_id b)
{
    const type ta = *ir_type(g, a), tb = *ir_type(g, b);
    int64_t dim[AXES], n = ta.rank > 1 ? ta.dim[0] : 1, m = tb.rank > 1 ? tb.dim[1] : 1;
    unsigned rank = 0;
    if (ta.rank > 1) dim[rank++] = n;
    if (tb.rank > 1) dim[rank++] = m;
    ir_id sum = ir_matmul(g, a, b, rank, dim, n, ta.dim[ta.rank - 1], m);
    if (ta.kind != KIND_FIX || tb.kind != KIND_FIX) return sum;
    return ir_retag(g, ir_floor(g, sum, fraction(g)), KIND_FIX);
}

/* Sum and count of a private length are both its owner's, who divides in the clear. */
static ir_id mean_of_private_length(ir *g, ir_id a)
{
    ir_id sum = ir_retag(g, lower_fix(g, ir_unary(g, IR_SUM, a)), KIND_INT);
    return ir_retag(g, ir_binary(g, IR_DIV, sum, private_length(g, a)), KIND_FIX);
}

ir_id lower_mean(ir *g, ir_id a)
{
    const type *t = ir_type(g, a);
    if (t->open) return mean_of_private_length(g, a);
    int64_t n = t->dim[t->rank - 1];
    ir_id sum = ir_unary(g, IR_SUM, a);
    return lower_divide(g, sum, number_of(g, n > 0 ? n : 1));
}

/* --- choices */

static void same_kind(ir *g, ir_id *a, ir_id *b)
{
    bool fix = ir_type(g, *a)->kind == KIND_FIX || ir_type(g, *b)->kind == KIND_FIX;
    if (!fix) return;
    *a = lower_fix(g, *a);
    *b = lower_fix(g, *b);
}

ir_id lower_abs(ir *g, ir_id a)
{
    if (ir_type(g, a)->kind == KIND_BOOL || wide_sign(ir_type(g, a)->lo) >= 0) return a;
    ir_id zero = ir_number(g, (kind)ir_type(g, a)->kind, wide_of(0));
    ir_id negative = ir_binary(g, IR_LT, a, zero);
    ir_id positive = ir_select(g, negative, sub(g, zero, a), a);
    return ir_clamp_range(g, positive, wide_of(0), lower_magnitude(g, a));
}

ir_id lower_min(ir *g, ir_id a, ir_id b)
{
    same_kind(g, &a, &b);
    wide bound = wide_least(ir_type(g, a)->hi, ir_type(g, b)->hi);
    /* the smaller of two is at most what either can be at most */
    return ir_clamp_range(g, ir_select(g, ir_binary(g, IR_LT, b, a), b, a), wide_outgrown(true),
                          bound);
}

ir_id lower_max(ir *g, ir_id a, ir_id b)
{
    same_kind(g, &a, &b);
    wide bound = wide_most(ir_type(g, a)->lo, ir_type(g, b)->lo);
    /* the larger of two is at least what either is at least */
    return ir_clamp_range(g, ir_select(g, ir_binary(g, IR_LT, a, b), b, a), bound,
                          wide_outgrown(false));
}

ir_id lower_onehot(ir *g, ir_id i, int64_t k)
{
    const type *t = ir_type(g, i);
    int64_t dim[AXES + 1], stride[AXES + 1] = {0};
    unsigned rank = t->rank;
    for (unsigned d = 0; d < rank; d++) dim[d] = t->dim[d];
    dim[rank] = k, stride[rank] = 1;
    ir_id places = ir_view(g, ir_iota(g, k), rank + 1, dim, 0, stride);
    return ir_binary(g, IR_EQ, i, places);
}

/* --- thermometers: what division and roots are normalised by */

static int64_t length_of(const ir *g, ir_id v)
{
    uint64_t n = 0;
    type_length(ir_type(g, v), &n);
    return (int64_t)n;
}

static ir_id flat(ir *g, ir_id v)
{
    int64_t n = length_of(g, v);
    return ir_reshape(g, v, 1, &n);
}

static ir_id shaped_like(ir *g, ir_id v, ir_id like)
{
    const type t = *ir_type(g, like);
    return ir_reshape(g, v, t.rank, t.dim);
}

static ir_id known_vector(ir *g, const wide *v, size_t m)
{
    type t = type_scalar(VIS_KNOWN, KIND_INT, wide_of(0), wide_of(0));
    t.rank = 1, t.dim[0] = (int64_t)m;
    return ir_const(g, t, v);
}

static ir_id not_below(ir *g, ir_id a, ir_id limit)
{
    return ir_unary(g, IR_INT, ir_unary(g, IR_NOT, ir_binary(g, IR_LT, a, limit)));
}

ladder lower_reaches(ir *g, ir_id a, const wide *threshold, size_t m)
{
    ladder l = {.of = a, .m = m};
    ir_id a_int = ir_retag(g, a, KIND_INT);
    if (ir_type(g, a)->open) { /* the owner's work in the clear: many comparisons cost nothing */
        l.rung = arena_alloc(g->mem, m * sizeof *l.rung);
        for (size_t k = 0; k < m; k++) l.rung[k] = not_below(g, a_int, known(g, threshold[k]));
        return l;
    }
    int64_t dim[2] = {length_of(g, a), (int64_t)m}, every_row[2] = {0, 1};
    ir_id limits = ir_view(g, known_vector(g, threshold, m), 2, dim, 0, every_row);
    l.all = not_below(g, ir_repeat(g, flat(g, a_int), dim[1]), limits);
    return l;
}

ir_id lower_weigh(ir *g, const ladder *l, const wide *weight, wide base)
{
    ir_id sum = known(g, base);
    for (size_t k = 0; l->rung && k < l->m; k++)
        sum = add(g, sum, mul(g, l->rung[k], known(g, weight[k])));
    if (l->rung) return sum;
    int64_t n = length_of(g, l->of), m = (int64_t)l->m;
    sum = add(g, ir_matmul(g, l->all, known_vector(g, weight, l->m), 1, &n, n, m, 1), sum);
    return shaped_like(g, sum, l->of);
}

ir_id lower_column(ir *g, const ladder *l, size_t k)
{
    if (l->rung) return l->rung[k];
    int64_t n = length_of(g, l->of), stride = (int64_t)l->m;
    return shaped_like(g, ir_view(g, l->all, 1, &n, (int64_t)k, &stride), l->of);
}
