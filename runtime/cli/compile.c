/* moot compile FILE -o F.mbc: verified bytecode in a file. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "runtime/cli/cli.h"
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

static bool write_bytes(const char *path, slice bytes)
{
    FILE *out = fopen(path, "wb");
    bool done = out && fwrite(bytes.data, 1, bytes.len, out) == bytes.len;
    if (out && fclose(out)) done = false;
    return done;
}

/* A device or a pipe: written to, never replaced. */
static bool is_special(const char *path)
{
    struct stat about;
    return stat(path, &about) == 0 && !S_ISREG(about.st_mode);
}

/* Whole or not at all: a file beside it takes the name at the end. */
static bool write_beside(const char *path, const char *part, slice bytes)
{
    if (write_bytes(part, bytes) && rename(part, path) == 0) return true;
    int why = errno;
    remove(part);
    errno = why;
    return false;
}

static status write_whole(const char *path, slice bytes, failure *err)
{
    buffer name = {0};
    buffer_printf(&name, "%s.part", path);
    char *part = buffer_take(&name);
    if (!part) return fail_memory(err);

    bool done = is_special(path) ? write_bytes(path, bytes) : write_beside(path, part, bytes);
    status st =
        done ? OK : fail(err, E_USAGE, "", "%s cannot be written: %s", path, strerror(errno));
    free(part);
    return st;
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
    else if (write_whole(path, (slice){l.code.data, l.code.len}, &err) == OK) {
        code = report_written(args, path, l.code.len);
        goto done;
    }
    code = cli_fail(&err);
done:
    free(path);
    loaded_free(&l);
    return code;
}
