/* Sharings hide and give back: t shares of a fixed secret are uniform, any t + 1 reconstruct it. */
#include "core_help.h"

#include "runtime/box.h"
#include "runtime/points.h"
#include "runtime/protocol.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

enum { SHARES = 20000 };

/* What the members do: node 0 (or the owner apart) shares SHARES times the same secret; then, perhaps,
 * every sharing is multiplied with itself, or opened. */
typedef struct exercise {
    num secret;
    opcode op; /* SHARE alone, or MUL after it */
    uint64_t *share[NODES_MAX];
} exercise;

static void keep(exercise *e, unsigned self, const vec *v)
{
    memcpy(e->share[self], v->v, SHARES * sizeof *e->share[self]);
}

static void share_and_more(abb *base, unsigned self, void *arg)
{
    exercise *e = arg;
    reg owned = {.tag = TAG_OWNED, .rank = 1, .dim = {SHARES}},
        secret = {.tag = TAG_SECRET, .rank = 1, .dim = {SHARES}};
    uint32_t none = 0, two[2] = {0};
    lane share = {.out = &none, .in = &none, .outs = 1, .ins = 1},
         mul = {.out = &none, .in = two, .outs = 1, .ins = 2};
    value in = {.type = &owned, .clear = {.len = SHARES}}, out = {.type = &secret},
          product = {.type = &secret};

    if (base->ops->holds(base, 0, 0)) in.clear.v = malloc(SHARES * sizeof(num));
    for (size_t k = 0; in.clear.v && k < SHARES; k++) in.clear.v[k] = e->secret;
    do_job(base, OP_SHARE, &(abb_lane){&share, &out, &in, 1, 1});
    free(in.clear.v);
    if (e->op == OP_MUL)
        do_job(base, OP_MUL, &(abb_lane){&mul, &product, (value[]){out, out}, 1, 2});
    if (e->share[self]) keep(e, self, e->op == OP_MUL ? product.secret : out.secret);
    base->ops->release(base, out.secret);
    base->ops->release(base, product.secret);
}

static exercise shares_of(num secret, opcode op, unsigned nodes, unsigned threshold, bool apart)
{
    exercise e = {.secret = secret, .op = op};
    program *p = program_begin(61, 1);
    launch *l = launch_for(p, nodes, threshold, apart);
    for (unsigned k = 0; k < nodes; k++) e.share[k] = malloc(SHARES * sizeof(uint64_t));
    with_boxes(p, l, share_and_more, &e);
    launch_free(l);
    program_free(p);
    return e;
}

static void exercise_free(exercise *e)
{
    for (unsigned k = 0; k < NODES_MAX; k++) free(e->share[k]);
}

/* By the top bits of the shares of a coalition, 2^6 cells together. */
static double chi_square(const exercise *e, const unsigned *coalition, unsigned count)
{
    uint64_t seen[64] = {0};
    double chi = 0, each = SHARES / 64.0;
    for (size_t k = 0; k < SHARES; k++) {
        uint64_t cell = 0;
        for (unsigned i = 0; i < count; i++)
            cell = cell << 6 / count | e->share[coalition[i]][k] >> (61 - 6 / count);
        seen[cell]++;
    }
    for (size_t c = 0; c < 64; c++)
        chi += ((double)seen[c] - each) * ((double)seen[c] - each) / each;
    return chi;
}

enum { CHI_LIMIT = 135 }; /* of 63 degrees of freedom: below 1 in 10^6 */

static void expect_uniform(opcode op, unsigned nodes, unsigned threshold, bool apart)
{
    exercise e = shares_of(-7, op, nodes, threshold, apart);
    for (unsigned a = 0; a < nodes; a++) {
        if (!apart && op == OP_SHARE && a == 0) continue; /* the owner itself */
        for (unsigned b = a; b < (threshold > 1 ? nodes : a + 1); b++) {
            if (a == b && threshold > 1) continue;
            double chi = chi_square(&e, (unsigned[]){a, b}, threshold > 1 ? 2 : 1);
            cr_assert_lt(chi, CHI_LIMIT, "n=%u nodes %u %u: chi-square %f", nodes, a, b, chi);
        }
    }
    exercise_free(&e);
}

Test(sharing, t_shares_of_a_fixed_secret_are_uniform)
{
    for (int apart = 0; apart < 2; apart++) {
        expect_uniform(OP_SHARE, 3, 1, apart);
        expect_uniform(OP_SHARE, 5, 2, apart);
    }
}

Test(sharing, t_shares_of_a_fixed_product_are_uniform)
{
    expect_uniform(OP_MUL, 3, 1, false);
    expect_uniform(OP_MUL, 5, 2, true);
    expect_uniform(OP_MUL, 6, 2, true);
}

Test(sharing, t_plus_1_shares_are_not)
{
    exercise e = shares_of(0, OP_SHARE, 3, 1, true);
    size_t same = 0;
    for (size_t k = 0; k < SHARES; k++)
        same += e.share[0][k] * 2 % field_p61.p.limb[0] == e.share[1][k];
    cr_assert_eq(same, SHARES, "shares of 0 by degree 1 are multiples of their points");
    exercise_free(&e);
}

static uint64_t reconstruct(const exercise *e, uint32_t members, size_t k)
{
    const field *f = &field_p61;
    unsigned points[NODES_MAX], count = 0;
    element by[NODES_MAX], secret = {0};
    for (unsigned i = 0; i < NODES_MAX; i++)
        if (members >> i & 1) points[count++] = i + 1;
    lagrange(f, by, points, count, 0);
    for (unsigned i = 0; i < count; i++)
        secret = field_plus(f, secret, f->times(f, by[i], element_of(e->share[points[i] - 1][k])));
    return secret.limb[0];
}

Test(sharing, any_t_plus_1_shares_give_the_secret_back)
{
    static const struct {
        unsigned nodes, threshold;
        opcode op;
        num value;
    } cases[] = {{3, 1, OP_SHARE, 41}, {3, 1, OP_MUL, 1681}, {4, 1, OP_MUL, 1681},
                 {5, 2, OP_MUL, 1681}, {6, 2, OP_MUL, 1681}, {7, 3, OP_SHARE, 41},
                 {7, 3, OP_MUL, 1681}, {9, 4, OP_MUL, 1681}};
    for (size_t c = 0; c < sizeof cases / sizeof cases[0]; c++)
        for (int apart = 0; apart < 2; apart++) {
            exercise e = shares_of(41, cases[c].op, cases[c].nodes, cases[c].threshold, apart);
            for (uint32_t members = 0; members < 1u << cases[c].nodes; members++) {
                if ((unsigned)__builtin_popcount(members) != cases[c].threshold + 1) continue;
                for (size_t k = 0; k < SHARES; k += SHARES / 7)
                    cr_assert(reconstruct(&e, members, k) == (uint64_t)cases[c].value,
                              "n=%u nodes %x item %zu", cases[c].nodes, members, k);
            }
            exercise_free(&e);
        }
}

/* --- random bits */

typedef struct bits_seen {
    uint64_t ones, others;
} bits_seen;

static _Thread_local bits_seen seen;

static void count_bits(job *j)
{
    const field *f = job_box(j)->f;
    enum { BITS = 4096 };
    uint64_t *b = job_vector(j, f, BITS);
    random_bits(j, b, BITS);
    open_to_all(j, b, b, BITS);
    for (size_t k = 0; k < BITS; k++) seen.ones += b[k] == 1, seen.others += b[k] > 1;
}

static void use_random_bits(abb *base, unsigned self, void *arg)
{
    box *b = box_of(base);
    failure err = {0};
    (void)arg;
    seen = (bits_seen){0};
    cr_assert_eq(job_begin(b, NULL, count_bits, &err), OK);
    cr_assert_eq(job_finish_all(b, &err), OK, "%s", err.text);
    cr_assert_eq(seen.others, 0, "node %u", self);
    cr_assert(seen.ones > 2048 - 200 && seen.ones < 2048 + 200, "%zu ones of 4096",
              (size_t)seen.ones);
}

Test(sharing, random_bits_are_0_or_1_about_as_often)
{
    static const unsigned sizes[][2] = {{3, 1}, {5, 2}, {9, 4}};
    for (size_t k = 0; k < 3; k++) {
        program *p = program_begin(61, 1);
        launch *l = launch_for(p, sizes[k][0], sizes[k][1], false);
        with_boxes(p, l, use_random_bits, NULL);
        launch_free(l);
        program_free(p);
    }
}
