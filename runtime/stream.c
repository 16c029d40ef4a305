/* Random streams from shared keys; see stream.h. */
#include "runtime/stream.h"

#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/kdf.h>
#include <openssl/params.h>
#include <stdlib.h>
#include <string.h>

enum { AES_KEY = 16, BLOCK = 16, AT_ONCE = 1 << 24 };

struct stream {
    EVP_CIPHER_CTX *words, *again; /* `again` is set to a new position for each word it redraws */
    uint64_t next;                 /* the first element that is not taken */
    uint64_t at;                   /* byte of the stream that `words` gives next */
};

static bool hkdf(uint8_t *out, size_t len, slice secret, slice salt, slice info)
{
    EVP_KDF *kdf = EVP_KDF_fetch(NULL, "HKDF", NULL);
    EVP_KDF_CTX *ctx = kdf ? EVP_KDF_CTX_new(kdf) : NULL;
    char digest[] = "SHA256";
    OSSL_PARAM params[] = {OSSL_PARAM_construct_utf8_string(OSSL_KDF_PARAM_DIGEST, digest, 0),
                           OSSL_PARAM_construct_octet_string(
                               OSSL_KDF_PARAM_KEY, (void *)(uintptr_t)secret.data, secret.len),
                           OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_SALT,
                                                             (void *)(uintptr_t)salt.data, salt.len),
                           OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_INFO,
                                                             (void *)(uintptr_t)info.data, info.len),
                           OSSL_PARAM_construct_end()};
    bool ok = ctx && EVP_KDF_derive(ctx, out, len, params) > 0;

    EVP_KDF_CTX_free(ctx);
    EVP_KDF_free(kdf);
    return ok;
}

status key_derive(uint8_t *out, size_t len, slice secret, const uint8_t *salt, const char *purpose,
                  uint64_t index, failure *err)
{
    uint8_t info[64] = "moot ";
    size_t at = strlen("moot "), words = strlen(purpose);

    if (at + words + 1 + sizeof index > sizeof info)
        return fail(err, E_BUG, "", "the purpose of a key is too long: %s", purpose);
    memcpy(info + at, purpose, words + 1);
    at += words + 1;
    memcpy(info + at, &index, sizeof index);
    at += sizeof index;
    if (!hkdf(out, len, secret, (slice){salt, KEY_BYTES}, (slice){info, at}))
        return fail(err, E_BUG, "", "libcrypto could not derive a key");
    return OK;
}

static EVP_CIPHER_CTX *cipher_open(const uint8_t key[AES_KEY])
{
    static const uint8_t start[BLOCK];
    EVP_CIPHER_CTX *c = EVP_CIPHER_CTX_new();

    if (c && EVP_EncryptInit_ex(c, EVP_aes_128_ctr(), NULL, key, start) == 1) return c;
    EVP_CIPHER_CTX_free(c);
    return NULL;
}

status stream_open(stream **out, const uint8_t key[KEY_BYTES], const char *purpose, uint64_t index,
                   failure *err)
{
    static const uint8_t salt[KEY_BYTES];
    uint8_t keys[2 * AES_KEY];
    stream *s = calloc(1, sizeof *s);
    status st = s ? OK : fail_memory(err);

    if (!st) st = key_derive(keys, sizeof keys, (slice){key, KEY_BYTES}, salt, purpose, index, err);
    if (!st) {
        s->words = cipher_open(keys);
        s->again = cipher_open(keys + AES_KEY);
        if (!s->words || !s->again) st = fail_memory(err);
    }
    OPENSSL_cleanse(keys, sizeof keys);
    if (st)
        stream_free(s);
    else
        *out = s;
    return st;
}

void stream_free(stream *s)
{
    if (!s) return;
    EVP_CIPHER_CTX_free(s->words); /* cleanses its key */
    EVP_CIPHER_CTX_free(s->again);
    free(s);
}

static bool key_stream(EVP_CIPHER_CTX *c, uint8_t *out, size_t len)
{
    memset(out, 0, len);
    while (len) {
        int part = len < AT_ONCE ? (int)len : AT_ONCE, made;
        if (EVP_EncryptUpdate(c, out, &made, out, part) != 1) return false;
        out += part;
        len -= (size_t)part;
    }
    return true;
}

/* Draws element `word` of the stream again, until it is one. That a word was all ones says nothing: it is
 * used nowhere. */
static bool draw_again(stream *s, const field *f, void *out, uint64_t word)
{
    for (uint32_t attempt = 1;; attempt++) {
        uint8_t start[BLOCK] = {0};
        memcpy(start, &word, sizeof word);
        memcpy(start + sizeof word, &attempt,
               sizeof attempt); /* the last bytes count within one try */
        if (EVP_EncryptInit_ex(s->again, NULL, NULL, NULL, start) != 1) return false;
        if (!key_stream(s->again, out, f->size)) return false;
        if (!f->mask(f, out, 1)) return true;
    }
}

/* Makes `words` go on at this byte. The counter of AES-CTR is a number with its highest byte first. */
static bool seek(stream *s, uint64_t byte)
{
    uint8_t start[BLOCK] = {0}, skipped[BLOCK];
    int made;

    if (byte == s->at) return true;
    for (unsigned k = 0; k < sizeof byte; k++)
        start[BLOCK - 1 - k] = (uint8_t)(byte / BLOCK >> 8 * k);
    if (EVP_EncryptInit_ex(s->words, NULL, NULL, NULL, start) != 1) return false;
    return byte % BLOCK == 0 ||
           EVP_EncryptUpdate(s->words, skipped, &made, start, (int)(byte % BLOCK)) == 1;
}

uint64_t stream_reserve(stream *s, size_t len)
{
    uint64_t first = s ? s->next : 0;

    if (s) s->next += len;
    return first;
}

bool stream_draw_at(stream *s, const field *f, uint64_t first, void *out, size_t len)
{
    if (!s || f->dry || !len) return true;
    if (!seek(s, first * f->size) || !key_stream(s->words, out, len * f->size)) return false;
    s->at = (first + len) * f->size;
    if (f->mask(f, out, len)) {
        size_t k = 0;
        while ((k += f->first_ones(f, field_at(f, out, k), len - k)) < len)
            if (!draw_again(s, f, field_at(f, out, k), first + k)) return false;
    }
    return true;
}

bool stream_draw(stream *s, const field *f, void *out, size_t len)
{
    return stream_draw_at(s, f, stream_reserve(s, f->dry ? 0 : len), out, len);
}

bool stream_bits(stream *s, uint64_t *out, size_t len)
{
    return key_stream(s->words, (uint8_t *)out, len * sizeof *out);
}
