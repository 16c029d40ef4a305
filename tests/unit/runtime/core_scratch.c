/* Scratch memory is what was asked for, is used again by who asks for as much, and is not hoarded. */
#include "runtime/scratch.h"

#include <criterion/criterion.h>
#include <malloc.h>
#include <string.h>

Test(scratch, pieces_are_whole_aligned_and_apart)
{
    enum { PIECES = 400 };
    scratch *s = scratch_new();
    uint8_t *piece[PIECES];

    for (size_t round = 0; round < 3; round++) {
        for (size_t k = 0; k < PIECES; k++) {
            piece[k] = scratch_take(s, k * k / 3);
            cr_assert_eq((uintptr_t)piece[k] % _Alignof(max_align_t), 0);
            memset(piece[k], (int)k, k * k / 3);
        }
        for (size_t k = 0; k < PIECES; k++) {
            for (size_t i = 0; i < k * k / 3; i++) cr_assert_eq(piece[k][i], (uint8_t)k);
            scratch_give(s, piece[k]);
        }
    }
    scratch_free(s);
}

Test(scratch, what_was_given_back_is_taken_again)
{
    scratch *s = scratch_new();
    void *first = scratch_take(s, 1000000), *second = scratch_take(s, 1000000);

    scratch_give(s, first);
    cr_assert_eq(scratch_take(s, 990000), first);
    scratch_give(s, first);
    scratch_give(s, second);
    cr_assert_eq(scratch_take(s, 1000000), second);
    cr_assert_eq(scratch_take(s, 1000000), first);
    scratch_give(s, first);
    scratch_give(s, second);
    scratch_free(s);
}

Test(scratch, what_is_somewhat_larger_serves_and_what_is_much_larger_waits)
{
    scratch *s = scratch_new();
    void *first = scratch_take(s, 1000000);

    scratch_give(s, first);
    void *smaller = scratch_take(s, 300000);
    cr_assert_neq(smaller, first);
    cr_assert_eq(scratch_take(s, 600000), first);
    scratch_give(s, first);
    scratch_give(s, smaller);
    scratch_free(s);
}

Test(scratch, what_is_too_much_is_refused)
{
    scratch *s = scratch_new();

    cr_assert_null(scratch_take(s, SIZE_MAX));
    cr_assert_null(scratch_take(s, SIZE_MAX / 4 + 1));
    scratch_give(s, NULL);
    scratch_free(s);
    scratch_free(NULL);
}

/* Bytes that the C library got from the system for large pieces. */
static size_t mapped(void)
{
    return mallinfo2().hblkhd;
}

/* One piece over the limit, and two that together are: both go when something else is wanted, or at a good moment. */
Test(scratch, what_is_large_is_kept_until_more_is_wanted_or_work_settles)
{
    scratch *s = scratch_new();
    void *large = scratch_take(s, SCRATCH_KEPT + 1);

    if (!mapped()) cr_skip_test("this C library does not say what it mapped");
    scratch_give(s, large);
    cr_assert_gt(mapped(), SCRATCH_KEPT);
    scratch_give(s, scratch_take(s, SCRATCH_KEPT / 8));
    cr_assert_lt(mapped(), SCRATCH_KEPT);

    large = scratch_take(s, SCRATCH_KEPT / 2 + 1);
    void *other = scratch_take(s, SCRATCH_KEPT / 2 + 1);
    scratch_give(s, large), scratch_give(s, other);
    cr_assert_gt(mapped(), SCRATCH_KEPT);
    scratch_settle(s);
    cr_assert_lt(mapped(), SCRATCH_KEPT);
    scratch_free(s);
}

Test(scratch, what_is_held_stays_until_all_have_given_it_back)
{
    scratch *s = scratch_new();
    void *first = scratch_take(s, 1000000);

    scratch_hold(first);
    scratch_hold(first);
    scratch_give(s, first);
    scratch_give(s, first);
    void *second = scratch_take(s, 1000000);
    cr_assert_neq(second, first);
    scratch_give(s, first);
    cr_assert_eq(scratch_take(s, 1000000), first);
    scratch_give(s, first);
    scratch_give(s, second);
    scratch_free(s);
}
