/* Products in the field of 2^61 - 1, LANES elements at a time. Included by p61_avx2.c and p61_avx512.c after they
 * have defined: lanes (a vector of 64-bit words), LANES, lanes_all (a word in every lane), lanes_load,
 * lanes_store, lanes_add, lanes_and, lanes_left and lanes_right (shifts), and lanes_mul (of the low halves). */
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
    const lanes p = lanes_all(ELEM_P);
    lanes y = lanes_add(lanes_and(x, p), lanes_right(x, 61));
    return lanes_and(lanes_add(y, lanes_right(lanes_add(y, lanes_all(1)), 61)), p);
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
    const lanes factors = lanes_all(factor);
    size_t k = 0;

    (void)f;
    for (; k + LANES <= len; k += LANES)
        lanes_store(o + k, lanes_reduce(lanes_product(lanes_load(x + k), factors)));
    for (; k < len; k++) o[k] = elem_mul(x[k], factor);
}

static void vector_add(const field *f, void *out, const void *a, const void *b, size_t len);

static void vector_add_scaled(const field *f, void *out, const void *a, element c, size_t len)
{
    elem *o = out;
    const elem *x = a, factor = elem_from(c);
    const lanes factors = lanes_all(factor);
    size_t k = 0;

    if (factor == 1) {
        vector_add(f, out, out, a, len);
        return;
    }
    for (; k + LANES <= len; k += LANES) {
        lanes term = lanes_product(lanes_load(x + k), factors);
        lanes_store(o + k, lanes_reduce(lanes_add(lanes_load(o + k), term)));
    }
    for (; k < len; k++) o[k] = elem_fold(o[k] + elem_mul(x[k], factor));
}
