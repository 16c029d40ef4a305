/* Sharing bits over GF(2^m): roles that rotate, dealing, products, opening. */
#include "runtime/audit.h"
#include "runtime/bit_protocol.h"

enum { WORDS_AT_ONCE = 4096 }; /* worked on while they are in the cache */

static unsigned degree(const box *b)
{
    return gf2m_degree(b->nodes);
}

/* --- roles */

uint32_t nodes_from(const box *b, unsigned first, unsigned count)
{
    uint32_t set = 0;
    for (unsigned k = 0; k < count; k++) set |= (uint32_t)1 << (first + k) % b->nodes;
    return set;
}

bool node_in(uint32_t set, unsigned node)
{
    return node < NODES_MAX && set >> node & 1;
}

turns turns_over(job *j, size_t len)
{
    box *b = job_box(j);
    size_t words = words_of(len);
    turns all = {.count = words < b->nodes ? words : b->nodes};

    all.at = job_bytes(j, all.count * sizeof *all.at);
    for (size_t k = 0; k < all.count; k++) {
        turn *t = &all.at[k];
        t->first = (unsigned)((b->turn + k) % b->nodes);
        t->word = words * k / all.count;
        t->words = words * (k + 1) / all.count - t->word;
        t->item = t->word * WORD_BITS;
        t->items = k + 1 < all.count ? t->words * WORD_BITS : len - t->item;
    }
    b->turn = (unsigned)((b->turn + all.count) % b->nodes);
    return all;
}

uint32_t leaders_of(const box *b, turn t)
{
    return nodes_from(b, t.first, b->threshold);
}

uint32_t followers_of(const box *b, turn t)
{
    return nodes_from(b, t.first + b->threshold, b->nodes - b->threshold);
}

uint32_t speakers_of(const box *b, turn t)
{
    return nodes_from(b, t.first + b->threshold, b->threshold + 1);
}

gf2m bits_row_among(const box *b, uint32_t among)
{
    unsigned m = degree(b);
    return gf2m_trace_of_product(
        m, gf2m_times(m, gf2m_of_trace_1(m), gf2m_lagrange(m, among, b->self)));
}

gf2m speaker_row(const box *b, turn t)
{
    return bits_row_among(b, speakers_of(b, t));
}

/* --- memory */

uint64_t *job_own_words(job *j, size_t words)
{
    if (job_box(j)->edge->dry) return NULL;
    if (words > SIZE_MAX / sizeof(uint64_t)) job_fail(j, E_MEMORY, "out of memory");
    return job_zeros(j, words * sizeof(uint64_t));
}

uint64_t *job_words(job *j, size_t words)
{
    return job_box(j)->f->dry ? NULL : job_own_words(j, words);
}

wires job_wires(job *j, size_t count, size_t words)
{
    return (wires){job_words(j, degree(job_box(j)) * count * words), count, words};
}

uint64_t *job_raw_words(job *j, size_t words)
{
    if (job_box(j)->f->dry) return NULL;
    if (words > SIZE_MAX / sizeof(uint64_t)) job_fail(j, E_MEMORY, "out of memory");
    return job_bytes(j, words * sizeof(uint64_t));
}

wires job_raw_wires(job *j, size_t count, size_t words)
{
    return (wires){job_raw_words(j, degree(job_box(j)) * count * words), count, words};
}

void copy_wire(const box *b, wire to, wire x, size_t words)
{
    for (unsigned a = 0; to.v && a < degree(b); a++)
        memcpy(to.v + a * to.stride, x.v + a * x.stride, words * sizeof *to.v);
}

void add_wire(const box *b, wire to, wire x, size_t words)
{
    for (unsigned a = 0; to.v && a < degree(b); a++)
        b->bits->add(to.v + a * to.stride, x.v + a * x.stride, words);
}

void copy_items(const box *b, wire out, size_t to, wire in, size_t from, size_t len)
{
    for (unsigned a = 0; out.v && a < degree(b); a++)
        bits_copy(out.v + a * out.stride, to, in.v + a * in.stride, from, len);
}

/* --- dealing */

/* What all nodes do alike. */
static turn one_turn(size_t len)
{
    return (turn){.words = words_of(len), .items = len};
}

/* Bits on their way: rows of single bits that count with `factor`, or (factor 0) all planes of shares. */
typedef struct bit_arrival {
    struct bit_arrival *next;
    uint8_t *packed;
    wires out;
    turn t;
    gf2m factor;
    unsigned from;
} bit_arrival;

static void draw_bits(job *j, stream *s, uint64_t *out, size_t words)
{
    if (!stream_bits(s, out, words)) job_fail(j, E_MEMORY, "libcrypto is out of memory");
}

/* Wires from + 0 … rows-1 of `out` += factor times the rows. */
static void add_rows(const box *b, wires out, turn t, size_t from, size_t rows, const uint64_t *row,
                     gf2m factor)
{
    for (size_t k = 0; k < rows; k++)
        b->bits->add_scaled(wire_from(wire_at(out, from + k), t.word), row + k * t.words, factor,
                            degree(b), t.words);
}

static void expect_bits(job *j, bit_post *mail, bit_arrival a, unsigned from, size_t rows)
{
    size_t bytes = bits_packed(rows, a.t.items);
    bit_arrival *kept = job_bytes(j, sizeof *kept);

    *kept = a;
    kept->from = from;
    kept->next = mail->first;
    kept->packed = job_box(j)->f->dry ? NULL : job_bytes(j, bytes);
    mail->first = kept;
    job_receive_even(j, from, kept->packed, bytes);
}

static void send_bits(job *j, unsigned to, const uint64_t *row, size_t rows, turn t)
{
    size_t bytes = bits_packed(rows, t.items);
    uint8_t *packed = row ? job_bytes(j, bytes) : NULL;

    if (row) bits_pack(packed, row, t.words, rows, t.items);
    job_send(j, to, packed, bytes);
}

static size_t rows_at_once(turn t)
{
    return t.words < WORDS_AT_ONCE ? WORDS_AT_ONCE / (t.words + 1) + 1 : 1;
}

/* For every set with the dealer and this node, but the one that is sent to, a bit from the set's stream. */
static void draw_summands(job *j, turn t, unsigned dealer, uint64_t *own, wires out, uint32_t sent)
{
    const box *b = job_box(j);
    size_t most = rows_at_once(t);
    void *mark = job_mark(j);
    uint64_t *random = job_raw_words(j, most * t.words);

    for (size_t at = 0; at < out.count; at += most) {
        size_t rows = out.count - at < most ? out.count - at : most;
        for (size_t k = 0; k < b->keys->sets; k++) {
            const set_stream *s = &b->keys->set[k];
            if (s->members == sent || !node_in(s->members, dealer)) continue;
            draw_bits(j, s->bits, random, rows * t.words);
            add_rows(b, out, t, at, rows, random, s->bit_factor);
            if (dealer == b->self) b->bits->add(own + at * t.words, random, rows * t.words);
        }
    }
    job_release(j, mark);
}

/* As a replicated sharing: what remains of the dealer's bit goes to one set of its own. */
static void deal_replicated(job *j, bit_post *mail, turn t, unsigned dealer, uint64_t *own, wires out)
{
    const box *b = job_box(j);
    uint32_t sent = nodes_from(b, dealer, b->nodes - b->threshold);
    gf2m factor = gf2m_set_function(degree(b), sent, b->nodes, b->self);

    if (!b->f->dry) draw_summands(j, t, dealer, own, out, sent);
    if (dealer != b->self) {
        if (node_in(sent, b->self))
            expect_bits(j, mail, (bit_arrival){.out = out, .t = t, .factor = factor}, dealer,
                        out.count);
        return;
    }
    if (own) add_rows(b, out, t, 0, out.count, own, factor);
    for (unsigned k = 1; k < b->nodes - b->threshold; k++)
        send_bits(j, (dealer + k) % b->nodes, own, out.count, t);
}

void bits_add_planes(const box *b, wires out, turn t, const uint64_t *plane, gf2m c)
{
    unsigned m = degree(b);
    for (unsigned a = 0; a < m; a++)
        add_rows(b, out, t, 0, out.count, plane + a * out.count * t.words,
                 gf2m_times(m, c, (gf2m)(1u << a)));
}

/* By a polynomial of degree t over GF(2^m), of which the t nodes after the dealer draw their shares. A dealer that is no
 * node has no share of its own. */
static void deal_own_polynomial(job *j, turn t, const uint64_t *own, wires out)
{
    const box *b = job_box(j);
    unsigned m = degree(b), behind = b->self + 1;
    uint32_t drawn = nodes_from(b, behind, b->threshold);
    size_t rows = m * out.count;
    uint64_t *random = job_own_words(j, b->threshold * rows * t.words);
    turn alone = {.words = t.words, .items = t.items};

    for (unsigned k = 0; random && k < b->threshold; k++)
        draw_bits(j, b->keys->bits_to[(behind + k) % b->nodes], random + k * rows * t.words,
                  rows * t.words);
    for (unsigned node = 0; node < b->nodes; node++) {
        if (node_in(drawn, node)) continue;
        wires share =
            node == b->self ? out : (wires){job_own_words(j, rows * t.words), out.count, t.words};
        turn where = node == b->self ? t : alone;
        if (random) {
            add_rows(b, share, where, 0, out.count, own, gf2m_lagrange_at(m, drawn, NODE_ZERO, node));
            for (unsigned k = 0; k < b->threshold; k++)
                bits_add_planes(b, share, where, random + k * rows * t.words,
                                gf2m_lagrange_at(m, drawn, (behind + k) % b->nodes, node));
        }
        if (node != b->self) send_bits(j, node, share.v, rows, t);
    }
}

static void deal_polynomial(job *j, bit_post *mail, turn t, unsigned dealer, const uint64_t *own,
                            wires out)
{
    const box *b = job_box(j);
    size_t rows = degree(b) * out.count;

    if (dealer == b->self) {
        deal_own_polynomial(j, t, own, out);
    } else if (!node_in(nodes_from(b, dealer + 1, b->threshold), b->self)) {
        expect_bits(j, mail, (bit_arrival){.out = out, .t = t}, dealer, rows);
    } else if (!b->f->dry) {
        uint64_t *random = job_raw_words(j, rows * t.words);
        draw_bits(j, b->keys->bits_from[dealer], random, rows * t.words);
        bits_add_planes(b, out, t, random, 1);
    }
}

void bits_deal(job *j, bit_post *mail, turn t, uint32_t dealers, uint64_t *own, wires out)
{
    const box *b = job_box(j);

    if (!out.count) return;
    note_dealing(j);
    if (!box_is_node(b)) return;
    for (unsigned k = 0; k < b->nodes; k++) {
        if (!node_in(dealers, k)) continue;
        if (b->keys->small)
            deal_replicated(j, mail, t, k, own, out);
        else
            deal_polynomial(j, mail, t, k, own, out);
    }
}

void bits_share(job *j, bit_post *mail, unsigned dealer, uint64_t *own, wires out, size_t len)
{
    const box *b = job_box(j);
    const turn all = one_turn(len);

    if (!len || (!box_is_node(b) && dealer != b->self)) return;
    note_dealing(j);
    if (b->keys->small && dealer < b->nodes)
        deal_replicated(j, mail, all, dealer, own, out);
    else
        deal_polynomial(j, mail, all, dealer, own, out);
}

void bits_arrive(job *j, bit_post *mail)
{
    const box *b = job_box(j);

    for (bit_arrival *a = mail->first; a; a = a->next)
        note_heard(j, a->from, a->packed, bits_packed(a->out.count, a->t.items));
    for (bit_arrival *a = mail->first; a && !b->f->dry; a = a->next) {
        void *mark = job_mark(j);
        size_t rows = a->factor ? a->out.count : degree(b) * a->out.count;
        uint64_t *row = job_raw_words(j, rows * a->t.words);
        bits_unpack(row, a->t.words, a->packed, rows, a->t.items);
        if (a->factor)
            add_rows(b, a->out, a->t, 0, a->out.count, row, a->factor);
        else
            bits_add_planes(b, a->out, a->t, row, 1);
        job_release(j, mark);
    }
    mail->first = NULL;
}

/* --- products */

/* This node's trace bits of the turn's products. */
static uint64_t *traces(job *j, turn t, uint32_t dealers, const bit_pair *pair, size_t count)
{
    const box *b = job_box(j);
    unsigned m = degree(b);
    gf2m row[GF2M_MOST], by;
    uint64_t *own = node_in(dealers, b->self) ? job_raw_words(j, count * t.words) : NULL;

    if (!own) return NULL;
    by = gf2m_times(m, gf2m_of_trace_1(m), gf2m_lagrange(m, dealers, b->self));
    for (unsigned a = 0; a < m; a++)
        row[a] = gf2m_trace_of_product(m, gf2m_times(m, by, (gf2m)(1u << a)));
    for (size_t k = 0; k < count; k++)
        b->bits->form(own + k * t.words, wire_from(pair[k].x, t.word), wire_from(pair[k].y, t.word),
                      row, m, t.words);
    return own;
}

/* How products are noted: audit.h. */
typedef void bit_noter(job *j, wire x, wire y, wire z, size_t len);

static void note_turn(job *j, wires out, const bit_pair *pair, turn t, bit_noter *note)
{
    for (size_t k = 0; k < out.count; k++)
        note(j, wire_from(pair[k].x, t.word), wire_from(pair[k].y, t.word),
             wire_from(wire_at(out, k), t.word), t.items);
}

static void and_over(job *j, wires out, const bit_pair *pair, turns over, bit_noter *note)
{
    const box *b = job_box(j);
    void *mark = job_mark(j);
    bit_post mail = {NULL};

    for (size_t k = 0; k < over.count; k++) {
        uint32_t set = nodes_from(b, over.at[k].first, 2 * b->threshold + 1);
        bits_deal(j, &mail, over.at[k], set, traces(j, over.at[k], set, pair, out.count), out);
    }
    job_wait(j);
    bits_arrive(j, &mail);
    for (size_t k = 0; k < over.count; k++) note_turn(j, out, pair, over.at[k], note);
    job_release(j, mark);
}

void bits_and_over(job *j, wires out, const bit_pair *pair, turns over)
{
    and_over(j, out, pair, over, note_bit_products);
}

/* Who deals the products of `items` items from a word on. */
static turns dealers_over(job *j, size_t word, size_t items)
{
    const box *b = job_box(j);
    turns over;

    if (b->nodes > 2 * b->threshold + 1) {
        over = turns_over(j, items);
    } else {
        over = (turns){job_bytes(j, sizeof *over.at), 1};
        *over.at = one_turn(items);
    }
    for (size_t k = 0; k < over.count; k++)
        over.at[k].word += word, over.at[k].item += word * WORD_BITS;
    return over;
}

static void and_items(job *j, wires out, const bit_pair *pair, size_t len, bit_noter *note)
{
    const size_t words = words_of(len), most = batch_items(j, out.count);
    size_t at = 0, part;

    do {
        void *mark = job_mark(j);
        part = words - at < most ? words - at : most;
        and_over(j, out, pair,
                 dealers_over(j, at, at + part < words ? part * WORD_BITS : len - at * WORD_BITS),
                 note);
        job_release(j, mark);
        check_when_full(j);
    } while ((at += part) < words);
}

void bits_and(job *j, wires out, const bit_pair *pair, size_t len)
{
    and_items(j, out, pair, len, note_bit_products);
}

void bits_and_lasting(job *j, wires out, const bit_pair *pair, size_t len)
{
    and_items(j, out, pair, len, note_lasting_bit_products);
}

/* --- opening */

/* The part of those t + 1 nodes whose parts are a bit is one bit too, the trace of what its share counts. */
static uint64_t *opening_part(job *j, wires x, uint32_t among)
{
    const box *b = job_box(j);
    const size_t words = x.count * x.words;
    uint64_t *row = b->f->dry ? NULL : job_bytes(j, words * sizeof *row);

    if (row) b->bits->linear(row, (wire){x.v, words}, bits_row_among(b, among), words);
    return row;
}

bit_opening bits_open_to(job *j, unsigned member, wires x, size_t len)
{
    const box *b = job_box(j);
    const unsigned first = member < b->nodes ? member + b->nodes - b->threshold : 0;
    const uint32_t among = nodes_from(b, first, b->threshold + 1);
    const size_t bytes = bits_packed(x.count, len);
    bit_opening o = {.len = len, .x = x};

    refuse_unchecked(j, "an opening of bits");
    if (member != b->self && !(box_is_node(b) && node_in(among, b->self))) return o;
    if (box_is_node(b)) o.own = opening_part(j, x, among);
    if (member != b->self) send_bits(j, member, o.own, x.count, one_turn(len));
    for (unsigned k = 0; member == b->self && k < b->nodes; k++) {
        if (k == b->self || !node_in(among, k)) continue;
        o.came[k] = b->edge->dry ? NULL : job_bytes(j, bytes);
        job_receive_even(j, k, o.came[k], bytes);
    }
    return o;
}

void bits_opened(job *j, const bit_opening *o, uint64_t *out)
{
    const size_t words = o->x.count * o->x.words;
    void *mark = job_mark(j);
    uint64_t *row = job_own_words(j, words);

    if (row && o->own)
        memcpy(out, o->own, words * sizeof *out);
    else if (row)
        memset(out, 0, words * sizeof *out);
    for (unsigned k = 0; row && k < job_box(j)->nodes; k++) {
        if (!o->came[k]) continue;
        bits_unpack(row, o->x.words, o->came[k], o->x.count, o->len);
        job_box(j)->bits->add(out, row, words);
    }
    job_release(j, mark);
}

void bits_open(job *j, uint64_t *out, wires x, size_t len)
{
    const box *b = job_box(j);
    void *mark = job_mark(j);
    bit_opening here = {0};

    for (unsigned k = 0; k < b->nodes; k++) {
        bit_opening to = bits_open_to(j, k, x, len);
        if (k == b->self) here = to;
    }
    job_wait(j);
    if (!b->f->dry) bits_opened(j, &here, out);
    job_release(j, mark);
}

void bits_open_whole(job *j, uint64_t *out, wires x, size_t len, const char *what)
{
    const box *b = job_box(j);
    const size_t rows = degree(b) * x.count, bytes = bits_packed(rows, len);
    const bool holds = !b->f->dry;
    void *mark = job_mark(j);
    uint8_t *packed[NODES_MAX] = {0};
    wires opened = job_wires(j, x.count, x.words);

    for (unsigned k = 0; holds && k < b->nodes; k++) packed[k] = job_bytes(j, bytes);
    if (holds) bits_pack(packed[b->self], x.v, x.words, rows, len);
    for (unsigned k = 0; box_is_node(b) && k < b->nodes; k++) {
        if (k == b->self) continue;
        job_send(j, k, packed[b->self], bytes);
        job_receive(j, k, packed[k], bytes);
    }
    job_wait(j);
    if (holds) {
        strict_bits(j, opened, packed, len, what);
        memcpy(out, opened.v, x.count * x.words * sizeof *out);
    }
    job_release(j, mark);
}

/* --- what a set knows */

void bits_add_known(job *j, wire out, const uint64_t *known, uint32_t set, size_t words)
{
    const box *b = job_box(j);

    if (b->f->dry || !node_in(set, b->self)) return;
    b->bits->add_scaled(out, known, gf2m_set_function(degree(b), set, b->nodes, b->self), degree(b),
                        words);
}
