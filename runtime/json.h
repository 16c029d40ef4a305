/* JSON as moot reads and writes it. Reading is cJSON behind a strict first pass, which refuses what cJSON
 * lets through (names given twice, text after the end, bad UTF-8, 01, 1e999, \u0000, inexact whole numbers)
 * and remembers where every value stands, so that messages can point and numbers be read exactly. */
#ifndef MOOT_RUNTIME_JSON_H
#define MOOT_RUNTIME_JSON_H

#include <cjson/cJSON.h>

#include "vm/base.h"

typedef struct json {
    cJSON *root;
    const char *file; /* for messages; borrowed */
    slice text;       /* borrowed */
    size_t *start;    /* of each value, in document order; a value's number is its valueint */
    size_t values;
} json;

/* Whole numbers of 2^53 or more: refused in data (most tools round them), fine where moot wrote them. */
typedef enum json_numbers { JSON_SAFE_NUMBERS, JSON_ANY_NUMBERS } json_numbers;

/* E_DATA with code, file, line, column and the line itself. `text` must outlive *out. */
status json_parse(json *out, slice text, const char *file, json_numbers numbers, failure *err);
void json_free(json *j);

/* The exact text of a number, or the whole of another value's first token. */
slice json_token(const json *j, const cJSON *value);

/* The member of an object with exactly this name, or NULL. */
const cJSON *json_member(const cJSON *object, const char *name);

/* Appends " --> file:line:col" and the line with a caret under the value (clipped when long), and `more`
 * after the place ("" or ", bidder[1], bid"). */
void json_point(const json *j, const cJSON *value, const char *more, failure *err);

/* The same for the name of an object's member. */
void json_point_name(const json *j, const cJSON *member, const char *more, failure *err);

/* --- writing, onto a buffer */

/* Appends text as a JSON string, quotes included. */
void json_string(buffer *out, const char *text);

/* Appends "name": after a comma where one is due (the last byte is not an opening bracket). */
void json_name(buffer *out, const char *name);
void json_comma(buffer *out); /* the same for an array item */

/* A member: a string, a whole number, or the opening bracket of a list. */
void json_text(buffer *out, const char *name, const char *text);
void json_count(buffer *out, const char *name, uint64_t n);
void json_list(buffer *out, const char *name);
void json_object(buffer *out); /* the opening bracket of an object in a list */

#endif
