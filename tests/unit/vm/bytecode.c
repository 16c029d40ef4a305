/* Encoding and loading: the same program gives the same bytes, and no other bytes load. Whatever does load
 * runs without a fault, however the bytes came about. */
#include "build.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

/* A program with every section: a group's own data, a loop, a comparison, a public result. */
static program *sample(void)
{
    program *p = build_new();
    uint32_t bidder = build_party(p, "bidder", 3);
    const reg own = {.tag = TAG_OWNED, .kind = KIND_INT, .owner = bidder, .hi = WIDE(1000)};
    const reg all = {.tag = TAG_SECRET, .kind = KIND_INT, .rank = 1, .dim = {3}, .hi = WIDE(4000)};
    const reg known = {.tag = TAG_PUBLIC, .kind = KIND_INT, .hi = WIDE(4000)};
    const reg number = {.tag = TAG_SECRET, .kind = KIND_INT, .hi = WIDE(4000)};
    p->name = p->file = (char *)"auction";
    p->source = (char *)"party bidder[3]\nbid maximum reveal price\n";
    p->param[p->params++] =
        (param_decl){.name = (char *)"reserve", .value = WIDE(7), .kind = KIND_INT};
    p->field_at = (place){2, 5};
    build_input(p, "bid", bidder, &own);
    build_output(p, "price", PARTY_ALL, &number);
    uint32_t bid = build(p, 0, OP_INPUT, &own, NO_REGS, IMMS(0));
    uint32_t bids = build(p, 0, OP_SHARE, &all, REGS(bid), NO_IMMS);
    uint32_t one = build(p, 0, OP_CONST, &known, NO_REGS, IMMS(build_constant(p, (num[]){1}, 1)));
    uint32_t body = build_block(p, 0);
    uint32_t state = build_reg(p, &all);
    uint32_t more = build(p, body, OP_ADD, &all, REGS(state, one), NO_IMMS);
    p->block[body].in = (uint32_t *)arena_grow(&p->mem, &state, 4, 4);
    p->block[body].out = (uint32_t *)arena_grow(&p->mem, &more, 4, 4);
    p->block[body].ins = p->block[body].outs = 1;
    uint32_t result = build_reg(p, &all);
    build_instr(p, 0, OP_LOOP, REGS(result), REGS(bids), IMMS(4, body));
    uint32_t best = build_reg(p, &number), public_best = build_reg(p, &known);
    build_instr(p, 0, OP_MAXIMUM, REGS(best, REG_NONE), REGS(result), IMMS(3));
    build_instr(p, 0, OP_REVEAL, REGS(public_best), REGS(best), IMMS(0));
    return p;
}

static buffer encoded(const program *p)
{
    buffer b = {0};
    program_encode(p, &b);
    cr_assert(!b.failed);
    return b;
}

static status load(program **out, const buffer *b, failure *err)
{
    *out = NULL;
    return program_load(out, (slice){b->data, b->len}, err);
}

Test(bytecode, encode_then_load_then_encode_gives_the_same_bytes)
{
    program *p = sample(), *q;
    buffer first = encoded(p);
    failure err = {0};
    cr_assert_eq(load(&q, &first, &err), OK, "%s", err.text);
    program_free(p); /* what was loaded stands alone */
    buffer second = encoded(q);
    cr_expect(first.len == second.len && memcmp(first.data, second.data, first.len) == 0);
    cr_expect_str_eq(q->party[0].name, "bidder");
    cr_expect_str_eq(q->source, "party bidder[3]\nbid maximum reveal price\n");
    cr_expect_eq(q->block[0].code[1].lane[0].at.line, 2);
    buffer_free(&first);
    buffer_free(&second);
    program_free(q);
}

Test(bytecode, names_and_source_are_not_part_of_the_core)
{
    program *p = sample(), *q;
    failure err = {0};
    buffer whole = encoded(p);
    p->name = p->file = p->source = NULL;
    buffer stripped = encoded(p);
    slice core = program_core((slice){whole.data, whole.len});
    cr_expect(core.len < whole.len && core.len == stripped.len);
    cr_expect(memcmp(core.data, stripped.data, core.len) == 0);
    cr_assert_eq(load(&q, &stripped, &err), OK, "%s", err.text);
    cr_expect_null(q->source);
    p->param[0].value = wide_of(8);
    buffer other = encoded(p);
    cr_expect(memcmp(core.data, other.data, core.len) != 0, "a param is part of it");
    buffer_free(&whole);
    buffer_free(&stripped);
    buffer_free(&other);
    program_free(p);
    program_free(q);
}

Test(bytecode, every_cut_is_refused)
{
    program *p = sample(), *q;
    p->name = p->file = p->source = NULL; /* a cut before them is a whole program */
    buffer b = encoded(p);
    failure err;
    for (size_t len = b.len; len-- > 0;) {
        const buffer cut = {.data = b.data, .len = len};
        cr_expect_eq(load(&q, &cut, &err), E_PROGRAM, "%zu bytes", len);
    }
    buffer_append(&b, "", 1);
    cr_expect_eq(load(&q, &b, &err), E_PROGRAM);
    cr_expect_str_eq(err.text, "damaged bytecode: something follows its end");
    buffer_free(&b);
    program_free(p);
}

Test(bytecode, another_version_is_named)
{
    program *p = sample(), *q;
    buffer b = encoded(p);
    failure err;
    b.data[8] = 9;
    cr_expect_eq(load(&q, &b, &err), E_PROGRAM);
    cr_expect_str_eq(err.text, "bytecode of version 9, this moot reads version 2");
    b.data[0] = 'x';
    cr_expect_eq(load(&q, &b, &err), E_PROGRAM);
    cr_expect_str_eq(err.text, "this is not moot bytecode");
    buffer_free(&b);
    program_free(p);
}

Test(bytecode, what_encode_would_not_write_is_refused)
{
    program *p = sample(), *q;
    buffer b = encoded(p);
    failure err;
    /* A NUL inside of the source would end the string that encode sees. */
    b.data[b.len - 3] = 0;
    cr_expect_eq(load(&q, &b, &err), E_PROGRAM);
    cr_expect_str_eq(err.text, "bytecode is not in canonical form");
    buffer_free(&b);
    program_free(p);
}

Test(bytecode, a_count_that_the_bytes_cannot_hold_is_refused_before_it_is_believed)
{
    program *p = sample(), *q;
    buffer b = encoded(p);
    failure err;
    /* magic, version, section header, meta, section header: the count of parties */
    size_t parties = 8 + 4 + 12 + 9 + 12;
    memset(b.data + parties, 0xff, 4);
    cr_expect_eq(load(&q, &b, &err), E_PROGRAM);
    cr_expect_str_eq(err.text, "damaged bytecode, in section 2");
    buffer_free(&b);
    program_free(p);
}

/* --- mutations */

Test(bytecode, whatever_loads_runs_without_a_fault)
{
    enum { MUTATIONS = 20000 };
    program *p = sample();
    cr_expect_gt(build_mutate(p, MUTATIONS), MUTATIONS / 50,
                 "the mutations should get past the loader");
    program_free(p);
}

/* --- the listing */

Test(bytecode, the_listing_shows_lines_types_and_lanes)
{
    static const char want[] =
        "program auction: edition 1, precision 20, field of 61 bits\n"
        "party bidder[3]\n"
        "param reserve = 7\n"
        "input bid from bidder : int 0..1000\n"
        "output price to all : int 0..4000\n"
        "~ sends messages, + goes along with those above; rN is a vector with a type.\n"
        "\n"
        "   1 | party bidder[3]\n"
        "       r0 = input bid                            bidder's int 0..1000\n"
        "\n"
        "   2 | bid maximum reveal price\n"
        "     ~ r1 = share r0                             secret int[3] 0..4000\n"
        "       r2 = const 1                              public int\n"
        "       r5 = loop r1, 4 times:                    secret int[3] 0..4000\n"
        "           takes r3                                  secret int[3] 0..4000\n"
        "\n"
        "       1 | party bidder[3]\n"
        "           r4 = add r3 r2                            secret int[3] 0..4000\n"
        "           gives r4                                  secret int[3] 0..4000\n"
        "     ~ r6 = maximum r5, runs of 3                secret int 0..4000\n"
        "     ~ r7 = reveal r6 as price                   to all, public int 0..4000\n";
    program *p = sample();
    buffer b = {0};
    program_disassemble(p, false, &b);
    char *text = buffer_take(&b);
    cr_expect_str_eq(text, want);
    free(text);
    program_free(p);
}
