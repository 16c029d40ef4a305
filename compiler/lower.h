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

static inline ir_id known(ir *g, wide v)
{
    return ir_number(g, KIND_INT, v);
}

static inline ir_id number_of(ir *g, num v)
{
    return known(g, wide_of_num(v));
}

/* ir_clamp_range between ends that nums hold. */
static inline ir_id clamp_narrow(ir *g, ir_id a, num lo, num hi)
{
    return ir_clamp_range(g, a, wide_of_num(lo), wide_of_num(hi));
}

/* The fraction bits of fix. */
static inline unsigned fraction(const ir *g)
{
    return g->header->precision;
}

/* 2^e, or a number that no field holds when e is too large. */
static inline wide power_of_two(const ir *g, unsigned e)
{
    return wide_power_of_two(g->mem, e);
}

/* 2^e - 1 */
static inline wide ones(const ir *g, unsigned e)
{
    return wide_sub(g->mem, power_of_two(g, e), wide_of(1));
}

/* The largest |item| of v. */
wide lower_magnitude(const ir *g, ir_id v);

/* How often 2 divides k; 0 of 0. */
unsigned lower_twos(const ir *g, wide k);

/* Which of m thresholds each item of a value reaches: 1 where item >= threshold, else 0, of kind int. */
typedef struct ladder {
    ir_id of;
    size_t m;
    ir_id all; /* [items, m], by one comparison instruction */
    ir_id *rung; /* where that axis cannot be, behind a private length: m values with the shape of `of` */
} ladder;

ladder lower_reaches(ir *g, ir_id a, const wide *threshold, size_t m);

/* base + the sum of the weights of what each item reaches; with the item's shape. */
ir_id lower_weigh(ir *g, const ladder *l, const wide *weight, wide base);

/* Whether each item reaches threshold k; with the item's shape. */
ir_id lower_column(ir *g, const ladder *l, size_t k);

/* floor(a / b) of secrets, exactly; b is not negative, and where it is 0 a is, and so is the result. */
ir_id lower_floor_by_secret(ir *g, ir_id a, ir_id b);

/* Whether every axis of v is known, so that its items can be counted. */
bool lower_has_length(const ir *g, ir_id v);

#endif
