/* Dealing shares, of which t come from streams, and products by degree reduction (BGW 1988, GRR 1998). */
#include "runtime/protocol.h"

/* Elements worked on while they are in the cache. */
static size_t at_once(size_t len)
{
    enum { MOST = 1024 };
    return len < MOST ? len : MOST;
}

/* The nodes that take a dealer's shares from their streams with it: the t after it. */
static bool from_stream(const box *b, unsigned dealer, unsigned node)
{
    unsigned first = (dealer + 1) % b->nodes, behind = (node + b->nodes - first) % b->nodes;
    return behind < b->threshold;
}

static void draw(job *j, stream *s, const field *f, void *out, size_t len)
{
    if (!stream_draw(s, f, out, len)) job_fail(j, E_MEMORY, "libcrypto is out of memory");
}

/* share = this member's polynomials at `node`; word holds, `stride` elements apart, what its streams with the
 * t nodes after it gave. */
static void evaluate(const box *b, unsigned node, void *share, const void *secret, const void *word,
                     size_t stride, size_t len)
{
    const field *f = b->edge;
    const element *by = b->dealing + (size_t)node * (b->threshold + 1);

    f->scale(f, share, secret, by[0], len);
    for (unsigned k = 0; k < b->threshold; k++)
        f->add_scaled(f, share, field_at(f, word, k * stride), by[k + 1], len);
}

static void deal_part(job *j, const void *secret, void *out, void **share, void *word,
                      size_t stride, size_t at, size_t len)
{
    const box *b = job_box(j);
    const field *f = b->edge;

    for (unsigned k = 0; k < b->threshold; k++) {
        unsigned node = (b->self + 1 + k) % b->nodes;
        draw(j, b->keys->to[node], f, field_at(f, word, k * stride), len);
    }
    for (unsigned node = 0; node < b->nodes; node++)
        if (node == b->self || !from_stream(b, b->self, node))
            evaluate(b, node, field_at(f, share[node], node == b->self ? 0 : at), secret, word,
                     stride, len);
    if (box_is_node(b)) f->add(f, out, out, share[b->self], len);
}

static void deal_own(job *j, const void *secret, void *out, size_t len)
{
    const box *b = job_box(j);
    const field *f = b->edge;
    size_t stride = at_once(len);
    void *share[NODES_MAX] = {0};
    void *word = job_vector(j, f, b->threshold * stride);

    for (unsigned node = 0; node < b->nodes; node++) {
        if (node == b->self) {
            share[node] = job_vector(j, f, stride);
        } else if (!from_stream(b, b->self, node)) {
            share[node] = job_vector(j, f, len);
            job_send(j, node, share[node], len * f->size);
        }
    }
    for (size_t at = 0; at < len && !f->dry; at += stride)
        deal_part(j, field_at(f, secret, at), field_at(f, out, at), share, word, stride, at,
                  at_once(len - at));
}

static void draw_dealt(job *j, unsigned dealer, void *out, size_t len)
{
    const box *b = job_box(j);
    const field *f = b->f;
    size_t stride = at_once(len);
    void *word = job_vector(j, f, stride);

    for (size_t at = 0; at < len && !f->dry; at += stride) {
        size_t part = at_once(len - at);
        draw(j, b->keys->from[dealer], f, word, part);
        f->add(f, field_at(f, out, at), field_at(f, out, at), word, part);
    }
}

void deal(job *j, unsigned dealer, const void *secret, void *out, size_t len)
{
    const box *b = job_box(j);

    if (dealer == b->self)
        deal_own(j, secret, out, len);
    else if (!box_is_node(b))
        return;
    else if (from_stream(b, dealer, b->self))
        draw_dealt(j, dealer, out, len);
    else
        job_receive_share(j, dealer, out, element_of(1), len);
}

void reshare(job *j, void *out, void *z, size_t len)
{
    const box *b = job_box(j);
    const field *f = b->f;
    unsigned dealers = 2 * b->threshold + 1;
    size_t turns = b->nodes > dealers ? b->nodes : 1; /* the dealers rotate over the items */

    f->fill(f, out, element_of(0), len);
    for (size_t turn = 0; turn < turns; turn++) {
        size_t from = len * turn / turns, to = len * (turn + 1) / turns;
        void *part = field_at(f, z, from);
        if (from == to) continue;
        for (unsigned k = 0; k < dealers; k++) {
            unsigned dealer = ((unsigned)turn + k) % b->nodes;
            if (dealer == b->self) f->scale(f, part, part, b->reducing[turn], to - from);
            deal(j, dealer, part, field_at(f, out, from), to - from);
        }
    }
    job_wait(j);
}

void multiply(job *j, void *out, const void *x, const void *y, size_t len)
{
    const field *f = job_box(j)->f;
    void *mark = job_mark(j), *z = job_vector(j, f, len);

    f->mul(f, z, x, y, len);
    reshare(j, out, z, len);
    job_count_products(j, len);
    job_release(j, mark);
}
