/* Late public work: divide after the reveal, in the clear. Internal to generate(). */
#ifndef MOOT_COMPILER_LATE_H
#define MOOT_COMPILER_LATE_H

#include "compiler/ir.h"

/* A reveal to all of floor(x * scale / divisor) reveals x, where x can be recovered from the result, and leaves
 * the division to the recipients. */
void late(ir *g);

#endif
