/* How far `mean`, `variance`, `dot` and `/` are from the real numbers, against MPFR, in units of the last place. */
#include "back.h"

#include <criterion/criterion.h>
#include <mpfr.h>

enum { ITEMS = 13, DRAWS = 60, BITS = 200 };
enum { MEAN, VARIANCE, DOT, QUOTIENT, OUTPUTS };

/* Numbers all over lo … hi, the same in every run of the tests; both ends come up. */
static void draw(uint64_t *state, num *x, num lo, num hi)
{
    for (size_t i = 0; i < ITEMS; i++) {
        *state ^= *state << 13, *state ^= *state >> 7, *state ^= *state << 17;
        const uint64_t which = *state % 16;
        x[i] = which == 0   ? lo
               : which == 1 ? hi
                            : lo + (num)(*state / 16 % (uint64_t)(hi - lo + 1));
    }
}

/* `variance` as programs/std has it. */
static ir_id variance(ir *g, ir_id v)
{
    ir_id apart = ir_binary(g, IR_SUB, v, ir_repeat(g, lower_mean(g, v), ITEMS));
    return lower_mean(g, lower_multiply(g, apart, apart));
}

static back *computed(unsigned f, const num *x, const num *y, num most)
{
    back *b = back_new();
    b->h.precision = f;
    uint32_t alice = back_party(b, 0);
    ir_id v = back_input(b, alice, KIND_FIX, ITEMS, -most, most);
    ir_id w = back_input(b, alice, KIND_FIX, ITEMS, -most, most);
    back_output(b, PARTY_ALL, KIND_FIX, 0, lower_mean(&b->g, v));
    back_output(b, PARTY_ALL, KIND_FIX, 0, variance(&b->g, v));
    back_output(b, PARTY_ALL, KIND_FIX, 0, lower_dot(&b->g, v, w));
    back_output(b, PARTY_ALL, KIND_FIX, ITEMS, lower_divide(&b->g, v, w));
    back_build(b, false);
    back_give(b, 0, 0, x, ITEMS);
    back_give(b, 1, 0, y, ITEMS);
    back_run(b);
    return b;
}

static void set(mpfr_t out, num raw, unsigned f)
{
    mpfr_set_si_2exp(out, (long)raw, -(mpfr_exp_t)f, MPFR_RNDN);
}

/* got - real in ulp. */
static double off(num got, mpfr_t real, unsigned f)
{
    mpfr_t d;
    mpfr_init2(d, BITS);
    set(d, got, f);
    mpfr_sub(d, d, real, MPFR_RNDN);
    mpfr_mul_2ui(d, d, f, MPFR_RNDN);
    double r = mpfr_get_d(d, MPFR_RNDN);
    mpfr_clear(d);
    return r;
}

/* The error of each result; of the quotients the one that is furthest off. */
static void errors(const back *b, unsigned f, const num *x, const num *y, double *error)
{
    mpfr_t sum, part, other;
    mpfr_inits2(BITS, sum, part, other, (mpfr_ptr)0);

    mpfr_set_zero(sum, 1);
    for (size_t i = 0; i < ITEMS; i++) set(part, x[i], f), mpfr_add(sum, sum, part, MPFR_RNDN);
    mpfr_div_ui(sum, sum, ITEMS, MPFR_RNDN);
    error[MEAN] = off(back_result(b, MEAN)[0], sum, f);

    mpfr_set(other, sum, MPFR_RNDN);
    mpfr_set_zero(sum, 1);
    for (size_t i = 0; i < ITEMS; i++) {
        set(part, x[i], f);
        mpfr_sub(part, part, other, MPFR_RNDN);
        mpfr_fma(sum, part, part, sum, MPFR_RNDN);
    }
    mpfr_div_ui(sum, sum, ITEMS, MPFR_RNDN);
    error[VARIANCE] = off(back_result(b, VARIANCE)[0], sum, f);

    mpfr_set_zero(sum, 1);
    error[QUOTIENT] = 0;
    for (size_t i = 0; i < ITEMS; i++) {
        set(part, x[i], f), set(other, y[i], f);
        mpfr_fma(sum, part, other, sum, MPFR_RNDN);
        mpfr_div(part, part, other, MPFR_RNDN);
        if (y[i] == 0) mpfr_set_zero(part, 1);
        double e = off(back_result(b, QUOTIENT)[i], part, f);
        if (e * e > error[QUOTIENT] * error[QUOTIENT]) error[QUOTIENT] = e;
    }
    error[DOT] = off(back_result(b, DOT)[0], sum, f);
    mpfr_clears(sum, part, other, (mpfr_ptr)0);
}

static void holds_at(unsigned f, num most)
{
    static const double below[OUTPUTS] = {-1, -2, -1, -2}, above[OUTPUTS] = {0, 2, 0, 2};
    static const char *const name[OUTPUTS] = {"mean", "variance", "dot", "/"};
    double least[OUTPUTS] = {0}, greatest[OUTPUTS] = {0};
    uint64_t state = 88172645463325252u;
    for (unsigned k = 0; k < DRAWS; k++) {
        num x[ITEMS], y[ITEMS];
        double e[OUTPUTS];
        draw(&state, x, -most, most);
        draw(&state, y, k % 2 ? -most : -3, k % 2 ? most : 3);
        back *b = computed(f, x, y, most);
        errors(b, f, x, y, e);
        back_free(b);
        for (unsigned o = 0; o < OUTPUTS; o++) {
            cr_expect(below[o] < e[o] && e[o] <= above[o], "%s at %u bits is %.4g ulp off", name[o],
                      f, e[o]);
            if (e[o] < least[o]) least[o] = e[o];
            if (e[o] > greatest[o]) greatest[o] = e[o];
        }
    }
    for (unsigned o = 0; o < OUTPUTS; o++)
        cr_log_info("%s at %u bits: %.4f to %.4f ulp", name[o], f, least[o], greatest[o]);
}

Test(exact, words_of_many_numbers_hold_their_bounds)
{
    static const unsigned precision[] = {8, 16, 20, 24};
    for (size_t k = 0; k < sizeof precision / sizeof *precision; k++) {
        holds_at(precision[k], (num)100 << precision[k]);
        holds_at(precision[k], ((num)1 << precision[k]) - 1);
    }
}
