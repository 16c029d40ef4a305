/* Sorting: which way of three finds the order of secret keys, and jobs that sort or rank by it. All are stable, so that
 * what is opened on the way, places under a shuffle, is a uniform order whatever the keys. */
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

/* The rows of all tables that meet a later one; how many. */
static size_t first_rows(size_t *out, stage s, size_t tables, size_t rows)
{
    size_t found = 0;
    for (size_t t = 0; t < tables; t++)
        for (size_t i = 0; i + s.distance < rows; i++)
            if ((i & s.run) == s.low) out[found++] = t * rows + i;
    return found;
}

static void take(const field *f, void *out, const void *x, const size_t *at, size_t behind,
                 size_t len)
{
    for (size_t k = 0; k < len; k++)
        f->copy(f, field_at(f, out, k), field_at(f, x, at[k] + behind), 1);
}

/* x[at] += gain, x[at + behind] -= gain. */
static void move_up(const field *f, void *x, const void *gain, const size_t *at, size_t behind,
                    size_t len)
{
    for (size_t k = 0; k < len; k++) {
        void *low = field_at(f, x, at[k]), *high = field_at(f, x, at[k] + behind);
        f->add(f, low, low, field_at(f, gain, k), 1);
        f->sub(f, high, high, field_at(f, gain, k), 1);
    }
}

/* Rows are keys, and where they were before, which decides between equal ones. */
static void run_stage(job *j, void *key, void *origin, stage s, size_t tables, size_t rows)
{
    const field *f = job_box(j)->f;
    void *mark = job_mark(j);
    size_t *at = job_bytes(j, tables * rows * sizeof *at);
    size_t len = first_rows(at, s, tables, rows);
    void *gain = job_vector(j, f, 2 * len), *low = job_vector(j, f, 2 * len),
         *swap = job_vector(j, f, 2 * len), *equal = job_vector(j, f, len);

    take(f, gain, key, at, s.distance, len), take(f, low, key, at, 0, len);
    take(f, field_at(f, gain, len), origin, at, s.distance, len);
    take(f, field_at(f, low, len), origin, at, 0, len);
    f->sub(f, gain, gain, low, 2 * len);
    is_negative(j, swap, gain, 2 * len);
    is_zero(j, equal, gain, len);
    multiply(j, equal, equal, field_at(f, swap, len), len);
    f->add(f, swap, swap, equal, len);
    f->copy(f, field_at(f, swap, len), swap, len);
    multiply(j, gain, gain, swap, 2 * len);
    move_up(f, key, gain, at, s.distance, len);
    move_up(f, origin, field_at(f, gain, len), at, s.distance, len);
    job_release(j, mark);
}

static ranking rank_by_network(job *j, const void *by, size_t tables, size_t rows)
{
    const field *f = job_box(j)->f;
    size_t len = tables * rows, half = 1;
    ranking r = {.tables = tables, .rows = rows};

    r.number = job_vector(j, f, len);
    number_rows(j, r.number, tables, rows);
    void *mark = job_mark(j), *key = job_vector(j, f, len);
    f->copy(f, key, by, len);
    while (2 * half < rows) half *= 2;
    for (size_t run = half; run > 0 && rows > 1; run /= 2) {
        run_stage(j, key, r.number, (stage){run, 0, run}, tables, rows);
        for (size_t reach = half; reach > run; reach /= 2)
            run_stage(j, key, r.number, (stage){run, run, reach - run}, tables, rows);
    }
    job_release(j, mark);
    return r;
}

/* --- which */

/* What each way costs about, in bytes at n = 3, where a round counts as many as go in its time. */
enum { ROUND = 10000, COMPARISON = 35, BIT_OF_KEY = 30, DIGIT_ROUNDS = 3, DECISION_ROUNDS = 10 };

static double cost_of_pairs(double tables, double rows)
{
    return tables * rows * (rows - 1) / 2 * COMPARISON + ROUND * DECISION_ROUNDS;
}

static double cost_of_digits(double tables, double rows, double bits)
{
    return (tables * rows * BIT_OF_KEY + ROUND * DIGIT_ROUNDS) * (bits + 2);
}

static double cost_of_network(double tables, double rows)
{
    double halvings = 1;
    while ((double)(UINT64_C(1) << (unsigned)halvings) < rows) halvings++;
    double stages = halvings * (halvings + 1) / 2;
    return stages * (tables * rows / 2 * 3 * COMPARISON + ROUND * 2 * DECISION_ROUNDS);
}

sort_way cheapest_sort(const box *b, size_t tables, size_t rows, unsigned key_bits)
{
    bool digits = b->bits && b->keys->small;
    double most = digits ? cost_of_digits((double)tables, (double)rows, key_bits)
                         : cost_of_network((double)tables, (double)rows);

    if (cost_of_pairs((double)tables, (double)rows) <= most) return SORT_BY_PAIRS;
    return digits ? SORT_BY_DIGITS : SORT_BY_NETWORK;
}

ranking rank_keys(job *j, sort_way way, const void *by, size_t tables, size_t rows, unsigned key_bits)
{
    switch (way) {
    case SORT_BY_DIGITS: return rank_by_digits(j, by, tables, rows, key_bits);
    case SORT_BY_NETWORK: return rank_by_network(j, by, tables, rows);
    default: return rank_by_pairs(j, by, tables, rows);
    }
}

/* --- jobs of one lane */

const abb_lane *job_only_lane(const job *j)
{
    size_t k = 0;
    while (!job_takes(j, k)) k++;
    return &job_work(j)->lane[k];
}

/* An end of a range as an element; the range is public. */
static element element_of_end(const job *j, wide end)
{
    const box *b = job_box(j);
    uint64_t words[WIDE_LIMBS] = {0};
    plain one = {.v = (num *)words, .len = 1, .extra = b->base.program->extra};
    element e = element_of(0);

    wide_put(words, 2 + one.extra, end);
    b->f->from_num(b->f, &e, &one, 1);
    return e;
}

unsigned range_from_zero(job *j, const reg *of, element *least)
{
    num lo, hi;

    *least = element_of_end(j, of->lo);
    if (!wide_narrow(of->lo, &lo) || !wide_narrow(of->hi, &hi)) return job_box(j)->f->bits;
    unsigned bits = num_bits(hi - lo);
    return bits ? bits : 1;
}

void job_sort(job *j)
{
    const field *f = job_box(j)->f;
    const abb_lane *l = job_only_lane(j);
    const reg *of = l->in[0].type;
    vec *out = l->out[0].secret;
    size_t rows = (size_t)l->code->imm[0], len = (size_t)reg_length(of);
    void *by = job_vector(j, f, len);
    element least;

    unsigned bits = range_from_zero(j, of, &least);
    f->add_constant(f, by, operand_shares(j, &l->in[0]), field_minus(f, element_of(0), least), len);
    sort_way way = cheapest_sort(job_box(j), len / rows, rows, bits);
    ranking r = rank_keys(j, way, by, len / rows, rows, bits);
    bool ranks = job_work(j)->op == OP_RANK;
    if (ranks && r.ranks) {
        f->copy(f, out->v, r.number, len);
        return;
    }
    if (ranks)
        number_rows(j, out->v, len / rows, rows);
    else
        f->copy(f, out->v, operand_shares(j, &l->in[1]), out->len);
    ranking_apply(j, &r, ranks, out->v, out->len / len);
}
