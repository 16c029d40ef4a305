/* What the sessions of one engine share: the connections to their peers, turns to compute, where memory comes from,
 * and who hears the log. Sessions share nothing else. */
#ifndef MOOT_RUNTIME_MOOT_ENGINE_H
#define MOOT_RUNTIME_MOOT_ENGINE_H

#include <stdatomic.h>

#include "runtime/moot.h"
#include "runtime/node.h"

/* The calling thread allocates from the engine until memory_use puts back what this returns. */
const memory_source *engine_memory(const moot_engine *e);

/* One line for the log of the program that embeds us. Never holds a secret, so no text about data either. */
void engine_log(const moot_engine *e, int level, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

/* --- turns: at most moot_options.threads sessions compute at the same time */

/* Waits for a turn; false when *cancelled became true first. */
bool engine_turn_take(moot_engine *e, const atomic_bool *cancelled);
void engine_turn_give(moot_engine *e);

/* --- connections: a mesh for each party (file and name), which all its sessions use */

typedef struct engine_connection engine_connection;

/* One session's use of a connection. */
typedef struct connection_use {
    struct connection_use *next;
    engine_connection *of; /* NULL: none */
    const char *session;   /* its name; borrowed */
} connection_use;

/* Opens the connection, or takes part in one that is open; it stays open after its sessions, for the next ones.
 * E_CONFIG as node_open says, and when a session of this name is under way on it. */
status engine_connect(moot_engine *e, const parties_config *config, unsigned self,
                      const secret_key *key, connection_use *use, failure *err);
mesh *engine_mesh(const connection_use *use);

/* Ends the use, at once. When the session failed for a peer that has not come, what is queued for that one must not
 * grow from session to session: nobody uses the connection any more once the others are done with it. Nothing when
 * there is no use. */
void engine_disconnect(moot_engine *e, connection_use *use, const failure *how);

/* Closes the connections that nobody is to use any more; may take a second for each. */
void engine_tidy(moot_engine *e);

#endif
