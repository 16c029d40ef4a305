/* Which inputs each value is made of, through loops and branches. */
#include "compiler/provenance.h"

input_set provenance_of_input(int64_t input)
{
    return (input_set)1 << (input < 63 ? input : 63);
}

/* The values that come into v from another block: of an argument what the loop begins with and what a round leaves. */
static input_set across_blocks(const ir *g, const input_set *from, const ir_id *loop_of, ir_id v)
{
    const ir_node *n = &g->node[v];
    uint32_t body[2];
    if (n->op == IR_ARG) {
        const ir_node *loop = &g->node[loop_of[n->block]];
        return from[loop->in[n->imm[0]]] | from[g->block[n->block].result[n->imm[0]]];
    }
    const ir_node *control = &g->node[n->in[0]];
    input_set set = 0;
    for (unsigned k = ir_blocks(control, body); k-- > 0;)
        set |= control->op == IR_IF ? from[g->block[body[k]].result[n->imm[0]]]
                                    : from[g->block[body[k]].arg[n->imm[0]]];
    return set;
}

static input_set made_of(const ir *g, const input_set *from, const ir_id *loop_of, ir_id v)
{
    const ir_node *n = &g->node[v];
    if (n->op == IR_INPUT) return provenance_of_input(n->imm[0]);
    if (n->op == IR_TOLD) return 0;
    if (n->op == IR_REVEAL && g->header->output[n->imm[0]].party == PARTY_ALL) return 0;
    if (n->op == IR_ARG || n->op == IR_OUT) return across_blocks(g, from, loop_of, v);
    input_set set = 0;
    for (uint32_t k = 0; k < n->ins; k++) set |= from[n->in[k]];
    return set;
}

/* Again as long as what goes from round to round brings more; each time at least one argument has got an input more. */
input_set *provenance(const ir *g)
{
    input_set *from = arena_alloc(g->mem, g->nodes * sizeof *from);
    ir_id *loop_of = arena_alloc(g->mem, g->blocks * sizeof *loop_of);
    uint32_t body[2];
    for (ir_id v = 1; v < g->nodes; v++)
        if (g->node[v].op != IR_IF && ir_blocks(&g->node[v], body)) loop_of[body[0]] = v;
    for (bool grew = true; grew;) {
        grew = false;
        for (ir_id v = 1; v < g->nodes; v++) {
            const input_set set = made_of(g, from, loop_of, v);
            grew = grew || (set != from[v] && g->node[v].op == IR_ARG);
            from[v] = set;
        }
    }
    return from;
}
