/* One session's traffic: rounds of messages cut into frames, numbered, within a window of credit, counted;
 * and how a session ends. The counting channel is the same arithmetic without a transport. */
#include "net/transport.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum {
    FINISH_MS = 1000,  /* how long a goodbye may take */
    WAITING_PARTS = 4, /* who waits says so each fourth of progress_timeout */
    QUEUE_MAX = CHANNEL_WINDOW +
                FRAME_MAX, /* an honest peer's frames that wait here: a window and a hello */
    STOP_CODE = sizeof(((failure *)0)->code),
    STOP_TEXT = 1 + STOP_CODE /* where the text of a stop frame begins */
};

/* A place in the pieces of one message. */
typedef struct cursor {
    const chunk *piece, *last;
    size_t offset, left; /* within the piece; in the whole message */
} cursor;

typedef struct peer {
    uint64_t nonce;
    uint32_t sent, received; /* frames so far: the next sequence numbers */
    bool bye;
    bool set_aside;      /* an exchange does without it */
    int64_t heard_at;    /* when its last frame of this session was taken in */
    uint64_t data_sent;  /* bytes of rounds, without headers */
    size_t uncredited;   /* bytes of data sent that the peer has not given credit for */
    uint64_t consumed;   /* bytes of data taken: every CHANNEL_CREDIT of them we give credit */
    frame_queue waiting; /* hello and data not yet asked for */
    size_t waiting_bytes;
    cursor out, in; /* of the round under way */
} peer;

struct channel {
    channel_setup is;
    transport *transport; /* NULL: only counts */
    channel_counters count;
    failure ended;   /* why nothing can be sent any more; status OK while it can */
    bool told;       /* the others know that this member leaves */
    int64_t tell_at; /* when the others are to hear that this session goes on; 0: not set yet */
    bool exchanging; /* what a peer does ends nothing */
    failure missed;  /* why the first peer was set aside */
    atomic_bool cancelled;
    atomic_uint waits_for; /* a member whose message is awaited, self: none; others may look */
    peer peer[];
};

int64_t now_ms(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* --- making and closing */

static channel *channel_new(const channel_setup *setup, transport *t)
{
    channel *c = calloc(1, sizeof *c + setup->members * sizeof c->peer[0]);
    if (!c) return NULL;
    c->is = *setup;
    c->transport = t;
    atomic_init(&c->cancelled, false);
    atomic_init(&c->waits_for, setup->self);
    return c;
}

status channel_over(channel **out, const channel_setup *setup, transport *t, failure *err)
{
    *out = channel_new(setup, t);
    if (*out) return OK;
    t->close(t);
    return fail_memory(err);
}

channel *channel_counting(unsigned self, unsigned members)
{
    return channel_new(&(channel_setup){.self = self, .members = members}, NULL);
}

void channel_count_as(channel *c, const channel *other)
{
    c->count = other->count;
    for (unsigned k = 0; k < c->is.members; k++) {
        c->peer[k].consumed = other->peer[k].consumed;
        c->peer[k].data_sent = other->peer[k].data_sent;
    }
}

static bool larger(uint64_t *a, uint64_t b)
{
    bool differs = *a != b;
    if (b > *a) *a = b;
    return differs;
}

/* Credit follows from the bytes consumed: with more of both, bytes sent and bytes consumed, no later moment has sent
 * less. */
bool channel_count_dearer(channel *c, const channel *other)
{
    bool differs = larger(&c->count.bytes_sent, other->count.bytes_sent);
    differs |= larger(&c->count.bytes_received, other->count.bytes_received);
    differs |= larger(&c->count.rounds, other->count.rounds);
    for (unsigned k = 0; k < c->is.members; k++) {
        larger(&c->peer[k].data_sent, other->peer[k].data_sent);
        differs |= larger(&c->peer[k].consumed, other->peer[k].consumed);
    }
    return differs;
}

static void again(uint64_t *count, uint64_t since, uint64_t times)
{
    *count += (*count - since) * times;
}

void channel_count_again(channel *c, const channel *other, uint64_t times)
{
    again(&c->count.bytes_sent, other->count.bytes_sent, times);
    again(&c->count.bytes_received, other->count.bytes_received, times);
    again(&c->count.rounds, other->count.rounds, times);
    for (unsigned k = 0; k < c->is.members; k++) {
        again(&c->peer[k].data_sent, other->peer[k].data_sent, times);
        again(&c->peer[k].consumed, other->peer[k].consumed, times);
    }
}

/* --- the arithmetic of frames and credit, which real and counting channels share */

static bool is_long(const chunk *piece)
{
    return piece->len >= CHANNEL_FRAME;
}

/* The payload of the message's next frame; only while some is left. */
static size_t frame_payload(const cursor *at)
{
    const chunk *p = at->piece;
    size_t sum = p->len - at->offset;

    while (sum == 0) sum = (++p)->len;
    if (!is_long(p))
        while (sum < CHANNEL_FRAME && p < at->last && !is_long(p + 1)) sum += (++p)->len;
    return sum < CHANNEL_FRAME ? sum : CHANNEL_FRAME;
}

/* What a frame has of one piece. */
typedef struct stretch {
    const chunk *piece;
    size_t offset, len;
} stretch;

/* The next stretch of the message, at most `most` bytes; only while some is left. */
static stretch cursor_step(cursor *at, size_t most)
{
    while (at->offset == at->piece->len) at->piece++, at->offset = 0;
    stretch s = {at->piece, at->offset, at->piece->len - at->offset};
    if (s.len > most) s.len = most;
    at->offset += s.len;
    at->left -= s.len;
    return s;
}

static void count_sent(channel *c, unsigned to, size_t payload)
{
    c->count.bytes_sent += CHANNEL_HEADER + payload;
    c->peer[to].data_sent += payload;
}

/* Books a consumed frame; true when it is time to give the peer credit. A frame is smaller than
 * CHANNEL_CREDIT, so one frame earns at most one credit. */
static bool consume(channel *c, peer *p, size_t payload)
{
    c->count.bytes_received += CHANNEL_HEADER + payload;
    const uint64_t before = p->consumed / CHANNEL_CREDIT;
    p->consumed += CHANNEL_HEADER + payload;
    return p->consumed / CHANNEL_CREDIT > before;
}

static cursor cursor_over(const chunk *piece, size_t pieces)
{
    cursor at = {.piece = piece, .last = pieces ? piece + pieces - 1 : piece};
    for (size_t i = 0; i < pieces; i++) at.left += piece[i].len;
    return at;
}

/* Steps over the next frame; its payload. */
static size_t skip_frame(cursor *at)
{
    size_t payload = frame_payload(at);
    for (size_t left = payload; left;) left -= cursor_step(at, left).len;
    return payload;
}

static void count_round(channel *c, const round_io *io)
{
    for (unsigned k = 0; k < c->is.members; k++) {
        if (k == c->is.self) continue;
        cursor out = cursor_over(io->out[k], io->out_len[k]);
        cursor in = cursor_over(io->in[k], io->in_len[k]);
        while (out.left) count_sent(c, k, skip_frame(&out));
        while (in.left) consume(c, &c->peer[k], skip_frame(&in));
    }
}

/* --- sending one frame */

/* A frame of this kind with room for the payload; posting it numbers it. NULL when memory is out. */
static frame *frame_to(channel *c, unsigned to, frame_kind kind, size_t payload)
{
    frame *f = c->transport->make(c->transport, CHANNEL_HEADER + payload);
    frame_header h = {kind, c->peer[to].sent, c->is.nonce, c->is.tag};
    if (f) frame_header_write(f->data, &h);
    return f;
}

static void post(channel *c, unsigned to, frame *f)
{
    c->peer[to].sent++;
    c->transport->send(c->transport, to, f);
}

/* Sends every other member one small frame, skipping whom we have no memory for: this is how sessions end,
 * and there is nothing better left to do. Returns whether nobody was skipped. */
static bool post_all(channel *c, frame_kind kind, slice payload)
{
    bool all = true;

    for (unsigned k = 0; k < c->is.members; k++) {
        frame *f = k == c->is.self ? NULL : frame_to(c, k, kind, payload.len);
        all &= f || k == c->is.self;
        if (!f) continue;
        if (payload.len) memcpy(f->data + CHANNEL_HEADER, payload.data, payload.len);
        post(c, k, f);
    }
    return all;
}

/* --- how a session ends */

static status out_of_memory(channel *c, failure *err)
{
    fail_memory(&c->ended);
    return fail_memory(err);
}

/* Repeats to the caller why the session ended. */
static status ended(const channel *c, failure *err)
{
    if (err) *err = c->ended;
    return c->ended.status;
}

/* Tells the others that `lost` cannot be reached, once: it is what all of them report, also those that only
 * see this member leave. */
static void tell_lost(channel *c, unsigned lost)
{
    uint8_t payload[4] = {(uint8_t)lost, (uint8_t)(lost >> 8), (uint8_t)(lost >> 16),
                          (uint8_t)(lost >> 24)};
    if (c->exchanging) return;
    if (!c->told) post_all(c, FRAME_LOST, (slice){payload, sizeof payload});
    c->told = true;
}

static status lose(channel *c, unsigned lost, failure *err)
{
    const double silent = (double)(now_ms() - c->peer[lost].heard_at) / 1000;
    fail(&c->ended, E_PEER, "N03", "lost %s", c->is.label[lost]);
    if (c->peer[lost].heard_at) fail_add(&c->ended, "note: last heard %.1f s ago", silent);
    tell_lost(c, lost);
    return ended(c, err);
}

static void tell_stop(channel *c, const failure *why)
{
    uint8_t payload[STOP_TEXT + sizeof why->text] = {(uint8_t)why->status};
    size_t text = strnlen(why->text, sizeof why->text);

    memcpy(payload + 1, why->code, STOP_CODE);
    memcpy(payload + STOP_TEXT, why->text, text);
    if (c->exchanging) return;
    if (!c->told) post_all(c, FRAME_STOP, (slice){payload, STOP_TEXT + text});
    c->told = true;
}

void channel_stop(channel *c, const failure *why)
{
    if (!c->transport) return;
    if (!c->ended.status) c->ended = *why;
    tell_stop(c, why);
}

/* --- what a peer's frame does */

/* A peer's words go to our user's terminal: nothing but printable text and lines. */
static void copy_printable(char *to, size_t size, const uint8_t *from, size_t len)
{
    size_t n = len < size - 1 ? len : size - 1;
    for (size_t i = 0; i < n; i++)
        to[i] = from[i] == '\n' || (from[i] >= ' ' && from[i] != 127) ? (char)from[i] : '?';
    to[n] = '\0';
}

/* The peer stops the session: its failure becomes ours, and the others hear it from us too, for they may see
 * us leave before its own frame reaches them. A peer that was interrupted, or has no memory, is no failure of ours but a
 * peer gone. */
static status stopped_by(channel *c, unsigned from, slice payload, failure *err)
{
    char code[STOP_CODE + 1], text[sizeof c->ended.text];
    status st;

    if (payload.len < STOP_TEXT) return lose(c, from, err);
    st = (status)payload.data[0];
    copy_printable(code, sizeof code, payload.data + 1,
                   strnlen((const char *)payload.data + 1, STOP_CODE));
    copy_printable(text, sizeof text, payload.data + STOP_TEXT, payload.len - STOP_TEXT);
    if (st == OK || st >= E_CANCELLED)
        fail(&c->ended, E_PEER, "N05", "%s was interrupted", c->is.label[from]);
    else if (st == E_MEMORY)
        fail(&c->ended, E_PEER, "N05", "%s has run out of memory", c->is.label[from]);
    else
        fail(&c->ended, st, code, "%s", text);
    tell_stop(c, &c->ended);
    return ended(c, err);
}

/* A peer tells whom it lost. When it lost us, or talks nonsense, it is itself the one we have lost. */
static status lost_by(channel *c, unsigned from, slice payload, failure *err)
{
    unsigned lost = c->is.self;
    if (payload.len == 4 && !payload.data[1] && !payload.data[2] && !payload.data[3])
        lost = payload.data[0];
    return lose(c, lost < c->is.members && lost != c->is.self ? lost : from, err);
}

static status keep(channel *c, frame *f, failure *err)
{
    peer *p = &c->peer[f->from];
    p->waiting_bytes += f->len;
    frame_push(&p->waiting, f);
    return p->waiting_bytes > QUEUE_MAX ? lose(c, f->from, err) : OK;
}

static status credited(channel *c, unsigned from, failure *err)
{
    peer *p = &c->peer[from];
    if (p->uncredited < CHANNEL_CREDIT) return lose(c, from, err);
    p->uncredited -= CHANNEL_CREDIT;
    return OK;
}

/* Does what a frame that only governs the session says; hello and data are kept elsewhere. */
static status govern(channel *c, const frame *f, frame_kind kind, failure *err)
{
    slice payload = {f->data + CHANNEL_HEADER, f->len - CHANNEL_HEADER};

    switch (kind) {
    case FRAME_CREDIT: return credited(c, f->from, err);
    case FRAME_STOP: return stopped_by(c, f->from, payload, err);
    case FRAME_LOST: return lost_by(c, f->from, payload, err);
    case FRAME_BYE: c->peer[f->from].bye = true; return OK;
    case FRAME_WAITING: return OK;
    case FRAME_HELLO:
    case FRAME_DATA:
    case FRAME_PONG: return lose(c, f->from, err); /* no session asked for one */
    case FRAME_BEAT:
    case FRAME_PING: break;
    }
    return fail(err, E_BUG, "", "a frame of kind %d governs nothing", (int)kind);
}

/* The first that comes of a peer is not the first that it said: that went to an earlier start of this process, which
 * the others have in their session. So it is us whom they have lost. */
static status begun_without_us(channel *c, unsigned from, failure *err)
{
    fail(&c->ended, E_PEER, "N03",
         "%s has begun this session with an earlier start of this process", c->is.label[from]);
    fail_add(&c->ended, "help: start it again everywhere");
    tell_lost(c, c->is.self);
    return ended(c, err);
}

/* Takes the next frame from the transport into the session. A gap or another nonce is a lost peer: what it
 * sent before, or after, it has not said to us. */
static status absorb(channel *c, frame *f, failure *err)
{
    peer *p = &c->peer[f->from];
    frame_header h;
    bool whole = frame_header_read(&h, f->data, f->len);
    status st;

    if (whole && p->received == 0) p->nonce = h.nonce;
    if (!whole || p->bye || h.sequence != p->received || h.nonce != p->nonce) {
        bool missed = whole && p->received == 0 && h.sequence > 0;
        st = missed ? begun_without_us(c, f->from, err) : lose(c, f->from, err);
        f->release(f);
        return st;
    }
    p->received++;
    p->heard_at = now_ms();
    if (h.kind == FRAME_HELLO || h.kind == FRAME_DATA) return keep(c, f, err);
    st = govern(c, f, h.kind, err);
    f->release(f);
    return st;
}

/* In an exchange the session goes on without a peer by which it would have ended. */
static status without(channel *c, unsigned who, status st)
{
    if (!st || !c->exchanging) return st;
    c->peer[who].set_aside = true;
    if (!c->missed.status) c->missed = c->ended;
    c->ended.status = OK;
    return OK;
}

/* Waits for one event, at most until then, and does what it says. *from: the member it is about, or self. */
static status await(channel *c, int64_t until, unsigned *from, failure *err)
{
    frame *f = NULL;
    unsigned lost = c->is.self;

    *from = c->is.self;
    switch (c->transport->next(c->transport, until, &f, &lost)) {
    case ARRIVED_FRAME: *from = f->from; return without(c, *from, absorb(c, f, err));
    case ARRIVED_LOSS: return c->peer[lost].bye ? OK : without(c, lost, lose(c, lost, err));
    case ARRIVED_NOTHING: return OK;
    case ARRIVED_CANCEL: fail(&c->ended, E_CANCELLED, "", "cancelled"); return ended(c, err);
    case ARRIVED_FAULT: break;
    }
    fail(&c->ended, E_BUG, "", "the receiving socket failed");
    return ended(c, err);
}

/* --- a round */

static void gather(cursor *at, uint8_t *to, size_t len)
{
    while (len) {
        stretch s = cursor_step(at, len);
        if (s.piece->pass)
            s.piece->pass(s.piece->data, s.offset, to, s.len);
        else
            memcpy(to, (const uint8_t *)s.piece->data + s.offset, s.len);
        to += s.len, len -= s.len;
    }
}

static void scatter(cursor *at, uint8_t *from, size_t len)
{
    while (len) {
        stretch s = cursor_step(at, len);
        if (s.piece->pass)
            s.piece->pass(s.piece->data, s.offset, from, s.len);
        else
            memcpy((uint8_t *)s.piece->data + s.offset, from, s.len);
        from += s.len, len -= s.len;
    }
}

/* Sends k the next frame of this round's message; *sent says whether there is one and the window lets it
 * through. */
static status push_frame(channel *c, unsigned k, bool *sent, failure *err)
{
    peer *p = &c->peer[k];
    size_t len = p->out.left ? frame_payload(&p->out) : 0;

    if (!len || p->uncredited + CHANNEL_HEADER + len > CHANNEL_WINDOW) return OK;
    frame *f = frame_to(c, k, FRAME_DATA, len);
    if (!f) return out_of_memory(c, err);
    gather(&p->out, f->data + CHANNEL_HEADER, len);
    p->uncredited += f->len;
    count_sent(c, k, len);
    post(c, k, f);
    *sent = true;
    return OK;
}

/* Sends what the windows let through, a frame to each peer in turn: what is made for several of them on the
 * way is then made once. */
static status push(channel *c, failure *err)
{
    status st = OK;

    for (bool sent = true; !st && sent;) {
        sent = false;
        for (unsigned k = 0; !st && k < c->is.members; k++)
            if (k != c->is.self) st = push_frame(c, k, &sent, err);
    }
    return st;
}

static status give_credit(channel *c, unsigned k, failure *err)
{
    frame *f = frame_to(c, k, FRAME_CREDIT, 0);
    if (!f) return out_of_memory(c, err);
    count_sent(c, k, 0);
    c->count.credit_sent += CHANNEL_HEADER;
    post(c, k, f);
    return OK;
}

/* The oldest frame kept of k when it is of this kind, or NULL. */
static frame *take(peer *p, frame_kind kind)
{
    frame_header h;
    if (!p->waiting.first) return NULL;
    frame_header_read(&h, p->waiting.first->data, p->waiting.first->len);
    if (h.kind != kind) return NULL;
    p->waiting_bytes -= p->waiting.first->len;
    return frame_pop(&p->waiting);
}

/* The peer's frame is not what this step of the program asks for. Both have agreed on the program, so the
 * peer does not follow it. */
static status out_of_step(channel *c, unsigned k, failure *err)
{
    fail(&c->ended, E_ABORT, "N04",
         "%s sent a message that this step of the program does not ask for", c->is.label[k]);
    tell_stop(c, &c->ended);
    return ended(c, err);
}

/* Copies what k has sent into this round's pieces. */
static status pull(channel *c, unsigned k, failure *err)
{
    peer *p = &c->peer[k];
    status st = OK;

    while (!st && p->in.left && p->waiting.first) {
        size_t len = frame_payload(&p->in);
        frame *f = take(p, FRAME_DATA);
        if (!f) return out_of_step(c, k, err);
        if (f->len == CHANNEL_HEADER + len) {
            scatter(&p->in, f->data + CHANNEL_HEADER, len);
            if (consume(c, p, len)) st = give_credit(c, k, err);
        } else {
            st = out_of_step(c, k, err);
        }
        f->release(f);
    }
    return st;
}

/* Advances both directions with k. Whoever has said goodbye neither sends nor takes any more. */
static status advance(channel *c, unsigned k, failure *err)
{
    peer *p = &c->peer[k];
    status st;

    if (!p->in.left && !p->out.left) return OK;
    if ((st = push(c, err)) || (st = pull(c, k, err))) return st;
    return p->bye && (p->in.left || p->out.left) ? lose(c, k, err) : OK;
}

static bool awaited(const channel *c, unsigned k)
{
    return c->peer[k].in.left || c->peer[k].out.left;
}

static bool round_done(channel *c)
{
    unsigned k = 0;

    while (k < c->is.members && !awaited(c, k)) k++;
    atomic_store(&c->waits_for, k < c->is.members ? k : c->is.self);
    return k == c->is.members;
}

static int64_t waiting_ms(const channel *c)
{
    return c->is.progress_timeout_ms / WAITING_PARTS + 1;
}

/* Tells the others that this session goes on, once it is time: so that only who is at work or stuck is silent in it, not
 * who waits for that one, nor who is in rounds with others. */
static void tell_going_on(channel *c)
{
    int64_t now = now_ms();

    if (c->tell_at && now < c->tell_at) return;
    if (c->tell_at) post_all(c, FRAME_WAITING, (slice){0});
    c->tell_at = now + waiting_ms(c);
}

/* Loses whoever has been silent for too long since this wait began. */
static status lose_silent(channel *c, int64_t began, failure *err)
{
    int64_t latest = now_ms() - c->is.progress_timeout_ms - c->is.delay_ms;

    for (unsigned k = 0; k < c->is.members; k++) {
        if (!awaited(c, k) || began > latest || c->peer[k].heard_at > latest) continue;
        fail(&c->ended, E_PEER, "N03", "lost %s", c->is.label[k]);
        fail_add(&c->ended, "note: its process is there, but has not gone on for %g s",
                 c->is.progress_timeout_ms / 1000.0);
        tell_lost(c, k);
        return ended(c, err);
    }
    return OK;
}

/* Waits for the next event of the round. Who is silent is looked at when all that came has been taken in; and silence
 * counts only while we listen: after a stop of our own, what came meanwhile may not be here yet. */
static status await_round(channel *c, int64_t *began, unsigned *from, failure *err)
{
    int64_t until = c->is.progress_timeout_ms ? c->tell_at : TRANSPORT_FOREVER, now;
    status st = await(c, until, from, err);

    if (st || until == TRANSPORT_FOREVER || (now = now_ms()) < until) return st;
    if (now - until > waiting_ms(c)) *began = now;
    if (*from == c->is.self) st = lose_silent(c, *began, err);
    if (!st) tell_going_on(c);
    return st;
}

/* Until all of the round is sent and received. */
static status finish_round(channel *c, failure *err)
{
    int64_t began = now_ms();
    unsigned from;
    status st = OK;

    while (!st && !round_done(c))
        if (!(st = await_round(c, &began, &from, err)) && from != c->is.self)
            st = advance(c, from, err);
    return st;
}

static void round_begin(channel *c, const round_io *io)
{
    for (unsigned k = 0; k < c->is.members; k++) {
        if (k == c->is.self) continue;
        c->peer[k].out = cursor_over(io->out[k], io->out_len[k]);
        c->peer[k].in = cursor_over(io->in[k], io->in_len[k]);
    }
}

/* The injected delay: the frames of others are taken in meanwhile, so a loss is seen during it. */
static status pause(channel *c, failure *err)
{
    int64_t until = now_ms() + c->is.delay_ms;
    unsigned from;
    status st = OK;

    while (!st && now_ms() < until) st = await(c, until, &from, err);
    return st;
}

status channel_round(channel *c, const round_io *io, failure *err)
{
    status st = OK;

    if (!c->ended.status && c->missed.status) channel_stop(c, &c->missed);
    if (c->ended.status) return ended(c, err);
    c->count.rounds++;
    if (!c->transport) {
        count_round(c, io);
        return OK;
    }
    if (c->is.delay_ms && (st = pause(c, err))) return st;
    if (c->is.progress_timeout_ms) tell_going_on(c);
    round_begin(c, io);
    for (unsigned k = 0; !st && k < c->is.members; k++) st = advance(c, k, err);
    return st ? st : finish_round(c, err);
}

/* --- an exchange */

int64_t channel_after(const channel *c, unsigned timeouts)
{
    if (!c->is.progress_timeout_ms) return CHANNEL_NEVER;
    return now_ms() + (int64_t)timeouts * ((int64_t)c->is.progress_timeout_ms + c->is.delay_ms);
}

const failure *channel_missed(const channel *c)
{
    return &c->missed;
}

static bool all_came(channel *c)
{
    unsigned k = 0;

    while (k < c->is.members && (!awaited(c, k) || c->peer[k].bye || c->peer[k].set_aside)) k++;
    atomic_store(&c->waits_for, k < c->is.members ? k : c->is.self);
    return k == c->is.members;
}

static status take_all(channel *c, failure *err)
{
    status st = push(c, err);

    for (unsigned k = 0; !st && k < c->is.members; k++) {
        st = pull(c, k, err);
        if (st == E_ABORT) st = without(c, k, st); /* a message of another length */
    }
    return st;
}

/* Who stood still takes in what has come meanwhile, however late it is: it must not blame others for it. */
static status exchange_until(channel *c, int64_t until, failure *err)
{
    enum { WAKING_MS = 500 }; /* so long what has come is on its way through the process */
    unsigned from;
    status st;

    while (!(st = take_all(c, err)) && !all_came(c)) {
        int64_t next = until;
        if (until != CHANNEL_NEVER) {
            if (now_ms() >= until) break;
            tell_going_on(c);
            if (c->tell_at < until) next = c->tell_at;
        }
        if ((st = await(c, next, &from, err))) break;
        if (until != CHANNEL_NEVER && now_ms() - next > waiting_ms(c) && now_ms() >= until)
            until = now_ms() + WAKING_MS;
    }
    atomic_store(&c->waits_for, c->is.self);
    return st;
}

/* No round goes on where this one stopped. */
static void note_who_came(channel *c, const round_io *io, bool *came)
{
    for (unsigned k = 0; k < c->is.members; k++) {
        if (k == c->is.self) continue;
        came[k] = io->in_len[k] && !c->peer[k].in.left;
        c->peer[k].in.left = c->peer[k].out.left = 0;
    }
}

status channel_exchange(channel *c, const round_io *io, int64_t until, bool *came, failure *err)
{
    failure why; /* also of whom it does without: not the caller's to read */
    status st = OK;

    if (c->ended.status) return ended(c, err);
    c->count.rounds++;
    if (!c->transport) {
        count_round(c, io);
        for (unsigned k = 0; k < c->is.members; k++) came[k] = true;
        return OK;
    }
    c->exchanging = true;
    if (c->is.delay_ms) st = pause(c, &why);
    round_begin(c, io);
    if (!st) st = exchange_until(c, until, &why);
    note_who_came(c, io, came);
    c->exchanging = false;
    if (st && err) *err = why;
    return st;
}

/* --- hello and goodbye */

/* Fails naming the first of those who have not come; the others stand in notes. */
static status not_come(channel *c, const slice *theirs, failure *err)
{
    unsigned first = c->is.self;

    for (unsigned k = 0; k < c->is.members; k++) {
        if (k == c->is.self || theirs[k].data) continue;
        if (first == c->is.self) {
            first = k;
            fail(&c->ended, E_PEER, "N06", "%s has not come within %g s", c->is.label[k],
                 c->is.start_timeout_ms / 1000.0);
        } else {
            fail_add(&c->ended, "note: nor has %s", c->is.label[k]);
        }
    }
    tell_lost(c, first);
    return ended(c, err);
}

/* Takes the hellos that have arrived; *missing counts those that have not. */
static status take_hellos(channel *c, slice *theirs, unsigned *missing, failure *err)
{
    *missing = 0;
    for (unsigned k = 0; k < c->is.members; k++) {
        if (k == c->is.self || theirs[k].data) continue;
        frame *f = take(&c->peer[k], FRAME_HELLO);
        if (!f && c->peer[k].waiting.first) return out_of_step(c, k, err);
        if (!f && c->peer[k].bye) return lose(c, k, err);
        if (!f) {
            if (++*missing == 1) atomic_store(&c->waits_for, k);
            continue;
        }
        size_t len = f->len - CHANNEL_HEADER;
        uint8_t *copy = malloc(len + 1);
        if (copy) memcpy(copy, f->data + CHANNEL_HEADER, len);
        f->release(f);
        if (!copy) return out_of_memory(c, err);
        theirs[k] = (slice){copy, len};
    }
    if (!*missing) atomic_store(&c->waits_for, c->is.self);
    return OK;
}

static void drop_hellos(channel *c, slice *theirs)
{
    for (unsigned k = 0; k < c->is.members; k++) {
        free((void *)theirs[k].data);
        theirs[k] = (slice){0};
    }
}

status channel_hello(channel *c, slice mine, slice *theirs, failure *err)
{
    int64_t until = now_ms() + c->is.start_timeout_ms;
    unsigned missing, from;
    status st;

    for (unsigned k = 0; k < c->is.members; k++) theirs[k] = (slice){0};
    if (c->ended.status) return ended(c, err);
    if (!c->transport) return fail(err, E_BUG, "", "a counting channel has no one to greet");
    if (mine.len > CHANNEL_FRAME)
        return fail(err, E_LIMIT, "", "a hello of %zu bytes is too long", mine.len);
    if (!post_all(c, FRAME_HELLO, mine)) return out_of_memory(c, err);
    while (!(st = take_hellos(c, theirs, &missing, err)) && missing) {
        if ((st = await(c, until, &from, err))) break;
        /* late, and nothing that has come is left to be taken in: we may have stood still ourselves */
        if (from == c->is.self && now_ms() >= until) {
            st = not_come(c, theirs, err);
            break;
        }
    }
    if (st) drop_hellos(c, theirs);
    return st;
}

static bool all_gone(const channel *c)
{
    for (unsigned k = 0; k < c->is.members; k++)
        if (k != c->is.self && !c->peer[k].bye && !c->peer[k].set_aside) return false;
    return true;
}

/* Waiting for the goodbyes of the others is how we know that ours, and all before it, can still arrive: a
 * process that leaves first closes the door on what its peers are about to say. */
void channel_finish(channel *c)
{
    int64_t until = now_ms() + FINISH_MS;
    unsigned from;

    if (!c->transport || c->told || c->ended.status) return;
    post_all(c, FRAME_BYE, (slice){0});
    c->told = true;
    while (!all_gone(c) && now_ms() < until)
        if (await(c, until, &from, NULL)) return;
}

void channel_close(channel *c)
{
    if (!c) return;
    if (c->transport) {
        tell_lost(c, c->is.self);
        for (unsigned k = 0; k < c->is.members; k++) frame_queue_free(&c->peer[k].waiting);
        c->transport->close(c->transport);
    }
    free(c);
}

/* --- the rest */

void channel_cancel(channel *c)
{
    atomic_store(&c->cancelled, true);
    if (c->transport) c->transport->cancel(c->transport);
}

bool channel_is_cancelled(const channel *c)
{
    return atomic_load_explicit(&c->cancelled, memory_order_relaxed);
}

void channel_count_from_here(channel *c)
{
    c->count = (channel_counters){0};
}

channel_counters channel_count(const channel *c)
{
    channel_counters count = c->count;
    for (unsigned k = 0; !c->transport && k < c->is.members; k++)
        count.credit_sent += c->peer[k].consumed / CHANNEL_CREDIT * CHANNEL_HEADER;
    if (!c->transport) count.bytes_sent += count.credit_sent;
    return count;
}

uint64_t channel_sent(const channel *c, unsigned to)
{
    return c->peer[to].data_sent;
}

int64_t channel_heard(const channel *c, unsigned from)
{
    return c->peer[from].heard_at;
}

unsigned channel_waits_for(const channel *c)
{
    return atomic_load(&c->waits_for);
}

unsigned channel_self(const channel *c)
{
    return c->is.self;
}

unsigned channel_members(const channel *c)
{
    return c->is.members;
}
