/* The words exp ln sigmoid tanh power: what they refuse, and the ranges they assume. */
#include "compiler/check.h"

/* More fraction bits than the series have. */
enum { FUNCTION_PRECISION_MAX = 40 };

static bool precision_fits(checker *c)
{
    if (c->header.precision <= FUNCTION_PRECISION_MAX) return true;
    diagnosis *d = error_at(c, "E0402", "`%s` has at most %d fraction bits",
                            token_quote(token_said(c), c->mem), FUNCTION_PRECISION_MAX);
    diagnose_label(d, "here fix has %u", c->header.precision);
    diagnose_help(d, "declare a smaller `precision`");
    return false;
}

/* Whether the argument of exp is small enough. In a loop that assumes fix within plus or minus 1000000 the result
 * is assumed so, and with it the argument: e^13.8155 is the largest below. */
static bool exp_fits(checker *c, cell *x)
{
    const type *t = type_of(c, x);
    const num scale = (num)1 << c->header.precision,
              hi = t->kind == KIND_FIX ? t->hi : num_mul(t->hi, scale);
    if (lower_exp_fits(&c->g, hi)) return true;
    const num most = scale * 138155 / 10000;
    if (c->may_assume && t->lo <= most && t->kind == KIND_FIX && lower_exp_fits(&c->g, most)) {
        c->outgrown = true;
        x->v = ir_clamp_range(&c->g, x->v, t->lo, most);
        return true;
    }
    refuse_outgrown(c, x->v);
    return false;
}

bool word_function(checker *c, cell *in, int what)
{
    if (!want_number(c, in) || !precision_fits(c)) return false;
    convert(c, in, KIND_INT);
    if (what == 'e' && !exp_fits(c, in)) return false;
    ir_id v = what == 'e'   ? lower_exp(&c->g, in->v)
              : what == 'l' ? lower_ln(&c->g, in->v)
              : what == 's' ? lower_sigmoid(&c->g, in->v)
                            : lower_tanh(&c->g, in->v);
    return leave(c, v, in->lift);
}

bool word_power(checker *c, cell *in, int variant)
{
    int64_t k;
    (void)variant;
    if (!want_number(c, in) || !want_size(c, &in[1], &k)) return false;
    convert(c, in, KIND_INT);
    return leave(c, lower_power(&c->g, in->v, k < 0 ? 1 : (uint64_t)k), in->lift); /* a letter: any */
}
