/* A loop under way: what loops.c, which runs its rounds, and settle.c, which makes it one of the bytecode, have in common.
 * Internal to the checker. */
#ifndef MOOT_COMPILER_LOOPS_H
#define MOOT_COMPILER_LOOPS_H

#include "compiler/check.h"

enum { ASSUME_LIMIT = 1000000 };

/* What its rounds have revealed of an output. */
typedef struct rows {
    bool any;
    ir_id *told; /* [len]: what all were told in each round that has been checked */
    uint32_t len, cap;
} rows;

/* How the ranges of a loop are found: round by round, or by what one round adds (drift.c). */
typedef enum pace { FOLLOWS, PROVES, FOLLOWS_ON } pace;

/* What of a value's type may be another after a round, and then is in all rounds. */
typedef struct form {
    kind kind;
    unsigned lift;
} form;

typedef struct loop {
    const cell *q;
    int64_t rounds;
    bool until;          /* a public bool comes out last */
    bool none;           /* no round runs: one is checked, whose number is a letter */
    bool numbers;        /* `for`: the round's number goes in first */
    cell items;          /* `fold`: an item of this goes in first, if `rows_of_items` is not 0: */
    ir_id rows_of_items; /* the same with the items' axis in front */
    uint32_t base;       /* `fold`: what the quotation sees begins here */
    outputs before;      /* what names mean at the beginning of each round */
    rows *row;           /* by output; NULL before the first round, and where nothing is revealed */
    ir_id stop;          /* of the latest round: whether it was the last */

    uint32_t low, n; /* the state: stack[low .. low + n) */
    cell *start;
    type *arg;      /* of the values among them that the bytecode carries from round to round, */
    uint32_t *slot; /* which of those each is; FIXED for what has no register and stays as it is */
    form *grown;    /* of each, what a round has left */
    uint32_t args;
    ir_id turn;    /* in a round of the bytecode that counts: its number, public; else 0 */
    uint32_t body; /* the block of the latest trial, which becomes the loop's */
    uint32_t grew; /* the topmost of the state that a round has made larger */
    bool assumed;
    bool must_prove; /* nothing is assumed, nor refused because it grows: */
    bool outgrows;   /* it was */
    pace pace;
    bool changes;     /* something FIXED does not stay as it is: */
    uint32_t changed; /* this of the state */
} loop;

#define FIXED UINT32_MAX

/* --- loops.c */

/* Whether its rounds have a number or an item each, which the bytecode finds by counting. */
static inline bool loop_counts(const loop *l)
{
    return l->numbers || l->rows_of_items;
}

/* One round, which is number `which` when that is known; false, and said, when it is refused. */
bool loop_round(checker *c, loop *l, int64_t which);
/* Outputs revealed row by row mean all their rows: of an expanded loop, or of the loop node `after`. */
void loop_end(checker *c, const loop *l, ir_id after);
/* What the loop calls its state: its quotation begins with `-> name`. */
const char *loop_state_name(const checker *c, const cell *q);

/* --- settle.c */

/* Rounds `first` and on as a loop of the bytecode, whose state begins at stack[low]. False when it is refused, or when it
 * must be proved and is not (nothing is said then). Where something changes that the bytecode cannot carry, l->changes. */
bool loop_settle(checker *c, loop *l, int64_t first, uint32_t low);

/* --- overlap.c */

/* Whether the rounds of the body, a block just left, would run beside each other if they were expanded: something that
 * costs messages does not wait for what the round before leaves. A guess by the length of chains. */
bool loop_overlaps(const ir *g, uint32_t body);

#endif
