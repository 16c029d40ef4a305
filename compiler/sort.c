/* What orders rows by secret keys, on the instructions that do it. */
#include "compiler/sort.h"

#include "compiler/lower.h"

/* 0, 1, … along the last axis, the same at each place before it. */
static ir_id positions(ir *g, const type *shape)
{
    int64_t stride[AXES] = {0};
    stride[shape->rank - 1] = 1;
    ir_id count = ir_iota(g, shape->dim[shape->rank - 1]);
    return ir_view(g, count, shape->rank, shape->dim, 0, stride);
}

/* Of sizes that are not known: a value like x that depends on the keys. */
static ir_id some_order(ir *g, ir_id x, ir_id keys)
{
    return ir_select(g, ir_binary(g, IR_LT, keys, keys), x, x);
}

/* Rows that are one, or none, are in order. */
static bool is_trivial(const type *keys)
{
    uint64_t n;
    return type_length(keys, &n) && (n == 0 || keys->dim[keys->rank - 1] == 1);
}

/* --- what is offered */

ir_id sort_items(ir *g, ir_id v)
{
    return sort_rows(g, v, v);
}

ir_id sort_rows(ir *g, ir_id x, ir_id keys)
{
    const type of_keys = *ir_type(g, keys);
    if (!lower_has_length(g, x)) return some_order(g, x, keys);
    if (is_trivial(&of_keys)) return x;
    return ir_sort(g, ir_retag(g, ir_unary(g, IR_INT, keys), KIND_INT), x);
}

ir_id sort_ties(ir *g, ir_id bools, ir_id keys, bool first)
{
    const type shape = *ir_type(g, bools);
    if (!lower_has_length(g, bools)) return some_order(g, bools, keys);
    if (is_trivial(&shape)) return bools;
    ir_id later = ir_unary(g, IR_INT, first ? ir_unary(g, IR_NOT, bools) : bools);
    ir_id number = ir_retag(g, keys, KIND_INT);
    ir_id twice = mul(g, number, number_of(g, 2));
    return ir_sort(g, add(g, twice, later), bools);
}

ir_id sort_order(ir *g, ir_id v)
{
    const type shape = *ir_type(g, v);
    return sort_rows(g, positions(g, &shape), v);
}

ir_id sort_ranks(ir *g, ir_id v)
{
    const type shape = *ir_type(g, v);
    if (!lower_has_length(g, v) || is_trivial(&shape)) return sort_order(g, v);
    return ir_unary(g, IR_RANK, ir_retag(g, ir_unary(g, IR_INT, v), KIND_INT));
}
