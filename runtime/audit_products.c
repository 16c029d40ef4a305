/* Verifying products (Goyal, Song 2020; Boneh, Boyle, Corrigan-Gibbs, Gilboa, Ishai 2019): a random linear combination
 * makes all of them one inner product of shared vectors, sum a_k b_k = c. The vectors are parted into 2^d blocks, which
 * are the values at {0,1}^d of polynomials A and B that are linear in each of d variables; the products sum A B at
 * {0, 1, infinity}^d are shared, which fixes the polynomial sum A B of degree 2 in each, and at a random point it is
 * again an inner product of shared vectors, 2^d times shorter. A cheater who is wrong before is right after with
 * probability 2d / |F|. The last one is masked by a random pair and opened.
 *
 * Values at infinity are differences and need no product, in either characteristic. */
#include "runtime/audit.h"
#include "runtime/gf60.h"

#include <string.h>

enum {
    VARIABLES_MOST = 5,
    PARTS_MOST = 1 << VARIABLES_MOST,
    LONG_HALVINGS = 15,
    PIECE_ITEMS = 1 << 11, /* of all parts together, that are worked on while they are in the cache */
    PIECE_LEAST = 1 << 8   /* of one part */
};

/* An inner product that is claimed. */
typedef struct inner {
    const check_field *c;
    size_t len;
    void *a, *b; /* NULL when dry */
    void *sum;   /* one element */
} inner;

static size_t power_of(size_t base, unsigned exponent)
{
    size_t p = 1;
    while (exponent--) p *= base;
    return p;
}

static unsigned halvings(size_t len)
{
    unsigned d = 0;
    while (((size_t)1 << d) < len) d++;
    return d;
}

/* How many variables the next step folds: steps end with VARIABLES_MOST, and begin with what is over, so that longer
 * vectors take no fewer rounds and bytes than shorter ones; long ones are folded by few blocks, whose products cost
 * most. */
static unsigned variables_of(size_t len)
{
    const unsigned all = halvings(len), most = all > LONG_HALVINGS ? 3 : VARIABLES_MOST,
                   left = all > LONG_HALVINGS ? all - LONG_HALVINGS : all;
    return left && left % most == 0 ? most : left % most;
}

static size_t part_of(size_t len, unsigned variables)
{
    size_t parts = (size_t)1 << variables;
    return (len + parts - 1) / parts;
}

/* --- polynomials in d variables */

/* The highest variable at infinity of point k, whose digits to the base 3 say 0, 1 or infinity; d when there is none. */
static unsigned highest_infinite(size_t k, unsigned d)
{
    unsigned found = d;
    for (unsigned v = 0; v < d; v++, k /= 3)
        if (k % 3 == 2) found = v;
    return found;
}

/* The block that stands at a point of {0,1}^d. */
static size_t block_at(size_t k, unsigned d)
{
    size_t at = 0;
    for (unsigned v = 0; v < d; v++, k /= 3) at |= k % 3 << v;
    return at;
}

/* part[s] = items at … at+len-1 of part s, where they are, or in `room`, [2^d][len]: beyond `items` all are 0. */
static void find_parts(const field *f, const void **of_part, void *room, const void *x,
                       size_t items, size_t part, size_t at, size_t len, unsigned d)
{
    for (size_t s = 0; s < (size_t)1 << d; s++) {
        size_t from = s * part + at, there = from < items ? items - from : 0;
        void *to = field_at(f, room, s * len);
        of_part[s] = there < len ? to : field_at(f, x, from);
        if (there >= len) continue;
        if (there) f->copy(f, to, field_at(f, x, from), there);
        f->fill(f, field_at(f, to, there), element_of(0), len - there);
    }
}

/* Pieces of parts that are worked on at once, and how far behind them the next ones are, where it is known; else 0. */
typedef struct piece {
    const field *f;
    size_t len, ahead;
} piece;

/* h[k] += the inner products at the 3^d points, the highest variable first: at 0 those of the lower half of the parts, at 1
 * of the upper, at infinity of their differences; that at 0 in all variables if it is wanted. `room`: 2^(d+1) len elements
 * and one. */
static void walk_points(const piece *p, void *h, unsigned d, const void *const *x,
                        const void *const *y, void *room, bool wants_first)
{
    enum { OF_SQUARES = 2 };
    const field *f = p->f;
    const size_t half = ((size_t)1 << d) / 2;
    const void *x_beyond[PARTS_MOST / 2], *y_beyond[PARTS_MOST / 2];
    const bool square = d == OF_SQUARES && f->square, last = d == 0 || square;

    if (last && wants_first) {
        f->matmul(f, room, x[0], y[0], 1, p->len, 1);
        f->add(f, h, h, room, 1);
    }
    if (square) f->square(f, h, x, y, p->len, p->ahead);
    if (last) return;
    for (size_t i = 0; i < half; i++) {
        void *to_x = field_at(f, room, 2 * i * p->len),
             *to_y = field_at(f, room, (2 * i + 1) * p->len);
        f->sub(f, to_x, x[half + i], x[i], p->len);
        f->sub(f, to_y, y[half + i], y[i], p->len);
        x_beyond[i] = to_x, y_beyond[i] = to_y;
    }
    room = field_at(f, room, 2 * half * p->len);
    const size_t third = power_of(3, d - 1);
    walk_points(p, h, d - 1, x, y, room, wants_first);
    walk_points(p, field_at(f, h, third), d - 1, x + half, y + half, room, true);
    walk_points(p, field_at(f, h, 2 * third), d - 1, x_beyond, y_beyond, room, true);
}

/* h[k] += the inner products at all points but point 0, which follows from the claim. Next come items that are `ahead`
 * behind these, if it is not 0. */
static void add_points(job *j, const field *f, void *h, const void *a, const void *b, size_t items,
                       unsigned d, size_t ahead)
{
    const size_t part = part_of(items, d), parts = (size_t)1 << d;
    size_t most = (size_t)PIECE_ITEMS >> d;
    const void *x[PARTS_MOST], *y[PARTS_MOST];
    void *mark = job_mark(j);

    if (most < PIECE_LEAST) most = PIECE_LEAST;
    if (most > part) most = part;
    void *room_x = job_vector(j, f, parts * most), *room_y = job_vector(j, f, parts * most),
         *room = job_vector(j, f, 2 * parts * most + 1);
    for (size_t at = 0; !f->dry && at < part; at += most) {
        const piece p = {f, part - at < most ? part - at : most, ahead};
        find_parts(f, x, room_x, a, items, part, at, p.len, d);
        find_parts(f, y, room_y, b, items, part, at, p.len, d);
        walk_points(&p, h, d, x, y, room, false);
    }
    job_release(j, mark);
}

/* How many parts have all items at … at+len-1, of at least one that has. */
static size_t whole_parts(size_t items, size_t part, size_t at, size_t len, unsigned d)
{
    const size_t found = (items - at - len) / part + 1, parts = (size_t)1 << d;
    return found < parts ? found : parts;
}

/* out[i] = the sum over blocks of weight times item i; may be x. `ahead`: as of add_points. */
static void fold(const field *f, void *out, const void *x, size_t items, const void *weight,
                 unsigned d, size_t ahead)
{
    enum { AT_ONCE = 1024 };
    const size_t part = part_of(items, d);

    for (size_t at = 0; !f->dry && at < part; at += AT_ONCE) {
        size_t len = part - at < AT_ONCE ? part - at : AT_ONCE, s = 1;
        void *to = field_at(f, out, at);
        if (f->combine) {
            s = whole_parts(items, part, at, len, d);
            f->combine(f, to, field_at(f, x, at), part, weight, s, len, ahead);
        } else {
            f->scale(f, to, field_at(f, x, at), check_element(f, weight, 0), len);
        }
        for (; s < (size_t)1 << d; s++) {
            size_t from = s * part + at, there = from < items ? items - from : 0;
            if (there > len) there = len;
            if (there)
                f->add_scaled(f, to, field_at(f, x, from), check_element(f, weight, s), there);
        }
    }
}

/* The challenge of one step: d random elements, and by how much the value at each block and at each point counts. */
typedef struct fold_weights {
    void *block, *point; /* [2^d], [3^d] */
} fold_weights;

static void put(const field *f, void *v, size_t k, element e)
{
    memcpy(field_at(f, v, k), e.limb, f->size);
}

static void refuse_zero(job *j, const field *f, element challenge)
{
    if (element_equal(challenge, element_of(0)))
        job_fail(j, E_ABORT,
                 "a challenge was 0 where it must not be (about once in 2^%u); run again", f->bits);
}

/* The value at r of a polynomial of degree 2 is (1 - r) h(0) + r h(1) + (r^2 - r) h(infinity). */
static fold_weights draw_weights(job *j, const field *f, unsigned d)
{
    const size_t blocks = (size_t)1 << d, points = power_of(3, d);
    fold_weights w = {job_vector(j, f, blocks), job_vector(j, f, points)};
    void *r = job_vector(j, f, d);

    if (f->dry) return w;
    coin_draw(j, f, r, d);
    put(f, w.block, 0, element_of(1)), put(f, w.point, 0, element_of(1));
    for (unsigned v = 0; v < d; v++) {
        const size_t step = power_of(3, v);
        element at = check_element(f, r, v), not_at = field_minus(f, element_of(1), at),
                beyond = field_minus(f, f->times(f, at, at), at);
        for (size_t k = (size_t)1 << v; k-- > 0;) {
            element e = check_element(f, w.block, k);
            put(f, w.block, k | (size_t)1 << v, f->times(f, e, at));
            put(f, w.block, k, f->times(f, e, not_at));
        }
        for (size_t k = step; k-- > 0;) {
            element e = check_element(f, w.point, k);
            put(f, w.point, k + 2 * step, f->times(f, e, beyond));
            put(f, w.point, k + step, f->times(f, e, at));
            put(f, w.point, k, f->times(f, e, not_at));
        }
    }
    return w;
}

/* --- one step over one inner product */

typedef struct step {
    inner *of;
    unsigned variables;
    void *h; /* [3^variables] */
    few_products reduced;
    /* Of the first step over numbers, random: by how much parts, places in parts, and full blocks count. */
    void *weight, *place, *block;
} step;

/* Point 0 follows from the others and the claim, by the weights of the blocks in it (NULL: all 1, and that of block 0
 * is 1). */
static void point_from_claim(const field *f, void *h, const void *sum, const void *weight, unsigned d)
{
    if (f->dry) return;
    f->copy(f, h, sum, 1);
    for (size_t k = 1; k < power_of(3, d); k++) {
        if (highest_infinite(k, d) < d) continue;
        element by = weight ? check_element(f, weight, block_at(k, d)) : element_of(1);
        f->add_scaled(f, h, field_at(f, h, k), field_minus(f, element_of(0), by), 1);
    }
}

/* Shares of all points but the first are reduced when the next job_wait returns. */
static void send_points(job *j, step *s)
{
    const field *f = s->of->c->f;
    size_t others = power_of(3, s->variables) - 1;
    void *z = job_vector(j, f, others);

    f->copy(f, z, field_at(f, s->h, 1), others);
    s->reduced = reduce_few(j, s->of->c, field_at(f, s->h, 1), z, others);
}

/* The claim at the random point. */
static void claim_at(const field *f, void *sum, const void *h, const void *point, unsigned d)
{
    f->matmul(f, sum, h, point, 1, power_of(3, d), 1);
}

static step step_begin(job *j, inner *of)
{
    const field *f = of->c->f;
    step s = {.of = of, .variables = variables_of(of->len)};

    if (!s.variables) return s;
    s.h = job_vector(j, f, power_of(3, s.variables));
    f->fill(f, s.h, element_of(0), power_of(3, s.variables));
    add_points(j, f, s.h, of->a, of->b, of->len, s.variables, 0);
    send_points(j, &s);
    return s;
}

static void step_end(job *j, step *s)
{
    const field *f = s->of->c->f;
    inner *of = s->of;

    if (!s->variables) return;
    point_from_claim(f, s->h, of->sum, NULL, s->variables);
    fold_weights w = draw_weights(j, f, s->variables);
    fold(f, of->a, of->a, of->len, w.block, s->variables, 0);
    fold(f, of->b, of->b, of->len, w.block, s->variables, 0);
    claim_at(f, of->sum, s->h, w.point, s->variables);
    of->len = part_of(of->len, s->variables);
}

/* --- the first step: from what was noted to an inner product. Blocks of products are parted each on its own, while they
 * are in the cache; those of a block that is not full and the terms of matrices make one vector, which is parted too. */

/* The weights of parts: 1, and of each variable a random element, which is not 0. */
static void *draw_part_weights(job *j, const field *f, unsigned d)
{
    void *weight = job_vector(j, f, (size_t)1 << d), *by = job_vector(j, f, d);

    if (f->dry) return weight;
    coin_draw(j, f, by, d);
    put(f, weight, 0, element_of(1));
    for (unsigned v = 0; v < d; v++) {
        const element at = check_element(f, by, v);
        refuse_zero(j, f, at);
        for (size_t k = 0; k < (size_t)1 << v; k++)
            put(f, weight, k | (size_t)1 << v, f->times(f, check_element(f, weight, k), at));
    }
    return weight;
}

/* out = by x, and *sum the inner product of by and z. Behind a block of a long vector lies its next block. */
static void weigh_part(const field *f, void *out, void *sum, const void *by, const void *x,
                       const void *z, size_t len)
{
    f->fill(f, sum, element_of(0), 1);
    if (f->weigh) {
        f->weigh(f, out, sum, by, x, z, len, BLOCK_PRODUCTS);
        return;
    }
    f->mul(f, out, x, by, len);
    f->matmul(f, sum, by, z, 1, len, 1);
}

/* A block as it counts beside others: h = the sums at all points but point 0, *sum = the claim. */
static void weigh_block(job *j, const step *s, const product_block *p, void *h, void *sum)
{
    const field *f = s->of->c->f;
    const size_t parts = (size_t)1 << s->variables, part = part_of(BLOCK_PRODUCTS, s->variables);
    void *mark = job_mark(j), *x = job_vector(j, f, BLOCK_PRODUCTS), *one = job_vector(j, f, 1);

    f->fill(f, sum, element_of(0), 1);
    f->fill(f, h, element_of(0), power_of(3, s->variables));
    for (size_t i = 0; i < parts; i++) {
        const size_t at = i * part;
        weigh_part(f, field_at(f, x, at), one, s->place, field_at(f, p->x, at),
                   field_at(f, p->z, at), part);
        f->add_scaled(f, sum, one, check_element(f, s->weight, i), 1);
    }
    add_points(j, f, h, x, p->y, BLOCK_PRODUCTS, s->variables, BLOCK_PRODUCTS);
    job_release(j, mark);
}

/* Products of the block that is not full: each counts with a random element of its own. */
static void weigh_rest(job *j, inner *of, const product_block *p)
{
    const field *f = of->c->f;
    void *mark = job_mark(j), *by = job_vector(j, f, p->len), *sum = job_vector(j, f, 1);

    coin_draw(j, f, by, p->len);
    f->mul(f, of->a, p->x, by, p->len);
    f->copy(f, of->b, p->y, p->len);
    f->matmul(f, sum, by, p->z, 1, p->len, 1);
    f->add(f, of->sum, of->sum, sum, 1);
    job_release(j, mark);
}

/* Every product of a full block counts with the random weights of its block, its part, and its place there, which is put into
 * x; the claim is their sum. */
static void weigh_products(job *j, const step *s)
{
    const field *f = s->of->c->f;
    const size_t points = power_of(3, s->variables);
    void *mark = job_mark(j), *h = job_vector(j, f, points), *sum = job_vector(j, f, 1);
    size_t k = 0;

    for (const product_block *p = job_notes(j)->product; p && !f->dry; p = p->next, k++) {
        if (p->len < BLOCK_PRODUCTS) {
            weigh_rest(j, s->of, p);
            continue;
        }
        const element by = check_element(f, s->block, k);
        weigh_block(j, s, p, h, sum);
        f->add_scaled(f, s->h, h, by, points);
        f->add_scaled(f, s->of->sum, sum, by, 1);
    }
    job_release(j, mark);
}

/* What has weights of its own is divided by those of the parts, with which it will count. */
static void divide_by_weights(const step *s)
{
    const inner *of = s->of;
    const field *f = of->c->f;
    const size_t part = part_of(of->len, s->variables);

    for (size_t i = 1, at = part; !f->dry && at < of->len; i++, at += part)
        f->scale(f, field_at(f, of->a, at), field_at(f, of->a, at),
                 field_inverse(f, check_element(f, s->weight, i)),
                 of->len - at < part ? of->len - at : part);
}

/* Row i and column k of a product count with u_i v_k: sum over l of (sum u_i x_il) (sum v_k y_lk). */
static void weigh_matrix(job *j, const matrix_note *r, void *a, void *b, void *sum)
{
    const field *f = job_box(j)->f;
    void *u = job_vector(j, f, r->n), *v = job_vector(j, f, r->m), *row = job_vector(j, f, r->m);

    coin_draw(j, f, u, r->n);
    coin_draw(j, f, v, r->m);
    f->matmul(f, a, u, r->x, 1, r->n, r->d);
    f->matmul(f, b, r->y, v, r->d, r->m, 1);
    f->matmul(f, row, u, r->z, 1, r->n, r->m);
    f->matmul(f, sum, row, v, 1, r->m, 1);
}

/* Sum i counts with u_i. */
static void weigh_sums(job *j, const matrix_note *r, void *a, void *b, void *sum)
{
    const field *f = job_box(j)->f;
    void *u = job_vector(j, f, r->n);

    coin_draw(j, f, u, r->n);
    for (size_t k = 0; k < r->d; k++)
        f->mul(f, field_at(f, a, k * r->n), field_at(f, r->x, k * r->n), u, r->n);
    f->copy(f, b, r->y, r->n * r->d);
    f->matmul(f, sum, u, r->z, 1, r->n, 1);
}

static void weigh_matrices(job *j, inner *of)
{
    const field *f = of->c->f;
    size_t at = job_notes(j)->count.products % BLOCK_PRODUCTS;

    for (matrix_note *r = job_notes(j)->matrix; r && !f->dry; r = r->next) {
        void *mark = job_mark(j), *sum = job_vector(j, f, 1);
        (r->m ? weigh_matrix : weigh_sums)(j, r, field_at(f, of->a, at), field_at(f, of->b, at), sum);
        f->add(f, of->sum, of->sum, sum, 1);
        at += r->m ? r->d : r->n * r->d;
        job_release(j, mark);
    }
}

static step numbers_begin(job *j, inner *of)
{
    const audit_counts *c = &job_notes(j)->count;
    const field *f = of->c->f;
    step s = {.of = of, .variables = variables_of(c->products + c->matrix_terms)};
    const size_t points = power_of(3, s.variables), part = part_of(BLOCK_PRODUCTS, s.variables),
                 blocks = c->products / BLOCK_PRODUCTS;

    s.weight = draw_part_weights(j, f, s.variables);
    s.place = job_vector(j, f, part), s.block = job_vector(j, f, blocks);
    coin_draw(j, f, s.place, part);
    coin_draw(j, f, s.block, blocks);
    of->len = c->products % BLOCK_PRODUCTS + c->matrix_terms;
    of->a = job_vector(j, f, of->len), of->b = job_vector(j, f, of->len);
    f->fill(f, of->sum, element_of(0), 1);
    s.h = job_vector(j, f, points);
    f->fill(f, s.h, element_of(0), points);
    weigh_products(j, &s);
    weigh_matrices(j, of);
    divide_by_weights(&s);
    add_points(j, f, s.h, of->a, of->b, of->len, s.variables, 0);
    if (s.variables) send_points(j, &s);
    return s;
}

/* a, b = the factors of full blocks at the random point, with the weights of products in a. */
static void fold_blocks(job *j, const step *s, void *a, void *b, const void *at)
{
    const field *f = s->of->c->f;
    const size_t parts = (size_t)1 << s->variables, part = part_of(BLOCK_PRODUCTS, s->variables);
    void *mark = job_mark(j), *by = job_vector(j, f, parts);
    size_t k = 0;

    for (const product_block *p = job_notes(j)->product; p && p->len == BLOCK_PRODUCTS;
         p = p->next, k++) {
        void *to = field_at(f, a, k * part);
        f->scale(f, by, at, check_element(f, s->block, k), parts);
        fold(f, to, p->x, BLOCK_PRODUCTS, by, s->variables, BLOCK_PRODUCTS);
        f->mul(f, to, to, s->place, part);
        fold(f, field_at(f, b, k * part), p->y, BLOCK_PRODUCTS, at, s->variables, BLOCK_PRODUCTS);
    }
    job_release(j, mark);
}

static void numbers_end(job *j, const step *s)
{
    const size_t blocks = job_notes(j)->count.products / BLOCK_PRODUCTS;
    inner *of = s->of;
    const inner rest = *of;
    const field *f = of->c->f;
    const size_t at = blocks * part_of(BLOCK_PRODUCTS, s->variables);

    of->len = at + part_of(rest.len, s->variables);
    of->a = job_vector(j, f, of->len), of->b = job_vector(j, f, of->len);
    point_from_claim(f, s->h, of->sum, s->weight, s->variables);
    fold_weights w = draw_weights(j, f, s->variables);
    claim_at(f, of->sum, s->h, w.point, s->variables);
    fold_blocks(j, s, of->a, of->b, w.block);
    fold(f, field_at(f, of->a, at), rest.a, rest.len, w.block, s->variables, 0);
    fold(f, field_at(f, of->b, at), rest.b, rest.len, w.block, s->variables, 0);
}

/* Products of bits take their first step as planes of words. */
static step bits_begin(job *j, const bit_sum *s, inner *of)
{
    const field *f = of->c->f;
    step st = {.of = of, .variables = s->variables, .h = job_vector(j, f, power_of(3, s->variables))};

    bit_sum_points(j, s, st.h);
    if (st.variables) send_points(j, &st);
    return st;
}

static void bits_end(job *j, const bit_sum *s, step *st)
{
    const field *f = st->of->c->f;
    inner *of = st->of;

    of->len = s->len;
    of->a = job_vector(j, f, s->len), of->b = job_vector(j, f, s->len);
    point_from_claim(f, st->h, of->sum, s->weight, st->variables);
    fold_weights w = draw_weights(j, f, st->variables);
    claim_at(f, of->sum, st->h, w.point, st->variables);
    bit_sum_fold(j, s, of->a, of->b, w.block);
}

/* --- the last step */

/* a b = c under a random pair: with the blocks (a, alpha) and (b, beta) of one variable, what is opened at a point
 * other than 0 is uniform but for c - a b, which is the cheaters' error. */
typedef struct last_step {
    const inner *of;
    void *a, *b, *h, *opened; /* [2], [2], [3], [3] */
    few_products reduced;
} last_step;

static last_step last_begin(job *j, const inner *of)
{
    const field *f = of->c->f;
    last_step s = {.of = of};

    s.a = job_vector(j, f, 2), s.b = job_vector(j, f, 2), s.h = job_vector(j, f, 3);
    s.opened = job_vector(j, f, 3);
    f->copy(f, s.a, of->a, 1);
    f->copy(f, s.b, of->b, 1);
    check_random(j, of->c, field_at(f, s.a, 1), 1);
    check_random(j, of->c, field_at(f, s.b, 1), 1);
    f->fill(f, s.h, element_of(0), 3);
    add_points(j, f, s.h, s.a, s.b, 2, 1, 0);
    void *z = job_vector(j, f, 2);
    f->copy(f, z, field_at(f, s.h, 1), 2);
    s.reduced = reduce_few(j, of->c, field_at(f, s.h, 1), z, 2);
    return s;
}

/* The pair, its product as claimed, at the random point: shares of what is opened. */
static void last_fold(job *j, last_step *s)
{
    const field *f = s->of->c->f;

    if (f->dry) return;
    f->copy(f, s->h, s->of->sum, 1); /* the claim is a b alone: point 0 */
    fold_weights w = draw_weights(j, f, 1);
    refuse_zero(j, f, check_element(f, w.block, 1));
    fold(f, s->opened, s->a, 2, w.block, 1, 0);
    fold(f, field_at(f, s->opened, 1), s->b, 2, w.block, 1, 0);
    claim_at(f, field_at(f, s->opened, 2), s->h, w.point, 1);
}

static void last_check(job *j, const last_step *s, const char *what)
{
    const field *f = s->of->c->f;

    if (f->dry) return;
    element product = f->times(f, check_element(f, s->opened, 0), check_element(f, s->opened, 1));
    if (!element_equal(product, check_element(f, s->opened, 2)))
        job_fail(j, E_ABORT, "a product of %s is wrong: a node lies", what);
}

/* --- all of it: both fields take their steps in the same rounds */

static void expect_steps(job *j, const step *s, size_t count)
{
    job_wait(j);
    for (size_t k = 0; k < count; k++)
        if (s[k].variables) few_arrive(j, &s[k].reduced);
    toss(j);
}

/* The first steps take what was noted, which is then forgotten. */
static size_t first_steps(job *j, inner *of)
{
    const audit *a = job_box(j)->audit;
    const audit_counts *c = &job_notes(j)->count;
    const bool numbers = c->products || c->matrix_terms, has_bits = c->bit_words;
    bit_sum bits;
    step s[2];
    size_t count = 0;

    if (numbers) {
        of[count] = (inner){.c = a->field, .sum = job_vector(j, a->field->f, 1)};
        s[count] = numbers_begin(j, &of[count]);
        count++;
    }
    if (has_bits) {
        bits = bit_sum_begin(j);
        of[count] = (inner){.c = a->lifted, .sum = job_vector(j, a->lifted->f, 1)};
        if (of[count].sum) memcpy(of[count].sum, &bits.claim, sizeof bits.claim);
        s[count] = bits_begin(j, &bits, &of[count]);
        count++;
    }
    expect_steps(j, s, count);
    if (numbers) numbers_end(j, &s[0]);
    if (has_bits) bits_end(j, &bits, &s[count - 1]);
    notes_drop_products(job_box(j), job_notes(j));
    return count;
}

static void fold_all(job *j, inner *of, size_t count)
{
    for (;;) {
        step s[2];
        bool more = false;
        for (size_t k = 0; k < count; k++) s[k] = step_begin(j, &of[k]), more |= s[k].variables > 0;
        if (!more) return;
        expect_steps(j, s, count);
        for (size_t k = 0; k < count; k++) step_end(j, &s[k]);
    }
}

static void check_last(job *j, const inner *of, size_t count)
{
    last_step s[2];
    strict_opening o[2];

    for (size_t k = 0; k < count; k++) s[k] = last_begin(j, &of[k]);
    job_wait(j);
    for (size_t k = 0; k < count; k++) few_arrive(j, &s[k].reduced);
    toss(j);
    for (size_t k = 0; k < count; k++) last_fold(j, &s[k]);
    for (size_t k = 0; k < count; k++) o[k] = strict_begin(j, of[k].c, s[k].opened, s[k].opened, 3);
    job_wait(j);
    for (size_t k = 0; k < count; k++) strict_end(j, &o[k], "a verified product");
    for (size_t k = 0; k < count; k++)
        last_check(j, &s[k], of[k].c->f->binary ? "shared bits" : "shares");
}

void verify_products(job *j)
{
    void *mark = job_mark(j);
    inner of[2];

    if (!notes_are_whole(job_notes(j))) return;
    toss(j);
    size_t count = first_steps(j, of);
    fold_all(j, of, count);
    check_last(j, of, count);
    job_release(j, mark);
}
