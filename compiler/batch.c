/* Views that lay tables side by side, and what is computed on them. */
#include "compiler/batch.h"

#include <string.h>

batch batch_of(const checker *c, const cell *x, unsigned lead)
{
    batch at = {.lead = lead};
    memcpy(at.dim, type_of(c, x)->dim, lead * sizeof *at.dim);
    return at;
}

/* The axes of a view: the hidden ones, then three of the caller's. */
enum { OWN_AXES = 3 };

/* x as [lead.. count[0] count[1] count[2]], of which one place of the leading axes takes `size` items of x (0: all
 * take the same); joined to three axes, or two where there are no leading ones. */
static ir_id lay_out(checker *c, const batch *at, ir_id x, int64_t size,
                     const int64_t count[OWN_AXES], const int64_t stride[OWN_AXES])
{
    int64_t counts[AXES + OWN_AXES], strides[AXES + OWN_AXES], step = size, dim[AXES], joined = 1;
    unsigned lead = at->lead, rank = 0;
    for (unsigned k = lead; k-- > 0; step = ir_stride(step, at->dim[k]))
        counts[k] = at->dim[k], strides[k] = step;
    for (unsigned k = 0; k < OWN_AXES; k++)
        counts[lead + k] = count[k], strides[lead + k] = stride[k];
    for (unsigned k = 1; k < lead; k++) joined = derive(c, '*', joined, at->dim[k]);
    joined = derive(c, '*', joined, derive(c, '*', count[0], count[1]));
    if (lead) dim[rank++] = at->dim[0];
    dim[rank++] = joined, dim[rank++] = count[2];
    return ir_view_as(&c->g, x, lead + OWN_AXES, counts, strides, rank, dim);
}

ir_id batch_product(checker *c, const batch *at, ir_id a, ir_id b, int64_t p, int64_t n, int64_t q,
                    unsigned rank, const int64_t *dim)
{
    const int64_t count[] = {p, q, n}, of_a[] = {n, 0, 1}, of_b[] = {0, 1, q};
    ir_id left = lay_out(c, at, a, ir_stride(p, n), count, of_a),
          right = lay_out(c, at, b, ir_stride(n, q), count, of_b);
    bool chosen = ir_type(&c->g, a)->kind == KIND_BOOL;
    ir_id each =
        chosen ? ir_binary(&c->g, IR_MASK, right, left) : ir_binary(&c->g, IR_MUL, left, right);
    return ir_reshape(&c->g, ir_unary(&c->g, IR_SUM, each), rank, dim);
}

ir_id batch_equal(checker *c, const batch *at, ir_id v, ir_id w, bool shared, int64_t p, int64_t m)
{
    const int64_t count[] = {p, 1, m}, of_v[] = {1, 0, 0}, of_w[] = {0, 0, 1};
    ir_id left = lay_out(c, at, v, p, count, of_v),
          right = lay_out(c, at, w, shared ? 0 : m, count, of_w);
    return ir_binary(&c->g, IR_EQ, left, right);
}

ir_id batch_flat(checker *c, const batch *at, ir_id v, int64_t p)
{
    int64_t dim[2], joined = p;
    unsigned rank = 0;
    for (unsigned k = 1; k < at->lead; k++) joined = derive(c, '*', joined, at->dim[k]);
    if (at->lead) dim[rank++] = at->dim[0];
    dim[rank++] = joined;
    return ir_reshape(&c->g, v, rank, dim);
}
