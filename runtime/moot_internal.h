/* What moot.c and moot_session.c share behind the public handles. */
#ifndef MOOT_RUNTIME_MOOT_INTERNAL_H
#define MOOT_RUNTIME_MOOT_INTERNAL_H

#include <stdatomic.h>

#include "compiler/compile.h"
#include "runtime/moot.h"

struct moot_program {
    atomic_uint users; /* the caller, and each session */
    program *program;  /* verified */
    buffer code;       /* its bytes */
    report report;     /* of its compilation; empty when it was loaded */
    bool compiled;
};

moot_program *moot_program_share(moot_program *p); /* one more user; returns p */

/* Minus the exit code. */
static inline int moot_code(status st)
{
    return -(int)st;
}

#endif
