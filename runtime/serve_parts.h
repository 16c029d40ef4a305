/* The state of a serving node, shared by runtime/serve*.c. All of it belongs to who holds `work`, the thread of serve_run
 * or that of the desk, but what is marked: that is guarded by `lock`. */
#ifndef MOOT_RUNTIME_SERVE_PARTS_H
#define MOOT_RUNTIME_SERVE_PARTS_H

#include <pthread.h>
#include <stdatomic.h>

#include "net/transport.h"
#include "runtime/request.h"
#include "runtime/serve.h"
#include "runtime/serve_store.h"

enum { SERVE_HASH = 32, SERVE_NAME = REQUEST_SESSION };

/* What nodes have to have alike before a session starts, and what they say when it is not: the session's file (all
 * but addresses), and the text of its program. */
typedef struct serve_agreement {
    uint8_t file[SERVE_HASH], source[SERVE_HASH];
} serve_agreement;

typedef enum serve_state {
    SERVE_WAITING, /* for this node's own data, and for what owners submit */
    SERVE_READY,   /* for the others */
    SERVE_RUNNING,
    SERVE_ENDED
} serve_state;

/* What one owner has submitted here. Two of its submissions may count: while nodes have not all heard of the latest, they
 * may still have the one before in common. */
enum { COUNTING = 2 };
typedef struct serve_owner {
    uint32_t party;
    size_t length;               /* elements of a submission */
    uint64_t sequence[COUNTING]; /* of those that count, the latest first; 0: none */
    uint8_t digest[COUNTING][SUBMISSION_HASH];
    uint64_t whole; /* the latest that is here whole, whether it counts or not; 0: none */
    uint8_t whole_digest[SUBMISSION_HASH];
    uint64_t highest; /* of all that began to come */
    uint64_t runs;    /* the sequence of the one that is run */
    uint8_t runs_digest[SUBMISSION_HASH];
} serve_owner;

/* What is known of the owners of a session to which some submit. */
typedef struct serve_intake {
    serve_owner *owner;         /* [config.owners] */
    uint8_t source[SERVE_HASH]; /* the text of the program that the rest is of */
    uint8_t program[SUBMISSION_HASH], what[SUBMISSION_HASH]; /* the program's bytes; and the file */
    uint8_t (*form)[SUBMISSION_HASH];                        /* [parties of the program] */
    const field *f;
    field_request field;
    uint64_t prime[PRIME_LIMBS];
    unsigned submitted;        /* owners of whom something counts */
    bool closed;               /* nothing is taken any more */
    slice said[NODES_MAX];     /* what the others have, once they are closed: malloc */
    int64_t ready_at;          /* since when all are closed; 0: they are not */
    uint8_t runs[OWNERS_BITS]; /* whose submissions run, a bit each */
    parties_config config;     /* with those alone */
    config_party *config_owner;
    buffer *kept; /* [config.owners of `config`]: what is to wait for each */
} serve_intake;

typedef struct serve_session {
    struct serve_session *next;
    struct serve *owner;
    char name[SERVE_NAME + 1];
    serve_state state;
    serve_agreement agreed;
    bool have[NODES_MAX];    /* who has said that it has the same */
    bool differs[NODES_MAX]; /* who has said that it has another: told once */
    bool missed[NODES_MAX];  /* who was lost while it ran: another start of that node cannot join */
    bool named;              /* its file is there; found anew by each scan */
    bool waits_told;
    parties_config config;
    serve_intake intake;
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
    uint64_t submitted, not_taken;
    unsigned running, waiting, peers_up;
    bool up[NODES_MAX];
} serve_counts;

struct serve {
    serve_config is;
    unsigned nodes;
    mesh *mesh;
    transport *notes;
    pthread_mutex_t work;
    store *store;
    transport *desk;
    pthread_t porter; /* of the desk */
    bool has_porter;
    bool guests_changed; /* who may connect is to be told anew */
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

/* Is there a file SESSION.out.json or SESSION.error.json? Then the session has ended here. */
bool serve_has_ended(const serve *s, const char *name);

/* The program of a session and where it is; E_CONFIG when its operator has not put it there. *path by free. */
status serve_read_program(const serve_session *x, char **path, buffer *text, failure *err);

/* E_PROGRAM with the first finding of the compiler, or st as it is. */
status serve_first_finding(const deployed *d, status st, failure *err);

/* Compiles for those whose submissions run (or, before that is known, for all), into x->made: with this node's data. */
status serve_make(serve_session *x, const char *path, const buffer *text, failure *err);

/* --- serve_intake.c: what owners submit, from the file of a session to what runs */

/* Finds out what each owner has to submit, and what of it is here already; does nothing when that is known. E_PROGRAM,
 * E_CONFIG when it depends on how many submit. */
status intake_shape(serve_session *x, const char *path, const buffer *source, failure *err);

/* Whether as much has come as it takes, or the time is over; then nothing is taken any more. E_PEER when the time is
 * over and it was too little. */
status intake_closes(serve_session *x, bool *closed, failure *err);

/* How a submission of this owner is shared. */
submission_terms intake_terms(const serve_session *x, size_t owner, uint64_t sequence);
store_item intake_item(const serve_session *x, size_t owner, uint64_t sequence);

/* The store keeps one of an owner that does not count: what was whole and did not is gone when another begins to come. */
void intake_whole_dropped(serve_owner *o);
/* One that is whole here counts from now on. */
status intake_commit(serve_session *x, size_t owner, failure *err);

/* What is here of each owner, for the others; appended. */
void intake_list(const serve_session *x, buffer *out);

/* Of what runs, what each is; appended. */
void intake_list_runs(const serve_session *x, buffer *out);

/* What another says it has: one that counts there and is whole here counts here too. */
void intake_hear(serve_session *x, unsigned from, slice list);
void intake_forget(serve_session *x, unsigned from); /* what it had said */

/* Of the first node: the submissions that all nodes have, appended as a list; false while it takes more. E_PEER when no
 * more will come, E_ABORT naming the owner when nodes have different submissions of one. */
bool intake_choose(serve_session *x, buffer *list, status *st, failure *err);

/* Takes what the first node chose; false when it is not what this node has. */
bool intake_take(serve_session *x, slice list);

/* Compiles for what was taken. */
status intake_make(serve_session *x, failure *err);

/* This node's shares of what runs; freed with intake_shares_free. */
typedef struct intake_shares {
    void **share; /* [owners] */
    size_t *bytes;
    size_t owners;
    char agreed[2 * SUBMISSION_HASH + 1]; /* a hash of all submissions, to be compared by the nodes */
} intake_shares;
status intake_load(serve_session *x, intake_shares *out, failure *err);
void intake_shares_free(intake_shares *s);

/* Puts what x->intake.kept holds into the store, sealed; the submissions are dropped. */
status intake_done(serve_session *x, failure *err);

void intake_free(serve_session *x);

/* Tells the mesh whose keys may connect as guests. */
status intake_admit(serve *s, failure *err);
/* Forgets what is kept of sessions whose files are gone. */
status intake_sweep(serve *s, bool (*is_there)(const serve *s, const char *session), failure *err);

/* --- serve_desk.c: what owners ask, in a thread of its own */

status desk_open(serve *s, failure *err);
void desk_close(serve *s);

/* --- serve_notes.c: what nodes say to each other outside of sessions. Each note may be lost; it is said again. */

typedef enum note_kind {
    NOTE_HERE = 1, /* I am here, and hear these nodes */
    NOTE_HAVE,     /* I have this session, ready to run, and of its owners this */
    NOTE_START,    /* from the first node: all have it, run it, with these submissions */
    NOTE_ENDED,    /* it has ended at me, and will not run again */
    NOTE_NONE,     /* I do not have it any more, or do not start any now */
} note_kind;

typedef struct note {
    note_kind kind;
    uint32_t hears;
    serve_agreement agreed;
    char name[SERVE_NAME + 1];
    slice list; /* of submissions: HAVE and START of a session whose owners submit; borrowed */
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
