/* Tokens that are no word of moot, and what was meant by them: other languages' spellings, numbers that are nearly
 * right, brackets that touch, misspelt names. Each finding says how to write it, with the text to paste. */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "compiler/check.h"

/* --- other languages */

static const char *our_spelling(const token *t)
{
    static const struct {
        const char *theirs, *ours;
    } table[] = {
#define SPELLING(theirs, ours) {theirs, ours},
#include "compiler/spellings.def"
#undef SPELLING
    };
    for (size_t i = 0; i < sizeof table / sizeof *table; i++)
        if (token_is(t, table[i].theirs)) return table[i].ours;
    return NULL;
}

static bool refuse_spelling(checker *c, const token *t)
{
    const char *ours = our_spelling(t);
    if (!ours) return false;
    const word *w = word_find(ours, strlen(ours));
    diagnosis *d = error_at(c, "E0101", "I do not know the word `%s`", token_quote(t, c->mem));
    if (w)
        diagnose_help(d, "moot writes `%s` %s, %s", ours, w->doc.effect, w->doc.doc);
    else
        diagnose_help(d, "moot writes `%s`", ours);
    diagnose_fix(d, t, t, "%s", ours);
    return true;
}

/* `best = x`, as a line of its own: the name stands behind its value. */
static bool refuse_assignment(checker *c, const token *t)
{
    const token *sign = t + 1, *last = sign;
    if (!is_name(token_text(t), t->len) || sign->line != t->line ||
        !(token_is(sign, "=") || token_is(sign, ":=") || token_is(sign, "<-")))
        return false;
    while (last[1].kind != TOKEN_END && last[1].source == t->source && last[1].line == t->line)
        last++;
    if (last == sign) return false;
    const char *name = token_quote(t, c->mem);
    const char *value =
        arena_strndup(c->mem, token_text(sign + 1), last->start + last->len - sign[1].start);
    diagnosis *d = error_at(c, "E0101", "I do not know the word `%s`", name);
    diagnose_help(d, "a name stands behind its value:  %s -> %s", value, name);
    diagnose_fix(d, t, last, "%s -> %s", value, name);
    return true;
}

/* `-> lo hi` names one value only; what follows were to be names too. */
static bool refuse_open_names(checker *c, const token *t)
{
    const token *first = t, *last = t;
    while (first > c->tok && is_name(token_text(first), first->len) && first[-1].line == t->line)
        first--;
    if (!token_is(first, "->") || first + 1 == t) return false;
    while (last[1].kind == TOKEN_WORD && last[1].line == t->line &&
           is_name(token_text(last + 1), last[1].len) && !visible(c, symbol_of(c, last + 1)) &&
           !word_find(token_text(last + 1), last[1].len) && !token_is(last + 1, "reveal"))
        last++;
    const char *names =
        arena_strndup(c->mem, token_text(first + 1), last->start + last->len - first[1].start);
    diagnosis *d = error_at(c, "E0101", "I do not know the word `%s`", token_quote(t, c->mem));
    diagnose_help(d, "several names stand in parentheses:  -> ( %s )", names);
    diagnose_fix(d, first + 1, last, "( %s )", names);
    return true;
}

/* --- numbers */

/* Text with blanks around its brackets and in the place of its commas. */
static const char *spaced(arena *mem, const char *s, size_t len)
{
    buffer b = {0};
    for (size_t i = 0; i < len; i++) {
        const bool bracket = memchr("[]{}();", s[i], 7) != NULL, blank = s[i] == ' ' || s[i] == ',';
        if ((bracket || blank) && b.len && b.data[b.len - 1] != ' ') buffer_append(&b, " ", 1);
        if (!blank) buffer_append(&b, s + i, 1);
        if (bracket && i + 1 < len) buffer_append(&b, " ", 1);
    }
    char *text = buffer_take(&b);
    const char *kept = text ? arena_strndup(mem, text, strlen(text)) : "";
    free(text);
    return kept;
}

enum { NUMBER_LENGTH = 40 };

/* A percentage as a fraction: "20" is 0.2. NULL when it is no natural number of at most three digits. */
static const char *as_fraction(arena *mem, const char *digits)
{
    const size_t n = strlen(digits);
    if (n == 0 || n > 3 || strspn(digits, "0123456789") != n) return NULL;
    const unsigned long value = strtoul(digits, NULL, 10), rest = value % 100;
    if (rest % 10 == 0) return arena_printf(mem, "%lu.%lu", value / 100, rest / 10);
    return arena_printf(mem, "%lu.%02lu", value / 100, rest);
}

/* Every group between commas has three digits: they part thousands. */
static bool parts_thousands(const char *s)
{
    const char *comma = strchr(s, ',');
    if (!comma || comma == s || comma - s > 3) return false;
    for (; comma; comma = strchr(comma + 1, ','))
        if (strspn(comma + 1, "0123456789") != 3) return false;
    return true;
}

static void replace(char *s, char from, char to)
{
    for (; *s; s++)
        if (*s == from) *s = to;
}

static void mend(char *s)
{
    const char sign = *s;
    size_t n = strlen(s);
    if (sign == '+') memmove(s, s + 1, n--);
    if (parts_thousands(s + (sign == '-')))
        replace(s, ',', '_');
    else if (n && s[n - 1] == ',')
        s[--n] = 0;
    else
        replace(s, ',', '.');
    while (n && s[n - 1] == '_') s[--n] = 0;
    char *digits = s + (*s == '-');
    if (*digits == '.') memmove(digits + 1, digits, strlen(digits) + 1), *digits = '0', n++;
    if (n && s[n - 1] == '.') memcpy(s + n, "0", 2);
    char *plus = strstr(s, "e+"), *capital = strchr(s, 'E');
    if (plus) memmove(plus + 1, plus + 2, strlen(plus + 1));
    if (capital) *capital = 'e';
}

/* The number that was meant, or NULL. */
static const char *mended_number(checker *c, const token *t)
{
    char s[NUMBER_LENGTH + 4] = "";
    if (t->len > NUMBER_LENGTH) return NULL;
    memcpy(s, token_text(t), t->len);
    if (!strncmp(s, "0x", 2) && t->len < 10 && strspn(s + 2, "0123456789abcdefABCDEF") == t->len - 2u)
        return arena_printf(c->mem, "%lu", strtoul(s, NULL, 16));
    if (s[t->len - 1] == '%') {
        s[t->len - 1] = 0;
        return as_fraction(c->mem, s);
    }
    mend(s);
    return is_number(s, strlen(s)) ? arena_strndup(c->mem, s, strlen(s)) : NULL;
}

/* `1, 2, 3`: the last of the numbers with a comma behind it. */
static const token *last_comma(const token *t)
{
    const token *last = t;
    for (const token *u = t; u->kind == TOKEN_NUMBER && u->line == t->line; u++)
        if (token_text(u)[u->len - 1] == ',') last = u;
    return last;
}

bool refuse_number(checker *c, const token *t)
{
    const char *meant = mended_number(c, t);
    const token *last = token_text(t)[t->len - 1] == ',' ? last_comma(t) : t;
    diagnosis *d = error_at(c, "E0002", "`%s` is not a number", token_quote(t, c->mem));
    if (!meant) {
        diagnose_help(d, "numbers look like 3, -1_000, 0.5 or 2.5e-3");
        return false;
    }
    if (last != t) {
        const char *list = spaced(c->mem, token_text(t), last->start + last->len - t->start);
        meant =
            arena_printf(c->mem, "%.*s", (int)strlen(list) - (list[strlen(list) - 1] == ' '), list);
    }
    diagnose_help(d, "write  %s", meant);
    diagnose_fix(d, t, last, "%s", meant);
    return false;
}

/* `.5` and `+5` begin like no number. */
static bool is_nearly_number(const token *t)
{
    const char *s = token_text(t);
    return t->len > 1 && (s[0] == '.' || s[0] == '+') && isdigit((unsigned char)s[1]);
}

/* --- what touches */

bool token_touches(const token *t)
{
    if ((t->kind != TOKEN_WORD && t->kind != TOKEN_NUMBER) || t->len < 2) return false;
    const char *s = token_text(t);
    for (uint32_t i = 0; i < t->len; i++)
        if (memchr("[]{}();", s[i], 7)) return true;
    return (s[0] == ':' && is_name(s + 1, t->len - 1u)) || (t->len > 2 && !memcmp(s, "->", 2));
}

/* `maximum(bid)`: what stands in the parentheses comes first. */
static const char *call_turned(arena *mem, const token *t)
{
    const char *s = token_text(t), *open = memchr(s, '(', t->len), *end = s + t->len - 1;
    if (!open || open == s || *end != ')' || memchr(open + 1, '(', (size_t)(end - open - 1)))
        return NULL;
    char *args = arena_strndup(mem, open + 1, (size_t)(end - open - 1));
    replace(args, ',', ' ');
    return arena_printf(mem, "%s%s%.*s", args, *args ? " " : "", (int)(open - s), s);
}

const token *touching_end(const token *t)
{
    const char *opener = t->len ? strchr("[{(", *token_text(t)) : NULL;
    const char closer = opener ? "]})"[opener - "[{("] : 0;
    for (const token *u = t; closer && u->kind != TOKEN_END && u->line == t->line; u++)
        if (u->len > 1 && token_text(u)[u->len - 1] == closer) return u;
    return t;
}

/* `:name` and `->name`: a blank behind the sign. */
static void propose_blank(diagnosis *d, const token *t)
{
    const char *s = token_text(t);
    const int head = *s == ':' ? 1 : 2, rest = (int)t->len - head;
    diagnose_help(d, "a blank stands behind `%.*s`:  %.*s %.*s", head, s, head, s, rest, s + head);
    diagnose_fix(d, t, t, "%.*s %.*s", head, s, rest, s + head);
}

void refuse_touching(sink *found, arena *mem, const token *t)
{
    diagnosis *d = diagnose(found, true, "E0006", t, "`%s` is not a word", token_quote(t, mem));
    if (!d) return;
    const char *s = token_text(t), *turned = call_turned(mem, t);
    const token *end = touching_end(t);
    if (turned) {
        diagnose_help(d, "words stand behind what they work on:  %s", turned);
        diagnose_fix(d, t, t, "%s", turned);
    } else if (*s == ':' || *s == '-') {
        propose_blank(d, t);
    } else {
        const char *apart = spaced(mem, s, end->start + end->len - t->start);
        diagnose_help(d, "brackets stand alone, with blanks around:  %s", apart);
        diagnose_fix(d, t, end, "%s", apart);
    }
}

/* A blank that the eye does not tell from others. */
static bool refuse_no_break_space(checker *c, const token *t)
{
    const char *s = token_text(t), *end = s + t->len;
    buffer b = {0};
    for (const char *at = s; at < end; at++) {
        if (end - at > 1 && !memcmp(at, "\xc2\xa0", 2))
            buffer_append(&b, " ", 1), at++;
        else
            buffer_append(&b, at, 1);
    }
    const bool found = b.len < t->len;
    if (found) {
        diagnosis *d =
            error_at(c, "E0006", "a no-break space stands in `%s`", token_quote(t, c->mem));
        diagnose_help(d, "put a plain blank there");
        diagnose_fix(d, t, t, "%.*s", (int)b.len, (const char *)b.data);
    }
    buffer_free(&b);
    return found;
}

/* --- names */

/* The keyword of a declaration that was meant: a misspelt one begins a line. */
static const char *meant_keyword(const token *t)
{
    const char *found = NULL;
    unsigned best = 3;
    if (t[1].kind != TOKEN_WORD || t[1].line != t->line) return NULL;
    for (size_t i = 0; keyword_at(i); i++) {
        const char *k = keyword_at(i);
        unsigned d = edit_distance(token_text(t), t->len, k, strlen(k), best);
        if (!strncmp(k, token_text(t), 4) && t->len > 4) d = 1; /* `parties` */
        if (d < best) best = d, found = k;
    }
    return found;
}

/* A line of the body that is a declaration, too late or misspelt: "parties bidder[n]", "inptu bid from …". */
bool looks_declared(const token *t)
{
    if (is_keyword(t)) return true;
    if (t->kind != TOKEN_WORD || !meant_keyword(t)) return false;
    const token *name = t + 1, *next = t + 2;
    const char *s = token_text(name);
    uint32_t len = 0;
    while (len < name->len && s[len] != '[' && s[len] != ':') len++;
    if (!is_name(s, len)) return false;
    if (len < name->len) return true;
    return next->line == t->line && (token_is(next, "from") || token_is(next, "to") ||
                                     token_is(next, ":") || token_is(next, "="));
}

static bool refuse_keyword(checker *c, const token *t)
{
    const bool begins_line = t == c->tok || t[-1].line < t->line || t[-1].source != t->source;
    const char *near = begins_line && looks_declared(t) ? meant_keyword(t) : NULL;
    if (!near) return false;
    diagnosis *d = error_at(c, "E0101", "I do not know the word `%s`", token_quote(t, c->mem));
    diagnose_help(d, "did you mean the declaration `%s`?", near);
    diagnose_fix(d, t, t, "%s", near);
    return true;
}

/* 'acme': text stands in double quotes. */
static bool refuse_single_quotes(checker *c, const token *t)
{
    const char *s = token_text(t);
    if (t->len < 2 || s[0] != '\'' || s[t->len - 1] != '\'') return false;
    const char *text = arena_printf(c->mem, "\"%.*s\"", (int)t->len - 2, s + 1);
    diagnosis *d = error_at(c, "E0101", "I do not know the word `%s`", token_quote(t, c->mem));
    diagnose_help(d, "text stands in double quotes:  %s", text);
    diagnose_fix(d, t, t, "%s", text);
    return true;
}

/* An output's name, where it is no public value. */
static bool refuse_output(checker *c, const token *t)
{
    const int64_t i = output_named(c, t);
    if (i < 0) return false;
    const uint32_t party = c->header.output[i].party;
    const char *name = token_quote(t, c->mem);
    if (party == PARTY_ALL) {
        diagnosis *d = error_at(c, "E0101", "`%s` has no value here", name);
        diagnose_second(d, &c->decl->output[i], "this output");
        diagnose_line(d, LINE_BECAUSE, "it stands for a public value behind `reveal %s`", name);
    } else {
        diagnosis *d = error_at(c, "E0101", "`%s` is no value: only %s learns it", name,
                                c->header.party[party].name);
        diagnose_second(d, &c->decl->output[i], "this output");
        diagnose_line(d, LINE_BECAUSE, "what was revealed to all is a public value, nothing else");
    }
    return true;
}

bool refuse_mistake(checker *c, const token *t)
{
    if (token_touches(t)) { /* match_brackets has said so */
        c->failed = true;
        return true;
    }
    if (is_nearly_number(t)) {
        refuse_number(c, t);
        return true;
    }
    return refuse_spelling(c, t) || refuse_no_break_space(c, t) || refuse_assignment(c, t) ||
           refuse_open_names(c, t) || refuse_keyword(c, t) || refuse_single_quotes(c, t) ||
           refuse_output(c, t);
}

/* The longest end of a word's name that is a word itself, "max" of argmax, else its group: what `moot words` lists
 * with it. */
const char *word_kin(const word *w)
{
    for (const char *s = w->doc.name + 1; *s; s++)
        if (word_find(s, strlen(s))) return s;
    return w->doc.group;
}
