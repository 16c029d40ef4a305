/* sim: many simulated runs, each from a seed of its own. A seed that breaks a rule is printed, and gives the same run
 * again. */
#include "scenario.h"
#include "service_files.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct options {
    uint64_t seed, runs;
    sabotage what;
    bool talks, repeat, serves;
} options;

typedef struct tally {
    uint64_t runs, right, stopped, happened, frames;
    uint64_t of_fault[FAULT_KINDS];
    double virtual_s;
} tally;

static const char usage[] =
    "usage: sim [--serve] [--seed S] [--runs N] [--repeat] [--talk] [--sabotage "
    "shares|leak|denial]\n"
    "Simulates N runs, from seeds S on. --serve: of nodes that stay up and owners who submit. "
    "--repeat: each\n"
    "twice, which have to be the same. --talk: says what happens. --sabotage: does something wrong "
    "on\n"
    "purpose, which has to be found.\n";

static bool number(const char *text, uint64_t *out)
{
    char *end;
    if (!text || *text < '0' || *text > '9') return false;
    *out = strtoull(text, &end, 10);
    return !*end;
}

static bool sabotage_of(const char *text, sabotage *out)
{
    static const char *const name[] = {"", "shares", "leak", "denial"};
    for (size_t k = 1; text && k < sizeof name / sizeof *name; k++)
        if (!strcmp(text, name[k])) return *out = (sabotage)k, true;
    return false;
}

static bool read_options(options *o, char **arg)
{
    for (; *arg; arg++) {
        if (!strcmp(*arg, "--talk")) {
            o->talks = true;
        } else if (!strcmp(*arg, "--serve")) {
            o->serves = true;
        } else if (!strcmp(*arg, "--repeat")) {
            o->repeat = true;
        } else if (!strcmp(*arg, "--seed") && number(arg[1], &o->seed)) {
            arg++;
        } else if (!strcmp(*arg, "--runs") && number(arg[1], &o->runs)) {
            arg++;
        } else if (!strcmp(*arg, "--sabotage") && sabotage_of(arg[1], &o->what)) {
            arg++;
        } else {
            return false;
        }
    }
    return true;
}

static void describe(const verdict *v)
{
    printf("%s, %u members, %u at once; %s", v->what, v->plan.members, v->plan.sessions,
           fault_name(v->plan.fault));
    if (v->plan.fault)
        printf(" of %u (other: %u, session %u, frame %" PRIu64 ", for %.3f s)", v->plan.victim,
               v->plan.other, v->plan.session, v->plan.at_frame, (double)v->plan.lasting_us / 1e6);
    printf("\n%u ended right, %u stopped; %.3f s of virtual time, %" PRIu64
           " frames, trace %016" PRIx64 "\n",
           v->right, v->stopped, (double)v->seen.end_us / 1e6, v->seen.frames, v->seen.trace);
}

static void count(tally *t, const verdict *v)
{
    t->runs++;
    t->right += v->right, t->stopped += v->stopped, t->frames += v->seen.frames;
    t->happened += v->seen.happened;
    t->of_fault[v->plan.fault]++;
    t->virtual_s += (double)v->seen.end_us / 1e6;
}

/* One run; false when it broke a rule. */
static bool run(const options *o, uint64_t seed, tally *t)
{
    static verdict v, again; /* large */
    void (*const one)(verdict *, uint64_t, sabotage, bool) = o->serves ? service_run : scenario_run;

    one(&v, seed, o->what, o->talks);
    count(t, &v);
    if (!v.wrong[0] && o->repeat) {
        one(&again, seed, o->what, false);
        if (again.seen.trace != v.seen.trace)
            snprintf(v.wrong, sizeof v.wrong, "the same seed gave another run");
    }
    if (o->runs == 1 || v.wrong[0]) describe(&v);
    if (v.wrong[0])
        printf("FAILED seed %" PRIu64 ": %s\nagain: sim%s --seed %" PRIu64 " --runs 1 --talk\n",
               seed, v.wrong, o->serves ? " --serve" : "", seed);
    return !v.wrong[0];
}

int main(int argc, char **argv)
{
    options o = {.seed = 1, .runs = 1000};
    tally t = {0};
    bool good = true;

    (void)argc;
    if (!read_options(&o, argv + 1)) {
        fputs(usage, stderr);
        return 2;
    }
    for (uint64_t k = 0; good && k < o.runs; k++) good = run(&o, o.seed + k, &t);
    printf("%" PRIu64 " runs, a fault happened in %" PRIu64 ": %" PRIu64
           " sessions ended right, %" PRIu64 " stopped; %" PRIu64
           " frames, %.0f s of virtual time\n",
           t.runs, t.happened, t.right, t.stopped, t.frames, t.virtual_s);
    for (unsigned k = 0; k < FAULT_KINDS; k++)
        printf("%s%s %" PRIu64, k ? ", " : "drawn: ", fault_name((fault_kind)k), t.of_fault[k]);
    putchar('\n');
    catalog_free();
    service_files_free();
    if (good) sim_free(); /* else a session may never have ended */
    return !good;
}
