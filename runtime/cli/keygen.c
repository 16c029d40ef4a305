/* moot keygen NAME: a key pair in two files. */
#include "runtime/cli/cli.h"
#include "runtime/confine.h"
#include "runtime/json.h"
#include "runtime/secret_key.h"

#include <string.h>

static void show(const arguments *args, const char *public_key, buffer *out)
{
    const char *name = args->operand[0];

    if (!args->json) {
        buffer_printf(out, "%s\n", public_key);
        if (args->quiet) return;
        fprintf(stderr,
                "%s.key  is the secret key: it stays on this machine\n"
                "%s.pub  is the line above, for the parties file of all\n",
                name, name);
        return;
    }
    buffer_printf(out, "{");
    json_text(out, "schema", "moot.keygen/1");
    json_text(out, "name", name);
    json_text(out, "public_key", public_key);
    buffer_printf(out, "}\n");
}

static status check_name(const char *name, failure *err)
{
    const char *last = strrchr(name, '/');
    size_t len = strlen(name);

    last = last ? last + 1 : name;
    if (!*last) return fail(err, E_USAGE, "", "`moot keygen` wants a name, not a folder");
    if (len < 4 || (strcmp(name + len - 4, ".key") != 0 && strcmp(name + len - 4, ".pub") != 0))
        return OK;
    return fail(err, E_USAGE, "",
                "`moot keygen` makes NAME.key and NAME.pub itself\nhelp: moot keygen %.*s",
                (int)len - 4, name);
}

int command_keygen(const arguments *args)
{
    char public_key[KEY_TEXT + 1];
    buffer text = {0};
    failure err = {0};
    status st;

    confine_begin();
    if (!(st = check_name(args->operand[0], &err)))
        st = secret_key_make(args->operand[0], public_key, &err);
    confine_end();
    if (st) return cli_fail(&err);
    show(args, public_key, &text);
    return cli_print(&text);
}
