/* Input data and results as people write them: JSON by party or of one party, CSV and NPY files it refers
 * to, sizes that follow from them, and outputs as JSON. Nothing is rounded silently but decimals into fix. */
#ifndef MOOT_RUNTIME_DATA_H
#define MOOT_RUNTIME_DATA_H

#include "compiler/compile.h"
#include "vm/interp.h"

typedef struct data data; /* parsed and cross-checked against a header */

/* Parses JSON text. `folder` is where paths in it start; `file` names it in messages. `as`: NULL when the
 * text is by party, else whose object it is: "bank", or "bidder[1]" of a group, whose size it leaves open. E_DATA with file, party, name, row and
 * column (docs/data.md). `header` must outlive *out. */
status data_parse(data **out, slice json, const char *file, const char *folder, const char *as,
                  const report *header, failure *err);

/* The values that a test in the file gives, in place of a data file (its params are left out). */
status data_of_test(data **out, const test_case *test, const char *file, const report *header,
                    failure *err);

/* Sizes and params that the data fix, for compile_request.set, after `set` (which wins: a set size that the
 * data contradict is E_DATA naming the owner). *out lives until data_free. */
status data_sizes(data *d, const report *header, const setting *set, size_t sets,
                  const setting **out, size_t *outs, failure *err);

/* Fills run->input for every party that the data hold, checking shapes and ranges against p. */
status data_fill(const data *d, const program *p, run_data *run, failure *err);

/* A test may leave out what the program does not use: E_DATA naming an input that it does use. */
status data_check_used(const data *d, const program *p, failure *err);

/* Appends one line per input of the party, "spend  1000 x 3  min -2.1  max 7.9  from bank.csv". */
void data_describe(const data *d, const program *p, const run_data *run, uint32_t party,
                   uint32_t member, buffer *out);

void data_free(data *d);

/* Appends the JSON of one item of a kind. */
void item_json(const program *p, uint8_t kind, const plain *items, size_t at, buffer *out);

/* Appends the JSON of one output value (numbers, nested arrays). */
void output_json(const program *p, uint32_t output, const plain *value, buffer *out);

/* Appends the "outputs" object: every party of the program with what it learned, from `run` of all. */
void outputs_json(const program *p, const run_data *run, buffer *out);

#endif
