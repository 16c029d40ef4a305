/* Launches: who computes, under which name, for every number of parties. */
#include <criterion/criterion.h>
#include <string.h>

#include "runtime/launch.h"

/* An auctioneer and `bidders` bidders; no code. */
static program with_bidders(party_decl party[2], uint32_t bidders)
{
    party[0] = (party_decl){(char *)"auctioneer", false, 1};
    party[1] = (party_decl){(char *)"bidder", true, bidders};
    return (program){.party = party, .parties = 2};
}

static launch *launched(uint32_t bidders, unsigned nodes, unsigned threshold)
{
    party_decl party[2];
    program p = with_bidders(party, bidders);
    failure err = {0};
    launch *l = NULL;

    cr_assert_eq(launch_local(&l, &p, nodes, threshold, &err), OK, "%s", err.text);
    return l;
}

Test(launch, makes_the_parties_nodes_and_adds_helpers_up_to_three)
{
    static const struct {
        uint32_t bidders;
        unsigned nodes, threshold;
        const char *first, *second, *last;
    } cases[] = {
        {1, 3, 1, "auctioneer", "bidder-0", "helper-1"},
        {2, 3, 1, "auctioneer", "bidder-0", "bidder-1"},
        {3, 4, 1, "auctioneer", "bidder-0", "bidder-2"},
        {4, 5, 2, "auctioneer", "bidder-0", "bidder-3"},
        {6, 7, 3, "auctioneer", "bidder-0", "bidder-5"},
    };

    for (size_t k = 0; k < sizeof cases / sizeof *cases; k++) {
        launch *l = launched(cases[k].bidders, 0, 0);
        cr_expect_eq(l->nodes, cases[k].nodes);
        cr_expect_eq(l->members, l->nodes, "parties that compute need no other process");
        cr_expect_eq(l->threshold, cases[k].threshold);
        cr_expect_str_eq(l->name[0], cases[k].first);
        cr_expect_str_eq(l->name[1], cases[k].second);
        cr_expect_str_eq(l->name[l->members - 1], cases[k].last);
        for (uint32_t b = 0; b < cases[k].bidders; b++) cr_expect_eq(l->home[1][b], b + 1);
        launch_free(l);
    }
}

Test(launch, lets_three_helpers_compute_for_more_than_seven)
{
    launch *l = launched(7, 0, 0);

    cr_expect_eq(l->nodes, 3);
    cr_expect_eq(l->members, 4);
    cr_expect_str_eq(l->name[0], "helper-1");
    cr_expect_str_eq(l->name[3], "owners");
    cr_expect_eq(l->home[0][0], 3);
    cr_expect_eq(l->home[1][6], 3);
    launch_free(l);
}

Test(launch, keeps_the_parties_apart_from_the_nodes_when_nodes_are_given)
{
    launch *l = launched(2, 5, 1);

    cr_expect_eq(l->nodes, 5);
    cr_expect_eq(l->members, 6);
    cr_expect_eq(l->threshold, 1);
    cr_expect_str_eq(l->name[4], "helper-5");
    cr_expect_str_eq(l->name[5], "owners");
    launch_free(l);
}

Test(launch, refuses_sizes_that_keep_no_secret_and_names_the_limit)
{
    static const struct {
        unsigned nodes, threshold;
        const char *says;
    } cases[] = {
        {1, 0, "from 3 to 31"}, {2, 0, "from 3 to 31"}, {32, 0, "from 3 to 31"},
        {2, 1, "from 3 to 31"}, {3, 2, "at most 1"},    {4, 2, "at most 1"},
        {5, 3, "at most 2"},    {31, 16, "at most 15"},
    };
    party_decl party[2];
    program p = with_bidders(party, 2);

    for (size_t k = 0; k < sizeof cases / sizeof *cases; k++) {
        failure err = {0};
        launch *l = NULL;
        cr_expect_eq(launch_local(&l, &p, cases[k].nodes, cases[k].threshold, &err), E_USAGE);
        cr_expect(strstr(err.text, cases[k].says), "%u of %u: %s", cases[k].threshold,
                  cases[k].nodes, err.text);
        cr_expect_null(l);
    }
}
