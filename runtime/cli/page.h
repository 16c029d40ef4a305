/* The report of `moot run --report`, `moot party --report` and `moot explain --html`: one HTML file that needs nothing else, whose data are a
 * JSON object within it ("moot.report/1"); and that object, written and read back. */
#ifndef MOOT_RUNTIME_CLI_PAGE_H
#define MOOT_RUNTIME_CLI_PAGE_H

#include "runtime/cli/results.h"
#include "runtime/explain.h"
#include "runtime/recorder.h"

typedef struct page {
    const explanation *explained;
    const results *run;    /* NULL: nothing has run */
    const recording *seen; /* of the run; of one party's results, its member's record alone */
} page;

/* Appends JSON so that it can stand in a script element. */
void page_put(slice object, buffer *out);

/* Appends the HTML that shows the object, beside `other` when there are two (an empty slice: there is one). */
void page_html(slice object, slice other, buffer *out);

/* Writes a report to a file (mode 0600), whole or not at all. E_USAGE when it cannot be written. */
status page_write(const char *path, const page *p, failure *err);

/* Reads the object back from such a file. E_USAGE naming a file that is none. */
status page_read(const char *path, buffer *out, failure *err);

#endif
