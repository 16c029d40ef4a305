/* Masks and random bits made ahead of need; see bit_pool.h. */
#include "runtime/bit_pool.h"

#include "runtime/audit.h"
#include "vm/interp.h"

#include <stdlib.h>

/* What is made ahead holds about so many bits of shares at a node; the rest is made where it is needed. */
enum { POOL_BITS = 1 << 26, BATCHES = 32, CHOICES_MAX = 1 << 20 };

/* One use: a mask of `len` items, or (wires > 0) random bits for as many wires of len items. */
typedef struct request {
    mask_shape shape;
    size_t wires, len;
    size_t batch;
    size_t word, item; /* of the batch, where it begins */
    turns roles;       /* of this request's items */
    bool used;
} request;

/* What is made at once, by one job. */
typedef struct batch {
    mask_shape shape;
    bool bits; /* random bits, not masks */
    size_t words, len, turns;
    mask made;
    random_bit_pairs pairs;
} batch;

/* Where the program goes one of two ways: the requests of each, and the first choice behind the first way and behind
 * both. */
typedef struct choice {
    size_t first, second, end;
    size_t next_in_second, next;
} choice;

struct bit_pool {
    bool recording, full;
    size_t left; /* bits */
    request *request;
    size_t requests, cap, next; /* `next`: the first that may be unused */
    choice *choice;
    size_t choices, choice_cap, next_choice;
    batch batch[BATCHES];
    size_t batches, begun;
    size_t taken; /* requests, and those that were passed over */
};

/* --- what is asked for */

static bool same_shape(mask_shape a, mask_shape b)
{
    return a.grouped == b.grouped && a.high == b.high && a.cut == b.cut;
}

static bool ask(struct bit_pool *pool, request r, size_t bits)
{
    pool->full = pool->full || bits > pool->left;
    if (pool->full) return false;
    if (pool->requests == pool->cap) {
        size_t cap = 2 * pool->cap + 16;
        request *larger = realloc(pool->request, cap * sizeof *larger);
        pool->full = !larger;
        if (!larger) return false;
        pool->request = larger;
        pool->cap = cap;
    }
    pool->left -= bits;
    pool->request[pool->requests++] = r;
    return true;
}

/* The first unused request that is like this one. */
static request *find(struct bit_pool *pool, const request *like)
{
    while (pool->next < pool->requests && pool->request[pool->next].used) pool->next++;
    for (size_t k = pool->next; k < pool->requests; k++) {
        request *r = &pool->request[k];
        if (r->used || r->wires != like->wires || r->len != like->len) continue;
        if (!same_shape(r->shape, like->shape)) continue;
        r->used = true;
        pool->taken++;
        return r;
    }
    return NULL;
}

static request *use(job *j, request like, size_t bits_of_item)
{
    struct bit_pool *pool = job_box(j)->pool;

    if (!pool) return NULL;
    if (!pool->recording) return find(pool, &like);
    if (!ask(pool, like, words_of(like.len) * WORD_BITS * bits_of_item))
        job_fail(j, E_ABORT, "more is asked for than is made ahead");
    return NULL;
}

/* In active mode what is made ahead is noted before anything else is: so much that two check points would take it, where
 * these are to keep memory bounded. Then bits are counted that are noted as products, a product of numbers as a word. */
static bool is_bounded(const box *b)
{
    return b->audit && b->audit->steady;
}

static size_t pool_bits(const box *b)
{
    enum { BATCHES_AHEAD = 2 };
    return is_bounded(b) ? BATCHES_AHEAD * b->audit->batch * WORD_BITS : POOL_BITS;
}

bool pool_mask(job *j, mask_shape shape, size_t len, mask *out)
{
    const box *b = job_box(j);
    unsigned q = b->f->bits, m = gf2m_degree(b->nodes);
    if (b->threshold == 1) return false; /* the bits of one leader cost no round */
    const size_t bits = is_bounded(b) ? mask_products(b, shape) : (size_t)q * (m + 3);
    request *r = use(j, (request){.shape = shape, .len = len}, bits);

    if (!r) return false;
    *out = b->pool->batch[r->batch].made;
    out->roles = r->roles;
    out->len = len;
    out->word = r->word;
    out->r = field_at(b->f, out->r, r->item);
    out->own = field_at(b->f, out->own, r->item);
    out->high = field_at(b->f, out->high, r->item);
    return true;
}

bool pool_bit_pairs(job *j, size_t count, size_t len, random_bit_pairs *out, size_t *word)
{
    const box *b = job_box(j);
    unsigned q = b->f->bits, m = gf2m_degree(b->nodes);
    const size_t bits = is_bounded(b) ? 2 * (size_t)b->threshold * WORD_BITS : q + m;
    request *r = use(j, (request){.wires = count, .len = len}, count * bits);

    if (!r) return false;
    *out = b->pool->batch[r->batch].pairs;
    out->number = field_at(b->f, out->number, r->item);
    *word = r->word;
    return true;
}

/* --- one of two ways */

static size_t record_choice(struct bit_pool *pool)
{
    if (pool->choices == pool->choice_cap) {
        size_t cap = 2 * pool->choice_cap + 16;
        choice *longer = cap > CHOICES_MAX ? NULL : realloc(pool->choice, cap * sizeof *longer);
        pool->full = pool->full || !longer;
        if (!longer) return 0;
        pool->choice = longer, pool->choice_cap = cap;
    }
    pool->choice[pool->choices] = (choice){.first = pool->requests};
    return pool->choices++;
}

static void pass_over(struct bit_pool *pool, size_t from, size_t to)
{
    for (size_t k = from; k < to; k++) pool->request[k].used = true;
    pool->taken += to - from;
}

size_t pool_fork(struct bit_pool *pool)
{
    if (!pool) return 0;
    return pool->recording ? record_choice(pool) : pool->next_choice++;
}

void pool_other(struct bit_pool *pool, size_t which)
{
    if (!pool || which >= pool->choices) return;
    choice *c = &pool->choice[which];
    if (pool->recording) {
        c->second = pool->requests, c->next_in_second = pool->choices;
    } else {
        pass_over(pool, c->first, c->second);
        pool->next_choice = c->next_in_second;
    }
}

void pool_join(struct bit_pool *pool, size_t which)
{
    if (!pool || which >= pool->choices) return;
    choice *c = &pool->choice[which];
    if (pool->recording) {
        c->end = pool->requests, c->next = pool->choices;
    } else {
        pass_over(pool, c->first, c->end);
        pool->next_choice = c->next;
    }
}

pool_state pool_state_of(const struct bit_pool *pool)
{
    if (!pool) return (pool_state){0};
    /* behind the last choice that was noted there is none to come to */
    const size_t passed = pool->next_choice < pool->choices ? pool->next_choice : pool->choices;
    return (pool_state){pool->requests, pool->taken, pool->recording ? pool->choices : passed};
}

bool pool_is_as(const struct bit_pool *pool, const pool_state *then)
{
    const pool_state now = pool_state_of(pool);
    return now.requests == then->requests && now.taken == then->taken &&
           now.choices == then->choices;
}

/* --- making it */

static batch *batch_of(struct bit_pool *pool, const request *r)
{
    for (size_t k = 0; k < pool->batches; k++)
        if (pool->batch[k].bits == (r->wires > 0) && same_shape(pool->batch[k].shape, r->shape))
            return &pool->batch[k];
    if (pool->batches == BATCHES) return NULL;
    batch *new = &pool->batch[pool->batches++];
    *new = (batch){.shape = r->shape, .bits = r->wires > 0};
    return new;
}

/* Puts every request into a batch, one after the other; those that find none are forgotten. */
static void sort_out(struct bit_pool *pool)
{
    for (size_t k = 0; k < pool->requests; k++) {
        request *r = &pool->request[k];
        batch *to = batch_of(pool, r);
        size_t vectors = r->wires ? r->wires : 1;
        if (!to) {
            r->used = true;
            continue;
        }
        r->batch = (size_t)(to - pool->batch);
        r->word = to->words, r->item = to->len;
        to->words += vectors * words_of(r->len);
        to->len += vectors * r->len;
    }
}

/* Roles for each vector of a request; all turns of the batch, one after the other. */
static turns assign_roles(job *j, struct bit_pool *pool, size_t which)
{
    turns all = {NULL, 0};
    size_t most = 0;

    for (size_t k = 0; k < pool->requests; k++) {
        const request *r = &pool->request[k];
        size_t words = words_of(r->len), nodes = job_box(j)->nodes;
        if (r->batch == which && !r->used)
            most += (r->wires + !r->wires) * (words < nodes ? words : nodes);
    }
    all.at = job_bytes(j, most * sizeof *all.at);
    for (size_t k = 0; k < pool->requests; k++) {
        request *r = &pool->request[k];
        for (size_t v = 0; r->batch == which && !r->used && v < r->wires + !r->wires; v++) {
            r->roles = turns_over(j, r->len);
            for (size_t i = 0; i < r->roles.count; i++) {
                turn t = r->roles.at[i];
                t.word += r->word + v * words_of(r->len);
                t.item += r->item + v * r->len;
                all.at[all.count++] = t;
            }
        }
    }
    return all;
}

/* The job of the next batch. */
static void make_batch(job *j)
{
    struct bit_pool *pool = job_box(j)->pool;
    size_t which = pool->begun++;
    batch *to = &pool->batch[which];
    turns all = assign_roles(j, pool, which);

    if (to->bits)
        to->pairs = make_bit_pairs(j, all, to->len, to->words);
    else
        to->made = make_mask(j, to->shape, all, to->len, to->words);
    job_keep(j);
}

/* --- finding out */

static bool decides(const program *p)
{
    for (uint32_t k = 0; k < p->blocks; k++)
        for (uint32_t i = 0; i < p->block[k].len; i++) {
            opcode op = p->block[k].code[i].op;
            if (op == OP_LT || op == OP_EQ || op == OP_FLOOR || op == OP_MAXIMUM || opcode_sorts(op))
                return true;
        }
    return false;
}

bool program_chooses(const program *p)
{
    for (uint32_t k = 0; k < p->blocks; k++)
        for (uint32_t i = 0; i < p->block[k].len; i++) {
            opcode op = p->block[k].code[i].op;
            if (op == OP_IF || op == OP_UNTIL) return true;
        }
    return false;
}

/* A dry run: what it asks for is noted, up to the bounds of the pool. */
static status record_run(struct bit_pool *pool, const box *b, const shamir_config *cfg, failure *err)
{
    shamir_config dry = *cfg;
    run_data *data = run_data_new(cfg->program);
    abb *recorder = NULL;
    status st = data ? OK : fail_memory(err);

    dry.recording = pool;
    pool->recording = true;
    if (!st) st = cost_open(&recorder, &dry, b->self, err);
    const interp_watcher watcher = {.go_on = shamir_goes_on, .user = b->channel};
    if (!st) st = interp_run_watched(cfg->program, recorder, data, &watcher, err);
    shamir_close(recorder);
    run_data_free(data, cfg->program);
    pool->recording = false;
    return pool->full ? OK : st;
}

status pool_begin(box *b, const shamir_config *cfg, failure *err)
{
    status st;

    if (!b->bits || b->nodes == 3 || !decides(cfg->program)) return OK;
    if (!(b->pool = calloc(1, sizeof *b->pool))) return fail_memory(err);
    b->pool->left = pool_bits(b);
    if ((st = record_run(b->pool, b, cfg, err))) return st;
    if (b->pool->full && program_chooses(cfg->program)) {
        /* What of it a run would find, would depend on the way that it goes. */
        pool_free(b->pool);
        b->pool = NULL;
        return OK;
    }
    sort_out(b->pool);
    for (size_t k = 0; !st && k < b->pool->batches; k++) st = job_begin(b, NULL, make_batch, err);
    return st;
}

void pool_free(struct bit_pool *pool)
{
    if (!pool) return;
    free(pool->request);
    free(pool->choice);
    free(pool);
}
