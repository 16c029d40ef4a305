/* One simulated run: drawn from a seed, carried out, and held against the rules. */
#ifndef MOOT_SIM_SCENARIO_H
#define MOOT_SIM_SCENARIO_H

#include "catalog.h"
#include "world.h"

/* Something wrong on purpose, to see that the rules find it. */
typedef enum sabotage {
    SABOTAGE_NONE,
    SABOTAGE_SHARES, /* bits of a passive run's shares are changed on the way: a wrong output */
    SABOTAGE_LEAK,   /* a session does not give back its data */
    SABOTAGE_DENIAL  /* a session that failed says that it has not, with no outputs */
} sabotage;

typedef struct verdict {
    sim_plan plan;
    char what[240]; /* is run */
    sim_seen seen;
    unsigned right, stopped; /* sessions of members that ended with the outputs, with an error */
    char wrong[3000];        /* the rule that was broken, and by whom; "" when none */
} verdict;

/* What the seed says, carried out. The same seed gives the same verdict. */
void scenario_run(verdict *out, uint64_t seed, sabotage what, bool talks);
/* The same of serving nodes and owners who submit (service.c). */
void service_run(verdict *out, uint64_t seed, sabotage what, bool talks);

/* --- what both draw */

void scenario_times(sim_plan *plan, draws *d);
/* Around what is noticed, so that both sides of it are met. */
int64_t scenario_lasting(fault_kind k, draws *d);
/* Inputs, and what the ideal box makes of them. */
run_data *scenario_truth(const prepared *of, draws *d);

#endif
