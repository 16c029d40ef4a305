/* Dealing shares, of which t come from streams, and products by degree reduction (BGW 1988, GRR 1998). */
#include "runtime/audit.h"

/* The nodes that take a dealer's shares from their streams with it: the t after it. */
static bool from_stream(const box *b, unsigned dealer, unsigned node)
{
    unsigned first = (dealer + 1) % b->nodes, behind = (node + b->nodes - first) % b->nodes;
    return behind < b->threshold;
}

claim claim_words(stream *s, size_t len)
{
    return (claim){s, stream_reserve(s, len)};
}

void draw_claimed(job *j, const field *f, claim d, size_t at, void *out, size_t len)
{
    if (stream_draw_at(d.from, f, d.first + at, out, len)) return;
    f->fill(f, out, element_of(0), len); /* whatever was there is not sent */
    job_note(j, E_MEMORY, "libcrypto is out of memory");
}

/* What a member does when some members deal at the same time: makes shares of its own secrets, for others and
 * for itself, and draws those of its shares that come from streams. All of it block by block. */
typedef struct dealing {
    job *job;
    const void *x, *y; /* the secrets, or (y not NULL) their factors */
    element scale;     /* of what is dealt: this times the secrets */
    void *out;         /* to which this node's shares are added */
    size_t len;
    bool deals;
    claim word[NODES_MAX];  /* [threshold] of our own polynomials: the shares that others draw */
    claim share[NODES_MAX]; /* [shares] ours, of other dealers */
    unsigned shares;
    size_t block;               /* items that are worked on while they are in the cache */
    void *secret, *words, *sum; /* [block], [threshold][block], [block] */
    size_t begin, end; /* the items that are in `secret` (when there are factors) and `words` */
} dealing;

/* A node that is sent shares. */
typedef struct recipient {
    dealing *d;
    unsigned node;
    bool first; /* the member's own part of a block is done with the block of its first recipient */
} recipient;

/* Brings the block of item `at` into hand. */
static void load_block(dealing *d, size_t at)
{
    const box *b = job_box(d->job);
    const field *f = b->edge;

    if (d->begin <= at && at < d->end) return;
    d->begin = at - at % d->block, d->end = least(d->len, d->begin + d->block);
    size_t len = d->end - d->begin;
    if (d->y) f->mul(f, d->secret, field_at(f, d->x, d->begin), field_at(f, d->y, d->begin), len);
    for (unsigned k = 0; k < b->threshold; k++)
        draw_claimed(d->job, f, d->word[k], d->begin, field_at(f, d->words, k * d->block), len);
}

/* share = our polynomials of items of the block in hand at `node`. */
static void evaluate(const dealing *d, unsigned node, size_t at, void *share, size_t len)
{
    const box *b = job_box(d->job);
    const field *f = b->edge;
    const element *by = b->dealing + (size_t)node * (b->threshold + 1);
    size_t in = at - d->begin;

    f->scale(f, share, d->y ? field_at(f, d->secret, in) : field_at(f, d->x, at),
             f->times(f, by[0], d->scale), len);
    for (unsigned k = 0; k < b->threshold; k++)
        f->add_scaled(f, share, field_at(f, d->words, k * d->block + in), by[k + 1], len);
}

/* Adds to this node's shares of a block, or less, what it need not wait for. */
static void add_own(dealing *d, size_t at, size_t len)
{
    const box *b = job_box(d->job);
    const field *f = b->edge;
    void *out = field_at(f, d->out, at);

    if (d->deals) {
        evaluate(d, b->self, at, d->sum, len);
        f->add(f, out, out, d->sum, len);
    }
    for (unsigned k = 0; k < d->shares; k++) {
        draw_claimed(d->job, f, d->share[k], at, d->sum, len);
        f->add(f, out, out, d->sum, len);
    }
}

static void make_share(void *what, size_t at, void *share, size_t len)
{
    const recipient *r = what;
    dealing *d = r->d;
    const box *b = job_box(d->job);

    for (size_t end = at + len, part; at < end; at += part, share = field_at(b->edge, share, part)) {
        load_block(d, at);
        part = least(end, d->end) - at;
        evaluate(d, r->node, at, share, part);
        if (r->first && box_is_node(b)) add_own(d, at, part);
    }
}

/* One recipient takes a block after the other; several take turns frame by frame. */
static size_t block_of(const box *b, size_t len)
{
    bool several = b->nodes - 1 - b->threshold > 1;
    return least(len, several ? CHANNEL_FRAME / b->edge->size : BOX_STOPOVER);
}

static void begin_own(job *j, dealing *d)
{
    const box *b = job_box(j);

    d->deals = true;
    d->secret = d->y ? job_vector(j, b->edge, d->block) : NULL;
    d->words = job_vector(j, b->edge, b->threshold * d->block);
    for (unsigned k = 0; k < b->threshold; k++) {
        unsigned node = (b->self + 1 + k) % b->nodes;
        d->word[k] = claim_words(b->keys->to[node], d->len);
    }
}

static void send_own(job *j, dealing *d)
{
    const box *b = job_box(j);
    recipient *r = job_bytes(j, b->nodes * sizeof *r);
    unsigned recipients = 0;

    for (unsigned node = 0; node < b->nodes; node++) {
        if (node == b->self || from_stream(b, b->self, node)) continue;
        r[recipients] = (recipient){d, node, recipients == 0};
        job_send_made(j, node, make_share, &r[recipients], d->len);
        recipients++;
    }
}

/* What members in `dealers` (a bit each) deal is added to the nodes' `out` when the next job_wait returns. A
 * member of them deals d->scale times its secrets. */
static void deal_together(job *j, uint32_t dealers, const dealing *what)
{
    const box *b = job_box(j);
    dealing *d = job_bytes(j, sizeof *d);
    bool own = dealers >> b->self & 1;

    *d = *what;
    d->job = j, d->block = block_of(b, d->len);
    if (own) begin_own(j, d);
    d->sum = job_vector(j, b->f, d->block);
    for (unsigned k = 0; box_is_node(b) && k < b->members; k++) {
        if (!(dealers >> k & 1) || k == b->self) continue;
        if (from_stream(b, k, b->self))
            d->share[d->shares++] = claim_words(b->keys->from[k], d->len);
        else
            job_receive_share(j, k, d->out, element_of(1), d->len);
    }
    if (own)
        send_own(j, d);
    else if (!b->f->dry)
        for (size_t at = 0; at < d->len; at += d->block)
            add_own(d, at, least(d->block, d->len - at));
}

void deal(job *j, unsigned dealer, const void *secret, void *out, size_t len)
{
    deal_together(j, (uint32_t)1 << dealer,
                  &(dealing){.x = secret, .scale = element_of(1), .out = out, .len = len});
}

/* Degree reduction by dealing, of the products of x and y, or of what x alone shares by degree 2t. */
static void reduce_by_dealing(job *j, void *out, const void *x, const void *y, size_t len)
{
    const box *b = job_box(j);
    const field *f = b->f;
    unsigned dealers = 2 * b->threshold + 1;
    size_t turns = b->nodes > dealers ? b->nodes : 1; /* the dealers rotate over the items */

    f->fill(f, out, element_of(0), len);
    for (size_t turn = 0; turn < turns; turn++) {
        size_t from = len * turn / turns, to = len * (turn + 1) / turns;
        uint32_t set = 0;
        if (from == to) continue;
        for (unsigned k = 0; k < dealers; k++)
            set |= (uint32_t)1 << ((unsigned)turn + k) % b->nodes;
        deal_together(j, set,
                      &(dealing){.x = field_at(f, x, from),
                                 .y = field_at(f, y, from),
                                 .scale = b->reducing[turn],
                                 .out = field_at(f, out, from),
                                 .len = to - from});
    }
    job_wait(j);
}

static void reduce(job *j, void *out, const void *x, const void *y, size_t len)
{
    const box *b = job_box(j);

    note_reduced(j, len);
    if (b->keys->small && launch_has_king(b->launch, len))
        reduce_by_king(j, out, x, y, len);
    else
        reduce_by_dealing(j, out, x, y, len);
}

void reshare(job *j, void *out, const void *z, size_t len)
{
    reduce(j, out, z, NULL, len);
}

/* Whether two vectors share memory: then results must not be written while operands are still read. */
static bool overlap(const field *f, const void *a, const void *b, size_t len)
{
    uintptr_t from = (uintptr_t)a, to = (uintptr_t)b, size = len * f->size;
    return from < to + size && to < from + size;
}

static const void *copy_of(job *j, const void *x, size_t len)
{
    const field *f = job_box(j)->f;
    void *copy = job_vector(j, f, len);

    f->copy(f, copy, x, len);
    return copy;
}

static void multiply_part(job *j, void *out, const void *x, const void *y, size_t len)
{
    const field *f = job_box(j)->f;
    void *mark = job_mark(j);

    if (!f->dry && (overlap(f, out, x, len) || overlap(f, out, y, len))) {
        void *z = job_vector(j, f, len);
        f->mul(f, z, x, y, len);
        reduce(j, out, z, NULL, len);
    } else {
        reduce(j, out, x, y, len);
    }
    job_count_products(j, len);
    job_release(j, mark);
}

/* In active mode no more products at once than one check point takes, which are noted when they are there: where they
 * are, if that is `lasting`. */
static void multiply_checked(job *j, void *out, const void *x, const void *y, size_t len,
                             bool lasting)
{
    const field *f = job_box(j)->f;
    const size_t most = batch_items(j, 1);
    size_t at = 0, part;

    do {
        part = least(len - at, most);
        void *z = field_at(f, out, at), *a = field_at(f, x, at), *b = field_at(f, y, at);
        multiply_part(j, z, a, b, part);
        if (lasting)
            note_registers(j, (void *)(uintptr_t)x, (void *)(uintptr_t)y, out, at, part);
        else
            note_products(j, a, b, z, part);
        note_noted(j, part);
        check_when_full(j);
    } while ((at += part) < len);
}

void multiply(job *j, void *out, const void *x, const void *y, size_t len)
{
    const field *f = job_box(j)->f;
    void *mark = job_mark(j);

    if (!job_box(j)->audit) {
        multiply_part(j, out, x, y, len);
        return;
    }
    if (!f->dry && (overlap(f, out, x, len) || overlap(f, out, y, len)))
        x = copy_of(j, x, len), y = copy_of(j, y, len);
    multiply_checked(j, out, x, y, len, false);
    job_release(j, mark);
}

void multiply_registers(job *j, void *out, const void *x, const void *y, size_t len)
{
    if (job_box(j)->audit)
        multiply_checked(j, out, x, y, len, true);
    else
        multiply_part(j, out, x, y, len);
}
