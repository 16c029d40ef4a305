/* A number that its owner shares as bits, in active mode. Those of x - lo count 1, 2, 4, … but for the highest, which counts
 * what is left of hi - lo: whichever bits they are, their sum is in the range, and all of the range are such sums. So there is
 * nothing to compare, and only that they are bits has to be checked (audit_inputs.c). */
#include "runtime/input_bits.h"

#include "runtime/sorting.h"

#include <limits.h>

enum { COMPARISON_ROUNDS = 10 /* more than bits take */ };

/* Bytes that all nodes send to compare a number with both ends of its range (bits_below), given how many bits the range has. Of
 * bits that nodes deal n - t - 1 others hear: the carries of adding up the leaders' numbers; with several leaders, the products that
 * add those up; two trees, of two products a bit; and above them products with what B knows. */
static double compared_bytes(const box *b, unsigned bits)
{
    const double t = b->threshold, q = b->f->bits, heard = b->nodes - 1 - t, reducing = 2 * t + 1,
                 carries = q * (double)(keys_sets(b->nodes, b->threshold) - 1 - b->threshold),
                 adders = b->threshold > 1 ? t * q * reducing : 0, trees = 2 * 2 * bits * reducing,
                 above = (q - bits) * (t + 1), opened = t * (b->nodes - t);

    return heard * (carries + adders + trees + above) / CHAR_BIT + opened * (double)b->f->size;
}

bool shared_as_bits(const box *b, const reg *type, size_t len)
{
    const unsigned bits = range_bits(b, type);
    const double shared = (double)bits * (double)b->edge->size * (b->nodes - 1 - b->threshold);

    if (!b->audit || type->kind == KIND_BOOL || !bits) return false;
    if (!b->bits) return true;
    return (double)len * bits <= CHECKED_PRODUCTS &&
           (double)len * (shared - compared_bytes(b, bits)) <=
               (double)ROUND_WEIGHT * COMPARISON_ROUNDS * b->nodes;
}

/* The highest bit of hi - lo counts hi - lo less what all others count. */
static element highest_weight(const field *f, const input_bits *in)
{
    return field_minus(f, in->span, field_minus(f, field_power_of_2(f, in->bits - 1), element_of(1)));
}

/* At the owner. */
static const void *own_bits(job *j, const input_bits *in, const void *items)
{
    const field *f = job_box(j)->edge;
    const size_t len = in->len, highest = in->bits - 1;
    void *bit = job_vector(j, f, in->bits * len), *x = job_vector(j, f, len);

    f->add_constant(f, x, items, field_minus(f, element_of(0), in->lo), len);
    f->bit(f, field_at(f, bit, highest * len), x, (unsigned)highest, len);
    f->add_scaled(f, x, field_at(f, bit, highest * len),
                  field_minus(f, element_of(0), highest_weight(f, in)), len);
    for (unsigned k = 0; k < highest; k++) f->bit(f, field_at(f, bit, k * len), x, k, len);
    return bit;
}

input_bits *share_bits(job *j, unsigned home, const reg *type, const void *items, void *out,
                       size_t len)
{
    const box *b = job_box(j);
    const field *f = b->f;
    input_bits *in = job_bytes(j, sizeof *in);

    *in = (input_bits){.home = home, .bits = range_bits(b, type), .out = out, .len = len};
    in->lo = element_of_wide(b->edge, type->lo), in->span = range_span(b, type);
    in->bit = job_vector(j, f, in->bits * len);
    f->fill(f, in->bit, element_of(0), in->bits * len);
    deal(j, home, items ? own_bits(j, in, items) : NULL, in->bit, in->bits * len);
    return in;
}

void take_bits(job *j, const input_bits *in)
{
    const field *f = job_box(j)->f;
    const unsigned highest = in->bits - 1;

    f->scale(f, in->out, field_at(f, in->bit, highest * in->len), highest_weight(f, in), in->len);
    for (unsigned k = 0; k < highest; k++)
        f->add_scaled(f, in->out, field_at(f, in->bit, k * in->len), field_power_of_2(f, k), in->len);
    f->add_constant(f, in->out, in->out, in->lo, in->len);
    note_input_bits(j, in->home, in->bit, in->bits * in->len);
}
