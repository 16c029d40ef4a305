/* What any.h promises: one compilation with all that must hold of it. */
#include "any.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { WATCHED_MAX = 20000, WATCHED_ONE_IN = 8 }; /* bytes; to save time */

char *any_file(const char *path, size_t *len)
{
    enum { FILE_MAX = 1 << 20 };
    FILE *in = fopen(path, "rb");
    char *text = calloc(1, FILE_MAX);
    cr_assert(in && text, "%s", path);
    *len = fread(text, 1, FILE_MAX - 1, in);
    fclose(in);
    return text;
}

uint32_t any_next(uint32_t *state)
{
    *state = *state * 1664525 + 1013904223;
    return *state >> 8;
}

static void set_once(setting *set, size_t *n, const char *name)
{
    for (size_t i = 0; i < *n; i++)
        if (!strcmp(set[i].name, name)) return;
    set[(*n)++] = (setting){.name = name, .value = "3"};
}

size_t any_settings(report *rep, setting **out)
{
    size_t n = 0;
    *out = arena_alloc(&rep->mem, (rep->parties + rep->params) * sizeof **out);
    for (size_t i = 0; i < rep->parties; i++)
        if (rep->party[i].group && rep->party[i].size.name)
            set_once(*out, &n, rep->party[i].size.name);
    for (size_t i = 0; i < rep->params; i++)
        if (!rep->param[i].value) set_once(*out, &n, rep->param[i].name);
    return n;
}

static void expect_findings(const report *rep, const char *text)
{
    for (size_t i = 0; i < rep->findings; i++) {
        const finding *f = &rep->finding[i];
        size_t len = strlen(f->text);
        cr_assert(len && f->text[len - 1] == '\n', "no text in %s:\n%s", f->code, text);
        cr_assert(diagnostic_page(f->code), "no page for %s", f->code);
        cr_assert_leq(f->col, f->end_col, "the mark ends before it begins: %s\n%s", f->text, text);
    }
}

static void expect_loads(const program *p, const char *text)
{
    buffer bytes = {0};
    program *loaded = NULL;
    failure err = {0};
    program_encode(p, &bytes);
    status st = program_load(&loaded, (slice){bytes.data, bytes.len}, &err);
    cr_assert_eq(st, OK, "%s\n%s", err.text, text);
    program_free(loaded);
    buffer_free(&bytes);
}

static status compile_and_expect(const compile_request *req, const char *text)
{
    report rep;
    failure err = {0};
    program *p = NULL;
    status st = compile(req, &p, &rep, &err);
    cr_assert(st == OK || st == E_PROGRAM || st == E_USAGE, "status %d: %s\n%s", st, err.text, text);
    cr_assert(st != E_PROGRAM || rep.errors, "refused without a word:\n%s", text);
    cr_assert(st != E_USAGE || err.text[0], "refused without a word:\n%s", text);
    cr_assert_eq(p != NULL, st == OK && !req->symbolic, "%s", text);
    expect_findings(&rep, text);
    if (p) expect_loads(p, text);
    program_free(p);
    report_free(&rep);
    return st;
}

bool any_compiles(const char *text, size_t len)
{
    compile_request req = {.file = "any.moot", .source = {(const uint8_t *)text, len}};
    report declared;
    failure err = {0};
    setting *set;
    scan(&req, &declared, &err);
    req.sets = any_settings(&declared, &set), req.set = set;
    status st = compile_and_expect(&req, text);
    if (st == OK && len < WATCHED_MAX &&
        len % WATCHED_ONE_IN == 0) { /* watched, but no other program */
        req.watch = WATCH_WORDS;
        cr_assert_eq(compile_and_expect(&req, text), OK, "refused when it is watched:\n%s", text);
    }
    req.sets = 0, req.symbolic = true, req.watch = WATCH_EFFECTS;
    compile_and_expect(&req, text);
    report_free(&declared);
    return st == OK;
}
