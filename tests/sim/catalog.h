/* The small programs that are simulated: between them every protocol. */
#ifndef MOOT_SIM_CATALOG_H
#define MOOT_SIM_CATALOG_H

#include "random.h"
#include "runtime/cost.h"
#include "vm/interp.h"

typedef struct sim_entry {
    const char *name;
    unsigned weight; /* how often it is drawn, beside the others' */
    bool passive;    /* only that */
    const char *source;
} sim_entry;

extern const sim_entry catalog[];
extern const size_t catalog_len;

const sim_entry *catalog_find(const char *name); /* which is there */

/* A program compiled and priced for one launch; kept till catalog_free. */
typedef struct prepared {
    const sim_entry *entry;
    program *program;
    launch *launch;
    cost price;
} prepared;

/* nodes 0: the parties themselves; else so many, and the owners apart. A program that has no active protocol is
 * prepared as passive. Exits with a message when it does not compile: the catalog is wrong. */
const prepared *catalog_prepare(size_t entry, unsigned nodes, bool active);
void catalog_free(void);

/* Fills every input with numbers of its declared range. */
void catalog_inputs(const program *p, draws *d, run_data *data);

#endif
