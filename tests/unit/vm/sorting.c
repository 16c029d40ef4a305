/* SORT, RANK and JOIN: what the verifier refuses of them, and what they mean in the clear. */
#include "refusals.h"

enum { KEYS, ROWS, ITEMS, SORTED, RANKS, FOUND, JOINED }; /* registers */
enum { I_SORT = 3, I_RANK, I_JOIN };
enum { MOST = 9 };

static const reg key = {
    .tag = TAG_PUBLIC, .kind = KIND_INT, .rank = 1, .dim = {6}, .lo = WIDE(-MOST), .hi = WIDE(MOST)};
static const reg wide_rows = {
    .tag = TAG_PUBLIC, .kind = KIND_INT, .rank = 1, .dim = {12}, .hi = WIDE(100)};
static const reg item = {
    .tag = TAG_PUBLIC, .kind = KIND_INT, .rank = 1, .dim = {8}, .hi = WIDE(MOST)};
static const reg places = {.tag = TAG_PUBLIC, .kind = KIND_INT, .rank = 1, .dim = {6}, .hi = WIDE(5)};
static const reg found = {.tag = TAG_PUBLIC, .kind = KIND_BOOL, .rank = 1, .dim = {8}, .hi = WIDE(1)};
static const reg joined = {
    .tag = TAG_PUBLIC, .kind = KIND_INT, .rank = 1, .dim = {16}, .hi = WIDE(100)};

/* Two tables of three keys with two numbers each; in each table four items are looked for. */
static program *good(void)
{
    static const reg *const outputs[] = {&wide_rows, &places, &found, &joined};
    static const uint32_t shown[] = {SORTED, RANKS, FOUND, JOINED};
    program *p = build_new();
    build_party(p, "one", 0);
    for (size_t k = 0; k < 4; k++) build_output(p, "out", PARTY_ALL, outputs[k]);
    build(p, 0, OP_CONST, &key, NO_REGS, IMMS(build_constant(p, (num[]){7, -9, 7, 9, 0, 0}, 6)));
    build(p, 0, OP_CONST, &wide_rows, NO_REGS,
          IMMS(build_constant(p, (num[]){1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12}, 12)));
    build(p, 0, OP_CONST, &item, NO_REGS,
          IMMS(build_constant(p, (num[]){7, 8, 9, 7, 0, 0, 7, 9}, 8)));
    build(p, 0, OP_SORT, &wide_rows, REGS(KEYS, ROWS), IMMS(3));
    build(p, 0, OP_RANK, &places, REGS(KEYS), IMMS(3));
    uint32_t both[] = {build_reg(p, &found), build_reg(p, &joined)};
    build_instr(p, 0, OP_JOIN, both, 2, REGS(ITEMS, KEYS, ROWS), IMMS(4, 3));
    for (uint32_t k = 0; k < 4; k++) build(p, 0, OP_REVEAL, outputs[k], &shown[k], 1, IMMS(k));
    return p;
}

static lane *lane_at(program *p, uint32_t which)
{
    return p->block[0].code[which].lane;
}

static void secret_result(program *p)
{
    p->reg[SORTED].tag = TAG_SECRET;
}
static void keys_that_are_bools(program *p)
{
    lane_at(p, I_SORT)->in[0] = FOUND;
}
static void rows_of_another_kind(program *p)
{
    p->reg[SORTED].kind = KIND_BOOL, p->reg[SORTED].hi = wide_of(1);
}
static void runs_that_do_not_fit(program *p)
{
    lane_at(p, I_SORT)->imm[0] = 4;
}
static void no_runs(program *p)
{
    lane_at(p, I_RANK)->imm[0] = 0;
}
static void rows_for_some_keys(program *p)
{
    p->reg[SORTED].dim[0] = 10;
}
static void ranks_for_some(program *p)
{
    p->reg[RANKS].dim[0] = 3;
}
static void ranks_of_keys_of_hashes(program *p)
{
    p->reg[RANKS].kind = KIND_KEY, p->reg[RANKS].hi = wide_of(7);
}
static void tables_that_do_not_fit(program *p)
{
    lane_at(p, I_JOIN)->imm[0] = 3;
}
static void huge_tables(program *p)
{
    lane_at(p, I_JOIN)->imm[1] = INT64_MAX;
}
static void no_items(program *p)
{
    lane_at(p, I_JOIN)->imm[0] = -4;
}
static void found_is_a_number(program *p)
{
    p->reg[FOUND].kind = KIND_INT;
}
static void rows_that_are_keys(program *p)
{
    for (uint32_t r = 0; r < p->regs; r++)
        if (r == ROWS || r == SORTED || r == JOINED)
            p->reg[r].kind = KIND_KEY, p->reg[r].hi = wide_of(127);
}
static void rows_of_other_width(program *p)
{
    p->reg[JOINED].dim[0] = 8;
}
static void no_result(program *p)
{
    lane_at(p, I_JOIN)->out[0] = lane_at(p, I_JOIN)->out[1] = REG_NONE;
}
Test(sorting, is_refused_when_it_does_not_fit)
{
    static const spoiled table[] = {
        {"secret of public", secret_result, "another owner or visibility"},
        {"bools as keys", keys_that_are_bools, "read before it is written"},
        {"other kind", rows_of_another_kind, "wrong kind"},
        {"runs", runs_that_do_not_fit, "lengths do not fit"},
        {"no runs", no_runs, "lengths do not fit"},
        {"some rows", rows_for_some_keys, "lengths do not fit"},
        {"some ranks", ranks_for_some, "lengths do not fit"},
        {"ranks as keys", ranks_of_keys_of_hashes, "wrong kind"},
        {"tables", tables_that_do_not_fit, "lengths do not fit"},
        {"huge tables", huge_tables, "lengths do not fit"},
        {"no items", no_items, "lengths do not fit"},
        {"found", found_is_a_number, "wrong kind"},
        {"rows are keys", rows_that_are_keys, "wrong kind"},
        {"width", rows_of_other_width, "lengths do not fit"},
        {"no result", no_result, "it has no result"},
    };
    expect_accepted(good());
    expect_each_refused(good, table, sizeof table / sizeof *table);
}

/* A secret whose differences the field does not hold. */
Test(sorting, of_secrets_needs_room_for_their_differences)
{
    const num half = ((num)1 << 60) - 1;
    const reg given = {.tag = TAG_OWNED,
                       .kind = KIND_INT,
                       .rank = 1,
                       .dim = {6},
                       .lo = WIDE(-half),
                       .hi = WIDE(half)};
    reg secret = given;
    failure err = {0};
    program *p = build_new();
    secret.tag = TAG_SECRET;
    build_party(p, "one", 0);
    build_input(p, "x", 0, &given);
    build_output(p, "y", PARTY_ALL, &secret);
    uint32_t own = build(p, 0, OP_INPUT, &given, NO_REGS, IMMS(0));
    uint32_t x = build(p, 0, OP_SHARE, &secret, REGS(own), NO_IMMS);
    uint32_t y = build(p, 0, OP_SORT, &secret, REGS(x, x), IMMS(6));
    secret.tag = TAG_PUBLIC;
    build(p, 0, OP_REVEAL, &secret, REGS(y), IMMS(0));
    cr_assert_eq(program_verify(p, &err), E_PROGRAM);
    cr_assert_not_null(strstr(err.text, "the difference does not fit the field"), "%s", err.text);
    p->field_bits = 127;
    cr_assert_eq(program_verify(p, &err), OK, "%s", err.text);
    program_free(p);
}

Test(sorting, means_this_in_the_clear)
{
    static const num sorted[] = {3, 4, 1, 2, 5, 6, 9, 10, 11, 12, 7, 8},
                     ranks[] = {1, 0, 2, 2, 0, 1}, is_there[] = {1, 0, 0, 1, 1, 1, 0, 1},
                     rows[] = {1, 2, 0, 0, 0, 0, 1, 2, 9, 10, 9, 10, 0, 0, 7, 8};
    program *p = good();
    failure err = {0};
    run_data *d = run_data_new(p);
    cr_assert_eq(build_run(p, d, &err), OK, "%s", err.text);
    cr_assert_arr_eq(d->output[0][0].v, sorted, sizeof sorted);
    cr_assert_arr_eq(d->output[1][0].v, ranks, sizeof ranks);
    cr_assert_arr_eq(d->output[2][0].v, is_there, sizeof is_there);
    cr_assert_arr_eq(d->output[3][0].v, rows, sizeof rows);
    run_data_free(d, p);
    program_free(p);
}

Test(sorting, survives_changed_bytes)
{
    program *p = good();
    build_mutate(p, 2000);
    program_free(p);
}
