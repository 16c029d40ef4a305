/* An owner who does not compute, at its own host: shares its inputs to the nodes of a session and goes; comes back for
 * what it learns. What it does follows from what the nodes say of the session. */
#ifndef MOOT_RUNTIME_SUBMIT_H
#define MOOT_RUNTIME_SUBMIT_H

#include "net/visit.h"
#include "runtime/deploy.h"
#include "runtime/secret_key.h"

typedef struct submit_request {
    const parties_config *config; /* CONFIG_SESSION */
    unsigned self;                /* an owner's number */
    const secret_key *key;
    compile_request source;
    slice json; /* this owner's data; data NULL: it only asks */
    const char *data_file, *folder;
    unsigned timeout_ms; /* how long a node may take to answer */
    /* Gets the visit when it is open, so that another thread may cancel it, and NULL before it is closed; returns false
     * when it is not wanted any more. */
    bool (*opened)(void *user, visit *v);
    void *user;
} submit_request;

typedef enum submit_state {
    SUBMIT_TAKEN, /* what it gave counts at all nodes now */
    SUBMIT_WAITS, /* it counts, and the session waits for others */
    SUBMIT_RUNS,
    SUBMIT_LEARNED /* the outputs are there */
} submit_state;

typedef struct submitted {
    submit_state state;
    uint64_t sequence;          /* of its submission */
    uint64_t submitted, owners; /* so many of so many count, at the node where fewest do */
    deployed made;      /* with the data; once learned, the program that ran, with the outputs */
    parties_config ran; /* once learned: the session with those who were in it */
    config_party *ran_owner;
    unsigned self; /* in `ran` */
} submitted;

/* *out is zeroed by the caller and freed with submitted_free also on failure. E_PROGRAM, E_DATA and E_USAGE as deploy
 * says; E_CONFIG when the nodes refuse, with what they say; E_PEER when a node that is needed does not answer: to submit
 * all are, to learn t + 1; E_ABORT when what they kept does not fit together. */
status submit(submitted *out, const submit_request *req, failure *err);
void submitted_free(submitted *s);

#endif
