/* `reduce` and `scan`: quotations that join items two by two, which see nothing but them. */
#include "compiler/check.h"

static bool one_left(checker *c, uint32_t base)
{
    if (c->height == base + 1 && c->stack[base].kind == CELL_VALUE) return true;
    error_at(c, "E0208", "the quotation of `%s` leaves %u values instead of one",
             token_quote(&c->tok[c->at], c->mem), c->height - base);
    return false;
}

bool run_alone(checker *c, const cell *q, uint32_t base)
{
    uint32_t before = c->floor;
    c->floor = base, c->alone++;
    bool good = run_quote(c, q);
    c->floor = before, c->alone--;
    return good && one_left(c, base);
}

/* q of every item of `left` with the item of `right` at its place, all in one run of q; *out has their shape. */
static bool join_items(checker *c, const cell *q, cell left, cell right, cell *out)
{
    unsigned lift = left.lift;
    uint32_t base = c->height;
    left.lift++, right.lift++;
    push(c, left), push(c, right);
    cell outer_item = c->item;
    c->lift++, c->item = left;
    bool good = run_alone(c, q, base);
    c->lift--, c->item = outer_item;
    if (!good) return false;
    *out = c->stack[base];
    c->height = base;
    if (!expand_lift(c, out, lift + 1, &left) || !keeps_shape(c, &left, out)) return false;
    out->lift = (uint8_t)lift;
    return true;
}

/* How often items have to be joined two by two until one is left. */
static int64_t passes(int64_t items)
{
    int64_t n = 0;
    for (; items > 1; items = items / 2 + items % 2) n++;
    return n;
}

/* Of a single item nothing is joined: the quotation is checked all the same. */
static bool check_join(checker *c, const cell *q, const cell *x)
{
    cell joined;
    const unrun u = unrun_begin(c);
    return unrun_end(c, &u, join_items(c, q, *x, *x, &joined));
}

/* Halves joined pair by pair: log depth. */
bool word_reduce_by(checker *c, cell *in, int variant)
{
    (void)variant;
    if (!want_vector(c, in) || !want_closed(c, in) || !into_context(c, in)) return false;
    cell x = in[0];
    unsigned lift = x.lift;
    if (dim_of(c, &x, 0) == 0) {
        diagnosis *d = error_at(c, "E0405", "`reduce` of no items has no result");
        diagnose_help(d, "with a start value:  v 0 [ + ] fold");
        return false;
    }
    if (dim_of(c, &x, 0) == 1 && !check_join(c, &in[1], &x)) return false;
    const int64_t all = passes(dim_of(c, &x, 0));
    int64_t pass = 0;
    for (int64_t n = dim_of(c, &x, 0); n > 1 || n < 0; n = n / 2 + n % 2) {
        steps_round(c, pass++, all);
        int64_t half = n < 0 ? n : n / 2;
        cell left = x, right = x, odd = x;
        left.v = part_of(c, &x, 0, half);
        right.v = part_of(c, &x, half < 0 ? 0 : half, half);
        if (n > 0 && n % 2) odd.v = part_of(c, &x, n - 1, 1);
        if (!join_items(c, &in[1], left, right, &x)) return false;
        if (n < 0) {
            x.v = part_of(c, &x, 0, 1);
            break;
        }
        if (n % 2) {
            cell both[2] = {x, odd};
            if (!word_join(c, both, 0) || !pop_one(c, &x)) return false;
        }
    }
    steps_rounds_over(c, all, all);
    x.v = item_of(c, &x, 0);
    return leave(c, x.v, lift);
}

/* Every item joined with the one 1, 2, 4, … places before it, the first included: log depth. */
bool word_scan(checker *c, cell *in, int variant)
{
    (void)variant;
    if (!want_vector(c, in) || !want_closed(c, in) || !into_context(c, in)) return false;
    cell x = in[0];
    int64_t n = dim_of(c, &x, 0);
    if (n < 0 && !join_items(c, &in[1], x, x, &x)) return false; /* the type alone */
    if ((n == 0 || n == 1) && !check_join(c, &in[1], &x)) return false;
    const int64_t all = passes(n);
    int64_t pass = 0;
    for (int64_t step = 1; step < n; step *= 2) {
        steps_round(c, pass++, all);
        cell left = x, right = x, both[2] = {x};
        both[0].v = part_of(c, &x, 0, step);
        left.v = part_of(c, &x, 0, n - step), right.v = part_of(c, &x, step, n - step);
        if (!join_items(c, &in[1], left, right, &both[1])) return false;
        if (!word_join(c, both, 0) || !pop_one(c, &x)) return false;
    }
    steps_rounds_over(c, all, all);
    return leave(c, x.v, x.lift);
}
