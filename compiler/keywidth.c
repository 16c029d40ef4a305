/* The width of keys. A pair of different texts has equal keys of b bits with probability 2^-b, so that among n
 * pairs a false match has at most n 2^-b. */
#include "compiler/keywidth.h"

#include "vm/key.h"

enum { CHANCE_BITS = 40 }; /* of any false match: at most 2^-40 */

static uint64_t times(uint64_t a, uint64_t b)
{
    uint64_t product;
    return __builtin_mul_overflow(a, b, &product) ? UINT64_MAX : product;
}

static uint64_t plus(uint64_t a, uint64_t b)
{
    return a > UINT64_MAX - b ? UINT64_MAX : a + b;
}

/* How often each block runs at most. A block's value comes after those of its body and before those of what is around. */
static uint64_t *count_runs(const ir *g)
{
    uint64_t *runs = arena_alloc(g->mem, g->blocks * sizeof *runs);
    runs[0] = 1;
    for (ir_id v = g->nodes; v-- > 1;) {
        const ir_node *n = &g->node[v];
        uint32_t body[2];
        for (unsigned k = ir_blocks(n, body); k-- > 0;)
            runs[body[k]] = times(runs[n->block], n->op == IR_IF ? 1 : (uint64_t)n->imm[0]);
    }
    return runs;
}

/* Both results of one join, which follow each other, stand for the same pairs. */
static bool is_counted(const ir *g, ir_id v, const site *sites)
{
    const ir_node *n = &g->node[v];
    if (n->op != IR_JOINED || v + 1 == g->nodes) return true;
    return n[1].op != IR_FOUND || !sites[v + 1].live;
}

static uint64_t pairs_of(const ir *g, const ir_node *n, const uint64_t *runs)
{
    uint64_t items = 0;
    bool joins = n->op == IR_FOUND || n->op == IR_JOINED;
    if ((n->op != IR_EQ && !joins) || ir_type(g, n->in[0])->kind != KIND_KEY) return 0;
    type_length(joins ? ir_type(g, n->in[0]) : &n->type, &items);
    return times(times(items, joins ? (uint64_t)n->imm[1] : 1), runs[n->block]);
}

/* Returns the value whose word compares most. */
static ir_id count_pairs(ir *g, const site *sites)
{
    const uint64_t *runs = count_runs(g);
    uint64_t most = 0;
    ir_id dearest = 0;
    for (ir_id v = 1; v < g->nodes; v++) {
        uint64_t pairs =
            sites[v].live && is_counted(g, v, sites) ? pairs_of(g, &g->node[v], runs) : 0;
        if (pairs > most) most = pairs, dearest = v;
        g->keys.pairs = plus(g->keys.pairs, pairs);
    }
    return dearest;
}

static void cut_keys(ir *g, num most)
{
    for (ir_id v = 1; v < g->nodes; v++) {
        ir_node *n = &g->node[v];
        uint64_t items = 0;
        if (n->type.kind != KIND_KEY) continue;
        n->type.lo = wide_of(0), n->type.hi = wide_of_num(most);
        if (n->op == IR_CONST) type_length(&n->type, &items);
        for (uint64_t i = 0; i < items; i++)
            n->konst[i] = wide_of_num(key_cut(wide_num(n->konst[i]), most));
        g->keys.bits = num_bits(most);
    }
    for (uint32_t i = 0; i < g->header->inputs; i++)
        if (g->header->input[i].kind == KIND_KEY) g->header->input[i].hi = wide_of_num(most);
}

static status refuse(const ir *g, failure *err)
{
    fail(err, E_PROGRAM, "E0402", "keys of %d bits would match by chance too often", KEY_BITS_NARROW);
    fail_add(err, "%llu pairs are compared, a false match likelier than 2^-%d",
             (unsigned long long)g->keys.pairs, CHANCE_BITS);
    fail_add(err, "note: --field p61 was asked for");
    fail_add(err, "help: leave out --field, and keys have %d bits", KEY_BITS_WIDE);
    return E_PROGRAM;
}

status choose_key_width(ir *g, const site *sites, place *where, failure *err)
{
    ir_id dearest = count_pairs(g, sites);
    bool narrow = g->keys.pairs <= (uint64_t)1 << (KEY_BITS_NARROW - CHANCE_BITS);
    if (!narrow && g->field.bits == 61 && !g->field.prime) {
        *where = g->node[dearest].at;
        return refuse(g, err);
    }
    cut_keys(g, key_most(narrow ? KEY_BITS_NARROW : KEY_BITS_WIDE));
    return OK;
}
