/* Prime fields as functions on vectors, chosen once per session: 2^q - 1, p61 (one word an element) and p127
 * (two), and any other prime (gmp_field.h). Each has a dry twin of the same sizes whose vector functions do nothing, for members that hold no
 * shares and for the cost box. Knows nothing of shares.
 *
 * Elements are canonical, in [0, p), in little-endian words: a vector in memory is what goes on the wire.
 * Every function takes the field it belongs to first. No kernel branches or indexes on an element, save where
 * its comment says that they are public.
 * `out` may be an operand; vectors of a dry field are NULL. */
#ifndef MOOT_RUNTIME_FIELD_H
#define MOOT_RUNTIME_FIELD_H

#include <string.h>

#include "vm/plain.h"
#include "vm/wide.h"

enum { ELEMENT_LIMBS = 16 };

/* One public element, canonical, by its words from the lowest; those beyond the field's size are 0. */
typedef struct element {
    uint64_t limb[ELEMENT_LIMBS];
} element;

/* A number below every p. */
static inline element element_of(uint64_t small)
{
    return (element){{small}};
}

static inline bool element_equal(element a, element b)
{
    return memcmp(&a, &b, sizeof a) == 0;
}

typedef struct field field;

struct field {
    unsigned bits; /* q */
    size_t size;   /* bytes of an element, in memory and on the wire */
    element p;
    bool dry;
    bool any_prime; /* not 2^q - 1: made by gmp_field_new */
    bool binary;    /* GF(2^q), of p = 2^q elements: gf60.h */

    void (*fill)(const field *f, void *out, element c, size_t len);
    void (*copy)(const field *f, void *out, const void *a, size_t len);
    void (*add)(const field *f, void *out, const void *a, const void *b, size_t len);
    void (*sub)(const field *f, void *out, const void *a, const void *b, size_t len);
    void (*mul)(const field *f, void *out, const void *a, const void *b, size_t len);
    void (*scale)(const field *f, void *out, const void *a, element c, size_t len);
    void (*add_scaled)(const field *f, void *out, const void *a, element c,
                       size_t len); /* out += c a */
    void (*add_constant)(const field *f, void *out, const void *a, element c, size_t len);

    void (*matmul)(const field *f, void *out, const void *a, const void *b, size_t n, size_t d,
                   size_t m);
    /* Three that work on long vectors piece by piece, for verifying products; each is NULL where it is no faster than the
     * functions that are named. They may fetch what lies `ahead` items behind into the cache, whatever is there. */
    /* out = by x, and *sum += the inner product of by and z: mul and matmul. */
    void (*weigh)(const field *f, void *out, void *sum, const void *by, const void *x,
                  const void *z, size_t len, size_t ahead);
    /* Of polynomials in two variables, linear in each, whose values at (0,0), (1,0), (0,1), (1,1) are x[0] … x[3] and y[0] …
     * y[3], of len items: h[u + 3 v] += the inner product at (u,v), where 2 says infinity, that is the difference of 1 and 0;
     * save h[0]: matmul and sub. Fetches of y. */
    void (*square)(const field *f, void *h, const void *const *x, const void *const *y, size_t len,
                   size_t ahead);
    /* out[k] = the sum over s < count of weight[s] x[s * stride + k], k < len; count <= 2^10: add_scaled. */
    void (*combine)(const field *f, void *out, const void *x, size_t stride, const void *weight,
                    size_t count, size_t len, size_t ahead);
    void (*sum)(const field *f, void *out, const void *a, size_t run, size_t runs);
    void (*sums)(const field *f, void *out, const void *a, size_t run, size_t runs); /* running sums */
    /* The sum of the items whose bits in `chosen` are 1; those are public. NULL where any prime is. */
    void (*sum_chosen)(const field *f, void *out, const void *a, const uint64_t *chosen, size_t len);
    void (*spread)(const field *f, void *out, const void *a, size_t times,
                   size_t len); /* each of len items `times` times */
    /* out[k * out_stride] = a[k * stride]; strides may be negative */
    void (*pick)(const field *f, void *out, ptrdiff_t out_stride, const void *a, ptrdiff_t stride,
                 size_t len);

    void (*bit)(const field *f, void *out, const void *a, unsigned k,
                size_t len); /* bit k of each element */
    void (*shift)(const field *f, void *out, const void *a, unsigned k,
                  size_t len); /* each element >> k */
    bool (*has_zero)(const field *f, const void *a, size_t len);
    bool (*valid)(const field *f, const void *a, size_t len); /* all below p */

    /* Turns random words into random q-bit words; whether any is all ones, which is no element. */
    bool (*mask)(const field *f, void *a, size_t len);
    size_t (*first_ones)(const field *f, const void *a,
                         size_t len); /* len when none; a is random and will be redrawn */

    /* Of items in the clear (plain.h): |a| <= (p-1)/2, or 0 <= a < p. */
    void (*from_num)(const field *f, void *out, const plain *a, size_t len);
    /* The same; has_sign says which. */
    void (*to_num)(const field *f, plain *out, const void *a, bool has_sign, size_t len);

    /* Single public elements, on dry fields too. */
    element (*times)(const field *f, element a, element b);
};

/* The field of q = 61 or 127 bits; dry: its twin without contents. NULL for another q. */
const field *field_of(unsigned bits, bool dry);

bool field_is_mersenne(const field *f); /* p = 2^q - 1 */

/* Makes the vector functions of a field do nothing. */
void field_dry(field *f);

/* The items of a, and zeros up to len where a is shorter. */
void field_take(const field *f, void *out, const plain *a, size_t len);

element field_plus(const field *f, element a, element b);
element field_minus(const field *f, element a, element b);
element element_of_wide(const field *f, wide v);      /* of a number that the field holds */
element field_power_of_2(const field *f, unsigned k); /* 2^k mod p */
element field_inverse(const field *f, element a);     /* of a public a; 0 of 0 */

/* Item k of a vector; NULL stays NULL. */
void *field_at(const field *f, const void *v, size_t k);

extern const field field_p61, field_p127;

/* p61 by the vector instructions of some processors: NULL when this one has them not. field_of knows which is
 * best here; all give the same. */
const field *field_p61_with_avx2(void);
const field *field_p61_with_avx512(void);
const field *field_p61_with_ifma(void); /* AVX-512 with it */

#endif
