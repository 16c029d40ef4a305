/* moot ping: asks every peer of a parties file whether it is there, with the key that the file says. */
#include "runtime/cli/cli.h"
#include "runtime/cli/identity.h"
#include "runtime/json.h"
#include "runtime/reach.h"

static void arm(void *signals, transport *t)
{
    if (!interrupt_arm(signals, reach_cancel, t) && t) reach_cancel(t);
}

static void show(const arguments *args, const identity *id, const ping_answer *answer, buffer *out)
{
    bool some = false;

    if (args->json) {
        buffer_printf(out, "{");
        json_text(out, "schema", "moot.ping/1");
        json_name(out, "peers"), buffer_printf(out, "[");
    }
    for (unsigned k = 0; k < id->config.parties; k++) {
        const config_party *p = &id->config.party[k];
        if (k == id->self) continue;
        if (!args->json) {
            buffer_printf(out, "%-16s %-28s %8.2f ms   key as in the file\n", p->name, p->address,
                          answer[k].seconds * 1e3);
            continue;
        }
        buffer_printf(out, "%s{", some ? "," : "");
        json_text(out, "name", p->name);
        json_text(out, "address", p->address);
        json_name(out, "seconds"), buffer_printf(out, "%.6f}", answer[k].seconds);
        some = true;
    }
    if (args->json) buffer_printf(out, "]}\n");
}

static status ask(const arguments *args, const identity *id, interrupt *signals,
                  ping_answer *answer, failure *err)
{
    const reach_stop stop = {arm, signals};

    return reach(&id->config, id->self, id->key, args->listen, args->timeout_s * 1000, answer,
                 &stop, err);
}

int command_ping(const arguments *args)
{
    ping_answer answer[NODES_MAX];
    interrupt *signals = NULL;
    identity id = {0};
    failure err = {0};
    buffer text = {0};
    int signal;
    status st;

    if (!(st = identity_read(&id, CONFIG_PEERS, args, &err)) &&
        !(st = interrupt_begin(&signals, &err)))
        st = ask(args, &id, signals, answer, &err);
    signal = interrupt_end(signals);
    if (!st) show(args, &id, answer, &text);
    identity_free(&id);
    if (!st) return cli_print(&text);
    cli_fail(&err);
    return signal ? 128 + signal : (int)st;
}
