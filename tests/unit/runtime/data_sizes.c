/* Sizes follow from the data; who disagrees is named. */
#include "data_load.h"

#define TWO                                                                                        \
    "party a  party b\nparam rows\ninput x from a : int[rows] 0..9\ninput y from b : int[rows] "   \
    "0..9\n"                                                                                       \
    "output s to all : int\nx y dot reveal s\n"
#define DEFAULT                                                                                    \
    "party a\nparam rows = 3\ninput x from a : int[rows] 0..9\noutput s to all : int\nx sum "      \
    "reveal s\n"
#define GROUP "party g[n]\ninput x from g : int 0..9\noutput s to all : int\nx sum reveal s\n"

static void expect(const char *source, const char *json, const setting *set, status st,
                   const char *says)
{
    run_ready r;
    cr_expect_eq(ready(&r, source, json, "", set, set ? 1 : 0), st, "%s: %s", json, r.err.text);
    if (says) cr_expect(strstr(r.err.text, says), "%s: %s", json, r.err.text);
    ready_free(&r);
}

Test(sizes, come_from_the_data)
{
    expect(TWO, "{\"a\":{\"x\":[1,2]},\"b\":{\"y\":[3,4]}}", NULL, OK, NULL);
    expect(GROUP, "{\"g\":[{\"x\":1},{\"x\":2}]}", NULL, OK, NULL);
}

Test(sizes, that_disagree_name_both_owners)
{
    expect(TWO, "{\"a\":{\"x\":[1,2]},\"b\":{\"y\":[3,4,5]}}", NULL, E_DATA,
           "`rows` is 2 in the data of a but 3 in those of b");
}

Test(sizes, that_are_set_must_fit_the_data)
{
    expect(TWO, "{\"a\":{\"x\":[1,2]},\"b\":{\"y\":[3,4]}}",
           &(setting){.name = "rows", .value = "2"}, OK, NULL);
    expect(TWO, "{\"a\":{\"x\":[1,2]},\"b\":{\"y\":[3,4]}}",
           &(setting){.name = "rows", .value = "5"}, E_DATA,
           "`rows` was set to 5 but it is 2 in the data of a");
    expect(GROUP, "{\"g\":[{\"x\":1},{\"x\":2}]}", &(setting){.name = "n", .value = "3"}, E_DATA,
           "data of g");
}

Test(sizes, defaults_must_fit_unless_set)
{
    expect(DEFAULT, "{\"a\":{\"x\":[1,2,3]}}", NULL, OK, NULL);
    expect(DEFAULT, "{\"a\":{\"x\":[1,2]}}", NULL, E_DATA, "--set rows=2");
    expect(DEFAULT, "{\"a\":{\"x\":[1,2]}}", &(setting){.name = "rows", .value = "2"}, OK, NULL);
}

Test(sizes, unknown_settings_are_wrong_usage)
{
    expect(DEFAULT, "{\"a\":{\"x\":[1,2,3]}}", &(setting){.name = "rwos", .value = "2"}, E_USAGE,
           "rwos");
}

/* One member's own object: its data stand at its place, and the group's size comes from elsewhere. */
static status member(run_ready *r, const char *as, const char *json, const char *size)
{
    setting n = {.name = "n", .value = size};
    load_request req = {.source = {.file = "p.moot", .source = text_of(GROUP), .set = &n, .sets = 1},
                        .json = text_of(json),
                        .data_file = "p.json",
                        .folder = "",
                        .as = as};
    memset(r, 0, sizeof *r);
    status st = load(&r->l, &req, &r->err);
    if (st == OK && !(r->values = run_data_new(r->l.program))) st = E_MEMORY;
    return st ? st : data_fill(r->l.data, r->l.program, r->values, &r->err);
}

Test(sizes, of_a_group_are_not_fixed_by_one_member)
{
    run_ready r;
    cr_assert_eq(member(&r, "g[2]", "{\"x\":7}", "4"), OK, "%s", r.err.text);
    cr_expect_eq(r.values->input[0][2].v[0], 7);
    for (unsigned k = 0; k < 4; k++) cr_expect_eq(r.values->input[0][k].v != NULL, k == 2);
    ready_free(&r);
}

Test(sizes, refuse_a_member_that_is_not_there)
{
    static const char *const wrong[] = {"g[4]", "g", "h[0]", "g[", "g[]", "g[1]x", "g[-1]", "g[1"};
    for (size_t k = 0; k < sizeof wrong / sizeof *wrong; k++) {
        run_ready r;
        cr_expect_eq(member(&r, wrong[k], "{\"x\":7}", "4"), E_DATA, "%s", wrong[k]);
        ready_free(&r);
    }
}
