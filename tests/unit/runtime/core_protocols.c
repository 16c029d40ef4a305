/* Hand-built programs on Shamir boxes agree with the ideal box, at the price that cost_of says. */
#include "core_help.h"

#include <criterion/criterion.h>
#include <stdlib.h>

static const struct {
    unsigned nodes, threshold;
} sizes[] = {{3, 1}, {4, 1}, {5, 2}, {6, 2}, {7, 3}, {9, 2}, {9, 4}, {11, 5}};

enum { SIZES = sizeof sizes / sizeof sizes[0] };

/* Owners are nodes, and owners are apart. Under AddressSanitizer, where a run takes many times as long, one of both each. */
#ifdef __SANITIZE_ADDRESS__
enum { APART_STEP = 2 };
#else
enum { APART_STEP = 1 };
#endif

#define FOR_EACH_SIZE(p, d)                                                                        \
    for (size_t s_ = 0; s_ < SIZES; s_++)                                                          \
        for (int apart_ = APART_STEP == 1 ? 0 : (int)(s_ % 2); apart_ < 2; apart_ += APART_STEP)   \
    expect_as_ideal(p, d, sizes[s_].nodes, sizes[s_].threshold, apart_)

static void done(program *p, run_data *d)
{
    run_data_free(d, p);
    program_free(p);
}

enum { ANY_PRIME = 192 }; /* bits of a field of another kind; its numbers here are those of p127 */

static unsigned width(unsigned q)
{
    return q < 127 ? q : 127;
}

static num half(unsigned q)
{
    return ((num)1 << (width(q) - 1)) - 1; /* (p - 1) / 2 */
}

/* Another prime's comparisons rest on many random bits: two sizes do. */
static void for_sizes(const program *p, run_data *d, uint8_t q)
{
    if (q != ANY_PRIME) {
        FOR_EACH_SIZE(p, d);
        return;
    }
    expect_as_ideal(p, d, 3, 1, false);
    expect_as_ideal(p, d, 4, 1, true);
}

static void products(uint8_t q)
{
    program *p = program_begin(q, 3);
    uint32_t x = program_input(p, 0, KIND_INT, 12), y = program_input(p, 1, KIND_INT, 4);
    uint32_t b = program_input(p, 0, KIND_BOOL, 12), c = program_input(p, 1, KIND_BOOL, 4);
    uint32_t one = program_input(p, 0, KIND_INT, 3);
    uint32_t out[] = {
        program_op(p, OP_MUL, 12, (uint32_t[]){x, y}, 2, NULL, 0),
        program_op(p, OP_MUL, 12, (uint32_t[]){x, one}, 2, NULL, 0), /* 3 against 12 */
        program_op(p, OP_MATMUL, 9, (uint32_t[]){x, y}, 2, (int64_t[]){3, 4, 3}, 3),
        program_op(p, OP_AND, 12, (uint32_t[]){b, c}, 2, NULL, 0),
        program_op(p, OP_OR, 12, (uint32_t[]){b, c}, 2, NULL, 0),
        program_op(p, OP_XOR, 12, (uint32_t[]){b, c}, 2, NULL, 0),
        program_op(p, OP_MASK, 12, (uint32_t[]){x, c}, 2, NULL, 0),
        program_op(p, OP_SELECT, 12, (uint32_t[]){b, x, y}, 3, NULL, 0),
    };
    for (size_t k = 0; k < sizeof out / sizeof out[0]; k++) program_reveal(p, PARTY_ALL, out[k]);
    program_reveal(p, 0, out[0]);
    program_reveal(p, 1, out[1]);
    run_data *d = run_data_new(p);
    unsigned bits = width(q) / 2 - 3;
    fill_input(p, d, 0, bits, (num[]){0, 1, -1}, 3);
    fill_input(p, d, 1, bits, NULL, 0);
    fill_input(p, d, 2, 1, NULL, 0);
    fill_input(p, d, 3, 1, NULL, 0);
    fill_input(p, d, 4, bits, NULL, 0);
    FOR_EACH_SIZE(p, d);
    for (size_t k = 0; k < SIZES; k++) /* a king has no masks from nine nodes of threshold 2 on */
        expect_as_ideal_by(p, d, sizes[k].nodes, sizes[k].threshold, k % 2, MULTIPLY_KING);
    done(p, d);
}

Test(protocols, products_over_p61)
{
    products(61);
}

Test(protocols, products_over_p127)
{
    products(127);
}

Test(protocols, products_over_another_prime)
{
    products(ANY_PRIME);
}

/* Vectors of several frames are made, sent and used in stretches. */
static void long_products(uint8_t q, const unsigned (*of)[2], size_t count)
{
    enum { LEN = 45001 };
    program *p = program_begin(q, 3);
    uint32_t x = program_input(p, 0, KIND_INT, LEN), y = program_input(p, 0, KIND_INT, LEN);
    uint32_t xy = program_op(p, OP_MUL, LEN, (uint32_t[]){x, y}, 2, NULL, 0);
    uint32_t b = program_input(p, 0, KIND_BOOL, LEN);
    uint32_t out = program_op(p, OP_SELECT, LEN, (uint32_t[]){b, xy, y}, 3, NULL, 0);
    program_reveal(p, PARTY_ALL, out);
    program_reveal(p, 0, xy);
    run_data *d = run_data_new(p);
    fill_input(p, d, 0, width(q) / 2 - 3u, (num[]){0, 1, -1}, 3);
    fill_input(p, d, 1, width(q) / 2 - 3u, NULL, 0);
    fill_input(p, d, 2, 1, NULL, 0);
    for (size_t k = 0; k < count; k++) /* auto takes a king from four nodes on */
        expect_as_ideal_by(p, d, of[k][0], of[k][1], k % 2, k & 2 ? MULTIPLY_GRR : MULTIPLY_AUTO);
    done(p, d);
}

Test(protocols, products_of_vectors_of_several_frames_over_p61)
{
    static const unsigned of[][2] = {{3, 1}, {5, 2}, {4, 1}, {5, 2}, {5, 1},
                                     {6, 2}, {7, 3}, {7, 3}, {6, 2}, {9, 4}};
    long_products(61, of, sizeof of / sizeof *of);
}

Test(protocols, products_of_vectors_of_several_frames_over_p127)
{
    static const unsigned of[][2] = {{4, 1}, {5, 2}, {3, 1}, {5, 2}};
    long_products(127, of, sizeof of / sizeof *of);
}

static void comparisons(uint8_t q)
{
    num h = half(q), end = h / 2;
    num x_edges[] = {0, 0, 0, 1, 1, -1, end, -end, end, -end, 5, 5, 5, end + 1};
    num y_edges[] = {0, 1, -1, 0, 1, -1, -end, end, end, -end, 4, 5, 6, -end};
    enum { EDGES = sizeof x_edges / sizeof x_edges[0], ALL = 2 * EDGES };
    program *p = program_begin(q, 3);
    uint32_t x = program_input(p, 0, KIND_INT, ALL), y = program_input(p, 0, KIND_INT, ALL);
    uint32_t four = program_constant(p, (num[]){5}, 1);
    uint32_t out[] = {
        program_op(p, OP_LT, ALL, (uint32_t[]){x, y}, 2, NULL, 0),
        (program_op(p, OP_EQ, ALL, (uint32_t[]){x, y}, 2, NULL, 0)),
        program_op(p, OP_LT, ALL, (uint32_t[]){x, four}, 2, NULL, 0),
        program_op(p, OP_EQ, ALL, (uint32_t[]){four, x}, 2, NULL, 0),
    };
    for (size_t k = 0; k < 4; k++) program_reveal(p, PARTY_ALL, out[k]);
    run_data *d = run_data_new(p);
    fill_input(p, d, 0, width(q) - 3u, x_edges, EDGES);
    fill_input(p, d, 1, width(q) - 3u, y_edges, EDGES);
    for_sizes(p, d, q);
    done(p, d);
}

/* So many that the bits of each number are found instead, beside others that are compared. */
static void equalities_with_many(uint8_t q)
{
    enum { LEN = 4, EACH = 2000, MOST = 300 };
    static num table[LEN * EACH];
    for (size_t k = 0; k < LEN * EACH; k++) table[k] = (num)(k * 7 % (MOST + 20)) - 10;
    table[1] = (num)1 << 58, table[2] = -((num)1 << 58), table[3] = MOST + 1;
    program *p = program_begin(q, 3);
    uint32_t x = program_input(p, 0, KIND_INT, LEN), y = program_input(p, 0, KIND_INT, LEN);
    uint32_t known = program_constant(p, table, LEN * EACH);
    program_ranges(p, 10);
    p->reg[x].lo = wide_of_num(0), p->reg[x].hi = wide_of_num(MOST);
    uint32_t out[3];
    out[0] = program_op(p, OP_EQ, LEN * EACH, (uint32_t[]){x, known}, 2, NULL, 0);
    out[1] = program_op(p, OP_EQ, LEN, (uint32_t[]){x, y}, 2, NULL, 0), program_merge(p);
    out[2] = program_op(p, OP_INT, LEN * EACH, &out[0], 1, NULL, 0);
    for (size_t k = 0; k < 3; k++) program_reveal(p, PARTY_ALL, out[k]);
    run_data *d = run_data_new(p);
    fill_input(p, d, 0, 0, (num[]){0, MOST, 255, 256}, LEN);
    fill_input(p, d, 1, 0, (num[]){0, MOST, 5, 256}, LEN);
    for_sizes(p, d, q);
    launch *l = launch_for(p, 3, 1, false);
    l->active = true;
    expect_as_ideal_on(p, d, l);
    launch_free(l);
    done(p, d);
}

Test(protocols, equalities_with_many_known_numbers_of_p61)
{
    equalities_with_many(61);
}

Test(protocols, equalities_with_many_known_numbers_of_p127)
{
    equalities_with_many(127);
}

Test(protocols, comparisons_on_every_edge_of_p61)
{
    comparisons(61);
}

Test(protocols, comparisons_on_every_edge_of_p127)
{
    comparisons(127);
}

Test(protocols, comparisons_on_edges_of_another_prime)
{
    comparisons(ANY_PRIME);
}

/* A result that is a bool. */
static uint32_t bool_op(program *p, opcode op, uint64_t len, uint32_t a, uint32_t b)
{
    uint32_t r = program_op(p, op, len, (uint32_t[]){a, b}, op == OP_NOT ? 1 : 2, NULL, 0);
    p->reg[r].kind = KIND_BOOL;
    return r;
}

static uint32_t merged_bool(program *p, opcode op, uint64_t len, uint32_t a, uint32_t b)
{
    uint32_t r = bool_op(p, op, len, a, b);
    program_merge(p);
    return r;
}

/* Bools that only gates read, that are read as numbers too, and that meet others which are numbers alone. */
static void gates(uint8_t q)
{
    enum { LEN = 70, FEW = 7 };
    program *p = program_begin(q, 3);
    uint32_t x = program_input(p, 0, KIND_INT, LEN), y = program_input(p, 0, KIND_INT, LEN),
             few = program_input(p, 0, KIND_INT, FEW), given = program_input(p, 0, KIND_BOOL, LEN);
    uint32_t less = bool_op(p, OP_LT, LEN, x, y), lone = merged_bool(p, OP_LT, FEW, few, few);
    uint32_t more = merged_bool(p, OP_LT, LEN, y, x), same = bool_op(p, OP_EQ, LEN, x, y);
    uint32_t either = bool_op(p, OP_OR, LEN, less, more), none = bool_op(p, OP_NOT, LEN, either, 0);
    uint32_t both = bool_op(p, OP_AND, LEN, none, same),
             mixed = merged_bool(p, OP_AND, LEN, more, given),
             short_one = merged_bool(p, OP_AND, FEW, lone, lone);
    uint32_t odd = bool_op(p, OP_XOR, LEN, both, less), kept = bool_op(p, OP_NOT, LEN, odd, 0);
    uint32_t shown[] = {
        more, both, mixed, short_one, odd, kept, bool_op(p, OP_XOR, LEN, odd, given)};
    for (size_t k = 0; k < sizeof shown / sizeof shown[0]; k++)
        program_reveal(p, PARTY_ALL, shown[k]);
    program_reveal(p, PARTY_ALL, program_op(p, OP_INT, LEN, &odd, 1, NULL, 0));
    run_data *d = run_data_new(p);
    fill_input(p, d, 0, 2, NULL, 0);
    fill_input(p, d, 1, 2, NULL, 0);
    fill_input(p, d, 2, 2, NULL, 0);
    fill_input(p, d, 3, 1, NULL, 0);
    for_sizes(p, d, q);
    done(p, d);
}

Test(protocols, gates_on_bits_and_on_numbers)
{
    gates(61);
    gates(127);
    gates(ANY_PRIME);
}

static cost cost_of_gates(uint32_t ands)
{
    enum { LEN = 6400 };
    program *p = program_begin(61, 3);
    uint32_t x = program_input(p, 0, KIND_INT, LEN), all = bool_op(p, OP_LT, LEN, x, x);
    for (uint32_t k = 0; k < ands; k++)
        all = bool_op(p, OP_AND, LEN, all, bool_op(p, OP_LT, LEN, x, x));
    program_reveal(p, PARTY_ALL, all);
    launch *l = launch_for(p, 3, 1, false);
    cost c;
    cr_assert_eq(cost_of(&c, p, l, NULL), OK);
    launch_free(l);
    program_free(p);
    return c;
}

Test(protocols, a_comparison_that_only_gates_read_is_no_number)
{
    cost one = cost_of_gates(0), two = cost_of_gates(1);
    double more = (double)(two.bytes[0] + two.bytes[1] + two.bytes[2]) -
                  (double)(one.bytes[0] + one.bytes[1] + one.bytes[2]);
    cr_assert_eq(one.multiplications, two.multiplications);
    cr_assert_lt(more / 3 / 6400, 20, "19 bytes of bits and one bit more, %f", more / 3 / 6400);
    cost_free(&one);
    cost_free(&two);
}

/* --- bools that stay bits from the inputs on */

enum { BIT_LEN = 72, BIT_STEPS = 60 };

static uint32_t random_below(uint32_t end)
{
    static uint64_t state = 1;
    state ^= state << 13, state ^= state >> 7, state ^= state << 17;
    return (uint32_t)((state >> 32) * end >> 32);
}

/* BIT_LEN secret bools that came before. */
static uint32_t some_bools(const program *p)
{
    for (;;) {
        const uint32_t r = random_below(p->regs);
        const reg *x = &p->reg[r];
        if (x->tag == TAG_SECRET && x->kind == KIND_BOOL && x->dim[0] == BIT_LEN) return r;
    }
}

/* One more of BIT_LEN bools, by an operation on bools that is drawn. */
static void some_step(program *p, uint32_t known, uint32_t few, uint32_t places)
{
    static const opcode gate[] = {OP_AND, OP_OR, OP_XOR, OP_MASK};
    const opcode op = gate[random_below(4)];
    uint32_t a = some_bools(p), b = some_bools(p);
    uint32_t in[] = {a, b, some_bools(p)}, out = 0;

    switch (random_below(10)) {
    case 0: out = program_op(p, OP_NOT, BIT_LEN, in, 1, NULL, 0); break;
    case 1: /* turned, every second from the end, one repeated */
        out = program_op(p, OP_VIEW, BIT_LEN, in, 1,
                         random_below(2) ? (int64_t[]){0, 8, 1, 9, 8}
                                         : (int64_t[]){BIT_LEN - 1, 36, -2, 2, 0},
                         5);
        break;
    case 2: { /* halves, in two blocks */
        int64_t half[] = {(int64_t)random_below(BIT_LEN / 2), BIT_LEN / 2, 1}, blocks = 2;
        uint32_t part[] = {program_op(p, OP_VIEW, BIT_LEN / 2, &a, 1, half, 3),
                           program_op(p, OP_VIEW, BIT_LEN / 2, &b, 1, half, 3)};
        p->reg[part[0]].kind = p->reg[part[1]].kind = KIND_BOOL;
        out = program_op(p, OP_CAT, BIT_LEN, part, 2, &blocks, 1);
        break;
    }
    case 3: in[1] = places, out = program_op(p, OP_AT, BIT_LEN, in, 2, (int64_t[]){8}, 1); break;
    case 4: out = program_op(p, OP_SELECT, BIT_LEN, in, 3, NULL, 0); break;
    case 5:
        in[random_below(3)] = known;
        out = program_op(p, OP_SELECT, BIT_LEN, in, 3, NULL, 0);
        break;
    case 6:
        in[random_below(2)] = known;
        out = program_op(p, op, BIT_LEN, in, 2, NULL, 0);
        break;
    case 7: in[0] = few, out = program_op(p, op, BIT_LEN, in, 2, NULL, 0); break;
    default: out = program_op(p, op, BIT_LEN, in, 2, NULL, 0);
    }
    p->reg[out].kind = KIND_BOOL;
}

/* What is drawn is shared by a party alone, by a group, or made by a comparison; a few of the results are revealed, or
 * counted first. */
static void bools_of_all_kinds(uint8_t q)
{
    num bits[BIT_LEN], at[BIT_LEN / 8] = {3, 0, 8, 7, -1, 2, 9, 1, 5};
    program *p = program_begin(q, 3);
    for (size_t k = 0; k < BIT_LEN; k++) bits[k] = random_below(2);
    uint32_t known = program_constant(p, bits, BIT_LEN),
             places = program_constant(p, at, BIT_LEN / 8);
    p->reg[known].kind = KIND_BOOL;
    uint32_t number = program_input(p, 0, KIND_INT, BIT_LEN),
             few = program_input(p, 0, KIND_BOOL, 9);
    program_input(p, 0, KIND_BOOL, BIT_LEN);
    program_input(p, 1, KIND_BOOL, BIT_LEN / 3);
    bool_op(p, OP_LT, BIT_LEN, number, number);
    for (size_t k = 0; k < BIT_STEPS; k++) some_step(p, known, few, places);
    for (size_t k = 0; k < 6; k++) {
        uint32_t r = some_bools(p);
        int64_t run = BIT_LEN;
        if (k % 2) r = program_op(p, OP_SUM, 1, &r, 1, &run, 1);
        program_reveal(p, k % 3 ? PARTY_ALL : 0, r);
    }
    program_ranges(p, 2);
    run_data *d = run_data_new(p);
    fill_input(p, d, 0, 2, NULL, 0);
    for (uint32_t k = 1; k < 4; k++) fill_input(p, d, k, 1, NULL, 0);
    for_sizes(p, d, q);
    for (unsigned n = 3; q != ANY_PRIME && n <= 5; n++) { /* inputs come as numbers and become bits */
        launch *l = launch_for(p, n, (n - 1) / 2, n == 4);
        l->active = true;
        expect_as_ideal_on(p, d, l);
        launch_free(l);
    }
    done(p, d);
}

Test(protocols, bools_are_the_same_as_bits_and_as_numbers)
{
    for (unsigned k = 0; k < 4; k++) bools_of_all_kinds(k % 2 ? 127 : 61);
    bools_of_all_kinds(ANY_PRIME);
}

enum { GATED = 6400, GATES = 5 };

/* So many inputs that go through so many gates: what it costs to reveal them, as numbers or as they are. */
static void expect_cost_of_gates(bool as_numbers, size_t products, size_t bytes_each)
{
    program *p = program_begin(61, 3);
    uint32_t x = program_input(p, 0, KIND_BOOL, GATED), y = program_input(p, 0, KIND_BOOL, GATED);
    for (size_t k = 0; k < GATES; k++) x = bool_op(p, OP_AND, GATED, x, y);
    if (as_numbers) x = program_op(p, OP_INT, GATED, &x, 1, NULL, 0);
    program_reveal(p, PARTY_ALL, x);
    launch *l = launch_for(p, 3, 1, false);
    cost c;
    cr_assert_eq(cost_of(&c, p, l, NULL), OK);
    cr_expect_eq(c.multiplications, products);
    cr_expect_lt(c.bytes[0] + c.bytes[1] + c.bytes[2],
                 3 * (GATED * bytes_each + GATED * (GATES + 3) / 8 + 2000));
    cost_free(&c);
    launch_free(l);
    program_free(p);
}

/* All products but those of the last, which becomes a number, are of bits: a bit each. 8 bytes for the number, and 8 for its
 * opening. */
Test(protocols, an_input_that_gates_read_is_no_number)
{
    expect_cost_of_gates(true, GATED, 8 + 8);
}

Test(protocols, a_bool_that_is_revealed_is_no_number)
{
    expect_cost_of_gates(false, 0, 0);
}

/* Enough items that adders are ripples, made ahead of need or, when there are more, where they are needed. */
static void many_decisions(uint64_t len)
{
    program *p = program_begin(61, 3);
    uint32_t x = program_input(p, 0, KIND_INT, len), y = program_input(p, 0, KIND_INT, len);
    program_reveal(p, PARTY_ALL, program_op(p, OP_LT, len, (uint32_t[]){x, y}, 2, NULL, 0));
    program_reveal(p, PARTY_ALL, program_op(p, OP_FLOOR, len, &x, 1, (int64_t[]){20}, 1));
    run_data *d = run_data_new(p);
    fill_input(p, d, 0, 58, NULL, 0);
    fill_input(p, d, 1, 58, NULL, 0);
    expect_as_ideal(p, d, 5, 2, false);
    done(p, d);
}

Test(protocols, masks_of_many_items_are_made_ahead_of_need)
{
    many_decisions(40000);
}

Test(protocols, masks_of_more_items_than_are_made_ahead_are_made_where_needed)
{
    many_decisions(190000);
}

static void floors(uint8_t q)
{
    num h = half(q);
    num edges[] = {0,
                   1,
                   -1,
                   2,
                   -2,
                   h,
                   -h,
                   h - 1,
                   1 - h,
                   1 << 20,
                   -(1 << 20),
                   (1 << 20) - 1,
                   1 - (1 << 20),
                   -1 - (1 << 20),
                   1 + (1 << 20)};
    enum { EDGES = sizeof edges / sizeof edges[0], ALL = EDGES + 5 };
    program *p = program_begin(q, 3);
    uint32_t x = program_input(p, 0, KIND_INT, ALL);
    int64_t by[] = {0, 1, 20, width(q) / 2, width(q) - 2, width(q) - 1, width(q) + 5};
    for (size_t k = 0; k < sizeof by / sizeof by[0]; k++)
        program_reveal(p, PARTY_ALL, program_op(p, OP_FLOOR, ALL, &x, 1, &by[k], 1));
    run_data *d = run_data_new(p);
    fill_input(p, d, 0, width(q) - 1u, edges, EDGES);
    for_sizes(p, d, q);
    done(p, d);
}

Test(protocols, floor_is_exact_on_every_edge_of_p61)
{
    floors(61);
}

Test(protocols, floor_is_exact_on_every_edge_of_p127)
{
    floors(127);
}

Test(protocols, floor_is_exact_on_edges_of_another_prime)
{
    floors(ANY_PRIME);
}

static void maxima(uint8_t q)
{
    num edges[] = {3, 9, 9, 1, 0, -5, -5, -5, -5, -5, 7,  1, 2,
                   3, 7, 0, 0, 0, 0,  1,  -9, -8, -7, -8, -9};
    program *p = program_begin(q, 3);
    uint32_t x = program_input(p, 0, KIND_INT, 30);
    for (int64_t run = 1; run <= 30; run++) {
        if (30 % run) continue;
        uint32_t best = program_op(p, OP_MAXIMUM, (uint64_t)(30 / run), &x, 1, &run, 1);
        program_reveal(p, PARTY_ALL, best);
        program_reveal(p, PARTY_ALL, best + 1);
    }
    int64_t all = 30;
    program_op(p, OP_MAXIMUM, 1, &x, 1, &all, 1);
    lane *l = p->block[0].code[p->block[0].len - 1].lane;
    l->out[0] = REG_NONE; /* the place alone */
    program_reveal(p, PARTY_ALL, l->out[1]);
    run_data *d = run_data_new(p);
    fill_input(p, d, 0, 4, edges, sizeof edges / sizeof edges[0]);
    for_sizes(p, d, q);
    done(p, d);
}

Test(protocols, maximum_takes_the_first_of_equals)
{
    maxima(61);
    maxima(ANY_PRIME);
}

/* Levels first, all against all at the end; runs of several lengths as lanes of one instruction. */
Test(protocols, maximum_of_many_and_of_several_lengths)
{
    enum { ALL = 120 };
    num small[ALL];
    program *p = program_begin(61, 3);
    uint32_t x = program_input(p, 0, KIND_INT, ALL), best[4];
    int64_t run[] = {ALL, 3, 40, 1};

    for (size_t k = 0; k < sizeof run / sizeof run[0]; k++) {
        best[k] = program_op(p, OP_MAXIMUM, (uint64_t)(ALL / run[k]), &x, 1, &run[k], 1);
        if (k) program_merge(p);
    }
    for (size_t k = 0; k < sizeof run / sizeof run[0]; k++) {
        program_reveal(p, PARTY_ALL, best[k]);
        program_reveal(p, PARTY_ALL, best[k] + 1);
    }
    run_data *d = run_data_new(p);
    for (size_t k = 0; k < ALL; k++) small[k] = (num)(k * k % 7) - 3; /* of each many are equal */
    fill_input(p, d, 0, 4, small, ALL);
    for_sizes(p, d, 61);
    done(p, d);
}

Test(protocols, local_operations_and_mixed_operands)
{
    program *p = program_begin(61, 3);
    uint32_t x = program_input(p, 0, KIND_INT, 12), b = program_input(p, 0, KIND_BOOL, 12);
    uint32_t c = program_constant(p, (num[]){-3, 4, 0, 1}, 4);
    uint32_t bit = program_constant(p, (num[]){1, 0, 1}, 3);
    uint32_t out[] = {
        program_op(p, OP_ADD, 12, (uint32_t[]){x, c}, 2, NULL, 0),
        program_op(p, OP_SUB, 12, (uint32_t[]){c, x}, 2, NULL, 0),
        program_op(p, OP_MUL, 12, (uint32_t[]){c, x}, 2, NULL, 0),
        program_op(p, OP_VIEW, 6, &x, 1, (int64_t[]){11, 2, -6, 3, -2}, 5),
        program_op(p, OP_VIEW, 12, &x, 1, (int64_t[]){0, 2, 2, 2, 1, 3, 4}, 7),
        program_op(p, OP_CAT, 28, (uint32_t[]){x, c, x}, 3, (int64_t[]){4}, 1),
        program_op(p, OP_SUM, 4, &x, 1, (int64_t[]){3}, 1),
        program_op(p, OP_SUMS, 12, &x, 1, (int64_t[]){4}, 1),
        program_op(p, OP_NOT, 12, &b, 1, NULL, 0),
        program_op(p, OP_INT, 12, &b, 1, NULL, 0),
        program_op(p, OP_AND, 12, (uint32_t[]){b, bit}, 2, NULL, 0),
        program_op(p, OP_OR, 12, (uint32_t[]){b, bit}, 2, NULL, 0),
        program_op(p, OP_XOR, 12, (uint32_t[]){bit, b}, 2, NULL, 0),
        program_op(p, OP_MASK, 12, (uint32_t[]){x, bit}, 2, NULL, 0),
        program_op(p, OP_MASK, 12, (uint32_t[]){c, b}, 2, NULL, 0),
        program_op(p, OP_SELECT, 12, (uint32_t[]){b, c, c}, 3, NULL, 0),
        program_op(p, OP_SELECT, 12, (uint32_t[]){bit, x, c}, 3, NULL, 0),
        program_op(p, OP_SELECT, 12, (uint32_t[]){bit, x, x}, 3, NULL, 0),
        program_op(p, OP_MATMUL, 3, (uint32_t[]){x, c}, 2, (int64_t[]){3, 4, 1}, 3),
    };
    for (size_t k = 0; k < sizeof out / sizeof out[0]; k++) program_reveal(p, PARTY_ALL, out[k]);
    run_data *d = run_data_new(p);
    fill_input(p, d, 0, 20, (num[]){0, 1, -1}, 3);
    fill_input(p, d, 1, 1, NULL, 0);
    expect_as_ideal(p, d, 3, 1, false);
    expect_as_ideal(p, d, 4, 1, true);
    done(p, d);
}

/* Rounds of a program that ends with op alone, or with op beside the longer LT. */
static uint64_t rounds_of(bool compare, bool multiply, bool together)
{
    program *p = program_begin(61, 3);
    uint32_t x = program_input(p, 0, KIND_INT, 5);
    if (compare) program_op(p, OP_LT, 5, (uint32_t[]){x, x}, 2, NULL, 0);
    if (multiply) program_op(p, OP_MUL, 5, (uint32_t[]){x, x}, 2, NULL, 0);
    if (together) program_together(p);
    launch *l = launch_for(p, 3, 1, false);
    cost c;
    cr_assert_eq(cost_of(&c, p, l, NULL), OK);
    uint64_t rounds = c.rounds;
    cost_free(&c);
    launch_free(l);
    program_free(p);
    return rounds;
}

Test(protocols, a_level_costs_the_rounds_of_its_longest_job)
{
    uint64_t start = rounds_of(false, false, false), compare = rounds_of(true, false, false) - start;
    cr_assert_eq(rounds_of(false, true, false) - start, 1);
    cr_assert_gt(compare, 1);
    cr_assert_eq(rounds_of(true, true, false) - start, compare + 1);
    cr_assert_eq(rounds_of(true, true, true) - start, compare);
}

Test(protocols, jobs_side_by_side_agree_with_the_ideal_box)
{
    program *p = program_begin(61, 3);
    uint32_t x = program_input(p, 0, KIND_INT, 10), y = program_input(p, 1, KIND_INT, 10);
    program_together(p);
    uint32_t half_y = program_op(p, OP_VIEW, 10, &y, 1, (int64_t[]){5, 10, 2}, 3);
    int64_t five = 5;
    uint32_t out[4];
    out[0] = program_op(p, OP_LT, 10, (uint32_t[]){x, half_y}, 2, NULL, 0);
    out[1] = program_op(p, OP_MUL, 10, (uint32_t[]){x, half_y}, 2, NULL, 0), program_together(p);
    out[2] = program_op(p, OP_FLOOR, 10, &x, 1, &five, 1), program_together(p);
    out[3] = program_op(p, OP_MAXIMUM, 2, &x, 1, &five, 1), program_together(p);
    for (size_t k = 0; k < 4; k++) {
        program_reveal(p, PARTY_ALL, out[k]);
        if (k) program_together(p);
    }
    run_data *d = run_data_new(p);
    fill_input(p, d, 0, 25, NULL, 0);
    fill_input(p, d, 1, 25, NULL, 0);
    FOR_EACH_SIZE(p, d);
    done(p, d);
}

/* Payload that a node sends for `op` on 1000 pairs, by the cost box. */
static uint64_t payload(unsigned nodes, unsigned threshold)
{
    program *p = program_begin(61, 3);
    uint32_t x = program_input(p, 0, KIND_INT, 1000);
    program_op(p, OP_MUL, 1000, (uint32_t[]){x, x}, 2, NULL, 0);
    launch *l = launch_for(p, nodes, threshold, true);
    cost c;
    uint64_t sent = 0;
    cr_assert_eq(cost_of(&c, p, l, NULL), OK);
    for (size_t k = 0; k < c.lines; k++)
        if (c.line[k].line == p->block[0].len) sent = c.line[k].bytes;
    cost_free(&c);
    launch_free(l);
    program_free(p);
    return sent;
}

Test(protocols, a_product_of_three_nodes_sends_one_element_a_node)
{
    cr_assert_eq(payload(3, 1), 8 * 1000);
    cr_assert_eq(payload(5, 2), 2 * 8 * 1000);
    cr_assert_eq(payload(7, 3), 3 * 8 * 1000);
    cr_assert_eq(payload(4, 1), 2 * 8 * 1000 * 3 / 4); /* three of four deal */
}

Test(protocols, a_long_comparison_runs_in_parts)
{
    enum { LONG = 40000 }; /* more than one part */
    program *p = program_begin(61, 3);
    uint32_t x = program_input(p, 0, KIND_INT, LONG), y = program_input(p, 0, KIND_INT, LONG);
    program_reveal(p, PARTY_ALL, program_op(p, OP_LT, LONG, (uint32_t[]){x, y}, 2, NULL, 0));
    run_data *d = run_data_new(p);
    fill_input(p, d, 0, 50, NULL, 0);
    fill_input(p, d, 1, 50, NULL, 0);
    expect_as_ideal(p, d, 3, 1, false);
    done(p, d);
}

Test(protocols, more_jobs_than_have_a_stack_at_once_run_in_turn)
{
    enum { JOBS = 150, SHOWN = 40 };
    program *p = program_begin(61, 3);
    uint32_t x = program_input(p, 0, KIND_INT, 2), out[JOBS];
    for (size_t k = 0; k < JOBS; k++) {
        out[k] = program_op(p, k % 50 ? OP_MUL : OP_LT, 2, (uint32_t[]){x, x}, 2, NULL, 0);
        if (k) program_together(p);
    }
    for (size_t k = 0; k < SHOWN; k++) program_reveal(p, PARTY_ALL, out[JOBS - 1 - k]);
    run_data *d = run_data_new(p);
    fill_input(p, d, 0, 20, NULL, 0);
    expect_as_ideal(p, d, 3, 1, false);
    expect_as_ideal(p, d, 5, 2, true);
    done(p, d);
}

Test(protocols, up_to_31_nodes_and_any_threshold)
{
    static const unsigned many[][2] = {{31, 15}, {31, 1}, {16, 7}, {12, 5},
                                       {20, 3},  {8, 1},  {6, 1}};
    int64_t shift = 7, run = 3;
    program *p = program_begin(61, 3);
    uint32_t x = program_input(p, 0, KIND_INT, 3), y = program_input(p, 1, KIND_INT, 1);
    uint32_t out[] = {program_op(p, OP_MUL, 3, (uint32_t[]){x, y}, 2, NULL, 0),
                      program_op(p, OP_LT, 3, (uint32_t[]){x, y}, 2, NULL, 0),
                      program_op(p, OP_EQ, 3, (uint32_t[]){x, y}, 2, NULL, 0),
                      program_op(p, OP_FLOOR, 3, &x, 1, &shift, 1),
                      program_op(p, OP_MAXIMUM, 1, &y, 1, &run, 1)};
    for (size_t k = 0; k < 5; k++) program_reveal(p, k % 2 ? PARTY_ALL : 0, out[k]);
    program_reveal(p, 1, out[0]);
    run_data *d = run_data_new(p);
    fill_input(p, d, 0, 25, (num[]){5, -3}, 2);
    fill_input(p, d, 1, 25, (num[]){5}, 1);
    for (size_t k = 0; k < sizeof many / sizeof many[0]; k++)
        expect_as_ideal(p, d, many[k][0], many[k][1], k % 2);
    done(p, d);
}

Test(protocols, another_prime_among_five_to_nine_nodes)
{
    static const unsigned many[][2] = {{5, 2}, {6, 2}, {7, 3}, {9, 4}};
    int64_t shift = 7, run = 3, shape[] = {1, 3, 1};
    program *p = program_begin(ANY_PRIME, 3);
    uint32_t x = program_input(p, 0, KIND_INT, 3), y = program_input(p, 1, KIND_INT, 1);
    uint32_t out[] = {program_op(p, OP_MUL, 3, (uint32_t[]){x, y}, 2, NULL, 0),
                      program_op(p, OP_MATMUL, 1, (uint32_t[]){x, y}, 2, shape, 3),
                      program_op(p, OP_LT, 3, (uint32_t[]){x, y}, 2, NULL, 0),
                      program_op(p, OP_EQ, 3, (uint32_t[]){x, y}, 2, NULL, 0),
                      program_op(p, OP_FLOOR, 3, &x, 1, &shift, 1),
                      program_op(p, OP_MAXIMUM, 1, &y, 1, &run, 1)};
    for (size_t k = 0; k < sizeof out / sizeof *out; k++)
        program_reveal(p, k % 2 ? PARTY_ALL : 0, out[k]);
    run_data *d = run_data_new(p);
    fill_input(p, d, 0, 40, (num[]){5, -3, 1 << 30}, 3);
    fill_input(p, d, 1, 40, (num[]){5}, 1);
    for (size_t k = 0; k < sizeof many / sizeof many[0]; k++)
        expect_as_ideal(p, d, many[k][0], many[k][1], k % 2);
    done(p, d);
}

Test(protocols, messages_longer_than_the_window_cost_what_is_said)
{
    enum { LONG = 700000 }; /* more than CHANNEL_WINDOW to each peer */
    program *p = program_begin(127, 1);
    uint32_t x = program_input(p, 0, KIND_INT, LONG);
    int64_t shape[] = {1, LONG, 1};
    uint32_t z = program_op(p, OP_MUL, LONG, (uint32_t[]){x, x}, 2, NULL, 0);
    program_reveal(p, PARTY_ALL, program_op(p, OP_MATMUL, 1, (uint32_t[]){x, z}, 2, shape, 3));
    program_reveal(p, 0, z);
    run_data *d = run_data_new(p);
    fill_input(p, d, 0, 30, NULL, 0);
    expect_as_ideal(p, d, 3, 1, false);
    expect_as_ideal(p, d, 4, 1, true);
    done(p, d);
}

static uint32_t merged(program *p, opcode op, uint64_t len, const uint32_t *in, uint32_t ins,
                       const int64_t *imm, uint32_t imms)
{
    uint32_t out = program_op(p, op, len, in, ins, imm, imms);
    program_merge(p);
    return out;
}

/* Rounds of one instruction that floors x by each of these numbers of bits, in a lane each. */
static uint64_t rounds_of_floors(const int64_t *bits, size_t lanes)
{
    program *p = program_begin(61, 3);
    uint32_t x = program_input(p, 0, KIND_INT, 5);
    for (size_t k = 0; k < lanes; k++)
        (k ? merged : program_op)(p, OP_FLOOR, 5, &x, 1, &bits[k], 1);
    launch *l = launch_for(p, 3, 1, false);
    cost c;
    cr_assert_eq(cost_of(&c, p, l, NULL), OK);
    uint64_t rounds = c.rounds;
    cost_free(&c);
    launch_free(l);
    program_free(p);
    return rounds;
}

Test(protocols, lanes_of_one_instruction_share_their_rounds_and_agree_with_the_ideal_box)
{
    static const int64_t bits[] = {3, 20, 3, 0, 60};
    enum { FLOORS = sizeof bits / sizeof bits[0] };
    program *p = program_begin(61, 3);
    uint32_t x = program_input(p, 0, KIND_INT, 6), y = program_input(p, 1, KIND_INT, 1), out[20];
    size_t outs = 0;
    for (size_t k = 0; k < FLOORS; k++)
        out[outs++] =
            (k ? merged : program_op)(p, OP_FLOOR, k % 2 ? 3 : 6, k % 2 ? &y : &x, 1, &bits[k], 1);
    out[outs++] = program_op(p, OP_MUL, 6, (uint32_t[]){x, y}, 2, NULL, 0);
    out[outs++] = merged(p, OP_MUL, 3, (uint32_t[]){y, y}, 2, NULL, 0);
    out[outs++] = program_op(p, OP_MATMUL, 4, (uint32_t[]){x, x}, 2, (int64_t[]){2, 3, 2}, 3);
    out[outs++] = merged(p, OP_MATMUL, 2, (uint32_t[]){x, y}, 2, (int64_t[]){2, 3, 1}, 3);
    out[outs++] = program_op(p, OP_LT, 6, (uint32_t[]){x, y}, 2, NULL, 0);
    out[outs++] = merged(p, OP_LT, 3, (uint32_t[]){y, y}, 2, NULL, 0);
    for (size_t k = 0; k < outs; k++) program_reveal(p, PARTY_ALL, out[k]);
    run_data *d = run_data_new(p);
    fill_input(p, d, 0, 25, NULL, 0);
    fill_input(p, d, 1, 25, NULL, 0);
    FOR_EACH_SIZE(p, d);
    done(p, d);
    uint64_t longest = 0;
    for (size_t k = 0; k < FLOORS; k++) {
        uint64_t alone = rounds_of_floors(&bits[k], 1);
        if (alone > longest) longest = alone;
    }
    cr_assert_eq(rounds_of_floors(bits, FLOORS), longest);
}
