/* The vector functions of a Mersenne field, written once. Included by p61*.c and p127.c after they have
 * defined: elem (an unsigned type), ELEM_BITS (q), ELEM_P, ELEM_P_LIMBS, elem_from and element_from (of and to a
 * public element), elem_fold (a sum of two elements, or one masked to q bits plus a small carry, to [0, p)),
 * elem_mul, and elem_matmul. The loops are for the compiler to make vectors of. */

#define OWN const field *f __attribute__((unused)) /* one field, whose p is a constant */

static inline elem elem_add(elem a, elem b)
{
    return elem_fold(a + b);
}

static inline elem elem_sub(elem a, elem b)
{
    return elem_fold(a + (ELEM_P - b));
}

static void vector_fill(OWN, void *out, element c, size_t len)
{
    elem *o = out;
    for (size_t k = 0; k < len; k++) o[k] = elem_from(c);
}

static void vector_copy(OWN, void *out, const void *a, size_t len)
{
    if (len && out != a) memmove(out, a, len * sizeof(elem));
}

static void vector_add(OWN, void *out, const void *a, const void *b, size_t len)
{
    elem *o = out;
    const elem *x = a, *y = b;
    for (size_t k = 0; k < len; k++) o[k] = elem_add(x[k], y[k]);
}

static void vector_sub(OWN, void *out, const void *a, const void *b, size_t len)
{
    elem *o = out;
    const elem *x = a, *y = b;
    for (size_t k = 0; k < len; k++) o[k] = elem_sub(x[k], y[k]);
}

#ifndef ELEM_LANES /* else the includer has these three, some elements at a time */
static void vector_mul(OWN, void *out, const void *a, const void *b, size_t len)
{
    elem *o = out;
    const elem *x = a, *y = b;
    for (size_t k = 0; k < len; k++) o[k] = elem_mul(x[k], y[k]);
}

static void vector_scale(OWN, void *out, const void *a, element c, size_t len)
{
    elem *o = out;
    const elem *x = a, factor = elem_from(c);
    for (size_t k = 0; k < len; k++) o[k] = elem_mul(x[k], factor);
}

static void vector_add_scaled(OWN, void *out, const void *a, element c, size_t len)
{
    elem *o = out;
    const elem *x = a, factor = elem_from(c);
    if (factor == 1) {
        vector_add(f, out, out, a, len);
        return;
    }
    for (size_t k = 0; k < len; k++) o[k] = elem_add(o[k], elem_mul(x[k], factor));
}
#endif

static void vector_add_constant(OWN, void *out, const void *a, element c, size_t len)
{
    elem *o = out;
    const elem *x = a, term = elem_from(c);
    for (size_t k = 0; k < len; k++) o[k] = elem_add(x[k], term);
}

static void vector_sum(OWN, void *out, const void *a, size_t run, size_t runs)
{
    elem *o = out;
    const elem *x = a;
    for (size_t r = 0; r < runs; r++) {
        elem total = 0;
        for (size_t k = 0; k < run; k++) total = elem_add(total, x[r * run + k]);
        o[r] = total;
    }
}

static void vector_sums(OWN, void *out, const void *a, size_t run, size_t runs)
{
    elem *o = out;
    const elem *x = a;
    for (size_t r = 0; r < runs; r++) {
        elem total = 0;
        for (size_t k = 0; k < run; k++) o[r * run + k] = total = elem_add(total, x[r * run + k]);
    }
}

#ifndef ELEM_CHOSEN /* else the includer has it */
static void vector_sum_chosen(OWN, void *out, const void *a, const uint64_t *chosen, size_t len)
{
    const elem *x = a;
    elem *o = out, total = 0;
    for (size_t k = 0; k < len; k++)
        total = elem_add(total, x[k] & (0 - (elem)(chosen[k / 64] >> k % 64 & 1)));
    *o = total;
}
#endif

static void vector_spread(OWN, void *out, const void *a, size_t times, size_t len)
{
    elem *o = out;
    const elem *x = a;
    for (size_t k = 0; k < len; k++)
        for (size_t c = 0; c < times; c++) o[k * times + c] = x[k];
}

static void vector_pick(OWN, void *out, ptrdiff_t out_stride, const void *a, ptrdiff_t stride,
                        size_t len)
{
    elem *o = out;
    const elem *x = a;
    for (size_t k = 0; k < len; k++) o[(ptrdiff_t)k * out_stride] = x[(ptrdiff_t)k * stride];
}

static void vector_bit(OWN, void *out, const void *a, unsigned bit, size_t len)
{
    elem *o = out;
    const elem *x = a;
    for (size_t k = 0; k < len; k++) o[k] = x[k] >> bit & 1;
}

static void vector_shift(OWN, void *out, const void *a, unsigned bits, size_t len)
{
    elem *o = out;
    const elem *x = a;
    for (size_t k = 0; k < len; k++) o[k] = x[k] >> bits;
}

static bool vector_has_zero(OWN, const void *a, size_t len)
{
    const elem *x = a;
    unsigned found = 0;
    for (size_t k = 0; k < len; k++) found |= x[k] == 0;
    return found;
}

static bool vector_valid(OWN, const void *a, size_t len)
{
    const elem *x = a;
    unsigned wrong = 0;
    for (size_t k = 0; k < len; k++) wrong |= x[k] >= ELEM_P;
    return !wrong;
}

static bool vector_mask(OWN, void *a, size_t len)
{
    elem *x = a;
    unsigned found = 0;
    for (size_t k = 0; k < len; k++) {
        x[k] &= ELEM_P;
        found |= x[k] == ELEM_P;
    }
    return found;
}

static size_t vector_first_ones(OWN, const void *a, size_t len)
{
    const elem *x = a;
    size_t k = 0;
    while (k < len && x[k] != ELEM_P) k++;
    return k;
}

static inline elem from_num(num a)
{
    unum negative = (unum)(a >> 127); /* all ones or none */
    return (elem)((unum)a + (negative & (unum)ELEM_P));
}

static void vector_from_num(OWN, void *out, const plain *a, size_t len)
{
    elem *o = out;
    num low;
    for (size_t k = 0; k < len && !a->extra; k++) o[k] = from_num(a->v[k]);
    for (size_t k = 0; k < len && a->extra; k++) { /* what goes here fits its lowest words */
        memcpy(&low, item_words(a->v, k, a->extra), sizeof low);
        o[k] = from_num(low);
    }
}

static inline num to_num(elem x, bool has_sign)
{
    unum negative = 0 - (unum)(x >> (ELEM_BITS - 1) & has_sign); /* above (p-1)/2 = 2^(q-1) - 1 */
    return (num)((unum)x - (negative & (unum)ELEM_P));
}

static void vector_to_num(OWN, plain *out, const void *a, bool has_sign, size_t len)
{
    const elem *x = a;
    for (size_t k = 0; k < len && !out->extra; k++) out->v[k] = to_num(x[k], has_sign);
    for (size_t k = 0; k < len && out->extra; k++) {
        const num v = to_num(x[k], has_sign);
        uint64_t *word = item_words(out->v, k, out->extra);
        memset(word, v < 0 ? 0xff : 0, item_size(out->extra));
        memcpy(word, &v, sizeof v);
    }
}

static element element_times(OWN, element a, element b)
{
    return element_from(elem_mul(elem_from(a), elem_from(b)));
}

#define FIELD_KERNELS                                                                              \
    .bits = ELEM_BITS, .size = sizeof(elem), .p = ELEM_P_LIMBS, .dry = false, .fill = vector_fill, \
    .copy = vector_copy, .add = vector_add, .sub = vector_sub, .mul = vector_mul,                  \
    .scale = vector_scale, .add_scaled = vector_add_scaled, .add_constant = vector_add_constant,   \
    .matmul = elem_matmul, .sum = vector_sum, .sums = vector_sums,                                 \
    .sum_chosen = vector_sum_chosen, .spread = vector_spread, .pick = vector_pick,                 \
    .bit = vector_bit, .shift = vector_shift, .has_zero = vector_has_zero, .valid = vector_valid,  \
    .mask = vector_mask, .first_ones = vector_first_ones, .from_num = vector_from_num,             \
    .to_num = vector_to_num, .times = element_times
