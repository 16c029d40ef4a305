/* The keys of one session; see keys.h. */
#include "runtime/box.h"
#include "runtime/points.h"

#include <openssl/crypto.h>
#include <openssl/rand.h>
#include <stdlib.h>
#include <string.h>

typedef uint8_t key[KEY_BYTES];

/* C(n, k), or anything above `most` once it is above. */
static size_t choose(unsigned n, unsigned k, size_t most)
{
    size_t c = 1;
    for (unsigned i = 1; i <= k && c <= most; i++) c = c * (n - k + i) / i;
    return c;
}

/* The next larger number with as many ones. */
static uint64_t next_of_same_size(uint64_t set)
{
    uint64_t lowest = set & -set, up = set + lowest;
    return up | ((set ^ up) >> 2) / lowest;
}

static set_stream set_of(const box *b, uint64_t members)
{
    return (set_stream){.members = (uint32_t)members,
                        .factor = set_function(b->edge, (uint32_t)members, b->nodes, b->self + 1),
                        .bit_factor = gf2m_set_function(gf2m_degree(b->nodes), (uint32_t)members,
                                                        b->nodes, b->self)};
}

static size_t own_sets(const box *b, set_stream *out)
{
    size_t found = 0;
    uint64_t members = ((uint64_t)1 << (b->nodes - b->threshold)) - 1;

    for (; members >> b->nodes == 0; members = next_of_same_size(members))
        if (members >> b->self & 1) out[found++] = set_of(b, members);
    return found;
}

static int by_members(const void *a, const void *b)
{
    uint32_t x = ((const set_stream *)a)->members, y = ((const set_stream *)b)->members;
    return (x > y) - (x < y);
}

/* Sets of n - t nodes one after the other: those that are no leaders (leader_mask.h), whoever leads. */
static size_t own_runs(const box *b, set_stream *out)
{
    unsigned size = b->nodes - b->threshold;

    for (unsigned k = 0; k < size; k++) {
        uint64_t members = 0;
        for (unsigned i = 0; i < size; i++)
            members |= (uint64_t)1 << (b->self + b->nodes - k + i) % b->nodes;
        out[k] = set_of(b, members);
    }
    qsort(out, size, sizeof *out, by_members);
    return size;
}

unsigned keys_sets(unsigned nodes, unsigned threshold)
{
    return (unsigned)choose(nodes, threshold, SMALL_SETS);
}

bool keys_small(unsigned nodes, unsigned threshold)
{
    return keys_sets(nodes, threshold) <= SMALL_SETS;
}

keys *keys_new(const box *b)
{
    keys *k = calloc(1, sizeof *k);

    if (!k) return NULL;
    k->members = b->members;
    k->small = keys_small(b->nodes, b->threshold);
    k->set = calloc(SMALL_SETS, sizeof *k->set);
    k->to = calloc(b->members, sizeof(stream *));
    k->from = calloc(b->members, sizeof(stream *));
    k->bits_to = calloc(b->members, sizeof(stream *));
    k->bits_from = calloc(b->members, sizeof(stream *));
    if (!k->set || !k->to || !k->from || !k->bits_to || !k->bits_from) {
        keys_free(k);
        return NULL;
    }
    if (box_is_node(b)) k->sets = (k->small ? own_sets : own_runs)(b, k->set);
    return k;
}

static void free_streams(stream **s, unsigned count)
{
    for (unsigned i = 0; s && i < count; i++) stream_free(s[i]);
    free(s);
}

void keys_free(keys *k)
{
    if (!k) return;
    for (size_t i = 0; i < k->sets; i++) {
        stream_free(k->set[i].random);
        stream_free(k->set[i].bits);
        stream_free(k->set[i].order);
        stream_free(k->set[i].lifted);
        stream_free(k->set[i].outputs);
    }
    free_streams(k->to, k->members);
    free_streams(k->from, k->members);
    free_streams(k->bits_to, k->members);
    free_streams(k->bits_from, k->members);
    stream_free(k->own);
    stream_free(k->own_bits);
    stream_free(k->own_checks);
    stream_free(k->own_lifted);
    free(k->set);
    free(k);
}

/* --- agreeing: what goes to and comes from a peer is one key for each set both are in, then the pair's */

typedef struct exchange {
    key *mine, *theirs; /* [sets + 1] of this peer; NULL when there is no such pair */
} exchange;

/* Two members share a key when one of them computes. */
static bool paired(const box *b, unsigned peer)
{
    return peer != b->self && (peer < b->nodes || box_is_node(b));
}

static bool in_set(const set_stream *s, unsigned node)
{
    return node < NODES_MAX && s->members >> node & 1;
}

static void swap_with(job *j, const keys *k, exchange *e, unsigned peer)
{
    size_t shared = 1;

    for (size_t i = 0; i < k->sets; i++) shared += in_set(&k->set[i], peer);
    job_send(j, peer, e[peer].mine, shared * sizeof(key));
    job_receive(j, peer, e[peer].theirs, shared * sizeof(key));
}

static void swap_all(job *j, const keys *k, exchange *e)
{
    for (unsigned peer = 0; peer < k->members; peer++)
        if (paired(job_box(j), peer)) swap_with(j, k, e, peer);
    job_wait(j);
}

/* Where the key of set `which` stands in what is swapped with this peer; the pair's for which = sets. */
static size_t slot(const keys *k, unsigned peer, size_t which)
{
    size_t at = 0;
    for (size_t i = 0; i < which; i++) at += in_set(&k->set[i], peer);
    return at;
}

/* This member's contributions: to a set the same for all of it, to a pair one of its own. */
static void contribute(job *j, const keys *k, exchange *e, key *to_set)
{
    const box *b = job_box(j);

    if (RAND_bytes(to_set[0], (int)((k->sets + 1) * sizeof(key))) != 1)
        job_fail(j, E_BUG, "no random bytes");
    for (unsigned peer = 0; peer < k->members; peer++) {
        if (!paired(b, peer)) continue;
        for (size_t i = 0; i < k->sets; i++)
            if (in_set(&k->set[i], peer))
                memcpy(e[peer].mine[slot(k, peer, i)], to_set[i], sizeof(key));
        if (RAND_bytes(e[peer].mine[slot(k, peer, k->sets)], sizeof(key)) != 1)
            job_fail(j, E_BUG, "no random bytes");
    }
}

static void derive(job *j, uint8_t *out, const void *secret, size_t len, const uint8_t *session_id,
                   const char *purpose, uint64_t index)
{
    failure err = {0};
    job_check(j, key_derive(out, KEY_BYTES, (slice){secret, len}, session_id, purpose, index, &err),
              &err);
}

static void set_key(job *j, const keys *k, const exchange *e, const key *to_set, size_t which,
                    uint8_t *out, const uint8_t *session_id)
{
    const box *b = job_box(j);
    uint8_t parts[NODES_MAX * KEY_BYTES];
    size_t len = 0;

    for (unsigned node = 0; node < b->nodes; node++) {
        if (!in_set(&k->set[which], node)) continue;
        const uint8_t *from = node == b->self ? to_set[which] : e[node].theirs[slot(k, node, which)];
        memcpy(parts + len, from, KEY_BYTES);
        len += KEY_BYTES;
    }
    derive(j, out, parts, len, session_id, "set", k->set[which].members);
    OPENSSL_cleanse(parts, sizeof parts);
}

static uint64_t pair_index(unsigned a, unsigned b)
{
    return (uint64_t)(a < b ? a : b) << 32 | (a < b ? b : a);
}

static void pair_key(job *j, const keys *k, const exchange *e, unsigned peer, uint8_t *out,
                     const uint8_t *session_id)
{
    unsigned self = job_box(j)->self;
    size_t at = slot(k, peer, k->sets);
    key parts[2];

    memcpy(parts[self > peer], e[peer].mine[at], sizeof(key));
    memcpy(parts[self < peer], e[peer].theirs[at], sizeof(key));
    derive(j, out, parts, sizeof parts, session_id, "pair", pair_index(self, peer));
    OPENSSL_cleanse(parts, sizeof parts);
}

static stream *stream_for(job *j, const uint8_t *from, const char *purpose, uint64_t index)
{
    stream *s = NULL;
    failure err = {0};
    job_check(j, stream_open(&s, from, purpose, index, &err), &err);
    return s;
}

static void open_streams(job *j, keys *k, exchange *e, const key *to_set, key *of_set, key *of_pair,
                         const uint8_t *session_id)
{
    const box *b = job_box(j);

    for (size_t i = 0; i < k->sets; i++) {
        set_key(j, k, e, to_set, i, of_set[i], session_id);
        k->set[i].random = stream_for(j, of_set[i], "random", 0);
        k->set[i].bits = stream_for(j, of_set[i], "bits", 0);
        k->set[i].order = stream_for(j, of_set[i], "order", 0);
        k->set[i].lifted = stream_for(j, of_set[i], "lifted", 0);
        k->set[i].outputs = stream_for(j, of_set[i], "outputs", 0);
    }
    for (unsigned peer = 0; peer < k->members; peer++) {
        if (!paired(b, peer)) continue;
        pair_key(j, k, e, peer, of_pair[peer], session_id);
        k->to[peer] = stream_for(j, of_pair[peer], "deal", b->self);
        k->from[peer] = stream_for(j, of_pair[peer], "deal", peer);
        k->bits_to[peer] = stream_for(j, of_pair[peer], "deal bits", b->self);
        k->bits_from[peer] = stream_for(j, of_pair[peer], "deal bits", peer);
    }
    if (!box_is_node(b)) return;
    k->own = stream_for(j, to_set[k->sets], "own", 0);
    k->own_bits = stream_for(j, to_set[k->sets], "own bits", 0);
    k->own_checks = stream_for(j, to_set[k->sets], "own checks", 0);
    k->own_lifted = stream_for(j, to_set[k->sets], "own lifted", 0);
}

/* What members show each other of the keys they hold. */
static void load_confirmations(job *j, const keys *k, exchange *e, const key *of_set,
                               const key *of_pair, const uint8_t *session_id)
{
    const box *b = job_box(j);

    for (unsigned peer = 0; peer < k->members; peer++) {
        if (!paired(b, peer)) continue;
        for (size_t i = 0; i < k->sets; i++)
            if (in_set(&k->set[i], peer))
                derive(j, e[peer].mine[slot(k, peer, i)], of_set[i], KEY_BYTES, session_id,
                       "confirm", k->set[i].members);
        derive(j, e[peer].mine[slot(k, peer, k->sets)], of_pair[peer], KEY_BYTES, session_id,
               "confirm", pair_index(b->self, peer));
    }
}

static void compare_confirmations(job *j, const keys *k, const exchange *e)
{
    const box *b = job_box(j);

    for (unsigned peer = 0; peer < k->members; peer++) {
        size_t len = (slot(k, peer, k->sets) + 1) * sizeof(key);
        if (paired(b, peer) && CRYPTO_memcmp(e[peer].mine, e[peer].theirs, len))
            job_fail(j, E_ABORT,
                     "%s holds other keys for this session: someone sent it and this party "
                     "different contributions",
                     b->launch->name[peer]);
    }
}

void keys_agree(job *j, keys *k, const uint8_t session_id[KEY_BYTES])
{
    const box *b = job_box(j);
    exchange *e = job_bytes(j, k->members * sizeof *e);
    key *to_set, *of_set, *of_pair;

    memset(e, 0, k->members * sizeof *e);
    if (b->edge->dry) { /* only lengths count */
        swap_all(j, k, e);
        swap_all(j, k, e);
        return;
    }
    for (unsigned peer = 0; peer < k->members; peer++) {
        e[peer].mine = job_bytes(j, (k->sets + 1) * sizeof(key));
        e[peer].theirs = job_bytes(j, (k->sets + 1) * sizeof(key));
    }
    to_set = job_bytes(j, (k->sets + 1) * sizeof(key)); /* the last: this member's own choices */
    of_set = job_bytes(j, (k->sets + 1) * sizeof(key));
    of_pair = job_bytes(j, k->members * sizeof(key));
    contribute(j, k, e, to_set);
    swap_all(j, k, e);
    open_streams(j, k, e, (const key *)to_set, of_set, of_pair, session_id);
    load_confirmations(j, k, e, (const key *)of_set, (const key *)of_pair, session_id);
    swap_all(j, k, e);
    compare_confirmations(j, k, e);
}
