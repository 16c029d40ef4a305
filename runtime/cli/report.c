/* moot report FILE [FILE]: what a report says in a few lines; or how two of them differ, as text or as a page. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "runtime/cli/cli.h"
#include "runtime/cli/page.h"
#include "runtime/cli/save.h"
#include "runtime/json.h"

enum { REPORTS = 2, LABEL = 28, VALUE = 32 };

typedef struct reports {
    const arguments *args;
    buffer text[REPORTS];
    json json[REPORTS];
    size_t len;
} reports;

/* --- reading */

static status read_one(reports *all, const char *path, failure *err)
{
    const size_t k = all->len;
    status st = page_read(path, &all->text[k], err);

    if (st) return st;
    all->len++; /* to be freed from here on */
    st = json_parse(&all->json[k], (slice){all->text[k].data, all->text[k].len}, path,
                    JSON_ANY_NUMBERS, err);
    const cJSON *schema = st ? NULL : json_member(all->json[k].root, "schema");
    if (st == E_DATA ||
        (!st && (!cJSON_IsString(schema) || strcmp(schema->valuestring, "moot.report/1") != 0)))
        return fail(err, E_USAGE, "", "%s is no report that this moot can read", path);
    return st;
}

/* The number at a path of names, "run" then "rounds"; 0 where there is none. */
static double number_at(const cJSON *root, const char *first, const char *second)
{
    const cJSON *object = json_member(root, first);
    const cJSON *found = cJSON_IsObject(object) ? json_member(object, second) : NULL;

    return cJSON_IsNumber(found) ? found->valuedouble : 0;
}

/* What ran, or what would. */
static const char *counted(const cJSON *root)
{
    return cJSON_IsObject(json_member(root, "run")) ? "run" : "explain";
}

static bool is_active(const cJSON *root)
{
    const cJSON *mode = json_member(json_member(root, "explain"), "security");

    return cJSON_IsString(mode) && strcmp(mode->valuestring, "active") == 0;
}

static double most_bytes(const cJSON *root)
{
    const cJSON *list = json_member(json_member(root, counted(root)), "bytes_sent"), *one;
    double most = 0;

    cJSON_ArrayForEach(one, list) if (cJSON_IsNumber(one) && one->valuedouble > most) most =
        one->valuedouble;
    return most;
}

static const cJSON *phases_of(const cJSON *root)
{
    const cJSON *one;

    /* Of a party's report that party is the only one. */
    cJSON_ArrayForEach(one, json_member(root, "seen")) if (cJSON_IsObject(one)) return json_member(
        one, "phases");
    return NULL;
}

/* --- writing */

static void print_value(double number, bool seconds, char out[VALUE])
{
    snprintf(out, VALUE, seconds ? "%.3f s" : "%.0f", number);
}

static void row(const reports *all, const char *label, const double number[REPORTS], bool seconds,
                buffer *out)
{
    char text[VALUE];

    buffer_printf(out, "  %-*s", LABEL, label);
    for (size_t k = 0; k < all->len; k++) {
        print_value(number[k], seconds, text);
        buffer_printf(out, " %16s", text);
    }
    if (all->len == REPORTS && number[0] > 0)
        buffer_printf(out, "  %6.2f x", number[1] / number[0]);
    buffer_append(out, "\n", 1);
}

static void counted_row(const reports *all, const char *label, const char *name, bool seconds,
                        buffer *out)
{
    double number[REPORTS] = {0};

    for (size_t k = 0; k < all->len; k++)
        number[k] = number_at(all->json[k].root, counted(all->json[k].root), name);
    row(all, label, number, seconds, out);
}

static void phase_rows(const reports *all, buffer *out)
{
    const cJSON *phase;
    int at = 0;

    for (size_t k = 0; k < all->len; k++)
        if (!phases_of(all->json[k].root)) return;
    cJSON_ArrayForEach(phase, phases_of(all->json[0].root))
    {
        const cJSON *name = json_member(phase, "name");
        double number[REPORTS] = {0};
        for (size_t k = 0; k < all->len; k++) {
            const cJSON *other = cJSON_GetArrayItem(phases_of(all->json[k].root), at);
            const cJSON *seconds = cJSON_IsObject(other) ? json_member(other, "seconds") : NULL;
            number[k] = cJSON_IsNumber(seconds) ? seconds->valuedouble : 0;
        }
        at++;
        if (cJSON_IsString(name)) row(all, name->valuestring, number, true, out);
    }
}

static void mode_row(const reports *all, buffer *out)
{
    buffer_printf(out, "  %-*s", LABEL, "security");
    for (size_t k = 0; k < all->len; k++)
        buffer_printf(out, " %16s", is_active(all->json[k].root) ? "active" : "passive");
    buffer_append(out, "\n", 1);
}

static void write_text(const reports *all, buffer *out)
{
    double bytes[REPORTS] = {0}, nodes[REPORTS] = {0};

    buffer_printf(out, "  %-*s", LABEL, "");
    for (size_t k = 0; k < all->len; k++) {
        const char *path = all->args->operand[k], *name = strrchr(path, '/');
        buffer_printf(out, " %16.16s", name ? name + 1 : path);
        bytes[k] = most_bytes(all->json[k].root);
        nodes[k] = number_at(all->json[k].root, "explain", "nodes");
    }
    buffer_append(out, "\n", 1);
    mode_row(all, out);
    row(all, "nodes", nodes, false, out);
    counted_row(all, "rounds", "rounds", false, out);
    row(all, "bytes of the busiest node", bytes, false, out);
    counted_row(all, "products of secrets", "multiplications", false, out);
    counted_row(all, "time", "seconds", true, out);
    phase_rows(all, out);
}

static void write_json(const reports *all, buffer *out)
{
    buffer_printf(out, "{\"schema\":\"moot.reports/1\",\"reports\":[");
    for (size_t k = 0; k < all->len; k++) {
        buffer_printf(out, "%s", k ? "," : "");
        buffer_append(out, all->text[k].data, all->text[k].len);
    }
    buffer_printf(out, "]}\n");
}

/* The page of the first, with the second beside it. */
static status write_html(const reports *all, failure *err)
{
    buffer other = {0}, html = {0};
    status st;

    if (all->len == REPORTS) {
        buffer_printf(&other, "{\"names\":[");
        json_string(&other, all->args->operand[0]);
        buffer_printf(&other, ",");
        json_string(&other, all->args->operand[1]);
        buffer_printf(&other, "],\"report\":");
        buffer_append(&other, all->text[1].data, all->text[1].len);
        buffer_printf(&other, "}");
    }
    page_html((slice){all->text[0].data, all->text[0].len}, (slice){other.data, other.len}, &html);
    st = other.failed || html.failed
             ? fail_memory(err)
             : save_file(all->args->report, (slice){html.data, html.len}, SAVE_FOR_OWNER, err);
    buffer_free(&other);
    buffer_free(&html);
    return st;
}

int command_report(const arguments *args)
{
    reports all = {.args = args};
    failure err = {0};
    buffer text = {0};
    status st = OK;
    int code;

    for (size_t k = 0; !st && k < args->operands; k++) st = read_one(&all, args->operand[k], &err);
    if (!st && args->report) st = write_html(&all, &err);
    if (!st && args->json)
        write_json(&all, &text);
    else if (!st && !args->report)
        write_text(&all, &text);
    code = st ? cli_fail(&err) : cli_print(&text);
    for (size_t k = 0; k < all.len; k++) json_free(&all.json[k]), buffer_free(&all.text[k]);
    buffer_free(&text);
    return code;
}
