/* Keys as people write them to the numbers that programs compare: strings, or whole numbers by their digits.
 * Private to data*.c and moot_session.c. */
#ifndef MOOT_RUNTIME_DATA_KEY_H
#define MOOT_RUNTIME_DATA_KEY_H

#include "runtime/csv.h"
#include "runtime/data_number.h"

/* A cell is text, letter by letter, without blanks being cut. NUMBER_MALFORMED when it is not UTF-8, or empty
 * without quotes, which says that the key is missing. E_MEMORY. */
status key_of_cell(const csv *t, const csv_cell *cell, num *out, number_error *e, failure *err);

/* NUMBER_MALFORMED when it is not UTF-8. */
number_error key_of_utf8(slice text, num *out);

/* How many of the keys differ from all before. E_MEMORY. */
status keys_differing(const num *key, size_t len, size_t *out, failure *err);

#endif
