/* A node that stays up: takes up the session files that its operator puts into a folder, agrees with the other
 * nodes on what to run, and runs up to SERVE_AT_ONCE sessions at once over one mesh. Writes no log and no results
 * itself: that is its caller's, who gets both as calls. */
#ifndef MOOT_RUNTIME_SERVE_H
#define MOOT_RUNTIME_SERVE_H

#include "runtime/deploy.h"
#include "runtime/node.h"

typedef struct serve serve;

enum { SERVE_AT_ONCE = 256 }; /* more wait until one of these has ended */

/* What happened, for a log. No secret is in it: of wrong data only the code is told (`why` is NULL then). */
typedef struct serve_event {
    bool bad;
    const char *name;    /* "session.started" */
    const char *text;    /* a sentence */
    const char *session; /* NULL: of none */
    const char *peer;    /* its name; NULL: of none */
    const failure *why;
    const session_result *result;
} serve_event;

/* How a session of this node ended. Everything is borrowed for the call. */
typedef struct serve_outcome {
    const char *session;
    const failure *why; /* NULL: it is done, and what follows is there */
    const parties_config *config;
    const deployed *made;
    const session_result *result;
} serve_outcome;

typedef struct serve_config {
    const parties_config *nodes; /* CONFIG_NODES */
    unsigned self;
    const secret_key *key;
    const char *listen;           /* NULL: the address that the others use */
    const char *allow, *sessions; /* folders: programs that may run, sessions to be run */
    unsigned grace_ms;            /* how long sessions may go on after serve_stop */
    void (*log)(void *user, const serve_event *e);
    /* Keeps what came out, from the session's own thread; a failure of it is the session's. */
    status (*keep)(void *user, const serve_outcome *o, failure *err);
    void *user;
} serve_config;

/* Opens the mesh. E_CONFIG as node_open says; E_USAGE when a folder cannot be read. */
status serve_open(serve **out, const serve_config *cfg, failure *err);

/* Serves until serve_stop, and then until its sessions have ended, at most grace_ms. */
status serve_run(serve *s, failure *err);

void serve_stop(serve *s); /* from any thread, any number of times */

/* Appends what is counted, in the text format of Prometheus. From any thread. */
void serve_metrics(serve *s, buffer *out);

void serve_close(serve *s);

#endif
