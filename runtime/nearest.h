/* The name somebody probably meant. */
#ifndef MOOT_RUNTIME_NEAREST_H
#define MOOT_RUNTIME_NEAREST_H

#include <stddef.h>

/* How many letters to insert, remove, change or swap to get from a to b; SIZE_MAX when too far to be meant. */
size_t name_distance(const char *a, const char *b);

#endif
