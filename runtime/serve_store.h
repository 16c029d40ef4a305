/* What owners have submitted to a node, and what waits there for them: a database (SQLite, WAL) in the folder of the
 * sessions, so that a node that is restarted loses nothing. Shares are sealed to the node's own key: who copies the
 * database without the key has nothing of them. All calls stand between store_begin and store_end: one
 * transaction, one thread at a time. E_LIMIT when the disk is full or fails; nothing of the transaction is there then. */
#ifndef MOOT_RUNTIME_SERVE_STORE_H
#define MOOT_RUNTIME_SERVE_STORE_H

#include "runtime/secret_key.h"
#include "runtime/submission.h"

typedef struct store store;

/* The file is made with mode 0600. The key pair is the node's; `secret` outlives the store. E_USAGE when it cannot be, or is another
 * program's. */
typedef struct store_key {
    const secret_key *secret;
    const char *public_key; /* Z85 */
} store_key;
status store_open(store **out, const char *path, store_key key, failure *err);
void store_close(store *s);

/* Begins; the store is this thread's until store_end, which keeps what was done if `st` is OK and it can be kept. */
status store_begin(store *s, failure *err);
status store_end(store *s, status st, failure *err);

/* A submission that has begun to arrive. Texts and bytes are borrowed for the calls. */
typedef struct store_item {
    const char *session, *owner; /* owner: its public key */
    uint64_t sequence;
    uint8_t digest[SUBMISSION_HASH], nonce[SUBMISSION_HASH];
    uint64_t length;
} store_item;

/* Takes a piece, which begins where the pieces before end; *have = how much there is then. A piece that is there already
 * changes nothing. E_DATA when there is another submission of this sequence. Drops what the owner began before and never
 * finished. */
status store_put(store *s, const store_item *item, uint64_t at, slice piece, uint64_t *have,
                 failure *err);

/* All of it has come and is what it should be. */
status store_stage(store *s, const store_item *item, failure *err);
/* It counts from now on; the one that counted before is kept beside it, older ones are dropped. */
status store_commit(store *s, const store_item *item, failure *err);
/* It does not: what came of it is dropped. */
status store_drop(store *s, const store_item *item, failure *err);

/* One submission that is whole here. */
typedef struct store_found {
    const char *owner; /* for the call */
    uint64_t sequence;
    bool whole, counts;
    uint8_t digest[SUBMISSION_HASH];
} store_found;

/* All of a session, each owner's in the order of sequence; those that are not whole, too. */
status store_list(store *s, const char *session, void (*found)(void *user, const store_found *f),
                  void *user, failure *err);

/* Reads the part of one that is whole: *nonce, and *data appended. E_DATA when it is not there, E_ABORT when it was
 * sealed for another key or place, or changed. */
status store_read(store *s, const char *session, const char *owner, uint64_t sequence,
                  uint8_t nonce[SUBMISSION_HASH], buffer *data, failure *err);

/* --- sessions */

/* What is kept of `session` is of `what`; all that is kept of another, or of a run that is over, is dropped. */
status store_take_up(store *s, const char *session, const uint8_t what[SUBMISSION_HASH],
                     failure *err);

/* It has run: its submissions are dropped, and who was in it is noted (a bit an owner). */
status store_done(store *s, const char *session, slice chosen, failure *err);

/* Keeps what waits for an owner, until the session is forgotten. */
status store_keep(store *s, const char *session, const char *owner, slice sealed, failure *err);

/* *sealed and *chosen are appended. *there: whether anything waits for this owner; *done: whether it has run. */
status store_kept(store *s, const char *session, const char *owner, bool *there, bool *done,
                  buffer *sealed, buffer *chosen, failure *err);

/* Whoever something waits for, or has submitted something whole, and the session. */
status store_waiting(store *s, void (*found)(void *user, const char *session, const char *owner),
                     void *user, failure *err);

/* All sessions that something is kept of. */
status store_sessions(store *s, void (*found)(void *user, const char *session), void *user,
                      failure *err);

status store_forget(store *s, const char *session, failure *err);

#endif
