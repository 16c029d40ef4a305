/* A small header and graph built by hand, generated, verified and run on the ideal box. */
#ifndef MOOT_TESTS_BACK_H
#define MOOT_TESTS_BACK_H

#include "compiler/ir.h"
#include "vm/interp.h"

enum { BACK_PORTS = 8 };

typedef struct back {
    arena mem;
    jmp_buf oom;
    header h;
    party_decl party[BACK_PORTS];
    port_decl input[BACK_PORTS], output[BACK_PORTS];
    ir g;
    program *p;
    run_data *data;
    failure err;
} back;

back *back_new(void); /* precision 20 */
void back_free(back *b);

uint32_t back_party(back *b, uint32_t members); /* 0: one party, not a group */
/* An input or output of rank 0 (len 0) or 1, with its value; outputs are to all unless `to` is a party. */
ir_id back_input(back *b, uint32_t party, kind k, int64_t len, num lo, num hi);
void back_output(back *b, uint32_t to, kind k, int64_t len, ir_id v);

/* Generates and verifies, failing the test when either fails; hoist as given. */
void back_build(back *b, bool hoist);
void back_build_padded(back *b); /* without any work that is an owner's alone */
/* Gives member m of the party that owns input i its items. */
void back_give(back *b, uint32_t input, uint32_t member, const num *items, size_t len);
/* Runs; the result of output o (at member 0) is returned. */
void back_run(back *b);
const num *back_result(const back *b, uint32_t output);

size_t back_instructions(const back *b, opcode op); /* in the top block */
size_t back_lanes(const back *b, opcode op);

#endif
