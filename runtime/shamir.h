/* The real black box: every secret is a Shamir sharing among n nodes, products are reduced in degree as BGW
 * do. One object per session and member. A member that is no node (launch.h) shares its inputs and learns
 * its outputs, and holds no shares. */
#ifndef MOOT_RUNTIME_SHAMIR_H
#define MOOT_RUNTIME_SHAMIR_H

#include "net/channel.h"
#include "runtime/launch.h"
#include "runtime/observer.h"

/* Which opening an absent owner's share is of: the output, and which of its rows. */
typedef struct absent_key {
    uint32_t output;
    int64_t row;
} absent_key;

/* What this node holds of the owners who are not there (launch.absent), and what it is to keep for them. */
typedef struct absent_owners {
    const void *const *share; /* [absent]: of what each submitted, elements in the order of submission.h */
    /* Takes this node's shares of what is revealed to an owner, or to all; false when memory is out. The reveals of
     * one owner come in an order that is the same at all nodes. */
    bool (*keep)(void *user, unsigned owner, const absent_key *what, const void *share, size_t bytes);
    void *user;
} absent_owners;

typedef struct shamir_config {
    const program *program;
    const launch *launch;
    const absent_owners *absent; /* NULL when nobody is; outlives the box */
    uint8_t session_id[32]; /* hash of everything agreed, nonces included; keys are bound to it */
    struct bit_pool *recording; /* of a dry run that finds out what to make ahead (bit_pool.h); else NULL */
    const observer *observer; /* NULL: nobody looks; outlives the box */
} shamir_config;

/* What one source line cost so far at this member. */
typedef struct line_cost {
    uint32_t line;
    uint64_t multiplications, bytes, rounds; /* payload bytes sent by this member */
} line_cost;

typedef struct shamir_cost {
    uint64_t rounds, multiplications, bytes; /* bytes: frames, as channel_count says */
    uint64_t bytes_besides;                  /* those of no line: keys, heads of frames, credit */
    uint64_t first_reveal; /* the round in which the first output is opened; 0: none yet */
    bool at_most;          /* a cost box, of a program that may go a cheaper way */
    const line_cost *line; /* by line, ascending; owned by the box */
    size_t lines;
} shamir_cost;

/* Agrees on keys with the others over `channel` (borrowed until shamir_close) and makes the box. Uses the
 * process's random source for its contributions. */
status shamir_open(abb **out, const shamir_config *cfg, channel *channel, failure *err);

/* The same code on a counting channel, over vectors without contents: what member `self` would send. */
status cost_open(abb **out, const shamir_config *cfg, unsigned self, failure *err);

/* In active mode: verifies all that was computed, which a reveal does before anything else. */
status shamir_settle(abb *box, failure *err);

shamir_cost shamir_count(const abb *box);

/* Where the run is, for messages about a lost peer: the round, the source place of the instruction under way, which
 * round of which loop it stands in (0: none), and whether any output has been revealed. */
typedef struct shamir_progress {
    uint64_t round;
    place at;
    int64_t turn, turns;
    bool revealed;
} shamir_progress;
shamir_progress shamir_where(const abb *box);

void shamir_close(abb *box); /* cleanses keys and shares; closes the counting channel of a cost box */

/* For interp_watcher: a run on this channel goes on until it is cancelled. */
bool shamir_goes_on(void *channel);

#endif
