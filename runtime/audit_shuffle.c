/* Shuffles that are checked. Each row carries one column more, the sum of alpha_c times column c, for random secret alpha_c
 * of each column that nobody knows; it goes the way of the row. Afterwards a random combination of the rows has to have
 * the sum that belongs to it. Whoever adds to a row, or permutes its part otherwise than the others of its set, has to
 * guess the alphas. (A public combination of columns would not do: errors in two columns cancel.) */
#include "runtime/audit.h"

/* Decks as they are shuffled, one column wider, and their alphas one after the other. */
typedef struct carried {
    deck *wide;
    void *rows, *alpha;
    size_t len; /* of `rows` */
} carried;

static size_t rows_of(const deck *d, size_t rows)
{
    return d->tables * rows;
}

/* sum[k] = shares of alpha times row k, of all decks. */
static void make_sums(job *j, void *sum, const void *x, const void *alpha, size_t rows,
                      const deck *d, size_t decks)
{
    const field *f = job_box(j)->f;
    void *mark = job_mark(j);
    matrix_product *p = job_bytes(j, decks * sizeof *p);

    for (size_t i = 0, at = 0, of = 0; i < decks; of += d[i++].width) {
        p[i] = (matrix_product){field_at(f, x, at), field_at(f, alpha, of), rows_of(&d[i], rows),
                                d[i].width, 1};
        at += rows_of(&d[i], rows) * d[i].width;
    }
    multiply_all_matrices(j, sum, p, decks);
    job_release(j, mark);
}

/* Columns of narrow rows into wide ones, or back. */
static void copy_columns(const field *f, void *out, size_t out_width, const void *in,
                         size_t in_width, size_t columns, size_t rows)
{
    for (size_t c = 0; c < columns; c++)
        f->pick(f, field_at(f, out, c), (ptrdiff_t)out_width, field_at(f, in, c),
                (ptrdiff_t)in_width, rows);
}

static carried widen(job *j, const void *x, size_t rows, const deck *d, size_t decks)
{
    const box *b = job_box(j);
    const field *f = b->f;
    carried c = {.wide = job_bytes(j, decks * sizeof *c.wide)};
    size_t columns = 0, all = 0, at = 0, row = 0, to_at = 0;

    for (size_t i = 0; i < decks; i++) {
        c.wide[i] = (deck){d[i].tables, d[i].width + 1};
        columns += d[i].width, all += rows_of(&d[i], rows);
        c.len += rows_of(&d[i], rows) * (d[i].width + 1);
    }
    c.alpha = job_vector(j, f, columns), c.rows = job_vector(j, f, c.len);
    check_random(j, b->audit->field, c.alpha, columns);
    void *mark = job_mark(j), *sum = job_vector(j, f, all);
    make_sums(j, sum, x, c.alpha, rows, d, decks);
    for (size_t i = 0; i < decks; i++) {
        const size_t count = rows_of(&d[i], rows), width = d[i].width;
        void *to = field_at(f, c.rows, to_at);
        copy_columns(f, to, width + 1, field_at(f, x, at), width, width, count);
        copy_columns(f, field_at(f, to, width), width + 1, field_at(f, sum, row), 1, 1, count);
        at += count * width, to_at += count * (width + 1), row += count;
    }
    job_release(j, mark);
    return c;
}

static void expect_sums(job *j, const carried *c, size_t rows, size_t decks)
{
    const box *b = job_box(j);
    const field *f = b->f;
    size_t at = 0, of = 0;
    void *mark = job_mark(j), *off = job_vector(j, f, decks), *z = job_vector(j, f, decks),
         *product = job_vector(j, f, decks);
    void **combined = job_bytes(j, decks * sizeof *combined);

    toss(j);
    for (size_t i = 0; i < decks; i++) {
        const size_t width = c->wide[i].width, count = rows_of(&c->wide[i], rows);
        void *by = job_vector(j, f, count);
        combined[i] = job_vector(j, f, width);
        if (!f->dry) coin_draw(j, f, by, count);
        f->matmul(f, combined[i], by, field_at(f, c->rows, at), 1, count, width);
        f->matmul(f, field_at(f, z, i), field_at(f, c->alpha, of), combined[i], 1, width - 1, 1);
        f->copy(f, field_at(f, off, i), field_at(f, combined[i], width - 1), 1);
        at += count * width, of += width - 1;
    }
    reshare(j, product, z, decks);
    of = 0;
    for (size_t i = 0; i < decks; of += c->wide[i++].width - 1)
        note_matrices(j, field_at(f, c->alpha, of), combined[i], field_at(f, product, i), 1,
                      c->wide[i].width - 1, 1);
    f->sub(f, off, off, product, decks);
    open_strictly(j, b->audit->field, off, off, decks, "a check of a shuffle");
    for (size_t i = 0; !f->dry && i < decks; i++)
        if (!element_equal(check_element(f, off, i), element_of(0)))
            job_fail(j, E_ABORT, "rows were changed in a shuffle: a node lies");
    job_release(j, mark);
}

void shuffle_checked(job *j, void *x, size_t rows, const deck *d, size_t decks, shuffler *by)
{
    const field *f = job_box(j)->f;
    void *mark = job_mark(j);
    carried c = widen(j, x, rows, d, decks);
    size_t at = 0, from = 0;

    by(j, c.rows, c.len, rows, c.wide, decks);
    expect_sums(j, &c, rows, decks);
    for (size_t i = 0; i < decks; i++) {
        const size_t count = rows_of(&d[i], rows), width = d[i].width;
        copy_columns(f, field_at(f, x, at), width, field_at(f, c.rows, from), width + 1, width,
                     count);
        at += count * width, from += count * (width + 1);
    }
    note_shares(j, x, at);
    job_release(j, mark);
}
