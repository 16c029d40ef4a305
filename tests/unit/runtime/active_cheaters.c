/* A node that lies: in small programs that take every protocol, every k-th message of every node is changed as a
 * network or a cheater can. Each honest member then stops, or learns what the inputs say: a wrong output anywhere
 * fails the test. The inputs come from a member that is no node, so that there is one right answer. */
#include "core_help.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

typedef enum lie {
    ADD_ONE, /* to the first element, or bits */
    ADD_LAST,
    RANDOM,
    SWAP, /* with what was sent to the same member before */
    LOSE,
    REPEAT,
    DELAY,
    SHORTEN,
    FOREIGN,
    LIES
} lie;

typedef struct cheater {
    unsigned node;
    size_t message; /* which of those that it sends */
    lie kind;
    size_t sent; /* so far */
    size_t changed;
    uint8_t last[NODES_MAX + 1][64];
} cheater;

static uint64_t next_random(uint64_t *state)
{
    *state ^= *state << 13, *state ^= *state >> 7, *state ^= *state << 17;
    return *state;
}

static void add_one(uint8_t *payload, size_t len)
{
    uint64_t v = 0;
    size_t some = len < sizeof v ? len : sizeof v;
    memcpy(&v, payload, some);
    v++;
    memcpy(payload, &v, some);
}

static void swap_with(uint8_t *last, uint8_t *payload, size_t len)
{
    uint8_t now[64];
    size_t some = len < sizeof now ? len : sizeof now;
    memcpy(now, payload, some);
    memcpy(payload, last, some);
    memcpy(last, now, some);
}

static fate cheat(void *arg, unsigned from, unsigned to, uint8_t *payload, size_t len)
{
    static const fate fates[LIES] = {
        [LOSE] = FATE_LOST, [REPEAT] = FATE_TWICE, [DELAY] = FATE_LATE, [SHORTEN] = FATE_SHORT, [FOREIGN] = FATE_FOREIGN};
    cheater *c = arg;
    uint64_t state = c->message + 99;

    if (from != c->node) return FATE_ARRIVES;
    if (c->sent++ != c->message) {
        memcpy(c->last[to], payload, len < 64 ? len : 64);
        return FATE_ARRIVES;
    }
    c->changed = 1;
    switch (c->kind) {
    case ADD_ONE: add_one(payload, len); break;
    case ADD_LAST: payload[len - 1] ^= 1; break;
    case RANDOM:
        for (size_t k = 0; k < len; k++) payload[k] = (uint8_t)next_random(&state) & 0x0f;
        break;
    case SWAP: swap_with(c->last[to], payload, len); break;
    default: break;
    }
    return fates[c->kind];
}

static bool same_output(const program *p, const run_data *got, const run_data *want, uint32_t o)
{
    uint32_t party = p->output[o].party, members = party == PARTY_ALL ? 1 : p->party[party].size;
    for (uint32_t m = 0; m < members; m++) {
        const plain *x = &got->output[o][m], *y = &want->output[o][m];
        if (!x->v) continue;
        if (x->len != y->len || memcmp(x->v, y->v, x->len * sizeof *x->v) != 0) return false;
    }
    return true;
}

typedef struct tally {
    size_t runs, stopped;
} tally;

/* One run; the messages that the cheater sends, 0 when it had sent all before the one to be changed. */
static bool cheated_run(const program *p, const launch *l, run_data *d, cheater *c, tally *t)
{
    bool stopped = false;

    tamper(cheat, c);
    member_run *runs = run_members(p, l, d->input);
    tamper(NULL, NULL);
    for (unsigned k = 0; k < l->members; k++) {
        if (k == c->node) continue;
        stopped |= runs[k].st != OK;
        for (uint32_t o = 0; o < p->outputs; o++)
            cr_assert(same_output(p, runs[k].data, d, o),
                      "node %u lies in message %zu by %d: member %u learns a wrong output %u",
                      c->node, c->message, (int)c->kind, k, o);
    }
    members_free(runs, p, l);
    t->runs += c->changed, t->stopped += stopped;
    return c->changed;
}

/* Every `stride`-th message of every node, by every lie of `lies` (a bit each). */
static tally cheat_everywhere(program *p, unsigned nodes, unsigned threshold, uint32_t lies,
                              size_t stride)
{
    enum { PATIENCE_MS = 400 };
    patience(PATIENCE_MS);
    program_ranges(p, 20);
    run_data *d = run_data_new(p);
    failure err = {0};
    abb *ideal = ideal_new(p);
    launch *l = launch_for(p, nodes, threshold, true);
    tally t = {0};

    cr_assert_eq(launch_choose_security(l, true, NULL), OK);
    for (uint32_t k = 0; k < p->inputs; k++)
        fill_input(p, d, k, p->input[k].kind == KIND_BOOL ? 1 : 20, NULL, 0);
    cr_assert_eq(interp_run(p, ideal, d, &err), OK, "%s", err.text);
    ideal_free(ideal);
    for (unsigned node = 0; node < nodes; node++)
        for (unsigned how = 0; how < LIES; how++) {
            bool changed = lies >> how & 1;
            for (size_t k = (node + how) % stride; changed; k += stride) {
                cheater c = {.node = node, .message = k, .kind = (lie)how};
                changed = cheated_run(p, l, d, &c, &t);
            }
        }
    launch_free(l);
    run_data_free(d, p);
    program_free(p);
    cr_log_info("%zu runs with a lie, %zu stopped", t.runs, t.stopped);
    return t;
}

enum {
    VALUES = 1 << ADD_ONE | 1 << ADD_LAST | 1 << RANDOM | 1 << SWAP,
    ALL_LIES = (1 << LIES) - 1
};

static program *arithmetic(void)
{
    program *p = program_begin(61, 1);
    uint32_t x = program_input(p, 0, KIND_INT, 4), y = program_input(p, 1, KIND_INT, 4);
    uint32_t xy[] = {x, y};
    uint32_t z = program_op(p, OP_MUL, 4, xy, 2, NULL, 0);
    program_reveal(p, PARTY_ALL, program_op(p, OP_MATMUL, 4, xy, 2, (int64_t[]){2, 2, 2}, 3));
    program_reveal(p, PARTY_ALL, program_op(p, OP_MUL, 4, (uint32_t[]){z, x}, 2, NULL, 0));
    return p;
}

Test(cheaters, in_arithmetic)
{
    tally t = cheat_everywhere(arithmetic(), 3, 1, VALUES, 3);
    cheat_everywhere(arithmetic(), 3, 1, ALL_LIES & ~(uint32_t)VALUES, 29);
    cr_assert_gt(t.stopped, t.runs / 2);
}

static program *decision(opcode op)
{
    program *p = program_begin(61, 1);
    uint32_t x = program_input(p, 0, KIND_INT, 2), y = program_input(p, 1, KIND_INT, 2);
    int64_t bits = 7;
    program_reveal(p, PARTY_ALL,
                   op == OP_FLOOR ? program_op(p, op, 2, &x, 1, &bits, 1)
                                  : program_op(p, op, 2, (uint32_t[]){x, y}, 2, NULL, 0));
    return p;
}

Test(cheaters, in_comparisons)
{
    cheat_everywhere(decision(OP_LT), 3, 1, VALUES, 7);
}

Test(cheaters, in_equality)
{
    cheat_everywhere(decision(OP_EQ), 3, 1, VALUES, 7);
}

Test(cheaters, in_floors)
{
    cheat_everywhere(decision(OP_FLOOR), 3, 1, VALUES, 7);
}

static program *gates(void)
{
    program *p = program_begin(61, 1);
    uint32_t x = program_input(p, 0, KIND_BOOL, 3), y = program_input(p, 1, KIND_INT, 3);
    uint32_t z = program_op(p, OP_MASK, 3, (uint32_t[]){y, x}, 2, NULL, 0);
    program_reveal(p, 0, program_op(p, OP_SELECT, 3, (uint32_t[]){x, z, y}, 3, NULL, 0));
    program_reveal(p, PARTY_ALL, program_op(p, OP_MAXIMUM, 1, &y, 1, (int64_t[]){3}, 1));
    return p;
}

Test(cheaters, in_choices)
{
    cheat_everywhere(gates(), 3, 1, VALUES, 11);
}

Test(cheaters, among_four)
{
    cheat_everywhere(arithmetic(), 4, 1, VALUES, 31);
    cheat_everywhere(decision(OP_LT), 4, 1, VALUES, 97);
}

Test(cheaters, among_five)
{
    cheat_everywhere(arithmetic(), 5, 2, VALUES, 113);
    cheat_everywhere(decision(OP_LT), 5, 2, VALUES, 331);
    cheat_everywhere(decision(OP_FLOOR), 5, 2, VALUES, 499);
}

/* The order is drawn anew in each run, and what is revealed does not depend on it. */
static program *shuffle_of_rows(void)
{
    program *p = program_begin(61, 1);
    uint32_t x = program_input(p, 0, KIND_INT, 6);
    program_input(p, 1, KIND_BOOL, 1);
    uint32_t a = program_op(p, OP_SHUFFLE, 6, &x, 1, (int64_t[]){3, 2}, 2);
    uint32_t squares = program_op(p, OP_MUL, 6, (uint32_t[]){a, a}, 2, NULL, 0);
    program_reveal(p, PARTY_ALL, program_op(p, OP_SUM, 1, &squares, 1, (int64_t[]){6}, 1));
    return p;
}

Test(cheaters, in_shuffles)
{
    cheat_everywhere(shuffle_of_rows(), 3, 1, VALUES, 5);
    cheat_everywhere(shuffle_of_rows(), 4, 1, VALUES, 37);
}
