/* moot party FILE: one party of a program, in this process, among parties on other hosts. */
#include "runtime/cli/cli.h"
#include "runtime/cli/identity.h"
#include "runtime/cli/results.h"
#include "runtime/deploy.h"
#include "runtime/node.h"

#include <stdlib.h>
#include <string.h>

typedef struct running {
    const arguments *args;
    identity id;
    deployed made;
    interrupt *signals;
    session_result result;
} running;

/* --- what is run */

static status read_data(const arguments *args, buffer *json, char **folder, failure *err)
{
    status st;

    *folder = NULL;
    if (!args->data) return OK;
    if (!strcmp(args->data, "-") && !strcmp(args->operand[0], "-"))
        return fail(err, E_USAGE, "", "standard input cannot be both the program and the data");
    if ((st = cli_read(args->data, json, err))) return st;
    return (*folder = folder_of(args->data)) ? OK : fail_memory(err);
}

static status prepare(running *r, failure *err)
{
    const arguments *args = r->args;
    buffer text = {0}, json = {0};
    char *folder = NULL;
    deploy_request req = {.config = &r->id.config, .self = r->id.self};
    status st;

    if (!(st = cli_read_source(args, &text, err)) && !(st = read_data(args, &json, &folder, err))) {
        req.source = cli_request(args, &text);
        if (args->data) req.json = (slice){json.data ? json.data : (const uint8_t *)"", json.len};
        req.data_file = args->data && !strcmp(args->data, "-") ? "standard input" : args->data;
        req.folder = folder;
        st = deploy(&r->made, &req, err);
    }
    buffer_free(&text);
    buffer_free(&json);
    free(folder);
    return st;
}

static void describe_inputs(const running *r)
{
    buffer text = {0};
    uint32_t party, member;

    if (!r->made.loaded.data || !deployed_role(&r->made, &r->id.config, r->id.self, &party, &member))
        return;
    data_describe(r->made.loaded.data, r->made.loaded.program, r->made.data, party, member, &text);
    fwrite(text.data, 1, text.len, stderr);
    buffer_free(&text);
}

/* --- running it */

static void cancel_channel(void *c)
{
    channel_cancel(c);
}

static bool arm(void *signals, channel *c)
{
    return interrupt_arm(signals, cancel_channel, c);
}

static status run(running *r, failure *err)
{
    const node_session session = {.config = &r->id.config,
                                  .program = r->made.loaded.program,
                                  .launch = r->made.launch,
                                  .price = &r->made.price,
                                  .opened = arm,
                                  .user = r->signals};
    mesh *m = NULL;
    status st = node_open(&m, NODE_ONCE, &r->id.config, r->id.self, r->id.key, r->args->listen, err);

    if (!st) st = node_run(m, &session, r->made.data, &r->result, err);
    mesh_close(m);
    return st;
}

static int show(const running *r)
{
    results_party made;

    results_of_party(&made, &r->made, &r->id.config, r->id.self, &r->result);
    return results_show(r->args, &made.shown);
}

int command_party(const arguments *args)
{
    running r = {.args = args};
    failure err = {0};
    const report *findings;
    int code = -1, signal;
    status st;

    if (!(st = identity_read(&r.id, CONFIG_PARTIES, args, &err))) st = prepare(&r, &err);
    findings = loaded_findings(&r.made.loaded);
    cli_findings(args, findings);
    if (st == E_PROGRAM && findings->errors) code = E_PROGRAM;
    if (!st && !args->quiet) describe_inputs(&r);
    if (!st && !(st = interrupt_begin(&r.signals, &err))) st = run(&r, &err);
    signal = interrupt_end(r.signals);
    if (code < 0) code = st ? cli_fail(&err) : show(&r);
    if (st && signal) code = 128 + signal; /* as a shell would say */
    deployed_free(&r.made);
    identity_free(&r.id);
    return code;
}
