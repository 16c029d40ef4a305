/* How `moot run` and `moot party` show what came out: for people, as JSON, and as a file for each party. */
#ifndef MOOT_RUNTIME_CLI_RESULTS_H
#define MOOT_RUNTIME_CLI_RESULTS_H

#include "runtime/cli/args.h"
#include "runtime/deploy.h"
#include "runtime/launch.h"
#include "runtime/processes.h"
#include "vm/interp.h"

/* Whose results alone are here: one party's. A helper has none. */
typedef struct results_own {
    unsigned self; /* the member of the launch */
    bool helper;
    uint32_t party, member;
} results_own;

typedef struct results {
    const program *program;
    const launch *launch; /* NULL: the ideal box ran it */
    const char *security;
    const run_data *data;
    const processes_result *run; /* NULL with the ideal box */
    const results_own *own;      /* NULL: all parties' results are here */
} results;

/* Appends the object "moot.run/1" and a newline; of one party, its own outputs and its own bytes sent. */
void results_json(const results *r, buffer *out);

/* Appends a line per output and party that learns it: "average = 4811.666667   (to all)". */
void results_text(const results *r, buffer *out);

/* Appends one line on what the run cost. */
void results_summary(const results *r, buffer *out);

/* One party's results with all that they point to. */
typedef struct results_party {
    results shown;
    results_own own;
    processes_result made;
    uint64_t sent[NODES_MAX];
} results_party;

/* Fills *out, which borrows the rest. */
void results_of_party(results_party *out, const deployed *d, const parties_config *config,
                      unsigned self, const session_result *run);

/* All of it as the flags ask: results to stdout, the cost to stderr. Returns the exit code. */
int results_show(const arguments *args, const results *r);

/* Makes the folder when it is missing, before a run that would be in vain. E_USAGE when nothing can be
 * written there. */
status results_folder(const char *folder, failure *err);

/* Writes what each party learned, as its own object, to FOLDER/NAME.json (mode 0600), whole or not at all.
 * E_USAGE naming the file that cannot be written. */
status results_write(const results *r, const char *folder, failure *err);

#endif
