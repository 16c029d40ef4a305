/* Attacks on shuffles: rows changed, exchanged or replaced on their way, with the sums that go with them, and shares at
 * the end that are others. */
#include "lies.h"

#include <criterion/criterion.h>
#include <string.h>

static const unsigned sizes[][2] = LIES_SIZES;
enum { SIZES = sizeof sizes / sizeof *sizes };

enum { WIDTH = 3 }; /* words of a row of program_of_shuffles, its sum included */

/* Adds to one column what it takes from the next. */
static void shift_within_row(const lie *l, const moment *at, void *data, size_t bytes)
{
    if (bytes >= WIDTH * sizeof(uint64_t)) add_cancelling(l, at, data, 2 * sizeof(uint64_t));
}

static void exchange_rows(const lie *l, const moment *at, void *data, size_t bytes)
{
    uint64_t *v = data;
    (void)l, (void)at;

    for (size_t k = 0; bytes >= 2 * WIDTH * sizeof *v && k < WIDTH; k++) {
        uint64_t t = v[k];
        v[k] = v[WIDTH + k], v[WIDTH + k] = t;
    }
}

static void set_to_zero(const lie *l, const moment *at, void *data, size_t bytes)
{
    (void)l, (void)at;
    if (bytes >= WIDTH * sizeof(uint64_t)) memset(data, 0, bytes);
}

/* In the passes from set to set, that is: of parts that are not dealt. */
static lie in_passes(void (*how)(const lie *, const moment *, void *, size_t))
{
    lie l = lie_of_node(0, ABOUT_MESSAGE, STEP_SHUFFLE, how, 1);
    l.not_in = 1u << STEP_DEALING | 1u << STEP_PRODUCTS | 1u << STEP_TOSS | 1u << STEP_OPENING;
    l.most = 1;
    return l;
}

static const char changed[] = "rows were changed in a shuffle";

static void expect_passes_caught(void (*how)(const lie *, const moment *, void *, size_t))
{
    for (size_t k = 0; k < SIZES; k++)
        expect_each_liar_caught(program_of_shuffles, sizes[k][0], sizes[k][1], in_passes(how),
                                changed);
}

Test(attacks, a_row_of_a_shuffle_that_is_changed)
{
    expect_passes_caught(add_to_first);
}

/* Errors in two columns that cancel: a public combination of the columns would not see them. */
Test(attacks, a_row_of_a_shuffle_whose_columns_are_changed_together)
{
    expect_passes_caught(shift_within_row);
}

/* A cheater that permutes its part in another order than the rest of its set. */
Test(attacks, parts_of_a_shuffle_in_another_order)
{
    expect_passes_caught(exchange_rows);
}

Test(attacks, parts_of_a_shuffle_that_are_left_out)
{
    expect_passes_caught(set_to_zero);
}

Test(attacks, other_rows_dealt_at_the_end_of_a_shuffle)
{
    lie l = lie_of_node(0, ABOUT_SECRET, STEP_SHUFFLE, shift_within_row, 1);
    l.most = 1;
    for (size_t k = 0; k < SIZES; k++)
        expect_each_liar_caught(program_of_shuffles, sizes[k][0], sizes[k][1], l, changed);
}

/* Of the rows that are dealt last, one share alone: of a node that does not reduce what the check reduces. */
Test(attacks, shares_of_rows_that_are_on_no_polynomial)
{
    lie l = lie_of_node(0, ABOUT_MESSAGE, STEP_SHUFFLE, add_to_first, 1);
    l.within = 1u << STEP_DEALING, l.not_in = 1u << STEP_PRODUCTS, l.to = 1u << 2;
    expect_caught(program_of_shuffles(), 4, 1, l, "the shares of what was dealt do not fit together");
}

Test(attacks, wrong_sums_of_rows)
{
    lie l = lie_of_node(1, ABOUT_REDUCTION, STEP_SHUFFLE, add_to_first, 1);
    for (size_t k = 0; k < SIZES; k++) {
        l.which = 0; /* before the shuffle */
        expect_caught(program_of_shuffles(), sizes[k][0], sizes[k][1], l, changed);
        l.which = 1; /* in the check after it */
        expect_caught(program_of_shuffles(), sizes[k][0], sizes[k][1], l, changed);
    }
}

Test(attacks, a_wrong_share_in_the_check_of_a_shuffle)
{
    lie l = lie_of_node(0, ABOUT_OPENING, STEP_SHUFFLE, add_to_first, 1);
    for (size_t k = 0; k < SIZES; k++)
        expect_caught(program_of_shuffles(), sizes[k][0], sizes[k][1], l,
                      "the shares of a check of a shuffle do not fit together");
}
