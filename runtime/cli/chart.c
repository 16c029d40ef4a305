/* Draws bars with the block characters of Unicode. */
#include "runtime/cli/chart.h"

#include "runtime/data.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

enum { EIGHTHS = 8, ITEMS_DRAWN = 50, LABEL = 12, VALUE = 14, LEAST_CELLS = 10, MARGIN = 6 };

void chart_bar(buffer *out, double part, unsigned cells)
{
    static const char *const rests[EIGHTHS] = {"", "▏", "▎", "▍", "▌", "▋", "▊", "▉"};
    unsigned eighths = (unsigned)(part * cells * EIGHTHS), rest = eighths % EIGHTHS;

    for (unsigned k = 0; k < eighths / EIGHTHS; k++) buffer_printf(out, "█");
    buffer_printf(out, "%s%*s", rests[rest], (int)(cells - eighths / EIGHTHS - (rest > 0)), "");
}

/* A value and the scale of its chart. */
typedef struct chart {
    const program *p;
    const port_decl *port;
    const plain *items;
    double least, most; /* 0 is within */
    unsigned cells;
} chart;

static double item(const chart *c, size_t k)
{
    const int scale = c->port->kind == KIND_FIX ? -(int)c->p->precision : 0;
    return ldexp(plain_double(c->items, k), scale);
}

static void find_scale(chart *c, size_t len)
{
    for (size_t k = 0; k < len; k++) {
        c->least = fmin(c->least, item(c, k));
        c->most = fmax(c->most, item(c, k));
    }
}

/* "3", or "1 3" in a table. */
static void print_label(const chart *c, size_t k, buffer *out)
{
    char text[2 * LABEL] = "";
    size_t below = 1, used = 0;

    for (unsigned axis = 1; axis < c->port->rank; axis++) below *= (size_t)c->port->dim[axis];
    for (unsigned axis = 0; axis < c->port->rank && used < sizeof text; axis++) {
        used += (size_t)snprintf(text + used, sizeof text - used, "%s%zu", axis ? " " : "",
                                 k / below % (size_t)c->port->dim[axis]);
        if (axis + 1u < c->port->rank) below /= (size_t)c->port->dim[axis + 1];
    }
    buffer_printf(out, "  %*s ", LABEL / 2, text);
}

/* What is below 0 grows to the left of the line where 0 is. */
static void print_row(const chart *c, size_t k, buffer *out)
{
    const double range = c->most - c->least, x = range > 0 ? item(c, k) / range : 0;
    const unsigned left = range > 0 ? (unsigned)(-c->least / range * c->cells + 0.5) : 0;
    const unsigned under = (unsigned)(-fmin(x, 0) * c->cells + 0.5);
    const size_t from = out->len;

    print_label(c, k, out);
    item_json(c->p, c->port->kind, c->items, k, out);
    const size_t used = out->len - from, full = 3 + LABEL / 2 + VALUE;
    buffer_printf(out, "%*s", used < full ? (int)(full - used) : 1, "");
    if (left) buffer_printf(out, "%*s", (int)(left - (under < left ? under : left)), "");
    for (unsigned i = 0; i < under && i < left; i++) buffer_printf(out, "█");
    if (left) buffer_printf(out, "│");
    if (x > 0) chart_bar(out, x * c->cells / (c->cells - left), c->cells - left);
    while (out->len && out->data[out->len - 1] == ' ') out->len--;
    buffer_printf(out, "\n");
}

static void draw(const results *r, uint32_t output, uint32_t member, unsigned columns, buffer *out)
{
    const program *p = r->program;
    const port_decl *port = &p->output[output];
    const plain *items = &r->data->output[output][member];
    const unsigned used = LABEL / 2 + VALUE + MARGIN;
    chart c = {.p = p, .port = port, .items = items};

    if (!items->v || items->len < 2 || port->rank == 0 || port->kind == KIND_KEY) return;
    const size_t shown = items->len < ITEMS_DRAWN ? items->len : ITEMS_DRAWN;
    c.cells = columns > used + LEAST_CELLS ? columns - used : LEAST_CELLS;
    find_scale(&c, shown);
    buffer_printf(out, "\n%s", port->name);
    if (port->party != PARTY_ALL && p->party[port->party].group)
        buffer_printf(out, ", %s-%" PRIu32, p->party[port->party].name, member);
    buffer_printf(out, "\n");
    for (size_t k = 0; k < shown; k++) print_row(&c, k, out);
    if (shown < items->len) buffer_printf(out, "  … %zu more\n", items->len - shown);
}

void chart_results(const results *r, unsigned columns, buffer *out)
{
    for (uint32_t i = 0; i < r->program->outputs; i++)
        for (uint32_t k = 0; k < party_members(r->program, r->program->output[i].party); k++)
            draw(r, i, k, columns, out);
}
