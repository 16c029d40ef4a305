/* A CSV file (RFC 4180) as a table of cells that point into its text. Knows nothing of numbers. */
#ifndef MOOT_RUNTIME_CSV_H
#define MOOT_RUNTIME_CSV_H

#include "vm/base.h"

typedef struct csv_cell {
    size_t start, len; /* in the text; without the quotes around it */
    bool quoted;       /* "" inside stands for one " */
} csv_cell;

typedef struct csv {
    slice text;       /* borrowed */
    const char *file; /* for messages; borrowed */
    csv_cell *cell;   /* [rows][columns] */
    size_t rows, columns;
} csv;

/* Reads the whole table; every row has as many cells as the first. A BOM, CRLF and a last line without an
 * end are fine. E_DATA with file and row otherwise. */
status csv_parse(csv *out, slice text, const char *file, failure *err);
void csv_free(csv *t);

/* The cell as it stands in the file, between its quotes. */
slice csv_text(const csv *t, const csv_cell *cell);

/* Appends what the cell says: doubled quotes once. */
void csv_append(const csv *t, const csv_cell *cell, buffer *out);

/* The column whose cell in the first row is `name`; false when there is none. */
bool csv_column(const csv *t, const char *name, size_t *column);

/* Adds " --> file, row R, column C", the line and a caret under the cell. */
void csv_point(const csv *t, size_t row, size_t column, const char *column_name, failure *err);

#endif
