/* One party member's value of one input, read from JSON, CSV or NPY into integers, with its shape as found.
 * Private to data*.c and test_file.c. */
#ifndef MOOT_RUNTIME_DATA_GIVEN_H
#define MOOT_RUNTIME_DATA_GIVEN_H

#include "compiler/compile.h"
#include "runtime/csv.h"
#include "runtime/json.h"
#include "vm/plain.h"

#define DIM_ANY UINT64_MAX /* of an array without items: fits every size */

typedef struct given {
    const json *doc;   /* the text it was given in; NULL when it was not given. Borrowed */
    const cJSON *item; /* in it */
    plain v;           /* fix scaled by 2^precision */
    unsigned rank;
    uint64_t dim[AXES];
    char *path;      /* the CSV or NPY file as the user wrote it, else NULL */
    buffer bytes;    /* its contents; kept of CSV only, for messages */
    csv table;       /* CSV only */
    size_t row, col; /* CSV only: where the numbers start */
} given;

/* What to read and how to name it in messages. */
typedef struct given_wanted {
    const source_port *port;
    unsigned precision;
    const char *folder; /* where CSV and NPY paths start; NULL refuses them */
    const char *owner;  /* "bidder[1]" */
} given_wanted;

/* Reads `item` of doc. The rank is checked, sizes and ranges are not. *out (zeroed) is freed with given_free
 * also after a failure. */
status given_read(given *out, const json *doc, const cJSON *item, const given_wanted *w,
                  failure *err);

/* Adds the place of item k to a message: file and position, owner, name, row and column. */
void given_point(const given *v, size_t k, const given_wanted *w, failure *err);

/* The same for the whole value. */
void given_point_whole(const given *v, const given_wanted *w, failure *err);

/* Adds "  5 | input bid from bidder : int 0..1_000_000  <- auction.moot promises this". */
void given_promise(const source_port *port, failure *err);

/* The leaf of a nested array that follows `leaf` in reading order; the first for NULL; NULL after the last. */
typedef struct leaf_walk {
    const cJSON *at[AXES + 1];
    unsigned rank;
} leaf_walk;
const cJSON *leaf_first(leaf_walk *w, const cJSON *array, unsigned rank);
const cJSON *leaf_next(leaf_walk *w);

void given_free(given *v);

#endif
