/* The exact price of a program before it runs: the Shamir box on counting channels, once for each member. Of a
 * program that chooses its way by what it reveals, the most that can happen: of an `if` each counter of the
 * dearer branch, of an `until` all rounds. */
#ifndef MOOT_RUNTIME_COST_H
#define MOOT_RUNTIME_COST_H

#include "runtime/shamir.h"
#include "vm/interp.h"

typedef struct cost {
    uint64_t rounds, multiplications;
    uint64_t first_reveal;  /* the round in which the first output is opened; 0: none is */
    bool at_most;           /* the run may cost less */
    uint64_t *bytes;        /* [members] whole frames sent */
    uint64_t bytes_besides; /* of no line; the mean over the nodes */
    line_cost *line;        /* by line; bytes are the mean over the nodes */
    size_t lines;
    unsigned members;
} cost;

status cost_of(cost *out, const program *p, const launch *l, failure *err);
/* The same, watched: whoever runs long may be stopped. */
status cost_of_watched(cost *out, const program *p, const launch *l, const interp_watcher *watcher,
                       failure *err);
void cost_free(cost *c);

/* What a run may cost a node, and what the user calls it; 0: no limit. */
typedef struct cost_limits {
    uint64_t rounds, bytes;
    const char *rounds_name, *bytes_name; /* "--max-rounds" */
} cost_limits;

/* E_LIMIT for a price above a limit. */
status cost_check(const cost *c, const cost_limits *limits, failure *err);

#endif
