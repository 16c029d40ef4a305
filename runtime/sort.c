/* Sorting: two ways to find the order of secret keys, by pairs and by a network (the third is radix.c), and jobs that sort
 * or rank by it. All are stable, so that what is opened on the way, places under a shuffle, is a uniform order whatever
 * the keys. */
#include "runtime/sorting.h"

#include <string.h>

void number_rows(job *j, void *out, size_t tables, size_t rows)
{
    const field *f = job_box(j)->f;

    f->fill(f, out, element_of(1), tables * rows);
    f->sums(f, out, out, rows, tables);
    f->add_constant(f, out, out, field_minus(f, f->p, element_of(1)), tables * rows);
}

/* --- all pairs: as many comparisons as there are, in the rounds of one */

/* out = x[k] - x[i] for i < k, i by i. */
static void pair_differences(const field *f, void *out, const void *x, size_t tables, size_t rows)
{
    size_t at = 0;

    for (size_t k = 0; k < tables * rows; k++) {
        size_t behind = rows - 1 - k % rows;
        f->spread(f, field_at(f, out, at), field_at(f, x, k), behind, 1);
        f->sub(f, field_at(f, out, at), field_at(f, x, k + 1), field_at(f, out, at), behind);
        at += behind;
    }
}

/* A row stands behind those after it that are smaller, and those before it that are not larger. */
static ranking rank_by_pairs(job *j, const void *by, size_t tables, size_t rows)
{
    const field *f = job_box(j)->f;
    size_t pairs = tables * (rows * (rows - 1) / 2), at = 0;
    ranking r = {.tables = tables, .rows = rows, .ranks = true};

    r.number = job_vector(j, f, tables * rows);
    void *mark = job_mark(j), *less = job_vector(j, f, pairs), *sum = job_vector(j, f, 1);
    pair_differences(f, less, by, tables, rows);
    is_negative(j, less, less, pairs);
    number_rows(j, r.number, tables, rows);
    for (size_t k = 0; k < tables * rows; k++) {
        size_t behind = rows - 1 - k % rows;
        void *own = field_at(f, r.number, k), *after = field_at(f, r.number, k + 1);
        f->sum(f, sum, field_at(f, less, at), behind, 1);
        f->add(f, own, own, sum, 1);
        f->sub(f, after, after, field_at(f, less, at), behind);
        at += behind;
    }
    job_release(j, mark);
    return r;
}

/* --- a network: Batcher's merge exchange (Knuth, The Art of Computer Programming 3, 5.2.2, algorithm M), for many rows
 * where bits do not serve or sets have no keys */

typedef struct stage {
    size_t run, low, distance; /* rows i with (i & run) == low meet rows i + distance */
} stage;

/* What is sorted by `key`, and between equal keys by `tie`, unless that is NULL. */
typedef struct network {
    size_t tables, rows;
    bool ties;
    void *key, *tie;
    void *x; /* [tables][rows][width]: what goes along */
    size_t width;
} network;

/* The rows of all tables that meet a later one; how many. */
static size_t first_rows(size_t *out, stage s, const network *n)
{
    size_t found = 0;
    for (size_t t = 0; t < n->tables; t++)
        for (size_t i = 0; i + s.distance < n->rows; i++)
            if ((i & s.run) == s.low) out[found++] = t * n->rows + i;
    return found;
}

/* out = x[at + distance] - x[at], of `width` items each. */
static void distances(const field *f, void *out, const void *x, size_t width, const size_t *at,
                      size_t distance, size_t len)
{
    for (size_t k = 0; k < len; k++)
        f->sub(f, field_at(f, out, k * width), field_at(f, x, (at[k] + distance) * width),
               field_at(f, x, at[k] * width), width);
}

/* x[at] += gain, x[at + distance] -= gain. */
static void move_up(const field *f, void *x, const void *gain, size_t width, const size_t *at,
                    size_t distance, size_t len)
{
    for (size_t k = 0; k < len; k++) {
        void *low = field_at(f, x, at[k] * width),
             *high = field_at(f, x, (at[k] + distance) * width);
        f->add(f, low, low, field_at(f, gain, k * width), width);
        f->sub(f, high, high, field_at(f, gain, k * width), width);
    }
}

/* swap = whether the later rows of the pairs come before the others: `gain` begins with what they differ in. */
static void out_of_order(job *j, const network *n, void *swap, const void *gain, size_t len)
{
    const field *f = job_box(j)->f;

    if (!n->ties) {
        is_negative(j, swap, gain, len);
        return;
    }
    void *mark = job_mark(j), *less = job_vector(j, f, 2 * len), *equal = job_vector(j, f, len);
    is_negative(j, less, gain, 2 * len);
    is_zero(j, equal, gain, len);
    multiply(j, equal, equal, field_at(f, less, len), len);
    f->add(f, swap, less, equal, len);
    job_release(j, mark);
}

static void run_stage(job *j, const network *n, stage s)
{
    const field *f = job_box(j)->f;
    void *mark = job_mark(j);
    size_t *at = job_bytes(j, n->tables * n->rows * sizeof *at), len = first_rows(at, s, n);
    size_t ties = n->ties * len, rows = (1 + n->width) * len + ties;
    void *gain = job_vector(j, f, rows), *swap = job_vector(j, f, rows);
    void *of_tie = field_at(f, gain, len), *of_x = field_at(f, gain, len + ties);

    distances(f, gain, n->key, 1, at, s.distance, len);
    distances(f, of_tie, n->tie, 1, at, s.distance, ties);
    distances(f, of_x, n->x, n->width, at, s.distance, len);
    out_of_order(j, n, swap, gain, len);
    f->copy(f, field_at(f, swap, len), swap, ties);
    f->spread(f, field_at(f, swap, len + ties), swap, n->width, len);
    multiply(j, gain, gain, swap, rows);
    move_up(f, n->key, gain, 1, at, s.distance, len);
    move_up(f, n->tie, of_tie, 1, at, s.distance, ties);
    move_up(f, n->x, of_x, n->width, at, s.distance, len);
    job_release(j, mark);
}

static void run_network(job *j, const network *n)
{
    size_t half = 1;

    while (2 * half < n->rows) half *= 2;
    for (size_t run = half; run > 0 && n->rows > 1; run /= 2) {
        run_stage(j, n, (stage){run, 0, run});
        for (size_t reach = half; reach > run; reach /= 2)
            run_stage(j, n, (stage){run, run, reach - run});
    }
}

static ranking sort_by_network(job *j, const void *by, size_t tables, size_t rows, void *x,
                               size_t width)
{
    const field *f = job_box(j)->f;
    size_t len = tables * rows;
    ranking r = {.tables = tables, .rows = rows, .number = job_vector(j, f, len)};
    void *mark = job_mark(j), *key = job_vector(j, f, len);
    network n = {tables, rows, true, key, r.number, x, width};

    number_rows(j, r.number, tables, rows);
    f->copy(f, key, by, len);
    run_network(j, &n);
    job_release(j, mark);
    return r;
}

/* --- by either */

ranking sort_keys(job *j, sort_way way, const void *by, size_t tables, size_t rows,
                  unsigned key_bits, void *x, size_t width)
{
    if (way == SORT_BY_NETWORK) return sort_by_network(j, by, tables, rows, x, width);
    ranking r = way == SORT_BY_DIGITS ? rank_by_digits(j, by, tables, rows, key_bits)
                                      : rank_by_pairs(j, by, tables, rows);
    if (width) ranking_apply(j, &r, false, x, width);
    return r;
}

/* --- jobs of one lane */

unsigned range_from_zero(job *j, const reg *of, element *least)
{
    num lo, hi;

    *least = element_of_wide(job_box(j)->f, of->lo);
    if (!wide_narrow(of->lo, &lo) || !wide_narrow(of->hi, &hi)) return job_box(j)->f->bits;
    unsigned bits = num_bits(hi - lo), most = job_box(j)->f->bits;
    return bits > most ? most : bits ? bits : 1;
}

void job_sort(job *j)
{
    const field *f = job_box(j)->f;
    const abb_lane *l = job_first_lane(j);
    const reg *of = l->in[0].type;
    vec *out = l->out[0].secret;
    size_t rows = (size_t)l->code->imm[0], len = (size_t)reg_length(of);
    void *by = job_vector(j, f, len);
    element least;

    unsigned bits = range_from_zero(j, of, &least);
    f->add_constant(f, by, operand_shares(j, &l->in[0]), field_minus(f, element_of(0), least), len);
    sort_way way = cheapest_sort(job_box(j), len / rows, rows, bits);
    if (job_work(j)->op == OP_SORT) {
        f->copy(f, out->v, operand_shares(j, &l->in[1]), out->len);
        sort_keys(j, way, by, len / rows, rows, bits, out->v, out->len / len);
        return;
    }
    ranking r = sort_keys(j, way, by, len / rows, rows, bits, NULL, 0);
    if (r.ranks) {
        f->copy(f, out->v, r.number, len);
        return;
    }
    number_rows(j, out->v, len / rows, rows);
    ranking_apply(j, &r, true, out->v, 1);
}
