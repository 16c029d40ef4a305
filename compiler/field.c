/* Which field a program needs: the smallest of 2^61 - 1, 2^127 - 1 and the chosen primes up to 1024 bits in
 * which every secret and every difference that a comparison forms is within (p - 1) / 2; or the one asked for, by
 * --field or by a `mod` that names its prime. What is computed modulo that prime fits it anyway. Above 127 bits,
 * what is compared or floored also leaves room for the mask that hides it. */
#include "compiler/emit.h"

#include <stdio.h>
#include <string.h>

/* The largest sizes that must fit, and the words that they come from. */
typedef struct need {
    arena *mem;
    wide most;    /* of any secret */
    wide decided; /* of what is compared or floored, in so many bits at most */
    unsigned decided_bits;
    wide clear; /* of any value at all */
    place most_at, decided_at, clear_at;
    place over[2];         /* the first word whose value leaves the fields of 61 and 127 bits */
    const lane *unordered; /* the first that compares or floors what is computed modulo the prime */
    opcode unordered_op;
} need;

static const unsigned mersenne[] = {61, 127};

/* The bits of the largest size that a field holds with a sign: (p - 1) / 2, where p is 2^k - 1 or any prime. */
static unsigned held_bits(unsigned field_bits, bool any_prime)
{
    return field_bits - (any_prime ? 2 : 1);
}

static void need_secret(need *n, wide size, place at)
{
    for (unsigned k = 0; k < 2; k++)
        if (!n->over[k].line && wide_bits(size) > held_bits(mersenne[k], false)) n->over[k] = at;
    if (wide_less(n->most, size)) n->most = size, n->most_at = at;
}

static void need_decided(need *n, wide size, unsigned bits, place at)
{
    if (bits > n->decided_bits) n->decided = size, n->decided_bits = bits, n->decided_at = at;
}

static wide size_of(wide lo, wide hi)
{
    return wide_most(hi, wide_neg(lo));
}

static void need_register(const program *p, need *n, uint32_t r, place at)
{
    if (r == REG_NONE) return;
    const reg *t = &p->reg[r];
    const wide size = size_of(t->lo, t->hi);
    if (t->tag == TAG_SECRET && !t->modular) need_secret(n, size, at);
    if (wide_less(n->clear, size)) n->clear = size, n->clear_at = at;
}

/* Comparisons subtract: the difference must fit too. */
static void need_decision(const program *p, need *n, opcode op, const lane *l)
{
    bool pair = op == OP_LT || op == OP_EQ;
    if (!pair && op != OP_MAXIMUM && op != OP_FLOOR && !opcode_sorts(op)) return;
    const reg *a = &p->reg[l->in[0]], *b = pair ? &p->reg[l->in[1]] : a;
    reg both = *a;
    if (op == OP_JOIN) {
        const reg *in = &p->reg[l->in[1]];
        if (in->tag == TAG_SECRET || p->reg[l->in[2]].tag == TAG_SECRET) both.tag = TAG_SECRET;
        both.lo = wide_least(a->lo, in->lo), both.hi = wide_most(a->hi, in->hi);
        a = b = &both;
    }
    if (a->tag != TAG_SECRET && b->tag != TAG_SECRET) return;
    if (a->modular || b->modular) {
        if (!n->unordered) n->unordered = l, n->unordered_op = op;
        return;
    }
    wide size = op == OP_FLOOR
                    ? size_of(a->lo, a->hi)
                    : size_of(wide_sub(n->mem, a->lo, b->hi), wide_sub(n->mem, a->hi, b->lo));
    need_secret(n, size, l->at);
    need_decided(n, size, decided_bits(p, op, l), l->at);
}

static void need_block(const program *p, need *n, const block *b)
{
    for (uint32_t k = 0; k < b->ins; k++) need_register(p, n, b->in[k], (place){0});
    for (uint32_t i = 0; i < b->len; i++)
        for (uint32_t k = 0; k < b->code[i].lanes; k++) {
            const lane *l = &b->code[i].lane[k];
            for (uint32_t o = 0; o < l->outs; o++) need_register(p, n, l->out[o], l->at);
            need_decision(p, n, (opcode)b->code[i].op, l);
        }
}

/* "1.2e19", without the '+' of printf. */
static const char *rounded(wide v, char *out, size_t size)
{
    if (!wide_fits(v)) return "more than 9e307";
    snprintf(out, size, "%.3g", wide_double(v));
    char *plus = strchr(out, '+');
    if (plus) memmove(plus, plus + 1, strlen(plus));
    return out;
}

/* The second line is what stands under the caret. `asked` says why it is this field, in a note; NULL: it is the
 * largest. */
static status refuse(const need *n, wide most, unsigned holds, const char *asked, failure *err)
{
    char size[24], limit[24];
    fail(err, E_PROGRAM, "E0402", "this may outgrow %s", asked ? "the field" : "every field");
    fail_add(err, "up to %s; the %s holds %s", rounded(most, size, sizeof size),
             asked ? "field" : "largest field",
             rounded(wide_power_of_two(n->mem, holds), limit, sizeof limit));
    if (asked) fail_add(err, "%s", asked);
    return E_PROGRAM;
}

/* 0 when a field of so many bits holds everything; else the bits that it holds of the value at *where, which is
 * up to *most. */
static unsigned missing(const need *n, unsigned bits, bool any_prime, wide *most, place *where)
{
    if (wide_bits(n->most) > held_bits(bits, any_prime)) {
        *most = n->most, *where = n->most_at;
        return held_bits(bits, any_prime);
    }
    if (any_prime && n->decided_bits && n->decided_bits + SLACK_ROOM > bits) {
        *most = n->decided, *where = n->decided_at;
        return bits > SLACK_ROOM ? bits - SLACK_ROOM : 1;
    }
    return 0;
}

static void set_field(program *p, unsigned bits, const uint64_t *prime)
{
    p->field_bits = (uint16_t)bits;
    if (!prime) return;
    const size_t size = prime_limbs(bits) * sizeof *prime;
    p->prime = memcpy(arena_alloc(&p->mem, size), prime, size);
}

static status take_asked(program *p, const need *n, const field_request *asked, place *where,
                         failure *err)
{
    char name[PRIME_TEXT + 8] = "gmp:", note[sizeof name + 40];
    wide most;
    unsigned holds = missing(n, asked->bits, asked->prime != NULL, &most, where);
    set_field(p, asked->bits, asked->prime);
    if (!holds) return OK;
    if (asked->prime)
        prime_print(asked->prime, prime_limbs(asked->bits), name + strlen(name));
    else
        snprintf(name, sizeof name, "p%u", asked->bits);
    if (!asked->prime) *where = n->over[asked->bits > mersenne[0]];
    snprintf(note, sizeof note, "note: --field %s was asked for", name);
    refuse(n, most, holds, note, err);
    fail_add(err, "help: declare a smaller range, scale first (`10 div`), or leave out --field");
    return E_PROGRAM;
}

static status take_smallest(program *p, const need *n, place *where, failure *err)
{
    uint64_t prime[PRIME_LIMBS];
    wide most;
    for (unsigned k = 0; k < 2; k++) {
        set_field(p, mersenne[k], NULL);
        if (!missing(n, mersenne[k], false, &most, where)) return OK;
        p->field_at = n->over[k];
    }
    for (unsigned bits = 0; (bits = prime_chosen(bits + 1, prime));) {
        if (missing(n, bits, true, &most, where)) continue;
        set_field(p, bits, prime);
        return OK;
    }
    refuse(n, most, missing(n, PRIME_BITS, true, &most, where), NULL, err);
    fail_add(err, "help: declare a smaller range, scale first (`10 div`), or `clamp`");
    return E_PROGRAM;
}

/* --- the field of the prime that a `mod` names */

static bool is_mersenne(const ir *g)
{
    const wide ones = wide_sub(g->mem, wide_power_of_two(g->mem, mersenne[1]), wide_of(1));
    return wide_equal(g->modulus, ones);
}

wide field_half(ir *g)
{
    const unsigned bits = held_bits(wide_bits(g->modulus), !is_mersenne(g));
    return wide_sub(g->mem, wide_power_of_two(g->mem, bits), wide_of(1));
}

static field_request named_field(const ir *g, uint64_t prime[WIDE_LIMBS])
{
    field_request named = {.bits = wide_bits(g->modulus), .prime = prime};
    wide_put(prime, WIDE_LIMBS, g->modulus);
    if (is_mersenne(g)) named.prime = NULL;
    return named;
}

static status take_named(ir *g, program *p, const need *n, failure *err)
{
    uint64_t prime[WIDE_LIMBS];
    const field_request named = named_field(g, prime);
    char note[80], text[WIDE_TEXT];
    wide most;
    const unsigned holds = missing(n, named.bits, named.prime != NULL, &most, &g->at);
    set_field(p, named.bits, named.prime);
    p->field_at = g->modulus_at;
    if (!holds) return OK;
    snprintf(note, sizeof note, "note: the field is that of the prime which line %u computes modulo",
             g->modulus_at.line);
    refuse(n, most, holds, note, err);
    fail_add(err, "help: take it modulo the prime at once:  %s mod", wide_print(g->modulus, text));
    return E_PROGRAM;
}

/* Whatever the field: modulo a prime there is no order, and no floor that a mask could hide. */
static status refuse_unordered(ir *g, const need *n, failure *err)
{
    const char *done = n->unordered_op == OP_FLOOR ? "divided or rounded" : "compared";
    char size[24];
    g->at = n->unordered->at;
    fail(err, E_PROGRAM, "E0307", "what is computed modulo the field's prime cannot be %s", done);
    fail_add(err, "one of the two is in 0..%s, all that the field has",
             rounded(wide_sub(g->mem, g->modulus, wide_of(1)), size, sizeof size));
    fail_add(err,
             "help: `reveal` it first, and go on with what all know; or ask for a larger field "
             "(--field), where `mod` is a division");
    return E_PROGRAM;
}

status choose_field(ir *g, program *p, failure *err)
{
    need n = {.mem = &p->mem};
    for (uint32_t b = 0; b < p->blocks; b++) need_block(p, &n, &p->block[b]);
    if (n.unordered) return refuse_unordered(g, &n, err);
    if (!wide_fits(n.clear)) {
        g->at = n.clear_at;
        refuse(&n, n.clear, WIDE_BITS, NULL, err);
        fail_add(err, "help: declare a smaller range, scale first (`10 div`), or `clamp`");
        return E_PROGRAM;
    }
    if (!g->field.bits && wide_sign(g->modulus)) return take_named(g, p, &n, err);
    if (!g->field.bits) return take_smallest(p, &n, &g->at, err);
    status st = take_asked(p, &n, &g->field, &g->at, err);
    if (!st && g->field.bits > mersenne[0]) p->field_at = n.over[0];
    return st;
}
