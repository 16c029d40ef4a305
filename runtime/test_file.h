/* Runs the tests that stand in a program's file, on the ideal box. */
#ifndef MOOT_RUNTIME_TEST_FILE_H
#define MOOT_RUNTIME_TEST_FILE_H

#include "runtime/source.h"

/* How one test of the file went. */
typedef struct test_result {
    const char *name;
    uint32_t line;
    bool passed;
    char *shown; /* what `show` printed, NULL when nothing; freed by the caller */
    failure why; /* when not passed: what was expected and what came */
} test_result;

/* Runs every test of `header` (scan of req). results[k] for header->test[k] is filled in; the caller gives
 * room. Fails only when nothing can be run (memory). */
status test_file_run(const compile_request *req, const report *header, test_result *results,
                     failure *err);

#endif
