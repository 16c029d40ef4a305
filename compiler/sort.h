/* Sorting of secrets: the same work whatever the values. Internal to the compiler. */
#ifndef MOOT_COMPILER_SORT_H
#define MOOT_COMPILER_SORT_H

#include "compiler/ir.h"

/* All work along the last axis, for each place before it; sizes are known, or the result has the right type
 * only (`check`). Ties keep their order. */
ir_id sort_items(ir *g, ir_id v);
ir_id sort_order(ir *g, ir_id v); /* the positions, in ascending order of their items */
ir_id sort_ranks(ir *g, ir_id v); /* the place of each item in that order */

/* The rows of x in ascending order of the keys; the axes of `keys` are the first of x. */
ir_id sort_rows(ir *g, ir_id x, ir_id keys);

/* Bools of the shape of the keys, in ascending order of these; of equal keys those that are `first` first. */
ir_id sort_ties(ir *g, ir_id bools, ir_id keys, bool first);

#endif
