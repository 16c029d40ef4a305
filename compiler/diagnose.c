/* Collects and renders findings; see diagnose.h. */
#include "compiler/diagnose.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { NOTES_MAX = 6, EXCERPT_MAX = 110, QUOTE_MAX = 40 };

struct diagnosis {
    diagnosis *next;
    arena *mem;
    finding out;
    token at, second;
    const char *label, *second_label;
    const char *line[NOTES_MAX];
    uint8_t line_kind[NOTES_MAX];
    char mark; /* '^' or '-' */
};

static char *vformat(arena *mem, const char *fmt, va_list ap)
{
    va_list again;
    va_copy(again, ap);
    int n = vsnprintf(NULL, 0, fmt, again);
    va_end(again);
    size_t size = n < 0 ? 1 : (size_t)n + 1;
    char *text = arena_alloc(mem, size);
    if (n >= 0) vsnprintf(text, size, fmt, ap);
    return text;
}

static uint32_t width_of(const token *t)
{
    const char *s = token_text(t);
    uint32_t n = 0;
    for (uint32_t i = 0; i < t->len; i++) n += ((uint8_t)s[i] & 0xc0) != 0x80;
    return n ? n : 1;
}

static bool same_place(const diagnosis *d, const char *code, const token *at)
{
    return d->at.source == at->source && d->at.start == at->start && !strcmp(d->out.code, code);
}

/* Of findings as many as are kept the last warning goes, so that an error found late is among them. */
static bool forget_a_warning(sink *s)
{
    diagnosis *before = NULL, *warning = NULL, *previous = NULL;

    for (diagnosis *d = s->first; d; previous = d, d = d->next)
        if (!d->out.error) warning = d, before = previous;
    if (!warning) return false;
    *(before ? &before->next : &s->first) = warning->next;
    if (s->last == warning) s->last = before;
    s->kept--;
    return true;
}

diagnosis *diagnose(sink *s, bool error, const char *code, const token *at, const char *fmt, ...)
{
    for (const diagnosis *d = s->first; d; d = d->next)
        if (same_place(d, code, at)) return NULL;
    s->errors += error;
    if (s->kept == FINDINGS_MAX && !(error && forget_a_warning(s))) return NULL;

    diagnosis *d = arena_alloc(s->mem, sizeof *d);
    va_list ap;
    va_start(ap, fmt);
    d->out = (finding){.error = error,
                       .code = code,
                       .message = vformat(s->mem, fmt, ap),
                       .file = at->source->file,
                       .line = at->line,
                       .col = at->col,
                       .end_col = at->col + width_of(at)};
    va_end(ap);
    d->mem = s->mem, d->at = *at, d->mark = '^';
    if (s->last)
        s->last->next = d;
    else
        s->first = d;
    s->last = d, s->kept++;
    return d;
}

void diagnose_label(diagnosis *d, const char *fmt, ...)
{
    if (!d) return;
    va_list ap;
    va_start(ap, fmt);
    d->label = vformat(d->mem, fmt, ap);
    va_end(ap);
}

void diagnose_origin(diagnosis *d)
{
    if (d) d->mark = '-';
}

void diagnose_second(diagnosis *d, const token *at, const char *fmt, ...)
{
    if (!d || at->source != d->at.source) return;
    va_list ap;
    va_start(ap, fmt);
    d->second = *at;
    d->second_label = vformat(d->mem, fmt, ap);
    va_end(ap);
}

void diagnose_line(diagnosis *d, line_kind as, const char *fmt, ...)
{
    if (!d || d->out.notes_len == NOTES_MAX) return;
    va_list ap;
    va_start(ap, fmt);
    d->line_kind[d->out.notes_len] = (uint8_t)as;
    d->line[d->out.notes_len++] = vformat(d->mem, fmt, ap);
    va_end(ap);
}

void diagnose_help(diagnosis *d, const char *fmt, ...)
{
    if (!d) return;
    va_list ap;
    va_start(ap, fmt);
    d->out.help = vformat(d->mem, fmt, ap);
    va_end(ap);
}

/* --- what mends it */

static void set_fix(diagnosis *d, const token *in, span at, const char *fmt, va_list ap)
{
    if (in->source != d->at.source) return;
    d->out.fix = vformat(d->mem, fmt, ap);
    d->out.fix_at = at;
}

static span start_of(const token *t)
{
    return (span){t->line, t->col, t->line, t->col};
}

static span end_of(const token *t)
{
    const uint32_t col = t->col + (t->len ? width_of(t) : 0);
    return (span){t->line, col, t->line, col};
}

static span between(span from, span to)
{
    return (span){from.line, from.col, to.end_line, to.end_col};
}

void diagnose_fix(diagnosis *d, const token *from, const token *to, const char *fmt, ...)
{
    if (!d || from->source != to->source) return;
    va_list ap;
    va_start(ap, fmt);
    set_fix(d, from, between(start_of(from), end_of(to)), fmt, ap);
    va_end(ap);
}

void diagnose_fix_before(diagnosis *d, const token *at, const char *fmt, ...)
{
    if (!d) return;
    va_list ap;
    va_start(ap, fmt);
    set_fix(d, at, start_of(at), fmt, ap);
    va_end(ap);
}

void diagnose_fix_after(diagnosis *d, const token *at, const char *fmt, ...)
{
    if (!d) return;
    va_list ap;
    va_start(ap, fmt);
    set_fix(d, at, end_of(at), fmt, ap);
    va_end(ap);
}

void diagnose_fix_line(diagnosis *d, const token *above, const char *fmt, ...)
{
    if (!d) return;
    va_list ap;
    va_start(ap, fmt);
    char *line = vformat(d->mem, fmt, ap);
    va_end(ap);
    token first = *above;
    first.col = 1;
    diagnose_fix_before(d, &first, "%s\n", line);
}

static bool is_blank(char c)
{
    return c == ' ' || c == '\t';
}

void diagnose_remove(diagnosis *d, const token *from, const token *to)
{
    if (!d || from->source != to->source) return;
    const char *text = (const char *)from->source->bytes.data;
    const size_t len = from->source->bytes.len;
    token first = *from, last = *to;
    size_t end = to->start + to->len;
    while (end < len && is_blank(text[end])) end++;
    if (end < len && text[end] != '\n' && text[end] != '\r') {
        last.len = (uint32_t)(end - last.start);
    } else { /* at the end of a line: the blanks before */
        while (first.start && is_blank(text[first.start - 1])) first.start--, first.col--;
    }
    diagnose_fix(d, &first, &last, "%s", "");
}

const char *token_quote(const token *t, arena *mem)
{
    const char *s = token_text(t);
    uint32_t n = t->len;
    if (t->kind == TOKEN_END) return "the end of the file";
    if (n > QUOTE_MAX) {
        for (n = QUOTE_MAX; n && ((uint8_t)s[n] & 0xc0) == 0x80;) n--;
    }
    char *out = arena_strndup(mem, s, n);
    for (char *c = out; *c; c++)
        if ((uint8_t)*c < ' ') *c = '?';
    return n < t->len ? arena_printf(mem, "%s…", out) : out;
}

/* --- rendering --- */

/* The part of a source line that is shown: whole when short, else a window around the caret. */
typedef struct excerpt {
    const char *s;
    size_t len;
    uint32_t first_col; /* the column of s[0] */
} excerpt;

static const char *step(const char *s, const char *end)
{
    if (s < end) s++;
    while (s < end && ((uint8_t)*s & 0xc0) == 0x80) s++;
    return s;
}

static excerpt excerpt_of(const token *t)
{
    const char *text = (const char *)t->source->bytes.data, *end = text + t->source->bytes.len;
    const char *start = text + t->start;
    uint32_t before = EXCERPT_MAX / 2, first = t->col;

    while (start > text && start[-1] != '\n' && (before || first == 1)) {
        start--;
        if (((uint8_t)*start & 0xc0) != 0x80) before--, first--;
    }
    if (first == 0) first = 1; /* a byte order mark before column 1 */
    if (start == text && end - text >= 3 && !memcmp(text, "\xef\xbb\xbf", 3)) start += 3, first = 1;
    const char *stop = start;
    for (uint32_t n = 0; stop < end && *stop != '\n' && n < EXCERPT_MAX; n++)
        stop = step(stop, end);
    if (stop > start && stop[-1] == '\r') stop--;
    return (excerpt){start, (size_t)(stop - start), first};
}

/* Appends source text with what a terminal should not see taken out. */
static void put_source(buffer *b, excerpt e)
{
    const char *end = e.s + e.len;
    for (const char *s = e.s; s < end;) {
        const char *next = step(s, end);
        uint8_t c = (uint8_t)*s;
        if (c == '\t')
            buffer_append(b, " ", 1);
        else if (c < ' ' || c == 0x7f || (c >= 0x80 && (next - s == 1 || c < 0xc2)))
            buffer_append(b, "?", 1);
        else
            buffer_append(b, s, (size_t)(next - s));
        s = next;
    }
}

static void put_repeated(buffer *b, char c, uint32_t n)
{
    for (uint32_t i = 0; i < n; i++) buffer_append(b, &c, 1);
}

static unsigned digits_of(uint32_t n)
{
    unsigned d = 1;
    while (n /= 10) d++;
    return d;
}

static int gutter(const diagnosis *d)
{
    unsigned w = digits_of(d->at.line), v = d->second_label ? digits_of(d->second.line) : 0;
    w = w > v ? w : v;
    return (int)(w > 2 ? w : 2);
}

typedef struct mark {
    uint32_t col, width;
    char c;
    const char *label;
} mark;

static uint32_t put_mark(buffer *b, uint32_t col, const mark *m)
{
    uint32_t width = m->width < EXCERPT_MAX ? m->width : EXCERPT_MAX;
    if (m->col > col) put_repeated(b, ' ', m->col - col), col = m->col;
    put_repeated(b, m->c, width);
    col += width;
    if (m->label && *m->label) {
        buffer_printf(b, " %s", m->label);
        col += 1 + (uint32_t)strlen(m->label);
    }
    return col;
}

/* The carets, and on the same line the second place's dashes. The one further left keeps its words on this
 * line only if they end before the other begins. */
static void put_marks(buffer *b, const diagnosis *d, uint32_t first_col, int width)
{
    mark m[2] = {{d->at.col, width_of(&d->at), d->mark, d->label}};
    size_t n = 1;
    if (d->second_label && d->second.line == d->at.line && d->second.col >= first_col) {
        m[1] = (mark){d->second.col, width_of(&d->second), '-', d->second_label};
        if (m[1].col < m[0].col) {
            mark t = m[0];
            m[0] = m[1], m[1] = t;
        }
        n = 2;
    }
    const char *late = NULL;
    uint32_t late_col = m[0].col;
    if (n == 2 && m[0].label && m[0].col + m[0].width + 2 + strlen(m[0].label) > m[1].col)
        late = m[0].label, m[0].label = NULL;

    uint32_t col = first_col;
    buffer_printf(b, "%*s | ", width, "");
    for (size_t i = 0; i < n; i++) col = put_mark(b, col, &m[i]);
    buffer_append(b, "\n", 1);
    if (late) {
        buffer_printf(b, "%*s | ", width, "");
        put_repeated(b, ' ', late_col - first_col);
        buffer_printf(b, "%s\n", late);
    }
}

static void put_excerpts(buffer *b, const diagnosis *d, int width)
{
    excerpt e = excerpt_of(&d->at);
    buffer_printf(b, "%*s--> %s:%u:%u\n%*s |\n", width, "", d->out.file, d->at.line, d->at.col,
                  width, "");
    buffer_printf(b, "%*u | ", width, d->at.line);
    put_source(b, e);
    buffer_append(b, "\n", 1);
    put_marks(b, d, e.first_col, width);
    if (d->second_label && d->second.line != d->at.line) {
        buffer_printf(b, "%*u | ", width, d->second.line);
        put_source(b, excerpt_of(&d->second));
        buffer_printf(b, "    <- %s\n", d->second_label);
    }
}

static const char *render(const diagnosis *d)
{
    buffer b = {0};
    int width = gutter(d);

    buffer_printf(&b, "%s[%s]: %s\n", d->out.error ? "error" : "warning", d->out.code,
                  d->out.message);
    put_excerpts(&b, d, width);
    for (size_t i = 0; i < d->out.notes_len; i++) {
        if (d->line_kind[i] == LINE_BECAUSE)
            buffer_printf(&b, "%*s = %s\n", width, "", d->line[i]);
        else
            buffer_printf(&b, "%s%s\n", d->line_kind[i] == LINE_NOTE ? "note: " : "", d->line[i]);
    }
    if (d->out.help) buffer_printf(&b, "help: %s\n", d->out.help);
    char *text = buffer_take(&b);
    const char *kept = text ? arena_strndup(d->mem, text, strlen(text)) : d->out.message;
    free(text);
    return kept;
}

const char *diagnose_code(const diagnosis *d)
{
    return d->out.code;
}

void diagnose_last(sink *s)
{
    if (s->last) s->last->next = NULL;
}

void diagnose_finish(sink *s, report *rep)
{
    finding *all = arena_alloc(s->mem, s->kept * sizeof *all);
    size_t n = 0;
    for (diagnosis *d = s->first; d; d = d->next) {
        d->out.notes = d->line;
        d->out.text = render(d);
        all[n++] = d->out;
    }
    rep->finding = all, rep->findings = n, rep->errors = s->errors;
}
