/* Where `moot trace` stands: a position among the steps of a run, lines to stop at, and the commands that move. */
#ifndef MOOT_RUNTIME_CLI_WALK_H
#define MOOT_RUNTIME_CLI_WALK_H

#include "compiler/compile.h"

enum { WALK_STOPS = 64, WALK_WATCHES = 8 };

typedef struct walk {
    const report *rep;
    size_t at;                 /* steps that have run: 0 … rep->steps */
    uint32_t stop[WALK_STOPS]; /* lines, where `continue` stops */
    size_t stops;
    const char *watch[WALK_WATCHES]; /* names whose values are shown, and at which `continue` stops */
    size_t watches;
} walk;

/* The step that ran last, or NULL at the start. */
const word_step *walk_step(const walk *w);

/* What the watched name was last given, or NULL when it has not been yet. */
const step_value *walk_watched(const walk *w, const char *name);

bool walk_stops_at(const walk *w, uint32_t line);

/* What a command makes of the walk. */
typedef enum walk_result { WALK_MOVED, WALK_QUIT, WALK_HELP, WALK_UNKNOWN } walk_result;

/* Obeys one command: a name, its first letter, or nothing for `next`; `goto` and `break` take a line, `watch` a name. A command that
 * cannot be obeyed leaves the walk as it was, and `why` says why. */
walk_result walk_obey(walk *w, const char *command, failure *why);

/* Appends what the commands are, a line each. */
void walk_help(buffer *out);

#endif
