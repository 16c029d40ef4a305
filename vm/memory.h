/* Where memory comes from: the C library, or what the program that embeds moot has given (moot_options.alloc).
 *
 * All code says malloc and free as ever; here they are given another meaning, so that no place can forget it. Each
 * block remembers where it came from: whoever frees it need not know. What the C library itself allocates for its
 * caller (realpath, getline, …) must therefore not be used; tests/tools/check_memory.sh looks. */
#ifndef MOOT_VM_MEMORY_H
#define MOOT_VM_MEMORY_H

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

/* Allocates (old NULL), frees (new_size 0) or resizes; NULL when memory is out, and then the old block stands.
 * From any thread. */
typedef struct memory_source {
    void *(*alloc)(void *user, void *old, size_t old_size, size_t new_size);
    void *user;
} memory_source;

/* From here on this thread's new blocks come from `source` (NULL: the C library), which must outlive them. Returns
 * the source until now, so that it can be put back. */
const memory_source *memory_use(const memory_source *source);

void *memory_alloc(size_t size);
void *memory_zeroed(size_t count, size_t size);
void *memory_resize(void *block, size_t size);
void memory_free(void *block);
char *memory_strdup(const char *s);
char *memory_strndup(const char *s, size_t most);

#undef strdup
#undef strndup
#define malloc(size) memory_alloc(size)
#define calloc(count, size) memory_zeroed(count, size)
#define realloc(block, size) memory_resize(block, size)
#define free(block) memory_free(block)
#define strdup(s) memory_strdup(s)
#define strndup(s, most) memory_strndup(s, most)

#endif
