/* Builds the middle: gives every new value its type and range, and computes at once what is known. */
#include "compiler/ir.h"
#include "compiler/fold.h"

#include <string.h>

/* --- types */

type type_scalar(vis v, kind k, wide lo, wide hi)
{
    return (type){.vis = (uint8_t)v, .kind = (uint8_t)k, .lo = lo, .hi = hi, .owner = NO_OWNER};
}

bool type_length(const type *t, uint64_t *out)
{
    uint64_t n = 1;
    for (unsigned k = 0; k < t->rank; k++) {
        if (t->dim[k] < 0) return false;
        if (__builtin_mul_overflow(n, (uint64_t)t->dim[k], &n)) n = UINT64_MAX;
    }
    *out = n;
    return true;
}

const type *ir_type(const ir *g, ir_id v)
{
    return &g->node[v].type;
}

static void type_range(type *t, wide lo, wide hi)
{
    t->lo = lo;
    t->hi = hi;
}

/* What comes from several values is as visible as the least visible, and one owner's only when every value
 * that is not known is that owner's. */
static void type_join_origin(type *t, const type *other)
{
    if (other->vis == VIS_KNOWN) return;
    t->owner = t->vis == VIS_KNOWN || t->owner == other->owner ? other->owner : NO_OWNER;
    if (other->vis > t->vis) t->vis = other->vis;
}

/* The shape of an elementwise result: that of the operand with more axes. */
static type type_pair(const type *a, const type *b)
{
    type t = a->rank >= b->rank ? *a : *b;
    t.vis = a->vis, t.owner = a->owner;
    t.open = a->open || b->open;
    type_join_origin(&t, b);
    return t;
}

/* A letter counts as one: `check` judges no range that rests on an unknown size. */
static wide last_axis(const type *t)
{
    int64_t n = t->rank ? t->dim[t->rank - 1] : 1;
    return wide_of(n < 0 ? 1 : n);
}

static type without_last_axis(const type *a)
{
    type t = *a;
    if (t.rank > 0) t.rank--;
    t.open = false;
    return t;
}

/* --- nodes */

enum { LEAST_NODES = 64 };

void ir_init(ir *g, arena *mem, header *h, uint32_t expected)
{
    *g = (ir){.mem = mem, .header = h, .nodes = 1, .node_cap = LEAST_NODES, .blocks = 1};
    while (g->node_cap <= expected) g->node_cap *= 2;
    g->node = arena_alloc(mem, g->node_cap * sizeof *g->node);
    g->block = arena_alloc(mem, sizeof *g->block);
}

/* Lists that grow by doubling keep their capacity in their length: it is the next power of two. */
static bool is_full(uint32_t len)
{
    return (len & (len - 1)) == 0;
}

static ir_id new_node(ir *g, ir_op op, const type *t, const ir_id *in, uint32_t ins,
                      const int64_t *imm, uint32_t imms)
{
    if (g->nodes == g->node_cap) {
        size_t old = g->node_cap * sizeof *g->node;
        g->node = arena_grow(g->mem, g->node, old, 2 * old);
        g->node_cap *= 2;
    }
    ir_id v = g->nodes++;
    ir_node *n = &g->node[v];
    *n = (ir_node){
        .op = (uint8_t)op, .block = g->current, .type = *t, .ins = ins, .imms = imms, .at = g->at};
    n->in = arena_alloc(g->mem, ins * sizeof *in);
    n->imm = arena_alloc(g->mem, imms * sizeof *imm);
    if (ins) memcpy(n->in, in, ins * sizeof *in);
    if (imms) memcpy(n->imm, imm, imms * sizeof *imm);
    return v;
}

static ir_id new_const(ir *g, const type *of, wide *items, size_t n)
{
    type t = *of;
    t.vis = VIS_KNOWN, t.owner = NO_OWNER, t.open = false;
    type_range(&t, n ? items[0] : wide_of(0), n ? items[0] : wide_of(0));
    for (size_t i = 1; i < n; i++)
        type_range(&t, wide_least(t.lo, items[i]), wide_most(t.hi, items[i]));
    ir_id v = new_node(g, IR_CONST, &t, NULL, 0, NULL, 0);
    g->node[v].konst = items;
    return v;
}

static bool is_empty(const ir *g, ir_id v)
{
    uint64_t n;
    return type_length(ir_type(g, v), &n) && n == 0;
}

/* What follows from values of no items is known: nothing, or zeros (a sum, the largest, a product of matrices);
 * bytecode has no empty values. Returns 0 when it does not follow from nothing. */
static ir_id make_of_nothing(ir *g, ir_op op, const type *t, const ir_id *in, uint32_t ins)
{
    uint64_t n;
    if (!type_length(t, &n)) return 0;
    if (n == 0) return new_const(g, t, arena_alloc(g->mem, 0), 0);
    if (op == IR_CAT || !ins || !is_empty(g, in[0])) return 0;
    static const int64_t everywhere[AXES];
    return ir_view(g, ir_number(g, (kind)t->kind, wide_of(0)), t->rank, t->dim, 0, everywhere);
}

/* Makes the value, or computes it now when all it needs is known and it is small. */
static ir_id make(ir *g, ir_op op, const type *t, const ir_id *in, uint32_t ins, const int64_t *imm,
                  uint32_t imms)
{
    uint64_t n = 0;
    ir_id nothing = make_of_nothing(g, op, t, in, ins);
    if (nothing) return nothing;
    bool known = t->vis == VIS_KNOWN && ins > 0 && type_length(t, &n) && n <= FOLD_ITEMS;
    for (uint32_t k = 0; known && k < ins; k++) known = g->node[in[k]].op == IR_CONST;
    if (known) {
        wide *items = arena_alloc(g->mem, (size_t)n * sizeof *items);
        g->folded += fold_work(g, op, in, imm, n);
        if (fold_items(g, op, in, ins, imm, imms, t, items))
            return new_const(g, t, items, (size_t)n);
    }
    return new_node(g, op, t, in, ins, imm, imms);
}

ir_id ir_copy(ir *g, const ir_node *n, const ir_id *in)
{
    const uint32_t outer = g->current;
    g->current = n->block, g->at = n->at;
    ir_id v = new_node(g, (ir_op)n->op, &n->type, in, n->ins, n->imm, n->imms);
    g->node[v].konst = n->konst, g->node[v].noise = n->noise;
    g->current = outer;
    return v;
}

ir_id ir_const(ir *g, type t, const wide *items)
{
    uint64_t n = 0;
    type_length(&t, &n);
    wide *copy = arena_alloc(g->mem, (size_t)n * sizeof *copy);
    if (n) memcpy(copy, items, (size_t)n * sizeof *copy);
    return new_const(g, &t, copy, (size_t)n);
}

ir_id ir_number(ir *g, kind k, wide v)
{
    return ir_const(g, type_scalar(VIS_KNOWN, k, v, v), &v);
}

bool ir_known(const ir *g, ir_id v, wide *out)
{
    const ir_node *n = &g->node[v];
    if (n->op != IR_CONST || n->type.rank != 0) return false;
    *out = n->konst[0];
    return true;
}

ir_id ir_letter(ir *g, int64_t letter)
{
    type t = type_scalar(VIS_KNOWN, KIND_INT, wide_of(0), wide_of(INT32_MAX));
    return new_node(g, IR_LETTER, &t, NULL, 0, &letter, 1);
}

ir_id ir_iota(ir *g, int64_t count)
{
    type t = type_scalar(VIS_KNOWN, KIND_INT, wide_of(0), wide_of(count > 0 ? count - 1 : 0));
    t.rank = 1, t.dim[0] = count;
    if (count < 0 || count > FOLD_ITEMS) return new_node(g, IR_IOTA, &t, NULL, 0, NULL, 0);
    wide *items = arena_alloc(g->mem, (size_t)count * sizeof *items);
    for (int64_t i = 0; i < count; i++) items[i] = wide_of(i);
    g->folded += (uint64_t)count;
    return new_const(g, &t, items, (size_t)count);
}

/* --- drawing */

ir_id ir_random(ir *g, unsigned rank, const int64_t *dim)
{
    type t = type_scalar(VIS_SECRET, KIND_BOOL, wide_of(0), wide_of(1));
    t.rank = (uint8_t)rank;
    for (unsigned k = 0; k < rank; k++) t.dim[k] = dim[k];
    return make(g, IR_RANDOM, &t, NULL, 0, NULL, 0);
}

ir_id ir_shuffle(ir *g, ir_id a, int64_t rows, int64_t width)
{
    type t = *ir_type(g, a);
    int64_t imm[2] = {rows, width};
    t.vis = VIS_SECRET;
    return make(g, IR_SHUFFLE, &t, &a, 1, imm, 2);
}

/* --- the border */

static type port_type(const header *h, const port_decl *port, vis v)
{
    type t = type_scalar(v, port->kind, port->lo, port->hi);
    bool group = port->party != PARTY_ALL && h->party[port->party].group;
    if (group) t.dim[t.rank++] = h->party[port->party].size;
    for (unsigned k = 0; k < port->rank && t.rank < AXES; k++)
        t.dim[t.rank++] = (int64_t)port->dim[k];
    t.open = port->open;
    return t;
}

ir_id ir_input(ir *g, uint32_t input)
{
    const port_decl *port = &g->header->input[input];
    type t = port_type(g->header, port, VIS_SECRET);
    t.owner = port->party;
    int64_t imm = input;
    ir_id v = make(g, IR_INPUT, &t, NULL, 0, &imm, 1);
    g->node[v].block = 0; /* wherever its name is met first */
    return v;
}

static ir_id reveal(ir *g, ir_id v, const int64_t *imm, uint32_t imms)
{
    type t = *ir_type(g, v);
    t.vis = VIS_PUBLIC, t.owner = NO_OWNER;
    return new_node(g, IR_REVEAL, &t, &v, 1, imm, imms);
}

ir_id ir_reveal(ir *g, uint32_t output, ir_id v)
{
    return reveal(g, v, (int64_t[]){output}, 1);
}

ir_id ir_reveal_row(ir *g, uint32_t output, ir_id v, int64_t row)
{
    return reveal(g, v, (int64_t[]){output, row}, 2);
}

ir_id ir_told(ir *g, uint32_t output, ir_id after, wide lo, wide hi)
{
    type t = port_type(g->header, &g->header->output[output], VIS_PUBLIC);
    type_range(&t, lo, hi);
    int64_t imm = output;
    return new_node(g, IR_TOLD, &t, &after, 1, &imm, 1);
}

/* --- elementwise */

static bool has_zero(const type *t)
{
    return wide_sign(t->lo) <= 0 && wide_sign(t->hi) >= 0;
}

/* A bool as a number, where a number is needed. */
static ir_id number(ir *g, ir_id a)
{
    return ir_type(g, a)->kind == KIND_BOOL ? ir_unary(g, IR_INT, a) : a;
}

static void range_product(arena *mem, type *t, const type *a, const type *b)
{
    wide c[4] = {wide_mul(mem, a->lo, b->lo), wide_mul(mem, a->lo, b->hi),
                 wide_mul(mem, a->hi, b->lo), wide_mul(mem, a->hi, b->hi)};
    type_range(t, wide_least(wide_least(c[0], c[1]), wide_least(c[2], c[3])),
               wide_most(wide_most(c[0], c[1]), wide_most(c[2], c[3])));
}

static void range_square(arena *mem, type *t, const type *a)
{
    wide lo = wide_mul(mem, a->lo, a->lo), hi = wide_mul(mem, a->hi, a->hi);
    type_range(t, has_zero(a) ? wide_of(0) : wide_least(lo, hi), wide_most(lo, hi));
}

/* A quotient is monotone in each operand where the divisor keeps its sign: its extremes are at the corners
 * of the divisor's negative and positive parts; division by 0 gives 0. */
static void range_quotient(arena *mem, type *t, const type *a, const type *b)
{
    wide divisor[4] = {b->lo, wide_least(b->hi, wide_of(-1)), wide_most(b->lo, wide_of(1)), b->hi};
    wide lo = wide_of(0), hi = wide_of(0);
    bool any = has_zero(b);
    for (unsigned k = 0; k < 4; k++) {
        wide d = divisor[k];
        if (wide_less(d, b->lo) || wide_less(b->hi, d) || !wide_sign(d)) continue;
        wide x = wide_floor_div(mem, a->lo, d), y = wide_floor_div(mem, a->hi, d);
        lo = any ? wide_least(lo, wide_least(x, y)) : wide_least(x, y);
        hi = any ? wide_most(hi, wide_most(x, y)) : wide_most(x, y);
        any = true;
    }
    type_range(t, lo, hi);
}

static void range_remainder(arena *mem, type *t, const type *a, const type *b)
{
    const wide zero = wide_of(0), one = wide_of(1);
    wide hi = wide_sign(b->hi) > 0 ? wide_sub(mem, b->hi, one) : zero;
    if (wide_sign(a->lo) >= 0 && wide_sign(b->lo) >= 0) hi = wide_least(hi, a->hi);
    type_range(t, wide_sign(b->lo) < 0 ? wide_add(mem, b->lo, one) : zero, hi);
}

static void kind_and_range(arena *mem, type *t, ir_op op, const type *a, const type *b)
{
    uint8_t wider = a->kind > b->kind ? a->kind : b->kind;
    t->kind = wider;
    switch (op) {
    case IR_ADD: type_range(t, wide_add(mem, a->lo, b->lo), wide_add(mem, a->hi, b->hi)); break;
    case IR_SUB: type_range(t, wide_sub(mem, a->lo, b->hi), wide_sub(mem, a->hi, b->lo)); break;
    case IR_MUL:
        if (a->kind == KIND_FIX && b->kind == KIND_FIX) t->kind = KIND_INT;
        range_product(mem, t, a, b);
        break;
    case IR_MASK:
        t->kind = a->kind;
        type_range(t, wide_least(a->lo, wide_of(0)), wide_most(a->hi, wide_of(0)));
        break;
    case IR_DIV: range_quotient(mem, t, a, b); break;
    case IR_MOD: range_remainder(mem, t, a, b); break;
    default: /* comparisons and logic */ t->kind = KIND_BOOL; type_range(t, wide_of(0), wide_of(1));
    }
}

/* x + 0, x - 0, x * 1 are x, when the shape is x's. */
static bool is_neutral(const ir *g, ir_op op, ir_id a, ir_id b)
{
    wide k;
    if (!ir_known(g, b, &k)) return false;
    const type *ta = ir_type(g, a), *tb = ir_type(g, b);
    if (op == IR_MUL) return wide_equal(k, wide_of(1)) && tb->kind <= KIND_INT;
    return (op == IR_ADD || op == IR_SUB) && !wide_sign(k) && ta->kind >= tb->kind;
}

ir_id ir_binary(ir *g, ir_op op, ir_id a, ir_id b)
{
    bool arithmetic = op == IR_ADD || op == IR_SUB || op == IR_MUL || op == IR_DIV || op == IR_MOD;
    bool bools = ir_type(g, a)->kind == KIND_BOOL && ir_type(g, b)->kind == KIND_BOOL;
    if (op == IR_EQ && bools) return ir_unary(g, IR_NOT, ir_binary(g, IR_XOR, a, b));
    if (op == IR_MASK && bools) op = IR_AND;
    if (arithmetic || op == IR_LT || op == IR_EQ) a = number(g, a), b = number(g, b);
    if (is_neutral(g, op, a, b)) return a;
    if ((op == IR_ADD || op == IR_MUL) && is_neutral(g, op, b, a)) return b;

    type t = type_pair(ir_type(g, a), ir_type(g, b));
    kind_and_range(g->mem, &t, op, ir_type(g, a), ir_type(g, b));
    if (op == IR_MUL && a == b) range_square(g->mem, &t, ir_type(g, a));
    ir_id in[2] = {a, b};
    return make(g, op, &t, in, 2, NULL, 0);
}

ir_id ir_select(ir *g, ir_id b, ir_id x, ir_id y)
{
    wide known;
    const type *tb = ir_type(g, b), *tx = ir_type(g, x), *ty = ir_type(g, y);
    if (tx->kind != ty->kind)
        x = number(g, x), y = number(g, y), tx = ir_type(g, x), ty = ir_type(g, y);
    type t = type_pair(tx, ty), with_choice = type_pair(&t, tb);
    with_choice.kind = tx->kind > ty->kind ? tx->kind : ty->kind;
    type_range(&with_choice, wide_least(tx->lo, ty->lo), wide_most(tx->hi, ty->hi));
    if (ir_known(g, b, &known)) {
        const type *taken = wide_sign(known) ? tx : ty;
        if (taken->rank == with_choice.rank && taken->kind == with_choice.kind)
            return wide_sign(known) ? x : y;
    }
    ir_id in[3] = {b, x, y};
    return make(g, IR_SELECT, &with_choice, in, 3, NULL, 0);
}

ir_id ir_residue(ir *g, ir_id a)
{
    type t = *ir_type(g, a);
    type_range(&t, wide_of(0), wide_sub(g->mem, g->modulus, wide_of(1)));
    return make(g, IR_RESIDUE, &t, &a, 1, NULL, 0);
}

ir_id ir_floor(ir *g, ir_id a, unsigned f)
{
    if (f == 0) return a;
    a = number(g, a);
    type t = *ir_type(g, a);
    type_range(&t, wide_shift_floor(g->mem, t.lo, f), wide_shift_floor(g->mem, t.hi, f));
    int64_t imm = f;
    return make(g, IR_FLOOR, &t, &a, 1, &imm, 1);
}

ir_id ir_retag(ir *g, ir_id a, kind k)
{
    type t = *ir_type(g, a);
    if (t.kind == k) return a;
    t.kind = (uint8_t)k;
    return make(g, IR_RETAG, &t, &a, 1, NULL, 0);
}

ir_id ir_clamp_range(ir *g, ir_id a, wide lo, wide hi)
{
    type t = *ir_type(g, a);
    if (g->node[a].op == IR_CONST || (!wide_less(t.lo, lo) && !wide_less(hi, t.hi))) return a;
    type_range(&t, wide_most(t.lo, lo), wide_least(t.hi, hi));
    return new_node(g, IR_RETAG, &t, &a, 1, NULL, 0);
}

/* --- along the last axis */

static type type_sum(arena *mem, const type *a)
{
    type t = without_last_axis(a);
    wide n = last_axis(a);
    type_range(&t, wide_mul(mem, n, a->lo), wide_mul(mem, n, a->hi));
    if (a->open) type_range(&t, wide_least(t.lo, wide_of(0)), wide_most(t.hi, wide_of(0)));
    return t;
}

static type type_sums(arena *mem, const type *a)
{
    type t = *a;
    wide n = last_axis(a);
    type_range(&t, wide_least(a->lo, wide_mul(mem, n, a->lo)),
               wide_most(a->hi, wide_mul(mem, n, a->hi)));
    return t;
}

/* Of no items the largest is 0. */
static type type_maximum(const type *a)
{
    type t = without_last_axis(a);
    if (a->open || !wide_sign(last_axis(a)))
        type_range(&t, wide_least(t.lo, wide_of(0)), wide_most(t.hi, wide_of(0)));
    return t;
}

static type type_place(const type *a)
{
    type t = without_last_axis(a);
    t.kind = KIND_INT;
    int64_t n = wide_int(last_axis(a));
    type_range(&t, wide_of(0), wide_of(n > 0 ? n - 1 : 0));
    return t;
}

/* Of a group each member has its own. */
static type type_count(const ir *g, const type *a)
{
    type t = *a;
    t.kind = KIND_INT, t.open = false;
    t.rank = a->owner < g->header->parties && g->header->party[a->owner].group;
    type_range(&t, wide_of(0), last_axis(a));
    return t;
}

ir_id ir_unary(ir *g, ir_op op, ir_id a)
{
    if (op != IR_INT && op != IR_NOT) a = number(g, a);
    type t = *ir_type(g, a);
    switch (op) {
    case IR_INT:
        if (t.kind != KIND_BOOL) return a;
        t.kind = KIND_INT;
        break;
    case IR_NOT: type_range(&t, wide_of(1 - wide_int(t.hi)), wide_of(1 - wide_int(t.lo))); break;
    case IR_SUM: t = type_sum(g->mem, ir_type(g, a)); break;
    case IR_SUMS: t = type_sums(g->mem, ir_type(g, a)); break;
    case IR_MAXIMUM: t = type_maximum(ir_type(g, a)); break;
    case IR_RANK:
    case IR_ORDER:
        t.kind = KIND_INT;
        type_range(&t, wide_of(0), type_place(&t).hi);
        break;
    default: t = type_place(ir_type(g, a)); /* IR_ARGMAX */
    }
    return make(g, op, &t, &a, 1, NULL, 0);
}

ir_id ir_length(ir *g, const ir_id *lists, uint32_t count)
{
    type t = type_count(g, ir_type(g, lists[0]));
    return make(g, IR_LENGTH, &t, lists, count, NULL, 0);
}

ir_id ir_pad(ir *g, ir_id list, ir_id filling)
{
    const type *with = ir_type(g, filling);
    type t = *ir_type(g, list);
    t.open = false;
    type_range(&t, wide_least(t.lo, with->lo), wide_most(t.hi, with->hi));
    ir_id in[2] = {list, filling};
    return make(g, IR_PAD, &t, in, 2, NULL, 0);
}

ir_id ir_sort(ir *g, ir_id keys, ir_id rows)
{
    keys = number(g, keys);
    type t = *ir_type(g, rows);
    type_join_origin(&t, ir_type(g, keys));
    ir_id in[2] = {keys, rows};
    return make(g, IR_SORT, &t, in, 2, NULL, 0);
}

ir_id ir_join(ir *g, ir_op op, const ir_id in[3], int64_t items, int64_t among, unsigned rank,
              const int64_t *dim)
{
    const type *v = ir_type(g, in[0]), *rows = ir_type(g, in[2]);
    type t = type_scalar(v->vis, KIND_BOOL, wide_of(0), wide_of(1));
    t.owner = v->owner;
    type_join_origin(&t, ir_type(g, in[1])), type_join_origin(&t, rows);
    if (op == IR_JOINED) {
        t.kind = rows->kind;
        type_range(&t, wide_least(rows->lo, wide_of(0)), wide_most(rows->hi, wide_of(0)));
    }
    t.rank = (uint8_t)rank;
    for (unsigned k = 0; k < rank; k++) t.dim[k] = dim[k];
    int64_t imm[2] = {items, among};
    return make(g, op, &t, in, 3, imm, 2);
}

ir_id ir_pick(ir *g, ir_id a, ir_id places)
{
    const type *of = ir_type(g, a);
    type t = *ir_type(g, places);
    t.kind = of->kind;
    type_range(&t, wide_least(of->lo, wide_of(0)), wide_most(of->hi, wide_of(0)));
    type_join_origin(&t, of);
    ir_id in[2] = {a, places};
    return make(g, IR_PICK, &t, in, 2, NULL, 0);
}

ir_id ir_matmul(ir *g, ir_id a, ir_id b, unsigned rank, const int64_t *dim, int64_t n, int64_t d,
                int64_t m)
{
    a = number(g, a), b = number(g, b);
    const type *ta = ir_type(g, a), *tb = ir_type(g, b);
    type t = type_scalar(ta->vis, ta->kind > tb->kind ? ta->kind : tb->kind, wide_of(0), wide_of(0));
    t.owner = ta->owner;
    type_join_origin(&t, tb);
    t.rank = (uint8_t)rank;
    for (unsigned k = 0; k < rank; k++) t.dim[k] = dim[k];
    if (ta->kind == KIND_FIX && tb->kind == KIND_FIX) t.kind = KIND_INT;
    range_product(g->mem, &t, ta, tb);
    wide terms = wide_of(d < 0 ? 1 : d);
    type_range(&t, wide_mul(g->mem, terms, t.lo), wide_mul(g->mem, terms, t.hi));
    ir_id in[2] = {a, b};
    int64_t imm[3] = {n, d, m};
    return make(g, IR_MATMUL, &t, in, 2, imm, 3);
}

/* --- moving */

int64_t ir_stride(int64_t step, int64_t dim)
{
    int64_t next;
    if (dim < 0) return step;
    return __builtin_mul_overflow(step, dim, &next) ? 0 : next;
}

static bool same_shape(const type *a, unsigned rank, const int64_t *dim)
{
    return a->rank == rank && (rank == 0 || memcmp(a->dim, dim, rank * sizeof *dim) == 0);
}

ir_id ir_view(ir *g, ir_id a, unsigned rank, const int64_t *dim, int64_t offset,
              const int64_t *stride)
{
    type t = *ir_type(g, a);
    int64_t imm[1 + 2 * AXES] = {offset};
    int64_t step = 1;
    bool whole = offset == 0 && same_shape(&t, rank, dim);
    for (unsigned k = rank; whole && k-- > 0; step = ir_stride(step, dim[k]))
        whole = stride[k] == step;
    if (whole) return a;

    t.rank = (uint8_t)rank;
    for (unsigned k = 0; k < rank; k++)
        t.dim[k] = imm[1 + 2 * k] = dim[k], imm[2 + 2 * k] = stride[k];
    return make(g, IR_VIEW, &t, &a, 1, imm, 1 + 2 * rank);
}

/* Row-major through the whole of the operand: another shape, or none. */
static bool is_in_order(const type *t, unsigned axes, const int64_t *count, const int64_t *stride)
{
    uint64_t items;
    int64_t step = 1;
    for (unsigned k = axes; k-- > 0; step = ir_stride(step, count[k]))
        if (count[k] != 1 && stride[k] != step) return false;
    return type_length(t, &items) && items == (uint64_t)step;
}

ir_id ir_view_as(ir *g, ir_id a, unsigned axes, const int64_t *count, const int64_t *stride,
                 unsigned rank, const int64_t *dim)
{
    type t = *ir_type(g, a);
    int64_t imm[1 + 2 * VIEW_AXES] = {0};
    if (is_in_order(&t, axes, count, stride)) return ir_reshape(g, a, rank, dim);
    t.rank = (uint8_t)rank;
    for (unsigned k = 0; k < rank; k++) t.dim[k] = dim[k];
    for (unsigned k = 0; k < axes; k++) imm[1 + 2 * k] = count[k], imm[2 + 2 * k] = stride[k];
    return make(g, IR_VIEW, &t, &a, 1, imm, 1 + 2 * axes);
}

ir_id ir_reshape(ir *g, ir_id a, unsigned rank, const int64_t *dim)
{
    int64_t stride[AXES], step = 1;
    for (unsigned k = rank; k-- > 0; step = ir_stride(step, dim[k])) stride[k] = step;
    return ir_view(g, a, rank, dim, 0, stride);
}

ir_id ir_at(ir *g, ir_id v, ir_id i, unsigned rank, const int64_t *dim, int64_t row)
{
    type t = *ir_type(g, v);
    const type *places = ir_type(g, i);
    uint64_t items = 0;
    type_join_origin(&t, places);
    bool inside = row && type_length(&t, &items) && wide_sign(places->lo) >= 0 &&
                  wide_less(places->hi, wide_of((int64_t)items / row));
    if (!inside) type_range(&t, wide_least(t.lo, wide_of(0)), wide_most(t.hi, wide_of(0)));
    t.rank = (uint8_t)rank;
    for (unsigned k = 0; k < rank; k++) t.dim[k] = dim[k];
    ir_id in[2] = {v, i};
    return make(g, IR_AT, &t, in, 2, &row, 1);
}

ir_id ir_repeat(ir *g, ir_id a, int64_t count)
{
    const type *t = ir_type(g, a);
    int64_t dim[AXES + 1], stride[AXES + 1], step = 1;
    for (unsigned k = t->rank; k-- > 0; step = ir_stride(step, dim[k]))
        dim[k] = t->dim[k], stride[k] = step;
    dim[t->rank] = count, stride[t->rank] = 0;
    return ir_view(g, a, t->rank + 1u, dim, 0, stride);
}

ir_id ir_cat(ir *g, const ir_id *v, uint32_t count, unsigned rank, const int64_t *dim, int64_t blocks)
{
    type t = *ir_type(g, v[0]);
    ir_id *some = arena_alloc(g->mem, count * sizeof *some);
    uint32_t left = 0;
    for (uint32_t k = 0; k < count; k++)
        if (!is_empty(g, v[k])) some[left++] = v[k];
    if (left == 1 && ir_type(g, some[0])->kind == t.kind) return ir_reshape(g, some[0], rank, dim);
    if (left && left < count) return ir_cat(g, some, left, rank, dim, blocks);
    for (uint32_t k = 1; k < count; k++) {
        const type *other = ir_type(g, v[k]);
        type_join_origin(&t, other);
        if (other->kind > t.kind) t.kind = other->kind;
        type_range(&t, wide_least(t.lo, other->lo), wide_most(t.hi, other->hi));
    }
    t.rank = (uint8_t)rank;
    for (unsigned k = 0; k < rank; k++) t.dim[k] = dim[k];
    return make(g, IR_CAT, &t, v, count, &blocks, 1);
}

/* --- blocks */

uint32_t ir_block_open(ir *g, const type *arg_type, uint32_t args)
{
    if (is_full(g->blocks)) {
        size_t old = g->blocks * sizeof *g->block;
        g->block = arena_grow(g->mem, g->block, old, 2 * old);
    }
    uint32_t b = g->blocks++;
    g->block[b] = (ir_block){.parent = g->current, .args = args};
    g->current = b;
    ir_id *arg = arena_alloc(g->mem, args * sizeof *arg);
    for (uint32_t k = 0; k < args; k++) {
        int64_t imm = k;
        arg[k] = new_node(g, IR_ARG, &arg_type[k], NULL, 0, &imm, 1);
    }
    g->block[b].arg = arg;
    return b;
}

ir_id ir_arg(const ir *g, uint32_t body, uint32_t k)
{
    return g->block[body].arg[k];
}

void ir_block_leave(ir *g, uint32_t b)
{
    g->current = g->block[b].parent;
}

static void set_results(ir *g, uint32_t b, const ir_id *result, uint32_t results, ir_id last)
{
    ir_id *to = arena_alloc(g->mem, (results + 1) * sizeof *to);
    if (results) memcpy(to, result, results * sizeof *to);
    to[results] = last;
    g->block[b].result = to, g->block[b].results = results + (last != 0);
}

static ir_id new_control(ir *g, ir_op op, const ir_id *in, uint32_t ins, int64_t a, int64_t b)
{
    type none = type_scalar(VIS_KNOWN, KIND_INT, wide_of(0), wide_of(0));
    return new_node(g, op, &none, in, ins, (int64_t[]){a, b}, 2);
}

ir_id ir_loop_close(ir *g, uint32_t body, int64_t rounds, const ir_id *start, const ir_id *result,
                    ir_id until)
{
    uint32_t args = g->block[body].args;
    set_results(g, body, result, args, until);
    ir_block_leave(g, body);
    return new_control(g, until ? IR_UNTIL : IR_LOOP, start, args, rounds, body);
}

ir_id ir_if_close(ir *g, ir_id condition, const uint32_t way[2], ir_id *const result[2],
                  uint32_t results)
{
    set_results(g, way[0], result[0], results, 0);
    set_results(g, way[1], result[1], results, 0);
    return new_control(g, IR_IF, &condition, 1, way[0], way[1]);
}

unsigned ir_blocks(const ir_node *n, uint32_t out[2])
{
    if (n->op == IR_IF) out[0] = (uint32_t)n->imm[0], out[1] = (uint32_t)n->imm[1];
    if (n->op == IR_LOOP || n->op == IR_UNTIL) out[0] = (uint32_t)n->imm[1];
    return n->op == IR_IF ? 2 : n->op == IR_LOOP || n->op == IR_UNTIL;
}

/* What is one or the other of two values, as a public condition says: no party can compute it alone. */
static type type_either(const type *a, const type *b)
{
    type t = *a;
    t.vis = a->vis > b->vis ? a->vis : b->vis;
    if (t.vis == VIS_KNOWN) t.vis = VIS_PUBLIC;
    t.owner = NO_OWNER;
    type_range(&t, wide_least(a->lo, b->lo), wide_most(a->hi, b->hi));
    return t;
}

ir_id ir_out(ir *g, ir_id control, uint32_t k)
{
    uint32_t body[2] = {0};
    bool either = ir_blocks(&g->node[control], body) == 2;
    type t = either ? type_either(ir_type(g, g->block[body[0]].result[k]),
                                  ir_type(g, g->block[body[1]].result[k]))
                    : *ir_type(g, g->block[body[0]].arg[k]);
    int64_t imm = k;
    return new_node(g, IR_OUT, &t, &control, 1, &imm, 1);
}
