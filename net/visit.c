/* A DEALER to each node, used both ways. */
#include "net/visit.h"

#include "net/transport.h"

#include <errno.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>
#include <zmq.h>

enum {
    HANDSHAKE_MS = 5000,
    RECONNECT_MS = 50,
    RECONNECT_MAX_MS = 1000,
    WAITING_MAX = 16, /* messages kept for a node that cannot be reached */
    LINGER_MS = 1000,
    CURVE_OVERHEAD = 64 /* more than CURVE adds to a frame */
};

struct visit {
    visit_config is;
    void *ctx;
    unsigned nodes;
    int wake; /* eventfd */
    atomic_bool cancelled;
    unsigned turn;        /* the node that is looked at first: each in turn */
    zmq_pollitem_t *item; /* [nodes + 1]: the sockets, and `wake` */
};

static bool set_number(void *socket, int option, int value)
{
    return !zmq_setsockopt(socket, option, &value, sizeof value);
}

static bool set_key(void *socket, int option, const char *z85)
{
    return !zmq_setsockopt(socket, option, z85, KEY_TEXT + 1);
}

static bool set_up(void *s, const visit_config *cfg, unsigned k)
{
    const int64_t most = FRAME_MAX + CURVE_OVERHEAD;

    return set_number(s, ZMQ_LINGER, LINGER_MS) && set_number(s, ZMQ_HANDSHAKE_IVL, HANDSHAKE_MS) &&
           set_number(s, ZMQ_IPV6, 1) && set_number(s, ZMQ_RECONNECT_IVL, RECONNECT_MS) &&
           set_number(s, ZMQ_RECONNECT_IVL_MAX, RECONNECT_MAX_MS) &&
           set_number(s, ZMQ_SNDHWM, WAITING_MAX) &&
           !zmq_setsockopt(s, ZMQ_MAXMSGSIZE, &most, sizeof most) &&
           set_key(s, ZMQ_CURVE_SERVERKEY, cfg->node[k].public_key) &&
           set_key(s, ZMQ_CURVE_SECRETKEY, cfg->secret_key) &&
           set_key(s, ZMQ_CURVE_PUBLICKEY, cfg->public_key);
}

static status connect_to(visit *v, unsigned k, failure *err)
{
    const mesh_peer *node = &v->is.node[k];
    void *s = zmq_socket(v->ctx, ZMQ_DEALER);

    v->item[k] = (zmq_pollitem_t){s, 0, ZMQ_POLLIN, 0};
    if (s && set_up(s, &v->is, k) && !zmq_connect(s, node->address)) return OK;
    return fail(err, E_CONFIG, "N02", "cannot use the address or key of %s, %s: %s", node->name,
                node->address, zmq_strerror(zmq_errno()));
}

status visit_again(visit *v, unsigned node, failure *err)
{
    set_number(v->item[node].socket, ZMQ_LINGER, 0);
    zmq_close(v->item[node].socket);
    return connect_to(v, node, err);
}

status visit_open(visit **out, const visit_config *cfg, failure *err)
{
    visit *v = calloc(1, sizeof *v);
    status st = OK;

    *out = NULL;
    if (!v) return fail_memory(err);
    v->is = *cfg, v->nodes = cfg->nodes;
    atomic_init(&v->cancelled, false);
    v->wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    v->ctx = zmq_ctx_new();
    v->item = calloc(cfg->nodes + 1, sizeof *v->item);
    if (v->wake < 0 || !v->ctx || !v->item) st = fail_memory(err);
    for (unsigned k = 0; !st && k < cfg->nodes; k++) st = connect_to(v, k, err);
    if (st) {
        visit_close(v);
        return st;
    }
    v->item[v->nodes] = (zmq_pollitem_t){NULL, v->wake, ZMQ_POLLIN, 0};
    *out = v;
    return OK;
}

status visit_send(visit *v, unsigned to, slice bytes, failure *err)
{
    zmq_msg_t msg;
    uint8_t *data;

    if (zmq_msg_init_size(&msg, CHANNEL_HEADER + bytes.len)) return fail_memory(err);
    data = zmq_msg_data(&msg);
    frame_header_write(data, &(frame_header){FRAME_DATA, 1, 0, frame_desk_tag});
    memcpy(data + CHANNEL_HEADER, bytes.data, bytes.len);
    /* to one that is not there for long it is dropped, and asked again */
    if (zmq_msg_send(&msg, v->item[to].socket, ZMQ_DONTWAIT) < 0) zmq_msg_close(&msg);
    return OK;
}

/* What one socket has, when it is an answer. */
static bool take(void *socket, buffer *bytes)
{
    zmq_msg_t msg;
    frame_header h;
    bool good = false;

    zmq_msg_init(&msg);
    if (zmq_msg_recv(&msg, socket, ZMQ_DONTWAIT) >= 0) {
        const uint8_t *data = zmq_msg_data(&msg);
        size_t len = zmq_msg_size(&msg);
        good = !zmq_msg_more(&msg) && frame_header_read(&h, data, len) && h.kind == FRAME_DATA &&
               !memcmp(h.tag, frame_desk_tag, FRAME_TAG);
        bytes->len = 0;
        if (good) buffer_append(bytes, data + CHANNEL_HEADER, len - CHANNEL_HEADER);
    }
    zmq_msg_close(&msg);
    return good && !bytes->failed;
}

bool visit_next(visit *v, int64_t until_ms, unsigned *from, buffer *bytes)
{
    while (!atomic_load(&v->cancelled)) {
        int64_t left = until_ms - now_ms();
        int ready = zmq_poll(v->item, (int)v->nodes + 1, left > 0 ? (long)left : 0);
        if (ready < 0 && zmq_errno() != EINTR) return false;
        for (unsigned i = 0; ready > 0 && i < v->nodes; i++) {
            unsigned k = (v->turn + i) % v->nodes;
            if (!(v->item[k].revents & ZMQ_POLLIN) || !take(v->item[k].socket, bytes)) continue;
            *from = k, v->turn = k + 1;
            return true;
        }
        if (left <= 0) return false;
    }
    return false;
}

void visit_cancel(visit *v)
{
    uint64_t one = 1;

    atomic_store(&v->cancelled, true);
    while (write(v->wake, &one, sizeof one) < 0 && errno == EINTR) {}
}

bool visit_cancelled(const visit *v)
{
    return atomic_load(&v->cancelled);
}

void visit_close(visit *v)
{
    if (!v) return;
    for (unsigned k = 0; v->item && k < v->nodes; k++)
        if (v->item[k].socket) zmq_close(v->item[k].socket);
    if (v->ctx) zmq_ctx_term(v->ctx);
    if (v->wake >= 0) close(v->wake);
    free(v->item);
    free(v);
}
