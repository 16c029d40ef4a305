/* Active mode holds notes of no more than about two check points' worth, however long an instruction is; checked between,
 * long instructions give what the ideal box gives, at the price that cost_of says. A check point takes few products here. */
#include "lies.h"

#include <criterion/criterion.h>

enum { BATCH = 1 << 11, LEN = 3 * BATCH, ROWS = LEN / 2, SIDE = 60, LANES = 12, BITS = 20 };

/* Numbers of party 0 and of party 1, repeated, so that there is not much to check of inputs. */
typedef struct operands {
    uint32_t x, y;
} operands;

static uint32_t repeated(program *p, uint32_t party, kind of, uint64_t len)
{
    enum { ITEMS = 3 };
    const uint32_t in = program_input(p, party, of, ITEMS);
    const uint32_t out =
        program_op(p, OP_VIEW, len, &in, 1, (int64_t[]){0, (int64_t)len / ITEMS, 0, ITEMS, 1}, 5);

    p->reg[out].kind = p->reg[in].kind;
    return out;
}

static operands numbers(program *p, uint64_t len)
{
    const uint32_t x = repeated(p, 0, KIND_INT, len), y = repeated(p, 1, KIND_INT, len);
    return (operands){x, y};
}

static operands bools(program *p, uint64_t len)
{
    const uint32_t x = repeated(p, 0, KIND_BOOL, len), y = repeated(p, 1, KIND_BOOL, len);
    return (operands){x, y};
}

static void reveal_first(program *p, uint32_t r)
{
    const uint32_t out = program_op(p, OP_VIEW, 1, &r, 1, (int64_t[]){0, 1, 1}, 3);

    p->reg[out].kind = p->reg[r].kind;
    program_reveal(p, PARTY_ALL, out);
}

static uint32_t of_pairs(program *p, opcode op, operands in, uint64_t len)
{
    return program_op(p, op, len, (uint32_t[]){in.x, in.y}, 2, NULL, 0);
}

/* --- programs of one long instruction, but for the last two */

static void compare(program *p)
{
    reveal_first(p, of_pairs(p, OP_LT, numbers(p, LEN), LEN));
}

static void equal(program *p)
{
    reveal_first(p, of_pairs(p, OP_EQ, numbers(p, LEN), LEN));
}

static void floors(program *p)
{
    const operands in = numbers(p, LEN);
    reveal_first(p, program_op(p, OP_FLOOR, LEN, &in.x, 1, (int64_t[]){7}, 1));
}

static void largest(program *p)
{
    const operands in = numbers(p, LEN);
    reveal_first(p, program_op(p, OP_MAXIMUM, 1, &in.x, 1, (int64_t[]){LEN}, 1));
}

static void multiply_many(program *p)
{
    reveal_first(p, of_pairs(p, OP_MUL, numbers(p, LEN), LEN));
}

static void gates(program *p)
{
    enum { MANY = LEN * WORD_BITS };
    const operands in = bools(p, MANY);
    const uint32_t one = of_pairs(p, OP_AND, in, MANY),
                   other = of_pairs(p, OP_OR, (operands){one, in.y}, MANY);

    p->reg[one].kind = p->reg[other].kind = KIND_BOOL;
    reveal_first(p, program_op(p, OP_SUM, 1, &other, 1, (int64_t[]){MANY}, 1));
}

static void coins(program *p)
{
    numbers(p, 3);
    const uint32_t r = program_op(p, OP_RANDOM, LEN, NULL, 0, NULL, 0);

    p->reg[r].kind = KIND_BOOL;
    reveal_first(p, program_op(p, OP_SUM, 1, &r, 1, (int64_t[]){LEN}, 1));
}

static void inner_product(program *p)
{
    const operands in = numbers(p, LEN);
    reveal_first(
        p, program_op(p, OP_MATMUL, 1, (uint32_t[]){in.x, in.y}, 2, (int64_t[]){1, LEN, 1}, 3));
}

static void matrices(program *p)
{
    const operands in = numbers(p, SIDE * SIDE);
    const int64_t shape[] = {SIDE, SIDE, SIDE};
    reveal_first(p, program_op(p, OP_MATMUL, SIDE * SIDE, (uint32_t[]){in.x, in.y}, 2, shape, 3));
}

static void lanes_of_matrices(program *p)
{
    enum { EACH = SIDE * LANES };
    const operands in = numbers(p, EACH);
    uint32_t out[LANES];

    for (unsigned k = 0; k < LANES; k++) {
        out[k] = program_op(p, OP_MATMUL, SIDE, (uint32_t[]){in.x, in.y}, 2,
                            (int64_t[]){SIDE, LANES, 1}, 3);
        if (k) program_merge(p);
    }
    for (unsigned k = 0; k < LANES; k++) reveal_first(p, out[k]);
}

static void shuffle_rows(program *p)
{
    const operands in = numbers(p, 2 * LEN);
    const uint32_t out = program_op(p, OP_SHUFFLE, 2 * LEN, &in.x, 1, (int64_t[]){LEN, 2}, 2);
    reveal_first(p, program_op(p, OP_SUM, 1, &out, 1, (int64_t[]){2 * LEN}, 1));
}

/* Keys of one bit, one digit, of which the places alone are more sums of products than a check point takes. */
static void sort_rows(program *p)
{
    const uint32_t key = repeated(p, 0, KIND_BOOL, LEN), x = repeated(p, 1, KIND_INT, LEN);
    p->reg[key].lo = wide_of(0), p->reg[key].hi = wide_of(1);
    reveal_first(p, program_op(p, OP_SORT, LEN, (uint32_t[]){key, x}, 2, (int64_t[]){ROWS}, 1));
}

/* Of one level, each too long to wait for the other. */
static void several(program *p)
{
    const operands in = numbers(p, LEN);
    const uint32_t less = of_pairs(p, OP_LT, in, LEN), z = of_pairs(p, OP_MUL, in, LEN);
    program_together(p);
    const uint32_t low = program_op(p, OP_FLOOR, LEN, &in.y, 1, (int64_t[]){3}, 1);
    program_together(p);
    reveal_first(p, less), reveal_first(p, z), reveal_first(p, low);
}

/* What is few products, and many elements: one matrix over and over. */
static void few_terms(program *p)
{
    enum { TIMES = 40 };
    const operands in = numbers(p, SIDE * LANES);
    uint32_t z = in.x;

    for (unsigned k = 0; k < TIMES; k++)
        z = program_op(p, OP_MATMUL, SIDE * LANES, (uint32_t[]){z, in.y}, 2,
                       (int64_t[]){SIDE, LANES, LANES}, 3);
    reveal_first(p, z);
}

/* --- the claims */

typedef struct part {
    void (*write)(program *p);
    unsigned nodes, threshold;
    uint8_t field_bits;
} part;

static launch *small_batches(const part *of, program *p)
{
    launch *l;

    of->write(p);
    program_ranges(p, BITS);
    l = active_launch(p, of->nodes, of->threshold, true);
    batches_of(BATCH);
    return l;
}

static const part every[] = {
    {compare, 3, 1, 61},      {compare, 4, 1, 61},
    {compare, 5, 2, 61},      {equal, 3, 1, 61},
    {floors, 3, 1, 61},       {floors, 5, 2, 61},
    {largest, 3, 1, 61},      {multiply_many, 3, 1, 61},
    {gates, 3, 1, 61},        {coins, 3, 1, 61},
    {coins, 3, 1, 192},       {inner_product, 3, 1, 61},
    {matrices, 3, 1, 61},     {lanes_of_matrices, 3, 1, 61},
    {shuffle_rows, 4, 1, 61}, {sort_rows, 3, 1, 61},
    {sort_rows, 5, 2, 61},    {several, 3, 1, 61},
    {few_terms, 3, 1, 61},
};

/* Products that a check point makes itself: of each node's throw-away bits, and the bits of halves of sums. */
static size_t of_checks(const launch *l)
{
    enum { BITS_OF_SUM = 14 };
    return l->nodes * (size_t)DEALT_SUBSETS * BITS_OF_SUM;
}

/* What is noted is seen where it is verified: less than a batch that waited, and a batch of one step. Elements besides
 * that are at most an operand more. */
static void expect_bounded(const audit_counts *most, const launch *l, size_t which)
{
    enum { OF_PRODUCT = 3 };
    const size_t products = most->products + most->matrix_terms;

    cr_expect_lt(products, 2 * BATCH + of_checks(l), "%zu: %zu products", which, products);
    cr_expect_lt(most->bit_words, 2 * BATCH, "%zu: %zu words of bits", which, most->bit_words);
    cr_expect_lt(most->kept, 2 * OF_PRODUCT * BATCH + 2 * LEN, "%zu: %zu elements", which,
                 most->kept);
}

Test(active, no_more_is_noted_than_two_batches)
{
    for (size_t k = 0; k < sizeof every / sizeof *every; k++) {
        audit_counts most = {0};
        program *p = program_begin(every[k].field_bits, 1);
        launch *l = small_batches(&every[k], p);
        cost c;

        watch_notes(&most);
        cr_assert_eq(cost_of(&c, p, l, NULL), OK);
        watch_notes(NULL);
        expect_bounded(&most, l, k);
        cost_free(&c);
        launch_free(l);
        program_free(p);
    }
}

Test(active, long_instructions_by_parts_as_the_ideal_box)
{
    static const part some[] = {{compare, 3, 1, 61},      {floors, 5, 2, 61},

                                {largest, 3, 1, 61},      {inner_product, 3, 1, 61},
                                {matrices, 3, 1, 61},     {lanes_of_matrices, 3, 1, 61},
                                {shuffle_rows, 4, 1, 61}, {sort_rows, 3, 1, 61},
                                {several, 3, 1, 61}};
    for (size_t k = 0; k < sizeof some / sizeof *some; k++) {
        program *p = program_begin(some[k].field_bits, 1);
        launch *l = small_batches(&some[k], p);
        run_data *d = run_data_new(p);

        for (uint32_t i = 0; i < p->inputs; i++)
            fill_input(p, d, i, p->input[i].kind == KIND_BOOL ? 1 : BITS, NULL, 0);
        expect_as_ideal_on(p, d, l);
        run_data_free(d, p);
        launch_free(l);
        program_free(p);
    }
}
