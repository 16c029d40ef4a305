/* bench_mesh: how fast the mesh alone is. Three processes exchange rounds of small and of large messages, over
 * ipc and over tcp with CURVE; node 0 prints a line for each. Its processor time is given beside the time that
 * passed, for it says the same on a loaded machine. Usage: bench_mesh [--json] */
#include "net/mesh.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum {
    MEMBERS = 3,
    SMALL = 8,
    SMALL_ROUNDS = 5000,
    LARGE = 8 * 1024 * 1024,
    LARGE_ROUNDS = 20,
    WARM_UP = 100
};

typedef struct setting {
    mesh_peer peer[MEMBERS];
    char address[MEMBERS][64], public_key[MEMBERS][41], secret_key[MEMBERS][41];
    bool json;
} setting;

static double seconds(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/* Of all threads of this process, libzmq's too. */
static double cpu_seconds(void)
{
    struct rusage u;
    getrusage(RUSAGE_SELF, &u);
    return (double)(u.ru_utime.tv_sec + u.ru_stime.tv_sec) +
           (double)(u.ru_utime.tv_usec + u.ru_stime.tv_usec) / 1e6;
}

/* A port that was free a moment ago. */
static int free_port(void)
{
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof at;
    int s = socket(AF_INET, SOCK_STREAM, 0);

    if (s < 0 || bind(s, (struct sockaddr *)&at, len) || getsockname(s, (struct sockaddr *)&at, &len))
        return 0;
    close(s);
    return ntohs(at.sin_port);
}

static status exchange(channel *c, size_t len, int rounds, uint8_t *mine, uint8_t *theirs,
                       failure *err)
{
    chunk out = {mine, len}, in[MEMBERS];
    const chunk *outs[MEMBERS], *ins[MEMBERS];
    size_t count[MEMBERS];
    status st = OK;

    for (unsigned k = 0; k < MEMBERS; k++) {
        in[k] = (chunk){theirs + k * LARGE, len};
        outs[k] = &out, ins[k] = &in[k];
        count[k] = k != channel_self(c);
    }
    for (int i = 0; !st && i < rounds; i++)
        st = channel_round(c, &(round_io){outs, ins, count, count}, err);
    return st;
}

/* What one kind of exchange took. */
typedef struct timing {
    double wall, cpu;
} timing;

static status time_exchange(channel *c, size_t len, int rounds, uint8_t *mine, uint8_t *theirs,
                            timing *took, failure *err)
{
    timing begin = {seconds(), cpu_seconds()};
    status st = exchange(c, len, rounds, mine, theirs, err);
    *took = (timing){seconds() - begin.wall, cpu_seconds() - begin.cpu};
    return st;
}

static void print(const setting *s, const char *over, timing small, timing large, double sent)
{
    double round_us = small.wall / SMALL_ROUNDS * 1e6, round_cpu = small.cpu / SMALL_ROUNDS * 1e6;
    double rate = sent / large.wall / 1e6, megabyte_cpu = large.cpu / sent * 1e12;

    if (s->json)
        printf("{\"transport\":\"%s\",\"round_us\":%.1f,\"round_cpu_us\":%.1f,"
               "\"megabytes_per_second\":%.1f,\"megabyte_cpu_us\":%.1f}\n",
               over, round_us, round_cpu, rate, megabyte_cpu);
    else
        printf("%-10s %7.1f us a round (%.1f us of processor), %6.0f MB/s sent by each node "
               "(%.0f us of processor a MB)\n",
               over, round_us, round_cpu, rate, megabyte_cpu);
    fflush(stdout);
}

static status measure(const setting *s, channel *c, const char *over, failure *err)
{
    uint8_t *mine = calloc(1, LARGE), *theirs = calloc(MEMBERS, LARGE);
    slice hello[MEMBERS];
    status st = mine && theirs ? channel_hello(c, (slice){0}, hello, err) : fail_memory(err);
    timing small, large;

    if (st) goto done;
    for (unsigned k = 0; k < MEMBERS; k++) free((void *)hello[k].data);
    if ((st = exchange(c, SMALL, WARM_UP, mine, theirs, err))) goto done;
    if ((st = time_exchange(c, SMALL, SMALL_ROUNDS, mine, theirs, &small, err))) goto done;
    if ((st = exchange(c, LARGE, 1, mine, theirs, err))) goto done;
    channel_count_from_here(c);
    if ((st = time_exchange(c, LARGE, LARGE_ROUNDS, mine, theirs, &large, err))) goto done;
    if (channel_self(c) == 0) print(s, over, small, large, (double)channel_count(c).bytes_sent);
    channel_finish(c);
done:
    free(mine);
    free(theirs);
    return st;
}

static int node(const setting *s, unsigned self, bool curve)
{
    mesh_config cfg = {.self = self,
                       .members = MEMBERS,
                       .peer = s->peer,
                       .secret_key = curve ? s->secret_key[self] : NULL,
                       .peer_timeout_ms = 10000,
                       .start_timeout_ms = 10000};
    failure err = {0};
    channel *c = NULL;
    mesh *m = NULL;

    if (!mesh_open(&m, &cfg, &err) && !mesh_channel(m, (const uint8_t[16]){1}, &c, &err))
        measure(s, c, curve ? "tcp+CURVE" : "ipc", &err);
    if (err.status) fprintf(stderr, "node %u: %s\n", self, err.text);
    channel_close(c);
    mesh_close(m);
    return (int)err.status;
}

static int run(setting *s, bool curve, const char *folder)
{
    failure err = {0};
    int worst = 0, code;

    for (unsigned k = 0; k < MEMBERS; k++) {
        if (curve)
            snprintf(s->address[k], sizeof s->address[k], "tcp://127.0.0.1:%d", free_port());
        else
            snprintf(s->address[k], sizeof s->address[k], "ipc://%s/%u", folder, k);
        if (mesh_keypair(s->public_key[k], s->secret_key[k], &err)) return (int)err.status;
        s->peer[k] = (mesh_peer){"node", s->address[k], curve ? s->public_key[k] : NULL};
    }
    fflush(stdout);
    for (unsigned k = 0; k < MEMBERS; k++)
        if (!fork()) _exit(node(s, k, curve));
    for (unsigned k = 0; k < MEMBERS; k++)
        if (wait(&code) < 0 || code) worst = 1;
    return worst;
}

int main(int argc, char **argv)
{
    char folder[] = "/tmp/bench_mesh.XXXXXX";
    setting s = {.json = argc > 1 && !strcmp(argv[1], "--json")};
    int bad;

    if (!mkdtemp(folder)) return 1;
    bad = run(&s, false, folder) || run(&s, true, folder);
    rmdir(folder);
    return bad;
}
