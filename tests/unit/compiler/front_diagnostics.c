/* Every broken program of tests/diagnostics gives exactly the text beside it. Its first line may set sizes,
 * "# set n=4 field=61"; without it the program is checked as `moot check` does. CTest runs this in the repository's root. */
#include <criterion/criterion.h>
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "compiler/compile.h"

enum { SETTINGS_MAX = 8, CASES_LEAST = 40 };
static const char folder[] = "tests/diagnostics/";

static char *read_file(const char *name, size_t *len)
{
    char path[512];
    buffer b = {0};
    char chunk[4096];
    size_t n;
    snprintf(path, sizeof path, "%s%s", folder, name);
    FILE *f = fopen(path, "rb");
    if (!f) return NULL;
    while ((n = fread(chunk, 1, sizeof chunk, f)) > 0) buffer_append(&b, chunk, n);
    fclose(f);
    *len = b.len;
    return buffer_take(&b);
}

/* Cuts "# set n=4 field=61" into settings and --field; `line` is written to. */
static size_t read_settings(char *line, setting *set, unsigned *field_bits)
{
    size_t n = 0;
    strtok(line, " ");
    strtok(NULL, " ");
    for (char *word = strtok(NULL, " "); word && n < SETTINGS_MAX; word = strtok(NULL, " ")) {
        char *value = strchr(word, '=');
        *value = 0;
        if (!strcmp(word, "field"))
            *field_bits = (unsigned)atoi(value + 1);
        else
            set[n++] = (setting){.name = word, .value = value + 1};
    }
    return n;
}

static char *findings_of(const char *name, const char *source, size_t len)
{
    setting set[SETTINGS_MAX];
    compile_request req = {
        .file = name, .source = {(const uint8_t *)source, len}, .set = set, .symbolic = true};
    char *line = NULL;
    if (!strncmp(source, "# set", 5)) {
        line = strndup(source, strcspn(source, "\n"));
        req.sets = read_settings(line, set, &req.field.bits);
        req.symbolic = false;
    }
    report rep;
    failure err = {0};
    program *p;
    buffer text = {0};
    compile(&req, &p, &rep, &err);
    for (size_t i = 0; i < rep.findings; i++) {
        cr_expect_not_null(diagnostic_page(rep.finding[i].code), "no page for %s",
                           rep.finding[i].code);
        buffer_printf(&text, "%s", rep.finding[i].text);
    }
    program_free(p);
    report_free(&rep);
    free(line);
    return buffer_take(&text);
}

static void check_case(const char *name)
{
    char expected_name[300];
    size_t len, expected_len;
    char *source = read_file(name, &len);
    snprintf(expected_name, sizeof expected_name, "%.*s.expected", (int)(strlen(name) - 5), name);
    char *expected = read_file(expected_name, &expected_len);
    cr_assert_not_null(source, "%s cannot be read", name);
    cr_assert_not_null(expected, "%s is missing", expected_name);
    char *found = findings_of(name, source, len);
    cr_expect_str_eq(found, expected, "%s says:\n%s\nand should say:\n%s", name, found, expected);
    free(found), free(expected), free(source);
}

Test(front_diagnostics, say_what_the_reference_shows)
{
    size_t cases = 0;
    DIR *dir = opendir(folder);
    cr_assert_not_null(dir, "run me in the repository's root");
    for (struct dirent *e; (e = readdir(dir));) {
        size_t len = strlen(e->d_name);
        if (len < 6 || strcmp(e->d_name + len - 5, ".moot") != 0) continue;
        check_case(e->d_name);
        cases++;
    }
    closedir(dir);
    cr_assert_geq(cases, CASES_LEAST);
}
