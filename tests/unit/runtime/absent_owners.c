/* Owners who submit and go: what they leave at the nodes computes as if they were there, tells no t nodes anything, and
 * what the nodes keep for them is what they would have learned. */
#include "core_help.h"

#include "runtime/absent.h"
#include "runtime/gmp_field.h"
#include "runtime/submission.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

enum { LEN = 5, GROUP = 4, MANY = 1 };

/* Numbers and bools of one owner who is a node, and of a group who are not there. */
static program *some_program(uint8_t q)
{
    program *p = program_begin(q, GROUP);
    uint32_t own = program_input(p, 0, KIND_INT, GROUP * LEN),
             x = program_input(p, MANY, KIND_INT, LEN), yes = program_input(p, MANY, KIND_BOOL, LEN),
             no = program_input(p, 0, KIND_BOOL, GROUP * LEN);
    uint32_t product = program_op(p, OP_MUL, GROUP * LEN, (uint32_t[]){own, x}, 2, NULL, 0);
    uint32_t both = program_op(p, OP_AND, GROUP * LEN, (uint32_t[]){yes, no}, 2, NULL, 0);

    p->reg[both].kind = KIND_BOOL;
    program_reveal(p, PARTY_ALL, product);
    program_reveal(p, MANY, x);
    program_reveal(p, 0, both);
    program_reveal(p, MANY, both);
    return p;
}

static void fill(const program *p, run_data *d)
{
    static const num edge[] = {0, 1, -1, 1000000};
    static const num bools[] = {1, 0, 1, 1, 0};

    fill_input(p, d, 0, 20, edge, 4), fill_input(p, d, 1, 20, edge, 4);
    fill_input(p, d, 2, 1, bools, LEN), fill_input(p, d, 3, 1, bools, LEN);
}

/* Party 0 stands at node 0; who is of the group is absent. */
static launch *launch_without(const program *p, unsigned nodes, unsigned threshold)
{
    launch *l = launch_for(p, nodes, threshold, false);

    cr_assert_eq(launch_add_absent(l, GROUP, NULL), OK);
    for (unsigned m = 0; m < GROUP; m++) {
        l->home[0][0] = 0, l->home[MANY][m] = nodes + m;
        l->name[nodes + m] = strdup("owner");
    }
    return l;
}

/* One run's nodes, with what they hold and keep. */
typedef struct scene {
    const program *p;
    const launch *l;
    const field *f;
    run_data *d;
    void *share[NODES_MAX][GROUP];
    absent_owners at[NODES_MAX];
    buffer kept[NODES_MAX][GROUP];
} scene;

static bool keep(void *user, unsigned owner, const absent_key *what, const void *share, size_t bytes)
{
    absent_keep(&((buffer *)user)[owner], what, share, bytes);
    return true;
}

static void submit(scene *s, unsigned owner)
{
    submission_part part[NODES_MAX];
    uint8_t commitment[NODES_MAX][SUBMISSION_HASH], again[SUBMISSION_HASH],
        what[SUBMISSION_HASH] = {7};
    submission_terms t = {.f = s->f,
                          .nodes = s->l->nodes,
                          .threshold = s->l->threshold,
                          .len = submission_length(s->p, MANY)};
    failure err = {0};
    void *given;

    submission_id(t.id, "a key", what, owner);
    cr_assert_eq(absent_give(s->p, MANY, owner, s->f, s->d, &given, &err), OK, "%s", err.text);
    cr_assert_eq(submission_deal(&t, given, part, commitment, &err), OK, "%s", err.text);
    free(given);
    for (unsigned k = 0; k < t.nodes; k++) {
        s->share[k][owner] = malloc(t.len * s->f->size);
        submission_commit(&t, k, &part[k], again);
        cr_expect_arr_eq(again, commitment[k], sizeof again);
        cr_assert_eq(submission_shares(&t, k, &part[k], s->share[k][owner], &err), OK);
    }
    submission_forget(part, t.nodes);
}

static scene *play(const program *p, unsigned nodes, unsigned threshold)
{
    scene *s = calloc(1, sizeof *s);
    failure err = {0};

    s->p = p, s->l = launch_without(p, nodes, threshold), s->f = field_open(p, false);
    s->d = run_data_new(p);
    fill(p, s->d);
    for (unsigned k = 0; k < GROUP; k++) submit(s, k);
    for (unsigned k = 0; k < nodes; k++)
        s->at[k] = (absent_owners){(const void *const *)s->share[k], keep, s->kept[k]};
    absent_at(s->at);
    abb *ideal = ideal_new(p);
    cr_assert_eq(interp_run(p, ideal, s->d, &err), OK, "%s", err.text);
    ideal_free(ideal);
    return s;
}

static void scene_free(scene *s)
{
    absent_at(NULL);
    for (unsigned k = 0; k < s->l->nodes; k++)
        for (unsigned m = 0; m < GROUP; m++) free(s->share[k][m]), buffer_free(&s->kept[k][m]);
    run_data_free(s->d, s->p);
    field_close(s->f);
    launch_free((launch *)(uintptr_t)s->l);
    free(s);
}

static absent_kept kept_for(const scene *s, unsigned owner, uint32_t answered)
{
    absent_kept kept = {.nodes = s->l->nodes, .threshold = s->l->threshold};

    for (unsigned k = 0; k < kept.nodes; k++)
        if (answered >> k & 1) kept.of[k] = (slice){s->kept[k][owner].data, s->kept[k][owner].len};
    return kept;
}

static status learn(const scene *s, unsigned owner, uint32_t answered, run_data *into, failure *err)
{
    absent_kept kept = kept_for(s, owner, answered);

    return absent_learn(s->p, MANY, owner, s->f, &kept, into, err);
}

static void expect_learned(const scene *s, unsigned owner, uint32_t answered)
{
    run_data *into = run_data_new(s->p);
    failure err = {0};

    cr_assert_eq(learn(s, owner, answered, into, &err), OK, "%s", err.text);
    for (uint32_t o = 0; o < s->p->outputs; o++) {
        uint32_t party = s->p->output[o].party, m = party == MANY ? owner : 0;
        const plain *got = &into->output[o][m], *want = &s->d->output[o][m];
        if (party == 0) {
            cr_expect_null(got->v, "learned what is another's");
            continue;
        }
        cr_assert_not_null(got->v);
        cr_assert_eq(got->len, want->len);
        cr_expect(!memcmp(got->v, want->v, want->len * sizeof *want->v));
    }
    run_data_free(into, s->p);
}

static void check(uint8_t q, unsigned nodes, unsigned threshold)
{
    program *p = some_program(q);
    scene *s = play(p, nodes, threshold);
    member_run *runs = run_members(p, s->l, s->d->input);
    const uint32_t all = ((uint32_t)1 << nodes) - 1;

    for (unsigned k = 0; k < nodes; k++) {
        const plain *got = &runs[k].data->output[0][0], *want = &s->d->output[0][0];
        cr_assert_eq(runs[k].st, OK, "q=%u n=%u: %s", q, nodes, runs[k].err.text);
        cr_assert_eq(got->len, want->len);
        cr_expect(!memcmp(got->v, want->v, want->len * sizeof *want->v), "q=%u n=%u", q, nodes);
    }
    expect_price(p, s->l, runs);
    for (unsigned m = 0; m < GROUP; m++) {
        expect_learned(s, m, all);
        expect_learned(s, m, all >> (nodes - threshold - 1));
        expect_learned(s, m, all & ~(all >> (nodes - threshold - 1)) ? all & ~(uint32_t)1 : all);
    }
    members_free(runs, p, s->l);
    scene_free(s);
    program_free(p);
}

Test(absent, what_was_submitted_computes_as_if_its_owner_were_there)
{
    check(61, 3, 1), check(127, 3, 1), check(200, 3, 1);
    check(61, 4, 1), check(61, 5, 2), check(127, 7, 3);
}

Test(absent, shares_that_do_not_fit_are_no_output)
{
    program *p = some_program(61);
    scene *s = play(p, 3, 1);
    member_run *runs = run_members(p, s->l, s->d->input);
    run_data *into = run_data_new(p);
    failure err = {0};

    s->kept[1][2].data[s->kept[1][2].len - 1] ^= 1;
    cr_expect_eq(learn(s, 2, 7, into, &err), E_ABORT);
    cr_expect_eq(learn(s, 0, 1, into, &err), E_PEER, "one node alone");
    s->kept[1][0].len--;
    cr_expect_eq(learn(s, 0, 3, into, &err), E_ABORT, "one that is cut");
    s->kept[0][1].data[0] ^= 1;
    cr_expect_eq(learn(s, 1, 3, into, &err), E_ABORT, "of another output");
    buffer_append(&s->kept[0][3], "more", 4);
    cr_expect_eq(learn(s, 3, 3, into, &err), E_ABORT, "one that goes on");
    run_data_free(into, p);
    members_free(runs, p, s->l);
    scene_free(s);
    program_free(p);
}

Test(absent, nodes_without_the_submissions_do_not_begin)
{
    program *p = some_program(61);
    launch *l = launch_without(p, 3, 1);
    run_data *d = run_data_new(p);

    fill(p, d);
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
    program *p = some_program(61), *wider = some_program(127), *other = some_program(61);

    cr_assert_eq(submission_form(p, MANY, a, NULL), OK);
    other->reg[other->block[0].code[0].lane[0].out[0]].hi =
        wide_of(5); /* of the other party's input */
    cr_assert_eq(submission_form(other, MANY, b, NULL), OK);
    cr_expect_arr_eq(a, b, sizeof a);
    cr_assert_eq(submission_form(wider, MANY, b, NULL), OK);
    cr_expect_arr_neq(a, b, sizeof a, "another field");
    other->reg[other->block[0].code[2].lane[0].out[0]].hi = wide_of(5);
    cr_assert_eq(submission_form(other, MANY, c, NULL), OK);
    cr_expect_arr_neq(a, c, sizeof a, "another range");
    program_free(p), program_free(wider), program_free(other);
}
