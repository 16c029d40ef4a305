/* Sorting by Batcher's merge exchange (Knuth, The Art of Computer Programming 3, 5.2.2, algorithm M): a network
 * for any length, whose stages are a comparison and a selection of whole vectors. So the values of the IR grow
 * with the square of the logarithm of the length. */
#include "compiler/sort.h"

#include "compiler/lower.h"

enum { COLUMNS_MAX = 4 };

/* What is sorted: columns of shape [lanes room width]. The first `keys` are compared, one after the other, and
 * have width 1; the others go with them. Behind the first `items` rows of a lane stand copies that no stage
 * touches: with a power of two of rows every stage is two views. */
typedef struct table {
    ir_id column[COLUMNS_MAX];
    int64_t width[COLUMNS_MAX];
    unsigned columns, keys;
    int64_t lanes, items, room;
} table;

/* Rows i with (i & run) == low are compared with rows i + distance. */
typedef struct stage {
    int64_t run, low, distance;
} stage;

/* --- pieces of a column */

static ir_id rows(ir *g, ir_id v, int64_t lanes, int64_t width, int64_t from, int64_t count)
{
    int64_t dim[3] = {lanes, count, width}, stride[3] = {ir_type(g, v)->dim[1] * width, width, 1};
    return ir_view(g, v, 3, dim, from * width, stride);
}

static ir_id in_rows(ir *g, ir_id v, int64_t lanes, int64_t count, int64_t width)
{
    int64_t dim[3] = {lanes, count, width};
    return ir_reshape(g, v, 3, dim);
}

/* The even (0) or odd (1) ones among runs of `run` rows, one after the other. */
static ir_id every_other(ir *g, const table *t, unsigned k, int64_t run, int64_t odd)
{
    int64_t size = run * t->width[k];
    int64_t dim[3] = {t->lanes, t->room / (2 * run), size},
            stride[3] = {t->room * t->width[k], 2 * size, 1};
    ir_id v = ir_view(g, t->column[k], 3, dim, odd * size, stride);
    return in_rows(g, v, t->lanes, t->room / 2, t->width[k]);
}

static ir_id interleave(ir *g, const table *t, unsigned k, int64_t run, ir_id even, ir_id odd)
{
    int64_t dim[3] = {t->lanes, t->room, t->width[k]};
    ir_id both[2] = {even, odd};
    return ir_cat(g, both, 2, 3, dim, t->lanes * (t->room / (2 * run)));
}

/* v with the rows from `from` on replaced. */
static ir_id with_rows(ir *g, const table *t, unsigned k, ir_id v, int64_t from, ir_id fresh)
{
    int64_t half = t->room / 2, end = from + ir_type(g, fresh)->dim[1];
    int64_t dim[3] = {t->lanes, half, t->width[k]};
    ir_id before = rows(g, v, t->lanes, t->width[k], 0, from),
          after = rows(g, v, t->lanes, t->width[k], end, half - end);
    ir_id part[3] = {before, fresh, after};
    return ir_cat(g, part, 3, 3, dim, t->lanes);
}

/* --- one stage */

/* How many of the rows before `end` lie in even (0) or odd (1) runs. */
static int64_t rows_before(int64_t end, int64_t run, int64_t odd)
{
    int64_t rest = end % (2 * run) - odd * run;
    return end / (2 * run) * run + (rest < 0 ? 0 : rest > run ? run : rest);
}

typedef struct pair {
    ir_id low, high; /* the smaller one is to be `low` */
} pair;

/* Where the keys of `high` come before those of `low`: lexicographic. */
static ir_id out_of_order(ir *g, const pair *key, unsigned keys)
{
    ir_id less = ir_binary(g, IR_LT, key[keys - 1].high, key[keys - 1].low);
    for (unsigned k = keys - 1; k-- > 0;) {
        ir_id tie = ir_binary(g, IR_EQ, key[k].high, key[k].low);
        ir_id before = ir_binary(g, IR_LT, key[k].high, key[k].low);
        less = ir_binary(g, IR_XOR, before, ir_binary(g, IR_AND, tie, less)); /* never both */
    }
    return less;
}

/* Bools alone need no comparison. */
static pair exchange_bools(ir *g, pair p)
{
    ir_id low = ir_binary(g, IR_AND, p.low, p.high), high = ir_binary(g, IR_OR, p.low, p.high);
    return (pair){low, high};
}

static pair exchange(ir *g, ir_id swap, pair p)
{
    const type t = *ir_type(g, p.low), other = *ir_type(g, p.high);
    ir_id by_row = ir_reshape(g, swap, 2, t.dim);
    ir_id low = ir_select(g, by_row, p.high, p.low);
    if (t.kind == KIND_BOOL || t.kind == KIND_KEY)
        return (pair){low, ir_select(g, by_row, p.low, p.high)};
    /* The other one of two numbers is their sum less the one. */
    ir_id high = sub(g, add(g, p.low, p.high), low);
    high = ir_clamp_range(g, high, wide_least(t.lo, other.lo), wide_most(t.hi, other.hi));
    return (pair){low, high};
}

static void run_stage(ir *g, table *t, stage s)
{
    int64_t odd = s.low / s.run, count = rows_before(t->items - s.distance, s.run, odd),
            skipped = rows_before(s.low + s.distance, s.run, 1 - odd);
    ir_id lows[COLUMNS_MAX], highs[COLUMNS_MAX];
    pair p[COLUMNS_MAX];

    if (count <= 0) return;
    for (unsigned k = 0; k < t->columns; k++) {
        lows[k] = every_other(g, t, k, s.run, odd);
        highs[k] = every_other(g, t, k, s.run, 1 - odd);
        p[k].low = rows(g, lows[k], t->lanes, t->width[k], 0, count);
        p[k].high = rows(g, highs[k], t->lanes, t->width[k], skipped, count);
    }
    bool bools = t->columns == 1 && ir_type(g, t->column[0])->kind == KIND_BOOL;
    ir_id swap = bools ? 0 : out_of_order(g, p, t->keys);
    for (unsigned k = 0; k < t->columns; k++) {
        pair q = bools ? exchange_bools(g, p[k]) : exchange(g, swap, p[k]);
        ir_id low = with_rows(g, t, k, lows[k], 0, q.low),
              high = with_rows(g, t, k, highs[k], skipped, q.high);
        t->column[k] = interleave(g, t, k, s.run, odd ? high : low, odd ? low : high);
    }
}

static void run_network(ir *g, table *t)
{
    for (int64_t run = t->room / 2; run > 0; run /= 2) {
        run_stage(g, t, (stage){run, 0, run});
        for (int64_t reach = t->room / 2; reach > run; reach /= 2)
            run_stage(g, t, (stage){run, run, reach - run});
    }
}

/* --- tables */

static table table_new(const type *keys)
{
    table t = {.lanes = 1, .items = keys->dim[keys->rank - 1], .room = 1};
    for (unsigned k = 0; k + 1u < keys->rank; k++) t.lanes *= keys->dim[k];
    while (t.room < t.items) t.room *= 2;
    return t;
}

/* The filling is made of the first row: it is of the same kind, range and owner. */
static void add_column(ir *g, table *t, ir_id v, int64_t width)
{
    ir_id column = in_rows(g, v, t->lanes, t->items, width);
    if (t->room > t->items) {
        int64_t dim[3] = {t->lanes, t->room - t->items, width}, stride[3] = {t->items * width, 0, 1};
        int64_t all[3] = {t->lanes, t->room, width};
        ir_id filled[2] = {column, ir_view(g, column, 3, dim, 0, stride)};
        column = ir_cat(g, filled, 2, 3, all, t->lanes);
    }
    t->width[t->columns] = width;
    t->column[t->columns++] = column;
}

static ir_id take_column(ir *g, const table *t, unsigned k, const type *shape)
{
    ir_id v = rows(g, t->column[k], t->lanes, t->width[k], 0, t->items);
    return ir_reshape(g, v, shape->rank, shape->dim);
}

/* 0, 1, … along the last axis, the same at each place before it. */
static ir_id positions(ir *g, const type *shape)
{
    int64_t stride[AXES] = {0};
    stride[shape->rank - 1] = 1;
    ir_id count = ir_iota(g, shape->dim[shape->rank - 1]);
    return ir_view(g, count, shape->rank, shape->dim, 0, stride);
}

/* Whether key * items + position stays in the field that the key itself needs. */
static bool joins_position(const ir *g, ir_id key, int64_t items)
{
    const wide size = wide_add(g->mem, lower_magnitude(g, key), wide_of(1));
    const unsigned bits = wide_bits(size) + 2;
    unsigned least = bits <= 61 ? 61 : bits <= 127 ? 127 : PRIME_BITS;
    unsigned field = g->field.bits ? g->field.bits : least;
    if (field > 127 || g->field.prime) field -= field > SLACK_ROOM ? SLACK_ROOM : 0;
    return wide_bits(wide_mul(g->mem, size, wide_of(items))) + 2 <= field;
}

/* Keys that are never equal, so that what is equal keeps its order. */
static void add_stable_keys(ir *g, table *t, ir_id keys)
{
    if (ir_type(g, keys)->kind == KIND_BOOL) keys = ir_unary(g, IR_INT, keys);
    keys = ir_retag(g, keys, KIND_INT);
    const type shape = *ir_type(g, keys);
    ir_id where = positions(g, &shape);
    if (joins_position(g, keys, t->items)) {
        add_column(g, t, add(g, mul(g, keys, number_of(g, t->items)), where), 1);
        t->keys = 1;
    } else {
        add_column(g, t, keys, 1), add_column(g, t, where, 1);
        t->keys = 2;
    }
}

/* Of sizes that are not known: a value like x that depends on the keys. */
static ir_id some_order(ir *g, ir_id x, ir_id keys)
{
    return ir_select(g, ir_binary(g, IR_LT, keys, keys), x, x);
}

/* Rows that are one, or none, are in order. */
static bool is_trivial(const type *keys)
{
    uint64_t n;
    return type_length(keys, &n) && (n == 0 || keys->dim[keys->rank - 1] == 1);
}

/* --- what is offered */

ir_id sort_items(ir *g, ir_id v)
{
    const type shape = *ir_type(g, v);
    if (!lower_has_length(g, v)) return some_order(g, v, v);
    if (is_trivial(&shape)) return v;
    table t = table_new(&shape);
    add_column(g, &t, v, 1);
    t.keys = 1;
    run_network(g, &t);
    return take_column(g, &t, 0, &shape);
}

ir_id sort_rows(ir *g, ir_id x, ir_id keys)
{
    const type shape = *ir_type(g, x), of_keys = *ir_type(g, keys);
    int64_t width = 1;
    if (!lower_has_length(g, x)) return some_order(g, x, keys);
    if (is_trivial(&of_keys)) return x;
    for (unsigned k = of_keys.rank; k < shape.rank; k++) width *= shape.dim[k];
    if (width == 0) return x;
    table t = table_new(&of_keys);
    add_stable_keys(g, &t, keys);
    add_column(g, &t, x, width);
    run_network(g, &t);
    return take_column(g, &t, t.columns - 1, &shape);
}

ir_id sort_ties(ir *g, ir_id bools, ir_id keys, bool first)
{
    const type shape = *ir_type(g, bools);
    if (!lower_has_length(g, bools)) return some_order(g, bools, keys);
    if (is_trivial(&shape)) return bools;
    ir_id later = ir_unary(g, IR_INT, first ? ir_unary(g, IR_NOT, bools) : bools);
    table t = table_new(&shape);
    ir_id number = ir_retag(g, keys, KIND_INT);
    add_column(g, &t, add(g, mul(g, number, number_of(g, 2)), later), 1);
    add_column(g, &t, bools, 1);
    t.keys = 1;
    run_network(g, &t);
    return take_column(g, &t, 1, &shape);
}

ir_id sort_order(ir *g, ir_id v)
{
    const type shape = *ir_type(g, v);
    return sort_rows(g, positions(g, &shape), v);
}

ir_id sort_ranks(ir *g, ir_id v)
{
    return sort_order(g, sort_order(g, v));
}
