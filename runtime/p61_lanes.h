/* Products in the field of 2^61 - 1, LANES elements at a time. Included by p61_avx2.c and p61_lanes512.h after they have
 * defined: lanes (a vector of 64-bit words), LANES, lanes_all (a word in every lane), lanes_load, lanes_store,
 * lanes_add, lanes_and, lanes_left and lanes_right (shifts), lanes_mul (of the low halves), and lanes_fold (2p - 2 and
 * less to [0, p)). */
#define ELEM_LANES LANES

/* a = a1 2^32 + a0 and so b: a0 b0 + (a0 b1 + a1 b0) 2^32 + a1 b1 2^64, and 2^61 = 1. Below 2^63: each of the
 * five summands is below 2^61, or 2^33. */
static inline lanes lanes_product(lanes a, lanes b)
{
    const lanes p = lanes_all(ELEM_P);
    lanes a1 = lanes_right(a, 32), b1 = lanes_right(b, 32);
    lanes low = lanes_mul(a, b), high = lanes_mul(a1, b1);
    lanes middle = lanes_add(lanes_mul(a, b1), lanes_mul(a1, b));
    lanes x = lanes_add(lanes_and(low, p), lanes_right(low, 61));
    lanes y = lanes_add(lanes_and(lanes_left(middle, 32), p), lanes_right(middle, 29));
    return lanes_add(lanes_add(x, y), lanes_left(high, 3));
}

/* To [0, p), from anywhere. */
static inline lanes lanes_reduce(lanes x)
{
    return lanes_fold(lanes_add(lanes_and(x, lanes_all(ELEM_P)), lanes_right(x, 61)));
}

/* A factor of many products, c, and 2^32 c: their low 31 bits and their high 30. */
typedef struct lanes_factor {
    lanes low, high, low_moved, high_moved;
} lanes_factor;

enum { FACTOR_BITS = 31 };

static inline lanes_factor lanes_by(elem c)
{
    const elem mask = ((elem)1 << FACTOR_BITS) - 1, moved = elem_mul(c, (elem)1 << 32);
    return (lanes_factor){lanes_all(c & mask), lanes_all(c >> FACTOR_BITS), lanes_all(moved & mask),
                          lanes_all(moved >> FACTOR_BITS)};
}

/* a = a1 2^32 + a0, so a c = a0 c + a1 (2^32 c). The low parts add up to less than 2^63 + 2^60, the high ones, which count
 * 2^31, to less than 2^62 + 2^59; all to less than 2^63 + 2^62. */
static inline lanes lanes_times(lanes a, const lanes_factor *c)
{
    lanes a1 = lanes_right(a, 32);
    lanes low = lanes_add(lanes_mul(a, c->low), lanes_mul(a1, c->low_moved));
    lanes high = lanes_add(lanes_mul(a, c->high), lanes_mul(a1, c->high_moved));
    lanes moved = lanes_and(lanes_left(high, FACTOR_BITS), lanes_all(ELEM_P));
    return lanes_add(low, lanes_add(moved, lanes_right(high, ELEM_BITS - FACTOR_BITS)));
}

static void vector_mul(const field *f, void *out, const void *a, const void *b, size_t len)
{
    elem *o = out;
    const elem *x = a, *y = b;
    size_t k = 0;

    (void)f;
    for (; k + LANES <= len; k += LANES)
        lanes_store(o + k, lanes_reduce(lanes_product(lanes_load(x + k), lanes_load(y + k))));
    for (; k < len; k++) o[k] = elem_mul(x[k], y[k]);
}

static void vector_scale(const field *f, void *out, const void *a, element c, size_t len)
{
    elem *o = out;
    const elem *x = a, factor = elem_from(c);
    const lanes_factor factors = lanes_by(factor);
    size_t k = 0;

    (void)f;
    for (; k + LANES <= len; k += LANES)
        lanes_store(o + k, lanes_reduce(lanes_times(lanes_load(x + k), &factors)));
    for (; k < len; k++) o[k] = elem_mul(x[k], factor);
}

static void vector_add(const field *f, void *out, const void *a, const void *b, size_t len);

static void vector_add_scaled(const field *f, void *out, const void *a, element c, size_t len)
{
    elem *o = out;
    const elem *x = a, factor = elem_from(c);
    const lanes_factor factors = lanes_by(factor);
    size_t k = 0;

    if (factor == 1) {
        vector_add(f, out, out, a, len);
        return;
    }
    for (; k + LANES <= len; k += LANES) {
        lanes term = lanes_times(lanes_load(x + k), &factors);
        lanes_store(o + k, lanes_reduce(lanes_add(lanes_load(o + k), term)));
    }
    for (; k < len; k++) o[k] = elem_fold(o[k] + elem_mul(x[k], factor));
}
