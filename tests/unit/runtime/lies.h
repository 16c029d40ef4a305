/* Nodes that lie in active mode, and the verdict on what the honest members do then. A lie is told where protocols call
 * each other: the test program is linked so that those calls of a lying node come here first (lies.c, --wrap). What it
 * says is then as consistent as a cheater likes; of the product nothing is changed. */
#ifndef MOOT_TESTS_LIES_H
#define MOOT_TESTS_LIES_H

#include "core_help.h"

#include "runtime/audit.h"

/* The nodes and thresholds that all attacks are tried among. */
#define LIES_SIZES                                                                                 \
    {                                                                                              \
        {3, 1}, {4, 1}, {5, 2}, {6, 2},                                                            \
        {                                                                                          \
            7, 3                                                                                   \
        }                                                                                          \
    }

/* --- trials */

/* A program with its inputs and right outputs, and members to run it in active mode. */
typedef struct trial {
    program *p;
    run_data *d;
    launch *l;
} trial;
/* Takes p. Numbers have up to 20 bits. The inputs come from the last member, which is no node. */
trial trial_of(program *p, unsigned nodes, unsigned threshold);
void trial_end(trial *t);

typedef struct tally {
    size_t runs, stopped; /* stopped: those in which an honest member did */
} tally;
/* Says how many there were, for those who add them up (tests/tools/count_lies.sh). */
void tally_tell(const tally *t);

/* Programs that take a few protocols each, and reveal once. */
enum { SORTED = 17, SORTED_BITS = 5 /* of a place */ };
program *program_of_prime(void);    /* the products of a field of another prime, of 192 bits */
program *program_of_products(void); /* x y summed up with itself, by matrices and item by item */
program *program_of_one(opcode op); /* of two inputs of numbers; OP_FLOOR by 7 bits */
program *program_of_prime_one(opcode op); /* the same in a field of another prime */
program *program_of_choices(void);        /* bools choose numbers */
program *program_of_shuffles(void);       /* of rows of two, the sum of whose squares is revealed */
program *program_of_sorts(void);          /* of SORTED rows of two, by a bool, digit by digit */
program *program_of_two_rows(void);       /* the same of two rows of one */
program *program_of_levels(size_t levels, size_t width); /* products that wait for each other */

/* Whether what is there of the outputs is right. */
bool outputs_right(const trial *t, const member_run *run);

/* --- lies */

/* Which protocol is under way: several at a time, the inner ones in the outer. */
typedef enum step {
    STEP_KEYS,
    STEP_INPUTS,       /* inputs are shared */
    STEP_INPUT_CHECKS, /* with all they consist of */
    STEP_DEALING,      /* one node deals numbers or bits */
    STEP_PRODUCTS,     /* numbers are multiplied */
    STEP_KING,
    STEP_MASK,        /* opened to B, and at n = 3 made; in fields of other primes opened to all, */
    STEP_MASK_AHEAD,  /* made ahead of need */
    STEP_ANDS,        /* bits are multiplied */
    STEP_BITS_OPENED, /* as elements of GF(2^m) */
    STEP_TO_FIELD,    /* bits become numbers */
    STEP_BIT_PAIRS,   /* random bits, in both fields */
    STEP_SHUFFLE,
    STEP_MOVE,   /* rows go to secret places, with all that this consists of: */
    STEP_SUMS,   /* the sums of rows that moved are checked */
    STEP_PLACES, /* places in numbers are opened */
    STEP_POINT,  /* a check point, with all it consists of */
    STEP_TOSS,
    STEP_CHALLENGE, /* in a toss: from when on shares of a challenge are shown */
    STEP_VERIFY_DEALT,
    STEP_SUMS_OPENED, /* of what was opened under masks */
    STEP_VERIFY_PRODUCTS,
    STEP_OPENING, /* something is opened by all shares */
    STEP_GO_ON,   /* all have come */
    STEP_TAGS,    /* of what waits for owners who are not there */
    STEP_OUTPUTS,
    STEPS
} step;

/* What a lie is about: one of these, or several that are told alike. */
typedef enum lie_about {
    ABOUT_MESSAGE = 1,   /* bytes on their way to one node */
    ABOUT_SECRET = 2,    /* numbers that the node deals, consistently */
    ABOUT_BITS = 4,      /* rows of bits that it deals, consistently */
    ABOUT_REDUCTION = 8, /* its part of products whose degree is reduced, dealt consistently */
    ABOUT_SHARE = 16,    /* its shares of what is opened under a mask, to which it stands later */
    ABOUT_OPENING = 32   /* its shares of what is opened by all shares */
} lie_about;

/* Where a lie is told. */
typedef struct moment {
    const box *b;
    unsigned to;     /* ABOUT_MESSAGE */
    size_t occasion; /* of those in the step */
} moment;

#define EVERY SIZE_MAX

typedef struct lie lie;
struct lie {
    uint32_t liars; /* members, a bit each */
    unsigned about; /* of lie_about */
    step in;
    step or_in;              /* another one; 0: none */
    uint32_t within, not_in; /* further steps that are under way, and that are not: a bit each */
    size_t nth;              /* of the liar's steps of this kind */
    size_t round;            /* of the step */
    size_t which; /* of its occasions in the step, in each of which receivers count for themselves */
    uint32_t to;  /* receivers of messages, a bit each; 0: all */
    size_t bytes; /* of what is lied about; 0: any */
    void (*how)(const lie *l, const moment *at, void *data, size_t bytes);
    size_t most;           /* how often; 0: on each of those */
    uint64_t by;           /* for `how` */
    bool about_input_bits; /* in p61 too numbers are shared as bits */
    bool elsewhere;        /* told by the inputs, or to the network */
    unsigned patience_ms;  /* of the others; 0: enough for lies that nobody notices */

    /* Filled by the run. */
    size_t told[NODES_MAX + 1];
    size_t begun[NODES_MAX + 1][STEPS]; /* how often each member was in each step */
    size_t said[NODES_MAX + 1][STEPS];  /* bytes that it sent there */
    size_t opened,
        ones[GF2M_MOST]; /* of bits that are opened under masks: how many, at node 0, and by plane how many 1 */
    uint64_t challenge[64]; /* the first word that each gave at node 0 */
    size_t challenges;
    uint64_t *output[NODES_MAX]; /* each node's shares of the first output, by malloc, of those who want them: */
    bool wants_outputs;
    const launch *session;
    unsigned closed; /* members that are through */
};

/* One that is told on every occasion; what is more special is then set. */
lie lie_of_node(size_t node, unsigned about, step in,
                void (*how)(const lie *, const moment *, void *, size_t), uint64_t by);

/* One that is told elsewhere, or by liars = 0 not at all. */
lie lie_elsewhere(size_t node);

/* Ways to lie. */
void add_to_first(const lie *l, const moment *at, void *data, size_t bytes); /* `by`, to an element */
void add_to_last(const lie *l, const moment *at, void *data, size_t bytes);
void add_cancelling(const lie *l, const moment *at, void *data,
                    size_t bytes); /* to the first, from the last */
void flip_first(const lie *l, const moment *at, void *data, size_t bytes); /* the bits of `by` */
void flip_last(const lie *l, const moment *at, void *data, size_t bytes);
void randomise(const lie *l, const moment *at, void *data, size_t bytes);

/* What a lie that is about to be told can rest on: the subsets whose parities are compared, of the first bits that were
 * dealt, as this member has just drawn them: rows of one word. */
const uint64_t *subsets_seen(void);

/* Whether this thread, which is a member, is in a step: for those who tamper with its messages. */
bool in_step(step s);

/* From now on this is told, on the threads of the members, before a batch is verified behind the jobs to come. */
typedef void behind_watcher(const box *b);
void watch_behind(behind_watcher *with);

/* From now on this is told, on the threads of the members, of each stream that is opened; NULL: no more. */
typedef void stream_watcher(const uint8_t key[KEY_BYTES], const char *purpose, uint64_t index);
void watch_streams(stream_watcher *with);

/* From now on the most of each that products are verified with at a check point, of all members, is told here; NULL: no
 * more. */
void watch_notes(audit_counts *most);

/* Runs t while the liars lie. The test fails where an honest member learns anything else than the inputs say. What the
 * honest members' runs were is the caller's, to be freed by members_free. */
member_run *run_lied_to(const trial *t, lie *l);

/* Lies on the k-th occasion after the other, each in a run of its own, until there is none: how many there were. Each is
 * caught as expect_caught asks. */
size_t expect_each_caught(program *(*make)(void), unsigned nodes, unsigned threshold, lie l,
                          const char *words);

/* Takes p. All honest members stop with E_ABORT and no output, and say so in these words, of which one member at least is
 * the author, and accuse no honest one; or the test fails. */
void expect_caught(program *p, unsigned nodes, unsigned threshold, lie l, const char *words);
/* The same, of a trial with inputs of its own. */
void expect_caught_in(const trial *t, lie *l, const char *words);

/* Three nodes, of whom none is an owner, are asked to run in active mode what it has no checks for, and refuse. Takes p. */
void expect_refused(program *p);
/* The same of each of three nodes that finds an occasion to tell the lie, which is that of no node in particular; one at
 * least does. Of more nodes the first is enough. */
void expect_each_liar_caught(program *(*make)(void), unsigned nodes, unsigned threshold, lie l,
                             const char *words);
/* What expect_caught asks of runs that are there. */
void expect_all_stopped(const trial *t, const lie *l, const member_run *runs, const char *words);

#endif
