/* Free pieces in lists by size: four sizes between a power of two and the next. See scratch.h. */
#include "runtime/scratch.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

/* Of pages of 2 MB, where the system has them, fresh memory takes a fault for each 512 of the usual ones. */
enum { SIZES = 4 * 64, LEAST_BITS = 6, LARGE_PAGE = 2 * 1024 * 1024 };

/* Stands before the memory. */
typedef struct piece {
    struct piece *next; /* of the same size, while it is free */
    unsigned size;      /* its place in the lists */
    unsigned holds;     /* users besides the first */
    _Alignas(16) uint8_t memory[];
} piece;

struct scratch {
    size_t kept; /* bytes of the pieces in the lists */
    piece *free[SIZES];
};

/* Sizes 4 k … 4 k + 3 hold 4, 5, 6, 7 quarters of 2^k bytes. */
static size_t bytes_of(unsigned size)
{
    return (size_t)(4 + size % 4) << size / 4 >> 2;
}

static unsigned size_for(size_t bytes)
{
    unsigned bits = LEAST_BITS, size;

    while (bits < 62 && ((size_t)2 << bits) <= bytes) bits++;
    for (size = 4 * bits; bytes_of(size) < bytes; size++) continue;
    return size;
}

scratch *scratch_new(void)
{
    return calloc(1, sizeof(scratch));
}

static void destroy(piece *p)
{
    explicit_bzero(p->memory,
                   bytes_of(p->size)); /* by wide stores, where OPENSSL_cleanse writes words */
    free(p);
}

void scratch_free(scratch *s)
{
    if (!s) return;
    for (unsigned k = 0; k < SIZES; k++)
        for (piece *p = s->free[k], *next; p; p = next) {
            next = p->next;
            destroy(p);
        }
    free(s);
}

/* Asks for large pages inside of fresh memory: a wish, without which all is the same. */
static void *with_large_pages(void *memory, size_t bytes)
{
    const uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE), begin = (uintptr_t)memory + page - 1,
                    end = (uintptr_t)memory + bytes;

    if (memory && bytes >= LARGE_PAGE)
        madvise((void *)(begin - begin % page), end - end % page - (begin - begin % page),
                MADV_HUGEPAGE);
    return memory;
}

void *scratch_take(scratch *s, size_t size)
{
    if (size > SIZE_MAX / 4) return NULL;
    unsigned fits = size_for(size);
    piece *p = s->free[fits];

    if (p) {
        s->free[fits] = p->next;
        s->kept -= bytes_of(fits);
        return p->memory;
    }
    if (!(p = with_large_pages(malloc(sizeof *p + bytes_of(fits)), sizeof *p + bytes_of(fits))))
        return NULL;
    p->size = fits, p->holds = 0;
    return p->memory;
}

static piece *piece_of(void *memory)
{
    return (piece *)(void *)((uint8_t *)memory - offsetof(piece, memory));
}

void scratch_hold(void *memory)
{
    piece_of(memory)->holds++;
}

void scratch_give(scratch *s, void *memory)
{
    if (!memory) return;
    piece *p = piece_of(memory);

    if (p->holds) {
        p->holds--;
        return;
    }
    if (bytes_of(p->size) > SCRATCH_KEPT - s->kept) {
        destroy(p);
        return;
    }
    p->next = s->free[p->size];
    s->free[p->size] = p;
    s->kept += bytes_of(p->size);
}
