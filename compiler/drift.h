/* How far the rounds of a loop carry what they began with. Internal to the compiler. */
#ifndef MOOT_COMPILER_DRIFT_H
#define MOOT_COMPILER_DRIFT_H

#include "compiler/ir.h"

/* What `rounds` rounds of the block just built can make of its argument k: *lo … *hi. result and start: [args] by argument,
 * what a round leaves for the next, and what the first begins with (NULL where no result follows it). False when a round's
 * result follows neither its argument nor those whose place it takes. */
bool drift_bound(ir *g, uint32_t body, uint32_t k, const ir_id *result, const type *const *start,
                 int64_t rounds, wide *lo, wide *hi);

#endif
