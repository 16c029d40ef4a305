/* Failures, buffers and arenas keep what their header says. */
#include "vm/base.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

Test(base, fail_fills_the_record_and_returns_the_status)
{
    failure err = {0};
    cr_expect_eq(fail(&err, E_DATA, "D02", "%d is outside", 7), E_DATA);
    fail_add(&err, "help: %s", "less");
    cr_expect_eq(err.status, E_DATA);
    cr_expect_str_eq(err.code, "D02");
    cr_expect_str_eq(err.text, "7 is outside\nhelp: less");
    cr_expect_eq(fail(NULL, E_USAGE, "", "nobody listens"), E_USAGE);
    fail_add(NULL, "nobody");
}

Test(base, a_failure_can_wrap_its_own_text)
{
    failure err;
    fail(&err, E_PEER, "N03", "lost telco");
    fail(&err, E_PEER, err.code, "while sharing: %s", err.text);
    cr_expect_str_eq(err.text, "while sharing: lost telco");
    cr_expect_str_eq(err.code, "N03");
}

Test(base, long_texts_are_cut_and_end)
{
    failure err;
    char wide[3000];
    memset(wide, 'x', sizeof wide - 1);
    wide[sizeof wide - 1] = '\0';
    fail(&err, E_BUG, "", "%s", wide);
    cr_expect_eq(strlen(err.text), sizeof err.text - 1);
    fail_add(&err, "more");
    cr_expect_eq(strlen(err.text), sizeof err.text - 1);
}

Test(base, buffers_grow_and_are_taken_as_strings)
{
    buffer b = {0};
    for (int i = 0; i < 1000; i++) buffer_printf(&b, "%03d", i);
    buffer_append(&b, NULL, 0);
    cr_expect_eq(b.len, 3000);
    char *text = buffer_take(&b);
    cr_assert_not_null(text);
    cr_expect_eq(strlen(text), 3000);
    cr_expect(memcmp(text + 2997, "999", 3) == 0);
    cr_expect(b.len == 0 && !b.data);
    free(text);
    text = buffer_take(&b);
    cr_assert_not_null(text);
    cr_expect_str_eq(text, "");
    free(text);
}

Test(base, a_buffer_repeats_what_stands_in_it_also_where_it_has_to_move)
{
    buffer b = {0};
    buffer_append(&b, "ab-", 3);
    for (int i = 0; i < 12; i++) buffer_repeat(&b, 0, b.len);
    buffer_repeat(&b, 1, 1);
    buffer_repeat(&b, 0, 0);
    cr_assert_eq(b.len, (3u << 12) + 1);
    for (size_t k = 0; k < b.len - 1; k++) cr_assert_eq(b.data[k], "ab-"[k % 3]);
    cr_expect_eq(b.data[b.len - 1], 'b');
    buffer_free(&b);
}

Test(base, a_buffer_that_cannot_grow_fails_once_and_for_all)
{
    buffer b = {0};
    buffer_append(&b, "abc", 3);
    buffer_append(&b, "", SIZE_MAX / 2 + 9); /* no machine has this much: nothing is read */
    cr_expect(b.failed);
    buffer_append(&b, "d", 1);
    cr_expect_null(buffer_take(&b));
}

Test(base, arenas_give_zeroed_aligned_memory_of_any_size)
{
    jmp_buf oom;
    arena a = {.oom = &oom};
    cr_assert_eq(setjmp(oom), 0);
    for (size_t size = 0; size < 100000; size = size * 3 + 1) {
        unsigned char *at = arena_alloc(&a, size);
        cr_expect_eq((uintptr_t)at % _Alignof(max_align_t), 0);
        for (size_t k = 0; k < size; k++) cr_assert_eq(at[k], 0);
        memset(at, 0xff, size);
    }
    char *text = arena_printf(&a, "%s-%d", "round", 3);
    cr_expect_str_eq(text, "round-3");
    text = arena_grow(&a, text, 8, 100);
    cr_expect_str_eq(text, "round-3");
    cr_expect_eq(text[99], 0);
    cr_expect_str_eq(arena_strndup(&a, "onehot", 3), "one");
    arena_free(&a);
    cr_expect_null(a.chunks);
}

Test(base, an_arena_without_memory_jumps_out)
{
    jmp_buf oom;
    arena a = {.oom = &oom};
    if (setjmp(oom) == 0) {
        arena_alloc(&a, SIZE_MAX - 8);
        cr_assert_fail("it should not have returned");
    }
    arena_free(&a);
}
