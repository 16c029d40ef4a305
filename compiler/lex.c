/* Source text as tokens; see lex.h. One pass over the bytes, linear, no recursion. */
#include "compiler/lex.h"

#include <string.h>

#include "compiler/diagnose.h"

typedef struct lexer {
    const source_text *src;
    const uint8_t *s;
    uint32_t pos, end, line, col;
    tokens *out;
    uint32_t cap;
    arena *mem;
    sink *sink;
} lexer;

const char *token_text(const token *t)
{
    return (const char *)t->source->bytes.data + t->start;
}

bool token_is(const token *t, const char *text)
{
    return t->kind == TOKEN_WORD && t->len == strlen(text) &&
           memcmp(token_text(t), text, t->len) == 0;
}

char *token_string(const token *t, arena *mem)
{
    return arena_strndup(mem, token_text(t), t->len);
}

bool in_curly_quotes(const token *t)
{
    const char *s = token_text(t);
    return t->kind == TOKEN_WORD && t->len > 3 && !memcmp(s, "\xe2\x80", 2) &&
           (uint8_t)s[2] >= 0x9c && (uint8_t)s[2] <= 0x9f;
}

bool begins_test(const token *t)
{
    return token_is(t, "test") && (t[1].kind == TOKEN_STRING || in_curly_quotes(t + 1));
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool is_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

bool is_name(const char *s, size_t len)
{
    if (!len || !is_letter(s[0])) return false;
    for (size_t i = 1; i < len; i++)
        if (!is_letter(s[i]) && !is_digit(s[i]) && !memchr("-_'?!", s[i], 5)) return false;
    return true;
}

/* Digits with single '_' between them: how many bytes from s[i], 0 when there are none. */
static size_t natural(const char *s, size_t len, size_t i)
{
    size_t from = i;
    while (i < len && (is_digit(s[i]) || (s[i] == '_' && i > from))) i++;
    return i > from && s[i - 1] != '_' ? i - from : 0;
}

static size_t digits(const char *s, size_t len, size_t i)
{
    size_t from = i;
    while (i < len && is_digit(s[i])) i++;
    return i - from;
}

bool is_number(const char *s, size_t len)
{
    size_t i = len && s[0] == '-' ? 1 : 0, n;
    if (!(n = natural(s, len, i))) return false;
    i += n;
    if (i < len && s[i] == '.') {
        if (!(n = digits(s, len, i + 1))) return false;
        i += 1 + n;
    }
    if (i < len && s[i] == 'e') {
        i += i + 1 < len && s[i + 1] == '-' ? 2 : 1;
        if (!(n = digits(s, len, i))) return false;
        i += n;
    }
    return i == len;
}

static token *add(lexer *l, token_kind is)
{
    tokens *t = l->out;
    if (t->len == l->cap) {
        uint32_t cap = l->cap ? 2 * l->cap : l->end / 2 + 2; /* a token and a blank are two bytes */
        t->at = arena_grow(l->mem, t->at, l->cap * sizeof *t->at, cap * sizeof *t->at);
        l->cap = cap;
    }
    token *added = &t->at[t->len++];
    *added = (token){
        .source = l->src, .start = l->pos, .line = l->line, .col = l->col, .kind = (uint8_t)is};
    return added;
}

/* How many bytes the UTF-8 character at s has; 0 when it is malformed. NUL counts as malformed. */
static uint32_t character(const uint8_t *s, uint32_t left)
{
    static const uint8_t least_second[4] = {0xa0, 0x90, 0x80, 0x80};
    uint8_t c = s[0];
    uint32_t n = c < 0x80                ? 1
                 : c >= 0xc2 && c < 0xe0 ? 2
                 : c >= 0xe0 && c < 0xf0 ? 3
                 : c >= 0xf0 && c < 0xf5 ? 4
                                         : 0;
    if (!c || !n || n > left) return 0;
    for (uint32_t i = 1; i < n; i++)
        if ((s[i] & 0xc0) != 0x80) return 0;
    if (c == 0xe0 && s[1] < least_second[0]) return 0;
    if (c == 0xf0 && s[1] < least_second[1]) return 0;
    if ((c == 0xed && s[1] > 0x9f) || (c == 0xf4 && s[1] > 0x8f)) return 0;
    return n;
}

static bool at_blank(const lexer *l)
{
    uint8_t c = l->s[l->pos];
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

/* One character on. A byte that is not UTF-8 counts as one character and is reported. */
static void advance(lexer *l)
{
    if (l->s[l->pos] == '\n') {
        l->pos++, l->line++, l->col = 1;
        return;
    }
    uint32_t n = character(l->s + l->pos, l->end - l->pos);
    if (!n) {
        token at = {.source = l->src, .start = l->pos, .len = 1, .line = l->line, .col = l->col};
        diagnosis *d =
            diagnose(l->sink, true, "E0001", &at, "this byte (0x%02x) is not text", l->s[l->pos]);
        diagnose_line(d, LINE_BECAUSE, "a program is UTF-8 without NUL bytes");
        n = 1;
    }
    l->pos += n, l->col++;
}

static void skip_comment(lexer *l)
{
    while (l->pos < l->end && l->s[l->pos] != '\n') advance(l);
}

static void bad_string(lexer *l, token *t, const char *why, const char *help)
{
    t->kind = TOKEN_BAD;
    token at = *t;
    at.len = 1;
    diagnosis *d = diagnose(l->sink, true, "E0003", &at, "%s", why);
    diagnose_help(d, "%s", help);
}

static void lex_string(lexer *l)
{
    token *t = add(l, TOKEN_STRING);
    bool closed = false, good = true;

    advance(l);
    while (!closed && l->pos < l->end && l->s[l->pos] != '\n') {
        uint8_t c = l->s[l->pos];
        if (c == '\\' && l->pos + 1 < l->end && l->s[l->pos + 1] != '\n') {
            good = good && memchr("\"\\n", l->s[l->pos + 1], 3);
            advance(l);
        }
        closed = c == '"';
        advance(l);
    }
    t->len = l->pos - t->start;
    if (!closed)
        bad_string(l, t, "this string is not closed", "strings are on one line: \"like this\"");
    else if (!good)
        bad_string(l, t, "this string has an escape that I do not know",
                   "\\\" \\\\ and \\n are the escapes");
}

static void lex_word(lexer *l)
{
    token *t = add(l, TOKEN_WORD);
    while (l->pos < l->end && !at_blank(l)) advance(l);
    t->len = l->pos - t->start;
    const char *s = token_text(t);
    if (is_digit(s[0]) || (t->len > 1 && s[0] == '-' && is_digit(s[1]))) t->kind = TOKEN_NUMBER;
}

void lex(const source_text *src, tokens *out, arena *mem, sink *found)
{
    lexer l = {.src = src,
               .s = src->bytes.data,
               .end = (uint32_t)src->bytes.len,
               .line = 1,
               .col = 1,
               .out = out,
               .mem = mem,
               .sink = found};

    *out = (tokens){0};
    if (l.end >= 3 && !memcmp(l.s, "\xef\xbb\xbf", 3)) l.pos = 3;
    while (l.pos < l.end) {
        if (at_blank(&l))
            advance(&l);
        else if (l.s[l.pos] == '#')
            skip_comment(&l);
        else if (l.s[l.pos] == '"')
            lex_string(&l);
        else
            lex_word(&l);
    }
    add(&l, TOKEN_END);
}

char *token_unquote(const token *t, arena *mem)
{
    const char *s = token_text(t);
    char *out = arena_alloc(mem, t->len + 1);
    size_t n = 0;
    for (uint32_t i = 1; i + 1 < t->len; i++) {
        if (s[i] == '\\') {
            i++;
            out[n++] = s[i] == 'n' ? '\n' : s[i];
        } else {
            out[n++] = s[i];
        }
    }
    return out;
}

static bool splits(char c)
{
    return c == '[' || c == ']' || c == ':';
}

static uint32_t characters(const char *s, uint32_t len)
{
    uint32_t n = 0;
    for (uint32_t i = 0; i < len; i++) n += ((uint8_t)s[i] & 0xc0) != 0x80;
    return n;
}

token cursor_peek(const cursor *c)
{
    token t = c->list->at[c->index];
    if (t.kind != TOKEN_WORD && t.kind != TOKEN_NUMBER) return t;

    const char *s = token_text(&t) + c->offset;
    uint32_t left = t.len - c->offset, n = 1;
    if (!splits(s[0]))
        while (n < left && !splits(s[n])) n++;
    t.col += characters(token_text(&t), c->offset);
    t.start += c->offset, t.len = n;
    t.kind = is_digit(s[0]) || (n > 1 && s[0] == '-' && is_digit(s[1])) ? TOKEN_NUMBER : TOKEN_WORD;
    return t;
}

token cursor_next(cursor *c)
{
    token t = cursor_peek(c);
    const token *whole = &c->list->at[c->index];
    if (t.kind == TOKEN_END) return t;
    c->offset = t.start + t.len - whole->start;
    if (c->offset >= whole->len) c->index++, c->offset = 0;
    return t;
}
