/* Which lanes send messages: the rule of opcodes.def, for the interpreter, the boxes and the compiler. */
#include "vm/abb.h"

bool lane_communicates(const program *p, opcode op, const lane *l)
{
    uint32_t secrets = 0, clear = 0;
    for (uint32_t k = 0; k < l->ins; k++) {
        secrets += p->reg[l->in[k]].tag == TAG_SECRET;
        clear += p->reg[l->in[k]].tag == TAG_PUBLIC;
    }
    switch (opcode_rows[op].rounds) {
    case ROUNDS_NEVER: return false;
    case ROUNDS_ONE_SECRET: return secrets >= 1;
    case ROUNDS_TWO_SECRETS: return secrets >= 2;
    case ROUNDS_ALWAYS:
        /* what all know already is revealed without a word */
        return opcode_draws(op) || clear < l->ins;
    }
    return false;
}
