/* Equality with every place of a table: which of 0 … k-1 a number is. Its bits are found once, and their unit vector by a
 * tree of products of bits, as a demultiplexer does; one product a place, where comparing with each takes a mask each. */
#include "runtime/bit_values.h"

#include <string.h>

/* What the two ways cost about, in bytes and rounds. */
enum { EQUALITY = 15, BITS_OF_NUMBER = 36, MORE_ROUNDS = 10, INDEX_BITS_MOST = 20 };

static const value *operand_of(const abb_lane *l, bool secret)
{
    return (l->in[0].secret != NULL) == secret ? &l->in[0] : &l->in[1];
}

unsigned demultiplexed_bits(const box *b, opcode op, const abb_lane *l)
{
    if (op != OP_EQ || !b->bits || (l->in[0].secret && l->in[1].secret)) return 0;
    const value *x = operand_of(l, true);
    const size_t len = operand_length(x), known = operand_length(operand_of(l, false));
    const unsigned bits = wide_bits(x->type->hi);

    if (!len || known <= len || wide_sign(x->type->lo) < 0 || bits > INDEX_BITS_MOST) return 0;
    const double units = (double)len * (double)(UINT64_C(1) << bits) / 8,
                 other = (double)len * BITS_OF_NUMBER + units + (double)ROUND_WEIGHT * MORE_ROUNDS;
    return other < (double)known * EQUALITY ? bits : 0;
}

/* --- unit vectors */

/* Of numbers below `count`: wire v is 1 where they are v. */
typedef struct units {
    wire *at;
    size_t count;
} units;

static units units_of(job *j, wires w, size_t from, size_t count)
{
    units u = {job_bytes(j, count * sizeof *u.at), count};

    for (size_t k = 0; k < count; k++) u.at[k] = wire_at(w, from + k);
    return u;
}

static units units_of_bit(job *j, wire bit, size_t words)
{
    const box *b = job_box(j);
    wires both = job_wires(j, 2, words);
    const units u = units_of(j, both, 0, 2);

    copy_wire(b, u.at[0], bit, words);
    copy_wire(b, u.at[1], bit, words);
    for (size_t k = 0; u.at[0].v && k < words; k++) u.at[0].v[k] = ~u.at[0].v[k];
    return u;
}

/* Of each two neighbours, the lower first, one: all products in one round. Returns how many are left. */
static size_t join_neighbours(job *j, units *u, size_t count, size_t len)
{
    size_t total = 0, found = 0;

    for (size_t k = 0; k + 1 < count; k += 2) total += u[k].count * u[k + 1].count;
    wires product = job_wires(j, total, words_of(len));
    bit_pair *pair = job_bytes(j, total * sizeof *pair);
    for (size_t k = 0, at = 0; k + 1 < count; k += 2) {
        const units low = u[k], high = u[k + 1];
        u[found++] = units_of(j, product, at, low.count * high.count);
        for (size_t i = 0; i < low.count * high.count; i++)
            pair[at++] = (bit_pair){low.at[i % low.count], high.at[i / low.count]};
    }
    bits_and_lasting(j, product, pair, len);
    if (count % 2) u[found++] = u[count - 1];
    return found;
}

static units demultiplex(job *j, wires bit, size_t len)
{
    units *u = job_bytes(j, bit.count * sizeof *u);
    size_t count = bit.count;

    for (size_t k = 0; k < count; k++) u[k] = units_of_bit(j, wire_at(bit, k), bit.words);
    while (count > 1) count = join_neighbours(j, u, count, len);
    return u[0];
}

/* --- equalities */

/* out = whether each number is what it is compared with: items that are public, so many for each. */
static void pick(job *j, wire out, const units *u, const plain *with, size_t each)
{
    const box *b = job_box(j);

    for (size_t k = 0; out.v && k < with->len; k++) {
        const uint64_t *v = item_words(with->v, k, with->extra);
        bool among = v[0] < u->count;
        for (unsigned w = 1; w < 2 + with->extra; w++) among = among && !v[w];
        if (among) copy_items(b, out, k, u->at[v[0]], k / each, 1);
    }
}

void job_demultiplex(job *j, unsigned bits)
{
    const abb_lane *l = job_first_lane(j);
    const value *x = operand_of(l, true), *with = operand_of(l, false);
    const size_t len = operand_length(x), known = operand_length(with);
    wires bit = job_wires(j, bits, words_of(len)), out = job_wires(j, 1, words_of(known));

    bits_of_numbers(j, bit, operand_shares(j, x), len);
    const units u = demultiplex(j, bit, len);
    pick(j, wire_at(out, 0), &u, &with->clear, known / len);
    results_in_bits(j, out, known);
}
