/* A guest of several nodes: it has a key that they admit and no address, asks, and is answered. It knows each node by
 * its public key; messages are whole and in order, and may be lost: who waits for an answer asks again. */
#ifndef MOOT_NET_VISIT_H
#define MOOT_NET_VISIT_H

#include "net/mesh.h"

typedef struct visit visit;

typedef struct visit_config {
    unsigned nodes;
    const mesh_peer *node;               /* [nodes] */
    const char *secret_key, *public_key; /* one's own, Z85 */
} visit_config;

/* Connects; does not wait for anybody. What *cfg points to outlives the visit. E_CONFIG for an address that cannot be
 * used. */
status visit_open(visit **out, const visit_config *cfg, failure *err);

/* Sends at most CHANNEL_FRAME bytes; never waits. */
status visit_send(visit *v, unsigned to, slice bytes, failure *err);

/* Connects once more to a node that does not answer: libzmq gives up a connection that was refused, and a key may have
 * been admitted since. What was not answered is to be sent again. */
status visit_again(visit *v, unsigned node, failure *err);

/* The next answer, into *bytes (emptied first); false when none has come by then (now_ms), or it was cancelled. */
bool visit_next(visit *v, int64_t until_ms, unsigned *from, buffer *bytes);

void visit_cancel(visit *v); /* from any thread: visit_next returns false from now on */
bool visit_cancelled(const visit *v);
void visit_close(visit *v);

#endif
