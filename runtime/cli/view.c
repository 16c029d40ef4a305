/* Steps of a trace as text, for terminals and pipes, and as JSON. */
#include "runtime/cli/view.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "runtime/data.h"
#include "runtime/json.h"

static const char trace_note[] =
    "every value in the clear, on the ideal box: for sample data on one "
    "machine, never for real secrets";

enum { WORD_WIDTH = 24, VALUE_WIDTH = 60, INDENT = 2, DEPTH_SHOWN = 8 };

/* --- lines */

static bool continues(char byte)
{
    return ((uint8_t)byte & 0xc0) == 0x80;
}

static size_t characters(const char *s, size_t len)
{
    size_t n = 0;
    for (size_t k = 0; k < len; k++) n += !continues(s[k]);
    return n;
}

/* Appends one line, cut to the width of the view; what a terminal should not see becomes a question mark. */
static void put_line(const view *v, const char *text, size_t len, buffer *out)
{
    size_t shown = 0, k = 0;
    const bool cut = v->width && characters(text, len) > v->width;
    for (; k < len && (!cut || shown + 1 < v->width || continues(text[k])); k++) {
        const char c = text[k] == '\t'                            ? ' '
                       : (uint8_t)text[k] < ' ' || text[k] == 127 ? '?'
                                                                  : text[k];
        buffer_append(out, &c, 1);
        shown += !continues(text[k]);
    }
    buffer_printf(out, cut ? "…\n" : "\n");
}

static void put_buffer(const view *v, buffer *line, buffer *out)
{
    if (line->failed) out->failed = true;
    put_line(v, line->len ? (const char *)line->data : "", line->len, out);
    line->len = 0;
}

/* --- values */

static bool is_quotation(const step_value *x)
{
    return x->type[0] == '[';
}

static uint64_t hidden_items(const step_value *x)
{
    uint64_t n = 1;
    for (unsigned k = 0; k < x->lift; k++) n *= x->dim[k];
    return n;
}

/* What is longer than VALUE_WIDTH is cut at a blank. */
static void cut_value(size_t from, buffer *out)
{
    size_t to = from + VALUE_WIDTH;
    if (out->failed || out->len <= to) return;
    while (to > from && out->data[to] != ' ') to--;
    out->len = to > from ? to : from + VALUE_WIDTH;
    buffer_printf(out, " …");
}

static void put_value(const view *v, const step_value *x, buffer *out)
{
    const size_t from = out->len;
    if (is_quotation(x))
        buffer_printf(out, "%s", x->type);
    else if (watched_times(v->seen, x) <= x->seen)
        buffer_printf(out, "?");
    else
        watched_text(v->seen, x, x->seen, out);
    cut_value(from, out);
}

/* Who learns an output. */
static const char *recipient(const program *p, uint32_t output)
{
    const uint32_t party = p->output[output].party;
    return party == PARTY_ALL ? "all" : p->party[party].name;
}

static void put_told(const view *v, const word_step *s, buffer *out)
{
    buffer_printf(out, "%s = ", s->told.name);
    put_value(v, &s->told, out);
    buffer_printf(out, " to %s", recipient(v->program, s->output));
}

/* What is to be said of a step beside the stack. */
static void put_remarks(const view *v, const word_step *s, buffer *out)
{
    for (uint32_t k = 0; k < s->named; k++) {
        buffer_printf(out, "   %s = ", s->names[k].name);
        put_value(v, &s->names[k], out);
    }
    if (s->output != NO_OUTPUT) {
        buffer_printf(out, "   ");
        put_told(v, s, out);
    }
    if (s->rounds > s->rounds_shown)
        buffer_printf(out, "   (%" PRIu64 " of %" PRIu64 " rounds shown)", s->rounds_shown,
                      s->rounds);
    const step_value *top = s->shown ? &s->stack[s->shown - 1] : NULL;
    if (top && top->lift) buffer_printf(out, "   (the first of %" PRIu64 ")", hidden_items(top));
}

void view_note(const view *v, buffer *out)
{
    buffer line = {0};
    buffer_printf(&line, "%s: %s", v->program->file, trace_note);
    put_buffer(v, &line, out);
    buffer_free(&line);
}

/* --- all steps */

static bool same_line(const word_step *a, const word_step *b)
{
    return a->at.line == b->at.line && !strcmp(a->file, b->file);
}

static void put_source_line(const view *v, const word_step *s, buffer *out)
{
    buffer line = {0};
    if (strcmp(s->file, v->program->file)) buffer_printf(&line, "%s:", s->file);
    buffer_printf(&line, "%3" PRIu32 " | %s", s->at.line, s->line);
    put_buffer(v, &line, out);
    buffer_free(&line);
}

static int indent_of(const word_step *s)
{
    return (int)(INDENT * (s->depth < DEPTH_SHOWN ? s->depth : DEPTH_SHOWN));
}

static void put_step(const view *v, const word_step *s, size_t width, buffer *out)
{
    buffer line = {0};
    const size_t used = (size_t)indent_of(s) + characters(s->word, strlen(s->word));
    buffer_printf(&line, "      %*s%s%*s ", indent_of(s), "", s->word,
                  used < width ? (int)(width - used) : 0, "");
    if (s->height > s->shown) buffer_printf(&line, " … %" PRIu32 " below", s->height - s->shown);
    for (uint32_t k = 0; k < s->shown; k++) {
        buffer_printf(&line, "  ");
        put_value(v, &s->stack[k], &line);
    }
    if (s->height == 0) buffer_printf(&line, "  -");
    put_remarks(v, s, &line);
    put_buffer(v, &line, out);
    buffer_free(&line);
}

static size_t word_column(const report *rep)
{
    size_t width = 0;
    for (size_t k = 0; k < rep->steps; k++) {
        const word_step *s = &rep->step[k];
        const size_t n = (size_t)indent_of(s) + characters(s->word, strlen(s->word));
        if (n > width && n <= WORD_WIDTH) width = n;
    }
    return width;
}

void view_all(const view *v, buffer *out)
{
    const size_t width = word_column(v->rep);
    view_note(v, out);
    buffer_printf(out, "The stack after each word, its top at the right; - is an empty one.\n");
    for (size_t k = 0; k < v->rep->steps; k++) {
        const word_step *s = &v->rep->step[k];
        if (k == 0 || s->depth == 0) {
            if (k == 0 || s[-1].depth > 0 || !same_line(s, s - 1)) buffer_printf(out, "\n");
        }
        if (k == 0 || !same_line(s, s - 1)) put_source_line(v, s, out);
        put_step(v, s, width, out);
    }
    if (v->rep->steps_cut)
        buffer_printf(out, "\nThe program goes on: only the first %zu steps are kept.\n",
                      v->rep->steps);
}

/* --- one step */

/* The line of the program with this number, or NULL. */
static const char *program_line(const view *v, uint32_t line)
{
    const char *at = v->program->source;
    for (uint32_t k = 1; at && k < line; k++) at = strchr(at, '\n') ? strchr(at, '\n') + 1 : NULL;
    return at && *at ? at : NULL;
}

static void put_numbered(const view *v, const walk *w, uint32_t number, const char *text, bool here,
                         buffer *out)
{
    buffer line = {0};
    buffer_printf(&line, "%s%s%3" PRIu32 " | %.*s", walk_stops_at(w, number) ? "*" : " ",
                  here ? ">" : " ", number, (int)strcspn(text, "\r\n"), text);
    put_buffer(v, &line, out);
    buffer_free(&line);
}

static void put_caret(const view *v, const word_step *s, buffer *out)
{
    buffer line = {0};
    buffer_printf(&line, "      | %*s", (int)s->at.col - 1, "");
    for (uint32_t k = s->at.col; k < s->end_col; k++) buffer_append(&line, "^", 1);
    if (v->colour) buffer_printf(out, "\033[1;33m");
    put_buffer(v, &line, out);
    if (v->colour) buffer_printf(out, "\033[0m");
    buffer_free(&line);
}

static void put_source(const view *v, const walk *w, const word_step *s, unsigned around, buffer *out)
{
    const bool used = s && strcmp(s->file, v->program->file) != 0;
    const uint32_t line = s ? s->at.line : v->rep->steps ? v->rep->step[0].at.line : 1;
    if (used) {
        put_numbered(v, w, line, s->line, true, out);
        put_caret(v, s, out);
        return;
    }
    for (uint32_t k = line > around ? line - around : 1; k <= line + around; k++) {
        const char *text = program_line(v, k);
        if (!text) break;
        put_numbered(v, w, k, text, s && k == line, out);
        if (s && k == line) put_caret(v, s, out);
    }
}

static void put_title(const view *v, const char *title, buffer *out)
{
    buffer_printf(out, v->colour ? "\033[1m%s\033[0m\n" : "%s\n", title);
}

/* Within what the compiler has proved the number to be. */
static void put_range(const view *v, const step_value *x, buffer *out)
{
    char lo[WIDE_TEXT], hi[WIDE_TEXT];
    if (x->reg == REG_NONE || (x->kind != KIND_INT && x->kind != KIND_FIX)) return;
    const reg *r = &v->program->reg[x->reg];
    const unsigned f = x->kind == KIND_FIX ? v->program->precision : 0;
    buffer_printf(out, "   in %s..%s", wide_print_fix(r->lo, f, lo), wide_print_fix(r->hi, f, hi));
}

static void put_typed(const view *v, const char *left, const step_value *x, buffer *out)
{
    buffer line = {0};
    if (is_quotation(x)) {
        buffer_printf(&line, "  %-10s  %s", left, x->type);
    } else {
        buffer_printf(&line, "  %-10s  %-20s  ", left, x->type);
        put_value(v, x, &line);
        put_range(v, x, &line);
        if (x->lift) buffer_printf(&line, "   (the first of %" PRIu64 ")", hidden_items(x));
    }
    put_buffer(v, &line, out);
    buffer_free(&line);
}

static void put_stack(const view *v, const word_step *s, buffer *out)
{
    put_title(v, s && s->height ? "stack, its top first" : "stack: empty", out);
    for (uint32_t k = s ? s->shown : 0; k-- > 0;) {
        char depth[16];
        snprintf(depth, sizeof depth, "%" PRIu32, s->shown - k);
        put_typed(v, depth, &s->stack[k], out);
    }
    if (s && s->height > s->shown)
        buffer_printf(out, "  … and %" PRIu32 " below\n", s->height - s->shown);
}

static bool bound_later(const walk *w, size_t from, const char *name)
{
    for (size_t k = from; k < w->at; k++)
        for (uint32_t i = 0; i < w->rep->step[k].named; i++)
            if (!strcmp(w->rep->step[k].names[i].name, name)) return true;
    return false;
}

/* A name lives as long as nothing further out has run: latest first. */
static void put_names(const view *v, const walk *w, buffer *out)
{
    uint32_t depth = UINT32_MAX;
    bool any = false;
    for (size_t k = w->at; k-- > 0;) {
        const word_step *s = &w->rep->step[k];
        if (s->depth < depth) depth = s->depth;
        for (uint32_t i = 0; s->depth == depth && i < s->named; i++) {
            if (bound_later(w, k + 1, s->names[i].name)) continue;
            if (!any) put_title(v, "names", out);
            any = true;
            put_typed(v, s->names[i].name, &s->names[i], out);
        }
    }
}

static void put_watched(const view *v, const walk *w, buffer *out)
{
    if (w->watches) put_title(v, "watched", out);
    for (size_t k = 0; k < w->watches; k++) {
        const step_value *x = walk_watched(w, w->watch[k]);
        if (x)
            put_typed(v, w->watch[k], x, out);
        else
            buffer_printf(out, "  %-10s  not yet\n", w->watch[k]);
    }
}

/* What the line costs of the program, as `explain` says. */
static void put_cost(const view *v, const word_step *s, buffer *out)
{
    uint64_t rounds = 0, bytes = 0;
    const line_cost *own = NULL;
    if (!v->price || !s) return;
    for (size_t k = 0; k < v->price->lines; k++) {
        const line_cost *l = &v->price->line[k];
        rounds += l->rounds, bytes += l->bytes;
        if (l->line == s->at.line && !strcmp(s->file, v->program->file)) own = l;
    }
    buffer line = {0};
    if (own)
        buffer_printf(&line,
                      "this line: %" PRIu64 " rounds and %" PRIu64
                      " bytes a node, %.0f %% and %.0f %% of what lines cost",
                      own->rounds, own->bytes,
                      100 * (double)own->rounds / (double)(rounds ? rounds : 1),
                      100 * (double)own->bytes / (double)(bytes ? bytes : 1));
    else
        buffer_printf(&line, "this line: no message");
    put_buffer(v, &line, out);
    buffer_free(&line);
}

static void put_learned(const view *v, const walk *w, buffer *out)
{
    bool any = false;
    for (size_t k = 0; k < w->at; k++) {
        const word_step *s = &w->rep->step[k];
        if (s->output == NO_OUTPUT) continue;
        buffer line = {0};
        if (!any) put_title(v, "revealed", out);
        any = true;
        buffer_printf(&line, "  ");
        put_told(v, s, &line);
        put_buffer(v, &line, out);
        buffer_free(&line);
    }
}

static void put_position(const view *v, const walk *w, const word_step *s, buffer *out)
{
    buffer line = {0};
    buffer_printf(&line, "step %zu of %zu", w->at, w->rep->steps);
    if (s)
        buffer_printf(&line, ", %s:%" PRIu32 ":%" PRIu32 "  %s", s->file, s->at.line, s->at.col,
                      s->word);
    else
        buffer_printf(&line, ": nothing has run");
    if (s && s->rounds > s->rounds_shown)
        buffer_printf(&line, "   (%" PRIu64 " of %" PRIu64 " rounds shown)", s->rounds_shown,
                      s->rounds);
    put_buffer(v, &line, out);
    buffer_free(&line);
}

void view_here(const view *v, const walk *w, unsigned around, buffer *out)
{
    const word_step *s = walk_step(w);
    put_position(v, w, s, out);
    put_source(v, w, s, around, out);
    put_cost(v, s, out);
    put_stack(v, s, out);
    put_names(v, w, out);
    put_watched(v, w, out);
    put_learned(v, w, out);
}

/* --- JSON */

static void json_value(const view *v, const step_value *x, buffer *out)
{
    if (is_quotation(x)) {
        json_text(out, "type", "quotation");
        json_text(out, "text", x->type);
        return;
    }
    bool whole = true;
    json_text(out, "type", x->type);
    json_name(out, "value");
    if (watched_times(v->seen, x) > x->seen)
        whole = watched_json(v->seen, x, x->seen, out);
    else
        buffer_printf(out, "null");
    if (!whole) buffer_printf(out, ",\"cut\":true");
    if (x->lift) json_count(out, "first_of", hidden_items(x));
}

static void json_values(const view *v, const char *name, const step_value *x, uint32_t len,
                        buffer *out)
{
    json_list(out, name);
    for (uint32_t k = 0; k < len; k++) {
        json_object(out);
        if (x[k].name) json_text(out, "name", x[k].name);
        json_value(v, &x[k], out);
        buffer_append(out, "}", 1);
    }
    buffer_append(out, "]", 1);
}

static void json_step(const view *v, size_t k, buffer *out)
{
    const word_step *s = &v->rep->step[k];
    json_object(out);
    json_count(out, "step", k + 1);
    json_text(out, "file", s->file);
    json_count(out, "line", s->at.line);
    json_count(out, "col", s->at.col);
    json_count(out, "end_col", s->end_col);
    json_text(out, "word", s->word);
    json_count(out, "depth", s->depth);
    json_count(out, "height", s->height);
    json_values(v, "stack", s->stack, s->shown, out);
    json_values(v, "names", s->names, s->named, out);
    if (s->output != NO_OUTPUT) {
        json_name(out, "revealed");
        buffer_append(out, "{", 1);
        json_text(out, "output", s->told.name);
        json_text(out, "to", recipient(v->program, s->output));
        json_value(v, &s->told, out);
        buffer_append(out, "}", 1);
    }
    if (s->rounds) {
        json_count(out, "rounds", s->rounds);
        json_count(out, "rounds_shown", s->rounds_shown);
    }
    buffer_append(out, "}", 1);
}

void view_json(const view *v, buffer *out)
{
    buffer_append(out, "{", 1);
    json_text(out, "schema", "moot.trace/1");
    json_text(out, "program", v->program->name);
    json_text(out, "note", trace_note);
    json_list(out, "steps");
    for (size_t k = 0; k < v->rep->steps; k++) json_step(v, k, out);
    buffer_append(out, "]", 1);
    json_name(out, "cut");
    buffer_printf(out, "%s", v->rep->steps_cut ? "true" : "false");
    json_name(out, "outputs");
    outputs_json(v->program, v->data, out);
    buffer_printf(out, "}\n");
}
