/* A run on the ideal box, which holds the data of all, and what the steps of a watched program saw of it
 * (compile_request.watch): values in the clear, for sample data only. */
#ifndef MOOT_RUNTIME_WATCH_H
#define MOOT_RUNTIME_WATCH_H

#include "compiler/compile.h"
#include "vm/interp.h"

typedef struct watched watched;

/* Runs p on the ideal box while go_on(user) says so, which is asked now and then: E_CANCELLED. */
status run_on_ideal_while(const program *p, run_data *values, bool (*go_on)(void *user), void *user,
                          failure *err);

/* The same, keeping the first items of every value. Unless `drawn`, what the program draws is left out: noise is 0, a
 * coin false, and a shuffle keeps the order. *out (NULL when memory is out) is freed with watched_free; when
 * the run fails it has what was there until then. p outlives it. */
status run_watched(const program *p, run_data *values, bool drawn, watched **out, failure *err);
void watched_free(watched *w);

/* How often the value was there: once, in a loop of the bytecode once a round (the first 100 are kept), and not at all
 * when it was not computed. */
size_t watched_times(const watched *w, const step_value *x);

/* Puts into rep->step the steps as they ran, each with the values of its own round; they live as long as w. */
status watched_unfold(watched *w, report *rep, failure *err);

/* Appends the value as it was there the k-th time, k < watched_times: as the language writes it, "{ 1 2 … }", or as
 * JSON without what is left out. Of what `map` hides the first item. Returns whether all of it was written. */
bool watched_text(const watched *w, const step_value *x, size_t k, buffer *out);
bool watched_json(const watched *w, const step_value *x, size_t k, buffer *out);

/* Appends a line for each time that a `show` ran: "a.moot:3:5: secret int[3]  { 1 2 3 }". */
void watched_shows(const watched *w, const report *rep, buffer *out);

#endif
