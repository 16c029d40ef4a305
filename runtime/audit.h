/* What active security has yet to verify. Protocols note here what they did: every product of shares with its factors,
 * every opening under a mask, every bit that was dealt in two fields; nothing of it is believed before a check point,
 * which stands before each reveal. On a passive box there is no audit and the notes do nothing; on a dry box they count.
 *
 * A degree reduction is right up to an error that the cheaters know (Genkin et al. 2014), so a product may be used
 * before it is verified as long as nothing is opened that no uniform mask of the whole field hides. */
#ifndef MOOT_RUNTIME_AUDIT_H
#define MOOT_RUNTIME_AUDIT_H

#include "runtime/checks.h"

/* Products x y = z of shares, one after the other. */
typedef struct product_block product_block;
/* Of matrices: x y = z, of which random combinations of rows and columns are inner products of d terms; or n sums of d
 * products. */
typedef struct matrix_note matrix_note;
/* Products of bits as planes of words. */
typedef struct bit_note bit_note;
typedef struct opening_note opening_note;
typedef struct dealt_note dealt_note;
typedef struct input_note input_note;

/* How much there is of each. What a check point costs follows from it, and grows with each. */
typedef struct audit_counts {
    size_t products, matrix_terms, bit_words;
    size_t kept; /* elements that are copied besides: of matrices, sums and openings, and what is no product */
    size_t dealt_by[NODES_MAX];        /* bits */
    uint32_t opened_to[NODES_MAX + 1]; /* [openings] the sets of nodes that something was opened to */
    size_t openings;                   /* of these */
    size_t heard;                      /* dealings that several nodes hear */
} audit_counts;

/* What was noted and not verified; a check point takes all of it. */
typedef struct notes {
    audit_counts count, taken; /* now; when they were taken to be verified behind other jobs */
    size_t unnoted;            /* products that were reduced and not noted */
    bool checking;             /* a check point is under way */
    coin coin;
    product_block *product, **product_end;
    matrix_note *matrix, **matrix_end;
    bit_note *bits, **bits_end;
    bit_note *bit_room; /* of them, the one that copies are added to; NULL: none */
    opening_note *opening, **opening_end;   /* under masks */
    struct evp_md_ctx_st *heard[NODES_MAX]; /* the hash of what each node dealt to this one */
    opening_note *shares, **shares_end;     /* without values */
    dealt_note *dealt, **dealt_end;
    input_note *input, **input_end;
    size_t inputs, fitting; /* how many, and whose degree has been verified */
} notes;

typedef struct audit {
    const check_field *field, *lifted, *edge; /* the box's, GF(2^60), and that of outputs */
    notes *now;                               /* of the jobs under way */
    size_t points; /* check points so far at which there was something to verify */
    size_t batch;  /* CHECKED_PRODUCTS */
    bool steady;   /* the program always goes one way */
    bool checking_inputs;
    stream *mask[SMALL_SETS]; /* of the outputs that are being delivered */
    failure spoilt;           /* why nothing more is computed after a delivery; else OK */
} audit;

/* `now`, or of a job that verifies others behind it, those. NULL in passive mode. */
notes *job_notes(const job *j);

/* Into b->audit. E_USAGE when the program takes a step that is not checked yet, naming it. */
status audit_open(box *b, failure *err);
void audit_close(box *b);

/* What is noted is copied. */
void note_products(job *j, const void *x, const void *y, const void *z, size_t len);
/* Of items at … of whole vectors as scratch.h gave them, which nobody writes to any more: they are held, not copied. */
void note_registers(job *j, void *x, void *y, void *z, size_t at, size_t len);
void note_matrices(job *j, const void *x, const void *y, const void *z, size_t n, size_t d, size_t m);
/* z[i] = the sum over k < d of x[k][i] y[k][i], i < n, where rows k of x and y are `stride` items apart. */
void note_sums(job *j, const void *x, const void *y, const void *z, size_t n, size_t d,
               size_t stride);
/* What was dealt and is no product: its degree is to be checked. */
void note_shares(job *j, const void *share, size_t len);
/* So many products had their degree reduced, and so many of these have been noted. A check point finds a protocol that
 * forgets to: E_BUG. */
void note_reduced(job *j, size_t products);
void note_noted(job *j, size_t products);
/* Of len items from the beginning of the wires. */
void note_bit_products(job *j, wire x, wire y, wire z, size_t len);
/* The same of wires in the job's memory that nobody writes to any more, not even once they have been used, or honest nodes
 * would find a wrong product and stop: where they are long their memory is held, not copied. */
void note_lasting_bit_products(job *j, wire x, wire y, wire z, size_t len);
/* `opened` was opened to the `receivers` (a bit each), and is read at those. */
void note_opening(job *j, uint32_t receivers, const void *share, const void *opened, size_t len);
/* Some nodes deal bits to several others alike; and what one of them dealt to this node, as it came. */
void note_dealing(job *j);
void note_heard(job *j, unsigned dealer, const void *bytes, size_t len);

/* len bits that a node dealt: in the field, where they are noted as products too (b b = b), and as a wire. `own` are
 * the bits, at that node. */
void note_dealt(job *j, unsigned dealer, const void *number, wire bit, const uint64_t *own,
                size_t len);

/* What a member shared, that is declared to be within `type`: items at … of a vector as scratch.h gave it, which is held. */
void note_input(job *j, unsigned home, const reg *type, void *shares, size_t at, size_t len);

/* What a member shared in place of numbers (input_bits.h): bits, as numbers. Copied. */
void note_input_bits(job *j, unsigned home, const void *bit, size_t bits);

/* The size of a range, hi - lo, as an element of the field, and its bits, 0 where the range is the whole field,
 * and there is nothing to check. */
element range_span(const box *b, const reg *r);
unsigned range_bits(const box *b, const reg *r);
/* The bits of a number, 0 of 0. */
unsigned element_bits(element e);

/* Makes each count of *a the larger of both: what is pending behind either of two ways. */
void audit_counts_most(audit_counts *a, const audit_counts *b);

/* Counts `times` more of what *a has and `since` has not. */
void audit_counts_repeat(audit_counts *a, const audit_counts *since, uint64_t times);
/* How often what was noted since then, by all that has run since (`on`: without a check point), can be noted again at least
 * before there is so much that it is verified; 0 when it cannot be said. */
uint64_t audit_repeats(const audit *a, const audit_counts *since, bool on);

/* --- the records, for those who verify them */

/* As many as stay in the cache while they are worked on. */
enum { BLOCK_PRODUCTS = 1 << 12, BLOCK_WORDS = 1 << 12 };

struct product_block {
    product_block *next;
    size_t len;
    void *held[3];   /* scratch memory of others, or NULL */
    void *x, *y, *z; /* [BLOCK_PRODUCTS] */
    _Alignas(16) uint8_t data[];
};

struct matrix_note {
    matrix_note *next;
    size_t n, d, m; /* m = 0: sums */
    void *x, *y, *z;
    _Alignas(16) uint8_t data[];
};

/* The words of all notes, one after the other, are parted into blocks of BLOCK_WORDS. */
struct bit_note {
    bit_note *next;
    size_t words;
    uint64_t last; /* which bits of the last word count */
    void *held[3]; /* scratch memory of others, or NULL */
    wire of[3];    /* x, y and z: there, or in `data`, planes of BLOCK_WORDS words */
    _Alignas(16) uint64_t data[];
};

struct opening_note {
    opening_note *next;
    uint32_t receivers;
    size_t len;
    void *share, *value;
    _Alignas(16) uint8_t data[];
};

struct dealt_note {
    dealt_note *next;
    unsigned dealer;
    size_t len;
    void *number;
    wire bit;
    uint64_t *own; /* a row of words */
    _Alignas(16) uint8_t data[];
};

struct input_note {
    input_note *next;
    unsigned home;
    uint8_t kind;
    bool any;         /* number of the field */
    element lo, span; /* span: hi - lo */
    size_t len;
    void *held;        /* scratch memory of others, or NULL */
    const void *share; /* there, or in `data` */
    _Alignas(16) uint8_t data[];
};

/* Forgets what has been verified. */
void notes_drop_products(box *b, notes *n);
void notes_drop_openings(box *b, notes *n);
void notes_drop_dealt(box *b, notes *n);
void notes_drop_inputs(box *b, notes *n);
void notes_drop_heard(notes *n);
/* Whether there are products in it that no step has made fewer yet. */
bool notes_are_whole(const notes *n);
/* Without inputs, which wait for a check point of their own. */
void notes_take_inputs(notes *to, notes *from);
notes *notes_new(void); /* NULL when memory is out */
void notes_free(box *b, notes *n);

/* --- shuffles: audit_shuffle.c */

/* Shuffles by `by`, which is given wider rows: see shuffle in protocol.h. */
typedef void shuffler(job *j, void *x, size_t len, size_t rows, const deck *d, size_t decks);
void shuffle_checked(job *j, void *x, size_t rows, const deck *d, size_t decks, shuffler *by);

/* --- rows that go to secret places: audit_rows.c */

/* Rows of a place, if it is a number, of `width` other numbers, and of bits, those of the place among them, if it is
 * bits: as shares of degree t. */
typedef struct rows_of_shares {
    size_t rows;
    bool has_place;
    const void *place, *x; /* [rows], [rows][width] */
    size_t width;
    const wire *bit;
    size_t bits;
} rows_of_shares;

/* What the columns count with in the sum of a row, random and known to nobody: shares. */
typedef struct row_keys {
    void *by;         /* [numbers of a row] */
    uint64_t *bit_by; /* [bits], in GF(2^60) */
} row_keys;
row_keys row_keys_draw(job *j, size_t numbers, size_t bits);

/* out[k] = the sum of row k, shared by degree 2t: of its numbers; of its bits, in GF(2^60). Where there are some. */
void row_sums(job *j, const row_keys *k, const rows_of_shares *r, void *out);
void row_bit_sums(job *j, const row_keys *k, const rows_of_shares *r, uint64_t *out);

/* Fails where the rows that came have not the sums that came with them, of which the `holders` have parts that add up: of
 * numbers, as `sum`, and of bits, as `sum_row`, a row of words for each bit of GF(2^60). All of it has to be noted and verified
 * before, for this passes or fails by what the cheaters did alone. */
void expect_row_sums(job *j, const row_keys *k, const rows_of_shares *came, uint32_t holders,
                     const void *sum, const uint64_t *sum_row);

/* Stops what has no checks, should it ever be reached in active mode. */
void refuse_unchecked(job *j, const char *step);

/* --- outputs: delivery_rounds.c; what it is for and why it is fair: delivery.h */

typedef struct output_delivery output_delivery;
/* Promises, with the next job_wait. learns: [members] which ones get an output. In the same round masked outputs are
 * opened, in an order that is the same at all: deliver_mask writes the shares to be opened in place of x. */
output_delivery *deliver_begin(job *j, const bool *learns);
void deliver_mask(job *j, output_delivery *o, void *out, const void *x, size_t len);
/* When that round is over and what was opened here is in order. Fails, at all honest members, or delivers to all of
 * them; then deliver_unmask turns what was opened into the outputs, in that order; NULL where none is learned here. */
void deliver_finish(job *j, output_delivery *o);
void deliver_unmask(job *j, output_delivery *o, void *opened, size_t len);
void deliver_forget(box *b);

/* --- verifying: audit_products.c, audit_bits.c, audit_dealt.c, audit_point.c, audit_inputs.c */

enum { DEALT_SUBSETS = 44 }; /* of dealt bits, whose parities are compared */
/* Verifies that bits dealt in two fields are the same, given that they are bits, which it notes as products; and openings, by
 * the same challenge and in the same rounds. Where bits were dealt. */
void verify_dealt(job *j);

/* Verifies openings, by the challenge that was drawn last: two parts, with a job_wait between them. */
typedef struct opening_check {
    strict_opening on_the_way;
    void *opened, *wanted; /* the sums for this node, and what they have to be */
    size_t count;
} opening_check;
opening_check openings_begin(job *j);
void openings_end(job *j, const opening_check *c);

/* Verifies all products noted so far, of both kinds; E_ABORT when one is wrong. */
void verify_products(job *j);

/* The first step over products of bits (audit_bits.c): from planes to a vector of factors in GF(2^60). */
typedef struct bit_sum {
    unsigned variables; /* over which blocks are folded */
    size_t len;         /* elements of x and y after the fold */
    uint64_t *by;       /* the weights of half words, random */
    uint64_t *weight;   /* [2^variables] of parts of a block */
    uint64_t claim;     /* shares of what the products add up to */
} bit_sum;
bit_sum bit_sum_begin(job *j);
/* h[k] = shares of the sum at the k-th of 3^variables points. */
void bit_sum_points(job *j, const bit_sum *s, uint64_t *h);
/* a, b = the factors, with the random weights in a, where the variables have these values: `at` has the weights of the
 * parts. */
void bit_sum_fold(job *j, const bit_sum *s, uint64_t *a, uint64_t *b, const uint64_t *at);

/* The sum in GF(2^60) of items from … from+len-1 of a wire, as this node's shares, where each half of a word of 64 counts
 * with an element of `by`, two a word, and each item in it with a power of x: it is 0 for all `by` only if all items are.
 * The same of single bits. len > 0; of contents. */
uint64_t bit_sum_of_wire(job *j, wire bit, const uint64_t *by, size_t from, size_t len);
uint64_t bit_sum_of_row(job *j, const uint64_t *row, const uint64_t *by, size_t from, size_t len);

/* A wrong value passes all checks of a run in a field of q bits with a probability below 2^-(what this returns). */
unsigned audit_soundness(unsigned q);

/* A check point: all that was noted is verified, in an order in which no check passes or fails by a secret
 * (protocols.md). E_ABORT naming what does not fit. */
void check_point(job *j);
/* sum += a combination of len shares by what the coin draws. Not on a dry field. */
void add_combined(job *j, const field *f, void *sum, const void *share, size_t len);

/* Whether so much is noted that it is verified now, to keep memory bounded: products or words of bits of a batch, or as
 * many elements besides as these have. Not where a program chooses its way: then the moment could differ from what was
 * foretold. */
enum { CHECKED_PRODUCTS = 1 << 20 };
bool audit_is_full(const audit *a);
/* --- batches that are verified in the rounds in which the next ones come to be: round.c */

/* So many at once hide their rounds behind few rounds of work; only the last of them has its notes in memory. */
enum { BEHIND_MOST = 8 };
/* Takes all that is noted now, and verifies it in the rounds of the jobs to come. Ends by itself, with the next check point
 * at the latest, or with the first failure. Where there is room for it. */
status box_verify_behind(box *b, failure *err);
void box_drop_behind(box *b); /* without a result */
/* Of a job that is alone: until there is room for one more, or none is left. */
void job_await_behind(job *j, awaiting what);
/* How many there are, and what will be sent by each follows from. */
typedef struct behind_mark {
    uint64_t rounds; /* that it took part in */
    audit_counts taken;
} behind_mark;
size_t box_behind(const box *b, behind_mark mark[BEHIND_MOST]);

/* In the middle of a long instruction, if this job has the rounds for itself and everything that it has reduced is
 * noted. */
void check_when_full(job *j);
/* Verifies all that is noted in the rounds to come. At once where inputs are to be checked, on which it rests, but for what
 * their own check notes once they are known to be sharings. */
void check_batch(job *j);
/* What box_verify_behind runs. */
void verify_noted(job *j);
/* How many items a protocol takes at once of which each is noted as so many products (or words of products of bits): those
 * of a batch, one at least, so that check_when_full can stand between; all where there is nothing to keep bounded. Who
 * notes more of an instruction than a check point takes would hold all of it. */
size_t batch_items(const job *j, size_t products);
/* How many items, operands and results, jobs have that are under way together; one of more is alone, so that it can have
 * check points. */
size_t batch_of_jobs(const box *b);

/* Parts of a check point while inputs are unchecked (audit_inputs.c): the first one decides, by noted steps, whether each is
 * what it is declared to be, and when these are verified the second one names who shared a value outside. What lies
 * between is scratch of the job. */
typedef struct input_checks input_checks;
const input_checks *begin_input_checks(job *j);
void end_input_checks(job *j, const input_checks *c);

#endif
