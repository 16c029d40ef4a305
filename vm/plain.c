/* What every opcode means on integers in the clear, checked: a result that does not fit is a failure. */
#include "vm/plain.h"

#include "vm/limbs.h"

#include <openssl/crypto.h>
#include <stdlib.h>
#include <string.h>

status plain_alloc(plain *out, size_t len, unsigned extra, failure *err)
{
    *out = (plain){.len = len, .extra = extra};
    /* a byte more, so that no items are something too */
    out->v = len > SIZE_MAX / 2 / item_size(extra) ? NULL : malloc(len * item_size(extra) + 1);
    return out->v ? OK : fail_memory(err);
}

status plain_copy(plain *out, const plain *from, size_t first, size_t len, failure *err)
{
    status st = plain_alloc(out, len, from->extra, err);
    if (!st && len)
        memcpy(out->v, item_words(from->v, first, from->extra), len * item_size(from->extra));
    return st;
}

void plain_free(plain *x)
{
    if (x->v) OPENSSL_cleanse(x->v, x->len * item_size(x->extra));
    free(x->v);
    *x = (plain){0};
}

status plain_convert(plain *out, const plain *from, unsigned extra, failure *err)
{
    const unsigned least = extra < from->extra ? extra : from->extra;
    if (extra == from->extra) return plain_copy(out, from, 0, from->len, err);
    status st = plain_alloc(out, from->len, extra, err);
    for (size_t i = 0; !st && i < from->len; i++) {
        const uint64_t *item = item_words(from->v, i, from->extra);
        uint64_t *to = item_words(out->v, i, extra);
        limbs_set(to, (int64_t)item[1 + from->extra] < 0 ? -1 : 0, 2 + extra);
        memcpy(to, item, item_size(least));
    }
    return st;
}

bool plain_narrow(const plain *x, size_t i, num *out)
{
    const uint64_t *word = item_words(x->v, i, x->extra);
    memcpy(out, word, sizeof *out);
    for (unsigned k = 0; k < x->extra; k++)
        if (word[2 + k] != (uint64_t)(*out >> 127)) return false;
    return num_fits(*out);
}

double plain_double(const plain *x, size_t i)
{
    const uint64_t *word = item_words(x->v, i, x->extra);
    double v = (double)(int64_t)word[1 + x->extra];
    for (unsigned k = 1 + x->extra; k-- > 0;) v = v * 0x1p64 + (double)word[k];
    num narrow;
    return plain_narrow(x, i, &narrow) ? (double)narrow : v; /* small negatives keep their digits */
}

char *plain_print(const plain *x, size_t i, unsigned f, char *out)
{
    num narrow;
    if (plain_narrow(x, i, &narrow)) return num_print_fix(narrow, f, out);
    return wide_print_words(item_words(x->v, i, x->extra), 2 + x->extra, f, out);
}

/* Item i in as many words as any has, and one more for a difference. */
static void spread_item(uint64_t out[WIDE_LIMBS + 1], const plain *x, size_t i)
{
    const uint64_t *word = item_words(x->v, i, x->extra);
    limbs_set(out, (int64_t)word[1 + x->extra] < 0 ? -1 : 0, WIDE_LIMBS + 1);
    memcpy(out, word, item_size(x->extra));
}

bool plain_near(const plain *a, const plain *b, size_t i, num most)
{
    uint64_t x[WIDE_LIMBS + 1], y[WIDE_LIMBS + 1], by[WIDE_LIMBS + 1] = {0};
    spread_item(x, a, i), spread_item(y, b, i);
    if (limbs_compare(x, y, WIDE_LIMBS + 1) < 0)
        limbs_sub(x, y, x, WIDE_LIMBS + 1);
    else
        limbs_sub(x, x, y, WIDE_LIMBS + 1);
    memcpy(by, &most, sizeof most);
    return limbs_compare(x, by, WIDE_LIMBS + 1) <= 0;
}

int plain_compare(const plain *x, size_t i, size_t j)
{
    if (!x->extra) return (x->v[i] > x->v[j]) - (x->v[i] < x->v[j]);
    return limbs_compare(item_words(x->v, i, x->extra), item_words(x->v, j, x->extra), 2 + x->extra);
}

/* An end of a range, as far as nums can tell it from their ends. */
static num narrow_end(wide end)
{
    num v = wide_sign(end) < 0 ? -NUM_MAX - 1 : NUM_MAX + 1;
    wide_narrow(end, &v);
    return v;
}

size_t plain_outside(const plain *x, wide lo, wide hi)
{
    const unsigned words = 2 + x->extra;
    const num first = narrow_end(lo), last = narrow_end(hi);
    uint64_t least[WIDE_LIMBS], most[WIDE_LIMBS];
    size_t i = 0;
    if (!x->extra) {
        while (i < x->len && x->v[i] >= first && x->v[i] <= last) i++;
        return i;
    }
    wide_put(least, words, lo), wide_put(most, words, hi);
    for (; i < x->len; i++) {
        const uint64_t *v = item_words(x->v, i, x->extra);
        if (limbs_compare(v, least, words) < 0 || limbs_compare(v, most, words) > 0) break;
    }
    return i;
}

/* The product may be wider than the items: it is taken in two words more. */
static void scale_item(uint64_t *item, unsigned words, int64_t scale, int64_t divisor)
{
    uint64_t x[WIDE_LIMBS + 1], by[WIDE_LIMBS + 1];
    limbs_set(x, (int64_t)item[words - 1] < 0 ? -1 : 0, words + 1);
    memcpy(x, item, words * sizeof *item);
    limbs_set(by, scale, words + 1);
    limbs_mul(x, x, by, words + 1);
    limbs_set(by, divisor, words + 1);
    limbs_floor_div(x, x, by, words + 1);
    memcpy(item, x, words * sizeof *item);
}

bool plain_scale(plain *x, int64_t scale, int64_t divisor)
{
    bool fits = true;
    for (size_t i = 0; x->v && i < x->len; i++) {
        if (x->extra)
            scale_item(item_words(x->v, i, x->extra), 2 + x->extra, scale, divisor);
        else
            x->v[i] = num_floor_div(num_mul(x->v[i], scale), divisor), fits &= num_fits(x->v[i]);
    }
    return fits;
}

/* One lane under way. */
typedef struct work {
    const program *p;
    const lane *l;
    opcode op;
    plain *out;
    const plain *in;
    failure *err;
    unsigned words;    /* of an item */
    uint64_t *modulus; /* of as many words, when results are modulo the field's prime; else NULL */
} work;

/* Whether items are computed as words, not as nums. */
static bool is_wide(const work *w)
{
    return w->p->extra || w->modulus;
}

static status alloc(const work *w, uint32_t result, size_t len)
{
    return plain_alloc(&w->out[result], len, w->p->extra, w->err);
}

static uint64_t *words_of(const work *w, const plain *x, size_t i)
{
    return item_words(x->v, i, w->p->extra);
}

/* A small item, wherever items may be wide. */
static void put_small(const work *w, plain *to, size_t i, size_t v)
{
    if (w->p->extra)
        limbs_set(words_of(w, to, i), (int64_t)v, w->words);
    else
        to->v[i] = (num)v;
}

static status outgrown(const work *w)
{
    fail(w->err, E_LIMIT, "", "the result of `%s` outgrows %u bits", opcode_rows[w->op].name,
         w->p->extra ? 64 * (2 + w->p->extra) - 1 : 126);
    fail_place(w->err, w->p, w->l->at);
    return E_LIMIT;
}

/* --- elementwise */

enum { OPERANDS_MAX = 3 };

static num item(opcode op, num a, num b, num c)
{
    switch (op) {
    case OP_INT: return a;
    case OP_NOT: return 1 - a;
    case OP_ADD: return num_add(a, b);
    case OP_SUB: return num_sub(a, b);
    case OP_MUL:
    case OP_AND: return num_mul(a, b);
    case OP_OR: return a | b;
    case OP_XOR: return a ^ b;
    case OP_MASK: return b ? a : 0;
    case OP_SELECT: return a ? b : c;
    case OP_LT: return a < b;
    case OP_EQ: return a == b;
    case OP_DIV: return num_floor_div(a, b);
    case OP_MOD: return num_floor_mod(a, b);
    default: return NUM_MAX + 1;
    }
}

/* The same on words; whether the result fits. Bools are 0 or 1 in the lowest word. */
static bool wide_item(const work *w, uint64_t *out, const uint64_t *a, const uint64_t *b,
                      const uint64_t *c)
{
    const unsigned words = w->words;
    const size_t size = words * sizeof *out;
    switch (w->op) {
    case OP_INT: memmove(out, a, size); return true;
    case OP_NOT: limbs_set(out, 1 - (int64_t)a[0], words); return true;
    case OP_ADD:
        return w->modulus ? (limbs_add_mod(out, a, b, w->modulus, words), true)
                          : limbs_add(out, a, b, words);
    case OP_SUB:
        return w->modulus ? (limbs_sub_mod(out, a, b, w->modulus, words), true)
                          : limbs_sub(out, a, b, words);
    case OP_MUL:
        return w->modulus ? (limbs_mul_mod(out, a, b, w->modulus, words), true)
                          : limbs_mul(out, a, b, words);
    case OP_AND: limbs_set(out, (int64_t)(a[0] & b[0]), words); return true;
    case OP_OR: limbs_set(out, (int64_t)(a[0] | b[0]), words); return true;
    case OP_XOR: limbs_set(out, (int64_t)(a[0] ^ b[0]), words); return true;
    case OP_MASK:
        if (b[0])
            memmove(out, a, size);
        else
            limbs_set(out, 0, words);
        return true;
    case OP_SELECT: memmove(out, a[0] ? b : c, size); return true;
    case OP_LT: limbs_set(out, limbs_compare(a, b, words) < 0, words); return true;
    case OP_EQ: limbs_set(out, limbs_compare(a, b, words) == 0, words); return true;
    case OP_DIV: limbs_floor_div(out, a, b, words); return true;
    case OP_MOD: limbs_floor_mod(out, a, b, words); return true;
    default: return false;
    }
}

static status refuse_lengths(const work *w, size_t one, size_t other)
{
    fail(w->err, E_DATA, "D05", "two lists that belong together have %zu and %zu items", one, other);
    fail_place(w->err, w->p, w->l->at);
    return E_DATA;
}

/* The length of the result: the open operands', which have to agree, or else the longest. */
static status paired_length(const work *w, size_t *out)
{
    bool open = false;
    *out = 0;
    for (uint32_t k = 0; k < w->l->ins; k++) {
        size_t len = w->in[k].len;
        bool is_open = w->p->reg[w->l->in[k]].open;
        if (is_open && open && len != *out) return refuse_lengths(w, *out, len);
        if (is_open || (!open && len > *out)) *out = len;
        open |= is_open;
    }
    return OK;
}

static status eval_items(const work *w)
{
    size_t n, step[OPERANDS_MAX] = {0};
    const num *x[OPERANDS_MAX] = {0};
    status st = paired_length(w, &n);
    if (st || (st = alloc(w, 0, n))) return st;
    for (uint32_t k = 0; n && k < w->l->ins; k++) {
        x[k] = w->in[k].v;
        step[k] = n / w->in[k].len;
    }
    const uint32_t second = w->l->ins > 1 ? 1 : 0, third = w->l->ins > 2 ? 2 : 0;
    for (uint32_t k = w->l->ins; n && k < OPERANDS_MAX; k++) { /* not looked at, but there */
        x[k] = x[0];
        step[k] = step[0];
    }
    bool fits = true;
    for (size_t i = 0; i < n && is_wide(w); i++)
        fits &= wide_item(w, words_of(w, &w->out[0], i), words_of(w, &w->in[0], i / step[0]),
                          words_of(w, &w->in[second], i / step[1]),
                          words_of(w, &w->in[third], i / step[2]));
    for (size_t i = 0; i < n && !is_wide(w); i++) {
        num r = item(w->op, x[0][i / step[0]], x[1][i / step[1]], x[2][i / step[2]]);
        fits &= num_fits(r);
        w->out[0].v[i] = r;
    }
    return fits ? OK : outgrown(w);
}

static status eval_floor(const work *w)
{
    status st = alloc(w, 0, w->in[0].len);
    const unsigned f = (unsigned)w->l->imm[0];
    for (size_t i = 0; !st && i < w->in[0].len; i++) {
        if (w->p->extra)
            limbs_shift_floor(words_of(w, &w->out[0], i), words_of(w, &w->in[0], i), f, w->words);
        else
            w->out[0].v[i] = num_shift_floor(w->in[0].v[i], f);
    }
    return st;
}

/* --- along runs: the operand is `runs` runs of `inner` items, inner being what an open one really has */

static size_t runs_of(const work *w)
{
    return (size_t)(reg_length(&w->p->reg[w->l->in[0]]) / (uint64_t)w->l->imm[0]);
}

static bool wide_sums(const work *w, size_t run, size_t inner, bool running)
{
    uint64_t sum[WIDE_LIMBS];
    bool fits = true;
    limbs_set(sum, 0, w->words);
    for (size_t i = 0; i < inner; i++) {
        const uint64_t *next = words_of(w, &w->in[0], run * inner + i);
        if (w->modulus)
            limbs_add_mod(sum, sum, next, w->modulus, w->words);
        else
            fits &= limbs_add(sum, sum, next, w->words);
        if (running) memcpy(words_of(w, &w->out[0], run * inner + i), sum, w->words * sizeof *sum);
    }
    if (!running) memcpy(words_of(w, &w->out[0], run), sum, w->words * sizeof *sum);
    return fits;
}

static status eval_sums(const work *w)
{
    bool running = w->op == OP_SUMS, fits = true;
    size_t runs = runs_of(w), inner = w->in[0].len / runs;
    status st = alloc(w, 0, running ? w->in[0].len : runs);
    if (st) return st;
    for (size_t r = 0; r < runs && is_wide(w); r++) fits &= wide_sums(w, r, inner, running);
    for (size_t r = 0; r < runs && !is_wide(w); r++) {
        num sum = 0;
        for (size_t i = 0; i < inner; i++) {
            sum = num_add(sum, w->in[0].v[r * inner + i]);
            fits &= num_fits(sum);
            if (running) w->out[0].v[r * inner + i] = sum;
        }
        if (!running) w->out[0].v[r] = sum;
    }
    return fits ? OK : outgrown(w);
}

static status eval_maximum(const work *w)
{
    size_t runs = runs_of(w), inner = w->in[0].len / runs;
    for (uint32_t k = 0; k < 2; k++) {
        status st = w->l->out[k] == REG_NONE ? OK : alloc(w, k, runs);
        if (st) return st;
    }
    for (size_t r = 0; r < runs; r++) {
        size_t best = 0;
        for (size_t i = 1; i < inner; i++)
            if (plain_compare(&w->in[0], r * inner + best, r * inner + i) < 0) best = i;
        if (w->out[0].v && inner)
            memcpy(words_of(w, &w->out[0], r), words_of(w, &w->in[0], r * inner + best),
                   item_size(w->p->extra));
        else if (w->out[0].v)
            put_small(w, &w->out[0], r, 0);
        if (w->out[1].v) put_small(w, &w->out[1], r, best);
    }
    return OK;
}

/* What a row of operand k, of private length, really has. */
static size_t row_length(const work *w, uint32_t k)
{
    const reg *in = &w->p->reg[w->l->in[k]];
    return w->in[k].len / (size_t)(reg_length(in) / in->dim[in->rank - 1]);
}

static status eval_length(const work *w)
{
    const size_t len = row_length(w, 0);
    for (uint32_t k = 1; k < w->l->ins; k++)
        if (row_length(w, k) != len) return refuse_lengths(w, len, row_length(w, k));
    status st = alloc(w, 0, 1);
    if (!st) put_small(w, &w->out[0], 0, len);
    return st;
}

static status eval_pad(const work *w)
{
    const reg *in = &w->p->reg[w->l->in[0]];
    const size_t most = (size_t)reg_length(in), bound = (size_t)in->dim[in->rank - 1],
                 inner = row_length(w, 0), size = item_size(w->p->extra);
    status st = alloc(w, 0, most);
    for (size_t i = 0; !st && i < most; i++) {
        const size_t row = i / bound, at = i % bound;
        memcpy(words_of(w, &w->out[0], i),
               at < inner ? words_of(w, &w->in[0], row * inner + at) : words_of(w, &w->in[1], 0),
               size);
    }
    return st;
}

/* --- the order of items */

typedef struct placed {
    const plain *of;
    size_t place, turn; /* of equals, the one with the smaller turn is first */
} placed;

static int compare_items(const placed *x, const placed *y)
{
    const plain *a = x->of, *b = y->of;
    if (!a->extra) return (a->v[x->place] > b->v[y->place]) - (a->v[x->place] < b->v[y->place]);
    return limbs_compare(item_words(a->v, x->place, a->extra), item_words(b->v, y->place, b->extra),
                         2 + a->extra);
}

static int by_item(const void *a, const void *b)
{
    const placed *x = a, *y = b;
    int way = compare_items(x, y);
    return way ? way : x->turn < y->turn ? -1 : x->turn > y->turn;
}

/* What place i of the run from r on in ascending order holds. */
static void put_placed(const work *w, size_t r, size_t i, size_t from)
{
    if (w->op == OP_ORDER) {
        put_small(w, &w->out[0], r + i, from - r);
    } else if (w->op == OP_RANK) {
        put_small(w, &w->out[0], from, i);
    } else if (w->out[0].len) {
        size_t width = w->in[1].len / w->in[0].len;
        memcpy(words_of(w, &w->out[0], (r + i) * width), words_of(w, &w->in[1], from * width),
               width * item_size(w->p->extra));
    }
}

/* ORDER RANK SORT */
static status eval_order(const work *w)
{
    size_t len = w->in[0].len, inner = len / runs_of(w);
    placed *run = malloc(inner * sizeof *run + 1);
    status st = run ? alloc(w, 0, w->op == OP_SORT ? w->in[1].len : len) : fail_memory(w->err);
    for (size_t r = 0; !st && r < len; r += inner) {
        for (size_t i = 0; i < inner; i++) run[i] = (placed){&w->in[0], r + i, i};
        qsort(run, inner, sizeof *run, by_item);
        for (size_t i = 0; i < inner; i++) put_placed(w, r, i, run[i].place);
    }
    if (run) OPENSSL_cleanse(run, inner * sizeof *run);
    free(run);
    return st;
}

/* What JOIN says of item `which` of a, where `row` of b is the first like it, or none. */
static void put_joined(const work *w, size_t which, bool found, size_t row)
{
    if (w->out[0].v) put_small(w, &w->out[0], which, found);
    size_t width = w->in[2].len / w->in[1].len, size = width * item_size(w->p->extra);
    if (w->out[1].v && found)
        memcpy(words_of(w, &w->out[1], which * width), words_of(w, &w->in[2], row * width), size);
    else if (w->out[1].v)
        memset(words_of(w, &w->out[1], which * width), 0, size);
}

/* One table: all items in order, of equals those of b first. */
static void join_table(const work *w, placed *all, size_t table)
{
    size_t items = (size_t)w->l->imm[0], among = (size_t)w->l->imm[1];
    const placed *first = NULL;
    for (size_t k = 0; k < among; k++) all[k] = (placed){&w->in[1], table * among + k, k};
    for (size_t k = 0; k < items; k++)
        all[among + k] = (placed){&w->in[0], table * items + k, among + k};
    qsort(all, items + among, sizeof *all, by_item);
    for (const placed *x = all; x < all + items + among; x++) {
        if (x->of == &w->in[0])
            put_joined(w, x->place, first && !compare_items(first, x), first ? first->place : 0);
        else if (!first || compare_items(first, x))
            first = x;
    }
}

static status eval_join(const work *w)
{
    size_t items = (size_t)w->l->imm[0], among = (size_t)w->l->imm[1];
    size_t width = w->in[2].len / w->in[1].len;
    placed *all = malloc((items + among) * sizeof *all);
    status st = all ? OK : fail_memory(w->err);
    for (uint32_t k = 0; !st && k < 2; k++)
        if (w->l->out[k] != REG_NONE) st = alloc(w, k, w->in[0].len * (k ? width : 1));
    for (size_t t = 0; !st && t < w->in[0].len / items; t++) join_table(w, all, t);
    if (all) OPENSSL_cleanse(all, (items + among) * sizeof *all);
    free(all);
    return st;
}

static status eval_pick(const work *w)
{
    size_t runs = runs_of(w), inner = w->in[0].len / runs, each = w->in[1].len / runs;
    status st = alloc(w, 0, w->in[1].len);
    for (size_t i = 0; !st && i < w->in[1].len; i++) {
        num at;
        if (plain_narrow(&w->in[1], i, &at) && at >= 0 && at < (num)inner)
            memcpy(words_of(w, &w->out[0], i),
                   words_of(w, &w->in[0], i / each * inner + (size_t)at), item_size(w->p->extra));
        else
            put_small(w, &w->out[0], i, 0);
    }
    return st;
}

/* --- making and moving */

static status eval_const(const work *w)
{
    const constant *k = &w->p->constant[w->l->imm[0]];
    status st = alloc(w, 0, (size_t)k->len);
    if (!st) memcpy(w->out[0].v, k->v, w->out[0].len * item_size(w->p->extra));
    return st;
}

static status eval_iota(const work *w)
{
    status st = alloc(w, 0, (size_t)reg_length(&w->p->reg[w->l->out[0]]));
    for (size_t i = 0; !st && i < w->out[0].len; i++) put_small(w, &w->out[0], i, i);
    return st;
}

/* Steps `at` to the next place of the view, counting in index[] as an odometer does. */
static int64_t view_next(const lane *l, int64_t *index, int64_t at)
{
    for (uint32_t axis = (l->imms - 1) / 2; axis-- > 0;) {
        int64_t count = l->imm[1 + 2 * axis], stride = l->imm[2 + 2 * axis];
        if (++index[axis] < count) return at + stride;
        at -= (count - 1) * stride;
        index[axis] = 0;
    }
    return at;
}

static status eval_view(const work *w)
{
    bool open = w->p->reg[w->l->in[0]].open; /* then the view is the whole, as it is */
    size_t n = open ? w->in[0].len : (size_t)reg_length(&w->p->reg[w->l->out[0]]);
    status st = alloc(w, 0, n);
    if (st || n == 0) return st;
    const size_t size = item_size(w->p->extra);
    int64_t index[VIEW_AXES] = {0}, at = w->l->imm[0];
    for (size_t i = 0; i < n; i++, at = open ? at + 1 : view_next(w->l, index, at)) {
        if (w->modulus)
            limbs_floor_mod(words_of(w, &w->out[0], i), words_of(w, &w->in[0], (size_t)at),
                            w->modulus, w->words);
        else if (w->p->extra)
            memcpy(words_of(w, &w->out[0], i), words_of(w, &w->in[0], (size_t)at), size);
        else
            w->out[0].v[i] = w->in[0].v[at];
    }
    return OK;
}

static status eval_at(const work *w)
{
    const size_t row = (size_t)w->l->imm[0], rows = w->in[0].len / row,
                 size = item_size(w->p->extra);
    status st = alloc(w, 0, w->in[1].len * row);
    for (size_t k = 0; !st && k < w->in[1].len; k++) {
        num at;
        bool there = plain_narrow(&w->in[1], k, &at) && at >= 0 && at < (num)rows;
        for (size_t i = 0; i < row; i++) {
            uint64_t *to = words_of(w, &w->out[0], k * row + i);
            if (!there)
                memset(to, 0, size);
            else if (w->modulus)
                limbs_floor_mod(to, words_of(w, &w->in[0], (size_t)at * row + i), w->modulus,
                                w->words);
            else
                memcpy(to, words_of(w, &w->in[0], (size_t)at * row + i), size);
        }
    }
    return st;
}

static status eval_cat(const work *w)
{
    size_t blocks = (size_t)w->l->imm[0];
    status st = alloc(w, 0, (size_t)reg_length(&w->p->reg[w->l->out[0]]));
    if (st) return st;
    size_t at = 0;
    for (size_t b = 0; b < blocks; b++) {
        for (uint32_t k = 0; k < w->l->ins; k++) {
            size_t part = w->in[k].len / blocks;
            memcpy(words_of(w, &w->out[0], at), words_of(w, &w->in[k], b * part),
                   part * item_size(w->p->extra));
            at += part;
        }
    }
    return OK;
}

/* --- matrix product */

/* Row `a` times a column that starts at b and whose items are `stride` apart. */
static num inner_product(const num *a, const num *b, size_t len, size_t stride, bool *fits)
{
    num sum = 0;
    for (size_t k = 0; k < len; k++) {
        sum = num_add(sum, num_mul(a[k], b[k * stride]));
        *fits &= num_fits(sum);
    }
    return sum;
}

static bool wide_inner_product(const work *w, uint64_t *out, size_t row, size_t column, size_t d,
                               size_t m)
{
    uint64_t sum[WIDE_LIMBS], product[WIDE_LIMBS];
    bool fits = true;
    limbs_set(sum, 0, w->words);
    for (size_t k = 0; k < d; k++) {
        const uint64_t *a = words_of(w, &w->in[0], row * d + k);
        const uint64_t *b = words_of(w, &w->in[1], k * m + column);
        if (w->modulus) {
            limbs_mul_mod(product, a, b, w->modulus, w->words);
            limbs_add_mod(sum, sum, product, w->modulus, w->words);
        } else {
            fits &= limbs_mul(product, a, b, w->words);
            fits &= limbs_add(sum, sum, product, w->words);
        }
    }
    memcpy(out, sum, w->words * sizeof *out);
    return fits;
}

static status eval_matmul(const work *w)
{
    size_t n = (size_t)w->l->imm[0], d = (size_t)w->l->imm[1], m = (size_t)w->l->imm[2];
    status st = alloc(w, 0, n * m);
    if (st) return st;
    bool fits = true;
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j < m; j++) {
            if (is_wide(w))
                fits &= wide_inner_product(w, words_of(w, &w->out[0], i * m + j), i, j, d, m);
            else
                w->out[0].v[i * m + j] =
                    inner_product(w->in[0].v + i * d, w->in[1].v + j, d, m, &fits);
        }
    return fits ? OK : outgrown(w);
}

/* --- all of them */

static status eval(const work *w)
{
    switch (w->op) {
    case OP_CONST: return eval_const(w);
    case OP_IOTA: return eval_iota(w);
    case OP_VIEW: return eval_view(w);
    case OP_CAT: return eval_cat(w);
    case OP_AT: return eval_at(w);
    case OP_LENGTH: return eval_length(w);
    case OP_PAD: return eval_pad(w);
    case OP_SUM:
    case OP_SUMS: return eval_sums(w);
    case OP_MATMUL: return eval_matmul(w);
    case OP_FLOOR: return eval_floor(w);
    case OP_ORDER:
    case OP_RANK:
    case OP_SORT: return eval_order(w);
    case OP_PICK: return eval_pick(w);
    case OP_JOIN: return eval_join(w);
    case OP_MAXIMUM: return eval_maximum(w);
    case OP_INT:
    case OP_ADD:
    case OP_SUB:
    case OP_NOT:
    case OP_MUL:
    case OP_AND:
    case OP_OR:
    case OP_XOR:
    case OP_MASK:
    case OP_SELECT:
    case OP_LT:
    case OP_EQ:
    case OP_DIV:
    case OP_MOD: return eval_items(w);
    case OP_RANDOM:
    case OP_SHUFFLE:
    case OP_INPUT:
    case OP_PART:
    case OP_SHARE:
    case OP_REVEAL:
    case OP_TOLD:
    case OP_LOOP:
    case OP_UNTIL:
    case OP_IF:
    case OP_COUNT: break;
    }
    return fail(w->err, E_BUG, "", "`%s` is not computed in the clear", opcode_rows[w->op].name);
}

status plain_eval(const program *p, opcode op, const lane *l, plain *out, const plain *in,
                  failure *err)
{
    uint64_t modulus[WIDE_LIMBS];
    work w = {.p = p, .l = l, .op = op, .out = out, .in = in, .err = err, .words = 2 + p->extra};
    if (l->outs == 1 && l->out[0] != REG_NONE && p->reg[l->out[0]].modular) {
        program_prime(p, modulus);
        w.modulus = modulus;
    }
    for (uint32_t k = 0; k < l->outs; k++) out[k] = (plain){0};
    status st = eval(&w);
    for (uint32_t k = 0; st && k < l->outs; k++) plain_free(&out[k]);
    return st;
}
