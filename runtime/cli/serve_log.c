/* Lines are put together first and written at once, for sessions end in threads of their own. Nobody may be reading them:
 * a line that would have to wait is lost, and counted, rather than that the node waits. */
#include "runtime/cli/serve_log.h"

#include "runtime/json.h"

#include <inttypes.h>
#include <limits.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { TIME_TEXT = 32 };

/* "2026-11-26T20:54:03.120Z" */
static void time_now(char out[TIME_TEXT])
{
    struct timespec now;
    struct tm at;
    size_t len;

    clock_gettime(CLOCK_REALTIME, &now);
    gmtime_r(&now.tv_sec, &at);
    len = strftime(out, TIME_TEXT, "%Y-%m-%dT%H:%M:%S", &at);
    snprintf(out + len, TIME_TEXT - len, ".%03dZ", (int)(now.tv_nsec / 1000000));
}

static pthread_mutex_t writing = PTHREAD_MUTEX_INITIALIZER;
static unsigned long lost; /* lines; under the lock */

/* A pipe that is ready takes PIPE_BUF bytes without waiting. */
static bool ready(void)
{
    struct pollfd err = {.fd = STDERR_FILENO, .events = POLLOUT};

    return poll(&err, 1, 0) == 1 && (err.revents & POLLOUT);
}

static bool write_parts(const uint8_t *bytes, size_t len)
{
    while (len > 0) {
        ssize_t n = ready() ? write(STDERR_FILENO, bytes, len < PIPE_BUF ? len : PIPE_BUF) : -1;
        if (n <= 0) return false;
        bytes += n, len -= (size_t)n;
    }
    return true;
}

static void write_line(buffer *line)
{
    buffer_printf(line, "\n");
    pthread_mutex_lock(&writing);
    lost += line->failed || !write_parts(line->data, line->len);
    pthread_mutex_unlock(&writing);
    buffer_free(line);
}

/* Says how many lines are missing, once there is room again. */
static void tell_lost(void (*log)(const serve_event *e))
{
    unsigned long lines = 0;
    char words[64];

    pthread_mutex_lock(&writing);
    if (lost && ready()) lines = lost, lost = 0;
    pthread_mutex_unlock(&writing);
    if (!lines) return;
    snprintf(words, sizeof words, "nobody read this log: %lu lines are lost", lines);
    log(&(serve_event){.bad = true, .name = "log.lost", .text = words});
}

void serve_log_text(const serve_event *e)
{
    char now[TIME_TEXT];
    buffer line = {0};

    tell_lost(serve_log_text);
    time_now(now);
    buffer_printf(&line, "%s %s", now, e->bad ? "error" : "info");
    if (e->session) buffer_printf(&line, " session %s:", e->session);
    if (e->peer) buffer_printf(&line, " node %s:", e->peer);
    buffer_printf(&line, " %s", e->text);
    if (e->result)
        buffer_printf(&line, ": %" PRIu64 " rounds, %" PRIu64 " bytes sent, %.3f s",
                      e->result->rounds, e->result->bytes_sent, e->result->seconds);
    if (e->why)
        buffer_printf(&line, ": %s%s%.*s", e->why->code, *e->why->code ? " " : "",
                      (int)strcspn(e->why->text, "\n"), e->why->text);
    write_line(&line);
}

static void text(buffer *out, const char *name, const char *content)
{
    if (content) json_text(out, name, content);
}

void serve_log_json(const serve_event *e)
{
    char now[TIME_TEXT];
    buffer line = {0};

    tell_lost(serve_log_json);
    time_now(now);
    buffer_printf(&line, "{");
    text(&line, "time", now);
    text(&line, "level", e->bad ? "error" : "info");
    text(&line, "event", e->name);
    text(&line, "session", e->session);
    text(&line, "peer", e->peer);
    text(&line, "text", e->text);
    if (e->why) {
        json_name(&line, "exit"), buffer_printf(&line, "%d", (int)e->why->status);
        text(&line, "code", e->why->code);
        text(&line, "why", e->why->text);
    }
    if (e->result) {
        json_name(&line, "rounds"), buffer_printf(&line, "%" PRIu64, e->result->rounds);
        json_name(&line, "bytes_sent"), buffer_printf(&line, "%" PRIu64, e->result->bytes_sent);
        json_name(&line, "seconds"), buffer_printf(&line, "%.6f", e->result->seconds);
    }
    buffer_printf(&line, "}");
    write_line(&line);
}
