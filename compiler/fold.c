/* Computing what is known while compiling: the same integers that the opcodes would give at run time. */
#include "compiler/fold.h"

static wide fold_pair(const ir *g, ir_op op, wide a, wide b)
{
    const int64_t x = wide_int(a), y = wide_int(b); /* bools */
    switch (op) {
    case IR_ADD: return wide_add(g->mem, a, b);
    case IR_SUB: return wide_sub(g->mem, a, b);
    case IR_MUL: return wide_mul(g->mem, a, b);
    case IR_AND: return wide_of(x & y);
    case IR_OR: return wide_of(x | y);
    case IR_XOR: return wide_of(x ^ y);
    case IR_MASK: return wide_sign(b) ? a : wide_of(0);
    case IR_LT: return wide_of(wide_less(a, b));
    case IR_EQ: return wide_of(wide_equal(a, b));
    case IR_DIV: return wide_floor_div(g->mem, a, b);
    default: return wide_floor_mod(g->mem, a, b); /* IR_MOD */
    }
}

static size_t items(const ir *g, ir_id v)
{
    uint64_t n = 0;
    type_length(ir_type(g, v), &n);
    return (size_t)n;
}

/* Item i of a result of n items pairs with this item of v: leading-axis agreement. */
static wide paired(const ir *g, ir_id v, size_t i, size_t n)
{
    return g->node[v].konst[i / (n / items(g, v))];
}

static void fold_elementwise(const ir *g, ir_op op, const ir_id *in, wide *out, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (op == IR_SELECT)
            out[i] = paired(g, wide_sign(paired(g, in[0], i, n)) ? in[1] : in[2], i, n);
        else
            out[i] = fold_pair(g, op, paired(g, in[0], i, n), paired(g, in[1], i, n));
    }
}

static wide fold_run(const ir *g, ir_op op, const wide *run, size_t len)
{
    size_t best = 0;
    wide sum = wide_of(0);
    for (size_t i = 0; i < len; i++) {
        sum = wide_add(g->mem, sum, run[i]);
        if (wide_less(run[best], run[i])) best = i;
    }
    if (op == IR_SUM) return sum;
    if (op == IR_ARGMAX) return wide_of((int64_t)best);
    return len ? run[best] : wide_of(0);
}

static void fold_sums(const ir *g, const wide *in, wide *out, size_t n, size_t run)
{
    for (size_t i = 0; i < n; i++) out[i] = i % run ? wide_add(g->mem, out[i - 1], in[i]) : in[i];
}

static void fold_view(const wide *in, const int64_t *imm, unsigned axes, wide *out, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        int64_t from = imm[0];
        size_t rest = i;
        for (unsigned k = axes; k-- > 0; rest /= (size_t)imm[1 + 2 * k])
            from += (int64_t)(rest % (size_t)imm[1 + 2 * k]) * imm[2 + 2 * k];
        out[i] = in[from];
    }
}

static void fold_cat(const ir *g, const ir_id *in, uint32_t ins, size_t blocks, wide *out)
{
    for (size_t b = 0; b < blocks; b++) {
        for (uint32_t k = 0; k < ins; k++) {
            size_t part = items(g, in[k]) / blocks;
            for (size_t i = 0; i < part; i++) *out++ = g->node[in[k]].konst[b * part + i];
        }
    }
}

static void fold_matmul(const ir *g, const wide *a, const wide *b, const int64_t *imm, wide *out)
{
    size_t n = (size_t)imm[0], d = (size_t)imm[1], m = (size_t)imm[2];
    for (size_t i = 0; i < n; i++) {
        for (size_t j = 0; j < m; j++) {
            wide sum = wide_of(0);
            for (size_t k = 0; k < d; k++)
                sum = wide_add(g->mem, sum, wide_mul(g->mem, a[i * d + k], b[k * m + j]));
            out[i * m + j] = sum;
        }
    }
}

static size_t last_axis(const ir *g, ir_id v)
{
    const type *t = ir_type(g, v);
    return t->rank ? (size_t)t->dim[t->rank - 1] : 1;
}

uint64_t fold_work(const ir *g, ir_op op, const ir_id *in, const int64_t *imm, uint64_t n)
{
    switch (op) {
    case IR_MATMUL: return n * (uint64_t)imm[1];
    case IR_SUM:
    case IR_MAXIMUM:
    case IR_ARGMAX: return n * last_axis(g, in[0]);
    default: return n;
    }
}

bool fold_items(const ir *g, ir_op op, const ir_id *in, uint32_t ins, const int64_t *imm,
                uint32_t imms, const type *t, wide *out)
{
    uint64_t len = 0;
    type_length(t, &len);
    const size_t n = (size_t)len;
    const wide *a = g->node[in[0]].konst;
    const size_t run = last_axis(g, in[0]);

    switch (op) {
    case IR_ADD:
    case IR_SUB:
    case IR_MUL:
    case IR_AND:
    case IR_OR:
    case IR_XOR:
    case IR_MASK:
    case IR_SELECT:
    case IR_LT:
    case IR_EQ:
    case IR_DIV:
    case IR_MOD: fold_elementwise(g, op, in, out, n); return true;
    case IR_INT:
    case IR_RETAG:
        for (size_t i = 0; i < n; i++) out[i] = a[i];
        return true;
    case IR_NOT:
        for (size_t i = 0; i < n; i++) out[i] = wide_of(1 - wide_int(a[i]));
        return true;
    case IR_FLOOR:
        for (size_t i = 0; i < n; i++) out[i] = wide_shift_floor(g->mem, a[i], (unsigned)imm[0]);
        return true;
    case IR_SUM:
    case IR_MAXIMUM:
    case IR_ARGMAX:
        for (size_t i = 0; i < n; i++) out[i] = fold_run(g, op, a + i * run, run);
        return true;
    case IR_SUMS: fold_sums(g, a, out, n, run); return true;
    case IR_VIEW: fold_view(a, imm, (imms - 1) / 2, out, n); return true;
    case IR_CAT: fold_cat(g, in, ins, (size_t)imm[0], out); return true;
    case IR_MATMUL: fold_matmul(g, a, g->node[in[1]].konst, imm, out); return true;
    default: return false;
    }
}
