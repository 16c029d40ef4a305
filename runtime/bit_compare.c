/* Comparison and exact truncation by a mask of which leaders know parts (leader_mask.h): d = w - S mod p, where B
 * knows w and the bits of S are shared. */
#include "runtime/audit.h"
#include "runtime/bit_protocol.h"
#include "runtime/points.h"

#include <string.h>

/* --- leaves. Where a run of bits of w equals that of S, what its `less` says is not looked at, but for the lowest run: so
 * `less` of one bit is the bit of S, which costs nothing. */

/* equal += what B knows of [group of w = group of S]: that all bits of w are 0, where S adds the rest. */
static void add_zeros(job *j, const masked *m, const bit_group *g, wire equal)
{
    const box *b = job_box(j);
    void *mark = job_mark(j);
    uint64_t *zeros = job_raw_words(j, equal.v ? words_of(m->by.len) : 0);

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

/* equal = [bit of w = bit of S], which is 1 - w + S: local. */
static void equal_bit(job *j, const masked *m, const bit_group *g, unsigned bit, wire equal)
{
    const bit_group one = {.bits = 1, .known = {g->known[bit]}};

    copy_wire(job_box(j), equal, g->monomial[((size_t)1 << bit) - 1], words_of(m->by.len));
    add_zeros(j, m, &one, equal);
}

static bit_group group_from(const bit_group *g, size_t word)
{
    bit_group part = *g;
    for (unsigned s = 0; s + 1 < 1u << g->bits; s++)
        part.monomial[s] = wire_from(g->monomial[s], word);
    for (unsigned c = 0; c < g->bits; c++) part.known[c] = g->known[c] + word;
    return part;
}

/* Active, of two bits: with z = 1 - w, which B knows, and t = S_0 S_1, which the leader dealt,
 *     less = (if the upper bits are equal, S_0, else S_1) = t + z_1 (S_0 + S_1),
 *     equal = (S_1 + z_1) (S_0 + z_0) = t + S_1 z_0 + S_0 z_1 + z_0 z_1.
 * This node's part of what is neither t nor known. */
static void choose(const box *b, uint64_t *less, uint64_t *equal, const bit_group *g, gf2m row,
                   size_t words)
{
    b->bits->linear(less, g->monomial[0], row, words);
    b->bits->linear(equal, g->monomial[1], row, words);
    for (size_t k = 0; k < words; k++) {
        const uint64_t s0 = less[k], s1 = equal[k], z0 = ~g->known[0][k], z1 = ~g->known[1][k];
        less[k] = (s0 ^ s1) & z1;
        equal[k] = (s1 & z0) ^ (s0 & z1);
    }
}

/* Whether what a group's order says takes a message: not of one bit, which need not be strict, or is made so later. */
static bool is_dealt(const masked *m, const bit_group *g)
{
    return g->bits > 1 || (m->by.shape.grouped && g->lowest);
}

/* This node's rows of the turn: `less` of the groups that are dealt, then `equal` of those of several bits. */
static uint64_t *decide(job *j, const masked *m, turn t, size_t dealt, size_t rows)
{
    const box *b = job_box(j);
    const gf2m row = speaker_row(b, t);
    uint64_t *own = job_raw_words(j, rows * t.words), *less = own,
             *equal = own ? own + dealt * t.words : NULL;

    for (size_t g = 0; own && g < m->groups; g++) {
        if (!is_dealt(m, &m->group[g])) continue;
        const bit_group part = group_from(&m->group[g], t.word);
        if (b->audit && part.bits > 1)
            choose(b, less, equal, &part, row, t.words);
        else
            b->bits->decide(less, equal, &part, row, gf2m_degree(b->nodes), t.words);
        less += t.words;
        if (part.bits > 1) equal += t.words;
    }
    return own;
}

/* Active: with e = S + z of a bit all of it are products of what is shared. Of two bits, less = S_1 + e_1 (S_0 + S_1) and
 * equal = e_1 e_0; the product of S_0 and S_1 that the leader dealt stands in both. Of one, less = S + e S. */
static void note_order(job *j, const masked *m, const bit_group *g, bit_order got)
{
    const box *b = job_box(j);
    const size_t words = words_of(m->by.len);
    void *mark = job_mark(j);
    wires to = job_raw_wires(j, 4, words);
    const wire e0 = wire_at(to, 0), e = wire_at(to, 1), s = wire_at(to, 2), z = wire_at(to, 3);
    const bool two = g->bits > 1;

    equal_bit(j, m, g, two, e);
    copy_wire(b, s, g->monomial[0], words);
    if (two) add_wire(job_box(j), s, g->monomial[1], words);
    copy_wire(b, z, got.less, words);
    add_wire(job_box(j), z, g->monomial[two], words);
    note_lasting_bit_products(j, e, s, z, m->by.len);
    if (two) {
        equal_bit(j, m, g, 0, e0);
        note_lasting_bit_products(j, e, e0, got.equal, m->by.len);
    }
    job_release(j, mark);
}

/* Adds to a group's order what nobody needs to be told. */
static void complete(job *j, const masked *m, const bit_group *g, bit_order *to)
{
    const box *b = job_box(j);
    const size_t words = words_of(m->by.len);

    to->strict = is_dealt(m, g) && !(b->audit && g->bits > 1);
    if (g->bits == 1) {
        equal_bit(j, m, g, 0, to->equal);
        if (!to->strict) copy_wire(b, to->less, g->monomial[0], words);
    } else {
        add_zeros(j, m, g, to->equal);
    }
    if (b->audit && g->bits > 1) {
        add_wire(job_box(j), to->less, g->monomial[2], words);
        add_wire(job_box(j), to->equal, g->monomial[2], words);
    }
    if (b->audit && is_dealt(m, g)) note_order(j, m, g, *to);
}

/* Orders that nodes are dealing. */
typedef struct order_post {
    size_t dealt;      /* groups */
    wires out, single; /* of those that are dealt, and of what is local */
    bit_post mail;
} order_post;

static order_post begin_orders(job *j, const masked *m)
{
    const box *b = job_box(j);
    order_post o = {.dealt = 0};
    size_t large = 0;

    for (size_t g = 0; g < m->groups; g++) {
        if (is_dealt(m, &m->group[g])) o.dealt++;
        if (m->group[g].bits > 1) large++;
    }
    const size_t rows = o.dealt + large;
    o.out = job_wires(j, rows, words_of(m->by.len));
    o.single = job_raw_wires(j, 2 * m->groups - rows, words_of(m->by.len));
    for (size_t i = 0; o.dealt && i < m->by.roles.count; i++) {
        turn t = m->by.roles.at[i];
        uint32_t speakers = speakers_of(b, t);
        bits_deal(j, &o.mail, t, speakers,
                  node_in(speakers, b->self) ? decide(j, m, t, o.dealt, rows) : NULL, o.out);
    }
    return o;
}

/* When what is dealt has come. */
static bit_order *end_orders(job *j, const masked *m, order_post *o)
{
    bit_order *leaf = job_bytes(j, m->groups * sizeof *leaf);
    size_t less = 0, equal = o->dealt, alone = 0;

    bits_arrive(j, &o->mail);
    for (size_t g = 0; g < m->groups; g++) {
        const bit_group *of = &m->group[g];
        leaf[g].less = is_dealt(m, of) ? wire_at(o->out, less++) : wire_at(o->single, alone++);
        leaf[g].equal = of->bits > 1 ? wire_at(o->out, equal++) : wire_at(o->single, alone++);
        complete(j, m, of, &leaf[g]);
    }
    return leaf;
}

bit_order *mask_orders(job *j, const masked *m)
{
    order_post o = begin_orders(j, m);

    if (o.dealt) job_wait(j);
    return end_orders(j, m, &o);
}

void order_strictly(job *j, bit_order *o, size_t len)
{
    wires product = job_wires(j, 1, words_of(len));

    bits_and(j, product, &(bit_pair){o->equal, o->less}, len);
    add_wire(job_box(j), o->less, wire_at(product, 0), words_of(len));
    o->strict = true;
}

/* --- trees */

/* Runs of orders, the lowest bits first, that become one each, all in the same rounds. */
typedef struct tree {
    bit_order *node;
    size_t count;
} tree;

/* Whether the lowest node is to be made strict before it is joined with others: less + equal less. */
static bool is_open(const tree *t)
{
    return !t->node[0].strict;
}

static size_t level_products(const tree *t, bool keep_equal)
{
    const size_t open = is_open(t), pairs = (t->count - open) / 2;
    return open + 2 * pairs - (pairs && !open && !keep_equal);
}

/* The factors of a level's products; how many. The lowest pair needs `equal` only if the root does. */
static size_t level_pairs(job *j, bit_pair *pair, const tree *t, bool keep_equal, size_t words)
{
    size_t at = 0;

    if (is_open(t)) pair[at++] = (bit_pair){t->node[0].equal, t->node[0].less};
    for (size_t k = is_open(t); k + 1 < t->count; k += 2) {
        bit_order low = t->node[k], high = t->node[k + 1];
        add_wire(job_box(j), low.less, high.less, words);
        pair[at++] = (bit_pair){high.equal, low.less};
        if (k || keep_equal) pair[at++] = (bit_pair){high.equal, low.equal};
    }
    return at;
}

/* The level above, of the products; how many. */
static size_t level_up(job *j, tree *t, wires product, size_t at, bool keep_equal, size_t words)
{
    size_t to = is_open(t), k = to;
    bit_order *node = t->node;

    if (is_open(t)) {
        const wire less = wire_at(job_raw_wires(j, 1, words), 0);
        copy_wire(job_box(j), less, node[0].less, words);
        add_wire(job_box(j), less, wire_at(product, at++), words);
        node[0].less = less, node[0].strict = true;
    }
    for (; k + 1 < t->count; k += 2, to++) {
        add_wire(job_box(j), node[k + 1].less, wire_at(product, at++), words);
        node[to] = (bit_order){node[k + 1].less, node[k + 1].equal, node[k].strict};
        if (k || keep_equal) node[to].equal = wire_at(product, at++);
    }
    if (k < t->count) node[to++] = node[k];
    t->count = to;
    return at;
}

/* One level: less = less_high + equal_high (less_low + less_high), equal = equal_high equal_low. What was a factor is not
 * written to any more: `less` of a higher node is none before it is the lower one. */
static void fold_level(job *j, tree *t, size_t trees, bool keep_equal, size_t products, size_t len)
{
    bit_pair *pair = job_bytes(j, products * sizeof *pair);
    wires product = job_wires(j, products, words_of(len));
    size_t at = 0;

    for (size_t i = 0; i < trees; i++)
        at += level_pairs(j, pair + at, &t[i], keep_equal, words_of(len));
    bits_and_lasting(j, product, pair, len);
    at = 0;
    for (size_t i = 0; i < trees; i++)
        at = level_up(j, &t[i], product, at, keep_equal, words_of(len));
}

static void fold(job *j, tree *t, size_t trees, bool keep_equal, size_t len)
{
    for (;;) {
        size_t products = 0;
        for (size_t i = 0; i < trees; i++) products += level_products(&t[i], keep_equal);
        if (!products) return;
        fold_level(j, t, trees, keep_equal, products, len);
    }
}

/* --- the sign */

/* Products of a tree for each bit: an order of two in two, or a joint of such orders of two. */
enum { OF_TREE = 2 };

/* Items at once, so that what one comparison needs fits in memory, and what is noted of it in a check point: so many
 * products of each bit, besides those of its mask. */
static size_t items_at_once(const job *j, mask_shape shape, size_t products)
{
    enum { PART_BITS = 1 << 27 };
    const box *b = job_box(j);
    const size_t fit = PART_BITS / (b->f->bits * gf2m_degree(b->nodes) * b->threshold) / WORD_BITS *
                       WORD_BITS,
                 noted = masks_at_once(j, shape, products);

    return fit < noted ? fit : noted;
}

/* The lowest bit of d in [0, p): d = w - S + p [w < S], and p is odd. */
static void lowest_bit(job *j, wire out, const void *d, size_t len)
{
    const box *b = job_box(j);
    size_t words = words_of(len);
    masked m = mask_open(j, d, (mask_shape){.grouped = b->f->bits}, len);
    tree t = {mask_orders(j, &m), m.groups};

    masked_add_bit(j, &m, 0, out);
    add_wire(job_box(j), out, m.bit[0], words);
    fold(j, &t, 1, false, len);
    add_wire(job_box(j), out, t.node[0].less, words);
}

void bits_negative(job *j, wire out, const void *d, size_t len)
{
    const field *f = job_box(j)->f;
    size_t most = items_at_once(j, (mask_shape){0}, OF_TREE);

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

/* --- both ends of a range, by one mask. d = w - S mod p is below `end` exactly when S is one of w, w - 1, …, v + 1 on the circle of
 * 1 … p, where v = w - end mod p is written in 0 … p-1: B knows both. Of k bits with end < 2^k let w_0, v_0, S_0 be the lowest k,
 * w_1, v_1, S_1 what is above. That is so exactly when
 *     (1) [w_0 < S_0] + [v_0 < S_0] = [v_0 < w_0] (mod 2), and
 *     (2) S_1 = w_1 where [w_0 < S_0] = 0, else S_1 = v_1:
 * a comparison of k bits for each end, and above them, nothing but products with what B knows. docs/protocols.md has the
 * proof. */

static size_t groups_below(const masked *m, unsigned bits)
{
    size_t groups = 0;
    for (unsigned at = 0; at < bits; groups++) at += m->group[groups].bits;
    return groups;
}

/* less[k] = [S's part of `bits` bits is above that of w], of both w. */
static void compare_low(job *j, wire *less, masked m[2], unsigned bits)
{
    order_post sent[2];
    tree low[2];

    for (size_t k = 0; k < 2; k++) {
        m[k].groups = groups_below(&m[k], bits);
        sent[k] = begin_orders(j, &m[k]);
    }
    if (sent[0].dealt) job_wait(j);
    for (size_t k = 0; k < 2; k++) low[k] = (tree){end_orders(j, &m[k], &sent[k]), m[k].groups};
    fold(j, low, 2, false, m[0].by.len);
    for (size_t k = 0; k < 2; k++) less[k] = low[k].node[0].less;
}

/* row = [v < w] of the lowest bits. */
static void known_order(uint64_t *row, const masked *v, const masked *w, unsigned bits)
{
    const size_t words = words_of(w->by.len);

    for (size_t i = 0; row && i < bits * words; i++) {
        const uint64_t differ = v->known[i] ^ w->known[i];
        row[i % words] ^= differ & (row[i % words] ^ w->known[i]);
    }
}

/* This node's part of x times each of the rows that B knows, of one turn. */
static uint64_t *known_parts(job *j, const masked *m, turn t, wire x, const uint64_t *row,
                             size_t rows)
{
    const box *b = job_box(j);
    const size_t words = words_of(m->by.len);
    uint64_t *own = job_raw_words(j, rows * t.words), *part = job_raw_words(j, t.words);

    if (!own) return NULL;
    b->bits->linear(part, wire_from(x, t.word), speaker_row(b, t), t.words);
    for (size_t k = 0; k < rows; k++)
        for (size_t i = 0; i < t.words; i++)
            own[k * t.words + i] = part[i] & row[k * words + t.word + i];
    return own;
}

/* out_k = x times row k, which B knows: dealt by t + 1 of B. One round. */
static void multiply_known(job *j, const masked *m, wires out, wire x, const uint64_t *row)
{
    const box *b = job_box(j);
    const size_t words = words_of(m->by.len);
    wires factor = job_wires(j, out.count, words);
    bit_post mail = {NULL};

    for (size_t i = 0; i < m->by.roles.count; i++) {
        turn t = m->by.roles.at[i];
        uint32_t speakers = speakers_of(b, t);
        bits_deal(j, &mail, t, speakers,
                  node_in(speakers, b->self) ? known_parts(j, m, t, x, row, out.count) : NULL, out);
    }
    job_wait(j);
    bits_arrive(j, &mail);
    for (size_t k = 0; k < out.count; k++) {
        masked_add_known(j, m, row ? row + k * words : NULL, wire_at(factor, k));
        note_lasting_bit_products(j, x, wire_at(factor, k), wire_at(out, k), m->by.len);
    }
}

/* The wires of (2), one of each bit: S_1 + w_1 + [w_0 < S_0] (w_1 + v_1). */
static void compare_high(job *j, wires out, const masked m[2], wire less, unsigned bits)
{
    const box *b = job_box(j);
    const size_t words = words_of(m[0].by.len), high = b->f->bits - bits;
    uint64_t *differ = job_words(j, high * words);
    wires product = job_wires(j, high, words);

    for (size_t i = 0; differ && i < high * words; i++)
        differ[i] = m[0].known[bits * words + i] ^ m[1].known[bits * words + i];
    if (high) multiply_known(j, &m[0], product, less, differ);
    for (size_t k = 0; k < high; k++) {
        const wire to = wire_at(out, k);
        copy_wire(b, to, m[0].bit[bits + k], words);
        masked_add_bit(j, &m[0], bits + k, to);
        add_wire(job_box(j), to, wire_at(product, k), words);
    }
}

static void both_ends(job *j, wires out, const void *d, const void *end, unsigned bits, size_t len)
{
    const size_t words = words_of(len), last = out.count - 1;
    masked m[2] = {mask_open(j, d, (mask_shape){.grouped = bits}, len)};
    uint64_t *order = job_words(j, words);
    wire less[2];

    m[1] = mask_less(j, &m[0], end);
    compare_low(j, less, m, bits);
    compare_high(j, out, m, less[0], bits);
    known_order(order, &m[1], &m[0], bits);
    copy_wire(job_box(j), wire_at(out, last), less[0], words);
    add_wire(job_box(j), wire_at(out, last), less[1], words);
    masked_add_known(j, &m[0], order, wire_at(out, last));
}

size_t below_wires(const box *b, unsigned bits)
{
    return b->f->bits - bits + 1;
}

void bits_below(job *j, wires out, const void *d, const void *end, unsigned bits, size_t len)
{
    const field *f = job_box(j)->f;
    const size_t most = items_at_once(j, (mask_shape){0}, 2 * OF_TREE);

    for (size_t at = 0; at < len; at += most) {
        void *mark = job_mark(j);
        wires to = out;
        if (to.v) to.v += at / WORD_BITS;
        both_ends(j, to, field_at(f, d, at), field_at(f, end, at), bits,
                  len - at < most ? len - at : most);
        check_when_full(j);
        job_release(j, mark);
    }
}

/* --- equality */

/* All bits of w and S are equal, for both are in 1 … p. */
static void all_equal(job *j, wire out, const void *d, size_t len)
{
    masked m = mask_open(j, d, (mask_shape){0}, len);
    size_t count = m.groups;
    wires leaf = job_raw_wires(j, count, words_of(len));
    wire *equal = job_bytes(j, count * sizeof *equal);

    for (size_t k = 0; k < count; k++) {
        equal[k] = wire_at(leaf, k);
        equal_bit(j, &m, &m.group[k], 0, equal[k]);
    }
    while (count > 1) {
        size_t pairs = count / 2;
        bit_pair *pair = job_bytes(j, pairs * sizeof *pair);
        wires product = job_wires(j, pairs, words_of(len));
        for (size_t k = 0; k < pairs; k++) pair[k] = (bit_pair){equal[2 * k], equal[2 * k + 1]};
        bits_and_lasting(j, product, pair, len);
        for (size_t k = 0; k < pairs; k++) equal[k] = wire_at(product, k);
        if (count % 2) equal[pairs] = equal[count - 1];
        count -= pairs;
    }
    add_wire(job_box(j), out, equal[0], words_of(len));
}

void bits_zero(job *j, wire out, const void *d, size_t len)
{
    const field *f = job_box(j)->f;
    size_t most = items_at_once(j, (mask_shape){0}, OF_TREE);

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
        add_wire(job_box(j), wire_at(sum, k), from[k].less, words);
        add_wire(job_box(j), wire_at(sum, k), from[k].equal, words);
        add_wire(job_box(j), wire_at(out, k), from[1 - k].less, words);
    }
    bits_and(j, product, (bit_pair[]){{high.equal, wire_at(sum, 0)}, {low.equal, wire_at(sum, 1)}},
             m->by.len);
    for (size_t k = 0; k < 2; k++)
        add_wire(job_box(j), wire_at(out, k), wire_at(product, k), words);
    for (size_t k = 0; k < m->by.carries.count; k++)
        add_wire(job_box(j), wire_at(out, 2 + k), masked_carry(m, k), words);
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
    masked m = mask_open(j, y, (mask_shape){.grouped = q, .high = true, .cut = bits}, len);
    bit_order *leaf = mask_orders(j, &m);
    const size_t lows = groups_below(&m, bits);
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
    size_t most = items_at_once(j, (mask_shape){.high = true}, OF_TREE);

    for (size_t at = 0; at < len; at += most) {
        void *mark = job_mark(j);
        floor_part(j, field_at(f, out, at), field_at(f, d, at), bits,
                   len - at < most ? len - at : most);
        job_release(j, mark);
    }
}
