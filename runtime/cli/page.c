/* Writes and reads reports. What they look like is in page.html, which the build makes part of the command. */
#include "runtime/cli/page.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "runtime/cli/cli.h"
#include "runtime/cli/save.h"
#include "runtime/json.h"

static const char template[] =
#include "runtime/cli/page.html.def"
    ;

/* Where the data go in the template, and how a file with them is known again. */
static const char place_of_data[] = "@DATA@", place_of_other[] = "@OTHER@";
static const char before_data[] = "<script type=\"application/json\" id=\"data\">";
static const char after_data[] = "</script>";

/* --- the object */

static void seconds_member(buffer *out, const char *name, double seconds)
{
    json_name(out, name);
    buffer_printf(out, "%.6f", seconds);
}

static void close_with(buffer *out, char bracket)
{
    buffer_append(out, &bracket, 1);
}

static void list_of_counts(buffer *out, const char *name, const uint64_t *n, size_t len)
{
    json_list(out, name);
    for (size_t k = 0; k < len; k++) buffer_printf(out, "%s%" PRIu64, k ? "," : "", n[k]);
    close_with(out, ']');
}

static void phases_json(const member_record *m, buffer *out)
{
    json_list(out, "phases");
    for (size_t k = 0; k < PHASES; k++) {
        json_object(out);
        json_text(out, "name", run_phase_name((run_phase)k));
        seconds_member(out, "seconds", m->part[k].seconds);
        json_count(out, "rounds", m->part[k].rounds);
        json_count(out, "bytes", m->part[k].bytes);
        close_with(out, '}');
    }
    close_with(out, ']');
}

static void spans_json(const member_record *m, buffer *out)
{
    json_list(out, "spans");
    for (size_t k = 0; k < m->spans; k++) {
        const record_span *s = &m->span[k];
        json_object(out);
        seconds_member(out, "seconds", s->seconds);
        seconds_member(out, "waited", s->waited);
        json_count(out, "rounds", s->rounds);
        list_of_counts(out, "bytes", s->bytes, RECORD_KINDS);
        close_with(out, '}');
    }
    close_with(out, ']');
}

static void lines_json(const member_record *m, size_t lines, buffer *out)
{
    json_list(out, "lines");
    for (size_t k = 0; k <= lines; k++) {
        const record_line *l = &m->of_line[k];
        if (l->worked <= 0 && l->waited <= 0 && l->bytes == 0) continue;
        json_object(out);
        json_count(out, "line", k);
        seconds_member(out, "worked", l->worked);
        seconds_member(out, "waited", l->waited);
        json_count(out, "bytes", l->bytes);
        close_with(out, '}');
    }
    close_with(out, ']');
}

static void peers_json(const member_record *m, unsigned members, buffer *out)
{
    uint64_t sent[RECORD_MEMBERS] = {0}, waited[RECORD_MEMBERS] = {0};

    for (unsigned k = 0; k < members; k++) sent[k] = m->sent[k], waited[k] = m->waited[k];
    list_of_counts(out, "sent", sent, members);
    list_of_counts(out, "last_heard", waited, members);
}

static void seen_json(const page *p, buffer *out)
{
    const unsigned members = p->run->launch->members;

    json_list(out, "kinds");
    for (size_t k = 0; k < RECORD_KINDS; k++) {
        json_comma(out);
        json_string(out, record_kind_name((record_kind)k));
    }
    close_with(out, ']');
    json_list(out, "seen");
    for (unsigned k = 0; k < members; k++) {
        const member_record *m = recording_of(p->seen, k);
        if (p->run->own && k != p->run->own->self) {
            json_comma(out);
            buffer_printf(out, "null"); /* what others did is not known here */
            continue;
        }
        json_object(out);
        phases_json(m, out);
        spans_json(m, out);
        lines_json(m, recording_lines(p->seen), out);
        peers_json(m, members, out);
        list_of_counts(out, "half_bytes", m->bin, RECORD_BINS);
        close_with(out, '}');
    }
    close_with(out, ']');
}

/* Which member each party is, or has its data at. */
static void homes_json(const explanation *e, buffer *out)
{
    const program *p = e->program;

    json_list(out, "members");
    for (unsigned k = 0; k < e->launch->members; k++) {
        json_comma(out);
        json_string(out, e->launch->name[k]);
    }
    close_with(out, ']');
    json_list(out, "parties");
    for (uint32_t i = 0; i < p->parties; i++) {
        json_object(out);
        json_text(out, "name", p->party[i].name);
        json_name(out, "group");
        buffer_printf(out, p->party[i].group ? "true" : "false");
        json_list(out, "at");
        for (uint32_t k = 0; k < party_members(p, i); k++)
            buffer_printf(out, "%s%u", k ? "," : "", e->launch->home[i][k]);
        close_with(out, ']');
        close_with(out, '}');
    }
    close_with(out, ']');
}

/* Appends the object: what the program is, reveals and costs; what each party learned; and how much, when and where
 * each member sent, waited and worked. No input, no share, no byte of a message. */
static void page_data(const page *p, buffer *out)
{
    const explanation *e = p->explained;

    json_object(out);
    json_text(out, "schema", "moot.report/1");
    json_text(out, "moot", MOOT_VERSION);
    json_text(out, "file", e->program->file ? e->program->file : "");
    json_text(out, "source", e->program->source ? e->program->source : "");
    homes_json(e, out);
    json_name(out, "explain");
    explain_json(e, out);
    json_name(out, "run");
    if (p->run)
        results_json(p->run, out);
    else
        buffer_printf(out, "null");
    if (p->run && p->run->own) json_count(out, "self", p->run->own->self);
    if (p->seen) seen_json(p, out);
    close_with(out, '}');
}

/* --- the page */

/* JSON within a script element: what could end the element is written another way, which JSON reads as the same. */
void page_put(slice object, buffer *out)
{
    for (size_t k = 0; k < object.len; k++) {
        const uint8_t c = object.data[k];
        if (c == '<' || c == '>' || c == '&')
            buffer_printf(out, "\\u%04x", c);
        else
            buffer_append(out, &c, 1);
    }
    if (!object.len) buffer_printf(out, "null");
}

void page_html(slice object, slice other, buffer *out)
{
    const char *first = strstr(template, place_of_data);
    const char *second = strstr(template, place_of_other);

    buffer_append(out, template, (size_t)(first - template));
    page_put(object, out);
    first += strlen(place_of_data);
    buffer_append(out, first, (size_t)(second - first));
    page_put(other, out);
    buffer_printf(out, "%s", second + strlen(place_of_other));
}

status page_write(const char *path, const page *p, failure *err)
{
    buffer object = {0}, html = {0};
    status st;

    page_data(p, &object);
    if (!object.failed) page_html((slice){object.data, object.len}, (slice){0}, &html);
    st = object.failed || html.failed
             ? fail_memory(err)
             : save_file(path, (slice){html.data, html.len}, SAVE_FOR_OWNER, err);
    buffer_free(&object);
    buffer_free(&html);
    return st;
}

status page_read(const char *path, buffer *out, failure *err)
{
    buffer html = {0};
    status st = cli_read(path, &html, err);

    if (st) return st;
    buffer_append(&html, "", 1);
    const char *from = html.failed ? NULL : strstr((const char *)html.data, before_data);
    const char *to = from ? strstr(from += strlen(before_data), after_data) : NULL;
    if (to) buffer_append(out, from, (size_t)(to - from));
    if (html.failed || out->failed)
        st = fail_memory(err);
    else if (!to)
        st = fail(err, E_USAGE, "", "%s is no report that `moot run --report` wrote", path);
    buffer_free(&html);
    return st;
}
