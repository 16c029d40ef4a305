/* Cheaper ways to write a program: phrases of it that a dearer word makes and a cheaper one makes as well. Each is
 * found by trying: the program is compiled and priced with the other words, and only what costs less is told. */
#ifndef MOOT_RUNTIME_EXPLAIN_CHEAPER_H
#define MOOT_RUNTIME_EXPLAIN_CHEAPER_H

#include "runtime/cost.h"
#include "runtime/source.h"

typedef struct cheaper {
    uint32_t line;          /* where the dearer word stands */
    char *now, *instead;    /* "sort 0 at", "minimum" */
    uint64_t rounds, bytes; /* of the whole program with it; bytes of the node that sends most */
} cheaper;

enum { CHEAPER_MAX = 8 };

typedef struct cheaper_list {
    cheaper at[CHEAPER_MAX];
    size_t len;
} cheaper_list;

/* Tries the phrases of p's own text (p->source; none when it is gone), with the sizes that p has. `field` is what
 * the user asked for. A way that does not compile, or costs as much, is left out. E_MEMORY alone. */
status cheaper_find(cheaper_list *out, const program *p, field_request field, const launch *l,
                    const cost *now, failure *err);
void cheaper_free(cheaper_list *list);

/* Bytes of the node that sends most. */
uint64_t cost_most_bytes(const cost *c, const launch *l);

#endif
