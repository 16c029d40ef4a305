/* What a member does to its shares alone: moving, linear operations, and products with clear values. Also how
 * the lanes of a job become one vector and back. */
#include "runtime/bit_values.h"

size_t operand_length(const value *v)
{
    return v->secret ? ((const vec *)v->secret)->len : v->clear.len;
}

const void *operand_shares(job *j, const value *v)
{
    const field *f = job_box(j)->f;
    const vec *held = v->secret;

    if (held && held->bits && !held->v) job_fail(j, E_BUG, "bits are read as numbers");
    if (held) return held->v;
    void *shares = job_vector(j, f, v->clear.len);
    f->from_num(f, shares, &v->clear, v->clear.len);
    return shares;
}

static vec *result(const abb_lane *l, size_t which)
{
    return l->out[which].secret;
}

/* Operand `which` of a lane, each item repeated until there are as many as results. */
static const void *operand_spread(job *j, const abb_lane *l, size_t which)
{
    const field *f = job_box(j)->f;
    size_t wanted = result(l, 0)->len, len = operand_length(&l->in[which]);
    const void *shares = operand_shares(j, &l->in[which]);

    if (len == wanted || !len) return shares;
    void *spread = job_vector(j, f, wanted);
    f->spread(f, spread, shares, wanted / len, len);
    return spread;
}

size_t gathered_length(const job *j)
{
    const abb_job *work = job_work(j);
    size_t total = 0;

    for (size_t k = 0; k < work->lanes; k++)
        if (job_takes(j, k)) total += result(&work->lane[k], 0)->len;
    return total;
}

const void *gather(job *j, size_t which, size_t total)
{
    const field *f = job_box(j)->f;
    const abb_job *work = job_work(j);

    if (work->lanes == 1) return operand_spread(j, &work->lane[0], which);
    void *all = job_vector(j, f, total), *mark = job_mark(j);
    size_t at = 0;
    for (size_t k = 0; k < work->lanes; k++) {
        size_t len = result(&work->lane[k], 0)->len;
        if (!job_takes(j, k)) continue;
        f->copy(f, field_at(f, all, at), operand_spread(j, &work->lane[k], which), len);
        at += len;
        job_release(j, mark);
    }
    return all;
}

bool is_register(const job *j, size_t which, const void *gathered)
{
    const abb_job *work = job_work(j);
    const vec *held = work->lane[0].in[which].secret;

    return work->lanes == 1 && held && held->v == gathered;
}

void *results_begin(job *j, size_t total)
{
    const abb_job *work = job_work(j);

    return work->lanes == 1 ? result(&work->lane[0], 0)->v : job_vector(j, job_box(j)->f, total);
}

void results_end(job *j, const void *results)
{
    const field *f = job_box(j)->f;
    const abb_job *work = job_work(j);
    size_t at = 0;

    if (work->lanes == 1) return;
    for (size_t k = 0; k < work->lanes; k++) {
        vec *out = result(&work->lane[k], 0);
        if (!job_takes(j, k)) continue;
        f->copy(f, out->v, field_at(f, results, at), out->len);
        at += out->len;
    }
}

/* --- moving items, in each form that the result has */

typedef struct source {
    const void *v;
    wire bit;
} source;

static source source_of(job *j, const value *in, const vec *out)
{
    return (source){out->v ? operand_shares(j, in) : NULL,
                    out->bits ? operand_bits(j, in) : (wire){NULL, 0}};
}

/* out's items to … to+len-1 become in's from, from + stride, …. */
static void move(const box *b, const vec *out, size_t to, source in, size_t from, int64_t stride,
                 size_t len)
{
    const field *f = b->f;
    const size_t words = words_of(out->len);

    if (out->v && stride == 1)
        f->copy(f, field_at(f, out->v, to), field_at(f, in.v, from), len);
    else if (out->v && len)
        f->pick(f, field_at(f, out->v, to), 1, field_at(f, in.v, from), (ptrdiff_t)stride, len);
    for (unsigned a = 0; out->bits && a < gf2m_degree(b->nodes); a++)
        bits_pick(out->bits + a * words, to, in.bit.v + a * in.bit.stride, from, (ptrdiff_t)stride,
                  len);
}

/* Items of an axis after those before it: offset + i stride + … of the source, in order. */
static size_t view_axis(const box *b, const vec *out, size_t to, source in, const lane *code,
                        uint32_t axis, int64_t offset)
{
    if (axis >= code->imms) {
        move(b, out, to, in, (size_t)offset, 1, 1);
        return 1;
    }
    size_t count = (size_t)code->imm[axis], made = 0;
    int64_t stride = code->imm[axis + 1];
    if (axis + 2 >= code->imms && count) {
        move(b, out, to, in, (size_t)offset, stride, count);
        return count;
    }
    for (size_t k = 0; k < count; k++, offset += stride)
        made += view_axis(b, out, to + made, in, code, axis + 2, offset);
    return made;
}

static void view_lane(job *j, const abb_lane *l)
{
    const vec *out = result(l, 0);
    if (!job_box(j)->f->dry && out->len)
        view_axis(job_box(j), out, 0, source_of(j, &l->in[0], out), l->code, 1, l->code->imm[0]);
}

static void cat_lane(job *j, const abb_lane *l)
{
    const vec *out = result(l, 0);
    size_t blocks = (size_t)l->code->imm[0], row = 0, before = 0;

    for (size_t k = 0; k < l->ins; k++) row += operand_length(&l->in[k]) / blocks;
    for (size_t k = 0; k < l->ins; k++) {
        size_t part = operand_length(&l->in[k]) / blocks;
        const source in = source_of(j, &l->in[k], out);
        for (size_t b = 0; b < blocks; b++)
            move(job_box(j), out, b * row + before, in, b * part, 1, part);
        before += part;
    }
}

/* The places are public: they may index. */
static void at_lane(job *j, const abb_lane *l)
{
    const field *f = job_box(j)->f;
    const vec *out = result(l, 0);
    const plain *places = &l->in[1].clear;
    size_t row = (size_t)l->code->imm[0], rows = operand_length(&l->in[0]) / row;
    const source in = source_of(j, &l->in[0], out);

    for (size_t k = 0; !f->dry && k < places->len; k++) {
        num at;
        if (plain_narrow(places, k, &at) && at >= 0 && at < (num)rows)
            move(job_box(j), out, k * row, in, (size_t)at * row, 1, row);
        else if (out->v)
            f->fill(f, field_at(f, out->v, k * row), element_of(0), row);
    }
}

/* --- one lane of each other opcode */

void multiply_matrices(job *j, void *out, const void *a, const void *b, size_t n, size_t d, size_t m)
{
    enum { AT_ONCE = 1 << 25 }; /* products of words: some tens of milliseconds */
    const field *f = job_box(j)->f;
    const size_t words = f->size / sizeof(uint64_t), row = d * m * words * words;
    const size_t most = row < AT_ONCE ? AT_ONCE / (row + 1) + 1 : 1;

    if (f->dry) return;
    for (size_t at = 0, rows; at < n; at += rows) {
        rows = n - at < most ? n - at : most;
        job_heed(j);
        f->matmul(f, field_at(f, out, at * m), field_at(f, a, at * d), b, rows, d, m);
    }
}

static void matmul_lane(job *j, const abb_lane *l)
{
    const int64_t *imm = l->code->imm;
    const void *a = operand_shares(j, &l->in[0]), *b = operand_shares(j, &l->in[1]);

    multiply_matrices(j, result(l, 0)->v, a, b, (size_t)imm[0], (size_t)imm[1], (size_t)imm[2]);
}

static void select_lane(job *j, const abb_lane *l)
{
    const field *f = job_box(j)->f;
    const void *b = operand_spread(j, l, 0), *x = operand_spread(j, l, 1),
               *y = operand_spread(j, l, 2);
    vec *out = result(l, 0);
    void *gain = job_vector(j, f, out->len);

    f->sub(f, gain, x, y, out->len);
    f->mul(f, gain, gain, b, out->len);
    f->add(f, out->v, y, gain, out->len);
}

/* The lanes whose operands pair item by item. */
static void paired_lane(job *j, opcode op, const abb_lane *l)
{
    const field *f = job_box(j)->f;
    const void *a = operand_spread(j, l, 0), *b = operand_spread(j, l, 1);
    void *out = result(l, 0)->v;
    size_t len = result(l, 0)->len;
    void *both = op == OP_OR || op == OP_XOR ? job_vector(j, f, len) : NULL;

    switch ((int)op) {
    case OP_ADD: f->add(f, out, a, b, len); break;
    case OP_SUB: f->sub(f, out, a, b, len); break;
    case OP_OR:
    case OP_XOR:
        f->mul(f, both, a, b, len);
        f->add(f, out, a, b, len);
        f->sub(f, out, out, both, len);
        if (op == OP_XOR) f->sub(f, out, out, both, len);
        break;
    default: f->mul(f, out, a, b, len); /* MUL, AND, MASK */
    }
}

static void sum_lane(job *j, opcode op, const abb_lane *l)
{
    const field *f = job_box(j)->f;
    size_t run = (size_t)l->code->imm[0], len = operand_length(&l->in[0]);
    size_t runs = op == OP_SUM ? result(l, 0)->len : run ? len / run : 0;

    (op == OP_SUM ? f->sum : f->sums)(f, result(l, 0)->v, operand_shares(j, &l->in[0]), run, runs);
}

static void not_lane(job *j, const abb_lane *l)
{
    const field *f = job_box(j)->f;
    const vec *out = result(l, 0);

    f->scale(f, out->v, operand_shares(j, &l->in[0]), field_minus(f, f->p, element_of(1)), out->len);
    f->add_constant(f, out->v, out->v, element_of(1), out->len);
}

/* What computes with its operands, in numbers. */
static void number_lane(job *j, opcode op, const abb_lane *l)
{
    vec *out = result(l, 0);

    switch ((int)op) {
    case OP_INT:
        job_box(j)->f->copy(job_box(j)->f, out->v, operand_shares(j, &l->in[0]), out->len);
        break;
    case OP_ADD:
    case OP_SUB:
    case OP_MUL:
    case OP_AND:
    case OP_OR:
    case OP_XOR:
    case OP_MASK: paired_lane(j, op, l); break;
    case OP_SUM:
    case OP_SUMS: sum_lane(j, op, l); break;
    case OP_NOT: not_lane(j, l); break;
    case OP_MATMUL: matmul_lane(j, l); break;
    case OP_SELECT: select_lane(j, l); break;
    default: job_fail(j, E_BUG, "%s is not local to secrets", opcode_rows[op].name);
    }
}

static bool is_gate(opcode op)
{
    return op == OP_NOT || op == OP_AND || op == OP_OR || op == OP_XOR || op == OP_MASK ||
           op == OP_SELECT;
}

static void local_lane(job *j, opcode op, const abb_lane *l)
{
    const uint8_t form = box_form(job_box(j), l->code->out[0]);

    switch ((int)op) {
    case OP_VIEW: view_lane(j, l); return;
    case OP_CAT: cat_lane(j, l); return;
    case OP_AT: at_lane(j, l); return;
    default: break;
    }
    if (is_gate(op) && form & IN_BITS) bit_lane(j, op, l);
    if (form & IN_FIELD) number_lane(j, op, l);
}

void job_local(job *j)
{
    const abb_job *work = job_work(j);

    for (size_t k = 0; k < work->lanes; k++) {
        void *mark = job_mark(j);
        local_lane(j, work->op, &work->lane[k]);
        job_release(j, mark);
    }
}
