/* Results as JSON: ints exact, fix as the shortest decimal that names its value, arrays nested. */

#include "runtime/data.h"
#include "runtime/json.h"

#include <stdlib.h>
#include <string.h>

static const num SAFE_WHOLE = (num)1 << 53; /* from here on many tools round a JSON number */

void item_json(const program *p, uint8_t k, const plain *items, size_t at, buffer *out)
{
    char text[WIDE_TEXT];
    num n;
    bool safe = plain_narrow(items, at, &n) && n > -SAFE_WHOLE && n < SAFE_WHOLE;
    const char *shown = k == KIND_BOOL
                            ? n ? "true" : "false"
                            : plain_print(items, at, k == KIND_FIX ? p->precision : 0, text);
    bool quoted = k != KIND_BOOL && k != KIND_FIX && !safe;
    if (quoted) buffer_append(out, "\"", 1);
    buffer_append(out, shown, strlen(shown));
    if (quoted) buffer_append(out, "\"", 1);
}

/* Prints the array at `axis` that begins at item `at`; returns the item after it. */
static size_t print_axis(const program *p, const port_decl *port, const plain *items, unsigned axis,
                         size_t at, buffer *out)
{
    if (axis == port->rank || axis == AXES) { /* ranks end at AXES; this says so to the compiler */
        item_json(p, port->kind, items, at, out);
        return at + 1;
    }
    buffer_append(out, "[", 1);
    for (uint64_t k = 0; k < port->dim[axis]; k++) {
        if (k) buffer_append(out, ",", 1);
        at = print_axis(p, port, items, axis + 1, at, out);
    }
    buffer_append(out, "]", 1);
    return at;
}

void output_json(const program *p, uint32_t output, const plain *items, buffer *out)
{
    print_axis(p, &p->output[output], items, 0, 0, out);
}

/* Where in the text an output stands; 0 long while it has not been printed. */
typedef struct printed {
    size_t at, len;
} printed;

/* What all learn is printed once, and copied for all but the first. */
static void output_again(const program *p, uint32_t output, const plain *items, printed *first,
                         buffer *out)
{
    if (first->len) {
        buffer_repeat(out, first->at, first->len);
        return;
    }
    size_t at = out->len;
    output_json(p, output, items, out);
    if (p->output[output].party == PARTY_ALL) *first = (printed){at, out->len - at};
}

static void member_outputs(const program *p, const run_data *run, uint32_t party, uint32_t member,
                           printed *first, buffer *out)
{
    json_object(out);
    for (uint32_t k = 0; k < p->outputs; k++) {
        const port_decl *port = &p->output[k];
        if (port->party != PARTY_ALL && port->party != party) continue;
        const plain *items = &run->output[k][port->party == PARTY_ALL ? 0 : member];
        if (!items->v) continue;
        json_name(out, port->name);
        output_again(p, k, items, &first[k], out);
    }
    buffer_append(out, "}", 1);
}

void outputs_json(const program *p, const run_data *run, buffer *out)
{
    printed *first = calloc(p->outputs, sizeof *first); /* a program has an output */

    if (!first) {
        out->failed = true;
        return;
    }
    buffer_append(out, "{", 1);
    for (uint32_t k = 0; k < p->parties; k++) {
        json_name(out, p->party[k].name);
        if (p->party[k].group) buffer_append(out, "[", 1);
        for (uint32_t m = 0; m < p->party[k].size; m++) member_outputs(p, run, k, m, first, out);
        if (p->party[k].group) buffer_append(out, "]", 1);
    }
    buffer_append(out, "}", 1);
    free(first);
}
