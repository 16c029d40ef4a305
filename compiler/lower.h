/* Small steps that the lowerings share. Internal to lower.c, divide.c and root.c. */
#ifndef MOOT_COMPILER_LOWER_H
#define MOOT_COMPILER_LOWER_H

#include "compiler/ir.h"

static inline ir_id add(ir *g, ir_id a, ir_id b)
{
    return ir_binary(g, IR_ADD, a, b);
}

static inline ir_id sub(ir *g, ir_id a, ir_id b)
{
    return ir_binary(g, IR_SUB, a, b);
}

static inline ir_id mul(ir *g, ir_id a, ir_id b)
{
    return ir_binary(g, IR_MUL, a, b);
}

static inline ir_id number_of(ir *g, num v)
{
    return ir_number(g, KIND_INT, v);
}

/* The fraction bits of fix. */
static inline unsigned fraction(const ir *g)
{
    return g->header->precision;
}

/* 2^e, or a number that no field holds when e is too large. */
static inline num power_of_two(unsigned e)
{
    return e < 126 ? (num)1 << e : NUM_MAX + 1;
}

/* The largest |item| of v. */
num lower_magnitude(const ir *g, ir_id v);

/* For each item of a and each of the m thresholds: 1 where a >= threshold. The result is [items of a, m], of
 * kind int. One comparison instruction. */
ir_id lower_reaches(ir *g, ir_id a, const num *threshold, size_t m);

/* base + the weighted sum of each row of what lower_reaches gave; with the shape of `like`. */
ir_id lower_weigh(ir *g, ir_id reached, const num *weight, size_t m, num base, ir_id like);

/* Column k of what lower_reaches gave, with the shape of `like`. */
ir_id lower_column(ir *g, ir_id reached, size_t m, size_t k, ir_id like);

/* Whether every axis of v is known, so that its items can be counted. */
bool lower_has_length(const ir *g, ir_id v);

#endif
