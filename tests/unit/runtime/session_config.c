/* Parties files: what is read, and that every mistake is refused with its place and the way out. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "runtime/config.h"

#define KEY(letter) letter "rq:rM>}U?@Lns47E1%kR.o@n%FcmmsL/@{H8]yf"
#define PARTY(name, more, letter)                                                                  \
    "{\"name\":\"" name                                                                            \
    "\",\"address\":\"tcp://127.0.0.1:7001\",\"public_key\":\"" KEY(letter) "\"" more "}"
#define THREE                                                                                      \
    PARTY("bank", ",\"role\":\"bank\"", "a") "," PARTY("shop", "", "b") "," PARTY("aid", "", "c")
#define HEAD "{\"version\":1,\"session\":\"w48\",\"parties\":[" THREE "]"

static status parse(parties_config *c, const char *text, failure *err)
{
    return config_parse(c, CONFIG_PARTIES, (slice){(const uint8_t *)text, strlen(text)},
                        "parties.json", err);
}

Test(config, reads_what_the_design_shows)
{
    static const char text[] =
        HEAD ",\"program\":\"fraud.moot\",\"threshold\":1,\"security\":\"passive\","
             "\"params\":{\"rows\":1000,\"rate\":0.5},\"limits\":{\"max_rounds\":10000,"
             "\"max_bytes\":\"2GB\",\"peer_timeout\":\"30s\",\"start_timeout\":\"10m\"}}";
    parties_config c;
    failure err = {0};
    unsigned member = 9;

    cr_assert_eq(parse(&c, text, &err), OK, "%s", err.text);
    cr_expect_eq(c.parties, 3);
    cr_expect_str_eq(c.party[0].role, "bank");
    cr_expect_null(c.party[1].role);
    cr_expect_eq(c.threshold, 1);
    cr_expect_eq(c.sets, 2);
    cr_expect_str_eq(c.set[1].value, "0.5");
    cr_expect_eq(c.max_bytes, 2000000000u);
    cr_expect_eq(c.peer_timeout_ms, 30000u);
    cr_expect_eq(c.start_timeout_ms, 600000u);
    cr_expect_eq(config_find(&c, "aid", &member, &err), OK);
    cr_expect_eq(member, 2);
    cr_expect_eq(config_find(&c, "nobody", &member, &err), E_CONFIG);
    config_free(&c);
}

Test(config, waits_as_long_for_the_start_as_for_a_peer_unless_told)
{
    parties_config c;

    cr_assert_eq(parse(&c, HEAD ",\"limits\":{\"peer_timeout\":\"500ms\"}}", NULL), OK);
    cr_expect_eq(c.start_timeout_ms, 500u);
    cr_expect_eq(c.threshold, 1, "the largest below half");
    cr_expect_str_eq(c.security, "active");
    config_free(&c);
}

Test(config, refuses_every_mistake_and_names_it)
{
    static const struct {
        const char *text, *says;
    } cases[] = {
        {HEAD ",\"treshold\":1}", "did you mean \"threshold\"?"},
        {HEAD ",\"treshold\":1}", "parties.json:1:"},
        {HEAD ",\"limits\":{\"max_round\":1}}", "did you mean \"max_rounds\"?"},
        {HEAD ",\"threshold\":2}", "at most 1"},
        {HEAD ",\"threshold\":0}", "at least 1"},
        {HEAD ",\"security\":\"none\"}", "\"passive\" or \"active\""},
        {HEAD ",\"limits\":{\"peer_timeout\":30}}", "a time such as"},
        {HEAD ",\"limits\":{\"max_bytes\":\"2XB\"}}", "a size such as"},
        {HEAD ",\"params\":{\"rows\":\"many\"}}", "\"rows\" must be a number"},
        {HEAD ",\"version\":1}", "version"},
        {"{\"version\":2,\"session\":\"a\",\"parties\":[" THREE "]}", "only version"},
        {"{\"session\":\"a\",\"parties\":[" THREE "]}", "\"version\" is missing"},
        {"{\"version\":1,\"parties\":[" THREE "]}", "\"session\" is missing"},
        {"{\"version\":1,\"session\":\"a\"}", "\"parties\" is missing"},
        {"{\"version\":1,\"session\":\"a\",\"parties\":[" PARTY("a", "", "a") "]}",
         "a list of 3 to 31"},
        {"{\"version\":1,\"session\":\"a\",\"parties\":[" THREE "," PARTY("bank", "", "d") "]}",
         "two parties are called \"bank\""},
        {"{\"version\":1,\"session\":\"a\",\"parties\":[" THREE "," PARTY("more", "", "a") "]}",
         "another party's"},
        {"{\"version\":1,\"session\":\"a\",\"parties\":[" THREE "," PARTY("Big", "", "d") "]}",
         "a letter first"},
        {"{\"version\":1,\"session\":\"a\",\"parties\":[{\"name\":\"a\",\"public_key\":\"short\"},{"
         "},{}]}",
         "40 characters"},
        {"{\"version\":1,\"session\":\"a\",\"parties\":[{\"nam\":\"a\"},{},{}]}",
         "did you mean \"name\"?"},
        {HEAD ",\"program\":\"\"}", "\"program\" must be text"},
        {HEAD ",\"limits\":{\"max_rounds\":0}}", "a whole number of at least 1"},
        {HEAD ",\"limits\":{\"peer_timeout\":\"1000h\"}}", "longer than 24 days"},
        {"{\"version\":1,\"session\":\"a\",\"parties\":[{\"name\":\"a\",\"address\":\"ipc:///tmp/"
         "x\"},{},"
         "{}]}",
         "a host and a port"},
        {"{\"version\":1,\"session\":\"a\",\"parties\":[{\"name\":\"a\",\"address\":\"tcp://"
         "x:65536\"},{"
         "},{}]}",
         "a host and a port"},
        {"[]", "must be an object"},
        {HEAD, "parties.json"},
    };

    for (size_t k = 0; k < sizeof cases / sizeof *cases; k++) {
        parties_config c;
        failure err = {0};
        cr_expect_eq(parse(&c, cases[k].text, &err), E_CONFIG, "%s", cases[k].text);
        cr_expect(strstr(err.text, cases[k].says), "wanted `%s`, got `%s`", cases[k].says, err.text);
        cr_expect(strstr("N02 D01 D07", err.code), "%s", err.code); /* of its JSON, D01 and D07 */
        config_free(&c);
    }
}

/* The launch of the three parties above for a program with one party `name` of `size` members. */
static status placed(const char *name, bool group, uint32_t size, launch **l, failure *err)
{
    party_decl party = {(char *)name, group, size};
    program p = {.party = &party, .parties = 1};
    parties_config c;
    status st;

    cr_assert_eq(parse(&c, HEAD "}", err), OK, "%s", err->text);
    st = config_launch(&c, &p, l, err);
    config_free(&c);
    return st;
}

Test(config, gives_roles_to_the_parties_of_the_program)
{
    failure err = {0};
    launch *l = NULL;

    cr_assert_eq(placed("bank", false, 1, &l, &err), OK, "%s", err.text);
    cr_expect_eq(l->nodes, 3);
    cr_expect_eq(l->home[0][0], 0);
    cr_expect_str_eq(l->name[2], "aid");
    launch_free(l);
}

Test(config, refuses_roles_that_are_missing_or_left_over)
{
    static const char *const names[] = {"bank", "telco"};
    failure err = {0};
    launch *l = NULL;
    parties_config c;

    cr_assert_eq(parse(&c, HEAD "}", &err), OK);
    cr_expect_eq(config_check_roles(&c, names, 1, &err), OK);
    cr_expect_eq(config_check_roles(&c, names, 2, &err), E_CONFIG);
    cr_expect(strstr(err.text, "telco"), "%s", err.text);
    config_free(&c);

    cr_expect_eq(placed("telco", false, 1, &l, &err), E_CONFIG);
    cr_expect(strstr(err.text, "no party of the program"), "%s", err.text);
    cr_expect_eq(placed("bank", true, 2, &l, &err), E_CONFIG);
    cr_expect(strstr(err.text, "2 of the party `bank`"), "%s", err.text);
    cr_expect_null(l);
}

/* --- owners who submit */

#define OWNER(name, letter)                                                                        \
    "{\"name\":\"" name "\",\"role\":\"voter\",\"public_key\":\"" KEY(letter) "\"}"
#define VOTE                                                                                       \
    "{\"version\":1,\"session\":\"w48\",\"security\":\"passive\",\"parties\":[" OWNER(             \
        "ann", "d") "," THREE "," OWNER("ben", "e") "]"

static status parse_session(parties_config *c, const char *text, failure *err)
{
    return config_parse(c, CONFIG_SESSION, (slice){(const uint8_t *)text, strlen(text)}, "s.json",
                        err);
}

Test(config, owners_follow_the_nodes_and_keep_their_order)
{
    static const char text[] = VOTE
        ",\"collect\":{\"deadline\":\"2026-12-01T12:00:00Z\",\"minimum\":1,\"again\":\"replace\"}}";
    parties_config c, one;
    config_party *owner = NULL;
    failure err = {0};
    unsigned number;

    cr_assert_eq(parse_session(&c, text, &err), OK, "%s", err.text);
    cr_expect_eq(c.parties, 3);
    cr_expect_eq(c.owners, 2);
    cr_expect_eq(c.threshold, 1, "of the nodes");
    cr_expect_eq(config_find(&c, "ben", &number, &err), OK);
    cr_expect_eq(number, 4);
    cr_expect_eq(config_member(&c, config_entry(&c, number)), 1);
    cr_expect_eq(config_count(&c, "voter"), 2);
    cr_expect_eq(c.collect.deadline, 1796126400);
    cr_expect(c.collect.replaces && c.collect.minimum == 1);
    cr_assert_eq(config_with(&c, (const uint8_t[]){2}, &one, &owner, &err), OK);
    cr_expect_eq(one.owners, 1);
    cr_expect_str_eq(one.owner[0].name, "ben");
    cr_expect_eq(config_member(&one, &one.owner[0]), 0, "who came is numbered anew");
    free(owner);
    config_free(&c);
}

Test(config, refuses_owners_where_none_can_be_and_times_that_are_none)
{
    static const struct {
        const char *text, *says;
    } cases[] = {
        {HEAD ",\"collect\":{}}", "is for owners who submit"},
        {VOTE ",\"collect\":{\"minimum\":1}}", "go together"},
        {VOTE ",\"collect\":{\"deadline\":\"2026-12-01T12:00:00Z\"}}", "go together"},
        {VOTE ",\"collect\":{\"deadline\":\"2026-13-01T12:00:00Z\",\"minimum\":1}}",
         "a time such as"},
        {VOTE ",\"collect\":{\"deadline\":\"2026-12-01T12:00:00\",\"minimum\":1}}",
         "a time such as"},
        {VOTE ",\"collect\":{\"deadline\":\"2026-12-01T12:00:00Z\",\"minimum\":3}}",
         "2 owners submit"},
        {VOTE ",\"collect\":{\"deadline\":\"2026-12-01T12:00:00Z\",\"minimum\":0}}", "at least 1"},
        {"{\"version\":1,\"session\":\"w48\",\"parties\":[" THREE
         ",{\"name\":\"z\",\"public_key\":\"" KEY("z") "\"}]}",
         "neither an \"address\" nor a \"role\""},
        {VOTE ",\"collect\":{\"again\":\"always\"}}", "\"refuse\" or \"replace\""},
    };
    parties_config c;
    failure err = {0};

    for (size_t k = 0; k < sizeof cases / sizeof *cases; k++) {
        cr_expect_eq(parse_session(&c, cases[k].text, &err), E_CONFIG, "%s", cases[k].text);
        cr_expect(strstr(err.text, cases[k].says), "wanted `%s`, got `%s`", cases[k].says, err.text);
        config_free(&c);
    }
    cr_expect_eq(parse(&c, VOTE "}", &err), E_CONFIG);
    cr_expect(strstr(err.text, "moot submit"), "%s", err.text);
    config_free(&c);
}
