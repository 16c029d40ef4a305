/* From the FILE of a command line to a program that may run: the text, the data beside it, the settings. */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "runtime/cli/cli.h"

status cli_read(const char *path, buffer *out, failure *err)
{
    if (!*path) return fail(err, E_USAGE, "", "a file without a name cannot be read");
    return strcmp(path, "-") ? read_file(path, out, err)
                             : read_stream(stdin, "standard input", out, err);
}

/* What `moot compile` wrote has no source to check or explain: say so, not that its bytes are no text. */
status cli_read_source(const arguments *args, buffer *out, failure *err)
{
    program *p = NULL;
    status st = cli_read(args->operand[0], out, err);

    if (st || program_load(&p, (slice){out->data, out->len}, NULL)) return st;
    program_free(p);
    fail(err, E_USAGE, "", "%s is bytecode, and `moot %s` wants a program's source",
         args->operand[0], args->command->name);
    fail_add(err, "help: moot disasm %s", args->operand[0]);
    return E_USAGE;
}

compile_request cli_request(const arguments *args, const buffer *text)
{
    return (compile_request){
        .file = args->operand[0],
        .source = {text->data, text->len},
        .set = args->set,
        .sets = args->sets,
        .field = {args->field_bits, args->field_is_prime ? args->field_prime : NULL},
        .watch = args->watch,
        .no_hoist = args->security == SECURITY_ACTIVE,
        .pad = args->security == SECURITY_ACTIVE,
        .read = read_beside,
        .read_user = (void *)(uintptr_t)args->operand[0]};
}

char *cli_data_beside(const char *file)
{
    buffer name = {0};
    size_t len = strlen(file);

    if (len < 6 || strcmp(file + len - 5, ".moot")) return NULL;
    buffer_printf(&name, "%.*s.json", (int)(len - 5), file);
    char *path = buffer_take(&name);
    if (path && access(path, F_OK) == 0) return path;
    free(path);
    return NULL;
}

/* The path of the data, or NULL when there are none. */
static status find_data(const arguments *args, char **out, failure *err)
{
    *out = args->data ? strdup(args->data) : cli_data_beside(args->operand[0]);
    return args->data && !*out ? fail_memory(err) : OK;
}

status cli_load_with(const arguments *args, status (*how)(loaded *, const load_request *, failure *),
                     loaded *out, failure *err)
{
    buffer text = {0}, json = {0};
    char *data_file = NULL, *folder = NULL;
    load_request req = {0};
    status st;

    if (args->data && !strcmp(args->data, "-") && !strcmp(args->operand[0], "-"))
        return fail(err, E_USAGE, "", "standard input cannot be both the program and the data");
    if ((st = cli_read_source(args, &text, err))) goto done;
    if ((st = find_data(args, &data_file, err))) goto done;
    if (data_file) {
        if ((st = cli_read(data_file, &json, err))) goto done;
        if (!(folder = folder_of(data_file))) {
            st = fail_memory(err);
            goto done;
        }
        req.json = (slice){json.data ? json.data : (const uint8_t *)"", json.len};
    }
    req.source = cli_request(args, &text);
    req.data_file = data_file && !strcmp(data_file, "-") ? "standard input" : data_file;
    req.folder = folder;
    st = how(out, &req, err);
done:
    buffer_free(&text);
    buffer_free(&json);
    free(data_file);
    free(folder);
    return st;
}

int cli_load(const arguments *args, loaded *out)
{
    failure err = {0};
    status st = cli_load_with(args, load, out, &err);
    const report *r = loaded_findings(out);

    cli_findings(args, r);
    if (st == OK) return OK;
    if (st == E_PROGRAM && r->errors) return E_PROGRAM;
    return cli_fail(&err);
}

status cli_inputs(const arguments *args, const loaded *l, run_data **out, failure *err)
{
    if (!(*out = run_data_new(l->program))) return fail_memory(err);
    if (l->data) return data_fill(l->data, l->program, *out, err);
    if (l->program->inputs == 0) return OK;
    fail(err, E_USAGE, "", "`%s` wants data, and none are given", args->operand[0]);
    fail_add(err, "help: moot %s %s --data FILE.json", args->command->name, args->operand[0]);
    return E_USAGE;
}
