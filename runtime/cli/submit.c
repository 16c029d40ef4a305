/* moot submit: a party that does not compute gives its data to nodes that stay up, and fetches later what it learns. */
#include "runtime/submit.h"

#include "runtime/cli/cli.h"
#include "runtime/cli/identity.h"
#include "runtime/cli/results.h"
#include "runtime/json.h"
#include "runtime/request.h"

#include <inttypes.h>
#include <openssl/crypto.h>
#include <stdlib.h>
#include <string.h>

typedef struct submitting {
    const arguments *args;
    identity id;
    submitted done;
    interrupt *signals;
} submitting;

/* --- what is asked for */

static status check_session(const submitting *s, failure *err)
{
    const parties_config *c = &s->id.config;
    const arguments *args = s->args;

    if (!args->session)
        return fail(err, E_USAGE, "", "`moot submit` wants `--session ID`\nhelp: moot submit --help");
    if (strcmp(args->session, c->session) != 0)
        return fail(err, E_CONFIG, "N02", "%s is of the session \"%s\", not \"%s\"", args->config,
                    c->session, args->session);
    if (s->id.self < c->parties)
        return fail(
            err, E_CONFIG, "N02",
            "\"%s\" has an \"address\": it is a node, which has its own data beside the session's "
            "file\nhelp: moot serve --help",
            args->as);
    if (!c->program || !session_is_plain(c->program))
        return fail(
            err, E_CONFIG, "N02",
            "\"program\" must be the name of a file beside %s: it says what is given and learned",
            args->config);
    return OK;
}

/* The program stands beside the parties file: its owner has read it. */
static status read_program(const submitting *s, char **path, buffer *text, failure *err)
{
    char *folder = folder_of(s->args->config);
    buffer name = {0};
    status st;

    buffer_printf(&name, "%s%s", folder ? folder : "", s->id.config.program);
    *path = buffer_take(&name);
    st = folder && *path ? read_file(*path, text, err) : fail_memory(err);
    free(folder);
    return st;
}

static void cancel_visit(void *v)
{
    visit_cancel(v);
}

static bool arm(void *signals, visit *v)
{
    return interrupt_arm(signals, v ? cancel_visit : NULL, v);
}

static status run(submitting *s, failure *err)
{
    const arguments *args = s->args;
    buffer text = {0}, given = {0};
    char *path = NULL, *folder = args->data ? folder_of(args->data) : NULL;
    submit_request req = {.config = &s->id.config,
                          .self = s->id.self,
                          .key = s->id.key,
                          .data_file = args->data && !strcmp(args->data, "-") ? "standard input"
                                                                              : args->data,
                          .folder = folder,
                          .timeout_ms = args->timeout_s * 1000,
                          .opened = arm,
                          .user = s->signals};
    status st = args->data && !folder ? fail_memory(err) : read_program(s, &path, &text, err);

    if (!st && args->data) st = cli_read(args->data, &given, err);
    if (!st) {
        if (args->data)
            req.json = (slice){given.data ? given.data : (const uint8_t *)"", given.len};
        req.source =
            (compile_request){.file = path,
                              .source = {text.data ? text.data : (const uint8_t *)"", text.len},
                              .read = read_beside,
                              .read_user = path};
        st = submit(&s->done, &req, err);
    }
    if (given.data) OPENSSL_cleanse(given.data, given.len);
    buffer_free(&given);
    buffer_free(&text);
    free(path), free(folder);
    return st;
}

/* --- what is shown */

static const char *state_name(submit_state state)
{
    static const char *const name[] = {
        [SUBMIT_TAKEN] = "submitted", [SUBMIT_WAITS] = "waiting", [SUBMIT_RUNS] = "running"};
    return name[state];
}

static int show_state(const submitting *s)
{
    const submitted *d = &s->done;
    buffer text = {0};

    if (s->args->json) {
        buffer_printf(&text, "{");
        json_text(&text, "schema", "moot.submit/1");
        json_text(&text, "session", s->id.config.session);
        json_text(&text, "state", state_name(d->state));
        json_count(&text, "submission", d->sequence);
        json_count(&text, "submitted", d->submitted);
        json_count(&text, "owners", d->owners);
        buffer_printf(&text, "}\n");
        return cli_print(&text);
    }
    if (d->state == SUBMIT_TAKEN)
        buffer_printf(&text,
                      "submitted to session %s; the same command fetches what there is to learn\n",
                      s->id.config.session);
    else if (d->state == SUBMIT_WAITS)
        buffer_printf(&text, "session %s waits: %" PRIu64 " of %" PRIu64 " owners have submitted\n",
                      s->id.config.session, d->submitted, d->owners);
    else
        buffer_printf(&text, "session %s runs, or will soon\n", s->id.config.session);
    return cli_print(&text);
}

static int show_learned(const submitting *s)
{
    const submitted *d = &s->done;
    results_own own = {.self = d->self};
    results shown = {.program = d->made.loaded.program,
                     .launch = d->made.launch,
                     .security = d->ran.security,
                     .data = d->made.data,
                     .own = &own};
    buffer text = {0};

    deployed_role(&d->made, &d->ran, d->self, &own.party, &own.member);
    if (s->args->json)
        results_json(&shown, &text);
    else
        results_text(&shown, &text);
    return cli_print(&text);
}

static void describe_inputs(const submitting *s)
{
    const deployed *d = &s->done.made;
    buffer text = {0};
    uint32_t party, member;

    if (s->done.state != SUBMIT_TAKEN || !d->loaded.data ||
        !deployed_role(d, &s->id.config, s->id.self, &party, &member))
        return;
    data_describe(d->loaded.data, d->loaded.program, d->data, party, member, &text);
    cli_tell_owner(&text);
}

int command_submit(const arguments *args)
{
    submitting s = {.args = args};
    failure err = {0};
    const report *findings;
    int code = -1, signal;
    status st;

    if (!(st = identity_read(&s.id, CONFIG_SESSION, args, &err)) &&
        !(st = check_session(&s, &err)) && !(st = interrupt_begin(&s.signals, &err)))
        st = run(&s, &err);
    signal = interrupt_end(s.signals);
    findings = loaded_findings(&s.done.made.loaded);
    if (st == E_PROGRAM) cli_findings(args, findings);
    if (st == E_PROGRAM && findings->errors) code = E_PROGRAM;
    if (!st && !args->quiet) describe_inputs(&s);
    if (code < 0)
        code = st                               ? cli_fail(&err)
               : s.done.state == SUBMIT_LEARNED ? show_learned(&s)
                                                : show_state(&s);
    if (st && signal) code = 128 + signal; /* as a shell would say */
    submitted_free(&s.done);
    identity_free(&s.id);
    return code;
}
