/* Strict openings, challenges and small reductions; see checks.h. */
#include "runtime/audit.h"
#include "runtime/bit_protocol.h"
#include "runtime/gf60.h"
#include "runtime/points.h"

#include <openssl/crypto.h>
#include <stdlib.h>

/* --- constants */

static uint32_t first_nodes(unsigned count)
{
    return (uint32_t)(((uint64_t)1 << count) - 1);
}

static void prime_constants(check_field *c, const box *b)
{
    unsigned base[NODES_MAX], all[NODES_MAX];
    element by[NODES_MAX];
    unsigned reducers = 2 * b->threshold + 1;

    for (unsigned k = 0; k <= b->threshold; k++) base[k] = k + 1;
    lagrange(b->edge, c->at_zero, base, b->threshold + 1, 0);
    for (unsigned node = 0; node < b->nodes; node++) {
        c->point[node] = element_of(node + 1);
        lagrange(b->edge, c->at_node[node], base, b->threshold + 1, node + 1);
    }
    for (unsigned k = 0; k < reducers; k++) all[k] = k + 1;
    lagrange(b->edge, by, all, reducers, 0);
    c->reducing = b->self < reducers ? by[b->self] : element_of(0);
}

/* What the share of node `at` counts in that of node `to` of a polynomial through `among`. */
static gf2m in_share_of(unsigned m, uint32_t among, unsigned at, unsigned to)
{
    gf2m c = 1;

    for (unsigned k = 0; among >> k; k++)
        if (among >> k & 1 && k != at) {
            gf2m above = (gf2m)((to + 1) ^ (k + 1)), below = (gf2m)((at + 1) ^ (k + 1));
            c = gf2m_times(m, c, gf2m_times(m, above, gf2m_inverse(m, below)));
        }
    return c;
}

static void lifted_constants(check_field *c, const box *b)
{
    unsigned m = gf2m_degree(b->nodes), reducers = 2 * b->threshold + 1;
    uint32_t base = first_nodes(b->threshold + 1), all = first_nodes(reducers);

    for (unsigned k = 0; k <= b->threshold; k++) {
        c->at_zero[k] = element_of(gf60_lift(m, gf2m_lagrange(m, base, k)));
        for (unsigned node = 0; node < b->nodes; node++)
            c->at_node[node][k] = element_of(gf60_lift(m, in_share_of(m, base, k, node)));
    }
    for (unsigned node = 0; node < b->nodes; node++)
        c->point[node] = element_of(gf60_lift(m, (gf2m)(node + 1)));
    c->reducing = element_of(b->self < reducers ? gf60_lift(m, gf2m_lagrange(m, all, b->self)) : 0);
}

const check_field *check_field_new(const box *b, const field *f)
{
    check_field *c = calloc(1, sizeof *c);

    if (!c) return NULL;
    c->f = f;
    (f->binary ? lifted_constants : prime_constants)(c, b);
    return c;
}

element check_element(const field *f, const void *v, size_t k)
{
    element e = {{0}};
    if (v) memcpy(e.limb, field_at(f, v, k), f->size);
    return e;
}

/* --- strict openings */

static bool all_zero(const void *v, size_t len)
{
    const uint8_t *bytes = v;
    uint8_t any = 0;

    for (size_t k = 0; k < len; k++) any |= bytes[k];
    return !any;
}

static _Noreturn void fail_misfit(job *j, const char *what)
{
    job_fail(j, E_ABORT, "the shares of %s do not fit together: a node lies", what);
}

/* v = what the shares of the first t + 1 nodes make with these coefficients. */
static void combine(const check_field *c, unsigned count, void *v, void *const *share,
                    const element *by, size_t len)
{
    c->f->scale(c->f, v, share[0], by[0], len);
    for (unsigned k = 1; k < count; k++) c->f->add_scaled(c->f, v, share[k], by[k], len);
}

/* rest = by how much the shares of `node` are beside the polynomials of the first t + 1 nodes. */
static void take_rest(const box *b, const check_field *c, void *rest, void *const *share,
                      unsigned node, size_t len)
{
    combine(c, b->threshold + 1, rest, share, c->at_node[node], len);
    c->f->sub(c->f, rest, rest, share[node], len);
}

/* out = what share[k] of every node k makes, when all are on one polynomial of degree t. */
static void secrets_of_all(job *j, const check_field *c, void *out, void *const *share, size_t len,
                           const char *what)
{
    const box *b = job_box(j);
    const field *f = c->f;
    void *mark = job_mark(j), *rest = job_vector(j, f, len);

    for (unsigned k = b->threshold + 1; k < b->nodes; k++) {
        take_rest(b, c, rest, share, k, len);
        if (!all_zero(rest, len * f->size)) fail_misfit(j, what);
    }
    combine(c, b->threshold + 1, out, share, c->at_zero, len);
    job_release(j, mark);
}

strict_opening strict_begin(job *j, const check_field *c, void *out, const void *x, size_t len)
{
    const box *b = job_box(j);
    strict_opening o = {.c = c, .out = out, .len = len};

    for (unsigned k = 0; box_is_node(b) && k < b->nodes; k++) {
        o.share[k] = job_vector(j, c->f, len);
        if (k == b->self) {
            c->f->copy(c->f, o.share[k], x, len);
            continue;
        }
        job_send(j, k, x, len * c->f->size);
        job_receive(j, k, o.share[k], len * c->f->size);
    }
    return o;
}

static void expect_elements(job *j, const strict_opening *o)
{
    const box *b = job_box(j);

    for (unsigned k = 0; k < b->nodes; k++)
        if (!o->c->f->valid(o->c->f, o->share[k], o->len))
            job_fail(j, E_ABORT, "%s sent a share that is no element of the field",
                     b->launch->name[k]);
}

void strict_end(job *j, const strict_opening *o, const char *what)
{
    if (!o->share[0]) return; /* nothing is opened here, or all is dry */
    expect_elements(j, o);
    secrets_of_all(j, o->c, o->out, o->share, o->len, what);
}

size_t strict_misfit(job *j, const strict_opening *o)
{
    const box *b = job_box(j);
    const field *f = o->c->f;
    size_t first = o->len;
    void *mark, *rest;

    if (!o->share[0]) return first;
    expect_elements(j, o);
    mark = job_mark(j), rest = job_vector(j, f, o->len);
    for (unsigned k = b->threshold + 1; k < b->nodes; k++) {
        take_rest(b, o->c, rest, o->share, k, o->len);
        for (size_t i = 0; i < first; i++)
            if (!all_zero(field_at(f, rest, i), f->size)) first = i;
    }
    job_release(j, mark);
    return first;
}

strict_opening strict_begin_to(job *j, const check_field *c, unsigned member, void *out,
                               const void *x, size_t len)
{
    const box *b = job_box(j);
    strict_opening o = {.c = c, .out = out, .len = len};

    if (box_is_node(b) && member != b->self) job_send(j, member, x, len * c->f->size);
    for (unsigned k = 0; member == b->self && k < b->nodes; k++) {
        o.share[k] = job_vector(j, c->f, len);
        if (k == b->self)
            c->f->copy(c->f, o.share[k], x, len);
        else
            job_receive(j, k, o.share[k], len * c->f->size);
    }
    return o;
}

void open_strictly(job *j, const check_field *c, void *out, const void *x, size_t len,
                   const char *what)
{
    void *mark = job_mark(j);
    strict_opening o = strict_begin(j, c, out, x, len);

    job_wait(j);
    strict_end(j, &o, what);
    job_release(j, mark);
}

/* --- the same of shares of bits, over GF(2^m) */

/* The shares of `node` are what the secrets and the shares of the first t nodes make of them. */
static bool fits(job *j, wires opened, const wires *share, unsigned node)
{
    const box *b = job_box(j);
    const unsigned m = gf2m_degree(b->nodes);
    const uint32_t first = first_nodes(b->threshold);
    const turn all = {.words = opened.words};
    const size_t bytes = m * opened.count * opened.words * sizeof *opened.v;

    bits_add_planes(b, share[node], all, opened.v, gf2m_lagrange_at(m, first, NODE_ZERO, node));
    for (unsigned k = 0; k < b->threshold; k++)
        bits_add_planes(b, share[node], all, share[k].v, gf2m_lagrange_at(m, first, k, node));
    return all_zero(share[node].v, bytes);
}

void strict_bits(job *j, wires opened, uint8_t *const packed[NODES_MAX], size_t len, const char *what)
{
    const box *b = job_box(j);
    const unsigned m = gf2m_degree(b->nodes);
    const uint32_t first = first_nodes(b->threshold + 1);
    const turn all = {.words = opened.words};
    void *mark = job_mark(j);
    wires share[NODES_MAX];

    for (unsigned k = 0; k < b->nodes; k++) {
        share[k] = job_wires(j, opened.count, opened.words);
        bits_unpack(share[k].v, opened.words, packed[k], m * opened.count, len);
    }
    for (unsigned k = 0; k <= b->threshold; k++)
        bits_add_planes(b, opened, all, share[k].v, gf2m_lagrange(m, first, k));
    for (unsigned k = b->threshold + 1; k < b->nodes; k++)
        if (!fits(j, opened, share, k)) fail_misfit(j, what);
    job_release(j, mark);
}

/* --- that all have come, and challenges */

void all_have_come(job *j)
{
    enum { YES = 1 };
    const box *b = job_box(j);
    void *mark = job_mark(j);
    uint8_t *said = job_zeros(j, b->nodes), *yes = job_bytes(j, 1);

    *yes = YES;
    for (unsigned k = 0; box_is_node(b) && k < b->nodes; k++) {
        if (k == b->self) continue;
        job_send(j, k, yes, 1);
        job_receive(j, k, &said[k], 1);
    }
    job_wait(j);
    for (unsigned k = 0; !b->f->dry && k < b->nodes; k++)
        if (k != b->self && said[k] != YES)
            job_fail(j, E_ABORT, "%s does not go on with the checks", b->launch->name[k]);
    job_release(j, mark);
}

static stream *open_coin(job *j, const uint8_t key[KEY_BYTES], const char *purpose)
{
    stream *s = NULL;
    failure err = {0};
    job_check(j, stream_open(&s, key, purpose, 0, &err), &err);
    return s;
}

void toss(job *j)
{
    enum { ELEMENTS = 2 }; /* of 61 bits or more: far above what the checks claim */
    static const uint8_t salt[KEY_BYTES];
    const box *b = job_box(j);
    coin *c = &job_notes(j)->coin;
    void *mark = job_mark(j), *x = job_vector(j, b->f, ELEMENTS),
         *seed = job_vector(j, b->f, ELEMENTS);
    uint8_t key[KEY_BYTES];
    failure err = {0};

    all_have_come(j);
    random_shares(j, x, ELEMENTS);
    open_strictly(j, b->audit->field, seed, x, ELEMENTS, "a challenge");
    coin_free(c);
    if (!b->f->dry) {
        slice secret = {seed, ELEMENTS * b->f->size};
        job_check(j, key_derive(key, sizeof key, secret, salt, "challenge", 0, &err), &err);
        c->field = open_coin(j, key, "field");
        c->lifted = open_coin(j, key, "lifted");
        c->bits = open_coin(j, key, "bits");
    }
    job_release(j, mark);
}

void coin_free(coin *c)
{
    stream_free(c->field);
    stream_free(c->lifted);
    stream_free(c->bits);
    *c = (coin){0};
}

void coin_draw(job *j, const field *f, void *out, size_t len)
{
    const coin *c = &job_notes(j)->coin;

    if (!stream_draw(f->binary ? c->lifted : c->field, f, out, len))
        job_fail(j, E_MEMORY, "libcrypto is out of memory");
}

/* --- randomness that nobody knows, and products */

void check_random(job *j, const check_field *c, void *out, size_t len)
{
    const box *b = job_box(j);
    const field *f = c->f;
    void *mark, *word;

    if (!f->binary) {
        random_shares(j, out, len);
        return;
    }
    mark = job_mark(j);
    word = job_vector(j, f, len);
    f->fill(f, out, element_of(0), len);
    for (size_t k = 0; k < b->keys->sets && !f->dry; k++) {
        const set_stream *s = &b->keys->set[k];
        if (!stream_draw(s->lifted, f, word, len))
            job_fail(j, E_MEMORY, "libcrypto is out of memory");
        f->add_scaled(f, out, word, element_of(gf60_lift(gf2m_degree(b->nodes), s->bit_factor)), len);
    }
    job_release(j, mark);
}

/* share = the polynomial of this dealer at a node: z + c_1 x + … + c_t x^t. */
static void deal_share(const box *b, const check_field *c, void *share, const void *z,
                       const void *coefficients, unsigned node, size_t len)
{
    const field *f = c->f;
    element power = c->point[node];

    f->copy(f, share, z, len);
    for (unsigned k = 0; k < b->threshold; k++, power = f->times(f, power, c->point[node]))
        f->add_scaled(f, share, field_at(f, coefficients, k * len), power, len);
}

few_products deal_few(job *j, const check_field *c, uint32_t dealers, void *out, const void *own,
                      size_t len)
{
    const box *b = job_box(j);
    const field *f = c->f;
    few_products r = {.c = c, .out = out, .len = len};
    bool deals = box_is_node(b) && dealers >> b->self & 1;
    void *random = deals ? job_vector(j, f, b->threshold * len) : NULL;

    f->fill(f, out, element_of(0), len);
    if (deals && !stream_draw(f->binary ? b->keys->own_lifted : b->keys->own_checks, f, random,
                              b->threshold * len))
        job_fail(j, E_MEMORY, "libcrypto is out of memory");
    for (unsigned k = 0; box_is_node(b) && k < b->nodes; k++) {
        void *share = deals && k != b->self ? job_vector(j, f, len) : out;
        if (deals) deal_share(b, c, share, own, random, k, len);
        if (deals && k != b->self) job_send(j, k, share, len * f->size);
        if (k == b->self || !(dealers >> k & 1)) continue;
        r.came[k] = job_vector(j, f, len);
        job_receive(j, k, r.came[k], len * f->size);
    }
    return r;
}

few_products reduce_few(job *j, const check_field *c, void *out, void *z, size_t len)
{
    const box *b = job_box(j);

    c->f->scale(c->f, z, z, c->reducing, len);
    return deal_few(j, c, first_nodes(2 * b->threshold + 1), out, z, len);
}

void few_arrive(job *j, const few_products *r)
{
    const box *b = job_box(j);
    const field *f = r->c->f;

    for (unsigned k = 0; !f->dry && k < b->nodes; k++) {
        if (!r->came[k]) continue;
        if (!f->valid(f, r->came[k], r->len))
            job_fail(j, E_ABORT, "%s sent a share that is no element of the field",
                     b->launch->name[k]);
        f->add(f, r->out, r->out, r->came[k], r->len);
    }
}
