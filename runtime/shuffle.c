/* Rows in an order that no t nodes know: every set of n - t nodes permutes in turn by what its members alone draw
 * (Laur, Willemson, Zhang 2011, "Round-efficient oblivious database manipulation"). While few nodes compute each
 * set has a key; beyond, t + 1 nodes deal permutations (network.c). */
#include "runtime/audit.h"
#include "runtime/points.h"

enum { AT_ONCE = 1024 };

/* --- a permutation by a stream, unbiased (Fisher and Yates). Which rows change places depends on the stream alone:
 * the words are uniform, known to this node, and independent of every input. */

enum {
    AHEAD = 64
}; /* exchanges that are known before they are done, so that their rows are in the cache by then */

typedef struct drawer {
    job *j;
    stream *from;
    uint64_t *word;
    size_t most, left; /* words drawn at once, and those not used yet */
} drawer;

static size_t choose(drawer *d, size_t count)
{
    uint64_t choice;
    do {
        if (!d->left) {
            if (!stream_draw(d->from, &field_p61, d->word, d->most))
                job_fail(d->j, E_MEMORY, "libcrypto is out of memory");
            d->left = d->most;
        }
    } while (!num_choose(d->word[--d->left], field_p61.bits, count, &choice));
    return (size_t)choice;
}

static drawer drawer_of(job *j, stream *from, size_t rows)
{
    size_t most = rows < AT_ONCE ? rows : AT_ONCE;
    return (drawer){
        .j = j, .from = from, .word = job_bytes(j, most * sizeof(uint64_t)), .most = most};
}

/* What the last of `left` rows of the table changes places with, then the one before it, and so on; returns for how many. */
static size_t choose_some(drawer *d, size_t left, size_t other[AHEAD], const void *table,
                          size_t row_bytes)
{
    size_t some = left - 1 < AHEAD ? left - 1 : AHEAD;

    for (size_t k = 0; k < some; k++) {
        other[k] = choose(d, left - k);
        __builtin_prefetch((const char *)table + other[k] * row_bytes, 1);
    }
    return some;
}

void draw_order(job *j, stream *from, uint32_t *order, size_t rows)
{
    void *mark = job_mark(j);
    drawer d = drawer_of(j, from, rows);
    size_t other[AHEAD];

    for (size_t k = 0; k < rows; k++) order[k] = (uint32_t)k;
    for (size_t left = rows; left > 1;) {
        size_t some = choose_some(&d, left, other, order, sizeof *order);
        for (size_t k = 0; k < some; k++) {
            size_t last = --left;
            uint32_t t = order[last];
            order[last] = order[other[k]], order[other[k]] = t;
        }
    }
    job_release(j, mark);
}

/* Elements are whole words. */
static void exchange(uint64_t *a, uint64_t *b, size_t words)
{
    for (size_t k = 0; k < words; k++) {
        uint64_t t = a[k];
        a[k] = b[k], b[k] = t;
    }
}

/* The rows themselves. */
static void permute_table(drawer *d, void *table, size_t rows, size_t row_bytes)
{
    size_t words = row_bytes / sizeof(uint64_t), other[AHEAD];
    uint64_t *row = table;

    for (size_t left = rows; left > 1;) {
        size_t some = choose_some(d, left, other, table, row_bytes);
        for (size_t k = 0; k < some; k++)
            exchange(row + --left * words, row + other[k] * words, words);
    }
}

static void permute(job *j, stream *from, void *z, size_t rows, const deck *d, size_t decks)
{
    const field *f = job_box(j)->f;
    void *mark = job_mark(j);
    drawer by = drawer_of(j, from, rows);
    size_t at = 0;

    for (size_t i = 0; !f->dry && i < decks; i++)
        for (size_t k = 0; k < d[i].tables; k++, at += rows * d[i].width)
            permute_table(&by, field_at(f, z, at), rows, d[i].width * f->size);
    job_release(j, mark);
}

/* --- the sets in turn: an additive sharing that moves from one to the next */

/* All sets of `size` nodes, each the one before with one node exchanged (the revolving door order). */
static size_t revolving_door(uint32_t *set, unsigned nodes, unsigned size)
{
    if (size == 0 || size == nodes) {
        set[0] = (UINT32_C(1) << size) - 1;
        return 1;
    }
    size_t without = revolving_door(set, nodes - 1, size);
    uint32_t *with = set + without;
    size_t more = revolving_door(with, nodes - 1, size - 1);
    for (size_t k = 0; k < more - k; k++) {
        uint32_t t = with[k];
        with[k] = with[more - 1 - k], with[more - 1 - k] = t;
    }
    for (size_t k = 0; k < more; k++) with[k] |= UINT32_C(1) << (nodes - 1);
    return without + more;
}

size_t shuffle_sets(const box *b, uint32_t set[SMALL_SETS])
{
    return revolving_door(set, b->nodes, b->nodes - b->threshold);
}

bool shuffle_takes(const box *b, uint32_t set)
{
    return box_is_node(b) && set >> b->self & 1;
}

stream *shuffle_stream(const box *b, uint32_t set)
{
    for (size_t k = 0; k < b->keys->sets; k++)
        if (b->keys->set[k].members == set) return b->keys->set[k].order;
    return NULL;
}

void shuffle_parts(const box *b, uint32_t set, void *z, const void *x, size_t len)
{
    unsigned point[NODES_MAX], count = 0, own = 0;
    element by[NODES_MAX];

    for (unsigned k = 0; k < b->nodes; k++) {
        if (!(set >> k & 1)) continue;
        if (k == b->self) own = count;
        point[count++] = k + 1;
    }
    lagrange(b->edge, by, point, count, 0);
    b->f->scale(b->f, z, x, by[own], len);
}

/* Each pair draws from the stream by which the first of them deals to the second, who takes it off. */
void shuffle_refresh(job *j, uint32_t set, void *z, size_t len)
{
    const box *b = job_box(j);
    const field *f = b->f;
    void *mark = job_mark(j), *word = job_vector(j, f, len < AT_ONCE ? len : AT_ONCE);

    for (unsigned k = 0; k < b->nodes; k++) {
        if (k == b->self || !(set >> k & 1)) continue;
        bool first = b->self < k;
        for (size_t at = 0; at < len && !f->dry; at += AT_ONCE) {
            size_t part = len - at < AT_ONCE ? len - at : AT_ONCE;
            void *z_part = field_at(f, z, at);
            if (!stream_draw(first ? b->keys->to[k] : b->keys->from[k], f, word, part))
                job_fail(j, E_MEMORY, "libcrypto is out of memory");
            (first ? f->add : f->sub)(f, z_part, z_part, word, part);
        }
    }
    job_release(j, mark);
}

unsigned shuffle_leaves(uint32_t set, uint32_t next)
{
    return (unsigned)__builtin_ctz(set & ~next);
}

/* The member of `set` that `next` has not hands its part to the one that comes. */
static void hand_on(job *j, uint32_t set, uint32_t next, void *z, size_t len)
{
    const box *b = job_box(j);
    unsigned leaves = shuffle_leaves(set, next), comes = shuffle_leaves(next, set);

    if (b->self == leaves) job_send(j, comes, z, len * b->f->size);
    if (b->self == comes) {
        b->f->fill(b->f, z, element_of(0), len);
        job_receive_share(j, leaves, z, element_of(1), len);
    }
    job_wait(j);
}

/* At the n - t nodes outside of any t that collude there is one set with none of them: what it permutes by they do
 * not know. Before and after, they hold at most t of n - t parts of a sharing that is fresh at each set. */
static void by_sets(job *j, void *x, size_t len, size_t rows, const deck *d, size_t decks)
{
    const box *b = job_box(j);
    uint32_t set[SMALL_SETS];
    size_t sets = shuffle_sets(b, set);
    void *z = job_vector(j, b->f, len);

    if (shuffle_takes(b, set[0])) shuffle_parts(b, set[0], z, x, len);
    for (size_t k = 0; k < sets; k++) {
        if (shuffle_takes(b, set[k])) {
            permute(j, shuffle_stream(b, set[k]), z, rows, d, decks);
            shuffle_refresh(j, set[k], z, len);
        }
        if (k + 1 < sets) hand_on(j, set[k], set[k + 1], z, len);
    }
    b->f->fill(b->f, x, element_of(0), len);
    for (unsigned k = 0; k < b->nodes; k++)
        if (set[sets - 1] >> k & 1) deal(j, k, z, x, len);
    job_wait(j);
}

void shuffle(job *j, void *x, size_t rows, const deck *d, size_t decks)
{
    size_t len = 0;

    for (size_t i = 0; i < decks; i++) len += d[i].tables * rows * d[i].width;
    if (rows < 2) return;
    if (job_box(j)->audit)
        shuffle_checked(j, x, rows, d, decks, by_sets);
    else if (job_box(j)->keys->small)
        by_sets(j, x, len, rows, d, decks);
    else
        shuffle_by_networks(j, x, rows, d, decks);
}
