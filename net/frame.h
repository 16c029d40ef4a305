/* One frame as it travels: a header of 32 bytes and a payload. Owns the layout of the header, and queues of
 * frames; who may send what when is the channel's business. */
#ifndef MOOT_NET_FRAME_H
#define MOOT_NET_FRAME_H

#include "net/channel.h"

typedef enum frame_kind {
    FRAME_HELLO = 1,
    FRAME_DATA,
    FRAME_CREDIT,  /* CHANNEL_CREDIT more bytes may be sent; no payload */
    FRAME_STOP,    /* status (1 byte), code (8), text: why the sender ends the session */
    FRAME_LOST,    /* a member (4 bytes) whom the sender can no longer reach; it ends the session */
    FRAME_BYE,     /* the sender has all it wants and has said all it had to say */
    FRAME_WAITING, /* the sender's session goes on, but it is waiting for somebody; no payload */
    FRAME_BEAT, /* the sender's process is there: of no session, and only the transport's business */
    FRAME_PING, /* asks the other's transport for a FRAME_PONG of the same tag and payload */
    FRAME_PONG
} frame_kind;

/* Little-endian on the wire: magic and version (3 bytes), kind (1), sequence (4), nonce (8), tag (16). The
 * length is the transport's to tell: it moves whole frames. */
typedef struct frame_header {
    frame_kind kind;
    uint32_t sequence;  /* counts the frames of one session from one member to another, from 0 */
    uint64_t nonce;     /* of the sender's start: a member that was restarted is another one */
    const uint8_t *tag; /* 16 bytes: the session */
} frame_header;

enum { FRAME_TAG = 16, FRAME_MAX = CHANNEL_HEADER + CHANNEL_FRAME };

/* The tag of what guests ask and are answered (net/visit.h). */
extern const uint8_t frame_desk_tag[FRAME_TAG];

/* A frame in memory. The transport that made it knows how to release it. */
typedef struct frame {
    struct frame *next;
    unsigned from; /* the member that sent it, proved by the transport */
    uint8_t *data; /* header and payload */
    size_t len;
    void (*release)(struct frame *f);
} frame;

typedef struct frame_queue {
    frame *first, *last;
} frame_queue;

void frame_header_write(uint8_t *to, const frame_header *h);

/* False when this is no frame of ours. h->tag points into `from`. */
bool frame_header_read(frame_header *h, const uint8_t *from, size_t len);

void frame_push(frame_queue *q, frame *f);
frame *frame_pop(frame_queue *q); /* NULL when empty */
void frame_queue_free(frame_queue *q);

#endif
