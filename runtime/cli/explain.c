/* moot explain FILE: who gives, who learns, what it costs and where, before anything runs. */
#include "runtime/explain.h"
#include "runtime/cli/cli.h"
#include "runtime/cli/page.h"

static status explain(const arguments *args, const loaded *l, buffer *out, failure *err)
{
    launch *where = NULL;
    cost price = {0};
    cheaper_list ways = {0};
    const field_request field = {args->field_bits, args->field_is_prime ? args->field_prime : NULL};
    status st;

    if ((st = launch_local(&where, l->program, args->nodes, args->threshold, err))) return st;
    if (!(st = launch_choose_security(where, args->security == SECURITY_ACTIVE, err)) &&
        !(st = cost_of(&price, l->program, where, err)) &&
        !(st = cheaper_find(&ways, l->program, field, where, &price, err))) {
        explanation e = {l->program, &l->report, where, &price, args->rtt_ms, args->mbit, &ways};
        if (args->report) st = page_write(args->report, &(page){.explained = &e}, err);
        if (args->json)
            explain_json(&e, out);
        else if (!args->report)
            explain_text(&e, cli_colour(stdout), out);
    }
    cheaper_free(&ways);
    cost_free(&price);
    launch_free(where);
    return st;
}

/* Data that are there are checked as a run would, so that explain never promises what run refuses. */
static status check_data(const loaded *l, failure *err)
{
    if (!l->data) return OK;
    run_data *values = run_data_new(l->program);
    if (!values) return fail_memory(err);
    status st = data_fill(l->data, l->program, values, err);
    run_data_free(values, l->program);
    return st;
}

int command_explain(const arguments *args)
{
    loaded l = {0};
    failure err = {0};
    buffer text = {0};
    int code;

    arguments silent = *args;
    silent.quiet = true; /* warnings stand in the explanation */
    if ((code = cli_load(&silent, &l)) == OK) {
        if (check_data(&l, &err) || explain(args, &l, &text, &err))
            code = cli_fail(&err);
        else
            code = cli_print(&text);
    }
    buffer_free(&text);
    loaded_free(&l);
    return code;
}
