/* Which values are computed modulo the field's prime. Internal to generate(). */
#ifndef MOOT_COMPILER_RESIDUE_H
#define MOOT_COMPILER_RESIDUE_H

#include "compiler/hoist.h"

/* By ir_id: whether its register holds the value modulo g->modulus, in 0 … p-1, and not the value itself. */
typedef struct residues {
    bool *clear;  /* at its owner, or of what is public */
    bool *shared; /* among the nodes */
    wide half; /* the largest number that the field holds with a sign; 0 while no prime was named */
    wide most; /* p - 1 */
} residues;

/* In g->mem; nothing is modular while no prime was named. */
residues residue_plan(ir *g, const site *s);

/* Whether the operation makes the same result modulo the prime from operands that are taken modulo it: sums,
 * products, and what only moves values. */
bool residue_keeps(ir_op op);

#endif
