/* Attacks by those who give inputs: values outside of what the program declares, shares that are no sharing, one value to
 * some nodes and another to others, and work on own data that nobody sees. */
#include "lies.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

static const unsigned sizes[][2] = LIES_SIZES;
enum { SIZES = sizeof sizes / sizeof *sizes };

/* --- values outside of the declared range */

/* The owner, who is no node, has other inputs than those of which the outputs are known. */
static void expect_input_caught(program *p, unsigned nodes, unsigned threshold, uint32_t input,
                                num v, const char *words)
{
    trial t = trial_of(p, nodes, threshold);
    lie l = lie_elsewhere(nodes);
    plain *x = &t.d->input[input][0];

    x->v[x->len - 1] = v;
    expect_caught_in(&t, &l, words);
    trial_end(&t);
}

static void expect_owner_named(program *p, const unsigned size[2], uint32_t input, num v)
{
    char named[80];

    snprintf(named, sizeof named, "member-%u shared a value outside of what the program declares",
             size[0]);
    expect_input_caught(p, size[0], size[1], input, v, named);
}

Test(attacks, a_number_outside_of_its_range)
{
    const num end = (num)1 << 20; /* of trial_of */
    const num outside[] = {end + 1, -end - 1, (num)1 << 59, -((num)1 << 59), field_p61.p.limb[0] / 2};

    for (size_t k = 0; k < SIZES; k++)
        for (size_t i = 0; i < (k ? 2 : sizeof outside / sizeof *outside); i++)
            expect_owner_named(program_of_products(), sizes[k], 1, outside[i]);
}

/* What the check of inputs notes is itself verified in batches, behind it. */
Test(attacks, a_number_outside_of_its_range_that_is_checked_in_batches)
{
    enum { BATCH = 32, WIDTH = 4 * BATCH };
    const num outside = ((num)1 << 20) + 1;

    batches_of(BATCH);
    for (size_t k = 0; k < 3; k++)
        expect_owner_named(program_of_levels(2, WIDTH), sizes[k], 1, outside);
}

static program *one_number(uint8_t field_bits)
{
    program *p = program_begin(field_bits, 1);
    program_reveal(p, PARTY_ALL, program_input(p, 0, KIND_INT, 1));
    return p;
}

/* A number that its owner gives is in its declared range, or its owner is named. */
static void expect_range(uint8_t field_bits, const unsigned size[2], num lo, num hi, num given)
{
    trial t = trial_of(one_number(field_bits), size[0], size[1]);
    lie l = lie_elsewhere(size[0]);
    program *p = t.p;

    for (uint32_t r = 0; r < p->regs; r++)
        if (p->reg[r].tag == TAG_OWNED)
            p->reg[r].lo = wide_of_num(lo), p->reg[r].hi = wide_of_num(hi);
    t.d->input[0][0].v[0] = given;
    t.d->output[0][0].v[0] = given;
    if (given < lo || given > hi) {
        expect_caught_in(&t, &l, "shared a value outside of what the program declares");
    } else {
        member_run *runs = run_lied_to(&t, &l);
        for (unsigned k = 0; k < size[0]; k++) cr_assert_eq(runs[k].st, OK, "%s", runs[k].err.text);
        members_free(runs, t.p, t.l);
    }
    trial_end(&t);
}

Test(attacks, a_number_next_to_its_range)
{
    const num most = (num)(field_p61.p.limb[0] / 2); /* beyond are those below 0 */
    const num range[][2] = {
        {0, 0}, {-5, 5}, {-(1 << 20), (1 << 20) - 1}, {1 - most, most - 1}, {-most, most - 1}};

    for (size_t k = 0; k < sizeof range / sizeof *range; k++)
        for (size_t i = 0; i < (k < 2 ? SIZES : 1); i++) {
            const num lo = range[k][0], hi = range[k][1], given[] = {lo, hi, hi + 1, lo - 1};
            for (size_t v = 0; v < (lo > -most ? 4 : 3); v++)
                expect_range(61, sizes[i], lo, hi, given[v]);
        }
    expect_range(127, sizes[0], -5, 5, -6);
    expect_range(127, sizes[0], -5, 5, 5);
}

/* Where a number comes as bits, one of which is none: in p61, and in a field of another prime. */
Test(attacks, bits_of_a_number_that_are_none)
{
    program *(*const make[])(void) = {program_of_products, program_of_prime};

    for (size_t k = 0; k < SIZES; k++)
        for (size_t i = 0; i < (k ? 1 : 2); i++)
            for (uint64_t by = 2; by < (k ? 3 : 5); by++) {
                const unsigned nodes = sizes[k][0];
                char named[64];
                lie l = lie_of_node(nodes, ABOUT_SECRET, STEP_INPUTS, flip_first, by);
                l.about_input_bits = true;
                snprintf(named, sizeof named, "member-%u shared a value outside", nodes);
                expect_caught(make[i](), nodes, sizes[k][1], l, named);
            }
}

static void all_ones(const lie *l, const moment *at, void *data, size_t bytes)
{
    (void)l, (void)at;
    for (uint64_t *bit = data; bytes; bit++, bytes -= sizeof *bit) *bit = 1;
}

/* All bits together are the end of the range, and not what as many bits might count. */
Test(attacks, bits_that_are_all_1)
{
    const num end = (num)1 << 20; /* of trial_of */
    trial t = trial_of(one_number(61), 3, 1);
    lie l = lie_of_node(3, ABOUT_SECRET, STEP_INPUTS, all_ones, 0);

    l.about_input_bits = true;
    t.d->output[0][0].v[0] = end;
    member_run *runs = run_lied_to(&t, &l);
    cr_assert(l.told[3]);
    for (unsigned k = 0; k < 3; k++) cr_assert_eq(runs[k].st, OK, "%s", runs[k].err.text);
    members_free(runs, t.p, t.l);
    trial_end(&t);
}

Test(attacks, a_bool_that_is_none)
{
    static const num none[] = {2, -1, (num)1 << 60};
    for (size_t k = 0; k < SIZES; k++)
        for (size_t i = 0; i < (k ? 1 : 3); i++)
            expect_owner_named(program_of_choices(), sizes[k], 0, none[i]);
}

/* What a wrong input would show of the others' is what the check is for. */
Test(attacks, nothing_is_revealed_of_inputs_that_are_not_checked)
{
    trial t = trial_of(program_of_products(), 3, 1);
    lie l = lie_elsewhere(3);

    t.d->input[0][0].v[0] = (num)1 << 30;
    member_run *runs = run_lied_to(&t, &l);
    expect_all_stopped(&t, &l, runs, "member-3 shared a value outside");
    for (unsigned k = 0; k < 3; k++) {
        cr_assert_gt(l.said[k][STEP_INPUT_CHECKS], 0);
        cr_assert_eq(l.said[k][STEP_OUTPUTS], 0, "node %u revealed what rests on them", k);
    }
    members_free(runs, t.p, t.l);
    trial_end(&t);
}

/* --- shares that are no sharing, or another to some */

Test(attacks, an_input_whose_shares_are_on_no_polynomial)
{
    for (size_t k = 0; k < SIZES; k++) {
        lie l = lie_of_node(sizes[k][0], ABOUT_MESSAGE, STEP_INPUTS, add_to_first, 1);
        l.most = 1;
        expect_caught(program_of_products(), sizes[k][0], sizes[k][1], l, "do not fit together");
        expect_caught(program_of_choices(), sizes[k][0], sizes[k][1], l, "do not fit together");
    }
}

/* The owner's shares of bools alone, of which nothing is compared: b b = b is all that is known of them. */
static program *votes(void)
{
    program *p = program_begin(61, 1);
    uint32_t x = program_input(p, 0, KIND_BOOL, 4);
    program_input(p, 1, KIND_BOOL, 1);
    program_reveal(p, PARTY_ALL, program_op(p, OP_SUM, 1, &x, 1, (int64_t[]){4}, 1));
    return p;
}

Test(attacks, votes_that_are_no_sharing)
{
    for (size_t k = 0; k < SIZES; k++) {
        lie l = lie_of_node(sizes[k][0], ABOUT_MESSAGE, STEP_INPUTS, add_to_first, 1);
        l.most = 1;
        expect_caught(votes(), sizes[k][0], sizes[k][1], l, "do not fit together");
    }
}

Test(attacks, a_vote_that_counts_twice)
{
    for (size_t k = 0; k < SIZES; k++) expect_owner_named(votes(), sizes[k], 0, 2);
}

/* --- work that an owner would do alone: it could claim any result */

Test(attacks, work_on_own_data_is_refused)
{
    program *p = program_of_products();

    program_ranges(p, 20);
    const instr *work = &p->block[0].code[4];
    cr_assert_eq(work->op, OP_MUL);
    p->reg[work->lane[0].in[0]].tag = TAG_OWNED;
    expect_refused(p);
}
