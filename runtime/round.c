/* Jobs on fibers, and the rounds in which all that they send travels together. */
#include "runtime/audit.h"
#include "runtime/bit_values.h"

#include <openssl/crypto.h>
#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Jobs that hold a stack at the same time. A program from the compiler has one job a level for each opcode, and
 * one for each number of bits that a floor drops: fewer than this. Of others the rest wait until the first have
 * ended, at the cost box as well. In active mode long ones wait for each other (jobs_together). */
enum { JOBS_AT_ONCE = 1024 };

typedef struct scrap {
    struct scrap *below;
    size_t len; /* bytes of data */
    _Alignas(16) uint8_t data[];
} scrap;

/* Shares that come with the next round, and where they are to be added. */
typedef struct expected {
    struct expected *next;
    job *job;
    unsigned from;
    void *data; /* NULL: they are added as they come */
    void *out;
    element factor;
    size_t len;
} expected;

/* Bytes that come with the next round and are looked at closely. */
typedef struct bytes_due {
    struct bytes_due *next;
    const void *data;
    size_t len;
} bytes_due;

/* Shares that are made as they go. */
typedef struct made {
    job *job;
    share_maker *make;
    void *what;
} made;

struct job {
    box *box;
    const abb_job *work;
    notes *notes;     /* what it verifies behind other jobs, its own; NULL: it is one of those */
    struct job *next; /* begun after it behind other jobs */
    size_t like;      /* lane that all lanes of the job are like; ALL_LANES: every lane */
    void (*run)(job *);
    fiber *fiber; /* NULL when it runs on the caller's stack, before it starts and once it has ended */
    bool started;
    jmp_buf unwind;
    failure err;
    scrap *scratch;
    expected *expect; /* in the scratch memory, as are */
    bytes_due *due;
    uint64_t bytes, rounds, products;
    uint64_t told; /* of the bytes, those that the observer knows of */
};

box *job_box(const job *j)
{
    return j->box;
}

const abb_job *job_work(const job *j)
{
    return j->work;
}

notes *job_notes(const job *j)
{
    if (j->notes) return j->notes;
    return j->box->audit ? j->box->audit->now : NULL;
}

static uint8_t form_of(const box *b, const lane *l)
{
    return l->out[0] != REG_NONE ? box_form(b, l->out[0]) : IN_FIELD;
}

/* Whether the lane has a job of its own. */
static bool stands_alone(const box *b, const abb_job *work, size_t a)
{
    return opcode_sorts(work->op) || demultiplexed_bits(b, work->op, &work->lane[a]);
}

bool lanes_alike(const box *b, const abb_job *work, size_t a, size_t c)
{
    const lane *x = work->lane[a].code, *y = work->lane[c].code;
    if (stands_alone(b, work, a) || stands_alone(b, work, c)) return a == c;
    if (work->op == OP_EQ) return true;
    if (work->op == OP_SHARE && comes_as_number(b->base.program, b->launch, x) !=
                                    comes_as_number(b->base.program, b->launch, y))
        return false;
    return (!x->imms || x->imm[0] == y->imm[0]) && form_of(b, x) == form_of(b, y);
}

bool job_is_alone(const job *j)
{
    return j->box->together == 1;
}

bool job_takes(const job *j, size_t which)
{
    return j->like == ALL_LANES || lanes_alike(j->box, j->work, which, j->like);
}

const abb_lane *job_first_lane(const job *j)
{
    size_t k = 0;

    while (!job_takes(j, k)) k++;
    return &j->work->lane[k];
}

/* --- telling the observer */

static const observer *observed_closely(const box *b)
{
    return b->observer && b->observer->detailed ? b->observer : NULL;
}

static void tell_queued(job *j)
{
    const observer *o = j->box->observer;

    if (!o) return;
    o->queued(o->user, j->work, j->bytes - j->told);
    j->told = j->bytes;
}

/* Elements of a field are as likely one as another, and so are their lowest bytes. */
static void tell_share(const job *j, const void *share, size_t len)
{
    const observer *o = observed_closely(j->box);

    if (o) o->came(o->user, share, j->box->edge->size, len);
}

/* Of packed bits the last byte may be filled up with zeros. */
static void tell_bytes(job *j)
{
    const observer *o = observed_closely(j->box);

    for (const bytes_due *p = j->due; p; p = p->next) o->came(o->user, p->data, 1, p->len - 1);
    j->due = NULL;
}

/* --- failing */

void job_fail(job *j, status st, const char *fmt, ...)
{
    char text[512];
    va_list ap;

    va_start(ap, fmt);
    vsnprintf(text, sizeof text, fmt, ap);
    va_end(ap);
    fail(&j->err, st, "", "%s", text);
    longjmp(j->unwind, 1);
}

void job_note(job *j, status st, const char *fmt, ...)
{
    char text[512];
    va_list ap;

    if (j->err.status) return;
    va_start(ap, fmt);
    vsnprintf(text, sizeof text, fmt, ap);
    va_end(ap);
    fail(&j->err, st, "", "%s", text);
}

void job_check(job *j, status st, const failure *err)
{
    if (!st) return;
    j->err = *err;
    j->err.status = st;
    longjmp(j->unwind, 1);
}

static _Noreturn void job_fail_memory(job *j)
{
    fail_memory(&j->err);
    longjmp(j->unwind, 1);
}

/* --- scratch memory */

void job_heed(job *j)
{
    if (channel_is_cancelled(j->box->channel)) job_fail(j, E_CANCELLED, "cancelled");
}

static void *job_scrap(job *j, size_t len, bool zeroed)
{
    job_heed(j);
    scrap *b = len > SIZE_MAX / 2 ? NULL : scratch_take(j->box->memory, sizeof *b + len);

    if (!b) job_fail_memory(j);
    b->below = j->scratch, b->len = len;
    j->scratch = b;
    if (zeroed) memset(b->data, 0, len);
    return b->data;
}

void *job_bytes(job *j, size_t len)
{
    return job_scrap(j, len, false);
}

void *job_zeros(job *j, size_t len)
{
    return job_scrap(j, len, true);
}

void *job_vector(job *j, const field *f, size_t len)
{
    if (f->dry) return NULL;
    if (len > SIZE_MAX / 4 / f->size) job_fail_memory(j);
    return job_bytes(j, len * f->size);
}

void *job_mark(job *j)
{
    return j->scratch;
}

static void scrap_drop(box *b, scrap **top, const void *mark)
{
    while (*top != mark) {
        scrap *s = *top;
        *top = s->below;
        scratch_give(b->memory, s);
    }
}

void job_release(job *j, void *mark)
{
    scrap_drop(j->box, &j->scratch, mark);
}

void *job_hold(job *j, const void *inside)
{
    scrap *s = j->scratch;

    while (s && (uintptr_t)inside - (uintptr_t)s->data >= s->len) s = s->below;
    if (s) scratch_hold(s);
    return s;
}

void job_keep(job *j)
{
    scrap **bottom = &j->scratch;

    while (*bottom) bottom = &(*bottom)->below;
    *bottom = j->box->kept;
    j->box->kept = j->scratch;
    j->scratch = NULL;
}

void box_drop_kept(box *b)
{
    scrap_drop(b, &b->kept, NULL);
}

/* --- sending and receiving */

static void *grow(void *array, size_t *cap, size_t len, size_t size)
{
    if (len < *cap) return array;
    size_t larger = *cap ? 2 * *cap : 8;
    void *p = realloc(array, larger * size);
    if (p) *cap = larger;
    return p;
}

/* --- shares that are made or used as they pass: long vectors need no second copy of themselves */

static bool passes(const field *f, size_t len)
{
    return !f->dry && len * f->size >= CHANNEL_FRAME && CHANNEL_FRAME % f->size == 0;
}

/* The elements at an odd address go through memory whose alignment is known. */
static void *at_rest(const job *j, uint8_t *bytes)
{
    return (uintptr_t)bytes % j->box->edge->size ? j->box->stopover : bytes;
}

static size_t stopover_part(size_t left)
{
    return left < BOX_STOPOVER ? left : BOX_STOPOVER;
}

/* A chunk's pass, of a `made`. */
static void make_bytes(void *of, size_t offset, uint8_t *bytes, size_t len)
{
    const made *m = of;
    const field *f = m->job->box->edge;
    size_t first = offset / f->size, count = len / f->size;

    for (size_t at = 0, part; at < count; at += part, bytes += part * f->size) {
        void *share = at_rest(m->job, bytes);
        part = stopover_part(count - at);
        m->make(m->what, first + at, share, part);
        if (share != bytes) memcpy(bytes, share, part * f->size);
    }
}

static void add_share(const expected *e, size_t at, const void *share, size_t len)
{
    const field *f = e->job->box->edge;

    if (f->valid(f, share, len))
        f->add_scaled(f, field_at(f, e->out, at), share, e->factor, len);
    else
        job_note(e->job, E_ABORT, "%s sent a share that is no element of the field",
                 e->job->box->launch->name[e->from]);
    tell_share(e->job, share, len);
}

/* A chunk's pass, of an `expected`. */
static void use_bytes(void *of, size_t offset, uint8_t *bytes, size_t len)
{
    const expected *e = of;
    const field *f = e->job->box->edge;
    size_t first = offset / f->size, count = len / f->size;

    for (size_t at = 0, part; at < count; at += part, bytes += part * f->size) {
        void *share = at_rest(e->job, bytes);
        part = stopover_part(count - at);
        if (share != bytes) memcpy(share, bytes, part * f->size);
        add_share(e, first + at, share, part);
    }
}

static void queue_out(job *j, unsigned to, chunk piece)
{
    post *p = &j->box->post[to];
    chunk *out = grow(p->out, &p->out_cap, p->out_len, sizeof *out);

    if (!out) job_fail_memory(j);
    p->out = out;
    out[p->out_len++] = piece;
    j->bytes += piece.len;
}

static void queue_in(job *j, unsigned from, chunk piece)
{
    post *p = &j->box->post[from];
    chunk *in = grow(p->in, &p->in_cap, p->in_len, sizeof *in);

    if (!in) job_fail_memory(j);
    p->in = in;
    in[p->in_len++] = piece;
}

void job_send(job *j, unsigned to, const void *data, size_t bytes)
{
    if (bytes) queue_out(j, to, (chunk){.data = (void *)(uintptr_t)data, .len = bytes});
}

void job_receive(job *j, unsigned from, void *data, size_t bytes)
{
    if (bytes) queue_in(j, from, (chunk){.data = data, .len = bytes});
}

void job_receive_even(job *j, unsigned from, void *data, size_t bytes)
{
    job_receive(j, from, data, bytes);
    if (!bytes || !data || !observed_closely(j->box)) return;
    bytes_due *p = job_bytes(j, sizeof *p);
    *p = (bytes_due){j->due, data, bytes};
    j->due = p;
}

void job_send_made(job *j, unsigned to, share_maker *make, void *what, size_t len)
{
    const field *f = j->box->edge;

    if (!passes(f, len)) {
        void *share = job_vector(j, f, len);
        if (!f->dry && len) make(what, 0, share, len);
        job_send(j, to, share, len * f->size);
        return;
    }
    made *m = job_bytes(j, sizeof *m);
    *m = (made){j, make, what};
    queue_out(j, to, (chunk){.data = m, .len = len * f->size, .pass = make_bytes});
}

void job_receive_share(job *j, unsigned from, void *out, element factor, size_t len)
{
    const field *f = j->box->edge;
    expected *e = job_bytes(j, sizeof *e);

    *e = (expected){j->expect, j, from, NULL, out, factor, len};
    if (passes(f, len)) {
        queue_in(j, from, (chunk){.data = e, .len = len * f->size, .pass = use_bytes});
        return;
    }
    e->data = job_vector(j, f, len);
    job_receive(j, from, e->data, len * f->size);
    j->expect = e;
}

static void add_what_came(job *j)
{
    for (const expected *e = j->expect; e; e = e->next) add_share(e, 0, e->data, e->len);
    j->expect = NULL;
}

void job_wait(job *j)
{
    j->rounds++;
    fiber_stop(j->fiber);
    if (!j->err.status) add_what_came(j), tell_bytes(j);
    if (j->err.status) longjmp(j->unwind, 1);
}

void job_exchange(job *j, int64_t until, bool *came)
{
    j->box->came = came, j->box->came_until = until;
    job_wait(j);
}

void job_count_products(job *j, size_t products)
{
    j->products += products;
}

/* --- costs by line */

static line_cost *line_of(box *b, uint32_t line)
{
    size_t low = 0, high = b->lines;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (b->line[middle].line < line)
            low = middle + 1;
        else
            high = middle;
    }
    return low < b->lines && b->line[low].line == line ? &b->line[low] : NULL;
}

static uint64_t lane_items(const abb_lane *l)
{
    uint64_t items = 0;
    for (size_t k = 0; k < l->outs; k++)
        if (l->code->out[k] != REG_NONE) items += reg_length(l->out[k].type);
    for (size_t k = 0; k < l->ins; k++) items += reg_length(l->in[k].type);
    return items;
}

/* The jobs of a batch begin together, so their line waits as long as the longest of them. */
static void charge_rounds(box *b, line_cost *line, uint64_t rounds)
{
    line_wait *w = &b->line_waited[line - b->line];

    if (w->batch != b->batches) *w = (line_wait){b->batches, 0};
    if (rounds <= w->rounds) return;
    line->rounds += rounds - w->rounds;
    w->rounds = rounds;
}

static uint64_t part(uint64_t whole, uint64_t items, uint64_t of)
{
    return of ? (uint64_t)((unum)whole * items / of) : whole;
}

/* Splits what a job cost over the lines of its lanes, by their items; each line waited all its rounds. */
static void charge(job *j)
{
    uint64_t total = 0, before = 0;

    j->box->multiplications += j->products;
    if (!j->work) return;
    j->box->bytes_of_lines += j->bytes;
    for (size_t k = 0; k < j->work->lanes; k++)
        if (job_takes(j, k)) total += lane_items(&j->work->lane[k]);
    for (size_t k = 0; k < j->work->lanes; k++) {
        if (!job_takes(j, k)) continue;
        line_cost *line = line_of(j->box, j->work->lane[k].code->at.line);
        uint64_t after = before + lane_items(&j->work->lane[k]);
        if (line) {
            line->bytes += part(j->bytes, after, total) - part(j->bytes, before, total);
            line->multiplications +=
                part(j->products, after, total) - part(j->products, before, total);
            charge_rounds(j->box, line, j->rounds);
        }
        before = after;
    }
}

/* --- running */

static void run_to_end(job *j)
{
    if (!setjmp(j->unwind)) {
        j->run(j);
        if (!j->fiber) return;
        charge(j);
    }
}

static void on_fiber(void *arg)
{
    run_to_end(arg);
}

status job_run_here(box *b, const abb_job *work, void (*run)(job *), failure *err)
{
    const observer *close = observed_closely(b);
    job j = {.box = b, .work = work, .like = ALL_LANES, .run = run};

    if (close) close->work_begins(close->user);
    run_to_end(&j);
    if (close) close->work_ends(close->user, work);
    job_release(&j, NULL);
    if (j.err.status && err) *err = j.err;
    return j.err.status;
}

static void job_free(job *j)
{
    job_release(j, NULL);
    free(j);
}

void job_discard(job *j)
{
    job_free(j);
}

status job_begin_like(box *b, abb_job *work, size_t like, void (*run)(job *), failure *err)
{
    job **jobs = grow(b->job, &b->jobs_cap, b->jobs, sizeof(job *));
    job *j = calloc(1, sizeof *j);

    if (jobs) b->job = jobs;
    if (!jobs || !j) {
        free(j);
        return fail_memory(err);
    }
    *j = (job){.box = b, .work = work, .like = like, .run = run};
    b->job[b->jobs++] = j;
    return OK;
}

status job_begin(box *b, abb_job *work, void (*run)(job *), failure *err)
{
    return job_begin_like(b, work, ALL_LANES, run, err);
}

/* Jobs from … to-1 of those begun. */
typedef struct batch {
    size_t from, to;
} batch;

static status start_all(box *b, batch of, failure *err)
{
    for (size_t k = of.from; k < of.to; k++)
        if (!(b->job[k]->fiber = fiber_new(b->fibers, on_fiber, b->job[k])))
            return fail_memory(err);
    return OK;
}

/* Lets the job run until it waits or ends; whether it waits. */
static bool run_on(job *j, failure *err)
{
    box *b = j->box;
    const observer *close = observed_closely(b);

    if (!j->fiber) return false;
    if (!j->started && b->observer) b->observer->begins(b->observer->user, j->work);
    j->started = true;
    if (j->work) b->at = j->work->lane[0].code->at;
    if (close) close->work_begins(close->user);
    const bool waits = fiber_resume(j->fiber);
    if (close) close->work_ends(close->user, j->work);
    if (waits) {
        tell_queued(j);
        return true;
    }
    j->fiber = NULL;
    if (j->err.status && !err->status) *err = j->err;
    return false;
}

/* How many of them wait. */
static size_t run_all(box *b, batch of, failure *err)
{
    size_t waiting = 0;

    for (size_t k = of.from; k < of.to; k++) waiting += run_on(b->job[k], err);
    return waiting;
}

static status one_round(box *b, failure *err)
{
    for (unsigned k = 0; k < b->members; k++) {
        b->out[k] = b->post[k].out, b->out_len[k] = b->post[k].out_len;
        b->in[k] = b->post[k].in, b->in_len[k] = b->post[k].in_len;
    }
    round_io io = {b->out, b->in, b->out_len, b->in_len};
    if (b->observer) b->observer->round_begins(b->observer->user);
    status st = b->came ? channel_exchange(b->channel, &io, b->came_until, b->came, err)
                        : channel_round(b->channel, &io, err);
    b->came = NULL;
    if (b->observer) b->observer->round_ends(b->observer->user, b->channel);
    for (unsigned k = 0; k < b->members; k++) b->post[k].out_len = b->post[k].in_len = 0;
    if (st) err->status = st;
    return st;
}

static void note_first_waiting(box *b, batch of)
{
    for (size_t k = of.to; k-- > of.from;)
        if (b->job[k]->fiber && b->job[k]->work) b->at = b->job[k]->work->lane[0].code->at;
}

/* Ends a job that still waits. */
static void unwind(job *j, const failure *why)
{
    failure ignored = {.status = why->status};

    j->err = *why;
    if (!j->started && j->fiber) {
        fiber_drop(j->fiber);
        j->fiber = NULL;
    }
    run_on(j, &ignored);
}

/* Each with the same failure. */
static void unwind_all(box *b, batch of, const failure *why)
{
    for (size_t k = of.from; k < of.to; k++) unwind(b->job[k], why);
    for (unsigned k = 0; k < b->members; k++) b->post[k].out_len = b->post[k].in_len = 0;
}

/* --- batches of notes that are verified in the rounds in which the next ones come to be */

status box_verify_behind(box *b, failure *err)
{
    job **last = &b->behind, *j = calloc(1, sizeof *j);
    notes *fresh = notes_new();

    if (j) *j = (job){.box = b, .notes = b->audit->now, .run = verify_noted};
    if (!fresh || !j || !(j->fiber = fiber_new(b->fibers, on_fiber, j))) {
        free(fresh);
        free(j);
        return fail_memory(err);
    }
    j->notes->taken = j->notes->count;
    notes_take_inputs(fresh, j->notes);
    b->audit->now = fresh;
    b->audit->points++;
    while (*last) last = &(*last)->next;
    *last = j;
    return OK;
}

size_t box_behind(const box *b, behind_mark mark[BEHIND_MOST])
{
    size_t count = 0;

    for (const job *j = b->behind; j; j = j->next)
        mark[count++] = (behind_mark){j->rounds, j->notes->taken};
    return count;
}

static void drop_behind(job **link)
{
    job *j = *link;

    *link = j->next;
    notes_free(j->box, j->notes);
    job_free(j);
}

void box_drop_behind(box *b)
{
    const failure dropped = {.status = E_ABORT};

    while (b->behind) {
        unwind(b->behind, &dropped);
        drop_behind(&b->behind);
    }
}

/* All take their part in the next round, which has to follow. */
static void step_behind(box *b, failure *why)
{
    for (job **link = &b->behind; *link && !why->status;) {
        if (run_on(*link, why))
            link = &(*link)->next;
        else
            drop_behind(link);
    }
}

static bool has_come(const box *b, awaiting what)
{
    size_t count = 0;

    if (what == AWAITS_ALL) return !b->behind;
    for (const job *j = b->behind; j; j = j->next, count++)
        if (notes_are_whole(j->notes)) return false;
    return count < BEHIND_MOST;
}

/* Rounds for what is behind alone. */
static void await_behind(box *b, failure *why)
{
    const awaiting what = b->awaits;

    b->awaits = AWAITS_NOTHING;
    while (!has_come(b, what) && !why->status) {
        step_behind(b, why);
        if (has_come(b, AWAITS_ALL) || why->status) return;
        one_round(b, why);
    }
}

void job_await_behind(job *j, awaiting what)
{
    if (has_come(j->box, what)) return;
    j->box->awaits = what;
    fiber_stop(j->fiber);
    if (j->err.status) longjmp(j->unwind, 1);
}

static void run_batch(box *b, batch of, failure *why)
{
    b->batches++, b->together = of.to - of.from;
    if (!start_all(b, of, why))
        while (run_all(b, of, why) && !why->status) {
            if (b->awaits != AWAITS_NOTHING) {
                await_behind(b, why);
                continue;
            }
            note_first_waiting(b, of);
            step_behind(b, why);
            if (why->status || one_round(b, why)) break;
        }
    if (why->status) unwind_all(b, of, why);
}

static bool begun(const box *b, opcode op)
{
    for (size_t k = 0; k < b->jobs; k++)
        if (b->job[k]->work && b->job[k]->work->op == op) return true;
    return false;
}

/* Puts job `from` before those from `to` on. */
static void job_bring(box *b, size_t to, size_t from)
{
    job *moved = b->job[from];

    memmove(b->job + to + 1, b->job + to, (from - to) * sizeof *b->job);
    b->job[to] = moved;
}

static bool reveals(const job *j)
{
    return j->work && j->work->op == OP_REVEAL;
}

/* Who ends a delivery might gain by it, whatever it says: that is no loss, and nobody's mistake. */
static void judge_end(failure *why)
{
    if (why->status && why->status < E_BUG) why->status = E_ABORT;
}

static void begin_before(box *b, size_t at, void (*run)(job *), failure *why)
{
    if (!why->status && !(why->status = job_begin(b, NULL, run, why)))
        job_bring(b, at, b->jobs - 1);
}

/* In active mode what is revealed rests on nothing that is not verified: tags for owners who are not there and a check
 * point are the first of the jobs, then come the reveals. Each is alone, for in a delivery members may go different ways.
 * How many that were. */
static size_t reveal_first(box *b, failure *why)
{
    enum { TAGS, CHECKS, BEFORE };
    size_t done = BEFORE;

    if (!b->audit || !begun(b, OP_REVEAL)) return 0;
    begin_before(b, TAGS, keep_tagged, why);
    begin_before(b, CHECKS, check_point, why);
    if (why->status) return 0;
    for (size_t k = done; k < b->jobs; k++)
        if (reveals(b->job[k])) job_bring(b, done++, k);
    for (size_t k = 0; k < done && !why->status; k++) {
        run_batch(b, (batch){k, k + 1}, why);
        if (k >= BEFORE) judge_end(why);
    }
    return done;
}

/* In active mode a sort has check points of its own, and so has in a field of any prime what opens numbers under masks
 * (uniform_numbers.c). */
static bool has_check_points(const box *b, const abb_job *work)
{
    if (!b->audit || !work) return false;
    switch ((int)work->op) {
    case OP_LT:
    case OP_EQ:
    case OP_FLOOR:
    case OP_MAXIMUM: return !b->bits;
    default: return opcode_sorts(work->op);
    }
}

/* At these no other job may be in the middle of a product: they come last, each alone. Which is the first of them. */
static size_t checking_last(box *b, size_t from)
{
    size_t others = from;

    for (size_t k = from; k < b->jobs; k++)
        if (!has_check_points(b, b->job[k]->work)) job_bring(b, others++, k);
    return others;
}

/* Operands and results; an input is noted where it is. */
static uint64_t job_items(const job *j)
{
    uint64_t items = 0;

    for (size_t k = 0; j->work && j->work->op != OP_SHARE && k < j->work->lanes; k++)
        if (job_takes(j, k)) items += lane_items(&j->work->lane[k]);
    return items;
}

static void check_now(box *b, failure *why)
{
    const size_t jobs = b->jobs;

    if (!(why->status = job_begin(b, NULL, b->audit->steady ? check_batch : check_point, why)))
        run_batch(b, (batch){jobs, jobs + 1}, why);
}

/* Those from `from` on that run together: what they note has to wait until all have ended, so they are short, or one. */
static batch jobs_together(const box *b, size_t from, size_t to)
{
    const uint64_t most = batch_of_jobs(b);
    uint64_t items = job_items(b->job[from]);
    size_t end = from + 1;

    while (end < to && end - from < JOBS_AT_ONCE && (items += job_items(b->job[end])) <= most)
        end++;
    return (batch){from, end};
}

static void run_others(box *b, size_t from, failure *why)
{
    const size_t checking = checking_last(b, from), to = b->jobs;

    for (size_t k = from; k < to && !why->status;) {
        const batch of = k < checking ? jobs_together(b, k, checking) : (batch){k, k + 1};
        run_batch(b, of, why);
        k = of.to;
        if (k < to && !why->status && b->audit && audit_is_full(b->audit)) check_now(b, why);
    }
}

/* Notes are not kept without end. Inputs are checked with what is computed of them, except where this may take several ways,
 * of which some have no check point. */
static void check_after(box *b, failure *why)
{
    if (!b->audit || why->status) return;
    if (audit_is_full(b->audit) || (!b->audit->steady && begun(b, OP_SHARE))) check_now(b, why);
}

status job_finish_all(box *b, failure *err)
{
    failure why = {0};

    if (b->audit && b->audit->spoilt.status) why = b->audit->spoilt;
    const size_t revealed = why.status ? 0 : reveal_first(b, &why);
    if (!why.status) run_others(b, revealed, &why);
    check_after(b, &why);
    if (why.status) box_drop_behind(b);
    for (size_t k = 0; k < b->jobs; k++) {
        if (why.status && b->job[k]->work) box_drop_results(b, b->job[k]->work);
        job_free(b->job[k]);
    }
    b->jobs = 0;
    if (why.status && err) *err = why;
    return why.status;
}
