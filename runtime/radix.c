/* A stable radix sort by shuffled ranks (Hamada, Ikarashi, Chida, Takahashi 2014, "Oblivious radix sort"; on linear
 * shuffles Asharov, Hamada, Ikarashi, Kikuchi, Nof, Pinkas, Takahashi, Tomida 2022). Of each digit of the keys, from the
 * lowest, the place of every row among all is counted, and the rows move there: what is left of the keys, and from
 * which row each came, all as bits. Nothing else of a row has to move at every digit. */
#include "runtime/audit.h"
#include "runtime/sorting.h"

#include <string.h>

enum { DIGIT = 3, VALUES = 1 << DIGIT };

/* out = 0, 1, … of each table, which all know, as bits. */
static void number_wires(job *j, const wire *out, size_t bits, size_t tables, size_t rows)
{
    const box *b = job_box(j);
    size_t words = words_of(tables * rows);
    void *mark = job_mark(j);
    uint64_t *number = job_words(j, words * WORD_BITS), *row = job_words(j, bits * words);

    for (size_t k = 0; number && k < tables * rows; k++) number[k] = k % rows;
    if (row) b->bits->transpose(row, words, number, 1, (unsigned)bits, words * WORD_BITS);
    for (size_t k = 0; row && k < bits; k++) /* 1 is in plane 0 alone */
        memcpy(out[k].v, row + k * words, words * sizeof *row);
    job_release(j, mark);
}

/* --- one digit */

/* Wire s - 1 = the product of the bits in the set s: a round for each size of set beyond one. */
static wires products_of(job *j, const wire *digit, unsigned bits, size_t len)
{
    const box *b = job_box(j);
    size_t words = words_of(len), sets = (size_t)1 << bits;
    wires all = job_wires(j, sets - 1, words);

    for (unsigned k = 0; k < bits; k++)
        copy_wire(b, wire_at(all, ((size_t)1 << k) - 1), digit[k], words);
    for (int size = 2; size <= (int)bits; size++) {
        void *mark = job_mark(j);
        bit_pair pair[VALUES];
        size_t which[VALUES], count = 0;
        for (size_t s = 1; s < sets; s++) {
            if (__builtin_popcountll(s) != size) continue;
            pair[count] = (bit_pair){wire_at(all, (s & -s) - 1), wire_at(all, (s & (s - 1)) - 1)};
            which[count++] = s;
        }
        wires product = job_wires(j, count, words);
        bits_and(j, product, pair, len);
        for (size_t k = 0; k < count; k++)
            copy_wire(b, wire_at(all, which[k] - 1), wire_at(product, k), words);
        job_release(j, mark);
    }
    return all;
}

/* is[v][row] = whether the digit of the row is v: from the products, by inclusion and exclusion. */
static void indicators(job *j, void *is, const wire *digit, unsigned bits, size_t len)
{
    const field *f = job_box(j)->f;
    size_t values = (size_t)1 << bits;
    void *mark = job_mark(j);

    f->fill(f, is, element_of(1), len);
    bits_to_field(j, field_at(f, is, len), products_of(j, digit, bits, len), len);
    for (unsigned k = 0; k < bits; k++)
        for (size_t v = 0; v < values; v++)
            if (!(v >> k & 1)) {
                void *without = field_at(f, is, v * len);
                f->sub(f, without, without, field_at(f, is, (v | (size_t)1 << k) * len), len);
            }
    job_release(j, mark);
}

/* dest = where each row goes: behind the rows of smaller digits, and of its own those before it. Of degree 2t; in active
 * mode, where it is verified as a sum of products, of degree t. */
static void count_places(job *j, void *dest, const wire *digit, unsigned bits, size_t tables,
                         size_t rows)
{
    const box *b = job_box(j);
    const field *f = b->f;
    size_t len = tables * rows, values = (size_t)1 << bits;
    void *mark = job_mark(j), *is = job_vector(j, f, values * len),
         *count = job_vector(j, f, (b->audit ? values : 1) * len), *product = job_vector(j, f, len);
    void *before = job_vector(j, f, tables), *all = product;

    indicators(j, is, digit, bits, len);
    f->fill(f, before, element_of(0), tables);
    f->fill(f, dest, element_of(0), len);
    for (size_t v = 0; v < values; v++) {
        void *here = field_at(f, is, v * len), *of = field_at(f, count, b->audit ? v * len : 0);
        f->sums(f, of, here, rows, tables);
        f->spread(f, all, before, rows, tables);
        f->add(f, of, of, all, len);
        f->pick(f, before, 1, field_at(f, of, rows - 1), (ptrdiff_t)rows, tables);
        if (b->audit) continue;
        f->mul(f, product, of, here, len);
        f->add(f, dest, dest, product, len);
    }
    if (b->audit)
        multiply_sums(j, dest, count, is, len, values);
    else
        job_count_products(j, len);
    f->add_constant(f, dest, dest, field_minus(f, f->p, element_of(1)), len); /* from 0 */
    job_release(j, mark);
}

ranking rank_by_digits(job *j, const void *by, size_t tables, size_t rows, unsigned key_bits)
{
    const field *f = job_box(j)->f;
    size_t len = tables * rows, own = place_bits(rows);
    const bool active = job_box(j)->audit;
    wires origin = job_wires(j, own, words_of(len));
    ranking r = {.tables = tables, .rows = rows, .bit = list_of_wires(j, origin), .bits = own};
    void *mark = job_mark(j);
    wires key = job_wires(j, key_bits, words_of(len));
    wire *bit = job_bytes(j, (key_bits + own) * sizeof *bit);
    void *dest = job_vector(j, f, len);

    bits_of_numbers(j, key, by, len);
    number_wires(j, r.bit, own, tables, rows);
    for (unsigned k = 0; k < key_bits; k++) bit[k] = wire_at(key, k);
    memcpy(bit + key_bits, r.bit, own * sizeof *bit);
    for (unsigned at = 0; at < key_bits; at += DIGIT) {
        unsigned some = key_bits - at < DIGIT ? key_bits - at : DIGIT;
        count_places(j, dest, bit + at, some, tables, rows);
        move_rows(j, &(moving){.tables = tables,
                               .rows = rows,
                               .form = active ? PLACES_BY_NUMBERS : PLACES_BY_PRODUCTS,
                               .place = dest,
                               .bit = bit + at + some,
                               .bits = key_bits - at - some + own});
    }
    job_release(j, mark);
    return r;
}

/* --- using it */

/* out[p] = the row k with place[k] = p. */
static wire *turned_bits(job *j, const ranking *r)
{
    wire *out = list_of_wires(j, job_wires(j, r->bits, words_of(r->tables * r->rows)));

    number_wires(j, out, r->bits, r->tables, r->rows);
    move_rows(j, &(moving){.tables = r->tables,
                           .rows = r->rows,
                           .form = PLACES_BY_BITS,
                           .place_bit = r->bit,
                           .place_bits = r->bits,
                           .bit = out,
                           .bits = r->bits});
    return out;
}

static void *turned_number(job *j, const ranking *r)
{
    void *out = job_vector(j, job_box(j)->f, r->tables * r->rows);

    number_rows(j, out, r->tables, r->rows);
    move_rows(j, &(moving){.tables = r->tables,
                           .rows = r->rows,
                           .form = PLACES_BY_NUMBERS,
                           .place = r->number,
                           .x = out,
                           .width = 1});
    return out;
}

void ranking_apply(job *j, const ranking *r, bool back, void *x, size_t width)
{
    void *mark = job_mark(j);
    bool turned = back == r->ranks;
    moving m = {.tables = r->tables, .rows = r->rows, .x = x, .width = width};

    if (r->bits) {
        m.form = PLACES_BY_BITS, m.place_bits = r->bits;
        m.place_bit = turned ? turned_bits(j, r) : r->bit;
    } else {
        m.form = PLACES_BY_NUMBERS;
        m.place = turned ? turned_number(j, r) : r->number;
    }
    move_rows(j, &m);
    job_release(j, mark);
}
