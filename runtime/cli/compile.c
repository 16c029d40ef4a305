/* moot compile FILE -o F.mbc: verified bytecode in a file. */
#include <stdlib.h>
#include <string.h>

#include "runtime/cli/cli.h"
#include "runtime/cli/save.h"
#include "runtime/json.h"

/* NAME.mbc for NAME.moot, unless -o says otherwise. */
static char *output_path(const arguments *args)
{
    buffer path = {0};
    size_t len = strlen(args->operand[0]);

    if (args->out) return strdup(args->out);
    if (len > 5 && !strcmp(args->operand[0] + len - 5, ".moot")) len -= 5;
    buffer_printf(&path, "%.*s.mbc", (int)len, args->operand[0]);
    return buffer_take(&path);
}

static int report_written(const arguments *args, const char *path, size_t bytes)
{
    buffer text = {0};
    if (!args->json) return OK;
    buffer_printf(&text, "{\"schema\":\"moot.compile/1\",\"file\":");
    json_string(&text, path);
    buffer_printf(&text, ",\"bytes\":%zu}\n", bytes);
    return cli_print(&text);
}

int command_compile(const arguments *args)
{
    loaded l = {0};
    failure err = {0};
    char *path = NULL;
    int code = cli_load(args, &l);

    if (code) goto done;
    if (!(path = output_path(args)))
        fail_memory(&err);
    else if (save_file(path, (slice){l.code.data, l.code.len}, SAVE_FOR_ALL, &err) == OK) {
        code = report_written(args, path, l.code.len);
        goto done;
    }
    code = cli_fail(&err);
done:
    free(path);
    loaded_free(&l);
    return code;
}
