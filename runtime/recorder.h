/* Keeps what an observer is told of a local run, in memory that its members and their parent share: counters to be
 * read while it goes on, and sums by phase, time, source line and kind of work for a report. Never a value, a share
 * or a byte of a message: only how many there were, and how often each half byte came. */
#ifndef MOOT_RUNTIME_RECORDER_H
#define MOOT_RUNTIME_RECORDER_H

#include <stdatomic.h>

#include "runtime/launch.h"
#include "runtime/observer.h"

enum { RECORD_SPANS = 256, RECORD_BINS = 16, RECORD_MEMBERS = NODES_MAX + 1 };

typedef enum record_kind {
    RECORD_SETUP, /* keys and masks made ahead */
    RECORD_SHARE,
    RECORD_PRODUCT,
    RECORD_DECISION, /* comparisons and what rests on them */
    RECORD_DRAW,
    RECORD_REVEAL,
    RECORD_CHECK, /* of the others' work, under active security */
    RECORD_KINDS
} record_kind;

/* "keys and masks", "shared inputs", … */
const char *record_kind_name(record_kind of);
const char *run_phase_name(run_phase phase);

/* Rounds next to each other. */
typedef struct record_span {
    double seconds, waited; /* in all; of it for messages */
    uint64_t rounds;
    uint64_t bytes[RECORD_KINDS]; /* payload sent */
} record_span;

typedef struct record_line {
    double worked, waited; /* seconds */
    uint64_t bytes;        /* payload sent */
} record_line;

typedef struct record_part {
    double seconds;
    uint64_t rounds, bytes; /* whole frames sent */
} record_part;

/* What one member did. The atomic members may be read while it runs, the others when it has ended. */
typedef struct member_record {
    _Atomic uint64_t rounds, bytes;        /* so far; whole frames sent */
    _Atomic uint64_t sent[RECORD_MEMBERS]; /* payload, to each member */
    _Atomic uint64_t waited[RECORD_MEMBERS]; /* rounds in which this member was the last to be heard */
    _Atomic uint32_t line, phase,
        last_heard; /* of the source; run_phase; a member, its own number: nobody */
    record_part part[PHASES];
    record_span span[RECORD_SPANS];
    uint64_t spans, rounds_each; /* in use; rounds of each but the last */
    uint64_t bin[RECORD_BINS];   /* how often each value of half a byte came */
    record_line of_line[];       /* by source line; 0: of none */
} member_record;

typedef struct recording recording;

/* Shared memory for so many members; `detailed` as in observer. NULL when memory is out. */
recording *recording_new(const program *p, unsigned members, bool detailed);
void recording_free(recording *r);
member_record *recording_of(const recording *r, unsigned member);
size_t recording_lines(const recording *r); /* of_line has one more */

/* How much the member says on standard error while it runs. */
typedef enum recorder_voice { RECORDER_SILENT, RECORDER_PHASES, RECORDER_JOBS } recorder_voice;

/* An observer that keeps what it is told as member `self`'s record; freed with recorder_free. NULL when memory is
 * out. */
const observer *recorder_new(recording *r, unsigned self, const program *p, recorder_voice voice);
void recorder_free(const observer *o);

#endif
