/* Declarations: reading and binding; see header.h. */
#include "compiler/header.h"

#include <string.h>
#include <strings.h>

#include "compiler/words.h"
#include "vm/key.h"

enum { PRECISION_DEFAULT = 20, EDITION = 1, GROUP_MAX = 100000 };
#define FIX_LIMIT 1000000 /* inputs and what cannot be proved: within plus or minus this */

static const char *const keywords[] = {"edition", "party", "param",    "input",
                                       "output",  "use",   "precision"};

bool is_keyword(const token *t)
{
    for (size_t i = 0; i < sizeof keywords / sizeof *keywords; i++)
        if (token_is(t, keywords[i])) return true;
    return false;
}

const char *keyword_at(size_t i)
{
    return i < sizeof keywords / sizeof *keywords ? keywords[i] : NULL;
}

void cursor_next_line(cursor *at, uint32_t line)
{
    while (at->list->at[at->index].kind != TOKEN_END && at->list->at[at->index].line <= line)
        at->index++;
    at->offset = 0;
}

bool expected(declarations *d, const token *found, const char *what, const char *help)
{
    if (found->kind == TOKEN_BAD) return false;
    diagnosis *at = diagnose(d->found, true, "E0007", found, "expected %s here, not `%s`", what,
                             token_quote(found, d->mem));
    if (help) diagnose_help(at, "%s", help);
    return false;
}

/* The token that was read before `found`. */
static token token_before(const cursor *at, const token *found)
{
    uint32_t i = at->index;
    while (i && at->list->at[i].start >= found->start) i--;
    return at->list->at[i];
}

/* As expected(). What is missing at the end of a line is missed there, not on the next. */
static bool missing(declarations *d, const cursor *at, const token *found, const char *what,
                    const char *help)
{
    const token before = token_before(at, found);
    if (found->kind == TOKEN_BAD || before.line == found->line || before.source != found->source ||
        before.start >= found->start)
        return expected(d, found, what, help);
    diagnosis *x = diagnose(d->found, true, "E0007", &before, "expected %s after `%s`", what,
                            token_quote(&before, d->mem));
    if (help) diagnose_help(x, "%s", help);
    return false;
}

/* As expected(), with what to write instead. */
static bool expected_word(declarations *d, const token *found, const char *what, const char *instead)
{
    diagnosis *x = diagnose(d->found, true, "E0007", found, "expected %s here, not `%s`", what,
                            token_quote(found, d->mem));
    diagnose_help(x, "did you mean `%s`?", instead);
    diagnose_fix(x, found, found, "%s", instead);
    return false;
}

/* --- reading --- */

/* Arrays here double when their length is a power of two. */
static void *room(arena *mem, void *array, size_t len, size_t item)
{
    if (len & (len - 1)) return array;
    return arena_grow(mem, array, len * item, (len ? 2 * len : 1) * item);
}

static bool read_word(declarations *d, cursor *at, const char *text, const char *help)
{
    token t = cursor_next(at);
    if (token_is(&t, text)) return true;
    const char *what = arena_printf(d->mem, "`%s`", text);
    static const char *const meant[] = {"from", "to", "=", "is", "by", "of", "::", "in"};
    const token before = token_before(at, &t);
    for (size_t i = 0; i < sizeof meant / sizeof *meant; i++)
        if (token_is(&t, meant[i]) && t.line == before.line)
            return expected_word(d, &t, what, text);
    return missing(d, at, &t, what, help);
}

/* A name that is declared. Inputs, params and sizes share one space; parties and outputs have theirs. */
typedef enum name_space { SPACE_VALUES = 1, SPACE_PARTIES, SPACE_OUTPUTS } name_space;
typedef struct declared {
    uint8_t space; /* 0: free */
    token name;
} declared;

/* Where the name is, or goes. */
static declared *slot_of(const declarations *d, name_space space, const token *name)
{
    const char *s = token_text(name);
    uint32_t h = 2166136261u ^ (uint32_t)space;
    for (uint32_t i = 0; i < name->len; i++) h = (h ^ (uint8_t)s[i]) * 16777619u;
    for (;; h++) {
        declared *at = &d->names[h & (d->names_cap - 1)];
        if (!at->space || (at->space == space && at->name.len == name->len &&
                           !memcmp(token_text(&at->name), s, name->len)))
            return at;
    }
}

static void declare_name(declarations *d, name_space space, const token *name)
{
    enum { NAMES_LEAST = 64 };
    if (2 * d->names_len >= d->names_cap) {
        const declared *old = d->names;
        const uint32_t before = d->names_cap;
        d->names_cap = before ? 2 * before : NAMES_LEAST;
        d->names = arena_alloc(d->mem, d->names_cap * sizeof *d->names);
        for (uint32_t k = 0; k < before; k++)
            if (old[k].space) *slot_of(d, (name_space)old[k].space, &old[k].name) = old[k];
    }
    *slot_of(d, space, name) = (declared){(uint8_t)space, *name};
    d->names_len++;
}

static bool taken(declarations *d, name_space space, const token *name)
{
    const declared *first = d->names_cap ? slot_of(d, space, name) : NULL;
    if (!first || !first->space) return false;
    diagnosis *at =
        diagnose(d->found, true, "E0103", name, "`%s` is declared twice", token_quote(name, d->mem));
    diagnose_second(at, &first->name, "the first");
    diagnose_fix(at, name, name, "%s2", token_quote(name, d->mem));
    return true;
}

static bool read_name(declarations *d, cursor *at, token *out, const char *help)
{
    *out = cursor_next(at);
    if (out->kind == TOKEN_WORD && is_name(token_text(out), out->len) && !is_keyword(out))
        return true;
    token inner = *out;
    while (inner.len > 1 && !is_name(token_text(&inner), inner.len)) inner.start++, inner.len--;
    if (out->kind == TOKEN_WORD && inner.len > 1 && inner.len < out->len && !is_keyword(&inner))
        return expected_word(d, out, "a name", token_string(&inner, d->mem));
    return missing(d, at, out, "a name", help);
}

static bool name_is_free(declarations *d, const token *name)
{
    return !taken(d, SPACE_VALUES, name);
}

static bool read_natural(declarations *d, cursor *at, uint64_t *out, const char *what)
{
    token t = cursor_next(at);
    num v;
    *out = 0;
    if (t.kind != TOKEN_NUMBER || !num_parse(token_text(&t), t.len, &v) || v < 0 || v > INT64_MAX / 4)
        return expected(d, &t, what, NULL);
    *out = (uint64_t)v;
    return true;
}

static bool text_is_natural(const char *s, size_t len, num *out)
{
    return is_number(s, len) && !memchr(s, '.', len) && !memchr(s, 'e', len) &&
           num_parse(s, len, out) && *out >= 0 && *out < INT64_MAX / 4;
}

static bool read_size(declarations *d, cursor *at, size_expr *out)
{
    token t = cursor_next(at);
    const char *s = token_text(&t);
    num v;
    *out = (size_expr){0};
    if (t.len > 2 && !memcmp(s, "..", 2) && text_is_natural(s + 2, t.len - 2, &v)) {
        out->open = true;
    } else if (!text_is_natural(s, t.len, &v)) {
        if (t.kind != TOKEN_WORD || !is_name(s, t.len))
            return expected(d, &t, "a size",
                            "a number, a name, or ..5_000 for a length that stays private");
        out->name = token_string(&t, d->mem);
        return true;
    }
    out->value = (uint64_t)v;
    return true;
}

/* `int [3]` on one line, where nothing but the type's sizes can be meant. */
static bool refuse_loose_dims(declarations *d, const cursor *at)
{
    const token *whole = &at->list->at[at->index], base = token_before(at, whole);
    const char *s = token_text(whole);
    if (at->offset || whole->kind != TOKEN_WORD || whole->len < 3 || *s != '[' ||
        s[whole->len - 1] != ']' || whole->line != base.line)
        return false;
    diagnosis *x = diagnose(d->found, true, "E0007", whole, "sizes touch their type");
    const char *joined =
        arena_printf(d->mem, "%s%s", token_string(&base, d->mem), token_string(whole, d->mem));
    diagnose_help(x, "without a blank between:  %s", joined);
    diagnose_fix(x, &base, whole, "%s", joined);
    return true;
}

static bool read_dims(declarations *d, cursor *at, type_text *out)
{
    token t = cursor_peek(at);
    if (refuse_loose_dims(d, at)) return false;
    if (!at->offset || !token_is(&t, "["))
        return true; /* `[` touches its type, else it begins the body */
    cursor_next(at);
    for (t = cursor_peek(at); !token_is(&t, "]"); t = cursor_peek(at)) {
        if (out->rank == AXES) return expected(d, &t, "`]`: a value has at most 3 axes", NULL);
        if (out->rank && out->dim[out->rank - 1].open)
            return expected(d, &t, "`]`: a private length is the last axis", NULL);
        out->at[out->rank] = t;
        if (!read_size(d, at, &out->dim[out->rank++])) return false;
    }
    cursor_next(at);
    return out->rank > 0 || expected(d, &t, "a size", NULL);
}

/* How others call the kinds. */
static const char *kind_meant(const token *t)
{
    static const struct {
        const char *theirs, *kind;
    } names[] = {{"float", "fix"},    {"double", "fix"}, {"real", "fix"},    {"decimal", "fix"},
                 {"fixed", "fix"},    {"number", "fix"}, {"integer", "int"}, {"uint", "int"},
                 {"long", "int"},     {"int32", "int"},  {"int64", "int"},   {"nat", "int"},
                 {"boolean", "bool"}, {"bit", "bool"},   {"string", "key"},  {"text", "key"},
                 {"str", "key"},      {"int", "int"},    {"fix", "fix"},     {"bool", "bool"},
                 {"key", "key"}};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (strlen(names[i].theirs) == t->len && !strncasecmp(names[i].theirs, token_text(t), t->len))
            return names[i].kind;
    return NULL;
}

static bool refuse_type(declarations *d, const cursor *at, const token *t)
{
    const char *help = "types are bool, int, fix and key, as in int[3]", *meant = kind_meant(t);
    if (meant) return expected_word(d, t, "a type", meant);
    const token *next = &at->list->at[at->index];
    const char *behind = t->kind == TOKEN_NUMBER && next->line == t->line ? kind_meant(next) : NULL;
    if (!behind) return missing(d, at, t, "a type", help);
    diagnosis *x = diagnose(d->found, true, "E0007", t, "expected a type here, not `%s`",
                            token_quote(t, d->mem));
    diagnose_help(x, "the range stands behind the type:  %s %s", behind, token_quote(t, d->mem));
    diagnose_fix(x, t, next, "%s %s", behind, token_quote(t, d->mem));
    return false;
}

bool type_read(declarations *d, cursor *at, type_text *out)
{
    static const char *const kinds[] = {"bool", "int", "fix", "key"};
    token t = cursor_next(at);
    *out = (type_text){0};
    for (uint8_t k = 0; k < 4; k++) {
        if (!token_is(&t, kinds[k])) continue;
        out->kind = k;
        return read_dims(d, at, out);
    }
    return refuse_type(d, at, &t);
}

/* `0 .. 9`, `0-9` and `0...9` as one token with two points; NULL when t is nothing of the kind. *last is its end. */
static const char *range_meant(declarations *d, const cursor *at, const token *t, token *last)
{
    const token *next = &at->list->at[at->index] + 1;
    const char *s = token_text(t);
    uint32_t i = 1;
    *last = *t;
    if (t->kind != TOKEN_NUMBER) return NULL;
    if (next->line == t->line &&
        (token_is(next, "..") || token_is(next, "...") || token_is(next, "to")) &&
        next[1].kind == TOKEN_NUMBER && next[1].line == t->line) {
        *last = next[1];
        return arena_printf(d->mem, "%s..%s", token_string(t, d->mem), token_string(last, d->mem));
    }
    while (i < t->len && (s[i] == '_' || (s[i] >= '0' && s[i] <= '9'))) i++;
    uint32_t from = i;
    while (i < t->len && memchr(".-~", s[i], 3)) i++;
    if (i == from || i == t->len || !is_number(s, from) || !is_number(s + i, t->len - i))
        return NULL;
    if (i == from + 1 && s[from] == '.') return NULL; /* a fraction */
    return arena_printf(d->mem, "%.*s..%.*s", (int)from, s, (int)(t->len - i), s + i);
}

static bool refuse_range_text(declarations *d, const token *t, const token *last, const char *meant)
{
    token whole = *t;
    whole.len = last->start + last->len - t->start;
    diagnosis *x = diagnose(d->found, true, "E0008", &whole, "`%s` is not a range",
                            token_quote(&whole, d->mem));
    diagnose_help(x, "a range is one word:  %s", meant);
    diagnose_fix(x, t, last, "%s", meant);
    return false;
}

/* A RANGE is one token "lo..hi"; absent is fine. */
static bool read_range(declarations *d, cursor *at, const char **lo, const char **hi)
{
    token t = cursor_peek(at), last;
    *lo = *hi = NULL;
    const char *s = token_text(&t);
    bool dots = false;
    for (uint32_t i = 1; i + 1 < t.len; i++) dots = dots || !memcmp(s + i, "..", 2);
    if (t.kind != TOKEN_NUMBER || t.line != token_before(at, &t).line) return true;
    const char *meant = range_meant(d, at, &t, &last);
    if (meant && (!dots || strlen(meant) != t.len)) return refuse_range_text(d, &t, &last, meant);
    if (!dots) return true;
    for (uint32_t i = 1; i + 2 < t.len; i++) {
        if (memcmp(s + i, "..", 2) != 0 || !is_number(s, i) || !is_number(s + i + 2, t.len - i - 2))
            continue;
        *lo = arena_strndup(d->mem, s, i);
        *hi = arena_strndup(d->mem, s + i + 2, t.len - i - 2);
        cursor_next(at);
        return true;
    }
    return expected(d, &t, "a range", "a range is one word: 0..1_000");
}

static void add_param(declarations *d, const token *name, source_param p)
{
    report *rep = d->rep;
    d->param = room(d->mem, d->param, rep->params, sizeof *d->param);
    rep->param = room(d->mem, rep->param, rep->params, sizeof *rep->param);
    d->param[rep->params] = *name;
    declare_name(d, SPACE_VALUES, name);
    p.name = token_string(name, d->mem);
    rep->param[rep->params++] = p;
}

static bool is_param(const report *rep, const char *name)
{
    for (size_t i = 0; i < rep->params; i++)
        if (!strcmp(rep->param[i].name, name)) return true;
    return false;
}

static bool read_party(declarations *d, cursor *at)
{
    report *rep = d->rep;
    token name;
    source_party p = {0};

    if (!read_name(d, at, &name, "party NAME, or party NAME[n] for a group")) return false;
    if (token_is(&name, "all"))
        return expected(d, &name, "another name: all means every party", NULL);
    if (taken(d, SPACE_PARTIES, &name)) return false;
    token t = cursor_peek(at);
    if (at->offset && token_is(&t, "[")) {
        cursor_next(at);
        token size = cursor_peek(at);
        if (!read_size(d, at, &p.size) || !read_word(d, at, "]", NULL)) return false;
        if (p.size.open)
            return expected(d, &size, "a size", "a group has a number or a name: party bidder[n]");
        if (p.size.name && !is_param(rep, p.size.name)) {
            if (!name_is_free(d, &size)) return false;
            add_param(d, &size, (source_param){0});
        }
        p.group = true;
    }
    p.name = token_string(&name, d->mem);
    d->party = room(d->mem, d->party, rep->parties, sizeof *d->party);
    rep->party = room(d->mem, rep->party, rep->parties, sizeof *rep->party);
    d->party[rep->parties] = name;
    declare_name(d, SPACE_PARTIES, &name);
    rep->party[rep->parties++] = p;
    return true;
}

/* Names behind a party, before anything is declared of which a program could compute: they are meant to be parties too, and are
 * taken for such. */
static bool names_party(const declarations *d, const token *t, uint32_t line)
{
    return t->kind == TOKEN_WORD && t->line == line && is_name(token_text(t), t->len) &&
           !is_keyword(t) && !d->rep->inputs && !d->rep->outputs;
}

static void refuse_more_parties(declarations *d, cursor *at, uint32_t line)
{
    enum { MOST = 64 }; /* for what is proposed grows with each */
    const token first = cursor_peek(at);
    const char *meant = "";
    token t = first, last = first;

    if (!names_party(d, &t, line)) return;
    for (unsigned k = 0; k < MOST && names_party(d, &t, line); k++, t = cursor_peek(at)) {
        if (!read_party(d, at)) return;
        const token *end = &at->list->at[at->index - 1];
        meant = arena_printf(d->mem, "%s%sparty %.*s", meant, *meant ? " " : "",
                             (int)(end->start + end->len - t.start), token_text(&t));
        last = *end;
    }
    diagnosis *x = diagnose(d->found, true, "E0007", &first,
                            "expected a declaration here, not `%s`", token_quote(&first, d->mem));
    diagnose_help(x, "each party has a line:  party %s", token_string(&first, d->mem));
    diagnose_fix(x, &first, &last, "%s", meant);
}

static bool read_param(declarations *d, cursor *at)
{
    token name, t;
    source_param p = {0};

    if (!read_name(d, at, &name, "param NAME = 3") || !name_is_free(d, &name)) return false;
    t = cursor_peek(at);
    if (token_is(&t, "=")) {
        cursor_next(at);
        t = cursor_next(at);
        if (!is_number(token_text(&t), t.len)) return expected(d, &t, "a number", "param NAME = 3");
        p.value = token_string(&t, d->mem);
    }
    if (!read_range(d, at, &p.lo, &p.hi)) return false;
    add_param(d, &name, p);
    return true;
}

static bool read_port(declarations *d, cursor *at, bool output)
{
    const char *help = output ? "output NAME to all : int" : "input NAME from PARTY : int 0..100";
    report *rep = d->rep;
    token name, party;
    type_text written;
    source_port p = {0};

    if (!read_name(d, at, &name, help)) return false;
    if (taken(d, output ? SPACE_OUTPUTS : SPACE_VALUES, &name)) return false;
    if (!read_word(d, at, output ? "to" : "from", help)) return false;
    if (!read_name(d, at, &party, help) || !read_word(d, at, ":", help)) return false;
    type_place where = {.first = cursor_peek(at)};
    if (!type_read(d, at, &written)) return false;
    where.last = at->list->at[at->index - !at->offset], where.range = cursor_peek(at);
    memcpy(where.dim, written.at, sizeof where.dim);
    if (!read_range(d, at, &p.lo, &p.hi)) return false;

    p.name = token_string(&name, d->mem), p.party = token_string(&party, d->mem);
    p.kind = written.kind, p.rank = written.rank;
    p.file = arena_strndup(d->mem, name.source->file, strlen(name.source->file)), p.line = name.line;
    memcpy(p.dim, written.dim, sizeof p.dim);
    token **names = output ? &d->output : &d->input,
          **parties = output ? &d->output_party : &d->input_party;
    type_place **types = output ? &d->output_type : &d->input_type;
    source_port **ports = output ? &rep->output : &rep->input;
    size_t *len = output ? &rep->outputs : &rep->inputs;
    *names = room(d->mem, *names, *len, sizeof **names);
    *parties = room(d->mem, *parties, *len, sizeof **parties);
    *types = room(d->mem, *types, *len, sizeof **types);
    *ports = room(d->mem, *ports, *len, sizeof **ports);
    declare_name(d, output ? SPACE_OUTPUTS : SPACE_VALUES, &name);
    (*names)[*len] = name, (*parties)[*len] = party, (*types)[*len] = where;
    (*ports)[(*len)++] = p;
    return true;
}

static bool read_use(declarations *d, cursor *at)
{
    token t = cursor_next(at);
    if (t.kind != TOKEN_STRING && t.kind != TOKEN_END && t.line == token_before(at, &t).line)
        return expected_word(d, &t, "a string",
                             arena_printf(d->mem, "\"%s\"", token_string(&t, d->mem)));
    if (t.kind != TOKEN_STRING) return missing(d, at, &t, "a string", "use \"./mine.moot\"");
    d->use = room(d->mem, d->use, d->uses, sizeof *d->use);
    d->use[d->uses++] = t;
    return true;
}

static bool read_number_of(declarations *d, cursor *at, const char *what, uint64_t least,
                           uint64_t most, uint32_t *out)
{
    token t = cursor_peek(at);
    uint64_t v;
    if (!read_natural(d, at, &v, what)) return false;
    if ((v < least || v > most) && least == most)
        return expected_word(d, &t, what, arena_printf(d->mem, "%llu", (unsigned long long)most));
    if (v < least || v > most) return expected(d, &t, what, NULL);
    *out = (uint32_t)v;
    return true;
}

static bool read_declaration(declarations *d, cursor *at)
{
    token t = cursor_next(at);
    if (token_is(&t, "party")) {
        if (!read_party(d, at)) return false;
        refuse_more_parties(d, at, t.line);
        return true;
    }
    if (token_is(&t, "param")) return read_param(d, at);
    if (token_is(&t, "input")) return read_port(d, at, false);
    if (token_is(&t, "output")) return read_port(d, at, true);
    if (token_is(&t, "use")) return read_use(d, at);
    if (token_is(&t, "edition"))
        return read_number_of(d, at, "edition 1, the only one so far", EDITION, EDITION,
                              &d->rep->edition);
    return read_number_of(d, at, "a number of fraction bits from 1 to 60", 1, PRECISION_MAX,
                          &d->rep->precision);
}

void header_read(declarations *d, cursor *at)
{
    d->rep->edition = EDITION, d->rep->precision = PRECISION_DEFAULT;
    for (token t = cursor_peek(at); is_keyword(&t); t = cursor_peek(at))
        if (!read_declaration(d, at))
            cursor_next_line(at, cursor_peek(at).line > t.line ? t.line : cursor_peek(at).line);
}

/* --- binding --- */

int64_t param_letter(uint32_t i)
{
    return -1 - (int64_t)i;
}

static const setting *setting_of(const compile_request *req, const char *name)
{
    for (size_t i = 0; i < req->sets; i++)
        if (!strcmp(req->set[i].name, name)) return &req->set[i];
    return NULL;
}

bool param_known(const declarations *d, const compile_request *req, uint32_t i)
{
    return d->rep->param[i].value || setting_of(req, d->rep->param[i].name);
}

static bool is_fraction(const char *text)
{
    return strpbrk(text, ".e") != NULL;
}

/* A NUMBER as represented; false when it is out of range or has a fraction where an int is wanted. */
static bool number_value(const declarations *d, const char *text, bool fix, wide *out)
{
    size_t len = strlen(text), n = 0;
    char *plain = arena_alloc(d->mem, len + 1);
    for (size_t i = 0; i < len; i++)
        if (text[i] != '_') plain[n++] = text[i];
    return fix ? wide_parse_fix(d->mem, plain, n, d->rep->precision, out)
               : wide_parse(d->mem, plain, n, out);
}

static status check_settings(const declarations *d, const compile_request *req, failure *err)
{
    for (size_t i = 0; i < req->sets; i++) {
        if (!is_param(d->rep, req->set[i].name)) {
            fail(err, E_USAGE, "E0010", "%s has no param or size named `%s`", req->file,
                 req->set[i].name);
            if (d->rep->params) fail_add(err, "help: it has `%s`", d->rep->param[0].name);
            return E_USAGE;
        }
        if (!is_number(req->set[i].value, strlen(req->set[i].value)))
            return fail(err, E_USAGE, "E0011", "--set %s=%s: `%s` is not a number",
                        req->set[i].name, req->set[i].value, req->set[i].value);
    }
    return OK;
}

/* Whether a param's value is within its range; a range that is none is a finding. */
static bool param_in_range(const declarations *d, const source_param *p, const token *at, bool fix,
                           wide v)
{
    wide lo, hi;
    if (!p->lo) return true;
    if (number_value(d, p->lo, fix, &lo) && number_value(d, p->hi, fix, &hi) && !wide_less(hi, lo))
        return !wide_less(v, lo) && !wide_less(hi, v);
    diagnose(d->found, true, "E0008", at, "the range %s..%s of `%s` holds no %s", p->lo, p->hi,
             p->name, fix ? "number" : "whole number");
    return true;
}

/* No mistake of the program: the user of the command is told, with the place in the program. */
static status refuse_unset(const declarations *d, const token *at, const char *name, failure *err)
{
    sink apart = {.mem = d->mem};
    report shown = {0};
    diagnosis *x = diagnose(&apart, true, "E0012", at, "`%s` has no value", name);
    diagnose_help(x, "--set %s=…, or data that it follows from", name);
    diagnose_finish(&apart, &shown);
    const char *text = strstr(shown.finding->text, ": ") + 2; /* without "error[…]: " */
    return fail(err, E_USAGE, "E0012", "%.*s", (int)strlen(text) - 1, text);
}

static status bind_param(declarations *d, const compile_request *req, header *h, uint32_t i,
                         failure *err)
{
    const source_param *p = &d->rep->param[i];
    const setting *given = setting_of(req, p->name);
    const char *set = given ? given->value : NULL, *text = set ? set : p->value;
    bool fix = p->value ? is_fraction(p->value)
               : p->lo  ? is_fraction(p->lo) || is_fraction(p->hi)
                        : set && is_fraction(set);
    param_decl *out = &h->param[i];

    out->name = arena_strndup(d->mem, p->name, strlen(p->name));
    out->kind = fix ? KIND_FIX : KIND_INT;
    if (!text && !req->symbolic) return refuse_unset(d, &d->param[i], p->name, err);
    if (!text) return OK;
    if (number_value(d, text, fix, &out->value)) {
        if (param_in_range(d, p, &d->param[i], fix, out->value)) return OK;
        if (set)
            return fail(err, E_USAGE, "E0011", "--set %s=%s: it is outside %s..%s", p->name, set,
                        p->lo, p->hi);
        diagnose(d->found, true, "E0008", &d->param[i], "the value %s of `%s` is outside %s..%s",
                 text, p->name, p->lo, p->hi);
        return OK;
    }
    if (set)
        return fail(err, E_USAGE, "E0011", "--set %s=%s: `%s` is a whole number", p->name, set,
                    p->name);
    diagnose(d->found, true, "E0002", &d->param[i], "the value of `%s` is too large", p->name);
    return OK;
}

static void propose_size(declarations *d, diagnosis *x, const char *name, const token *at)
{
    for (size_t i = 0; i < d->rep->params; i++) {
        const char *other = d->rep->param[i].name;
        if (strlen(name) < 3 || edit_distance(name, strlen(name), other, strlen(other), 3) > 2)
            continue;
        diagnose_help(x, "did you mean `%s`?", other);
        diagnose_fix(x, at, at, "%s", other);
        return;
    }
    diagnose_help(x, "declare it above:  param %s", name);
    diagnose_fix_line(x, at, "param %s", name);
}

static void say_where_set(diagnosis *x, const compile_request *req, const char *name)
{
    const setting *s = name ? setting_of(req, name) : NULL;

    if (s && s->owner)
        diagnose_line(x, LINE_NOTE, "`%s` is %s in the data of %s", name, s->value, s->owner);
    else if (s)
        diagnose_line(x, LINE_NOTE, "--set %s=%s was asked for", name, s->value);
}

/* A size: its value, or (int64_t) its letter. False, with a finding, when it is none. */
static bool bind_size(declarations *d, const compile_request *req, const header *h,
                      const size_expr *e, const char *of, const token *at, int64_t *out)
{
    *out = (int64_t)e->value;
    if (!e->name) return true;
    int64_t i = header_param(h, e->name, strlen(e->name));
    if (i < 0) {
        diagnosis *x = diagnose(d->found, true, "E0104", at, "I do not know the size `%s` of `%s`",
                                e->name, of);
        propose_size(d, x, e->name, at);
        return false;
    }
    *out = param_letter((uint32_t)i);
    if (!param_known(d, req, (uint32_t)i)) return true;
    const param_decl *p = &h->param[i];
    *out = wide_int(p->value);
    if (p->kind == KIND_INT && *out >= 0 && *out < INT64_MAX / 4) return true;
    say_where_set(diagnose(d->found, true, "E0304", at,
                           "`%s` is a size here, so it must be a whole number from 0 up", e->name),
                  req, e->name);
    return false;
}

static void bind_party(declarations *d, const compile_request *req, header *h, uint32_t i)
{
    const source_party *p = &d->rep->party[i];
    int64_t size = 1;

    if (p->group && bind_size(d, req, h, &p->size, p->name, &d->party[i], &size) &&
        (size == 0 || size > GROUP_MAX))
        say_where_set(diagnose(d->found, true, "E0304", &d->party[i], "a group has 1 to %d parties",
                               GROUP_MAX),
                      req, p->size.name);
    d->group[i] = size;
    h->party[i] = (party_decl){arena_strndup(d->mem, p->name, strlen(p->name)), p->group,
                               size > 0 && size <= GROUP_MAX ? (uint32_t)size : 1};
}

static uint32_t party_index(declarations *d, const char *name, const token *at, bool output)
{
    if (output && !strcmp(name, "all")) return PARTY_ALL;
    for (uint32_t i = 0; i < d->rep->parties; i++)
        if (!strcmp(d->rep->party[i].name, name)) return i;
    diagnosis *x = diagnose(d->found, true, "E0105", at, "I do not know the party `%s`", name);
    for (size_t i = 0; i < d->rep->parties; i++) {
        const char *other = d->rep->party[i].name;
        if (edit_distance(name, strlen(name), other, strlen(other), 3) < 3) {
            diagnose_help(x, "did you mean `%s`?", other);
            diagnose_fix(x, at, at, "%s", other);
            return 0;
        }
    }
    diagnose_help(x, "declare it above:  party %s", name);
    diagnose_fix_line(x, at, "party %s", name);
    return 0;
}

/* A letter counts as one. */
static void check_items(declarations *d, const token *at, const port_decl *p, uint64_t members)
{
    uint64_t n = members;
    bool empty = false, over = false;
    for (unsigned k = 0; k < p->rank; k++) {
        int64_t dim = (int64_t)p->dim[k];
        empty = empty || dim == 0;
        over = over || (dim > 0 && (uint64_t)dim > LENGTH_MAX / n);
        if (dim > 0 && !over) n *= (uint64_t)dim;
    }
    if (empty)
        diagnose(d->found, true, "E0904", at, "`%s` has no items", p->name);
    else if (over)
        diagnose(d->found, true, "E0904", at,
                 "`%s` has more items than a value can have: at most %llu", p->name,
                 (unsigned long long)LENGTH_MAX);
}

/* A range that the kind does not have: fractions make it fix. */
static void refuse_kind_range(declarations *d, const source_port *p, const type_place *at)
{
    diagnosis *x = diagnose(d->found, true, "E0008", &at->range,
                            "the range %s..%s of `%s` is not one of %s", p->lo, p->hi, p->name,
                            p->kind == KIND_FIX ? "numbers that fit" : "whole numbers that fit");
    if (p->kind != KIND_INT || (!is_fraction(p->lo) && !is_fraction(p->hi)) ||
        at->first.start != at->last.start)
        return;
    diagnose_help(x, "numbers with a fraction are fix:  fix %s..%s", p->lo, p->hi);
    diagnose_fix(x, &at->first, &at->last, "fix");
}

static void bind_range(declarations *d, const source_port *p, const type_place *at, port_decl *out)
{
    const wide limit = wide_of_num((num)FIX_LIMIT << d->rep->precision);

    const wide least[] = {[KIND_BOOL] = wide_of(0),
                          [KIND_INT] = wide_of(INT32_MIN),
                          [KIND_FIX] = wide_neg(limit),
                          [KIND_KEY] = wide_of(0)};
    const wide most[] = {[KIND_BOOL] = wide_of(1),
                         [KIND_INT] = wide_of(INT32_MAX),
                         [KIND_FIX] = limit,
                         [KIND_KEY] = wide_of_num(key_most(KEY_BITS_WIDE))};
    out->lo = least[p->kind], out->hi = most[p->kind];
    if (!p->lo) return;
    if (p->kind == KIND_BOOL || p->kind == KIND_KEY) {
        diagnosis *x =
            diagnose(d->found, true, "E0008", &at->range, "`%s` is %s, which has no range", p->name,
                     p->kind == KIND_BOOL ? "bool" : "key");
        diagnose_help(x, p->kind == KIND_BOOL ? "remove it: a bool is true or false"
                                              : "remove it: keys are only equal or not");
        diagnose_remove(x, &at->range, &at->range);
    } else if (!number_value(d, p->lo, p->kind == KIND_FIX, &out->lo) ||
               !number_value(d, p->hi, p->kind == KIND_FIX, &out->hi)) {
        refuse_kind_range(d, p, at);
    } else if (wide_less(out->hi, out->lo)) {
        diagnosis *x = diagnose(d->found, true, "E0008", &at->range,
                                "the range %s..%s of `%s` is empty", p->lo, p->hi, p->name);
        diagnose_help(x, "the smaller stands first:  %s..%s", p->hi, p->lo);
        diagnose_fix(x, &at->range, &at->range, "%s..%s", p->hi, p->lo);
    }
}

static void refuse_output_range(declarations *d, const source_port *p, const token *range)
{
    diagnosis *x = diagnose(d->found, true, "E0008", range,
                            "an output has no range: `%s` is what it is", p->name);
    diagnose_help(x, "remove it");
    diagnose_remove(x, range, range);
}

/* The whole type as one token. */
static const token *type_token(token *out, const type_place *at)
{
    *out = at->first;
    out->len = at->last.start + at->last.len - at->first.start;
    return out;
}

static void refuse_key_output(declarations *d, const token *at, const char *name)
{
    diagnosis *x = diagnose(d->found, true, "E0305", at, "`%s` cannot be a key", name);
    diagnose_line(x, LINE_BECAUSE,
                  "a key is a hash, in which whoever guesses the text finds it confirmed");
    diagnose_help(x, "say which were found (`member`, bool) or where (`match`, int)");
}

static void bind_port(declarations *d, const compile_request *req, header *h, uint32_t i, bool output)
{
    const source_port *p = output ? &d->rep->output[i] : &d->rep->input[i];
    const token *at = output ? &d->output[i] : &d->input[i];
    const type_place *where = output ? &d->output_type[i] : &d->input_type[i];
    port_decl *out = output ? &h->output[i] : &h->input[i];
    token all;

    out->name = arena_strndup(d->mem, p->name, strlen(p->name));
    out->party = party_index(d, p->party, output ? &d->output_party[i] : &d->input_party[i], output);
    out->kind = p->kind, out->rank = p->rank;
    out->at = (place){at->line, at->col};
    if (output && p->kind == KIND_KEY) refuse_key_output(d, at, p->name);
    if (output && p->lo) refuse_output_range(d, p, &where->range);
    bool group = out->party != PARTY_ALL && out->party < h->parties && h->party[out->party].group;
    if (p->rank + group > AXES)
        diagnose(d->found, true, "E0306", type_token(&all, where),
                 "`%s` has more than 3 axes, the one of its parties included", p->name);
    bool sized = true;
    for (uint8_t k = 0; k < p->rank; k++) {
        int64_t size = 0;
        sized = bind_size(d, req, h, &p->dim[k], p->name, &where->dim[k], &size) && sized;
        out->dim[k] = (uint64_t)size;
        out->open = out->open || p->dim[k].open;
    }
    if (output && out->open)
        diagnose(d->found, true, "E0601", &where->dim[p->rank - 1],
                 "the length of an output is not private: `%s` is sent to others", p->name);
    if (sized) check_items(d, at, out, group ? h->party[out->party].size : 1);
    bind_range(d, p, where, out);
}

status header_bind(declarations *d, const compile_request *req, header *h, failure *err)
{
    const report *rep = d->rep;
    status st;

    *h = (header){.edition = rep->edition,
                  .precision = rep->precision,
                  .parties = (uint32_t)rep->parties,
                  .params = (uint32_t)rep->params,
                  .inputs = (uint32_t)rep->inputs,
                  .outputs = (uint32_t)rep->outputs};
    h->party = arena_alloc(d->mem, h->parties * sizeof *h->party);
    d->group = arena_alloc(d->mem, h->parties * sizeof *d->group);
    h->param = arena_alloc(d->mem, h->params * sizeof *h->param);
    h->input = arena_alloc(d->mem, h->inputs * sizeof *h->input);
    h->output = arena_alloc(d->mem, h->outputs * sizeof *h->output);
    if ((st = check_settings(d, req, err))) return st;
    for (uint32_t i = 0; i < h->params; i++)
        if ((st = bind_param(d, req, h, i, err))) return st;
    for (uint32_t i = 0; i < h->parties; i++) bind_party(d, req, h, i);
    for (uint32_t i = 0; i < h->inputs; i++) bind_port(d, req, h, i, false);
    for (uint32_t i = 0; i < h->outputs; i++) bind_port(d, req, h, i, true);
    return OK;
}

static bool names(const char *name, const char *s, size_t len)
{
    return !strncmp(name, s, len) && !name[len];
}

int64_t header_param(const header *h, const char *name, size_t len)
{
    for (uint32_t i = 0; i < h->params; i++)
        if (names(h->param[i].name, name, len)) return i;
    return -1;
}

int64_t header_input(const header *h, const char *name, size_t len)
{
    for (uint32_t i = 0; i < h->inputs; i++)
        if (names(h->input[i].name, name, len)) return i;
    return -1;
}
