#include "lies.h"

#include "runtime/bit_protocol.h"
#include "runtime/sorting.h"

#include <criterion/criterion.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* --- trials */

trial trial_of(program *p, unsigned nodes, unsigned threshold)
{
    enum { BITS = 20 };
    trial t = {.p = p};
    failure err = {0};
    abb *ideal;

    program_ranges(p, BITS);
    t.d = run_data_new(p), t.l = active_launch(p, nodes, threshold, true);
    for (uint32_t k = 0; k < p->inputs; k++)
        fill_input(p, t.d, k, p->input[k].kind == KIND_BOOL ? 1 : BITS, NULL, 0);
    ideal = ideal_new(p);
    cr_assert_eq(interp_run(p, ideal, t.d, &err), OK, "%s", err.text);
    ideal_free(ideal);
    return t;
}

void trial_end(trial *t)
{
    launch_free(t->l);
    run_data_free(t->d, t->p);
    program_free(t->p);
}

void tally_tell(const tally *t)
{
    cr_log_info("%zu runs with a lie, %zu stopped", t->runs, t->stopped);
}

/* --- programs */

static program *products_of(uint8_t bits)
{
    program *p = program_begin(bits, 1);
    uint32_t x = program_input(p, 0, KIND_INT, 4), y = program_input(p, 1, KIND_INT, 4);
    uint32_t xy[] = {x, y};
    uint32_t z = program_op(p, OP_MUL, 4, xy, 2, NULL, 0),
             m = program_op(p, OP_MATMUL, 4, xy, 2, (int64_t[]){2, 2, 2}, 3);
    program_reveal(p, PARTY_ALL, program_op(p, OP_ADD, 4, (uint32_t[]){z, m}, 2, NULL, 0));
    return p;
}

program *program_of_products(void)
{
    return products_of(61);
}

program *program_of_prime(void)
{
    return products_of(192);
}

static program *one_of(uint8_t bits, opcode op)
{
    program *p = program_begin(bits, 1);
    uint32_t x = program_input(p, 0, KIND_INT, 2), y = program_input(p, 1, KIND_INT, 2);
    int64_t dropped = 7;
    program_reveal(p, PARTY_ALL,
                   op == OP_FLOOR ? program_op(p, op, 2, &x, 1, &dropped, 1)
                                  : program_op(p, op, 2, (uint32_t[]){x, y}, 2, NULL, 0));
    return p;
}

program *program_of_one(opcode op)
{
    return one_of(61, op);
}

program *program_of_prime_one(opcode op)
{
    return one_of(192, op);
}

program *program_of_choices(void)
{
    program *p = program_begin(61, 1);
    uint32_t x = program_input(p, 0, KIND_BOOL, 3), y = program_input(p, 1, KIND_INT, 3);
    uint32_t z = program_op(p, OP_MASK, 3, (uint32_t[]){y, x}, 2, NULL, 0);
    program_reveal(p, PARTY_ALL, program_op(p, OP_SELECT, 3, (uint32_t[]){x, z, y}, 3, NULL, 0));
    return p;
}

/* The order is drawn anew in each run, and what is revealed does not depend on it. */
program *program_of_shuffles(void)
{
    program *p = program_begin(61, 1);
    uint32_t x = program_input(p, 0, KIND_INT, 6);
    program_input(p, 1, KIND_BOOL, 1);
    uint32_t a = program_op(p, OP_SHUFFLE, 6, &x, 1, (int64_t[]){3, 2}, 2);
    uint32_t squares = program_op(p, OP_MUL, 6, (uint32_t[]){a, a}, 2, NULL, 0);
    program_reveal(p, PARTY_ALL, program_op(p, OP_SUM, 1, &squares, 1, (int64_t[]){6}, 1));
    return p;
}

static program *program_sorting(size_t rows, size_t width)
{
    program *p = program_begin(61, 1);
    const int64_t run = (int64_t)rows;
    uint32_t x = program_input(p, 0, KIND_BOOL, rows),
             y = program_input(p, 1, KIND_INT, rows * width);
    p->reg[x].lo = wide_of(0), p->reg[x].hi = wide_of(1); /* one bit, one digit */
    program_reveal(p, PARTY_ALL,
                   program_op(p, OP_SORT, rows * width, (uint32_t[]){x, y}, 2, &run, 1));
    return p;
}

program *program_of_sorts(void)
{
    return program_sorting(SORTED, 2);
}

program *program_of_two_rows(void)
{
    return program_sorting(2, 1);
}

static uint32_t op_of_two(program *p, opcode op, uint32_t x, uint32_t y, size_t len)
{
    return program_op(p, op, len, (uint32_t[]){x, y}, 2, NULL, 0);
}

/* Each product is of x and of what is y if the one before is right. */
program *program_of_levels(size_t levels, size_t width)
{
    program *p = program_begin(61, 1);
    const uint32_t x = program_input(p, 0, KIND_INT, width),
                   y = program_input(p, 1, KIND_INT, width);
    uint32_t z = op_of_two(p, OP_MUL, x, y, width);

    for (size_t k = 1; k < levels; k++) {
        const uint32_t none = op_of_two(p, OP_SUB, z, z, width);
        z = op_of_two(p, OP_MUL, x, op_of_two(p, OP_ADD, y, none, width), width);
    }
    program_reveal(p, PARTY_ALL, z);
    program_ranges(p, 20);
    return p;
}

static bool output_right(const trial *t, const run_data *got, uint32_t o)
{
    uint32_t party = t->p->output[o].party,
             members = party == PARTY_ALL ? 1 : t->p->party[party].size;

    for (uint32_t m = 0; m < members; m++) {
        const plain *x = &got->output[o][m], *y = &t->d->output[o][m];
        if (!x->v) continue;
        if (x->len != y->len || memcmp(x->v, y->v, x->len * sizeof *x->v) != 0) return false;
    }
    return true;
}

bool outputs_right(const trial *t, const member_run *run)
{
    for (uint32_t o = 0; o < t->p->outputs; o++)
        if (!output_right(t, run->data, o)) return false;
    return true;
}

/* --- which lie is told in which session. Several sessions may run at once. */

enum { SESSIONS = 8 };

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static lie *told_now[SESSIONS];

static void lie_begin(lie *l, const launch *session)
{
    pthread_mutex_lock(&lock);
    l->session = session, l->closed = 0;
    for (size_t k = 0; k < SESSIONS; k++)
        if (!told_now[k]) {
            told_now[k] = l;
            break;
        }
    pthread_mutex_unlock(&lock);
}

static void lie_end(lie *l)
{
    pthread_mutex_lock(&lock);
    for (size_t k = 0; k < SESSIONS; k++)
        if (told_now[k] == l) told_now[k] = NULL;
    pthread_mutex_unlock(&lock);
}

static lie *lie_of(const box *b)
{
    lie *found = NULL;

    pthread_mutex_lock(&lock);
    for (size_t k = 0; k < SESSIONS; k++)
        if (told_now[k] && told_now[k]->session == b->launch) found = told_now[k];
    pthread_mutex_unlock(&lock);
    return found;
}

static bool is_liar(const lie *l, unsigned member)
{
    return l && l->liars >> member & 1;
}

/* --- where this thread, which is one member, is */

static _Thread_local struct {
    lie *told_to; /* in the session of this member; NULL: none */
    unsigned self;
    const job *job;                                       /* the one that runs */
    uint32_t active;                                      /* its steps, a bit each */
    size_t begun[STEPS];                                  /* of each step */
    size_t waits[STEPS], occasions[STEPS][NODES_MAX + 1]; /* since it began */
} now;

/* Jobs take turns where they wait (below); one that was not heard of before is in no step yet. */
static void turn_to(const job *j)
{
    if (now.job == j) return;
    now.job = j, now.active = 0;
}

/* A dry run of the program, which foretells what it will need, is none of it. */
static uint32_t begin(const job *j, step s)
{
    turn_to(j);
    const uint32_t before = now.active;

    if (job_box(j)->edge->dry) return before;
    lie *l = lie_of(job_box(j));
    now.told_to = l, now.self = job_box(j)->self;
    if (l) l->begun[now.self][s]++;
    now.active |= (uint32_t)1 << s;
    now.begun[s]++, now.waits[s] = 0;
    memset(now.occasions[s], 0, sizeof now.occasions[s]);
    return before;
}

static bool matches(size_t wanted, size_t is)
{
    return wanted == EVERY || wanted == is;
}

bool in_step(step s)
{
    return now.active >> s & 1;
}

/* What this member says now, when it is a lie; else NULL. */
static const void *instead(job *j, lie_about about, unsigned to, const void *data, size_t bytes)
{
    const box *b = job_box(j);
    lie *l = lie_of(b);
    void *copy;

    turn_to(j);
    if (!is_liar(l, b->self) || l->elsewhere || !(l->about & about) || !data || !bytes) return NULL;
    const step in = l->or_in && in_step(l->or_in) ? l->or_in : l->in;
    if (!in_step(in) || now.active & l->not_in || ~now.active & l->within) return NULL;
    if ((l->to && !(l->to >> to & 1)) || (l->bytes && l->bytes != bytes)) return NULL;
    const size_t occasion = now.occasions[in][to]++;
    if (!matches(l->nth, now.begun[in] - 1) || !matches(l->round, now.waits[in]) ||
        !matches(l->which, occasion) || (l->most && l->told[b->self] >= l->most))
        return NULL;
    copy = job_bytes(j, bytes);
    memcpy(copy, data, bytes);
    l->how(l, &(moment){b, to, occasion}, copy, bytes);
    l->told[b->self]++;
    return copy;
}

static const void *told(job *j, lie_about about, const void *data, size_t bytes)
{
    const void *other = instead(j, about, 0, data, bytes);
    return other ? other : data;
}

/* --- ways to lie */

lie lie_of_node(size_t node, unsigned about, step in,
                void (*how)(const lie *, const moment *, void *, size_t), uint64_t by)
{
    return (lie){.liars = 1u << node,
                 .about = about,
                 .in = in,
                 .nth = EVERY,
                 .round = EVERY,
                 .which = EVERY,
                 .how = how,
                 .by = by};
}

lie lie_elsewhere(size_t node)
{
    return (lie){.liars = 1u << node, .elsewhere = true};
}

static uint8_t *last_word(void *data, size_t bytes)
{
    return (uint8_t *)data + bytes - sizeof(uint64_t);
}

static void add_word(uint8_t *at, uint64_t by)
{
    uint64_t v;

    memcpy(&v, at, sizeof v);
    v = (v + by) % field_p61.p.limb[0];
    memcpy(at, &v, sizeof v);
}

void add_to_first(const lie *l, const moment *at, void *data, size_t bytes)
{
    (void)at, (void)bytes;
    add_word(data, l->by);
}

void add_to_last(const lie *l, const moment *at, void *data, size_t bytes)
{
    (void)at;
    add_word(last_word(data, bytes), l->by);
}

void add_cancelling(const lie *l, const moment *at, void *data, size_t bytes)
{
    (void)at;
    add_word(data, l->by);
    add_word(last_word(data, bytes), field_p61.p.limb[0] - l->by);
}

void flip_first(const lie *l, const moment *at, void *data, size_t bytes)
{
    (void)at;
    for (size_t k = 0; k < bytes && k < sizeof l->by; k++)
        ((uint8_t *)data)[k] ^= (uint8_t)(l->by >> 8 * k);
}

void flip_last(const lie *l, const moment *at, void *data, size_t bytes)
{
    flip_first(l, at, last_word(data, bytes), sizeof(uint64_t));
}

void randomise(const lie *l, const moment *at, void *data, size_t bytes)
{
    uint64_t state = l->by + at->to + 1;

    for (size_t k = 0; k < bytes; k++) { /* below 2^60 in every word */
        state ^= state << 13, state ^= state >> 7, state ^= state << 17;
        ((uint8_t *)data)[k] = (uint8_t)(state & 0x0f);
    }
}

/* --- calls of the product that come here first: by ld --wrap, whose names these are */

#define REAL(f) __real_##f
#define WRAP(f) __wrap_##f

static void wait_over(const job *j, uint32_t active)
{
    now.job = j, now.active = active;
    for (unsigned s = 0; s < STEPS; s++)
        if (active >> s & 1) now.waits[s]++;
}

void REAL(job_wait)(job *j);
void WRAP(job_wait)(job *j);
void WRAP(job_wait)(job *j)
{
    turn_to(j);
    const uint32_t active = now.active;
    REAL(job_wait)(j);
    wait_over(j, active);
}

static size_t batch_size;

void batches_of(size_t products)
{
    batch_size = products;
}

status REAL(audit_open)(box *b, failure *err);
status WRAP(audit_open)(box *b, failure *err);
status WRAP(audit_open)(box *b, failure *err)
{
    const status st = REAL(audit_open)(b, err);
    if (!st && batch_size) b->audit->batch = batch_size;
    return st;
}

static behind_watcher *behind_watched;

void watch_behind(behind_watcher *with)
{
    behind_watched = with;
}

status REAL(box_verify_behind)(box *b, failure *err);
status WRAP(box_verify_behind)(box *b, failure *err);
status WRAP(box_verify_behind)(box *b, failure *err)
{
    if (behind_watched && !b->edge->dry) behind_watched(b);
    return REAL(box_verify_behind)(b, err);
}

/* Others go on meanwhile. */
void REAL(job_await_behind)(job *j, awaiting what);
void WRAP(job_await_behind)(job *j, awaiting what);
void WRAP(job_await_behind)(job *j, awaiting what)
{
    turn_to(j);
    const uint32_t active = now.active;
    REAL(job_await_behind)(j, what);
    now.job = j, now.active = active;
}

void REAL(job_exchange)(job *j, int64_t until, bool *came);
void WRAP(job_exchange)(job *j, int64_t until, bool *came);
void WRAP(job_exchange)(job *j, int64_t until, bool *came)
{
    turn_to(j);
    const uint32_t active = now.active;
    REAL(job_exchange)(j, until, came);
    wait_over(j, active);
}

static void count_said(job *j, size_t bytes)
{
    const box *b = job_box(j);
    lie *l = lie_of(b);

    turn_to(j);
    for (unsigned s = 0; l && s < STEPS; s++)
        if (now.active >> s & 1) l->said[b->self][s] += bytes;
}

void REAL(job_send)(job *j, unsigned to, const void *data, size_t bytes);
void WRAP(job_send)(job *j, unsigned to, const void *data, size_t bytes);
void WRAP(job_send)(job *j, unsigned to, const void *data, size_t bytes)
{
    const void *other = instead(j, ABOUT_MESSAGE, to, data, bytes);

    count_said(j, bytes);
    REAL(job_send)(j, to, other ? other : data, bytes);
}

void REAL(job_send_made)(job *j, unsigned to, share_maker *make, void *what, size_t len);
void WRAP(job_send_made)(job *j, unsigned to, share_maker *make, void *what, size_t len);
void WRAP(job_send_made)(job *j, unsigned to, share_maker *make, void *what, size_t len)
{
    const box *b = job_box(j);
    const field *f = b->edge;

    if (!is_liar(lie_of(b), b->self) || f->dry || !len) {
        count_said(j, len * f->size);
        REAL(job_send_made)(j, to, make, what, len);
        return;
    }
    void *share = job_vector(j, f, len);
    make(what, 0, share, len);
    WRAP(job_send)(j, to, share, len * f->size);
}

_Noreturn void REAL(job_fail)(job *j, status st, const char *fmt, ...);
_Noreturn void WRAP(job_fail)(job *j, status st, const char *fmt, ...);
/* A liar does not say that its lie was found: the others have to. */
_Noreturn void WRAP(job_fail)(job *j, status st, const char *fmt, ...)
{
    const struct timespec a_moment = {.tv_nsec = 1000000};
    lie *l = lie_of(job_box(j));
    unsigned liars = l ? (unsigned)__builtin_popcount(l->liars) : 0;
    char text[512];
    va_list ap;

    va_start(ap, fmt);
    vsnprintf(text, sizeof text, fmt, ap);
    va_end(ap);
    for (int ms = 0; is_liar(l, job_box(j)->self) && ms < 2000; ms++) {
        pthread_mutex_lock(&lock);
        bool all = l->closed + liars >= l->session->members;
        pthread_mutex_unlock(&lock);
        if (all) break;
        nanosleep(&a_moment, NULL);
    }
    REAL(job_fail)(j, st, "%s", text);
}

void REAL(shamir_close)(abb *base);
void WRAP(shamir_close)(abb *base);
/* Where a box could not be opened there is none; but keys_agree was a step of this thread. */
void WRAP(shamir_close)(abb *base)
{
    if (now.told_to && !is_liar(now.told_to, now.self)) {
        pthread_mutex_lock(&lock);
        now.told_to->closed++;
        pthread_mutex_unlock(&lock);
    }
    REAL(shamir_close)(base);
}

/* What a node deals. */

void REAL(deal)(job *j, unsigned dealer, const void *secret, void *out, size_t len);
void WRAP(deal)(job *j, unsigned dealer, const void *secret, void *out, size_t len);
void WRAP(deal)(job *j, unsigned dealer, const void *secret, void *out, size_t len)
{
    if (dealer == job_box(j)->self)
        secret = told(j, ABOUT_SECRET, secret, len * job_box(j)->edge->size);
    const uint32_t before = begin(j, STEP_DEALING);
    REAL(deal)(j, dealer, secret, out, len);
    now.active = before;
}

void REAL(bits_deal)(job *j, bit_post *mail, turn t, uint32_t dealers, uint64_t *own, wires out);
void WRAP(bits_deal)(job *j, bit_post *mail, turn t, uint32_t dealers, uint64_t *own, wires out);
void WRAP(bits_deal)(job *j, bit_post *mail, turn t, uint32_t dealers, uint64_t *own, wires out)
{
    const void *other = NULL;

    if (node_in(dealers, job_box(j)->self))
        other = instead(j, ABOUT_BITS, 0, own, out.count * t.words * sizeof *own);
    const uint32_t before = begin(j, STEP_DEALING);
    REAL(bits_deal)(j, mail, t, dealers, other ? (uint64_t *)(uintptr_t)other : own, out);
    now.active = before;
}

void REAL(reshare)(job *j, void *out, const void *z, size_t len);
void WRAP(reshare)(job *j, void *out, const void *z, size_t len);
void WRAP(reshare)(job *j, void *out, const void *z, size_t len)
{
    const uint32_t before = begin(j, STEP_PRODUCTS);
    REAL(reshare)(j, out, told(j, ABOUT_REDUCTION, z, len * job_box(j)->f->size), len);
    now.active = before;
}

few_products REAL(reduce_few)(job *j, const check_field *c, void *out, void *z, size_t len);
few_products WRAP(reduce_few)(job *j, const check_field *c, void *out, void *z, size_t len);
few_products WRAP(reduce_few)(job *j, const check_field *c, void *out, void *z, size_t len)
{
    const void *other = instead(j, ABOUT_REDUCTION, 0, z, len * c->f->size);
    return REAL(reduce_few)(j, c, out, other ? (void *)(uintptr_t)other : z, len);
}

few_products REAL(deal_few)(job *j, const check_field *c, uint32_t dealers, void *out,
                            const void *own, size_t len);
few_products WRAP(deal_few)(job *j, const check_field *c, uint32_t dealers, void *out,
                            const void *own, size_t len);
few_products WRAP(deal_few)(job *j, const check_field *c, uint32_t dealers, void *out,
                            const void *own, size_t len)
{
    if (node_in(dealers, job_box(j)->self)) own = told(j, ABOUT_SECRET, own, len * c->f->size);
    return REAL(deal_few)(j, c, dealers, out, own, len);
}

/* Few rows would be sorted by comparing all pairs; in sessions with lies they are by digits. */
sort_way REAL(cheapest_sort)(const box *b, size_t tables, size_t rows, unsigned key_bits);
sort_way WRAP(cheapest_sort)(const box *b, size_t tables, size_t rows, unsigned key_bits);
sort_way WRAP(cheapest_sort)(const box *b, size_t tables, size_t rows, unsigned key_bits)
{
    return lie_of(b) ? SORT_BY_DIGITS : REAL(cheapest_sort)(b, tables, rows, key_bits);
}

const input_checks *REAL(begin_input_checks)(job *j);
const input_checks *WRAP(begin_input_checks)(job *j);
const input_checks *WRAP(begin_input_checks)(job *j)
{
    const uint32_t before = begin(j, STEP_INPUT_CHECKS);
    const input_checks *c = REAL(begin_input_checks)(j);
    now.active = before;
    return c;
}

/* Where numbers are compared in p61, few are shared as bits only for a lie about these. */
bool REAL(shared_as_bits)(const box *b, const reg *type, size_t len);
bool WRAP(shared_as_bits)(const box *b, const reg *type, size_t len);
bool WRAP(shared_as_bits)(const box *b, const reg *type, size_t len)
{
    const lie *l = lie_of(b);
    return REAL(shared_as_bits)(b, type, len) && (!l || !b->bits || l->about_input_bits);
}

void REAL(random_shares)(job *j, void *out, size_t len);
void WRAP(random_shares)(job *j, void *out, size_t len);
void WRAP(random_shares)(job *j, void *out, size_t len)
{
    if (in_step(STEP_TOSS)) begin(j, STEP_CHALLENGE);
    REAL(random_shares)(j, out, len);
}

/* What a node claims its shares to be. */

strict_opening REAL(strict_begin)(job *j, const check_field *c, void *out, const void *x, size_t len);
strict_opening WRAP(strict_begin)(job *j, const check_field *c, void *out, const void *x, size_t len);
strict_opening WRAP(strict_begin)(job *j, const check_field *c, void *out, const void *x, size_t len)
{
    const uint32_t before = begin(j, STEP_OPENING);
    strict_opening o =
        REAL(strict_begin)(j, c, out, told(j, ABOUT_OPENING, x, len * c->f->size), len);
    now.active = before;
    return o;
}

strict_opening REAL(strict_begin_to)(job *j, const check_field *c, unsigned member, void *out,
                                     const void *x, size_t len);
strict_opening WRAP(strict_begin_to)(job *j, const check_field *c, unsigned member, void *out,
                                     const void *x, size_t len);
strict_opening WRAP(strict_begin_to)(job *j, const check_field *c, unsigned member, void *out,
                                     const void *x, size_t len)
{
    const uint32_t before = begin(j, STEP_OPENING);
    strict_opening o =
        REAL(strict_begin_to)(j, c, member, out, told(j, ABOUT_OPENING, x, len * c->f->size), len);
    now.active = before;
    return o;
}

opening_check REAL(openings_begin)(job *j);
opening_check WRAP(openings_begin)(job *j);
opening_check WRAP(openings_begin)(job *j)
{
    const uint32_t before = begin(j, STEP_SUMS_OPENED);
    const opening_check c = REAL(openings_begin)(j);
    now.active = before;
    return c;
}

void REAL(open_strictly)(job *j, const check_field *c, void *out, const void *x, size_t len,
                         const char *what);
void WRAP(open_strictly)(job *j, const check_field *c, void *out, const void *x, size_t len,
                         const char *what);
void WRAP(open_strictly)(job *j, const check_field *c, void *out, const void *x, size_t len,
                         const char *what)
{
    const uint32_t before = begin(j, STEP_OPENING);
    if (strcmp(what, "a place") == 0) begin(j, STEP_PLACES);
    REAL(open_strictly)(j, c, out, told(j, ABOUT_OPENING, x, len * c->f->size), len, what);
    now.active = before;
}

/* Steps that begin and end. */

#define STEP_OF(s, f, parameters, arguments)                                                       \
    void REAL(f) parameters;                                                                       \
    void WRAP(f) parameters;                                                                       \
    void WRAP(f) parameters                                                                        \
    {                                                                                              \
        const uint32_t before = begin(j, s);                                                       \
        REAL(f) arguments;                                                                         \
        now.active = before;                                                                       \
    }

STEP_OF(STEP_KEYS, keys_agree, (job * j, keys *k, const uint8_t id[KEY_BYTES]), (j, k, id))
STEP_OF(STEP_INPUTS, job_share, (job * j), (j))
STEP_OF(STEP_PRODUCTS, multiply, (job * j, void *out, const void *x, const void *y, size_t len),
        (j, out, x, y, len))
STEP_OF(STEP_PRODUCTS, multiply_registers,
        (job * j, void *out, const void *x, const void *y, size_t len), (j, out, x, y, len))
STEP_OF(STEP_KING, reduce_by_king, (job * j, void *out, const void *x, const void *y, size_t len),
        (j, out, x, y, len))
STEP_OF(STEP_BITS_OPENED, bits_open_whole,
        (job * j, uint64_t *out, wires x, size_t len, const char *what), (j, out, x, len, what))
STEP_OF(STEP_TO_FIELD, bits_to_field, (job * j, void *out, wires x, size_t len), (j, out, x, len))
STEP_OF(STEP_SHUFFLE, shuffle_checked,
        (job * j, void *x, size_t rows, const deck *d, size_t decks, shuffler *by),
        (j, x, rows, d, decks, by))
STEP_OF(STEP_MOVE, move_rows, (job * j, const moving *m), (j, m))
STEP_OF(STEP_SUMS, expect_row_sums,
        (job * j, const row_keys *k, const rows_of_shares *came, uint32_t holders, const void *sum,
         const uint64_t *sum_row),
        (j, k, came, holders, sum, sum_row))
STEP_OF(STEP_POINT, check_point, (job * j), (j))
STEP_OF(STEP_POINT, verify_noted, (job * j), (j))
STEP_OF(STEP_VERIFY_DEALT, verify_dealt, (job * j), (j))
STEP_OF(STEP_GO_ON, all_have_come, (job * j), (j))
STEP_OF(STEP_TAGS, keep_tagged, (job * j), (j))
STEP_OF(STEP_OUTPUTS, job_reveal, (job * j), (j))

static audit_counts *most_noted;

void watch_notes(audit_counts *most)
{
    most_noted = most;
}

void REAL(verify_products)(job *j);
void WRAP(verify_products)(job *j);
void WRAP(verify_products)(job *j)
{
    const uint32_t before = begin(j, STEP_VERIFY_PRODUCTS);

    pthread_mutex_lock(&lock);
    if (most_noted) audit_counts_most(most_noted, &job_notes(j)->count);
    pthread_mutex_unlock(&lock);
    REAL(verify_products)(j);
    now.active = before;
}

/* What a node deals of products of bits is formed by a kernel, which is asked before the first wait; of a liar by this
 * one, for as long as any of its jobs multiplies. */
static _Thread_local struct {
    job *j;
    const bit_kernels *right;
    bit_kernels lying;
    unsigned under_way;
} forming;

static void form_lie(uint64_t *out, wire x, wire y, const gf2m *row, unsigned m, size_t words)
{
    forming.right->form(out, x, y, row, m, words);
    memcpy(out, told(forming.j, ABOUT_BITS, out, words * sizeof *out), words * sizeof *out);
}

static void forming_begins(job *j)
{
    box *b = job_box(j);

    if (!is_liar(lie_of(b), b->self) || b->edge->dry) return;
    forming.j = j;
    if (forming.under_way++) return;
    forming.right = b->bits, forming.lying = *b->bits;
    forming.lying.form = form_lie;
    b->bits = &forming.lying;
}

static void forming_ends(job *j)
{
    box *b = job_box(j);

    if (is_liar(lie_of(b), b->self) && !b->edge->dry && !--forming.under_way)
        b->bits = forming.right;
}

#define STEP_WITH_KERNELS(s, f, parameters, arguments)                                             \
    void REAL(f) parameters;                                                                       \
    void WRAP(f) parameters;                                                                       \
    void WRAP(f) parameters                                                                        \
    {                                                                                              \
        const uint32_t before = begin(j, s);                                                       \
        forming_begins(j);                                                                         \
        REAL(f) arguments;                                                                         \
        forming_ends(j);                                                                           \
        now.active = before;                                                                       \
    }

STEP_WITH_KERNELS(STEP_ANDS, bits_and, (job * j, wires out, const bit_pair *pair, size_t len),
                  (j, out, pair, len))
STEP_WITH_KERNELS(STEP_ANDS, bits_and_lasting,
                  (job * j, wires out, const bit_pair *pair, size_t len), (j, out, pair, len))
STEP_WITH_KERNELS(STEP_ANDS, bits_and_over, (job * j, wires out, const bit_pair *pair, turns over),
                  (j, out, pair, over))

masked REAL(mask_open)(job *j, const void *d, mask_shape shape, size_t len);
masked WRAP(mask_open)(job *j, const void *d, mask_shape shape, size_t len);
masked WRAP(mask_open)(job *j, const void *d, mask_shape shape, size_t len)
{
    const uint32_t before = begin(j, STEP_MASK);
    d = told(j, ABOUT_SHARE, d, len * job_box(j)->f->size);
    masked m = REAL(mask_open)(j, d, shape, len);
    now.active = before;
    return m;
}

/* In a field of any prime numbers are opened so under masks. */

void REAL(open_noted)(job *j, void *out, const void *x, size_t len);
void WRAP(open_noted)(job *j, void *out, const void *x, size_t len);
void WRAP(open_noted)(job *j, void *out, const void *x, size_t len)
{
    const uint32_t before = begin(j, STEP_MASK);
    x = told(j, ABOUT_SHARE, x, len * job_box(j)->f->size);
    REAL(open_noted)(j, out, x, len);
    now.active = before;
}

random_number REAL(random_numbers)(job *j, size_t len);
random_number WRAP(random_numbers)(job *j, size_t len);
random_number WRAP(random_numbers)(job *j, size_t len)
{
    const uint32_t before = begin(j, STEP_MASK_AHEAD);
    random_number r = REAL(random_numbers)(j, len);
    now.active = before;
    return r;
}

mask REAL(make_mask)(job *j, mask_shape shape, turns over, size_t len, size_t words);
mask WRAP(make_mask)(job *j, mask_shape shape, turns over, size_t len, size_t words);
mask WRAP(make_mask)(job *j, mask_shape shape, turns over, size_t len, size_t words)
{
    const uint32_t before = begin(j, STEP_MASK_AHEAD);
    mask m = REAL(make_mask)(j, shape, over, len, words);
    now.active = before;
    return m;
}

random_bit_pairs REAL(make_bit_pairs)(job *j, turns over, size_t len, size_t words);
random_bit_pairs WRAP(make_bit_pairs)(job *j, turns over, size_t len, size_t words);
random_bit_pairs WRAP(make_bit_pairs)(job *j, turns over, size_t len, size_t words)
{
    const uint32_t before = begin(j, STEP_BIT_PAIRS);
    random_bit_pairs made = REAL(make_bit_pairs)(j, over, len, words);
    now.active = before;
    return made;
}

/* What a liar remembers. */

static _Thread_local uint64_t subsets[DEALT_SUBSETS];

const uint64_t *subsets_seen(void)
{
    return subsets;
}

bool REAL(stream_bits)(stream *s, uint64_t *out, size_t words);
bool WRAP(stream_bits)(stream *s, uint64_t *out, size_t words);
bool WRAP(stream_bits)(stream *s, uint64_t *out, size_t words)
{
    const bool drawn = REAL(stream_bits)(s, out, words);
    const bool first = !now.occasions[STEP_VERIFY_DEALT][NODES_MAX];

    if (now.active >> STEP_VERIFY_DEALT & 1 && words == DEALT_SUBSETS) {
        if (first) memcpy(subsets, out, sizeof subsets);
        now.occasions[STEP_VERIFY_DEALT][NODES_MAX] = 1;
    }
    return drawn;
}

/* What happens at node 0, for those who look at it. */

static lie *looked_at(job *j)
{
    lie *l = lie_of(job_box(j));
    return l && !job_box(j)->self && !job_box(j)->f->dry ? l : NULL;
}

void REAL(strict_bits)(job *j, wires opened, uint8_t *const packed[NODES_MAX], size_t len,
                       const char *what);
void WRAP(strict_bits)(job *j, wires opened, uint8_t *const packed[NODES_MAX], size_t len,
                       const char *what);
void WRAP(strict_bits)(job *j, wires opened, uint8_t *const packed[NODES_MAX], size_t len,
                       const char *what)
{
    lie *l = looked_at(j);

    REAL(strict_bits)(j, opened, packed, len, what);
    for (size_t k = 0; l && k < opened.count; k++)
        for (unsigned a = 0; a < gf2m_degree(job_box(j)->nodes); a++)
            for (size_t i = 0; i < len; i++)
                l->ones[a] += opened.v[(a * opened.count + k) * opened.words + i / WORD_BITS] >>
                                  i % WORD_BITS &
                              1;
    if (l) l->opened += opened.count * len;
}

void REAL(toss)(job *j);
void WRAP(toss)(job *j);
void WRAP(toss)(job *j)
{
    const size_t most = sizeof((lie *)0)->challenge / sizeof(uint64_t);
    const uint32_t before = begin(j, STEP_TOSS);
    lie *l = looked_at(j);

    REAL(toss)(j);
    if (l && l->challenges < most) { /* at a place that no check draws from */
        element first = {{0}};
        stream_draw_at(job_notes(j)->coin.field, job_box(j)->f, UINT32_MAX, &first, 1);
        l->challenge[l->challenges++] = first.limb[0];
    }
    now.active = before;
}

/* Each node's shares of outputs, before they are masked for the delivery. */
void REAL(deliver_mask)(job *j, output_delivery *o, void *out, const void *x, size_t len);
void WRAP(deliver_mask)(job *j, output_delivery *o, void *out, const void *x, size_t len);
void WRAP(deliver_mask)(job *j, output_delivery *o, void *out, const void *x, size_t len)
{
    const box *b = job_box(j);
    lie *l = lie_of(b);

    if (l && l->wants_outputs && !b->f->dry && !l->output[b->self]) {
        l->output[b->self] = malloc(len * sizeof(uint64_t));
        memcpy(l->output[b->self], x, len * sizeof(uint64_t));
    }
    REAL(deliver_mask)(j, o, out, x, len);
}

static stream_watcher *watching;

void watch_streams(stream_watcher *with)
{
    watching = with;
}

status REAL(stream_open)(stream **out, const uint8_t key[KEY_BYTES], const char *purpose,
                         uint64_t index, failure *err);
status WRAP(stream_open)(stream **out, const uint8_t key[KEY_BYTES], const char *purpose,
                         uint64_t index, failure *err);
status WRAP(stream_open)(stream **out, const uint8_t key[KEY_BYTES], const char *purpose,
                         uint64_t index, failure *err)
{
    if (watching) watching(key, purpose, index);
    return REAL(stream_open)(out, key, purpose, index, err);
}

/* --- verdicts */

static size_t told_in_all(const lie *l)
{
    size_t all = 0;
    for (unsigned k = 0; k <= NODES_MAX; k++) all += l->told[k];
    return all;
}

member_run *run_lied_to(const trial *t, lie *l)
{
    enum { PATIENCE_MS = 3000 }; /* after a lie that nobody notices a liar may say nothing */

    patience(l->patience_ms ? l->patience_ms : PATIENCE_MS);
    lie_begin(l, t->l);
    member_run *runs = run_members(t->p, t->l, t->d->input);
    lie_end(l);
    for (unsigned k = 0; k < t->l->members; k++)
        cr_assert(is_liar(l, k) || outputs_right(t, &runs[k]), "member %u learns a wrong output", k);
    return runs;
}

/* Whom a member accuses of a lie, by name: no lie may make honest members accuse each other. */
static void expect_no_honest_member_accused(const lie *l, const char *text)
{
    static const char *const accusations[] = {" dealt other bits in one field",
                                              " sent a share that is no element",
                                              " shared a value outside", " does not go on"};
    static const char name[] = "member-";

    for (size_t k = 0; k < sizeof accusations / sizeof *accusations; k++) {
        const char *at = strstr(text, accusations[k]);
        if (!at) continue;
        while (at > text && strncmp(at, name, sizeof name - 1) != 0) at--;
        cr_assert(is_liar(l, (unsigned)strtoul(at + sizeof name - 1, NULL, 10)), "%s", text);
    }
}

void expect_all_stopped(const trial *t, const lie *l, const member_run *runs, const char *words)
{
    const tally all = {.runs = 1, .stopped = 1};
    bool said = false;

    cr_assert(l->elsewhere || told_in_all(l), "no lie was told");
    for (unsigned k = 0; k < t->l->members; k++) {
        if (is_liar(l, k)) continue;
        cr_assert_eq(runs[k].st, E_ABORT, "member %u ends with %d: %s", k, runs[k].st,
                     runs[k].err.text);
        said |= strstr(runs[k].err.text, words) != NULL;
        expect_no_honest_member_accused(l, runs[k].err.text);
        for (uint32_t o = 0; o < t->p->outputs; o++)
            cr_assert_null(runs[k].data->output[o][0].v, "member %u has an output", k);
    }
    for (unsigned k = 0; !said && k < t->l->members; k++)
        if (!is_liar(l, k)) cr_assert(said, "member %u: %s", k, runs[k].err.text);
    tally_tell(&all);
}

void expect_caught_in(const trial *t, lie *l, const char *words)
{
    member_run *runs = run_lied_to(t, l);

    expect_all_stopped(t, l, runs, words);
    members_free(runs, t->p, t->l);
}

void expect_refused(program *p)
{
    launch *l = active_launch(p, 3, 1, true);
    run_data *d = run_data_new(p);
    member_run *runs = run_members(p, l, d->input);
    for (unsigned k = 0; k < 3; k++) {
        cr_assert_eq(runs[k].st, E_USAGE, "%s", runs[k].err.text);
        cr_assert_not_null(strstr(runs[k].err.text, "does not check"), "%s", runs[k].err.text);
    }
    members_free(runs, p, l);
    launch_free(l);
    run_data_free(d, p);
    program_free(p);
}

/* One run; whether the lie was told, and if so it was caught. */
static bool told_and_caught(program *p, unsigned nodes, unsigned threshold, lie l, const char *words)
{
    trial t = trial_of(p, nodes, threshold);
    member_run *runs = run_lied_to(&t, &l);
    const bool some = told_in_all(&l) > 0;

    if (some) expect_all_stopped(&t, &l, runs, words);
    members_free(runs, t.p, t.l);
    trial_end(&t);
    return some;
}

void expect_each_liar_caught(program *(*make)(void), unsigned nodes, unsigned threshold, lie l,
                             const char *words)
{
    bool some = false;

    for (unsigned node = 0; node < nodes && !(some && nodes > 3); node++) {
        l.liars = 1u << node;
        some |= told_and_caught(make(), nodes, threshold, l, words);
    }
    cr_assert(some, "nobody told the lie");
}

size_t expect_each_caught(program *(*make)(void), unsigned nodes, unsigned threshold, lie l,
                          const char *words)
{
    size_t k = 0;

    do l.which = k++;
    while (told_and_caught(make(), nodes, threshold, l, words));
    return k - 1;
}

void expect_caught(program *p, unsigned nodes, unsigned threshold, lie l, const char *words)
{
    trial t = trial_of(p, nodes, threshold);

    expect_caught_in(&t, &l, words);
    trial_end(&t);
}
