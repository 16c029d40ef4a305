/* Own-data work: finds what one owner can compute alone, and shares only what crosses over to others. That work
 * is done before anything else, also where it is written in a loop or in a branch: all inputs are shared before
 * the first reveal.
 *
 * A value of a group has the party axis first; the group computes it when each member can from its own row,
 * by the same code. */
#include "compiler/hoist.h"

int64_t hoist_members(const ir *g, uint32_t owner)
{
    const party_decl *p = &g->header->party[owner];
    return p->group ? (int64_t)p->size : 0;
}

static uint64_t items(const type *t)
{
    uint64_t n = 0;
    type_length(t, &n);
    return n;
}

unsigned hoist_view_axes(const ir_node *n)
{
    return (n->imms - 1) / 2;
}

bool hoist_is_reshape(const ir *g, const ir_node *n)
{
    int64_t step = 1;
    if (n->imm[0] != 0 || items(&n->type) != items(ir_type(g, n->in[0]))) return false;
    for (unsigned k = hoist_view_axes(n); k-- > 0; step *= n->imm[1 + 2 * k])
        if (n->imm[2 + 2 * k] != step && n->imm[1 + 2 * k] != 1) return false;
    return true;
}

static bool is_const_uniform(const ir_node *n, size_t rows)
{
    size_t cell = (size_t)items(&n->type) / rows;
    for (size_t i = cell; i < rows * cell; i++)
        if (!wide_equal(n->konst[i], n->konst[i - cell])) return false;
    return true;
}

bool hoist_is_uniform(const ir *g, ir_id v, int64_t members)
{
    const ir_node *n = &g->node[v];
    if (n->type.rank == 0) return true;
    if (n->type.dim[0] != members) return false;
    if (n->op == IR_CONST) return is_const_uniform(n, (size_t)members);
    return n->op == IR_VIEW && n->imm[1] == members && n->imm[2] == 0;
}

/* --- which operations stay inside a member's row */

/* Rows of the view come from the same rows of the operand, all in the same way. */
static bool view_keeps_rows(const ir *g, const ir_node *n, int64_t members)
{
    const int64_t row = (int64_t)items(ir_type(g, n->in[0])) / members;
    if (n->type.rank == 0 || n->type.dim[0] != members || n->imm[1] != members || n->imm[2] != row)
        return false;
    int64_t least = n->imm[0], most = n->imm[0];
    for (unsigned k = 1; k < hoist_view_axes(n); k++) {
        int64_t reach = (n->imm[1 + 2 * k] - 1) * n->imm[2 + 2 * k];
        least += reach < 0 ? reach : 0;
        most += reach > 0 ? reach : 0;
    }
    return least >= 0 && most < row;
}

static bool op_keeps_rows(const ir *g, const ir_node *n, int64_t members)
{
    switch (n->op) {
    case IR_SUM:
    case IR_SUMS:
    case IR_MAXIMUM:
    case IR_ARGMAX:
    case IR_ORDER:
    case IR_RANK:
    case IR_SORT:
    case IR_PICK:
    case IR_LENGTH: return ir_type(g, n->in[0])->rank >= 2;
    case IR_FOUND: /* the tables are the members' own */
    case IR_JOINED:
        return items(ir_type(g, n->in[0])) / (uint64_t)n->imm[0] % (uint64_t)members == 0;
    case IR_VIEW: return view_keeps_rows(g, n, members);
    case IR_CAT: return n->type.dim[0] == members && n->imm[0] % members == 0;
    case IR_MATMUL:
        return n->imm[0] % members == 0 && ir_type(g, n->in[1])->vis == VIS_KNOWN &&
               n->type.rank > 0 && n->type.dim[0] == members;
    default: return n->type.rank > 0 && n->type.dim[0] == members;
    }
}

static bool is_own_op(uint8_t op)
{
    bool drawn = op == IR_RANDOM || op == IR_SHUFFLE; /* an owner who drew would know */
    return op != IR_REVEAL && op != IR_TOLD && op != IR_LOOP && op != IR_UNTIL && op != IR_IF &&
           op != IR_ARG && op != IR_OUT && op != IR_LETTER && !drawn;
}

/* Whether each member has its part of a known value: all of a scalar, or a row. */
static bool has_rows(const ir *g, ir_id v, int64_t members)
{
    const type *t = ir_type(g, v);
    return t->rank == 0 || t->dim[0] == members;
}

/* Known operands are cut into rows as the members' own are; the second factor of a matrix product is used whole. */
static bool operands_fit(const ir *g, const ir_node *n, const site *s, uint32_t owner,
                         int64_t members)
{
    for (uint32_t k = 0; k < n->ins; k++) {
        bool known = ir_type(g, n->in[k])->vis == VIS_KNOWN;
        if (!known && s[n->in[k]].owner != owner) return false;
        if (known && members && n->op != IR_MATMUL && !has_rows(g, n->in[k], members)) return false;
        if (known && members && n->op == IR_CAT && ir_type(g, n->in[k])->rank == 0) return false;
    }
    return true;
}

static bool has_private_length(const ir *g, const ir_node *n)
{
    bool open = n->type.open;
    for (uint32_t k = 0; k < n->ins; k++) open = open || ir_type(g, n->in[k])->open;
    return open;
}

/* From the outputs backwards: what a private length is computed with. */
static void mark_beside(const ir *g, site *s)
{
    for (ir_id v = g->nodes; v-- > 1;) {
        const ir_node *n = &g->node[v];
        bool own = s[v].beside || has_private_length(g, n);
        for (uint32_t k = 0; own && k < n->ins; k++) s[n->in[k]].beside = true;
    }
}

/* Of private length, computed from one unless lists are padded, or wanted beside one: no protocol does that on secrets. */
static bool must_be_own(const ir *g, const ir_node *n, const site *s, bool beside, bool padded)
{
    bool own = beside;
    for (uint32_t k = 0; k < n->ins; k++) {
        bool continues =
            !padded && s[n->in[k]].owner != NO_OWNER && g->node[n->in[k]].op != IR_INPUT;
        own = own || continues || ir_type(g, n->in[k])->open;
    }
    return own;
}

static uint32_t owner_of(const ir *g, ir_id v, const site *s, const generate_options *o)
{
    const ir_node *n = &g->node[v];
    if (n->op == IR_INPUT) return g->header->input[n->imm[0]].party;
    if (n->type.vis != VIS_SECRET || !is_own_op(n->op)) return NO_OWNER;
    if (!o->hoist && !must_be_own(g, n, s, s[v].beside, o->pad)) return NO_OWNER;
    uint32_t owner = NO_OWNER;
    for (uint32_t k = 0; k < n->ins; k++)
        if (ir_type(g, n->in[k])->vis != VIS_KNOWN) owner = s[n->in[k]].owner;
    if (owner == NO_OWNER) return NO_OWNER;
    int64_t members = hoist_members(g, owner);
    if (!operands_fit(g, n, s, owner, members)) return NO_OWNER;
    return !members || op_keeps_rows(g, n, members) ? owner : NO_OWNER;
}

uint32_t hoist_owner(const ir *g, owners *known, ir_id v)
{
    static const generate_options all = {.hoist = true};
    if (v >= known->cap) {
        ir_id cap = 2 * g->nodes;
        known->at =
            arena_grow(g->mem, known->at, known->cap * sizeof *known->at, cap * sizeof *known->at);
        known->cap = cap;
    }
    for (; known->len <= v; known->len++)
        known->at[known->len].owner =
            known->len ? owner_of(g, known->len, known->at, &all) : NO_OWNER;
    return known->at[v].owner;
}

/* [members].[members m] of one group: each member multiplies its own, the sum is everyone's. */
static bool splits(const ir *g, const ir_node *n, const site *s)
{
    if (n->op != IR_MATMUL || n->imm[0] != 1) return false;
    uint32_t owner = s[n->in[0]].owner;
    if (owner == NO_OWNER || s[n->in[1]].owner != owner) return false;
    return hoist_members(g, owner) == n->imm[1] && ir_type(g, n->in[0])->rank == 1;
}

/* --- what is wanted where, from the outputs backwards */

static bool is_linear_with_known(const ir *g, const ir_node *n)
{
    if (n->op == IR_ADD || n->op == IR_SUB) return true;
    if (n->op != IR_MUL) return false;
    return ir_type(g, n->in[0])->vis == VIS_KNOWN || ir_type(g, n->in[1])->vis == VIS_KNOWN;
}

/* Sharing the operands costs no more than sharing the result: they are fewer items, or shared anyway. */
static bool is_cheaper_by_work(const ir *g, const ir_node *n, const site *s)
{
    if (n->op == IR_VIEW || n->op == IR_RETAG || n->op == IR_RESIDUE)
        return s[n->in[0]].secret || items(&n->type) > items(ir_type(g, n->in[0]));
    if (!is_linear_with_known(g, n)) return false;
    for (uint32_t k = 0; k < n->ins; k++)
        if (s[n->in[k]].owner != NO_OWNER && !s[n->in[k]].secret) return false;
    return true;
}

static void want(site *s, bool clear)
{
    s->live = true;
    s->uses++;
    if (s->owner == NO_OWNER) return;
    if (clear)
        s->clear = true;
    else
        s->secret = true;
}

static void want_block(const ir_block *b, site *s)
{
    for (uint32_t k = 0; k < b->results; k++) want(&s[b->result[k]], false);
    for (uint32_t k = 0; k < b->args; k++) want(&s[b->arg[k]], false);
}

/* What reveals runs, and so does what runs that: a block is always the operand of a later value. */
static void want_reveals(const ir *g, site *s)
{
    bool *tells = arena_alloc(g->mem, g->blocks);
    for (ir_id v = 1; v < g->nodes; v++) {
        const ir_node *n = &g->node[v];
        uint32_t body[2];
        s[v].live = n->op == IR_REVEAL;
        for (unsigned k = ir_blocks(n, body); k-- > 0;) s[v].live |= tells[body[k]];
        if (s[v].live) tells[n->block] = true;
    }
}

static void want_operands(ir *g, ir_id v, site *s)
{
    const ir_node *n = &g->node[v];
    uint32_t body[2];
    for (unsigned k = ir_blocks(n, body); k-- > 0;) want_block(&g->block[body[k]], s);
    bool own = s[v].owner != NO_OWNER;
    if (own && s[v].secret)
        s[v].by_work = n->op != IR_INPUT && !n->type.open && is_cheaper_by_work(g, n, s);
    if (own && s[v].secret && !s[v].by_work) s[v].clear = true;
    for (uint32_t k = 0; k < n->ins; k++) {
        if (s[v].clear || s[v].split) want(&s[n->in[k]], true);
        if (!own && !s[v].split) want(&s[n->in[k]], false);
        if (s[v].by_work) want(&s[n->in[k]], false);
    }
}

site *hoist_plan(ir *g, const generate_options *o)
{
    site *s = arena_alloc(g->mem, g->nodes * sizeof *s);
    for (ir_id v = 0; v < g->nodes; v++) s[v].owner = NO_OWNER;
    mark_beside(g, s);
    for (ir_id v = 1; v < g->nodes; v++) {
        s[v].owner = owner_of(g, v, s, o);
        s[v].split = o->hoist && splits(g, &g->node[v], s);
    }
    want_reveals(g, s);
    for (ir_id v = g->nodes; v-- > 1;) {
        if (g->kept && g->kept[v] == KEPT_WANTED) want(&s[v], s[v].owner != NO_OWNER);
        if (s[v].live) want_operands(g, v, s);
    }
    return s;
}
