/* Runs each test of a file: compiles with the sizes its values fix, runs the ideal box, compares. */
#include "runtime/test_file.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "runtime/data_given.h"
#include "runtime/watch.h"

/* Everything one test needs; freed by test_end. */
typedef struct test_run {
    const compile_request *req;
    const report *header;
    const test_case *test;
    setting *set;
    data *data;
    report report;
    program *program;
    run_data *run;
    watched *watched;
} test_run;

static bool is_input(const report *header, const char *name)
{
    for (size_t k = 0; k < header->inputs; k++)
        if (!strcmp(header->input[k].name, name)) return true;
    return false;
}

/* The params that the test gives, then those of the request that it does not. */
static status gather_settings(test_run *t, size_t *count, failure *err)
{
    *count = 0;
    t->set = calloc(t->test->givens + t->req->sets + 1, sizeof *t->set);
    if (!t->set) return fail_memory(err);
    for (size_t k = 0; k < t->test->givens; k++)
        if (!is_input(t->header, t->test->given[k].name))
            t->set[(*count)++] =
                (setting){.name = t->test->given[k].name, .value = t->test->given[k].json};
    size_t own = *count;
    for (size_t k = 0; k < t->req->sets; k++) {
        bool given_by_test = false;
        for (size_t j = 0; j < own; j++)
            given_by_test |= !strcmp(t->set[j].name, t->req->set[k].name);
        if (!given_by_test) t->set[(*count)++] = t->req->set[k];
    }
    return OK;
}

static status first_finding(const report *r, failure *err)
{
    for (size_t k = 0; k < r->findings; k++) {
        const finding *f = &r->finding[k];
        if (!f->error) continue;
        const char *sentence = strstr(f->text, ": ");
        size_t len = sentence ? strlen(sentence + 2) : 0;
        if (len) return fail(err, E_PROGRAM, f->code, "%.*s", (int)len - 1, sentence + 2);
    }
    return E_PROGRAM;
}

static status compile_test(test_run *t, failure *err)
{
    compile_request req = *t->req;
    size_t sets;
    status st;

    req.watch = WATCH_SHOWS;

    if ((st = gather_settings(t, &sets, err))) return st;
    if ((st = data_of_test(&t->data, t->test, t->test->name, t->header, err))) return st;
    if ((st = data_sizes(t->data, t->header, t->set, sets, &req.set, &req.sets, err))) return st;
    st = compile_verified(&req, &t->program, &t->report, NULL, err);
    return st == E_PROGRAM && t->report.errors ? first_finding(&t->report, err) : st;
}

static status run_values(test_run *t, failure *err)
{
    status st;
    if (!(t->run = run_data_new(t->program))) return fail_memory(err);
    if ((st = data_check_used(t->data, t->program, err))) return st;
    if ((st = data_fill(t->data, t->program, t->run, err))) return st;
    return run_watched(t->program, t->run, false, &t->watched, err);
}

/* --- comparing */

static uint32_t output_index(const program *p, const char *name)
{
    uint32_t k = 0;
    while (k < p->outputs && strcmp(p->output[k].name, name)) k++;
    return k;
}

static const source_port *source_output(const report *header, const char *name)
{
    for (size_t k = 0; k < header->outputs; k++)
        if (!strcmp(header->output[k].name, name)) return &header->output[k];
    return NULL;
}

/* One unit of the last digit that `text` writes, as a multiple of 2^-precision, at least one. */
static num last_digit(slice text, unsigned precision)
{
    const char *s = (const char *)text.data;
    size_t digits = 0, k = 0;
    long exponent = 0;
    char unit[32];
    num out;

    while (k < text.len && s[k] != '.' && s[k] != 'e' && s[k] != 'E') k++;
    if (k < text.len && s[k] == '.')
        for (k++; k < text.len && s[k] >= '0' && s[k] <= '9'; k++) digits++;
    if (k < text.len) exponent = strtol(s + k + 1, NULL, 10);
    snprintf(unit, sizeof unit, "1e%ld", exponent - (long)digits);
    return num_parse_fix(unit, strlen(unit), precision, &out) && out > 1 ? out : 1;
}

/* A fix agrees within one unit of the last digit written. */
static bool agrees(const program *p, const given *wanted, const plain *actual)
{
    leaf_walk walk;
    const cJSON *leaf = leaf_first(&walk, wanted->item, wanted->rank);

    if (wanted->v.len != actual->len) return false;
    for (size_t k = 0; k < actual->len && leaf; k++, leaf = leaf_next(&walk)) {
        num slack = last_digit(json_token(wanted->doc, leaf), p->precision);
        if (!plain_near(&wanted->v, actual, k, slack)) return false;
    }
    return true;
}

static bool same(const program *p, uint32_t output, const given *wanted, const plain *actual)
{
    if (p->output[output].kind == KIND_FIX) return agrees(p, wanted, actual);
    bool equal = wanted->v.len == actual->len;
    for (size_t k = 0; equal && k < actual->len; k++) equal = plain_near(&wanted->v, actual, k, 0);
    return equal;
}

/* JSON of numbers and arrays as a test writes it: { 1 2 }. NULL when memory is out. */
static char *literal_of(const char *text)
{
    buffer out = {0};
    for (const char *c = text ? text : ""; *c; c++) {
        const char *sign = *c == '[' ? "{ " : *c == ']' ? " }" : *c == ',' ? " " : NULL;
        if (sign)
            buffer_printf(&out, "%s", sign);
        else if (*c != '"')
            buffer_append(&out, c, 1);
    }
    return buffer_take(&out);
}

/* The outputs that are not what the test expects. */
typedef struct differences {
    const char *name; /* the latest */
    unsigned count;
    buffer lines; /* what was expected and what came, for each */
} differences;

static void differs(const test_run *t, uint32_t output, const char *wanted, differences *to)
{
    const port_decl *port = &t->program->output[output];
    bool group = port->party != PARTY_ALL && t->program->party[port->party].group;
    uint32_t members = group ? t->program->party[port->party].size : 1;
    buffer actual = {0};

    if (group) buffer_append(&actual, "[", 1);
    for (uint32_t m = 0; m < members; m++) {
        if (m) buffer_append(&actual, ",", 1);
        if (t->run->output[output][m].v)
            output_json(t->program, output, &t->run->output[output][m], &actual);
    }
    if (group) buffer_append(&actual, "]", 1);
    char *text = buffer_take(&actual), *expected = literal_of(wanted), *got = literal_of(text);
    buffer_printf(&to->lines, "\n   = expected  %s = %s\n   = got       %s = %s", port->name,
                  expected ? expected : "", port->name, got ? got : "");
    to->name = port->name, to->count++;
    free(text), free(expected), free(got);
}

static status tell_differences(const test_run *t, const differences *d, failure *err)
{
    if (d->count == 1)
        fail(err, E_PROGRAM, "T01", "test \"%s\": `%s` is not what it expects", t->test->name,
             d->name);
    else
        fail(err, E_PROGRAM, "T01", "test \"%s\": %u outputs are not what it expects",
             t->test->name, d->count);
    fail_add(err, "  --> %s:%u:1%.*s", t->req->file, t->test->line, (int)d->lines.len,
             (const char *)d->lines.data);
    return E_PROGRAM;
}

/* Compares one member's value with what the test expects of it. */
static status compare_value(const test_run *t, uint32_t output, uint32_t member, const json *doc,
                            const cJSON *item, bool *equal, failure *err)
{
    given_wanted w = {source_output(t->header, t->program->output[output].name),
                      t->program->precision, NULL, "expect"};
    const plain *actual = &t->run->output[output][member];
    given wanted = {0};
    status st = given_read(&wanted, doc, item, &w, err);

    if (st == OK) *equal = *equal && actual->v && same(t->program, output, &wanted, actual);
    given_free(&wanted);
    return st;
}

static status compare_members(const test_run *t, uint32_t output, const json *doc, bool *equal,
                              failure *err)
{
    const port_decl *port = &t->program->output[output];
    uint32_t member = 0;
    status st;

    if (port->party == PARTY_ALL || !t->program->party[port->party].group)
        return compare_value(t, output, 0, doc, doc->root, equal, err);
    if (!cJSON_IsArray(doc->root)) return *equal = false, OK;
    for (const cJSON *c = doc->root->child; c; c = c->next, member++) {
        if (member >= t->program->party[port->party].size) break;
        if ((st = compare_value(t, output, member, doc, c, equal, err))) return st;
    }
    *equal =
        *equal && (uint32_t)cJSON_GetArraySize(doc->root) == t->program->party[port->party].size;
    return OK;
}

static status compare(const test_run *t, const test_value *expect, differences *found, failure *err)
{
    uint32_t output = output_index(t->program, expect->name);
    bool equal = true;
    json doc;
    status st;

    if (output == t->program->outputs)
        return fail(err, E_PROGRAM, "T01", "test \"%s\": there is no output `%s`", t->test->name,
                    expect->name);
    slice text = {(const uint8_t *)expect->json, strlen(expect->json)};
    if ((st = json_parse(&doc, text, t->test->name, JSON_ANY_NUMBERS, err))) return st;
    st = compare_members(t, output, &doc, &equal, err);
    json_free(&doc);
    if (!st && !equal) differs(t, output, expect->json, found);
    return st;
}

static status run_test(test_run *t, failure *err)
{
    status st = compile_test(t, err);

    if (st == OK) st = run_values(t, err);
    differences found = {0};
    for (size_t k = 0; st == OK && k < t->test->expects; k++)
        st = compare(t, &t->test->expect[k], &found, err);
    if (st == OK && found.count) st = tell_differences(t, &found, err);
    buffer_free(&found.lines);
    if (st && strcmp(err->code, "T01"))
        fail_add(err, "note: in test \"%s\", %s:%u", t->test->name, t->req->file, t->test->line);
    return st;
}

/* What `show` printed, or NULL when it printed nothing. */
static char *take_shown(const test_run *t)
{
    buffer shown = {0};
    if (t->watched) watched_shows(t->watched, &t->report, &shown);
    if (shown.len) return buffer_take(&shown);
    buffer_free(&shown);
    return NULL;
}

static void test_end(test_run *t)
{
    watched_free(t->watched);
    if (t->run) run_data_free(t->run, t->program);
    program_free(t->program);
    report_free(&t->report);
    data_free(t->data);
    free(t->set);
}

status test_file_run(const compile_request *req, const report *header, test_result *results,
                     failure *err)
{
    for (size_t k = 0; k < header->tests; k++) {
        test_run t = {.req = req, .header = header, .test = &header->test[k]};
        test_result *r = &results[k];
        *r = (test_result){.name = t.test->name, .line = t.test->line};
        status st = run_test(&t, &r->why);
        r->passed = st == OK;
        r->shown = take_shown(&t);
        test_end(&t);
        if (st == E_MEMORY) return fail_memory(err);
    }
    return OK;
}
