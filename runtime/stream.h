/* Random streams from shared keys: AES-128-CTR, one stream for each key and purpose, derived by HKDF with
 * SHA-256. Places are taken in order and each once, so no position is used twice. */
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

/* Takes the next len elements of the stream out of turn: the place of the first, for stream_draw_at. */
uint64_t stream_reserve(stream *s, size_t len);

/* Uniform elements from place `first` on, which were reserved, and each drawn once. Element k of the stream
 * reads word k, masked to q bits; one of all ones is drawn again from a second stream at (k, try), so that
 * it does not matter how and in which order elements are drawn. On a dry field, or s NULL, nothing happens.
 * Only libcrypto running out of memory makes it fail. */
bool stream_draw_at(stream *s, const field *f, uint64_t first, void *out, size_t len);

/* The next len elements, at once. */
bool stream_draw(stream *s, const field *f, void *out, size_t len);

/* The next len words of bits, of a stream that gives nothing else. Fails as stream_draw does. */
bool stream_bits(stream *s, uint64_t *out, size_t len);

#endif
