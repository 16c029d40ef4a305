/* The compiler's front door: source text in, a verified program and findings out. Never prints, never
 * reads a file except through `read`. */
#ifndef MOOT_COMPILER_COMPILE_H
#define MOOT_COMPILER_COMPILE_H

#include "compiler/budget.h"
#include "vm/bytecode.h"

/* A param or size given at launch: text as on the command line, "250" or "0.5". */
typedef struct setting {
    const char *name, *value;
    const char *owner; /* whose data it follows from, "bidder[2]"; NULL when the user set it */
} setting;

/* What is noted in report.step for those who look at a program while it runs. */
typedef enum watching {
    WATCH_NOTHING,
    WATCH_SHOWS,  /* each `show` */
    WATCH_WORDS,  /* each word that runs: for `moot trace` */
    WATCH_EFFECTS /* in report.note: the types of effects, for `moot fmt --types` */
} watching;

typedef struct compile_request {
    const char *file; /* shown in diagnostics; "-" for standard input */
    slice source;
    const setting *set; /* params and sizes that are known */
    size_t sets;
    field_request field; /* one that is asked for has to hold everything */
    bool symbolic;       /* `moot check`: unknown sizes stay letters, no program comes out */
    bool no_hoist;       /* own-data work among the nodes, but for what rests on private lengths */
    bool pad; /* that too, over lists as long as their bounds: for active security; with no_hoist */
    watching watch; /* the program then also computes what the steps saw */
    /* Reads a file that `use` names, relative to `file`'s folder; NULL refuses `use`. */
    status (*read)(void *user, const char *path, buffer *out, failure *err);
    void *read_user;
} compile_request;

/* Part of a text, to the character before the end; places count characters from 1. */
typedef struct span {
    uint32_t line, col, end_line, end_col;
} span;

/* One thing the compiler has to say, taken apart for `check --json`. Places count characters from 1. */
typedef struct finding {
    bool error;          /* else a warning */
    const char *code;    /* "E0401", "L02" */
    const char *message; /* the sentence */
    const char *file;
    uint32_t line, col, end_col;
    const char *const *notes; /* without "note: " or "= " */
    size_t notes_len;
    const char *help; /* NULL when there is none */
    const char *fix;  /* source text to paste, NULL when there is none */
    span fix_at;      /* what it takes the place of, in the same file; empty: it is put in there */
    const char *text; /* the whole, as diagnostics.md shows it, ending in '\n' */
} finding;

/* A `test` of the file; values as JSON text ("[9,9,4]", numbers verbatim). */
typedef struct test_value {
    const char *name, *json;
} test_value;
typedef struct test_case {
    const char *name;
    uint32_t line;
    const test_value *given, *expect;
    size_t givens, expects;
} test_case;

/* What the header declares, sizes as written: for data loading, before sizes are known. */
typedef struct size_expr {
    const char *name; /* NULL: a number */
    uint64_t value;
    bool open; /* ".. value" */
} size_expr;
typedef struct source_party {
    const char *name;
    bool group;
    size_expr size; /* groups only */
} source_party;
typedef struct source_param {
    const char *name;
    const char *value;   /* default as written, or NULL */
    const char *lo, *hi; /* as written, or NULL */
} source_param;
typedef struct source_port {
    const char *name, *party; /* party "all" for outputs to all */
    uint8_t kind, rank;
    size_expr dim[AXES];
    const char *lo, *hi; /* as written; NULL: the default range */
    const char *file;
    uint32_t line;
} source_port;

/* What came out for people: ranges of names, leakage. */
typedef struct named_range {
    const char *name; /* input, output or binding */
    const char *type; /* "secret int[4]" */
    const char *lo, *hi;
    uint32_t line;
    bool assumed;
} named_range;
typedef struct learned {
    uint32_t output;  /* index in the program */
    const char *what; /* "one of the numbers in bid" */
    uint32_t line;
} learned;

/* A value as it stood on the stack, was named, or was revealed. */
typedef struct step_value {
    const char *name; /* NULL on the stack */
    const char *type; /* "secret int[3]"; of a quotation its text */
    uint8_t kind, rank;
    uint8_t lift; /* leading axes that the word did not see: the items of a `map` or `outer` */
    bool open;    /* the last axis has a private length; dim is its bound */
    uint64_t dim[AXES];
    uint32_t reg;  /* of the program; REG_NONE: a quotation, or nothing that is computed */
    uint32_t seen; /* which of the times that the register was seen; set by who ran it, 0 before */
} step_value;

/* Of a loop with no more rounds than STEP_ROUNDS_WHOLE all are noted, of one in a loop STEP_ROUNDS_INSIDE, of a longer one
 * the first STEP_ROUNDS. */
enum {
    STEPS_KEPT_MAX = 20000,
    STEP_CELLS = 16,
    STEP_ROUNDS = 2,
    STEP_ROUNDS_WHOLE = 16,
    STEP_ROUNDS_INSIDE = 4
};
#define NO_OUTPUT UINT32_MAX
#define STEP_NOWHERE                                                                               \
    UINT32_MAX /* a block that the program does not have, for nothing of it is needed */

/* Text that a definition's effect lacks behind an item: ":int[n]", where all uses agree on the type. */
typedef struct type_note {
    uint32_t at; /* byte of the source */
    const char *text;
} type_note;

/* One word that ran, and what was there after it. What the bytecode repeats or chooses is noted once, with the block in
 * which it stands; runtime/unfold.h lays it out as it ran. Words of programs/std are one step. */
typedef struct word_step {
    place at;
    uint32_t end_col;
    const char *word, *file, *line; /* its text; that of its whole line */
    uint32_t depth;                 /* 0: outside definitions, quotations and `{ }` */
    uint32_t height, shown; /* of the stack; the topmost STEP_CELLS are in `stack`, the top last */
    step_value *stack, *names; /* names: bound by this step */
    uint32_t named;
    uint32_t block; /* of the program; 0: the top */
    uint32_t loop;  /* the block of the rounds that the bytecode repeats for this word; 0: none */
    uint64_t rounds, rounds_shown; /* of a loop that this word ran; 0: none */
    uint32_t output;               /* revealed by this step, else NO_OUTPUT */
    step_value told;               /* what the output learned */
} word_step;

/* The result of compile or scan. All of it lives until report_free. */
typedef struct report {
    arena mem;
    finding *finding;
    size_t findings, errors; /* at most 20 findings are kept; errors counts all */
    uint32_t edition, precision;
    source_party *party;
    source_param *param;
    source_port *input, *output;
    test_case *test;
    named_range *range;
    learned *learn;
    budget *noise, *spent; /* of outputs, by output; of inputs */
    size_t parties, params, inputs, outputs, tests, ranges, learns, noises, spents;
    unsigned key_bits;  /* bits of hash that keys have; 0: the program has none */
    uint64_t key_pairs; /* pairs of keys that it compares */
    word_step *step;    /* of compile, as far as they were to be watched; the first 20000 */
    size_t steps, step_cap;
    bool steps_cut;
    type_note *note; /* in no order */
    size_t notes;
} report;

/* Reads declarations (and tests) only: fills the header part of *rep. E_PROGRAM with findings when they are
 * malformed. */
status scan(const compile_request *req, report *rep, failure *err);

/* Compiles. *out (NULL when symbolic, or on failure) is freed with program_free; it is not verified yet.
 * E_PROGRAM with findings when the program has errors; E_USAGE for an unknown setting or a size that has no
 * value, with the text in *err. */
status compile(const compile_request *req, program **out, report *rep, failure *err);

void report_free(report *rep);

/* The word table, for `moot words` and `moot help`. Static. */
typedef struct word_doc {
    const char *group, *name, *effect, *doc, *example;
    bool built; /* else it is for the words of programs/std alone */
} word_doc;
size_t words_count(void);
const word_doc *words_at(size_t i);
/* Declarations, kinds and notation: what is no word, and how it is written in the place of an effect. NULL past the last. */
const word_doc *forms_at(size_t i);
/* The nearest known word to `name`, or NULL when none is near. */
const char *words_nearest(const char *name);

/* The page of `moot help E0401`: a few sentences, or NULL when there is no such code. */
const char *diagnostic_page(const char *code);

#endif
