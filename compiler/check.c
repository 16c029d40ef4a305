/* The walk over the body: terms, the stack, errors and how checking goes on after one. */
#include "compiler/check.h"

#include <inttypes.h>
#include <string.h>

#include "vm/key.h"

/* --- errors */

diagnosis *error_at(checker *c, const char *code, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    buffer b = {0};
    buffer_vprintf(&b, fmt, ap);
    va_end(ap);
    const token *said = token_said(c);
    diagnosis *d = diagnose(c->found, true, code, said, "%.*s", (int)b.len, (const char *)b.data);
    buffer_free(&b);
    c->failed = true;
    note_std(c, d);
    if (c->call_site && &c->tok[c->call_site] != said) {
        const token *t = &c->tok[c->call_site];
        diagnose_line(d, LINE_NOTE, "in `%s`, used at line %u", token_quote(t, c->mem), t->line);
    }
    return d;
}

/* --- the stack */

void push(checker *c, cell x)
{
    if (c->height == c->cap) {
        const size_t old = c->cap * sizeof *c->stack;
        c->stack = arena_grow(c->mem, c->stack, old, 2 * old);
        c->cap *= 2;
    }
    c->stack[c->height++] = x;
}

static void pop_to(checker *c, uint32_t height)
{
    c->height = height;
    if (height < c->low) c->low = height;
}

bool pop_one(checker *c, cell *out)
{
    *out = c->stack[c->height - 1];
    pop_to(c, c->height - 1);
    return out->kind != CELL_POISON;
}

/* A range that no field holds: an int is an error; a fix in a loop is assumed to stay small instead. */
static bool refuse_range(checker *c, ir_id v)
{
    const type *t = ir_type(&c->g, v);
    if (t->kind == KIND_FIX && c->may_assume) {
        c->outgrown = true;
        return true;
    }
    refuse_outgrown(c, v);
    return false;
}

/* What a loop may assume to be smaller is not let grow beyond 2^127 - 1. */
static bool range_fits(const type *t, bool assumable)
{
    num lo, hi;
    return assumable ? wide_narrow(t->lo, &lo) && wide_narrow(t->hi, &hi)
                     : wide_fits(t->lo) && wide_fits(t->hi);
}

/* Also the products on the way to the result: they are floored only afterwards. */
static bool word_fits(checker *c, const type *result)
{
    bool assumable = c->may_assume && result->kind == KIND_FIX;
    bool fits = range_fits(result, assumable);
    for (; c->judged < c->g.nodes; c->judged++) {
        const type *t = ir_type(&c->g, c->judged);
        fits = fits && (t->vis != VIS_SECRET || range_fits(t, assumable));
    }
    return fits;
}

static bool is_too_long(const type *t)
{
    uint64_t n;
    return type_length(t, &n) && n > LENGTH_MAX;
}

/* The result, or what is made on the way to it: comparing all with all, say. (An input that is too long has been
 * reported at its declaration.) */
static bool too_long(checker *c, const type *result)
{
    bool inside = false;
    for (ir_id v = c->judged; v < c->g.nodes && !inside; v++)
        inside = c->g.node[v].op != IR_INPUT && is_too_long(ir_type(&c->g, v));
    if (!inside && !is_too_long(result)) return false;
    c->judged = c->g.nodes;
    diagnosis *d = error_at(c, "E0904", "this %s have more items than a value can have",
                            is_too_long(result) ? "would" : "needs values that would");
    diagnose_line(d, LINE_BECAUSE, "at most %llu", (unsigned long long)LENGTH_MAX);
    return true;
}

bool leave(checker *c, ir_id v, unsigned lift)
{
    const type *t = ir_type(&c->g, v);
    const ir_id first = c->judged;
    if (too_long(c, t)) return false;
    bool letters = c->g.symbolic && t->vis == VIS_KNOWN; /* of unknown sizes the range is unknown */
    bool fits = word_fits(c, t) || letters;
    if (!fits && may_be_reduced(c, first, v)) {
        note_growth(c, first, v);
    } else if (!fits) {
        if (!refuse_range(c, v)) return false;
        const wide most = assumed_most(c);
        v = ir_clamp_range(&c->g, v, wide_neg(most), most);
    }
    push(c, (cell){.kind = CELL_VALUE, .lift = (uint8_t)lift, .v = v, .at = c->at});
    return true;
}

bool leave_known(checker *c, int64_t v)
{
    return leave(c, v < 0 ? ir_letter(&c->g, v) : ir_number(&c->g, KIND_INT, wide_of(v)), 0);
}

/* --- words */

static const char *stack_here(const checker *c)
{
    const char *text = "";
    uint32_t from = c->height > c->floor + 4 ? c->height - 4 : c->floor;
    for (uint32_t i = from; i < c->height; i++)
        text = arena_printf(c->mem, "%s%s%s", text, i > from ? "  " : "", describe(c, &c->stack[i]));
    return *text ? text : "nothing";
}

static bool poisoned(const checker *c)
{
    for (uint32_t i = c->floor; i < c->height; i++)
        if (c->stack[i].kind == CELL_POISON) return true;
    return false;
}

bool missing_is_old(const checker *c)
{
    return c->failed && !c->floor && !c->call_site;
}

static bool too_few(checker *c, const word *w, unsigned wanted)
{
    unsigned have = c->height - c->floor;
    if (poisoned(c) || missing_is_old(c)) return false;
    diagnosis *d = error_at(c, "E0201", "`%s` needs %u value%s but the stack has %u", w->doc.name,
                            wanted, wanted == 1 ? "" : "s", have);
    diagnose_label(d, "stack here: %s", stack_here(c));
    note_used(c, d);
    diagnose_help(d, "`%s` %s: %s", w->doc.name, w->doc.effect, w->doc.doc);
    suggest_operand(c, d, w);
    return false;
}

/* The text between the brackets of a quotation. */
const char *quoted_text(const checker *c, const cell *quote)
{
    const token *open = &c->tok[quote->open], *close = &c->tok[open->match];
    if (close == open + 1) return "";
    return arena_strndup(c->mem, token_text(open + 1),
                         close[-1].start + close[-1].len - open[1].start);
}

void diagnose_unbracket(const checker *c, diagnosis *d, const cell *quote)
{
    const token *open = &c->tok[quote->open];
    diagnose_fix(d, open, &c->tok[open->match], "%s", quoted_text(c, quote));
}

static bool wrong_cell(checker *c, const word *w, const cell *x, bool quotation)
{
    if (x->kind == CELL_POISON) return false;
    diagnosis *d =
        quotation ? error_at(c, "E0207", "`%s` wants a quotation here, not %s", w->doc.name,
                             describe(c, x))
                  : error_at(c, "E0207", "`%s` wants a value here, not a quotation", w->doc.name);
    diagnose_help(d, "`%s` %s: %s", w->doc.name, w->doc.effect, w->doc.doc);
    if (quotation && x > c->stack && x[-1].kind == CELL_QUOTE)
        diagnose_fix_before(d, &c->tok[c->at], "swap ");
    else if (!quotation && x + 1 < c->stack + c->height && x[1].kind == CELL_VALUE)
        diagnose_fix_before(d, &c->tok[c->at], "swap ");
    else if (!quotation && !token_is_std(&c->tok[x->open]))
        diagnose_unbracket(c, d, x);
    return false;
}

/* Words that only move cells take quotations too. */
static bool moves(const word *w)
{
    return w->run == word_shuffle || w->run == word_dip;
}

bool run_builtin(checker *c, const word *w)
{
    unsigned quotations, n = effect_inputs(w->doc.effect, &quotations);
    cell in[WORD_INPUTS_MAX];
    if (c->height - c->floor < n) return too_few(c, w, n);
    for (unsigned k = 0; k < n; k++) {
        in[k] = c->stack[c->height - n + k];
        bool quotation = quotations & (1u << k);
        if (in[k].kind == CELL_POISON ||
            (quotation ? in[k].kind != CELL_QUOTE : in[k].kind == CELL_QUOTE && !moves(w)))
            return wrong_cell(c, w, &c->stack[c->height - n + k], quotation);
    }
    usage *u = &c->used[c->usages++ % USAGES];
    *u = (usage){.at = c->at, .ins = n};
    memcpy(u->in, in, n * sizeof *in);
    if (w->text) return run_std(c, w);
    for (unsigned k = 0; k < n; k++)
        if (is_grown(c, &in[k]) && !takes_grown(w)) return refuse_grown(c, in[k].v);
    pop_to(c, c->height - n);
    return w->run(c, in, w->variant);
}

bool push_binding(checker *c, binding *b)
{
    b->used = true;
    if (b->unread) {
        uint32_t i = (uint32_t)b->input;
        const port_decl *p = &c->header.input[i];
        ir_id v = ir_input(&c->g, i);
        /* A group's size that is a letter does not fit party_decl. */
        if (c->header.party[p->party].group) c->g.node[v].type.dim[0] = c->decl->group[p->party];
        b->value = (cell){.kind = CELL_VALUE, .v = v};
        b->unread = false;
    }
    cell x = b->value;
    x.at = c->at;
    push(c, x);
    return x.kind != CELL_POISON;
}

/* The name of a definition further down, or NULL. */
static const token *defined_below(const checker *c, const token *t)
{
    for (uint32_t i = c->at + 1; i + 1 < c->list.len; i++) {
        const token *name = &c->tok[i + 1];
        if (token_is(&c->tok[i], ":") && name->len == t->len &&
            !memcmp(token_text(name), token_text(t), t->len))
            return name;
    }
    return NULL;
}

bool unknown_word(checker *c, const token *t)
{
    const char *text = token_quote(t, c->mem);
    if (c->found->kept == FINDINGS_MAX) { /* it will not be shown: nothing is searched for it */
        error_at(c, "E0101", "I do not know the word `%s`", text);
        return false;
    }
    const token *below = defined_below(c, t);
    if (below) {
        diagnosis *d = error_at(c, "E0101", "`%s` is used above its definition", text);
        diagnose_second(d, below, "defined here");
        diagnose_help(d, "move the definition of `%s` above its first use", text);
        return false;
    }
    if (refuse_mistake(c, t)) return false;
    const char *near = nearest_name(c, t);
    diagnosis *d = error_at(c, "E0101", "I do not know the word `%s`", text);
    const word *w = near ? word_find(near, strlen(near)) : NULL;
    if (w)
        diagnose_help(d, "`%s` %s, %.*s; or `moot words %s`", near, w->doc.effect,
                      (int)strcspn(w->doc.doc, ",;"), w->doc.doc, word_kin(w));
    else if (near)
        diagnose_help(d, "did you mean `%s`?", near);
    else
        diagnose_help(d, "`moot words` lists all words");
    if (near) diagnose_fix(d, t, t, "%s", near);
    return false;
}

static bool run_name(checker *c, const token *t)
{
    symbol *s = symbol_of(c, t);
    binding *b = visible(c, s);
    if (b) return push_binding(c, b);
    bool of_std = token_is_std(t); /* the library's words mean nothing of the program's */
    if (s->word && !of_std) return run_definition(c, s->word);
    const word *w = (of_std ? word_find_own : word_find)(token_text(t), t->len);
    if (w) return run_builtin(c, w);
    return unknown_word(c, t);
}

enum { NUMBER_TEXT = 512 }; /* longest number in a program */

static bool run_number(checker *c, const token *t)
{
    const char *s = token_text(t);
    char plain[NUMBER_TEXT];
    size_t n = 0;
    wide v;

    if (token_touches(t)) return unknown_word(c, t);
    if (!is_number(s, t->len)) return refuse_number(c, t);
    for (uint32_t i = 0; i < t->len && n < sizeof plain; i++)
        if (s[i] != '_') plain[n++] = s[i];
    bool fix = memchr(s, '.', t->len) || memchr(s, 'e', t->len);
    if (n == sizeof plain || !(fix ? wide_parse_fix(c->mem, plain, n, c->header.precision, &v)
                                   : wide_parse(c->mem, plain, n, &v))) {
        error_at(c, "E0002", "this number is too large or too long");
        return false;
    }
    return leave(c, ir_number(&c->g, fix ? KIND_FIX : KIND_INT, v), 0);
}

/* Text is a known key. */
static bool run_string(checker *c, const token *t)
{
    const char *s = token_unquote(t, c->mem);
    num key = key_of_text((slice){(const uint8_t *)s, strlen(s)});
    return leave(c, ir_number(&c->g, KIND_KEY, wide_of_num(key)), 0);
}

/* --- terms */

static bool push_quote(checker *c, uint32_t open)
{
    push(c, (cell){.kind = CELL_QUOTE, .at = open, .open = open, .scope = c->scope});
    return true;
}

void refuse_late(checker *c, const token *t)
{
    diagnosis *d = error_at(c, "E0007", "`%s` comes too late", token_quote(t, c->mem));
    diagnose_help(d, "declarations stand before the first word");
}

static bool misplaced(checker *c, const token *t)
{
    if (token_is(t, ":")) {
        error_at(c, "E0009", "a definition stands at the top level, not inside anything");
    } else if (is_keyword(t)) {
        if (!c->failed) refuse_late(c, t); /* else what ended the declarations was said */
    } else if (token_is(t, "(")) {
        error_at(c, "E0004", "`(` stands only after `->` and in effects");
    }
    return false;
}

static bool run_bracket(checker *c, uint32_t *at)
{
    uint32_t open = *at, close = c->tok[open].match;
    if (close == NO_MATCH) {
        c->failed = true;
        return false;
    }
    *at = close + 1;
    return token_is(&c->tok[open], "[") ? push_quote(c, open) : run_array(c, open);
}

static bool is_reserved(const token *t)
{
    return token_is(t, ":") || token_is(t, "(") || token_is(t, ")") || token_is(t, "]") ||
           token_is(t, "}") || token_is(t, ";") || is_keyword(t);
}

/* Runs the term at *at. */
static bool run_one(checker *c, uint32_t *at)
{
    const token *t = &c->tok[*at];
    c->at = *at;
    if (!c->call_site) c->g.at = (place){t->line, t->col};
    if (token_is(t, "[") || token_is(t, "{")) return run_bracket(c, at);
    if (token_is(t, "->")) return bind_arrow(c, at);
    ++*at;
    if (token_is(t, "reveal")) {
        const token *name = &c->tok[*at];
        if (name->kind == TOKEN_WORD || name->kind == TOKEN_NUMBER || name->kind == TOKEN_BAD)
            ++*at;
        return run_reveal(c, name);
    }
    if (t->kind == TOKEN_BAD || is_reserved(t)) return misplaced(c, t);
    if (t->kind == TOKEN_NUMBER) return run_number(c, t);
    if (t->kind == TOKEN_STRING) return run_string(c, t);
    if (token_is(t, "true") || token_is(t, "false"))
        return leave(c, ir_number(&c->g, KIND_BOOL, wide_of(token_is(t, "true"))), 0);
    return run_name(c, t);
}

/* One term at *at; *at is behind it afterwards, also when it fails. */
static bool run_term(checker *c, uint32_t *at)
{
    uint32_t first = *at;
    bool good = run_one(c, at);
    if (good) steps_word(c, first, *at);
    return good;
}

expense spent(const checker *c)
{
    return (expense){c->steps, c->g.nodes, c->g.folded};
}

static uint64_t nodes_most(const checker *c)
{
    return NODES_MAX_IN_IR + (uint64_t)NODES_PER_TOKEN * c->list.len;
}

static uint64_t memory_most(const checker *c)
{
    return MEMORY_MAX + (uint64_t)MEMORY_PER_TOKEN * c->list.len;
}

bool is_affordable(const checker *c, expense all)
{
    return all.steps <= STEPS_MAX && all.nodes < nodes_most(c) && all.folded <= FOLDED_MAX &&
           c->mem->size < memory_most(c);
}

static bool too_large(checker *c)
{
    c->steps++;
    if (is_affordable(c, spent(c))) return false;
    if (c->call_site) c->at = c->call_site;
    diagnosis *d = error_at(c, "E0902", "the program becomes too large when its words are expanded");
    diagnose_line(d, LINE_BECAUSE,
                  "at most %d words, %" PRIu64 " values, %d known numbers, %" PRIu64 " MiB",
                  STEPS_MAX, nodes_most(c), FOLDED_MAX, memory_most(c) / MEBIBYTE);
    return true;
}

bool run_terms(checker *c, uint32_t from, uint32_t to)
{
    uint32_t i = from;
    bool good = true;
    if (c->depth == DEPTH_MAX) {
        error_at(c, "E0005", "words and quotations call each other more than %d deep here",
                 DEPTH_MAX);
        return false;
    }
    c->depth++;
    while (good && i < to) good = !too_large(c) && run_term(c, &i);
    c->depth--;
    return good;
}

bool run_quote(checker *c, const cell *quote)
{
    scope *before = c->scope, inner;
    uint32_t at = c->at;
    scope_enter(c, &inner, quote->scope);
    bool good = run_terms(c, quote->open + 1, c->tok[quote->open].match);
    scope_leave(c);
    c->scope = before;
    if (good) c->at = at;
    return good;
}

/* --- `{ … }` */

static bool refuse_array(checker *c, const cell *first, const cell *other)
{
    if (other->kind == CELL_VALUE) {
        c->at = other->at;
        diagnosis *d = error_at(c, "E0302", "`{ }` holds items of one shape, and this is %s",
                                describe(c, other));
        diagnose_second(d, &c->tok[first->at], "the first is %s", describe(c, first));
    } else if (other->kind == CELL_QUOTE) {
        error_at(c, "E0207", "`{ }` holds values, not quotations");
    }
    return false;
}

/* Numbers side by side are one constant. */
static bool leave_constants(checker *c, const cell *x, uint32_t n, kind k)
{
    wide *items = arena_alloc(c->mem, n * sizeof *items);
    for (uint32_t i = 0; i < n; i++)
        if (x[i].lift || rank_of(c, &x[i]) || !ir_known(&c->g, x[i].v, &items[i])) return false;
    type t = type_scalar(VIS_KNOWN, k, wide_of(0), wide_of(0));
    t.rank = 1, t.dim[0] = n;
    return leave(c, ir_const(&c->g, t, items), 0);
}

static bool leave_array(checker *c, uint32_t from)
{
    uint32_t n = c->height - from;
    cell *x = arena_alloc(c->mem, n * sizeof *x);
    const cell *most = x;
    memcpy(x, c->stack + from, n * sizeof *x);
    pop_to(c, from);
    for (uint32_t i = 0; i < n; i++) {
        if (x[i].kind != CELL_VALUE) return refuse_array(c, x, &x[i]);
        if (!want_closed(c, &x[i])) return false;
        bool same = rank_of(c, &x[i]) == rank_of(c, &x[0]);
        for (unsigned k = 0; same && k < rank_of(c, &x[0]); k++)
            same = same_dim(c, dim_of(c, &x[i], k), dim_of(c, &x[0], k));
        if (!same) return refuse_array(c, &x[0], &x[i]);
        if (x[i].lift > most->lift) most = &x[i];
    }
    kind k;
    if (!join_alike(c, x, n, &k)) return false;
    if (leave_constants(c, x, n, k)) return true;

    unsigned lift = most->lift, rank = type_of(c, most)->rank + 1u;
    int64_t dim[AXES + 1], blocks = 1, *ids_dim = dim;
    if (!room_for_axes(c, rank)) return false;
    ir_id *v = arena_alloc(c->mem, n * sizeof *v);
    for (uint32_t i = 0; i < n; i++) {
        if (!expand_lift(c, &x[i], lift, most)) return false;
        v[i] = x[i].v;
    }
    for (unsigned a = 0; a < lift; a++) blocks *= ids_dim[a] = type_of(c, most)->dim[a];
    dim[lift] = n;
    for (unsigned a = lift; a + 1 < rank; a++) dim[a + 1] = type_of(c, most)->dim[a];
    return leave(c, ir_cat(&c->g, v, n, rank, dim, blocks < 1 ? 1 : blocks), lift);
}

bool run_array(checker *c, uint32_t open)
{
    uint32_t before = c->floor, from = c->height;
    c->floor = from;
    steps_array(c, open);
    bool good = run_terms(c, open + 1, c->tok[open].match);
    steps_array_over(c);
    c->floor = before;
    if (!good) return false;
    c->at = open;
    if (c->height == from) {
        diagnosis *d = error_at(c, "E0306", "`{ }` holds at least one item");
        diagnose_help(d, "for a vector of no items:  0 zeros");
        return false;
    }
    return leave_array(c, from);
}

/* --- the top level */

/* What a line that is not checked would have named: their later uses are no errors. */
static void poison_names(checker *c, uint32_t from, uint32_t to)
{
    uint32_t inside = from; /* of quotations, whose names end with them */
    for (uint32_t i = from; i < to; i++) {
        const token *t = &c->tok[i], *name = &c->tok[i + 1];
        if (token_is(t, "[") && t->match != NO_MATCH && t->match > inside) inside = t->match;
        if (token_is(t, "reveal") && name->kind == TOKEN_WORD) {
            int64_t o = output_named(c, name);
            if (o >= 0) c->revealed[o] = true; /* without a place */
        }
        if (!token_is(t, "->") || i < inside) continue;
        uint32_t last = i + 1;
        if (token_is(name, "(")) last = name->match ? name->match : i + 1;
        for (uint32_t k = i + 1; k <= last; k++)
            if (c->tok[k].kind == TOKEN_WORD && is_name(token_text(&c->tok[k]), c->tok[k].len) &&
                !visible(c, symbol_of(c, &c->tok[k])))
                bind_name(c, &c->tok[k], (cell){.kind = CELL_POISON})->used = true;
    }
}

/* The stack as it was when a line began: checking goes on from there after an error in the line. */
typedef struct line_start {
    cell *stack;
    uint32_t height, cap, line, token;
    const source_text *source; /* the line is one of this file */
} line_start;

static uint32_t lesser(uint32_t a, uint32_t b)
{
    return a < b ? a : b;
}

/* Copies only what changed since the line before, so that a deep stack costs nothing. */
static void remember(checker *c, line_start *s, uint32_t at)
{
    uint32_t same = lesser(c->low, s->height);
    if (s->cap < c->height) {
        s->stack = arena_grow(c->mem, s->stack, s->cap * sizeof *s->stack,
                              2 * c->height * sizeof *s->stack);
        s->cap = 2 * c->height;
    }
    if (c->height > same)
        memcpy(s->stack + same, c->stack + same, (c->height - same) * sizeof *s->stack);
    s->height = c->low = c->height, s->token = at;
    s->line = c->tok[at].line, s->source = c->tok[at].source;
}

/* Goes on at the next line. Returns its first token. */
static uint32_t recover(checker *c, const line_start *s, uint32_t at, uint32_t end)
{
    uint32_t line = c->tok[at ? at - 1 : 0].line;
    const source_text *source = c->tok[at ? at - 1 : 0].source;
    while (at < end && c->tok[at].line <= line && c->tok[at].source == source) {
        uint32_t match =
            token_is(&c->tok[at], "[") || token_is(&c->tok[at], "{") ? c->tok[at].match : NO_MATCH;
        at = match > at ? match + 1 : at + 1;
        line = c->tok[at - 1].line > line ? c->tok[at - 1].line : line;
    }
    c->failed = true;
    c->scope = c->top, c->floor = 0, c->depth = 0, c->call_site = c->std_use = 0, c->loops = 0,
    c->alone = 0, c->lift = 0, c->g.current = 0;
    c->in_definition = c->dry = c->may_assume = c->assumes = false;
    uint32_t same = lesser(c->low, s->height);
    if (s->height > same)
        memcpy(c->stack + same, s->stack + same, (s->height - same) * sizeof *s->stack);
    c->height = s->height;
    while (c->height && c->stack[c->height - 1].kind == CELL_QUOTE) c->height--;
    c->low = lesser(c->low, c->height);
    poison_names(c, s->token, at);
    return at;
}

static void bind_header(checker *c)
{
    scope_enter(c, c->globals, NULL);
    for (uint32_t i = 0; i < c->header.params; i++) {
        const param_decl *p = &c->header.param[i];
        bool known = param_known(c->decl, c->req, i);
        ir_id v =
            known ? ir_number(&c->g, (kind)p->kind, p->value) : ir_letter(&c->g, param_letter(i));
        bind_name(c, &c->decl->param[i], (cell){.kind = CELL_VALUE, .v = v});
    }
    scope_enter(c, c->top, c->globals);
    for (uint32_t i = 0; i < c->header.inputs; i++) {
        binding *b = c->inputs[i] = bind_name(c, &c->decl->input[i], (cell){0});
        b->input = i, b->unread = true;
    }
    for (uint32_t i = c->header.outputs; i-- > 0;)
        symbol_of(c, &c->decl->output[i])->output = i + 1;
    for (const binding *b = c->top->first; b; b = b->next)
        if (word_find(b->symbol->name, b->symbol->len))
            diagnose(c->found, false, "W03", &b->at, "`%s` hides the word of this name",
                     token_quote(&b->at, c->mem));
}

/* Revealed where an output waits for it and it is the last; a copy or a quotation taken out; else dropped at once. */
static void fix_leftover(checker *c, diagnosis *d, const cell *x, uint32_t end)
{
    const token *t = &c->tok[x->at];
    const char *waits = x->at + 1 == end ? waiting_output(c, x) : NULL;
    if (waits)
        diagnose_fix_after(d, t, " reveal %s", waits);
    else if (x->kind == CELL_QUOTE)
        diagnose_remove(d, t, &c->tok[t->match]);
    else if (token_is(t, "dup") || token_is(t, "over"))
        diagnose_remove(d, t, t);
    else
        diagnose_fix_after(d, token_is(t, "{") ? &c->tok[t->match] : t, " drop");
}

static void check_leftovers(checker *c, uint32_t end)
{
    if (c->failed || !c->height || !c->header.outputs) return;
    const cell *x = &c->stack[c->height - 1];
    c->at = x->at;
    diagnosis *d = error_at(c, "E0206", "the program ends with something still on the stack");
    diagnose_label(d, "this %s is never used",
                   x->kind == CELL_QUOTE ? "quotation" : describe_secret(c, x));
    diagnose_help(d, "`reveal` it to a declared output, or remove it");
    fix_leftover(c, d, x, end);
}

static void warn_unused(checker *c)
{
    if (c->failed) return;
    for (const binding *b = c->top->first; b; b = b->next) {
        if (!b->unread) continue;
        diagnosis *d = diagnose(c->found, false, "W01", &b->at, "the input `%s` is never used",
                                token_quote(&b->at, c->mem));
        diagnose_help(d, "use it, or do not ask for it");
    }
}

/* More than three in a row are hard to read: a name says more. */
static void warn_moves(checker *c, uint32_t from, uint32_t to)
{
    uint32_t run = 0;
    for (uint32_t i = from; i < to; i++) {
        const word *w =
            c->tok[i].kind == TOKEN_WORD ? word_find(token_text(&c->tok[i]), c->tok[i].len) : NULL;
        run = w && w->run == word_shuffle ? run + 1 : 0;
        if (run != 4) continue;
        diagnosis *d =
            diagnose(c->found, false, "W04", &c->tok[i], "more than three stack moves in a row");
        diagnose_help(d, "name the values:  -> ( x y )");
    }
}

uint32_t check_body(checker *c, uint32_t from)
{
    line_start start = {0};
    c->tok = c->list.at;
    uint32_t end = match_brackets(&c->list, from, c->found, c->mem);
    c->failed = c->found->errors > 0;
    bind_header(c);
    warn_moves(c, from, end);
    for (uint32_t i = from; i < end;) {
        uint32_t began = i;
        if (c->tok[i].line != start.line || c->tok[i].source != start.source)
            remember(c, &start, i);
        bool good = token_is(&c->tok[i], ":") ? (c->at = i, define(c, &i))
                                              : !too_large(c) && run_term(c, &i);
        if (!good) i = recover(c, &start, i > began ? i : began + 1, end);
        if (!is_affordable(c, spent(c))) {
            poison_names(c, i, end);
            break;
        }
        if (good) start.line = c->tok[i - 1].line; /* a line ends where its last bracket closes */
    }
    check_leftovers(c, end);
    check_outputs(c, end);
    warn_unused(c);
    if (!c->failed) scope_leave(c);
    return end;
}
