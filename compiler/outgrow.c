/* E0402: a value that may outgrow the field, and the declared ranges that it comes from. */
#include <stdio.h>
#include <string.h>

#include "compiler/check.h"

enum { SOURCES_MAX = 3 };

/* The inputs that the values made at a place, or v alone, come from. */
typedef struct sources {
    const ir *g;
    bool *seen;  /* by ir_id */
    ir_id *todo; /* values whose operands are not looked at yet */
    uint32_t len;
    bool *input;      /* by its place in the header: whether it was met */
    const char *only; /* its name, while there is one */
} sources;

static void visit(sources *s, ir_id v)
{
    if (!v || s->seen[v]) return;
    s->seen[v] = true;
    s->todo[s->len++] = v;
}

/* Also through blocks: what comes out of them is what they made. */
static void visit_operands(sources *s, const ir_node *n)
{
    uint32_t body[2];
    for (uint32_t k = 0; k < n->ins; k++) visit(s, n->in[k]);
    for (unsigned m = ir_blocks(n, body); m-- > 0;)
        for (uint32_t k = 0; k < s->g->block[body[m]].results; k++)
            visit(s, s->g->block[body[m]].result[k]);
}

/* A size as a program would write it, 1_000_000. */
static const char *grouped(const checker *c, int64_t dim)
{
    const char *plain = describe_dim(c, dim), *text = "";
    if (dim < 0) return plain;
    for (size_t len = strlen(plain); *plain; plain++, len--)
        text = arena_printf(c->mem, "%s%c%s", text, *plain, len > 1 && len % 3 == 1 ? "_" : "");
    return text;
}

static void note_input(checker *c, diagnosis *d, uint32_t input)
{
    const source_port *p = &c->rep->input[input];
    const port_decl *decl = &c->header.input[input];
    const party_decl *from = &c->header.party[decl->party];
    const char *range = p->lo                 ? arena_printf(c->mem, " %s..%s", p->lo, p->hi)
                        : p->kind == KIND_INT ? ", 32-bit without a range"
                        : p->kind == KIND_FIX ? ", within plus or minus 1000000 without a range"
                                              : "";
    const char *many = from->group && c->decl->group[decl->party] > 0
                           ? arena_printf(c->mem, "%u parties", from->size)
                           : from->name;
    static const char *const kinds[] = {"bool", "int", "fix", "key"};
    const char *rows = "";
    for (unsigned k = 0; k < decl->rank; k++)
        rows = arena_printf(c->mem, "%s x %s%s", rows, grouped(c, (int64_t)decl->dim[k]),
                            decl->rank == 1 && (int64_t)decl->dim[k] > 0 ? " rows" : "");
    diagnose_line(d, LINE_NOTE, "`%s` is %s%s, from %s%s", p->name, kinds[p->kind], range, many,
                  rows);
}

/* Follows the values to their inputs, and notes the first of these as the header declares them. */
static void note_sources(checker *c, diagnosis *d, sources *s)
{
    unsigned noted = 0;
    while (s->len) {
        const ir_node *n = &c->g.node[s->todo[--s->len]];
        if (n->op == IR_INPUT) s->input[n->imm[0]] = true;
        visit_operands(s, n);
    }
    for (uint32_t i = 0; i < c->header.inputs; i++) {
        if (!s->input[i]) continue;
        s->only = noted ? NULL : c->rep->input[i].name;
        if (noted++ < SOURCES_MAX) note_input(c, d, i);
    }
}

/* The help, its "`10 div`" with the name of what it is done to. */
static void help_outgrown(diagnosis *d, const sources *s, const char *help)
{
    static const char scaled[] = "`10 div`";
    const char *at = strstr(help, scaled);
    if (at && s->only)
        diagnose_help(d, "%.*s`%s 10 div`%s", (int)(at - help), help, s->only,
                      at + sizeof scaled - 1);
    else
        diagnose_help(d, "%s", help);
}

static sources sources_new(checker *c)
{
    return (sources){.g = &c->g,
                     .seen = arena_alloc(c->mem, c->g.nodes),
                     .todo = arena_alloc(c->mem, c->g.nodes * sizeof(ir_id)),
                     .input = arena_alloc(c->mem, c->header.inputs * sizeof(bool))};
}

/* A number in the text that takes more than half of the bits that there are: it is what makes the word's result too
 * large. NULL when there is none among the operands of the word being checked. */
static const cell *huge_operand(const checker *c)
{
    const usage *u = c->usages ? &c->used[(c->usages - 1) % USAGES] : NULL;
    for (uint32_t k = 0; u && u->at == c->at && k < u->ins; k++) {
        wide v;
        if (u->in[k].kind == CELL_VALUE && c->tok[u->in[k].at].kind == TOKEN_NUMBER &&
            ir_known(&c->g, u->in[k].v, &v) && wide_bits(v) > WIDE_BITS / 2)
            return &u->in[k];
    }
    return NULL;
}

diagnosis *refuse_outgrown(checker *c, ir_id v)
{
    const cell *huge = huge_operand(c);
    const uint32_t at = c->at;
    if (huge) c->at = huge->at;
    diagnosis *d = error_at(c, "E0402", "this may outgrow every field");
    c->at = at;
    sources s = sources_new(c);
    diagnose_label(d, "up to more than 9e307");
    visit(&s, v);
    note_sources(c, d, &s);
    help_outgrown(d, &s, "declare smaller ranges, scale first (`10 div`), or `clamp`");
    return d;
}

/* generate() gave `err`: its sentence, a label and further lines, each after '\n'. */
void report_outgrown(checker *c, const token *at, const failure *err)
{
    char text[sizeof err->text], number[WIDE_TEXT], *rest = text;
    memcpy(text, err->text, sizeof text);
    const bool outgrown = !strcmp(err->code, "E0402");
    diagnosis *d = diagnose(c->found, true, err->code, at, "%s", strsep(&rest, "\n"));
    if (rest) diagnose_label(d, "%s", strsep(&rest, "\n"));
    sources s = sources_new(c);
    for (ir_id v = 1; outgrown && v < c->g.nodes; v++)
        if (c->g.node[v].at.line == at->line && c->g.node[v].at.col == at->col) visit(&s, v);
    note_sources(c, d, &s);
    for (char *line = strsep(&rest, "\n"); line; line = strsep(&rest, "\n")) {
        if (!strncmp(line, "note: ", 6)) diagnose_line(d, LINE_NOTE, "%s", line + 6);
        if (!strncmp(line, "help: ", 6)) help_outgrown(d, &s, line + 6);
    }
    if (outgrown && c->g.modulus_at.line && !token_is_std(at))
        diagnose_fix_after(d, at, " %s mod", wide_print(c->g.modulus, number));
}
