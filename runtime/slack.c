/* Comparison and exact truncation in a field of any prime: numbers of proved ranges under masks that hide them
 * statistically (protocols.md; Catrina, de Hoogh 2010, sections 3 and 4, with an exact last step).
 *
 * |x| < 2^k is opened as c = y + r, y = x + 2^k, with r of k + 1 + SLACK_BITS random bits: c is below p, so it is
 * that sum as integers, and within 2^-SLACK_BITS of independent of x. */
#include "runtime/protocol.h"

typedef struct cover {
    size_t planes; /* bits of r */
    void *bit;     /* its bits, as planes */
    void *opened;  /* c */
} cover;

static cover open_covered(job *j, const void *x, unsigned k, size_t len)
{
    const field *f = job_box(j)->f;
    cover c = {.planes = k + 1 + SLACK_BITS};

    c.bit = job_vector(j, f, c.planes * len), c.opened = job_vector(j, f, len);
    random_bits(j, c.bit, c.planes * len);
    f->add_constant(f, c.opened, x, field_power_of_2(f, k), len);
    for (unsigned i = 0; i < c.planes; i++)
        f->add_scaled(f, c.opened, field_at(f, c.bit, i * len), field_power_of_2(f, i), len);
    open_to_all(j, c.opened, c.opened, len);
    return c;
}

/* floor(y / 2^bits) = (c >> bits) - (r >> bits) - [c mod 2^bits < r mod 2^bits], 0 < bits <= k. */
void slack_floor_part(job *j, void *out, const void *x, unsigned bits, size_t len)
{
    const field *f = job_box(j)->f;
    const unsigned k = job_decided_bits(j);
    cover c = open_covered(j, x, k, len);
    void *less = job_vector(j, f, bits * len), *equal = job_vector(j, f, bits * len);
    bit_tree tree = {0, bits};

    compare_leaves(j, less, equal, c.opened, c.bit, bits, len);
    compare_fold(j, less, equal, &tree, 1, false, len);
    f->shift(f, c.opened, c.opened, bits, len);
    f->sub(f, c.opened, c.opened, less, len);
    for (unsigned i = bits; i < c.planes; i++)
        f->add_scaled(f, c.opened, field_at(f, c.bit, i * len),
                      field_minus(f, element_of(0), field_power_of_2(f, i - bits)), len);
    f->add_constant(f, out, c.opened, field_minus(f, element_of(0), field_power_of_2(f, k - bits)),
                    len);
}

void slack_negative(job *j, void *out, const void *d, size_t len)
{
    const field *f = job_box(j)->f;

    in_parts(j, slack_floor_part, out, d, job_decided_bits(j), len); /* 0 or -1 */
    f->scale(f, out, out, field_minus(f, f->p, element_of(1)), len);
}

/* d = 0 exactly when y = 2^k; both are below 2^(k+1), so exactly when the lowest k + 1 bits of c - 2^k, which are
 * those of c + 2^k, are the bits of r. */
static void zero_part(job *j, void *out, const void *d, unsigned k, size_t len)
{
    const field *f = job_box(j)->f;
    cover c = open_covered(j, d, k, len);
    void *less = job_vector(j, f, (k + 1) * len), *equal = job_vector(j, f, (k + 1) * len);

    f->add_constant(f, c.opened, c.opened, field_power_of_2(f, k), len);
    compare_leaves(j, less, equal, c.opened, c.bit, k + 1, len);
    all_of_planes(j, equal, k + 1, len);
    f->copy(f, out, equal, len);
}

void slack_zero(job *j, void *out, const void *d, size_t len)
{
    in_parts(j, zero_part, out, d, job_decided_bits(j), len);
}
