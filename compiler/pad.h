/* Private lengths without work that is their owner's alone. Internal to generate(). */
#ifndef MOOT_COMPILER_PAD_H
#define MOOT_COMPILER_PAD_H

#include "compiler/ir.h"

/* *out = the graph in which the nodes do all that `from` does with lists of private length. Its owner only pads each list up
 * to its bound, and counts once those that meet. New values lie in from->mem, and `from` stays as it is; it keeps no values
 * (from->kept is NULL), and sizes are known. */
void pad_lengths(const ir *from, ir *out);

#endif
