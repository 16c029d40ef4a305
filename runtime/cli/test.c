/* moot test FILE: the tests that stand in the file, on the ideal box. */
#include <stdlib.h>
#include <string.h>

#include "runtime/cli/cli.h"
#include "runtime/json.h"
#include "runtime/test_file.h"

/* The lines below the sentence without what marks them, and without the place, which has names of its own. */
static void notes_json(const char *rest, buffer *out)
{
    while (*rest) {
        const char *line = rest + 1 + strspn(rest + 1, " ");
        size_t len = strcspn(line, "\n");
        if (strncmp(line, "-->", 3) != 0) {
            char note[sizeof((failure *)0)->text];
            size_t skip = strncmp(line, "= ", 2) ? 0 : 2;
            snprintf(note, sizeof note, "%.*s", (int)(len - skip), line + skip);
            json_comma(out);
            json_string(out, note);
        }
        rest = line + len;
    }
}

static void result_json(const test_result *r, const char *file, buffer *out)
{
    char sentence[sizeof r->why.text];
    const char *rest = strchr(r->why.text, '\n');

    snprintf(sentence, sizeof sentence, "%.*s", (int)strcspn(r->why.text, "\n"), r->why.text);
    json_object(out);
    json_text(out, "severity", "error");
    json_text(out, "code", r->why.code);
    json_text(out, "message", sentence);
    json_text(out, "file", file);
    buffer_printf(out, ",\"line\":%u,\"col\":1,\"end_col\":1,\"notes\":[", r->line);
    if (rest) notes_json(rest, out);
    buffer_printf(out, "]}");
}

static int show_json(const arguments *args, const test_result *results, size_t count)
{
    buffer out = {0};
    buffer_printf(&out, "{\"diagnostics\":[");
    for (size_t k = 0; k < count; k++)
        if (!results[k].passed) result_json(&results[k], args->operand[0], &out);
    buffer_printf(&out, "]}\n");
    return cli_print(&out);
}

static int show_text(const arguments *args, const test_result *results, size_t count, size_t failed)
{
    buffer out = {0};
    for (size_t k = 0; k < count; k++) {
        if (results[k].shown) fprintf(stderr, "test \"%s\"\n%s", results[k].name, results[k].shown);
        if (!results[k].passed) cli_fail(&results[k].why);
    }
    if (failed) {
        fprintf(stderr, "%zu of %zu tests failed\n", failed, count);
        return OK;
    }
    for (size_t k = 0; k < count && args->verbose; k++)
        buffer_printf(&out, "ok  %s\n", results[k].name);
    if (count == 0) {
        fprintf(stderr, "there are no tests in %s\n", args->operand[0]);
        fprintf(stderr, "help: at its end:  test \"name\" input = 1 expect output = 2 ;\n");
    }
    buffer_printf(&out, "%zu test%s passed\n", count, count == 1 ? "" : "s");
    return cli_print(&out);
}

static int run_tests(const arguments *args, const compile_request *req, const report *header)
{
    failure err = {0};
    size_t failed = 0;
    test_result *results = calloc(header->tests + 1, sizeof *results);

    if (!results) return fail_memory(&err), cli_fail(&err);
    if (test_file_run(req, header, results, &err)) return free(results), cli_fail(&err);
    for (size_t k = 0; k < header->tests; k++) failed += !results[k].passed;
    int code = args->json ? show_json(args, results, header->tests)
                          : show_text(args, results, header->tests, failed);
    for (size_t k = 0; k < header->tests; k++) free(results[k].shown);
    free(results);
    return code ? code : failed ? E_PROGRAM : OK;
}

static int show_mistakes(const arguments *args, const report *r, const failure *err)
{
    buffer out = {0};
    if (!r->errors) return cli_fail(err);
    if (!args->json) return cli_findings(args, r), E_PROGRAM;
    cli_findings_json(r, &out);
    int code = cli_print(&out);
    return code ? code : E_PROGRAM;
}

int command_test(const arguments *args)
{
    buffer text = {0};
    failure err = {0};
    report header = {0}, whole = {0};
    int code;

    if (cli_read_source(args, &text, &err)) {
        code = cli_fail(&err);
        goto done;
    }
    compile_request req = cli_request(args, &text);
    if (scan(&req, &header, &err))
        code = show_mistakes(args, &header, &err);
    else if (check_source(&req, &whole, &err))
        code = show_mistakes(args, &whole, &err);
    else
        code = run_tests(args, &req, &header);
done:
    report_free(&header);
    report_free(&whole);
    buffer_free(&text);
    return code;
}
