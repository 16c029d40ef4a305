/* Text that no one means as a program: huge, nested, cut, mangled. No crash, no hang, and what compiles
 * verifies (any.h). */
#include "any.h"

#include "compiler/words.h"

#include <criterion/criterion.h>
#include <glob.h>
#include <stdlib.h>
#include <string.h>

static const char header[] = "party a\ninput x from a : int 0..9\noutput o to all : int\n";

typedef struct pattern {
    const char *first, *each, *last;
    size_t times;
    bool compiles;
} pattern;

static char *spell(const pattern *p, size_t *len)
{
    buffer text = {0};
    buffer_append(&text, header, strlen(header));
    buffer_append(&text, p->first, strlen(p->first));
    for (size_t i = 0; i < p->times; i++) buffer_append(&text, p->each, strlen(p->each));
    buffer_append(&text, p->last, strlen(p->last));
    *len = text.len;
    return buffer_take(&text);
}

Test(odd_input, of_any_size_is_refused_or_compiled)
{
    static const pattern cases[] = {
        {"x ", "[ ", " reveal o", 100000, false},
        {"x ", "{ ", " reveal o", 100000, false},
        {"x ", "] ", " reveal o", 100000, false},
        {"x ", ": ", " reveal o", 100000, false},
        {"x ", "[ ] call ", " reveal o", 20000, true},
        {"x ", "1 + ", " reveal o", 100000, true},
        {"x reveal o # ", "0123456789", "\n", 1000000, true},
        {"x ", "0123456789", " reveal o", 1000000, false},
        {"x ", "abcdefghij", " reveal o", 1000000, false},
        {"x ", "          ", " reveal o", 1000000, true},
        {"\"", "0123456789", "\" x reveal o", 100000, false},
        {"x ", "argmx ", " reveal o", 200000, false},
        {"x ", "argmx\n", " reveal o", 200000, false},
        {"x ", "-> ", " reveal o", 100000, false},
        {"x ", "dup ", " reveal o", 100000, false},
        {"x { ", "1 ", "} sum + reveal o", 100000, true},
        {"", "reveal o ", "", 10000, false},
        {"", "test \"a\" x = 1 expect o = 1 ;\n", "", 10000, false},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        size_t len;
        char *text = spell(&cases[i], &len);
        bool compiled = any_compiles(text, len);
        cr_expect_eq(compiled, cases[i].compiles, "`%s` %zu times", cases[i].each, cases[i].times);
        free(text);
    }
}

static char *numbered(const char *each, unsigned from, unsigned to, const char *last, size_t *len)
{
    buffer text = {0};
    buffer_append(&text, header, strlen(header));
    for (unsigned i = from; i < to; i++) buffer_printf(&text, each, i, i - 1, i - 1);
    buffer_append(&text, last, strlen(last));
    *len = text.len;
    return buffer_take(&text);
}

Test(odd_input, of_many_names_is_compiled)
{
    static const struct {
        const char *each, *last;
        unsigned count;
        bool compiles;
    } cases[] = {
        {"%u -> n%u\n", "x reveal o", 200000, true},
        {": w%u ( x -- y ) %u + ;\n", "x reveal o", 50000, true},
        /* each word is twice the word before it: 2^60 steps if nobody counted them */
        {": w%u ( x -- y ) w%u w%u ;\n", "x w60 reveal o", 61, false},
        {": w%u ( x -- y ) [ w%u ] [ w%u ] bi + ;\n", "x w60 reveal o", 61, false},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        size_t len;
        char *text = numbered(cases[i].each, 1, cases[i].count, cases[i].last, &len);
        if (i >= 2) { /* the first word, that the others build on */
            size_t whole;
            char *rest = numbered(": w0 ( x -- y ) 1 + ;\n", 0, 1, text + strlen(header), &whole);
            free(text);
            text = rest, len = whole;
        }
        cr_expect_eq(any_compiles(text, len), cases[i].compiles, "case %zu", i);
        free(text);
    }
}

/* As many findings as are kept are warnings; then it is found that no field holds what is compared. */
Test(odd_input, of_more_warnings_than_are_kept_is_refused)
{
    enum { OUTPUTS = 25, ZEROS = 300 };
    buffer text = {0};

    buffer_printf(&text,
                  "party a\nparty b\ninput x from a : int 0..9\ninput y from b : int 0..9\n");
    for (unsigned k = 0; k < OUTPUTS; k++) buffer_printf(&text, "output o%u to all : int\n", k);
    buffer_printf(&text, "output less to all : bool\n");
    for (unsigned k = 0; k < OUTPUTS; k++) buffer_printf(&text, "x reveal o%u\n", k);
    buffer_printf(&text, "x 1%0*d * y < reveal less\n", ZEROS, 0);
    cr_expect(!any_compiles((const char *)text.data, text.len));
    buffer_free(&text);
}

Test(odd_input, of_odd_bytes_is_refused)
{
    static const struct {
        const char *bytes;
        size_t len;
    } odd[] = {
        {"\0", 1},
        {"x\0y", 3},
        {"\xff", 1},
        {"\xc3", 1},
        {"\xc0\x80", 2},
        {"\xed\xa0\x80", 3},
        {"\xf5\x80\x80\x80", 4},
        {"\xf0\x9f\x98", 3},
        {"\x80", 1},
        {"\x1b[31m", 5},
        {"\xe2\x80\xae", 3},
        {"\x7f", 1},
    };
    for (size_t i = 0; i < sizeof odd / sizeof *odd; i++) {
        buffer text = {0};
        buffer_append(&text, header, strlen(header));
        buffer_append(&text, "x ", 2);
        buffer_append(&text, odd[i].bytes, odd[i].len);
        buffer_append(&text, " reveal o\n", 10);
        cr_expect_not(any_compiles((const char *)text.data, text.len), "bytes %zu", i);
        cr_expect_not(any_compiles(odd[i].bytes, odd[i].len), "bytes %zu alone", i);
        buffer_free(&text);
    }
    cr_expect_not(any_compiles("", 0));
}

Test(odd_input, cut_at_every_byte_is_refused_or_compiled)
{
    size_t len, compiled = 0;
    char *text = any_file("programs/second-price.moot", &len);
    for (size_t cut = 0; cut <= len; cut++) {
        char *part = strndup(text, cut); /* of its own, so that reading behind its end is seen */
        compiled += any_compiles(part, cut);
        free(part);
    }
    cr_expect_geq(compiled, 1);
    free(text);
}

/* --- every token dropped, doubled, swapped with the next, or replaced */

typedef struct piece {
    const char *at;
    size_t len;
} piece;

static size_t cut_tokens(const char *text, piece *out, size_t room)
{
    size_t n = 0;
    for (const char *s = text + strspn(text, " \n"); *s && n < room; s += strspn(s, " \n")) {
        out[n++] = (piece){s, strcspn(s, " \n")};
        s += out[n - 1].len;
    }
    return n;
}

typedef enum change { DROP, DOUBLE, SWAP, REPLACE, CHANGES } change;

static void put(buffer *b, const char *from, const char *to)
{
    buffer_append(b, from, (size_t)(to - from));
}

/* The text with token k changed; what stands between tokens stays. */
static char *changed(const char *text, const piece *t, size_t n, size_t k, change how, size_t other)
{
    const piece *this = &t[k], *next = how == SWAP && k + 1 < n ? &t[k + 1] : this;
    const char *end = this->at + this->len;
    buffer b = {0};
    put(&b, text, this->at);
    if (how == DOUBLE)
        buffer_printf(&b, "%.*s %.*s", (int)this->len, this->at, (int)this->len, this->at);
    if (how == REPLACE) buffer_append(&b, t[other].at, t[other].len);
    if (next != this) {
        buffer_append(&b, next->at, next->len);
        put(&b, end, next->at);
        buffer_append(&b, this->at, this->len);
    }
    end = next->at + next->len;
    put(&b, end, end + strlen(end));
    return buffer_take(&b);
}

static size_t change_tokens(const char *path, size_t step)
{
    enum { TOKENS_MAX = 2000, TOKENS_EACH = 150 };
    static piece token[TOKENS_MAX];
    size_t len, compiled = 0;
    char *text = any_file(path, &len);
    size_t n = cut_tokens(text, token, TOKENS_MAX);
    step *= 1 + n / TOKENS_EACH;
    uint32_t state = (uint32_t)len;
    for (size_t k = 0; k < n; k += step)
        for (change how = DROP; how < CHANGES; how++) {
            char *odd = changed(text, token, n, k, how, any_next(&state) % n);
            compiled += any_compiles(odd, strlen(odd));
            free(odd);
        }
    free(text);
    return compiled;
}

/* Every step-th token of short programs, fewer of long ones. */
static size_t change_all(const char *files, size_t least, size_t step)
{
    glob_t found = {0};
    size_t compiled = 0;
    glob(files, 0, NULL, &found);
    cr_assert_geq(found.gl_pathc, least, "run this in the root of the repository");
    for (size_t i = 0; i < found.gl_pathc; i++) compiled += change_tokens(found.gl_pathv[i], step);
    globfree(&found);
    return compiled;
}

Test(odd_input, with_any_token_changed_is_refused_or_compiled)
{
    enum { SOME = 100 }; /* a word more or less often makes another program */
    cr_expect_gt(change_all("programs/*.moot", 5, 1), SOME);
}

Test(odd_input, with_some_tokens_of_every_word_changed_is_refused_or_compiled)
{
    enum { STEP = 23, SOME = 20 };
    cr_expect_gt(change_all("tests/language/*.moot", 15, STEP), SOME);
}

Test(odd_input, found_by_fuzzing_is_refused_or_compiled)
{
    glob_t found = {0};
    glob("tests/fuzz/corpus/source/*", 0, NULL, &found);
    cr_assert_gt(found.gl_pathc, 20, "run this in the root of the repository");
    for (size_t i = 0; i < found.gl_pathc; i++) {
        size_t len;
        char *text = any_file(found.gl_pathv[i], &len);
        any_compiles(text, len);
        free(text);
    }
    globfree(&found);
}

Test(words, take_no_more_than_there_is_room_for)
{
    const word *any = word_find("dup", 3), *first = any - word_index(any);

    for (size_t i = 0; i < word_table_len(); i++) {
        unsigned quotations, taken = effect_inputs(first[i].doc.effect, &quotations);
        cr_expect(taken <= WORD_INPUTS_MAX, "%s takes %u", first[i].doc.name, taken);
    }
}
