/* How far the rounds of a loop carry what they began with. Internal to the compiler. */
#ifndef MOOT_COMPILER_DRIFT_H
#define MOOT_COMPILER_DRIFT_H

#include "compiler/ir.h"

/* What `rounds` rounds of the block just built can make of its argument k, whose next value is `result` and whose first one
 * is within *lo … *hi: widens these. False, and nothing is widened, when a round's result does not follow its argument. */
bool drift_bound(ir *g, uint32_t body, uint32_t k, ir_id result, int64_t rounds, wide *lo, wide *hi);

#endif
