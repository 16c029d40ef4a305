/* The box of an owner who does not compute. Before the session it takes what the owner would share, for a submission
 * (submission.h); after it, what the nodes kept for the owner takes the place of what would have been opened. The
 * interpreter does the rest, so that what an owner does by itself, and what is done with what it learns, is done as
 * everywhere. Secrets are nothing here. */
#ifndef MOOT_RUNTIME_ABSENT_H
#define MOOT_RUNTIME_ABSENT_H

#include "runtime/field.h"
#include "runtime/shamir.h"
#include "vm/interp.h"

/* Computes what this member of the party submits: *out (malloc, cleansed by its owner) has submission_length elements.
 * The member's inputs are in *data. */
status absent_give(const program *p, uint32_t party, uint32_t member, const field *f,
                   run_data *data, void **out, failure *err);

/* Which opening the share of a REVEAL lane under way is of. */
absent_key absent_key_of(const abb *box, const lane *l);

/* Appends one node's shares of an opening to what it keeps for an owner. */
void absent_keep(buffer *kept, const absent_key *what, const void *share, size_t bytes);

/* What the nodes kept for an owner, of each node that answered (data NULL: it did not). Tagged (keep.c): in active mode. */
typedef struct absent_kept {
    unsigned nodes, threshold;
    bool tagged;
    slice of[NODES_MAX];
} absent_kept;

/* Fills the outputs of *data that this member of the party learns. E_PEER when fewer than t + 1 answered. E_ABORT when the
 * shares of all who answered lie on no polynomial of degree t, or are not what the program reveals. Where they are tagged
 * t + 1 honest nodes among those who answered are enough, whatever the others say; a wrong output passes with a
 * probability below C(nodes, t + 1) / p. */
status absent_learn(const program *p, uint32_t party, uint32_t member, const field *f,
                    const absent_kept *kept, run_data *data, failure *err);

#endif
