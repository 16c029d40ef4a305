/* Comparison with 0. In fields 2^q - 1 by bits (bit_compare.c); in others by opening the number under a mask whose
 * bits are shared in the field, then comparing what was opened with the mask bit by bit in a tree: in active mode a mask
 * that is uniform in the whole field, here, in passive mode one with slack (slack.c). */
#include "runtime/audit.h"
#include "runtime/bit_protocol.h"

/* Words of shares of bits held at once for one operand of a tree; and in active mode about so many products for each bit,
 * as many at once as one check point takes. */
enum { PART_WORDS = 1 << 21, PRODUCTS_OF_BIT = 8 };

static size_t items_of_part(const box *b)
{
    const field *f = b->f;
    const size_t held = PART_WORDS / (f->bits * (f->size / sizeof(uint64_t))) + 1,
                 noted = b->audit ? b->audit->batch / (PRODUCTS_OF_BIT * f->bits) + 1 : held;

    return noted < held ? noted : held;
}

void in_parts(job *j, void (*protocol)(job *, void *, const void *, unsigned, size_t), void *out,
              const void *x, unsigned argument, size_t len)
{
    const field *f = job_box(j)->f;
    const size_t part = items_of_part(job_box(j));

    for (size_t at = 0; at < len; at += part) {
        void *mark = job_mark(j);
        protocol(j, field_at(f, out, at), field_at(f, x, at), argument,
                 len - at < part ? len - at : part);
        job_release(j, mark);
    }
}

void compare_leaves(job *j, void *less, void *equal, const void *c, const void *r_bits,
                    unsigned planes, size_t len)
{
    const field *f = job_box(j)->f;
    void *mark = job_mark(j), *c_bit = job_vector(j, f, len), *both = job_vector(j, f, len);

    for (unsigned k = 0; k < planes; k++) {
        const void *r_bit = field_at(f, r_bits, k * len);
        void *lt = field_at(f, less, k * len), *eq = field_at(f, equal, k * len);
        f->bit(f, c_bit, c, k, len);
        f->mul(f, both, c_bit, r_bit, len);
        f->sub(f, lt, r_bit, both, len); /* (1 - c) r */
        f->sub(f, eq, both, c_bit, len);
        f->sub(f, eq, eq, lt, len); /* 2 c r - c - r */
        f->add_constant(f, eq, eq, element_of(1), len);
    }
    job_release(j, mark);
}

static size_t products_of(const bit_tree *t, bool keep_equal)
{
    size_t pairs = t->planes / 2;
    return pairs ? 2 * pairs - !keep_equal : 0;
}

/* A pair of nodes, the higher above: less = less_high + equal_high less_low; equal = equal_high equal_low,
 * which the lowest pair of a tree needs only if its root does. */
typedef struct pair {
    size_t high, low, into,
        product; /* planes; `product` of the level's products, then the next if both */
    bool both;
} pair;

static pair pair_of(const bit_tree *t, size_t k, size_t first, bool keep_equal)
{
    return (pair){.high = t->start + 2 * k + 1,
                  .low = t->start + 2 * k,
                  .into = t->start + k,
                  .product = first + 2 * k - (k && !keep_equal),
                  .both = k || keep_equal};
}

static void load_pair(const field *f, void *x, void *y, const void *less, const void *equal, pair p,
                      size_t len)
{
    f->copy(f, field_at(f, x, p.product * len), field_at(f, equal, p.high * len), len);
    f->copy(f, field_at(f, y, p.product * len), field_at(f, less, p.low * len), len);
    if (!p.both) return;
    f->copy(f, field_at(f, x, (p.product + 1) * len), field_at(f, equal, p.high * len), len);
    f->copy(f, field_at(f, y, (p.product + 1) * len), field_at(f, equal, p.low * len), len);
}

static void store_pair(const field *f, void *less, void *equal, const void *z, pair p, size_t len)
{
    f->add(f, field_at(f, less, p.into * len), field_at(f, less, p.high * len),
           field_at(f, z, p.product * len), len);
    if (p.both)
        f->copy(f, field_at(f, equal, p.into * len), field_at(f, z, (p.product + 1) * len), len);
}

static void move_last(const field *f, void *planes, const bit_tree *t, size_t len)
{
    if (t->planes % 2)
        f->copy(f, field_at(f, planes, (t->start + t->planes / 2) * len),
                field_at(f, planes, (t->start + t->planes - 1) * len), len);
}

static void fold_level(job *j, void *less, void *equal, bit_tree *tree, size_t trees,
                       bool keep_equal, size_t products, size_t len)
{
    const field *f = job_box(j)->f;
    void *mark = job_mark(j);
    void *x = job_vector(j, f, products * len), *y = job_vector(j, f, products * len);
    size_t first = 0;

    for (size_t i = 0; i < trees; first += products_of(&tree[i++], keep_equal))
        for (size_t k = 0; k < tree[i].planes / 2; k++)
            load_pair(f, x, y, less, equal, pair_of(&tree[i], k, first, keep_equal), len);
    multiply(j, x, x, y, products * len);
    first = 0;
    for (size_t i = 0; i < trees; i++) {
        for (size_t k = 0; k < tree[i].planes / 2; k++)
            store_pair(f, less, equal, x, pair_of(&tree[i], k, first, keep_equal), len);
        first += products_of(&tree[i], keep_equal);
        move_last(f, less, &tree[i], len);
        move_last(f, equal, &tree[i], len);
        tree[i].planes = (tree[i].planes + 1) / 2;
    }
    job_release(j, mark);
}

void compare_fold(job *j, void *less, void *equal, bit_tree *tree, size_t trees, bool keep_equal,
                  size_t len)
{
    for (;;) {
        size_t products = 0;
        for (size_t i = 0; i < trees; i++) products += products_of(&tree[i], keep_equal);
        if (!products) return;
        fold_level(j, less, equal, tree, trees, keep_equal, products, len);
    }
}

/* c = what is opened of y under the mask. */
static void *open_under(job *j, const void *y, const random_number *r, size_t len)
{
    const field *f = job_box(j)->f;
    void *sent = job_vector(j, f, len), *c = job_vector(j, f, len);

    f->add(f, sent, y, r->value, len);
    open_noted(j, c, sent, len);
    return c;
}

/* The lowest bit of y in [0, p): with c = y + r mod p, y = c - r + p [c < r] and p is odd, so it is
 * c_0 xor r_0 xor [c < r]. */
static void lowest_bit(job *j, void *out, const void *y, unsigned unused, size_t len)
{
    const field *f = job_box(j)->f;
    const random_number r = random_numbers(j, len);
    void *less = job_vector(j, f, len * f->bits), *equal = job_vector(j, f, len * f->bits),
         *s = job_vector(j, f, len), *both = job_vector(j, f, len);
    bit_tree tree = {0, f->bits};

    (void)unused;
    compare_leaves(j, less, equal, open_under(j, y, &r, len), r.bit, f->bits, len);

    /* s = c_0 xor r_0 = 1 - equal_0, before the tree overwrites the leaf */
    f->fill(f, s, element_of(1), len);
    f->sub(f, s, s, equal, len);
    compare_fold(j, less, equal, &tree, 1, false, len);
    multiply(j, both, s, less, len);
    f->add(f, out, s, less, len);
    f->sub(f, out, out, both, len);
    f->sub(f, out, out, both, len);
}

/* One of the protocols by bits, and its bits as elements. */
static void decide(job *j, void (*by_bits)(job *, wire, const void *, size_t), void *out,
                   const void *d, size_t len)
{
    void *mark = job_mark(j);
    wires bit = job_wires(j, 1, words_of(len));

    by_bits(j, wire_at(bit, 0), d, len);
    bits_to_field(j, out, bit, len);
    job_release(j, mark);
}

static void negative_under_uniform(job *j, void *out, const void *d, size_t len)
{
    const field *f = job_box(j)->f;
    void *mark = job_mark(j), *twice = job_vector(j, f, len);

    f->add(f, twice, d, d, len); /* odd in [0, p) exactly when d is negative */
    in_parts(j, lowest_bit, out, twice, 0, len);
    job_release(j, mark);
}

void is_negative(job *j, void *out, const void *d, size_t len)
{
    if (job_box(j)->bits)
        decide(j, bits_negative, out, d, len);
    else if (job_box(j)->audit)
        negative_under_uniform(j, out, d, len);
    else
        slack_negative(j, out, d, len);
}

void all_of_planes(job *j, void *bits, size_t planes, size_t len)
{
    const field *f = job_box(j)->f;

    for (; planes > 1; planes = (planes + 1) / 2) {
        size_t low = (planes + 1) / 2; /* with an odd plane in the middle that waits */
        multiply(j, bits, bits, field_at(f, bits, low * len), (planes - low) * len);
    }
}

/* c = d + r equals r bit by bit exactly when d = 0. */
static void all_bits_equal(job *j, void *out, const void *d, unsigned unused, size_t len)
{
    const field *f = job_box(j)->f;
    const random_number r = random_numbers(j, len);
    void *less = job_vector(j, f, len * f->bits), *equal = job_vector(j, f, len * f->bits);

    (void)unused;
    compare_leaves(j, less, equal, open_under(j, d, &r, len), r.bit, f->bits, len);
    all_of_planes(j, equal, f->bits, len);
    f->copy(f, out, equal, len);
}

void is_zero(job *j, void *out, const void *d, size_t len)
{
    if (job_box(j)->bits)
        decide(j, bits_zero, out, d, len);
    else if (job_box(j)->audit)
        in_parts(j, all_bits_equal, out, d, 0, len);
    else
        slack_zero(j, out, d, len);
}
