/* Exact truncation: the floor of a number divided by a power of two. In fields 2^q - 1 by bits (bit_compare.c), in
 * others by a mask whose bits are shared in the field. */
#include "runtime/bit_protocol.h"

/* c = the opened masked number in 1 … p: zero is written p. */
static void write_zero_as_p(const field *f, void *c, size_t len)
{
    if (!f->has_zero(f, c, len)) return; /* c is public */
    for (size_t k = 0; k < len; k++) {
        void *one = field_at(f, c, k);
        if (f->has_zero(f, one, 1)) f->fill(f, one, f->p, 1);
    }
}

/* Let y = x + 2^(q-1) in 1 … p, and c = y + r in 1 … p (mod p): then y = c - r + p b with b = [c <= r], and
 * with p = 2^q - 1 and low parts of f bits
 *     floor(y / 2^f) = (c >> f) - (r >> f) + 2^(q-f) b - u,   u = [c_low < r_low + b].
 * From (less, equal) of the low and the high parts: b = less_high + equal_high (less_low + equal_low) and
 * u = less_low + equal_low (less_high + equal_high). */
static void floor_part(job *j, void *out, const void *x, unsigned bits, size_t len)
{
    const field *f = job_box(j)->f;
    unsigned q = f->bits;
    random_number r = random_numbers(j, len);
    void *c = job_vector(j, f, len), *less = job_vector(j, f, len * q),
         *equal = job_vector(j, f, len * q);
    void *u = job_vector(j, f, 2 * len), *b = field_at(f, u, len), *eq = job_vector(j, f, 2 * len);
    bit_tree half[] = {{0, bits}, {bits, q - bits}};
    const void *less_high = field_at(f, less, bits * len),
               *equal_high = field_at(f, equal, bits * len);

    f->add_constant(f, c, x, field_power_of_2(f, q - 1), len);
    f->add(f, c, c, r.value, len);
    open_to_all(j, c, c, len);
    write_zero_as_p(f, c, len);
    compare_leaves(j, less, equal, c, r.bit, q, len);
    compare_fold(j, less, equal, half, 2, true, len);

    f->copy(f, eq, equal, len);
    f->copy(f, field_at(f, eq, len), equal_high, len);
    f->add(f, u, less_high, equal_high, len);
    f->add(f, b, less, equal, len);
    multiply(j, u, eq, u, 2 * len);
    f->add(f, u, u, less, len);
    f->add(f, b, b, less_high, len);

    f->shift(f, c, c, bits, len);
    f->sub(f, c, c, u, len);
    f->add_scaled(f, c, b, field_power_of_2(f, q - bits), len);
    for (unsigned k = bits; k < q; k++)
        f->add_scaled(f, c, field_at(f, r.bit, k * len),
                      field_minus(f, element_of(0), field_power_of_2(f, k - bits)), len);
    f->add_constant(f, out, c, field_minus(f, element_of(0), field_power_of_2(f, q - 1 - bits)), len);
}

void floor_shift(job *j, void *out, const void *x, unsigned bits, size_t len)
{
    const field *f = job_box(j)->f;

    if (f->any_prime) {
        slack_floor(j, out, x, bits, len);
        return;
    }
    if (bits >= f->bits) bits = f->bits - 1; /* only the sign is left */
    if (bits == 0)
        f->copy(f, out, x, len);
    else if (job_box(j)->bits)
        bits_floor(j, out, x, bits, len);
    else
        in_parts(j, floor_part, out, x, bits, len);
}
