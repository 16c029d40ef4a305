/* From values to lanes: gives each live value its register at the owner, among the nodes, or both, shares
 * what crosses, and drops what is only a change of shape or kind. */
#include "compiler/translate.h"
#include "compiler/residue.h"

typedef struct values {
    ir *g;
    const site *site;
    flow *f;
    reg_id *clear, *secret; /* by ir_id; `secret` also holds what is known or public */
    uint8_t *kind;          /* by ir_id: the kind its register gets */
    residues modular;
} values;

/* --- types of registers */

static reg reg_of(const type *t, unsigned first_axis, uint8_t as)
{
    reg r = {.kind = as,
             .rank = (uint8_t)(t->rank - first_axis),
             .owner = NO_OWNER,
             .lo = t->lo,
             .hi = t->hi};
    for (unsigned k = first_axis; k < t->rank; k++) r.dim[k - first_axis] = (uint64_t)t->dim[k];
    r.tag = t->vis == VIS_SECRET ? TAG_SECRET : TAG_PUBLIC;
    return r;
}

static reg modulo(const values *x, reg r)
{
    r.modular = true, r.lo = wide_of(0), r.hi = x->modular.most;
    return r;
}

/* Of what is secret, public or known. */
static reg shared_type(const values *x, ir_id v)
{
    const type *t = ir_type(x->g, v);
    const reg r = reg_of(t, 0, x->kind[v]);
    return (t->vis == VIS_SECRET ? x->modular.shared : x->modular.clear)[v] ? modulo(x, r) : r;
}

static reg own_type(const values *x, ir_id v, uint32_t owner)
{
    const type *t = ir_type(x->g, v);
    reg r = reg_of(t, hoist_members(x->g, owner) ? 1 : 0, x->kind[v]);
    r.tag = TAG_OWNED;
    r.owner = owner;
    r.open = t->open;
    return x->modular.clear[v] ? modulo(x, r) : r;
}

/* --- kinds: a value that only stands under a RETAG is made in the kind it gets there */

static bool is_alias(const ir *g, const ir_node *n)
{
    return n->op == IR_RETAG || n->op == IR_RESIDUE || (n->op == IR_VIEW && hoist_is_reshape(g, n));
}

static bool has_fixed_kind(uint8_t op)
{
    return op == IR_INPUT || op == IR_PAD || op == IR_REVEAL || op == IR_TOLD || op == IR_ARG ||
           op == IR_OUT || op == IR_RESIDUE;
}

static uint8_t *choose_kinds(ir *g, const site *s)
{
    uint8_t *chosen = arena_alloc(g->mem, g->nodes);
    for (ir_id v = 0; v < g->nodes; v++) chosen[v] = g->node[v].type.kind;
    for (ir_id v = g->nodes; v-- > 1;) {
        const ir_node *n = &g->node[v];
        if (!s[v].live || !is_alias(g, n)) continue;
        ir_id of = n->in[0];
        bool numeric = chosen[v] == KIND_INT || chosen[v] == KIND_FIX;
        if (numeric && s[of].uses == 1 && !has_fixed_kind(g->node[of].op)) chosen[of] = chosen[v];
    }
    return chosen;
}

/* --- known values as registers, all in the top block */

static reg_id emit_const(values *x, const ir_node *n, const reg *as)
{
    flow_constant *c = arena_alloc(x->g->mem, sizeof *c);
    *c = (flow_constant){.v = n->konst, .len = reg_length(as)};
    return flow_compute(x->f, &(work){.op = OP_CONST, .konst = c, .at = n->at}, as);
}

/* Each member's own row of a known value. */
static reg_id emit_part(values *x, ir_id v, uint32_t owner)
{
    reg as = own_type(x, v, owner);
    work w = {.op = OP_PART, .in = &x->secret[v], .ins = 1, .at = x->g->node[v].at};
    return flow_compute(x->f, &w, &as);
}

/* What a known value is for one member of the group `owner`. */
static reg_id known_for_member(values *x, ir_id v, uint32_t owner)
{
    const ir_node *n = &x->g->node[v];
    if (n->type.rank == 0) return x->secret[v];
    if (!hoist_is_uniform(x->g, v, hoist_members(x->g, owner))) return emit_part(x, v, owner);
    reg as = reg_of(&n->type, 1, x->kind[v]);
    if (n->op == IR_CONST) return emit_const(x, n, &as);
    int64_t imm[1 + 2 * VIEW_AXES] = {n->imm[0]}; /* a VIEW that repeats its rows */
    for (uint32_t k = 3; k < n->imms; k++) imm[k - 2] = n->imm[k];
    reg_id from = x->secret[n->in[0]];
    work w = {.op = OP_VIEW, .in = &from, .ins = 1, .imm = imm, .imms = n->imms - 2, .at = n->at};
    return flow_compute(x->f, &w, &as);
}

/* --- lanes */

static const opcode opcode_of[IR_OP_COUNT] = {
    [IR_CONST] = OP_CONST,     [IR_INPUT] = OP_INPUT,     [IR_IOTA] = OP_IOTA,
    [IR_VIEW] = OP_VIEW,       [IR_CAT] = OP_CAT,         [IR_INT] = OP_INT,
    [IR_RETAG] = OP_VIEW,      [IR_LENGTH] = OP_LENGTH,   [IR_ADD] = OP_ADD,
    [IR_SUB] = OP_SUB,         [IR_MUL] = OP_MUL,         [IR_NOT] = OP_NOT,
    [IR_AND] = OP_AND,         [IR_OR] = OP_OR,           [IR_XOR] = OP_XOR,
    [IR_MASK] = OP_MASK,       [IR_SELECT] = OP_SELECT,   [IR_LT] = OP_LT,
    [IR_EQ] = OP_EQ,           [IR_FLOOR] = OP_FLOOR,     [IR_DIV] = OP_DIV,
    [IR_MOD] = OP_MOD,         [IR_SUM] = OP_SUM,         [IR_SUMS] = OP_SUMS,
    [IR_MAXIMUM] = OP_MAXIMUM, [IR_ARGMAX] = OP_MAXIMUM,  [IR_MATMUL] = OP_MATMUL,
    [IR_ORDER] = OP_ORDER,     [IR_PICK] = OP_PICK,       [IR_RANDOM] = OP_RANDOM,
    [IR_PAD] = OP_PAD,         [IR_SHUFFLE] = OP_SHUFFLE, [IR_AT] = OP_AT,
    [IR_RANK] = OP_RANK,       [IR_SORT] = OP_SORT,       [IR_FOUND] = OP_JOIN,
    [IR_JOINED] = OP_JOIN,
};

/* Immediates of the lane; `members` > 0 when it is one member's part. Returns how many. */
static uint32_t immediates(const ir *g, const ir_node *n, int64_t members, int64_t *imm)
{
    const type *a = n->ins ? ir_type(g, n->in[0]) : NULL;
    uint32_t imms = 0;
    switch (n->op) {
    case IR_SUM:
    case IR_SUMS:
    case IR_MAXIMUM:
    case IR_ORDER:
    case IR_RANK:
    case IR_SORT:
    case IR_PICK:
    case IR_ARGMAX: imm[imms++] = a->rank ? a->dim[a->rank - 1] : 1; break;
    case IR_VIEW:
        imm[imms++] = n->imm[0];
        for (uint32_t k = members ? 3 : 1; k < n->imms; k++) imm[imms++] = n->imm[k];
        break;
    case IR_CAT: imm[imms++] = members ? n->imm[0] / members : n->imm[0]; break;
    case IR_FOUND:
    case IR_JOINED:
    case IR_SHUFFLE:
        imm[imms++] = n->imm[0];
        imm[imms++] = n->imm[1];
        break;
    case IR_MATMUL:
        imm[imms++] = members ? n->imm[0] / members : n->imm[0];
        imm[imms++] = n->imm[1];
        imm[imms++] = n->imm[2];
        break;
    case IR_AT:
    case IR_INPUT:
    case IR_FLOOR: imm[imms++] = n->imm[0]; break;
    default: break;
    }
    return imms;
}

/* What is known, and what an owner computes alone, rests on no block's values: it is there before all else. */
static uint32_t place_of(const ir_node *n, const reg *as)
{
    return n->type.vis == VIS_KNOWN || as->tag == TAG_OWNED ? 0 : n->block;
}

static bool is_number_kind(uint8_t k)
{
    return k == KIND_INT || k == KIND_FIX;
}

/* All items in their order, as another kind or modulo the prime. */
static reg_id emit_copy(values *x, uint32_t where, place at, reg_id of, const reg *as)
{
    int64_t imm[1 + 2 * AXES] = {0}, step = 1;
    for (unsigned k = as->rank; k-- > 0; step *= (int64_t)as->dim[k])
        imm[1 + 2 * k] = (int64_t)as->dim[k], imm[2 + 2 * k] = step;
    work w = {.op = OP_VIEW, .in = &of, .ins = 1, .imm = imm, .imms = 1u + 2u * as->rank};
    w.block = where, w.at = at;
    return flow_compute(x->f, &w, as);
}

/* The same items in the same order: the operand's register itself, or a copy of the other kind. */
static reg_id emit_alias(values *x, const ir_node *n, reg_id of, const reg *as)
{
    const reg *from = &x->f->reg[of].type;
    if (from->modular == as->modular && (from->kind == as->kind || !is_number_kind(as->kind))) {
        flow_narrow(x->f, of, as->lo, as->hi);
        return of;
    }
    return emit_copy(x, place_of(n, as), n->at, of, as);
}

static bool is_within(const reg *r, wide lo, wide hi)
{
    return !wide_less(r->lo, lo) && !wide_less(hi, r->hi);
}

/* The register as a lane takes it whose result is modulo the prime: as it is when that is good enough. What is
 * computed with may also be any number that the field holds; what is only moved may not be negative. */
static reg_id emit_residue(values *x, const ir_node *n, reg_id of, bool computes)
{
    const reg from = x->f->reg[of].type;
    const wide half = computes ? x->modular.half : wide_of(0);
    if (is_within(&from, wide_of(0), x->modular.most) || is_within(&from, wide_neg(half), half))
        return of;
    const reg as = modulo(x, from);
    return emit_copy(x, place_of(n, &as), n->at, of, &as);
}

static const reg_id *reduce_operands(values *x, const ir_node *n, const reg_id *in)
{
    const bool computes = n->op == IR_ADD || n->op == IR_SUB || n->op == IR_MUL ||
                          n->op == IR_SUM || n->op == IR_SUMS || n->op == IR_MATMUL;
    reg_id *out = arena_alloc(x->g->mem, n->ins * sizeof *out);
    for (uint32_t k = 0; k < n->ins; k++) out[k] = emit_residue(x, n, in[k], computes);
    return out;
}

static reg_id emit(values *x, const ir_node *n, const reg_id *in, int64_t members, const reg *as)
{
    if (n->op == IR_CONST) return emit_const(x, n, as);
    if (as->modular && n->op != IR_INPUT) in = reduce_operands(x, n, in);
    if (is_alias(x->g, n)) return emit_alias(x, n, in[0], as);
    int64_t imm[1 + 2 * VIEW_AXES];
    work w = {.op = opcode_of[n->op], .in = in, .ins = n->ins, .imm = imm, .at = n->at};
    w.block = place_of(n, as);
    w.imms = immediates(x->g, n, members, imm);
    w.which = n->op == IR_ARGMAX || n->op == IR_JOINED;
    if (opcode_draws(w.op)) {
        reg_id drawn = flow_register(x->f, w.block, as);
        flow_append(x->f, &w, &drawn, 1);
        return drawn;
    }
    return flow_compute(x->f, &w, as);
}

static reg_id *operands(values *x, const ir_node *n)
{
    return arena_alloc(x->g->mem, n->ins * sizeof(reg_id));
}

static reg_id emit_clear(values *x, ir_id v)
{
    const ir_node *n = &x->g->node[v];
    const int64_t members = hoist_members(x->g, x->site[v].owner);
    reg_id *in = operands(x, n);
    for (uint32_t k = 0; k < n->ins; k++) {
        bool known = ir_type(x->g, n->in[k])->vis == VIS_KNOWN;
        bool whole = !members || n->op == IR_MATMUL;
        in[k] = !known  ? x->clear[n->in[k]]
                : whole ? x->secret[n->in[k]]
                        : known_for_member(x, n->in[k], x->site[v].owner);
    }
    reg as = own_type(x, v, x->site[v].owner);
    return emit(x, n, in, members, &as);
}

static reg_id emit_share(values *x, ir_id v, reg_id of)
{
    reg as = shared_type(x, v);
    if (as.modular) of = emit_residue(x, &x->g->node[v], of, false);
    as.kind = x->f->reg[of].type.kind;
    return flow_compute(x->f, &(work){.op = OP_SHARE, .in = &of, .ins = 1, .at = x->g->node[v].at},
                        &as);
}

static reg_id emit_shared(values *x, ir_id v)
{
    const ir_node *n = &x->g->node[v];
    reg_id *in = operands(x, n);
    for (uint32_t k = 0; k < n->ins; k++) in[k] = x->secret[n->in[k]];
    reg as = shared_type(x, v);
    return emit(x, n, in, 0, &as);
}

/* [n].[n m] of one group: the products at the members, shared as [n m], then summed over n. */
static reg_id emit_split(values *x, ir_id v)
{
    ir *g = x->g;
    const ir_node *n = &g->node[v];
    const int64_t rows = n->imm[1], m = n->imm[2];
    const type *a = ir_type(g, n->in[0]), *b = ir_type(g, n->in[1]);
    reg_id in[2] = {x->clear[n->in[0]], x->clear[n->in[1]]};
    wide corner[4] = {wide_mul(g->mem, a->lo, b->lo), wide_mul(g->mem, a->lo, b->hi),
                      wide_mul(g->mem, a->hi, b->lo), wide_mul(g->mem, a->hi, b->hi)};
    reg as = {.kind = x->kind[v],
              .tag = TAG_OWNED,
              .owner = x->site[n->in[0]].owner,
              .rank = 1,
              .dim = {(uint64_t)m},
              .lo = corner[0],
              .hi = corner[0]};
    for (unsigned k = 1; k < 4; k++)
        as.lo = wide_least(as.lo, corner[k]), as.hi = wide_most(as.hi, corner[k]);
    if (x->modular.shared[v]) as = modulo(x, as);
    reg_id product = flow_compute(x->f, &(work){.op = OP_MUL, .in = in, .ins = 2, .at = n->at}, &as);

    as.tag = TAG_SECRET, as.owner = NO_OWNER, as.rank = 2;
    as.dim[0] = (uint64_t)rows, as.dim[1] = (uint64_t)m;
    reg_id shared =
        flow_compute(x->f, &(work){.op = OP_SHARE, .in = &product, .ins = 1, .at = n->at}, &as);

    int64_t columns[] = {0, m, 1, rows, m};
    as.dim[0] = (uint64_t)m, as.dim[1] = (uint64_t)rows;
    work turn = {.op = OP_VIEW, .in = &shared, .ins = 1, .imm = columns, .imms = 5, .at = n->at};
    reg_id turned = m == 1 ? shared : flow_compute(x->f, &turn, &as);

    as = shared_type(x, v);
    return flow_compute(
        x->f, &(work){.op = OP_SUM, .in = &turned, .ins = 1, .imm = &rows, .imms = 1, .at = n->at},
        &as);
}

/* --- reveals and blocks */

static reg_id emit_reveal(values *x, ir_id v)
{
    const ir_node *n = &x->g->node[v];
    reg_id out = REG_NONE, in = x->secret[n->in[0]];
    if (x->g->header->output[n->imm[0]].party == PARTY_ALL) {
        reg as = shared_type(x, v);
        if (n->imms <= 2) as.kind = x->f->reg[in].type.kind;
        out = flow_register(x->f, n->block, &as);
    }
    work w = {.op = OP_REVEAL,
              .block = n->block,
              .in = &in,
              .ins = 1,
              .imm = n->imm,
              .imms = n->imms,
              .at = n->at};
    flow_append(x->f, &w, &out, 1);
    return out;
}

/* Of an output whose rows a loop has revealed. */
static reg_id emit_told(values *x, ir_id v)
{
    const ir_node *n = &x->g->node[v];
    reg as = shared_type(x, v);
    work w = {.op = OP_TOLD, .block = n->block, .imm = n->imm, .imms = 1, .at = n->at};
    w.after = x->secret[n->in[0]];
    return flow_compute(x->f, &w, &as);
}

static void begin_blocks(values *x)
{
    ir *g = x->g;
    for (uint32_t b = 1; b < g->blocks; b++) {
        const ir_block *from = &g->block[b];
        flow_block *to = &x->f->block[b];
        to->parent = from->parent;
        to->ins = from->args, to->outs = from->results;
        to->in = arena_alloc(g->mem, from->args * sizeof *to->in);
        to->out = arena_alloc(g->mem, from->results * sizeof *to->out);
        for (uint32_t k = 0; k < from->args; k++) {
            reg as = shared_type(x, from->arg[k]);
            to->in[k] = x->secret[from->arg[k]] = flow_register(x->f, b, &as);
        }
    }
}

/* One of the two: when the nodes could not tell it from a negative number, as what it is modulo the prime. */
static reg either(const values *x, const reg *a, const reg *b)
{
    reg r = *a;
    if (b->tag == TAG_SECRET) r.tag = TAG_SECRET;
    r.lo = wide_least(a->lo, b->lo), r.hi = wide_most(a->hi, b->hi);
    r.modular = (a->modular || b->modular) && wide_sign(r.lo) >= 0;
    const bool unsigned_only = r.tag == TAG_SECRET && r.kind == KIND_INT &&
                               is_within(&r, wide_of(0), x->modular.most) &&
                               wide_less(x->modular.half, r.hi);
    return unsigned_only ? modulo(x, r) : r;
}

/* The blocks' values come before what runs them, so their registers are there. */
static void emit_control(values *x, ir_id v)
{
    static const opcode as[IR_OP_COUNT] = {
        [IR_LOOP] = OP_LOOP, [IR_UNTIL] = OP_UNTIL, [IR_IF] = OP_IF};
    const ir_node *n = &x->g->node[v];
    uint32_t body[2];
    unsigned bodies = ir_blocks(n, body);
    for (unsigned m = 0; m < bodies; m++)
        for (uint32_t k = 0; k < x->g->block[body[m]].results; k++)
            x->f->block[body[m]].out[k] = x->secret[x->g->block[body[m]].result[k]];

    const flow_block *first = &x->f->block[body[0]], *last = &x->f->block[body[bodies - 1]];
    uint32_t outs = n->op == IR_IF ? first->outs : n->ins;
    const reg_id *one = n->op == IR_IF ? first->out : first->in,
                 *other = n->op == IR_IF ? last->out : first->in;
    reg_id *in = operands(x, n), *out = arena_alloc(x->g->mem, outs * sizeof *out);
    for (uint32_t k = 0; k < n->ins; k++) in[k] = x->secret[n->in[k]];
    for (uint32_t k = 0; k < outs; k++) {
        reg r = either(x, &x->f->reg[one[k]].type, &x->f->reg[other[k]].type);
        out[k] = flow_register(x->f, n->block, &r);
    }
    work w = {.op = as[n->op], .block = n->block, .in = in, .ins = n->ins, .imm = n->imm};
    w.imms = 2, w.at = n->at;
    x->secret[v] = flow_append(x->f, &w, out, outs); /* IR_OUT finds the results there */
}

static reg_id control_result(const values *x, const ir_node *n)
{
    return x->f->lane[x->secret[n->in[0]]].code.out[n->imm[0]];
}

static void emit_value(values *x, ir_id v)
{
    const site *s = &x->site[v];
    const ir_node *n = &x->g->node[v];
    if (n->op == IR_ARG) return;
    if (n->op == IR_LOOP || n->op == IR_UNTIL || n->op == IR_IF) {
        emit_control(x, v);
        return;
    }
    if (s->clear) x->clear[v] = emit_clear(x, v);
    if (n->op == IR_REVEAL)
        x->secret[v] = emit_reveal(x, v);
    else if (n->op == IR_TOLD)
        x->secret[v] = emit_told(x, v);
    else if (n->op == IR_OUT)
        x->secret[v] = control_result(x, n);
    else if (s->split)
        x->secret[v] = emit_split(x, v);
    else if (s->owner != NO_OWNER && !s->by_work)
        x->secret[v] = s->secret ? emit_share(x, v, x->clear[v]) : REG_NONE;
    else
        x->secret[v] = emit_shared(x, v);
}

/* The registers of what is kept, and in ir.kept which of them it is. */
static void keep_registers(values *x)
{
    ir *g = x->g;
    x->f->kept = arena_alloc(g->mem, g->nodes * sizeof *x->f->kept);
    for (ir_id v = 1; v < g->nodes; v++) {
        if (g->kept[v] != KEPT_WANTED) continue;
        reg_id r = x->site[v].clear ? x->clear[v] : x->secret[v];
        if (r == REG_NONE) continue;
        g->kept[v] = x->f->kepts;
        x->f->kept[x->f->kepts++] = r;
    }
}

static uint32_t count_live(const ir *g, const site *sites)
{
    uint32_t live = 0;
    for (ir_id v = 1; v < g->nodes; v++) live += sites[v].live;
    return live;
}

void translate(ir *g, const site *sites, flow *out)
{
    values x = {.g = g, .site = sites, .f = out};
    flow_init(out, g->mem, g->blocks, count_live(g, sites));
    x.clear = arena_alloc(g->mem, g->nodes * sizeof *x.clear);
    x.secret = arena_alloc(g->mem, g->nodes * sizeof *x.secret);
    x.kind = choose_kinds(g, sites);
    x.modular = residue_plan(g, sites);
    begin_blocks(&x);
    for (ir_id v = 1; v < g->nodes; v++)
        if (sites[v].live) emit_value(&x, v);
    if (g->kept) keep_registers(&x);
}
