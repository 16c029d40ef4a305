/* moot.h as a program that embeds moot uses it: the ideal box, and three parties with keys over tcp. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#include "session_world.h"

static const char SOURCE[] = "party saver[3]\n"
                             "input  age  from saver : int 0..120\n"
                             "input  rate from saver : fix -8..8\n"
                             "output oldest to all   : int\n"
                             "output worth  to saver : fix\n"
                             "age maximum     reveal oldest\n"
                             "rate rate *     reveal worth\n";

Test(api, tells_its_version_and_refuses_an_unknown_abi)
{
    moot_options future = {.size = sizeof future, .abi = MOOT_ABI + 1};
    moot_engine *e = NULL;

    cr_expect_eq(moot_open(&future, &e), MOOT_EUSAGE);
    cr_expect_null(e);
    cr_expect_str_eq(moot_version(), MOOT_VERSION);
    for (int rc = -10; rc <= 2; rc++)
        cr_expect(strcmp(moot_strerror(rc), "unknown code") != 0, "%d", rc);
}

Test(api, shows_diagnostics_of_a_program_with_errors)
{
    static const char bad[] =
        "party a\ninput x from a : int 0..9\noutput y to all : int\nx frobnicate reveal y\n";
    moot_engine *e = opened(NULL);
    moot_program *p = NULL;
    char *text = NULL;

    cr_expect_eq(moot_compile(e, "bad.moot", bad, strlen(bad), NULL, &p, &text), MOOT_EPROGRAM);
    cr_expect_null(p);
    cr_assert_not_null(text);
    cr_expect(strstr(text, "bad.moot:4:3"), "%s", text);
    moot_free(e, text);
    moot_close(e);
}

Test(api, saves_and_loads_the_same_program)
{
    moot_engine *e = opened(NULL);
    moot_program *p = compiled(e, SOURCE), *q = NULL;
    uint8_t hash[2][32];
    void *bytes = NULL;
    size_t n = 0;

    cr_assert_eq(moot_save(p, &bytes, &n), MOOT_OK);
    cr_assert_eq(moot_load(e, bytes, n, &q), MOOT_OK);
    moot_program_hash(p, hash[0]);
    moot_program_hash(q, hash[1]);
    cr_expect_arr_eq(hash[0], hash[1], 32);
    moot_program_free(q);
    cr_expect_eq(moot_load(e, "no program", 10, &q), MOOT_EPROGRAM);
    moot_free(e, bytes);
    moot_program_free(p);
    moot_close(e);
}

Test(api, describes_a_compiled_program_as_explain_does)
{
    moot_engine *e = opened(NULL);
    moot_program *p = compiled(e, SOURCE);
    char *text = NULL;

    cr_assert_eq(moot_describe(p, &text), MOOT_OK);
    cr_expect(strstr(text, "\"moot.explain/1\""), "%s", text);
    cr_expect(strstr(text, "\"oldest\""), "%s", text);
    moot_free(e, text);
    moot_program_free(p);
    moot_close(e);
}

Test(api, lists_inputs_and_outputs_with_their_ranges)
{
    moot_engine *e = opened(NULL);
    moot_program *p = compiled(e, SOURCE);
    moot_port port = {.size = sizeof port, .abi = MOOT_ABI};

    cr_assert_eq(moot_port_count(p), 4);
    cr_assert_eq(moot_port_info(p, 1, &port), MOOT_OK);
    cr_expect_str_eq(port.name, "rate");
    cr_expect_str_eq(port.party, "saver");
    cr_expect_eq(port.kind, MOOT_FIX);
    cr_expect_eq(port.rank, 0);
    cr_expect_eq(port.lo, -8.0);
    cr_assert_eq(moot_port_info(p, 2, &port), MOOT_OK);
    cr_expect(port.is_output);
    cr_expect_str_eq(port.party, "all");
    cr_expect_eq(moot_port_info(p, 4, &port), MOOT_EUSAGE);
    moot_program_free(p);
    moot_close(e);
}

Test(api, runs_the_ideal_box_with_every_party_here)
{
    static const int64_t age[PARTIES] = {30, 64, 51};
    static const double rate[PARTIES] = {0.5, -2.25, 3};
    moot_engine *e = opened(NULL);
    moot_program *p = compiled(e, SOURCE);
    moot_session *s = NULL;
    int64_t oldest = 0;
    double worth[PARTIES];
    char *text = NULL;
    size_t n = 0;

    cr_assert_eq(moot_session_new(e, p, NULL, NULL, NULL, &s), MOOT_OK);
    moot_program_free(p); /* the session keeps what it needs */
    cr_expect_eq(moot_wait(s, 0), MOOT_EUSAGE, "not started");
    cr_expect_eq(moot_start(s), MOOT_EDATA, "no inputs yet");
    cr_expect(strstr(moot_session_error(s), "`age`"), "%s", moot_session_error(s));
    cr_expect_eq(moot_set_i64(s, "age", age, 2), MOOT_EUSAGE);
    cr_expect_eq(moot_set_i64(s, "wage", age, 3), MOOT_EUSAGE);
    cr_expect_eq(moot_set_i64(s, "age", (const int64_t[]){30, 121, 7}, 3), MOOT_EDATA);
    cr_expect(strstr(moot_session_error(s), "121 is outside 0..120"), "%s", moot_session_error(s));
    cr_assert_eq(moot_set_i64(s, "age", age, PARTIES), MOOT_OK);
    cr_assert_eq(moot_set_f64(s, "rate", rate, PARTIES), MOOT_OK);
    cr_assert_eq(moot_start(s), MOOT_OK);
    cr_assert_eq(moot_wait(s, 5000), MOOT_DONE, "%s", moot_session_error(s));
    cr_assert_eq(moot_get_i64(s, "oldest", &oldest, 1, &n), MOOT_OK);
    cr_expect_eq(oldest, 64);
    cr_expect_eq(moot_get_f64(s, "worth", worth, 2, &n), MOOT_EUSAGE, "no room");
    cr_expect_eq(n, PARTIES);
    cr_assert_eq(moot_get_f64(s, "worth", worth, PARTIES, &n), MOOT_OK);
    cr_expect_eq(worth[1], 5.0625);
    cr_assert_eq(moot_get_text(s, "worth", &text), MOOT_OK);
    cr_expect_str_eq(text, "[0.25,5.0625,9]");
    moot_free(e, text);
    moot_session_free(s);
    moot_close(e);
}

Test(api, runs_three_parties_that_each_know_their_own_data, .timeout = 30)
{
    static const int64_t age[PARTIES] = {30, 64, 51};
    static const double rate[PARTIES] = {0.5, -2.25, 3}, square[PARTIES] = {0.25, 5.0625, 9};
    moot_engine *e = opened(NULL);
    moot_program *p = compiled(e, SOURCE);
    char parties[2048], secret[PARTIES][41];
    moot_session *s[PARTIES];

    write_parties(parties, sizeof parties, "saver", secret);
    for (int k = 0; k < PARTIES; k++) {
        char name[8];
        snprintf(name, sizeof name, "s%d", k);
        cr_assert_eq(moot_session_new(e, p, parties, name, secret[k], &s[k]), MOOT_OK, "%s",
                     moot_session_error(s[k]));
        cr_assert_eq(moot_set_i64(s[k], "age", &age[k], 1), MOOT_OK);
        cr_assert_eq(moot_set_f64(s[k], "rate", &rate[k], 1), MOOT_OK);
    }
    for (int k = 0; k < PARTIES; k++) cr_assert_eq(moot_start(s[k]), MOOT_OK);
    for (int k = 0; k < PARTIES; k++) {
        int64_t oldest = 0;
        double worth = 0;
        size_t n = 0;
        cr_assert_eq(moot_wait(s[k], 20000), MOOT_DONE, "%s", moot_session_error(s[k]));
        cr_expect_eq(moot_get_i64(s[k], "oldest", &oldest, 1, &n), MOOT_OK);
        cr_expect_eq(oldest, 64);
        cr_expect_eq(moot_get_f64(s[k], "worth", &worth, 1, &n), MOOT_OK);
        cr_expect_eq(n, 1, "its own and nobody else's");
        cr_expect_eq(worth, square[k]);
    }
    for (int k = 0; k < PARTIES; k++) moot_session_free(s[k]);
    moot_program_free(p);
    moot_close(e);
}

Test(api, cancels_a_session_whose_peers_never_come, .timeout = 30)
{
    moot_engine *e = opened(NULL);
    moot_program *p = compiled(e, SOURCE);
    char parties[2048], secret[PARTIES][41];
    int64_t age = 30;
    double rate = 1;
    moot_session *s = NULL;

    write_parties(parties, sizeof parties, "saver", secret);
    cr_assert_eq(moot_session_new(e, p, parties, "s1", secret[1], &s), MOOT_OK);
    cr_assert_eq(moot_set_i64(s, "age", &age, 1), MOOT_OK);
    cr_assert_eq(moot_set_f64(s, "rate", &rate, 1), MOOT_OK);
    cr_assert_eq(moot_start(s), MOOT_OK);
    cr_expect_eq(moot_wait(s, 200), MOOT_AGAIN);
    moot_cancel(s);
    cr_expect_eq(moot_wait(s, 4000), MOOT_ECANCELLED, "%s", moot_session_error(s));
    moot_session_free(s);
    moot_program_free(p);
    moot_close(e);
}

Test(api, says_what_is_wrong_with_a_parties_file)
{
    moot_engine *e = opened(NULL);
    moot_program *p = compiled(e, SOURCE);
    char parties[2048], secret[PARTIES][41];
    moot_session *s = NULL;

    write_parties(parties, sizeof parties, "saver", secret);
    cr_expect_eq(moot_session_new(e, p, parties, "s9", secret[0], &s), MOOT_ECONFIG);
    cr_expect(strstr(moot_session_error(s), "\"s9\""), "%s", moot_session_error(s));
    moot_session_free(s);
    cr_expect_eq(moot_session_new(e, p, "{\"sesion\":1}", "s1", secret[1], &s), MOOT_ECONFIG);
    cr_expect(strstr(moot_session_error(s), "did you mean \"session\"?"), "%s",
              moot_session_error(s));
    cr_expect_eq(moot_start(s), MOOT_EUSAGE, "a failed session is dead");
    moot_session_free(s);
    moot_program_free(p);
    moot_close(e);
}

Test(api, tells_why_the_last_call_failed_until_one_succeeds)
{
    moot_engine *e = opened(NULL);
    moot_program *p = compiled(e, SOURCE);
    moot_session *s = NULL;
    int64_t ages[PARTIES] = {3, 99, 5}, oldest;
    size_t n;

    cr_assert_eq(moot_session_new(e, p, NULL, NULL, NULL, &s), MOOT_OK);
    cr_expect_eq(moot_wait(s, 0), MOOT_EUSAGE);
    cr_expect_str_eq(moot_session_error(s), "the session was not started");
    cr_expect_eq(moot_set_i64(s, "ages", ages, PARTIES), MOOT_EUSAGE);
    cr_expect_str_eq(moot_session_error(s), "the program has no input `ages`");
    cr_expect_eq(moot_set_i64(s, "age", ages, PARTIES), MOOT_OK);
    cr_expect_str_eq(moot_session_error(s), "");
    cr_expect_eq(moot_get_i64(s, "oldest", &oldest, 1, &n), MOOT_EUSAGE);
    cr_expect_str_eq(moot_session_error(s), "the session is not done");
    cr_expect_eq(moot_start(s), MOOT_EDATA);
    cr_expect_str_eq(moot_session_error(s), "input `rate` has no value yet");
    moot_session_free(s);
    moot_program_free(p);
    moot_close(e);
}

Test(api, a_failed_session_stays_failed_whatever_is_called)
{
    moot_engine *e = opened(NULL);
    moot_program *p = compiled(e, SOURCE);
    moot_session *s = NULL;
    int64_t oldest;
    size_t n;

    cr_assert_eq(moot_session_new(e, p, "{}", NULL, NULL, &s), MOOT_ECONFIG);
    cr_expect_eq(moot_get_i64(s, "oldest", &oldest, 1, &n), MOOT_EUSAGE);
    cr_expect_eq(moot_start(s), MOOT_EUSAGE);
    cr_expect_eq(moot_wait(s, 0), MOOT_ECONFIG);
    cr_expect(strstr(moot_session_error(s), "a session with others wants"));
    moot_session_free(s);
    moot_program_free(p);
    moot_close(e);
}

/* A parties file that was forgotten must not end in a run in the clear. */
Test(api, runs_in_the_clear_only_when_nothing_of_a_session_with_others_is_given)
{
    moot_engine *e = opened(NULL);
    moot_program *p = compiled(e, SOURCE);
    moot_session *s = NULL;

    cr_expect_eq(moot_session_new(e, p, NULL, "saver-0", NULL, &s), MOOT_ECONFIG);
    moot_session_free(s);
    cr_expect_eq(moot_session_new(e, p, NULL, NULL, "key", &s), MOOT_ECONFIG);
    moot_session_free(s);
    moot_program_free(p);
    moot_close(e);
}

static const char LISTS[] = "party left  party right\n"
                            "input ours   from left  : key[3]\n"
                            "input theirs from right : key[2]\n"
                            "input bid    from left  : int\n"
                            "output hit   to   all   : bool[3]\n"
                            "ours theirs member  bid 0 > and  reveal hit\n";

Test(api, takes_keys_as_text_or_as_the_digits_of_numbers)
{
    static const char *const ours[] = {"", "12", "zo\xC3\xAB"};
    static const char *const bad[] = {"a", "b", "\xE9"}, *const missing[] = {"a", NULL, "c"};
    static const int64_t theirs[] = {12, 13}, one = 1;
    moot_engine *e = opened(NULL);
    moot_program *p = compiled(e, LISTS);
    moot_port port = {.size = sizeof port, .abi = MOOT_ABI};
    moot_session *s = NULL;
    int64_t hit[3];
    size_t n;

    cr_assert_eq(moot_port_info(p, 0, &port), MOOT_OK);
    cr_expect(port.kind == MOOT_KEY && port.lo == 0 && port.hi == 0);
    cr_assert_eq(moot_session_new(e, p, NULL, NULL, NULL, &s), MOOT_OK);
    cr_expect_eq(moot_set_text(s, "ours", ours, 2), MOOT_EUSAGE);
    cr_expect_eq(moot_set_text(s, "ours", bad, 3), MOOT_EDATA, "not UTF-8");
    cr_expect_eq(moot_set_text(s, "ours", missing, 3), MOOT_EDATA);
    cr_expect(strstr(moot_session_error(s), "item 2 of `ours`"), "%s", moot_session_error(s));
    cr_expect_eq(moot_set_text(s, "bid", ours, 1), MOOT_EDATA, "no key");
    cr_assert_eq(moot_set_text(s, "ours", ours, 3), MOOT_OK);
    cr_assert_eq(moot_set_i64(s, "theirs", theirs, 2), MOOT_OK);
    cr_assert_eq(moot_set_i64(s, "bid", &one, 1), MOOT_OK);
    cr_assert_eq(moot_start(s), MOOT_OK);
    cr_assert_eq(moot_wait(s, 5000), MOOT_DONE, "%s", moot_session_error(s));
    cr_assert_eq(moot_get_i64(s, "hit", hit, 3, &n), MOOT_OK);
    cr_expect(n == 3 && !hit[0] && hit[1] && !hit[2]);
    moot_session_free(s);
    moot_program_free(p);
    moot_close(e);
}

Test(api, tells_a_groups_output_by_member_even_of_a_group_of_one)
{
    static const char alone[] = "party saver[1]\ninput age from saver : int 0..120\n"
                                "output next to saver : int\nage 1 + reveal next\n";
    moot_engine *e = opened(NULL);
    moot_program *p = compiled(e, alone);
    moot_session *s = NULL;
    int64_t age = 41;
    char *json = NULL;

    cr_assert_eq(moot_session_new(e, p, NULL, NULL, NULL, &s), MOOT_OK);
    cr_assert_eq(moot_set_i64(s, "age", &age, 1), MOOT_OK);
    cr_assert_eq(moot_start(s), MOOT_OK);
    cr_assert_eq(moot_wait(s, -1), MOOT_DONE);
    cr_assert_eq(moot_get_text(s, "next", &json), MOOT_OK);
    cr_expect_str_eq(json, "[42]");
    moot_free(e, json);
    moot_session_free(s);
    moot_program_free(p);
    moot_close(e);
}
