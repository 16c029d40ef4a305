#include "absent_scene.h"

#include "runtime/absent.h"
#include "runtime/gmp_field.h"
#include "runtime/submission.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { LEN = 5, BITS = 20 };

program *scene_program(uint8_t q)
{
    program *p = program_begin(q, SCENE_GROUP);
    uint32_t own = program_input(p, 0, KIND_INT, SCENE_GROUP * LEN),
             x = program_input(p, SCENE_MANY, KIND_INT, LEN),
             yes = program_input(p, SCENE_MANY, KIND_BOOL, LEN),
             no = program_input(p, 0, KIND_BOOL, SCENE_GROUP * LEN);
    uint32_t product = program_op(p, OP_MUL, SCENE_GROUP * LEN, (uint32_t[]){own, x}, 2, NULL, 0);
    uint32_t both = program_op(p, OP_AND, SCENE_GROUP * LEN, (uint32_t[]){yes, no}, 2, NULL, 0);

    p->reg[both].kind = KIND_BOOL;
    program_reveal(p, PARTY_ALL, product);
    program_reveal(p, SCENE_MANY, x);
    program_reveal(p, 0, both);
    program_reveal(p, SCENE_MANY, both);
    program_ranges(p, BITS);
    return p;
}

void scene_fill(const program *p, run_data *d)
{
    static const num edge[] = {0, 1, -1, 1000000};
    static const num bools[] = {1, 0, 1, 1, 0};

    fill_input(p, d, 0, BITS, edge, 4), fill_input(p, d, 1, BITS, edge, 4);
    fill_input(p, d, 2, 1, bools, LEN), fill_input(p, d, 3, 1, bools, LEN);
}

launch *scene_launch(const program *p, unsigned nodes, unsigned threshold, bool active)
{
    launch *l = launch_for(p, nodes, threshold, false);
    char name[16];

    cr_assert_eq(launch_add_absent(l, SCENE_GROUP, NULL), OK);
    for (unsigned m = 0; m < SCENE_GROUP; m++) {
        snprintf(name, sizeof name, "owner-%u", m);
        l->home[0][0] = 0, l->home[SCENE_MANY][m] = nodes + m;
        l->name[nodes + m] = strdup(name);
    }
    cr_assert_eq(launch_choose_security(l, active, NULL), OK);
    return l;
}

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
                          .len = submission_length(s->p, SCENE_MANY)};
    failure err = {0};
    void *given;

    submission_id(t.id, "a key", what, owner);
    cr_assert_eq(absent_give(s->p, SCENE_MANY, owner, s->f, s->d, &given, &err), OK, "%s", err.text);
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

/* The outputs of who gives what the ideal box takes. */
static void find_outputs(scene *s)
{
    abb *ideal = ideal_new(s->p);
    failure err = {0};

    cr_assert_eq(interp_run(s->p, ideal, s->d, &err), OK, "%s", err.text);
    ideal_free(ideal);
}

scene *scene_begin(const program *p, unsigned nodes, unsigned threshold, bool active,
                   scene_filler *fill)
{
    scene *s = calloc(1, sizeof *s);

    s->p = p, s->l = scene_launch(p, nodes, threshold, active), s->f = field_open(p, false);
    s->d = run_data_new(p);
    (fill ? fill : scene_fill)(p, s->d);
    for (unsigned k = 0; k < SCENE_GROUP; k++) submit(s, k);
    for (unsigned k = 0; k < nodes; k++)
        s->at[k] = (absent_owners){(const void *const *)s->share[k], keep, s->kept[k]};
    absent_at(s->at);
    if (!fill) find_outputs(s);
    return s;
}

void scene_free(scene *s)
{
    absent_at(NULL);
    for (unsigned k = 0; k < s->l->nodes; k++)
        for (unsigned m = 0; m < SCENE_GROUP; m++)
            free(s->share[k][m]), buffer_free(&s->kept[k][m]);
    run_data_free(s->d, s->p);
    field_close(s->f);
    launch_free((launch *)(uintptr_t)s->l);
    free(s);
}

static absent_kept kept_for(const scene *s, unsigned owner, uint32_t answered)
{
    absent_kept kept = {.nodes = s->l->nodes, .threshold = s->l->threshold, .tagged = s->l->active};

    for (unsigned k = 0; k < kept.nodes; k++)
        if (answered >> k & 1) kept.of[k] = (slice){s->kept[k][owner].data, s->kept[k][owner].len};
    return kept;
}

status scene_learn(const scene *s, unsigned owner, uint32_t answered, run_data *into, failure *err)
{
    absent_kept kept = kept_for(s, owner, answered);

    return absent_learn(s->p, SCENE_MANY, owner, s->f, &kept, into, err);
}

void scene_expect_learned(const scene *s, unsigned owner, uint32_t answered)
{
    run_data *into = run_data_new(s->p);
    failure err = {0};

    cr_assert_eq(scene_learn(s, owner, answered, into, &err), OK, "%s", err.text);
    for (uint32_t o = 0; o < s->p->outputs; o++) {
        uint32_t party = s->p->output[o].party, m = party == SCENE_MANY ? owner : 0;
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
