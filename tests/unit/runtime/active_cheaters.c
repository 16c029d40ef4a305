/* A node that lies: in small programs that take every protocol, every k-th message of every node is changed as a
 * network or a cheater can. Each honest member then stops, or learns what the inputs say: a wrong output anywhere
 * fails the test. The inputs come from a member that is no node, so that there is one right answer. */
#include "lies.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

typedef enum lie_kind {
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
} lie_kind;

enum { PATIENCE_MS = 400 };

typedef struct cheater {
    unsigned node;
    size_t message; /* which of those that it sends */
    lie_kind kind;
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

/* One run; whether the cheater sent the message that was to be changed, for it may have sent all of them before. */
static bool cheated_run(const trial *t, cheater *c, tally *all)
{
    bool stopped = false;
    lie l = lie_elsewhere(c->node);

    l.patience_ms = PATIENCE_MS, l.about_input_bits = true;
    tamper(cheat, c);
    member_run *runs = run_lied_to(t, &l);
    tamper(NULL, NULL);
    for (unsigned k = 0; k < t->l->members; k++) {
        if (k == c->node) continue;
        stopped |= runs[k].st != OK;
        cr_assert(outputs_right(t, &runs[k]),
                  "node %u lies in message %zu by %d: member %u learns a wrong output", c->node,
                  c->message, (int)c->kind, k);
    }
    members_free(runs, t->p, t->l);
    if (c->changed) all->runs++, all->stopped += stopped;
    return c->changed;
}

enum {
    VALUES = 1 << ADD_ONE | 1 << ADD_LAST | 1 << RANDOM | 1 << SWAP,
    ALL_LIES = (1 << LIES) - 1
};

/* Among up to how many nodes every message has its turn: by hand, EVERY_LIE=N in the environment; else 0. */
static unsigned lies_by_hand(void)
{
    const char *most = getenv("EVERY_LIE");
    return most ? (unsigned)strtoul(most, NULL, 10) : 0;
}

/* Every `stride`-th message of every node, by every lie of `lies` (a bit each). */
static tally cheat_in(const trial *t, uint32_t lies, size_t stride)
{
    tally all = {0};

    if (lies_by_hand() >= t->l->nodes) stride = 1;
    for (unsigned node = 0; node < t->l->nodes; node++)
        for (unsigned how = 0; how < LIES; how++) {
            bool changed = lies >> how & 1;
            for (size_t k = (node + how) % stride; changed; k += stride) {
                cheater c = {.node = node, .message = k, .kind = (lie_kind)how};
                changed = cheated_run(t, &c, &all);
            }
        }
    tally_tell(&all);
    return all;
}

static tally cheat_everywhere(program *p, unsigned nodes, unsigned threshold, uint32_t lies,
                              size_t stride)
{
    trial t = trial_of(p, nodes, threshold);
    const tally all = cheat_in(&t, lies, stride);

    trial_end(&t);
    return all;
}

static void cheat_among_kings(unsigned nodes, unsigned threshold, size_t stride)
{
    trial t = trial_of(program_of_products(), nodes, threshold);

    t.l->multiply = MULTIPLY_KING;
    cheat_in(&t, VALUES, stride);
    trial_end(&t);
}

Test(cheaters, in_arithmetic)
{
    tally t = cheat_everywhere(program_of_products(), 3, 1, VALUES, 3);
    cheat_everywhere(program_of_products(), 3, 1, ALL_LIES & ~(uint32_t)VALUES, 29);
    cr_assert_gt(t.stopped, t.runs / 2);
}

Test(cheaters, in_comparisons)
{
    cheat_everywhere(program_of_one(OP_LT), 3, 1, VALUES, 7);
}

Test(cheaters, in_equality)
{
    cheat_everywhere(program_of_one(OP_EQ), 3, 1, VALUES, 7);
}

Test(cheaters, in_floors)
{
    cheat_everywhere(program_of_one(OP_FLOOR), 3, 1, VALUES, 7);
}

/* The largest of numbers, and one to whom alone something is told. */
static program *choices(void)
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
    cheat_everywhere(choices(), 3, 1, VALUES, 11);
}

Test(cheaters, among_four)
{
    cheat_everywhere(program_of_products(), 4, 1, VALUES, 31);
    cheat_everywhere(program_of_one(OP_LT), 4, 1, VALUES, 97);
}

Test(cheaters, among_five)
{
    cheat_everywhere(program_of_products(), 5, 2, VALUES, 113);
    cheat_everywhere(program_of_one(OP_LT), 5, 2, VALUES, 331);
    cheat_everywhere(program_of_one(OP_FLOOR), 5, 2, VALUES, 499);
}

Test(cheaters, among_five_in_other_protocols)
{
    cheat_everywhere(program_of_one(OP_EQ), 5, 2, VALUES, 1999);
    cheat_everywhere(choices(), 5, 2, VALUES, 1999);
    cheat_everywhere(program_of_shuffles(), 5, 2, VALUES, 997);
    cheat_everywhere(program_of_products(), 5, 2, ALL_LIES & ~(uint32_t)VALUES, 997);
}

Test(cheaters, with_kings)
{
    cheat_among_kings(3, 1, 29);
    cheat_among_kings(5, 2, 499);
}

Test(cheaters, among_six)
{
    cheat_everywhere(program_of_products(), 6, 2, VALUES, 499);
    cheat_everywhere(program_of_one(OP_LT), 6, 2, VALUES, 1601);
}

Test(cheaters, among_seven)
{
    cheat_everywhere(program_of_products(), 7, 3, VALUES, 1999);
}

Test(cheaters, in_a_field_of_another_prime)
{
    cheat_everywhere(program_of_prime_one(OP_LT), 3, 1, VALUES, 61);
    cheat_everywhere(program_of_prime_one(OP_FLOOR), 3, 1, VALUES, 151);
    cheat_everywhere(program_of_prime_one(OP_EQ), 5, 2, VALUES, 997);
}

Test(cheaters, in_shuffles)
{
    cheat_everywhere(program_of_shuffles(), 3, 1, VALUES, 5);
    cheat_everywhere(program_of_shuffles(), 4, 1, VALUES, 37);
}

/* Gates on bools, and what is drawn, of which only what does not depend on the draw is revealed: b b - b. */
static program *gates_and_draws(void)
{
    program *p = program_begin(61, 1);
    uint32_t x = program_input(p, 0, KIND_BOOL, 2), y = program_input(p, 1, KIND_BOOL, 2);
    const opcode gates[] = {OP_AND, OP_OR, OP_XOR};

    for (size_t k = 0; k < 3; k++) {
        uint32_t z = program_op(p, gates[k], 2, (uint32_t[]){x, y}, 2, NULL, 0);
        p->reg[z].kind = KIND_BOOL, p->reg[z].lo = wide_of(0), p->reg[z].hi = wide_of(1);
        x = z;
    }
    uint32_t b = program_op(p, OP_RANDOM, 2, NULL, 0, NULL, 0),
             bb = program_op(p, OP_MUL, 2, (uint32_t[]){b, b}, 2, NULL, 0);
    program_reveal(p, 0, x);
    program_reveal(p, PARTY_ALL, program_op(p, OP_SUB, 2, (uint32_t[]){bb, b}, 2, NULL, 0));
    return p;
}

Test(cheaters, in_gates_and_draws)
{
    cheat_everywhere(gates_and_draws(), 3, 1, VALUES, 11);
    cheat_everywhere(gates_and_draws(), 5, 2, VALUES, 499);
}

/* Sorts by digits, with all that moves there; ranks; and lists that are joined. */
static program *ranks_and_joins(void)
{
    enum { ROWS = 2 };
    const int64_t run = ROWS, tables[] = {ROWS, ROWS};
    program *p = program_begin(61, 1);
    uint32_t x = program_input(p, 0, KIND_BOOL, ROWS), y = program_input(p, 1, KIND_INT, ROWS);

    p->reg[x].lo = wide_of(0), p->reg[x].hi = wide_of(1);
    program_reveal(p, PARTY_ALL, program_op(p, OP_RANK, ROWS, &x, 1, &run, 1));
    program_reveal(p, PARTY_ALL,
                   program_op(p, OP_JOIN, ROWS, (uint32_t[]){x, x, y}, 3, tables, 2) + 1);
    return p;
}

Test(cheaters, in_sorts)
{
    cheat_everywhere(program_of_sorts(), 3, 1, VALUES, 101);
    cheat_everywhere(ranks_and_joins(), 3, 1, VALUES, 499);
    cheat_everywhere(program_of_sorts(), 5, 2, VALUES, 4999);
}

/* One number of a small range against so many that its bits are found. */
static program *lookups(void)
{
    enum { KNOWN = 7000, RANGE = 4 };
    program *p = program_begin(61, 1);
    uint32_t b = program_input(p, 0, KIND_BOOL, 1);
    static num table[KNOWN];

    program_input(p, 1, KIND_INT, 1);
    for (size_t k = 0; k < KNOWN; k++) table[k] = (num)(k % RANGE);
    uint32_t x = program_op(p, OP_INT, 1, &b, 1, NULL, 0);
    p->reg[x].lo = wide_of(0), p->reg[x].hi = wide_of(RANGE - 1);
    uint32_t is[] = {x, program_constant(p, table, KNOWN)};
    uint32_t equal = program_op(p, OP_EQ, KNOWN, is, 2, NULL, 0),
             number = program_op(p, OP_INT, KNOWN, &equal, 1, NULL, 0);
    program_reveal(p, PARTY_ALL, program_op(p, OP_SUM, 1, &number, 1, (int64_t[]){KNOWN}, 1));
    return p;
}

Test(cheaters, in_lookups)
{
    cheat_everywhere(lookups(), 3, 1, VALUES, 29);
}

/* While products are made, those before are verified. */
Test(cheaters, in_batches_behind)
{
    enum { WIDTH = 4, LEVELS = 8 };

    batches_of(2 * WIDTH);
    cheat_everywhere(program_of_levels(LEVELS, WIDTH), 3, 1, VALUES, 61);
    cheat_everywhere(program_of_levels(LEVELS, WIDTH), 3, 1, ALL_LIES & ~(uint32_t)VALUES, 397);
}

/* Of every kind of lie in every step, two that are drawn: by whom, on which occasion, how, in which program. Many find no
 * occasion. */
static program *drawn_program(uint64_t *state)
{
    switch (next_random(state) >> 40 & 3) {
    case 0: return program_of_products();
    case 1: return program_of_one(OP_FLOOR);
    case 2: return program_of_choices();
    default: return program_of_shuffles();
    }
}

static void drawn_lie(step in, lie_about about, uint64_t *state, tally *all)
{
    void (*const ways[])(const lie *, const moment *, void *, size_t) = {flip_first, flip_last,
                                                                         randomise};
    const unsigned nodes = 3 + (unsigned)(next_random(state) >> 40) % 3;
    trial t = trial_of(drawn_program(state), nodes, (nodes - 1) / 2);
    lie l = lie_of_node(
        (next_random(state) >> 40) % nodes, about, in,
        about & (ABOUT_MESSAGE | ABOUT_BITS) ? ways[(next_random(state) >> 40) % 3] : flip_first, 1);

    l.which = (next_random(state) >> 40) % 2, l.most = 1 + (next_random(state) >> 40) % 3;
    member_run *runs = run_lied_to(&t, &l);
    size_t told = 0, stopped = 0;
    for (unsigned k = 0; k < nodes; k++) told += l.told[k], stopped += runs[k].st != OK;
    if (told) all->runs++, all->stopped += stopped > 0;
    members_free(runs, t.p, t.l);
    trial_end(&t);
}

/* In each `stride`-th step from `first` on. */
static void lie_in_steps(unsigned first, unsigned stride, uint64_t state)
{
    tally all = {0};

    for (unsigned in = first; in < STEPS; in += stride)
        for (unsigned about = ABOUT_MESSAGE; about <= ABOUT_OPENING; about <<= 1)
            for (size_t k = 0; k < 2; k++) drawn_lie((step)in, (lie_about)about, &state, &all);
    tally_tell(&all);
    cr_assert_gt(all.runs, 5);
}

Test(cheaters, in_every_second_step)
{
    lie_in_steps(0, 2, 88172645463325252u);
}

Test(cheaters, in_the_other_steps)
{
    lie_in_steps(1, 2, 362436069362436069u);
}
