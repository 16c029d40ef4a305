/* What an owner who does not compute leaves at the nodes: its inputs as shares, dealt ahead of the session. t nodes get
 * a seed that their shares are drawn from, the others the shares themselves; each with a nonce, and all with the
 * commitments to everybody's part, so that nodes who hold the same commitments hold one sharing. Every submission has
 * fresh seeds, which are bound to its id and so to nothing else. Knows nothing of files and networks.
 *
 * A submission is one vector: the operands of all SHARE lanes of the owner's party, in the order of the program. */
#ifndef MOOT_RUNTIME_SUBMISSION_H
#define MOOT_RUNTIME_SUBMISSION_H

#include "runtime/field.h"

enum { SUBMISSION_HASH = 32 };

/* How many elements one member of the party submits. */
size_t submission_length(const program *p, uint32_t party);

/* Where the operand of the SHARE lane with this result begins among them. */
size_t submission_at(const program *p, uint32_t party, uint32_t shared);

/* A hash of all that decides which vector a member of the party submits for given inputs: shapes and ranges, the field,
 * and what the owner computes by itself. Programs that differ in nothing but the size of a group may have the same. */
status submission_form(const program *p, uint32_t party, uint8_t out[SUBMISSION_HASH], failure *err);

/* The id: a hash of whose submission it is (the text of a public key), of what (what all have agreed on), and how many
 * this owner has made for it. */
void submission_id(uint8_t out[SUBMISSION_HASH], const char *owner,
                   const uint8_t what[SUBMISSION_HASH], uint64_t sequence);

/* How it is shared. */
typedef struct submission_terms {
    const field *f;
    unsigned nodes, threshold;
    size_t len; /* elements */
    uint8_t id[SUBMISSION_HASH];
} submission_terms;

/* What one node gets. */
typedef struct submission_part {
    uint8_t nonce[SUBMISSION_HASH];
    uint8_t *data; /* malloc */
    size_t len;    /* submission_bytes */
} submission_part;

/* How long the part of this node is: that of a seed, or of len elements. */
size_t submission_bytes(const submission_terms *t, unsigned node);

/* Deals x: part[nodes], freed with submission_forget, and commitment[nodes]. E_BUG when no random numbers are to be
 * had. (Shamir 1979; seeds as in Gennaro, Rabin, Rabin 1998 with t shares from streams.) */
status submission_deal(const submission_terms *t, const void *x, submission_part *part,
                       uint8_t (*commitment)[SUBMISSION_HASH], failure *err);

/* The commitment that belongs to a part. */
void submission_commit(const submission_terms *t, unsigned node, const submission_part *part,
                       uint8_t out[SUBMISSION_HASH]);

/* What a submission is called among nodes: a hash of its id and all commitments. */
void submission_digest(uint8_t out[SUBMISSION_HASH], const uint8_t id[SUBMISSION_HASH],
                       const uint8_t *commitments, unsigned nodes);

/* The node's shares from its part: t->len elements. E_DATA when they are none of this field. */
status submission_shares(const submission_terms *t, unsigned node, const submission_part *part,
                         void *out, failure *err);

/* Cleanses and frees parts. */
void submission_forget(submission_part *part, unsigned count);

#endif
