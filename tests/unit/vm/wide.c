/* Integers beyond 128 bits and their items in the clear, against libgmp's, on edges and random values. */
#include "vm/wide.h"
#include "vm/limbs.h"
#include "vm/prime.h"

#include <criterion/criterion.h>
#include <gmp.h>
#include <string.h>

enum { EDGES = 16, VALUES = 90, WORDS = WIDE_LIMBS };

static uint64_t next(uint64_t *state)
{
    *state ^= *state << 13, *state ^= *state >> 7, *state ^= *state << 17;
    return *state;
}

/* 0, plus and minus 1, around 2^126 and 2^1023, then random ones of every size. */
static void value_at(mpz_t z, unsigned i)
{
    static const unsigned power[] = {0, 62, 63, 64, 125, 126, 127, 1022};
    uint64_t state = 77 + i;
    mpz_set_ui(z, 0);
    if (i == 0) return;
    if (i < EDGES) {
        mpz_setbit(z, power[i / 2]);
        if (i % 4 == 1) mpz_sub_ui(z, z, 1);
    } else {
        for (int k = 0; k < 16; k++) {
            mpz_mul_2exp(z, z, 64);
            mpz_add_ui(z, z, next(&state));
        }
        mpz_tdiv_q_2exp(z, z, 1 + next(&state) % 1000);
    }
    if (i % 2) mpz_neg(z, z);
}

static wide of_gmp(arena *mem, const mpz_t z)
{
    char *text = mpz_get_str(malloc(mpz_sizeinbase(z, 10) + 2), 10, z);
    wide w = wide_of(0);
    bool read = wide_parse(mem, text, strlen(text), &w);
    cr_assert(read || mpz_sizeinbase(z, 2) > WIDE_BITS, "%s", text);
    if (!read) w = wide_outgrown(mpz_sgn(z) < 0);
    free(text);
    return w;
}

static void expect(const char *what, wide got, const mpz_t want, arena *mem)
{
    char text[WIDE_TEXT];
    cr_expect(wide_equal(got, of_gmp(mem, want)), "%s gives %s", what, wide_print(got, text));
}

static void floor_quotient(mpz_t q, const mpz_t a, const mpz_t b)
{
    if (mpz_sgn(b))
        mpz_fdiv_q(q, a, b);
    else
        mpz_set_ui(q, 0);
}

static void floor_rest(mpz_t r, const mpz_t a, const mpz_t b)
{
    if (mpz_sgn(b))
        mpz_fdiv_r(r, a, b);
    else
        mpz_set_ui(r, 0);
}

static void check_pair(arena *mem, const mpz_t a, const mpz_t b)
{
    mpz_t z;
    mpz_init(z);
    const wide x = of_gmp(mem, a), y = of_gmp(mem, b);
    mpz_add(z, a, b), expect("+", wide_add(mem, x, y), z, mem);
    mpz_sub(z, a, b), expect("-", wide_sub(mem, x, y), z, mem);
    mpz_mul(z, a, b), expect("*", wide_mul(mem, x, y), z, mem);
    floor_quotient(z, a, b), expect("div", wide_floor_div(mem, x, y), z, mem);
    floor_rest(z, a, b), expect("mod", wide_floor_mod(mem, x, y), z, mem);
    int way = mpz_cmp(a, b);
    cr_expect_eq(wide_compare(x, y), (way > 0) - (way < 0));
    mpz_clear(z);
}

Test(wide, is_exact_or_outgrown_as_libgmp_says)
{
    jmp_buf oom;
    arena mem = {.oom = &oom};
    mpz_t a, b;
    cr_assert_eq(setjmp(oom), 0);
    mpz_inits(a, b, NULL);
    for (unsigned i = 0; i < VALUES; i++) {
        value_at(a, i);
        cr_expect_eq(wide_bits(of_gmp(&mem, a)), mpz_sgn(a) ? mpz_sizeinbase(a, 2) : 0);
        cr_expect_float_eq(wide_double(of_gmp(&mem, a)) / (mpz_sgn(a) ? mpz_get_d(a) : 1),
                           mpz_sgn(a) != 0, 1e-12);
        for (unsigned f = 0; f < 1100; f += 37) {
            mpz_fdiv_q_2exp(b, a, f);
            expect("shift", wide_shift_floor(&mem, of_gmp(&mem, a), f), b, &mem);
        }
        for (unsigned j = 0; j < VALUES; j++) value_at(b, j), check_pair(&mem, a, b);
    }
    mpz_clears(a, b, NULL);
    arena_free(&mem);
}

Test(wide, words_and_decimals_give_a_number_back)
{
    jmp_buf oom;
    arena mem = {.oom = &oom};
    mpz_t a;
    cr_assert_eq(setjmp(oom), 0);
    mpz_init(a);
    for (unsigned i = 0; i < VALUES; i++) {
        uint64_t word[WORDS], other[WORDS];
        char text[WIDE_TEXT], fix[WIDE_TEXT];
        wide read;
        value_at(a, i);
        const wide x = of_gmp(&mem, a);
        wide_put(word, WORDS, x);
        cr_expect(wide_equal(wide_get(&mem, word, WORDS), x));
        cr_expect(wide_equal(wide_get(&mem, word, wide_limbs(x)), x), "in the fewest words");
        wide_print(x, text);
        cr_expect(wide_parse_words(text, strlen(text), false, 0, other));
        cr_expect_arr_eq(word, other, sizeof word);
        cr_expect_str_eq(wide_print_words(word, WORDS, 0, fix), text);
        wide_print_fix(x, 20, fix);
        cr_expect(wide_parse_fix(&mem, fix, strlen(fix), 20, &read) && wide_equal(read, x), "%s",
                  fix);
        cr_expect_str_eq(wide_print_words(word, WORDS, 20, text), fix);
    }
    mpz_clear(a);
    arena_free(&mem);
}

Test(wide, larger_numbers_than_1023_bits_are_outgrown)
{
    jmp_buf oom;
    arena mem = {.oom = &oom};
    cr_assert_eq(setjmp(oom), 0);
    const wide most = wide_power_of_two(&mem, WIDE_BITS - 1), one = wide_of(1);
    wide read;
    char text[WIDE_TEXT];
    cr_expect(wide_fits(wide_add(&mem, wide_sub(&mem, most, one), most)));
    cr_expect(!wide_fits(wide_add(&mem, most, most)));
    cr_expect(!wide_fits(wide_power_of_two(&mem, WIDE_BITS)));
    cr_expect(wide_less(most, wide_outgrown(false)) && wide_less(wide_outgrown(true), most));
    cr_expect(!wide_fits(wide_sub(&mem, wide_outgrown(false), wide_outgrown(false))));
    cr_expect_eq(wide_sign(wide_mul(&mem, wide_outgrown(true), wide_of(0))), 0);
    memset(text, '9', 320);
    cr_expect(!wide_parse(&mem, text, 320, &read));
    arena_free(&mem);
}

/* --- items of words */

static void limbs_of(uint64_t *out, const mpz_t z, unsigned words)
{
    mpz_t m;
    mpz_init(m);
    mpz_fdiv_r_2exp(m, z, 64 * words);
    memset(out, 0, words * sizeof *out);
    mpz_export(out, NULL, -1, sizeof *out, 0, 0, m);
    mpz_clear(m);
}

static bool holds(const mpz_t z, unsigned words)
{
    mpz_t m;
    mpz_init_set(m, z);
    if (mpz_sgn(m) < 0) mpz_com(m, m);
    bool fits = mpz_sizeinbase(m, 2) < 64 * words;
    mpz_clear(m);
    return fits;
}

static void expect_words(bool fits, const uint64_t *got, const mpz_t want, unsigned words)
{
    uint64_t wanted[WORDS];
    limbs_of(wanted, want, words);
    cr_expect_eq(fits, holds(want, words));
    if (fits) cr_expect_arr_eq(got, wanted, words * sizeof *got);
}

static void check_words(const mpz_t a, const mpz_t b, unsigned words)
{
    uint64_t x[WORDS], y[WORDS], r[WORDS];
    mpz_t z;
    mpz_init(z);
    limbs_of(x, a, words), limbs_of(y, b, words);
    mpz_add(z, a, b), expect_words(limbs_add(r, x, y, words), r, z, words);
    mpz_sub(z, a, b), expect_words(limbs_sub(r, x, y, words), r, z, words);
    mpz_mul(z, a, b), expect_words(limbs_mul(r, x, y, words), r, z, words);
    floor_quotient(z, a, b), limbs_floor_div(r, x, y, words), expect_words(true, r, z, words);
    floor_rest(z, a, b), limbs_floor_mod(r, x, y, words), expect_words(true, r, z, words);
    int way = mpz_cmp(a, b), found = limbs_compare(x, y, words);
    cr_expect_eq((found > 0) - (found < 0), (way > 0) - (way < 0));
    mpz_fdiv_q_2exp(z, a, 70), limbs_shift_floor(r, x, 70, words), expect_words(true, r, z, words);
    mpz_clear(z);
}

Test(limbs, compute_as_libgmp_does)
{
    mpz_t a, b;
    mpz_inits(a, b, NULL);
    for (unsigned words = 2; words <= WORDS; words += 7)
        for (unsigned i = 0; i < VALUES; i++)
            for (unsigned j = 0; j < VALUES; j++) {
                value_at(a, i), value_at(b, j);
                if (holds(a, words) && holds(b, words)) check_words(a, b, words);
            }
    mpz_clears(a, b, NULL);
}

Test(prime, chosen_ones_are_the_largest_of_their_kind_and_others_are_read)
{
    uint64_t prime[PRIME_LIMBS];
    char text[PRIME_TEXT];
    for (unsigned bits = 192; bits <= PRIME_BITS; bits += PRIME_STEP) {
        cr_expect_eq(prime_chosen(bits - PRIME_STEP + 1, prime), bits);
        cr_expect_eq(prime_bits(prime, PRIME_LIMBS), bits);
        cr_expect(prime_is(prime, prime_limbs(bits)), "%u bits", bits);
        cr_expect_eq(prime[0] % 4, 3);
        cr_expect_eq(prime_parse(prime_print(prime, prime_limbs(bits), text), prime), bits);
    }
    cr_expect_eq(prime_chosen(PRIME_BITS + 1, prime), 0);
    cr_expect_eq(prime_parse("561", prime), 10);
    cr_expect(!prime_is(prime, 1), "a Carmichael number");
    cr_expect_eq(prime_parse("-7", prime), 0);
    cr_expect_eq(prime_parse("", prime), 0);
}
