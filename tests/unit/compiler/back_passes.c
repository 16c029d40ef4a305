/* What the passes promise of the bytecode: shared rounds, own-data work, common work, the field, the same
 * bytes twice. */
#include "back.h"

#include <criterion/criterion.h>
#include <string.h>

/* A chain that no pass can shorten and no lane can share. */
static ir_id sum_of(ir *g, const ir_id *v, size_t n)
{
    ir_id s = v[0];
    for (size_t i = 1; i < n; i++) s = ir_binary(g, IR_ADD, s, v[i]);
    return s;
}

static ir_id item(ir *g, ir_id v, int64_t k)
{
    return ir_view(g, v, 0, NULL, k, NULL);
}

Test(level, a_thousand_scalar_products_on_separate_lines_are_one_instruction)
{
    enum { COUNT = 1000 };
    back *b = back_new();
    ir_id x = back_input(b, back_party(b, 0), KIND_INT, COUNT, 0, 100);
    ir_id y = back_input(b, back_party(b, 0), KIND_INT, COUNT, 0, 100);
    ir_id product[COUNT];
    num given[COUNT], expected = 0;
    for (int k = 0; k < COUNT; k++) {
        b->g.at.line++;
        product[k] = ir_binary(&b->g, IR_MUL, item(&b->g, x, k), item(&b->g, y, k));
        given[k] = k % 101, expected += given[k] * given[k];
    }
    back_output(b, PARTY_ALL, KIND_INT, 0, sum_of(&b->g, product, COUNT));
    back_build(b, true);
    cr_expect_eq(back_instructions(b, OP_MUL), 1);
    cr_expect_eq(back_lanes(b, OP_MUL), COUNT);
    back_give(b, 0, 0, given, COUNT), back_give(b, 1, 0, given, COUNT);
    back_run(b);
    cr_expect(back_result(b, 0)[0] == expected);
    back_free(b);
}

Test(level, independent_work_of_two_kinds_shares_its_rounds)
{
    back *b = back_new();
    ir_id x = back_input(b, back_party(b, 0), KIND_INT, 0, 0, 100);
    ir_id y = back_input(b, back_party(b, 0), KIND_INT, 0, 0, 100);
    back_output(b, PARTY_ALL, KIND_INT, 0, ir_binary(&b->g, IR_MUL, x, y));
    back_output(b, PARTY_ALL, KIND_BOOL, 0, ir_binary(&b->g, IR_LT, x, y));
    back_build(b, true);
    const block *top = &b->p->block[0];
    size_t with_others = 0;
    for (uint32_t i = 0; i < top->len; i++) with_others += top->code[i].together;
    cr_expect_eq(with_others, 1, "MUL and LT stand together");
    cr_expect_eq(back_instructions(b, OP_SHARE), 1);
    cr_expect_eq(back_instructions(b, OP_REVEAL), 1);
    back_free(b);
}

Test(level, inputs_are_shared_before_the_first_reveal)
{
    back *b = back_new();
    ir_id x = back_input(b, back_party(b, 0), KIND_INT, 0, 0, 100);
    back_output(b, PARTY_ALL, KIND_INT, 0, ir_number(&b->g, KIND_INT, wide_of(7)));
    back_output(b, PARTY_ALL, KIND_INT, 0, x);
    back_build(b, true);
    bool revealed = false;
    for (uint32_t i = 0; i < b->p->block[0].len; i++) {
        uint8_t op = b->p->block[0].code[i].op;
        revealed = revealed || op == OP_REVEAL;
        cr_expect(!(revealed && op == OP_SHARE), "instruction %u", i);
    }
    back_free(b);
}

/* --- own data */

Test(hoist, the_mean_of_salaries_shares_one_number_of_each)
{
    back *b = back_new();
    ir_id salary = back_input(b, back_party(b, 4), KIND_INT, 0, 0, 1000000);
    back_output(b, PARTY_ALL, KIND_FIX, 0, lower_mean(&b->g, salary));
    back_build(b, true);
    cr_expect_eq(back_lanes(b, OP_SHARE), 1);
    const num given[4] = {10, 20, 30, 41};
    for (uint32_t m = 0; m < 4; m++) back_give(b, 0, m, &given[m], 1);
    back_run(b);
    cr_expect(back_result(b, 0)[0] == (num)101 * (1 << 20) / 4);
    back_free(b);
}

/* The largest of each member's numbers, then the sum over the members. */
static void sum_of_own_maxima(back *b, bool hoist)
{
    ir_id x = back_input(b, back_party(b, 3), KIND_INT, 5, -50, 50);
    ir_id own = ir_unary(&b->g, IR_MAXIMUM, ir_binary(&b->g, IR_MUL, x, x));
    back_output(b, PARTY_ALL, KIND_INT, 0, ir_unary(&b->g, IR_SUM, own));
    back_build(b, hoist);
    const num given[3][5] = {{1, 2, 3, 4, 5}, {-7, 0, 1, 2, 3}, {0, 0, 0, 0, 1}};
    for (uint32_t m = 0; m < 3; m++) back_give(b, 0, m, given[m], 5);
    back_run(b);
    cr_expect(back_result(b, 0)[0] == 25 + 49 + 1);
}

Test(hoist, a_members_own_work_needs_no_message)
{
    back *b = back_new();
    sum_of_own_maxima(b, true);
    for (uint32_t r = 0; r < b->p->regs; r++)
        cr_expect(b->p->reg[r].tag != TAG_SECRET || reg_length(&b->p->reg[r]) <= 3);
    cr_expect_eq(back_lanes(b, OP_SHARE), 1);
    back_free(b);
}

Test(hoist, off_shares_the_inputs_themselves_and_gives_the_same)
{
    back *b = back_new();
    sum_of_own_maxima(b, false);
    bool whole = false;
    for (uint32_t r = 0; r < b->p->regs; r++)
        whole = whole || (b->p->reg[r].tag == TAG_SECRET && reg_length(&b->p->reg[r]) == 15);
    cr_expect(whole);
    back_free(b);
}

/* weights . updates over the party axis: each member multiplies its own */
static num weighted_sum(bool hoist, size_t *secret_products)
{
    back *b = back_new();
    uint32_t clients = back_party(b, 3);
    ir_id weight = back_input(b, clients, KIND_INT, 0, 0, 100);
    ir_id update = back_input(b, clients, KIND_INT, 2, -9, 9);
    back_output(b, PARTY_ALL, KIND_INT, 2, lower_dot(&b->g, weight, update));
    back_build(b, hoist);
    for (uint32_t m = 0; m < 3; m++) {
        num w = m + 1, u[2] = {(num)m - 1, 5};
        back_give(b, 0, m, &w, 1), back_give(b, 1, m, u, 2);
    }
    back_run(b);
    cr_expect(back_result(b, 0)[1] == 30);
    *secret_products = back_instructions(b, OP_MATMUL);
    num first = back_result(b, 0)[0];
    back_free(b);
    return first;
}

Test(hoist, a_dot_over_the_party_axis_is_local_products_and_a_sum)
{
    size_t hoisted, whole;
    cr_expect(weighted_sum(true, &hoisted) == 2);
    cr_expect(weighted_sum(false, &whole) == 2);
    cr_expect_eq(hoisted, 0);
    cr_expect_eq(whole, 1);
}

/* The mean over three hospitals, and of each the mean of its own. */
static back *means_of_lists(void)
{
    back *b = back_new();
    ir_id age = back_input(b, back_party(b, 3), KIND_INT, 100, 0, 130);
    b->input[0].open = true;
    age = ir_input(&b->g, 0);
    ir_id patients = ir_unary(&b->g, IR_SUM, ir_length(&b->g, &age, 1));
    ir_id total = ir_unary(&b->g, IR_SUM, ir_unary(&b->g, IR_SUM, age));
    back_output(b, PARTY_ALL, KIND_FIX, 0, lower_divide(&b->g, total, patients));
    back_output(b, 0, KIND_FIX, 0, lower_mean(&b->g, age));
    return b;
}

static void expect_means(back *b)
{
    const num given[3][3] = {{30, 40, 51}, {10, 0, 0}, {0}};
    const size_t len[3] = {3, 1, 0};
    for (uint32_t m = 0; m < 3; m++) back_give(b, 0, m, given[m], len[m]);
    back_run(b);
    num off = back_result(b, 0)[0] - (num)131 * (1 << 20) / 4;
    cr_expect(off >= -2 && off <= 2);
    const num own[3] = {((num)121 << 20) / 3, 10 << 20, 0};
    for (uint32_t m = 0; m < 3; m++)
        cr_expect(b->data->output[1][m].v[0] == own[m], "member %u", m);
}

Test(hoist, private_lengths_stay_with_their_owner)
{
    for (unsigned hoist = 0; hoist < 2; hoist++) {
        back *b = means_of_lists();
        back_build(b, hoist);
        cr_expect_eq(back_lanes(b, OP_DIV), 1);
        cr_expect_eq(back_lanes(b, OP_PAD), 0);
        expect_means(b);
        back_free(b);
    }
}

Test(pad, the_owner_pads_and_counts_and_the_nodes_do_the_rest)
{
    back *b = means_of_lists();
    back_build_padded(b);
    cr_expect_eq(back_lanes(b, OP_PAD), 1);
    cr_expect_eq(back_lanes(b, OP_LENGTH), 1);
    cr_expect_eq(back_lanes(b, OP_SHARE), 2);
    cr_expect_eq(back_lanes(b, OP_DIV), 0);
    expect_means(b);
    back_free(b);
}

/* Two that meet are counted once, one that meets neither for itself. */
Test(pad, lists_that_meet_have_one_length)
{
    back *b = back_new();
    const uint32_t one = back_party(b, 0);
    ir_id list[3], sum[3];
    for (unsigned k = 0; k < 3; k++) {
        back_input(b, one, KIND_INT, 4, -9, 9);
        b->input[k].open = true;
        list[k] = ir_input(&b->g, k);
    }
    sum[0] = ir_unary(&b->g, IR_SUM, ir_binary(&b->g, IR_MUL, list[0], list[1]));
    sum[1] = ir_unary(&b->g, IR_MAXIMUM, list[2]), sum[2] = ir_length(&b->g, &list[1], 1);
    for (unsigned k = 0; k < 3; k++) back_output(b, PARTY_ALL, KIND_INT, 0, sum[k]);
    back_build_padded(b);
    cr_expect_eq(back_lanes(b, OP_LENGTH), 2);
    back_give(b, 0, 0, (num[]){5, -7}, 2), back_give(b, 1, 0, (num[]){3, 4}, 2);
    back_give(b, 2, 0, (num[]){-4, -3, -8}, 3);
    back_run(b);
    cr_expect(back_result(b, 0)[0] == -13);
    cr_expect(back_result(b, 1)[0] == -3);
    cr_expect(back_result(b, 2)[0] == 2);
    back_free(b);
}

/* --- common work */

Test(share, maximum_and_argmax_of_one_vector_are_one_tournament)
{
    back *b = back_new();
    ir_id bid = back_input(b, back_party(b, 4), KIND_INT, 0, 0, 100);
    back_output(b, PARTY_ALL, KIND_INT, 0, ir_unary(&b->g, IR_MAXIMUM, bid));
    back_output(b, PARTY_ALL, KIND_INT, 0, ir_unary(&b->g, IR_ARGMAX, bid));
    back_build(b, true);
    cr_expect_eq(back_lanes(b, OP_MAXIMUM), 1);
    const num given[4] = {3, 9, 9, 1};
    for (uint32_t m = 0; m < 4; m++) back_give(b, 0, m, &given[m], 1);
    back_run(b);
    cr_expect(back_result(b, 0)[0] == 9 && back_result(b, 1)[0] == 1);
    back_free(b);
}

Test(share, equal_work_is_done_once_and_unused_work_not_at_all)
{
    back *b = back_new();
    ir_id x = back_input(b, back_party(b, 0), KIND_INT, 0, 0, 100);
    ir_id y = back_input(b, back_party(b, 0), KIND_INT, 0, 0, 100);
    ir_id first = ir_binary(&b->g, IR_MUL, x, y), second = ir_binary(&b->g, IR_MUL, x, y);
    ir_binary(&b->g, IR_LT, x, y);
    back_output(b, PARTY_ALL, KIND_INT, 0, ir_binary(&b->g, IR_ADD, first, second));
    back_build(b, true);
    cr_expect_eq(back_lanes(b, OP_MUL), 1);
    cr_expect_eq(back_lanes(b, OP_LT), 0);
    back_free(b);
}

/* --- late public work */

static void build_quotient(back *b, num divisor, uint32_t to)
{
    ir_id x = back_input(b, back_party(b, 3), KIND_INT, 0, -1000, 1000000);
    ir_id sum = ir_unary(&b->g, IR_SUM, x);
    back_output(b, to, KIND_FIX, 0,
                lower_divide(&b->g, sum, ir_number(&b->g, KIND_INT, wide_of_num(divisor))));
    back_build(b, true);
}

static num run_quotient(back *b)
{
    const num given[3] = {-1000, 5, 17};
    for (uint32_t m = 0; m < 3; m++) back_give(b, 0, m, &given[m], 1);
    back_run(b);
    return back_result(b, 0)[0];
}

Test(late, a_quotient_that_tells_its_numerator_to_all_is_divided_in_the_clear)
{
    const num divisor[] = {3, 7, 1000, 1 << 20};
    for (size_t k = 0; k < sizeof divisor / sizeof *divisor; k++) {
        back *b = back_new();
        build_quotient(b, divisor[k], PARTY_ALL);
        cr_expect_eq(back_lanes(b, OP_FLOOR), 0);
        cr_expect_eq(b->p->field_bits, 61);
        cr_expect(run_quotient(b) == num_floor_div(-978 * ((num)1 << 20), divisor[k]));
        back_free(b);
    }
}

Test(late, a_quotient_that_hides_its_numerator_stays_secret_work)
{
    back *b = back_new();
    build_quotient(b, (1 << 20) + 1, PARTY_ALL);
    cr_expect_eq(back_lanes(b, OP_FLOOR), 1);
    cr_expect(run_quotient(b) == num_floor_div(-978 * ((num)1 << 20), (1 << 20) + 1));
    back_free(b);
}

/* --- loops */

Test(loops, a_loop_reads_values_from_outside_and_gives_its_last_round)
{
    back *b = back_new();
    ir_id x = back_input(b, back_party(b, 0), KIND_INT, 0, 0, 3);
    ir_id y = back_input(b, back_party(b, 0), KIND_INT, 0, 0, 3);
    type state = *ir_type(&b->g, x);
    state.owner = NO_OWNER, state.hi = wide_of(1000);
    ir_id outside = ir_binary(&b->g, IR_ADD, x, y);
    uint32_t body = ir_block_open(&b->g, &state, 1);
    ir_id next = ir_clamp_range(&b->g, ir_binary(&b->g, IR_MUL, ir_arg(&b->g, body, 0), outside),
                                wide_of(0), wide_of(1000));
    ir_id loop = ir_loop_close(&b->g, body, 3, &x, &next, 0);
    back_output(b, PARTY_ALL, KIND_INT, 0, ir_out(&b->g, loop, 0));
    back_build(b, true);
    cr_expect_eq(b->p->blocks, 2);
    const num given[2] = {2, 3};
    back_give(b, 0, 0, &given[0], 1), back_give(b, 1, 0, &given[1], 1);
    back_run(b);
    cr_expect(back_result(b, 0)[0] == 2 * 5 * 5 * 5);
    back_free(b);
}

/* --- field */

static void build_square(back *b, num hi)
{
    ir_id x = back_input(b, back_party(b, 0), KIND_INT, 0, 0, hi);
    ir_id y = back_input(b, back_party(b, 0), KIND_INT, 0, 0, hi);
    b->g.at = (place){8, 12};
    ir_id product = ir_binary(&b->g, IR_MUL, x, y);
    back_output(b, PARTY_ALL, KIND_INT, 0, product);
}

Test(field, is_the_smallest_that_holds_every_secret)
{
    back *b = back_new();
    build_square(b, (num)1 << 29);
    back_build(b, true);
    cr_expect_eq(b->p->field_bits, 61);
    back_free(b);

    b = back_new();
    build_square(b, (num)1 << 30);
    back_build(b, true);
    cr_expect_eq(b->p->field_bits, 127);
    cr_expect_eq(b->p->field_at.line, 8);
    back_free(b);
}

Test(field, that_is_too_small_is_refused_with_the_place)
{
    back *b = back_new();
    build_square(b, (num)1 << 30);
    b->g.field.bits = 61;
    program *p = NULL;
    cr_expect_eq(generate(&b->g, &(generate_options){.hoist = true, .pad = false}, &p, &b->err),
                 E_PROGRAM);
    cr_expect_str_eq(b->err.code, "E0402");
    cr_expect_eq(b->g.at.line, 8);
    cr_expect_null(p);
    back_free(b);
}

/* --- leakage */

Test(leakage, names_what_an_output_tells)
{
    back *b = back_new();
    ir_id bid = back_input(b, back_party(b, 5), KIND_INT, 0, 0, 100);
    ir_id own = back_input(b, back_party(b, 0), KIND_INT, 0, 0, 100);
    ir *g = &b->g;
    back_output(b, PARTY_ALL, KIND_INT, 0, ir_unary(g, IR_MAXIMUM, bid));
    back_output(b, PARTY_ALL, KIND_INT, 0, ir_unary(g, IR_ARGMAX, bid));
    back_output(b, PARTY_ALL, KIND_FIX, 0, lower_mean(g, bid));
    back_output(b, PARTY_ALL, KIND_BOOL, 0, ir_binary(g, IR_LT, own, ir_unary(g, IR_SUM, bid)));
    back_output(b, PARTY_ALL, KIND_INT, 0, ir_binary(g, IR_MUL, own, ir_unary(g, IR_SUM, bid)));
    back_output(b, 0, KIND_INT, 0, own);
    const char *expected[] = {"one of the numbers in x0", "a position",
                              "a count or sum of x0",     "yes/no",
                              "a function of x0 and x1",  "a copy of x1"};
    const leak_report found = leakage(g);
    cr_assert_eq(found.leaks, 6);
    for (uint32_t k = 0; k < found.leaks; k++) cr_expect_str_eq(found.leak[k].text, expected[k]);
    cr_assert_eq(found.warnings, 1);
    cr_expect_str_eq(found.warning[0].code, "L01");
    back_free(b);
}

Test(leakage, an_average_of_three_is_worth_a_warning)
{
    for (uint32_t members = 2; members <= 4; members++) {
        back *b = back_new();
        ir_id salary = back_input(b, back_party(b, members), KIND_INT, 0, 0, 1000000);
        back_output(b, PARTY_ALL, KIND_FIX, 0, lower_mean(&b->g, salary));
        const leak_report found = leakage(&b->g);
        cr_assert_eq(found.warnings, members <= 3, "%u members", members);
        if (members == 3)
            cr_expect_str_eq(found.warning[0].text, "two p0s who compare notes learn the third x0");
        back_free(b);
    }
}

/* --- the same everywhere, and of any size */

static void build_long(back *b, size_t lines)
{
    ir_id x = back_input(b, back_party(b, 0), KIND_INT, 0, 0, 1);
    ir_id y = back_input(b, back_party(b, 0), KIND_INT, 0, 0, 1);
    ir_id sum = x;
    for (size_t k = 0; k < lines; k++) {
        b->g.at.line++;
        ir_id changed = ir_binary(&b->g, IR_ADD, y, ir_number(&b->g, KIND_INT, wide_of((int64_t)k)));
        sum = ir_binary(&b->g, IR_ADD, sum, ir_binary(&b->g, IR_MUL, x, changed));
    }
    back_output(b, PARTY_ALL, KIND_INT, 0, sum);
    back_build(b, true);
}

Test(generate, gives_the_same_bytes_twice)
{
    buffer bytes[2] = {0};
    for (unsigned k = 0; k < 2; k++) {
        back *b = back_new();
        build_long(b, 200);
        program_encode(b->p, &bytes[k]);
        back_free(b);
    }
    cr_expect_eq(bytes[0].len, bytes[1].len);
    cr_expect(memcmp(bytes[0].data, bytes[1].data, bytes[0].len) == 0);
    buffer_free(&bytes[0]), buffer_free(&bytes[1]);
}

Test(generate, takes_a_hundred_thousand_values)
{
    back *b = back_new();
    build_long(b, 33333);
    cr_expect_eq(back_instructions(b, OP_MUL), 1);
    cr_expect_eq(back_lanes(b, OP_MUL), 33333);
    back_free(b);
}
