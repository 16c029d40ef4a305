/* Late public work: a quotient that all learn, and that gives its numerator back, is divided in the clear.
 *
 * For an int x and 1 <= divisor <= scale, floor(x * scale / divisor) is different for every x: to learn one is
 * to learn the other. */
#include "compiler/late.h"

/* The value itself, below what only changes its kind or its proved range. */
static ir_id below_retags(const ir *g, ir_id v)
{
    while (g->node[v].op == IR_RETAG) v = g->node[v].in[0];
    return v;
}

static bool is_recoverable(const ir *g, const ir_node *quotient)
{
    if (quotient->whole == 0 || quotient->divisor < 1 || quotient->divisor > quotient->scale)
        return false;
    const type *t = ir_type(g, quotient->whole);
    const wide scale = wide_of(quotient->scale);
    num narrow; /* the product is computed as one */
    if (!wide_narrow(wide_mul(g->mem, t->lo, scale), &narrow) ||
        !wide_narrow(wide_mul(g->mem, t->hi, scale), &narrow))
        return false;
    return t->vis == VIS_SECRET && t->kind == KIND_INT;
}

static void reveal_whole(ir *g, ir_node *reveal)
{
    const ir_node *quotient = &g->node[below_retags(g, reveal->in[0])];
    if (!is_recoverable(g, quotient)) return;
    uint32_t n = reveal->imms;
    int64_t *imm = arena_grow(g->mem, reveal->imm, n * sizeof *imm, (n + 2) * sizeof *imm);
    imm[n] = quotient->scale, imm[n + 1] = quotient->divisor;
    reveal->imm = imm, reveal->imms = n + 2;
    reveal->in[0] = quotient->whole;
}

void late(ir *g)
{
    for (ir_id v = 1; v < g->nodes; v++) {
        ir_node *n = &g->node[v];
        if (n->op != IR_REVEAL) continue;
        const port_decl *to = &g->header->output[n->imm[0]];
        if (to->party == PARTY_ALL && to->kind == KIND_FIX) reveal_whole(g, n);
    }
}
