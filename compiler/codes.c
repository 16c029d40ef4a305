/* The page of each code, for `moot help E0401`. */
#include <string.h>

#include "compiler/compile.h"

const char *diagnostic_page(const char *code)
{
    static const struct {
        const char *code, *page;
    } pages[] = {
#define CODE(code, page) {code, page},
#include "compiler/codes.def"
#undef CODE
    };
    for (size_t i = 0; i < sizeof pages / sizeof *pages; i++)
        if (!strcmp(pages[i].code, code)) return pages[i].page;
    return NULL;
}
