/* Attacks on masked openings and on what leaders deal: values shifted for one node or for all, shares that a cheater
 * stands to, carries and bits that are others in one field than in the other or no bits at all, and lies in the checks
 * of them. */
#include "lies.h"

#include <criterion/criterion.h>
#include <string.h>

static const unsigned sizes[][2] = LIES_SIZES;
enum { SIZES = sizeof sizes / sizeof *sizes };

static const char opened_wrong[] = "a masked value was opened wrong";
static const char no_masked_value[] = "the shares of a masked value do not fit together";
static const char other_bits[] = "dealt other bits in one field than in the other";
static const char wrong_product[] = "a product of shares is wrong";
static const char wrong_bits[] = "a product of shared bits is wrong";

static program *comparison(void)
{
    return program_of_one(OP_LT);
}

static program *floors(void)
{
    return program_of_one(OP_FLOOR);
}

/* So many that half of what a node deals is less than its bits could say. */
static program *many_floors(void)
{
    enum { MANY = 20 };
    program *p = program_begin(61, 1);
    uint32_t x = program_input(p, 0, KIND_INT, MANY);
    program_input(p, 1, KIND_INT, 1);
    program_reveal(p, PARTY_ALL, program_op(p, OP_FLOOR, MANY, &x, 1, (int64_t[]){7}, 1));
    return p;
}

/* Another node leads at every mask: of four comparisons one after the other each node leads once. */
static program *four_comparisons(void)
{
    program *p = program_begin(61, 1);
    uint32_t x = program_input(p, 0, KIND_INT, 2), y = program_input(p, 1, KIND_INT, 2);
    for (size_t k = 0; k < 4; k++) x = program_op(p, OP_EQ, 2, (uint32_t[]){x, y}, 2, NULL, 0);
    program_reveal(p, PARTY_ALL, x);
    return p;
}

/* --- openings under masks: t + 1 shares are used, and t of them may be wrong */

/* Of more than three nodes bits that are opened later may already fit no more, as the lowest bit of what was shifted is in them:
 * all that the liar knows, who opened it too. */
Test(attacks, a_masked_value_shifted_for_one_node)
{
    lie l = lie_of_node(0, ABOUT_MESSAGE, STEP_MASK, add_to_first, 2);
    l.most = 1, l.nth = 0, l.not_in = 1u << STEP_DEALING;
    for (size_t k = 0; k < SIZES; k++)
        expect_each_liar_caught(comparison, sizes[k][0], sizes[k][1], l,
                                sizes[k][0] == 3 ? opened_wrong : "masked");
}

/* The cheater stands to its wrong share, so that what others opened is what its share says. */
Test(attacks, a_masked_value_shifted_the_same_in_opening_and_check)
{
    lie l = lie_of_node(0, ABOUT_SHARE, STEP_MASK, add_to_first, 2);
    for (l.nth = 0; l.nth < 5; l.nth++)
        expect_each_liar_caught(four_comparisons, 3, 1, l, "masked value");
}

/* Two of five shift it the same for everyone: comparing values, or hashes of them, would find nothing. */
Test(attacks, a_masked_value_shifted_the_same_for_everyone)
{
    for (unsigned first = 0; first < 5; first++) {
        lie l = lie_of_node(first, ABOUT_SHARE, STEP_MASK, add_to_first, 2);
        l.liars |= 1u << (first + 1) % 5;
        l.nth = 0;
        expect_caught(comparison(), 5, 2, l, "masked value");
    }
}

/* Who leads a mask knows nothing of what is opened under it, and so sends nothing towards it: it could make nodes of B read
 * different values that depend on secrets, and see by what comes of it which. */
Test(attacks, who_leads_a_mask_has_no_say_in_what_is_opened_under_it)
{
    for (size_t k = 0; k < SIZES; k += 2) {
        const unsigned nodes = sizes[k][0], leaders = sizes[k][1];
        unsigned silent = 0;
        for (unsigned node = 0; node < nodes; node++) {
            trial t = trial_of(comparison(), nodes, leaders);
            lie l = lie_of_node(node, ABOUT_MESSAGE, STEP_MASK, add_to_first, 0);
            l.nth = 0, l.not_in = 1u << STEP_DEALING;
            members_free(run_lied_to(&t, &l), t.p, t.l);
            silent += !l.told[node];
            trial_end(&t);
        }
        cr_assert_eq(silent, leaders, "%u of %u nodes send nothing", silent, nodes);
    }
}

Test(attacks, a_wrong_share_in_the_check_of_openings)
{
    lie l = lie_of_node(1, ABOUT_MESSAGE, STEP_SUMS_OPENED, flip_first, 1);
    l.nth = 0, l.to = 1u << 2, l.not_in = 1u << STEP_INPUT_CHECKS;
    expect_caught(comparison(), 3, 1, l, no_masked_value);
}

static const char no_bits[] = "the shares of masked bits do not fit together";

/* Whoever changes one wins nothing, nor do t together who stand to what they show. */
Test(attacks, bits_opened_wrong)
{
    lie l = lie_of_node(0, ABOUT_MESSAGE, STEP_BITS_OPENED, flip_first, 1);
    l.most = 1;
    for (size_t k = 1; k < SIZES; k++)
        expect_each_liar_caught(comparison, sizes[k][0], sizes[k][1], l, no_bits);
    l.most = 0;
    for (size_t k = 1; k < SIZES; k++) {
        l.liars = (1u << sizes[k][1]) - 1;
        expect_caught(comparison(), sizes[k][0], sizes[k][1], l, no_bits);
    }
}

/* Bits that are opened say how each node changes its shares of a random number. Did honest nodes read different ones, theirs
 * would be no sharing any more, and what they show of it in the next opening more than its mask hides. So who is told
 * others shows nothing more. */
Test(attacks, nothing_is_opened_after_bits_that_were_opened_otherwise)
{
    for (size_t k = 1; k < SIZES; k++) {
        trial t = trial_of(four_comparisons(), sizes[k][0], sizes[k][1]);
        lie l = lie_of_node(0, ABOUT_MESSAGE, STEP_BITS_OPENED, flip_first, 1);
        l.nth = 0, l.to = 1u << 1;
        member_run *runs = run_lied_to(&t, &l);
        expect_all_stopped(&t, &l, runs, no_bits);
        cr_assert_eq(l.begun[1][STEP_MASK], 1);
        members_free(runs, t.p, t.l);
        trial_end(&t);
    }
}

/* --- what leaders deal: each node is one once */

static step where_masks_are_made(unsigned threshold)
{
    return threshold == 1 ? STEP_MASK : STEP_MASK_AHEAD;
}

Test(attacks, wrong_carries_from_a_leader)
{
    static void (*const ways[])(const lie *, const moment *, void *, size_t) = {flip_first,
                                                                                flip_last};
    for (size_t k = 0; k < SIZES; k++)
        for (size_t i = 0; i < 2; i++) {
            lie l = lie_of_node(0, ABOUT_BITS, where_masks_are_made(sizes[k][1]), ways[i], 1);
            l.most = 1;
            expect_each_liar_caught(comparison, sizes[k][0], sizes[k][1], l, wrong_bits);
        }
}

/* Where one leader knows all of S. */
Test(attacks, wrong_products_of_two_bits_from_a_leader)
{
    enum { CARRIES, PAIRS };
    for (unsigned n = 3; n < 5; n++) {
        lie l = lie_of_node(0, ABOUT_BITS, STEP_MASK, flip_first, 1);
        l.which = PAIRS, l.most = 1;
        expect_each_liar_caught(comparison, n, 1, l, wrong_bits);
    }
}

/* Not of the lowest bit, which is in what is opened before. */
Test(attacks, different_carries_to_two_nodes)
{
    lie l = lie_of_node(0, ABOUT_MESSAGE, STEP_MASK_AHEAD, flip_last, 1);
    l.most = 1, l.round = 0, l.within = 1u << STEP_DEALING;
    for (size_t k = 1; k < SIZES; k++) {
        l.in = where_masks_are_made(sizes[k][1]);
        expect_each_liar_caught(comparison, sizes[k][0], sizes[k][1], l,
                                "was dealt other bits than this node");
    }
}

/* S >> f takes carries as numbers. */
Test(attacks, carries_that_are_others_as_numbers)
{
    for (size_t k = 0; k < SIZES; k++) {
        lie l = lie_of_node(0, ABOUT_SECRET, where_masks_are_made(sizes[k][1]), flip_first, 1);
        l.most = 1;
        expect_each_liar_caught(floors, sizes[k][0], sizes[k][1], l, other_bits);
    }
}

Test(attacks, bits_that_are_others_as_numbers)
{
    lie l = lie_of_node(0, ABOUT_SECRET, STEP_TO_FIELD, flip_first, 1);
    l.round = 0;
    expect_each_liar_caught(comparison, 3, 1, l, other_bits);
    l.in = STEP_BIT_PAIRS;
    for (size_t k = 1; k < SIZES; k++)
        expect_each_liar_caught(comparison, sizes[k][0], sizes[k][1], l, other_bits);
}

/* The product of the leaders' bit with what B knows, which t + 1 of B deal. */
Test(attacks, a_wrong_product_with_what_others_know)
{
    lie l = lie_of_node(0, ABOUT_SECRET, STEP_TO_FIELD, add_to_first, 1);
    l.round = 1;
    expect_each_liar_caught(comparison, 3, 1, l, wrong_product);
}

/* --- the comparison of parities: the dealer may choose what it deals there so that its lie fits */

enum { THROW_AWAY, HALVES };                          /* what is dealt in it, in this order */
static const uint64_t one_half = ((uint64_t)1 << 60); /* modulo 2^61 - 1 */

static _Thread_local uint64_t thrown_away[DEALT_SUBSETS];

/* Adds `by` to a number that stands in words as its bits. */
static void add_by_bits(uint64_t *bit, size_t bits, uint64_t by)
{
    uint64_t v = by;
    for (size_t k = 0; k < bits; k++) v += bit[k] << k;
    for (size_t k = 0; k < bits; k++) bit[k] = v >> k & 1;
}

/* Throw-away bits other in the field than in GF(2), and halves that are no numbers to make up for it. */
static void halve_what_is_odd(const lie *l, const moment *at, void *data, size_t bytes)
{
    uint64_t *v = data;
    const size_t rest = bytes / sizeof *v / DEALT_SUBSETS;
    (void)l;

    for (size_t s = 0; s < DEALT_SUBSETS; s++)
        if (at->occasion == THROW_AWAY) {
            thrown_away[s] = v[s];
            v[s] ^= 1;
        } else {
            uint64_t *half = &v[s * rest];
            *half = (*half + (thrown_away[s] ? field_p61.p.limb[0] - one_half : one_half)) %
                    field_p61.p.limb[0];
        }
}

Test(attacks, halves_of_parities_that_are_no_numbers_of_bits)
{
    lie l = lie_of_node(0, ABOUT_SECRET, STEP_VERIFY_DEALT, halve_what_is_odd, 0);
    for (size_t k = 0; k < SIZES; k++)
        expect_each_liar_caught(many_floors, sizes[k][0], sizes[k][1], l, wrong_product);
}

/* Throw-away bits that are more than 1, by an even number: parities stay what they were. */
static void throw_away_more(const lie *l, const moment *at, void *data, size_t bytes)
{
    uint64_t *v = data;
    const size_t rest = bytes / sizeof *v / DEALT_SUBSETS;
    (void)l;

    for (size_t s = 0; s < DEALT_SUBSETS; s++)
        if (at->occasion == THROW_AWAY)
            v[s] += 2;
        else
            add_by_bits(&v[s * rest], rest, 1);
}

Test(attacks, throw_away_bits_that_are_no_bits)
{
    lie l = lie_of_node(0, ABOUT_SECRET, STEP_VERIFY_DEALT, throw_away_more, 0);
    for (size_t k = 0; k < SIZES; k++)
        expect_each_liar_caught(many_floors, sizes[k][0], sizes[k][1], l, wrong_product);
}

static _Thread_local bool dealt_more;

/* A bit dealt as a number that is 2 more, and halves that are 1 more for the subsets that it is in. */
static void deal_more(const lie *l, const moment *at, void *data, size_t bytes)
{
    uint64_t *v = data;
    const size_t rest = bytes / sizeof *v / DEALT_SUBSETS;
    (void)l;

    if (in_step(STEP_MASK) && !at->occasion) v[0] += 2, dealt_more = true;
    if (!dealt_more || !in_step(STEP_VERIFY_DEALT) || at->occasion != HALVES) return;
    for (size_t s = 0; s < DEALT_SUBSETS; s++)
        add_by_bits(&v[s * rest], rest, subsets_seen()[s] & 1);
}

Test(attacks, dealt_numbers_that_are_no_bits)
{
    size_t told = 0;

    for (unsigned node = 0; node < 3; node++) {
        trial t = trial_of(many_floors(), 3, 1);
        lie l = lie_of_node(node, ABOUT_SECRET, STEP_MASK, deal_more, 0);
        l.or_in = STEP_VERIFY_DEALT, l.nth = 0; /* the program's; those behind are of its inputs */
        member_run *runs = run_lied_to(&t, &l);
        bool leads = l.told[node] > 2; /* not in the comparison of parities alone */
        if (leads) expect_all_stopped(&t, &l, runs, wrong_product);
        told += leads;
        members_free(runs, t.p, t.l);
        trial_end(&t);
    }
    cr_assert_gt(told, 0);
}

/* --- masks of the whole field: an error outside of GF(2), in a factor, would show the other one in coordinates that a mask
 * of one bit does not hide */

static program *many_comparisons(void)
{
    enum { MANY = 512 };
    program *p = program_begin(61, 1);
    uint32_t x = program_input(p, 0, KIND_INT, MANY), y = program_input(p, 1, KIND_INT, MANY);
    uint32_t less = program_op(p, OP_LT, MANY, (uint32_t[]){x, y}, 2, NULL, 0);
    program_reveal(p, PARTY_ALL, program_op(p, OP_MUL, MANY, (uint32_t[]){less, y}, 2, NULL, 0));
    return p;
}

Test(attacks, bits_are_opened_under_masks_of_the_whole_field)
{
    for (unsigned n = 4; n < 6; n++) {
        trial t = trial_of(many_comparisons(), n, n / 2 - (n == 4));
        lie l = {.liars = 0};
        member_run *runs = run_lied_to(&t, &l);
        cr_assert_eq(runs[0].st, OK, "%s", runs[0].err.text);
        cr_assert_geq(l.opened, 512);
        for (unsigned a = 0; a < gf2m_degree(n); a++) { /* 7 standard deviations */
            double half = (double)l.opened / 2, off = (double)l.ones[a] - half;
            cr_assert_lt(off * off, 49 * half / 2, "plane %u: %zu ones of %zu", a, l.ones[a],
                         l.opened);
        }
        members_free(runs, t.p, t.l);
        trial_end(&t);
    }
}
