/* Words that search among values nobody sees: lookup put member match align. Each compares all that could be
 * meant, so that nothing tells what was. */
#include <string.h>

#include "compiler/check.h"

/* --- shapes */

/* How many items the axes from `axis` on hold. */
static int64_t items_from(const type *t, unsigned axis)
{
    int64_t n = 1;
    for (unsigned k = axis; k < t->rank; k++) n *= t->dim[k] < 0 ? 1 : t->dim[k];
    return n;
}

static bool want_positions(checker *c, const cell *x)
{
    if (type_of(c, x)->kind <= KIND_INT) return want_closed(c, x);
    diagnosis *d = error_at(c, "E0301", "`%s` wants whole numbers as positions, not %s",
                            token_quote(&c->tok[c->at], c->mem), describe(c, x));
    diagnose_help(d, "round it down first:  floor");
    fix_operand(c, d, x, "floor");
    return false;
}

static bool want_table(checker *c, const cell *x)
{
    return want_vector(c, x) && want_closed(c, x);
}

/* A number that is 0 or 1, as a bool. */
static ir_id is_positive(checker *c, ir_id v)
{
    return ir_binary(&c->g, IR_LT, ir_number(&c->g, KIND_INT, wide_of(0)), v);
}

/* chosen [… n] by rows [n …]: the sum of the chosen rows, for each place before the last axis of `chosen`. At
 * most one is chosen, so that the sum is a row or 0, in the range of rows and 0. */
static ir_id chosen_rows(checker *c, ir_id chosen, ir_id rows)
{
    const type a = *ir_type(&c->g, chosen), b = *ir_type(&c->g, rows);
    int64_t dim[2 * AXES], n = b.dim[0];
    unsigned rank = a.rank - 1u;
    memcpy(dim, a.dim, rank * sizeof *dim);
    for (unsigned k = 1; k < b.rank; k++) dim[rank++] = b.dim[k];
    ir_id v = ir_matmul(&c->g, chosen, rows, rank, dim, n > 0 ? items_from(&a, 0) / n : 0, n,
                        items_from(&b, 1));
    if (b.kind == KIND_BOOL) return is_positive(c, v);
    return ir_clamp_range(&c->g, v, wide_least(b.lo, wide_of(0)), wide_most(b.hi, wide_of(0)));
}

/* --- lookup and put */

/* In a `map` over rows of v: items only, a table for each place. */
static bool lookup_lifted(checker *c, cell *in)
{
    unsigned lift = in[0].lift > in[1].lift ? in[0].lift : in[1].lift;
    if (rank_of(c, &in[0]) != 1 || rank_of(c, &in[1]) != 0)
        return not_built(c, "`lookup` of rows or of several positions inside `map` over tables");
    expand_lift(c, &in[1], lift, &in[0]);
    expand_lift(c, &in[0], lift, &in[1]);
    const type t = *type_of(c, &in[0]);
    ir_id here = lower_onehot(&c->g, in[1].v, dim_of(c, &in[0], 0));
    ir_id sum = ir_unary(&c->g, IR_SUM, ir_binary(&c->g, IR_MASK, in[0].v, here));
    if (t.kind == KIND_BOOL) return leave(c, is_positive(c, sum), lift);
    sum = ir_clamp_range(&c->g, sum, wide_least(t.lo, wide_of(0)), wide_most(t.hi, wide_of(0)));
    return leave(c, sum, lift);
}

bool word_lookup(checker *c, cell *in, int variant)
{
    (void)variant;
    if (!want_table(c, &in[0]) || !want_number(c, &in[0]) || !want_positions(c, &in[1]))
        return false;
    convert(c, &in[1], KIND_INT);
    if (in[0].lift) return lookup_lifted(c, in);
    if (!room_for_axes(c, type_of(c, &in[1])->rank + rank_of(c, &in[0]) - 1) ||
        !room_for_axes(c, type_of(c, &in[1])->rank + 1u))
        return false;
    ir_id here = lower_onehot(&c->g, in[1].v, dim_of(c, &in[0], 0));
    return leave(c, chosen_rows(c, here, in[0].v), in[1].lift);
}

/* x for each of n rows: a new axis behind the lift. */
static ir_id for_each_row(checker *c, const cell *x, int64_t n)
{
    const type t = *type_of(c, x);
    int64_t dim[AXES + 1], stride[AXES + 1], step = 1;
    for (unsigned k = t.rank; k-- > 0; step *= t.dim[k] < 0 ? 1 : t.dim[k]) {
        unsigned to = k >= x->lift ? k + 1 : k;
        dim[to] = t.dim[k], stride[to] = step;
    }
    dim[x->lift] = n, stride[x->lift] = 0;
    return ir_view(&c->g, x->v, t.rank + 1u, dim, 0, stride);
}

static bool refuse_put(checker *c, const cell *in)
{
    diagnosis *d = error_at(c, "E0302", "`put` cannot put %s into %s", describe(c, &in[2]),
                            describe(c, &in[0]));
    diagnose_line(d, LINE_BECAUSE, "it wants one position, and what `at` would give there");
    return false;
}

bool word_put(checker *c, cell *in, int variant)
{
    cell value[2] = {in[0], in[2]};
    unsigned lift = 0;

    (void)variant;
    if (!want_table(c, &in[0]) || !want_positions(c, &in[1]) || !want_closed(c, &in[2]))
        return false;
    bool fits = rank_of(c, &in[1]) == 0 && rank_of(c, &in[2]) + 1 == rank_of(c, &in[0]);
    for (unsigned k = 0; fits && k < rank_of(c, &in[2]); k++)
        fits = same_dim(c, dim_of(c, &in[2], k), dim_of(c, &in[0], k + 1));
    if (!fits) return refuse_put(c, in);
    kind joined;
    const cell *most = &in[0];
    for (int k = 0; k < 3; k++)
        if (in[k].lift > most->lift) most = &in[k];
    lift = most->lift;
    if (!room_for_axes(c, lift + rank_of(c, &in[0])) || !join_alike(c, value, 2, &joined))
        return false;
    convert(c, &in[1], KIND_INT);
    expand_lift(c, &value[0], lift, most);
    expand_lift(c, &value[1], lift, most);
    expand_lift(c, &in[1], lift, most);
    int64_t n = dim_of(c, &value[0], 0);
    ir_id here = lower_onehot(&c->g, in[1].v, n);
    ir_id v = ir_select(&c->g, here, for_each_row(c, &value[1], n), value[0].v);
    return leave(c, v, lift);
}

/* --- member, match and align: all of v against all of w */

static bool want_alike(checker *c, cell *v, cell *w)
{
    const char *name = token_quote(&c->tok[c->at], c->mem);
    cell both[2] = {*v, *w};
    kind k;
    if (!want_closed(c, v) || !want_table(c, w) || !join_alike(c, both, 2, &k)) return false;
    if (rank_of(c, w) != 1) {
        error_at(c, "E0306", "`%s` searches a vector, not %s", name, describe(c, w));
        return false;
    }
    if (w->lift) return not_built(c, arena_printf(c->mem, "`%s` inside `map` over tables", name));
    if (!room_for_axes(c, type_of(c, v)->rank + 1u)) return false;
    *v = both[0], *w = both[1];
    return true;
}

/* bool[v… m]: which items of w each item of v is. */
static ir_id equal_pairs(checker *c, const cell *v, const cell *w)
{
    const type t = *type_of(c, v);
    int64_t dim[AXES + 1], stride[AXES + 1] = {0}, m = dim_of(c, w, 0);
    memcpy(dim, t.dim, t.rank * sizeof *dim);
    dim[t.rank] = m, stride[t.rank] = 1;
    ir_id others = ir_view(&c->g, w->v, t.rank + 1u, dim, 0, stride);
    return ir_binary(&c->g, IR_EQ, ir_repeat(&c->g, v->v, m), others);
}

static ir_id is_found(checker *c, ir_id equal)
{
    return is_positive(c, ir_unary(&c->g, IR_SUM, equal));
}

/* The first true of each row alone: where the running count is 1. */
static ir_id first_only(checker *c, ir_id equal)
{
    ir_id count = ir_unary(&c->g, IR_SUMS, equal);
    ir_id one = ir_binary(&c->g, IR_EQ, count, ir_number(&c->g, KIND_INT, wide_of(1)));
    return ir_binary(&c->g, IR_AND, equal, one);
}

bool word_member(checker *c, cell *in, int variant)
{
    (void)variant;
    if (!want_alike(c, &in[0], &in[1])) return false;
    return leave(c, is_found(c, equal_pairs(c, &in[0], &in[1])), in[0].lift);
}

bool word_match(checker *c, cell *in, int variant)
{
    (void)variant;
    if (!want_alike(c, &in[0], &in[1])) return false;
    ir_id equal = equal_pairs(c, &in[0], &in[1]), places = ir_iota(&c->g, dim_of(c, &in[1], 0));
    return leave(c, chosen_rows(c, first_only(c, equal), places), in[0].lift) &&
           leave(c, is_found(c, equal), in[0].lift);
}

bool word_align(checker *c, cell *in, int variant)
{
    cell *rows = &in[2];
    (void)variant;
    if (!want_alike(c, &in[0], &in[1]) || !want_table(c, rows) || !want_number(c, rows))
        return false;
    if (rows->lift) return not_built(c, "`align` inside `map` over tables");
    if (!same_dim(c, dim_of(c, &in[1], 0), dim_of(c, rows, 0))) {
        diagnosis *d = error_at(c, "E0302", "`align` cannot take rows of %s by %s",
                                describe(c, rows), describe(c, &in[1]));
        diagnose_line(d, LINE_BECAUSE, "it wants one key for each row");
        return false;
    }
    if (!room_for_axes(c, type_of(c, &in[0])->rank + rank_of(c, rows) - 1)) return false;
    ir_id equal = equal_pairs(c, &in[0], &in[1]);
    return leave(c, chosen_rows(c, first_only(c, equal), rows->v), in[0].lift) &&
           leave(c, is_found(c, equal), in[0].lift);
}
