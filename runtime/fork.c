/* Where a program may go one of two ways. Whichever it takes, what follows finds the box in one state: the roles of
 * the next items begin where they did before, and what was made ahead for the other way is passed over. A cost box
 * runs both ways from the same counters and keeps, counter by counter, the larger. */
#include "runtime/bit_pool.h"
#include "runtime/tally.h"

#include <stdlib.h>

struct abb_fork {
    unsigned turn;       /* as it was: what comes after does not depend on the way that was taken */
    size_t ahead;        /* the choice, for what was made ahead of need */
    tally before, first; /* of a cost box: at the fork, and after the first way */
};

/* The larger of both into *a; whether they differed. */
static bool larger(uint64_t *a, uint64_t b)
{
    bool differs = *a != b;
    if (b > *a) *a = b;
    return differs;
}

static bool larger_lines(box *b, const line_cost *other)
{
    bool differs = false;
    for (size_t k = 0; k < b->lines; k++) {
        differs |= larger(&b->line[k].multiplications, other[k].multiplications);
        differs |= larger(&b->line[k].bytes, other[k].bytes);
        differs |= larger(&b->line[k].rounds, other[k].rounds);
    }
    return differs;
}

/* Credit follows from all that came, and is no way's. */
static uint64_t bytes_sent(const channel *c)
{
    const channel_counters count = channel_count(c);
    return count.bytes_sent - count.credit_sent;
}

static uint64_t bytes_besides(const channel *c, uint64_t of_lines)
{
    return bytes_sent(c) - of_lines;
}

static void fork_free(abb_fork *f)
{
    tally_free(&f->before), tally_free(&f->first);
    free(f);
}

status box_fork(abb *base, abb_fork **out, failure *err)
{
    box *b = box_of(base);
    const bool dry = base->ops->dry;
    abb_fork *f = calloc(1, sizeof *f);

    if (!f) return fail_memory(err);
    if (dry && (!tally_new(&f->before, b) || !tally_new(&f->first, b))) {
        fork_free(f);
        return fail_memory(err);
    }
    if (dry) tally_take(&f->before, b);
    f->turn = b->turn;
    f->ahead = pool_fork(b->pool);
    *out = f;
    return OK;
}

void box_other(abb *base, abb_fork *f)
{
    box *b = box_of(base);

    if (base->ops->dry) tally_take(&f->first, b), tally_put(&f->before, b);
    b->turn = f->turn;
    pool_other(b->pool, f->ahead);
}

/* The box has counted the second way, the fork the first. */
static void keep_dearer(box *b, const tally *first)
{
    uint64_t besides = bytes_besides(b->channel, b->bytes_of_lines);

    larger(&besides, bytes_besides(first->channel, first->of_lines));
    b->at_most |= channel_count_dearer(b->channel, first->channel);
    b->at_most |= larger(&b->multiplications, first->multiplications);
    b->at_most |= larger_lines(b, first->line);
    b->bytes_of_lines = bytes_sent(b->channel) - besides;
    if (b->audit) audit_counts_most(&b->audit->now->count, &first->pending);
}

void box_join(abb *base, abb_fork *f)
{
    box *b = box_of(base);

    if (base->ops->dry) keep_dearer(b, &f->first);
    b->turn = f->turn;
    pool_join(b->pool, f->ahead);
    fork_free(f);
}
