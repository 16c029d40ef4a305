/* Which of three ways of finding the order of secret keys costs least: by sizes, the range of the keys, n, t and the mode
 * alone. */
#include "runtime/sorting.h"

/* What each way costs about, in bytes and rounds. In active mode a digit is verified before its places are opened. */
enum {
    COMPARISON = 35,
    BIT_OF_KEY = 30,
    CHECKED_BIT_OF_KEY = 37,
    BIT_ROUNDS = 3,
    CHECKED_BIT_ROUNDS = 12,
    DECISION_ROUNDS = 10,
    ELEMENTS_OF_BIT = 4, /* where numbers are compared by bits in the field itself */
    CHECKED_DECISION_ROUNDS = 50
};

typedef struct comparison_cost {
    double bytes, rounds;
} comparison_cost;

static comparison_cost cost_of_comparison(const box *b)
{
    if (b->bits) return (comparison_cost){COMPARISON, DECISION_ROUNDS};
    return (comparison_cost){(double)ELEMENTS_OF_BIT * b->f->bits * (double)b->f->size,
                             b->audit ? CHECKED_DECISION_ROUNDS : DECISION_ROUNDS};
}

static double cost_of_pairs(comparison_cost one, double tables, double rows)
{
    return tables * rows * (rows - 1) / 2 * one.bytes + ROUND_WEIGHT * one.rounds;
}

static double cost_of_digits(double tables, double rows, double bits, bool active)
{
    return (tables * rows * (active ? CHECKED_BIT_OF_KEY : BIT_OF_KEY) +
            ROUND_WEIGHT * (active ? CHECKED_BIT_ROUNDS : BIT_ROUNDS)) *
           (bits + 2);
}

static double cost_of_network(comparison_cost one, double tables, double rows)
{
    double halvings = 1;
    while ((double)(UINT64_C(1) << (unsigned)halvings) < rows) halvings++;
    double stages = halvings * (halvings + 1) / 2;
    return stages * (tables * rows / 2 * 3 * one.bytes + ROUND_WEIGHT * 2 * one.rounds);
}

sort_way cheapest_sort(const box *b, size_t tables, size_t rows, unsigned key_bits)
{
    const comparison_cost one = cost_of_comparison(b);
    bool digits = b->bits && b->keys->small;
    double most = digits ? cost_of_digits((double)tables, (double)rows, key_bits, b->audit)
                         : cost_of_network(one, (double)tables, (double)rows);

    if (cost_of_pairs(one, (double)tables, (double)rows) <= most) return SORT_BY_PAIRS;
    return digits ? SORT_BY_DIGITS : SORT_BY_NETWORK;
}
