/* From shares of a bit to shares of 0 or 1 in the prime field.
 *
 * A bit that is known in parts b_1 xor … xor b_t xor b_B, part i to leader i and b_B to all of B, is dealt in the
 * field by the leaders, joined by products, and the last product is dealt by t + 1 nodes of B, which know a factor
 * of it. At n = 3 every shared bit is known so: one summand to the leader alone, one to the two others. Beyond, a
 * random bit is (as daBits of Rotaru, Wood 2019; here PRSS gives its parts), and the bit xor that is opened. */
#include "runtime/audit.h"
#include "runtime/bit_pool.h"
#include "runtime/points.h"

#include <string.h>

/* What is known of a vector of bits here: rows of turn.words, [wire], of each turn. */
typedef struct parts {
    turns roles;
    uint64_t **own; /* by turn: a leader's part, or that of B */
    size_t wires, len;
    wires dealt[NODES_MAX]; /* active: shares of each leader's part */
} parts;

static parts new_parts(job *j, turns over, size_t wires_count, size_t len)
{
    return (parts){.roles = over,
                   .own = job_bytes(j, over.count * sizeof(uint64_t *)),
                   .wires = wires_count,
                   .len = len};
}

static uint32_t bit_of(const box *b)
{
    return (uint32_t)1 << b->self;
}

/* --- n = 3: the parts of a shared bit */

/* The linear function that gives the summand of the set: 1 at its factor, 0 at that of this node's other set. */
static gf2m summand_row(const box *b, uint32_t set)
{
    gf2m one = 0, other = 0, row = 1;

    for (size_t k = 0; k < b->keys->sets; k++)
        *(b->keys->set[k].members == set ? &one : &other) = b->keys->set[k].bit_factor;
    while (__builtin_popcount(row & one) % 2 != 1 || __builtin_popcount(row & other) % 2) row++;
    return row;
}

/* The leader's part is the sum of both of its summands, that of B the summand of B. */
static gf2m part_row(const box *b, turn t)
{
    uint32_t followers = followers_of(b, t), both = 0;

    if (node_in(followers, b->self)) return summand_row(b, followers);
    for (size_t k = 0; k < b->keys->sets; k++) both ^= summand_row(b, b->keys->set[k].members);
    return (gf2m)both;
}

/* The leader's part is the bit less what B knows. */
static wires part_of_leader(job *j, const parts *p, wires x)
{
    const box *b = job_box(j);
    wires part = job_wires(j, x.count, x.words);

    if (!part.v) return part;
    memcpy(part.v, x.v, gf2m_degree(b->nodes) * x.count * x.words * sizeof *x.v);
    for (size_t i = 0; i < p->roles.count; i++) {
        turn t = p->roles.at[i];
        uint32_t followers = followers_of(b, t);
        for (size_t k = 0; node_in(followers, b->self) && k < x.count; k++)
            bits_add_known(j, wire_from(wire_at(part, k), t.word), p->own[i] + k * t.words,
                           followers, t.words);
    }
    return part;
}

static void take_apart(job *j, parts *p, wires x)
{
    const box *b = job_box(j);

    for (size_t i = 0; i < p->roles.count; i++) {
        turn t = p->roles.at[i];
        uint64_t *own = p->own[i] = job_words(j, x.count * t.words);
        for (size_t k = 0; own && k < x.count; k++)
            b->bits->linear(own + k * t.words, wire_from(wire_at(x, k), t.word), part_row(b, t),
                            t.words);
    }
    if (b->audit) p->dealt[0] = part_of_leader(j, p, x);
}

/* --- n > 3: random bits by parts */

static void draw(job *j, stream *s, uint64_t *out, size_t words)
{
    if (!stream_bits(s, out, words)) job_fail(j, E_MEMORY, "libcrypto is out of memory");
}

static void add_set(const box *b, wires out, turn t, const uint64_t *row, gf2m factor)
{
    for (size_t k = 0; k < out.count; k++)
        b->bits->add_scaled(wire_from(wire_at(out, k), t.word), row + k * t.words, factor,
                            gf2m_degree(b->nodes), t.words);
}

/* The leader whose part a set's bit counts in. */
static unsigned first_leader(const box *b, turn t, uint32_t members)
{
    unsigned l = 0;
    while (!node_in(members, (t.first + l) % b->nodes)) l++;
    return l;
}

/* A bit from each set; a leader's part is the sum over its sets without an earlier leader. */
static void draw_small(job *j, turn t, uint64_t *own, wires out, wires *dealt)
{
    const box *b = job_box(j);
    size_t words = out.count * t.words;
    uint32_t leaders = leaders_of(b, t), followers = followers_of(b, t), earlier = 0;
    uint64_t *row = job_words(j, words);

    for (unsigned k = t.first; k % b->nodes != b->self && node_in(leaders, k % b->nodes); k++)
        earlier |= (uint32_t)1 << k % b->nodes;
    for (size_t k = 0; row && k < b->keys->sets; k++) {
        const set_stream *s = &b->keys->set[k];
        draw(j, s->bits, row, words);
        add_set(b, out, t, row, s->bit_factor);
        if (b->audit && s->members != followers)
            add_set(b, dealt[first_leader(b, t, s->members)], t, row, s->bit_factor);
        if (node_in(leaders, b->self) ? !(s->members & earlier) : s->members == followers)
            b->bits->add(own, row, words);
    }
}

/* Leaders choose their parts and deal them; that of B comes from the stream of B. */
static void draw_large(job *j, bit_post *mail, turn t, uint64_t *own, wires out)
{
    const box *b = job_box(j);
    size_t words = out.count * t.words;
    uint32_t leaders = leaders_of(b, t), followers = followers_of(b, t);

    if (own && node_in(leaders, b->self)) draw(j, b->keys->own_bits, own, words);
    for (size_t k = 0; own && k < b->keys->sets; k++)
        if (b->keys->set[k].members == followers) {
            draw(j, b->keys->set[k].bits, own, words);
            add_set(b, out, t, own, b->keys->set[k].bit_factor);
        }
    bits_deal(j, mail, t, leaders, own, out);
}

/* out = random bits, and p what is known of them; whole when what is posted has come. */
static void random_parts(job *j, bit_post *mail, parts *p, wires out)
{
    for (unsigned l = 0; job_box(j)->audit && l < job_box(j)->threshold; l++)
        p->dealt[l] = job_wires(j, out.count, out.words);
    for (size_t i = 0; i < p->roles.count; i++) {
        turn t = p->roles.at[i];
        p->own[i] = job_words(j, out.count * t.words);
        if (job_box(j)->keys->small)
            draw_small(j, t, p->own[i], out, p->dealt);
        else
            draw_large(j, mail, t, p->own[i], out);
    }
}

/* --- from parts to the field */

/* This node's part of the turn's bits of wire k, as elements. */
static void *own_elements(job *j, const parts *p, size_t i, size_t k)
{
    const field *f = job_box(j)->f;
    turn t = p->roles.at[i];
    void *v = job_vector(j, f, t.items);

    if (v) bits_expand(v, f->size / sizeof(uint64_t), p->own[i] + k * t.words, t.items);
    return v;
}

/* part[i] += what leader i of every turn knows. */
static void deal_parts(job *j, const parts *p, void **part)
{
    const box *b = job_box(j);

    for (size_t i = 0; i < p->roles.count; i++) {
        turn t = p->roles.at[i];
        for (unsigned l = 0; l < b->threshold; l++)
            for (size_t k = 0; k < p->wires; k++) {
                unsigned leader = (t.first + l) % b->nodes;
                deal(j, leader, leader == b->self ? own_elements(j, p, i, k) : NULL,
                     field_at(b->f, part[l], k * p->len + t.item), t.items);
            }
    }
}

/* x = x xor y, given xy. */
static void exclusive(const field *f, void *x, const void *y, const void *both, size_t len)
{
    f->add(f, x, x, y, len);
    f->sub(f, x, x, both, len);
    f->sub(f, x, x, both, len);
}

/* Notes what the leaders dealt. */
static void note_parts(job *j, const parts *p, void **part)
{
    const box *b = job_box(j);

    for (size_t i = 0; b->audit && i < p->roles.count; i++) {
        turn t = p->roles.at[i];
        for (unsigned l = 0; l < b->threshold; l++)
            for (size_t k = 0; k < p->wires; k++)
                note_dealt(j, (t.first + l) % b->nodes, field_at(b->f, part[l], k * p->len + t.item),
                           wire_from(wire_at(p->dealt[l], k), t.word),
                           p->own[i] ? p->own[i] + k * t.words : NULL, t.items);
    }
}

/* part[0] = the xor of `count` parts, in a tree. */
static void join(job *j, void **part, unsigned count, size_t len)
{
    const field *f = job_box(j)->f;

    for (unsigned left = count; left > 1; left -= left / 2) {
        unsigned pairs = left / 2, upper = left - pairs;
        void *mark = job_mark(j), *x = job_vector(j, f, pairs * len),
             *y = job_vector(j, f, pairs * len);
        for (unsigned k = 0; k < pairs; k++) {
            f->copy(f, field_at(f, x, k * len), part[k], len);
            f->copy(f, field_at(f, y, k * len), part[upper + k], len);
        }
        multiply(j, x, x, y, pairs * len);
        for (unsigned k = 0; k < pairs; k++)
            exclusive(f, part[k], part[upper + k], field_at(f, x, k * len), len);
        job_release(j, mark);
    }
}

/* This node's coefficient in a value at 0 of degree t, among `speakers`. */
static element speaker_factor(const box *b, turn t)
{
    unsigned points[NODES_MAX] = {0};
    element by[NODES_MAX], own = element_of(0);

    for (unsigned k = 0; k <= b->threshold; k++)
        points[k] = (t.first + b->threshold + k) % b->nodes + 1;
    lagrange(b->f, by, points, b->threshold + 1, 0);
    for (unsigned k = 0; k <= b->threshold; k++)
        if (points[k] == b->self + 1) own = by[k];
    return own;
}

static element set_factor(const box *b, uint32_t set)
{
    return set_function(b->f, set, b->nodes, b->self + 1);
}

/* One turn of one wire: queues x times what B knows into `both`, and adds what B knows to `known`. */
static void multiply_by_known(job *j, const parts *p, size_t i, size_t k, const void *x, void *both,
                              void *known)
{
    const box *b = job_box(j);
    turn t = p->roles.at[i];
    size_t at = k * p->len + t.item;
    void *v = NULL, *product = NULL;

    if (followers_of(b, t) & bit_of(b)) {
        v = own_elements(j, p, i, k);
        b->f->add_scaled(b->f, field_at(b->f, known, at), v, set_factor(b, followers_of(b, t)),
                         t.items);
    }
    if (speakers_of(b, t) & bit_of(b)) {
        product = job_vector(j, b->f, t.items);
        b->f->mul(b->f, product, v, field_at(b->f, x, at), t.items);
        b->f->scale(b->f, product, product, speaker_factor(b, t), t.items);
    }
    for (unsigned s = 0; s <= b->threshold; s++)
        deal(j, (t.first + b->threshold + s) % b->nodes, product, field_at(b->f, both, at), t.items);
}

/* out = the xor of all parts: [wire][len]. */
static void parts_to_field(job *j, void *out, const parts *p, void **part)
{
    const field *f = job_box(j)->f;
    size_t all = p->wires * p->len;
    void *mark = job_mark(j), *both = job_vector(j, f, all), *known = job_vector(j, f, all);

    join(j, part, job_box(j)->threshold, all);
    f->fill(f, both, element_of(0), all);
    f->fill(f, known, element_of(0), all);
    for (size_t i = 0; i < p->roles.count; i++)
        for (size_t k = 0; k < p->wires; k++) multiply_by_known(j, p, i, k, part[0], both, known);
    job_wait(j);
    job_count_products(j, all);
    note_products(j, part[0], known, both, all);
    f->copy(f, out, part[0], all);
    exclusive(f, out, known, both, all);
    job_release(j, mark);
}

/* out = out xor e, of public bits. */
static void flip(job *j, void *out, const uint64_t *e, size_t count, size_t len)
{
    const field *f = job_box(j)->f;
    size_t all = count * len, words = words_of(len);
    void *mark = job_mark(j), *flips = job_vector(j, f, all), *both = job_vector(j, f, all);

    for (size_t k = 0; e && k < count; k++)
        bits_expand(field_at(f, flips, k * len), f->size / sizeof(uint64_t), e + k * words, len);
    f->mul(f, both, out, flips, all);
    exclusive(f, out, flips, both, all);
    job_release(j, mark);
}

/* out = the parts, dealt and joined. What `mail` brings comes with the first round. */
static void join_parts(job *j, bit_post *mail, void *out, const parts *p)
{
    const field *f = job_box(j)->f;
    void *part[NODES_MAX];

    for (unsigned l = 0; l < job_box(j)->threshold; l++) {
        part[l] = job_vector(j, f, p->wires * p->len);
        f->fill(f, part[l], element_of(0), p->wires * p->len);
    }
    deal_parts(j, p, part);
    job_wait(j);
    bits_arrive(j, mail);
    note_parts(j, p, part);
    parts_to_field(j, out, p, part);
}

random_bit_pairs make_bit_pairs(job *j, turns over, size_t len, size_t words)
{
    random_bit_pairs made = {job_wires(j, 1, words), job_vector(j, job_box(j)->f, len)};
    void *mark = job_mark(j);
    parts p = new_parts(j, over, 1, len);
    bit_post mail = {NULL};

    random_parts(j, &mail, &p, made.bit);
    join_parts(j, &mail, made.number, &p);
    job_release(j, mark);
    return made;
}

wires make_random_bits(job *j, turns over, size_t len)
{
    wires made = job_wires(j, 1, words_of(len));
    void *mark = job_mark(j);
    parts p = new_parts(j, over, 1, len);
    bit_post mail = {NULL};

    random_parts(j, &mail, &p, made);
    if (!job_box(j)->keys->small) job_wait(j);
    bits_arrive(j, &mail);
    job_release(j, mark);
    return made;
}

/* Turns that go over each of `count` vectors of len items, one after the other. */
static turns turns_of_vectors(job *j, size_t count, size_t len)
{
    turns all = {NULL, 0};

    for (size_t k = 0; k < count; k++) {
        turns one = turns_over(j, len);
        if (!k) all.at = job_bytes(j, count * one.count * sizeof *all.at);
        for (size_t i = 0; i < one.count; i++) {
            turn t = one.at[i];
            t.word += k * words_of(len), t.item += k * len;
            all.at[all.count++] = t;
        }
    }
    return all;
}

/* x += random bits times each power of the root but 1: what covers a bit then covers an element of GF(2^m). */
static void cover_whole(job *j, wires x, size_t len)
{
    const box *b = job_box(j);
    const unsigned m = gf2m_degree(b->nodes);
    void *mark = job_mark(j);
    turn all = {.words = x.words, .items = len};
    uint64_t *row = job_words(j, x.count * x.words);

    for (unsigned a = 1; row && a < m; a++)
        for (size_t k = 0; k < b->keys->sets; k++) {
            const set_stream *s = &b->keys->set[k];
            draw(j, s->bits, row, x.count * x.words);
            add_set(b, x, all, row, gf2m_times(m, s->bit_factor, (gf2m)(1u << a)));
        }
    job_release(j, mark);
}

/* n > 3: x xor random bits is opened, and the random numbers flipped by it. */
static void flip_random(job *j, void *out, wires x, size_t len)
{
    const box *b = job_box(j);
    size_t m = gf2m_degree(b->nodes), all = x.count * len, words = x.count * x.words;
    random_bit_pairs pairs;
    size_t word = 0;

    if (!pool_bit_pairs(j, x.count, len, &pairs, &word))
        pairs = make_bit_pairs(j, turns_of_vectors(j, x.count, len), all, words);
    wires blind = job_wires(j, x.count, x.words);
    uint64_t *opened = job_words(j, words);
    for (size_t a = 0; blind.v && a < m; a++) {
        const uint64_t *random = wire_at(pairs.bit, 0).v + a * pairs.bit.words + word;
        memcpy(blind.v + a * words, x.v + a * words, words * sizeof *x.v);
        b->bits->add(blind.v + a * words, random, words);
    }
    if (b->audit) {
        cover_whole(j, blind, len);
        bits_open_whole(j, opened, blind, len, "masked bits");
    } else {
        bits_open(j, opened, blind, len);
    }
    b->f->copy(b->f, out, pairs.number, all);
    flip(j, out, opened, x.count, len);
}

static void all_to_field(job *j, void *out, wires x, size_t len)
{
    void *mark = job_mark(j);
    bit_post mail = {NULL};

    if (job_box(j)->nodes > 3) {
        flip_random(j, out, x, len);
    } else {
        parts p = new_parts(j, turns_over(j, len), x.count, len);
        take_apart(j, &p, x);
        join_parts(j, &mail, out, &p);
    }
    job_release(j, mark);
}

/* --- in active mode no more at once than one check point takes */

size_t bits_at_once(const job *j)
{
    const size_t bits = batch_items(j, 2 * (size_t)job_box(j)->threshold);

    return bits < WORD_BITS ? WORD_BITS : bits - bits % WORD_BITS;
}

/* A copy of `count` wires from `first` on, of words from `word` on. */
static wires cut_wires(job *j, wires x, size_t first, size_t count, size_t word, size_t words)
{
    wires part = job_raw_wires(j, count, words);

    for (size_t k = 0; k < count; k++)
        copy_wire(job_box(j), wire_at(part, k), wire_from(wire_at(x, first + k), word), words);
    return part;
}

void bits_to_field(job *j, void *out, wires x, size_t len)
{
    const size_t most = bits_at_once(j), rows = len && len < most ? most / len : 1,
                 items = least(len, most);

    if (x.count <= rows && len <= items) {
        all_to_field(j, out, x, len);
        check_when_full(j);
        return;
    }
    for (size_t k = 0; k < x.count; k += rows)
        for (size_t at = 0; at < len; at += items) {
            const size_t part = least(items, len - at);
            void *mark = job_mark(j);
            all_to_field(
                j, field_at(job_box(j)->f, out, k * len + at),
                cut_wires(j, x, k, least(rows, x.count - k), at / WORD_BITS, words_of(part)), part);
            job_release(j, mark);
            check_when_full(j);
        }
}
