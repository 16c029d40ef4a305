/* Who may connect: the ZAP handler of one ZeroMQ context (RFC 27), in a thread of its own. It stands before
 * the first bind, for without one CURVE lets any key in. */
#ifndef MOOT_NET_ZAP_H
#define MOOT_NET_ZAP_H

#include "vm/base.h"

typedef struct zap zap;

enum { ZAP_KEY = 32 }; /* bytes of a CURVE public key */

/* Starts the handler of ctx. What it admits it stamps with the member's number as User-Id, which libzmq then
 * puts on each frame. With keys ([members][ZAP_KEY], copied): CURVE, and only these. With keys NULL: PLAIN
 * over ipc, from processes of our own user, which say themselves which member they are: a process of the
 * same user could read our memory anyway. */
status zap_start(zap **out, void *ctx, const uint8_t (*keys)[ZAP_KEY], unsigned members,
                 failure *err);

/* From now on these keys may connect too (CURVE only), and no other guests: the User-Id of one is ZAP_GUEST and the
 * key as Z85, by which whoever serves guests decides what each may do. Connections that are open stay. */
#define ZAP_GUEST "guest "
status zap_admit(zap *z, const uint8_t (*keys)[ZAP_KEY], size_t count, failure *err);

/* Ends the thread; after zmq_ctx_shutdown(ctx), which is what wakes it. */
void zap_stop(zap *z);

#endif
