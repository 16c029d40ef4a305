/* The simulated network: processes, their ports, frames under way, and the clock that all of them read. */
#include "world_parts.h"

#include <openssl/rand.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* Kept from run to run, for new stacks are dear. */
static fiber_pool *stacks;

sim_world world;

/* --- memory that is counted */

static size_t blocks;

size_t sim_blocks(void)
{
    return blocks;
}

static void *count_blocks(void *user, void *old, size_t old_size, size_t new_size)
{
    mesh *m = world.running ? world.running->mesh : NULL;
    void *block;

    (void)user, (void)old_size;
    if (new_size == 0) {
        (free)(old); /* in brackets: the C library's own, see vm/memory.h */
        blocks -= old != NULL;
        return NULL;
    }
    if (m && m->starved) {
        m->starved = !world.plan->once;
        return NULL;
    }
    block = (realloc)(old, new_size);
    blocks += !old && block;
    return block;
}

static const memory_source counted = {count_blocks, NULL};

/* --- clock and chance; the linker puts these in the place of the system's (CMakeLists.txt) */

int __wrap_clock_gettime(clockid_t id, struct timespec *t);
int __wrap_clock_gettime(clockid_t id, struct timespec *t)
{
    (void)id;
    *t = (struct timespec){.tv_sec = EPOCH_S + world.now / (1000 * MS),
                           .tv_nsec = world.now % (1000 * MS) * 1000};
    return 0;
}

time_t __wrap_time(time_t *out);
time_t __wrap_time(time_t *out)
{
    time_t now = EPOCH_S + world.now / (1000 * MS);

    if (out) *out = now;
    return now;
}

int __wrap_RAND_bytes(uint8_t *out, int len);
int __wrap_RAND_bytes(uint8_t *out, int len)
{
    mesh *m = world.running ? world.running->mesh : NULL;
    draws *d = m ? &m->random : &world.random;

    for (int k = 0; k < len; k++) out[k] = (uint8_t)draw(d);
    return 1;
}

/* --- what happens when: a heap by time */

static bool before(const event *a, const event *b)
{
    return a->at != b->at ? a->at < b->at : a->order < b->order;
}

void event_add(event e)
{
    if (world.events == world.cap) {
        world.cap = world.cap ? 2 * world.cap : 256;
        world.heap = (realloc)(world.heap, world.cap * sizeof *world.heap);
        if (!world.heap) abort();
    }
    e.order = world.order++;
    size_t at = world.events++;
    for (; at && before(&e, &world.heap[(at - 1) / 2]); at = (at - 1) / 2)
        world.heap[at] = world.heap[(at - 1) / 2];
    world.heap[at] = e;
}

static event event_next(void)
{
    event first = world.heap[0], last = world.heap[--world.events];
    size_t at = 0;

    for (size_t child; (child = 2 * at + 1) < world.events; at = child) {
        if (child + 1 < world.events && before(&world.heap[child + 1], &world.heap[child])) child++;
        if (!before(&world.heap[child], &last)) break;
        world.heap[at] = world.heap[child];
    }
    world.heap[at] = last;
    return first;
}

void wake(const actor *a)
{
    event_add((event){
        .at = world.now, .kind = EVENT_ALARM, .whose = (actor *)(uintptr_t)a, .turn = a->turn});
}

/* --- saying and remembering what happens */

#define TELL(...)                                                                                  \
    do {                                                                                           \
        if (!world.talks) break;                                                                   \
        fprintf(stderr, "%10.3f ms  ", (double)world.now / MS);                                    \
        fprintf(stderr, __VA_ARGS__);                                                              \
        fputc('\n', stderr);                                                                       \
    } while (0)

static const char *const kind_name[] = {
    [FRAME_HELLO] = "hello",    [FRAME_DATA] = "data", [FRAME_CREDIT] = "credit",
    [FRAME_STOP] = "stop",      [FRAME_LOST] = "lost", [FRAME_BYE] = "bye",
    [FRAME_WAITING] = "waiting"};

const char *fault_name(fault_kind k)
{
    static const char *const name[FAULT_KINDS] = {
        "none",  "crash", "restart", "hang",    "stuck",   "late",   "reset",  "hole",
        "split", "lose",  "repeat",  "foreign", "cut-off", "change", "cancel", "memory"};
    return name[k];
}

/* FNV-1a. */
static void remember(const void *data, size_t len)
{
    const uint8_t *byte = data;
    for (size_t k = 0; k < len; k++)
        world.seen.trace = (world.seen.trace ^ byte[k]) * 0x100000001b3u;
}

static void broken(const port *p, const char *rule)
{
    if (world.seen.broken[0]) return;
    snprintf(world.seen.broken, sizeof world.seen.broken, "member %u, session %u: %s",
             p->mesh->self, p->session, rule);
}

/* --- frames */

static void release(frame *f)
{
    free(f->data);
    free(f);
}

static frame *port_make(transport *t, size_t len)
{
    sim_frame *f = malloc(sizeof *f);
    uint8_t *data = malloc(len);

    if (!f || !data) {
        free(f);
        free(data);
        return NULL;
    }
    f->base = (frame){.data = data, .len = len, .from = ((port *)t)->mesh->self, .release = release};
    f->life = ((port *)t)->mesh->life;
    f->guest = NULL;
    return &f->base;
}

/* A frame that the network itself makes is its own memory. */
static frame *frame_again(const frame *f)
{
    sim_frame *g = malloc(sizeof *g);
    uint8_t *data = malloc(f->len);

    if (!g || !data) abort();
    memcpy(data, f->data, f->len);
    *g = (sim_frame){.base = *f, .life = ((const sim_frame *)f)->life};
    g->base.data = data;
    return &g->base;
}

static void schedule_frame(unsigned to, frame *f, int64_t at)
{
    event_add((event){.at = at, .kind = EVENT_FRAME, .to = to, .frame = f});
}

/* --- faults */

static void lose_at(unsigned to, const mesh *who, int64_t at)
{
    event_add((event){.at = at, .kind = EVENT_LOSS, .to = to, .from = who->self, .life = who->life});
}

/* The connections of a process close, each when all that was on its way is there. */
static void close_connections(const mesh *m)
{
    for (unsigned k = 0; k < world.plan->members; k++) {
        int64_t at = world.now + world.plan->latency_us[m->self][k];
        if (k == m->self || world.held[m->self][k]) continue;
        lose_at(k, m, at > m->arrives[k] ? at : m->arrives[k]);
    }
}

static void start_process(unsigned member, int64_t at)
{
    event_add((event){.at = at, .kind = EVENT_START, .to = member});
}

static void port_cancel(transport *t)
{
    port *p = (port *)t;

    p->cancelled = true;
    if (p->waits) wake(p->waits);
}

/* The sessions of a process; what it is for beside them it ends itself, when it is told. */
static void cancel_sessions(mesh *m)
{
    for (port *p = m->port; p; p = p->next)
        if (p->session < SIM_SESSIONS) port_cancel(&p->base);
    if (world.plan->stop) world.plan->stop(world.user, m->self);
}

static void crash(mesh *m)
{
    m->gone = true;
    close_connections(m);
    cancel_sessions(m);
    if (world.plan->fault == FAULT_RESTART)
        start_process(m->self, world.now + world.plan->lasting_us);
}

/* All that was under way between two members is lost. */
static void reset_connections(unsigned a, unsigned b)
{
    for (size_t k = 0; k < world.events; k++) {
        event *e = &world.heap[k];
        if (e->kind != EVENT_FRAME || !e->frame) continue;
        if ((e->to != a || e->frame->from != b) && (e->to != b || e->frame->from != a)) continue;
        e->frame->release(e->frame);
        e->frame = NULL;
    }
    if (world.now_up[b]) lose_at(a, world.now_up[b], world.now);
    if (world.now_up[a]) lose_at(b, world.now_up[a], world.now);
}

static void hold(unsigned from, unsigned to)
{
    world.held[from][to] = true;
    world.held_until = world.now + world.plan->lasting_us;
    if (world.plan->lasting_us <= SIM_PEER_MS * MS) return;
    if (!world.plan->serves) world.held_until = TRANSPORT_FOREVER;
    if (world.now_up[from]) lose_at(to, world.now_up[from], world.now + SIM_PEER_MS * MS);
}

static void hang(mesh *m)
{
    m->frozen_until = world.now + world.plan->lasting_us;
    for (unsigned k = 0; world.plan->lasting_us > SIM_PEER_MS * MS && k < world.plan->members; k++)
        if (k != m->self) lose_at(k, m, world.now + SIM_PEER_MS * MS);
}

/* One session is interrupted; or a serving node is told to end. */
static void cancel(mesh *m)
{
    if (world.plan->stop) world.plan->stop(world.user, m->self);
    for (port *p = m->port; p && !world.plan->stop; p = p->next)
        if (p->session == world.plan->session) port_cancel(&p->base);
}

/* Who runs the session of the fault at its victim, NULL: nobody. */
static actor *struck_actor(const mesh *m)
{
    for (actor *a = world.actors; a; a = a->next)
        if (a->mesh == m && a->session == world.plan->session && !a->ended) return a;
    return NULL;
}

static bool is_of_session(fault_kind k)
{
    return k == FAULT_STUCK || (k >= FAULT_LOSE && k <= FAULT_CANCEL);
}

/* When it cannot happen yet, it does a frame later. */
static void strike(void)
{
    const sim_plan *plan = world.plan;
    mesh *m = world.now_up[plan->victim];
    actor *a = m && plan->session < SIM_SESSIONS ? struck_actor(m) : NULL;

    if (!m || !m->up || (is_of_session(plan->fault) && plan->session < SIM_SESSIONS && !a)) return;
    world.struck = world.seen.happened = true;
    world.seen.fault_us = world.now;
    TELL("%s of %u", fault_name(plan->fault), plan->victim);
    switch (plan->fault) {
    case FAULT_CRASH:
    case FAULT_RESTART: crash(m); break;
    case FAULT_HANG: hang(m); break;
    case FAULT_STUCK: a->frozen_until = world.now + plan->lasting_us; break;
    case FAULT_RESET: reset_connections(plan->victim, plan->other); break;
    case FAULT_SPLIT: hold(plan->other, plan->victim); /* fall through */
    case FAULT_HOLE: hold(plan->victim, plan->other); break;
    case FAULT_LOSE:
    case FAULT_REPEAT:
    case FAULT_FOREIGN:
    case FAULT_CUT_OFF:
    case FAULT_CHANGE: world.odd_frame = true; break;
    case FAULT_CANCEL: cancel(m); break;
    case FAULT_MEMORY: m->starved = true; break;
    case FAULT_NONE:
    case FAULT_LATE:
    case FAULT_KINDS: break;
    }
}

/* Changes a frame of the session as the fault says; false when it is lost. */
static bool make_odd(unsigned to, frame *f, int64_t at)
{
    enum { NONCE_AT = 8 };

    world.odd_frame = false;
    switch (world.plan->fault) {
    case FAULT_LOSE: return false;
    case FAULT_REPEAT: schedule_frame(to, frame_again(f), at); break;
    case FAULT_FOREIGN: f->data[NONCE_AT] ^= 0x80; break;
    case FAULT_CUT_OFF: f->len--; break;
    default: {
        uint64_t bit = draw_below(&world.random, 8 * (f->len - CHANNEL_HEADER));
        f->data[CHANNEL_HEADER + bit / 8] ^= (uint8_t)(1u << bit % 8);
    }
    }
    return true;
}

/* --- sending */

static void watch_sent(port *p, const frame_header *h)
{
    if (h->kind == FRAME_STOP || h->kind == FRAME_LOST) p->refused = true;
    if (h->kind != FRAME_DATA || p->session == SIM_SESSIONS) return;
    if (p->refused) broken(p, "sent a share after the session was refused");
    for (unsigned k = 0; k < world.plan->members; k++)
        if (k != p->mesh->self && !p->greeted[k]) broken(p, "sent a share before all had agreed");
}

/* Whether this is a frame that a fault of frames may change. */
static bool is_odd(const port *p, unsigned to, const frame_header *h)
{
    return world.odd_frame && p->mesh->self == world.plan->victim && to == world.plan->other &&
           p->session == world.plan->session &&
           (world.plan->fault != FAULT_CHANGE || h->kind == FRAME_DATA);
}

/* When a frame gets there that is held back on its way; false when it never does. */
static bool held_back(const mesh *m, unsigned to, int64_t *at)
{
    if (!world.held[m->self][to]) return true;
    if (world.held_until == TRANSPORT_FOREVER) return false;
    /* for longer than its peer waits: the connection is made again, and what was on it is lost */
    if (world.now < world.held_until && world.plan->lasting_us > SIM_PEER_MS * MS) return false;
    if (*at < world.held_until) *at = world.held_until;
    return true;
}

static void port_send(transport *t, unsigned to, frame *f)
{
    port *p = (port *)t;
    mesh *m = p->mesh;
    frame_header h;
    int64_t at = world.now + world.plan->latency_us[m->self][to] +
                 draw_between(&world.random, 0, world.plan->jitter_us);

    frame_header_read(&h, f->data, f->len);
    watch_sent(p, &h);
    world.seen.frames++;
    world.seen.bytes += f->len;
    if (!world.struck && world.plan->at_frame && world.seen.frames >= world.plan->at_frame)
        strike();
    TELL("%u -> %u session %u: %s %u, %zu bytes", m->self, to, p->session, kind_name[h.kind],
         h.sequence, f->len);
    if (m->gone || !held_back(m, to, &at) || (is_odd(p, to, &h) && !make_odd(to, f, at))) {
        f->release(f);
        return;
    }
    if (at < p->arrives[to]) at = p->arrives[to];
    p->arrives[to] = at;
    if (at > m->arrives[to]) m->arrives[to] = at;
    schedule_frame(to, f, at);
}

/* --- actors */

static void actor_main(void *arg)
{
    actor *a = arg;
    mesh *m = a->mesh;

    a->run(a->arg);
    a->ended = true;
    if (a->joiner) wake(a->joiner);
    if (m && a->session < SIM_SESSIONS) TELL("%u session %u ends", m->self, a->session);
    if (!m || --m->actors || m->gone) return;
    m->up = false;
    close_connections(m);
}

actor *actor_new(mesh *m, void *(*run)(void *), void *arg, int64_t at)
{
    actor *a = (calloc)(1, sizeof *a);

    if (!a) abort();
    *a = (actor){.next = world.actors, .mesh = m, .session = SIM_SESSIONS, .run = run, .arg = arg};
    world.actors = a;
    if (m) m->actors++;
    const memory_source *own = memory_use(NULL); /* its stack is kept from run to run */
    a->fiber = fiber_new(stacks, actor_main, a);
    memory_use(own);
    if (!a->fiber) abort();
    event_add((event){.at = at, .kind = EVENT_ALARM, .whose = a});
    return a;
}

void resume(actor *a)
{
    const mesh *m = a->mesh;
    int64_t frozen = m && m->frozen_until > a->frozen_until ? m->frozen_until : a->frozen_until;

    if (a->ended) return;
    if (frozen > world.now && !(m && m->gone)) {
        event_add((event){.at = frozen, .kind = EVENT_ALARM, .whose = a, .turn = a->turn});
        return;
    }
    const memory_source *own = memory_use(&counted);
    world.running = a;
    fiber_resume(a->fiber);
    world.running = NULL;
    memory_use(own);
}

/* --- waiting */

void sleep_until(actor *a, int64_t until)
{
    a->turn++;
    if (until != TRANSPORT_FOREVER)
        event_add((event){.at = until > world.now ? until : world.now,
                          .kind = EVENT_ALARM,
                          .whose = a,
                          .turn = a->turn});
    fiber_stop(a->fiber);
}

static void watch_taken(port *p, const frame *f)
{
    frame_header h;

    if (!frame_header_read(&h, f->data, f->len)) return;
    if ((h.kind == FRAME_STOP || h.kind == FRAME_LOST) && !world.plan->delivers) p->refused = true;
    if (h.kind == FRAME_HELLO) p->greeted[f->from] = true;
}

static bool take_loss(port *p, unsigned *lost)
{
    for (unsigned k = 0; k < world.plan->members; k++) {
        if (!p->lost[k]) continue;
        p->lost[k] = false;
        *lost = k;
        return true;
    }
    return false;
}

int64_t until_us(int64_t until_ms)
{
    return until_ms == TRANSPORT_FOREVER ? TRANSPORT_FOREVER : (until_ms - EPOCH_S * 1000) * MS;
}

static arrival port_next(transport *t, int64_t until_ms, frame **f, unsigned *lost)
{
    port *p = (port *)t;
    actor *a = world.running;
    const int64_t until = until_us(until_ms);
    const int64_t work = p->session < SIM_SESSIONS ? world.plan->work_us[p->mesh->self] : 0;

    if (work) sleep_until(a, world.now + work);
    for (;;) {
        if (p->cancelled) {
            p->refused = true;
            return ARRIVED_CANCEL;
        }
        if ((*f = frame_pop(&p->inbox))) {
            watch_taken(p, *f);
            return ARRIVED_FRAME;
        }
        if (take_loss(p, lost)) return ARRIVED_LOSS;
        if (until != TRANSPORT_FOREVER && world.now >= until) return ARRIVED_NOTHING;
        p->waits = a;
        sleep_until(a, until);
        p->waits = NULL;
    }
}

static void port_close(transport *t)
{
    port *p = (port *)t, **at = &p->mesh->port;

    while (*at != p) at = &(*at)->next;
    *at = p->next;
    frame_queue_free(&p->inbox);
    free(p);
}

/* --- net/mesh.h, as far as sessions need it */

static unsigned session_of(const uint8_t tag[FRAME_TAG])
{
    unsigned k = 0;

    while (k < world.plan->sessions && memcmp(world.plan->tag[k], tag, FRAME_TAG) != 0) k++;
    return k < world.plan->sessions ? k : SIM_SESSIONS;
}

port *port_of(const mesh *m, const uint8_t tag[FRAME_TAG])
{
    port *p = m->port;

    while (p && memcmp(p->tag, tag, FRAME_TAG) != 0) p = p->next;
    return p;
}

void deliver(port *p, frame *f)
{
    if (!((sim_frame *)f)->guest) p->heard[f->from] = ((sim_frame *)f)->life;
    frame_push(&p->inbox, f);
    if (p->waits) resume(p->waits);
}

static void take_early(port *p)
{
    frame_queue all = p->mesh->early;
    frame_header h;

    p->mesh->early = (frame_queue){0};
    for (frame *f; (f = frame_pop(&all));) {
        frame_header_read(&h, f->data, f->len);
        if (memcmp(h.tag, p->tag, FRAME_TAG))
            frame_push(&p->mesh->early, f);
        else
            deliver(p, f);
    }
}

status mesh_port(mesh *m, const uint8_t tag[16], transport **out, failure *err)
{
    port *p = calloc(1, sizeof *p);

    *out = NULL;
    if (!p) return fail_memory(err);
    p->base = (transport){port_make, port_send, port_next, port_cancel, port_close};
    p->mesh = m;
    p->session = session_of(tag);
    p->cancelled = m->gone && p->session < SIM_SESSIONS;
    memcpy(p->tag, tag, FRAME_TAG);
    p->next = m->port, m->port = p;
    if (p->session < SIM_SESSIONS) world.running->session = p->session, m->over[p->session] = true;
    take_early(p);
    *out = &p->base;
    return OK;
}

const char *mesh_label(const mesh *m, unsigned member)
{
    static const char *const label[SIM_MEMBERS] = {"m0 (sim:0)", "m1 (sim:1)", "m2 (sim:2)",
                                                   "m3 (sim:3)", "m4 (sim:4)", "m5 (sim:5)",
                                                   "m6 (sim:6)", "m7 (sim:7)", "m8 (sim:8)"};
    (void)m;
    return label[member];
}

uint64_t mesh_nonce(const mesh *m)
{
    return (uint64_t)m->self * LIVES + m->life;
}

status mesh_channel(mesh *m, const uint8_t tag[16], channel **out, failure *err)
{
    static const char *label[SIM_MEMBERS];
    channel_setup setup = {.self = m->self,
                           .members = world.plan->members,
                           .label = label,
                           .nonce = mesh_nonce(m),
                           .start_timeout_ms = SIM_START_MS,
                           .progress_timeout_ms = SIM_STUCK_MS};
    transport *t;
    status st;

    *out = NULL;
    for (unsigned k = 0; k < SIM_MEMBERS; k++) label[k] = mesh_label(m, k);
    memcpy(setup.tag, tag, FRAME_TAG);
    if ((st = mesh_port(m, tag, &t, err))) return st;
    return channel_over(out, &setup, t, err);
}

/* --- the run */

static void *act_here(void *unused)
{
    const actor *a = world.running;
    const mesh *m = a->mesh;

    (void)unused;
    world.act(world.user, m->self, a->session, m->life, a->mesh);
    return NULL;
}

static void *act_beside(void *number)
{
    world.act(world.user, (unsigned)(uintptr_t)number, SIM_SESSIONS, 1, NULL);
    return NULL;
}

static void start(unsigned member)
{
    mesh *before = world.now_up[member];
    mesh *m = &world.process[member][before ? before->life : 0];
    const unsigned actors = world.plan->serves ? 1 : world.plan->sessions;
    frame_queue waiting = world.unborn[member];

    *m = (mesh){
        .self = member,
        .life = before ? before->life + 1 : 1,
        .up = true,
        .random = {world.plan->seed * SIM_MEMBERS * LIVES + member * LIVES + (before != NULL)}};
    world.now_up[member] = m;
    TELL("%u starts", member);
    for (unsigned k = 0; k < actors; k++) {
        int64_t at = world.now + draw_between(&world.random, 0, world.plan->jitter_us);
        actor *a = actor_new(m, act_here, NULL, at);
        if (!world.plan->serves) a->session = k;
    }
    world.unborn[member] = (frame_queue){0};
    for (frame *f; (f = frame_pop(&waiting));) schedule_frame(member, f, world.now);
}

/* Is a session of this process still to come? */
static bool comes_yet(const mesh *m, unsigned session)
{
    return m->up && !m->gone && session < SIM_SESSIONS && !m->over[session];
}

static void frame_arrives(unsigned to, frame *f)
{
    mesh *m = world.now_up[to];
    frame_header h;
    port *p;

    if (!f) return;
    if (!frame_header_read(&h, f->data, f->len)) { /* nobody's */
        f->release(f);
        return;
    }
    remember(&world.now, sizeof world.now);
    remember(&to, sizeof to);
    remember(f->data, f->len);
    if (((sim_frame *)f)->guest) {
        guest_asks(m, f);
    } else if (!world.plan->serves && (!m || (m->gone && world.plan->fault == FAULT_RESTART))) {
        frame_push(&world.unborn[to], f);
    } else if (m && (p = port_of(m, h.tag))) {
        deliver(p, f);
    } else if (m && comes_yet(m, session_of(h.tag))) {
        frame_push(&m->early, f);
    } else {
        f->release(f);
    }
}

static void drop_early(mesh *m, unsigned from, unsigned life)
{
    frame_queue all = m->early;

    m->early = (frame_queue){0};
    for (frame *f; (f = frame_pop(&all));)
        if (f->from == from && ((sim_frame *)f)->life <= life)
            f->release(f);
        else
            frame_push(&m->early, f);
}

static void loss_arrives(const event *e)
{
    mesh *m = world.now_up[e->to];

    if (!m || m->gone) return;
    drop_early(m, e->from, e->life);
    for (port *p = m->port; p; p = p->next) {
        if (!p->heard[e->from] || p->heard[e->from] > e->life) continue;
        p->lost[e->from] = true;
        p->heard[e->from] = 0;
        if (p->waits) wake(p->waits);
    }
}

static void happen(const event *e)
{
    switch (e->kind) {
    case EVENT_START: start(e->to); break;
    case EVENT_FRAME: frame_arrives(e->to, e->frame); break;
    case EVENT_LOSS: loss_arrives(e); break;
    case EVENT_ALARM:
        if (e->whose->turn == e->turn) resume(e->whose);
        break;
    case EVENT_ANSWER: guest_hears(e->guest, e->frame); break;
    }
}

static void clear(void)
{
    for (unsigned k = 0; k < SIM_MEMBERS; k++) {
        frame_queue_free(&world.unborn[k]);
        for (unsigned life = 0; life < LIVES; life++) {
            frame_queue_free(&world.process[k][life].early);
            (free)(world.process[k][life].admitted);
        }
    }
    for (actor *a; (a = world.actors);) {
        world.seen.stuck |= !a->ended;
        world.actors = a->next;
        (free)(a);
    }
    guests_free();
    (free)(world.heap);
}

/* What is at once, or never. */
static void begin(void)
{
    const sim_plan *plan = world.plan;

    for (unsigned k = 0; k < plan->members; k++) {
        bool late = plan->fault == FAULT_LATE && k == plan->victim;
        start_process(k, late ? plan->lasting_us : draw_between(&world.random, 0, plan->jitter_us));
        world.struck = world.seen.happened |= late;
    }
    for (unsigned k = 0; k < plan->others; k++)
        actor_new(NULL, act_beside, (void *)(uintptr_t)(plan->members + k), 0);
}

sim_seen sim_run(const sim_plan *plan, sim_act *act, void *user, bool talks)
{
    memset(&world, 0, sizeof world);
    world.plan = plan, world.act = act, world.user = user, world.talks = talks;
    world.random.state = plan->seed;
    blocks = 0;
    world.seen.trace = 0xcbf29ce484222325u;
    if (!stacks && !(stacks = fiber_pool_new())) abort();
    begin();
    while (world.events) {
        event e = event_next();
        world.now = e.at;
        happen(&e);
    }
    world.seen.end_us = world.now;
    clear();
    return world.seen;
}

void sim_free(void)
{
    fiber_pool_free(stacks);
    stacks = NULL;
}
