/* What moot.c and moot_session.c share behind the public handles. */
#ifndef MOOT_RUNTIME_MOOT_INTERNAL_H
#define MOOT_RUNTIME_MOOT_INTERNAL_H

#include <stdatomic.h>

#include "runtime/moot.h"
#include "vm/bytecode.h"

struct moot_program {
    atomic_uint users; /* the caller, and each session */
    program *program;  /* verified */
    buffer code;       /* its bytes */
};

moot_program *moot_program_share(moot_program *p); /* one more user; returns p */

/* Minus the exit code. */
static inline int moot_code(status st)
{
    return -(int)st;
}

#endif
