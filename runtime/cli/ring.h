/* The nodes of a run as a ring on a terminal: how far each is, the bytes between them, and who waits for whom. */
#ifndef MOOT_RUNTIME_CLI_RING_H
#define MOOT_RUNTIME_CLI_RING_H

#include "runtime/cli/progress.h"

/* Draws it anew over what it drew before; for processes_config.tick, with a progress. */
void ring_tick(void *progress);

/* Draws it a last time and leaves it there. */
void ring_end(progress *p);

#endif
