/* Lists of private length as lists of their bound, and as many bools that say which items are there: the first ones. Each
 * value of the graph is made anew, in the same order and block; what stands behind the last item is a number within its
 * declared range like all others, so that every range that was proved holds, and counts nowhere.
 *
 * The owner pads what it has and counts it; both are shared like inputs, within ranges that the nodes check. So it may have
 * shared any list that its declaration allows, and nothing else. Lists that meet in one operation have one length. */
#include "compiler/pad.h"

#include <string.h>

#include "compiler/lower.h"
#include "compiler/sort.h"

typedef struct padding {
    const ir *from;
    ir *g;
    ir_id *to;      /* by value of `from` */
    ir_id *cleared; /* the same, of lists: 0 behind the last item; 0: not made so far */
    uint32_t *list; /* of lists: an input that is as long */
    /* by input */
    uint32_t *like; /* another that is as long; itself: the one that stands for all of them */
    place *met;     /* of that one: the word at which two of them met */
    ir_id *given, *length, *there;
} padding;

static const ir_node *node_of(const padding *p, ir_id v)
{
    return &p->from->node[v];
}

static bool is_list(const padding *p, ir_id v)
{
    return node_of(p, v)->type.open;
}

/* The first operand that is a list, as its number; ins when none is. */
static uint32_t first_list(const padding *p, const ir_node *n)
{
    uint32_t k = 0;
    while (k < n->ins && !is_list(p, n->in[k])) k++;
    return k;
}

/* --- which lists are equally long */

static uint32_t stands_for(const padding *p, uint32_t input)
{
    while (p->like[input] != input) input = p->like[input];
    return input;
}

static void meet(padding *p, uint32_t a, uint32_t b, place at)
{
    a = stands_for(p, a), b = stands_for(p, b);
    if (a == b) return;
    p->like[a > b ? a : b] = a > b ? b : a;
    p->met[a > b ? b : a] = at;
}

static void find_lists(padding *p)
{
    for (uint32_t i = 0; i < p->from->header->inputs; i++) p->like[i] = i;
    for (ir_id v = 1; v < p->from->nodes; v++) {
        const ir_node *n = node_of(p, v);
        const uint32_t first = first_list(p, n);
        if (n->op == IR_INPUT) p->list[v] = (uint32_t)n->imm[0];
        if (first < n->ins) p->list[v] = p->list[n->in[first]];
        for (uint32_t k = first; k < n->ins; k++)
            if (is_list(p, n->in[k])) meet(p, p->list[v], p->list[n->in[k]], n->at);
    }
}

/* --- what their owners share of them */

/* The number of the range that is nearest to 0. */
static wide filling_of(const type *t)
{
    return wide_most(t->lo, wide_least(t->hi, wide_of(0)));
}

static void share_lists(padding *p)
{
    ir *g = p->g;
    for (ir_id v = 1; v < p->from->nodes; v++) {
        const ir_node *n = node_of(p, v);
        if (n->op != IR_INPUT || !n->type.open) continue;
        ir_id list = ir_copy(g, n, NULL);
        p->given[n->imm[0]] = list;
        p->to[v] = ir_pad(g, list, ir_number(g, (kind)n->type.kind, filling_of(&n->type)));
    }
}

static ir_id length_of(padding *p, ir_id list)
{
    const uint32_t first = stands_for(p, p->list[list]), inputs = p->from->header->inputs;
    ir_id *alike = arena_alloc(p->g->mem, inputs * sizeof *alike);
    uint32_t count = 0;
    if (p->length[first]) return p->length[first];
    for (uint32_t i = first; i < inputs; i++)
        if (p->given[i] && stands_for(p, i) == first) alike[count++] = p->given[i];
    p->g->at = count > 1 ? p->met[first] : p->g->node[p->given[first]].at;
    return p->length[first] = ir_length(p->g, alike, count);
}

/* Which items of the one that stands for all are there, by item along the last axis; of a group the party axis is the other. */
static ir_id there_at_owner(padding *p, ir_id list)
{
    ir *g = p->g;
    const uint32_t first = stands_for(p, p->list[list]);
    const type *t = ir_type(p->from, list);
    int64_t dim[2], along[2] = {0};
    if (p->there[first]) return p->there[first];
    ir_id length = length_of(p, list);
    const unsigned axes = ir_type(g, length)->rank;
    dim[0] = t->dim[0], dim[axes] = t->dim[t->rank - 1], along[axes] = 1;
    ir_id places = ir_view(g, ir_iota(g, dim[axes]), axes + 1, dim, 0, along);
    return p->there[first] = ir_binary(g, IR_LT, places, length);
}

/* Done before all else, wherever the list is met first. */
static ir_id at_the_top(padding *p, ir_id (*make)(padding *, ir_id), ir_id list)
{
    const uint32_t here = p->g->current;
    const place at = p->g->at;
    p->g->current = 0;
    ir_id v = make(p, list);
    p->g->current = here, p->g->at = at;
    return v;
}

/* The same by item of a list, or (axes: one less) at each place before its last axis: whether there is an item at all. */
static ir_id there(padding *p, ir_id list, unsigned axes)
{
    const type *t = ir_type(p->from, list);
    ir_id v = at_the_top(p, there_at_owner, list);
    int64_t stride[AXES] = {0};
    if (ir_type(p->g, v)->rank > 1) stride[0] = t->dim[t->rank - 1];
    if (axes == t->rank) stride[t->rank - 1] = 1;
    return ir_view(p->g, v, axes, t->dim, 0, stride);
}

/* --- lists of which only the items that are there count */

static ir_id cleared(padding *p, ir_id v);

/* The operand at which a product of v is cleared for less than v: one that is cleared, or one of bits; ins: none. */
static uint32_t cleared_at(const padding *p, const ir_node *n)
{
    if (n->op == IR_INT || n->op == IR_RETAG || n->op == IR_VIEW) return 0;
    if (n->op != IR_MUL && n->op != IR_MASK && n->op != IR_AND) return n->ins;
    for (uint32_t k = 0; k < n->ins; k++)
        if (is_list(p, n->in[k]) && p->cleared[n->in[k]]) return k;
    for (uint32_t k = n->ins; k-- > 0;)
        if (is_list(p, n->in[k]) &&
            (ir_type(p->from, n->in[k])->kind == KIND_BOOL || node_of(p, n->in[k])->op == IR_INT))
            return k;
    return n->ins;
}

static ir_id clear(padding *p, ir_id v)
{
    ir *g = p->g;
    const ir_node *n = node_of(p, v);
    const uint32_t at = cleared_at(p, n);
    if (at == n->ins) return ir_binary(g, IR_MASK, p->to[v], there(p, v, n->type.rank));
    ir_id of = cleared(p, n->in[at]);
    switch (n->op) {
    case IR_INT: return ir_unary(g, IR_INT, of);
    case IR_RETAG: return ir_retag(g, of, (kind)n->type.kind);
    case IR_VIEW:
        return ir_reshape(g, of, n->type.rank, n->type.dim); /* a list is viewed as a whole */
    default:
        return ir_binary(g, (ir_op)n->op, at == 0 ? of : p->to[n->in[0]],
                         at == 1 ? of : p->to[n->in[1]]);
    }
}

/* In v's own block, where all find it that read v. */
static ir_id cleared(padding *p, ir_id v)
{
    const uint32_t here = p->g->current;
    if (p->cleared[v]) return p->cleared[v];
    p->g->current = node_of(p, v)->block;
    p->cleared[v] = clear(p, v);
    p->g->current = here;
    return p->cleared[v];
}

/* The list with `filling` behind the last item. */
static ir_id filled(padding *p, ir_id v, ir_id filling)
{
    wide known;
    if (ir_known(p->g, filling, &known) && !wide_sign(known)) return cleared(p, v);
    return ir_select(p->g, there(p, v, node_of(p, v)->type.rank), p->to[v], filling);
}

/* --- what is no longer a list */

/* The largest item, or its place: items that are there come first, so that of equals one of them is found. */
static ir_id largest(padding *p, ir_op op, ir_id v)
{
    ir *g = p->g;
    const type *t = ir_type(g, p->to[v]);
    const ir_id least = ir_number(g, (kind)t->kind, t->lo);
    ir_id found = ir_unary(g, op, filled(p, v, least));
    if (op == IR_ARGMAX || !wide_sign(ir_type(g, least)->lo)) return found;
    return ir_binary(g, IR_MASK, found, there(p, v, node_of(p, v)->type.rank - 1u));
}

/* What sorts v: what is not there comes last, for equals keep their order. */
static ir_id keys(padding *p, ir_id v)
{
    const type *t = ir_type(p->g, p->to[v]);
    return filled(p, v, ir_number(p->g, (kind)t->kind, t->hi));
}

static ir_id order(padding *p, ir_id v)
{
    const ir_node *n = node_of(p, v);
    if (n->op == IR_ORDER) return sort_ranks(p->g, keys(p, n->in[0])); /* the order of an order */
    return sort_order(p->g, keys(p, v));
}

/* The item at one secret place of each row, 0 where there is none. */
static ir_id item_at(padding *p, ir_id v, ir_id at)
{
    ir *g = p->g;
    const type t = node_of(p, v)->type, of_place = *ir_type(g, at);
    ir_id place_of_row = ir_reshape(g, at, t.rank - 1u, t.dim);
    ir_id here =
        ir_binary(g, IR_AND, lower_onehot(g, place_of_row, t.dim[t.rank - 1]), there(p, v, t.rank));
    ir_id item = ir_unary(g, IR_SUM, ir_binary(g, IR_MASK, p->to[v], here));
    item = ir_clamp_range(g, item, wide_least(t.lo, wide_of(0)), wide_most(t.hi, wide_of(0)));
    if (t.kind == KIND_BOOL) item = ir_binary(g, IR_EQ, item, number_of(g, 1));
    return ir_reshape(g, item, of_place.rank, of_place.dim);
}

static ir_id picked(padding *p, const ir_node *n)
{
    const ir_node *places = node_of(p, n->in[1]);
    if (places->op == IR_ORDER) return sort_rows(p->g, p->to[n->in[0]], keys(p, places->in[0]));
    return item_at(p, n->in[0], p->to[n->in[1]]);
}

/* --- one value after the other */

/* Item by item, or running: what is there comes first. Beside it the rest is whatever it is. */
static ir_id copy(padding *p, const ir_node *n)
{
    ir_node padded = *n;
    ir_id *in = arena_alloc(p->g->mem, n->ins * sizeof *in);
    for (uint32_t k = 0; k < n->ins; k++) in[k] = p->to[n->in[k]];
    padded.type.open = false;
    return ir_copy(p->g, &padded, in);
}

static ir_id without_list(padding *p, const ir_node *n)
{
    switch (n->op) {
    case IR_LENGTH: return at_the_top(p, length_of, n->in[0]);
    case IR_PAD: return filled(p, n->in[0], p->to[n->in[1]]);
    case IR_SUM: return ir_unary(p->g, IR_SUM, cleared(p, n->in[0]));
    case IR_MAXIMUM:
    case IR_ARGMAX: return largest(p, (ir_op)n->op, n->in[0]);
    case IR_ORDER: return order(p, n->in[0]);
    case IR_PICK: return picked(p, n);
    default: return copy(p, n);
    }
}

static ir_id padded(padding *p, const ir_node *n)
{
    ir_id v;
    p->g->at = n->at, p->g->current = n->block;
    if (n->op == IR_DIV && n->type.vis == VIS_SECRET) /* the mean of a list */
        v = lower_floor_by_secret(p->g, p->to[n->in[0]], p->to[n->in[1]]);
    else if (first_list(p, n) < n->ins)
        v = without_list(p, n);
    else
        return copy(p, n);
    return n->type.open ? v : ir_clamp_range(p->g, v, n->type.lo, n->type.hi);
}

static ir_id *moved(const padding *p, const ir_id *v, uint32_t count)
{
    ir_id *to = arena_alloc(p->g->mem, count * sizeof *to);
    for (uint32_t k = 0; k < count; k++) to[k] = p->to[v[k]];
    return to;
}

static void copy_blocks(padding *p)
{
    ir *g = p->g;
    for (uint32_t b = 0; b < g->blocks; b++) {
        g->block[b].arg = moved(p, g->block[b].arg, g->block[b].args);
        g->block[b].result = moved(p, g->block[b].result, g->block[b].results);
    }
}

static padding padding_new(const ir *from, ir *out)
{
    arena *mem = from->mem;
    const size_t n = from->nodes, inputs = from->header->inputs;
    return (padding){.from = from,
                     .g = out,
                     .to = arena_alloc(mem, n * sizeof(ir_id)),
                     .cleared = arena_alloc(mem, n * sizeof(ir_id)),
                     .list = arena_alloc(mem, n * sizeof(uint32_t)),
                     .like = arena_alloc(mem, inputs * sizeof(uint32_t)),
                     .met = arena_alloc(mem, inputs * sizeof(place)),
                     .given = arena_alloc(mem, inputs * sizeof(ir_id)),
                     .length = arena_alloc(mem, inputs * sizeof(ir_id)),
                     .there = arena_alloc(mem, inputs * sizeof(ir_id))};
}

void pad_lengths(const ir *from, ir *out)
{
    padding p = padding_new(from, out);
    *out = *from;
    out->node = arena_alloc(from->mem, from->node_cap * sizeof *out->node), out->nodes = 1;
    out->block = arena_alloc(from->mem, from->blocks * sizeof *out->block);
    memcpy(out->block, from->block, from->blocks * sizeof *out->block);
    find_lists(&p);
    share_lists(&p);
    for (ir_id v = 1; v < from->nodes; v++)
        if (!p.to[v]) p.to[v] = padded(&p, node_of(&p, v));
    copy_blocks(&p);
}
