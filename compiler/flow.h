/* The program as registers and lanes, before it is ordered: what translate.c makes of the values, and level.c
 * and emit.c turn into bytecode. Adding a lane that is there already gives the register it has: common work
 * is shared by construction. Internal to the compiler. */
#ifndef MOOT_COMPILER_FLOW_H
#define MOOT_COMPILER_FLOW_H

#include "compiler/ir.h"

typedef uint32_t reg_id;
typedef uint32_t lane_id;

typedef struct flow_reg {
    reg type;
    uint32_t block;  /* where it is written */
    uint32_t level;  /* rounds that must be over before it is there, in its block (level.c) */
    uint32_t number; /* in the bytecode (emit.c); REG_NONE: not written yet */
} flow_reg;

/* Items of a CONST; how wide they are written is known when the program is laid out. */
typedef struct flow_constant {
    const wide *v;
    uint64_t len;
} flow_constant;

typedef struct flow_lane {
    opcode op;
    uint32_t block;
    lane code;                  /* registers are reg_ids */
    const flow_constant *konst; /* CONST */
    lane_id next;               /* of the same hash; 0 ends */
    lane_id after; /* a lane of this block, or one around, that must be over before; 0: none */
    uint32_t level;
    bool communicates;
} flow_lane;

/* The lane that reveals rows of an output in a block, or runs a block that does: the latest so far. */
typedef struct row_writer {
    int64_t output;
    lane_id lane;
} row_writer;

typedef struct flow_block {
    uint32_t parent;
    reg_id *in, *out;
    uint32_t ins, outs;
    reg_id *outer; /* registers of blocks around that its lanes, or the blocks in it, read */
    uint32_t outers;
    row_writer *rows;
    uint32_t writers;
    bool tells;     /* a REVEAL stands in it, or in a block in it */
    lane_id *order; /* lanes in the order of the bytecode (level.c) */
    uint32_t lanes;
} flow_block;

typedef struct flow {
    arena *mem;
    flow_reg *reg;
    flow_lane *lane; /* lane[0] is unused */
    flow_block *block;
    uint32_t regs, lanes, blocks;
    uint32_t reg_cap, lane_cap;
    lane_id *bucket; /* hash table of lanes; a power of two */
    uint32_t buckets;
    reg_id *kept; /* computed though nothing that leaves needs them; see ir.kept */
    uint32_t kepts;
} flow;

/* Room for some registers and lanes more than `expected`, and the blocks. */
void flow_init(flow *f, arena *mem, uint32_t blocks, uint32_t expected);

reg_id flow_register(flow *f, uint32_t where, const reg *as);

/* One result: the register of this work in this block or one around it, made when there is none. MAXIMUM and
 * JOIN have two results, `which` says the one wanted; else it is 0. Ranges that were proved meet. */
typedef struct work {
    opcode op;
    uint32_t block;
    const reg_id *in;
    uint32_t ins;
    const int64_t *imm;
    uint32_t imms;
    const flow_constant *konst;
    place at;
    unsigned which;
    lane_id after; /* TOLD */
} work;
reg_id flow_compute(flow *f, const work *w, const reg *as);

/* A lane that is never shared with another: LOOP, UNTIL, IF, REVEAL and what draws. out is copied. */
lane_id flow_append(flow *f, const work *w, const reg_id *out, uint32_t outs);

/* The value is known to be in lo … hi besides. */
void flow_narrow(flow *f, reg_id r, wide lo, wide hi);

/* Whether the lane sends messages: the rule of its opcode's row and the tags of its operands. */
bool flow_communicates(const flow *f, const flow_lane *l);

#endif
