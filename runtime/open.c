/* Opening: t + 1 shares are a secret. */
#include "runtime/audit.h"
#include "runtime/points.h"

static void open_by_few(job *j, void *out, const void *x, size_t len)
{
    const box *b = job_box(j);
    const field *f = b->f;
    void *mark = job_mark(j);
    const void *sent = x;

    if (out == x) {
        void *copy = job_vector(j, f, len);
        f->copy(f, copy, x, len);
        sent = copy;
    }
    f->scale(f, out, sent, b->opening[0], len);
    for (unsigned k = 1; box_is_node(b) && k <= b->threshold; k++) {
        job_send(j, (b->self + k) % b->nodes, sent, len * f->size);
        job_receive_share(j, (b->self + b->nodes - k) % b->nodes, out, b->opening[k], len);
    }
    job_wait(j);
    job_release(j, mark);
}

void open_to_all(job *j, void *out, const void *x, size_t len)
{
    refuse_unchecked(j, "an opening");
    open_by_few(j, out, x, len);
}

void open_noted(job *j, void *out, const void *x, size_t len)
{
    const box *b = job_box(j);

    open_by_few(j, out, x, len);
    note_opening(j, (uint32_t)(((uint64_t)1 << b->nodes) - 1), x, out, len);
}

/* To a member that holds no share: nodes 0 … t send. */
static void open_to_outsider(job *j, unsigned member, void *out, const void *x, size_t len)
{
    const box *b = job_box(j);
    unsigned points[NODES_MAX];
    element by[NODES_MAX];

    for (unsigned k = 0; k <= b->threshold; k++) points[k] = k + 1;
    lagrange(b->edge, by, points, b->threshold + 1, 0);
    if (member == b->self) b->edge->fill(b->edge, out, element_of(0), len);
    for (unsigned k = 0; k <= b->threshold; k++) {
        if (member == b->self) job_receive_share(j, k, out, by[k], len);
        if (k == b->self) job_send(j, member, x, len * b->f->size);
    }
}

void open_to_member(job *j, unsigned member, void *out, const void *x, size_t len)
{
    const box *b = job_box(j);

    refuse_unchecked(j, "an opening");
    if (member >= b->nodes) {
        open_to_outsider(j, member, out, x, len);
        return;
    }
    if (member == b->self) b->edge->scale(b->edge, out, x, b->opening[0], len);
    for (unsigned k = 1; k <= b->threshold; k++) {
        unsigned sender = (member + b->nodes - k) % b->nodes;
        if (member == b->self) job_receive_share(j, sender, out, b->opening[k], len);
        if (sender == b->self) job_send(j, member, x, len * b->f->size);
    }
}
