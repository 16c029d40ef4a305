/* Sessions of a serving node: how one starts, runs in a thread of its own, is cancelled and ends. */
#include "runtime/serve_parts.h"

#include "runtime/absent.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>

/* --- the end */

/* What went wrong, without what a secret may stand in: messages about data show values. */
static const failure *speakable(const failure *why)
{
    return why && why->status != E_DATA ? why : NULL;
}

static void keep_outcome(serve_session *x, const failure *why)
{
    const serve *s = x->owner;
    const serve_outcome o = {
        .session = x->name, .why = why, .config = &x->config, .made = &x->made, .result = &x->result};
    failure err = {0};

    if (!s->is.keep(s->is.user, &o, &err)) return;
    serve_log(s, &(serve_event){.bad = true,
                                .name = "session.lost",
                                .text = "what became of it cannot be written",
                                .session = x->name,
                                .why = &err});
}

void serve_session_end(serve_session *x, const failure *why)
{
    serve *s = x->owner;

    pthread_mutex_lock(&s->lock);
    s->count.refused++;
    pthread_mutex_unlock(&s->lock);
    x->state = SERVE_ENDED;
    x->why = *why;
    keep_outcome(x, why);
    serve_log(s, &(serve_event){.bad = true,
                                .name = "session.refused",
                                .text = why->status == E_DATA ? "the data of this node are refused"
                                                              : "refused",
                                .session = x->name,
                                .why = speakable(why)});
    deployed_free(&x->made);
}

/* --- running */

static bool publish(void *session, channel *c)
{
    serve_session *x = session;
    bool go_on;

    pthread_mutex_lock(&x->owner->lock);
    x->channel = c;
    go_on = !x->cancelled;
    pthread_mutex_unlock(&x->owner->lock);
    return go_on;
}

static bool keep_for_owner(void *session, unsigned owner, const absent_key *what, const void *share,
                           size_t bytes)
{
    buffer *kept = &((serve_session *)session)->intake.kept[owner];

    absent_keep(kept, what, share, bytes);
    return !kept->failed;
}

/* What owners submitted is read first; what they are to learn is kept last, before anybody hears of the end. */
static status run_it(serve_session *x, intake_shares *submitted, failure *err)
{
    absent_owners here = {.keep = keep_for_owner, .user = x};
    node_session what = {.config = &x->config,
                         .program = x->made.loaded.program,
                         .launch = x->made.launch,
                         .price = &x->made.price,
                         .opened = publish,
                         .user = x};
    status st;

    if (x->config.owners) {
        if ((st = intake_load(x, submitted, err))) return st;
        here.share = (const void *const *)submitted->share;
        what.absent = &here, what.submitted = submitted->agreed;
    }
    if ((st = node_run(x->owner->mesh, &what, x->made.data, &x->result, err))) return st;
    return intake_done(x, err);
}

static void *run(void *session)
{
    serve_session *x = session;
    serve *s = x->owner;
    intake_shares submitted = {0};
    status st = run_it(x, &submitted, &x->why);

    intake_shares_free(&submitted);
    keep_outcome(x, st ? &x->why : NULL);
    pthread_mutex_lock(&s->lock);
    x->finished = true;
    pthread_mutex_unlock(&s->lock);
    return NULL;
}

status serve_session_start(serve_session *x, failure *err)
{
    sigset_t all, old;
    int error;

    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &old);
    error = pthread_create(&x->thread, NULL, run, x);
    pthread_sigmask(SIG_SETMASK, &old, NULL);
    if (error) return fail(err, E_LIMIT, "", "cannot start a thread: %s", strerror(error));
    x->state = SERVE_RUNNING;
    x->owner->running++;
    serve_log(x->owner, &(serve_event){.name = "session.started",
                                       .text = "all nodes have it: it runs",
                                       .session = x->name});
    return OK;
}

void serve_session_cancel(serve_session *x)
{
    pthread_mutex_lock(&x->owner->lock);
    x->cancelled = true;
    if (x->channel) channel_cancel(x->channel);
    pthread_mutex_unlock(&x->owner->lock);
}

static void count(serve *s, const serve_session *x)
{
    serve_counts *c = &s->count;

    pthread_mutex_lock(&s->lock);
    if (x->why.status)
        c->failed++;
    else
        c->done++;
    c->bytes += x->result.bytes_sent;
    c->rounds += x->result.rounds;
    c->multiplications += x->result.multiplications;
    c->seconds += x->result.seconds;
    pthread_mutex_unlock(&s->lock);
}

static bool has_finished(serve_session *x)
{
    bool finished;

    pthread_mutex_lock(&x->owner->lock);
    finished = x->finished;
    pthread_mutex_unlock(&x->owner->lock);
    return finished;
}

static void take_end(serve_session *x)
{
    serve *s = x->owner;
    bool failed = x->why.status != OK;

    pthread_join(x->thread, NULL);
    x->state = SERVE_ENDED;
    s->running--;
    count(s, x);
    serve_log(s, &(serve_event){.bad = failed,
                                .name = failed ? "session.failed" : "session.done",
                                .text = failed ? "failed" : "done",
                                .session = x->name,
                                .why = failed ? speakable(&x->why) : NULL,
                                .result = failed ? NULL : &x->result});
    deployed_free(&x->made);
    intake_free(x);
    config_free(&x->config);
}

void serve_collect(serve *s)
{
    for (serve_session *x = s->first; x; x = x->next)
        if (x->state == SERVE_RUNNING && has_finished(x)) take_end(x);
}

void serve_session_free(serve_session *x)
{
    if (x->state == SERVE_RUNNING) {
        serve_session_cancel(x);
        pthread_join(x->thread, NULL);
    }
    deployed_free(&x->made);
    intake_free(x);
    config_free(&x->config);
    free(x);
}
