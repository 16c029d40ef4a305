/* Who computes in a run and whose data are where: the nodes, the threshold, and for each party the mesh
 * member that gives its inputs and learns its outputs. All members derive the same launch. */
#ifndef MOOT_RUNTIME_LAUNCH_H
#define MOOT_RUNTIME_LAUNCH_H

#include "vm/bytecode.h"

enum {
    NODES_MIN = 3,
    NODES_MAX = 31,
    OWNERS_MAX =
        3072 /* who submit to one session: what nodes tell each other of them fits one frame */
};

/* How the degree of products is reduced: by dealing (Gennaro, Rabin, Rabin 1998) in one round, or through a king
 * (Damgård, Nielsen 2007) in two rounds of fewer bytes. */
typedef enum multiply_way { MULTIPLY_AUTO, MULTIPLY_GRR, MULTIPLY_KING } multiply_way;

typedef struct launch {
    unsigned nodes;     /* n: members 0 … nodes-1 compute; node k stands at point k+1 */
    unsigned threshold; /* t, 1 <= t < n/2 */
    unsigned members;   /* nodes, and one more when owners that do not compute share a process */
    unsigned absent;    /* owners who submitted and are not there: homes from `members` on */
    unsigned **home;    /* [party][member of the party] -> mesh member */
    char **name;        /* [members + absent]: "bidder-0", "auctioneer", "helper-1", "owners" */
    unsigned parties;
    multiply_way multiply; /* MULTIPLY_AUTO when made */
    bool active;           /* nodes may do anything, and are checked; false when made */
} launch;

/* E_USAGE when a king has no masks among so many nodes. */
status launch_choose_multiply(launch *l, multiply_way way, failure *err);

/* Whether so many products, of one step, go through a king; the same at all members. Auto takes one from four
 * nodes on where the bytes saved weigh more than a round. */
bool launch_has_king(const launch *l, size_t products);

/* The mode by its name, "passive" or "active". E_USAGE when the checks of the latter are not there for so many
 * nodes. */
status launch_choose_security(launch *l, bool active, failure *err);
const char *launch_security(const launch *l);

const char *multiply_name(multiply_way way); /* "auto", "grr", "king" */

/* How many members a party of the program has: 1 when it is no group, and for PARTY_ALL. */
uint32_t party_members(const program *p, uint32_t party);

/* The launch of `moot run`: nodes = 0 means the parties themselves, helpers up to three, and three helpers
 * when there are more than seven; threshold = 0 means the largest below n/2. E_USAGE when n or t is out of
 * range. *out is freed with launch_free. */
status launch_local(launch **out, const program *p, unsigned nodes, unsigned threshold, failure *err);

/* An empty launch of these sizes, for who places parties in another way: every home is member 0 and every
 * name NULL; the caller fills both (names by malloc). E_USAGE when n or t is out of range. */
status launch_new(launch **out, const program *p, unsigned nodes, unsigned members,
                  unsigned threshold, failure *err);

/* Makes room for owners who are not there; before the security is chosen. */
status launch_add_absent(launch *l, unsigned owners, failure *err);

void launch_free(launch *l);

#endif
