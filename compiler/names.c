/* Names of the body: inputs, params, sizes and bindings by scope, and which definition a name means. */
#include <string.h>

#include "compiler/check.h"

/* Twice the buckets, when there are as many symbols as buckets. */
static void grow_buckets(checker *c)
{
    enum { BUCKETS_LEAST = 1024 };
    if (c->symbols < c->buckets) return;
    const uint32_t before = c->buckets, now = before ? 2 * before : BUCKETS_LEAST;
    symbol **old = c->bucket;
    c->bucket = arena_alloc(c->mem, now * sizeof(symbol *));
    c->buckets = now;
    for (uint32_t k = 0; k < before; k++) {
        for (symbol *x = old[k], *next; x; x = next) {
            symbol **to = &c->bucket[x->hash & (now - 1)];
            next = x->next;
            x->next = *to, *to = x;
        }
    }
}

symbol *symbol_named(checker *c, const char *s, size_t len)
{
    uint32_t h = 2166136261u;
    for (size_t i = 0; i < len; i++) h = (h ^ (uint8_t)s[i]) * 16777619u;
    for (symbol *x = c->buckets ? c->bucket[h & (c->buckets - 1)] : NULL; x; x = x->next)
        if (x->len == len && !memcmp(x->name, s, len)) return x;
    grow_buckets(c);
    symbol *x = arena_alloc(c->mem, sizeof *x), **to = &c->bucket[h & (c->buckets - 1)];
    x->name = s, x->len = len, x->hash = h, x->next = *to, c->symbols++;
    return *to = x;
}

symbol *symbol_of(checker *c, const token *t)
{
    return symbol_named(c, token_text(t), t->len);
}

int64_t output_named(checker *c, const token *t)
{
    return (int64_t)symbol_of(c, t)->output - 1;
}

binding *visible(const checker *c, const symbol *s)
{
    for (binding *b = s->inner; b; b = b->outer)
        for (const scope *in = c->scope; in; in = in->parent)
            if (b->scope == in) return b;
    return NULL;
}

binding *bind_name(checker *c, const token *name, cell value)
{
    symbol *s = symbol_of(c, name);
    binding *b = arena_alloc(c->mem, sizeof *b);
    *b = (binding){.symbol = s,
                   .scope = c->scope,
                   .outer = s->inner,
                   .next = c->scope->first,
                   .value = value,
                   .at = *name,
                   .input = -1};
    s->inner = c->scope->first = b;
    return b;
}

void scope_enter(checker *c, scope *s, scope *parent)
{
    *s = (scope){.parent = parent};
    c->scope = s;
}

static void leave_symbol(binding *b)
{
    binding **at = &b->symbol->inner;
    while (*at != b) at = &(*at)->outer;
    *at = b->outer;
}

void unbind_name(checker *c, binding *b)
{
    binding **at = &c->top->first;
    leave_symbol(b);
    while (*at != b) at = &(*at)->next;
    *at = b->next;
}

/* Takes the scope's names out of their symbols: they are the innermost, being the latest. */
void scope_leave(checker *c)
{
    for (binding *b = c->scope->first; b; b = b->next) {
        leave_symbol(b);
        if (b->warn && !b->used)
            diagnose(c->found, false, "W02", &b->at, "`%s` is never used",
                     token_quote(&b->at, c->mem));
    }
}

static void nearer(const token *t, const char *name, size_t len, unsigned *best, const char **found,
                   arena *mem)
{
    unsigned d = edit_distance(token_text(t), t->len, name, len, *best);
    if (d < *best) *best = d, *found = arena_strndup(mem, name, len);
}

const char *nearest_name(checker *c, const token *t)
{
    const char *found = NULL;
    char *lower = token_string(t, c->mem);
    for (char *s = lower; *s; s++) *s = (char)(*s >= 'A' && *s <= 'Z' ? *s - 'A' + 'a' : *s);
    if (word_find(lower, t->len)) return lower;
    unsigned best = t->len < 2 ? 1 : t->len < 5 ? 2 : t->len < 6 ? 3 : 4;
    for (size_t k = 0; k < c->buckets; k++)
        for (const symbol *s = c->bucket[k]; s; s = s->next)
            if (s->word || visible(c, s)) nearer(t, s->name, s->len, &best, &found, c->mem);
    const char *builtin = words_nearest(lower);
    if (builtin) nearer(t, builtin, strlen(builtin), &best, &found, c->mem);
    return found;
}

/* --- `-> x` and `-> ( x y )` */

/* A name that is free, made of one that is taken. */
void propose_name_like(checker *c, diagnosis *d, const token *name)
{
    const char *text = token_quote(name, c->mem), *made = text;
    for (unsigned k = 2; k < 10; k++) {
        made = arena_printf(c->mem, "%s%u", text, k);
        const symbol *s = symbol_named(c, made, strlen(made));
        if (!visible(c, s) && !s->word && !word_find(made, strlen(made))) break;
    }
    diagnose_fix(d, name, name, "%s", made);
}

static bool may_bind(checker *c, const token *name)
{
    if (name->kind != TOKEN_WORD || !is_name(token_text(name), name->len) || is_keyword(name)) {
        c->at = (uint32_t)(name - c->tok);
        if (token_touches(name)) return unknown_word(c, name);
        diagnosis *d = error_at(c, "E0006", "`%s` cannot be a name", token_quote(name, c->mem));
        diagnose_help(d, "a name is a letter, then letters, digits and - _ ' ? !");
        return false;
    }
    const binding *b = visible(c, symbol_of(c, name));
    bool hides =
        c->in_definition && b && b->scope == c->globals; /* a word sees its own names first */
    if (b && !hides) {
        c->at = (uint32_t)(name - c->tok);
        diagnosis *d = error_at(c, "E0103", "`%s` is bound twice", token_quote(name, c->mem));
        diagnose_second(d, &b->at, "the first");
        diagnose_help(d, "choose another name; what changes in a loop lives on the stack");
        propose_name_like(c, d, name);
        return false;
    }
    if (word_find(token_text(name), name->len) && !c->in_definition)
        diagnose(c->found, false, "W03", name, "`%s` hides the word of this name",
                 token_quote(name, c->mem));
    return true;
}

static bool bind_top(checker *c, uint32_t name_at)
{
    const token *name = &c->tok[name_at];
    cell x;
    if (!may_bind(c, name) || !pop_one(c, &x)) return false;
    if (x.kind == CELL_QUOTE) {
        c->at = name_at;
        error_at(c, "E0207", "a quotation has no name: `%s` would be a value",
                 token_quote(name, c->mem));
        return false;
    }
    binding *b = bind_name(c, name, x);
    b->warn = !token_is_std(name);
    return true;
}

static void name_range(checker *c, const binding *b)
{
    report *rep = c->rep;
    if (b->scope != c->top || b->value.kind != CELL_VALUE) return;
    if (type_of(c, &b->value)->kind == KIND_KEY) return; /* hashes have no range worth telling */
    size_t n = rep->ranges;
    if (!(n & (n - 1)))
        rep->range = arena_grow(c->mem, rep->range, n * sizeof *rep->range,
                                (n ? 2 * n : 1) * sizeof *rep->range);
    const type *t = ir_type(&c->g, b->value.v);
    char lo[WIDE_TEXT], hi[WIDE_TEXT];
    unsigned f = t->kind == KIND_FIX ? c->header.precision : 0;
    wide_print_fix(t->lo, f, lo), wide_print_fix(t->hi, f, hi);
    rep->range[rep->ranges++] = (named_range){token_string(&b->at, c->mem),
                                              describe_secret(c, &b->value),
                                              arena_strndup(c->mem, lo, strlen(lo)),
                                              arena_strndup(c->mem, hi, strlen(hi)),
                                              b->at.line,
                                              false};
}

/* *at stands on the `->`; afterwards behind the names. */
bool bind_arrow(checker *c, uint32_t *at)
{
    uint32_t first = *at + 1, last = first;
    if (c->tok[first].kind == TOKEN_END) {
        error_at(c, "E0007", "a name follows `->`");
        return false;
    }
    if (token_is(&c->tok[first], "(")) {
        last = c->tok[first].match;
        if (last == NO_MATCH) return false;
        first++, *at = last + 1, last--;
        if (last < first) {
            error_at(c, "E0007", "names follow `-> (`");
            return false;
        }
    } else {
        *at = first + 1;
    }
    if (c->height - c->floor < last - first + 1) {
        if (missing_is_old(c)) return false;
        error_at(c, "E0201", "`->` names %u values but the stack has %u", last - first + 1,
                 c->height - c->floor);
        return false;
    }
    for (uint32_t k = last + 1; k-- > first;) {
        if (!bind_top(c, k)) return false;
        name_range(c, visible(c, symbol_of(c, &c->tok[k])));
    }
    return true;
}
