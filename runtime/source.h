/* From source text and data to a program that may run: header, sizes from the data, compilation, encoding
 * and verification, in one line for the command line, tests and the C interface. */
#ifndef MOOT_RUNTIME_SOURCE_H
#define MOOT_RUNTIME_SOURCE_H

#include "runtime/data.h"

#include <stdio.h>

/* What to load. source.set holds what the user set; sizes that follow from the data are added. */
typedef struct load_request {
    compile_request source;
    slice json;            /* the data; json.data NULL when there are none */
    const char *data_file; /* names them in messages */
    const char *folder;    /* where paths in them start */
    const char *as;        /* NULL: by party; else whose object it is */
} load_request;

typedef struct loaded {
    report header;    /* of scan: declarations and tests */
    report report;    /* of compile: findings, ranges, leakage */
    data *data;       /* NULL when none were given */
    buffer code;      /* the program's bytes; program_core of them is what nodes compare */
    program *program; /* read back from `code`, so verified */
} loaded;

/* Fills *out (zeroed by the caller, freed with loaded_free also on failure). E_PROGRAM with the findings in
 * out->header or out->report (see loaded_findings), and *err for a program that the verifier refuses;
 * E_DATA, E_USAGE with *err. */
status load(loaded *out, const load_request *req, failure *err);

/* Finds the mistakes of a program whose sizes may be unknown: those that have no value stay letters. */
status check_source(const compile_request *req, report *rep, failure *err);

/* Compiles, encodes, verifies; for a program whose settings are all known. *code may be NULL. */
status compile_verified(const compile_request *req, program **out, report *rep, buffer *code,
                        failure *err);

/* The same as far as `check` goes: no program comes out, and sizes may be missing. */
status load_checked(loaded *out, const load_request *req, failure *err);

/* The report that says why load failed with E_PROGRAM, or holds the warnings. */
const report *loaded_findings(const loaded *l);

/* Reads all that is left of a stream, of which nothing has been read, and a whole file. E_USAGE naming it when that cannot
 * be done. */
status read_stream(FILE *in, const char *name, buffer *out, failure *err);
status read_file(const char *path, buffer *out, failure *err);

/* The folder of a path, "programs/" of "programs/salary.moot" and "" of "salary.moot". NULL when memory is
 * out; freed with free. */
char *folder_of(const char *path);

/* For compile_request.read: a path next to the program; read_user is the program's path (const char *). */
status read_beside(void *program_path, const char *path, buffer *out, failure *err);

void loaded_free(loaded *l);

#endif
