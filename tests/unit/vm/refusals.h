/* Tables of what the verifier refuses: a program that verifies, spoiled in one thing each time. */
#ifndef MOOT_TESTS_VM_REFUSALS_H
#define MOOT_TESTS_VM_REFUSALS_H

#include "build.h"

#include <criterion/criterion.h>
#include <string.h>

typedef struct spoiled {
    const char *what;
    void (*spoil)(program *p);
    const char *message; /* part of it */
} spoiled;

static inline void expect_accepted(program *p)
{
    failure err = {0};
    cr_expect_eq(program_verify(p, &err), OK, "%s", err.text);
    program_free(p);
}

static inline void expect_each_refused(program *(*good)(void), const spoiled *table, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        program *p = good();
        failure err = {0};
        table[i].spoil(p);
        cr_expect_eq(program_verify(p, &err), E_PROGRAM, "%s", table[i].what);
        cr_expect_not_null(strstr(err.text, table[i].message), "%s: %s", table[i].what, err.text);
        program_free(p);
    }
}

#endif
