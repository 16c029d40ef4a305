/* What simulated serving nodes find on their disks: keys, parties files, programs, sessions and data, in real folders. */
#ifndef MOOT_SIM_SERVICE_FILES_H
#define MOOT_SIM_SERVICE_FILES_H

#include "catalog.h"
#include "world.h"

#include "runtime/config.h"
#include "runtime/secret_key.h"

enum { SERVICE_DEADLINE_S = 25 }; /* the clock begins at 1000 */
enum { SERVICE_NODES = 4, SERVICE_OWNERS = 3, SERVICE_PATH = 160, SERVICE_FILE = 4096 };

/* A program of the catalog with who plays its parties. */
typedef struct service_program {
    const char *name;                /* in the catalog */
    const char *role[SERVICE_NODES]; /* of the nodes; NULL: a helper */
    const char *owners;              /* the role of the owners, NULL: nobody submits */
} service_program;

extern const service_program service_programs[];
extern const size_t service_programs_len;

/* The folders, empty but for the programs; kept till service_files_free. */
void service_files_begin(void);
void service_files_free(void);

/* Of node k: `programs` or `sessions`. */
void service_folder(char out[SERVICE_PATH], unsigned node, const char *which);
const secret_key *service_key(unsigned entry); /* of a node, or behind them of an owner */
/* The node and its peers, for serve_config; kept. */
const parties_config *service_nodes(unsigned nodes);

/* The text of a session's file. `differs`: with another limit than the others have. */
typedef struct service_session {
    unsigned number, nodes;
    const service_program *of;
    bool active, differs;
    bool again;    /* a second submission takes the place of the first */
    bool deadline; /* SERVICE_DEADLINE_S after the beginning */
} service_session;
void service_session_text(char out[SERVICE_FILE], const service_session *x);
/* What the nodes find its frames by. */
void service_tag(uint8_t out[16], unsigned number);
/* The inputs of one member of a party as JSON; "{}" when it has none. */
void service_data_text(char out[SERVICE_FILE], const program *p, const char *role, uint32_t member,
                       const run_data *data);
/* Writes SESSION and ENDING into the folder of a node's sessions. */
void service_write(unsigned node, unsigned session, const char *ending, const char *text);
/* The text of the program. */
slice service_source(const service_program *of);

#endif
