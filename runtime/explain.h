/* What a program does before it does it: who gives, who learns what, what it costs and where. As JSON
 * ("moot.explain/1") and as text for people. */
#ifndef MOOT_RUNTIME_EXPLAIN_H
#define MOOT_RUNTIME_EXPLAIN_H

#include "runtime/explain_cheaper.h"

typedef struct explanation {
    const program *program;
    const report *report; /* of its compilation */
    const launch *launch;
    const cost *cost;
    unsigned rtt_ms, mbit;       /* of the user's network; 0: not told */
    const cheaper_list *cheaper; /* NULL: nobody has looked */
} explanation;

void explain_json(const explanation *e, buffer *out);
void explain_text(const explanation *e, bool colour, buffer *out);

#endif
