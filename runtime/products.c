/* Jobs that multiply secrets: each lane's products at once, one reduction of degree for all. */
#include "runtime/audit.h"
#include "runtime/bit_values.h"

static void run_matmul(job *j)
{
    const abb_job *work = job_work(j);
    matrix_product *p = job_bytes(j, work->lanes * sizeof *p);
    void *out = results_begin(j, gathered_length(j));

    for (size_t k = 0; k < work->lanes; k++) {
        const abb_lane *l = &work->lane[k];
        const int64_t *imm = l->code->imm;
        p[k] = (matrix_product){operand_shares(j, &l->in[0]), operand_shares(j, &l->in[1]),
                                (size_t)imm[0], (size_t)imm[1], (size_t)imm[2]};
    }
    multiply_all_matrices(j, out, p, work->lanes);
    results_end(j, out);
}

static void run_select(job *j)
{
    const field *f = job_box(j)->f;
    size_t len = gathered_length(j);
    const void *b = gather(j, 0, len), *x = gather(j, 1, len), *y = gather(j, 2, len);
    void *gain = job_vector(j, f, len), *out = results_begin(j, len);

    f->sub(f, gain, x, y, len);
    multiply(j, gain, gain, b, len);
    f->add(f, out, y, gain, len);
    results_end(j, out);
}

static void run_paired(job *j, opcode op)
{
    const field *f = job_box(j)->f;
    size_t len = gathered_length(j);
    const void *a = gather(j, 0, len), *b = gather(j, 1, len);
    void *out = results_begin(j, len);

    if (op == OP_MUL && is_register(j, 0, a) && is_register(j, 1, b))
        multiply_registers(j, out, a, b, len);
    else
        multiply(j, out, a, b, len);
    if (op == OP_OR || op == OP_XOR) {
        f->scale(f, out, out, field_minus(f, f->p, element_of(op == OP_OR ? 1 : 2)), len);
        f->add(f, out, out, a, len);
        f->add(f, out, out, b, len);
    }
    results_end(j, out);
}

void job_products(job *j)
{
    opcode op = job_work(j)->op;

    if (op == OP_MATMUL)
        run_matmul(j);
    else if (results_are_bits(j))
        job_bit_gates(j);
    else if (op == OP_SELECT)
        run_select(j);
    else
        run_paired(j, op);
}
