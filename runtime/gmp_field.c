/* Arithmetic modulo any odd prime on a fixed number of limbs. Products are reduced as Barrett 1986 (Handbook of
 * Applied Cryptography, 14.42): no branch and no index depends on an element. */
#include "runtime/gmp_field.h"

#include <gmp.h>
#include <stdlib.h>
#include <string.h>

enum { LIMBS = ELEMENT_LIMBS, SCRATCH = 4 * LIMBS + 4 };

typedef struct gmp_field {
    field f;                        /* first: what others see */
    mp_size_t limbs;                /* k: words of an element */
    uint64_t p[LIMBS + 1];          /* and a 0 above */
    uint64_t half[LIMBS];           /* (p - 1) / 2 */
    uint64_t reciprocal[LIMBS + 1]; /* floor(2^(128 k) / p) */
    uint64_t carry[LIMBS];          /* 2^(128 k) mod p */
} gmp_field;

static const gmp_field *own(const field *f)
{
    return (const gmp_field *)f;
}

/* --- elements */

/* r = x mod p of any 2k words: two divisions by powers of the word and two products leave less than 3p. */
static void reduce(const gmp_field *g, uint64_t *r, const uint64_t *x)
{
    const mp_size_t k = g->limbs;
    uint64_t quotient[2 * LIMBS + 2], multiple[2 * LIMBS + 2], rest[LIMBS + 1], scratch[SCRATCH];

    mpn_sec_mul(quotient, x + k - 1, k + 1, g->reciprocal, k + 1, scratch);
    mpn_sec_mul(multiple, quotient + k + 1, k + 1, g->p, k, scratch);
    mpn_sub_n(rest, x, multiple, k + 1);
    for (int twice = 0; twice < 2; twice++) {
        mp_limb_t below = mpn_sub_n(rest, rest, g->p, k + 1);
        mpn_cnd_add_n(below, rest, rest, g->p, k + 1);
    }
    memcpy(r, rest, (size_t)k * sizeof *r);
}

static void elem_mul(const gmp_field *g, uint64_t *r, const uint64_t *a, const uint64_t *b)
{
    uint64_t product[2 * LIMBS], scratch[SCRATCH];
    mpn_sec_mul(product, a, g->limbs, b, g->limbs, scratch);
    reduce(g, r, product);
}

static void elem_add(const gmp_field *g, uint64_t *r, const uint64_t *a, const uint64_t *b)
{
    mp_limb_t carry = mpn_add_n(r, a, b, g->limbs);
    mp_limb_t below = mpn_sub_n(r, r, g->p, g->limbs) & (carry ^ 1);
    mpn_cnd_add_n(below, r, r, g->p, g->limbs);
}

static void elem_sub(const gmp_field *g, uint64_t *r, const uint64_t *a, const uint64_t *b)
{
    mp_limb_t below = mpn_sub_n(r, a, b, g->limbs);
    mpn_cnd_add_n(below, r, r, g->p, g->limbs);
}

/* A sum of products before it is reduced: 2k words, and one above for their carries. */
static void add_product(const gmp_field *g, uint64_t *sum, const uint64_t *a, const uint64_t *b)
{
    uint64_t product[2 * LIMBS], scratch[SCRATCH];
    const mp_size_t words = 2 * g->limbs;
    mpn_sec_mul(product, a, g->limbs, b, g->limbs, scratch);
    sum[words] += mpn_add_n(sum, sum, product, words);
}

static void reduce_sum(const gmp_field *g, uint64_t *r, const uint64_t *sum)
{
    const uint64_t carries[LIMBS] = {sum[2 * g->limbs]};
    uint64_t high[LIMBS];
    elem_mul(g, high, carries, g->carry);
    reduce(g, r, sum);
    elem_add(g, r, r, high);
}

static element times(const field *f, element a, element b)
{
    element r = {0};
    elem_mul(own(f), r.limb, a.limb, b.limb);
    return r;
}

/* --- vectors */

static uint64_t *at(const field *f, const void *v, size_t i)
{
    return (uint64_t *)(uintptr_t)v + i * (f->size / sizeof(uint64_t));
}

static void fill(const field *f, void *out, element c, size_t len)
{
    for (size_t i = 0; i < len; i++) memcpy(at(f, out, i), c.limb, f->size);
}

static void copy(const field *f, void *out, const void *a, size_t len)
{
    if (len && out != a) memmove(out, a, len * f->size);
}

static void add(const field *f, void *out, const void *a, const void *b, size_t len)
{
    for (size_t i = 0; i < len; i++) elem_add(own(f), at(f, out, i), at(f, a, i), at(f, b, i));
}

static void sub(const field *f, void *out, const void *a, const void *b, size_t len)
{
    for (size_t i = 0; i < len; i++) elem_sub(own(f), at(f, out, i), at(f, a, i), at(f, b, i));
}

static void mul(const field *f, void *out, const void *a, const void *b, size_t len)
{
    for (size_t i = 0; i < len; i++) elem_mul(own(f), at(f, out, i), at(f, a, i), at(f, b, i));
}

static void scale(const field *f, void *out, const void *a, element c, size_t len)
{
    for (size_t i = 0; i < len; i++) elem_mul(own(f), at(f, out, i), at(f, a, i), c.limb);
}

static void add_scaled(const field *f, void *out, const void *a, element c, size_t len)
{
    uint64_t scaled[LIMBS];
    if (element_equal(c, element_of(1))) {
        add(f, out, out, a, len);
        return;
    }
    for (size_t i = 0; i < len; i++) {
        elem_mul(own(f), scaled, at(f, a, i), c.limb);
        elem_add(own(f), at(f, out, i), at(f, out, i), scaled);
    }
}

static void add_constant(const field *f, void *out, const void *a, element c, size_t len)
{
    for (size_t i = 0; i < len; i++) elem_add(own(f), at(f, out, i), at(f, a, i), c.limb);
}

static void matmul(const field *f, void *out, const void *a, const void *b, size_t n, size_t d,
                   size_t m)
{
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j < m; j++) {
            uint64_t total[2 * LIMBS + 1] = {0};
            for (size_t k = 0; k < d; k++)
                add_product(own(f), total, at(f, a, i * d + k), at(f, b, k * m + j));
            reduce_sum(own(f), at(f, out, i * m + j), total);
        }
}

static void sums(const field *f, void *out, const void *a, size_t run, size_t runs)
{
    for (size_t r = 0; r < runs; r++) {
        uint64_t total[LIMBS] = {0};
        for (size_t i = r * run; i < (r + 1) * run; i++) {
            elem_add(own(f), total, total, at(f, a, i));
            memcpy(at(f, out, i), total, f->size);
        }
    }
}

static void sum(const field *f, void *out, const void *a, size_t run, size_t runs)
{
    for (size_t r = 0; r < runs; r++) {
        uint64_t total[LIMBS] = {0};
        for (size_t i = r * run; i < (r + 1) * run; i++)
            elem_add(own(f), total, total, at(f, a, i));
        memcpy(at(f, out, r), total, f->size);
    }
}

static void spread(const field *f, void *out, const void *a, size_t times_each, size_t len)
{
    for (size_t i = 0; i < len; i++)
        for (size_t c = 0; c < times_each; c++)
            memcpy(at(f, out, i * times_each + c), at(f, a, i), f->size);
}

static void pick(const field *f, void *out, ptrdiff_t out_stride, const void *a, ptrdiff_t stride,
                 size_t len)
{
    uint8_t *to = out;
    const uint8_t *from = a;
    const ptrdiff_t size = (ptrdiff_t)f->size;
    for (ptrdiff_t i = 0; i < (ptrdiff_t)len; i++)
        memcpy(to + i * out_stride * size, from + i * stride * size, f->size);
}

static void bit(const field *f, void *out, const void *a, unsigned k, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        uint64_t value = at(f, a, i)[k / 64] >> k % 64 & 1, *to = at(f, out, i);
        memset(to, 0, f->size);
        to[0] = value;
    }
}

static void shift(const field *f, void *out, const void *a, unsigned k, size_t len)
{
    const size_t limbs = f->size / sizeof(uint64_t), whole = k / 64 < limbs ? k / 64 : limbs;
    for (size_t i = 0; i < len; i++) {
        uint64_t *to = at(f, out, i);
        memmove(to, at(f, a, i) + whole, (limbs - whole) * sizeof *to);
        memset(to + limbs - whole, 0, whole * sizeof *to);
        if (k % 64) mpn_rshift(to, to, (mp_size_t)limbs, k % 64);
    }
}

/* 1 when x < p. */
static mp_limb_t is_element(const gmp_field *g, const uint64_t *x)
{
    uint64_t difference[LIMBS];
    return mpn_sub_n(difference, x, g->p, g->limbs);
}

static bool has_zero(const field *f, const void *a, size_t len)
{
    unsigned found = 0;
    for (size_t i = 0; i < len; i++) {
        uint64_t any = 0;
        for (size_t k = 0; k < f->size / sizeof any; k++) any |= at(f, a, i)[k];
        found |= any == 0;
    }
    return found;
}

static bool valid(const field *f, const void *a, size_t len)
{
    mp_limb_t all = 1;
    for (size_t i = 0; i < len; i++) all &= is_element(own(f), at(f, a, i));
    return all;
}

static bool mask(const field *f, void *a, size_t len)
{
    const size_t top = f->size / sizeof(uint64_t) - 1;
    const unsigned spare = (unsigned)(64 * (top + 1)) - f->bits;
    mp_limb_t all = 1;
    for (size_t i = 0; i < len; i++) {
        at(f, a, i)[top] &= UINT64_MAX >> spare;
        all &= is_element(own(f), at(f, a, i));
    }
    return !all;
}

static size_t first_none(const field *f, const void *a, size_t len)
{
    size_t i = 0;
    while (i < len && is_element(own(f), at(f, a, i))) i++;
    return i;
}

/* --- to and from numbers in the clear */

static void from_num(const field *f, void *out, const plain *a, size_t len)
{
    const gmp_field *g = own(f);
    const size_t limbs = (size_t)g->limbs, words = 2 + a->extra;
    const size_t common = limbs < words ? limbs : words;
    for (size_t i = 0; i < len; i++) {
        const uint64_t *from = item_words(a->v, i, a->extra);
        uint64_t *to = at(f, out, i), negative = from[words - 1] >> 63;
        memcpy(to, from, common * sizeof *to);
        for (size_t k = common; k < limbs; k++) to[k] = 0 - negative;
        mpn_cnd_add_n(negative, to, to, g->p, g->limbs);
    }
}

static void to_num(const field *f, plain *out, const void *a, bool has_sign, size_t len)
{
    const gmp_field *g = own(f);
    const size_t limbs = (size_t)g->limbs, words = 2 + out->extra;
    const size_t common = limbs < words ? limbs : words;
    uint64_t value[LIMBS], difference[LIMBS];
    for (size_t i = 0; i < len; i++) {
        uint64_t *to = item_words(out->v, i, out->extra);
        mp_limb_t negative = mpn_sub_n(difference, g->half, at(f, a, i), g->limbs) & has_sign;
        memcpy(value, at(f, a, i), f->size);
        mpn_cnd_sub_n(negative, value, value, g->p, g->limbs);
        memcpy(to, value, common * sizeof *to);
        for (size_t k = common; k < words; k++) to[k] = 0 - negative;
    }
}

/* --- making one */

static const field kernels = {.fill = fill,
                              .copy = copy,
                              .add = add,
                              .sub = sub,
                              .mul = mul,
                              .scale = scale,
                              .add_scaled = add_scaled,
                              .add_constant = add_constant,
                              .matmul = matmul,
                              .sum = sum,
                              .sums = sums,
                              .spread = spread,
                              .pick = pick,
                              .bit = bit,
                              .shift = shift,
                              .has_zero = has_zero,
                              .valid = valid,
                              .mask = mask,
                              .first_ones = first_none,
                              .from_num = from_num,
                              .to_num = to_num,
                              .times = times};

static void make_constants(gmp_field *g, const uint64_t *prime)
{
    const size_t size = (size_t)g->limbs * sizeof *prime;
    uint64_t power_of_word[2 * LIMBS + 1] = {0}, quotient[LIMBS + 2], rest[LIMBS];
    memcpy(g->p, prime, size);
    memcpy(g->f.p.limb, prime, size);
    mpn_rshift(g->half, prime, g->limbs, 1);
    power_of_word[2 * g->limbs] = 1;
    mpn_tdiv_qr(quotient, rest, 0, power_of_word, 2 * g->limbs + 1, prime, g->limbs);
    memcpy(g->reciprocal, quotient, size + sizeof *prime); /* p is above 2^(64 (k-1)) */
    memcpy(g->carry, rest, size);
}

const field *gmp_field_new(const uint64_t *prime, unsigned bits, bool dry)
{
    gmp_field *g = calloc(1, sizeof *g);
    if (!g) return NULL;
    g->f = kernels;
    g->limbs = (mp_size_t)prime_limbs(bits);
    g->f.bits = bits, g->f.size = (size_t)g->limbs * sizeof *prime, g->f.any_prime = true;
    make_constants(g, prime);
    if (dry) field_dry(&g->f);
    return &g->f;
}

void gmp_field_free(const field *f)
{
    free((void *)(uintptr_t)f);
}

const field *field_open(const program *p, bool dry)
{
    return p->prime ? gmp_field_new(p->prime, p->field_bits, dry) : field_of(p->field_bits, dry);
}

void field_close(const field *f)
{
    if (f && f->any_prime) gmp_field_free(f);
}
