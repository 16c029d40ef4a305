/* A shuffle where too many sets of nodes would have to permute: t + 1 nodes in turn deal the switches of a Beneš
 * network (1964) that permutes by an order of their own. One of them at least is no member of any t that collude.
 *
 * A network of room = 2^m places has 2m - 1 stages of room / 2 switches: places i and i + room / 2, then each half
 * alone, then places i and i + room / 2 again. Rows up to the next power of two are filled up; the filling stays
 * where it is. */
#include "runtime/protocol.h"

/* --- setting the switches, at the dealer. Everything here is its own uniform order: indexes are free. */

typedef struct switches {
    uint8_t *crossed; /* [stages][tables][room / 2] */
    size_t stages, tables, room;
    size_t table;
    uint32_t *to,
        *half; /* [room] scratch: which output an input goes to; the orders of both halves */
} switches;

/* The switches of a stage of this table, from that of the block that begins at place `at`. */
static uint8_t *crossed_at(const switches *s, size_t level, size_t at)
{
    return &s->crossed[(level * s->tables + s->table) * (s->room / 2) + at / 2];
}

/* Follows one loop of pairs: the output `out` is to come through the lower half, so the other input of its pair goes
 * through the upper, so the other output of that one's pair comes through the lower, … until a pair is known. */
static void follow(const uint32_t *from, const uint32_t *to, size_t size, uint32_t out,
                   uint8_t *first, uint8_t *last, bool *known)
{
    uint32_t half = (uint32_t)(size / 2);

    for (;;) {
        uint32_t in = from[out];
        last[out % half] = out >= half;
        known[out % half] = true;
        first[in % half] = in >= half;
        uint32_t above = to[in ^ half]; /* comes through the upper half */
        if (known[above % half]) return;
        out = above ^ half;
    }
}

/* from[k]: which of `size` places from `at` on goes to place k of them. Overwritten by the orders of the halves. */
static void route(job *j, switches *s, uint32_t *from, size_t at, size_t size, size_t level)
{
    uint8_t *first = crossed_at(s, level, at), *last = crossed_at(s, s->stages - 1 - level, at);
    size_t half = size / 2;

    if (half == 1) {
        *first = from[0] != 0;
        return;
    }
    void *mark = job_mark(j);
    bool *known = memset(job_bytes(j, half), 0, half);
    for (uint32_t k = 0; k < size; k++) s->to[from[k]] = k;
    for (uint32_t k = 0; k < half; k++)
        if (!known[k]) follow(from, s->to, size, k, first, last, known);
    for (size_t k = 0; k < half; k++) {
        size_t low = last[k] ? k + half : k;
        s->half[k] = from[low] % (uint32_t)half;
        s->half[half + k] = from[low ^ half] % (uint32_t)half;
    }
    memcpy(from, s->half, size * sizeof *from);
    job_release(j, mark);
    route(j, s, from, at, half, level + 1);
    route(j, s, from + half, at + half, half, level + 1);
}

/* The dealer's switches for an order of its own for each table, as elements. */
static void *own_switches(job *j, size_t rows, switches s)
{
    const box *b = job_box(j);
    const field *f = b->f;
    size_t count = s.stages * s.tables * s.room / 2;

    if (f->dry) return NULL;
    uint32_t *order = job_bytes(j, s.room * sizeof *order);
    void *bit = job_vector(j, f, count);

    s.crossed = job_bytes(j, count);
    s.to = job_bytes(j, s.room * sizeof *s.to);
    s.half = job_bytes(j, s.room * sizeof *s.half);
    for (s.table = 0; s.table < s.tables; s.table++) {
        draw_order(j, b->keys->own, order, rows);
        for (size_t k = rows; k < s.room; k++) order[k] = (uint32_t)k;
        route(j, &s, order, 0, s.room, 0);
    }
    for (size_t k = 0; k < count; k++) {
        num v = s.crossed[k];
        f->from_num(f, field_at(f, bit, k), &(plain){&v, 1, 0}, 1);
    }
    return bit;
}

/* --- passing through a network */

/* Where the places of one stage stand: in each table blocks of 2 * distance places, that of the lower half before
 * that of the upper. */
typedef struct stage {
    size_t distance, room;
} stage;

/* low and high = the two sides of all pairs of the tables at x, of `width` items each; back: the reverse. */
static void pair_up(const field *f, stage s, void *x, size_t tables, size_t width, void *low,
                    void *high, bool back)
{
    size_t run = s.distance * width;

    for (size_t k = 0; !f->dry && k < tables * s.room / (2 * s.distance); k++) {
        void *a = field_at(f, x, 2 * k * run), *b = field_at(f, x, (2 * k + 1) * run);
        void *l = field_at(f, low, k * run), *h = field_at(f, high, k * run);
        f->copy(f, back ? a : l, back ? l : a, run);
        f->copy(f, back ? b : h, back ? h : b, run);
    }
}

/* x: the filled tables of all decks; crossed: the switches of this stage, of all tables. */
static void pass_stage(job *j, stage s, void *x, const void *crossed, const deck *d, size_t decks,
                       size_t len)
{
    const field *f = job_box(j)->f;
    void *mark = job_mark(j), *low = job_vector(j, f, len / 2), *high = job_vector(j, f, len / 2);
    void *gain = job_vector(j, f, len / 2), *by = job_vector(j, f, len / 2);

    for (size_t i = 0, at = 0, table = 0; i < decks; table += d[i++].tables) {
        size_t pairs = d[i].tables * s.room / 2;
        pair_up(f, s, field_at(f, x, 2 * at), d[i].tables, d[i].width, field_at(f, low, at),
                field_at(f, high, at), false);
        f->spread(f, field_at(f, by, at), field_at(f, crossed, table * s.room / 2), d[i].width,
                  pairs);
        at += pairs * d[i].width;
    }
    f->sub(f, gain, high, low, len / 2);
    multiply(j, gain, gain, by, len / 2);
    f->add(f, low, low, gain, len / 2);
    f->sub(f, high, high, gain, len / 2);
    for (size_t i = 0, at = 0; i < decks; at += d[i].tables * s.room / 2 * d[i].width, i++)
        pair_up(f, s, field_at(f, x, 2 * at), d[i].tables, d[i].width, field_at(f, low, at),
                field_at(f, high, at), true);
    job_release(j, mark);
}

static void pass_network(job *j, unsigned dealer, void *x, size_t rows, const deck *d, size_t decks,
                         switches s, size_t len)
{
    const box *b = job_box(j);
    const field *f = b->f;
    size_t each = s.tables * s.room / 2;
    void *mark = job_mark(j), *crossed = job_vector(j, f, s.stages * each);

    f->fill(f, crossed, element_of(0), s.stages * each);
    deal(j, dealer, dealer == b->self ? own_switches(j, rows, s) : NULL, crossed, s.stages * each);
    job_wait(j);
    for (size_t k = 0; k < s.stages; k++) {
        size_t level = k < s.stages - 1 - k ? k : s.stages - 1 - k;
        pass_stage(j, (stage){s.room >> (level + 1), s.room}, x, field_at(f, crossed, k * each), d,
                   decks, len);
    }
    job_release(j, mark);
}

/* Rows of the decks to tables of `room` rows, or back. */
static void fill_up(const field *f, void *filled, void *x, size_t rows, size_t room, const deck *d,
                    size_t decks, bool back)
{
    for (size_t i = 0; !f->dry && i < decks; i++)
        for (size_t k = 0; k < d[i].tables; k++) {
            f->copy(f, back ? x : filled, back ? filled : x, rows * d[i].width);
            x = field_at(f, x, rows * d[i].width);
            filled = field_at(f, filled, room * d[i].width);
        }
}

void shuffle_by_networks(job *j, void *x, size_t rows, const deck *d, size_t decks)
{
    const box *b = job_box(j);
    switches s = {.stages = 1, .room = 2};
    size_t len = 0;

    for (; s.room < rows; s.room *= 2) s.stages += 2;
    for (size_t i = 0; i < decks; i++) {
        s.tables += d[i].tables;
        len += d[i].tables * s.room * d[i].width;
    }
    void *mark = job_mark(j), *filled = job_vector(j, b->f, len);
    b->f->fill(b->f, filled, element_of(0), len);
    fill_up(b->f, filled, x, rows, s.room, d, decks, false);
    for (unsigned dealer = 0; dealer <= b->threshold; dealer++)
        pass_network(j, dealer, filled, rows, d, decks, s, len);
    fill_up(b->f, filled, x, rows, s.room, d, decks, true);
    job_release(j, mark);
}
