/* The pages of `moot help CODE` for what goes wrong outside the compiler: data and tests. */
#ifndef MOOT_RUNTIME_CODES_H
#define MOOT_RUNTIME_CODES_H

/* A few sentences, or NULL when there is no such code here. */
const char *code_page(const char *code);

#endif
