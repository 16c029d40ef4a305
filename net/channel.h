/* One session's traffic with its peers: rounds of messages cut into frames, with credit, sequence numbers
 * and counters. Stands on a transport that moves whole frames: ZeroMQ (net/mesh.h), or nothing at
 * all when only the price is wanted (channel_counting). Knows nothing of shares.
 *
 * Members are numbered from 0: first the nodes, then processes of owners that do not compute. */
#ifndef MOOT_NET_CHANNEL_H
#define MOOT_NET_CHANNEL_H

#include "vm/base.h"

typedef struct channel channel;

/* A piece of memory to send from or receive into. On a counting channel data is NULL.
 *
 * A long piece, of CHANNEL_FRAME bytes or more, need not be in memory: `pass` is then called for each frame's
 * stretch of it, in order, to write the bytes that are sent or to use those that came, straight from the
 * frame (whose alignment is anyone's guess). So making, sending and using overlap. */
typedef struct chunk {
    void *data; /* with `pass`: its first argument */
    size_t len;
    void (*pass)(void *data, size_t offset, uint8_t *bytes, size_t len);
} chunk;

/* What goes to and comes from each peer in one round; index = member. The pieces for one peer travel as one
 * message, in order, cut into frames of CHANNEL_FRAME bytes of payload; a long piece has frames of its own.
 * A peer with no piece gets nothing. Both sides know the lengths: they follow from the schedule. */
typedef struct round_io {
    const chunk *const *out, *const *in; /* [members][out_len[member]] */
    const size_t *out_len, *in_len;
} round_io;

enum {
    CHANNEL_FRAME = 128 * 1024, /* payload bytes of a full frame */
    CHANNEL_HEADER = 32,        /* bytes of a frame before its payload; counted as sent */
    CHANNEL_CREDIT = 1024 * 1024, /* a receiver sends a credit frame after consuming this many bytes */
    CHANNEL_WINDOW = 4 * 1024 * 1024 /* a sender stops at this many bytes without credit */
};

typedef struct channel_counters {
    uint64_t bytes_sent; /* whole frames given to the socket layer, credit included, since channel_count_from_here */
    uint64_t credit_sent;    /* of these, what gave credit */
    uint64_t bytes_received; /* whole frames of data, once their round has taken them */
    uint64_t rounds;         /* channel_round calls */
} channel_counters;

/* Sends and receives everything in *io, full duplex, and returns when all has been received and handed to
 * the socket layer. E_PEER naming the lost or silent peer (N03), E_ABORT or E_CONFIG with the peer's own text
 * when it stopped the session, E_CANCELLED after channel_cancel. */
status channel_round(channel *c, const round_io *io, failure *err);

/* The same, to its end whatever peers do: came[member] says whose message came whole by `until` (channel_after). Who is
 * lost, stops, or sends something else is not waited for any more; what it had sent before still counts, and the
 * others are not told. For messages of less than CHANNEL_FRAME bytes. Fails by what happens here alone: E_CANCELLED,
 * E_MEMORY. */
status channel_exchange(channel *c, const round_io *io, int64_t until, bool *came, failure *err);

/* The moment when so many progress timeouts will have passed; CHANNEL_NEVER where there is none. */
enum { CHANNEL_NEVER = -1 };
int64_t channel_after(const channel *c, unsigned timeouts);

/* Why an exchange first did without somebody; status OK while none did. The next channel_round fails so. */
const failure *channel_missed(const channel *c);

/* Sends every peer `mine` and waits until each has sent its own (at most start_timeout): the hello, before
 * any share. theirs[member] is freed by the caller (malloc). Not counted. */
status channel_hello(channel *c, slice mine, slice *theirs, failure *err);

/* Tells all peers why this member stops; they report it as their own failure. Safe after any failure. */
void channel_stop(channel *c, const failure *why);

/* Says goodbye to all (so that leaving is not a loss) and waits for their goodbyes, at most a second: then
 * what was sent has arrived. */
void channel_finish(channel *c);

void channel_cancel(channel *c); /* from any thread: the running call returns E_CANCELLED soon */
bool channel_is_cancelled(const channel *c); /* for who computes long without a call */
void channel_count_from_here(channel *c);
channel_counters channel_count(const channel *c);
uint64_t channel_sent(const channel *c,
                      unsigned to); /* bytes of rounds sent to one member, without headers */
int64_t channel_heard(const channel *c, unsigned from); /* when, by CLOCK_MONOTONIC in ms; 0: never */
unsigned channel_waits_for(
    const channel *c); /* a member whose message it waits for, self: nobody's; from any thread */
unsigned channel_self(const channel *c);
unsigned channel_members(const channel *c);
void channel_close(channel *c);

/* A channel that sends nothing and counts what it would send. NULL when memory is out. */
channel *channel_counting(unsigned self, unsigned members);
/* For two counting channels of the same member: c has counted what `other` has. */
void channel_count_as(channel *c, const channel *other);
/* c has counted, `times` more, all that it has counted and `other`, an earlier state of it, has not. */
void channel_count_again(channel *c, const channel *other, uint64_t times);
/* c has counted the larger of what both have, counter by counter, so that whatever follows counts no less than
 * after either; returns whether they differed. */
bool channel_count_dearer(channel *c, const channel *other);

typedef struct transport transport; /* what moves the frames: net/transport.h */

#endif
