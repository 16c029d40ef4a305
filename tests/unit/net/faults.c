/* Peers that die, hang, stop, or were never invited: what the others are told, and how soon. */
#include "world.h"

#include "net/transport.h"

#include <arpa/inet.h>
#include <criterion/criterion.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>
#include <zmq.h>

enum { VICTIM = 2 };

/* What the members that go on have met. */
typedef struct verdict {
    unsigned members;
    pid_t victim;
    int sig; /* what to do to it; 0: nothing */
    status expected;
    const char *text, *code;
    int64_t within_ms;
} verdict;

static void do_rounds_for_ever(world *w, unsigned self, void *arg)
{
    mesh *m = world_mesh(w, self);
    channel *c = world_channel(m, 1);
    status st = world_greet(c, NULL);

    (void)arg;
    while (!st) st = world_round(c, 8, NULL);
    channel_close(c);
    mesh_close(m);
}

/* Below it a note says when the lost member was heard last. */
static void expect_first_line(const failure *err, const char *text)
{
    static const char note[] = "\nnote: last heard ";
    const size_t len = strlen(text);
    cr_expect(!strncmp(err->text, text, len), "%s", err->text);
    if (!strcmp(err->code, "N03"))
        cr_expect(!strncmp(err->text + len, note, sizeof note - 1), "%s", err->text);
}

/* Does rounds; member 0 strikes the victim after 20; all must then fail as the verdict says. */
static void survive(world *w, unsigned self, void *arg)
{
    const verdict *v = arg;
    mesh *m;
    channel *c;
    failure err = {0};
    int64_t begin;
    status st;

    if (self == VICTIM) return; /* it is a process of its own */
    m = world_mesh(w, self);
    c = world_channel(m, 1);
    cr_assert_eq(world_greet(c, &err), OK, "%s", err.text);
    for (int i = 0; self == 0 && i < 20; i++) /* the others may meet the loss in any round from here */
        cr_assert_eq(world_round(c, 8, &err), OK, "%s", err.text);
    if (self == 0 && v->sig) kill(v->victim, v->sig);
    begin = now_ms();
    while (!(st = world_round(c, 8, &err))) {}
    cr_expect_eq(st, v->expected, "%s", err.text);
    expect_first_line(&err, v->text);
    cr_expect_str_eq(err.code, v->code, "member %u", self);
    cr_expect_lt(now_ms() - begin, v->within_ms, "member %u took %ld ms", self,
                 (long)(now_ms() - begin));
    channel_close(c);
    mesh_close(m);
}

static void strike(bool curve, int sig, unsigned peer_timeout_ms, int64_t within_ms)
{
    char text[2048];
    world w;
    verdict v = {.sig = sig, .expected = E_PEER, .text = text, .code = "N03", .within_ms = within_ms};

    world_init(&w, 4, curve);
    w.peer_timeout_ms = peer_timeout_ms;
    snprintf(text, sizeof text, "lost node-2 (%s)",
             curve ? w.address[VICTIM] + strlen("tcp://") : w.address[VICTIM]);
    v.victim = world_fork(&w, VICTIM, do_rounds_for_ever, NULL);
    world_run(&w, survive, &v);
    kill(v.victim, SIGKILL);
    waitpid(v.victim, NULL, 0);
    if (!curve) unlink(w.address[VICTIM] + strlen("ipc://")); /* a killed process cannot */
    world_end(&w);
}

Test(faults, all_name_a_killed_peer_within_a_second_over_ipc)
{
    strike(false, SIGKILL, 20000, 1000);
}

Test(faults, all_name_a_killed_peer_within_a_second_over_tcp)
{
    strike(true, SIGKILL, 20000, 1000);
}

Test(faults, all_name_a_hanging_peer_within_peer_timeout)
{
    strike(false, SIGSTOP, 1200, 1500);
    strike(true, SIGSTOP, 1200, 1500);
}

/* Node 1 goes on answering the mesh, but not its session; node 2 waits for it, and node 0 for node 2 alone. */
static void wait_in_a_row(world *w, unsigned self, void *arg)
{
    mesh *m = world_mesh(w, self);
    channel *c = world_channel(m, 1);
    uint8_t byte = 0;
    chunk piece = {.data = &byte, .len = 1};
    const chunk *pieces[3] = {&piece, &piece, &piece};
    size_t none[3] = {0}, from_next[3] = {0};
    failure err = {0};

    cr_assert_eq(world_greet(c, &err), OK, "%s", err.text);
    if (self == 1) {
        sleep_ms(*(unsigned *)arg);
    } else {
        from_next[self == 2 ? 1 : 2] = 1;
        cr_expect_eq(channel_round(c, &(round_io){pieces, pieces, none, from_next}, &err), E_PEER);
        cr_expect(strstr(err.text, "lost node-1"), "member %u: %s", self, err.text);
    }
    channel_close(c);
    mesh_close(m);
}

Test(faults, a_peer_whose_session_is_stuck_is_named_also_by_those_who_wait_for_others)
{
    world w;
    world_init(&w, 3, true);
    w.progress_timeout_ms = 400;
    world_run(&w, wait_in_a_row, &(unsigned){1500});
    world_end(&w);
}

/* Nodes 0 and 1 have round after round with each other; node 2 waits for node 0, who sends to it at the end. */
static void wait_for_the_others(world *w, unsigned self, void *arg)
{
    mesh *m = world_mesh(w, self);
    channel *c = world_channel(m, 1);
    uint8_t byte = 0;
    chunk piece = {.data = &byte, .len = 1};
    const chunk *pieces[3] = {&piece, &piece, &piece};
    const size_t none[3] = {0}, other[3] = {self == 1, self == 0}, first[3] = {1},
                 last[3] = {0, 0, 1};
    failure err = {0};
    status st = OK;

    (void)arg;
    cr_assert_eq(world_greet(c, &err), OK, "%s", err.text);
    for (int k = 0; !st && self != 2 && k < 20; k++) {
        sleep_ms(50);
        st = channel_round(c, &(round_io){pieces, pieces, other, other}, &err);
    }
    cr_expect_eq(
        channel_round(
            c, &(round_io){pieces, pieces, self == 0 ? last : none, self == 2 ? first : none}, &err),
        OK, "member %u: %s", self, err.text);
    channel_finish(c);
    channel_close(c);
    mesh_close(m);
}

Test(faults, who_has_rounds_with_others_is_not_silent_to_one_who_waits)
{
    world w;
    world_init(&w, 3, false);
    w.progress_timeout_ms = 400;
    world_run(&w, wait_for_the_others, NULL);
    world_end(&w);
}

static void work_long(world *w, unsigned self, void *arg)
{
    mesh *m = world_mesh(w, self);
    channel *c = world_channel(m, 1);
    failure err = {0};

    (void)arg;
    cr_assert_eq(world_greet(c, &err), OK, "%s", err.text);
    if (self == 1) sleep_ms(1500);
    cr_expect_eq(world_round(c, 8, &err), OK, "%s", err.text);
    channel_finish(c);
    channel_close(c);
    mesh_close(m);
}

Test(faults, long_work_of_a_peer_is_not_silence)
{
    world w;
    world_init(&w, 3, false);
    w.peer_timeout_ms = 400;
    world_run(&w, work_long, NULL);
    world_end(&w);
}

/* --- stop, cancel, and peers that do not come */

static void stop_with(world *w, unsigned self, void *arg)
{
    mesh *m = world_mesh(w, self);
    channel *c = world_channel(m, 1);
    failure err = {0}, why;
    status st;

    (void)arg;
    st = world_greet(c, &err); /* the stop may overtake another's hello */
    if (self == 1) {
        fail(&why, E_CONFIG, "N07", "param `rows` is 3 here\x1b[31m");
        fail_add(&why, "help: agree on it");
        channel_stop(c, &why);
        cr_expect_eq(channel_round(c, &(round_io){0}, &err), E_CONFIG,
                     "a stopped session stays stopped");
    } else {
        while (!st) st = world_round(c, 8, &err);
        cr_expect_eq(st, E_CONFIG);
        cr_expect_str_eq(err.code, "N07");
        cr_expect_str_eq(err.text, "param `rows` is 3 here?[31m\nhelp: agree on it");
    }
    channel_close(c);
    mesh_close(m);
}

Test(faults, a_stop_brings_its_status_code_and_words_to_all)
{
    world w;
    world_init(&w, 4, false);
    world_run(&w, stop_with, NULL);
    world_end(&w);
}

static void be_interrupted(world *w, unsigned self, void *arg)
{
    mesh *m = world_mesh(w, self);
    channel *c = world_channel(m, 1);
    failure err = {0}, why;
    char text[2048];
    status st = world_greet(c, &err);

    (void)arg;
    if (self == 1) {
        fail(&why, E_CANCELLED, "", "interrupted");
        channel_stop(c, &why);
    } else {
        while (!st) st = world_round(c, 8, &err);
        cr_expect_eq(st, E_PEER);
        snprintf(text, sizeof text, "node-1 (%s) was interrupted", w->address[1]);
        cr_expect_str_eq(err.code, "N05");
        expect_first_line(&err, text);
    }
    channel_close(c);
    mesh_close(m);
}

Test(faults, a_peer_that_is_interrupted_is_no_loss)
{
    world w;
    world_init(&w, 3, false);
    world_run(&w, be_interrupted, NULL);
    world_end(&w);
}

static channel *to_cancel;

static void on_alarm(int sig)
{
    (void)sig;
    channel_cancel(to_cancel);
}

static void run_out(world *w, unsigned self, void *arg)
{
    mesh *m = world_mesh(w, self);
    channel *c = world_channel(m, 1);
    failure err = {0}, why;
    char text[128];
    status st = world_greet(c, &err); /* the stop may overtake another's hello */

    (void)arg;
    snprintf(text, sizeof text, "node-1 (%s) has run out of memory", w->address[1]);
    if (self == 1) {
        fail_memory(&why);
        channel_stop(c, &why);
    } else {
        while (!st) st = world_round(c, 8, &err);
        cr_expect_eq(st, E_PEER);
        cr_expect_str_eq(err.text, text);
    }
    channel_close(c);
    mesh_close(m);
}

Test(faults, a_peer_without_memory_is_named)
{
    world w;
    world_init(&w, 3, false);
    world_run(&w, run_out, NULL);
    world_end(&w);
}

Test(faults, cancel_from_a_signal_handler_ends_a_wait)
{
    world w;
    failure err = {0};
    mesh *m;

    world_init(&w, 3, false);
    m = world_mesh(&w, 0);
    to_cancel = world_channel(m, 1);
    signal(SIGALRM, on_alarm);
    ualarm(50000, 0);
    cr_assert_eq(world_greet(to_cancel, &err), E_CANCELLED);
    channel_close(to_cancel);
    mesh_close(m);
    world_end(&w);
}

Test(faults, peers_that_do_not_come_are_named_after_start_timeout)
{
    world w;
    failure err = {0};
    char text[2048];
    mesh *m;
    channel *c;

    world_init(&w, 3, false);
    w.start_timeout_ms = 100;
    m = world_mesh(&w, 0);
    c = world_channel(m, 1);
    cr_assert_eq(world_greet(c, &err), E_PEER);
    snprintf(text, sizeof text, "node-1 (%s) has not come within 0.1 s\nnote: nor has node-2 (%s)",
             w.address[1], w.address[2]);
    cr_assert_str_eq(err.text, text);
    cr_assert_str_eq(err.code, "N06");
    channel_close(c);
    mesh_close(m);
    world_end(&w);
}

static void leave_without_goodbye(world *w, unsigned self, void *arg)
{
    mesh *m = world_mesh(w, self);
    channel *c = world_channel(m, 1);
    failure err = {0};
    char text[2048];
    status st = world_greet(c, &err); /* node 1 may be gone before all hellos are here */

    (void)arg;
    if (self != 1) {
        while (!st) st = world_round(c, 8, &err);
        snprintf(text, sizeof text, "lost node-1 (%s)", w->address[1] + strlen("tcp://"));
        cr_expect_eq(st, E_PEER);
        cr_expect(!strncmp(err.text, text, strlen(text)), "%s",
                  err.text); /* it may never have been heard */
    }
    channel_close(c);
    mesh_close(m);
}

Test(faults, a_channel_closed_in_the_middle_is_a_lost_peer)
{
    world w;
    world_init(&w, 3, true);
    world_run(&w, leave_without_goodbye, NULL);
    world_end(&w);
}

/* --- the uninvited */

/* Says hello as member 1, with a key of its own that nobody knows. */
static void intrude(world *w)
{
    world mine = *w;
    failure err;
    mesh *m;
    channel *c;

    cr_assert_eq(mesh_keypair(mine.public_key[1], mine.secret_key[1], &err), OK);
    snprintf(mine.address[1], sizeof mine.address[1], "ipc://%s/intruder", w->folder);
    for (unsigned k = 0; k < w->members; k++)
        mine.peer[k] = (mesh_peer){mine.name[k], mine.address[k], mine.public_key[k]};
    mine.start_timeout_ms = 300;
    m = world_mesh(&mine, 1);
    c = world_channel(m, 1);
    cr_expect_eq(world_greet(c, NULL), E_PEER, "somebody answered an intruder");
    channel_close(c);
    mesh_close(m);
}

Test(faults, a_key_that_is_not_in_the_configuration_delivers_nothing)
{
    world w;
    failure err = {0};
    char text[2048];
    mesh *m;
    channel *c;
    pid_t child;

    world_init(&w, 2, true);
    w.start_timeout_ms = 600;
    child = fork();
    if (!child) {
        intrude(&w);
        _exit(0);
    }
    m = world_mesh(&w, 0);
    c = world_channel(m, 1);
    snprintf(text, sizeof text, "node-1 (%s) has not come within 0.6 s",
             w.address[1] + strlen("tcp://"));
    cr_assert_eq(world_greet(c, &err), E_PEER);
    cr_assert_str_eq(err.text, text);
    channel_close(c);
    mesh_close(m);
    waitpid(child, NULL, 0);
    world_end(&w);
}

static void send_garbage(const char *address)
{
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    uint8_t noise[4096];
    int s = socket(AF_INET, SOCK_STREAM, 0);

    at.sin_port = htons((uint16_t)atoi(strrchr(address, ':') + 1));
    for (size_t i = 0; i < sizeof noise; i++) noise[i] = (uint8_t)(i * 167 + (i >> 4));
    cr_assert_eq(connect(s, (struct sockaddr *)&at, sizeof at), 0);
    for (int i = 0; i < 16; i++)
        if (send(s, noise, sizeof noise, MSG_NOSIGNAL) < 0) break;
    close(s);
}

/* A client without CURVE that speaks ZMTP. */
static void send_plainly(const char *address)
{
    void *ctx = zmq_ctx_new(), *s = zmq_socket(ctx, ZMQ_DEALER);

    zmq_setsockopt(s, ZMQ_LINGER, &(int){0}, sizeof(int));
    cr_assert_eq(zmq_connect(s, address), 0);
    for (int i = 0; i < 100; i++) zmq_send(s, "MT\1\1 not from here", 19, ZMQ_DONTWAIT);
    sleep_ms(20);
    zmq_close(s);
    zmq_ctx_term(ctx);
}

static void rounds_under_noise(world *w, unsigned self, void *arg)
{
    mesh *m = world_mesh(w, self);
    channel *c = world_channel(m, 1);
    failure err = {0};

    (void)arg;
    cr_assert_eq(world_greet(c, &err), OK, "%s", err.text);
    for (int i = 0; i < 50; i++) {
        if (self == 0 && i % 10 == 0) send_garbage(w->address[1]), send_plainly(w->address[1]);
        cr_assert_eq(world_round(c, 1000, &err), OK, "%s", err.text);
    }
    channel_finish(c);
    channel_close(c);
    mesh_close(m);
}

Test(faults, garbage_and_strangers_at_the_port_do_no_harm)
{
    world w;
    world_init(&w, 3, true);
    world_run(&w, rounds_under_noise, NULL);
    world_end(&w);
}

enum { CROWD = 1000 };

/* A thousand connections: some say nothing, some begin a greeting and stop, some announce a huge frame. */
static void crowd_in(const char *address, int socket_of[CROWD])
{
    static const uint8_t greeting[64] = {0xff, 0, 0, 0,   0,   0,   0,   0,  1,
                                         0x7f, 3, 1, 'C', 'U', 'R', 'V', 'E'};
    static const uint8_t huge[] = {0x02, 0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff};
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int talked = 0;

    at.sin_port = htons((uint16_t)atoi(strrchr(address, ':') + 1));
    for (int i = 0; i < CROWD; i++) {
        cr_assert_geq(socket_of[i] = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0), 0);
        connect(socket_of[i], (struct sockaddr *)&at, sizeof at);
        /* A full backlog drops it, and the kernel tries again in a second: the next waits for this one. */
        poll(&(struct pollfd){.fd = socket_of[i], .events = POLLOUT}, 1, 3000);
    }
    for (int i = 0; i < CROWD; i++) {
        size_t len = i % 3 == 0 ? 0 : i % 3 == 1 ? 10 : sizeof greeting;
        if (send(socket_of[i], greeting, len, MSG_NOSIGNAL) > 0) talked++;
        if (i % 3 == 2) send(socket_of[i], huge, sizeof huge, MSG_NOSIGNAL);
    }
    cr_assert_gt(talked, CROWD / 2, "only %d got through", talked);
}

static void rounds_in_a_crowd(world *w, unsigned self, void *arg)
{
    int *crowd = arg;
    mesh *m = world_mesh(w, self);
    channel *c;
    failure err = {0};

    c = world_channel(m, 1);
    cr_assert_eq(world_greet(c, &err), OK, "%s", err.text);
    if (self == 0)
        crowd_in(w->address[0], crowd); /* not before: it may take the port of one who is late */
    for (int i = 0; i < 20; i++) cr_assert_eq(world_round(c, 300000, &err), OK, "%s", err.text);
    channel_finish(c);
    channel_close(c);
    mesh_close(m);
}

Test(faults, a_thousand_half_open_connections_do_no_harm)
{
    static int crowd[CROWD];
    world w;

    world_init(&w, 3, true);
    world_run(&w, rounds_in_a_crowd, crowd);
    for (int i = 0; i < CROWD; i++) close(crowd[i]);
    world_end(&w);
}

Test(faults, closing_takes_at_most_a_second_when_a_peer_never_came)
{
    world w;
    int64_t begin;
    mesh *m;
    channel *c;

    for (int curve = 0; curve < 2; curve++) {
        world_init(&w, 3, curve);
        w.start_timeout_ms = 50;
        m = world_mesh(&w, 0);
        c = world_channel(m, 1);
        cr_assert_eq(world_greet(c, NULL), E_PEER);
        channel_close(c);
        begin = now_ms();
        mesh_close(m);
        cr_expect_lt(now_ms() - begin, 1200);
        world_end(&w);
    }
}

/* Node 1 sends another length than the program of the others asks for. */
static void send_another_length(world *w, unsigned self, void *arg)
{
    mesh *m = world_mesh(w, self);
    channel *c = world_channel(m, 1);
    size_t len = *(size_t *)arg;
    failure err = {0};
    status st;

    cr_assert_eq(world_greet(c, &err), OK, "%s", err.text);
    st = world_round(c, 8, &err); /* which that of another may overtake: it ends for all */
    for (int i = 0; !st && i < 3; i++) st = world_round(c, self == 1 ? len : 200000, &err);
    cr_expect_eq(st, E_ABORT, "member %u: %s", self, err.text);
    cr_expect(strstr(err.text, "sent a message that this step of the program does not ask for"),
              "member %u: %s", self, err.text); /* node 1 says so too, of the others */
    cr_expect_str_eq(err.code, "N04");
    channel_close(c);
    mesh_close(m);
}

Test(faults, a_message_of_another_length_aborts_the_session_of_all)
{
    size_t lens[] = {1, 8, 131072, 199999, 200001, 5000000};
    world w;

    for (size_t i = 0; i < sizeof lens / sizeof *lens; i++) {
        world_init(&w, 3, true);
        world_run(&w, send_another_length, &lens[i]);
        world_end(&w);
    }
}

/* --- configurations that cannot be used */

static void refused(const mesh_config *cfg, const char *text)
{
    failure err = {0};
    mesh *m;
    cr_expect_eq(mesh_open(&m, cfg, &err), E_CONFIG, "%s", text);
    cr_expect(strstr(err.text, text), "`%s` is not in: %s", text, err.text);
}

Test(faults, a_configuration_that_cannot_be_used_is_refused_by_name)
{
    world w;
    mesh_config cfg;

    world_init(&w, 3, true);
    cfg = world_config(&w, 0);
    cfg.secret_key = w.secret_key[1];
    refused(&cfg, "the secret key is not the one of node-0");
    cfg.secret_key = NULL;
    refused(&cfg, "which needs keys");
    cfg = world_config(&w, 0);
    cfg.bind = "tcp://no-such-host:1";
    refused(&cfg, "cannot listen on tcp://no-such-host:1");
    w.peer[1].address = "nonsense";
    refused(&cfg, "cannot");
    w.peer[1].public_key = "short";
    refused(&cfg, "the public key of node-1");
    w.peer[1].public_key = w.public_key[2];
    refused(&cfg, "node-1 and node-2 have the same public key");
    world_end(&w);
}
