/* moot check FILE: every mistake the compiler finds, and nothing when there is none. */
#include "runtime/cli/cli.h"

int command_check(const arguments *args)
{
    loaded l = {0};
    failure err = {0};
    buffer text = {0};
    status st = cli_load_with(args, load_checked, &l, &err);
    const report *found = loaded_findings(&l);
    int code = OK;

    if (st && !found->errors) {
        code = cli_fail(&err);
    } else if (args->json) {
        cli_findings_json(found, &text);
        code = cli_print(&text);
    } else {
        cli_findings(args, found);
    }
    loaded_free(&l);
    return code ? code : (int)st;
}
