/* Times one operation of the Shamir box between real processes and, beside it in the same run, its limit: the
 * same mesh moving as many bytes between the same members in as many rounds, with no computation at all.
 * Which operations there are is the business of the command (runtime/cli/bench.c). */
#ifndef MOOT_RUNTIME_BENCH_H
#define MOOT_RUNTIME_BENCH_H

#include "runtime/launch.h"

/* Which part of a program that shares its inputs, computes and reveals is timed. */
typedef enum bench_part { BENCH_SHARING, BENCH_COMPUTING, BENCH_REVEALING } bench_part;

typedef struct bench_request {
    const program *program; /* its inputs are drawn at random from their ranges */
    const launch *launch;
    bench_part part;
    bool tcp;
    double seconds; /* after so long no other repetition is begun */
} bench_request;

typedef struct bench_result {
    unsigned runs;
    double seconds, limit; /* medians over the runs, each of its slowest member */
    double cpu,
        limit_cpu; /* processor time of a node, all threads, in the same: the mean over runs and nodes */
    double bytes; /* whole frames that a node sent, the mean over the nodes; of BENCH_SHARING: that the
                   * owners sent, who share a process and are no nodes */
    uint64_t rounds, multiplications;
    uint64_t memory; /* bytes by which the peak of a node's memory lay above what it held before; of the
                      * node where that was most; 0 where the system does not tell */
} bench_result;

/* E_PEER … as processes_run. Forks, so the caller has one thread. */
status bench_program(const bench_request *req, bench_result *out, failure *err);

/* One function of a field, or a stream, on vectors of `length` elements, beside moving the same bytes. */
typedef struct bench_kernel {
    const char *name;
    double seconds, limit; /* of one call, medians */
    size_t length, moved;  /* bytes that a call reads and writes */
} bench_kernel;

/* Times the functions of the field of `bits` bits; calls `show` with each. */
status bench_kernels(unsigned bits, size_t length, void (*show)(void *user, const bench_kernel *k),
                     void *user, failure *err);

/* --- for both: seconds of the monotonic clock; the median, which puts *x in order */
double bench_now(void);
double bench_median(double *x, unsigned count);

#endif
