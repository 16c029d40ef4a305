/* The `test … expect … ;` lines at the end of a program. */
#ifndef MOOT_COMPILER_FILETESTS_H
#define MOOT_COMPILER_FILETESTS_H

#include "compiler/header.h"

/* Reads tests from token `at` to the end into d->rep->test. */
void filetests_read(declarations *d, const tokens *list, uint32_t at);

#endif
