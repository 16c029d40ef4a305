/* Two pages over libmicrohttpd, which does the reading of requests. */
#include "runtime/cli/serve_http.h"

#include <arpa/inet.h>
#include <errno.h>
#include <microhttpd.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

enum { CONNECTIONS = 16, IDLE_SECONDS = 10 };

struct serve_http {
    struct MHD_Daemon *daemon;
    serve *node;
};

static enum MHD_Result reply(struct MHD_Connection *to, unsigned code, const char *type, buffer *text)
{
    struct MHD_Response *r;
    enum MHD_Result done;

    if (text->failed) return MHD_NO;
    r = MHD_create_response_from_buffer(text->len, text->data, MHD_RESPMEM_MUST_COPY);
    buffer_free(text);
    if (!r) return MHD_NO;
    MHD_add_response_header(r, MHD_HTTP_HEADER_CONTENT_TYPE, type);
    done = MHD_queue_response(to, code, r);
    MHD_destroy_response(r);
    return done;
}

static enum MHD_Result answer(void *http, struct MHD_Connection *to, const char *url,
                              const char *method, const char *version, const char *upload,
                              size_t *upload_size, void **context)
{
    serve_http *h = http;
    buffer text = {0};

    (void)version, (void)upload, (void)upload_size, (void)context;
    if (strcmp(method, MHD_HTTP_METHOD_GET) != 0) {
        buffer_printf(&text, "only GET\n");
        return reply(to, MHD_HTTP_METHOD_NOT_ALLOWED, "text/plain", &text);
    }
    if (!strcmp(url, "/metrics")) {
        serve_metrics(h->node, &text);
        return reply(to, MHD_HTTP_OK, "text/plain; version=0.0.4", &text);
    }
    if (!strcmp(url, "/healthz")) {
        buffer_printf(&text, "ok\n");
        return reply(to, MHD_HTTP_OK, "text/plain", &text);
    }
    buffer_printf(&text, "there are /metrics and /healthz\n");
    return reply(to, MHD_HTTP_NOT_FOUND, "text/plain", &text);
}

status serve_http_start(serve_http **out, serve *node, unsigned port, failure *err)
{
    struct sockaddr_in at = {.sin_family = AF_INET,
                             .sin_port = htons((uint16_t)port),
                             .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    serve_http *h = calloc(1, sizeof *h);
    sigset_t all, old;

    *out = NULL;
    if (!h) return fail_memory(err);
    h->node = node;
    sigfillset(&all); /* signals are not for its thread */
    pthread_sigmask(SIG_SETMASK, &all, &old);
    h->daemon = MHD_start_daemon(
        MHD_USE_INTERNAL_POLLING_THREAD, 0, NULL, NULL, answer, h, MHD_OPTION_SOCK_ADDR,
        (struct sockaddr *)&at, MHD_OPTION_CONNECTION_LIMIT, (unsigned)CONNECTIONS,
        MHD_OPTION_CONNECTION_TIMEOUT, (unsigned)IDLE_SECONDS, MHD_OPTION_END);
    pthread_sigmask(SIG_SETMASK, &old, NULL);
    if (h->daemon) {
        *out = h;
        return OK;
    }
    free(h);
    return fail(err, E_USAGE, "", "cannot listen on 127.0.0.1:%u for --http: %s", port,
                strerror(errno));
}

void serve_http_stop(serve_http *h)
{
    if (!h) return;
    MHD_stop_daemon(h->daemon);
    free(h);
}
