/* Whatever peers send: a node among others that say what the input makes them say, from the hello to the outputs. The
 * input is a script of frames, of which the most useful are what the node itself has said, given back as it is or
 * changed: other nodes send frames of these very kinds and sizes. Any end is right but a fault. */
#include "net/transport.h"
#include "runtime/serve_parts.h"
#include "runtime/session.h"
#include "runtime/source.h"

#include <openssl/rand.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { NODES = 3, NONCE = 7, PEERS = NODES - 1 };

/* The low bits of a step say which peer, the others what it does. */
typedef enum step {
    STEP_ECHO,    /* the oldest frame that the node has sent it and that it has not given back */
    STEP_CHANGED, /* the same with one byte of the payload changed: where (2 bytes), by what */
    STEP_SHORTER, /* the same without the last bytes: how many */
    STEP_MADE,    /* a frame in order, of any kind: kind, length, payload */
    STEP_HEADER,  /* the oldest again with one byte of the header changed: where, by what */
    STEP_RAW,     /* bytes: length, bytes */
    STEP_LOST,    /* it is gone */
    STEP_SILENCE, /* nothing comes in time */
    STEPS
} step;

/* --- a transport whose peers read from a script */

typedef struct scripted {
    transport is;
    slice script;
    frame_queue said[NODES]; /* to each peer, hello and data */
    uint32_t sequence[NODES];
    bool stopped; /* a peer has said that it stops, which may be for a bug of its own */
} scripted;

static uint8_t take(scripted *t)
{
    if (!t->script.len) return 0;
    t->script.len--;
    return *t->script.data++;
}

static void frame_release(frame *f)
{
    free(f->data);
    free(f);
}

static frame *make(transport *t, size_t len)
{
    frame *f = calloc(1, sizeof *f);

    (void)t;
    if (!f || !(f->data = calloc(1, len))) abort();
    f->len = len, f->release = frame_release;
    return f;
}

static void send(transport *base, unsigned to, frame *f)
{
    scripted *t = (scripted *)base;
    frame_header h;

    if (!frame_header_read(&h, f->data, f->len)) abort();
    if (h.kind == FRAME_HELLO || h.kind == FRAME_DATA)
        frame_push(&t->said[to], f);
    else
        frame_release(f);
}

static frame *made(scripted *t, unsigned from)
{
    static const uint8_t tag[FRAME_TAG] = {0};
    frame_kind kind = FRAME_HELLO + take(t) % FRAME_PONG;
    size_t len = take(t);
    frame *f;

    if (kind == FRAME_BEAT || kind == FRAME_PING) return NULL; /* a mesh answers these itself */
    f = make(NULL, CHANNEL_HEADER + len);
    frame_header_write(f->data, &(frame_header){kind, t->sequence[from]++, NONCE, tag});
    for (size_t k = 0; k < len; k++) f->data[CHANNEL_HEADER + k] = take(t);
    return f;
}

static frame *raw(scripted *t)
{
    size_t len = take(t);
    frame *f = make(NULL, len + 1);

    f->len = len;
    for (size_t k = 0; k < len; k++) f->data[k] = take(t);
    return f;
}

/* What the node has said to this peer, as the peer's own. */
static frame *echo(scripted *t, unsigned from, step how)
{
    frame *f = frame_pop(&t->said[from]);
    frame_header h;
    size_t payload, at;

    if (!f || !frame_header_read(&h, f->data, f->len)) return NULL;
    h.sequence = t->sequence[from]++, h.nonce = NONCE;
    frame_header_write(f->data,
                       &(frame_header){h.kind, h.sequence, h.nonce, (uint8_t[FRAME_TAG]){0}});
    payload = f->len - CHANNEL_HEADER;
    if (how == STEP_CHANGED) {
        at = take(t);
        at |= (size_t)take(t) << 8;
        if (payload) f->data[CHANNEL_HEADER + at % payload] ^= take(t);
    }
    if (how == STEP_SHORTER) {
        at = take(t);
        f->len -= at < payload ? at : payload;
    }
    if (how == STEP_HEADER) {
        at = take(t) % CHANNEL_HEADER;
        f->data[at] ^= take(t);
        if (frame_header_read(&h, f->data, f->len) && (h.kind == FRAME_BEAT || h.kind == FRAME_PING))
            f->len = 0;
    }
    return f;
}

static arrival next(transport *base, int64_t until_ms, frame **f, unsigned *lost)
{
    scripted *t = (scripted *)base;
    frame_header h;
    uint8_t what;
    unsigned from;

    (void)until_ms;
    if (!t->script.len) return ARRIVED_CANCEL;
    what = take(t), from = 1 + what % PEERS;
    switch ((step)(what / PEERS % STEPS)) {
    case STEP_LOST: *lost = from; return ARRIVED_LOSS;
    case STEP_MADE: *f = made(t, from); break;
    case STEP_RAW: *f = raw(t); break;
    case STEP_ECHO:
    case STEP_CHANGED:
    case STEP_SHORTER:
    case STEP_HEADER: *f = echo(t, from, (step)(what / PEERS % STEPS)); break;
    case STEP_SILENCE:
    case STEPS: break;
    }
    if (!*f) return ARRIVED_NOTHING;
    (*f)->from = from;
    t->stopped |= frame_header_read(&h, (*f)->data, (*f)->len) && h.kind == FRAME_STOP;
    return ARRIVED_FRAME;
}

static void cancel(transport *t)
{
    (void)t;
}

static void close_scripted(transport *base)
{
    scripted *t = (scripted *)base;

    for (unsigned k = 0; k < NODES; k++) frame_queue_free(&t->said[k]);
    free(t);
}

/* --- the node */

static uint8_t drawn;

/* In the place of libcrypto's: an input has to do the same each time. */
int RAND_bytes(unsigned char *out, int len)
{
    for (int k = 0; k < len; k++) out[k] = drawn++;
    return 1;
}

static program *ran;
static launch *placed[2]; /* passive, active */

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    static const char source[] = "party a\nparty b\nparty c\ninput x from a : int[2] 0..9\n"
                                 "input y from b : int[2] 0..9\noutput z to all : int\n"
                                 "output w to a : bool[2]\nx y * sum reveal z  x y < reveal w\n";
    compile_request req = {.file = "fuzz.moot", .source = {(const uint8_t *)source, strlen(source)}};
    report rep = {0};
    failure err = {0};

    (void)argc, (void)argv;
    if (compile_verified(&req, &ran, &rep, NULL, &err)) abort();
    report_free(&rep);
    for (unsigned active = 0; active < 2; active++)
        if (launch_local(&placed[active], ran, 0, 0, &err) ||
            launch_choose_security(placed[active], active, &err))
            abort();
    return 0;
}

static void give_own(run_data *d)
{
    d->input[0][0] = (plain){.v = calloc(2, sizeof(num)), .len = 2};
    d->input[0][0].v[1] = 9;
}

/* The session of node 0. */
static status run(const channel_setup *setup, scripted *t, const launch *l, failure *err)
{
    session_config cfg = {.program = ran, .launch = l, .name = "fuzz", .truncation = "exact"};
    session_result result = {0};
    channel *c = NULL;
    run_data *d = run_data_new(ran);

    if (!d || channel_over(&c, setup, &t->is, err)) abort();
    give_own(d);
    status st = session_run(&cfg, c, d, &result, err);
    if (st == E_BUG && !t->stopped) abort();
    channel_close(c);
    run_data_free(d, ran);
    return st;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char *const label[NODES] = {"a", "b", "c"};
    channel_setup setup = {.members = NODES,
                           .label = label,
                           .nonce = 1,
                           .start_timeout_ms = 1000,
                           .progress_timeout_ms = 1000};
    scripted *t = calloc(1, sizeof *t);
    failure err = {0};
    note n;

    if (size < 1 || !t) return free(t), -1;
    drawn = 0;
    note_read(&n, (slice){data + 1, size - 1});
    *t = (scripted){.is = {make, send, next, cancel, close_scripted}, .script = {data + 1, size - 1}};
    if (run(&setup, t, placed[data[0] % 2], &err) && !err.text[0]) abort();
    return 0;
}
