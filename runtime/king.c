/* Products by way of a king (Damgård, Nielsen 2007; ATLAS, Goyal et al. 2021, section 4: masks of degree t and
 * zeros from shared keys). At n = 2t + 1 a node sends 3t / (2t + 1) elements an item, where resharing takes t;
 * for one more round. */
#include "runtime/protocol.h"

/* What one of the 2t + 1 dealers of a turn sends the king: lambda (x y + r) + zero. The product plus a random
 * sharing lies on a polynomial of degree 2t, whose value at 0 is the sum of these; the zeros, which add up to 0
 * over the dealers and are otherwise random, leave the king that sum and nothing else. */
typedef struct summand {
    job *job;
    const void *x, *y; /* factors; y NULL: x is the product */
    const void *r;
    element lambda;
    claim word[NODES_MAX]; /* [words] drawn by this dealer and one other, who takes it with the other sign */
    bool minus[NODES_MAX];
    unsigned words;
    void *drawn; /* [BOX_STOPOVER] */
} summand;

/* A stretch of the items and its king. */
typedef struct reign {
    unsigned king;
    size_t from, len;
} reign;

static reign reign_of(const box *b, unsigned king, size_t len)
{
    size_t from = len * king / b->nodes, to = len * (king + 1) / b->nodes;
    return (reign){king, from, to - from};
}

/* The king and the 2t nodes after it. */
static bool deals(const box *b, unsigned king, unsigned node)
{
    return (node + b->nodes - king) % b->nodes <= 2 * b->threshold;
}

static void make_block(const summand *s, size_t at, void *out, size_t len)
{
    const field *f = job_box(s->job)->f;
    const element minus_1 = field_minus(f, element_of(0), element_of(1));

    if (s->y)
        f->mul(f, out, field_at(f, s->x, at), field_at(f, s->y, at), len);
    else
        f->copy(f, out, field_at(f, s->x, at), len);
    f->add(f, out, out, field_at(f, s->r, at), len);
    f->scale(f, out, out, s->lambda, len);
    for (unsigned k = 0; k < s->words; k++) {
        draw_claimed(s->job, f, s->word[k], at, s->drawn, len);
        f->add_scaled(f, out, s->drawn, s->minus[k] ? minus_1 : element_of(1), len);
    }
}

static void make_summand(void *what, size_t at, void *share, size_t len)
{
    const field *f = job_box(((const summand *)what)->job)->f;

    for (size_t done = 0; done < len; done += BOX_STOPOVER)
        make_block(what, at + done, field_at(f, share, done),
                   len - done < BOX_STOPOVER ? len - done : BOX_STOPOVER);
}

/* The lower of two dealers draws what it deals to the higher. */
static void claim_zeros(summand *s, const reign *r)
{
    const box *b = job_box(s->job);

    for (unsigned k = 0; k < b->nodes; k++) {
        if (k == b->self || !deals(b, r->king, k)) continue;
        s->minus[s->words] = k < b->self;
        s->word[s->words++] = claim_words(k < b->self ? b->keys->from[k] : b->keys->to[k], r->len);
    }
}

static summand *summand_of(job *j, const reign *r, const void *mask, const void *x, const void *y)
{
    const box *b = job_box(j);
    const field *f = b->f;
    summand *s = job_bytes(j, sizeof *s);

    *s = (summand){.job = j,
                   .x = field_at(f, x, r->from),
                   .y = field_at(f, y, r->from),
                   .r = field_at(f, mask, r->from),
                   .lambda = b->reducing[r->king],
                   .drawn = job_vector(j, f, BOX_STOPOVER)};
    claim_zeros(s, r);
    return s;
}

/* The dealers send the king their summands; it gets sum = x y + r when the next job_wait returns. */
static void gather_at_king(job *j, const reign *r, const void *mask, const void *x, const void *y,
                           void *sum)
{
    const box *b = job_box(j);

    if (b->self != r->king) {
        if (deals(b, r->king, b->self))
            job_send_made(j, r->king, make_summand, summand_of(j, r, mask, x, y), r->len);
        return;
    }
    summand *own = summand_of(j, r, mask, x, y);
    if (!b->f->dry) make_summand(own, 0, sum, r->len);
    for (unsigned k = 0; k < b->nodes; k++)
        if (k != b->self && deals(b, r->king, k))
            job_receive_share(j, k, sum, element_of(1), r->len);
}

/* The king's polynomial of degree t through the public sum at 0 and through 0 at the t nodes after it. */
typedef struct decree {
    const field *f;
    const void *sum;
    element at_node;
} decree;

static void make_decree(void *what, size_t at, void *share, size_t len)
{
    const decree *d = what;
    d->f->scale(d->f, share, field_at(d->f, d->sum, at), d->at_node, len);
}

static bool is_after(const box *b, unsigned king, unsigned node)
{
    unsigned behind = (node + b->nodes - king) % b->nodes;
    return behind > 0 && behind <= b->threshold;
}

/* The king shares the sum, which is added to `out` when the next job_wait returns. */
static void share_from_king(job *j, const reign *r, const void *sum, void *out)
{
    const box *b = job_box(j);
    const field *f = b->f;

    if (b->self != r->king) {
        if (!is_after(b, r->king, b->self))
            job_receive_share(j, r->king, field_at(f, out, r->from), element_of(1), r->len);
        return;
    }
    decree *d = job_bytes(j, b->nodes * sizeof *d);
    for (unsigned k = 0; k < b->nodes; k++) {
        d[k] = (decree){f, sum, b->dealing[(size_t)k * (b->threshold + 1)]};
        if (k != b->self && !is_after(b, r->king, k))
            job_send_made(j, k, make_decree, &d[k], r->len);
    }
    f->add_scaled(f, field_at(f, out, r->from), sum, d[b->self].at_node, r->len);
}

void reduce_by_king(job *j, void *out, const void *x, const void *y, size_t len)
{
    const box *b = job_box(j);
    const field *f = b->f;
    void *sum = NULL;

    random_shares(j, out, len);
    for (unsigned king = 0; box_is_node(b) && king < b->nodes; king++) {
        reign r = reign_of(b, king, len);
        if (king == b->self) sum = job_vector(j, f, r.len);
        if (r.len) gather_at_king(j, &r, out, x, y, sum);
    }
    job_wait(j);
    f->scale(f, out, out, field_minus(f, element_of(0), element_of(1)), len);
    for (unsigned king = 0; box_is_node(b) && king < b->nodes; king++) {
        reign r = reign_of(b, king, len);
        if (r.len) share_from_king(j, &r, sum, out);
    }
    job_wait(j);
}
