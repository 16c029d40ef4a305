/* Builds launches: gives every member a name and every party member a home. */
#include "runtime/launch.h"

#include "runtime/keys.h"

#include <stdio.h>
#include <stdlib.h>

enum { PARTIES_THAT_COMPUTE = 7 }; /* with more parties than this, three helpers compute for them */

uint32_t party_members(const program *p, uint32_t party)
{
    return party != PARTY_ALL && p->party[party].group ? p->party[party].size : 1;
}

static unsigned count_owners(const program *p)
{
    unsigned owners = 0;

    for (uint32_t i = 0; i < p->parties; i++) owners += party_members(p, i);
    return owners;
}

static status check_sizes(unsigned nodes, unsigned threshold, failure *err)
{
    unsigned most = (nodes - 1) / 2;

    if (nodes < NODES_MIN || nodes > NODES_MAX)
        return fail(err, E_USAGE, "", "%u nodes cannot compute: a run needs from %d to %d", nodes,
                    NODES_MIN, NODES_MAX);
    if (threshold < 1 || threshold > most)
        return fail(
            err, E_USAGE, "",
            "threshold %u does not go with %u nodes: it must be at least 1 and less than half of "
            "them, so at most %u",
            threshold, nodes, most);
    return OK;
}

static char *name_text(const char *stem, unsigned index)
{
    int len = snprintf(NULL, 0, "%s-%u", stem, index);
    char *name = malloc((size_t)len + 1);

    if (name) snprintf(name, (size_t)len + 1, "%s-%u", stem, index);
    return name;
}

static char *copy_text(const char *s)
{
    int len = snprintf(NULL, 0, "%s", s);
    char *copy = malloc((size_t)len + 1);

    if (copy) snprintf(copy, (size_t)len + 1, "%s", s);
    return copy;
}

/* Every party member becomes node `next++`, named after itself. */
static bool place_owners_as_nodes(launch *l, const program *p)
{
    unsigned next = 0;

    for (uint32_t i = 0; i < p->parties; i++) {
        const party_decl *party = &p->party[i];
        for (unsigned k = 0; k < party_members(p, i); k++, next++) {
            l->home[i][k] = next;
            l->name[next] = party->group ? name_text(party->name, k) : copy_text(party->name);
            if (!l->name[next]) return false;
        }
    }
    return true;
}

/* The member after the last node holds all owners. */
static bool place_owners_together(launch *l, const program *p)
{
    for (uint32_t i = 0; i < p->parties; i++)
        for (unsigned k = 0; k < party_members(p, i); k++) l->home[i][k] = l->nodes;
    l->name[l->nodes] = copy_text("owners");
    return l->name[l->nodes] != NULL;
}

static bool name_helpers(launch *l)
{
    unsigned number = 1;

    for (unsigned k = 0; k < l->nodes; k++)
        if (!l->name[k] && !(l->name[k] = name_text("helper", number++))) return false;
    return true;
}

static bool make_rooms(launch *l, const program *p)
{
    l->parties = p->parties;
    l->name = calloc(l->members, sizeof *l->name);
    l->home = calloc(p->parties + 1, sizeof *l->home);
    if (!l->name || !l->home) return false;
    for (uint32_t i = 0; i < p->parties; i++) {
        size_t size = party_members(p, i);
        if (!(l->home[i] = calloc(size + 1, sizeof **l->home))) return false;
    }
    return true;
}

status launch_new(launch **out, const program *p, unsigned nodes, unsigned members,
                  unsigned threshold, failure *err)
{
    status st = check_sizes(nodes, threshold, err);
    launch *l;

    if (st) return st;
    if (!(l = calloc(1, sizeof *l))) return fail_memory(err);
    l->nodes = nodes, l->members = members, l->threshold = threshold;
    if (!make_rooms(l, p)) {
        launch_free(l);
        return fail_memory(err);
    }
    *out = l;
    return OK;
}

status launch_local(launch **out, const program *p, unsigned nodes, unsigned threshold, failure *err)
{
    unsigned owners = count_owners(p);
    bool together = nodes > 0 || owners > PARTIES_THAT_COMPUTE;
    unsigned n = nodes > 0 ? nodes : together || owners < NODES_MIN ? NODES_MIN : owners;
    bool extra = together && owners > 0;
    launch *l = NULL;
    status st;

    /* A threshold of 0 asks for the largest; of too few nodes check_sizes complains first. */
    if ((st = launch_new(&l, p, n, n + extra, threshold ? threshold : (n - 1) / 2, err))) return st;
    if ((together ? !extra || place_owners_together(l, p) : place_owners_as_nodes(l, p)) &&
        name_helpers(l)) {
        *out = l;
        return OK;
    }
    launch_free(l);
    return fail_memory(err);
}

status launch_add_absent(launch *l, unsigned owners, failure *err)
{
    char **name = calloc((size_t)l->members + owners, sizeof *name);

    if (!name) return fail_memory(err);
    for (unsigned k = 0; k < l->members; k++) name[k] = l->name[k];
    free(l->name);
    l->name = name, l->absent = owners;
    return OK;
}

void launch_free(launch *l)
{
    if (!l) return;
    for (unsigned k = 0; l->name && k < l->members + l->absent; k++) free(l->name[k]);
    for (unsigned i = 0; l->home && i < l->parties; i++) free(l->home[i]);
    free(l->name);
    free(l->home);
    free(l);
}

status launch_choose_multiply(launch *l, multiply_way way, failure *err)
{
    l->multiply = way;
    if (way != MULTIPLY_KING || keys_small(l->nodes, l->threshold)) return OK;
    fail(err, E_USAGE, "",
         "`--multiply king` wants a key for each set of n - t nodes, and of %u nodes with "
         "threshold %u there are too many such sets",
         l->nodes, l->threshold);
    fail_add(err, "help: --multiply grr");
    return E_USAGE;
}

status launch_choose_security(launch *l, bool active, failure *err)
{
    l->active = active;
    if (!active || keys_small(l->nodes, l->threshold)) return OK;
    fail(err, E_USAGE, "",
         "active security wants a key for each set of n - t nodes, and of %u nodes with "
         "threshold %u there are too many such sets",
         l->nodes, l->threshold);
    fail_add(err, "help: --threshold 1, or --security passive");
    return E_USAGE;
}

const char *launch_security(const launch *l)
{
    return l->active ? "active" : "passive";
}

bool launch_has_king(const launch *l, size_t products)
{
    enum { NODES_FROM = 4, PRODUCTS_FROM = 8192 };

    if (l->multiply != MULTIPLY_AUTO) return l->multiply == MULTIPLY_KING;
    return l->nodes >= NODES_FROM && products >= PRODUCTS_FROM;
}

const char *multiply_name(multiply_way way)
{
    static const char *const name[] = {"auto", "grr", "king"};
    return name[way];
}
