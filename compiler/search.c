/* Words that search among values nobody sees: lookup put member match align. Each compares all that could be
 * meant, so that nothing tells what was. */
#include <string.h>

#include "compiler/batch.h"

/* --- shapes */

/* How many items the axes from `axis` on hold; a letter where one is. */
static int64_t items_from(checker *c, const type *t, unsigned axis)
{
    int64_t n = 1;
    for (unsigned k = axis; k < t->rank; k++) n = derive(c, '*', n, t->dim[k]);
    return n;
}

static bool want_positions(checker *c, const cell *x)
{
    if (type_of(c, x)->kind <= KIND_INT) return want_closed(c, x);
    diagnosis *d = error_at(c, "E0301", "`%s` wants whole numbers as positions, not %s",
                            token_quote(&c->tok[c->at], c->mem), describe(c, x));
    propose_floor(c, d, x);
    return false;
}

static bool want_table(checker *c, const cell *x)
{
    return want_vector(c, x) && want_closed(c, x);
}

/* A number that is 0 or 1, as a bool. */
static ir_id is_positive(checker *c, ir_id v)
{
    return ir_binary(&c->g, IR_LT, ir_number(&c->g, KIND_INT, wide_of(0)), v);
}

/* What the sum of one row at most is: of its kind, in the range of the rows and 0. */
static ir_id one_row(checker *c, ir_id sum, const type *rows)
{
    if (rows->kind == KIND_BOOL) return is_positive(c, sum);
    return ir_clamp_range(&c->g, sum, wide_least(rows->lo, wide_of(0)),
                          wide_most(rows->hi, wide_of(0)));
}

/* chosen [.. n] by rows [n ..], as `rank` axes: the sum of the chosen rows, for each place before the last axis of
 * `chosen`. At most one is chosen. */
static ir_id chosen_rows(checker *c, ir_id chosen, ir_id rows, unsigned rank, const int64_t *dim)
{
    const type a = *ir_type(&c->g, chosen), b = *ir_type(&c->g, rows);
    int64_t n = b.dim[0];
    int64_t places = items_from(c, &a, 0) / (n > 0 ? n : 1), width = items_from(c, &b, 1);
    ir_id v = ir_matmul(&c->g, chosen, rows, rank, dim, places, n, width);
    return one_row(c, v, &b);
}

/* The same for each item of a `map` around: chosen [lead.. p n] by rows [lead.. n ..], as `rank` axes. */
static ir_id chosen_of_each(checker *c, const batch *at, ir_id chosen, const cell *rows, int64_t p,
                            unsigned rank, const int64_t *dim)
{
    const type b = *type_of(c, rows);
    ir_id v = batch_product(c, at, chosen, rows->v, p, dim_of(c, rows, 0),
                            items_from(c, &b, at->lead + 1), rank, dim);
    return one_row(c, v, &b);
}

/* --- lookup and put */

/* What `lookup` leaves: the axes of the positions, then those of a row. */
static unsigned looked_up(checker *c, const cell *table, const cell *i, int64_t *dim)
{
    const type *t = type_of(c, table), *of = type_of(c, i);
    unsigned rank = of->rank;
    memcpy(dim, of->dim, rank * sizeof *dim);
    for (unsigned k = table->lift + 1u; k < t->rank; k++) dim[rank++] = t->dim[k];
    return rank;
}

/* Whether the positions point here or there: bool[.. n]. The first axis stays, for a group's sake. */
static ir_id pointed_at(checker *c, const batch *at, const cell *i, int64_t n)
{
    const type t = *type_of(c, i);
    return lower_onehot(&c->g, batch_flat(c, at, i->v, items_from(c, &t, at->lead)), n);
}

bool word_lookup(checker *c, cell *in, int variant)
{
    cell *table = &in[0], *i = &in[1];
    int64_t dim[2 * AXES];
    (void)variant;
    if (!want_table(c, table) || !want_number(c, table) || !want_positions(c, i)) return false;
    convert(c, i, KIND_INT);
    bool own = table->lift; /* each item of a `map` around has its own table */
    unsigned lift = own && table->lift > i->lift ? table->lift : i->lift;
    if (own && (!expand_lift(c, i, lift, table) || !expand_lift(c, table, lift, i))) return false;
    unsigned rank = looked_up(c, table, i, dim), lead = own ? lift : type_of(c, i)->rank > 0;
    if (!room_for_axes(c, rank)) return false;
    const batch at = batch_of(c, i, lead);
    ir_id here = pointed_at(c, &at, i, dim_of(c, table, 0));
    const type of = *type_of(c, i);
    ir_id v = own ? chosen_of_each(c, &at, here, table, items_from(c, &of, lead), rank, dim)
                  : chosen_rows(c, here, table->v, rank, dim);
    return leave(c, v, lift);
}

/* x for each of n rows: a new axis behind the lift. */
static ir_id for_each_row(checker *c, const cell *x, int64_t n)
{
    const type t = *type_of(c, x);
    int64_t dim[AXES + 1], stride[AXES + 1], step = 1;
    for (unsigned k = t.rank; k-- > 0; step = ir_stride(step, t.dim[k])) {
        unsigned to = k >= x->lift ? k + 1 : k;
        dim[to] = t.dim[k], stride[to] = step;
    }
    dim[x->lift] = n, stride[x->lift] = 0;
    return ir_view(&c->g, x->v, t.rank + 1u, dim, 0, stride);
}

static bool refuse_put(checker *c, const cell *in)
{
    diagnosis *d = error_at(c, "E0302", "`put` cannot put %s into %s", describe(c, &in[2]),
                            describe(c, &in[0]));
    diagnose_line(d, LINE_BECAUSE, "it wants one position, and what `at` would give there");
    return false;
}

bool word_put(checker *c, cell *in, int variant)
{
    cell value[2] = {in[0], in[2]};
    unsigned lift = 0;

    (void)variant;
    if (!want_table(c, &in[0]) || !want_positions(c, &in[1]) || !want_closed(c, &in[2]))
        return false;
    bool fits = rank_of(c, &in[1]) == 0 && rank_of(c, &in[2]) + 1 == rank_of(c, &in[0]);
    for (unsigned k = 0; fits && k < rank_of(c, &in[2]); k++)
        fits = same_dim(c, dim_of(c, &in[2], k), dim_of(c, &in[0], k + 1));
    if (!fits) return refuse_put(c, in);
    kind joined;
    const cell *most = &in[0];
    for (int k = 0; k < 3; k++)
        if (in[k].lift > most->lift) most = &in[k];
    lift = most->lift;
    if (!join_alike(c, value, 2, &joined) || !expand_lift(c, &value[0], lift, most) ||
        !expand_lift(c, &value[1], lift, most))
        return false;
    convert(c, &in[1], KIND_INT);
    if (!expand_lift(c, &in[1], lift, most)) return false;
    int64_t n = dim_of(c, &value[0], 0);
    ir_id here = lower_onehot(&c->g, in[1].v, n);
    ir_id v = ir_select(&c->g, here, for_each_row(c, &value[1], n), value[0].v);
    return leave(c, v, lift);
}

/* --- member, match and align: all of v against all of w */

static bool want_alike(checker *c, cell *v, cell *w)
{
    const char *name = token_quote(&c->tok[c->at], c->mem);
    cell both[2] = {*v, *w};
    kind k;
    if (!want_closed(c, v) || !want_table(c, w) || !join_alike(c, both, 2, &k)) return false;
    if (rank_of(c, w) != 1) {
        error_at(c, "E0306", "`%s` searches a vector, not %s", name, describe(c, w));
        return false;
    }
    *v = both[0], *w = both[1];
    return true;
}

/* v searched in w: for each item of a `map` around, where that gives each its own w or own rows, else all at once. */
typedef struct search {
    batch at;
    ir_id v, w;
    type of;      /* v, whose shape the results have */
    int64_t p, m; /* items of v for each place of the leading axes, and of w */
    unsigned lift;
    bool own;    /* each place has its own w */
    bool joins;  /* by one instruction; else by comparing all with all: */
    ir_id equal; /* bool[.. m] */
} search;

/* Repeats all over the axes that any of them has. */
static bool lift_together(checker *c, cell *const *x, size_t n)
{
    const cell *most = x[0];
    for (size_t k = 1; k < n; k++)
        if (x[k]->lift > most->lift) most = x[k];
    for (size_t k = 0; k < n; k++)
        if (!expand_lift(c, x[k], most->lift, most)) return false;
    return true;
}

/* Whether joining costs less than comparing all with all, of `tables` tables; in about the bytes at n = 3, which
 * are the same for each program wherever it runs. */
static bool joins_cheaper(checker *c, const search *s, double tables, double columns)
{
    enum { COMPARISON = 31, BIT_OF_KEY = 30, ROW = 130, COLUMN = 55, ROUNDS = 150 };
    const type *v = ir_type(&c->g, s->v), *w = ir_type(&c->g, s->w);
    wide most = wide_most(v->hi, w->hi), least = wide_least(v->lo, w->lo);
    double bits = wide_bits(wide_sub(c->mem, most, least));
    double pairs = tables * (double)s->p * (double)s->m * COMPARISON;
    double rows = tables * (double)(s->p + s->m);
    return pairs >
           rows * (BIT_OF_KEY * bits + ROW + COLUMN * columns) + (double)ROUNDS * ROUND_WEIGHT;
}

/* What a group's members compute each on their own is no join of all their items. */
static bool is_of_members(const checker *c, const search *s)
{
    const type *t = ir_type(&c->g, s->v);
    return !s->own && t->owner != NO_OWNER && c->header.party[t->owner].group;
}

static bool search_for(checker *c, cell *v, cell *w, cell *rows, search *out)
{
    search s = {.own = w->lift || (rows && rows->lift)};
    uint64_t items, searched, columns = 1;
    if (s.own && !lift_together(c, (cell *const[]){v, w, rows}, rows ? 3 : 2)) return false;
    s.lift = v->lift, s.of = *type_of(c, v), s.v = v->v, s.w = w->v;
    s.at = batch_of(c, v, s.own ? s.lift : s.of.rank > 0);
    s.p = items_from(c, &s.of, s.at.lead), s.m = dim_of(c, w, 0);
    bool sized = type_length(&s.of, &items) && type_length(type_of(c, w), &searched) && items &&
                 searched && (!rows || type_length(type_of(c, rows), &columns));
    if (!s.own) s.p = items_from(c, &s.of, 0);
    double tables = sized ? (double)items / (double)s.p : 0;
    s.joins = sized && !is_of_members(c, &s) &&
              joins_cheaper(c, &s, tables, rows ? 1 + (double)columns / (double)searched : 2);
    if (!s.joins) {
        s.p = items_from(c, &s.of, s.at.lead);
        s.equal = batch_equal(c, &s.at, v->v, w->v, !s.own, s.p, s.m);
    }
    *out = s;
    return true;
}

static ir_id is_found(checker *c, ir_id equal)
{
    return is_positive(c, ir_unary(&c->g, IR_SUM, equal));
}

/* The first true of each row alone: where the running count is 1. */
static ir_id first_only(checker *c, ir_id equal)
{
    ir_id count = ir_unary(&c->g, IR_SUMS, equal);
    ir_id one = ir_binary(&c->g, IR_EQ, count, ir_number(&c->g, KIND_INT, wide_of(1)));
    return ir_binary(&c->g, IR_AND, equal, one);
}

/* 0, 1, … for the items of w, the same at all places. */
static ir_id places_of(checker *c, const search *s)
{
    int64_t stride[AXES] = {0};
    const type *w = ir_type(&c->g, s->w);
    stride[w->rank - 1] = 1;
    return ir_view(&c->g, ir_iota(&c->g, s->m), w->rank, w->dim, 0, stride);
}

/* The rows at the first places where items of v are in w, with these axes. */
static ir_id rows_found(checker *c, const search *s, const cell *rows, unsigned rank,
                        const int64_t *dim)
{
    if (s->joins)
        return ir_join(&c->g, IR_JOINED, (ir_id[]){s->v, s->w, rows->v}, s->p, s->m, rank, dim);
    ir_id first = first_only(c, s->equal);
    return s->own ? chosen_of_each(c, &s->at, first, rows, s->p, rank, dim)
                  : chosen_rows(c, first, rows->v, rank, dim);
}

static bool leave_found(checker *c, const search *s, ir_id rows)
{
    const type *t = &s->of;
    if (!s->joins)
        return leave(c, ir_reshape(&c->g, is_found(c, s->equal), t->rank, t->dim), s->lift);
    ir_id in[] = {s->v, s->w, rows};
    return leave(c, ir_join(&c->g, IR_FOUND, in, s->p, s->m, t->rank, t->dim), s->lift);
}

bool word_member(checker *c, cell *in, int variant)
{
    (void)variant;
    search s;
    if (!want_alike(c, &in[0], &in[1]) || !search_for(c, &in[0], &in[1], NULL, &s)) return false;
    return leave_found(c, &s, s.joins ? places_of(c, &s) : 0);
}

bool word_match(checker *c, cell *in, int variant)
{
    (void)variant;
    search s;
    if (!want_alike(c, &in[0], &in[1]) || !search_for(c, &in[0], &in[1], NULL, &s)) return false;
    cell places = {.v = s.joins ? places_of(c, &s) : ir_iota(&c->g, s.m)};
    ir_id first = s.joins ? rows_found(c, &s, &places, s.of.rank, s.of.dim)
                          : chosen_rows(c, first_only(c, s.equal), places.v, s.of.rank, s.of.dim);
    return leave(c, first, s.lift) && leave_found(c, &s, places.v);
}

/* The rows of `rows` at the first places found, with the axes of v before theirs. */
static bool leave_rows(checker *c, const search *s, const cell *rows)
{
    const type t = *type_of(c, rows);
    int64_t dim[2 * AXES];
    unsigned rank = s->of.rank;
    memcpy(dim, s->of.dim, rank * sizeof *dim);
    for (unsigned k = rows->lift + 1u; k < t.rank; k++) dim[rank++] = t.dim[k];
    if (!room_for_axes(c, rank)) return false;
    return leave(c, rows_found(c, s, rows, rank, dim), s->lift);
}

bool word_align(checker *c, cell *in, int variant)
{
    cell *rows = &in[2];
    (void)variant;
    if (!want_alike(c, &in[0], &in[1]) || !want_table(c, rows) || !want_number(c, rows))
        return false;
    if (!same_dim(c, dim_of(c, &in[1], 0), dim_of(c, rows, 0))) {
        diagnosis *d = error_at(c, "E0302", "`align` cannot take rows of %s by %s",
                                describe(c, rows), describe(c, &in[1]));
        diagnose_line(d, LINE_BECAUSE, "it wants one key for each row");
        return false;
    }
    search s;
    return search_for(c, &in[0], &in[1], rows, &s) && leave_rows(c, &s, rows) &&
           leave_found(c, &s, rows->v);
}
