/* The layout of programs: what it looks like, that it is stable, and that it never changes what is said. */
#include "compiler/format.h"

#include <criterion/criterion.h>
#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "compiler/diagnose.h"
#include "compiler/lex.h"

/* Formats text; NULL when it is refused, which then has a finding. Freed by the caller. */
static char *formatted_bytes(const char *text, size_t len)
{
    buffer out = {0};
    report r;
    failure err = {0};
    status st = format_source("test.moot", (slice){(const uint8_t *)text, len}, &out, &r, &err);

    cr_assert(st == OK || st == E_PROGRAM, "status %d: %s", st, err.text);
    if (st) cr_assert_gt(r.findings, 0);
    report_free(&r);
    char *result = st ? NULL : buffer_take(&out);
    buffer_free(&out);
    return result;
}

static char *formatted(const char *text)
{
    return formatted_bytes(text, strlen(text));
}

typedef struct example {
    const char *before, *after;
} example;

/* clang-format off */
static const example examples[] = {
    {"", ""},
    {" \n\t\n\r\n", ""},
    {"\n\n# c", "# c\n"},
    {"1 2 +", "1 2 +\n"},
    {"x\t\n\n\n\ny   \n\n", "x\n\ny\n"},
    {"\xef\xbb\xbfx\r\ny\r\n", "x\ny\n"},
    {"  x y   +\t\tz    reveal r", "x y  +  z  reveal r\n"},
    {"{   1    2   }", "{ 1  2 }\n"},
    {"\"a  \\\"b\"c#d", "\"a  \\\"b\" c#d\n"},
    /* declarations stand in columns */
    {"party a\nparty bidder[ n ]\nparam k=3\nparam rows\nparam epsilon = 0.5 0..1\nparam n = 2\nuse \"x\"\n"
     "precision 9",
     "party  a\nparty  bidder[ n ]\nparam  k=3\nparam  rows\nparam  epsilon = 0.5 0..1\nparam  n       = 2\n"
     "use \"x\"\nprecision 9\n"},
    {"input bid from bidder : int[2  3] 0..9\noutput price to all : int",
     "input  bid   from bidder : int[2 3] 0..9\noutput price to   all    : int\n"},
    {"output a to all : int\noutput long to b : int", "output a    to all : int\noutput long to b   : int\n"},
    {"input x from a : fix[5]  0..1\ninput y from a : fix 0..1",
     "input  x from a : fix[5] 0..1\ninput  y from a : fix    0..1\n"},
    {"input x from a : int\n\ninput longer from a : int", "input  x from a : int\n\ninput  longer from a : int\n"},
    {"party a party b # who", "party  a   party b                      # who\n"},
    {"input x from a:int", "input  x from a:int\n"},
    {"input \xc3\xa9 from a : int\ninput ab from a : int", "input  \xc3\xa9  from a : int\ninput  ab from a : int\n"},
    /* bodies are indented */
    {": f ( x -- y )\nx [\n{ 1\n2 }\n] map\n;\n9", ": f ( x -- y )\n    x [\n        { 1\n            2 }\n    ] map\n;\n9\n"},
    {"b [\n1\n] [\n2\n] if", "b [\n    1\n] [\n    2\n] if\n"},
    {"[ [\n1\n] map\n] map", "[ [\n    1\n] map\n] map\n"},
    {"] x\n}\ny", "] x\n}\ny\n"},
    {"[\n)\nx\n: f ;", "[\n    )\n    x\n    : f ;\n"},
    {": f ( -- ) [ [\nx ;\ny", ": f ( -- ) [ [\n    x ;\ny\n"},
    /* tests: given and expected */
    {"test \"t\"\nx = { 1\n2 }\ny = 3\nexpect z = 1\nw = 2 ;\ntest \"u\" x = 1\ny = 2\nexpect z = 3 ;",
     "test \"t\"\n    x = { 1\n        2 }\n    y = 3\n    expect z = 1\n        w = 2 ;\n"
     "test \"u\" x = 1\n        y = 2\n    expect z = 3 ;\n"},
    {"test \"t\" x = 1 expect y = 2\nz = 3 ;", "test \"t\" x = 1 expect y = 2\n    z = 3 ;\n"},
    /* results stand in a column where the author has them in one */
    {"a b  reveal x\na    reveal yy\na b c reveal z", "a b    reveal x\na      reveal yy\na b c  reveal z\n"},
    {"a b  reveal x\n  a    reveal yy", "a b  reveal x\na  reveal yy\n"},
    {"a b  reveal x\n  a c  reveal yy\nd  reveal z", "a b  reveal x\na c  reveal yy\nd    reveal z\n"},
    {"a b reveal x\na c reveal yy\na reveal z", "a b reveal x\na c reveal yy\na reveal z\n"},
    {"a b  -> x\na    -> y\nd    reveal z", "a b  -> x\na    -> y\nd  reveal z\n"},
    {"a b  reveal x\n\na    reveal y", "a b  reveal x\n\na  reveal y\n"},
    /* comments stay, and stand in a column */
    {"x # one\n#two \nlonger y #  three\n\n## doc\n", "x                                       # one\n#two\n"
     "longer y                                #  three\n\n## doc\n"},
    {"x # one\n  # more\ny # two", "x                                       # one\n"
     "                                        # more\ny                                       # two\n"},
    {"[ # in\n# deeper\n] x", "[                                       # in\n    # deeper\n] x\n"},
    {"1 2 3 4 5 6 7 8 9 1 2 3 4 5 6 7 8 9 1 2 3 4 5 # a\nx # b",
     "1 2 3 4 5 6 7 8 9 1 2 3 4 5 6 7 8 9 1 2 3 4 5  # a\nx                                              # b\n"},
};
/* clang-format on */

Test(format, looks_as_in_the_table)
{
    for (size_t i = 0; i < sizeof examples / sizeof *examples; i++) {
        char *once = formatted(examples[i].before);
        cr_assert_not_null(once);
        cr_expect_str_eq(once, examples[i].after, "example %zu:\n%s---\n%s", i, once,
                         examples[i].after);
        free(once);
    }
}

Test(format, leaves_what_it_wrote)
{
    for (size_t i = 0; i < sizeof examples / sizeof *examples; i++) {
        char *again = formatted(examples[i].after);
        cr_assert_not_null(again);
        cr_expect_str_eq(again, examples[i].after, "example %zu:\n%s", i, again);
        free(again);
    }
}

Test(format, refuses_what_is_not_made_of_tokens)
{
    static const char *const broken[] = {"x \"open\ny", "\"\\q\"", "\xff", "x # \xc3",
                                         "[ \xed\xa0\x80 ]"};
    for (size_t i = 0; i < sizeof broken / sizeof *broken; i++)
        cr_expect_null(formatted(broken[i]), "text %zu", i);
    cr_expect_null(formatted_bytes("a\0b", 3));
}

/* --- any text */

typedef struct reading {
    arena mem;
    jmp_buf oom;
    source_text source;
    tokens list;
    sink found;
} reading;

static void read_tokens(reading *r, const char *text)
{
    r->mem.oom = &r->oom;
    r->found.mem = &r->mem;
    r->source = (source_text){.file = "test.moot", .bytes = {(const uint8_t *)text, strlen(text)}};
    if (setjmp(r->oom)) cr_assert_fail("out of memory");
    lex(&r->source, &r->list, &r->mem, &r->found);
}

static void expect_same_tokens(const char *before, const char *after)
{
    reading a = {0}, b = {0};
    read_tokens(&a, before);
    read_tokens(&b, after);
    cr_assert_eq(a.list.len, b.list.len, "%s", before);
    for (uint32_t i = 0; i < a.list.len; i++) {
        const token *s = &a.list.at[i], *t = &b.list.at[i];
        cr_assert(s->kind == t->kind && s->len == t->len, "%s", before);
        cr_assert(!memcmp(token_text(s), token_text(t), s->len), "%s", before);
    }
    arena_free(&a.mem);
    arena_free(&b.mem);
}

static bool no_blanks_at_ends(const char *text)
{
    return !strstr(text, " \n") && !strstr(text, "\n\n\n") && text[0] != '\n' &&
           (!text[0] || text[strlen(text) - 1] == '\n');
}

/* Returns false when the text is refused. */
static bool keeps_and_is_stable(const char *text)
{
    char *once = formatted(text);
    if (!once) return false;
    char *twice = formatted(once);
    cr_assert_not_null(twice);
    cr_assert_str_eq(once, twice, "not stable:\n%s", text);
    cr_assert(no_blanks_at_ends(once), "%s", once);
    expect_same_tokens(text, once);
    free(once);
    free(twice);
    return true;
}

static char *file_text(const char *path)
{
    enum { FILE_MAX = 1 << 20 };
    FILE *in = fopen(path, "rb");
    char *text = calloc(1, FILE_MAX);
    cr_assert(in && text, "%s", path);
    size_t len = fread(text, 1, FILE_MAX - 1, in);
    fclose(in);
    text[len] = 0;
    return text;
}

static glob_t all_programs(void)
{
    glob_t found = {0};
    glob("programs/*.moot", 0, NULL, &found);
    glob("programs/*/*.moot", GLOB_APPEND, NULL, &found);
    glob("tests/*/*.moot", GLOB_APPEND, NULL, &found);
    cr_assert_gt(found.gl_pathc, 50, "run this in the root of the repository");
    return found;
}

Test(format, keeps_every_program_of_the_repository)
{
    glob_t found = all_programs();
    size_t refused = 0;
    for (size_t i = 0; i < found.gl_pathc; i++) {
        char *text = file_text(found.gl_pathv[i]);
        refused += !keeps_and_is_stable(text);
        free(text);
    }
    cr_expect_lt(refused, 10, "%zu programs are refused", refused);
    globfree(&found);
}

static uint32_t next_random(uint32_t *state)
{
    *state = *state * 1664525 + 1013904223;
    return *state >> 8;
}

/* Puts odd pieces in the place of up to two bytes, a few times. */
static char *mutated(const char *text, uint32_t *state)
{
    static const char *const pieces[] = {" ",
                                         "  ",
                                         "\n",
                                         "\n\n\n",
                                         "\t",
                                         "\r\n",
                                         "# c ",
                                         "#",
                                         "[",
                                         "]",
                                         "{",
                                         "}",
                                         "(",
                                         ")",
                                         ":",
                                         ";",
                                         " : ",
                                         " ; ",
                                         "\"",
                                         "test \"a\" ",
                                         "expect ",
                                         "party  p ",
                                         "param k  = 1 ",
                                         "-> x",
                                         " reveal y\n",
                                         "\ninput x from a : int[2 3] 0..1",
                                         "\noutput x to all : int",
                                         "\xc3\xa9",
                                         "\xef\xbb\xbf"};
    buffer now = {0};
    size_t len = strlen(text), at = 0;
    size_t step = 1 + len / (1 + next_random(state) % 12);

    while (at < len) {
        size_t stretch = 1 + next_random(state) % step;
        if (stretch > len - at) stretch = len - at;
        buffer_append(&now, text + at, stretch);
        at += stretch;
        buffer_printf(&now, "%s", pieces[next_random(state) % (sizeof pieces / sizeof *pieces)]);
        at += next_random(state) % 3;
    }
    return buffer_take(&now);
}

Test(format, keeps_mutated_programs)
{
    enum { ROUNDS = 20 };
    glob_t found = all_programs();
    uint32_t state = 1;
    size_t kept = 0;

    for (size_t i = 0; i < found.gl_pathc; i++) {
        char *text = file_text(found.gl_pathv[i]);
        for (int round = 0; round < ROUNDS; round++) {
            char *odd = mutated(text, &state);
            kept += keeps_and_is_stable(odd);
            free(odd);
        }
        free(text);
    }
    cr_expect_gt(kept, found.gl_pathc * ROUNDS / 3, "only %zu were not refused", kept);
    globfree(&found);
}

/* Deep brackets, wide names and long comments: what they are padded to must not multiply. */
static size_t size_of_many(const char *first, const char *line, size_t times)
{
    buffer text = {0};
    buffer_printf(&text, "%s", first);
    for (size_t i = 0; i < times; i++) buffer_printf(&text, "%s", line);
    char *source = buffer_take(&text), *once = formatted(source);
    cr_assert_not_null(once);
    size_t size = strlen(once);
    free(source);
    free(once);
    return size;
}

Test(format, grows_linearly)
{
    enum { TIMES = 20000, LONG = 20000 };
    char *long_line = malloc(LONG + 64);
    cr_assert_not_null(long_line);
    memset(long_line, 'w', LONG);

    cr_expect_lt(size_of_many("", "[\n", TIMES), 40u * TIMES);
    cr_expect_lt(size_of_many("", "[ [ { (\n", TIMES), 50u * TIMES);
    snprintf(long_line + LONG, 64, " from a : int\n");
    memcpy(long_line, "input ", 6);
    cr_expect_lt(size_of_many(long_line, "input x from a : int\n", TIMES), LONG + 80u * TIMES);
    snprintf(long_line + LONG, 64, " y  reveal z # c\n");
    memcpy(long_line, "wwwwww", 6);
    cr_expect_lt(size_of_many(long_line, "x reveal z # c\n", TIMES), LONG + 100u * TIMES);
    free(long_line);
}
