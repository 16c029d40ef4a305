/* The ideal box: a trusted party that computes everything in the clear, the truth that the real box is tested
 * against. Its secret vectors are plain ones. Holds every party's data. */
#include "vm/abb.h"

#include <stdlib.h>
#include <string.h>

typedef struct ideal {
    abb base;
} ideal;

const plain *ideal_contents(const void *secret)
{
    return secret;
}

static plain contents(const value *v)
{
    return v->type->tag == TAG_SECRET ? *ideal_contents(v->secret) : v->clear;
}

static void ideal_release(abb *box, void *secret)
{
    (void)box;
    if (secret) plain_free(secret);
    free(secret);
}

/* Moves *x behind a new handle. */
static status give_handle(plain *x, void **secret, failure *err)
{
    plain *handle = malloc(sizeof *handle);
    if (!handle) {
        plain_free(x);
        return fail_memory(err);
    }
    *handle = *x;
    *secret = handle;
    return OK;
}

/* Every item has to be in the range that the compiler promised for it, proved or assumed: the real box
 * chooses its widths by that. */
static status check_range(const program *p, const abb_lane *w, const reg *r, const plain *x,
                          failure *err)
{
    for (size_t i = 0; i < x->len; i++) {
        if (x->v[i] >= r->lo && x->v[i] <= r->hi) continue;
        char item[48], lo[48], hi[48];
        fail(err, E_LIMIT, "", "%s is outside %s..%s, the range assumed here",
             num_print(x->v[i], item), num_print(r->lo, lo), num_print(r->hi, hi));
        fail_place(err, p, w->code->at);
        return E_LIMIT;
    }
    return OK;
}

static status keep_result(const program *p, abb_lane *w, size_t k, plain *x, failure *err)
{
    const reg *r = w->out[k].type;
    status st = check_range(p, w, r, x, err);
    if (st) {
        plain_free(x);
        return st;
    }
    return give_handle(x, &w->out[k].secret, err);
}

static status compute(const program *p, opcode op, abb_lane *w, failure *err)
{
    plain *in = calloc(w->ins + w->outs + 1, sizeof *in);
    if (!in) return fail_memory(err);
    plain *out = in + w->ins;
    for (size_t k = 0; k < w->ins; k++) in[k] = contents(&w->in[k]);
    status st = plain_eval(p, op, w->code, out, in, err);
    for (size_t k = 0; k < w->outs; k++) {
        bool kept = !st && w->code->out[k] != REG_NONE;
        if (kept)
            st = keep_result(p, w, k, &out[k], err);
        else
            plain_free(&out[k]);
    }
    free(in);
    return st;
}

/* The members' values one after the other. */
static status share(const program *p, abb_lane *w, failure *err)
{
    plain all;
    size_t each = w->in[0].clear.len;
    status st = plain_alloc(&all, each * w->ins, err);
    if (st) return st;
    for (size_t m = 0; m < w->ins; m++)
        memcpy(all.v + m * each, w->in[m].clear.v, each * sizeof(num));
    return keep_result(p, w, 0, &all, err);
}

static status reveal(abb_lane *w, failure *err)
{
    plain secret = contents(&w->in[0]);
    status st = plain_alloc(&w->out[0].clear, secret.len, err);
    if (!st) memcpy(w->out[0].clear.v, secret.v, secret.len * sizeof(num));
    return st;
}

static status ideal_run(abb *box, const abb_job *job, failure *err)
{
    status st = OK;
    for (size_t i = 0; !st && i < job->lanes; i++) {
        if (job->op == OP_SHARE)
            st = share(box->program, &job->lane[i], err);
        else if (job->op == OP_REVEAL)
            st = reveal(&job->lane[i], err);
        else
            st = compute(box->program, job->op, &job->lane[i], err);
    }
    return st;
}

/* Nobody to wait for: what is begun is done. */
static status ideal_begin(abb *box, abb_job *job, failure *err)
{
    return ideal_run(box, job, err);
}

static status ideal_finish(abb *box, failure *err)
{
    (void)box, (void)err;
    return OK;
}

static bool ideal_holds(const abb *box, uint32_t party, uint32_t member)
{
    (void)box, (void)party, (void)member;
    return true;
}

static const abb_ops ideal_ops = {
    .name = "ideal",
    .run = ideal_run,
    .begin = ideal_begin,
    .finish = ideal_finish,
    .release = ideal_release,
    .holds = ideal_holds,
};

abb *ideal_new(const program *p)
{
    ideal *box = calloc(1, sizeof *box);
    if (!box) return NULL;
    box->base = (abb){.ops = &ideal_ops, .program = p};
    return &box->base;
}

void ideal_free(abb *box)
{
    free(box);
}
