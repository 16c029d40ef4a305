/* Ranges through loops of more rounds than are followed one by one. */
#include "compiler/compile.h"
#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

static const char header[] = "party a\n"
                             "input x from a : int 0..9\n"
                             "input y from a : int -5..7\n"
                             "input f from a : fix 0..1\n"
                             "input v from a : int[4] 0..9\n"
                             "input w from a : int[1_000_000] -5..7\n"
                             "output pub to all : bool\n";

typedef struct grown {
    const char *body, *type, *lo, *hi;
} grown;

/* By hand: what x begins with, and what the rounds can add. */
static const grown cases[] = {
    {"x 268_435_456 [ 1 + ] times", "int", "1", "268435465"},
    {"x 1_000_000 [ 3 - ] times", "int", "-3000000", "6"},
    {"x 1_000_000 [ y + ] times", "int", "-5000000", "7000009"},
    {"x 1_000_000 [ 1 swap - ] times", "int", "-8", "9"},
    {"x 1_000_000 [ -> s s 2 mod 1 = s 1 + s 2 + select ] times", "int", "1", "2000009"},
    {"x 1_000_000 [ -> s pub [ s 1 + ] [ s 2 - ] if ] times", "int", "-2000000", "1000009"},
    {"x 1_000_000 [ 1 + pub ] until", "int", "0", "1000009"},
    {"x 1_000_000 [ f 0 > mask 1 + ] times", "int", "1", "1000009"},
    {"x 1_000_000 [ 1 + 100 min ] times", "int", "1", "100"},
    {"x 100_000 [ 100_000 [ 1 + ] times ] times", "int", "1", "10000000009"},
    {"x 0 1_000_000 [ -> ( p k ) p k + k 1 + ] times drop", "int", "0", "999999000009"},
    {"v 1_000_000 [ 1 + reverse ] times", "int[4]", "1", "1000009"},
    {"v 1_000_000 [ 1 + { y 8 } append 4 take ] times", "int[4]", "-5", "1000009"},
    {"f 1_000_000 [ 0.5 + ] times", "fix", "0.5", "500001"},
    {"w x [ + ] fold", "int", "-5000000", "7000009"},
    {"w x [ max ] fold", "int", "0", "9"},
    {"w x [ - ] fold", "int", "-7000000", "5000009"},
    {"w v [ + ] fold sum", "int", "-20000000", "28000036"},
    {"x 1_000_000 [ w swap at + ] for", "int", "-5000000", "7000009"},
    {"x 1_000_000 [ 2 mod + ] for", "int", "0", "1000008"},
    {"x y 1_000_000 [ 1 + swap ] times +", "int", "-8", "2000016"},
    {"x y 0 1_000_000 [ -> ( p q r ) q r p 2 + ] times + +", "int", "-15", "6000027"},
};

static void expect_range(const grown *g)
{
    char text[2000];
    failure err = {0};
    program *p;
    report rep;
    snprintf(text, sizeof text, "%soutput o to all : %s\nx 5 > reveal pub\n%s reveal o\n", header,
             g->type, g->body);
    const compile_request req = {.file = "ranges.moot",
                                 .source = {(const uint8_t *)text, strlen(text)}};
    cr_assert_eq(compile(&req, &p, &rep, &err), OK, "%s: %s", g->body, err.text);
    for (size_t k = 0; k < rep.ranges; k++) {
        cr_expect(!rep.range[k].assumed, "%s", g->body);
        if (strcmp(rep.range[k].name, "o") != 0) continue;
        cr_expect_str_eq(rep.range[k].lo, g->lo, "%s: from %s", g->body, rep.range[k].lo);
        cr_expect_str_eq(rep.range[k].hi, g->hi, "%s: to %s", g->body, rep.range[k].hi);
    }
    program_free(p);
    report_free(&rep);
}

Test(ranges, of_many_rounds_are_what_they_begin_with_and_what_rounds_add)
{
    for (size_t k = 0; k < sizeof cases / sizeof *cases; k++) expect_range(&cases[k]);
}
