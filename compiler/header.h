/* The declarations at the top of a program: read as written, then bound to the sizes and params of a launch. */
#ifndef MOOT_COMPILER_HEADER_H
#define MOOT_COMPILER_HEADER_H

#include "compiler/diagnose.h"
#include "compiler/ir.h"

/* Where a type of the header stands, for messages: its tokens, those of its sizes and of its range. */
typedef struct type_place {
    token first, last, dim[AXES], range;
} type_place;

/* The declarations as written are in *rep; here is where each name stands, for messages. */
typedef struct declarations {
    report *rep;
    arena *mem;
    sink *found;
    token *party, *param, *input, *output; /* the names */
    token *input_party, *output_party;
    type_place *input_type, *output_type;
    struct declared *names; /* by hash of space and name; a power of two of them, at most half of them taken */
    uint32_t names_cap, names_len;
    token *use;
    int64_t *group; /* by party: its size or letter; 1 when it is not a group. After header_bind */
    uint32_t uses;
} declarations;

/* Reads declarations from *at on and leaves it at the first token that is none. */
void header_read(declarations *d, cursor *at);

/* A type as in declarations and effects, "int[3 n]"; reports and returns false when malformed. */
typedef struct type_text {
    uint8_t kind, rank;
    size_expr dim[AXES];
    token at[AXES]; /* of each size */
} type_text;
bool type_read(declarations *d, cursor *at, type_text *out);

/* Gives every param and size its value (from the request, else its default, else a letter when symbolic) and
 * turns the declarations into *h. E_USAGE, with the text in *err, for unknown settings and missing values; what
 * is wrong in the text is a finding. */
status header_bind(declarations *d, const compile_request *req, header *h, failure *err);

/* The letter of param i, and whether it has a value. */
int64_t param_letter(uint32_t i);
bool param_known(const declarations *d, const compile_request *req, uint32_t i);

/* The index of a name in the header, or -1. */
int64_t header_param(const header *h, const char *name, size_t len);
int64_t header_input(const header *h, const char *name, size_t len);

/* Reports a grammar mistake: "expected X, found Y". Always returns false. */
bool expected(declarations *d, const token *found, const char *what, const char *help);

/* Moves to the first token of a later line. */
void cursor_next_line(cursor *at, uint32_t line);

bool is_keyword(const token *t);
const char *keyword_at(size_t i); /* NULL behind the last */

#endif
