/* Notes what the words do to the stack, for `moot trace` and `show`: which steps there are, and where the program
 * will have the values that they saw. Nothing here runs unless compile_request.watch asks for it. */
#include <string.h>

#include "compiler/check.h"

enum { QUOTE_SHOWN = 40, WORD_SHOWN = 60, LINE_SHOWN = 400 };

static bool is_watched(const checker *c)
{
    return !c->unwatched && !c->literals && !c->dry;
}

/* --- values */

/* The text of a quotation on one line, cut when it is long. */
static const char *quote_text(const checker *c, const cell *x)
{
    const char *text = "[";
    uint32_t i = x->open + 1, close = c->tok[x->open].match;
    for (; i < close && strlen(text) < QUOTE_SHOWN; i++)
        text = arena_printf(c->mem, "%s %s", text, token_quote(&c->tok[i], c->mem));
    return arena_printf(c->mem, "%s%s ]", text, i < close ? " …" : "");
}

/* `reg` holds the value's ir_id until steps_find. */
static step_value value_of(const checker *c, const char *name, const cell *x)
{
    if (x->kind != CELL_VALUE)
        return (step_value){
            .name = name, .type = x->kind == CELL_QUOTE ? quote_text(c, x) : "?", .reg = 0};
    const type *t = type_of(c, x);
    step_value v = {.name = name,
                    .type = describe_secret(c, x),
                    .kind = t->kind,
                    .rank = t->rank,
                    .lift = x->lift,
                    .open = t->open,
                    .reg = x->v};
    for (unsigned k = 0; k < t->rank; k++) v.dim[k] = (uint64_t)t->dim[k];
    return v;
}

static void take_stack(const checker *c, word_step *s)
{
    s->height = c->height;
    s->shown = c->height < STEP_CELLS ? c->height : STEP_CELLS;
    s->stack = arena_alloc(c->mem, s->shown * sizeof *s->stack);
    for (uint32_t k = 0; k < s->shown; k++)
        s->stack[k] = value_of(c, NULL, &c->stack[c->height - s->shown + k]);
}

/* The names behind the `->` at `first`. */
static void take_names(checker *c, word_step *s, uint32_t first, uint32_t after)
{
    s->names = arena_alloc(c->mem, (after - first) * sizeof *s->names);
    for (uint32_t i = first + 1; i < after; i++) {
        const token *t = &c->tok[i];
        if (token_is(t, "(") || token_is(t, ")")) continue;
        const binding *b = visible(c, symbol_of(c, t));
        if (b) s->names[s->named++] = value_of(c, token_string(t, c->mem), &b->value);
    }
}

/* --- steps */

static word_step *new_step(checker *c)
{
    report *rep = c->rep;
    size_t n = rep->steps;
    if (n == STEPS_KEPT_MAX) {
        rep->steps_cut = true;
        return NULL;
    }
    if (n == rep->step_cap) {
        rep->step_cap = n ? 2 * n : 64;
        rep->step =
            arena_grow(c->mem, rep->step, n * sizeof *rep->step, rep->step_cap * sizeof *rep->step);
    }
    rep->step[n] = (word_step){.output = NO_OUTPUT};
    return &rep->step[rep->steps++];
}

/* The line that holds the token; nothing when the token stands far out in a line that nobody reads. */
static char *line_of(const token *t, arena *mem)
{
    const char *text = (const char *)t->source->bytes.data;
    size_t from = t->start, end = t->source->bytes.len;
    if (t->col > LINE_SHOWN) return arena_strndup(mem, "", 0);
    while (from > 0 && text[from - 1] != '\n') from--;
    if (end - from > LINE_SHOWN) end = from + LINE_SHOWN;
    size_t to = from;
    while (to < end && text[to] != '\n' && text[to] != '\r') to++;
    return arena_strndup(mem, text + from, to - from);
}

static uint32_t characters(const char *s, size_t len)
{
    uint32_t n = 0;
    for (size_t i = 0; i < len; i++) n += ((uint8_t)s[i] & 0xc0) != 0x80;
    return n;
}

/* Where the tokens from `first` to `after` stand, and their text; what goes over several lines is shortened. */
static void take_place(checker *c, word_step *s, uint32_t first, uint32_t after)
{
    const token *t = &c->tok[first], *last = &c->tok[after - 1];
    bool whole = last->line == t->line && last->start + last->len - t->start <= WORD_SHOWN;
    size_t len = whole ? last->start + last->len - t->start : t->len;
    s->at = (place){t->line, t->col};
    s->end_col = t->col + characters(token_text(t), len);
    if (whole && after > first + 1)
        s->word = arena_strndup(c->mem, token_text(t), len);
    else
        s->word = arena_printf(c->mem, "%s%s", token_quote(t, c->mem), whole ? "" : " …");
    s->file = t->source->file;
    s->line = line_of(t, c->mem);
}

static void add_step(checker *c, uint32_t first, uint32_t after)
{
    word_step *s = new_step(c);
    if (!s) return;
    take_place(c, s, first, after);
    s->depth = c->depth;
    s->block = c->g.current, s->loop = c->loop_ran;
    take_stack(c, s);
    if (token_is(&c->tok[first], "->")) take_names(c, s, first, after);
    s->rounds = c->rounds, s->rounds_shown = c->rounds_shown;
    if (token_is(&c->tok[first], "reveal")) s->output = c->revealing, s->told = c->told;
}

void steps_word(checker *c, uint32_t first, uint32_t after)
{
    if (c->watching == WATCH_WORDS && is_watched(c) && !token_is_std(&c->tok[first]))
        add_step(c, first, after);
    c->rounds = 0, c->loop_ran = 0; /* of a word that is not shown too */
}

static bool is_literal(const token *t)
{
    return t->kind == TOKEN_NUMBER || token_is(t, "true") || token_is(t, "false") ||
           token_is(t, "{") || token_is(t, "}");
}

void steps_array(checker *c, uint32_t open)
{
    uint32_t close = c->tok[open].match, i = open + 1;
    if (c->watching != WATCH_WORDS) return;
    while (i < close && is_literal(&c->tok[i])) i++;
    c->literals += i == close || c->literals > 0;
}

void steps_array_over(checker *c)
{
    c->literals -= c->literals > 0;
}

void steps_show(checker *c)
{
    if (c->watching == WATCH_SHOWS && is_watched(c)) add_step(c, c->at, c->at + 1);
}

void steps_reveal(checker *c, uint32_t output, const cell *x)
{
    if (c->watching != WATCH_WORDS) return;
    c->revealing = output;
    c->told = value_of(c, c->header.output[output].name, x);
}

/* --- loops */

void steps_pause(checker *c)
{
    c->unwatched += c->watching == WATCH_WORDS;
}

void steps_resume(checker *c)
{
    c->unwatched -= c->watching == WATCH_WORDS;
}

static int64_t rounds_noted(const checker *c, int64_t rounds)
{
    const int64_t whole = c->loops ? STEP_ROUNDS_INSIDE : STEP_ROUNDS_WHOLE;
    return rounds <= whole ? rounds : STEP_ROUNDS;
}

void steps_round(checker *c, int64_t round, int64_t rounds)
{
    if (round == rounds_noted(c, rounds)) steps_pause(c);
}

void steps_rounds_over(checker *c, int64_t begun, int64_t rounds)
{
    const int64_t noted = rounds_noted(c, rounds);
    if (begun > noted) steps_resume(c);
    c->rounds = (uint64_t)rounds;
    c->rounds_shown = (uint64_t)(begun < noted ? begun : noted);
}

void steps_loop(checker *c, uint32_t body)
{
    c->loop_ran = body;
}

/* --- where the values are */

/* No register holds nothing. */
static void keep(ir *g, const step_value *x)
{
    uint64_t items;
    if (x->reg && type_length(ir_type(g, x->reg), &items) && items > 0)
        g->kept[x->reg] = KEPT_WANTED;
}

void steps_keep(checker *c)
{
    ir *g = &c->g;
    const report *rep = c->rep;
    if (!rep->steps) return;
    g->kept = arena_alloc(c->mem, g->nodes * sizeof *g->kept);
    for (ir_id v = 0; v < g->nodes; v++) g->kept[v] = KEPT_NOT;
    for (size_t i = 0; i < rep->steps; i++) {
        const word_step *s = &rep->step[i];
        for (uint32_t k = 0; k < s->shown; k++) keep(g, &s->stack[k]);
        for (uint32_t k = 0; k < s->named; k++) keep(g, &s->names[k]);
        if (s->output != NO_OUTPUT) keep(g, &s->told);
    }
}

static void find(const ir *g, step_value *x)
{
    x->reg = x->reg && g->kept[x->reg] < KEPT_WANTED ? g->kept[x->reg] : REG_NONE;
}

/* The block's number in the program. */
static uint32_t find_block(const ir *g, uint32_t b)
{
    return b == 0 || g->number[b] ? g->number[b] : STEP_NOWHERE;
}

void steps_find(checker *c)
{
    for (size_t i = 0; i < c->rep->steps; i++) {
        word_step *s = &c->rep->step[i];
        s->block = find_block(&c->g, s->block), s->loop = find_block(&c->g, s->loop);
        for (uint32_t k = 0; k < s->shown; k++) find(&c->g, &s->stack[k]);
        for (uint32_t k = 0; k < s->named; k++) find(&c->g, &s->names[k]);
        if (s->output != NO_OUTPUT) find(&c->g, &s->told);
    }
}
