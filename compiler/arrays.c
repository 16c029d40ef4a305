/* Words on whole arrays: reduce, shape, matrix and one-hot. Each works behind the lifted axes that the words
 * of a `map` body do not see. */
#include <string.h>

#include "compiler/batch.h"
#include "compiler/private.h"

/* --- reduce: along the last axis */

static ir_id negated(checker *c, ir_id a)
{
    return ir_binary(&c->g, IR_SUB, ir_number(&c->g, (kind)ir_type(&c->g, a)->kind, wide_of(0)), a);
}

static ir_id is_any(checker *c, ir_id b)
{
    ir_id count = ir_unary(&c->g, IR_SUM, ir_unary(&c->g, IR_INT, b));
    return ir_binary(&c->g, IR_LT, ir_number(&c->g, KIND_INT, wide_of(0)), count);
}

static ir_id reduced(checker *c, ir_id a, int what)
{
    switch (what) {
    case 'm': return lower_mean(&c->g, a);
    case 'c': return ir_unary(&c->g, IR_SUM, ir_unary(&c->g, IR_INT, a));
    case 'o': return is_any(c, a);
    case 'a': return ir_unary(&c->g, IR_NOT, is_any(c, ir_unary(&c->g, IR_NOT, a)));
    case 'l': return negated(c, ir_unary(&c->g, IR_MAXIMUM, negated(c, a)));
    case 'p': return ir_unary(&c->g, IR_ARGMAX, negated(c, a));
    default: return ir_unary(&c->g, (ir_op)what, a);
    }
}

bool word_reduce(checker *c, cell *in, int what)
{
    bool of_bools = what == 'c' || what == 'o' || what == 'a';
    if (!want_vector(c, in)) return false;
    if (of_bools ? !want_bool(c, in) : !want_number(c, in)) return false;
    if (!of_bools) convert(c, in, KIND_INT);
    return leave(c, reduced(c, in->v, what), in->lift);
}

bool word_total(checker *c, cell *in, int variant)
{
    (void)variant;
    if (!want_number(c, in)) return false;
    convert(c, in, KIND_INT);
    for (unsigned k = rank_of(c, in); k; k--) in->v = ir_unary(&c->g, IR_SUM, in->v);
    return leave(c, in->v, in->lift);
}

/* --- views: count and stride of each axis */

typedef struct view {
    unsigned rank;
    int64_t dim[2 * AXES], stride[2 * AXES], offset;
} view;

static view whole(checker *c, ir_id v)
{
    const type *t = ir_type(&c->g, v);
    view w = {.rank = t->rank};
    int64_t step = 1;
    for (unsigned k = t->rank; k-- > 0;) {
        w.dim[k] = t->dim[k], w.stride[k] = step;
        step = ir_stride(step, t->dim[k]);
    }
    return w;
}

static bool leave_view(checker *c, const cell *x, const view *w)
{
    return leave(c, ir_view(&c->g, x->v, w->rank, w->dim, w->offset, w->stride), x->lift);
}

static bool want_rows(checker *c, const cell *x)
{
    return want_vector(c, x) && want_closed(c, x);
}

ir_id part_of(checker *c, const cell *x, int64_t from, int64_t dim)
{
    view w = whole(c, x->v);
    if (from > 0) w.offset = from * w.stride[x->lift];
    w.dim[x->lift] = dim;
    return ir_view(&c->g, x->v, w.rank, w.dim, w.offset, w.stride);
}

static diagnosis *refuse_outside(checker *c, const cell *x, const char *what, int64_t i)
{
    diagnosis *d = error_at(c, "E0405", "%s %lld is outside %s", what, (long long)i, describe(c, x));
    diagnose_label(d, "%s items", describe_dim(c, dim_of(c, x, 0)));
    diagnose_line(d, LINE_BECAUSE, "positions count from 0");
    return d;
}

static bool outside(checker *c, const cell *x, const char *what, int64_t i)
{
    refuse_outside(c, x, what, i);
    return false;
}

/* A number in the place of an operand that is too large. */
bool propose_most(checker *c, diagnosis *d, const cell *x, int64_t most)
{
    const char *text = arena_printf(c->mem, "%lld", (long long)most);
    if (most < 0 || x->at + 1 != c->at || c->tok[x->at].kind != TOKEN_NUMBER) return false;
    diagnose_help(d, "the most there is:  %s %s", text, token_quote(&c->tok[c->at], c->mem));
    return replace_operand(c, d, x, text);
}

bool word_part(checker *c, cell *in, int what)
{
    int64_t k;
    if (!want_rows(c, in) || !want_size(c, &in[1], &k)) return false;
    int64_t n = dim_of(c, in, 0);
    if (n >= 0 && k > n) {
        diagnosis *d = refuse_outside(c, in, what == 't' ? "take" : "skip", k);
        return propose_most(c, d, &in[1], n) && false;
    }
    return leave(c, what == 't' ? part_of(c, in, 0, k) : part_of(c, in, k, derive(c, '-', n, k)),
                 in->lift);
}

bool word_slice(checker *c, cell *in, int variant)
{
    int64_t from, to;
    (void)variant;
    if (!want_rows(c, in) || !want_size(c, &in[1], &from) || !want_size(c, &in[2], &to))
        return false;
    int64_t n = dim_of(c, in, 0);
    if (n >= 0 && to > n) return outside(c, in, "position", to);
    if (from >= 0 && to >= 0 && from > to) return outside(c, in, "a slice from", from);
    return leave(c, part_of(c, in, from, derive(c, '-', to, from)), in->lift);
}

ir_id item_of(checker *c, const cell *x, int64_t i)
{
    view w = whole(c, x->v);
    if (i > 0) w.offset = i * w.stride[x->lift];
    w.rank--;
    for (unsigned k = x->lift; k < w.rank; k++)
        w.dim[k] = w.dim[k + 1], w.stride[k] = w.stride[k + 1];
    return ir_view(&c->g, x->v, w.rank, w.dim, w.offset, w.stride);
}

/* How many items the axes from `from` up to `to` hold; a letter counts as one. */
static int64_t items_between(const type *t, unsigned from, unsigned to)
{
    int64_t n = 1;
    for (unsigned k = from; k < to; k++) n *= t->dim[k] < 0 ? 1 : t->dim[k];
    return n;
}

/* What counts the rounds of a loop would be known if it were expanded: a place that is not there in all of them would
 * be refused. */
static void note_place(checker *c, ir_id where, int64_t n)
{
    const type *t = ir_type(&c->g, where);
    const bool inside = n < 0 || (wide_sign(t->lo) >= 0 && wide_less(t->hi, wide_of(n)));
    c->needs_known = c->needs_known || (c->counting && !inside);
}

ir_id items_first(checker *c, const cell *x)
{
    view w = whole(c, x->v), turned = {.rank = w.rank};
    for (unsigned k = 0; k < w.rank; k++) {
        unsigned from = k == 0 ? x->lift : k <= x->lift ? k - 1 : k;
        turned.dim[k] = w.dim[from], turned.stride[k] = w.stride[from];
    }
    return ir_view(&c->g, x->v, turned.rank, turned.dim, 0, turned.stride);
}

bool leave_item(checker *c, const cell *x, ir_id items, ir_id where)
{
    const type t = *ir_type(&c->g, items);
    const int64_t row = items_between(&t, 1, t.rank);
    note_place(c, where, t.dim[0]);
    return leave(c, ir_at(&c->g, items, where, t.rank - 1u, t.dim + 1, row), x->lift);
}

/* A place for each that a `map` runs over, in the table that is there: as places in all tables one after the other,
 * where what is outside of its own is outside of all. */
static ir_id places_in_all(checker *c, const cell *i, int64_t n)
{
    const type *t = type_of(c, i);
    int64_t tables = items_between(t, 0, t->rank);
    ir_id nth = ir_reshape(&c->g, ir_iota(&c->g, tables), t->rank, t->dim);
    ir_id first = ir_binary(&c->g, IR_MUL, nth, ir_number(&c->g, KIND_INT, wide_of(n)));
    ir_id from_first = ir_binary(&c->g, IR_LT, ir_number(&c->g, KIND_INT, wide_of(-1)), i->v);
    ir_id to_last = ir_binary(&c->g, IR_LT, i->v, ir_number(&c->g, KIND_INT, wide_of(n)));
    ir_id there = ir_binary(&c->g, IR_AND, from_first, to_last);
    ir_id outside_all = ir_number(&c->g, KIND_INT, wide_of(-1));
    return ir_select(&c->g, there, ir_binary(&c->g, IR_ADD, first, i->v), outside_all);
}

static bool at_many_places(checker *c, cell *v, cell *i)
{
    int64_t dim[2 * AXES], n = dim_of(c, v, 0);
    note_place(c, i->v, n);
    bool one_table = !v->lift;
    unsigned lift = i->lift > v->lift ? i->lift : v->lift, rank = lift;
    if (!room_for_axes(c, lift + rank_of(c, v) - one_table)) return false;
    if (!expand_lift(c, i, lift, v)) return false;
    if (!one_table && !expand_lift(c, v, lift, i)) return false;
    const type *t = type_of(c, v);
    memcpy(dim, type_of(c, i)->dim, lift * sizeof *dim);
    for (unsigned k = v->lift + 1u; k < t->rank; k++) dim[rank++] = t->dim[k];
    int64_t row = items_between(t, v->lift + 1u, t->rank);
    ir_id places = one_table ? i->v : places_in_all(c, i, n);
    return leave(c, ir_at(&c->g, v->v, places, rank, dim, row), lift);
}

/* A position that all know when the run gets there: 0 outside. */
static bool public_at(checker *c, cell *in)
{
    if (!want_number(c, &in[0])) return false;
    if (type_of(c, &in[1])->kind > KIND_INT) {
        error_at(c, "E0301", "`at` wants a whole number as position, not %s", describe(c, &in[1]));
        return false;
    }
    if (rank_of(c, &in[1])) {
        error_at(c, "E0306", "`at` wants one position, not %s", describe(c, &in[1]));
        return false;
    }
    convert(c, &in[1], KIND_INT);
    return in[1].lift ? at_many_places(c, &in[0], &in[1])
                      : leave_item(c, &in[0], items_first(c, &in[0]), in[1].v);
}

bool word_at(checker *c, cell *in, int variant)
{
    int64_t i;
    (void)variant;
    if (!want_rows(c, in)) return false;
    const type *t = type_of(c, &in[1]);
    if (t->vis == VIS_SECRET) {
        diagnosis *d = error_at(c, "E0403", "`at` cannot look up a secret position");
        if (in[1].at != c->at) diagnose_second(d, &c->tok[in[1].at], "secret");
        diagnose_line(d, LINE_BECAUSE, "the item that is read would tell the position");
        diagnose_help(d, "nobody learns which one with:  v i lookup");
        if (!token_is_std(&c->tok[c->at]))
            diagnose_fix(d, &c->tok[c->at], &c->tok[c->at], "lookup");
        return false;
    }
    if (t->vis == VIS_PUBLIC) return public_at(c, in);
    const int64_t n = dim_of(c, in, 0);
    wide known;
    const bool below =
        ir_known(&c->g, in[1].v, &known) && t->kind == KIND_INT && wide_sign(known) < 0;
    if (!below && !want_size(c, &in[1], &i)) return false;
    if (below || (n >= 0 && i >= n)) {
        diagnosis *d = refuse_outside(c, in, "position", below ? wide_int(known) : i);
        return propose_most(c, d, &in[1], n - 1) && false;
    }
    return leave(c, item_of(c, in, i), in->lift);
}

bool word_reverse(checker *c, cell *in, int variant)
{
    (void)variant;
    if (!want_rows(c, in)) return false;
    view w = whole(c, in->v);
    if (w.dim[in->lift] > 0) w.offset = (w.dim[in->lift] - 1) * w.stride[in->lift];
    w.stride[in->lift] = -w.stride[in->lift];
    return leave_view(c, in, &w);
}

static bool want_matrix(checker *c, const cell *x)
{
    if (!want_rows(c, x)) return false;
    if (rank_of(c, x) > 1) return true;
    diagnosis *d = error_at(c, "E0306", "`%s` wants at least two axes, not %s",
                            token_quote(&c->tok[c->at], c->mem), describe(c, x));
    if (x->at != c->at) diagnose_second(d, &c->tok[x->at], "one axis");
    const token *here = &c->tok[c->at];
    if (token_is(here, "transpose")) {
        diagnose_help(d, "a vector has no rows and columns: remove `transpose`");
        diagnose_remove(d, here, here);
    }
    return false;
}

bool word_transpose(checker *c, cell *in, int variant)
{
    (void)variant;
    if (!want_matrix(c, in)) return false;
    view w = whole(c, in->v);
    unsigned a = in->lift, b = a + 1;
    int64_t dim = w.dim[a], stride = w.stride[a];
    w.dim[a] = w.dim[b], w.stride[a] = w.stride[b];
    w.dim[b] = dim, w.stride[b] = stride;
    return leave_view(c, in, &w);
}

/* flat (0) joins all axes, pool (1) the first two. */
bool word_flat(checker *c, cell *in, int pool)
{
    if (pool ? !want_matrix(c, in) : !want_closed(c, in)) return false;
    const type *t = type_of(c, in);
    unsigned first = in->lift, last = pool ? first + 2 : t->rank, rank = first;
    int64_t dim[AXES + 1], joined = 1;
    for (unsigned k = 0; k < first; k++) dim[k] = t->dim[k];
    for (unsigned k = first; k < last; k++) joined = derive(c, '*', joined, t->dim[k]);
    dim[rank++] = joined;
    for (unsigned k = last; k < t->rank; k++) dim[rank++] = t->dim[k];
    if (!room_for_axes(c, rank)) return false;
    return leave(c, ir_reshape(&c->g, in->v, rank, dim), in->lift);
}

/* A vector of whole numbers that all know; without the values of all sizes, one size for each of its items. */
static bool want_shape(checker *c, const cell *x)
{
    const type *t = type_of(c, x);
    bool known = c->g.node[x->v].op == IR_CONST || (c->g.symbolic && t->vis == VIS_KNOWN);
    if (known && t->rank == 1 && t->kind == KIND_INT && t->dim[0] >= 0 && t->dim[0] <= AXES)
        return true;
    diagnosis *d = error_at(c, "E0304", "`reshape` wants a known shape");
    diagnose_help(d, "v { 2 3 } reshape");
    return false;
}

/* Size k of a shape: its value, or the letter of what `{ n 2 }` was made of. */
static bool size_in_shape(checker *c, const cell *shape, unsigned k, int64_t *out)
{
    const ir_node *n = &c->g.node[shape->v];
    if (n->op == IR_CONST) {
        *out = wide_int(n->konst[k]);
        return (*out >= 0 && *out <= INT64_MAX / 4) || outside(c, shape, "size", *out);
    }
    if (n->op == IR_CAT && n->ins == (uint32_t)n->type.dim[0])
        return want_size(c, &(cell){.v = n->in[k], .at = c->at}, out);
    *out = derive(c, '?', (int64_t)k, (int64_t)shape->v);
    return true;
}

bool word_reshape(checker *c, cell *in, int variant)
{
    const type *t = type_of(c, in);
    int64_t dim[2 * AXES], old = 1, new = 1;
    unsigned rank = in->lift;

    (void)variant;
    if (!want_closed(c, in) || !want_shape(c, &in[1])) return false;
    memcpy(dim, t->dim, in->lift * sizeof *dim);
    for (unsigned k = 0; k < type_of(c, &in[1])->dim[0]; k++) {
        if (!size_in_shape(c, &in[1], k, &dim[rank])) return false;
        new = derive(c, '*', new, dim[rank++]);
    }
    for (unsigned k = in->lift; k < t->rank; k++) old = derive(c, '*', old, t->dim[k]);
    if (!same_dim(c, old, new) && old >= 0) {
        error_at(c, "E0302", "`reshape` to %lld items cannot hold %s", (long long)new,
                 describe(c, in));
        return false;
    }
    return room_for_axes(c, rank) && leave(c, ir_reshape(&c->g, in->v, rank, dim), in->lift);
}

static bool is_alike(const checker *c, const cell *a, const cell *b)
{
    bool same = rank_of(c, a) == rank_of(c, b);
    for (unsigned k = 0; same && k < rank_of(c, a); k++)
        same = same_dim(c, dim_of(c, a, k), dim_of(c, b, k));
    return same;
}

/* For words of programs/std, which would pair other shapes too, and mean nothing by it: alike ( v w -- v w ) 'a',
 * matrix ( m -- m ) 'm', square ( m -- m ) 's'. */
bool word_of_shape(checker *c, cell *in, int what)
{
    const char *said = token_quote(token_said(c), c->mem);
    bool good = what == 'a' ? is_alike(c, &in[0], &in[1]) : rank_of(c, in) == 2;
    if (what == 's') good = good && same_dim(c, dim_of(c, in, 0), dim_of(c, in, 1));
    if (!good && what == 'a')
        error_at(c, "E0302", "`%s` wants two of one shape, not %s and %s", said,
                 describe(c, &in[0]), describe(c, &in[1]));
    else if (!good)
        error_at(c, "E0306", "`%s` wants a %smatrix, not %s", said, what == 's' ? "square " : "",
                 describe(c, in));
    if (!good) return false;
    push(c, in[0]);
    if (what == 'a') push(c, in[1]);
    return true;
}

/* --- putting together: `append` along the first axis (0), `join` along the last (1) */

static bool refuse_join(checker *c, const cell *in)
{
    diagnosis *d =
        error_at(c, "E0302", "`%s` cannot put %s and %s together",
                 token_quote(&c->tok[c->at], c->mem), describe(c, &in[0]), describe(c, &in[1]));
    diagnose_line(d, LINE_BECAUSE, "all axes but the one that grows must agree");
    if (rank_of(c, &in[0]) == 2 && rank_of(c, &in[1]) == 1 && token_is(&c->tok[c->at], "append") &&
        same_dim(c, dim_of(c, &in[0], 1), dim_of(c, &in[1], 0))) {
        const char *row = arena_printf(c->mem, "{ %s }", token_quote(&c->tok[in[1].at], c->mem));
        if (replace_operand(c, d, &in[1], row)) diagnose_help(d, "as one row:  %s append", row);
    }
    return false;
}

bool word_join(checker *c, cell *in, int last)
{
    if (!want_rows(c, &in[0]) || !want_rows(c, &in[1])) return false;
    if (rank_of(c, &in[0]) != rank_of(c, &in[1])) return refuse_join(c, in);
    unsigned grows = last ? rank_of(c, in) - 1 : 0,
             lift = in[0].lift > in[1].lift ? in[0].lift : in[1].lift;
    for (unsigned k = 0; k < rank_of(c, in); k++)
        if (k != grows && !same_dim(c, dim_of(c, &in[0], k), dim_of(c, &in[1], k)))
            return refuse_join(c, in);
    kind joined;
    if (!join_alike(c, in, 2, &joined) || !expand_lift(c, &in[0], lift, &in[1]) ||
        !expand_lift(c, &in[1], lift, &in[0]))
        return false;

    int64_t dim[AXES], blocks = 1;
    memcpy(dim, type_of(c, in)->dim, sizeof dim);
    for (unsigned k = 0; k < lift + grows; k++) blocks *= dim[k] < 0 ? 1 : dim[k];
    dim[lift + grows] = derive(c, '+', dim[lift + grows], dim_of(c, &in[1], grows));
    ir_id both[2] = {in[0].v, in[1].v};
    return leave(c, ir_cat(&c->g, both, 2, type_of(c, in)->rank, dim, blocks), lift);
}

/* --- sizes and fresh vectors */

bool word_length(checker *c, cell *in, int variant)
{
    (void)variant;
    if (!want_vector(c, in)) return false;
    if (type_of(c, in)->open) return leave(c, private_length(&c->g, in->v), in->lift);
    return leave_known(c, dim_of(c, in, 0));
}

bool word_iota(checker *c, cell *in, int variant)
{
    int64_t k;
    (void)variant;
    return want_size(c, in, &k) && leave(c, ir_iota(&c->g, k), 0);
}

static ir_id repeat(checker *c, const cell *x, int64_t k)
{
    view w = whole(c, x->v);
    for (unsigned a = w.rank++; a > x->lift; a--)
        w.dim[a] = w.dim[a - 1], w.stride[a] = w.stride[a - 1];
    w.dim[x->lift] = k, w.stride[x->lift] = 0;
    return ir_view(&c->g, x->v, w.rank, w.dim, 0, w.stride);
}

/* zeros ( k -- v ) (0) and fill ( x k -- v ) (1). */
bool word_fill(checker *c, cell *in, int given)
{
    int64_t k;
    cell zero = {.kind = CELL_VALUE, .v = ir_number(&c->g, KIND_INT, wide_of(0))};
    const cell *x = given ? in : &zero;
    if (!want_size(c, &in[given], &k) || !want_closed(c, x)) return false;
    return room_for_axes(c, type_of(c, x)->rank + 1u) && leave(c, repeat(c, x, k), x->lift);
}

bool word_onehot(checker *c, cell *in, int variant)
{
    int64_t k;
    (void)variant;
    if (type_of(c, in)->kind == KIND_FIX || type_of(c, in)->kind == KIND_KEY) {
        diagnosis *d = error_at(c, "E0301", "`onehot` wants positions, not %s", describe(c, in));
        propose_floor(c, d, in);
        return false;
    }
    if (!want_closed(c, in) || !want_size(c, &in[1], &k) ||
        !room_for_axes(c, type_of(c, in)->rank + 1u))
        return false;
    convert(c, in, KIND_INT);
    return leave(c, lower_onehot(&c->g, in->v, k), in->lift);
}

/* --- products */

/* Items of the last axis two by two, until one is left: log depth. */
static ir_id last_part(checker *c, ir_id v, int64_t from, int64_t dim)
{
    view w = whole(c, v);
    w.offset = from, w.dim[w.rank - 1] = dim;
    return ir_view(&c->g, v, w.rank, w.dim, w.offset, w.stride);
}

static wide one_of(const checker *c, const type *t)
{
    return wide_power_of_two(c->mem, t->kind == KIND_FIX ? c->header.precision : 0);
}

/* The product of no items, for each place before the axis. */
static bool leave_ones(checker *c, const cell *in)
{
    const type *t = type_of(c, in);
    static const int64_t everywhere[AXES];
    ir_id one = ir_number(&c->g, (kind)t->kind, one_of(c, t));
    return leave(c, ir_view(&c->g, one, t->rank - 1u, t->dim, 0, everywhere), in->lift);
}

bool word_product(checker *c, cell *in, int variant)
{
    (void)variant;
    if (!want_vector(c, in) || !want_number(c, in)) return false;
    convert(c, in, KIND_INT);
    const type *t = type_of(c, in);
    unsigned axis = t->rank - 1u;
    int64_t n = t->dim[axis];
    if (t->open) in->v = private_first(&c->g, in->v, n, one_of(c, t));
    if (n < 0)
        return leave(c, ir_unary(&c->g, IR_SUM, in->v), in->lift); /* symbolic: the type is the same */
    ir_id v = in->v;
    if (n == 0) return leave_ones(c, in);
    while (n > 1) {
        ir_id left = last_part(c, v, 0, n / 2), right = last_part(c, v, n / 2, n / 2);
        ir_id half = lower_multiply(&c->g, left, right);
        int64_t dim[AXES], blocks = 1;
        if (n % 2) {
            ir_id both[2] = {half, last_part(c, v, n - 1, 1)};
            const type *h = ir_type(&c->g, half);
            memcpy(dim, h->dim, sizeof dim);
            for (unsigned k = 0; k < axis; k++) blocks *= dim[k];
            dim[axis] = n / 2 + 1;
            half = ir_cat(&c->g, both, 2, h->rank, dim, blocks);
        }
        v = half, n = n / 2 + n % 2;
    }
    return leave(c, ir_unary(&c->g, IR_SUM, v), in->lift); /* of one item: drops the axis */
}

static bool refuse_dot(checker *c, const cell *in)
{
    diagnosis *d = error_at(c, "E0302", "`dot` cannot pair %s with %s", describe(c, &in[0]),
                            describe(c, &in[1]));
    diagnose_line(d, LINE_BECAUSE, "the last axis of the first meets the first axis of the second");
    if (rank_of(c, &in[0]) == 2 && same_dim(c, dim_of(c, &in[0], 0), dim_of(c, &in[1], 0))) {
        diagnose_help(d, "rows for columns:  %s transpose", token_quote(&c->tok[in[0].at], c->mem));
        fix_operand(c, d, &in[0], "transpose");
    }
    return false;
}

/* Inside `map`, for each of its items. */
static bool dot_lifted(checker *c, cell *in, unsigned lift)
{
    if (!expand_lift(c, &in[0], lift, &in[1]) || !expand_lift(c, &in[1], lift, &in[0]))
        return false;
    const batch at = batch_of(c, in, lift);
    bool rows = rank_of(c, &in[0]) > 1, columns = rank_of(c, &in[1]) > 1;
    int64_t dim[2 * AXES], p = rows ? dim_of(c, &in[0], 0) : 1,
                           q = columns ? dim_of(c, &in[1], 1) : 1;
    bool fix = type_of(c, &in[0])->kind == KIND_FIX && type_of(c, &in[1])->kind == KIND_FIX;
    unsigned rank = lift;
    memcpy(dim, at.dim, lift * sizeof *dim);
    if (rows) dim[rank++] = p;
    if (columns) dim[rank++] = q;
    if (!room_for_axes(c, rank)) return false;
    ir_id sum = batch_product(c, &at, in[0].v, in[1].v, p, dim_of(c, &in[1], 0), q, rank, dim);
    if (fix) sum = ir_retag(&c->g, ir_floor(&c->g, sum, c->header.precision), KIND_FIX);
    return leave(c, sum, lift);
}

/* Lifted rows by one matrix, or matrices by one matrix or vector: all rows are rows of one product. */
static bool dot_shared(checker *c, cell *in)
{
    const type a = *type_of(c, &in[0]), b = *type_of(c, &in[1]);
    int64_t dim[2 * AXES], n = 1, d = b.dim[0], m = b.rank > 1 ? b.dim[1] : 1;
    unsigned rank = a.rank - 1u;
    for (unsigned k = 0; k < rank; k++) n = derive(c, '*', n, dim[k] = a.dim[k]);
    if (b.rank > 1) dim[rank++] = m;
    if (!room_for_axes(c, rank)) return false;
    ir_id sum = ir_matmul(&c->g, in[0].v, in[1].v, rank, dim, n, d, m);
    if (a.kind == KIND_FIX && b.kind == KIND_FIX)
        sum = ir_retag(&c->g, ir_floor(&c->g, sum, c->header.precision), KIND_FIX);
    return leave(c, sum, in[0].lift);
}

bool word_dot(checker *c, cell *in, int variant)
{
    unsigned a = rank_of(c, &in[0]), b = rank_of(c, &in[1]);
    unsigned lift = in[0].lift > in[1].lift ? in[0].lift : in[1].lift;

    (void)variant;
    for (int k = 0; k < 2; k++)
        if (!want_rows(c, &in[k]) || !want_number(c, &in[k])) return false;
    if (a > 2 || b > 2) {
        error_at(c, "E0306", "`dot` takes at most 2 axes each, not %s and %s", describe(c, &in[0]),
                 describe(c, &in[1]));
        return false;
    }
    if (!same_dim(c, dim_of(c, &in[0], a - 1), dim_of(c, &in[1], 0))) return refuse_dot(c, in);
    convert(c, &in[0], KIND_INT), convert(c, &in[1], KIND_INT);
    if (!lift) return leave(c, lower_dot(&c->g, in[0].v, in[1].v), 0);
    return in[1].lift ? dot_lifted(c, in, lift) : dot_shared(c, in);
}
