/* Files that a command writes: whole or not at all, so that a reader never meets half of one. What is no ordinary file (a
 * device, a pipe, a stream of ours) is written to and never replaced. */
#ifndef MOOT_RUNTIME_CLI_SAVE_H
#define MOOT_RUNTIME_CLI_SAVE_H

#include "vm/base.h"

typedef enum save_for {
    SAVE_FOR_OWNER, /* mode 0600: what somebody learned */
    SAVE_FOR_ALL    /* the mode of the file that it replaces, else what the umask leaves */
} save_for;

/* Refuses before a run, which would be in vain, a path that cannot be written. E_USAGE naming it. */
status save_check(const char *path, failure *err);

/* Writes the file; a link stays one, and what it names is written. E_USAGE naming what cannot be written. */
status save_file(const char *path, slice text, save_for whom, failure *err);

#endif
