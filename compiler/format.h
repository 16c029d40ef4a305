/* The layout of a program: where its lines are indented, which columns its declarations, results and
 * comments stand in. Changes blanks only, never a token or a comment, and never where a line ends. */
#ifndef MOOT_COMPILER_FORMAT_H
#define MOOT_COMPILER_FORMAT_H

#include "compiler/compile.h"

/* Fills *out, which is empty, with the formatted text of `source`. E_PROGRAM with findings in *rep when it
 * is not made of tokens; E_LIMIT when it is too long; E_BUG when the result would not read as the same
 * program. *out is to be used after OK only; *rep is freed with report_free in any case. Time and memory
 * are linear. */
status format_source(const char *file, slice source, buffer *out, report *rep, failure *err);

#endif
