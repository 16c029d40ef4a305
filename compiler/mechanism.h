/* What noise hides: each place where noise that nobody knows is added to data, how much of it, and what several of
 * them tell together. For the leakage report. Internal to the compiler. */
#ifndef MOOT_COMPILER_MECHANISM_H
#define MOOT_COMPILER_MECHANISM_H

#include "compiler/ir.h"

/* Inputs by number, the first 64; programs with more name the others together. */
typedef uint64_t input_set;

/* Mechanisms by number, the first 64. */
typedef uint64_t mechanism_set;

enum { MECHANISMS_MAX = 64 };

typedef struct mechanism {
    ir_id data, noise;
    input_set from;  /* inputs that reach `data` without noise */
    uint64_t copies; /* how often each number of the data gets noise of its own here */
} mechanism;

typedef struct mechanisms {
    const ir *g;
    mechanism at[MECHANISMS_MAX];
    unsigned len;
} mechanisms;

/* Whether v is the numbers of its operand, each once: in another shape, of another kind, or scaled to fix. */
bool is_same_numbers(const ir *g, const ir_node *v);

/* Notes that `noise` (a node with noise) was added to `data` to give `result`. Empty when there are too many, or when
 * one draw would be added to several numbers, whose differences it does not hide. */
mechanism_set mechanism_note(mechanisms *m, ir_id data, ir_id noise, ir_id added, ir_id result,
                             input_set from);

/* Mechanism k alone: its noise, as the program words it. */
budget mechanism_budget(const mechanisms *m, unsigned k);

/* What all of the set spend together: epsilons and deltas add up, an upper bound; of noise that says no epsilon the least
 * sigma counts. */
budget mechanisms_budget(const mechanisms *m, mechanism_set set);

/* "epsilon 0.5", "sigma 2", "epsilon 1, delta 0.00001, sigma 2"; in g->mem. */
const char *budget_in_words(const mechanisms *m, const budget *b);

/* Whether one of each set hides the same data by another draw. */
bool mechanisms_repeat(const mechanisms *m, mechanism_set a, mechanism_set b);

/* Those of the set that hide data of this input. */
mechanism_set mechanisms_of(const mechanisms *m, mechanism_set set, unsigned input);

#endif
