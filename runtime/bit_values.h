/* Which secret bools stay shares of bits: results of comparisons, and of and, or, xor and not of such. They become
 * numbers where they are made, all of an instruction at once, and only if anything but those reads them. */
#ifndef MOOT_RUNTIME_BIT_VALUES_H
#define MOOT_RUNTIME_BIT_VALUES_H

#include "runtime/bit_protocol.h"

/* Of each register of p the forms it takes (box.h); NULL when memory is out. By malloc. */
uint8_t *value_forms(const program *p);

/* Gives the lanes of the job their parts of one wire of results, in the forms that they take. */
void results_in_bits(job *j, wires bit, size_t len);

/* AND OR XOR of lanes whose results stay bits. */
void job_bit_gates(job *j);

#endif
