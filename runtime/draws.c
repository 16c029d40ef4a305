/* Jobs that draw: RANDOM and SHUFFLE. */
#include "runtime/bit_values.h"

static void run_random(job *j)
{
    size_t len = gathered_length(j);
    void *out = results_begin(j, len);

    random_bits(j, out, len);
    results_end(j, out);
}

static size_t width_of(const abb_lane *l)
{
    return (size_t)l->code->imm[1];
}

/* Tables of as many rows are shuffled side by side; those of others have jobs beside this one. */
static void run_shuffle(job *j)
{
    const field *f = job_box(j)->f;
    const abb_job *work = job_work(j);
    void *x = job_vector(j, f, gathered_length(j));
    deck *d = job_bytes(j, work->lanes * sizeof *d);
    size_t len = 0, decks = 0, rows = 0, at = 0;

    for (size_t k = 0; k < work->lanes; k++) {
        const abb_lane *l = &work->lane[k];
        const vec *out = l->out[0].secret;
        if (!job_takes(j, k)) continue;
        rows = (size_t)l->code->imm[0];
        d[decks++] = (deck){out->len / (rows * width_of(l)), width_of(l)};
        f->copy(f, field_at(f, x, len), operand_shares(j, &l->in[0]), out->len);
        len += out->len;
    }
    shuffle(j, x, rows, d, decks);
    for (size_t k = 0; k < work->lanes; k++) {
        vec *out = work->lane[k].out[0].secret;
        if (!job_takes(j, k)) continue;
        f->copy(f, out->v, field_at(f, x, at), out->len);
        at += out->len;
    }
}

void job_draws(job *j)
{
    if (job_work(j)->op == OP_SHUFFLE)
        run_shuffle(j);
    else if (results_are_bits(j))
        job_bit_random(j);
    else
        run_random(j);
}
