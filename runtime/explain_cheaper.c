/* Finds cheaper ways to write a program by trying them: a table of phrases, the text with one of them exchanged, and
 * the price of what comes out. */
#include "runtime/explain_cheaper.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { PHRASE_WORDS = 3, EDITS_MAX = 16, SETTING_TEXT = 2 * WIDE_TEXT };

/* What says the same of any vector, to the bit. `#` stands for a number, which is kept. */
typedef struct phrase {
    const char *now[PHRASE_WORDS]; /* the first word's result is a vector: one axis */
    const char *instead;
} phrase;

static const phrase phrases[] = {
    {{"sort", "0", "at"}, "minimum"},
    {{"sort-down", "0", "at"}, "maximum"},
    {{"order", "0", "at"}, "argmin"},
    {{"sort-down", "#", "take"}, "# top"},
    {{"sort", "reverse"}, "sort-down"},
    {{"sort-down", "reverse"}, "sort"},
    {{"sort", "minimum"}, "minimum"},
    {{"sort", "maximum"}, "maximum"},
    {{"sort-down", "minimum"}, "minimum"},
    {{"sort-down", "maximum"}, "maximum"},
    {{"sort", "median"}, "median"},
    {{"sort", "sum"}, "sum"},
    {{"sort", "mean"}, "mean"},
    {{"sort", "variance"}, "variance"},
    {{"shuffle", "sort"}, "sort"},
    {{"shuffle", "sort-down"}, "sort-down"},
    {{"shuffle", "sum"}, "sum"},
    {{"shuffle", "mean"}, "mean"},
    {{"shuffle", "minimum"}, "minimum"},
    {{"shuffle", "maximum"}, "maximum"},
    {{"shuffle", "median"}, "median"},
};

enum { PHRASES = sizeof phrases / sizeof *phrases };

typedef struct word {
    size_t from, len;
    uint32_t line, col;
} word;

/* Text put in the place of words first … last. */
typedef struct edit {
    size_t first, last;
    char text[32];
} edit;

typedef struct way {
    edit edit[EDITS_MAX]; /* in the order of the text */
    size_t edits;
    size_t dear; /* the word that has to leave a vector */
    char now[96];
} way;

typedef struct search {
    const program *p;
    const launch *launch;
    const cost *now;
    compile_request req; /* the program as it is, watched */
    setting *set;
    char (*value)[SETTING_TEXT];
    word *word;
    size_t words;
    report seen; /* what each word left; of a compilation when `looked` */
    bool looked;
    cheaper_list *out;
    failure *err;
} search;

uint64_t cost_most_bytes(const cost *c, const launch *l)
{
    uint64_t most = 0;
    for (unsigned k = 0; k < l->nodes; k++)
        if (c->bytes[k] > most) most = c->bytes[k];
    return most;
}

/* --- the text */

static bool is(const search *s, size_t k, const char *text)
{
    return k < s->words && s->word[k].len == strlen(text) &&
           !memcmp(s->p->source + s->word[k].from, text, s->word[k].len);
}

static bool same_word(const search *s, size_t a, size_t b)
{
    return s->word[a].len == s->word[b].len &&
           !memcmp(s->p->source + s->word[a].from, s->p->source + s->word[b].from, s->word[a].len);
}

static bool is_count(const search *s, size_t k)
{
    if (k >= s->words) return false;
    const char *at = s->p->source + s->word[k].from;
    return strspn(at, "0123456789_") >= s->word[k].len && *at != '_';
}

/* Words between blanks; comments and what stands in quotes are none. */
static status split(search *s)
{
    const char *text = s->p->source;
    uint32_t line = 1, col = 1;

    if (!(s->word = calloc(strlen(text) + 1, sizeof *s->word))) return fail_memory(s->err);
    for (size_t k = 0; text[k];) {
        size_t len = strcspn(text + k, " \t\r\n");
        if (text[k] == '#') len = strcspn(text + k, "\n");
        if (text[k] == '"') len = 1 + strcspn(text + k + 1, "\"\n");
        if (len && text[k] != '#' && text[k] != '"')
            s->word[s->words++] = (word){k, len, line, col};
        for (size_t i = 0; i < len; i++) col += ((uint8_t)text[k + i] & 0xc0) != 0x80;
        k += len;
        if (len) continue;
        col++;
        if (text[k++] == '\n') line++, col = 1;
    }
    return OK;
}

static bool with_edits(const search *s, const way *w, buffer *out)
{
    size_t at = 0;

    for (size_t k = 0; k < w->edits; k++) {
        const word *first = &s->word[w->edit[k].first], *last = &s->word[w->edit[k].last];
        buffer_append(out, s->p->source + at, first->from - at);
        buffer_printf(out, "%s", w->edit[k].text);
        at = last->from + last->len;
    }
    buffer_printf(out, "%s", s->p->source + at);
    return !out->failed;
}

/* --- what the words leave */

static status look(search *s)
{
    program *watched = NULL;
    compile_request req = s->req;
    failure ignored = {0};

    if (s->looked) return OK;
    s->looked = true;
    req.watch = WATCH_WORDS;
    status st = compile(&req, &watched, &s->seen, &ignored);
    program_free(watched);
    return st == E_MEMORY ? fail_memory(s->err) : OK;
}

/* Whether the word left a vector each time that it ran, and ran at all. */
static bool leaves_vector(const search *s, size_t which)
{
    const word *w = &s->word[which];
    bool ran = false;

    for (size_t k = 0; k < s->seen.steps; k++) {
        const word_step *step = &s->seen.step[k];
        if (step->at.line != w->line || step->at.col != w->col || strcmp(step->file, s->req.file))
            continue;
        const step_value *top = step->shown ? &step->stack[step->shown - 1] : NULL;
        if (!top || top->rank != top->lift + 1) return false;
        ran = true;
    }
    return ran && !s->seen.steps_cut;
}

/* --- trying one way */

static void keep(search *s, const way *w, const cost *price)
{
    cheaper *c = &s->out->at[s->out->len];
    const char *instead = w->edit[w->edits - 1].text;

    *c = (cheaper){.line = s->word[w->dear].line,
                   .now = strdup(w->now),
                   .instead = strdup(instead),
                   .rounds = price->rounds,
                   .bytes = cost_most_bytes(price, s->launch)};
    s->out->len++;
    if (!c->now || !c->instead) fail_memory(s->err);
}

static bool is_cheaper(const search *s, const cost *price)
{
    uint64_t bytes = cost_most_bytes(price, s->launch);
    uint64_t bytes_now = cost_most_bytes(s->now, s->launch);

    return price->rounds <= s->now->rounds && bytes <= bytes_now &&
           (price->rounds < s->now->rounds || bytes < bytes_now);
}

/* A text that does not compile is no way; nothing is said about it. */
static status try_way(search *s, const way *w)
{
    buffer text = {0};
    program *p = NULL;
    report rep = {0};
    cost price = {0};
    compile_request req = s->req;
    failure ignored = {0};
    status st = look(s);

    if (st || !leaves_vector(s, w->dear)) return st;
    if (!with_edits(s, w, &text)) {
        st = fail_memory(s->err);
        goto done;
    }
    req.source = (slice){text.data, text.len};
    st = compile_verified(&req, &p, &rep, NULL, &ignored);
    if (!st && !(st = cost_of(&price, p, s->launch, &ignored)) && is_cheaper(s, &price))
        keep(s, w, &price);
    st = st == E_MEMORY ? fail_memory(s->err) : OK;
done:
    cost_free(&price);
    report_free(&rep);
    program_free(p);
    buffer_free(&text);
    return st ? st : s->err->status;
}

/* --- finding them */

static void describe(const search *s, way *w, size_t first, size_t last)
{
    const word *a = &s->word[first], *b = &s->word[last];
    snprintf(w->now, sizeof w->now, "%.*s", (int)(b->from + b->len - a->from),
             s->p->source + a->from);
}

static size_t phrase_length(const phrase *f)
{
    size_t len = 0;
    while (len < PHRASE_WORDS && f->now[len]) len++;
    return len;
}

/* The phrase as it stands: all words in a row. */
static status try_row(search *s, const phrase *f, size_t at)
{
    const size_t len = phrase_length(f);
    way w = {.edits = 1, .dear = at};
    const word *number = NULL;

    for (size_t k = 0; k < len; k++) {
        const bool wild = !strcmp(f->now[k], "#");
        if (wild ? !is_count(s, at + k) : !is(s, at + k, f->now[k])) return OK;
        if (wild) number = &s->word[at + k];
    }
    w.edit[0].first = at, w.edit[0].last = at + len - 1;
    if (number)
        snprintf(w.edit[0].text, sizeof w.edit[0].text, "%.*s%s", (int)number->len,
                 s->p->source + number->from, f->instead + 1);
    else
        snprintf(w.edit[0].text, sizeof w.edit[0].text, "%s", f->instead);
    describe(s, &w, at, at + len - 1);
    return try_way(s, &w);
}

/* The same with a name between: `sort -> s`, where all that is done with s is `s 0 at`. */
static status try_named(search *s, const phrase *f, size_t at)
{
    way w = {.dear = at};

    if (phrase_length(f) < PHRASE_WORDS || !strcmp(f->now[1], "#")) return OK;
    if (!is(s, at, f->now[0]) || !is(s, at + 1, "->") || at + 2 >= s->words) return OK;
    w.edit[w.edits++] = (edit){.first = at, .last = at};
    for (size_t k = 0; k < s->words; k++) {
        if (k == at + 2 || !same_word(s, k, at + 2)) continue;
        if (k < at + 2 || !is(s, k + 1, f->now[1]) || !is(s, k + 2, f->now[2]) ||
            w.edits == EDITS_MAX)
            return OK;
        w.edit[w.edits] = (edit){.first = k + 1, .last = k + 2};
        snprintf(w.edit[w.edits++].text, sizeof w.edit[0].text, "%s", f->instead);
    }
    if (w.edits == 1) return OK;
    snprintf(w.now, sizeof w.now, "%s … %s %s", f->now[0], f->now[1], f->now[2]);
    return try_way(s, &w);
}

static status find(search *s)
{
    status st = split(s);

    for (size_t at = 0; !st && at < s->words; at++)
        for (size_t k = 0; !st && k < PHRASES && s->out->len < CHEAPER_MAX; k++)
            if (!(st = try_row(s, &phrases[k], at))) st = try_named(s, &phrases[k], at);
    return st;
}

/* The sizes of the program, as they would be given at launch. */
static status take_settings(search *s)
{
    const program *p = s->p;

    s->set = calloc(p->params + 1, sizeof *s->set);
    s->value = calloc(p->params + 1, sizeof *s->value);
    if (!s->set || !s->value) return fail_memory(s->err);
    for (uint32_t k = 0; k < p->params; k++) {
        wide_print_fix(p->param[k].value, p->param[k].kind == KIND_FIX ? p->precision : 0,
                       s->value[k]);
        s->set[k] = (setting){.name = p->param[k].name, .value = s->value[k]};
    }
    return OK;
}

status cheaper_find(cheaper_list *out, const program *p, field_request field, const launch *l,
                    const cost *now, failure *err)
{
    failure why = {0};
    search s = {.p = p, .launch = l, .now = now, .out = out, .err = &why};
    status st;

    *out = (cheaper_list){0};
    if (!p->source || !p->file) return OK;
    if (!(st = take_settings(&s))) {
        s.req = (compile_request){.file = p->file,
                                  .no_hoist = l->active,
                                  .pad = l->active,
                                  .source = {(const uint8_t *)p->source, strlen(p->source)},
                                  .set = s.set,
                                  .sets = p->params,
                                  .field = field,
                                  .read = read_beside,
                                  .read_user = (void *)(uintptr_t)p->file};
        st = find(&s);
    }
    free(s.set), free(s.value), free(s.word);
    report_free(&s.seen);
    if (!st) return OK;
    cheaper_free(out);
    if (err) *err = why;
    return st;
}

void cheaper_free(cheaper_list *list)
{
    for (size_t k = 0; k < list->len; k++) free(list->at[k].now), free(list->at[k].instead);
    *list = (cheaper_list){0};
}
