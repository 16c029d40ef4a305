/* The ideal box: a trusted party that computes everything in the clear, the truth that the real box is tested
 * against. Its secret vectors are plain ones. Holds every party's data. */
#include "vm/abb.h"
#include "vm/limbs.h"

#include <openssl/crypto.h>
#include <openssl/rand.h>
#include <stdlib.h>
#include <string.h>

typedef struct ideal {
    abb base;
    bool (*draw)(void *arg, uint8_t *out, size_t len);
    void *arg;
} ideal;

const plain *ideal_contents(const void *secret)
{
    return secret;
}

static const ideal *ideal_of(const abb *base)
{
    return (const ideal *)base;
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
    char item[WIDE_TEXT], lo[WIDE_TEXT], hi[WIDE_TEXT];
    size_t i = plain_outside(x, r->lo, r->hi);
    if (i == x->len) return OK;
    fail(err, E_LIMIT, "", "%s is outside %s..%s, the range assumed here",
         plain_print(x, i, 0, item), wide_print(r->lo, lo), wide_print(r->hi, hi));
    fail_place(err, p, w->code->at);
    return E_LIMIT;
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
    status st = plain_alloc(&all, each * w->ins, p->extra, err);
    if (st) return st;
    for (size_t m = 0; m < w->ins; m++)
        memcpy(item_words(all.v, m * each, p->extra), w->in[m].clear.v, each * item_size(p->extra));
    return keep_result(p, w, 0, &all, err);
}

static status reveal(abb_lane *w, failure *err)
{
    plain secret = contents(&w->in[0]);
    return plain_copy(&w->out[0].clear, &secret, 0, secret.len, err);
}

/* --- what is drawn */

static bool draw_from_libcrypto(void *unused, uint8_t *out, size_t len)
{
    (void)unused;
    for (size_t part; len; out += part, len -= part) {
        part = len < INT32_MAX ? len : INT32_MAX;
        if (RAND_bytes(out, (int)part) != 1) return false;
    }
    return true;
}

static status draw_bytes(const abb *box, void *out, size_t len, failure *err)
{
    const ideal *i = ideal_of(box);
    return i->draw(i->arg, out, len) ? OK : fail(err, E_BUG, "", "no random bytes");
}

static status draw_bits(const abb *box, abb_lane *w, failure *err)
{
    plain bits;
    status st = plain_alloc(&bits, (size_t)reg_length(w->out[0].type), box->program->extra, err);
    uint8_t *byte = st ? NULL : malloc(bits.len);
    if (!st && !byte) st = fail_memory(err);
    if (!st) st = draw_bytes(box, byte, bits.len, err);
    for (size_t k = 0; !st && k < bits.len; k++)
        limbs_set(item_words(bits.v, k, bits.extra), byte[k] & 1, 2 + bits.extra);
    if (byte) OPENSSL_cleanse(byte, bits.len);
    free(byte);
    if (!st) return keep_result(box->program, w, 0, &bits, err);
    plain_free(&bits);
    return st;
}

static status choose(const abb *box, uint64_t count, uint64_t *choice, failure *err)
{
    enum { BITS = 63 };
    const uint64_t ones = (UINT64_C(1) << BITS) - 1;
    uint64_t word;
    do {
        status st = draw_bytes(box, &word, sizeof word, err);
        if (st) return st;
        word &= ones;
    } while (word == ones || !num_choose(word, BITS, count, choice));
    return OK;
}

static void exchange(uint64_t *a, uint64_t *b, size_t len)
{
    for (size_t k = 0; k < len; k++) {
        uint64_t t = a[k];
        a[k] = b[k], b[k] = t;
    }
}

/* Fisher and Yates: each row of `width` words, from the last on, changes places with one that is not behind it. */
static status shuffle_table(const abb *box, uint64_t *row, size_t rows, size_t width, failure *err)
{
    for (size_t left = rows; left > 1; left--) {
        uint64_t back;
        status st = choose(box, left, &back, err);
        if (st) return st;
        size_t last = left - 1, other = last - (size_t)back;
        if (other != last) exchange(row + last * width, row + other * width, width);
    }
    return OK;
}

static status shuffle(const abb *box, abb_lane *w, failure *err)
{
    plain of = contents(&w->in[0]), x;
    size_t rows = (size_t)w->code->imm[0], width = (size_t)w->code->imm[1];
    status st = plain_copy(&x, &of, 0, of.len, err);
    if (st) return st;
    for (size_t at = 0; !st && at < x.len; at += rows * width)
        st = shuffle_table(box, item_words(x.v, at, x.extra), rows, width * (2 + x.extra), err);
    if (!st) return keep_result(box->program, w, 0, &x, err);
    plain_free(&x);
    return st;
}

static status ideal_run(abb *box, const abb_job *job, failure *err)
{
    status st = OK;
    for (size_t i = 0; !st && i < job->lanes; i++) {
        if (job->op == OP_RANDOM)
            st = draw_bits(box, &job->lane[i], err);
        else if (job->op == OP_SHUFFLE)
            st = shuffle(box, &job->lane[i], err);
        else if (job->op == OP_SHARE)
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
    *box = (ideal){.base = {.ops = &ideal_ops, .program = p}, .draw = draw_from_libcrypto};
    return &box->base;
}

void ideal_draw_from(abb *box, bool (*draw)(void *arg, uint8_t *out, size_t len), void *arg)
{
    ideal *i = (ideal *)box;
    i->draw = draw, i->arg = arg;
}

void ideal_free(abb *box)
{
    free(box);
}
