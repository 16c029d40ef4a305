/* `use "./mine.moot"`: the words of another file stand before those of the program. */
#ifndef MOOT_COMPILER_USES_H
#define MOOT_COMPILER_USES_H

#include "compiler/header.h"

/* Puts the definitions of every file that the declarations name into *list at index `at`, the words that a file
 * uses before its own, each file once. What is wrong with a file is a finding. */
void uses_read(declarations *d, const compile_request *req, tokens *list, uint32_t at);

#endif
