/* Bits shared over GF(2^m): the field's constants, the kernels of every processor against each other and against
 * single bits, and the protocols on wires against plain bits. */
#include "core_help.h"

#include "runtime/audit.h"
#include "runtime/bit_protocol.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

static uint64_t state = 1;

static uint64_t random_word(void)
{
    state ^= state << 13, state ^= state >> 7, state ^= state << 17;
    return state;
}

/* --- constants */

Test(gf2m, is_a_field_with_a_trace)
{
    for (unsigned m = 2; m <= GF2M_MOST; m++) {
        unsigned ones = 0;
        for (unsigned a = 0; a < 1u << m; a++) {
            ones += gf2m_trace(m, (gf2m)a);
            if (a) cr_assert_eq(gf2m_times(m, (gf2m)a, gf2m_inverse(m, (gf2m)a)), 1);
            for (unsigned b = 0; b < 1u << m; b++) {
                gf2m ab = gf2m_times(m, (gf2m)a, (gf2m)b);
                cr_assert(ab >> m == 0 && (ab || !a || !b), "m = %u: %u %u", m, a, b);
                cr_assert_eq(ab, gf2m_times(m, (gf2m)b, (gf2m)a));
                cr_assert_eq(gf2m_trace(m, ab),
                             (unsigned)__builtin_parity(gf2m_trace_of_product(m, (gf2m)a) & b));
            }
        }
        cr_assert_eq(ones, 1u << (m - 1));
        cr_assert_eq(gf2m_trace(m, gf2m_of_trace_1(m)), 1);
    }
}

Test(gf2m, interpolates)
{
    for (unsigned n = 3; n <= NODES_MAX; n += 4) {
        unsigned m = gf2m_degree(n), t = (n - 1) / 2;
        gf2m c[NODES_MAX], share[NODES_MAX], sum = 0;
        uint32_t among = ((uint32_t)1 << (t + 1)) - 1;
        cr_assert(n < 1u << m && n >= 1u << (m - 1));
        for (unsigned k = 0; k <= t; k++) c[k] = (gf2m)(random_word() % (1u << m));
        for (unsigned i = 0; i < n; i++) { /* Horner at i + 1 */
            share[i] = 0;
            for (unsigned k = t + 1; k-- > 0;)
                share[i] = gf2m_times(m, share[i], (gf2m)(i + 1)) ^ c[k];
        }
        for (unsigned i = 0; i <= t; i++)
            sum ^= gf2m_times(m, share[i], gf2m_lagrange(m, among, i));
        cr_assert_eq(sum, c[0], "n = %u", n);
        among >>= 1; /* with the value at 0 */
        for (unsigned to = 0; to < n; to++) {
            sum = gf2m_times(m, c[0], gf2m_lagrange_at(m, among, NODE_ZERO, to));
            for (unsigned i = 0; i < t; i++)
                sum ^= gf2m_times(m, share[i], gf2m_lagrange_at(m, among, i, to));
            cr_assert_eq(sum, share[to], "n = %u, node %u", n, to);
        }
    }
}

/* --- kernels */

enum { WORDS = 77, ITEMS = WORDS * WORD_BITS - 5 };

static wire random_wire(unsigned m, size_t words)
{
    wire x = {malloc(m * words * sizeof(uint64_t)), words};
    for (size_t k = 0; k < m * words; k++) x.v[k] = random_word();
    return x;
}

static gf2m item(wire x, unsigned m, size_t k)
{
    unsigned a = 0;
    for (unsigned p = 0; p < m; p++)
        a |= (unsigned)(x.v[p * x.stride + k / WORD_BITS] >> k % WORD_BITS & 1) << p;
    return (gf2m)a;
}

static unsigned bit(const uint64_t *v, size_t k)
{
    return (unsigned)(v[k / WORD_BITS] >> k % WORD_BITS & 1);
}

static void products_are_right(const bit_kernels *kernels, unsigned m)
{
    wire x = random_wire(m, WORDS), y = random_wire(m, WORDS), z = random_wire(m, WORDS);
    uint64_t out[WORDS];
    gf2m row[GF2M_MOST], c = (gf2m)(1 + random_word() % ((1u << m) - 1));

    for (unsigned a = 0; a < m; a++)
        row[a] = gf2m_trace_of_product(m, gf2m_times(m, c, (gf2m)(1u << a)));
    kernels->form(out, x, y, row, m, WORDS);
    for (size_t k = 0; k < ITEMS; k++) {
        gf2m xy = gf2m_times(m, item(x, m, k), item(y, m, k));
        cr_assert_eq(bit(out, k), gf2m_trace(m, gf2m_times(m, c, xy)), "%s", kernels->name);
    }
    kernels->linear(out, x, gf2m_trace_of_product(m, c), WORDS);
    for (size_t k = 0; k < ITEMS; k++)
        cr_assert_eq(bit(out, k), gf2m_trace(m, gf2m_times(m, c, item(x, m, k))));
    memcpy(x.v, z.v, m * WORDS * sizeof *x.v);
    kernels->add_scaled(x, out, c, m, WORDS);
    for (size_t k = 0; k < ITEMS; k++)
        cr_assert_eq(item(x, m, k), item(z, m, k) ^ (bit(out, k) ? c : 0));
    free(x.v), free(y.v), free(z.v);
}

/* In GF(2) itself, plane 0 alone, with the product of every set of bits given: S against w. */
static void decisions_are_right(const bit_kernels *kernels, unsigned m, unsigned bits)
{
    wire s[GROUP_MOST], product[MONOMIALS_MOST];
    uint64_t w[GROUP_MOST][WORDS], less[WORDS], equal[WORDS];
    bit_group g = {.bits = bits};

    for (unsigned k = 0; k < bits; k++) {
        s[k] = random_wire(m, WORDS);
        for (size_t i = 0; i < WORDS; i++) w[k][i] = random_word();
        g.known[k] = w[k];
    }
    for (unsigned set = 1; set < 1u << bits; set++) {
        wire p = product[set - 1] = random_wire(m, WORDS);
        memset(p.v, 0xff, WORDS * sizeof *p.v);
        for (unsigned k = 0; k < bits; k++)
            for (size_t i = 0; set >> k & 1 && i < WORDS; i++) p.v[i] &= s[k].v[i];
        g.monomial[set - 1] = p;
    }
    kernels->decide(less, equal, &g, 1, m, WORDS);
    for (size_t k = 0; k < ITEMS; k++) {
        unsigned of_s = 0, of_w = 0;
        for (unsigned c = 0; c < bits; c++) of_s |= bit(s[c].v, k) << c, of_w |= bit(w[c], k) << c;
        cr_assert_eq(bit(less, k), of_w < of_s, "%s: %u < %u", kernels->name, of_w, of_s);
        if (bits > 1) /* without the part that w alone decides */
            cr_assert_eq(bit(equal, k) ^ (of_w == 0), of_w == of_s);
    }
    for (unsigned k = 0; k < bits; k++) free(s[k].v);
    for (unsigned set = 1; set < 1u << bits; set++) free(product[set - 1].v);
}

static void transposes(const bit_kernels *kernels, unsigned bits, size_t len)
{
    size_t step = bits > WORD_BITS ? 2 : 1, words = words_of(len);
    uint64_t *in = malloc((len * step + 1) * sizeof *in),
             *out = calloc(bits * words + 1, sizeof *out);

    for (size_t k = 0; k < len * step; k++) in[k] = random_word();
    kernels->transpose(out, words, in, step, bits, len);
    for (size_t k = 0; k < len; k++)
        for (unsigned b = 0; b < bits; b++)
            cr_assert_eq(bit(out + b * words, k), in[k * step + b / WORD_BITS] >> b % WORD_BITS & 1,
                         "%s: bit %u of %zu", kernels->name, b, k);
    free(in), free(out);
}

static void expands(const bit_kernels *kernels, size_t len)
{
    uint64_t in[WORDS], out[WORDS * WORD_BITS + 1];

    for (size_t k = 0; k < WORDS; k++) in[k] = random_word();
    out[len] = 7;
    kernels->expand(out, in, len);
    for (size_t k = 0; k < len; k++) cr_assert_eq(out[k], bit(in, k), "%s", kernels->name);
    cr_assert_eq(out[len], 7);
}

static void lifts(const bit_kernels *kernels, size_t rows)
{
    enum { MOST = LIFT_GROUPS_MOST * LIFT_ROWS, ITEMS_LIFTED = LIFT_WORDS * WORD_BITS };
    uint64_t by[MOST], in[MOST][LIFT_WORDS], out[ITEMS_LIFTED];
    const uint64_t *row[MOST];

    for (size_t k = 0; k < rows; k++) {
        by[k] = k % 5 ? random_word() : ~(uint64_t)0 >> k % WORD_BITS;
        row[k] = in[k];
        for (size_t i = 0; i < LIFT_WORDS; i++) in[k][i] = random_word();
    }
    const bit_lift l = bits_lift_by(by, rows);
    kernels->lift(out, row, &l);
    for (size_t i = 0; i < ITEMS_LIFTED; i++) {
        uint64_t sum = 0;
        for (size_t k = 0; k < rows; k++) sum ^= by[k] & (0 - (uint64_t)bit(in[k], i));
        cr_assert_eq(out[i], sum, "%s: item %zu of %zu rows", kernels->name, i, rows);
    }
}

/* An item of a factor at point k: the sum of its parts that are 0, 1 or anything where the point's digit is infinity. */
static gf2m factor_at(const bit_parts *of, const uint64_t *const *x, size_t k, size_t item)
{
    gf2m sum = 0;

    for (size_t s = 0; s < (size_t)1 << of->d; s++) {
        size_t digits = k, counts = 1;
        for (unsigned v = 0; v < of->d; v++, digits /= 3)
            counts &= digits % 3 == 2 || digits % 3 == (s >> v & 1);
        for (unsigned a = 0; counts && a < of->m; a++)
            sum ^= (gf2m)(bit(x[s * of->m + a], item) << a);
    }
    return sum;
}

/* Every `step`-th point against products item by item. */
static void points_are_right(const bit_kernels *kernels, unsigned m, unsigned d, size_t step)
{
    enum { POINTS = 729, ROWS = GF2M_MOST << POINT_VARIABLES };
    wire in[2] = {random_wire(m, (size_t)LIFT_WORDS << d), random_wire(m, (size_t)LIFT_WORDS << d)};
    const uint64_t *row[2][ROWS];
    const bit_parts of = {row[0], row[1], m, d};
    gf60_sum *sum = calloc(POINTS * m, sizeof *sum);
    uint64_t *room = malloc(POINT_ROOM * sizeof *room), by[2 * LIFT_WORDS];

    for (size_t k = 0; k < 2 * LIFT_WORDS; k++) by[k] = random_word() & GF60_MASK;
    for (size_t k = 0; k < (size_t)m << d; k++)
        for (unsigned x = 0; x < 2; x++) row[x][k] = in[x].v + k * LIFT_WORDS;
    kernels->points(sum, &of, by, room);
    size_t points = 1;
    for (unsigned v = 0; v < d; v++) points *= 3;
    for (size_t k = 0; k < points; k += step) {
        uint64_t z[GF2M_MOST][LIFT_WORDS] = {{0}};
        for (size_t i = 0; i < (size_t)LIFT_WORDS * WORD_BITS; i++) {
            gf2m p = gf2m_times(m, factor_at(&of, of.x, k, i), factor_at(&of, of.y, k, i));
            for (unsigned a = 0; a < m; a++)
                z[a][i / WORD_BITS] |= (uint64_t)(p >> a & 1) << i % WORD_BITS;
        }
        for (unsigned a = 0; a < m; a++) {
            gf60_sum right = {0};
            gf60_add_halves_portable(&right, by, z[a], LIFT_WORDS);
            cr_assert(right.low == sum[k * m + a].low && right.high == sum[k * m + a].high,
                      "%s: plane %u at %zu of %u variables", kernels->name, a, k, d);
        }
    }
    free(in[0].v), free(in[1].v), free(sum), free(room);
}

Test(bits, kernels_of_the_checks_are_right)
{
    const bit_kernels *kernels;
    for (size_t k = 0; (kernels = bits_of_processor(k)); k++) {
        for (size_t len = 0; len <= WORDS * WORD_BITS; len += 21) expands(kernels, len);
        for (size_t rows = LIFT_ROWS; rows <= LIFT_GROUPS_MOST * LIFT_ROWS; rows += 3 * LIFT_ROWS)
            lifts(kernels, rows);
        for (unsigned m = 2; m <= GF2M_MOST; m++) {
            for (unsigned d = 0; d <= 2; d++) points_are_right(kernels, m, d, 1);
            points_are_right(kernels, m, POINT_VARIABLES, 59);
            points_are_right(kernels, m, POINT_VARIABLES - 1, 101);
        }
    }
}

static void lifted_fields_agree(const field *f, gf60_halves *halves, size_t len)
{
    enum { MOST = 64, ROWS = 3 };
    const field *right = &gf60_portable;
    uint64_t x[MOST * ROWS], y[MOST * ROWS], out[MOST] = {0}, wanted[MOST] = {0};
    gf60_sum sum = {1, 2}, wanted_sum = {1, 2};

    for (size_t k = 0; k < MOST * ROWS; k++) {
        x[k] = k % 3 ? random_word() & GF60_MASK : GF60_MASK;
        y[k] = k % 4 ? random_word() & GF60_MASK : k % 8;
    }
    const element c = element_of(x[1]);
    f->mul(f, out, x, y, len), right->mul(right, wanted, x, y, len);
    cr_assert_arr_eq(out, wanted, sizeof out);
    f->scale(f, out, x, c, len), right->scale(right, wanted, x, c, len);
    cr_assert_arr_eq(out, wanted, sizeof out);
    f->add_scaled(f, out, y, c, len), right->add_scaled(right, wanted, y, c, len);
    cr_assert_arr_eq(out, wanted, sizeof out);
    f->combine(f, out, x, len, y, ROWS, len, 0);
    right->combine(right, wanted, x, len, y, ROWS, len, 0);
    cr_assert_arr_eq(out, wanted, sizeof out);
    for (size_t m = 1; m <= 2; m++) {
        f->matmul(f, out, x, y, ROWS, len, m), right->matmul(right, wanted, x, y, ROWS, len, m);
        cr_assert_arr_eq(out, wanted, sizeof out);
    }
    halves(&sum, x, y, len), gf60_add_halves_portable(&wanted_sum, x, y, len);
    cr_assert(sum.low == wanted_sum.low && sum.high == wanted_sum.high);
}

Test(gf60, combinations_are_sums_of_multiples)
{
    enum { LEN = 9, ROWS = 3 };
    const field *f = &gf60_portable;
    uint64_t x[ROWS * LEN], by[ROWS], out[LEN], wanted[LEN];

    for (size_t k = 0; k < ROWS * LEN; k++) x[k] = random_word() & GF60_MASK;
    for (size_t k = 0; k < ROWS; k++) by[k] = random_word() & GF60_MASK;
    f->scale(f, wanted, x, element_of(by[0]), LEN);
    for (size_t k = 1; k < ROWS; k++) f->add_scaled(f, wanted, x + k * LEN, element_of(by[k]), LEN);
    f->combine(f, out, x, LEN, by, ROWS, LEN, 0);
    cr_assert_arr_eq(out, wanted, sizeof out);
}

Test(gf60, is_the_same_on_every_processor)
{
    for (size_t len = 0; len <= 64; len++) {
        if (gf60_with_clmul())
            lifted_fields_agree(gf60_with_clmul(), gf60_halves_with_clmul(), len);
        if (gf60_with_vclmul())
            lifted_fields_agree(gf60_with_vclmul(), gf60_halves_with_vclmul(), len);
    }
}

Test(bits, kernels_of_every_processor_are_right)
{
    const bit_kernels *kernels;
    for (size_t k = 0; (kernels = bits_of_processor(k)); k++)
        for (unsigned m = 2; m <= GF2M_MOST; m++) {
            products_are_right(kernels, m);
            for (unsigned bits = 1; bits <= GROUP_MOST; bits++)
                decisions_are_right(kernels, m, bits);
            for (size_t len = 1; len < 1200; len += 133) {
                transposes(kernels, 61, len);
                transposes(kernels, 127, len);
            }
        }
    cr_assert_eq(bits_of_processor(0), &bits_portable);
}

Test(bits, packed_and_unpacked_are_the_same)
{
    enum { ROWS = 5, MOST = 200 };
    uint64_t in[ROWS * 4], out[ROWS * 4];
    uint8_t packed[ROWS * MOST / 8 + 1];

    for (size_t len = 1; len <= MOST; len++) {
        for (size_t k = 0; k < ROWS * 4; k++) in[k] = random_word(), out[k] = 0;
        packed[bits_packed(ROWS, len)] = 0x5a;
        bits_pack(packed, in, 4, ROWS, len);
        cr_assert_eq(packed[bits_packed(ROWS, len)], 0x5a, "%zu bits: too many", len);
        bits_unpack(out, 4, packed, ROWS, len);
        for (size_t row = 0; row < ROWS; row++)
            for (size_t k = 0; k < len; k++) {
                const size_t at = row * len + k;
                cr_assert_eq(packed[at / 8] >> at % 8 & 1, bit(in + row * 4, k), "%zu packed", k);
                cr_assert_eq(bit(in + row * 4, k), bit(out + row * 4, k), "%zu of %zu", k, len);
            }
    }
}

/* --- protocols on wires */

typedef struct plain_bits {
    size_t len;
    uint64_t x[3], y[3]; /* words */
} plain_bits;

/* Bits that every node knows, dealt by node 0. */
static wires shared(job *j, const uint64_t *x, size_t len)
{
    wires out = job_wires(j, 1, words_of(len));
    turn all = {.words = words_of(len), .items = len};
    uint64_t *own = job_words(j, all.words);
    bit_post mail = {NULL};

    memcpy(own, x, all.words * sizeof *own);
    bits_deal(j, &mail, all, 1, job_box(j)->self == 0 ? own : NULL, out);
    job_wait(j);
    bits_arrive(j, &mail);
    return out;
}

static const plain_bits *given;

static void multiply_and_convert(job *j)
{
    const box *b = job_box(j);
    size_t len = given->len;
    wires x = shared(j, given->x, len), y = shared(j, given->y, len),
          z = job_wires(j, 1, words_of(len));
    uint64_t opened[3];
    void *number = job_vector(j, b->f, len), *back = job_vector(j, b->f, len);

    bits_and(j, z, &(bit_pair){wire_at(x, 0), wire_at(y, 0)}, len);
    bits_open(j, opened, z, len);
    bits_to_field(j, number, z, len);
    open_to_all(j, back, number, len);
    for (size_t k = 0; k < len; k++) {
        unsigned want = bit(given->x, k) & bit(given->y, k);
        cr_assert_eq(bit(opened, k), want, "n = %u, bit %zu of %zu", b->nodes, k, len);
        cr_assert_eq(((uint64_t *)back)[k], want, "n = %u, number %zu of %zu", b->nodes, k, len);
    }
}

static void run_alone(box *b, void (*run)(job *))
{
    failure err = {0};
    cr_assert_eq(job_begin(b, NULL, run, &err), OK);
    cr_assert_eq(job_finish_all(b, &err), OK, "%s", err.text);
}

static void on_each_box(abb *base, unsigned self, void *arg)
{
    (void)self, (void)arg;
    run_alone(box_of(base), multiply_and_convert);
}

Test(bits, products_openings_and_numbers_agree_with_plain_bits)
{
    static const unsigned size[][2] = {{3, 1}, {4, 1}, {5, 2}, {5, 1}, {6, 2},
                                       {7, 3}, {9, 2}, {9, 4}, {17, 8}};
    for (size_t s = 0; s < sizeof size / sizeof size[0]; s++)
        for (size_t len = 1; len <= 192; len += len < 60 ? 31 : 65) {
            plain_bits bits = {.len = len};
            for (size_t k = 0; k < 3; k++) bits.x[k] = random_word(), bits.y[k] = random_word();
            given = &bits;
            program *p = program_begin(61, 1);
            launch *l = launch_for(p, size[s][0], size[s][1], false);
            with_boxes(p, l, on_each_box, NULL);
            launch_free(l);
            program_free(p);
        }
}

/* --- whether numbers are in a range, by one mask for both ends */

enum { ENDS = 5, PLACES = 13, TIMES = 8, BELOW = ENDS * PLACES * TIMES };

typedef struct below_trial {
    unsigned bits;
    unum d[BELOW], end[BELOW];
} below_trial;

static unum random_below(unum most)
{
    const unum x = (unum)random_word() << 64 | random_word();
    return x % most;
}

/* Ends of so many bits, and numbers about what decides: the end, 0, p, and where the lowest bits turn over. Each several times,
 * for what is open of it is random. */
static void fill_trial(below_trial *t, unsigned q, unsigned bits)
{
    const unum p = ((unum)1 << q) - 1, power = (unum)1 << bits, most = (bits < q ? power : p) - 1;
    const unum ends[ENDS] = {1, most, most > 1 ? most - 1 : 1, 1 + most / 2, 1 + random_below(most)};
    size_t at = 0;

    t->bits = bits;
    for (size_t k = 0; k < ENDS; k++) {
        const unum
            e = ends[k],
            places[PLACES] = {
                0,         1,     e - 1,     e,         e + 1,           p - 1,          p - 2,
                power - 1, power, power + 1, p - power, random_below(e), random_below(p)};
        for (size_t i = 0; i < PLACES * TIMES; i++, at++)
            t->end[at] = e, t->d[at] = (places[i % PLACES] + p) % p;
    }
}

static void *vector_of(job *j, const unum *x)
{
    const field *f = job_box(j)->f;
    void *v = job_vector(j, f, BELOW);

    for (size_t k = 0; k < BELOW; k++)
        f->fill(f, field_at(f, v, k), (element){{(uint64_t)x[k], (uint64_t)(x[k] >> 64)}}, 1);
    return v;
}

static const below_trial *tried;

static void compare_with_ends(job *j)
{
    const below_trial *t = tried;
    const box *b = job_box(j);
    wires out = job_wires(j, below_wires(b, t->bits), words_of(BELOW));
    uint64_t *opened = job_words(j, out.count * out.words);
    const void *d = vector_of(j, t->d), *end = vector_of(j, t->end); /* shares of known numbers */

    bits_below(j, out, d, end, t->bits, BELOW);
    bits_open_whole(j, opened, out, BELOW, "what is said of ranges");
    check_point(j);
    for (size_t k = 0; k < BELOW; k++) {
        bool outside = false;
        for (size_t w = 0; w < out.count; w++) outside |= bit(opened + w * out.words, k);
        cr_assert_eq(!outside, t->d[k] < t->end[k], "n = %u, q = %u, %u bits: item %zu", b->nodes,
                     b->f->bits, t->bits, k);
    }
}

static void compare_on_box(abb *base, unsigned self, void *arg)
{
    (void)self, (void)arg;
    run_alone(box_of(base), compare_with_ends);
}

Test(bits, both_ends_of_a_range_by_one_mask)
{
    static const unsigned size[][2] = {{3, 1}, {4, 1}, {5, 2}}, field_bits[] = {61, 127};
    static below_trial t;

    for (size_t k = 0; k < 2 * sizeof size / sizeof *size; k++) {
        const unsigned q = field_bits[k % 2], *of = size[k / 2],
                       bits[] = {1, 2, 3, 31, q - 3, q - 1, q};
        program *p = program_begin((uint8_t)q, 1);
        launch *l = active_launch(p, of[0], of[1], false);
        tried = &t;
        for (size_t i = 0; i < sizeof bits / sizeof *bits; i++) {
            fill_trial(&t, q, bits[i]);
            with_boxes(p, l, compare_on_box, NULL);
        }
        launch_free(l);
        program_free(p);
    }
}
