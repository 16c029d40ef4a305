/* The interpreter: walks a verified program level by level, computes public and owned values itself, hands
 * what is secret to the box, and lets every value die at its last use. */
#include "vm/interp.h"

#include <stdlib.h>
#include <string.h>

/* What registers refer to. A value that several registers name (a loop's operand and the loop's own input)
 * is held once and counted. */
typedef struct cell {
    size_t refs;
    void *secret;    /* when the register is secret */
    uint32_t clears; /* else: one plain, or one for each member of the owning group */
    plain clear[];
} cell;

typedef struct machine {
    const program *p;
    abb *box;
    run_data *data;
    failure *err;
    const interp_watcher *watcher; /* NULL: nobody */
    cell **reg;                    /* what each register holds now */
    uint32_t *next_dead;           /* chains registers that die together; REG_NONE ends a chain */
    uint32_t **dead; /* [block][instruction]: first register that dies after it; [len] at the end */
    int64_t round;   /* of the loop around; 0 outside */
} machine;

/* --- cells */

static uint32_t copies_of(const program *p, const reg *r)
{
    return r->tag == TAG_OWNED ? p->party[r->owner].size : 1;
}

static cell *cell_new(uint32_t clears)
{
    cell *c = calloc(1, sizeof *c + clears * sizeof c->clear[0]);
    if (c) {
        c->refs = 1;
        c->clears = clears;
    }
    return c;
}

static void cell_drop(const machine *vm, cell *c)
{
    if (!c || --c->refs) return;
    for (uint32_t k = 0; k < c->clears; k++) plain_free(&c->clear[k]);
    vm->box->ops->release(vm->box, c->secret);
    free(c);
}

/* The register now names c, whose reference it takes over. */
static void bind(machine *vm, uint32_t r, cell *c)
{
    cell_drop(vm, vm->reg[r]);
    vm->reg[r] = c;
}

static cell *share_cell(const machine *vm, uint32_t r)
{
    vm->reg[r]->refs++;
    return vm->reg[r];
}

/* --- who dies where. The life of a register ends in its own block: a use inside a block counts as a use by the
 * instruction that runs it, for the next round needs it again, and the other way that an IF goes may not use it. */

typedef struct liveness {
    uint32_t *home; /* [register] the block that writes it */
    uint32_t *last; /* [register] the instruction of that block that uses it last */
    uint32_t *now;  /* [block] the instruction that is being looked at */
} liveness;

static void note_write(liveness *v, uint32_t r, uint32_t b, uint32_t i)
{
    if (r != REG_NONE) {
        v->home[r] = b;
        v->last[r] = i;
    }
}

static void note_block(const program *p, liveness *v, uint32_t b);

static void note_lane(const program *p, liveness *v, uint32_t b, uint32_t i, const lane *l, opcode op)
{
    uint32_t body[2];
    unsigned bodies = lane_blocks(op, l, body);
    for (uint32_t k = 0; k < l->ins; k++) v->last[l->in[k]] = v->now[v->home[l->in[k]]];
    for (uint32_t k = 0; k < l->outs; k++) note_write(v, l->out[k], b, i);
    for (unsigned m = 0; m < bodies; m++) {
        const block *inner = &p->block[body[m]];
        for (uint32_t k = 0; k < inner->ins; k++) note_write(v, inner->in[k], body[m], 0);
        note_block(p, v, body[m]); /* NESTING_MAX deep at most */
    }
}

static void note_block(const program *p, liveness *v, uint32_t b)
{
    const block *code = &p->block[b];
    for (uint32_t i = 0; i < code->len; i++) {
        v->now[b] = i;
        const instr *x = &code->code[i];
        for (uint32_t k = 0; k < x->lanes; k++) note_lane(p, v, b, i, &x->lane[k], x->op);
    }
    v->now[b] = code->len;
    for (uint32_t k = 0; k < code->outs; k++) v->last[code->out[k]] = v->now[v->home[code->out[k]]];
}

static status chain_dead(machine *vm, const liveness *v)
{
    for (uint32_t b = 0; b < vm->p->blocks; b++) {
        size_t len = (size_t)vm->p->block[b].len + 1;
        vm->dead[b] = malloc(len * sizeof **vm->dead);
        if (!vm->dead[b]) return fail_memory(vm->err);
        memset(vm->dead[b], 0xff, len * sizeof **vm->dead); /* REG_NONE */
    }
    for (uint32_t r = 0; r < vm->p->regs; r++) {
        if (v->home[r] == UINT32_MAX) continue;
        uint32_t *chain = &vm->dead[v->home[r]][v->last[r]];
        vm->next_dead[r] = *chain;
        *chain = r;
    }
    return OK;
}

static status find_deaths(machine *vm)
{
    const program *p = vm->p;
    liveness v = {
        .home = malloc((p->regs + (size_t)1) * sizeof *v.home),
        .last = calloc(p->regs + (size_t)1, sizeof *v.last),
        .now = calloc(p->blocks + (size_t)1, sizeof *v.now),
    };
    status st = OK;
    if (v.home && v.last && v.now) {
        memset(v.home, 0xff, (p->regs + (size_t)1) * sizeof *v.home);
        note_block(p, &v, 0);
        st = chain_dead(vm, &v);
    } else {
        st = fail_memory(vm->err);
    }
    free(v.home);
    free(v.last);
    free(v.now);
    return st;
}

static void bury(machine *vm, uint32_t b, uint32_t i)
{
    for (uint32_t r = vm->dead[b][i]; r != REG_NONE; r = vm->next_dead[r]) {
        const cell *c = vm->reg[r];
        if (vm->watcher && vm->watcher->see && c)
            vm->watcher->see(vm->watcher->user, r, c->secret, c->clear, c->clears);
        bind(vm, r, NULL);
    }
}

/* --- values in the clear */

static bool holds(const machine *vm, const reg *r, uint32_t member)
{
    return r->tag == TAG_PUBLIC || vm->box->ops->holds(vm->box, r->owner, member);
}

/* The operand's value for one member: what is public is the same for all. */
static plain clear_of(const machine *vm, uint32_t r, uint32_t member)
{
    const cell *c = vm->reg[r];
    return vm->p->reg[r].tag == TAG_OWNED ? c->clear[member] : c->clear[0];
}

/* Gives each result register of the lane an empty cell. */
static status empty_results(machine *vm, const lane *l)
{
    for (uint32_t k = 0; k < l->outs; k++) {
        if (l->out[k] == REG_NONE) continue;
        const reg *r = &vm->p->reg[l->out[k]];
        cell *c = cell_new(copies_of(vm->p, r));
        if (!c) return fail_memory(vm->err);
        for (uint32_t m = 0; m < c->clears; m++) c->clear[m].len = (size_t)reg_length(r);
        bind(vm, l->out[k], c);
    }
    return OK;
}

/* Copies the owner's own data in, as wide as the program's values are. */
static status take_input(machine *vm, const lane *l, uint32_t member)
{
    const port_decl *port = &vm->p->input[l->imm[0]];
    const reg *r = &vm->p->reg[l->out[0]];
    const plain *given = &vm->data->input[l->imm[0]][member];
    uint64_t most = reg_length(r), rows = r->open ? most / r->dim[r->rank - 1] : most;
    if (given->len > most || given->len % rows || (!r->open && given->len != most) ||
        (given->len && !given->v)) {
        fail(vm->err, E_DATA, "", "no data of the right length for `%s`", port->name);
        fail_place(vm->err, vm->p, port->at);
        return E_DATA;
    }
    plain *to = &vm->reg[l->out[0]]->clear[member];
    return plain_convert(to, given, vm->p->extra, vm->err);
}

/* The member's row of a public value. */
static status take_part(machine *vm, const lane *l, uint32_t member)
{
    plain *to = &vm->reg[l->out[0]]->clear[member];
    size_t len = (size_t)reg_length(&vm->p->reg[l->out[0]]);
    const plain whole = clear_of(vm, l->in[0], member);
    return plain_copy(to, &whole, member * len, len, vm->err);
}

/* What all have learned. */
static status take_told(machine *vm, const lane *l)
{
    const plain *told = &vm->data->output[l->imm[0]][0];
    plain *to = &vm->reg[l->out[0]]->clear[0];
    return plain_copy(to, told, 0, told->len, vm->err);
}

/* Computes a lane for one member of the owner, or once when the result is public. */
static status eval_member(machine *vm, opcode op, const lane *l, uint32_t member)
{
    if (op == OP_INPUT) return take_input(vm, l, member);
    if (op == OP_PART) return take_part(vm, l, member);
    if (op == OP_TOLD) return take_told(vm, l);
    plain *x = calloc((size_t)l->ins + l->outs + 1, sizeof *x), *out = x + l->ins;
    if (!x) return fail_memory(vm->err);
    for (uint32_t k = 0; k < l->ins; k++) x[k] = clear_of(vm, l->in[k], member);
    status st = plain_eval(vm->p, op, l, out, x, vm->err);
    for (uint32_t k = 0; !st && k < l->outs; k++)
        if (l->out[k] != REG_NONE) vm->reg[l->out[k]]->clear[member] = out[k];
    free(x);
    return st;
}

static uint32_t first_result(const lane *l)
{
    return l->out[0] != REG_NONE ? l->out[0] : l->out[1];
}

static status eval_clear(machine *vm, opcode op, const lane *l)
{
    status st = empty_results(vm, l);
    const reg *r = &vm->p->reg[first_result(l)];
    uint32_t members = copies_of(vm->p, r);
    for (uint32_t m = 0; !st && !vm->box->ops->dry && m < members; m++)
        if (holds(vm, r, m)) st = eval_member(vm, op, l, m);
    return st;
}

/* --- outputs */

/* Room for an output where it is learned: 0 in the rows that no round will reveal. */
static status make_output(machine *vm, plain *to, size_t len, bool learned)
{
    to->len = len;
    if (!learned || to->v) return OK;
    status st = plain_alloc(to, len, vm->p->extra, vm->err);
    if (!st) memset(to->v, 0, len * item_size(to->extra));
    return st;
}

/* Copies to the output, or to one of its rows, what this process learns of it; `told` has the items of all
 * members. */
static status store_output(machine *vm, const lane *l, plain told)
{
    const port_decl *port = &vm->p->output[l->imm[0]];
    const reveal_form form = lane_reveal(l);
    uint32_t members = port->party == PARTY_ALL ? 1 : vm->p->party[port->party].size;
    size_t each = told.len / members, rows = form.by_row ? (size_t)output_rows(port) : 1;
    size_t at = form.by_row ? (size_t)(form.row + vm->round) * each : 0;
    for (uint32_t m = 0; m < members; m++) {
        plain *to = &vm->data->output[l->imm[0]][m];
        bool learns = port->party == PARTY_ALL || vm->box->ops->holds(vm->box, port->party, m);
        status st = make_output(vm, to, each * rows, learns && told.v);
        if (st) return st;
        if (learns && told.v)
            memcpy(item_words(to->v, at, to->extra), item_words(told.v, m * each, told.extra),
                   each * item_size(told.extra));
    }
    return OK;
}

/* Stores a revealed value; its register takes the memory over. */
static status keep_revealed(machine *vm, const lane *l, plain *whole)
{
    whole->len = (size_t)reg_length(&vm->p->reg[l->in[0]]);
    /* Late public work: what was opened is divided in the clear. */
    const reveal_form form = lane_reveal(l);
    if (form.divides) plain_scale(whole, form.scale, form.divisor);
    status st = store_output(vm, l, *whole);
    if (st || l->out[0] == REG_NONE) return st;
    if ((st = empty_results(vm, l))) return st;
    vm->reg[l->out[0]]->clear[0] = *whole;
    *whole = (plain){0};
    return OK;
}

/* What is public already only has to be written down. */
static status reveal_public(machine *vm, const lane *l)
{
    const plain *known = &vm->reg[l->in[0]]->clear[0];
    plain copy = {.len = known->len};
    status st = known->v ? plain_copy(&copy, known, 0, known->len, vm->err) : OK;
    if (!st) st = keep_revealed(vm, l, &copy);
    plain_free(&copy);
    return st;
}

/* --- jobs for the box */

static value value_of(const machine *vm, uint32_t r, uint32_t member)
{
    value v = {.type = &vm->p->reg[r]};
    if (v.type->tag == TAG_SECRET)
        v.secret = vm->reg[r]->secret;
    else
        v.clear = clear_of(vm, r, member);
    return v;
}

static size_t operand_count(const program *p, opcode op, const lane *l)
{
    return op == OP_SHARE ? copies_of(p, &p->reg[l->in[0]]) : l->ins;
}

static status job_lane(const machine *vm, opcode op, const lane *l, abb_lane *to)
{
    size_t ins = operand_count(vm->p, op, l);
    value *v = calloc(ins + l->outs + 1, sizeof *v);
    if (!v) return fail_memory(vm->err);
    *to = (abb_lane){.code = l, .in = v, .out = v + ins, .ins = ins, .outs = l->outs};
    for (size_t k = 0; k < ins; k++)
        v[k] = op == OP_SHARE ? value_of(vm, l->in[0], (uint32_t)k) : value_of(vm, l->in[k], 0);
    for (uint32_t k = 0; k < l->outs; k++)
        if (l->out[k] != REG_NONE)
            to->out[k].type = &vm->p->reg[l->out[k]];
        else if (op == OP_REVEAL)
            to->out[k].type = &vm->p->reg[l->in[0]];
    return OK;
}

/* Binds the lane's results to their registers; the job does not own them any longer. */
static status keep_results(machine *vm, opcode op, abb_lane *done)
{
    if (op == OP_REVEAL) return keep_revealed(vm, done->code, &done->out[0].clear);
    for (size_t k = 0; k < done->outs; k++) {
        if (done->code->out[k] == REG_NONE) continue;
        cell *c = cell_new(0);
        if (!c) return fail_memory(vm->err);
        c->secret = done->out[k].secret;
        done->out[k].secret = NULL;
        bind(vm, done->code->out[k], c);
    }
    return OK;
}

static status job_keep(machine *vm, abb_job *job)
{
    status st = OK;
    for (size_t i = 0; !st && i < job->lanes; i++) st = keep_results(vm, job->op, &job->lane[i]);
    return st;
}

/* Frees the job, and results that were not kept. */
static void job_free(const machine *vm, abb_job *job)
{
    for (size_t i = 0; i < job->lanes; i++) {
        abb_lane *l = &job->lane[i];
        for (size_t k = 0; k < l->outs; k++) {
            vm->box->ops->release(vm->box, l->out[k].secret);
            plain_free(&l->out[k].clear);
        }
        free(l->in);
    }
    free(job->lane);
    *job = (abb_job){0};
}

static status job_add(const machine *vm, abb_job *job, const instr *x, const lane *l)
{
    job->op = x->op;
    if (!job->lane && !(job->lane = calloc(x->lanes, sizeof *job->lane)))
        return fail_memory(vm->err);
    status st = job_lane(vm, x->op, l, &job->lane[job->lanes]);
    job->lanes += !st;
    return st;
}

/* --- one level */

static bool is_clear(const program *p, opcode op, const lane *l)
{
    if (op == OP_SHARE) return false;
    if (op == OP_REVEAL) return p->reg[l->in[0]].tag == TAG_PUBLIC;
    return p->reg[first_result(l)].tag != TAG_SECRET;
}

/* Does the lanes of x that need no message, at once; those that do become *begun. */
static status start_instr(machine *vm, const instr *x, abb_job *begun)
{
    abb_job local = {0};
    status st = OK;
    for (uint32_t i = 0; !st && i < x->lanes; i++) {
        const lane *l = &x->lane[i];
        if (!is_clear(vm->p, x->op, l))
            st = job_add(vm, lane_communicates(vm->p, x->op, l) ? begun : &local, x, l);
        else if (x->op == OP_REVEAL)
            st = reveal_public(vm, l);
        else
            st = eval_clear(vm, x->op, l);
    }
    if (!st && local.lanes && !(st = vm->box->ops->run(vm->box, &local, vm->err)))
        st = job_keep(vm, &local);
    job_free(vm, &local);
    if (!st && begun->lanes) st = vm->box->ops->begin(vm->box, begun, vm->err);
    return st;
}

/* Runs instructions that begin together. */
static status run_level(machine *vm, const instr *x, uint32_t count)
{
    abb_job *job = calloc(count, sizeof *job);
    if (!job) return fail_memory(vm->err);
    status st = OK;
    bool waits = false;
    for (uint32_t i = 0; !st && i < count; i++) {
        st = start_instr(vm, &x[i], &job[i]);
        waits |= job[i].lanes > 0;
    }
    if (!st && waits) st = vm->box->ops->finish(vm->box, vm->err);
    for (uint32_t i = 0; !st && i < count; i++) st = job_keep(vm, &job[i]);
    for (uint32_t i = 0; i < count; i++) job_free(vm, &job[i]);
    free(job);
    return st;
}

/* --- blocks that are run by others */

/* A public value enters a secret place: the box sees the identity view of it. */
static status lift(machine *vm, uint32_t from, uint32_t to, place at, cell **out)
{
    int64_t imm[] = {0, (int64_t)reg_length(&vm->p->reg[from]), 1};
    lane identity = {.out = &to, .in = &from, .imm = imm, .outs = 1, .ins = 1, .imms = 3, .at = at};
    instr view = {.op = OP_VIEW, .lanes = 1, .lane = &identity};
    abb_job job = {0};
    cell *c = cell_new(0);
    status st = c ? job_add(vm, &job, &view, &identity) : fail_memory(vm->err);
    if (!st && !(st = vm->box->ops->run(vm->box, &job, vm->err))) {
        c->secret = job.lane[0].out[0].secret;
        job.lane[0].out[0].secret = NULL;
    }
    job_free(vm, &job);
    if (st)
        free(c);
    else
        *out = c;
    return st;
}

/* Binds to[k] to what from[k] holds, all at the same time: they may be the same registers. What lived to the
 * end of the block dies in between. */
static status pass(machine *vm, const uint32_t *from, const uint32_t *to, const lane *by,
                   uint32_t index)
{
    uint32_t count = by->outs;
    cell **moved = calloc((size_t)count + 1, sizeof *moved);
    if (!moved) return fail_memory(vm->err);
    status st = OK;
    for (uint32_t k = 0; !st && k < count; k++) {
        if (vm->p->reg[from[k]].tag == vm->p->reg[to[k]].tag)
            moved[k] = share_cell(vm, from[k]);
        else
            st = lift(vm, from[k], to[k], by->at, &moved[k]);
    }
    if (!st) bury(vm, index, vm->p->block[index].len);
    for (uint32_t k = 0; k < count; k++) {
        if (st)
            cell_drop(vm, moved[k]);
        else
            bind(vm, to[k], moved[k]);
    }
    free(moved);
    return st;
}

static status run_block(machine *vm, uint32_t index);

/* A public bool. On a dry box nothing is: it never ends a loop. */
static bool is_true(const machine *vm, uint32_t r)
{
    const plain *b = &vm->reg[r]->clear[0];
    return b->v && b->v[0];
}

/* Rounds from vm->round on, as many as there are, or until a round says that it was the last. */
static status run_rounds(machine *vm, const lane *l, bool until, int64_t rounds,
                         const uint32_t **state, bool *over)
{
    uint32_t index = (uint32_t)l->imm[1];
    const block *body = &vm->p->block[index];
    const abb_ops *ops = vm->box->ops;
    abb_turns *seen = NULL;
    status st = OK;
    for (; !st && !*over && vm->round < rounds; vm->round++) {
        vm->box->turn = vm->round + 1, vm->box->turns = l->imm[0];
        st = pass(vm, *state, body->in, l, index);
        if (!st) st = run_block(vm, index);
        if (!st && until) *over = is_true(vm, body->out[l->outs]);
        *state = body->out;
        if (!st && ops->repeat) vm->round += ops->repeat(vm->box, &seen, rounds - vm->round - 1);
    }
    if (seen) ops->repeat(vm->box, &seen, 0);
    return st;
}

/* The rounds after the first of an UNTIL: on a dry box all of them, for that is the most that can happen. */
static status run_more(machine *vm, const lane *l, const uint32_t **state, bool *over)
{
    const abb_ops *ops = vm->box->ops;
    abb_fork *fork = NULL;
    status st = ops->fork ? ops->fork(vm->box, &fork, vm->err) : OK;
    if (!st) st = run_rounds(vm, l, true, l->imm[0], state, over);
    if (fork && ops->dry) ops->other(vm->box, fork);
    if (fork) ops->join(vm->box, fork);
    return st;
}

static status run_loop(machine *vm, const lane *l, bool until)
{
    const int64_t around = vm->round, turn = vm->box->turn, turns = vm->box->turns;
    const uint32_t *state = l->in;
    bool over = false;
    vm->round = 0;
    status st = run_rounds(vm, l, until, until && l->imm[0] ? 1 : l->imm[0], &state, &over);
    if (!st && until && l->imm[0] > 1) st = run_more(vm, l, &state, &over);
    if (st) return st; /* who reports it sees where it was */
    vm->round = around, vm->box->turn = turn, vm->box->turns = turns;
    return pass(vm, state, l->out, l, (uint32_t)l->imm[1]);
}

/* Runs one of the two blocks and gives its results to the lane's. */
static status run_way(machine *vm, const lane *l, unsigned which)
{
    uint32_t index = (uint32_t)l->imm[which];
    status st = run_block(vm, index);
    return st ? st : pass(vm, vm->p->block[index].out, l->out, l, index);
}

/* On a dry box both blocks run, one after the other: it keeps what the dearer costs. */
static status run_if(machine *vm, const lane *l)
{
    const abb_ops *ops = vm->box->ops;
    const bool both = ops->dry, second = !both && !is_true(vm, l->in[0]);
    abb_fork *fork = NULL;
    status st = ops->fork ? ops->fork(vm->box, &fork, vm->err) : OK;
    if (!st && !second) st = run_way(vm, l, 0);
    if (fork && (both || second)) ops->other(vm->box, fork);
    if (!st && (both || second)) st = run_way(vm, l, 1);
    if (fork) ops->join(vm->box, fork);
    return st;
}

static status run_control(machine *vm, opcode op, const lane *l)
{
    return op == OP_IF ? run_if(vm, l) : run_loop(vm, l, op == OP_UNTIL);
}

static status look_around(const machine *vm)
{
    const interp_watcher *w = vm->watcher;
    if (!w || !w->go_on || w->go_on(w->user)) return OK;
    return fail(vm->err, E_CANCELLED, "", "cancelled");
}

static status run_block(machine *vm, uint32_t index)
{
    const block *b = &vm->p->block[index];
    status st = OK;
    if (vm->watcher && vm->watcher->enter) vm->watcher->enter(vm->watcher->user, index);
    for (uint32_t i = 0, next; !st && i < b->len; i = next) {
        if ((st = look_around(vm))) break;
        next = i + 1;
        while (next < b->len && b->code[next].together) next++;
        const lane *first = &b->code[i].lane[0];
        uint32_t body[2];
        if (lane_blocks(b->code[i].op, first, body))
            st = run_control(vm, b->code[i].op, first);
        else
            st = run_level(vm, &b->code[i], next - i);
        for (uint32_t k = i; !st && k < next; k++) bury(vm, index, k);
    }
    return st;
}

/* --- from start to end */

static status machine_open(machine *vm)
{
    const program *p = vm->p;
    vm->reg = calloc(p->regs + (size_t)1, sizeof(cell *));
    vm->next_dead = calloc(p->regs + (size_t)1, sizeof *vm->next_dead);
    vm->dead = calloc(p->blocks + (size_t)1, sizeof *vm->dead);
    if (!vm->reg || !vm->next_dead || !vm->dead) return fail_memory(vm->err);
    return find_deaths(vm);
}

static void machine_close(machine *vm)
{
    for (uint32_t r = 0; vm->reg && r < vm->p->regs; r++) bind(vm, r, NULL);
    for (uint32_t b = 0; vm->dead && b < vm->p->blocks; b++) free(vm->dead[b]);
    free(vm->reg);
    free(vm->next_dead);
    free(vm->dead);
}

static uint32_t port_members(const program *p, const port_decl *port)
{
    return port->party == PARTY_ALL ? 1 : p->party[port->party].size;
}

/* Nothing has been learned yet. */
static void forget_outputs(const program *p, run_data *data)
{
    for (uint32_t i = 0; i < p->outputs; i++)
        for (uint32_t m = 0; m < port_members(p, &p->output[i]); m++)
            plain_free(&data->output[i][m]);
}

status interp_run(const program *p, abb *box, run_data *data, failure *err)
{
    return interp_run_watched(p, box, data, NULL, err);
}

status interp_run_watched(const program *p, abb *box, run_data *data, const interp_watcher *watcher,
                          failure *err)
{
    machine vm = {.p = p, .box = box, .data = data, .err = err, .watcher = watcher};
    forget_outputs(p, data);
    status st = machine_open(&vm);
    if (!st) st = run_block(&vm, 0);
    machine_close(&vm);
    return st;
}

/* --- the data of a run */

static plain **ports_new(const program *p, const port_decl *port, uint32_t ports)
{
    plain **all = calloc((size_t)ports + 1, sizeof *all);
    for (uint32_t i = 0; all && i < ports; i++)
        all[i] = calloc(port_members(p, &port[i]), sizeof **all);
    return all;
}

static bool ports_whole(plain *const *all, uint32_t ports)
{
    for (uint32_t i = 0; all && i < ports; i++)
        if (!all[i]) return false;
    return all;
}

static void ports_free(plain **all, const program *p, const port_decl *port, uint32_t ports)
{
    for (uint32_t i = 0; all && i < ports; i++) {
        for (uint32_t m = 0; all[i] && m < port_members(p, &port[i]); m++) plain_free(&all[i][m]);
        free(all[i]);
    }
    free(all);
}

run_data *run_data_new(const program *p)
{
    run_data *d = calloc(1, sizeof *d);
    if (!d) return NULL;
    d->input = ports_new(p, p->input, p->inputs);
    d->output = ports_new(p, p->output, p->outputs);
    if (ports_whole(d->input, p->inputs) && ports_whole(d->output, p->outputs)) return d;
    run_data_free(d, p);
    return NULL;
}

void run_data_free(run_data *d, const program *p)
{
    if (!d) return;
    ports_free(d->input, p, p->input, p->inputs);
    ports_free(d->output, p, p->output, p->outputs);
    free(d);
}
