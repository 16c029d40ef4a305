/* What the owner of a private length does with its rows in the clear, and nobody could among secrets of unknown
 * number. Every value here has a private length and comes from one owner. */
#ifndef MOOT_COMPILER_PRIVATE_H
#define MOOT_COMPILER_PRIVATE_H

#include "compiler/ir.h"

/* How many items it has, at each place before the last axis; no longer of private length. */
ir_id private_length(ir *g, ir_id v);

/* The places along the last axis, by item, of equal items the first first. */
ir_id private_order(ir *g, ir_id v, bool down);

/* The items in that order; still of private length. */
ir_id private_sort(ir *g, ir_id v, bool down);

/* The first `count` items, known in number: behind the last one stands `filling`. */
ir_id private_first(ir *g, ir_id v, int64_t count, wide filling);

#endif
