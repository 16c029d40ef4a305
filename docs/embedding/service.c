/* A service that a party keeps running: POST /average runs a session among the services of all parties, and answers
 * with what it learned. One thread, one poll loop; any number of sessions at once.
 *
 * usage: service PARTIES.json NAME SALARY PORT PEER_PORT…, beside salary.moot and NAME.key
 *
 * Whoever is asked for the average invents a name for the session and asks the other services to join it, by POST
 * /join/SESSION at PEER_PORT. "each-call" in the parties file stands for that name. */
#define _POSIX_C_SOURCE 200809L
#include <arpa/inet.h>
#include <moot.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { CALLS = 256, TEXT = 8192, REQUEST = 1024, NAME = 64, PEERS = 30 };

/* Somebody who asks, a session, or both; free when neither. */
typedef struct call {
    int client; /* -1: none */
    moot_session *session;
    char request[REQUEST];
    size_t len;
} call;

static struct service {
    moot_engine *engine;
    moot_program *program;
    char parties[TEXT], key[TEXT];
    const char *name;
    int64_t salary;
    int peer_port[PEERS], peers;
    unsigned asked;
    call call[CALLS];
} it;

static volatile sig_atomic_t over;

static void stop(int signal)
{
    (void)signal;
    over = 1;
}

static void read_file(const char *path, char text[TEXT])
{
    FILE *f = fopen(path, "rb");
    size_t n = f ? fread(text, 1, TEXT - 1, f) : 0;

    if (!f || !n) perror(path), exit(2);
    text[n] = '\0';
    fclose(f);
}

/* --- moot */

/* The parties file with the session's name in it; empty when there is no room. */
static void name_session(const char *session, char out[TEXT])
{
    static const char mark[] = "each-call";
    const char *at = strstr(it.parties, mark);
    int len = at ? snprintf(out, TEXT, "%.*s%s%s", (int)(at - it.parties), it.parties, session,
                            at + strlen(mark))
                 : TEXT;

    if (len >= TEXT) out[0] = '\0';
}

static moot_session *begin(const char *session)
{
    char parties[TEXT];
    moot_session *s = NULL;
    int rc;

    name_session(session, parties);
    rc = moot_session_new(it.engine, it.program, parties, it.name, it.key, &s);
    if (!rc) rc = moot_set_i64(s, "salary", &it.salary, 1);
    if (!rc) rc = moot_start(s);
    if (!rc) return s;
    fprintf(stderr, "%s: %s\n", moot_strerror(rc), moot_session_error(s));
    moot_session_free(s);
    return NULL;
}

/* --- HTTP, as much as is needed here */

static void answer(call *c, const char *status, const char *body)
{
    if (c->client < 0) return;
    dprintf(c->client,
            "HTTP/1.1 %s\r\nContent-Type: application/json\r\nContent-Length: %zu\r\n"
            "Connection: close\r\n\r\n%s",
            status, strlen(body), body);
    close(c->client);
    c->client = -1;
}

static int on_loopback(int port, struct sockaddr_in *at)
{
    *at = (struct sockaddr_in){.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
    at->sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    return socket(AF_INET, SOCK_STREAM, 0);
}

/* A peer that is not there shows in the session, which says who has not come. */
static void ask_to_join(int port, const char *session)
{
    struct sockaddr_in at;
    int fd = on_loopback(port, &at);

    if (fd >= 0 && !connect(fd, (struct sockaddr *)&at, sizeof at))
        dprintf(fd, "POST /join/%s HTTP/1.1\r\nHost: localhost\r\nContent-Length: 0\r\n\r\n",
                session);
    if (fd >= 0) close(fd);
}

static void take_request(call *c)
{
    char session[NAME];

    if (!strncmp(c->request, "POST /average ", 14)) {
        snprintf(session, sizeof session, "%s-%lld-%u", it.name, (long long)time(NULL), it.asked++);
        for (int k = 0; k < it.peers; k++) ask_to_join(it.peer_port[k], session);
        if (!(c->session = begin(session))) answer(c, "500 Internal Server Error", "{}\n");
    } else if (sscanf(c->request, "POST /join/%63[a-z0-9-] ", session) == 1) {
        c->session = begin(session);
        answer(c, "202 Accepted", "{}\n");
    } else {
        answer(c, "404 Not Found", "{\"error\":\"POST /average\"}\n");
    }
}

/* Reads on; a request is whole with its empty line, for none here has a body. */
static void read_request(call *c)
{
    ssize_t n = read(c->client, c->request + c->len, REQUEST - 1 - c->len);

    if (n > 0) c->request[c->len += (size_t)n] = '\0';
    if (n > 0 && strstr(c->request, "\r\n\r\n"))
        take_request(c);
    else if (n <= 0 || c->len == REQUEST - 1)
        answer(c, "400 Bad Request", "{}\n");
}

/* The session's descriptor is readable: it is done, or failed. */
static void finish(call *c)
{
    int rc = moot_poll(c->session);
    char body[REQUEST];
    double average;
    size_t n;

    if (rc == MOOT_AGAIN) return;
    if (rc == MOOT_DONE) rc = moot_get_f64(c->session, "average", &average, 1, &n);
    if (rc == MOOT_OK) {
        snprintf(body, sizeof body, "{\"average\":%.10g}\n", average);
        answer(c, "200 OK", body);
    } else {
        fprintf(stderr, "%s\n", moot_session_error(c->session));
        snprintf(body, sizeof body, "{\"error\":\"%s\"}\n", moot_strerror(rc));
        answer(c, "502 Bad Gateway", body);
    }
    moot_session_free(c->session);
    c->session = NULL;
}

/* --- the loop */

static void greet(int listener)
{
    int fd = accept(listener, NULL, NULL);
    call *c = it.call;

    while (c < it.call + CALLS && (c->client >= 0 || c->session)) c++;
    if (fd >= 0 && c == it.call + CALLS)
        close(fd);
    else if (fd >= 0)
        *c = (call){.client = fd};
}

static void serve(int listener)
{
    struct pollfd item[CALLS + 1];

    while (!over) {
        item[CALLS] = (struct pollfd){.fd = listener, .events = POLLIN};
        for (int k = 0; k < CALLS; k++) {
            const call *c = &it.call[k];
            item[k] = (struct pollfd){.fd = c->session ? moot_fd(c->session) : c->client,
                                      .events = POLLIN};
        }
        if (poll(item, CALLS + 1, -1) < 0) continue; /* a signal */
        for (int k = 0; k < CALLS; k++) {
            if (!item[k].revents) continue;
            if (it.call[k].session)
                finish(&it.call[k]);
            else
                read_request(&it.call[k]);
        }
        if (item[CALLS].revents) greet(listener);
    }
}

static void prepare(char **argv)
{
    char path[NAME], source[TEXT], *diagnostics = NULL;

    it.name = argv[2];
    it.salary = strtoll(argv[3], NULL, 10);
    snprintf(path, sizeof path, "%s.key", it.name);
    read_file(argv[1], it.parties);
    read_file("salary.moot", source);
    read_file(path, it.key);
    it.key[strcspn(it.key, "\n")] = '\0';
    for (int k = 0; k < CALLS; k++) it.call[k].client = -1;
    if (moot_open(NULL, &it.engine) || moot_compile(it.engine, "salary.moot", source, strlen(source),
                                                    "{\"n\":3}", &it.program, &diagnostics)) {
        fprintf(stderr, "%s\n", diagnostics ? diagnostics : "moot cannot start");
        exit(1);
    }
    moot_free(it.engine, diagnostics);
}

int main(int argc, char **argv)
{
    struct sigaction end = {.sa_handler = stop}, none = {.sa_handler = SIG_IGN};
    struct sockaddr_in at;
    int listener, yes = 1;

    if (argc < 5 || argc > 5 + PEERS)
        return fputs("usage: service PARTIES.json NAME SALARY PORT PEER_PORT…\n", stderr), 2;
    prepare(argv);
    while (argv[5 + it.peers]) it.peer_port[it.peers] = atoi(argv[5 + it.peers]), it.peers++;
    sigaction(SIGTERM, &end, NULL);
    sigaction(SIGINT, &end, NULL);
    sigaction(SIGPIPE, &none, NULL);
    listener = on_loopback(atoi(argv[4]), &at);
    setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
    if (bind(listener, (struct sockaddr *)&at, sizeof at) || listen(listener, CALLS))
        return perror(argv[4]), 1;
    serve(listener);
    for (int k = 0; k < CALLS; k++) moot_session_free(it.call[k].session);
    moot_program_free(it.program);
    moot_close(it.engine);
    memset(it.key, 0, sizeof it.key);
    return 0;
}
