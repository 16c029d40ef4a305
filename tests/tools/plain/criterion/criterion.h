/* The part of Criterion that our unit tests use, in one process that forks once a test: for ThreadSanitizer and
 * valgrind, under which Criterion does not start. Put before its own folder on the include path, with
 * plain.c linked. */
#ifndef MOOT_TESTS_PLAIN_CRITERION_H
#define MOOT_TESTS_PLAIN_CRITERION_H

#include <math.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

typedef struct plain_options {
    void (*init)(void), (*fini)(void);
    double timeout;
} plain_options;

typedef struct plain_test {
    const char *suite, *name;
    void (*run)(void);
    plain_options options;
    struct plain_test *next;
} plain_test;

void plain_add(plain_test *t);
/* Says where and what, and ends the test. */
void plain_failed(const char *file, int line, const char *what, const char *fmt, ...)
    __attribute__((noreturn, format(printf, 4, 5)));

#define Test(suite_, name_, ...)                                                                   \
    static void suite_##_##name_(void);                                                            \
    static __attribute__((constructor)) void add_##suite_##_##name_(void)                          \
    {                                                                                              \
        static plain_test t = {#suite_, #name_, suite_##_##name_, {__VA_ARGS__}, NULL};            \
        plain_add(&t);                                                                             \
    }                                                                                              \
    static void suite_##_##name_(void)

/* The blank stands for a message when there is none. */
#define PLAIN_CHECK(holds, what, ...)                                                              \
    ((holds) ? (void)0 : plain_failed(__FILE__, __LINE__, what, " " __VA_ARGS__))

#define cr_assert(x, ...) PLAIN_CHECK(x, #x, __VA_ARGS__)
#define cr_assert_not(x, ...) PLAIN_CHECK(!(x), "not " #x, __VA_ARGS__)
#define cr_assert_eq(a, b, ...) PLAIN_CHECK((a) == (b), #a " == " #b, __VA_ARGS__)
#define cr_assert_neq(a, b, ...) PLAIN_CHECK((a) != (b), #a " != " #b, __VA_ARGS__)
#define cr_assert_lt(a, b, ...) PLAIN_CHECK((a) < (b), #a " < " #b, __VA_ARGS__)
#define cr_assert_gt(a, b, ...) PLAIN_CHECK((a) > (b), #a " > " #b, __VA_ARGS__)
#define cr_assert_geq(a, b, ...) PLAIN_CHECK((a) >= (b), #a " >= " #b, __VA_ARGS__)
#define cr_assert_leq(a, b, ...) PLAIN_CHECK((a) <= (b), #a " <= " #b, __VA_ARGS__)
#define cr_assert_null(a, ...) PLAIN_CHECK((a) == NULL, #a " is NULL", __VA_ARGS__)
#define cr_assert_not_null(a, ...) PLAIN_CHECK((a) != NULL, #a " is not NULL", __VA_ARGS__)
#define cr_assert_str_eq(a, b, ...) PLAIN_CHECK(!strcmp(a, b), #a " is " #b, __VA_ARGS__)
#define cr_assert_arr_eq(a, b, n, ...) PLAIN_CHECK(!memcmp(a, b, n), #a " is " #b, __VA_ARGS__)
#define cr_assert_float_eq(a, b, most, ...)                                                        \
    PLAIN_CHECK(fabs((a) - (b)) <= (most), #a " is about " #b, __VA_ARGS__)
#define cr_assert_fail(...) plain_failed(__FILE__, __LINE__, "reached", " " __VA_ARGS__)

/* An expectation ends the test, too. */
#define cr_expect cr_assert
#define cr_expect_not cr_assert_not
#define cr_expect_eq cr_assert_eq
#define cr_expect_float_eq cr_assert_float_eq
#define cr_expect_lt cr_assert_lt
#define cr_expect_gt cr_assert_gt
#define cr_expect_geq cr_assert_geq
#define cr_expect_leq cr_assert_leq
#define cr_expect_null cr_assert_null
#define cr_expect_not_null cr_assert_not_null
#define cr_expect_str_eq cr_assert_str_eq
#define cr_expect_arr_eq cr_assert_arr_eq
#define cr_expect_arr_neq(a, b, n, ...) PLAIN_CHECK(memcmp(a, b, n), #a " is not " #b, __VA_ARGS__)

#endif
