/* Which bools a Shamir box holds as shares of bits, which as numbers, and which as both; see bit_values.h.
 *
 * A bool can be there in bits when what it is made of is: one pass after the other takes away those that cannot,
 * until nothing changes. What reads numbers then says which of them have to be numbers too. Inputs and draws,
 * which can be made either way, are bits where that spares a product of numbers. Inputs that come as numbers become
 * bits, by a comparison each, where that spares many. */
#include "runtime/bit_values.h"

#include <stdlib.h>

typedef struct forms {
    const program *p;
    const launch *launch;
    bool *can;    /* [registers] be there in bits */
    bool *number; /* is read as a number */
    bool *gains; /* is read by a gate whose result need not be a number, or is read so in its turn */
    bool *either;  /* is made as well one way as the other */
    bool converts; /* inputs that come as numbers */
    bool changed;
} forms;

/* Products of numbers that have to be spared for each bool that becomes a bit: an equality takes 23 bytes and 9 rounds at
 * n = 3 (more in active mode), a product 8 and one. */
enum { SPARED_LEAST = 8 };

static void set(forms *f, bool *what, uint32_t r, bool to)
{
    if (what[r] != to) what[r] = to, f->changed = true;
}

static bool is_secret_bool(const program *p, uint32_t r)
{
    return r != REG_NONE && p->reg[r].tag == TAG_SECRET && p->reg[r].kind == KIND_BOOL;
}

/* --- what lanes do */

/* Of bools alone, in bits as well as in numbers. */
static bool works_on_bits(opcode op)
{
    switch ((int)op) {
    case OP_VIEW:
    case OP_CAT:
    case OP_AT:
    case OP_NOT:
    case OP_AND:
    case OP_OR:
    case OP_XOR:
    case OP_MASK:
    case OP_SELECT: return true;
    default: return false;
    }
}

/* How many operands are bools that it computes with; the others are public places. */
static uint32_t bools_of(opcode op, const lane *l)
{
    return op == OP_AT ? 1 : l->ins;
}

static bool operand_can(const forms *f, uint32_t r)
{
    const reg *in = &f->p->reg[r];
    return in->kind == KIND_BOOL && (in->tag == TAG_PUBLIC || f->can[r]);
}

/* Whether anyone of the party has left. */
static bool is_absent(const program *p, const launch *l, uint32_t party)
{
    for (uint32_t m = 0; l->absent && m < p->party[party].size; m++)
        if (l->home[party][m] >= l->members) return true;
    return false;
}

/* Ranges of inputs are checked of numbers, and what absent owners have submitted is numbers. */
bool comes_as_number(const program *p, const launch *l, const lane *share)
{
    return l->active || is_absent(p, l, p->reg[share->in[0]].owner);
}

/* Outputs are delivered under masks that are numbers, and what waits for absent owners is numbers. */
bool opens_as_bits(const program *p, const launch *l, const lane *reveal)
{
    const uint32_t party = p->output[reveal->imm[0]].party;
    return !l->active && !(party == PARTY_ALL ? l->absent > 0 : is_absent(p, l, party));
}

static bool lane_can(const forms *f, opcode op, const lane *l)
{
    if (op == OP_LT || op == OP_EQ || op == OP_RANDOM) return true;
    if (op == OP_SHARE) return f->converts || !comes_as_number(f->p, f->launch, l);
    if (!works_on_bits(op)) return false;
    for (uint32_t k = 0; k < bools_of(op, l); k++)
        if (!operand_can(f, l->in[k])) return false;
    return true;
}

/* --- what control carries from register to register */

static void each_passed(forms *f, opcode op, const lane *l,
                        void (*passes)(forms *f, uint32_t from, uint32_t to))
{
    uint32_t body[2];
    const unsigned bodies = lane_blocks(op, l, body);

    for (unsigned m = 0; m < bodies; m++) {
        const block *b = &f->p->block[body[m]];
        for (uint32_t k = 0; k < l->outs; k++) {
            passes(f, b->out[k], l->out[k]);
            if (op == OP_IF) continue;
            passes(f, l->in[k], b->in[k]);
            passes(f, b->out[k], b->in[k]);
            passes(f, l->in[k], l->out[k]);
        }
    }
}

static void pass_can(forms *f, uint32_t from, uint32_t to)
{
    if (f->can[to] && !operand_can(f, from)) set(f, f->can, to, false);
}

static void pass_number(forms *f, uint32_t from, uint32_t to)
{
    if (f->number[to] || !f->can[to]) set(f, f->number, from, true);
}

static void pass_gain(forms *f, uint32_t from, uint32_t to)
{
    if (f->gains[to]) set(f, f->gains, from, true);
}

/* --- one lane, looked at for each question */

static void ask_can(forms *f, opcode op, const lane *l)
{
    uint32_t body[2];

    if (lane_blocks(op, l, body)) {
        each_passed(f, op, l, pass_can);
        return;
    }
    for (uint32_t k = 0; k < l->outs; k++)
        if (l->out[k] != REG_NONE && f->can[l->out[k]] && !lane_can(f, op, l))
            set(f, f->can, l->out[k], false);
}

static bool makes_bits(const forms *f, opcode op, const lane *l)
{
    return works_on_bits(op) && l->out[0] != REG_NONE && f->can[l->out[0]];
}

/* What is done alone is done to each form; what is sent for becomes a number after it. */
static void ask_number(forms *f, opcode op, const lane *l)
{
    uint32_t body[2];

    if (lane_blocks(op, l, body)) {
        each_passed(f, op, l, pass_number);
        return;
    }
    if (op == OP_SHARE && comes_as_number(f->p, f->launch, l)) set(f, f->number, l->out[0], true);
    bool spares = makes_bits(f, op, l) && (lane_communicates(f->p, op, l) || !f->number[l->out[0]]);
    if (op == OP_REVEAL) spares = operand_can(f, l->in[0]) && opens_as_bits(f->p, f->launch, l);
    for (uint32_t k = 0; !spares && k < l->ins; k++) set(f, f->number, l->in[k], true);
}

static void ask_gain(forms *f, opcode op, const lane *l)
{
    uint32_t body[2];

    if (lane_blocks(op, l, body)) {
        each_passed(f, op, l, pass_gain);
        return;
    }
    if (!makes_bits(f, op, l)) return;
    const uint32_t out = l->out[0];
    const bool gains = f->gains[out] || (lane_communicates(f->p, op, l) && !f->number[out]);
    for (uint32_t k = 0; gains && k < bools_of(op, l); k++) set(f, f->gains, l->in[k], true);
}

/* Asks until nothing changes any more. */
static void ask(forms *f, void (*one)(forms *f, opcode op, const lane *l))
{
    do {
        f->changed = false;
        for (uint32_t k = 0; k < f->p->blocks; k++)
            for (uint32_t i = 0; i < f->p->block[k].len; i++) {
                const instr *in = &f->p->block[k].code[i];
                for (uint32_t n = 0; n < in->lanes; n++) one(f, in->op, &in->lane[n]);
            }
    } while (f->changed);
}

/* --- inputs and draws */

static void find_either(forms *f)
{
    for (uint32_t k = 0; k < f->p->blocks; k++)
        for (uint32_t i = 0; i < f->p->block[k].len; i++) {
            const instr *in = &f->p->block[k].code[i];
            for (uint32_t n = 0; n < in->lanes; n++)
                if (in->op == OP_SHARE || in->op == OP_RANDOM) f->either[in->lane[n].out[0]] = true;
        }
}

/* Those that nothing is gained by become numbers; returns whether there were any. */
static bool settle(forms *f)
{
    bool any = false;

    for (uint32_t r = 0; r < f->p->regs; r++) {
        if (!f->can[r] || !f->either[r] || f->gains[r]) continue;
        f->can[r] = false, any = true;
    }
    return any;
}

static void find_forms(forms *f, bool converts)
{
    f->converts = converts;
    for (uint32_t r = 0; r < f->p->regs; r++) f->can[r] = is_secret_bool(f->p, r);
    do {
        for (uint32_t r = 0; r < f->p->regs; r++) f->number[r] = f->gains[r] = false;
        ask(f, ask_can);
        ask(f, ask_number);
        ask(f, ask_gain);
    } while (settle(f));
}

/* --- whether it pays to turn inputs into bits */

/* Items of all rounds: bools that gates make in bits, and inputs that have to become bits. */
typedef struct tally {
    double gates, inputs;
} tally;

static void count_block(const forms *f, uint32_t index, double times, tally *t)
{
    const block *b = &f->p->block[index];

    for (uint32_t i = 0; i < b->len; i++)
        for (uint32_t n = 0; n < b->code[i].lanes; n++) {
            const opcode op = b->code[i].op;
            const lane *l = &b->code[i].lane[n];
            uint32_t body[2];
            const unsigned bodies = lane_blocks(op, l, body);
            for (unsigned m = 0; m < bodies; m++)
                count_block(f, body[m], op == OP_IF ? times : times * (double)l->imm[0], t);
            if (bodies || !l->outs || l->out[0] == REG_NONE || !f->can[l->out[0]]) continue;
            const double items = times * (double)reg_length(&f->p->reg[l->out[0]]);
            if (makes_bits(f, op, l) && lane_communicates(f->p, op, l)) t->gates += items;
            if (op == OP_SHARE && comes_as_number(f->p, f->launch, l)) t->inputs += items;
        }
}

static tally count_gates(const forms *f)
{
    tally t = {0, 0};
    count_block(f, 0, 1, &t); /* NESTING_MAX deep at most */
    return t;
}

static void find_best_forms(forms *f)
{
    find_either(f);
    find_forms(f, true);
    const tally with = count_gates(f);
    if (with.inputs == 0) return;
    find_forms(f, false);
    const tally without = count_gates(f);
    if (with.gates - without.gates >= SPARED_LEAST * with.inputs) find_forms(f, true);
}

uint8_t *value_forms(const program *p, const launch *l)
{
    const size_t regs = p->regs + (size_t)1;
    bool *all = calloc(4 * regs, sizeof *all);
    uint8_t *form = calloc(regs, 1);

    if (all && form) {
        forms f = {.p = p,
                   .launch = l,
                   .can = all,
                   .number = all + regs,
                   .gains = all + 2 * regs,
                   .either = all + 3 * regs};
        find_best_forms(&f);
        for (uint32_t r = 0; r < p->regs; r++)
            form[r] = f.can[r] ? IN_BITS | (f.number[r] ? IN_FIELD : 0) : IN_FIELD;
        free(all);
        return form;
    }
    free(all);
    free(form);
    return NULL;
}
