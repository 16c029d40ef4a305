/* Whether the rounds of a loop could run beside each other: by the chains of messages from what a round begins with to
 * what it leaves. */
#include "compiler/loops.h"

/* Rounds that are laid one behind the other to see how long their chain gets; what kinds of work take, about. */
enum { LAID = 8, PRODUCT = 1, DECISION = 9, ORDERING = 100 };

/* About how many rounds of messages a value takes. */
static uint64_t weight(const ir *g, const ir_node *n)
{
    unsigned secrets = 0;
    for (uint32_t k = 0; k < n->ins; k++) secrets += ir_type(g, n->in[k])->vis == VIS_SECRET;
    switch (n->op) {
    case IR_MUL:
    case IR_MATMUL:
    case IR_AND:
    case IR_OR:
    case IR_XOR:
    case IR_MASK:
    case IR_SELECT: return secrets >= 2 ? PRODUCT : 0;
    case IR_LT:
    case IR_EQ:
    case IR_FLOOR:
    case IR_MAXIMUM:
    case IR_ARGMAX: return secrets ? DECISION : 0;
    case IR_RANK:
    case IR_SORT:
    case IR_FOUND:
    case IR_JOINED: return secrets ? ORDERING : 0;
    case IR_RANDOM:
    case IR_SHUFFLE:
    case IR_REVEAL: return PRODUCT;
    default: return 0;
    }
}

typedef struct chain {
    const ir *g;
    uint32_t body;
    ir_id first;   /* of the body's values, */
    uint64_t *len; /* by value from there: rounds of messages until it is there */
    uint64_t longest;
} chain;

static uint64_t before(const chain *x, ir_id v)
{
    return v < x->first ? 0 : x->len[v - x->first];
}

/* One more round. What blocks inside begin with, they wait for all that stands before. */
static void lay_round(chain *x)
{
    const ir *g = x->g;
    const ir_block *b = &g->block[x->body];
    for (ir_id v = x->first + b->args; v < g->nodes; v++) {
        const ir_node *n = &g->node[v];
        uint64_t longest = n->op == IR_ARG ? x->longest : 0;
        for (uint32_t k = 0; k < n->ins; k++)
            if (before(x, n->in[k]) > longest) longest = before(x, n->in[k]);
        x->len[v - x->first] = longest + weight(g, n);
        if (x->len[v - x->first] > x->longest) x->longest = x->len[v - x->first];
    }
    uint64_t *next = arena_alloc(g->mem, b->args * sizeof *next);
    for (uint32_t k = 0; k < b->args; k++) next[k] = before(x, b->result[k]);
    for (uint32_t k = 0; k < b->args; k++) x->len[b->arg[k] - x->first] = next[k];
}

bool loop_overlaps(const ir *g, uint32_t body)
{
    chain x = {.g = g, .body = body, .first = g->block[body].arg[0]};
    x.len = arena_alloc(g->mem, (g->nodes - x.first) * sizeof *x.len);
    lay_round(&x);
    const uint64_t alone = x.longest;
    for (unsigned k = 1; k < LAID; k++) lay_round(&x);
    return x.longest < LAID * alone;
}
