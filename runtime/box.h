/* The inside of a Shamir box: what a member is and knows, and the jobs under way. Only the files that make up
 * the box include this; everyone else sees shamir.h.
 *
 * A job is straight-line code on a fiber. It queues what it sends and will receive, then waits; when all jobs
 * wait, everything queued goes out in one round. Protocols never see a failure: a failed round, or memory
 * running out, unwinds the job to its beginning (job_fail), where its scratch vectors are cleansed.
 *
 * Every member runs the same code with the same lengths. One that holds no shares (an owner who is no node;
 * every member of a cost box) has a dry field and NULL vectors, and sends or receives only at the border. */
#ifndef MOOT_RUNTIME_BOX_H
#define MOOT_RUNTIME_BOX_H

#include "runtime/bits.h"
#include "runtime/fiber.h"
#include "runtime/field.h"
#include "runtime/keys.h"
#include "runtime/scratch.h"
#include "runtime/shamir.h"

/* The forms of a secret: numbers, shared in the field; bools also or only as bits (bits.h). */
enum { IN_FIELD = 1, IN_BITS = 2 };

/* A secret vector as this member holds it: its shares in each form it has, or NULL with a length. */
typedef struct vec {
    void *v;
    uint64_t *bits; /* the planes of one wire */
    size_t len;
} vec;

typedef struct job job;
typedef struct box box;

/* What goes to and comes from one peer in the next round. */
typedef struct post {
    chunk *out, *in;
    size_t out_len, out_cap, in_len, in_cap;
} post;

/* How long a line has waited for the jobs of one batch, which wait at the same time. */
typedef struct line_wait {
    uint64_t batch, rounds;
} line_wait;

enum { BOX_STOPOVER = 1024 };

/* Of batches of notes that are verified behind other jobs: nothing, that there is room for one more, that none is left. */
typedef enum awaiting { AWAITS_NOTHING, AWAITS_ROOM, AWAITS_ALL } awaiting;

struct box {
    abb base;
    const launch *launch;
    const field *f;    /* of the shares held here; dry when there are none */
    const field *edge; /* of inputs and outputs given and learned here; dry on a cost box */
    unsigned self, nodes, threshold, members;
    bool owns_channel;
    channel *channel;
    const observer *observer; /* NULL: nobody */
    keys *keys;
    const absent_owners *absent; /* NULL on a dry box, and when there are none */
    uint8_t session_id[KEY_BYTES];
    fiber_pool *fibers;
    scratch *memory; /* of all vectors of shares and of the jobs */

    element *dealing; /* [nodes][threshold + 1]: what this member deals to each node, by secret and streams */
    element *reducing; /* [nodes]: this node's part of a product that the 2t+1 nodes from k on reduce */
    element *opening; /* [threshold + 1]: of this node's share and those of the t nodes before it */

    const bit_kernels *bits; /* NULL where the field is not 2^q - 1 */
    unsigned turn;           /* the node with which the roles of the next items begin */
    struct bit_pool *pool;   /* what was made ahead of need; NULL: nothing */
    uint8_t *form;           /* [registers]; NULL: all are in the field alone */
    bool borrows_pool;       /* a recorder's, which belongs to the box that asked */
    struct scrap *kept;      /* scratch that outlives its job */
    struct audit *audit;     /* what active security has yet to verify; NULL in passive mode */

    job **job; /* begun and not finished */
    size_t jobs, jobs_cap;
    post *post;     /* [members] */
    void *stopover; /* BOX_STOPOVER elements on their way between a frame and a vector */
    const chunk **out, **in;
    size_t *out_len, *in_len;
    job *behind; /* those that verify what was noted before, beside the others: the first begun first */
    awaiting awaits; /* the job under way goes on when that has come */
    bool *came; /* the next round is an exchange, which ends at came_until; NULL: it is an ordinary one */
    int64_t came_until;

    line_cost *line;        /* of every line that sends messages, ascending */
    line_wait *line_waited; /* [lines]: what the last jobs have been charged to the line */
    size_t lines;
    uint64_t batches, multiplications; /* batches: of jobs that began together */
    size_t together;                   /* how many jobs the last batch had */
    uint64_t bytes_of_lines; /* what is in `line`, as far as one way of the program goes */
    bool at_most;            /* a cost box: the program can cost less */
    place at;                /* of the instruction under way */
    uint64_t first_reveal;   /* the round that opened the first output; 0: none yet */
};

static inline box *box_of(const abb *base)
{
    return (box *)(uintptr_t)base;
}

static inline bool box_is_node(const box *b)
{
    return b->self < b->nodes;
}

static inline void box_tell_phase(const box *b, run_phase now)
{
    if (b->observer) b->observer->phase(b->observer->user, now);
}

static inline uint8_t box_form(const box *b, uint32_t r)
{
    return b->form && r < b->base.program->regs ? b->form[r] : IN_FIELD;
}

/* --- jobs: round.c */

/* Takes up `work` to be done by `run` on a fiber in the next box_finish. `work` may be NULL. */
status job_begin(box *b, abb_job *work, void (*run)(job *), failure *err);
/* Whether one job can do both lanes: the same first immediate, and results of the same forms. */
bool lanes_alike(const box *b, const abb_job *work, size_t a, size_t c);
/* The same for those lanes only that are like lane `like`; the others are other jobs'. */
#define ALL_LANES SIZE_MAX
status job_begin_like(box *b, abb_job *work, size_t like, void (*run)(job *), failure *err);
/* Runs all begun jobs to their end, round by round. */
status job_finish_all(box *b, failure *err);
/* Runs one at once, on the caller's stack; it must not wait. */
status job_run_here(box *b, const abb_job *work, void (*run)(job *), failure *err);

/* Frees what jobs have kept. */
void box_drop_kept(box *b);
/* Frees a job that was begun and never run. */
void job_discard(job *j);
/* Takes back what a failed job has put into its lanes: shamir.c. */
void box_drop_results(box *b, const abb_job *work);

/* Where a program may go one of two ways: fork.c, for abb_ops. */
status box_fork(abb *base, abb_fork **out, failure *err);
void box_other(abb *base, abb_fork *f);
void box_join(abb *base, abb_fork *f);
/* Turns of a loop that cost what others did: turns.c, for abb_ops. */
int64_t box_repeat(abb *base, abb_turns **seen, int64_t left);

box *job_box(const job *j);
const abb_job *job_work(const job *j);
bool job_is_alone(const job *j);            /* no other began together with it */
bool job_takes(const job *j, size_t which); /* whether this lane of the work is for this job */
const abb_lane *job_first_lane(
    const job *j); /* that is: what is said of lanes that are alike is said of it */

/* A vector of len elements, contents undefined; NULL on a dry field. Lives until its mark is released, or to
 * the job's end. */
void *job_vector(job *j, const field *f, size_t len);
void *job_bytes(job *j, size_t len);
void *job_zeros(job *j, size_t len);
void *job_mark(job *j);
void job_release(job *j, void *mark);
void job_keep(job *j); /* what it holds now lives as long as the box */
/* The piece of the job's memory in which `inside` lies, which lives on until it is given back with scratch_give too; NULL
 * when it lies in none. */
void *job_hold(job *j, const void *inside);

/* Queues bytes for a peer; they must stay where they are until the next job_wait returns. */
void job_send(job *j, unsigned to, const void *data, size_t bytes);
void job_receive(job *j, unsigned from, void *data, size_t bytes);
/* The same for bytes that are as likely any as any other (the last may be filled up with zero bits), and so may be
 * counted by an observer: shares of bits. */
void job_receive_even(job *j, unsigned from, void *data, size_t bytes);

/* The same for len elements of the box's field that need not be in memory: make(what, at, share, part) writes
 * elements at … at+part-1 when they are to go, in order and each once. At once when there are few. It runs
 * outside the job: what goes wrong it tells by job_note. Not called on a dry field. */
typedef void share_maker(void *what, size_t at, void *share, size_t part);
void job_send_made(job *j, unsigned to, share_maker *make, void *what, size_t len);

/* When the next job_wait returns, out += factor * what `from` sent. */
void job_receive_share(job *j, unsigned from, void *out, element factor, size_t len);

/* Makes the next job_wait fail; the first reason counts. */
void job_note(job *j, status st, const char *fmt, ...) __attribute__((format(printf, 3, 4)));
void job_wait(job *j);

/* The same as an exchange (net/channel.h), of a job that is alone: came[member] says whose message came by `until`. */
void job_exchange(job *j, int64_t until, bool *came);

void job_count_products(job *j, size_t products);
void job_fail(job *j, status st, const char *fmt, ...)
    __attribute__((noreturn, format(printf, 3, 4)));
/* Fails the job unless st is OK; *err holds why. */
void job_check(job *j, status st, const failure *err);
/* Fails it with E_CANCELLED when the session has been cancelled. Whoever takes scratch memory asks this; beyond that, who
 * computes for long without. */
void job_heed(job *j);

#endif
