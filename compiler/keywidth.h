/* How many bits of hash keys have: as few as keep false matches unlikely. Internal to generate(). */
#ifndef MOOT_COMPILER_KEYWIDTH_H
#define MOOT_COMPILER_KEYWIDTH_H

#include "compiler/hoist.h"

/* Counts the pairs of keys that the program compares, notes them and the width in g->keys, and cuts all keys of
 * the graph and of the header to it: 60 bits while the chance of any false match among the pairs is at most 2^-40,
 * else 126. E_PROGRAM when --field asked for less: *where is the word that compares most, the lines of *err are as
 * choose_field gives them. */
status choose_key_width(ir *g, const site *sites, place *where, failure *err);

#endif
