/* Writes results. The values themselves are written by runtime/data.c. */
#include "runtime/cli/results.h"

#include "runtime/cli/chart.h"
#include "runtime/cli/cli.h"
#include "runtime/cli/progress.h"
#include "runtime/cli/save.h"
#include "runtime/data.h"
#include "runtime/json.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* --- JSON */

/* Only of the nodes: owners that share a process send their inputs and nothing else. */
static void json_bytes(const results *r, buffer *out)
{
    unsigned first = r->own ? r->own->self : 0;
    unsigned end = !r->run ? first : r->own ? first + 1 : r->launch->nodes;

    json_name(out, "bytes_sent");
    buffer_printf(out, "[");
    for (unsigned k = first; k < end; k++)
        buffer_printf(out, "%s%" PRIu64, k > first ? "," : "", r->run->bytes_sent[k]);
    buffer_printf(out, "]");
}

static void own_object(const results *r, uint32_t party, uint32_t member, buffer *out)
{
    const program *p = r->program;

    buffer_printf(out, "{");
    for (uint32_t i = 0; i < p->outputs; i++) {
        bool all = p->output[i].party == PARTY_ALL;
        if (!all && p->output[i].party != party) continue;
        json_name(out, p->output[i].name);
        output_json(p, i, &r->data->output[i][all ? 0 : member], out);
    }
    buffer_printf(out, "}");
}

static void json_outputs(const results *r, buffer *out)
{
    json_name(out, "outputs");
    if (!r->own)
        outputs_json(r->program, r->data, out);
    else if (r->own->helper)
        buffer_printf(out, "{}");
    else
        own_object(r, r->own->party, r->own->member, out);
}

void results_json(const results *r, buffer *out)
{
    char field_name[FIELD_TEXT];
    buffer_printf(out, "{");
    json_text(out, "schema", "moot.run/1");
    json_text(out, "program", r->program->name);
    json_count(out, "nodes", r->launch ? r->launch->nodes : 0);
    json_count(out, "threshold", r->launch ? r->launch->threshold : 0);
    json_text(out, "security", r->security);
    json_text(out, "field", session_field(r->program, field_name));
    json_outputs(r, out);
    json_count(out, "rounds", r->run ? r->run->rounds : 0);
    json_bytes(r, out);
    json_count(out, "multiplications", r->run ? r->run->multiplications : 0);
    json_name(out, "seconds");
    buffer_printf(out, "%.6f}\n", r->run ? r->run->seconds : 0.0);
}

/* --- text */

static void text_line(const results *r, uint32_t output, uint32_t member, size_t width, buffer *out)
{
    const port_decl *port = &r->program->output[output];

    if (!r->data->output[output][member].v) return; /* not learned here */
    buffer_printf(out, "%-*s = ", (int)width, port->name);
    output_json(r->program, output, &r->data->output[output][member], out);
    if (port->party == PARTY_ALL)
        buffer_printf(out, "   (to all)\n");
    else if (r->program->party[port->party].group)
        buffer_printf(out, "   (to %s-%" PRIu32 " only)\n", r->program->party[port->party].name,
                      member);
    else
        buffer_printf(out, "   (to %s only)\n", r->program->party[port->party].name);
}

/* Those of one recipient stand together: first what all learn, then party by party. */
static void text_of(const results *r, uint32_t party, size_t width, buffer *out)
{
    for (uint32_t k = 0; k < party_members(r->program, party); k++)
        for (uint32_t i = 0; i < r->program->outputs; i++)
            if (r->program->output[i].party == party) text_line(r, i, k, width, out);
}

void results_text(const results *r, buffer *out)
{
    size_t width = 0;

    for (uint32_t i = 0; i < r->program->outputs; i++) {
        size_t len = strlen(r->program->output[i].name);
        if (len > width) width = len;
    }
    if (r->own && r->own->helper) return;
    text_of(r, PARTY_ALL, width, out);
    for (uint32_t party = 0; party < r->program->parties; party++) text_of(r, party, width, out);
}

static void print_bytes(uint64_t bytes, buffer *out)
{
    if (bytes < 10000)
        buffer_printf(out, "%" PRIu64 " bytes", bytes);
    else if (bytes < 10000000)
        buffer_printf(out, "%.1f kB", (double)bytes / 1e3);
    else
        buffer_printf(out, "%.1f MB", (double)bytes / 1e6);
}

/* What the mode says of the run that was made. */
static void print_promise(const launch *l, buffer *out)
{
    const bool one = l->threshold == 1;

    if (one)
        buffer_printf(out, "%s: no node alone learns anything", launch_security(l));
    else
        buffer_printf(out, "%s: no %u nodes together learn anything", launch_security(l),
                      l->threshold);
    if (l->active)
        buffer_printf(out,
                      " or %s an output wrong, whatever they do, and all honest parties got theirs "
                      "or none did\n",
                      one ? "makes" : "make");
    else
        buffer_printf(out, ", as long as all nodes followed the protocol\n");
}

void results_summary(const results *r, buffer *out)
{
    char field_name[FIELD_TEXT];
    uint64_t sent = 0;

    if (!r->run) {
        buffer_printf(out, "ideal box: computed in the clear, nothing was hidden\n");
        return;
    }
    for (unsigned k = 0; k < r->launch->nodes; k++) sent += r->run->bytes_sent[k];
    if (!r->own) sent /= r->launch->nodes;
    buffer_printf(
        out, "%u nodes, threshold %u, %s, %s: %" PRIu64 " rounds, %" PRIu64 " multiplications, ",
        r->launch->nodes, r->launch->threshold, r->security, session_field(r->program, field_name),
        r->run->rounds, r->run->multiplications);
    print_bytes(sent, out);
    buffer_printf(out, " sent %s node, %.3f s\n", r->own ? "by this" : "per", r->run->seconds);
    print_promise(r->launch, out);
}

int results_show(const arguments *args, const results *r)
{
    buffer summary = {0}, text = {0};
    char *shown;
    int code;

    if (args->json)
        results_json(r, &text);
    else
        results_text(r, &text);
    if (args->chart && !args->json) chart_results(r, progress_columns(), &text);
    if ((code = cli_print(&text)) || args->quiet || args->json) return code;
    results_summary(r, &summary);
    if ((shown = buffer_take(&summary))) fputs(shown, stderr);
    free(shown);
    return code;
}

void results_of_party(results_party *out, const deployed *d, const parties_config *config,
                      unsigned self, const session_result *run)
{
    *out = (results_party){.own = {.self = self}};
    out->own.helper = !deployed_role(d, config, self, &out->own.party, &out->own.member);
    out->sent[self] = run->bytes_sent;
    out->made = (processes_result){.rounds = run->rounds,
                                   .multiplications = run->multiplications,
                                   .bytes_sent = out->sent,
                                   .seconds = run->seconds};
    out->shown = (results){.program = d->loaded.program,
                           .launch = d->launch,
                           .security = config->security,
                           .data = d->data,
                           .run = &out->made,
                           .own = &out->own};
}

/* --- files */

static status cannot_write(const char *path, failure *err)
{
    return fail(err, E_USAGE, "", "cannot write %s: %s", path, strerror(errno));
}

static status write_member(const results *r, const char *folder, uint32_t party, uint32_t member,
                           failure *err)
{
    const party_decl *decl = &r->program->party[party];
    buffer path = {0}, text = {0};
    char *name;
    status st;

    buffer_printf(&path, "%s/%s", folder, decl->name);
    if (decl->group) buffer_printf(&path, "-%" PRIu32, member);
    buffer_printf(&path, ".json");
    own_object(r, party, member, &text);
    buffer_printf(&text, "\n");
    name = buffer_take(&path);
    st = name && !text.failed ? save_file(name, (slice){text.data, text.len}, SAVE_FOR_OWNER, err)
                              : fail_memory(err);
    free(name);
    buffer_free(&text);
    return st;
}

status results_folder(const char *folder, failure *err)
{
    buffer path = {0};
    char *inside;
    status st = OK;

    if (mkdir(folder, 0700) != 0 && errno != EEXIST) return cannot_write(folder, err);
    buffer_printf(&path, "%s/.", folder); /* of what is no folder there is none */
    if (!(inside = buffer_take(&path))) return fail_memory(err);
    if (access(inside, W_OK | X_OK)) st = cannot_write(folder, err);
    free(inside);
    return st;
}

status results_write(const results *r, const char *folder, failure *err)
{
    status st;

    for (uint32_t party = 0; party < r->program->parties; party++)
        for (uint32_t k = 0; k < party_members(r->program, party); k++)
            if ((st = write_member(r, folder, party, k, err))) return st;
    return OK;
}
