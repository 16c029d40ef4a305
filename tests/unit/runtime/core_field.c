/* Field arithmetic agrees with libgmp on random and edge values; streams sample as they say. */
#include "runtime/gmp_field.h"
#include "runtime/points.h"
#include "runtime/stream.h"

#include <criterion/criterion.h>
#include <gmp.h>
#include <stdlib.h>
#include <string.h>

enum { EDGES = 24, RANDOM = 200, ALL = EDGES + RANDOM };

static uint64_t next_random(void)
{
    static uint64_t state = 88172645463325252u;
    state ^= state << 13, state ^= state >> 7, state ^= state << 17;
    return state;
}

static void to_gmp(mpz_t z, element x)
{
    mpz_import(z, ELEMENT_LIMBS, -1, sizeof x.limb[0], 0, 0, x.limb);
}

/* z modulo p. */
static element from_gmp(const mpz_t z, const field *f)
{
    mpz_t p, r;
    element x = {0};
    mpz_inits(p, r, NULL);
    to_gmp(p, f->p);
    mpz_mod(r, z, p);
    mpz_export(x.limb, NULL, -1, sizeof x.limb[0], 0, 0, r);
    mpz_clears(p, r, NULL);
    return x;
}

typedef void (*gmp_function)(mpz_t, const mpz_t, const mpz_t);

static element expected(const field *f, gmp_function op, element a, element b)
{
    mpz_t x, y, z;
    mpz_inits(x, y, z, NULL);
    to_gmp(x, a), to_gmp(y, b);
    op(z, x, y);
    element r = from_gmp(z, f);
    mpz_clears(x, y, z, NULL);
    return r;
}

static element minus(const field *f, uint64_t k)
{
    return field_minus(f, element_of(0), element_of(k));
}

/* (p - 1) / 2 */
static element half_of_p(const field *f)
{
    element half = f->p;
    mpn_rshift(half.limb, half.limb, ELEMENT_LIMBS, 1);
    return half;
}

/* 0, 1, p-1, and around every place where a limb or a product's part ends. */
static void edge_values(const field *f, element *out)
{
    static const unsigned at[] = {1, 2, 31, 32, 60, 63, 64};
    const element one = element_of(1);
    size_t k = 0;
    out[k++] = element_of(0), out[k++] = one, out[k++] = minus(f, 1), out[k++] = minus(f, 2);
    out[k++] = half_of_p(f), out[k++] = field_plus(f, half_of_p(f), one);
    for (size_t i = 0; i < sizeof at / sizeof at[0] && k + 2 < EDGES; i++) {
        out[k++] = field_power_of_2(f, at[i] % f->bits);
        out[k++] = field_minus(f, field_power_of_2(f, at[i] % f->bits), one);
    }
    for (; k < EDGES; k++)
        out[k] = field_minus(f, minus(f, 1), field_power_of_2(f, (unsigned)k * f->bits / EDGES));
}

static element random_element(const field *f)
{
    mpz_t z;
    element x;
    for (unsigned k = 0; k < ELEMENT_LIMBS; k++) x.limb[k] = next_random();
    mpz_init(z);
    to_gmp(z, x);
    x = from_gmp(z, f);
    mpz_clear(z);
    return x;
}

static void all_values(const field *f, element *out)
{
    edge_values(f, out);
    for (size_t k = EDGES; k < ALL; k++) out[k] = random_element(f);
}

/* Vectors in the field's own layout. */
static void *pack(const field *f, const element *x, size_t len)
{
    uint8_t *v = malloc(len * f->size);
    for (size_t k = 0; k < len; k++) memcpy(v + k * f->size, &x[k], f->size);
    return v;
}

static element item(const field *f, const void *v, size_t k)
{
    element x = {0};
    memcpy(&x, (const uint8_t *)v + k * f->size, f->size);
    return x;
}

static void check_pairs(const field *f,
                        void (*op)(const field *, void *, const void *, const void *, size_t),
                        gmp_function want)
{
    element x[ALL], y[ALL];
    all_values(f, x);
    for (size_t shift = 0; shift < ALL; shift++) {
        for (size_t k = 0; k < ALL; k++) y[k] = x[(k + shift) % ALL];
        void *a = pack(f, x, ALL), *b = pack(f, y, ALL);
        op(f, a, a, b, ALL);
        cr_assert(f->valid(f, a, ALL));
        for (size_t k = 0; k < ALL; k++)
            cr_assert(element_equal(item(f, a, k), expected(f, want, x[k], y[k])),
                      "q=%u pair %zu + %zu", f->bits, k, shift);
        free(a), free(b);
    }
}

/* Primes asked for: 2^255 - 19; the order of its curve's group, under which half of all words are none; 1 modulo a
 * large power of two; of one word; tiny. */
static const char *const asked[] = {
    "57896044618658097711785492504343953926634992332820282019728792003956564819949",
    "7237005577332262213973186563042994240857116359379907606001950938285454250989",
    "18446744069414584321", "18446744073709551557", "101"};
enum { CHOSEN = 14, ASKED = sizeof asked / sizeof *asked };

static const field *prime_field(size_t k)
{
    uint64_t prime[PRIME_LIMBS];
    unsigned bits = 0;

    if (k >= CHOSEN + ASKED) return NULL;
    bits = k < CHOSEN ? prime_chosen(192 + 64 * (unsigned)k, prime)
                      : prime_parse(asked[k - CHOSEN], prime);
    cr_assert(bits && prime_is(prime, prime_limbs(bits)), "number %zu is no prime", k);
    return gmp_field_new(prime, bits, false);
}

/* p61 in each form that this processor can run, then p127, then others; NULL at the end. */
static const field *field_after(const field *f, size_t *prime)
{
    const field *all[] = {&field_p61, field_p61_with_avx2(), field_p61_with_avx512(),
                          field_p61_with_ifma(), &field_p127};
    size_t count = sizeof all / sizeof *all, next = 0;

    if (f && f->any_prime) gmp_field_free(f);
    while (next < count && f && !*prime && all[next] != f) next++;
    next = *prime ? count : next + (f != NULL);
    while (next < count && !all[next]) next++;
    return next < count ? all[next] : prime_field((*prime)++);
}

#define FOR_ALL_FIELDS(f)                                                                          \
    for (size_t number = 0, once = 1; once; once = 0)                                              \
        for (const field *f = field_after(NULL, &number); f; f = field_after(f, &number))

Test(field, sum_difference_and_product_are_those_of_gmp)
{
    FOR_ALL_FIELDS(f)
    {
        check_pairs(f, f->add, mpz_add);
        check_pairs(f, f->sub, mpz_sub);
        check_pairs(f, f->mul, mpz_mul);
    }
}

Test(field, what_is_chosen_is_added)
{
    FOR_ALL_FIELDS(f)
    {
        element x[ALL];
        uint64_t chosen[ALL / 64 + 1];

        if (!f->sum_chosen) continue;
        all_values(f, x);
        void *a = pack(f, x, ALL), *sum = pack(f, x, 1);
        for (size_t len = 0; len <= ALL; len += 7) {
            element right = element_of(0), found = {{0}};
            for (size_t k = 0; k < sizeof chosen / sizeof *chosen; k++)
                chosen[k] = k == len % 4 ? UINT64_MAX : 0x9e3779b97f4a7c15 * (len + k + 1);
            for (size_t k = 0; k < len; k++)
                if (chosen[k / 64] >> k % 64 & 1) right = field_plus(f, right, x[k]);
            f->sum_chosen(f, sum, a, chosen, len);
            memcpy(found.limb, sum, f->size);
            cr_assert(!memcmp(&found, &right, sizeof found), "%u bits, %zu items", f->bits, len);
        }
        free(a), free(sum);
    }
}

Test(field, what_is_weighed_is_multiplied_and_added_up)
{
    FOR_ALL_FIELDS(f)
    {
        element x[ALL];
        all_values(f, x);
        void *a = pack(f, x, ALL), *found = pack(f, x, ALL), *right = pack(f, x, ALL);
        void *sum = pack(f, x, 1), *one = pack(f, x, 1), *total = pack(f, x, 1);
        for (size_t len = 0; f->weigh && len + 2 <= ALL; len += 3) {
            const void *y = field_at(f, a, 1), *z = field_at(f, a, 2);
            f->weigh(f, found, sum, a, y, z, len, len);
            f->mul(f, right, a, y, len);
            f->matmul(f, one, a, z, 1, len, 1);
            f->add(f, total, total, one, 1);
            cr_assert(!memcmp(found, right, ALL * f->size), "%u bits, %zu items", f->bits, len);
            cr_assert(!memcmp(sum, total, f->size), "%u bits, %zu items", f->bits, len);
        }
        free(a), free(found), free(right), free(sum), free(one), free(total);
    }
}

/* Of a field that has these, as its other functions do it. */
static void expect_square(const field *f, const void *const *x, const void *const *y, size_t len)
{
    enum { SIDE = 3, POINTS = SIDE * SIDE, AT_1 = 1, BEYOND = 2 };
    const element zero[POINTS] = {{{0}}};
    void *h = pack(f, zero, POINTS), *one = pack(f, zero, 1), *row[2][SIDE][2];
    void *value[2] = {malloc(len * f->size + 1), malloc(len * f->size + 1)};

    for (size_t of = 0; of < 2; of++) /* at u = 0, 1, infinity; for v = 0 and 1 */
        for (size_t v = 0; v < 2; v++) {
            const void *const *from = (of ? y : x) + 2 * v;
            for (size_t u = 0; u < SIDE; u++) row[of][u][v] = malloc(len * f->size + 1);
            f->copy(f, row[of][0][v], from[0], len);
            f->copy(f, row[of][AT_1][v], from[1], len);
            f->sub(f, row[of][BEYOND][v], from[1], from[0], len);
        }
    f->square(f, h, x, y, len, len);
    for (size_t k = 0; k < POINTS; k++) {
        for (size_t of = 0; of < 2; of++) {
            void *const *at = row[of][k % SIDE];
            f->copy(f, value[of], at[k / SIDE == AT_1], len);
            if (k / SIDE == BEYOND) f->sub(f, value[of], at[1], at[0], len);
        }
        f->matmul(f, one, value[0], value[1], 1, len, 1);
        cr_assert(element_equal(item(f, h, k), k ? item(f, one, 0) : zero[0]),
                  "%u bits, %zu items, point %zu", f->bits, len, k);
    }
    for (size_t k = 0; k < 2 * SIDE * 2; k++) free(row[k / 6][k / 2 % SIDE][k % 2]);
    free(value[0]), free(value[1]), free(h), free(one);
}

Test(field, points_of_a_square_are_inner_products)
{
    FOR_ALL_FIELDS(f)
    {
        element x[ALL];
        all_values(f, x);
        void *a = pack(f, x, ALL);
        const void *const parts[] = {a, field_at(f, a, 1), field_at(f, a, 5), field_at(f, a, 3)};
        const void *const others[] = {field_at(f, a, 2), field_at(f, a, 4), a, field_at(f, a, 1)};
        for (size_t len = 0; f->square && len + 5 <= ALL; len += 3)
            expect_square(f, parts, others, len);
        free(a);
    }
}

/* So many of the largest items, with the largest differences, that sums have to be reduced in between. */
Test(field, long_sums_of_the_largest_do_not_overflow)
{
    enum { LONG = 3 * (1 << 12) + 5 };
    FOR_ALL_FIELDS(f)
    {
        void *none = malloc(LONG * f->size), *most = malloc(LONG * f->size);
        f->fill(f, none, element_of(0), LONG);
        f->fill(f, most, minus(f, 1), LONG);
        const void *const parts[] = {most, none, none, most};
        if (f->square) expect_square(f, parts, parts, LONG);
        if (f->weigh) {
            const element zero = element_of(0), one = element_of(LONG);
            void *sum = pack(f, &zero, 1);
            f->weigh(f, none, sum, most, most, most, LONG, LONG); /* (p - 1)^2 = 1 */
            cr_assert(element_equal(item(f, sum, 0), one));
            cr_assert(element_equal(item(f, none, LONG - 1), element_of(1)));
            free(sum);
        }
        free(none), free(most);
    }
}

Test(field, combinations_are_sums_of_what_is_scaled)
{
    enum { MOST = ALL / 2 };
    FOR_ALL_FIELDS(f)
    {
        element x[ALL];
        all_values(f, x);
        void *a = pack(f, x, ALL), *found = pack(f, x, ALL), *right = pack(f, x, ALL);
        for (size_t count = 1; f->combine && count <= MOST; count += 3)
            for (size_t len = 0; len <= MOST; len += 3) {
                f->combine(f, found, a, 1, field_at(f, a, 1), count, len, len);
                f->fill(f, right, element_of(0), len);
                for (size_t s = 0; s < count; s++)
                    f->add_scaled(f, right, field_at(f, a, s), x[s + 1], len);
                cr_assert(!memcmp(found, right, len * f->size), "%zu of %zu items", count, len);
            }
        free(a), free(found), free(right);
    }
}

Test(field, scaling_and_adding_scaled_are_products_and_sums)
{
    FOR_ALL_FIELDS(f)
    {
        element x[ALL];
        all_values(f, x);
        for (size_t c = 0; c < ALL; c++) {
            void *a = pack(f, x, ALL), *sum = pack(f, x, ALL), *more = pack(f, x, ALL);
            f->scale(f, a, a, x[c], ALL);
            f->add_scaled(f, sum, sum, x[c], ALL);
            f->add_constant(f, more, more, x[c], ALL);
            for (size_t k = 0; k < ALL; k++) {
                element product = expected(f, mpz_mul, x[k], x[c]);
                cr_assert(element_equal(item(f, a, k), product));
                cr_assert(element_equal(item(f, sum, k), expected(f, mpz_add, x[k], product)));
                cr_assert(element_equal(item(f, more, k), expected(f, mpz_add, x[k], x[c])));
            }
            free(a), free(sum), free(more);
        }
    }
}

static element inner_product(const field *f, const element *x, const element *y, size_t d,
                             size_t stride)
{
    element total = {0};
    for (size_t k = 0; k < d; k++)
        total = expected(f, mpz_add, total, expected(f, mpz_mul, x[k], y[k * stride]));
    return total;
}

Test(field, matrix_products_are_sums_of_products_however_long)
{
    static const size_t shape[][3] = {{1, 1, 1},   {2, 3, 4},     {1, 200, 1},
                                      {2, 135, 1}, {3, 33, 67},   {2, 64, 130},
                                      {1, 0, 3},   {130, 258, 3}, {2, 700, 5}};
    FOR_ALL_FIELDS(f)
    for (size_t s = 0; s < sizeof shape / sizeof shape[0]; s++) {
        size_t n = shape[s][0], d = shape[s][1], m = shape[s][2];
        element *x = calloc(n * d + 1, sizeof *x), *y = calloc(d * m + 1, sizeof *y);
        for (size_t k = 0; k < n * d; k++)
            x[k] = minus(f, 1 + k % 2); /* the largest: lazy sums must hold */
        for (size_t k = 0; k < d * m; k++) y[k] = k % 3 ? minus(f, 1) : random_element(f);
        void *a = pack(f, x, n * d + 1), *b = pack(f, y, d * m + 1), *out = malloc(n * m * f->size);
        f->matmul(f, out, a, b, n, d, m);
        for (size_t i = 0; i < n * m; i++)
            cr_assert(
                element_equal(item(f, out, i), inner_product(f, x + i / m * d, y + i % m, d, m)));
        free(x), free(y), free(a), free(b), free(out);
    }
}

Test(field, signed_numbers_come_back)
{
    FOR_ALL_FIELDS(f)
    {
        const element half = half_of_p(f);
        num end = f->bits > 127 ? NUM_MAX : (num)((unum)half.limb[1] << 64 | half.limb[0]),
            x[] = {0, 1, -1, 2, -2, end, -end, end - 1, 1 - end}, back[9];
        void *v = malloc(9 * f->size);
        const plain given = {x, 9, 0};
        plain taken = {back, 9, 0};
        f->from_num(f, v, &given, 9);
        cr_assert(f->valid(f, v, 9));
        f->to_num(f, &taken, v, true, 9);
        for (size_t k = 0; k < 9; k++) cr_assert(back[k] == x[k]);
        free(v);
    }
}

Test(field, inverses_invert)
{
    FOR_ALL_FIELDS(f)
    {
        element x[ALL];
        all_values(f, x);
        for (size_t k = 0; k < ALL; k++) {
            const element zero = element_of(0), one = element_of(1);
            cr_assert(element_equal(f->times(f, x[k], field_inverse(f, x[k])),
                                    element_equal(x[k], zero) ? zero : one));
        }
    }
}

Test(field, what_is_no_element_is_refused)
{
    FOR_ALL_FIELDS(f)
    {
        element ok[] = {{{0}}, minus(f, 1)}, wrong[] = {{{0}}, f->p, {{0}}, {{0}}};
        memset(&wrong[3], 0xff, sizeof wrong[3]);
        void *a = pack(f, ok, 2), *b = pack(f, wrong, 2), *c = pack(f, wrong + 2, 2);
        cr_assert(f->valid(f, a, 2));
        cr_assert(!f->valid(f, b, 2));
        cr_assert(!f->valid(f, c, 2));
        free(a), free(b), free(c);
    }
}

/* Vector instructions take several items at a time, and those that are left over one by one. */
Test(field, products_of_any_length_are_those_of_one_item)
{
    enum { LONGEST = 41 };
    FOR_ALL_FIELDS(f)
    {
        element x[ALL], y[ALL];
        all_values(f, x);
        for (size_t k = 0; k < ALL; k++) y[k] = x[(7 * k + 3) % ALL];
        for (size_t len = 0; len <= LONGEST; len++) {
            void *a = pack(f, x, LONGEST), *b = pack(f, y, LONGEST), *c = pack(f, x, LONGEST);
            f->mul(f, a, a, b, len);
            f->add_scaled(f, c, b, x[5], len);
            f->scale(f, b, b, x[7], len);
            for (size_t k = 0; k < LONGEST; k++) {
                bool inside = k < len;
                element sum = field_plus(f, x[k], f->times(f, y[k], x[5]));
                cr_assert(element_equal(item(f, a, k), inside ? f->times(f, x[k], y[k]) : x[k]));
                cr_assert(element_equal(item(f, b, k), inside ? f->times(f, y[k], x[7]) : y[k]));
                cr_assert(element_equal(item(f, c, k), inside ? sum : x[k]));
            }
            free(a), free(b), free(c);
        }
    }
}

/* --- streams */

static stream *open_stream(uint8_t first, const char *purpose, uint64_t index)
{
    uint8_t key[KEY_BYTES] = {first};
    stream *s = NULL;
    cr_assert_eq(stream_open(&s, key, purpose, index, NULL), OK);
    return s;
}

Test(stream, draws_do_not_depend_on_how_they_are_cut)
{
    FOR_ALL_FIELDS(f)
    {
        enum { LEN = 300 };
        void *whole = malloc(LEN * f->size), *parts = malloc(LEN * f->size);
        stream *a = open_stream(1, "test", 0), *b = open_stream(1, "test", 0);
        cr_assert(stream_draw(a, f, whole, LEN));
        for (size_t at = 0, len = 1; at<LEN; at += len, len = at + 2 * len> LEN ? LEN - at : 2 * len)
            cr_assert(stream_draw(b, f, field_at(f, parts, at), len));
        cr_assert(!memcmp(whole, parts, LEN * f->size));
        cr_assert(f->valid(f, whole, LEN));
        stream_free(a), stream_free(b), free(whole), free(parts);
    }
}

Test(stream, another_key_purpose_or_index_gives_another_stream)
{
    uint64_t word[4];
    stream *s[] = {open_stream(1, "test", 0), open_stream(2, "test", 0), open_stream(1, "tess", 0),
                   open_stream(1, "test", 1)};
    for (size_t k = 0; k < 4; k++) cr_assert(stream_draw(s[k], &field_p61, &word[k], 1));
    for (size_t k = 0; k < 4; k++)
        for (size_t i = 0; i < k; i++) cr_assert_neq(word[k], word[i]);
    for (size_t k = 0; k < 4; k++) stream_free(s[k]);
}

/* A word of 61 ones is too rare to wait for: a field of three bits, whose ones come once in eight. */
static bool mask_three_bits(const field *f, void *a, size_t len)
{
    uint64_t *x = a;
    bool found = false;
    (void)f;
    for (size_t k = 0; k < len; k++) found |= (x[k] &= 7) == 7;
    return found;
}

static size_t first_seven(const field *f, const void *a, size_t len)
{
    const uint64_t *x = a;
    size_t k = 0;
    (void)f;
    while (k < len && x[k] != 7) k++;
    return k;
}

Test(stream, all_ones_is_drawn_again_and_the_rest_is_uniform)
{
    enum { LEN = 70000 };
    field three = field_p61;
    uint64_t *x = malloc(LEN * sizeof *x), *cut = malloc(LEN * sizeof *cut), seen[8] = {0};
    stream *a = open_stream(3, "test", 0), *b = open_stream(3, "test", 0);
    double chi = 0, each = LEN / 7.0;

    three.mask = mask_three_bits, three.first_ones = first_seven;
    cr_assert(stream_draw(a, &three, x, LEN));
    for (size_t k = 0; k < LEN; k += 7000) cr_assert(stream_draw(b, &three, cut + k, 7000));
    cr_assert(!memcmp(x, cut, LEN * sizeof *x), "a redraw goes by its position");
    for (size_t k = 0; k < LEN; k++) seen[x[k]]++;
    cr_assert_eq(seen[7], 0);
    for (size_t v = 0; v < 7; v++)
        chi += ((double)seen[v] - each) * ((double)seen[v] - each) / each;
    cr_assert_lt(chi, 35.0, "chi-square %f of 6 degrees of freedom", chi); /* below 1 in 10^5 */
    stream_free(a), stream_free(b), free(x), free(cut);
}

/* --- points */

Test(points, any_t_plus_1_points_of_a_polynomial_give_it_back)
{
    FOR_ALL_FIELDS(f)
    for (unsigned t = 1; t <= 15; t++) {
        element coefficient[16], by[16], value = {0};
        unsigned xs[16];
        for (unsigned k = 0; k <= t; k++) coefficient[k] = random_element(f), xs[k] = 2 * k + 1;
        lagrange(f, by, xs, t + 1, 0);
        for (unsigned k = 0; k <= t; k++) {
            element y = {0};
            for (unsigned i = t + 1; i--;)
                y = field_plus(f, f->times(f, y, element_of(xs[k])), coefficient[i]);
            value = field_plus(f, value, f->times(f, by[k], y));
        }
        cr_assert(element_equal(value, coefficient[0]));
    }
}

Test(points, a_set_function_is_1_at_0_and_0_at_those_outside)
{
    FOR_ALL_FIELDS(f)
    {
        cr_assert(element_equal(set_function(f, 0x1d, 7, 0), element_of(1))); /* nodes 0 2 3 4 of 7 */
        cr_assert(element_equal(set_function(f, 0x1d, 7, 2), element_of(0)));
        cr_assert(element_equal(set_function(f, 0x1d, 7, 6), element_of(0)));
        cr_assert(element_equal(set_function(f, 0x1d, 7, 7), element_of(0)));
        cr_assert(!element_equal(set_function(f, 0x1d, 7, 1), element_of(0)));
    }
}
