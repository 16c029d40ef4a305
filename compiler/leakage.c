/* What each output tells, read off the program's graph, and warnings by simple rules. Never claims that the
 * function itself is private. */
#include "compiler/provenance.h"

#include <stdio.h>
#include <string.h>

/* Ordered: what mixes several kinds of work tells the later one. */
typedef enum tells {
    TELLS_NOTHING, /* known or public before */
    TELLS_COPY,
    TELLS_ONE_OF, /* one of the numbers */
    TELLS_YES_NO,
    TELLS_POSITION,
    TELLS_LINEAR, /* a count or sum */
    TELLS_FUNCTION
} tells;

typedef struct told {
    uint8_t tells;
    input_set from;
    input_set given;      /* those of them that can be computed back from it, whole */
    input_set bare;       /* those of them that reach it without noise */
    mechanism_set hidden; /* the noise that hides the others */
    ir_id noise;          /* it is this noise alone; 0 when not */
    bool drawn;           /* something drawn stands in it */
    bool shuffled;
    bool count;      /* LINEAR: of yes and no */
    uint64_t joined; /* LINEAR: how many numbers of one group stand in it; 0 when not a plain sum */
    bool parts;      /* they are not the members' inputs, but made of them */
} told;

typedef struct leakage_pass {
    ir *g;
    told *told;
    input_set *from; /* by ir_id: the inputs that it is made of, through loops and branches; see provenance.h */
    uint32_t *noise_uses; /* by ir_id */
    bool drawn;           /* anything so far */
    mechanisms mechanisms;
    mechanism_set *hidden; /* by reveal: that of each output so far */
    ir_id *reveal;
    uint32_t reveals;
    input_set told_bare; /* inputs that an output tells without noise */
} leakage_pass;

/* --- what a value tells */

static told join_operands(const leakage_pass *x, const ir_node *n)
{
    told t = {0};
    for (uint32_t k = 0; k < n->ins; k++) {
        const told *in = &x->told[n->in[k]];
        if (in->tells > t.tells) t.tells = in->tells;
        if (in->joined > t.joined) t.joined = in->joined, t.parts = in->parts;
        t.count = t.count || in->count;
        t.from |= in->from;
        t.bare |= in->bare;
        t.hidden |= in->hidden;
        t.drawn = t.drawn || in->drawn;
        t.shuffled = t.shuffled || in->shuffled;
    }
    return t;
}

static unsigned secret_operands(const leakage_pass *x, const ir_node *n)
{
    unsigned secrets = 0;
    for (uint32_t k = 0; k < n->ins; k++) secrets += x->told[n->in[k]].from != 0;
    return secrets;
}

static tells at_least(tells a, tells b)
{
    return a > b ? a : b;
}

/* A sum over a group's axis joins a number of each member. */
static void tell_sum(const leakage_pass *x, const ir_node *n, told *t)
{
    const type *a = ir_type(x->g, n->in[0]);
    t->parts = t->tells != TELLS_COPY;
    t->tells = (uint8_t)at_least(TELLS_LINEAR, (tells)t->tells);
    if (t->tells != TELLS_LINEAR) return;
    if (a->rank == 1 && a->owner != NO_OWNER && x->g->header->party[a->owner].group)
        t->joined = (uint64_t)a->dim[0];
}

static void tell_arithmetic(const leakage_pass *x, const ir_node *n, told *t)
{
    bool linear = n->op == IR_ADD || n->op == IR_SUB || secret_operands(x, n) == 1;
    if (secret_operands(x, n) > 1) t->joined = 0;
    t->tells = (uint8_t)(linear && t->tells <= TELLS_LINEAR ? TELLS_LINEAR : TELLS_FUNCTION);
}

/* Comparing with what is known or public asks yes or no; so does comparing secrets. */
static void tell_comparison(told *t)
{
    t->tells = t->tells <= TELLS_LINEAR ? TELLS_YES_NO : TELLS_FUNCTION;
    t->joined = 0;
}

/* A choice between numbers gives one of them, between positions a position; the choice itself is part of what it is a function of. */
static void tell_choice(const leakage_pass *x, const ir_node *n, told *t)
{
    tells values = TELLS_ONE_OF;
    for (uint32_t k = 0; k < n->ins; k++) {
        bool choice = n->op == IR_SELECT ? k == 0 : k == 1;
        if (!choice) values = at_least(values, (tells)x->told[n->in[k]].tells);
    }
    const bool same = values == TELLS_ONE_OF || values == TELLS_POSITION;
    t->tells = (uint8_t)(same ? values : TELLS_FUNCTION);
    t->joined = 0;
}

/* 0, 1, 2, …: places, which bools times them name. */
static bool is_places(const ir *g, ir_id v)
{
    const ir_node *n = &g->node[v];
    uint64_t items = 0;
    if (n->op == IR_IOTA) return true;
    if (n->op != IR_CONST || !type_length(&n->type, &items)) return false;
    for (uint64_t k = 0; k < items; k++)
        if (!wide_equal(n->konst[k], wide_of((int64_t)k))) return false;
    return true;
}

static void tell_products(const leakage_pass *x, const ir_node *n, told *t)
{
    const bool names = t->tells == TELLS_YES_NO && is_places(x->g, n->in[1]);
    t->tells = names ? TELLS_POSITION : TELLS_FUNCTION, t->joined = 0;
}

/* Noise alone, drawn here or in another form. */
static told tell_noise(const leakage_pass *x, ir_id v)
{
    const ir_node *n = &x->g->node[v];
    if (n->noise) return (told){.drawn = true, .noise = v};
    return (told){.drawn = true, .noise = is_same_numbers(x->g, n) ? x->told[n->in[0]].noise : 0};
}

/* Data and noise: from here on the noise hides what was bare. */
static void tell_mechanism(leakage_pass *x, ir_id v, told *t)
{
    const ir_node *n = &x->g->node[v];
    for (uint32_t k = 0; (n->op == IR_ADD || n->op == IR_SUB) && k < 2; k++) {
        const told *noise = &x->told[n->in[k]], *data = &x->told[n->in[1 - k]];
        if (!noise->noise || !data->bare || x->noise_uses[noise->noise] > 1) continue;
        mechanism_set set =
            mechanism_note(&x->mechanisms, n->in[1 - k], noise->noise, n->in[k], v, data->bare);
        if (!set) continue;
        t->hidden |= set;
        t->bare = 0;
    }
}

/* What one more `reveal` of an output tells besides, in another round or branch; or the other branch's result. */
static told join(told a, const told *b)
{
    a.tells = (uint8_t)at_least((tells)a.tells, (tells)b->tells);
    a.joined = b->joined > a.joined ? b->joined : a.joined;
    a.parts = a.parts || b->parts;
    a.count = a.count || b->count, a.drawn = a.drawn || b->drawn;
    a.shuffled = a.shuffled && b->shuffled;
    a.from |= b->from, a.bare |= b->bare, a.hidden |= b->hidden;
    return a;
}

/* A loop's running value is some function of what it is made of; a branch gives one result or the other. */
static told tell_block(const leakage_pass *x, ir_id v)
{
    const ir_node *n = &x->g->node[v], *control = &x->g->node[n->op == IR_OUT ? n->in[0] : 0];
    if (control->op != IR_IF)
        return (told){.tells = x->from[v] ? TELLS_FUNCTION : TELLS_NOTHING,
                      .from = x->from[v],
                      .bare = x->from[v],
                      .drawn = x->drawn};
    const ir_block *way[2] = {&x->g->block[control->imm[0]], &x->g->block[control->imm[1]]};
    const told *first = &x->told[way[0]->result[n->imm[0]]],
               *second = &x->told[way[1]->result[n->imm[0]]];
    told t = join(*first, second);
    if (t.tells == TELLS_COPY && first->from != second->from) t.tells = TELLS_FUNCTION;
    t.noise = 0;
    return t;
}

/* What a value still says all of, after work that can be undone. */
static input_set given_by(const leakage_pass *x, const ir_node *n)
{
    const told *a = n->ins > 0 ? &x->told[n->in[0]] : NULL,
               *b = n->ins > 1 ? &x->told[n->in[1]] : NULL;
    uint64_t all = 0, some = 0;
    input_set given = 0;
    wide factor;

    switch (n->op) {
    case IR_INPUT: return provenance_of_input(n->imm[0]);
    case IR_VIEW:
        type_length(ir_type(x->g, n->in[0]), &all);
        type_length(&n->type, &some);
        return some < all ? 0 : a->given;
    case IR_CAT:
        for (uint32_t k = 0; k < n->ins; k++) given |= x->told[n->in[k]].given;
        return given;
    case IR_MUL: return ir_known(x->g, n->in[1], &factor) && wide_sign(factor) ? a->given : 0;
    case IR_ADD:
    case IR_SUB: return a->from && b->from ? 0 : a->given | b->given;
    case IR_INT:
    case IR_RETAG:
    case IR_NOT:
    case IR_SUMS:
    case IR_REVEAL: return a->given;
    default: return 0;
    }
}

static told tell_apart(leakage_pass *x, ir_id v)
{
    const ir_node *n = &x->g->node[v];
    told t = join_operands(x, n);
    if (n->op == IR_INPUT) {
        input_set own = provenance_of_input(n->imm[0]);
        return (told){.tells = TELLS_COPY, .from = own, .bare = own};
    }
    if (n->op == IR_TOLD) return (told){0}; /* all know it */
    if (n->op == IR_ARG || n->op == IR_OUT) return tell_block(x, v);
    if (n->op == IR_RANDOM || n->op == IR_SHUFFLE) x->drawn = t.drawn = true;
    if (t.from == 0) return t.drawn || n->noise ? tell_noise(x, v) : (told){0};
    tell_mechanism(x, v, &t);
    switch (n->op) {
    case IR_AT:
    case IR_VIEW: {
        uint64_t all = 0, some = 0;
        type_length(ir_type(x->g, n->in[0]), &all);
        type_length(&n->type, &some);
        if (some < all && t.tells == TELLS_COPY) t.tells = TELLS_ONE_OF;
        break;
    }
    case IR_INT: t.count = true; break;
    case IR_ADD:
    case IR_SUB:
    case IR_MUL: tell_arithmetic(x, n, &t); break;
    case IR_FLOOR:
    case IR_RETAG:
    case IR_CAT:
    case IR_PAD:
    case IR_NOT: break;
    case IR_DIV:
        if (secret_operands(x, n) > 1) t.tells = TELLS_FUNCTION;
        break;
    case IR_LENGTH: t.tells = TELLS_LINEAR, t.count = true; break;
    case IR_SUM:
    case IR_SUMS: tell_sum(x, n, &t); break;
    case IR_LT:
    case IR_EQ: tell_comparison(&t); break;
    case IR_MATMUL: tell_products(x, n, &t); break;
    case IR_MASK:
    case IR_SELECT: tell_choice(x, n, &t); break;
    case IR_MAXIMUM:
        t.tells = t.tells <= TELLS_ONE_OF ? TELLS_ONE_OF : TELLS_FUNCTION, t.joined = 0;
        break;
    case IR_JOINED:
        t.tells = x->told[n->in[2]].tells <= TELLS_ONE_OF ? TELLS_ONE_OF : TELLS_FUNCTION,
        t.joined = 0;
        break;
    case IR_FOUND: t.tells = TELLS_YES_NO, t.joined = 0; break;
    case IR_SORT:
    case IR_PICK:
        t.tells =
            x->told[n->in[n->op == IR_SORT]].tells <= TELLS_ONE_OF ? TELLS_ONE_OF : TELLS_FUNCTION,
        t.joined = 0;
        break;
    case IR_ORDER:
    case IR_RANK:
    case IR_ARGMAX: t.tells = TELLS_POSITION, t.joined = 0; break;
    case IR_AND:
    case IR_OR:
    case IR_XOR: t.tells = TELLS_YES_NO, t.joined = 0; break;
    case IR_SHUFFLE: t.shuffled = true; break;
    case IR_REVEAL: return t;
    default: t.tells = TELLS_FUNCTION, t.joined = 0;
    }
    return t;
}

static told tell(leakage_pass *x, ir_id v)
{
    told t = tell_apart(x, v);

    if (!t.drawn) t.given = given_by(x, &x->g->node[v]);
    return t;
}

/* --- in words */

static const char *input_names(ir *g, input_set from)
{
    const header *h = g->header;
    const char *text = NULL;
    uint32_t left = (uint32_t)__builtin_popcountll(from);
    for (uint32_t k = 0; k < h->inputs && k < 64; k++) {
        if (!(from >> k & 1)) continue;
        const char *name = k == 63 ? "others" : h->input[k].name;
        left--;
        text = !text ? arena_printf(g->mem, "%s", name)
                     : arena_printf(g->mem, "%s%s%s", text, left ? ", " : " and ", name);
    }
    return text;
}

static const char *class_in_words(ir *g, const told *t)
{
    const char *names = input_names(g, t->from);
    if (!names)
        return t->drawn ? "drawn at random, from nobody's data"
                        : "nothing that was not known before";
    switch ((tells)t->tells) {
    case TELLS_NOTHING: return "nothing that was not known before";
    case TELLS_COPY:
        return arena_printf(g->mem, t->shuffled ? "the numbers in %s, in no order" : "a copy of %s",
                            names);
    case TELLS_ONE_OF: return arena_printf(g->mem, "one of the numbers in %s", names);
    case TELLS_YES_NO: return "yes/no";
    case TELLS_POSITION: return "a position";
    case TELLS_LINEAR:
        return arena_printf(g->mem, t->count ? "a count of %s" : "a count or sum of %s", names);
    default: return arena_printf(g->mem, "a function of %s", names);
    }
}

static bool is_noised(const told *t)
{
    return t->hidden && !t->bare;
}

/* --- warnings */

static const char *plural(ir *g, const char *name)
{
    size_t len = strlen(name);
    return len && name[len - 1] == 's' ? name : arena_printf(g->mem, "%ss", name);
}

static uint32_t only_input(input_set from)
{
    return (uint32_t)__builtin_ctzll(from);
}

static bool is_several(input_set from)
{
    return (from & (from - 1)) != 0;
}

/* A sum of three numbers, one of each member: two who compare notes subtract their own. */
static bool warn_small_sum(ir *g, const told *t, const ir_node *n, leak_warning *w)
{
    if (t->tells != TELLS_LINEAR || t->joined < 2 || t->joined > 3 || is_several(t->from) ||
        is_noised(t))
        return false;
    const port_decl *from = &g->header->input[only_input(t->from)];
    const char *members = g->header->party[from->party].name;
    const char *of =
        t->parts
            ? arena_printf(g->mem, "what the %s adds to this sum", t->joined == 3 ? "third" : "other")
            : arena_printf(g->mem, t->joined == 3 ? "the third %s" : "the other's %s", from->name);
    w->code = "L02";
    w->text = t->joined == 3
                  ? arena_printf(g->mem, "two %s who compare notes learn %s", plural(g, members), of)
                  : arena_printf(g->mem, "each %s learns %s", members, of);
    w->mark = t->joined == 3 ? "a sum of 3 numbers" : "a sum of 2 numbers";
    w->note = t->joined == 3 ? "true of any average of three, however it is computed; more parties "
                               "or noise would help"
                             : "true of any average of two, however it is computed; more parties "
                               "or noise would help";
    w->at = n->at;
    return true;
}

/* The inputs of others than the party that learns the output. */
static input_set of_others(const ir *g, input_set from, uint32_t party)
{
    for (uint32_t k = 0; k < g->header->inputs && k < 63; k++)
        if (g->header->input[k].party == party) from &= ~provenance_of_input(k);
    return from;
}

/* The output goes to a party other than the owner, and is the owner's input itself, or gives it back. */
static bool warn_copy(ir *g, const told *t, const ir_node *n, leak_warning *w)
{
    const uint32_t to = g->header->output[n->imm[0]].party;
    const input_set learned = of_others(g, t->given, to);
    const bool copy = t->tells == TELLS_COPY;
    if (!learned) return false;
    w->code = "L01";
    w->text = arena_printf(g->mem, "%s learns all of %s",
                           to == PARTY_ALL ? "everyone" : g->header->party[to].name,
                           input_names(g, learned));
    w->mark = copy ? "the input as it was given" : "the input can be computed back from this";
    w->note = copy ? "nothing is computed with it on the way; if that is what you want, all is well"
                   : "what is computed with it on the way can be undone; if that is what you want, "
                     "all is well";
    w->at = n->at;
    return true;
}

static const char *output_name(const leakage_pass *x, ir_id reveal)
{
    return x->g->header->output[x->g->node[reveal].imm[0]].name;
}

/* An earlier output tells the same data under other noise. */
static bool warn_repeated(const leakage_pass *x, const told *t, ir_id v, leak_warning *w)
{
    for (uint32_t k = 0; is_noised(t) && k < x->reveals; k++) {
        if (!mechanisms_repeat(&x->mechanisms, t->hidden, x->hidden[k])) continue;
        *w = (leak_warning){
            .code = "L03",
            .text = arena_printf(x->g->mem, "`%s` and `%s` are the same data with different noise",
                                 output_name(x, x->reveal[k]), output_name(x, v)),
            .mark = "the noise is drawn again",
            .note = "the mean of the two has less noise; add it once and use the result twice",
            .at = x->g->node[v].at};
        return true;
    }
    return false;
}

/* The noise that hides one input, over all outputs; empty when one of them tells it bare. */
static mechanism_set spent_on(const leakage_pass *x, unsigned input)
{
    mechanism_set all = 0;
    for (uint32_t k = 0; k < x->reveals; k++)
        all |= mechanisms_of(&x->mechanisms, x->hidden[k], input);
    return x->told_bare >> input & 1 ? 0 : all;
}

/* What several outputs spend on one input, all of which are noised. */
static bool warn_spent(const leakage_pass *x, unsigned input, leak_warning *w)
{
    const mechanism_set all = spent_on(x, input);
    if (!(all & (all - 1))) return false;
    const budget spent = mechanisms_budget(&x->mechanisms, all);
    *w = (leak_warning){
        .code = "L04",
        .text =
            arena_printf(x->g->mem, "all outputs together tell of `%s` with %s",
                         x->g->header->input[input].name, budget_in_words(&x->mechanisms, &spent)),
        .mark = "the last of them",
        .note = "each noised result of the same data spends some privacy; epsilons add up",
        .at = x->g->node[x->reveal[x->reveals - 1]].at};
    return true;
}

static void note_output(leakage_pass *x, ir_id v, const told *t, leak *out)
{
    const ir_node *n = &x->g->node[v];
    *out = (leak){.output = (uint32_t)n->imm[0], .at = n->at};
    x->hidden[x->reveals] = is_noised(t) ? t->hidden : 0;
    x->reveal[x->reveals++] = v;
    x->told_bare |= t->bare;
}

/* By block: whether it runs in a loop of the bytecode, however many branches are in between. */
static bool *find_repeated(const ir *g)
{
    bool *repeated = arena_alloc(g->mem, g->blocks);
    uint32_t body[2];
    for (ir_id v = 1; v < g->nodes; v++)
        if (g->node[v].op != IR_IF && ir_blocks(&g->node[v], body)) repeated[body[0]] = true;
    for (uint32_t b = 1; b < g->blocks; b++) repeated[b] |= repeated[g->block[b].parent];
    return repeated;
}

/* By ir_id: to how many sums noise is added. One draw in several hides none of their differences. */
static uint32_t *count_uses_of_noise(const ir *g)
{
    uint32_t *uses = arena_alloc(g->mem, g->nodes * sizeof *uses);
    for (ir_id v = 1; v < g->nodes; v++) {
        const ir_node *n = &g->node[v];
        for (uint32_t k = 0; (n->op == IR_ADD || n->op == IR_SUB) && k < n->ins; k++) {
            ir_id of = n->in[k];
            while (!g->node[of].noise && is_same_numbers(g, &g->node[of])) of = g->node[of].in[0];
            if (g->node[of].noise) uses[of]++;
        }
    }
    return uses;
}

/* The noise of all rounds together stands last. */
static const char *in_rounds(leakage_pass *x, const told *t, bool by_row)
{
    const char *what = class_in_words(x->g, t);
    if (by_row && t->from) what = arena_printf(x->g->mem, "%s, each round", what);
    if (!is_noised(t)) return what;
    const budget spent = mechanisms_budget(&x->mechanisms, t->hidden);
    return arena_printf(x->g->mem, "%s, noised (%s%s)", what,
                        budget_in_words(&x->mechanisms, &spent), by_row ? " in all" : "");
}

/* The noise behind each output, and what it spends on each input. */
static void note_budgets(leakage_pass *x, leak_report *out)
{
    const uint32_t outputs = x->g->header->outputs, inputs = x->g->header->inputs;
    out->noise = arena_alloc(x->g->mem, outputs * x->mechanisms.len * sizeof *out->noise);
    out->spent = arena_alloc(x->g->mem, inputs * sizeof *out->spent);
    for (uint32_t k = 0; k < x->reveals; k++)
        for (unsigned m = 0; m < x->mechanisms.len; m++) {
            if (!(x->hidden[k] >> m & 1)) continue;
            budget *b = &out->noise[out->noises++];
            *b = mechanism_budget(&x->mechanisms, m);
            b->of = out->leak[k].output;
        }
    for (uint32_t i = 0; i < inputs && i < 63; i++) {
        const mechanism_set all = spent_on(x, i);
        if (!all) continue;
        out->spent[out->spents] = mechanisms_budget(&x->mechanisms, all);
        out->spent[out->spents++].of = i;
    }
}

leak_report leakage(ir *g)
{
    const uint32_t outputs = g->header->outputs, inputs = g->header->inputs;
    leakage_pass x = {.g = g,
                      .told = arena_alloc(g->mem, g->nodes * sizeof(told)),
                      .from = provenance(g),
                      .noise_uses = count_uses_of_noise(g),
                      .mechanisms = {.g = g},
                      .hidden = arena_alloc(g->mem, outputs * sizeof(mechanism_set)),
                      .reveal = arena_alloc(g->mem, outputs * sizeof(ir_id))};
    told *joined =
        arena_alloc(g->mem, outputs * sizeof *joined); /* by output: over all its reveals */
    const bool *repeated = find_repeated(g);
    uint32_t *place_of = arena_alloc(g->mem, outputs * sizeof *place_of);
    leak_report out = {
        .leak = arena_alloc(g->mem, outputs * sizeof *out.leak),
        .warning = arena_alloc(g->mem, (outputs + inputs) * sizeof *out.warning),
    };
    for (ir_id v = 1; v < g->nodes; v++) {
        const ir_node *n = &g->node[v];
        told *t = &x.told[v];
        *t = tell(&x, v);
        if (n->op != IR_REVEAL) continue;
        const bool by_row = n->imms % 2 == 0;
        told *whole = &joined[n->imm[0]];
        uint32_t *nth = &place_of[n->imm[0]]; /* from 1 */
        /* how often noise is drawn for it is not followed: nothing is claimed */
        if (repeated[n->block]) t->bare |= t->from, t->hidden = 0;
        *whole = *nth ? join(*whole, t) : *t;
        if (!*nth) {
            leak_warning *w = &out.warning[out.warnings];
            if (warn_small_sum(g, t, n, w) || warn_copy(g, t, n, w) || warn_repeated(&x, t, v, w))
                out.warnings++;
            note_output(&x, v, t, &out.leak[out.leaks++]);
            *nth = out.leaks;
        }
        out.leak[*nth - 1].text = in_rounds(&x, whole, by_row);
        x.hidden[*nth - 1] = is_noised(whole) ? whole->hidden : 0;
        x.told_bare |= t->bare;
        /* everyone knows it from here on */
        if (g->header->output[n->imm[0]].party == PARTY_ALL) *t = (told){0};
    }
    for (unsigned k = 0; k < inputs && k < 63; k++)
        if (warn_spent(&x, k, &out.warning[out.warnings])) out.warnings++;
    note_budgets(&x, &out);
    return out;
}
