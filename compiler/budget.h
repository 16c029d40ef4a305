/* What noise hides and how well, as a report says it. */
#ifndef MOOT_COMPILER_BUDGET_H
#define MOOT_COMPILER_BUDGET_H

#include <stdint.h>

/* Noise that hides what an output tells; and what hides an input, all outputs together, when each of them has noise.
 * Decimals, NULL where nothing is said. */
typedef struct budget {
    uint32_t of;              /* output, or input */
    const char *distribution; /* "laplace", "gaussian"; NULL of an input */
    const char *sensitivity, *epsilon, *delta, *sigma;
} budget;

#endif
