/* Sums of products of secrets, each of which is one multiplication: entries of matrix products, and sums over vectors. In active
 * mode no more at once than one check point takes. */
#include "runtime/audit.h"

/* --- matrix products */

static size_t results_of(const matrix_product *p, size_t count)
{
    size_t results = 0;

    for (size_t k = 0; k < count; k++) results += p[k].n * p[k].m;
    return results;
}

/* A sum of products costs one multiplication: the sums are taken before the degree is reduced, of all at once. */
static void multiply_together(job *j, void *out, const matrix_product *p, size_t count)
{
    const field *f = job_box(j)->f;
    const size_t total = results_of(p, count);
    void *mark = job_mark(j), *z = job_vector(j, f, total);

    for (size_t k = 0, at = 0; k < count; at += results_of(&p[k++], 1))
        multiply_matrices(j, field_at(f, z, at), p[k].x, p[k].y, p[k].n, p[k].d, p[k].m);
    reshare(j, out, z, total);
    for (size_t k = 0, at = 0; k < count; at += results_of(&p[k++], 1))
        note_matrices(j, p[k].x, p[k].y, field_at(f, out, at), p[k].n, p[k].d, p[k].m);
    job_count_products(j, total);
    job_release(j, mark);
    check_when_full(j);
}

/* Columns from … of rows of d items. */
static const void *some_columns(job *j, const void *x, size_t n, size_t d, size_t from,
                                size_t columns)
{
    const field *f = job_box(j)->f;
    void *part;

    if (columns == d) return x;
    part = job_vector(j, f, n * columns);
    for (size_t i = 0; i < n; i++)
        f->copy(f, field_at(f, part, i * columns), field_at(f, x, i * d + from), columns);
    return part;
}

/* One that is too large for a check point, by rows of x, and where these are too long by parts of the sums, each of which
 * is a product more. */
static void multiply_by_parts(job *j, void *out, const matrix_product *p, size_t most)
{
    const field *f = job_box(j)->f;
    const size_t depth = p->d < most ? p->d : most, longer = depth > p->m ? depth : p->m,
                 rows = most / longer ? most / longer : 1;

    f->fill(f, out, element_of(0), p->n * p->m);
    for (size_t i = 0; i < p->n; i += rows)
        for (size_t k = 0; k < p->d; k += depth) {
            matrix_product part = {.n = p->n - i < rows ? p->n - i : rows,
                                   .d = p->d - k < depth ? p->d - k : depth,
                                   .m = p->m};
            const size_t len = part.n * part.m;
            void *mark = job_mark(j), *sum = job_vector(j, f, len), *to = field_at(f, out, i * p->m);
            part.x = some_columns(j, field_at(f, p->x, i * p->d), part.n, p->d, k, part.d);
            part.y = field_at(f, p->y, k * p->m);
            multiply_together(j, sum, &part, 1);
            f->add(f, to, to, sum, len);
            job_release(j, mark);
        }
}

/* Of x, or of the results: whichever are more. */
static size_t items_of(const matrix_product *p)
{
    return p->n * (p->d > p->m ? p->d : p->m);
}

void multiply_all_matrices(job *j, void *out, const matrix_product *p, size_t count)
{
    const size_t most = batch_items(j, 1);
    size_t k = 0;

    while (k < count) {
        size_t items = 0, end = k;
        while (end < count && items_of(&p[end]) <= most - items) items += items_of(&p[end++]);
        if (end == k)
            multiply_by_parts(j, out, &p[end++], most);
        else
            multiply_together(j, out, &p[k], end - k);
        out = field_at(job_box(j)->f, out, results_of(&p[k], end - k)), k = end;
    }
}

/* --- many sums of a few products each */

/* Of items at … of the vectors. */
static void reduce_sums(job *j, void *out, const void *x, const void *y, size_t n, size_t d,
                        size_t stride)
{
    const field *f = job_box(j)->f;
    void *mark = job_mark(j), *sum = job_vector(j, f, n), *product = job_vector(j, f, n);

    f->fill(f, sum, element_of(0), n);
    for (size_t k = 0; k < d; k++) {
        f->mul(f, product, field_at(f, x, k * stride), field_at(f, y, k * stride), n);
        f->add(f, sum, sum, product, n);
    }
    reshare(j, out, sum, n);
    note_sums(j, x, y, out, n, d, stride);
    job_release(j, mark);
}

void multiply_sums(job *j, void *out, const void *x, const void *y, size_t n, size_t d)
{
    const field *f = job_box(j)->f;
    const size_t most = batch_items(j, d);

    for (size_t at = 0, part; at < n; at += part) {
        part = n - at < most ? n - at : most;
        reduce_sums(j, field_at(f, out, at), field_at(f, x, at), field_at(f, y, at), part, d, n);
        check_when_full(j);
    }
    job_count_products(j, n);
}
