/* Division, roots, means and choices against exact arithmetic, on edges and on random values. */
#include "back.h"
#include "compiler/lower.h"

#include <criterion/criterion.h>

enum { ITEMS = 256, F = 20, ONE = 1 << F };

/* xorshift64*, so that a failing value is the same everywhere */
static uint64_t draw(uint64_t *state)
{
    *state ^= *state >> 12, *state ^= *state << 25, *state ^= *state >> 27;
    return *state * UINT64_C(2685821657736338717);
}

/* Edges first, then values of every size within lo … hi. */
static void fill(num *v, num lo, num hi, uint64_t seed)
{
    const num edge[] = {0, 1, -1, 2, -2, 3, -3, lo, hi, lo + 1, hi - 1};
    const size_t edges = sizeof edge / sizeof *edge;
    for (size_t i = 0; i < ITEMS; i++) {
        num x = (num)(draw(&seed) >> (draw(&seed) % 63));
        if (draw(&seed) % 2) x = -x;
        if (i < edges) x = edge[i];
        if (i >= edges && i < edges + 120) x = ((num)1 << (i % 60)) + (num)(i % 3) - 1;
        if (x < lo || x > hi) x = lo + num_floor_mod(x, hi - lo + 1);
        v[i] = x;
    }
}

typedef ir_id binary_word(ir *g, ir_id a, ir_id b);

/* Runs word(a, b) on vectors of two parties; the results stand in *out. */
typedef struct pair_run {
    num a[ITEMS], b[ITEMS], out[ITEMS];
    kind kind_a, kind_b;
    num lo_a, hi_a, lo_b, hi_b;
} pair_run;

static void run_pair(pair_run *r, binary_word *word, uint64_t seed)
{
    back *b = back_new();
    ir_id x = back_input(b, back_party(b, 0), r->kind_a, ITEMS, r->lo_a, r->hi_a);
    ir_id y = back_input(b, back_party(b, 0), r->kind_b, ITEMS, r->lo_b, r->hi_b);
    ir_id z = word(&b->g, x, y);
    back_output(b, PARTY_ALL, (kind)ir_type(&b->g, z)->kind, ITEMS, z);
    back_build(b, true);
    fill(r->a, r->lo_a, r->hi_a, seed);
    fill(r->b, r->lo_b, r->hi_b, seed + 77);
    back_give(b, 0, 0, r->a, ITEMS);
    back_give(b, 1, 0, r->b, ITEMS);
    back_run(b);
    const port_decl *out = &b->p->output[0];
    for (size_t i = 0; i < ITEMS; i++) {
        r->out[i] = back_result(b, 0)[i];
        cr_expect(r->out[i] >= wide_num(out->lo) && r->out[i] <= wide_num(out->hi),
                  "item %zu is outside its proved range", i);
    }
    back_free(b);
}

static void expect_quotient_within_two(pair_run *r, uint64_t seed)
{
    run_pair(r, lower_divide, seed);
    unsigned shift = F * (1u + (r->kind_b == KIND_FIX) - (r->kind_a == KIND_FIX));
    for (size_t i = 0; i < ITEMS; i++) {
        num exact = num_floor_div(r->a[i] * ((num)1 << shift), r->b[i]), off = r->out[i] - exact;
        bool whole = r->b[i] == 0 || (r->a[i] * ((num)1 << shift)) % r->b[i] == 0;
        cr_expect(r->b[i] ? off >= -2 + !whole && off <= 2 : off == 0,
                  "item %zu: %lld / %lld is off by %lld", i, (long long)r->a[i], (long long)r->b[i],
                  (long long)off);
    }
}

Test(divide, by_a_secret_is_within_two_units_and_zero_by_zero)
{
    pair_run r[] = {
        {.kind_a = KIND_INT, .kind_b = KIND_INT, .lo_a = -1000, .hi_a = 1000, .lo_b = -7, .hi_b = 9},
        {.kind_a = KIND_INT, .kind_b = KIND_INT, .lo_a = 0, .hi_a = 39000000, .lo_b = 0, .hi_b = 300000},
        {.kind_a = KIND_INT, .kind_b = KIND_INT, .lo_a = 0, .hi_a = 5070000000, .lo_b = 0, .hi_b = 300000},
        {.kind_a = KIND_INT, .kind_b = KIND_INT, .lo_a = -5, .hi_a = 5, .lo_b = 1000, .hi_b = 1000000},
        {.kind_a = KIND_INT, .kind_b = KIND_INT, .lo_a = 0, .hi_a = 1, .lo_b = 0, .hi_b = 1},
        {.kind_a = KIND_FIX,
         .kind_b = KIND_FIX,
         .lo_a = -8 * ONE,
         .hi_a = 8 * ONE,
         .lo_b = -(100 * ONE),
         .hi_b = 100 * ONE},
        {.kind_a = KIND_FIX,
         .kind_b = KIND_INT,
         .lo_a = -8 * ONE,
         .hi_a = 8 * ONE,
         .lo_b = -1000000,
         .hi_b = -3},
        {.kind_a = KIND_INT, .kind_b = KIND_FIX, .lo_a = -255, .hi_a = 255, .lo_b = 0, .hi_b = 16 * ONE},
        {.kind_a = KIND_FIX, .kind_b = KIND_INT, .lo_a = 0, .hi_a = ONE, .lo_b = 0, .hi_b = (num)1 << 48},
    };
    for (size_t k = 0; k < sizeof r / sizeof *r; k++)
        for (uint64_t seed = 1; seed <= 4; seed++) expect_quotient_within_two(&r[k], seed);
}

/* The sum of no items is 0. */
static ir_id mean_of_count(ir *g, ir_id sum, ir_id count)
{
    ir_id some = ir_binary(g, IR_LT, number_of(g, 0), count);
    return lower_floor_by_secret(g, ir_binary(g, IR_MASK, sum, some), count);
}

Test(divide, by_a_count_is_the_exact_floor)
{
    pair_run r[] = {{.lo_a = -39000000, .hi_a = 39000000, .lo_b = 0, .hi_b = 300000},
                    {.lo_a = -9, .hi_a = 9, .lo_b = 0, .hi_b = 5},
                    {.lo_a = 0, .hi_a = (num)130 * 100000 << F, .lo_b = 0, .hi_b = 100000},
                    {.lo_a = -1, .hi_a = 1, .lo_b = 0, .hi_b = 1}};
    for (size_t k = 0; k < sizeof r / sizeof *r; k++) {
        r[k].kind_a = r[k].kind_b = KIND_INT;
        for (uint64_t seed = 1; seed <= 4; seed++) {
            run_pair(&r[k], mean_of_count, seed);
            for (size_t i = 0; i < ITEMS; i++)
                cr_expect(r[k].out[i] == num_floor_div(r[k].a[i], r[k].b[i]), "%lld / %lld is %lld",
                          (long long)r[k].a[i], (long long)r[k].b[i], (long long)r[k].out[i]);
        }
    }
}

/* One word of one operand; the operand is a secret vector. */
typedef struct single_run {
    num a[ITEMS], out[ITEMS];
    num lo, hi;
    kind kind_a;
    num k;
} single_run;

typedef ir_id single_word(ir *g, ir_id a, num k);

static void run_single(single_run *r, single_word *word, bool hoist, uint64_t seed)
{
    back *b = back_new();
    ir_id x = back_input(b, back_party(b, 0), r->kind_a, ITEMS, r->lo, r->hi);
    ir_id z = word(&b->g, x, r->k);
    back_output(b, PARTY_ALL, (kind)ir_type(&b->g, z)->kind, ITEMS, z);
    back_build(b, hoist);
    fill(r->a, r->lo, r->hi, seed);
    back_give(b, 0, 0, r->a, ITEMS);
    back_run(b);
    const port_decl *out = &b->p->output[0];
    for (size_t i = 0; i < ITEMS; i++) {
        r->out[i] = back_result(b, 0)[i];
        cr_expect(r->out[i] >= wide_num(out->lo) && r->out[i] <= wide_num(out->hi),
                  "item %zu is outside its proved range", i);
    }
    back_free(b);
}

static ir_id divide_by_number(ir *g, ir_id a, num k)
{
    return lower_divide(g, a, ir_number(g, KIND_INT, wide_of_num(k)));
}

Test(divide, by_a_known_number_is_the_exact_floor)
{
    const num by[] = {1, 2, 3, 7, 10, 16, 60, 97, 100, 1000, 1 << 20, 1000003, -1, -2, -3, -10};
    for (size_t i = 0; i < sizeof by / sizeof *by; i++) {
        for (unsigned hoist = 0; hoist < 2; hoist++) {
            single_run d = {.lo = -1000003, .hi = 999999, .kind_a = KIND_INT, .k = by[i]};
            run_single(&d, divide_by_number, hoist, i + 1);
            for (size_t k = 0; k < ITEMS; k++)
                cr_expect(d.out[k] == num_floor_div(d.a[k] * ONE * (by[i] < 0 ? -1 : 1),
                                                    by[i] < 0 ? -by[i] : by[i]),
                          "%lld / %lld", (long long)d.a[k], (long long)by[i]);
        }
    }
}

static ir_id whole_quotient(ir *g, ir_id a, num k)
{
    return lower_div(g, a, wide_of_num(k));
}

static ir_id whole_rest(ir *g, ir_id a, num k)
{
    return lower_mod(g, a, wide_of_num(k));
}

Test(divide, div_and_mod_are_floor_and_remainder)
{
    const num by[] = {1, 2, 3, 7, 10, 64, 97, 1000, 999999, 1000003, 5000000};
    for (size_t i = 0; i < sizeof by / sizeof *by; i++) {
        for (unsigned range = 0; range < 3; range++) {
            single_run d = {.lo = range ? 0 : -1000003,
                            .hi = range == 2 ? 90 : 1000000,
                            .kind_a = KIND_INT,
                            .k = by[i]};
            single_run m = d;
            run_single(&d, whole_quotient, false, i + 1);
            run_single(&m, whole_rest, false, i + 1);
            for (size_t k = 0; k < ITEMS; k++) {
                cr_expect(d.out[k] == num_floor_div(d.a[k], by[i]), "%lld div %lld",
                          (long long)d.a[k], (long long)by[i]);
                cr_expect(m.out[k] == num_floor_mod(m.a[k], by[i]), "%lld mod %lld",
                          (long long)m.a[k], (long long)by[i]);
            }
        }
    }
}

static const num constants[] = {3, -7, 0, 1, 1000, -64};

static ir_id divide_by_vector(ir *g, ir_id a, num k)
{
    (void)k;
    wide v[ITEMS];
    for (size_t i = 0; i < ITEMS; i++) v[i] = wide_of_num(constants[i % 6]);
    type t = *ir_type(g, a);
    return lower_divide(g, a, ir_const(g, t, v));
}

Test(divide, by_a_known_vector_is_the_exact_floor_item_by_item)
{
    single_run d = {.lo = -100000, .hi = 12345678, .kind_a = KIND_INT};
    run_single(&d, divide_by_vector, false, 5);
    for (size_t i = 0; i < ITEMS; i++) {
        num k = constants[i % 6], sign = k < 0 ? -1 : 1;
        cr_expect(d.out[i] == num_floor_div(sign * d.a[i] * ONE, sign * k), "%lld / %lld",
                  (long long)d.a[i], (long long)k);
    }
}

/* A divisor that was revealed before: output 0 tells it, output 1 is the quotient. */
static void expect_public_quotient(num lo_a, num hi_a, num lo_b, num hi_b, uint64_t seed)
{
    back *b = back_new();
    ir_id x = back_input(b, back_party(b, 0), KIND_INT, ITEMS, lo_a, hi_a);
    ir_id y = back_input(b, back_party(b, 0), KIND_INT, ITEMS, lo_b, hi_b);
    b->output[0] = (port_decl){
        .name = (char *)"seen", .party = PARTY_ALL, .kind = KIND_INT, .rank = 1, .dim = {ITEMS}};
    b->h.outputs = 1;
    ir_id seen = ir_reveal(&b->g, 0, y);
    back_output(b, 0, KIND_FIX, ITEMS, lower_divide(&b->g, x, seen));
    back_build(b, false);
    num a[ITEMS], d[ITEMS];
    fill(a, lo_a, hi_a, seed), fill(d, lo_b, hi_b, seed + 9);
    back_give(b, 0, 0, a, ITEMS), back_give(b, 1, 0, d, ITEMS);
    back_run(b);
    for (size_t i = 0; i < ITEMS; i++) {
        num sign = d[i] < 0 ? -1 : 1, exact = num_floor_div(sign * a[i] * ONE, sign * d[i]);
        cr_expect(back_result(b, 1)[i] == exact, "%lld / %lld", (long long)a[i], (long long)d[i]);
    }
    back_free(b);
}

Test(divide, by_a_public_value_is_the_exact_floor)
{
    expect_public_quotient(-1000, 1000, -50, 50, 1);
    expect_public_quotient(0, 1000000, 1, 5000000, 2);
    expect_public_quotient(-1000000, 1000000000, -2000000, 2000000, 3); /* corrected by a comparison */
}

/* --- roots */

static ir_id square_root(ir *g, ir_id a, num k)
{
    (void)k;
    return lower_sqrt(g, a);
}

static num floor_root(num x)
{
    num r = 0;
    for (num bit = (num)1 << 62; bit; bit >>= 1)
        if ((r + bit) * (r + bit) <= x) r += bit;
    return r;
}

Test(sqrt, is_within_two_units_and_zero_of_negatives)
{
    single_run r[] = {
        {.kind_a = KIND_FIX, .lo = -(8 * ONE), .hi = 8 * ONE},
        {.kind_a = KIND_FIX, .lo = 0, .hi = 1},
        {.kind_a = KIND_FIX, .lo = -((num)1 << 72), .hi = (num)1 << 53},
        {.kind_a = KIND_INT, .lo = 0, .hi = 1000000},
        {.kind_a = KIND_FIX, .lo = 3, .hi = 5},
        {.kind_a = KIND_FIX, .lo = -5, .hi = 1000003},
    };
    for (size_t k = 0; k < sizeof r / sizeof *r; k++) {
        for (uint64_t seed = 1; seed <= 4; seed++) {
            run_single(&r[k], square_root, false, seed);
            for (size_t i = 0; i < ITEMS; i++) {
                num x = r[k].a[i] * ((num)1 << (r[k].kind_a == KIND_FIX ? F : 2 * F));
                num off = x > 0 ? r[k].out[i] - floor_root(x) : r[k].out[i];
                cr_expect(x > 0 ? off >= -1 && off <= 2 : off == 0,
                          "case %zu: root of %lld is off by %lld", k, (long long)r[k].a[i],
                          (long long)off);
            }
        }
    }
}

/* --- the rest */

static ir_id product(ir *g, ir_id a, ir_id b)
{
    return lower_multiply(g, a, b);
}

Test(numbers, a_product_of_fix_floors_once)
{
    pair_run r = {.kind_a = KIND_FIX,
                  .kind_b = KIND_FIX,
                  .lo_a = -9 * ONE,
                  .hi_a = 9 * ONE,
                  .lo_b = -5 * ONE,
                  .hi_b = 3 * ONE};
    run_pair(&r, product, 3);
    for (size_t i = 0; i < ITEMS; i++) cr_expect(r.out[i] == num_shift_floor(r.a[i] * r.b[i], F));
}

static ir_id times_quarter(ir *g, ir_id a, num k)
{
    return lower_multiply(g, a, ir_number(g, KIND_FIX, wide_of_num(k)));
}

Test(numbers, a_product_by_a_known_fix_floors_once)
{
    const num by[] = {1 << 18, 3 << 19, -5 * ONE, 1, 12345, 0};
    for (size_t i = 0; i < sizeof by / sizeof *by; i++) {
        single_run r = {.kind_a = KIND_FIX, .lo = -9 * ONE, .hi = 9 * ONE, .k = by[i]};
        run_single(&r, times_quarter, false, 3);
        for (size_t k = 0; k < ITEMS; k++)
            cr_expect(r.out[k] == num_shift_floor(r.a[k] * by[i], F));
    }
}

Test(numbers, min_max_and_abs_choose)
{
    pair_run lesser = {
        .kind_a = KIND_INT, .kind_b = KIND_INT, .lo_a = -9, .hi_a = 70, .lo_b = -50, .hi_b = 3};
    pair_run greater = lesser;
    run_pair(&lesser, lower_min, 4);
    run_pair(&greater, lower_max, 4);
    for (size_t i = 0; i < ITEMS; i++) {
        num a = lesser.a[i], b = lesser.b[i];
        cr_expect(lesser.out[i] == (a < b ? a : b));
        cr_expect(greater.out[i] == (a < b ? b : a));
    }
}

static ir_id absolute(ir *g, ir_id a, num k)
{
    (void)k;
    return lower_abs(g, a);
}

Test(numbers, abs_is_never_negative)
{
    single_run r = {.kind_a = KIND_INT, .lo = -900, .hi = 70};
    run_single(&r, absolute, false, 4);
    for (size_t i = 0; i < ITEMS; i++) cr_expect(r.out[i] == (r.a[i] < 0 ? -r.a[i] : r.a[i]));
}
