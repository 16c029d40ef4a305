/* Sums by group where there are many groups: rows are sorted by their group, among marks that end each group, and the
 * running sums at the marks are taken. Grows with rows and groups, not with their product. */
#include "compiler/check.h"
#include "compiler/lower.h"

/* n rows of w items in k groups. */
typedef struct grouping {
    ir_id v, group;
    int64_t n, w, k;
} grouping;

static bool read_grouping(checker *c, const cell *in, grouping *out)
{
    const type *v = type_of(c, &in[0]), *g = type_of(c, &in[1]);
    uint64_t items;
    wide k;
    bool fits = !in[0].lift && !in[1].lift && !v->open && !g->open && g->rank == 1 &&
                g->kind <= KIND_INT && v->rank >= 1 && v->rank <= 2 && v->kind != KIND_KEY &&
                v->dim[0] == g->dim[0] && type_length(v, &items) && items &&
                ir_known(&c->g, in[2].v, &k) && wide_fits(k) && wide_sign(k) > 0 &&
                wide_less(k, wide_of((int64_t)LENGTH_MAX));
    if (!fits) return false;
    *out = (grouping){.n = v->dim[0], .w = v->rank > 1 ? v->dim[1] : 1, .k = wide_int(k)};
    out->v = v->kind == KIND_BOOL ? ir_unary(&c->g, IR_INT, in[0].v) : in[0].v;
    out->group = g->kind == KIND_BOOL ? ir_unary(&c->g, IR_INT, in[1].v) : in[1].v;
    return true;
}

/* Whether it costs less than a bool for each row and group, which who owns the groups only has to share: in bytes, as in
 * search.c. */
static bool sorting_is_cheaper(checker *c, const grouping *s)
{
    enum { EQUALITY = 31, SHARED = 6, BIT_OF_KEY = 30, ROW = 120, ITEM = 25, ROUNDS = 50 };
    const type *g = ir_type(&c->g, s->group);
    wide most = wide_most(g->hi, wide_of(s->k)), least = wide_least(g->lo, wide_of(-1));
    double bits = wide_bits(wide_sub(c->mem, most, least)), n = (double)s->n, k = (double)s->k;
    return n * k * (g->owner == NO_OWNER ? EQUALITY : SHARED) >
           (n + k) * (BIT_OF_KEY * bits + ROW + ITEM * (double)s->w) +
               ROUND_WEIGHT * (ROUNDS + 3 * bits);
}

/* -1, 0, … k-1: marks that stand behind the rows of their group, for a sort is stable. */
static ir_id with_marks(ir *g, const grouping *s)
{
    int64_t all = s->n + s->k + 1;
    ir_id marks = sub(g, ir_iota(g, s->k + 1), number_of(g, 1));
    return ir_cat(g, (ir_id[]){s->group, marks}, 2, 1, &all, 1);
}

static ir_id spread_number(ir *g, int64_t v, unsigned rank, const int64_t *dim)
{
    static const int64_t everywhere[AXES];
    return ir_view(g, number_of(g, v), rank, dim, 0, everywhere);
}

/* The rows with their flags, 0 for what is summed and 1 for a mark, whose own items are 0. */
static ir_id flagged_rows(ir *g, const grouping *s)
{
    int64_t all = s->n + s->k + 1, row[] = {s->n, s->w}, mark[] = {s->k + 1, s->w},
            flag[] = {s->n, 1}, mark_flag[] = {s->k + 1, 1}, rows[] = {s->n, s->w + 1},
            marks[] = {s->k + 1, s->w + 1}, both[] = {all, s->w + 1};
    ir_id v = ir_reshape(g, ir_retag(g, s->v, KIND_INT), 2, row);
    ir_id zeros = spread_number(g, 0, 2, flag), nothing = spread_number(g, 0, 2, mark),
          ones = spread_number(g, 1, 2, mark_flag);
    ir_id upper = ir_cat(g, (ir_id[]){v, zeros}, 2, 2, rows, s->n);
    ir_id lower = ir_cat(g, (ir_id[]){nothing, ones}, 2, 2, marks, s->k + 1);
    return ir_cat(g, (ir_id[]){upper, lower}, 2, 2, both, 1);
}

/* Running sums over the rows of all but the last column. */
static ir_id running(ir *g, const grouping *s, ir_id rows)
{
    int64_t all = s->n + s->k + 1, turned[] = {s->w, all}, back[] = {all, s->w};
    int64_t down[] = {1, s->w + 1}, across[] = {1, all};
    ir_id columns = ir_view(g, rows, 2, turned, 0, down);
    return ir_view(g, ir_unary(g, IR_SUMS, columns), 2, back, 0, across);
}

static ir_id sums_by_sorting(ir *g, const grouping *s)
{
    int64_t all = s->n + s->k + 1, step[] = {s->w, 1}, column[] = {s->w + 1},
            result[] = {s->k, s->w};
    const type of = *ir_type(g, s->v);
    ir_id sorted = ir_sort(g, with_marks(g, s), flagged_rows(g, s));
    ir_id flag = ir_view(g, sorted, 1, &all, s->w, column);
    flag = ir_clamp_range(g, flag, wide_of(0), wide_of(1));
    /* The marks come last, in their order, and a group's sum is what was added since the mark before. */
    ir_id marks = ir_sort(g, flag, running(g, s, sorted));
    ir_id to = ir_view(g, marks, 2, result, (s->n + 1) * s->w, step),
          from = ir_view(g, marks, 2, result, s->n * s->w, step);
    wide n = wide_of(s->n);
    ir_id sum =
        ir_clamp_range(g, sub(g, to, from), wide_mul(g->mem, n, wide_least(of.lo, wide_of(0))),
                       wide_mul(g->mem, n, wide_most(of.hi, wide_of(0))));
    return ir_reshape(g, ir_retag(g, sum, (kind)of.kind), of.rank, result);
}

/* ( v g k q -- sums ): by sorting, or what q makes of v, whichever costs less; where each item has its group, along the
 * last axis. */
bool word_grouped(checker *c, cell *in, int variant)
{
    grouping s;
    if (rank_of(c, &in[1]) > 1 && !type_of(c, &in[1])->open) return word_tally(c, in, variant);
    if (read_grouping(c, in, &s) && sorting_is_cheaper(c, &s))
        return leave(c, sums_by_sorting(&c->g, &s), 0);
    push(c, in[0]);
    return run_quote(c, &in[3]);
}
