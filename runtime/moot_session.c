/* The C interface: sessions. A session's run has a thread of its own; the caller's thread and that one meet under
 * the session's lock, but for moot_cancel, which may come from a signal handler. */
#include "runtime/moot_internal.h"

#include "runtime/watch.h"

#include <errno.h>
#include <inttypes.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

/* --- making and freeing */

static status take_config(moot_session *s, const char *config_json, const char *as,
                          const char *secret)
{
    slice text;
    status st;

    if (!config_json || !as || !secret)
        return fail(&s->err, E_CONFIG, "N02",
                    "a session with others wants their parties file, a name in it and a secret key "
                    "of 40 characters");
    text = (slice){(const uint8_t *)config_json, strlen(config_json)};
    if ((st = config_parse(&s->config, CONFIG_PARTIES, text, "the parties file", &s->err)))
        return st;
    if ((st = config_find(&s->config, as, &s->self, &s->err))) return st;
    if ((st = config_check_params(&s->config, s->program, &s->err))) return st;
    if ((st = config_launch(&s->config, s->program, &s->launch, &s->err))) return st;
    return secret_key_copy(&s->key, secret, &s->err);
}

static void init_lock(moot_session *s)
{
    pthread_condattr_t clock;

    pthread_condattr_init(&clock);
    pthread_condattr_setclock(&clock, CLOCK_MONOTONIC);
    pthread_mutex_init(&s->lock, NULL);
    pthread_cond_init(&s->changed, &clock);
    pthread_condattr_destroy(&clock);
}

/* Only what a session is made of, whatever it is for; NULL when memory is out. */
static moot_session *session_new(moot_engine *e, moot_program *p)
{
    moot_session *s = calloc(1, sizeof *s);

    if (!s) return NULL;
    init_lock(s);
    s->engine = e;
    s->shared = moot_program_share(p);
    s->program = p->program;
    s->fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    s->data = run_data_new(s->program);
    s->borrowed = calloc(s->program->inputs + (size_t)1, sizeof *s->borrowed);
    if (s->data && s->borrowed) return s;
    moot_session_free(s);
    return NULL;
}

/* Under the lock, or before anybody else knows the session. */
static void end_with(moot_session *s, session_state state)
{
    const uint64_t one = 1;

    s->state = state;
    while (write(s->fd, &one, sizeof one) < 0 && errno == EINTR) {}
}

int moot_session_new(moot_engine *e, moot_program *p, const char *config_json, const char *as,
                     const char *secret, moot_session **out)
{
    const memory_source *before = engine_memory(e);
    moot_session *s = *out = session_new(e, p);
    status st = s ? OK : E_MEMORY;

    if (s) {
        s->ideal = !config_json && !as && !secret;
        if (s->fd < 0) st = fail(&s->err, E_CONFIG, "N02", "no more files can be opened");
        if (!st && !s->ideal) st = take_config(s, config_json, as, secret);
        if (st) end_with(s, FAILED);
    }
    memory_use(before);
    return moot_code(st);
}

void moot_session_free(moot_session *s)
{
    if (!s) return;
    moot_cancel(s);
    if (s->joinable) pthread_join(s->thread, NULL);
    if (s->data) session_forget_all(s->data, s->program);
    free(s->borrowed);
    launch_free(s->launch);
    config_free(&s->config);
    moot_program_free(s->shared);
    secret_key_free(s->key);
    if (s->fd >= 0) close(s->fd);
    pthread_mutex_destroy(&s->lock);
    pthread_cond_destroy(&s->changed);
    free(s);
}

/* --- how it stands */

static session_state state_of(moot_session *s)
{
    session_state state;

    pthread_mutex_lock(&s->lock);
    state = s->state;
    pthread_mutex_unlock(&s->lock);
    return state;
}

const char *moot_session_error(moot_session *s)
{
    if (!s) return "";
    return state_of(s) == FAILED ? s->err.text : s->call.text;
}

status session_expect(moot_session *s, session_state wanted, const char *sentence)
{
    s->call = (failure){0};
    return state_of(s) == wanted ? OK : fail(&s->call, E_USAGE, "", "%s", sentence);
}

int moot_fd(const moot_session *s)
{
    return s->fd;
}

static int result_of(moot_session *s, session_state state)
{
    switch (state) {
    case NEW: return moot_code(fail(&s->call, E_USAGE, "", "the session was not started"));
    case RUNNING: return MOOT_AGAIN;
    case DONE: return MOOT_DONE;
    default: return moot_code(s->err.status);
    }
}

int moot_poll(moot_session *s)
{
    return result_of(s, state_of(s));
}

static struct timespec after_ms(int ms)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    t.tv_sec += ms / 1000;
    t.tv_nsec += ms % 1000 * 1000000L;
    if (t.tv_nsec >= 1000000000L) t.tv_sec++, t.tv_nsec -= 1000000000L;
    return t;
}

int moot_wait(moot_session *s, int timeout_ms)
{
    struct timespec until = after_ms(timeout_ms < 0 ? 0 : timeout_ms);
    session_state state;
    int error = 0;

    pthread_mutex_lock(&s->lock);
    while (s->state == RUNNING && error != ETIMEDOUT)
        error = timeout_ms < 0 ? pthread_cond_wait(&s->changed, &s->lock)
                               : pthread_cond_timedwait(&s->changed, &s->lock, &until);
    state = s->state;
    pthread_mutex_unlock(&s->lock);
    return result_of(s, state);
}

/* Only what a signal handler may do. The run takes the channel out of `running_on` before it closes it, and then waits
 * until nobody is in here. */
void moot_cancel(moot_session *s)
{
    channel *c;

    atomic_fetch_add(&s->cancelling, 1);
    atomic_store(&s->cancelled, true);
    if ((c = atomic_load(&s->running_on))) channel_cancel(c);
    atomic_fetch_sub(&s->cancelling, 1);
}

/* --- progress: what the box tells while it runs */

/* Under the lock. */
static const char *waited_for(const moot_session *s)
{
    const unsigned k = s->channel ? channel_waits_for(s->channel) : s->self;

    return k == s->self ? NULL : s->config.party[k].name;
}

void moot_progress_get(moot_session *s, moot_progress *out)
{
    if (out->size < sizeof *out || out->abi != MOOT_ABI) return;
    pthread_mutex_lock(&s->lock);
    s->progress.size = out->size, s->progress.abi = out->abi;
    s->progress.waiting_for = waited_for(s);
    *out = s->progress;
    pthread_mutex_unlock(&s->lock);
}

static void take_turn(moot_session *s)
{
    if (!s->has_turn) s->has_turn = engine_turn_take(s->engine, &s->cancelled);
}

static void give_turn(moot_session *s)
{
    if (s->has_turn) engine_turn_give(s->engine);
    s->has_turn = false;
}

static void on_phase(void *session, run_phase now)
{
    (void)now;
    take_turn(session); /* the first time; the handshake, which only waits, is over */
}

static void on_begin(void *session, const abb_job *work)
{
    (void)session, (void)work;
}

static void on_queued(void *session, const abb_job *work, uint64_t bytes)
{
    (void)session, (void)work, (void)bytes;
}

static void on_round_begin(void *session)
{
    give_turn(session);
}

static void on_round_end(void *session, const channel *c)
{
    moot_session *s = session;
    const channel_counters count = channel_count(c);

    pthread_mutex_lock(&s->lock);
    s->progress.round = (uint32_t)count.rounds;
    s->progress.sent = count.bytes_sent;
    pthread_mutex_unlock(&s->lock);
    take_turn(s);
}

static void on_work(void *session)
{
    (void)session;
}

static void on_end(void *session)
{
    give_turn(session);
}

static void observe(moot_session *s)
{
    s->observer = (observer){.user = s,
                             .phase = on_phase,
                             .begins = on_begin,
                             .queued = on_queued,
                             .round_begins = on_round_begin,
                             .round_ends = on_round_end,
                             .work_begins = on_work,
                             .ends = on_end};
}

static void expect_price(moot_session *s, const cost *price)
{
    pthread_mutex_lock(&s->lock);
    s->progress.rounds = (uint32_t)price->rounds;
    s->progress.to_send = price->bytes[s->self];
    pthread_mutex_unlock(&s->lock);
}

/* --- running */

static void set_channel(moot_session *s, channel *c)
{
    pthread_mutex_lock(&s->lock);
    s->channel = c;
    pthread_mutex_unlock(&s->lock);
    atomic_store(&s->running_on, c);
    while (!c && atomic_load(&s->cancelling)) sched_yield();
}

/* Lets moot_cancel reach the channel, or sees that it was quicker. */
static bool publish_channel(void *session, channel *c)
{
    moot_session *s = session;

    set_channel(s, c);
    return !atomic_load(&s->cancelled);
}

static status run_connected(moot_session *s, const cost *price, failure *err)
{
    node_session run = {.config = &s->config,
                        .program = s->program,
                        .launch = s->launch,
                        .price = price,
                        .observer = &s->observer,
                        .opened = publish_channel,
                        .user = s};
    session_result result;
    status st = engine_connect(s->engine, &s->config, s->self, s->key, &s->connection, err);

    if (st) return st;
    st = node_run(engine_mesh(&s->connection), &run, s->data, &result, err);
    if (!st)
        engine_log(s->engine, MOOT_LOG_INFO,
                   "session \"%s\" of %s is done: %" PRIu64 " rounds, %" PRIu64
                   " bytes sent, %.3f s",
                   s->config.session, s->config.party[s->self].name, result.rounds,
                   result.bytes_sent, result.seconds);
    return st;
}

static bool goes_on(void *session)
{
    return !atomic_load(&((moot_session *)session)->cancelled);
}

static status run_real(moot_session *s, failure *err)
{
    const interp_watcher watcher = {.go_on = goes_on, .user = s};
    cost price;
    status st;

    take_turn(s);
    st = node_price(&price, &s->config, s->program, s->launch, &watcher, err);
    give_turn(s);
    if (st) return st;
    expect_price(s, &price);
    observe(s);
    st = run_connected(s, &price, err);
    give_turn(s);
    cost_free(&price);
    return st;
}

static status run_ideal(moot_session *s, failure *err)
{
    status st;

    take_turn(s);
    st = run_on_ideal_while(s->program, s->data, goes_on, s, err);
    give_turn(s);
    return st;
}

/* Of data, only that they were wrong: the text may quote them. */
static void log_failure(const moot_session *s, const failure *err)
{
    if (s->ideal) return;
    engine_log(s->engine, MOOT_LOG_ERROR, "session \"%s\" of %s failed: %.*s", s->config.session,
               s->config.party[s->self].name, (int)strcspn(err->text, "\n"),
               err->status == E_DATA ? "its data are wrong" : err->text);
}

static void *run_thread(void *session)
{
    moot_session *s = session;
    failure err = {0};
    status st;

    engine_memory(s->engine);
    st = session_take_borrowed(s, &err);
    if (!st) st = s->ideal ? run_ideal(s, &err) : run_real(s, &err);
    if (st) log_failure(s, &err);
    engine_disconnect(s->engine, &s->connection, &err); /* before anybody starts the next */
    pthread_mutex_lock(&s->lock);
    s->err = err;
    end_with(s, st ? FAILED : DONE);
    pthread_cond_broadcast(&s->changed);
    pthread_mutex_unlock(&s->lock);
    engine_tidy(s->engine);
    return NULL;
}

static status check_inputs(moot_session *s)
{
    const program *p = s->program;

    for (uint32_t i = 0; i < p->inputs; i++)
        for (uint32_t k = 0; k < party_members(p, p->input[i].party); k++)
            if (session_is_here(s, p->input[i].party, k) && !session_has_input(s, i, k))
                return fail(&s->call, E_DATA, "", "input `%s` has no value yet", p->input[i].name);
    return OK;
}

int moot_start(moot_session *s)
{
    sigset_t all, old;
    status st;
    int error;

    if ((st = session_expect(s, NEW, "the session has started"))) return moot_code(st);
    if ((st = check_inputs(s))) return moot_code(st);
    s->state = RUNNING;
    sigfillset(&all); /* signals are the caller's threads' business, not ours or ZeroMQ's */
    pthread_sigmask(SIG_BLOCK, &all, &old);
    error = pthread_create(&s->thread, NULL, run_thread, s);
    pthread_sigmask(SIG_SETMASK, &old, NULL);
    s->joinable = error == 0;
    if (!error) return MOOT_OK;
    end_with(s, FAILED);
    return moot_code(fail(&s->err, E_MEMORY, "", "cannot start a thread: %s", strerror(error)));
}
