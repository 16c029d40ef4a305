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
    const char *address;    /* "tcp://10.0.1.5:7001"; NULL: an owner who submits and goes offline */
    const char *public_key; /* KEY_TEXT characters */
    size_t order;           /* its place in the file, which is the order in groups */
} config_party;

/* "collect": when a session whose owners submit begins, and what becomes of a second submission. */
typedef struct config_collect {
    const char *deadline_text; /* as written; NULL: it waits for all */
    int64_t deadline;          /* in seconds since 1970 */
    uint64_t minimum;          /* so many must have submitted by then */
    bool replaces; /* a second submission takes the place of the first; else it is refused */
} config_collect;

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
    config_party *party; /* the nodes, in the order of the file */
    size_t parties;
    config_party *owner; /* who submit, likewise: their numbers follow those of the nodes */
    size_t owners;
    config_collect collect;
    uint64_t max_rounds, max_bytes; /* 0: no limit */
    unsigned peer_timeout_ms, start_timeout_ms;
} parties_config;

/* CONFIG_SESSION: a session of nodes that stay up, to which owners may submit. CONFIG_PARTIES: the same without such
 * owners. CONFIG_NODES: the nodes of a service, of which each session has a parties file of its own; there is neither
 * program nor session in it, no threshold, and nobody has a role. CONFIG_PEERS: any of them, where only who they are
 * counts. */
typedef enum config_kind { CONFIG_PARTIES, CONFIG_SESSION, CONFIG_NODES, CONFIG_PEERS } config_kind;

/* Reads the text of a parties file; `file` names it in messages. E_CONFIG with the place, and the nearest
 * name where a key is unknown. *out is freed with config_free also after a failure. */
status config_parse(parties_config *out, config_kind sort, slice text, const char *file,
                    failure *err);

/* The number of who is called `name`, owners' behind those of the nodes. E_CONFIG with the names there are. */
status config_find(const parties_config *c, const char *name, unsigned *member, failure *err);

/* The entry with this number. */
const config_party *config_entry(const parties_config *c, unsigned number);

/* How many entries have this role; which of them one with this role is. */
uint32_t config_count(const parties_config *c, const char *role);
uint32_t config_member(const parties_config *c, const config_party *entry);

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

/* A hash of what all files of a session must have alike: all but the addresses. */
enum { CONFIG_HASH = 32 };
status config_hash(const parties_config *c, uint8_t out[CONFIG_HASH], failure *err);

/* A set of owners has a bit for each, by its number. */
static inline bool owner_chosen(const uint8_t *set, size_t k)
{
    return set[k / 8] >> k % 8 & 1;
}

static inline void choose_owner(uint8_t *set, size_t k)
{
    set[k / 8] |= (uint8_t)(1 << k % 8);
}

/* The same session with those of the owners that are chosen and no others. It borrows from c, and *owner (malloc) holds
 * its list. */
status config_with(const parties_config *c, const uint8_t *chosen, parties_config *out,
                   config_party **owner, failure *err);

void config_free(parties_config *c);

#endif
