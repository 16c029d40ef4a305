/* How commands show results, findings and failures. */
#include <errno.h>
#include <openssl/crypto.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "runtime/cli/cli.h"
#include "runtime/json.h"

enum { EXIT_INTERRUPTED = 130 };

static int exit_code(status st)
{
    if (st == E_MEMORY) return E_LIMIT;
    if (st == E_CANCELLED) return EXIT_INTERRUPTED;
    return (int)st;
}

bool cli_colour(FILE *stream)
{
    const char *no = getenv("NO_COLOR"), *term = getenv("TERM");
    return !(no && *no) && !(term && !strcmp(term, "dumb")) && isatty(fileno(stream));
}

/* Prints a diagnostic, its first words ("error[E0401]:") in colour on a terminal. */
static void show(const char *head, const char *rest, bool error)
{
    if (cli_colour(stderr))
        fprintf(stderr, "\033[1;%dm%s\033[0m%s", error ? 31 : 33, head, rest);
    else
        fprintf(stderr, "%s%s", head, rest);
}

int cli_fail(const failure *err)
{
    char head[32];
    if (err->code[0])
        snprintf(head, sizeof head, "error[%s]", err->code);
    else
        snprintf(head, sizeof head, "error");
    show(head, ": ", true);
    fprintf(stderr, "%s\n", err->text);
    if (err->status == E_BUG)
        fprintf(
            stderr,
            "note: this is a bug in moot %s: please report it with the program and the command\n",
            MOOT_VERSION);
    return exit_code(err->status);
}

static void show_finding(const finding *f)
{
    char head[32];
    size_t len = strcspn(f->text, ":");
    if (len >= sizeof head) len = 0;
    memcpy(head, f->text, len);
    head[len] = 0;
    show(head, f->text + len, f->error);
}

void cli_findings(const arguments *args, const report *r)
{
    for (size_t k = 0; k < r->findings; k++)
        if (r->finding[k].error || !args->quiet) show_finding(&r->finding[k]);
    size_t shown = 0;
    for (size_t k = 0; k < r->findings; k++) shown += r->finding[k].error;
    if (r->errors > shown) fprintf(stderr, "and %zu more errors\n", r->errors - shown);
}

int cli_print(buffer *text)
{
    failure err = {0};

    if (text->failed)
        fail_memory(&err);
    else if ((text->len && fwrite(text->data, 1, text->len, stdout) != text->len) || fflush(stdout))
        fail(&err, E_USAGE, "", "the result could not be written to standard output: %s",
             strerror(errno));
    buffer_free(text);
    return err.status ? cli_fail(&err) : OK;
}

void cli_tell_owner(buffer *text)
{
    if (text->len) fwrite(text->data, 1, text->len, stderr);
    if (text->data) OPENSSL_cleanse(text->data, text->len);
    buffer_free(text);
}

int cli_print_page(bool as_json, buffer *page)
{
    buffer object = {0};

    if (!as_json) return cli_print(page);
    buffer_append(page, "", 1);
    buffer_printf(&object, "{\"text\":");
    if (!page->failed) json_string(&object, (const char *)page->data);
    buffer_printf(&object, "}\n");
    object.failed |= page->failed;
    buffer_free(page);
    return cli_print(&object);
}

static void finding_json(const finding *f, buffer *out)
{
    json_object(out);
    json_text(out, "severity", f->error ? "error" : "warning");
    json_text(out, "code", f->code);
    json_text(out, "message", f->message);
    json_text(out, "file", f->file);
    buffer_printf(out, ",\"line\":%u,\"col\":%u,\"end_col\":%u", f->line, f->col, f->end_col);
    json_list(out, "notes");
    for (size_t k = 0; k < f->notes_len; k++) {
        json_comma(out);
        json_string(out, f->notes[k]);
    }
    buffer_append(out, "]", 1);
    if (f->help) {
        json_text(out, "help", f->help);
    }
    if (f->fix) {
        json_name(out, "fix");
        buffer_printf(out, "{\"line\":%u,\"col\":%u,\"end_line\":%u,\"end_col\":%u,\"text\":",
                      f->fix_at.line, f->fix_at.col, f->fix_at.end_line, f->fix_at.end_col);
        json_string(out, f->fix);
        buffer_append(out, "}", 1);
    }
    buffer_append(out, "}", 1);
}

void cli_findings_json(const report *r, buffer *out)
{
    buffer_printf(out, "{\"diagnostics\":[");
    for (size_t k = 0; k < r->findings; k++) finding_json(&r->finding[k], out);
    buffer_printf(out, "]}\n");
}
