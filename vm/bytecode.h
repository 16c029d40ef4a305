/* A compiled program: its registers, blocks and instructions, how it is written to bytes and read back.
 * What program_load returns has been verified: the interpreter cannot go wrong on it.
 *
 * Bytes are little-endian and canonical: the same program gives the same bytes everywhere, and a file that
 * is not what program_encode would write is refused. The strippable sections (names, source) come last and
 * are not part of program_core, which is what nodes hash and compare. */
#ifndef MOOT_VM_BYTECODE_H
#define MOOT_VM_BYTECODE_H

#include "vm/base.h"
#include "vm/prime.h"
#include "vm/wide.h"

typedef enum opcode {
#define OPCODE(name, text, outs, ins, imms, where, rounds, doc) OP_##name,
#include "vm/opcodes.def"
#undef OPCODE
    OP_COUNT
} opcode;

typedef enum { ROUNDS_NEVER, ROUNDS_ONE_SECRET, ROUNDS_TWO_SECRETS, ROUNDS_ALWAYS } rounds_rule;

#define OPCODE_ANY 255

/* One row of opcodes.def. */
typedef struct opcode_row {
    const char *name; /* the mnemonic */
    uint8_t outs, ins, imms;
    const char *where; /* tags it takes: letters of "POS" */
    rounds_rule rounds;
    const char *doc;
} opcode_row;

extern const opcode_row opcode_rows[OP_COUNT];

/* Whether each use is a draw of its own: two that look the same are not. */
static inline bool opcode_draws(opcode op)
{
    return op == OP_RANDOM || op == OP_SHUFFLE;
}

typedef enum kind { KIND_BOOL, KIND_INT, KIND_FIX, KIND_KEY } kind;
typedef enum tag { TAG_PUBLIC, TAG_OWNED, TAG_SECRET } tag;

/* Whether a lane finds an order of secrets, which takes protocols of its own. */
static inline bool opcode_sorts(opcode op)
{
    return op == OP_SORT || op == OP_RANK || op == OP_JOIN;
}

/* Limits of the verifier. */
#define LENGTH_MAX ((uint64_t)1 << 28) /* items of one value */
#define MEMBERS_MAX (1u << 20)         /* members of a group */
#define NESTING_MAX 64                 /* blocks within blocks */
#define VIEW_AXES 8                    /* axes of one VIEW */
#define ROUNDS_MAX INT64_C(0xffffffff) /* rounds of a LOOP or UNTIL */

#define AXES 3 /* most axes a value can have, the party axis included */
#define REG_NONE UINT32_MAX
/* Where ways to do something are weighed, by the bytes that they take about at n = 3, a round counts as many as go in its time. */
enum { ROUND_WEIGHT = 10000 };

#define PARTY_ALL UINT32_MAX

/* A register: a vector with a type. Written once in its block; dies at its last use. */
typedef struct reg {
    uint8_t tag;    /* enum tag */
    uint8_t kind;   /* enum kind */
    uint8_t rank;   /* axes used in dim, 0 for a single value */
    bool modular;   /* the items are what was computed modulo the field's prime: in 0 … p-1 */
    bool open;      /* owned only: the last axis has a private length, dim is its bound */
    uint32_t owner; /* owned only: the party. For a group each member has its own, of this shape */
    uint64_t dim[AXES];
    wide lo, hi; /* every item is within; fix scaled by 2^precision */
} reg;

/* How many items a register of this shape has (its bound when open). */
uint64_t reg_length(const reg *r);

/* Where in the source: line and column from 1, counted in characters; 0 when unknown. */
typedef struct place {
    uint32_t line, col;
} place;

/* One use of an instruction's opcode. The lanes of an instruction are independent and share its rounds. */
typedef struct lane {
    uint32_t *out, *in; /* registers; an absent result of MAXIMUM, JOIN or REVEAL is REG_NONE */
    int64_t *imm;
    uint32_t outs, ins, imms;
    place at;
} lane;

typedef struct instr {
    uint8_t op;    /* enum opcode */
    bool together; /* begins with the instruction before it and shares its rounds: same level */
    uint32_t lanes;
    lane *lane;
} instr;

/* Straight-line code with typed inputs and outputs. Block 0 is the program and has neither. A block other
 * than 0 sees its own registers, its inputs, and the registers of the blocks around it. */
typedef struct block {
    uint32_t parent; /* the block whose LOOP, UNTIL or IF runs this one; 0 for block 0 */
    uint32_t *in, *out;
    uint32_t ins, outs;
    instr *code;
    uint32_t len;
} block;

/* The blocks that a lane of a control opcode runs; returns how many, 0 for any other opcode. */
unsigned lane_blocks(opcode op, const lane *l, uint32_t out[2]);

/* What the immediates of a REVEAL say besides its output. */
typedef struct reveal_form {
    bool by_row;  /* `row` and on: one more each round of the loop that it stands in */
    bool divides; /* what is opened, times scale by divisor, rounded down */
    int64_t row, scale, divisor;
} reveal_form;
reveal_form lane_reveal(const lane *l);

typedef struct party_decl {
    char *name;
    bool group;
    uint32_t size; /* members; 1 when not a group */
} party_decl;

typedef struct param_decl {
    char *name;
    wide value;
    uint8_t kind; /* KIND_INT or KIND_FIX */
} param_decl;

/* One input or output. The shape is of one party's value: without the party axis. */
typedef struct port_decl {
    char *name;
    uint32_t party; /* PARTY_ALL: an output to all */
    uint8_t kind, rank;
    bool open;
    uint64_t dim[AXES];
    wide lo, hi; /* inputs: declared range. Outputs: what the compiler proved */
    place at;
} port_decl;

/* Rows of an output: the items of its first axis, 1 when it has none. */
uint64_t output_rows(const port_decl *o);

typedef struct constant {
    num *v; /* items in the clear: see plain.h */
    uint64_t len;
} constant;

typedef struct program {
    arena mem; /* holds everything below */
    uint32_t edition, precision;
    uint16_t field_bits; /* 61 or 127: the field 2^k - 1; else the bits of `prime` */
    uint64_t *prime;     /* prime_limbs(field_bits) words; NULL for 61 and 127 */
    uint8_t extra;       /* words that an item in the clear has beyond the two of a num */
    place field_at;      /* which word forced a field above 61 */
    party_decl *party;
    param_decl *param; /* all params and sizes, by name order of declaration */
    port_decl *input, *output;
    constant *constant;
    reg *reg;
    block *block;
    uint32_t parties, params, inputs, outputs, constants, regs, blocks;
    char *name;   /* strippable: the program's name, "auction" */
    char *file;   /* strippable: path as the user wrote it, "auction.moot" */
    char *source; /* strippable: the text, NUL-terminated; NULL when stripped */
} program;

/* Bytes of one item in the clear. */
static inline size_t item_size(unsigned extra)
{
    return sizeof(num) + extra * sizeof(uint64_t);
}

/* The words of item i of a vector in the clear, two's complement from the lowest; a num when extra is 0. */
static inline uint64_t *item_words(num *v, size_t i, unsigned extra)
{
    return (uint64_t *)v + i * (2 + extra);
}

/* Masks of a field that is not 2^k - 1 hide a number of k bits up to a distance of 2^-SLACK_BITS (protocols.md):
 * what is compared or floored there has at most field_bits - SLACK_ROOM bits and a sign. */
enum { SLACK_BITS = 40, SLACK_ROOM = SLACK_BITS + 3 };

/* The words of the field's prime, whether it is 2^61 - 1, 2^127 - 1 or p->prime. */
void program_prime(const program *p, uint64_t out[WIDE_LIMBS]);

/* Bits that hold the size of what a lane of LT EQ FLOOR MAXIMUM SORT RANK JOIN decides about: its operand, or a
 * difference. */
unsigned decided_bits(const program *p, opcode op, const lane *l);

/* Appends the canonical bytes of p to *out. */
void program_encode(const program *p, buffer *out);

/* Reads and verifies; copies all it keeps. *out is freed with program_free. Fails with E_PROGRAM and a
 * sentence naming the instruction. Never trusts a byte. */
status program_load(program **out, slice bytes, failure *err);

/* Checks what an encoded program must satisfy, in one linear pass: bounds; written before read; operand
 * tags fit the opcode's row; lengths and kinds fit; secret becomes public only in a REVEAL whose output has
 * that recipient, kind and length (or that divides what all learn); every output is revealed exactly once on
 * every path, as a whole or row by row in order, after all inputs were shared; what decides which block runs
 * is public; no instruction needs what its own level brings; blocks nest; limits. */
status program_verify(const program *p, failure *err);

/* Adds the line "  --> auction.moot:9:31" to the failure, when the place is known. */
void fail_place(failure *err, const program *p, place at);

/* The part of `encoded` (made by program_encode) that nodes compare: all but the strippable sections. */
slice program_core(slice encoded);

/* Appends a listing with the source lines interleaved; `legend`: and what each opcode in it does. */
void program_disassemble(const program *p, bool legend, buffer *out);

void program_free(program *p);

#endif
