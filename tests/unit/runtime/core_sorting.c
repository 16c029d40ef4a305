/* Sorting, ranks and joins of secrets agree with the ideal box, at the price that cost_of says; each way of finding an
 * order finds the stable one; what is opened on the way tells nothing. */
#include "core_help.h"

#include "runtime/sorting.h"

#include <criterion/criterion.h>
#include <stdlib.h>

static const struct {
    unsigned nodes, threshold;
} sizes[] = {{3, 1}, {4, 1}, {5, 2}, {6, 2}, {7, 3}, {9, 4}};

enum { SIZES = sizeof sizes / sizeof sizes[0], SMALL = 5 /* sizes where all sets have keys */ };

static void done(program *p, run_data *d)
{
    run_data_free(d, p);
    program_free(p);
}

/* --- the instructions */

typedef struct list {
    num lo, hi;
    const num *edge;
    size_t edges, rows, tables;
} list;

/* Random items of the range, the edges first. */
static void fill_list(const program *p, run_data *d, uint32_t input, const list *l)
{
    fill_input(p, d, input, 100, l->edge, l->edges);
    plain *x = &d->input[input][0];
    for (size_t k = l->edges; k < x->len; k++) {
        num size = l->hi - l->lo + 1, r = x->v[k] % size;
        x->v[k] = l->lo + (r < 0 ? r + size : r);
    }
}

static uint32_t list_input(program *p, const list *l)
{
    uint32_t r = program_input(p, 0, KIND_INT, l->rows * l->tables);
    p->reg[r].lo = wide_of_num(l->lo), p->reg[r].hi = wide_of_num(l->hi);
    return r;
}

static void sorted_as_ideal(uint8_t q, const list *l, size_t first, size_t last)
{
    program *p = program_begin(q, 1);
    size_t len = l->rows * l->tables;
    int64_t run = (int64_t)l->rows;
    uint32_t x = list_input(p, l), y = program_input(p, 0, KIND_INT, 2 * len);
    uint32_t b = program_input(p, 0, KIND_BOOL, len);
    uint32_t out[] = {program_op(p, OP_SORT, len, (uint32_t[]){x, x}, 2, &run, 1),
                      program_op(p, OP_SORT, 2 * len, (uint32_t[]){x, y}, 2, &run, 1),
                      program_op(p, OP_SORT, len, (uint32_t[]){x, b}, 2, &run, 1),
                      program_op(p, OP_RANK, len, &x, 1, &run, 1)};
    p->reg[out[2]].kind = KIND_BOOL;
    for (size_t k = 0; k < 4; k++) program_reveal(p, PARTY_ALL, out[k]);
    run_data *d = run_data_new(p);
    fill_list(p, d, 0, l);
    fill_input(p, d, 1, 50, NULL, 0);
    fill_input(p, d, 2, 1, NULL, 0);
    for (size_t k = first; k < last; k++)
        expect_as_ideal(p, d, sizes[k].nodes, sizes[k].threshold, k % 2);
    done(p, d);
}

Test(sorting, of_few_rows_takes_every_edge)
{
    const num most = ((num)1 << 58) - 1;
    const num edge[] = {most, -most, 0, 0, -1, most, -most, 1, -1, 7};
    sorted_as_ideal(61, &(list){-most, most, edge, 10, 5, 4}, 0, SIZES);
    sorted_as_ideal(127, &(list){-most, most, edge, 10, 10, 1}, 0, 3);
    sorted_as_ideal(192, &(list){-most, most, edge, 10, 4, 3}, 0, 2);
    sorted_as_ideal(61, &(list){5, 5, NULL, 0, 1, 6}, 0, SIZES);
}

Test(sorting, of_keys_of_few_bits_is_by_digits)
{
    const num edge[] = {1, 1, 0, 1, 0, 0};
    sorted_as_ideal(61, &(list){0, 1, edge, 6, 30, 2}, 0, SIZES);
    sorted_as_ideal(127, &(list){-2, 1, edge, 6, 70, 1}, 0, 3);
    sorted_as_ideal(61, &(list){9, 9, NULL, 0, 20, 2}, 0, SMALL);
}

Test(sorting, of_many_rows_takes_every_edge)
{
    const num most = ((num)1 << 59) - 1;
    const num edge[] = {most, -most, 0, 0, -1, most, -most, 1, -1, 7};
    sorted_as_ideal(61, &(list){-most, most, edge, 10, 400, 1}, 0, 1);
    sorted_as_ideal(61, &(list){-200, 55, edge + 7, 3, 260, 1}, 1, SMALL);
}

/* --- the ways */

typedef struct trial {
    sort_way way;
    size_t tables, rows;
    unsigned bits;
    const num *key;
} trial;

static trial tried;

/* In place of the job of a RANK: which row belongs at each place. */
static void run_way(job *j)
{
    const abb_lane *l = job_first_lane(j);
    const vec *x = l->in[0].secret, *out = l->out[0].secret;
    number_rows(j, out->v, tried.tables, tried.rows);
    sort_keys(j, tried.way, x->v, tried.tables, tried.rows, tried.bits, out->v, 1);
}

static void expect_order(const num *order)
{
    for (size_t k = 0; k < tried.tables * tried.rows; k++) {
        size_t table = k / tried.rows * tried.rows;
        if (k == table) continue;
        num at = order[k], before = order[k - 1];
        num x = tried.key[table + (size_t)at], y = tried.key[table + (size_t)before];
        cr_assert(y < x || (y == x && before < at), "place %zu of table %zu, way %d", k - table,
                  table, (int)tried.way);
    }
}

static void use_way(abb *base, unsigned self, void *arg)
{
    size_t len = tried.tables * tried.rows;
    reg owned = {.tag = TAG_OWNED, .kind = KIND_INT, .rank = 1, .dim = {len}},
        secret = {.tag = TAG_SECRET, .kind = KIND_INT, .rank = 1, .dim = {len}};
    uint32_t none[2] = {0};
    int64_t run = (int64_t)tried.rows, port = 0;
    lane share = {.out = none, .in = none, .outs = 1, .ins = 1}, rank = share, reveal = share;
    plain own = {.len = len};
    failure err = {0};
    (void)self, (void)arg;

    if (base->ops->holds(base, 0, 0)) own.v = malloc(len * sizeof(num));
    if (own.v) memcpy(own.v, tried.key, len * sizeof(num));
    owned.hi = wide_of_num(((num)1 << tried.bits) - 1);
    value in = {.type = &owned, .clear = own}, x = {.type = &secret}, out = {.type = &secret};
    do_job(base, OP_SHARE, &(abb_lane){&share, &x, &in, 1, 1});
    free(own.v);
    rank.imm = &run, rank.imms = 1;
    value made = {.type = &secret};
    do_job(base, OP_RANK, &(abb_lane){&rank, &made, &x, 1, 1}); /* for its vector */
    abb_lane lane_of = {&rank, &made, &x, 1, 1};
    abb_job work = {OP_RANK, &lane_of, 1};
    cr_assert_eq(job_begin(box_of(base), &work, run_way, &err), OK);
    cr_assert_eq(job_finish_all(box_of(base), &err), OK, "%s", err.text);
    reveal.imm = &port, reveal.imms = 1, reveal.out = (uint32_t[]){REG_NONE};
    do_job(base, OP_REVEAL, &(abb_lane){&reveal, &out, &made, 1, 1});
    if (out.clear.v) expect_order(out.clear.v);
    plain_free(&out.clear);
    base->ops->release(base, x.secret);
    base->ops->release(base, made.secret);
}

static void every_order_is_stable(sort_way way, unsigned q, size_t last, bool active)
{
    enum { TABLES = 2, ROWS = 21 };
    num key[TABLES * ROWS];
    for (size_t k = 0; k < TABLES * ROWS; k++) key[k] = (num)(k * k * 7 % 19) % 11;
    key[3] = key[4] = 15, key[TABLES * ROWS - 1] = 15;
    tried = (trial){way, TABLES, ROWS, 4, key};
    for (size_t k = 0; k < last; k++) {
        program *p = program_begin((uint8_t)q, 1);
        program_reveal(p, PARTY_ALL, program_input(p, 0, KIND_INT, TABLES * ROWS));
        program_ranges(p, tried.bits);
        launch *l = launch_for(p, sizes[k].nodes, sizes[k].threshold, false);
        cr_assert_eq(launch_choose_security(l, active, NULL), OK);
        with_boxes(p, l, use_way, NULL);
        launch_free(l);
        program_free(p);
    }
}

Test(sorting, by_pairs_is_stable)
{
    every_order_is_stable(SORT_BY_PAIRS, 61, SIZES, false);
    every_order_is_stable(SORT_BY_PAIRS, 127, 2, false);
}

Test(sorting, by_digits_is_stable)
{
    every_order_is_stable(SORT_BY_DIGITS, 61, SMALL, false);
    every_order_is_stable(SORT_BY_DIGITS, 127, 2, false);
}

Test(sorting, by_digits_is_stable_among_nodes_that_check_each_other)
{
    every_order_is_stable(SORT_BY_DIGITS, 61, SMALL, true);
    every_order_is_stable(SORT_BY_DIGITS, 127, 1, true);
}

Test(sorting, by_a_network_is_stable)
{
    every_order_is_stable(SORT_BY_NETWORK, 61, SIZES, false);
    every_order_is_stable(SORT_BY_NETWORK, 127, 2, false);
}

/* --- joins */

typedef struct joining {
    num lo, hi;
    size_t tables, items, among, width;
    bool found, rows;
} joining;

static void joined_as_ideal(uint8_t q, const joining *c, size_t first, size_t last)
{
    program *p = program_begin(q, 1);
    const list v = {c->lo, c->hi, NULL, 0, c->items, c->tables},
               w = {c->lo, c->hi, NULL, 0, c->among, c->tables};
    int64_t imm[] = {(int64_t)c->items, (int64_t)c->among};
    uint32_t in[3] = {list_input(p, &v), list_input(p, &w)};
    in[2] = program_input(p, 0, KIND_INT, c->tables * c->among * c->width);
    uint32_t out = program_op(p, OP_JOIN, c->tables * c->items, in, 3, imm, 2);
    lane *l = p->block[0].code[p->block[0].len - 1].lane;
    p->reg[out].kind = KIND_BOOL;
    p->reg[out + 1].dim[0] *= c->width;
    if (c->found) program_reveal(p, PARTY_ALL, out);
    if (c->rows) program_reveal(p, PARTY_ALL, out + 1);
    if (!c->found) l->out[0] = REG_NONE;
    if (!c->rows) l->out[1] = REG_NONE;
    run_data *d = run_data_new(p);
    fill_list(p, d, 0, &v);
    fill_list(p, d, 1, &w);
    fill_input(p, d, 2, 50, NULL, 0);
    for (size_t k = first; k < last; k++)
        expect_as_ideal(p, d, sizes[k].nodes, sizes[k].threshold, k % 2);
    done(p, d);
}

Test(sorting, joins_find_the_first_of_equals)
{
    joined_as_ideal(61, &(joining){0, 9, 1, 12, 7, 2, true, true}, 0, SIZES);
    joined_as_ideal(61, &(joining){-3, 3, 3, 4, 5, 1, true, false}, 0, SIZES);
    joined_as_ideal(61, &(joining){0, 1, 2, 9, 30, 3, false, true}, 0, SMALL);
    joined_as_ideal(61, &(joining){4, 4, 2, 1, 1, 1, true, true}, 0, 2);
    joined_as_ideal(127, &(joining){0, ((num)1 << 90), 1, 5, 6, 1, true, true}, 0, 2);
    joined_as_ideal(192, &(joining){-2, 2, 1, 3, 4, 2, true, true}, 0, 1);
}

Test(sorting, joins_of_many_items_are_by_digits)
{
    joined_as_ideal(61, &(joining){0, 120, 1, 150, 170, 2, true, true}, 0, 2);
}
