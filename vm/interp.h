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

typedef struct interp_watcher {
    /* Sees a register's value once it is final, just before it dies; a register of a loop once a round. The value is
     * `secret` (the box's own) or has one vector for each member of its owner, one in all when it is public. May be
     * NULL. */
    void (*see)(void *user, uint32_t index, const void *secret, const plain *clear, uint32_t clears);
    /* A block begins to run. May be NULL. */
    void (*enter)(void *user, uint32_t block);
    /* Asked before each level; false ends the run with E_CANCELLED. NULL: it goes on. */
    bool (*go_on)(void *user);
    void *user;
} interp_watcher;

/* Runs p from start to end. Input values were checked against their declared ranges by the caller. */
status interp_run(const program *p, abb *box, run_data *data, failure *err);

/* The same, watched; `see` is for a box that computes in the clear. */
status interp_run_watched(const program *p, abb *box, run_data *data, const interp_watcher *watcher,
                          failure *err);

#endif
