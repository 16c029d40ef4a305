/* `for` and `fold` of more rounds than are expanded: what the program takes does not depend on how many there are, and
 * nothing passes that would be refused if they were expanded. */
#include "compiler/compile.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

static const char header[] = "party a\nparty b\nparam n = %lld\n"
                             "input v from a : int[n] 0..9\ninput f from a : fix[n] 0..1\n"
                             "input k from a : key[n]\ninput m from a : int[n 2] 0..9\n"
                             "input x from a : int 0..9\ninput y from b : int 0..9\n"
                             "output o to all : %s\n"
                             "x y + -> z\n%s\n";

static status compiled(const char *body, const char *type, long long n, program **p, report *rep)
{
    char text[2000];
    failure err = {0};
    snprintf(text, sizeof text, header, n, type, body);
    const compile_request req = {.file = "counted.moot",
                                 .source = {(const uint8_t *)text, strlen(text)}};
    return compile(&req, p, rep, &err);
}

/* Loops in the program, and the bytes of it that nodes compare. */
typedef struct made {
    size_t loops, bytes;
} made;

static made made_of(const char *body, const char *type, long long n)
{
    program *p;
    report rep;
    buffer out = {0};
    made m = {0};
    cr_assert_eq(compiled(body, type, n, &p, &rep), OK, "%s for %lld: %s", body, n,
                 rep.findings ? rep.finding[0].message : "");
    for (uint32_t b = 0; b < p->blocks; b++)
        for (uint32_t i = 0; i < p->block[b].len; i++) m.loops += p->block[b].code[i].op == OP_LOOP;
    program_encode(p, &out);
    m.bytes = program_core((slice){out.data, out.len}).len;
    buffer_free(&out);
    program_free(p);
    report_free(&rep);
    return m;
}

Test(counted, size_does_not_depend_on_how_many_rounds_there_are)
{
    static const char *const cases[][2] = {
        {"v z [ + ] fold reveal o", "int"},
        {"v z [ max ] fold reveal o", "int"},
        {"v 0 [ + ] fold reveal o", "int"},
        {"v z [ -> ( s i ) s i z * + ] fold reveal o", "int"},
        {"m z z + [ sum + ] fold reveal o", "int"},
        {"m { z z } [ + ] fold sum reveal o", "int"},
        {"f z [ + 0.5 * ] fold reveal o", "fix"},
        {"z n [ + ] for reveal o", "int"},
        {"z n [ -> i v i at + ] for reveal o", "int"},
        {"z n [ -> i i 2 mod 0 = [ 1 + ] [ v i at max ] if ] for reveal o", "int"},
        {"z z n [ -> ( p q i ) q p i + ] for + reveal o", "int"},
        {"z n [ -> i 7 [ i + + ] for 99 mod ] for reveal o", "int"},
        {"z n [ v swap at max dup reveal o ] for drop", "int[n]"},
        {"n [ v swap at z > 1 0 select reveal o ] for", "int[n]"},
        {"{ z y } [ -> s v s [ + ] fold ] map sum reveal o", "int"},
    };
    for (size_t k = 0; k < sizeof cases / sizeof *cases; k++) {
        const made few = made_of(cases[k][0], cases[k][1], 10);
        const made many = made_of(cases[k][0], cases[k][1], 100000);
        const made more = made_of(cases[k][0], cases[k][1], 10000000);
        cr_expect_eq(few.loops, 0, "%s", cases[k][0]);
        cr_expect_geq(many.loops, 1, "%s", cases[k][0]);
        cr_expect_leq(more.bytes, many.bytes + 64, "%s: %zu and %zu bytes", cases[k][0], many.bytes,
                      more.bytes);
    }
}

/* What the rounds need to be known, or what costs less when they are expanded, is expanded. */
Test(counted, rounds_that_need_their_number_are_expanded)
{
    static const char *const cases[][2] = {
        {"z n [ v swap take sum max ] for reveal o", "int"},
        {"0 n [ + ] for z + reveal o", "int"},
        {"k z [ \"acme\" = + ] fold reveal o", "int"},
        {"v z [ 5 > + ] fold reveal o", "int"},
        {"v x [ max ] fold reveal o", "int"},
        {"n [ v swap at z > 1 0 select reveal o ] for", "int[n]"},
    };
    for (size_t k = 0; k < sizeof cases / sizeof *cases; k++)
        cr_expect_eq(made_of(cases[k][0], cases[k][1], 2100).loops, 0, "%s", cases[k][0]);
}

Test(counted, what_is_refused_when_it_is_expanded_is_refused)
{
    static const char *const cases[][2] = {
        {"z n 1 + [ -> i v i at + ] for reveal o", "E0405"},
        {"z n [ -> i v i 1 + at + ] for reveal o", "E0405"},
        {"z n [ -> i v i 1 - at + ] for reveal o", "E0405"},
        {"v z [ * ] fold reveal o", "E0402"},
        {"v z [ { 1 2 } + + ] fold reveal o", "E0406"},
        {"v z [ dup ] fold reveal o", "E0208"},
        {"z n [ y > [ 1 ] [ 2 ] if ] for reveal o", "E0401"},
        {"z n [ drop v ] for reveal o", "E0406"},
    };
    for (size_t k = 0; k < sizeof cases / sizeof *cases; k++) {
        program *p = NULL;
        report rep;
        cr_assert_eq(compiled(cases[k][0], "int", 5000, &p, &rep), E_PROGRAM, "%s", cases[k][0]);
        size_t errors = 0;
        for (size_t i = 0; i < rep.findings; i++) {
            if (!rep.finding[i].error) continue;
            cr_expect_str_eq(rep.finding[i].code, cases[k][1], "%s", cases[k][0]);
            errors++;
        }
        cr_expect_eq(errors, 1, "%s: %zu errors", cases[k][0], errors);
        report_free(&rep);
    }
}

/* The state of a loop may be one value for all items of a `map` before, and one for each behind a round. */
Test(counted, state_that_becomes_one_for_each_item_of_a_map)
{
    static const char *const cases[] = {
        "m [ -> r 1 r sum 5_000 [ swap ] times + ] map reveal o",
        "m [ -> r 1 r sum 5_000 [ -> ( p q i ) q i + p ] for + ] map reveal o",
        "m [ -> r 0 z 5_000 [ drop r sum max swap ] for + ] map reveal o",
    };
    for (size_t k = 0; k < sizeof cases / sizeof *cases; k++) made_of(cases[k], "int[n]", 3);
}
