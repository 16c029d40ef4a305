/* What each output tells, read off the program's graph, and warnings by simple rules. Never claims that the
 * function itself is private. */
#include "compiler/ir.h"

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

/* Inputs by number, the first 64; programs with more name the others together. */
typedef uint64_t input_set;

typedef struct told {
    uint8_t tells;
    input_set from;
    bool count;      /* LINEAR: of yes and no */
    uint64_t joined; /* LINEAR: how many numbers of one group stand in it; 0 when not a plain sum */
} told;

typedef struct leakage_pass {
    ir *g;
    told *told;
    input_set seen; /* every input so far: what a loop's running values may come from */
} leakage_pass;

/* --- what a value tells */

static told join_operands(const leakage_pass *x, const ir_node *n)
{
    told t = {0};
    for (uint32_t k = 0; k < n->ins; k++) {
        const told *in = &x->told[n->in[k]];
        if (in->tells > t.tells) t.tells = in->tells;
        if (in->joined > t.joined) t.joined = in->joined;
        t.count = t.count || in->count;
        t.from |= in->from;
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

/* A choice between numbers gives one of them; the choice itself is part of what it is a function of. */
static void tell_choice(const leakage_pass *x, const ir_node *n, told *t)
{
    tells values = TELLS_ONE_OF;
    for (uint32_t k = 0; k < n->ins; k++) {
        bool choice = n->op == IR_SELECT ? k == 0 : k == 1;
        if (!choice) values = at_least(values, (tells)x->told[n->in[k]].tells);
    }
    t->tells = (uint8_t)(values == TELLS_ONE_OF ? TELLS_ONE_OF : TELLS_FUNCTION);
    t->joined = 0;
}

static told tell(const leakage_pass *x, const ir_node *n)
{
    told t = join_operands(x, n);
    if (n->op == IR_INPUT)
        return (told){.tells = TELLS_COPY, .from = (input_set)1 << (n->imm[0] < 63 ? n->imm[0] : 63)};
    if (n->op == IR_ARG || n->op == IR_LOOP)
        return (told){.tells = TELLS_FUNCTION, .from = x->seen};
    if (t.from == 0) return (told){0};
    switch (n->op) {
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
    case IR_NOT: break;
    case IR_DIV:
        if (secret_operands(x, n) > 1) t.tells = TELLS_FUNCTION;
        break;
    case IR_LENGTH: t.tells = TELLS_LINEAR, t.count = true; break;
    case IR_SUM:
    case IR_SUMS: tell_sum(x, n, &t); break;
    case IR_LT:
    case IR_EQ: tell_comparison(&t); break;
    case IR_MASK:
    case IR_SELECT: tell_choice(x, n, &t); break;
    case IR_MAXIMUM:
        t.tells = t.tells <= TELLS_ONE_OF ? TELLS_ONE_OF : TELLS_FUNCTION, t.joined = 0;
        break;
    case IR_PICK:
        t.tells = x->told[n->in[0]].tells <= TELLS_ONE_OF ? TELLS_ONE_OF : TELLS_FUNCTION,
        t.joined = 0;
        break;
    case IR_ORDER:
    case IR_ARGMAX: t.tells = TELLS_POSITION, t.joined = 0; break;
    case IR_AND:
    case IR_OR:
    case IR_XOR: t.tells = TELLS_YES_NO, t.joined = 0; break;
    case IR_REVEAL: return t;
    default: t.tells = TELLS_FUNCTION, t.joined = 0;
    }
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

static const char *in_words(ir *g, const told *t)
{
    const char *names = input_names(g, t->from);
    switch ((tells)t->tells) {
    case TELLS_NOTHING: return "nothing that was not known before";
    case TELLS_COPY: return arena_printf(g->mem, "a copy of %s", names);
    case TELLS_ONE_OF: return arena_printf(g->mem, "one of the numbers in %s", names);
    case TELLS_YES_NO: return "yes/no";
    case TELLS_POSITION: return "a position";
    case TELLS_LINEAR:
        return arena_printf(g->mem, t->count ? "a count of %s" : "a count or sum of %s", names);
    default: return arena_printf(g->mem, "a function of %s", names);
    }
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
    if (t->tells != TELLS_LINEAR || t->joined < 2 || t->joined > 3 || is_several(t->from))
        return false;
    const port_decl *from = &g->header->input[only_input(t->from)];
    const char *members = g->header->party[from->party].name;
    w->code = "L02";
    w->text = t->joined == 3
                  ? arena_printf(g->mem, "two %s who compare notes learn the third %s",
                                 plural(g, members), from->name)
                  : arena_printf(g->mem, "each %s learns the other's %s", members, from->name);
    w->mark = t->joined == 3 ? "a sum of 3 numbers" : "a sum of 2 numbers";
    w->note = t->joined == 3 ? "true of any average of three, however it is computed; more parties "
                               "or noise would help"
                             : "true of any average of two, however it is computed; more parties "
                               "or noise would help";
    w->at = n->at;
    return true;
}

/* The output goes to a party other than the owner, and is the owner's input itself. */
static bool warn_copy(ir *g, const told *t, const ir_node *n, leak_warning *w)
{
    if (t->tells != TELLS_COPY || is_several(t->from)) return false;
    const port_decl *from = &g->header->input[only_input(t->from)],
                    *to = &g->header->output[n->imm[0]];
    if (to->party == from->party) return false;
    w->code = "L01";
    w->text = arena_printf(g->mem, "%s learns all of %s",
                           to->party == PARTY_ALL ? "everyone" : g->header->party[to->party].name,
                           from->name);
    w->mark = "the input as it was given";
    w->note = "nothing is computed with it on the way; if that is what you want, all is well";
    w->at = n->at;
    return true;
}

void leakage(ir *g, leak **leaks, uint32_t *count, leak_warning **warnings, uint32_t *warning_count)
{
    leakage_pass x = {.g = g, .told = arena_alloc(g->mem, g->nodes * sizeof(told))};
    *leaks = arena_alloc(g->mem, g->header->outputs * sizeof **leaks);
    *warnings = arena_alloc(g->mem, g->header->outputs * sizeof **warnings);
    *count = *warning_count = 0;
    for (ir_id v = 1; v < g->nodes; v++) {
        const ir_node *n = &g->node[v];
        told *t = &x.told[v];
        *t = tell(&x, n);
        if (n->op == IR_INPUT) x.seen |= t->from;
        if (n->op != IR_REVEAL || *count == g->header->outputs) continue;
        (*leaks)[(*count)++] =
            (leak){.output = (uint32_t)n->imm[0], .text = in_words(g, t), .at = n->at};
        leak_warning *w = &(*warnings)[*warning_count];
        if (warn_small_sum(g, t, n, w) || warn_copy(g, t, n, w)) (*warning_count)++;
        /* everyone knows it from here on */
        if (g->header->output[n->imm[0]].party == PARTY_ALL) *t = (told){0};
    }
}
