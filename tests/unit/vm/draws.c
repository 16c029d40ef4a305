/* RANDOM and SHUFFLE: what the verifier refuses of them, and what the ideal box draws. */
#include "build.h"

#include <criterion/criterion.h>
#include <string.h>

enum { BIT, KNOWN, MIXED }; /* registers */
enum { I_SHUFFLE = 2 };
enum { TABLES = 3000, ROWS = 3, WIDTH = 2, ITEMS = TABLES * ROWS * WIDTH, BITS = 4000 };

static const reg bits = {
    .tag = TAG_SECRET, .kind = KIND_BOOL, .rank = 1, .dim = {BITS}, .hi = WIDE(1)};
static const reg open_bits = {
    .tag = TAG_PUBLIC, .kind = KIND_BOOL, .rank = 1, .dim = {BITS}, .hi = WIDE(1)};
static const reg known = {
    .tag = TAG_PUBLIC, .kind = KIND_INT, .rank = 1, .dim = {ITEMS}, .hi = WIDE(ITEMS)};
static const reg mixed = {
    .tag = TAG_SECRET, .kind = KIND_INT, .rank = 1, .dim = {ITEMS}, .hi = WIDE(ITEMS)};

/* Bits, and tables of rows of two numbers of which the second is one more than the first. */
static program *good(void)
{
    program *p = build_new();
    num items[ITEMS];
    for (size_t k = 0; k < ITEMS; k++) items[k] = (num)k;
    build_party(p, "one", 0);
    build_output(p, "bits", PARTY_ALL, &bits);
    build_output(p, "rows", PARTY_ALL, &mixed);
    build(p, 0, OP_RANDOM, &bits, NO_REGS, NO_IMMS);
    build(p, 0, OP_CONST, &known, NO_REGS, IMMS(build_constant(p, items, ITEMS)));
    build(p, 0, OP_SHUFFLE, &mixed, REGS(KNOWN), IMMS(ROWS, WIDTH));
    build(p, 0, OP_REVEAL, &open_bits, REGS(BIT), IMMS(0));
    build(p, 0, OP_REVEAL, &known, REGS(MIXED), IMMS(1));
    return p;
}

/* --- the verifier */

static void public_bits(program *p)
{
    p->reg[BIT].tag = TAG_PUBLIC;
}
static void numbers_for_bits(program *p)
{
    p->reg[BIT].kind = KIND_INT;
}
static void bits_that_are_never_true(program *p)
{
    p->reg[BIT].hi = wide_of(0);
}
static void public_order(program *p)
{
    p->reg[MIXED].tag = TAG_PUBLIC;
}
static void other_kind(program *p)
{
    p->reg[MIXED].kind = KIND_BOOL, p->reg[MIXED].hi = wide_of(1);
}
static void other_length(program *p)
{
    p->reg[MIXED].dim[0]--;
}
static void no_rows(program *p)
{
    p->block[0].code[I_SHUFFLE].lane[0].imm[0] = 0;
}
static void no_width(program *p)
{
    p->block[0].code[I_SHUFFLE].lane[0].imm[1] = -1;
}
static void half_a_table(program *p)
{
    p->block[0].code[I_SHUFFLE].lane[0].imm[0] = 7;
}
static void huge_tables(program *p)
{
    p->block[0].code[I_SHUFFLE].lane[0].imm[0] = INT64_MAX;
}
Test(draws, are_refused_when_they_do_not_fit)
{
    static const struct {
        void (*spoil)(program *);
        const char *message;
    } cases[] = {
        {public_bits, "another owner or visibility"},
        {numbers_for_bits, "wrong kind"},
        {bits_that_are_never_true, "outside of the register's range"},
        {public_order, "another owner or visibility"},
        {other_kind, "wrong kind"},
        {other_length, "lengths do not fit"},
        {no_rows, "lengths do not fit"},
        {no_width, "lengths do not fit"},
        {half_a_table, "lengths do not fit"},
        {huge_tables, "lengths do not fit"},
    };
    failure err = {0};
    program *p = good();
    cr_assert_eq(program_verify(p, &err), OK, "%s", err.text);
    program_free(p);
    for (size_t k = 0; k < sizeof cases / sizeof *cases; k++) {
        p = good();
        cases[k].spoil(p);
        cr_assert_eq(program_verify(p, &err), E_PROGRAM, "case %zu", k);
        cr_assert_not_null(strstr(err.text, cases[k].message), "case %zu: %s", k, err.text);
        program_free(p);
    }
}

Test(draws, come_with_messages_and_cannot_be_used_by_their_own_level)
{
    failure err = {0};
    program *p = build_new();
    build_party(p, "one", 0);
    build_output(p, "bits", PARTY_ALL, &bits);
    uint32_t b = build(p, 0, OP_RANDOM, &bits, NO_REGS, NO_IMMS);
    uint32_t order = build(p, 0, OP_SHUFFLE, &bits, REGS(b), IMMS(BITS, 1));
    build(p, 0, OP_REVEAL, &open_bits, REGS(order), IMMS(0));
    cr_assert_eq(program_verify(p, &err), OK, "%s", err.text);
    p->block[0].code[1].together = true;
    cr_assert_eq(program_verify(p, &err), E_PROGRAM);
    cr_assert_not_null(strstr(err.text, "messages of the same level"), "%s", err.text);
    program_free(p);
}

/* --- the ideal box */

/* xorshift64*, by bytes: the same in each run. */
static bool draw_the_same(void *arg, uint8_t *out, size_t len)
{
    uint64_t *state = arg;
    for (size_t k = 0; k < len; k++) {
        *state ^= *state >> 12, *state ^= *state << 25, *state ^= *state >> 27;
        out[k] = (uint8_t)(*state * UINT64_C(2685821657736338717) >> 56);
    }
    return true;
}

static bool draw_zeros(void *arg, uint8_t *out, size_t len)
{
    (void)arg;
    memset(out, 0, len);
    return true;
}

static bool draw_nothing(void *arg, uint8_t *out, size_t len)
{
    (void)arg, (void)out, (void)len;
    return false;
}

static status run(const program *p, run_data *d, bool (*draw)(void *, uint8_t *, size_t), void *arg,
                  failure *err)
{
    abb *box = ideal_new(p);
    if (draw) ideal_draw_from(box, draw, arg);
    status st = interp_run(p, box, d, err);
    ideal_free(box);
    return st;
}

static size_t count_trues(const plain *x)
{
    size_t trues = 0;
    for (size_t k = 0; k < x->len; k++) {
        cr_assert(x->v[k] == 0 || x->v[k] == 1);
        trues += x->v[k] == 1;
    }
    return trues;
}

/* The number of the order that the three rows of table t are in. */
static size_t order_of(const num *x, size_t t)
{
    size_t was[ROWS];
    for (size_t r = 0; r < ROWS; r++) {
        const num *row = x + (t * ROWS + r) * WIDTH;
        cr_assert(row[1] == row[0] + 1, "a row fell apart");
        was[r] = (size_t)row[0] / WIDTH - t * ROWS;
        cr_assert_lt(was[r], ROWS, "a row left its table");
        for (size_t i = 0; i < r; i++) cr_assert_neq(was[i], was[r], "a row came twice");
    }
    return was[0] * 2 + (was[1] > was[2]);
}

static void expect_fair(const run_data *d)
{
    size_t seen[6] = {0}, trues = count_trues(&d->output[0][0]);
    double each = TABLES / 6.0, chi = 0, off = (double)trues - BITS / 2.0;

    cr_assert_lt(off * off, 6.5 * 6.5 * BITS / 4, "%zu of %d are true", trues, BITS);
    for (size_t t = 0; t < TABLES; t++) seen[order_of(d->output[1][0].v, t)]++;
    for (size_t k = 0; k < 6; k++)
        chi += ((double)seen[k] - each) * ((double)seen[k] - each) / each;
    cr_assert_lt(chi, 56, "chi-square %f", chi); /* 5 degrees of freedom: 10^-10 */
}

Test(draws, of_the_ideal_box_are_fair)
{
    program *p = good();
    failure err = {0};
    uint64_t seed = 1;
    run_data *d = run_data_new(p), *same = run_data_new(p);

    cr_assert_eq(run(p, d, NULL, NULL, &err), OK, "%s", err.text);
    expect_fair(d);
    cr_assert_eq(run(p, d, draw_the_same, &seed, &err), OK, "%s", err.text);
    expect_fair(d);
    seed = 1;
    cr_assert_eq(run(p, same, draw_the_same, &seed, &err), OK);
    cr_assert_arr_eq(d->output[1][0].v, same->output[1][0].v, ITEMS * sizeof(num));
    run_data_free(same, p);
    run_data_free(d, p);
    program_free(p);
}

Test(draws, from_zeros_are_false_and_keep_the_order)
{
    program *p = good();
    failure err = {0};
    run_data *d = run_data_new(p);

    cr_assert_eq(run(p, d, draw_zeros, NULL, &err), OK, "%s", err.text);
    cr_assert_eq(count_trues(&d->output[0][0]), 0);
    for (size_t k = 0; k < ITEMS; k++) cr_assert_eq((size_t)d->output[1][0].v[k], k);
    run_data_free(d, p);
    program_free(p);
}

Test(draws, that_fail_end_the_run)
{
    program *p = good();
    failure err = {0};
    run_data *d = run_data_new(p);

    cr_assert_eq(run(p, d, draw_nothing, NULL, &err), E_BUG);
    run_data_free(d, p);
    program_free(p);
}
