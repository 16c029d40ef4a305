/* Blocks that remember where they came from, in a head before them. */
#include "vm/memory.h"

#include <stdalign.h>
#include <stdint.h>

#undef malloc
#undef calloc
#undef realloc
#undef free

typedef struct head {
    alignas(max_align_t) const memory_source *source; /* NULL: the C library */
    size_t size;                                      /* with the head */
} head;

/* Of this thread: threads that work for different engines do not meet here. */
static _Thread_local const memory_source *current;

const memory_source *memory_use(const memory_source *source)
{
    const memory_source *before = current;
    current = source;
    return before;
}

static head *head_of(void *block)
{
    return (head *)block - 1;
}

static void *block_over(head *h, const memory_source *source, size_t size)
{
    if (!h) return NULL;
    h->source = source;
    h->size = size;
    return h + 1;
}

/* The size with the head; 0 when there is no such number. */
static size_t whole(size_t size)
{
    return size > SIZE_MAX - sizeof(head) ? 0 : size + sizeof(head);
}

void *memory_alloc(size_t size)
{
    const memory_source *s = current;
    size_t all = whole(size);

    if (!all) return NULL;
    return block_over(s ? s->alloc(s->user, NULL, 0, all) : malloc(all), s, all);
}

void *memory_zeroed(size_t count, size_t size)
{
    const memory_source *s = current;
    size_t all = size && count > SIZE_MAX / size ? 0 : whole(count * size);
    head *h;

    if (!all) return NULL;
    if (!s) return block_over(calloc(1, all), s, all);
    if ((h = s->alloc(s->user, NULL, 0, all))) memset(h, 0, all);
    return block_over(h, s, all);
}

void *memory_resize(void *block, size_t size)
{
    size_t all = whole(size);
    const memory_source *s;
    head *h;

    if (!block) return memory_alloc(size);
    if (!all) return NULL;
    h = head_of(block);
    s = h->source;
    return block_over(s ? s->alloc(s->user, h, h->size, all) : realloc(h, all), s, all);
}

void memory_free(void *block)
{
    head *h = block ? head_of(block) : NULL;

    if (!h) return;
    if (h->source)
        h->source->alloc(h->source->user, h, h->size, 0);
    else
        free(h);
}

static char *copy_text(const char *s, size_t len)
{
    char *copy = memory_alloc(len + 1);

    if (!copy) return NULL;
    memcpy(copy, s, len);
    copy[len] = '\0';
    return copy;
}

char *memory_strndup(const char *s, size_t most)
{
    return copy_text(s, strnlen(s, most));
}

char *memory_strdup(const char *s)
{
    return copy_text(s, strlen(s));
}
