/* The exact price of a program: every member's Shamir box, run on a channel that counts. */
#include "runtime/cost.h"

#include <inttypes.h>
#include <stdlib.h>

static status run_dry(const program *p, abb *box, const interp_watcher *watcher, failure *err)
{
    run_data *data = run_data_new(p);
    status st = data ? interp_run_watched(p, box, data, watcher, err) : fail_memory(err);

    run_data_free(data, p);
    return st;
}

/* Lines are the same at every member; bytes are added up over the nodes. */
static status add_member(cost *out, const launch *l, unsigned member, const shamir_cost *c,
                         failure *err)
{
    out->bytes[member] = c->bytes;
    out->at_most = out->at_most || c->at_most;
    if (member >= l->nodes) return OK;
    out->bytes_besides += c->bytes_besides;
    if (member == 0) {
        out->rounds = c->rounds, out->first_reveal = c->first_reveal;
        out->multiplications = c->multiplications;
        out->lines = c->lines;
        if (!(out->line = calloc(c->lines + 1, sizeof *out->line))) return fail_memory(err);
        for (size_t k = 0; k < c->lines; k++) out->line[k] = c->line[k];
        return OK;
    }
    for (size_t k = 0; k < c->lines; k++) out->line[k].bytes += c->line[k].bytes;
    return OK;
}

static status member_cost(cost *out, const shamir_config *cfg, unsigned member,
                          const interp_watcher *watcher, failure *err)
{
    abb *box;
    status st = cost_open(&box, cfg, member, err);

    if (st) return st;
    if (!(st = run_dry(cfg->program, box, watcher, err))) {
        shamir_cost c = shamir_count(box);
        st = add_member(out, cfg->launch, member, &c, err);
    }
    shamir_close(box);
    return st;
}

status cost_of(cost *out, const program *p, const launch *l, failure *err)
{
    return cost_of_watched(out, p, l, NULL, err);
}

status cost_of_watched(cost *out, const program *p, const launch *l, const interp_watcher *watcher,
                       failure *err)
{
    shamir_config cfg = {.program = p, .launch = l};
    status st = OK;

    *out = (cost){.members = l->members, .bytes = calloc(l->members, sizeof *out->bytes)};
    if (!out->bytes) return fail_memory(err);
    for (unsigned k = 0; !st && k < l->members; k++) st = member_cost(out, &cfg, k, watcher, err);
    for (size_t k = 0; !st && k < out->lines; k++) out->line[k].bytes /= l->nodes;
    out->bytes_besides /= l->nodes;
    if (st) cost_free(out);
    return st;
}

void cost_free(cost *c)
{
    free(c->bytes);
    free(c->line);
    *c = (cost){0};
}

status cost_check(const cost *c, const cost_limits *limits, failure *err)
{
    uint64_t most = 0;

    for (unsigned k = 0; k < c->members; k++)
        if (c->bytes[k] > most) most = c->bytes[k];
    if (limits->rounds && c->rounds > limits->rounds)
        return fail(err, E_LIMIT, "", "this takes %s%" PRIu64 " rounds, and %s is %" PRIu64,
                    c->at_most ? "at most " : "", c->rounds, limits->rounds_name, limits->rounds);
    if (limits->bytes && most > limits->bytes)
        return fail(err, E_LIMIT, "", "a node would send %" PRIu64 " bytes, and %s is %" PRIu64,
                    most, limits->bytes_name, limits->bytes);
    return OK;
}
