/* Words that draw what nobody knows: shuffle coin uniform laplace gaussian. Each use draws anew; in map and outer each
 * cell does. */
#include <string.h>

#include "compiler/check.h"

/* --- one draw for each cell of the maps around */

/* How many cells; 1 when sizes are not known, for then only the type matters. */
static int64_t cells_here(const checker *c)
{
    int64_t cells = 1;
    for (unsigned k = 0; k < c->lift; k++) cells *= type_of(c, &c->item)->dim[k];
    for (unsigned k = 0; k < c->lift; k++)
        if (type_of(c, &c->item)->dim[k] < 0) return 1;
    return cells;
}

/* v[cells] as one value of each cell. */
static bool leave_by_cell(checker *c, ir_id v)
{
    if (!c->lift) return leave(c, ir_reshape(&c->g, v, 0, NULL), 0);
    return leave(c, ir_reshape(&c->g, v, c->lift, type_of(c, &c->item)->dim), c->lift);
}

bool word_coin(checker *c, cell *in, int variant)
{
    int64_t cells = cells_here(c);
    (void)in, (void)variant;
    return leave_by_cell(c, ir_random(&c->g, 1, &cells));
}

/* --- numbers */

bool word_uniform(checker *c, cell *in, int variant)
{
    int64_t k;
    (void)variant;
    if (!want_size(c, in, &k)) return false;
    if (k == 0) {
        diagnosis *d = error_at(c, "E0407", "`uniform` cannot choose one of 0 values");
        diagnose_help(d, "for 0..5, each as likely:  6 uniform");
        return false;
    }
    return leave_by_cell(c, lower_uniform(&c->g, cells_here(c), k < 0 ? 1 : k)); /* a letter: any */
}

enum { PARAMETER_BITS = 50 };

/* bound: "above 0"; why: what is there instead. */
static bool refuse_parameter(checker *c, const cell *x, const char *name, const char *bound,
                             const char *why)
{
    const token *said = token_said(c);
    diagnosis *d =
        error_at(c, "E0407", "`%s` wants a known %s %s", token_quote(said, c->mem), name, bound);
    if (x->at != c->at) diagnose_second(d, &c->tok[x->at], "%s", why);
    if (!strcmp(name, "delta") && !strcmp(why, "0"))
        diagnose_line(d, LINE_BECAUSE,
                      "a fix is a multiple of 2^-%u here; `precision 30` has smaller ones",
                      c->header.precision);
    else
        diagnose_line(d, LINE_BECAUSE, "what is drawn has the same form whatever the data are");
    diagnose_help(d, "%s",
                  token_is(said, "gaussian")       ? "2.5 gaussian"
                  : token_is(said, "gaussian-for") ? "1 0.5 0.00001 gaussian-for"
                                                   : "1 0.5 laplace");
    return false;
}

/* A known number above 0 as a multiple of 2^-precision; one that `check` does not know counts as 1. */
static bool want_parameter(checker *c, cell *x, const char *name, num *out)
{
    const type *t = type_of(c, x);
    if (t->vis != VIS_KNOWN) return refuse_parameter(c, x, name, "above 0", describe_secret(c, x));
    if (t->rank || t->kind == KIND_BOOL || t->kind == KIND_KEY)
        return refuse_parameter(c, x, name, "above 0", describe(c, x));
    convert(c, x, KIND_FIX);
    wide known;
    bool is_known = ir_known(&c->g, x->v, &known);
    *out = is_known ? wide_num(known) : (num)1 << c->header.precision;
    if (*out <= 0) return refuse_parameter(c, x, name, "above 0", *out ? "negative" : "0");
    if (*out >> PARAMETER_BITS)
        return refuse_parameter(
            c, x, name, arena_printf(c->mem, "below 2^%u", PARAMETER_BITS - c->header.precision),
            "too large");
    return true;
}

/* Leaves noise, and notes it for the leakage report. */
static bool leave_noise(checker *c, ir_id v, ir_noise what)
{
    ir_noise *noted = arena_alloc(c->mem, sizeof *noted);
    if (!leave_by_cell(c, v)) return false;
    *noted = what;
    c->g.node[c->stack[c->height - 1].v].noise = noted;
    return true;
}

bool word_laplace(checker *c, cell *in, int variant)
{
    num sensitivity, epsilon;
    (void)variant;
    if (!want_parameter(c, &in[0], "sensitivity", &sensitivity) ||
        !want_parameter(c, &in[1], "epsilon", &epsilon))
        return false;
    return leave_noise(c, lower_laplace(&c->g, cells_here(c), sensitivity, epsilon),
                       (ir_noise){NOISE_LAPLACE, .sensitivity = sensitivity, .epsilon = epsilon});
}

bool word_gaussian(checker *c, cell *in, int variant)
{
    num sigma;
    (void)variant;
    if (!want_parameter(c, &in[0], "sigma", &sigma)) return false;
    return leave_noise(c, lower_gaussian(&c->g, cells_here(c), sigma),
                       (ir_noise){NOISE_GAUSSIAN, .sigma = sigma});
}

/* The noise of `gaussian-for` (programs/std), whose sigma is made of the rest. */
bool word_budgeted(checker *c, cell *in, int variant)
{
    ir_noise noise = {.distribution = NOISE_GAUSSIAN};
    (void)variant;
    if (!want_parameter(c, &in[1], "sensitivity", &noise.sensitivity) ||
        !want_parameter(c, &in[2], "epsilon", &noise.epsilon) ||
        !want_parameter(c, &in[3], "delta", &noise.delta))
        return false;
    if (noise.delta > (num)1 << c->header.precision)
        return refuse_parameter(c, &in[3], "delta", "of at most 1", "too large");
    if (!want_parameter(c, &in[0], "sigma", &noise.sigma)) return false;
    return leave_noise(c, lower_gaussian(&c->g, cells_here(c), noise.sigma), noise);
}

/* --- shuffle */

bool word_shuffled(checker *c, cell *in, int variant)
{
    int64_t width = 1;
    (void)variant;
    if (!want_vector(c, in) || !want_closed(c, in) || !into_context(c, in)) return false;
    if (dim_of(c, in, 0) == 1) return leave(c, in->v, in->lift); /* it is in order */
    for (unsigned k = 1; k < rank_of(c, in); k++) width *= dim_of(c, in, k);
    return leave(c, ir_shuffle(&c->g, in->v, dim_of(c, in, 0), width), in->lift);
}
