/* A small HTTP service: POST /average answers the average salary over three such services, each of another company and
 * with a salary of its own that it tells nobody. usage: service NAME PORT SALARY PEER_PORT PEER_PORT
 *
 * In this folder: average.moot, parties.json (the same at all, with SESSION where the session's name goes), NAME.key. */
#include <arpa/inet.h>
#include <microhttpd.h>
#include <moot.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

enum { PEERS = 2, ID = 16, TEXT = 8192, TIMEOUT_MS = 20000 };

typedef struct service {
    moot_engine *engine;
    moot_program *program; /* compiled once, used by all sessions */
    const char *name;
    int64_t salary;
    in_port_t peer[PEERS];
    char parties[TEXT], key[41];
} service;

typedef struct joining {
    const service *at;
    char id[ID + 1];
} joining;

/* --- one session */

static bool read_text(const char *path, char *out, size_t size)
{
    FILE *in = fopen(path, "r");
    size_t n = in ? fread(out, 1, size - 1, in) : 0;

    if (in) fclose(in);
    out[n] = '\0';
    return n > 0;
}

/* Runs the session of this name with the other services. `answer` gets the average or the reason. */
static bool run_session(const service *at, const char *id, char *answer, size_t size)
{
    const char *place = strstr(at->parties, "SESSION");
    char parties[TEXT + ID];
    moot_session *s = NULL;
    double average = 0;
    size_t n = 0;
    bool done;

    snprintf(parties, sizeof parties, "%.*s%s%s", (int)(place - at->parties), at->parties, id,
             place + strlen("SESSION"));
    done = moot_session_new(at->engine, at->program, parties, at->name, at->key, &s) == MOOT_OK &&
           moot_set_i64(s, "salary", &at->salary, 1) == MOOT_OK && moot_start(s) == MOOT_OK &&
           moot_wait(s, TIMEOUT_MS) == MOOT_DONE &&
           moot_get_f64(s, "average", &average, 1, &n) == MOOT_OK;
    if (done)
        snprintf(answer, size, "{\"average\": %.2f}\n", average);
    else
        snprintf(answer, size, "%s\n", s ? moot_session_error(s) : "out of memory");
    moot_session_free(s);
    return done;
}

static void *join(void *arg)
{
    joining *j = arg;
    char answer[TEXT];

    if (!run_session(j->at, j->id, answer, sizeof answer)) fputs(answer, stderr);
    free(j);
    return NULL;
}

/* Asks another service to take part; it decides by itself, and only ever runs its own program. */
static void invite(in_port_t port, const char *id)
{
    struct sockaddr_in to = {
        .sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    char text[128];

    if (fd < 0) return;
    snprintf(text, sizeof text, "POST /join?session=%s HTTP/1.0\r\nContent-Length: 0\r\n\r\n", id);
    if (!connect(fd, (struct sockaddr *)&to, sizeof to) && write(fd, text, strlen(text)) > 0)
        (void)!read(fd, text, sizeof text);
    close(fd);
}

/* --- HTTP */

static enum MHD_Result reply(struct MHD_Connection *to, unsigned code, const char *text)
{
    struct MHD_Response *r =
        MHD_create_response_from_buffer(strlen(text), (void *)text, MHD_RESPMEM_MUST_COPY);
    enum MHD_Result queued = MHD_queue_response(to, code, r);

    MHD_destroy_response(r);
    return queued;
}

static enum MHD_Result on_average(const service *at, struct MHD_Connection *to)
{
    unsigned char random[ID / 2];
    char id[ID + 1], answer[TEXT];

    if (getrandom(random, sizeof random, 0) != sizeof random) return MHD_NO;
    for (int k = 0; k < ID / 2; k++) snprintf(id + 2 * k, 3, "%02x", random[k]);
    for (int k = 0; k < PEERS; k++) invite(at->peer[k], id);
    if (run_session(at, id, answer, sizeof answer)) return reply(to, MHD_HTTP_OK, answer);
    return reply(to, MHD_HTTP_SERVICE_UNAVAILABLE, answer);
}

static enum MHD_Result on_join(const service *at, struct MHD_Connection *to)
{
    const char *id = MHD_lookup_connection_value(to, MHD_GET_ARGUMENT_KIND, "session");
    joining *j = malloc(sizeof *j);
    pthread_t thread;

    if (!j || !id || strlen(id) != ID || strspn(id, "0123456789abcdef") != ID) {
        free(j);
        return reply(to, MHD_HTTP_BAD_REQUEST, "which session?\n");
    }
    j->at = at;
    memcpy(j->id, id, ID + 1);
    if (pthread_create(&thread, NULL, join, j)) return free(j), MHD_NO;
    pthread_detach(thread);
    return reply(to, MHD_HTTP_ACCEPTED, "\n");
}

/* libmicrohttpd calls this once for the head of a request and again for its end. */
static enum MHD_Result on_request(void *at, struct MHD_Connection *to, const char *url,
                                  const char *method, const char *version, const char *body,
                                  size_t *body_size, void **begun)
{
    (void)version, (void)body;
    if (!*begun) return *begun = at, MHD_YES;
    if (*body_size) return *body_size = 0, MHD_YES;
    if (strcmp(method, "POST") != 0) return reply(to, MHD_HTTP_METHOD_NOT_ALLOWED, "only POST\n");
    if (!strcmp(url, "/average")) return on_average(at, to);
    if (!strcmp(url, "/join")) return on_join(at, to);
    return reply(to, MHD_HTTP_NOT_FOUND, "there is POST /average\n");
}

/* --- starting */

static bool prepare(service *at, char **argv)
{
    char source[TEXT], path[256], *diagnostics = NULL;

    at->name = argv[1], at->salary = atoll(argv[3]);
    for (int k = 0; k < PEERS; k++) at->peer[k] = (in_port_t)atoi(argv[4 + k]);
    snprintf(path, sizeof path, "%s.key", at->name);
    if (!read_text(path, at->key, sizeof at->key) ||
        !read_text("parties.json", at->parties, sizeof at->parties) ||
        !strstr(at->parties, "SESSION") || !read_text("average.moot", source, sizeof source))
        return fputs("average.moot, parties.json or the key is missing\n", stderr), false;
    if (moot_open(NULL, &at->engine) == MOOT_OK &&
        moot_compile(at->engine, "average.moot", source, strlen(source), NULL, &at->program,
                     &diagnostics) == MOOT_OK) {
        moot_free(at->engine, diagnostics);
        return true;
    }
    fprintf(stderr, "%s\n", diagnostics ? diagnostics : "out of memory");
    return false;
}

int main(int argc, char **argv)
{
    static service at;
    struct sockaddr_in here = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    struct MHD_Daemon *http;
    sigset_t ending;
    int number;

    if (argc != 4 + PEERS)
        return fputs("usage: service NAME PORT SALARY PEER_PORT PEER_PORT\n", stderr), 2;
    if (!prepare(&at, argv)) return 1;
    sigemptyset(&ending), sigaddset(&ending, SIGTERM), sigaddset(&ending, SIGINT);
    pthread_sigmask(SIG_BLOCK, &ending, NULL);
    here.sin_port = htons((in_port_t)atoi(argv[2]));
    http = MHD_start_daemon(MHD_USE_INTERNAL_POLLING_THREAD | MHD_USE_THREAD_PER_CONNECTION, 0,
                            NULL, NULL, on_request, &at, MHD_OPTION_SOCK_ADDR,
                            (struct sockaddr *)&here, MHD_OPTION_END);
    if (!http) return fputs("cannot listen\n", stderr), 1;
    sigwait(&ending, &number);
    MHD_stop_daemon(http); /* waits for its requests */
    _exit(0);              /* a session that another service asked for may still run */
}
