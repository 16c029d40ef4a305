/* Any text: the compiler finds mistakes in it, or makes a program that the verifier accepts. */
#include "compiler/compile.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    compile_request request = {
        .file = "fuzz.moot", .source = {data, len}, .watch = (watching)(len % (WATCH_EFFECTS + 1))};
    report found = {0};
    program *p = NULL;
    failure err = {0};
    status st = compile(&request, &p, &found, &err);

    if (st == OK && program_verify(p, &err) != OK) abort();
    if (st == E_PROGRAM && found.errors == 0 && err.text[0] == '\0') abort();
    if (st == E_BUG) abort();
    program_free(p);
    report_free(&found);
    return 0;
}
