/* The desk of a serving node, at which owners submit and fetch: a thread that takes what has come together, does it in
 * one transaction of the store, and answers when that is done. Who asks is who its key says; what is asked is trusted in
 * nothing. */
#include "runtime/serve_parts.h"

#include "net/frame.h"

#include <inttypes.h>
#include <openssl/crypto.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    TOGETHER = 64, /* requests of one transaction */
    REST_MS = 1000
};

/* One request under way. */
typedef struct asked {
    serve *s;
    frame *f;
    request r;
    reply a;
    buffer sealed, chosen; /* what the reply points to */
} asked;

/* --- refusing */

/* The reply is the failure. */
static void refuse(asked *q, const failure *why)
{
    q->a = (reply){.kind = REPLY_REFUSED, .number = q->r.number, .status = (uint8_t)why->status};
    if (why->status < E_PROGRAM || why->status > E_BUG) q->a.status = E_LIMIT;
    memcpy(q->a.code, why->code, sizeof q->a.code);
    snprintf(q->a.text, sizeof q->a.text, "%.*s", REQUEST_TEXT - 1, why->text);
}

static status stop_taking(const asked *q, const serve_session *x, failure *err)
{
    (void)q;
    if (x->config.collect.deadline_text)
        return fail(err, E_CONFIG, "N10", "session %s takes nothing any more: it was open until %s",
                    x->name, x->config.collect.deadline_text);
    return fail(err, E_CONFIG, "N10", "session %s takes nothing any more: all have submitted",
                x->name);
}

/* --- where a session is */

static bool is_open(const serve_session *x)
{
    return x->state == SERVE_WAITING && !x->intake.closed;
}

static size_t find_owner(const serve_session *x, const char *key)
{
    size_t k = 0;

    while (k < x->config.owners && strcmp(x->config.owner[k].public_key, key) != 0) k++;
    return k;
}

static void state_of_owner(const serve_session *x, size_t owner, reply *a)
{
    const serve_owner *o = &x->intake.owner[owner];

    a->phase = is_open(x) ? PHASE_COLLECTS : PHASE_CLOSED;
    a->sequence = o->whole ? o->whole : o->sequence[0];
    memcpy(a->digest, o->whole ? o->whole_digest : o->digest[0], SUBMISSION_HASH);
    a->counts = a->sequence && a->sequence == o->sequence[0];
    a->highest = o->highest;
    a->submitted = x->intake.submitted, a->owners = x->config.owners;
}

/* What is kept of a session that is over. */
static status state_of_kept(asked *q, failure *err)
{
    const char *owner = mesh_guest(q->f);
    bool there, done;
    status st =
        store_kept(q->s->store, q->r.session, owner, &there, &done, &q->sealed, &q->chosen, err);

    if (st) return st;
    q->a.length = q->sealed.len;
    q->a.chosen = (slice){q->chosen.data, q->chosen.len};
    if (there || done) {
        q->a.phase = there ? PHASE_DONE : PHASE_WITHOUT;
        return OK;
    }
    q->a.phase = PHASE_FAILED;
    if (serve_has_ended(q->s, q->r.session)) return OK;
    return fail(err, E_CONFIG, "N10", "there is no session %s here, or it does not know you",
                q->r.session);
}

/* --- what is asked of a session that is not over */

static status check_alike(const asked *q, const serve_session *x, failure *err)
{
    if (memcmp(q->r.file, x->agreed.file, SUBMISSION_HASH) != 0)
        return fail(err, E_CONFIG, "N01",
                    "the parties file of session %s is not the one that the nodes have", x->name);
    if (memcmp(q->r.program, x->intake.program, SUBMISSION_HASH) != 0)
        return fail(err, E_CONFIG, "N01",
                    "the program of session %s is not the one that the nodes have: %s", x->name,
                    x->config.program);
    return OK;
}

/* May this owner submit with this number now? */
static status check_turn(const asked *q, const serve_session *x, size_t owner, failure *err)
{
    const serve_owner *o = &x->intake.owner[owner];

    if (!is_open(x)) return stop_taking(q, x, err);
    if (o->sequence[0] && !x->config.collect.replaces)
        return fail(err, E_CONFIG, "N10",
                    "%s has submitted to session %s already, and its file says that a second "
                    "submission is refused",
                    x->config.owner[owner].name, x->name);
    if (q->r.sequence > o->sequence[0] && q->r.sequence <= INT64_MAX) return OK;
    return fail(err, E_CONFIG, "N10", "a later submission is here already");
}

/* It is all here: is it what its owner committed itself to? What is not is dropped. */
static status stage(const asked *q, serve_session *x, size_t owner, const store_item *item,
                    failure *err)
{
    const submission_terms t = intake_terms(x, owner, item->sequence);
    const uint8_t *own = q->r.commitments.data + (size_t)q->s->is.self * SUBMISSION_HASH;
    uint8_t commitment[SUBMISSION_HASH], digest[SUBMISSION_HASH];
    submission_part part = {.len = 0};
    buffer bytes = {0};
    void *share = NULL;
    status st = store_stage(q->s->store, item, err);

    if (!st)
        st = store_read(q->s->store, item->session, item->owner, item->sequence, part.nonce, &bytes,
                        err);
    part.data = bytes.data, part.len = bytes.len;
    if (!st && !(share = malloc(t.len * t.f->size + 1))) st = fail_memory(err);
    if (!st) {
        submission_commit(&t, q->s->is.self, &part, commitment);
        submission_digest(digest, t.id, q->r.commitments.data, t.nodes);
        if (memcmp(commitment, own, sizeof commitment) != 0 ||
            memcmp(digest, item->digest, sizeof digest) != 0)
            st = fail(err, E_DATA, "N10", "what came is not what was committed to");
    }
    if (!st) st = submission_shares(&t, q->s->is.self, &part, share, err);
    if (share) OPENSSL_cleanse(share, t.len * t.f->size);
    free(share);
    if (bytes.data) OPENSSL_cleanse(bytes.data, bytes.len);
    buffer_free(&bytes);
    if (st == E_DATA) store_drop(q->s->store, item, NULL);
    return st;
}

static status put(asked *q, serve_session *x, size_t owner, failure *err)
{
    const submission_terms t = intake_terms(x, owner, q->r.sequence);
    store_item item = intake_item(x, owner, q->r.sequence);
    serve_owner *o = &x->intake.owner[owner];
    uint64_t have = 0;
    status st = check_turn(q, x, owner, err);

    if (st) return st;
    if (q->r.length != submission_bytes(&t, q->s->is.self) ||
        q->r.commitments.len != (size_t)t.nodes * SUBMISSION_HASH || q->r.at > q->r.length)
        return fail(err, E_DATA, "N10", "a submission of another length or for other nodes");
    memcpy(item.digest, q->r.digest, sizeof item.digest);
    memcpy(item.nonce, q->r.nonce, sizeof item.nonce);
    item.length = q->r.length;
    if ((st = store_put(q->s->store, &item, q->r.at, q->r.piece, &have, err))) return st;
    if (o->whole != item.sequence) intake_whole_dropped(o); /* for this one */
    if (have == item.length && o->whole != item.sequence) {
        if ((st = stage(q, x, owner, &item, err))) return st;
        o->whole = item.sequence;
        memcpy(o->whole_digest, item.digest, sizeof item.digest);
    }
    if (o->highest < item.sequence) o->highest = item.sequence;
    q->a.kind = REPLY_TAKEN, q->a.at = have;
    return OK;
}

static status commit(asked *q, serve_session *x, size_t owner, failure *err)
{
    const serve_owner *o = &x->intake.owner[owner];
    status st;

    q->a.kind = REPLY_COUNTS;
    for (unsigned k = 0; k < COUNTING; k++)
        if (o->sequence[k] == q->r.sequence && q->r.sequence &&
            !memcmp(o->digest[k], q->r.digest, SUBMISSION_HASH))
            return OK; /* it was asked before */
    if ((st = check_turn(q, x, owner, err))) return st;
    if (o->whole != q->r.sequence || memcmp(o->whole_digest, q->r.digest, SUBMISSION_HASH) != 0)
        return fail(err, E_DATA, "N10", "this submission is not here");
    if ((st = intake_commit(x, owner, err))) return st;
    pthread_mutex_lock(&q->s->lock);
    q->s->count.submitted++;
    pthread_mutex_unlock(&q->s->lock);
    return OK;
}

static status get(asked *q, failure *err)
{
    const char *owner = mesh_guest(q->f);
    bool there, done;
    size_t left;
    status st =
        store_kept(q->s->store, q->r.session, owner, &there, &done, &q->sealed, &q->chosen, err);

    if (st) return st;
    if (!there || q->r.at > q->sealed.len)
        return fail(err, E_CONFIG, "N10", "nothing is kept here of session %s for you", q->r.session);
    left = q->sealed.len - (size_t)q->r.at;
    q->a.kind = REPLY_PIECE;
    q->a.at = q->r.at, q->a.length = q->sealed.len;
    q->a.piece = (slice){q->sealed.data + q->r.at, left < REQUEST_PIECE ? left : REQUEST_PIECE};
    return OK;
}

/* Of a session that takes submissions, or runs. */
static status do_with(asked *q, serve_session *x, failure *err)
{
    size_t owner = find_owner(x, mesh_guest(q->f));
    status st;

    if (owner == x->config.owners)
        return fail(err, E_CONFIG, "N10", "session %s is none to which you submit", x->name);
    if (!x->intake.owner) /* after what could not be kept, until the next scan */
        return fail(err, E_PEER, "N06", "session %s is being read anew\nhelp: submit again", x->name);
    if ((st = check_alike(q, x, err))) return st;
    if (q->r.kind == REQUEST_PUT) return put(q, x, owner, err);
    if (q->r.kind == REQUEST_COMMIT) return commit(q, x, owner, err);
    state_of_owner(x, owner, &q->a);
    return OK;
}

/* E_LIMIT and E_MEMORY are the node's own, and nothing of the transaction can be kept. */
static status do_one(asked *q, failure *err)
{
    serve_session *x = serve_find(q->s, q->r.session);

    q->a = (reply){.kind = REPLY_STATE, .number = q->r.number};
    if (q->r.kind == REQUEST_GET) return get(q, err);
    if (x && x->state != SERVE_ENDED) return do_with(q, x, err);
    if (q->r.kind == REQUEST_STATE) return state_of_kept(q, err);
    return fail(err, E_CONFIG, "N10", "session %s takes nothing any more: it is over", q->r.session);
}

static bool is_own_fault(status st)
{
    return st == E_LIMIT || st == E_MEMORY || st == E_BUG;
}

/* --- all that has come */

static void answer_all(serve *s, asked *q, unsigned count)
{
    for (unsigned k = 0; k < count; k++) {
        buffer text = {0};
        reply_write(&q[k].a, &text);
        if (!text.failed) mesh_answer(s->mesh, q[k].f, (slice){text.data, text.len});
        buffer_free(&text);
        buffer_free(&q[k].sealed), buffer_free(&q[k].chosen);
        q[k].f->release(q[k].f);
    }
}

static void log_failure(const serve *s, const failure *why)
{
    serve_log(s, &(serve_event){.bad = true,
                                .name = "store.failed",
                                .text = "what owners submit cannot be kept",
                                .why = why});
}

/* In the case that nothing was kept, what is in memory of these sessions is read from the store anew. */
static void undo(serve *s, asked *q, unsigned count, const failure *why)
{
    log_failure(s, why);
    for (unsigned k = 0; k < count; k++) {
        serve_session *x = serve_find(s, q[k].r.session);
        refuse(&q[k], why);
        if (x && x->state == SERVE_WAITING) intake_free(x);
    }
}

static void do_together(serve *s, asked *q, unsigned count)
{
    failure err = {0};
    status st, failed = OK;
    unsigned refused = 0;

    if (store_begin(s->store, &err)) {
        undo(s, q, count, &err);
        return;
    }
    for (unsigned k = 0; !failed && k < count; k++) {
        if (!(st = do_one(&q[k], &err))) continue;
        if (is_own_fault(st)) failed = st;
        refuse(&q[k], &err), refused++;
    }
    if (store_end(s->store, failed, &err)) undo(s, q, count, &err);
    pthread_mutex_lock(&s->lock);
    s->count.not_taken += refused;
    pthread_mutex_unlock(&s->lock);
}

/* Waits for the first; what else is here already comes along. False when the desk is closed. */
static bool take_together(serve *s, asked *q, unsigned *count)
{
    int64_t until = now_ms() + REST_MS;
    unsigned lost;
    frame *f;

    for (*count = 0; *count < TOGETHER; until = now_ms()) {
        arrival what = s->desk->next(s->desk, until, &f, &lost);
        if (what == ARRIVED_CANCEL || what == ARRIVED_FAULT) return false;
        if (what != ARRIVED_FRAME) break;
        q[*count] = (asked){.s = s, .f = f};
        if (request_read(&q[*count].r, (slice){f->data + CHANNEL_HEADER, f->len - CHANNEL_HEADER}))
            ++*count;
        else
            f->release(f);
    }
    return true;
}

static void *attend(void *arg)
{
    serve *s = arg;
    asked *q = calloc(TOGETHER, sizeof *q);
    unsigned count = 0;
    bool open = q != NULL;

    while (open) {
        open = take_together(s, q, &count);
        if (!count) continue;
        pthread_mutex_lock(&s->work);
        do_together(s, q, count);
        pthread_mutex_unlock(&s->work);
        answer_all(s, q, count);
    }
    free(q);
    return NULL;
}

/* --- opening and closing */

status desk_open(serve *s, failure *err)
{
    sigset_t all, old;
    status st = mesh_desk(s->mesh, &s->desk, err);
    int error;

    if (st) return st;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &old);
    error = pthread_create(&s->porter, NULL, attend, s);
    pthread_sigmask(SIG_SETMASK, &old, NULL);
    if (error) return fail(err, E_LIMIT, "", "cannot start a thread: %s", strerror(error));
    s->has_porter = true;
    return OK;
}

void desk_close(serve *s)
{
    if (!s->desk) return;
    s->desk->cancel(s->desk);
    if (s->has_porter) pthread_join(s->porter, NULL);
    s->desk->close(s->desk);
    s->desk = NULL;
}
