/* Keeping notes of what is to be verified; see audit.h. */
#include "runtime/audit.h"

#include "runtime/bit_pool.h"
#include "runtime/gf60.h"

#include <openssl/evp.h>
#include <stdlib.h>

/* --- memory */

#define DROP_ALL(b, list, end)                                                                     \
    do {                                                                                           \
        while (list) {                                                                             \
            void *first = list;                                                                    \
            (list) = (list)->next;                                                                 \
            scratch_give((b)->memory, first);                                                      \
        }                                                                                          \
        (end) = &(list);                                                                           \
    } while (0)

/* What a note of x, y and z held, where it held anything. */
static void give_held(const box *b, void *const held[3])
{
    for (unsigned k = 0; k < 3; k++) scratch_give(b->memory, held[k]);
}

void notes_drop_products(box *b, notes *n)
{
    for (const product_block *p = n->product; p; p = p->next) give_held(b, p->held);
    for (const bit_note *p = n->bits; p; p = p->next) give_held(b, p->held);
    DROP_ALL(b, n->product, n->product_end);
    DROP_ALL(b, n->matrix, n->matrix_end);
    DROP_ALL(b, n->bits, n->bits_end);
    n->bit_room = NULL;
    DROP_ALL(b, n->shares, n->shares_end);
    n->count.products = n->count.matrix_terms = n->count.bit_words = n->count.kept = 0;
}

bool notes_are_whole(const notes *n)
{
    return n->count.products || n->count.matrix_terms || n->count.bit_words;
}

void notes_drop_openings(box *b, notes *n)
{
    DROP_ALL(b, n->opening, n->opening_end);
    n->count.openings = 0;
}

void notes_drop_dealt(box *b, notes *n)
{
    DROP_ALL(b, n->dealt, n->dealt_end);
    memset(n->count.dealt_by, 0, sizeof n->count.dealt_by);
}

void notes_drop_inputs(box *b, notes *n)
{
    for (const input_note *in = n->input; in; in = in->next) scratch_give(b->memory, in->held);
    DROP_ALL(b, n->input, n->input_end);
    n->inputs = n->fitting = 0;
}

void notes_take_inputs(notes *to, notes *from)
{
    to->input = from->input, to->inputs = from->inputs, to->fitting = from->fitting;
    to->input_end = from->input ? from->input_end : &to->input;
    from->input = NULL, from->inputs = from->fitting = 0;
    from->input_end = &from->input;
}

/* --- what is covered */

/* A count is shared like an input of this range, and no list has more items than its bound. */
static bool counts_within_bound(const program *p, const lane *l)
{
    const reg *list = &p->reg[l->in[0]], *count = &p->reg[l->out[0]];
    const wide bound = wide_of((int64_t)list->dim[list->rank - 1]);

    return wide_sign(count->lo) >= 0 && !wide_less(bound, count->hi);
}

/* Steps of secrets that have checks, or need none. What is computed of public values needs none either; but an owner
 * could claim any result of work on its own data, so there is none: it pads a list, whose items are then checked like
 * those of other inputs, and counts it. */
static bool step_is_checked(const program *p, opcode op, const lane *l)
{
    static const bool checked[OP_COUNT] = {
        [OP_CONST] = true,  [OP_IOTA] = true,    [OP_VIEW] = true,   [OP_CAT] = true,
        [OP_AT] = true,     [OP_INT] = true,     [OP_ADD] = true,    [OP_SUB] = true,
        [OP_SUM] = true,    [OP_SUMS] = true,    [OP_NOT] = true,    [OP_MUL] = true,
        [OP_MATMUL] = true, [OP_AND] = true,     [OP_OR] = true,     [OP_XOR] = true,
        [OP_MASK] = true,   [OP_SELECT] = true,  [OP_LT] = true,     [OP_EQ] = true,
        [OP_FLOOR] = true,  [OP_MAXIMUM] = true, [OP_RANDOM] = true, [OP_SHUFFLE] = true,
        [OP_DIV] = true,    [OP_MOD] = true,     [OP_ORDER] = true,  [OP_PICK] = true,
        [OP_INPUT] = true,  [OP_PART] = true,    [OP_SHARE] = true,  [OP_REVEAL] = true,
        [OP_TOLD] = true,   [OP_LOOP] = true,    [OP_UNTIL] = true,  [OP_IF] = true,
        [OP_SORT] = true,   [OP_RANK] = true,    [OP_JOIN] = true};

    if (op == OP_SHARE || op == OP_PAD) return true;
    if (op == OP_LENGTH) return counts_within_bound(p, l);
    for (uint32_t k = 0; k < l->ins; k++)
        if (p->reg[l->in[k]].tag == TAG_OWNED) return false;
    return checked[op];
}

static status refuse_step(const program *p, opcode op, const lane *l, failure *err)
{
    bool owned = false;

    for (uint32_t k = 0; k < l->ins; k++) owned |= p->reg[l->in[k]].tag == TAG_OWNED;
    fail(err, E_USAGE, "", "active security does not check %s yet%s", opcode_rows[op].name,
         owned ? " where an owner does it alone with its own data" : "");
    if (l->at.line) fail_add(err, "note: at %s:%u", p->file ? p->file : "line", l->at.line);
    fail_add(err, "help: --security passive");
    return E_USAGE;
}

/* In fields of any prime what owners submit who are not there is compared with the ends of its range by differences, which have to
 * be numbers with a sign. */
static bool range_is_checked(const box *b, const reg *r)
{
    return r->kind == KIND_BOOL || b->bits || !b->launch->absent ||
           range_bits(b, r) + 1 < b->edge->bits;
}

static status check_field_serves(const box *b, failure *err)
{
    enum { LEAST_BITS = 60 }; /* below, a wrong value would pass too easily */

    if (b->edge->bits >= LEAST_BITS) return OK;
    fail(err, E_USAGE, "", "active security needs a prime of %d bits or more", LEAST_BITS);
    fail_add(err, "help: --security passive");
    return E_USAGE;
}

static status check_covered(const box *b, failure *err)
{
    const program *p = b->base.program;
    status st = check_field_serves(b, err);

    if (st) return st;
    for (uint32_t k = 0; k < p->blocks; k++)
        for (uint32_t i = 0; i < p->block[k].len; i++) {
            const instr *in = &p->block[k].code[i];
            for (uint32_t l = 0; l < in->lanes; l++) {
                if (!step_is_checked(p, in->op, &in->lane[l]))
                    return refuse_step(p, in->op, &in->lane[l], err);
                if (in->op == OP_SHARE && !range_is_checked(b, &p->reg[in->lane[l].in[0]]))
                    return fail(err, E_USAGE, "",
                                "active security cannot check so wide a range of an input; "
                                "declare one below half of the field");
            }
        }
    return OK;
}

/* --- opening and closing */

notes *notes_new(void)
{
    notes *n = calloc(1, sizeof *n);

    if (!n) return NULL;
    n->product_end = &n->product, n->matrix_end = &n->matrix, n->bits_end = &n->bits;
    n->shares_end = &n->shares;
    n->opening_end = &n->opening;
    n->dealt_end = &n->dealt, n->input_end = &n->input;
    return n;
}

void notes_free(box *b, notes *n)
{
    if (!n) return;
    notes_drop_products(b, n);
    notes_drop_openings(b, n);
    notes_drop_dealt(b, n);
    notes_drop_inputs(b, n);
    notes_drop_heard(n);
    coin_free(&n->coin);
    free(n);
}

status audit_open(box *b, failure *err)
{
    audit *a = calloc(1, sizeof *a);
    status st;

    if (!(b->audit = a)) return fail_memory(err);
    if ((st = check_covered(b, err))) return st;
    a->steady = !program_chooses(b->base.program), a->batch = CHECKED_PRODUCTS;
    if (!(a->now = notes_new())) return fail_memory(err);
    a->field = check_field_new(b, b->f), a->edge = check_field_new(b, b->edge);
    a->lifted = check_field_new(b, gf60(b->f->dry));
    return a->field && a->lifted && a->edge ? OK : fail_memory(err);
}

void audit_close(box *b)
{
    if (!b->audit) return;
    notes_free(b, b->audit->now);
    deliver_forget(b);
    free((void *)(uintptr_t)b->audit->field);
    free((void *)(uintptr_t)b->audit->lifted);
    free((void *)(uintptr_t)b->audit->edge);
    free(b->audit);
    b->audit = NULL;
}

static void *take(job *j, size_t size)
{
    void *memory = scratch_take(job_box(j)->memory, size);
    if (!memory) job_fail(j, E_MEMORY, "out of memory");
    return memory;
}

void refuse_unchecked(job *j, const char *step)
{
    if (job_box(j)->audit) job_fail(j, E_BUG, "%s has no checks", step);
}

/* --- products */

static product_block *new_product_block(job *j)
{
    const field *f = job_box(j)->f;
    product_block *p = take(j, sizeof *p + 3 * BLOCK_PRODUCTS * f->size);

    *p = (product_block){.x = p->data,
                         .y = field_at(f, p->data, BLOCK_PRODUCTS),
                         .z = field_at(f, p->data, 2 * BLOCK_PRODUCTS)};
    return p;
}

/* The block that products are added to, which is not full. */
static product_block *product_room(job *j)
{
    notes *to = job_notes(j);
    product_block *last = *to->product_end;

    if (last && last->len < BLOCK_PRODUCTS) return last;
    if (last) to->product_end = &last->next;
    return *to->product_end = new_product_block(j);
}

void note_products(job *j, const void *x, const void *y, const void *z, size_t len)
{
    notes *to = job_notes(j);
    const field *f = job_box(j)->f;

    if (!to) return;
    to->count.products += len;
    for (size_t at = 0, part; !f->dry && at < len; at += part) {
        product_block *p = product_room(j);
        part = BLOCK_PRODUCTS - p->len < len - at ? BLOCK_PRODUCTS - p->len : len - at;
        f->copy(f, field_at(f, p->x, p->len), field_at(f, x, at), part);
        f->copy(f, field_at(f, p->y, p->len), field_at(f, y, at), part);
        f->copy(f, field_at(f, p->z, p->len), field_at(f, z, at), part);
        p->len += part;
    }
}

/* A full block stands before the one that products are added to. */
static void hold_block(job *j, void *x, void *y, void *z, size_t at)
{
    notes *to = job_notes(j);
    const field *f = job_box(j)->f;
    product_block *p = take(j, sizeof *p);

    *p = (product_block){.next = *to->product_end,
                         .len = BLOCK_PRODUCTS,
                         .held = {x, y, z},
                         .x = field_at(f, x, at),
                         .y = field_at(f, y, at),
                         .z = field_at(f, z, at)};
    for (unsigned k = 0; k < 3; k++) scratch_hold(p->held[k]);
    *to->product_end = p, to->product_end = &p->next;
}

void note_registers(job *j, void *x, void *y, void *z, size_t at, size_t len)
{
    notes *to = job_notes(j);
    const field *f = job_box(j)->f;
    const size_t last = len % BLOCK_PRODUCTS, end = at + len - last;

    if (!to) return;
    to->count.products += len - last;
    for (; !f->dry && at < end; at += BLOCK_PRODUCTS) hold_block(j, x, y, z, at);
    note_products(j, field_at(f, x, end), field_at(f, y, end), field_at(f, z, end), last);
}

/* Room for so many elements of x, y and z each. */
static matrix_note *new_matrices(job *j, size_t xs, size_t ys, size_t zs)
{
    notes *to = job_notes(j);
    const field *f = job_box(j)->f;
    matrix_note *r;

    to->count.kept += xs + ys + zs;
    note_noted(j, zs);
    if (f->dry) return NULL;
    r = take(j, sizeof *r + (xs + ys + zs) * f->size);
    r->next = NULL;
    r->x = r->data, r->y = field_at(f, r->x, xs), r->z = field_at(f, r->y, ys);
    *to->matrix_end = r, to->matrix_end = &r->next;
    return r;
}

void note_matrices(job *j, const void *x, const void *y, const void *z, size_t n, size_t d, size_t m)
{
    const field *f = job_box(j)->f;
    matrix_note *r;

    if (!job_notes(j) || !n || !m) return;
    job_notes(j)->count.matrix_terms += d;
    if (!(r = new_matrices(j, n * d, d * m, n * m))) return;
    r->n = n, r->d = d, r->m = m;
    f->copy(f, r->x, x, n * d);
    f->copy(f, r->y, y, d * m);
    f->copy(f, r->z, z, n * m);
}

void note_sums(job *j, const void *x, const void *y, const void *z, size_t n, size_t d, size_t stride)
{
    const field *f = job_box(j)->f;
    matrix_note *r;

    if (!job_notes(j) || !n) return;
    job_notes(j)->count.matrix_terms += n * d;
    if (!(r = new_matrices(j, n * d, n * d, n))) return;
    r->n = n, r->d = d, r->m = 0;
    for (size_t k = 0; k < d; k++) {
        f->copy(f, field_at(f, r->x, k * n), field_at(f, x, k * stride), n);
        f->copy(f, field_at(f, r->y, k * n), field_at(f, y, k * stride), n);
    }
    f->copy(f, r->z, z, n);
}

void note_reduced(job *j, size_t products)
{
    notes *to = job_notes(j);
    if (to) to->unnoted += products;
}

void note_noted(job *j, size_t products)
{
    notes *to = job_notes(j);
    if (to) to->unnoted -= products;
}

/* --- products of bits */

static void add_bit_note(notes *to, bit_note *p)
{
    *to->bits_end = p, to->bits_end = &p->next;
}

/* What copies are added to, which is not full. */
static bit_note *bit_room(job *j)
{
    notes *to = job_notes(j);
    const size_t m = gf2m_degree(job_box(j)->nodes);
    bit_note *p = to->bit_room;

    if (p && p->words < BLOCK_WORDS) return p;
    p = to->bit_room = take(j, sizeof *p + 3 * m * BLOCK_WORDS * sizeof(uint64_t));
    *p = (bit_note){.last = UINT64_MAX};
    for (unsigned k = 0; k < 3; k++) p->of[k] = (wire){p->data + k * m * BLOCK_WORDS, BLOCK_WORDS};
    add_bit_note(to, p);
    return p;
}

/* Which bits of the last word of len items count. */
static uint64_t last_word(size_t len)
{
    return len % WORD_BITS ? ((uint64_t)1 << len % WORD_BITS) - 1 : UINT64_MAX;
}

/* Words from … of a wire to words to … of another; `last` says which bits of the last word count. */
static void copy_words(const box *b, wire out, size_t to, wire in, size_t from, size_t words,
                       uint64_t last)
{
    for (unsigned a = 0; a < gf2m_degree(b->nodes); a++) {
        uint64_t *at = out.v + a * out.stride + to;
        memcpy(at, in.v + a * in.stride + from, words * sizeof *at);
        at[words - 1] &= last;
    }
}

static void copy_bit_products(job *j, const wire of[3], size_t len)
{
    const size_t words = words_of(len);

    for (size_t at = 0, part; at < words; at += part) {
        bit_note *p = bit_room(j);
        part = BLOCK_WORDS - p->words < words - at ? BLOCK_WORDS - p->words : words - at;
        for (unsigned k = 0; k < 3; k++)
            copy_words(job_box(j), p->of[k], p->words, of[k], at, part,
                       at + part == words ? last_word(len) : UINT64_MAX);
        p->words += part;
    }
}

/* False when it is not all in the job's memory. */
static bool hold_bit_products(job *j, const wire of[3], size_t len)
{
    bit_note *p = take(j, sizeof *p);
    bool all = true;

    *p = (bit_note){.words = words_of(len), .last = last_word(len)};
    for (unsigned k = 0; k < 3; k++) {
        p->of[k] = of[k];
        p->held[k] = job_hold(j, of[k].v);
        all = all && p->held[k];
    }
    if (all) {
        add_bit_note(job_notes(j), p);
        return true;
    }
    give_held(job_box(j), p->held);
    scratch_give(job_box(j)->memory, p);
    return false;
}

static void add_bit_products(job *j, const wire of[3], size_t len, bool lasting)
{
    enum { HELD_WORDS = 64 }; /* fewer are copied: a note of their own would be as large */
    const box *b = job_box(j);

    if (!b->audit) return;
    job_notes(j)->count.bit_words += words_of(len);
    if (b->f->dry || !len) return;
    if (lasting && words_of(len) >= HELD_WORDS && hold_bit_products(j, of, len)) return;
    copy_bit_products(j, of, len);
}

void note_bit_products(job *j, wire x, wire y, wire z, size_t len)
{
    add_bit_products(j, (wire[]){x, y, z}, len, false);
}

void note_lasting_bit_products(job *j, wire x, wire y, wire z, size_t len)
{
    add_bit_products(j, (wire[]){x, y, z}, len, true);
}

/* --- openings */

static void note_receivers(audit_counts *c, uint32_t receivers)
{
    for (size_t k = 0; k < c->openings; k++)
        if (c->opened_to[k] == receivers) return;
    c->opened_to[c->openings++] = receivers;
}

void audit_counts_most(audit_counts *a, const audit_counts *b)
{
    if (b->products > a->products) a->products = b->products;
    if (b->matrix_terms > a->matrix_terms) a->matrix_terms = b->matrix_terms;
    if (b->bit_words > a->bit_words) a->bit_words = b->bit_words;
    if (b->kept > a->kept) a->kept = b->kept;
    for (unsigned k = 0; k < NODES_MAX; k++)
        if (b->dealt_by[k] > a->dealt_by[k]) a->dealt_by[k] = b->dealt_by[k];
    for (size_t k = 0; k < b->openings; k++) note_receivers(a, b->opened_to[k]);
    if (b->heard > a->heard) a->heard = b->heard;
}

static void repeat(size_t *count, size_t since, uint64_t times)
{
    *count += (*count - since) * (size_t)times;
}

void audit_counts_repeat(audit_counts *a, const audit_counts *since, uint64_t times)
{
    repeat(&a->products, since->products, times);
    repeat(&a->matrix_terms, since->matrix_terms, times);
    repeat(&a->bit_words, since->bit_words, times);
    repeat(&a->kept, since->kept, times);
    for (unsigned k = 0; k < NODES_MAX; k++) repeat(&a->dealt_by[k], since->dealt_by[k], times);
    repeat(&a->heard, since->heard, times);
}

static opening_note *new_opening(job *j, const field *f, uint32_t receivers, size_t len)
{
    opening_note *o = take(j, sizeof *o + 2 * len * f->size);

    *o = (opening_note){.receivers = receivers, .len = len, .share = o->data};
    o->value = field_at(f, o->share, len);
    return o;
}

void note_opening(job *j, uint32_t receivers, const void *share, const void *opened, size_t len)
{
    notes *to = job_notes(j);
    const field *f = job_box(j)->f;
    opening_note *o;

    if (!to) return;
    if (len) note_receivers(&to->count, receivers);
    to->count.kept += 2 * len;
    if (f->dry || !len) return;
    o = new_opening(j, f, receivers, len);
    f->copy(f, o->share, share, len);
    if (node_in(receivers, job_box(j)->self)) f->copy(f, o->value, opened, len);
    *to->opening_end = o, to->opening_end = &o->next;
}

void note_shares(job *j, const void *share, size_t len)
{
    const box *b = job_box(j);
    notes *to = job_notes(j);
    opening_note *o;

    if (!to || !len || b->nodes == 2 * b->threshold + 1) return;
    to->count.kept += len;
    if (b->f->dry) return;
    o = new_opening(j, b->f, 0, len);
    b->f->copy(b->f, o->share, share, len);
    *to->shares_end = o, to->shares_end = &o->next;
}

/* --- what several nodes hear alike */

void note_dealing(job *j)
{
    const box *b = job_box(j);

    /* Of a set of two nodes only one hears what the other deals. */
    if (b->audit && b->nodes - b->threshold > 2) job_notes(j)->count.heard++;
}

void note_heard(job *j, unsigned dealer, const void *bytes, size_t len)
{
    const box *b = job_box(j);
    notes *to = job_notes(j);

    if (!to || !bytes || !len || b->nodes - b->threshold <= 2) return;
    if (!to->heard[dealer]) {
        to->heard[dealer] = EVP_MD_CTX_new();
        if (!to->heard[dealer] || EVP_DigestInit_ex(to->heard[dealer], EVP_sha256(), NULL) != 1)
            job_fail(j, E_MEMORY, "libcrypto is out of memory");
    }
    if (EVP_DigestUpdate(to->heard[dealer], bytes, len) != 1)
        job_fail(j, E_MEMORY, "libcrypto is out of memory");
}

void notes_drop_heard(notes *n)
{
    for (unsigned k = 0; k < NODES_MAX; k++) {
        EVP_MD_CTX_free(n->heard[k]);
        n->heard[k] = NULL;
    }
    n->count.heard = 0;
}

/* --- bits dealt in two fields */

void note_dealt(job *j, unsigned dealer, const void *number, wire bit, const uint64_t *own,
                size_t len)
{
    const box *b = job_box(j);
    const field *f = b->f;
    const size_t words = words_of(len), m = gf2m_degree(b->nodes);
    notes *to = job_notes(j);
    dealt_note *d;

    if (!to) return;
    note_products(j, number, number, number, len);
    to->count.dealt_by[dealer] += len;
    to->count.kept += len;
    if (f->dry || !len) return;
    d = take(j, sizeof *d + len * f->size + (m + 1) * words * sizeof(uint64_t));
    *d = (dealt_note){.dealer = dealer,
                      .len = len,
                      .number =
                          d->data}; /* first, for elements may want more than a word's alignment */
    d->bit = (wire){(uint64_t *)(void *)(d->data + len * f->size), words};
    d->own = d->bit.v + m * words;
    copy_words(b, d->bit, 0, bit, 0, words, UINT64_MAX);
    if (dealer == b->self) memcpy(d->own, own, words * sizeof *own);
    f->copy(f, d->number, number, len);
    *to->dealt_end = d, to->dealt_end = &d->next;
}

/* --- inputs */

element range_span(const box *b, const reg *r)
{
    return field_minus(b->edge, element_of_wide(b->edge, r->hi), element_of_wide(b->edge, r->lo));
}

unsigned element_bits(element e)
{
    unsigned bits = 0;

    for (unsigned k = 0; k < ELEMENT_LIMBS; k++)
        if (e.limb[k]) bits = 64 * k + 64 - (unsigned)__builtin_clzll(e.limb[k]);
    return bits;
}

unsigned range_bits(const box *b, const reg *r)
{
    const element most = range_span(b, r);
    const unsigned bits = element_bits(most);

    if (element_equal(most, field_minus(b->edge, element_of(0), element_of(1)))) return 0;
    return bits ? bits : 1;
}

void note_input_bits(job *j, unsigned home, const void *bit, size_t bits)
{
    notes *to = job_notes(j);
    const field *f = job_box(j)->f;
    input_note *in = take(j, sizeof *in + (f->dry ? 0 : bits * f->size));

    *in = (input_note){.home = home, .kind = KIND_BOOL, .len = bits};
    if (!f->dry) {
        in->share = in->data;
        f->copy(f, in->data, bit, bits);
    }
    *to->input_end = in, to->input_end = &in->next;
    to->inputs++;
}

void note_input(job *j, unsigned home, const reg *type, void *shares, size_t at, size_t len)
{
    notes *to = job_notes(j);
    input_note *in;

    if (!to) return;
    in = take(j, sizeof *in);
    if (shares) scratch_hold(shares);
    *in = (input_note){.home = home,
                       .held = shares,
                       .kind = type->kind,
                       .any = !range_bits(job_box(j), type),
                       .lo = element_of_wide(job_box(j)->edge, type->lo),
                       .span = range_span(job_box(j), type),
                       .len = len,
                       .share = field_at(job_box(j)->f, shares, at)};
    *to->input_end = in, to->input_end = &in->next;
    to->inputs++;
}
