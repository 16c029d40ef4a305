/* moot party FILE: one party of a program, in this process, among parties on other hosts. */
#include "runtime/cli/cli.h"
#include "runtime/cli/identity.h"
#include "runtime/cli/page.h"
#include "runtime/cli/progress.h"
#include "runtime/cli/results.h"
#include "runtime/cli/save.h"
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
    recording *seen; /* NULL: nobody looks */
    progress shown;
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
    cli_tell_owner(&text);
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

/* --- looking at it */

/* Keeps what this node does while somebody looks: for a report, on a terminal, or as the user asks. */
static status look(running *r, const observer **out, failure *err)
{
    const arguments *args = r->args;
    const program *p = r->made.loaded.program;
    const bool bar = progress_possible(args), words = args->verbose || args->every_step;

    *out = NULL;
    if (!bar && !words && !args->report) return OK;
    r->seen = recording_new(p, r->made.launch->members, args->report != NULL);
    if (r->seen)
        *out = recorder_new(r->seen, r->id.self, p,
                            args->every_step ? RECORDER_JOBS
                            : args->verbose  ? RECORDER_PHASES
                                             : RECORDER_SILENT);
    if (!*out) return fail_memory(err);
    r->shown = (progress){
        .launch = r->made.launch, .price = &r->made.price, .of = r->seen, .self = r->id.self};
    return bar ? progress_start(&r->shown, err) : OK;
}

static status write_report(const running *r, const results *made, failure *err)
{
    const explanation e = {.program = r->made.loaded.program,
                           .report = &r->made.loaded.report,
                           .launch = r->made.launch,
                           .cost = &r->made.price};

    return page_write(r->args->report, &(page){&e, made, r->seen}, err);
}

static status run_on(running *r, mesh *m, const observer *seen, failure *err)
{
    const node_session session = {.config = &r->id.config,
                                  .program = r->made.loaded.program,
                                  .launch = r->made.launch,
                                  .price = &r->made.price,
                                  .observer = seen,
                                  .opened = arm,
                                  .user = r->signals};

    return node_run(m, &session, r->made.data, &r->result, err);
}

static status run(running *r, failure *err)
{
    const observer *seen = NULL;
    mesh *m = NULL;
    status st = node_open(&m, NODE_ONCE, &r->id.config, r->id.self, r->id.key, r->args->listen, err);

    if (!st && !(st = look(r, &seen, err))) st = run_on(r, m, seen, err);
    progress_end(&r->shown);
    recorder_free(seen);
    mesh_close(m);
    return st;
}

/* The results, which are here also when there can be no report. */
static int show(const running *r, failure *err)
{
    results_party made;
    int code;

    results_of_party(&made, &r->made, &r->id.config, r->id.self, &r->result);
    code = results_show(r->args, &made.shown);
    if (!r->args->report || !write_report(r, &made.shown, err)) return code;
    return cli_fail(err);
}

int command_party(const arguments *args)
{
    running r = {.args = args};
    failure err = {0};
    const report *findings;
    int code = -1, signal;
    status st;

    if (!(st = identity_read(&r.id, CONFIG_PARTIES, args, &err)) &&
        !(args->report && (st = save_check(args->report, &err))))
        st = prepare(&r, &err);
    findings = loaded_findings(&r.made.loaded);
    cli_findings(args, findings);
    if (st == E_PROGRAM && findings->errors) code = E_PROGRAM;
    if (!st && !args->quiet) describe_inputs(&r);
    if (!st && !(st = interrupt_begin(&r.signals, &err))) st = run(&r, &err);
    signal = interrupt_end(r.signals);
    if (code < 0) code = st ? cli_fail(&err) : show(&r, &err);
    if (st && signal) code = 128 + signal; /* as a shell would say */
    recording_free(r.seen);
    deployed_free(&r.made);
    identity_free(&r.id);
    return code;
}
