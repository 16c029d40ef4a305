/* Any bytes: program_load refuses them with a sentence, or what it loads encodes to the same bytes. */
#include "vm/bytecode.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    program *p = NULL;
    failure err = {0};
    buffer again = {0};
    status st = program_load(&p, (slice){data, len}, &err);

    if (st != OK) {
        if (p || err.text[0] == '\0') abort();
        return 0;
    }
    program_encode(p, &again);
    if (again.failed || again.len != len || memcmp(again.data, data, len) != 0) abort();
    buffer_free(&again);
    program_free(p);
    return 0;
}
