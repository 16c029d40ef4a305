/* Builds small programs by hand for the tests of vm. */
#include "build.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

enum { ROOM = 64 };

program *build_new(void)
{
    static jmp_buf oom;
    program *p = calloc(1, sizeof *p);
    cr_assert_not_null(p);
    p->mem.oom = &oom;
    if (setjmp(oom)) cr_assert_fail("out of memory");
    p->edition = 1;
    p->precision = 20;
    p->field_bits = 61;
    p->party = arena_alloc(&p->mem, ROOM * sizeof *p->party);
    p->param = arena_alloc(&p->mem, ROOM * sizeof *p->param);
    p->input = arena_alloc(&p->mem, ROOM * sizeof *p->input);
    p->output = arena_alloc(&p->mem, ROOM * sizeof *p->output);
    p->constant = arena_alloc(&p->mem, ROOM * sizeof *p->constant);
    p->reg = arena_alloc(&p->mem, ROOM * sizeof *p->reg);
    p->block = arena_alloc(&p->mem, 2 * ROOM * sizeof *p->block);
    build_block(p, 0);
    return p;
}

uint32_t build_party(program *p, const char *name, uint32_t members)
{
    p->party[p->parties] = (party_decl){.name = arena_strndup(&p->mem, name, strlen(name)),
                                        .group = members > 0,
                                        .size = members ? members : 1};
    return p->parties++;
}

static port_decl port(program *p, const char *name, uint32_t party, const reg *shape)
{
    port_decl d = {.name = arena_strndup(&p->mem, name, strlen(name)),
                   .party = party,
                   .kind = shape->kind,
                   .rank = shape->rank,
                   .open = shape->open,
                   .lo = shape->lo,
                   .hi = shape->hi};
    memcpy(d.dim, shape->dim, sizeof d.dim);
    return d;
}

uint32_t build_input(program *p, const char *name, uint32_t party, const reg *shape)
{
    p->input[p->inputs] = port(p, name, party, shape);
    return p->inputs++;
}

uint32_t build_output(program *p, const char *name, uint32_t party, const reg *shape)
{
    p->output[p->outputs] = port(p, name, party, shape);
    return p->outputs++;
}

uint32_t build_block(program *p, uint32_t parent)
{
    p->block[p->blocks] =
        (block){.parent = parent, .code = arena_alloc(&p->mem, ROOM * sizeof *p->block->code)};
    return p->blocks++;
}

uint32_t build_reg(program *p, const reg *r)
{
    cr_assert(p->regs < ROOM);
    p->reg[p->regs] = *r;
    return p->regs++;
}

uint32_t build_constant(program *p, const num *v, uint64_t len)
{
    num *copy = arena_alloc(&p->mem, (size_t)len * sizeof *copy);
    memcpy(copy, v, (size_t)len * sizeof *copy);
    p->constant[p->constants] = (constant){.v = copy, .len = len};
    return p->constants++;
}

static void *copied(program *p, const void *from, size_t size)
{
    return size ? memcpy(arena_alloc(&p->mem, size), from, size) : arena_alloc(&p->mem, 0);
}

instr *build_instr(program *p, uint32_t block_index, opcode op, const uint32_t *out, uint32_t outs,
                   const uint32_t *in, uint32_t ins, const int64_t *imm, uint32_t imms)
{
    block *b = &p->block[block_index];
    instr *x = &b->code[b->len++];
    cr_assert(b->len <= ROOM);
    *x = (instr){.op = (uint8_t)op, .lanes = 1, .lane = arena_alloc(&p->mem, ROOM * sizeof *x->lane)};
    x->lane[0] = (lane){.out = copied(p, out, outs * sizeof *out),
                        .in = copied(p, in, ins * sizeof *in),
                        .imm = copied(p, imm, imms * sizeof *imm),
                        .outs = outs,
                        .ins = ins,
                        .imms = imms,
                        .at = {b->len, 1}};
    return x;
}

uint32_t build(program *p, uint32_t block_index, opcode op, const reg *as, const uint32_t *in,
               uint32_t ins, const int64_t *imm, uint32_t imms)
{
    uint32_t r = build_reg(p, as);
    build_instr(p, block_index, op, &r, 1, in, ins, imm, imms);
    return r;
}

uint32_t build_lane(program *p, uint32_t block_index, const reg *as, const uint32_t *in, uint32_t ins)
{
    instr *x = &p->block[block_index].code[p->block[block_index].len - 1];
    uint32_t r = build_reg(p, as);
    x->lane[x->lanes++] = (lane){.out = copied(p, &r, sizeof r),
                                 .in = copied(p, in, ins * sizeof *in),
                                 .imm = arena_alloc(&p->mem, 0),
                                 .outs = 1,
                                 .ins = ins};
    return r;
}

status build_run(const program *p, run_data *data, failure *err)
{
    status st = program_verify(p, err);
    if (st) return st;
    abb *box = ideal_new(p);
    cr_assert_not_null(box);
    st = interp_run(p, box, data, err);
    ideal_free(box);
    return st;
}

void build_give(run_data *data, uint32_t input, uint32_t member, const num *v, size_t len)
{
    failure err;
    cr_assert_eq(plain_alloc(&data->input[input][member], len, 0, &err), OK);
    if (len) memcpy(data->input[input][member].v, v, len * sizeof *v);
}

/* --- how much a program asks for */

enum { SMALL = 1 << 20 };

/* Work of one round of a block, those it runs included; more than SMALL counts as SMALL. */
static uint64_t block_work(const program *p, uint32_t index, uint64_t group)
{
    const block *b = &p->block[index];
    uint64_t work = 1;
    for (uint32_t i = 0; i < b->len && work < SMALL; i++) {
        const instr *x = &b->code[i];
        for (uint32_t k = 0; k < x->lanes && work < SMALL; k++) {
            const lane *l = &x->lane[k];
            for (uint32_t m = 0; m < l->outs; m++)
                work += l->out[m] == REG_NONE ? 1 : reg_length(&p->reg[l->out[m]]) * group;
            if (x->op == OP_MATMUL)
                work += (uint64_t)l->imm[0] * (uint64_t)l->imm[2] * ((uint64_t)l->imm[1] % SMALL);
            uint32_t body[2];
            uint64_t rounds = x->op == OP_IF ? 1 : (uint64_t)l->imm[0];
            for (unsigned m = lane_blocks(x->op, l, body); m-- > 0;) {
                uint64_t each = block_work(p, body[m], group);
                work += each < SMALL && rounds < SMALL ? each * rounds : SMALL;
            }
        }
    }
    return work < SMALL ? work : SMALL;
}

bool build_is_small(const program *p)
{
    uint64_t group = 1, given = 0;
    for (uint32_t i = 0; i < p->parties; i++)
        group = p->party[i].size > group ? p->party[i].size : group;
    for (uint32_t i = 0; i < p->regs; i++) given += reg_length(&p->reg[i]) * group;
    for (uint32_t i = 0; i < p->inputs + p->outputs; i++) {
        const port_decl *d = i < p->inputs ? &p->input[i] : &p->output[i - p->inputs];
        const reg shape = {.rank = d->rank, .dim = {d->dim[0], d->dim[1], d->dim[2]}};
        given += reg_length(&shape) * group;
    }
    return given < SMALL && block_work(p, 0, group) < SMALL;
}

/* --- mutations */

static uint32_t draw(uint64_t *state, size_t below)
{
    *state = *state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (uint32_t)((*state >> 33) % below);
}

static void run_with_zeros(const program *p)
{
    failure err;
    run_data *d = run_data_new(p);
    cr_assert_not_null(d);
    for (uint32_t i = 0; i < p->inputs; i++) {
        const port_decl *in = &p->input[i];
        const reg r = {.rank = in->rank, .dim = {in->dim[0], in->dim[1], in->dim[2]}};
        for (uint32_t m = 0; m < p->party[in->party].size; m++) {
            plain *v = &d->input[i][m];
            cr_assert_eq(plain_alloc(v, (size_t)reg_length(&r), 0, &err), OK);
            memset(v->v, 0, v->len * sizeof *v->v);
        }
    }
    build_run(p, d, &err); /* any status will do: the sanitizers watch */
    run_data_free(d, p);
}

unsigned build_mutate(const program *p, unsigned mutations)
{
    const uint8_t loved[] = {0, 1, 2, 3, 4, 0x7f, 0x80, 0xff};
    buffer b = {0};
    program_encode(p, &b);
    uint8_t *copy = malloc(b.len);
    uint64_t state = 3;
    unsigned loaded = 0;
    cr_assert(copy && !b.failed);
    for (unsigned i = 0; i < mutations; i++) {
        memcpy(copy, b.data, b.len);
        for (unsigned k = 1 + draw(&state, 3); k > 0; k--) {
            uint32_t at = draw(&state, b.len);
            copy[at] =
                draw(&state, 2) ? loved[draw(&state, sizeof loved)] : (uint8_t)draw(&state, 256);
        }
        program *q = NULL;
        failure err;
        if (program_load(&q, (slice){copy, b.len}, &err)) continue;
        loaded++;
        buffer text = {0};
        program_disassemble(q, true, &text);
        buffer_free(&text);
        if (build_is_small(q)) run_with_zeros(q);
        program_free(q);
    }
    free(copy);
    buffer_free(&b);
    return loaded;
}
