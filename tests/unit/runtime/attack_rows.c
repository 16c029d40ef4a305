/* Attacks on rows that go to secret places, in a sort by digits: rows, their bits and their sums changed, exchanged or
 * replaced on their way, places that rest on a lie, and places that are opened otherwise. */
#include "lies.h"

#include <criterion/criterion.h>
#include <string.h>

static const unsigned sizes[][2] = LIES_SIZES;
enum { SIZES = sizeof sizes / sizeof *sizes };

/* The moves of program_of_sorts: by the digit, where the place is a number and bits go along; of the ranking, that is bits
 * alone; and at the end, where the place is bits and numbers go along. */
enum { BY_DIGIT, TURNED, AT_THE_END };

static const char changed[] = "rows were changed on their way to secret places";

/* In the passes from set to set, that is: of parts that are not dealt. */
static lie in_passes(size_t nth, void (*how)(const lie *, const moment *, void *, size_t),
                     uint64_t by)
{
    lie l = lie_of_node(0, ABOUT_MESSAGE, STEP_MOVE, how, by);
    l.not_in = 1u << STEP_DEALING | 1u << STEP_POINT | 1u << STEP_SUMS | 1u << STEP_PLACES |
               1u << STEP_BITS_OPENED;
    l.nth = nth, l.most = 1;
    return l;
}

/* Every part that a node hands over, of three nodes each; of more, those of one node by the digit. */
Test(attacks, every_part_of_rows_that_move)
{
    for (size_t k = 0; k < SIZES; k++) {
        const bool three = sizes[k][0] == 3;
        size_t caught = 0;
        for (size_t nth = BY_DIGIT; nth <= (three ? AT_THE_END : BY_DIGIT); nth++)
            for (unsigned node = 0; node < (three ? 3 : 1); node++) {
                lie l = in_passes(nth, add_to_first, 1);
                l.liars = 1u << node;
                caught += expect_each_caught(program_of_sorts, sizes[k][0], sizes[k][1], l, changed);
            }
        cr_assert_geq(caught, three ? 9 : 1);
    }
}

/* The bytes of rows of as many words, and of rows of bits. */
static size_t rows_of_words(size_t words)
{
    return SORTED * words * sizeof(uint64_t);
}

static size_t rows_of_bits(size_t bits)
{
    return (SORTED * bits + 7) / 8;
}

static void expect_part_caught(size_t nth, size_t bytes,
                               void (*how)(const lie *, const moment *, void *, size_t), uint64_t by)
{
    lie l = in_passes(nth, how, by);
    l.bytes = bytes;
    for (size_t k = 0; k < SIZES; k++)
        expect_each_liar_caught(program_of_sorts, sizes[k][0], sizes[k][1], l, changed);
}

/* Errors in two numbers that cancel: of the last move, whose rows are two numbers and their sum. */
static void shift_within_row(const lie *l, const moment *at, void *data, size_t bytes)
{
    (void)bytes;
    add_cancelling(l, at, data, 2 * sizeof(uint64_t));
}

Test(attacks, numbers_of_a_row_that_are_changed_together)
{
    expect_part_caught(AT_THE_END, rows_of_words(3), shift_within_row, 1);
}

/* The same of the two lowest bits of a row's number. */
Test(attacks, bits_of_a_row_that_are_changed_together)
{
    expect_part_caught(BY_DIGIT, rows_of_bits(SORTED_BITS + 60), flip_first, 3);
}

/* A cheater that gives its numbers another order than the rest of its set: the place and the sum of a row. */
static void exchange_rows(const lie *l, const moment *at, void *data, size_t bytes)
{
    uint64_t row[2];
    (void)l, (void)at, (void)bytes;

    memcpy(row, data, sizeof row);
    memcpy(data, (uint64_t *)data + 2, sizeof row);
    memcpy((uint64_t *)data + 2, row, sizeof row);
}

Test(attacks, parts_of_rows_in_another_order)
{
    expect_part_caught(BY_DIGIT, rows_of_words(2), exchange_rows, 1);
}

/* What the last set deals of them. */
static void other_rows_dealt(lie_about about,
                             void (*how)(const lie *, const moment *, void *, size_t))
{
    for (size_t nth = BY_DIGIT; nth <= AT_THE_END; nth += AT_THE_END)
        for (size_t k = 0; k < SIZES; k++) {
            lie l = lie_of_node(0, about, STEP_MOVE, how, 1);
            l.nth = nth, l.most = 1, l.not_in = 1u << STEP_POINT | 1u << STEP_SUMS;
            expect_each_liar_caught(program_of_sorts, sizes[k][0], sizes[k][1], l, changed);
        }
}

Test(attacks, other_numbers_dealt_of_rows_that_moved)
{
    other_rows_dealt(ABOUT_SECRET, add_to_first);
}

Test(attacks, other_bits_dealt_of_rows_that_moved)
{
    other_rows_dealt(ABOUT_BITS, flip_first);
}

/* One share alone of what is dealt last: of a node that does not reduce what checks reduce. */
Test(attacks, shares_of_moved_rows_that_are_on_no_polynomial)
{
    for (size_t nth = BY_DIGIT; nth <= AT_THE_END; nth += AT_THE_END) {
        lie l = lie_of_node(0, ABOUT_MESSAGE, STEP_MOVE, add_to_first, 1);
        l.within = 1u << STEP_DEALING, l.not_in = 1u << STEP_POINT | 1u << STEP_SUMS;
        l.nth = nth, l.most = 1, l.to = 1u << 2;
        l.bytes = rows_of_words(nth == BY_DIGIT ? 1 : 2);
        expect_caught(program_of_sorts(), 4, 1, l,
                      "the shares of what was dealt do not fit together");
    }
}

/* The two nodes that hear the bits are told different ones. */
Test(attacks, bits_of_moved_rows_that_several_hear_otherwise)
{
    lie l = lie_of_node(0, ABOUT_MESSAGE, STEP_MOVE, flip_first, 1);
    l.within = 1u << STEP_DEALING, l.not_in = 1u << STEP_POINT | 1u << STEP_SUMS;
    l.nth = BY_DIGIT, l.bytes = rows_of_bits(SORTED_BITS), l.most = 1;
    expect_each_liar_caught(program_of_sorts, 4, 1, l, "was dealt other bits than this node");
    expect_each_liar_caught(program_of_sorts, 5, 2, l, "was dealt other bits than this node");
}

/* --- the check itself */

static void lie_in_the_check(unsigned about, const char *words)
{
    for (size_t k = 0; k < SIZES; k++)
        for (size_t which = 0; which < 2; which++) {
            lie l = lie_of_node(0, about, STEP_SUMS, add_to_first, 1);
            l.not_in = 1u << STEP_TOSS, l.nth = BY_DIGIT, l.which = which;
            expect_each_liar_caught(program_of_sorts, sizes[k][0], sizes[k][1], l, words);
        }
}

Test(attacks, wrong_sums_of_moved_rows)
{
    lie_in_the_check(ABOUT_SECRET, changed);
}

Test(attacks, wrong_sums_of_what_masks_moved_rows)
{
    lie_in_the_check(ABOUT_REDUCTION, changed);
}

Test(attacks, wrong_shares_in_the_check_of_moved_rows)
{
    lie_in_the_check(ABOUT_OPENING, "the shares of rows that moved do not fit together");
    for (size_t k = 0; k < SIZES; k++)
        for (size_t which = 2; which < 4; which++) {
            lie l = lie_of_node(0, ABOUT_OPENING, STEP_SUMS, add_to_first, 1);
            l.not_in = 1u << STEP_TOSS, l.nth = BY_DIGIT, l.which = which;
            expect_caught(program_of_sorts(), sizes[k][0], sizes[k][1], l,
                          "the shares of the sum of a row do not fit together");
        }
}

/* --- places */

/* Runs a lie that is caught before any honest node has opened a place. */
static void expect_no_place_opened(lie l, const char *words)
{
    trial t = trial_of(program_of_sorts(), 3, 1);

    expect_caught_in(&t, &l, words);
    for (unsigned k = 0; k < 3; k++)
        cr_assert(l.liars >> k & 1 || !l.begun[k][STEP_PLACES], "node %u opened a place", k);
    trial_end(&t);
}

/* What is opened may depend on a secret where a product was wrong: the place of a row, or what says where it goes. */
Test(attacks, places_that_rest_on_wrong_products)
{
    lie whole = lie_of_node(0, ABOUT_REDUCTION, STEP_PRODUCTS, add_to_first, 1),
        part = lie_of_node(0, ABOUT_SECRET, STEP_TO_FIELD, add_to_first, 1);
    whole.most = part.most = 1;
    whole.not_in = part.not_in = 1u << STEP_POINT | 1u << STEP_INPUT_CHECKS;
    expect_no_place_opened(whole, "product");
    part.liars = 2;
    expect_no_place_opened(part, "");
}

Test(attacks, places_that_rest_on_rows_that_were_changed)
{
    expect_no_place_opened(in_passes(BY_DIGIT, add_to_first, 1), changed);
}

/* Each node moves its shares as the places say that it reads. Did honest nodes read different ones, theirs would be no sharing,
 * and what they show of it next more than its mask hides. So all read the same, or stop at once. */
static const char no_place[] = "the shares of a place do not fit together";

/* Of two rows a node shows shares by which another one takes the one for the other. The share of node 0 counts twice at
 * node 1. */
Test(attacks, a_place_that_is_opened_otherwise)
{
    const uint64_t half = (uint64_t)1 << 60, p = field_p61.p.limb[0];

    for (size_t k = 0; k < 4; k++) {
        trial t = trial_of(program_of_two_rows(), 3, 1);
        lie l = lie_of_node(0, ABOUT_MESSAGE, STEP_PLACES, add_cancelling, k % 2 ? half : p - half);
        l.nth = 0, l.to = 1u << 1;
        member_run *runs = run_lied_to(&t, &l);
        expect_all_stopped(&t, &l, runs, no_place);
        cr_assert_eq(l.begun[1][STEP_MOVE], 1, "node 1 goes on");
        members_free(runs, t.p, t.l);
        trial_end(&t);
    }
}

Test(attacks, places_opened_otherwise_by_all_cheaters_together)
{
    for (size_t k = 0; k < SIZES; k++) {
        lie l = lie_of_node(0, ABOUT_OPENING, STEP_PLACES, add_cancelling, 1);
        l.liars = (1u << sizes[k][1]) - 1;
        expect_caught(program_of_two_rows(), sizes[k][0], sizes[k][1], l, no_place);
    }
}

Test(attacks, a_place_in_bits_that_is_opened_otherwise)
{
    for (uint64_t by = 1; by < 16; by <<= 1) { /* either coefficient of either row */
        lie l = lie_of_node(0, ABOUT_MESSAGE, STEP_BITS_OPENED, flip_first, by);
        l.or_in = 0, l.within = 1u << STEP_MOVE, l.nth = 0;
        expect_caught(program_of_two_rows(), 3, 1, l, no_place);
    }
}
