/* Words that order: sort sort-down sort-by rank order top. */
#include "compiler/check.h"
#include "compiler/private.h"
#include "compiler/sort.h"

/* The last axis backwards, of which only `count` items are kept. */
static ir_id from_the_end(checker *c, ir_id v, int64_t count)
{
    const type *t = ir_type(&c->g, v);
    int64_t dim[AXES], stride[AXES], step = 1, last = t->dim[t->rank - 1];
    for (unsigned k = t->rank; k-- > 0; step = ir_stride(step, t->dim[k]))
        dim[k] = t->dim[k], stride[k] = step;
    dim[t->rank - 1] = count, stride[t->rank - 1] = -1;
    return ir_view(&c->g, v, t->rank, dim, last > 0 ? last - 1 : 0, stride);
}

static bool want_sortable(checker *c, const cell *x)
{
    return want_vector(c, x) && want_number(c, x);
}

static ir_id sorted_by_owner(checker *c, ir_id v, int what)
{
    if (what == 's' || what == 'd') return private_sort(&c->g, v, what == 'd');
    ir_id places = private_order(&c->g, v, false);
    return what == 'o' ? places : private_order(&c->g, places, false);
}

/* sort 's', sort-down 'd', order 'o', rank 'r' */
bool word_sort(checker *c, cell *in, int what)
{
    if (!want_sortable(c, in)) return false;
    if (type_of(c, in)->open) return leave(c, sorted_by_owner(c, in->v, what), in->lift);
    ir_id v = what == 'o'   ? sort_order(&c->g, in->v)
              : what == 'r' ? sort_ranks(&c->g, in->v)
                            : sort_items(&c->g, in->v);
    if (what == 'd') v = from_the_end(c, v, dim_of(c, in, rank_of(c, in) - 1));
    return leave(c, v, in->lift);
}

bool word_top(checker *c, cell *in, int variant)
{
    int64_t k;
    (void)variant;
    if (!want_sortable(c, in) || !want_size(c, &in[1], &k)) return false;
    int64_t n = dim_of(c, in, rank_of(c, in) - 1);
    if (n >= 0 && k > n) {
        diagnosis *d = error_at(c, "E0405", "top %lld is outside %s", (long long)k, describe(c, in));
        diagnose_label(d, "%s items", describe_dim(c, n));
        propose_most(c, d, &in[1], n);
        return false;
    }
    if (type_of(c, in)->open)
        return leave(c, private_first(&c->g, private_sort(&c->g, in->v, true), k, wide_of(0)),
                     in->lift);
    return leave(c, from_the_end(c, sort_items(&c->g, in->v), k), in->lift);
}

bool word_sort_by(checker *c, cell *in, int variant)
{
    (void)variant;
    if (!want_vector(c, &in[0]) || !want_closed(c, &in[0]) || !want_sortable(c, &in[1]) ||
        !want_closed(c, &in[1]))
        return false;
    if (rank_of(c, &in[1]) != 1 || !same_dim(c, dim_of(c, &in[0], 0), dim_of(c, &in[1], 0))) {
        diagnosis *d = error_at(c, "E0302", "`sort-by` cannot order %s by %s", describe(c, &in[0]),
                                describe(c, &in[1]));
        diagnose_line(d, LINE_BECAUSE, "it wants one key for each row");
        return false;
    }
    unsigned lift = in[0].lift > in[1].lift ? in[0].lift : in[1].lift;
    if (!expand_lift(c, &in[0], lift, &in[1]) || !expand_lift(c, &in[1], lift, &in[0]))
        return false;
    return leave(c, sort_rows(&c->g, in[0].v, in[1].v), lift);
}

/* For `auc`: the labels ( label score -- b ) in the order of their scores, of equal scores the true ones first (1)
 * or last (0). */
bool word_by_score(checker *c, cell *in, int first)
{
    unsigned lift;
    if (!want_vector(c, &in[0]) || !want_bool(c, &in[0]) || !want_closed(c, &in[0]) ||
        !want_sortable(c, &in[1]) || !want_closed(c, &in[1]) || !pair_shapes(c, in, 2, &lift))
        return false;
    if (rank_of(c, &in[0]) != rank_of(c, &in[1])) {
        diagnosis *d = error_at(c, "E0302", "`auc` cannot pair %s with %s", describe(c, &in[0]),
                                describe(c, &in[1]));
        diagnose_line(d, LINE_BECAUSE, "it wants one label for each score");
        return false;
    }
    convert(c, &in[1], KIND_INT);
    return leave(c, sort_ties(&c->g, in[0].v, in[1].v, first), lift);
}
