/* Shapes as words see them, kinds and sizes: what many words ask of their operands. */
#include <string.h>

#include "compiler/check.h"

const type *type_of(const checker *c, const cell *x)
{
    return ir_type(&c->g, x->v);
}

unsigned rank_of(const checker *c, const cell *x)
{
    return type_of(c, x)->rank - x->lift;
}

int64_t dim_of(const checker *c, const cell *x, unsigned axis)
{
    return type_of(c, x)->dim[x->lift + axis];
}

/* --- letters */

static bool is_derived(const checker *c, int64_t dim)
{
    return dim < -(int64_t)c->header.params;
}

/* A letter equals itself; a size computed from letters may equal anything and waits for the real sizes. */
bool same_dim(const checker *c, int64_t a, int64_t b)
{
    return a == b || is_derived(c, a) || is_derived(c, b);
}

int64_t derive(checker *c, char op, int64_t a, int64_t b)
{
    if (a >= 0 && b >= 0) {
        num r = op == '+' ? (num)a + b : op == '-' ? (num)a - b : (num)a * b;
        return r < 0 ? 0 : r > INT64_MAX / 4 ? INT64_MAX / 4 : (int64_t)r;
    }
    if ((op == '*' && b == 1) || (op != '*' && b == 0)) return a;
    if (op == '*' && a == 1) return b;
    for (uint32_t i = 0; i < c->deriveds; i++)
        if (c->derived[i].op == op && c->derived[i].a == a && c->derived[i].b == b)
            return c->derived[i].letter;
    uint32_t n = c->deriveds++;
    if (!(n & (n - 1)))
        c->derived = arena_grow(c->mem, c->derived, n * sizeof *c->derived,
                                (n ? 2 * n : 1) * sizeof *c->derived);
    c->derived[n] = (derived){op, a, b, -1 - (int64_t)c->header.params - n};
    return c->derived[n].letter;
}

/* --- words for people */

const char *describe_dim(const checker *c, int64_t dim)
{
    if (dim >= 0) return arena_printf(c->mem, "%lld", (long long)dim);
    return is_derived(c, dim) ? "?" : c->header.param[-1 - dim].name;
}

const char *describe(const checker *c, const cell *x)
{
    static const char *const kinds[] = {"bool", "int", "fix", "key"};
    if (x->kind == CELL_QUOTE) return "a quotation";
    if (x->kind == CELL_POISON) return "?";
    const type *t = type_of(c, x);
    const char *dims = "";
    for (unsigned k = x->lift; k < t->rank; k++)
        dims = arena_printf(c->mem, "%s%s%s%s", dims, k > x->lift ? " " : "",
                            t->open && k + 1u == t->rank ? ".." : "", describe_dim(c, t->dim[k]));
    return *dims ? arena_printf(c->mem, "%s[%s]", kinds[t->kind], dims) : kinds[t->kind];
}

const char *describe_secret(const checker *c, const cell *x)
{
    static const char *const visible_as[] = {"known", "public", "secret"};
    if (x->kind != CELL_VALUE) return describe(c, x);
    return arena_printf(c->mem, "%s %s", visible_as[type_of(c, x)->vis], describe(c, x));
}

/* --- kinds */

void convert(checker *c, cell *x, kind k)
{
    kind from = (kind)type_of(c, x)->kind;
    if (from >= k) return;
    x->v = k == KIND_FIX ? lower_fix(&c->g, x->v) : ir_unary(&c->g, IR_INT, x->v);
}

kind join_kinds(checker *c, cell *x, size_t n)
{
    kind k = KIND_INT;
    for (size_t i = 0; i < n; i++)
        if (type_of(c, &x[i])->kind == KIND_FIX) k = KIND_FIX;
    for (size_t i = 0; i < n; i++) convert(c, &x[i], k);
    return k;
}

static const char *word_text(const checker *c)
{
    return token_quote(token_said(c), c->mem);
}

/* A key beside what is none: a known whole number can be written as the key that it may be meant as. */
static bool refuse_mixture(checker *c, const cell *x, size_t n)
{
    const cell *key = x, *other = x;
    for (size_t i = 0; i < n; i++) *(type_of(c, &x[i])->kind == KIND_KEY ? &key : &other) = &x[i];
    const char *said = word_text(c);
    diagnosis *d = error_at(c, "E0301", "`%s` cannot take %s and %s together",
                            strcmp(said, "{") ? said : "{ }", describe(c, &x[0]),
                            describe(c, key == x ? other : key));
    diagnose_line(d, LINE_BECAUSE, "a key is equal to keys only");
    wide v;
    char digits[WIDE_TEXT];
    if (type_of(c, other)->kind == KIND_INT && ir_known(&c->g, other->v, &v)) {
        diagnose_help(d, "as a key, the number is its digits:  \"%s\"", wide_print(v, digits));
        replace_operand(c, d, other, arena_printf(c->mem, "\"%s\"", digits));
    }
    return false;
}

bool are_keys(checker *c, const cell *x, size_t n, bool *keys)
{
    size_t found = 0;
    for (size_t i = 0; i < n; i++) found += type_of(c, &x[i])->kind == KIND_KEY;
    *keys = found == n;
    return found == 0 || found == n || refuse_mixture(c, x, n);
}

bool join_alike(checker *c, cell *x, size_t n, kind *k)
{
    bool keys, bools = true;
    if (!are_keys(c, x, n, &keys)) return false;
    for (size_t i = 0; i < n; i++) bools = bools && type_of(c, &x[i])->kind == KIND_BOOL;
    *k = keys ? KIND_KEY : bools ? KIND_BOOL : join_kinds(c, x, n);
    return true;
}

/* Of one number, what the summary of several is without the word; else the number as a vector of one. */
static void propose_scalar(checker *c, diagnosis *d, const cell *x)
{
    static const char *const summaries[] = {"sum",  "maximum", "minimum", "total", "product",
                                            "mean", "median",  "any",     "all"};
    const token *t = &c->tok[c->at];
    for (size_t i = 0; i < sizeof summaries / sizeof *summaries; i++) {
        if (!token_is(t, summaries[i])) continue;
        diagnose_help(d, "it is one number already: remove `%s`", summaries[i]);
        diagnose_remove(d, t, t);
        return;
    }
    const char *vector = arena_printf(c->mem, "{ %s }", token_quote(&c->tok[x->at], c->mem));
    if (replace_operand(c, d, x, vector)) diagnose_help(d, "a vector of one:  %s", vector);
}

bool want_vector(checker *c, const cell *x)
{
    if (rank_of(c, x) > 0) return true;
    diagnosis *d =
        error_at(c, "E0306", "`%s` wants a vector, not one %s", word_text(c), describe(c, x));
    if (x->at != c->at) diagnose_second(d, &c->tok[x->at], "one number");
    propose_scalar(c, d, x);
    return false;
}

bool want_bool(checker *c, const cell *x)
{
    if (type_of(c, x)->kind == KIND_BOOL) return true;
    diagnosis *d =
        error_at(c, "E0301", "`%s` works on bool, not on %s", word_text(c), describe(c, x));
    if (x->at != c->at) diagnose_second(d, &c->tok[x->at], "%s", describe(c, x));
    const bool key = type_of(c, x)->kind == KIND_KEY;
    diagnose_help(d, key ? "compare first:  \"acme\" =" : "compare first:  0 <>");
    if (!key) fix_operand(c, d, x, "0 <>");
    return false;
}

/* Words that would put 0 where there is none. */
static bool fills_with_zero(const char *name)
{
    static const char *const words[] = {"mask", "lookup", "align", "at"};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (!strcmp(name, words[i])) return true;
    return false;
}

static bool is_of_group(const char *name, const char *group)
{
    const word *w = word_find(name, strlen(name));
    return w && !strcmp(w->doc.group, group);
}

bool want_number(checker *c, const cell *x)
{
    if (type_of(c, x)->kind != KIND_KEY) return true;
    const char *said = word_text(c);
    diagnosis *d = error_at(c, "E0305", "keys can only be compared for equality");
    if (fills_with_zero(said)) {
        diagnose_line(d, LINE_BECAUSE, "`%s` gives 0 where nothing is meant, and 0 is no key", said);
        if (!strcmp(said, "mask")) {
            diagnose_help(d, "choose another key instead:  b x \"\" select");
            return false;
        }
    } else if (is_of_group(said, "compare") || is_of_group(said, "order")) {
        diagnose_line(d, LINE_BECAUSE, "keys are hashes of your text, so their order means nothing");
    } else {
        diagnose_line(d, LINE_BECAUSE, "keys are hashes of your text, not numbers to compute with");
    }
    diagnose_help(
        d, "compare keys with = <> member match align; declare as int what is to be computed with");
    return false;
}

void propose_floor(checker *c, diagnosis *d, const cell *x)
{
    if (type_of(c, x)->kind != KIND_FIX) return;
    diagnose_help(d, "round it down first:  floor");
    fix_operand(c, d, x, "floor");
}

/* How the program sums up what it has: the word behind this one, where doing that twice is doing it once. */
static const char *following_summary(const checker *c)
{
    static const char *const words[] = {"sum", "maximum", "minimum", "any", "all"};
    const token *next = &c->tok[c->at + 1];
    for (size_t i = 0; next->kind == TOKEN_WORD && i < sizeof words / sizeof *words; i++)
        if (token_is(next, words[i])) return words[i];
    return "sum";
}

/* What to write instead, of what was written; `twice` where the party axis has to go too. */
static void help_summarise(checker *c, diagnosis *d, const cell *x, bool twice)
{
    const token *from = &c->tok[x->at];
    const char *name = token_quote(from, c->mem), *summary = following_summary(c);
    if (token_is_std(from) || !visible(c, symbol_of(c, from)))
        diagnose_help(d,
                      "summarise first, at the owner, with `sum`, `maximum`, `length` or the like");
    else if (type_of(c, x)->kind == KIND_KEY)
        diagnose_help(d, "compare and count first, at the owner:  %s \"acme\" = count", name);
    else
        diagnose_help(d, "summarise first, at the owner:  %s %s%s%s", name, summary,
                      twice ? " " : "", twice ? summary : "");
}

bool want_closed(checker *c, const cell *x)
{
    const type *t = type_of(c, x);
    if (!t->open) return true;
    const party_decl *who = t->owner < c->header.parties ? &c->header.party[t->owner] : NULL;
    const char *owner = who ? who->name : "owner";
    const char *name = token_quote(&c->tok[x->at], c->mem);
    int64_t input = header_input(&c->header, name, strlen(name));
    diagnosis *d = error_at(c, "E0601", "how many rows %s has is known only to %s%s",
                            input < 0 ? "this" : arena_printf(c->mem, "`%s`", name),
                            !who || who->group ? "each " : "", owner);
    const char *said = word_text(c);
    bool pools = t->rank > 1 && (!strcmp(said, "pool") || !strcmp(said, "flat"));
    if (pools)
        diagnose_label(d, "needs the rows of all %ss together", owner);
    else
        diagnose_label(d, "needs a length that all know");
    if (input >= 0) diagnose_second(d, &c->decl->input[input], "private length");
    help_summarise(c, d, x, pools);
    const token *here = &c->tok[c->at];
    const char *summary = following_summary(c);
    if (pools && token_is(here + 1, summary)) diagnose_fix(d, here, here, "%s", summary);
    return false;
}

/* `2.0` as a size is 2. */
static void propose_whole(checker *c, diagnosis *d, const cell *x)
{
    const type *t = type_of(c, x);
    wide v;
    char text[WIDE_TEXT];
    if (t->kind != KIND_FIX || t->rank || !ir_known(&c->g, x->v, &v) || wide_sign(v) < 0) return;
    const char *whole = wide_print_fix(v, c->header.precision, text);
    if (strchr(whole, '.')) return;
    if (replace_operand(c, d, x, whole)) diagnose_help(d, "as an int:  %s", whole);
}

/* Why x is no number that is known before the run. */
typedef enum unknown {
    IS_KNOWN,
    IS_SECRET,
    IS_PUBLIC,
    IS_NO_WHOLE,
    IS_NEGATIVE,
    CHANGES,
    IS_LARGE
} unknown;

/* *v is its value, or what the letter *letter stands for. */
static unknown why_not_known(checker *c, const cell *x, wide *v, int64_t *letter)
{
    const type *t = type_of(c, x);
    const ir_node *n = &c->g.node[x->v];
    *letter = 0;
    if (t->kind == KIND_KEY || t->rank) return IS_NO_WHOLE;
    if (t->vis == VIS_SECRET) return IS_SECRET;
    if (t->vis == VIS_PUBLIC) return IS_PUBLIC;
    if (t->kind != KIND_INT) return IS_NO_WHOLE;
    if (ir_known(&c->g, x->v, v)) return wide_sign(*v) < 0 ? IS_NEGATIVE : IS_KNOWN;
    *letter = n->op == IR_LETTER ? n->imm[0] : derive(c, '?', -1, (int64_t)x->v);
    return c->g.symbolic ? IS_KNOWN : CHANGES;
}

static bool refuse_unknown(checker *c, const cell *x, const char *what, unknown why)
{
    static const char *const wanted[] = {[IS_SECRET] = "that is known before the run",
                                         [IS_PUBLIC] = "that is known before the run",
                                         [CHANGES] = "that is known before the run",
                                         [IS_NO_WHOLE] = "that is one whole number",
                                         [IS_NEGATIVE] = "from 0 up",
                                         [IS_LARGE] = "that memory can hold"};
    static const char *const labels[] = {[IS_SECRET] = "this is secret",
                                         [IS_PUBLIC] = "this is only known while running",
                                         [IS_NEGATIVE] = "this is negative",
                                         [CHANGES] = "this changes from round to round",
                                         [IS_LARGE] = "this is too large"};
    diagnosis *d = error_at(c, "E0304", "`%s` wants %s %s", word_text(c), what, wanted[why]);
    if (why == IS_NO_WHOLE)
        diagnose_label(d, "not %s", describe(c, x));
    else
        diagnose_label(d, "%s", labels[why]);
    if (x->at != c->at) diagnose_second(d, &c->tok[x->at], "%s", describe_secret(c, x));
    if (why <= IS_PUBLIC)
        diagnose_help(d, "known are numbers in the text, params, sizes, `length`, and what is "
                         "computed from them");
    propose_whole(c, d, x);
    return false;
}

bool want_size(checker *c, const cell *x, int64_t *out)
{
    wide v = wide_of(0);
    unknown why = why_not_known(c, x, &v, out);
    if (!why && *out < 0) return true;
    if (!why) *out = wide_int(v);
    if (!why && *out > INT64_MAX / 4) why = IS_LARGE;
    return !why || refuse_unknown(c, x, "a size", why);
}

bool want_whole(checker *c, const cell *x, const char *what, wide *out, bool *letter)
{
    int64_t l;
    const unknown why = why_not_known(c, x, out, &l);
    *letter = l < 0;
    return !why || refuse_unknown(c, x, what, why);
}

bool room_for_axes(checker *c, unsigned rank)
{
    if (rank <= AXES) return true;
    diagnosis *d =
        error_at(c, "E0306", "this would have %u axes; values have at most %d", rank, AXES);
    if (c->lift)
        diagnose_line(d, LINE_BECAUSE,
                      c->lift == 1 ? "one of them is for the items of the `map` around"
                                   : "%u of them are for the items of the `map` around",
                      c->lift);
    diagnose_help(d, "map over fewer axes at a time, or summarise before pairing");
    return false;
}

/* --- shapes that pair */

bool expand_lift(checker *c, cell *x, unsigned lift, const cell *like)
{
    const type *t = type_of(c, x), *l = type_of(c, like);
    int64_t dim[2 * AXES], stride[2 * AXES], step = 1;
    unsigned rank = lift + t->rank - x->lift;

    if (x->lift >= lift) return true;
    if (!room_for_axes(c, rank)) return false;
    for (unsigned k = t->rank, to = rank; k-- > 0;) {
        if (k + 1 == x->lift) to = x->lift;
        to--;
        dim[to] = t->dim[k], stride[to] = step;
        step = ir_stride(step, t->dim[k]);
    }
    for (unsigned k = x->lift; k < lift; k++) dim[k] = l->dim[k], stride[k] = 0;
    x->v = ir_view(&c->g, x->v, rank, dim, 0, stride);
    x->lift = (uint8_t)lift;
    return true;
}

/* A value from outside the `map` around gets that map's axes too. */
bool into_context(checker *c, cell *x)
{
    return expand_lift(c, x, c->lift, &c->item);
}

static const char *counted(const checker *c, const cell *x)
{
    if (!rank_of(c, x)) return "1 number";
    return arena_printf(c->mem, "%s %s", describe_dim(c, dim_of(c, x, 0)),
                        rank_of(c, x) > 1 ? "rows" : "numbers");
}

/* "`m` is 900 in the data of hospital", when the size is one that data gave; else NULL. */
static const char *size_given(const checker *c, int64_t dim)
{
    for (size_t i = 0; i < c->req->sets; i++) {
        const setting *s = &c->req->set[i];
        const int64_t param = header_param(&c->header, s->name, strlen(s->name));
        if (s->owner && param >= 0 && wide_equal(c->header.param[param].value, wide_of(dim)))
            return arena_printf(c->mem, "`%s` is %lld in the data of %s", s->name, (long long)dim,
                                s->owner);
    }
    return NULL;
}

void note_sizes(checker *c, diagnosis *d, const cell *a, const cell *b)
{
    for (unsigned k = 0; k < rank_of(c, a) && k < rank_of(c, b); k++) {
        if (same_dim(c, dim_of(c, a, k), dim_of(c, b, k))) continue;
        const char *first = size_given(c, dim_of(c, a, k)), *second = size_given(c, dim_of(c, b, k));
        if (!first && !second) return;
        diagnose_line(d, LINE_NOTE, "sizes came from the data: %s%s%s", first ? first : second,
                      first && second ? ", " : "", first && second ? second : "");
        return;
    }
}

/* The word for every one of the rows, on which the one row stands on top or below. */
static void propose_rows(checker *c, diagnosis *d, const cell *rows, const cell *row)
{
    const char *first = operand_text(c, rows), *second = operand_text(c, row);
    const cell *top = rows < row ? row : rows;
    const bool computed = !first && top == row; /* is there, whatever made it */
    if (!second || (!first && !computed)) return;
    const char *each =
        arena_printf(c->mem, "[ %s %s%s ] map", second, top == row ? "" : "swap ", word_text(c));
    const char *instead = computed ? each : arena_printf(c->mem, "%s %s", first, each);
    const cell *from = computed ? row : top == row ? rows : row;
    diagnose_help(d, "for every row:  %s", instead);
    if (operand_before(c, top, c->at) && (computed || operand_before(c, from, top->at)))
        diagnose_fix(d, &c->tok[from->at], &c->tok[c->at], "%s", instead);
}

static bool refuse_pair(checker *c, const cell *a, const cell *b, unsigned axis)
{
    diagnosis *d = error_at(c, "E0302", "`%s` cannot pair %s with %s", word_text(c), describe(c, a),
                            describe(c, b));
    if (axis)
        diagnose_label(d, "%s against %s on axis %u", describe_dim(c, dim_of(c, a, axis)),
                       describe_dim(c, dim_of(c, b, axis)), axis + 1);
    else
        diagnose_label(d, "%s against %s", counted(c, a), counted(c, b));
    diagnose_line(d, LINE_BECAUSE, "shapes pair from the first axis");
    note_sizes(c, d, a, b);
    if (rank_of(c, a) > 1 && rank_of(c, b) == 1 &&
        same_dim(c, dim_of(c, a, rank_of(c, a) - 1), dim_of(c, b, 0))) {
        propose_rows(c, d, a, b);
    } else if (rank_of(c, b) > 1 && rank_of(c, a) == 1 && a + 1 == b &&
               same_dim(c, dim_of(c, b, rank_of(c, b) - 1), dim_of(c, a, 0))) {
        propose_rows(c, d, b, a);
    }
    return false;
}

/* Whether x is there at the owner of `open`, who alone can pair the two. */
static bool is_beside(checker *c, const type *open, const cell *x)
{
    const type *t = type_of(c, x);
    if (t->vis == VIS_KNOWN) return true;
    if (t->owner != open->owner) return false;
    return c->req->symbolic || hoist_owner(&c->g, &c->own, x->v) == open->owner;
}

/* A private length meets known values, or values of the same owner: of the same bound, or without that axis. */
static bool private_pair(checker *c, const cell *open, const cell *x)
{
    const type *o = type_of(c, open), *t = type_of(c, x);
    bool own = is_beside(c, o, x);
    if (t->open ? own && t->dim[t->rank - 1] == o->dim[o->rank - 1] : own && t->rank < o->rank)
        return true;
    if (!own) {
        diagnosis *d = error_at(c, "E0601",
                                t->owner == o->owner
                                    ? "a private length meets what its owner alone cannot compute"
                                    : "a private length meets what is not its owner's");
        diagnose_label(d, "%s against %s", describe(c, open), describe(c, x));
        help_summarise(c, d, open, false);
        if (!t->open && o->kind != KIND_KEY) fix_operand(c, d, open, "sum");
        return false;
    }
    return want_closed(c, open);
}

bool pair_shapes(checker *c, cell *x, size_t n, unsigned *lift)
{
    const cell *most = &x[0];
    for (size_t i = 1; i < n; i++)
        if (x[i].lift > most->lift) most = &x[i];
    *lift = most->lift;
    for (size_t i = 0; i < n; i++) {
        if (!rank_of(c, &x[i]) || x[i].lift == *lift) continue;
        if (!expand_lift(c, &x[i], *lift, most)) return false;
    }
    for (size_t i = 0; i < n; i++) {
        for (size_t j = i + 1; j < n; j++) {
            unsigned a = rank_of(c, &x[i]), b = rank_of(c, &x[j]);
            for (unsigned k = 0; k < a && k < b; k++)
                if (!same_dim(c, dim_of(c, &x[i], k), dim_of(c, &x[j], k)))
                    return refuse_pair(c, &x[i], &x[j], k);
        }
        for (size_t j = 0; j < n; j++)
            if (j != i && type_of(c, &x[i])->open && !private_pair(c, &x[i], &x[j])) return false;
    }
    return true;
}
