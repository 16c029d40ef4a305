/* Pairs the brackets of the body and finds where it ends, so that the checker can jump over a quotation. Knows
 * definitions only as far as their effects hold `(` and types. No recursion. */
#include <string.h>

#include "compiler/check.h"

typedef struct matcher {
    tokens *list;
    sink *found;
    arena *mem;
    uint32_t open[DEPTH_MAX];
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

static void unclosed(matcher *m, uint32_t at)
{
    const token *t = &m->list->at[at];
    char open = *token_text(t);
    diagnosis *d = diagnose(m->found, true, "E0004", t, "this `%c` is never closed", open);
    if (open != ':') diagnose_help(d, "close it with `%c`, with blanks around", closer(open));
    if (open == ':') diagnose_help(d, "a definition ends with `;`");
}

static void close_all(matcher *m)
{
    while (m->depth) unclosed(m, m->open[--m->depth]);
}

static void match_closer(matcher *m, uint32_t at, char c)
{
    token *t = m->list->at;
    uint32_t keep = m->depth;
    while (keep && closer(*token_text(&t[m->open[keep - 1]])) != c) keep--;
    if (!keep) {
        diagnose(m->found, true, "E0004", &t[at], "this `%c` closes nothing", c);
        return;
    }
    while (m->depth > keep) unclosed(m, m->open[--m->depth]);
    uint32_t open = m->open[--m->depth];
    t[open].match = at, t[at].match = open;
}

/* Skips "( … )" of an effect, whose types have brackets of their own. Returns the ')' or where it gave up. */
static uint32_t skip_effect(const matcher *m, uint32_t i)
{
    const token *t = m->list->at;
    if (t[i].kind == TOKEN_END || !token_is(&t[i + 1], "(")) return i;
    uint32_t line = t[i].line;
    for (uint32_t k = i + 2;
         t[k].kind != TOKEN_END && t[k].line <= line + 4 && !token_is(&t[k], ";"); k++)
        if (token_is(&t[k], ")")) return k;
    return i;
}

static void end_definition(matcher *m, uint32_t at)
{
    token *t = m->list->at;
    close_all(m);
    if (!m->definition) {
        diagnose(m->found, true, "E0004", &t[at], "this `;` ends nothing");
        return;
    }
    t[m->definition].match = at, t[at].match = m->definition;
    m->definition = NO_MATCH;
}

static uint32_t begin_definition(matcher *m, uint32_t at)
{
    close_all(m);
    if (m->definition) unclosed(m, m->definition);
    m->definition = at;
    const token *name = &m->list->at[at + 1];
    return name->kind == TOKEN_END ? at : skip_effect(m, at + 1);
}

uint32_t match_brackets(tokens *list, uint32_t from, sink *found, arena *mem)
{
    matcher *m = arena_alloc(mem, sizeof *m);
    uint32_t i = from;
    *m = (matcher){.list = list, .found = found, .mem = mem};

    for (; list->at[i].kind != TOKEN_END; i++) {
        const token *t = &list->at[i];
        char c = bracket(t);
        if (token_is(t, "test") && list->at[i + 1].kind == TOKEN_STRING) break;
        if (token_is(t, ":")) {
            i = begin_definition(m, i);
        } else if (token_is(t, ";")) {
            end_definition(m, i);
        } else if (c && strchr("[{(", c)) {
            if (m->depth == DEPTH_MAX) {
                diagnose(found, true, "E0005", t, "brackets are nested more than %d deep here",
                         DEPTH_MAX);
                return i;
            }
            m->open[m->depth++] = i;
        } else if (c) {
            match_closer(m, i, c);
        }
    }
    close_all(m);
    if (m->definition) unclosed(m, m->definition);
    return i;
}
