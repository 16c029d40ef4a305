/* The pages of codes.def. */
#include "runtime/codes.h"

#include <stddef.h>
#include <string.h>

const char *code_page(const char *code)
{
    static const struct {
        const char *code, *page;
    } pages[] = {
#define CODE(code, page) {code, page},
#include "runtime/codes.def"
#undef CODE
    };
    for (size_t k = 0; k < sizeof pages / sizeof *pages; k++)
        if (!strcmp(pages[k].code, code)) return pages[k].page;
    return NULL;
}
