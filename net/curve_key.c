/* Keys of nodes and guests as Z85: made, read, and held against each other. */
#include "net/mesh.h"

#include <openssl/crypto.h>
#include <string.h>
#include <zmq.h>

bool mesh_key_raw(uint8_t out[KEY_RAW], const char *z85)
{
    return strlen(z85) == KEY_TEXT && zmq_z85_decode(out, z85);
}

static bool is_key(const char *z85)
{
    uint8_t raw[KEY_RAW];
    bool good = mesh_key_raw(raw, z85);

    OPENSSL_cleanse(raw, sizeof raw);
    return good;
}

/* With another, no peer would let us in. */
status mesh_check_key(const char *secret_key, const char *public_key, const char *name, failure *err)
{
    char derived[KEY_TEXT + 1];

    if (is_key(secret_key) && !zmq_curve_public(derived, secret_key) && !strcmp(derived, public_key))
        return OK;
    return fail(err, E_CONFIG, "N07",
                "the secret key is not the one of %s, whose public key in the parties file is %s",
                name, public_key);
}

status mesh_keypair(char public_key[KEY_TEXT + 1], char secret_key[KEY_TEXT + 1], failure *err)
{
    if (!zmq_curve_keypair(public_key, secret_key)) return OK;
    return fail(err, E_BUG, "", "cannot make a key pair: %s", zmq_strerror(zmq_errno()));
}
