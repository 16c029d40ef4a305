/* Fibers: functions that can stop in the middle, keeping their stack, and go on later. Protocols run on them
 * so that they read as straight lines while many advance side by side. Knows nothing of messages.
 * A pool and its fibers belong to one thread at a time. */
#ifndef MOOT_RUNTIME_FIBER_H
#define MOOT_RUNTIME_FIBER_H

#include "vm/base.h"

typedef struct fiber_pool fiber_pool;
typedef struct fiber fiber;

fiber_pool *fiber_pool_new(void);       /* NULL when memory is out */
void fiber_pool_free(fiber_pool *pool); /* every fiber must have ended; cleanses the stacks */

/* A fiber that will run run(arg) when first resumed; NULL when memory is out. Its stack comes from the pool
 * and goes back when it has ended. */
fiber *fiber_new(fiber_pool *pool, void (*run)(void *), void *arg);

/* Runs it until it stops or ends; false when it has ended, and then the fiber is gone. */
bool fiber_resume(fiber *f);

/* Gives back a fiber that was never resumed. */
void fiber_drop(fiber *f);

/* Called on a fiber: back to who resumed it. */
void fiber_stop(fiber *f);

#endif
