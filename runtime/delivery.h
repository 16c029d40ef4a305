/* Fair delivery of outputs: all honest members learn them, or none does, whatever t nodes do and whenever they stop.
 *
 * What is opened is an output plus a mask, the sum of streams of which one key belongs to each set of n - t nodes. The keys
 * are shown later, in a *release*. First each member promises, by their hashes, the words that it is going to show: nodes an
 * ok, a token and the keys of their sets; others who learn something an ok. All compare a hash of all promises. Who finds
 * the opened values in order then shows its ok to all. Who has all oks releases: the oks, its token and its keys. Who
 * lacks one goes on for t + 2 stages, of a round each: in stage k it releases too when it holds all oks and the tokens of k
 * other nodes, and passes on what it holds. Of t + 1 tokens of others one is of an honest node, which has released to all
 * before; after fewer there is a stage left in which all others follow. Only who has released uses the outputs. So a
 * cheater who keeps its ok back, or shows it to some, leaves all honest members with the outputs or all without.
 *
 * Here are the decisions of one member, which know nothing of rounds: delivery_rounds.c has these. */
#ifndef MOOT_RUNTIME_DELIVERY_H
#define MOOT_RUNTIME_DELIVERY_H

#include "runtime/keys.h"

enum { DELIVERY_WORD = 32 };

/* What somebody will show, known by its hash before. */
typedef struct promise {
    uint8_t hash[DELIVERY_WORD], word[DELIVERY_WORD];
    bool shown; /* `word` is here; else it is 0 */
} promise;

typedef struct delivery_member {
    bool takes_part;   /* all nodes do, and who else learns something */
    promise ok, token; /* the token of a node only */
} delivery_member;

typedef struct delivery {
    unsigned nodes, members, self;
    size_t sets;
    uint32_t set[SMALL_SETS]; /* all sets of n - t nodes, in an order of all members */
    promise key[SMALL_SETS];
    unsigned promised_by[SMALL_SETS]; /* a member; `members`: nobody yet */
    bool agrees, released;
    delivery_member of[]; /* [members] */
} delivery;

size_t delivery_size(unsigned members);

/* Begins with what is public, in zeroed memory of that size, and `set` as it is there. */
void delivery_begin(delivery *d, unsigned nodes, unsigned members, unsigned self);
/* Whether a member knows the key of a set. */
bool delivery_knows(const delivery *d, unsigned member, size_t set);
/* Promises the words of this member, which are there: its ok, and of a node its token and the keys of its sets.
 * Like all that hash it is false when libcrypto is out of memory. */
bool delivery_promise(delivery *d);

/* The hashes that a member sends: of its ok, its token, its keys. */
size_t delivery_promises_size(const delivery *d, unsigned member);
void delivery_write_promises(const delivery *d, uint8_t *out);
/* The member that promised another key of one of the sets before; `members` when all fits. */
unsigned delivery_read_promises(delivery *d, unsigned from, const uint8_t *in);
bool delivery_digest(const delivery *d, uint8_t out[DELIVERY_WORD]);

/* This member found everything in order: its word for all. */
const uint8_t *delivery_agree(delivery *d);
void delivery_read_ok(delivery *d, unsigned from, const uint8_t *in);
/* The first member whose ok is not here; `members`: all are. */
unsigned delivery_lacks(const delivery *d);

/* What a node sends in a stage: when it releases all oks, the tokens that it holds and its keys; else zeros. */
size_t delivery_release_size(const delivery *d, unsigned node);
/* Releases when it is time to; whether it does in this stage. */
bool delivery_stage(delivery *d, unsigned stage, uint8_t *out);
void delivery_read_release(delivery *d, unsigned from, const uint8_t *in);
/* The outputs may be used. */
bool delivery_done(const delivery *d);

#endif
