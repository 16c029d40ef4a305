/* Words that move cells or run quotations once: stack words, call, if and when, show. */
#include <string.h>

#include "compiler/check.h"

enum { SHUFFLE_DUP = 1, SHUFFLE_DROP, SHUFFLE_SWAP, SHUFFLE_OVER, SHUFFLE_NIP };

bool word_shuffle(checker *c, cell *in, int what)
{
    switch (what) {
    case SHUFFLE_DUP:
        in[0].at = c->at; /* both: what is left over is the copy too many */
        push(c, in[0]), push(c, in[0]);
        break;
    case SHUFFLE_SWAP: push(c, in[1]), push(c, in[0]); break;
    case SHUFFLE_OVER: {
        cell copy = in[0];
        push(c, in[0]), push(c, in[1]);
        copy.at = c->at;
        push(c, copy);
        break;
    }
    case SHUFFLE_NIP: push(c, in[1]); break;
    default: break; /* drop */
    }
    return true;
}

/* dip (0) and keep (1). */
bool word_dip(checker *c, cell *in, int keep)
{
    if (keep) push(c, in[0]);
    if (!run_quote(c, &in[1])) return false;
    push(c, in[0]);
    return true;
}

bool word_bi(checker *c, cell *in, int variant)
{
    (void)variant;
    push(c, in[0]);
    if (!run_quote(c, &in[1])) return false;
    push(c, in[0]);
    return run_quote(c, &in[2]);
}

bool word_both(checker *c, cell *in, int variant)
{
    (void)variant;
    push(c, in[0]);
    if (!run_quote(c, &in[2])) return false;
    push(c, in[1]);
    return run_quote(c, &in[2]);
}

bool word_call(checker *c, cell *in, int variant)
{
    (void)variant;
    return run_quote(c, in);
}

bool word_show(checker *c, cell *in, int variant)
{
    (void)variant;
    push(c, *in);
    steps_show(c);
    return true;
}

/* --- if and when */

/* The line rewritten to choose instead of branching, when it all stands on one line. */
static const char *chosen_instead(checker *c, const cell *first, const cell *second)
{
    uint32_t line = c->tok[c->at].line, from = first->open;
    if (!second || c->tok[first->open].line != line) return "condition  1 2 select";
    while (from && c->tok[from - 1].line == line) from--;
    const char *text = "";
    for (uint32_t i = from; i < c->at; i++) {
        bool bracket = i == first->open || i == second->open || i == c->tok[first->open].match ||
                       i == c->tok[second->open].match;
        const char *gap = i == first->open ? " " : *text && !bracket ? " " : "";
        text = arena_printf(c->mem, "%s%s%s", text, gap,
                            bracket ? "" : token_quote(&c->tok[i], c->mem));
    }
    return arena_printf(c->mem, "%s select", text);
}

typedef struct arm {
    cell *stack;
    uint32_t height, low;
    bool *revealed;
} arm;

static bool run_arm(checker *c, const cell *q, bool taken, arm *out);

/* One value, made of nothing that lies below on the stack, and nothing revealed. */
static bool is_choice(checker *c, const cell *q)
{
    const size_t errors = c->found->errors;
    const uint32_t low = c->low, at = c->at, height = c->height;
    arm left;
    c->low = height;
    const bool good = run_arm(c, q, false, &left) && c->found->errors == errors;
    c->low = low, c->at = at;
    return good && left.height == height + 1 && left.low == height &&
           left.stack[height].kind == CELL_VALUE &&
           !memcmp(left.revealed, c->revealed, c->header.outputs);
}

/* `[ 1 ] [ 2 ] if` as `1 2 select`, where that means the same. */
static void fix_choice(checker *c, diagnosis *d, const cell *first, const cell *second)
{
    const token *t = c->tok;
    if (!d || !second || token_is_std(&t[c->at]) || t[first->open].match + 1 != second->open ||
        t[second->open].match + 1 != c->at)
        return;
    if (!is_choice(c, first) || !is_choice(c, second)) return;
    diagnose_fix(d, &t[first->open], &t[c->at], "%s %s select", quoted_text(c, first),
                 quoted_text(c, second));
}

static bool refuse_secret(checker *c, const cell *condition, const cell *second)
{
    const char *name = token_quote(&c->tok[c->at], c->mem);
    diagnosis *d = error_at(c, "E0401", "`%s` cannot branch on a secret", name);
    if (condition->at != c->at) diagnose_second(d, &c->tok[condition->at], "secret");
    diagnose_line(d, LINE_BECAUSE,
                  "both branches would have to look alike from outside, or the choice would leak");
    diagnose_help(d, "compute both and choose:  %s", chosen_instead(c, condition + 1, second));
    fix_choice(c, d, condition + 1, second);
    return false;
}

/* Runs one arm on the stack as it is, keeps what it leaves, and puts the stack back. */
static bool run_arm(checker *c, const cell *q, bool taken, arm *out)
{
    uint32_t height = c->height;
    cell *before = arena_alloc(c->mem, height * sizeof *before);
    c->steps += height / 16; /* a copy is work too */
    bool was_dry = c->dry, *revealed = arena_alloc(c->mem, c->header.outputs + 1), good = true;

    if (height) memcpy(before, c->stack, height * sizeof *before);
    memcpy(revealed, c->revealed, c->header.outputs);
    c->dry = c->dry || !taken;
    if (q) good = run_quote(c, q);
    c->dry = was_dry;
    *out = (arm){arena_alloc(c->mem, c->height * sizeof(cell)), c->height, c->low, c->revealed};
    if (c->height) memcpy(out->stack, c->stack, c->height * sizeof(cell));
    c->revealed = revealed;
    while (c->height < height) push(c, before[c->height]);
    c->height = height;
    if (height) memcpy(c->stack, before, height * sizeof *before);
    return good;
}

static const char *leaves(checker *c, const arm *a, uint32_t from)
{
    const char *text = "";
    for (uint32_t i = from; i < a->height; i++)
        text = arena_printf(c->mem, "%s%s%s", text, i > from ? "  " : "",
                            describe_secret(c, &a->stack[i]));
    return *text ? text : "nothing";
}

static bool same_shape(checker *c, const cell *a, const cell *b)
{
    if (a->kind != b->kind) return false;
    if (a->kind != CELL_VALUE) return true;
    const type *one = type_of(c, a), *other = type_of(c, b);
    if (rank_of(c, a) != rank_of(c, b) || (one->kind == KIND_KEY) != (other->kind == KIND_KEY))
        return false;
    for (unsigned k = 0; k < rank_of(c, a); k++)
        if (!same_dim(c, dim_of(c, a, k), dim_of(c, b, k))) return false;
    return true;
}

static bool arms_agree(checker *c, const arm *a, const arm *b)
{
    uint32_t from = a->low < b->low ? a->low : b->low;
    bool same = a->height == b->height;
    for (uint32_t i = from; same && i < a->height; i++)
        same = same_shape(c, &a->stack[i], &b->stack[i]);
    if (!same) {
        const char *name = token_quote(&c->tok[c->at], c->mem);
        diagnosis *d = error_at(c, "E0204", "the two branches of `%s` leave different things", name);
        diagnose_line(d, LINE_PLAIN, "first leaves   %s", leaves(c, a, from));
        diagnose_line(d, LINE_PLAIN, "second leaves  %s", leaves(c, b, from));
        return false;
    }
    if (!memcmp(a->revealed, b->revealed, c->header.outputs)) return true;
    error_at(c, "E0204", "the two branches reveal different outputs");
    return false;
}

static void take_arm(checker *c, const arm *a)
{
    c->height = 0;
    for (uint32_t i = 0; i < a->height; i++) push(c, a->stack[i]);
    c->revealed = a->revealed;
}

/* if (0) and when (1). A known condition takes its arm; both are checked. */
bool word_if(checker *c, cell *in, int when)
{
    const type *t = type_of(c, in);
    uint32_t low = c->low, at = c->at;
    wide yes = wide_of(1);
    arm first, second;

    if (t->vis == VIS_SECRET) return refuse_secret(c, in, when ? NULL : &in[2]);
    if (!want_bool(c, in)) return false;
    if (t->rank) {
        error_at(c, "E0306", "`%s` wants one condition, not %s",
                 token_quote(&c->tok[c->at], c->mem), describe(c, in));
        return false;
    }
    if (t->vis == VIS_PUBLIC) return not_built(c, "`if` on a public value");
    ir_known(&c->g, in->v, &yes);
    c->low = c->height;
    if (!run_arm(c, &in[1], wide_sign(yes) != 0, &first)) return false;
    c->low = c->height;
    if (!run_arm(c, when ? NULL : &in[2], wide_sign(yes) == 0, &second)) return false;
    c->at = at;
    if (!arms_agree(c, &first, &second)) return false;
    take_arm(c, wide_sign(yes) ? &first : &second);
    uint32_t lowest = first.low < second.low ? first.low : second.low;
    c->low = lowest < low ? lowest : low;
    return true;
}
