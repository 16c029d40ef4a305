/* What the files of the C interface share behind the public handles. */
#ifndef MOOT_RUNTIME_MOOT_INTERNAL_H
#define MOOT_RUNTIME_MOOT_INTERNAL_H

#include <pthread.h>
#include <stdatomic.h>

#include "compiler/compile.h"
#include "runtime/moot_engine.h"

struct moot_program {
    atomic_uint users; /* the caller, and each session */
    moot_engine *engine;
    program *program; /* verified */
    buffer code;      /* its bytes */
    report report;    /* of its compilation; empty when it was loaded */
    bool compiled;
};

moot_program *moot_program_share(moot_program *p); /* one more user; returns p */

typedef enum { NEW, RUNNING, DONE, FAILED } session_state;

/* Where an input's items are that were not copied; v NULL: they were. One a port: all members' that are here. */
typedef struct borrowed {
    const float *v;
    size_t n;
} borrowed;

struct moot_session {
    moot_engine *engine;
    moot_program *shared;
    const program *program;
    run_data *data;
    borrowed *borrowed; /* [inputs] */
    failure err;        /* why the session failed */
    failure call;       /* why the last call did, on the caller's thread */

    bool ideal;
    parties_config config; /* below: not on the ideal box */
    launch *launch;
    unsigned self;
    secret_key *key;
    connection_use connection;

    observer observer; /* of the session's own thread: */
    bool has_turn;

    atomic_bool cancelled;
    _Atomic(channel *) running_on; /* while it runs; moot_cancel uses it without the lock */
    atomic_uint cancelling;        /* calls that may be using it */

    int fd; /* readable once it is done or failed */
    pthread_t thread;
    bool joinable;
    pthread_mutex_t lock; /* of what follows */
    pthread_cond_t changed;
    session_state state;
    channel *channel; /* while it runs, for moot_progress_get */
    moot_progress progress;
};

/* Begins a call that only makes sense in one state. */
status session_expect(moot_session *s, session_state wanted, const char *sentence);

/* Whether an input has a value, given or borrowed. */
bool session_has_input(const moot_session *s, uint32_t index, uint32_t member);

/* Reads what was borrowed, on the session's own thread. */
status session_take_borrowed(moot_session *s, failure *err);

/* Is this member of the party here? */
bool session_is_here(const moot_session *s, uint32_t party, uint32_t member);

/* Minus the exit code. */
static inline int moot_code(status st)
{
    return -(int)st;
}

#endif
