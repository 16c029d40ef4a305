/* What would have gone well in the place of an error: a name that is not used yet, another word, the same tokens in
 * another order. Each is tried on the stack as it is before it is proposed; what a trial says is forgotten. */
#include <string.h>

#include "compiler/check.h"

enum { TRIALS_MAX = 16 };

const usage *usage_of(const checker *c, const cell *x)
{
    for (uint32_t k = 0; k < USAGES && k < c->usages; k++) {
        const usage *u = &c->used[(c->usages - 1 - k) % USAGES];
        if (u->at == x->at) return u;
    }
    return NULL;
}

bool is_named(checker *c, const cell *x)
{
    const token *t = &c->tok[x->at];
    return x->kind == CELL_VALUE && t->kind == TOKEN_WORD && visible(c, symbol_of(c, t)) != NULL;
}

void note_used(checker *c, diagnosis *d)
{
    if (!d || c->height == c->floor) return;
    const usage *u = usage_of(c, &c->stack[c->height - 1]);
    if (!u || u->ins != 2 || !is_named(c, &u->in[0]) || !is_named(c, &u->in[1])) return;
    diagnose_line(d, LINE_NOTE, "`%s` used both `%s` and `%s`", token_quote(&c->tok[u->at], c->mem),
                  token_quote(&c->tok[u->in[0].at], c->mem),
                  token_quote(&c->tok[u->in[1].at], c->mem));
}

/* --- trials */

/* What a word may change; its values stay in the graph of a program that is refused anyway. */
typedef struct before {
    sink found;
    cell top[WORD_INPUTS_MAX];
    uint32_t height, kept, low, at, usages, block;
    bool failed, outgrown;
} before;

static before remember_all(const checker *c)
{
    before b = {.found = *c->found,
                .height = c->height,
                .low = c->low,
                .at = c->at,
                .usages = c->usages,
                .block = c->g.current,
                .failed = c->failed,
                .outgrown = c->outgrown};
    b.kept = b.height < WORD_INPUTS_MAX ? b.height : WORD_INPUTS_MAX;
    if (b.kept) memcpy(b.top, c->stack + b.height - b.kept, b.kept * sizeof *b.top);
    return b;
}

static void put_back(checker *c, const before *b)
{
    *c->found = b->found;
    diagnose_last(c->found);
    if (b->kept) memcpy(c->stack + b->height - b->kept, b->top, b->kept * sizeof *b->top);
    c->height = b->height, c->low = b->low, c->at = b->at, c->usages = b->usages;
    c->g.current = b->block, c->failed = b->failed, c->outgrown = b->outgrown;
}

static bool goes_well(checker *c, const word *w)
{
    const size_t errors = c->found->errors;
    return run_builtin(c, w) && c->found->errors == errors;
}

static bool would_do(checker *c, const word *w)
{
    const before b = remember_all(c);
    const bool good = goes_well(c, w);
    put_back(c, &b);
    return good;
}

static bool would_take(checker *c, const word *w, binding *name)
{
    const before b = remember_all(c);
    const bool used = name->used, good = push_binding(c, name) && goes_well(c, w);
    put_back(c, &b);
    name->used = used;
    return good;
}

/* --- proposals, the likeliest first */

static bool is_next(const checker *c, const token *t)
{
    return t->line == c->tok[c->at].line && t->source == c->tok[c->at].source;
}

/* `x + y`, as it is written elsewhere. */
static bool propose_order(checker *c, diagnosis *d, const word *w)
{
    const token *t = &c->tok[c->at], *next = t + 1;
    binding *b = next->kind == TOKEN_WORD ? visible(c, symbol_of(c, next)) : NULL;
    if (!is_next(c, next) || (next->kind != TOKEN_NUMBER && !b) || (b && !would_take(c, w, b)))
        return false;
    const char *name = token_quote(t, c->mem), *operand = token_quote(next, c->mem);
    diagnose_help(d, "a word stands behind what it works on:  %s %s", operand, name);
    diagnose_fix(d, t, next, "%s %s", operand, name);
    return true;
}

/* `bid sq map` */
static bool propose_quotation(checker *c, diagnosis *d, const word *w, unsigned quotations,
                              unsigned wanted)
{
    const token *t = &c->tok[c->at];
    if (!(quotations & (1u << (wanted - 1))) || !c->at || t[-1].kind != TOKEN_WORD ||
        !is_next(c, t - 1) ||
        (!symbol_of(c, t - 1)->word && !word_find(token_text(t - 1), t[-1].len)))
        return false;
    const char *code = token_quote(t - 1, c->mem);
    diagnose_help(d, "code for `%s` stands in brackets:  [ %s ] %s", w->doc.name, code, w->doc.name);
    diagnose_fix(d, t - 1, t - 1, "[ %s ]", code);
    return true;
}

/* The word that does to the items of one vector what this one does to two values. */
static bool propose_reduction(checker *c, diagnosis *d, const word *w)
{
    static const struct {
        const char *of_two, *of_items;
    } pairs[] = {{"+", "sum"},       {"*", "product"}, {"max", "maximum"},
                 {"min", "minimum"}, {"and", "all"},   {"or", "any"}};
    for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++) {
        const char *other = pairs[i].of_items;
        const word *of_items = word_find(other, strlen(other));
        if (strcmp(pairs[i].of_two, w->doc.name) != 0 || !would_do(c, of_items)) continue;
        diagnose_help(d, "of the items of one vector:  %s", other);
        diagnose_fix(d, &c->tok[c->at], &c->tok[c->at], "%s", other);
        return true;
    }
    return false;
}

static bool propose_name(checker *c, diagnosis *d, const word *w)
{
    unsigned trials = 0;
    for (const scope *s = c->scope; s; s = s->parent) {
        for (binding *b = s->first; b; b = b->next) {
            if (b->used || b->value.kind != CELL_VALUE || trials++ >= TRIALS_MAX) continue;
            if (visible(c, b->symbol) != b || !would_take(c, w, b)) continue;
            const char *name = arena_strndup(c->mem, b->symbol->name, b->symbol->len);
            diagnose_help(d, "did you mean `%s %s`? %s is %s and would fit", name, w->doc.name,
                          name, describe(c, &b->value));
            diagnose_fix_before(d, &c->tok[c->at], "%s ", name);
            return true;
        }
    }
    return false;
}

void suggest_operand(checker *c, diagnosis *d, const word *w)
{
    unsigned quotations, wanted = effect_inputs(w->doc.effect, &quotations);
    if (!d || token_is_std(&c->tok[c->at]) || (!w->run && !w->text)) return;
    const unsigned missing = wanted - (c->height - c->floor);
    if (missing != 1 || propose_quotation(c, d, w, quotations, wanted) || quotations) return;
    if (propose_order(c, d, w)) return;
    if (c->height > c->floor && propose_reduction(c, d, w)) return;
    propose_name(c, d, w);
}

/* --- fixes at an operand */

static bool is_users(const checker *c, const cell *x)
{
    return x->at != c->at && !token_is_std(&c->tok[x->at]);
}

/* The last token of what left x: a vector is marked where it opens. */
static uint32_t end_of(const checker *c, const cell *x)
{
    const token *t = &c->tok[x->at];
    return token_is(t, "{") && t->match != NO_MATCH ? t->match : x->at;
}

void fix_operand(checker *c, diagnosis *d, const cell *x, const char *more)
{
    if (is_users(c, x)) diagnose_fix_after(d, &c->tok[end_of(c, x)], " %s", more);
}

const char *operand_text(checker *c, const cell *x)
{
    const token *t = &c->tok[x->at];
    const uint32_t end = end_of(c, x);
    const char *text = token_quote(t, c->mem);
    if (!is_users(c, x) || (end == x->at && t->kind != TOKEN_NUMBER && !is_named(c, x)))
        return NULL;
    for (uint32_t i = x->at + 1; i <= end; i++)
        text = arena_printf(c->mem, "%s %s", text, token_quote(&c->tok[i], c->mem));
    return text;
}

bool operand_before(const checker *c, const cell *x, uint32_t at)
{
    return end_of(c, x) + 1 == at;
}

bool replace_operand(checker *c, diagnosis *d, const cell *x, const char *text)
{
    const token *t = &c->tok[x->at];
    if (!is_users(c, x) || (t->kind != TOKEN_NUMBER && !is_named(c, x))) return false;
    diagnose_fix(d, t, t, "%s", text);
    return true;
}
