/* Runs a program with every member of the mesh as a process of this machine: keys, sockets, processes, and
 * what they report back. Nothing is left when it returns, however it ends. */
#ifndef MOOT_RUNTIME_PROCESSES_H
#define MOOT_RUNTIME_PROCESSES_H

#include "runtime/recorder.h"
#include "runtime/session.h"

typedef struct processes_config {
    session_config session; /* its public_key is made here */
    bool tcp; /* over 127.0.0.1 with CURVE; else over ipc in a folder only this user can open */
    unsigned timeout_ms;      /* silence after which a member is lost */
    unsigned delay_ms;        /* injected before every round */
    recording *recording;     /* what the members do is kept there; NULL: nobody looks */
    recorder_voice voice;     /* of the first member */
    void (*tick)(void *user); /* called now and then while it runs; NULL: not */
    void *tick_user;
} processes_config;

typedef struct processes_result {
    uint64_t rounds, multiplications;
    uint64_t *bytes_sent; /* [members]; freed by processes_result_free */
    double seconds;       /* of the slowest member */
    int signal; /* SIGINT, SIGTERM or SIGHUP when that ended the run (E_CANCELLED), else 0 */
} processes_result;

/* Runs the whole of it. *data holds the inputs of all parties, of which each process keeps its own party's,
 * which then are forgotten here, and gets the outputs of all. Forks, so the caller has one thread and no ZeroMQ context; handles SIGINT,
 * SIGTERM and SIGHUP while it runs. E_PEER, E_ABORT … as the members report it; E_BUG naming a member that
 * crashed. */
status processes_run(const processes_config *cfg, run_data *data, processes_result *out,
                     failure *err);

void processes_result_free(processes_result *r);

#endif
