/* From values and where they are computed to registers and lanes. Internal to generate(). */
#ifndef MOOT_COMPILER_TRANSLATE_H
#define MOOT_COMPILER_TRANSLATE_H

#include "compiler/flow.h"
#include "compiler/hoist.h"

void translate(ir *g, const site *sites, flow *out);

#endif
