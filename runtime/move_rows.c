/* Rows that go to places nobody knows: they are shuffled together with their places, which are then opened. Where all
 * sets of n - t nodes have keys, elements and bits pass through the same sets as in shuffle.c, as parts that add up;
 * the places are opened by the last set and never reshared. In active mode they are dealt like the rest, and opened when
 * all that they depend on is verified. */
#include "runtime/audit.h"
#include "runtime/gf60.h"
#include "runtime/points.h"
#include "runtime/sorting.h"

#include <stdlib.h>
#include <string.h>

unsigned place_bits(size_t rows)
{
    unsigned bits = 1;
    while (bits < 32 && (size_t)1 << bits < rows) bits++;
    return bits;
}

wire *list_of_wires(job *j, wires all)
{
    wire *list = job_bytes(j, (all.count + !all.count) * sizeof *list);
    for (size_t k = 0; k < all.count; k++) list[k] = wire_at(all, k);
    return list;
}

/* --- the opened places */

/* to[k] = the place of row k in all tables, from elements that all have opened: public, and uniform. Each must be
 * there once, or some node did not send what it should have. */
static uint32_t *read_places(job *j, const void *opened, size_t tables, size_t rows)
{
    const field *f = job_box(j)->f;
    size_t step = f->size / sizeof(uint64_t);
    const uint64_t *word = opened;

    if (f->dry) return NULL;
    bool right = f->has_zero(f, opened, tables * rows);
    uint32_t *to = job_bytes(j, tables * rows * sizeof *to);
    uint8_t *seen = job_zeros(j, tables * rows);
    for (size_t k = 0; right && k < tables * rows; k++) {
        size_t table = k / rows * rows;
        right = word[k * step] < rows;
        for (size_t high = 1; high < step; high++) right = right && !word[k * step + high];
        if (!right || seen[table + word[k * step]]++) right = false;
        to[k] = right ? (uint32_t)(table + word[k * step]) : 0;
    }
    if (!right) job_fail(j, E_ABORT, "the places that a sort opened are not those of its rows");
    return to;
}

static void scatter(const field *f, void *out, const void *x, const uint32_t *to, size_t rows,
                    size_t width)
{
    for (size_t k = 0; !f->dry && k < rows; k++)
        memcpy(field_at(f, out, to[k] * width), field_at(f, x, k * width), width * f->size);
}

/* --- bits as lines: those of one row side by side, in whole words. A line moves as a whole. */

typedef struct lines {
    uint64_t *v;
    size_t words, bits; /* of a line */
} lines;

static lines new_lines(job *j, size_t bits, size_t rows)
{
    lines l = {.words = words_of(bits), .bits = bits};
    l.v = job_words(j, l.words * words_of(rows) * WORD_BITS);
    return l;
}

/* lines = the bits that stand in rows of `words` words each, one for each bit. */
static void lines_of(const box *b, lines to, const uint64_t *row, size_t words)
{
    for (size_t at = 0; to.v && at < to.bits; at += WORD_BITS)
        for (size_t w = 0; w < words; w++) {
            uint64_t in[WORD_BITS] = {0}, out[WORD_BITS];
            for (size_t k = 0; k < WORD_BITS && at + k < to.bits; k++)
                in[k] = row[(at + k) * words + w];
            b->bits->transpose(out, 1, in, 1, WORD_BITS, WORD_BITS);
            for (size_t k = 0; k < WORD_BITS; k++)
                to.v[(w * WORD_BITS + k) * to.words + at / WORD_BITS] = out[k];
        }
}

/* The reverse. */
static void rows_of(const box *b, uint64_t *row, size_t words, lines from)
{
    for (size_t at = 0; from.v && at < from.bits; at += WORD_BITS) {
        size_t some = from.bits - at < WORD_BITS ? from.bits - at : WORD_BITS;
        b->bits->transpose(row + at * words, words, from.v + at / WORD_BITS, from.words,
                           (unsigned)some, words * WORD_BITS);
    }
}

/* Bits of wires to rows of whole words: of plane a, or (row != 0) the linear function of all planes. */
static void read_wires(const box *b, uint64_t *out, const wire *x, size_t count, size_t words,
                       unsigned plane, gf2m row)
{
    for (size_t k = 0; out && k < count; k++)
        if (row)
            b->bits->linear(out + k * words, x[k], row, words);
        else
            memcpy(out + k * words, x[k].v + plane * x[k].stride, words * sizeof *out);
}

static void scatter_wires(job *j, const moving *m, const uint32_t *to)
{
    const box *b = job_box(j);
    size_t rows = m->tables * m->rows, words = words_of(rows);
    void *mark = job_mark(j);
    uint64_t *row = job_words(j, m->bits * words);
    lines from = new_lines(j, m->bits, rows), into = new_lines(j, m->bits, rows);

    for (unsigned a = 0; row && m->bits && a < gf2m_degree(b->nodes); a++) {
        read_wires(b, row, m->bit, m->bits, words, a, 0);
        lines_of(b, from, row, words);
        for (size_t k = 0; k < rows; k++)
            memcpy(into.v + to[k] * into.words, from.v + k * from.words, into.words * sizeof *into.v);
        rows_of(b, row, words, into);
        for (size_t k = 0; k < m->bits; k++)
            memcpy(m->bit[k].v + a * m->bit[k].stride, row + k * words, words * sizeof *row);
    }
    job_release(j, mark);
}

/* Adds this node's part of a sharing of 0 to the lines; see shuffle_refresh. */
static void refresh_lines(job *j, uint32_t set, lines l, size_t rows)
{
    enum { AT_ONCE = 4096 };
    const box *b = job_box(j);
    uint64_t word[AT_ONCE];
    size_t words = rows * l.words;

    for (unsigned k = 0; l.v && k < b->nodes; k++) {
        if (k == b->self || !node_in(set, k)) continue;
        stream *from = b->self < k ? b->keys->bits_to[k] : b->keys->bits_from[k];
        for (size_t at = 0; at < words; at += AT_ONCE) {
            size_t part = words - at < AT_ONCE ? words - at : AT_ONCE;
            if (!stream_bits(from, word, part)) job_fail(j, E_MEMORY, "libcrypto is out of memory");
            b->bits->add(l.v + at, word, part);
        }
    }
}

/* --- by sets: what of the rows a set holds in parts */

typedef struct cargo {
    size_t rows, numbers,
        columns; /* of all tables; of a row: the place, if it is one, and x; with their sum */
    void *z, *z_next;
    lines line, next; /* the place, if it is bits, then the others; then their sum */
    uint8_t *packed;
    row_keys keys; /* active, as are the sums */
} cargo;

static size_t bits_of(const moving *m)
{
    return m->place_bits + m->bits;
}

static bool place_is_number(const moving *m)
{
    return m->form != PLACES_BY_BITS;
}

static cargo new_cargo(job *j, const moving *m)
{
    const field *f = job_box(j)->f;
    const bool sums = job_box(j)->audit;
    cargo c = {.rows = m->tables * m->rows, .numbers = place_is_number(m) + m->width};
    size_t bits = bits_of(m);

    if (sums) c.keys = row_keys_draw(j, c.numbers, bits);
    c.columns = c.numbers + (sums && c.numbers);
    if (sums && bits) bits += GF60_BITS;
    c.z = job_vector(j, f, c.rows * c.columns);
    c.z_next = job_vector(j, f, c.rows * c.columns);
    c.line = new_lines(j, bits, c.rows);
    c.next = new_lines(j, bits, c.rows);
    c.packed = f->dry ? NULL : job_bytes(j, bits_packed(c.rows, c.line.bits));
    return c;
}

/* --- loading. What is shared by degree 2t adds up at the first 2t + 1 nodes; those that are not of the first set hand
 * their parts on to members of it, under a sharing of 0, with the next job_wait. */

/* The members from `size` on of the 2t + 1 have receivers of their own. */
static unsigned receiver(const box *b, unsigned k)
{
    return k % (b->nodes - b->threshold);
}

static uint32_t reducers(const box *b)
{
    return nodes_from(b, 0, 2 * b->threshold + 1);
}

static bool some_hand_over(const box *b)
{
    return 2 * b->threshold + 1 > b->nodes - b->threshold;
}

/* y = parts of z. */
static void hand_over_numbers(job *j, uint32_t first, void *y, const void *z, size_t rows)
{
    const box *b = job_box(j);
    const field *f = b->f;

    f->scale(f, y, z, b->reducing[0], rows);
    if (!some_hand_over(b)) return;
    if (shuffle_takes(b, reducers(b))) shuffle_refresh(j, reducers(b), y, rows);
    for (unsigned k = b->nodes - b->threshold; k < 2 * b->threshold + 1; k++) {
        if (k == b->self) job_send(j, receiver(b, k), y, rows * f->size);
        if (receiver(b, k) == b->self && shuffle_takes(b, first))
            job_receive_share(j, k, y, element_of(1), rows);
    }
}

/* Sums of bits in GF(2^60), one a row: this node's parts, and what comes to be added to them. */
typedef struct handed_sums {
    bool some;
    uint64_t *own, *came;
} handed_sums;

static handed_sums hand_over_bit_sums(job *j, uint32_t first, const row_keys *by,
                                      const rows_of_shares *r)
{
    const box *b = job_box(j);
    const check_field *c = b->audit->lifted;
    const size_t room = words_of(r->rows) * WORD_BITS;
    handed_sums h = {.some = true, .own = job_words(j, room)};

    row_bit_sums(j, by, r, h.own);
    c->f->scale(c->f, h.own, h.own, c->reducing, r->rows);
    if (!some_hand_over(b)) return h;
    if (shuffle_takes(b, reducers(b)))
        refresh_lines(j, reducers(b), (lines){h.own, 1, GF60_BITS}, r->rows);
    for (unsigned k = b->nodes - b->threshold; k < 2 * b->threshold + 1; k++) {
        if (k == b->self) job_send(j, receiver(b, k), h.own, r->rows * sizeof *h.own);
        if (receiver(b, k) != b->self || !shuffle_takes(b, first)) continue;
        h.came = job_words(j, room);
        job_receive(j, k, h.came, r->rows * sizeof *h.came);
    }
    return h;
}

/* The parts, after the next job_wait; NULL where there are none. */
static const uint64_t *sums_handed(const box *b, const handed_sums *h, size_t rows)
{
    if (h->came) b->bits->add(h->own, h->came, rows);
    return h->own;
}

static void read_row_wires(const moving *m, wire *out)
{
    for (size_t k = 0; k < m->place_bits; k++) out[k] = m->place_bit[k];
    for (size_t k = 0; k < m->bits; k++) out[m->place_bits + k] = m->bit[k];
}

/* The rows as they are shared: before the passes, and after them. `bit` has room for all wires. */
static rows_of_shares shares_of(const moving *m, const void *at, wire *bit)
{
    read_row_wires(m, bit);
    return (rows_of_shares){.rows = m->tables * m->rows,
                            .has_place = place_is_number(m),
                            .place = at,
                            .x = m->x,
                            .width = m->width,
                            .bit = bit,
                            .bits = bits_of(m)};
}

/* Columns of the first set's elements, but for the sum and for places that come as products. */
static void load_elements(job *j, const moving *m, uint32_t first, const cargo *c)
{
    const box *b = job_box(j);
    const field *f = b->f;
    void *mark = job_mark(j), *y = job_vector(j, f, c->rows);
    size_t index = c->numbers - m->width;

    if (!shuffle_takes(b, first)) return;
    if (m->form == PLACES_BY_NUMBERS) {
        shuffle_parts(b, first, y, m->place, c->rows);
        f->pick(f, c->z, (ptrdiff_t)c->columns, y, 1, c->rows);
    }
    for (size_t k = 0; k < m->width; k++) {
        f->pick(f, y, 1, field_at(f, m->x, k), (ptrdiff_t)m->width, c->rows);
        shuffle_parts(b, first, y, y, c->rows);
        f->pick(f, field_at(f, c->z, index + k), (ptrdiff_t)c->columns, y, 1, c->rows);
    }
    job_release(j, mark);
}

/* `sum`: parts of the sums of the bits, or NULL. */
static void load_bits(job *j, const moving *m, uint32_t first, const cargo *c, const uint64_t *sum)
{
    const box *b = job_box(j);
    size_t words = words_of(c->rows);
    void *mark = job_mark(j);
    uint64_t *row = job_words(j, c->line.bits * words);

    if (row && shuffle_takes(b, first)) {
        gf2m by = bits_row_among(b, first);
        read_wires(b, row, m->place_bit, m->place_bits, words, 0, by);
        read_wires(b, row + m->place_bits * words, m->bit, m->bits, words, 0, by);
        if (sum)
            b->bits->transpose(row + bits_of(m) * words, words, sum, 1, GF60_BITS, words * WORD_BITS);
        lines_of(b, c->line, row, words);
    }
    job_release(j, mark);
}

/* What goes along as one column of numbers and as one of GF(2^60), in parts: places that come as products; or sums. */
static void load(job *j, const moving *m, uint32_t first, const cargo *c)
{
    const box *b = job_box(j);
    const field *f = b->f;
    const bool sums = b->audit;
    void *mark = job_mark(j), *y = job_vector(j, f, c->rows), *z = job_vector(j, f, c->rows);
    handed_sums bits = {.some = false};
    const bool column = m->form == PLACES_BY_PRODUCTS || (sums && c->numbers);

    if (sums) {
        wire *bit = job_bytes(j, (bits_of(m) + 1) * sizeof *bit);
        const rows_of_shares rows = shares_of(m, m->place, bit);
        if (c->numbers) row_sums(j, &c->keys, &rows, z);
        if (rows.bits) bits = hand_over_bit_sums(j, first, &c->keys, &rows);
    }
    if (column) hand_over_numbers(j, first, y, sums ? z : m->place, c->rows);
    if (some_hand_over(b) && (column || bits.some)) job_wait(j);
    if (column && shuffle_takes(b, first))
        f->pick(f, field_at(f, c->z, sums ? c->numbers : 0), (ptrdiff_t)c->columns, y, 1, c->rows);
    load_elements(j, m, first, c);
    load_bits(j, m, first, c, sums_handed(b, &bits, c->rows));
    job_release(j, mark);
}

/* --- passes */

static void exchange(cargo *c)
{
    void *z = c->z;
    lines l = c->line;
    c->z = c->z_next, c->z_next = z;
    c->line = c->next, c->next = l;
}

/* The rows of every table in an order that the members of the set draw. */
static void permute(job *j, uint32_t set, const moving *m, cargo *c)
{
    const box *b = job_box(j);
    void *mark = job_mark(j);
    uint32_t *order = job_bytes(j, m->rows * sizeof *order);
    size_t row = c->columns * b->f->size, line = c->line.words;

    for (size_t t = 0; !b->f->dry && t < m->tables; t++) {
        draw_order(j, shuffle_stream(b, set), order, m->rows);
        for (size_t k = 0; k < m->rows; k++) {
            size_t to = t * m->rows + k, from = t * m->rows + order[k];
            if (row) memcpy((char *)c->z_next + to * row, (char *)c->z + from * row, row);
            memcpy(c->next.v + to * line, c->line.v + from * line, line * sizeof *c->line.v);
        }
    }
    job_release(j, mark);
    exchange(c);
}

static void hand_on(job *j, uint32_t set, uint32_t next, cargo *c)
{
    const box *b = job_box(j);
    unsigned leaves = shuffle_leaves(set, next), comes = shuffle_leaves(next, set);
    size_t len = c->rows * c->columns, bytes = bits_packed(c->rows, c->line.bits);

    if (b->self == leaves) {
        if (c->packed) bits_pack(c->packed, c->line.v, c->line.words, c->rows, c->line.bits);
        job_send(j, comes, c->z, len * b->f->size);
        job_send(j, comes, c->packed, bytes);
    }
    if (b->self == comes) {
        b->f->fill(b->f, c->z, element_of(0), len);
        job_receive_share(j, leaves, c->z, element_of(1), len);
        job_receive(j, leaves, c->packed, bytes);
    }
    job_wait(j);
    if (b->self == comes && c->packed)
        bits_unpack(c->line.v, c->line.words, c->packed, c->rows, c->line.bits);
}

/* --- what the last set does */

/* The places, opened to all by the members of the set: elements, right after the next job_wait. */
static void open_index(job *j, uint32_t set, const cargo *c, void *opened)
{
    const box *b = job_box(j);
    const field *f = b->f;
    void *own = job_vector(j, f, c->rows);

    f->fill(f, opened, element_of(0), c->rows);
    if (shuffle_takes(b, set)) {
        f->pick(f, own, 1, c->z, (ptrdiff_t)c->columns, c->rows);
        f->copy(f, opened, own, c->rows);
    }
    for (unsigned k = 0; k < b->nodes && box_is_node(b); k++) {
        if (!node_in(set, k)) continue;
        for (unsigned to = 0; k == b->self && to < b->nodes; to++)
            if (to != k) job_send(j, to, own, c->rows * f->size);
        if (k != b->self) job_receive_share(j, k, opened, element_of(1), c->rows);
    }
}

typedef struct opened_bits {
    uint8_t *own, *came[NODES_MAX];
} opened_bits;

static opened_bits open_index_bits(job *j, uint32_t set, const moving *m, const cargo *c)
{
    const box *b = job_box(j);
    size_t bytes = bits_packed(c->rows, m->place_bits);
    opened_bits o = {.own = NULL};
    bool dry = b->f->dry;

    if (!dry && shuffle_takes(b, set)) {
        o.own = job_bytes(j, bytes);
        bits_pack(o.own, c->line.v, c->line.words, c->rows, m->place_bits);
    }
    for (unsigned k = 0; k < b->nodes && box_is_node(b); k++) {
        if (!node_in(set, k)) continue;
        for (unsigned to = 0; k == b->self && to < b->nodes; to++)
            if (to != k) job_send(j, to, o.own, bytes);
        if (k == b->self) continue;
        o.came[k] = dry ? NULL : job_bytes(j, bytes);
        job_receive(j, k, o.came[k], bytes);
    }
    return o;
}

/* The sum of the parts that came, as elements. */
static void read_index_bits(job *j, const opened_bits *o, const moving *m, size_t rows, void *opened)
{
    const box *b = job_box(j);
    size_t step = b->f->size / sizeof(uint64_t);
    uint64_t *word = opened, *part = job_words(j, rows);

    if (!part) return;
    memset(opened, 0, rows * b->f->size);
    for (unsigned k = 0; k <= b->nodes; k++) {
        const uint8_t *packed = k < b->nodes ? o->came[k] : o->own;
        if (!packed) continue;
        bits_unpack(part, 1, packed, rows, m->place_bits);
        for (size_t i = 0; i < rows; i++) word[i * step] ^= part[i];
    }
}

/* x = what the members of the set hold of `count` columns from `first` on, one deal each. */
static void deal_columns(job *j, uint32_t set, const cargo *c, size_t first, size_t count, void *x)
{
    const box *b = job_box(j);
    const field *f = b->f;
    size_t len = c->rows * count;
    void *own = shuffle_takes(b, set) ? job_vector(j, f, len) : NULL;

    if (!len) return;
    for (size_t k = 0; own && k < count; k++)
        f->pick(f, field_at(f, own, k), (ptrdiff_t)count, field_at(f, c->z, first + k),
                (ptrdiff_t)c->columns, c->rows);
    f->fill(f, x, element_of(0), len);
    for (unsigned k = 0; k < b->nodes; k++)
        if (node_in(set, k)) deal(j, k, own, x, len);
}

/* What the members of the set hold of the bits: a row of words for each, NULL elsewhere. */
static uint64_t *rows_of_bits(job *j, uint32_t set, const cargo *c)
{
    const box *b = job_box(j);
    size_t words = words_of(c->rows);
    uint64_t *row = shuffle_takes(b, set) ? job_words(j, c->line.bits * words) : NULL;

    if (row) rows_of(b, row, words, c->line);
    return row;
}

/* `out` from the rows from `first` on. */
static void deal_rows(job *j, bit_post *mail, uint32_t set, uint64_t *row, size_t first,
                      size_t rows, wires out)
{
    turn all = {.words = words_of(rows), .items = rows};

    bits_deal(j, mail, all, set, row ? row + first * all.words : NULL, out);
}

/* Elements that moved, in their new order. */
static void arrive(job *j, const moving *m, const void *opened, wires came)
{
    const box *b = job_box(j);
    size_t rows = m->tables * m->rows;
    const uint32_t *to = read_places(j, opened, m->tables, m->rows);

    if (m->width) { /* else there is no x */
        void *z = job_vector(j, b->f, rows * m->width);
        b->f->copy(b->f, z, m->x, rows * m->width);
        scatter(b->f, m->x, z, to, rows, m->width);
    }
    for (size_t k = 0; came.v && k < m->bits; k++)
        copy_wire(b, m->bit[k], wire_at(came, k), came.words);
    scatter_wires(j, m, to);
}

static void unload(job *j, uint32_t set, const moving *m, const cargo *c)
{
    const field *f = job_box(j)->f;
    bit_post mail = {NULL};
    opened_bits o = {.own = NULL};
    void *opened = job_vector(j, f, c->rows);
    wires came = job_wires(j, m->bits, words_of(c->rows));

    if (m->form == PLACES_BY_BITS)
        o = open_index_bits(j, set, m, c);
    else
        open_index(j, set, c, opened);
    deal_columns(j, set, c, c->numbers - m->width, m->width, m->x);
    deal_rows(j, &mail, set, rows_of_bits(j, set, c), m->place_bits, c->rows, came);
    job_wait(j);
    bits_arrive(j, &mail);
    if (m->form == PLACES_BY_BITS) read_index_bits(j, &o, m, c->rows, opened);
    arrive(j, m, opened, came);
}

/* --- the same in active mode */

static const char a_place[] = "a place";

/* Verified places in bits, opened to all, as elements. */
static void open_place_bits(job *j, wires bits, size_t rows, void *opened)
{
    const box *b = job_box(j);
    size_t step = b->f->size / sizeof(uint64_t);
    uint64_t *row = job_words(j, bits.count * bits.words), *word = opened;
    lines number = new_lines(j, bits.count, rows);

    bits_open_whole(j, row, bits, rows, a_place);
    if (!row) return;
    lines_of(b, number, row, bits.words);
    memset(opened, 0, rows * b->f->size);
    for (size_t k = 0; k < rows; k++) word[k * step] = number.v[k];
}

static void unload_checked(job *j, uint32_t set, const moving *m, const cargo *c)
{
    const field *f = job_box(j)->f;
    const size_t words = words_of(c->rows), places = c->numbers - m->width;
    bit_post mail = {NULL};
    void *to = job_vector(j, f, c->rows), *sum = job_vector(j, f, c->rows),
         *opened = job_vector(j, f, c->rows);
    wires place_bits = job_wires(j, m->place_bits, words), came = job_wires(j, m->bits, words);
    uint64_t *row = rows_of_bits(j, set, c);
    const bool holds = row;

    deal_columns(j, set, c, 0, places, to);
    deal_columns(j, set, c, places, m->width, m->x);
    deal_rows(j, &mail, set, row, 0, c->rows, place_bits);
    deal_rows(j, &mail, set, row, m->place_bits, c->rows, came);
    job_wait(j);
    bits_arrive(j, &mail);
    note_shares(j, to, c->rows * places);
    note_shares(j, m->x, c->rows * m->width);
    check_point(j);

    wire *bit = job_bytes(j, (bits_of(m) + 1) * sizeof *bit);
    moving arrived = *m;
    arrived.place_bit = list_of_wires(j, place_bits), arrived.bit = list_of_wires(j, came);
    const rows_of_shares moved = shares_of(&arrived, to, bit);
    if (holds && c->numbers)
        f->pick(f, sum, 1, field_at(f, c->z, c->numbers), (ptrdiff_t)c->columns, c->rows);
    expect_row_sums(j, &c->keys, &moved, set, holds ? sum : NULL,
                    holds ? row + bits_of(m) * words : NULL);
    if (place_is_number(m))
        open_strictly(j, job_box(j)->audit->field, opened, to, c->rows, a_place);
    else
        open_place_bits(j, place_bits, c->rows, opened);
    arrive(j, m, opened, came);
}

static void move_by_sets(job *j, const moving *m)
{
    const box *b = job_box(j);
    uint32_t set[SMALL_SETS];
    size_t sets = shuffle_sets(b, set);
    cargo c = new_cargo(j, m);

    load(j, m, set[0], &c);
    for (size_t k = 0; k < sets; k++) {
        if (shuffle_takes(b, set[k])) {
            permute(j, set[k], m, &c);
            shuffle_refresh(j, set[k], c.z, c.rows * c.columns);
            refresh_lines(j, set[k], c.line, c.rows);
        }
        if (k + 1 < sets) hand_on(j, set[k], set[k + 1], &c);
    }
    (job_box(j)->audit ? unload_checked : unload)(j, set[sets - 1], m, &c);
}

/* --- anywhere: by a shuffle of rows that begin with their place */

static void move_by_shuffle(job *j, const moving *m)
{
    const field *f = job_box(j)->f;
    size_t rows = m->tables * m->rows, columns = m->width + 1;
    deck all = {m->tables, columns};
    void *row = job_vector(j, f, rows * columns), *opened = job_vector(j, f, rows);
    void *z = job_vector(j, f, rows * m->width);

    f->pick(f, row, (ptrdiff_t)columns, m->place, 1, rows);
    for (size_t k = 0; k < m->width; k++)
        f->pick(f, field_at(f, row, k + 1), (ptrdiff_t)columns, field_at(f, m->x, k),
                (ptrdiff_t)m->width, rows);
    shuffle(j, row, m->rows, &all, 1);
    f->pick(f, opened, 1, row, (ptrdiff_t)columns, rows);
    for (size_t k = 0; k < m->width; k++)
        f->pick(f, field_at(f, z, k), (ptrdiff_t)m->width, field_at(f, row, k + 1),
                (ptrdiff_t)columns, rows);
    open_to_all(j, opened, opened, rows);
    scatter(f, m->x, z, read_places(j, opened, m->tables, m->rows), rows, m->width);
}

void move_rows(job *j, const moving *m)
{
    void *mark = job_mark(j);

    (job_box(j)->keys->small ? move_by_sets : move_by_shuffle)(j, m);
    job_release(j, mark);
}
