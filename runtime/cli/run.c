/* moot run FILE: all parties of a program on this machine, each its own process; or the ideal box. */
#include "runtime/cli/cli.h"
#include "runtime/cli/progress.h"
#include "runtime/cli/results.h"
#include "runtime/cost.h"
#include "runtime/processes.h"
#include "runtime/watch.h"

#include <stdlib.h>
#include <string.h>

static status not_built(const char *what, failure *err)
{
    return fail(err, E_USAGE, "", "%s is not built yet", what);
}

static status refuse_what_is_not_built(const arguments *args, failure *err)
{
    if (args->security == SECURITY_ACTIVE) return not_built("--security active", err);
    if (args->truncation && strcmp(args->truncation, "probabilistic") == 0)
        return not_built("--truncation probabilistic", err);
    if (args->report) return not_built("--report", err);
    return OK;
}

static void describe_inputs(const loaded *l, const run_data *values)
{
    buffer text = {0};
    char *shown;

    for (uint32_t i = 0; i < l->program->parties; i++)
        for (uint32_t k = 0; k < party_members(l->program, i); k++)
            data_describe(l->data, l->program, values, i, k, &text);
    if ((shown = buffer_take(&text))) fputs(shown, stderr);
    free(shown);
}

/* Runs it while somebody looks: a terminal, or the user who wants to be told more. */
static status run_observed(const arguments *args, processes_config *cfg, const cost *price,
                           run_data *values, processes_result *out, failure *err)
{
    const bool bar = progress_possible(args);
    progress seen = {.launch = cfg->session.launch, .price = price};
    status st;

    if (bar || args->verbose || args->every_step) {
        cfg->recording = recording_new(cfg->session.program, cfg->session.launch->members, false);
        if (!cfg->recording) return fail_memory(err);
        cfg->voice = args->every_step ? RECORDER_JOBS
                     : args->verbose  ? RECORDER_PHASES
                                      : RECORDER_SILENT;
    }
    seen.of = cfg->recording;
    if (bar) cfg->tick = progress_tick, cfg->tick_user = &seen;
    st = processes_run(cfg, values, out, err);
    progress_end(&seen);
    recording_free(cfg->recording);
    return st;
}

static status run_real(const arguments *args, const program *p, const launch *l, run_data *values,
                       processes_result *out, failure *err)
{
    processes_config cfg = {.session = {.program = p,
                                        .launch = l,
                                        .name = p->name,
                                        .security = "passive",
                                        .truncation = "exact"},
                            .tcp = args->transport == TRANSPORT_TCP,
                            .timeout_ms = args->timeout_s * 1000,
                            .delay_ms = args->delay_ms};
    const cost_limits limits = {args->max_rounds, args->max_bytes, "--max-rounds", "--max-bytes"};
    cost price = {0};
    status st = cost_of(&price, p, l, err);

    if (!st && !(st = cost_check(&price, &limits, err))) {
        cfg.session.rounds = price.rounds, cfg.session.at_most = price.at_most;
        st = run_observed(args, &cfg, &price, values, out, err);
    }
    cost_free(&price);
    return st;
}

/* What `show` prints comes also from a run that failed. */
static status run_ideal(const loaded *l, run_data *values, failure *err)
{
    watched *seen;
    buffer shown = {0};
    status st = run_watched(l->program, values, true, &seen, err);

    if (seen) watched_shows(seen, &l->report, &shown);
    if (shown.len) fwrite(shown.data, 1, shown.len, stderr);
    buffer_free(&shown);
    watched_free(seen);
    return st;
}

/* Fills *r, which points into *where and *made; the caller frees both. */
static status run(const arguments *args, const loaded *l, run_data *values, results *r,
                  launch **where, processes_result *made, failure *err)
{
    status st;

    *r = (results){.program = l->program, .security = "ideal", .data = values};
    if (args->ideal) return run_ideal(l, values, err);
    if ((st = launch_local(where, l->program, args->nodes, args->threshold, err))) return st;
    if ((st = launch_choose_multiply(*where, (multiply_way)args->multiply, err))) return st;
    r->launch = *where, r->security = "passive", r->run = made;
    return run_real(args, l->program, *where, values, made, err);
}

int command_run(const arguments *args)
{
    arguments shown = *args;
    loaded l = {0};
    failure err = {0};
    run_data *values = NULL;
    launch *where = NULL;
    processes_result made = {0};
    results r = {0};
    int code;

    if (refuse_what_is_not_built(args, &err)) return cli_fail(&err);
    if (args->ideal) shown.watch = WATCH_SHOWS;
    if ((code = cli_load(&shown, &l))) goto done;
    code = -1;
    if (cli_inputs(args, &l, &values, &err)) goto done;
    if (args->out && results_folder(args->out, &err)) goto done;
    if (args->verbose && l.data) describe_inputs(&l, values);
    if (run(args, &l, values, &r, &where, &made, &err)) goto done;
    if (args->out && results_write(&r, args->out, &err)) goto done;
    code = results_show(args, &r);
done:
    if (code < 0) code = cli_fail(&err);
    if (made.signal) code = 128 + made.signal; /* as a shell would say */
    processes_result_free(&made);
    launch_free(where);
    if (values) run_data_free(values, l.program);
    loaded_free(&l);
    return code;
}
