/* Choosing a field, arithmetic on single public elements, and the dry twins. */
#include "runtime/field.h"

_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__,
               "vectors go on the wire as they are in memory");

unum field_plus(const field *f, unum a, unum b)
{
    unum x = a + b;
    return x >= f->p ? x - f->p : x;
}

unum field_minus(const field *f, unum a, unum b)
{
    return a >= b ? a - b : a + (f->p - b);
}

unum field_power_of_2(const field *f, unsigned k)
{
    return (unum)1 << k % f->bits;
}

unum field_inverse(const field *f, unum a)
{
    unum r = 1, e = f->p - 2;
    for (; e; e >>= 1) {
        if (e & 1) r = f->times(r, a);
        a = f->times(a, a);
    }
    return r;
}

void *field_at(const field *f, const void *v, size_t k)
{
    return v ? (uint8_t *)(uintptr_t)v + k * f->size : NULL;
}

/* --- the dry twins: one function that does nothing for each shape of arguments */

#define UNUSED __attribute__((unused))

static void dry_fill(void *o UNUSED, unum c UNUSED, size_t len UNUSED)
{
}

static void dry_one(void *o UNUSED, const void *a UNUSED, size_t len UNUSED)
{
}

static void dry_two(void *o UNUSED, const void *a UNUSED, const void *b UNUSED, size_t len UNUSED)
{
}

static void dry_constant(void *o UNUSED, const void *a UNUSED, unum c UNUSED, size_t len UNUSED)
{
}

static void dry_matmul(void *o UNUSED, const void *a UNUSED, const void *b UNUSED, size_t n UNUSED,
                       size_t d UNUSED, size_t m UNUSED)
{
}

static void dry_runs(void *o UNUSED, const void *a UNUSED, size_t run UNUSED, size_t runs UNUSED)
{
}

static void dry_pick(void *o UNUSED, ptrdiff_t os UNUSED, const void *a UNUSED, ptrdiff_t s UNUSED,
                     size_t len UNUSED)
{
}

static void dry_bits(void *o UNUSED, const void *a UNUSED, unsigned k UNUSED, size_t len UNUSED)
{
}

static bool dry_has_zero(const void *a UNUSED, size_t len UNUSED)
{
    return false;
}

static bool dry_valid(const void *a UNUSED, size_t len UNUSED)
{
    return true;
}

static bool dry_mask(void *a UNUSED, size_t len UNUSED)
{
    return false;
}

static size_t dry_first_ones(const void *a UNUSED, size_t len)
{
    return len;
}

static void dry_from_num(void *o UNUSED, const num *a UNUSED, size_t len UNUSED)
{
}

static void dry_to_num(num *o UNUSED, const void *a UNUSED, size_t len UNUSED)
{
}

static unum p61_times(unum a, unum b)
{
    return field_p61.times(a, b);
}

static unum p127_times(unum a, unum b)
{
    return field_p127.times(a, b);
}

#define DRY_KERNELS                                                                                \
    .dry = true, .fill = dry_fill, .copy = dry_one, .add = dry_two, .sub = dry_two,                \
    .mul = dry_two, .scale = dry_constant, .add_scaled = dry_constant,                             \
    .add_constant = dry_constant, .matmul = dry_matmul, .sum = dry_runs, .sums = dry_runs,         \
    .spread = dry_runs, .pick = dry_pick, .bit = dry_bits, .shift = dry_bits,                      \
    .inverse_root = dry_one, .has_zero = dry_has_zero, .valid = dry_valid, .mask = dry_mask,       \
    .first_ones = dry_first_ones, .from_num = dry_from_num, .to_num = dry_to_num

static const field dry_p61 = {
    .bits = 61, .size = 8, .p = ((unum)1 << 61) - 1, DRY_KERNELS, .times = p61_times};
static const field dry_p127 = {
    .bits = 127, .size = 16, .p = ((unum)1 << 127) - 1, DRY_KERNELS, .times = p127_times};

const field *field_of(unsigned bits, bool dry)
{
    if (bits == 61) return dry ? &dry_p61 : &field_p61;
    if (bits == 127) return dry ? &dry_p127 : &field_p127;
    return NULL;
}
