/* Computing what is known while compiling. Internal to ir.c and fold.c. */
#ifndef MOOT_COMPILER_FOLD_H
#define MOOT_COMPILER_FOLD_H

#include "compiler/ir.h"

/* Vectors up to this many items are computed while compiling; longer ones when the program runs. */
#define FOLD_ITEMS 4096

/* How many numbers are looked at to fold an op whose result has n items. */
uint64_t fold_work(const ir *g, ir_op op, const ir_id *in, const int64_t *imm, uint64_t n);

/* Writes to out the items of op applied to IR_CONST operands; `t` is the result's type. False when this op
 * is not one that folds. */
bool fold_items(const ir *g, ir_op op, const ir_id *in, uint32_t ins, const int64_t *imm,
                uint32_t imms, const type *t, wide *out);

#endif
