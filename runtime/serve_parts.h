/* The state of a serving node, shared by runtime/serve*.c. All of it belongs to the thread of serve_run but what is
 * marked: that is guarded by `lock`. */
#ifndef MOOT_RUNTIME_SERVE_PARTS_H
#define MOOT_RUNTIME_SERVE_PARTS_H

#include <pthread.h>
#include <stdatomic.h>

#include "net/transport.h"
#include "runtime/serve.h"

enum { SERVE_HASH = 32, SERVE_NAME = 64 };

/* What nodes have to have alike before a session starts, and what they say when it is not: the session's file (all
 * but addresses), and the text of its program. */
typedef struct serve_agreement {
    uint8_t file[SERVE_HASH], source[SERVE_HASH];
} serve_agreement;

typedef enum serve_state {
    SERVE_WAITING, /* for this node's own data */
    SERVE_READY,   /* for the others */
    SERVE_RUNNING,
    SERVE_ENDED
} serve_state;

typedef struct serve_session {
    struct serve_session *next;
    struct serve *owner;
    char name[SERVE_NAME + 1];
    serve_state state;
    serve_agreement agreed;
    bool have[NODES_MAX];    /* who has said that it has the same */
    bool differs[NODES_MAX]; /* who has said that it has another: told once */
    bool named;              /* its file is there; found anew by each scan */
    bool waits_told;
    parties_config config;
    deployed made;
    failure why;
    session_result result;
    pthread_t thread;
    channel *channel; /* lock: while it runs */
    bool cancelled;   /* lock */
    bool finished;    /* lock: its thread is at its end */
} serve_session;

typedef struct serve_peer {
    bool up;        /* it has been heard, and not been lost since */
    uint64_t nonce; /* of its start */
    uint32_t hears; /* bit k: it hears node k */
} serve_peer;

/* Counted for serve_metrics; lock. */
typedef struct serve_counts {
    uint64_t done, failed, refused, bytes, rounds, multiplications;
    double seconds;
    unsigned running, waiting, peers_up;
    bool up[NODES_MAX];
} serve_counts;

struct serve {
    serve_config is;
    unsigned nodes;
    mesh *mesh;
    transport *notes;
    serve_session *first;
    serve_peer peer[NODES_MAX];
    unsigned running;
    int64_t scan_at, tell_at;
    atomic_bool stopping;
    pthread_mutex_t lock;
    serve_counts count;
};

serve_session *serve_find(const serve *s, const char *name); /* NULL when there is none */
void serve_log(const serve *s, const serve_event *e);

/* --- serve_folder.c */

/* Takes up what is new in the folder, forgets what is gone, and fills in data that have come. */
status serve_scan(serve *s, failure *err);

/* A name that stays in its folder: letters, digits, dots, lines, no dot or line first. */
bool serve_is_plain(const char *name);

/* Is there a file SESSION.out.json or SESSION.error.json? Then the session has ended here. */
bool serve_has_ended(const serve *s, const char *name);

/* --- serve_notes.c: what nodes say to each other outside of sessions. Each note may be lost; it is said again. */

typedef enum note_kind {
    NOTE_HERE = 1, /* I am here, and hear these nodes */
    NOTE_HAVE,     /* I have this session, ready to run */
    NOTE_START,    /* from the first node: all have it, run it */
    NOTE_ENDED,    /* it has ended at me, and will not run again */
    NOTE_NONE,     /* I do not have it any more, or do not start any now */
} note_kind;

typedef struct note {
    note_kind kind;
    uint32_t hears;
    serve_agreement agreed;
    char name[SERVE_NAME + 1];
} note;

status notes_open(serve *s, failure *err);
void note_send(serve *s, unsigned to, const note *n);
void note_send_all(serve *s, const note *n);
bool note_read(note *out, slice payload); /* false when it is none */
note note_of(const serve_session *x, note_kind what);

/* --- serve_run.c: sessions in threads of their own */

status serve_session_start(serve_session *x, failure *err);

/* Ends a session that does not run. */
void serve_session_end(serve_session *x, const failure *why);

/* Takes the sessions whose threads have come to their end. */
void serve_collect(serve *s);

void serve_session_cancel(serve_session *x);
void serve_session_free(serve_session *x); /* joins its thread */

#endif
