/* The ZeroMQ mesh: sockets, who sent what, who is gone, and the sessions that share the receiving socket.
 *
 * There is no I/O thread of ours. A session that waits becomes the leader when there is none: it polls the
 * ROUTER, hands every frame to the session it belongs to, and passes the lead on when it has got its own.
 * (Another thread in between costs 40 us a round.) m->lock guards the ports and their queues, the orphans
 * and `led`; what only the leader touches goes from hand to hand under that lock.
 *
 * A peer is gone when libzmq closes the connection it sends on, which is at once when its process dies, and
 * when nothing has come from it for peer_timeout: a thread of ours sends heartbeats. Those of libzmq 4.3.4
 * are not used: their timer calls out_event, which aborts the process (stream_engine_base.cpp, `!_io_error`)
 * when the connection broke while its socket was being closed; nothing else calls that without looking.
 *
 * High-water marks are off: credit bounds what a session holds, and heartbeats must not wait behind data. */
#include "net/mesh.h"
#include "net/beat.h"
#include "net/transport.h"
#include "net/zap.h"

#include <errno.h>
#include <limits.h>
#include <linux/filter.h>
#include <openssl/rand.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>
#include <zmq.h>

enum {
    LINGER_MS = 1000,    /* how long mesh_close waits for what is still to be sent */
    HANDSHAKE_MS = 5000, /* a stranger who says nothing is cut off after this */
    RECONNECT_MS = 2,    /* peers start together: first try again soon, then less often */
    RECONNECT_MAX_IPC_MS = 16,
    RECONNECT_MAX_TCP_MS = 250,
    BEAT_PARTS = 8, /* a heartbeat each eighth of peer_timeout */
    BEAT_MIN_MS = 10,
    DOOR_MS = 200, /* how often somebody looks after the door while all sessions are at work */
    FILES = 20,    /* descriptors that a mesh takes */
    FILES_PER_MEMBER = 3, /* both connections, and the DEALER's own */
    BACKLOG = 100,        /* connections that wait to be accepted */
    GUESTS_MAX = 4096, /* connections at the port, strangers' included, or half of the descriptors */
    PROGRESS_FACTOR = 10,         /* of peer_timeout: the progress_timeout of who names none */
    CURVE_OVERHEAD = 64,          /* more than CURVE adds to a frame */
    PING_MAX = 64,                /* bytes of a ping's payload */
    BATCH = 256,                  /* frames the leader hands out at a time */
    ORPHANS_MAX = 256,            /* frames kept of one peer for sessions that are not open yet */
    ROUTE_MAX = 32,               /* bytes of a guest's routing id: the ROUTER's own have 5 */
    GUEST_FRAMES = 4,             /* of one guest that wait at the desk */
    DESK_BYTES = 64 * 1024 * 1024 /* of all guests */
};

/* A frame that lives in a ZeroMQ message. */
typedef struct wire_frame {
    frame base;
    unsigned connection;      /* the sender's connection that brought it */
    int64_t adopted_at;       /* as an orphan */
    char guest[KEY_TEXT + 1]; /* whose it is; "" when it is a member's */
    uint8_t route[ROUTE_MAX]; /* to a guest */
    size_t route_len;
    zmq_msg_t msg;
} wire_frame;

/* One session's end of the mesh. */
typedef struct port {
    transport base;
    struct port *next;
    mesh *mesh;
    uint8_t tag[FRAME_TAG];
    pthread_cond_t ready;
    bool waiting; /* on ready, for a frame or for the lead */
    atomic_bool cancelled;
    frame_queue inbox;
    unsigned *heard; /* [members] the connection of the last frame from each, 0: none yet */
    bool *lost;      /* [members] gone after having been heard, and not yet reported */
} port;

/* One peer as this process sees it. */
typedef struct mesh_link {
    char *label;
    void *dealer;
    pthread_mutex_t sending;
    int fd;              /* of the connection it sends on, -1: none */
    uint64_t nonce;      /* of its start */
    unsigned connection; /* counts its connections, from 1 */
    unsigned closed; /* the last of them that is closed, though frames of it may wait in the ROUTER */
    unsigned departed; /* the last of them that is closed and read to its end */
    int64_t heard_at;  /* when its last frame was received */
    atomic_bool gone;  /* told, and not back: no heartbeat is queued for it */
    unsigned orphans;
} mesh_link;

struct mesh {
    unsigned self, members;
    unsigned peer_timeout_ms, start_timeout_ms, progress_timeout_ms, delay_ms;
    uint64_t nonce;
    char *bound_file;            /* the ipc path to remove */
    int door;                    /* what listens for tcp; -1: not known, or ipc */
    unsigned guests, guests_max; /* connections at it */
    bool shut;                   /* it takes no more, until enough of them have left */
    void *ctx, *router, *monitor;
    zap *zap;
    beat *beat;
    unsigned turns;      /* of its thread */
    int64_t listened_at; /* when the leader last looked for silent peers */
    bool lasting;
    int wake; /* eventfd: something was cancelled */
    pthread_mutex_t lock;
    bool led;
    bool departures; /* the leader has seen one and not yet told the ports */
    port *ports, *desk;
    size_t desk_bytes;   /* that wait at the desk */
    frame_queue answers; /* to guests: the leader sends them, for the ROUTER is its */
    frame_queue orphans;
    const char **labels;
    mesh_link link[];
};

/* --- frames over ZeroMQ */

static void wire_release(frame *f)
{
    zmq_msg_close(&((wire_frame *)f)->msg);
    free(f);
}

static frame *wire_frame_over(zmq_msg_t *msg)
{
    wire_frame *w = malloc(sizeof *w);
    if (!w) return NULL;
    zmq_msg_init(&w->msg);
    zmq_msg_move(&w->msg, msg);
    w->base = (frame){
        .data = zmq_msg_data(&w->msg), .len = zmq_msg_size(&w->msg), .release = wire_release};
    w->guest[0] = '\0';
    return &w->base;
}

static frame *port_make(transport *t, size_t len)
{
    zmq_msg_t msg;
    frame *f;

    (void)t;
    if (zmq_msg_init_size(&msg, len)) return NULL;
    f = wire_frame_over(&msg);
    zmq_msg_close(&msg);
    return f;
}

/* Without high-water mark a DEALER takes everything at once, connected or not. */
static void port_send(transport *t, unsigned to, frame *f)
{
    mesh_link *l = &((port *)t)->mesh->link[to];

    pthread_mutex_lock(&l->sending);
    while (zmq_msg_send(&((wire_frame *)f)->msg, l->dealer, ZMQ_DONTWAIT) < 0 &&
           zmq_errno() == EINTR) {}
    pthread_mutex_unlock(&l->sending);
    wire_release(f);
}

/* --- heartbeats */

static unsigned beat_ms(const mesh *m)
{
    unsigned ms = m->peer_timeout_ms / BEAT_PARTS;
    return ms > BEAT_MIN_MS ? ms : BEAT_MIN_MS;
}

static void send_beats(mesh *m)
{
    static const uint8_t no_session[FRAME_TAG];
    uint8_t bytes[CHANNEL_HEADER];

    frame_header_write(bytes, &(frame_header){FRAME_BEAT, 0, m->nonce, no_session});
    for (unsigned k = 0; k < m->members; k++) {
        mesh_link *l = &m->link[k];
        if (k == m->self || (!m->lasting && atomic_load(&l->gone))) continue;
        pthread_mutex_lock(&l->sending);
        zmq_send(l->dealer, bytes, sizeof bytes, ZMQ_DONTWAIT);
        pthread_mutex_unlock(&l->sending);
    }
}

/* --- what the leader does: monitor and ROUTER */

static void connection_closed(mesh *m, mesh_link *l)
{
    if (l->closed == l->connection) return;
    l->closed = l->connection;
    atomic_store(&l->gone, true);
    m->departures = true;
}

/* Whoever has been silent for peer_timeout is gone; called when the ROUTER was found empty. Silence counts
 * only while we listen: after long work of our own, or a stop, what came meanwhile may not be here yet. */
static void notice_silence(mesh *m)
{
    int64_t now = now_ms();
    bool listening = now - m->listened_at <= 2 * (int64_t)beat_ms(m);

    m->listened_at = now;
    for (unsigned k = 0; k < m->members; k++) {
        mesh_link *l = &m->link[k];
        if (l->fd < 0) continue;
        if (!listening) l->heard_at = now;
        if (now - l->heard_at > m->peer_timeout_ms) connection_closed(m, l);
    }
}

static void connection_event(mesh *m, uint16_t event, int fd)
{
    if (event == ZMQ_EVENT_LISTENING && !m->bound_file) m->door = fd;
    if (event == ZMQ_EVENT_ACCEPTED) m->guests++;
    if (event != ZMQ_EVENT_DISCONNECTED) return;
    m->guests -= m->guests > 0;
    for (unsigned k = 0; k < m->members; k++)
        if (m->link[k].fd == fd) connection_closed(m, &m->link[k]);
}

/* Without descriptors libzmq spins on accept. Before that the door is shut, until strangers who say nothing have been cut
 * off: the kernel drops what comes to the listening socket, and a peer knocks again. (zmq_unbind would close what is
 * connected, too.) */
static void mind_door(mesh *m)
{
    struct sock_filter drop_all = BPF_STMT(BPF_RET | BPF_K, 0);
    const struct sock_fprog filter = {1, &drop_all};
    const int none = 0;

    if (m->door < 0) return;
    if (!m->shut && m->guests >= m->guests_max)
        m->shut = !setsockopt(m->door, SOL_SOCKET, SO_ATTACH_FILTER, &filter, sizeof filter);
    else if (m->shut && m->guests < m->guests_max / 2)
        m->shut = setsockopt(m->door, SOL_SOCKET, SO_DETACH_FILTER, &none, sizeof none) != 0;
}

/* Reads the monitor's events: a number, the fd, then an address. */
static void read_monitor(mesh *m)
{
    uint8_t event[6];
    uint16_t what;
    char address[256];
    int fd;

    while (zmq_recv(m->monitor, event, sizeof event, ZMQ_DONTWAIT) == (int)sizeof event) {
        memcpy(&what, event, sizeof what);
        memcpy(&fd, event + sizeof what, sizeof fd);
        connection_event(m, what, fd);
        zmq_recv(m->monitor, address, sizeof address, ZMQ_DONTWAIT);
    }
}

/* The leader minds the door, and there is none while no session waits for a message. */
static void mind_door_alone(mesh *m)
{
    pthread_mutex_lock(&m->lock);
    if (!m->led) {
        read_monitor(m);
        mind_door(m);
    }
    pthread_mutex_unlock(&m->lock);
}

/* How many times the thread of m->beat turns for each heartbeat. */
static unsigned turns_of_beat(const mesh *m)
{
    return beat_ms(m) / DOOR_MS + 1;
}

/* From that thread. */
static void take_turn(void *arg)
{
    mesh *m = arg;

    if (m->turns++ % turns_of_beat(m) == 0) send_beats(m);
    mind_door_alone(m);
}

/* The member that ZAP let in on this connection: never a routing id, which is anyone's claim. */
static bool sender_of(const mesh *m, zmq_msg_t *msg, unsigned *from)
{
    const char *user = zmq_msg_gets(msg, "User-Id");
    char *end;
    unsigned long k;

    if (!user || !*user) return false;
    k = strtoul(user, &end, 10);
    if (*end || k >= m->members || k == m->self) return false;
    *from = (unsigned)k;
    return true;
}

/* Which of the member's connections brought a frame. An fd is used again once it is closed, so what was
 * closed is looked at before a new one is believed. */
static unsigned connection_of(mesh *m, unsigned from, int fd, uint64_t nonce)
{
    mesh_link *l = &m->link[from];

    if (l->fd != fd || l->nonce != nonce) {
        read_monitor(m);
        connection_closed(m, l);
        l->fd = fd;
        l->nonce = nonce;
        l->connection++;
        atomic_store(&l->gone, false);
    }
    l->heard_at = now_ms();
    return l->connection;
}

/* What a ping asks for: the same bytes back. Numbered 1, so that nobody keeps it for whoever no longer waits. */
static void answer_ping(mesh *m, unsigned to, const frame_header *ping, slice payload)
{
    uint8_t bytes[CHANNEL_HEADER + PING_MAX];
    mesh_link *l = &m->link[to];

    if (payload.len > PING_MAX) return;
    frame_header_write(bytes, &(frame_header){FRAME_PONG, 1, m->nonce, ping->tag});
    memcpy(bytes + CHANNEL_HEADER, payload.data, payload.len);
    pthread_mutex_lock(&l->sending);
    zmq_send(l->dealer, bytes, CHANNEL_HEADER + payload.len, ZMQ_DONTWAIT);
    pthread_mutex_unlock(&l->sending);
}

/* The frame in a message, or NULL when it is only the mesh's business or none of ours (or memory is out: then
 * the gap will show). */
static frame *frame_of(mesh *m, zmq_msg_t *msg)
{
    frame_header h;
    unsigned from, connection;
    frame *f;
    int fd = zmq_msg_get(msg, ZMQ_SRCFD);

    if (!sender_of(m, msg, &from)) return NULL;
    if (!frame_header_read(&h, zmq_msg_data(msg), zmq_msg_size(msg))) return NULL;
    connection = connection_of(m, from, fd, h.nonce);
    if (h.kind == FRAME_PING) {
        const uint8_t *bytes = zmq_msg_data(msg);
        answer_ping(m, from, &h, (slice){bytes + CHANNEL_HEADER, zmq_msg_size(msg) - CHANNEL_HEADER});
        return NULL;
    }
    if (h.kind == FRAME_BEAT || !(f = wire_frame_over(msg))) return NULL;
    f->from = from;
    ((wire_frame *)f)->connection = connection;
    return f;
}

/* The same of a guest. */
static frame *frame_of_guest(zmq_msg_t *route, zmq_msg_t *msg)
{
    const char *user = zmq_msg_gets(msg, "User-Id");
    const size_t prefix = strlen(ZAP_GUEST), route_len = zmq_msg_size(route);
    wire_frame *w;
    frame_header h;

    if (!user || strncmp(user, ZAP_GUEST, prefix) != 0 || strlen(user + prefix) != KEY_TEXT)
        return NULL;
    if (!frame_header_read(&h, zmq_msg_data(msg), zmq_msg_size(msg)) || h.kind != FRAME_DATA ||
        memcmp(h.tag, frame_desk_tag, FRAME_TAG) != 0 || route_len > ROUTE_MAX)
        return NULL;
    char guest[KEY_TEXT + 1];
    memcpy(guest, user + prefix, sizeof guest); /* before the message moves */
    if (!(w = (wire_frame *)wire_frame_over(msg))) return NULL;
    memcpy(w->guest, guest, sizeof guest);
    memcpy(w->route, zmq_msg_data(route), route_len);
    w->route_len = route_len;
    return &w->base;
}

/* Receives one message without waiting; false when there is none. A message is a routing id and one part:
 * anything else is dropped. */
static bool receive(mesh *m, frame_queue *into)
{
    zmq_msg_t part, route;
    size_t parts = 0;
    bool more = true;
    frame *f = NULL;

    zmq_msg_init(&route);
    while (more) {
        zmq_msg_init(&part);
        if (zmq_msg_recv(&part, m->router, ZMQ_DONTWAIT) < 0) {
            zmq_msg_close(&part);
            break;
        }
        more = zmq_msg_more(&part);
        if (++parts == 1) zmq_msg_move(&route, &part);
        if (parts == 2 && !more && !(f = frame_of(m, &part))) f = frame_of_guest(&route, &part);
        zmq_msg_close(&part);
    }
    zmq_msg_close(&route);
    if (f) frame_push(into, f);
    return parts > 0;
}

/* True when the socket was found empty: then all that a departed peer had sent is here. */
static bool receive_batch(mesh *m, frame_queue *into)
{
    for (int i = 0; i < BATCH; i++)
        if (!receive(m, into)) return true;
    return false;
}

/* --- handing out, under the lock */

static port *port_of(mesh *m, const uint8_t *tag)
{
    port *p = m->ports;
    while (p && memcmp(p->tag, tag, FRAME_TAG)) p = p->next;
    return p;
}

static bool is_guests(const frame *f)
{
    return ((const wire_frame *)f)->guest[0] != '\0';
}

static bool desk_has_room(const mesh *m, const wire_frame *w)
{
    unsigned waiting = 0;

    if (!m->desk || m->desk_bytes + w->base.len > DESK_BYTES) return false;
    for (const frame *f = m->desk->inbox.first; f; f = f->next)
        waiting += !memcmp(((const wire_frame *)f)->guest, w->guest, KEY_TEXT);
    return waiting < GUEST_FRAMES;
}

static void deliver_to_desk(mesh *m, frame *f)
{
    if (!desk_has_room(m, (wire_frame *)f)) {
        f->release(f);
        return;
    }
    m->desk_bytes += f->len;
    frame_push(&m->desk->inbox, f);
    if (m->desk->waiting) pthread_cond_signal(&m->desk->ready);
}

static void deliver(port *p, frame *f)
{
    p->heard[f->from] = ((wire_frame *)f)->connection;
    frame_push(&p->inbox, f);
    if (p->waiting) pthread_cond_signal(&p->ready);
}

/* Those of peers that are gone, and those that nobody has asked for in the time that a start may take. */
static void drop_orphans(mesh *m)
{
    frame_queue all = m->orphans;
    int64_t oldest = now_ms() - m->start_timeout_ms;

    m->orphans = (frame_queue){0};
    for (frame *f; (f = frame_pop(&all));) {
        const wire_frame *w = (wire_frame *)f;
        mesh_link *l = &m->link[f->from];
        if (w->connection <= l->departed || w->adopted_at < oldest) {
            l->orphans--;
            f->release(f);
        } else {
            frame_push(&m->orphans, f);
        }
    }
}

static bool has_orphans(const mesh *m, unsigned from, const uint8_t *tag)
{
    frame_header h;
    for (const frame *f = m->orphans.first; f; f = f->next)
        if (f->from == from && frame_header_read(&h, f->data, f->len) &&
            !memcmp(h.tag, tag, FRAME_TAG))
            return true;
    return false;
}

/* Keeps a frame for a session that is not open here yet. Only from its first frame on: what comes late for a
 * session that is closed already would never be fetched. */
static void adopt(mesh *m, frame *f, const frame_header *h)
{
    mesh_link *l = &m->link[f->from];
    ((wire_frame *)f)->adopted_at = now_ms();
    if (l->orphans < ORPHANS_MAX && (h->sequence == 0 || has_orphans(m, f->from, h->tag))) {
        l->orphans++;
        frame_push(&m->orphans, f);
    } else {
        f->release(f);
    }
}

static void dispatch(mesh *m, frame_queue *batch)
{
    frame_header h;

    for (frame *f; (f = frame_pop(batch));) {
        if (is_guests(f)) {
            deliver_to_desk(m, f);
            continue;
        }
        frame_header_read(&h, f->data, f->len);
        port *p = port_of(m, h.tag);
        if (p)
            deliver(p, f);
        else
            adopt(m, f, &h);
    }
}

/* Once the ROUTER has been found empty, a closed connection is read to its end. */
static void tell_departures(mesh *m)
{
    for (unsigned k = 0; k < m->members; k++) {
        mesh_link *l = &m->link[k];
        if (l->closed == l->connection) l->fd = -1;
        l->departed = l->closed;
    }
    for (port *p = m->ports; p; p = p->next) {
        for (unsigned k = 0; k < m->members; k++) {
            if (!p->heard[k] || p->heard[k] > m->link[k].departed) continue;
            p->lost[k] = true;
            p->heard[k] = 0;
            if (p->waiting) pthread_cond_signal(&p->ready);
        }
    }
    m->departures = false;
}

static void wake_all(mesh *m)
{
    uint64_t count;
    if (read(m->wake, &count, sizeof count) < 0) return;
    for (port *p = m->ports; p; p = p->next) pthread_cond_signal(&p->ready);
}

/* --- waiting */

static long wait_ms(int64_t until)
{
    if (until == TRANSPORT_FOREVER) return -1;
    int64_t left = until - now_ms();
    return left > 0 ? (long)left : 0;
}

/* The leader also wakes to see who is silent. */
static long leader_wait_ms(const mesh *m, int64_t until)
{
    long left = wait_ms(until), most = (long)beat_ms(m);
    return left < 0 || left > most ? most : left;
}

/* To guests, who may be gone: then the ROUTER drops it. */
static void send_answers(mesh *m, frame_queue *answers)
{
    for (frame *f; (f = frame_pop(answers)); f->release(f)) {
        const wire_frame *w = (wire_frame *)f;
        if (zmq_send(m->router, w->route, w->route_len, ZMQ_SNDMORE | ZMQ_DONTWAIT) >= 0)
            zmq_send(m->router, f->data, f->len, ZMQ_DONTWAIT);
    }
}

/* One turn of the leader: waits, receives, hands out. Called and left with the lock held, which is open while
 * it waits. False when the sockets are broken. */
static bool lead(mesh *m, int64_t until)
{
    zmq_pollitem_t item[] = {{m->router, 0, ZMQ_POLLIN, 0},
                             {m->monitor, 0, ZMQ_POLLIN, 0},
                             {NULL, m->wake, ZMQ_POLLIN, 0}};
    frame_queue batch = {0}, answers = m->answers;
    bool empty;

    m->led = true;
    m->answers = (frame_queue){0};
    pthread_mutex_unlock(&m->lock);
    send_answers(m, &answers);
    int ready = zmq_poll(item, 3, leader_wait_ms(m, until));
    bool broken = ready < 0 && zmq_errno() != EINTR;
    if (ready > 0 && item[1].revents) read_monitor(m);
    empty = ready == 0 || (ready > 0 && receive_batch(m, &batch));
    if (empty) notice_silence(m);
    mind_door(m);
    pthread_mutex_lock(&m->lock);
    m->led = false;
    dispatch(m, &batch);
    if (m->departures && empty) tell_departures(m);
    if (empty && m->orphans.first) drop_orphans(m);
    if (ready > 0 && item[2].revents) wake_all(m);
    return !broken;
}

static void follow(port *p, int64_t until)
{
    p->waiting = true;
    if (until == TRANSPORT_FOREVER) {
        pthread_cond_wait(&p->ready, &p->mesh->lock);
    } else {
        struct timespec at = {.tv_sec = (time_t)(until / 1000),
                              .tv_nsec = (long)(until % 1000) * 1000000};
        pthread_cond_timedwait(&p->ready, &p->mesh->lock, &at);
    }
    p->waiting = false;
}

/* Whoever stops waiting leaves the lead to one who goes on. */
static void hand_on(mesh *m)
{
    if (m->led) return;
    for (port *p = m->ports; p; p = p->next) {
        if (!p->waiting) continue;
        pthread_cond_signal(&p->ready);
        return;
    }
}

static bool take_loss(port *p, unsigned *lost)
{
    for (unsigned k = 0; k < p->mesh->members; k++) {
        if (!p->lost[k]) continue;
        p->lost[k] = false;
        *lost = k;
        return true;
    }
    return false;
}

static arrival wait_next(port *p, int64_t until, frame **f, unsigned *lost)
{
    for (bool late = false;;) {
        if (atomic_load(&p->cancelled)) return ARRIVED_CANCEL;
        if ((*f = frame_pop(&p->inbox))) {
            if (p == p->mesh->desk) p->mesh->desk_bytes -= (*f)->len;
            return ARRIVED_FRAME;
        }
        if (take_loss(p, lost)) return ARRIVED_LOSS;
        if (late) return ARRIVED_NOTHING;
        if (p->mesh->led)
            follow(p, until);
        else if (!lead(p->mesh, until))
            return ARRIVED_FAULT;
        late = until != TRANSPORT_FOREVER && now_ms() >= until;
    }
}

static arrival port_next(transport *t, int64_t until, frame **f, unsigned *lost)
{
    port *p = (port *)t;
    arrival what;

    pthread_mutex_lock(&p->mesh->lock);
    what = wait_next(p, until, f, lost);
    hand_on(p->mesh);
    pthread_mutex_unlock(&p->mesh->lock);
    return what;
}

/* Only what a signal handler may do. */
static void port_cancel(transport *t)
{
    port *p = (port *)t;
    uint64_t one = 1;
    int saved = errno;

    atomic_store(&p->cancelled, true);
    while (write(p->mesh->wake, &one, sizeof one) < 0 && errno == EINTR) {}
    errno = saved;
}

/* --- ports */

static void port_free(port *p)
{
    frame_queue_free(&p->inbox);
    pthread_cond_destroy(&p->ready);
    free(p->heard);
    free(p->lost);
    free(p);
}

static void port_close(transport *t)
{
    port *p = (port *)t, **at;
    mesh *m = p->mesh;

    pthread_mutex_lock(&m->lock);
    for (at = &m->ports; *at != p; at = &(*at)->next) {}
    *at = p->next;
    if (m->desk == p) m->desk = NULL, m->desk_bytes = 0;
    pthread_mutex_unlock(&m->lock);
    port_free(p);
}

static port *port_new(mesh *m, const uint8_t *tag)
{
    port *p = calloc(1, sizeof *p);
    pthread_condattr_t monotonic;

    if (!p) return NULL;
    p->base = (transport){port_make, port_send, port_next, port_cancel, port_close};
    p->mesh = m;
    memcpy(p->tag, tag, FRAME_TAG);
    atomic_init(&p->cancelled, false);
    pthread_condattr_init(&monotonic);
    pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    pthread_cond_init(&p->ready, &monotonic);
    pthread_condattr_destroy(&monotonic);
    p->heard = calloc(m->members, sizeof *p->heard);
    p->lost = calloc(m->members, sizeof *p->lost);
    if (p->heard && p->lost) return p;
    port_free(p);
    return NULL;
}

/* Opens the port and gives it what came before it was there. */
static void port_enlist(mesh *m, port *p)
{
    frame_queue orphans;

    pthread_mutex_lock(&m->lock);
    p->next = m->ports;
    m->ports = p;
    orphans = m->orphans;
    m->orphans = (frame_queue){0};
    for (unsigned k = 0; k < m->members; k++) m->link[k].orphans = 0;
    dispatch(m, &orphans);
    pthread_mutex_unlock(&m->lock);
}

status mesh_port(mesh *m, const uint8_t tag[16], transport **out, failure *err)
{
    port *p = port_new(m, tag);

    *out = NULL;
    if (!p) return fail_memory(err);
    port_enlist(m, p);
    *out = &p->base;
    return OK;
}

/* --- guests */

status mesh_admit(mesh *m, const char *const *keys, size_t count, failure *err)
{
    uint8_t(*raw)[ZAP_KEY] = calloc(count + 1, sizeof *raw);
    status st;

    if (!raw) return fail_memory(err);
    for (size_t k = 0; k < count; k++) zmq_z85_decode(raw[k], keys[k]);
    st = zap_admit(m->zap, (const uint8_t(*)[ZAP_KEY])raw, count, err);
    free(raw);
    return st;
}

status mesh_desk(mesh *m, transport **out, failure *err)
{
    status st = mesh_port(m, frame_desk_tag, out, err);

    if (st) return st;
    pthread_mutex_lock(&m->lock);
    m->desk = (port *)*out;
    pthread_mutex_unlock(&m->lock);
    return OK;
}

const char *mesh_guest(const frame *f)
{
    return ((const wire_frame *)f)->guest;
}

void mesh_answer(mesh *m, const frame *asked, slice bytes)
{
    const wire_frame *from = (const wire_frame *)asked;
    frame *f = port_make(NULL, CHANNEL_HEADER + bytes.len);
    uint64_t one = 1;

    if (!f) return;
    frame_header_write(f->data, &(frame_header){FRAME_DATA, 1, m->nonce, frame_desk_tag});
    memcpy(f->data + CHANNEL_HEADER, bytes.data, bytes.len);
    memcpy(((wire_frame *)f)->route, from->route, from->route_len);
    ((wire_frame *)f)->route_len = from->route_len;
    pthread_mutex_lock(&m->lock);
    frame_push(&m->answers, f);
    if (m->led && write(m->wake, &one, sizeof one) < 0) {} /* full: it wakes anyway */
    pthread_mutex_unlock(&m->lock);
}

uint64_t mesh_nonce(const mesh *m)
{
    return m->nonce;
}

const char *mesh_label(const mesh *m, unsigned member)
{
    return m->labels[member];
}

status mesh_channel(mesh *m, const uint8_t tag[16], channel **out, failure *err)
{
    channel_setup setup = {.self = m->self,
                           .members = m->members,
                           .label = m->labels,
                           .nonce = m->nonce,
                           .start_timeout_ms = m->start_timeout_ms,
                           .progress_timeout_ms = m->progress_timeout_ms,
                           .delay_ms = m->delay_ms};
    transport *t;
    status st;

    *out = NULL;
    memcpy(setup.tag, tag, FRAME_TAG);
    if ((st = mesh_port(m, tag, &t, err))) return st;
    return channel_over(out, &setup, t, err);
}

/* --- sockets */

static bool is_ipc(const char *address)
{
    return !strncmp(address, "ipc://", 6);
}

static bool set_number(void *socket, int option, int value)
{
    return !zmq_setsockopt(socket, option, &value, sizeof value);
}

static bool set_text(void *socket, int option, const char *value)
{
    return !zmq_setsockopt(socket, option, value, strlen(value));
}

/* A key is given as its 40 characters with the NUL, as libzmq asks. */
static bool set_key(void *socket, int option, const char *z85)
{
    return !zmq_setsockopt(socket, option, z85, KEY_TEXT + 1);
}

static bool set_common(void *s, const char *address)
{
    return set_number(s, ZMQ_LINGER, LINGER_MS) && set_number(s, ZMQ_HANDSHAKE_IVL, HANDSHAKE_MS) &&
           set_number(s, ZMQ_IPV6, !is_ipc(address)) &&
           !zmq_setsockopt(s, ZMQ_MAXMSGSIZE, &(int64_t){FRAME_MAX + CURVE_OVERHEAD},
                           sizeof(int64_t));
}

/* Keepalive frees the connection of a host that has vanished: the ROUTER sends nothing that would show it. */
static bool set_router(void *s, const mesh_config *cfg)
{
    if (!set_number(s, ZMQ_RCVHWM, 0) || !set_text(s, ZMQ_ZAP_DOMAIN, "moot") ||
        !set_number(s, ZMQ_TCP_KEEPALIVE, 1))
        return false;
    if (!cfg->secret_key) return set_number(s, ZMQ_PLAIN_SERVER, 1);
    return set_number(s, ZMQ_CURVE_SERVER, 1) && set_key(s, ZMQ_CURVE_SECRETKEY, cfg->secret_key);
}

/* A DEALER receives nothing, and holds next to nothing of what it is sent all the same. */
static bool set_dealer(void *s, const mesh_config *cfg, const mesh_peer *to)
{
    char number[16];

    snprintf(number, sizeof number, "%u", cfg->self);
    if (!set_number(s, ZMQ_SNDHWM, 0) || !set_number(s, ZMQ_RCVHWM, 1) ||
        !set_number(s, ZMQ_RECONNECT_IVL, RECONNECT_MS) ||
        !set_number(s, ZMQ_IMMEDIATE, cfg->lasting) ||
        !set_number(s, ZMQ_RECONNECT_IVL_MAX,
                    is_ipc(to->address) ? RECONNECT_MAX_IPC_MS : RECONNECT_MAX_TCP_MS))
        return false;
    if (!cfg->secret_key)
        return set_text(s, ZMQ_PLAIN_USERNAME, number) && set_text(s, ZMQ_PLAIN_PASSWORD, "-");
    return set_key(s, ZMQ_CURVE_SERVERKEY, to->public_key) &&
           set_key(s, ZMQ_CURVE_SECRETKEY, cfg->secret_key) &&
           set_key(s, ZMQ_CURVE_PUBLICKEY, cfg->peer[cfg->self].public_key);
}

static status socket_failed(const char *what, failure *err)
{
    return fail(err, E_CONFIG, "N02", "cannot %s: %s", what, zmq_strerror(zmq_errno()));
}

/* Connections that wait to be accepted when the door is shut are taken all the same. */
static int backlog(const mesh *m)
{
    return m->guests_max / 2 < BACKLOG ? (int)m->guests_max / 2 + 1 : BACKLOG;
}

static status open_router(mesh *m, const mesh_config *cfg, failure *err)
{
    const char *address = cfg->bind ? cfg->bind : cfg->peer[cfg->self].address;
    static const char events[] = "inproc://events";

    m->router = zmq_socket(m->ctx, ZMQ_ROUTER);
    m->monitor = zmq_socket(m->ctx, ZMQ_PAIR);
    if (!m->router || !m->monitor || !set_common(m->router, address) || !set_router(m->router, cfg) ||
        !set_number(m->router, ZMQ_BACKLOG, backlog(m)) || !set_number(m->monitor, ZMQ_RCVHWM, 0) ||
        zmq_socket_monitor(m->router, events,
                           ZMQ_EVENT_LISTENING | ZMQ_EVENT_ACCEPTED | ZMQ_EVENT_DISCONNECTED) ||
        zmq_connect(m->monitor, events))
        return socket_failed("set up the receiving socket", err);
    if (zmq_bind(m->router, address)) {
        fail(err, E_CONFIG, "N02", "cannot listen on %s: %s", address, zmq_strerror(zmq_errno()));
        if (!cfg->bind && !is_ipc(address))
            fail_add(err, "help: when the address that others use is not one of this machine:  "
                          "--listen tcp://*:PORT");
        return E_CONFIG;
    }
    if (is_ipc(address) && !(m->bound_file = strdup(address + strlen("ipc://"))))
        return fail_memory(err);
    return OK;
}

static status open_dealer(mesh *m, const mesh_config *cfg, unsigned k, failure *err)
{
    const mesh_peer *to = &cfg->peer[k];
    void *s = m->link[k].dealer = zmq_socket(m->ctx, ZMQ_DEALER);

    if (!s || !set_common(s, to->address) || !set_dealer(s, cfg, to))
        return socket_failed("set up a sending socket", err);
    if (!zmq_connect(s, to->address)) return OK;
    return fail(err, E_CONFIG, "N02", "cannot use the address of %s, %s: %s", to->name, to->address,
                zmq_strerror(zmq_errno()));
}

/* --- opening and closing */

static status check_peer(const mesh_config *cfg, const mesh_peer *p, failure *err)
{
    uint8_t raw[KEY_RAW];

    if (!cfg->secret_key && !is_ipc(p->address))
        return fail(err, E_CONFIG, "N02", "%s is reached over a network (%s), which needs keys",
                    p->name, p->address);
    if (!cfg->secret_key) return OK;
    if (!p->public_key || !mesh_key_raw(raw, p->public_key))
        return fail(err, E_CONFIG, "N02", "the public key of %s is not a key of 40 characters",
                    p->name);
    for (const mesh_peer *q = cfg->peer; q < p; q++)
        if (!strcmp(q->public_key, p->public_key))
            return fail(err, E_CONFIG, "N02", "%s and %s have the same public key", q->name, p->name);
    return OK;
}

static status check_own_key(const mesh_config *cfg, failure *err)
{
    const mesh_peer *self = &cfg->peer[cfg->self];

    return cfg->secret_key ? mesh_check_key(cfg->secret_key, self->public_key, self->name, err) : OK;
}

static status check_config(const mesh_config *cfg, failure *err)
{
    status st = OK;
    if (cfg->self >= cfg->members)
        return fail(err, E_BUG, "", "member %u of %u", cfg->self, cfg->members);
    for (unsigned k = 0; !st && k < cfg->members; k++) st = check_peer(cfg, &cfg->peer[k], err);
    return st ? st : check_own_key(cfg, err);
}

/* "telco (10.0.1.7:7001)" */
static char *label_of(const mesh_peer *p)
{
    buffer text = {0};
    buffer_printf(&text, "%s (%s)", p->name, p->address + (strncmp(p->address, "tcp://", 6) ? 0 : 6));
    return buffer_take(&text);
}

static unsigned progress_timeout_ms(const mesh_config *cfg)
{
    uint64_t ms = cfg->progress_timeout_ms ? cfg->progress_timeout_ms
                                           : (uint64_t)cfg->peer_timeout_ms * PROGRESS_FACTOR;
    return ms < UINT_MAX ? (unsigned)ms : UINT_MAX;
}

static mesh *mesh_new(const mesh_config *cfg)
{
    mesh *m = calloc(1, sizeof *m + cfg->members * sizeof m->link[0]);

    if (!m) return NULL;
    m->self = cfg->self, m->members = cfg->members;
    m->peer_timeout_ms = cfg->peer_timeout_ms, m->start_timeout_ms = cfg->start_timeout_ms;
    m->progress_timeout_ms = progress_timeout_ms(cfg), m->delay_ms = cfg->delay_ms;
    m->lasting = cfg->lasting;
    m->wake = m->door = -1;
    pthread_mutex_init(&m->lock, NULL);
    for (unsigned k = 0; k < m->members; k++) {
        pthread_mutex_init(&m->link[k].sending, NULL);
        m->link[k].fd = -1;
        atomic_init(&m->link[k].gone, false);
    }
    return m;
}

static status copy_labels(mesh *m, const mesh_config *cfg, failure *err)
{
    if (!(m->labels = calloc(m->members, sizeof *m->labels))) return fail_memory(err);
    for (unsigned k = 0; k < m->members; k++)
        if (!(m->labels[k] = m->link[k].label = label_of(&cfg->peer[k]))) return fail_memory(err);
    return OK;
}

static status start_zap(mesh *m, const mesh_config *cfg, failure *err)
{
    uint8_t(*keys)[ZAP_KEY];
    status st;

    if (!cfg->secret_key) return zap_start(&m->zap, m->ctx, NULL, m->members, err);
    if (!(keys = calloc(m->members, sizeof *keys))) return fail_memory(err);
    for (unsigned k = 0; k < m->members; k++) zmq_z85_decode(keys[k], cfg->peer[k].public_key);
    st = zap_start(&m->zap, m->ctx, (const uint8_t(*)[ZAP_KEY])keys, m->members, err);
    free(keys);
    return st;
}

/* Asked before, for libzmq without descriptors waits for ever or aborts. The lowest free descriptor, which
 * `wake` just took, tells about how many are open. */
static status check_files(mesh *m, failure *err)
{
    rlim_t needed = (rlim_t)m->wake + FILES + FILES_PER_MEMBER * m->members;
    struct rlimit most = {0};

    if (getrlimit(RLIMIT_NOFILE, &most)) most.rlim_cur = needed;
    if (most.rlim_cur >= needed) {
        rlim_t guests = m->members + (most.rlim_cur - needed) / 2;
        m->guests_max = guests < GUESTS_MAX ? (unsigned)guests : GUESTS_MAX;
        return OK;
    }
    return fail(err, E_CONFIG, "N02",
                "%u members need about %llu open files, and this process may have %llu\n"
                "help: ulimit -n %llu",
                m->members, (unsigned long long)needed, (unsigned long long)most.rlim_cur,
                (unsigned long long)(needed < 1024 ? 1024 : needed));
}

static status open_sockets(mesh *m, const mesh_config *cfg, failure *err)
{
    status st;

    if (RAND_bytes((uint8_t *)&m->nonce, sizeof m->nonce) != 1)
        return fail(err, E_BUG, "", "no random numbers to be had");
    m->wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (m->wake < 0) return fail(err, E_CONFIG, "N02", "no more files can be opened");
    if ((st = check_files(m, err))) return st;
    if (!(m->ctx = zmq_ctx_new())) return fail_memory(err);
    if ((st = start_zap(m, cfg, err)) || (st = open_router(m, cfg, err))) return st;
    for (unsigned k = 0; !st && k < m->members; k++)
        if (k != m->self) st = open_dealer(m, cfg, k, err);
    return st ? st : beat_start(&m->beat, beat_ms(m) / turns_of_beat(m), take_turn, m, err);
}

status mesh_open(mesh **out, const mesh_config *cfg, failure *err)
{
    status st = check_config(cfg, err);
    mesh *m;

    *out = NULL;
    if (st) return st;
    if (!(m = mesh_new(cfg))) return fail_memory(err);
    if ((st = copy_labels(m, cfg, err)) || (st = open_sockets(m, cfg, err))) {
        mesh_close(m);
        return st;
    }
    *out = m;
    return OK;
}

/* What was meant for a peer that is gone need not be waited for. */
static void close_sockets(mesh *m)
{
    if (m->monitor) read_monitor(m);
    for (unsigned k = 0; k < m->members; k++) {
        mesh_link *l = &m->link[k];
        if (!l->dealer) continue;
        if (l->connection && l->closed == l->connection) set_number(l->dealer, ZMQ_LINGER, 0);
        zmq_close(l->dealer);
    }
    if (m->router) {
        zmq_socket_monitor(m->router, NULL, 0);
        set_number(m->router, ZMQ_LINGER, 0); /* it has sent nothing */
        zmq_close(m->router);
    }
    if (m->monitor) zmq_close(m->monitor);
}

void mesh_close(mesh *m)
{
    if (!m) return;
    beat_stop(m->beat);
    close_sockets(m);
    if (m->ctx) zmq_ctx_shutdown(m->ctx);
    zap_stop(m->zap);
    if (m->ctx) zmq_ctx_term(m->ctx);
    if (m->bound_file) unlink(m->bound_file);
    if (m->wake >= 0) close(m->wake);
    frame_queue_free(&m->orphans);
    frame_queue_free(&m->answers);
    for (unsigned k = 0; k < m->members; k++) {
        pthread_mutex_destroy(&m->link[k].sending);
        free(m->link[k].label);
    }
    pthread_mutex_destroy(&m->lock);
    free(m->bound_file);
    free(m->labels);
    free(m);
}
