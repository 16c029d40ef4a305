/* The bench on which graphs built by hand are generated and run. */
#include "back.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

back *back_new(void)
{
    back *b = calloc(1, sizeof *b);
    cr_assert_not_null(b);
    b->mem.oom = &b->oom;
    b->h = (header){
        .edition = 1, .precision = 20, .party = b->party, .input = b->input, .output = b->output};
    ir_init(&b->g, &b->mem, &b->h, 0);
    return b;
}

void back_free(back *b)
{
    if (b->data) run_data_free(b->data, b->p);
    program_free(b->p);
    arena_free(&b->mem);
    free(b);
}

static char *letter_name(back *b, char first, uint32_t k)
{
    return arena_printf(&b->mem, "%c%u", first, k);
}

uint32_t back_party(back *b, uint32_t members)
{
    uint32_t k = b->h.parties++;
    b->party[k] = (party_decl){
        .name = letter_name(b, 'p', k), .group = members > 0, .size = members ? members : 1};
    return k;
}

static port_decl port_of(char *name, uint32_t party, kind k, int64_t len)
{
    port_decl p = {.name = name, .party = party, .kind = (uint8_t)k, .rank = len > 0};
    if (len > 0) p.dim[0] = (uint64_t)len;
    return p;
}

ir_id back_input(back *b, uint32_t party, kind k, int64_t len, num lo, num hi)
{
    uint32_t i = b->h.inputs++;
    b->input[i] = port_of(letter_name(b, 'x', i), party, k, len);
    b->input[i].lo = wide_of_num(lo), b->input[i].hi = wide_of_num(hi);
    return ir_input(&b->g, i);
}

void back_output(back *b, uint32_t to, kind k, int64_t len, ir_id v)
{
    uint32_t o = b->h.outputs++;
    b->output[o] = port_of(letter_name(b, 'y', o), to, k, len);
    b->g.at.line++;
    ir_reveal(&b->g, o, v);
}

static void build_as(back *b, const generate_options *o)
{
    cr_assert_eq(setjmp(b->oom), 0);
    status st = generate(&b->g, o, &b->p, &b->err);
    cr_assert_eq(st, OK, "generate: %s", b->err.text);
    st = program_verify(b->p, &b->err);
    cr_assert_eq(st, OK, "verify: %s", b->err.text);
    b->data = run_data_new(b->p);
    cr_assert_not_null(b->data);
}

void back_build(back *b, bool hoist)
{
    build_as(b, &(generate_options){.hoist = hoist, .pad = false});
}

void back_build_padded(back *b)
{
    build_as(b, &(generate_options){.hoist = false, .pad = true});
}

void back_give(back *b, uint32_t input, uint32_t member, const num *items, size_t len)
{
    plain *to = &b->data->input[input][member];
    free(to->v);
    to->v = malloc((len ? len : 1) * sizeof *items);
    to->len = len;
    memcpy(to->v, items, len * sizeof *items);
}

void back_run(back *b)
{
    abb *box = ideal_new(b->p);
    cr_assert_not_null(box);
    status st = interp_run(b->p, box, b->data, &b->err);
    cr_assert_eq(st, OK, "run: %s", b->err.text);
    ideal_free(box);
}

const num *back_result(const back *b, uint32_t output)
{
    return b->data->output[output][0].v;
}

size_t back_instructions(const back *b, opcode op)
{
    size_t n = 0;
    for (uint32_t i = 0; i < b->p->block[0].len; i++) n += b->p->block[0].code[i].op == op;
    return n;
}

size_t back_lanes(const back *b, opcode op)
{
    size_t n = 0;
    for (uint32_t i = 0; i < b->p->block[0].len; i++)
        if (b->p->block[0].code[i].op == op) n += b->p->block[0].code[i].lanes;
    return n;
}
