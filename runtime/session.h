/* One run of a program over a mesh: agrees with the other members on what is run (runtime/handshake.c), runs
 * it on the Shamir box, and says where it stood when it fails. Several sessions may run over one mesh at the
 * same time, each on its own channel. */
#ifndef MOOT_RUNTIME_SESSION_H
#define MOOT_RUNTIME_SESSION_H

#include "net/channel.h"
#include "runtime/shamir.h"
#include "vm/interp.h"

enum { SESSION_PROTOCOL = 1, SESSION_ID = 32 };

/* What a session does on its box instead of interp_run, and what it wants besides: `moot bench` measures. */
typedef struct session_drive {
    status (*run)(const struct session_drive *d, abb *box, channel *c, run_data *data, failure *err);
} session_drive;

/* One more thing that the members must have alike: "max_rounds", "10000". */
typedef struct agreed_fact {
    const char *name, *value;
} agreed_fact;

/* What all members must agree on. Everything is borrowed. */
typedef struct session_config {
    const program *program;
    const launch *launch;
    const char *name;              /* "2026-w48"; the same program may run in many sessions */
    const char *truncation;        /* "exact" */
    const char *const *public_key; /* [members] Z85; NULL when the mesh has no keys */
    const agreed_fact *agreed;
    size_t agreeds;
    uint64_t rounds;       /* what the cost box says, for messages; 0: unknown. Not compared */
    uint64_t first_reveal; /* the round that opens the first output; 0: unknown, or none. Not compared */
    bool at_most;          /* the run may take fewer */
    const session_drive *drive;  /* NULL: the program is run once. Not compared */
    const observer *observer;    /* NULL: nobody looks. Not compared */
    const absent_owners *absent; /* NULL: nobody is absent. Not compared */
} session_config;

typedef struct session_result {
    uint64_t rounds, multiplications;
    uint64_t bytes_sent; /* by this member: whole frames, from the end of the hello to the end of the run */
    double seconds; /* the same interval */
} session_result;

/* Runs the program with the inputs in *data that are here and fills the outputs that are learned here. The
 * channel stays the caller's, who closes it. On failure the peers have been told. E_CONFIG when members
 * disagree, naming what differs and at whom; E_PEER and E_ABORT with the round, the source line, and whether
 * anything was revealed. */
status session_run(const session_config *cfg, channel *c, run_data *data, session_result *out,
                   failure *err);

/* Cleanses and frees a value in the clear; v is NULL afterwards. */
void session_forget(plain *v);

/* The same of all inputs and outputs; frees d too. */
void session_forget_all(run_data *d, const program *p);

/* Writes the field that the program runs in, "p61", "p127" or "gmp:P"; returns out. */
enum { FIELD_TEXT = PRIME_TEXT + 8 };
char *session_field(const program *p, char out[FIELD_TEXT]);

#endif
