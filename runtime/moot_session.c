/* The C interface: sessions. A session's run has a thread of its own, which alone touches the mesh; the
 * caller's thread and that one meet under the session's lock. */
#include "runtime/moot_internal.h"

#include "runtime/data.h"
#include "runtime/data_key.h"
#include "runtime/node.h"
#include "runtime/source.h"
#include "runtime/watch.h"
#include "vm/key.h"

#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

typedef enum { NEW, RUNNING, DONE, FAILED } session_state;

struct moot_session {
    moot_program *shared;
    const program *program;
    run_data *data;
    failure err;  /* why the session failed */
    failure call; /* why the last call did, on the caller's thread */

    bool ideal;
    parties_config config; /* below: not on the ideal box */
    launch *launch;
    unsigned self;
    secret_key *key;

    pthread_t thread;
    bool joinable;
    pthread_mutex_t lock; /* of what follows */
    pthread_cond_t changed;
    session_state state;
    bool cancelled;
    channel *channel; /* while it runs */
};

/* Is this member of the party here? */
static bool is_here(const moot_session *s, uint32_t party, uint32_t member)
{
    return s->ideal || (party != PARTY_ALL && s->launch->home[party][member] == s->self);
}

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
    if ((st = config_launch(&s->config, s->program, &s->launch, &s->err))) return st;
    return secret_key_copy(&s->key, secret, &s->err);
}

static int init_lock(moot_session *s)
{
    pthread_condattr_t clock;
    int error;

    pthread_condattr_init(&clock);
    pthread_condattr_setclock(&clock, CLOCK_MONOTONIC);
    error = pthread_mutex_init(&s->lock, NULL) || pthread_cond_init(&s->changed, &clock);
    pthread_condattr_destroy(&clock);
    return error;
}

int moot_session_new(moot_engine *e, moot_program *p, const char *config_json, const char *as,
                     const char *secret, moot_session **out)
{
    moot_session *s = calloc(1, sizeof *s);
    status st = OK;

    (void)e;
    *out = NULL;
    if (!s) return MOOT_ENOMEM;
    if (init_lock(s)) {
        free(s);
        return MOOT_ENOMEM;
    }
    s->shared = moot_program_share(p);
    s->program = p->program;
    s->ideal = !config_json && !as && !secret;
    if (!(s->data = run_data_new(s->program))) {
        moot_session_free(s);
        return MOOT_ENOMEM;
    }
    if (!s->ideal) st = take_config(s, config_json, as, secret);
    if (st) s->state = FAILED;
    *out = s;
    return moot_code(st);
}

void moot_session_free(moot_session *s)
{
    if (!s) return;
    moot_cancel(s);
    if (s->joinable) pthread_join(s->thread, NULL);
    if (s->data) session_forget_all(s->data, s->program);
    launch_free(s->launch);
    config_free(&s->config);
    moot_program_free(s->shared);
    secret_key_free(s->key);
    pthread_mutex_destroy(&s->lock);
    pthread_cond_destroy(&s->changed);
    free(s);
}

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
    return state_of(s) == FAILED ? s->err.text : s->call.text;
}

/* Begins a call that only makes sense in one state. */
static status expect_state(moot_session *s, session_state wanted, const char *sentence)
{
    s->call = (failure){0};
    return state_of(s) == wanted ? OK : fail(&s->call, E_USAGE, "", "%s", sentence);
}

/* --- inputs */

static uint64_t items_of(const port_decl *port)
{
    uint64_t items = 1;

    for (int k = 0; k < port->rank; k++) items *= port->dim[k];
    return items;
}

/* How many members' values of a port are here, and which is the first. */
static uint32_t count_here(const moot_session *s, uint32_t party, uint32_t *first)
{
    uint32_t here = 0;

    for (uint32_t k = party_members(s->program, party); k-- > 0;)
        if (is_here(s, party, k)) *first = k, here++;
    return here;
}

static status find_input(moot_session *s, const char *name, uint32_t *index, uint32_t *here)
{
    const program *p = s->program;
    uint32_t first;

    for (uint32_t i = 0; i < p->inputs; i++) {
        if (strcmp(p->input[i].name, name) != 0) continue;
        *index = i;
        *here = count_here(s, p->input[i].party, &first);
        if (*here > 0) return OK;
        return fail(&s->call, E_USAGE, "", "input `%s` comes from `%s`, which is not this party",
                    name, p->party[p->input[i].party].name);
    }
    return fail(&s->call, E_USAGE, "", "the program has no input `%s`", name);
}

/* Each member's part has the port's length; a private length may be less, by whole rows of the open axis. */
static status check_length(moot_session *s, const port_decl *port, uint32_t here, size_t n)
{
    uint64_t most = items_of(port);
    uint64_t rows =
        port->open && port->rank && port->dim[port->rank - 1] ? most / port->dim[port->rank - 1] : 1;

    if (n % here == 0 &&
        (n / here == most || (port->open && n / here < most && n / here % rows == 0)))
        return OK;
    return fail(&s->call, E_USAGE, "", "input `%s` has %s%" PRIu64 " items, not %zu", port->name,
                port->open ? "at most " : "", most * here, n);
}

static status check_values(moot_session *s, const port_decl *port, const plain *v, size_t from)
{
    char lo[WIDE_TEXT], hi[WIDE_TEXT], shown[WIDE_TEXT];
    const unsigned f = port->kind == KIND_FIX ? s->program->precision : 0;
    const size_t at = plain_outside(v, port->lo, port->hi);

    if (at == v->len) return OK;
    return fail(&s->call, E_DATA, "D02", "%s is outside %s..%s, item %zu of `%s`",
                plain_print(v, at, f, shown), wide_print_fix(port->lo, f, lo),
                wide_print_fix(port->hi, f, hi), from + at + 1, port->name);
}

/* One item of the caller's array as the program's number; false when it has none. */
typedef bool (*reads_item)(const program *p, const port_decl *port, const void *v, size_t at,
                           num *out);

static status copy_member(moot_session *s, const port_decl *port, reads_item read, const void *v,
                          size_t from, size_t n, plain *out)
{
    plain copy = {0}, items = {0};
    status st = plain_alloc(&copy, n, 0, &s->call);

    for (size_t k = 0; k < n && !st; k++)
        if (!read(s->program, port, v, from + k, &copy.v[k]))
            st = fail(&s->call, E_DATA, "D02", "item %zu of `%s` is no value it can hold",
                      from + k + 1, port->name);
    if (!st) st = check_values(s, port, &copy, from);
    if (!st) st = plain_convert(&items, &copy, s->program->extra, &s->call);
    plain_free(&copy);
    if (st) return st;
    plain_free(out);
    *out = items;
    return OK;
}

static int set_input(moot_session *s, const char *name, reads_item read, const void *v, size_t n)
{
    uint32_t index = 0, here = 1;
    const port_decl *port;
    size_t from = 0;
    status st;

    if ((st = expect_state(s, NEW, "the session has started"))) return moot_code(st);
    if ((st = find_input(s, name, &index, &here))) return moot_code(st);
    port = &s->program->input[index];
    if ((st = check_length(s, port, here, n))) return moot_code(st);
    for (uint32_t k = 0; k < party_members(s->program, port->party); k++) {
        if (!is_here(s, port->party, k)) continue;
        if ((st = copy_member(s, port, read, v, from, n / here, &s->data->input[index][k])))
            return moot_code(st);
        from += n / here;
    }
    return MOOT_OK;
}

static bool read_i64(const program *p, const port_decl *port, const void *v, size_t at, num *out)
{
    num item = ((const int64_t *)v)[at];

    if (port->kind == KIND_KEY)
        return *out = key_cut(key_of_number(item), wide_num(port->hi)), true;
    *out = port->kind == KIND_FIX ? num_mul(item, (num)1 << p->precision) : item;
    return num_fits(*out);
}

/* Half away from zero, as decimals in data are. */
static bool read_f64(const program *p, const port_decl *port, const void *v, size_t at, num *out)
{
    double item = ((const double *)v)[at];
    double scaled = round(ldexp(item, (int)p->precision));

    if (port->kind != KIND_FIX || !isfinite(scaled) || fabs(scaled) > 0x1p125) return false;
    *out = (num)scaled;
    return true;
}

static bool read_text(const program *p, const port_decl *port, const void *v, size_t at, num *out)
{
    const char *item = ((const char *const *)v)[at];

    (void)p;
    if (port->kind != KIND_KEY || !item) return false;
    if (key_of_utf8((slice){(const uint8_t *)item, strlen(item)}, out)) return false;
    *out = key_cut(*out, wide_num(port->hi));
    return true;
}

int moot_set_i64(moot_session *s, const char *input, const int64_t *v, size_t n)
{
    return set_input(s, input, read_i64, v, n);
}

int moot_set_f64(moot_session *s, const char *input, const double *v, size_t n)
{
    return set_input(s, input, read_f64, v, n);
}

int moot_set_text(moot_session *s, const char *input, const char *const *v, size_t n)
{
    return set_input(s, input, read_text, v, n);
}

/* --- running */

/* Lets moot_cancel reach the channel, or sees that it was quicker. */
static bool publish_channel(void *session, channel *c)
{
    moot_session *s = session;
    bool go_on;

    pthread_mutex_lock(&s->lock);
    s->channel = c;
    go_on = !s->cancelled;
    pthread_mutex_unlock(&s->lock);
    return go_on;
}

static status run_real(moot_session *s, failure *err)
{
    node_session run = {.config = &s->config,
                        .program = s->program,
                        .launch = s->launch,
                        .opened = publish_channel,
                        .user = s};
    session_result result;
    mesh *m = NULL;
    cost price;
    status st = node_price(&price, &s->config, s->program, s->launch, err);

    if (st) return st;
    run.price = &price;
    if (!(st = node_open(&m, NODE_ONCE, &s->config, s->self, s->key, NULL, err)))
        st = node_run(m, &run, s->data, &result, err);
    mesh_close(m);
    cost_free(&price);
    return st;
}

static void *run_thread(void *session)
{
    moot_session *s = session;
    failure err = {0};
    status st = s->ideal ? run_on_ideal(s->program, s->data, &err) : run_real(s, &err);

    pthread_mutex_lock(&s->lock);
    s->state = st ? FAILED : DONE;
    s->err = err;
    pthread_cond_broadcast(&s->changed);
    pthread_mutex_unlock(&s->lock);
    return NULL;
}

static status check_inputs(moot_session *s)
{
    const program *p = s->program;

    for (uint32_t i = 0; i < p->inputs; i++)
        for (uint32_t k = 0; k < party_members(p, p->input[i].party); k++)
            if (is_here(s, p->input[i].party, k) && !s->data->input[i][k].v)
                return fail(&s->call, E_DATA, "", "input `%s` has no value yet", p->input[i].name);
    return OK;
}

int moot_start(moot_session *s)
{
    sigset_t all, old;
    status st;
    int error;

    if ((st = expect_state(s, NEW, "the session has started"))) return moot_code(st);
    if ((st = check_inputs(s))) return moot_code(st);
    s->state = RUNNING;
    sigfillset(&all); /* signals are the caller's threads' business, not ours or ZeroMQ's */
    pthread_sigmask(SIG_BLOCK, &all, &old);
    error = pthread_create(&s->thread, NULL, run_thread, s);
    pthread_sigmask(SIG_SETMASK, &old, NULL);
    s->joinable = error == 0;
    if (!error) return MOOT_OK;
    s->state = FAILED;
    return moot_code(fail(&s->err, E_MEMORY, "", "cannot start a thread: %s", strerror(error)));
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
    int error = 0;
    session_state state;

    pthread_mutex_lock(&s->lock);
    while (s->state == RUNNING && error != ETIMEDOUT)
        error = timeout_ms < 0 ? pthread_cond_wait(&s->changed, &s->lock)
                               : pthread_cond_timedwait(&s->changed, &s->lock, &until);
    state = s->state;
    pthread_mutex_unlock(&s->lock);
    if (state == NEW) return moot_code(fail(&s->call, E_USAGE, "", "the session was not started"));
    return state == RUNNING ? MOOT_AGAIN : state == DONE ? MOOT_DONE : moot_code(s->err.status);
}

void moot_cancel(moot_session *s)
{
    pthread_mutex_lock(&s->lock);
    s->cancelled = true;
    if (s->channel) channel_cancel(s->channel);
    pthread_mutex_unlock(&s->lock);
}

/* --- outputs */

static status find_output(moot_session *s, const char *name, uint32_t *index)
{
    const program *p = s->program;

    status st = expect_state(s, DONE, "the session is not done");

    if (st) return st;
    for (uint32_t i = 0; i < p->outputs; i++)
        if (strcmp(p->output[i].name, name) == 0) {
            *index = i;
            return OK;
        }
    return fail(&s->call, E_USAGE, "", "the program has no output `%s`", name);
}

/* Puts all members' values that are here one after the other. */
static status join_output(moot_session *s, const char *name, uint32_t *index, plain *out)
{
    const port_decl *port;
    status st = find_output(s, name, index);
    size_t len = 0, at = 0;

    if (st) return st;
    port = &s->program->output[*index];
    for (uint32_t k = 0; k < party_members(s->program, port->party); k++)
        if (s->data->output[*index][k].v) len += s->data->output[*index][k].len, at = 1;
    if (at == 0) return fail(&s->call, E_USAGE, "", "output `%s` is not for this party", name);
    if ((st = plain_alloc(out, len, s->program->extra, &s->call))) return st;
    at = 0;
    for (uint32_t k = 0; k < party_members(s->program, port->party); k++) {
        const plain *part = &s->data->output[*index][k];
        if (!part->v) continue;
        memcpy(item_words(out->v, at, out->extra), part->v, part->len * item_size(out->extra));
        at += part->len;
    }
    return OK;
}

/* Writes one of the program's numbers as an item of the caller's array; false when it has no room for it. */
typedef bool (*writes_item)(const program *p, const port_decl *port, const plain *from, void *v,
                            size_t at);

static int get_output(moot_session *s, const char *name, writes_item put, void *v, size_t cap,
                      size_t *n)
{
    plain joined = {0};
    uint32_t index = 0;
    status st = join_output(s, name, &index, &joined);

    if (st) return moot_code(st);
    *n = joined.len;
    if (joined.len > cap)
        st = fail(&s->call, E_USAGE, "", "output `%s` has %zu items", name, joined.len);
    for (size_t k = 0; k < joined.len && !st; k++)
        if (!put(s->program, &s->program->output[index], &joined, v, k))
            st = fail(&s->call, E_DATA, "", "item %zu of `%s` is no 64-bit integer", k + 1, name);
    plain_free(&joined);
    return moot_code(st);
}

static bool put_i64(const program *p, const port_decl *port, const plain *from, void *v, size_t at)
{
    num n;
    (void)p;
    if (port->kind == KIND_FIX || !plain_narrow(from, at, &n) || n < INT64_MIN || n > INT64_MAX)
        return false;
    ((int64_t *)v)[at] = (int64_t)n;
    return true;
}

static bool put_f64(const program *p, const port_decl *port, const plain *from, void *v, size_t at)
{
    ((double *)v)[at] =
        ldexp(plain_double(from, at), port->kind == KIND_FIX ? -(int)p->precision : 0);
    return true;
}

int moot_get_i64(moot_session *s, const char *output, int64_t *v, size_t cap, size_t *n)
{
    return get_output(s, output, put_i64, v, cap, n);
}

int moot_get_f64(moot_session *s, const char *output, double *v, size_t cap, size_t *n)
{
    return get_output(s, output, put_f64, v, cap, n);
}

int moot_get_text(moot_session *s, const char *output, char **json)
{
    const port_decl *port;
    buffer text = {0};
    uint32_t index = 0, members, first = 0;
    bool list;
    status st = find_output(s, output, &index);

    if (st) return moot_code(st);
    port = &s->program->output[index];
    members = party_members(s->program, port->party);
    list = s->ideal && port->party != PARTY_ALL && s->program->party[port->party].group;
    while (first < members && !s->data->output[index][first].v) first++;
    if (first == members)
        return moot_code(fail(&s->call, E_USAGE, "", "output `%s` is not for this party", output));
    if (list) buffer_printf(&text, "[");
    for (uint32_t k = first; k < (list ? members : first + 1); k++) {
        if (k > first) buffer_printf(&text, ",");
        output_json(s->program, index, &s->data->output[index][k], &text);
    }
    if (list) buffer_printf(&text, "]");
    return (*json = buffer_take(&text)) ? MOOT_OK : moot_code(fail_memory(&s->call));
}
