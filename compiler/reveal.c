/* Results leave: `reveal`, and that every output is revealed once. */
#include <string.h>

#include "compiler/check.h"

/* The only output that nothing was revealed as yet, or NULL. */
static const char *only_waiting(const checker *c)
{
    const char *found = NULL;
    for (uint32_t i = 0; i < c->header.outputs; i++) {
        if (c->revealed[i]) continue;
        if (found) return NULL;
        found = c->header.output[i].name;
    }
    return found;
}

/* A declaration for the value on top, behind the other outputs; or the name of the output that waits for it. */
static void propose_output(checker *c, diagnosis *d, const token *name)
{
    const char *waits = only_waiting(c);
    if (name->kind != TOKEN_WORD || !is_name(token_text(name), name->len)) {
        if (waits) diagnose_help(d, "name the output:  reveal %s", waits);
        if (waits) diagnose_fix_after(d, &c->tok[c->at], " %s", waits);
        return;
    }
    const cell *x = c->height > c->floor ? &c->stack[c->height - 1] : NULL;
    const char *shown = x && x->kind == CELL_VALUE ? describe(c, x) : "int";
    const char *line =
        arena_printf(c->mem, "output %s to all : %s", token_quote(name, c->mem), shown);
    diagnose_help(d, "declare who learns it:  %s", line);
    if (!c->header.outputs) return;
    token below = c->decl->output[c->header.outputs - 1];
    below.line++;
    diagnose_fix_line(d, &below, "%s", line);
}

/* The declaration of this output further down, where it comes too late; NULL when there is none. */
static const token *declared_below(const token *name)
{
    for (const token *t = name; t->kind != TOKEN_END; t++)
        if (token_is(t, "output") && t[1].len == name->len &&
            !memcmp(token_text(t + 1), token_text(name), name->len))
            return t;
    return NULL;
}

static bool undeclared(checker *c, const token *name)
{
    const bool named = name->kind == TOKEN_WORD && name->line == c->tok[c->at].line;
    const token *below = named && c->found->kept < FINDINGS_MAX ? declared_below(name) : NULL;
    if (below) {
        c->at = (uint32_t)(below - c->tok);
        refuse_late(c, below);
        return false;
    }
    c->at += named;
    diagnosis *d = error_at(c, "E0502", "there is no output `%s`", token_quote(name, c->mem));
    for (uint32_t i = 0; i < c->header.outputs; i++) {
        const char *other = c->header.output[i].name;
        if (named && edit_distance(token_text(name), name->len, other, strlen(other), 3) < 3) {
            diagnose_help(d, "did you mean `%s`?", other);
            diagnose_fix(d, name, name, "%s", other);
            return false;
        }
    }
    propose_output(c, d, name);
    return false;
}

/* Whether a `reveal` could stand here, were it at the top level of a loop or branch. */
static bool may_reveal(const checker *c)
{
    return !c->in_definition && !c->lift && !c->alone && c->loops <= 1;
}

static bool allowed_here(checker *c)
{
    if (may_reveal(c)) return true;
    if (c->in_definition) {
        diagnosis *d = error_at(c, "E0501", "`reveal` inside a definition");
        diagnose_line(
            d, LINE_BECAUSE,
            "results leave at the top level only, so one look at a file shows every leak");
    } else if (c->lift || c->alone) {
        diagnosis *d = error_at(c, "E0507", "`reveal` inside %s",
                                c->alone ? "`fold`, `reduce` or `scan`" : "`map` or `outer`");
        diagnose_line(d, LINE_BECAUSE, "that is one pass over all items, not a loop");
        diagnose_help(d, "reveal what it leaves, behind it, or item by item in a `for`");
    } else {
        diagnosis *d = error_at(c, "E0508", "`reveal` inside a loop in a loop");
        diagnose_line(d, LINE_BECAUSE, "an output has one item for each round of one loop");
        diagnose_help(d, "collect what the inner loop makes, and reveal it behind that loop");
    }
    return false;
}

/* --- the promise of the header */

/* What a `reveal` of the output takes: a group's members form the first axis, and in a loop it is of one row. */
static unsigned promised_shape(const checker *c, const port_decl *p, bool by_row, int64_t *dim)
{
    unsigned rank = 0;
    if (p->party != PARTY_ALL && c->header.party[p->party].group)
        dim[rank++] = c->decl->group[p->party];
    for (unsigned k = by_row; k < p->rank && rank < AXES; k++) dim[rank++] = (int64_t)p->dim[k];
    return rank;
}

static bool keeps_promise(const checker *c, const port_decl *p, const cell *x)
{
    int64_t dim[AXES];
    unsigned rank = promised_shape(c, p, c->loops > 0, dim);
    const type *t = type_of(c, x);
    if (c->loops && (!p->rank || !same_dim(c, (int64_t)p->dim[0], c->row_count))) return false;
    if (rank != t->rank || t->kind > p->kind) return false;
    for (unsigned k = 0; k < rank; k++)
        if (!same_dim(c, dim[k], t->dim[k])) return false;
    return true;
}

static const char *promise_text(const checker *c, uint8_t of, unsigned rank, const int64_t *dim)
{
    static const char *const kinds[] = {"bool", "int", "fix", "key"};
    const char *dims = "";
    for (unsigned k = 0; k < rank; k++)
        dims = arena_printf(c->mem, "%s%s%s", dims, k ? " " : "", describe_dim(c, dim[k]));
    return *dims ? arena_printf(c->mem, "%s[%s]", kinds[of], dims) : kinds[of];
}

static const char *promised(const checker *c, const port_decl *p)
{
    int64_t dim[AXES];
    for (unsigned k = 0; k < p->rank; k++) dim[k] = (int64_t)p->dim[k];
    return promise_text(c, p->kind, p->rank, dim);
}

const char *describe_output(const checker *c, uint32_t i)
{
    int64_t dim[AXES];
    const port_decl *p = &c->header.output[i];
    return promise_text(c, p->kind, promised_shape(c, p, false, dim), dim);
}

/* What would have to be promised so that each round may reveal x. */
static const char *promise_of_rows(const checker *c, const type *x, bool group)
{
    int64_t dim[AXES + 1] = {c->row_count};
    unsigned rank = 1;
    for (unsigned k = group; k < x->rank; k++) dim[rank++] = x->dim[k];
    return promise_text(c, x->kind, rank, dim);
}

/* The name of the one size that has this value, else the number. */
static const char *named_dim(const checker *c, int64_t dim)
{
    const char *name = NULL;
    for (uint32_t i = 0; i < c->header.parties; i++) {
        const source_party *p = &c->rep->party[i];
        if (!p->group || !p->size.name || c->decl->group[i] != dim || dim < 2) continue;
        if (name && strcmp(name, p->size.name) != 0) return describe_dim(c, dim);
        name = p->size.name;
    }
    return name ? name : describe_dim(c, dim);
}

static const char *describe_named(const checker *c, const cell *x)
{
    const type *t = type_of(c, x);
    cell scalar = *x;
    const char *dims = "";
    for (unsigned k = x->lift; k < t->rank; k++)
        dims = arena_printf(c->mem, "%s%s%s", dims, *dims ? " " : "", named_dim(c, t->dim[k]));
    scalar.lift = t->rank;
    return *dims ? arena_printf(c->mem, "%s[%s]", describe(c, &scalar), dims) : describe(c, x);
}

/* A type as a declaration for this party would say it: a group's first axis is its members. */
static const char *promise_for(const checker *c, const port_decl *p, const cell *x)
{
    cell inner = *x;
    const bool group = p->party != PARTY_ALL && c->header.party[p->party].group;
    if (group && rank_of(c, x) && same_dim(c, dim_of(c, x, 0), c->decl->group[p->party]))
        inner.lift++;
    else if (group)
        return NULL;
    return describe_named(c, &inner);
}

/* The name that the value was made from, where that keeps the promise: `w 4 onehot` of an output for w. */
static const cell *kept_by(checker *c, const port_decl *p, const cell *x)
{
    const usage *u = usage_of(c, x);
    for (uint32_t k = 0; u && k < u->ins; k++)
        if (is_named(c, &u->in[k]) && keeps_promise(c, p, &u->in[k])) return &u->in[k];
    return NULL;
}

static void propose_promise(checker *c, diagnosis *d, uint32_t output, const cell *x)
{
    const port_decl *p = &c->header.output[output];
    const char *truth = promise_for(c, p, x);
    const cell *from = kept_by(c, p, x);
    cell rounded = *x;
    if (type_of(c, x)->kind == KIND_FIX && p->kind == KIND_INT)
        rounded.v = ir_retag(&c->g, x->v, KIND_INT);
    if (truth)
        diagnose_fix(d, &c->decl->output_type[output].first, &c->decl->output_type[output].last,
                     "%s", truth);
    if (from && truth) {
        const char *name = token_quote(&c->tok[from->at], c->mem);
        diagnose_help(d, "`%s reveal %s`, or promise %s", name, p->name, truth);
        if (from->at < x->at && x->at + 2 == c->at)
            diagnose_remove(d, &c->tok[from->at + 1], &c->tok[x->at]);
    } else if (rounded.v != x->v && keeps_promise(c, p, &rounded)) {
        diagnose_help(d, "`round reveal %s`, or promise %s", p->name, truth);
        diagnose_fix_before(d, &c->tok[c->at - 1], "round ");
    } else if (truth) {
        diagnose_help(d, "reveal a value of that type, or promise %s", truth);
    }
}

static bool refuse_no_rows(checker *c, const port_decl *p)
{
    error_at(c, "E0504", "no round of this loop runs, so `%s` would have no items", p->name);
    return false;
}

static bool breaks_promise(checker *c, uint32_t output, const cell *x)
{
    const port_decl *p = &c->header.output[output];
    if (c->loops && c->row_count == 0) return refuse_no_rows(c, p);
    bool group = p->party != PARTY_ALL && c->header.party[p->party].group;
    const char *each =
        group ? arena_printf(c->mem, " for each %s", c->header.party[p->party].name) : "";
    const char *this = c->loops ? arena_printf(c->mem, "each of %s rounds reveals %s",
                                               describe_dim(c, c->row_count), describe(c, x))
                                : arena_printf(c->mem, "this is %s", describe(c, x));
    diagnosis *d =
        error_at(c, "E0504", "`%s` is promised as %s%s but %s", p->name, promised(c, p), each, this);
    diagnose_second(d, &c->decl->output[output], "the promise");
    if (group)
        diagnose_line(d, LINE_BECAUSE, "each %s gets one item of the first axis",
                      c->header.party[p->party].name);
    if (c->loops) diagnose_line(d, LINE_BECAUSE, "in a loop an output has one item a round");
    if (c->loops && (!group || type_of(c, x)->rank)) {
        const char *rows = promise_of_rows(c, type_of(c, x), group);
        diagnose_help(d, "promise %s", rows);
        diagnose_fix(d, &c->decl->output_type[output].first, &c->decl->output_type[output].last,
                     "%s", rows);
    } else if (group && type_of(c, x)->rank == p->rank) {
        const char *members = describe_dim(c, c->decl->group[p->party]);
        diagnose_help(d, "if all get the same:  %s fill reveal %s", members, p->name);
        diagnose_fix_before(d, &c->tok[c->at - 1], "%s fill ", members);
    } else if (type_of(c, x)->kind == KIND_KEY) {
        diagnose_help(d, "no output is a key: compare it first (`=`, `member`, `match`)");
    } else {
        propose_promise(c, d, output, x);
    }
    return false;
}

/* --- what names mean after a reveal to all */

static void publish(checker *c, uint32_t i, ir_id v)
{
    const token *name = &c->revealed_at[i];
    binding *b = visible(c, symbol_of(c, name));
    cell x = {.kind = CELL_VALUE, .v = v};
    scope *here = c->scope;
    if (b) {
        b->value = x, b->input = -1, b->unread = false;
        return;
    }
    if (word_find(token_text(name), name->len))
        diagnose(c->found, false, "W03", name, "from here on `%s` is this output, not the word",
                 token_quote(name, c->mem));
    c->scope = c->top; /* also from an arm of an `if` */
    bind_name(c, name, x);
    c->scope = here;
}

void outputs_add(checker *c, uint32_t i, ir_id v)
{
    c->revealed[i] = true;
    c->latest[i] = (cell){.kind = CELL_VALUE, .v = v};
    if (v) publish(c, i, v);
}

outputs outputs_save(checker *c)
{
    uint32_t n = c->header.outputs;
    if (!may_reveal(c)) return (outputs){0};
    c->steps += n / 16; /* a copy is work too */
    outputs s = {arena_alloc(c->mem, n + 1), arena_alloc(c->mem, n * sizeof *s.told),
                 arena_alloc(c->mem, n * sizeof *s.name)};
    for (uint32_t i = 0; i < n; i++) {
        binding *b = visible(c, symbol_of(c, &c->decl->output[i]));
        s.revealed[i] = c->revealed[i], s.told[i] = c->latest[i], s.name[i].b = b;
        if (b) s.name[i].value = b->value, s.name[i].input = b->input, s.name[i].unread = b->unread;
    }
    return s;
}

void outputs_restore(checker *c, const outputs *s)
{
    for (uint32_t i = 0; s->revealed && i < c->header.outputs; i++) {
        binding *b = s->name[i].b, *now = visible(c, symbol_of(c, &c->decl->output[i]));
        c->revealed[i] = s->revealed[i], c->latest[i] = s->told[i];
        if (b)
            b->value = s->name[i].value, b->input = s->name[i].input, b->unread = s->name[i].unread;
        if (!b && now) unbind_name(c, now);
    }
}

/* --- the word */

static bool revealed_twice(checker *c, uint32_t i)
{
    diagnosis *d = error_at(c, "E0503", "`%s` is revealed twice", c->header.output[i].name);
    diagnose_second(d, &c->revealed_at[i], "the first");
    return false;
}

/* A name that is bound and not used yet, and keeps the promise. */
static void propose_value(checker *c, diagnosis *d, const port_decl *p)
{
    for (const binding *b = c->top->first; b; b = b->next) {
        if (b->used || b->input >= 0 || b->value.kind != CELL_VALUE ||
            !keeps_promise(c, p, &b->value))
            continue;
        const char *name = token_quote(&b->at, c->mem);
        diagnose_help(d, "did you mean `%s reveal %s`?", name, p->name);
        diagnose_fix_before(d, &c->tok[c->at], "%s ", name);
        return;
    }
    diagnose_help(d, "what it tells stands before it:  x reveal %s", p->name);
}

bool run_reveal(checker *c, const token *name)
{
    cell x;
    int64_t i = name->kind == TOKEN_WORD ? output_named(c, name) : -1;
    if (name->kind == TOKEN_BAD || !allowed_here(c)) return false;
    if (i < 0) return undeclared(c, name);
    const port_decl *p = &c->header.output[i];
    if (c->height == c->floor) {
        c->revealed[i] = c->revealed[i] || missing_is_old(c);
        if (missing_is_old(c)) return false;
        diagnosis *d =
            error_at(c, "E0201", "`reveal %s` needs a value but the stack is empty", p->name);
        propose_value(c, d, p);
        return false;
    }
    if (!pop_one(c, &x)) {
        c->revealed[i] = true; /* without a place: an error came before */
        return false;
    }
    c->at++;
    if (c->revealed[i] && c->revealed_at[i].line) return revealed_twice(c, (uint32_t)i);
    c->revealed[i] = true, c->revealed_at[i] = *name;
    if (x.kind == CELL_QUOTE) {
        diagnosis *d = error_at(c, "E0207", "a quotation is not a result");
        diagnose_help(d, "the code runs where it stands when its brackets are taken away");
        diagnose_unbracket(c, d, &x);
        return false;
    }
    if (is_grown(c, &x)) return refuse_grown(c, x.v);
    if (!keeps_promise(c, p, &x)) return breaks_promise(c, (uint32_t)i, &x);
    if (!want_closed(c, &x)) return false;
    convert(c, &x, (kind)p->kind);
    steps_reveal(c, (uint32_t)i, &x);
    if (c->dry) return true;
    ir_id v = c->loops ? ir_reveal_row(&c->g, (uint32_t)i, x.v, c->row)
                       : ir_reveal(&c->g, (uint32_t)i, x.v);
    outputs_add(c, (uint32_t)i, p->party == PARTY_ALL ? v : 0);
    return true;
}

const char *waiting_output(const checker *c, const cell *x)
{
    for (uint32_t i = 0; i < c->header.outputs; i++)
        if (!c->revealed[i] && x->kind == CELL_VALUE && keeps_promise(c, &c->header.output[i], x))
            return c->header.output[i].name;
    return NULL;
}

/* The arrow of `-> price` where price is the output that nothing was revealed as; NULL when there is none. */
static const token *named_instead(checker *c, const char *output)
{
    const binding *b = visible(c, symbol_named(c, output, strlen(output)));
    if (!b || b->used || b->input >= 0) return NULL;
    for (const token *t = c->tok; t->kind != TOKEN_END; t++)
        if (t[1].start == b->at.start && t[1].source == b->at.source && token_is(t, "->")) return t;
    return NULL;
}

void check_outputs(checker *c, uint32_t end)
{
    if (!c->header.outputs) {
        diagnosis *d = diagnose(c->found, true, "E0506", &c->tok[end ? end - 1 : 0],
                                "nobody learns anything: the program has no output");
        diagnose_help(d, "declare one at the top:  output result to all : int");
        return;
    }
    for (uint32_t i = 0; i < c->header.outputs; i++) {
        if (c->revealed[i]) continue;
        diagnosis *d = diagnose(c->found, true, "E0505", &c->decl->output[i],
                                "`%s` is promised but never revealed", c->header.output[i].name);
        diagnose_help(d, "leave its value on the stack, then:  reveal %s", c->header.output[i].name);
        const token *arrow = c->failed ? NULL : named_instead(c, c->header.output[i].name);
        if (arrow) diagnose_fix(d, arrow, arrow + 1, "reveal %s", c->header.output[i].name);
    }
}
