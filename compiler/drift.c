/* How far the rounds of a loop carry what they began with.
 *
 * Of every value in the body we ask how it follows the argument: within what it began with, moved by lo … hi, or within
 * least … most whatever the argument is. If that holds of the round's result while the argument is within A, then after j
 * rounds the argument is within hull(start, least … most) + j (lo … hi), as long as this is within A; by induction. So a
 * loop that counts needs no trial for each of its rounds: one that finds A large enough proves it. Arguments that take
 * each other's place from round to round are followed as one: what holds of each is the hull of what holds of all. */
#include "compiler/drift.h"

/* The hull of what holds. */
typedef struct drift {
    bool moves, stays;
    wide lo, hi;      /* moves: the items are those of the argument, and so much */
    wide least, most; /* stays */
} drift;

/* Of the values from `first` on, one after the other. */
typedef struct drifts {
    ir *g;
    ir_id first;
    drift *of;
} drifts;

static drift still(wide lo, wide hi)
{
    return (drift){.stays = true, .least = lo, .most = hi};
}

static drift drift_of(const drifts *d, ir_id v)
{
    const type *t = ir_type(d->g, v);
    return v < d->first ? still(t->lo, t->hi) : d->of[v - d->first];
}

static drift either(drift a, drift b)
{
    if (a.moves && b.moves) a.lo = wide_least(a.lo, b.lo), a.hi = wide_most(a.hi, b.hi);
    if (b.moves && !a.moves) a.moves = true, a.lo = b.lo, a.hi = b.hi;
    if (a.stays && b.stays)
        a.least = wide_least(a.least, b.least), a.most = wide_most(a.most, b.most);
    if (b.stays && !a.stays) a.stays = true, a.least = b.least, a.most = b.most;
    return a;
}

static drift moved(ir *g, drift a, wide lo, wide hi)
{
    if (a.moves) a.lo = wide_add(g->mem, a.lo, lo), a.hi = wide_add(g->mem, a.hi, hi);
    if (a.stays) a.least = wide_add(g->mem, a.least, lo), a.most = wide_add(g->mem, a.most, hi);
    return a;
}

static drift follow(ir *g, const ir_block *b, const bool *of, ir_id result);

static drift follow_one(ir *g, const ir_block *b, uint32_t k, ir_id result)
{
    bool *of = arena_alloc(g->mem, b->args * sizeof *of);
    of[k] = true;
    return follow(g, b, of, result);
}

/* So often, but perhaps less: in neither direction further than that. */
static wide often(ir *g, int64_t rounds, wide by, bool up)
{
    const bool counts = up ? wide_sign(by) > 0 : wide_sign(by) < 0;
    return counts ? wide_mul(g->mem, by, wide_of(rounds)) : wide_of(0);
}

/* Result k of a loop inside: what went in, carried by its rounds. */
static drift carried(const drifts *d, const ir_node *loop, uint32_t k)
{
    ir *g = d->g;
    uint32_t body[2];
    ir_blocks(loop, body);
    const ir_block *b = &g->block[body[0]];
    const drift round = follow_one(g, b, k, b->result[k]);
    drift all = drift_of(d, loop->in[k]);
    if (round.stays) all = either(all, still(round.least, round.most));
    if (!round.moves) return all;
    return moved(g, all, often(g, loop->imm[0], round.lo, false),
                 often(g, loop->imm[0], round.hi, true));
}

static drift result_of(const drifts *d, const ir_node *out)
{
    const ir_node *control = &d->g->node[out->in[0]];
    const uint32_t k = (uint32_t)out->imm[0];
    uint32_t body[2];
    if (ir_blocks(control, body) == 1) return carried(d, control, k);
    const drift first = drift_of(d, d->g->block[body[0]].result[k]);
    return either(first, drift_of(d, d->g->block[body[1]].result[k]));
}

static drift all_of(const drifts *d, const ir_node *n)
{
    drift a = drift_of(d, n->in[0]);
    for (uint32_t k = 1; k < n->ins; k++) a = either(a, drift_of(d, n->in[k]));
    return a;
}

static drift sum_of(const drifts *d, const ir_node *n)
{
    const type *x = ir_type(d->g, n->in[0]), *y = ir_type(d->g, n->in[1]);
    const drift a = drift_of(d, n->in[0]), b = drift_of(d, n->in[1]);
    if (a.moves) return moved(d->g, a, y->lo, y->hi);
    return b.moves ? moved(d->g, b, x->lo, x->hi) : still(n->type.lo, n->type.hi);
}

static drift difference_of(const drifts *d, const ir_node *n)
{
    const type *y = ir_type(d->g, n->in[1]);
    const drift a = drift_of(d, n->in[0]);
    return a.moves ? moved(d->g, a, wide_neg(y->hi), wide_neg(y->lo))
                   : still(n->type.lo, n->type.hi);
}

static drift compute(const drifts *d, const ir_node *n)
{
    const drift zero = still(wide_of(0), wide_of(0));
    switch (n->op) {
    case IR_ADD: return sum_of(d, n);
    case IR_SUB: return difference_of(d, n);
    case IR_RETAG:
    case IR_VIEW:
    case IR_SHUFFLE: return drift_of(d, n->in[0]);
    case IR_MASK: return either(drift_of(d, n->in[0]), zero);
    case IR_AT:
        return drift_of(d, n->in[0]).moves ? either(drift_of(d, n->in[0]), zero)
                                           : still(n->type.lo, n->type.hi);
    case IR_CAT: return all_of(d, n);
    case IR_SELECT: return either(drift_of(d, n->in[1]), drift_of(d, n->in[2]));
    case IR_OUT: return result_of(d, n);
    default: return still(n->type.lo, n->type.hi);
    }
}

/* How `result` follows some of the block's arguments, taken as one. All that it is made of stands behind the first. */
static drift follow(ir *g, const ir_block *b, const bool *of, ir_id result)
{
    drifts d = {.g = g, .first = b->arg[0]};
    if (result < d.first) return drift_of(&d, result);
    d.of = arena_alloc(g->mem, ((size_t)result - d.first + 1) * sizeof *d.of);
    for (ir_id v = d.first; v <= result; v++) {
        const bool moves = v - d.first < b->args && of[v - d.first];
        d.of[v - d.first] = moves ? (drift){.moves = true} : compute(&d, &g->node[v]);
    }
    return d.of[result - d.first];
}

/* Marks the arguments that take each other's place, k among them; false when it is none of these. */
static bool find_turns(ir *g, const ir_block *b, uint32_t k, const ir_id *result, bool *of)
{
    enum { TURNS_MOST = 8 };
    uint32_t at = k;
    for (unsigned steps = 0; steps < TURNS_MOST; steps++) {
        uint32_t from = 0;
        of[at] = true;
        while (from < b->args && !follow_one(g, b, from, result[at]).moves) from++;
        if (from == b->args) return false;
        if (from == k) return true;
        at = from;
    }
    return false;
}

/* What one round makes of the arguments that are marked, whichever it is. */
static drift turned(ir *g, const ir_block *b, const bool *of, const ir_id *result)
{
    drift all = {0};
    for (uint32_t k = 0; k < b->args; k++) {
        if (!of[k]) continue;
        const drift one = follow(g, b, of, result[k]);
        if (!one.moves) return one;
        all = all.moves ? either(all, one) : one;
    }
    return all;
}

bool drift_bound(ir *g, uint32_t body, uint32_t k, const ir_id *result, const type *const *start,
                 int64_t rounds, wide *lo, wide *hi)
{
    const ir_block *b = &g->block[body];
    bool *of = arena_alloc(g->mem, b->args * sizeof *of);
    of[k] = true;
    drift d = turned(g, b, of, result);
    if (!d.moves && find_turns(g, b, k, result, of)) d = turned(g, b, of, result);
    if (!d.moves) return false;
    *lo = start[k]->lo, *hi = start[k]->hi;
    for (uint32_t i = 0; i < b->args; i++)
        if (of[i]) *lo = wide_least(*lo, start[i]->lo), *hi = wide_most(*hi, start[i]->hi);
    if (d.stays) *lo = wide_least(*lo, d.least), *hi = wide_most(*hi, d.most);
    *lo = wide_add(g->mem, *lo, often(g, rounds, d.lo, false));
    *hi = wide_add(g->mem, *hi, often(g, rounds, d.hi, true));
    return true;
}
