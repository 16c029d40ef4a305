/* No branch and no index depends on a secret: under valgrind, which knows inputs and all that is computed from
 * them as undefined, no error is counted. Elsewhere the same runs are only computed. What is
 * opened under a mask, or revealed, is public from then on; that shares are elements, too. */
#include "core_help.h"

#include "compiler/compile.h"
#include "runtime/audit.h"
#include "runtime/box.h"
#include "runtime/gf60.h"
#include "runtime/gmp_field.h"
#include "runtime/stream.h"
#include "vm/key.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#if __has_include(<valgrind/memcheck.h>)
#include <valgrind/memcheck.h>
#else
#define VALGRIND_MAKE_MEM_UNDEFINED(start, len) (void)0
#define VALGRIND_MAKE_MEM_DEFINED(start, len) (void)0
#define VALGRIND_GET_VBITS(start, bits, len) (void)0
#define RUNNING_ON_VALGRIND 0
#define VALGRIND_COUNT_ERRORS 0
#endif

enum { ITEMS = 3, RANGE_BITS = 8 };

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

/* What the checks of active mode open by all shares at once is public: combinations under masks, proofs, zeros. */
static const field *right_lifted;

static bool shown_valid(const field *f, const void *share, size_t len)
{
    VALGRIND_MAKE_MEM_DEFINED(share, len * f->size);
    return (f->binary ? right_lifted : right)->valid(f, share, len);
}

typedef struct declared_checks {
    field f, lifted;
    check_field over, over_lifted;
    const check_field *was, *was_lifted, *was_edge;
} declared_checks;

static void declare_checks(declared_checks *d, audit *a)
{
    *d = (declared_checks){.f = *a->field->f,
                           .lifted = *a->lifted->f,
                           .over = *a->field,
                           .over_lifted = *a->lifted,
                           .was = a->field,
                           .was_lifted = a->lifted,
                           .was_edge = a->edge};
    d->f.valid = d->lifted.valid = shown_valid;
    d->f.has_zero = declared_has_zero;
    d->over.f = &d->f, d->over_lifted.f = &d->lifted;
    a->field = a->edge = &d->over, a->lifted = &d->over_lifted;
}

static void restore_checks(const declared_checks *d, audit *a)
{
    a->field = d->was, a->lifted = d->was_lifted, a->edge = d->was_edge;
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
    reg owned = {.tag = TAG_OWNED,
                 .kind = KIND_INT,
                 .rank = 1,
                 .dim = {ITEMS},
                 .lo = wide_of_num(-((num)1 << RANGE_BITS)),
                 .hi = wide_of_num((num)1 << RANGE_BITS)};
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

/* So that a test that loses sight of the secrets on the way fails. */
static bool is_unknown(const void *v, size_t len)
{
    uint8_t bits[ITEMS * sizeof(num)] = {0};

    VALGRIND_GET_VBITS(v, bits, len);
    for (size_t k = 0; k < len; k++)
        if (bits[k]) return true;
    return !RUNNING_ON_VALGRIND;
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
    declared_checks checks;
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
    if (b->audit) declare_checks(&checks, b->audit);
    result.dim[0] = c->len, result.lo = wide_of(INT32_MIN);
    value in[] = {shared(base, &secret, given[0]), shared(base, &secret, given[1]),
                  shared(base, &secret, given[1])};
    value out[] = {{.type = &result}, {.type = &result}};
    do_job(base, c->op, &(abb_lane){&code, out, in, code.outs, code.ins});
    for (size_t k = 0; k < code.outs; k++) {
        if (c->op == OP_MUL) /* what is opened on the way to others, and what is drawn, is known */
            cr_assert(is_unknown(((vec *)out[k].secret)->v, c->len * sizeof(uint64_t)));
        expect_revealed(base, out[k], c->want[k], c->len, c->op == OP_SHUFFLE);
    }
    for (size_t k = 0; k < 3; k++) base->ops->release(base, in[k].secret);
    for (size_t k = 0; k < 2; k++) base->ops->release(base, out[k].secret);
    if (b->audit) restore_checks(&checks, b->audit);
    b->f = b->edge = was;
}

static void computed(unsigned nodes, unsigned threshold, bool active, computation c)
{
    program *p = program_begin(61, 1);
    program_reveal(p, PARTY_ALL, program_input(p, 0, KIND_INT, ITEMS));
    launch *l = launch_for(p, nodes, threshold, false);
    program_ranges(p, RANGE_BITS);
    cr_assert_eq(launch_choose_security(l, active, NULL), OK);
    right = field_of(61, false);
    right_lifted = gf60_with_clmul() ? gf60_with_clmul() : &gf60_portable;
    with_boxes(p, l, compute, &c);
    cr_assert_eq(VALGRIND_COUNT_ERRORS, 0);
    launch_free(l);
    program_free(p);
}

static void computed_blindly_by(unsigned nodes, unsigned threshold, computation c)
{
    computed(nodes, threshold, false, c);
}

static void computed_blindly(computation c)
{
    computed(3, 1, false, c);
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

/* Inputs in their range, products and their proofs, masked openings, dealt bits, degrees, and the delivery. */
Test(secrets, decide_nothing_in_the_checks_of_active_mode)
{
    computed(4, 1, true, (computation){OP_MUL, {0}, {{25, -27, -480}}, ITEMS});
    computed(3, 1, true, (computation){OP_LT, {0}, {{0, 1, 0}}, ITEMS});
    computed(3, 1, true, (computation){OP_SHUFFLE, {ITEMS, 1}, {{-3, 5, 12}}, ITEMS});
}

Test(secrets, decide_nothing_in_a_sort_of_active_mode)
{
    computed(3, 1, true, (computation){OP_SORT, {ITEMS, 0, -3, 12}, {{9, 5, -40}}, ITEMS});
    computed(3, 1, true, (computation){OP_RANK, {ITEMS, 0, -3, 12}, {{1, 0, 2}}, ITEMS});
}

/* --- whole programs: what the compiler makes of words */

#define INPUTS                                                                                     \
    "party a\nparty b\n"                                                                           \
    "input x from a : int[3] -100..100\ninput f from a : fix[3] 0..8\ninput k from a : key[3]\n"   \
    "input y from b : int[3] 0..2\ninput g from b : fix[3] -8..8\ninput m from b : key[3]\n"       \
    "input c from b : bool[3]\n"

typedef struct written {
    const char *type, *text; /* of the output, and what it is of x f k of one, y g m c of another */
    bool drawn;              /* by chance: nothing is compared */
} written;

typedef struct blind_run {
    const program *p;
    const launch *l;
    const run_data *ideal;
    bool drawn;
} blind_run;

static program *program_of(const written *w)
{
    char text[1024];
    snprintf(text, sizeof text, INPUTS "output o to all : %s\n%s reveal o\n", w->type, w->text);
    compile_request req = {
        .file = "secrets.moot",
        .source = {(const uint8_t *)text, strlen(text)},
        .no_hoist = true}; /* what an owner computes of its own data is not timed by others */
    report found = {0};
    failure err = {0};
    program *p = NULL;

    cr_assert_eq(compile(&req, &p, &found, &err), OK, "%s: %s", w->text, err.text);
    report_free(&found);
    return p;
}

/* The inputs that live at this member, unknown to valgrind. */
static void give_blindly(const blind_run *r, unsigned self, run_data *d)
{
    for (uint32_t i = 0; i < r->p->inputs; i++) {
        const plain *from = &r->ideal->input[i][0];
        if (r->l->home[r->p->input[i].party][0] != self) continue;
        cr_assert_eq(plain_copy(&d->input[i][0], from, 0, from->len, NULL), OK);
        VALGRIND_MAKE_MEM_UNDEFINED(d->input[i][0].v, from->len * sizeof(num));
    }
}

static void run_blindly(abb *base, unsigned self, void *arg)
{
    const blind_run *r = arg;
    box *b = box_of(base);
    field declared = *right;
    const field *was = b->f;
    run_data *d = run_data_new(r->p);
    failure err = {0};

    declared.has_zero = declared_has_zero, declared.valid = declared_valid;
    b->f = b->edge = &declared;
    give_blindly(r, self, d);
    cr_assert_eq(interp_run(r->p, base, d, &err), OK, "%s", err.text);
    const plain *got = &d->output[0][0], *want = &r->ideal->output[0][0];
    cr_assert(is_unknown(got->v, got->len * sizeof(num)));
    VALGRIND_MAKE_MEM_DEFINED(got->v, got->len * sizeof(num));
    for (size_t k = 0; !r->drawn && k < want->len; k++)
        cr_assert(got->v[k] == want->v[k], "item %zu is %lld, not %lld", k, (long long)got->v[k],
                  (long long)want->v[k]);
    run_data_free(d, r->p);
    b->f = b->edge = was;
}

static void runs_blindly(const written *w)
{
    static const num whole[] = {-7, 100, 12}, position[] = {2, 0, 1},
                     fixed[] = {1 << 20, 5 << 19, 3}, other[] = {-(5 << 18), 1 << 19, 7 << 20},
                     bits[] = {1, 0, 1};
    static const num *const items[] = {whole, fixed, fixed, position, other, position, bits};
    program *p = program_of(w);
    launch *l = launch_for(p, 3, 1, false);
    run_data *ideal = run_data_new(p);
    abb *clear = ideal_new(p);
    failure err = {0};

    for (uint32_t i = 0; i < p->inputs; i++) fill_input(p, ideal, i, 2, items[i], ITEMS);
    cr_assert_eq(interp_run(p, clear, ideal, &err), OK, "%s: %s", w->text, err.text);
    right = field_of(p->field_bits, false);
    with_boxes(p, l, run_blindly, &(blind_run){p, l, ideal, w->drawn});
    cr_assert_eq(VALGRIND_COUNT_ERRORS, 0, "%s", w->text);
    ideal_free(clear);
    run_data_free(ideal, p);
    launch_free(l);
    program_free(p);
}

static void run_all_blindly(const written *w, size_t len)
{
    for (size_t k = 0; k < len; k++) runs_blindly(&w[k]);
}

Test(secrets, decide_nothing_in_words_on_ints)
{
    static const written words[] = {
        {"int[3]", "x 7 mod", false},
        {"int[3]", "x 7 div", false},
        {"int[3]", "x abs", false},
        {"int[3]", "x y max", false},
        {"int[3]", "x y lookup", false},
        {"bool[3]", "x y member", false},
        {"int[3]", "x sort", false},
        {"int[2]", "x { 0 5 } histogram", false},
        {"int[3]", "c x y select", false},
        {"bool[3]", "k m member", false},
        {"bool[3]", "c c not xor c and", false},
        {"int[3]", "x 1 1 laplace +", true},
    };
    run_all_blindly(words, sizeof words / sizeof *words);
}

Test(secrets, decide_nothing_in_words_on_fractions)
{
    static const written words[] = {
        {"fix[3]", "f g *", false}, {"fix[3]", "f g /", false},       {"fix[3]", "f sqrt", false},
        {"fix[3]", "g exp", false}, {"fix[3]", "f ln", false},        {"int[3]", "g round", false},
        {"fix", "g median", false}, {"fix[3]", "g x sort-by", false},
    };
    run_all_blindly(words, sizeof words / sizeof *words);
}

/* --- keys */

Test(secrets, decide_nothing_when_keys_are_made)
{
    uint8_t salt[KEY_BYTES] = {1}, secret[2 * KEY_BYTES] = {2}, key[KEY_BYTES];
    uint64_t words[ITEMS];
    stream *s = NULL;

    VALGRIND_MAKE_MEM_UNDEFINED(secret, sizeof secret);
    cr_assert_eq(key_derive(key, sizeof key, (slice){secret, sizeof secret}, salt, "x", 1, NULL), OK);
    cr_assert_eq(stream_open(&s, key, "x", 1, NULL), OK);
    cr_assert(stream_bits(s, words, ITEMS));
    stream_free(s);
    cr_assert_eq(VALGRIND_COUNT_ERRORS, 0);
}

Test(secrets, decide_nothing_but_by_their_length_when_they_are_hashed)
{
    uint8_t text[] = "somebody@example.org";
    num key;

    VALGRIND_MAKE_MEM_UNDEFINED(text, sizeof text - 1);
    key = key_of_text((slice){text, sizeof text - 1});
    key = key_cut(key, key_most(KEY_BITS_NARROW));
    VALGRIND_MAKE_MEM_DEFINED(&key, sizeof key);
    cr_assert(key >= 0);
    cr_assert_eq(VALGRIND_COUNT_ERRORS, 0);
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

static void lifted_kernels(const field *f, gf60_halves *add_halves)
{
    enum { LEN = 24 };
    uint64_t a[LEN], b[LEN], out[LEN * LEN];
    gf60_sum sum = {0};

    for (size_t k = 0; k < LEN; k++) a[k] = k, b[k] = ~k & GF60_MASK;
    VALGRIND_MAKE_MEM_UNDEFINED(a, sizeof a);
    VALGRIND_MAKE_MEM_UNDEFINED(b, sizeof b);
    f->add(f, out, a, b, LEN), f->sub(f, out, a, b, LEN), f->mul(f, out, a, b, LEN);
    f->scale(f, out, a, element_of(5), LEN), f->add_scaled(f, out, a, element_of(5), LEN);
    f->sum(f, out, a, 4, LEN / 4), f->matmul(f, out, a, b, 2, LEN / 2, 2);
    add_halves(&sum, a, b, LEN / 2);
    out[0] = gf60_lift(3, (gf2m)(a[0] & 7)) ^ gf60_reduce(sum.low, sum.high);
    cr_assert_eq(VALGRIND_COUNT_ERRORS, 0);
}

Test(secrets, decide_nothing_where_bits_are_checked)
{
    lifted_kernels(&gf60_portable, gf60_add_halves_portable);
    if (gf60_with_clmul()) lifted_kernels(gf60_with_clmul(), gf60_halves_with_clmul());
    if (gf60_with_vclmul()) lifted_kernels(gf60_with_vclmul(), gf60_halves_with_vclmul());
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
