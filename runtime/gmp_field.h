/* Prime fields above 127 bits, or of a prime that was asked for: canonical limbs, Barrett's reduction on libgmp's
 * functions for secrets. Behind the same interface as the fields 2^q - 1, but slower, and without their masks:
 * comparisons need proved ranges (slack.h). */
#ifndef MOOT_RUNTIME_GMP_FIELD_H
#define MOOT_RUNTIME_GMP_FIELD_H

#include "runtime/field.h"

/* The field of an odd prime of so many bits, at most PRIME_BITS, or its dry twin. NULL when memory is out. Freed
 * with field_close. */
const field *gmp_field_new(const uint64_t *prime, unsigned bits, bool dry);
void gmp_field_free(const field *f);

/* The field that a program computes in, whichever it is. NULL when memory is out. */
const field *field_open(const program *p, bool dry);
void field_close(const field *f); /* NULL is fine */

#endif
