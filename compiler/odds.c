/* Fixed-point quotients and exponentials; see odds.h. */
#include "compiler/odds.h"

unum odds_ratio(unum a, unum b)
{
    unum quotient = a / b, rest = a % b;
    for (unsigned k = 0; k < EXPONENT_BITS; k++) {
        rest *= 2;
        quotient = quotient * 2 + (rest >= b);
        if (rest >= b) rest -= b;
    }
    return quotient;
}

/* x = n ln 2 + r, then the series of e^-r, r < 0.7, as far as its terms are not 0. A term is cut off by less than
 * two units of 2^-62, and there are at most 19. */
uint64_t odds_exp(unum x)
{
    const unum ln2 = (unum)0xb1 << 64 | UINT64_C(0x7217f7d1cf79abca), one = (unum)1 << ODDS_BITS;
    const unum halvings = x / ln2, r = x % ln2 >> (EXPONENT_BITS - ODDS_BITS);
    unum term = one, sum = one;

    if (halvings > ODDS_BITS) return 0;
    for (unsigned k = 1; term; k++) {
        term = (term * r >> ODDS_BITS) / k;
        sum = k % 2 ? sum - term : sum + term;
    }
    return (uint64_t)(sum >> (unsigned)halvings);
}

uint64_t odds_round(unum part, unum whole, unsigned bits)
{
    return whole ? (uint64_t)(((part << bits) + whole / 2) / whole) : 0;
}
