/* Masks of which leaders know parts. r is the sum of a number r_A of each set A of n - t nodes, known to its members
 * (PRSS). Leader i of t knows s_i, the sum of those of its sets that have no earlier leader, and B, all nodes
 * but the leaders, knows its own r_B: r = s_1 + … + s_t + r_B. With c = d + r opened to B only, w = c - r_B is
 * known to B, d = w - S for S = s_1 + … + s_t, and the leaders deal the bits of their s_i. Of S and w, t nodes know
 * at most what leaves the other uniform. Where not all sets have keys, s_i is the leader's own choice, dealt in the
 * field too. Zero is written p = 2^q - 1, so that numbers are in 1 … p and their sum with the carry out of the
 * highest bit brought in at the lowest (end-around) stays there.
 *
 * Leaders after the first cost an adder each: by ripples of 2q - 1 products where bytes count, by a tree
 * (Brent, Kung 1982) of 4q - 3 in 2 log q rounds where rounds do. The middle ones of a comparison are saved
 * carries. */
#include "runtime/audit.h"
#include "runtime/bit_pool.h"
#include "runtime/points.h"

#include <string.h>

enum { AT_ONCE = 1024, RIPPLE_FROM = 1 << 15 /* items */, BITS_MOST = 127 };

static size_t some(size_t at, size_t len)
{
    return len - at < AT_ONCE ? len - at : AT_ONCE;
}

static void draw(job *j, stream *s, void *out, size_t len)
{
    if (!stream_draw(s, job_box(j)->f, out, len))
        job_fail(j, E_MEMORY, "libcrypto is out of memory");
}

/* A mask that is being made. */
typedef struct making {
    wires dealt[NODES_MAX]; /* the bits of each leader's number; S in the first in the end */
    bit_post mail;
    void *part[SMALL_SETS];   /* active: the numbers of this node's sets, in 1 … p */
    wires carried[NODES_MAX]; /* active: of each leader's additions, the carries into each bit */
    struct carry_pair *pair;  /* active, when S >> cut is wanted: one for each of all additions */
} making;

/* The carries of one addition that S >> cut takes, into bit `cut` and into bit 0, as elements too. */
typedef struct carry_pair {
    void *number[2];  /* shares */
    uint64_t *own[2]; /* words of all items; right where this node is the leader */
} carry_pair;

/* --- drawing r and its parts */

/* Writes 0 as p; without a branch, for it is secret. */
static void spell_zero(const field *f, void *v, size_t len)
{
    if (f->dry) return;
    if (f->size == sizeof(uint64_t)) {
        uint64_t *x = v;
        for (size_t k = 0; k < len; k++)
            x[k] |= (((x[k] | -x[k]) >> 63) - 1) & (((uint64_t)1 << f->bits) - 1);
    } else {
        unum *x = v;
        for (size_t k = 0; k < len; k++)
            x[k] |= (((x[k] | -x[k]) >> 127) - 1) & (((unum)1 << f->bits) - 1);
    }
}

static uint32_t earlier_leaders(const box *b, turn t)
{
    uint32_t set = 0;
    for (unsigned k = 0; k < b->threshold && (t.first + k) % b->nodes != b->self; k++)
        set |= (uint32_t)1 << (t.first + k) % b->nodes;
    return set;
}

/* Adds to r this node's shares, and to `own` its part of r: s_i of a leader, else r_B. */
static void draw_small(job *j, turn t, void *r, void *own)
{
    const box *b = job_box(j);
    const field *f = b->f;
    uint32_t followers = followers_of(b, t), earlier = earlier_leaders(b, t);
    bool leads = node_in(leaders_of(b, t), b->self);
    void *word = job_vector(j, f, AT_ONCE);

    for (size_t at = 0; at < t.items && !f->dry; at += AT_ONCE)
        for (size_t k = 0; k < b->keys->sets; k++) {
            const set_stream *s = &b->keys->set[k];
            size_t part = some(at, t.items);
            void *to = field_at(f, own, t.item + at);
            draw(j, s->random, word, part);
            f->add_scaled(f, field_at(f, r, t.item + at), word, s->factor, part);
            if (leads ? !(s->members & earlier) : s->members == followers)
                f->add(f, to, to, word, part);
        }
}

static void draw_large(job *j, turn t, void *r, void *own)
{
    const box *b = job_box(j);
    const field *f = b->f;
    void *part = field_at(f, own, t.item), *secret = NULL;
    uint32_t followers = followers_of(b, t);

    if (node_in(leaders_of(b, t), b->self)) {
        draw(j, b->keys->own, part, t.items);
        secret = job_vector(j, f, t.items);
        f->copy(f, secret, part, t.items);
    }
    for (size_t k = 0; k < b->keys->sets && !f->dry; k++) {
        const set_stream *s = &b->keys->set[k];
        if (s->members != followers) continue;
        draw(j, s->random, part, t.items);
        f->add_scaled(f, field_at(f, r, t.item), part, s->factor, t.items);
    }
    for (unsigned l = 0; l < b->threshold; l++)
        deal(j, (t.first + l) % b->nodes, secret, field_at(f, r, t.item), t.items);
}

/* --- dealing the bits of s_i */

/* Groups of bits from the lowest, none across the cut; how many. Active, those of lowest bits are of one. */
static size_t group_bits(const box *b, unsigned *bits, mask_shape shape)
{
    enum { ACTIVE_MOST = 2 }; /* of which all that is dealt shows in few products: bit_compare.c */
    const unsigned q = b->f->bits, many = b->audit ? ACTIVE_MOST : GROUP_MOST;
    size_t found = 0;

    for (unsigned at = 0; at < q;) {
        const unsigned end = at < shape.cut ? shape.cut : at < shape.grouped ? shape.grouped : q;
        const bool alone = b->audit && (at == 0 || at == shape.cut);
        const unsigned most = at < shape.grouped && !alone ? many : 1;
        bits[found] = end - at < most ? end - at : most;
        at += bits[found++];
    }
    return found;
}

static size_t monomials(const unsigned *bits, size_t groups)
{
    size_t all = 0;
    for (size_t k = 0; k < groups; k++) all += ((size_t)1 << bits[k]) - 1;
    return all;
}

/* The rows of all groups' products of bits, from rows of the bits. */
static void fill_monomials(uint64_t *row, const uint64_t *bit, const unsigned *bits, size_t groups,
                           size_t words)
{
    for (size_t g = 0; g < groups; g++) {
        for (size_t set = 1; set < (size_t)1 << bits[g]; set++) {
            size_t low = set & -set, rest = set ^ low;
            const uint64_t *one = bit + (size_t)__builtin_ctzll(low) * words;
            for (size_t k = 0; k < words; k++)
                row[(set - 1) * words + k] = rest ? row[(rest - 1) * words + k] & one[k] : one[k];
        }
        bit += bits[g] * words;
        row += (((size_t)1 << bits[g]) - 1) * words;
    }
}

static void transpose(const box *b, uint64_t *out, size_t stride, const void *v, size_t len)
{
    b->bits->transpose(out, stride, v, b->f->size / sizeof(uint64_t), b->f->bits, len);
}

/* dealt[l] += what leader l of each turn knows, as the products of the groups of its bits. */
static void deal_bits(job *j, bit_post *mail, const mask *m, const wires *dealt)
{
    const box *b = job_box(j);
    unsigned bits[BITS_MOST];
    size_t groups = group_bits(b, bits, m->shape);

    for (size_t i = 0; i < m->roles.count; i++) {
        turn t = m->roles.at[i];
        for (unsigned l = 0; l < b->threshold; l++) {
            unsigned leader = (t.first + l) % b->nodes;
            uint64_t *row = NULL;
            if (leader == b->self && m->own) {
                uint64_t *bit = job_words(j, b->f->bits * t.words);
                row = job_words(j, dealt[l].count * t.words);
                transpose(b, bit, t.words, field_at(b->f, m->own, t.item), t.items);
                fill_monomials(row, bit, bits, groups, t.words);
            }
            bits_deal(j, mail, t, (uint32_t)1 << leader, row, dealt[l]);
        }
    }
}

/* high += s_i >> cut of each leader. */
static void deal_high(job *j, const mask *m)
{
    const box *b = job_box(j);

    for (size_t i = 0; i < m->roles.count; i++) {
        turn t = m->roles.at[i];
        for (unsigned l = 0; l < b->threshold; l++) {
            unsigned leader = (t.first + l) % b->nodes;
            void *shifted = NULL;
            if (leader == b->self) {
                shifted = job_vector(j, b->f, t.items);
                b->f->shift(b->f, shifted, field_at(b->f, m->own, t.item), m->shape.cut, t.items);
            }
            deal(j, leader, shifted, field_at(b->f, m->high, t.item), t.items);
        }
    }
}

/* --- adding the s_i: end-around, on shared bits */

/* All planes of as many wires: out = a + b in GF(2^m). */
static void add_wires(job *j, wires out, wires a, wires b)
{
    size_t words = gf2m_degree(job_box(j)->nodes) * out.count * out.words;

    if (!out.v) return;
    if (out.v != a.v) memcpy(out.v, a.v, words * sizeof *out.v);
    job_box(j)->bits->add(out.v, b.v, words);
}

/* carry[k+1] = the majority of x_k, y_k and carry[k], k < upto: one product each, as many rounds. */
static void ripple(job *j, wires carry, wires x, wires y, size_t upto, turns over)
{
    void *mark = job_mark(j);

    for (size_t k = 0; k < upto; k++) {
        wires both = job_wires(j, 2, x.words), product = job_wires(j, 1, x.words);
        copy_wire(job_box(j), wire_at(both, 0), wire_at(x, k), x.words);
        copy_wire(job_box(j), wire_at(both, 1), wire_at(y, k), x.words);
        for (size_t i = 0; i < 2; i++)
            add_wire(job_box(j), wire_at(both, i), wire_at(carry, k), x.words);
        bits_and_over(j, product, &(bit_pair){wire_at(both, 0), wire_at(both, 1)}, over);
        copy_wire(job_box(j), wire_at(carry, k + 1), wire_at(carry, k), x.words);
        add_wire(job_box(j), wire_at(carry, k + 1), wire_at(product, 0), x.words);
        job_release(j, mark);
    }
}

/* carry[k] into bit k, carry[q] = carry[0] out of the highest. */
static void carries_by_ripples(job *j, wires carry, wires x, wires y, turns over)
{
    size_t q = x.count;

    ripple(j, carry, x, y, q, over); /* carry[0] is 0 */
    copy_wire(job_box(j), wire_at(carry, 0), wire_at(carry, q), x.words);
    ripple(j, carry, x, y, q - 1, over);
}

enum { SPAN_LEVELS = 9 }; /* halving up to 2^8 bits */

typedef struct span_tree {
    const span *level[SPAN_LEVELS];
    size_t count[SPAN_LEVELS];
    unsigned levels;
    size_t words;
    turns over;
} span_tree;

/* to = makes, or where it passes what comes: makes + passes (comes + makes). */
static wire to_pass(job *j, wires room, size_t k, wire comes, wire makes, size_t words)
{
    const wire to = wire_at(room, k);

    copy_wire(job_box(j), to, comes, words);
    add_wire(job_box(j), to, makes, words);
    return to;
}

/* The level above: of each pair, the upper makes one or passes on what the lower makes. */
static void span_up(job *j, span_tree *tree)
{
    unsigned at = tree->levels - 1;
    const span *c = tree->level[at];
    size_t pairs = tree->count[at] / 2, count = tree->count[at] - pairs;
    span *up = job_bytes(j, count * sizeof *up);
    bit_pair *pair = job_bytes(j, 2 * pairs * sizeof *pair);
    wires product = job_wires(j, 2 * pairs, tree->words), room = job_wires(j, pairs, tree->words);

    for (size_t k = 0; k < pairs; k++) {
        const span *low = &c[2 * k], *high = &c[2 * k + 1];
        pair[2 * k] =
            (bit_pair){high->passes, to_pass(j, room, k, low->makes, high->makes, tree->words)};
        pair[2 * k + 1] = (bit_pair){c[2 * k + 1].passes, c[2 * k].passes};
    }
    bits_and_over(j, product, pair, tree->over);
    for (size_t k = 0; k < pairs; k++) {
        up[k] = (span){wire_at(product, 2 * k), wire_at(product, 2 * k + 1)};
        add_wire(job_box(j), up[k].makes, c[2 * k + 1].makes, tree->words);
    }
    if (count > pairs) up[pairs] = c[2 * pairs];
    tree->level[at + 1] = up;
    tree->count[at + 1] = count;
    tree->levels++;
}

/* From the carries into the spans of the level above to those into the spans of level `at`. */
static wire *span_down(job *j, const span_tree *tree, unsigned at, const wire *above)
{
    const span *c = tree->level[at];
    size_t count = tree->count[at], pairs = count / 2;
    wire *into = job_bytes(j, count * sizeof *into);
    bit_pair *pair = job_bytes(j, pairs * sizeof *pair);
    wires product = job_wires(j, pairs, tree->words), room = job_wires(j, pairs, tree->words);

    for (size_t k = 0; k < pairs; k++)
        pair[k] =
            (bit_pair){c[2 * k].passes, to_pass(j, room, k, above[k], c[2 * k].makes, tree->words)};
    bits_and_over(j, product, pair, tree->over);
    for (size_t k = 0; k < pairs; k++) {
        into[2 * k] = above[k];
        into[2 * k + 1] = wire_at(product, k);
        add_wire(job_box(j), into[2 * k + 1], c[2 * k].makes, tree->words);
    }
    if (count % 2) into[count - 1] = above[pairs];
    return into;
}

wire bits_carries(job *j, wire *into, const span *leaf, size_t count, size_t words, turns over)
{
    span_tree tree = {.count = {count}, .levels = 1, .words = words, .over = over};

    tree.level[0] = leaf;
    while (tree.count[tree.levels - 1] > 1) span_up(j, &tree);
    wire out = tree.level[tree.levels - 1][0].makes, *at = &out;
    for (unsigned level = tree.levels - 1; level-- > 0;) at = span_down(j, &tree, level, at);
    memcpy(into, at, count * sizeof *into);
    return out;
}

static void carries_by_tree(job *j, wires carry, wires x, wires y, turns over)
{
    size_t q = x.count;
    span *leaf = job_bytes(j, q * sizeof *leaf);
    bit_pair *pair = job_bytes(j, q * sizeof *pair);
    wire *into = job_bytes(j, q * sizeof *into);
    wires makes = job_wires(j, q, x.words), passes = job_wires(j, q, x.words);

    for (size_t k = 0; k < q; k++) pair[k] = (bit_pair){wire_at(x, k), wire_at(y, k)};
    bits_and_over(j, makes, pair, over);
    add_wires(j, passes, x, y);
    for (size_t k = 0; k < q; k++) leaf[k] = (span){wire_at(makes, k), wire_at(passes, k)};
    wire out = bits_carries(j, into, leaf, q, x.words, over);
    for (size_t k = 0; k < q; k++) copy_wire(job_box(j), wire_at(carry, k), into[k], x.words);
    copy_wire(job_box(j), wire_at(carry, q), out, x.words);
}

static bool bytes_count_more(const mask *m)
{
    return m->len >= RIPPLE_FROM;
}

/* x = x + y mod p; carries into each bit and out of the highest. */
static void add_end_around(job *j, const mask *m, wires x, wires y, wires carry)
{
    void *mark = job_mark(j);

    (bytes_count_more(m) ? carries_by_ripples : carries_by_tree)(j, carry, x, y, m->roles);
    for (size_t k = 0; k < x.count; k++) {
        add_wire(job_box(j), wire_at(x, k), wire_at(y, k), x.words);
        add_wire(job_box(j), wire_at(x, k), wire_at(carry, k), x.words);
    }
    job_release(j, mark);
}

/* x + y + z = the sums of bits, left in x, and the majorities moved up by one, end-around, in y. */
static void save_carries(job *j, wires x, wires y, wires z, turns over)
{
    size_t q = x.count;
    void *mark = job_mark(j);
    wires xz = job_wires(j, q, x.words), yz = job_wires(j, q, x.words),
          product = job_wires(j, q, x.words);
    bit_pair *pair = job_bytes(j, q * sizeof *pair);

    add_wires(j, xz, x, z);
    add_wires(j, yz, y, z);
    for (size_t k = 0; k < q; k++) pair[k] = (bit_pair){wire_at(xz, k), wire_at(yz, k)};
    bits_and_over(j, product, pair, over);
    add_wires(j, product, product, z);
    add_wires(j, x, xz, y);
    for (size_t k = 0; k < q; k++)
        copy_wire(job_box(j), wire_at(y, (k + 1) % q), wire_at(product, k), x.words);
    job_release(j, mark);
}

/* dealt[0] = S. When S >> cut is wanted, every adder's two carries that it takes are kept. */
static void add_leaders(job *j, const mask *m, const wires *dealt)
{
    unsigned q = job_box(j)->f->bits, left = job_box(j)->threshold;
    size_t words = m->s.words;

    for (; !m->shape.high && left > 2; left--)
        save_carries(j, dealt[0], dealt[1], dealt[left - 1], m->roles);
    for (unsigned l = 1; l < left; l++) {
        void *mark = job_mark(j);
        wires carry = job_wires(j, q + 1, words);
        add_end_around(j, m, dealt[0], dealt[l], carry);
        if (m->shape.high) {
            copy_wire(job_box(j), wire_at(m->carries, 2 * (l - 1)), wire_at(carry, m->shape.cut),
                      words);
            copy_wire(job_box(j), wire_at(m->carries, 2 * l - 1), wire_at(carry, q), words);
        }
        job_release(j, mark);
    }
}

/* --- the same in active mode. A leader would deal what it likes, so it deals as little as it can: the number of each of
 * its sets is known to all members of the set, bit by bit, and so is a sharing already; what the leader deals are the
 * carries of adding these numbers, which are products like any other: with a, b the bits at one place and c the carry
 * into it, (a + c) (b + c) is c plus the carry out. */

/* The sets of a leader, without earlier leaders, by their members; the last of them are not known to all. */
static size_t sets_of_leader(const box *b, turn t, unsigned l, uint32_t *set)
{
    const uint32_t own = (uint32_t)1 << (t.first + l) % b->nodes,
                   earlier = nodes_from(b, t.first, l);
    size_t found = 0;

    for (uint64_t k = 0; k < (uint64_t)1 << b->nodes; k++) {
        uint32_t members = (uint32_t)k;
        bool is_set = (unsigned)__builtin_popcount(members) == b->nodes - b->threshold;
        if (is_set && members & own && !(members & earlier)) set[found++] = members;
    }
    return found;
}

/* The numbers of this node's sets, in 1 … p. */
static void draw_parts(job *j, making *to, turn t, void *r)
{
    const box *b = job_box(j);
    const field *f = b->f;

    for (size_t k = 0; k < b->keys->sets && !f->dry; k++) {
        const set_stream *s = &b->keys->set[k];
        void *part = field_at(f, to->part[k], t.item);
        draw(j, s->random, part, t.items);
        f->add_scaled(f, field_at(f, r, t.item), part, s->factor, t.items);
        spell_zero(f, part, t.items);
    }
}

static const void *part_of_set(const box *b, const making *of, uint32_t set)
{
    for (size_t k = 0; k < b->keys->sets; k++)
        if (b->keys->set[k].members == set) return of->part[k];
    return NULL;
}

/* x = x + y mod p in 1 … p, carry = the carries into each bit. Without a branch. */
static void add_with_carries(const field *f, void *x, const void *y, void *carry, size_t len)
{
    if (f->size == sizeof(uint64_t)) {
        const uint64_t p = f->p.limb[0], *b = y;
        uint64_t *a = x, *c = carry;
        for (size_t k = 0; k < len; k++) {
            uint64_t sum = a[k] + b[k], over = (p - sum) >> 63;
            sum -= p & (0 - over);
            c[k] = a[k] ^ b[k] ^ sum;
            a[k] = sum;
        }
    } else {
        const unum p = ((unum)1 << f->bits) - 1, *b = y;
        unum *a = x, *c = carry;
        for (size_t k = 0; k < len; k++) {
            unum sum = a[k] + b[k], over = (p - sum) >> 127;
            sum -= p & (0 - over);
            c[k] = a[k] ^ b[k] ^ sum;
            a[k] = sum;
        }
    }
}

/* The carry into bit k of one of a leader's additions. */
static wire carry_of(const making *of, unsigned l, size_t addition, size_t q, size_t k)
{
    return wire_at(of->carried[l], addition * q + k);
}

static size_t carry_places(const mask *m, unsigned which)
{
    return which ? 0 : m->shape.cut;
}

/* The carries of addition `at` that S >> cut takes are dealt in the field. `row` are all of its carries, at the
 * leader. */
static void deal_carry_pair(job *j, const mask *m, making *to, turn t, unsigned leader, size_t at,
                            const uint64_t *row)
{
    const box *b = job_box(j);
    const field *f = b->f;

    for (unsigned k = 0; m->shape.high && k < 2; k++) {
        void *number = NULL;
        if (row) {
            uint64_t *own = to->pair[at].own[k] + t.word;
            memcpy(own, row + carry_places(m, k) * t.words, t.words * sizeof *own);
            number = job_vector(j, f, t.items);
            bits_expand(number, f->size / sizeof(uint64_t), own, t.items);
        }
        deal(j, leader, number, field_at(f, to->pair[at].number[k], t.item), t.items);
    }
}

/* S >> cut is the sum of the numbers >> cut, with each addition's carry into bit `cut`, less 2^(q - cut) times its carry
 * out, which is that into bit 0. */
static void add_carry_pair(job *j, const mask *m, const making *of, turn t, unsigned l,
                           size_t addition, size_t at)
{
    const box *b = job_box(j);
    const field *f = b->f;
    void *high = field_at(f, m->high, t.item);

    for (unsigned k = 0; m->shape.high && k < 2; k++) {
        const carry_pair *pair = &of->pair[at];
        const wire carry = carry_of(of, l, addition, f->bits, carry_places(m, k));
        const void *number = field_at(f, pair->number[k], t.item);
        const element by =
            k ? field_minus(f, element_of(0), field_power_of_2(f, f->bits - m->shape.cut))
              : element_of(1);
        note_dealt(j, (t.first + l) % b->nodes, number, wire_from(carry, t.word),
                   pair->own[k] ? pair->own[k] + t.word : NULL, t.items);
        f->add_scaled(f, high, number, by, t.items);
    }
}

/* high += the numbers of this node's sets >> cut, which their members know. */
static void add_high_parts(job *j, const mask *m, const making *of, turn t)
{
    const box *b = job_box(j);
    const field *f = b->f;
    void *mark = job_mark(j), *shifted = job_vector(j, f, t.items);

    for (size_t k = 0; m->shape.high && k < b->keys->sets; k++) {
        const set_stream *s = &b->keys->set[k];
        if (s->members == followers_of(b, t)) continue;
        f->shift(f, shifted, field_at(f, of->part[k], t.item), m->shape.cut, t.items);
        f->add_scaled(f, field_at(f, m->high, t.item), shifted, s->factor, t.items);
    }
    job_release(j, mark);
}

/* A leader adds up its numbers, and deals the carries: those of its k-th addition are wires k q … of `carried`. `at`
 * counts the additions of all leaders. */
static void deal_carries_of(job *j, const mask *m, making *to, turn t, unsigned l, size_t *at)
{
    const box *b = job_box(j);
    const field *f = b->f;
    const unsigned q = f->bits, leader = (t.first + l) % b->nodes;
    uint32_t set[SMALL_SETS];
    const size_t sets = sets_of_leader(b, t, l, set);
    uint64_t *row = NULL;

    if (leader == b->self && m->own) {
        void *sum = field_at(f, m->own, t.item), *carry = job_vector(j, f, t.items);
        row = job_words(j, (sets - 1) * q * t.words);
        f->copy(f, sum, field_at(f, part_of_set(b, to, set[0]), t.item), t.items);
        for (size_t k = 1; k < sets; k++) {
            add_with_carries(f, sum, field_at(f, part_of_set(b, to, set[k]), t.item), carry, t.items);
            transpose(b, row + (k - 1) * q * t.words, t.words, carry, t.items);
        }
    }
    for (size_t k = 0; k + 1 < sets; k++)
        deal_carry_pair(j, m, to, t, leader, (*at)++, row ? row + k * q * t.words : NULL);
    bits_deal(j, &to->mail, t, (uint32_t)1 << leader, row, to->carried[l]);
}

/* The leader deals the products of the two bits of each group. */
static void deal_pairs(job *j, const mask *m, making *to, turn t)
{
    const box *b = job_box(j);
    unsigned bits[BITS_MOST];
    const size_t groups = group_bits(b, bits, m->shape);
    uint64_t *row = NULL;

    if (t.first == b->self && m->own && m->pairs.count) {
        uint64_t *bit = job_words(j, b->f->bits * t.words),
                 *at = row = job_words(j, m->pairs.count * t.words);
        transpose(b, bit, t.words, field_at(b->f, m->own, t.item), t.items);
        for (size_t g = 0; g < groups; bit += bits[g++] * t.words)
            for (size_t k = 0; bits[g] > 1 && k < t.words; k++) *at++ = bit[k] & bit[t.words + k];
    }
    bits_deal(j, &to->mail, t, (uint32_t)1 << t.first, row, m->pairs);
}

static void new_carry_pairs(job *j, const mask *m, making *to, size_t additions)
{
    const field *f = job_box(j)->f;

    to->pair = job_bytes(j, additions * sizeof *to->pair);
    for (size_t i = 0; i < additions; i++)
        for (unsigned k = 0; k < 2; k++) {
            to->pair[i].number[k] = job_vector(j, f, m->len);
            to->pair[i].own[k] = job_words(j, m->s.words);
            f->fill(f, to->pair[i].number[k], element_of(0), m->len);
        }
}

static void draw_and_deal_carries(job *j, const mask *m, making *to)
{
    const box *b = job_box(j);
    const field *f = b->f;
    size_t additions = 0;

    f->fill(f, m->r, element_of(0), m->len);
    f->fill(f, m->own, element_of(0), m->len);
    for (size_t k = 0; k < b->keys->sets; k++) to->part[k] = job_vector(j, f, m->len);
    for (unsigned l = 0; l < b->threshold; l++) {
        uint32_t set[SMALL_SETS];
        size_t sets = m->roles.count ? sets_of_leader(b, m->roles.at[0], l, set) : 1;
        to->carried[l] = job_wires(j, (sets - 1) * f->bits, m->s.words);
        additions += sets - 1;
    }
    if (m->shape.high) new_carry_pairs(j, m, to, additions);
    for (size_t i = 0; i < m->roles.count; i++) {
        turn t = m->roles.at[i];
        uint32_t followers = followers_of(b, t);
        draw_parts(j, to, t, m->r);
        if (m->own && node_in(followers, b->self))
            f->copy(f, field_at(f, m->own, t.item),
                    field_at(f, part_of_set(b, to, followers), t.item), t.items);
        add_high_parts(j, m, to, t);
        size_t at = 0;
        for (unsigned l = 0; l < b->threshold; l++) deal_carries_of(j, m, to, t, l, &at);
        deal_pairs(j, m, to, t);
    }
}

/* out = the bits of a set's numbers: known to its members. */
static void wires_of_set(job *j, const making *of, uint32_t set, turn t, wires out)
{
    const box *b = job_box(j);
    void *mark = job_mark(j);
    uint64_t *row = NULL;

    if (out.v) memset(out.v, 0, gf2m_degree(b->nodes) * out.count * out.words * sizeof *out.v);
    if (out.v && node_in(set, b->self)) {
        row = job_words(j, out.count * t.words);
        transpose(b, row, t.words, field_at(b->f, part_of_set(b, of, set), t.item), t.items);
        for (size_t k = 0; k < out.count; k++)
            bits_add_known(j, wire_at(out, k), row + k * t.words, set, t.words);
    }
    job_release(j, mark);
}

/* dealt[l] += next, with the carries of this addition, which are noted as products where they are: `next` becomes the second
 * factors, and the carries the products. All of one turn. */
static void add_noted(job *j, const making *of, unsigned l, size_t addition, wires next, turn t)
{
    const box *b = job_box(j);
    const wires sum = of->dealt[l];
    const size_t q = sum.count;
    void *mark = job_mark(j);
    wires factor = job_raw_wires(j, q, t.words);
    const wire first = wire_at(job_raw_wires(j, 1, t.words), 0);

    copy_wire(b, first, wire_from(carry_of(of, l, addition, q, 0), t.word), t.words);
    for (size_t k = 0; k < q; k++) {
        const wire x = wire_at(factor, k), y = wire_at(next, k),
                   to = wire_from(wire_at(sum, k), t.word),
                   z = wire_from(carry_of(of, l, addition, q, k), t.word);
        copy_wire(b, x, to, t.words);
        add_wire(job_box(j), x, z, t.words);
        add_wire(job_box(j), y, z, t.words);
        add_wire(job_box(j), to, y, t.words); /* sum + next + carry */
        add_wire(job_box(j), z,
                 k + 1 < q ? wire_from(carry_of(of, l, addition, q, k + 1), t.word) : first,
                 t.words);
        note_lasting_bit_products(j, x, y, z, t.items);
    }
    job_release(j, mark);
}

/* dealt[l] = the bits of s_l, of one turn; `at` counts the additions of all leaders. */
static void add_parts_of(job *j, const mask *m, making *of, turn t, unsigned l, size_t *at)
{
    const size_t q = job_box(j)->f->bits;
    uint32_t set[SMALL_SETS];
    const size_t sets = sets_of_leader(job_box(j), t, l, set);

    for (size_t k = 0; k < sets; k++) {
        void *mark = job_mark(j);
        wires next = job_raw_wires(j, q, t.words);
        wires_of_set(j, of, set[k], t, next);
        if (k == 0) {
            for (size_t i = 0; i < q; i++)
                add_wire(job_box(j), wire_from(wire_at(of->dealt[l], i), t.word), wire_at(next, i),
                         t.words);
        } else {
            add_carry_pair(j, m, of, t, l, k - 1, (*at)++);
            add_noted(j, of, l, k - 1, next, t);
        }
        job_release(j, mark);
    }
}

static void add_parts(job *j, const mask *m, making *of)
{
    for (size_t i = 0; i < m->roles.count; i++) {
        size_t at = 0;
        for (unsigned l = 0; l < job_box(j)->threshold; l++)
            add_parts_of(j, m, of, m->roles.at[i], l, &at);
    }
}

/* --- opening to B */

/* Node `k` of B, counted from the first after the leaders. */
static unsigned follower(const box *b, turn t, unsigned k)
{
    return (t.first + b->threshold + k % (b->nodes - b->threshold)) % b->nodes;
}

/* c = the opened x at the nodes of B, who get t shares from those of B after them. */
static void open_to_followers(job *j, turn t, void *c, const void *x)
{
    const box *b = job_box(j);
    unsigned points[NODES_MAX], count = b->nodes - b->threshold;
    element by[NODES_MAX];

    for (unsigned k = 0; k < count; k++)
        for (unsigned s = 1; s <= b->threshold; s++)
            if (follower(b, t, k + s) == b->self)
                job_send(j, follower(b, t, k), x, t.items * b->f->size);
    for (unsigned k = 0; k < count; k++) {
        if (follower(b, t, k) != b->self) continue;
        for (unsigned s = 0; s <= b->threshold; s++) points[s] = follower(b, t, k + s) + 1;
        lagrange(b->f, by, points, b->threshold + 1, 0);
        b->f->scale(b->f, c, x, by[0], t.items);
        for (unsigned s = 1; s <= b->threshold; s++)
            job_receive_share(j, points[s] - 1, c, by[s], t.items);
    }
}

/* w = c - r_B in 1 … p at the nodes of B. */
static void know_difference(job *j, masked *m, const void *c)
{
    const box *b = job_box(j);

    for (size_t i = 0; m->known && i < m->by.roles.count; i++) {
        turn t = m->by.roles.at[i];
        void *w = field_at(b->f, m->w, t.item);
        if (!node_in(followers_of(b, t), b->self)) continue;
        b->f->sub(b->f, w, field_at(b->f, c, t.item), field_at(b->f, m->by.own, t.item), t.items);
        spell_zero(b->f, w, t.items);
    }
}

/* The bits of w. */
static void know_bits(const box *b, masked *m)
{
    for (size_t i = 0; m->known && i < m->by.roles.count; i++) {
        turn t = m->by.roles.at[i];
        if (node_in(followers_of(b, t), b->self))
            transpose(b, m->known + t.word, words_of(m->by.len), field_at(b->f, m->w, t.item),
                      t.items);
    }
}

/* --- making masks */

static void draw_mask(job *j, const mask *m)
{
    const box *b = job_box(j);
    const field *f = b->f;

    f->fill(f, m->r, element_of(0), m->len);
    f->fill(f, m->own, element_of(0), m->len);
    for (size_t i = 0; i < m->roles.count; i++)
        (b->keys->small ? draw_small : draw_large)(j, m->roles.at[i], m->r, m->own);
    for (size_t i = 0; i < m->roles.count; i++) {
        turn t = m->roles.at[i];
        if (node_in(leaders_of(b, t), b->self)) spell_zero(f, field_at(f, m->own, t.item), t.items);
    }
}

static mask new_mask(job *j, mask_shape shape, turns over, size_t len, size_t words, making *to)
{
    const box *b = job_box(j);
    unsigned bits[BITS_MOST];
    const size_t rows = monomials(bits, group_bits(b, bits, shape)), alone = b->f->bits;
    mask m = {.shape = shape, .roles = over, .len = len};

    *to = (making){.mail = {NULL}};
    m.r = job_vector(j, b->f, len);
    m.own = job_vector(j, b->f, len);
    m.s = to->dealt[0] = job_wires(j, b->audit ? alone : rows, words);
    m.pairs = job_wires(j, b->audit ? rows - alone : 0, words);
    if (!shape.high) return m;
    m.high = job_vector(j, b->f, len);
    m.carries = job_wires(j, 2 * (b->threshold - 1), words);
    b->f->fill(b->f, m.high, element_of(0), len);
    return m;
}

/* Queues what makes the mask; r is right at once while all sets have keys, all of it after end_mask. */
static void begin_mask(job *j, const mask *m, making *to)
{
    for (unsigned l = 1; l < job_box(j)->threshold; l++)
        to->dealt[l] = job_wires(j, m->s.count, m->s.words);
    if (job_box(j)->audit) {
        draw_and_deal_carries(j, m, to);
        return;
    }
    draw_mask(j, m);
    deal_bits(j, &to->mail, m, to->dealt);
    if (m->shape.high) deal_high(j, m);
}

static void end_mask(job *j, const mask *m, making *to)
{
    bits_arrive(j, &to->mail);
    if (job_box(j)->audit) add_parts(j, m, to);
    add_leaders(j, m, to->dealt);
}

static mask_shape right_shape(const box *b, mask_shape shape)
{
    if (b->threshold > 1) shape.grouped = 0;
    return shape;
}

mask make_mask(job *j, mask_shape shape, turns over, size_t len, size_t words)
{
    making to;
    mask m = new_mask(j, right_shape(job_box(j), shape), over, len, words, &to);
    void *mark = job_mark(j);

    begin_mask(j, &m, &to);
    job_wait(j);
    end_mask(j, &m, &to);
    job_release(j, mark);
    return m;
}

/* The numbers of all sets are added up but for those with which a leader begins, and that of B. */
static size_t additions_of_mask(const box *b)
{
    return keys_sets(b->nodes, b->threshold) - b->threshold - 1;
}

size_t mask_products(const box *b, mask_shape shape)
{
    enum { OF_ADDER = 4, CARRIES = 2 };
    const size_t added = additions_of_mask(b), of_bit = added + OF_ADDER * (b->threshold - 1);

    return b->f->bits * of_bit + (shape.high ? CARRIES * added * WORD_BITS : 0);
}

size_t masks_at_once(const job *j, mask_shape shape, size_t products)
{
    const box *b = job_box(j);
    const size_t all = SIZE_MAX / WORD_BITS,
                 words = b->audit ? batch_items(j, mask_products(b, shape) + b->f->bits * products)
                                  : all;

    return (words < all ? words : all) * WORD_BITS;
}

/* --- masking */

wire masked_carry(const masked *m, size_t k)
{
    return wire_from(wire_at(m->by.carries, k), m->by.word);
}

void masked_add_known(job *j, const masked *m, const uint64_t *row, wire out)
{
    const box *b = job_box(j);

    for (size_t i = 0; row && i < m->by.roles.count; i++) {
        turn t = m->by.roles.at[i];
        bits_add_known(j, wire_from(out, t.word), row + t.word, followers_of(b, t), t.words);
    }
}

void masked_add_bit(job *j, const masked *m, size_t k, wire out)
{
    masked_add_known(j, m, m->known ? m->known + k * words_of(m->by.len) : NULL, out);
}

/* Room for w and its bits, which are 0, and for what describe_groups says. */
static masked new_masked(job *j, mask by)
{
    const box *b = job_box(j);
    const unsigned q = b->f->bits;
    unsigned bits[BITS_MOST];
    masked m = {.by = by, .groups = group_bits(b, bits, by.shape)};

    m.w = job_vector(j, b->f, by.len);
    m.known = job_words(j, q * words_of(by.len));
    m.group = job_bytes(j, m.groups * sizeof *m.group);
    m.bit = job_bytes(j, q * sizeof *m.bit);
    b->f->fill(b->f, m.w, element_of(0), by.len);
    return m;
}

static void describe_groups(const box *b, masked *m)
{
    unsigned bits[BITS_MOST];
    size_t words = words_of(m->by.len), row = 0, bit = 0, pair = 0;

    group_bits(b, bits, m->by.shape);

    for (size_t g = 0; g < m->groups; g++) {
        bit_group *to = &m->group[g];
        to->bits = bits[g];
        to->lowest = bit == 0 || bit == m->by.shape.cut;
        for (size_t set = 1; set < (size_t)1 << bits[g]; set++) {
            bool apart = m->by.pairs.count && (set & (set - 1));
            wire of = apart ? wire_at(m->by.pairs, pair++) : wire_at(m->by.s, row++);
            to->monomial[set - 1] = wire_from(of, m->by.word);
        }
        for (unsigned k = 0; k < bits[g]; k++, bit++) {
            m->bit[bit] = to->monomial[((size_t)1 << k) - 1];
            to->known[k] = m->known ? m->known + bit * words : NULL;
        }
    }
}

masked mask_open(job *j, const void *d, mask_shape shape, size_t len)
{
    const box *b = job_box(j);
    mask by;
    making to;

    shape = right_shape(b, shape);
    bool ready = pool_mask(j, shape, len, &by);
    if (!ready) by = new_mask(j, shape, turns_over(j, len), len, words_of(len), &to);
    masked m = new_masked(j, by);

    void *mark = job_mark(j), *c = job_vector(j, b->f, len), *x = job_vector(j, b->f, len);
    if (!ready) begin_mask(j, &m.by, &to);
    if (!ready && !b->keys->small) job_wait(j); /* for the leaders' parts of r */
    b->f->add(b->f, x, m.by.r, d, len);
    for (size_t i = 0; i < m.by.roles.count; i++) {
        turn t = m.by.roles.at[i];
        open_to_followers(j, t, field_at(b->f, c, t.item), field_at(b->f, x, t.item));
    }
    job_wait(j);
    if (!ready) end_mask(j, &m.by, &to);
    for (size_t i = 0; i < m.by.roles.count; i++) {
        turn t = m.by.roles.at[i];
        note_opening(j, followers_of(b, t), field_at(b->f, x, t.item), field_at(b->f, c, t.item),
                     t.items);
    }
    know_difference(j, &m, c);
    know_bits(b, &m);
    job_release(j, mark);
    describe_groups(b, &m);
    return m;
}

masked mask_less(job *j, const masked *m, const void *end)
{
    const box *b = job_box(j);
    masked less = new_masked(j, m->by);

    b->f->sub(b->f, less.w, m->w, end, m->by.len);
    know_bits(b, &less);
    describe_groups(b, &less);
    return less;
}
