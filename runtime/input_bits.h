/* Numbers that their owners share as bits, in active mode: see input_bits.c. */
#ifndef MOOT_RUNTIME_INPUT_BITS_H
#define MOOT_RUNTIME_INPUT_BITS_H

#include "runtime/audit.h"

/* Numbers of one owner on their way. */
typedef struct input_bits {
    struct input_bits *next; /* the caller's */
    unsigned home, bits;     /* of hi - lo */
    element lo, span;        /* span: hi - lo */
    void *bit, *out;         /* [bits][len], [len] */
    size_t len;
} input_bits;

/* Whether `len` numbers of this type, which has ends, come as bits from an owner who is here: where they cost less than
 * comparisons, by bytes and rounds, and always where there are none. The same at all members. */
bool shared_as_bits(const box *b, const reg *type, size_t len);

/* Queues them: out, which stays, are shares of the numbers when take_bits is called after the next job_wait. `items` are the
 * numbers at the owner, else NULL. The result is scratch of the job. */
input_bits *share_bits(job *j, unsigned home, const reg *type, const void *items, void *out,
                       size_t len);
void take_bits(job *j, const input_bits *in);

#endif
