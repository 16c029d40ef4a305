/* The layout of a program; see format.h. The whole layout is a number of blanks before each token and each
 * comment: every pass below decides some of these numbers from the tokens and from how the author spaced
 * them. Widths that others are padded to are limited, so that one long name cannot make every line long. */
#include "compiler/format.h"

#include <string.h>

#include "compiler/diagnose.h"
#include "compiler/lex.h"

enum {
    SOURCE_MAX = 16 << 20,
    INDENT = 4,
    INDENT_MAX = 32,     /* deeper code is not indented further */
    KEYWORD_WIDTH = 6,   /* of "output" */
    COLUMN_MAX = 40,     /* a longer name, party or type stands out of its column */
    COMMENT_COLUMN = 40, /* comments after code begin here or further right; above INDENT_MAX */
    LINE_MAX = 72,       /* code that ends further right moves no column */
    PHRASE_GAP = 2,      /* what the author leaves between phrases */
    DECLARATION_GAP = 3  /* between declarations on one line */
};

/* A line that holds tokens, a comment, or both. */
typedef struct row {
    uint32_t first, count;         /* its tokens */
    uint32_t comment, comment_len; /* bytes of the source, '#' included; length 0: none */
    uint32_t comment_col;          /* where the author began it */
    bool blank_before, header;
    uint8_t indent, comment_pad;
} row;

typedef struct rows {
    row *at;
    uint32_t len, cap;
} rows;

typedef struct formatter {
    source_text source;
    tokens list;
    rows rows;
    uint8_t *pad; /* blanks before each token */
    arena *mem;
} formatter;

/* What is measured and padded is counted in characters. */
static uint32_t width_of(const char *s, uint32_t len)
{
    uint32_t n = 0;
    for (uint32_t i = 0; i < len; i++) n += ((uint8_t)s[i] & 0xc0) != 0x80;
    return n;
}

static uint32_t token_width(const token *t)
{
    return width_of(token_text(t), t->len);
}

/* --- rows: the lexer drops comments, but what stands between two tokens is blanks and comments only */

static row *rows_add(formatter *f)
{
    rows *r = &f->rows;
    if (r->len == r->cap) {
        uint32_t cap = r->cap ? 2 * r->cap : 64;
        r->at = arena_grow(f->mem, r->at, r->cap * sizeof *r->at, cap * sizeof *r->at);
        r->cap = cap;
    }
    return &r->at[r->len++];
}

static bool is_blank(uint8_t c)
{
    return c == ' ' || c == '\t' || c == '\r';
}

/* Reads the gap from byte `at` to `end`, which opens with what is left of row `now` (NULL at the start of
 * the file); returns true when a blank line ends it. */
static bool read_gap(formatter *f, row *now, uint32_t at, uint32_t end)
{
    const uint8_t *s = f->source.bytes.data;
    uint32_t breaks = now ? 0 : 1, line = at;

    while (at < end) {
        if (s[at] == '\n') breaks++, now = NULL, line = at + 1;
        if (s[at] != '#') {
            at++;
            continue;
        }
        uint32_t from = at;
        while (at < end && s[at] != '\n') at++;
        uint32_t len = at - from;
        while (is_blank(s[from + len - 1])) len--;
        if (!now) {
            now = rows_add(f);
            now->blank_before = breaks > 1;
        }
        now->comment = from, now->comment_len = len;
        while (line > 0 && s[line - 1] != '\n') line--;
        now->comment_col = width_of((const char *)s + line, from - line);
        breaks = 0;
    }
    return breaks > 1;
}

static void read_rows(formatter *f)
{
    const token *t = f->list.at;
    const uint8_t *s = f->source.bytes.data;
    uint32_t at = f->source.bytes.len >= 3 && !memcmp(s, "\xef\xbb\xbf", 3) ? 3 : 0;
    row *now = NULL;

    for (uint32_t i = 0; i < f->list.len; i++) {
        bool same = now && t[i].kind != TOKEN_END && t[i].line == t[i - 1].line;
        bool blank = same ? false : read_gap(f, now, at, t[i].start);
        if (t[i].kind == TOKEN_END) return;
        if (!same) {
            now = rows_add(f);
            *now = (row){.first = i, .blank_before = blank};
        }
        now->count++;
        at = t[i].start + t[i].len;
    }
}

/* --- indentation: four more than the line that opened the bracket */

typedef enum frame_kind { FRAME_BRACKET, FRAME_DEFINITION, FRAME_TEST } frame_kind;

typedef struct frame {
    uint8_t kind, closer, indent; /* of the line that opened it */
} frame;

typedef struct nesting {
    frame *open;
    uint32_t depth;
    uint8_t in_test; /* where the next line of a test begins */
} nesting;

static char only_char(const token *t)
{
    return t->kind == TOKEN_WORD && t->len == 1 ? token_text(t)[0] : 0;
}

static uint8_t inner_indent(const nesting *n)
{
    if (!n->depth) return 0;
    const frame *top = &n->open[n->depth - 1];
    if (top->kind == FRAME_TEST) return n->in_test;
    return top->indent + INDENT > INDENT_MAX ? INDENT_MAX : (uint8_t)(top->indent + INDENT);
}

static void nest(nesting *n, frame_kind is, char closer, uint8_t indent)
{
    n->open[n->depth++] = (frame){(uint8_t)is, (uint8_t)closer, indent};
}

/* Leaves what t closes; false when it closes nothing. `;` ends its definition with all that is open. */
static bool unnest(nesting *n, const token *t, uint8_t *indent)
{
    char c = only_char(t);
    if (!n->depth || !c) return false;
    if (c == ';' && n->open[0].closer == ';') n->depth = 1;
    if (n->open[n->depth - 1].closer != (uint8_t)c) return false;
    *indent = n->open[--n->depth].indent;
    return true;
}

/* A test's values and what is expected of them stand in two blocks; a line that goes on one of them stands
 * deeper than the lines that begin them. */
static void enter_test(nesting *n, const token *t, uint8_t indent)
{
    nest(n, FRAME_TEST, ';', indent);
    n->in_test = t[2].line == t->line ? 2 * INDENT : INDENT;
}

static void read_token(nesting *n, const token *t, const row *r)
{
    uint8_t ignored;
    bool top = !n->depth;

    switch (only_char(t)) {
    case '[': nest(n, FRAME_BRACKET, ']', r->indent); return;
    case '{': nest(n, FRAME_BRACKET, '}', r->indent); return;
    case '(': nest(n, FRAME_BRACKET, ')', r->indent); return;
    case ':':
        if (top) nest(n, FRAME_DEFINITION, ';', r->indent);
        return;
    default: break;
    }
    if (top && token_is(t, "test") && t[1].kind == TOKEN_STRING)
        enter_test(n, t, r->indent);
    else if (!top && n->open[n->depth - 1].kind == FRAME_TEST && token_is(t, "expect"))
        n->in_test = r->indent == n->open[n->depth - 1].indent ? INDENT : 2 * INDENT;
    else
        unnest(n, t, &ignored);
}

static void indent_row(formatter *f, nesting *n, row *r)
{
    const token *t = &f->list.at[r->first];
    uint32_t i = 0;

    r->indent = inner_indent(n);
    if (n->depth && n->open[n->depth - 1].kind == FRAME_TEST && r->count && token_is(t, "expect"))
        r->indent = INDENT;
    while (i < r->count && unnest(n, &t[i], &r->indent)) i++;
    for (; i < r->count; i++) read_token(n, &t[i], r);
}

/* The header ends at the first line that begins with anything else. */
static bool begins_declaration(const token *t)
{
    static const char *const keywords[] = {"edition", "party", "param",    "input",
                                           "output",  "use",   "precision"};
    for (size_t i = 0; i < sizeof keywords / sizeof *keywords; i++)
        if (token_is(t, keywords[i])) return true;
    return false;
}

static void indent_rows(formatter *f)
{
    nesting n = {.open = arena_alloc(f->mem, f->list.len * sizeof *n.open)};
    bool header = true;

    for (uint32_t i = 0; i < f->rows.len; i++) {
        row *r = &f->rows.at[i];
        header = header && (!r->count || begins_declaration(&f->list.at[r->first]));
        r->header = header && r->count;
        if (!r->header) indent_row(f, &n, r);
    }
}

/* --- blanks inside lines */

static uint32_t author_gap(const token *t)
{
    return t->start - (t[-1].start + t[-1].len);
}

static bool opens(const token *t)
{
    char c = only_char(t);
    return c == '[' || c == '{' || c == '(';
}

static bool closes(const token *t)
{
    char c = only_char(t);
    return c == ']' || c == '}' || c == ')';
}

static void space_body(formatter *f, const row *r)
{
    for (uint32_t i = r->first; i < r->first + r->count; i++) {
        const token *t = &f->list.at[i];
        if (i == r->first)
            f->pad[i] = r->indent;
        else if (author_gap(t) >= PHRASE_GAP && !opens(t - 1) && !closes(t))
            f->pad[i] = PHRASE_GAP;
        else
            f->pad[i] = 1;
    }
}

static void space_declaration(formatter *f, const row *r)
{
    const token *t = f->list.at;
    for (uint32_t i = r->first + 1; i < r->first + r->count; i++)
        f->pad[i] = i > r->first + 1 && begins_declaration(&t[i]) ? DECLARATION_GAP : 1;
    if (r->count > 1 && t[r->first].len <= KEYWORD_WIDTH && !token_is(&t[r->first], "use"))
        f->pad[r->first + 1] = (uint8_t)(KEYWORD_WIDTH + 1 - t[r->first].len);
}

static uint32_t row_width(const formatter *f, const row *r, uint32_t count)
{
    uint32_t width = 0;
    for (uint32_t i = r->first; i < r->first + count; i++)
        width += f->pad[i] + token_width(&f->list.at[i]);
    return width;
}

/* --- columns of declarations: NAME from PARTY : TYPE RANGE, and NAME = VALUE */

typedef enum place_in_row { NAME_AT = 1, FROM_AT, PARTY_AT, COLON_AT, TYPE_AT } place_in_row;

typedef struct columns {
    uint32_t param, name, from, party, type; /* the widest of each, in characters */
    bool ranges;                             /* the author has them in a column */
} columns;

static bool is_port(const formatter *f, const row *r)
{
    const token *t = &f->list.at[r->first];
    return r->header && r->count > TYPE_AT && (token_is(t, "input") || token_is(t, "output")) &&
           (token_is(&t[FROM_AT], "from") || token_is(&t[FROM_AT], "to")) &&
           token_is(&t[COLON_AT], ":");
}

static bool is_param(const formatter *f, const row *r)
{
    return r->header && r->count > FROM_AT && token_is(&f->list.at[r->first], "param");
}

/* How many tokens the type has: it may hold blanks inside its brackets. */
static uint32_t type_tokens(const formatter *f, const row *r)
{
    int open = 0;
    uint32_t i = r->first + TYPE_AT, end = r->first + r->count;
    while (i < end) {
        const token *t = &f->list.at[i++];
        for (uint32_t k = 0; k < t->len; k++)
            open += (token_text(t)[k] == '[') - (token_text(t)[k] == ']');
        if (open <= 0) break;
    }
    return i - (r->first + TYPE_AT);
}

static uint32_t type_width(const formatter *f, const row *r)
{
    uint32_t n = type_tokens(f, r), width = n - 1;
    for (uint32_t i = 0; i < n; i++) width += token_width(&f->list.at[r->first + TYPE_AT + i]);
    return width;
}

/* Where in the row its range stands, or 0. */
static uint32_t range_at(const formatter *f, const row *r)
{
    uint32_t i = TYPE_AT + type_tokens(f, r);
    return i < r->count && !begins_declaration(&f->list.at[r->first + i]) ? i : 0;
}

static void widen(uint32_t *column, uint32_t width)
{
    if (width > *column && width <= COLUMN_MAX) *column = width;
}

static void measure_port(const formatter *f, const row *r, columns *c)
{
    const token *t = &f->list.at[r->first];
    uint32_t range = range_at(f, r);
    widen(&c->name, token_width(&t[NAME_AT]));
    widen(&c->from, token_width(&t[FROM_AT]));
    widen(&c->party, token_width(&t[PARTY_AT]));
    if (!range) return;
    widen(&c->type, type_width(f, r));
    c->ranges = c->ranges || author_gap(&t[range]) >= PHRASE_GAP;
}

/* The blanks after something `width` wide in a column. */
static uint8_t column_gap(uint32_t column, uint32_t width)
{
    return (uint8_t)(width < column ? column - width + 1 : 1);
}

static void set_port(formatter *f, const row *r, const columns *c)
{
    const token *t = &f->list.at[r->first];
    uint8_t *pad = &f->pad[r->first];
    uint32_t range = range_at(f, r);
    pad[FROM_AT] = column_gap(c->name, token_width(&t[NAME_AT]));
    pad[PARTY_AT] = column_gap(c->from, token_width(&t[FROM_AT]));
    pad[COLON_AT] = column_gap(c->party, token_width(&t[PARTY_AT]));
    if (c->ranges && range) pad[range] = column_gap(c->type, type_width(f, r));
}

/* The columns of rows from … to-1, which no blank line parts. */
static void align_declarations(formatter *f, uint32_t from, uint32_t to)
{
    columns c = {0};
    for (uint32_t i = from; i < to; i++) {
        const row *r = &f->rows.at[i];
        if (is_port(f, r)) measure_port(f, r, &c);
        if (is_param(f, r)) widen(&c.param, token_width(&f->list.at[r->first + NAME_AT]));
    }
    for (uint32_t i = from; i < to; i++) {
        const row *r = &f->rows.at[i];
        uint32_t name = r->first + NAME_AT;
        if (is_port(f, r)) set_port(f, r, &c);
        if (is_param(f, r)) f->pad[name + 1] = column_gap(c.param, token_width(&f->list.at[name]));
    }
}

/* --- columns of results: lines that end in `reveal x`, or in `-> x`, when the author has them in one */

/* The word that begins the row's result, or NULL. */
static const token *result_of(const formatter *f, const row *r)
{
    const token *t = &f->list.at[r->first];
    if (r->header || r->count < 3) return NULL;
    t += r->count - 2;
    return token_is(t, "reveal") || token_is(t, "->") ? t : NULL;
}

static bool same_results(const formatter *f, const row *a, const row *b)
{
    const token *x = result_of(f, a), *y = result_of(f, b);
    return x && y && x->len == y->len && a->indent == b->indent;
}

static uint32_t result_width(const formatter *f, const row *r)
{
    return row_width(f, r, r->count - 2);
}

/* Do the results of two lines stand in one column, set apart? As the author wrote them, or by chance once
 * they are spaced: the next time, that is how the author wrote them. */
static bool in_column(const formatter *f, const row *a, const row *b)
{
    const token *x = result_of(f, a), *y = result_of(f, b);
    uint8_t gap_x = f->pad[x - f->list.at], gap_y = f->pad[y - f->list.at];
    if (gap_x < PHRASE_GAP && gap_y < PHRASE_GAP) return false;
    return x->col == y->col || result_width(f, a) + gap_x == result_width(f, b) + gap_y;
}

/* Lines from … to-1 all have such a result. */
static void align_results(formatter *f, uint32_t from, uint32_t to)
{
    uint32_t column = 0;
    bool apart = false;

    for (uint32_t i = from; i < to; i++) {
        const row *r = &f->rows.at[i];
        uint32_t width = result_width(f, r);
        apart = apart || (i > from && in_column(f, r - 1, r));
        if (width > column && width <= LINE_MAX) column = width;
    }
    for (uint32_t i = from; i < to && apart; i++) {
        const row *r = &f->rows.at[i];
        uint32_t width = result_width(f, r);
        f->pad[r->first + r->count - 2] =
            (uint8_t)(width < column ? column - width + PHRASE_GAP : PHRASE_GAP);
    }
}

static void find_results(formatter *f, uint32_t from, uint32_t to)
{
    while (from < to) {
        uint32_t end = from + 1;
        while (end < to && same_results(f, &f->rows.at[from], &f->rows.at[end])) end++;
        if (result_of(f, &f->rows.at[from])) align_results(f, from, end);
        from = end;
    }
}

/* --- columns of comments */

/* Where comments of rows from … to-1 begin, which no blank line parts. */
static uint32_t comment_column(const formatter *f, uint32_t from, uint32_t to)
{
    uint32_t column = COMMENT_COLUMN;
    for (uint32_t i = from; i < to; i++) {
        const row *r = &f->rows.at[i];
        if (!r->count || !r->comment_len) continue;
        uint32_t width = row_width(f, r, r->count) + PHRASE_GAP;
        if (width > column && width <= LINE_MAX) column = width;
    }
    return column;
}

/* A comment alone on its line, right below one that ends a line and where that began, goes on with it. */
static void align_comments(formatter *f, uint32_t from, uint32_t to)
{
    uint32_t column = comment_column(f, from, to), above = 0;
    bool goes_on = false;

    for (uint32_t i = from; i < to; i++) {
        row *r = &f->rows.at[i];
        uint32_t width = row_width(f, r, r->count);
        if (r->count) {
            above = width + PHRASE_GAP > column ? width + PHRASE_GAP : column;
            goes_on = r->comment_len && above <= UINT8_MAX;
            r->comment_pad = (uint8_t)(above - width);
        } else {
            goes_on = goes_on && r->comment_col == r[-1].comment_col;
            r->comment_pad = goes_on ? (uint8_t)above : r->indent;
        }
    }
}

/* --- the whole */

static void lay_out(formatter *f)
{
    uint32_t from = 0;

    f->pad = arena_alloc(f->mem, f->list.len);
    read_rows(f);
    indent_rows(f);
    while (from < f->rows.len) {
        uint32_t to = from;
        do {
            if (f->rows.at[to].header)
                space_declaration(f, &f->rows.at[to]);
            else
                space_body(f, &f->rows.at[to]);
        } while (++to < f->rows.len && !f->rows.at[to].blank_before);
        align_declarations(f, from, to);
        find_results(f, from, to);
        align_comments(f, from, to);
        from = to;
    }
}

static void write_padded(buffer *out, uint32_t pad, const void *text, uint32_t len)
{
    buffer_printf(out, "%*s", (int)pad, "");
    buffer_append(out, text, len);
}

static void write_rows(const formatter *f, buffer *out)
{
    for (uint32_t i = 0; i < f->rows.len; i++) {
        const row *r = &f->rows.at[i];
        if (r->blank_before && i > 0) buffer_append(out, "\n", 1);
        for (uint32_t k = r->first; k < r->first + r->count; k++)
            write_padded(out, f->pad[k], token_text(&f->list.at[k]), f->list.at[k].len);
        if (r->comment_len)
            write_padded(out, r->comment_pad, f->source.bytes.data + r->comment, r->comment_len);
        buffer_append(out, "\n", 1);
    }
}

static bool same_text(const formatter *a, uint32_t at_a, const formatter *b, uint32_t at_b,
                      uint32_t len)
{
    return !memcmp(a->source.bytes.data + at_a, b->source.bytes.data + at_b, len);
}

static bool same_row(const formatter *a, const row *x, const formatter *b, const row *y)
{
    if (x->count != y->count || x->comment_len != y->comment_len) return false;
    for (uint32_t i = 0; i < x->count; i++) {
        const token *s = &a->list.at[x->first + i], *t = &b->list.at[y->first + i];
        if (s->kind != t->kind || s->len != t->len) return false;
        if (!same_text(a, s->start, b, t->start, s->len)) return false;
    }
    return !x->comment_len || same_text(a, x->comment, b, y->comment, x->comment_len);
}

static size_t skip_blanks(slice text, size_t at)
{
    while (at < text.len && (is_blank(text.data[at]) || text.data[at] == '\n')) at++;
    return at;
}

/* Do two texts differ in blanks only? Knows nothing of rows, so that what read_rows lost is missed here. */
static bool same_but_blanks(slice a, slice b)
{
    size_t i = a.len >= 3 && !memcmp(a.data, "\xef\xbb\xbf", 3) ? 3 : 0, k = 0;
    for (;;) {
        i = skip_blanks(a, i), k = skip_blanks(b, k);
        if (i == a.len || k == b.len) return i == a.len && k == b.len;
        if (a.data[i++] != b.data[k++]) return false;
    }
}

/* Reads what was written: the same tokens and comments on the same lines? */
static bool reads_the_same(const formatter *f, slice written)
{
    sink found = {.mem = f->mem};
    formatter again = {.source = {.file = f->source.file, .bytes = written}, .mem = f->mem};

    lex(&again.source, &again.list, f->mem, &found);
    read_rows(&again);
    if (found.errors || again.rows.len != f->rows.len) return false;
    if (!same_but_blanks(f->source.bytes, written)) return false;
    for (uint32_t i = 0; i < f->rows.len; i++)
        if (!same_row(f, &f->rows.at[i], &again, &again.rows.at[i])) return false;
    return true;
}

static status format_on(formatter *f, buffer *out, report *rep, failure *err)
{
    sink found = {.mem = f->mem};

    lex(&f->source, &f->list, f->mem, &found);
    diagnose_finish(&found, rep);
    if (found.errors) return fail(err, E_PROGRAM, "", "%s is not made of tokens", f->source.file);
    lay_out(f);
    write_rows(f, out);
    if (out->failed) return fail_memory(err);
    if (!reads_the_same(f, (slice){out->data, out->len}))
        return fail(err, E_BUG, "", "formatting %s would change what it says", f->source.file);
    return OK;
}

status format_source(const char *file, slice source, buffer *out, report *rep, failure *err)
{
    jmp_buf oom;
    formatter f = {.source = {.file = file, .bytes = source}, .mem = &rep->mem};

    memset(rep, 0, sizeof *rep);
    if (source.len > SOURCE_MAX)
        return fail(err, E_LIMIT, "E0903", "%s has %zu bytes; a program has at most %d", file,
                    source.len, SOURCE_MAX);
    rep->mem.oom = &oom;
    if (setjmp(oom)) return fail_memory(err);
    status st = format_on(&f, out, rep, err);
    rep->mem.oom = NULL;
    return st;
}
