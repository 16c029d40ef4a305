/* The bits of shared numbers. With a mask (leader_mask.h) d = w - S mod 2^q - 1, where B knows w: the subtraction
 * bit by bit, a borrow out of the highest bit being taken from the lowest (end-around), which is what p asks. */
#include "runtime/bit_protocol.h"

#include <string.h>

enum {
    ITEMS_AT_ONCE = 1 << 18
}; /* whole words; so that the trees of a long vector fit in memory */

/* A bit of d is that of w xor that of S xor the borrow into it. */
static void decompose(job *j, wires out, size_t word, const void *d, size_t len)
{
    const box *b = job_box(j);
    size_t q = b->f->bits, words = words_of(len);
    masked m = mask_open(j, d, (mask_shape){0}, len);
    bit_order *order = mask_orders(j, &m);
    span *leaf = job_bytes(j, q * sizeof *leaf);
    wire *borrow = job_bytes(j, q * sizeof *borrow);

    order_strictly(j, &order[0], len);
    for (size_t k = 0; k < q; k++) leaf[k] = (span){order[k].less, order[k].equal};
    bits_carries(j, borrow, leaf, q, words, m.by.roles);
    for (size_t k = 0; k < out.count; k++) {
        wire to = wire_from(wire_at(out, k), word);
        masked_add_bit(j, &m, k, to);
        add_wire(b, to, m.bit[k], words);
        add_wire(b, to, borrow[k], words);
    }
}

void bits_of_numbers(job *j, wires out, const void *d, size_t len)
{
    enum { PRODUCTS_OF_BIT = 3 }; /* of the tree of borrows */
    const size_t noted = masks_at_once(j, (mask_shape){0}, PRODUCTS_OF_BIT),
                 most = noted < ITEMS_AT_ONCE ? noted : ITEMS_AT_ONCE;

    for (size_t at = 0; at < len; at += most) {
        void *mark = job_mark(j);
        size_t part = len - at < most ? len - at : most;
        decompose(j, out, at / WORD_BITS, field_at(job_box(j)->f, d, at), part);
        job_release(j, mark);
    }
}
