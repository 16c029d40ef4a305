/* Arithmetic modulo the field's prime p. A node's share of x is a share of x mod p whatever x is, so that sums and
 * products that feed nothing but a `mod p` need not fit the field; the `mod` is then no work at all.
 *
 * A value is taken modulo p when it lies in 0 … p-1 but is too large to be told from a negative one, or when it is
 * larger still and all that is done with it, from here to a `mod p`, is the same modulo p. What is neither stays as
 * it is, and is refused where the field is chosen. */
#include "compiler/residue.h"

#include "compiler/emit.h"

typedef struct plan {
    ir *g;
    const site *s;
    residues out;
    bool *clear_true, *shared_true; /* by ir_id: the value itself is wanted */
} plan;

bool residue_keeps(ir_op op)
{
    switch (op) {
    case IR_ADD:
    case IR_SUB:
    case IR_MUL:
    case IR_SUM:
    case IR_SUMS:
    case IR_MATMUL:
    case IR_VIEW:
    case IR_CAT:
    case IR_AT:
    case IR_MASK:
    case IR_SELECT:
    case IR_SHUFFLE:
    case IR_RETAG:
    case IR_RESIDUE: return true;
    default: return false;
    }
}

static bool is_within(const type *t, wide lo, wide hi)
{
    return !wide_less(t->lo, lo) && !wide_less(hi, t->hi);
}

/* In 0 … p-1, and larger than what the field holds with a sign. */
static bool is_large_residue(const plan *x, const type *t)
{
    return t->kind == KIND_INT && is_within(t, wide_of(0), x->out.most) &&
           wide_less(x->out.half, t->hi);
}

/* No number of the field, and made by what is the same modulo p. */
static bool may_wrap(const plan *x, const ir_node *n)
{
    const type *t = &n->type;
    return t->kind == KIND_INT && residue_keeps((ir_op)n->op) &&
           !is_within(t, wide_neg(x->out.half), x->out.half) && !is_large_residue(x, t);
}

/* Not its owner's work alone: the nodes do it, or all do who know its operands. */
static bool is_shared_work(const ir_node *n, const site *s)
{
    return n->type.vis != VIS_SECRET || s->owner == NO_OWNER || s->by_work;
}

/* Values in the clear stay exact as long as they fit what is computed with in the clear. */
static void decide(plan *x, ir_id v)
{
    const ir_node *n = &x->g->node[v];
    const site *s = &x->s[v];
    const bool wraps = may_wrap(x, n), fits = wide_fits(n->type.lo) && wide_fits(n->type.hi);
    if (n->type.vis == VIS_SECRET)
        x->out.shared[v] =
            n->op == IR_RESIDUE || is_large_residue(x, &n->type) || (wraps && !x->shared_true[v]);
    if (s->clear && s->secret && !s->by_work && !x->out.shared[v]) x->clear_true[v] = true;
    x->out.clear[v] = n->op == IR_RESIDUE || (wraps && !fits && !x->clear_true[v]);
}

/* 0 times anything, however it is taken. */
static bool is_nothing(const ir_node *n)
{
    return n->op == IR_MUL && !wide_sign(n->type.lo) && !wide_sign(n->type.hi);
}

/* What v is made of: where v wants it, and whether modulo p is good enough. */
static void want_operands(plan *x, ir_id v)
{
    const ir_node *n = &x->g->node[v];
    const site *s = &x->s[v];
    const bool keeps = residue_keeps((ir_op)n->op), shared = is_shared_work(n, s),
               secret = n->type.vis == VIS_SECRET,
               clear_ok = keeps && (x->out.clear[v] || is_nothing(n)),
               shared_ok = keeps && ((secret ? x->out.shared : x->out.clear)[v] || is_nothing(n));
    for (uint32_t k = 0; k < n->ins; k++) {
        const ir_id of = n->in[k];
        const bool in_clear = s->split || ir_type(x->g, of)->vis != VIS_SECRET;
        if (s->clear && !clear_ok) x->clear_true[of] = true;
        if (shared && !shared_ok) (in_clear ? x->clear_true : x->shared_true)[of] = true;
    }
}

/* What crosses the border of a block does so as it is. */
static void want_results(plan *x, const ir_node *n)
{
    uint32_t body[2];
    for (unsigned m = ir_blocks(n, body); m-- > 0;)
        for (uint32_t k = 0; k < x->g->block[body[m]].results; k++) {
            const ir_id v = x->g->block[body[m]].result[k];
            x->shared_true[v] = x->clear_true[v] = true;
        }
}

/* From the outputs backwards: all that uses a value stands after it. */
residues residue_plan(ir *g, const site *s)
{
    plan x = {.g = g, .s = s};
    x.out.clear = arena_alloc(g->mem, g->nodes), x.out.shared = arena_alloc(g->mem, g->nodes);
    if (!wide_sign(g->modulus)) return x.out;
    x.clear_true = arena_alloc(g->mem, g->nodes), x.shared_true = arena_alloc(g->mem, g->nodes);
    x.out.most = wide_sub(g->mem, g->modulus, wide_of(1));
    x.out.half = field_half(g);
    for (ir_id v = g->nodes; v-- > 1;) {
        if (!s[v].live) continue;
        decide(&x, v);
        want_operands(&x, v);
        want_results(&x, &g->node[v]);
    }
    return x.out;
}
