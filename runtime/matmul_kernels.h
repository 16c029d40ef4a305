/* The matrix product of a Mersenne field, written once: in blocks that stay in the caches. Included by p61.c and p127.c
 * after they have defined elem, elem_fold and
 *   sums             a sum of products that is not reduced yet, of bytes 0 at the start; holds SUMS_MOST products
 *   sums_add         adds the product of two elements
 *   sums_settle      makes room for as many products again, less one
 *   sums_take        the sum as an element. */

#include <string.h>

enum {
    TILE = 4,     /* columns whose sums stay in registers */
    DEPTH = 256,  /* rows of b in a packed panel of TILE columns */
    HEIGHT = 128, /* rows of a that use the panel, DEPTH items of each, before it is packed anew */
};

/* packed = `depth` rows of `width` columns, filled up with columns of 0. */
static void pack_panel(elem *packed, const elem *b, size_t depth, size_t m, size_t width)
{
    for (size_t k = 0; k < depth; k++)
        for (size_t j = 0; j < TILE; j++) packed[k * TILE + j] = j < width ? b[k * m + j] : 0;
}

/* out += row . panel */
static void add_tile(elem *out, const elem *row, const elem *packed, size_t depth, size_t width)
{
    sums sum[TILE];

    memset(sum, 0, sizeof sum);
    for (size_t from = 0; from < depth; from += SUMS_MOST - 1) {
        size_t end = depth - from < SUMS_MOST - 1 ? depth : from + SUMS_MOST - 1;
        for (size_t k = from; k < end; k++)
            for (size_t j = 0; j < TILE; j++) sums_add(&sum[j], row[k], packed[k * TILE + j]);
        for (size_t j = 0; end < depth && j < TILE; j++) sums_settle(&sum[j]);
    }
    for (size_t j = 0; j < width; j++) out[j] = elem_fold(out[j] + sums_take(sum[j]));
}

/* out += a . b of `height` rows of a, from which and from b `depth` items are taken. */
static void add_block(elem *out, const elem *a, const elem *b, size_t height, size_t depth,
                      size_t d, size_t m)
{
    elem packed[DEPTH * TILE];

    for (size_t j = 0; j < m; j += TILE) {
        size_t width = m - j < TILE ? m - j : TILE;
        pack_panel(packed, b + j, depth, m, width);
        for (size_t i = 0; i < height; i++)
            add_tile(out + i * m + j, a + i * d, packed, depth, width);
    }
}

/* One column: sums that do not wait for each other. */
static elem dot(const elem *a, const elem *b, size_t d)
{
    enum { STEP = TILE * (SUMS_MOST - TILE) }; /* the last few are added to one sum */
    elem total = 0;

    for (size_t from = 0; from < d; from += STEP) {
        size_t end = d - from < STEP ? d : from + STEP, k = from;
        sums sum[TILE];
        memset(sum, 0, sizeof sum);
        for (; k + TILE <= end; k += TILE)
            for (size_t i = 0; i < TILE; i++) sums_add(&sum[i], a[k + i], b[k + i]);
        for (; k < end; k++) sums_add(&sum[0], a[k], b[k]);
        for (size_t i = 0; i < TILE; i++) total = elem_fold(total + sums_take(sum[i]));
    }
    return total;
}

/* field.h */
static void blocked_matmul(elem *out, const elem *a, const elem *b, size_t n, size_t d, size_t m)
{
    for (size_t i = 0; m == 1 && i < n; i++) out[i] = dot(a + i * d, b, d);
    if (m == 1) return;
    for (size_t i = 0; i < n * m; i++) out[i] = 0;
    for (size_t k = 0; k < d; k += DEPTH)
        for (size_t i = 0; i < n; i += HEIGHT)
            add_block(out + i * m, a + i * d + k, b + k * m, n - i < HEIGHT ? n - i : HEIGHT,
                      d - k < DEPTH ? d - k : DEPTH, d, m);
}
