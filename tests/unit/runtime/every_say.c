#include "every_say.h"

#include "vm/key.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* --- operands: their values follow from where they stand */

#define OF(name, kind, rank, ...)                                                                  \
    {                                                                                              \
        name, kind, rank, {__VA_ARGS__}, false                                                     \
    }
#define WIDE_OF(name, rank, ...)                                                                   \
    {                                                                                              \
        name, KIND_INT, rank, {__VA_ARGS__}, true                                                  \
    }

const operand say_operands[] = {
    OF("i", KIND_INT, 0, 0),
    OF("i1", KIND_INT, 1, 1),
    OF("i2", KIND_INT, 1, 2),
    OF("i3", KIND_INT, 1, 3),
    OF("i0", KIND_INT, 1, 0),
    OF("i22", KIND_INT, 2, 2, 2),
    OF("i23", KIND_INT, 2, 2, 3),
    OF("i13", KIND_INT, 2, 1, 3),
    OF("i03", KIND_INT, 2, 0, 3),
    OF("i20", KIND_INT, 2, 2, 0),
    OF("i223", KIND_INT, 3, 2, 2, 3),
    OF("i232", KIND_INT, 3, 2, 3, 2),
    OF("i203", KIND_INT, 3, 2, 0, 3),
    OF("f", KIND_FIX, 0, 0),
    OF("f0", KIND_FIX, 1, 0),
    OF("f2", KIND_FIX, 1, 2),
    OF("f3", KIND_FIX, 1, 3),
    OF("f23", KIND_FIX, 2, 2, 3),
    OF("f223", KIND_FIX, 3, 2, 2, 3),
    OF("b", KIND_BOOL, 0, 0),
    OF("b0", KIND_BOOL, 1, 0),
    OF("b2", KIND_BOOL, 1, 2),
    OF("b3", KIND_BOOL, 1, 3),
    OF("b23", KIND_BOOL, 2, 2, 3),
    OF("b223", KIND_BOOL, 3, 2, 2, 3),
    OF("k", KIND_KEY, 0, 0),
    OF("k3", KIND_KEY, 1, 3),
    OF("k23", KIND_KEY, 2, 2, 3),
    WIDE_OF("w", 0, 0),
    WIDE_OF("w3", 1, 3),
    WIDE_OF("w23", 2, 2, 3),
};
const size_t say_operands_len = sizeof say_operands / sizeof *say_operands;

enum { GROUP = 2, WIDE_SHIFT = 80, PRECISION = 20, QUARTER = PRECISION - 2 };
enum { MORE = 4 }; /* that a list of private length may have */

bool say_has_form(const operand *x, form f)
{
    if (f == FORM_GROUP) return x->rank > 0 && x->dim[0] == GROUP;
    if (f == FORM_PUBLIC) return x->kind != KIND_KEY;
    if (f == FORM_OPEN) return x->rank == 1 && x->dim[0];
    return f != FORM_LETTERS || !say_is_empty(x);
}

/* Of an axis without items, as an input has it: inputs have items. */
static unsigned given_dim(const operand *x, unsigned axis)
{
    return x->dim[axis] ? x->dim[axis] : 1;
}

static size_t given_len(const operand *x)
{
    size_t n = 1;
    for (unsigned k = 0; k < x->rank; k++) n *= given_dim(x, k);
    return n;
}

bool say_is_empty(const operand *x)
{
    for (unsigned k = 0; k < x->rank; k++)
        if (!x->dim[k]) return true;
    return false;
}

/* Small numbers, some of them equal; of a fix so many quarters. */
static int small_item(const operand *x, size_t i)
{
    static const int item[] = {2, 0, -1, 2, 5, 1, 1, -3, 7, 0, 4, 2};
    const int v = item[i % (sizeof item / sizeof *item)];
    return x->kind == KIND_BOOL ? v & 1 : x->kind == KIND_KEY ? v + 'd' : v;
}

static num item_of(const operand *x, size_t i)
{
    const num v = small_item(x, i);
    if (x->wide) return v * ((num)1 << WIDE_SHIFT) + v;
    return x->kind == KIND_FIX ? v * (1 << QUARTER) : v;
}

static void write_item(buffer *to, const operand *x, size_t i)
{
    const int v = small_item(x, i);
    char digits[WIDE_TEXT];
    switch (x->kind) {
    case KIND_BOOL: buffer_printf(to, v ? "true" : "false"); break;
    case KIND_INT: buffer_printf(to, "%s", wide_print(wide_of_num(item_of(x, i)), digits)); break;
    case KIND_FIX: buffer_printf(to, "%.2f", v / 4.0); break;
    case KIND_KEY: buffer_printf(to, "\"%c\"", v); break;
    }
}

static void write_axis(buffer *to, const operand *x, unsigned axis, size_t first, size_t items)
{
    if (axis >= AXES || axis == x->rank) {
        write_item(to, x, first);
        return;
    }
    buffer_printf(to, "{ ");
    for (size_t k = 0; k < x->dim[axis]; k++) {
        write_axis(to, x, axis + 1, first + k * items / x->dim[axis], items / x->dim[axis]);
        buffer_printf(to, " ");
    }
    buffer_printf(to, "}");
}

/* What is empty has no literal of its own. */
static void write_literal(buffer *to, const operand *x)
{
    if (!say_is_empty(x)) {
        write_axis(to, x, 0, 0, given_len(x));
        return;
    }
    write_item(to, x, 0);
    for (unsigned k = x->rank; k-- > 0;) buffer_printf(to, " %u fill", x->dim[k]);
}

/* --- texts */

/* What stands before an operand's name in its form. */
static const char *const prefixes[FORMS] = {"own-", "group-", "public-", "", "sized-", "open-"};

static void write_operand(buffer *to, const operand *x, form f)
{
    if (f == FORM_KNOWN) {
        write_literal(to, x);
        return;
    }
    buffer_printf(to, "%s%s", prefixes[f], x->name);
    if (say_is_empty(x)) buffer_printf(to, x->dim[0] ? " [ 0 take ] map" : " 0 take");
}

bool say_uses(const saying *s, unsigned which)
{
    const char mark[] = {'@', (char)('0' + which), '\0'};
    return strstr(s->pattern, mark);
}

static void write_saying(buffer *to, const saying *s)
{
    for (const char *c = s->pattern; *c; c++) {
        const unsigned which = (unsigned)(c[1] - '0');
        if (*c == '@')
            write_operand(to, s->of[which], s->form[which]), c++;
        else
            buffer_append(to, c, 1);
    }
}

char *say_text(const saying *s)
{
    buffer text = {0};
    write_saying(&text, s);
    return buffer_take(&text);
}

static void write_type(buffer *to, const operand *x, form f)
{
    static const char *const kinds[] = {"bool", "int", "fix", "key"};
    const unsigned first = f == FORM_GROUP;
    buffer_printf(to, "%s", kinds[x->kind]);
    for (unsigned k = first; k < x->rank; k++)
        buffer_printf(to, "%s%s%u", k > first ? " " : "[",
                      f == FORM_OPEN      ? ".."
                      : f == FORM_LETTERS ? "n"
                                          : "",
                      given_dim(x, k) + (f == FORM_OPEN ? MORE : 0));
    buffer_printf(to, x->rank > first ? "]" : "");
}

static void write_input(buffer *to, const operand *x, form f)
{
    char most[WIDE_TEXT];
    wide_print(wide_of_num(x->wide               ? (num)1 << (WIDE_SHIFT + 3)
                           : x->kind == KIND_FIX ? 3
                                                 : 9),
               most);
    buffer_printf(to, "input %s%s from %s : ", prefixes[f], x->name, f == FORM_GROUP ? "g" : "a");
    write_type(to, x, f);
    if (x->kind == KIND_INT || x->kind == KIND_FIX) buffer_printf(to, " -%s..%s", most, most);
    buffer_printf(to, "\n");
}

enum { OPERANDS_MAX = 64 };

/* Which operands are said in which forms. */
typedef struct used {
    bool as[OPERANDS_MAX][FORMS];
    bool chosen;
} used;

static used uses_of(const saying *s, size_t len)
{
    used u = {0};
    cr_assert_leq(say_operands_len, OPERANDS_MAX);
    for (size_t i = 0; i < len; i++) {
        for (unsigned k = 0; k < SAY_PLACES; k++)
            if (say_uses(&s[i], k)) u.as[s[i].of[k] - say_operands][s[i].form[k]] = true;
        u.chosen = u.chosen || strstr(s[i].pattern, "chosen");
    }
    for (size_t i = 0; i < say_operands_len; i++)
        if (u.as[i][FORM_PUBLIC]) u.as[i][FORM_OWN] = true;
    return u;
}

/* `types` are those of the results, or NULL when they are not revealed. */
static void write_header(buffer *to, const used *u, const meaning *types, size_t len)
{
    buffer_printf(to, "party a\nparty g[%d]\nparam n1\nparam n2\nparam n3\n", GROUP);
    for (size_t i = 0; i < say_operands_len; i++)
        for (form f = FORM_OWN; f < FORMS; f++)
            if (u->as[i][f] && f != FORM_PUBLIC && f != FORM_KNOWN)
                write_input(to, &say_operands[i], f);
    if (u->chosen) buffer_printf(to, "input choice from a : bool\noutput chosen to all : bool\n");
    for (size_t i = 0; i < say_operands_len; i++) {
        if (!u->as[i][FORM_PUBLIC]) continue;
        buffer_printf(to, "output public-%s to all : ", say_operands[i].name);
        write_type(to, &say_operands[i], FORM_PUBLIC);
        buffer_printf(to, "\n");
    }
    buffer_printf(to, "output done to all : int\n");
    for (size_t i = 0; types && i < len; i++)
        buffer_printf(to, "output result%zu to all : %s\n", i, types[i].type);
}

static char *spell(const saying *s, const meaning *m, size_t len, bool reveals)
{
    buffer text = {0};
    const used u = uses_of(s, len);
    write_header(&text, &u, reveals ? m : NULL, len);
    if (u.chosen) buffer_printf(&text, "choice reveal chosen\n");
    for (size_t i = 0; i < say_operands_len; i++)
        if (u.as[i][FORM_PUBLIC])
            buffer_printf(&text, "own-%s reveal public-%s\n", say_operands[i].name,
                          say_operands[i].name);
    for (size_t i = 0; i < len; i++) {
        write_saying(&text, &s[i]);
        buffer_printf(&text, " %s -> r%zu\n", m[i].then, i);
        if (reveals) buffer_printf(&text, "r%zu reveal result%zu\n", i, i);
    }
    buffer_printf(&text, "0 reveal done\n");
    return buffer_take(&text);
}

/* --- compiling */

static status compile_text(const char *text, compile_request req, program **p, report *rep)
{
    static const setting sizes[] = {{"n1", "1", NULL}, {"n2", "2", NULL}, {"n3", "3", NULL}};
    failure err = {0};
    req.file = "said.moot", req.source = (slice){(const uint8_t *)text, strlen(text)};
    req.set = sizes, req.sets = req.symbolic ? 0 : sizeof sizes / sizeof *sizes;
    *p = NULL;
    status st = compile(&req, p, rep, &err);
    cr_assert(st == OK || (st == E_PROGRAM && rep->errors), "status %d: %s\n%s", st, err.text, text);
    return st;
}

static void read_report(meaning *m, const report *rep)
{
    for (size_t k = 0; k < rep->ranges; k++)
        if (!strcmp(rep->range[k].name, "r0"))
            snprintf(m->type, sizeof m->type, "%s", strchr(rep->range[k].type, ' ') + 1);
    for (size_t k = rep->findings; k-- > 0;)
        if (rep->finding[k].error) snprintf(m->code, sizeof m->code, "%s", rep->finding[k].code);
}

static meaning meant_with(const saying *s, const char *then, bool symbolic)
{
    program *p;
    report rep;
    meaning m = {.then = then};
    char *text = spell(s, &m, 1, false);
    m.accepted = compile_text(text, (compile_request){.symbolic = symbolic}, &p, &rep) == OK;
    read_report(&m, &rep);
    program_free(p);
    report_free(&rep);
    free(text);
    return m;
}

meaning say_try(const saying *s)
{
    const meaning m = meant_with(s, "", false);
    if (!m.accepted) return m;
    const bool key = !m.type[0], open = strstr(m.type, "..");
    const meaning more = key    ? meant_with(s, "\"d\" =", false)
                         : open ? meant_with(s, "total", false)
                                : m;
    return more.accepted ? more : m;
}

meaning say_check(const saying *s)
{
    return meant_with(s, "", true);
}

bool say_can_run(const meaning *m)
{
    return m->accepted && m->type[0] && !strstr(m->type, "..") && !strstr(m->type, "[0") &&
           !strstr(m->type, " 0");
}

static program *loaded(const char *text, compile_request req)
{
    program *p, *again = NULL;
    report rep;
    buffer bytes = {0};
    failure err = {0};
    status st = compile_text(text, req, &p, &rep);
    cr_assert(st == OK || req.no_hoist, "accepted, but not when it is revealed: %s\n%s",
              rep.findings ? rep.finding[0].text : "", text);
    if (st == OK) {
        program_encode(p, &bytes);
        st = program_load(&again, (slice){bytes.data, bytes.len}, &err);
        cr_assert_eq(st, OK, "%s\n%s", err.text, text);
    }
    program_free(p);
    report_free(&rep);
    buffer_free(&bytes);
    return again;
}

program *say_program(const saying *s, const meaning *m, size_t len, field_request field)
{
    char *text = spell(s, m, len, true);
    program *p = loaded(text, (compile_request){.no_hoist = true, .field = field});
    free(text);
    return p;
}

/* --- running */

static void give(const program *p, run_data *d, const operand *x, uint32_t input)
{
    const party_decl *party = &p->party[p->input[input].party];
    const uint32_t members = party->group ? party->size : 1;
    const size_t each = given_len(x) / members;
    for (uint32_t m = 0; m < members; m++) {
        plain *to = &d->input[input][m];
        free(to->v);
        cr_assert_eq(plain_alloc(to, each, 0, NULL), OK);
        for (size_t i = 0; i < each; i++) {
            const char text[] = {(char)small_item(x, m * each + i), '\0'};
            const num key = key_of_text((slice){(const uint8_t *)text, 1});
            to->v[i] = x->kind == KIND_KEY ? key_cut(key, wide_num(p->input[input].hi))
                                           : item_of(x, m * each + i);
        }
    }
}

run_data *say_data(const program *p)
{
    static const operand one = OF("choice", KIND_BOOL, 1, 1);
    run_data *d = run_data_new(p);
    cr_assert(d);
    for (uint32_t k = 0; k < p->inputs; k++) {
        const char *dash = strchr(p->input[k].name, '-');
        if (!dash) give(p, d, &one, k), d->input[k][0].v[0] = 1;
        for (size_t j = 0; dash && j < say_operands_len; j++)
            if (!strcmp(say_operands[j].name, dash + 1)) give(p, d, &say_operands[j], k);
    }
    return d;
}

static bool all_zeros(void *arg, uint8_t *out, size_t len)
{
    (void)arg;
    memset(out, 0, len);
    return true;
}

static char *items_of(const plain *x)
{
    buffer items = {0};
    char digits[WIDE_TEXT];
    for (size_t i = 0; i < x->len; i++)
        buffer_printf(&items, "%s%s", i ? " " : "", plain_print(x, i, 0, digits));
    return buffer_take(&items);
}

char *say_run(const saying *s, const meaning *m, bool hoist)
{
    char *text = spell(s, m, 1, true), *items = NULL;
    program *p = loaded(text, (compile_request){.no_hoist = !hoist});
    failure err = {0};
    if (p) {
        run_data *d = say_data(p);
        abb *box = ideal_new(p);
        cr_assert(box);
        ideal_draw_from(box, all_zeros, NULL);
        cr_assert_eq(interp_run(p, box, d, &err), OK, "%s\n%s", err.text, text);
        items = items_of(&d->output[p->outputs - 1][0]);
        ideal_free(box);
        run_data_free(d, p);
    }
    program_free(p);
    free(text);
    return items;
}
