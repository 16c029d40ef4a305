/* Elementwise words: numbers, comparisons, logic and choice. Each joins kinds, pairs shapes and leaves one
 * value. */
#include "compiler/check.h"

static bool want_numbers(checker *c, const cell *x, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (!want_number(c, &x[i])) return false;
    return true;
}

/* Numbers of one kind whose shapes pair. */
static bool alike(checker *c, cell *x, size_t n, unsigned *lift)
{
    if (!want_numbers(c, x, n) || !pair_shapes(c, x, n, lift)) return false;
    join_kinds(c, x, n);
    return true;
}

bool word_arithmetic(checker *c, cell *in, int op)
{
    unsigned lift;
    if (op != IR_MUL)
        return alike(c, in, 2, &lift) &&
               leave(c, ir_binary(&c->g, (ir_op)op, in[0].v, in[1].v), lift);
    return want_numbers(c, in, 2) && pair_shapes(c, in, 2, &lift) &&
           leave(c, lower_multiply(&c->g, in[0].v, in[1].v), lift);
}

bool word_divide(checker *c, cell *in, int variant)
{
    unsigned lift;
    wide by;
    (void)variant;
    if (ir_known(&c->g, in[1].v, &by) && !wide_sign(by) && !token_is_std(&c->tok[c->at])) {
        diagnosis *d = error_at(c, "E0404", "division by a known 0");
        diagnose_second(d, &c->tok[in[1].at], "always 0");
        return false;
    }
    return want_numbers(c, in, 2) && pair_shapes(c, in, 2, &lift) &&
           leave(c, lower_divide(&c->g, in[0].v, in[1].v), lift);
}

static bool refuse_divisor(checker *c, const cell *by)
{
    diagnosis *d = error_at(c, "E0304", "`div` wants a divisor that is known before the run");
    diagnose_label(d, "this is secret");
    if (by->at != c->at) diagnose_second(d, &c->tok[by->at], "%s", describe_secret(c, by));
    diagnose_help(d, "a secret divides with `/`, which gives fix:  / floor");
    diagnose_fix(d, &c->tok[c->at], &c->tok[c->at], "/ floor");
    return false;
}

static bool want_int(checker *c, const cell *x, const char *help, const char *more)
{
    if (!want_number(c, x)) return false;
    if (type_of(c, x)->kind != KIND_FIX) return true;
    diagnosis *d = error_at(c, "E0301", "`%s` works on whole numbers, not on %s",
                            token_quote(&c->tok[c->at], c->mem), describe(c, x));
    diagnose_help(d, "%s", help);
    if (more)
        fix_operand(c, d, x, more);
    else
        diagnose_fix(d, &c->tok[c->at], &c->tok[c->at], "/");
    return false;
}

/* A known divisor; of a letter any does for the type. */
static bool want_divisor(checker *c, const cell *x, wide *k)
{
    bool letter;
    if (!want_whole(c, x, "a number", k, &letter)) return false;
    if (letter) *k = wide_of(1);
    if (wide_sign(*k)) return true;
    error_at(c, "E0404", "division by a known 0");
    return false;
}

bool word_div(checker *c, cell *in, int variant)
{
    wide k;
    (void)variant;
    if (!want_int(c, &in[0], "`/` divides fix", NULL)) return false;
    if (type_of(c, &in[1])->vis == VIS_SECRET) return refuse_divisor(c, &in[1]);
    if (!want_divisor(c, &in[1], &k)) return false;
    convert(c, &in[0], KIND_INT);
    return leave(c, lower_div(&c->g, in[0].v, k), in[0].lift);
}

/* mod (0) and power-mod (1). */
bool word_mod(checker *c, cell *in, int power)
{
    wide k, e = wide_of(1);
    bool letter = false;
    const cell *by = &in[1 + power];
    if (!want_int(c, &in[0], "round it down first:  floor", "floor") ||
        (power && !want_whole(c, &in[1], "an exponent", &e, &letter)) || !want_divisor(c, by, &k))
        return false;
    convert(c, &in[0], KIND_INT);
    if (!modulus_fits(c, &in[0], by, k)) return false;
    if (letter) e = wide_of(1);
    ir_id v = power ? lower_power_mod(&c->g, in[0].v, e, k) : lower_mod(&c->g, in[0].v, k);
    return leave(c, v, in[0].lift);
}

static ir_id negative(checker *c, ir_id a)
{
    kind k = (kind)ir_type(&c->g, a)->kind;
    return ir_binary(&c->g, IR_SUB, ir_number(&c->g, k, wide_of(0)), a);
}

bool word_unary(checker *c, cell *in, int what)
{
    if (!want_number(c, in)) return false;
    convert(c, in, KIND_INT);
    ir_id v = what == 'n'   ? negative(c, in->v)
              : what == 'a' ? lower_abs(&c->g, in->v)
              : what == 's' ? lower_multiply(&c->g, in->v, in->v)
                            : lower_sqrt(&c->g, in->v);
    return leave(c, v, in->lift);
}

bool word_extreme(checker *c, cell *in, int largest)
{
    unsigned lift;
    if (!alike(c, in, 2, &lift)) return false;
    return leave(c, (largest ? lower_max : lower_min)(&c->g, in[0].v, in[1].v), lift);
}

bool word_clamp(checker *c, cell *in, int variant)
{
    unsigned lift;
    (void)variant;
    if (!alike(c, in, 3, &lift)) return false;
    return leave(c, lower_min(&c->g, lower_max(&c->g, in[0].v, in[1].v), in[2].v), lift);
}

/* floor (0) and round (1), half up. */
bool word_floor(checker *c, cell *in, int half)
{
    unsigned f = c->header.precision;
    if (!want_number(c, in)) return false;
    if (type_of(c, in)->kind != KIND_FIX) {
        convert(c, in, KIND_INT);
        return leave(c, in->v, in->lift);
    }
    ir_id raw = ir_retag(&c->g, in->v, KIND_INT);
    if (half)
        raw = ir_binary(&c->g, IR_ADD, raw,
                        ir_number(&c->g, KIND_INT, wide_of((int64_t)1 << (f - 1))));
    return leave(c, ir_floor(&c->g, raw, f), in->lift);
}

static ir_id complement(checker *c, ir_id b)
{
    return ir_unary(&c->g, IR_NOT, b);
}

static ir_id compared(checker *c, ir_id a, ir_id b, int what)
{
    switch (what) {
    case '=': return ir_binary(&c->g, IR_EQ, a, b);
    case '!': return complement(c, ir_binary(&c->g, IR_EQ, a, b));
    case '<': return ir_binary(&c->g, IR_LT, a, b);
    case '>': return ir_binary(&c->g, IR_LT, b, a);
    case 'l': return complement(c, ir_binary(&c->g, IR_LT, b, a));
    default: return complement(c, ir_binary(&c->g, IR_LT, a, b));
    }
}

bool word_compare(checker *c, cell *in, int what)
{
    unsigned lift;
    bool equality = what == '=' || what == '!', keys = false;
    if (equality && !are_keys(c, in, 2, &keys)) return false;
    if (keys)
        return pair_shapes(c, in, 2, &lift) && leave(c, compared(c, in[0].v, in[1].v, what), lift);
    if (equality && type_of(c, &in[0])->kind == KIND_BOOL && type_of(c, &in[1])->kind == KIND_BOOL) {
        if (!pair_shapes(c, in, 2, &lift)) return false;
        ir_id differ = ir_binary(&c->g, IR_XOR, in[0].v, in[1].v);
        return leave(c, what == '!' ? differ : complement(c, differ), lift);
    }
    return alike(c, in, 2, &lift) && leave(c, compared(c, in[0].v, in[1].v, what), lift);
}

static bool is_bool(const checker *c, const cell *x)
{
    return type_of(c, x)->kind == KIND_BOOL;
}

/* Whether it had to refuse two numbers in the place of two conditions. */
static bool refuse_numbers(checker *c, const cell *in)
{
    if (is_bool(c, &in[0]) || is_bool(c, &in[1])) return false;
    diagnosis *d =
        error_at(c, "E0301", "`%s` works on bool, not on %s and %s",
                 token_quote(token_said(c), c->mem), describe(c, &in[0]), describe(c, &in[1]));
    if (type_of(c, &in[0])->kind == KIND_KEY || type_of(c, &in[1])->kind == KIND_KEY) return true;
    diagnose_help(d, "compare both first:  [ 0 <> ] both");
    if (!token_is_std(&c->tok[c->at])) diagnose_fix_before(d, &c->tok[c->at], "[ 0 <> ] both ");
    return true;
}

bool word_logic(checker *c, cell *in, int op)
{
    unsigned lift;
    if (op != IR_NOT && refuse_numbers(c, in)) return false;
    if (!want_bool(c, &in[0])) return false;
    if (op == IR_NOT) return leave(c, complement(c, in->v), in->lift);
    return want_bool(c, &in[1]) && pair_shapes(c, in, 2, &lift) &&
           leave(c, ir_binary(&c->g, (ir_op)op, in[0].v, in[1].v), lift);
}

bool word_select(checker *c, cell *in, int variant)
{
    unsigned lift;
    (void)variant;
    kind k;
    if (!want_bool(c, &in[0]) || !pair_shapes(c, in, 3, &lift) || !join_alike(c, &in[1], 2, &k))
        return false;
    return leave(c, ir_select(&c->g, in[0].v, in[1].v, in[2].v), lift);
}

static bool refuse_order(checker *c, const cell *in)
{
    diagnosis *d = error_at(c, "E0301", "`mask` works on bool, not on %s", describe(c, &in[1]));
    if (in[1].at != c->at) diagnose_second(d, &c->tok[in[1].at], "%s", describe(c, &in[1]));
    diagnose_help(d, "the condition stands on top:  swap mask");
    if (!token_is_std(&c->tok[c->at])) diagnose_fix_before(d, &c->tok[c->at], "swap ");
    return false;
}

bool word_mask(checker *c, cell *in, int variant)
{
    unsigned lift;
    (void)variant;
    if (!is_bool(c, &in[1]) && is_bool(c, &in[0])) return refuse_order(c, in);
    return want_number(c, &in[0]) && want_bool(c, &in[1]) && pair_shapes(c, in, 2, &lift) &&
           leave(c, ir_binary(&c->g, IR_MASK, in[0].v, in[1].v), lift);
}
