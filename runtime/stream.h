/* Random streams from shared keys: AES-128-CTR, one stream for each key and purpose, derived by HKDF with
 * SHA-256. A stream moves forward only, so no position is used twice. */
#ifndef MOOT_RUNTIME_STREAM_H
#define MOOT_RUNTIME_STREAM_H

#include "runtime/field.h"

enum { KEY_BYTES = 32 };

typedef struct stream stream;

/* HKDF-SHA256 of `secret`, salted with `salt` (KEY_BYTES), for `purpose` (text) and `index`. */
status key_derive(uint8_t *out, size_t len, slice secret, const uint8_t *salt, const char *purpose,
                  uint64_t index, failure *err);

/* The stream of `key` for one purpose. Freed, and its key cleansed, by stream_free. */
status stream_open(stream **out, const uint8_t key[KEY_BYTES], const char *purpose, uint64_t index,
                   failure *err);
void stream_free(stream *s);

/* The next len uniform elements. Element k of the stream reads word k, masked to q bits; one of all ones
 * is drawn again from a second stream at (k, try). On a dry field, or s NULL, nothing happens.
 * Only libcrypto running out of memory makes it fail. */
bool stream_draw(stream *s, const field *f, void *out, size_t len);

/* The next len words of bits, of a stream that gives nothing else. Fails as stream_draw does. */
bool stream_bits(stream *s, uint64_t *out, size_t len);

#endif
