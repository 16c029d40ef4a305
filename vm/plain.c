/* What every opcode means on integers in the clear, checked: a result that does not fit is a failure. */
#include "vm/plain.h"

#include <openssl/crypto.h>
#include <stdlib.h>
#include <string.h>

status plain_alloc(plain *out, size_t len, failure *err)
{
    *out = (plain){.len = len};
    if (len == 0) return OK;
    out->v = len > SIZE_MAX / sizeof(num) ? NULL : malloc(len * sizeof(num));
    return out->v ? OK : fail_memory(err);
}

void plain_free(plain *x)
{
    if (x->v) OPENSSL_cleanse(x->v, x->len * sizeof(num));
    free(x->v);
    *x = (plain){0};
}

/* One lane under way. */
typedef struct work {
    const program *p;
    const lane *l;
    opcode op;
    plain *out;
    const plain *in;
    failure *err;
} work;

static status outgrown(const work *w)
{
    fail(w->err, E_LIMIT, "", "the result of `%s` outgrows 126 bits", opcode_rows[w->op].name);
    fail_place(w->err, w->p, w->l->at);
    return E_LIMIT;
}

/* --- elementwise */

enum { OPERANDS_MAX = 3 };

static num item(opcode op, num a, num b, num c)
{
    switch (op) {
    case OP_INT: return a;
    case OP_NOT: return 1 - a;
    case OP_ADD: return num_add(a, b);
    case OP_SUB: return num_sub(a, b);
    case OP_MUL:
    case OP_AND: return num_mul(a, b);
    case OP_OR: return a | b;
    case OP_XOR: return a ^ b;
    case OP_MASK: return b ? a : 0;
    case OP_SELECT: return a ? b : c;
    case OP_LT: return a < b;
    case OP_EQ: return a == b;
    case OP_DIV: return num_floor_div(a, b);
    case OP_MOD: return num_floor_mod(a, b);
    default: return NUM_MAX + 1;
    }
}

/* The length of the result: the open operands', which have to agree, or else the longest. */
static status paired_length(const work *w, size_t *out)
{
    bool open = false;
    *out = 0;
    for (uint32_t k = 0; k < w->l->ins; k++) {
        size_t len = w->in[k].len;
        bool is_open = w->p->reg[w->l->in[k]].open;
        if (is_open && open && len != *out) {
            fail(w->err, E_DATA, "D05", "two lists that belong together have %zu and %zu items",
                 *out, len);
            fail_place(w->err, w->p, w->l->at);
            return E_DATA;
        }
        if (is_open || (!open && len > *out)) *out = len;
        open |= is_open;
    }
    return OK;
}

static status eval_items(const work *w)
{
    size_t n, step[OPERANDS_MAX] = {0};
    const num *x[OPERANDS_MAX] = {0};
    status st = paired_length(w, &n);
    if (st || (st = plain_alloc(&w->out[0], n, w->err))) return st;
    for (uint32_t k = 0; n && k < w->l->ins; k++) {
        x[k] = w->in[k].v;
        step[k] = n / w->in[k].len;
    }
    for (uint32_t k = w->l->ins; n && k < OPERANDS_MAX; k++) { /* not looked at, but there */
        x[k] = x[0];
        step[k] = step[0];
    }
    bool fits = true;
    for (size_t i = 0; i < n; i++) {
        num r = item(w->op, x[0][i / step[0]], x[1][i / step[1]], x[2][i / step[2]]);
        fits &= num_fits(r);
        w->out[0].v[i] = r;
    }
    return fits ? OK : outgrown(w);
}

static status eval_floor(const work *w)
{
    status st = plain_alloc(&w->out[0], w->in[0].len, w->err);
    for (size_t i = 0; !st && i < w->in[0].len; i++)
        w->out[0].v[i] = num_shift_floor(w->in[0].v[i], (unsigned)w->l->imm[0]);
    return st;
}

/* --- along runs: the operand is `runs` runs of `inner` items, inner being what an open one really has */

static size_t runs_of(const work *w)
{
    return (size_t)(reg_length(&w->p->reg[w->l->in[0]]) / (uint64_t)w->l->imm[0]);
}

static status eval_sums(const work *w)
{
    bool running = w->op == OP_SUMS, fits = true;
    size_t runs = runs_of(w), inner = w->in[0].len / runs;
    status st = plain_alloc(&w->out[0], running ? w->in[0].len : runs, w->err);
    if (st) return st;
    for (size_t r = 0; r < runs; r++) {
        num sum = 0;
        for (size_t i = 0; i < inner; i++) {
            sum = num_add(sum, w->in[0].v[r * inner + i]);
            fits &= num_fits(sum);
            if (running) w->out[0].v[r * inner + i] = sum;
        }
        if (!running) w->out[0].v[r] = sum;
    }
    return fits ? OK : outgrown(w);
}

static status eval_maximum(const work *w)
{
    size_t runs = runs_of(w), inner = w->in[0].len / runs;
    for (uint32_t k = 0; k < 2; k++) {
        status st = w->l->out[k] == REG_NONE ? OK : plain_alloc(&w->out[k], runs, w->err);
        if (st) return st;
    }
    for (size_t r = 0; r < runs; r++) {
        const num *run = inner ? w->in[0].v + r * inner : NULL;
        size_t best = 0;
        for (size_t i = 1; i < inner; i++)
            if (run[i] > run[best]) best = i;
        if (w->out[0].v) w->out[0].v[r] = inner ? run[best] : 0;
        if (w->out[1].v) w->out[1].v[r] = (num)best;
    }
    return OK;
}

static status eval_length(const work *w)
{
    const reg *in = &w->p->reg[w->l->in[0]];
    size_t runs = (size_t)(reg_length(in) / in->dim[in->rank - 1]);
    status st = plain_alloc(&w->out[0], runs, w->err);
    for (size_t r = 0; !st && r < runs; r++) w->out[0].v[r] = (num)(w->in[0].len / runs);
    return st;
}

/* --- the order of items */

typedef struct placed {
    num item;
    size_t place;
} placed;

static int by_item(const void *a, const void *b)
{
    const placed *x = a, *y = b;
    if (x->item != y->item) return x->item < y->item ? -1 : 1;
    return x->place < y->place ? -1 : x->place > y->place;
}

static status eval_order(const work *w)
{
    size_t len = w->in[0].len, inner = len / runs_of(w);
    placed *run = malloc(inner * sizeof *run + 1);
    status st = run ? plain_alloc(&w->out[0], len, w->err) : fail_memory(w->err);
    for (size_t r = 0; !st && r < len; r += inner) {
        for (size_t i = 0; i < inner; i++) run[i] = (placed){w->in[0].v[r + i], i};
        qsort(run, inner, sizeof *run, by_item);
        for (size_t i = 0; i < inner; i++) w->out[0].v[r + i] = (num)run[i].place;
    }
    if (run) OPENSSL_cleanse(run, inner * sizeof *run);
    free(run);
    return st;
}

static status eval_pick(const work *w)
{
    size_t runs = runs_of(w), inner = w->in[0].len / runs, each = w->in[1].len / runs;
    status st = plain_alloc(&w->out[0], w->in[1].len, w->err);
    for (size_t i = 0; !st && i < w->in[1].len; i++) {
        num at = w->in[1].v[i];
        bool there = at >= 0 && at < (num)inner;
        w->out[0].v[i] = there ? w->in[0].v[i / each * inner + (size_t)at] : 0;
    }
    return st;
}

/* --- making and moving */

static status eval_const(const work *w)
{
    const constant *k = &w->p->constant[w->l->imm[0]];
    status st = plain_alloc(&w->out[0], (size_t)k->len, w->err);
    if (!st) memcpy(w->out[0].v, k->v, w->out[0].len * sizeof(num));
    return st;
}

static status eval_iota(const work *w)
{
    status st = plain_alloc(&w->out[0], (size_t)reg_length(&w->p->reg[w->l->out[0]]), w->err);
    for (size_t i = 0; !st && i < w->out[0].len; i++) w->out[0].v[i] = (num)i;
    return st;
}

/* Steps `at` to the next place of the view, counting in index[] as an odometer does. */
static int64_t view_next(const lane *l, int64_t *index, int64_t at)
{
    for (uint32_t axis = (l->imms - 1) / 2; axis-- > 0;) {
        int64_t count = l->imm[1 + 2 * axis], stride = l->imm[2 + 2 * axis];
        if (++index[axis] < count) return at + stride;
        at -= (count - 1) * stride;
        index[axis] = 0;
    }
    return at;
}

static status eval_view(const work *w)
{
    bool open = w->p->reg[w->l->in[0]].open; /* then the view is the whole, as it is */
    size_t n = open ? w->in[0].len : (size_t)reg_length(&w->p->reg[w->l->out[0]]);
    status st = plain_alloc(&w->out[0], n, w->err);
    if (st || n == 0) return st;
    if (open) {
        memcpy(w->out[0].v, w->in[0].v, n * sizeof(num));
        return OK;
    }
    int64_t index[VIEW_AXES] = {0}, at = w->l->imm[0];
    for (size_t i = 0; i < n; i++, at = view_next(w->l, index, at)) w->out[0].v[i] = w->in[0].v[at];
    return OK;
}

static status eval_cat(const work *w)
{
    size_t blocks = (size_t)w->l->imm[0];
    status st = plain_alloc(&w->out[0], (size_t)reg_length(&w->p->reg[w->l->out[0]]), w->err);
    if (st) return st;
    num *to = w->out[0].v;
    for (size_t b = 0; b < blocks; b++) {
        for (uint32_t k = 0; k < w->l->ins; k++) {
            size_t part = w->in[k].len / blocks;
            memcpy(to, w->in[k].v + b * part, part * sizeof(num));
            to += part;
        }
    }
    return OK;
}

/* --- matrix product */

/* Row `a` times a column that starts at b and whose items are `stride` apart. */
static num inner_product(const num *a, const num *b, size_t len, size_t stride, bool *fits)
{
    num sum = 0;
    for (size_t k = 0; k < len; k++) {
        sum = num_add(sum, num_mul(a[k], b[k * stride]));
        *fits &= num_fits(sum);
    }
    return sum;
}

static status eval_matmul(const work *w)
{
    size_t n = (size_t)w->l->imm[0], d = (size_t)w->l->imm[1], m = (size_t)w->l->imm[2];
    status st = plain_alloc(&w->out[0], n * m, w->err);
    if (st) return st;
    bool fits = true;
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j < m; j++)
            w->out[0].v[i * m + j] = inner_product(w->in[0].v + i * d, w->in[1].v + j, d, m, &fits);
    return fits ? OK : outgrown(w);
}

/* --- all of them */

static status eval(const work *w)
{
    switch (w->op) {
    case OP_CONST: return eval_const(w);
    case OP_IOTA: return eval_iota(w);
    case OP_VIEW: return eval_view(w);
    case OP_CAT: return eval_cat(w);
    case OP_LENGTH: return eval_length(w);
    case OP_SUM:
    case OP_SUMS: return eval_sums(w);
    case OP_MATMUL: return eval_matmul(w);
    case OP_FLOOR: return eval_floor(w);
    case OP_ORDER: return eval_order(w);
    case OP_PICK: return eval_pick(w);
    case OP_MAXIMUM: return eval_maximum(w);
    case OP_INT:
    case OP_ADD:
    case OP_SUB:
    case OP_NOT:
    case OP_MUL:
    case OP_AND:
    case OP_OR:
    case OP_XOR:
    case OP_MASK:
    case OP_SELECT:
    case OP_LT:
    case OP_EQ:
    case OP_DIV:
    case OP_MOD: return eval_items(w);
    case OP_RANDOM:
    case OP_SHUFFLE:
    case OP_INPUT:
    case OP_PART:
    case OP_SHARE:
    case OP_REVEAL:
    case OP_LOOP:
    case OP_COUNT: break;
    }
    return fail(w->err, E_BUG, "", "`%s` is not computed in the clear", opcode_rows[w->op].name);
}

status plain_eval(const program *p, opcode op, const lane *l, plain *out, const plain *in,
                  failure *err)
{
    work w = {.p = p, .l = l, .op = op, .out = out, .in = in, .err = err};
    for (uint32_t k = 0; k < l->outs; k++) out[k] = (plain){0};
    status st = eval(&w);
    for (uint32_t k = 0; st && k < l->outs; k++) plain_free(&out[k]);
    return st;
}
