/* How `moot trace` shows steps: all of them as text or JSON, or one with what is there after it. */
#ifndef MOOT_RUNTIME_CLI_VIEW_H
#define MOOT_RUNTIME_CLI_VIEW_H

#include "runtime/cli/walk.h"
#include "runtime/cost.h"
#include "runtime/watch.h"

typedef struct view {
    const program *program;
    const report *rep;
    const watched *seen;
    const run_data *data;
    const cost *price; /* what the program costs; NULL: nobody has asked */
    bool colour;
    size_t width; /* of lines; 0: as long as they are */
} view;

/* Appends whose trace this is and what it is for. */
void view_note(const view *v, buffer *out);

/* Appends every step, a line each, under the source lines. */
void view_all(const view *v, buffer *out);

/* Appends the object "moot.trace/1". */
void view_json(const view *v, buffer *out);

/* Appends where the walk stands: the source around it (`around` lines before and after), the stack, the names, and
 * what has been revealed. */
void view_here(const view *v, const walk *w, unsigned around, buffer *out);

#endif
