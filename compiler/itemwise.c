/* `map` and `outer`: the body runs once on all items, whose axes its words do not see. */
#include <string.h>

#include "compiler/check.h"

static bool one_value(checker *c, uint32_t base)
{
    if (c->height == base + 1 && c->stack[base].kind == CELL_VALUE) return true;
    diagnosis *d = error_at(c, "E0208", "the quotation of `%s` leaves %u values instead of one",
                            token_quote(&c->tok[c->at], c->mem), c->height - base);
    diagnose_line(d, LINE_BECAUSE, "it sees only its items and names, and leaves one value");
    return false;
}

/* The items are on the stack from base on, all with `lift` axes hidden; leaves the result without hiding the
 * `axes` innermost of them. */
static bool run_items(checker *c, const cell *q, uint32_t base, unsigned lift, unsigned axes,
                      const cell *like)
{
    uint32_t floor = c->floor;
    uint8_t outer = c->lift;
    cell outer_item = c->item;
    c->floor = base, c->lift = (uint8_t)lift, c->item = *like;
    bool good = run_quote(c, q) && one_value(c, base);
    c->floor = floor, c->lift = outer, c->item = outer_item;
    if (!good) return false;
    cell *x = &c->stack[base];
    if (!expand_lift(c, x, lift, like)) return false;
    x->lift = (uint8_t)(lift - axes), x->at = c->at;
    return true;
}

/* map: of every item. by-row (1), for words of programs/std: of every place before the last axis. */
bool word_map(checker *c, cell *in, int by_row)
{
    if (!want_vector(c, in) || !into_context(c, in)) return false;
    if (rank_of(c, in) == 1 && !by_row && !want_closed(c, in)) return false;
    unsigned axes = by_row ? rank_of(c, in) - 1 : 1;
    cell item = in[0];
    item.lift = (uint8_t)(item.lift + axes);
    uint32_t base = c->height;
    push(c, item);
    return run_items(c, &in[1], base, item.lift, axes, &item);
}

/* v[n ..] by w[m ..]: both become [n m ..], v repeated along m and w along n. */
static ir_id spread(checker *c, const cell *x, int64_t other, bool first)
{
    const type *t = type_of(c, x);
    int64_t dim[2 * AXES], stride[2 * AXES], step = 1;
    unsigned at = x->lift + (first ? 1u : 0u), rank = t->rank + 1u;
    for (unsigned k = t->rank; k-- > 0;) {
        unsigned to = k >= at ? k + 1 : k;
        dim[to] = t->dim[k], stride[to] = step;
        step = ir_stride(step, t->dim[k]);
    }
    dim[at] = other, stride[at] = 0;
    return ir_view(&c->g, x->v, rank, dim, 0, stride);
}

bool word_outer(checker *c, cell *in, int variant)
{
    (void)variant;
    for (int k = 0; k < 2; k++)
        if (!want_vector(c, &in[k]) || !want_closed(c, &in[k])) return false;
    if (!into_context(c, &in[0]) || !into_context(c, &in[1])) return false;
    if (!room_for_axes(c, type_of(c, &in[0])->rank + 1u) ||
        !room_for_axes(c, type_of(c, &in[1])->rank + 1u))
        return false;
    int64_t n = dim_of(c, &in[0], 0), m = dim_of(c, &in[1], 0);
    cell v = in[0], w = in[1];
    v.v = spread(c, &in[0], m, true), w.v = spread(c, &in[1], n, false);
    v.lift = (uint8_t)(v.lift + 2), w.lift = (uint8_t)(w.lift + 2);
    uint32_t base = c->height;
    push(c, v), push(c, w);
    return run_items(c, &in[2], base, v.lift, 2, &v);
}
