/* A box that takes, and one that gives back. */
#include "runtime/absent.h"

#include "runtime/launch.h"
#include "runtime/points.h"
#include "runtime/submission.h"

#include <openssl/crypto.h>
#include <stdlib.h>
#include <string.h>

/* Before each share: which output, which row, how many bytes. */
enum { KEPT_HEAD = 4 + 8 + 8 };

typedef struct absent_box {
    abb base;
    uint32_t party, member;
    const field *f;
    void *given; /* while it takes */
    bool taken;  /* all: what follows is of no concern */

    const absent_kept *kept; /* while it gives back */
    uint32_t there;          /* the nodes whose shares are used */
    size_t at[NODES_MAX];    /* in what each node kept */
    const void *share[NODES_MAX];
} absent_box;

static absent_box *box_of_absent(const abb *base)
{
    return (absent_box *)(uintptr_t)base;
}

/* --- what both do: nothing, with secrets */

static status do_nothing(abb *base, const abb_job *work, failure *err)
{
    (void)base, (void)work, (void)err;
    return OK;
}

static status finish_nothing(abb *base, failure *err)
{
    (void)base, (void)err;
    return OK;
}

static void release_nothing(abb *base, void *secret)
{
    (void)base, (void)secret;
}

static bool is_own(const abb *base, uint32_t party, uint32_t member)
{
    const absent_box *b = box_of_absent(base);
    return b->party == party && b->member == member;
}

/* --- giving: until the first opening, before which all is shared */

static void take_lane(const absent_box *b, const abb_lane *l)
{
    const reg *type = l->in[0].type;
    size_t at = submission_at(b->base.program, b->party, l->code->out[0]);

    if (type->owner == b->party)
        field_take(b->f, field_at(b->f, b->given, at), &l->in[b->member].clear,
                   (size_t)reg_length(type));
}

static status begin_giving(abb *base, abb_job *work, failure *err)
{
    absent_box *b = box_of_absent(base);

    b->taken = work->op == OP_REVEAL;
    if (b->taken) return fail(err, E_CANCELLED, "", "all is shared");
    for (size_t k = 0; work->op == OP_SHARE && k < work->lanes; k++) take_lane(b, &work->lane[k]);
    return OK;
}

#define ABSENT_OPS(name_, begin_)                                                                  \
    {                                                                                              \
        .name = (name_), .run = do_nothing, .begin = (begin_), .finish = finish_nothing,           \
        .release = release_nothing, .holds = is_own                                                \
    }

static const abb_ops giving_ops = ABSENT_OPS("giving", begin_giving);

status absent_give(const program *p, uint32_t party, uint32_t member, const field *f,
                   run_data *data, void **out, failure *err)
{
    size_t bytes = submission_length(p, party) * f->size;
    absent_box b = {.base = {.ops = &giving_ops, .program = p},
                    .party = party,
                    .member = member,
                    .f = f,
                    .given = calloc(1, bytes + 1)};
    status st = b.given ? interp_run(p, &b.base, data, err) : fail_memory(err);

    if (!st || b.taken) {
        *out = b.given;
        return OK;
    }
    if (b.given) OPENSSL_cleanse(b.given, bytes);
    free(b.given);
    return st;
}

/* --- what nodes keep */

absent_key absent_key_of(const abb *box, const lane *l)
{
    const reveal_form form = lane_reveal(l);

    return (absent_key){(uint32_t)l->imm[0], form.by_row ? form.row + box->turn : 0};
}

static void put(uint8_t *to, uint64_t n, unsigned bytes)
{
    for (unsigned k = 0; k < bytes; k++) to[k] = (uint8_t)(n >> 8 * k);
}

void absent_keep(buffer *kept, const absent_key *what, const void *share, size_t bytes)
{
    uint8_t head[KEPT_HEAD];

    put(head, what->output, 4), put(head + 4, (uint64_t)what->row, 8), put(head + 12, bytes, 8);
    buffer_append(kept, head, sizeof head);
    buffer_append(kept, share, bytes);
}

/* --- learning */

static status not_kept(unsigned node, failure *err)
{
    return fail(err, E_ABORT, "N04", "what node %u kept is not what the program reveals", node + 1);
}

static bool is_there(const absent_box *b, unsigned node)
{
    return b->there >> node & 1;
}

/* Finds the shares of the next opening at all nodes that answered. A node that kept another is given up where there are
 * tags, and fails the rest where there are none. */
static status next_shares(absent_box *b, const absent_key *what, size_t bytes, failure *err)
{
    uint8_t head[KEPT_HEAD];

    put(head, what->output, 4), put(head + 4, (uint64_t)what->row, 8), put(head + 12, bytes, 8);
    for (unsigned k = 0; k < b->kept->nodes; k++) {
        slice of = b->kept->of[k];
        size_t left = of.len - b->at[k];
        if (!is_there(b, k)) continue;
        if (left < KEPT_HEAD || left - KEPT_HEAD < bytes ||
            memcmp(of.data + b->at[k], head, KEPT_HEAD) != 0) {
            if (!b->kept->tagged) return not_kept(k, err);
            b->there &= ~((uint32_t)1 << k);
            continue;
        }
        b->share[k] = of.data + b->at[k] + KEPT_HEAD;
        b->at[k] += KEPT_HEAD + bytes;
    }
    return OK;
}

/* out = the polynomials through the shares of t + 1 nodes, at this point. `room` holds one node's shares, for which the
 * bytes that came may not be aligned. */
static bool interpolate(const absent_box *b, uint32_t among, unsigned at, void *out, void *room,
                        size_t len)
{
    const field *f = b->f;
    unsigned points[NODES_MAX] = {0}, count = 0;
    element by[NODES_MAX];
    bool valid = true;

    for (unsigned k = 0; k < b->kept->nodes; k++)
        if (among >> k & 1) points[count++] = k + 1;
    lagrange(f, by, points, count, at);
    f->fill(f, out, element_of(0), len);
    for (unsigned k = 0; k < count; k++) {
        memcpy(room, b->share[points[k] - 1], len * f->size);
        valid = valid && f->valid(f, room, len);
        if (valid) f->add_scaled(f, out, room, by[k], len);
    }
    return valid;
}

/* All who answered lie on one polynomial: t + 1 of them fix it. */
static status open_fitting(const absent_box *b, void *out, void *room, size_t len, failure *err)
{
    uint32_t first = 0;

    for (unsigned k = 0, count = 0; count <= b->kept->threshold; k++)
        if (is_there(b, k)) first |= (uint32_t)1 << k, count++;
    for (unsigned k = 0; k < b->kept->nodes; k++) {
        if (!is_there(b, k)) continue;
        if (!interpolate(b, first, k + 1, out, room, len) ||
            memcmp(out, b->share[k], len * b->f->size) != 0)
            return fail(err, E_ABORT, "N04", "the nodes' shares of an output do not fit together");
    }
    interpolate(b, first, 0, out, room, len);
    return OK;
}

/* all = y, a, m: whether m = <a, y>. */
static bool fits_tag(const field *f, const void *all, void *sum, size_t len)
{
    f->matmul(f, sum, field_at(f, all, len), all, 1, len, 1);
    return memcmp(sum, field_at(f, all, 2 * len), f->size) == 0;
}

/* The next number with as many bits (Gosper). */
static uint64_t next_set(uint64_t set)
{
    const uint64_t low = set & (0 - set), up = set + low;
    return up | ((set ^ up) / low) >> 2;
}

/* Some t + 1 nodes, whose shares fit their tag. */
static status open_tagged(const absent_box *b, void *out, void *room, size_t len, failure *err)
{
    for (uint64_t set = ((uint64_t)2 << b->kept->threshold) - 1; !(set >> b->kept->nodes);
         set = next_set(set))
        if (!(set & ~(uint64_t)b->there) && interpolate(b, (uint32_t)set, 0, out, room, 2 * len + 1) &&
            fits_tag(b->f, out, room, len))
            return OK;
    return fail(err, E_ABORT, "N04", "no %u of the nodes' shares of an output fit together",
                b->kept->threshold + 1);
}

/* How many elements a node keeps of so many items. */
static size_t kept_elements(const absent_box *b, size_t len)
{
    return b->kept->tagged ? 2 * len + 1 : len;
}

static status open_shares(const absent_box *b, void *out, size_t len, failure *err)
{
    const size_t bytes = kept_elements(b, len) * b->f->size;
    void *all = malloc(bytes + 1), *room = malloc(bytes + 1);
    status st = !all || !room     ? fail_memory(err)
                : b->kept->tagged ? open_tagged(b, all, room, len, err)
                                  : open_fitting(b, all, room, len, err);

    if (!st) memcpy(out, all, len * b->f->size);
    if (all) OPENSSL_cleanse(all, bytes);
    if (room) OPENSSL_cleanse(room, bytes);
    free(all), free(room);
    return st;
}

/* Of an output to a group the items of others stay 0. */
static status learn_items(absent_box *b, const abb_lane *l, size_t at, size_t len, failure *err)
{
    const reg *type = l->in[0].type;
    const absent_key what = absent_key_of(&b->base, l->code);
    const size_t all = (size_t)reg_length(type);
    plain *out = &l->out[0].clear;
    void *items = calloc(all + 1, b->f->size);
    const size_t bytes = kept_elements(b, len) * b->f->size;
    status st = items ? next_shares(b, &what, bytes, err) : fail_memory(err);

    if (!st) st = open_shares(b, field_at(b->f, items, at), len, err);
    if (!st) st = plain_alloc(out, all, b->base.program->extra, err);
    if (!st) b->f->to_num(b->f, out, items, wide_sign(type->lo) < 0, all);
    if (items) OPENSSL_cleanse(items, all * b->f->size);
    free(items);
    return st;
}

static status learn_lane(absent_box *b, const abb_lane *l, failure *err)
{
    const port_decl *port = &b->base.program->output[l->code->imm[0]];
    const size_t all = (size_t)reg_length(l->in[0].type);
    size_t each;

    if (port->party == PARTY_ALL) return learn_items(b, l, 0, all, err);
    if (port->party != b->party) return OK;
    each = all / party_members(b->base.program, b->party);
    return learn_items(b, l, b->member * each, each, err);
}

static status begin_learning(abb *base, abb_job *work, failure *err)
{
    status st = OK;

    for (size_t k = 0; !st && work->op == OP_REVEAL && k < work->lanes; k++)
        st = learn_lane(box_of_absent(base), &work->lane[k], err);
    return st;
}

static const abb_ops learning_ops = ABSENT_OPS("learning", begin_learning);

/* What the owner did by itself is done once more and used for nothing; the least that each input may be serves. */
static status fill_inputs(const program *p, uint32_t party, uint32_t member, run_data *data,
                          failure *err)
{
    for (uint32_t i = 0; i < p->inputs; i++) {
        const port_decl *port = &p->input[i];
        plain *to = &data->input[i][member];
        size_t len = 1;
        status st;
        if (port->party != party || to->v) continue;
        for (unsigned k = 0; k < port->rank; k++) len *= (size_t)port->dim[k];
        if ((st = plain_alloc(to, len, p->extra, err))) return st;
        for (size_t k = 0; k < len; k++)
            wide_put(item_words(to->v, k, to->extra), 2 + to->extra, port->lo);
    }
    return OK;
}

static status check_answers(const absent_kept *kept, failure *err)
{
    unsigned answers = 0;

    for (unsigned k = 0; k < kept->nodes; k++) answers += kept->of[k].data != NULL;
    if (answers > kept->threshold) return OK;
    return fail(err, E_PEER, "N03", "%u of %u nodes answered, and it takes %u to learn an output",
                answers, kept->nodes, kept->threshold + 1);
}

status absent_learn(const program *p, uint32_t party, uint32_t member, const field *f,
                    const absent_kept *kept, run_data *data, failure *err)
{
    absent_box b = {.base = {.ops = &learning_ops, .program = p},
                    .party = party,
                    .member = member,
                    .f = f,
                    .kept = kept};
    status st = check_answers(kept, err);

    for (unsigned k = 0; k < kept->nodes; k++)
        if (kept->of[k].data) b.there |= (uint32_t)1 << k;
    if (!st) st = fill_inputs(p, party, member, data, err);
    if (!st) st = interp_run(p, &b.base, data, err);
    for (unsigned k = 0; !st && !kept->tagged && k < kept->nodes; k++)
        if (is_there(&b, k) && b.at[k] != kept->of[k].len) st = not_kept(k, err);
    return st;
}
