/* One member of a local run, inside its own process; and the record it sends to its parent. */
#ifndef MOOT_RUNTIME_WORKER_H
#define MOOT_RUNTIME_WORKER_H

#include "net/mesh.h"
#include "runtime/recorder.h"
#include "runtime/session.h"

typedef struct worker_config {
    session_config session;
    mesh_config mesh;        /* self says which member this is */
    uint8_t tag[16];         /* of the session's channel */
    const char *socket_path; /* removed when the process is told to end; NULL over tcp */
    const char *folder;      /* likewise, once it is empty */
    int report;              /* where the record goes: a pipe */
    int outputs;             /* where the outputs go: a file in memory */
    recording *recording;    /* NULL: nobody looks */
    recorder_voice voice;
} worker_config;

/* What a member came to. */
typedef struct worker_record {
    status st;
    failure err;
    session_result result;
} worker_record;

/* Is the member: forgets the data of others, runs the session, writes the record and never returns. */
_Noreturn void worker_main(const worker_config *cfg, run_data *data);

/* Reads the record that a member wrote, and from its file of outputs what it learned; this is put
 * into *data, which may have it from others already. False when the record is not whole; E_ABORT in out->st when two
 * members learned different values. */
bool worker_record_read(slice said, int outputs, const session_config *cfg, unsigned member,
                        run_data *data, worker_record *out);

#endif
