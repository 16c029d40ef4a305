/* Rows that go to secret places, checked. Each row brings the sum of its columns, each of which counts with a random secret
 * element that nobody knows: its numbers in the box's field, its bits in GF(2^60), where the sum is sixty bits more that
 * pass through the sets as the others do. Whoever adds to a row, or permutes its part otherwise than the others of its
 * set, has to guess these elements (the sums of Chida, Genkin, Hamada, Ikarashi, Kikuchi, Lindell, Nof 2018).
 *
 * A random combination of the rows that came is opened under a row of random masks, which have a sum of their own; with
 * what was opened, the sum is linear in the secret elements, and what has to be 0 is opened without another product. Before
 * it is, all that it is made of is dealt by degree t: nobody can mend it by what the others show. */
#include "runtime/audit.h"
#include "runtime/bit_protocol.h"
#include "runtime/gf60.h"

#include <string.h>

static size_t columns_of(const rows_of_shares *r)
{
    return r->has_place + r->width;
}

row_keys row_keys_draw(job *j, size_t numbers, size_t bits)
{
    const audit *a = job_box(j)->audit;
    row_keys k = {job_vector(j, a->field->f, numbers), job_vector(j, a->lifted->f, bits)};

    check_random(j, a->field, k.by, numbers);
    check_random(j, a->lifted, k.bit_by, bits);
    return k;
}

/* --- sums of rows */

void row_sums(job *j, const row_keys *k, const rows_of_shares *r, void *out)
{
    const field *f = job_box(j)->f;
    void *mark = job_mark(j), *of_place = job_vector(j, f, r->rows);

    f->fill(f, out, element_of(0), r->rows);
    if (r->width) f->matmul(f, out, r->x, field_at(f, k->by, r->has_place), r->rows, r->width, 1);
    if (r->has_place) {
        f->matmul(f, of_place, r->place, k->by, r->rows, 1, 1);
        f->add(f, out, out, of_place, r->rows);
    }
    job_release(j, mark);
}

/* out[i] += by where bit i of the row is set. */
static void add_where_set(uint64_t *out, const uint64_t *row, uint64_t by, size_t len)
{
    for (size_t at = 0; at < len; at += WORD_BITS) {
        const uint64_t word = row[at / WORD_BITS];
        const size_t some = len - at < WORD_BITS ? len - at : WORD_BITS;
        for (size_t i = 0; i < some; i++) out[at + i] ^= by & (0 - (word >> i & 1));
    }
}

void row_bit_sums(job *j, const row_keys *k, const rows_of_shares *r, uint64_t *out)
{
    const unsigned m = gf2m_degree(job_box(j)->nodes);

    if (!out) return;
    memset(out, 0, r->rows * sizeof *out);
    for (size_t c = 0; c < r->bits; c++)
        for (unsigned a = 0; a < m; a++)
            add_where_set(out, r->bit[c].v + a * r->bit[c].stride,
                          gf60_times(k->bit_by[c], gf60_lift(m, (gf2m)(1u << a))), r->rows);
}

/* --- the check, in either field */

/* Of one field: shares of the combination of the rows under its mask, which is opened; of the sum of the mask, and of that
 * which came with the rows. */
typedef struct sum_check {
    const check_field *c;
    size_t columns;
    const void *by;
    void *row, *of_mask, *of_rows, *own; /* [columns], [1], [1], [1]: a holder's part of the last */
    few_products mask_on_way, rows_on_way;
    strict_opening opening;
} sum_check;

/* A random row, and the sum that belongs to it, shared by degree 2t, in of_rows. */
static sum_check new_check(job *j, const check_field *c, const void *by, size_t columns)
{
    const field *f = c->f;
    sum_check s = {.c = c, .columns = columns, .by = by};

    s.row = job_vector(j, f, columns);
    s.of_mask = job_vector(j, f, 1), s.of_rows = job_vector(j, f, 1), s.own = job_vector(j, f, 1);
    check_random(j, c, s.row, columns);
    return s;
}

static void send_check(job *j, sum_check *s, void *mask_sum, uint32_t holders)
{
    s->mask_on_way = reduce_few(j, s->c, s->of_mask, mask_sum, 1);
    s->rows_on_way = deal_few(j, s->c, holders, s->of_rows, s->own, 1);
    s->opening = strict_begin(j, s->c, s->row, s->row, s->columns);
}

/* of_mask = what has to be 0: what came, and what belongs to the mask, less what belongs to the row that was opened. */
static void compare_sums(job *j, sum_check *s)
{
    const field *f = s->c->f;
    void *belongs = job_vector(j, f, 1);

    few_arrive(j, &s->mask_on_way);
    few_arrive(j, &s->rows_on_way);
    strict_end(j, &s->opening, "rows that moved");
    f->matmul(f, belongs, s->row, s->by, 1, s->columns, 1);
    f->add(f, s->of_mask, s->of_mask, s->of_rows, 1);
    f->sub(f, s->of_mask, s->of_mask, belongs, 1);
    s->opening = strict_begin(j, s->c, s->of_mask, s->of_mask, 1);
}

static void expect_zero(job *j, const sum_check *s)
{
    strict_end(j, &s->opening, "the sum of a row");
    if (!s->c->f->dry && !element_equal(check_element(s->c->f, s->of_mask, 0), element_of(0)))
        job_fail(j, E_ABORT, "rows were changed on their way to secret places: a node lies");
}

/* row += the combination of the numbers of the rows, own = that of their sums. */
static void combine_numbers(job *j, const sum_check *s, const rows_of_shares *r, const void *sum)
{
    const field *f = s->c->f;
    void *mark = job_mark(j), *by = job_vector(j, f, r->rows), *some = job_vector(j, f, s->columns);

    if (!f->dry) coin_draw(j, f, by, r->rows);
    if (r->has_place) f->matmul(f, some, by, r->place, 1, r->rows, 1);
    if (r->width) f->matmul(f, field_at(f, some, r->has_place), by, r->x, 1, r->rows, r->width);
    f->add(f, s->row, s->row, some, s->columns);
    if (sum) f->matmul(f, s->own, by, sum, 1, r->rows, 1);
    job_release(j, mark);
}

/* The same of bits. */
static void combine_bits(job *j, const sum_check *s, const rows_of_shares *r, const uint64_t *sum)
{
    const field *f = s->c->f;
    const size_t words = words_of(r->rows);
    void *mark = job_mark(j);
    uint64_t *by = job_vector(j, f, 2 * words), *row = s->row, *own = s->own;

    if (f->dry) return;
    coin_draw(j, f, by, 2 * words);
    for (size_t c = 0; c < r->bits; c++) row[c] ^= bit_sum_of_wire(j, r->bit[c], by, 0, r->rows);
    *own = 0;
    for (size_t k = 0; sum && k < GF60_BITS; k++)
        *own ^= gf60_times((uint64_t)1 << k, bit_sum_of_row(j, sum + k * words, by, 0, r->rows));
    job_release(j, mark);
}

void expect_row_sums(job *j, const row_keys *k, const rows_of_shares *came, uint32_t holders,
                     const void *sum, const uint64_t *sum_row)
{
    const audit *a = job_box(j)->audit;
    void *mark = job_mark(j), *mask_sum[2];
    sum_check s[2];
    size_t count = 0, numbers = columns_of(came);

    if (numbers) s[count++] = new_check(j, a->field, k->by, numbers);
    if (came->bits) s[count++] = new_check(j, a->lifted, k->bit_by, came->bits);
    for (size_t i = 0; i < count; i++) {
        const field *f = s[i].c->f;
        mask_sum[i] = job_vector(j, f, 1);
        f->matmul(f, mask_sum[i], s[i].row, s[i].by, 1, s[i].columns, 1);
    }
    toss(j);
    if (numbers) combine_numbers(j, &s[0], came, sum);
    if (came->bits) combine_bits(j, &s[count - 1], came, sum_row);
    for (size_t i = 0; i < count; i++) send_check(j, &s[i], mask_sum[i], holders);
    job_wait(j);
    for (size_t i = 0; i < count; i++) compare_sums(j, &s[i]);
    job_wait(j);
    for (size_t i = 0; i < count; i++) expect_zero(j, &s[i]);
    job_release(j, mark);
}
