/* Measuring between processes; see bench.h. Each member runs the program again and again on a box that stands
 * before the Shamir box and takes the time, and replays the bytes of each run on the bare mesh. */
#include "runtime/bench.h"

#include "runtime/processes.h"
#include "runtime/shamir.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

enum { RUNS_MAX = 15, TIMEOUT_MS = 60000 };

/* What one member found, in memory that the parent sees. */
typedef struct findings {
    unsigned runs;
    double seconds[RUNS_MAX], limit[RUNS_MAX];
    double cpu, limit_cpu; /* of all runs together */
    uint64_t bytes, rounds, multiplications, memory;
} findings;

typedef struct bench_drive {
    session_drive base;
    const bench_request *req;
    findings *found; /* [members] */
} bench_drive;

double bench_now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

/* Processor seconds of this process, libzmq's threads included. */
static double cpu_now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

/* --- memory, as Linux tells it */

static uint64_t memory_of(const char *field)
{
    FILE *in = fopen("/proc/self/status", "r");
    char line[256];
    unsigned long long kilobytes = 0;

    while (in && fgets(line, sizeof line, in))
        if (!strncmp(line, field, strlen(field)) &&
            sscanf(line + strlen(field), ": %llu", &kilobytes) == 1)
            break;
    if (in) fclose(in);
    return 1024 * (uint64_t)kilobytes;
}

/* Lets the peak begin again from what is held now. */
static void forget_peak(void)
{
    FILE *out = fopen("/proc/self/clear_refs", "w");

    if (!out) return;
    fputs("5", out);
    fclose(out);
}

/* --- members together */

/* Every member tells every other one number; theirs[k] is what member k told. Also the moment at which all
 * go on together. */
static status exchange(channel *c, const uint64_t *mine, uint64_t *theirs, failure *err)
{
    chunk out[NODES_MAX + 1], in[NODES_MAX + 1];
    const chunk *outs[NODES_MAX + 1], *ins[NODES_MAX + 1];
    size_t one[NODES_MAX + 1];

    for (unsigned k = 0; k < channel_members(c); k++) {
        out[k] = (chunk){.data = (void *)(uintptr_t)&mine[k], .len = sizeof *mine};
        in[k] = (chunk){.data = &theirs[k], .len = sizeof *theirs};
        outs[k] = &out[k], ins[k] = &in[k], one[k] = k != channel_self(c);
        if (!one[k]) theirs[k] = mine[k];
    }
    return channel_round(c, &(round_io){outs, ins, one, one}, err);
}

static status meet(channel *c, failure *err)
{
    uint64_t nothing[NODES_MAX + 1] = {0}, theirs[NODES_MAX + 1];
    return exchange(c, nothing, theirs, err);
}

/* Whether to go on is for member 0 to say. */
static status agree(channel *c, bool mine, bool *all, failure *err)
{
    uint64_t told[NODES_MAX + 1], theirs[NODES_MAX + 1];

    for (unsigned k = 0; k < channel_members(c); k++) told[k] = mine;
    status st = exchange(c, told, theirs, err);
    *all = theirs[0];
    return st;
}

/* --- a box that takes the time of the one behind it */

typedef struct mark {
    double at, cpu;
    shamir_cost spent;
    uint64_t sent[NODES_MAX + 1];
} mark;

typedef struct timed_box {
    abb base;
    abb *inner;
    channel *channel;
    bench_part part;
    bool shares, reveals; /* among the jobs that were begun and are not finished */
    bool shared; /* and nothing begun since: what the sharing leaves behind is put away by then */
    mark begin, end;
    uint64_t held, peak;
} timed_box;

static timed_box *timed(const abb *base)
{
    return (timed_box *)(uintptr_t)base;
}

static void take_mark(const timed_box *t, mark *m)
{
    m->spent = shamir_count(t->inner);
    for (unsigned k = 0; k < channel_members(t->channel); k++)
        m->sent[k] = channel_sent(t->channel, k);
    m->cpu = cpu_now();
    m->at = bench_now();
}

static status start(timed_box *t, failure *err)
{
    status st;

    forget_peak();
    t->held = memory_of("VmRSS");
    if ((st = meet(t->channel, err))) return st;
    take_mark(t, &t->begin);
    return OK;
}

static void stop(timed_box *t)
{
    take_mark(t, &t->end);
    t->peak = memory_of("VmHWM");
}

static status start_after_sharing(timed_box *t, failure *err)
{
    if (!t->shared || t->part != BENCH_COMPUTING) return OK;
    t->shared = false;
    const status st = shamir_settle(t->inner, err); /* what was shared is checked before */
    return st ? st : start(t, err);
}

static status timed_run(abb *base, const abb_job *job, failure *err)
{
    timed_box *t = timed(base);
    status st = start_after_sharing(t, err);
    return st ? st : t->inner->ops->run(t->inner, job, err);
}

static status timed_begin(abb *base, abb_job *job, failure *err)
{
    timed_box *t = timed(base);
    status st = start_after_sharing(t, err);

    if (st) return st;
    if (job->op == OP_REVEAL && t->part == BENCH_COMPUTING) {
        if ((st = shamir_settle(t->inner, err))) return st;
        stop(t);
    }
    t->shares |= job->op == OP_SHARE;
    t->reveals |= job->op == OP_REVEAL;
    return t->inner->ops->begin(t->inner, job, err);
}

static status timed_finish(abb *base, failure *err)
{
    timed_box *t = timed(base);
    bool inside = t->part == BENCH_SHARING ? t->shares : t->part == BENCH_REVEALING && t->reveals;
    status st = OK;

    t->shared |= t->shares;
    t->shares = t->reveals = false;
    if (inside && (st = start(t, err))) return st;
    if ((st = t->inner->ops->finish(t->inner, err))) return st;
    if (inside) stop(t);
    return OK;
}

static void timed_release(abb *base, void *secret)
{
    abb *inner = timed(base)->inner;
    inner->ops->release(inner, secret);
}

static bool timed_holds(const abb *base, uint32_t party, uint32_t member)
{
    const abb *inner = timed(base)->inner;
    return inner->ops->holds(inner, party, member);
}

static const abb_ops timed_ops = {.name = "timed",
                                  .run = timed_run,
                                  .begin = timed_begin,
                                  .finish = timed_finish,
                                  .release = timed_release,
                                  .holds = timed_holds};

/* --- the limit */

/* What goes between this member and each other one in `rounds` rounds, as evenly as whole bytes can. */
typedef struct replay {
    uint64_t rounds, out[NODES_MAX + 1], in[NODES_MAX + 1];
    uint8_t *from, *to[NODES_MAX + 1]; /* room for one round's bytes to and from each */
} replay;

static size_t share_of(uint64_t whole, uint64_t turn, uint64_t turns)
{
    return (size_t)((unum)whole * (turn + 1) / turns - (unum)whole * turn / turns);
}

static size_t most_of(uint64_t whole, uint64_t turns)
{
    return (size_t)((whole + turns - 1) / turns);
}

static void replay_free(replay *r, unsigned members)
{
    free(r->from);
    for (unsigned k = 0; k < members; k++) free(r->to[k]);
}

/* Touched, so that no page is missing when the time runs. */
static uint8_t *touched(size_t len)
{
    uint8_t *bytes = malloc(len + 1);
    if (bytes) memset(bytes, 1, len + 1);
    return bytes;
}

static bool replay_room(replay *r, unsigned members)
{
    size_t largest = 0;

    for (unsigned k = 0; k < members; k++) {
        size_t out = most_of(r->out[k], r->rounds);
        if (out > largest) largest = out;
        if (!(r->to[k] = touched(most_of(r->in[k], r->rounds)))) return false;
    }
    return (r->from = touched(largest));
}

static status replay_rounds(replay *r, channel *c, failure *err)
{
    chunk out[NODES_MAX + 1], in[NODES_MAX + 1];
    const chunk *outs[NODES_MAX + 1], *ins[NODES_MAX + 1];
    size_t to[NODES_MAX + 1], from[NODES_MAX + 1];
    status st = OK;

    for (uint64_t turn = 0; !st && turn < r->rounds; turn++) {
        for (unsigned k = 0; k < channel_members(c); k++) {
            out[k] = (chunk){.data = r->from, .len = share_of(r->out[k], turn, r->rounds)};
            in[k] = (chunk){.data = r->to[k], .len = share_of(r->in[k], turn, r->rounds)};
            outs[k] = &out[k], ins[k] = &in[k];
            to[k] = out[k].len > 0, from[k] = in[k].len > 0;
        }
        st = channel_round(c, &(round_io){outs, ins, to, from}, err);
    }
    return st;
}

/* Moves again what went between the two marks; adds to *seconds and *cpu what that takes. */
static status measure_limit(channel *c, const mark *begin, const mark *end, double *seconds,
                            double *cpu, failure *err)
{
    unsigned members = channel_members(c);
    replay r = {.rounds = end->spent.rounds - begin->spent.rounds};
    status st;

    for (unsigned k = 0; k < members; k++) r.out[k] = end->sent[k] - begin->sent[k];
    if ((st = exchange(c, r.out, r.in, err)) || r.rounds == 0) return st;
    if (!replay_room(&r, members)) st = fail_memory(err);
    if (!st && !(st = meet(c, err))) {
        double from = bench_now(), cpu_from = cpu_now();
        st = replay_rounds(&r, c, err);
        *seconds += bench_now() - from;
        *cpu += cpu_now() - cpu_from;
    }
    replay_free(&r, members);
    return st;
}

/* --- one member */

static void forget_outputs(const program *p, run_data *data)
{
    for (uint32_t i = 0; i < p->outputs; i++)
        for (uint32_t k = 0; k < party_members(p, p->output[i].party); k++)
            session_forget(&data->output[i][k]);
}

static status measure_once(const bench_request *req, timed_box *t, run_data *data, findings *f,
                           failure *err)
{
    status st = interp_run(req->program, &t->base, data, err);

    if (st) return st;
    forget_outputs(req->program, data);
    f->seconds[f->runs] = t->end.at - t->begin.at;
    f->cpu += t->end.cpu - t->begin.cpu;
    f->bytes = t->end.spent.bytes - t->begin.spent.bytes;
    f->rounds = t->end.spent.rounds - t->begin.spent.rounds;
    f->multiplications = t->end.spent.multiplications - t->begin.spent.multiplications;
    if (t->peak > t->held && t->peak - t->held > f->memory) f->memory = t->peak - t->held;
    st = measure_limit(t->channel, &t->begin, &t->end, &f->limit[f->runs], &f->limit_cpu, err);
    f->runs += !st;
    return st;
}

static status measure(const session_drive *d, abb *box, channel *c, run_data *data, failure *err)
{
    const bench_drive *drive = (const bench_drive *)d;
    const bench_request *req = drive->req;
    findings *f = &drive->found[channel_self(c)];
    timed_box t = {.base = {.ops = &timed_ops, .program = req->program},
                   .inner = box,
                   .channel = c,
                   .part = req->part};
    double began = bench_now();
    bool more = true;
    status st = OK;

    /* What is made ahead of need is made for one run: the first is not counted where there is such. */
    if (req->launch->nodes > NODES_MIN && !(st = interp_run(req->program, &t.base, data, err)))
        forget_outputs(req->program, data);
    while (!st && more) {
        if ((st = measure_once(req, &t, data, f, err))) return st;
        st = agree(c, f->runs < RUNS_MAX && bench_now() - began < req->seconds, &more, err);
    }
    return st;
}

/* --- the parent */

/* Not secret and not for keys: any number in the range will do (xorshift64*, Marsaglia 2003). */
static uint64_t next_number(uint64_t *state)
{
    *state ^= *state >> 12, *state ^= *state << 25, *state ^= *state >> 27;
    return *state * 0x2545F4914F6CDD1D;
}

static status draw_inputs(const program *p, run_data *data, failure *err)
{
    uint64_t state = 1;

    for (uint32_t i = 0; i < p->inputs; i++) {
        const port_decl *port = &p->input[i];
        size_t len = 1;
        for (uint32_t axis = 0; axis < port->rank; axis++) len *= (size_t)port->dim[axis];
        for (uint32_t k = 0; k < party_members(p, port->party); k++) {
            plain *x = &data->input[i][k];
            status st = plain_alloc(x, len, 0, err);
            if (st) return st;
            for (size_t j = 0; j < len; j++)
                x->v[j] = wide_int(port->lo) +
                          (num)(next_number(&state) %
                                (uint64_t)(wide_int(port->hi) - wide_int(port->lo) + 1));
        }
    }
    return OK;
}

static int by_size(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

double bench_median(double *x, unsigned count)
{
    qsort(x, count, sizeof *x, by_size);
    return count % 2 ? x[count / 2] : (x[count / 2 - 1] + x[count / 2]) / 2;
}

static void summarise(const bench_request *req, const findings *found, bench_result *out)
{
    double seconds[RUNS_MAX] = {0}, limit[RUNS_MAX] = {0};
    unsigned nodes = req->launch->nodes, members = req->launch->members;
    unsigned first = req->part == BENCH_SHARING ? nodes : 0, end = first ? members : nodes;

    *out = (bench_result){.runs = found[0].runs,
                          .rounds = found[0].rounds,
                          .multiplications = found[0].multiplications};
    for (unsigned k = first; k < end; k++) out->bytes += (double)found[k].bytes / (end - first);
    for (unsigned k = 0; k < nodes; k++) {
        out->cpu += found[k].cpu / found[k].runs / nodes;
        out->limit_cpu += found[k].limit_cpu / found[k].runs / nodes;
    }
    for (unsigned k = 0; k < members; k++) {
        const findings *f = &found[k];
        if (k < nodes && f->memory > out->memory) out->memory = f->memory;
        for (unsigned r = 0; r < f->runs; r++) {
            if (f->seconds[r] > seconds[r]) seconds[r] = f->seconds[r];
            if (f->limit[r] > limit[r]) limit[r] = f->limit[r];
        }
    }
    out->seconds = bench_median(seconds, out->runs);
    out->limit = bench_median(limit, out->runs);
}

static status run_processes(const bench_request *req, findings *found, run_data *data, failure *err)
{
    bench_drive drive = {{measure}, req, found};
    processes_config cfg = {.session = {.program = req->program,
                                        .launch = req->launch,
                                        .name = req->program->name,
                                        .truncation = "exact",
                                        .drive = &drive.base},
                            .tcp = req->tcp,
                            .timeout_ms = TIMEOUT_MS};
    processes_result run;
    status st = processes_run(&cfg, data, &run, err);

    processes_result_free(&run);
    return st;
}

status bench_program(const bench_request *req, bench_result *out, failure *err)
{
    size_t size = req->launch->members * sizeof(findings);
    findings *found = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    run_data *data = run_data_new(req->program);
    status st = found != MAP_FAILED && data ? OK : fail_memory(err);

    if (!st && !(st = draw_inputs(req->program, data, err)) &&
        !(st = run_processes(req, found, data, err)))
        summarise(req, found, out);
    if (data) run_data_free(data, req->program);
    if (found != MAP_FAILED) munmap(found, size);
    return st;
}
