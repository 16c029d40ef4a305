/* Runs a verified program on a black box: resolves registers, groups the instructions of one level,
 * computes public and own-data values itself, and lets every value die at its last use. */
#ifndef MOOT_VM_INTERP_H
#define MOOT_VM_INTERP_H

#include "vm/abb.h"

/* The data of one run. Both arrays are indexed [port][member]; member 0 when the party is no group, and
 * for an output to all. */
typedef struct run_data {
    plain **input; /* given by the caller; v NULL where the data are elsewhere (or the box is dry) */
    plain **output; /* filled by the interpreter (malloc) where this process learns it; v NULL elsewhere.
                     * len is the number of items in either case */
} run_data;

/* Allocates zeroed arrays of the right shape for p; NULL when memory is out. Frees inputs and outputs too. */
run_data *run_data_new(const program *p);
void run_data_free(run_data *d, const program *p);

/* Runs p from start to end. Input values were checked against their declared ranges by the caller. */
status interp_run(const program *p, abb *box, run_data *data, failure *err);

#endif
