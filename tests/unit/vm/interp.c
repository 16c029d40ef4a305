/* The interpreter on the ideal box: programs built by hand, whose results follow from the opcodes' meaning. */
#include "build.h"

#include <criterion/criterion.h>

static reg shape(tag t, kind of, uint32_t owner, unsigned rank, uint64_t a, uint64_t b)
{
    return (reg){.tag = (uint8_t)t,
                 .kind = (uint8_t)of,
                 .owner = owner,
                 .rank = (uint8_t)rank,
                 .dim = {a, b},
                 .lo = wide_of(of == KIND_BOOL ? 0 : -1000000),
                 .hi = wide_of(of == KIND_BOOL ? 1 : 1000000)};
}

static reg owned(uint32_t owner, unsigned rank, uint64_t a)
{
    return shape(TAG_OWNED, KIND_INT, owner, rank, a, 0);
}

static reg secret(unsigned rank, uint64_t a)
{
    return shape(TAG_SECRET, KIND_INT, 0, rank, a, 0);
}

static reg public(unsigned rank, uint64_t a)
{
    return shape(TAG_PUBLIC, KIND_INT, 0, rank, a, 0);
}

/* Runs p, which has to succeed, with inputs given by `give`, and returns the data. */
static run_data *run(const program *p, void (*give)(run_data *))
{
    run_data *data = run_data_new(p);
    failure err = {0};
    cr_assert_not_null(data);
    give(data);
    status st = build_run(p, data, &err);
    cr_assert_eq(st, OK, "%s", err.text);
    return data;
}

static void expect(const run_data *d, uint32_t output, uint32_t member, const num *want, size_t len)
{
    const plain *got = &d->output[output][member];
    cr_assert(got->v && got->len == len, "output %u has %zu items", output, got->len);
    for (size_t i = 0; i < len; i++)
        cr_expect(got->v[i] == want[i], "output %u, item %zu: %lld", output, i, (long long)got->v[i]);
}

#define EXPECT(d, output, member, ...)                                                             \
    expect(d, output, member, (const num[]){__VA_ARGS__},                                          \
           sizeof((num[]){__VA_ARGS__}) / sizeof(num))
#define GIVE(d, input, member, ...)                                                                \
    build_give(d, input, member, (const num[]){__VA_ARGS__},                                       \
               sizeof((num[]){__VA_ARGS__}) / sizeof(num))

static void give_bids(run_data *d)
{
    GIVE(d, 0, 0, 5);
    GIVE(d, 0, 1, 9);
    GIVE(d, 0, 2, 9);
}

/* The bids of three bidders as one secret vector. */
static uint32_t build_bids(program *p)
{
    const reg one = owned(build_party(p, "bidder", 3), 0, 0), all = secret(1, 3);
    build_input(p, "bid", 0, &one);
    uint32_t own = build(p, 0, OP_INPUT, &one, NO_REGS, IMMS(0));
    return build(p, 0, OP_SHARE, &all, REGS(own), NO_IMMS);
}

Test(interp, tournament_finds_the_first_of_equals_and_tells_each_party_its_own)
{
    program *p = build_new();
    uint32_t bids = build_bids(p), auctioneer = build_party(p, "auctioneer", 0);
    const reg number = secret(0, 0), three = secret(1, 3);
    build_output(p, "price", PARTY_ALL, &number);
    build_output(p, "winner", auctioneer, &number);
    build_output(p, "lead", 0, &number); /* each bidder learns its distance to the best */
    uint32_t best = build_reg(p, &number), place_of = build_reg(p, &number);
    build_instr(p, 0, OP_MAXIMUM, REGS(best, place_of), REGS(bids), IMMS(3));
    uint32_t behind = build(p, 0, OP_SUB, &three, REGS(best, bids), NO_IMMS);
    build_instr(p, 0, OP_REVEAL, REGS(REG_NONE), REGS(best), IMMS(0));
    build_instr(p, 0, OP_REVEAL, REGS(REG_NONE), REGS(place_of), IMMS(1))->together = true;
    build_instr(p, 0, OP_REVEAL, REGS(REG_NONE), REGS(behind), IMMS(2))->together = true;
    run_data *d = run(p, give_bids);
    EXPECT(d, 0, 0, 9);
    EXPECT(d, 1, 0, 1);
    EXPECT(d, 2, 0, 4);
    EXPECT(d, 2, 1, 0);
    EXPECT(d, 2, 2, 0);
    run_data_free(d, p);
    program_free(p);
}

Test(interp, owners_compute_on_their_own_data_before_sharing)
{
    program *p = build_new();
    const reg own = owned(build_party(p, "bidder", 3), 0, 0), all = secret(1, 3),
              number = secret(0, 0);
    build_input(p, "bid", 0, &own);
    build_output(p, "squares", PARTY_ALL, &number);
    uint32_t bid = build(p, 0, OP_INPUT, &own, NO_REGS, IMMS(0));
    uint32_t sq = build(p, 0, OP_MUL, &own, REGS(bid, bid), NO_IMMS);
    uint32_t squares = build(p, 0, OP_SHARE, &all, REGS(sq), NO_IMMS);
    uint32_t sum = build(p, 0, OP_SUM, &number, REGS(squares), IMMS(3));
    build_instr(p, 0, OP_REVEAL, REGS(REG_NONE), REGS(sum), IMMS(0));
    run_data *d = run(p, give_bids);
    EXPECT(d, 0, 0, 25 + 81 + 81);
    run_data_free(d, p);
    program_free(p);
}

static void give_lists(run_data *d)
{
    GIVE(d, 0, 0, 3, 8, 1);
    build_give(d, 0, 1, NULL, 0);
}

/* Two hospitals with lists of private length, at most 5: sum, maximum and its place, length. */
Test(interp, private_lengths_use_what_is_there_and_nothing_gives_zero)
{
    program *p = build_new();
    reg list = owned(build_party(p, "hospital", 2), 1, 5);
    const reg number = owned(0, 0, 0), pair = secret(1, 2);
    list.open = true;
    build_input(p, "age", 0, &list);
    uint32_t ages = build(p, 0, OP_INPUT, &list, NO_REGS, IMMS(0));
    uint32_t doubled = build(p, 0, OP_ADD, &list, REGS(ages, ages), NO_IMMS);
    uint32_t best = build_reg(p, &number), at = build_reg(p, &number);
    build_instr(p, 0, OP_MAXIMUM, REGS(best, at), REGS(doubled), IMMS(5));
    uint32_t of[] = {build(p, 0, OP_SUM, &number, REGS(doubled), IMMS(5)), best, at,
                     build(p, 0, OP_LENGTH, &number, REGS(ages), NO_IMMS)};
    uint32_t shared[4];
    for (unsigned k = 0; k < 4; k++) shared[k] = build(p, 0, OP_SHARE, &pair, REGS(of[k]), NO_IMMS);
    for (unsigned k = 0; k < 4; k++)
        build_instr(p, 0, OP_REVEAL, REGS(REG_NONE), REGS(shared[k]),
                    IMMS(build_output(p, "out", PARTY_ALL, &pair)));
    run_data *d = run(p, give_lists);
    EXPECT(d, 0, 0, 24, 0);
    EXPECT(d, 1, 0, 16, 0);
    EXPECT(d, 2, 0, 1, 0);
    EXPECT(d, 3, 0, 3, 0);
    run_data_free(d, p);
    program_free(p);
}

static void give_rows(run_data *d)
{
    GIVE(d, 0, 0, 3, 8, 1, 4);
    GIVE(d, 1, 0, 1, 0);
}

static void give_other_rows(run_data *d)
{
    GIVE(d, 0, 0, 3, 8, 1, 4);
    GIVE(d, 1, 0, 1, 0, 1);
}

/* Two rows of at most three numbers, and at most three bools beside them. */
Test(interp, lists_are_padded_by_rows_and_counted_together)
{
    program *p = build_new();
    reg rows = owned(build_party(p, "bank", 0), 2, 2), bools = owned(0, 1, 3);
    rows.dim[1] = 3, rows.open = bools.open = true, bools.kind = KIND_BOOL;
    bools.lo = wide_of(0), bools.hi = wide_of(1);
    const reg number = owned(0, 0, 0), shared = secret(0, 0), all = secret(1, 6);
    reg padded = rows, filling = public(0, 0);
    padded.open = false;
    build_input(p, "x", 0, &rows), build_input(p, "b", 0, &bools);
    uint32_t x = build(p, 0, OP_INPUT, &rows, NO_REGS, IMMS(0)),
             b = build(p, 0, OP_INPUT, &bools, NO_REGS, IMMS(1)),
             seven =
                 build(p, 0, OP_CONST, &filling, NO_REGS, IMMS(build_constant(p, (num[]){7}, 1)));
    uint32_t of[] = {build(p, 0, OP_PAD, &padded, REGS(x, seven), NO_IMMS),
                     build(p, 0, OP_LENGTH, &number, REGS(x, b), NO_IMMS)};
    const reg *as[] = {&all, &shared};
    for (unsigned k = 0; k < 2; k++) of[k] = build(p, 0, OP_SHARE, as[k], REGS(of[k]), NO_IMMS);
    for (unsigned k = 0; k < 2; k++)
        build_instr(p, 0, OP_REVEAL, REGS(REG_NONE), REGS(of[k]),
                    IMMS(build_output(p, "out", PARTY_ALL, as[k])));
    run_data *d = run(p, give_rows);
    EXPECT(d, 0, 0, 3, 8, 7, 1, 4, 7);
    EXPECT(d, 1, 0, 2);
    run_data_free(d, p);

    failure err = {0};
    d = run_data_new(p);
    give_other_rows(d);
    cr_expect_eq(build_run(p, d, &err), E_DATA);
    run_data_free(d, p);
    cr_expect_str_eq(err.code, "D05");
    cr_expect_not_null(strstr(err.text, "have 2 and 3 items"), "%s", err.text);
    program_free(p);
}

/* State starts public (0 and 1) and becomes secret: (a, b) -> (b, a + b + bid[0]), five times. */
static uint32_t build_loop(program *p, uint32_t bids, int64_t rounds)
{
    const reg number = secret(0, 0), known = public(0, 0);
    uint32_t body = build_block(p, 0);
    uint32_t first = build(p, 0, OP_VIEW, &number, REGS(bids), IMMS(0));
    uint32_t zero = build(p, 0, OP_CONST, &known, NO_REGS, IMMS(build_constant(p, (num[]){0}, 1)));
    uint32_t one = build(p, 0, OP_CONST, &known, NO_REGS, IMMS(build_constant(p, (num[]){1}, 1)));
    uint32_t a = build_reg(p, &number), b = build_reg(p, &number);
    uint32_t sum = build(p, body, OP_ADD, &number, REGS(a, b), NO_IMMS);
    uint32_t next = build(p, body, OP_ADD, &number, REGS(sum, first), NO_IMMS);
    p->block[body].in = (uint32_t *)arena_grow(&p->mem, (uint32_t[]){a, b}, 8, 8);
    p->block[body].out = (uint32_t *)arena_grow(&p->mem, (uint32_t[]){b, next}, 8, 8);
    p->block[body].ins = p->block[body].outs = 2;
    uint32_t x = build_reg(p, &number), y = build_reg(p, &number);
    build_instr(p, 0, OP_LOOP, REGS(x, y), REGS(zero, one), IMMS(rounds, body));
    return y;
}

static void check_loop(int64_t rounds, num want)
{
    program *p = build_new();
    const reg number = secret(0, 0);
    uint32_t bids = build_bids(p);
    uint32_t result = build_loop(p, bids, rounds);
    build_output(p, "result", PARTY_ALL, &number);
    build_instr(p, 0, OP_REVEAL, REGS(REG_NONE), REGS(result), IMMS(0));
    run_data *d = run(p, give_bids);
    EXPECT(d, 0, 0, want);
    run_data_free(d, p);
    program_free(p);
}

Test(interp, loop_passes_its_results_to_the_next_round)
{
    num a = 0, b = 1;
    for (int64_t rounds = 0; rounds <= 6; rounds++) {
        check_loop(rounds, b);
        num next = a + b + 5;
        a = b;
        b = next;
    }
}

Test(interp, public_and_secret_meet_in_one_lane_and_late_public_work_runs_in_the_clear)
{
    program *p = build_new();
    const reg three = secret(1, 3), known = public(1, 3), number = public(0, 0),
              number_out = secret(0, 0);
    uint32_t bids = build_bids(p);
    build_output(p, "scaled", PARTY_ALL, &three);
    build_output(p, "total", PARTY_ALL, &number_out);
    uint32_t weight =
        build(p, 0, OP_CONST, &known, NO_REGS, IMMS(build_constant(p, (num[]){1, 10, 100}, 3)));
    uint32_t scaled = build(p, 0, OP_MUL, &three, REGS(bids, weight), NO_IMMS);
    uint32_t open = build_reg(p, &known);
    build_instr(p, 0, OP_REVEAL, REGS(open), REGS(scaled), IMMS(0));
    uint32_t total = build(p, 0, OP_SUM, &number, REGS(open), IMMS(3));
    build_instr(p, 0, OP_REVEAL, REGS(REG_NONE), REGS(total), IMMS(1));
    run_data *d = run(p, give_bids);
    EXPECT(d, 0, 0, 5, 90, 900);
    EXPECT(d, 1, 0, 995);
    run_data_free(d, p);
    program_free(p);
}

Test(interp, a_reveal_may_divide_what_it_has_opened)
{
    program *p = build_new();
    const reg number = secret(0, 0);
    reg mean = public(0, 0);
    mean.kind = KIND_FIX;
    uint32_t sum = build(p, 0, OP_SUM, &number, REGS(build_bids(p)), IMMS(3));
    build_output(p, "mean", PARTY_ALL, &mean);
    uint32_t out = build_reg(p, &mean);
    build_instr(p, 0, OP_REVEAL, REGS(out), REGS(sum), IMMS(0, 1 << 20, 3));
    run_data *d = run(p, give_bids);
    EXPECT(d, 0, 0, (23 << 20) / 3);
    run_data_free(d, p);
    program_free(p);
}

/* A level of two products, a comparison joined to it, and a local sum between them. */
Test(interp, instructions_of_one_level_begin_together)
{
    program *p = build_new();
    const reg three = secret(1, 3), flags = shape(TAG_SECRET, KIND_BOOL, 0, 1, 3, 0),
              number = secret(0, 0);
    uint32_t bids = build_bids(p);
    uint32_t sq = build(p, 0, OP_MUL, &three, REGS(bids, bids), NO_IMMS);
    uint32_t again = build_lane(p, 0, &three, REGS(bids, bids));
    uint32_t sum = build(p, 0, OP_SUM, &number, REGS(bids), IMMS(3));
    p->block[0].code[p->block[0].len - 1].together = true;
    uint32_t less = build(p, 0, OP_LT, &flags, REGS(bids, sum), NO_IMMS);
    p->block[0].code[p->block[0].len - 1].together = true;
    uint32_t result[] = {sq, again, sum, less};
    const reg *as[] = {&three, &three, &number, &flags};
    for (unsigned k = 0; k < 4; k++)
        build_instr(p, 0, OP_REVEAL, REGS(REG_NONE), REGS(result[k]),
                    IMMS(build_output(p, "out", PARTY_ALL, as[k])));
    run_data *d = run(p, give_bids);
    EXPECT(d, 0, 0, 25, 81, 81);
    EXPECT(d, 1, 0, 25, 81, 81);
    EXPECT(d, 2, 0, 23);
    EXPECT(d, 3, 0, 1, 1, 1);
    run_data_free(d, p);
    program_free(p);
}

/* Opcodes on two public vectors against what opcodes.def says. */
Test(interp, opcodes_mean_what_their_table_says)
{
    static const struct {
        opcode op;
        kind in, out;
        int64_t want[4];
    } table[] = {
        {OP_ADD, KIND_INT, KIND_INT, {-5, 2, 9, 3}},   {OP_SUB, KIND_INT, KIND_INT, {-9, -2, 5, 3}},
        {OP_MUL, KIND_INT, KIND_INT, {-14, 0, 14, 0}}, {OP_DIV, KIND_INT, KIND_INT, {-4, 0, 3, 0}},
        {OP_MOD, KIND_INT, KIND_INT, {1, 0, 1, 0}},    {OP_LT, KIND_INT, KIND_BOOL, {1, 1, 0, 0}},
        {OP_EQ, KIND_INT, KIND_BOOL, {0, 0, 0, 0}},
    };
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        program *p = build_new();
        const reg in = public(1, 4), out = shape(TAG_PUBLIC, table[i].out, 0, 1, 4, 0);
        uint32_t a =
            build(p, 0, OP_CONST, &in, NO_REGS, IMMS(build_constant(p, (num[]){-7, 0, 7, 3}, 4)));
        uint32_t b =
            build(p, 0, OP_CONST, &in, NO_REGS, IMMS(build_constant(p, (num[]){2, 2, 2, 0}, 4)));
        uint32_t r = build(p, 0, table[i].op, &out, REGS(a, b), NO_IMMS);
        build_output(p, "out", PARTY_ALL, &out);
        build_instr(p, 0, OP_REVEAL, REGS(REG_NONE), REGS(r), IMMS(0));
        run_data *d = run_data_new(p);
        failure err = {0};
        cr_assert_eq(build_run(p, d, &err), OK, "%s", err.text);
        for (size_t k = 0; k < 4; k++)
            cr_expect(d->output[0][0].v[k] == table[i].want[k], "%s, item %zu: %lld",
                      opcode_rows[table[i].op].name, k, (long long)d->output[0][0].v[k]);
        run_data_free(d, p);
        program_free(p);
    }
}

Test(interp, views_cats_and_matrix_products_place_their_items)
{
    program *p = build_new();
    const reg six = public(1, 6), four = public(1, 4), twelve = public(1, 12), nine = public(1, 9);
    uint32_t x = build(p, 0, OP_IOTA, &six, NO_REGS, NO_IMMS);
    uint32_t turned = build(p, 0, OP_VIEW, &six, REGS(x), IMMS(0, 3, 1, 2, 3)); /* [2 3] to [3 2] */
    uint32_t back = build(p, 0, OP_VIEW, &four, REGS(x), IMMS(5, 4, -1));
    uint32_t joined = build(p, 0, OP_CAT, &twelve, REGS(x, turned), IMMS(2));
    uint32_t product = build(p, 0, OP_MATMUL, &nine, REGS(turned, x), IMMS(3, 2, 3));
    uint32_t sums = build(p, 0, OP_SUMS, &six, REGS(x), IMMS(3));
    const uint32_t result[] = {turned, back, joined, product, sums};
    for (unsigned k = 0; k < 5; k++)
        build_instr(p, 0, OP_REVEAL, REGS(REG_NONE), REGS(result[k]),
                    IMMS(build_output(p, "out", PARTY_ALL, &p->reg[result[k]])));
    run_data *d = run_data_new(p);
    failure err = {0};
    cr_assert_eq(build_run(p, d, &err), OK, "%s", err.text);
    EXPECT(d, 0, 0, 0, 3, 1, 4, 2, 5);
    EXPECT(d, 1, 0, 5, 4, 3, 2);
    EXPECT(d, 2, 0, 0, 1, 2, 0, 3, 1, 3, 4, 5, 4, 2, 5);
    EXPECT(d, 3, 0, 9, 12, 15, 12, 17, 22, 15, 22, 29);
    EXPECT(d, 4, 0, 0, 1, 3, 3, 7, 12);
    run_data_free(d, p);
    program_free(p);
}

Test(interp, order_is_stable_and_pick_gives_zero_where_there_is_nothing)
{
    program *p = build_new();
    const reg six = public(1, 6), eight = public(1, 8);
    const num items[] = {7, -2, 7, 0, 0, -5}, places[] = {2, 0, 3, -1, 1, 1, 2, 1000000};
    uint32_t x = build(p, 0, OP_CONST, &six, NO_REGS, IMMS(build_constant(p, items, 6)));
    uint32_t at = build(p, 0, OP_CONST, &eight, NO_REGS, IMMS(build_constant(p, places, 8)));
    uint32_t order = build(p, 0, OP_ORDER, &six, REGS(x), IMMS(3));
    uint32_t all = build(p, 0, OP_ORDER, &six, REGS(x), IMMS(6));
    uint32_t picked = build(p, 0, OP_PICK, &eight, REGS(x, at), IMMS(3));
    uint32_t sorted = build(p, 0, OP_PICK, &six, REGS(x, order), IMMS(3));
    const uint32_t result[] = {order, all, picked, sorted};
    for (unsigned k = 0; k < 4; k++)
        build_instr(p, 0, OP_REVEAL, REGS(REG_NONE), REGS(result[k]),
                    IMMS(build_output(p, "out", PARTY_ALL, &p->reg[result[k]])));
    run_data *d = run_data_new(p);
    failure err = {0};
    cr_assert_eq(build_run(p, d, &err), OK, "%s", err.text);
    EXPECT(d, 0, 0, 1, 0, 2, 2, 0, 1);
    EXPECT(d, 1, 0, 5, 1, 3, 4, 0, 2);
    EXPECT(d, 2, 0, 7, 7, 0, 0, 0, 0, -5, 0);
    EXPECT(d, 3, 0, -2, 7, 7, -5, 0, 0);
    run_data_free(d, p);
    program_free(p);
}

static void give_big(run_data *d)
{
    for (uint32_t m = 0; m < 3; m++) GIVE(d, 0, m, 1000000);
}

Test(interp, a_value_outside_its_range_stops_the_ideal_run_at_its_line)
{
    program *p = build_new();
    const reg three = secret(1, 3);
    uint32_t bids = build_bids(p);
    build_output(p, "out", PARTY_ALL, &three);
    uint32_t sum = build(p, 0, OP_ADD, &three, REGS(bids, bids), NO_IMMS);
    build_instr(p, 0, OP_REVEAL, REGS(REG_NONE), REGS(sum), IMMS(0));
    run_data *d = run_data_new(p);
    failure err = {0};
    give_big(d);
    cr_expect_eq(build_run(p, d, &err), E_LIMIT);
    cr_expect_str_eq(
        err.text, "2000000 is outside -1000000..1000000, the range assumed here\n  --> line 3:1");
    run_data_free(d, p);
    program_free(p);
}

Test(interp, public_arithmetic_never_wraps)
{
    program *p = build_new();
    reg large = public(0, 0);
    large.hi = wide_of_num(NUM_MAX);
    uint32_t a =
        build(p, 0, OP_CONST, &large, NO_REGS, IMMS(build_constant(p, (num[]){NUM_MAX}, 1)));
    build(p, 0, OP_MUL, &large, REGS(a, a), NO_IMMS);
    run_data *d = run_data_new(p);
    failure err = {0};
    cr_expect_eq(build_run(p, d, &err), E_LIMIT);
    cr_expect_str_eq(err.text, "the result of `mul` outgrows 126 bits\n  --> line 2:1");
    run_data_free(d, p);
    program_free(p);
}

static void give_nothing(run_data *d)
{
    (void)d;
}

Test(interp, each_member_takes_its_row_of_what_is_public)
{
    program *p = build_new();
    const reg whole = {.kind = KIND_INT, .rank = 2, .dim = {3, 2}, .hi = WIDE(6)};
    const reg pairs = secret(1, 6);
    reg part = owned(build_party(p, "hospital", 3), 1, 2);
    num items[6] = {1, 2, 3, 4, 5, 6};
    uint32_t k = build(p, 0, OP_CONST, &whole, NO_REGS, IMMS(build_constant(p, items, 6)));
    uint32_t own = build(p, 0, OP_PART, &part, REGS(k), NO_IMMS);
    uint32_t shared = build(p, 0, OP_SHARE, &pairs, REGS(own), NO_IMMS);
    build_instr(p, 0, OP_REVEAL, REGS(REG_NONE), REGS(shared),
                IMMS(build_output(p, "out", PARTY_ALL, &pairs)));
    run_data *d = run(p, give_nothing);
    EXPECT(d, 0, 0, 1, 2, 3, 4, 5, 6);
    run_data_free(d, p);
    program_free(p);
}

Test(interp, lists_of_one_owner_that_pair_have_one_length)
{
    program *p = build_new();
    reg list = owned(build_party(p, "bank", 0), 1, 5);
    list.open = true;
    build_input(p, "a", 0, &list);
    build_input(p, "b", 0, &list);
    uint32_t a = build(p, 0, OP_INPUT, &list, NO_REGS, IMMS(0));
    uint32_t b = build(p, 0, OP_INPUT, &list, NO_REGS, IMMS(1));
    build(p, 0, OP_ADD, &list, REGS(a, b), NO_IMMS);
    run_data *d = run_data_new(p);
    failure err = {0};
    GIVE(d, 0, 0, 1, 2);
    GIVE(d, 1, 0, 1, 2, 3);
    cr_expect_eq(build_run(p, d, &err), E_DATA);
    run_data_free(d, p);
    program_free(p);
}

Test(interp, missing_data_are_an_error_and_not_a_fault)
{
    program *p = build_new();
    build_bids(p);
    run_data *d = run_data_new(p);
    failure err = {0};
    cr_expect_eq(build_run(p, d, &err), E_DATA);
    run_data_free(d, p);
    program_free(p);
}
