/* A channel over a transport that says what a table says: each frame that should not come ends the session with the
 * right name, and nothing else does. */
#include "net/transport.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

enum { PEER = 1, OTHER = 2, MEMBERS = 3, NONCE = 7, STEPS = 8 };

/* What comes next, always of PEER. */
typedef struct event {
    arrival what; /* ARRIVED_FRAME is 0 */
    frame_kind kind;
    uint32_t sequence;
    const char *payload;
    size_t len;
    uint64_t nonce; /* 0: NONCE */
    bool broken;    /* no frame of ours */
} event;

typedef struct scripted {
    transport is;
    const event *next, *end;
    bool no_memory;
    frame_kind sent[MEMBERS]; /* the last to each */
} scripted;

static void frame_release(frame *f)
{
    free(f->data);
    free(f);
}

static frame *make(transport *base, size_t len)
{
    frame *f;

    if (((scripted *)base)->no_memory) return NULL;
    f = calloc(1, sizeof *f);
    *f = (frame){.data = calloc(1, len), .len = len, .release = frame_release};
    return f;
}

static void send(transport *base, unsigned to, frame *f)
{
    frame_header h;

    cr_assert(frame_header_read(&h, f->data, f->len));
    ((scripted *)base)->sent[to] = h.kind;
    frame_release(f);
}

static arrival next(transport *base, int64_t until_ms, frame **f, unsigned *lost)
{
    static const uint8_t tag[FRAME_TAG] = {0};
    scripted *t = (scripted *)base;
    const event *e = t->next;

    (void)until_ms;
    cr_assert(e < t->end, "the channel waits for more than the script has");
    t->next++;
    *lost = PEER;
    if (e->what != ARRIVED_FRAME) return e->what;
    *f = calloc(1, sizeof **f);
    **f = (frame){.from = PEER,
                  .data = calloc(1, CHANNEL_HEADER + e->len),
                  .len = CHANNEL_HEADER + e->len,
                  .release = frame_release};
    frame_header_write((*f)->data,
                       &(frame_header){e->kind, e->sequence, e->nonce ? e->nonce : NONCE, tag});
    if (e->broken) (*f)->data[0] = 'X';
    if (e->payload) memcpy((*f)->data + CHANNEL_HEADER, e->payload, e->len);
    return ARRIVED_FRAME;
}

static void no_cancel(transport *t)
{
    (void)t;
}

static void no_close(transport *t)
{
    (void)t;
}

static channel *channel_with(scripted *t, const event *script, size_t len)
{
    static const char *const label[MEMBERS] = {"self", "peer", "other"};
    channel_setup setup = {.members = MEMBERS, .label = label, .nonce = 1, .start_timeout_ms = 60000};
    channel *c = NULL;

    *t = (scripted){
        .is = {make, send, next, no_cancel, no_close}, .next = script, .end = script + len};
    cr_assert_eq(channel_over(&c, &setup, &t->is, NULL), OK);
    return c;
}

/* Sends PEER eight bytes and waits for eight of it. */
static status swap_eight(channel *c, failure *err)
{
    uint8_t out[8] = {0}, in[8];
    const chunk give = {.data = out, .len = sizeof out}, get = {.data = in, .len = sizeof in};
    const chunk *to[MEMBERS] = {NULL, &give, NULL}, *from[MEMBERS] = {NULL, &get, NULL};
    const size_t one[MEMBERS] = {0, 1, 0};

    return channel_round(c, &(round_io){to, from, one, one}, err);
}

static size_t script_length(const event *e)
{
    size_t len = STEPS;

    while (len && !e[len - 1].kind && e[len - 1].what == ARRIVED_FRAME) len--;
    return len;
}

Test(channel, names_who_sends_what_should_not_come)
{
    static const struct {
        const char *what;
        event script[STEPS];
        status st;
        const char *code, *says;
        frame_kind told; /* what OTHER hears of it */
    } cases[] = {
        {"a lost peer", {{.what = ARRIVED_LOSS}}, E_PEER, "N03", "lost peer", FRAME_LOST},
        {"a broken transport", {{.what = ARRIVED_FAULT}}, E_BUG, "", "socket failed", 0},
        {"a cancelled wait", {{.what = ARRIVED_CANCEL}}, E_CANCELLED, "", "cancelled", 0},
        {"no frame of ours",
         {{.kind = FRAME_DATA, .len = 8, .broken = true}},
         E_PEER,
         "N03",
         "lost peer",
         FRAME_LOST},
        {"a gap",
         {{.kind = FRAME_WAITING}, {.kind = FRAME_DATA, .sequence = 2, .len = 8}},
         E_PEER,
         "N03",
         "lost peer",
         FRAME_LOST},
        {"no beginning",
         {{.kind = FRAME_DATA, .sequence = 1, .len = 8}},
         E_PEER,
         "N03",
         "peer has begun this session with an earlier start of this process",
         FRAME_LOST},
        {"another start",
         {{.kind = FRAME_WAITING}, {.kind = FRAME_DATA, .sequence = 1, .len = 8, .nonce = 9}},
         E_PEER,
         "N03",
         "lost peer",
         FRAME_LOST},
        {"a hello in a round",
         {{.kind = FRAME_HELLO, .len = 8}},
         E_ABORT,
         "N04",
         "does not ask for",
         FRAME_STOP},
        {"too little", {{.kind = FRAME_DATA, .len = 7}}, E_ABORT, "N04", "does not ask for", FRAME_STOP},
        {"too much", {{.kind = FRAME_DATA, .len = 9}}, E_ABORT, "N04", "does not ask for", FRAME_STOP},
        {"credit for nothing", {{.kind = FRAME_CREDIT}}, E_PEER, "N03", "lost peer", FRAME_LOST},
        {"an answer to no question", {{.kind = FRAME_PONG}}, E_PEER, "N03", "lost peer", FRAME_LOST},
        {"a goodbye too early", {{.kind = FRAME_BYE}}, E_PEER, "N03", "lost peer", FRAME_LOST},
        {"words after goodbye",
         {{.kind = FRAME_DATA, .len = 7 + 1}, {.kind = FRAME_BYE, .sequence = 1}},
         OK,
         "",
         "",
         0},
        {"a stop without words",
         {{.kind = FRAME_STOP, .payload = "\x06", .len = 1}},
         E_PEER,
         "N03",
         "lost peer",
         FRAME_LOST},
        {"a stop",
         {{.kind = FRAME_STOP, .payload = "\x06N77\0\0\0\0\0why\x01", .len = 13}},
         E_ABORT,
         "N77",
         "why",
         FRAME_STOP},
        {"an interrupt",
         {{.kind = FRAME_STOP, .payload = "\x0a\0\0\0\0\0\0\0\0x", .len = 10}},
         E_PEER,
         "N05",
         "peer was interrupted",
         FRAME_STOP},
        {"a status that is none",
         {{.kind = FRAME_STOP, .payload = "\xff\0\0\0\0\0\0\0\0x", .len = 10}},
         E_PEER,
         "N05",
         "peer was interrupted",
         FRAME_STOP},
        {"it lost another",
         {{.kind = FRAME_LOST, .payload = "\2\0\0\0", .len = 4}},
         E_PEER,
         "N03",
         "lost other",
         FRAME_LOST},
        {"it lost us",
         {{.kind = FRAME_LOST, .payload = "\0\0\0\0", .len = 4}},
         E_PEER,
         "N03",
         "lost peer",
         FRAME_LOST},
        {"it lost nobody there is",
         {{.kind = FRAME_LOST, .payload = "\3\0\0\0", .len = 4}},
         E_PEER,
         "N03",
         "lost peer",
         FRAME_LOST},
        {"it lost a large number",
         {{.kind = FRAME_LOST, .payload = "\2\0\1\0", .len = 4}},
         E_PEER,
         "N03",
         "lost peer",
         FRAME_LOST},
        {"it lost half a number",
         {{.kind = FRAME_LOST, .payload = "\2", .len = 1}},
         E_PEER,
         "N03",
         "lost peer",
         FRAME_LOST},
        {"what should come",
         {{.what = ARRIVED_NOTHING},
          {.kind = FRAME_WAITING},
          {.kind = FRAME_DATA, .sequence = 1, .len = 8}},
         OK,
         "",
         "",
         0},
    };

    for (size_t k = 0; k < sizeof cases / sizeof *cases; k++) {
        scripted t;
        failure err = {0};
        channel *c = channel_with(&t, cases[k].script, script_length(cases[k].script));
        cr_expect_eq(swap_eight(c, &err), cases[k].st, "%s: %s", cases[k].what, err.text);
        cr_expect_str_eq(err.code, cases[k].code, "%s", cases[k].what);
        cr_expect(strstr(err.text, cases[k].says), "%s: %s", cases[k].what, err.text);
        cr_expect_eq(t.sent[OTHER], cases[k].told, "%s", cases[k].what);
        if (cases[k].st) /* it is over, and stays so */
            cr_expect_eq(swap_eight(c, NULL), cases[k].st, "%s", cases[k].what);
        channel_close(c);
    }
}

Test(channel, takes_no_more_in_than_an_honest_peer_sends)
{
    enum { FRAMES = CHANNEL_WINDOW / CHANNEL_FRAME + 4 };
    event flood[FRAMES];
    scripted t;
    failure err = {0};

    for (uint32_t k = 0; k < FRAMES; k++)
        flood[k] = (event){
            .kind = k ? FRAME_DATA : FRAME_WAITING, .sequence = k, .len = k ? CHANNEL_FRAME : 0};
    flood[1].kind = FRAME_HELLO; /* for which nobody asks until the hello */
    channel *c = channel_with(&t, flood, FRAMES);
    slice theirs[MEMBERS];
    cr_expect_eq(channel_hello(c, (slice){(const uint8_t *)"x", 1}, theirs, &err), E_PEER, "%s",
                 err.text);
    channel_close(c);

    /* Waits for OTHER while PEER floods. */
    uint8_t in[8];
    const chunk get = {.data = in, .len = sizeof in};
    const chunk *none[MEMBERS] = {0}, *from[MEMBERS] = {NULL, NULL, &get};
    c = channel_with(&t, flood, FRAMES);
    err = (failure){0};
    cr_expect_eq(
        channel_round(c, &(round_io){none, from, (size_t[MEMBERS]){0}, (size_t[MEMBERS]){0, 0, 1}},
                      &err),
        E_PEER);
    cr_expect(strstr(err.text, "lost peer"), "%s", err.text);
    channel_close(c);
}

Test(channel, greets_only_who_greets)
{
    static const event data[] = {{.kind = FRAME_DATA, .len = 1}}, bye[] = {{.kind = FRAME_BYE}},
                       loss[] = {{.what = ARRIVED_LOSS}};
    static const struct {
        const event *script;
        status st;
        const char *says;
    } cases[] = {{data, E_ABORT, "does not ask for"},
                 {bye, E_PEER, "lost peer"},
                 {loss, E_PEER, "lost peer"}};

    for (size_t k = 0; k < sizeof cases / sizeof *cases; k++) {
        scripted t;
        failure err = {0};
        slice theirs[MEMBERS];
        channel *c = channel_with(&t, cases[k].script, 1);
        cr_expect_eq(channel_hello(c, (slice){(const uint8_t *)"x", 1}, theirs, &err), cases[k].st);
        cr_expect(strstr(err.text, cases[k].says), "%s", err.text);
        for (unsigned m = 0; m < MEMBERS; m++) cr_expect_null(theirs[m].data);
        cr_expect_eq(channel_hello(c, (slice){(const uint8_t *)"x", 1}, theirs, NULL), cases[k].st);
        channel_close(c);
    }
}

Test(channel, refuses_what_cannot_be_said)
{
    static const uint8_t long_one[CHANNEL_FRAME + 1];
    scripted t;
    failure err = {0};
    slice theirs[MEMBERS];
    channel *c = channel_with(&t, NULL, 0), *counting = channel_counting(0, MEMBERS);

    cr_expect_eq(channel_hello(c, (slice){long_one, sizeof long_one}, theirs, &err), E_LIMIT);
    cr_expect_eq(channel_hello(counting, (slice){long_one, 1}, theirs, &err), E_BUG);
    t.no_memory = true;
    cr_expect_eq(swap_eight(c, &err), E_MEMORY);
    cr_expect_eq(swap_eight(c, &err), E_MEMORY, "it is over");
    channel_close(c);
    channel_close(counting);
}

Test(channel, ends_without_those_who_have_gone)
{
    static const event script[] = {
        {.kind = FRAME_BYE}, {.what = ARRIVED_LOSS}, {.what = ARRIVED_CANCEL}};
    scripted t;
    channel *c = channel_with(&t, script, 3);

    channel_finish(c); /* that PEER is gone after its goodbye is no loss */
    cr_expect_eq(t.next, t.end);
    cr_expect_eq(t.sent[OTHER], FRAME_BYE);
    channel_close(c);
}
