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

/* ln(1_000_000) 2^40: the result is what a fix is assumed to be within. */
static const int64_t ln_of_assumed = INT64_C(15190314502143);

/* The largest argument of exp that is assumed in a loop. */
static wide assumed_argument(checker *c, int64_t most)
{
    const num limit = ((num)most << c->header.precision) - 1;
    const num usual = ln_of_assumed >> (FUNCTION_PRECISION_MAX - c->header.precision);
    return wide_of_num(usual < limit ? usual : limit);
}

/* Whether the argument of exp is small enough. Where a loop may still assume its ranges, this one is narrowed for
 * now: the loop is checked again on what it assumes, and then this is assumed too. Of numbers that are there nothing
 * is assumed. */
static bool exp_fits(checker *c, cell *x)
{
    const unsigned f = c->header.precision;
    const int64_t most = lower_exp_most(&c->g);
    const type *t = type_of(c, x);
    const unsigned scale = t->kind == KIND_FIX ? f : 0;
    if (wide_less(wide_shift_floor(c->mem, t->hi, scale), wide_of(most))) return true;
    const bool assumes = (c->may_assume || c->assumes) && c->g.node[x->v].op != IR_CONST;
    if (assumes && t->kind == KIND_FIX &&
        wide_less(wide_shift_floor(c->mem, t->lo, f), wide_of(most))) {
        const wide lo = wide_neg(assumed_most(c)), hi = assumed_argument(c, most);
        c->outgrown = c->outgrown || c->may_assume;
        if (c->assumes)
            assume_range(c, x, token_quote(token_said(c), c->mem), lo, hi);
        else
            x->v = ir_clamp_range(&c->g, x->v, lo, hi);
        return true;
    }
    diagnosis *d = error_at(c, "E0402", "this may outgrow every field");
    diagnose_label(d, "with %u fraction bits %s takes less than %d", f,
                   token_quote(token_said(c), c->mem), (int)most);
    diagnose_help(d, "declare a smaller range, or `clamp` first:  -%d %d clamp exp", (int)most - 1,
                  (int)most - 1);
    if (!token_is_std(&c->tok[c->at]))
        diagnose_fix_before(d, &c->tok[c->at], "-%d %d clamp ", (int)most - 1, (int)most - 1);
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
