/* Registers that hold what is computed modulo the field's prime: what they compute, and what the verifier asks. */
#include "refusals.h"

/* 2^127 - 1: its residues are wider than a num. */
enum { BITS = 127 };

static reg residue_of(program *p, reg as)
{
    const wide one = wide_of(1), prime = wide_sub(&p->mem, wide_power_of_two(&p->mem, BITS), one);
    as.modular = true;
    as.lo = wide_of(0), as.hi = wide_sub(&p->mem, prime, one);
    return as;
}

/* Registers of the good program, in the order they are written. */
enum { GIVEN, SHARED, KNOWN, LOWERED, SQUARE, SUM, REGS_USED };

enum { I_INPUT, I_SHARE, I_CONST, I_SUB, I_MUL, I_SUM, I_REVEAL };

static const reg own = {.tag = TAG_OWNED, .kind = KIND_INT, .rank = 1, .dim = {3}, .hi = WIDE(1000)};
static const reg shared = {
    .tag = TAG_SECRET, .kind = KIND_INT, .rank = 1, .dim = {3}, .hi = WIDE(1000)};
static const reg known = {.tag = TAG_PUBLIC, .kind = KIND_INT, .lo = WIDE(5), .hi = WIDE(5)};
static const reg total = {.tag = TAG_SECRET, .kind = KIND_INT};

/* The sum of (x - 5)^2 modulo the prime, where x - 5 is taken modulo it too. */
static program *good(void)
{
    static const num five = 5;
    program *p = build_new();
    const uint32_t owner = build_party(p, "owner", 0);
    const reg wide_total = residue_of(p, total), vector = residue_of(p, shared);
    p->field_bits = BITS, p->extra = 1;
    build_input(p, "x", owner, &own);
    build_output(p, "y", PARTY_ALL, &wide_total);
    build(p, 0, OP_INPUT, &own, NO_REGS, IMMS(0));
    build(p, 0, OP_SHARE, &shared, REGS(GIVEN), NO_IMMS);
    constant *k = &p->constant[build_constant(p, (const num[2]){five, 0}, 2)]; /* three words */
    k->len = 1;
    build(p, 0, OP_CONST, &known, NO_REGS, IMMS(0));
    build(p, 0, OP_SUB, &vector, REGS(SHARED, KNOWN), NO_IMMS);
    build(p, 0, OP_MUL, &vector, REGS(LOWERED, LOWERED), NO_IMMS);
    build(p, 0, OP_SUM, &wide_total, REGS(SQUARE), IMMS(3));
    reg opened = {.tag = TAG_PUBLIC, .kind = KIND_INT, .hi = wide_total.hi};
    build(p, 0, OP_REVEAL, &opened, REGS(SUM), IMMS(0));
    return p;
}

Test(modular, sums_and_products_wrap_at_the_prime)
{
    program *p = good();
    failure err = {0};
    run_data *d = run_data_new(p);
    build_give(d, 0, 0, (const num[]){0, 5, 1000}, 3);
    cr_assert_eq(build_run(p, d, &err), OK, "%s", err.text);
    num low;
    cr_assert(plain_narrow(&d->output[0][0], 0, &low));
    cr_expect_eq(low, 25 + 995 * 995);
    run_data_free(d, p);
    program_free(p);
}

/* What is below 0 stands at the upper end. */
Test(modular, a_negative_number_is_the_prime_less_its_size)
{
    program *p = good();
    failure err = {0};
    run_data *d = run_data_new(p);
    p->block[0].code[I_SUM].lane[0].in[0] = LOWERED;
    build_give(d, 0, 0, (const num[]){5, 5, 3}, 3);
    cr_assert_eq(build_run(p, d, &err), OK, "%s", err.text);
    char text[WIDE_TEXT];
    cr_expect_str_eq(plain_print(&d->output[0][0], 0, 0, text),
                     "170141183460469231731687303715884105725");
    run_data_free(d, p);
    program_free(p);
}

static void widen(program *p)
{
    p->reg[SQUARE].hi = wide_power_of_two(&p->mem, BITS);
}
static void narrow(program *p)
{
    p->reg[SQUARE].hi = wide_of(1000);
}
static void make_fix(program *p)
{
    p->reg[SQUARE].kind = KIND_FIX;
}
static void take_the_true_value(program *p)
{
    p->reg[SQUARE].modular = false;
}
static void choose_the_first(program *p)
{
    p->block[0].code[I_MUL].op = OP_CAT;
    p->block[0].code[I_MUL].lane[0].ins = 1;
    p->block[0].code[I_MUL].lane[0].imm = arena_alloc(&p->mem, sizeof(int64_t));
    p->block[0].code[I_MUL].lane[0].imm[0] = 1, p->block[0].code[I_MUL].lane[0].imms = 1;
    p->block[0].code[I_MUL].lane[0].in[0] = SHARED;
    p->reg[SHARED].lo = wide_of(-1);
}
static void subtract_too_much(program *p)
{
    p->reg[KNOWN].lo = wide_neg(wide_power_of_two(&p->mem, BITS));
}
static void compare(program *p)
{
    p->block[0].code[I_MUL].op = OP_LT;
    p->reg[SQUARE] = shared, p->reg[SQUARE].kind = KIND_BOOL, p->reg[SQUARE].hi = wide_of(1);
}

static const spoiled table[] = {
    {"more than the prime", widen, "register 4 cannot hold what is computed modulo a prime"},
    {"less than the prime", narrow, "register 4 cannot hold what is computed modulo a prime"},
    {"a fix", make_fix, "register 4 cannot hold what is computed modulo a prime"},
    {"a value that does not fit", take_the_true_value, "register 4 does not fit the field"},
    {"a negative number that is moved", choose_the_first, "not reduced modulo the prime"},
    {"a known number beyond the field", subtract_too_much, "no number of the field"},
    {"a comparison", compare, "field"},
};

Test(modular, the_verifier_refuses_what_a_register_cannot_hold)
{
    expect_accepted(good());
    expect_each_refused(good, table, sizeof table / sizeof *table);
}

Test(modular, changed_bytes_are_refused_or_run)
{
    enum { MUTATIONS = 4000 };
    program *p = good();
    cr_expect_gt(build_mutate(p, MUTATIONS), MUTATIONS / 50, "hardly any loads any more");
    program_free(p);
}
