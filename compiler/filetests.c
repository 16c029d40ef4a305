/* Tests that live in a program: their values become JSON text, so that data loading reads them like a file. */
#include "compiler/filetests.h"

#include <stdlib.h>
#include <string.h>

#include "compiler/words.h"

enum { LITERAL_DEPTH = 16 };

typedef struct test_reader {
    declarations *d;
    const token *tok;
    uint32_t at;
} test_reader;

static bool malformed(test_reader *r, const char *what)
{
    const token *t = &r->tok[r->at];
    if (t->kind != TOKEN_END || !r->at)
        return expected(r->d, t, what, "test \"name\" x = { 1 2 } expect y = 3 ;");
    diagnosis *d = diagnose(r->d->found, true, "E0007", t - 1, "expected %s after `%s`", what,
                            token_quote(t - 1, r->d->mem));
    diagnose_help(d, "test \"name\" x = { 1 2 } expect y = 3 ;");
    if (!strcmp(what, "`;`")) diagnose_fix_after(d, t - 1, " ;");
    return false;
}

static void put_number(buffer *out, const token *t)
{
    for (uint32_t i = 0; i < t->len; i++)
        if (token_text(t)[i] != '_') buffer_append(out, token_text(t) + i, 1);
}

static void put_string(buffer *out, const char *s)
{
    buffer_append(out, "\"", 1);
    for (; *s; s++) {
        if (*s == '"' || *s == '\\')
            buffer_printf(out, "\\%c", *s);
        else if ((uint8_t)*s < ' ')
            buffer_printf(out, "\\u%04x", (unsigned)*s);
        else
            buffer_append(out, s, 1);
    }
    buffer_append(out, "\"", 1);
}

static bool put_scalar(test_reader *r, buffer *out)
{
    const token *t = &r->tok[r->at];
    if (t->kind == TOKEN_NUMBER && is_number(token_text(t), t->len))
        put_number(out, t);
    else if (t->kind == TOKEN_STRING)
        put_string(out, token_unquote(t, r->d->mem));
    else if (token_is(t, "true") || token_is(t, "false"))
        buffer_append(out, token_text(t), t->len);
    else
        return malformed(r, "a value");
    r->at++;
    return true;
}

/* One value, nested braces as nested arrays. */
static bool put_literal(test_reader *r, buffer *out)
{
    unsigned depth = 0;
    bool first = true;
    do {
        const token *t = &r->tok[r->at];
        if (token_is(t, "}") && depth) {
            buffer_append(out, "]", 1);
            depth--, r->at++, first = false;
            continue;
        }
        if (!first) buffer_append(out, ",", 1);
        first = false;
        if (token_is(t, "{")) {
            if (++depth > LITERAL_DEPTH) return malformed(r, "fewer nested brackets");
            buffer_append(out, "[", 1);
            r->at++, first = true;
        } else if (!put_scalar(r, out)) {
            return false;
        }
    } while (depth);
    return true;
}

static const char *near_port(const source_port *port, size_t ports, const char *name, unsigned limit)
{
    for (size_t i = 0; i < ports; i++)
        if (edit_distance(name, strlen(name), port[i].name, strlen(port[i].name), limit) < limit)
            return port[i].name;
    return NULL;
}

/* The name that was meant; or `expect`, when an output stands among the inputs. */
static void propose_port(test_reader *r, diagnosis *d, const token *name, const char *text,
                         bool output)
{
    const report *rep = r->d->rep;
    if (!output && near_port(rep->output, rep->outputs, text, 1)) {
        diagnose_help(d, "it is an output: what is expected stands behind `expect`");
        diagnose_fix_before(d, name, "expect ");
        return;
    }
    const char *near = output ? near_port(rep->output, rep->outputs, text, 3)
                              : near_port(rep->input, rep->inputs, text, 3);
    if (!near) return;
    diagnose_help(d, "did you mean `%s`?", near);
    diagnose_fix(d, name, name, "%s", near);
}

static bool declared_name(test_reader *r, const token *name, bool output)
{
    const report *rep = r->d->rep;
    const char *text = token_string(name, r->d->mem);
    bool found = false;
    for (size_t i = 0; i < rep->outputs && output; i++)
        found = found || !strcmp(rep->output[i].name, text);
    for (size_t i = 0; i < rep->inputs && !output; i++)
        found = found || !strcmp(rep->input[i].name, text);
    for (size_t i = 0; i < rep->params && !output; i++)
        found = found || !strcmp(rep->param[i].name, text);
    if (!found) {
        diagnosis *d = diagnose(r->d->found, true, "E0701", name, "there is no %s `%s`",
                                output ? "output" : "input or param", text);
        propose_port(r, d, name, text, output);
    }
    return found;
}

static bool read_value(test_reader *r, bool output, test_value *out)
{
    const token *name = &r->tok[r->at];
    if (name->kind != TOKEN_WORD || !is_name(token_text(name), name->len))
        return malformed(r, "a name");
    if (!declared_name(r, name, output)) return false;
    r->at++;
    if (!token_is(&r->tok[r->at], "=")) return malformed(r, "`=`");
    r->at++;
    buffer json = {0};
    bool good = put_literal(r, &json);
    char *text = buffer_take(&json);
    if (good && text)
        *out = (test_value){token_string(name, r->d->mem),
                            arena_strndup(r->d->mem, text, strlen(text))};
    free(text);
    return good && text;
}

static bool read_values(test_reader *r, const char *end, bool output, const test_value **list,
                        size_t *len)
{
    test_value *all = NULL;
    for (*len = 0; !token_is(&r->tok[r->at], end);) {
        size_t n = *len;
        if (r->tok[r->at].kind == TOKEN_END)
            return malformed(r, arena_printf(r->d->mem, "`%s`", end));
        if (!(n & (n - 1)))
            all = arena_grow(r->d->mem, all, n * sizeof *all, (n ? 2 * n : 1) * sizeof *all);
        if (!read_value(r, output, &all[n])) return false;
        ++*len;
    }
    *list = all;
    r->at++;
    return true;
}

/* The quotes of a text processor, as far as they close on the line. */
static bool refuse_quotes(test_reader *r)
{
    enum { QUOTE = 3 }; /* bytes */
    const token *t = &r->tok[r->at], *last = t;
    const char *end = token_text(t) + t->len - QUOTE;
    while (memcmp(end, "\xe2\x80", 2) != 0 && last[1].line == t->line && last[1].kind != TOKEN_END)
        last++, end = token_text(last) + last->len - QUOTE;
    diagnosis *d = diagnose(r->d->found, true, "E0003", t, "these are not the quotes of a string");
    diagnose_help(d, "strings are on one line: \"like this\"");
    if (!memcmp(end, "\xe2\x80", 2))
        diagnose_fix(d, t, last, "\"%.*s\"", (int)(end - token_text(t)) - QUOTE,
                     token_text(t) + QUOTE);
    return false;
}

static bool read_test(test_reader *r)
{
    report *rep = r->d->rep;
    test_case t = {.line = r->tok[r->at].line};
    if (!token_is(&r->tok[r->at], "test"))
        return malformed(r, "a test or the end: tests stand last");
    if (in_curly_quotes(&r->tok[++r->at])) return refuse_quotes(r);
    if (r->tok[r->at].kind != TOKEN_STRING) return malformed(r, "the name of the test, a string");
    t.name = token_unquote(&r->tok[r->at++], r->d->mem);
    if (!read_values(r, "expect", false, &t.given, &t.givens)) return false;
    if (!read_values(r, ";", true, &t.expect, &t.expects)) return false;
    size_t n = rep->tests;
    if (!(n & (n - 1)))
        rep->test = arena_grow(r->d->mem, rep->test, n * sizeof *rep->test,
                               (n ? 2 * n : 1) * sizeof *rep->test);
    rep->test[rep->tests++] = t;
    return true;
}

void filetests_read(declarations *d, const tokens *list, uint32_t at)
{
    test_reader r = {d, list->at, at};
    while (r.tok[r.at].kind != TOKEN_END) {
        if (read_test(&r)) continue;
        while (r.tok[r.at].kind != TOKEN_END && !token_is(&r.tok[r.at], "test")) r.at++;
    }
}
