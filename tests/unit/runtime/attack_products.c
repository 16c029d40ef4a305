/* Attacks on products and on their verification: errors that a cheater adds where degrees are reduced, as a king, as one
 * of those who multiply bits, and in each step of the proof that products are right. */
#include "lies.h"

#include <criterion/criterion.h>
#include <string.h>

static const unsigned sizes[][2] = LIES_SIZES;
enum { SIZES = sizeof sizes / sizeof *sizes };

static const char wrong_product[] = "a product of shares is wrong";
static const char wrong_bits[] = "a product of shared bits is wrong";
/* Who says other shares than it holds itself is found by the one or the other: its own do not fit those of the rest. */
static const char some_product[] = "product";
static const char no_polynomial[] = "the shares of what was dealt do not fit together";

enum { ITEM_BY_ITEM, BY_MATRICES }; /* the products of program_of_products, in their order */

/* --- errors that the cheaters know (Genkin et al. 2014): against them all products are verified */

Test(attacks, an_error_in_a_matrix_product)
{
    for (size_t k = 0; k < SIZES; k++) {
        lie l = lie_of_node(1 + k % 2, ABOUT_REDUCTION, STEP_PRODUCTS, add_to_first, 1);
        l.nth = BY_MATRICES;
        expect_caught(program_of_products(), sizes[k][0], sizes[k][1], l, wrong_product);
    }
}

/* The sum of all products is right. */
Test(attacks, errors_that_cancel_in_the_sum_of_all_products)
{
    for (size_t k = 0; k < SIZES; k++) {
        lie l = lie_of_node(1, ABOUT_REDUCTION, STEP_PRODUCTS, add_cancelling, 12345);
        l.nth = BY_MATRICES;
        expect_caught(program_of_products(), sizes[k][0], sizes[k][1], l, wrong_product);
    }
}

/* The same of products item by item, in the share of one node. */
Test(attacks, errors_that_cancel_in_one_share)
{
    static const unsigned odd[][2] = {{3, 1}, {5, 2}, {7, 3}};
    for (size_t k = 0; k < 3; k++) {
        lie l = lie_of_node(0, ABOUT_MESSAGE, STEP_PRODUCTS, add_cancelling, 77);
        l.nth = ITEM_BY_ITEM;
        expect_caught(program_of_products(), odd[k][0], odd[k][1], l, some_product);
    }
}

static void expect_wrong_share_caught(unsigned nodes, unsigned threshold, unsigned to,
                                      const char *words)
{
    lie l = lie_of_node(0, ABOUT_MESSAGE, STEP_PRODUCTS, add_to_first, 1);
    l.nth = ITEM_BY_ITEM;
    l.to = to ? 1u << to : 0;
    expect_caught(program_of_products(), nodes, threshold, l, words);
}

Test(attacks, a_wrong_share_of_products)
{
    expect_wrong_share_caught(3, 1, 0, some_product);
    expect_wrong_share_caught(5, 2, 0, some_product);
    expect_wrong_share_caught(5, 2, 4, some_product);
    expect_wrong_share_caught(7, 3, 5, some_product);
}

/* Of an even number of nodes the honest ones are more than t + 1: their shares need not be a sharing, and errors would
 * depend on secrets. */
Test(attacks, shares_of_products_that_are_on_no_polynomial)
{
    expect_wrong_share_caught(4, 1, 2, no_polynomial);
    expect_wrong_share_caught(6, 2, 3, no_polynomial);
}

Test(attacks, an_error_in_products_of_bits)
{
    for (size_t k = 0; k < SIZES; k++) {
        lie l = lie_of_node(0, ABOUT_BITS, STEP_ANDS, flip_first, 1);
        l.most = 1;
        expect_caught(program_of_one(OP_LT), sizes[k][0], sizes[k][1], l, wrong_bits);
    }
}

/* Two nodes hold the same bit of a set; who deals it could tell them different ones. */
Test(attacks, different_bits_to_two_nodes_of_a_set)
{
    for (size_t k = 1; k < SIZES; k++) {
        lie l = lie_of_node(0, ABOUT_MESSAGE, STEP_ANDS, flip_first, 1);
        l.to = 1u << 1, l.most = 1;
        expect_caught(program_of_one(OP_LT), sizes[k][0], sizes[k][1], l,
                      "was dealt other bits than this node");
    }
}

/* --- kings */

enum { TO_THE_KING, BY_THE_KING }; /* rounds */

static void expect_king_caught(unsigned nodes, unsigned threshold, size_t round, unsigned to,
                               const char *words)
{
    trial t = trial_of(program_of_products(), nodes, threshold);
    lie l = lie_of_node(1, ABOUT_MESSAGE, STEP_KING, add_to_first, 1);
    l.nth = ITEM_BY_ITEM, l.round = round, l.to = to ? 1u << to : 0;
    t.l->multiply = MULTIPLY_KING;
    expect_caught_in(&t, &l, words);
    trial_end(&t);
}

Test(attacks, a_wrong_summand_for_the_king)
{
    for (size_t k = 0; k < SIZES; k++)
        expect_king_caught(sizes[k][0], sizes[k][1], TO_THE_KING, 0, wrong_product);
}

/* The t nodes after the king have shares that are 0. */
Test(attacks, a_king_that_deals_another_sum)
{
    expect_king_caught(3, 1, BY_THE_KING, 0, some_product);
    expect_king_caught(5, 2, BY_THE_KING, 0, some_product);
    expect_king_caught(7, 3, BY_THE_KING, 6, some_product);
}

Test(attacks, a_king_whose_shares_are_on_no_polynomial)
{
    expect_king_caught(4, 1, BY_THE_KING, 3, no_polynomial);
    expect_king_caught(6, 2, BY_THE_KING, 4, no_polynomial);
}

/* --- the verification itself */

static program *comparison(void)
{
    return program_of_one(OP_LT);
}

/* Values of the polynomials (Goyal, Song 2020) that all products of a check are folded into. */
Test(attacks, a_wrong_value_in_the_proof_of_products)
{
    lie l = lie_of_node(0, ABOUT_REDUCTION, STEP_VERIFY_PRODUCTS, flip_first, 1);
    for (size_t k = 0; k < SIZES; k++)
        cr_assert_gt(
            expect_each_caught(program_of_products, sizes[k][0], sizes[k][1], l, " is wrong"), 3);
    cr_assert_gt(expect_each_caught(comparison, 3, 1, l, " is wrong"), 6);
}

/* The sum of the values of a polynomial, which the claim before is a part of, stays what it was. */
Test(attacks, wrong_values_in_the_proof_whose_sum_is_right)
{
    lie l = lie_of_node(0, ABOUT_REDUCTION, STEP_VERIFY_PRODUCTS, add_cancelling, 7);
    l.nth = 0;
    cr_assert_gt(expect_each_caught(program_of_products, 3, 1, l, " is wrong"), 1);
    cr_assert_gt(expect_each_caught(program_of_products, 5, 2, l, " is wrong"), 1);
}

/* Who was wrong before may choose its shares of the last values so that they fit. */
Test(attacks, a_wrong_share_in_the_end_of_the_proof)
{
    lie l = lie_of_node(0, ABOUT_OPENING, STEP_VERIFY_PRODUCTS, flip_first, 1);
    for (size_t k = 0; k < SIZES; k++)
        expect_each_caught(program_of_products, sizes[k][0], sizes[k][1], l, "do not fit together");
}

/* A number and p more than it are the same, but written otherwise. */
static void add_p(const lie *l, const moment *at, void *data, size_t bytes)
{
    uint64_t v;
    (void)at;
    if (bytes < sizeof v) return; /* no element */
    memcpy(&v, data, sizeof v);
    v += l->by;
    memcpy(data, &v, sizeof v);
}

static void expect_written_otherwise_caught(step in, uint32_t within, uint32_t not_in)
{
    lie l = lie_of_node(1, ABOUT_MESSAGE, in, add_p, field_p61.p.limb[0]);
    l.within = within, l.not_in = not_in;
    expect_caught(program_of_products(), 3, 1, l, "member-1 sent a share that is no element");
}

Test(attacks, a_product_that_is_written_otherwise)
{
    expect_written_otherwise_caught(STEP_PRODUCTS, 0, 0);
}

Test(attacks, a_proof_that_is_written_otherwise)
{
    expect_written_otherwise_caught(STEP_VERIFY_PRODUCTS, 0, 1u << STEP_OPENING | 1u << STEP_TOSS);
}

Test(attacks, a_share_of_an_opening_that_is_written_otherwise)
{
    expect_written_otherwise_caught(STEP_VERIFY_PRODUCTS, 1u << STEP_OPENING, 0);
}

/* --- the same of other steps that multiply */

Test(attacks, shares_of_matrix_products_that_are_on_no_polynomial)
{
    lie l = lie_of_node(1, ABOUT_MESSAGE, STEP_PRODUCTS, add_to_first, 1);
    l.nth = BY_MATRICES, l.most = 1;
    expect_caught(program_of_products(), 4, 1, l, no_polynomial);
    expect_caught(program_of_products(), 6, 2, l, no_polynomial);
}

static program *largest(void)
{
    program *p = program_begin(61, 1);
    uint32_t x = program_input(p, 0, KIND_INT, 5);
    program_input(p, 1, KIND_INT, 1);
    program_reveal(p, PARTY_ALL, program_op(p, OP_MAXIMUM, 1, &x, 1, (int64_t[]){5}, 1));
    return p;
}

Test(attacks, another_number_taken_as_the_largest)
{
    lie l = lie_of_node(0, ABOUT_REDUCTION, STEP_PRODUCTS, add_to_first, 1);
    for (unsigned t = 1; t < 4; t++) /* all nodes reduce */
        expect_each_liar_caught(largest, 2 * t + 1, t, l, wrong_product);
}

/* The second row of few items. */
static void flip_second(const lie *l, const moment *at, void *data, size_t bytes)
{
    if (bytes > sizeof(uint64_t))
        flip_first(l, at, (uint8_t *)data + sizeof(uint64_t), sizeof(uint64_t));
}

/* What those deal who know w: [w < S] of the lowest bit; of each two bits which is less, then whether they are equal. */
Test(attacks, wrong_orders_of_bits)
{
    static void (*const ways[])(const lie *, const moment *, void *,
                                size_t) = {flip_first, flip_second, flip_last};
    for (size_t i = 0; i < sizeof ways / sizeof *ways; i++)
        for (unsigned n = 3; n < 5; n++) { /* where one leader knows S */
            lie l = lie_of_node(0, ABOUT_BITS, STEP_INPUT_CHECKS, ways[i], 1);
            l.not_in = 1u << STEP_MASK | 1u << STEP_ANDS;
            l.most = 1;
            expect_each_liar_caught(program_of_products, n, 1, l, wrong_bits);
        }
}

/* The same by the other end of a range, with one leader; then what they deal of a number's bits above its range. */
Test(attacks, wrong_orders_by_the_other_end_and_above_a_range)
{
    for (size_t k = 0; k < SIZES; k++) {
        const bool one_leader = sizes[k][1] == 1;
        lie l = lie_of_node(0, ABOUT_BITS, STEP_INPUT_CHECKS, flip_first, 1);
        l.not_in = 1u << STEP_MASK | 1u << STEP_MASK_AHEAD | 1u << STEP_ANDS;
        l.most = 1;
        for (l.which = one_leader ? 1 : 0; l.which < (one_leader ? 3 : 1); l.which++)
            expect_each_liar_caught(program_of_products, sizes[k][0], sizes[k][1], l, wrong_bits);
    }
}

/* --- the same in the wider field, and where vectors are longer than a frame and a block of notes */

static program *in_p127(opcode op)
{
    program *p = program_begin(127, 1);
    uint32_t x = program_input(p, 0, KIND_INT, 4), y = program_input(p, 1, KIND_INT, 4);
    uint32_t z = op == OP_MATMUL
                     ? program_op(p, op, 4, (uint32_t[]){x, y}, 2, (int64_t[]){2, 2, 2}, 3)
                 : op == OP_FLOOR ? program_op(p, op, 4, &x, 1, (int64_t[]){9}, 1)
                                  : program_op(p, op, 4, (uint32_t[]){x, y}, 2, NULL, 0);
    program_reveal(p, PARTY_ALL, z);
    return p;
}

static program *wide_floors(void)
{
    return in_p127(OP_FLOOR);
}

Test(attacks, errors_in_the_wider_field)
{
    for (unsigned t = 1; t < 3; t++) {
        expect_caught(in_p127(OP_MATMUL), 2 * t + 1, t,
                      lie_of_node(1, ABOUT_REDUCTION, STEP_PRODUCTS, flip_first, 2), wrong_product);
        lie l = lie_of_node(1, ABOUT_BITS, STEP_ANDS, flip_first, 1);
        l.most = 1;
        expect_caught(in_p127(OP_LT), 2 * t + 1, t, l, wrong_bits);
        l = lie_of_node(0, ABOUT_SECRET, t == 1 ? STEP_MASK : STEP_MASK_AHEAD, flip_first, 1);
        l.most = 1;
        expect_each_liar_caught(wide_floors, 2 * t + 1, t, l, "dealt other bits in one field");
    }
}

static program *many_products(void)
{
    enum { MANY = 40000 };
    program *p = program_begin(61, 1);
    uint32_t x = program_input(p, 0, KIND_INT, 1), y = program_input(p, 1, KIND_INT, 1);
    uint32_t xs = program_op(p, OP_VIEW, MANY, &x, 1, (int64_t[]){0, MANY, 0}, 3) /* the same one */;
    uint32_t z = program_op(p, OP_MUL, MANY, (uint32_t[]){xs, xs}, 2, NULL, 0);
    uint32_t all = program_op(p, OP_SUM, 1, &z, 1, (int64_t[]){MANY}, 1);
    program_reveal(p, PARTY_ALL, program_op(p, OP_ADD, 1, (uint32_t[]){all, y}, 2, NULL, 0));
    return p;
}

/* Of wires that are noted where they are. */
static program *many_comparisons(void)
{
    enum { MANY = 66 * 64 - 59 };
    program *p = program_begin(61, 1);
    uint32_t x = program_input(p, 0, KIND_INT, 1), y = program_input(p, 1, KIND_INT, 1);
    uint32_t xs = program_op(p, OP_VIEW, MANY, &x, 1, (int64_t[]){0, MANY, 0}, 3),
             ys = program_op(p, OP_VIEW, MANY, &y, 1, (int64_t[]){0, MANY, 0}, 3);
    program_reveal(p, PARTY_ALL, program_op(p, OP_LT, MANY, (uint32_t[]){xs, ys}, 2, NULL, 0));
    return p;
}

Test(attacks, one_error_among_many_comparisons)
{
    lie l = lie_of_node(0, ABOUT_BITS, STEP_ANDS, flip_last, 1);
    l.most = 1;
    expect_caught(many_comparisons(), 3, 1, l, wrong_bits);
}

Test(attacks, one_error_among_many_products)
{
    expect_caught(many_products(), 3, 1,
                  lie_of_node(0, ABOUT_MESSAGE, STEP_PRODUCTS, add_to_last, 1), some_product);
}

/* So many that they are verified before the program goes on (audit_is_full). */
enum { FULL_BLOCK = BLOCK_PRODUCTS, OF_A_PART = FULL_BLOCK / 4 }; /* or of two of them */

static program *full_blocks(uint32_t blocks)
{
    const uint32_t len = blocks * FULL_BLOCK;
    program *p = program_begin(61, 1);
    uint32_t x = program_input(p, 0, KIND_INT, 1);
    program_input(p, 1, KIND_INT, 1); /* whose check takes no product */
    uint32_t xs = program_op(p, OP_VIEW, len, &x, 1, (int64_t[]){0, len, 0}, 3);
    uint32_t z = program_op(p, OP_MUL, len, (uint32_t[]){xs, xs}, 2, NULL, 0);
    program_reveal(p, PARTY_ALL, program_op(p, OP_VIEW, 1, &z, 1, (int64_t[]){0, 1, 1}, 3));
    return p;
}

static void add_cancelling_at(const lie *l, const moment *at, void *data, size_t bytes, size_t second)
{
    lie other = *l;

    other.by = field_p61.p.limb[0] - l->by;
    add_to_first(l, at, data, bytes);
    add_to_first(&other, at, (uint64_t *)data + second, bytes);
}

/* At the same place in two parts of a block, at two places in a part, and in two blocks: of the random elements that a
 * product counts with all but one are the same. */
static void add_cancelling_parts(const lie *l, const moment *at, void *data, size_t bytes)
{
    add_cancelling_at(l, at, data, bytes, OF_A_PART);
}

static void add_cancelling_places(const lie *l, const moment *at, void *data, size_t bytes)
{
    add_cancelling_at(l, at, data, bytes, 1);
}

static void add_cancelling_blocks(const lie *l, const moment *at, void *data, size_t bytes)
{
    add_cancelling_at(l, at, data, bytes, FULL_BLOCK);
}

static void expect_cancelling_caught(uint32_t blocks, lie l)
{
    l.bytes = blocks * FULL_BLOCK * sizeof(uint64_t);
    expect_caught(full_blocks(blocks), 3, 1, l, some_product);
}

Test(attacks, errors_that_cancel_in_a_block)
{
    expect_cancelling_caught(1,
                             lie_of_node(0, ABOUT_MESSAGE, STEP_PRODUCTS, add_cancelling_parts, 1));
}

Test(attacks, errors_that_cancel_in_a_part_of_a_block)
{
    expect_cancelling_caught(1,
                             lie_of_node(0, ABOUT_MESSAGE, STEP_PRODUCTS, add_cancelling_places, 1));
}

Test(attacks, errors_that_cancel_in_two_blocks)
{
    expect_cancelling_caught(2,
                             lie_of_node(0, ABOUT_MESSAGE, STEP_PRODUCTS, add_cancelling_blocks, 1));
}

static program *a_full_batch(void)
{
    enum { MANY = 1 << 20 };
    program *p = program_begin(61, 1);
    uint32_t x = program_input(p, 0, KIND_INT, 1);
    program_input(p, 1, KIND_INT, 1); /* whose check takes no product */
    uint32_t xs = program_op(p, OP_VIEW, MANY, &x, 1, (int64_t[]){0, MANY, 0}, 3);
    uint32_t z = program_op(p, OP_MUL, MANY, (uint32_t[]){xs, xs}, 2, NULL, 0);
    uint32_t one = program_op(p, OP_VIEW, 1, &z, 1, (int64_t[]){0, 1, 1}, 3);
    program_reveal(p, PARTY_ALL, program_op(p, OP_MUL, 1, (uint32_t[]){one, x}, 2, NULL, 0));
    return p;
}

Test(attacks, an_error_in_a_full_batch)
{
    trial t = trial_of(a_full_batch(), 3, 1);
    lie l = lie_of_node(0, ABOUT_MESSAGE, STEP_PRODUCTS, add_to_last, 1);

    l.round = 0; /* of the products: then comes a check point, in the middle of them */
    member_run *runs = run_lied_to(&t, &l);
    expect_all_stopped(&t, &l, runs, some_product);
    for (unsigned k = 1; k < 3; k++)
        cr_assert_eq(l.begun[k][STEP_PRODUCTS], 1, "node %u goes on with what is not verified", k);
    members_free(runs, t.p, t.l);
    trial_end(&t);
}

Test(attacks, a_product_in_a_field_of_another_prime)
{
    lie l = lie_of_node(1, ABOUT_REDUCTION, STEP_PRODUCTS, add_to_first, 1);
    for (size_t k = 0; k < SIZES; k++)
        expect_caught(program_of_prime(), sizes[k][0], sizes[k][1], l,
                      "a product of shares is wrong");
}
