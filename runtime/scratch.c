/* Free pieces in lists by size: four sizes between a power of two and the next. Small ones are cut from regions, large
 * ones have memory of their own. See scratch.h.
 *
 * What costs most is memory that the system has to make: a page of 4 kB takes about 3 us, in pages of 2 MB a third of that.
 * So regions grow until they are of such pages, and a piece that is somewhat larger serves before a new one is made. */
#include "runtime/scratch.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

enum {
    SIZES = 4 * 64,
    LEAST_BITS = 6,
    LARGER = 4, /* so many sizes: up to twice what is asked for */
    LARGE_PAGE = 2 * 1024 * 1024,
    REGION_LEAST = 64 * 1024,
    REGION_MOST = 8 * LARGE_PAGE
};

/* Every piece has memory of its own where that is watched for use beyond its end. */
#if defined __SANITIZE_ADDRESS__
enum { CUT_MOST = 0 };
#else
enum { CUT_MOST = LARGE_PAGE };
#endif

/* Stands before the memory. */
typedef struct piece {
    struct piece *next; /* of the same size, while it is free */
    void *own;          /* what was allocated for it alone, or NULL */
    size_t used;        /* bytes, by any of its users: the others were never touched */
    unsigned size;      /* its place in the lists */
    unsigned holds;     /* users besides the first */
    _Alignas(16) uint8_t memory[];
} piece;

/* Memory of which pieces are cut, until the end. */
typedef struct region {
    struct region *next;
    void *own;
    size_t size, cut; /* bytes, with what stands here */
    _Alignas(16) uint8_t memory[];
} region;

struct scratch {
    size_t kept;    /* bytes of the pieces in the lists */
    size_t regions; /* bytes of all of them */
    region *region; /* the latest first */
    piece *free[SIZES];
};

/* Sizes 4 k … 4 k + 3 hold 4, 5, 6, 7 quarters of 2^k bytes, with what stands before the memory. */
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

/* By wide stores, where OPENSSL_cleanse writes words. */
static void cleanse(piece *p)
{
    explicit_bzero(p->memory, p->used);
}

static void free_own(piece *p)
{
    void *own = p->own;

    cleanse(p);
    free(own);
}

static void free_region(region *r)
{
    void *own = r->own;

    for (size_t at = sizeof *r; at < r->cut;) {
        piece *p = (piece *)(void *)((uint8_t *)r + at);
        at += bytes_of(p->size);
        cleanse(p);
    }
    free(own);
}

void scratch_free(scratch *s)
{
    if (!s) return;
    for (unsigned k = 0; k < SIZES; k++)
        for (piece *p = s->free[k], *next; p; p = next) {
            next = p->next;
            if (p->own) free_own(p);
        }
    for (region *r = s->region, *next; r; r = next) {
        next = r->next;
        free_region(r);
    }
    free(s);
}

/* In *own; what is as large as a large page begins with one and asks for them: a wish, without which all is the same. */
static void *fresh_memory(size_t bytes, void **own)
{
    const bool large = bytes >= LARGE_PAGE;
    uintptr_t at;

    if (!(*own = malloc(large ? bytes + LARGE_PAGE : bytes)) || !large) return *own;
    at = (uintptr_t)*own;
    at += -at % LARGE_PAGE;
    madvise((void *)at, bytes, MADV_HUGEPAGE);
    return (void *)at;
}

/* As large as all before together, within bounds: who wants little takes little. */
static region *add_region(scratch *s, size_t bytes)
{
    size_t size = s->regions < REGION_MOST ? s->regions : REGION_MOST;
    region *r;
    void *own;

    if (size < REGION_LEAST) size = REGION_LEAST;
    if (size < sizeof *r + bytes) size = sizeof *r + bytes;
    if (!(r = fresh_memory(size, &own))) return NULL;
    *r = (region){.next = s->region, .own = own, .size = size, .cut = sizeof *r};
    s->region = r, s->regions += size;
    return r;
}

/* The largest first; more than has to be, or the next piece that is not wanted any more would be given back too. */
void scratch_settle(scratch *s)
{
    if (s->kept <= SCRATCH_KEPT) return;
    for (unsigned size = SIZES; size-- > 0;)
        while (s->kept > SCRATCH_KEPT / 2 && s->free[size] && s->free[size]->own) {
            piece *p = s->free[size];
            s->free[size] = p->next;
            s->kept -= bytes_of(size);
            free_own(p);
        }
}

static piece *cut_piece(scratch *s, size_t bytes)
{
    region *r = s->region;

    if (!r || r->size - r->cut < bytes) r = add_region(s, bytes);
    if (!r) return NULL;
    r->cut += bytes;
    return (piece *)(void *)((uint8_t *)r + r->cut - bytes);
}

static piece *find_free(scratch *s, unsigned fits)
{
    for (unsigned size = fits; size < fits + LARGER && size < SIZES; size++) {
        piece *p = s->free[size];
        if (!p) continue;
        s->free[size] = p->next;
        s->kept -= bytes_of(size);
        return p;
    }
    return NULL;
}

static piece *new_piece(scratch *s, unsigned size)
{
    const size_t bytes = bytes_of(size);
    void *own = NULL;

    scratch_settle(s);
    piece *p = bytes <= CUT_MOST ? cut_piece(s, bytes) : fresh_memory(bytes, &own);

    if (p) *p = (piece){.own = own, .size = size};
    return p;
}

void *scratch_take(scratch *s, size_t size)
{
    if (size > SIZE_MAX / 4) return NULL;
    const unsigned fits = size_for(sizeof(piece) + size);
    piece *p = find_free(s, fits);

    if (!p && !(p = new_piece(s, fits))) return NULL;
    if (size > p->used) p->used = size;
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
    p->next = s->free[p->size];
    s->free[p->size] = p;
    s->kept += bytes_of(p->size);
}
