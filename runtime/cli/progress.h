/* How far a run is, in one line on a terminal: a bar by predicted rounds and bytes, the rate, the time that is left. */
#ifndef MOOT_RUNTIME_CLI_PROGRESS_H
#define MOOT_RUNTIME_CLI_PROGRESS_H

#include <pthread.h>

#include "runtime/cli/args.h"
#include "runtime/cost.h"
#include "runtime/recorder.h"

typedef struct progress {
    const launch *launch;
    const cost *price; /* what the run will come to, or at most */
    const recording *of;
    unsigned self; /* the member whose rounds and bytes are told */
    double from;   /* seconds; 0: it has not been looked at yet */
    bool shown;
    /* of progress_start: */
    pthread_t thread;
    pthread_mutex_t lock;
    pthread_cond_t ended;
    bool running, over;
} progress;

/* Is standard error a terminal that can be drawn on? */
bool progress_terminal(void);

/* And is nothing else said there? */
bool progress_possible(const arguments *args);

/* Draws the line anew, from the first second on; for processes_config.tick. */
void progress_tick(void *progress);

/* For a run in this process: a thread draws the line now and then, until progress_end. E_LIMIT. */
status progress_start(progress *p, failure *err);

/* Takes the line away; ends the thread. */
void progress_end(progress *p);

/* Columns of the terminal behind standard error; 80 when it does not say. */
unsigned progress_columns(void);

#endif
