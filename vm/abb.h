/* The arithmetic black box: what the interpreter computes secrets with. Three boxes stand behind it: ideal
 * (vm/ideal.c, in the clear), shamir (runtime/shamir.c, shares among nodes) and cost (runtime/cost.c, the
 * shamir box over vectors without contents).
 *
 * The interpreter resolves each lane's registers to values and hands the lane over as a job. Local jobs are
 * done at once by `run`. Jobs that send messages are begun; all that were begun then advance together in
 * `finish` and share their rounds. */
#ifndef MOOT_VM_ABB_H
#define MOOT_VM_ABB_H

#include "vm/plain.h"

/* What a register holds while the program runs. Exactly one of the two is used: `clear` for public and
 * owned registers, `secret` for secret ones. On a dry box clear.v is NULL and clear.len is right. */
typedef struct value {
    const reg *type;
    plain clear;
    void *secret; /* the box's own vector of reg_length(type) items; see release */
} value;

/* One lane with its operands. SHARE: `in` has one value for each member of the owner (1 when not a group);
 * clear.v is NULL for members whose data are not here. REVEAL: out[0].clear is allocated by the box (malloc)
 * with the whole value when this process has one of the recipients, else left NULL; for an output to a
 * group it is [members …] and only the items of members that are here are filled. Whether the value is the
 * output or one of its rows is the interpreter's concern. */
typedef struct abb_lane {
    const lane *code;
    value *out, *in;
    size_t outs, ins; /* values in out and in: for SHARE ins is the number of members */
} abb_lane;

typedef struct abb_job {
    opcode op;
    abb_lane *lane;
    size_t lanes;
} abb_job;

typedef struct abb abb;
typedef struct abb_turns abb_turns; /* a dry box's memory of the turns of a loop */
typedef struct abb_fork abb_fork; /* a box's memory of where a program may go one way or the other */

typedef struct abb_ops {
    const char *name; /* "ideal", "shamir", "cost" */
    bool dry;         /* values have no contents: the interpreter skips work in the clear */

    /* Does a job that needs no message; results are there on return. */
    status (*run)(abb *box, const abb_job *job, failure *err);
    /* Takes up a job that sends messages. *job stays valid until finish returns. */
    status (*begin)(abb *box, abb_job *job, failure *err);
    /* Completes all begun jobs, sharing rounds. On failure no begun job has a result. */
    status (*finish)(abb *box, failure *err);
    /* Frees (and cleanses) a secret vector; NULL is fine. */
    void (*release)(abb *box, void *secret);
    /* Are this party member's inputs given and outputs learned in this process? */
    bool (*holds)(const abb *box, uint32_t party, uint32_t member);

    /* For a box that keeps something from job to job that depends on which way a program goes, or counts what it
     * would cost; else NULL. `fork` opens a choice; what is done is its first way, after `other` the second;
     * `join` ends it and frees the fork. A dry box cannot tell which way is taken: it is given both, and every
     * counter is then what it would be after the dearer. Of an UNTIL the first way is its further rounds. */
    status (*fork)(abb *box, abb_fork **out, failure *err);
    void (*other)(abb *box, abb_fork *fork);
    void (*join)(abb *box, abb_fork *fork);

    /* For a dry box; else NULL. Asked after a turn of a loop, of which `left` more would follow: how many of these it has
     * now counted without being given them, because they cost what turns before them did. *seen is what it remembers of
     * the loop, NULL at first; it is freed when none are left. */
    int64_t (*repeat)(abb *box, abb_turns **seen, int64_t left);
} abb_ops;

/* Every box begins with this. `program` is set before the first job and outlives the box. */
struct abb {
    const abb_ops *ops;
    const program *program;
    int64_t turn,
        turns; /* which round of the innermost loop is under way, from 1, of how many; 0 outside of loops */
};

/* Whether a lane of this opcode sends messages, by the opcode's row and its operands' tags. */
bool lane_communicates(const program *p, opcode op, const lane *l);

/* The ideal box: computes in the clear; holds every party. Freed with ideal_free. */
abb *ideal_new(const program *p);

/* Where RANDOM and SHUFFLE take their bytes from, instead of libcrypto's generator: for tests, before the first
 * job. `draw` fills len bytes; from bytes that are all 0 come bools that are false and rows that keep their
 * order. */
void ideal_draw_from(abb *box, bool (*draw)(void *arg, uint8_t *out, size_t len), void *arg);
void ideal_free(abb *box);
/* What a secret of the ideal box is. */
const plain *ideal_contents(const void *secret);

#endif
