/* Reads one value of one member. Large arrays are walked as lists, once. */
#include "runtime/data_given.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "runtime/data_key.h"
#include "runtime/data_number.h"
#include "runtime/excerpt.h"
#include "runtime/npy.h"
#include "runtime/source.h"
#include "vm/key.h"

/* --- what messages say */

static void print_size(const size_expr *e, buffer *out)
{
    if (e->open) buffer_printf(out, "..");
    if (e->name)
        buffer_printf(out, "%s", e->name);
    else
        buffer_printf(out, "%llu", (unsigned long long)e->value);
}

static void print_type(const source_port *port, buffer *out)
{
    static const char *const kinds[] = {
        [KIND_BOOL] = "bool", [KIND_INT] = "int", [KIND_FIX] = "fix", [KIND_KEY] = "key"};
    buffer_printf(out, "%s", kinds[port->kind]);
    for (unsigned k = 0; k < port->rank; k++) {
        buffer_printf(out, k ? " " : "[");
        print_size(&port->dim[k], out);
    }
    if (port->rank) buffer_printf(out, "]");
    if (port->lo && port->hi) buffer_printf(out, " %s..%s", port->lo, port->hi);
}

void given_promise(const source_port *port, failure *err)
{
    buffer line = {0};
    buffer_printf(&line, "input %s from %s : ", port->name, port->party);
    print_type(port, &line);
    char *text = buffer_take(&line);
    const char *slash = port->file ? strrchr(port->file, '/') : NULL,
               *file = slash ? slash + 1 : port->file;
    if (!file || !strcmp(file, "-")) file = "the program";
    if (text) fail_add(err, "%3u | %s  <- %s promises this", port->line, text, file);
    free(text);
}

void given_point_whole(const given *v, const given_wanted *w, failure *err)
{
    char more[256];
    snprintf(more, sizeof more, ", %s, %s", w->owner, w->port->name);
    json_point(v->doc, v->item, more, err);
}

/* ", bidder[1], bid, row 3, column 2" */
static void place_in_array(const given *v, size_t k, const given_wanted *w, char *out, size_t size)
{
    size_t width = v->rank > 1 ? (size_t)v->dim[v->rank - 1] : 1;
    if (v->rank == 0)
        snprintf(out, size, ", %s, %s", w->owner, w->port->name);
    else if (v->rank == 1)
        snprintf(out, size, ", %s, %s, row %zu", w->owner, w->port->name, k + 1);
    else
        snprintf(out, size, ", %s, %s, row %zu, column %zu", w->owner, w->port->name, k / width + 1,
                 k % width + 1);
}

static void point_at_leaf(const given *v, size_t k, const given_wanted *w, failure *err)
{
    char more[256];
    leaf_walk walk;
    const cJSON *leaf = leaf_first(&walk, v->item, v->rank);
    for (size_t n = 0; leaf && n < k; n++) leaf = leaf_next(&walk);
    place_in_array(v, k, w, more, sizeof more);
    json_point(v->doc, leaf ? leaf : v->item, more, err);
}

/* Column names stand in the first row when the numbers do not. */
static void point_at_cell(const given *v, size_t k, const given_wanted *w, failure *err)
{
    size_t width = v->rank > 1 ? (size_t)v->dim[1] : 1;
    size_t row = v->row + k / width, column = v->col + k % width;
    char name[64];
    slice title = csv_text(&v->table, &v->table.cell[column]);

    snprintf(name, sizeof name, "%.*s", (int)(title.len < 60 ? title.len : 60),
             (const char *)title.data);
    csv_point(&v->table, row, column, v->row ? name : NULL, err);
    fail_add(err, "note: this is `%s` of %s", w->port->name, w->owner);
}

void given_point(const given *v, size_t k, const given_wanted *w, failure *err)
{
    char more[256];
    if (v->table.cell) {
        point_at_cell(v, k, w, err);
    } else if (v->path) {
        place_in_array(v, k, w, more, sizeof more);
        fail_add(err, "   --> %s%s", v->path, more);
    } else {
        point_at_leaf(v, k, w, err);
    }
}

/* --- nested arrays */

/* Goes down from level d to a leaf, over empty arrays. */
static const cJSON *descend(leaf_walk *w, unsigned d)
{
    for (;;) {
        while (d < w->rank && d < AXES && w->at[d]) {
            w->at[d + 1] = w->at[d]->child;
            d++;
        }
        if (w->at[d]) return w->at[d];
        do {
            if (d == 0) return NULL;
            d--;
        } while (d > 0 && !w->at[d]->next);
        if (d == 0) return NULL;
        w->at[d] = w->at[d]->next;
    }
}

const cJSON *leaf_first(leaf_walk *w, const cJSON *array, unsigned rank)
{
    *w = (leaf_walk){.rank = rank};
    w->at[0] = array;
    return descend(w, 0);
}

const cJSON *leaf_next(leaf_walk *w)
{
    unsigned d = w->rank;
    while (d > 0 && !w->at[d]->next) d--;
    if (d == 0) return NULL;
    w->at[d] = w->at[d]->next;
    return descend(w, d);
}

static status refuse_shape(given *out, const cJSON *at, const char *found, const given_wanted *w,
                           failure *err)
{
    char more[256];
    fail(err, E_DATA, "D04", "`%s` has another shape than promised: %s", w->port->name, found);
    snprintf(more, sizeof more, ", %s, %s", w->owner, w->port->name);
    json_point(out->doc, at, more, err);
    given_promise(w->port, err);
    return E_DATA;
}

/* Fills dim[axis …] from one array and those in it; all on one axis must have the same length. */
static status measure(given *out, const cJSON *item, unsigned axis, const given_wanted *w,
                      failure *err)
{
    uint64_t count = 0;
    status st;
    char found[128];

    if (axis == out->rank || axis == AXES) { /* ranks end at AXES; this says so to the compiler */
        if (!cJSON_IsArray(item)) return OK;
        return refuse_shape(out, item, "a list where one value should stand", w, err);
    }
    if (!cJSON_IsArray(item))
        return refuse_shape(out, item, "one value where a list should stand", w, err);
    bool leaves = axis + 1 == out->rank;
    for (const cJSON *c = item->child; c; c = c->next, count++)
        if ((!leaves || cJSON_IsArray(c)) && (st = measure(out, c, axis + 1, w, err))) return st;
    if (out->dim[axis] == DIM_ANY) out->dim[axis] = count;
    if (out->dim[axis] == count) return OK;
    snprintf(found, sizeof found, "%llu items here, %llu in the rows before",
             (unsigned long long)count, (unsigned long long)out->dim[axis]);
    return refuse_shape(out, item, found, w, err);
}

static status allocate(given *out, uint64_t items, failure *err)
{
    return plain_alloc(&out->v, (size_t)items, 0, err);
}

/* Makes room for the widest numbers: one has come that no num holds. */
static status widen(given *v, failure *err)
{
    plain wider;
    status st = plain_convert(&wider, &v->v, WIDE_LIMBS - 2, err);
    if (st) return st;
    plain_free(&v->v);
    v->v = wider;
    return OK;
}

/* Reads item k; *e says what is wrong with its text. */
static status read_number(given *out, size_t k, slice text, const given_wanted *w, number_error *e,
                          failure *err)
{
    const kind wanted = (kind)w->port->kind;
    uint64_t words[WIDE_LIMBS];
    status st = OK;

    if (!out->v.extra) *e = number_of_text(text, wanted, w->precision, &out->v.v[k]);
    if (!out->v.extra && *e != NUMBER_TOO_LARGE) return OK;
    *e = number_words_of_text(text, wanted, w->precision, words);
    if (*e == NUMBER_OK && !out->v.extra) st = widen(out, err);
    if (*e == NUMBER_OK && !st) memcpy(item_words(out->v.v, k, out->v.extra), words, sizeof words);
    return st;
}

static status refuse_number(const given *v, size_t k, slice text, number_error e,
                            const given_wanted *w, failure *err)
{
    static const char *const kinds[] = {
        [KIND_BOOL] = "a bool", [KIND_INT] = "an int", [KIND_FIX] = "a fix", [KIND_KEY] = "a key"};
    int n = (int)(text.len < 60 ? text.len : 60);
    const char *s = (const char *)text.data;
    bool key = w->port->kind == KIND_KEY;
    switch (e) {
    case NUMBER_FRACTION:
        fail(err, E_DATA, "D03", "%.*s is not whole, and `%s` is %s", n, s, w->port->name,
             kinds[w->port->kind]);
        break;
    case NUMBER_TOO_LARGE:
        fail(err, E_DATA, "D02", "%.*s is larger than any number moot computes with", n, s);
        break;
    default:
        if (text.len == 0)
            fail(err, E_DATA, "D09", "a %s is missing", key ? "key" : "number");
        else
            fail(err, E_DATA, "D09", "%.*s is not a %s", n, s, key ? "key" : "number");
    }
    given_point(v, k, w, err);
    given_promise(w->port, err);
    if (key) fail_add(err, "help: keys are strings in UTF-8, or whole numbers");
    return E_DATA;
}

/* The text of a leaf that may be a number; len 0 in *text when its JSON type does not fit the kind. */
static bool leaf_fits(const cJSON *leaf, kind k)
{
    if (cJSON_IsNumber(leaf)) return true;
    return k == KIND_BOOL ? cJSON_IsBool(leaf) : k == KIND_INT && cJSON_IsString(leaf);
}

static number_error key_of_leaf(const json *doc, const cJSON *leaf, num *out)
{
    num whole;
    if (cJSON_IsString(leaf)) {
        const char *s = leaf->valuestring;
        return key_of_utf8((slice){(const uint8_t *)s, strlen(s)}, out);
    }
    if (!cJSON_IsNumber(leaf)) return NUMBER_MALFORMED;
    number_error e = number_of_text(json_token(doc, leaf), KIND_INT, 0, &whole);
    if (e == NUMBER_OK) *out = key_of_number(whole);
    return e;
}

static status read_leaf(given *out, size_t k, const cJSON *leaf, const given_wanted *w, failure *err)
{
    slice text = json_token(out->doc, leaf);
    kind wanted = (kind)w->port->kind;
    number_error e = NUMBER_MALFORMED;

    if (wanted == KIND_KEY) {
        e = key_of_leaf(out->doc, leaf, &out->v.v[k]);
    } else if (leaf_fits(leaf, wanted)) {
        slice digits = text;
        if (cJSON_IsString(leaf)) digits = (slice){text.data + 1, text.len - 2};
        status st = read_number(out, k, digits, w, &e, err);
        if (st) return st;
    }
    return e == NUMBER_OK ? OK : refuse_number(out, k, text, e, w, err);
}

static uint64_t items_of(const given *v)
{
    uint64_t n = 1;
    for (unsigned d = 0; d < v->rank; d++) n *= v->dim[d] == DIM_ANY ? 0 : v->dim[d];
    return n;
}

static status read_array(given *out, const given_wanted *w, failure *err)
{
    leaf_walk walk;
    size_t k = 0;
    status st;

    for (unsigned d = 0; d < out->rank; d++) out->dim[d] = DIM_ANY;
    if ((st = measure(out, out->item, 0, w, err))) return st;
    if ((st = allocate(out, items_of(out), err))) return st;
    for (const cJSON *c = leaf_first(&walk, out->item, out->rank); c; c = leaf_next(&walk), k++)
        if ((st = read_leaf(out, k, c, w, err))) return st;
    return OK;
}

/* --- files that the data refer to */

static status refuse_file(given *out, const char *code, const given_wanted *w, failure *err,
                          const char *sentence)
{
    fail(err, E_DATA, code, "%s: %s", out->path, sentence);
    given_point_whole(out, w, err);
    given_promise(w->port, err);
    return E_DATA;
}

static status open_file(given *out, const char *path, const given_wanted *w, failure *err)
{
    buffer joined = {0};
    status st;

    out->path = strdup(path);
    if (!out->path) return fail_memory(err);
    if (!w->folder) return refuse_file(out, "D09", w, err, "files cannot be named here");
    buffer_printf(&joined, "%s%s", path[0] == '/' ? "" : w->folder, path);
    char *full = buffer_take(&joined);
    if (!full) return fail_memory(err);
    st = read_file(full, &out->bytes, err);
    free(full);
    if (st) given_point_whole(out, w, err);
    return st;
}

static bool row_has_names(const csv *t)
{
    num ignored;
    for (size_t k = 0; t->rows > 0 && k < t->columns; k++)
        if (number_of_text(csv_text(t, &t->cell[k]), KIND_BOOL, 0, &ignored) == NUMBER_MALFORMED)
            return true;
    return false;
}

static slice trimmed(slice s)
{
    while (s.len && s.data[0] == ' ') s.data++, s.len--;
    while (s.len && s.data[s.len - 1] == ' ') s.len--;
    return s;
}

/* Item k from one cell. */
static status read_cell(given *out, size_t k, const csv_cell *cell, const given_wanted *w,
                        failure *err)
{
    slice text = trimmed(csv_text(&out->table, cell));
    number_error e = NUMBER_OK;
    status st = OK;

    if (w->port->kind == KIND_KEY)
        st = key_of_cell(&out->table, cell, &out->v.v[k], &e, err);
    else
        st = read_number(out, k, text, w, &e, err);
    return st || e == NUMBER_OK ? st : refuse_number(out, k, text, e, w, err);
}

static status read_cells(given *out, size_t columns, const given_wanted *w, failure *err)
{
    const csv *t = &out->table;
    size_t k = 0;
    status st = allocate(out, (uint64_t)(t->rows - out->row) * columns, err);

    for (size_t row = out->row; st == OK && row < t->rows; row++)
        for (size_t c = 0; st == OK && c < columns; c++, k++)
            st = read_cell(out, k, &t->cell[row * t->columns + out->col + c], w, err);
    return st;
}

static status read_csv(given *out, const char *path, const cJSON *column, const given_wanted *w,
                       failure *err)
{
    status st;
    size_t columns;
    char sentence[200];

    if ((st = open_file(out, path, w, err))) return st;
    slice text = {out->bytes.data, out->bytes.len};
    if ((st = csv_parse(&out->table, text, out->path, err))) return st;
    if (out->table.rows == 0) return refuse_file(out, "D10", w, err, "it is empty");
    columns = column ? 1 : out->table.columns;
    if (column && !csv_column(&out->table, column->valuestring, &out->col)) {
        snprintf(sentence, sizeof sentence, "there is no column `%.100s`", column->valuestring);
        return refuse_file(out, "D10", w, err, sentence);
    }
    if (w->port->rank < 1 || w->port->rank > 2)
        return refuse_file(out, "D04", w, err, "a table gives one or two axes");
    if (w->port->rank == 1 && columns != 1) {
        snprintf(sentence, sizeof sentence, "it has %zu columns; say which, \"column\":\"…\"",
                 columns);
        return refuse_file(out, "D04", w, err, sentence);
    }
    out->row = column || row_has_names(&out->table);
    if (w->port->kind == KIND_KEY && !column && out->row)
        return refuse_file(
            out, "D10", w, err,
            "its first row may be names or keys; say \"column\":\"…\", one of its names");
    if (out->row > out->table.rows) out->row = out->table.rows;
    out->dim[0] = out->table.rows - out->row;
    out->dim[1] = columns;
    return read_cells(out, columns, w, err);
}

static number_error npy_number(const npy *a, uint64_t k, const given_wanted *w, num *out)
{
    kind wanted = (kind)w->port->kind;
    if (wanted == KIND_KEY) return *out = key_of_number(npy_int(a, k)), NUMBER_OK;
    if (npy_is_float(a)) return number_of_double(npy_float(a, k), wanted, w->precision, out);
    num n = npy_int(a, k);
    *out = wanted == KIND_FIX ? num_mul(n, (num)1 << w->precision) : n;
    return num_fits(*out) ? NUMBER_OK : NUMBER_TOO_LARGE;
}

static void npy_print(const npy *a, uint64_t k, char *out, size_t size)
{
    if (npy_is_float(a))
        snprintf(out, size, "%.17g", npy_float(a, k));
    else
        snprintf(out, size, "%lld", (long long)npy_int(a, k));
}

static status read_npy(given *out, const char *path, const given_wanted *w, failure *err)
{
    npy a;
    status st;
    char sentence[128], shown[40];

    if ((st = open_file(out, path, w, err))) return st;
    if ((st = npy_parse(&a, (slice){out->bytes.data, out->bytes.len}, out->path, err))) {
        given_point_whole(out, w, err);
        return st;
    }
    if (a.rank != w->port->rank) {
        snprintf(sentence, sizeof sentence, "it has %u axes, `%s` has %u", a.rank, w->port->name,
                 w->port->rank);
        return refuse_file(out, "D04", w, err, sentence);
    }
    if (w->port->kind == KIND_KEY && npy_is_float(&a))
        return refuse_file(out, "D09", w, err, "it holds fractions; keys are whole numbers or text");
    memcpy(out->dim, a.dim, sizeof out->dim);
    if ((st = allocate(out, a.items, err))) return st;
    for (size_t k = 0; k < out->v.len; k++) {
        number_error e = npy_number(&a, k, w, &out->v.v[k]);
        if (e == NUMBER_OK) continue;
        npy_print(&a, k, shown, sizeof shown);
        return refuse_number(out, k, (slice){(const uint8_t *)shown, strlen(shown)}, e, w, err);
    }
    buffer_free(&out->bytes);
    return OK;
}

static status read_reference(given *out, const given_wanted *w, failure *err)
{
    const cJSON *csv_path = json_member(out->item, "csv"),
                *npy_path = json_member(out->item, "npy");
    const cJSON *column = json_member(out->item, "column");
    size_t known = (size_t)(csv_path != NULL) + (npy_path != NULL) + (column != NULL), members = 0;

    for (const cJSON *c = out->item->child; c; c = c->next, members++)
        if (!cJSON_IsString(c)) known = SIZE_MAX;
    if (known == members && csv_path && !npy_path)
        return read_csv(out, csv_path->valuestring, column, w, err);
    if (known == members && npy_path && !csv_path && !column)
        return read_npy(out, npy_path->valuestring, w, err);
    fail(err, E_DATA, "D09", "`%s` is given by an object that says neither csv nor npy",
         w->port->name);
    given_point_whole(out, w, err);
    fail_add(err, "help: {\"csv\": \"file.csv\", \"column\": \"%s\"} or {\"npy\": \"file.npy\"}",
             w->port->name);
    return E_DATA;
}

status given_read(given *out, const json *doc, const cJSON *item, const given_wanted *w, failure *err)
{
    out->doc = doc;
    out->item = item;
    out->rank = w->port->rank;
    return cJSON_IsObject(item) ? read_reference(out, w, err) : read_array(out, w, err);
}

void given_free(given *v)
{
    plain_free(&v->v);
    free(v->path);
    csv_free(&v->table);
    buffer_free(&v->bytes);
    *v = (given){0};
}
