/* Private lengths in the clear, and the words of programs/std that treat them apart: private-or pick bins tally. */
#include "compiler/private.h"

#include <string.h>

#include "compiler/check.h"

/* --- order and places */

ir_id private_order(ir *g, ir_id v, bool down)
{
    ir_id items = ir_retag(g, ir_unary(g, IR_INT, v), KIND_INT);
    if (down) items = ir_binary(g, IR_SUB, ir_number(g, KIND_INT, wide_of(0)), items);
    return ir_unary(g, IR_ORDER, items);
}

ir_id private_sort(ir *g, ir_id v, bool down)
{
    const type t = *ir_type(g, v);
    return ir_clamp_range(g, ir_pick(g, v, private_order(g, v, down)), t.lo, t.hi);
}

/* The item at place i of each row, 0 where there is none; i has the shape of v without its last axis. */
static ir_id private_item(ir *g, ir_id v, ir_id i)
{
    const type *t = ir_type(g, i);
    int64_t dim[AXES + 1];
    unsigned rank = t->rank;
    memcpy(dim, t->dim, rank * sizeof *dim);
    dim[rank] = 1;
    ir_id item = ir_pick(g, v, ir_reshape(g, i, rank + 1, dim));
    return ir_reshape(g, item, rank, dim);
}

ir_id private_length(ir *g, ir_id v)
{
    const type t = *ir_type(g, v);
    ir_id length = ir_length(g, &v, 1);
    int64_t stride[AXES] = {ir_type(g, length)->rank}; /* all rows of a member have the same */
    return ir_view(g, length, t.rank - 1u, t.dim, 0, stride);
}

ir_id private_first(ir *g, ir_id v, int64_t count, wide filling)
{
    const type t = *ir_type(g, v);
    int64_t dim[AXES], stride[AXES], step = 1;
    memcpy(dim, t.dim, sizeof dim);
    for (unsigned k = t.rank; k-- > 0; step = ir_stride(step, dim[k])) stride[k] = step;
    dim[t.rank - 1] = count;
    return ir_view(g, ir_pad(g, v, ir_number(g, (kind)t.kind, filling)), t.rank, dim, 0, stride);
}

/* --- for words written in the language */

/* ( v p q -- .. ): p on v where its length is private, else q. */
bool word_private_or(checker *c, cell *in, int variant)
{
    (void)variant;
    push(c, in[0]);
    return run_quote(c, &in[type_of(c, in)->open ? 1 : 2]);
}

/* ( v i -- x ): `lookup`, and of a private length what its owner finds there. */
bool word_pick(checker *c, cell *in, int variant)
{
    unsigned lift;
    if (!type_of(c, in)->open) return word_lookup(c, in, variant);
    if (!pair_shapes(c, in, 2, &lift) || !expand_lift(c, &in[1], lift, &in[0])) return false;
    return leave(c, private_item(&c->g, in[0].v, in[1].v), lift);
}

/* k values, one for each place before the last axis of x, side by side. The type alone when k is a letter. */
static bool leave_each(checker *c, const ir_id *v, int64_t k, unsigned lift)
{
    if (k < 0) return leave(c, ir_repeat(&c->g, v[0], k), lift);
    const type t = *ir_type(&c->g, v[0]);
    ir_id *column = arena_alloc(c->mem, (size_t)k * sizeof *column);
    int64_t dim[AXES], blocks = 1;
    memcpy(dim, t.dim, sizeof dim);
    for (unsigned a = 0; a < t.rank; a++) blocks *= dim[a] < 0 ? 1 : dim[a];
    dim[t.rank] = 1;
    for (int64_t i = 0; i < k; i++) column[i] = ir_reshape(&c->g, v[i], t.rank + 1u, dim);
    dim[t.rank] = k;
    return leave(c, ir_cat(&c->g, column, (uint32_t)k, t.rank + 1u, dim, blocks), lift);
}

/* Values that are computed one by one: as many as a program may reasonably name. */
static bool want_few(checker *c, int64_t k)
{
    enum { FEW = 10000 };
    if (k > 0 && k <= FEW) return true;
    diagnosis *d = error_at(c, "E0902", "`%s` of this has 1 to %d results",
                            token_quote(token_said(c), c->mem), FEW);
    diagnose_label(d, "here %lld", (long long)k);
    return false;
}

/* Which items of v are not below edge i. */
static ir_id from_edge(checker *c, const cell *v, const cell *edges, int64_t i)
{
    static const int64_t alone[AXES];
    ir_id edge = ir_view(&c->g, edges->v, 0, NULL, i < 0 ? 0 : i, alone);
    return ir_unary(&c->g, IR_NOT, ir_binary(&c->g, IR_LT, v->v, edge));
}

/* bins ( v edges -- counts ): `histogram` of a private length. */
bool word_bins(checker *c, cell *in, int variant)
{
    cell scalar = in[1], both[2] = {in[0]};
    unsigned lift;
    (void)variant;
    if (!want_number(c, &in[0]) || !want_vector(c, &in[1]) || !want_number(c, &in[1])) return false;
    if (rank_of(c, &in[1]) != 1 || in[1].lift) {
        error_at(c, "E0306", "`%s` wants its edges in one vector, not %s",
                 token_quote(token_said(c), c->mem), describe(c, &in[1]));
        return false;
    }
    join_kinds(c, in, 2);
    int64_t k = dim_of(c, &in[1], 0), made = k < 0 ? 1 : k;
    static const int64_t alone[AXES];
    scalar.v = ir_view(&c->g, in[1].v, 0, NULL, 0, alone), both[1] = scalar;
    if (!want_few(c, made) || !pair_shapes(c, both, 2, &lift)) return false;
    ir_id *count = arena_alloc(c->mem, (size_t)made * sizeof *count), above = 0;
    for (int64_t i = made; i-- > 0;) {
        ir_id reached = from_edge(c, &in[0], &in[1], i), here = reached;
        if (above) here = ir_binary(&c->g, IR_AND, reached, ir_unary(&c->g, IR_NOT, above));
        count[i] = ir_unary(&c->g, IR_SUM, ir_unary(&c->g, IR_INT, here));
        above = reached;
    }
    return leave_each(c, count, k, in[0].lift);
}

/* tally ( v g k -- sums ): `group-sum` along the last axis, of a private length too. */
bool word_tally(checker *c, cell *in, int variant)
{
    unsigned lift;
    int64_t k;
    (void)variant;
    if (type_of(c, &in[1])->kind > KIND_INT) {
        error_at(c, "E0301", "`%s` wants whole numbers as groups, not %s",
                 token_quote(token_said(c), c->mem), describe(c, &in[1]));
        return false;
    }
    if (rank_of(c, &in[0]) != rank_of(c, &in[1])) {
        diagnosis *d =
            error_at(c, "E0302", "`%s` cannot group %s by %s", token_quote(token_said(c), c->mem),
                     describe(c, &in[0]), describe(c, &in[1]));
        diagnose_line(d, LINE_BECAUSE, "it wants one group for each item");
        return false;
    }
    if (!want_number(c, &in[0]) || !want_size(c, &in[2], &k) || !pair_shapes(c, in, 2, &lift))
        return false;
    convert(c, &in[0], KIND_INT), convert(c, &in[1], KIND_INT);
    int64_t made = k < 0 ? 1 : k;
    if (!want_few(c, made)) return false;
    ir_id *sum = arena_alloc(c->mem, (size_t)made * sizeof *sum);
    for (int64_t i = 0; i < made; i++) {
        ir_id here = ir_binary(&c->g, IR_EQ, in[1].v, ir_number(&c->g, KIND_INT, wide_of(i)));
        sum[i] = ir_unary(&c->g, IR_SUM, ir_binary(&c->g, IR_MASK, in[0].v, here));
    }
    return leave_each(c, sum, k, lift);
}
