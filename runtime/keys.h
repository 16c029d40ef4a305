/* The keys of one session and the streams made from them: one for each pair of members, and one for each set A
 * of n - t nodes; where these are many, for those only that follow each other in the circle of nodes. They are agreed in two rounds: contributions, then
 * confirmations, a mismatch of which ends the session before any share is sent. */
#ifndef MOOT_RUNTIME_KEYS_H
#define MOOT_RUNTIME_KEYS_H

#include "runtime/gf2m.h"
#include "runtime/stream.h"

enum { SMALL_SETS = 35 }; /* most sets A that get a key */

typedef struct set_stream {
    uint32_t members; /* a bit for each node */
    element factor;   /* the set function at this node */
    gf2m bit_factor;  /* the same where bits are shared */
    stream *random;   /* NULL on a cost box */
    stream *bits;     /* another for words of bits */
    stream *order;    /* permutations; likewise NULL */
    stream *lifted;   /* elements of GF(2^60), for checks */
    stream *outputs;  /* keys of masks of outputs, as words of bits */
} set_stream;

typedef struct keys {
    bool small;      /* all sets have keys */
    set_stream *set; /* those that this node is in, by ascending `members` */
    size_t sets;
    stream **to, **from; /* [members]: what this member deals to a node, and what one deals to it */
    stream **bits_to, **bits_from;   /* the same for shares of bits */
    stream *own, *own_bits;          /* this node's own choices; when not small */
    stream *own_checks, *own_lifted; /* the same in checks: of the box's field, and of GF(2^60) */
    unsigned members;
} keys;

struct box;
struct job;

/* How many sets A of n - t nodes there are; when there are more than SMALL_SETS, some number above that. */
unsigned keys_sets(unsigned nodes, unsigned threshold);

/* Whether all of them get keys. */
bool keys_small(unsigned nodes, unsigned threshold);

keys *keys_new(const struct box *b); /* without streams; NULL when memory is out */
void keys_free(keys *k);

/* Run as a job: agrees on all keys and opens the streams. */
void keys_agree(struct job *j, keys *k, const uint8_t session_id[KEY_BYTES]);

#endif
