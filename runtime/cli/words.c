/* moot words [PATTERN] and moot help WORD: printed from the table that the compiler reads. */
#include <stdlib.h>
#include <string.h>

#include "runtime/cli/cli.h"
#include "runtime/codes.h"
#include "runtime/json.h"

static bool matches(const word_doc *w, const char *pattern)
{
    return !pattern || strstr(w->name, pattern) || strstr(w->doc, pattern) ||
           !strcmp(w->group, pattern);
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

static size_t list_words(const char *pattern, bool as_json, buffer *out)
{
    const char *group = "";
    size_t found = 0;

    for (size_t k = 0; k < words_count(); k++) {
        const word_doc *w = words_at(k);
        if (!w->built || !matches(w, pattern)) continue;
        found++;
        if (as_json) {
            word_json(w, out);
            continue;
        }
        if (strcmp(group, w->group)) buffer_printf(out, "%s%s\n", found > 1 ? "\n" : "", w->group);
        group = w->group;
        buffer_printf(out, "  %-10s  %-28s  %s\n", w->name, w->effect, w->doc);
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

    if (args->json) buffer_printf(&text, "{\"words\":[");
    size_t found = list_words(pattern, args->json, &text);
    if (args->json) buffer_printf(&text, "]}\n");
    if (found || args->json) return cli_print(&text);
    buffer_free(&text);
    no_such_word(pattern ? pattern : "", &err);
    return cli_fail(&err);
}

/* --- moot help */

static const word_doc *find_word(const char *name)
{
    for (size_t k = 0; k < words_count(); k++)
        if (!strcmp(words_at(k)->name, name)) return words_at(k);
    return NULL;
}

static void word_page(const word_doc *w, buffer *out)
{
    buffer_printf(out, "%s  %s\n\n%s\n", w->name, w->effect, w->doc);
    if (w->example && w->example[0]) buffer_printf(out, "\n    %s\n", w->example);
    if (!w->built) buffer_printf(out, "\nThis word is not built yet.\n");
}

static int print_page(const arguments *args, buffer *page)
{
    buffer object = {0};
    char *text;

    if (!args->json) return cli_print(page);
    text = buffer_take(page);
    buffer_printf(&object, "{\"text\":");
    json_string(&object, text ? text : "");
    buffer_printf(&object, "}\n");
    free(text);
    return cli_print(&object);
}

int command_help(const arguments *args)
{
    buffer page = {0};
    failure err = {0};

    if (args->operands == 0) return cli_commands();
    const char *name = args->operand[0];
    const word_doc *w = find_word(name);
    const command *c = cli_command(name);
    const char *code = diagnostic_page(name);
    if (!code) code = code_page(name);
    if (w)
        word_page(w, &page);
    else if (c)
        args_help(c, &page);
    else if (code)
        buffer_printf(&page, "%s\n", code);
    else
        return no_such_word(name, &err), cli_fail(&err);
    return print_page(args, &page);
}
