/* How far fix is from the real numbers, against MPFR, in units of the last place: the table of docs/language.md,
 * "How exact fix is". A dense grid and the edges, at every precision that is tried. */
#include "back.h"

#include <criterion/criterion.h>
#include <mpfr.h>

#include "compiler/lower.h"

enum { POINTS = 3000, BITS = 160 };

typedef int real_function(mpfr_t out, const mpfr_t x, mpfr_rnd_t round);

typedef struct claim {
    const char *name;
    ir_id (*lower)(ir *g, ir_id a);
    real_function *real;
    double from, to, bound; /* the domain; the greatest error in ulp */
} claim;

static int sigmoid(mpfr_t out, const mpfr_t x, mpfr_rnd_t round)
{
    mpfr_neg(out, x, round);
    mpfr_exp(out, out, round);
    mpfr_add_ui(out, out, 1, round);
    return mpfr_ui_div(out, 1, out, round);
}

static int root(mpfr_t out, const mpfr_t x, mpfr_rnd_t round)
{
    if (mpfr_sgn(x) > 0) return mpfr_sqrt(out, x, round);
    return mpfr_set_zero(out, 1), 0;
}

static int logarithm(mpfr_t out, const mpfr_t x, mpfr_rnd_t round)
{
    if (mpfr_sgn(x) > 0) return mpfr_log(out, x, round);
    return mpfr_set_zero(out, 1), 0;
}

static const claim claims[] = {
    {"exp", lower_exp, mpfr_exp, -40, 8, 1},
    {"exp", lower_exp, mpfr_exp, -3, 0, 1},
    {"exp", lower_exp, mpfr_exp, 2, 2.5, 1},
    {"ln", lower_ln, logarithm, -2, 1000, 1},
    {"ln", lower_ln, logarithm, 0.5, 2, 1},
    {"ln", lower_ln, logarithm, 0, 0.125, 1},
    {"sigmoid", lower_sigmoid, sigmoid, -5, 5, 1},
    {"sigmoid", lower_sigmoid, sigmoid, -100, 100, 1},
    {"sigmoid", lower_sigmoid, sigmoid, 3, 4, 1},
    {"tanh", lower_tanh, mpfr_tanh, -5, 5, 1},
    {"tanh", lower_tanh, mpfr_tanh, -100, 100, 1},
    {"tanh", lower_tanh, mpfr_tanh, -0.25, 0, 1},
    {"sqrt", lower_sqrt, root, -2, 1000, 2},
    {"sqrt", lower_sqrt, root, 0, 0.125, 2},
};

static double error_of(const claim *c, num x, num got, unsigned f)
{
    mpfr_t real;
    mpfr_init2(real, BITS);
    mpfr_set_si_2exp(real, (long)x, -(mpfr_exp_t)f, MPFR_RNDN);
    c->real(real, real, MPFR_RNDN);
    mpfr_mul_2ui(real, real, f, MPFR_RNDN);
    mpfr_sub_si(real, real, (long)got, MPFR_RNDN);
    double off = mpfr_get_d(real, MPFR_RNDA);
    mpfr_clear(real);
    return off < 0 ? -off : off;
}

/* Both ends, what lies beside them and beside 0, and a grid between. */
static size_t grid(num lo, num hi, num *x)
{
    size_t n = 0;
    for (num k = 0; k < 20 && lo + k <= hi; k++) x[n++] = lo + k, x[n++] = hi - k;
    for (num k = -20; k <= 20; k++)
        if (k >= lo && k <= hi) x[n++] = k;
    for (num k = 0; n < POINTS; k++) x[n++] = lo + (hi - lo) * k / POINTS;
    return n;
}

static double greatest_error(const claim *c, unsigned f)
{
    static num x[POINTS];
    const num lo = (num)(c->from * (double)(1L << f)), hi = (num)(c->to * (double)(1L << f));
    back *b = back_new();
    b->h.precision = f;
    uint32_t alice = back_party(b, 0);
    const size_t n = grid(lo, hi, x);
    ir_id v = back_input(b, alice, KIND_FIX, (int64_t)n, lo, hi);
    back_output(b, PARTY_ALL, KIND_FIX, (int64_t)n, c->lower(&b->g, v));
    back_build(b, false);
    back_give(b, 0, 0, x, n);
    back_run(b);
    const num *got = back_result(b, 0);
    double most = 0;
    for (size_t i = 0; i < n; i++) {
        double off = error_of(c, x[i], got[i], f);
        cr_expect_lt(off, c->bound, "%s of %.12g at %u bits is %.3g ulp off", c->name,
                     (double)x[i] / (double)(1L << f), f, off);
        if (off > most) most = off;
    }
    back_free(b);
    return most;
}

static void holds_at(unsigned f)
{
    for (size_t k = 0; k < sizeof claims / sizeof *claims; k++) {
        double most = greatest_error(&claims[k], f);
        cr_log_info("%s %g..%g at %u bits: %.4f ulp", claims[k].name, claims[k].from, claims[k].to,
                    f, most);
    }
}

Test(exact, exp_holds_its_bound_up_to_its_largest_argument)
{
    for (unsigned f = 1; f <= 40; f++) {
        back *b = back_new();
        b->h.precision = f;
        const double most = (double)lower_exp_most(&b->g);
        back_free(b);
        claim top = {"exp", lower_exp, mpfr_exp, most / 2, most - 1.0 / (double)(1L << f), 1};
        greatest_error(&top, f);
    }
}

Test(exact, ln_sigmoid_and_tanh_hold_their_bounds_from_1_to_40_bits)
{
    for (unsigned f = 1; f <= 40; f += 3)
        for (size_t k = 0; k < sizeof claims / sizeof *claims; k++)
            if (claims[k].bound <= 1 && claims[k].lower != lower_exp) greatest_error(&claims[k], f);
}

Test(exact, functions_hold_their_bounds_at_8_bits)
{
    holds_at(8);
}

Test(exact, functions_hold_their_bounds_at_16_bits)
{
    holds_at(16);
}

Test(exact, functions_hold_their_bounds_at_20_bits)
{
    holds_at(20);
}

Test(exact, functions_hold_their_bounds_at_24_bits)
{
    holds_at(24);
}

Test(exact, functions_hold_their_bounds_at_30_bits)
{
    holds_at(30);
}
