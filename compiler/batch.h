/* Work on all the items of a `map` at once: matrices and tables that lie side by side along leading axes, which the
 * words of the body do not see. Whatever the number of axes, what is made on the way has three at most, and keeps
 * the first axis, so that members of a group still work on their own rows. */
#ifndef MOOT_COMPILER_BATCH_H
#define MOOT_COMPILER_BATCH_H

#include "compiler/check.h"

/* The hidden axes, or others that stand apart: the first `lead` of a value's shape. */
typedef struct batch {
    unsigned lead;
    int64_t dim[AXES];
} batch;

batch batch_of(const checker *c, const cell *x, unsigned lead);

/* [lead.. p n] by [lead.. n q], summed over n: a value of this shape, as long as [lead.. p q]. Two fix are not
 * floored yet; of bools a, the rows of b where they are true are summed. */
ir_id batch_product(checker *c, const batch *at, ir_id a, ir_id b, int64_t p, int64_t n, int64_t q,
                    unsigned rank, const int64_t *dim);

/* bool[.. m]: which of the m items of w each of the p items of v equals; v is [lead.. p], w [lead.. m], or [m] when
 * all places share it. */
ir_id batch_equal(checker *c, const batch *at, ir_id v, ir_id w, bool shared, int64_t p, int64_t m);

/* v of shape [lead.. p] with its axes joined, as many as there may be beside one more; without hidden axes [p]. */
ir_id batch_flat(checker *c, const batch *at, ir_id v, int64_t p);

#endif
