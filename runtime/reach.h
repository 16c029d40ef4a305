/* Whether the others of a parties file can be reached: what `moot ping` shows. */
#ifndef MOOT_RUNTIME_REACH_H
#define MOOT_RUNTIME_REACH_H

#include "net/ping.h"
#include "runtime/node.h"

/* How to stop it from another thread: `opened` gets what `reach_cancel` takes, and NULL before that is gone. */
typedef struct reach_stop {
    void (*opened)(void *user, transport *t);
    void *user;
} reach_stop;
void reach_cancel(void *t);

/* Asks all of them, at most timeout_ms. answer[parties]; that of `self` stays empty. E_PEER naming all who did not
 * answer, and why; E_CONFIG as node_open says. */
status reach(const parties_config *config, unsigned self, const secret_key *key, const char *listen,
             unsigned timeout_ms, ping_answer *answer, const reach_stop *stop, failure *err);

#endif
