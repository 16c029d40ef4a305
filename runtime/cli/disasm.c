/* moot disasm F.mbc: verified bytecode as text, with the source lines between. */
#include <string.h>

#include "runtime/cli/cli.h"
#include "runtime/json.h"

static status listing(const arguments *args, buffer *out, failure *err)
{
    buffer bytes = {0};
    program *p = NULL;
    status st = cli_read(args->operand[0], &bytes, err);

    if (st == OK) st = program_load(&p, (slice){bytes.data, bytes.len}, err);
    if (st == E_PROGRAM && strstr(args->operand[0], ".moot"))
        fail_add(err, "help: moot compile %s makes the bytecode", args->operand[0]);
    if (st == OK) program_disassemble(p, out);
    program_free(p);
    buffer_free(&bytes);
    return st;
}

int command_disasm(const arguments *args)
{
    failure err = {0};
    buffer text = {0}, object = {0};

    if (listing(args, &text, &err)) return cli_fail(&err);
    if (!args->json) return cli_print(&text);
    buffer_append(&text, "", 1);
    buffer_printf(&object, "{\"schema\":\"moot.disasm/1\",\"listing\":");
    if (!text.failed) json_string(&object, (const char *)text.data);
    buffer_printf(&object, "}\n");
    buffer_free(&text);
    return cli_print(&object);
}
