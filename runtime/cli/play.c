/* moot play [FILE]: a page on this machine's loopback, on which a program can be written and looked at. Its address
 * has a token that no other page knows; requests of other origins or for other hosts get nothing. */
#include <arpa/inet.h>
#include <errno.h>
#include <microhttpd.h>
#include <netinet/in.h>
#include <openssl/crypto.h>
#include <openssl/rand.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "runtime/cli/cli.h"
#include "runtime/cli/page.h"
#include "runtime/cli/play_look.h"
#include "runtime/json.h"

enum { TOKEN_BYTES = 16, TOKEN = 2 * TOKEN_BYTES, ADDRESS = 32, WAIT_MS = 500, CONNECTIONS = 8 };

static const char template[] =
#include "runtime/cli/play.html.def"
    ;
static const char place_of_data[] = "@DATA@";

static const char first_program[] = "## What everyone earns on average.\n\n"
                                    "party  employee[n]\n"
                                    "input  salary  from employee : int 0..1_000_000\n"
                                    "output average to   all      : fix\n\n"
                                    "salary mean  reveal average\n";
static const char first_data[] =
    "{\"employee\": [{\"salary\": 52000}, {\"salary\": 61000}, {\"salary\": 74500}]}\n";

typedef struct play {
    const char *file; /* NULL: none was given */
    buffer page;
    char token[TOKEN + 1], host[ADDRESS], origin[ADDRESS + 8];
} play;

/* A request whose body is being received. */
typedef struct upload {
    buffer body;
    bool too_long;
} upload;

static volatile sig_atomic_t ended_by;

static void on_signal(int number)
{
    ended_by = number;
}

/* --- answering */

static enum MHD_Result reply(struct MHD_Connection *to, unsigned code, const char *type,
                             const buffer *text)
{
    static const char *const headers[][2] = {{MHD_HTTP_HEADER_CACHE_CONTROL, "no-store"},
                                             {"X-Content-Type-Options", "nosniff"},
                                             {"X-Frame-Options", "DENY"},
                                             {"Cross-Origin-Resource-Policy", "same-origin"},
                                             {"Referrer-Policy", "no-referrer"}};
    struct MHD_Response *r;
    enum MHD_Result done;

    if (text->failed) return MHD_NO;
    r = MHD_create_response_from_buffer(text->len, text->data, MHD_RESPMEM_MUST_COPY);
    if (!r) return MHD_NO;
    MHD_add_response_header(r, MHD_HTTP_HEADER_CONTENT_TYPE, type);
    for (size_t k = 0; k < sizeof headers / sizeof *headers; k++)
        MHD_add_response_header(r, headers[k][0], headers[k][1]);
    done = MHD_queue_response(to, code, r);
    MHD_destroy_response(r);
    return done;
}

static enum MHD_Result refuse(struct MHD_Connection *to, unsigned code, const char *why)
{
    buffer text = {0};

    buffer_printf(&text, "%s\n", why);
    enum MHD_Result done = reply(to, code, "text/plain; charset=utf-8", &text);
    buffer_free(&text);
    return done;
}

static bool header_is(struct MHD_Connection *of, const char *name, const char *wanted, bool may_lack)
{
    const char *given = MHD_lookup_connection_value(of, MHD_HEADER_KIND, name);
    return given ? !strcmp(given, wanted) : may_lack;
}

/* What stands behind the token, or NULL when the token is another. */
static const char *behind_token(const play *p, const char *url)
{
    if (strlen(url) < 1 + TOKEN || url[0] != '/') return NULL;
    return CRYPTO_memcmp(url + 1, p->token, TOKEN) ? NULL : url + 1 + TOKEN;
}

static enum MHD_Result look(const play *p, struct MHD_Connection *to, const upload *u)
{
    buffer answer = {0};
    failure err = {0};
    enum MHD_Result done;

    if (u->too_long || u->body.failed)
        return refuse(to, MHD_HTTP_CONTENT_TOO_LARGE,
                      "a program and its data have a megabyte at most");
    if (play_look(p->file, (slice){u->body.data, u->body.len}, &answer, &err))
        done = refuse(to, MHD_HTTP_INTERNAL_SERVER_ERROR, err.text);
    else
        done = reply(to, MHD_HTTP_OK, "application/json", &answer);
    buffer_free(&answer);
    return done;
}

static enum MHD_Result route(const play *p, struct MHD_Connection *to, const char *url,
                             const char *method, const upload *u)
{
    const char *rest = behind_token(p, url);

    if (!header_is(to, MHD_HTTP_HEADER_HOST, p->host, false) ||
        !header_is(to, MHD_HTTP_HEADER_ORIGIN, p->origin, true) || !rest)
        return refuse(to, MHD_HTTP_NOT_FOUND, "there is nothing here");
    if (!strcmp(rest, "/") && !strcmp(method, MHD_HTTP_METHOD_GET))
        return reply(to, MHD_HTTP_OK, "text/html; charset=utf-8", &p->page);
    if (strcmp(rest, "/look") != 0 || strcmp(method, MHD_HTTP_METHOD_POST) != 0)
        return refuse(to, MHD_HTTP_NOT_FOUND, "there is nothing here");
    if (!header_is(to, MHD_HTTP_HEADER_CONTENT_TYPE, "application/json", false))
        return refuse(to, MHD_HTTP_UNSUPPORTED_MEDIA_TYPE, "a program comes as JSON");
    return look(p, to, u);
}

/* Called when a request begins, for each part of its body, and when it is whole. */
static enum MHD_Result answer(void *user, struct MHD_Connection *to, const char *url,
                              const char *method, const char *version, const char *part,
                              size_t *part_len, void **context)
{
    upload *u = *context;

    (void)version;
    if (!u) return (*context = calloc(1, sizeof *u)) ? MHD_YES : MHD_NO;
    if (*part_len == 0) return route(user, to, url, method, u);
    u->too_long |= u->body.len + *part_len > PLAY_REQUEST_MAX;
    if (!u->too_long) buffer_append(&u->body, part, *part_len);
    *part_len = 0;
    return MHD_YES;
}

static void forget_upload(void *user, struct MHD_Connection *of, void **context,
                          enum MHD_RequestTerminationCode how)
{
    upload *u = *context;

    (void)user, (void)of, (void)how;
    if (u) buffer_free(&u->body);
    free(u);
}

/* --- the page */

static status read_start(const play *p, buffer *source, buffer *values, failure *err)
{
    status st;

    if (!p->file) {
        buffer_printf(source, "%s", first_program);
        buffer_printf(values, "%s", first_data);
        return OK;
    }
    char *beside = cli_data_beside(p->file);
    st = read_file(p->file, source, err);
    if (!st && beside) st = read_file(beside, values, err);
    free(beside);
    return st;
}

static status make_page(play *p, failure *err)
{
    const char *gap = strstr(template, place_of_data);
    buffer source = {0}, values = {0}, object = {0};
    status st = read_start(p, &source, &values, err);

    buffer_append(&source, "", 1);
    buffer_append(&values, "", 1);
    if (!st && !source.failed && !values.failed) {
        buffer_printf(&object, "{\"source\":");
        json_string(&object, (const char *)source.data);
        buffer_printf(&object, ",\"data\":");
        json_string(&object, (const char *)values.data);
        buffer_printf(&object, "}");
        buffer_append(&p->page, template, (size_t)(gap - template));
        if (!object.failed) page_put((slice){object.data, object.len}, &p->page);
        buffer_printf(&p->page, "%s", gap + strlen(place_of_data));
    }
    if (!st && (source.failed || values.failed || object.failed || p->page.failed))
        st = fail_memory(err);
    buffer_free(&source);
    buffer_free(&values);
    buffer_free(&object);
    return st;
}

/* --- from start to end */

static status make_token(play *p, failure *err)
{
    uint8_t bytes[TOKEN_BYTES];

    if (RAND_bytes(bytes, sizeof bytes) != 1)
        return fail(err, E_BUG, "", "the system's random source does not answer");
    for (size_t k = 0; k < TOKEN_BYTES; k++) snprintf(p->token + 2 * k, 3, "%02x", bytes[k]);
    return OK;
}

/* On a port that the system chooses, of 127.0.0.1 alone; without threads, for looking forks. */
static status listen_here(play *p, struct MHD_Daemon **out, failure *err)
{
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    const union MHD_DaemonInfo *info;

    *out = MHD_start_daemon(MHD_USE_AUTO, 0, NULL, NULL, answer, p, MHD_OPTION_SOCK_ADDR,
                            (struct sockaddr *)&at, MHD_OPTION_NOTIFY_COMPLETED, forget_upload, NULL,
                            MHD_OPTION_CONNECTION_LIMIT, (unsigned)CONNECTIONS, MHD_OPTION_END);
    info = *out ? MHD_get_daemon_info(*out, MHD_DAEMON_INFO_BIND_PORT) : NULL;
    if (!info || !info->port)
        return fail(err, E_USAGE, "", "cannot listen on 127.0.0.1: %s", strerror(errno));
    snprintf(p->host, sizeof p->host, "127.0.0.1:%u", info->port);
    snprintf(p->origin, sizeof p->origin, "http://%s", p->host);
    return OK;
}

static int say_where(const arguments *args, const play *p)
{
    buffer text = {0};

    buffer_printf(&text, args->json ? "{\"address\":\"%s/%s/\"}\n" : "%s/%s/\n", p->origin, p->token);
    if (!args->quiet && !args->json)
        fprintf(stderr, "open this in a browser on this machine; Ctrl-C ends it:\n");
    return cli_print(&text);
}

static void serve(struct MHD_Daemon *daemon)
{
    const struct sigaction ends = {.sa_handler = on_signal};

    sigaction(SIGINT, &ends, NULL);
    sigaction(SIGTERM, &ends, NULL);
    sigaction(SIGHUP, &ends, NULL);
    while (!ended_by) MHD_run_wait(daemon, WAIT_MS);
}

int command_play(const arguments *args)
{
    play p = {.file = args->operands ? args->operand[0] : NULL};
    struct MHD_Daemon *daemon = NULL;
    failure err = {0};
    int code;

    if (make_page(&p, &err) || make_token(&p, &err) || listen_here(&p, &daemon, &err)) {
        code = cli_fail(&err);
    } else if (!(code = say_where(args, &p))) {
        serve(daemon);
        code = 128 + ended_by; /* as a shell would say */
    }
    if (daemon) MHD_stop_daemon(daemon);
    buffer_free(&p.page);
    OPENSSL_cleanse(p.token, sizeof p.token);
    return code;
}
