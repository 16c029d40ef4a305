/* No branch and no index depends on a secret: under valgrind, which knows inputs and all that is computed from
 * them as undefined, no error is counted. Elsewhere the same runs are only computed. What is
 * opened under a mask, or revealed, is public from then on; that shares are elements, too. */
#include "core_help.h"

#include "runtime/box.h"
#include "runtime/gmp_field.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#if __has_include(<valgrind/memcheck.h>)
#include <valgrind/memcheck.h>
#else
#define VALGRIND_MAKE_MEM_UNDEFINED(start, len) (void)0
#define VALGRIND_MAKE_MEM_DEFINED(start, len) (void)0
#define RUNNING_ON_VALGRIND 0
#define VALGRIND_COUNT_ERRORS 0
#endif

enum { ITEMS = 3 };

/* --- the field of a session, in which what is public by the protocol is declared so */

static const field *right;

static bool declared_has_zero(const field *f, const void *opened, size_t len)
{
    VALGRIND_MAKE_MEM_DEFINED(opened, len * f->size);
    return right->has_zero(f, opened, len);
}

static bool declared_valid(const field *f, const void *share, size_t len)
{
    bool valid = right->valid(f, share, len);
    VALGRIND_MAKE_MEM_DEFINED(&valid, sizeof valid);
    return valid;
}

/* --- each opcode on secrets */

typedef struct computation {
    opcode op;
    int64_t imm[4];     /* the opcode's, then the range of what is sorted */
    num want[2][ITEMS]; /* of its results */
    size_t len;         /* items of a result */
} computation;

static const num given[2][ITEMS] = {{5, -3, 12}, {5, 9, -40}};

static value shared(abb *base, const reg *type, const num *x)
{
    reg owned = {.tag = TAG_OWNED, .rank = 1, .dim = {ITEMS}};
    uint32_t none = 0;
    lane code = {.out = &none, .in = &none, .outs = 1, .ins = 1};
    value in = {.type = &owned, .clear = {.len = ITEMS}}, out = {.type = type};
    num own[ITEMS];

    memcpy(own, x, sizeof own);
    VALGRIND_MAKE_MEM_UNDEFINED(own, sizeof own);
    if (base->ops->holds(base, 0, 0)) in.clear.v = own;
    do_job(base, OP_SHARE, &(abb_lane){&code, &out, &in, 1, 1});
    return out;
}

static int ascending(const void *a, const void *b)
{
    num x = *(const num *)a, y = *(const num *)b;
    return (x > y) - (x < y);
}

static void expect_revealed(abb *base, value x, const num *want, size_t len, bool in_any_order)
{
    uint32_t none = REG_NONE;
    int64_t port = 0;
    lane code = {.out = &none, .in = &none, .imm = &port, .outs = 1, .ins = 1, .imms = 1};
    value out = {.type = x.type};

    do_job(base, OP_REVEAL, &(abb_lane){&code, &out, &x, 1, 1});
    VALGRIND_MAKE_MEM_DEFINED(out.clear.v, len * sizeof(num));
    if (in_any_order) qsort(out.clear.v, len, sizeof(num), ascending);
    for (size_t k = 0; k < len; k++)
        cr_assert(out.clear.v[k] == want[k], "item %zu is %lld", k, (long long)out.clear.v[k]);
    plain_free(&out.clear);
}

static void compute(abb *base, unsigned self, void *arg)
{
    const computation *c = arg;
    box *b = box_of(base);
    field declared = *right;
    const field *was = b->f;
    reg secret = {.tag = TAG_SECRET,
                  .rank = 1,
                  .dim = {ITEMS},
                  .lo = wide_of_num(c->imm[2]),
                  .hi = wide_of_num(c->imm[3])},
        result = secret;
    uint32_t names[3] = {0};
    lane code = {.out = names,
                 .in = names,
                 .imm = (int64_t[]){c->imm[0], c->imm[1]},
                 .outs = opcode_rows[c->op].outs,
                 .ins = opcode_rows[c->op].ins,
                 .imms = 2};

    (void)self;
    declared.has_zero = declared_has_zero, declared.valid = declared_valid;
    b->f = b->edge = &declared;
    result.dim[0] = c->len, result.lo = wide_of(INT32_MIN);
    value in[] = {shared(base, &secret, given[0]), shared(base, &secret, given[1]),
                  shared(base, &secret, given[1])};
    value out[] = {{.type = &result}, {.type = &result}};
    do_job(base, c->op, &(abb_lane){&code, out, in, code.outs, code.ins});
    for (size_t k = 0; k < code.outs; k++)
        expect_revealed(base, out[k], c->want[k], c->len, c->op == OP_SHUFFLE);
    for (size_t k = 0; k < 3; k++) base->ops->release(base, in[k].secret);
    for (size_t k = 0; k < 2; k++) base->ops->release(base, out[k].secret);
    b->f = b->edge = was;
}

static void computed_blindly_by(unsigned nodes, unsigned threshold, computation c)
{
    program *p = program_begin(61, 1);
    program_reveal(p, PARTY_ALL, program_input(p, 0, KIND_INT, ITEMS));
    launch *l = launch_for(p, nodes, threshold, false);
    right = field_of(61, false);
    with_boxes(p, l, compute, &c);
    cr_assert_eq(VALGRIND_COUNT_ERRORS, 0);
    launch_free(l);
    program_free(p);
}

static void computed_blindly(computation c)
{
    computed_blindly_by(3, 1, c);
}

Test(secrets, decide_nothing_in_a_product)
{
    computed_blindly((computation){OP_MUL, {0}, {{25, -27, -480}}, ITEMS});
}

Test(secrets, decide_nothing_in_a_comparison)
{
    computed_blindly((computation){OP_LT, {0}, {{0, 1, 0}}, ITEMS});
    computed_blindly((computation){OP_EQ, {0}, {{1, 0, 0}}, ITEMS});
}

Test(secrets, decide_nothing_in_a_floor)
{
    computed_blindly((computation){OP_FLOOR, {2}, {{1, -1, 3}}, ITEMS});
}

Test(secrets, decide_nothing_in_a_maximum)
{
    computed_blindly((computation){OP_MAXIMUM, {ITEMS}, {{12}, {2}}, 1});
}

/* Wide keys of few rows are sorted by pairs, those said to be of one bit by digits: by the lowest of -3, 5 and 12. */
Test(secrets, decide_nothing_in_a_sort)
{
    computed_blindly((computation){OP_SORT, {ITEMS, 0, -3, 12}, {{9, 5, -40}}, ITEMS});
    computed_blindly((computation){OP_SORT, {ITEMS, 0, 0, 1}, {{9, -40, 5}}, ITEMS});
    computed_blindly_by(5, 2, (computation){OP_SORT, {ITEMS, 0, 0, 1}, {{9, -40, 5}}, ITEMS});
    computed_blindly((computation){OP_RANK, {ITEMS, 0, -3, 12}, {{1, 0, 2}}, ITEMS});
    computed_blindly((computation){OP_JOIN, {ITEMS, ITEMS, -40, 12}, {{1, 0, 0}, {5, 0, 0}}, ITEMS});
}

/* A permutation of a node's own is uniform and no secret: indexes may depend on it. */
Test(secrets, decide_nothing_in_a_shuffle)
{
    computation c = {OP_SHUFFLE, {ITEMS, 1}, {{-3, 5, 12}}, ITEMS};
    computed_blindly(c);
    computed_blindly_by(8, 3, c);
}

/* --- every kernel of the fields */

static void kernels(const field *f)
{
    enum { LEN = 24, SIZE = 32 };
    uint8_t a[LEN * SIZE], b[LEN * SIZE], out[LEN * SIZE * 2];
    num items[LEN];
    plain clear = {items, LEN, 0};

    memset(a, 3, sizeof a), memset(b, 7, sizeof b);
    VALGRIND_MAKE_MEM_UNDEFINED(a, sizeof a);
    VALGRIND_MAKE_MEM_UNDEFINED(b, sizeof b);
    f->add(f, out, a, b, LEN), f->sub(f, out, a, b, LEN), f->mul(f, out, a, b, LEN);
    f->copy(f, out, a, LEN), f->scale(f, out, a, element_of(5), LEN),
        f->add_scaled(f, out, a, element_of(5), LEN);
    f->add_constant(f, out, a, element_of(5), LEN), f->matmul(f, out, a, b, 2, LEN / 2, 2);
    f->sum(f, out, a, 4, LEN / 4), f->sums(f, out, a, 4, LEN / 4), f->spread(f, out, a, 2, LEN);
    f->pick(f, out, 1, a, 2, LEN / 2), f->bit(f, out, a, 7, LEN), f->shift(f, out, a, 7, LEN);
    if (!f->any_prime) f->inverse_root(f, out, a, LEN); /* else of public squares alone */
    f->to_num(f, &clear, a, true, LEN), f->from_num(f, out, &clear, LEN);
    right = f;
    cr_assert(declared_valid(f, a, LEN));
    cr_assert_eq(VALGRIND_COUNT_ERRORS, 0);
}

Test(secrets, decide_nothing_in_the_kernels)
{
    uint64_t prime[PRIME_LIMBS];
    const unsigned bits = prime_chosen(256, prime);
    const field *large = gmp_field_new(prime, bits, false);

    kernels(&field_p61);
    kernels(&field_p127);
    kernels(large);
    gmp_field_free(large);
}

Test(secrets, that_decide_are_found)
{
    uint64_t one = 1;
    VALGRIND_MAKE_MEM_UNDEFINED(&one, sizeof one);
    size_t first =
        field_p61.first_ones(&field_p61, &one, 1); /* branches, for what it reads is redrawn */
    VALGRIND_MAKE_MEM_DEFINED(&first, sizeof first);
    cr_assert_eq(first, 1);
    if (RUNNING_ON_VALGRIND) cr_assert_gt(VALGRIND_COUNT_ERRORS, 0);
}
