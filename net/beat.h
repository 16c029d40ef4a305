/* A thread that does one small thing again and again, so that others hear from a process which is at long
 * work of its own. What it does is its owner's business. */
#ifndef MOOT_NET_BEAT_H
#define MOOT_NET_BEAT_H

#include "vm/base.h"

typedef struct beat beat;

/* Calls act(arg) at once and then every so many milliseconds, from a thread that takes no signals. */
status beat_start(beat **out, unsigned every_ms, void (*act)(void *arg), void *arg, failure *err);

/* Returns when act is not running and will not run again. NULL is fine. */
void beat_stop(beat *b);

#endif
