/* GET /metrics and /healthz of a serving node, on the loopback interface only. */
#ifndef MOOT_RUNTIME_CLI_SERVE_HTTP_H
#define MOOT_RUNTIME_CLI_SERVE_HTTP_H

#include "runtime/serve.h"

typedef struct serve_http serve_http;

/* Answers on 127.0.0.1:port from a thread of its own. E_USAGE when it cannot listen there. */
status serve_http_start(serve_http **out, serve *node, unsigned port, failure *err);
void serve_http_stop(serve_http *h); /* NULL is fine */

#endif
