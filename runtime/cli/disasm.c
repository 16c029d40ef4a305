/* moot disasm FILE: verified bytecode, or that of a .moot program, as text with the source lines between. */
#include <string.h>

#include "runtime/cli/cli.h"
#include "runtime/json.h"

static bool is_source(const char *path)
{
    size_t len = strlen(path);
    return len > 5 && !strcmp(path + len - 5, ".moot");
}

static int list_source(const arguments *args, buffer *out)
{
    arguments silent = *args;
    loaded l = {0};
    silent.quiet = true; /* warnings are for `check` */
    int code = cli_load(&silent, &l);

    if (code == OK) program_disassemble(l.program, args->verbose, out);
    loaded_free(&l);
    return code;
}

static int list_bytecode(const arguments *args, buffer *out)
{
    buffer bytes = {0};
    program *p = NULL;
    failure err = {0};
    status st = cli_read(args->operand[0], &bytes, &err);

    if (st == OK && (st = program_load(&p, (slice){bytes.data, bytes.len}, &err)))
        fail_add(&err, "note: %s was read", args->operand[0]);
    if (st == OK) program_disassemble(p, args->verbose, out);
    program_free(p);
    buffer_free(&bytes);
    return st ? cli_fail(&err) : OK;
}

int command_disasm(const arguments *args)
{
    buffer text = {0}, object = {0};
    int code = is_source(args->operand[0]) ? list_source(args, &text) : list_bytecode(args, &text);

    if (code) return code;
    if (!args->json) return cli_print(&text);
    buffer_append(&text, "", 1);
    buffer_printf(&object, "{\"schema\":\"moot.disasm/1\",\"listing\":");
    if (!text.failed) json_string(&object, (const char *)text.data);
    buffer_printf(&object, "}\n");
    buffer_free(&text);
    return cli_print(&object);
}
