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

/* Which of m thresholds each item of a value reaches: 1 where item >= threshold, else 0, of kind int. */
typedef struct ladder {
    ir_id of;
    size_t m;
    ir_id all; /* [items, m], by one comparison instruction */
    ir_id *rung; /* where that axis cannot be, behind a private length: m values with the shape of `of` */
} ladder;

ladder lower_reaches(ir *g, ir_id a, const num *threshold, size_t m);

/* base + the sum of the weights of what each item reaches; with the item's shape. */
ir_id lower_weigh(ir *g, const ladder *l, const num *weight, num base);

/* Whether each item reaches threshold k; with the item's shape. */
ir_id lower_column(ir *g, const ladder *l, size_t k);

/* Whether every axis of v is known, so that its items can be counted. */
bool lower_has_length(const ir *g, ir_id v);

#endif
