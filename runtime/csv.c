/* Splits CSV text into cells, one pass over the bytes. */
#include "runtime/csv.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "runtime/excerpt.h"

typedef struct reader {
    csv *out;
    size_t at, cells, cap, row; /* row from 1 */
    failure *err;
} reader;

static int peek(const reader *r)
{
    return r->at < r->out->text.len ? r->out->text.data[r->at] : -1;
}

static bool cell_ends(int c)
{
    return c < 0 || c == ',' || c == '\n' || c == '\r';
}

static status refuse(reader *r, size_t offset, const char *sentence)
{
    char where[512];
    snprintf(where, sizeof where, "%s, row %zu", r->out->file, r->row);
    fail(r->err, E_DATA, "D10", "%s", sentence);
    excerpt_add(r->out->text, offset, 1, where, r->err);
    return E_DATA;
}

static status add_cell(reader *r, csv_cell cell)
{
    if (r->cells == r->cap) {
        size_t cap = r->cap ? 2 * r->cap : 64;
        csv_cell *grown = realloc(r->out->cell, cap * sizeof *grown);
        if (!grown) return fail_memory(r->err);
        r->out->cell = grown;
        r->cap = cap;
    }
    r->out->cell[r->cells++] = cell;
    return OK;
}

static status quoted_cell(reader *r)
{
    size_t open = r->at++, start = r->at;
    for (;;) {
        int c = peek(r);
        if (c < 0) return refuse(r, open, "this quoted cell has no end");
        r->at++;
        if (c != '"') continue;
        if (peek(r) != '"') break;
        r->at++;
    }
    if (!cell_ends(peek(r))) return refuse(r, r->at, "text after the closing quote of a cell");
    return add_cell(r, (csv_cell){start, r->at - 1 - start, true});
}

static status bare_cell(reader *r)
{
    size_t start = r->at;
    for (; !cell_ends(peek(r)); r->at++)
        if (peek(r) == '"') return refuse(r, r->at, "a quote inside a cell that is not quoted");
    return add_cell(r, (csv_cell){start, r->at - start, false});
}

/* Reads one row and its line end. */
static status read_row(reader *r)
{
    status st;
    size_t first = r->cells, start = r->at;

    for (;;) {
        if ((st = peek(r) == '"' ? quoted_cell(r) : bare_cell(r))) return st;
        if (peek(r) != ',') break;
        r->at++;
    }
    if (peek(r) == '\r') r->at++;
    if (peek(r) == '\n') r->at++;
    size_t columns = r->cells - first;
    if (r->row == 1) r->out->columns = columns;
    if (columns == r->out->columns) return OK;
    char sentence[128];
    snprintf(sentence, sizeof sentence, "this row has %zu cells, the first has %zu", columns,
             r->out->columns);
    return refuse(r, start, sentence);
}

/* Where the text ends but for line ends, which some programs leave behind the last row. */
static size_t end_of_rows(slice text)
{
    size_t len = text.len;
    while (len && (text.data[len - 1] == '\n' || text.data[len - 1] == '\r')) len--;
    return len;
}

status csv_parse(csv *out, slice text, const char *file, failure *err)
{
    reader r = {.out = out, .row = 1, .err = err};
    status st = OK;

    *out = (csv){.text = text, .file = file};
    if (text.len >= 3 && !memcmp(text.data, "\xEF\xBB\xBF", 3)) r.at = 3;
    for (size_t end = end_of_rows(text); r.at < end; r.row++)
        if ((st = read_row(&r))) break;
    if (st) csv_free(out);
    out->rows = out->columns ? r.cells / out->columns : 0;
    return st;
}

void csv_free(csv *t)
{
    free(t->cell);
    *t = (csv){0};
}

slice csv_text(const csv *t, const csv_cell *cell)
{
    return (slice){t->text.data + cell->start, cell->len};
}

void csv_append(const csv *t, const csv_cell *cell, buffer *out)
{
    slice s = csv_text(t, cell);
    for (size_t k = 0, end; k < s.len; k = end) {
        const uint8_t *quote = cell->quoted ? memchr(s.data + k, '"', s.len - k) : NULL;
        size_t upto = quote ? (size_t)(quote - s.data) + 1 : s.len;
        buffer_append(out, s.data + k, upto - k);
        end = upto + (quote != NULL);
    }
}

/* Does a cell, its doubled quotes counted once, say `name`? */
static bool cell_is(const csv *t, const csv_cell *cell, const char *name)
{
    slice s = csv_text(t, cell);
    for (size_t k = 0; k < s.len; k++, name++) {
        if (cell->quoted && s.data[k] == '"') k++;
        if (!*name || (uint8_t)*name != s.data[k]) return false; /* a cell may have a byte 0 */
    }
    return *name == 0;
}

bool csv_column(const csv *t, const char *name, size_t *column)
{
    for (size_t k = 0; t->rows > 0 && k < t->columns; k++)
        if (cell_is(t, &t->cell[k], name)) return *column = k, true;
    return false;
}

void csv_point(const csv *t, size_t row, size_t column, const char *column_name, failure *err)
{
    const csv_cell *cell = &t->cell[row * t->columns + column];
    char where[512];
    if (column_name)
        snprintf(where, sizeof where, "%s, row %zu, column %s", t->file, row + 1, column_name);
    else
        snprintf(where, sizeof where, "%s, row %zu, column %zu", t->file, row + 1, column + 1);
    excerpt_add(t->text, cell->start, cell->len, where, err);
}
