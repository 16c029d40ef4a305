/* What the checks of active security are made of, in either field: openings of which every share counts, the
 * challenges that are drawn so, reductions of a few products, and the moment at which all have come so far. Run as part
 * of a job by all members alike; knows nothing of what is checked (audit.h). */
#ifndef MOOT_RUNTIME_CHECKS_H
#define MOOT_RUNTIME_CHECKS_H

#include "runtime/protocol.h"

/* A field in which shares are checked, with the points of the nodes: the box's own, or GF(2^60) for shares of bits. */
typedef struct check_field {
    const field *f; /* dry where this member holds no shares */
    element point[NODES_MAX];
    element at_zero[NODES_MAX]; /* [threshold + 1]: the first nodes' shares in the secret */
    element at_node[NODES_MAX][NODES_MAX]; /* [nodes][threshold + 1]: the same in the share of another */
    element reducing; /* this node's part of what 2t + 1 reduce; 0 when it is not one of them */
} check_field;
/* f: the box's field, or the `edge` of it, or GF(2^60). NULL when memory is out; freed by free. */
const check_field *check_field_new(const box *b, const field *f);

/* One vector element by element: what is public of it. */
element check_element(const field *f, const void *v, size_t k);

/* out = the secrets, at every node, by the shares of all n: E_ABORT, naming `what`, where they are on no polynomial of
 * degree t. Of a polynomial of that degree t cheaters cannot change one share, for the n - t others fix it. */
void open_strictly(job *j, const check_field *c, void *out, const void *x, size_t len,
                   const char *what);

/* The same in two parts, with a job_wait between them; x and out stay. */
typedef struct strict_opening {
    const check_field *c;
    void *out;
    size_t len;
    void *share[NODES_MAX];
} strict_opening;
strict_opening strict_begin(job *j, const check_field *c, void *out, const void *x, size_t len);
void strict_end(job *j, const strict_opening *o, const char *what);
/* In place of strict_end, for who knows whose value each is: the first whose shares do not fit; len when all do. */
size_t strict_misfit(job *j, const strict_opening *o);
/* To one member alone, be it a node or not; c is of the box's `edge`. */
strict_opening strict_begin_to(job *j, const check_field *c, unsigned member, void *out,
                               const void *x, size_t len);

/* opened = the secrets, planes of wires, of shares of bits that all nodes showed each other: packed[k] those of node k, all
 * planes as bits_pack leaves them. E_ABORT as of strict_end. */
void strict_bits(job *j, wires opened, uint8_t *const packed[NODES_MAX], size_t len,
                 const char *what);

/* Goes on when every node has got everything that was sent to it in the rounds before, and found nothing wrong: each
 * tells all. Without it a node that waits for no one sends its share of a challenge while a cheater still withholds
 * from another node what the challenge is for. */
void all_have_come(job *j);

/* A stream that nobody could foresee before the last moment at which all had come: its key is opened by n shares of
 * random elements. The same at all nodes, each element drawn once; toss takes the place of the last. NULL on a dry box. */
typedef struct coin {
    stream *field, *lifted; /* elements of the box's field, and of GF(2^60) */
    stream *bits;           /* words of bits */
} coin;
void toss(job *j);
void coin_free(coin *c);
void coin_draw(job *j, const field *f, void *out, size_t len);

/* Shares of random elements that nobody knows. */
void check_random(job *j, const check_field *c, void *out, size_t len);

/* out += shares of degree t of what z shares by degree 2t, when the next job_wait returns and deal_arrive is called
 * (Gennaro, Rabin, Rabin 1998). z is overwritten. Few elements: every share is sent. */
typedef struct few_products {
    const check_field *c;
    void *out;
    size_t len;
    void *came[NODES_MAX];
} few_products;
few_products reduce_few(job *j, const check_field *c, void *out, void *z, size_t len);
/* The same of the sum of what the dealers, a bit each, hold as `own`, which stays. */
few_products deal_few(job *j, const check_field *c, uint32_t dealers, void *out, const void *own,
                      size_t len);
void few_arrive(job *j, const few_products *r);

#endif
