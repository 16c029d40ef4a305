/* What a definition promises, as its effect says it, and what its uses showed of it. Internal to the checker. */
#ifndef MOOT_COMPILER_EFFECTS_H
#define MOOT_COMPILER_EFFECTS_H

#include "compiler/check.h"

/* One item of an effect: `v`, `label:bool[n]`, `x:known int` or `q:[]`. */
typedef struct item {
    token name;
    bool typed, quotation;
    int vis; /* -1: any */
    type_text type;
} item;

enum { ITEMS_MAX = 32 };

typedef struct effect {
    const item *in, *out;
    uint32_t ins, outs;
    struct seen_effect *seen; /* of its uses, for WATCH_EFFECTS; NULL: none */
} effect;

/* --- effecttypes.c: for WATCH_EFFECTS, else these do nothing */
void effect_takes(checker *c, effect *e, const cell *in); /* what a use found on the stack */
void effect_leaves(checker *c, effect *e, const cell *out);
void effects_note(checker *c); /* report.note: the types that the uses agree on */

#endif
