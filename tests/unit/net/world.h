/* A mesh of several members in one process, for tests: addresses, keys, a thread or a process for each. */
#ifndef MOOT_TESTS_WORLD_H
#define MOOT_TESTS_WORLD_H

#include "net/mesh.h"

#include <sys/types.h>

enum { WORLD_MAX = 8 };

typedef struct world {
    unsigned members;
    unsigned peer_timeout_ms, start_timeout_ms;
    unsigned progress_timeout_ms; /* 0: the mesh's own */
    bool curve;                   /* tcp on 127.0.0.1 with CURVE, else ipc in `folder` */
    char folder[32];
    mesh_peer peer[WORLD_MAX];
    char name[WORLD_MAX][24], address[WORLD_MAX][64], public_key[WORLD_MAX][41],
        secret_key[WORLD_MAX][41];
} world;

void world_init(world *w, unsigned members, bool curve);
void world_end(world *w); /* fails the test when a socket file is left */

mesh *world_mesh(world *w, unsigned self);
mesh_config world_config(const world *w, unsigned self);
channel *world_channel(mesh *m, uint8_t tag); /* the session whose tag is 16 times this byte */
status world_greet(channel *c, failure *err);

/* Runs `act` once for each member in a thread of its own, and waits for all. */
typedef void member_act(world *w, unsigned self, void *arg);
void world_run(world *w, member_act *act, void *arg);

/* One round in which every member sends `len` bytes to every other. */
status world_round(channel *c, size_t len, failure *err);

pid_t world_fork(world *w, unsigned self, member_act *act, void *arg);
void sleep_ms(unsigned ms);

#endif
