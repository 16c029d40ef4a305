/* Choosing a field, arithmetic on single public elements, and the dry twins. */
#include "runtime/gf60.h"

#include <gmp.h>

_Static_assert(sizeof(mp_limb_t) == sizeof(uint64_t), "elements are limbs of libgmp");
_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__,
               "vectors go on the wire as they are in memory");

/* out = a - b, of all limbs; whether it borrowed. */
static bool subtract(element *out, const element *a, const element *b)
{
    return mpn_sub_n(out->limb, a->limb, b->limb, ELEMENT_LIMBS);
}

bool field_is_mersenne(const field *f)
{
    for (unsigned k = 0; k < f->bits; k++)
        if (!(f->p.limb[k / 64] >> k % 64 & 1)) return false;
    return true;
}

/* a + b and a - b where the characteristic is 2. */
static element exclusive(element a, element b)
{
    for (unsigned k = 0; k < ELEMENT_LIMBS; k++) a.limb[k] ^= b.limb[k];
    return a;
}

element field_plus(const field *f, element a, element b)
{
    element sum, less;

    if (f->binary) return exclusive(a, b);
    bool carry = mpn_add_n(sum.limb, a.limb, b.limb, ELEMENT_LIMBS);
    bool below = subtract(&less, &sum, &f->p);
    return below && !carry ? sum : less;
}

element field_minus(const field *f, element a, element b)
{
    element difference;

    if (f->binary) return exclusive(a, b);
    if (subtract(&difference, &a, &b))
        mpn_add_n(difference.limb, difference.limb, f->p.limb, ELEMENT_LIMBS);
    return difference;
}

element element_of_wide(const field *f, wide v)
{
    element e = {{0}};

    wide_put(e.limb, ELEMENT_LIMBS, wide_sign(v) < 0 ? wide_neg(v) : v);
    return wide_sign(v) < 0 ? field_minus(f, element_of(0), e) : e;
}

/* a^e */
static element power(const field *f, element a, const element *e)
{
    element r = element_of(1);
    for (unsigned k = f->bits; k-- > 0;) {
        r = f->times(f, r, r);
        if (e->limb[k / 64] >> k % 64 & 1) r = f->times(f, r, a);
    }
    return r;
}

element field_power_of_2(const field *f, unsigned k)
{
    element r = {0};
    if (k >= f->bits)
        return f->times(f, field_power_of_2(f, f->bits - 1), field_power_of_2(f, k - f->bits + 1));
    r.limb[k / 64] = (uint64_t)1 << k % 64;
    return r;
}

element field_inverse(const field *f, element a)
{
    const element two = element_of(2);
    element e;

    subtract(&e, &f->p, &two);
    return power(f, a, &e);
}

void *field_at(const field *f, const void *v, size_t k)
{
    return v ? (uint8_t *)(uintptr_t)v + k * f->size : NULL;
}

/* --- the dry twins: one function that does nothing for each shape of arguments */

#define UNUSED __attribute__((unused))

static void dry_fill(const field *f UNUSED, void *o UNUSED, element c UNUSED, size_t len UNUSED)
{
}

static void dry_one(const field *f UNUSED, void *o UNUSED, const void *a UNUSED, size_t len UNUSED)
{
}

static void dry_two(const field *f UNUSED, void *o UNUSED, const void *a UNUSED,
                    const void *b UNUSED, size_t len UNUSED)
{
}

static void dry_constant(const field *f UNUSED, void *o UNUSED, const void *a UNUSED,
                         element c UNUSED, size_t len UNUSED)
{
}

static void dry_matmul(const field *f UNUSED, void *o UNUSED, const void *a UNUSED,
                       const void *b UNUSED, size_t n UNUSED, size_t d UNUSED, size_t m UNUSED)
{
}

static void dry_runs(const field *f UNUSED, void *o UNUSED, const void *a UNUSED, size_t run UNUSED,
                     size_t runs UNUSED)
{
}

static void dry_chosen(const field *f UNUSED, void *o UNUSED, const void *a UNUSED,
                       const uint64_t *chosen UNUSED, size_t len UNUSED)
{
}

static void dry_pick(const field *f UNUSED, void *o UNUSED, ptrdiff_t os UNUSED,
                     const void *a UNUSED, ptrdiff_t s UNUSED, size_t len UNUSED)
{
}

static void dry_bits(const field *f UNUSED, void *o UNUSED, const void *a UNUSED, unsigned k UNUSED,
                     size_t len UNUSED)
{
}

static bool dry_has_zero(const field *f UNUSED, const void *a UNUSED, size_t len UNUSED)
{
    return false;
}

static bool dry_valid(const field *f UNUSED, const void *a UNUSED, size_t len UNUSED)
{
    return true;
}

static bool dry_mask(const field *f UNUSED, void *a UNUSED, size_t len UNUSED)
{
    return false;
}

static size_t dry_first_ones(const field *f UNUSED, const void *a UNUSED, size_t len)
{
    return len;
}

static void dry_from_num(const field *f UNUSED, void *o UNUSED, const plain *a UNUSED,
                         size_t len UNUSED)
{
}

static void dry_to_num(const field *f UNUSED, plain *o UNUSED, const void *a UNUSED, bool s UNUSED,
                       size_t len UNUSED)
{
}

static element p61_times(const field *f UNUSED, element a, element b)
{
    return field_p61.times(&field_p61, a, b);
}

static element p127_times(const field *f UNUSED, element a, element b)
{
    return field_p127.times(&field_p127, a, b);
}

static element lifted_times(const field *f UNUSED, element a, element b)
{
    return gf60_portable.times(&gf60_portable, a, b);
}

#define DRY_KERNELS                                                                                \
    .dry = true, .fill = dry_fill, .copy = dry_one, .add = dry_two, .sub = dry_two,                \
    .mul = dry_two, .scale = dry_constant, .add_scaled = dry_constant,                             \
    .add_constant = dry_constant, .matmul = dry_matmul, .sum = dry_runs, .sums = dry_runs,         \
    .sum_chosen = dry_chosen, .spread = dry_runs, .pick = dry_pick, .bit = dry_bits,               \
    .shift = dry_bits, .has_zero = dry_has_zero, .valid = dry_valid, .mask = dry_mask,             \
    .first_ones = dry_first_ones, .from_num = dry_from_num, .to_num = dry_to_num

void field_dry(field *f)
{
    const field kept = *f;
    *f = (field){.bits = kept.bits,
                 .size = kept.size,
                 .p = kept.p,
                 .any_prime = kept.any_prime,
                 .binary = kept.binary,
                 .times = kept.times,
                 DRY_KERNELS};
}

static const field dry_p61 = {
    .bits = 61, .size = 8, .p = {{UINT64_MAX >> 3}}, DRY_KERNELS, .times = p61_times};
static const field dry_p127 = {
    .bits = 127, .size = 16, .p = {{UINT64_MAX, UINT64_MAX >> 1}}, DRY_KERNELS, .times = p127_times};

const field field_gf60_dry = {.bits = GF60_BITS,
                              .size = sizeof(uint64_t),
                              .p = {{(uint64_t)1 << GF60_BITS}},
                              .binary = true,
                              DRY_KERNELS,
                              .times = lifted_times};

/* --- the best for this processor */

#ifdef __x86_64__
extern const field field_p61_avx2, field_p61_avx512, field_p61_ifma;

const field *field_p61_with_avx2(void)
{
    return __builtin_cpu_supports("avx2") ? &field_p61_avx2 : NULL;
}

const field *field_p61_with_avx512(void)
{
    bool has = __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512vl") &&
               __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512bw");
    return has ? &field_p61_avx512 : NULL;
}

const field *field_p61_with_ifma(void)
{
    return field_p61_with_avx512() && __builtin_cpu_supports("avx512ifma") ? &field_p61_ifma : NULL;
}
#else
const field *field_p61_with_avx2(void)
{
    return NULL;
}

const field *field_p61_with_avx512(void)
{
    return NULL;
}

const field *field_p61_with_ifma(void)
{
    return NULL;
}
#endif

static const field *best_p61(void)
{
    const field *f = field_p61_with_ifma();

    if (!f) f = field_p61_with_avx512();
    if (!f) f = field_p61_with_avx2();
    return f ? f : &field_p61;
}

void field_take(const field *f, void *out, const plain *a, size_t len)
{
    size_t given = a->len < len ? a->len : len;

    f->from_num(f, out, a, given);
    f->fill(f, field_at(f, out, given), element_of(0), len - given);
}

const field *field_of(unsigned bits, bool dry)
{
    if (bits == 61) return dry ? &dry_p61 : best_p61();
    if (bits == 127) return dry ? &dry_p127 : &field_p127;
    return NULL;
}
