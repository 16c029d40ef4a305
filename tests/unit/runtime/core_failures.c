/* What goes wrong inside a session stops it: keys that differ, and rounds that fail under way. */
#include "core_help.h"

#include "runtime/box.h"
#include "runtime/protocol.h"

#include <criterion/criterion.h>
#include <string.h>

Test(failures, keys_that_differ_stop_every_member_before_any_share)
{
    static const unsigned sizes[][2] = {{3, 1}, {5, 2}, {9, 4}};
    for (size_t k = 0; k < sizeof sizes / sizeof sizes[0]; k++)
        for (int apart = 0; apart < 2; apart++) {
            program *p = program_begin(61, 1);
            program_reveal(p, PARTY_ALL, program_input(p, 0, KIND_INT, 2));
            run_data *d = run_data_new(p);
            fill_input(p, d, 0, 20, NULL, 0);
            launch *l = launch_for(p, sizes[k][0], sizes[k][1], apart);
            member_run *runs = run_disagreeing(p, l, d->input, 1);
            for (unsigned i = 0; i < l->members; i++) {
                cr_assert_eq(runs[i].st, E_ABORT, "member %u: %d %s", i, runs[i].st,
                             runs[i].err.text);
                cr_assert_null(runs[i].data->output[0][0].v);
            }
            members_free(runs, p, l);
            launch_free(l);
            run_data_free(d, p);
            program_free(p);
        }
}

/* One job sends what is no element; another, that runs beside it, must unwind too. */
static void send_last_too_large(job *j, size_t len)
{
    const box *b = job_box(j);
    uint64_t *sent = job_vector(j, b->f, len), *got = job_vector(j, b->f, len);
    memset(got, 0, len * sizeof *got);
    for (size_t k = 0; k < len; k++) sent[k] = k + 1 == len && b->self == 1 ? b->f->p.limb[0] : 5;
    job_send(j, (b->self + 1) % b->nodes, sent, len * sizeof *sent);
    job_receive_share(j, (b->self + b->nodes - 1) % b->nodes, got, element_of(1), len);
    job_wait(j);
}

static void send_two(job *j)
{
    send_last_too_large(j, 2);
}

/* Shares that are used as they come. */
static void send_two_frames(job *j)
{
    send_last_too_large(j, 2 * CHANNEL_FRAME / sizeof(uint64_t) - 1);
}

static _Thread_local bool went_on;

static void wait_twice(job *j)
{
    job_vector(j, job_box(j)->f, 1000); /* is freed when the job unwinds */
    job_wait(j);
    job_wait(j);
    went_on = true;
}

static void use_bad_shares(abb *base, unsigned self, void *arg)
{
    box *b = box_of(base);
    failure err = {0};
    void (*send_too_large)(job *) = *(void (**)(job *))arg;
    if (self != 2) { /* only node 2 gets the bad share, and stops: the others' next round never comes */
        cr_assert_eq(job_begin(b, NULL, send_too_large, &err), OK);
        cr_assert_eq(job_finish_all(b, &err), OK);
        return;
    }
    cr_assert_eq(job_begin(b, NULL, send_too_large, &err), OK);
    cr_assert_eq(job_begin(b, NULL, wait_twice, &err), OK);
    cr_assert_eq(job_finish_all(b, &err), E_ABORT);
    cr_assert_not_null(strstr(err.text, "member-1"), "%s", err.text);
    cr_assert(!went_on, "the job beside it unwinds");
    cr_assert_eq(b->jobs, 0);
}

Test(failures, what_is_no_element_stops_the_run_and_names_its_sender)
{
    void (*lengths[])(job *) = {send_two, send_two_frames};
    for (size_t k = 0; k < 2; k++) {
        program *p = program_begin(61, 1);
        launch *l = launch_for(p, 3, 1, false);
        with_boxes(p, l, use_bad_shares, &lengths[k]);
        launch_free(l);
        program_free(p);
    }
}
