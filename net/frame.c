/* The bytes of a frame's header, and queues of frames. */
#include "net/frame.h"

#include <string.h>

static const uint8_t magic_and_version[3] = {'M', 'T', 1};

const uint8_t frame_desk_tag[FRAME_TAG] = "moot desk 1";

enum { AT_KIND = 3, AT_SEQUENCE = 4, AT_NONCE = 8, AT_TAG = 16 };

static void write_le(uint8_t *to, uint64_t x, size_t bytes)
{
    for (size_t i = 0; i < bytes; i++) to[i] = (uint8_t)(x >> (8 * i));
}

static uint64_t read_le(const uint8_t *from, size_t bytes)
{
    uint64_t x = 0;
    for (size_t i = 0; i < bytes; i++) x |= (uint64_t)from[i] << (8 * i);
    return x;
}

void frame_header_write(uint8_t *to, const frame_header *h)
{
    memcpy(to, magic_and_version, sizeof magic_and_version);
    to[AT_KIND] = (uint8_t)h->kind;
    write_le(to + AT_SEQUENCE, h->sequence, 4);
    write_le(to + AT_NONCE, h->nonce, 8);
    memcpy(to + AT_TAG, h->tag, FRAME_TAG);
}

bool frame_header_read(frame_header *h, const uint8_t *from, size_t len)
{
    if (len < CHANNEL_HEADER || len > FRAME_MAX) return false;
    if (memcmp(from, magic_and_version, sizeof magic_and_version)) return false;
    if (from[AT_KIND] < FRAME_HELLO || from[AT_KIND] > FRAME_PONG) return false;
    h->kind = (frame_kind)from[AT_KIND];
    h->sequence = (uint32_t)read_le(from + AT_SEQUENCE, 4);
    h->nonce = read_le(from + AT_NONCE, 8);
    h->tag = from + AT_TAG;
    return true;
}

void frame_push(frame_queue *q, frame *f)
{
    f->next = NULL;
    if (q->last)
        q->last->next = f;
    else
        q->first = f;
    q->last = f;
}

frame *frame_pop(frame_queue *q)
{
    frame *f = q->first;
    if (!f) return NULL;
    q->first = f->next;
    if (!q->first) q->last = NULL;
    return f;
}

void frame_queue_free(frame_queue *q)
{
    for (frame *f; (f = frame_pop(q));) f->release(f);
}
