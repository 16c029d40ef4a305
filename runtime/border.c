/* Jobs at the border: owners' values become shares, outputs become known to those who may learn them. */
#include "runtime/audit.h"
#include "runtime/bit_values.h"
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

/* --- in active mode, in fields whose numbers are not compared by bits: a number x comes as the bits of x - lo and of
 * hi - x, which are checked to be bits and to add up to hi - lo */

typedef struct bitwise {
    struct bitwise *next;
    unsigned home, bits; /* of hi - lo; 0: there is nothing to check, and it comes as it is */
    element lo, span;
    void *bit, *out; /* [2][bits][len], [len] */
    size_t len;
} bitwise;

static bool comes_bitwise(const box *b, const reg *type)
{
    return b->audit && !b->bits && type->kind != KIND_BOOL;
}

/* At the owner. */
static const void *own_bits(job *j, const bitwise *in, const void *items)
{
    const field *f = job_box(j)->edge;
    void *bit = job_vector(j, f, 2 * in->bits * in->len), *x = job_vector(j, f, in->len);
    const element minus = field_minus(f, element_of(0), element_of(1));

    f->add_constant(f, x, items, field_minus(f, element_of(0), in->lo), in->len);
    for (unsigned side = 0; side < 2; side++) {
        for (unsigned k = 0; k < in->bits; k++)
            f->bit(f, field_at(f, bit, (side * in->bits + k) * in->len), x, k, in->len);
        f->scale(f, x, x, minus, in->len);
        f->add_constant(f, x, x, in->span, in->len);
    }
    return bit;
}

static bitwise *deal_bitwise(job *j, unsigned home, const reg *type, const void *items, void *out,
                             size_t len)
{
    const field *f = job_box(j)->f;
    bitwise *in = job_bytes(j, sizeof *in);

    *in = (bitwise){.home = home, .bits = range_bits(job_box(j), type), .out = out, .len = len};
    in->lo = element_of_wide(f, type->lo), in->span = range_span(job_box(j), type);
    if (!in->bits) {
        deal(j, home, items, out, len);
        return in;
    }
    in->bit = job_vector(j, f, 2 * in->bits * len);
    f->fill(f, in->bit, element_of(0), 2 * in->bits * len);
    deal(j, home, items ? own_bits(j, in, items) : NULL, in->bit, 2 * in->bits * len);
    return in;
}

/* out = the sum of `bits` rows of bits. */
static void add_up_bits(const field *f, void *out, const void *bit, unsigned bits, size_t len)
{
    f->fill(f, out, element_of(0), len);
    for (unsigned k = 0; k < bits; k++)
        f->add_scaled(f, out, field_at(f, bit, k * len), field_power_of_2(f, k), len);
}

static void take_bitwise(job *j, const bitwise *in)
{
    const field *f = job_box(j)->f;
    void *mark = job_mark(j), *off = job_vector(j, f, in->len);

    if (!in->bits) {
        note_shares(j, in->out, in->len);
        return;
    }
    add_up_bits(f, in->out, in->bit, in->bits, in->len);
    add_up_bits(f, off, field_at(f, in->bit, in->bits * in->len), in->bits, in->len);
    f->add(f, off, off, in->out, in->len);
    f->add_constant(f, off, off, field_minus(f, element_of(0), in->span), in->len);
    note_input_bits(j, in->home, in->bit, 2 * in->bits * in->len, off, in->len);
    f->add_constant(f, in->out, in->out, in->lo, in->len);
    job_release(j, mark);
}

/* Adds what comes by bits to the list. */
static void share_lane(job *j, const abb_lane *l, bitwise **list)
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
        if (comes_bitwise(b, l->in[0].type)) {
            bitwise *in = deal_bitwise(j, home, l->in[0].type, items, share, len);
            in->next = *list, *list = in;
            continue;
        }
        if (home >= b->members)
            take_submitted(b, l, home, share, len);
        else
            deal(j, home, items, share, len);
        note_input(j, home, l->in[0].type, share, len);
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
    bitwise *list = NULL;

    if (results_are_bits(j) && !come_as_numbers(j)) {
        job_bit_share(j);
        return;
    }
    for (size_t k = 0; k < work->lanes; k++)
        if (job_takes(j, k)) share_lane(j, &work->lane[k], &list);
    job_wait(j);
    for (const bitwise *in = list; in; in = in->next) take_bitwise(j, in);
    if (results_are_bits(j)) bits_of_inputs(j);
}

/* --- outputs */

/* What one lane opens here. (A public value is no job: the interpreter writes it down.) */
typedef struct opening {
    void *opened; /* of the field `edge`; NULL where this member learns nothing */
    bool learns;
    const void *share;      /* what this node sends shares of */
    strict_opening *strict; /* [stricts] of active mode: every share counts */
    size_t stricts;
    bit_opening *bits; /* of what is opened as bits, to each recipient who is here; else NULL */
} opening;

static const port_decl *port_of(const box *b, const abb_lane *l)
{
    return &b->base.program->output[l->code->imm[0]];
}

/* How many members the party has that learn an item each; 1 for a party alone. */
static uint32_t recipients(const box *b, const port_decl *port)
{
    const party_decl *party = port->party == PARTY_ALL ? NULL : &b->base.program->party[port->party];
    return party && party->group ? party->size : 1;
}

/* How many openings an output takes among those who are here, and how many items each opens; to whom the m-th. */
static uint32_t openings_of(const box *b, const port_decl *port)
{
    return port->party == PARTY_ALL ? b->members : recipients(b, port);
}

static size_t items_each(const box *b, const port_decl *port, const vec *x)
{
    const uint32_t members = recipients(b, port);
    return members ? x->len / members : 0;
}

static unsigned recipient(const box *b, const port_decl *port, uint32_t m)
{
    return port->party == PARTY_ALL ? m : b->launch->home[port->party][m];
}

static size_t items_from(const box *b, const port_decl *port, const vec *x, uint32_t m)
{
    return port->party == PARTY_ALL ? 0 : m * items_each(b, port, x);
}

static bool learns(const box *b, const port_decl *port, unsigned who)
{
    for (uint32_t m = 0; m < recipients(b, port); m++)
        if (port->party == PARTY_ALL || b->launch->home[port->party][m] == who) return true;
    return false;
}

/* One more recipient of an opening: of len items from `at` on. */
static void reveal_to(job *j, opening *o, unsigned member, size_t at, size_t len)
{
    const box *b = job_box(j);
    void *out = field_at(b->edge, o->opened, at);
    const void *share = field_at(b->f, o->share, at);

    if (b->audit)
        o->strict[o->stricts++] = strict_begin_to(j, b->audit->edge, member, out, share, len);
    else
        open_to_member(j, member, out, share, len);
}

/* In active mode what is opened is masked, and delivered afterwards; what waits for owners who are not there was kept
 * before it was verified (keep_tagged). */
static opening open_lane(job *j, const abb_lane *l, output_delivery *d)
{
    const box *b = job_box(j);
    const port_decl *port = port_of(b, l);
    const vec *x = l->in[0].secret;
    const uint32_t openings = openings_of(b, port);
    opening o = {.learns = learns(b, port, b->self), .share = x->v};

    if (o.learns) {
        o.opened = job_vector(j, b->edge, x->len);
        b->edge->fill(b->edge, o.opened, element_of(0), x->len);
    }
    if (d) {
        void *sent = job_vector(j, b->f, x->len);
        deliver_mask(j, d, sent, x->v, x->len);
        o.share = sent;
        o.strict = job_bytes(j, openings * sizeof *o.strict);
    }
    for (uint32_t m = 0; m < openings; m++) {
        const unsigned home = recipient(b, port, m);
        if (home < b->members)
            reveal_to(j, &o, home, items_from(b, port, x, m), items_each(b, port, x));
    }
    if (!d) keep_shares(j, l);
    return o;
}

/* --- outputs that are bits */

static bool is_opened_as_bits(const box *b, const abb_lane *l)
{
    return box_form(b, l->code->in[0]) & IN_BITS &&
           opens_as_bits(b->base.program, b->launch, l->code);
}

/* The items of each opening begin at a word of their own. */
static opening open_bits(job *j, const abb_lane *l)
{
    const box *b = job_box(j);
    const port_decl *port = port_of(b, l);
    const vec *x = l->in[0].secret;
    const uint32_t openings = openings_of(b, port);
    const size_t len = items_each(b, port, x);
    opening o = {.learns = learns(b, port, b->self), .bits = job_bytes(j, openings * sizeof *o.bits)};

    for (uint32_t m = 0; m < openings; m++) {
        const wires part = job_wires(j, 1, words_of(len));
        copy_items(b, wire_at(part, 0), 0, wire_of(x), items_from(b, port, x, m), len);
        o.bits[m] = bits_open_to(j, recipient(b, port, m), part, len);
    }
    return o;
}

/* Those that have come here; items for others are 0. */
static void take_opened_bits(job *j, const abb_lane *l, const opening *o, plain *out)
{
    const box *b = job_box(j);
    const port_decl *port = port_of(b, l);

    memset(out->v, 0, out->len * item_size(out->extra));
    for (uint32_t m = 0; m < openings_of(b, port); m++) {
        const size_t len = o->bits[m].len, from = items_from(b, port, l->in[0].secret, m);
        if (recipient(b, port, m) != b->self) continue;
        uint64_t *row = job_own_words(j, words_of(len));
        bits_opened(j, &o->bits[m], row);
        for (size_t k = 0; k < len; k++)
            limbs_set(item_words(out->v, from + k, out->extra),
                      row[k / WORD_BITS] >> k % WORD_BITS & 1, 2 + out->extra);
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
        take_opened_bits(j, l, o, out);
    else
        b->edge->to_num(b->edge, out, o->opened, wide_sign(type->lo) < 0, out->len);
}

static output_delivery *begin_delivery(job *j)
{
    const box *b = job_box(j);
    const abb_job *work = job_work(j);
    bool *learn = job_zeros(j, b->members * sizeof *learn);

    for (size_t k = 0; k < work->lanes; k++)
        for (unsigned m = 0; m < b->members; m++)
            learn[m] |= learns(b, port_of(b, &work->lane[k]), m);
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
