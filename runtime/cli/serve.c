/* moot serve: a node that stays up. What came of a session is written beside its file. */
#include "runtime/serve.h"
#include "runtime/cli/save.h"

#include "runtime/cli/cli.h"
#include "runtime/cli/identity.h"
#include "runtime/cli/results.h"
#include "runtime/cli/serve_http.h"
#include "runtime/cli/serve_log.h"
#include "runtime/json.h"

#include <stdlib.h>
#include <string.h>

typedef struct serving {
    const arguments *args;
    identity id;
} serving;

/* --- what is written and said */

static void log_event(void *user, const serve_event *e)
{
    const serving *s = user;

    if (s->args->log == LOG_JSON)
        serve_log_json(e);
    else if (e->bad || !s->args->quiet)
        serve_log_text(e);
}

static void error_json(const failure *why, buffer *out)
{
    buffer_printf(out, "{");
    json_text(out, "schema", "moot.error/1");
    json_name(out, "exit"), buffer_printf(out, "%d", (int)why->status);
    json_text(out, "code", why->code);
    json_text(out, "text", why->text);
    buffer_printf(out, "}\n");
}

static void outcome_json(const serving *s, const serve_outcome *o, buffer *out)
{
    results_party made;

    results_of_party(&made, o->made, o->config, s->id.self, o->result);
    results_json(&made.shown, out);
}

static status keep(void *user, const serve_outcome *o, failure *err)
{
    const serving *s = user;
    buffer path = {0}, text = {0};
    char *name;
    status st;

    buffer_printf(&path, "%s/%s.%s.json", s->args->sessions, o->session, o->why ? "error" : "out");
    if (o->why)
        error_json(o->why, &text);
    else
        outcome_json(s, o, &text);
    name = buffer_take(&path);
    st = name && !text.failed ? save_file(name, (slice){text.data, text.len}, SAVE_FOR_OWNER, err)
                              : fail_memory(err);
    free(name);
    buffer_free(&text);
    return st;
}

/* --- the command */

static void stop(void *node)
{
    serve_stop(node);
}

static status check_flags(const arguments *args, failure *err)
{
    const char *missing = !args->allow ? "--allow DIR" : !args->sessions ? "--sessions DIR" : NULL;

    if (!missing) return OK;
    return fail(err, E_USAGE, "", "`moot serve` wants `%s`\nhelp: moot serve --help", missing);
}

/* From when the node is open: a signal ends it, and it answers over HTTP where that is wanted. */
static status attend(const arguments *args, serve *node, interrupt *signals, failure *err)
{
    serve_http *http = NULL;
    status st = args->http ? serve_http_start(&http, node, args->http, err) : OK;

    if (!st) {
        if (!interrupt_arm(signals, stop, node)) serve_stop(node);
        st = serve_run(node, err);
        interrupt_arm(signals, NULL, NULL);
    }
    serve_http_stop(http);
    return st;
}

static status run(serving *s, interrupt *signals, failure *err)
{
    const arguments *args = s->args;
    const serve_config cfg = {.nodes = &s->id.config,
                              .self = s->id.self,
                              .key = s->id.key,
                              .listen = args->listen,
                              .allow = args->allow,
                              .sessions = args->sessions,
                              .grace_ms = args->grace_s * 1000,
                              .log = log_event,
                              .keep = keep,
                              .user = s};
    serve *node = NULL;
    status st = serve_open(&node, &cfg, err);

    if (!st) st = attend(args, node, signals, err);
    serve_close(node);
    return st;
}

int command_serve(const arguments *args)
{
    serving s = {.args = args};
    interrupt *signals = NULL;
    failure err = {0};
    status st;

    if (!(st = check_flags(args, &err)) && !(st = identity_read(&s.id, CONFIG_NODES, args, &err)) &&
        !(st = interrupt_begin(&signals, &err)))
        st = run(&s, signals, &err);
    interrupt_end(signals);
    identity_free(&s.id);
    return st ? cli_fail(&err) : 0;
}
