/* The order of the lanes: what can share a round stands together. Internal to generate(). */
#ifndef MOOT_COMPILER_LEVEL_H
#define MOOT_COMPILER_LEVEL_H

#include "compiler/flow.h"

/* Drops what no output needs, gives every lane its level and fills each block's order: by level, in a level
 * first the lanes that send messages (grouped by opcode), then loops, then local work. */
void level(flow *f);

#endif
