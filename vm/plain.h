/* Computing in the clear: what one lane of an opcode means on integers. The ideal box, public registers
 * and own-data work all use this, so they agree with each other by construction. */
#ifndef MOOT_VM_PLAIN_H
#define MOOT_VM_PLAIN_H

#include "vm/bytecode.h"

/* A vector of integers in the clear. v may be NULL when len is 0. */
typedef struct plain {
    num *v;
    size_t len;
} plain;

/* Allocates len items, not initialised, with malloc; E_MEMORY when there is no room. */
status plain_alloc(plain *out, size_t len, failure *err);
/* Cleanses and frees the items: they may be someone's secret. */
void plain_free(plain *x);

/* Computes one lane. out[k].v is allocated with malloc (the caller frees it); an absent result is skipped
 * (lane->out[k] is REG_NONE). Control and border opcodes (INPUT, SHARE, REVEAL, LOOP) are not computed here:
 * E_BUG. For open registers lengths are those of the operands, not of the registers. */
status plain_eval(const program *p, opcode op, const lane *l, plain *out, const plain *in,
                  failure *err);

#endif
