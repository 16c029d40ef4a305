/* moot fmt FILE: the program in its usual layout, on standard output, in place of the file, or compared with
 * it. */
#include <stdlib.h>
#include <string.h>

#include "compiler/format.h"
#include "runtime/cli/cli.h"
#include "runtime/cli/save.h"
#include "runtime/json.h"

enum { SHOWN_MAX = 10, SHOWN_WIDTH = 100 };

static bool same(const buffer *a, const buffer *b)
{
    return a->len == b->len && (!a->len || !memcmp(a->data, b->data, a->len));
}

/* --- --check */

typedef struct lines {
    const char *at, *end;
    unsigned number;
} lines;

static lines lines_of(const buffer *text)
{
    const char *at = text->len ? (const char *)text->data : "";
    return (lines){at, at + text->len, 1};
}

/* Bytes of the line, without its '\n'. */
static size_t line_len(const lines *l)
{
    const char *stop = memchr(l->at, '\n', (size_t)(l->end - l->at));
    return (size_t)((stop ? stop : l->end) - l->at);
}

static void line_next(lines *l)
{
    l->at += line_len(l);
    if (l->at < l->end) l->at++;
    l->number++;
}

static bool same_line(const lines *a, const lines *b)
{
    size_t len = line_len(a);
    return len == line_len(b) && !memcmp(a->at, b->at, len);
}

static bool empty_line(const lines *l)
{
    for (size_t i = 0; i < line_len(l); i++)
        if (!strchr(" \t\r", l->at[i])) return false;
    return true;
}

/* As much of a line as shows the change; what does not print is shown as '?'. */
static void print_line(char sign, const lines *l)
{
    size_t len = line_len(l);
    fprintf(stderr, "%c ", sign);
    for (size_t i = 0; i < len && i < SHOWN_WIDTH; i++) {
        unsigned char c = (unsigned char)l->at[i];
        fputc(c < ' ' || c == 127 ? '?' : c, stderr);
    }
    fputs(len > SHOWN_WIDTH ? "…\n" : "\n", stderr);
}

/* The lines that formatting changes. It never adds one, and those it drops are empty. */
static void show_changes(const char *file, const buffer *old, const buffer *new)
{
    lines a = lines_of(old), b = lines_of(new);
    unsigned shown = 0, changed = 0;

    for (; a.at < a.end; line_next(&a)) {
        bool left = b.at < b.end, dropped = empty_line(&a) && !(left && line_len(&b) == 0);
        if (!dropped && left && same_line(&a, &b)) {
            line_next(&b);
            continue;
        }
        if (++changed <= SHOWN_MAX) {
            shown++;
            fprintf(stderr, "%s:%u:\n", file, a.number);
            print_line('-', &a);
            if (!dropped) print_line('+', &b);
        }
        if (!dropped) line_next(&b);
    }
    if (changed > shown) fprintf(stderr, "… and %u more lines\n", changed - shown);
    if (!changed) fprintf(stderr, "%s: its last line does not end\n", file);
    fprintf(stderr, "help: moot fmt --write %s\n", file);
}

/* --- the command */

static status check_flags(const arguments *args, failure *err)
{
    if (args->write && args->check)
        return fail(err, E_USAGE, "", "--write and --check do not go together");
    if (args->write && !strcmp(args->operand[0], "-"))
        return fail(err, E_USAGE, "", "standard input cannot be written");
    return OK;
}

static void formatted_json(const buffer *text, bool changed, buffer *out)
{
    buffer copy = {0};
    buffer_append(&copy, text->data, text->len);
    char *string = buffer_take(&copy);
    buffer_printf(out,
                  "{\"schema\":\"moot.fmt/1\",\"changed\":%s,\"text\":", changed ? "true" : "false");
    if (string) json_string(out, string);
    buffer_printf(out, "}\n");
    out->failed = out->failed || !string;
    free(string);
}

/* --- --types */

static int compare_notes(const void *a, const void *b)
{
    const type_note *x = a, *y = b;
    return x->at < y->at ? -1 : x->at > y->at;
}

static void insert_notes(const buffer *text, report *r, buffer *out)
{
    uint32_t at = 0;
    if (r->notes) qsort(r->note, r->notes, sizeof *r->note, compare_notes);
    for (size_t k = 0; k < r->notes; at = r->note[k++].at) {
        buffer_append(out, text->data + at, r->note[k].at - at);
        buffer_append(out, r->note[k].text, strlen(r->note[k].text));
    }
    buffer_append(out, text->data + at, text->len - at);
}

/* Compiles as far as types go; sizes stay letters. */
static status check_types(const arguments *args, const buffer *text, report *r, failure *err)
{
    program *none = NULL;
    compile_request req = cli_request(args, text);
    req.symbolic = true, req.watch = WATCH_EFFECTS;
    return compile(&req, &none, r, err);
}

/* Puts in place of *text the same with types, which must be as right a program as that. */
static status fill_types(const arguments *args, buffer *text, report *r, failure *err)
{
    buffer typed = {0};
    report again = {0};
    status st = check_types(args, text, r, err);

    if (st == OK) insert_notes(text, r, &typed);
    if (st == OK && typed.failed) st = fail_memory(err);
    if (st == OK && check_types(args, &typed, &again, err) != OK)
        st = fail(err, E_BUG, "", "with its types %s is refused: %s", args->operand[0],
                  again.findings ? again.finding[0].message : "");
    report_free(&again);
    if (st == OK) {
        buffer_free(text);
        *text = typed;
    } else {
        buffer_free(&typed);
    }
    return st;
}

/* What the flags ask for, with the formatted text. */
static int deliver(const arguments *args, const buffer *old, buffer *new)
{
    failure err = {0};
    buffer object = {0};
    bool changed = !same(old, new);
    const char *file = args->operand[0];

    if (args->write && changed && save_file(file, (slice){new->data, new->len}, SAVE_FOR_ALL, &err))
        return cli_fail(&err);
    if (args->check && changed && !args->quiet) show_changes(file, old, new);
    if (args->json) {
        formatted_json(new, changed, &object);
        int code = cli_print(&object);
        if (code) return code;
    } else if (!args->write && !args->check) {
        return cli_print(new);
    }
    return args->check && changed ? E_PROGRAM : OK;
}

int command_fmt(const arguments *args)
{
    buffer old = {0}, typed = {0}, new = {0};
    report r = {0}, types = {0};
    failure err = {0};
    int code;
    status st = check_flags(args, &err);

    if (st == OK) st = cli_read_source(args, &old, &err);
    if (st == OK) buffer_append(&typed, old.data, old.len);
    if (st == OK && args->types) st = fill_types(args, &typed, &types, &err);
    if (st == E_PROGRAM) cli_findings(args, &types);
    if (st == OK)
        st = format_source(args->operand[0], (slice){typed.data, typed.len}, &new, &r, &err);
    if (st == E_PROGRAM) {
        cli_findings(args, &r);
        code = E_PROGRAM;
    } else {
        code = st ? cli_fail(&err) : deliver(args, &old, &new);
    }
    report_free(&r);
    report_free(&types);
    buffer_free(&typed);
    buffer_free(&old);
    buffer_free(&new);
    return code;
}
