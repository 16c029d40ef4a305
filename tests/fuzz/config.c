/* Any parties file, of each kind, held against a program: it is refused with a sentence, or places every party. */
#include "runtime/config.h"

#include "runtime/source.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static program *held;

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    static const char source[] = "party bank\nparty shop[2]\nparam rows\n"
                                 "input x from shop : int[rows] 0..9\noutput y to bank : int\n"
                                 "x total reveal y\n";
    setting rows = {.name = "rows", .value = "5"};
    compile_request req = {.file = "fuzz.moot",
                           .source = {(const uint8_t *)source, strlen(source)},
                           .set = &rows,
                           .sets = 1};
    report rep = {0};
    failure err = {0};

    (void)argc, (void)argv;
    if (compile_verified(&req, &held, &rep, NULL, &err)) abort();
    report_free(&rep);
    return 0;
}

static void place_all(const parties_config *c)
{
    static const char *const roles[] = {"bank", "shop"};
    failure err = {0};
    launch *l = NULL;
    unsigned member;

    if (config_find(c, c->party[0].name, &member, &err) || member != 0) abort();
    config_check_roles(c, roles, sizeof roles / sizeof roles[0], &err);
    config_check_params(c, held, &err);
    if (!config_launch(c, held, &l, &err))
        for (uint32_t k = 0; k < held->parties; k++)
            for (uint32_t m = 0; m < held->party[k].size; m++)
                if (l->home[k][m] >= l->members) abort();
    launch_free(l);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 1) return -1;
    config_kind kind = data[0] % (CONFIG_PEERS + 1);
    parties_config c = {0};
    failure err = {0};
    status st = config_parse(&c, kind, (slice){data + 1, size - 1}, "fuzz.json", &err);

    if (st == OK && kind == CONFIG_PARTIES) place_all(&c);
    if (st == E_BUG || (st && !err.text[0])) abort();
    config_free(&c);
    return 0;
}
