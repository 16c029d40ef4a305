/* What can be said with one to three operands, "@0 @1 +" or "@0 [ @1 + ] map": whether the compiler takes it, with
 * operands of many shapes and kinds that are there in many ways, and what comes of it. */
#ifndef MOOT_TESTS_EVERY_SAY_H
#define MOOT_TESTS_EVERY_SAY_H

#include "compiler/compile.h"
#include "vm/interp.h"

typedef struct operand {
    const char *name;
    kind kind;
    unsigned rank, dim[AXES];
    bool wide; /* numbers of more than 80 bits */
} operand;

extern const operand say_operands[];
extern const size_t say_operands_len;

/* How an operand is there: from one party, from a group whose members have a row each, revealed before, as a
 * literal, with sizes that are params, or with a private length. */
typedef enum form {
    FORM_OWN,
    FORM_GROUP,
    FORM_PUBLIC,
    FORM_KNOWN,
    FORM_LETTERS,
    FORM_OPEN,
    FORMS
} form;

bool say_has_form(const operand *x, form f);
bool say_is_empty(const operand *x);

enum { SAY_PLACES = 3 };

/* `chosen` in a pattern is a public bool. */
typedef struct saying {
    const char *pattern;
    const operand *of[SAY_PLACES];
    form form[SAY_PLACES];
} saying;

bool say_uses(const saying *s, unsigned which);
char *say_text(const saying *s); /* with its operands; the caller frees it */

typedef struct meaning {
    bool accepted;
    char code[8];  /* of the first error; "" when there is none */
    char type[48]; /* what it leaves, "int[2 3]" */
    const char *then; /* the words that make of it what can be revealed: of keys, and of private lengths */
} meaning;

/* Fails the test when a refusal has no finding. */
meaning say_try(const saying *s);

/* What `check` makes of it. */
meaning say_check(const saying *s);

/* Whether it leaves items that can be revealed. */
bool say_can_run(const meaning *m);

/* The items it leaves on the ideal box, where all draws are 0, as text that the caller frees. Without `hoist` all is
 * computed among the nodes; NULL when that outgrows every field. Fails the test when what was accepted does not
 * verify or run. */
char *say_run(const saying *s, const meaning *m, bool hoist);

/* One program of them all, which reveals what each leaves, without work at the owners; NULL when it is refused. */
program *say_program(const saying *s, const meaning *m, size_t len, field_request field);
/* The values of the operands as data of p. */
run_data *say_data(const program *p);

#endif
