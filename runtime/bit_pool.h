/* Masks and random bits made ahead of need, in the amounts that the program will ask for: a dry run of it says
 * which, before the first input is shared. Where making them takes no more rounds than using them (random bits
 * at n = 3, masks of one leader) nothing is made ahead. What was not foreseen is made where it is needed. */
#ifndef MOOT_RUNTIME_BIT_POOL_H
#define MOOT_RUNTIME_BIT_POOL_H

#include "runtime/bit_protocol.h"

/* Finds out what the program of cfg asks for and begins the jobs that make it; job_finish_all ends them. */
status pool_begin(box *b, const shamir_config *cfg, failure *err);
void pool_free(struct bit_pool *pool);

/* Whether the program goes one way or another by what it reveals. */
bool program_chooses(const program *p);

/* Where the program may go one of two ways: the dry run asks for both. `pool_fork` begins a choice, the same one at
 * every member and in every run, and names it; from pool_other on the second way is taken; pool_join ends it and passes
 * over what was made for the other way, so that what comes after finds its own. `pool` may be NULL. */
size_t pool_fork(struct bit_pool *pool);
void pool_other(struct bit_pool *pool, size_t choice);
void pool_join(struct bit_pool *pool, size_t choice);

/* What a dry run has taken and noted so far. Of `pool`, which may be NULL; and whether it is still as it was then, so that what
 * a job finds there is what it found then. */
typedef struct pool_state {
    size_t requests, taken, choices;
} pool_state;
pool_state pool_state_of(const struct bit_pool *pool);
bool pool_is_as(const struct bit_pool *pool, const pool_state *then);

/* A mask of this shape for len items: false when there is none. */
bool pool_mask(job *j, mask_shape shape, size_t len, mask *out);

/* Random bits for `count` wires of len items: wire k is the one wire out->bit from word + k * words_of(len) on,
 * number k * len … of out->number its items. */
bool pool_bit_pairs(job *j, size_t count, size_t len, random_bit_pairs *out, size_t *word);

#endif
