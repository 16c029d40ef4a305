/* The thread of heartbeats, and how it is told to end. */
#include "net/beat.h"

#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

struct beat {
    pthread_t thread;
    pthread_mutex_t lock;
    pthread_cond_t changed;
    bool stop;
    unsigned every_ms;
    void (*act)(void *arg);
    void *arg;
};

static struct timespec later(struct timespec t, unsigned ms)
{
    t.tv_sec += ms / 1000;
    t.tv_nsec += (long)(ms % 1000) * 1000000;
    if (t.tv_nsec >= 1000000000) t.tv_sec++, t.tv_nsec -= 1000000000;
    return t;
}

/* Waits for the stop or the time, under the lock. */
static void sleep_until(beat *b, const struct timespec *until)
{
    while (!b->stop && !pthread_cond_timedwait(&b->changed, &b->lock, until)) {}
}

static void *keep_beating(void *arg)
{
    beat *b = arg;
    struct timespec now, until;

    pthread_mutex_lock(&b->lock);
    while (!b->stop) {
        pthread_mutex_unlock(&b->lock);
        b->act(b->arg);
        clock_gettime(CLOCK_MONOTONIC, &now);
        until = later(now, b->every_ms);
        pthread_mutex_lock(&b->lock);
        sleep_until(b, &until);
    }
    pthread_mutex_unlock(&b->lock);
    return NULL;
}

/* Signals are for the threads of the program that uses us. */
static int start_thread(beat *b)
{
    sigset_t all, old;
    int error;

    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &old);
    error = pthread_create(&b->thread, NULL, keep_beating, b);
    pthread_sigmask(SIG_SETMASK, &old, NULL);
    return error;
}

static void beat_free(beat *b)
{
    pthread_cond_destroy(&b->changed);
    pthread_mutex_destroy(&b->lock);
    free(b);
}

status beat_start(beat **out, unsigned every_ms, void (*act)(void *arg), void *arg, failure *err)
{
    beat *b = calloc(1, sizeof *b);
    pthread_condattr_t monotonic;
    int error;

    *out = NULL;
    if (!b) return fail_memory(err);
    b->every_ms = every_ms, b->act = act, b->arg = arg;
    pthread_mutex_init(&b->lock, NULL);
    pthread_condattr_init(&monotonic);
    pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    pthread_cond_init(&b->changed, &monotonic);
    pthread_condattr_destroy(&monotonic);
    if ((error = start_thread(b))) {
        beat_free(b);
        return fail(err, E_LIMIT, "", "cannot start a thread: %s", strerror(error));
    }
    *out = b;
    return OK;
}

void beat_stop(beat *b)
{
    if (!b) return;
    pthread_mutex_lock(&b->lock);
    b->stop = true;
    pthread_cond_signal(&b->changed);
    pthread_mutex_unlock(&b->lock);
    pthread_join(b->thread, NULL);
    beat_free(b);
}
