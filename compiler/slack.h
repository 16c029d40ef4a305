/* Where lanes that may stand on several levels should stand; see slack.c. */
#ifndef MOOT_COMPILER_SLACK_H
#define MOOT_COMPILER_SLACK_H

#include "compiler/flow.h"

/* A level for each lane, 0 where the first possible one is as good as any. A wish: keeping none of them, or only
 * some, is right too. `live` says which lanes are needed; blocks know what they read from around them. */
uint32_t *slack_wishes(const flow *f, const bool *live);

#endif
