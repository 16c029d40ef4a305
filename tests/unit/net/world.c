/* Members of a mesh for tests: threads, processes, addresses. */
#include "world.h"

#include "net/transport.h"

#include <arpa/inet.h>
#include <criterion/criterion.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

static int free_port(void)
{
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof at;
    int s = socket(AF_INET, SOCK_STREAM, 0);

    cr_assert(s >= 0 && !bind(s, (struct sockaddr *)&at, len) &&
              !getsockname(s, (struct sockaddr *)&at, &len));
    close(s);
    return ntohs(at.sin_port);
}

void world_init(world *w, unsigned members, bool curve)
{
    failure err;

    *w = (world){
        .members = members, .curve = curve, .peer_timeout_ms = 20000, .start_timeout_ms = 20000};
    strcpy(w->folder, "/tmp/moot-net.XXXXXX");
    cr_assert(mkdtemp(w->folder));
    for (unsigned k = 0; k < members; k++) {
        snprintf(w->name[k], sizeof w->name[k], "node-%u", k);
        if (curve)
            snprintf(w->address[k], sizeof w->address[k], "tcp://127.0.0.1:%d", free_port());
        else
            snprintf(w->address[k], sizeof w->address[k], "ipc://%s/%u", w->folder, k);
        cr_assert_eq(mesh_keypair(w->public_key[k], w->secret_key[k], &err), OK);
        w->peer[k] = (mesh_peer){w->name[k], w->address[k], curve ? w->public_key[k] : NULL};
    }
}

void world_end(world *w)
{
    cr_assert_eq(rmdir(w->folder), 0, "a socket file is left in %s", w->folder);
}

mesh_config world_config(const world *w, unsigned self)
{
    return (mesh_config){.self = self,
                         .members = w->members,
                         .peer = w->peer,
                         .secret_key = w->curve ? w->secret_key[self] : NULL,
                         .peer_timeout_ms = w->peer_timeout_ms,
                         .start_timeout_ms = w->start_timeout_ms,
                         .progress_timeout_ms = w->progress_timeout_ms};
}

mesh *world_mesh(world *w, unsigned self)
{
    mesh_config cfg = world_config(w, self);
    failure err = {0};
    mesh *m;

    cr_assert_eq(mesh_open(&m, &cfg, &err), OK, "%s", err.text);
    return m;
}

channel *world_channel(mesh *m, uint8_t tag)
{
    uint8_t tags[16];
    failure err = {0};
    channel *c;

    memset(tags, tag, sizeof tags);
    cr_assert_eq(mesh_channel(m, tags, &c, &err), OK, "%s", err.text);
    return c;
}

status world_greet(channel *c, failure *err)
{
    slice theirs[WORLD_MAX];
    uint8_t self = (uint8_t)channel_self(c);
    status st = channel_hello(c, (slice){&self, 1}, theirs, err);

    for (unsigned k = 0; !st && k < channel_members(c); k++) {
        if (k != self) cr_assert(theirs[k].len == 1 && theirs[k].data[0] == k);
        free((void *)theirs[k].data);
    }
    return st;
}

status world_round(channel *c, size_t len, failure *err)
{
    unsigned members = channel_members(c);
    uint8_t *mine = calloc(1, len + 1), *theirs = calloc(members, len + 1);
    chunk out = {.data = mine, .len = len}, in[WORLD_MAX];
    const chunk *outs[WORLD_MAX], *ins[WORLD_MAX];
    size_t count[WORLD_MAX];
    status st;

    cr_assert(mine && theirs);
    for (unsigned k = 0; k < members; k++) {
        in[k] = (chunk){.data = theirs + k * len, .len = len};
        outs[k] = &out, ins[k] = &in[k];
        count[k] = k != channel_self(c);
    }
    st = channel_round(c, &(round_io){outs, ins, count, count}, err);
    free(mine);
    free(theirs);
    return st;
}

typedef struct actor {
    world *w;
    unsigned self;
    member_act *act;
    void *arg;
} actor;

static void *play(void *arg)
{
    actor *a = arg;
    a->act(a->w, a->self, a->arg);
    return NULL;
}

void world_run(world *w, member_act *act, void *arg)
{
    pthread_t thread[WORLD_MAX];
    actor a[WORLD_MAX];

    for (unsigned k = 0; k < w->members; k++) {
        a[k] = (actor){w, k, act, arg};
        cr_assert_eq(pthread_create(&thread[k], NULL, play, &a[k]), 0);
    }
    for (unsigned k = 0; k < w->members; k++) pthread_join(thread[k], NULL);
}

pid_t world_fork(world *w, unsigned self, member_act *act, void *arg)
{
    pid_t child = fork();

    cr_assert(child >= 0);
    if (child) return child;
    prctl(PR_SET_PDEATHSIG, SIGKILL); /* stopped or not, it does not outlive a test that crashes */
    act(w, self, arg);
    _exit(0);
}

void sleep_ms(unsigned ms)
{
    nanosleep(&(struct timespec){.tv_sec = ms / 1000, .tv_nsec = (long)(ms % 1000) * 1000000}, NULL);
}
