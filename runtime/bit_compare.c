/* Comparison and exact truncation by a mask of which leaders know parts (leader_mask.h): d = w - S mod p, where B
 * knows w and the bits of S are shared. */
#include "runtime/audit.h"
#include "runtime/bit_protocol.h"
#include "runtime/points.h"

#include <string.h>

static void add_wire(job *j, wire to, wire x, size_t words)
{
    const box *b = job_box(j);
    for (unsigned a = 0; to.v && a < gf2m_degree(b->nodes); a++)
        b->bits->add(to.v + a * to.stride, x.v + a * x.stride, words);
}

/* --- leaves */

/* equal += what B knows of [group of w = group of S]: that all bits of w are 0, where S adds the rest. */
static void add_zeros(job *j, const masked *m, const bit_group *g, wire equal)
{
    const box *b = job_box(j);
    void *mark = job_mark(j);
    uint64_t *zeros = job_words(j, equal.v ? words_of(m->by.len) : 0);

    for (size_t i = 0; zeros && i < m->by.roles.count; i++) {
        turn t = m->by.roles.at[i];
        for (size_t k = 0; k < t.words; k++) {
            uint64_t any = 0;
            for (unsigned c = 0; c < g->bits; c++) any |= g->known[c][t.word + k];
            zeros[k] = ~any;
        }
        bits_add_known(j, wire_from(equal, t.word), zeros, followers_of(b, t), t.words);
    }
    job_release(j, mark);
}

/* [bit of w = bit of S] is 1 - w + S: local. */
static void equal_bit(job *j, const masked *m, const bit_group *g, wire equal)
{
    add_wire(j, equal, g->monomial[0], words_of(m->by.len));
    add_zeros(j, m, g, equal);
}

static bit_group group_from(const bit_group *g, size_t word)
{
    bit_group part = *g;
    for (unsigned s = 0; s + 1 < 1u << g->bits; s++)
        part.monomial[s] = wire_from(g->monomial[s], word);
    for (unsigned c = 0; c < g->bits; c++) part.known[c] = g->known[c] + word;
    return part;
}

/* This node's rows of the turn: `less` of all groups, then `equal` of those of several bits. */
static uint64_t *decide(job *j, const masked *m, turn t, size_t rows)
{
    const box *b = job_box(j);
    uint64_t *own = job_words(j, rows * t.words), *equal = own ? own + m->groups * t.words : NULL;

    for (size_t g = 0; own && g < m->groups; g++) {
        bit_group part = group_from(&m->group[g], t.word);
        b->bits->decide(own + g * t.words, equal, &part, speaker_row(b, t), gf2m_degree(b->nodes),
                        t.words);
        if (part.bits > 1) equal += t.words;
    }
    return own;
}

/* Of groups of one bit: `less` is the product of the bit of S with what B knows, that the bit of w is 0. */
static void note_leaves(job *j, const masked *m, wires less)
{
    const box *b = job_box(j);

    for (size_t i = 0; b->audit && i < m->by.roles.count; i++) {
        turn t = m->by.roles.at[i];
        void *mark = job_mark(j);
        uint64_t *zeros = job_words(j, t.words);
        for (size_t g = 0; g < m->groups; g++) {
            void *inner = job_mark(j);
            wires known = job_wires(j, 1, t.words);
            for (size_t k = 0; zeros && k < t.words; k++)
                zeros[k] = ~m->group[g].known[0][t.word + k];
            bits_add_known(j, wire_at(known, 0), zeros, followers_of(b, t), t.words);
            note_bit_products(j, wire_from(m->bit[g], t.word), wire_at(known, 0),
                              wire_from(wire_at(less, g), t.word), t.items);
            job_release(j, inner);
        }
        job_release(j, mark);
    }
}

bit_order *mask_orders(job *j, const masked *m)
{
    const box *b = job_box(j);
    size_t rows = m->groups, at = m->groups;
    bit_order *leaf = job_bytes(j, m->groups * sizeof *leaf);
    bit_post mail = {NULL};

    for (size_t g = 0; g < m->groups; g++) rows += m->group[g].bits > 1;
    wires out = job_wires(j, rows, words_of(m->by.len)),
          single = job_wires(j, 2 * m->groups - rows, words_of(m->by.len));
    for (size_t i = 0; i < m->by.roles.count; i++) {
        turn t = m->by.roles.at[i];
        uint32_t speakers = speakers_of(b, t);
        bits_deal(j, &mail, t, speakers, node_in(speakers, b->self) ? decide(j, m, t, rows) : NULL,
                  out);
    }
    job_wait(j);
    bits_arrive(j, &mail);
    note_leaves(j, m, out);
    for (size_t g = 0, alone = 0; g < m->groups; g++) {
        bool one = m->group[g].bits == 1;
        leaf[g] = (bit_order){wire_at(out, g), one ? wire_at(single, alone++) : wire_at(out, at++)};
        (one ? equal_bit : add_zeros)(j, m, &m->group[g], leaf[g].equal);
    }
    return leaf;
}

/* --- trees */

/* Runs of orders, the lowest bits first, that become one each, all in the same rounds. */
typedef struct tree {
    bit_order *node;
    size_t count;
} tree;

static bool lowest_of(size_t k, bool keep_equal)
{
    return k == 0 && !keep_equal;
}

/* One level: less = less_high + equal_high less_low, equal = equal_high equal_low; the lowest pair needs
 * `equal` only if the root does. */
static void fold_level(job *j, tree *t, size_t trees, bool keep_equal, size_t products, size_t len)
{
    bit_pair *pair = job_bytes(j, products * sizeof *pair);
    wires product = job_wires(j, products, words_of(len));
    size_t at = 0;

    for (size_t i = 0; i < trees; i++)
        for (size_t k = 0; k < t[i].count / 2; k++) {
            bit_order low = t[i].node[2 * k], high = t[i].node[2 * k + 1];
            pair[at++] = (bit_pair){high.equal, low.less};
            if (!lowest_of(k, keep_equal)) pair[at++] = (bit_pair){high.equal, low.equal};
        }
    bits_and(j, product, pair, len);
    at = 0;
    for (size_t i = 0; i < trees; i++) {
        size_t pairs = t[i].count / 2;
        for (size_t k = 0; k < pairs; k++) {
            bit_order *high = &t[i].node[2 * k + 1], *to = &t[i].node[k];
            add_wire(j, high->less, wire_at(product, at++), words_of(len));
            to->less = high->less;
            if (!lowest_of(k, keep_equal)) to->equal = wire_at(product, at++);
        }
        if (t[i].count % 2) t[i].node[pairs] = t[i].node[t[i].count - 1];
        t[i].count -= pairs;
    }
}

static void fold(job *j, tree *t, size_t trees, bool keep_equal, size_t len)
{
    for (;;) {
        size_t products = 0;
        for (size_t i = 0; i < trees; i++) {
            size_t pairs = t[i].count / 2;
            products += 2 * pairs - (pairs && !keep_equal);
        }
        if (!products) return;
        fold_level(j, t, trees, keep_equal, products, len);
    }
}

/* --- the sign */

/* Items at once, so that what one comparison needs fits in memory. */
static size_t items_at_once(const box *b)
{
    enum { PART_BITS = 1 << 27 };
    return PART_BITS / (b->f->bits * gf2m_degree(b->nodes) * b->threshold) / WORD_BITS * WORD_BITS;
}

/* The lowest bit of d in [0, p): d = w - S + p [w < S], and p is odd. */
static void lowest_bit(job *j, wire out, const void *d, size_t len)
{
    const box *b = job_box(j);
    size_t words = words_of(len);
    masked m = mask_open(j, d, (mask_shape){.grouped = true}, len);
    tree t = {mask_orders(j, &m), m.groups};

    for (size_t i = 0; m.known && i < m.by.roles.count; i++) {
        turn at = m.by.roles.at[i];
        bits_add_known(j, wire_from(out, at.word), m.known + at.word, followers_of(b, at), at.words);
    }
    add_wire(j, out, m.bit[0], words);
    fold(j, &t, 1, false, len);
    add_wire(j, out, t.node[0].less, words);
}

void bits_negative(job *j, wire out, const void *d, size_t len)
{
    const field *f = job_box(j)->f;
    size_t most = items_at_once(job_box(j));

    for (size_t at = 0; at < len; at += most) {
        void *mark = job_mark(j);
        size_t part = len - at < most ? len - at : most;
        void *twice = job_vector(j, f, part);
        f->add(f, twice, field_at(f, d, at), field_at(f, d, at),
               part); /* odd exactly when d is negative */
        lowest_bit(j, wire_from(out, at / WORD_BITS), twice, part);
        job_release(j, mark);
    }
}

/* --- equality */

/* All bits of w and S are equal, for both are in 1 … p. */
static void all_equal(job *j, wire out, const void *d, size_t len)
{
    masked m = mask_open(j, d, (mask_shape){0}, len);
    size_t count = m.groups;
    wires leaf = job_wires(j, count, words_of(len));
    wire *equal = job_bytes(j, count * sizeof *equal);

    for (size_t k = 0; k < count; k++) {
        equal[k] = wire_at(leaf, k);
        equal_bit(j, &m, &m.group[k], equal[k]);
    }
    while (count > 1) {
        size_t pairs = count / 2;
        bit_pair *pair = job_bytes(j, pairs * sizeof *pair);
        wires product = job_wires(j, pairs, words_of(len));
        for (size_t k = 0; k < pairs; k++) pair[k] = (bit_pair){equal[2 * k], equal[2 * k + 1]};
        bits_and(j, product, pair, len);
        for (size_t k = 0; k < pairs; k++) equal[k] = wire_at(product, k);
        if (count % 2) equal[pairs] = equal[count - 1];
        count -= pairs;
    }
    add_wire(j, out, equal[0], words_of(len));
}

void bits_zero(job *j, wire out, const void *d, size_t len)
{
    const field *f = job_box(j)->f;
    size_t most = items_at_once(job_box(j));

    for (size_t at = 0; at < len; at += most) {
        void *mark = job_mark(j);
        all_equal(j, wire_from(out, at / WORD_BITS), field_at(f, d, at),
                  len - at < most ? len - at : most);
        job_release(j, mark);
    }
}

/* --- truncation */

/* Adds factor times a shared number to out. */
static void add_wide(const field *f, void *out, const void *x, unsigned power, bool minus, size_t len)
{
    element factor = field_power_of_2(f, power);
    f->add_scaled(f, out, x, minus ? field_minus(f, element_of(0), factor) : factor, len);
}

/* out += w >> bits, known to B. */
static void add_high_part(job *j, void *out, const masked *m, unsigned bits)
{
    const box *b = job_box(j);
    void *shifted = job_vector(j, b->f, m->by.len);

    b->f->shift(b->f, shifted, m->w, bits, m->by.len);
    for (size_t i = 0; i < m->by.roles.count; i++) {
        turn t = m->by.roles.at[i];
        uint32_t set = followers_of(b, t);
        if (node_in(set, b->self))
            b->f->add_scaled(b->f, field_at(b->f, out, t.item), field_at(b->f, shifted, t.item),
                             set_function(b->f, set, b->nodes, b->self + 1), t.items);
    }
}

/* Wires of b = [w <= S], then u = [w mod 2^bits < S mod 2^bits + b], then the carries of the adders. From the
 * orders of the low and of the high bits, b = less_high + equal_high (less_low + equal_low) and
 * u = less_low + equal_low (less_high + equal_high). */
static wires floor_bits(job *j, const masked *m, bit_order low, bit_order high)
{
    size_t words = words_of(m->by.len);
    wires out = job_wires(j, 2 + m->by.carries.count, words), sum = job_wires(j, 2, words);
    wires product = job_wires(j, 2, words);
    bit_order from[] = {low, high};

    for (size_t k = 0; k < 2; k++) {
        add_wire(j, wire_at(sum, k), from[k].less, words);
        add_wire(j, wire_at(sum, k), from[k].equal, words);
        add_wire(j, wire_at(out, k), from[1 - k].less, words);
    }
    bits_and(j, product, (bit_pair[]){{high.equal, wire_at(sum, 0)}, {low.equal, wire_at(sum, 1)}},
             m->by.len);
    for (size_t k = 0; k < 2; k++) add_wire(j, wire_at(out, k), wire_at(product, k), words);
    for (size_t k = 0; k < m->by.carries.count; k++)
        add_wire(j, wire_at(out, 2 + k), masked_carry(m, k), words);
    return out;
}

/* y = x + 2^(q-1) is in 1 … p, and so are w and S: y = w - S + p b, and with p = 2^q - 1
 *     floor(y / 2^bits) = (w >> bits) - (S >> bits) + 2^(q-bits) b - u.
 * S >> bits = the sum of the leaders' (s_i >> bits), which are dealt, plus each adder's carry into bit `bits`,
 * minus 2^(q-bits) times its carry out. */
static void floor_part(job *j, void *out, const void *x, unsigned bits, size_t len)
{
    const field *f = job_box(j)->f;
    unsigned q = f->bits;
    void *y = job_vector(j, f, len);

    f->add_constant(f, y, x, field_power_of_2(f, q - 1), len);
    masked m = mask_open(j, y, (mask_shape){.grouped = true, .high = true, .cut = bits}, len);
    bit_order *leaf = mask_orders(j, &m);
    size_t lows = 0;
    for (unsigned at = 0; at < bits; lows++) at += m.group[lows].bits;
    tree half[] = {{leaf, lows}, {leaf + lows, m.groups - lows}};
    fold(j, half, 2, true, len);

    wires bit = floor_bits(j, &m, half[0].node[0], half[1].node[0]);
    void *number = job_vector(j, f, bit.count * len);
    bits_to_field(j, number, bit, len);
    f->fill(f, y, element_of(0), len);
    add_high_part(j, y, &m, bits);
    f->sub(f, y, y, m.by.high, len);
    for (size_t k = 0; k < bit.count; k += 2) {
        bool carries = k > 0; /* in S, which is taken away: the carry in, then the carry out */
        add_wide(f, y, field_at(f, number, (k + carries) * len), q - bits, false, len);
        f->sub(f, y, y, field_at(f, number, (k + !carries) * len), len);
    }
    f->add_constant(f, out, y, field_minus(f, element_of(0), field_power_of_2(f, q - 1 - bits)), len);
}

void bits_floor(job *j, void *out, const void *d, unsigned bits, size_t len)
{
    const field *f = job_box(j)->f;
    size_t most = items_at_once(job_box(j));

    for (size_t at = 0; at < len; at += most) {
        void *mark = job_mark(j);
        floor_part(j, field_at(f, out, at), field_at(f, d, at), bits,
                   len - at < most ? len - at : most);
        job_release(j, mark);
    }
}
