/* Shows where in a text something is wrong: the place, the line, a caret below. For data files; the
 * compiler draws its own. */
#ifndef MOOT_RUNTIME_EXCERPT_H
#define MOOT_RUNTIME_EXCERPT_H

#include "vm/base.h"

/* Line and column from 1, columns in characters. */
typedef struct spot {
    size_t line, col;
} spot;

spot spot_of(slice text, size_t offset);

/* Adds "  --> PLACE", the line that holds `offset` (clipped when long) and a caret under `len` bytes of it. */
void excerpt_add(slice text, size_t offset, size_t len, const char *place, failure *err);

/* How many bytes the well-formed UTF-8 character at s takes, looking at no more than len; 0 when it is not
 * well-formed (overlong and surrogate forms included). */
size_t utf8_length(const uint8_t *s, size_t len);

#endif
