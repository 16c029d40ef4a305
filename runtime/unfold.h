/* Which blocks of a watched program ran, how often and in what order, and its steps as they ran: those of loops once a
 * round, those of branches where the branch was taken. */
#ifndef MOOT_RUNTIME_UNFOLD_H
#define MOOT_RUNTIME_UNFOLD_H

#include "compiler/compile.h"

/* Runs are numbered by block, those alone that are shown: the first rounds of each loop. */
typedef struct runs runs;
enum { RUN_NOT_SHOWN = UINT32_MAX };

runs *runs_new(const program *p); /* NULL when memory is out; freed with runs_free; p outlives it */
void runs_free(runs *r);

/* The block begins to run. False when memory is out. */
bool runs_enter(runs *r, uint32_t block);

/* The number of the latest run of the block that writes the register `which`, or RUN_NOT_SHOWN. */
uint32_t runs_latest(const runs *r, uint32_t which);

/* Puts into rep->step the steps as they ran; they live as long as r. Each value's `seen` becomes what `find` says of the run
 * of its register's block in which the step stands. */
status runs_unfold(runs *r, report *rep,
                   uint32_t (*find)(void *user, const step_value *x, uint32_t run), void *user,
                   failure *err);

#endif
