/* Writes the ordered lanes as a program. Internal to generate(). */
#ifndef MOOT_COMPILER_EMIT_H
#define MOOT_COMPILER_EMIT_H

#include "compiler/flow.h"

/* Fills *p, all in p->mem, and ir.kept. Fails with E_PROGRAM when its constants would be too long; g->at is then the
 * place. */
status emit_program(ir *g, flow *f, program *p, failure *err);

/* Chooses p->field_bits and p->prime: the one asked for, the one whose prime a `mod` names, or else the smallest
 * that holds all secrets and the differences that comparisons form. Fails with E_PROGRAM; g->at is then the
 * place. */
status choose_field(ir *g, program *p, failure *err);

/* The largest number that the field of g->modulus holds with a sign. */
wide field_half(ir *g);

#endif
