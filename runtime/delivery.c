/* What one member promises, shows and believes when outputs are delivered; see delivery.h. */
#include "runtime/delivery.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <string.h>

size_t delivery_size(unsigned members)
{
    return sizeof(delivery) + members * sizeof(delivery_member);
}

void delivery_begin(delivery *d, unsigned nodes, unsigned members, unsigned self)
{
    d->nodes = nodes, d->members = members, d->self = self;
    for (unsigned k = 0; k < nodes; k++) d->of[k].takes_part = true;
    for (size_t k = 0; k < d->sets; k++) d->promised_by[k] = members;
}

bool delivery_knows(const delivery *d, unsigned member, size_t set)
{
    return member < d->nodes && d->set[set] >> member & 1;
}

static size_t keys_of(const delivery *d, unsigned member)
{
    size_t count = 0;

    for (size_t k = 0; k < d->sets; k++) count += delivery_knows(d, member, k);
    return count;
}

/* --- promises. What a word is stands in its hash, so that no promise serves as another. */

enum { OF_OK = 'o', OF_TOKEN = 't', OF_KEY = 'k' };

static bool hash_of(uint8_t hash[DELIVERY_WORD], const uint8_t *word, char what, size_t index)
{
    uint8_t text[2 + DELIVERY_WORD] = {(uint8_t)what, (uint8_t)index};
    bool made;

    memcpy(text + 2, word, DELIVERY_WORD);
    made = EVP_Digest(text, sizeof text, hash, NULL, EVP_sha256(), NULL) == 1;
    OPENSSL_cleanse(text, sizeof text);
    return made;
}

static bool promise_own(promise *p, char what, size_t index)
{
    p->shown = true;
    return hash_of(p->hash, p->word, what, index);
}

bool delivery_promise(delivery *d)
{
    delivery_member *own = &d->of[d->self];
    bool made = promise_own(&own->ok, OF_OK, d->self);

    if (d->self < d->nodes) made = made && promise_own(&own->token, OF_TOKEN, d->self);
    for (size_t k = 0; k < d->sets; k++) {
        if (!delivery_knows(d, d->self, k)) continue;
        made = made && promise_own(&d->key[k], OF_KEY, k);
        d->promised_by[k] = d->self;
    }
    return made;
}

size_t delivery_promises_size(const delivery *d, unsigned member)
{
    return (1 + (size_t)(member < d->nodes) + keys_of(d, member)) * DELIVERY_WORD;
}

static uint8_t *put(uint8_t *to, const uint8_t *word)
{
    memcpy(to, word, DELIVERY_WORD);
    return to + DELIVERY_WORD;
}

static const uint8_t *get(uint8_t *word, const uint8_t *from)
{
    memcpy(word, from, DELIVERY_WORD);
    return from + DELIVERY_WORD;
}

void delivery_write_promises(const delivery *d, uint8_t *out)
{
    out = put(out, d->of[d->self].ok.hash);
    if (d->self < d->nodes) out = put(out, d->of[d->self].token.hash);
    for (size_t k = 0; k < d->sets; k++)
        if (delivery_knows(d, d->self, k)) out = put(out, d->key[k].hash);
}

unsigned delivery_read_promises(delivery *d, unsigned from, const uint8_t *in)
{
    unsigned other = d->members;

    in = get(d->of[from].ok.hash, in);
    if (from < d->nodes) in = get(d->of[from].token.hash, in);
    for (size_t k = 0; k < d->sets; k++) {
        if (!delivery_knows(d, from, k)) continue;
        if (d->promised_by[k] == d->members)
            memcpy(d->key[k].hash, in, DELIVERY_WORD), d->promised_by[k] = from;
        else if (memcmp(d->key[k].hash, in, DELIVERY_WORD) != 0)
            other = d->promised_by[k];
        in += DELIVERY_WORD;
    }
    return other;
}

bool delivery_digest(const delivery *d, uint8_t out[DELIVERY_WORD])
{
    EVP_MD_CTX *hash = EVP_MD_CTX_new();
    bool made = hash && EVP_DigestInit_ex(hash, EVP_sha256(), NULL) == 1;

    for (unsigned k = 0; k < d->members; k++) {
        made = made && EVP_DigestUpdate(hash, d->of[k].ok.hash, DELIVERY_WORD) == 1;
        made = made && EVP_DigestUpdate(hash, d->of[k].token.hash, DELIVERY_WORD) == 1;
    }
    for (size_t k = 0; k < d->sets; k++)
        made = made && EVP_DigestUpdate(hash, d->key[k].hash, DELIVERY_WORD) == 1;
    made = made && EVP_DigestFinal_ex(hash, out, NULL) == 1;
    EVP_MD_CTX_free(hash);
    return made;
}

/* --- words. Any that fits its promise is taken, whoever passes it on; any other is none. */

static void take(promise *p, const uint8_t *word, char what, size_t index)
{
    uint8_t hash[DELIVERY_WORD];

    if (p->shown || !hash_of(hash, word, what, index)) return;
    if (memcmp(hash, p->hash, sizeof hash) != 0) return;
    memcpy(p->word, word, DELIVERY_WORD);
    p->shown = true;
}

const uint8_t *delivery_agree(delivery *d)
{
    d->agrees = true;
    return d->of[d->self].ok.word;
}

void delivery_read_ok(delivery *d, unsigned from, const uint8_t *in)
{
    take(&d->of[from].ok, in, OF_OK, from);
}

unsigned delivery_lacks(const delivery *d)
{
    unsigned k = 0;

    while (k < d->members && (!d->of[k].takes_part || d->of[k].ok.shown)) k++;
    return k;
}

/* --- stages */

size_t delivery_release_size(const delivery *d, unsigned node)
{
    size_t words = d->nodes + keys_of(d, node);

    for (unsigned k = 0; k < d->members; k++) words += d->of[k].takes_part;
    return words * DELIVERY_WORD;
}

static unsigned tokens_of_others(const delivery *d)
{
    unsigned count = 0;

    for (unsigned k = 0; k < d->nodes; k++) count += k != d->self && d->of[k].token.shown;
    return count;
}

static void write_release(const delivery *d, uint8_t *out)
{
    for (unsigned k = 0; k < d->members; k++)
        if (d->of[k].takes_part) out = put(out, d->of[k].ok.word);
    for (unsigned k = 0; k < d->nodes; k++) out = put(out, d->of[k].token.word);
    for (size_t k = 0; k < d->sets; k++)
        if (delivery_knows(d, d->self, k)) out = put(out, d->key[k].word);
}

bool delivery_stage(delivery *d, unsigned stage, uint8_t *out)
{
    if (d->released || !d->agrees || d->self >= d->nodes) return false;
    if (delivery_lacks(d) < d->members || tokens_of_others(d) < stage) return false;
    write_release(d, out);
    return d->released = true;
}

void delivery_read_release(delivery *d, unsigned from, const uint8_t *in)
{
    for (unsigned k = 0; k < d->members; k++)
        if (d->of[k].takes_part) take(&d->of[k].ok, in, OF_OK, k), in += DELIVERY_WORD;
    for (unsigned k = 0; k < d->nodes; k++, in += DELIVERY_WORD)
        take(&d->of[k].token, in, OF_TOKEN, k);
    for (size_t k = 0; k < d->sets; k++)
        if (delivery_knows(d, from, k)) take(&d->key[k], in, OF_KEY, k), in += DELIVERY_WORD;
}

bool delivery_done(const delivery *d)
{
    for (size_t k = 0; k < d->sets; k++)
        if (!d->key[k].shown) return false;
    return d->released || d->self >= d->nodes;
}
