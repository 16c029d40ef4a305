/* Which field a program needs: 2^61 - 1 when every secret and every difference that a comparison forms is
 * within (p - 1) / 2, else 2^127 - 1. Values in the clear have 127 bits always. */
#include "compiler/emit.h"

#include <stdio.h>
#include <string.h>

typedef struct need {
    num most; /* the largest size of anything that must fit */
    place at;
    place at_61; /* the first word whose value leaves the 61-bit field */
    bool over_61;
} need;

static const num holds_61 = ((num)1 << 60) - 1;

static void need_size(need *n, num size, place at)
{
    if (size > n->most) n->most = size, n->at = at;
    if (size > holds_61 && !n->over_61) n->over_61 = true, n->at_61 = at;
}

static void need_range(need *n, num lo, num hi, place at)
{
    need_size(n, hi, at);
    need_size(n, -lo, at);
}

static void need_register(const program *p, need *n, need *clear, uint32_t r, place at)
{
    if (r == REG_NONE) return;
    const reg *t = &p->reg[r];
    need_range(t->tag == TAG_SECRET ? n : clear, t->lo, t->hi, at);
}

/* Comparisons subtract: the difference must fit too. */
static void need_comparison(const program *p, need *n, opcode op, const lane *l)
{
    if (op != OP_LT && op != OP_EQ && op != OP_MAXIMUM) return;
    const reg *a = &p->reg[l->in[0]], *b = op == OP_MAXIMUM ? a : &p->reg[l->in[1]];
    if (a->tag != TAG_SECRET && b->tag != TAG_SECRET) return;
    need_range(n, num_sub(a->lo, b->hi), num_sub(a->hi, b->lo), l->at);
}

static void need_lane(const program *p, need *n, need *clear, opcode op, const lane *l)
{
    for (uint32_t k = 0; k < l->outs; k++) need_register(p, n, clear, l->out[k], l->at);
    need_comparison(p, n, op, l);
}

static void need_block(const program *p, need *n, need *clear, const block *b)
{
    for (uint32_t k = 0; k < b->ins; k++) need_register(p, n, clear, b->in[k], (place){0});
    for (uint32_t i = 0; i < b->len; i++)
        for (uint32_t k = 0; k < b->code[i].lanes; k++)
            need_lane(p, n, clear, (opcode)b->code[i].op, &b->code[i].lane[k]);
}

/* "1.2e19", without the '+' of printf. */
static const char *rounded(num v, char *out, size_t size)
{
    snprintf(out, size, "%.3g", (double)v);
    char *plus = strchr(out, '+');
    if (plus) memmove(plus, plus + 1, strlen(plus));
    return out;
}

/* The second line is what stands under the caret. */
static status refuse(const need *n, num holds, unsigned bits, place *where, failure *err)
{
    char most[24], limit[24];
    const bool fits = num_fits(n->most);
    *where = n->at;
    fail(err, E_PROGRAM, "E0402", "this may outgrow the field");
    fail_add(err, "up to %s%s; the %u-bit field holds %s", fits ? "" : "more than ",
             rounded(fits ? n->most : NUM_MAX, most, sizeof most), bits,
             rounded(holds, limit, sizeof limit));
    if (bits == 61) fail_add(err, "note: --field p61 was asked for");
    fail_add(err, "help: declare a smaller range, scale first (`10 div`)%s",
             bits == 61 ? ", or leave out --field" : ", or `clamp`");
    return E_PROGRAM;
}

status choose_field(program *p, unsigned max_bits, place *where, failure *err)
{
    need secret = {0}, clear = {0};
    for (uint32_t b = 0; b < p->blocks; b++) need_block(p, &secret, &clear, &p->block[b]);
    if (!num_fits(clear.most)) return refuse(&clear, NUM_MAX, 127, where, err);
    if (!num_fits(secret.most)) return refuse(&secret, NUM_MAX, 127, where, err);
    if (secret.over_61 && max_bits == 61) {
        secret.at = secret.at_61;
        return refuse(&secret, holds_61, 61, where, err);
    }
    p->field_bits = secret.over_61 || max_bits == 127 ? 127 : 61;
    if (secret.over_61) p->field_at = secret.at_61;
    return OK;
}
