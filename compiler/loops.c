/* Repetition that is known: `times` and `for` (expanded while small, else `times` becomes a loop of the bytecode
 * whose ranges are followed until they stop growing), and `fold` and `reduce` over items. */
#include <string.h>

#include "compiler/check.h"

enum { UNROLL_NODES = 4000, FIXPOINT_NODES = 200000, FIXPOINT_LEAST = 8, ASSUME_LIMIT = 1000000 };

/* What the stack was before a loop. */
typedef struct saved {
    cell *stack;
    uint32_t height, low;
    size_t steps;
} saved;

static saved save(checker *c)
{
    c->steps += c->height / 16; /* a copy is work too */
    saved s = {arena_alloc(c->mem, c->height * sizeof(cell)), c->height, c->low, c->rep->steps};
    if (c->height) memcpy(s.stack, c->stack, c->height * sizeof(cell));
    return s;
}

static void restore(checker *c, const saved *s)
{
    c->height = 0;
    c->rep->steps = s->steps;
    for (uint32_t i = 0; i < s->height; i++) push(c, s->stack[i]);
}

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

static bool keeps_shape(checker *c, const cell *a, const cell *b)
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

static bool one_round(checker *c, const cell *q)
{
    saved s = save(c);
    c->loops++;
    bool good = run_quote(c, q);
    c->loops--;
    return good && same_state(c, &s);
}

/* --- assumed ranges */

wide assumed_most(const checker *c)
{
    return wide_of_num((num)ASSUME_LIMIT << c->header.precision);
}

static void report_assumed(checker *c, const cell *q, const cell *x)
{
    report *rep = c->rep;
    size_t n = rep->ranges;
    const token *first = &c->tok[q->open + 1], *at = &c->tok[c->at];
    const char *name =
        token_is(first, "->") && first[1].kind == TOKEN_WORD && !token_is(&first[1], "(")
            ? token_string(&first[1], c->mem)
            : "loop";
    if (n && rep->range[n - 1].assumed && rep->range[n - 1].line == at->line &&
        !strcmp(rep->range[n - 1].name, name))
        return;
    if (!(n & (n - 1)))
        rep->range = arena_grow(c->mem, rep->range, n * sizeof *rep->range,
                                (n ? 2 * n : 1) * sizeof *rep->range);
    rep->range[rep->ranges++] =
        (named_range){name, describe_secret(c, x), "-1000000", "1000000", at->line, true};
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
        x->v = ir_clamp_range(&c->g, x->v, least, most);
        report_assumed(c, q, x);
    }
}

/* --- expanded loops */

static bool unroll(checker *c, const cell *q, int64_t rounds, bool assume)
{
    int64_t i = 0;
    for (; i < rounds && !c->outgrown; i++) {
        steps_round(c, i);
        if (!one_round(c, q)) return false;
        if (assume) assume_state(c, q, c->low);
    }
    steps_rounds_over(c, i, rounds);
    return true;
}

static bool unroll_or_assume(checker *c, const cell *q, int64_t rounds, const saved *start)
{
    bool outer = c->may_assume;
    c->may_assume = true, c->outgrown = false;
    bool good = unroll(c, q, rounds, false);
    c->may_assume = outer;
    if (!good || !c->outgrown) return good;
    c->outgrown = false;
    restore(c, start);
    return unroll(c, q, rounds, true);
}

/* --- loops of the bytecode */

typedef struct loop {
    const cell *q;
    int64_t rounds;
    uint32_t low, n; /* the state: stack[low .. low + n) */
    cell *start;
    type *arg;
    bool assumed;
} loop;

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

static bool take_state(checker *c, loop *l)
{
    l->start = arena_alloc(c->mem, l->n * sizeof *l->start);
    l->arg = arena_alloc(c->mem, l->n * sizeof *l->arg);
    for (uint32_t k = 0; k < l->n; k++) {
        cell *x = &c->stack[l->low + k];
        if (x->kind != CELL_VALUE) return not_built(c, "a quotation in the state of a long loop");
        uint64_t items;
        if (type_length(type_of(c, x), &items) && items == 0)
            return not_built(c, "a vector of no items in the state of a long loop");
        if (!want_closed(c, x)) return false;
        l->start[k] = *x;
        l->arg[k] = *type_of(c, x);
        if (l->arg[k].vis == VIS_KNOWN)
            l->arg[k].vis = VIS_PUBLIC; /* it changes from round to round */
    }
    return true;
}

/* The body on arguments of the present types. */
static bool try_body(checker *c, const loop *l, uint32_t *body)
{
    *body = ir_loop_open(&c->g, l->arg, l->n);
    for (uint32_t k = 0; k < l->n; k++) c->stack[l->low + k].v = ir_arg(&c->g, *body, k);
    c->outgrown = false;
    if (!one_round(c, l->q)) return false;
    if (c->low < l->low) return not_built(c, "a long loop that reaches deeper in later rounds");
    return true;
}

static bool kinds_grew(checker *c, loop *l)
{
    bool grew = false;
    for (uint32_t k = 0; k < l->n; k++) {
        kind now = (kind)type_of(c, &c->stack[l->low + k])->kind;
        if (now <= l->arg[k].kind) continue;
        convert(c, &l->start[k], now);
        l->arg[k].kind = (uint8_t)now;
        l->arg[k].lo = type_of(c, &l->start[k])->lo, l->arg[k].hi = type_of(c, &l->start[k])->hi;
        grew = true;
    }
    return grew;
}

static bool ranges_grew(checker *c, loop *l)
{
    bool grew = c->outgrown;
    for (uint32_t k = 0; k < l->n; k++) {
        const type *now = type_of(c, &c->stack[l->low + k]);
        type as = *now;
        if (as.kind < l->arg[k].kind)
            convert(c, &c->stack[l->low + k], (kind)l->arg[k].kind),
                as = *type_of(c, &c->stack[l->low + k]);
        if (l->assumed && as.kind == KIND_FIX) as.lo = l->arg[k].lo, as.hi = l->arg[k].hi;
        if (within(&l->arg[k], &as)) continue;
        join_type(&l->arg[k], &as);
        grew = true;
    }
    return grew;
}

static void assume_args(checker *c, loop *l)
{
    const wide most = assumed_most(c), least = wide_neg(most);
    l->assumed = true;
    for (uint32_t k = 0; k < l->n; k++) {
        if (l->arg[k].kind != KIND_FIX) continue;
        l->arg[k].lo = least, l->arg[k].hi = most;
        const type *s = type_of(c, &l->start[k]);
        if (wide_less(s->lo, least) || wide_less(most, s->hi))
            l->start[k].v = ir_clamp_range(&c->g, l->start[k].v, least, most);
        report_assumed(c, l->q, &l->start[k]);
    }
}

static bool refuse_growth(checker *c)
{
    diagnosis *d = error_at(c, "E0402", "a whole number in this loop may outgrow every field");
    diagnose_help(d, "keep it small with `clamp` or `mod`, or run fewer rounds");
    return false;
}

/* Ranges grow as often as the body runs or until they stop; the trial body becomes the loop when they have. */
static bool settle(checker *c, loop *l, uint32_t *body)
{
    uint32_t nodes = c->g.nodes, blocks = c->g.blocks, outside = c->g.current;
    size_t steps = c->rep->steps;
    int64_t tried = 0;
    for (uint64_t work = 0;; tried++) {
        bool outer = c->may_assume;
        c->may_assume = !l->assumed;
        bool good = try_body(c, l, body);
        c->may_assume = outer;
        if (!good) return false;
        if (kinds_grew(c, l)) {
            tried = 0;
        } else if ((!ranges_grew(c, l) || tried >= l->rounds) && !c->outgrown) {
            return true;
        }
        work += c->g.nodes - nodes;
        bool enough = c->outgrown || (tried >= FIXPOINT_LEAST && work > FIXPOINT_NODES);
        /* Taken back: nothing outside refers to a trial. */
        c->g.nodes = c->judged = nodes, c->g.blocks = blocks, c->g.current = outside;
        c->rep->steps = steps;
        if (enough && l->assumed) return refuse_growth(c);
        if (enough) assume_args(c, l), tried = 0, work = 0;
    }
}

static bool leave_loop(checker *c, const loop *l, uint32_t body)
{
    ir_id *start = arena_alloc(c->mem, l->n * sizeof *start),
          *result = arena_alloc(c->mem, l->n * sizeof *result);
    for (uint32_t k = 0; k < l->n; k++) {
        start[k] = l->start[k].v;
        result[k] = ir_clamp_range(&c->g, c->stack[l->low + k].v, l->arg[k].lo, l->arg[k].hi);
    }
    ir_id v = ir_loop_close(&c->g, body, l->rounds, start, result);
    for (uint32_t k = 0; k < l->n; k++) {
        c->stack[l->low + k].v = ir_out(&c->g, v, k);
        c->stack[l->low + k].at = c->at;
    }
    return true;
}

static bool long_loop(checker *c, const cell *q, int64_t rounds, uint32_t low)
{
    loop l = {.q = q, .rounds = rounds, .low = low, .n = c->height - low};
    uint32_t body;
    steps_pause(c);
    bool good = take_state(c, &l) && settle(c, &l, &body) && leave_loop(c, &l, body);
    steps_resume(c);
    steps_rounds_over(c, 1, rounds + 1);
    return good;
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

bool word_times(checker *c, cell *in, int variant)
{
    int64_t rounds;
    (void)variant;
    if (!want_rounds(c, &in[0], &rounds)) return false;
    if (rounds == 0) return true;
    saved start = save(c);
    uint32_t outer_low = c->low, nodes = c->g.nodes;
    c->low = c->height;
    bool good = one_round(c, &in[1]);
    uint32_t low = c->low, size = c->g.nodes - nodes + 1;
    if (good && rounds == 1) steps_rounds_over(c, 1, 1);
    if (good && rounds > 1) {
        /* The first round stands before a long loop: by then kinds and shapes have settled. */
        if ((uint64_t)rounds * size > UNROLL_NODES && rounds > 2) {
            good = long_loop(c, &in[1], rounds - 1, low);
        } else {
            restore(c, &start);
            good = unroll_or_assume(c, &in[1], rounds, &start);
        }
    }
    c->low = low < outer_low ? low : outer_low;
    return good;
}

bool word_for(checker *c, cell *in, int variant)
{
    int64_t rounds;
    (void)variant;
    if (!want_rounds(c, &in[0], &rounds)) return false;
    if (rounds < 0) rounds = 1;
    for (int64_t i = 0; i < rounds; i++) {
        saved s = save(c);
        steps_round(c, i);
        if (!leave_known(c, i)) return false;
        c->loops++;
        bool good = run_quote(c, &in[1]);
        c->loops--;
        if (!good || !same_state(c, &s)) return false;
    }
    steps_rounds_over(c, rounds, rounds);
    return true;
}

static bool one_left(checker *c, uint32_t base)
{
    if (c->height == base + 1 && c->stack[base].kind == CELL_VALUE) return true;
    error_at(c, "E0208", "the quotation of `%s` leaves %u values instead of one",
             token_quote(&c->tok[c->at], c->mem), c->height - base);
    return false;
}

static ir_id row(checker *c, const cell *x, int64_t from, int64_t count, bool single)
{
    const type *t = type_of(c, x);
    int64_t dim[AXES], stride[AXES], step = 1, offset;
    for (unsigned k = t->rank; k-- > 0; step *= t->dim[k] < 0 ? 1 : t->dim[k])
        dim[k] = t->dim[k], stride[k] = step;
    offset = from * stride[x->lift];
    dim[x->lift] = count;
    if (single) {
        for (unsigned k = x->lift; k + 1u < t->rank; k++)
            dim[k] = dim[k + 1], stride[k] = stride[k + 1];
    }
    return ir_view(&c->g, x->v, t->rank - (single ? 1u : 0u), dim, offset, stride);
}

/* q sees only what stands above `base` and must leave one value. */
static bool run_alone(checker *c, const cell *q, uint32_t base)
{
    uint32_t before = c->floor;
    c->floor = base, c->loops++;
    bool good = run_quote(c, q);
    c->floor = before, c->loops--;
    return good && one_left(c, base);
}

bool word_fold(checker *c, cell *in, int variant)
{
    (void)variant;
    if (!want_vector(c, in) || !want_closed(c, in)) return false;
    int64_t n = dim_of(c, in, 0);
    uint32_t base = c->height;
    push(c, in[1]);
    for (int64_t i = 0; i < (n < 0 ? 1 : n); i++) {
        cell acc = c->stack[base];
        steps_round(c, i);
        if (!leave(c, row(c, in, i, 1, true), in->lift) || !run_alone(c, &in[2], base))
            return false;
        if (!keeps_shape(c, &acc, &c->stack[base])) return false;
    }
    steps_rounds_over(c, n, n);
    return true;
}

/* q of every item of `left` with the item of `right` at its place, all in one run of q; *out has their shape. */
static bool join_items(checker *c, const cell *q, cell left, cell right, cell *out)
{
    unsigned lift = left.lift;
    uint32_t base = c->height;
    left.lift++, right.lift++;
    push(c, left), push(c, right);
    cell outer_item = c->item;
    c->lift++, c->item = left;
    bool good = run_alone(c, q, base);
    c->lift--, c->item = outer_item;
    if (!good) return false;
    *out = c->stack[base];
    expand_lift(c, out, lift + 1, &left);
    c->height = base;
    if (!keeps_shape(c, &left, out)) return false;
    out->lift = (uint8_t)lift;
    return true;
}

/* Halves joined pair by pair: log depth. */
bool word_reduce_by(checker *c, cell *in, int variant)
{
    (void)variant;
    if (!want_vector(c, in) || !want_closed(c, in) || !into_context(c, in)) return false;
    cell x = in[0];
    unsigned lift = x.lift;
    if (dim_of(c, &x, 0) == 0) {
        diagnosis *d = error_at(c, "E0405", "`reduce` of no items has no result");
        diagnose_help(d, "with a start value:  v 0 [ + ] fold");
        return false;
    }
    int64_t pass = 0;
    for (int64_t n = dim_of(c, &x, 0); n > 1 || n < 0; n = n / 2 + n % 2) {
        steps_round(c, pass++);
        int64_t half = n < 0 ? n : n / 2;
        cell left = x, right = x, odd = x;
        left.v = row(c, &x, 0, half, false);
        right.v = row(c, &x, half < 0 ? 0 : half, half, false);
        if (n > 0 && n % 2) odd.v = row(c, &x, n - 1, 1, false);
        if (!join_items(c, &in[1], left, right, &x)) return false;
        if (n < 0) {
            x.v = row(c, &x, 0, 1, false);
            break;
        }
        if (n % 2) {
            cell both[2] = {x, odd};
            if (!word_join(c, both, 0) || !pop_one(c, &x)) return false;
        }
    }
    steps_rounds_over(c, pass, pass);
    x.v = row(c, &x, 0, 1, true);
    return leave(c, x.v, lift);
}

/* Every item joined with the one 1, 2, 4, … places before it, the first included: log depth. */
bool word_scan(checker *c, cell *in, int variant)
{
    (void)variant;
    if (!want_vector(c, in) || !want_closed(c, in) || !into_context(c, in)) return false;
    cell x = in[0];
    int64_t n = dim_of(c, &x, 0);
    if (n < 0 && !join_items(c, &in[1], x, x, &x)) return false; /* the type alone */
    int64_t pass = 0;
    for (int64_t step = 1; step < n; step *= 2) {
        steps_round(c, pass++);
        cell left = x, right = x, both[2] = {x};
        both[0].v = row(c, &x, 0, step, false);
        left.v = row(c, &x, 0, n - step, false), right.v = row(c, &x, step, n - step, false);
        if (!join_items(c, &in[1], left, right, &both[1])) return false;
        if (!word_join(c, both, 0) || !pop_one(c, &x)) return false;
    }
    steps_rounds_over(c, pass, pass);
    return leave(c, x.v, x.lift);
}
