/* Jobs at the border: owners' values become shares, outputs become known to those who may learn them. */
#include "runtime/bit_values.h"
#include "runtime/input_bits.h"
#include "runtime/submission.h"
#include "vm/limbs.h"

#include <stdlib.h>
#include <string.h>

/* --- inputs */

/* A member of the party shares its items; where a private length is shorter than its bound, zeros. */
static const void *own_items(job *j, const value *in, size_t len)
{
    const field *f = job_box(j)->edge;
    void *items = job_vector(j, f, len);

    field_take(f, items, &in->clear, len);
    return items;
}

/* The share of what an absent owner submitted. */
static void take_submitted(const box *b, const abb_lane *l, unsigned home, void *out, size_t len)
{
    uint32_t party = l->in[0].type->owner;

    if (b->f->dry) return;
    b->f->copy(b->f, out,
               field_at(b->f, b->absent->share[home - b->members],
                        submission_at(b->base.program, party, l->code->out[0])),
               len);
}

/* Adds what comes by bits to the list. */
static void share_lane(job *j, const abb_lane *l, input_bits **list)
{
    box *b = job_box(j);
    uint32_t party = l->in[0].type->owner;
    vec *out = l->out[0].secret;
    size_t len = l->ins ? out->len / l->ins : 0;

    b->f->fill(b->f, out->v, element_of(0), out->len);
    for (size_t m = 0; m < l->ins; m++) {
        unsigned home = b->launch->home[party][m];
        const void *items = home == b->self ? own_items(j, &l->in[m], len) : NULL;
        void *share = field_at(b->f, out->v, m * len);
        if (home < b->members && shared_as_bits(b, l->in[0].type, out->len)) {
            input_bits *in = share_bits(j, home, l->in[0].type, items, share, len);
            in->next = *list, *list = in;
            continue;
        }
        if (home >= b->members)
            take_submitted(b, l, home, share, len);
        else
            deal(j, home, items, share, len);
        note_input(j, home, l->in[0].type, out->v, m * len, len);
    }
}

/* Lanes that are alike come in the same way. */
static bool come_as_numbers(const job *j)
{
    const box *b = job_box(j);
    return comes_as_number(b->base.program, b->launch, job_first_lane(j)->code);
}

void job_share(job *j)
{
    const abb_job *work = job_work(j);
    input_bits *list = NULL;

    if (results_are_bits(j) && !come_as_numbers(j)) {
        job_bit_share(j);
        return;
    }
    for (size_t k = 0; k < work->lanes; k++)
        if (job_takes(j, k)) share_lane(j, &work->lane[k], &list);
    job_wait(j);
    for (const input_bits *in = list; in; in = in->next) take_bits(j, in);
    if (results_are_bits(j)) bits_of_inputs(j);
}

/* --- outputs */

/* What one lane opens here. (A public value is no job: the interpreter writes it down.) */
typedef struct opening {
    learners to;
    bool learns;            /* this member does */
    void *opened;           /* of the field `edge`; NULL where it does not */
    const void *share;      /* what this node sends shares of */
    strict_opening *strict; /* [stricts] of active mode: every share counts */
    size_t stricts;
    bit_opening *bits; /* [to.count] of what is opened as bits; else NULL */
} opening;

learners learners_of(job *j, const abb_lane *l)
{
    const box *b = job_box(j);
    const uint32_t party = b->base.program->output[l->code->imm[0]].party;
    const vec *x = l->in[0].secret;
    const bool all = party == PARTY_ALL;
    const uint32_t members =
        all ? b->members + b->launch->absent : party_members(b->base.program, party);
    const learners list = {job_bytes(j, (members + 1) * sizeof(learner)), members};

    for (uint32_t m = 0; m < members; m++)
        list.is[m] =
            all ? (learner){m, 0, x->len}
                : (learner){b->launch->home[party][m], m * (x->len / members), x->len / members};
    return list;
}

static bool are_among(const learners *all, unsigned who)
{
    for (size_t k = 0; k < all->count; k++)
        if (all->is[k].home == who) return true;
    return false;
}

/* One more opening. */
static void reveal_to(job *j, opening *o, const learner *who)
{
    const box *b = job_box(j);
    void *out = field_at(b->edge, o->opened, who->at);
    const void *share = field_at(b->f, o->share, who->at);

    if (b->audit)
        o->strict[o->stricts++] =
            strict_begin_to(j, b->audit->edge, who->home, out, share, who->len);
    else
        open_to_member(j, who->home, out, share, who->len);
}

static opening begin_opening(job *j, const abb_lane *l)
{
    opening o = {.to = learners_of(j, l)};

    o.learns = are_among(&o.to, job_box(j)->self);
    return o;
}

/* In active mode what is opened is masked, and delivered afterwards; what waits for owners who are not there was kept
 * before it was verified (keep_tagged). */
static opening open_lane(job *j, const abb_lane *l, output_delivery *d)
{
    const box *b = job_box(j);
    const vec *x = l->in[0].secret;
    opening o = begin_opening(j, l);

    o.share = x->v;
    if (o.learns) {
        o.opened = job_vector(j, b->edge, x->len);
        b->edge->fill(b->edge, o.opened, element_of(0), x->len);
    }
    if (d) {
        void *sent = job_vector(j, b->f, x->len);
        deliver_mask(j, d, sent, x->v, x->len);
        o.share = sent;
        o.strict = job_bytes(j, o.to.count * sizeof *o.strict);
    }
    for (size_t k = 0; k < o.to.count; k++)
        if (o.to.is[k].home < b->members) reveal_to(j, &o, &o.to.is[k]);
    if (!d) keep_shares(j, l);
    return o;
}

/* --- outputs that are bits */

static bool is_opened_as_bits(const box *b, const abb_lane *l)
{
    return box_form(b, l->code->in[0]) & IN_BITS &&
           opens_as_bits(b->base.program, b->launch, l->code);
}

/* The items of each opening begin at a word of their own. All who learn them are here (opens_as_bits). */
static opening open_bits(job *j, const abb_lane *l)
{
    opening o = begin_opening(j, l);

    o.bits = job_bytes(j, o.to.count * sizeof *o.bits);
    for (size_t k = 0; k < o.to.count; k++) {
        const learner *who = &o.to.is[k];
        const wires part = job_wires(j, 1, words_of(who->len));
        copy_items(job_box(j), wire_at(part, 0), 0, wire_of(l->in[0].secret), who->at, who->len);
        o.bits[k] = bits_open_to(j, who->home, part, who->len);
    }
    return o;
}

/* Those that have come here; items for others are 0. */
static void take_opened_bits(job *j, const opening *o, plain *out)
{
    memset(out->v, 0, out->len * item_size(out->extra));
    for (size_t k = 0; k < o->to.count; k++) {
        const learner *who = &o->to.is[k];
        if (who->home != job_box(j)->self) continue;
        uint64_t *row = job_own_words(j, words_of(who->len));
        bits_opened(j, &o->bits[k], row);
        for (size_t i = 0; i < who->len; i++)
            limbs_set(item_words(out->v, who->at + i, out->extra),
                      row[i / WORD_BITS] >> i % WORD_BITS & 1, 2 + out->extra);
    }
}

static void hand_out(job *j, const abb_lane *l, const opening *o)
{
    const box *b = job_box(j);
    plain *out = &l->out[0].clear;
    const vec *x = l->in[0].secret;

    failure err;
    const reg *type = l->in[0].type;

    out->len = x->len;
    if (b->edge->dry || !o->learns) return;
    job_check(j, plain_alloc(out, x->len, b->base.program->extra, &err), &err);
    if (o->bits)
        take_opened_bits(j, o, out);
    else
        b->edge->to_num(b->edge, out, o->opened, wide_sign(type->lo) < 0, out->len);
}

static output_delivery *begin_delivery(job *j)
{
    const box *b = job_box(j);
    const abb_job *work = job_work(j);
    bool *learn = job_zeros(j, b->members * sizeof *learn);

    for (size_t k = 0; k < work->lanes; k++) {
        const learners all = learners_of(j, &work->lane[k]);
        for (size_t i = 0; i < all.count; i++)
            if (all.is[i].home < b->members) learn[all.is[i].home] = true;
    }
    return deliver_begin(j, learn);
}

/* What all sent of masked outputs, and then the masks. */
static void finish_delivery(job *j, output_delivery *d, opening *o)
{
    box *b = job_box(j);
    const abb_job *work = job_work(j);

    for (size_t k = 0; k < work->lanes; k++)
        for (size_t i = 0; i < o[k].stricts; i++) strict_end(j, &o[k].strict[i], "an output");
    deliver_finish(j, d);
    for (size_t k = 0; k < work->lanes; k++)
        deliver_unmask(j, d, o[k].opened, ((const vec *)work->lane[k].in[0].secret)->len);
    deliver_forget(b);
}

void job_reveal(job *j)
{
    box *b = job_box(j);
    const abb_job *work = job_work(j);
    opening *o = job_bytes(j, work->lanes * sizeof *o);
    output_delivery *d = b->audit ? begin_delivery(j) : NULL;

    for (size_t k = 0; k < work->lanes; k++) {
        const abb_lane *l = &work->lane[k];
        o[k] = is_opened_as_bits(b, l) ? open_bits(j, l) : open_lane(j, l, d);
    }
    if (!d && !b->first_reveal) b->first_reveal = channel_count(b->channel).rounds + 1;
    job_wait(j);
    if (d) finish_delivery(j, d, o);
    for (size_t k = 0; k < work->lanes; k++) hand_out(j, &work->lane[k], &o[k]);
}
