/* Writes the ordered lanes as a program. Internal to generate(). */
#ifndef MOOT_COMPILER_EMIT_H
#define MOOT_COMPILER_EMIT_H

#include "compiler/flow.h"

/* Fills *p, all in p->mem, and ir.kept. */
void emit_program(ir *g, flow *f, program *p);

/* Chooses p->field_bits and p->prime: the smallest field that holds all secrets and the differences that
 * comparisons form, or the one asked for. Fails with E_PROGRAM; *where is then the place. */
status choose_field(program *p, const field_request *asked, place *where, failure *err);

#endif
