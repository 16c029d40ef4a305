/* Who a command is among other hosts: the parties file, its place in it, its key; and how it is interrupted. */
#ifndef MOOT_RUNTIME_CLI_IDENTITY_H
#define MOOT_RUNTIME_CLI_IDENTITY_H

#include "runtime/cli/args.h"
#include "runtime/config.h"
#include "runtime/secret_key.h"

typedef struct identity {
    parties_config config;
    unsigned self;
    secret_key *key;
} identity;

/* Reads --config, --as and --key, after confine_begin. E_USAGE when one is missing or cannot be read, E_CONFIG.
 * *out (zeroed) is freed with identity_free also on failure. */
status identity_read(identity *out, config_kind sort, const arguments *args, failure *err);
void identity_free(identity *id); /* cleanses the key; ends the confinement */

/* SIGINT, SIGTERM and SIGHUP, taken by a thread. The first one calls what there is to cancel; the second ends the
 * process. */
typedef struct interrupt interrupt;
status interrupt_begin(interrupt **out, failure *err);

/* What the signal is to do from now on; `target` NULL: nothing. False when one came already. */
bool interrupt_arm(interrupt *i, void (*cancel)(void *target), void *target);

/* Ends the thread and frees it; which signal came, or 0. NULL is fine. */
int interrupt_end(interrupt *i);

#endif
