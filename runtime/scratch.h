/* Memory for shares and what is worked on beside them, kept for the next who wants about as much: what comes and goes
 * with every instruction is neither cleansed nor given back to the system each time. Takes more memory from it only while
 * no more than SCRATCH_KEPT bytes are in large pieces that nobody uses, and gives those back first; cleanses what it gives
 * back. */
#ifndef MOOT_RUNTIME_SCRATCH_H
#define MOOT_RUNTIME_SCRATCH_H

#include "vm/base.h"

enum { SCRATCH_KEPT = 384 * 1024 * 1024 };

typedef struct scratch scratch;

scratch *scratch_new(void);    /* NULL when memory is out */
void scratch_free(scratch *s); /* all pieces have been given back */

/* `size` bytes of any contents, aligned for any type, or NULL. Given back with scratch_give. */
void *scratch_take(scratch *s, size_t size);
void scratch_give(scratch *s, void *memory); /* NULL is fine */

/* Gives back what nobody uses, where it is more than SCRATCH_KEPT: at the end of work that took much. */
void scratch_settle(scratch *s);

/* Somebody else uses it too: it takes as many more calls of scratch_give. */
void scratch_hold(void *memory);

#endif
