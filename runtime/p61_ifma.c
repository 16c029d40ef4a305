/* The field of 2^61 - 1 on processors with AVX-512 and IFMA, by which inner products are sums of products of 52 bits. */
#ifdef __AVX512IFMA__
#include "runtime/p61_lanes512.h"

/* a = a1 2^52 + a0 and so b: what counts with 1, with 2^52 and with 2^104, each kind of product in a sum of its own, so
 * that none waits for another. */
typedef struct product_sums {
    lanes low, middle[3], high[3];
} product_sums;

static inline void sums_add(product_sums *s, lanes a, lanes b)
{
    const lanes a1 = lanes_right(a, 52),
                b1 = lanes_right(b, 52); /* a0 and b0: the rest is not looked at */

    s->low = _mm512_madd52lo_epu64(s->low, a, b);
    s->middle[0] = _mm512_madd52hi_epu64(s->middle[0], a, b);
    s->middle[1] = _mm512_madd52lo_epu64(s->middle[1], a, b1);
    s->middle[2] = _mm512_madd52lo_epu64(s->middle[2], a1, b);
    s->high[0] = _mm512_madd52hi_epu64(s->high[0], a, b1);
    s->high[1] = _mm512_madd52hi_epu64(s->high[1], a1, b);
    s->high[2] = _mm512_madd52lo_epu64(s->high[2], a1, b1);
}

static inline product_sums no_sums(void)
{
    const lanes none = lanes_all(0);
    return (product_sums){none, {none, none, none}, {none, none, none}};
}

/* Eight numbers of up to p add up to less than 2^64; _mm512_reduce_add_epi64 adds with a sign. */
static inline elem sum_of_lanes(lanes x)
{
    uint64_t each[LANES], sum = 0;

    _mm512_storeu_si512(each, lanes_reduce(x));
    for (size_t k = 0; k < LANES; k++) sum += each[k];
    return elem_reduce(sum);
}

static inline lanes sum_of_three(const lanes *x)
{
    return lanes_add(lanes_add(x[0], x[1]), x[2]);
}

enum { SUMS_LANES = 1 << 10 }; /* so many products a lane that three of the sums fit one */

static inline elem sums_take(const product_sums *s)
{
    const elem low = sum_of_lanes(s->low),
               middle = elem_mul(sum_of_lanes(sum_of_three(s->middle)), (elem)1 << 52),
               high = elem_mul(sum_of_lanes(sum_of_three(s->high)), (elem)1 << (104 - ELEM_BITS));
    return elem_fold(elem_fold(low + middle) + high);
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

static elem dot(const elem *a, const elem *b, size_t d)
{
    elem total = 0;

    for (size_t from = 0, end; from < d; from = end) {
        product_sums s = no_sums();
        end = from + least(d - from, SUMS_LANES * LANES);
        for (size_t k = from; k < end; k += LANES)
            sums_add(&s, lanes_up_to(a + k, end - k), lanes_up_to(b + k, end - k));
        total = elem_fold(total + sums_take(&s));
    }
    return total;
}

/* a - b + p, which is below 2p: factors of 64 bits are not too long. */
static inline lanes difference(lanes a, lanes b)
{
    return lanes_add(a, _mm512_sub_epi64(lanes_all(ELEM_P), b));
}

static void vector_line(const field *f, void *h, const void *const *x, const void *const *y,
                        size_t len)
{
    const elem *x0 = x[0], *x1 = x[1], *y0 = y[0], *y1 = y[1];
    elem *sum = h;

    (void)f;
    for (size_t from = 0, end; from < len; from = end) {
        product_sums at[3] = {no_sums(), no_sums(), no_sums()};
        end = from + least(len - from, SUMS_LANES * LANES);
        for (size_t k = from; k < end; k += LANES) {
            const lanes a = lanes_up_to(x0 + k, end - k), b = lanes_up_to(y0 + k, end - k),
                        c = lanes_up_to(x1 + k, end - k), d = lanes_up_to(y1 + k, end - k);
            sums_add(&at[0], a, b);
            sums_add(&at[1], c, d);
            sums_add(&at[2], difference(c, a), difference(d, b)); /* p p where there is none */
        }
        for (unsigned i = 0; i < 3; i++) sum[i] = elem_fold(sum[i] + sums_take(&at[i]));
    }
}

/* s.low + s.middle 2^52 + s.high 2^104 of few products in each lane: below 2^60, what goes beyond 2^61 counts 1. */
static inline lanes sums_of_lanes(const product_sums *s)
{
    enum { MIDDLE = 61 - 52, HIGH = 2 * 61 - 104 };
    const lanes middle = sum_of_three(s->middle), high = sum_of_three(s->high),
                low_middle = lanes_and(middle, lanes_all(((elem)1 << MIDDLE) - 1)),
                low_high = lanes_and(high, lanes_all(((elem)1 << HIGH) - 1));
    lanes sum = lanes_add(lanes_left(low_middle, 61 - MIDDLE), lanes_left(low_high, 61 - HIGH));

    sum = lanes_add(sum, lanes_add(lanes_right(middle, MIDDLE), lanes_right(high, HIGH)));
    return lanes_reduce(lanes_add(sum, lanes_reduce(s->low)));
}

static void vector_combine(const field *f, void *out, const void *x, size_t stride,
                           const void *weight, size_t count, size_t len)
{
    const elem *in = x, *by = weight;
    elem *o = out;

    (void)f;
    for (size_t k = 0; k < len; k += LANES) {
        product_sums sums = no_sums();
        for (size_t s = 0; s < count; s++)
            sums_add(&sums, lanes_up_to(in + s * stride + k, len - k), lanes_all(by[s]));
        const lanes sum = sums_of_lanes(&sums);
        if (len - k < LANES)
            _mm512_mask_storeu_epi64(o + k, (__mmask8)((1u << (len - k)) - 1), sum);
        else
            lanes_store(o + k, sum);
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

const field field_p61_ifma = {FIELD_KERNELS, .line = vector_line, .combine = vector_combine};

#endif
