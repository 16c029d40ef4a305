/* Parties files: what is read, and that every mistake is refused with its place and the way out. */
#include <criterion/criterion.h>
#include <stdio.h>
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
    failure err = {0};
    launch *l = NULL;

    cr_expect_eq(placed("telco", false, 1, &l, &err), E_CONFIG);
    cr_expect(strstr(err.text, "no party of the program"), "%s", err.text);
    cr_expect_eq(placed("bank", true, 2, &l, &err), E_CONFIG);
    cr_expect(strstr(err.text, "2 of the party `bank`"), "%s", err.text);
    cr_expect_null(l);
}
