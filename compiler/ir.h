/* The compiler's middle: typed SSA values of whole arrays, built while the checker walks the tokens, then
 * rewritten by the passes and turned into bytecode by generate(). A value never changes; its type carries
 * visibility, kind, shape, range and owner. Shapes here include the party axis; `total`, `transpose` and the
 * like have already become sums along the last axis and views. */
#ifndef MOOT_COMPILER_IR_H
#define MOOT_COMPILER_IR_H

#include "compiler/budget.h"
#include "vm/bytecode.h"

typedef uint32_t ir_id; /* a value; 0 is none */

typedef enum vis { VIS_KNOWN, VIS_PUBLIC, VIS_SECRET } vis;

#define NO_OWNER UINT32_MAX /* not one owner's: known, public, or mixed */

/* dim[k] >= 0 is a size; < 0 is a letter, a size that `check` does not know and that equals only itself. */
typedef struct type {
    uint8_t vis;  /* enum vis */
    uint8_t kind; /* enum kind; what is not yet scaled back (the product of two fix) counts as int */
    uint8_t rank;
    bool open; /* the last axis has a private length; dim is its bound */
    int64_t dim[AXES];
    wide lo, hi; /* of every item, as represented: fix times 2^precision */
    uint32_t owner; /* the party all of whose inputs this comes from, with known values; else NO_OWNER */
} type;

typedef enum ir_op {
    IR_NONE,
    IR_CONST, /* items of `konst`, row-major; vis KNOWN */
    IR_LETTER, /* a known int that `check` does not know: imm[0] is the letter; symbolic compiles only */
    IR_INPUT, /* imm[0] = index in header.input */
    IR_IOTA,  /* 0 … dim[0]-1 */
    IR_VIEW, /* imm: offset, then (count, stride) for each axis of the flat copy; result has type.dim */
    IR_CAT, /* imm[0] blocks: 1 for `append`, the product of the leading axes for `join` */
    IR_AT, /* of a, in rows of imm[0] items, those at the public places b; 0 outside; result has type.dim */
    IR_INT,    /* bool to int */
    IR_RETAG,  /* same representation, other kind: int that is scaled by 2^f becomes fix, or back */
    IR_LENGTH, /* how many items one list of private length has, or several that belong together: one number of each owner */
    IR_PAD, /* a list of private length, and behind its last item the known number in[1], up to the bound */
    IR_ADD,
    IR_SUB,
    IR_MUL, /* elementwise; leading-axis agreement; raw integers */
    IR_NOT,
    IR_AND,
    IR_OR,
    IR_XOR,
    IR_MASK,
    IR_SELECT, /* operand order as in opcodes.def */
    IR_LT,
    IR_EQ,
    IR_FLOOR, /* floor(a / 2^imm[0]) */
    IR_DIV,
    IR_MOD, /* by a number: floor; both operands known or public, or owned and known */
    IR_RESIDUE, /* a modulo g->modulus, in 0 … p-1: free, and what it is taken of need not fit (residue.c) */
    IR_ORDER, /* places along the last axis, ascending by item, ties by place; of what is owned */
    IR_PICK, /* the items of each run along the last axis at the places in the other, 0 where there is none; owned */
    IR_SUM,
    IR_SUMS, /* along the last axis */
    IR_MAXIMUM,
    IR_ARGMAX,  /* along the last axis; ARGMAX first of equals */
    IR_MATMUL,  /* [n d].[d m] with imm n d m; result has type.dim */
    IR_RANDOM,  /* bools that nobody knows; each is a draw of its own */
    IR_RANK,    /* the place of each item in the ascending order of the last axis, ties by place */
    IR_SORT,    /* of keys and rows: the rows in that order; the axes of the keys are their first */
    IR_FOUND,   /* of v, w and rows, imm: items of v, of w in a table: which of v are in w */
    IR_JOINED,  /* the same: the row at the first place in w of each, 0 where there is none */
    IR_SHUFFLE, /* imm: rows, items of a row; each table of so many rows in an order of its own */
    IR_REVEAL, /* imm as opcodes.def: index in header.output, perhaps row, perhaps scale and divisor; vis PUBLIC (to all) or nothing to read */
    IR_TOLD, /* all of output imm[0], which all have learned when in[0], a LOOP or UNTIL, is over */
    IR_LOOP, /* imm[0] rounds of block imm[1]; in = start values; read results by IR_OUT */
    IR_UNTIL, /* the same, at most; the block's last result is a public bool that ends it */
    IR_IF, /* block imm[0] when the public bool in[0] is true, else block imm[1]; results by IR_OUT */
    IR_ARG, /* operand imm[0] of the block it stands in */
    IR_OUT, /* result imm[0] of the LOOP, UNTIL or IF in[0] */
    IR_OP_COUNT
} ir_op;

/* Noise that nobody knows, as the program words it. Times 2^precision; 0 where nothing is said. */
typedef struct ir_noise {
    enum { NOISE_LAPLACE, NOISE_GAUSSIAN } distribution;
    num sigma;                       /* of GAUSSIAN */
    num sensitivity, epsilon, delta; /* whom it hides: who changes the data by no more, by so much */
} ir_noise;

typedef struct ir_node {
    uint8_t op;
    uint32_t block; /* where it stands; 0 is the top */
    type type;
    ir_id *in;
    uint32_t ins;
    int64_t *imm;
    uint32_t imms;
    wide *konst;           /* IR_CONST: product of dims items */
    place at;              /* the word that made it */
    const ir_noise *noise; /* not NULL: this is noise, for the leakage report */
    ir_id whole;           /* not 0: this is floor(whole * scale / divisor), for late public work */
    int64_t scale, divisor;
} ir_node;

typedef struct ir_block {
    uint32_t parent;
    ir_id *arg, *result; /* IR_ARG nodes; what the next round gets, or what a way of an IF leaves */
    uint32_t args, results;
} ir_block;

/* What the header of a program declares, in order; sizes are bound (or letters). */
typedef struct header {
    uint32_t edition, precision;
    party_decl *party;
    param_decl *param;
    port_decl *input, *output; /* dims are uint64: a letter is stored as (uint64_t)(int64_t)letter */
    uint32_t parties, params, inputs, outputs;
} header;

/* What became of the keys: how many bits of hash they have (0: there are none), and among how many pairs a false
 * match could be. By generate(). */
typedef struct key_use {
    unsigned bits;
    uint64_t pairs;
} key_use;

enum { KEPT_WANTED = UINT32_MAX - 1, KEPT_NOT = UINT32_MAX };

typedef struct ir {
    arena *mem;
    header *header;
    ir_node *node; /* node[0] is unused */
    uint32_t nodes, node_cap;
    ir_block *block;
    uint32_t blocks;
    uint32_t current;    /* the block being built */
    place at;            /* given to new nodes */
    field_request field; /* what --field asks for */
    uint64_t folded;     /* numbers looked at to compute what is known while compiling */
    wide modulus;        /* the field's prime, once --field or a `mod` has named it; else 0 */
    place modulus_at;    /* that `mod` */
    bool symbolic;       /* sizes may be letters: types only, never generated */
    key_use keys;
    uint32_t *kept; /* by ir_id, or NULL: KEPT_WANTED is computed and keeps its register, whose number in
                        * the program generate() puts in its place when there is one */
    uint32_t *number; /* when values are kept, by block: its number in the program; 0: it has none */
} ir;

/* --- building (compiler/ir.c). All compute the result's type and range, fold known operands, and keep the
 * leading-axis rule (the checker has made sure that shapes pair). Nothing fails: a range that no longer fits
 * is outgrown, and the checker reports it (wide_fits) at the word. */
/* An empty top block, and room for some values more than `expected`: lists that grow leave their old copies in the
 * arena. The caller sets the rest. */
void ir_init(ir *g, arena *mem, header *h, uint32_t expected);
type type_scalar(vis v, kind k, wide lo, wide hi);
bool type_length(const type *t, uint64_t *out); /* items; false when a dim is a letter */

ir_id ir_const(ir *g, type t, const wide *items); /* copies; lo and hi are computed */
ir_id ir_number(ir *g, kind k, wide v);           /* a known scalar */
bool ir_known(const ir *g, ir_id v, wide *out);   /* the value of a known scalar */
ir_id ir_unary(ir *g, ir_op op, ir_id a);         /* INT NOT SUM SUMS MAXIMUM ARGMAX ORDER RANK */
ir_id ir_length(ir *g, const ir_id *lists, uint32_t count); /* of one owner, of one bound */
ir_id ir_pad(ir *g, ir_id list, ir_id filling);
ir_id ir_binary(ir *g, ir_op op, ir_id a, ir_id b); /* ADD SUB MUL AND OR XOR MASK LT EQ DIV MOD */
ir_id ir_residue(ir *g, ir_id a);                   /* an int, not known; g->modulus is there */
ir_id ir_select(ir *g, ir_id b, ir_id x, ir_id y);
ir_id ir_floor(ir *g, ir_id a, unsigned f);
ir_id ir_retag(ir *g, ir_id a, kind k);
ir_id ir_clamp_range(ir *g, ir_id a, wide lo, wide hi); /* same value, a range proved by other means */
ir_id ir_reshape(ir *g, ir_id a, unsigned rank, const int64_t *dim); /* same items in the same order */
/* The stride outside of one of `step` items with `dim` of them. Of a letter, or of too large a value (which the checker
 * refuses), it is never used. */
int64_t ir_stride(int64_t step, int64_t dim);
ir_id ir_view(ir *g, ir_id a, unsigned rank, const int64_t *dim, int64_t offset,
              const int64_t *stride);
/* A view of other axes, at most VIEW_AXES, whose items are those of the result in their order. */
ir_id ir_view_as(ir *g, ir_id a, unsigned axes, const int64_t *count, const int64_t *stride,
                 unsigned rank, const int64_t *dim);
ir_id ir_repeat(ir *g, ir_id a, int64_t count); /* new last axis, each item count times */
ir_id ir_cat(ir *g, const ir_id *v, uint32_t count, unsigned rank, const int64_t *dim,
             int64_t blocks);
ir_id ir_matmul(ir *g, ir_id a, ir_id b, unsigned rank, const int64_t *dim, int64_t n, int64_t d,
                int64_t m);
ir_id ir_sort(ir *g, ir_id keys, ir_id rows);
/* FOUND (of v's shape) or JOINED (of this shape) of tables of `items` of v and `among` of w, and rows for all w. */
ir_id ir_join(ir *g, ir_op op, const ir_id in[3], int64_t items, int64_t among, unsigned rank,
              const int64_t *dim);
ir_id ir_pick(ir *g, ir_id a, ir_id places); /* as many places for each run; of their shape */
/* v in rows of `row` items, those at the public places i, 0 for places outside; the result has this shape. */
ir_id ir_at(ir *g, ir_id v, ir_id i, unsigned rank, const int64_t *dim, int64_t row);
ir_id ir_iota(ir *g, int64_t count);
ir_id ir_random(ir *g, unsigned rank,
                const int64_t *dim); /* secret fair bools, drawn anew by each use */
ir_id ir_shuffle(ir *g, ir_id a, int64_t rows, int64_t width); /* secret, of a's shape */
ir_id ir_letter(ir *g, int64_t letter); /* symbolic: the known int that a letter stands for */
ir_id ir_input(ir *g, uint32_t input);  /* with the party axis first when a group gives it */
ir_id ir_reveal(ir *g, uint32_t output, ir_id v); /* v has the output's kind and shape */
/* The output's row `row`; in a loop of the graph the first, and one more each round. */
ir_id ir_reveal_row(ir *g, uint32_t output, ir_id v, int64_t row);
/* The whole output to all, every item of it in lo … hi, once `after`, a LOOP or UNTIL, has revealed the last row. */
ir_id ir_told(ir *g, uint32_t output, ir_id after, wide lo, wide hi);

/* What another graph of the same header and blocks has as `n`, made of these operands; where it stands there. */
ir_id ir_copy(ir *g, const ir_node *n, const ir_id *in);

/* Blocks: open one with its arguments (a way of an `if` has none), build on ir_arg, leave it (a loop's is left when
 * that is closed), and close what runs it, whose results ir_out reads. A loop gets its start values and what the next round gets (same kinds and shapes;
 * arg_type[k] holds start and every round's result), and unless 0 the public bool that ends it. Of an `if` both
 * ways leave the same kinds and shapes. */
uint32_t ir_block_open(ir *g, const type *arg_type, uint32_t args);
void ir_block_leave(ir *g, uint32_t b);
ir_id ir_arg(const ir *g, uint32_t body, uint32_t k);
ir_id ir_loop_close(ir *g, uint32_t body, int64_t rounds, const ir_id *start, const ir_id *result,
                    ir_id until);
ir_id ir_if_close(ir *g, ir_id condition, const uint32_t way[2], ir_id *const result[2],
                  uint32_t results);
ir_id ir_out(ir *g, ir_id control, uint32_t k);
/* The blocks that a node runs; returns how many, 0 when it is no LOOP, UNTIL or IF. */
unsigned ir_blocks(const ir_node *n, uint32_t out[2]);
const type *ir_type(const ir *g, ir_id v);

/* --- words that are several values (compiler/lower.c). Exact as language.md says; each is written once on
 * the functions above, so ideal and real run, own-data and public work give the same digits. */
ir_id lower_fix(ir *g, ir_id a);               /* bool or int to fix: times 2^precision */
ir_id lower_multiply(ir *g, ir_id a, ir_id b); /* `*`: converts; fix by fix floors once */
ir_id lower_dot(ir *g, ir_id a, ir_id b);      /* `dot`: floors once a result */
ir_id lower_divide(ir *g, ir_id a,
                   ir_id b); /* `/`: always fix; by known exact floor, by secret within 2 ulp */
ir_id lower_div(ir *g, ir_id a, wide k); /* floor(a / k), k > 0 known, any visibility */
ir_id lower_mod(ir *g, ir_id a, wide k); /* in 0 … k-1 */
ir_id lower_power_mod(ir *g, ir_id a, wide e, wide k); /* a^e, e >= 0, in 0 … k-1 */
ir_id lower_mean(ir *g, ir_id a); /* along the last axis: floor of the exact quotient at f bits */
ir_id lower_sqrt(ir *g, ir_id a); /* fix; 0 for negatives; within 2 ulp */
int64_t lower_exp_most(const ir *g); /* the arguments of exp are below this whole number */
ir_id lower_exp(ir *g, ir_id a); /* exp ln sigmoid tanh: fix, within 1 ulp (compiler/functions.c) */
ir_id lower_ln(ir *g, ir_id a);  /* 0 for 0 and less */
ir_id lower_sigmoid(ir *g, ir_id a);
ir_id lower_tanh(ir *g, ir_id a);
ir_id lower_power(ir *g, ir_id a, uint64_t k); /* int or fix; fix floors at each product */
ir_id lower_abs(ir *g, ir_id a);
ir_id lower_min(ir *g, ir_id a, ir_id b);
ir_id lower_max(ir *g, ir_id a, ir_id b);
ir_id lower_onehot(ir *g, ir_id i, int64_t k); /* new last axis of k bools */

/* Draws of `cells` numbers [cells], each within a statistical distance of 2^-40 of what is named
 * (compiler/distribution.c). Parameters are multiples of 2^-precision, in 1 … 2^50. */
ir_id lower_uniform(ir *g, int64_t cells, int64_t k); /* int in 0 … k-1, 1 <= k <= 2^62 */
ir_id lower_laplace(ir *g, int64_t cells, num sensitivity, num epsilon); /* int */
ir_id lower_gaussian(ir *g, int64_t cells, num sigma);                   /* fix */

/* --- the rest of the line (compiler/generate.c and the passes it calls): hoists own-data work, shares
 * common work, moves public work behind reveals, levels, and writes *out (freed with program_free; name,
 * file and source are filled by the caller). Fails only for a field that is too small (E_PROGRAM, E0402):
 * g->at is then the place, and *err has the sentence, in its second line what stands under the caret, then
 * notes and help. */
typedef struct generate_options {
    bool hoist; /* own-data work at the owner */
    bool pad; /* none at all, with private lengths neither; without hoist and kept values (pad.h) */
} generate_options;

status generate(ir *g, const generate_options *o, program **out, failure *err);

/* What an output tells, from its graph (compiler/leakage.c), interface.md "Leakage report". */
typedef struct leak {
    uint32_t output;
    const char *text; /* "a copy of bid", "one of the numbers in bid", "a position", …; in g->mem */
    place at;         /* the reveal */
} leak;

/* Warnings found there: code L01 …, sentence and note, in g->mem. */
typedef struct leak_warning {
    const char *code, *text, *mark, *note; /* mark: what stands under the caret */
    place at;
} leak_warning;

typedef struct leak_report {
    leak *leak;
    leak_warning *warning;
    budget *noise, *spent; /* of outputs, of inputs */
    uint32_t leaks, warnings, noises, spents;
} leak_report;

leak_report leakage(ir *g);

#endif
