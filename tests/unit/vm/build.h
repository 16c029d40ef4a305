/* Builds small programs by hand, and runs them on the ideal box. A failed allocation fails the test. */
#ifndef MOOT_TESTS_VM_BUILD_H
#define MOOT_TESTS_VM_BUILD_H

#include "vm/interp.h"

/* Lists of registers and immediates, with their lengths. */
#define REGS(...) (const uint32_t[]){__VA_ARGS__}, (uint32_t)(sizeof((uint32_t[]){__VA_ARGS__}) / 4)
#define IMMS(...) (const int64_t[]){__VA_ARGS__}, (uint32_t)(sizeof((int64_t[]){__VA_ARGS__}) / 8)
#define NO_REGS NULL, 0
#define NO_IMMS NULL, 0

/* An empty program with block 0; room for a few dozen of everything. */
program *build_new(void);
uint32_t build_party(program *p, const char *name, uint32_t members); /* 0: not a group */
uint32_t build_input(program *p, const char *name, uint32_t party, const reg *shape);
uint32_t build_output(program *p, const char *name, uint32_t party, const reg *shape);
uint32_t build_block(program *p, uint32_t parent);
uint32_t build_reg(program *p, const reg *r);
uint32_t build_constant(program *p, const num *v, uint64_t len);
/* Appends an instruction with one lane; *x is its own until the program is freed. */
instr *build_instr(program *p, uint32_t block_index, opcode op, const uint32_t *out, uint32_t outs,
                   const uint32_t *in, uint32_t ins, const int64_t *imm, uint32_t imms);
/* The same with one fresh result of type *as, which is returned. */
uint32_t build(program *p, uint32_t block_index, opcode op, const reg *as, const uint32_t *in,
               uint32_t ins, const int64_t *imm, uint32_t imms);
/* One more lane on the block's last instruction. */
uint32_t build_lane(program *p, uint32_t block_index, const reg *as, const uint32_t *in,
                    uint32_t ins);

/* Verifies p and runs it on the ideal box. Outputs are in data. */
status build_run(const program *p, run_data *data, failure *err);
void build_give(run_data *data, uint32_t input, uint32_t member, const num *v, size_t len);

/* Changes p's bytes here and there, this often, and runs on zeros what loads all the same and is small. Returns how
 * many loaded: the sanitizers watch. */
unsigned build_mutate(const program *p, unsigned mutations);

/* Whether memory and rounds that p asks for are small enough to run it in a test. */
bool build_is_small(const program *p);

#endif
