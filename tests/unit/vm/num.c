/* 128-bit integers against libgmp, on edges and random values, and decimals against their definition. */
#include "vm/num.h"

#include <criterion/criterion.h>
#include <gmp.h>
#include <stdio.h>
#include <string.h>

/* --- values: edges first, then pseudo-random ones of every size */

enum { EDGES = 14, VALUES = 120 };

static uint64_t next(uint64_t *state)
{
    *state = *state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return *state >> 7;
}

static num value_at(unsigned i)
{
    const num edge[EDGES] = {0,
                             1,
                             -1,
                             2,
                             -2,
                             NUM_MAX,
                             -NUM_MAX,
                             NUM_MAX - 1,
                             -NUM_MAX + 1,
                             (num)1 << 63,
                             -((num)1 << 63),
                             ((num)1 << 63) - 1,
                             (num)1 << 64,
                             1000000};
    if (i < EDGES) return edge[i];
    uint64_t state = i;
    unum v = 0;
    for (int k = 0; k < 3; k++) v = v << 57 | next(&state);
    num x = (num)((v & (unum)NUM_MAX) >> (next(&state) % 126));
    return next(&state) & 1 ? -x : x;
}

static void to_gmp(mpz_t z, num a)
{
    char text[48];
    mpz_set_str(z, num_print(a, text), 10);
}

/* The expected value, saturated as num.h says. */
static num from_gmp(const mpz_t z)
{
    mpz_t most;
    mpz_init(most);
    mpz_ui_pow_ui(most, 2, 126);
    num r = NUM_MAX + 1;
    if (mpz_cmpabs(z, most) < 0) {
        mpz_t high, low;
        mpz_inits(high, low, NULL);
        mpz_fdiv_q_2exp(high, z, 64);
        mpz_fdiv_r_2exp(low, z, 64);
        r = ((num)mpz_get_si(high) * ((num)1 << 32) * ((num)1 << 32)) + (num)mpz_get_ui(low);
        mpz_clears(high, low, NULL);
    } else if (mpz_sgn(z) < 0) {
        r = -r;
    }
    mpz_clear(most);
    return r;
}

typedef void gmp_op(mpz_t, const mpz_t, const mpz_t);

static void check_pairs(const char *name, num (*ours)(num, num), gmp_op *theirs, bool divides)
{
    mpz_t a, b, r;
    mpz_inits(a, b, r, NULL);
    for (unsigned i = 0; i < VALUES; i++) {
        for (unsigned k = 0; k < VALUES; k++) {
            num x = value_at(i), y = value_at(k);
            if (divides && y == 0) continue;
            to_gmp(a, x);
            to_gmp(b, y);
            theirs(r, a, b);
            cr_assert(ours(x, y) == from_gmp(r), "%s of values %u and %u", name, i, k);
        }
    }
    mpz_clears(a, b, r, NULL);
}

Test(num, add_sub_mul_agree_with_gmp_and_saturate)
{
    check_pairs("add", num_add, mpz_add, false);
    check_pairs("sub", num_sub, mpz_sub, false);
    check_pairs("mul", num_mul, mpz_mul, false);
}

Test(num, floor_division_agrees_with_gmp)
{
    check_pairs("div", num_floor_div, mpz_fdiv_q, true);
    check_pairs("mod", num_floor_mod, mpz_fdiv_r, true);
    cr_expect(num_floor_div(7, 0) == 0);
    cr_expect(num_floor_mod(7, 0) == 0);
}

Test(num, saturated_values_do_not_fit)
{
    cr_expect(num_fits(NUM_MAX) && num_fits(-NUM_MAX));
    cr_expect(!num_fits(num_add(NUM_MAX, 1)) && !num_fits(num_mul(NUM_MAX, -2)));
    cr_expect(!num_fits(num_add(num_add(NUM_MAX, NUM_MAX), NUM_MAX)), "stays beyond");
}

Test(num, shift_floor_is_division_by_a_power_of_two)
{
    for (unsigned i = 0; i < VALUES; i++)
        for (unsigned f = 0; f < 126; f++)
            cr_assert(num_shift_floor(value_at(i), f) == num_floor_div(value_at(i), (num)1 << f));
    cr_expect(num_shift_floor(-1, 200) == -1);
}

Test(num, bits_counts_the_magnitude)
{
    for (unsigned f = 0; f < 126; f++) {
        cr_expect_eq(num_bits((num)1 << f), f + 1);
        cr_expect_eq(num_bits(-((num)1 << f)), f + 1);
    }
    cr_expect_eq(num_bits(0), 0);
}

Test(num, prints_and_parses_the_same_integer)
{
    char text[48];
    for (unsigned i = 0; i < VALUES; i++) {
        num back;
        num_print(value_at(i), text);
        cr_assert(num_parse(text, strlen(text), &back) && back == value_at(i), "%s", text);
    }
}

Test(num, parse_accepts_only_integers)
{
    static const struct {
        const char *text;
        bool ok;
        int64_t value;
    } table[] = {
        {"0", true, 0},
        {"-0", true, 0},
        {"1_000_000", true, 1000000},
        {"007", true, 7},
        {"-12", true, -12},
        {"", false, 0},
        {"-", false, 0},
        {"_1", false, 0},
        {"1_", false, 0},
        {"1__0", false, 0},
        {"+1", false, 0},
        {"1.0", false, 0},
        {"1e3", false, 0},
        {" 1", false, 0},
        {"0x10", false, 0},
        {"--1", false, 0},
        {"85070591730234615865843651857942052864", false, 0}, /* NUM_MAX + 1 */
    };
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        num v = 0;
        bool ok = num_parse(table[i].text, strlen(table[i].text), &v);
        cr_expect(ok == table[i].ok && (!ok || v == table[i].value), "`%s`", table[i].text);
    }
    num v;
    cr_expect(num_parse("85070591730234615865843651857942052863", 38, &v) && v == NUM_MAX);
}

Test(num, parse_fix_rounds_to_the_nearest)
{
    static const struct {
        const char *text;
        unsigned f;
        bool ok;
        int64_t value;
    } table[] = {
        {"1", 20, true, 1 << 20},
        {"-1.5", 1, true, -3},
        {"0.25", 1, true, 1}, /* half away from zero */
        {"-0.25", 1, true, -1},
        {"0.2499999999999999999999999999999999999999999", 1, true, 0},
        {"0.2500000000000000000000000000000000000000001", 1, true, 1},
        {"12.5e-3", 20, true, 13107},
        {"1e3", 0, true, 1000},
        {"1E+2", 0, true, 100},
        {"0.0015e3", 1, true, 3},
        {"1_000.5", 1, true, 2001},
        {"0e99999999999999999999", 20, true, 0},
        {"1e-99999999999999999999", 20, true, 0},
        {"1e99999999999999999999", 20, false, 0},
        {"1.", 20, false, 0},
        {".5", 20, false, 0},
        {"1e", 20, false, 0},
        {"1e+", 20, false, 0},
        {"", 20, false, 0},
        {"-", 20, false, 0},
        {"1.5.5", 20, false, 0},
        {"nan", 20, false, 0},
        {"1_", 20, false, 0},
        {"1._5", 20, false, 0},
    };
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        num v = 0;
        bool ok = num_parse_fix(table[i].text, strlen(table[i].text), table[i].f, &v);
        cr_expect(ok == table[i].ok && (!ok || v == table[i].value), "`%s` at %u bits: %lld",
                  table[i].text, table[i].f, (long long)v);
    }
}

/* round(digits * 2^f / 10^places), half away from zero, by gmp. */
static num nearest(const char *digits, unsigned places, unsigned f)
{
    mpz_t a, scale;
    mpz_init_set_str(a, digits, 10);
    mpz_init(scale);
    mpz_ui_pow_ui(scale, 10, places);
    mpz_mul_2exp(a, a, f + 1);
    mpz_add(a, a, scale);
    mpz_mul_2exp(scale, scale, 1);
    mpz_fdiv_q(a, a, scale);
    num r = from_gmp(a);
    mpz_clears(a, scale, NULL);
    return r;
}

Test(num, parse_fix_agrees_with_gmp_on_random_decimals)
{
    uint64_t state = 5;
    for (unsigned i = 0; i < 3000; i++) {
        char digits[48], text[64];
        unsigned len = 1 + (unsigned)(next(&state) % 26), places = (unsigned)(next(&state) % len);
        unsigned f = (unsigned)(next(&state) % (PRECISION_MAX + 1));
        for (unsigned k = 0; k < len; k++) digits[k] = (char)('0' + (int)(next(&state) % 10));
        digits[len] = '\0';
        snprintf(text, sizeof text, "%se-%u", digits, places);
        num got, want = nearest(digits, places, f);
        bool ok = num_parse_fix(text, strlen(text), f, &got);
        cr_assert(ok == num_fits(want) && (!ok || got == want), "%s at %u bits", text, f);
    }
}

Test(num, print_fix_is_the_shortest_decimal_that_reads_back)
{
    const unsigned precision[] = {0, 1, 7, 20, 40, PRECISION_MAX};
    for (size_t k = 0; k < sizeof precision / sizeof *precision; k++) {
        for (unsigned i = 0; i < VALUES; i++) {
            char text[80];
            num back;
            size_t len = strlen(num_print_fix(value_at(i), precision[k], text));
            cr_assert(len < sizeof text);
            cr_assert(num_parse_fix(text, len, precision[k], &back) && back == value_at(i), "%s",
                      text);
        }
    }
    char text[80];
    cr_expect_str_eq(num_print_fix(1 << 19, 20, text), "0.5");
    cr_expect_str_eq(num_print_fix(-(3 << 20), 20, text), "-3");
    cr_expect_str_eq(num_print_fix(1, 20, text), "0.000001");
    cr_expect_str_eq(num_print_fix(104858, 20, text), "0.1");
}

Test(num, print_fix_needs_at_most_seven_places_at_twenty_bits)
{
    for (num a = 0; a < 1 << 20; a += 7) {
        char text[80];
        const char *point = strchr(num_print_fix(a, 20, text), '.');
        cr_assert(!point || strlen(point + 1) <= 7, "%s", text);
    }
}

Test(num, choose_makes_every_choice_as_likely)
{
    for (unsigned bits = 1; bits <= 8; bits++) {
        const uint64_t words = (UINT64_C(1) << bits) - 1;
        for (uint64_t count = 1; count <= words; count++) {
            uint64_t seen[256] = {0}, choice;
            for (uint64_t w = 0; w < words; w++)
                if (num_choose(w, bits, count, &choice)) seen[choice]++;
            for (uint64_t k = 0; k < count; k++) cr_assert_eq(seen[k], words / count);
        }
    }
}
