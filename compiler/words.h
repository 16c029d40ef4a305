/* The table of built-in words (words.def) as data. */
#ifndef MOOT_COMPILER_WORDS_H
#define MOOT_COMPILER_WORDS_H

#include "compiler/compile.h"

struct checker;
struct cell;

enum { WORD_INPUTS_MAX = 4 };

typedef bool word_handler(struct checker *c, struct cell *in, int variant);

typedef struct word {
    word_doc doc;
    word_handler *run; /* NULL: not built yet */
    int variant;
    const char *file, *text; /* written in the language: its definition, from `line` of the file */
    uint32_t line;
    bool own; /* the library's own: only its words know it */
} word;

size_t word_table_len(void);
const word *word_find(const char *name, size_t len);     /* NULL when there is none */
const word *word_find_own(const char *name, size_t len); /* also those that only std knows */
size_t word_index(const word *w);

/* How many inputs an effect names, and which of them are quotations (bit k: input k, deepest first). */
unsigned effect_inputs(const char *effect, unsigned *quotations);

/* Edit distance of two names, cut off at `limit`. */
unsigned edit_distance(const char *a, size_t a_len, const char *b, size_t b_len, unsigned limit);

#endif
