/* Numbers drawn from a seed: the same everywhere, so that a failing seed is a test. */
#ifndef MOOT_SIM_RANDOM_H
#define MOOT_SIM_RANDOM_H

#include <stdbool.h>
#include <stdint.h>

typedef struct draws {
    uint64_t state;
} draws;

/* SplitMix64 (Steele, Lea, Flood 2014). */
static inline uint64_t draw(draws *d)
{
    uint64_t z = d->state += 0x9e3779b97f4a7c15u;
    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
    z = (z ^ z >> 27) * 0x94d049bb133111ebu;
    return z ^ z >> 31;
}

/* 0 … count - 1; count > 0. */
static inline uint64_t draw_below(draws *d, uint64_t count)
{
    return draw(d) % count;
}

static inline int64_t draw_between(draws *d, int64_t lo, int64_t hi)
{
    return lo + (int64_t)draw_below(d, (uint64_t)(hi - lo) + 1);
}

static inline bool draw_chance(draws *d, unsigned percent)
{
    return draw_below(d, 100) < percent;
}

#endif
