/* What uniform, laplace and gaussian draw on the ideal box: from bytes that are the same in every run, compared with
 * the distributions that docs/language.md names; and what the compiler may not do with a draw. */
#include "compiler/compile.h"
#include "compiler/odds.h"
#include "vm/interp.h"

#include <criterion/criterion.h>
#include <math.h>
#include <mpfr.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* --- compiling and running */

static program *compiled(const char *text)
{
    program *p;
    report rep;
    failure err = {0};
    compile_request req = {.file = "draws.moot", .source = {(const uint8_t *)text, strlen(text)}};
    cr_assert_eq(compile(&req, &p, &rep, &err), OK, "%s\n%s", err.text, text);
    cr_assert_eq(program_verify(p, &err), OK, "%s\n%s", err.text, text);
    report_free(&rep);
    return p;
}

/* xorshift64*, by bytes. */
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

static run_data *run(const program *p, bool (*draw)(void *, uint8_t *, size_t), void *arg)
{
    failure err = {0};
    abb *box = ideal_new(p);
    run_data *d = run_data_new(p);
    ideal_draw_from(box, draw, arg);
    cr_assert_eq(interp_run(p, box, d, &err), OK, "%s", err.text);
    ideal_free(box);
    return d;
}

enum { AT_ONCE = 1000 };

/* n draws by `words`, each a multiple of 2^-20 if a fix; also checks that the field stays small. */
static num *draws(const char *words, const char *as, size_t n)
{
    char text[512];
    uint64_t state = 88172645463325252u;
    num *all = malloc(n * sizeof *all);

    snprintf(text, sizeof text,
             "party a\noutput x to all : %s[%d]\n%d zeros [ drop %s ] map reveal x\n", as, AT_ONCE,
             AT_ONCE, words);
    program *p = compiled(text);
    cr_assert_eq(p->field_bits, 61, "%s", words);
    for (size_t at = 0; at < n; at += AT_ONCE) {
        run_data *d = run(p, draw_the_same, &state);
        memcpy(all + at, d->output[0][0].v, AT_ONCE * sizeof *all);
        run_data_free(d, p);
    }
    program_free(p);
    return all;
}

/* --- statistics */

/* Six and a half standard deviations: Wilson and Hilferty's approximation, above the true quantile. */
static double chi_limit(size_t cells)
{
    double df = (double)cells - 1, root = 1 - 2 / (9 * df) + 6.5 * sqrt(2 / (9 * df));
    return df * root * root * root;
}

/* Cells of which fewer than 10 are expected are one with the next. */
static void expect_distribution(const size_t *seen, const double *odds, size_t cells, size_t n,
                                const char *what)
{
    double chi = 0, wanted = 0, got = 0;
    size_t used = 0;
    for (size_t k = 0; k < cells; k++) {
        wanted += odds[k] * (double)n, got += (double)seen[k];
        if (wanted < 10 && k + 1 < cells) continue;
        if (wanted < 1) {
            cr_assert_lt(got, 12, "%s: %f in a tail of %f", what, got, wanted);
            continue;
        }
        chi += (got - wanted) * (got - wanted) / wanted;
        used++, wanted = got = 0;
    }
    cr_assert_gt(used, 1, "%s: too few cells", what);
    cr_assert_lt(chi, chi_limit(used), "%s: chi-square %f of %zu cells", what, chi, used);
}

/* --- the distributions */

enum { DRAWS = 3000, WIDE = 401 };

static void expect_uniform(uint64_t k)
{
    char words[64];
    enum { CELLS = 50 };
    size_t cells = k < CELLS ? (size_t)k : CELLS, seen[CELLS] = {0};
    double odds[CELLS] = {0};
    snprintf(words, sizeof words, "%llu uniform", (unsigned long long)k);
    num *x = draws(words, "int", DRAWS);
    for (size_t i = 0; i < DRAWS; i++) {
        cr_assert(x[i] >= 0 && x[i] < (num)k, "%s gave %lld", words, (long long)x[i]);
        seen[(size_t)((unum)x[i] * cells / k)]++;
    }
    for (size_t c = 0; c < cells; c++) { /* how many values lie in it */
        uint64_t from = (uint64_t)(((unum)c * k + cells - 1) / cells),
                 to = (uint64_t)(((unum)(c + 1) * k + cells - 1) / cells);
        odds[c] = (double)(to - from) / (double)k;
    }
    if (k > 1) expect_distribution(seen, odds, cells, DRAWS, words);
    free(x);
}

Test(distribution, uniform_is_as_likely_everywhere)
{
    static const uint64_t sizes[] = {1,
                                     2,
                                     3,
                                     6,
                                     7,
                                     10,
                                     16,
                                     49,
                                     100,
                                     1000003,
                                     (UINT64_C(1) << 40) + 12345,
                                     (UINT64_C(1) << 59) - 1};
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) expect_uniform(sizes[i]);
}

static void expect_laplace(const char *words, double q)
{
    size_t seen[WIDE] = {0};
    double odds[WIDE];
    num *x = draws(words, "int", DRAWS);
    for (size_t i = 0; i < DRAWS; i++) {
        num v = x[i] < -200 ? -200 : x[i] > 200 ? 200 : x[i];
        seen[(size_t)(v + 200)]++;
    }
    for (int v = -200; v <= 200; v++)
        odds[v + 200] = abs(v) < 200 ? (1 - q) / (1 + q) * pow(q, abs(v)) : pow(q, 200) / (1 + q);
    expect_distribution(seen, odds, WIDE, DRAWS, words);
    free(x);
}

Test(distribution, laplace_is_two_sided_geometric)
{
    expect_laplace("1 1 laplace", exp(-1));
    expect_laplace("1 0.5 laplace", exp(-0.5));
    expect_laplace("1 8 laplace", exp(-8));
    expect_laplace("100 2.5 laplace", exp(-0.025));
}

/* Of the discrete Gaussian on whole numbers, by sums over the numbers of a cell. */
static void expect_gaussian(const char *words, double sigma, double cell)
{
    size_t seen[WIDE] = {0};
    double odds[WIDE] = {0}, all = 0;
    long reach = (long)(12 * sigma) + 1,
         step = reach / 2000000 + 1; /* a sum over every step-th is as good */
    num *x = draws(words, "fix", DRAWS);
    for (size_t i = 0; i < DRAWS; i++) {
        double at = floor((double)x[i] / cell + 0.5) + WIDE / 2;
        seen[at < 0 ? 0 : at >= WIDE ? WIDE - 1 : (size_t)at]++;
    }
    for (long v = -reach; v <= reach; v += step) {
        double w = exp(-(double)v * (double)v / (2 * sigma * sigma)),
               at = floor((double)v / cell + 0.5) + WIDE / 2;
        all += w;
        if (at >= 0 && at < WIDE) odds[(size_t)at] += w;
    }
    for (size_t c = 0; c < WIDE; c++) odds[c] /= all;
    expect_distribution(seen, odds, WIDE, DRAWS, words);
    free(x);
}

Test(distribution, gaussian_is_normal_on_the_multiples_of_a_unit)
{
    expect_gaussian("0.00000095367431640625 gaussian", 1, 1); /* 2^-20 */
    expect_gaussian("0.0000105 gaussian", 11, 1);
    expect_gaussian("0.00004 gaussian", 42, 3);       /* two samples */
    expect_gaussian("2 gaussian", 2097152, 104857.6); /* eight */
}

/* --- thresholds */

Test(distribution, exponentials_are_right_to_56_bits)
{
    mpfr_t x, e;
    mpfr_inits2(200, x, e, NULL);
    uint64_t state = 1;
    for (int i = 0; i < 5000; i++) {
        state ^= state << 13, state ^= state >> 7, state ^= state << 17;
        uint64_t high = i < 60 ? UINT64_C(1) << (i % 60) : state >> (state % 60);
        unum arg = i < 100 ? (unum)high : (unum)high << (state >> 32) % 15;
        mpfr_set_ui_2exp(x, (unsigned long)(arg >> 64), 64 - EXPONENT_BITS, MPFR_RNDN);
        mpfr_set_ui_2exp(e, (unsigned long)arg, -EXPONENT_BITS, MPFR_RNDN);
        mpfr_add(x, x, e, MPFR_RNDN);
        mpfr_neg(x, x, MPFR_RNDN);
        mpfr_exp(e, x, MPFR_RNDN);
        mpfr_mul_2ui(e, e, ODDS_BITS, MPFR_RNDN);
        mpfr_sub_ui(e, e, (unsigned long)odds_exp(arg), MPFR_RNDN);
        double off = fabs(mpfr_get_d(e, MPFR_RNDN));
        cr_assert_lt(off, 64, "off by %f units of 2^-62", off);
    }
    mpfr_clears(x, e, NULL);
    cr_assert(odds_ratio(3, 2) == (unum)3 << (EXPONENT_BITS - 1));
    cr_assert(odds_ratio(1, 3) == ((unum)1 << EXPONENT_BITS) / 3);
    cr_assert_eq(odds_round(1, 3, 4), 5); /* 5.33 */
    cr_assert_eq(odds_round(2, 3, 4), 11);
    cr_assert_eq(odds_round(5, 0, 4), 0);
}

/* --- what is done with a draw */

static size_t lanes_of(const program *p, opcode op)
{
    size_t lanes = 0;
    for (uint32_t b = 0; b < p->blocks; b++)
        for (uint32_t i = 0; i < p->block[b].len; i++)
            if (p->block[b].code[i].op == op) lanes += p->block[b].code[i].lanes;
    return lanes;
}

static size_t draws_in(const char *body, opcode op)
{
    char text[512];
    snprintf(text, sizeof text,
             "party a party b[3]\ninput x from a : int[4] 0..9\ninput y from b : bool\n"
             "output o to all : int\n%s reveal o\n",
             body);
    program *p = compiled(text);
    size_t n = lanes_of(p, op);
    program_free(p);
    return n;
}

Test(distribution, equal_draws_are_two_draws_and_unused_ones_cost_nothing)
{
    cr_assert_eq(draws_in("coin coin and", OP_RANDOM), 2);
    cr_assert_eq(draws_in("coin dup and", OP_RANDOM), 1);
    cr_assert_eq(draws_in("coin drop x sum", OP_RANDOM), 0);
    cr_assert_eq(draws_in("10 uniform drop 3 [ coin drop ] times x sum", OP_RANDOM), 0);
    cr_assert_eq(draws_in("x shuffle 0 at x shuffle 0 at +", OP_SHUFFLE), 2);
    cr_assert_eq(draws_in("x shuffle drop x sum", OP_SHUFFLE), 0);
    cr_assert_eq(draws_in("0 5 [ coin + ] times", OP_RANDOM), 5);
    cr_assert_eq(draws_in("0 zeros [ drop 6 uniform coin + 1 1 laplace + ] map sum", OP_RANDOM), 0);
    cr_assert_eq(draws_in("true [ coin ] [ coin ] if", OP_RANDOM), 1);
    cr_assert_eq(draws_in("x 0 [ + coin + ] fold", OP_RANDOM), 4);
    cr_assert_eq(draws_in("x [ + coin + ] reduce", OP_RANDOM), 2); /* of two cells, then one */
    cr_assert_eq(draws_in("true 100_000 [ coin xor ] times", OP_RANDOM),
                 2); /* before and in the loop */
}

Test(distribution, an_owner_does_not_draw_alone)
{
    cr_assert_eq(draws_in("x shuffle 0 at", OP_SHARE), 1);
    cr_assert_eq(draws_in("y [ coin xor ] map count", OP_SHARE), 1); /* of y, before the coin */
    cr_assert_eq(draws_in("y [ coin xor ] map count", OP_XOR), 1);
}

static void expect_items(const program *p, run_data *d, uint32_t output, num want)
{
    for (size_t k = 0; k < d->output[output][0].len; k++)
        cr_assert(d->output[output][0].v[k] == want, "output %s is %lld", p->output[output].name,
                  (long long)d->output[output][0].v[k]);
}

Test(distribution, a_loop_draws_in_every_round)
{
    uint64_t state = 5;
    program *p = compiled("party a\noutput o to all : int\n0 10_000 [ coin + ] times reveal o\n");
    cr_assert_gt(p->blocks, 1, "the loop was expanded");
    run_data *d = run(p, draw_the_same, &state);
    num heads = d->output[0][0].v[0];
    cr_assert(heads > 4650 && heads < 5350, "%lld heads", (long long)heads);
    run_data_free(d, p);
    program_free(p);
}

Test(distribution, from_zeros_nothing_is_added)
{
    program *p = compiled("party a\noutput l to all : int[3]\noutput g to all : fix[3]\n"
                          "output u to all : int[3]\noutput c to all : bool[3]\n"
                          "3 zeros [ drop 7 0.1 laplace ] map reveal l\n"
                          "3 zeros [ drop 1.5 gaussian ] map reveal g\n"
                          "3 zeros [ drop 6 uniform ] map reveal u\n"
                          "3 zeros [ drop coin ] map reveal c\n");
    run_data *d = run(p, draw_zeros, NULL);
    for (uint32_t o = 0; o < 4; o++) expect_items(p, d, o, 0);
    run_data_free(d, p);
    program_free(p);
}

Test(distribution, sizes_may_be_letters_and_maps_may_be_nested)
{
    static const char text[] =
        "party a[n]\nparam m\ninput x from a : int[m] 0..9\n"
        "output o to all : fix[n m]\noutput r to all : int[n m]\n"
        "x [ [ 1 0.5 laplace + 2 gaussian + 9 uniform + coin + ] map ] map reveal o\n"
        "x [ shuffle ] map shuffle reveal r\n";
    program *p;
    report rep;
    failure err = {0};
    compile_request req = {
        .file = "draws.moot", .source = {(const uint8_t *)text, strlen(text)}, .symbolic = true};
    cr_assert_eq(compile(&req, &p, &rep, &err), OK, "%s", err.text);
    report_free(&rep);
    setting set[] = {{.name = "n", .value = "2"}, {.name = "m", .value = "3"}};
    req.symbolic = false, req.set = set, req.sets = 2;
    cr_assert_eq(compile(&req, &p, &rep, &err), OK, "%s", err.text);
    cr_assert_eq(program_verify(p, &err), OK, "%s", err.text);
    report_free(&rep);
    program_free(p);
}
