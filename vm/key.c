/* Hashing of keys. */
#include "vm/key.h"

#include <openssl/crypto.h>
#include <openssl/sha.h>
#include <string.h>

enum { KEY_BYTES = 16, TAG_SIZE = 32 };

static const char tag[TAG_SIZE] = "moot key, edition 1";

num key_of_text(slice text)
{
    static const uint8_t nothing[1];
    uint8_t message[TAG_SIZE + SHA256_DIGEST_LENGTH], hash[SHA256_DIGEST_LENGTH];
    unum key = 0;

    memcpy(message, tag, TAG_SIZE);
    SHA256(text.len ? text.data : nothing, text.len, message + TAG_SIZE);
    SHA256(message, sizeof message, hash);
    for (unsigned k = KEY_BYTES; k-- > 0;) key = key << 8 | hash[k];
    OPENSSL_cleanse(message, sizeof message);
    OPENSSL_cleanse(hash, sizeof hash);
    return (num)(key & (unum)key_most(KEY_BITS_WIDE));
}

num key_of_number(num whole)
{
    char digits[48];
    num_print(whole, digits);
    return key_of_text((slice){(const uint8_t *)digits, strlen(digits)});
}

num key_most(unsigned bits)
{
    return ((num)1 << bits) - 1;
}

num key_cut(num key, num most)
{
    return key & most;
}
