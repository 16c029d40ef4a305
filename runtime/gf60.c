/* GF(2^60) without carry-less multiplication, choosing the best for this processor, and the lift of GF(2^m). */
#include "runtime/gf60.h"

typedef struct wide_product {
    uint64_t low, high;
} wide_product;

/* The low word of the product: each factor is parted into four with three holes between its bits, so that the
 * carries of integer products fall into holes (Pornin, BearSSL, "constant-time multiplication"). */
static uint64_t low_product(uint64_t a, uint64_t b)
{
    uint64_t out = 0;

    for (unsigned k = 0; k < 4; k++) {
        const uint64_t hole = UINT64_C(0x1111111111111111) << k;
        uint64_t part = 0;
        for (unsigned i = 0; i < 4; i++) {
            const unsigned j = (k - i) % 4;
            part ^=
                (a & UINT64_C(0x1111111111111111) << i) * (b & UINT64_C(0x1111111111111111) << j);
        }
        out |= part & hole;
    }
    return out;
}

static uint64_t reversed(uint64_t a)
{
    a = (a >> 1 & UINT64_C(0x5555555555555555)) | (a & UINT64_C(0x5555555555555555)) << 1;
    a = (a >> 2 & UINT64_C(0x3333333333333333)) | (a & UINT64_C(0x3333333333333333)) << 2;
    a = (a >> 4 & UINT64_C(0x0f0f0f0f0f0f0f0f)) | (a & UINT64_C(0x0f0f0f0f0f0f0f0f)) << 4;
    return __builtin_bswap64(a);
}

/* The high word is the low word of the reversed factors' product, reversed. */
static wide_product product(uint64_t a, uint64_t b)
{
    return (wide_product){low_product(a, b), reversed(low_product(reversed(a), reversed(b))) >> 1};
}

#define GF60_KERNELS gf60_portable
#define GF60_HALVES gf60_add_halves_portable
#include "runtime/gf60_kernels.h"

#ifdef __x86_64__
extern const field gf60_clmul, gf60_vclmul;
gf60_halves gf60_add_halves_clmul, gf60_add_halves_vclmul;

static bool has_clmul(void)
{
    return __builtin_cpu_supports("pclmul");
}

static bool has_vclmul(void)
{
    return __builtin_cpu_supports("vpclmulqdq") && __builtin_cpu_supports("avx512f") &&
           __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512dq") &&
           __builtin_cpu_supports("avx512bw");
}

const field *gf60_with_clmul(void)
{
    return has_clmul() ? &gf60_clmul : NULL;
}

const field *gf60_with_vclmul(void)
{
    return has_vclmul() ? &gf60_vclmul : NULL;
}

gf60_halves *gf60_halves_with_clmul(void)
{
    return has_clmul() ? gf60_add_halves_clmul : NULL;
}

gf60_halves *gf60_halves_with_vclmul(void)
{
    return has_vclmul() ? gf60_add_halves_vclmul : NULL;
}
#else
const field *gf60_with_clmul(void)
{
    return NULL;
}

const field *gf60_with_vclmul(void)
{
    return NULL;
}

gf60_halves *gf60_halves_with_clmul(void)
{
    return NULL;
}

gf60_halves *gf60_halves_with_vclmul(void)
{
    return NULL;
}
#endif

const field *gf60(bool dry)
{
    if (dry) return &field_gf60_dry;
    if (gf60_with_vclmul()) return gf60_with_vclmul();
    return gf60_with_clmul() ? gf60_with_clmul() : &gf60_portable;
}

void gf60_add_halves(gf60_sum *to, const uint64_t *by, const uint64_t *word, size_t words)
{
    gf60_halves *best = gf60_halves_with_vclmul();

    if (!best) best = gf60_halves_with_clmul();
    (best ? best : gf60_add_halves_portable)(to, by, word, words);
}

uint64_t gf60_times(uint64_t a, uint64_t b)
{
    return times(a, b);
}

uint64_t gf60_lift(unsigned m, gf2m a)
{
    /* The smallest roots of the polynomials of gf2m.c. */
    static const uint64_t root[GF2M_MOST + 1] = {
        0, 0, 0x6983c00fe00104a, 0x3f31b4da8dbe90b, 0x20c62032ed044ee, 0xd20be6650d7165};
    uint64_t lifted = 0, power = 1;

    for (unsigned k = 0; k < m; k++, power = times(power, root[m]))
        if (a >> k & 1) lifted ^= power;
    return lifted;
}
