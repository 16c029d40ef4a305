/* `moot trace` on a terminal: one key a command, the view drawn anew after each. */
#ifndef MOOT_RUNTIME_CLI_SCREEN_H
#define MOOT_RUNTIME_CLI_SCREEN_H

#include "runtime/cli/view.h"

/* Can the terminal be drawn on: standard input and output are one, and it is not dumb? */
bool screen_possible(void);

/* Until the user leaves. `last` (NULL: none) is shown at the bottom from the start. Returns 0, the number of the
 * signal that ended it, or -1 when the terminal fails. The terminal is as before in any case. */
int screen_run(view *v, walk *w, const char *last);

#endif
