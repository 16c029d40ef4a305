/* Pairs the brackets of the body and finds where it ends, so that the checker can jump over a quotation. Knows
 * definitions only as far as their effects hold `(` and types. No recursion. */
#include <string.h>

#include "compiler/check.h"

typedef struct matcher {
    tokens *list;
    sink *found;
    arena *mem;
    uint32_t open[DEPTH_MAX];
    char kind[DEPTH_MAX]; /* of the bracket at open[] */
    uint32_t depth;
    uint32_t definition; /* the ':' of the definition that is open, 0 when none is */
} matcher;

static char bracket(const token *t)
{
    return t->kind == TOKEN_WORD && t->len == 1 && strchr("[]{}()", *token_text(t)) ? *token_text(t)
                                                                                    : 0;
}

static char closer(char open)
{
    return open == '[' ? ']' : open == '{' ? '}' : ')';
}

/* Before the first word behind an open `[` that wants a quotation, or behind the items of an open `{`. */
static void propose_end(const matcher *m, diagnosis *d, uint32_t at, char open)
{
    const token *t = &m->list->at[at];
    const token *u = t + 1;
    if (!d) return;
    if (open == '[') {
        for (; u->kind == TOKEN_WORD || u->kind == TOKEN_NUMBER; u++) {
            const word *w = u->line == t->line ? word_find(token_text(u), u->len) : NULL;
            unsigned quotations = 0;
            if (w) effect_inputs(w->doc.effect, &quotations);
            if (quotations) diagnose_fix_before(d, u, "] ");
            if (quotations || u->line != t->line) return;
        }
    } else if (open == '{') {
        while (u->kind == TOKEN_NUMBER && u->line == t->line) u++;
        if (u != t + 1) diagnose_fix_after(d, u - 1, " }");
    }
}

static void unclosed(matcher *m, uint32_t at, char open)
{
    const token *t = &m->list->at[at], *last = t;
    if (token_touches(t)) return; /* said already */
    diagnosis *d = diagnose(m->found, true, "E0004", t, "this `%c` is never closed", open);
    if (open != ':') {
        diagnose_help(d, "close it with `%c`, with blanks around", closer(open));
        propose_end(m, d, at, open);
        return;
    }
    while (d && last[1].kind != TOKEN_END && last[1].line == t->line) last++;
    diagnose_help(d, "a definition ends with `;`");
    diagnose_fix_after(d, last, " ;");
}

static void close_all(matcher *m)
{
    for (; m->depth; m->depth--) unclosed(m, m->open[m->depth - 1], m->kind[m->depth - 1]);
}

static bool open_bracket(matcher *m, uint32_t at, char c)
{
    if (m->depth == DEPTH_MAX) {
        diagnose(m->found, true, "E0005", &m->list->at[at],
                 "brackets are nested more than %d deep here", DEPTH_MAX);
        return false;
    }
    m->open[m->depth] = at, m->kind[m->depth++] = c;
    return true;
}

/* How many brackets stay open when c closes; all when it closes none of them. */
static uint32_t depth_closed_by(const matcher *m, char c)
{
    for (uint32_t k = m->depth; k; k--)
        if (closer(m->kind[k - 1]) == c) return k - 1;
    return m->depth;
}

static void refuse_closer(matcher *m, uint32_t at, char c)
{
    const token *t = &m->list->at[at];
    if (!m->depth) {
        diagnosis *d = diagnose(m->found, true, "E0004", t, "this `%c` closes nothing", c);
        diagnose_help(d, "remove it, or open what it closes");
        diagnose_remove(d, t, t);
        return;
    }
    const char open = m->kind[--m->depth];
    diagnosis *d = diagnose(m->found, true, "E0004", t, "`%c` does not close `%c`", c, open);
    diagnose_second(d, &m->list->at[m->open[m->depth]], "opens here");
    diagnose_help(d, "write `%c`", closer(open));
    diagnose_fix(d, t, t, "%c", closer(open));
}

static void match_closer(matcher *m, uint32_t at, char c)
{
    token *t = m->list->at;
    const uint32_t keep = depth_closed_by(m, c);
    if (keep == m->depth) {
        refuse_closer(m, at, c);
        return;
    }
    for (; m->depth > keep + 1; m->depth--)
        unclosed(m, m->open[m->depth - 1], m->kind[m->depth - 1]);
    const uint32_t open = m->open[--m->depth];
    t[open].match = at, t[at].match = open;
}

/* Skips "( … )" of an effect, whose types have brackets of their own. Returns the ')', or the last token before
 * the definition ends when there is none. */
static uint32_t skip_effect(const matcher *m, uint32_t i)
{
    const token *t = m->list->at;
    if (t[i].kind == TOKEN_END || t[i + 1].kind == TOKEN_END || *token_text(&t[i + 1]) != '(')
        return i;
    if (t[i + 1].len > 1) return (uint32_t)(touching_end(&t[i + 1]) - t);
    uint32_t line = t[i].line;
    for (uint32_t k = i + 2; t[k].kind != TOKEN_END && t[k].line <= line + 4; k++) {
        if (token_is(&t[k], ")")) return k;
        if (token_is(&t[k], ";")) return k - 1;
    }
    return i;
}

static void end_definition(matcher *m, uint32_t at)
{
    token *t = m->list->at;
    close_all(m);
    if (!m->definition) {
        diagnosis *d = diagnose(m->found, true, "E0004", &t[at], "this `;` ends nothing");
        diagnose_help(d, "only definitions and tests end with `;`: remove it");
        diagnose_remove(d, &t[at], &t[at]);
        return;
    }
    t[m->definition].match = at, t[at].match = m->definition;
    m->definition = NO_MATCH;
}

static uint32_t begin_definition(matcher *m, uint32_t at)
{
    close_all(m);
    if (m->definition) unclosed(m, m->definition, ':');
    m->definition = at;
    const token *name = &m->list->at[at + (m->list->at[at].len == 1)];
    return name->kind == TOKEN_END ? at : skip_effect(m, (uint32_t)(name - m->list->at));
}

/* Brackets that touch other text count all the same, so that nothing else is said about them. Returns where it
 * goes on. */
static uint32_t match_touching(matcher *m, uint32_t at)
{
    const token *t = &m->list->at[at];
    const char *s = token_text(t);
    refuse_touching(m->found, m->mem, t);
    if (*s == '(') return (uint32_t)(touching_end(t) - m->list->at);
    if (*s == ':') return begin_definition(m, at);
    for (uint32_t i = 0; i < t->len; i++) {
        const uint32_t keep = depth_closed_by(m, s[i]);
        if (strchr("[{(", s[i]) && m->depth < DEPTH_MAX)
            open_bracket(m, at, s[i]);
        else if (strchr("]})", s[i]) && keep < m->depth)
            m->depth = keep, m->list->at[m->open[keep]].match = at;
        else if (s[i] == ';')
            m->depth = 0, m->definition = NO_MATCH;
    }
    return at;
}

static bool begins_line(const matcher *m, uint32_t i)
{
    const token *t = &m->list->at[i];
    return i == 0 || t[-1].line < t->line || t[-1].source != t->source;
}

static uint32_t line_end(const matcher *m, uint32_t i)
{
    const token *t = m->list->at;
    while (t[i + 1].kind != TOKEN_END && t[i + 1].line == t[i].line && t[i + 1].source == t[i].source)
        i++;
    return i;
}

/* A definition inside brackets. Returns its end, as far as it stands on the line. */
static uint32_t refuse_inner(matcher *m, uint32_t i)
{
    const token *t = m->list->at;
    diagnose(m->found, true, "E0009", &t[i],
             "a definition stands at the top level, not inside anything");
    const uint32_t last = line_end(m, i);
    while (i < last && !token_is(&t[i], ";")) i++;
    return i;
}

uint32_t match_brackets(tokens *list, uint32_t from, sink *found, arena *mem)
{
    matcher *m = arena_alloc(mem, sizeof *m);
    uint32_t i = from;
    *m = (matcher){.list = list, .found = found, .mem = mem};

    for (; list->at[i].kind != TOKEN_END; i++) {
        const token *t = &list->at[i];
        char c = bracket(t);
        if (begins_test(t)) break;
        if (begins_line(m, i) && looks_declared(t)) {
            i = line_end(m, i);
        } else if (token_is(t, ":") && m->depth && t->line == list->at[m->open[m->depth - 1]].line) {
            i = refuse_inner(m, i);
        } else if (token_is(t, ":")) {
            i = begin_definition(m, i);
        } else if (token_is(t, ";")) {
            end_definition(m, i);
        } else if (token_touches(t)) {
            i = match_touching(m, i);
        } else if (c && strchr("[{(", c)) {
            if (!open_bracket(m, i, c)) return i;
        } else if (c) {
            match_closer(m, i, c);
        }
    }
    close_all(m);
    if (m->definition) unclosed(m, m->definition, ':');
    return i;
}
