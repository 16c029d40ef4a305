/* Random sharings that nobody knows: elements and bits. */
#include "runtime/audit.h"
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

/* This node's own, as elements. */
static void draw_own_bits(job *j, void *out, size_t len)
{
    const box *b = job_box(j);
    const field *f = b->f;
    void *mark = job_mark(j);
    uint64_t *word = job_words(j, words_of(len));

    if (word && !stream_bits(b->keys->own_bits, word, words_of(len)))
        job_fail(j, E_MEMORY, "libcrypto is out of memory");
    if (word) bits_expand(out, f->size / sizeof(uint64_t), word, len);
    job_release(j, mark);
}

/* Plane 0 = the exclusive or of all planes of bits, of len items each: x + y - 2 x y. */
static void xor_planes(job *j, void *bit, size_t planes, size_t len)
{
    const field *f = job_box(j)->f;
    const element less = field_minus(f, element_of(0), element_of(2));

    for (; planes > 1; planes = (planes + 1) / 2) {
        const size_t low = (planes + 1) / 2, pairs = (planes - low) * len;
        void *mark = job_mark(j), *both = job_vector(j, f, pairs),
             *high = field_at(f, bit, low * len);
        multiply(j, both, bit, high, pairs);
        f->add(f, bit, bit, high, pairs);
        f->add_scaled(f, bit, both, less, pairs);
        job_release(j, mark);
    }
}

/* t + 1 nodes, of whom one is honest, deal a bit each; that it is one is noted as b b = b. */
static void bits_of_dealers(job *j, void *out, size_t len)
{
    box *b = job_box(j);
    const field *f = b->f;
    const size_t dealers = b->threshold + 1;
    void *mark = job_mark(j), *own = job_vector(j, f, len), *bit = job_vector(j, f, dealers * len);

    draw_own_bits(j, own, len);
    f->fill(f, bit, element_of(0), dealers * len);
    for (size_t k = 0; k < dealers; k++)
        deal(j, (unsigned)((b->turn + k) % b->nodes), own, field_at(f, bit, k * len), len);
    b->turn = (unsigned)((b->turn + dealers) % b->nodes);
    job_wait(j);
    note_products(j, bit, bit, bit, dealers * len);
    xor_planes(j, bit, dealers, len);
    f->copy(f, out, bit, len);
    job_release(j, mark);
}

random_bit_pairs random_pairs(job *j, size_t len)
{
    const field *f = job_box(j)->f;
    const size_t most = bits_at_once(j);
    random_bit_pairs all;

    if (len <= most) return make_bit_pairs(j, turns_over(j, len), len, words_of(len));
    all = (random_bit_pairs){job_raw_wires(j, 1, words_of(len)), job_vector(j, f, len)};
    for (size_t at = 0, part; at < len; at += part) {
        void *mark = job_mark(j);
        part = len - at < most ? len - at : most;
        const random_bit_pairs some = make_bit_pairs(j, turns_over(j, part), part, words_of(part));
        copy_wire(job_box(j), wire_from(wire_at(all.bit, 0), at / WORD_BITS), wire_at(some.bit, 0),
                  words_of(part));
        f->copy(f, field_at(f, all.number, at), some.number, part);
        job_release(j, mark);
        check_when_full(j);
    }
    return all;
}

void random_bits(job *j, void *out, size_t len)
{
    const field *f = job_box(j)->f;
    void *mark = job_mark(j);
    /* each is noted for every dealer, and every one but the first is a product besides */
    const size_t most = batch_items(j, 2 * (size_t)job_box(j)->threshold + 1);

    if (job_box(j)->bits) {
        f->copy(f, out, random_pairs(j, len).number, len);
    } else {
        for (size_t at = 0, part; at < len; at += part) {
            part = len - at < most ? len - at : most;
            bits_of_dealers(j, field_at(f, out, at), part);
            check_when_full(j);
        }
    }
    job_release(j, mark);
}
