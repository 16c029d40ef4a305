/* The parties file of a deployment (parties.json): who takes part, under which names, addresses and keys, and
 * within which limits. Reads and checks it; docs/deployment.md describes it for users. */
#ifndef MOOT_RUNTIME_CONFIG_H
#define MOOT_RUNTIME_CONFIG_H

#include "compiler/compile.h"
#include "runtime/launch.h"

typedef struct config_party {
    const char *name;
    const char *role;       /* a party of the program; NULL: a helper */
    const char *role_place; /* where the file says so, for messages: lines to add */
    const char *address;    /* "tcp://10.0.1.5:7001" */
    const char *public_key; /* KEY_TEXT characters */
} config_party;

typedef struct parties_config {
    arena mem;           /* holds all of it */
    const char *place;   /* of the list of parties, for messages: lines to add */
    const char *program; /* a label; NULL when there is none */
    const char *session;
    const char *security; /* "active" where the file names none */
    bool names_security;
    unsigned threshold; /* as written, or the largest */
    setting *set;       /* "params", as for a compile_request */
    size_t sets;
    config_party *party; /* in the order of the file: all are nodes */
    size_t parties;
    uint64_t max_rounds, max_bytes; /* 0: no limit */
    unsigned peer_timeout_ms, start_timeout_ms;
} parties_config;

/* CONFIG_NODES: the nodes of a service, of which each session has a parties file of its own; there is neither
 * program nor session in it, no threshold, and nobody has a role. CONFIG_PEERS: either, where only who they are counts. */
typedef enum config_kind { CONFIG_PARTIES, CONFIG_NODES, CONFIG_PEERS } config_kind;

/* Reads the text of a parties file; `file` names it in messages. E_CONFIG with the place, and the nearest
 * name where a key is unknown. *out is freed with config_free also after a failure. */
status config_parse(parties_config *out, config_kind sort, slice text, const char *file,
                    failure *err);

/* The member called `name`. E_CONFIG with the names there are. */
status config_find(const parties_config *c, const char *name, unsigned *member, failure *err);

/* How many entries have this role; of those before entry `end`. */
uint32_t config_count(const parties_config *c, const char *role, size_t end);

/* Every role is one of these names of parties, and each of them somebody's. E_CONFIG with the place and the
 * nearest name. */
status config_check_roles(const parties_config *c, const char *const *name, size_t names,
                          failure *err);

/* Places the parties of p: the entries of a role are its members, in order. E_CONFIG when a role is missing,
 * left over, or has another size than the program's group. */
status config_launch(const parties_config *c, const program *p, launch **out, failure *err);

/* Whether a program that somebody else compiled has the params that the file gives. E_CONFIG naming the first that it
 * does not have, or has with another value. */
status config_check_params(const parties_config *c, const program *p, failure *err);

void config_free(parties_config *c);

#endif
