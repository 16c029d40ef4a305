/* What the leakage report says of outputs in which something drawn stands. */
#include "compiler/compile.h"

#include <criterion/criterion.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char header[] =
    "party a\nparty b[4]\ninput x from b : int 0..100\ninput y from a : int[4] 0..100\n"
    "input f from a : fix\noutput o to all : fix\noutput p to all : fix\n"
    "output v to all : int[4]\noutput w to all : int[4]\n";

/* Compiles header and body; every output that the body does not reveal is 0. */
static void compiled(const char *body, report *rep)
{
    static const char *const filling[] = {"0 reveal o", "0 reveal p", "4 zeros reveal v",
                                          "4 zeros reveal w"};
    buffer text = {0};
    program *p;
    failure err = {0};
    buffer_printf(&text, "%s%s\n", header, body);
    for (size_t k = 0; k < 4; k++)
        if (!strstr(body, filling[k] + strlen(filling[k]) - 8))
            buffer_printf(&text, "%s\n", filling[k]);
    compile_request req = {.file = "noised.moot", .source = {text.data, text.len}};
    cr_assert_eq(compile(&req, &p, rep, &err), OK, "%s\n%s", err.text, body);
    program_free(p);
    buffer_free(&text);
}

static void expect_class(const char *body, const char *what)
{
    report rep;
    compiled(body, &rep);
    cr_assert_str_eq(rep.learn[0].what, what, "%s\n  is %s", body, rep.learn[0].what);
    report_free(&rep);
}

Test(noised, outputs_say_which_noise_hides_their_data)
{
    static const char *const cases[][2] = {
        {"x sum 1 0.5 laplace + reveal o", "a count or sum of x, noised (epsilon 0.5)"},
        {"1 0.5 laplace x sum - reveal o", "a count or sum of x, noised (epsilon 0.5)"},
        {"x 50 > count 1 0.25 laplace + reveal o", "a count of x, noised (epsilon 0.25)"},
        {"x sum 2 gaussian + reveal o", "a count or sum of x, noised (sigma 2)"},
        {"x sum 100 0.5 0.001 gaussian-for + reveal o",
         "a count or sum of x, noised (epsilon 0.5, delta 0.001)"},
        {"y sum -> s 4 zeros [ drop s 1 0.5 0.001 gaussian-for + ] map [ floor ] map reveal v",
         "a count or sum of y, noised (epsilon 2, delta 0.004002)"},
        {"x sum 1 0.5 0.001 gaussian-for + f 2 gaussian + + reveal o",
         "a count or sum of x and f, noised (epsilon 0.5, delta 0.001, sigma 2)"},
        {"f 3 0.1 laplace + reveal o", "a count or sum of f, noised (epsilon 0.1)"},
        {"x sum 1 0.5 laplace + 0 max reveal o", "a function of x, noised (epsilon 0.5)"},
        {"y [ 1 0.5 laplace + ] map reveal v", "a count or sum of y, noised (epsilon 0.5)"},
        /* one draw for all items hides no difference between them */
        {"y 1 0.5 laplace + reveal v", "a count or sum of y"},
        /* four draws for one number */
        {"y sum -> s 4 zeros [ drop s 1 0.5 laplace + ] map reveal v",
         "a count or sum of y, noised (epsilon 2)"},
        {"x sum 1 0.5 laplace + f 2 gaussian + + reveal o",
         "a count or sum of x and f, noised (epsilon 0.5, sigma 2)"},
        {"x sum 1 0.5 laplace + f + reveal o", "a count or sum of x and f"},
        {"x sum 1 0.5 laplace + x sum + reveal o", "a count or sum of x"},
        {"1 0.5 laplace reveal o", "drawn at random, from nobody's data"},
        {"coin reveal o", "drawn at random, from nobody's data"},
        {"4 iota shuffle reveal v", "drawn at random, from nobody's data"},
        {"4 iota reveal v", "nothing that was not known before"},
        {"y shuffle reveal v", "the numbers in y, in no order"},
    };
    for (size_t k = 0; k < sizeof cases / sizeof *cases; k++)
        expect_class(cases[k][0], cases[k][1]);
}

/* For rho = 1 / (2 sigma^2), what a change of 1 is hidden by: epsilon is at least rho + 2 sqrt(rho ln(1 / delta)), and noise is not
 * wasted either. */
static void expect_wide_enough(const char *text, double epsilon, double delta)
{
    report rep;
    compiled(text, &rep);
    cr_assert_eq(rep.noises, 1);
    const double sigma = strtod(rep.noise[0].sigma, NULL), rho = 1 / (2 * sigma * sigma);
    const double spent = rho + 2 * sqrt(rho * log(1 / delta));
    cr_expect_leq(spent, epsilon, "%s: %g of %g", text, spent, epsilon);
    cr_expect_geq(spent, 0.9999 * epsilon, "%s: %g of %g", text, spent, epsilon);
    report_free(&rep);
}

Test(noised, gaussian_noise_is_as_wide_as_its_budget_asks)
{
    static const double units = 1 << 20; /* numbers in a program are multiples of 2^-20 */
    static const struct {
        const char *epsilon, *delta;
    } asked[] = {
        {"0.01", "0.00001"}, {"0.5", "0.001"}, {"1", "0.00001"}, {"8", "0.000001"}, {"20", "0.5"}};
    for (size_t k = 0; k < sizeof asked / sizeof *asked; k++) {
        char text[80];
        snprintf(text, sizeof text, "x sum 1 %s %s gaussian-for + reveal o", asked[k].epsilon,
                 asked[k].delta);
        expect_wide_enough(text, round(strtod(asked[k].epsilon, NULL) * units) / units,
                           round(strtod(asked[k].delta, NULL) * units) / units);
    }
}

Test(noised, budgets_tell_whom_noise_hides_and_add_up_by_input)
{
    report rep;
    compiled("x sum dup 100 1 laplace + reveal o 50 0.5 0.001 gaussian-for + reveal p f drop", &rep);
    cr_assert_eq(rep.noises, 2);
    cr_expect_str_eq(rep.noise[0].distribution, "laplace");
    cr_expect_str_eq(rep.noise[0].sensitivity, "100");
    cr_expect_null(rep.noise[0].delta);
    cr_expect_str_eq(rep.noise[1].distribution, "gaussian");
    cr_expect_str_eq(rep.noise[1].sensitivity, "50");
    cr_assert_eq(rep.spents, 1, "y and f are not told");
    cr_expect_str_eq(rep.spent[0].epsilon, "1.5");
    cr_expect_str_eq(rep.spent[0].delta, "0.001");
    report_free(&rep);
}

static size_t warnings(const char *body, const char *code)
{
    report rep;
    size_t n = 0;
    compiled(body, &rep);
    for (size_t k = 0; k < rep.findings; k++) n += !strcmp(rep.finding[k].code, code);
    report_free(&rep);
    return n;
}

Test(noised, noise_drawn_again_for_the_same_data_is_worth_a_warning)
{
    cr_assert_eq(warnings("x sum 1 1 laplace + reveal o x sum 1 1 laplace + reveal p", "L03"), 1);
    cr_assert_eq(warnings("x sum dup 1 1 laplace + reveal o 2 gaussian + reveal p", "L03"), 1);
    cr_assert_eq(warnings("x sum 1 1 laplace + dup reveal o reveal p", "L03"), 0);
    cr_assert_eq(warnings("x sum 1 1 laplace + reveal o y sum 1 1 laplace + reveal p", "L03"), 0);
    cr_assert_eq(warnings("x sum 1 1 laplace + reveal o x sum reveal p", "L03"), 0);
}

Test(noised, what_several_outputs_spend_on_one_input_is_told)
{
    cr_assert_eq(warnings("x sum 1 1 laplace + reveal o x maximum 9 1 laplace + reveal p", "L04"), 1);
    cr_assert_eq(warnings("x sum 1 1 laplace + reveal o y sum 1 1 laplace + reveal p", "L04"), 0);
    cr_assert_eq(warnings("x sum 1 1 laplace + reveal o x maximum reveal p", "L04"), 0);
    cr_assert_eq(warnings("x sum 1 1 laplace + dup reveal o 2 * reveal p", "L04"), 0);
}

Test(noised, small_sums_and_copies_are_no_worry_under_noise)
{
    cr_assert_eq(warnings("y shuffle reveal v", "L01"), 0);
    cr_assert_eq(warnings("y reveal v", "L01"), 1);
}

Test(noised, what_can_be_undone_gives_the_input_away)
{
    static const char *const undone[] = {"y 3 * 1 - reveal v", "7 y - reverse reveal v",
                                         "y sums reveal v", "y 2 * y 0 * drop reveal v"};
    static const char *const lost[] = {
        "y sq reveal v",          "y y sq + reveal v",        "y 0 * reveal v",  "y x + reveal v",
        "y 0 at 4 fill reveal v", "y 1 1 laplace + reveal v", "y 2 div reveal v"};
    for (size_t k = 0; k < sizeof undone / sizeof *undone; k++)
        cr_expect_eq(warnings(undone[k], "L01"), 1, "%s", undone[k]);
    for (size_t k = 0; k < sizeof lost / sizeof *lost; k++)
        cr_expect_eq(warnings(lost[k], "L01"), 0, "%s", lost[k]);
}
