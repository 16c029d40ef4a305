/* Fuzzes the loader, the verifier, the disassembler and the interpreter: whatever loads must run on the ideal
 * box without a fault. Programs that ask for much memory or time are only loaded and listed. */
#include "vm/interp.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { SMALL = 1 << 18 };

/* Items that one instruction reads and writes, times the largest group. */
static uint64_t lane_work(const program *p, const instr *x, const lane *l, uint64_t group)
{
    uint64_t work = 1;
    for (uint32_t k = 0; k < l->ins; k++) work += reg_length(&p->reg[l->in[k]]) * group;
    for (uint32_t k = 0; k < l->outs; k++)
        work += l->out[k] == REG_NONE ? 1 : reg_length(&p->reg[l->out[k]]) * group;
    if (x->op == OP_MATMUL) work *= 1 + (uint64_t)l->imm[1];
    return work;
}

/* Without loops, whose rounds are checked apart. */
static uint64_t code_work(const program *p, uint64_t group)
{
    uint64_t work = 0, rounds = 1;
    for (uint32_t b = 0; b < p->blocks; b++) {
        for (uint32_t i = 0; i < p->block[b].len; i++) {
            const instr *x = &p->block[b].code[i];
            for (uint32_t k = 0; k < x->lanes && work < SMALL; k++)
                work += lane_work(p, x, &x->lane[k], group);
            bool repeats = x->op == OP_LOOP || x->op == OP_UNTIL;
            if (repeats && rounds < SMALL) rounds *= 1 + (uint64_t)x->lane[0].imm[0];
        }
    }
    return work < SMALL && rounds < SMALL ? work * rounds : SMALL;
}

static bool is_small(const program *p)
{
    uint64_t group = 1, ports = 0;
    for (uint32_t i = 0; i < p->parties; i++)
        if (p->party[i].size > group) group = p->party[i].size;
    for (uint32_t i = 0; i < p->inputs; i++) {
        const port_decl *in = &p->input[i];
        const reg r = {.rank = in->rank, .dim = {in->dim[0], in->dim[1], in->dim[2]}};
        ports += reg_length(&r) * group;
    }
    return ports + p->outputs * group < SMALL && code_work(p, group) < SMALL;
}

static status give_zeros(const program *p, run_data *d, failure *err)
{
    status st = OK;
    for (uint32_t i = 0; i < p->inputs; i++) {
        const port_decl *in = &p->input[i];
        const reg r = {.rank = in->rank, .dim = {in->dim[0], in->dim[1], in->dim[2]}};
        for (uint32_t m = 0; !st && m < p->party[in->party].size; m++) {
            plain *v = &d->input[i][m];
            if (!(st = plain_alloc(v, (size_t)reg_length(&r), 0, err)))
                memset(v->v, 0, v->len * sizeof *v->v);
        }
    }
    return st;
}

static void run(const program *p)
{
    failure err;
    run_data *d = run_data_new(p);
    abb *box = ideal_new(p);
    if (d && box && !give_zeros(p, d, &err)) interp_run(p, box, d, &err);
    ideal_free(box);
    run_data_free(d, p);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    program *p = NULL;
    failure err;
    if (program_load(&p, (slice){data, size}, &err)) return 0;
    buffer text = {0};
    program_disassemble(p, true, &text);
    buffer_free(&text);
    if (is_small(p)) run(p);
    program_free(p);
    return 0;
}
