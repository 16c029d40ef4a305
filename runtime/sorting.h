/* Sorting secrets (protocols.md): rows that move to places nobody knows, the order of secret keys, and what is built on
 * both. Like the protocols of protocol.h these run as part of a job, with the same lengths at every member; vectors and
 * wires are NULL where the box is dry. Tables of as many rows stand side by side, each with places of its own. */
#ifndef MOOT_RUNTIME_SORTING_H
#define MOOT_RUNTIME_SORTING_H

#include "runtime/bit_protocol.h"

/* --- rows to secret places: move_rows.c */

/* Row k of a table goes to place[k] of it; the places are 0 … rows-1, each once. They are opened when an order that no
 * t nodes know has been given to the rows, which makes them a uniform order whatever they were (Hamada, Kikuchi,
 * Ikarashi, Chida, Takahashi 2012). The first two forms of places are for boxes where all sets have keys, that of products
 * for passive ones. In active mode this takes check points of its own, so the job has to be alone. */
typedef enum place_form { PLACES_BY_PRODUCTS, PLACES_BY_BITS, PLACES_BY_NUMBERS } place_form;

typedef struct moving {
    size_t tables, rows;
    place_form form;
    const void *place;     /* shares of degree 2t (products) or t (numbers); or */
    const wire *place_bit; /* their bits, the lowest first */
    size_t place_bits;

    void *x; /* [tables][rows][width]: what moves */
    size_t width;
    const wire *bit; /* bits that move as well; none where some sets have no keys */
    size_t bits;
} moving;
void move_rows(job *j, const moving *m);

/* Each of the wires; scratch of the job. */
wire *list_of_wires(job *j, wires all);

/* --- the order of keys: sort.c, radix.c, sort_way.c */

/* Of each table a permutation: where each row belongs (`ranks`), or which row belongs at each place. */
typedef struct ranking {
    size_t tables, rows;
    bool ranks;
    void *number; /* shares; or */
    wire *bit;    /* its bits */
    size_t bits;  /* 0: it is a number */
} ranking;

/* By all pairs of keys; by a radix sort, where bits are shared and all sets have keys; by a network of comparisons. */
typedef enum sort_way { SORT_BY_PAIRS, SORT_BY_DIGITS, SORT_BY_NETWORK } sort_way;

/* What costs least for so many: by public sizes alone, and so the same at all. */
sort_way cheapest_sort(const box *b, size_t tables, size_t rows, unsigned key_bits);

/* The stable ascending order of keys in 0 … 2^key_bits-1, [tables][rows]; x is put into it, of rows of `width` items. */
ranking sort_keys(job *j, sort_way way, const void *by, size_t tables, size_t rows,
                  unsigned key_bits, void *x, size_t width);
ranking rank_by_digits(job *j, const void *by, size_t tables, size_t rows, unsigned key_bits);

/* x = its rows in the order of the keys, or, `back`, rows in that order where they were before. */
void ranking_apply(job *j, const ranking *r, bool back, void *x, size_t width);

/* out = 0, 1, … of each table. */
void number_rows(job *j, void *out, size_t tables, size_t rows);
/* Bits that hold 0 … rows-1. */
unsigned place_bits(size_t rows);

/* How many bits hold an item of the register less the least that it can be. */
unsigned range_from_zero(job *j, const reg *of, element *least);

void job_sort(job *j); /* SORT RANK: one lane */
void job_join(job *j); /* JOIN: one lane; join.c */

#endif
