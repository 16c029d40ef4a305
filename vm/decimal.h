/* Decimal text taken apart: what num.c and wide.c read numbers from. */
#ifndef MOOT_VM_DECIMAL_H
#define MOOT_VM_DECIMAL_H

#include "vm/num.h"

/* A decimal taken apart: its digits (with '_' and '.' between them) and where the point really stands. */
typedef struct decimal {
    bool negative, fraction, exponent; /* written with a sign, a point, an exponent */
    const char *digits, *end;          /* text up to the exponent */
    int64_t point; /* digits before the decimal point once the exponent is applied */
} decimal;

/* Checks the form  [-] NAT [. digits] [e [sign] digits]  and finds the point. */
bool decimal_open(const char *s, size_t len, decimal *out);
/* The next digit of the text, 0 after its end. */
unsigned decimal_next(decimal *d);
/* What follows the point, once the digits before it are taken, as the nearest multiple of 2^-f, half up. */
unum decimal_fraction(decimal *d, unsigned f);

#endif
