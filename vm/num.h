/* The integers that programs compute with, in the clear: signed 128 bits. A bool is 0 or 1, a fix is its
 * value times 2^f. Ranges keep every value within plus or minus NUM_MAX, so that sums and differences of
 * two never wrap. */
#ifndef MOOT_VM_NUM_H
#define MOOT_VM_NUM_H

#include "vm/base.h"

__extension__ typedef __int128 num;
__extension__ typedef unsigned __int128 unum;

#define NUM_MAX ((num)(((unum)1 << 126) - 1)) /* = (2^127 - 1 - 1) / 2: what p127 holds */

#define PRECISION_MAX 60 /* most fraction bits of a fix */

/* Saturating arithmetic on ranges: a result outside -NUM_MAX … NUM_MAX becomes the nearest end plus or
 * minus one, which num_fits refuses. */
num num_add(num a, num b);
num num_sub(num a, num b);
num num_mul(num a, num b);
bool num_fits(num a); /* |a| <= NUM_MAX */

num num_floor_div(num a, num b);        /* toward minus infinity; b = 0 gives 0 */
num num_floor_mod(num a, num b);        /* in 0 … b-1 for b > 0; b = 0 gives 0 */
num num_shift_floor(num a, unsigned f); /* floor(a / 2^f) */
unsigned num_bits(num a);               /* bits of |a|; 0 for 0 */

/* A uniform word below 2^bits - 1 (bits <= 63) as a uniform choice below `count`, which is no greater; false when it has to
 * be drawn again, so that every choice is exactly as likely (Lemire 2019, for words that are no power of two). */
bool num_choose(uint64_t word, unsigned bits, uint64_t count, uint64_t *choice);

/* Writes a in decimal to out (at least 48 bytes), returns out. */
char *num_print(num a, char *out);
/* Writes the shortest decimal that names a * 2^-f (f = 20: at most 7 places), f <= PRECISION_MAX; out at
 * least 80 bytes. */
char *num_print_fix(num a, unsigned f, char *out);
/* Reads a decimal integer, optional '-', '_' between digits; false when malformed or over NUM_MAX. */
bool num_parse(const char *s, size_t len, num *out);
/* Reads "-12.5e-3" as the nearest multiple of 2^-f (half away from zero), exactly, f <= PRECISION_MAX;
 * false when malformed or out of range. */
bool num_parse_fix(const char *s, size_t len, unsigned f, num *out);

#endif
