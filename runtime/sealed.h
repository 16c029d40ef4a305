/* Bytes that wait for one owner: sealed to its public key, so that where they wait nobody can read them, nor change
 * them unseen. X25519 with a key pair of one use, HKDF-SHA256, AES-256-GCM (as RFC 9180 puts them together). */
#ifndef MOOT_RUNTIME_SEALED_H
#define MOOT_RUNTIME_SEALED_H

#include "net/mesh.h"
#include "runtime/secret_key.h"

enum { SEALED_KEY = KEY_RAW, SEALED_TAG = 16, SEALED_MORE = SEALED_KEY + SEALED_TAG };

/* Appends the bytes, sealed for `public_key` (Z85): SEALED_MORE bytes longer. `where` goes into the key: what is sealed
 * for one place opens at no other. E_CONFIG when it is no key. */
status sealed_put(buffer *out, const char *public_key, const char *where, slice bytes, failure *err);

/* Appends what was sealed, for its owner to cleanse. E_ABORT when it was not sealed for this key and place, or was
 * changed. */
status sealed_open(buffer *out, const secret_key *key, const char *public_key, const char *where,
                   slice sealed, failure *err);

#endif
