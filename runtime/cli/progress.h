/* How far a run is, in one line on a terminal: a bar by predicted rounds and bytes, the rate, the time that is left. */
#ifndef MOOT_RUNTIME_CLI_PROGRESS_H
#define MOOT_RUNTIME_CLI_PROGRESS_H

#include "runtime/cli/args.h"
#include "runtime/cost.h"
#include "runtime/recorder.h"

typedef struct progress {
    const launch *launch;
    const cost *price; /* what the run will come to, or at most */
    const recording *of;
    double from; /* seconds; 0: it has not been looked at yet */
    bool shown;
} progress;

/* Is standard error a terminal that can be drawn on? */
bool progress_terminal(void);

/* And is nothing else said there? */
bool progress_possible(const arguments *args);

/* Draws the line anew, from the first second on; for processes_config.tick. */
void progress_tick(void *progress);

/* Takes the line away. */
void progress_end(progress *p);

/* Columns of the terminal behind standard error; 80 when it does not say. */
unsigned progress_columns(void);

#endif
