/* The keys of one session and the streams made from them: one for each pair of members, and while there are
 * few of them one for each set A of n - t nodes. They are agreed in two rounds: contributions, then
 * confirmations, a mismatch of which ends the session before any share is sent. */
#ifndef MOOT_RUNTIME_KEYS_H
#define MOOT_RUNTIME_KEYS_H

#include "runtime/stream.h"

enum { SMALL_SETS = 35 }; /* most sets A that get a key */

typedef struct set_stream {
    uint32_t members; /* a bit for each node */
    element factor;   /* the set function at this node */
    stream *random;   /* NULL on a cost box */
} set_stream;

typedef struct keys {
    bool small;      /* sets have keys */
    set_stream *set; /* those that this node is in, by ascending `members` */
    size_t sets;
    stream **to, **from; /* [members]: what this member deals to a node, and what one deals to it */
    stream *own;         /* this node's own choices; when not small */
    unsigned members;
} keys;

struct box;
struct job;

keys *keys_new(const struct box *b); /* without streams; NULL when memory is out */
void keys_free(keys *k);

/* Run as a job: agrees on all keys and opens the streams. */
void keys_agree(struct job *j, keys *k, const uint8_t session_id[KEY_BYTES]);

#endif
