/* Computing in the clear: what one lane of an opcode means on integers. The ideal box, public registers
 * and own-data work all use this, so they agree with each other by construction. */
#ifndef MOOT_VM_PLAIN_H
#define MOOT_VM_PLAIN_H

#include "vm/bytecode.h"

/* A vector of integers in the clear, each a num; where the program's values need more than 126 bits (its
 * `extra` is not 0) each is 2 + extra words of two's complement, lowest first. v may be NULL when len is 0. */
typedef struct plain {
    num *v;
    size_t len;
    unsigned extra;
} plain;

/* Allocates len items, not initialised, with malloc; E_MEMORY when there is no room. */
status plain_alloc(plain *out, size_t len, unsigned extra, failure *err);
/* The same, with len items of `from` from item `first` on. */
status plain_copy(plain *out, const plain *from, size_t first, size_t len, failure *err);
/* The same items with another number of words each, in which they fit. */
status plain_convert(plain *out, const plain *from, unsigned extra, failure *err);
/* The first item outside of lo … hi; len when there is none. */
size_t plain_outside(const plain *x, wide lo, wide hi);
/* Item i in decimal, scaled by 2^-f; `out` has WIDE_TEXT bytes. Returns out. */
char *plain_print(const plain *x, size_t i, unsigned f, char *out);
/* Whether item i of two vectors differs by at most this. */
bool plain_near(const plain *a, const plain *b, size_t i, num most);
double plain_double(const plain *x, size_t i);         /* roughly */
bool plain_narrow(const plain *x, size_t i, num *out); /* whether a num holds item i */
int plain_compare(const plain *x, size_t i, size_t j); /* item i with item j: below, at, above 0 */
/* v * scale / divisor of every item, toward minus infinity; false when one outgrows the items. */
bool plain_scale(plain *x, int64_t scale, int64_t divisor);
/* Cleanses and frees the items: they may be someone's secret. */
void plain_free(plain *x);

/* Computes one lane. out[k].v is allocated with malloc (the caller frees it); an absent result is skipped
 * (lane->out[k] is REG_NONE). Control and border opcodes (INPUT, SHARE, REVEAL, TOLD, LOOP, UNTIL, IF) are not
 * computed here: E_BUG. For open registers lengths are those of the operands, not of the registers. */
status plain_eval(const program *p, opcode op, const lane *l, plain *out, const plain *in,
                  failure *err);

#endif
