/* Strict JSON: a first pass over the text checks the grammar and notes where values stand, then cJSON builds
 * the tree, then names are checked for doubles. */
#include "runtime/json.h"

#include <inttypes.h>
#include <math.h>
#include <openssl/crypto.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "runtime/excerpt.h"

enum { DEPTH_MAX = 64, NUMBER_MAX_LENGTH = 300 };
static const double SAFE_WHOLE = 9007199254740992.0; /* 2^53 */

typedef struct scanner {
    json *out;
    size_t at, cap, depth;
    json_numbers numbers;
    failure *err;
} scanner;

static int peek(const scanner *s)
{
    return s->at < s->out->text.len ? s->out->text.data[s->at] : -1;
}

static bool take(scanner *s, int c)
{
    if (peek(s) != c) return false;
    s->at++;
    return true;
}

static void skip_blanks(scanner *s)
{
    for (int c = peek(s); c == ' ' || c == '\t' || c == '\n' || c == '\r'; c = peek(s)) s->at++;
}

/* Adds the place and the excerpt to a failure whose sentence is there. */
static status point_at(const json *j, size_t offset, size_t len, const char *more, failure *err)
{
    char where[512];
    spot at = spot_of(j->text, offset);
    snprintf(where, sizeof where, "%s:%zu:%zu%s", j->file, at.line, at.col, more);
    excerpt_add(j->text, offset, len, where, err);
    return E_DATA;
}

static status refuse(scanner *s, size_t offset, size_t len, const char *sentence)
{
    fail(s->err, E_DATA, "D01", "%s", sentence);
    return point_at(s->out, offset, len, "", s->err);
}

static status unexpected(scanner *s, const char *wanted)
{
    char sentence[128];
    if (s->at >= s->out->text.len)
        snprintf(sentence, sizeof sentence, "the JSON ends where %s should come", wanted);
    else
        snprintf(sentence, sizeof sentence, "not JSON: %s should come here", wanted);
    return refuse(s, s->at, 1, sentence);
}

static status remember_value(scanner *s)
{
    if (s->out->values == s->cap) {
        size_t cap = s->cap ? 2 * s->cap : 64;
        size_t *grown = realloc(s->out->start, cap * sizeof *grown);
        if (!grown) return fail_memory(s->err);
        s->out->start = grown;
        s->cap = cap;
    }
    s->out->start[s->out->values++] = s->at;
    return OK;
}

static status scan_escape(scanner *s)
{
    unsigned code = 0;
    size_t start = s->at - 1;
    int c = peek(s);

    if (c >= 0 && strchr("\"\\/bfnrt", c)) return s->at++, OK;
    if (c != 'u') return refuse(s, start, 2, "no such escape in a JSON string");
    s->at++;
    for (int k = 0; k < 4; k++, s->at++) {
        c = peek(s);
        int digit = c >= '0' && c <= '9'                 ? c - '0'
                    : (c | 32) >= 'a' && (c | 32) <= 'f' ? (c | 32) - 'a' + 10
                                                         : -1;
        if (c < 0 || digit < 0) return refuse(s, start, 6, "\\u wants four hexadecimal digits");
        code = code * 16 + (unsigned)digit;
    }
    if (code == 0) return refuse(s, start, 6, "a string must not hold \\u0000");
    return OK;
}

static status scan_string(scanner *s)
{
    size_t start = s->at;
    status st;

    if (!take(s, '"')) return unexpected(s, "a string");
    while (!take(s, '"')) {
        int c = peek(s);
        if (c < 0) return refuse(s, start, 1, "this string has no end");
        if (c < 0x20) return refuse(s, s->at, 1, "a line end or control character in a string");
        size_t n = utf8_length(s->out->text.data + s->at, s->out->text.len - s->at);
        if (n == 0) return refuse(s, s->at, 1, "not UTF-8");
        s->at += n;
        if (c == '\\' && (st = scan_escape(s))) return st;
    }
    return OK;
}

static size_t scan_digits(scanner *s)
{
    size_t start = s->at;
    while (peek(s) >= '0' && peek(s) <= '9') s->at++;
    return s->at - start;
}

/* What a double would not hold is refused here, so that the same file means the same to every tool. */
static status check_magnitude(scanner *s, size_t start)
{
    char text[NUMBER_MAX_LENGTH + 1];
    size_t len = s->at - start;

    if (len < 16 && !memchr(s->out->text.data + start, 'e', len) &&
        !memchr(s->out->text.data + start, 'E', len))
        return OK;
    if (len > NUMBER_MAX_LENGTH) return refuse(s, start, len, "this number is too long");
    memcpy(text, s->out->text.data + start, len);
    text[len] = 0;
    double value = fabs(strtod(text, NULL));
    if (!isfinite(value)) return refuse(s, start, len, "this number is too large");
    if (s->numbers == JSON_ANY_NUMBERS || value < SAFE_WHOLE) return OK;
    status st = refuse(s, start, len, "a JSON number of 2^53 or more is not exact everywhere");
    fail_add(s->err, "help: give it as a string: \"%.40s\"", text);
    return st;
}

static status scan_number(scanner *s)
{
    size_t start = s->at;

    take(s, '-');
    size_t first = s->at, digits = scan_digits(s);
    if (digits == 0) return unexpected(s, "a value");
    if (digits > 1 && s->out->text.data[first] == '0')
        return refuse(s, first, digits, "a JSON number has no leading zeros");
    if (take(s, '.') && scan_digits(s) == 0) return unexpected(s, "a digit");
    if (take(s, 'e') || take(s, 'E')) {
        if (!take(s, '-')) take(s, '+');
        if (scan_digits(s) == 0) return unexpected(s, "a digit");
    }
    return check_magnitude(s, start);
}

static status scan_literal(scanner *s)
{
    static const char *const literals[] = {"true", "false", "null"};
    for (size_t k = 0; k < 3; k++) {
        size_t n = strlen(literals[k]);
        if (s->out->text.len - s->at >= n && !memcmp(s->out->text.data + s->at, literals[k], n))
            return s->at += n, OK;
    }
    return unexpected(s, "a value");
}

static status scan_value(scanner *s);

static status scan_member(scanner *s)
{
    status st;
    skip_blanks(s);
    if ((st = scan_string(s))) return st;
    skip_blanks(s);
    if (!take(s, ':')) return unexpected(s, "`:`");
    return scan_value(s);
}

/* The rest of an array or object after its opening bracket. */
static status scan_items(scanner *s, int close)
{
    status st;
    skip_blanks(s);
    if (take(s, close)) return OK;
    do {
        if ((st = close == '}' ? scan_member(s) : scan_value(s))) return st;
        skip_blanks(s);
    } while (take(s, ','));
    if (!take(s, close)) return unexpected(s, close == '}' ? "`,` or `}`" : "`,` or `]`");
    return OK;
}

static status scan_value(scanner *s)
{
    status st;
    skip_blanks(s);
    if ((st = remember_value(s))) return st;
    int c = peek(s);
    if (c == '"') return scan_string(s);
    if (c == '-' || (c >= '0' && c <= '9')) return scan_number(s);
    if (c != '{' && c != '[') return scan_literal(s);
    if (++s->depth > DEPTH_MAX) return refuse(s, s->at, 1, "nested too deeply");
    s->at++;
    st = scan_items(s, c == '{' ? '}' : ']');
    s->depth--;
    return st;
}

static status scan_document(scanner *s)
{
    status st;
    if (s->out->text.len >= 3 && !memcmp(s->out->text.data, "\xEF\xBB\xBF", 3)) s->at = 3;
    size_t begin = s->at;
    if ((st = scan_value(s))) return st;
    skip_blanks(s);
    if (s->at < s->out->text.len) return refuse(s, s->at, 1, "text after the end of the JSON");
    s->at = begin;
    return OK;
}

/* Gives every value its number in document order, as the scanner counted. */
static void number_values(cJSON *value, int *next)
{
    value->valueint = (*next)++;
    for (cJSON *child = value->child; child; child = child->next) number_values(child, next);
}

static int by_name(const void *a, const void *b)
{
    const cJSON *x = *(const cJSON *const *)a, *y = *(const cJSON *const *)b;
    int order = strcmp(x->string, y->string);
    return order ? order : (x->valueint > y->valueint) - (x->valueint < y->valueint);
}

static status refuse_doubles(const json *j, const cJSON *object, failure *err)
{
    size_t count = 0, k = 0;
    status st = OK;

    for (const cJSON *c = object->child; c; c = c->next) count++;
    if (count < 2) return OK;
    const cJSON **member = malloc(count * sizeof *member);
    if (!member) return fail_memory(err);
    for (const cJSON *c = object->child; c; c = c->next) member[k++] = c;
    qsort(member, count, sizeof *member, by_name);
    for (k = 1; k < count && st == OK; k++) {
        if (strcmp(member[k - 1]->string, member[k]->string)) continue;
        st = fail(err, E_DATA, "D07", "`%.100s` is given twice", member[k]->string);
        json_point_name(j, member[k], "", err);
    }
    free(member);
    return st;
}

static status check_names(const json *j, const cJSON *value, failure *err)
{
    status st;
    if (cJSON_IsObject(value) && (st = refuse_doubles(j, value, err))) return st;
    for (const cJSON *c = value->child; c; c = c->next)
        if (c->child && (st = check_names(j, c, err))) return st;
    return OK;
}

status json_parse(json *out, slice text, const char *file, json_numbers numbers, failure *err)
{
    scanner s = {.out = out, .numbers = numbers, .err = err};
    status st;
    int next = 0;

    *out = (json){.file = file, .text = text};
    if ((st = scan_document(&s))) goto failed;
    if (out->values > INT32_MAX) { /* a value's number is an int */
        st = fail(err, E_LIMIT, "D01", "%s holds too many values", file);
        goto failed;
    }
    const char *end = NULL;
    out->root =
        cJSON_ParseWithLengthOpts((const char *)text.data + s.at, text.len - s.at, &end, false);
    if (!out->root) { /* what is left to go wrong, but memory: half of a surrogate pair */
        s.at = (size_t)((const uint8_t *)end - text.data);
        st = refuse(&s, s.at, 1, "this cannot be read as JSON");
        goto failed;
    }
    number_values(out->root, &next);
    if ((st = check_names(out, out->root, err))) goto failed;
    return OK;
failed:
    json_free(out);
    return st;
}

/* Data are secrets of their owner. */
static void cleanse(cJSON *value)
{
    for (; value; value = value->next) {
        if (value->valuestring) OPENSSL_cleanse(value->valuestring, strlen(value->valuestring));
        OPENSSL_cleanse(&value->valuedouble, sizeof value->valuedouble);
        cleanse(value->child);
    }
}

void json_free(json *j)
{
    cleanse(j->root);
    cJSON_Delete(j->root);
    free(j->start);
    *j = (json){0};
}

slice json_token(const json *j, const cJSON *value)
{
    size_t start = j->start[value->valueint], end = start;
    const uint8_t *s = j->text.data;

    if (s[start] == '"') {
        for (end++; s[end] != '"'; end++)
            if (s[end] == '\\') end++;
        end++;
    } else if (s[start] == '[' || s[start] == '{') {
        end++;
    } else {
        while (end < j->text.len && !strchr(",]} \t\r\n", s[end])) end++;
    }
    return (slice){s + start, end - start};
}

const cJSON *json_member(const cJSON *object, const char *name)
{
    if (!cJSON_IsObject(object)) return NULL;
    for (const cJSON *c = object->child; c; c = c->next)
        if (!strcmp(c->string, name)) return c;
    return NULL;
}

void json_point(const json *j, const cJSON *value, const char *more, failure *err)
{
    point_at(j, j->start[value->valueint], json_token(j, value).len, more, err);
}

/* A quote that an odd number of backslashes precede does not end a string. */
static bool quote_at(const uint8_t *s, size_t at)
{
    size_t slashes = 0;
    while (slashes < at && s[at - 1 - slashes] == '\\') slashes++;
    return s[at] == '"' && slashes % 2 == 0;
}

/* The name stands before the colon before the value. */
void json_point_name(const json *j, const cJSON *member, const char *more, failure *err)
{
    const uint8_t *s = j->text.data;
    size_t end = j->start[member->valueint];

    while (s[end - 1] != '"') end--;
    size_t start = end - 2;
    while (!quote_at(s, start)) start--;
    point_at(j, start, end - start, more, err);
}

void json_string(buffer *out, const char *text)
{
    buffer_append(out, "\"", 1);
    for (const char *c = text; *c; c++) {
        if (*c == '"' || *c == '\\')
            buffer_printf(out, "\\%c", *c);
        else if (*c == '\n')
            buffer_append(out, "\\n", 2);
        else if ((unsigned char)*c < 0x20)
            buffer_printf(out, "\\u%04x", (unsigned)*c);
        else
            buffer_append(out, c, 1);
    }
    buffer_append(out, "\"", 1);
}

void json_comma(buffer *out)
{
    if (out->len == 0) return;
    uint8_t last = out->data[out->len - 1];
    if (last != '{' && last != '[' && last != ':') buffer_append(out, ",", 1);
}

void json_name(buffer *out, const char *name)
{
    json_comma(out);
    json_string(out, name);
    buffer_append(out, ":", 1);
}

void json_text(buffer *out, const char *name, const char *text)
{
    json_name(out, name);
    json_string(out, text);
}

void json_count(buffer *out, const char *name, uint64_t n)
{
    json_name(out, name);
    buffer_printf(out, "%" PRIu64, n);
}

void json_list(buffer *out, const char *name)
{
    json_name(out, name);
    buffer_append(out, "[", 1);
}

void json_object(buffer *out)
{
    json_comma(out);
    buffer_append(out, "{", 1);
}
