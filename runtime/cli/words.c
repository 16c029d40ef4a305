/* moot words [PATTERN] and moot help WORD: printed from the table that the compiler reads. */
#define _GNU_SOURCE /* strcasestr */
#include <ctype.h>
#include <string.h>
#include <strings.h>

#include "runtime/cli/cli.h"
#include "runtime/codes.h"
#include "runtime/json.h"

/* Also in capitals. */
static bool has(const char *text, const char *pattern)
{
    return strcasestr(text, pattern) != NULL;
}

static bool matches(const word_doc *w, const char *pattern)
{
    if (!w->built) return false;
    return !pattern || has(w->name, pattern) || has(w->doc, pattern) ||
           !strcasecmp(w->group, pattern);
}

static void word_json(const word_doc *w, buffer *out)
{
    json_object(out);
    json_text(out, "group", w->group);
    json_text(out, "name", w->name);
    json_text(out, "effect", w->effect);
    json_text(out, "doc", w->doc);
    json_text(out, "example", w->example ? w->example : "");
    buffer_append(out, "}", 1);
}

static const word_doc *word_at(size_t k)
{
    return k < words_count() ? words_at(k) : NULL;
}

typedef const word_doc *table(size_t k); /* NULL past the last */

static size_t list_json(table *at, const char *pattern, buffer *out)
{
    const word_doc *w;
    size_t found = 0;

    for (size_t k = 0; (w = at(k)); k++)
        if (matches(w, pattern)) word_json(w, out), found++;
    return found;
}

static size_t list_text(table *at, const char *pattern, buffer *out)
{
    const word_doc *w;
    const char *group = "";
    size_t found = 0;

    for (size_t k = 0; (w = at(k)); k++) {
        if (!matches(w, pattern)) continue;
        if (strcmp(group, w->group)) buffer_printf(out, "%s%s\n", out->len ? "\n" : "", w->group);
        group = w->group;
        buffer_printf(out, "  %-10s  %-28s  %s\n", w->name, w->effect, w->doc);
        found++;
    }
    return found;
}

static status no_such_word(const char *name, failure *err)
{
    const char *near = words_nearest(name);
    fail(err, E_USAGE, "", "moot knows no word like `%s`", name);
    if (near) fail_add(err, "help: did you mean `%s`?", near);
    fail_add(err, "help: `moot words` lists all");
    return E_USAGE;
}

int command_words(const arguments *args)
{
    const char *pattern = args->operands ? args->operand[0] : NULL;
    buffer text = {0};
    failure err = {0};

    if (args->json) {
        buffer_printf(&text, "{\"words\":[");
        list_json(word_at, pattern, &text);
        buffer_printf(&text, "],\"forms\":[");
        list_json(forms_at, pattern, &text);
        buffer_printf(&text, "]}\n");
        return cli_print(&text);
    }
    if (list_text(word_at, pattern, &text) + list_text(forms_at, pattern, &text))
        return cli_print(&text);
    buffer_free(&text);
    no_such_word(pattern ? pattern : "", &err);
    return cli_fail(&err);
}

/* --- moot help */

static const word_doc *find(table *at, const char *name)
{
    const word_doc *w;

    for (size_t k = 0; (w = at(k)); k++)
        if (w->built && !strcmp(w->name, name)) return w;
    return NULL;
}

/* The page of a code, E0401 or e0401; or NULL. */
static const char *find_code(const char *name)
{
    char code[16];
    size_t len = 0;

    for (; name[len] && len + 1 < sizeof code; len++) code[len] = (char)toupper((uint8_t)name[len]);
    code[len] = 0;
    const char *page = diagnostic_page(code);
    return page ? page : code_page(code);
}

static void form_page(const word_doc *form, buffer *out)
{
    buffer_printf(out, "%s\n\n%s\n\n    %s\n", form->effect, form->doc, form->example);
}

static void word_page(const word_doc *w, buffer *out)
{
    buffer_printf(out, "%s  %s\n\n%s\n", w->name, w->effect, w->doc);
    if (w->example && w->example[0]) buffer_printf(out, "\n    %s\n", w->example);
}

int command_help(const arguments *args)
{
    buffer page = {0};
    failure err = {0};

    if (args->operands == 0) return cli_commands(args->json);
    const char *name = args->operand[0];
    const word_doc *w = find(word_at, name), *form = find(forms_at, name);
    const command *c = cli_command(name);
    const char *code = find_code(name);
    if (w) word_page(w, &page);
    if (form) form_page(form, &page);
    if (c && page.len) buffer_printf(&page, "\n");
    if (c) args_help(c, &page);
    if (code) buffer_printf(&page, "%s\n", code);
    if (page.len) return cli_print_page(args->json, &page);
    no_such_word(name, &err);
    return cli_fail(&err);
}
