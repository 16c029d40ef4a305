/* Dealing to nodes that will compute later. */
#include "runtime/submission.h"

#include "runtime/launch.h"
#include "runtime/points.h"
#include "runtime/stream.h"
#include "vm/abb.h"

#include <openssl/crypto.h>
#include <openssl/rand.h>
#include <openssl/sha.h>
#include <stdlib.h>
#include <string.h>

static const char PURPOSE[] = "submission";

/* --- the vector */

static bool shares_of(const program *p, const instr *x, const lane *l, uint32_t party)
{
    return x->op == OP_SHARE && p->reg[l->in[0]].owner == party;
}

/* Adds up what is shared before the lane with this result; REG_NONE: all. All sharing is done in block 0. */
static size_t length_before(const program *p, uint32_t party, uint32_t shared)
{
    size_t len = 0;

    for (uint32_t i = 0; i < p->block[0].len; i++) {
        const instr *x = &p->block[0].code[i];
        for (uint32_t k = 0; k < x->lanes; k++) {
            const lane *l = &x->lane[k];
            if (!shares_of(p, x, l, party)) continue;
            if (l->out[0] == shared) return len;
            len += (size_t)reg_length(&p->reg[l->in[0]]);
        }
    }
    return len;
}

size_t submission_length(const program *p, uint32_t party)
{
    return length_before(p, party, REG_NONE);
}

size_t submission_at(const program *p, uint32_t party, uint32_t shared)
{
    return length_before(p, party, shared);
}

/* --- its form */

static void put_number(buffer *out, uint64_t n)
{
    buffer_append(out, &n, sizeof n);
}

static void put_wide(buffer *out, wide v)
{
    uint64_t limb[WIDE_LIMBS];

    put_number(out, wide_fits(v));
    if (!wide_fits(v)) return;
    wide_put(limb, WIDE_LIMBS, v);
    buffer_append(out, limb, sizeof limb);
}

static void put_register(buffer *out, const reg *r)
{
    put_number(out, r->kind), put_number(out, r->rank), put_number(out, r->modular);
    put_number(out, r->open);
    for (unsigned k = 0; k < r->rank; k++) put_number(out, r->dim[k]);
    put_wide(out, r->lo), put_wide(out, r->hi);
}

/* A register by how it is computed: the hashes of its operands stand for them. */
static void hash_lane(const program *p, opcode op, const lane *l, uint8_t (*of)[SUBMISSION_HASH],
                      buffer *text)
{
    text->len = 0;
    put_number(text, op);
    for (uint32_t k = 0; k < l->imms && op != OP_CONST; k++) put_number(text, (uint64_t)l->imm[k]);
    if (op == OP_CONST) {
        const constant *c = &p->constant[l->imm[0]];
        buffer_append(text, c->v, (size_t)c->len * item_size(p->extra));
    }
    for (uint32_t k = 0; k < l->ins; k++) buffer_append(text, of[l->in[k]], SUBMISSION_HASH);
    for (uint32_t k = 0; k < l->outs && !text->failed; k++) {
        const size_t before = text->len;
        if (l->out[k] == REG_NONE) continue;
        put_number(text, k), put_register(text, &p->reg[l->out[k]]);
        if (!text->failed) SHA256(text->data, text->len, of[l->out[k]]);
        text->len = before;
    }
}

status submission_form(const program *p, uint32_t party, uint8_t out[SUBMISSION_HASH], failure *err)
{
    uint8_t(*of)[SUBMISSION_HASH] = calloc(p->regs + 1, sizeof *of);
    buffer text = {0}, all = {0};
    status st = OK;

    put_number(&all, p->field_bits), put_number(&all, p->precision);
    if (p->prime) buffer_append(&all, p->prime, prime_limbs(p->field_bits) * sizeof *p->prime);
    for (uint32_t i = 0; of && i < p->block[0].len; i++) {
        const instr *x = &p->block[0].code[i];
        for (uint32_t k = 0; k < x->lanes; k++) {
            const lane *l = &x->lane[k];
            if (shares_of(p, x, l, party)) buffer_append(&all, of[l->in[0]], SUBMISSION_HASH);
            if (!lane_communicates(p, x->op, l)) hash_lane(p, x->op, l, of, &text);
        }
    }
    if (!of || text.failed || all.failed)
        st = fail_memory(err);
    else
        SHA256(all.data, all.len, out);
    buffer_free(&text), buffer_free(&all);
    free(of);
    return st;
}

/* --- hashes, of a text that says what for and of parts whose lengths are fixed */

typedef struct hashed {
    uint8_t text[256];
    size_t len;
} hashed;

static void add(hashed *h, const void *data, size_t len)
{
    memcpy(h->text + h->len, data, len);
    h->len += len;
}

static void add_number(hashed *h, uint64_t n)
{
    add(h, &n, sizeof n);
}

void submission_id(uint8_t out[SUBMISSION_HASH], const char *owner,
                   const uint8_t what[SUBMISSION_HASH], uint64_t sequence)
{
    static const char use[] = "moot submission 1";
    uint8_t who[SUBMISSION_HASH];
    hashed h = {.len = 0};

    SHA256((const uint8_t *)owner, strlen(owner), who);
    add(&h, use, sizeof use), add(&h, who, sizeof who);
    add(&h, what, SUBMISSION_HASH), add_number(&h, sequence);
    SHA256(h.text, h.len, out);
}

void submission_commit(const submission_terms *t, unsigned node, const submission_part *part,
                       uint8_t out[SUBMISSION_HASH])
{
    static const char use[] = "moot share of a submission 1";
    uint8_t data[SUBMISSION_HASH];
    hashed h = {.len = 0};

    SHA256(part->len ? part->data : data, part->len, data);
    add(&h, use, sizeof use), add(&h, t->id, SUBMISSION_HASH);
    add_number(&h, node), add_number(&h, part->len);
    add(&h, data, sizeof data), add(&h, part->nonce, SUBMISSION_HASH);
    SHA256(h.text, h.len, out);
    OPENSSL_cleanse(data, sizeof data), OPENSSL_cleanse(&h, sizeof h);
}

void submission_digest(uint8_t out[SUBMISSION_HASH], const uint8_t id[SUBMISSION_HASH],
                       const uint8_t *commitments, unsigned nodes)
{
    static const char use[] = "moot commitments of a submission 1";
    uint8_t all[SUBMISSION_HASH];
    hashed h = {.len = 0};

    SHA256(commitments, (size_t)nodes * SUBMISSION_HASH, all);
    add(&h, use, sizeof use), add(&h, id, SUBMISSION_HASH);
    add_number(&h, nodes), add(&h, all, sizeof all);
    SHA256(h.text, h.len, out);
}

/* --- dealing */

/* The k-th of the t nodes that get seeds: which they are turns with the id, so that no node always stores more. */
static unsigned seeded(const submission_terms *t, unsigned k)
{
    return (t->id[0] + k) % t->nodes;
}

static bool is_seeded(const submission_terms *t, unsigned node)
{
    for (unsigned k = 0; k < t->threshold; k++)
        if (seeded(t, k) == node) return true;
    return false;
}

size_t submission_bytes(const submission_terms *t, unsigned node)
{
    return is_seeded(t, node) ? KEY_BYTES : t->len * t->f->size;
}

/* The shares that belong to a seed. The id in the derivation makes it good for this submission alone. */
static status draw_shares(const submission_terms *t, unsigned node, const uint8_t seed[KEY_BYTES],
                          void *out, failure *err)
{
    uint8_t key[KEY_BYTES];
    stream *s = NULL;
    status st = key_derive(key, sizeof key, (slice){seed, KEY_BYTES}, t->id, PURPOSE, node, err);

    if (!st) st = stream_open(&s, key, PURPOSE, node, err);
    if (!st && !stream_draw(s, t->f, out, t->len)) st = fail_memory(err);
    stream_free(s);
    OPENSSL_cleanse(key, sizeof key);
    return st;
}

/* out = the polynomials through the secrets x at 0 and the drawn words at the seeded nodes, at `node`. */
static void evaluate(const submission_terms *t, const void *x, const void *words, unsigned node,
                     void *out)
{
    unsigned points[NODES_MAX + 1] = {0};
    element by[NODES_MAX + 1];

    for (unsigned k = 0; k < t->threshold; k++) points[k + 1] = seeded(t, k) + 1;
    lagrange(t->f, by, points, t->threshold + 1, node + 1);
    t->f->scale(t->f, out, x, by[0], t->len);
    for (unsigned k = 0; k < t->threshold; k++)
        t->f->add_scaled(t->f, out, field_at(t->f, words, k * t->len), by[k + 1], t->len);
}

static status new_part(const submission_terms *t, unsigned node, submission_part *part, failure *err)
{
    part->len = submission_bytes(t, node);
    if (!(part->data = malloc(part->len + 1))) return fail_memory(err);
    if (RAND_bytes(part->nonce, sizeof part->nonce) != 1 ||
        (is_seeded(t, node) && RAND_bytes(part->data, KEY_BYTES) != 1))
        return fail(err, E_BUG, "", "no random numbers to be had");
    return OK;
}

static status deal_parts(const submission_terms *t, const void *x, void *words,
                         submission_part *part, failure *err)
{
    status st = OK;

    for (unsigned k = 0; !st && k < t->nodes; k++) st = new_part(t, k, &part[k], err);
    for (unsigned k = 0; !st && k < t->threshold; k++)
        st = draw_shares(t, seeded(t, k), part[seeded(t, k)].data,
                         field_at(t->f, words, k * t->len), err);
    for (unsigned k = 0; !st && k < t->nodes; k++)
        if (!is_seeded(t, k)) evaluate(t, x, words, k, part[k].data);
    return st;
}

status submission_deal(const submission_terms *t, const void *x, submission_part *part,
                       uint8_t (*commitment)[SUBMISSION_HASH], failure *err)
{
    size_t bytes = t->threshold * t->len * t->f->size;
    void *words = malloc(bytes + 1);
    status st;

    memset(part, 0, t->nodes * sizeof *part);
    if (!words) return fail_memory(err);
    st = deal_parts(t, x, words, part, err);
    OPENSSL_cleanse(words, bytes);
    free(words);
    for (unsigned k = 0; !st && k < t->nodes; k++) submission_commit(t, k, &part[k], commitment[k]);
    if (st) submission_forget(part, t->nodes);
    return st;
}

status submission_shares(const submission_terms *t, unsigned node, const submission_part *part,
                         void *out, failure *err)
{
    if (part->len != submission_bytes(t, node))
        return fail(err, E_DATA, "", "a submission of another length");
    if (is_seeded(t, node)) return draw_shares(t, node, part->data, out, err);
    if (part->len) memcpy(out, part->data, part->len);
    if (t->f->valid(t->f, out, t->len)) return OK;
    return fail(err, E_DATA, "", "a submission that is not of the program's field");
}

void submission_forget(submission_part *part, unsigned count)
{
    for (unsigned k = 0; k < count; k++) {
        if (part[k].data) OPENSSL_cleanse(part[k].data, part[k].len);
        free(part[k].data);
        OPENSSL_cleanse(&part[k], sizeof part[k]);
    }
}
