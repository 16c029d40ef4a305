/* From a parties file, a program's text and one party's own data to what a node can run: params and group sizes
 * from the file, the program compiled, the data in place. */
#ifndef MOOT_RUNTIME_DEPLOY_H
#define MOOT_RUNTIME_DEPLOY_H

#include "runtime/config.h"
#include "runtime/cost.h"
#include "runtime/source.h"

typedef struct deploy_request {
    const parties_config *config;
    unsigned self;          /* whose node this is */
    compile_request source; /* set: what the user set besides the file's params */
    slice json;             /* the object of this party; data NULL when there is none */
    const char *data_file;  /* names it in messages */
    const char *folder;     /* where paths in it start */
    bool bare;              /* no data are wanted: only what the program is */
} deploy_request;

typedef struct deployed {
    loaded loaded;
    launch *launch;
    run_data *data; /* with the inputs of this party */
    cost price;     /* within the limits of the file */
} deployed;

/* Fills *out (zeroed by the caller, freed with deployed_free also on failure). E_PROGRAM with the findings as load
 * says; E_CONFIG when roles do not fit the program, or a size has no value here; E_USAGE when the party gives
 * inputs and has no data, or the reverse; E_DATA; E_LIMIT. */
status deploy(deployed *out, const deploy_request *req, failure *err);

/* Does the party of this node give inputs? False also for a program that cannot be read. */
bool deploy_wants_data(const deploy_request *req);

/* Which party member of the program `self` is: index of the party and of the member in it; false for a helper. */
bool deployed_role(const deployed *d, const parties_config *config, unsigned self, uint32_t *party,
                   uint32_t *member);

void deployed_free(deployed *d);

#endif
