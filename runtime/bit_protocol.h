/* Protocols on bits shared over GF(2^m) (bits.h) and on masks of which leaders know parts, for the prime fields
 * 2^q - 1. Like those of protocol.h they run as part of a job, with the same lengths at every member; what
 * holds shares is NULL on a dry box. */
#ifndef MOOT_RUNTIME_BIT_PROTOCOL_H
#define MOOT_RUNTIME_BIT_PROTOCOL_H

#include "runtime/bits.h"
#include "runtime/protocol.h"

/* --- roles, and bits that nodes deal: bit_sharing.c */

/* A part of the items, whole words but for the last, and the node with which its roles begin. */
typedef struct turn {
    unsigned first;
    size_t word, words, item, items;
} turn;

/* Roles rotate over the items, so that every node sends the average; few items are one turn. The next call
 * begins with another node. */
typedef struct turns {
    turn *at; /* scratch of the job */
    size_t count;
} turns;
turns turns_over(job *j, size_t len);

/* Sets of nodes, a bit each: `count` nodes from `first` on, around the circle. */
uint32_t nodes_from(const box *b, unsigned first, unsigned count);
bool node_in(uint32_t set, unsigned node);

/* Zeroed; NULL on a dry box. */
uint64_t *job_words(job *j, size_t words);
wires job_wires(job *j, size_t count, size_t words);
/* The same with any contents, for what is overwritten. */
uint64_t *job_raw_words(job *j, size_t words);
wires job_raw_wires(job *j, size_t count, size_t words);
/* The same of what an owner deals, who need not be a node: NULL on a cost box only. */
uint64_t *job_own_words(job *j, size_t words);

/* out's items to … to+len-1, which are 0, become in's from … from+len-1. */
void copy_items(const box *b, wire out, size_t to, wire in, size_t from, size_t len);

/* to = x, to += x, of whole words. */
void copy_wire(const box *b, wire to, wire x, size_t words);
void add_wire(const box *b, wire to, wire x, size_t words);

/* Bits that have been queued and come with the next job_wait. */
typedef struct bit_post {
    struct bit_arrival *first;
} bit_post;

/* The sum of what the `dealers` hold of the turn's items is added to `out`, part of it when bits_arrive is
 * called after the next job_wait: as a replicated sharing (one bit to n - t - 1 others; Cramer, Damgård, Ishai 2005)
 * where all sets have keys, else by polynomials. `own` is read and overwritten at dealers: a row of turn.words
 * words for each wire. */
void bits_deal(job *j, bit_post *mail, turn t, uint32_t dealers, uint64_t *own, wires out);
void bits_arrive(job *j, bit_post *mail);

/* The first `len` bits of `own`, which any member may deal, are added to the first wire of `out` in the same way. */
void bits_share(job *j, bit_post *mail, unsigned dealer, uint64_t *own, wires out, size_t len);

/* out_k = x_k y_k of each pair, by degree reduction (GRR 1998) of the traces Tr(c lambda_i x y): one round, and
 * at n = 3, 5, 7 one, two, three bits a node. `out` has a wire for each pair. */
typedef struct bit_pair {
    wire x, y;
} bit_pair;
void bits_and(job *j, wires out, const bit_pair *pair, size_t len);
/* The same of items with these turns: the first 2t + 1 nodes of each are those that deal. */
void bits_and_over(job *j, wires out, const bit_pair *pair, turns over);
/* As bits_and, of factors and products that nobody writes to any more, neither then nor later: what is noted of them is
 * held, not copied (note_lasting_bit_products). */
void bits_and_lasting(job *j, wires out, const bit_pair *pair, size_t len);

/* Bits on their way to one member, who need not be a node: t + 1 nodes send it one bit each. What there is of `own` and
 * `came` is at that member. */
typedef struct bit_opening {
    size_t len;
    wires x;
    uint64_t *own; /* a node's part, a row for each wire */
    uint8_t *came[NODES_MAX];
} bit_opening;
/* Goes with the next job_wait, until which x stays. */
bit_opening bits_open_to(job *j, unsigned member, wires x, size_t len);
/* out = the bits, a row of whole words for each wire, when they have come, at that member. */
void bits_opened(job *j, const bit_opening *o, uint64_t *out);
/* The same at every node. One round. */
void bits_open(job *j, uint64_t *out, wires x, size_t len);

/* The same of elements of GF(2^m), which a mask of the whole field hides, by the shares of all n: `out` is their coefficient of
 * 1. E_ABORT, naming `what`, where they are on no polynomial of degree t: what is opened decides what nodes do with their
 * shares, so all have to read the same. A mask of one bit would not do where nodes may lie: an error outside of GF(2), in a
 * factor, shows the other factor in the other coefficients. */
void bits_open_whole(job *j, uint64_t *out, wires x, size_t len, const char *what);

/* Planes of the turn's words += c times planes: [plane][wire][turn.words]. */
void bits_add_planes(const box *b, wires out, turn t, const uint64_t *plane, gf2m c);

/* --- bits that a set of nodes knows */

/* A bit known to all nodes of a set of n - t is a sharing already: `known` is added to `out`. */
void bits_add_known(job *j, wire out, const uint64_t *known, uint32_t set, size_t words);

/* Tr(c lambda x): the linear function by which this node's share of x counts as a bit when those of `among` are
 * added up; as in bit_kernels. */
gf2m bits_row_among(const box *b, uint32_t among);

/* The nodes of a turn that lead, one after the other, and B, all others. */
uint32_t leaders_of(const box *b, turn t);
uint32_t followers_of(const box *b, turn t);
/* Those t + 1 of B that deal products with what B knows, and the linear function by which this one's share
 * counts in them, as in bit_kernels. */
uint32_t speakers_of(const box *b, turn t);
gf2m speaker_row(const box *b, turn t);

/* out = each bit as an element, [wire][len]; n = 3: two rounds, 8 bytes a node in p61 (see bit_field.c). */
void bits_to_field(job *j, void *out, wires x, size_t len);
/* How many bits, whole words of them, go to the field or are drawn for it at once (audit.h, batch_items): of each leader's
 * part it is noted that it is a bit, and all parts but one are joined by products. */
size_t bits_at_once(const job *j);

/* Random bits that nobody knows, and the same as elements. */
typedef struct random_bit_pairs {
    wires bit; /* one wire */
    void *number;
} random_bit_pairs;
random_bit_pairs make_bit_pairs(job *j, turns over, size_t len, size_t words);
/* The same with turns of its own, some at a time where there are many: random.c. */
random_bit_pairs random_pairs(job *j, size_t len);
/* The bits alone: without a message where all sets have keys. */
wires make_random_bits(job *j, turns over, size_t len);

/* --- masks: leader_mask.c */

/* How S is dealt: by bits, or (while there is one leader) so many of the lowest in groups of up to three with their products,
 * in active mode of two, of which none crosses `cut`; `high`: shares of S >> cut are wanted. */
typedef struct mask_shape {
    unsigned grouped, cut;
    bool high;
} mask_shape;

/* A random r = S + r_B mod p of each item, made before what it masks is known. Zero is written p in S and in its
 * parts. */
typedef struct mask {
    mask_shape shape;
    turns roles;
    size_t len;
    size_t word; /* of the wires, where the items begin */
    void *r;     /* shares */
    void *own;   /* a leader's part of S, else r_B */
    void *high;  /* shares of the sum of the leaders' parts, each >> cut; when wanted */
    wires s; /* the bits of S in groups: the products of the bits of each set; active: the bits alone */
    wires pairs; /* active: the products of the two bits of each group that has two */
    wires carries; /* when high is wanted: of each adder the carries into bit `cut` and out of the highest */
} mask;
mask make_mask(job *j, mask_shape shape, turns over, size_t len, size_t words);
/* How many items, whole words of them, may be masked at once so that they and what is made of them, `products` more of
 * each bit, are no more than one check point takes. */
size_t masks_at_once(const job *j, mask_shape shape, size_t products);
/* About how many products of bits are noted of a mask itself; where `high` is wanted, besides, numbers count as words. */
size_t mask_products(const box *b, mask_shape shape);

/* A number d = w - S mod p, with w and S in 1 … p: the bits of S are shared, and B knows w. */
typedef struct masked {
    mask by;
    void *w;          /* at the nodes of B */
    uint64_t *known;  /* its bits: q rows of whole words, right where this node is in B, else 0 */
    bit_group *group; /* the bits of S from the lowest, with `known`; their number is public */
    size_t groups;
    wire *bit; /* [q] of S */
} masked;
wire masked_carry(const masked *m, size_t k);
/* out += a row of bits that B knows; bit k of w. */
void masked_add_known(job *j, const masked *m, const uint64_t *row, wire out);
void masked_add_bit(job *j, const masked *m, size_t k, wire out);

/* Opens d + r to B under a uniform r that no t nodes know. n = 3: one round. */
masked mask_open(job *j, const void *d, mask_shape shape, size_t len);

/* The same S beside w - end mod p, written in 0 … p-1, in place of w: local. `end` is public, of each item, in 1 … p-1. */
masked mask_less(job *j, const masked *m, const void *end);

/* Whether a run of bits of w is less than that of S, or equal; `less` says nothing where they are equal, unless it is
 * `strict`. */
typedef struct bit_order {
    wire less, equal;
    bool strict;
} bit_order;
/* Of each group, in wires of their own: one round, or none where all groups are of one bit. */
bit_order *mask_orders(job *j, const masked *m);
/* One round. */
void order_strictly(job *j, bit_order *o, size_t len);

/* What a run of bits does to a carry: it passes on the one that comes; or it makes one or none, and what `makes` says
 * where it passes is not looked at, but in the lowest run, where it has to be 0. */
typedef struct span {
    wire makes, passes;
} span;

/* The carry out of the highest of `count` spans, which is brought in at the lowest; into[k] = the carry into span k.
 * By a tree (Brent, Kung 1982) of 3 count products in 2 log2(count) rounds. */
wire bits_carries(job *j, wire *into, const span *leaf, size_t count, size_t words, turns over);

/* out = the lowest out.count bits of each d in 0 … p-1: bit_decompose.c. */
void bits_of_numbers(job *j, wires out, const void *d, size_t len);

/* --- comparison with the mask: bit_compare.c. `out` are shares of bits */

/* [d < 0], given |d| <= (p-1)/2. */
void bits_negative(job *j, wire out, const void *d, size_t len);
/* [d = 0]. */
void bits_zero(job *j, wire out, const void *d, size_t len);
/* out = floor(d / 2^bits), 0 < bits < q, of any |d| <= (p-1)/2. */
void bits_floor(job *j, void *out, const void *d, unsigned bits, size_t len);

/* Whether each d in 0 … p-1 is below a public number of its own, `end`, in 1 … min(p, 2^bits) - 1: exactly where all wires of
 * `out` are 0, of which there are below_wires. */
size_t below_wires(const box *b, unsigned bits);
void bits_below(job *j, wires out, const void *d, const void *end, unsigned bits, size_t len);

#endif
