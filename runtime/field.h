/* Prime fields 2^q - 1 as functions on vectors, chosen once per session: p61 (one word an element) and p127
 * (two). Each has a dry twin of the same sizes whose vector functions do nothing, for members that hold no
 * shares and for the cost box. Knows nothing of shares.
 *
 * Elements are canonical, in [0, p), in little-endian words: a vector in memory is what goes on the wire.
 * No kernel branches or indexes on an element, save where its comment says that they are public.
 * `out` may be an operand; vectors of a dry field are NULL. */
#ifndef MOOT_RUNTIME_FIELD_H
#define MOOT_RUNTIME_FIELD_H

#include "vm/num.h"

typedef struct field {
    unsigned bits; /* q */
    size_t size;   /* bytes of an element, in memory and on the wire */
    unum p;
    bool dry;

    void (*fill)(void *out, unum c, size_t len);
    void (*copy)(void *out, const void *a, size_t len);
    void (*add)(void *out, const void *a, const void *b, size_t len);
    void (*sub)(void *out, const void *a, const void *b, size_t len);
    void (*mul)(void *out, const void *a, const void *b, size_t len);
    void (*scale)(void *out, const void *a, unum c, size_t len);
    void (*add_scaled)(void *out, const void *a, unum c, size_t len); /* out += c a */
    void (*add_constant)(void *out, const void *a, unum c, size_t len);

    void (*matmul)(void *out, const void *a, const void *b, size_t n, size_t d, size_t m);
    void (*sum)(void *out, const void *a, size_t run, size_t runs);
    void (*sums)(void *out, const void *a, size_t run, size_t runs); /* running sums */
    void (*spread)(void *out, const void *a, size_t times,
                   size_t len); /* each of len items `times` times */
    /* out[k * out_stride] = a[k * stride]; strides may be negative */
    void (*pick)(void *out, ptrdiff_t out_stride, const void *a, ptrdiff_t stride, size_t len);

    void (*bit)(void *out, const void *a, unsigned k, size_t len);   /* bit k of each element */
    void (*shift)(void *out, const void *a, unsigned k, size_t len); /* each element >> k */
    void (*inverse_root)(void *out, const void *a, size_t len); /* a public square's 1/sqrt; 0 of 0 */
    bool (*has_zero)(const void *a, size_t len);
    bool (*valid)(const void *a, size_t len); /* all below p */

    /* Turns random words into random q-bit words; whether any is all ones, which is no element. */
    bool (*mask)(void *a, size_t len);
    size_t (*first_ones)(const void *a,
                         size_t len); /* len when none; a is random and will be redrawn */

    void (*from_num)(void *out, const num *a, size_t len); /* |a| <= (p-1)/2 */
    void (*to_num)(num *out, const void *a, size_t len);   /* the same, signed */

    /* Single public elements, on dry fields too. */
    unum (*times)(unum a, unum b);
} field;

/* The field of q = 61 or 127 bits; dry: its twin without contents. NULL for another q. */
const field *field_of(unsigned bits, bool dry);

unum field_plus(const field *f, unum a, unum b);
unum field_minus(const field *f, unum a, unum b);
unum field_power_of_2(const field *f, unsigned k); /* 2^k mod p */
unum field_inverse(const field *f, unum a);        /* of a public a; 0 of 0 */

/* Item k of a vector; NULL stays NULL. */
void *field_at(const field *f, const void *v, size_t k);

extern const field field_p61, field_p127;

#endif
