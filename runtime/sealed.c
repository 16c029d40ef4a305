/* Sealing to a public key, by libcrypto. */
#include "runtime/sealed.h"

#include "runtime/stream.h"

#include <limits.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/sha.h>
#include <string.h>

enum { NONCE = 12, AT_ONCE = 1 << 30 };

/* Only one message is ever sealed under a key, so the nonce may be the same for all. */
static const uint8_t nonce[NONCE];

static status no_crypto(failure *err)
{
    return fail(err, E_BUG, "", "libcrypto could not seal");
}

/* key = HKDF(X25519(own, other)), salted with both public keys: of one use, and of the recipient. */
static status derive(uint8_t key[KEY_BYTES], EVP_PKEY *own, const uint8_t other[KEY_RAW],
                     const uint8_t once[KEY_RAW], const uint8_t to[KEY_RAW], const char *where,
                     failure *err)
{
    EVP_PKEY *peer = EVP_PKEY_new_raw_public_key(EVP_PKEY_X25519, NULL, other, KEY_RAW);
    EVP_PKEY_CTX *ctx = own ? EVP_PKEY_CTX_new(own, NULL) : NULL;
    uint8_t both[2 * KEY_RAW], salt[KEY_BYTES], shared[KEY_RAW];
    size_t len = sizeof shared;
    bool good = peer && ctx && EVP_PKEY_derive_init(ctx) == 1 &&
                EVP_PKEY_derive_set_peer(ctx, peer) == 1 &&
                EVP_PKEY_derive(ctx, shared, &len) == 1 && len == sizeof shared;
    buffer secret = {0};
    status st = good ? OK : no_crypto(err);

    memcpy(both, once, KEY_RAW), memcpy(both + KEY_RAW, to, KEY_RAW);
    SHA256(both, sizeof both, salt);
    if (!st) {
        buffer_append(&secret, shared, sizeof shared), buffer_append(&secret, where, strlen(where));
        st = secret.failed ? fail_memory(err)
                           : key_derive(key, KEY_BYTES, (slice){secret.data, secret.len}, salt,
                                        "sealed", 0, err);
    }
    if (secret.data) OPENSSL_cleanse(secret.data, secret.len);
    buffer_free(&secret);
    OPENSSL_cleanse(shared, sizeof shared);
    EVP_PKEY_CTX_free(ctx);
    EVP_PKEY_free(peer);
    return st;
}

/* Adds len bytes of room; NULL when out has none at all. */
static uint8_t *room(buffer *out, size_t len)
{
    static const uint8_t zeros[4096];

    for (size_t left = len; left;) {
        size_t part = left < sizeof zeros ? left : sizeof zeros;
        buffer_append(out, zeros, part);
        left -= part;
    }
    return out->failed || !out->data ? NULL : out->data + out->len - len;
}

static bool run_cipher(EVP_CIPHER_CTX *c, uint8_t *out, slice in)
{
    size_t done = 0;
    int made;

    while (done < in.len) {
        size_t left = in.len - done;
        int part = left < AT_ONCE ? (int)left : AT_ONCE;
        if (EVP_CipherUpdate(c, out + done, &made, in.data + done, part) != 1) return false;
        done += (size_t)part;
    }
    return true;
}

/* Seals `in` into out, and its tag; or opens it, if the tag is the right one. */
static bool cipher(bool seals, const uint8_t key[KEY_BYTES], uint8_t *out, slice in,
                   uint8_t mac[SEALED_TAG])
{
    EVP_CIPHER_CTX *c = EVP_CIPHER_CTX_new();
    uint8_t end[SEALED_TAG];
    int made;
    bool good = c && EVP_CipherInit_ex(c, EVP_aes_256_gcm(), NULL, key, nonce, seals) == 1 &&
                run_cipher(c, out, in) &&
                (seals || EVP_CIPHER_CTX_ctrl(c, EVP_CTRL_AEAD_SET_TAG, SEALED_TAG, mac) == 1) &&
                EVP_CipherFinal_ex(c, end, &made) == 1 &&
                (!seals || EVP_CIPHER_CTX_ctrl(c, EVP_CTRL_AEAD_GET_TAG, SEALED_TAG, mac) == 1);

    EVP_CIPHER_CTX_free(c);
    return good;
}

/* Appends the public key of one use, the bytes, the tag. */
static status put(buffer *out, EVP_PKEY *own, const uint8_t to[KEY_RAW], const char *where,
                  slice bytes, failure *err)
{
    uint8_t once[KEY_RAW], key[KEY_BYTES], mac[SEALED_TAG], *at;
    size_t len = sizeof once;
    bool good;
    status st;

    if (!own || EVP_PKEY_get_raw_public_key(own, once, &len) != 1) return no_crypto(err);
    if ((st = derive(key, own, to, once, to, where, err))) return st;
    buffer_append(out, once, sizeof once);
    at = room(out, bytes.len);
    good = !out->failed && cipher(true, key, at, bytes, mac);
    OPENSSL_cleanse(key, sizeof key);
    buffer_append(out, mac, sizeof mac);
    if (out->failed) return fail_memory(err);
    return good ? OK : no_crypto(err);
}

status sealed_put(buffer *out, const char *public_key, const char *where, slice bytes, failure *err)
{
    EVP_PKEY *own;
    uint8_t to[KEY_RAW];
    status st;

    if (!mesh_key_raw(to, public_key)) return fail(err, E_CONFIG, "N07", "no public key");
    own = EVP_PKEY_Q_keygen(NULL, NULL, "X25519");
    st = put(out, own, to, where, bytes, err);
    EVP_PKEY_free(own);
    return st;
}

static EVP_PKEY *own_key(const secret_key *key)
{
    uint8_t raw[KEY_RAW];
    EVP_PKEY *own = NULL;

    if (mesh_key_raw(raw, secret_key_text(key)))
        own = EVP_PKEY_new_raw_private_key(EVP_PKEY_X25519, NULL, raw, sizeof raw);
    OPENSSL_cleanse(raw, sizeof raw);
    return own;
}

status sealed_open(buffer *out, const secret_key *key, const char *public_key, const char *where,
                   slice sealed, failure *err)
{
    const size_t len = sealed.len - SEALED_MORE, before = out->len;
    uint8_t to[KEY_RAW], once[KEY_BYTES], mac[SEALED_TAG], *at;
    EVP_PKEY *own;
    status st;

    if (sealed.len < SEALED_MORE || !mesh_key_raw(to, public_key))
        return fail(err, E_ABORT, "N04", "what was sealed is too short");
    own = own_key(key);
    memcpy(mac, sealed.data + SEALED_KEY + len, sizeof mac);
    st = derive(once, own, sealed.data, sealed.data, to, where, err);
    at = room(out, len);
    if (!st && out->failed) st = fail_memory(err);
    if (!st && !cipher(false, once, at, (slice){sealed.data + SEALED_KEY, len}, mac)) {
        if (len) OPENSSL_cleanse(at, len);
        st = fail(err, E_ABORT, "N04", "what was sealed for this key was changed, or is another's");
    }
    if (st) out->len = before;
    OPENSSL_cleanse(once, sizeof once);
    EVP_PKEY_free(own);
    return st;
}
