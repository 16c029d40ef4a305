/* Turns of a loop that a cost box need not be given: one that finds the box as it was at an earlier turn costs what came
 * then, and so on. What it looks at is all on which the cost of a job depends: whose turn it is, what was made ahead, and in
 * active mode what has yet to be verified; this may grow from turn to turn, as long as it leads to no check point. */
#include "runtime/bit_pool.h"
#include "runtime/tally.h"

#include <stdlib.h>
#include <string.h>

/* What the box was like at the end of a turn. */
typedef struct mark {
    tally at;
    unsigned turn;
    pool_state pool;
    size_t points, inputs;           /* check points so far; inputs that none has checked */
    behind_mark behind[BEHIND_MOST]; /* what is verified beside the turns */
    size_t behinds;
    int64_t since;     /* turns since then */
    size_t seen, most; /* how often it was compared; after so many there is a new mark (Brent 1980) */
} mark;

/* `near` is compared at each turn, `far` at those with a check point: so turns up to a check point are passed over, and
 * what goes on from check point to check point. */
struct abb_turns {
    mark near, far;
    size_t points;
};

static size_t points_of(const box *b)
{
    return b->audit ? b->audit->points : 0;
}

static void turns_free(abb_turns **t)
{
    if (!*t) return;
    tally_free(&(*t)->near.at), tally_free(&(*t)->far.at);
    free(*t);
    *t = NULL;
}

static void set(mark *m, const box *b, size_t most)
{
    tally_take(&m->at, b);
    m->turn = b->turn, m->pool = pool_state_of(b->pool);
    m->points = points_of(b), m->inputs = b->audit ? b->audit->now->inputs : 0;
    m->behinds = box_behind(b, m->behind);
    m->since = 0, m->seen = 0, m->most = most;
}

static void begin(abb_turns **t, const box *b)
{
    if (!(*t = calloc(1, sizeof **t))) return;
    if (!tally_new(&(*t)->near.at, b) || !tally_new(&(*t)->far.at, b)) {
        turns_free(t);
        return;
    }
    set(&(*t)->near, b, 1), set(&(*t)->far, b, 1);
    (*t)->points = points_of(b);
}

/* What goes on beside a turn costs as it did beside another only when it is as far. */
static bool behind_is_as(const box *b, const mark *m)
{
    behind_mark now[BEHIND_MOST];

    if (box_behind(b, now) != m->behinds) return false;
    for (size_t k = 0; k < m->behinds; k++)
        if (now[k].rounds != m->behind[k].rounds ||
            memcmp(&now[k].taken, &m->behind[k].taken, sizeof now[k].taken) != 0)
            return false;
    return true;
}

/* How often what came since the mark comes again, at most: 0 where the box is not as it was. */
static uint64_t times_again(const mark *m, const box *b)
{
    if (b->turn != m->turn || !pool_is_as(b->pool, &m->pool)) return 0;
    if (!b->audit) return UINT64_MAX;
    if (b->audit->now->inputs != m->inputs || !behind_is_as(b, m)) return 0;
    return audit_repeats(b->audit, &m->at.pending, b->audit->points == m->points);
}

/* Counts so many of the turns left, and where the box is not as it was perhaps sets the mark anew. */
static int64_t pass_over(mark *m, box *b, int64_t left)
{
    const uint64_t most = (uint64_t)(left / m->since), again = times_again(m, b);
    const uint64_t times = again < most ? again : most;

    if (times)
        tally_repeat(&m->at, b, times);
    else if (++m->seen >= m->most)
        set(m, b, 2 * m->most);
    return (int64_t)times * m->since;
}

int64_t box_repeat(abb *base, abb_turns **seen, int64_t left)
{
    box *b = box_of(base);
    abb_turns *t = *seen;

    if (left <= 0) {
        turns_free(seen);
        return 0;
    }
    if (!t) {
        begin(seen, b);
        return 0;
    }
    t->near.since++, t->far.since++;
    int64_t far = 0, near;
    if (t->points != points_of(b) && (far = pass_over(&t->far, b, left)))
        set(&t->far, b, 1), set(&t->near, b, 1);
    t->points = points_of(b);
    if (far) return far;
    if ((near = pass_over(&t->near, b, left))) set(&t->near, b, 1), t->far.since += near;
    return near;
}
