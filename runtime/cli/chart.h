/* Bars of text: the results of a run drawn as bars, and the bar itself. */
#ifndef MOOT_RUNTIME_CLI_CHART_H
#define MOOT_RUNTIME_CLI_CHART_H

#include "runtime/cli/results.h"

/* Appends a bar that fills `part` (0 to 1) of so many cells, to an eighth of a cell; blanks for the rest. */
void chart_bar(buffer *out, double part, unsigned cells);

/* Appends each output of more than one item as bars, a line an item; of a long one the first. */
void chart_results(const results *r, unsigned columns, buffer *out);

#endif
