/* Random numbers below any prime by their bits, for masks of the whole field in active mode (protocols.md; Damgård, Fitzi,
 * Kiltz, Nielsen, Toft 2006, section 4, with all tries at once). Their bits rest on products, and a cheater's error there
 * would make a mask less than uniform: so these are verified before anything is opened under it. */
#include "runtime/audit.h"

static bool are_all(const field *f, unsigned from, unsigned to, unsigned bit)
{
    for (unsigned k = from; k < to; k++)
        if ((f->p.limb[k / 64] >> k % 64 & 1) != bit) return false;
    return true;
}

/* How many random bits the numbers have: one less than p where p is just above a power of two. Where it is so near to one,
 * numbers below that are as good as uniform, and none is p or more in any run: else some are thrown away. */
static unsigned drawn_bits(const field *f, bool *rejects)
{
    const unsigned top = f->bits - 1, near = top > UNIFORM_BITS ? top - UNIFORM_BITS : top;
    const bool below = near < top && are_all(f, near, top, 1),
               above = near < top && are_all(f, near, top, 0);

    *rejects = !below && !above;
    return above ? top : f->bits;
}

/* So many numbers of q bits that of these `len` at least are below p: each is with a probability of s/256 or more, of M
 * fewer are with one below exp(-2 (M s/256 - len)^2 / M) (Hoeffding 1963), and that is to be below 2^-43. In whole numbers,
 * for all nodes have to find the same. */
static size_t tries_for(const field *f, size_t len)
{
    enum { PARTS = 256, PART_BITS = 8, EXPONENT = 15 };
    unum share = 0;
    size_t tries = len;

    for (unsigned k = 0; k < PART_BITS; k++) {
        const unsigned bit = f->bits - 1 - k;
        share = 2 * share + (f->p.limb[bit / 64] >> bit % 64 & 1);
    }
    for (size_t step = len + PARTS; step > 0;) {
        const unum enough = share * (tries + step), wanted = (unum)PARTS * len;
        const unum over = enough > wanted ? enough - wanted : 0;
        if (over * over < (unum)PARTS * PARTS * EXPONENT * (tries + step))
            tries += step;
        else
            step /= 2;
    }
    return tries + 1;
}

static random_number draw_bits(job *j, unsigned bits, size_t len)
{
    const field *f = job_box(j)->f;
    random_number r = {job_vector(j, f, len), job_vector(j, f, len * f->bits)};

    random_bits(j, r.bit, len * bits);
    f->fill(f, field_at(f, r.bit, len * bits), element_of(0), len * (f->bits - bits));
    f->fill(f, r.value, element_of(0), len);
    for (unsigned k = 0; k < bits; k++)
        f->add_scaled(f, r.value, field_at(f, r.bit, k * len), field_power_of_2(f, k), len);
    return r;
}

/* out = [p <= r]: shares. */
static void find_too_large(job *j, void *out, const random_number *r, size_t len)
{
    const field *f = job_box(j)->f;
    const element most = field_minus(f, element_of(0), element_of(1));
    const size_t planes = f->bits * len;
    void *mark = job_mark(j), *c = job_vector(j, f, len), *less = job_vector(j, f, planes),
         *equal = job_vector(j, f, planes);
    bit_tree tree = {0, f->bits};

    f->fill(f, c, most, len);
    compare_leaves(j, less, equal, c, r->bit, f->bits, len);
    compare_fold(j, less, equal, &tree, 1, false, len);
    f->copy(f, out, less, len);
    job_release(j, mark);
}

/* The first len of those that are not too large, which all nodes know alike by the shares of all: were there a node that
 * took others, it would show two numbers under one mask. */
static void keep_small(job *j, random_number *kept, const random_number *r, const void *too_large,
                       size_t tries, size_t len)
{
    const field *f = job_box(j)->f;
    size_t found = 0;

    for (size_t k = 0; k < tries && found < len && !f->dry; k++) {
        if (!f->has_zero(f, field_at(f, too_large, k), 1)) continue;
        f->copy(f, field_at(f, kept->value, found), field_at(f, r->value, k), 1);
        f->pick(f, field_at(f, kept->bit, found), (ptrdiff_t)len, field_at(f, r->bit, k),
                (ptrdiff_t)tries, f->bits);
        found++;
    }
    if (found < len && !f->dry)
        job_fail(j, E_ABORT,
                 "too many random numbers were above the prime (once in 2^43); run again");
}

static random_number keep_some(job *j, random_number r, size_t tries, size_t len)
{
    const field *f = job_box(j)->f;
    random_number kept = {job_vector(j, f, len), job_vector(j, f, len * f->bits)};
    void *mark = job_mark(j), *too_large = job_vector(j, f, tries);

    find_too_large(j, too_large, &r, tries);
    check_point(j);
    open_strictly(j, job_box(j)->audit->field, too_large, too_large, tries, "which masks are used");
    keep_small(j, &kept, &r, too_large, tries, len);
    job_release(j, mark);
    return kept;
}

random_number random_numbers(job *j, size_t len)
{
    const field *f = job_box(j)->f;
    bool rejects;
    const unsigned bits = drawn_bits(f, &rejects);
    const size_t tries = rejects ? tries_for(f, len) : len;
    const random_number r = draw_bits(j, bits, tries);

    if (rejects) return keep_some(j, r, tries, len);
    check_point(j);
    return r;
}
