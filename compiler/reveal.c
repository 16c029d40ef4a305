/* Results leave: `reveal`, and that every output is revealed once. */
#include <string.h>

#include "compiler/check.h"

static bool undeclared(checker *c, const token *name)
{
    c->at += name->kind != TOKEN_END;
    diagnosis *d = error_at(c, "E0502", "there is no output `%s`", token_quote(name, c->mem));
    for (uint32_t i = 0; i < c->header.outputs; i++) {
        const char *other = c->header.output[i].name;
        if (edit_distance(token_text(name), name->len, other, strlen(other), 3) < 3) {
            diagnose_help(d, "did you mean `%s`?", other);
            return false;
        }
    }
    if (name->kind != TOKEN_END)
        diagnose_help(d, "declare who learns it:  output %s to all : int", token_quote(name, c->mem));
    return false;
}

static bool allowed_here(checker *c)
{
    if (c->in_definition) {
        diagnosis *d = error_at(c, "E0501", "`reveal` inside a definition");
        diagnose_line(
            d, LINE_BECAUSE,
            "results leave at the top level only, so one look at a file shows every leak");
        return false;
    }
    if (c->lift) {
        error_at(c, "E0507", "`reveal` inside `map` or `outer`");
        return false;
    }
    return !c->loops || not_built(c, "`reveal` inside a loop");
}

/* What an output promises, as a shape: a group's members form the first axis. */
static unsigned promised_shape(const checker *c, const port_decl *p, int64_t *dim)
{
    unsigned rank = 0;
    if (p->party != PARTY_ALL && c->header.party[p->party].group)
        dim[rank++] = c->decl->group[p->party];
    for (unsigned k = 0; k < p->rank && rank < AXES; k++) dim[rank++] = (int64_t)p->dim[k];
    return rank;
}

static bool keeps_promise(const checker *c, const port_decl *p, const cell *x)
{
    int64_t dim[AXES];
    unsigned rank = promised_shape(c, p, dim);
    const type *t = type_of(c, x);
    if (rank != t->rank || t->kind > p->kind) return false;
    for (unsigned k = 0; k < rank; k++)
        if (!same_dim(c, dim[k], t->dim[k])) return false;
    return true;
}

static const char *promised(const checker *c, const port_decl *p)
{
    static const char *const kinds[] = {"bool", "int", "fix", "key"};
    const char *dims = "";
    for (unsigned k = 0; k < p->rank; k++)
        dims =
            arena_printf(c->mem, "%s%s%s", dims, k ? " " : "", describe_dim(c, (int64_t)p->dim[k]));
    return *dims ? arena_printf(c->mem, "%s[%s]", kinds[p->kind], dims) : kinds[p->kind];
}

static bool breaks_promise(checker *c, uint32_t output, const cell *x)
{
    const port_decl *p = &c->header.output[output];
    bool group = p->party != PARTY_ALL && c->header.party[p->party].group;
    const char *each =
        group ? arena_printf(c->mem, " for each %s", c->header.party[p->party].name) : "";
    diagnosis *d = error_at(c, "E0504", "`%s` is promised as %s%s but this is %s", p->name,
                            promised(c, p), each, describe(c, x));
    diagnose_second(d, &c->decl->output[output], "the promise");
    if (group)
        diagnose_line(d, LINE_BECAUSE, "each %s gets one item of the first axis",
                      c->header.party[p->party].name);
    if (group && type_of(c, x)->rank == p->rank)
        diagnose_help(d, "if all get the same:  %s fill reveal %s",
                      describe_dim(c, c->decl->group[p->party]), p->name);
    else if (type_of(c, x)->kind == KIND_KEY)
        diagnose_help(d, "no output is a key: compare it first (`=`, `member`, `match`)");
    else
        diagnose_help(d, "reveal a value of that type, or promise %s", describe(c, x));
    return false;
}

/* After a reveal to all the name means the public value. */
static void publish(checker *c, const token *name, ir_id v)
{
    binding *b = visible(c, symbol_of(c, name));
    cell x = {.kind = CELL_VALUE, .v = v};
    scope *here = c->scope;
    if (b) {
        b->value = x, b->input = -1;
        return;
    }
    if (word_find(token_text(name), name->len))
        diagnose(c->found, false, "W03", name, "from here on `%s` is this output, not the word",
                 token_quote(name, c->mem));
    c->scope = c->top; /* also from an arm of an `if` */
    bind_name(c, name, x);
    c->scope = here;
}

bool run_reveal(checker *c, const token *name)
{
    cell x;
    int64_t i =
        name->kind == TOKEN_WORD ? header_output(&c->header, token_text(name), name->len) : -1;
    if (name->kind == TOKEN_BAD || !allowed_here(c)) return false;
    if (i < 0) return undeclared(c, name);
    const port_decl *p = &c->header.output[i];
    if (c->height == c->floor) {
        error_at(c, "E0201", "`reveal %s` needs a value but the stack is empty", p->name);
        return false;
    }
    if (!pop_one(c, &x)) {
        c->revealed[i] = true; /* without a place: an error came before */
        return false;
    }
    c->at++;
    if (c->revealed[i] && c->revealed_at[i].line) {
        diagnosis *d = error_at(c, "E0503", "`%s` is revealed twice", p->name);
        diagnose_second(d, &c->revealed_at[i], "the first");
        return false;
    }
    c->revealed[i] = true, c->revealed_at[i] = *name;
    if (x.kind == CELL_QUOTE) {
        error_at(c, "E0207", "a quotation is not a result");
        return false;
    }
    if (!keeps_promise(c, p, &x)) return breaks_promise(c, (uint32_t)i, &x);
    if (!want_closed(c, &x)) return false;
    convert(c, &x, (kind)p->kind);
    steps_reveal(c, (uint32_t)i, &x);
    if (c->dry) return true;
    ir_id v = ir_reveal(&c->g, (uint32_t)i, x.v);
    if (p->party == PARTY_ALL) publish(c, name, v);
    return true;
}

void check_outputs(checker *c)
{
    if (!c->header.outputs) {
        token end = c->tok[c->list.len - 1];
        diagnosis *d = diagnose(c->found, true, "E0506", &end,
                                "nobody learns anything: the program has no output");
        diagnose_help(d, "declare one at the top:  output result to all : int");
        return;
    }
    for (uint32_t i = 0; i < c->header.outputs; i++) {
        if (c->revealed[i]) continue;
        diagnosis *d = diagnose(c->found, true, "E0505", &c->decl->output[i],
                                "`%s` is promised but never revealed", c->header.output[i].name);
        diagnose_help(d, "leave its value on the stack, then:  reveal %s", c->header.output[i].name);
    }
}
