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

static inline elem sum_of_lanes(lanes x)
{
    uint64_t each[LANES];
    unum sum = 0;

    lanes_store(each, x);
    for (unsigned k = 0; k < LANES; k++) sum += each[k];
    return elem_reduce(sum);
}

static inline elem sums_take(const product_sums *s)
{
    elem low = sum_of_lanes(s->low), middle = 0, high = 0;

    for (unsigned k = 0; k < 3; k++) {
        middle = elem_fold(middle + sum_of_lanes(s->middle[k]));
        high = elem_fold(high + sum_of_lanes(s->high[k]));
    }
    middle = elem_mul(middle, (elem)1 << 52), high = elem_mul(high, (elem)1 << (104 - ELEM_BITS));
    return elem_fold(elem_fold(low + middle) + high);
}

static elem dot(const elem *a, const elem *b, size_t d)
{
    enum { STEP = LANES << 12 }; /* so many of 52 bits fit a lane */
    elem total = 0;
    size_t k = 0;

    for (size_t end; k + LANES <= d;) {
        product_sums s = {lanes_all(0),
                          {lanes_all(0), lanes_all(0), lanes_all(0)},
                          {lanes_all(0), lanes_all(0), lanes_all(0)}};
        for (end = d - k < STEP ? d : k + STEP; k + LANES <= end; k += LANES)
            sums_add(&s, lanes_load(a + k), lanes_load(b + k));
        total = elem_fold(total + sums_take(&s));
    }
    for (; k < d; k++) total = elem_fold(total + elem_mul(a[k], b[k]));
    return total;
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

const field field_p61_ifma = {FIELD_KERNELS};

#endif
