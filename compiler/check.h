/* The checker: walks the tokens of the body once with a compile-time stack of typed values, resolves names,
 * checks kinds, shapes, ranges and effects, expands definitions and quotations, and builds the IR. Internal to
 * the compiler; compile.h is the front door. */
#ifndef MOOT_COMPILER_CHECK_H
#define MOOT_COMPILER_CHECK_H

#include "compiler/header.h"
#include "compiler/hoist.h"
#include "compiler/words.h"

/* One thing on the compile-time stack. Inside `map` and `outer` a value may carry `lift` leading axes that its
 * words do not see: the body runs once on all items. */
typedef enum cell_kind {
    CELL_VALUE,
    CELL_QUOTE,
    CELL_POISON
} cell_kind; /* POISON: an error was reported */

typedef struct cell {
    uint8_t kind; /* enum cell_kind */
    uint8_t lift;
    ir_id v;
    uint32_t at;         /* the token that left it */
    uint32_t open;       /* QUOTE: its '[' */
    struct scope *scope; /* QUOTE: the names it sees */
} cell;

typedef struct binding {
    struct symbol *symbol;
    struct scope *scope;
    struct binding *outer; /* the same name further out */
    struct binding *next;  /* in the same scope */
    cell value;
    token at;
    int64_t input; /* index of the input that it means, else -1 */
    bool unread;   /* an input that no value stands for yet */
    bool used, warn;
} binding;

typedef struct scope {
    struct scope *parent;
    binding *first;
} scope;

typedef struct definition {
    token name;
    struct effect *promise;
    uint32_t effect, body, end; /* tokens: after '(', first of the body, the ';' */
} definition;

typedef struct symbol {
    const char *name;
    size_t len;
    uint32_t hash;
    binding *inner;
    definition *word;
    uint32_t output; /* 1 + the output of this name; 0: none */
    uint32_t local;  /* the ':' of the definition that names it, as far as that has been read */
    struct symbol *next;
} symbol;

/* A word that ran, and where its operands came from: for what is said about its result. */
typedef struct usage {
    uint32_t at;
    cell in[WORD_INPUTS_MAX];
    uint32_t ins;
} usage;

enum { USAGES = 16 };

enum { DEPTH_MAX = 256 };

/* What expanding a program takes: words that run, values that they make, numbers that are computed meanwhile. */
typedef struct expense {
    uint64_t steps, nodes, folded;
} expense;

/* At most so much. Values and memory may grow with the text; a short text takes little of both. */
enum {
    STEPS_MAX = 1000000,
    NODES_MAX_IN_IR = 500000, /* beside NODES_PER_TOKEN */
    NODES_PER_TOKEN = 2,
    FOLDED_MAX = 1 << 24,
    MEBIBYTE = 1 << 20,
    MEMORY_MAX = 512 * MEBIBYTE, /* bytes, beside MEMORY_PER_TOKEN */
    MEMORY_PER_TOKEN = 1024
};

/* A size that follows from letters, so that the same words give the same letter again. */
typedef struct derived {
    char op;
    int64_t a, b, letter;
} derived;

typedef struct checker {
    const compile_request *req;
    arena *mem;
    sink *found;
    report *rep;
    declarations *decl;
    header header;
    ir g;
    tokens list;
    const token *tok; /* = list.at; behind the program's stand those of std words that it uses */
    uint32_t toks, tok_cap; /* with those of std; 0 while there are none */
    definition **std;       /* read so far, by word_index */

    cell *stack;
    uint32_t height, cap;
    uint32_t floor; /* what a definition or an item-wise quotation may not reach below */
    uint32_t low;   /* the least height since a line or loop body began: cells below are as then */
    uint32_t at;    /* the token being checked */
    uint32_t std_use;   /* the user's token that a word of programs/std runs for */
    uint32_t call_site; /* the top-level token whose expansion this is; 0: none */
    uint32_t depth, steps;
    uint32_t loops; /* around us; 1: a `reveal` here is of a row */
    uint32_t counting; /* loops around us that are tried with a number, or an item, that is not known, and whether */
    bool needs_known; /* one of them has to be: else what is refused might pass, */
    bool chooses;     /* or what all know decides which way they go */
    uint32_t alone;   /* quotations around us that see only their items: `fold`, `reduce`, `scan` */
    int64_t row, row_count; /* of the outermost loop: which round this is, and of how many */
    uint8_t lift;
    cell item;    /* inside map and outer: one with the `lift` axes that words do not see */
    owners own;   /* who computes what, as far as private lengths made us ask */
    ir_id judged; /* the values before this one are known to fit */
    struct growth *growth; /* words that left what no field holds (modular.c) */
    uint32_t growths;
    bool in_definition, dry; /* dry: an arm that is not taken */
    bool may_assume, outgrown;
    bool assumes;       /* in a loop whose state is assumed to stay small: so is what `exp` takes */
    watching watching;  /* what steps.c notes */
    uint32_t literals;  /* `{ }` of numbers around this word: one step, not many */
    uint32_t unwatched; /* > 0: rounds that are not shown */
    uint64_t rounds, rounds_shown; /* of the loop that just ended; 0: none */
    uint32_t loop_ran;             /* the block of its rounds in the bytecode; 0: there is none */
    uint32_t revealing;            /* the output revealed last, */
    step_value told;               /* and what it learned */
    usage used[USAGES];            /* the latest, in a ring */
    uint32_t usages;
    bool failed; /* an error was reported, so what is left over may be its fault */

    scope *scope, *globals, *top;
    symbol **bucket; /* by hash; a power of two of them, at least as many as symbols */
    uint32_t buckets, symbols;
    binding **inputs; /* by input */
    bool *revealed;   /* by output */
    cell *latest;     /* by output: what its latest `reveal` told all; v 0 while there is none */
    token *revealed_at;
    derived *derived;
    uint32_t deriveds;
} checker;

/* Checks the body from token `from` on; the IR is in c->g. Findings go to c->found. Returns the index of the
 * first token after the body: `test` or the end. */
uint32_t check_body(checker *c, uint32_t from);

/* --- outgrow.c: E0402 at the word being checked, and as generate() finds it */
diagnosis *refuse_outgrown(checker *c, ir_id v);
void report_outgrown(checker *c, const token *at, const failure *err);

/* --- modular.c: the field's prime, and ints that outgrow every field before they are taken modulo it */
void modulus_asked(checker *c); /* what --field says */
bool modulus_fits(checker *c, const cell *x, const cell *by,
                  wide k); /* `mod` of x by k, which `by` left */
bool is_grown(const checker *c, const cell *x);
bool may_be_reduced(const checker *c, ir_id first,
                    ir_id v);                       /* v, made by the values from `first` on */
void note_growth(checker *c, ir_id first, ir_id v); /* the word being checked leaves it */
bool refuse_grown(checker *c,
                  ir_id v); /* always false: v did, and something else than `mod` is done with it */
bool takes_grown(const word *w);

/* --- brackets.c: pairs brackets and finds where the body ends, before anything is run */
uint32_t match_brackets(tokens *list, uint32_t from, sink *found, arena *mem);

/* --- mistakes.c: what was meant by a token that is no word */
bool token_touches(const token *t);        /* brackets, `:` or `->` touch other text */
const token *touching_end(const token *t); /* of `(lo hi)`, the token that ends in `)`; else t */
bool looks_declared(const token *t); /* a line that begins so is a declaration, out of place or misspelt */
void refuse_touching(sink *found, arena *mem, const token *t);
bool refuse_number(checker *c, const token *t);  /* always false */
bool refuse_mistake(checker *c, const token *t); /* whether it said what was meant */
const char *word_kin(const word *w);             /* what to ask `moot words` for */

/* --- suggest.c: what would have gone well in the place of an error, found by trying it */
const usage *usage_of(const checker *c, const cell *x); /* what left x; NULL when that is long ago */
bool is_named(checker *c, const cell *x);               /* x was left by its name */
void note_used(checker *c, diagnosis *d);               /* that the value on top took two names' */
void suggest_operand(checker *c, diagnosis *d, const word *w);
/* Fixes: more text behind what left x, or other text for the number or name that did. */
void fix_operand(checker *c, diagnosis *d, const cell *x, const char *more);
bool replace_operand(checker *c, diagnosis *d, const cell *x, const char *text);
/* The number, name or `{ … }` that left x, as written; NULL when it was computed. Whether it ends right before a token. */
const char *operand_text(checker *c, const cell *x);
bool operand_before(const checker *c, const cell *x, uint32_t at);

/* --- errors at the word being checked */
diagnosis *error_at(checker *c, const char *code, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
bool unknown_word(checker *c, const token *t); /* always false */
void refuse_late(checker *c, const token *t);  /* a declaration below the first word */

/* --- the stack */
void push(checker *c, cell x);
bool leave(checker *c, ir_id v,
           unsigned lift); /* pushes a result; reports one that outgrows every field */
bool leave_known(checker *c, int64_t v);

/* What a fix range that cannot be proved is assumed within, plus or minus. */
wide assumed_most(const checker *c);
/* x is in lo … hi, we assume: so it goes into the report, and the ideal box checks it. */
void assume_range(checker *c, cell *x, const char *name, wide lo, wide hi);
bool pop_one(checker *c, cell *out);
bool push_binding(checker *c, binding *b);
bool run_builtin(checker *c, const word *w);
/* At the top level, what is missing after an error may be what its line would have left. */
bool missing_is_old(const checker *c);
const char *quoted_text(const checker *c, const cell *quote); /* between its brackets */
/* The fix that takes the brackets of a quotation away. */
void diagnose_unbracket(const checker *c, diagnosis *d, const cell *quote);
expense spent(const checker *c);
bool is_affordable(const checker *c, expense all); /* so much in all, and there is memory left */
bool run_terms(checker *c, uint32_t from, uint32_t to);
bool run_quote(checker *c, const cell *quote);
bool run_array(checker *c, uint32_t open);

/* --- names.c */
symbol *symbol_named(checker *c, const char *name, size_t len); /* name outlives the checker */
symbol *symbol_of(checker *c, const token *t);
int64_t output_named(checker *c, const token *t); /* -1: none */
binding *visible(const checker *c, const symbol *s);
binding *bind_name(checker *c, const token *name, cell value);
void scope_enter(checker *c, scope *s, scope *parent);
void scope_leave(checker *c);
void unbind_name(checker *c, binding *b); /* of the top scope */
const char *nearest_name(checker *c, const token *t);
void propose_name_like(checker *c, diagnosis *d, const token *name);
bool bind_arrow(checker *c, uint32_t *at);

/* --- steps.c: for those who watch (compile_request.watch); else these do nothing */
void steps_word(checker *c, uint32_t first, uint32_t after); /* the tokens of a word that has run */
void steps_array(checker *c, uint32_t open);                 /* around the words of `{ }` */
void steps_array_over(checker *c);
void steps_show(checker *c);
void steps_reveal(checker *c, uint32_t output, const cell *x);
void steps_pause(checker *c); /* what comes now is one of many alike: not noted for WATCH_WORDS */
void steps_resume(checker *c);
void steps_round(checker *c, int64_t round,
                 int64_t rounds); /* before round 0, 1, … of a loop that is expanded */
void steps_rounds_over(checker *c, int64_t begun, int64_t rounds);
void steps_loop(checker *c, uint32_t body); /* the other rounds are those of this block */
void steps_keep(checker *c); /* before generate(): what it has to compute for the steps */
void steps_find(checker *c); /* after it: the registers */

/* --- std.c: words written in the language */
bool token_is_std(const token *t);
const token *token_said(const checker *c); /* the word being checked, as the user wrote it */
void note_std(checker *c, diagnosis *d);   /* where in a word of programs/std, when it is in one */
bool run_std(checker *c, const word *w);

/* --- effects.c */
definition *definition_read(checker *c, uint32_t colon); /* NULL, with a finding, when malformed */
bool define(checker *c, uint32_t *at);
bool run_definition(checker *c, const definition *d);

/* --- reveal.c */
bool run_reveal(checker *c, const token *name);
void check_outputs(checker *c, uint32_t end);
const char *waiting_output(const checker *c,
                           const cell *x); /* one that x may be revealed as, or NULL */

/* Which outputs have been revealed, and what names mean for it; where nothing may be revealed, empty. */
typedef struct outputs {
    bool *revealed;
    cell *told;
    struct name_meaning {
        binding *b; /* NULL: the output's name means nothing */
        cell value;
        int64_t input;
        bool unread;
    } * name;
} outputs;
outputs outputs_save(checker *c);
void outputs_restore(checker *c, const outputs *s);
/* Output i is revealed; when all learn it as v (not 0), its name means that from here on. */
void outputs_add(checker *c, uint32_t i, ir_id v);
const char *describe_output(const checker *c, uint32_t i); /* "int[3]", the party axis included */

/* --- trial.c: checking that may be taken back */
typedef struct saved {
    cell *stack;
    uint32_t height;
    size_t steps;
} saved;
typedef struct trial {
    saved stack;
    outputs told;
    sink found;
    uint32_t nodes, blocks, block, growths, at, unwatched;
    bool failed;
} trial;
saved stack_save(checker *c);
trial trial_begin(checker *c);
void trial_take_back(checker *c, const trial *t);     /* what has been done since it began */
void trial_forget_errors(checker *c, const trial *t); /* and what has been found */

/* Between the two a round is checked that does not run: sizes may be letters, and afterwards all is as it was but for
 * what was found. `good` says whether the check went well; returns whether checking goes on. */
typedef struct unrun {
    trial start;
    wide modulus;
    place modulus_at;
    uint32_t low;
    bool symbolic, dry, may_assume, outgrown;
} unrun;
unrun unrun_begin(checker *c);
bool unrun_end(checker *c, const unrun *u, bool good);

/* --- arrays.c, for loops over items and words that join them: of the first axis that words see */
ir_id item_of(checker *c, const cell *x, int64_t i);
ir_id part_of(checker *c, const cell *x, int64_t from, int64_t dim); /* `dim` items */
ir_id items_first(checker *c, const cell *x); /* x with that axis in front of all, */
/* and of it, `items`, the one at a public place. */
bool leave_item(checker *c, const cell *x, ir_id items, ir_id where);

/* --- combine.c, for loops.c: q sees only what stands above `base` and must leave one value */
bool run_alone(checker *c, const cell *q, uint32_t base);

/* --- loops.c, for the words of combine.c: whether a round left what it began with; else refused */
bool keeps_shape(checker *c, const cell *before, const cell *after);

/* --- types.c: shapes as words see them, kinds, sizes */
const type *type_of(const checker *c, const cell *x);
unsigned rank_of(const checker *c, const cell *x);
int64_t dim_of(const checker *c, const cell *x, unsigned axis);
bool same_dim(const checker *c, int64_t a, int64_t b);
const char *describe(const checker *c, const cell *x);        /* "fix[100 3]" */
const char *describe_secret(const checker *c, const cell *x); /* "secret fix[100 3]" */
const char *describe_dim(const checker *c, int64_t dim);
int64_t derive(checker *c, char op, int64_t a, int64_t b); /* size arithmetic that knows letters */
void convert(checker *c, cell *x, kind k);                 /* bool to int to fix */
kind join_kinds(checker *c, cell *x, size_t n);            /* int at least; converts all */
bool join_alike(checker *c, cell *x, size_t n, kind *k);   /* bools and keys stay what they are */
bool are_keys(checker *c, const cell *x, size_t n, bool *keys); /* all or none, else refused */
bool want_vector(checker *c, const cell *x);
bool want_bool(checker *c, const cell *x);
bool want_number(checker *c, const cell *x);
void propose_floor(checker *c, diagnosis *d, const cell *x); /* where an int is wanted: of a fix */
bool want_closed(checker *c, const cell *x);                 /* refuses private lengths */
bool want_size(checker *c, const cell *x, int64_t *out); /* a known int from 0 up, or a letter */
/* The same of any size, which the error calls `what`; *out is not set when it is a letter. */
bool want_whole(checker *c, const cell *x, const char *what, wide *out, bool *letter);
void note_sizes(checker *c, diagnosis *d, const cell *a,
                const cell *b); /* where sizes that differ came from */
/* Repeats x over the lifted axes of `like` that it does not have yet; refuses more axes than there may be. */
bool expand_lift(checker *c, cell *x, unsigned lift, const cell *like)
    __attribute__((warn_unused_result));
bool pair_shapes(checker *c, cell *x, size_t n, unsigned *lift);
bool room_for_axes(checker *c, unsigned rank);
bool propose_most(checker *c, diagnosis *d, const cell *x, int64_t most); /* instead of x, a number */
bool into_context(checker *c, cell *x); /* gives x all axes that are hidden here */

/* --- handlers of words.def */
#define WORD(group, name, effect, doc, example, handler, variant) word_handler handler;
#define OWN(name, effect, handler, variant) word_handler handler;
#include "compiler/words.def"
#undef WORD
#undef OWN

#endif
