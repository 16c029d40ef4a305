/* The compiler's front door: from text to a program, its findings and what people want to know about it. */
#include "compiler/compile.h"

#include <string.h>

#include "compiler/effects.h"
#include "compiler/filetests.h"
#include "compiler/uses.h"

enum { SOURCE_MAX = 16 << 20, LEAST_STACK = 64 };

/* What scan and compile share: the text read as far as its declarations. */
typedef struct front {
    source_text source;
    tokens list;
    sink found;
    declarations decl;
    cursor after; /* the first token behind the declarations */
} front;

static status front_read(front *f, const compile_request *req, report *rep, failure *err)
{
    if (req->source.len > SOURCE_MAX)
        return fail(err, E_LIMIT, "E0903", "%s has %zu bytes; a program has at most %d", req->file,
                    req->source.len, SOURCE_MAX);
    f->source = (source_text){.file = req->file, .bytes = req->source};
    f->found = (sink){.mem = &rep->mem};
    f->decl = (declarations){.rep = rep, .mem = &rep->mem, .found = &f->found};
    lex(&f->source, &f->list, &rep->mem, &f->found);
    f->after = (cursor){.list = &f->list};
    header_read(&f->decl, &f->after);
    uses_read(&f->decl, req, &f->list, f->after.index);
    return OK;
}

static void read_tests(front *f, uint32_t at)
{
    const token *t = f->list.at;
    while (t[at].kind != TOKEN_END && !begins_test(&t[at])) at++;
    filetests_read(&f->decl, &f->list, at);
}

/* E_PROGRAM with the first error as the failure's text, when there are errors. */
static status finish(front *f, report *rep, failure *err)
{
    diagnose_finish(&f->found, rep);
    for (size_t i = 0; i < rep->findings; i++) {
        if (!rep->finding[i].error) continue;
        const char *text = strstr(rep->finding[i].text, ": ") + 2; /* without "error[…]: " */
        return fail(err, E_PROGRAM, rep->finding[i].code, "%.*s", (int)strlen(text) - 1, text);
    }
    return OK;
}

static status scan_on(const compile_request *req, report *rep, failure *err)
{
    front f;
    status st = front_read(&f, req, rep, err);
    if (st) return st;
    read_tests(&f, f.after.index);
    return finish(&f, rep, err);
}

status scan(const compile_request *req, report *rep, failure *err)
{
    jmp_buf oom;
    memset(rep, 0, sizeof *rep);
    rep->mem.oom = &oom;
    if (setjmp(oom)) return fail_memory(err);
    status st = scan_on(req, rep, err);
    rep->mem.oom = NULL;
    return st;
}

/* --- compiling */

static void add_range(report *rep, const char *name, const char *text, const type *t,
                      unsigned precision, uint32_t line)
{
    char lo[WIDE_TEXT], hi[WIDE_TEXT];
    unsigned f = t->kind == KIND_FIX ? precision : 0;
    size_t n = rep->ranges;
    wide_print_fix(t->lo, f, lo), wide_print_fix(t->hi, f, hi);
    if (!(n & (n - 1)))
        rep->range = arena_grow(&rep->mem, rep->range, n * sizeof *rep->range,
                                (n ? 2 * n : 1) * sizeof *rep->range);
    rep->range[rep->ranges++] = (named_range){name,
                                              text,
                                              arena_strndup(&rep->mem, lo, strlen(lo)),
                                              arena_strndup(&rep->mem, hi, strlen(hi)),
                                              line,
                                              false};
}

/* By output, its range over all the rows and branches that reveal it. */
static type *revealed_types(checker *c)
{
    type *of = arena_alloc(c->mem, c->header.outputs * sizeof *of);
    bool *found = arena_alloc(c->mem, c->header.outputs);
    for (ir_id v = 1; v < c->g.nodes; v++) {
        const ir_node *n = &c->g.node[v];
        if (n->op != IR_REVEAL) continue;
        type *t = &of[n->imm[0]];
        if (!found[n->imm[0]]) *t = n->type;
        found[n->imm[0]] = true;
        t->lo = wide_least(t->lo, n->type.lo), t->hi = wide_most(t->hi, n->type.hi);
    }
    return of;
}

/* Inputs and outputs, from the graph: bindings were noted when they were bound. */
static void note_ports(checker *c, report *rep)
{
    bool *noted = arena_alloc(c->mem, c->header.outputs + 1);
    const type *revealed = revealed_types(c);
    for (uint32_t v = 1; v < c->g.nodes; v++) {
        const ir_node *n = &c->g.node[v];
        if (n->op != IR_INPUT && n->op != IR_REVEAL) continue;
        const bool input = n->op == IR_INPUT;
        const uint32_t i = (uint32_t)n->imm[0];
        const port_decl *p = input ? &c->header.input[i] : &c->header.output[i];
        if (!input && noted[i]) continue;
        if (!input) noted[i] = true;
        const type t = input ? n->type : revealed[i];
        cell x = {.kind = CELL_VALUE, .v = v};
        if (n->type.kind == KIND_KEY) continue; /* hashes have no range worth telling */
        const char *text = input ? describe_secret(c, &x) : describe_output(c, i);
        add_range(rep, p->name, text, &t, c->header.precision, p->at.line);
    }
}

/* Does it stand before this place of the body? All words of files that are used do. */
static bool is_before(const token *t, const source_text *text, place at)
{
    return t->source != text || t->line < at.line || (t->line == at.line && t->col < at.col);
}

/* The token of the program's body that stands there, or the next one. */
static const token *token_at(const checker *c, place at)
{
    const source_text *text = c->tok[c->list.len - 1].source;
    uint32_t low = 0, high = c->list.len - 1;

    while (low < high) {
        const uint32_t middle = low + (high - low) / 2;
        if (is_before(&c->tok[middle], text, at))
            low = middle + 1;
        else
            high = middle;
    }
    return &c->tok[low];
}

/* `reveal` and the name behind it, as one place. */
static token reveal_at(const checker *c, place at)
{
    const token *t = token_at(c, at);
    token both = *t;
    if (token_is(t, "reveal") && t[1].kind == TOKEN_WORD && t[1].line == t->line)
        both.len = t[1].start + t[1].len - t->start;
    return both;
}

static void note_leakage(checker *c, report *rep)
{
    const leak_report found = leakage(&c->g);
    rep->learn = arena_alloc(&rep->mem, found.leaks * sizeof *rep->learn);
    for (uint32_t i = 0; i < found.leaks; i++)
        rep->learn[i] = (learned){found.leak[i].output, found.leak[i].text, found.leak[i].at.line};
    rep->learns = found.leaks;
    rep->noise = found.noise, rep->noises = found.noises;
    rep->spent = found.spent, rep->spents = found.spents;
    for (uint32_t i = 0; i < found.warnings; i++) {
        const leak_warning *w = &found.warning[i];
        token at = reveal_at(c, w->at);
        diagnosis *d = diagnose(c->found, false, w->code, &at, "%s", w->text);
        if (w->mark) diagnose_label(d, "%s", w->mark);
        if (w->note) diagnose_line(d, LINE_BECAUSE, "%s", w->note);
    }
}

static char *program_name(arena *mem, const char *file)
{
    const char *base = strrchr(file, '/') ? strrchr(file, '/') + 1 : file;
    const char *end = strstr(base, ".moot");
    return arena_strndup(mem, base, end && end > base ? (size_t)(end - base) : strlen(base));
}

static status generate_program(checker *c, program **out, failure *err)
{
    generate_options o = {.hoist = !c->req->no_hoist,
                          .pad = c->req->pad && c->req->watch == WATCH_NOTHING};
    steps_keep(c);
    status st = generate(&c->g, &o, out, err);
    if (st == E_PROGRAM) report_outgrown(c, token_at(c, c->g.at), err);
    if (st) return st;
    c->rep->key_bits = c->g.keys.bits, c->rep->key_pairs = c->g.keys.pairs;
    steps_find(c);
    program *p = *out;
    p->name = program_name(&p->mem, c->req->file);
    p->file = arena_strndup(&p->mem, c->req->file, strlen(c->req->file));
    p->source = arena_strndup(&p->mem, (const char *)c->req->source.data, c->req->source.len);
    return OK;
}

static checker *checker_new(front *f, const compile_request *req, report *rep, const header *h)
{
    checker *c = arena_alloc(&rep->mem, sizeof *c);
    c->req = req, c->mem = &rep->mem, c->found = &f->found, c->rep = rep, c->decl = &f->decl,
    c->header = *h;
    c->list = f->list, c->tok = f->list.at;
    c->cap = LEAST_STACK, c->stack = arena_alloc(c->mem, c->cap * sizeof *c->stack);
    c->globals = arena_alloc(c->mem, sizeof *c->globals),
    c->top = arena_alloc(c->mem, sizeof *c->top);
    c->inputs = arena_alloc(c->mem, h->inputs * sizeof(binding *));
    c->revealed = arena_alloc(c->mem, h->outputs + 1);
    c->latest = arena_alloc(c->mem, h->outputs * sizeof *c->latest);
    c->revealed_at = arena_alloc(c->mem, h->outputs * sizeof *c->revealed_at);
    c->std = arena_alloc(c->mem, word_table_len() * sizeof *c->std);
    ir_init(&c->g, c->mem, &c->header, c->list.len);
    c->g.symbolic = req->symbolic, c->g.field = req->field;
    modulus_asked(c);
    c->watching = !req->symbolic || req->watch == WATCH_EFFECTS ? req->watch : WATCH_NOTHING;
    return c;
}

static status compile_on(const compile_request *req, program **out, report *rep, failure *err)
{
    front f;
    header h;
    status st;

    if ((st = front_read(&f, req, rep, err))) return st;
    if (f.found.errors) {
        read_tests(&f, f.after.index);
        return finish(&f, rep, err);
    }
    if ((st = header_bind(&f.decl, req, &h, err))) return st;
    checker *c = checker_new(&f, req, rep, &h);
    read_tests(&f, check_body(c, f.after.index));
    if (!f.found.errors) {
        note_ports(c, rep);
        effects_note(c);
        note_leakage(c, rep);
    }
    if (!f.found.errors && !req->symbolic) st = generate_program(c, out, err);
    if (st && st != E_PROGRAM) {
        diagnose_finish(&f.found, rep);
        return st;
    }
    return finish(&f, rep, err);
}

status compile(const compile_request *req, program **out, report *rep, failure *err)
{
    jmp_buf oom;
    *out = NULL;
    memset(rep, 0, sizeof *rep);
    rep->mem.oom = &oom;
    if (setjmp(oom)) return fail_memory(err);
    status st = compile_on(req, out, rep, err);
    rep->mem.oom = NULL;
    return st;
}

void report_free(report *rep)
{
    arena_free(&rep->mem);
}
