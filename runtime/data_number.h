/* Numbers as people write them to the integers that programs compute with, exactly. Private to data*.c. */
#ifndef MOOT_RUNTIME_DATA_NUMBER_H
#define MOOT_RUNTIME_DATA_NUMBER_H

#include "vm/bytecode.h"

typedef enum number_error {
    NUMBER_OK,
    NUMBER_MALFORMED,
    NUMBER_FRACTION,
    NUMBER_TOO_LARGE
} number_error;

/* Decimal text; ints exact ("5.0" and "1e3" are whole), fix to the nearest multiple of 2^-precision. A bool
 * is 0, 1, true or false. */
number_error number_of_text(slice text, kind k, unsigned precision, num *out);
/* The same of numbers that are TOO_LARGE for a num, in words. */
number_error number_words_of_text(slice text, kind k, unsigned precision, uint64_t out[WIDE_LIMBS]);

/* A binary floating-point number; NUMBER_MALFORMED for NaN and infinities. */
number_error number_of_double(double d, kind k, unsigned precision, num *out);

#endif
