/* Definitions: reading them, and expanding one at its use against the effect that it promises. */
#include <string.h>

#include "compiler/effects.h"

static int read_visibility(cursor *at)
{
    static const char *const words[] = {"known", "public", "secret"};
    token t = cursor_peek(at);
    for (int v = 0; v < 3; v++) {
        if (!token_is(&t, words[v])) continue;
        cursor_next(at);
        return v;
    }
    return -1;
}

static bool read_item_type(checker *c, cursor *at, item *x)
{
    token t = cursor_peek(at);
    x->vis = -1;
    if (!token_is(&t, ":")) return true;
    cursor_next(at);
    t = cursor_peek(at);
    if (token_is(&t, "[")) {
        cursor_next(at);
        t = cursor_next(at);
        x->quotation = true;
        return token_is(&t, "]") ||
               expected(c->decl, &t, "`]`", "a quotation in an effect is  q:[]");
    }
    x->typed = true;
    x->vis = read_visibility(at);
    return type_read(c->decl, at, &x->type);
}

static bool refuse_item_name(checker *c, const token *t, const char *end)
{
    diagnosis *d = diagnose(c->found, true, "E0007", t, "expected a name or `%s` here, not `%s`",
                            end, token_quote(t, c->mem));
    diagnose_help(d, ": name ( a b -- c ) … ;");
    if (token_is(t, "->") || token_is(t, "=>")) diagnose_fix(d, t, t, "--");
    return false;
}

static bool read_items(checker *c, cursor *at, const char *end, const item **out, uint32_t *len)
{
    item list[ITEMS_MAX];
    for (token t = cursor_next(at); !token_is(&t, end); t = cursor_next(at)) {
        if (*len == ITEMS_MAX) return expected(c->decl, &t, "at most 32 items", NULL);
        if (t.kind != TOKEN_WORD || token_is(&t, "->") || token_is(&t, "=>") || token_is(&t, "(") ||
            token_is(&t, ")") || token_is(&t, "--") || token_is(&t, ";"))
            return refuse_item_name(c, &t, end);
        item *x = &list[(*len)++];
        *x = (item){.name = t};
        if (!read_item_type(c, at, x)) return false;
    }
    item *kept = arena_alloc(c->mem, *len * sizeof *kept);
    if (*len) memcpy(kept, list, *len * sizeof *kept);
    *out = kept;
    return true;
}

static bool read_effect(checker *c, uint32_t from, effect *e, uint32_t *after)
{
    cursor at = {&c->list, from, 0};
    *e = (effect){0};
    if (!read_items(c, &at, "--", &e->in, &e->ins) || !read_items(c, &at, ")", &e->out, &e->outs))
        return false;
    *after = at.index;
    return true;
}

/* --- defining */

static bool may_define(checker *c, const token *name)
{
    if (name->kind == TOKEN_END || name->kind == TOKEN_BAD ||
        !is_name(token_text(name), name->len) || is_keyword(name)) {
        diagnosis *d = error_at(c, "E0007", "a name follows `:`");
        diagnose_help(d, ": name ( a b -- c ) … ;");
        return false;
    }
    c->at++;
    symbol *s = symbol_of(c, name);
    if (s->word) {
        diagnosis *d = error_at(c, "E0103", "`%s` is defined twice", token_quote(name, c->mem));
        diagnose_second(d, &s->word->name, "the first");
        propose_name_like(c, d, name);
        return false;
    }
    if (word_find(token_text(name), name->len))
        diagnose(c->found, false, "W03", name, "`%s` hides the built-in word of this name",
                 token_quote(name, c->mem));
    return true;
}

/* --- a definition that is never used is read too: what it names exists, and it reveals nothing */

static void refuse_reveal(checker *c, const definition *d)
{
    diagnosis *x = error_at(c, "E0501", "`reveal` inside a definition");
    diagnose_line(x, LINE_BECAUSE,
                  "results leave at the top level only, so one look at a file shows every leak");
    diagnose_help(x, "return the value and reveal it where `%s` is used",
                  token_quote(&d->name, c->mem));
}

static void refuse_recursion(checker *c, const token *t)
{
    diagnosis *x = error_at(c, "E0102", "`%s` uses itself", token_quote(t, c->mem));
    diagnose_line(x, LINE_BECAUSE,
                  "a word is defined above its first use, so that its cost is known");
    diagnose_help(x, "repeat with `times` or `for`");
}

static void refuse_input(checker *c, const token *t)
{
    diagnosis *x = error_at(c, "E0101", "`%s` is an input, which definitions do not see",
                            token_quote(t, c->mem));
    diagnose_help(x, "take it from the stack: name it in the effect");
}

static void name_sizes(checker *c, const item *list, uint32_t len, uint32_t colon)
{
    for (uint32_t i = 0; i < len; i++) {
        for (unsigned k = 0; k < list[i].type.rank; k++) {
            const char *size = list[i].type.dim[k].name;
            if (size) symbol_named(c, size, strlen(size))->local = colon;
        }
    }
}

/* The names behind the `->` at i. */
static void name_values(checker *c, uint32_t i, uint32_t colon)
{
    uint32_t last = token_is(&c->tok[i + 1], "(") ? c->tok[i + 1].match : i + 1;
    for (uint32_t k = i + 1; k <= last; k++)
        if (c->tok[k].kind == TOKEN_WORD) symbol_of(c, &c->tok[k])->local = colon;
}

static bool is_global(const checker *c, const symbol *s)
{
    for (const binding *b = s->inner; b; b = b->outer)
        if (b->scope == c->globals) return true;
    return false;
}

static bool is_syntax(const token *t)
{
    return t->kind != TOKEN_WORD || token_is(t, "->") || token_is(t, "true") ||
           token_is(t, "false") || is_keyword(t) ||
           (t->len == 1 && strchr("[]{}();:", *token_text(t)));
}

static bool name_exists(checker *c, const token *t, uint32_t colon)
{
    const symbol *s = symbol_of(c, t);
    return s->local == colon || s->word || is_global(c, s) || word_find(token_text(t), t->len);
}

static bool check_names(checker *c, const definition *d, uint32_t colon)
{
    const uint32_t kept = c->at;
    bool good = true;
    name_sizes(c, d->promise->in, d->promise->ins, colon);
    for (uint32_t i = d->body; i < d->end; i++) {
        const token *t = &c->tok[i];
        c->at = i;
        if (token_is(t, "->")) name_values(c, i, colon);
        if (is_syntax(t)) continue;
        const symbol *s = symbol_of(c, t);
        bool fine = false;
        if (token_is(t, "reveal"))
            refuse_reveal(c, d);
        else if (s->word == d && s->local != colon)
            refuse_recursion(c, t);
        else if (name_exists(c, t, colon))
            fine = true;
        else if (header_input(&c->header, token_text(t), t->len) >= 0)
            refuse_input(c, t);
        else
            unknown_word(c, t);
        good = good && fine;
        if (!fine && token_is(t, "reveal")) i++; /* its name goes with it */
    }
    c->at = kept;
    return good;
}

static definition *refuse_effect(checker *c, const token *t)
{
    const token *end = touching_end(t);
    diagnosis *d = diagnose(c->found, true, "E0007", t,
                            "expected `(` and the effect here, not `%s`", token_quote(t, c->mem));
    diagnose_help(d, ": name ( a b -- c ) … ;");
    if (end == t) return NULL;
    const int n = (int)(end->start + end->len - t->start) - 2;
    diagnose_fix(d, t, end, "( %.*s )", n, token_text(t) + 1);
    return NULL;
}

definition *definition_read(checker *c, uint32_t colon)
{
    definition *d = arena_alloc(c->mem, sizeof *d);
    effect *e = arena_alloc(c->mem, sizeof *e);
    uint32_t body;
    if (!token_is(&c->tok[colon + 2], "(")) return refuse_effect(c, &c->tok[colon + 2]);
    if (!read_effect(c, colon + 3, e, &body)) return NULL;
    *d = (definition){.name = c->tok[colon + 1],
                      .promise = e,
                      .effect = colon + 3,
                      .body = body,
                      .end = c->tok[colon].match};
    return d;
}

/* *at stands on the ':'; afterwards behind the ';'. */
bool define(checker *c, uint32_t *at)
{
    uint32_t colon = *at, end = c->tok[colon].match;
    const token *name = &c->tok[colon + 1];

    if (end == NO_MATCH) { /* reported by match_brackets; the rest of the line goes with it */
        ++*at;
        return false;
    }
    *at = end + 1;
    if (!may_define(c, name)) return false;
    definition *d = definition_read(c, colon);
    if (!d) return false;
    symbol_of(c, name)->word = d;
    return check_names(c, d, colon);
}

/* --- using */

/* What the word promises about x, under the mark where it fits on a line; `more` follows it. */
static void show_promise(checker *c, diagnosis *e, const definition *d, const item *x,
                         const char *more)
{
    const token *from = &c->tok[d->effect], *to = &c->tok[d->body - 1];
    if (from->line == to->line && to->start - from->start < 80)
        diagnose_label(e, "wants ( %.*s%s", (int)(to->start + to->len - from->start),
                       token_text(from), more);
    if (x->name.line != c->tok[c->at].line) diagnose_second(e, &x->name, "the promise");
}

static bool refuse_item(checker *c, const definition *d, const item *x, const cell *v, bool result)
{
    diagnosis *e =
        error_at(c, result ? "E0203" : "E0303", "`%s` of `%s` is %s", token_quote(&x->name, c->mem),
                 token_quote(&d->name, c->mem), describe_secret(c, v));
    show_promise(c, e, d, x, "");
    return false;
}

static bool names_size(const item *x, const char *name)
{
    for (unsigned k = 0; x->typed && k < x->type.rank; k++)
        if (x->type.dim[k].name && !strcmp(x->type.dim[k].name, name)) return true;
    return false;
}

/* The size may have got its value from an operand before: the sentence then sets the two side by side. */
static bool refuse_size(checker *c, const definition *d, const item *x, const cell *v,
                        unsigned axis, bool result)
{
    const char *size = x->type.dim[axis].name;
    const item *first = d->promise->in;
    for (const item *y = first; size && !result && y < x; y++) {
        if (!names_size(y, size)) continue;
        diagnosis *e =
            error_at(c, "E0303", "`%s` is %s but `%s` is %s", token_quote(&y->name, c->mem),
                     describe(c, v - (x - y)), token_quote(&x->name, c->mem), describe(c, v));
        show_promise(c, e, d, x, arena_printf(c->mem, ", one %s", size));
        note_sizes(c, e, v - (x - y), v);
        return false;
    }
    return refuse_item(c, d, x, v, result);
}

/* A size of an effect: its value when it is a number or met before in this effect; else it gets this value. A
 * param or group size of the same name is another thing: a word must not depend on what programs call theirs. */
static bool fits_size(checker *c, const size_expr *s, const token *at, int64_t dim)
{
    if (s->open) return false;
    if (!s->name) return same_dim(c, (int64_t)s->value, dim);
    source_text *src = arena_alloc(c->mem, sizeof *src);
    *src = (source_text){.file = at->source->file,
                         .bytes = {(const uint8_t *)s->name, strlen(s->name)}};
    token name = {.source = src,
                  .len = (uint32_t)strlen(s->name),
                  .line = at->line,
                  .col = at->col,
                  .kind = TOKEN_WORD};
    const binding *b = visible(c, symbol_of(c, &name));
    if (!b || b->scope != c->scope) {
        ir_id v = dim < 0 ? ir_letter(&c->g, dim) : ir_number(&c->g, KIND_INT, wide_of(dim));
        bind_name(c, &name, (cell){.kind = CELL_VALUE, .v = v})->used = true;
        return true;
    }
    const ir_node *n = &c->g.node[b->value.v];
    wide known;
    if (ir_known(&c->g, b->value.v, &known))
        return dim < 0 ? same_dim(c, dim, INT64_MAX) : wide_equal(known, wide_of(dim));
    return n->op != IR_LETTER || same_dim(c, n->imm[0], dim);
}

static bool fits_item(checker *c, const definition *d, const item *x, cell *v, bool result)
{
    if (v->kind == CELL_POISON) return false;
    if (x->quotation != (v->kind == CELL_QUOTE)) return refuse_item(c, d, x, v, result);
    if (!x->typed) return true;
    const type *t = type_of(c, v);
    if (t->kind > x->type.kind || (t->kind == KIND_KEY) != (x->type.kind == KIND_KEY) ||
        rank_of(c, v) != x->type.rank || (x->vis >= 0 && t->vis > x->vis))
        return refuse_item(c, d, x, v, result);
    for (unsigned k = 0; k < x->type.rank; k++)
        if (!fits_size(c, &x->type.dim[k], &x->name, dim_of(c, v, k)))
            return refuse_size(c, d, x, v, k, result);
    convert(c, v, (kind)x->type.kind);
    return true;
}

static bool take_items(checker *c, const definition *d, const effect *e)
{
    uint32_t have = c->height - c->floor;
    if (have < e->ins) {
        if (missing_is_old(c)) return false;
        error_at(c, "E0201", "`%s` needs %u value%s but the stack has %u",
                 token_quote(&d->name, c->mem), e->ins, e->ins == 1 ? "" : "s", have);
        return false;
    }
    cell *first = c->stack + c->height - e->ins;
    effect_takes(c, d->promise, first);
    for (uint32_t k = 0; k < e->ins; k++)
        if (!fits_item(c, d, &e->in[k], &first[k], false)) return false;
    return true;
}

/* The names that an effect has for `left` results where it promises fewer: what is left over is called after the
 * first input when it is a copy, then come the promised names. Or the first `left` names of more. */
static const char *true_results(checker *c, const effect *e, uint32_t left, bool copy)
{
    static const char *const fresh[] = {"x", "y", "z"};
    const char *text = "";
    for (uint32_t k = e->outs; k < left; k++) {
        const uint32_t n = k - e->outs;
        const char *name =
            copy && n == 0 && e->ins ? token_quote(&e->in[0].name, c->mem) : fresh[n % 3];
        text = arena_printf(c->mem, "%s%s ", text, name);
    }
    for (uint32_t k = 0; k < e->outs && k < left; k++)
        text = arena_printf(c->mem, "%s%s ", text, token_quote(&e->out[k].name, c->mem));
    return text;
}

/* The effect of d with other results, as text. */
static const char *true_effect(checker *c, const definition *d, uint32_t left, bool copy)
{
    const token *from = &c->tok[d->effect], *to = from;
    while (!token_is(to, "--")) to++;
    return arena_printf(c->mem, "( %.*s %s)", (int)(to->start + to->len - from->start),
                        token_text(from), true_results(c, d->promise, left, copy));
}

/* How many are left shows in every use: it is said of the definition alone. */
static diagnosis *refuse_count(checker *c, const definition *d, uint32_t promised, uint32_t left)
{
    const uint32_t used_at = c->call_site;
    c->call_site = 0;
    diagnosis *x = error_at(c, "E0203", "`%s` promises %u result%s but leaves %u",
                            token_quote(&d->name, c->mem), promised, promised == 1 ? "" : "s", left);
    c->call_site = used_at;
    return x;
}

static bool effect_lies(checker *c, const definition *d, const effect *e, uint32_t base)
{
    const uint32_t left = c->height - base, first = left > e->outs ? c->stack[base].at : d->end;
    c->at = first >= d->body && first < d->end ? first : d->end;
    const token *t = &c->tok[c->at];
    const bool copy = token_is(t, "dup");
    const char *truth = true_effect(c, d, left, copy);
    diagnosis *x = refuse_count(c, d, e->outs, left);
    if (c->at != d->end)
        diagnose_origin(x),
            diagnose_label(x, "this %s is still on the stack", copy ? "copy" : "value");
    if (copy && left == e->outs + 1) {
        diagnose_help(x, "drop `dup`, or write %s", truth);
        diagnose_remove(x, t, t);
    } else {
        diagnose_help(
            x, left > e->outs ? "drop what is left over, or write %s" : "leave more, or write %s",
            truth);
        diagnose_fix(x, &c->tok[d->effect - 1], &c->tok[d->body - 1], "%s", truth);
    }
    return false;
}

static bool leave_items(checker *c, const definition *d, const effect *e, uint32_t base)
{
    if (c->height - base != e->outs) return effect_lies(c, d, e, base);
    for (uint32_t k = 0; k < e->outs; k++)
        if (!fits_item(c, d, &e->out[k], &c->stack[base + k], true)) return false;
    effect_leaves(c, d->promise, &c->stack[base]);
    return true;
}

static bool expand(checker *c, const definition *d, const effect *e)
{
    uint32_t floor_before = c->floor, at = c->at, base = c->height - e->ins;
    scope *before = c->scope, inner;
    bool was_in = c->in_definition, first = !c->call_site;

    if (first) c->call_site = at;
    c->in_definition = true, c->floor = base;
    if (base < c->low) c->low = base;
    scope_enter(c, &inner, token_is_std(&d->name) ? NULL : c->globals);
    bool good = take_items(c, d, e) && run_terms(c, d->body, d->end) && leave_items(c, d, e, base);
    scope_leave(c);
    c->scope = before, c->floor = floor_before, c->in_definition = was_in;
    if (first) c->call_site = 0;
    if (!good) return false;
    c->at = at;
    for (uint32_t k = base; k < c->height; k++) c->stack[k].at = at;
    return true;
}

bool run_definition(checker *c, const definition *d)
{
    const effect *e = d->promise;
    if (c->height - c->floor < e->ins) return take_items(c, d, e);
    return expand(c, d, e);
}
