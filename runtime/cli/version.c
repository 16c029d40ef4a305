/* moot version. */
#include "runtime/cli/cli.h"

int command_version(const arguments *args)
{
    buffer text = {0};
    if (args->json)
        buffer_printf(&text, "{\"version\":\"%s\"}\n", MOOT_VERSION);
    else
        buffer_printf(&text, "moot %s\n", MOOT_VERSION);
    return cli_print(&text);
}
