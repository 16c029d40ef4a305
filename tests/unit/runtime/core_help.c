#include "core_help.h"

#include "net/transport.h"

#include <criterion/criterion.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* --- programs */

enum { MOST = 256 }; /* of anything in a program */

program *program_begin(uint8_t field_bits, uint32_t group_size)
{
    program *p = calloc(1, sizeof *p);
    arena *a = &p->mem;
    a->oom = NULL;
    p->edition = 1, p->precision = 20, p->field_bits = field_bits;
    p->parties = 2;
    p->party = arena_alloc(a, 2 * sizeof *p->party);
    p->party[0] = (party_decl){"one", false, 1};
    p->party[1] = (party_decl){"many", true, group_size};
    p->input = arena_alloc(a, MOST * sizeof *p->input);
    p->output = arena_alloc(a, MOST * sizeof *p->output);
    p->constant = arena_alloc(a, MOST * sizeof *p->constant);
    p->reg = arena_alloc(a, MOST * sizeof *p->reg);
    p->block = arena_alloc(a, sizeof *p->block);
    p->blocks = 1;
    p->block[0].code = arena_alloc(a, MOST * sizeof(instr));
    if (field_bits > 127) {
        p->prime = arena_alloc(a, PRIME_LIMBS * sizeof *p->prime);
        p->field_bits = (uint16_t)prime_chosen(field_bits, p->prime);
    }
    return p;
}

static uint32_t new_reg(program *p, tag t, kind k, uint64_t len, uint32_t owner)
{
    p->reg[p->regs] = (reg){.tag = (uint8_t)t,
                            .kind = (uint8_t)k,
                            .rank = 1,
                            .owner = owner,
                            .dim = {len},
                            .lo = WIDE(-NUM_MAX),
                            .hi = WIDE(NUM_MAX)};
    return p->regs++;
}

static lane *new_instr(program *p, opcode op, uint32_t outs, const uint32_t *in, uint32_t ins,
                       const int64_t *imm, uint32_t imms)
{
    instr *x = &p->block[0].code[p->block[0].len++];
    lane *l = arena_alloc(&p->mem, sizeof *l);
    *x = (instr){.op = (uint8_t)op, .lanes = 1, .lane = l};
    *l = (lane){.outs = outs, .ins = ins, .imms = imms, .at = {p->block[0].len, 1}};
    l->out = arena_alloc(&p->mem, outs * sizeof *l->out);
    l->in = arena_alloc(&p->mem, ins * sizeof *l->in);
    l->imm = arena_alloc(&p->mem, imms * sizeof *l->imm);
    if (ins) memcpy(l->in, in, ins * sizeof *in);
    if (imms) memcpy(l->imm, imm, imms * sizeof *imm);
    return l;
}

uint32_t program_input(program *p, uint32_t party, kind k, uint64_t len)
{
    uint32_t members = p->party[party].size;
    p->input[p->inputs] = (port_decl){
        .name = (char[]){"x"}, .party = party, .kind = (uint8_t)k, .rank = 1, .dim = {len}};
    p->input[p->inputs].name = arena_printf(&p->mem, "input-%u", p->inputs);
    int64_t which = p->inputs++;
    lane *l = new_instr(p, OP_INPUT, 1, NULL, 0, &which, 1);
    uint32_t own = l->out[0] = new_reg(p, TAG_OWNED, k, len, party);
    l = new_instr(p, OP_SHARE, 1, &own, 1, NULL, 0);
    return l->out[0] = new_reg(p, TAG_SECRET, k, len * members, 0);
}

void program_ranges(program *p, unsigned bits)
{
    for (uint32_t r = 0; r < p->regs; r++) {
        reg *in = &p->reg[r];
        if (in->tag != TAG_OWNED) continue;
        bool is_bool = in->kind == KIND_BOOL;
        in->lo = wide_of_num(is_bool ? 0 : -((num)1 << bits));
        in->hi = wide_of_num(is_bool ? 1 : (num)1 << bits);
    }
}

uint32_t program_constant(program *p, const num *v, uint64_t len)
{
    constant *c = &p->constant[p->constants];
    c->v = arena_alloc(&p->mem, len * sizeof *v);
    memcpy(c->v, v, len * sizeof *v);
    c->len = len;
    int64_t which = p->constants++;
    lane *l = new_instr(p, OP_CONST, 1, NULL, 0, &which, 1);
    return l->out[0] = new_reg(p, TAG_PUBLIC, KIND_INT, len, 0);
}

uint32_t program_op(program *p, opcode op, uint64_t len, const uint32_t *in, uint32_t ins,
                    const int64_t *imm, uint32_t imms)
{
    uint32_t outs = opcode_rows[op].outs;
    lane *l = new_instr(p, op, outs, in, ins, imm, imms);
    for (uint32_t k = 0; k < outs; k++) l->out[k] = new_reg(p, TAG_SECRET, KIND_INT, len, 0);
    return l->out[0];
}

void program_together(program *p)
{
    p->block[0].code[p->block[0].len - 1].together = true;
}

void program_merge(program *p)
{
    instr *last = &p->block[0].code[--p->block[0].len], *into = last - 1;
    lane *both = arena_alloc(&p->mem, (into->lanes + 1) * sizeof *both);
    memcpy(both, into->lane, into->lanes * sizeof *both);
    both[into->lanes++] = last->lane[0];
    into->lane = both;
}

void program_reveal(program *p, uint32_t party, uint32_t r)
{
    uint64_t len = p->reg[r].dim[0];
    uint32_t members = party == 1 ? p->party[1].size : 1;
    p->output[p->outputs] =
        (port_decl){.party = party, .kind = KIND_INT, .rank = 1, .dim = {len / members}};
    p->output[p->outputs].name = arena_printf(&p->mem, "output-%u", p->outputs);
    int64_t which = p->outputs++;
    lane *l = new_instr(p, OP_REVEAL, 1, &r, 1, &which, 1);
    l->out[0] = party == PARTY_ALL ? new_reg(p, TAG_PUBLIC, KIND_INT, len, 0) : REG_NONE;
}

launch *launch_for(const program *p, unsigned nodes, unsigned threshold, bool owners_apart)
{
    launch *l;
    cr_assert_eq(launch_new(&l, p, nodes, nodes + owners_apart, threshold, NULL), OK);
    for (uint32_t k = 0; k < p->parties; k++)
        for (uint32_t m = 0; m < p->party[k].size; m++)
            l->home[k][m] = owners_apart ? nodes : (k + m) % nodes;
    for (unsigned k = 0; k < l->members; k++) {
        l->name[k] = malloc(32);
        snprintf(l->name[k], 32, "member-%u", k);
    }
    return l;
}

launch *active_launch(const program *p, unsigned nodes, unsigned threshold, bool owners_apart)
{
    launch *l = launch_for(p, nodes, threshold, owners_apart);
    cr_assert_eq(launch_choose_security(l, true, NULL), OK);
    return l;
}

uint64_t active_rounds(program *p)
{
    launch *l = active_launch(p, 3, 1, false);
    uint64_t rounds;
    cost c;

    cr_assert_eq(cost_of(&c, p, l, NULL), OK);
    rounds = c.rounds;
    cost_free(&c);
    launch_free(l);
    program_free(p);
    return rounds;
}

/* --- members over memory */

typedef struct mailbox {
    pthread_mutex_t lock;
    pthread_cond_t came;
    frame_queue frames;
} mailbox;

typedef struct memory_transport {
    transport is;
    unsigned self;
    mailbox *all;
    frame *late[NODES_MAX + 1]; /* [to] that goes after the next one */
} memory_transport;

static void frame_release(frame *f)
{
    free(f->data);
    free(f);
}

static const memory_source *members_source;

void members_use(const memory_source *source)
{
    members_source = source;
}

static frame *memory_make(transport *t, size_t len)
{
    const memory_source *own = memory_use(NULL);
    (void)t;
    frame *f = calloc(1, sizeof *f);
    *f = (frame){.data = malloc(len), .len = len, .release = frame_release};
    memory_use(own);
    return f;
}

static tapes *recording;

void record(tapes *to)
{
    recording = to;
}

void tapes_free(tapes *t)
{
    for (unsigned from = 0; from <= NODES_MAX; from++)
        for (unsigned to = 0; to <= NODES_MAX; to++) {
            free((*t)[from][to].data);
            free((*t)[from][to].size);
        }
    memset(t, 0, sizeof *t);
}

/* Only the sender's thread writes a tape. */
static void write_tape(tape *t, const frame *f)
{
    size_t len = f->len - CHANNEL_HEADER;
    frame_header h;
    if (!frame_header_read(&h, f->data, f->len) || h.kind != FRAME_DATA) return;
    if (t->len + len > t->cap) t->data = realloc(t->data, t->cap = 2 * (t->len + len));
    if (t->sizes == t->sizes_cap)
        t->size = realloc(t->size, (t->sizes_cap = 2 * t->sizes + 8) * sizeof *t->size);
    memcpy(t->data + t->len, f->data + CHANNEL_HEADER, len);
    t->len += len;
    t->size[t->sizes++] = len;
}

static tamperer *tampering;
static void *tampering_arg;

void tamper(tamperer *with, void *arg)
{
    tampering = with, tampering_arg = arg;
}

static unsigned patience_ms;

void patience(unsigned ms)
{
    patience_ms = ms;
}

static frame *frame_again(const frame *f)
{
    frame *g = memory_make(NULL, f->len);
    memcpy(g->data, f->data, f->len);
    g->from = f->from;
    return g;
}

static void post(memory_transport *m, unsigned to, frame *f)
{
    pthread_mutex_lock(&m->all[to].lock);
    frame_push(&m->all[to].frames, f);
    pthread_cond_signal(&m->all[to].came);
    pthread_mutex_unlock(&m->all[to].lock);
}

static void post_by_fate(memory_transport *m, unsigned to, frame *f, fate what)
{
    enum { KIND_AT = 3, NONCE_AT = 8 };
    switch (what) {
    case FATE_LOST: frame_release(f); return;
    case FATE_TWICE: post(m, to, frame_again(f)); break;
    case FATE_SHORT: f->len--; break;
    case FATE_STOP: f->data[KIND_AT] = FRAME_STOP; break;
    case FATE_FOREIGN: f->data[NONCE_AT] ^= 0x80; break;
    case FATE_LATE:
        if (m->late[to]) break;
        m->late[to] = f;
        return;
    case FATE_ARRIVES: break;
    }
    post(m, to, f);
    if (m->late[to]) post(m, to, m->late[to]);
    m->late[to] = NULL;
}

static void memory_send(transport *t, unsigned to, frame *f)
{
    memory_transport *m = (memory_transport *)t;
    frame_header h;
    fate what = FATE_ARRIVES;
    f->from = m->self;
    if (tampering && frame_header_read(&h, f->data, f->len) && h.kind == FRAME_DATA)
        what =
            tampering(tampering_arg, m->self, to, f->data + CHANNEL_HEADER, f->len - CHANNEL_HEADER);
    const memory_source *own = memory_use(NULL);
    if (recording) write_tape(&(*recording)[m->self][to], f);
    post_by_fate(m, to, f, what);
    memory_use(own);
}

static arrival memory_next(transport *t, int64_t until_ms, frame **f, unsigned *lost)
{
    memory_transport *m = (memory_transport *)t;
    mailbox *own = &m->all[m->self];
    (void)lost;
    pthread_mutex_lock(&own->lock);
    while (!(*f = frame_pop(&own->frames))) {
        int64_t left = until_ms == TRANSPORT_FOREVER ? 60000 : until_ms - now_ms();
        struct timespec at;
        if (left <= 0) break;
        clock_gettime(CLOCK_REALTIME, &at);
        at.tv_sec += (time_t)(left / 1000 + 1);
        if (pthread_cond_timedwait(&own->came, &own->lock, &at) && until_ms == TRANSPORT_FOREVER)
            break;
    }
    pthread_mutex_unlock(&own->lock);
    return *f ? ARRIVED_FRAME : ARRIVED_NOTHING;
}

static void memory_cancel(transport *t)
{
    (void)t;
}

static void memory_close(transport *t)
{
    memory_transport *m = (memory_transport *)t;
    for (unsigned k = 0; k <= NODES_MAX; k++)
        if (m->late[k]) frame_release(m->late[k]);
    free(t);
}

static const absent_owners *absent_by;

void absent_at(const absent_owners *by_member)
{
    absent_by = by_member;
}

typedef struct member_thread {
    const program *p;
    const launch *l;
    plain **input;
    mailbox *all;
    unsigned self;
    member_run *run;
    void (*use)(abb *, unsigned, void *); /* instead of a run, when there is one */
    void *arg;
    bool odd; /* this member has another session id than the rest */
} member_thread;

/* This member's inputs; the others' are left out. */
static void own_inputs(const member_thread *m, run_data *d)
{
    for (uint32_t k = 0; k < m->p->inputs; k++) {
        uint32_t party = m->p->input[k].party;
        for (uint32_t i = 0; i < m->p->party[party].size; i++) {
            if (m->l->home[party][i] != m->self) continue;
            const plain *from = &m->input[k][i];
            d->input[k][i].len = from->len;
            d->input[k][i].v = malloc(from->len * sizeof *from->v + 1);
            if (from->len) memcpy(d->input[k][i].v, from->v, from->len * sizeof *from->v);
        }
    }
}

static void *run_member(void *arg)
{
    const member_thread *m = arg;
    member_run *run = m->run;
    memory_transport *t = calloc(1, sizeof *t);
    *t = (memory_transport){
        .is = {memory_make, memory_send, memory_next, memory_cancel, memory_close},
        .self = m->self,
        .all = m->all};
    channel_setup setup = {.self = m->self,
                           .members = m->l->members,
                           .label = (const char *const *)m->l->name,
                           .nonce = m->self + 1,
                           .progress_timeout_ms = patience_ms};
    shamir_config cfg = {.program = m->p, .launch = m->l, .session_id = {1, m->odd}};
    if (absent_by) cfg.absent = &absent_by[m->self];
    channel *c = NULL;
    abb *box = NULL;

    run->data = run_data_new(m->p);
    if (!m->use) own_inputs(m, run->data);
    memory_use(members_source);
    run->st = channel_over(&c, &setup, &t->is, &run->err);
    if (!run->st) run->st = shamir_open(&box, &cfg, c, &run->err);
    if (m->use && !run->st) m->use(box, m->self, m->arg);
    if (!m->use && !run->st) run->st = interp_run(m->p, box, run->data, &run->err);
    if (run->st) channel_stop(c, &run->err);
    if (box) run->cost = shamir_count(box);
    run->count = channel_count(c);
    shamir_close(box);
    channel_finish(c);
    channel_close(c);
    return NULL;
}

static member_run *run_threads(const program *p, const launch *l, plain **input,
                               void (*use)(abb *, unsigned, void *), void *arg, unsigned odd)
{
    member_run *runs = calloc(l->members, sizeof *runs);
    mailbox *all = calloc(l->members, sizeof *all);
    member_thread *m = calloc(l->members, sizeof *m);
    pthread_t thread[NODES_MAX + 1];

    for (unsigned k = 0; k < l->members; k++) {
        pthread_mutex_init(&all[k].lock, NULL);
        pthread_cond_init(&all[k].came, NULL);
    }
    for (unsigned k = 0; k < l->members; k++) {
        m[k] = (member_thread){p, l, input, all, k, &runs[k], use, arg, k == odd};
        pthread_create(&thread[k], NULL, run_member, &m[k]);
    }
    for (unsigned k = 0; k < l->members; k++) pthread_join(thread[k], NULL);
    for (unsigned k = 0; k < l->members; k++) frame_queue_free(&all[k].frames);
    free(all);
    free(m);
    return runs;
}

member_run *run_members(const program *p, const launch *l, plain **input)
{
    return run_threads(p, l, input, NULL, NULL, l->members);
}

member_run *run_disagreeing(const program *p, const launch *l, plain **input, unsigned odd)
{
    return run_threads(p, l, input, NULL, NULL, odd);
}

void with_boxes(const program *p, const launch *l, void (*use)(abb *, unsigned, void *), void *arg)
{
    member_run *runs = run_threads(p, l, NULL, use, arg, l->members);
    for (unsigned k = 0; k < l->members; k++) cr_assert_eq(runs[k].st, OK, "%s", runs[k].err.text);
    members_free(runs, p, l);
}

void do_job(abb *base, opcode op, abb_lane *l)
{
    abb_job work = {op, l, 1};
    failure err = {0};
    cr_assert_eq(base->ops->begin(base, &work, &err), OK, "%s", err.text);
    cr_assert_eq(base->ops->finish(base, &err), OK, "%s", err.text);
}

void members_free(member_run *runs, const program *p, const launch *l)
{
    for (unsigned k = 0; k < l->members; k++) run_data_free(runs[k].data, p);
    free(runs);
}

/* --- comparing with the ideal run */

static uint64_t next_random(void)
{
    static _Thread_local uint64_t state = 88172645463325252u;
    state ^= state << 13, state ^= state >> 7, state ^= state << 17;
    return state;
}

void fill_input(const program *p, run_data *d, uint32_t input, unsigned bits, const num *edge,
                size_t edges)
{
    uint32_t members = p->party[p->input[input].party].size;
    size_t len = (size_t)p->input[input].dim[0];
    for (uint32_t m = 0; m < members; m++) {
        plain *x = &d->input[input][m];
        free(x->v);
        *x = (plain){.v = malloc((len + 1) * sizeof(num)), .len = len};
        for (size_t k = 0; k < len; k++) {
            unum r = (unum)next_random() << 64 | next_random();
            num v = (num)(bits ? r >> (128 - bits) : 0);
            x->v[k] = k < edges                                                ? edge[k]
                      : p->input[input].kind != KIND_BOOL && next_random() & 1 ? -v
                                                                               : v;
        }
    }
}

static void expect_output(const program *p, const launch *l, const member_run *run,
                          const run_data *ideal, unsigned self, uint32_t output)
{
    uint32_t party = p->output[output].party,
             members = party == PARTY_ALL ? 1 : p->party[party].size;
    for (uint32_t m = 0; m < members; m++) {
        const plain *got = &run->data->output[output][m], *want = &ideal->output[output][m];
        if (party != PARTY_ALL && l->home[party][m] != self) {
            cr_assert_null(got->v, "member %u learned output %u of another", self, output);
            continue;
        }
        cr_assert_eq(got->len, want->len);
        cr_assert_not_null(got->v);
        for (size_t k = 0; k < want->len; k++)
            cr_assert(got->v[k] == want->v[k],
                      "n=%u t=%u member %u output %u item %zu: %lld, in the ideal run %lld",
                      l->nodes, l->threshold, self, output, k, (long long)got->v[k],
                      (long long)want->v[k]);
    }
}

void expect_price(const program *p, const launch *l, const member_run *runs)
{
    cost c;
    failure err = {0};
    cr_assert_eq(cost_of(&c, p, l, &err), OK, "%s", err.text);
    for (unsigned k = 0; k < l->members; k++) {
        cr_assert_eq(c.rounds, runs[k].count.rounds);
        cr_assert_eq(c.bytes[k], runs[k].count.bytes_sent, "bytes of member %u", k);
        cr_assert_eq(c.multiplications, runs[k].cost.multiplications);
    }
    cost_free(&c);
}

void expect_as_ideal(const program *p, run_data *d, unsigned nodes, unsigned threshold,
                     bool owners_apart)
{
    expect_as_ideal_by(p, d, nodes, threshold, owners_apart, MULTIPLY_AUTO);
}

void expect_as_ideal_by(const program *p, run_data *d, unsigned nodes, unsigned threshold,
                        bool owners_apart, multiply_way way)
{
    launch *l = launch_for(p, nodes, threshold, owners_apart);
    l->multiply = way;
    expect_as_ideal_on(p, d, l);
    launch_free(l);
}

member_run *run_beside_ideal(const program *p, run_data *d, const launch *l)
{
    failure err = {0};
    abb *ideal = ideal_new(p);
    cr_assert_eq(interp_run(p, ideal, d, &err), OK, "%s", err.text);
    ideal_free(ideal);
    member_run *runs = run_members(p, l, d->input);
    for (unsigned k = 0; k < l->members; k++)
        cr_assert_eq(runs[k].st, OK, "n=%u member %u: %s", l->nodes, k, runs[k].err.text);
    return runs;
}

void expect_as_ideal_on(const program *p, run_data *d, const launch *l)
{
    member_run *runs = run_beside_ideal(p, d, l);
    for (unsigned k = 0; k < l->members; k++)
        for (uint32_t o = 0; o < p->outputs; o++) expect_output(p, l, &runs[k], d, k, o);
    expect_price(p, l, runs);
    members_free(runs, p, l);
}
