/* Registers and lanes; equal work is found by hash and done once. */
#include "compiler/flow.h"

#include <string.h>

enum { LEAST_CAPACITY = 64 };

void flow_init(flow *f, arena *mem, uint32_t blocks, uint32_t expected)
{
    uint32_t cap = LEAST_CAPACITY;
    while (cap <= expected) cap *= 2;
    *f = (flow){
        .mem = mem, .lanes = 1, .blocks = blocks, .reg_cap = cap, .lane_cap = cap, .buckets = cap};
    f->reg = arena_alloc(mem, cap * sizeof *f->reg);
    f->lane = arena_alloc(mem, cap * sizeof *f->lane);
    f->bucket = arena_alloc(mem, cap * sizeof *f->bucket);
    f->block = arena_alloc(mem, blocks * sizeof *f->block);
}

reg_id flow_register(flow *f, uint32_t where, const reg *as)
{
    if (f->regs == f->reg_cap) {
        size_t old = f->reg_cap * sizeof *f->reg;
        f->reg = arena_grow(f->mem, f->reg, old, 2 * old);
        f->reg_cap *= 2;
    }
    f->reg[f->regs] = (flow_reg){.type = *as, .block = where, .number = REG_NONE};
    return f->regs++;
}

void flow_narrow(flow *f, reg_id r, wide lo, wide hi)
{
    reg *t = &f->reg[r].type;
    if (t->modular) return;
    t->lo = wide_most(t->lo, lo);
    t->hi = wide_least(t->hi, hi);
}

bool flow_communicates(const flow *f, const flow_lane *l)
{
    unsigned secrets = 0;
    for (uint32_t k = 0; k < l->code.ins; k++)
        if (f->reg[l->code.in[k]].type.tag == TAG_SECRET) secrets++;
    switch (opcode_rows[l->op].rounds) {
    case ROUNDS_NEVER: return false;
    case ROUNDS_ONE_SECRET: return secrets >= 1;
    case ROUNDS_TWO_SECRETS: return secrets >= 2;
    default: return true;
    }
}

/* --- finding equal work */

/* FNV-1a, 64 bits. */
static uint64_t hash_bytes(uint64_t h, const void *data, size_t len)
{
    const uint8_t *byte = data;
    for (size_t i = 0; i < len; i++) h = (h ^ byte[i]) * UINT64_C(1099511628211);
    return h;
}

static uint64_t hash_parts(opcode op, const reg_id *in, uint32_t ins, const int64_t *imm,
                           uint32_t imms, const flow_constant *konst)
{
    uint64_t h = hash_bytes(UINT64_C(14695981039346656037), &op, sizeof op);
    h = hash_bytes(h, in, ins * sizeof *in);
    h = hash_bytes(h, imm, imms * sizeof *imm);
    for (uint64_t i = 0; konst && i < konst->len; i++) {
        const double item = wide_double(konst->v[i]);
        h = hash_bytes(h, &item, sizeof item);
    }
    return h;
}

static bool equal_array(const void *a, const void *b, size_t size)
{
    return size == 0 || memcmp(a, b, size) == 0;
}

static bool equal_const(const flow_constant *a, const flow_constant *b)
{
    if (!a || !b) return a == b;
    if (a->len != b->len) return false;
    for (uint64_t i = 0; i < a->len; i++)
        if (!wide_equal(a->v[i], b->v[i])) return false;
    return true;
}

static bool equal_work(const flow_lane *l, const work *w)
{
    return l->op == w->op && l->code.ins == w->ins && l->code.imms == w->imms &&
           equal_array(l->code.in, w->in, w->ins * sizeof *w->in) &&
           equal_array(l->code.imm, w->imm, w->imms * sizeof *w->imm) &&
           equal_const(l->konst, w->konst);
}

static bool is_around(const flow *f, uint32_t outer, uint32_t inner)
{
    while (inner > outer) inner = f->block[inner].parent;
    return inner == outer;
}

/* An int and the fix of the same representation are different results; so are different lengths, and a value and
 * what it is modulo the prime. */
static bool same_type(const reg *a, const reg *b)
{
    return a->kind == b->kind && a->tag == b->tag && a->owner == b->owner &&
           a->modular == b->modular && reg_length(a) == reg_length(b);
}

static bool gives(const flow *f, const flow_lane *l, const work *w, const reg *as)
{
    reg_id r = l->code.out[w->which];
    return r == REG_NONE || same_type(&f->reg[r].type, as);
}

static lane_id find(const flow *f, uint64_t hash, const work *w, const reg *as)
{
    for (lane_id k = f->bucket[hash & (f->buckets - 1)]; k; k = f->lane[k].next) {
        const flow_lane *l = &f->lane[k];
        if (equal_work(l, w) && is_around(f, l->block, w->block) && gives(f, l, w, as)) return k;
    }
    return 0;
}

static void insert(flow *f, uint64_t hash, lane_id k)
{
    lane_id *head = &f->bucket[hash & (f->buckets - 1)];
    f->lane[k].next = *head;
    *head = k;
}

/* Whether the lane is one of those that flow_append makes. */
static bool flow_is_alone(opcode op)
{
    return op == OP_REVEAL || op == OP_LOOP || op == OP_UNTIL || op == OP_IF || opcode_draws(op);
}

/* Twice the buckets; lanes that are never shared stay outside. */
static void grow_table(flow *f)
{
    f->buckets *= 2;
    f->bucket = arena_alloc(f->mem, f->buckets * sizeof *f->bucket);
    for (lane_id k = 1; k < f->lanes; k++) {
        flow_lane *l = &f->lane[k];
        if (flow_is_alone(l->op)) continue;
        insert(f, hash_parts(l->op, l->code.in, l->code.ins, l->code.imm, l->code.imms, l->konst), k);
    }
}

static void *copy_array(flow *f, const void *from, size_t size)
{
    void *to = arena_alloc(f->mem, size);
    if (size) memcpy(to, from, size);
    return to;
}

lane_id flow_append(flow *f, const work *w, const reg_id *out, uint32_t outs)
{
    if (f->lanes == f->lane_cap) {
        size_t old = f->lane_cap * sizeof *f->lane;
        f->lane = arena_grow(f->mem, f->lane, old, 2 * old);
        f->lane_cap *= 2;
    }
    lane code = {.outs = outs, .ins = w->ins, .imms = w->imms, .at = w->at};
    code.out = copy_array(f, out, outs * sizeof *out);
    code.in = copy_array(f, w->in, w->ins * sizeof *w->in);
    code.imm = copy_array(f, w->imm, w->imms * sizeof *w->imm);
    f->lane[f->lanes] = (flow_lane){
        .op = w->op, .block = w->block, .code = code, .konst = w->konst, .after = w->after};
    f->block[w->block].lanes++;
    return f->lanes++;
}

static lane_id add_work(flow *f, uint64_t hash, const work *w)
{
    reg_id none[2] = {REG_NONE, REG_NONE};
    lane_id k = flow_append(f, w, none, w->op == OP_MAXIMUM || w->op == OP_JOIN ? 2 : 1);
    if (f->lanes > f->buckets)
        grow_table(f);
    else
        insert(f, hash, k);
    return k;
}

reg_id flow_compute(flow *f, const work *w, const reg *as)
{
    uint64_t hash = hash_parts(w->op, w->in, w->ins, w->imm, w->imms, w->konst);
    lane_id k = find(f, hash, w, as);
    if (!k) k = add_work(f, hash, w);
    reg_id *out = &f->lane[k].code.out[w->which];
    if (*out == REG_NONE)
        *out = flow_register(f, f->lane[k].block, as);
    else
        flow_narrow(f, *out, as->lo, as->hi);
    return *out;
}
