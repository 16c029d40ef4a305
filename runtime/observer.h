/* What a Shamir box tells about its work while it goes on, to who wants to know: which jobs begin, what they queue,
 * when work and waiting begin and end, and what came from peers, for counting. NULL costs nothing. */
#ifndef MOOT_RUNTIME_OBSERVER_H
#define MOOT_RUNTIME_OBSERVER_H

#include "net/channel.h"
#include "vm/abb.h"

/* What a run goes through, in order. */
typedef enum run_phase { PHASE_MEETING, PHASE_KEYS, PHASE_MASKS, PHASE_PROGRAM, PHASES } run_phase;

/* `work` is NULL for keys and for masks that are made ahead. `which` lanes of it a job takes is not told. */
typedef struct observer {
    void *user;
    bool detailed; /* also `work_ends` and `came`, which take time where there is much of either */
    void (*phase)(void *user, run_phase now);
    void (*begins)(void *user, const abb_job *work);
    void (*queued)(void *user, const abb_job *work, uint64_t bytes); /* for the next round */
    void (*round_begins)(void *user);
    void (*round_ends)(void *user, const channel *c);
    void (*work_begins)(void *user);
    void (*work_ends)(void *user, const abb_job *work);
    void (*ends)(void *user); /* the program is done, only goodbyes follow; may be NULL */
    /* What a peer has sent: `len` pieces, of each of which the first byte is as likely any as any other. */
    void (*came)(void *user, const void *first, size_t stride, size_t len);
} observer;

#endif
