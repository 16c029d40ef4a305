/* The field of 2^61 - 1 on processors with AVX-512 and IFMA, by which inner products are sums of products of 52 bits. */
#ifdef __AVX512IFMA__
#include "runtime/p61_lanes512.h"

/* a = a1 2^52 + a0 and so b: sums of what counts with 1, with 2^52 and with 2^104. */
typedef struct product_sums {
    lanes low, middle, high;
} product_sums;

/* Factors of 64 bits are not too long. */
static inline void sums_add(product_sums *s, lanes a, lanes b)
{
    const lanes a1 = lanes_right(a, 52),
                b1 = lanes_right(b, 52); /* a0 and b0: the rest is not looked at */

    s->low = _mm512_madd52lo_epu64(s->low, a, b);
    s->middle = _mm512_madd52hi_epu64(s->middle, a, b);
    s->high = _mm512_madd52hi_epu64(s->high, a, b1);
    s->middle = _mm512_madd52lo_epu64(s->middle, a, b1);
    s->high = _mm512_madd52hi_epu64(s->high, a1, b);
    s->middle = _mm512_madd52lo_epu64(s->middle, a1, b);
    s->high = _mm512_madd52lo_epu64(s->high, a1, b1);
}

static inline product_sums no_sums(void)
{
    const lanes none = lanes_all(0);
    return (product_sums){none, none, none};
}

enum {
    SUMS_LANES = 1 << 10
}; /* so many products a lane that three of 52 bits from each fit its sum */

/* low + middle 2^52 + high 2^104 in each lane, in [0, p): what goes beyond 2^61 counts 1. Below 2^63: two summands are
 * below 2^61, one is of 55 and one of 46 bits, and the last is reduced. */
static inline lanes sums_of_lanes(const product_sums *s)
{
    enum { MIDDLE = 61 - 52, HIGH = 2 * 61 - 104 };
    const lanes low_middle = lanes_and(s->middle, lanes_all(((elem)1 << MIDDLE) - 1)),
                low_high = lanes_and(s->high, lanes_all(((elem)1 << HIGH) - 1));
    lanes sum = lanes_add(lanes_left(low_middle, 61 - MIDDLE), lanes_left(low_high, 61 - HIGH));

    sum = lanes_add(sum, lanes_add(lanes_right(s->middle, MIDDLE), lanes_right(s->high, HIGH)));
    return lanes_reduce(lanes_add(sum, lanes_reduce(s->low)));
}

/* Eight numbers below p add up to less than 2^64; _mm512_reduce_add_epi64 adds with a sign. */
static inline elem sums_take(const product_sums *s)
{
    uint64_t each[LANES], sum = 0;

    _mm512_storeu_si512(each, sums_of_lanes(s));
    for (size_t k = 0; k < LANES; k++) sum += each[k];
    return elem_reduce(sum);
}

static inline size_t least(size_t a, size_t b)
{
    return a < b ? a : b;
}

/* LANES items, or those that there are, and zeros. */
static inline lanes lanes_up_to(const elem *from, size_t items)
{
    return items < LANES ? _mm512_maskz_loadu_epi64((__mmask8)((1u << items) - 1), from)
                         : lanes_load(from);
}

static inline void lanes_store_up_to(elem *to, lanes x, size_t items)
{
    if (items < LANES)
        _mm512_mask_storeu_epi64(to, (__mmask8)((1u << items) - 1), x);
    else
        lanes_store(to, x);
}

/* The inner product of at most SUMS_LANES LANES items, by sums of which none waits for another. */
static elem short_dot(const elem *a, const elem *b, size_t d)
{
    enum { AT_ONCE = 4 };
    product_sums s[AT_ONCE] = {no_sums(), no_sums(), no_sums(), no_sums()};
    size_t k = 0;

    for (; k + AT_ONCE * LANES <= d; k += AT_ONCE * LANES)
        for (size_t i = 0; i < AT_ONCE; i++)
            sums_add(&s[i], lanes_load(a + k + i * LANES), lanes_load(b + k + i * LANES));
    for (; k < d; k += LANES) sums_add(&s[0], lanes_up_to(a + k, d - k), lanes_up_to(b + k, d - k));
    for (size_t i = 1; i < AT_ONCE; i++) {
        s[0].low = lanes_add(s[0].low, s[i].low);
        s[0].middle = lanes_add(s[0].middle, s[i].middle);
        s[0].high = lanes_add(s[0].high, s[i].high);
    }
    return sums_take(&s[0]);
}

static elem dot(const elem *a, const elem *b, size_t d)
{
    elem total = 0;

    for (size_t from = 0, len; from < d; from += len) {
        len = least(d - from, SUMS_LANES * LANES);
        total = elem_fold(total + short_dot(a + from, b + from, len));
    }
    return total;
}

/* a - b, to which as many p are added as make it no less than 0. */
static inline lanes difference(lanes a, lanes b, elem p)
{
    return lanes_add(a, _mm512_sub_epi64(lanes_all(p), b));
}

/* Into the second cache, where what will be read next is waited for. */
static inline void fetch(const elem *at)
{
    _mm_prefetch((const char *)at, _MM_HINT_T1);
}

static void vector_weigh(const field *f, void *out, void *sum, const void *by, const void *x,
                         const void *z, size_t len, size_t ahead)
{
    const elem *a = x, *b = z, *w = by;
    elem *o = out, *total = sum;

    (void)f;
    for (size_t from = 0, end; from < len; from = end) {
        product_sums all = no_sums();
        end = from + least(len - from, SUMS_LANES * LANES);
        for (size_t k = from; k < end; k += LANES) {
            const lanes c = lanes_up_to(w + k, end - k);
            product_sums one = no_sums();
            fetch(a + k + ahead), fetch(b + k + ahead);
            sums_add(&one, lanes_up_to(a + k, end - k), c);
            sums_add(&all, lanes_up_to(b + k, end - k), c);
            lanes_store_up_to(o + k, sums_of_lanes(&one), end - k);
        }
        *total = elem_fold(*total + sums_take(&all));
    }
}

enum { CORNERS = 4, SQUARE_POINTS = 9 };

/* at[k] += the products at point k, from the second on. Where x and y are 0 so are they, modulo p. */
static inline void square_add(product_sums *at, const lanes *x, const lanes *y)
{
    sums_add(&at[1], x[1], y[1]);
    sums_add(&at[2], difference(x[1], x[0], ELEM_P), difference(y[1], y[0], ELEM_P));
    sums_add(&at[3], x[2], y[2]);
    sums_add(&at[4], x[3], y[3]);
    sums_add(&at[5], difference(x[3], x[2], ELEM_P), difference(y[3], y[2], ELEM_P));
    sums_add(&at[6], difference(x[2], x[0], ELEM_P), difference(y[2], y[0], ELEM_P));
    sums_add(&at[7], difference(x[3], x[1], ELEM_P), difference(y[3], y[1], ELEM_P));
    sums_add(&at[8], difference(lanes_add(x[3], x[0]), lanes_add(x[2], x[1]), 2 * ELEM_P),
             difference(lanes_add(y[3], y[0]), lanes_add(y[2], y[1]), 2 * ELEM_P));
}

static void vector_square(const field *f, void *h, const void *const *x, const void *const *y,
                          size_t len, size_t ahead)
{
    const elem *const *a = (const elem *const *)x, *const *b = (const elem *const *)y;
    elem *sum = h;

    (void)f;
    for (size_t from = 0, end; from < len; from = end) {
        product_sums at[SQUARE_POINTS];
        lanes c[CORNERS], d[CORNERS];
        size_t k = from;
        end = from + least(len - from, SUMS_LANES * LANES);
        for (unsigned i = 1; i < SQUARE_POINTS; i++) at[i] = no_sums();
        for (; k + LANES <= end; k += LANES) {
            for (unsigned i = 0; i < CORNERS; i++) {
                fetch(b[i] + k + ahead);
                c[i] = lanes_load(a[i] + k), d[i] = lanes_load(b[i] + k);
            }
            square_add(at, c, d);
        }
        if (k < end) {
            for (unsigned i = 0; i < CORNERS; i++)
                c[i] = lanes_up_to(a[i] + k, end - k), d[i] = lanes_up_to(b[i] + k, end - k);
            square_add(at, c, d);
        }
        for (unsigned i = 1; i < SQUARE_POINTS; i++) sum[i] = elem_fold(sum[i] + sums_take(&at[i]));
    }
}

static void vector_combine(const field *f, void *out, const void *x, size_t stride,
                           const void *weight, size_t count, size_t len, size_t ahead)
{
    const elem *in = x, *by = weight;
    elem *o = out;

    (void)f;
    for (size_t k = 0; k < len; k += LANES) {
        product_sums sums = no_sums();
        for (size_t s = 0; s < count; s++) {
            const elem *at = in + s * stride + k;
            fetch(at + ahead);
            sums_add(&sums, lanes_up_to(at, len - k), lanes_all(by[s]));
        }
        lanes_store_up_to(o + k, sums_of_lanes(&sums), len - k);
    }
}

static void elem_matmul(const field *f, void *out, const void *a, const void *b, size_t n, size_t d,
                        size_t m)
{
    elem *o = out;
    const elem *x = a;

    if (m != 1) {
        p61_matmul(f, out, a, b, n, d, m);
        return;
    }
    for (size_t i = 0; i < n; i++) o[i] = dot(x + i * d, b, d);
}

#include "runtime/field_kernels.h"

const field field_p61_ifma = {FIELD_KERNELS, .weigh = vector_weigh, .square = vector_square,
                              .combine = vector_combine};

#endif
