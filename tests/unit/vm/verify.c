/* Every rule of the verifier, broken alone: each case takes a program that verifies, spoils one thing and
 * expects the sentence that names it. */
#include "refusals.h"

/* Registers of the good program, in the order they are written. */
enum {
    BID,
    LIST,
    COUNT,
    BIDS,
    KNOWN,
    FLAG,
    ORDER,
    PRODUCT,
    STATE,
    NEXT,
    DONE,
    BEST,
    PLACE,
    PRICE,
    REGS_USED
};

/* Instructions of its block 0. */
enum {
    I_INPUT,
    I_LIST,
    I_LENGTH,
    I_SHARE,
    I_CONST,
    I_LT,
    I_VIEW,
    I_MUL,
    I_LOOP,
    I_MAXIMUM,
    I_REVEAL
};

static const reg own = {.tag = TAG_OWNED, .kind = KIND_INT, .hi = WIDE(1000)};
static const reg list = {
    .tag = TAG_OWNED, .kind = KIND_INT, .hi = WIDE(9), .open = true, .rank = 1, .dim = {5}};
static const reg all = {
    .tag = TAG_SECRET, .kind = KIND_INT, .rank = 1, .dim = {3}, .hi = WIDE(1000000)};
static const reg flags = {.tag = TAG_SECRET, .kind = KIND_BOOL, .rank = 1, .dim = {3}, .hi = WIDE(1)};
static const reg known = {.tag = TAG_PUBLIC, .kind = KIND_INT, .hi = WIDE(1000000)};
static const reg number = {.tag = TAG_SECRET, .kind = KIND_INT, .hi = WIDE(1000000)};

static program *good(void)
{
    program *p = build_new();
    uint32_t bidder = build_party(p, "bidder", 3);
    build_party(p, "auctioneer", 0);
    build_input(p, "bid", bidder, &own);
    build_input(p, "list", bidder, &list);
    build_output(p, "price", PARTY_ALL, &number);
    p->param[p->params++] =
        (param_decl){.name = (char *)"reserve", .value = WIDE(7), .kind = KIND_INT};
    build(p, 0, OP_INPUT, &own, NO_REGS, IMMS(0));
    build(p, 0, OP_INPUT, &list, NO_REGS, IMMS(1));
    build(p, 0, OP_LENGTH, &own, REGS(LIST), NO_IMMS);
    build(p, 0, OP_SHARE, &all, REGS(BID), NO_IMMS);
    build(p, 0, OP_CONST, &known, NO_REGS, IMMS(build_constant(p, (num[]){1}, 1)));
    build(p, 0, OP_LT, &flags, REGS(KNOWN, BIDS), NO_IMMS);
    build(p, 0, OP_VIEW, &all, REGS(BIDS), IMMS(2, 3, -1));
    build(p, 0, OP_MUL, &all, REGS(BIDS, ORDER), NO_IMMS);
    uint32_t body = build_block(p, 0);
    build_reg(p, &all);
    build(p, body, OP_ADD, &all, REGS(STATE, KNOWN), NO_IMMS);
    p->block[body].in = (uint32_t *)arena_grow(&p->mem, (uint32_t[]){STATE}, 4, 4);
    p->block[body].out = (uint32_t *)arena_grow(&p->mem, (uint32_t[]){NEXT}, 4, 4);
    p->block[body].ins = p->block[body].outs = 1;
    build_reg(p, &all);
    build_instr(p, 0, OP_LOOP, REGS(DONE), REGS(PRODUCT), IMMS(4, body));
    build_reg(p, &number);
    build_reg(p, &number);
    build_instr(p, 0, OP_MAXIMUM, REGS(BEST, PLACE), REGS(DONE), IMMS(3));
    build_reg(p, &known);
    build_instr(p, 0, OP_REVEAL, REGS(PRICE), REGS(BEST), IMMS(0));
    return p;
}

static lane *at(program *p, uint32_t i)
{
    return &p->block[0].code[i].lane[0];
}

/* --- declarations */

static void no_edition(program *p)
{
    p->edition = 2;
}
static void no_precision(program *p)
{
    p->precision = PRECISION_MAX + 1;
}
static void no_field(program *p)
{
    p->field_bits = 64;
}
static void no_party_name(program *p)
{
    p->party[0].name = (char *)"";
}
static void no_members(program *p)
{
    p->party[0].size = 0;
}
static void too_many_members(program *p)
{
    p->party[0].size = MEMBERS_MAX + 1;
}
static void single_with_members(program *p)
{
    p->party[1].size = 2;
}
static void param_kind(program *p)
{
    p->param[0].kind = KIND_KEY;
}
static void param_value(program *p)
{
    p->param[0].value = wide_outgrown(false);
}
static void port_name(program *p)
{
    p->input[0].name = (char *)"";
}
static void input_of_all(program *p)
{
    p->input[0].party = PARTY_ALL;
}
static void output_party(program *p)
{
    p->output[0].party = 2;
}
static void output_key(program *p)
{
    p->output[0].kind = KIND_KEY;
}
static void input_kind(program *p)
{
    p->input[0].kind = KIND_KEY + 1;
}
static void input_rank(program *p)
{
    p->input[0].rank = AXES + 1;
}
static void input_long(program *p)
{
    p->input[0].rank = 1, p->input[0].dim[0] = LENGTH_MAX;
}
static void output_open(program *p)
{
    p->output[0].open = true, p->output[0].rank = 1, p->output[0].dim[0] = 1;
}
static void input_range(program *p)
{
    p->input[0].lo = wide_of_num(1001);
}

/* --- registers */

static void key_range(program *p)
{
    p->input[0].kind = KIND_KEY, p->input[0].lo = wide_of(0), p->input[0].hi = wide_of_num(1000);
}
static void reg_tag(program *p)
{
    p->reg[BIDS].tag = TAG_SECRET + 1;
}
static void reg_kind(program *p)
{
    p->reg[BIDS].kind = KIND_KEY + 1;
}
static void reg_owner(program *p)
{
    p->reg[BID].owner = 2;
}
static void reg_empty(program *p)
{
    p->reg[BIDS].dim[0] = 0;
}
static void reg_long(program *p)
{
    p->reg[BIDS].dim[0] = LENGTH_MAX + 1;
}
static void reg_overflow(program *p)
{
    p->reg[BIDS].rank = 3;
    p->reg[BIDS].dim[0] = p->reg[BIDS].dim[1] = p->reg[BIDS].dim[2] = (uint64_t)1 << 40;
}
static void reg_open(program *p)
{
    p->reg[BIDS].open = true;
}
static void reg_range(program *p)
{
    p->reg[KNOWN].lo = wide_of_num(2000000);
}
static void reg_wide(program *p)
{
    p->reg[KNOWN].hi = wide_outgrown(false);
}
static void reg_bool(program *p)
{
    p->reg[FLAG].hi = wide_of_num(2);
}
static void reg_field(program *p)
{
    p->reg[BIDS].hi = wide_of_num((num)1 << 60);
}
static void no_blocks(program *p)
{
    p->blocks = 0;
}
static void top_outputs(program *p)
{
    p->block[0].out = p->block[1].out, p->block[0].outs = 1;
}

/* --- reading and writing */

static void no_opcode(program *p)
{
    p->block[0].code[I_LT].op = OP_COUNT;
}
static void no_lanes(program *p)
{
    p->block[0].code[I_LT].lanes = 0;
}
static void no_register(program *p)
{
    at(p, I_LT)->in[0] = REGS_USED;
}
static void no_result(program *p)
{
    at(p, I_LT)->out[0] = REG_NONE;
}
static void absent_operand(program *p)
{
    at(p, I_LT)->in[0] = REG_NONE;
}
static void few_operands(program *p)
{
    at(p, I_LT)->ins = 1;
}
static void few_immediates(program *p)
{
    at(p, I_MAXIMUM)->imms = 0;
}
static void read_early(program *p)
{
    at(p, I_LT)->in[0] = PRODUCT;
}
static void read_inner(program *p)
{
    at(p, I_MAXIMUM)->in[0] = NEXT;
}
static void write_twice(program *p)
{
    at(p, I_MUL)->out[0] = ORDER;
}
static void same_level(program *p)
{
    p->block[0].code[I_MUL].together = p->block[0].code[I_VIEW].together = true;
    at(p, I_MUL)->in[0] = FLAG,
          at(p, I_VIEW)->in[0] = BIDS; /* FLAG comes with messages of this level */
}
static void join_nothing(program *p)
{
    p->block[0].code[0].together = true;
}
static void loop_joins(program *p)
{
    p->block[0].code[I_LOOP].together = true;
}
static void join_loop(program *p)
{
    p->block[0].code[I_MAXIMUM].together = true;
}
static void lane_reads_lane(program *p)
{
    instr *x = &p->block[0].code[I_VIEW];
    x->lane[1] = x->lane[0];
    x->lane[1].in = (uint32_t *)arena_grow(&p->mem, (uint32_t[]){ORDER}, 4, 4);
    x->lanes = 2;
}

/* --- tags */

static void wrong_tag(program *p)
{
    p->block[0].code[I_MUL].op = OP_DIV;
}
static void to_public(program *p)
{
    p->reg[PRODUCT].tag = TAG_PUBLIC;
}
static void own_meets_secret(program *p)
{
    at(p, I_LT)->in[0] = BID;
}
static void lift_by_lt(program *p)
{
    at(p, I_LT)->in[1] = KNOWN;
}

/* --- kinds */

static void lt_to_int(program *p)
{
    p->reg[FLAG].kind = KIND_INT;
}
static void mul_of_bool(program *p)
{
    at(p, I_MUL)->in[0] = FLAG;
}
static void and_of_int(program *p)
{
    p->block[0].code[I_MUL].op = OP_AND;
}
static void mask_by_int(program *p)
{
    p->block[0].code[I_MUL].op = OP_MASK;
}
static void view_to_bool(program *p)
{
    p->reg[ORDER].kind = KIND_BOOL, p->reg[ORDER].hi = wide_of_num(1);
}

/* --- lengths */

static void long_result(program *p)
{
    p->reg[PRODUCT].dim[0] = 4;
}
static void no_division(program *p)
{
    p->reg[ORDER].dim[0] = 2, at(p, I_VIEW)->imm[1] = 2;
}
static void uneven_runs(program *p)
{
    at(p, I_MAXIMUM)->imm[0] = 2;
}
static void no_runs(program *p)
{
    at(p, I_MAXIMUM)->imm[0] = 0;
}
static void no_maximum(program *p)
{
    at(p, I_MAXIMUM)->out[0] = at(p, I_MAXIMUM)->out[1] = REG_NONE;
}
static void view_before(program *p)
{
    at(p, I_VIEW)->imm[0] = 1;
}
static void view_beyond(program *p)
{
    at(p, I_VIEW)->imm[0] = 3;
}
static void view_count(program *p)
{
    at(p, I_VIEW)->imm[1] = 0;
}
static void view_length(program *p)
{
    at(p, I_VIEW)->imm[1] = 2;
}
static void view_even(program *p)
{
    at(p, I_VIEW)->imms = 2;
}
static void no_constant(program *p)
{
    at(p, I_CONST)->imm[0] = 1;
}
static void constant_length(program *p)
{
    p->constant[0].len = 0;
}
static void constant_range(program *p)
{
    p->constant[0].v[0] = -1;
}
static void length_of_closed(program *p)
{
    at(p, I_LENGTH)->in[0] = BID;
}
static void open_result(program *p)
{
    p->reg[COUNT].open = true, p->reg[COUNT].rank = 1, p->reg[COUNT].dim[0] = 1;
}
static void lt_field(program *p)
{
    p->reg[KNOWN].hi = wide_of_num((num)1 << 61);
}

/* --- across the border */

static void no_input(program *p)
{
    at(p, I_INPUT)->imm[0] = 2;
}
static void input_owner(program *p)
{
    p->input[0].party = 1;
}
static void input_length(program *p)
{
    p->input[0].rank = 1, p->input[0].dim[0] = 2;
}
static void input_opens(program *p)
{
    p->input[1].open = false;
}
static void input_wider(program *p)
{
    p->input[0].hi = wide_of_num(1001);
}
static void share_known(program *p)
{
    at(p, I_SHARE)->in[0] = LIST;
}
static void share_length(program *p)
{
    p->party[0].size = 2;
}
static void share_late(program *p)
{
    const reg again = all;
    build(p, 0, OP_SHARE, &again, REGS(BID), NO_IMMS);
}
static void no_output(program *p)
{
    at(p, I_REVEAL)->imm[0] = 1;
}
static void output_length(program *p)
{
    p->output[0].rank = 1, p->output[0].dim[0] = 2;
}
static void output_bool(program *p)
{
    p->output[0].kind = KIND_BOOL, p->output[0].hi = wide_of_num(1);
}
static void output_recipient(program *p)
{
    p->output[0].party = 1;
}
static void reveal_own(program *p)
{
    at(p, I_REVEAL)->in[0] = BID;
}
static void reveal_twice(program *p)
{
    build_instr(p, 0, OP_REVEAL, REGS(REG_NONE), REGS(BEST), IMMS(0));
}
static void reveal_in_lanes(program *p)
{
    instr *x = &p->block[0].code[I_REVEAL];
    x->lane[1] = x->lane[0];
    x->lane[1].out = (uint32_t *)arena_grow(&p->mem, (uint32_t[]){REG_NONE}, 4, 4);
    x->lanes = 2;
}
static void never_revealed(program *p)
{
    p->block[0].len--;
}
static void reveal_in_loop(program *p)
{
    p->block[0].len--;
    p->output[0].rank = 1, p->output[0].dim[0] = 3;
    build_instr(p, 1, OP_REVEAL, REGS(REG_NONE), REGS(STATE), IMMS(0));
}

/* The good program's last instruction as one that opens an int to all and divides it by 3 in the clear. */
static void divide(program *p, int64_t scale, int64_t divisor)
{
    lane *l = at(p, I_REVEAL);
    l->imm = arena_alloc(&p->mem, 3 * sizeof *l->imm);
    l->imm[1] = scale;
    l->imm[2] = divisor;
    l->imms = 3;
    p->output[0].kind = p->reg[PRICE].kind = KIND_FIX;
}
static void five_immediates(program *p)
{
    lane *l = at(p, I_REVEAL);
    l->imm = arena_grow(&p->mem, l->imm, sizeof *l->imm, 5 * sizeof *l->imm);
    l->imms = 5;
}
static void divide_by_zero(program *p)
{
    divide(p, 1 << 20, 0);
}
static void divide_away(program *p)
{
    divide(p, 2, 3);
}
static void divide_wide(program *p)
{
    divide(p, INT64_MAX, 3);
    p->field_bits = 127;
    p->reg[BEST].hi = p->reg[DONE].hi = wide_of_num((num)1 << 70);
}
static void divide_for_one(program *p)
{
    divide(p, 1 << 20, 3);
    p->output[0].party = 1;
}
static void divide_to_int(program *p)
{
    divide(p, 1 << 20, 3);
    p->output[0].kind = KIND_INT;
}

/* --- loops */

static void negative_rounds(program *p)
{
    at(p, I_LOOP)->imm[0] = -1;
}
static void own_body(program *p)
{
    at(p, I_LOOP)->imm[1] = 0;
}
static void no_body(program *p)
{
    at(p, I_LOOP)->imm[1] = 2;
}
static void other_parent(program *p)
{
    p->block[1].parent = 1;
}
static void unused_block(program *p)
{
    build_block(p, 0);
}
static void loop_operands(program *p)
{
    p->block[1].outs = 0;
}
static void loop_length(program *p)
{
    p->reg[DONE].dim[0] = 1;
}
static void loop_lowers(program *p)
{
    p->reg[DONE].tag = TAG_PUBLIC;
}
static void loop_kind(program *p)
{
    p->reg[DONE].kind = KIND_BOOL, p->reg[DONE].hi = wide_of_num(1);
}
static void body_twice(program *p)
{
    uint32_t again = build_reg(p, &all);
    build_instr(p, 0, OP_LOOP, REGS(again), REGS(PRODUCT), IMMS(4, 1));
}
static void nest_deeply(program *p)
{
    uint32_t parent = 0;
    for (unsigned k = 0; k <= NESTING_MAX; k++) {
        uint32_t body = build_block(p, parent);
        build_instr(p, parent, OP_LOOP, NO_REGS, NO_REGS, IMMS(1, body));
        parent = body;
    }
}

static const spoiled table[] = {
    {"edition", no_edition, "edition 2 is newer"},
    {"precision", no_precision, "a precision of 61 bits"},
    {"field", no_field, "no field of 64 bits"},
    {"party name", no_party_name, "party 0 has no name"},
    {"no members", no_members, "party 0 cannot have 0 members"},
    {"many members", too_many_members, "party 0 cannot have 1048577 members"},
    {"single", single_with_members, "party 1 cannot have 2 members"},
    {"param kind", param_kind, "param 0"},
    {"param value", param_value, "param 0"},
    {"port name", port_name, "input 0 has no name"},
    {"input of all", input_of_all, "input 0 belongs to a party that is not declared"},
    {"output party", output_party, "output 0 belongs to a party that is not declared"},
    {"output key", output_key, "output 0 has a kind"},
    {"input kind", input_kind, "input 0 has a kind"},
    {"input rank", input_rank, "input 0 has a shape"},
    {"input long", input_long, "input 0 has a shape"},
    {"output open", output_open, "output 0 cannot have a private length"},
    {"input range", input_range, "input 0 has a range"},
    {"key range", key_range, "input 0 has a range"},
    {"reg tag", reg_tag, "register 3 has a tag or kind"},
    {"reg kind", reg_kind, "register 3 has a tag or kind"},
    {"reg owner", reg_owner, "register 0 is owned by a party that is not"},
    {"reg empty", reg_empty, "register 3 has a shape"},
    {"reg long", reg_long, "register 3 has a shape"},
    {"reg overflow", reg_overflow, "register 3 has a shape"},
    {"reg open", reg_open, "register 3 cannot have a private length"},
    {"reg range", reg_range, "register 4 has a range"},
    {"reg wide", reg_wide, "register 4 has a range"},
    {"reg bool", reg_bool, "register 5 has a range"},
    {"reg field", reg_field, "register 3 does not fit the field of 61 bits"},
    {"no blocks", no_blocks, "there is no code"},
    {"top outputs", top_outputs, "block 0 has inputs, outputs"},
    {"no opcode", no_opcode, "there is no such instruction"},
    {"no lanes", no_lanes, "(`lt`), lane 0: it cannot have 0 lanes"},
    {"no register", no_register, "there is no register 14"},
    {"no result", no_result, "there is no register"},
    {"absent operand", absent_operand, "there is no register"},
    {"few operands", few_operands, "wrong number of operands"},
    {"few immediates", few_immediates, "wrong number of operands"},
    {"read early", read_early,
     "block 0, instruction 5 (`lt`), lane 0: register 7 is read before it is written"},
    {"read inner", read_inner, "register 9 belongs to block 1, which has ended"},
    {"write twice", write_twice, "register 6 is written twice"},
    {"same level", same_level, "register 5 comes with the messages of the same level"},
    {"join nothing", join_nothing, "no level that it could join"},
    {"loop joins", loop_joins, "no level that it could join"},
    {"join loop", join_loop, "no level that it could join"},
    {"lane reads lane", lane_reads_lane, "register 6 is read before it is written"},
    {"wrong tag", wrong_tag, "it does not take a secret value"},
    {"to public", to_public, "another owner or visibility"},
    {"own meets secret", own_meets_secret, "a party's own value meets"},
    {"lift by lt", lift_by_lt, "another owner or visibility"},
    {"lt to int", lt_to_int, "wrong kind"},
    {"mul of bool", mul_of_bool, "wrong kind"},
    {"and of int", and_of_int, "wrong kind"},
    {"mask by int", mask_by_int, "wrong kind"},
    {"view to bool", view_to_bool, "wrong kind"},
    {"long result", long_result, "(`mul`), lane 0: lengths do not fit"},
    {"no division", no_division, "(`mul`), lane 0: lengths do not fit"},
    {"uneven runs", uneven_runs, "(`maximum`), lane 0: lengths do not fit"},
    {"no runs", no_runs, "(`maximum`), lane 0: lengths do not fit"},
    {"no maximum", no_maximum, "it has no result"},
    {"view before", view_before, "it reaches outside of its operand"},
    {"view beyond", view_beyond, "it reaches outside of its operand"},
    {"view count", view_count, "it describes no view"},
    {"view length", view_length, "(`view`), lane 0: lengths do not fit"},
    {"view even", view_even, "it describes no view"},
    {"no constant", no_constant, "there is no such constant"},
    {"constant length", constant_length, "(`const`), lane 0: lengths do not fit"},
    {"constant range", constant_range, "the constant is outside"},
    {"length of closed", length_of_closed, "only a private length has to be counted"},
    {"open result", open_result, "(`length`), lane 0: lengths do not fit"},
    {"lt field", lt_field, "the difference does not fit the field"},
    {"no input", no_input, "there is no such input"},
    {"input owner", input_owner, "the result is not the input's owner's"},
    {"input length", input_length, "(`input`), lane 0: lengths do not fit"},
    {"input opens", input_opens, "(`input`), lane 0: lengths do not fit"},
    {"input wider", input_wider, "the input may be outside"},
    {"share open", share_known, "a private length cannot be shared"},
    {"share length", share_length, "(`share`), lane 0: lengths do not fit"},
    {"share late", share_late, "all inputs are shared before the first reveal"},
    {"no output", no_output, "there is no such output"},
    {"output length", output_length, "(`reveal`), lane 0: lengths do not fit"},
    {"output bool", output_bool, "(`reveal`), lane 0: operands or result are of the wrong kind"},
    {"output recipient", output_recipient, "only what all learn becomes public"},
    {"reveal own", reveal_own, "a party's own value is shared before"},
    {"reveal twice", reveal_twice, "output 0 is revealed twice"},
    {"reveal in lanes", reveal_in_lanes, "output 0 is revealed twice"},
    {"never revealed", never_revealed, "output `price` is never revealed"},
    {"reveal in loop", reveal_in_loop, "a loop reveals an output row by row"},
    {"five immediates", five_immediates, "(`reveal`), lane 0: wrong number of operands"},
    {"divide by zero", divide_by_zero, "the quotient must tell all"},
    {"divide away", divide_away, "the quotient must tell all"},
    {"divide wide", divide_wide, "the quotient must tell all"},
    {"divide for one", divide_for_one, "only an int that all learn as fix"},
    {"divide to int", divide_to_int, "only an int that all learn as fix"},
    {"negative rounds", negative_rounds, "it cannot run -1 times"},
    {"own body", own_body, "block 0 cannot be its body"},
    {"no body", no_body, "block 2 cannot be its body"},
    {"other parent", other_parent, "block 1 stands in another block"},
    {"unused block", unused_block, "block 2 is never run"},
    {"loop operands", loop_operands, "(`loop`), lane 0: wrong number of operands"},
    {"loop length", loop_length, "(`loop`), lane 0: lengths do not fit"},
    {"loop lowers", loop_lowers, "cannot become register"},
    {"loop kind", loop_kind, "(`loop`), lane 0: operands or result are of the wrong kind"},
    {"body twice", body_twice, "block 1 cannot be its body"},
    {"nest deeply", nest_deeply, "more than 64 blocks in each other"},
};

Test(verify, the_good_program_is_accepted)
{
    expect_accepted(good());
}

Test(verify, an_int_that_all_learn_may_be_divided_after_it_is_opened)
{
    program *p = good();
    failure err = {0};
    divide(p, 1 << 20, 3);
    cr_expect_eq(program_verify(p, &err), OK, "%s", err.text);
    program_free(p);
}

Test(verify, each_rule_broken_alone_is_refused_by_its_own_sentence)
{
    expect_each_refused(good, table, sizeof table / sizeof *table);
}

/* --- one lane on its own: public operands of the given lengths and kinds */

typedef struct alone {
    opcode op;
    uint8_t kinds[3], out;
    uint64_t lengths[3], length;
    int64_t imm[3];
    const char *message; /* NULL: it verifies */
} alone;

static const uint32_t operands[] = {0, 1, 2};

static void check_alone(const alone *c, size_t index)
{
    const opcode_row *row = &opcode_rows[c->op];
    program *p = build_new();
    failure err = {0};
    uint32_t ins = 0;
    for (; ins < 3 && c->lengths[ins]; ins++) {
        reg r = {.kind = c->kinds[ins], .rank = 1, .dim = {c->lengths[ins]}, .hi = WIDE(1)};
        num zeros[16] = {0};
        build(p, 0, OP_CONST, &r, NO_REGS, IMMS(build_constant(p, zeros, c->lengths[ins])));
    }
    reg out = {.kind = c->out, .rank = 1, .dim = {c->length}, .hi = WIDE(1)};
    build(p, 0, c->op, &out, operands, ins, c->imm, row->imms);
    status st = program_verify(p, &err);
    cr_expect_eq(st, c->message ? E_PROGRAM : OK, "%s, case %zu: %s", row->name, index, err.text);
    cr_expect(!c->message || strstr(err.text, c->message), "%s, case %zu: %s", row->name, index,
              err.text);
    program_free(p);
}

Test(verify, each_opcode_wants_its_own_lengths_and_kinds)
{
    enum { B = KIND_BOOL, I = KIND_INT, F = KIND_FIX, K = KIND_KEY };
    static const char lengths[] = "lengths do not fit", kinds[] = "of the wrong kind";
    static const alone cases[] = {
        {OP_MATMUL, {I, F}, F, {6, 3}, 2, {2, 3, 1}, NULL},
        {OP_MATMUL, {I, F}, F, {6, 3}, 2, {2, 3, 2}, lengths},
        {OP_MATMUL, {I, F}, F, {6, 3}, 2, {0, 3, 1}, lengths},
        {OP_MATMUL, {I, F}, F, {6, 3}, 2, {INT64_MAX, 3, 1}, lengths},
        {OP_MATMUL, {I, B}, I, {6, 3}, 2, {2, 3, 1}, kinds},
        {OP_CAT, {I, I}, I, {4, 2}, 6, {2}, NULL},
        {OP_CAT, {I, I}, I, {4, 2}, 7, {2}, lengths},
        {OP_CAT, {I, I}, I, {4, 2}, 6, {4}, lengths},
        {OP_CAT, {I, I}, I, {4, 2}, 6, {0}, lengths},
        {OP_CAT, {I, B}, I, {4, 2}, 6, {2}, kinds},
        {OP_CAT, {0}, I, {0}, 6, {2}, lengths},
        {OP_SUM, {I}, I, {6}, 2, {3}, NULL},
        {OP_SUM, {I}, I, {6}, 3, {3}, lengths},
        {OP_SUM, {B}, I, {6}, 2, {3}, kinds},
        {OP_SUMS, {F}, F, {6}, 6, {3}, NULL},
        {OP_SUMS, {F}, F, {6}, 2, {3}, lengths},
        {OP_FLOOR, {I}, I, {6}, 6, {WIDE_BITS}, NULL},
        {OP_FLOOR, {I}, I, {6}, 6, {WIDE_BITS + 1}, "no value has so many bits"},
        {OP_FLOOR, {I}, I, {6}, 6, {-1}, "no value has so many bits"},
        {OP_SELECT, {B, F, I}, F, {2, 6, 6}, 6, {0}, NULL},
        {OP_SELECT, {I, F, I}, F, {2, 6, 6}, 6, {0}, kinds},
        {OP_SELECT, {B, F, B}, F, {2, 6, 6}, 6, {0}, kinds},
        {OP_SELECT, {B, F, I}, F, {4, 6, 6}, 6, {0}, lengths},
        {OP_MASK, {F, B}, I, {6, 3}, 6, {0}, NULL},
        {OP_MASK, {K, B}, K, {6, 3}, 6, {0}, kinds},
        {OP_MASK, {K, B}, I, {6, 3}, 6, {0}, kinds},
        {OP_NOT, {B}, B, {6}, 6, {0}, NULL},
        {OP_NOT, {B}, I, {6}, 6, {0}, kinds},
        {OP_XOR, {B, I}, B, {6, 6}, 6, {0}, kinds},
        {OP_INT, {B}, I, {6}, 6, {0}, NULL},
        {OP_INT, {I}, I, {6}, 6, {0}, kinds},
        {OP_EQ, {K, K}, B, {6, 6}, 6, {0}, NULL},
        {OP_EQ, {K, I}, B, {6, 6}, 6, {0}, kinds},
        {OP_LT, {K, K}, B, {6, 6}, 6, {0}, kinds},
        {OP_LT, {I, B}, B, {6, 6}, 6, {0}, kinds},
        {OP_ADD, {K, K}, K, {6, 6}, 6, {0}, kinds},
        {OP_ADD, {I, F}, F, {2, 6}, 6, {0}, NULL},
        {OP_ADD, {I, F}, F, {4, 6}, 6, {0}, lengths},
        {OP_DIV, {I, I}, I, {1, 6}, 5, {0}, lengths},
        {OP_ORDER, {F}, I, {6}, 6, {3}, NULL},
        {OP_ORDER, {F}, I, {6}, 6, {4}, lengths},
        {OP_ORDER, {F}, I, {6}, 3, {3}, lengths},
        {OP_ORDER, {B}, I, {6}, 6, {3}, kinds},
        {OP_PICK, {B, I}, B, {6, 4}, 4, {3}, NULL},
        {OP_PICK, {F, I}, F, {6, 3}, 3, {3}, lengths},
        {OP_PICK, {F, I}, F, {6, 4}, 6, {3}, lengths},
        {OP_PICK, {F, I}, F, {6, 4}, 4, {0}, lengths},
        {OP_PICK, {F, B}, F, {6, 4}, 4, {3}, kinds},
        {OP_PICK, {B, I}, I, {6, 4}, 4, {3}, kinds},
        {OP_PICK, {K, I}, K, {6, 4}, 4, {3}, kinds},
        {OP_IOTA, {0}, B, {0}, 2, {0}, kinds},
        {OP_IOTA, {0}, I, {0}, 2, {0}, NULL},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) check_alone(&cases[i], i);
}

/* --- private lengths: what may stand beside them */

typedef struct beside {
    const char *what;
    opcode op;
    uint64_t other; /* length of a public second operand; 0: none */
    bool open;      /* the result's length is private */
    uint64_t dim;   /* its last axis */
    int64_t imm[5];
    uint32_t imms;
    const char *message;
} beside;

Test(verify, private_lengths_pair_by_rows_and_are_viewed_whole)
{
    static const char lengths[] = "lengths do not fit";
    static const beside cases[] = {
        {"a number", OP_ADD, 1, true, 5, {0}, 0, NULL},
        {"one a row", OP_ADD, 2, true, 5, {0}, 0, NULL},
        {"one an item", OP_ADD, 10, true, 5, {0}, 0, lengths},
        {"closed result", OP_ADD, 1, false, 5, {0}, 0, lengths},
        {"other rows", OP_ADD, 1, true, 4, {0}, 0, lengths},
        {"whole view", OP_VIEW, 0, true, 5, {0, 2, 5, 5, 1}, 5, NULL},
        {"turned view", OP_VIEW, 0, true, 5, {0, 5, 1, 2, 5}, 5, "only be viewed as a whole"},
        {"part of it", OP_VIEW, 0, false, 5, {0, 2, 5, 5, 1}, 5, lengths},
        {"sum of rows", OP_SUMS, 0, true, 5, {5}, 1, NULL},
        {"sum across rows", OP_SUMS, 0, true, 5, {10}, 1, lengths},
        {"joined", OP_CAT, 0, true, 5, {1}, 1, lengths},
        {"order of rows", OP_ORDER, 0, true, 5, {5}, 1, NULL},
        {"order across rows", OP_ORDER, 0, true, 5, {10}, 1, lengths},
        {"order that all know", OP_ORDER, 0, false, 5, {5}, 1, lengths},
        {"three a row", OP_PICK, 6, false, 3, {5}, 1, NULL},
        {"three in all", OP_PICK, 3, false, 3, {5}, 1, lengths},
        {"picks of private number", OP_PICK, 6, true, 3, {5}, 1, lengths},
        {"picks across rows", OP_PICK, 6, false, 3, {10}, 1, lengths},
        {"padded", OP_PAD, 1, false, 5, {0}, 0, NULL},
        {"padded, and still private", OP_PAD, 1, true, 5, {0}, 0, lengths},
        {"padded beyond its bound", OP_PAD, 1, false, 6, {0}, 0, lengths},
        {"padded by rows", OP_PAD, 2, false, 5, {0}, 0, lengths},
        {"lengths of its rows", OP_LENGTH, 0, false, 1, {0}, 0, lengths},
        {"length and a number", OP_LENGTH, 1, false, 1, {0}, 0, "it does not take a public value"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const beside *c = &cases[i];
        program *p = build_new();
        failure err = {0};
        reg rows = {.tag = TAG_OWNED, .kind = KIND_INT, .open = true, .rank = 2, .dim = {2, 5}};
        const reg other = {.kind = KIND_INT, .rank = 1, .dim = {c->other}};
        build_party(p, "bank", 0);
        build_input(p, "x", 0, &rows);
        build(p, 0, OP_INPUT, &rows, NO_REGS, IMMS(0));
        if (c->other)
            build(p, 0, OP_CONST, &other, NO_REGS, IMMS(build_constant(p, (num[10]){0}, c->other)));
        rows.open = c->open;
        rows.dim[1] = c->dim;
        build(p, 0, c->op, &rows, operands, c->other ? 2 : 1, c->imm, c->imms);
        cr_expect_eq(program_verify(p, &err), c->message ? E_PROGRAM : OK, "%s: %s", c->what,
                     err.text);
        cr_expect(!c->message || strstr(err.text, c->message), "%s: %s", c->what, err.text);
        program_free(p);
    }
}

/* Lists of one bound, whatever rows they have, are counted together: one number. */
Test(verify, lists_that_are_counted_together_have_one_bound)
{
    for (unsigned bound = 4; bound <= 6; bound++) {
        program *p = build_new();
        failure err = {0};
        reg items = {.tag = TAG_OWNED, .kind = KIND_INT, .open = true, .rank = 1, .dim = {5}},
            rows = {.tag = TAG_OWNED, .kind = KIND_BOOL, .open = true, .rank = 2, .dim = {3, bound}};
        const reg count = {.tag = TAG_OWNED, .kind = KIND_INT};
        build_party(p, "bank", 0);
        build_input(p, "x", 0, &items), build_input(p, "y", 0, &rows);
        uint32_t x = build(p, 0, OP_INPUT, &items, NO_REGS, IMMS(0)),
                 y = build(p, 0, OP_INPUT, &rows, NO_REGS, IMMS(1));
        build(p, 0, OP_LENGTH, &count, REGS(x, y), NO_IMMS);
        cr_expect_eq(program_verify(p, &err), bound == 5 ? OK : E_PROGRAM, "%u: %s", bound, err.text);
        program_free(p);
    }
}

/* --- parts of what is public, for the members of a group */

Test(verify, a_part_is_its_members_row_of_a_public_value)
{
    typedef struct part_case {
        uint64_t rows, len;
        uint8_t tag;
        num hi;
        const char *message;
    } part_case;
    static const part_case cases[] = {
        {6, 2, TAG_OWNED, 9, NULL},
        {3, 1, TAG_OWNED, 9, NULL},
        {6, 3, TAG_OWNED, 9, "lengths do not fit"},
        {4, 1, TAG_OWNED, 9, "lengths do not fit"},
        {6, 2, TAG_PUBLIC, 9, "a part is its member's own"},
        {6, 2, TAG_SECRET, 9, "a part is its member's own"},
        {6, 2, TAG_OWNED, 8, "outside of the register's range"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        program *p = build_new();
        failure err = {0};
        const reg whole = {.kind = KIND_INT, .rank = 1, .dim = {cases[i].rows}, .hi = WIDE(9)};
        const reg part = {.tag = cases[i].tag,
                          .owner = build_party(p, "hospital", 3),
                          .kind = KIND_INT,
                          .rank = 1,
                          .dim = {cases[i].len},
                          .hi = wide_of_num(cases[i].hi)};
        num nine[6] = {9, 9, 9, 9, 9, 9};
        uint32_t k =
            build(p, 0, OP_CONST, &whole, NO_REGS, IMMS(build_constant(p, nine, cases[i].rows)));
        build(p, 0, OP_PART, &part, REGS(k), NO_IMMS);
        status st = program_verify(p, &err);
        cr_expect_eq(st, cases[i].message ? E_PROGRAM : OK, "case %zu: %s", i, err.text);
        cr_expect(!cases[i].message || strstr(err.text, cases[i].message), "case %zu: %s", i,
                  err.text);
        program_free(p);
    }
}
