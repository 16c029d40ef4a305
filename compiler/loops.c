/* Repetition: `times` and `for` (expanded while small, else `times` becomes a loop of the bytecode whose ranges are
 * followed until they stop growing, or as far as drift.c proves them to go), and `until`, which always becomes one. */
#include <string.h>

#include "compiler/check.h"
#include "compiler/drift.h"

enum { UNROLL_NODES = 4000, FIXPOINT_LEAST = 8, DRIFT_TRIALS = 8, ASSUME_LIMIT = 1000000 };

/* How the ranges of a loop are found: round by round, or by what one round adds (drift.c). */
typedef enum pace { FOLLOWS, PROVES, FOLLOWS_ON } pace;

/* How many values a pace may make in its trials, and how many words it may run. */
static const uint64_t pace_work[] = {[FOLLOWS] = 10000, [FOLLOWS_ON] = 400000};

static bool refuse_change(checker *c, const cell *before, const cell *after)
{
    diagnosis *d = error_at(c, "E0406", "a round of `%s` must leave what it began with",
                            token_quote(&c->tok[c->at], c->mem));
    if (before)
        diagnose_label(d, "began with %s, left %s", describe(c, before), describe(c, after));
    if (!before) diagnose_label(d, "the stack has another height after a round");
    diagnose_help(d, "the state of a loop is on the stack, the same shape each round");
    return false;
}

bool keeps_shape(checker *c, const cell *a, const cell *b)
{
    bool same = a->kind == b->kind;
    if (same && a->kind == CELL_VALUE) {
        const type *before = type_of(c, a), *after = type_of(c, b);
        same = rank_of(c, a) == rank_of(c, b) && before->open == after->open &&
               (before->kind == KIND_KEY) == (after->kind == KIND_KEY);
        for (unsigned k = 0; same && k < rank_of(c, a); k++)
            same = same_dim(c, dim_of(c, a, k), dim_of(c, b, k));
    }
    return same || refuse_change(c, a, b);
}

static bool same_state(checker *c, const saved *s)
{
    if (c->height != s->height) return refuse_change(c, NULL, NULL);
    for (uint32_t i = 0; i < c->height; i++)
        if (!keeps_shape(c, &s->stack[i], &c->stack[i])) return false;
    return true;
}

/* --- a loop under way */

/* What its rounds have revealed of an output. */
typedef struct rows {
    bool any;
    ir_id *told; /* [len]: what all were told in each round that has been checked */
    uint32_t len, cap;
} rows;

typedef struct loop {
    const cell *q;
    int64_t rounds;
    bool indexed, until; /* the round's number goes in first; a public bool comes out last */
    bool none;           /* no round runs: one is checked, whose number is a letter */
    outputs before;      /* what names mean at the beginning of each round */
    rows *row;           /* by output; NULL before the first round, and where nothing is revealed */
    ir_id stop;          /* of the latest round: whether it was the last */

    uint32_t low, n; /* the state: stack[low .. low + n) */
    cell *start;
    type *arg;      /* of the values among them that the bytecode carries from round to round */
    uint32_t *slot; /* which of those each is; FIXED for what has no register and stays as it is */
    kind *grown;    /* by slot: the kind that a round has left */
    uint32_t args;
    uint32_t body; /* the block of the latest trial, which becomes the loop's */
    uint32_t grew; /* the topmost of the state that a round has made larger */
    bool assumed;
    pace pace;
    bool changes; /* something FIXED does not stay as it is */
} loop;

#define FIXED UINT32_MAX

static loop loop_begin(checker *c, const cell *q, int64_t rounds)
{
    if (c->loops == 0) c->row = 0, c->row_count = rounds;
    return (loop){.q = q, .rounds = rounds, .none = rounds == 0, .before = outputs_save(c)};
}

static bool reveals_in_turn(checker *c)
{
    diagnosis *d = error_at(c, "E0509", "not every round of `%s` reveals the same outputs",
                            token_quote(&c->tok[c->at], c->mem));
    diagnose_line(d, LINE_BECAUSE, "an output has one item for each round");
    return false;
}

static void add_row(checker *c, rows *r, int64_t which, ir_id told)
{
    if (which >= r->cap) {
        uint32_t cap = r->cap ? 2 * r->cap : 2;
        r->told = arena_grow(c->mem, r->told, r->cap * sizeof *r->told, cap * sizeof *r->told);
        r->cap = cap;
    }
    r->told[which] = told;
    r->len = (uint32_t)which + 1;
}

/* Takes down what the round has revealed; in the next one names mean again what they did. */
static bool end_round(checker *c, loop *l, int64_t which)
{
    const uint32_t n = c->header.outputs;
    bool first = !l->row, same = true;
    if (!l->before.revealed) return true;
    if (first) l->row = arena_alloc(c->mem, n * sizeof *l->row);
    for (uint32_t i = 0; i < n; i++) {
        rows *r = &l->row[i];
        bool now = c->revealed[i] && !l->before.revealed[i];
        if (first) r->any = now;
        same = same && r->any == now;
        if (now) add_row(c, r, which, c->latest[i].v);
    }
    outputs_restore(c, &l->before);
    return same || reveals_in_turn(c);
}

/* All rows of an output, after an expanded loop or the loop node `after`. */
static ir_id whole_output(checker *c, const loop *l, uint32_t i, ir_id after)
{
    const port_decl *p = &c->header.output[i];
    const rows *r = &l->row[i];
    int64_t dim[AXES];
    const type *first = ir_type(&c->g, r->told[0]);
    wide lo = first->lo, hi = first->hi;
    for (uint32_t k = 1; k < r->len; k++) {
        const type *t = ir_type(&c->g, r->told[k]);
        lo = wide_least(t->lo, lo), hi = wide_most(t->hi, hi);
    }
    if (l->until) lo = wide_least(lo, wide_of(0)), hi = wide_most(hi, wide_of(0)); /* no round: 0 */
    if (after || c->row_count < 0) return ir_told(&c->g, i, after ? after : r->told[0], lo, hi);
    for (unsigned k = 0; k < p->rank; k++) dim[k] = (int64_t)p->dim[k];
    return ir_cat(&c->g, r->told, r->len, p->rank, dim, 1);
}

static void end_loop(checker *c, const loop *l, ir_id after)
{
    for (uint32_t i = 0; l->row && i < c->header.outputs; i++) {
        if (!l->row[i].any) continue;
        outputs_add(c, i, l->row[i].told[0] ? whole_output(c, l, i, after) : 0);
    }
}

/* --- one round */

static void help_stop(checker *c, diagnosis *d)
{
    if (c->row_count == 0) return; /* no round runs, and there would be nothing to reveal */
    diagnose_help(d,
                  "reveal it first, as an output of one bool a round:  output stop to all : "
                  "bool[%s]  and at the end of the quotation  reveal stop stop",
                  describe_dim(c, c->row_count));
}

static bool refuse_stop(checker *c, const cell *x, const char *why)
{
    diagnosis *d = error_at(c, "E0408", "`until` wants a public bool on top after each round");
    diagnose_label(d, "%s", why);
    if (x && x->at != c->at) diagnose_second(d, &c->tok[x->at], "%s", describe_secret(c, x));
    help_stop(c, d);
    return false;
}

static bool refuse_secret_stop(checker *c, const cell *x)
{
    diagnosis *d = error_at(c, "E0408", "`until` cannot stop by a secret");
    if (x->at != c->at) diagnose_second(d, &c->tok[x->at], "secret");
    diagnose_line(d, LINE_BECAUSE, "how often it runs would tell it");
    help_stop(c, d);
    return false;
}

/* Takes the bool that ends the loop from the top. */
static bool take_stop(checker *c, loop *l, const saved *s)
{
    cell x;
    if (c->height <= s->height || c->height <= c->floor)
        return refuse_stop(c, NULL, "the quotation leaves nothing more than it began with");
    if (!pop_one(c, &x)) return false;
    if (x.kind != CELL_VALUE) return refuse_stop(c, &x, "this is a quotation");
    const type *t = type_of(c, &x);
    if (t->kind != KIND_BOOL || t->rank)
        return refuse_stop(c, &x, arena_printf(c->mem, "this is %s", describe_secret(c, &x)));
    if (t->vis == VIS_SECRET) return refuse_secret_stop(c, &x);
    l->stop = x.v;
    return true;
}

static bool one_round(checker *c, loop *l, int64_t which)
{
    saved s = stack_save(c);
    if (c->loops == 0) c->row = which;
    if (l->indexed && !leave_known(c, l->none ? derive(c, 'i', -1, c->at) : which)) return false;
    c->loops++;
    bool good = run_quote(c, l->q);
    c->loops--;
    if (!good || (l->until && !take_stop(c, l, &s))) return false;
    return same_state(c, &s) && end_round(c, l, which);
}

/* --- assumed ranges */

wide assumed_most(const checker *c)
{
    return wide_of_num((num)ASSUME_LIMIT << c->header.precision);
}

/* Once for a name and line: a loop is checked several times. */
static bool is_reported(const report *rep, const char *name, uint32_t line)
{
    for (size_t k = 0; k < rep->ranges; k++)
        if (rep->range[k].assumed && rep->range[k].line == line && !strcmp(rep->range[k].name, name))
            return true;
    return false;
}

void assume_range(checker *c, cell *x, const char *name, wide lo, wide hi)
{
    report *rep = c->rep;
    const size_t n = rep->ranges;
    const uint32_t line = token_said(c)->line;
    char least[WIDE_TEXT], most[WIDE_TEXT];
    x->v = ir_clamp_range(&c->g, x->v, lo, hi);
    if (is_reported(rep, name, line)) return;
    if (!(n & (n - 1)))
        rep->range = arena_grow(c->mem, rep->range, n * sizeof *rep->range,
                                (n ? 2 * n : 1) * sizeof *rep->range);
    wide_print_fix(lo, c->header.precision, least), wide_print_fix(hi, c->header.precision, most);
    rep->range[rep->ranges++] = (named_range){name,
                                              describe_secret(c, x),
                                              arena_strndup(c->mem, least, strlen(least)),
                                              arena_strndup(c->mem, most, strlen(most)),
                                              line,
                                              true};
}

/* What the loop calls its state: its quotation begins with `-> name`. */
static const char *state_name(const checker *c, const cell *q)
{
    const token *first = &c->tok[q->open + 1];
    bool named = token_is(first, "->") && first[1].kind == TOKEN_WORD && !token_is(&first[1], "(");
    return named ? token_string(&first[1], c->mem) : "loop";
}

/* The state of a loop that did not settle stays within the limit, we assume. */
static void assume_state(checker *c, const cell *q, uint32_t low)
{
    const wide most = assumed_most(c), least = wide_neg(most);
    for (uint32_t i = low; i < c->height; i++) {
        cell *x = &c->stack[i];
        if (x->kind != CELL_VALUE || type_of(c, x)->kind != KIND_FIX) continue;
        const type *t = type_of(c, x);
        if (!wide_less(t->lo, least) && !wide_less(most, t->hi)) continue;
        assume_range(c, x, state_name(c, q), least, most);
    }
}

/* --- expanded loops */

static bool unroll(checker *c, loop *l, bool assume)
{
    int64_t i = 0;
    for (; i < l->rounds && !c->outgrown; i++) {
        steps_round(c, i, l->rounds);
        if (!one_round(c, l, i)) return false;
        if (assume) assume_state(c, l->q, c->low);
    }
    steps_rounds_over(c, i, l->rounds);
    return true;
}

static bool unroll_or_assume(checker *c, loop *l)
{
    const trial start = trial_begin(c);
    const bool outer = c->may_assume, assumes = c->assumes;
    c->may_assume = true, c->outgrown = false;
    bool good = unroll(c, l, false);
    c->may_assume = outer;
    if (good && c->outgrown) {
        c->outgrown = false, c->assumes = true;
        trial_take_back(c, &start);
        good = unroll(c, l, true);
        c->assumes = assumes;
    }
    if (good) end_loop(c, l, 0);
    return good;
}

/* --- loops of the bytecode */

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
    l->arg = arena_alloc(c->mem, l->n * sizeof *l->arg);
    l->slot = arena_alloc(c->mem, l->n * sizeof *l->slot);
    l->grown = arena_alloc(c->mem, l->n * sizeof *l->grown);
    for (uint32_t k = 0; k < l->n; k++) {
        l->start[k] = c->stack[low + k];
        l->slot[k] = has_register(c, &l->start[k]) ? l->args++ : FIXED;
        if (l->slot[k] != FIXED) take_type(c, l, k);
    }
}

/* The body on arguments of the present types, as the rounds from `first` on. */
static bool try_body(checker *c, loop *l, int64_t first)
{
    l->body = ir_block_open(&c->g, l->arg, l->args);
    for (uint32_t k = 0; k < l->n; k++)
        if (l->slot[k] != FIXED) c->stack[l->low + k].v = ir_arg(&c->g, l->body, l->slot[k]);
    c->low = c->height, c->outgrown = false;
    return one_round(c, l, first);
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
            l->changes = true;
}

/* What goes on to the next round is a number, not only what it is modulo a prime. */
static bool state_fits(checker *c, const loop *l)
{
    for (uint32_t k = 0; k < l->n; k++)
        if (is_grown(c, &c->stack[l->low + k])) return refuse_grown(c, c->stack[l->low + k].v);
    return true;
}

static bool kinds_grew(const checker *c, loop *l)
{
    bool grew = false;
    for (uint32_t k = 0; k < l->n; k++) {
        if (l->slot[k] == FIXED) continue;
        kind now = (kind)type_of(c, &c->stack[l->low + k])->kind,
             was = (kind)l->arg[l->slot[k]].kind;
        l->grown[l->slot[k]] = now > was ? now : was;
        grew = grew || now > was;
    }
    return grew;
}

/* The state begins in the kinds that rounds leave. */
static void grow_kinds(checker *c, loop *l)
{
    for (uint32_t k = 0; k < l->n; k++) {
        if (l->slot[k] == FIXED || l->grown[l->slot[k]] <= l->arg[l->slot[k]].kind) continue;
        convert(c, &l->start[k], l->grown[l->slot[k]]);
        take_type(c, l, k);
    }
}

/* An end that has moved by so much in one round, as far as it would in all of them. */
static wide extend(checker *c, wide end, wide before, int64_t rounds)
{
    const wide by = wide_sub(c->mem, end, before);
    return wide_add(c->mem, end, wide_mul(c->mem, by, wide_of(rounds)));
}

/* Slot k of the state after all rounds from `first` on, as far as that is proved by what one of them does; else a guess,
 * which the next trial proves or not. */
static void carry(checker *c, const loop *l, uint32_t k, int64_t first, type *as)
{
    const type *start = type_of(c, &l->start[k]), *arg = &l->arg[l->slot[k]];
    const ir_id result = c->stack[l->low + k].v;
    const int64_t rounds = l->rounds - first;
    wide lo = start->lo, hi = start->hi;
    if (!drift_bound(&c->g, l->body, l->slot[k], result, rounds, &lo, &hi)) {
        lo = wide_less(as->lo, arg->lo) ? extend(c, as->lo, arg->lo, rounds) : as->lo;
        hi = wide_less(arg->hi, as->hi) ? extend(c, as->hi, arg->hi, rounds) : as->hi;
    }
    as->lo = lo, as->hi = hi;
}

static bool ranges_grew(checker *c, loop *l, int64_t first)
{
    bool grew = c->outgrown;
    for (uint32_t k = 0; k < l->n; k++) {
        if (l->slot[k] == FIXED) continue;
        cell *x = &c->stack[l->low + k];
        type *arg = &l->arg[l->slot[k]];
        if (type_of(c, x)->kind < arg->kind) convert(c, x, (kind)arg->kind);
        type as = *type_of(c, x);
        if (l->assumed && as.kind == KIND_FIX) as.lo = arg->lo, as.hi = arg->hi;
        if (within(arg, &as)) continue;
        if (l->pace == PROVES) carry(c, l, k, first, &as);
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
        assume_range(c, &l->start[k], state_name(c, l->q), least, most);
    }
}

/* The fix is behind the round's last word, where what grew is on top there. */
static bool refuse_growth(checker *c, const loop *l)
{
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
    if (c->low < l->low || kinds_grew(c, l)) return AGAIN;
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
    if (l->pace == FOLLOWS_ON) return ENOUGH;
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
        if (is == ENOUGH && (l->assumed || !carries_fix(l))) return refuse_growth(c, l);
        if (is == ENOUGH) assume_args(c, l);
        if (is == AGAIN && low < l->low)
            take_state(c, l, low);
        else if (is == AGAIN)
            grow_kinds(c, l);
        if (is == AGAIN && l->assumed) assume_args(c, l);
        if (is != NOT_YET) start.nodes = c->g.nodes, tried = -1, work = 0;
    }
}

static void leave_loop(checker *c, loop *l, int64_t first)
{
    ir_id *start = arena_alloc(c->mem, l->args * sizeof *start),
          *result = arena_alloc(c->mem, l->args * sizeof *result);
    for (uint32_t k = 0; k < l->n; k++) {
        if (l->slot[k] == FIXED) continue;
        const type *t = &l->arg[l->slot[k]];
        start[l->slot[k]] = l->start[k].v;
        result[l->slot[k]] = ir_clamp_range(&c->g, c->stack[l->low + k].v, t->lo, t->hi);
    }
    ir_id v =
        ir_loop_close(&c->g, l->body, l->rounds - first, start, result, l->until ? l->stop : 0);
    for (uint32_t k = 0; k < l->n; k++) {
        if (l->slot[k] == FIXED) continue;
        c->stack[l->low + k].v = ir_out(&c->g, v, l->slot[k]);
        c->stack[l->low + k].at = c->at;
    }
    if (l->low < c->low) c->low = l->low;
    end_loop(c, l, v);
}

/* Rounds `first` and on as a loop of the bytecode. */
static bool long_loop(checker *c, loop *l, int64_t first, uint32_t low)
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

/* --- the words */

static bool want_rounds(checker *c, const cell *k, int64_t *rounds)
{
    if (type_of(c, k)->vis != VIS_SECRET) return want_size(c, k, rounds);
    diagnosis *d = error_at(c, "E0403", "`%s` cannot run a secret number of rounds",
                            token_quote(&c->tok[c->at], c->mem));
    if (k->at != c->at) diagnose_second(d, &c->tok[k->at], "secret");
    diagnose_line(d, LINE_BECAUSE, "how long it runs would tell the number");
    diagnose_help(d, "run the most there can be and keep what counts with `select`");
    return false;
}

/* Of a size that is not known yet one round is checked, and of no rounds one too. */
static int64_t rounds_to_check(int64_t rounds)
{
    return rounds <= 0 ? 1 : rounds;
}

/* The first round stands before a long loop: by then kinds and shapes have settled. What the bytecode cannot carry
 * from round to round is expanded however long it is. */
static bool repeat(checker *c, const cell *q, int64_t rounds)
{
    const trial start = trial_begin(c);
    loop l = loop_begin(c, q, rounds);
    l.rounds = rounds_to_check(rounds);
    c->low = c->height;
    if (!one_round(c, &l, 0)) return false;
    uint64_t size = c->g.nodes - start.nodes + 1;
    bool is_long = l.rounds > 2 && (uint64_t)l.rounds * size > UNROLL_NODES;
    if (is_long && !long_loop(c, &l, 1, c->low)) return false;
    if (is_long && !l.changes) return true;
    if (l.rounds == 1) {
        steps_rounds_over(c, 1, 1);
        end_loop(c, &l, 0);
        return true;
    }
    trial_take_back(c, &start);
    l.row = NULL;
    return unroll_or_assume(c, &l);
}

static bool run_times(checker *c, const cell *q, int64_t rounds)
{
    uint32_t outer_low = c->low;
    bool good = repeat(c, q, rounds);
    if (outer_low < c->low) c->low = outer_low;
    return good;
}

static bool run_for(checker *c, const cell *q, int64_t rounds)
{
    loop l = loop_begin(c, q, rounds);
    l.rounds = rounds_to_check(rounds), l.indexed = true;
    for (int64_t i = 0; i < l.rounds; i++) {
        steps_round(c, i, l.rounds);
        if (!one_round(c, &l, i)) return false;
    }
    steps_rounds_over(c, l.rounds, l.rounds);
    end_loop(c, &l, 0);
    return true;
}

static bool refuse_state(checker *c, const loop *l)
{
    const cell *x = l->start;
    while (stays(c, x, &c->stack[l->low + (uint32_t)(x - l->start)])) x++;
    if (x->kind == CELL_VALUE) return want_closed(c, x);
    diagnosis *d = error_at(c, "E0207", "a quotation cannot change from round to round of `until`");
    diagnose_second(d, &c->tok[x->at], "this one");
    return false;
}

static bool run_until(checker *c, const cell *q, int64_t rounds)
{
    uint32_t outer_low = c->low;
    loop l = loop_begin(c, q, rounds);
    l.rounds = rounds_to_check(rounds), l.until = true;
    if (!long_loop(c, &l, 0, c->height)) return false;
    if (l.changes) return refuse_state(c, &l);
    if (outer_low < c->low) c->low = outer_low;
    return true;
}

static bool run_loop(checker *c, cell *in, bool (*run)(checker *c, const cell *q, int64_t rounds))
{
    int64_t rounds;
    if (!want_rounds(c, &in[0], &rounds)) return false;
    if (rounds != 0) return run(c, &in[1], rounds);
    const unrun u = unrun_begin(c);
    const bool good = run(c, &in[1], rounds);
    return unrun_end(c, &u, good);
}

bool word_times(checker *c, cell *in, int variant)
{
    (void)variant;
    return run_loop(c, in, run_times);
}

bool word_for(checker *c, cell *in, int variant)
{
    (void)variant;
    return run_loop(c, in, run_for);
}

bool word_until(checker *c, cell *in, int variant)
{
    (void)variant;
    return run_loop(c, in, run_until);
}
