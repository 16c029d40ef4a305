/* How `moot run` shows what came out: for people, as JSON, and as a file for each party. */
#ifndef MOOT_RUNTIME_CLI_RESULTS_H
#define MOOT_RUNTIME_CLI_RESULTS_H

#include "runtime/launch.h"
#include "runtime/processes.h"
#include "vm/interp.h"

typedef struct results {
    const program *program;
    const launch *launch; /* NULL: the ideal box ran it */
    const char *security;
    const run_data *data;
    const processes_result *run; /* NULL with the ideal box */
} results;

/* Appends the object "moot.run/1" (interface.md, JSON out) and a newline. */
void results_json(const results *r, buffer *out);

/* Appends a line per output and party that learns it: "average = 4811.666667   (to all)". */
void results_text(const results *r, buffer *out);

/* Appends one line on what the run cost. */
void results_summary(const results *r, buffer *out);

/* Makes the folder when it is missing, before a run that would be in vain. E_USAGE when nothing can be
 * written there. */
status results_folder(const char *folder, failure *err);

/* Writes what each party learned, as its own object, to FOLDER/NAME.json (mode 0600), whole or not at all.
 * E_USAGE naming the file that cannot be written. */
status results_write(const results *r, const char *folder, failure *err);

#endif
