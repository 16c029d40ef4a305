/* What the data of a launch are made of. Private to data.c and data_sizes.c. */
#ifndef MOOT_RUNTIME_DATA_PARTS_H
#define MOOT_RUNTIME_DATA_PARTS_H

#include "runtime/data.h"
#include "runtime/data_given.h"

enum { OWNER_LENGTH = 128, MEMBERS_UNKNOWN = 0 };

struct data {
    const report *header;
    char *file, *folder;
    buffer text;
    json *doc; /* the data file, or one for each value of a test */
    size_t docs;
    uint32_t *members; /* of each party as given; MEMBERS_UNKNOWN when it was left out */
    given **given;     /* [input][member] */
    uint32_t *givens;  /* members that given[input] has room for */
    setting *size;
    size_t sizes;
};

/* "bidder[1]", or "bank" when the party is no group. */
void data_owner_name(const source_party *party, uint32_t member, char out[OWNER_LENGTH]);

/* SIZE_MAX when the header has no such party. */
size_t data_party_index(const report *header, const char *name);

void data_free_sizes(data *d);

#endif
