/* The primes of fields above 127 bits: those that are chosen, and whether a number is one. */
#ifndef MOOT_VM_PRIME_H
#define MOOT_VM_PRIME_H

#include "vm/base.h"

enum {
    PRIME_BITS = 1024, /* of the largest */
    PRIME_LIMBS = PRIME_BITS / 64,
    PRIME_STEP =
        64 /* chosen primes have a multiple of this many bits, and nearly all of their top bits set */
};

/* How many words a prime of so many bits has. */
static inline unsigned prime_limbs(unsigned bits)
{
    return (bits + 63) / 64;
}

/* The field that a program is to run in. */
typedef struct field_request {
    unsigned bits;         /* 0: the smallest that holds everything; 61 or 127: 2^bits - 1 */
    const uint64_t *prime; /* else this prime, which has so many bits */
} field_request;

/* The chosen prime of at least `bits` bits, lowest word first; how many it has, or 0 when there is none. */
unsigned prime_chosen(unsigned bits, uint64_t prime[PRIME_LIMBS]);

/* The words of 2^bits - 1, lowest first; what is above them is left as it is. */
void prime_mersenne(unsigned bits, uint64_t *out);

unsigned prime_bits(const uint64_t *prime, unsigned limbs); /* of any number */

/* Whether this number is an odd prime; wrong with a probability below 2^-100. */
bool prime_is(const uint64_t *prime, unsigned limbs);

/* Reads a decimal number of at most PRIME_BITS bits; its bits, or 0 when it is none. */
unsigned prime_parse(const char *text, uint64_t prime[PRIME_LIMBS]);
/* Writes it in decimal to out, at least PRIME_TEXT bytes; returns out. */
enum { PRIME_TEXT = 320 };
char *prime_print(const uint64_t *prime, unsigned limbs, char *out);

#endif
