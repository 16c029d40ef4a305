/* Results as JSON: ints exact, fix as the shortest decimal that names its value, arrays nested. */

#include "runtime/data.h"
#include "runtime/json.h"

static const num SAFE_WHOLE = (num)1 << 53; /* from here on many tools round a JSON number */

void item_json(const program *p, uint8_t k, const plain *items, size_t at, buffer *out)
{
    char text[WIDE_TEXT];
    num n;
    bool safe = plain_narrow(items, at, &n) && n > -SAFE_WHOLE && n < SAFE_WHOLE;
    if (k == KIND_BOOL)
        buffer_printf(out, "%s", n ? "true" : "false");
    else if (k == KIND_FIX)
        buffer_printf(out, "%s", plain_print(items, at, p->precision, text));
    else
        buffer_printf(out, safe ? "%s" : "\"%s\"", plain_print(items, at, 0, text));
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

static void member_outputs(const program *p, const run_data *run, uint32_t party, uint32_t member,
                           buffer *out)
{
    json_object(out);
    for (uint32_t k = 0; k < p->outputs; k++) {
        const port_decl *port = &p->output[k];
        if (port->party != PARTY_ALL && port->party != party) continue;
        const plain *items = &run->output[k][port->party == PARTY_ALL ? 0 : member];
        if (!items->v) continue;
        json_name(out, port->name);
        output_json(p, k, items, out);
    }
    buffer_append(out, "}", 1);
}

void outputs_json(const program *p, const run_data *run, buffer *out)
{
    buffer_append(out, "{", 1);
    for (uint32_t k = 0; k < p->parties; k++) {
        json_name(out, p->party[k].name);
        if (p->party[k].group) buffer_append(out, "[", 1);
        for (uint32_t m = 0; m < p->party[k].size; m++) member_outputs(p, run, k, m, out);
        if (p->party[k].group) buffer_append(out, "]", 1);
    }
    buffer_append(out, "}", 1);
}
