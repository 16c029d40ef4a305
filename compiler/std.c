/* Words written in the language (programs/std, embedded in the word table): read at their first use, run as
 * definitions that see nothing of the program, and spoken of as what the user wrote. */
#include <string.h>

#include "compiler/check.h"

enum { ROOM_FOR_WORDS = 4096 }; /* tokens; the library has fewer in all */

bool token_is_std(const token *t)
{
    return t->source->embedded;
}

const token *token_said(const checker *c)
{
    const token *t = &c->tok[c->at];
    return token_is_std(t) ? &c->tok[c->std_use] : t;
}

void note_std(checker *c, diagnosis *d)
{
    const token *t = &c->tok[c->at];
    if (!token_is_std(t)) return;
    diagnose_line(d, LINE_NOTE, "at `%s` in `%s`, %s line %u", token_quote(t, c->mem),
                  token_quote(token_said(c), c->mem), t->source->file, t->line);
}

/* Appends behind all tokens, so that those before keep their places. */
static uint32_t append_tokens(checker *c, const tokens *more)
{
    uint32_t first = c->toks;
    if (!c->toks) first = c->toks = c->list.len;
    if (c->tok_cap < c->toks + more->len) {
        c->tok_cap = c->toks + more->len + ROOM_FOR_WORDS;
        c->list.at = arena_grow(c->mem, c->list.at, c->toks * sizeof *c->list.at,
                                c->tok_cap * sizeof *c->list.at);
        c->tok = c->list.at;
    }
    memcpy(c->list.at + first, more->at, more->len * sizeof *more->at);
    c->toks += more->len;
    return first;
}

static definition *read_word(checker *c, const word *w)
{
    source_text *src = arena_alloc(c->mem, sizeof *src);
    tokens list;
    *src = (source_text){
        .file = w->file, .bytes = {(const uint8_t *)w->text, strlen(w->text)}, .embedded = true};
    lex(src, &list, c->mem, c->found);
    for (uint32_t i = 0; i < list.len; i++) list.at[i].line += w->line - 1;
    uint32_t first = append_tokens(c, &list);
    match_brackets(&c->list, first, c->found, c->mem);
    return definition_read(c, first);
}

bool run_std(checker *c, const word *w)
{
    definition **d = &c->std[word_index(w)];
    if (!*d) *d = read_word(c, w);
    if (!*d) return false;
    uint32_t before = c->std_use, use = c->at;
    if (!token_is_std(&c->tok[use])) c->std_use = use;
    bool good = run_definition(c, *d);
    c->std_use = before, c->at = use;
    return good;
}
