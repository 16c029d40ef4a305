/* Repetition: `times`, `for` and `fold`, which are expanded while they are small and else become loops of the bytecode
 * (settle.c), and `until`, which always becomes one. */
#include <inttypes.h>
#include <string.h>

#include "compiler/loops.h"

/* Values that an expanded loop makes: up to so many, whatever it costs; where its rounds can run beside each other, or
 * an owner can compute them alone, up to so many more. */
enum { UNROLL_NODES = 4000, UNROLL_WORTH = 100000 };

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

void loop_end(checker *c, const loop *l, ir_id after)
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

static bool enter_round(checker *c, const loop *l, int64_t which)
{
    if (l->rows_of_items && l->turn) return leave_item(c, &l->items, l->rows_of_items, l->turn);
    if (l->rows_of_items) return leave(c, item_of(c, &l->items, which), l->items.lift);
    if (!l->numbers) return true;
    if (l->turn) return leave(c, l->turn, 0);
    return leave_known(c, l->none ? derive(c, 'i', -1, c->at) : which);
}

/* An item goes on top of what there is so far. */
static bool fold_round(checker *c, const loop *l, int64_t which)
{
    const cell so_far = c->stack[l->base];
    return enter_round(c, l, which) && run_alone(c, l->q, l->base) &&
           keeps_shape(c, &so_far, &c->stack[l->base]);
}

static bool state_round(checker *c, loop *l, int64_t which)
{
    saved s = stack_save(c);
    if (c->loops == 0) c->row = which;
    if (!enter_round(c, l, which)) return false;
    c->loops++;
    bool good = run_quote(c, l->q);
    c->loops--;
    if (!good || (l->until && !take_stop(c, l, &s))) return false;
    return same_state(c, &s) && end_round(c, l, which);
}

bool loop_round(checker *c, loop *l, int64_t which)
{
    return l->rows_of_items ? fold_round(c, l, which) : state_round(c, l, which);
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

const char *loop_state_name(const checker *c, const cell *q)
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
        assume_range(c, x, loop_state_name(c, q), least, most);
    }
}

/* --- expanded loops */

static bool unroll(checker *c, loop *l, int64_t first, bool assume)
{
    int64_t i = first;
    for (; i < l->rounds && !c->outgrown; i++) {
        steps_round(c, i, l->rounds);
        if (!loop_round(c, l, i)) return false;
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
    bool good = unroll(c, l, 0, false);
    c->may_assume = outer;
    if (good && c->outgrown) {
        c->outgrown = false, c->assumes = true;
        trial_take_back(c, &start);
        good = unroll(c, l, 0, true);
        c->assumes = assumes;
    }
    if (good) loop_end(c, l, 0);
    return good;
}

/* --- loops whose rounds count */

/* As far as one can say by a round. */
static bool can_be_expanded(const checker *c, const loop *l, expense round)
{
    const uint64_t rounds = (uint64_t)l->rounds;
    const expense now = spent(c);
    return rounds <= STEPS_MAX && is_affordable(c, (expense){now.steps + rounds * round.steps,
                                                             now.nodes + rounds * round.nodes,
                                                             now.folded + rounds * round.folded});
}

static bool is_known(const type *t)
{
    return t->vis == VIS_KNOWN;
}

static bool is_owned(const type *t)
{
    return t->vis == VIS_SECRET && t->owner != NO_OWNER;
}

static bool state_is(const checker *c, const loop *l, bool (*what)(const type *t))
{
    for (uint32_t k = 0; k < l->n; k++)
        if (l->slot[k] != FIXED && what(type_of(c, &l->start[k]))) return true;
    return false;
}

/* A state that has been known stays known in expanded rounds, and may be wanted so. */
static bool is_better_expanded(const checker *c, const loop *l, uint64_t nodes)
{
    if (state_is(c, l, is_known)) return true;
    return nodes <= UNROLL_WORTH &&
           (c->chooses || state_is(c, l, is_owned) || loop_overlaps(&c->g, l->body));
}

typedef enum counted { COUNTED, EXPANDS, FAILED } counted;

/* Rounds 1 and on as a loop of the bytecode. What its rounds do with a number or an item that is not known there may not
 * be possible, and may not be as good. */
static counted count_up(checker *c, loop *l, expense round)
{
    const trial start = trial_begin(c);
    const uint32_t low = c->low;
    const bool needs = c->needs_known, chooses = c->chooses;
    const uint64_t nodes = (uint64_t)l->rounds * round.nodes;
    l->must_prove = can_be_expanded(c, l, round);
    c->counting++, c->needs_known = c->chooses = false;
    bool good = loop_settle(c, l, 1, l->rows_of_items ? l->base : low);
    bool fits = good && !l->changes && !c->needs_known;
    fits = fits && !(l->must_prove && is_better_expanded(c, l, nodes));
    c->counting--, c->needs_known = needs, c->chooses = chooses || (fits && c->chooses);
    if (fits) return COUNTED;
    if (!good && l->outgrows) return FAILED;
    trial_take_back(c, &start);
    trial_forget_errors(c, &start);
    c->low = low, c->outgrown = false, l->turn = 0;
    return EXPANDS;
}

static bool repeat_counted(checker *c, loop *l)
{
    const expense before = spent(c);
    const uint32_t outer_low = c->low;
    c->low = c->height;
    steps_round(c, 0, l->rounds);
    if (!loop_round(c, l, 0)) return false;
    const expense after = spent(c);
    const expense round = {after.steps - before.steps + 1, after.nodes - before.nodes + 1,
                           after.folded - before.folded};
    const bool is_long = l->rounds > 2 && (uint64_t)l->rounds > UNROLL_NODES / round.nodes;
    counted as = is_long ? count_up(c, l, round) : EXPANDS;
    if (as == FAILED || (as == EXPANDS && !unroll(c, l, 1, false))) return false;
    if (as == EXPANDS) loop_end(c, l, 0);
    if (outer_low < c->low) c->low = outer_low;
    return true;
}

/* --- the words */

static bool refuse_rounds(checker *c, const cell *k)
{
    diagnosis *d = error_at(c, "E0304", "`%s` runs at most %" PRId64 " rounds",
                            token_quote(&c->tok[c->at], c->mem), ROUNDS_MAX);
    diagnose_label(d, "too many to come to an end");
    if (k->at != c->at) diagnose_second(d, &c->tok[k->at], "rounds");
    return false;
}

static bool want_rounds(checker *c, const cell *k, int64_t *rounds)
{
    if (type_of(c, k)->vis != VIS_SECRET)
        return want_size(c, k, rounds) && (*rounds <= ROUNDS_MAX || refuse_rounds(c, k));
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
    if (!loop_round(c, &l, 0)) return false;
    uint64_t size = c->g.nodes - start.nodes + 1;
    bool is_long = l.rounds > 2 && (uint64_t)l.rounds * size > UNROLL_NODES;
    if (is_long && !loop_settle(c, &l, 1, c->low)) return false;
    if (is_long && !l.changes) return true;
    if (l.rounds == 1) {
        steps_rounds_over(c, 1, 1);
        loop_end(c, &l, 0);
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
    l.rounds = rounds_to_check(rounds), l.numbers = true;
    return repeat_counted(c, &l);
}

static bool refuse_state(checker *c, const loop *l)
{
    const cell *x = &l->start[l->changed];
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
    if (!loop_settle(c, &l, 0, c->height)) return false;
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

/* Items one after the other: each goes on top of what there is so far. */
bool word_fold(checker *c, cell *in, int variant)
{
    (void)variant;
    if (!want_vector(c, in) || !want_closed(c, in)) return false;
    const int64_t n = dim_of(c, in, 0);
    loop l = {.q = &in[2], .rounds = rounds_to_check(n), .items = in[0], .base = c->height};
    l.rows_of_items = items_first(c, in);
    push(c, in[1]);
    if (n != 0) return repeat_counted(c, &l);
    const unrun u = unrun_begin(c);
    return unrun_end(c, &u, loop_round(c, &l, 0));
}
