/* What a channel asks of whatever moves its frames: whole frames to and from the members of one session,
 * each with its sender proved, in order, and word when a member is gone. net/mesh.c is one; a simulated
 * network can be another. Knows nothing of rounds and credit. */
#ifndef MOOT_NET_TRANSPORT_H
#define MOOT_NET_TRANSPORT_H

#include "net/frame.h"

enum { TRANSPORT_FOREVER = -1 };

typedef enum arrival {
    ARRIVED_FRAME,
    ARRIVED_LOSS, /* a member that had sent something is gone; all it had sent has arrived before */
    ARRIVED_NOTHING, /* the time is over */
    ARRIVED_CANCEL,
    ARRIVED_FAULT /* the transport itself is broken */
} arrival;

struct transport {
    frame *(*make)(transport *t, size_t len); /* a frame to fill; NULL when memory is out */
    void (*send)(transport *t, unsigned to, frame *f); /* takes the frame; never waits */
    arrival (*next)(transport *t, int64_t until_ms, frame **f, unsigned *lost); /* waits; see now_ms */
    void (*cancel)(transport *t); /* from any thread or signal handler: next returns ARRIVED_CANCEL */
    void (*close)(transport *t); /* frees it */
};

/* Who the members of a channel are and what it may wait for. */
typedef struct channel_setup {
    unsigned self, members;
    const char *const *label; /* [members] "telco (10.0.1.7:7001)"; outlives the channel */
    uint8_t tag[FRAME_TAG];
    uint64_t nonce;
    unsigned start_timeout_ms, delay_ms;
    unsigned progress_timeout_ms; /* net/mesh.h; 0: none */
} channel_setup;

/* A channel over t, which it owns from here on, also when this fails (E_MEMORY). */
status channel_over(channel **out, const channel_setup *setup, transport *t, failure *err);

int64_t now_ms(void); /* of the monotonic clock */

#endif
