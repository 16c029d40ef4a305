/* moot run FILE: all parties of a program on this machine, each its own process; or the ideal box. */
#include "runtime/cli/cli.h"
#include "runtime/cli/page.h"
#include "runtime/cli/progress.h"
#include "runtime/cli/results.h"
#include "runtime/cli/ring.h"
#include "runtime/cli/save.h"
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
    if (args->truncation && strcmp(args->truncation, "probabilistic") == 0)
        return not_built("--truncation probabilistic", err);
    if (args->ring && (args->ideal || args->verbose || args->every_step || !progress_terminal()))
        return fail(err, E_USAGE, "", "--watch wants a run among nodes, and a terminal to itself");
    if (args->report && args->ideal)
        return fail(err, E_USAGE, "", "--report is of a run among nodes, and --ideal has none");
    return OK;
}

static void describe_inputs(const loaded *l, const run_data *values)
{
    buffer text = {0};

    for (uint32_t i = 0; i < l->program->parties; i++)
        for (uint32_t k = 0; k < party_members(l->program, i); k++)
            data_describe(l->data, l->program, values, i, k, &text);
    cli_tell_owner(&text);
}

/* What a run among nodes is made of, and what comes of it. */
typedef struct real_run {
    const arguments *args;
    const loaded *l;
    run_data *values;
    cost price;
    recording *seen; /* NULL: nobody looks */
    results *results;
    processes_result *made;
} real_run;

static status write_report(const real_run *r, failure *err)
{
    explanation e = {.program = r->l->program,
                     .report = &r->l->report,
                     .launch = r->results->launch,
                     .cost = &r->price};
    return page_write(r->args->report, &(page){&e, r->results, r->seen}, err);
}

/* Keeps what is done while somebody looks: for a report, on a terminal, or as the user asks. */
static status run_observed(real_run *r, processes_config *cfg, failure *err)
{
    const arguments *args = r->args;
    const bool bar = progress_possible(args) || args->ring;
    const bool words = args->verbose || args->every_step;
    progress shown = {.launch = r->results->launch, .price = &r->price};
    status st;

    if ((bar || words || args->report) &&
        !(r->seen = recording_new(r->l->program, shown.launch->members, args->report != NULL)))
        return fail_memory(err);
    cfg->recording = r->seen, shown.of = r->seen;
    cfg->voice = args->every_step ? RECORDER_JOBS
                 : args->verbose  ? RECORDER_PHASES
                                  : RECORDER_SILENT;
    if (bar) cfg->tick = args->ring ? ring_tick : progress_tick, cfg->tick_user = &shown;
    st = processes_run(cfg, r->values, r->made, err);
    (args->ring ? ring_end : progress_end)(&shown);
    return !st && args->report ? write_report(r, err) : st;
}

static status run_real(real_run *r, failure *err)
{
    const arguments *args = r->args;
    processes_config cfg = {.session = {.program = r->l->program,
                                        .launch = r->results->launch,
                                        .name = r->l->program->name,
                                        .truncation = "exact"},
                            .tcp = args->transport == TRANSPORT_TCP,
                            .timeout_ms = args->timeout_s * 1000,
                            .delay_ms = args->delay_ms};
    const cost_limits limits = {args->max_rounds, args->max_bytes, "--max-rounds", "--max-bytes"};
    status st = cost_of(&r->price, cfg.session.program, cfg.session.launch, err);

    if (!st && !(st = cost_check(&r->price, &limits, err))) {
        cfg.session.rounds = r->price.rounds, cfg.session.at_most = r->price.at_most;
        cfg.session.first_reveal = r->price.first_reveal;
        st = run_observed(r, &cfg, err);
    }
    recording_free(r->seen);
    cost_free(&r->price);
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
    if ((st = launch_choose_security(*where, args->security == SECURITY_ACTIVE, err))) return st;
    r->launch = *where, r->security = launch_security(*where), r->run = made;
    return run_real(&(real_run){.args = args, .l = l, .values = values, .results = r, .made = made},
                    err);
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
    if (args->report && save_check(args->report, &err)) goto done;
    if (args->verbose && l.data) describe_inputs(&l, values);
    data_free(l.data), l.data = NULL; /* members are forked: what owners wrote is not in them */
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
