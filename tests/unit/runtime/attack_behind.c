/* Batches of notes that are verified behind the jobs that make the next ones: what is right comes out as ever, at the price
 * foretold and in few rounds more; who lies in any batch, or while it is verified, is found before anything is revealed. */
#include "lies.h"

#include <criterion/criterion.h>

enum { BATCH = 128, WIDTH = 64, LEVELS = 40, BATCHES = LEVELS * WIDTH / BATCH };

/* Who says other shares than it holds itself is found by the one or the other. */
static const char wrong_product[] = "product";

static program *chain(void)
{
    return program_of_levels(LEVELS, WIDTH);
}

/* One instruction of many batches. */
static program *long_one(void)
{
    enum { LEN = BATCH * 5 + 3 };
    program *p = program_begin(61, 1);
    uint32_t x = program_input(p, 0, KIND_INT, LEN), y = program_input(p, 1, KIND_INT, LEN);

    for (size_t k = 0; k < 2; k++)
        program_reveal(p, PARTY_ALL,
                       program_op(p, OP_MUL, LEN, (uint32_t[]){x, k ? x : y}, 2, NULL, 0));
    return p;
}

/* Comparisons of what is multiplied in between: openings, bits dealt in two fields, and products of bits in every batch. */
static program *decisions(void)
{
    enum { LEN = 8 * BATCH, TIMES = 4 };
    program *p = program_begin(61, 1);
    uint32_t x = program_input(p, 0, KIND_INT, LEN), y = program_input(p, 1, KIND_INT, LEN);

    for (size_t k = 0; k < TIMES; k++) {
        uint32_t less = program_op(p, OP_LT, LEN, (uint32_t[]){x, y}, 2, NULL, 0);
        x = program_op(p, OP_SELECT, LEN, (uint32_t[]){less, y, x}, 3, NULL, 0);
    }
    program_reveal(p, PARTY_ALL, x);
    return p;
}

/* --- honest runs */

static const unsigned sizes[][2] = LIES_SIZES;
enum { SIZES = sizeof sizes / sizeof *sizes };

static void expect_right(program *(*make)(void), unsigned nodes, unsigned threshold)
{
    trial t = trial_of(make(), nodes, threshold);
    expect_as_ideal_on(t.p, t.d, t.l);
    trial_end(&t);
}

Test(active, batches_behind_chains)
{
    batches_of(BATCH);
    for (size_t k = 0; k < SIZES; k++) expect_right(chain, sizes[k][0], sizes[k][1]);
}

Test(active, batches_behind_long_instructions)
{
    batches_of(BATCH);
    expect_right(long_one, 3, 1);
    expect_right(long_one, 4, 1);
}

Test(active, batches_behind_decisions)
{
    batches_of(BATCH);
    expect_right(decisions, 3, 1);
    expect_right(decisions, 5, 2);
}

static uint64_t rounds_of(size_t levels, size_t batch)
{
    batches_of(batch);
    return active_rounds(program_of_levels(levels, WIDTH));
}

/* A batch waits for the first steps of that before it, and not for all of its verification, which takes as long as that at
 * the end of a program that is one batch. */
Test(active, rounds_of_batches_are_hidden_in_those_of_the_next)
{
    const uint64_t once = rounds_of(LEVELS, 0) - LEVELS,
                   behind = rounds_of(LEVELS, BATCH) - rounds_of(LEVELS, 0);

    cr_expect_lt(behind, (BATCHES - 1) * once / 2);
    cr_expect_eq(rounds_of(LEVELS, BATCH * LEVELS), rounds_of(LEVELS, 0));
}

static _Atomic size_t begun, most;

/* Five rounds: two challenges, and the first step between them. */
static void expect_room(const box *b)
{
    enum { UNTIL_FEWER = 5 };
    behind_mark mark[BEHIND_MOST];
    const size_t others = box_behind(b, mark);

    begun++;
    if (others > most) most = others;
    cr_assert_lt(others, BEHIND_MOST);
    for (size_t k = 0; k < others; k++) cr_assert_geq(mark[k].rounds, UNTIL_FEWER);
}

Test(active, few_batches_are_kept_at_once)
{
    batches_of(BATCH);
    watch_behind(expect_room);
    expect_right(chain, 3, 1);
    cr_expect_geq(most, 2);
    cr_expect_eq(begun, 4 * (BATCHES - 1)); /* members; the first batch is verified with the inputs */
}

/* --- lies */

/* Of the first batch, of those behind, and of the last, which is verified before the outputs. */
Test(attacks, an_error_in_any_batch)
{
    batches_of(BATCH);
    for (size_t level = 0; level < LEVELS; level += 3) {
        lie l = lie_of_node(level % 3, ABOUT_MESSAGE, STEP_PRODUCTS, add_to_first, 1);
        l.nth = level;
        expect_caught(chain(), 3, 1, l, wrong_product);
    }
    lie l = lie_of_node(1, ABOUT_MESSAGE, STEP_PRODUCTS, add_to_first, 1);
    l.nth = LEVELS / 2;
    expect_caught(chain(), 5, 2, l, wrong_product);
}

Test(attacks, a_wrong_share_in_any_part_of_a_long_instruction)
{
    batches_of(BATCH);
    lie l = lie_of_node(0, ABOUT_MESSAGE, STEP_PRODUCTS, add_to_last, 1);

    l.nth = 0, l.bytes = BATCH * sizeof(uint64_t), l.not_in = 1u << STEP_INPUT_CHECKS;
    for (l.which = 0; l.which < 4; l.which++) expect_caught(long_one(), 3, 1, l, wrong_product);
}

/* What is said while a batch is verified is said beside the products of the next. */
Test(attacks, a_wrong_value_in_the_proof_of_any_batch)
{
    batches_of(BATCH);
    for (size_t batch = 0; batch < BATCHES; batch += 4) {
        lie l = lie_of_node(2, ABOUT_MESSAGE, STEP_VERIFY_PRODUCTS, add_to_first, 1);
        l.nth = batch, l.not_in = 1u << STEP_TOSS | 1u << STEP_OPENING;
        expect_caught(chain(), 3, 1, l, "");
    }
}

/* What the check of inputs notes is verified behind it. */
Test(attacks, a_wrong_product_in_any_batch_of_the_check_of_inputs)
{
    batches_of(BATCH);
    for (size_t nth = 0; nth < 3; nth++) {
        lie l = lie_of_node(nth % 3, ABOUT_MESSAGE, STEP_ANDS, flip_first, 1);
        l.within = 1u << STEP_INPUT_CHECKS, l.nth = 4 * nth, l.most = 1;
        expect_caught(decisions(), 3, 1, l, "");
    }
}

Test(attacks, what_decisions_of_any_batch_rest_on)
{
    static const step steps[] = {STEP_MASK, STEP_ANDS, STEP_TO_FIELD};

    batches_of(BATCH);
    for (size_t k = 0; k < sizeof steps / sizeof *steps; k++) {
        lie l = lie_of_node(0, ABOUT_MESSAGE, steps[k], flip_first, 1);
        l.not_in = 1u << STEP_POINT | 1u << STEP_INPUT_CHECKS, l.most = 1;
        expect_caught(decisions(), 3, 1, l, "");
    }
}
