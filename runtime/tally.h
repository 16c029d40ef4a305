/* All that a cost box has counted at one moment. Internal to the box. */
#ifndef MOOT_RUNTIME_TALLY_H
#define MOOT_RUNTIME_TALLY_H

#include "runtime/audit.h"

typedef struct tally {
    channel *channel;
    uint64_t multiplications, of_lines;
    line_cost *line;
    audit_counts pending; /* in active mode */
} tally;

/* Room for what the box counts; false when memory is out, and then it is to be freed as well. */
bool tally_new(tally *t, const box *b);
void tally_free(tally *t);
void tally_take(tally *t, const box *b);
void tally_put(const tally *t, box *b);
/* The box has counted `times` more of all that it has counted since t. */
void tally_repeat(const tally *t, box *b, uint64_t times);

#endif
