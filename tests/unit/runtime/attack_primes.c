/* Attacks on comparisons in fields of other primes: on what is opened there, and on the masks, of which nothing may be used
 * that has not been verified. */
#include "lies.h"

#include <criterion/criterion.h>

static const unsigned sizes[][2] = {{3, 1}, {4, 1}, {5, 2}};
enum { SIZES = sizeof sizes / sizeof *sizes };

static program *comparison(void)
{
    return program_of_prime_one(OP_LT);
}

/* The prime is so far from a power of two that half of the numbers that are drawn are thrown away. */
static program *comparison_among_few(void)
{
    program *p = program_of_one(OP_LT);

    p->prime = arena_alloc(&p->mem, PRIME_LIMBS * sizeof *p->prime);
    p->field_bits = (uint16_t)prime_parse("75262715820734971913", p->prime);
    return p;
}

Test(attacks, a_masked_value_of_another_prime_shifted_for_one_node)
{
    lie l = lie_of_node(1, ABOUT_MESSAGE, STEP_MASK, add_to_first, 2);
    l.most = 1;
    for (size_t k = 0; k < SIZES; k++)
        expect_caught(comparison(), sizes[k][0], sizes[k][1], l, "a masked value was opened wrong");
}

Test(attacks, a_masked_value_of_another_prime_shifted_by_a_share)
{
    lie l = lie_of_node(1, ABOUT_SHARE, STEP_MASK, add_to_first, 2);
    for (size_t k = 0; k < SIZES; k++)
        expect_caught(comparison(), sizes[k][0], sizes[k][1], l, "masked value");
}

/* A mask that is not uniform shows something of what it hides: nobody opens anything under it. */
static void expect_no_mask_used(program *p, unsigned nodes, unsigned threshold, lie l,
                                const char *words)
{
    trial t = trial_of(p, nodes, threshold);
    member_run *runs = run_lied_to(&t, &l);

    cr_assert_gt(l.told[1], 0, "%u nodes: nothing was said", nodes);
    expect_all_stopped(&t, &l, runs, words);
    for (unsigned k = 0; k < nodes; k++)
        cr_assert_eq(l.begun[k][STEP_MASK], 0, "node %u uses a mask of no bits", k);
    members_free(runs, t.p, t.l);
    trial_end(&t);
}

Test(attacks, masks_of_bits_that_are_none)
{
    lie l = lie_of_node(1, ABOUT_SECRET, STEP_MASK_AHEAD, add_to_first, 2);
    l.round = 0;
    for (size_t k = 0; k < SIZES; k++)
        expect_no_mask_used(comparison(), sizes[k][0], sizes[k][1], l,
                            "a product of shares is wrong");
}

Test(attacks, masks_of_wrong_products)
{
    lie l = lie_of_node(1, ABOUT_MESSAGE, STEP_PRODUCTS, add_to_first, 1);
    l.within = 1u << STEP_MASK_AHEAD, l.most = 1;
    for (unsigned n = 3; n <= 5; n += 2) expect_no_mask_used(comparison(), n, n / 2, l, "product");
}

/* Else nodes could be made to use one mask for two numbers. */
Test(attacks, a_wrong_share_of_which_masks_are_used)
{
    lie l = lie_of_node(1, ABOUT_OPENING, STEP_OPENING, add_to_first, 1);
    l.within = 1u << STEP_MASK_AHEAD, l.not_in = 1u << STEP_POINT;
    for (size_t k = 0; k < SIZES; k++)
        expect_no_mask_used(comparison_among_few(), sizes[k][0], sizes[k][1], l,
                            "the shares of which masks are used do not fit together");
}
