/* Polynomials at the points of the nodes: node k stands at k + 1, secrets at 0. Everything here is public. */
#ifndef MOOT_RUNTIME_POINTS_H
#define MOOT_RUNTIME_POINTS_H

#include "runtime/field.h"

/* out[k]: by what the value at xs[k] counts in the value at `at` of the polynomial of degree < count through
 * the points xs. */
void lagrange(const field *f, element *out, const unsigned *xs, size_t count, unsigned at);

/* The set function of A, given by a bit for each node: of degree t (the nodes outside), 1 at 0, 0 at the
 * nodes outside A. Its value at `at`. */
element set_function(const field *f, uint32_t members, unsigned nodes, unsigned at);

#endif
