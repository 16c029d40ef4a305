/* Attacks by owners of lists of private length: a length that no list has, items outside of the declared range where no
 * honest owner has any, and more work on own data than to pad a list and to count it. */
#include "lies.h"

#include "compiler/compile.h"

#include <criterion/criterion.h>
#include <string.h>

static const unsigned sizes[][2] = LIES_SIZES;
enum { SIZES = sizeof sizes / sizeof *sizes, BOUND = 4, LEAST = 2, MOST = 9 };

/* Two lists of the last member, which is no node, that have one length. */
static const char source[] = "party one\nparty many[1]\n"
                             "input x from one : int[..4] 2..9\ninput b from one : bool[..4]\n"
                             "output total to all : int\noutput most to all : int\n"
                             "output items to all : int\noutput both to all : int\n"
                             "x sum reveal total  x maximum reveal most  b length reveal items\n"
                             "x b mask sum reveal both\n";

static program *compiled(bool pad)
{
    const compile_request req = {.file = "lists.moot",
                                 .source = {(const uint8_t *)source, sizeof source - 1},
                                 .no_hoist = true,
                                 .pad = pad};
    program *p = NULL;
    report rep;
    failure err = {0};
    cr_assert_eq(compile(&req, &p, &rep, &err), OK, "%s", err.text);
    report_free(&rep);
    return p;
}

static void give(run_data *d, uint32_t input, const num *items, size_t len)
{
    cr_assert_eq(plain_alloc(&d->input[input][0], len, 0, NULL), OK);
    memcpy(d->input[input][0].v, items, len * sizeof *items);
}

/* Of lists with so many items; the outputs are those of the ideal box. */
static trial trial_of_lists(program *p, const unsigned size[2], size_t len)
{
    trial t = {.p = p, .d = run_data_new(p), .l = launch_for(p, size[0], size[1], true)};
    failure err = {0};
    abb *ideal = ideal_new(p);

    give(t.d, 0, (num[BOUND]){3, 9, 2, 5}, len), give(t.d, 1, (num[BOUND]){1, 0, 1, 1}, len);
    cr_assert_eq(launch_choose_security(t.l, true, NULL), OK);
    cr_assert_eq(interp_run(p, ideal, t.d, &err), OK, "%s", err.text);
    ideal_free(ideal);
    return t;
}

/* The owner deals another number among those of one kind: its count alone is a single one. */
static lie lie_of_owner(unsigned nodes, size_t numbers,
                        void (*how)(const lie *, const moment *, void *, size_t), uint64_t by)
{
    lie l = lie_of_node(nodes, ABOUT_SECRET, STEP_INPUTS, how, by);
    l.bytes = numbers * sizeof(uint64_t), l.most = 1;
    return l;
}

static void expect_list_caught(const unsigned size[2], size_t len, lie l)
{
    trial t = trial_of_lists(compiled(true), size, len);

    expect_caught_in(&t, &l, "shared a value outside of what the program declares");
    trial_end(&t);
}

Test(attacks, a_list_longer_than_its_bound)
{
    for (size_t k = 0; k < SIZES; k++)
        expect_list_caught(sizes[k], BOUND, lie_of_owner(sizes[k][0], 1, add_to_first, 1));
    expect_list_caught(sizes[0], BOUND, lie_of_owner(3, 1, add_to_first, (uint64_t)1 << 40));
}

Test(attacks, a_list_of_less_than_no_items)
{
    for (size_t k = 0; k < SIZES; k++)
        expect_list_caught(sizes[k], 0,
                           lie_of_owner(sizes[k][0], 1, add_to_first, field_p61.p.limb[0] - 1));
}

/* Where the count comes as bits, of which one is none. */
Test(attacks, a_bit_of_a_count_that_is_none)
{
    enum { COUNT_BITS = 3 };
    for (size_t k = 0; k < SIZES; k++) {
        lie l = lie_of_owner(sizes[k][0], COUNT_BITS, flip_first, 2);
        l.about_input_bits = true;
        expect_list_caught(sizes[k], BOUND, l);
    }
}

Test(attacks, an_item_behind_the_last_outside_of_its_range)
{
    for (size_t k = 0; k < SIZES; k++)
        expect_list_caught(sizes[k], 2,
                           lie_of_owner(sizes[k][0], BOUND, add_to_last, MOST - LEAST + 1));
}

/* Within the range the owner may say there what it likes: nobody learns it. */
Test(attacks, what_stands_behind_the_last_item_counts_nowhere)
{
    for (size_t k = 0; k < 2; k++)
        for (size_t len = 0; len < BOUND; len++) {
            lie l = lie_of_owner(sizes[k][0], BOUND, add_to_last, MOST - LEAST);
            trial t = trial_of_lists(compiled(true), sizes[k], len);
            member_run *runs = run_lied_to(&t, &l);
            cr_assert_eq(l.told[sizes[k][0]], 1);
            for (unsigned m = 0; m < sizes[k][0]; m++)
                cr_assert(runs[m].st == OK && outputs_right(&t, &runs[m]), "member %u of %u: %s", m,
                          sizes[k][0], runs[m].err.text);
            members_free(runs, t.p, t.l);
            trial_end(&t);
        }
}

/* What a list's owner would sum up alone it could claim to be anything. */
Test(attacks, work_on_lists_that_are_not_padded_is_refused)
{
    expect_refused(compiled(false));
}

Test(attacks, a_count_with_more_room_than_the_bound_is_refused)
{
    program *p = compiled(true);

    for (uint32_t i = 0; i < p->block[0].len; i++)
        if (p->block[0].code[i].op == OP_LENGTH)
            p->reg[p->block[0].code[i].lane[0].out[0]].hi = wide_of(BOUND + 1);
    expect_refused(p);
}
