/* Pings carry the time of their sending, so that the answer alone tells how long it took. */
#include "net/ping.h"
#include "net/transport.h"

#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <openssl/rand.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>
#include <zmq.h>

enum {
    AGAIN_MS = 100,   /* who has not answered is asked again */
    LINGER_MS = 1000, /* how long others are answered after all have answered us */
    PROBE_MS = 2000,  /* how long a plain connection may take */
    HOST_MAX = 256
};

typedef struct asking {
    transport *t;
    uint64_t nonce;
    unsigned self, members;
    ping_answer *answer;
    unsigned *times; /* [members] answers so far */
    uint8_t tag[FRAME_TAG];
} asking;

static int64_t now_ns(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

static void ask(asking *a, unsigned k)
{
    int64_t now = now_ns();
    frame *f = a->t->make(a->t, CHANNEL_HEADER + sizeof now);

    if (!f) return; /* the next time, perhaps */
    frame_header_write(f->data, &(frame_header){FRAME_PING, 0, a->nonce, a->tag});
    memcpy(f->data + CHANNEL_HEADER, &now, sizeof now);
    a->t->send(a->t, k, f);
}

/* True when the peer is to be asked once more. */
static bool take(asking *a, const frame *f)
{
    ping_answer *to = &a->answer[f->from];
    int64_t sent;
    double took;

    if (f->len != CHANNEL_HEADER + sizeof sent || a->times[f->from] == PING_TIMES) return false;
    memcpy(&sent, f->data + CHANNEL_HEADER, sizeof sent);
    took = (double)(now_ns() - sent) * 1e-9;
    if (!to->came || took < to->seconds) to->seconds = took;
    to->came = true;
    return ++a->times[f->from] < PING_TIMES;
}

static bool complete(const asking *a)
{
    for (unsigned k = 0; k < a->members; k++)
        if (k != a->self && a->times[k] < PING_TIMES) return false;
    return true;
}

/* Takes what comes until then. */
static status listen_until(asking *a, int64_t until, bool all, failure *err)
{
    unsigned lost;
    frame *f;

    while (!all || !complete(a)) {
        switch (a->t->next(a->t, until, &f, &lost)) {
        case ARRIVED_FRAME:
            if (take(a, f)) ask(a, f->from);
            f->release(f);
            break;
        case ARRIVED_LOSS: break;
        case ARRIVED_NOTHING: return OK;
        case ARRIVED_CANCEL: return fail(err, E_CANCELLED, "", "cancelled");
        case ARRIVED_FAULT: return fail(err, E_BUG, "", "the receiving socket failed");
        }
    }
    return OK;
}

static status ask_all(asking *a, int64_t until, failure *err)
{
    status st = OK;

    while (!st && !complete(a) && now_ms() < until) {
        int64_t again = now_ms() + AGAIN_MS;
        for (unsigned k = 0; k < a->members; k++)
            if (k != a->self && !a->times[k]) ask(a, k);
        st = listen_until(a, again < until ? again : until, true, err);
    }
    return st || !complete(a) ? st : listen_until(a, now_ms() + LINGER_MS, false, err);
}

status ping_all(mesh *m, unsigned self, unsigned members, unsigned timeout_ms, ping_answer *answer,
                void (*opened)(void *user, transport *t), void *user, failure *err)
{
    asking a = {.nonce = mesh_nonce(m), .self = self, .members = members, .answer = answer};
    status st;

    memset(answer, 0, members * sizeof *answer);
    if (RAND_bytes(a.tag, sizeof a.tag) != 1)
        return fail(err, E_BUG, "", "no random numbers to be had");
    if (!(a.times = calloc(members, sizeof *a.times))) return fail_memory(err);
    if (!(st = mesh_port(m, a.tag, &a.t, err))) {
        if (opened) opened(user, a.t);
        st = ask_all(&a, now_ms() + timeout_ms, err);
        if (opened) opened(user, NULL);
        a.t->close(a.t);
    }
    free(a.times);
    return st;
}

/* --- why not */

/* "tcp://[::1]:7001" to host and port; false for what is no such address. */
static bool split(const char *address, char host[HOST_MAX], const char **port)
{
    const char *from = address + strlen("tcp://"), *colon = strrchr(address, ':');
    size_t len;

    if (strncmp(address, "tcp://", strlen("tcp://")) || !colon || colon < from) return false;
    len = (size_t)(colon - from);
    if (len >= 2 && from[0] == '[' && from[len - 1] == ']') from++, len -= 2;
    if (len == 0 || len >= HOST_MAX) return false;
    memcpy(host, from, len);
    host[len] = '\0';
    *port = colon + 1;
    return true;
}

/* 0, or the errno of connecting. */
static int try_connect(const struct addrinfo *at)
{
    int fd = socket(at->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0), error = 0;
    socklen_t len = sizeof error;
    struct pollfd p = {.fd = fd, .events = POLLOUT};

    if (fd < 0) return errno;
    if (connect(fd, at->ai_addr, at->ai_addrlen) && errno != EINPROGRESS)
        error = errno;
    else if (poll(&p, 1, PROBE_MS) != 1)
        error = ETIMEDOUT;
    else if (getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &len))
        error = errno;
    close(fd);
    return error;
}

static bool set_number(void *socket, int option, int value)
{
    return !zmq_setsockopt(socket, option, &value, sizeof value);
}

static bool set_key(void *socket, int option, const char *z85)
{
    return !zmq_setsockopt(socket, option, z85, KEY_TEXT + 1);
}

static bool begin_handshake(void *s, void *monitor, const ping_doubt *of)
{
    static const char events[] = "inproc://handshake";
    const int wanted = ZMQ_EVENT_HANDSHAKE_SUCCEEDED | ZMQ_EVENT_HANDSHAKE_FAILED_AUTH |
                       ZMQ_EVENT_HANDSHAKE_FAILED_PROTOCOL | ZMQ_EVENT_HANDSHAKE_FAILED_NO_DETAIL |
                       ZMQ_EVENT_DISCONNECTED;

    return s && monitor && set_number(s, ZMQ_LINGER, 0) && set_number(s, ZMQ_IPV6, 1) &&
           set_number(s, ZMQ_RECONNECT_IVL, -1) && set_key(s, ZMQ_CURVE_SERVERKEY, of->their_key) &&
           set_key(s, ZMQ_CURVE_PUBLICKEY, of->public_key) &&
           set_key(s, ZMQ_CURVE_SECRETKEY, of->secret_key) &&
           !zmq_socket_monitor(s, events, wanted) && !zmq_connect(monitor, events) &&
           !zmq_connect(s, of->address);
}

/* What comes of a handshake there: an event of libzmq's; 0: none within PROBE_MS. */
static unsigned try_keys(const ping_doubt *of)
{
    void *ctx = zmq_ctx_new();
    void *s = ctx ? zmq_socket(ctx, ZMQ_DEALER) : NULL,
         *monitor = ctx ? zmq_socket(ctx, ZMQ_PAIR) : NULL;
    uint16_t event[3] = {0}; /* and a number of 32 bits */
    bool begun = begin_handshake(s, monitor, of);
    zmq_pollitem_t item = {monitor, 0, ZMQ_POLLIN, 0};

    if (begun && zmq_poll(&item, 1, PROBE_MS) == 1)
        zmq_recv(monitor, event, sizeof event, ZMQ_DONTWAIT);
    if (begun) zmq_socket_monitor(s, NULL, 0);
    if (s) zmq_close(s);
    if (monitor) zmq_close(monitor);
    if (ctx) zmq_ctx_term(ctx);
    return event[0];
}

/* Of somebody who listens there. */
static const char *explain_keys(const ping_doubt *of)
{
    switch (of->secret_key ? try_keys(of) : 0) {
    case ZMQ_EVENT_HANDSHAKE_SUCCEEDED:
        return "it has the key of the parties file and knows ours, and says nothing";
    case ZMQ_EVENT_HANDSHAKE_FAILED_AUTH:
        return "it has the key of the parties file, and does not know ours";
    default: return "somebody listens there, who has another key than the parties file says";
    }
}

void ping_explain(const ping_doubt *of, char *out, size_t size)
{
    const struct addrinfo hints = {.ai_socktype = SOCK_STREAM};
    struct addrinfo *at = NULL;
    char host[HOST_MAX];
    const char *port;
    int error;

    if (!split(of->address, host, &port))
        snprintf(out, size, "no answer");
    else if ((error = getaddrinfo(host, port, &hints, &at)))
        snprintf(out, size, "the name %s is not known: %s", host, gai_strerror(error));
    else if ((error = try_connect(at)))
        snprintf(out, size, "nobody can be reached there: %s", strerror(error));
    else
        snprintf(out, size, "%s", explain_keys(of));
    if (at) freeaddrinfo(at);
}
