/* Exact truncation: the floor of a number divided by a power of two. In fields 2^q - 1 by bits (bit_compare.c), in
 * others by a mask whose bits are shared in the field: in active mode a uniform one, here, in passive mode one with slack
 * (slack.c). */
#include "runtime/bit_protocol.h"

/* y = x + 2^k in 0 … 2^(k+1)-1, which p exceeds, opened as c = y + r mod p: y = c - r + p b with b = [c < r]. */
typedef struct masked_number {
    unsigned k;
    random_number r;
    void *y, *c;
} masked_number;

static masked_number open_number(job *j, const void *x, size_t len)
{
    const field *f = job_box(j)->f;
    masked_number m = {.k = job_decided_bits(j), .r = random_numbers(j, len)};
    void *sent = job_vector(j, f, len);

    m.y = job_vector(j, f, len), m.c = job_vector(j, f, len);
    f->add_constant(f, m.y, x, field_power_of_2(f, m.k), len);
    f->add(f, sent, m.y, m.r.value, len);
    open_noted(j, m.c, sent, len);
    return m;
}

/* low = the lowest `bits` of c, and after them those of c + p. */
static void low_bits(job *j, void *low, const void *c, unsigned bits, size_t len)
{
    const field *f = job_box(j)->f;
    const element minus = field_minus(f, element_of(0), field_power_of_2(f, bits));
    void *mark = job_mark(j), *high = job_vector(j, f, len), *next = field_at(f, low, len);
    element low_p = f->p;

    for (unsigned k = bits; k < f->bits; k++) low_p.limb[k / 64] &= ~((uint64_t)1 << k % 64);
    f->shift(f, high, c, bits, len);
    f->copy(f, low, c, len);
    f->add_scaled(f, low, high, minus, len);
    f->add_constant(f, next, low, low_p, len);
    f->shift(f, high, next, bits, len);
    f->add_scaled(f, next, high, minus, len);
    job_release(j, mark);
}

/* What r is compared with: b; of the lowest bits, those of c (u_0) and of c + p (u_1). */
typedef struct orders {
    void *b, *u; /* [len], [2][len] */
} orders;

static orders compare_with(job *j, const masked_number *m, const void *low, unsigned bits, size_t len)
{
    const field *f = job_box(j)->f;
    const unsigned q = f->bits;
    orders o = {job_vector(j, f, len), job_vector(j, f, 2 * len)};
    void *mark = job_mark(j), *less = job_vector(j, f, (q + bits) * len),
         *equal = job_vector(j, f, (q + bits) * len);
    bit_tree tree[] = {{0, bits}, {bits, q - bits}, {q, bits}};

    compare_leaves(j, less, equal, m->c, m->r.bit, q, len);
    compare_leaves(j, field_at(f, less, q * len), field_at(f, equal, q * len),
                   field_at(f, low, len), m->r.bit, bits, len);
    compare_fold(j, less, equal, tree, sizeof tree / sizeof *tree, true, len);
    f->copy(f, o.u, less, len);
    f->copy(f, field_at(f, o.u, len), field_at(f, less, q * len), len);
    multiply(j, o.b, field_at(f, equal, bits * len), o.u, len);
    f->add(f, o.b, o.b, field_at(f, less, bits * len), len);
    job_release(j, mark);
    return o;
}

/* floor(x / 2^bits) = (y - y mod 2^bits) / 2^bits - 2^(k - bits), 0 < bits <= k. With l_0 and l_1 the lowest bits of c and of
 * c + p, y mod 2^bits = l_b - (r mod 2^bits) + 2^bits u_b, u_b = [l_b < r mod 2^bits]. */
static void floor_part(job *j, void *out, const void *x, unsigned bits, size_t len)
{
    const field *f = job_box(j)->f;
    const element unit = field_power_of_2(f, bits),
                  minus = field_minus(f, element_of(0), element_of(1));
    const masked_number m = open_number(j, x, len);
    void *low = job_vector(j, f, 2 * len), *chosen = job_vector(j, f, len);

    low_bits(j, low, m.c, bits, len);
    const orders o = compare_with(j, &m, low, bits, len);
    f->add_scaled(f, low, o.u, unit, 2 * len);
    f->sub(f, chosen, field_at(f, low, len), low, len);
    multiply(j, chosen, o.b, chosen, len);
    f->sub(f, m.y, m.y, low, len);
    f->sub(f, m.y, m.y, chosen, len);
    for (unsigned k = 0; k < bits; k++)
        f->add_scaled(f, m.y, field_at(f, m.r.bit, k * len), field_power_of_2(f, k), len);
    f->scale(f, m.y, m.y, field_inverse(f, unit), len);
    f->add_constant(f, out, m.y, f->times(f, minus, field_power_of_2(f, m.k - bits)), len);
}

/* Floors of numbers of proved ranges, |x| < 2^job_decided_bits(j), in fields whose bits are no bits. */
static void floor_under_mask(job *j, void *out, const void *x, unsigned bits, size_t len)
{
    const box *b = job_box(j);
    const unsigned most = job_decided_bits(j);

    if (bits > most) bits = most; /* only the sign is left */
    if (bits == 0)
        b->f->copy(b->f, out, x, len);
    else
        in_parts(j, b->audit ? floor_part : slack_floor_part, out, x, bits, len);
}

void floor_shift(job *j, void *out, const void *x, unsigned bits, size_t len)
{
    const field *f = job_box(j)->f;

    if (!job_box(j)->bits) {
        floor_under_mask(j, out, x, bits, len);
        return;
    }
    if (bits >= f->bits) bits = f->bits - 1; /* only the sign is left */
    if (bits == 0)
        f->copy(f, out, x, len);
    else
        bits_floor(j, out, x, bits, len);
}
