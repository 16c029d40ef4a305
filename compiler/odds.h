/* Probabilities as integers, so that every node makes the same bytecode: no floating point. Internal to the
 * compiler. */
#ifndef MOOT_COMPILER_ODDS_H
#define MOOT_COMPILER_ODDS_H

#include "vm/num.h"

enum { ODDS_BITS = 62, EXPONENT_BITS = 72 };

/* a / b in units of 2^-72, rounded down; b > 0, b < 2^126, and a / b is below 2^54. */
unum odds_ratio(unum a, unum b);

/* e^-x in units of 2^-62, for x in units of 2^-72; off by less than 2^-56. */
uint64_t odds_exp(unum x);

/* part / whole in units of 2^-bits, to the nearest; part <= whole, part * 2^bits < 2^127. 0 when whole is 0. */
uint64_t odds_round(unum part, unum whole, unsigned bits);

#endif
