/* Blocks that what is public decides about: which programs verify, each rule broken alone, and what runs. */
#include "refusals.h"

/* Registers of the good program, in the order they are made. */
enum { OWN, X, FIVE, LESS, FLAG, MORE, WAY, STATE, NEXT, ROW, TWELVE, STOP, END, ROWS, ONE, SPOT };

/* Instructions of its block 0, and those of the loop's body. */
enum {
    I_INPUT,
    I_SHARE,
    I_FIVE,
    I_LT,
    I_FLAG,
    I_IF,
    I_WAY,
    I_TWELVE,
    I_UNTIL,
    I_TOLD,
    I_ONE,
    I_AT,
    I_SPOT
};
enum { J_ADD, J_REVEAL, J_LT };
enum { FLAG_OUT, WAY_OUT, ROWS_OUT, SPOT_OUT };

static const reg own = {.tag = TAG_OWNED, .kind = KIND_INT, .hi = WIDE(100)};
static const reg secret = {.tag = TAG_SECRET, .kind = KIND_INT, .hi = WIDE(1000)};
static const reg hidden = {.tag = TAG_SECRET, .kind = KIND_BOOL, .hi = WIDE(1)};
static const reg known = {.tag = TAG_PUBLIC, .kind = KIND_INT, .hi = WIDE(1000)};
static const reg seen = {.tag = TAG_PUBLIC, .kind = KIND_BOOL, .hi = WIDE(1)};
static const reg list = {
    .tag = TAG_PUBLIC, .kind = KIND_INT, .hi = WIDE(1000), .rank = 1, .dim = {3}};

static void block_ports(program *p, uint32_t b, const uint32_t *in, uint32_t ins,
                        const uint32_t *out, uint32_t outs)
{
    block *to = &p->block[b];
    to->in = arena_grow(&p->mem, (void *)(uintptr_t)in, ins * sizeof *in, ins * sizeof *in);
    to->out = arena_grow(&p->mem, (void *)(uintptr_t)out, outs * sizeof *out, outs * sizeof *out);
    to->ins = ins, to->outs = outs;
}

static void number(program *p, num v)
{
    build(p, 0, OP_CONST, &known, NO_REGS, IMMS(build_constant(p, &v, 1)));
}

/* Reveals x < 5, and x + 5 when that is so, else x; then x + 5, x + 10 … by row until one is over 12, and the
 * second of these. */
static program *good(void)
{
    program *p = build_new();
    uint32_t a = build_party(p, "a", 0);
    build_input(p, "x", a, &own);
    build_output(p, "flag", PARTY_ALL, &seen);
    build_output(p, "way", PARTY_ALL, &known);
    build_output(p, "rows", PARTY_ALL, &list);
    build_output(p, "spot", PARTY_ALL, &known);
    uint32_t then = build_block(p, 0), otherwise = build_block(p, 0), body = build_block(p, 0);
    build(p, 0, OP_INPUT, &own, NO_REGS, IMMS(0));
    build(p, 0, OP_SHARE, &secret, REGS(OWN), NO_IMMS);
    number(p, 5);
    build(p, 0, OP_LT, &hidden, REGS(X, FIVE), NO_IMMS);
    build(p, 0, OP_REVEAL, &seen, REGS(LESS), IMMS(FLAG_OUT));
    build(p, then, OP_ADD, &secret, REGS(X, FIVE), NO_IMMS);
    block_ports(p, then, NO_REGS, REGS(MORE));
    block_ports(p, otherwise, NO_REGS, REGS(X));
    build(p, 0, OP_IF, &secret, REGS(FLAG), IMMS(then, otherwise));
    build_instr(p, 0, OP_REVEAL, REGS(REG_NONE), REGS(WAY), IMMS(WAY_OUT));
    build_reg(p, &secret);
    build(p, body, OP_ADD, &secret, REGS(STATE, FIVE), NO_IMMS);
    build(p, body, OP_REVEAL, &known, REGS(NEXT), IMMS(ROWS_OUT, 0));
    number(p, 12);
    build(p, body, OP_LT, &seen, REGS(TWELVE, ROW), NO_IMMS);
    block_ports(p, body, REGS(STATE), REGS(NEXT, STOP));
    build(p, 0, OP_UNTIL, &secret, REGS(X), IMMS(3, body));
    build(p, 0, OP_TOLD, &list, NO_REGS, IMMS(ROWS_OUT));
    number(p, 1);
    build(p, 0, OP_AT, &known, REGS(ROWS, ONE), IMMS(1));
    build_instr(p, 0, OP_REVEAL, REGS(REG_NONE), REGS(SPOT), IMMS(SPOT_OUT));
    return p;
}

static lane *at(program *p, uint32_t i)
{
    return &p->block[0].code[i].lane[0];
}

static lane *in_body(program *p, uint32_t i)
{
    return &p->block[3].code[i].lane[0];
}

/* --- what runs */

static void expect_run(num x, num flag, num way, const num rows[3])
{
    program *p = good();
    run_data *d = run_data_new(p);
    failure err = {0};
    build_give(d, 0, 0, &x, 1);
    cr_assert_eq(build_run(p, d, &err), OK, "%s", err.text);
    cr_expect(d->output[FLAG_OUT][0].v[0] == flag && d->output[WAY_OUT][0].v[0] == way);
    for (unsigned k = 0; k < 3; k++)
        cr_expect(d->output[ROWS_OUT][0].v[k] == rows[k], "x = %lld, row %u", (long long)x, k);
    cr_expect(d->output[SPOT_OUT][0].v[0] == rows[1]);
    run_data_free(d, p);
    program_free(p);
}

Test(blocks, the_run_takes_one_way_and_stops_when_a_round_says_so_with_0_in_the_rows_left)
{
    expect_run(0, 1, 5, (num[]){5, 10, 15});
    expect_run(4, 1, 9, (num[]){9, 14, 0});
    expect_run(5, 0, 5, (num[]){10, 15, 0});
    expect_run(90, 0, 90, (num[]){95, 0, 0});
}

Test(blocks, a_second_run_on_the_same_data_remembers_no_rows)
{
    program *p = good();
    run_data *d = run_data_new(p);
    failure err = {0};
    for (num x = 0; x < 100; x += 90) {
        plain_free(&d->input[0][0]);
        build_give(d, 0, 0, &x, 1);
        cr_assert_eq(build_run(p, d, &err), OK, "%s", err.text);
    }
    cr_expect(d->output[ROWS_OUT][0].v[0] == 95 && d->output[ROWS_OUT][0].v[1] == 0);
    run_data_free(d, p);
    program_free(p);
}

Test(blocks, rows_at_public_places_are_those_that_are_there_and_else_0)
{
    program *p = build_new();
    const reg table = {.tag = TAG_PUBLIC, .kind = KIND_INT, .hi = WIDE(9), .rank = 2, .dim = {3, 2}},
              places = {.tag = TAG_PUBLIC,
                        .kind = KIND_INT,
                        .lo = WIDE(-9),
                        .hi = WIDE(9),
                        .rank = 1,
                        .dim = {5}},
              found = {.tag = TAG_PUBLIC, .kind = KIND_INT, .hi = WIDE(9), .rank = 2, .dim = {5, 2}};
    const num numbers[] = {1, 2, 3, 4, 5, 6}, asked[] = {2, -1, 0, 3, 1};
    const num want[] = {5, 6, 0, 0, 1, 2, 0, 0, 3, 4};
    build_output(p, "found", PARTY_ALL, &found);
    uint32_t a = build(p, 0, OP_CONST, &table, NO_REGS, IMMS(build_constant(p, numbers, 6)));
    uint32_t b = build(p, 0, OP_CONST, &places, NO_REGS, IMMS(build_constant(p, asked, 5)));
    uint32_t c = build(p, 0, OP_AT, &found, REGS(a, b), IMMS(2));
    build_instr(p, 0, OP_REVEAL, REGS(REG_NONE), REGS(c), IMMS(0));
    run_data *d = run_data_new(p);
    failure err = {0};
    cr_assert_eq(build_run(p, d, &err), OK, "%s", err.text);
    for (unsigned k = 0; k < 10; k++) cr_expect(d->output[0][0].v[k] == want[k], "item %u", k);
    run_data_free(d, p);
    program_free(p);
}

/* --- rules broken alone */

static void secret_condition(program *p)
{
    at(p, I_IF)->in[0] = LESS;
}
static void condition_int(program *p)
{
    at(p, I_IF)->in[0] = FIVE;
}
static void same_way_twice(program *p)
{
    at(p, I_IF)->imm[1] = at(p, I_IF)->imm[0];
}
static void way_is_top(program *p)
{
    at(p, I_IF)->imm[1] = 0;
}
static void way_in_other_block(program *p)
{
    p->block[2].parent = 1;
}
static void way_leaves_less(program *p)
{
    p->block[2].outs = 0;
}
static void way_takes(program *p)
{
    block_ports(p, 2, REGS(build_reg(p, &secret)), REGS(X));
}
static void way_kind(program *p)
{
    p->block[2].out[0] = LESS;
}
static void way_opens(program *p)
{
    p->reg[WAY].tag = TAG_PUBLIC;
}
static void seen_behind_the_way(program *p)
{
    at(p, I_WAY)->in[0] = MORE;
}
static void seen_in_the_other_way(program *p)
{
    p->block[2].out[0] = MORE;
}
static void way_reveals(program *p)
{
    p->block[0].code[I_WAY] = p->block[0].code[I_UNTIL];
    p->block[0].code[I_UNTIL].op = OP_CONST;
    build_instr(p, 1, OP_REVEAL, REGS(REG_NONE), REGS(MORE), IMMS(WAY_OUT));
}
static void ways_reveal_others(program *p)
{
    build_output(p, "more", PARTY_ALL, &known);
    build_output(p, "less", PARTY_ALL, &known);
    build_instr(p, 1, OP_REVEAL, REGS(REG_NONE), REGS(MORE), IMMS(4));
    build_instr(p, 2, OP_REVEAL, REGS(REG_NONE), REGS(X), IMMS(5));
}
static void ways_reveal_and_again(program *p)
{
    build_instr(p, 1, OP_REVEAL, REGS(REG_NONE), REGS(MORE), IMMS(WAY_OUT));
    build_instr(p, 2, OP_REVEAL, REGS(REG_NONE), REGS(X), IMMS(WAY_OUT));
}
static void share_in_a_way(program *p)
{
    build(p, 2, OP_SHARE, &secret, REGS(OWN), NO_IMMS);
}
static void secret_stop(program *p)
{
    p->block[3].out[1] = LESS;
}
static void no_stop(program *p)
{
    p->block[3].outs = 1;
}
static void stop_int(program *p)
{
    p->block[3].out[1] = ROW;
}
static void negative_most(program *p)
{
    at(p, I_UNTIL)->imm[0] = -1;
}
static void fewer_rounds_than_rows(program *p)
{
    at(p, I_UNTIL)->imm[0] = 2;
}
static void more_rounds_than_rows(program *p)
{
    at(p, I_UNTIL)->imm[0] = 4;
}
static void row_later(program *p)
{
    in_body(p, J_REVEAL)->imm[1] = 1;
}
static void row_before(program *p)
{
    in_body(p, J_REVEAL)->imm[1] = -1;
}
static void row_of_a_number(program *p)
{
    in_body(p, J_REVEAL)->imm[0] = SPOT_OUT;
}
static void row_length(program *p)
{
    in_body(p, J_REVEAL)->imms = 1;
}
static void row_in_two_loops(program *p)
{
    uint32_t inner = build_block(p, 3), out = build_reg(p, &secret), in = build_reg(p, &secret);
    p->block[inner].code = p->block[3].code, p->block[inner].len = 2;
    p->block[3].code = arena_alloc(&p->mem, 3 * sizeof(instr)), p->block[3].len = 0;
    block_ports(p, inner, REGS(in), REGS(NEXT));
    build_instr(p, 3, OP_LOOP, REGS(out), REGS(STATE), IMMS(1, inner));
}
static void rows_twice(program *p)
{
    build_instr(p, 3, OP_REVEAL, REGS(REG_NONE), REGS(NEXT), IMMS(ROWS_OUT, 0));
}
static void told_before(program *p)
{
    instr told = p->block[0].code[I_TOLD];
    p->block[0].code[I_TOLD] = p->block[0].code[I_UNTIL], p->block[0].code[I_UNTIL] = told;
}
static void told_to_one(program *p)
{
    p->output[ROWS_OUT].party = 0;
    in_body(p, J_REVEAL)->out[0] = REG_NONE;
    p->block[3].out[1] = FLAG;
    p->block[3].len = 2;
}
static void told_length(program *p)
{
    at(p, I_TOLD)->imm[0] = FLAG_OUT;
    p->reg[ROWS].kind = KIND_BOOL, p->reg[ROWS].hi = wide_of(1);
}
static void told_kind(program *p)
{
    p->reg[ROWS].kind = KIND_FIX;
}
static void told_nothing(program *p)
{
    at(p, I_TOLD)->imm[0] = 9;
}
static void told_with_its_own_level(program *p)
{
    at(p, I_TOLD)->imm[0] = WAY_OUT;
    p->reg[ROWS].rank = 0;
    instr told = p->block[0].code[I_TOLD];
    for (uint32_t k = I_TOLD; k > I_WAY + 1; k--) p->block[0].code[k] = p->block[0].code[k - 1];
    p->block[0].code[I_WAY + 1] = told, p->block[0].code[I_WAY + 1].together = true;
}
static void secret_place(program *p)
{
    at(p, I_AT)->in[1] = X;
    p->reg[SPOT].tag = TAG_SECRET;
}
static void own_table(program *p)
{
    at(p, I_AT)->in[0] = OWN;
}
static void at_long(program *p)
{
    p->reg[SPOT].rank = 1, p->reg[SPOT].dim[0] = 2;
}
static void at_no_rows(program *p)
{
    at(p, I_AT)->imm[0] = 0;
}
static void at_uneven(program *p)
{
    at(p, I_AT)->imm[0] = 2;
}
static void at_bool_place(program *p)
{
    at(p, I_AT)->in[1] = FLAG;
}
static void until_with_others(program *p)
{
    p->block[0].code[I_UNTIL].together = true;
}
static void behind_an_if(program *p)
{
    p->block[0].code[I_WAY].together = true;
}

static const spoiled table[] = {
    {"secret condition", secret_condition, "(`if`), lane 0: it decides by one public bool only"},
    {"condition int", condition_int, "(`if`), lane 0: it decides by one public bool only"},
    {"same way twice", same_way_twice, "block 1 cannot be its body"},
    {"way is top", way_is_top, "block 0 cannot be its body"},
    {"way in other block", way_in_other_block, "block 2 stands in another block"},
    {"way leaves less", way_leaves_less, "(`if`), lane 0: wrong number of operands"},
    {"way takes", way_takes, "(`if`), lane 0: wrong number of operands"},
    {"way kind", way_kind, "(`if`), lane 0: operands or result are of the wrong kind"},
    {"way opens", way_opens, "cannot become register"},
    {"seen behind the way", seen_behind_the_way, "belongs to block 1, which has ended"},
    {"seen in the other way", seen_in_the_other_way, "belongs to block 1, which has ended"},
    {"way reveals", way_reveals, "its blocks reveal different outputs"},
    {"ways reveal others", ways_reveal_others, "its blocks reveal different outputs"},
    {"ways reveal and again", ways_reveal_and_again, "output 1 is revealed twice"},
    {"share in a way", share_in_a_way, "inputs are shared in block 0"},
    {"secret stop", secret_stop, "(`until`), lane 0: it decides by one public bool only"},
    {"no stop", no_stop, "(`until`), lane 0: wrong number of operands"},
    {"stop int", stop_int, "(`until`), lane 0: it decides by one public bool only"},
    {"negative most", negative_most, "it cannot run -1 times"},
    {"fewer rounds than rows", fewer_rounds_than_rows, "output 2 is not revealed yet"},
    {"more rounds than rows", more_rounds_than_rows, "row 0 of output 2 comes out of turn"},
    {"row later", row_later, "row 1 of output 2 comes out of turn"},
    {"row before", row_before, "row -1 of output 2 comes out of turn"},
    {"row of a number", row_of_a_number, "output 3 has no rows"},
    {"row length", row_length, "(`reveal`), lane 0: lengths do not fit"},
    {"row in two loops", row_in_two_loops, "it stands in more than one loop"},
    {"rows twice", rows_twice, "output 2 is revealed twice"},
    {"told before", told_before, "output 2 is not revealed yet"},
    {"told to one", told_to_one, "only what all learn becomes public"},
    {"told length", told_length, "(`told`), lane 0: lengths do not fit"},
    {"told kind", told_kind, "(`told`), lane 0: operands or result are of the wrong kind"},
    {"told nothing", told_nothing, "there is no such output"},
    {"told with its own level", told_with_its_own_level, "output 1 is not revealed yet"},
    {"secret place", secret_place, "only a public place can be looked at"},
    {"own table", own_table, "it does not take a party's own value"},
    {"at long", at_long, "(`at`), lane 0: lengths do not fit"},
    {"at no rows", at_no_rows, "(`at`), lane 0: lengths do not fit"},
    {"at uneven", at_uneven, "(`at`), lane 0: lengths do not fit"},
    {"at bool place", at_bool_place, "(`at`), lane 0: operands or result are of the wrong kind"},
    {"until with others", until_with_others, "there is no level that it could join"},
    {"behind an if", behind_an_if, "there is no level that it could join"},
};

Test(blocks, the_good_program_is_accepted)
{
    expect_accepted(good());
}

Test(blocks, both_ways_may_reveal_the_same_outputs)
{
    program *p = good();
    failure err = {0};
    instr *x = p->block[0].code;
    memmove(x + I_WAY, x + I_WAY + 1, (p->block[0].len - I_WAY - 1) * sizeof *x);
    p->block[0].len--;
    build_instr(p, 1, OP_REVEAL, REGS(REG_NONE), REGS(MORE), IMMS(WAY_OUT));
    build_instr(p, 2, OP_REVEAL, REGS(REG_NONE), REGS(X), IMMS(WAY_OUT));
    cr_expect_eq(program_verify(p, &err), OK, "%s", err.text);
    program_free(p);
}

Test(blocks, each_rule_broken_alone_is_refused_by_its_own_sentence)
{
    expect_each_refused(good, table, sizeof table / sizeof *table);
}

Test(blocks, what_is_written_is_read_back_the_same)
{
    program *p = good(), *q = NULL;
    buffer first = {0}, second = {0};
    failure err = {0};
    program_encode(p, &first);
    cr_assert_eq(program_load(&q, (slice){first.data, first.len}, &err), OK, "%s", err.text);
    program_encode(q, &second);
    cr_expect(first.len == second.len && !memcmp(first.data, second.data, first.len));
    buffer_free(&first), buffer_free(&second);
    program_free(p), program_free(q);
}

Test(blocks, whatever_loads_runs_without_a_fault)
{
    enum { MUTATIONS = 20000 };
    program *p = good();
    cr_expect_gt(build_mutate(p, MUTATIONS), MUTATIONS / 50,
                 "the mutations should get past the loader");
    program_free(p);
}
