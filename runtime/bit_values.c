/* Bools that stay shares of bits; see bit_values.h. */
#include "runtime/bit_values.h"

#include <stdlib.h>
#include <string.h>

/* --- lanes of bits as one wire, and back */

wire wire_of(const vec *v)
{
    return (wire){v->bits, words_of(v->len)};
}

/* Sets those of the first `len` bits, which are 0, whose bools are true. */
static void set_bits(uint64_t *out, const plain *bools, size_t len)
{
    for (size_t k = 0; k < bools->len && k < len; k++)
        out[k / WORD_BITS] |= (item_words(bools->v, k, bools->extra)[0] & 1) << k % WORD_BITS;
}

wire operand_bits(job *j, const value *v)
{
    const vec *held = v->secret;

    if (held && held->v && !held->bits) job_fail(j, E_BUG, "numbers are read as bits");
    if (held) return wire_of(held);
    wires bit = job_wires(j, 1, words_of(v->clear.len));
    if (bit.v) set_bits(bit.v, &v->clear, v->clear.len);
    return wire_at(bit, 0);
}

/* Operand `which` of a lane, each item repeated until there are as many as results. */
static wire operand_spread(job *j, const abb_lane *l, size_t which)
{
    const size_t wanted = ((const vec *)l->out[0].secret)->len, len = operand_length(&l->in[which]);
    wire in = operand_bits(j, &l->in[which]);

    if (len == wanted || !len) return in;
    wires spread = job_wires(j, 1, words_of(wanted));
    for (unsigned a = 0; spread.v && a < gf2m_degree(job_box(j)->nodes); a++)
        bits_spread(spread.v + a * spread.words, in.v + a * in.stride, wanted / len, len);
    return wire_at(spread, 0);
}

static uint8_t form_of(const job *j, const abb_lane *l)
{
    return box_form(job_box(j), l->code->out[0]);
}

/* The bits of the lanes that take numbers, one after the other. */
static size_t take_bits(job *j, wires bit, wires wanted)
{
    const box *b = job_box(j);
    const abb_job *work = job_work(j);
    size_t at = 0, found = 0;

    for (size_t k = 0; k < work->lanes; k++) {
        const abb_lane *l = &work->lane[k];
        const vec *out = l->out[0].secret;
        if (!job_takes(j, k)) continue;
        if (form_of(j, l) & IN_BITS) copy_items(b, wire_of(out), 0, wire_at(bit, 0), at, out->len);
        if (form_of(j, l) & IN_FIELD) {
            copy_items(b, wire_at(wanted, 0), found, wire_at(bit, 0), at, out->len);
            found += out->len;
        }
        at += out->len;
    }
    return found;
}

/* Gives the lanes that take numbers theirs, one after the other in `number`. */
static void results_in_numbers(job *j, const void *number)
{
    const field *f = job_box(j)->f;
    const abb_job *work = job_work(j);
    size_t at = 0;

    for (size_t k = 0; k < work->lanes; k++) {
        const abb_lane *l = &work->lane[k];
        const vec *out = l->out[0].secret;
        if (!job_takes(j, k) || !(form_of(j, l) & IN_FIELD)) continue;
        f->copy(f, out->v, field_at(f, number, at), out->len);
        at += out->len;
    }
}

void results_in_bits(job *j, wires bit, size_t len)
{
    const field *f = job_box(j)->f;
    void *mark = job_mark(j);
    wires wanted = job_wires(j, 1, words_of(len));
    const size_t found = take_bits(j, bit, wanted);

    if (found) {
        wires whole = {wanted.v, 1, words_of(found)};
        void *number = job_vector(j, f, found);
        for (unsigned a = 1; wanted.v && a < gf2m_degree(job_box(j)->nodes); a++)
            memmove(wanted.v + a * whole.words, wanted.v + a * wanted.words,
                    whole.words * sizeof *wanted.v);
        bits_to_field(j, number, whole, found);
        results_in_numbers(j, number);
    }
    job_release(j, mark);
}

bool results_are_bits(const job *j)
{
    return form_of(j, job_first_lane(j)) & IN_BITS;
}

/* --- lanes that need no message */

/* out = x of whole words where the public bits are 1, y where they are 0: a share of each plane. */
static void choose(wire out, const uint64_t *which, wire x, wire y, unsigned planes, size_t words)
{
    for (unsigned a = 0; a < planes; a++)
        for (size_t k = 0; k < words; k++)
            out.v[a * out.stride + k] =
                (x.v[a * x.stride + k] & which[k]) | (y.v[a * y.stride + k] & ~which[k]);
}

/* A gate of a secret and what is public. 1 is in plane 0 alone. */
static void gate_lane(job *j, opcode op, const abb_lane *l, wire out, unsigned planes)
{
    const unsigned secret = l->in[0].secret ? 0 : 1;
    const size_t words = words_of(((const vec *)l->out[0].secret)->len);
    const wire x = operand_spread(j, l, secret), known = operand_spread(j, l, 1 - secret);

    if (op == OP_XOR) {
        copy_wire(job_box(j), out, x, words);
        job_box(j)->bits->add(out.v, known.v, words);
    } else if (op == OP_OR) {
        choose(out, known.v, known, x, planes, words);
    } else {
        choose(out, known.v, x, wire_at(job_wires(j, 1, words), 0), planes, words);
    }
}

/* Either the bool or one of the two that it selects is secret. */
static void select_lane(job *j, const abb_lane *l, wire out, unsigned planes)
{
    const size_t words = words_of(((const vec *)l->out[0].secret)->len);
    const wire b = operand_spread(j, l, 0), x = operand_spread(j, l, 1), y = operand_spread(j, l, 2);

    if (!l->in[0].secret) {
        choose(out, b.v, x, y, planes, words);
        return;
    }
    for (unsigned a = 0; a < planes; a++)
        for (size_t k = 0; k < words; k++)
            out.v[a * out.stride + k] =
                (b.v[a * b.stride + k] & (x.v[k] ^ y.v[k])) ^ (y.v[a * y.stride + k]);
}

static void not_lane(job *j, const abb_lane *l, wire out)
{
    const size_t words = words_of(((const vec *)l->out[0].secret)->len);

    copy_wire(job_box(j), out, operand_bits(j, &l->in[0]), words);
    for (size_t k = 0; k < words; k++) out.v[k] = ~out.v[k];
}

void bit_lane(job *j, opcode op, const abb_lane *l)
{
    const vec *result = l->out[0].secret;
    const wire out = wire_of(result);
    const unsigned planes = gf2m_degree(job_box(j)->nodes);

    if (!out.v || !result->len) return;
    switch ((int)op) {
    case OP_NOT: not_lane(j, l, out); break;
    case OP_SELECT: select_lane(j, l, out, planes); break;
    default: gate_lane(j, op, l, out, planes); /* AND OR XOR MASK */
    }
}

/* --- gates of secrets */

static wire gather_bits(job *j, size_t which, size_t len)
{
    const abb_job *work = job_work(j);
    wires all = job_wires(j, 1, words_of(len));
    void *mark = job_mark(j);
    size_t at = 0;

    for (size_t k = 0; k < work->lanes; k++) {
        const abb_lane *l = &work->lane[k];
        const size_t part = ((const vec *)l->out[0].secret)->len;
        if (!job_takes(j, k)) continue;
        copy_items(job_box(j), wire_at(all, 0), at, operand_spread(j, l, which), 0, part);
        at += part;
        job_release(j, mark);
    }
    return wire_at(all, 0);
}

void job_bit_gates(job *j)
{
    const box *b = job_box(j);
    const opcode op = job_work(j)->op;
    const size_t len = gathered_length(j), words = words_of(len);
    wires z = job_wires(j, 1, words);
    const wire out = wire_at(z, 0);
    wire x = gather_bits(j, 0, len), y = gather_bits(j, 1, len);

    if (op == OP_SELECT) { /* y + b (x + y) */
        const wire other = gather_bits(j, 2, len);
        add_wire(b, y, other, words);
        bits_and(j, z, &(bit_pair){x, y}, len);
        add_wire(b, out, other, words);
    } else {
        if (op != OP_XOR) bits_and(j, z, &(bit_pair){x, y}, len);
        if (op == OP_XOR || op == OP_OR) add_wire(b, out, x, words), add_wire(b, out, y, words);
    }
    results_in_bits(j, z, len);
}

/* --- inputs and draws */

/* What one member shares: as wires of its own, for they begin at a word. */
typedef struct shared_part {
    wires bit;
    size_t len;
} shared_part;

/* A member's bools; where a private length is shorter than its bound, false. */
static uint64_t *own_bits(job *j, const value *in, size_t len)
{
    uint64_t *own = job_own_words(j, words_of(len));

    if (own) set_bits(own, &in->clear, len);
    return own;
}

static void share_lane(job *j, bit_post *mail, const abb_lane *l, shared_part *part)
{
    const box *b = job_box(j);
    const uint32_t party = l->in[0].type->owner;
    const size_t len = ((const vec *)l->out[0].secret)->len / l->ins;

    for (size_t m = 0; m < l->ins; m++) {
        const unsigned home = b->launch->home[party][m];
        part[m] = (shared_part){job_wires(j, 1, words_of(len)), len};
        bits_share(j, mail, home, home == b->self ? own_bits(j, &l->in[m], len) : NULL, part[m].bit,
                   len);
    }
}

void job_bit_share(job *j)
{
    const abb_job *work = job_work(j);
    const size_t len = gathered_length(j);
    wires all = job_wires(j, 1, words_of(len));
    bit_post mail = {NULL};
    size_t members = 0, parts = 0, at = 0;

    for (size_t k = 0; k < work->lanes; k++) members += work->lane[k].ins;
    shared_part *part = job_bytes(j, (members + 1) * sizeof *part);
    for (size_t k = 0; k < work->lanes; k++) {
        if (!job_takes(j, k)) continue;
        share_lane(j, &mail, &work->lane[k], part + parts);
        parts += work->lane[k].ins;
    }
    job_wait(j);
    bits_arrive(j, &mail);
    for (size_t k = 0; k < parts; at += part[k++].len)
        copy_items(job_box(j), wire_at(all, 0), at, wire_at(part[k].bit, 0), 0, part[k].len);
    results_in_bits(j, all, len);
}

void bits_of_inputs(job *j)
{
    const field *f = job_box(j)->f;
    const abb_job *work = job_work(j);
    const size_t len = gathered_length(j), words = words_of(len);
    void *number = job_vector(j, f, len);
    wires bit = job_wires(j, 1, words);
    size_t at = 0;

    for (size_t k = 0; k < work->lanes; k++) {
        const vec *out = work->lane[k].out[0].secret;
        if (!job_takes(j, k)) continue;
        f->copy(f, field_at(f, number, at), out->v, out->len);
        at += out->len;
    }
    bits_zero(j, wire_at(bit, 0), number, len);
    for (size_t k = 0; bit.v && k < words; k++) bit.v[k] = ~bit.v[k];
    take_bits(j, bit, (wires){NULL, 1, 0});
}

/* Lanes that are alike take the same forms. */
void job_bit_random(job *j)
{
    const size_t len = gathered_length(j);

    if (!(form_of(j, job_first_lane(j)) & IN_FIELD)) {
        results_in_bits(j, make_random_bits(j, turns_over(j, len), len), len);
        return;
    }
    random_bit_pairs made = random_pairs(j, len);
    take_bits(j, made.bit, (wires){NULL, 1, 0});
    results_in_numbers(j, made.number);
}
