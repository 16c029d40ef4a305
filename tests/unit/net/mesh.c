/* What a session on the mesh delivers and counts, and that sessions do not disturb each other. */
#include "world.h"

#include <criterion/criterion.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static uint32_t mix(uint32_t x)
{
    x = (x ^ 61) ^ (x >> 16);
    x *= 9;
    x ^= x >> 4;
    x *= 0x27d4eb2d;
    return x ^ (x >> 15);
}

/* How many bytes `from` sends `to` in a round: both know it, as from a schedule. */
static size_t length(unsigned round, unsigned from, unsigned to)
{
    uint32_t r = mix(round * 1000 + from * 30 + to);
    switch (r % 8) {
    case 0: return 0;
    case 1: return CHANNEL_FRAME;
    case 2: return CHANNEL_FRAME + 1;
    case 3: return round % 4 == 3 ? 5u * 1024 * 1024 + r % 1000 : 1;
    default: return r % 3000;
    }
}

static uint8_t content(unsigned round, unsigned from, unsigned to, size_t i)
{
    return (uint8_t)(round * 7 + from * 31 + to * 13 + i + (i >> 8));
}

typedef struct message {
    uint8_t *data;
    chunk piece[3];
} message;

static void send_passing(void *data, size_t offset, uint8_t *bytes, size_t len)
{
    memcpy(bytes, (uint8_t *)data + offset, len);
}

static void take_passing(void *data, size_t offset, uint8_t *bytes, size_t len)
{
    memcpy((uint8_t *)data + offset, bytes, len);
}

/* A message in three pieces of odd lengths, the middle one maybe empty; long ones pass at some members, which
 * the other end need not know. */
static void message_init(message *m, size_t len, bool counting,
                         void (*pass)(void *, size_t, uint8_t *, size_t))
{
    size_t first = len / 3, second = len % 2 ? 0 : len / 5;

    m->data = counting ? NULL : malloc(len + 1);
    m->piece[0] = (chunk){.data = m->data, .len = first};
    m->piece[1] = (chunk){.data = counting ? NULL : m->data + first, .len = second};
    m->piece[2] =
        (chunk){.data = counting ? NULL : m->data + first + second, .len = len - first - second};
    for (size_t k = 0; k < 3; k++)
        if (m->piece[k].len >= CHANNEL_FRAME) m->piece[k].pass = pass;
}

static void random_round(channel *c, unsigned round, bool counting)
{
    message out[WORLD_MAX], in[WORLD_MAX];
    const chunk *outs[WORLD_MAX], *ins[WORLD_MAX];
    size_t outs_len[WORLD_MAX] = {0}, ins_len[WORLD_MAX] = {0};
    unsigned self = channel_self(c), n = channel_members(c);
    failure err = {0};

    for (unsigned k = 0; k < n; k++) {
        size_t to = length(round, self, k), from = length(round, k, self);
        message_init(&out[k], to, counting, (self + round) % 2 ? send_passing : NULL);
        message_init(&in[k], from, counting, round % 3 ? take_passing : NULL);
        outs[k] = out[k].piece, ins[k] = in[k].piece;
        if (k != self) outs_len[k] = to ? 3 : 0, ins_len[k] = from ? 3 : 0;
        for (size_t i = 0; !counting && i < to; i++) out[k].data[i] = content(round, self, k, i);
    }
    cr_assert_eq(channel_round(c, &(round_io){outs, ins, outs_len, ins_len}, &err), OK, "%s",
                 err.text);
    for (unsigned k = 0; k < n; k++) {
        size_t from = k == self ? 0 : length(round, k, self), wrong = 0;
        for (size_t i = 0; !counting && i < from; i++)
            wrong += in[k].data[i] != content(round, k, self, i);
        cr_assert_eq(wrong, 0, "round %u from %u", round, k);
        free(out[k].data);
        free(in[k].data);
    }
}

enum { ROUNDS = 16 };

static void exchange(world *w, unsigned self, void *arg)
{
    mesh *m = world_mesh(w, self);
    channel *c = world_channel(m, 1), *price = channel_counting(self, w->members);
    failure err = {0};

    (void)arg;
    cr_assert_eq(world_greet(c, &err), OK, "%s", err.text);
    channel_count_from_here(c);
    for (unsigned r = 0; r < ROUNDS; r++) {
        random_round(c, r, false);
        random_round(price, r, true);
        cr_assert_eq(channel_count(c).bytes_sent, channel_count(price).bytes_sent, "round %u", r);
        cr_assert_eq(channel_count(c).bytes_received, channel_count(price).bytes_received,
                     "round %u", r);
    }
    cr_assert_eq(channel_count(c).rounds, ROUNDS);
    cr_assert_eq(channel_count(price).rounds, ROUNDS);
    channel_finish(c);
    channel_close(c);
    channel_close(price);
    mesh_close(m);
}

Test(mesh, delivers_and_counts_random_rounds_over_ipc)
{
    world w;
    for (unsigned n = 3; n <= 7; n += 2) {
        world_init(&w, n, false);
        world_run(&w, exchange, NULL);
        world_end(&w);
    }
}

Test(mesh, delivers_and_counts_random_rounds_over_tcp_with_curve)
{
    world w;
    world_init(&w, 4, true);
    world_run(&w, exchange, NULL);
    world_end(&w);
}

Test(counting, counts_headers_and_the_credit_that_long_messages_earn)
{
    enum { LEN = 3 * 1024 * 1024 + 5 }; /* 25 frames, and 3 times a credit's worth of bytes */
    chunk long_one = {.len = LEN};
    const chunk *from[2] = {NULL, &long_one};
    const size_t one[2] = {0, 1}, none[2] = {0, 0};
    channel *sends = channel_counting(0, 2), *takes = channel_counting(0, 2);

    cr_assert_eq(channel_round(sends, &(round_io){from, from, one, none}, NULL), OK);
    cr_assert_eq(channel_count(sends).bytes_sent, LEN + 25 * CHANNEL_HEADER);
    cr_assert_eq(channel_round(takes, &(round_io){from, from, none, one}, NULL), OK);
    cr_assert_eq(channel_count(takes).bytes_sent, 3 * CHANNEL_HEADER);
    cr_assert_eq(channel_count(takes).bytes_received, LEN + 25 * CHANNEL_HEADER);
    channel_close(sends);
    channel_close(takes);
}

/* What is long has frames of its own, so that it can be cut at its items; the rest shares frames. */
Test(counting, a_long_piece_shares_no_frame)
{
    chunk piece[] = {{.len = 10}, {.len = CHANNEL_FRAME + 1}, {.len = 20}, {.len = 0},
                     {.len = 30}, {.len = CHANNEL_FRAME},     {.len = 0}};
    const chunk *to[2] = {NULL, piece};
    const size_t all[2] = {0, sizeof piece / sizeof *piece}, none[2] = {0, 0};
    channel *c = channel_counting(0, 2);

    cr_assert_eq(channel_round(c, &(round_io){to, to, all, none}, NULL), OK);
    cr_assert_eq(channel_count(c).bytes_sent, 2 * CHANNEL_FRAME + 61 + 5 * CHANNEL_HEADER);
    cr_assert_eq(channel_sent(c, 1), 2 * CHANNEL_FRAME + 61);
    channel_close(c);
}

/* --- back-pressure. Node 0 sends 32 MiB in one direction; node 1 does not look until told. */

enum { FLOOD = 32 * 1024 * 1024 };

typedef struct flood {
    atomic_bool go, sent; /* node 1 may read; node 0 has handed over everything */
} flood;

static status one_way(channel *c, size_t len, failure *err)
{
    uint8_t *data = calloc(1, len);
    chunk piece = {.data = data, .len = len};
    const chunk *all[WORLD_MAX] = {&piece, &piece, &piece};
    size_t out[WORLD_MAX] = {0}, in[WORLD_MAX] = {0};
    status st;

    if (channel_self(c) == 0) out[1] = 1;
    if (channel_self(c) == 1) in[0] = 1;
    st = channel_round(c, &(round_io){all, all, out, in}, err);
    free(data);
    return st;
}

static void wait_for(atomic_bool *flag)
{
    while (!atomic_load(flag)) sleep_ms(1);
}

static void *second_session(void *arg)
{
    channel *c = arg;
    failure err = {0};

    cr_assert_eq(world_greet(c, &err), OK, "%s", err.text);
    for (int i = 0; i < 50; i++) cr_assert_eq(world_round(c, 100000, &err), OK, "%s", err.text);
    channel_finish(c);
    return NULL;
}

/* All three run a second session to its end while node 1 does not read the first. */
static void flooded(world *w, unsigned self, void *arg)
{
    flood *f = arg;
    mesh *m = world_mesh(w, self);
    channel *c = world_channel(m, 1), *other = world_channel(m, 2);
    failure err = {0};
    pthread_t thread;

    cr_assert_eq(world_greet(c, &err), OK, "%s", err.text);
    pthread_create(&thread, NULL, second_session, other);
    if (self == 1) wait_for(&f->go);
    cr_assert_eq(one_way(c, FLOOD, &err), OK, "%s", err.text);
    if (self == 0) atomic_store(&f->sent, true);
    pthread_join(thread, NULL);
    if (self == 2) {
        sleep_ms(100);
        cr_expect_not(atomic_load(&f->sent), "32 MiB went past a window of 4");
        atomic_store(&f->go, true);
    }
    channel_finish(c);
    channel_close(other);
    channel_close(c);
    mesh_close(m);
}

Test(mesh, stops_a_fast_sender_at_the_window_and_lets_other_sessions_pass)
{
    world w;
    flood f = {false, false};

    world_init(&w, 3, false);
    world_run(&w, flooded, &f);
    cr_assert(atomic_load(&f.sent));
    world_end(&w);
}

/* --- many sessions in threads over one mesh each: leader and followers change all the time */

static void *small_session(void *arg)
{
    channel *c = arg;
    failure err = {0};

    cr_assert_eq(world_greet(c, &err), OK, "%s", err.text);
    for (int i = 0; i < 200; i++) cr_assert_eq(world_round(c, 8, &err), OK, "%s", err.text);
    channel_finish(c);
    return NULL;
}

enum { SESSIONS = 5 };

static void many(world *w, unsigned self, void *arg)
{
    mesh *m = world_mesh(w, self);
    channel *c[SESSIONS];
    pthread_t thread[SESSIONS];

    (void)arg;
    for (unsigned s = 0; s < SESSIONS; s++) {
        c[s] = world_channel(m, (uint8_t)s);
        pthread_create(&thread[s], NULL, small_session, c[s]);
    }
    for (unsigned s = 0; s < SESSIONS; s++) pthread_join(thread[s], NULL);
    for (unsigned s = 0; s < SESSIONS; s++) channel_close(c[s]);
    mesh_close(m);
}

Test(mesh, carries_many_sessions_at_once)
{
    world w;
    world_init(&w, 3, false);
    world_run(&w, many, NULL);
    world_end(&w);
}

/* --- a channel opened after the others' hellos have come */

static void *greet(void *arg)
{
    failure err = {0};
    cr_assert_eq(world_greet(arg, &err), OK, "%s", err.text);
    return NULL;
}

/* Nodes 1 and 2 say hello in a second session while the first makes node 0 read its socket. */
static void late_opener(world *w, unsigned self, void *arg)
{
    mesh *m = world_mesh(w, self);
    channel *first = world_channel(m, 1), *second = self ? world_channel(m, 2) : NULL;
    failure err = {0};
    pthread_t thread;

    (void)arg;
    cr_assert_eq(world_greet(first, &err), OK, "%s", err.text);
    if (second) pthread_create(&thread, NULL, greet, second);
    if (second) sleep_ms(50);
    for (int i = 0; i < 20; i++) cr_assert_eq(world_round(first, 8, &err), OK, "%s", err.text);
    if (second) {
        pthread_join(thread, NULL);
    } else {
        second = world_channel(m, 2);
        greet(second);
    }
    channel_finish(second);
    channel_finish(first);
    channel_close(second);
    channel_close(first);
    mesh_close(m);
}

Test(mesh, keeps_the_first_frames_of_a_session_that_opens_later)
{
    world w;
    world_init(&w, 3, false);
    world_run(&w, late_opener, NULL);
    world_end(&w);
}
