/* What t nodes receive in a protocol is uniform whatever the secrets are, no word of a stream is used twice,
 * and sizes do not depend on secrets. The same statistics find a reuse that is put in on purpose. */
#include "core_help.h"

#include "runtime/audit.h"
#include "runtime/box.h"

#include <criterion/criterion.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

typedef enum reuse { NONE, OF_DEALS, OF_SETS, OF_BOTH = OF_DEALS | OF_SETS } reuse;

/* `op` twice on the same sharings of `items` times the same two secrets, and all that was sent. */
typedef struct trial {
    opcode op;
    unsigned nodes, threshold;
    size_t items;
    num a, b;
    kind kind;            /* of the secrets */
    reuse again;          /* streams that begin anew before the second time */
    unsigned bits;        /* of the field */
    bool active, checked; /* checked: a check point after it, of active mode */
    tapes sent;
    size_t start[NODES_MAX][NODES_MAX]; /* where the messages of the first time begin */
} trial;

/* --- making it */

/* A stream that is always the same: what is drawn after it is what was drawn before it. */
static void restart(stream **s, const char *purpose, uint64_t index)
{
    static const uint8_t key[KEY_BYTES] = {1};
    stream_free(*s);
    cr_assert_eq(stream_open(s, key, purpose, index, NULL), OK);
}

static void restart_streams(const box *b, reuse which)
{
    for (size_t k = 0; which & OF_SETS && k < b->keys->sets; k++) {
        restart(&b->keys->set[k].random, "set", b->keys->set[k].members);
        restart(&b->keys->set[k].bits, "bits", b->keys->set[k].members);
        restart(&b->keys->set[k].order, "order", b->keys->set[k].members);
    }
    for (unsigned k = 0; which & OF_DEALS && k < b->nodes; k++) {
        if (k == b->self) continue;
        restart(&b->keys->to[k], "deal", b->self * NODES_MAX + k);
        restart(&b->keys->from[k], "deal", k * NODES_MAX + b->self);
        restart(&b->keys->bits_to[k], "deal bits", b->self * NODES_MAX + k);
        restart(&b->keys->bits_from[k], "deal bits", k * NODES_MAX + b->self);
    }
}

static value share(abb *base, const reg *secret, num a)
{
    size_t items = (size_t)secret->dim[0];
    reg owned = {.tag = TAG_OWNED,
                 .kind = secret->kind,
                 .rank = 1,
                 .dim = {items},
                 .lo = secret->lo,
                 .hi = secret->hi};
    uint32_t none = 0;
    lane code = {.out = &none, .in = &none, .outs = 1, .ins = 1};
    value in = {.type = &owned, .clear = {.len = items}}, out = {.type = secret};

    if (base->ops->holds(base, 0, 0)) in.clear.v = malloc(items * sizeof(num));
    for (size_t k = 0; in.clear.v && k < items; k++) in.clear.v[k] = a;
    do_job(base, OP_SHARE, &(abb_lane){&code, &out, &in, 1, 1});
    free(in.clear.v);
    return out;
}

static void do_twice(abb *base, unsigned self, void *arg)
{
    trial *t = arg;
    const bool bools = t->kind == KIND_BOOL;
    const num most = (num)1 << (t->active ? 58 : 59); /* a check adds a bit */
    reg secret = {.tag = TAG_SECRET,
                  .kind = (uint8_t)t->kind,
                  .rank = 1,
                  .dim = {t->items},
                  .lo = wide_of_num(bools ? 0 : -most),
                  .hi = wide_of_num(bools ? 1 : most - 1)},
        result = secret;
    uint32_t names[3] = {0};
    int64_t imm[] = {t->op == OP_MAXIMUM ? 4 : t->op == OP_FLOOR ? 20 : 0, 1};
    if (t->op == OP_SHUFFLE || opcode_sorts(t->op)) imm[0] = (int64_t)t->items;
    if (t->op == OP_JOIN) imm[1] = imm[0];
    if (t->op == OP_MAXIMUM) result.dim[0] /= 4;
    value in[] = {share(base, &secret, t->a), share(base, &secret, t->b), share(base, &secret, t->b)};
    lane code = {.out = names,
                 .in = names,
                 .imm = imm,
                 .outs = opcode_rows[t->op].outs,
                 .ins = t->op == OP_FLOOR || t->op == OP_REVEAL ? 1 : opcode_rows[t->op].ins,
                 .imms = 2};

    cr_assert_eq(shamir_settle(base, NULL), OK); /* the inputs, so that both times are alike */
    for (unsigned k = 0; k < t->nodes; k++) t->start[self][k] = t->sent[self][k].len;
    for (int time = 0; time < 2; time++) {
        value out[] = {{.type = &result}, {.type = &result}};
        restart_streams(box_of(base), t->again);
        box_of(base)->turn = 0; /* the same roles, for messages of the same sizes */
        do_job(base, t->op, &(abb_lane){&code, out, in, code.outs, code.ins});
        if (t->checked) cr_assert_eq(shamir_settle(base, NULL), OK);
        for (size_t k = 0; k < 2; k++) {
            base->ops->release(base, out[k].secret);
            plain_free(&out[k].clear);
        }
    }
    for (size_t k = 0; k < 3; k++) base->ops->release(base, in[k].secret);
}

/* Of a field over any prime: of whole words, so that the upper bits of each are uniform, too. */
enum { GMP_BITS = 256 };

/* Plays what `how` says; party 0 is node 0. */
static trial *play(trial how)
{
    trial *t = calloc(1, sizeof *t);
    program *p = program_begin((uint8_t)(how.bits < GMP_BITS ? how.bits : GMP_BITS - 1), 1);
    program_reveal(p, 0, program_input(p, 0, how.kind, how.items));
    launch *l = launch_for(p, how.nodes, how.threshold, false);
    program_ranges(p, 20);

    cr_assert_eq(launch_choose_security(l, how.active, NULL), OK);
    *t = how;
    record(&t->sent);
    with_boxes(p, l, do_twice, t);
    record(NULL);
    launch_free(l);
    program_free(p);
    return t;
}

/* Whether it has a check point of its own: what that verifies is then the same both times only if nothing is left. */
static bool checks_itself(const trial *t)
{
    return t->active && t->bits == GMP_BITS && t->op != OP_MUL;
}

static trial trial_of(opcode op, unsigned nodes, unsigned threshold, size_t items)
{
    return (trial){.op = op,
                   .nodes = nodes,
                   .threshold = threshold,
                   .items = items,
                   .a = -7,
                   .b = 1234567,
                   .kind = KIND_INT,
                   .bits = 61};
}

static void trial_free(trial *t)
{
    tapes_free(&t->sent);
    free(t);
}

/* --- looking at it */

typedef struct words {
    const uint8_t *bytes;
    size_t len;
} words;

static uint64_t word(words w, size_t k)
{
    uint64_t x;
    memcpy(&x, w.bytes + k * sizeof x, sizeof x);
    return x;
}

/* What `from` sent `to` the first or the second time. */
static words message(const trial *t, unsigned from, unsigned to, int time)
{
    size_t half = (t->sent[from][to].len - t->start[from][to]) / 2;
    const uint8_t *at = t->sent[from][to].data + t->start[from][to] + (size_t)time * half;
    return (words){at, half / sizeof(uint64_t)};
}

enum {
    CELLS = 64,
    CHI_LIMIT = 170, /* of 63 degrees of freedom: 1 in 10^11 of large parts, and a run has some 10^5 */
    PART = 512,      /* words looked at together, so that one bad plane among many is seen */
    UPPER = 29,      /* 32 bits from here are the upper ones of an element of p61 */
    DEVIATIONS = 6, /* of a normal variable: below 1 in 10^8 */
};

typedef struct histogram {
    size_t seen[CELLS], total;
    double worst; /* the largest chi-square of a part so far */
} histogram;

static void begin_part(histogram *h)
{
    memset(h->seen, 0, sizeof h->seen);
    h->total = 0;
}

static void end_part(histogram *h)
{
    double each = (double)h->total / CELLS, chi = 0;
    for (size_t c = 0; c < CELLS; c++)
        chi += ((double)h->seen[c] - each) * ((double)h->seen[c] - each) / each;
    if (chi > h->worst) h->worst = chi;
    begin_part(h);
}

static void count(histogram *h, size_t cell)
{
    h->seen[cell]++;
    if (++h->total == PART) end_part(h);
}

/* Each word that a node receives, by its lowest 6 bits: of an element, or of 6 items. */
static double words_alone(const trial *t)
{
    histogram h = {0};
    for (unsigned to = 0; to < t->nodes; to++) /* a part has no two copies of what goes to several */
        for (unsigned from = 0; from < t->nodes; from++) {
            words w = message(t, from, to, 0);
            for (size_t k = 0; k < w.len; k++) count(&h, word(w, k) % CELLS);
        }
    return h.worst;
}

/* Two words in a row, by the lowest 3 bits of each: a stream that repeats itself, or goes up step by step, fills few
 * of the cells. */
static void count_in_a_row(histogram *h, words w)
{
    for (size_t k = 0; k + 1 < w.len; k += 2) /* no word twice, or chi-square is larger */
        count(h, (word(w, k) % 8) << 3 | word(w, k + 1) % 8);
}

static double words_in_a_row(const trial *t)
{
    histogram h = {0};
    for (unsigned to = 0; to < t->nodes; to++)
        for (unsigned from = 0; from < t->nodes; from++)
            count_in_a_row(&h, message(t, from, to, 0));
    return h.worst;
}

/* How far a row of words goes along with itself one word later, in standard deviations: by their upper bits, as numbers. */
static double serial_correlation(words w)
{
    double sum = 0, squares = 0, products = 0, n = (double)w.len;
    for (size_t k = 0; k < w.len; k++) {
        double x = (double)(word(w, k) >> UPPER & UINT32_MAX),
               y = (double)(word(w, (k + 1) % w.len) >> UPPER & UINT32_MAX);
        sum += x, squares += x * x, products += x * y;
    }
    return (n * products - sum * sum) / (n * squares - sum * sum) * sqrt(n);
}

static double worst_correlation(const trial *t)
{
    double worst = 0;
    for (unsigned to = 0; to < t->nodes; to++)
        for (unsigned from = 0; from < t->nodes; from++) {
            words w = message(t, from, to, 0);
            double here = w.len >= PART ? fabs(serial_correlation(w)) : 0;
            if (here > worst) worst = here;
        }
    return worst;
}

/* What two nodes receive from two others, by the lowest 3 bits of each. Parts are of the same four, for what goes to
 * several nodes comes again with others. */
static double words_of_two(const trial *t)
{
    histogram h = {0};
    for (unsigned a = 0; a < t->nodes; a++)
        for (unsigned b = a + 1; b < t->nodes; b++)
            for (unsigned x = 0; x < t->nodes; x++)
                for (unsigned y = 0; y < t->nodes; y++) {
                    if (x == a || x == b || y == a || y == b || x == y) continue;
                    words v = message(t, x, a, 0), w = message(t, y, b, 0);
                    begin_part(&h);
                    for (size_t k = 0; v.len == w.len && k < v.len; k++)
                        count(&h, (word(v, k) % 8) << 3 | word(w, k) % 8);
                }
    return h.worst;
}

/* In what a word differs from the same word of the first time: known to the receiver if masks are used twice. */
static double differences(const trial *t)
{
    histogram h = {0};
    for (unsigned to = 0; to < t->nodes; to++)
        for (unsigned from = 0; from < t->nodes; from++) {
            words v = message(t, from, to, 0), w = message(t, from, to, 1);
            for (size_t k = 0; k < v.len; k++) count(&h, (word(v, k) ^ word(w, k)) % CELLS);
        }
    return h.worst;
}

static void expect_nothing_in(trial how)
{
    trial *t = play(how);
    const char *name = opcode_rows[t->op].name, *mode = t->active ? "active" : "passive";
    double one = words_alone(t), two = t->threshold > 1 ? words_of_two(t) : 0,
           row = words_in_a_row(t), along = worst_correlation(t),
           twice = t->op == OP_REVEAL ? 0 : differences(t); /* the same shares are shown twice */

#define HERE "%s n=%u, %u bits, %s: "
    cr_assert(one > 0 && one < CHI_LIMIT, HERE "chi-square %f", name, t->nodes, t->bits, mode, one);
    cr_assert(row < CHI_LIMIT, HERE "in a row, chi-square %f", name, t->nodes, t->bits, mode, row);
    cr_assert(along < DEVIATIONS, HERE "correlation %f", name, t->nodes, t->bits, mode, along);
    cr_assert(two < CHI_LIMIT, HERE "two nodes, chi-square %f", name, t->nodes, t->bits, mode, two);
    cr_assert(twice < CHI_LIMIT, HERE "two times, chi-square %f", name, t->nodes, t->bits, mode,
              twice);
#undef HERE
    trial_free(t);
}

static void expect_nothing_learned(opcode op, unsigned nodes, unsigned threshold, size_t items)
{
    expect_nothing_in(trial_of(op, nodes, threshold, items));
}

static void expect_nothing_learned_of_bools(opcode op, unsigned nodes, unsigned threshold,
                                            size_t items)
{
    trial t = trial_of(op, nodes, threshold, items);

    t.kind = KIND_BOOL, t.a = 1, t.b = 0;
    expect_nothing_in(t);
    t.active = nodes < 9; /* more sets than it takes */
    if (t.active) expect_nothing_in(t);
}

static void expect_nothing_learned_in(unsigned bits, bool active, opcode op, unsigned nodes,
                                      unsigned threshold, size_t items)
{
    trial t = trial_of(op, nodes, threshold, items);

    t.bits = bits, t.active = active;
    t.checked = checks_itself(&t);
    expect_nothing_in(t);
}

Test(transcript, of_work_on_bools_is_uniform)
{
    enum { BITS = 1 << 18 }; /* 64 of them are a word */
    expect_nothing_learned_of_bools(OP_AND, 3, 1, BITS);
    expect_nothing_learned_of_bools(OP_OR, 5, 2, BITS);
    expect_nothing_learned_of_bools(OP_XOR, 9, 4, BITS);
    expect_nothing_learned_of_bools(OP_SELECT, 3, 1, BITS);
}

Test(transcript, of_a_product_is_uniform)
{
    expect_nothing_learned(OP_MUL, 3, 1, 4096);
    expect_nothing_learned(OP_MUL, 4, 1, 4096);
    expect_nothing_learned(OP_MUL, 5, 2, 4096);
    expect_nothing_learned(OP_MUL, 9, 4, 4096);
}

Test(transcript, of_a_comparison_is_uniform)
{
    expect_nothing_learned(OP_LT, 3, 1, 1024);
    expect_nothing_learned(OP_LT, 5, 2, 512);
    expect_nothing_learned(OP_LT, 9, 4, 512);
    expect_nothing_learned(OP_EQ, 3, 1, 1024);
}

Test(transcript, of_a_floor_is_uniform)
{
    expect_nothing_learned(OP_FLOOR, 3, 1, 1024);
    expect_nothing_learned(OP_FLOOR, 5, 2, 512);
}

Test(transcript, of_a_maximum_is_uniform)
{
    expect_nothing_learned(OP_MAXIMUM, 3, 1, 1024);
    expect_nothing_learned(OP_MAXIMUM, 5, 2, 512);
}

Test(transcript, of_a_shuffle_is_uniform)
{
    expect_nothing_learned(OP_SHUFFLE, 3, 1, 4096);
    expect_nothing_learned(OP_SHUFFLE, 4, 1, 4096);
    expect_nothing_learned(OP_SHUFFLE, 5, 2, 4096);
    expect_nothing_learned(OP_SHUFFLE, 7, 3, 2048);
    expect_nothing_learned(OP_SHUFFLE, 9, 4, 1024);
}

Test(transcript, of_a_sort_is_uniform)
{
    expect_nothing_learned(OP_SORT, 3, 1, 512);
    expect_nothing_learned(OP_SORT, 4, 1, 512);
    expect_nothing_learned(OP_SORT, 5, 2, 512);
    expect_nothing_learned(OP_RANK, 3, 1, 64); /* by pairs */
    expect_nothing_learned(OP_RANK, 9, 4, 16);
    expect_nothing_learned(OP_JOIN, 3, 1, 256);
}

Test(transcript, in_larger_fields_is_uniform)
{
    expect_nothing_learned_in(127, false, OP_MUL, 3, 1, 1024);
    expect_nothing_learned_in(127, false, OP_MUL, 5, 2, 1024);
    expect_nothing_learned_in(127, false, OP_LT, 3, 1, 256);
    expect_nothing_learned_in(127, false, OP_EQ, 4, 1, 256);
    expect_nothing_learned_in(127, false, OP_FLOOR, 3, 1, 256);
    expect_nothing_learned_in(127, false, OP_MAXIMUM, 3, 1, 256);
    expect_nothing_learned_in(127, false, OP_SORT, 3, 1, 128);
    for (unsigned bits = 127; bits <= GMP_BITS; bits += GMP_BITS - 127) {
        expect_nothing_learned_in(bits, false, OP_SHUFFLE, 3, 1, 1024);
        expect_nothing_learned_in(bits, false, OP_REVEAL, 5, 2, 1024);
    }
    expect_nothing_learned_in(GMP_BITS, false, OP_MUL, 3, 1, 512);
    expect_nothing_learned_in(GMP_BITS, false, OP_MUL, 5, 2, 512);
    expect_nothing_learned_in(GMP_BITS, false, OP_LT, 3, 1, 64);
    expect_nothing_learned_in(GMP_BITS, false, OP_EQ, 5, 2, 32);
    expect_nothing_learned_in(GMP_BITS, false, OP_FLOOR, 3, 1, 64);
}

/* Sorts aside: what they show of bits are shares of few values, lifted into GF(2^60), which fill no cells. */
Test(transcript, in_active_mode_is_uniform)
{
    for (unsigned bits = 61; bits <= 127; bits += 66) {
        expect_nothing_learned_in(bits, true, OP_MUL, 3, 1, 1024);
        expect_nothing_learned_in(bits, true, OP_MUL, 5, 2, 1024);
        expect_nothing_learned_in(bits, true, OP_LT, 3, 1, 256);
        expect_nothing_learned_in(bits, true, OP_FLOOR, 3, 1, 512);
        expect_nothing_learned_in(bits, true, OP_MAXIMUM, 5, 2, 256);
        expect_nothing_learned_in(bits, true, OP_SHUFFLE, 3, 1, 1024);
    }
    expect_nothing_learned_in(GMP_BITS, true, OP_MUL, 3, 1, 512);
    expect_nothing_learned_in(GMP_BITS, true, OP_LT, 3, 1, 16);
    expect_nothing_learned_in(GMP_BITS, true, OP_EQ, 5, 2, 8);
    expect_nothing_learned_in(GMP_BITS, true, OP_FLOOR, 3, 1, 16);
}

Test(transcript, of_check_points_is_uniform)
{
    trial t = trial_of(OP_MUL, 3, 1, 256);
    t.active = t.checked = true;
    expect_nothing_in(t);
}

Test(transcript, of_a_reveal_to_one_is_uniform_and_goes_to_nobody_else)
{
    for (unsigned n = 3; n <= 9; n += 2) {
        expect_nothing_learned(OP_REVEAL, n, n / 2, 4096);
        trial *t = play(trial_of(OP_REVEAL, n, n / 2, 512));
        unsigned senders = 0;
        for (unsigned from = 0; from < n; from++) {
            senders += message(t, from, 0, 0).len > 0;
            for (unsigned to = 1; to < n; to++) cr_assert_eq(message(t, from, to, 0).len, 0);
        }
        cr_assert_eq(senders, n / 2, "t shares are enough");
        trial_free(t);
    }
}

Test(transcript, words_that_follow_from_those_before_are_found)
{
    enum { LEN = 2 * PART };
    uint64_t repeated[LEN], steps[LEN], slow[LEN];
    histogram twice = {0}, counted = {0};

    srand(1);
    for (size_t k = 0; k < LEN; k++) {
        uint64_t x = (uint64_t)rand() << 31 ^ (uint64_t)rand();
        repeated[k] = k % 2 ? repeated[k - 1] : x, steps[k] = k;
        slow[k] = x / 4 + (k ? slow[k - 1] / 2 : 0); /* half of it is what was there before */
    }
    count_in_a_row(&twice, (words){(uint8_t *)repeated, LEN});
    count_in_a_row(&counted, (words){(uint8_t *)steps, LEN});
    cr_expect_gt(twice.worst, CHI_LIMIT);
    cr_expect_gt(counted.worst, CHI_LIMIT);
    cr_expect_gt(serial_correlation((words){(uint8_t *)slow, LEN}), DEVIATIONS);
}

Test(transcript, a_stream_used_twice_is_found)
{
    static const struct {
        opcode op;
        reuse again;
        unsigned bits;
        bool active;
    } cases[] = {{OP_MUL, OF_DEALS, 61, false},       {OP_LT, OF_DEALS, 61, false},
                 {OP_LT, OF_SETS, 61, false},         {OP_FLOOR, OF_SETS, 61, false},
                 {OP_SHUFFLE, OF_BOTH, 61, false},    {OP_SORT, OF_BOTH, 61, false},
                 {OP_MUL, OF_DEALS, 127, false},      {OP_LT, OF_SETS, 127, false},
                 {OP_MUL, OF_DEALS, GMP_BITS, false}, {OP_MUL, OF_DEALS, 61, true},
                 {OP_LT, OF_BOTH, 61, true},          {OP_MUL, OF_DEALS, 127, true},
                 {OP_LT, OF_DEALS, GMP_BITS, true}};
    for (size_t k = 0; k < sizeof cases / sizeof cases[0]; k++) {
        trial how =
            trial_of(cases[k].op, 3, 1, cases[k].active && cases[k].bits == GMP_BITS ? 32 : 512);
        how.again = cases[k].again, how.bits = cases[k].bits, how.active = cases[k].active;
        how.checked = checks_itself(&how);
        trial *t = play(how);
        cr_assert_lt(words_alone(t), CHI_LIMIT, "each word alone tells nothing still");
        cr_assert_gt(differences(t), CHI_LIMIT, "%s of %u bits: not found",
                     opcode_rows[cases[k].op].name, cases[k].bits);
        trial_free(t);
    }
}

static void expect_same_sizes(const trial *x, const trial *y)
{
    for (unsigned from = 0; from < x->nodes; from++)
        for (unsigned to = 0; to < x->nodes; to++) {
            const tape *a = &x->sent[from][to], *b = &y->sent[from][to];
            cr_assert_eq(a->sizes, b->sizes);
            for (size_t k = 0; k < a->sizes; k++) cr_assert_eq(a->size[k], b->size[k]);
        }
}

Test(transcript, sizes_do_not_depend_on_secrets)
{
    static const opcode ops[] = {OP_MUL,  OP_LT,   OP_EQ,   OP_FLOOR, OP_MAXIMUM,
                                 OP_SORT, OP_RANK, OP_JOIN, OP_REVEAL};
    for (size_t k = 0; k < sizeof ops / sizeof ops[0]; k++) {
        trial how = trial_of(ops[k], 5, 2, 64);
        how.a = how.b = 0;
        trial *x = play(how);
        how.a = -((num)1 << 59), how.b = ((num)1 << 59) - 1;
        trial *y = play(how);
        expect_same_sizes(x, y);
        trial_free(x);
        trial_free(y);
    }
}
