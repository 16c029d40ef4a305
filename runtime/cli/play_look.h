/* What `moot play` says of a program: what is wrong with it, the stack at each word, outputs, cost and leakage. */
#ifndef MOOT_RUNTIME_CLI_PLAY_LOOK_H
#define MOOT_RUNTIME_CLI_PLAY_LOOK_H

#include "runtime/cli/cli.h"

/* The largest program with its data, and the largest answer. */
enum { PLAY_REQUEST_MAX = 1 << 20, PLAY_ANSWER_MAX = 1 << 25 };

/* `body` is {"source":"…","data":"…"}, the data as their own JSON text or empty. `file` is where `use` and data files
 * are read beside; NULL: neither is. Appends {"check":{"diagnostics":[…]},"error":…,"trace":{…},"explain":{…}}, the
 * last two when there is something to run. It is done by a process of its own, which may take some seconds and
 * some memory and no more: a program that takes too long, or brings us down, is an "error". */
status play_look(const char *file, slice body, buffer *out, failure *err);

#endif
