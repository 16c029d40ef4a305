/* Which secrets are among others, and the rows that go with those: the union is sorted, each row is compared with the
 * one before, and what the first of equal ones has is handed down to the others, who then go back to where they were
 * (on private joins by sorting Asharov et al. 2022, section 6; Hamada et al. 2012). Quasi-linear. */
#include "runtime/sorting.h"

#include <string.h>

/* Rows of all tables: `columns` elements each, a flag that is 1 in rows that may be found, then what goes with them. */
typedef struct union_rows {
    size_t tables, rows, columns;
    void *v;
} union_rows;

static const void *operand(job *j, const abb_lane *l, size_t k)
{
    return operand_shares(j, &l->in[k]);
}

/* --- handing down: a scan (Brent, Kung 1982), in place. g[i] of each row says whether it gets what the one before has */

typedef struct hop {
    size_t *to; /* rows that get from the row `distance` before */
    size_t count, distance;
} hop;

/* Rows first, first + step, … of each table. */
static hop hops(job *j, const union_rows *u, size_t first, size_t step, size_t distance)
{
    hop h = {job_bytes(j, u->tables * (u->rows / step + 1) * sizeof *h.to), 0, distance};

    for (size_t t = 0; t < u->tables; t++)
        for (size_t i = first; i < u->rows; i += step) h.to[h.count++] = t * u->rows + i;
    return h;
}

/* row += g row of before; g = g g of before, if it is wanted. */
static void hop_down(job *j, const union_rows *u, void *g, const hop *h, bool joins)
{
    const field *f = job_box(j)->f;
    size_t columns = u->columns, len = h->count * columns, all = len + (joins ? h->count : 0);
    void *mark = job_mark(j), *x = job_vector(j, f, all), *y = job_vector(j, f, all);

    for (size_t k = 0; k < h->count; k++) {
        size_t from = h->to[k] - h->distance;
        f->copy(f, field_at(f, x, k * columns), field_at(f, u->v, from * columns), columns);
        f->spread(f, field_at(f, y, k * columns), field_at(f, g, h->to[k]), columns, 1);
        if (!joins) continue;
        f->copy(f, field_at(f, x, len + k), field_at(f, g, from), 1);
        f->copy(f, field_at(f, y, len + k), field_at(f, g, h->to[k]), 1);
    }
    multiply(j, x, x, y, all);
    for (size_t k = 0; k < h->count; k++) {
        void *row = field_at(f, u->v, h->to[k] * columns);
        f->add(f, row, row, field_at(f, x, k * columns), columns);
        if (joins) f->copy(f, field_at(f, g, h->to[k]), field_at(f, x, len + k), 1);
    }
    job_release(j, mark);
}

static void hand_down(job *j, const union_rows *u, void *g)
{
    void *mark = job_mark(j);
    size_t step = 1;

    for (; step < u->rows; step *= 2) {
        hop h = hops(j, u, 2 * step - 1, 2 * step, step);
        hop_down(j, u, g, &h, true);
    }
    for (; step > 0; step /= 2) {
        hop h = hops(j, u, 3 * step - 1, 2 * step, step);
        if (h.count) hop_down(j, u, g, &h, false);
    }
    job_release(j, mark);
}

/* --- joining */

/* Keys and rows of the union: of each table what is searched, then the items that search. */
static void unite(job *j, const abb_lane *l, element least, void *key, const union_rows *u)
{
    const field *f = job_box(j)->f;
    size_t items = (size_t)l->code->imm[0], among = (size_t)l->code->imm[1];
    size_t width = u->columns - 1;
    const void *v = operand(j, l, 0), *w = operand(j, l, 1);
    const void *rows = width ? operand(j, l, 2) : NULL;

    f->fill(f, u->v, element_of(0), u->tables * u->rows * u->columns);
    for (size_t t = 0; t < u->tables; t++) {
        size_t at = t * u->rows;
        f->copy(f, field_at(f, key, at), field_at(f, w, t * among), among);
        f->copy(f, field_at(f, key, at + among), field_at(f, v, t * items), items);
        for (size_t k = 0; k < width; k++)
            f->pick(f, field_at(f, u->v, at * u->columns + k + 1), (ptrdiff_t)u->columns,
                    field_at(f, rows, t * among * width + k), (ptrdiff_t)width, among);
        void *one = job_vector(j, f, 1);
        f->fill(f, one, element_of(1), 1);
        f->pick(f, field_at(f, u->v, at * u->columns), (ptrdiff_t)u->columns, one, 0, among);
    }
    f->add_constant(f, key, key, field_minus(f, element_of(0), least), u->tables * u->rows);
}

/* same = whether each sorted row has the key of the one before in its table. */
static void compare_neighbours(job *j, void *same, const void *key, const union_rows *u)
{
    const field *f = job_box(j)->f;
    size_t len = u->tables * u->rows;

    if (len > 1) f->sub(f, field_at(f, same, 1), field_at(f, key, 1), key, len - 1);
    for (size_t t = 0; t < u->tables; t++)
        f->fill(f, field_at(f, same, t * u->rows), element_of(1), 1); /* not 0: the first is new */
    is_zero(j, same, same, len);
}

/* In sorted order: of equal keys the first row is what all of them get. */
static void share_first(job *j, const union_rows *u, const void *key)
{
    const field *f = job_box(j)->f;
    size_t len = u->tables * u->rows;
    void *mark = job_mark(j), *same = job_vector(j, f, len);
    void *lost = job_vector(j, f, len * u->columns);

    compare_neighbours(j, same, key, u);
    f->spread(f, lost, same, u->columns, len);
    multiply(j, lost, lost, u->v, len * u->columns);
    f->sub(f, u->v, u->v, lost, len * u->columns);
    hand_down(j, u, same);
    job_release(j, mark);
}

/* Rows and their keys, in ascending order of these. */
static ranking sort_union(job *j, const union_rows *u, void *key, unsigned bits)
{
    const field *f = job_box(j)->f;
    size_t len = u->tables * u->rows, all = u->columns + 1;
    void *row = job_vector(j, f, len * all);

    f->pick(f, row, (ptrdiff_t)all, key, 1, len);
    for (size_t k = 0; k < u->columns; k++)
        f->pick(f, field_at(f, row, k + 1), (ptrdiff_t)all, field_at(f, u->v, k),
                (ptrdiff_t)u->columns, len);
    ranking r = sort_keys(j, cheapest_sort(job_box(j), u->tables, u->rows, bits), key, u->tables,
                          u->rows, bits, row, all);
    f->pick(f, key, 1, row, (ptrdiff_t)all, len);
    for (size_t k = 0; k < u->columns; k++)
        f->pick(f, field_at(f, u->v, k), (ptrdiff_t)u->columns, field_at(f, row, k + 1),
                (ptrdiff_t)all, len);
    return r;
}

/* What the items that searched have got. */
static void take_results(job *j, const abb_lane *l, const union_rows *u)
{
    const field *f = job_box(j)->f;
    const vec *found = l->out[0].secret, *rows = l->out[1].secret;
    size_t items = (size_t)l->code->imm[0], among = (size_t)l->code->imm[1];

    for (size_t t = 0; t < u->tables; t++) {
        const void *from = field_at(f, u->v, (t * u->rows + among) * u->columns);
        if (found)
            f->pick(f, field_at(f, found->v, t * items), 1, from, (ptrdiff_t)u->columns, items);
        size_t width = rows ? u->columns - 1 : 0;
        for (size_t k = 0; k < width; k++)
            f->pick(f, field_at(f, rows->v, t * items * width + k), (ptrdiff_t)width,
                    field_at(f, from, k + 1), (ptrdiff_t)u->columns, items);
    }
}

/* From the least that an item of a or b can be to the most. */
static reg range_of_both(const abb_lane *l)
{
    reg both = *l->in[0].type;
    const reg *b = l->in[1].type;
    both.lo = wide_least(both.lo, b->lo), both.hi = wide_most(both.hi, b->hi);
    return both;
}

void job_join(job *j)
{
    const field *f = job_box(j)->f;
    const abb_lane *l = job_first_lane(j);
    const reg both = range_of_both(l);
    uint64_t searching = reg_length(l->in[0].type), searched = reg_length(l->in[1].type);
    union_rows u = {.tables = (size_t)(searching / (uint64_t)l->code->imm[0]), .columns = 1};
    element least;

    u.rows = (size_t)(l->code->imm[0] + l->code->imm[1]);
    if (l->out[1].secret) u.columns += (size_t)(reg_length(l->in[2].type) / searched);
    u.v = job_vector(j, f, u.tables * u.rows * u.columns);
    void *key = job_vector(j, f, u.tables * u.rows);
    unsigned bits = range_from_zero(j, &both, &least);
    unite(j, l, least, key, &u);
    ranking r = sort_union(j, &u, key, bits);
    share_first(j, &u, key);
    ranking_apply(j, &r, true, u.v, u.columns);
    take_results(j, l, &u);
}
