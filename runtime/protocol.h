/* The protocols (protocols.md), each a straight line that waits for rounds inside. All run as part of a job,
 * with the same lengths at every member; vectors are of the box's field f, NULL where it is dry.
 * `out` may be an operand. Nothing here learns a secret, save what is opened on purpose. */
#ifndef MOOT_RUNTIME_PROTOCOL_H
#define MOOT_RUNTIME_PROTOCOL_H

#include "runtime/box.h"

static inline size_t least(size_t a, size_t b)
{
    return a < b ? a : b;
}

/* --- words of a stream that are drawn when they are wanted: reshare.c */

typedef struct claim {
    stream *from;
    uint64_t first;
} claim;

claim claim_words(stream *s, size_t len);
/* Elements at … at+len-1 of them; may run outside the job (job_note). */
void draw_claimed(job *j, const field *f, claim d, size_t at, void *out, size_t len);

/* --- sharing and products: reshare.c, king.c */

/* The dealer's secrets, as a polynomial of degree t of which t shares come from streams, are added to the
 * nodes' `out` when the next job_wait returns. `secret`, which is not `out`, is read at the dealer only, until
 * then. */
void deal(job *j, unsigned dealer, const void *secret, void *out, size_t len);

/* out = shares of degree t of what `z`, another vector, shares by degree 2t. By Gennaro, Rabin, Rabin 1998 in
 * one round, where n = 3 sends one element a node; or through a king in two (launch.h says when). Whoever calls it notes
 * what z is made of (audit.h). */
void reshare(job *j, void *out, const void *z, size_t len);

/* The same of the products of x and y, or (y NULL) of x, none of which is `out`; where keys->small. */
void reduce_by_king(job *j, void *out, const void *x, const void *y, size_t len);

void multiply(job *j, void *out, const void *x, const void *y, size_t len);
/* The same of vectors that begin where scratch.h gave them and will not be written to, nor is out: they are noted where they
 * are. */
void multiply_registers(job *j, void *out, const void *x, const void *y, size_t len);

/* The matrix product of shares or clear numbers, here alone (field.h), some rows at a time: a large one heeds what
 * cancels it. */
void multiply_matrices(job *j, void *out, const void *a, const void *b, size_t n, size_t d, size_t m);

/* --- sums of products: sums.c */

/* x of n rows of d shares, y of d rows of m. */
typedef struct matrix_product {
    const void *x, *y;
    size_t n, d, m;
} matrix_product;
/* The products one after the other, none of them an operand, in one round: an entry is one multiplication, but for those
 * of more items than one check point takes (audit.h), which are multiplied by parts. */
void multiply_all_matrices(job *j, void *out, const matrix_product *p, size_t count);

/* out[i] = the sum over k < d of x[k][i] y[k][i], i < n: a product each. */
void multiply_sums(job *j, void *out, const void *x, const void *y, size_t n, size_t d);

/* --- opening: open.c */

/* out = the secrets, at every node: each sends its shares to the t nodes after it. */
void open_to_all(job *j, void *out, const void *x, size_t len);

/* The same in active mode, of what a uniform mask of the whole field hides. `out` is not x. It is noted (audit.h): who opens it
 * otherwise is found at the next check point. Until then nothing may be opened, under a mask or not, of shares that it decided
 * how to change: where honest nodes read different values these would be no sharing, and each share more that is shown
 * a secret. */
void open_noted(job *j, void *out, const void *x, size_t len);

/* The same towards one member, without waiting: `out`, of the field `edge`, is right at that member when the
 * next job_wait returns, and not read elsewhere. A node gets t shares, another member t + 1. */
void open_to_member(job *j, unsigned member, void *out, const void *x, size_t len);

/* --- randomness nobody knows: random.c */

void random_shares(job *j, void *out, size_t len);
/* 0 or 1. In fields 2^q - 1 by bits of sets (bit_protocol.h); in others the exclusive or of bits of t + 1 nodes. */
void random_bits(job *j, void *out, size_t len);

/* --- numbers uniform in 0 … p-1, up to 2^-UNIFORM_BITS, and their q bits (as planes: bit k of all items, then bit k + 1),
 * for masks of active mode in a field of any prime: uniform_numbers.c. They are verified when this returns, by a check point:
 * the job has to be alone. Fails the run with probability 2^-43 where p is not near to a power of two. */
enum { UNIFORM_BITS = 104 };
typedef struct random_number {
    void *value, *bit;
} random_number;
random_number random_numbers(job *j, size_t len);

/* --- comparison: compare.c */

/* A number of `planes` bits against another: of each item whether it is less, and whether it is equal. */
typedef struct bit_tree {
    size_t start, planes; /* which planes of `less` and `equal`; the result is in plane `start` */
} bit_tree;

/* Leaves of the trees over [c < r]: c public, r by its bits, one plane a bit from the lowest. */
void compare_leaves(job *j, void *less, void *equal, const void *c, const void *r_bits,
                    unsigned planes, size_t len);
/* Folds the trees side by side in log2(planes) rounds. Unless keep_equal, roots have no `equal`. */
void compare_fold(job *j, void *less, void *equal, bit_tree *tree, size_t trees, bool keep_equal,
                  size_t len);

/* Plane 0 = the product of all planes of bits; the others are overwritten. */
void all_of_planes(job *j, void *bits, size_t planes, size_t len);

/* out = [d < 0], given |d| <= (p-1)/2. */
void is_negative(job *j, void *out, const void *d, size_t len);
/* out = [d = 0]. */
void is_zero(job *j, void *out, const void *d, size_t len);

/* --- the same in a field of any prime: slack.c. Of |d| < 2^job_decided_bits(j), which decisions.c knows: masks
 * hide it up to 2^-SLACK_BITS. */
void slack_negative(job *j, void *out, const void *d, size_t len);
void slack_zero(job *j, void *out, const void *d, size_t len);
void slack_floor_part(job *j, void *out, const void *x, unsigned bits,
                      size_t len); /* 0 < bits <= those; some items */
unsigned job_decided_bits(const job *j);

/* --- truncation: truncate.c */

/* out = floor(x / 2^bits), exactly, of any |x| <= (p-1)/2. */
void floor_shift(job *j, void *out, const void *x, unsigned bits, size_t len);

/* --- maximum: maximum.c */

/* Of each of `runs` runs of `run` items: the largest and its place, the first of equals. */
typedef struct tournament {
    const void *x;
    size_t run, runs;
    void *best, *place;
    bool wants_place;
} tournament;
void maximum(job *j, tournament *t, size_t count);

/* --- shuffle: shuffle.c, network.c */

/* Tables one after the other, rows of `width` items in each; all are of as many rows. */
typedef struct deck {
    size_t tables, width;
} deck;

/* Each table of the decks, which stand one after the other in x, has its rows in an order that nobody knows: uniform,
 * and independent of the others, for any t nodes. While sets have keys C(n, t) rounds, in all one element an item for
 * each set but the last, whose members deal (Laur, Willemson, Zhang 2011); beyond, t + 1 networks of switches. */
void shuffle(job *j, void *x, size_t rows, const deck *d, size_t decks);
void shuffle_by_networks(job *j, void *x, size_t rows, const deck *d, size_t decks);

/* What passes of a shuffle are made of. All sets of n - t nodes, each the one before with one node exchanged; the node
 * that is in `set` and not in `next`; whether this node is in one, its stream of permutations, z = its part of an
 * additive sharing of x, and adding one of 0. */
size_t shuffle_sets(const box *b, uint32_t set[SMALL_SETS]);
unsigned shuffle_leaves(uint32_t set, uint32_t next);
bool shuffle_takes(const box *b, uint32_t set);
stream *shuffle_stream(const box *b, uint32_t set);
void shuffle_parts(const box *b, uint32_t set, void *z, const void *x, size_t len);
void shuffle_refresh(job *j, uint32_t set, void *z, size_t len);

/* order = a uniform permutation of 0 … rows-1 by the stream, the same at all who have it. */
void draw_order(job *j, stream *from, uint32_t *order, size_t rows);

/* Calls `protocol` on parts of a long vector, one after the other, so that what it needs besides (64 times
 * its length) fits in memory. The parts depend on len alone. */
void in_parts(job *j, void (*protocol)(job *, void *, const void *, unsigned, size_t), void *out,
              const void *x, unsigned argument, size_t len);

/* --- what a job does: local.c, products.c, decisions.c, draws.c, border.c */

size_t operand_length(const value *v);
/* The operand as shares of its own length: a clear one is a sharing by constants. */
const void *operand_shares(job *j, const value *v);
/* Operand `which` of every lane after the other, spread to the lane's result. */
const void *gather(job *j, size_t which, size_t total);
/* Whether what was gathered is the operand of the only lane itself, and the results are that lane's: no one writes to them
 * when they are there. */
bool is_register(const job *j, size_t which, const void *gathered);
size_t gathered_length(const job *j);
/* Where result 0 of all lanes is to be written, one after the other; scatter hands it to the lanes. */
void *results_begin(job *j, size_t total);
void results_end(job *j, const void *results);

void job_local(job *j);     /* one of the opcodes that need no message here, any number of lanes */
void job_products(job *j);  /* MUL AND OR XOR MASK SELECT MATMUL of secrets */
void job_decisions(job *j); /* LT EQ FLOOR MAXIMUM */
void job_draws(job *j);     /* RANDOM SHUFFLE */
void job_share(job *j);
void job_reveal(job *j);

/* Who learns an output, a member or (home from `members` on) an owner who is not there, and which items of the lane. */
typedef struct learner {
    unsigned home;
    size_t at, len;
} learner;
/* All of a REVEAL lane, members first where all learn it: scratch of the job. border.c */
typedef struct learners {
    learner *is;
    size_t count;
} learners;
learners learners_of(job *j, const abb_lane *l);

/* What is revealed to owners who are not there: keep.c. Keeps the shares of a lane; in active mode, of all reveals that
 * have begun, with tags: one product for each owner and lane, to be verified before anything is opened. */
void keep_shares(job *j, const abb_lane *l);
void keep_tagged(job *j);

#endif
