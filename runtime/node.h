/* One node of a deployment: the mesh that its parties file describes, and sessions run over it. `moot party`,
 * `moot serve` and the sessions of moot.h all take this way. */
#ifndef MOOT_RUNTIME_NODE_H
#define MOOT_RUNTIME_NODE_H

#include "net/mesh.h"
#include "runtime/config.h"
#include "runtime/cost.h"
#include "runtime/secret_key.h"
#include "runtime/session.h"

/* A lasting node outlives its peers (mesh_config.lasting). */
typedef enum node_kind { NODE_ONCE, NODE_LASTING } node_kind;

/* Opens the mesh of member `self`. `listen`: where to bind when that is not the address others use, or NULL. The
 * key is borrowed for the call. E_CONFIG as mesh_open says. */
status node_open(mesh **out, node_kind which, const parties_config *config, unsigned self,
                 const secret_key *key, const char *listen, failure *err);

/* What the program costs, held against the limits of the file: E_LIMIT. *out is freed with cost_free. watcher may be
 * NULL. */
status node_price(cost *out, const parties_config *config, const program *p, const launch *l,
                  const interp_watcher *watcher, failure *err);

/* One run of a program among the parties of a file. Everything is borrowed. */
typedef struct node_session {
    const parties_config *config;
    const program *program;
    const launch *launch;        /* config_launch */
    const cost *price;           /* node_price */
    const observer *observer;    /* NULL: nobody looks */
    const absent_owners *absent; /* of owners who submitted; NULL: there are none */
    const char *submitted;       /* what nodes must have alike of that */
    /* Gets the channel when it is open, so that another thread may cancel it, and NULL before it is closed;
     * returns false when the session is not to run any more. May be NULL. */
    bool (*opened)(void *user, channel *c);
    void *user;
} node_session;

/* Runs it with the others. The inputs that are here are in *data, which gets the outputs that are learned here.
 * Failures as session_run says. */
status node_run(mesh *m, const node_session *s, run_data *data, session_result *out, failure *err);

#endif
