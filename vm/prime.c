/* Choosing, testing and writing the primes of large fields. */
#include "vm/prime.h"

#include <gmp.h>
#include <string.h>

/* 2^bits - below is prime and 3 modulo 4: the largest such, for bits from 192 on in steps of 64. */
static const uint16_t below[] = {237, 189, 197, 317,  825, 569,  789,
                                 305, 245, 825, 3897, 213, 2117, 105};

enum {
    LEAST_BITS = 192,
    TESTS = 50 /* of Miller and Rabin: each is passed by a quarter at most */
};

unsigned prime_chosen(unsigned bits, uint64_t prime[PRIME_LIMBS])
{
    unsigned which = bits <= LEAST_BITS ? 0 : (bits - LEAST_BITS + PRIME_STEP - 1) / PRIME_STEP;
    if (which >= sizeof below / sizeof *below) return 0;
    const unsigned limbs = (LEAST_BITS + which * PRIME_STEP) / 64;
    memset(prime, 0, PRIME_LIMBS * sizeof *prime);
    memset(prime, 0xff, limbs * sizeof *prime);
    prime[0] -= below[which] - 1u;
    return 64 * limbs;
}

void prime_mersenne(unsigned bits, uint64_t *out)
{
    for (unsigned k = 0; k < prime_limbs(bits); k++) out[k] = UINT64_MAX;
    out[prime_limbs(bits) - 1] >>= 64 * prime_limbs(bits) - bits;
}

unsigned prime_bits(const uint64_t *prime, unsigned limbs)
{
    while (limbs && !prime[limbs - 1]) limbs--;
    return limbs ? 64 * limbs - (unsigned)__builtin_clzll(prime[limbs - 1]) : 0;
}

static void import(mpz_t out, const uint64_t *in, unsigned limbs)
{
    mpz_init(out);
    mpz_import(out, limbs, -1, sizeof *in, 0, 0, in);
}

bool prime_is(const uint64_t *prime, unsigned limbs)
{
    mpz_t p;
    import(p, prime, limbs);
    bool is = mpz_odd_p(p) && mpz_probab_prime_p(p, TESTS);
    mpz_clear(p);
    return is;
}

unsigned prime_parse(const char *text, uint64_t prime[PRIME_LIMBS])
{
    mpz_t p;
    size_t digits = strspn(text, "0123456789");
    if (!digits || text[digits] || digits >= PRIME_TEXT) return 0;
    mpz_init_set_str(p, text, 10);
    unsigned bits = (unsigned)mpz_sizeinbase(p, 2);
    memset(prime, 0, PRIME_LIMBS * sizeof *prime);
    if (bits <= PRIME_BITS) mpz_export(prime, NULL, -1, sizeof *prime, 0, 0, p);
    bool none = bits > PRIME_BITS || !mpz_sgn(p);
    mpz_clear(p);
    return none ? 0 : bits;
}

char *prime_print(const uint64_t *prime, unsigned limbs, char *out)
{
    mpz_t p;
    import(p, prime, limbs);
    mpz_get_str(out, 10, p);
    mpz_clear(p);
    return out;
}
