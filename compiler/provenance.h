/* Which inputs each value is made of. For the leakage report. Internal to the compiler. */
#ifndef MOOT_COMPILER_PROVENANCE_H
#define MOOT_COMPILER_PROVENANCE_H

#include "compiler/mechanism.h"

input_set provenance_of_input(int64_t input);

/* By ir_id, in g->mem: the inputs whose values can be seen in it. What all have been told counts for nothing. */
input_set *provenance(const ir *g);

#endif
