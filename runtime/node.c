/* From a parties file to a mesh, and from a session of it to a run. */
#include "runtime/node.h"

#include <inttypes.h>
#include <openssl/sha.h>
#include <stdio.h>
#include <string.h>

enum { TAG = 16, FACTS = 6, FACT_TEXT = 24 };

status node_open(mesh **out, node_kind which, const parties_config *config, unsigned self,
                 const secret_key *key, const char *listen, failure *err)
{
    mesh_peer peer[NODES_MAX];
    mesh_config cfg = {.self = self,
                       .members = (unsigned)config->parties,
                       .peer = peer,
                       .bind = listen,
                       .secret_key = secret_key_text(key),
                       .peer_timeout_ms = config->peer_timeout_ms,
                       .start_timeout_ms = config->start_timeout_ms,
                       .lasting = which == NODE_LASTING};

    for (size_t k = 0; k < config->parties; k++)
        peer[k] = (mesh_peer){config->party[k].name, config->party[k].address,
                              config->party[k].public_key};
    return mesh_open(out, &cfg, err);
}

status node_price(cost *out, const parties_config *config, const program *p, const launch *l,
                  const interp_watcher *watcher, failure *err)
{
    const cost_limits limits = {config->max_rounds, config->max_bytes, "max_rounds", "max_bytes"};
    status st = cost_of_watched(out, p, l, watcher, err);

    if (st || !(st = cost_check(out, &limits, err))) return st;
    fail_add(err, "note: the limits of the parties file say so");
    cost_free(out);
    return st;
}

/* All members find the same tag by the session's name. */
static void tag_of(const char *session, uint8_t out[TAG])
{
    uint8_t hash[SHA256_DIGEST_LENGTH];

    SHA256((const uint8_t *)session, strlen(session), hash);
    memcpy(out, hash, TAG);
}

/* What else the files of all have to say alike. */
static void list_facts(const node_session *s, agreed_fact fact[FACTS], char text[FACTS][FACT_TEXT])
{
    const parties_config *c = s->config;

    snprintf(text[0], FACT_TEXT, "%" PRIu64, c->max_rounds);
    snprintf(text[1], FACT_TEXT, "%" PRIu64, c->max_bytes);
    snprintf(text[2], FACT_TEXT, "%u ms", c->peer_timeout_ms);
    snprintf(text[3], FACT_TEXT, "%u ms", c->start_timeout_ms);
    fact[0] = (agreed_fact){"max_rounds", text[0]};
    fact[1] = (agreed_fact){"max_bytes", text[1]};
    fact[2] = (agreed_fact){"peer_timeout", text[2]};
    fact[3] = (agreed_fact){"start_timeout", text[3]};
    fact[4] = (agreed_fact){"the label of the program", c->program ? c->program : ""};
    fact[5] = (agreed_fact){"what owners have submitted", s->submitted ? s->submitted : ""};
}

static status run_on_channel(channel *c, const node_session *s, run_data *data, session_result *out,
                             failure *err)
{
    const char *public_key[NODES_MAX];
    agreed_fact fact[FACTS];
    char text[FACTS][FACT_TEXT];
    session_config cfg = {.program = s->program,
                          .launch = s->launch,
                          .name = s->config->session,
                          .truncation = "exact",
                          .public_key = public_key,
                          .agreed = fact,
                          .agreeds = FACTS,
                          .rounds = s->price->rounds,
                          .first_reveal = s->price->first_reveal,
                          .at_most = s->price->at_most,
                          .observer = s->observer,
                          .absent = s->absent};

    for (size_t k = 0; k < s->config->parties; k++) public_key[k] = s->config->party[k].public_key;
    list_facts(s, fact, text);
    return session_run(&cfg, c, data, out, err);
}

status node_run(mesh *m, const node_session *s, run_data *data, session_result *out, failure *err)
{
    uint8_t session_tag[TAG];
    channel *c = NULL;
    status st;

    tag_of(s->config->session, session_tag);
    if ((st = mesh_channel(m, session_tag, &c, err))) return st;
    if (!s->opened || s->opened(s->user, c))
        st = run_on_channel(c, s, data, out, err);
    else
        st = fail(err, E_CANCELLED, "", "cancelled");
    if (s->opened) s->opened(s->user, NULL);
    channel_close(c);
    return st;
}
