/* Asks the peers of a mesh for an answer: are they there, is the key the right one, how long does it take. */
#ifndef MOOT_NET_PING_H
#define MOOT_NET_PING_H

#include "net/mesh.h"

typedef struct ping_answer {
    bool came;
    double seconds; /* there and back, the best of PING_TIMES */
} ping_answer;

enum { PING_TIMES = 3 };

/* Asks every peer until all have answered, at most timeout_ms, and answers theirs meanwhile and for a second more:
 * peers that ask at the same time need that. answer[members]; self is left out. `opened` (may be NULL) gets the
 * transport, whose `cancel` ends it with E_CANCELLED from any thread, and NULL before that is closed. */
status ping_all(mesh *m, unsigned self, unsigned members, unsigned timeout_ms, ping_answer *answer,
                void (*opened)(void *user, transport *t), void *user, failure *err);

/* Why a peer may not have answered, in a few words: what a plain connection to it meets, and then one with our keys (Z85;
 * secret_key NULL: we have none). */
typedef struct ping_doubt {
    const char *address, *their_key, *public_key, *secret_key;
} ping_doubt;
void ping_explain(const ping_doubt *of, char *out, size_t size);

#endif
