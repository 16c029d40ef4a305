/* Owners who submit and go: what they leave at the nodes computes as if they were there, tells no t nodes anything, and
 * what the nodes keep for them is what they would have learned. */
#include "absent_scene.h"

#include "runtime/absent.h"
#include "runtime/gmp_field.h"
#include "runtime/submission.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

static void check(uint8_t q, unsigned nodes, unsigned threshold, bool active)
{
    program *p = scene_program(q);
    scene *s = scene_begin(p, nodes, threshold, active, NULL);
    member_run *runs = run_members(p, s->l, s->d->input);
    const uint32_t all = ((uint32_t)1 << nodes) - 1;

    for (unsigned k = 0; k < nodes; k++) {
        const plain *got = &runs[k].data->output[0][0], *want = &s->d->output[0][0];
        cr_assert_eq(runs[k].st, OK, "q=%u n=%u: %s", q, nodes, runs[k].err.text);
        cr_assert_eq(got->len, want->len);
        cr_expect(!memcmp(got->v, want->v, want->len * sizeof *want->v), "q=%u n=%u", q, nodes);
    }
    expect_price(p, s->l, runs);
    for (unsigned m = 0; m < SCENE_GROUP; m++) {
        scene_expect_learned(s, m, all);
        scene_expect_learned(s, m, all >> (nodes - threshold - 1));
        scene_expect_learned(s, m,
                             all & ~(all >> (nodes - threshold - 1)) ? all & ~(uint32_t)1 : all);
    }
    members_free(runs, p, s->l);
    scene_free(s);
    program_free(p);
}

Test(absent, what_was_submitted_computes_as_if_its_owner_were_there)
{
    check(61, 3, 1, false), check(127, 3, 1, false), check(200, 3, 1, false);
    check(61, 4, 1, false), check(61, 5, 2, false), check(127, 7, 3, false);
}

Test(absent, in_active_mode_too)
{
    check(61, 3, 1, true), check(127, 3, 1, true), check(61, 4, 1, true), check(61, 5, 2, true);
    check(200, 3, 1, true), check(200, 4, 1, true);
}

Test(absent, shares_that_do_not_fit_are_no_output)
{
    program *p = scene_program(61);
    scene *s = scene_begin(p, 3, 1, false, NULL);
    member_run *runs = run_members(p, s->l, s->d->input);
    run_data *into = run_data_new(p);
    failure err = {0};

    s->kept[1][2].data[s->kept[1][2].len - 1] ^= 1;
    cr_expect_eq(scene_learn(s, 2, 7, into, &err), E_ABORT);
    cr_expect_eq(scene_learn(s, 0, 1, into, &err), E_PEER, "one node alone");
    s->kept[1][0].len--;
    cr_expect_eq(scene_learn(s, 0, 3, into, &err), E_ABORT, "one that is cut");
    s->kept[0][1].data[0] ^= 1;
    cr_expect_eq(scene_learn(s, 1, 3, into, &err), E_ABORT, "of another output");
    buffer_append(&s->kept[0][3], "more", 4);
    cr_expect_eq(scene_learn(s, 3, 3, into, &err), E_ABORT, "one that goes on");
    run_data_free(into, p);
    members_free(runs, p, s->l);
    scene_free(s);
    program_free(p);
}

Test(absent, nodes_without_the_submissions_do_not_begin)
{
    program *p = scene_program(61);
    launch *l = scene_launch(p, 3, 1, false);
    run_data *d = run_data_new(p);

    scene_fill(p, d);
    member_run *runs = run_members(p, l, d->input);
    cr_expect_eq(runs[0].st, E_BUG);
    members_free(runs, p, l);
    run_data_free(d, p);
    launch_free(l);
    program_free(p);
}

/* --- submissions alone */

enum { ITEMS = 4096 };

static submission_terms terms_of(unsigned nodes, unsigned threshold, uint8_t first)
{
    return (submission_terms){
        .f = field_of(61, false), .nodes = nodes, .threshold = threshold, .len = ITEMS, .id = {first}};
}

/* The shares of a vector whose items are all the same, at all nodes. */
static void deal_constant(const submission_terms *t, uint64_t number, uint64_t *share)
{
    submission_part part[NODES_MAX];
    uint8_t commitment[NODES_MAX][SUBMISSION_HASH];
    uint64_t *x = malloc(t->len * sizeof *x);

    t->f->fill(t->f, x, element_of(number), t->len);
    cr_assert_eq(submission_deal(t, x, part, commitment, NULL), OK);
    for (unsigned k = 0; k < t->nodes; k++)
        cr_assert_eq(submission_shares(t, k, &part[k], share + k * t->len, NULL), OK);
    submission_forget(part, t->nodes);
    free(x);
}

/* Each node's shares of one number many times are spread evenly, and no two submissions have any in common. */
Test(absent, no_node_sees_more_than_uniform_numbers)
{
    enum { NODES = 5, CELLS = 16 };
    uint64_t *first = malloc(NODES * ITEMS * 8), *second = malloc(NODES * ITEMS * 8);

    for (uint8_t id = 0; id < NODES; id++) {
        submission_terms t = terms_of(NODES, 2, id);
        deal_constant(&t, 3, first), deal_constant(&t, 3, second);
        for (unsigned k = 0; k < NODES; k++) {
            double chi = 0, each = ITEMS / (double)CELLS;
            unsigned seen[CELLS] = {0};
            for (size_t i = 0; i < ITEMS; i++) seen[first[k * ITEMS + i] >> 57]++;
            for (unsigned c = 0; c < CELLS; c++) chi += (seen[c] - each) * (seen[c] - each) / each;
            cr_expect_lt(chi, 60, "node %u of id %u: %f", k, id, chi);
            for (size_t i = 0; i < ITEMS; i++)
                cr_assert_neq(first[k * ITEMS + i], second[k * ITEMS + i]);
        }
    }
    free(first), free(second);
}

Test(absent, a_commitment_is_of_this_part_at_this_node_alone)
{
    submission_terms t = terms_of(3, 1, 0), other = terms_of(3, 1, 3);
    submission_part part[3];
    uint8_t commitment[3][SUBMISSION_HASH], again[SUBMISSION_HASH];
    uint64_t *x = calloc(ITEMS, sizeof *x);

    cr_assert_eq(submission_deal(&t, x, part, commitment, NULL), OK);
    free(x);
    submission_commit(&other, 1, &part[1], again);
    cr_expect_arr_neq(again, commitment[1], sizeof again, "another id");
    submission_commit(&t, 2, &part[1], again);
    cr_expect_arr_neq(again, commitment[1], sizeof again, "another node");
    part[1].data[5] ^= 1;
    submission_commit(&t, 1, &part[1], again);
    cr_expect_arr_neq(again, commitment[1], sizeof again, "another share");
    part[2].nonce[31] ^= 1;
    submission_commit(&t, 2, &part[2], again);
    cr_expect_arr_neq(again, commitment[2], sizeof again, "another nonce");
    submission_forget(part, 3);
}

Test(absent, what_is_no_element_is_no_share)
{
    submission_terms t = terms_of(3, 1, 0);
    uint64_t *out = malloc(ITEMS * sizeof *out);
    submission_part part = {.data = malloc(ITEMS * 8), .len = ITEMS * 8};

    memset(part.data, 0, part.len);
    cr_expect_eq(submission_shares(&t, 1, &part, out, NULL), OK);
    memset(part.data + 80, 0xff, 8);
    cr_expect_eq(submission_shares(&t, 1, &part, out, NULL), E_DATA);
    part.len -= 8;
    cr_expect_eq(submission_shares(&t, 1, &part, out, NULL), E_DATA);
    part.len = 32;
    cr_expect_eq(submission_shares(&t, 1, &part, out, NULL), E_DATA,
                 "a seed at a node that gets none");
    cr_expect_eq(submission_shares(&t, 0, &part, out, NULL), OK);
    free(part.data), free(out);
}

Test(absent, the_form_is_that_of_the_owners_part)
{
    uint8_t a[SUBMISSION_HASH], b[SUBMISSION_HASH], c[SUBMISSION_HASH];
    program *p = scene_program(61), *wider = scene_program(127), *other = scene_program(61);

    cr_assert_eq(submission_form(p, SCENE_MANY, a, NULL), OK);
    other->reg[other->block[0].code[0].lane[0].out[0]].hi =
        wide_of(5); /* of the other party's input */
    cr_assert_eq(submission_form(other, SCENE_MANY, b, NULL), OK);
    cr_expect_arr_eq(a, b, sizeof a);
    cr_assert_eq(submission_form(wider, SCENE_MANY, b, NULL), OK);
    cr_expect_arr_neq(a, b, sizeof a, "another field");
    other->reg[other->block[0].code[2].lane[0].out[0]].hi = wide_of(5);
    cr_assert_eq(submission_form(other, SCENE_MANY, c, NULL), OK);
    cr_expect_arr_neq(a, c, sizeof a, "another range");
    program_free(p), program_free(wider), program_free(other);
}
