/* Words that move cells or run quotations once: stack words, call, if and when, show. */
#include <string.h>

#include "compiler/check.h"

enum { SHUFFLE_DUP = 1, SHUFFLE_DROP, SHUFFLE_SWAP, SHUFFLE_OVER, SHUFFLE_NIP };

bool word_shuffle(checker *c, cell *in, int what)
{
    switch (what) {
    case SHUFFLE_DUP:
        in[0].at = c->at; /* both: what is left over is the copy too many */
        push(c, in[0]), push(c, in[0]);
        break;
    case SHUFFLE_SWAP: push(c, in[1]), push(c, in[0]); break;
    case SHUFFLE_OVER: {
        cell copy = in[0];
        push(c, in[0]), push(c, in[1]);
        copy.at = c->at;
        push(c, copy);
        break;
    }
    case SHUFFLE_NIP: push(c, in[1]); break;
    default: break; /* drop */
    }
    return true;
}

/* dip (0) and keep (1). */
bool word_dip(checker *c, cell *in, int keep)
{
    if (keep) push(c, in[0]);
    if (!run_quote(c, &in[1])) return false;
    push(c, in[0]);
    return true;
}

bool word_bi(checker *c, cell *in, int variant)
{
    (void)variant;
    push(c, in[0]);
    if (!run_quote(c, &in[1])) return false;
    push(c, in[0]);
    return run_quote(c, &in[2]);
}

bool word_both(checker *c, cell *in, int variant)
{
    (void)variant;
    push(c, in[0]);
    if (!run_quote(c, &in[2])) return false;
    push(c, in[1]);
    return run_quote(c, &in[2]);
}

bool word_call(checker *c, cell *in, int variant)
{
    (void)variant;
    return run_quote(c, in);
}

bool word_show(checker *c, cell *in, int variant)
{
    (void)variant;
    push(c, *in);
    steps_show(c);
    return true;
}

/* --- if and when */

static bool opens_around(const checker *c, uint32_t at)
{
    const token *t = &c->tok[at];
    return (token_is(t, "[") || token_is(t, "{")) && t->match > c->at;
}

static const char any_choice[] = "condition  1 2 select";

/* The line, or of it what stands in the quotation around the word, rewritten to choose instead of branching, when it
 * all stands on one line. */
static const char *chosen_instead(checker *c, const cell *first, const cell *second)
{
    uint32_t line = c->tok[c->at].line, from = first->open;
    if (c->tok[first->open].line != line) return any_choice;
    while (from && c->tok[from - 1].line == line && !opens_around(c, from - 1)) from--;
    const char *text = "";
    for (uint32_t i = from; i < c->at; i++) {
        bool bracket = i == first->open || i == second->open || i == c->tok[first->open].match ||
                       i == c->tok[second->open].match;
        const char *gap = i == first->open ? " " : *text && !bracket ? " " : "";
        text = arena_printf(c->mem, "%s%s%s", text, gap,
                            bracket ? "" : token_quote(&c->tok[i], c->mem));
    }
    return arena_printf(c->mem, "%s select", text);
}

typedef struct arm {
    cell *stack;
    uint32_t height, low;
    outputs told; /* afterwards; names do not count */
} arm;

static bool run_arm(checker *c, const cell *q, bool taken, arm *out);

/* One value, made of nothing that lies below on the stack, and nothing revealed. */
static bool is_choice(checker *c, const cell *q)
{
    const size_t errors = c->found->errors;
    const uint32_t low = c->low, at = c->at, height = c->height;
    arm left;
    c->low = height;
    const bool good = run_arm(c, q, false, &left) && c->found->errors == errors;
    c->low = low, c->at = at;
    return good && left.height == height + 1 && left.low == height &&
           left.stack[height].kind == CELL_VALUE &&
           (!left.told.revealed || !memcmp(left.told.revealed, c->revealed, c->header.outputs));
}

/* `[ 1 ] [ 2 ] if` as `1 2 select`, where that means the same. */
static void fix_choice(checker *c, diagnosis *d, const cell *first, const cell *second)
{
    const token *t = c->tok;
    if (!d || token_is_std(&t[c->at]) || t[first->open].match + 1 != second->open ||
        t[second->open].match + 1 != c->at)
        return;
    diagnose_fix(d, &t[first->open], &t[c->at], "%s %s select", quoted_text(c, first),
                 quoted_text(c, second));
}

static bool refuse_secret(checker *c, const cell *condition, const cell *second)
{
    const char *name = token_quote(&c->tok[c->at], c->mem);
    diagnosis *d = error_at(c, "E0401", "`%s` cannot branch on a secret", name);
    if (condition->at != c->at) diagnose_second(d, &c->tok[condition->at], "secret");
    diagnose_line(d, LINE_BECAUSE,
                  "both branches would have to look alike from outside, or the choice would leak");
    const bool choice = second && is_choice(c, condition + 1) && is_choice(c, second);
    diagnose_help(d, "compute both and choose:  %s",
                  choice ? chosen_instead(c, condition + 1, second) : any_choice);
    if (choice) fix_choice(c, d, condition + 1, second);
    return false;
}

/* Runs one arm on the stack as it is, keeps what it leaves, and puts the stack back, and what outputs mean. */
static bool run_arm(checker *c, const cell *q, bool taken, arm *out)
{
    uint32_t height = c->height;
    cell *before = arena_alloc(c->mem, height * sizeof *before);
    c->steps += height / 16; /* a copy is work too */
    bool was_dry = c->dry, good = true;
    const outputs told = outputs_save(c);

    if (height) memcpy(before, c->stack, height * sizeof *before);
    c->low = height;
    c->dry = c->dry || !taken;
    if (q) good = run_quote(c, q);
    c->dry = was_dry;
    *out = (arm){arena_alloc(c->mem, c->height * sizeof(cell)), c->height, c->low, outputs_save(c)};
    if (c->height) memcpy(out->stack, c->stack, c->height * sizeof(cell));
    outputs_restore(c, &told);
    while (c->height < height) push(c, before[c->height]);
    c->height = height;
    if (height) memcpy(c->stack, before, height * sizeof *before);
    return good;
}

static const char *leaves(checker *c, const arm *a, uint32_t from)
{
    const char *text = "";
    for (uint32_t i = from; i < a->height; i++)
        text = arena_printf(c->mem, "%s%s%s", text, i > from ? "  " : "",
                            describe_secret(c, &a->stack[i]));
    return *text ? text : "nothing";
}

static bool same_shape(checker *c, const cell *a, const cell *b)
{
    if (a->kind != b->kind) return false;
    if (a->kind != CELL_VALUE) return true;
    const type *one = type_of(c, a), *other = type_of(c, b);
    if (rank_of(c, a) != rank_of(c, b) || (one->kind == KIND_KEY) != (other->kind == KIND_KEY))
        return false;
    for (unsigned k = 0; k < rank_of(c, a); k++)
        if (!same_dim(c, dim_of(c, a, k), dim_of(c, b, k))) return false;
    return true;
}

static uint32_t lower(const arm *a, const arm *b)
{
    return a->low < b->low ? a->low : b->low;
}

static diagnosis *leave_different(checker *c, const arm *a, const arm *b)
{
    uint32_t from = lower(a, b);
    const char *name = token_quote(&c->tok[c->at], c->mem);
    diagnosis *d = error_at(c, "E0204", "the two branches of `%s` leave different things", name);
    diagnose_line(d, LINE_PLAIN, "first leaves   %s", leaves(c, a, from));
    diagnose_line(d, LINE_PLAIN, "second leaves  %s", leaves(c, b, from));
    return d;
}

static bool reveals_now(const checker *c, const arm *a, uint32_t i)
{
    return a->told.revealed && a->told.revealed[i] && !c->revealed[i];
}

static const char *reveals(checker *c, const arm *a)
{
    const char *text = "";
    for (uint32_t i = 0; i < c->header.outputs; i++)
        if (reveals_now(c, a, i))
            text = arena_printf(c->mem, "%s%s%s", text, *text ? "  " : "", c->header.output[i].name);
    return *text ? text : "nothing";
}

static bool arms_agree(checker *c, const arm *a, const arm *b)
{
    bool same = a->height == b->height, same_told = true;
    for (uint32_t i = lower(a, b); same && i < a->height; i++)
        same = same_shape(c, &a->stack[i], &b->stack[i]);
    if (!same) {
        leave_different(c, a, b);
        return false;
    }
    for (uint32_t i = 0; i < c->header.outputs; i++)
        same_told = same_told && reveals_now(c, a, i) == reveals_now(c, b, i);
    if (same_told) return true;
    diagnosis *d = error_at(c, "E0204", "the two branches of `%s` reveal different outputs",
                            token_quote(&c->tok[c->at], c->mem));
    diagnose_line(d, LINE_PLAIN, "first reveals   %s", reveals(c, a));
    diagnose_line(d, LINE_PLAIN, "second reveals  %s", reveals(c, b));
    diagnose_help(d, "reveal behind the `if` what it leaves, or in both branches");
    return false;
}

static void take_arm(checker *c, const arm *a)
{
    c->height = 0;
    for (uint32_t i = 0; i < a->height; i++) push(c, a->stack[i]);
    for (uint32_t i = 0; i < c->header.outputs; i++)
        if (reveals_now(c, a, i)) outputs_add(c, i, a->told.told[i].v);
}

/* --- a public condition: both arms become blocks, of which the run takes one */

typedef struct choice {
    arm arm[2];
    uint32_t way[2]; /* the arms' blocks */
    ir_id *result[2]; /* what of the arms differs: `cells` values of the stack, then outputs to all */
    uint32_t results, cells;
    uint32_t *place; /* by cell: where on the stack */
} choice;

/* Work on what an arm has left, as part of the arm. */
static bool convert_in(checker *c, uint32_t way, cell *x, kind k, unsigned lift, const cell *like)
{
    uint32_t here = c->g.current;
    c->g.current = way;
    convert(c, x, k);
    bool good = expand_lift(c, x, lift, like);
    c->g.current = here;
    return good;
}

/* One value whichever arm runs: equal numbers stay known, and of no items there is only one. */
static bool is_same(const checker *c, const cell *a, const cell *b)
{
    wide x, y;
    uint64_t items;
    if (a->kind == CELL_QUOTE) return a->open == b->open && a->scope == b->scope;
    const type *t = type_of(c, a), *u = type_of(c, b);
    if (a->v == b->v || (type_length(t, &items) && items == 0)) return true;
    return t->kind == u->kind && ir_known(&c->g, a->v, &x) && ir_known(&c->g, b->v, &y) &&
           wide_compare(x, y) == 0;
}

static bool refuse_quotations(checker *c, const cell *a, const cell *b)
{
    diagnosis *d = error_at(c, "E0207", "a public condition cannot choose between quotations");
    diagnose_second(d, &c->tok[a->open], "one");
    diagnose_second(d, &c->tok[b->open], "the other");
    diagnose_line(d, LINE_BECAUSE,
                  "quotations are code, and which code there is does not wait for the run");
    diagnose_help(d, "run each in its own branch:  [ … call ] [ … call ] if");
    return false;
}

/* Brings what the arms leave at one place of the stack to one kind and lift. */
static bool join_cells(checker *c, choice *x, uint32_t at)
{
    cell *a = &x->arm[0].stack[at], *b = &x->arm[1].stack[at];
    if (is_same(c, a, b)) return true;
    if (a->kind == CELL_QUOTE) return refuse_quotations(c, a, b);
    const type *t = type_of(c, a), *u = type_of(c, b);
    if ((t->kind == KIND_KEY) != (u->kind == KIND_KEY)) {
        leave_different(c, &x->arm[0], &x->arm[1]);
        return false;
    }
    if (!want_closed(c, a) || !want_closed(c, b)) return false;
    kind k = (kind)(t->kind > u->kind ? t->kind : u->kind);
    unsigned lift = a->lift > b->lift ? a->lift : b->lift;
    const cell like = a->lift > b->lift ? *a : *b;
    if (!convert_in(c, x->way[0], a, k, lift, &like) || !convert_in(c, x->way[1], b, k, lift, &like))
        return false;
    x->result[0][x->results] = a->v, x->result[1][x->results++] = b->v;
    x->place[x->cells++] = at;
    return true;
}

/* What both arms have told all, joined as their other results are. */
static void join_told(checker *c, choice *x)
{
    for (uint32_t i = 0; i < c->header.outputs; i++) {
        if (!reveals_now(c, &x->arm[0], i) || !x->arm[0].told.told[i].v) continue;
        for (unsigned m = 0; m < 2; m++) x->result[m][x->results] = x->arm[m].told.told[i].v;
        x->results++;
    }
}

/* Puts the IF's results where the arms' were: the first arm's stack becomes the stack. */
static void read_results(checker *c, choice *x, ir_id condition)
{
    arm *a = &x->arm[0];
    uint32_t k = 0;
    ir_id v = ir_if_close(&c->g, condition, x->way, x->result, x->results);
    for (; k < x->cells; k++) {
        cell *to = &a->stack[x->place[k]];
        to->v = ir_out(&c->g, v, k), to->at = c->at;
    }
    for (uint32_t i = 0; i < c->header.outputs; i++)
        if (reveals_now(c, a, i) && a->told.told[i].v) a->told.told[i].v = ir_out(&c->g, v, k++);
    take_arm(c, a);
}

static bool join_arms(checker *c, choice *x, ir_id condition)
{
    uint32_t from = lower(&x->arm[0], &x->arm[1]);
    size_t most = x->arm[0].height - from + c->header.outputs;
    for (unsigned m = 0; m < 2; m++)
        x->result[m] = arena_alloc(c->mem, most * sizeof *x->result[m]);
    x->place = arena_alloc(c->mem, most * sizeof *x->place);
    for (uint32_t i = from; i < x->arm[0].height; i++)
        if (!join_cells(c, x, i)) return false;
    join_told(c, x);
    read_results(c, x, condition);
    return true;
}

static bool run_way(checker *c, choice *x, unsigned which, const cell *q)
{
    x->way[which] = ir_block_open(&c->g, NULL, 0);
    bool good = run_arm(c, q, true, &x->arm[which]);
    ir_block_leave(&c->g, x->way[which]);
    return good;
}

/* --- the words */

static bool want_condition(checker *c, const cell *x, const cell *second)
{
    const type *t = type_of(c, x);
    if (t->vis == VIS_SECRET) return refuse_secret(c, x, second);
    if (!want_bool(c, x)) return false;
    if (!t->rank) return true;
    error_at(c, "E0306", "`%s` wants one condition, not %s", token_quote(&c->tok[c->at], c->mem),
             describe(c, x));
    return false;
}

/* if (0) and when (1). Both arms are checked; a known condition then takes its arm, a public one waits for the run. */
bool word_if(checker *c, cell *in, int when)
{
    const cell *second = when ? NULL : &in[2];
    uint32_t low = c->low, at = c->at;
    wide known = wide_of(1);
    choice x = {0};

    if (!want_condition(c, in, second)) return false;
    bool waits = type_of(c, in)->vis == VIS_PUBLIC;
    c->chooses = c->chooses || (waits && c->counting);
    if (!waits) ir_known(&c->g, in->v, &known);
    const bool yes = wide_sign(known) != 0;
    bool good = waits ? run_way(c, &x, 0, &in[1]) && run_way(c, &x, 1, second)
                      : run_arm(c, &in[1], yes, &x.arm[0]) && run_arm(c, second, !yes, &x.arm[1]);
    c->at = at;
    if (!good || !arms_agree(c, &x.arm[0], &x.arm[1])) return false;
    uint32_t lowest = lower(&x.arm[0], &x.arm[1]);
    if (!waits)
        take_arm(c, &x.arm[yes ? 0 : 1]);
    else if (!join_arms(c, &x, in->v))
        return false;
    c->low = lowest < low ? lowest : low;
    return true;
}
