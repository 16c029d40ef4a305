/* Where each value is computed: at its owner in the clear, among the nodes in secret, or both. Internal to
 * generate(). */
#ifndef MOOT_COMPILER_HOIST_H
#define MOOT_COMPILER_HOIST_H

#include "compiler/ir.h"

typedef struct site {
    uint32_t owner; /* the party that can compute it alone; NO_OWNER: none */
    uint32_t uses;  /* by live values */
    bool live;
    bool beside;  /* meets a private length, or leads to what does: its owner has to have it */
    bool clear;   /* wanted at the owner */
    bool secret;  /* wanted among the nodes */
    bool by_work; /* secret from secret operands, though the owner could: nothing more to share */
    bool split;   /* MATMUL over a group's axis: products at the members, sums among the nodes */
} site;

/* One site for each value of g, in g->mem. Without o->hoist only what rests on private lengths is the owner's work; of
 * lists that are padded the padding alone, and their count. */
site *hoist_plan(ir *g, const generate_options *o);

/* The party that can compute v alone, or NO_OWNER. `known` keeps what is known so far of the values before:
 * zeroed at first, for one graph whose sizes are all known. */
typedef struct owners {
    site *at;
    ir_id len, cap;
} owners;
uint32_t hoist_owner(const ir *g, owners *known, ir_id v);

/* The members of the group `owner`, 0 when it is no group. */
int64_t hoist_members(const ir *g, uint32_t owner);

/* Whether a known value is the same for each of the members: a scalar, or equal rows of a first axis. */
bool hoist_is_uniform(const ir *g, ir_id v, int64_t members);

/* Whether a VIEW is the whole operand in its own order: another shape, no work. */
bool hoist_is_reshape(const ir *g, const ir_node *n);

/* How many axes a VIEW has: its own, not those of the result's shape. */
unsigned hoist_view_axes(const ir_node *n);

#endif
