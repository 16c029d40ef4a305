/* The line that shows how far a run is. */
#include "runtime/cli/progress.h"

#include "runtime/cli/chart.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

enum {
    CELLS = 24,
    COLUMNS = 80,
    MINUTE = 60,
    TICK_NS = 100 * 1000 * 1000,
    SECOND_NS = 1000 * 1000 * 1000
};

/* Seconds of the monotonic clock. */
static double progress_clock(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}

unsigned progress_columns(void)
{
    struct winsize size = {0};

    return ioctl(STDERR_FILENO, TIOCGWINSZ, &size) || !size.ws_col ? COLUMNS : size.ws_col;
}

bool progress_terminal(void)
{
    const char *term = getenv("TERM");

    return isatty(STDERR_FILENO) && term && strcmp(term, "dumb") != 0;
}

bool progress_possible(const arguments *args)
{
    return !args->quiet && !args->verbose && !args->every_step && progress_terminal();
}

/* Rounds tell of waiting, bytes of work: the run is as far as both are on average. */
static double part_done(const progress *p, uint64_t rounds, uint64_t bytes)
{
    double of_rounds = p->price->rounds ? (double)rounds / (double)p->price->rounds : 1;
    const uint64_t all = p->price->bytes[p->self];
    double of_bytes = all ? (double)bytes / (double)all : 1;
    double done = (of_rounds + of_bytes) / 2;

    return done > 1 ? 1 : done;
}

static void print_rate(buffer *out, double rate)
{
    if (rate < 1e6)
        buffer_printf(out, "%.0f kB/s", rate / 1e3);
    else
        buffer_printf(out, "%.1f MB/s", rate / 1e6);
}

static void print_left(buffer *out, double seconds)
{
    if (seconds < 2 * MINUTE)
        buffer_printf(out, "%.0f s left", seconds);
    else
        buffer_printf(out, "%.0f min left", seconds / MINUTE);
}

static void print_line(const progress *p, double passed, buffer *out)
{
    const member_record *first = recording_of(p->of, p->self);
    const uint64_t rounds = first->rounds, bytes = first->bytes;
    const double done = part_done(p, rounds, bytes);

    chart_bar(out, done, CELLS);
    buffer_printf(out, " %3.0f %%  ", 100 * done);
    if (first->phase < PHASE_PROGRAM)
        buffer_printf(out, "%s, ", run_phase_name((run_phase)first->phase));
    else if (first->line)
        buffer_printf(out, "line %" PRIu32 ", ", (uint32_t)first->line);
    buffer_printf(out, "round %" PRIu64 " of %s%" PRIu64 ", ", rounds,
                  p->price->at_most ? "at most " : "", p->price->rounds);
    print_rate(out, (double)bytes / passed);
    if (done > 0) {
        buffer_printf(out, ", ");
        print_left(out, passed * (1 - done) / done);
    }
}

/* As many characters as a line has room for. */
static size_t fit(const buffer *text, unsigned columns)
{
    size_t k = 0;

    for (unsigned shown = 0; k < text->len; k++) {
        if ((text->data[k] & 0xc0) == 0x80) continue;
        if (++shown >= columns) break;
    }
    return k;
}

void progress_tick(void *user)
{
    progress *p = user;
    buffer line = {0};
    double now = progress_clock();

    if (p->from <= 0) p->from = now;
    if (now - p->from < 1) return;
    print_line(p, now - p->from, &line);
    if (!line.failed)
        fprintf(stderr, "\r%.*s\033[K", (int)fit(&line, progress_columns()), (const char *)line.data);
    p->shown = true;
    buffer_free(&line);
}

/* Until it is over; true when it is. */
static bool wait_a_tick(progress *p)
{
    struct timespec until;

    clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_nsec += TICK_NS;
    if (until.tv_nsec >= SECOND_NS) until.tv_sec++, until.tv_nsec -= SECOND_NS;
    while (!p->over && !pthread_cond_timedwait(&p->ended, &p->lock, &until)) {}
    return p->over;
}

static void *draw_now_and_then(void *user)
{
    progress *p = user;

    pthread_mutex_lock(&p->lock);
    while (!wait_a_tick(p)) progress_tick(p);
    pthread_mutex_unlock(&p->lock);
    return NULL;
}

status progress_start(progress *p, failure *err)
{
    pthread_condattr_t monotonic;
    int error;

    pthread_condattr_init(&monotonic);
    pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    pthread_mutex_init(&p->lock, NULL);
    pthread_cond_init(&p->ended, &monotonic);
    pthread_condattr_destroy(&monotonic);
    if ((error = pthread_create(&p->thread, NULL, draw_now_and_then, p))) {
        pthread_cond_destroy(&p->ended);
        pthread_mutex_destroy(&p->lock);
        return fail(err, E_LIMIT, "", "cannot start a thread: %s", strerror(error));
    }
    p->running = true;
    return OK;
}

static void end_thread(progress *p)
{
    pthread_mutex_lock(&p->lock);
    p->over = true;
    pthread_cond_signal(&p->ended);
    pthread_mutex_unlock(&p->lock);
    pthread_join(p->thread, NULL);
    pthread_cond_destroy(&p->ended);
    pthread_mutex_destroy(&p->lock);
    p->running = false;
}

void progress_end(progress *p)
{
    if (p->running) end_thread(p);
    if (p->shown) fprintf(stderr, "\r\033[K");
    p->shown = false;
}
