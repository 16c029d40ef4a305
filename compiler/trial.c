/* Checking that may be taken back: what it has built is gone, and nothing refers to it. Loops are tried so until their
 * ranges settle, and quotations that no round runs are checked so for their mistakes alone. */
#include <string.h>

#include "compiler/check.h"

saved stack_save(checker *c)
{
    c->steps += c->height / 16; /* a copy is work too */
    saved s = {arena_alloc(c->mem, c->height * sizeof(cell)), c->height, c->rep->steps};
    if (c->height) memcpy(s.stack, c->stack, c->height * sizeof(cell));
    return s;
}

static void stack_restore(checker *c, const saved *s)
{
    c->height = 0;
    c->rep->steps = s->steps;
    for (uint32_t i = 0; i < s->height; i++) push(c, s->stack[i]);
}

trial trial_begin(checker *c)
{
    return (trial){.stack = stack_save(c),
                   .told = outputs_save(c),
                   .found = *c->found,
                   .nodes = c->g.nodes,
                   .blocks = c->g.blocks,
                   .block = c->g.current,
                   .growths = c->growths,
                   .at = c->at,
                   .unwatched = c->unwatched,
                   .failed = c->failed};
}

void trial_take_back(checker *c, const trial *t)
{
    c->g.nodes = t->nodes, c->g.blocks = t->blocks, c->g.current = t->block;
    c->growths = t->growths, c->at = t->at, c->unwatched = t->unwatched;
    if (c->judged > t->nodes) c->judged = t->nodes;
    if (c->own.len > t->nodes) c->own.len = t->nodes;
    for (uint32_t i = 0; i < c->header.inputs; i++) {
        binding *b = c->inputs[i];
        if (b->input >= 0 && b->value.v >= t->nodes) b->unread = true;
    }
    outputs_restore(c, &t->told);
    stack_restore(c, &t->stack);
}

void trial_forget_errors(checker *c, const trial *t)
{
    *c->found = t->found;
    diagnose_last(c->found);
    c->failed = t->failed;
}

/* --- quotations that no round runs */

unrun unrun_begin(checker *c)
{
    const unrun u = {.start = trial_begin(c),
                     .modulus = c->g.modulus,
                     .modulus_at = c->g.modulus_at,
                     .low = c->low,
                     .symbolic = c->g.symbolic,
                     .dry = c->dry,
                     .may_assume = c->may_assume,
                     .outgrown = c->outgrown};
    c->g.symbolic = c->dry = c->may_assume = true;
    return u;
}

/* That there are no items may be why no round runs: what is said of positions then is no mistake. */
static bool is_of_sizes(const checker *c, const unrun *u)
{
    return c->found->errors == u->start.found.errors + 1 && c->found->last != u->start.found.last &&
           !strcmp(diagnose_code(c->found->last), "E0405");
}

bool unrun_end(checker *c, const unrun *u, bool good)
{
    if (!good && is_of_sizes(c, u)) {
        trial_forget_errors(c, &u->start);
        good = true;
    }
    c->g.symbolic = u->symbolic, c->g.modulus = u->modulus, c->g.modulus_at = u->modulus_at;
    c->dry = u->dry, c->may_assume = u->may_assume, c->outgrown = u->outgrown;
    if (!good) return false;
    trial_take_back(c, &u->start);
    c->low = u->low;
    return true;
}
