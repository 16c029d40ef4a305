/* Random sharings that nobody knows: elements, bits, and numbers by their bits. */
#include "runtime/bit_protocol.h"

enum { AT_ONCE = 1024 };

/* By replicated sharing (Cramer, Damgård, Ishai 2005): no message. */
static void from_sets(job *j, void *out, size_t len)
{
    const box *b = job_box(j);
    const field *f = b->f;
    void *word = job_vector(j, f, len < AT_ONCE ? len : AT_ONCE);

    for (size_t at = 0; at < len && !f->dry; at += AT_ONCE) {
        size_t part = len - at < AT_ONCE ? len - at : AT_ONCE;
        f->fill(f, field_at(f, out, at), element_of(0), part);
        for (size_t k = 0; k < b->keys->sets; k++) {
            const set_stream *s = &b->keys->set[k];
            if (!stream_draw(s->random, f, word, part))
                job_fail(j, E_MEMORY, "libcrypto is out of memory");
            f->add_scaled(f, field_at(f, out, at), word, s->factor, part);
        }
    }
}

/* Every node deals; of n such sharings a Vandermonde matrix makes n - t of which t nodes know nothing
 * (Damgård, Nielsen 2007). */
static void from_dealers(job *j, void *out, size_t len)
{
    const box *b = job_box(j);
    const field *f = b->f;
    size_t good = b->nodes - b->threshold, each = (len + good - 1) / good;
    void *own = job_vector(j, f, each), *dealt = job_vector(j, f, each * b->nodes);

    if (!stream_draw(b->keys->own, f, own, each))
        job_fail(j, E_MEMORY, "libcrypto is out of memory");
    f->fill(f, dealt, element_of(0), each * b->nodes);
    for (unsigned k = 0; k < b->nodes; k++) deal(j, k, own, field_at(f, dealt, k * each), each);
    job_wait(j);
    f->fill(f, out, element_of(0), len);
    element power[NODES_MAX];
    for (unsigned k = 0; k < b->nodes; k++) power[k] = element_of(1);
    for (size_t at = 0; at < len; at += each)
        for (unsigned k = 0; k < b->nodes; k++) {
            f->add_scaled(f, field_at(f, out, at), field_at(f, dealt, k * each), power[k],
                          len - at < each ? len - at : each);
            power[k] = f->times(f, power[k], element_of(k + 1));
        }
}

void random_shares(job *j, void *out, size_t len)
{
    void *mark = job_mark(j);

    if (job_box(j)->keys->small)
        from_sets(j, out, len);
    else
        from_dealers(j, out, len);
    job_release(j, mark);
}

/* r / sqrt(r^2) is 1 or -1, each as likely, whatever r^2 is (Damgård, Fitzi, Kiltz, Nielsen, Toft 2006). */
static void bits_from_squares(job *j, void *out, size_t len)
{
    const field *f = job_box(j)->f;
    void *mark = job_mark(j), *square = job_vector(j, f, len);
    element half = field_inverse(f, element_of(2));

    random_shares(j, out, len);
    multiply(j, square, out, out, len);
    open_to_all(j, square, square, len);
    if (f->has_zero(f, square, len))
        job_fail(j, E_ABORT,
                 "a random element was 0 where it must not be (about once in 2^%u); run again",
                 f->bits);
    f->inverse_root(f, square, square, len);
    f->mul(f, out, out, square, len);
    f->scale(f, out, out, half, len);
    f->add_constant(f, out, out, half, len);
    job_release(j, mark);
}

void random_bits(job *j, void *out, size_t len)
{
    void *mark = job_mark(j);

    if (job_box(j)->bits) {
        random_bit_pairs made = make_bit_pairs(j, turns_over(j, len), len, words_of(len));
        job_box(j)->f->copy(job_box(j)->f, out, made.number, len);
    } else {
        bits_from_squares(j, out, len);
    }
    job_release(j, mark);
}

random_number random_numbers(job *j, size_t len)
{
    const field *f = job_box(j)->f;
    random_number r = {job_vector(j, f, len), job_vector(j, f, len * f->bits)};

    random_bits(j, r.bit, len * f->bits);
    f->fill(f, r.value, element_of(0), len);
    for (unsigned k = 0; k < f->bits; k++)
        f->add_scaled(f, r.value, field_at(f, r.bit, k * len), field_power_of_2(f, k), len);
    return r;
}
