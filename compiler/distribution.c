/* uniform, laplace and gaussian out of fair bits that nobody knows: numbers of such bits are compared with known
 * thresholds, so that all work has the same form whatever is drawn.
 *
 * Each is within a statistical distance of 2^-40 of the distribution that its comment names; the proofs add up what
 * rounding the thresholds, cutting tails and (gaussian) joining samples can do at most. A threshold is rounded to m
 * bits with m = 41 + ceil(log2 N) for N thresholds: N roundings by 2^-(m+1) move at most 2^-42 of the probability.
 * From bits that are all 0 comes 0. */
#include "compiler/lower.h"
#include "compiler/odds.h"

enum { FINE_BITS = 41, MATRIX = 2 };

static unsigned log2_up(uint64_t n)
{
    unsigned k = 0;
    while ((UINT64_C(1) << k) < n) k++;
    return k;
}

static unsigned threshold_bits(uint64_t thresholds)
{
    return FINE_BITS + log2_up(thresholds);
}

/* --- known tables, and views of matrices */

/* The m bits of each threshold, the highest first. */
static ir_id known_bits(ir *g, const uint64_t *threshold, size_t n, unsigned m)
{
    wide *bit = arena_alloc(g->mem, n * m * sizeof *bit);
    for (size_t k = 0; k < n; k++)
        for (unsigned b = 0; b < m; b++) bit[k * m + b] = wide_of(threshold[k] >> (m - 1 - b) & 1);
    type t = type_scalar(VIS_KNOWN, KIND_BOOL, wide_of(0), wide_of(0));
    t.rank = MATRIX, t.dim[0] = (int64_t)n, t.dim[1] = m;
    return ir_const(g, t, bit);
}

/* v with n rows, repeated: `each` times every row, one after the other (inner), or all rows (outer). */
static ir_id repeat_rows(ir *g, ir_id v, int64_t outer, int64_t inner)
{
    const type t = *ir_type(g, v);
    const int64_t n = t.dim[0], m = t.dim[1];
    int64_t dim[3] = {outer, n * inner, m}, stride[3] = {0, m, 1},
            all[MATRIX] = {outer * n * inner, m};
    if (inner > 1) dim[0] = n, dim[1] = inner, stride[0] = m, stride[1] = 0;
    return ir_reshape(g, ir_view(g, v, 3, dim, 0, stride), MATRIX, all);
}

/* Columns from, from + step, … of a matrix. */
static ir_id columns(ir *g, ir_id v, int64_t from, int64_t step, int64_t count)
{
    const type t = *ir_type(g, v);
    int64_t dim[MATRIX] = {t.dim[0], count}, stride[MATRIX] = {t.dim[1], step};
    return ir_view(g, v, MATRIX, dim, from, stride);
}

static ir_id column(ir *g, ir_id v, int64_t k)
{
    const type t = *ir_type(g, v);
    return ir_view(g, v, 1, &t.dim[0], k, &t.dim[1]);
}

static ir_id side_by_side(ir *g, ir_id a, ir_id b)
{
    int64_t dim[MATRIX] = {ir_type(g, a)->dim[0], ir_type(g, a)->dim[1] + ir_type(g, b)->dim[1]};
    ir_id both[2] = {a, b};
    return ir_cat(g, both, 2, MATRIX, dim, dim[0]);
}

static ir_id random_matrix(ir *g, int64_t n, int64_t m)
{
    int64_t dim[MATRIX] = {n, m};
    return ir_random(g, MATRIX, dim);
}

/* [n m].[m]: local, for the weights are known. */
static ir_id weigh(ir *g, ir_id v, const num *weight)
{
    const type t = *ir_type(g, v);
    type w = type_scalar(VIS_KNOWN, KIND_INT, wide_of(0), wide_of(0));
    wide *items = arena_alloc(g->mem, (size_t)t.dim[1] * sizeof *items);
    w.rank = 1, w.dim[0] = t.dim[1];
    for (int64_t k = 0; k < t.dim[1]; k++) items[k] = wide_of_num(weight[k]);
    return ir_matmul(g, v, ir_const(g, w, items), 1, t.dim, t.dim[0], t.dim[1], 1);
}

/* --- a number of random bits against a threshold */

/* Of each row whether its bits are less than, and equal to, those of the other side, from the highest column on. */
typedef struct verdict {
    ir_id less, equal;
} verdict;

/* For known bits of a threshold t: u stands for the number whose bits are the opposite of u's, as uniform as u. */
static verdict against_known(ir *g, ir_id u, ir_id t)
{
    ir_id less = ir_binary(g, IR_AND, u, t), equal = ir_binary(g, IR_XOR, u, t);
    return (verdict){less, equal};
}

/* The same for a secret t of numbers that are 0 or 1. */
static verdict against_secret(ir *g, ir_id u, ir_id t)
{
    u = ir_unary(g, IR_INT, u);
    ir_id sum = add(g, u, t), both = mul(g, u, t);
    ir_id equal = sub(g, sum, mul(g, both, number_of(g, 2)));
    return (verdict){both, clamp_narrow(g, equal, 0, 1)};
}

static verdict join(ir *g, verdict high, verdict low)
{
    verdict v;
    if (ir_type(g, high.less)->kind == KIND_BOOL) {
        v.less = ir_select(g, high.equal, low.less, high.less);
        v.equal = ir_binary(g, IR_AND, high.equal, low.equal);
    } else {
        v.less = add(g, high.less, mul(g, high.equal, low.less)); /* never both */
        v.less = clamp_narrow(g, v.less, 0, 1);
        v.equal = mul(g, high.equal, low.equal);
    }
    return v;
}

/* Every `step`-th column of both from `from` on, `count` of them. */
static verdict verdicts(ir *g, verdict v, int64_t from, int64_t step, int64_t count)
{
    ir_id less = columns(g, v.less, from, step, count),
          equal = columns(g, v.equal, from, step, count);
    return (verdict){less, equal};
}

/* [n m] to [n]: whether u's number is less than t's, in log2(m) joins. */
static ir_id is_less(ir *g, verdict v)
{
    for (int64_t m = ir_type(g, v.less)->dim[1]; m > 1; m = m / 2 + m % 2) {
        const int64_t pairs = m / 2;
        verdict high = verdicts(g, v, 0, 2, pairs), low = verdicts(g, v, 1, 2, pairs),
                last = verdicts(g, v, m - 1, 1, 1);
        v = join(g, high, low);
        if (m % 2) {
            v.less = side_by_side(g, v.less, last.less);
            v.equal = side_by_side(g, v.equal, last.equal);
        }
    }
    return column(g, v.less, 0);
}

/* --- uniform */

/* k is a sum of powers of two, the largest first, so 0 … k-1 is as many blocks one after the other. One random
 * number decides which block, the blocks' own bits are fair: exact for a power of two, else N - 1 thresholds for N
 * blocks are all that is rounded. `beyond` j: the block is behind block j. */
ir_id lower_uniform(ir *g, int64_t cells, int64_t k)
{
    unsigned power[64], blocks = 0;
    uint64_t threshold[64], behind = (uint64_t)k;
    for (unsigned b = 64; b-- > 0;)
        if ((uint64_t)k >> b & 1) power[blocks++] = b;
    const unsigned m = threshold_bits(blocks);
    for (unsigned j = 0; j + 1 < blocks; j++) {
        behind -= UINT64_C(1) << power[j];
        threshold[j] = odds_round(behind, (uint64_t)k, m);
    }

    ir_id value = number_of(g, 0), beyond = 0;
    ir_id bits = random_matrix(g, cells, power[0]);
    if (blocks > 1) {
        ir_id u = repeat_rows(g, random_matrix(g, cells, m), 1, blocks - 1);
        ir_id t = repeat_rows(g, known_bits(g, threshold, blocks - 1, m), cells, 1);
        int64_t dim[MATRIX] = {cells, blocks - 1};
        beyond = ir_reshape(g, is_less(g, against_known(g, u, t)), MATRIX, dim);
    }
    for (unsigned j = 0; j < blocks; j++) { /* bits that blocks 0 … j have, and no later one */
        const unsigned from = j + 1 < blocks ? power[j + 1] : 0, count = power[j] - from;
        num weight[64], offset = (num)1 << power[j];
        for (unsigned b = 0; b < count; b++) weight[b] = (num)1 << (from + b);
        ir_id part = count ? columns(g, bits, from, 1, count) : 0;
        ir_id later = j + 1 < blocks ? column(g, beyond, j) : 0;
        if (later) value = add(g, value, mul(g, later, number_of(g, offset)));
        if (part && later) part = ir_binary(g, IR_AND, ir_unary(g, IR_NOT, later), part);
        if (part) value = add(g, value, weigh(g, part, weight));
    }
    if (k == 1) return ir_reshape(g, ir_repeat(g, value, cells), 1, &cells);
    return clamp_narrow(g, value, 0, k - 1); /* a block's bits stay below its size */
}

/* --- laplace */

enum { LAPLACE_TAIL = 43 };

/* q^(2^j) */
static uint64_t laplace_power(num sensitivity, num epsilon, unsigned j)
{
    return odds_exp(odds_ratio((unum)epsilon << j, (unum)sensitivity));
}

static unsigned laplace_bits(num sensitivity, num epsilon)
{
    unsigned bits = 0;
    while (laplace_power(sensitivity, epsilon, bits) >> (ODDS_BITS - LAPLACE_TAIL)) bits++;
    return bits;
}

/* P(x) = (1 - q) / (1 + q) q^|x| with q = e^(-epsilon / sensitivity): the difference of two geometric numbers, of
 * which bit j is 1 with odds q^(2^j) to 1 and independent of the others. Bits from J on are left out: a geometric
 * number reaches 2^J with probability q^(2^J) <= 2^-43, two of them 2^-42, and the 2J thresholds move 2^-42. */
ir_id lower_laplace(ir *g, int64_t cells, num sensitivity, num epsilon)
{
    const unsigned bits = laplace_bits(sensitivity, epsilon), m = threshold_bits(2 * bits);
    uint64_t threshold[64];
    num weight[64];
    int64_t dim[MATRIX] = {2 * cells, bits}, none = 0;

    for (unsigned j = 0; j < bits; j++) {
        uint64_t odds = laplace_power(sensitivity, epsilon, j);
        threshold[j] = odds_round(odds, ((unum)1 << ODDS_BITS) + odds, m);
        weight[j] = (num)1 << j;
    }
    if (!bits) return ir_view(g, number_of(g, 0), 1, &cells, 0, &none);
    ir_id u = random_matrix(g, dim[0] * bits, m);
    ir_id t = repeat_rows(g, known_bits(g, threshold, bits, m), dim[0], 1);
    ir_id bit = ir_reshape(g, is_less(g, against_known(g, u, t)), MATRIX, dim);
    ir_id number = clamp_narrow(g, weigh(g, bit, weight), 0, ((num)1 << bits) - 1);
    int64_t one = 1;
    ir_id up = ir_view(g, number, 1, &cells, 0, &one),
          down = ir_view(g, number, 1, &cells, cells, &one);
    return sub(g, up, down);
}

/* --- gaussian */

/* The discrete Gaussian of deviation s on the whole numbers, P(x) ~ exp(-x^2 / (2 s^2)), from `samples` of a narrow
 * one. Two of deviation s' joined as z x + (z + 1) y, z^2 + (z + 1)^2 = n, give deviation s = s' sqrt(n): the pairs
 * that give one sum are a line of steps (z + 1, -z), along which the weights are a Gaussian of deviation s' / sqrt(n)
 * at some offset. By Poisson's formula their sum does not depend on the offset but for a factor 1 +- 2^-55, when
 * s' / sqrt(n) >= sqrt(2) (Micciancio, Walter 2017, for this case). */
enum {
    NARROW = 128,
    LEVELS_MAX = 6,
    SAMPLES_MAX = 1 << LEVELS_MAX,
    MAGNITUDE_BITS = 7,
    GAUSSIAN_TAIL = 50
};

typedef struct plan {
    unum variance, divisor; /* of a sample: variance / divisor <= 128 */
    unsigned samples, bits; /* samples; bits of a sample's magnitude */
    num weight[SAMPLES_MAX];
    num most;
} plan;

/* The largest z with z^2 + (z + 1)^2 <= sqrt(limit). */
static unum widest(unum limit)
{
    unum low = 0, high = (unum)1 << 30;
    while (high - low > 1) {
        unum z = (low + high) / 2, n = z * z + (z + 1) * (z + 1);
        if (n * n <= limit)
            low = z;
        else
            high = z;
    }
    return low;
}

static plan plan_of(num sigma)
{
    plan p = {.variance = (unum)sigma * (unum)sigma, .divisor = 1, .samples = 1, .weight = {1}};
    while (p.variance / p.divisor >= NARROW) {
        unum z = widest(p.variance / p.divisor / 2);
        for (unsigned k = 0; k < p.samples; k++) {
            p.weight[p.samples + k] = p.weight[k] * (num)(z + 1);
            p.weight[k] *= (num)z;
        }
        p.samples *= 2;
        p.divisor *= z * z + (z + 1) * (z + 1);
    }
    unum each = odds_ratio(p.divisor, 2 * p.variance);
    while (p.bits < MAGNITUDE_BITS && odds_exp(each << 2 * p.bits) >> (ODDS_BITS - GAUSSIAN_TAIL))
        p.bits++;
    for (unsigned k = 0; k < p.samples; k++) p.most += p.weight[k];
    p.most *= ((num)1 << p.bits) - 1;
    return p;
}

/* odds[prefix]: that bit `level` of the magnitude is 1, given the bits above. */
static void conditional_odds(const plan *p, unsigned level, unsigned m, uint64_t *odds)
{
    const size_t len = (size_t)1 << (p->bits - level);
    unum each = odds_ratio(p->divisor, 2 * p->variance);
    for (size_t prefix = 0; prefix < (size_t)1 << level; prefix++) {
        unum upper = 0, whole = 0;
        for (size_t i = 0; i < len; i++) {
            size_t k = prefix * len + i;
            unum w = odds_exp(each * k * k);
            w = k ? 2 * w : w; /* k and -k */
            whole += w;
            upper += i >= len / 2 ? w : 0;
        }
        odds[prefix] = odds_round(upper, whole, m);
    }
}

/* seen [n w]: 1 for the prefix that the bits so far are; bit [n]: the next one. */
static ir_id longer_prefix(ir *g, ir_id seen, ir_id bit)
{
    const type t = *ir_type(g, seen);
    int64_t dim[MATRIX] = {t.dim[0], 2 * t.dim[1]};
    ir_id with = mul(g, bit, seen), without = clamp_narrow(g, sub(g, seen, with), 0, 1);
    ir_id both[2] = {without, with};
    return ir_cat(g, both, 2, MATRIX, dim, t.dim[0] * t.dim[1]);
}

/* |x| of n samples, bit by bit from the highest: each by one threshold, chosen by the bits above it. */
static ir_id magnitudes(ir *g, const plan *p, int64_t n, unsigned m)
{
    uint64_t odds[1 << MAGNITUDE_BITS];
    int64_t dim[MATRIX] = {n, 1}, everywhere[MATRIX] = {0};
    ir_id seen = ir_view(g, number_of(g, 1), MATRIX, dim, 0, everywhere), sum = number_of(g, 0);
    for (unsigned level = 0; level < p->bits; level++) {
        const int64_t w = INT64_C(1) << level;
        conditional_odds(p, level, m, odds);
        ir_id table = known_bits(g, odds, (size_t)w, m), u = random_matrix(g, n, m), bit;
        dim[1] = m;
        if (level == 0) {
            bit = is_less(g, against_known(g, u, repeat_rows(g, table, n, 1)));
        } else {
            ir_id t = ir_matmul(g, seen, ir_unary(g, IR_INT, table), MATRIX, dim, n, w, m);
            bit = is_less(g, against_secret(g, u, clamp_narrow(g, t, 0, 1)));
        }
        bit = ir_unary(g, IR_INT, bit);
        sum = add(g, sum, mul(g, bit, number_of(g, (num)1 << (p->bits - 1 - level))));
        if (level + 1 < p->bits) seen = longer_prefix(g, seen, bit);
    }
    return sum;
}

/* P(x) ~ exp(-x^2 / (2 sigma^2)) over all multiples x of 2^-f. Each of S samples has B bits by a threshold each, S B in
 * all: 2^-42. Its tail beyond 2^B has a probability under 2^-48; S <= 32: 2^-43. The weights that the thresholds are
 * made of are off by 2^-55, 128 of them by 2^-48 of a sum above 1 (above 8 when S > 1), for S B bits 2^-43. */
ir_id lower_gaussian(ir *g, int64_t cells, num sigma)
{
    const plan p = plan_of(sigma);
    const int64_t n = cells * p.samples;
    const int64_t dim[MATRIX] = {cells, p.samples};
    ir_id size = magnitudes(g, &p, n, threshold_bits(p.samples * p.bits));
    const num most = ((num)1 << p.bits) - 1;
    ir_id negative = ir_binary(g, IR_MASK, size, ir_random(g, 1, &n));
    ir_id sample = sub(g, size, mul(g, negative, number_of(g, 2)));
    sample = ir_reshape(g, clamp_narrow(g, sample, -most, most), MATRIX, dim);
    ir_id sum = clamp_narrow(g, weigh(g, sample, p.weight), -p.most, p.most);
    return ir_retag(g, sum, KIND_FIX);
}
