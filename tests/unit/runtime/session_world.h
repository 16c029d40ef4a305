/* What tests of moot.h need: an engine, a program, and the parties file of three parties on this machine. */
#ifndef MOOT_TESTS_SESSION_WORLD_H
#define MOOT_TESTS_SESSION_WORLD_H

#include "net/mesh.h"
#include "runtime/moot.h"

enum { PARTIES = 3, PARTIES_TEXT = 2048 };

moot_engine *opened(const moot_options *options); /* NULL: none */
moot_program *compiled(moot_engine *e, const char *source);

unsigned free_port(void); /* one that was free a moment ago, on 127.0.0.1 */

/* Writes the parties file of s0, s1 and s2, who have one role and ports that were free a moment ago, and their secret
 * keys. */
void write_parties(char *text, size_t size, const char *role, char secret[PARTIES][KEY_TEXT + 1]);

/* The text with what stands there in the place of `before`, which must be in it. */
void replace_in(char *out, size_t size, const char *text, const char *before, const char *after);

/* The same file with another name of the session. */
void rename_session(char *text, size_t size, const char *parties, const char *session);

#endif
