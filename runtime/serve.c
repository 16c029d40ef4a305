/* A serving node: its loop, which scans the folder, listens to the notes of the other nodes and starts what all of
 * them have. The first node of the file says when: it sends START once all have said that they have the same and
 * hear each other, so that all nodes take sessions up in one order and none waits for a place that another holds. */
#include "runtime/serve_parts.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
    TURN_MS = 50,   /* how long the loop listens before it looks at its sessions again */
    SCAN_MS = 250,  /* how often it looks into the folder */
    TELL_MS = 1000, /* how often it says again what holds */
    FIRST = 0       /* the node that starts sessions */
};

void serve_log(const serve *s, const serve_event *e)
{
    s->is.log(s->is.user, e);
}

static void log_peer(const serve *s, unsigned k, bool bad, const char *name, const char *text)
{
    serve_log(s, &(serve_event){
                     .bad = bad, .name = name, .text = text, .peer = s->is.nodes->party[k].name});
}

serve_session *serve_find(const serve *s, const char *name)
{
    serve_session *x = s->first;

    while (x && strcmp(x->name, name) != 0) x = x->next;
    return x;
}

/* --- who is there */

static uint32_t heard(const serve *s)
{
    uint32_t mask = 0;

    for (unsigned k = 0; k < s->nodes; k++)
        if (k == s->is.self || s->peer[k].up) mask |= (uint32_t)1 << k;
    return mask;
}

/* All nodes hear all others: then what any of them sends arrives. */
static bool all_hear(const serve *s)
{
    uint32_t all = (uint32_t)(((uint64_t)1 << s->nodes) - 1);

    if (heard(s) != all) return false;
    for (unsigned k = 0; k < s->nodes; k++)
        if (k != s->is.self && (s->peer[k].hears & all) != all) return false;
    return true;
}

/* What it had said before does not hold any more. */
static void forget_peer(serve *s, unsigned k)
{
    s->peer[k] = (serve_peer){0};
    for (serve_session *x = s->first; x; x = x->next) {
        x->have[k] = x->differs[k] = false;
        x->missed[k] |= x->state == SERVE_RUNNING;
        intake_forget(x, k);
    }
}

static void lose_peer(serve *s, unsigned k)
{
    if (s->peer[k].up) log_peer(s, k, true, "peer.lost", "is gone");
    forget_peer(s, k);
}

static void meet_peer(serve *s, unsigned k, uint64_t nonce)
{
    if (s->peer[k].up && s->peer[k].nonce == nonce) return;
    if (s->peer[k].up) lose_peer(s, k);
    forget_peer(s, k);
    s->peer[k].up = true, s->peer[k].nonce = nonce;
    log_peer(s, k, false, "peer.up", "is here");
    s->tell_at = 0; /* let it know at once */
}

/* --- notes */

static bool same(const serve_agreement *a, const serve_agreement *b)
{
    return !memcmp(a->file, b->file, SERVE_HASH) && !memcmp(a->source, b->source, SERVE_HASH);
}

static void tell_difference(serve *s, serve_session *x, unsigned from, const note *n)
{
    bool file = memcmp(x->agreed.file, n->agreed.file, SERVE_HASH) != 0;

    if (x->differs[from] || x->state == SERVE_ENDED) return;
    x->differs[from] = true;
    serve_log(s, &(serve_event){.bad = true,
                                .name = "session.differs",
                                .text = file ? "its file is not the same there"
                                             : "the text of its program is not the same there",
                                .session = x->name,
                                .peer = s->is.nodes->party[from].name});
}

static void begin(serve_session *x)
{
    failure err = {0};

    if (intake_make(x, &err) || serve_session_start(x, &err)) serve_session_end(x, &err);
}

static void answer(serve *s, unsigned to, const note *n, note_kind what)
{
    note said = *n;

    said.kind = what, said.list = (slice){NULL, 0};
    note_send(s, to, &said);
}

/* With the submissions that run. */
static void send_start(serve_session *x, unsigned to)
{
    note start = note_of(x, NOTE_START);
    buffer list = {0};

    intake_list_runs(x, &list);
    start.list = (slice){list.data, list.len};
    if (!list.failed) note_send(x->owner, to, &start); /* else it asks again */
    buffer_free(&list);
}

/* The other has it: it is told to start what runs here already, and what has ended here. */
static void on_have(serve *s, serve_session *x, unsigned from, const note *n)
{
    if (x ? x->state == SERVE_ENDED : serve_has_ended(s, n->name)) {
        answer(s, from, n, NOTE_ENDED);
    } else if (x && x->state == SERVE_RUNNING) {
        if (s->is.self == FIRST && !x->missed[from]) send_start(x, from); /* else it ends soon */
    } else if (x) {
        x->have[from] = same(&x->agreed, &n->agreed);
        if (x->have[from])
            intake_hear(x, from, n->list);
        else
            tell_difference(s, x, from, n);
    }
}

static void on_start(serve *s, serve_session *x, unsigned from, const note *n)
{
    if (from != FIRST || (x && x->state == SERVE_RUNNING)) return;
    if (x && x->state == SERVE_READY && same(&x->agreed, &n->agreed) &&
        !atomic_load(&s->stopping) && intake_take(x, n->list))
        begin(x);
    else
        answer(s, from, n, NOTE_NONE);
}

/* While it runs here, the first node hears this only from one that it asked to start. */
static void on_ended(serve *s, serve_session *x, unsigned from, note_kind what)
{
    failure err = {0};

    if (!x || x->state == SERVE_ENDED) return;
    x->have[from] = false;
    if (x->state == SERVE_RUNNING && s->is.self == FIRST) serve_session_cancel(x);
    if (x->state == SERVE_RUNNING || what == NOTE_NONE) return;
    fail(&err, E_PEER, "N03", "this session has ended at %s already", s->is.nodes->party[from].name);
    fail_add(&err, "help: to run it again, remove %s.out.json and %s.error.json at all nodes",
             x->name, x->name);
    serve_session_end(x, &err);
}

static void take_note(serve *s, const frame *f)
{
    serve_session *x;
    frame_header h;
    note n;

    frame_header_read(&h, f->data, f->len);
    if (!note_read(&n, (slice){f->data + CHANNEL_HEADER, f->len - CHANNEL_HEADER})) return;
    meet_peer(s, f->from, h.nonce);
    x = serve_find(s, n.name);
    switch (n.kind) {
    case NOTE_HERE: s->peer[f->from].hears = n.hears; break;
    case NOTE_HAVE: on_have(s, x, f->from, &n); break;
    case NOTE_START: on_start(s, x, f->from, &n); break;
    case NOTE_ENDED:
    case NOTE_NONE: on_ended(s, x, f->from, n.kind); break;
    }
}

/* --- the loop */

static status listen_until(serve *s, int64_t until, failure *err)
{
    unsigned lost;
    frame *f;

    for (;;) {
        switch (s->notes->next(s->notes, until, &f, &lost)) {
        case ARRIVED_FRAME:
            pthread_mutex_lock(&s->work);
            take_note(s, f);
            pthread_mutex_unlock(&s->work);
            f->release(f);
            break;
        case ARRIVED_LOSS:
            pthread_mutex_lock(&s->work);
            lose_peer(s, lost);
            pthread_mutex_unlock(&s->work);
            break;
        case ARRIVED_NOTHING:
        case ARRIVED_CANCEL: return OK;
        case ARRIVED_FAULT: return fail(err, E_BUG, "", "the receiving socket failed");
        }
        if (now_ms() >= until) return OK;
    }
}

static void tell_have(const serve_session *x)
{
    note have = note_of(x, NOTE_HAVE);
    buffer list = {0};

    intake_list(x, &list);
    have.list = (slice){list.data, list.len};
    if (!list.failed) note_send_all(x->owner, &have);
    buffer_free(&list);
}

/* What holds is said again and again: a note may be lost, and a node may have been restarted. */
static void tell_others(serve *s)
{
    const note here = {.kind = NOTE_HERE, .hears = heard(s)};

    if (now_ms() < s->tell_at) return;
    s->tell_at = now_ms() + TELL_MS;
    note_send_all(s, &here);
    for (serve_session *x = s->first; x && !atomic_load(&s->stopping); x = x->next)
        if (x->state == SERVE_READY) tell_have(x);
}

static bool all_have(const serve *s, const serve_session *x)
{
    for (unsigned k = 0; k < s->nodes; k++)
        if (k != s->is.self && !x->have[k]) return false;
    return true;
}

/* With what all nodes have of its owners, if that is enough. */
static void start(serve_session *x)
{
    buffer list = {0};
    failure err = {0};
    status st;
    bool chosen = intake_choose(x, &list, &st, &err);

    if (st) {
        serve_session_end(x, &err);
    } else if (chosen && intake_take(x, (slice){list.data, list.len})) {
        for (unsigned k = 0; k < x->owner->nodes; k++)
            if (k != x->owner->is.self) send_start(x, k);
        begin(x);
    }
    buffer_free(&list);
}

/* Of the first node. */
static void start_what_all_have(serve *s)
{
    if (s->is.self != FIRST || !all_hear(s)) return;
    for (serve_session *x = s->first; x && s->running < SERVE_AT_ONCE; x = x->next)
        if (x->state == SERVE_READY && all_have(s, x)) start(x);
}

static void take_counts(serve *s)
{
    serve_counts *c = &s->count;

    pthread_mutex_lock(&s->lock);
    c->running = s->running, c->waiting = c->peers_up = 0;
    for (const serve_session *x = s->first; x; x = x->next)
        c->waiting += x->state == SERVE_WAITING || x->state == SERVE_READY;
    for (unsigned k = 0; k < s->nodes; k++) c->peers_up += c->up[k] = s->peer[k].up;
    pthread_mutex_unlock(&s->lock);
}

static status look_after(serve *s, failure *err)
{
    bool stopping = atomic_load(&s->stopping);
    status st;

    if (!stopping && now_ms() >= s->scan_at) {
        if ((st = serve_scan(s, err))) return st;
        s->scan_at = now_ms() + SCAN_MS;
    }
    serve_collect(s);
    if (!stopping) start_what_all_have(s);
    tell_others(s);
    take_counts(s);
    return OK;
}

static status turn(serve *s, failure *err)
{
    status st;

    pthread_mutex_lock(&s->work);
    st = look_after(s, err);
    pthread_mutex_unlock(&s->work);
    return st ? st : listen_until(s, now_ms() + TURN_MS, err);
}

/* What is still running after the grace time is cancelled, and tells its peers. */
static status finish(serve *s, failure *err)
{
    int64_t until = now_ms() + s->is.grace_ms;
    status st = OK;

    serve_log(s, &(serve_event){.name = "node.stopping",
                                .text = s->running ? "takes up no more; running sessions may finish"
                                                   : "takes up no more"});
    while (!st && s->running && now_ms() < until) st = turn(s, err);
    for (serve_session *x = s->first; x; x = x->next)
        if (x->state == SERVE_RUNNING) serve_session_cancel(x);
    while (!st && s->running) st = turn(s, err);
    serve_log(s, &(serve_event){.name = "node.stopped", .text = "stopped"});
    return st;
}

status serve_run(serve *s, failure *err)
{
    status st = OK;

    serve_log(s, &(serve_event){.name = "node.started", .text = "serves"});
    while (!st && !atomic_load(&s->stopping)) st = turn(s, err);
    return st ? st : finish(s, err);
}

void serve_stop(serve *s)
{
    atomic_store(&s->stopping, true);
}

/* --- opening and closing */

static status check_folder(const char *folder, int how, failure *err)
{
    buffer path = {0};
    char *inside;
    status st = OK;

    buffer_printf(&path, "%s/.", folder); /* of what is no folder there is none */
    if (!(inside = buffer_take(&path))) return fail_memory(err);
    if (access(inside, how))
        st = fail(err, E_USAGE, "", "%s cannot be used as a folder: %s", folder, strerror(errno));
    free(inside);
    return st;
}

static status open_store(serve *s, failure *err)
{
    buffer path = {0};
    char *file;
    status st;

    buffer_printf(&path, "%s/submissions.sqlite", s->is.sessions);
    if (!(file = buffer_take(&path))) return fail_memory(err);
    st = store_open(&s->store, file,
                    (store_key){s->is.key, s->is.nodes->party[s->is.self].public_key}, err);
    free(file);
    return st;
}

status serve_open(serve **out, const serve_config *cfg, failure *err)
{
    serve *s = calloc(1, sizeof *s);
    status st;

    *out = NULL;
    if (!s) return fail_memory(err);
    s->is = *cfg, s->nodes = (unsigned)cfg->nodes->parties;
    s->guests_changed = true; /* the store may know some */
    pthread_mutex_init(&s->lock, NULL);
    pthread_mutex_init(&s->work, NULL);
    atomic_init(&s->stopping, false);
    if (!(st = check_folder(cfg->allow, R_OK | X_OK, err)) &&
        !(st = check_folder(cfg->sessions, R_OK | W_OK | X_OK, err)) && !(st = open_store(s, err)) &&
        !(st = node_open(&s->mesh, NODE_LASTING, cfg->nodes, cfg->self, cfg->key, cfg->listen, err)) &&
        !(st = notes_open(s, err)))
        st = desk_open(s, err);
    if (st)
        serve_close(s);
    else
        *out = s;
    return st;
}

void serve_close(serve *s)
{
    if (!s) return;
    desk_close(s);
    for (serve_session *x; (x = s->first);) {
        s->first = x->next;
        serve_session_free(x);
    }
    if (s->notes) s->notes->close(s->notes);
    mesh_close(s->mesh);
    store_close(s->store);
    pthread_mutex_destroy(&s->work);
    pthread_mutex_destroy(&s->lock);
    free(s);
}

/* --- metrics */

static void metric(buffer *out, const char *name, const char *type, const char *help)
{
    buffer_printf(out, "# HELP moot_%s %s\n# TYPE moot_%s %s\n", name, help, name, type);
}

static void one(buffer *out, const char *name, const char *type, const char *help, double v)
{
    metric(out, name, type, help);
    buffer_printf(out, "moot_%s %.17g\n", name, v);
}

void serve_metrics(serve *s, buffer *out)
{
    serve_counts c;

    pthread_mutex_lock(&s->lock);
    c = s->count;
    pthread_mutex_unlock(&s->lock);
    metric(out, "sessions_total", "counter", "Sessions that have ended here, by how.");
    buffer_printf(out,
                  "moot_sessions_total{result=\"done\"} %" PRIu64
                  "\nmoot_sessions_total{result=\"failed\"} %" PRIu64
                  "\nmoot_sessions_total{result=\"refused\"} %" PRIu64 "\n",
                  c.done, c.failed, c.refused);
    one(out, "sessions_running", "gauge", "Sessions that run now.", c.running);
    one(out, "sessions_waiting", "gauge", "Sessions that wait for data or other nodes.", c.waiting);
    one(out, "session_seconds_total", "counter", "Time that sessions took.", c.seconds);
    one(out, "rounds_total", "counter", "Rounds of sessions.", (double)c.rounds);
    one(out, "multiplications_total", "counter", "Secret multiplications.",
        (double)c.multiplications);
    one(out, "sent_bytes_total", "counter", "Bytes that sessions sent.", (double)c.bytes);
    metric(out, "submissions_total", "counter", "What owners submitted, by what became of it.");
    buffer_printf(out,
                  "moot_submissions_total{result=\"counts\"} %" PRIu64
                  "\nmoot_submissions_total{result=\"refused\"} %" PRIu64 "\n",
                  c.submitted, c.not_taken);
    metric(out, "peer_up", "gauge", "Whether a node is heard.");
    for (unsigned k = 0; k < s->nodes; k++)
        if (k != s->is.self)
            buffer_printf(out, "moot_peer_up{peer=\"%s\"} %d\n", s->is.nodes->party[k].name, c.up[k]);
    metric(out, "build_info", "gauge", "The version that runs.");
    buffer_printf(out, "moot_build_info{version=\"%s\"} 1\n", MOOT_VERSION);
}
