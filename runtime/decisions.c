/* Jobs that decide something about secrets: LT, EQ, FLOOR, MAXIMUM. */
#include "runtime/bit_values.h"

unsigned job_decided_bits(const job *j)
{
    const abb_job *work = job_work(j);
    unsigned most = 0;

    for (size_t k = 0; k < work->lanes; k++) {
        if (!job_takes(j, k)) continue;
        unsigned bits = decided_bits(job_box(j)->base.program, work->op, work->lane[k].code);
        if (bits > most) most = bits;
    }
    return most;
}

static void run_compare(job *j, opcode op)
{
    const field *f = job_box(j)->f;
    size_t len = gathered_length(j);
    void *difference = job_vector(j, f, len);

    f->sub(f, difference, gather(j, 0, len), gather(j, 1, len), len);
    if (job_box(j)->bits) {
        wires bit = job_wires(j, 1, words_of(len));
        (op == OP_LT ? bits_negative : bits_zero)(j, wire_at(bit, 0), difference, len);
        results_in_bits(j, bit, len);
        return;
    }
    void *out = results_begin(j, len);
    (op == OP_LT ? is_negative : is_zero)(j, out, difference, len);
    results_end(j, out);
}

/* Lanes that drop as many bits are one job; those that drop others have jobs beside it. */
static void run_floor(job *j)
{
    const field *f = job_box(j)->f;
    const abb_job *work = job_work(j);
    void *x = job_vector(j, f, gathered_length(j));
    size_t len = 0, at = 0;
    int64_t bits = 0;

    for (size_t k = 0; k < work->lanes; k++) {
        const vec *in = work->lane[k].in[0].secret;
        if (!job_takes(j, k)) continue;
        bits = work->lane[k].code->imm[0];
        f->copy(f, field_at(f, x, len), in->v, in->len);
        len += in->len;
    }
    floor_shift(j, x, x, bits < f->bits ? (unsigned)bits : f->bits, len);
    for (size_t k = 0; k < work->lanes; k++) {
        vec *out = work->lane[k].out[0].secret;
        if (!job_takes(j, k)) continue;
        f->copy(f, out->v, field_at(f, x, at), out->len);
        at += out->len;
    }
}

static void run_maximum(job *j)
{
    const field *f = job_box(j)->f;
    const abb_job *work = job_work(j);
    tournament *t = job_bytes(j, work->lanes * sizeof *t);

    for (size_t k = 0; k < work->lanes; k++) {
        const abb_lane *l = &work->lane[k];
        const vec *x = l->in[0].secret, *best = l->out[0].secret, *which = l->out[1].secret;
        size_t run = (size_t)l->code->imm[0], runs = run ? x->len / run : 0;
        t[k] = (tournament){.x = x->v,
                            .run = run,
                            .runs = runs,
                            .best = best ? best->v : job_vector(j, f, runs),
                            .place = which ? which->v : NULL,
                            .wants_place = which != NULL};
    }
    maximum(j, t, work->lanes);
}

void job_decisions(job *j)
{
    opcode op = job_work(j)->op;
    const unsigned bits = demultiplexed_bits(job_box(j), op, job_first_lane(j));

    if (bits)
        job_demultiplex(j, bits);
    else if (op == OP_FLOOR)
        run_floor(j);
    else if (op == OP_MAXIMUM)
        run_maximum(j);
    else
        run_compare(j, op);
}
