/* Lays the ordered lanes out as a program: numbers registers by their first write, pools constants, copies
 * what the header declares. */
#include "compiler/emit.h"

#include <string.h>

typedef struct emitter {
    const flow *f;
    flow_reg *reg;
    program *p;
    uint32_t reg_cap;
    uint32_t *number; /* of a flow block in the program */
    uint32_t *pool;   /* open addressing: constant index + 1; a power of two */
    uint32_t pool_size;
} emitter;

static void *copy(program *p, const void *from, size_t size)
{
    void *to = arena_alloc(&p->mem, size);
    if (size) memcpy(to, from, size);
    return to;
}

/* --- registers */

static uint32_t number_of(emitter *e, reg_id r)
{
    if (r == REG_NONE) return REG_NONE;
    flow_reg *from = &e->reg[r];
    if (from->number == REG_NONE) {
        from->number = e->p->regs;
        reg *to = &e->p->reg[e->p->regs++];
        *to = from->type;
        to->lo = wide_copy(&e->p->mem, to->lo), to->hi = wide_copy(&e->p->mem, to->hi);
    }
    return from->number;
}

static uint32_t *number_all(emitter *e, const reg_id *r, uint32_t len)
{
    uint32_t *out = arena_alloc(&e->p->mem, len * sizeof *out);
    for (uint32_t k = 0; k < len; k++) out[k] = number_of(e, r[k]);
    return out;
}

/* --- constants */

/* FNV-1a, 64 bits. */
static uint64_t hash_items(const void *v, size_t size)
{
    uint64_t h = UINT64_C(14695981039346656037);
    const uint8_t *byte = v;
    for (size_t i = 0; i < size; i++) h = (h ^ byte[i]) * UINT64_C(1099511628211);
    return h;
}

/* The items as the program keeps them in the clear. One that is outgrown stays 0: it is refused soon. */
static constant lay_out(emitter *e, const flow_constant *from)
{
    const size_t size = item_size(e->p->extra);
    constant c = {.v = arena_alloc(&e->p->mem, (size_t)from->len * size), .len = from->len};
    for (size_t i = 0; i < from->len; i++)
        if (wide_fits(from->v[i]))
            wide_put(item_words(c.v, i, e->p->extra), 2u + e->p->extra, from->v[i]);
    return c;
}

static int64_t pool_constant(emitter *e, const flow_constant *from)
{
    program *p = e->p;
    const constant c = lay_out(e, from);
    const size_t size = (size_t)c.len * item_size(p->extra);
    size_t at = hash_items(c.v, size) & (e->pool_size - 1);
    while (e->pool[at]) {
        const constant *other = &p->constant[e->pool[at] - 1];
        if (other->len == c.len && !memcmp(other->v, c.v, size)) return e->pool[at] - 1;
        at = (at + 1) & (e->pool_size - 1);
    }
    p->constant[p->constants] = c;
    e->pool[at] = ++p->constants;
    return p->constants - 1;
}

/* --- code */

static lane emit_lane(emitter *e, const flow_lane *l)
{
    lane to = l->code;
    to.in = number_all(e, l->code.in, l->code.ins);
    to.out = number_all(e, l->code.out, l->code.outs);
    to.imm = copy(e->p, l->code.imm, l->code.imms * sizeof *to.imm);
    if (l->op == OP_CONST) {
        to.imms = 1;
        to.imm = arena_alloc(&e->p->mem, sizeof *to.imm);
        to.imm[0] = pool_constant(e, l->konst);
    }
    if (l->op == OP_IF) to.imm[0] = e->number[l->code.imm[0]];
    uint32_t body[2];
    if (lane_blocks(l->op, &l->code, body)) to.imm[1] = e->number[l->code.imm[1]];
    return to;
}

static bool same_instruction(const flow_lane *a, const flow_lane *b)
{
    return a->communicates && b->communicates && a->level == b->level && a->op == b->op;
}

static bool same_rounds(const flow_lane *a, const flow_lane *b)
{
    return a->communicates && b->communicates && a->level == b->level;
}

static void emit_block(emitter *e, const flow_block *from, block *to)
{
    const flow_lane *all = e->f->lane;
    to->ins = from->ins, to->outs = from->outs;
    to->in = number_all(e, from->in, from->ins);
    to->code = arena_alloc(&e->p->mem, from->lanes * sizeof *to->code);
    for (uint32_t i = 0, next; i < from->lanes; i = next) {
        const flow_lane *first = &all[from->order[i]];
        for (next = i + 1; next < from->lanes; next++)
            if (!same_instruction(first, &all[from->order[next]])) break;
        instr *ins = &to->code[to->len++];
        ins->op = (uint8_t)first->op;
        ins->together = i > 0 && same_rounds(&all[from->order[i - 1]], first);
        ins->lanes = next - i;
        ins->lane = arena_alloc(&e->p->mem, ins->lanes * sizeof *ins->lane);
        for (uint32_t k = i; k < next; k++) ins->lane[k - i] = emit_lane(e, &all[from->order[k]]);
    }
    to->out = number_all(e, from->out, from->outs);
}

/* Blocks that are needed, each after the one around it. */
static void number_blocks(emitter *e)
{
    for (uint32_t b = 0; b < e->f->blocks; b++) {
        const flow_block *from = &e->f->block[b];
        if (b > 0 && !e->number[b]) continue;
        for (uint32_t i = 0; i < from->lanes; i++) {
            const flow_lane *l = &e->f->lane[from->order[i]];
            uint32_t body[2];
            const unsigned blocks = lane_blocks(l->op, &l->code, body);
            for (unsigned m = 0; m < blocks; m++) {
                e->p->block[e->p->blocks].parent = e->number[b];
                e->number[body[m]] = e->p->blocks++;
            }
        }
    }
}

/* --- header */

static char *copy_name(program *p, const char *name)
{
    return arena_strndup(&p->mem, name, strlen(name));
}

static void copy_range(program *p, port_decl *port)
{
    port->lo = wide_copy(&p->mem, port->lo), port->hi = wide_copy(&p->mem, port->hi);
}

static void emit_header(const header *h, program *p)
{
    p->edition = h->edition, p->precision = h->precision;
    p->parties = h->parties, p->params = h->params, p->inputs = h->inputs, p->outputs = h->outputs;
    p->party = copy(p, h->party, h->parties * sizeof *p->party);
    p->param = copy(p, h->param, h->params * sizeof *p->param);
    p->input = copy(p, h->input, h->inputs * sizeof *p->input);
    p->output = copy(p, h->output, h->outputs * sizeof *p->output);
    for (uint32_t k = 0; k < p->parties; k++) p->party[k].name = copy_name(p, p->party[k].name);
    for (uint32_t k = 0; k < p->params; k++) p->param[k].name = copy_name(p, p->param[k].name);
    for (uint32_t k = 0; k < p->inputs; k++) p->input[k].name = copy_name(p, p->input[k].name);
    for (uint32_t k = 0; k < p->outputs; k++) p->output[k].name = copy_name(p, p->output[k].name);
    for (uint32_t k = 0; k < p->params; k++)
        p->param[k].value = wide_copy(&p->mem, p->param[k].value);
    for (uint32_t k = 0; k < p->inputs; k++) copy_range(p, &p->input[k]);
    for (uint32_t k = 0; k < p->outputs; k++) copy_range(p, &p->output[k]);
}

static void need_words(unsigned *extra, wide v)
{
    num narrow;
    if (wide_narrow(v, &narrow) || !wide_fits(v)) return; /* what is outgrown is refused soon */
    const unsigned more = wide_limbs(v) > 2 ? wide_limbs(v) - 2 : 1;
    if (more > *extra) *extra = more;
}

/* The words beyond two that items in the clear need, so that every value fits. */
static uint8_t extra_words(const flow *f, const header *h)
{
    unsigned extra = 0;
    for (reg_id r = 0; r < f->regs; r++) {
        need_words(&extra, f->reg[r].type.lo);
        need_words(&extra, f->reg[r].type.hi);
    }
    for (uint32_t k = 0; k < h->params; k++) need_words(&extra, h->param[k].value);
    for (uint32_t k = 0; k < h->inputs; k++) {
        need_words(&extra, h->input[k].lo);
        need_words(&extra, h->input[k].hi);
    }
    return (uint8_t)extra;
}

/* What a reveal of x tells: x, or its quotient. */
static wide told_of(arena *mem, const lane *l, wide x)
{
    const reveal_form form = lane_reveal(l);
    if (!form.divides) return x;
    return wide_floor_div(mem, wide_mul(mem, x, wide_of(form.scale)), wide_of(form.divisor));
}

static void widen_output(port_decl *out, bool *seen, wide lo, wide hi)
{
    if (!*seen || wide_less(lo, out->lo)) out->lo = lo;
    if (!*seen || wide_less(out->hi, hi)) out->hi = hi;
    *seen = true;
}

/* Outputs revealed in the block; a loop that may stop early leaves 0 in the rows that are left. */
static void set_ranges_of(program *p, const block *b, bool stops, bool *seen)
{
    for (uint32_t i = 0; i < b->len; i++) {
        const instr *x = &b->code[i];
        for (uint32_t k = 0; x->op == OP_REVEAL && k < x->lanes; k++) {
            const lane *l = &x->lane[k];
            const reg *r = &p->reg[l->in[0]];
            port_decl *out = &p->output[l->imm[0]];
            widen_output(out, &seen[l->imm[0]], told_of(&p->mem, l, r->lo),
                         told_of(&p->mem, l, r->hi));
            if (stops) widen_output(out, &seen[l->imm[0]], wide_of(0), wide_of(0));
        }
    }
}

/* What the compiler proved of each output. */
static void set_output_ranges(const flow *f, program *p)
{
    bool *seen = arena_alloc(f->mem, p->outputs + 1), *stops = arena_alloc(f->mem, p->blocks);
    for (uint32_t b = 0; b < p->blocks; b++) {
        stops[b] = stops[b] || stops[p->block[b].parent];
        for (uint32_t i = 0; i < p->block[b].len; i++)
            if (p->block[b].code[i].op == OP_UNTIL)
                stops[p->block[b].code[i].lane[0].imm[1]] = true;
        set_ranges_of(p, &p->block[b], stops[b], seen);
    }
}

/* What constants take in the clear: one of thousands of small numbers is long where another value is wide. */
enum { CONSTANTS_MIB = 128, MIB = 1 << 20 };

/* How many there are in *count; fails when they are too many. */
static status count_constants(const flow *f, unsigned extra, uint32_t *count, place *at, failure *err)
{
    uint64_t size = 0;
    *count = 0;
    for (lane_id k = 1; k < f->lanes; k++) {
        const flow_lane *l = &f->lane[k];
        if (l->op != OP_CONST) continue;
        ++*count;
        size += l->konst->len * item_size(extra);
        if (size <= (uint64_t)CONSTANTS_MIB * MIB) continue;
        *at = l->code.at;
        fail(err, E_PROGRAM, "E0902", "the program becomes too large when its words are expanded");
        fail_add(err, "numbers that are known take more than %d MiB", CONSTANTS_MIB);
        return E_PROGRAM;
    }
    return OK;
}

/* A register that was not written has no number: its loop is not needed. */
static void number_kept(const emitter *e, ir *g)
{
    if (g->kept) g->number = e->number;
    for (ir_id v = 1; g->kept && v < g->nodes; v++) {
        if (g->kept[v] >= e->f->kepts) continue;
        uint32_t number = e->reg[e->f->kept[g->kept[v]]].number;
        g->kept[v] = number == REG_NONE ? KEPT_NOT : number;
    }
}

status emit_program(ir *g, flow *f, program *p, failure *err)
{
    emitter e = {.f = f, .reg = f->reg, .p = p, .pool_size = 1};
    uint32_t constants;
    p->extra = extra_words(f, g->header);
    status st = count_constants(f, p->extra, &constants, &g->at, err);
    if (st) return st;
    while (e.pool_size < 2 * constants + 1) e.pool_size *= 2;
    e.pool = arena_alloc(f->mem, e.pool_size * sizeof *e.pool);
    e.number = arena_alloc(f->mem, f->blocks * sizeof *e.number);
    p->constant = arena_alloc(&p->mem, constants * sizeof *p->constant);
    p->reg = arena_alloc(&p->mem, f->regs * sizeof *p->reg);
    p->block = arena_alloc(&p->mem, f->blocks * sizeof *p->block);
    p->blocks = 1;

    emit_header(g->header, p);
    number_blocks(&e);
    for (uint32_t b = 0; b < f->blocks; b++)
        if (b == 0 || e.number[b]) emit_block(&e, &f->block[b], &p->block[e.number[b]]);
    set_output_ranges(f, p);
    number_kept(&e, g);
    return OK;
}
