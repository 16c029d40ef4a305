/* Measuring what a node does alone: the functions of a field on vectors, and the streams that shares are drawn
 * from, each beside a plain loop that moves as many bytes. See bench.h. */
#include "runtime/bench.h"
#include "runtime/stream.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { TIMES = 7, WORK = 1 << 27 }; /* timings, each of calls that move about so many bytes */

typedef struct workplace {
    const field *f;
    size_t len;
    void *out, *a, *b;
    stream *random;
} workplace;

/* One call of what is measured. `reads` is how many vectors it reads; all write one. */
typedef struct measured {
    const char *name;
    unsigned reads;
    void (*call)(const workplace *w);
} measured;

static void call_add(const workplace *w)
{
    w->f->add(w->f, w->out, w->a, w->b, w->len);
}

static void call_sub(const workplace *w)
{
    w->f->sub(w->f, w->out, w->a, w->b, w->len);
}

static void call_mul(const workplace *w)
{
    w->f->mul(w->f, w->out, w->a, w->b, w->len);
}

static void call_scale(const workplace *w)
{
    w->f->scale(w->f, w->out, w->a, element_of(12345), w->len);
}

static void call_add_scaled(const workplace *w)
{
    w->f->add_scaled(w->f, w->out, w->a, element_of(12345), w->len);
}

static void call_draw(const workplace *w)
{
    stream_draw(w->random, w->f, w->out, w->len);
}

static const measured kernels[] = {
    {"add", 2, call_add},
    {"sub", 2, call_sub},
    {"mul", 2, call_mul},
    {"scale", 1, call_scale},
    {"add-scaled", 2, call_add_scaled},
    {"stream", 0, call_draw},
};

/* What moving as many bytes takes: filling, copying, or joining two vectors word by word. */
static void move_none(const workplace *w)
{
    memset(w->out, 1, w->len * w->f->size);
}

static void move_one(const workplace *w)
{
    memcpy(w->out, w->a, w->len * w->f->size);
}

static void move_two(const workplace *w)
{
    uint64_t *out = w->out;
    const uint64_t *a = w->a, *b = w->b;
    for (size_t k = 0; k < w->len * w->f->size / sizeof *out; k++) out[k] = a[k] ^ b[k];
}

static void (*const moves[])(const workplace *w) = {move_none, move_one, move_two};

/* Of this thread: what else runs on the machine is not counted. */
static double processor_now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

/* Seconds of one call: the median of several timings, after a first that fills the caches. */
static double time_call(void (*call)(const workplace *), const workplace *w, size_t moved)
{
    double took[TIMES];
    size_t calls = WORK / (moved + 1) + 1;

    call(w);
    for (int k = 0; k < TIMES; k++) {
        double begin = processor_now();
        for (size_t i = 0; i < calls; i++) call(w);
        took[k] = (processor_now() - begin) / (double)calls;
    }
    return bench_median(took, TIMES);
}

static status open_workplace(workplace *w, unsigned bits, size_t len, failure *err)
{
    static const uint8_t key[KEY_BYTES] = {1};

    *w = (workplace){.f = field_of(bits, false), .len = len};
    w->out = malloc(len * w->f->size + 1);
    w->a = malloc(len * w->f->size + 1);
    w->b = malloc(len * w->f->size + 1);
    if (!w->out || !w->a || !w->b) return fail_memory(err);
    status st = stream_open(&w->random, key, "bench", 0, err);
    if (!st && !(stream_draw(w->random, w->f, w->a, len) && stream_draw(w->random, w->f, w->b, len) &&
                 stream_draw(w->random, w->f, w->out, len)))
        st = fail_memory(err);
    return st;
}

static void close_workplace(workplace *w)
{
    stream_free(w->random);
    free(w->out);
    free(w->a);
    free(w->b);
}

status bench_kernels(unsigned bits, size_t length, void (*show)(void *user, const bench_kernel *k),
                     void *user, failure *err)
{
    workplace w;
    status st = open_workplace(&w, bits, length, err);

    for (size_t k = 0; !st && k < sizeof kernels / sizeof *kernels; k++) {
        const measured *m = &kernels[k];
        size_t moved = (m->reads + 1) * length * w.f->size;
        show(user, &(bench_kernel){.name = m->name,
                                   .seconds = time_call(m->call, &w, moved),
                                   .limit = time_call(moves[m->reads], &w, moved),
                                   .length = length,
                                   .moved = moved});
    }
    close_workplace(&w);
    return st;
}
