/* Attacks on what holds the protocols together: keys, challenges, the order in which things are verified, the last round,
 * and several sessions in one process. */
#include "lies.h"

#include <criterion/criterion.h>
#include <pthread.h>
#include <string.h>

static const unsigned sizes[][2] = LIES_SIZES;
enum { SIZES = sizeof sizes / sizeof *sizes };

/* --- keys */

Test(attacks, different_contributions_to_a_key)
{
    for (size_t k = 0; k < SIZES; k++) {
        lie l = lie_of_node(0, ABOUT_MESSAGE, STEP_KEYS, flip_first, 1);
        l.round = 0, l.to = 1u << 1;
        expect_caught(program_of_products(), sizes[k][0], sizes[k][1], l,
                      "holds other keys for this session");
    }
}

/* --- challenges */

enum { YES, SHARES }; /* what is sent in a toss: that all has come, then shares of the challenge */

Test(attacks, a_wrong_share_of_a_challenge)
{
    for (size_t k = 0; k < SIZES; k++) {
        lie l = lie_of_node(1, ABOUT_MESSAGE, STEP_TOSS, flip_first, 1);
        l.which = SHARES;
        expect_caught(program_of_products(), sizes[k][0], sizes[k][1], l,
                      "the shares of a challenge do not fit together");
    }
}

/* t cheaters who see the others' shares could choose theirs so that the challenge is what they like. */
Test(attacks, a_challenge_chosen_by_all_cheaters_together)
{
    for (size_t k = 0; k < SIZES; k++)
        for (unsigned first = 0; first < 2; first++) {
            lie l = lie_of_node(0, ABOUT_MESSAGE, STEP_TOSS, randomise, 5);
            l.which = SHARES, l.liars = ((1u << sizes[k][1]) - 1) << first;
            expect_caught(program_of_products(), sizes[k][0], sizes[k][1], l,
                          "the shares of a challenge do not fit together");
        }
}

/* Who could foresee a challenge would choose errors that cancel under it. */
Test(attacks, a_challenge_is_another_each_time_and_in_each_run)
{
    trial t = trial_of(program_of_products(), 3, 1);
    lie l[2] = {{.liars = 0}, {.liars = 0}};

    for (size_t k = 0; k < 2; k++) {
        member_run *runs = run_lied_to(&t, &l[k]);
        cr_assert_eq(runs[0].st, OK, "%s", runs[0].err.text);
        members_free(runs, t.p, t.l);
    }
    cr_assert_gt(l[0].challenges, 4);
    for (size_t i = 0; i < l[0].challenges; i++) {
        for (size_t k = 0; k < l[1].challenges; k++)
            cr_assert_neq(l[0].challenge[i], l[1].challenge[k], "in two runs");
        for (size_t k = 0; k < i; k++)
            cr_assert_neq(l[0].challenge[i], l[0].challenge[k], "twice in a run");
    }
    trial_end(&t);
}

Test(attacks, a_node_that_does_not_go_on)
{
    for (size_t k = 0; k < SIZES; k++) {
        lie l = lie_of_node(1, ABOUT_MESSAGE, STEP_TOSS, flip_first, 1);
        l.which = YES, l.to = 1u;
        expect_caught(program_of_products(), sizes[k][0], sizes[k][1], l,
                      "does not go on with the checks");
    }
}

typedef struct silence {
    step in;
    bool began;
} silence;

/* From a step on node 0 says nothing more to node 2. */
static fate keep_back(void *arg, unsigned from, unsigned to, uint8_t *payload, size_t len)
{
    silence *s = arg;
    (void)payload, (void)len;

    if (from != 0 || to != 2) return FATE_ARRIVES;
    s->began |= in_step(s->in) && !in_step(STEP_TOSS);
    return s->began ? FATE_LOST : FATE_ARRIVES;
}

/* Node 1 lacks nothing, but it shows no share of a challenge while node 2 does not have what the challenge is for: node 0
 * would know it and could still choose. */
Test(attacks, what_a_challenge_is_for_is_kept_back)
{
    silence from[] = {{STEP_INPUT_CHECKS, false}, {STEP_VERIFY_PRODUCTS, false}};
    trial t = trial_of(program_of_products(), 3, 1);

    for (size_t k = 0; k < 2; k++) {
        lie l = lie_elsewhere(0);
        l.patience_ms = 400, l.about_input_bits = true;
        tamper(keep_back, &from[k]);
        member_run *runs = run_lied_to(&t, &l);
        tamper(NULL, NULL);
        cr_assert_neq(runs[1].st, OK);
        cr_assert_gt(l.begun[1][STEP_TOSS], 0);
        cr_assert_leq(l.begun[1][STEP_CHALLENGE], l.begun[2][STEP_TOSS],
                      "node 1 shows a challenge for which node 2 lacks something");
        members_free(runs, t.p, t.l);
    }
    trial_end(&t);
}

/* --- the order of checks: none passes or fails by a secret */

/* One node is shown another masked value. Before all know that it was found nobody shows anything of the later checks. */
Test(attacks, no_product_is_verified_before_openings_are)
{
    trial t = trial_of(program_of_one(OP_LT), 3, 1);
    lie l = lie_of_node(1, ABOUT_MESSAGE, STEP_MASK, add_to_first, 2);

    l.most = 1, l.nth = 0, l.not_in = 1u << STEP_DEALING;
    member_run *runs = run_lied_to(&t, &l);
    expect_all_stopped(&t, &l, runs, "a masked value was opened wrong");
    for (unsigned k = 0; k < 3; k++) {
        cr_assert_leq(l.begun[k][STEP_CHALLENGE], 1, "a challenge of later checks");
        cr_assert_eq(l.said[k][STEP_VERIFY_PRODUCTS], 0);
    }
    members_free(runs, t.p, t.l);
    trial_end(&t);
}

static void expect_no_proof(program *p, lie l, const char *words)
{
    enum { FOUR = 4 };
    trial t = trial_of(p, FOUR, 1);
    member_run *runs = run_lied_to(&t, &l);

    expect_all_stopped(&t, &l, runs, words);
    for (unsigned k = 1; k < FOUR; k++) cr_assert_eq(l.said[k][STEP_VERIFY_PRODUCTS], 0);
    members_free(runs, t.p, t.l);
    trial_end(&t);
}

/* Of bits that two nodes were dealt differently shares have values that are no bits: a product with another bit would be right
 * or wrong by that bit. Shares on no polynomial of degree t make errors of products that depend on what is multiplied. */
Test(attacks, no_product_is_verified_before_what_was_dealt_is)
{
    lie bits = lie_of_node(0, ABOUT_MESSAGE, STEP_ANDS, flip_first, 1),
        numbers = lie_of_node(0, ABOUT_MESSAGE, STEP_PRODUCTS, add_to_first, 1);

    bits.to = 1u << 1, numbers.to = 1u << 2, bits.most = numbers.most = 1;
    bits.not_in = numbers.not_in = 1u << STEP_INPUT_CHECKS;
    expect_no_proof(program_of_one(OP_LT), bits, "was dealt other bits than this node");
    expect_no_proof(program_of_products(), numbers, "the shares of what was dealt do not fit");
}

/* Dealt bits before products. */
Test(attacks, no_product_is_verified_before_dealt_bits_are)
{
    trial t = trial_of(program_of_one(OP_FLOOR), 3, 1);
    lie l = lie_of_node(0, ABOUT_OPENING, STEP_VERIFY_DEALT, flip_first, 1);
    const size_t one_check = 2000; /* bytes: less than a second proof of products would be */

    l.most = 1;
    member_run *runs = run_lied_to(&t, &l);
    expect_all_stopped(&t, &l, runs, "a parity");
    size_t proofs = l.said[1][STEP_VERIFY_PRODUCTS];
    members_free(runs, t.p, t.l);
    lie none = {.liars = 0};
    runs = run_lied_to(&t, &none);
    cr_assert_lt(proofs + one_check, none.said[1][STEP_VERIFY_PRODUCTS]);
    members_free(runs, t.p, t.l);
    trial_end(&t);
}

/* --- the last round */

/* Products revealed one after the other: those of the second time rest on no input that has to be checked. */
static program *revealed_twice(void)
{
    program *p = program_begin(61, 1);
    uint32_t xy[] = {program_input(p, 0, KIND_INT, 4), program_input(p, 1, KIND_INT, 4)};
    for (size_t k = 0; k < 2; k++)
        program_reveal(p, PARTY_ALL, program_op(p, OP_MUL, 4, xy, 2, NULL, 0));
    return p;
}

static size_t outputs_said(const trial *t, lie *l, bool stops)
{
    member_run *runs = run_lied_to(t, l);

    for (unsigned k = 1; k < 3; k++)
        cr_assert_eq(runs[k].st, stops ? E_ABORT : OK, "%s", runs[k].err.text);
    members_free(runs, t->p, t->l);
    return l->said[1][STEP_OUTPUTS] + l->said[2][STEP_OUTPUTS];
}

/* A lie in the end of the last proof, to one node: the other has found nothing, and shows nothing of the output. */
Test(attacks, no_output_is_shown_before_all_have_verified)
{
    trial t = trial_of(revealed_twice(), 3, 1);
    lie none = {.liars = 0};
    const size_t both = outputs_said(&t, &none, false);

    for (unsigned to = 1; to < 3; to++) {
        lie l = lie_of_node(0, ABOUT_MESSAGE, STEP_VERIFY_PRODUCTS, flip_first, 1);
        l.nth = 1;
        l.to = 1u << to, l.within = 1u << STEP_OPENING, l.not_in = 1u << STEP_TOSS;
        cr_assert_eq(2 * outputs_said(&t, &l, true), both, "not of the first output alone");
    }
    trial_end(&t);
}

Test(attacks, a_wrong_share_of_an_output)
{
    for (size_t k = 0; k < SIZES; k++) {
        lie l = lie_of_node(0, ABOUT_OPENING, STEP_OUTPUTS, add_to_first, 1);
        expect_caught(program_of_products(), sizes[k][0], sizes[k][1], l,
                      "the shares of an output do not fit together");
    }
}

/* t cheaters with shares that fit each other. */
Test(attacks, wrong_shares_of_an_output_by_all_cheaters_together)
{
    for (size_t k = 0; k < SIZES; k++) {
        lie l = lie_of_node(0, ABOUT_OPENING, STEP_OUTPUTS, add_to_first, 1);
        l.liars = (1u << sizes[k][1]) - 1;
        expect_caught(program_of_products(), sizes[k][0], sizes[k][1], l,
                      "the shares of an output do not fit together");
    }
}

/* --- the delivery of outputs (delivery.h; active_delivery.c has what is silent or late) */

enum { WORD = 32, PROMISES = 0, RELEASES = 3 }; /* bytes; rounds */
enum { OK_WORD, KEY_WORD = 2 };                 /* of promises: an ok, a token, then keys */

static lie in_delivery(size_t round, void (*how)(const lie *, const moment *, void *, size_t),
                       uint64_t by)
{
    lie l = lie_of_node(0, ABOUT_MESSAGE, STEP_OUTPUTS, how, by);
    l.round = round, l.not_in = 1u << STEP_OPENING;
    return l;
}

static void change_word(const lie *l, const moment *at, void *data, size_t bytes)
{
    (void)at;
    if (bytes > l->by * WORD) ((uint8_t *)data)[l->by * WORD] ^= 1;
}

Test(attacks, another_promise_of_a_key)
{
    for (size_t k = 0; k < SIZES; k++)
        expect_caught(program_of_products(), sizes[k][0], sizes[k][1],
                      in_delivery(PROMISES, change_word, KEY_WORD),
                      "promise different keys of the outputs");
}

Test(attacks, other_promises_to_one_node)
{
    for (size_t k = 0; k < SIZES; k++) {
        lie l = in_delivery(PROMISES, change_word, OK_WORD);
        l.to = 1u << 1;
        expect_caught(program_of_products(), sizes[k][0], sizes[k][1], l,
                      "was promised other keys of the outputs than this party");
    }
}

/* Both keys that a node of three knows, which stand last. The others have them of each other. */
static void change_keys(const lie *l, const moment *at, void *data, size_t bytes)
{
    (void)l, (void)at;
    for (size_t k = 1; k <= 2; k++) ((uint8_t *)data)[bytes - k * WORD] ^= 1;
}

Test(attacks, another_key_of_an_output)
{
    trial t = trial_of(program_of_products(), 3, 1);
    lie l = in_delivery(RELEASES, change_keys, 0);
    member_run *runs = run_lied_to(&t, &l);

    cr_assert_gt(l.told[0], 0);
    for (unsigned k = 1; k < t.l->members; k++) {
        cr_assert_eq(runs[k].st, OK, "%s", runs[k].err.text);
        cr_assert_not_null(runs[k].data->output[0][0].v);
    }
    tally_tell(&(tally){.runs = 1});
    members_free(runs, t.p, t.l);
    trial_end(&t);
}

/* --- several sessions in one process: each has checks of its own */

typedef struct session {
    pthread_t thread;
    trial t;
    lie l;
    member_run *runs;
} session;

static void *one_session(void *arg)
{
    session *s = arg;
    s->runs = run_lied_to(&s->t, &s->l);
    return NULL;
}

Test(attacks, sessions_at_once_each_with_checks_of_its_own)
{
    enum { SESSIONS_AT_ONCE = 6 };
    session s[SESSIONS_AT_ONCE];

    for (size_t k = 0; k < SESSIONS_AT_ONCE; k++) {
        s[k].t = trial_of(program_of_products(), 3, 1);
        s[k].l = k % 2 ? (lie){.liars = 0}
                       : lie_of_node(k % 3, ABOUT_REDUCTION, STEP_PRODUCTS, add_to_first, 1);
    }
    for (size_t k = 0; k < SESSIONS_AT_ONCE; k++)
        pthread_create(&s[k].thread, NULL, one_session, &s[k]);
    for (size_t k = 0; k < SESSIONS_AT_ONCE; k++) pthread_join(s[k].thread, NULL);
    for (size_t k = 0; k < SESSIONS_AT_ONCE; k++) {
        if (s[k].l.liars)
            expect_all_stopped(&s[k].t, &s[k].l, s[k].runs, "product");
        else
            for (unsigned m = 0; m < s[k].t.l->members; m++)
                cr_assert_eq(s[k].runs[m].st, OK, "%s", s[k].runs[m].err.text);
        members_free(s[k].runs, s[k].t.p, s[k].t.l);
        trial_end(&s[k].t);
    }
}

/* One after the other, of which each checks anew. */
Test(attacks, a_session_after_others_that_were_honest)
{
    for (size_t k = 0; k < 3; k++) {
        trial t = trial_of(program_of_products(), 3, 1);
        member_run *runs = run_members(t.p, t.l, t.d->input);
        for (unsigned m = 0; m < t.l->members; m++) cr_assert_eq(runs[m].st, OK);
        members_free(runs, t.p, t.l);
        trial_end(&t);
    }
    expect_caught(program_of_products(), 3, 1,
                  lie_of_node(1, ABOUT_REDUCTION, STEP_PRODUCTS, add_to_first, 1), "product");
}

/* --- and where nobody lies, all goes well: what removes a check must leave this */

Test(attacks, none_and_every_protocol_ends_well)
{
    for (size_t k = 0; k < 3; k++) {
        program *all[] = {program_of_products(), program_of_one(OP_LT), program_of_one(OP_FLOOR),
                          program_of_choices(),  program_of_shuffles(), program_of_sorts(),
                          program_of_prime()};
        for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
            trial t = trial_of(all[i], sizes[k][0], sizes[k][1]);
            lie l = {.liars = 0};
            member_run *runs = run_lied_to(&t, &l);
            for (unsigned m = 0; m < t.l->members; m++)
                cr_assert_eq(runs[m].st, OK, "%s", runs[m].err.text);
            members_free(runs, t.p, t.l);
            trial_end(&t);
        }
    }
}
