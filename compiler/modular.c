/* Arithmetic modulo a prime, as the checker sees it: which prime the program's field has, and which values may
 * outgrow every field because nothing but a `mod` by that prime will be left of them. */
#include "compiler/check.h"
#include "compiler/residue.h"

#include <string.h>

/* A value that no field holds, and the word that left it: by then it is not known what will be done with it. */
typedef struct growth {
    ir_id first, v; /* the word made the values from `first` on, and left v */
    uint32_t at, std_use, call_site;
} growth;

/* --- the prime */

enum { SMALL_BITS = 61 }; /* below 2^61 `mod` divides */

static bool is_large_prime(wide k)
{
    uint64_t words[WIDE_LIMBS];
    if (wide_bits(k) <= SMALL_BITS) return false;
    wide_put(words, WIDE_LIMBS, k);
    return prime_is(words, WIDE_LIMBS);
}

void modulus_asked(checker *c)
{
    const field_request *asked = &c->req->field;
    uint64_t words[WIDE_LIMBS] = {0};
    if (asked->bits <= SMALL_BITS || asked->bits > WIDE_BITS) return;
    if (asked->prime)
        memcpy(words, asked->prime, prime_limbs(asked->bits) * sizeof *words);
    else
        prime_mersenne(asked->bits, words);
    c->g.modulus = wide_get(c->mem, words, WIDE_LIMBS);
}

static bool refuse_second_prime(checker *c, const cell *by)
{
    const place at = c->g.modulus_at;
    char text[WIDE_TEXT];
    diagnosis *d = error_at(c, "E0308", "`%s` names another prime than line %u",
                            token_quote(&c->tok[c->at], c->mem), at.line);
    diagnose_label(d, "the field of a program has one prime");
    if (by->at != c->at) diagnose_second(d, &c->tok[by->at], "not the prime of line %u", at.line);
    diagnose_help(d,
                  "take it modulo the same, or ask for a larger field (--field), where `mod` is a "
                  "division");
    replace_operand(c, d, by, wide_print(c->g.modulus, text));
    return false;
}

bool modulus_fits(checker *c, const cell *x, const cell *by, wide k)
{
    const bool secret = type_of(c, x)->vis == VIS_SECRET;
    if (wide_equal(k, c->g.modulus)) return true;
    const bool prime = secret && !c->g.field.bits && is_large_prime(k);
    if (prime && !wide_sign(c->g.modulus))
        c->g.modulus = wide_copy(c->mem, k), c->g.modulus_at = c->g.at;
    if (wide_equal(k, c->g.modulus) || c->g.symbolic) return true;
    if (is_grown(c, x)) return refuse_grown(c, x->v);
    if (prime && hoist_owner(&c->g, &c->own, x->v) == NO_OWNER) return refuse_second_prime(c, by);
    return true;
}

/* --- values that outgrow every field */

static bool outgrew(const type *t)
{
    return !wide_fits(t->lo) || !wide_fits(t->hi);
}

bool is_grown(const checker *c, const cell *x)
{
    return x->kind == CELL_VALUE && outgrew(type_of(c, x));
}

/* An int, of sums and products alone: modulo a prime it is as good. */
bool may_be_reduced(const checker *c, ir_id first, ir_id v)
{
    const type *t = ir_type(&c->g, v);
    bool good = t->kind == KIND_INT && t->vis != VIS_KNOWN;
    for (ir_id n = first; good && n < c->g.nodes; n++) {
        const ir_node *made = &c->g.node[n];
        if (!outgrew(&made->type)) continue;
        good = made->type.kind == KIND_INT && residue_keeps((ir_op)made->op);
    }
    return good;
}

void note_growth(checker *c, ir_id first, ir_id v)
{
    const uint32_t n = c->growths;
    if (!(n & (n - 1)))
        c->growth = arena_grow(c->mem, c->growth, n * sizeof *c->growth,
                               (n ? 2 * n : 1) * sizeof *c->growth);
    c->growth[c->growths++] = (growth){first, v, c->at, c->std_use, c->call_site};
}

/* Of what v is made of, a value that outgrew though nothing that it is made of did. */
static ir_id first_grown(const ir *g, ir_id v)
{
    const ir_node *n = &g->node[v];
    for (uint32_t k = 0; k < n->ins; k++) {
        if (!outgrew(ir_type(g, n->in[k]))) continue;
        v = n->in[k], n = &g->node[v], k = UINT32_MAX; /* from its first operand */
    }
    return v;
}

bool refuse_grown(checker *c, ir_id v)
{
    const token *use = token_said(c);
    const uint32_t at = c->at, std_use = c->std_use, call_site = c->call_site;
    const ir_id origin = first_grown(&c->g, v);
    for (uint32_t k = 0; k < c->growths; k++) {
        const growth *w = &c->growth[k];
        if (origin < w->first || origin > w->v) continue;
        c->at = w->at, c->std_use = w->std_use, c->call_site = w->call_site, v = w->v;
        break;
    }
    diagnosis *d = refuse_outgrown(c, v);
    if (wide_sign(c->g.modulus))
        diagnose_line(d, LINE_NOTE,
                      "`%s` at line %u needs the number, not what it is modulo the prime",
                      token_quote(use, c->mem), use->line);
    c->at = at, c->std_use = std_use, c->call_site = call_site;
    return false;
}

bool takes_grown(const word *w)
{
    static const char *const moving[] = {"stack", "shape", "control", "combine", "debug"};
    static word_handler *const computing[] = {word_arithmetic, word_power,   word_mod,
                                              word_total,      word_product, word_dot};
    for (size_t k = 0; k < sizeof moving / sizeof *moving; k++)
        if (!strcmp(w->doc.group, moving[k])) return true;
    for (size_t k = 0; k < sizeof computing / sizeof *computing; k++)
        if (w->run == computing[k]) return true;
    if (w->run == word_unary) return w->variant == 'n' || w->variant == 's';
    if (w->run == word_reduce) return w->variant == IR_SUM || w->variant == IR_SUMS;
    return w->run == word_select || w->run == word_mask;
}
