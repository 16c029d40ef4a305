/* How a serving node says what happens: a line for people, or one JSON object a line. */
#ifndef MOOT_RUNTIME_CLI_SERVE_LOG_H
#define MOOT_RUNTIME_CLI_SERVE_LOG_H

#include "runtime/serve.h"

/* Writes a line to stderr. */
void serve_log_text(const serve_event *e);
void serve_log_json(const serve_event *e);

#endif
