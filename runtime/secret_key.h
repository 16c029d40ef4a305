/* The secret key of one party: made once into two files, read only from a file that nobody else can read, kept in
 * a page that is not swapped out and in no core dump, and cleansed. */
#ifndef MOOT_RUNTIME_SECRET_KEY_H
#define MOOT_RUNTIME_SECRET_KEY_H

#include "net/mesh.h"

typedef struct secret_key secret_key;

/* Makes a key pair and writes NAME.key (mode 0600) and NAME.pub, a line of KEY_TEXT characters each. E_USAGE when
 * one of them cannot be written, or is there already: keys are never overwritten. Nothing is left then. */
status secret_key_make(const char *name, char public_key[KEY_TEXT + 1], failure *err);

/* Reads NAME.key. E_USAGE when there is none; E_CONFIG when others can read it, or it holds no key. *out is freed
 * with secret_key_free. */
status secret_key_read(secret_key **out, const char *path, failure *err);

/* The same from text in memory. E_CONFIG when it is no key of KEY_TEXT characters. */
status secret_key_copy(secret_key **out, const char *text, failure *err);

const char *secret_key_text(const secret_key *k);

/* Cleanses and frees it. NULL is fine. */
void secret_key_free(secret_key *k);

/* Are these KEY_TEXT characters of Z85, as keys are? */
bool key_is_text(const char *s);

#endif
