/* Noise added to data; see mechanism.h. */
#include "compiler/mechanism.h"

#include <string.h>

enum { STEPS_MAX = 10000 }; /* of comparing two values: beyond, they count as different */

static uint64_t items(const ir *g, ir_id v)
{
    uint64_t n = 1;
    type_length(ir_type(g, v), &n);
    return n;
}

/* How often a view shows each item of its operand. */
static uint64_t repeats(const ir_node *view)
{
    uint64_t times = 1;
    for (uint32_t k = 1; k + 1 < view->imms; k += 2)
        if (view->imm[k + 1] == 0 && view->imm[k] > 0) times *= (uint64_t)view->imm[k];
    return times;
}

bool is_same_numbers(const ir *g, const ir_node *v)
{
    wide scale;
    switch (v->op) {
    case IR_RETAG: return true;
    case IR_VIEW: return repeats(v) == 1;
    case IR_MUL:
        return ir_known(g, v->in[1], &scale) && wide_num(scale) == (num)1 << g->header->precision;
    default: return false;
    }
}

mechanism_set mechanism_note(mechanisms *m, ir_id data, ir_id noise, ir_id added, ir_id result,
                             input_set from)
{
    if (m->len == MECHANISMS_MAX || items(m->g, added) != items(m->g, result)) return 0;
    uint64_t len = items(m->g, data), copies = len ? items(m->g, result) / len : 1;
    while (m->g->node[data].op == IR_VIEW || is_same_numbers(m->g, &m->g->node[data])) {
        if (m->g->node[data].op == IR_VIEW) copies *= repeats(&m->g->node[data]);
        data = m->g->node[data].in[0];
    }
    m->at[m->len] = (mechanism){data, noise, from, copies};
    return (mechanism_set)1 << m->len++;
}

static bool is_in(mechanism_set set, unsigned k)
{
    return set >> k & 1;
}

/* NULL for 0. */
static const char *decimal(const mechanisms *m, num x)
{
    char text[80];
    return x ? arena_printf(m->g->mem, "%s", num_print_fix(x, m->g->header->precision, text)) : NULL;
}

budget mechanism_budget(const mechanisms *m, unsigned k)
{
    const ir_noise *n = m->g->node[m->at[k].noise].noise;
    return (budget){.distribution = n->distribution == NOISE_LAPLACE ? "laplace" : "gaussian",
                    .sensitivity = decimal(m, n->sensitivity),
                    .epsilon = decimal(m, n->epsilon),
                    .delta = decimal(m, n->delta),
                    .sigma = decimal(m, n->sigma)};
}

budget mechanisms_budget(const mechanisms *m, mechanism_set set)
{
    num epsilon = 0, delta = 0, sigma = 0;
    for (unsigned k = 0; k < m->len; k++) {
        if (!is_in(set, k)) continue;
        const ir_noise *n = m->g->node[m->at[k].noise].noise;
        epsilon = num_add(epsilon, num_mul(n->epsilon, (num)m->at[k].copies));
        delta = num_add(delta, num_mul(n->delta, (num)m->at[k].copies));
        if (!n->epsilon && (!sigma || n->sigma < sigma)) sigma = n->sigma;
    }
    return (budget){
        .epsilon = decimal(m, epsilon), .delta = decimal(m, delta), .sigma = decimal(m, sigma)};
}

const char *budget_in_words(const mechanisms *m, const budget *b)
{
    const struct part {
        const char *name, *value;
    } part[] = {{"epsilon", b->epsilon}, {"delta", b->delta}, {"sigma", b->sigma}};
    const char *words = "";
    for (size_t k = 0; k < sizeof part / sizeof *part; k++)
        if (part[k].value)
            words = arena_printf(m->g->mem, "%s%s%s %s", words, *words ? ", " : "", part[k].name,
                                 part[k].value);
    return words;
}

static bool is_drawn(uint8_t op)
{
    return op == IR_RANDOM || op == IR_SHUFFLE || op == IR_ARG || op == IR_LOOP || op == IR_UNTIL ||
           op == IR_IF || op == IR_TOLD || op == IR_REVEAL;
}

static bool same_items(const ir_node *x, const ir_node *y, uint64_t len)
{
    for (uint64_t k = 0; k < len; k++)
        if (!wide_equal(x->konst[k], y->konst[k])) return false;
    return true;
}

/* Whether two values are the same by how they are computed. */
static bool same_value(const ir *g, ir_id a, ir_id b, unsigned *steps)
{
    const ir_node *x = &g->node[a], *y = &g->node[b];
    if (a == b) return true;
    if (*steps == 0 || x->op != y->op || is_drawn(x->op) || x->ins != y->ins ||
        x->imms != y->imms || x->type.kind != y->type.kind || items(g, a) != items(g, b))
        return false;
    --*steps;
    if (x->imms && memcmp(x->imm, y->imm, x->imms * sizeof *x->imm)) return false;
    if (x->op == IR_CONST) return same_items(x, y, items(g, a));
    for (uint32_t k = 0; k < x->ins; k++)
        if (!same_value(g, x->in[k], y->in[k], steps)) return false;
    return true;
}

bool mechanisms_repeat(const mechanisms *m, mechanism_set a, mechanism_set b)
{
    for (unsigned i = 0; i < m->len; i++) {
        for (unsigned j = 0; j < m->len; j++) {
            unsigned steps = STEPS_MAX;
            if (is_in(a, i) && is_in(b, j) && m->at[i].noise != m->at[j].noise &&
                same_value(m->g, m->at[i].data, m->at[j].data, &steps))
                return true;
        }
    }
    return false;
}

mechanism_set mechanisms_of(const mechanisms *m, mechanism_set set, unsigned input)
{
    mechanism_set found = 0;
    for (unsigned k = 0; k < m->len; k++)
        if (is_in(set, k) && m->at[k].from >> input & 1) found |= (mechanism_set)1 << k;
    return found;
}
