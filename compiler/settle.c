/* Loops of the bytecode: a round is tried on arguments of some types until it leaves nothing larger, or as far as drift.c
 * proves its rounds to go; that one becomes the loop. Rounds that have a number or an item each count for it. */
#include "compiler/loops.h"

#include "compiler/drift.h"

enum { FIXPOINT_LEAST = 8, DRIFT_TRIALS = 8 };

/* How many values a pace may make in its trials, and how many words it may run. */
static const uint64_t pace_work[] = {[FOLLOWS] = 10000, [FOLLOWS_ON] = 400000};

/* --- the state */

static void join_type(type *t, const type *other)
{
    if (other->vis > t->vis) t->vis = other->vis;
    if (other->owner != t->owner) t->owner = NO_OWNER;
    t->lo = wide_least(t->lo, other->lo);
    t->hi = wide_most(t->hi, other->hi);
}

static bool within(const type *t, const type *other)
{
    return other->vis <= t->vis && (t->owner == NO_OWNER || t->owner == other->owner) &&
           !wide_less(other->lo, t->lo) && !wide_less(t->hi, other->hi);
}

/* Quotations and private lengths have no register to be kept in, vectors of no items need none. */
static bool has_register(const checker *c, const cell *x)
{
    uint64_t items;
    if (x->kind != CELL_VALUE || type_of(c, x)->open) return false;
    return !type_length(type_of(c, x), &items) || items > 0;
}

static void take_type(const checker *c, loop *l, uint32_t k)
{
    type *t = &l->arg[l->slot[k]];
    *t = *type_of(c, &l->start[k]);
    if (t->vis == VIS_KNOWN) t->vis = VIS_PUBLIC; /* it changes from round to round */
}

static void take_state(checker *c, loop *l, uint32_t low)
{
    l->low = low, l->n = c->height - low, l->args = 0;
    l->start = arena_alloc(c->mem, l->n * sizeof *l->start);
    l->arg = arena_alloc(c->mem, (l->n + 1) * sizeof *l->arg);
    l->slot = arena_alloc(c->mem, l->n * sizeof *l->slot);
    l->grown = arena_alloc(c->mem, l->n * sizeof *l->grown);
    for (uint32_t k = 0; k < l->n; k++) {
        l->start[k] = c->stack[low + k];
        l->slot[k] = has_register(c, &l->start[k]) ? l->args++ : FIXED;
        if (l->slot[k] != FIXED) take_type(c, l, k);
    }
}

/* The block of a round. What counts has reached the number of the round before. */
static void open_body(checker *c, loop *l, int64_t first)
{
    const wide last = wide_of(l->rounds - 1);
    const bool counts = loop_counts(l);
    if (!c->call_site) c->g.at = (place){c->tok[c->at].line, c->tok[c->at].col};
    if (counts) l->arg[l->args] = type_scalar(VIS_PUBLIC, KIND_INT, wide_of(first - 1), last);
    l->body = ir_block_open(&c->g, l->arg, l->args + counts);
    if (!counts) return;
    const ir_id one = ir_number(&c->g, KIND_INT, wide_of(1));
    l->turn = ir_binary(&c->g, IR_ADD, ir_arg(&c->g, l->body, l->args), one);
    l->turn = ir_clamp_range(&c->g, l->turn, wide_of(first), last);
}

/* The body on arguments of the present types, as the rounds from `first` on. */
static bool try_body(checker *c, loop *l, int64_t first)
{
    open_body(c, l, first);
    for (uint32_t k = 0; k < l->n; k++)
        if (l->slot[k] != FIXED) {
            c->stack[l->low + k] = l->start[k];
            c->stack[l->low + k].v = ir_arg(&c->g, l->body, l->slot[k]);
        }
    c->low = c->height, c->outgrown = false;
    return loop_round(c, l, first);
}

static bool stays(const checker *c, const cell *a, const cell *b)
{
    if (a->kind == CELL_QUOTE) return a->open == b->open && a->scope == b->scope;
    return a->v == b->v || !type_of(c, a)->open;
}

static void find_changes(const checker *c, loop *l)
{
    for (uint32_t k = 0; k < l->n; k++)
        if (l->slot[k] == FIXED && !stays(c, &l->start[k], &c->stack[l->low + k]))
            l->changes = true, l->changed = k;
}

/* What goes on to the next round is a number, not only what it is modulo a prime. */
static bool state_fits(checker *c, const loop *l)
{
    for (uint32_t k = 0; k < l->n; k++)
        if (is_grown(c, &c->stack[l->low + k])) return refuse_grown(c, c->stack[l->low + k].v);
    return true;
}

static bool forms_grew(const checker *c, loop *l)
{
    bool grew = false;
    for (uint32_t k = 0; k < l->n; k++) {
        const cell *x = &c->stack[l->low + k], *start = &l->start[k];
        if (l->slot[k] == FIXED) continue;
        const form was = {(kind)l->arg[l->slot[k]].kind, start->lift},
                   is = {(kind)type_of(c, x)->kind, x->lift};
        l->grown[k] =
            (form){is.kind > was.kind ? is.kind : was.kind, is.lift > was.lift ? is.lift : was.lift};
        grew = grew || is.kind > was.kind || is.lift > was.lift;
    }
    return grew;
}

/* The state begins in the kinds that rounds leave, and inside `map` for each of its items where they leave so much. */
static bool grow_forms(checker *c, loop *l)
{
    for (uint32_t k = 0; k < l->n; k++) {
        const form *to = &l->grown[k];
        if (l->slot[k] == FIXED) continue;
        if (to->kind == (kind)l->arg[l->slot[k]].kind && to->lift == l->start[k].lift) continue;
        convert(c, &l->start[k], to->kind);
        if (!expand_lift(c, &l->start[k], to->lift, &c->item)) return false;
        take_type(c, l, k);
    }
    return true;
}

/* What a round has left, in the form that it began with. */
static bool keep_forms(checker *c, const loop *l)
{
    for (uint32_t k = 0; k < l->n; k++) {
        cell *x = &c->stack[l->low + k];
        if (l->slot[k] == FIXED) continue;
        const kind was = (kind)l->arg[l->slot[k]].kind;
        if ((kind)type_of(c, x)->kind < was) convert(c, x, was);
        if (!expand_lift(c, x, l->start[k].lift, &l->start[k])) return false;
    }
    return true;
}

/* An end that has moved by so much in one round, as far as it would in all of them. */
static wide extend(checker *c, wide end, wide before, int64_t rounds)
{
    const wide by = wide_sub(c->mem, end, before);
    return wide_add(c->mem, end, wide_mul(c->mem, by, wide_of(rounds)));
}

/* By slot: what the rounds begin with and what this one has left. */
typedef struct ends {
    const type **start;
    ir_id *result;
} ends;

static ends ends_of(checker *c, const loop *l)
{
    const uint32_t args = c->g.block[l->body].args;
    ends e = {.start = arena_alloc(c->mem, args * sizeof *e.start),
              .result = arena_alloc(c->mem, args * sizeof *e.result)};
    for (uint32_t k = 0; k < l->n; k++) {
        if (l->slot[k] == FIXED) continue;
        e.start[l->slot[k]] = type_of(c, &l->start[k]);
        e.result[l->slot[k]] = c->stack[l->low + k].v;
    }
    return e;
}

/* A slot of the state after all rounds from `first` on, as far as that is proved by what one of them does; else a guess,
 * which the next trial proves or not. */
static void carry(checker *c, const loop *l, uint32_t slot, int64_t first, const ends *e, type *as)
{
    const type *arg = &l->arg[slot];
    const int64_t rounds = l->rounds - first;
    wide lo = as->lo, hi = as->hi;
    if (!drift_bound(&c->g, l->body, slot, e->result, e->start, rounds, &lo, &hi)) {
        if (wide_less(as->lo, arg->lo)) lo = extend(c, as->lo, arg->lo, rounds);
        if (wide_less(arg->hi, as->hi)) hi = extend(c, as->hi, arg->hi, rounds);
    }
    as->lo = lo, as->hi = hi;
}

static bool ranges_grew(checker *c, loop *l, int64_t first)
{
    const ends e = l->pace == PROVES ? ends_of(c, l) : (ends){0};
    bool grew = c->outgrown;
    for (uint32_t k = 0; k < l->n; k++) {
        if (l->slot[k] == FIXED) continue;
        type *arg = &l->arg[l->slot[k]];
        type as = *type_of(c, &c->stack[l->low + k]);
        if (l->assumed && as.kind == KIND_FIX) as.lo = arg->lo, as.hi = arg->hi;
        if (within(arg, &as)) continue;
        if (l->pace == PROVES) carry(c, l, l->slot[k], first, &e, &as);
        if (within(arg, &as)) continue;
        join_type(arg, &as);
        l->grew = k > l->grew ? k : l->grew, grew = true;
    }
    return grew;
}

static bool carries_fix(const loop *l)
{
    for (uint32_t k = 0; k < l->args; k++)
        if (l->arg[k].kind == KIND_FIX) return true;
    return false;
}

static void assume_args(checker *c, loop *l)
{
    const wide most = assumed_most(c), least = wide_neg(most);
    l->assumed = true, l->pace = FOLLOWS;
    for (uint32_t k = 0; k < l->n; k++) {
        if (l->slot[k] == FIXED || l->arg[l->slot[k]].kind != KIND_FIX) continue;
        l->arg[l->slot[k]].lo = least, l->arg[l->slot[k]].hi = most;
        assume_range(c, &l->start[k], loop_state_name(c, l->q), least, most);
    }
}

/* The fix is behind the round's last word, where what grew is on top there. */
static bool refuse_growth(checker *c, loop *l)
{
    l->outgrows = true;
    const char *limit = arena_printf(c->mem, "-%d %d clamp", ASSUME_LIMIT, ASSUME_LIMIT);
    const token *close = &c->tok[c->tok[l->q->open].match];
    diagnosis *d = error_at(c, "E0402", "a whole number in this loop may outgrow every field");
    diagnose_help(d, "keep it small in each round, or run fewer rounds:  %s", limit);
    if (!l->until && l->grew + 1 == l->n && !token_is_std(close))
        diagnose_fix_before(d, close, "%s ", limit);
    return false;
}

/* SLOW: a guess was too far. ENOUGH: what grows will not stop within the largest field, or not soon. */
typedef enum settled { SETTLED, NOT_YET, AGAIN, SLOW, ENOUGH, REFUSED } settled;

/* One trial of the body, and what it asks for. */
static settled try_once(checker *c, loop *l, int64_t first, int64_t tried)
{
    const bool outer = c->may_assume, assumes = c->assumes;
    c->may_assume = !l->assumed, c->assumes = assumes || l->assumed;
    bool good = try_body(c, l, first);
    c->may_assume = outer, c->assumes = assumes;
    if (!good || !state_fits(c, l)) return l->pace == PROVES ? SLOW : REFUSED;
    find_changes(c, l);
    if (l->changes) return SETTLED;
    if (c->low < l->low || forms_grew(c, l)) return AGAIN;
    if (!keep_forms(c, l)) return REFUSED;
    bool grew = ranges_grew(c, l, first);
    if (c->outgrown) return l->pace == PROVES ? SLOW : ENOUGH;
    bool followed = l->pace != PROVES && tried >= l->rounds - first;
    return !grew || followed ? SETTLED : NOT_YET;
}

/* The ranges of the state are those that it begins with again. */
static void begin_anew(checker *c, loop *l)
{
    for (uint32_t k = 0; k < l->n; k++)
        if (l->slot[k] != FIXED) take_type(c, l, k);
    if (l->assumed) assume_args(c, l);
}

/* A few rounds are followed, then it is proved how far all of them go; where that fails many are followed. */
static settled next_pace(checker *c, loop *l)
{
    if (l->pace == FOLLOWS_ON || (l->pace == PROVES && l->must_prove)) return ENOUGH;
    if (l->pace == PROVES) begin_anew(c, l);
    l->pace++;
    return SLOW;
}

static bool is_tired(const loop *l, int64_t tried, uint64_t work)
{
    if (l->pace == PROVES) return tried >= DRIFT_TRIALS;
    return tried >= FIXPOINT_LEAST && work > pace_work[l->pace];
}

/* The last trial again, for those who watch: it becomes the loop. */
static bool note_round(checker *c, loop *l, int64_t first, const trial *start)
{
    if (c->watching != WATCH_WORDS) return true;
    trial_take_back(c, start);
    steps_resume(c);
    const bool good = try_once(c, l, first, 0) != REFUSED;
    steps_pause(c);
    return good;
}

/* What grows in the rounds of a loop is as large as it gets when the trial body makes it no larger; that one becomes the
 * loop. Where a round reaches deeper into the stack than was thought, or leaves another kind, it begins anew. */
static bool settle(checker *c, loop *l, int64_t first)
{
    trial start = trial_begin(c);
    uint64_t work = 0;
    for (int64_t tried = 0;; tried++) {
        const uint32_t steps = c->steps;
        settled is = try_once(c, l, first, tried);
        if (is == SETTLED && !l->changes) return note_round(c, l, first, &start);
        if (is == SETTLED || is == REFUSED) return is == SETTLED;
        uint32_t low = c->low;
        work += c->g.nodes - start.nodes + c->steps - steps;
        trial_take_back(c, &start);
        if (is == SLOW) trial_forget_errors(c, &start);
        if (is == SLOW || (is == NOT_YET && is_tired(l, tried, work))) is = next_pace(c, l);
        if (is == ENOUGH && l->must_prove) return false;
        if (is == ENOUGH && (l->assumed || !carries_fix(l))) return refuse_growth(c, l);
        if (is == ENOUGH) assume_args(c, l);
        if (is == AGAIN && low < l->low)
            take_state(c, l, low);
        else if (is == AGAIN && !grow_forms(c, l))
            return false;
        if (is == AGAIN && l->assumed) assume_args(c, l);
        if (is != NOT_YET) start.nodes = c->g.nodes, tried = -1, work = 0;
    }
}

static void leave_loop(checker *c, loop *l, int64_t first)
{
    const uint32_t args = l->args + loop_counts(l);
    ir_id *start = arena_alloc(c->mem, args * sizeof *start),
          *result = arena_alloc(c->mem, args * sizeof *result);
    for (uint32_t k = 0; k < l->n; k++) {
        if (l->slot[k] == FIXED) continue;
        const type *t = &l->arg[l->slot[k]];
        start[l->slot[k]] = l->start[k].v;
        result[l->slot[k]] = ir_clamp_range(&c->g, c->stack[l->low + k].v, t->lo, t->hi);
    }
    if (l->turn)
        start[l->args] = ir_number(&c->g, KIND_INT, wide_of(first - 1)), result[l->args] = l->turn;
    l->turn = 0;
    ir_id v =
        ir_loop_close(&c->g, l->body, l->rounds - first, start, result, l->until ? l->stop : 0);
    for (uint32_t k = 0; k < l->n; k++) {
        if (l->slot[k] == FIXED) continue;
        c->stack[l->low + k].v = ir_out(&c->g, v, l->slot[k]);
        c->stack[l->low + k].at = c->at;
    }
    if (l->low < c->low) c->low = l->low;
    loop_end(c, l, v);
}

bool loop_settle(checker *c, loop *l, int64_t first, uint32_t low)
{
    take_state(c, l, low);
    steps_pause(c);
    bool good = settle(c, l, first);
    steps_resume(c);
    if (!good) return false;
    steps_rounds_over(c, first, l->rounds);
    if (l->changes) return true;
    steps_loop(c, l->body);
    leave_loop(c, l, first);
    return true;
}
