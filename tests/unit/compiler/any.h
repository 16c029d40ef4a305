/* Compiling text that nobody wrote with care: whatever comes out, the compiler keeps its promises. */
#ifndef MOOT_TESTS_ANY_H
#define MOOT_TESTS_ANY_H

#include "compiler/compile.h"

/* Compiles the text, every size being 3, and fails the test unless the compiler reports an error that has a
 * finding, or makes a program that encodes, loads and so verifies. Checks without sizes too. Returns whether
 * it compiled. */
bool any_compiles(const char *text, size_t len);

/* The settings of all sizes and params that have no value, in rep's memory. */
size_t any_settings(report *rep, setting **out);

/* A file of the repository; the caller frees it. Fails the test when it cannot be read. */
char *any_file(const char *path, size_t *len);

/* Numbers that look drawn, the same in each run. */
uint32_t any_next(uint32_t *state);

#endif
