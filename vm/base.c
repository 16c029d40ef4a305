/* Failures, growing buffers and arenas: the small change that every part uses. */
#include "vm/base.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* --- failure */

/* Appends to err->text what fits. */
static void failure_append(failure *err, const char *fmt, va_list ap)
{
    size_t len = strlen(err->text);
    vsnprintf(err->text + len, sizeof err->text - len, fmt, ap);
}

status fail(failure *err, status st, const char *code, const char *fmt, ...)
{
    if (!err) return st;
    /* The arguments may point into err->text, so that a text can be wrapped in another. */
    failure fresh = {.status = st};
    va_list ap;
    va_start(ap, fmt);
    failure_append(&fresh, fmt, ap);
    va_end(ap);
    snprintf(fresh.code, sizeof fresh.code, "%s", code ? code : "");
    *err = fresh;
    return st;
}

void fail_add(failure *err, const char *fmt, ...)
{
    if (!err) return;
    size_t len = strlen(err->text);
    if (len + 1 < sizeof err->text) {
        err->text[len] = '\n';
        err->text[len + 1] = '\0';
    }
    va_list ap;
    va_start(ap, fmt);
    failure_append(err, fmt, ap);
    va_end(ap);
}

status fail_memory(failure *err)
{
    return fail(err, E_MEMORY, "", "out of memory");
}

/* --- buffer */

enum { BUFFER_FIRST = 64 };

static void forget(buffer *b)
{
    if (b->data) explicit_bzero(b->data, b->cap);
    free(b->data);
}

/* Makes room for `more` bytes after the contents. */
static bool buffer_reserve(buffer *b, size_t more)
{
    if (b->failed) return false;
    if (more <= b->cap - b->len) return true;
    size_t cap = b->cap ? b->cap : BUFFER_FIRST;
    while (cap - b->len < more && cap <= SIZE_MAX / 2) cap *= 2;
    uint8_t *data = cap - b->len < more ? NULL : malloc(cap);
    if (!data) {
        b->failed = true;
        return false;
    }
    if (b->len) memcpy(data, b->data, b->len);
    forget(b);
    b->data = data;
    b->cap = cap;
    return true;
}

void buffer_append(buffer *b, const void *data, size_t len)
{
    if (len == 0 || !buffer_reserve(b, len)) return;
    memcpy(b->data + b->len, data, len);
    b->len += len;
}

void buffer_repeat(buffer *b, size_t at, size_t len)
{
    if (!buffer_reserve(b, len)) return;
    memcpy(b->data + b->len, b->data + at, len);
    b->len += len;
}

void buffer_vprintf(buffer *b, const char *fmt, va_list ap)
{
    va_list again;
    va_copy(again, ap);
    int len = vsnprintf(NULL, 0, fmt, ap);
    if (len < 0)
        b->failed = true;
    else if (buffer_reserve(b, (size_t)len + 1)) {
        vsnprintf((char *)b->data + b->len, (size_t)len + 1, fmt, again);
        b->len += (size_t)len;
    }
    va_end(again);
}

void buffer_printf(buffer *b, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    buffer_vprintf(b, fmt, ap);
    va_end(ap);
}

char *buffer_take(buffer *b)
{
    buffer_append(b, "", 1);
    char *text = NULL;
    if (!b->failed) {
        text = (char *)b->data;
        b->data = NULL;
    }
    buffer_free(b);
    return text;
}

void buffer_free(buffer *b)
{
    forget(b);
    *b = (buffer){0};
}

/* --- arena */

enum { ARENA_CHUNK = 16 * 1024 };

/* The items follow the header, which has the alignment of any type. */
struct arena_chunk {
    _Alignas(max_align_t) struct arena_chunk *next;
    size_t used, size;
};

static size_t align_up(size_t size)
{
    const size_t unit = _Alignof(max_align_t);
    return (size + unit - 1) / unit * unit;
}

static void *arena_new_chunk(arena *a, size_t size)
{
    size_t room = size > ARENA_CHUNK ? size : ARENA_CHUNK;
    struct arena_chunk *c = NULL;
    if (size <= SIZE_MAX / 2) c = calloc(1, sizeof *c + room);
    if (!c) longjmp(*a->oom, 1);
    c->next = a->chunks;
    c->used = size;
    c->size = room;
    a->chunks = c;
    a->size += room;
    return c + 1;
}

void *arena_alloc(arena *a, size_t size)
{
    struct arena_chunk *c = a->chunks;
    size_t need = size <= SIZE_MAX / 2 ? align_up(size ? size : 1) : size;
    if (!c || c->size - c->used < need) return arena_new_chunk(a, need);
    void *at = (char *)(c + 1) + c->used;
    c->used += need;
    return at;
}

void *arena_grow(arena *a, void *old, size_t old_size, size_t new_size)
{
    void *fresh = arena_alloc(a, new_size);
    if (old_size) memcpy(fresh, old, old_size < new_size ? old_size : new_size);
    return fresh;
}

char *arena_strndup(arena *a, const char *s, size_t len)
{
    char *copy = arena_alloc(a, len + 1);
    if (len) memcpy(copy, s, len);
    return copy;
}

char *arena_printf(arena *a, const char *fmt, ...)
{
    va_list ap, again;
    va_start(ap, fmt);
    va_copy(again, ap);
    int len = vsnprintf(NULL, 0, fmt, ap);
    va_end(ap);
    char *text = arena_alloc(a, len < 0 ? 1 : (size_t)len + 1);
    if (len >= 0) vsnprintf(text, (size_t)len + 1, fmt, again);
    va_end(again);
    return text;
}

void arena_free(arena *a)
{
    while (a->chunks) {
        struct arena_chunk *next = a->chunks->next;
        free(a->chunks);
        a->chunks = next;
    }
}
