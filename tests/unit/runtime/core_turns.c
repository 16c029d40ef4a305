/* Turns that a cost box passes over cost what they cost when it is given all of them. */
#include "compiler/compile.h"
#include "core_help.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char header[] = "party a\nparty b\n"
                             "input x from a : int 0..9\ninput y from b : int 0..9\n"
                             "input v from a : int[300] 0..9\ninput w from b : int[300] 0..9\n"
                             "output pub to all : bool\noutput o to all : int\n"
                             "output row to all : int[500]\n"
                             "x y > reveal pub  x y + -> z  v w + -> u\n";

/* What the price holds, and how many turns the box was given. */
typedef struct price {
    shamir_cost cost;
    line_cost line[40];
    size_t turns;
} price;

static abb_ops asked; /* a cost box's operations, and one that counts how often it is asked */
static int64_t (*passes_over)(abb *box, abb_turns **seen, int64_t left);
static size_t turns;

static int64_t count_turn(abb *box, abb_turns **seen, int64_t left)
{
    turns++;
    return passes_over ? passes_over(box, seen, left) : 0;
}

static price price_of(const program *p, const launch *l, unsigned self, bool all_turns)
{
    abb *box;
    failure err = {0};
    const shamir_config cfg = {.program = p, .launch = l};
    run_data *data = run_data_new(p);
    cr_assert_eq(cost_open(&box, &cfg, self, &err), OK, "%s", err.text);
    asked = *box->ops;
    passes_over = all_turns ? NULL : asked.repeat;
    asked.repeat = count_turn, box->ops = &asked, turns = 0;
    cr_assert_eq(interp_run(p, box, data, &err), OK, "%s", err.text);
    price at = {.cost = shamir_count(box), .turns = turns};
    cr_assert_leq(at.cost.lines, sizeof at.line / sizeof *at.line);
    memcpy(at.line, at.cost.line, at.cost.lines * sizeof *at.line);
    at.cost.line = NULL;
    run_data_free(data, p);
    shamir_close(box);
    return at;
}

static void expect_same(const price *passed, const price *given, const char *what)
{
    const shamir_cost *a = &passed->cost, *b = &given->cost;
    cr_expect_eq(a->rounds, b->rounds, "%s: %llu rounds, not %llu", what,
                 (unsigned long long)a->rounds, (unsigned long long)b->rounds);
    cr_expect_eq(a->bytes, b->bytes, "%s: %llu bytes, not %llu", what, (unsigned long long)a->bytes,
                 (unsigned long long)b->bytes);
    cr_expect_eq(a->multiplications, b->multiplications, "%s", what);
    cr_expect_eq(a->bytes_besides, b->bytes_besides, "%s", what);
    cr_expect_eq(a->first_reveal, b->first_reveal, "%s", what);
    cr_expect_eq(a->at_most, b->at_most, "%s", what);
    for (size_t k = 0; k < b->lines; k++) {
        cr_expect_eq(passed->line[k].rounds, given->line[k].rounds, "%s", what);
        cr_expect_eq(passed->line[k].bytes, given->line[k].bytes, "%s", what);
        cr_expect_eq(passed->line[k].multiplications, given->line[k].multiplications, "%s", what);
    }
}

static program *compiled(const char *body)
{
    char text[2000];
    failure err = {0};
    program *p;
    report rep;
    snprintf(text, sizeof text, "%s%s\n%s\n", header, body,
             strstr(body, "row") ? "z reveal o" : "500 iota reveal row");
    const compile_request req = {.file = "turns.moot",
                                 .source = {(const uint8_t *)text, strlen(text)}};
    cr_assert_eq(compile(&req, &p, &rep, &err), OK, "%s: %s", body,
                 rep.findings ? rep.finding[0].message : err.text);
    report_free(&rep);
    return p;
}

/* Of `most` turns at most does a box need to be given, where nothing was made ahead that it first has to take. */
static void expect_turns_of(const program *p, const char *body, size_t most, const launch *l)
{
    const unsigned self = l->nodes - 2;
    const price passed = price_of(p, l, self, false), given = price_of(p, l, self, true);
    expect_same(&passed, &given, body);
    if (l->nodes == 3) cr_expect_leq(passed.turns, most, "%s: %zu turns", body, passed.turns);
    if (l->nodes == 3) cr_expect_gt(given.turns, most, "%s: %zu turns", body, given.turns);
}

static void expect_turns(const char *body, size_t most, unsigned nodes)
{
    program *p = compiled(body);
    for (unsigned active = 0; active < 2; active++) {
        launch *l = launch_for(p, nodes, (nodes - 1) / 2, false);
        l->active = active;
        expect_turns_of(p, body, most, l);
        launch_free(l);
    }
    program_free(p);
}

Test(turns, cost_what_those_before_them_cost)
{
    static const struct {
        const char *body;
        size_t most;
    } cases[] = {
        {"z 3_000 [ y + ] times reveal o", 20},
        {"z 500 [ y + 7 mod ] times reveal o", 20},
        {"z 4_000 [ -> i i + 5 - ] for reveal o", 20},
        {"u u join u join u join u join z [ max ] fold reveal o", 20},
        {"z 6 [ 500 [ y + 7 mod ] times 3 - ] times reveal o", 150},
        {"z 300 [ pub [ y + 7 mod ] [ 3 - ] if ] times reveal o", 20},
        {"z 500 [ y + 7 mod dup reveal row ] times drop", 20},
        {"z 300 [ y + 7 mod  pub ] until reveal o", 20},
        {"u 700 [ shuffle 1 + 50 min ] times sum reveal o", 20},
    };
    for (size_t k = 0; k < sizeof cases / sizeof *cases; k++)
        expect_turns(cases[k].body, cases[k].most, 3);
    for (size_t k = 5; k < 7; k++) expect_turns(cases[k].body, 0, k % 2 ? 5 : 4);
}

/* In active mode so many products are verified on the way, not only before what is revealed. */
Test(turns, lead_to_check_points_as_often_as_they_would)
{
    expect_turns("u 1_400 [ v swap 5 > mask ] times sum reveal o", 250, 3);
}

/* What is verified beside a turn is part of what it costs: batches so small that several are under way in every turn. */
Test(turns, cost_what_is_verified_beside_them)
{
    batches_of(100);
    expect_turns("u 1_400 [ v swap 5 > mask ] times sum reveal o", 150, 3);
}

/* What was made ahead is taken first; the turns that find nothing more are alike. */
Test(turns, are_passed_over_when_what_was_made_ahead_is_gone)
{
    program *p = compiled("u u join dup join dup join 500 [ y + 7 mod ] times sum reveal o");
    launch *l = launch_for(p, 5, 2, false);
    const price passed = price_of(p, l, 3, false), given = price_of(p, l, 3, true);
    expect_same(&passed, &given, "500 turns");
    cr_expect_lt(passed.turns, given.turns, "%zu of %zu turns", passed.turns, given.turns);
    launch_free(l);
    program_free(p);
}
