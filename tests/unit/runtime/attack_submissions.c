/* Attacks by owners who submit and go, and by nodes on what these left and are to learn: values outside of what the program
 * declares, shares that are no sharing, other shares than a node was given, and outputs that are handed out otherwise. */
#include "absent_scene.h"
#include "lies.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

static const unsigned sizes[][2] = {{3, 1}, {4, 1}, {5, 2}};
enum { SIZES = sizeof sizes / sizeof *sizes, OWNER = 2 };

/* --- what was submitted */

/* No node computes anything of it, and one names the owner. */
static void expect_stopped(scene *s, const char *words)
{
    member_run *runs = run_members(s->p, s->l, s->d->input);

    for (unsigned k = 0; k < s->l->nodes; k++) {
        cr_expect_eq(runs[k].st, E_ABORT, "node %u ends with %d", k, runs[k].st);
        cr_expect_not_null(strstr(runs[k].err.text, words), "%s", runs[k].err.text);
        for (uint32_t o = 0; o < s->p->outputs; o++)
            cr_expect_null(runs[k].data->output[o][0].v, "node %u has an output", k);
    }
    members_free(runs, s->p, s->l);
}

static void with_scene_in(uint8_t bits, const unsigned size[2], scene_filler *fill,
                          void (*tamper_with)(scene *), const char *words)
{
    program *p = scene_program(bits);
    scene *s = scene_begin(p, size[0], size[1], true, fill);

    if (tamper_with) tamper_with(s);
    expect_stopped(s, words);
    scene_free(s);
    program_free(p);
}

static void with_scene(const unsigned size[2], scene_filler *fill, void (*tamper_with)(scene *),
                       const char *words)
{
    with_scene_in(61, size, fill, tamper_with, words);
}

static void beyond(const program *p, run_data *d)
{
    scene_fill(p, d);
    d->input[1][OWNER].v[4] = ((num)1 << 20) + 1;
}

static void below(const program *p, run_data *d)
{
    scene_fill(p, d);
    d->input[1][OWNER].v[0] = -((num)1 << 59);
}

static void two_votes(const program *p, run_data *d)
{
    scene_fill(p, d);
    d->input[2][OWNER].v[3] = 2;
}

static void negative_vote(const program *p, run_data *d)
{
    scene_fill(p, d);
    d->input[2][OWNER].v[0] = -1;
}

Test(attacks, a_submission_outside_of_its_range)
{
    static const char named[] = "owner-2 shared a value outside of what the program declares";

    for (size_t k = 0; k < SIZES; k++) {
        with_scene(sizes[k], beyond, NULL, named);
        if (!k) with_scene(sizes[k], below, NULL, named);
        if (!k) with_scene_in(192, sizes[k], beyond, NULL, named);
        if (!k) with_scene_in(192, sizes[k], below, NULL, named);
    }
}

Test(attacks, a_submitted_bool_that_is_none)
{
    static const char named[] = "owner-2 shared a value outside of what the program declares";

    for (size_t k = 0; k < SIZES; k++) {
        with_scene(sizes[k], two_votes, NULL, named);
        if (!k) with_scene(sizes[k], negative_vote, NULL, named);
    }
}

/* An owner's polynomials of a higher degree, or a node that computes with another share than it was given: which of them
 * it is nobody can tell. */
static void change_a_share(scene *s)
{
    uint64_t *share = s->share[s->l->nodes - 1][OWNER];
    share[3] ^= 1;
}

static void change_two_shares(scene *s)
{
    change_a_share(s);
    ((uint64_t *)s->share[0][OWNER])[3] ^= 1;
}

/* Those of the last bool, which takes part in no comparison. */
static void change_a_share_of_a_bool(scene *s)
{
    ((uint64_t *)s->share[1][OWNER])[9] ^= 1;
}

Test(attacks, a_submission_whose_shares_are_on_no_polynomial)
{
    static const char words[] = "what owner-2 submitted does not fit together";

    for (size_t k = 0; k < SIZES; k++) {
        with_scene(sizes[k], NULL, change_a_share, words);
        with_scene(sizes[k], NULL, change_a_share_of_a_bool, words);
    }
    with_scene(sizes[2], NULL, change_two_shares, words);
    with_scene_in(192, sizes[0], NULL, change_a_share, words);
}

/* --- what waits for owners */

/* A tag is a product like others: an error in it, by which honest shares would not fit, is found before all else. */
Test(attacks, a_wrong_tag_of_what_waits_for_an_owner)
{
    for (size_t k = 0; k < SIZES; k++) {
        program *p = scene_program(61);
        scene *s = scene_begin(p, sizes[k][0], sizes[k][1], true, NULL);
        lie l = lie_of_node(1, ABOUT_REDUCTION, STEP_TAGS, add_to_first, 1);
        trial t = {p, s->d, (launch *)(uintptr_t)s->l};
        expect_caught_in(&t, &l, "product");
        scene_free(s);
        program_free(p);
    }
}

enum { HEAD_BYTES = 20 };

static void add_to(scene *s, unsigned node, size_t which)
{
    uint64_t v;
    uint8_t *at = s->kept[node][OWNER].data + HEAD_BYTES + which * sizeof v;

    memcpy(&v, at, sizeof v);
    v = (v + 5) % field_p61.p.limb[0];
    memcpy(at, &v, sizeof v);
}

static scene *scene_that_ran(program *p, const unsigned size[2])
{
    scene *s = scene_begin(p, size[0], size[1], true, NULL);
    member_run *runs = run_members(p, s->l, s->d->input);

    for (unsigned k = 0; k < s->l->nodes; k++) cr_assert_eq(runs[k].st, OK, "%s", runs[k].err.text);
    members_free(runs, p, s->l);
    return s;
}

/* t nodes hand out what they like, of y, of a or of m, or something that is no share at all. */
Test(attacks, outputs_that_t_nodes_hand_out_otherwise)
{
    enum { Y = 0, A = 20, M = 40, NOT_THIS_ONE = 3 };
    static const size_t where[] = {Y, A, M};

    for (size_t k = 0; k < SIZES; k++)
        for (size_t i = 0; i < 3 + 3; i++) {
            program *p = scene_program(61);
            scene *s = scene_that_ran(p, sizes[k]);
            const uint32_t all = ((uint32_t)1 << s->l->nodes) - 1;
            for (unsigned node = 0; node < s->l->threshold; node++) {
                buffer *kept = &s->kept[node][OWNER];
                if (i < NOT_THIS_ONE) add_to(s, node, where[i]);
                if (i == NOT_THIS_ONE) kept->len--;
                if (i == NOT_THIS_ONE + 1) kept->data[0] ^= 1;
                if (i == NOT_THIS_ONE + 2) memset(kept->data + HEAD_BYTES, 0xff, 8);
            }
            scene_expect_learned(s, OWNER, all);
            scene_free(s);
            program_free(p);
        }
}

/* Who says nothing of what it keeps is no help against who lies. */
Test(attacks, outputs_of_too_few_honest_nodes)
{
    program *p = scene_program(61);
    scene *s = scene_that_ran(p, sizes[0]);
    run_data *into = run_data_new(p);
    failure err = {0};

    add_to(s, 1, 0);
    cr_expect_eq(scene_learn(s, OWNER, 6, into, &err), E_ABORT, "a liar and one more");
    cr_expect_eq(scene_learn(s, OWNER, 4, into, &err), E_PEER, "one alone");
    run_data_free(into, p);
    scene_expect_learned(s, OWNER, 5);
    scene_free(s);
    program_free(p);
}
