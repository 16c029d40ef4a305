/* A mesh for as long as the pings take. */
#include "runtime/reach.h"

#include "net/transport.h"

enum { REASON = 200 };

void reach_cancel(void *t)
{
    ((transport *)t)->cancel(t);
}

/* All who did not answer and why, the first in the sentence. */
static status check_answers(const parties_config *c, unsigned self, const secret_key *key,
                            const mesh *m, const ping_answer *answer, failure *err)
{
    const char *own = c->party[self].public_key;
    char why[REASON];
    bool all = true;

    for (unsigned k = 0; k < c->parties; k++) {
        if (k == self || answer[k].came) continue;
        ping_explain(
            &(ping_doubt){c->party[k].address, c->party[k].public_key, own, secret_key_text(key)},
            why, sizeof why);
        if (all)
            fail(err, E_PEER, "N06", "%s does not answer: %s", mesh_label(m, k), why);
        else
            fail_add(err, "note: nor does %s: %s", mesh_label(m, k), why);
        all = false;
    }
    for (unsigned k = 0; !all && k < c->parties; k++)
        if (answer[k].came)
            fail_add(err, "note: %s answers in %.2f ms", mesh_label(m, k), answer[k].seconds * 1e3);
    if (all) return OK;
    fail_add(err,
             "help: `moot ping` runs at all of them at the same time; or `moot party` waits there");
    return E_PEER;
}

status reach(const parties_config *config, unsigned self, const secret_key *key, const char *listen,
             unsigned timeout_ms, ping_answer *answer, const reach_stop *stop, failure *err)
{
    mesh *m = NULL;
    status st = node_open(&m, NODE_ONCE, config, self, key, listen, err);

    if (st) return st;
    st = ping_all(m, self, (unsigned)config->parties, timeout_ms, answer, stop->opened, stop->user,
                  err);
    if (!st) st = check_answers(config, self, key, m, answer, err);
    mesh_close(m);
    return st;
}
