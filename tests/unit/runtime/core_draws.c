/* What is drawn on Shamir boxes: rows are all there in an order that is uniform, bits are fair, nobody sees
 * either, and the price is what cost_of says. False alarms of the statistics are below 1 in 10^9. */
#include "core_help.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

static const struct {
    unsigned nodes, threshold;
} sizes[] = {{3, 1}, {4, 1}, {5, 1}, {5, 2}, {6, 2}, {7, 3}, {8, 1}, {8, 3}, {9, 2}, {9, 4}};

enum { SIZES = sizeof sizes / sizeof sizes[0], GMP_BITS = 150 };

/* Calls look(p, first output of member 0) after a run of p by so many nodes, at the price foreseen. */
static void run_on(const program *p, run_data *d, launch *l, void (*look)(plain *const *output))
{
    member_run *runs = run_members(p, l, d->input);

    for (unsigned k = 0; k < l->members; k++) {
        cr_assert_eq(runs[k].st, OK, "n=%u: %s", l->nodes, runs[k].err.text);
        for (uint32_t o = 0; o < p->outputs; o++)
            cr_assert_arr_eq(runs[k].data->output[o][0].v, runs[0].data->output[o][0].v,
                             runs[0].data->output[o][0].len * sizeof(num));
    }
    expect_price(p, l, runs);
    look(runs[0].data->output);
    members_free(runs, p, l);
    launch_free(l);
}

static void run(const program *p, run_data *d, size_t size, bool owners_apart,
                void (*look)(plain *const *output))
{
    run_on(p, d, launch_for(p, sizes[size].nodes, sizes[size].threshold, owners_apart), look);
}

/* The first `most` of the sizes. */
static void run_actively(const program *p, run_data *d, size_t most,
                         void (*look)(plain *const *output))
{
    for (size_t k = 0; k < most; k++) {
        launch *l = launch_for(p, sizes[k].nodes, sizes[k].threshold, k % 2);
        l->active = true;
        run_on(p, d, l, look);
    }
}

static void done(program *p, run_data *d)
{
    run_data_free(d, p);
    program_free(p);
}

/* --- shuffle: what is there before is there afterwards */

enum { TABLES = 3, ROWS = 7, WIDTH = 2, ITEMS = TABLES * ROWS * WIDTH };

/* Item k of the input is 1000 + k. */
static void expect_rows(const num *x)
{
    for (size_t t = 0; t < TABLES; t++) {
        bool seen[ROWS] = {false};
        for (size_t r = 0; r < ROWS; r++) {
            const num *row = x + (t * ROWS + r) * WIDTH;
            size_t first = (size_t)(row[0] - 1000), was = first / WIDTH;
            cr_assert(row[0] >= 1000 && first < ITEMS && first % WIDTH == 0,
                      "no first item of a row");
            cr_assert_eq((size_t)(row[1] - row[0]), 1, "a row fell apart");
            cr_assert_eq(was / ROWS, t, "a row left its table");
            cr_assert_not(seen[was % ROWS], "a row came twice");
            seen[was % ROWS] = true;
        }
    }
}

static void expect_all(plain *const *output)
{
    size_t trues = 0;

    expect_rows(output[0][0].v);
    expect_rows(output[1][0].v);
    for (size_t k = 0; k < ITEMS; k++) {
        cr_assert(output[2][0].v[k] == 0 || output[2][0].v[k] == 1);
        trues += output[2][0].v[k] == 1;
    }
    cr_assert_eq(trues, 1);
    cr_assert_eq(output[3][0].v[0], 1000); /* one row is in order */
}

static void every_row_stays(uint8_t q, size_t active)
{
    program *p = program_begin(q, 2);
    uint32_t x = program_input(p, 0, KIND_INT, ITEMS), b = program_input(p, 0, KIND_BOOL, ITEMS);
    num label[ITEMS], one_true[ITEMS] = {1};
    int64_t tables[] = {ROWS, WIDTH}, bits[] = {ITEMS, 1}, one[] = {1, ITEMS};

    for (size_t k = 0; k < ITEMS; k++) label[k] = 1000 + (num)k;
    uint32_t known = program_constant(p, label, ITEMS);
    uint32_t out[4] = {program_op(p, OP_SHUFFLE, ITEMS, &x, 1, tables, 2)};
    out[1] = program_op(p, OP_SHUFFLE, ITEMS, &known, 1, tables, 2), program_merge(p);
    out[2] = program_op(p, OP_SHUFFLE, ITEMS, &b, 1, bits, 2), program_merge(p);
    out[3] = program_op(p, OP_SHUFFLE, ITEMS, &x, 1, one, 2), program_merge(p);
    for (size_t k = 0; k < 4; k++) program_reveal(p, PARTY_ALL, out[k]);
    program_ranges(p, 11); /* of items and a sign */
    run_data *d = run_data_new(p);
    fill_input(p, d, 0, 0, label, ITEMS);
    fill_input(p, d, 1, 0, one_true, ITEMS);
    for (size_t k = 0; !active && k < SIZES; k++) run(p, d, k, k % 2, expect_all);
    run_actively(p, d, active, expect_all);
    done(p, d);
}

Test(draws, a_shuffle_keeps_every_row_over_p61)
{
    every_row_stays(61, 0);
}

Test(draws, a_shuffle_keeps_every_row_over_p127)
{
    every_row_stays(127, 0);
}

Test(draws, a_shuffle_keeps_every_row_in_active_mode)
{
    every_row_stays(61, 6);
    every_row_stays(127, 4);
}

Test(draws, a_shuffle_keeps_every_row_over_another_prime)
{
    every_row_stays(GMP_BITS, 0);
    every_row_stays(GMP_BITS, 4);
}

/* --- shuffle: every order is as likely */

enum { LENGTHS = 3, TRIALS = 3000, ORDERS = 24 };

/* The number of an order of 0 … len-1 among all. */
static size_t order_number(const num *x, size_t len)
{
    size_t n = 0;
    for (size_t k = 0; k < len; k++) {
        size_t smaller = 0;
        for (size_t i = k + 1; i < len; i++) smaller += x[i] < x[k];
        n = n * (len - k) + smaller;
    }
    return n;
}

static void expect_uniform(plain *const *output)
{
    static const double limit[] = {42, 56, 95}; /* chi-square of 1, 5, 23 degrees of freedom: 10^-10 */
    static const size_t orders[] = {2, 6, 24};

    for (size_t i = 0; i < LENGTHS; i++) {
        size_t seen[ORDERS] = {0}, len = i + 2;
        double each = (double)TRIALS / (double)orders[i], chi = 0;
        for (size_t t = 0; t < TRIALS; t++) seen[order_number(output[i][0].v + t * len, len)]++;
        for (size_t k = 0; k < orders[i]; k++)
            chi += ((double)seen[k] - each) * ((double)seen[k] - each) / each;
        cr_assert_lt(chi, limit[i], "orders of %zu: chi-square %f", len, chi);
    }
}

Test(draws, every_order_of_a_shuffle_is_as_likely)
{
    program *p = program_begin(61, 2);
    run_data *d;
    num start[TRIALS * (LENGTHS + 1)];

    for (size_t i = 0; i < LENGTHS; i++) {
        size_t len = i + 2;
        for (size_t k = 0; k < TRIALS * len; k++) start[k] = (num)(k % len);
        uint32_t x = program_constant(p, start, TRIALS * len);
        int64_t shape[] = {(int64_t)len, 1};
        program_reveal(p, PARTY_ALL, program_op(p, OP_SHUFFLE, TRIALS * len, &x, 1, shape, 2));
    }
    d = run_data_new(p);
    for (size_t k = 0; k < SIZES; k++) run(p, d, k, false, expect_uniform);
    done(p, d);
}

/* --- shuffle: what it costs */

/* Elements that all nodes together send for a shuffle of `len` items, each. */
static double elements_each(unsigned nodes, unsigned threshold, size_t len, uint64_t *rounds)
{
    program *p = program_begin(61, 2);
    num zero[1000] = {0};
    uint32_t x = program_constant(p, zero, len);
    program_op(p, OP_SHUFFLE, len, &x, 1, (int64_t[]){(int64_t)len, 1}, 2);
    launch *l = launch_for(p, nodes, threshold, false);
    cost c;
    cr_assert_eq(cost_of(&c, p, l, NULL), OK);
    cr_assert_eq(c.lines, 1);
    double sent = (double)c.line[0].bytes / 8 / (double)len;
    *rounds = c.line[0].rounds;
    cost_free(&c);
    launch_free(l);
    program_free(p);
    return sent;
}

/* Laur, Willemson, Zhang with an additive sharing that moves: 4/3, 3 and 46/7 elements an item. */
Test(draws, a_shuffle_of_few_nodes_costs_a_round_for_each_set)
{
    static const struct {
        unsigned nodes, threshold, rounds;
        double elements;
    } want[] = {{3, 1, 3, 4.0 / 3}, {5, 2, 10, 3}, {7, 3, 35, 46.0 / 7}};
    for (size_t k = 0; k < sizeof want / sizeof want[0]; k++) {
        uint64_t rounds;
        double sent = elements_each(want[k].nodes, want[k].threshold, 1000, &rounds);
        cr_assert_eq(rounds, want[k].rounds);
        cr_assert_float_eq(sent, want[k].elements, 0.01, "n=%u: %f", want[k].nodes, sent);
    }
}

/* --- bits */

enum { BITS = 20000 };

/* Six and a half standard deviations of a fair count. */
static void expect_fair(size_t count, size_t of, const char *what)
{
    double off = 2 * (double)count - (double)of;
    cr_assert_lt(off * off, 6.5 * 6.5 * (double)of, "%s: %zu of %zu", what, count, of);
}

static void expect_fair_bits(plain *const *output)
{
    const num *a = output[0][0].v, *b = output[1][0].v;
    size_t trues = 0, same_as_next = 0, same_as_other = 0;

    for (size_t k = 0; k < BITS; k++) {
        cr_assert((a[k] == 0 || a[k] == 1) && (b[k] == 0 || b[k] == 1));
        trues += a[k] == 1;
        same_as_next += a[k] == a[(k + 1) % BITS];
        same_as_other += a[k] == b[k];
    }
    expect_fair(trues, BITS, "true");
    expect_fair(same_as_next, BITS, "like the next");
    expect_fair(same_as_other, BITS, "like the other draw");
}

static program *two_draws(uint8_t q)
{
    program *p = program_begin(q, 2);
    uint32_t a = program_op(p, OP_RANDOM, BITS, NULL, 0, NULL, 0);
    uint32_t b = program_op(p, OP_RANDOM, BITS, NULL, 0, NULL, 0);

    program_merge(p);
    program_reveal(p, PARTY_ALL, a);
    program_reveal(p, PARTY_ALL, b);
    return p;
}

Test(draws, random_bits_are_fair_and_each_use_draws_anew)
{
    for (uint8_t q = 61; q <= 127; q += 66) {
        program *p = two_draws(q);
        run_data *d = run_data_new(p);
        for (size_t k = 0; k < SIZES; k += 3) run(p, d, k, k % 2, expect_fair_bits);
        done(p, d);
    }
}

Test(draws, random_bits_of_another_prime_are_fair)
{
    program *p = two_draws(GMP_BITS);
    run_data *d = run_data_new(p);

    run(p, d, 0, false, expect_fair_bits);
    run_actively(p, d, 2, expect_fair_bits);
    done(p, d);
}
