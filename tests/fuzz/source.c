/* Any text: the compiler finds mistakes in it, or makes a program that the verifier accepts; for passive sessions, and by
 * turns for active ones or for `moot check` alone. */
#include "compiler/compile.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static void compile_as(const compile_request *request)
{
    report found = {0};
    program *p = NULL;
    failure err = {0};
    status st = compile(request, &p, &found, &err);

    if (st == OK && !p != request->symbolic) abort();
    if (p && program_verify(p, &err) != OK) abort();
    if (st == E_PROGRAM && found.errors == 0 && err.text[0] == '\0') abort();
    if (st == E_BUG) abort();
    program_free(p);
    report_free(&found);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    compile_request request = {
        .file = "fuzz.moot", .source = {data, len}, .watch = (watching)(len % (WATCH_EFFECTS + 1))};
    compile_as(&request);
    if (len % 2)
        request.symbolic = true;
    else
        request.pad = request.no_hoist = true;
    compile_as(&request);
    return 0;
}
