/* What every part shares: status codes, the failure record, slices, growing buffers and arenas.
 * Knows nothing of programs, fields or sockets. */
#ifndef MOOT_VM_BASE_H
#define MOOT_VM_BASE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "vm/memory.h"

/* What a function that can fail returns. 1 to 8 are the exit codes of the command line. */
typedef enum status {
    OK = 0,
    E_PROGRAM = 1, /* the program has errors (compiler or verifier) */
    E_USAGE = 2,   /* flags, or a file that cannot be read */
    E_DATA = 3,    /* input data wrong */
    E_CONFIG = 4,  /* parties disagree, bad config or keys */
    E_PEER = 5,    /* a peer unreachable, lost or silent past the timeout */
    E_ABORT = 6,   /* protocol stopped: inconsistent shares, cheating or corruption */
    E_LIMIT = 7,   /* over a limit, refused before start */
    E_BUG = 8,     /* an invariant of moot itself does not hold */
    E_MEMORY = 9,
    E_CANCELLED = 10
} status;

/* Why something failed, in the user's words. `text` is the whole message as diagnostics.md shows it
 * without its first word: one sentence, then further lines (place, note:, help:) each after '\n'. */
typedef struct failure {
    status status;
    char code[8]; /* "E0401", "D02", "N03"; "" where there is none */
    char text[2048];
} failure;

/* Fills *err (when not NULL) and returns st, so that `return fail(err, E_DATA, "D02", …)` reads well.
 * A text that does not fit is cut. */
status fail(failure *err, status st, const char *code, const char *fmt, ...)
    __attribute__((format(printf, 4, 5)));

/* Appends one more line to err->text: fail_add(err, "help: declare `%s` first", name). */
void fail_add(failure *err, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* Fills *err for a failed allocation; returns E_MEMORY. */
status fail_memory(failure *err);

/* Bytes that someone else owns. */
typedef struct slice {
    const uint8_t *data;
    size_t len;
} slice;

/* Bytes that grow. Zero-initialise; buffer_free when done. After a failed allocation `failed` is set,
 * later appends do nothing, and the contents must not be used: check once at the end. What held them is cleansed when
 * they move and when they are freed, for data and results go through here. */
typedef struct buffer {
    uint8_t *data;
    size_t len, cap;
    bool failed;
} buffer;

void buffer_append(buffer *b, const void *data, size_t len);
void buffer_repeat(buffer *b, size_t at, size_t len); /* appends once more what stands at `at` */
void buffer_printf(buffer *b, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
void buffer_vprintf(buffer *b, const char *fmt, va_list ap) __attribute__((format(printf, 2, 0)));
/* Returns the contents as a NUL-terminated string that the caller frees with free(), or NULL when an
 * allocation failed; *b is empty afterwards. */
char *buffer_take(buffer *b);
void buffer_free(buffer *b);

/* Memory that is freed all at once. Zero-initialise, set `oom`, arena_free when done.
 * arena_alloc never returns NULL: when memory is out it longjmps to *oom, which whoever made the arena
 * has set (setjmp) before the first allocation. */
typedef struct arena {
    struct arena_chunk *chunks;
    jmp_buf *oom;
    size_t size; /* bytes of all chunks */
} arena;

void *arena_alloc(arena *a,
                  size_t size); /* zeroed, aligned for any type; size 0 gives a valid pointer */
void *arena_grow(arena *a, void *old, size_t old_size, size_t new_size); /* copies, rest zeroed */
char *arena_strndup(arena *a, const char *s, size_t len);
char *arena_printf(arena *a, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
void arena_free(arena *a);

#endif
