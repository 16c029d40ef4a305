/* What an owner who does not compute asks a node, and what it is answered: one message each, whose bytes are laid out
 * here. Reading trusts nothing. */
#ifndef MOOT_RUNTIME_REQUEST_H
#define MOOT_RUNTIME_REQUEST_H

#include "runtime/launch.h"
#include "runtime/submission.h"

enum {
    REQUEST_SESSION = 64,      /* most characters of a session's name */
    REQUEST_PIECE = 96 * 1024, /* most bytes of a submission or an output in one message */
    REQUEST_TEXT = 512,
    OWNERS_BITS = OWNERS_MAX / 8
};

typedef enum request_kind {
    REQUEST_STATE = 1, /* where is this session, and what do you have of me? */
    REQUEST_PUT,       /* here is a piece of what I submit */
    REQUEST_COMMIT,    /* all nodes have all of it: it counts */
    REQUEST_GET        /* a piece of what you keep for me */
} request_kind;

typedef struct request {
    request_kind kind;
    uint32_t number; /* comes back in the reply */
    char session[REQUEST_SESSION + 1];
    uint8_t file[SUBMISSION_HASH],
        program[SUBMISSION_HASH]; /* what the owner takes the session to be */
    uint64_t sequence;            /* of PUT and COMMIT */
    uint8_t digest[SUBMISSION_HASH];
    uint64_t length, at; /* of PUT: of the whole part, and of this piece in it. GET: at */
    uint8_t nonce[SUBMISSION_HASH]; /* PUT */
    slice commitments, piece; /* PUT: SUBMISSION_HASH bytes a node; borrowed from what was read */
} request;

typedef enum reply_kind {
    REPLY_STATE = 1,
    REPLY_TAKEN, /* PUT: everything before `at` is here; staged when that is all */
    REPLY_COUNTS,
    REPLY_PIECE,
    REPLY_REFUSED /* `status` and `text` say why */
} reply_kind;

typedef enum session_phase {
    PHASE_COLLECTS = 1,
    PHASE_CLOSED, /* nothing is taken any more; it runs, or will soon */
    PHASE_DONE,
    PHASE_WITHOUT, /* it has run, and nothing of this owner was in it */
    PHASE_FAILED
} session_phase;

typedef struct reply {
    reply_kind kind;
    uint32_t number;
    session_phase phase;
    uint64_t sequence; /* of the latest submission of this owner that is here whole; 0: none */
    uint8_t digest[SUBMISSION_HASH]; /* of it */
    bool counts;                     /* it was committed */
    uint64_t highest;                /* of all that ever began to arrive */
    uint64_t submitted, owners;      /* so many of so many count here */
    uint64_t length, at;             /* of what is kept; of the piece */
    uint8_t status;                  /* a refusal's */
    char code[8], text[REQUEST_TEXT];
    slice piece;  /* borrowed */
    slice chosen; /* DONE: a bit for each owner of the file, those whose submissions ran; borrowed */
} reply;

void request_write(const request *r, buffer *out);
void reply_write(const reply *a, buffer *out);

/* False when the bytes are none. */
bool request_read(request *out, slice bytes);
bool reply_read(reply *out, slice bytes);

/* A name that stays in its folder: letters, digits, dots, lines, no dot or line first. */
bool session_is_plain(const char *name);

#endif
