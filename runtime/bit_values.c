/* Bools that stay shares of bits; see bit_values.h. */
#include "runtime/bit_values.h"

#include <stdlib.h>
#include <string.h>

/* --- which */

static bool is_gate(opcode op)
{
    return op == OP_AND || op == OP_OR || op == OP_XOR;
}

/* Whether the lane's result is there in bits when its operands are as `form` says so far. */
static bool makes_bits(const program *p, opcode op, const lane *l, const uint8_t *form)
{
    const reg *out = l->outs && l->out[0] != REG_NONE ? &p->reg[l->out[0]] : NULL;

    if (!out || out->tag != TAG_SECRET || out->kind != KIND_BOOL) return false;
    if (op == OP_LT || op == OP_EQ) return true;
    if (op == OP_NOT) return form[l->in[0]] & IN_BITS;
    return is_gate(op) && form[l->in[0]] & form[l->in[1]] & IN_BITS &&
           reg_length(&p->reg[l->in[0]]) == reg_length(&p->reg[l->in[1]]);
}

static bool add_form(uint8_t *form, uint32_t r, uint8_t more)
{
    bool new = more & ~form[r];
    form[r] |= more;
    return new;
}

/* Who reads an operand as a number: all but gates, and not when its result is a number too. */
static bool note_lane(const program *p, opcode op, const lane *l, uint8_t *form)
{
    bool bits = makes_bits(p, op, l, form), changed = false;

    if (bits) changed = add_form(form, l->out[0], IN_BITS);
    bool decides = op == OP_LT || op == OP_EQ;
    if (bits && !decides && !(op == OP_NOT && form[l->out[0]] & IN_FIELD)) return changed;
    for (uint32_t k = 0; k < l->ins; k++) changed |= add_form(form, l->in[k], IN_FIELD);
    return changed;
}

static bool note_block(const program *p, const block *b, uint8_t *form)
{
    bool changed = false;

    for (uint32_t i = 0; i < b->len; i++)
        for (uint32_t k = 0; k < b->code[i].lanes; k++)
            changed |= note_lane(p, b->code[i].op, &b->code[i].lane[k], form);
    for (uint32_t k = 0; k < b->outs; k++) changed |= add_form(form, b->out[k], IN_FIELD);
    return changed;
}

uint8_t *value_forms(const program *p)
{
    uint8_t *form = calloc(p->regs + (size_t)1, 1);
    bool changed = form;

    while (changed) {
        changed = false;
        for (uint32_t k = 0; k < p->blocks; k++) changed |= note_block(p, &p->block[k], form);
    }
    for (uint32_t r = 0; form && r < p->regs; r++)
        if (!(form[r] & IN_BITS)) form[r] = IN_FIELD;
    return form;
}

/* --- lanes of bits as one wire, and back */

static wire wire_of(const vec *v)
{
    return (wire){v->bits, words_of(v->len)};
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

void results_in_bits(job *j, wires bit, size_t len)
{
    const field *f = job_box(j)->f;
    const abb_job *work = job_work(j);
    void *mark = job_mark(j);
    wires wanted = job_wires(j, 1, words_of(len));
    size_t found = take_bits(j, bit, wanted), at = 0;

    if (found) {
        wires whole = {wanted.v, 1, words_of(found)};
        void *number = job_vector(j, f, found);
        for (unsigned a = 1; wanted.v && a < gf2m_degree(job_box(j)->nodes); a++)
            memmove(wanted.v + a * whole.words, wanted.v + a * wanted.words,
                    whole.words * sizeof *wanted.v);
        bits_to_field(j, number, whole, found);
        for (size_t k = 0; k < work->lanes; k++) {
            const abb_lane *l = &work->lane[k];
            vec *out = l->out[0].secret;
            if (!job_takes(j, k) || !(form_of(j, l) & IN_FIELD)) continue;
            f->copy(f, out->v, field_at(f, number, at), out->len);
            at += out->len;
        }
    }
    job_release(j, mark);
}

/* --- gates */

static wires gather_bits(job *j, size_t which, size_t len)
{
    const abb_job *work = job_work(j);
    wires all = job_wires(j, 1, words_of(len));
    size_t at = 0;

    for (size_t k = 0; k < work->lanes; k++) {
        const vec *in = work->lane[k].in[which].secret;
        if (!job_takes(j, k)) continue;
        copy_items(job_box(j), wire_at(all, 0), at, wire_of(in), 0, in->len);
        at += in->len;
    }
    return all;
}

void job_bit_gates(job *j)
{
    const box *b = job_box(j);
    opcode op = job_work(j)->op;
    size_t len = gathered_length(j), all = gf2m_degree(b->nodes) * words_of(len);
    wires x = gather_bits(j, 0, len), y = gather_bits(j, 1, len), z = job_wires(j, 1, words_of(len));

    if (op != OP_XOR) bits_and(j, z, &(bit_pair){wire_at(x, 0), wire_at(y, 0)}, len);
    if (op != OP_AND && z.v) {
        b->bits->add(z.v, x.v, all);
        b->bits->add(z.v, y.v, all);
    }
    results_in_bits(j, z, len);
}
