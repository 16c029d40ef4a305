/* Room for the masks under which secrets are floored and compared in a field of a prime that was asked for. */
#include "refusals.h"

#include "vm/prime.h"

static const char prime_of_poly1305[] = "1361129467683753853853498429727072845819"; /* 2^130 - 5 */

enum { GIVEN, SHARED, OTHER, RESULT };

/* floor(x / 2^4), or whether x is in a public table, of an x below 2^bits. */
static program *asking(opcode op, unsigned bits)
{
    program *p = build_new();
    const uint32_t owner = build_party(p, "owner", 0);
    const wide most = wide_power_of_two(&p->mem, bits);
    reg own = {.tag = TAG_OWNED, .kind = KIND_INT, .rank = 1, .dim = {3}, .hi = most}, shared = own,
        known = {.tag = TAG_PUBLIC, .kind = KIND_INT, .rank = 1, .dim = {3}, .hi = WIDE(9)},
        result = own;
    const bool joins = op == OP_JOIN;

    p->prime = arena_alloc(&p->mem, PRIME_LIMBS * sizeof *p->prime);
    p->field_bits = (uint16_t)prime_parse(prime_of_poly1305, p->prime);
    shared.tag = result.tag = TAG_SECRET;
    if (joins) result.kind = KIND_BOOL, result.hi = wide_of(1);
    build_input(p, "x", owner, &own);
    build_output(p, "y", PARTY_ALL, &result);
    build(p, 0, OP_INPUT, &own, NO_REGS, IMMS(0));
    build(p, 0, OP_SHARE, &shared, REGS(GIVEN), NO_IMMS);
    build(p, 0, OP_CONST, &known, NO_REGS, IMMS(build_constant(p, (num[]){1, 2, 3}, 3)));
    if (joins) {
        uint32_t both[] = {build_reg(p, &result), REG_NONE};
        build_instr(p, 0, OP_JOIN, both, 2, REGS(OTHER, SHARED, OTHER), IMMS(3, 3));
    } else {
        build(p, 0, op, &result, REGS(SHARED), IMMS(4));
    }
    result.tag = TAG_PUBLIC;
    build(p, 0, OP_REVEAL, &result, REGS(RESULT), IMMS(0));
    return p;
}

static program *small_floor(void)
{
    return asking(OP_FLOOR, 60);
}

static program *small_join(void)
{
    return asking(OP_JOIN, 60);
}

static void larger(program *p)
{
    const wide most = wide_power_of_two(&p->mem, 125);

    p->reg[GIVEN].hi = p->reg[SHARED].hi = p->input[0].hi = most;
    if (p->reg[RESULT].kind == KIND_INT) p->reg[RESULT].hi = most;
}

Test(masks, want_room_in_the_field)
{
    static const spoiled floor[] = {{"no room to floor", larger, "no room for its mask"}},
                         join[] = {{"no room to compare with what is public", larger, "the field"}};

    expect_accepted(small_floor());
    expect_accepted(small_join());
    expect_each_refused(small_floor, floor, 1);
    expect_each_refused(small_join, join, 1);
}
