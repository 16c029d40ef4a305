/* The ZAP handler: reads requests of libzmq, compares keys or users, answers. */
#include "net/zap.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <zmq.h>

struct zap {
    void *socket;
    pthread_t thread;
    unsigned members;
    bool curve;
    pthread_mutex_t lock;      /* of the guests */
    uint8_t (*guest)[ZAP_KEY]; /* ascending */
    size_t guests;
    uint8_t keys[][ZAP_KEY];
};

enum { USER = sizeof ZAP_GUEST + 40 }; /* characters of a User-Id, with its NUL */

/* The parts of a request, in order; a CURVE request has one credential, a PLAIN one has two. */
enum { VERSION, REQUEST_ID, DOMAIN, ADDRESS, IDENTITY, MECHANISM, CREDENTIAL, PARTS_MAX = 12 };

typedef struct request {
    zmq_msg_t part[PARTS_MAX];
    size_t parts;
} request;

static slice part(request *r, size_t i)
{
    return (slice){zmq_msg_data(&r->part[i]), zmq_msg_size(&r->part[i])};
}

static bool is(slice s, const char *text)
{
    return s.len == strlen(text) && !memcmp(s.data, text, s.len);
}

/* Reads a whole request; parts beyond the last we know of overwrite it. False when the context ends. */
static bool request_read(request *r, void *socket)
{
    bool more = true;
    for (r->parts = 0; more;) {
        zmq_msg_t *to = &r->part[r->parts];
        zmq_msg_init(to);
        if (zmq_msg_recv(to, socket, 0) < 0) return false;
        more = zmq_msg_more(to);
        if (r->parts + 1 < PARTS_MAX)
            r->parts++;
        else
            zmq_msg_close(to);
    }
    return true;
}

static void request_free(request *r)
{
    for (size_t i = 0; i < r->parts; i++) zmq_msg_close(&r->part[i]);
    r->parts = 0;
}

static int member_with_key(const zap *z, slice key)
{
    if (key.len != ZAP_KEY) return -1;
    for (unsigned k = 0; k < z->members; k++)
        if (!memcmp(z->keys[k], key.data, ZAP_KEY)) return (int)k;
    return -1;
}

/* The address of an ipc peer is "host:uid:gid:pid", as the kernel knows it. */
static bool same_user(slice address)
{
    char text[256], mine[32];
    char *uid;

    if (address.len >= sizeof text) return false;
    memcpy(text, address.data, address.len);
    text[address.len] = '\0';
    if (!(uid = strchr(text, ':'))) return false;
    snprintf(mine, sizeof mine, ":%ld:", (long)getuid());
    return !strncmp(uid, mine, strlen(mine));
}

static int member_with_name(const zap *z, slice name)
{
    char text[16];
    for (unsigned k = 0; k < z->members; k++) {
        snprintf(text, sizeof text, "%u", k);
        if (is(name, text)) return (int)k;
    }
    return -1;
}

static int by_bytes(const void *a, const void *b)
{
    return memcmp(a, b, ZAP_KEY);
}

static bool is_guest(zap *z, slice key)
{
    bool found;

    if (key.len != ZAP_KEY) return false;
    pthread_mutex_lock(&z->lock);
    found = z->guests && bsearch(key.data, z->guest, z->guests, ZAP_KEY, by_bytes);
    pthread_mutex_unlock(&z->lock);
    return found;
}

/* The User-Id of a key that may connect; false for any other. */
static bool judge_key(zap *z, slice key, char user[USER])
{
    int member = member_with_key(z, key);

    if (member >= 0) return snprintf(user, USER, "%d", member) > 0;
    if (!is_guest(z, key)) return false;
    memcpy(user, ZAP_GUEST, sizeof ZAP_GUEST);
    return zmq_z85_encode(user + strlen(ZAP_GUEST), key.data, ZAP_KEY) != NULL;
}

/* The User-Id of who asks to be let in; false when nobody of ours does. */
static bool judge(zap *z, request *r, char user[USER])
{
    int member;

    if (r->parts <= CREDENTIAL || !is(part(r, VERSION), "1.0")) return false;
    if (z->curve) return is(part(r, MECHANISM), "CURVE") && judge_key(z, part(r, CREDENTIAL), user);
    if (!is(part(r, MECHANISM), "PLAIN") || !same_user(part(r, ADDRESS))) return false;
    member = member_with_name(z, part(r, CREDENTIAL));
    return member >= 0 && snprintf(user, USER, "%d", member) > 0;
}

static void answer(void *socket, request *r, bool admitted, const char *name)
{
    const char *code = admitted ? "200" : "400";
    slice id = r->parts > REQUEST_ID ? part(r, REQUEST_ID) : (slice){(const uint8_t *)"", 0};

    zmq_send(socket, "1.0", 3, ZMQ_SNDMORE);
    zmq_send(socket, id.data, id.len, ZMQ_SNDMORE);
    zmq_send(socket, code, 3, ZMQ_SNDMORE);
    zmq_send(socket, "", 0, ZMQ_SNDMORE);
    zmq_send(socket, name, strlen(name), ZMQ_SNDMORE);
    zmq_send(socket, "", 0, 0);
}

static void *serve(void *arg)
{
    zap *z = arg;
    request r;

    while (request_read(&r, z->socket)) {
        char user[USER] = "";
        bool admitted = judge(z, &r, user);
        answer(z->socket, &r, admitted, admitted ? user : "");
        request_free(&r);
    }
    request_free(&r);
    zmq_close(z->socket);
    return NULL;
}

status zap_start(zap **out, void *ctx, const uint8_t (*keys)[ZAP_KEY], unsigned members, failure *err)
{
    zap *z = calloc(1, sizeof *z + members * sizeof z->keys[0]);

    *out = NULL;
    if (!z) return fail_memory(err);
    z->members = members;
    z->curve = keys;
    pthread_mutex_init(&z->lock, NULL);
    if (keys) memcpy(z->keys, keys, members * sizeof z->keys[0]);
    z->socket = zmq_socket(ctx, ZMQ_REP);
    if (!z->socket || zmq_bind(z->socket, "inproc://zeromq.zap.01") ||
        pthread_create(&z->thread, NULL, serve, z)) {
        if (z->socket) zmq_close(z->socket);
        pthread_mutex_destroy(&z->lock);
        free(z);
        return fail(err, E_LIMIT, "", "cannot start the ZAP handler: %s", zmq_strerror(zmq_errno()));
    }
    *out = z;
    return OK;
}

status zap_admit(zap *z, const uint8_t (*keys)[ZAP_KEY], size_t count, failure *err)
{
    uint8_t(*guest)[ZAP_KEY] = calloc(count + 1, sizeof *guest), (*before)[ZAP_KEY];

    if (!guest) return fail_memory(err);
    if (count) memcpy(guest, keys, count * sizeof *guest);
    qsort(guest, count, sizeof *guest, by_bytes);
    pthread_mutex_lock(&z->lock);
    before = z->guest;
    z->guest = guest, z->guests = count;
    pthread_mutex_unlock(&z->lock);
    free(before);
    return OK;
}

void zap_stop(zap *z)
{
    if (!z) return;
    pthread_join(z->thread, NULL);
    pthread_mutex_destroy(&z->lock);
    free(z->guest);
    free(z);
}
