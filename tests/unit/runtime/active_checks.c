/* Active security: honest runs give what the ideal box gives, at the price that cost_of says, and every run in which a
 * node lies ends without a wrong output. */
#include "core_help.h"

#include "runtime/audit.h"
#include "runtime/gf60.h"

#include <criterion/criterion.h>
#include <string.h>

enum { MOST_SPAN = 17 };

static program *products(size_t len)
{
    program *p = program_begin(61, 1);
    uint32_t x = program_input(p, 0, KIND_INT, len), y = program_input(p, 1, KIND_INT, len);
    uint32_t z = program_op(p, OP_MUL, len, (uint32_t[]){x, y}, 2, NULL, 0);
    program_reveal(p, PARTY_ALL, z);
    return p;
}

Test(active, products_as_the_ideal_box)
{
    static const size_t lengths[] = {1, 2, 3, 31, 33, 1000, 5000, 70000};
    for (size_t k = 0; k < sizeof lengths / sizeof *lengths; k++) {
        program *p = products(lengths[k]);
        program_ranges(p, 29);
        run_data *d = run_data_new(p);
        fill_input(p, d, 0, 29, NULL, 0), fill_input(p, d, 1, 29, NULL, 0);
        launch *l = active_launch(p, 3, 1, k % 2);
        expect_as_ideal_on(p, d, l);
        launch_free(l);
        run_data_free(d, p);
        program_free(p);
    }
}

static const num edges[] = {0, 1, -1, 5, -5, 1023, -1024, (num)1 << 40, -((num)1 << 40)};
enum { EDGES = sizeof edges / sizeof *edges };

/* Everything that a program may do in active mode, on two inputs of len numbers. */
static program *decisions(uint8_t bits, size_t len)
{
    program *p = program_begin(bits, 1);
    uint32_t x = program_input(p, 0, KIND_INT, len), y = program_input(p, 1, KIND_INT, len);
    uint32_t xy[] = {x, y};
    program_reveal(p, PARTY_ALL, program_op(p, OP_LT, len, xy, 2, NULL, 0));
    program_reveal(p, 0, program_op(p, OP_EQ, len, xy, 2, NULL, 0));
    program_reveal(p, 1, program_op(p, OP_FLOOR, len, &x, 1, (int64_t[]){7}, 1));
    program_reveal(p, PARTY_ALL, program_op(p, OP_MAXIMUM, 1, &y, 1, (int64_t[]){(int64_t)len}, 1));
    return p;
}

static void run_active(program *p, unsigned nodes, unsigned threshold, bool apart, unsigned bits)
{
    program_ranges(p, bits);
    run_data *d = run_data_new(p);
    for (uint32_t k = 0; k < p->inputs; k++) {
        bool is_bool = p->input[k].kind == KIND_BOOL;
        fill_input(p, d, k, is_bool ? 1 : bits, edges, k || is_bool || bits < 41 ? 0 : EDGES);
    }
    launch *l = active_launch(p, nodes, threshold, apart);
    expect_as_ideal_on(p, d, l);
    launch_free(l);
    run_data_free(d, p);
    program_free(p);
}

/* Products of two numbers over and over, and what depends on all of them. */
static program *long_product(size_t len)
{
    program *p = program_begin(61, 1);
    const int64_t again[] = {0, (int64_t)len, 0};
    uint32_t x = program_input(p, 0, KIND_INT, 1), y = program_input(p, 1, KIND_INT, 1);
    uint32_t xs = program_op(p, OP_VIEW, len, &x, 1, again, 3);
    uint32_t ys = program_op(p, OP_VIEW, len, &y, 1, again, 3);
    uint32_t z = program_op(p, OP_MUL, len, (uint32_t[]){xs, ys}, 2, NULL, 0);
    program_reveal(p, PARTY_ALL, program_op(p, OP_SUM, 1, &z, 1, (int64_t[]){(int64_t)len}, 1));
    return p;
}

static uint64_t rounds_of(size_t len)
{
    program *p = long_product(len);

    program_ranges(p, 20);
    return active_rounds(p);
}

/* One instruction does not note without end either. */
Test(active, long_products_are_checked_in_between)
{
    enum { ONE_CHECK = 1 << 19, CHECK_ROUNDS = 8 };

    cr_expect_gt(rounds_of(4 << 20), rounds_of(ONE_CHECK) + 3 * CHECK_ROUNDS);
    run_active(long_product((1 << 20) + 77), 3, 1, false, 20);
}

Test(active, decisions_as_the_ideal_box)
{
    static const size_t lengths[] = {1, 3, 64, 65, 200};
    for (size_t k = 0; k < sizeof lengths / sizeof *lengths; k++)
        run_active(decisions(61, lengths[k]), 3, 1, k % 2, 50);
    run_active(decisions(127, 70), 3, 1, false, 90);
}

/* Words of a wire that are held where they are, and the last of them is not full. */
Test(active, long_comparisons_as_the_ideal_box)
{
    enum { LEN = 66 * 64 - 59 };
    static const unsigned sizes[][2] = {{3, 1}, {5, 2}};

    for (size_t k = 0; k < sizeof sizes / sizeof *sizes; k++) {
        program *p = program_begin(61, 1);
        uint32_t xy[] = {program_input(p, 0, KIND_INT, LEN), program_input(p, 1, KIND_INT, LEN)};
        program_reveal(p, PARTY_ALL, program_op(p, OP_LT, LEN, xy, 2, NULL, 0));
        program_reveal(p, PARTY_ALL, program_op(p, OP_EQ, LEN, xy, 2, NULL, 0));
        run_active(p, sizes[k][0], sizes[k][1], false, 50);
    }
}

static program *sorts(uint8_t bits, size_t rows)
{
    program *p = program_begin(bits, 1);
    size_t len = 2 * rows;
    int64_t run = (int64_t)rows, imm[] = {run, run};
    uint32_t x = program_input(p, 0, KIND_INT, len), y = program_input(p, 1, KIND_INT, len);
    program_reveal(p, PARTY_ALL, program_op(p, OP_SORT, len, (uint32_t[]){x, y}, 2, &run, 1));
    program_reveal(p, PARTY_ALL, program_op(p, OP_RANK, len, &x, 1, &run, 1));
    uint32_t found = program_op(p, OP_JOIN, len, (uint32_t[]){x, x, y}, 3, imm, 2);
    program_reveal(p, PARTY_ALL, found);
    program_reveal(p, PARTY_ALL, found + 1);
    p->reg[found].kind = KIND_BOOL, p->reg[found].lo = wide_of(0), p->reg[found].hi = wide_of(1);
    return p;
}

Test(active, sorts_as_the_ideal_box)
{
    run_active(sorts(61, 1), 3, 1, false, 50);
    run_active(sorts(61, 9), 3, 1, true, 50);
    run_active(sorts(61, 4), 4, 1, false, 50);
    run_active(sorts(61, 5), 5, 2, false, 50);
}

Test(active, sorts_of_many_rows_are_by_digits)
{
    run_active(sorts(61, 160), 3, 1, true, 2);
    run_active(sorts(61, 160), 4, 1, false, 2);
}

static program *squares(uint8_t bits, size_t len)
{
    program *p = program_begin(bits, 1);
    uint32_t x = program_input(p, 0, KIND_INT, len), b = program_input(p, 1, KIND_BOOL, len);
    uint32_t z = program_op(p, OP_MUL, len, (uint32_t[]){x, x}, 2, NULL, 0);
    program_reveal(p, PARTY_ALL, program_op(p, OP_MASK, len, (uint32_t[]){z, b}, 2, NULL, 0));
    program_reveal(
        p, 0, program_op(p, OP_MATMUL, 1, (uint32_t[]){x, z}, 2, (int64_t[]){1, (int64_t)len, 1}, 3));
    return p;
}

Test(active, among_more_nodes)
{
    static const unsigned sizes[][2] = {{4, 1}, {5, 2}, {5, 1}, {6, 2}, {7, 3}};
    for (size_t k = 0; k < sizeof sizes / sizeof *sizes; k++) {
        run_active(squares(127, 10), sizes[k][0], sizes[k][1], k % 2, 41);
        run_active(squares(192, 10), sizes[k][0], sizes[k][1], k % 2, 41);
        run_active(decisions(61, k == 4 ? 2 : 70), sizes[k][0], sizes[k][1], k % 2, 50);
    }
}

/* Rows of `width` numbers, shuffled, then combined so that their order does not show. */
static program *shuffles(size_t rows, size_t width)
{
    program *p = program_begin(61, 1);
    size_t len = rows * width;
    uint32_t x = program_input(p, 0, KIND_INT, len), y = program_input(p, 1, KIND_INT, rows);
    uint32_t a =
        program_op(p, OP_SHUFFLE, len, &x, 1, (int64_t[]){(int64_t)rows, (int64_t)width}, 2);
    uint32_t b = program_op(p, OP_SHUFFLE, rows, &y, 1, (int64_t[]){(int64_t)rows, 1}, 2);
    program_together(p);
    uint32_t squares = program_op(p, OP_MUL, len, (uint32_t[]){a, a}, 2, NULL, 0);
    program_reveal(p, PARTY_ALL, program_op(p, OP_SUM, 1, &squares, 1, (int64_t[]){(int64_t)len}, 1));
    program_reveal(p, PARTY_ALL, program_op(p, OP_MAXIMUM, 1, &b, 1, (int64_t[]){(int64_t)rows}, 1));
    return p;
}

static void gates_and_shuffles(uint8_t bits)
{
    program *p = program_begin(bits, 1);
    uint32_t x = program_input(p, 0, KIND_INT, 6), b = program_input(p, 0, KIND_BOOL, 6),
             c = program_input(p, 1, KIND_BOOL, 6);
    uint32_t both = program_op(p, OP_AND, 6, (uint32_t[]){b, c}, 2, NULL, 0),
             one = program_op(p, OP_XOR, 6, (uint32_t[]){both, c}, 2, NULL, 0);
    uint32_t y = program_op(p, OP_SELECT, 6, (uint32_t[]){one, x, x}, 3, NULL, 0),
             z = program_op(p, OP_SHUFFLE, 6, &y, 1, (int64_t[]){3, 2}, 2);
    p->reg[both].kind = p->reg[one].kind = KIND_BOOL;
    program_reveal(p, PARTY_ALL, one);
    program_reveal(p, PARTY_ALL, program_op(p, OP_SUM, 1, &z, 1, (int64_t[]){6}, 1));
    run_active(p, 3, 1, true, 90);
}

/* Where p is far from powers of two, random numbers are thrown away. No number has more than 21 bits. */
static program *in_the_field_of(program *p, const char *prime)
{
    for (uint32_t r = 0; r < p->regs; r++)
        p->reg[r].lo = wide_of_num(-(1 << 21)), p->reg[r].hi = wide_of_num(1 << 21);
    p->prime = arena_alloc(&p->mem, PRIME_LIMBS * sizeof *p->prime);
    p->field_bits = (uint16_t)prime_parse(prime, p->prime);
    return p;
}

static const char just_below[] = "5192296858534827628530496329220021", /* 2^112 - 75 */
    just_above[] = "5192296858534827628530496329220121",               /* 2^112 + 25 */
    far_away[] = "75262715820734971913";                               /* 1.02 times 2^66 */

Test(active, in_a_field_of_another_prime)
{
    gates_and_shuffles(192);
    run_active(decisions(192, EDGES), 3, 1, true, 90);
    run_active(in_the_field_of(decisions(61, 2), just_below), 4, 1, false, 20);
    run_active(in_the_field_of(decisions(61, 2), just_above), 5, 2, true, 20);
    run_active(in_the_field_of(decisions(61, 2), far_away), 3, 1, false, 20);
}

Test(active, sorts_in_a_field_of_another_prime)
{
    run_active(in_the_field_of(sorts(61, 3), just_below), 3, 1, true, 20);
    run_active(in_the_field_of(sorts(61, 2), just_below), 5, 2, false, 20);
}

/* Numbers come as bits of which the highest counts what is left of the range: all of it is reached, to its ends. */
static void expect_whole_range(uint8_t field_bits, num lo, num span)
{
    program *p = program_begin(field_bits, 1);
    uint32_t x = program_input(p, 0, KIND_INT, (uint64_t)span + 1);
    num v[MOST_SPAN + 1];

    for (num k = 0; k <= span; k++) v[k] = lo + k;
    program_reveal(p, PARTY_ALL, x);
    program_ranges(p, 20);
    for (uint32_t r = 0; r < p->regs; r++)
        if (p->reg[r].tag == TAG_OWNED)
            p->reg[r].lo = wide_of_num(lo), p->reg[r].hi = wide_of_num(lo + span);
    run_data *d = run_data_new(p);
    fill_input(p, d, 0, 20, v, (size_t)span + 1);
    launch *l = active_launch(p, 3, 1, true);
    expect_as_ideal_on(p, d, l);
    launch_free(l);
    run_data_free(d, p);
    program_free(p);
}

Test(active, numbers_of_any_range)
{
    for (num span = 0; span <= MOST_SPAN; span++) expect_whole_range(61, span % 3 - 5, span);
    expect_whole_range(127, -MOST_SPAN, MOST_SPAN);
    expect_whole_range(192, -1, MOST_SPAN - 1);
    run_active(products(2000), 3, 1, true,
               29); /* so many that an owner without keys might find otherwise */
}

/* So many of so wide a range that bits would cost more: they are compared with both ends, and cost what is foretold. */
Test(active, many_numbers_of_a_wide_range)
{
    static const unsigned size[][2] = {{4, 1}, {5, 2}};

    for (size_t k = 0; k < 2; k++) {
        program *p = program_begin(61, 1);
        program_reveal(p, PARTY_ALL, program_input(p, 0, KIND_INT, 2000));
        run_active(p, size[k][0], size[k][1], true, 57);
    }
}

Test(active, shuffles)
{
    run_active(shuffles(9, 3), 3, 1, false, 20);
    run_active(shuffles(2, 1), 4, 1, true, 20);
    run_active(shuffles(5, 2), 5, 2, false, 20);
}
