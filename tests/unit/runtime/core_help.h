/* What the tests of the Shamir box share: programs built by hand, members as threads over memory, and the
 * ideal box to compare with. */
#ifndef MOOT_TESTS_CORE_HELP_H
#define MOOT_TESTS_CORE_HELP_H

#include "runtime/cost.h"
#include "runtime/shamir.h"
#include "vm/interp.h"

/* A program of one block, made instruction by instruction. Party 0 is "one", party 1 the group "many". */
program *program_begin(uint8_t field_bits, uint32_t group_size);
/* An input of `party` with len items for each member, shared: the register of the shares. */
uint32_t program_input(program *p, uint32_t party, kind k, uint64_t len);
/* Declares that all inputs are numbers (bools aside) of so many bits and a sign. */
void program_ranges(program *p, unsigned bits);
uint32_t program_constant(program *p, const num *v, uint64_t len);
/* One lane; imm as in opcodes.def. Its first result, a secret of len items. */
uint32_t program_op(program *p, opcode op, uint64_t len, const uint32_t *in, uint32_t ins,
                    const int64_t *imm, uint32_t imms);
/* The next instruction begins together with the one before. */
void program_together(program *p);
/* The last instruction, of the same opcode as the one before, becomes a lane of that one. */
void program_merge(program *p);
void program_reveal(program *p, uint32_t party, uint32_t r);

/* A launch with every party member at a node, in turn, or (owners_apart) at the member after the last. */
launch *launch_for(const program *p, unsigned nodes, unsigned threshold, bool owners_apart);
/* The same in active mode. */
launch *active_launch(const program *p, unsigned nodes, unsigned threshold, bool owners_apart);
/* How many rounds it takes three nodes in active mode. Takes p. */
uint64_t active_rounds(program *p);

/* What each member of one run learned and counted. */
typedef struct member_run {
    status st;
    failure err;
    run_data *data;
    channel_counters count;
    shamir_cost cost; /* without lines */
} member_run;

/* Runs p on every member of l, each a thread; `input` as run_data.input. Freed by members_free. */
member_run *run_members(const program *p, const launch *l, plain **input);
/* What one member sent another, as it left: the payloads of its data frames, and their sizes. */
typedef struct tape {
    uint8_t *data;
    size_t len, cap, *size, sizes, sizes_cap;
} tape;
typedef tape tapes[NODES_MAX + 1][NODES_MAX + 1]; /* [from][to] */

/* From now on members write what they send to these, too; NULL: no more. */
void record(tapes *to);
void tapes_free(tapes *t);

/* What becomes of a data frame on its way. */
typedef enum fate {
    FATE_ARRIVES,
    FATE_LOST,
    FATE_TWICE,
    FATE_LATE,    /* after the next one to this member */
    FATE_SHORT,   /* without its last byte */
    FATE_STOP,    /* as a stop of the session, with the payload for a reason */
    FATE_FOREIGN, /* as if sent by another start of the sender */
} fate;
/* From now on `with` decides about every data frame before it leaves, and may change its payload; NULL: no more. Called
 * by the sender's thread, for its frames in their order. */
typedef fate tamperer(void *arg, unsigned from, unsigned to, uint8_t *payload, size_t len);
void tamper(tamperer *with, void *arg);
/* How long members wait for one that is there and does not move on; 0, as at first: without end. */
void patience(unsigned ms);

/* From now on boxes hold this of owners who are not there, each member its own; NULL: no more. */
void absent_at(const absent_owners *by_member);

/* From now on what members allocate for themselves comes from here (NULL: the C library), but their frames, which are a
 * transport's, and what is given to them. */
void members_use(const memory_source *source);

/* Does one job with one lane on a box to its end. */
void do_job(abb *base, opcode op, abb_lane *l);

/* Opens a box at every member of l, each a thread, and calls use(box, member, arg) there instead. */
void with_boxes(const program *p, const launch *l, void (*use)(abb *, unsigned, void *), void *arg);
/* The same where member `odd` believes in another session. */
member_run *run_disagreeing(const program *p, const launch *l, plain **input, unsigned odd);
void members_free(member_run *runs, const program *p, const launch *l);

/* Runs p on the ideal box, whose outputs are in *d then, and on the members of l, which all have to end well. */
member_run *run_beside_ideal(const program *p, run_data *d, const launch *l);

/* Every member sent exactly what cost_of says. */
void expect_price(const program *p, const launch *l, const member_run *runs);

/* Random inputs: input k is below 2^bits[k] in size, and begins with `edge`. */
void fill_input(const program *p, run_data *d, uint32_t input, unsigned bits, const num *edge,
                size_t edges);

/* Runs p on the ideal box, and on the members of every (nodes, threshold) given: every member learned exactly
 * what is meant for it, as in the ideal run, and sent exactly what cost_of says. */
void expect_as_ideal_by(const program *p, run_data *d, unsigned nodes, unsigned threshold,
                        bool owners_apart, multiply_way way);
/* The same on the members of this launch. */
void expect_as_ideal_on(const program *p, run_data *d, const launch *l);
/* The same by MULTIPLY_AUTO. */
void expect_as_ideal(const program *p, run_data *d, unsigned nodes, unsigned threshold,
                     bool owners_apart);

/* From now on batches that are verified in the middle of a program are of so many products, or words of products of bits;
 * at costs too. 0: as large as they are. (lies.c) */
void batches_of(size_t products);

#endif
