/* Draws the ring on a grid of characters: lines between the nodes, names over them, what each does below. */
#include "runtime/cli/ring.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    WIDTH = 64,
    HEIGHT = 17,
    NAME_SHOWN = 12,
    COUNT = 24,
    LABELLED = 4,         /* so many members have room for a number on every line */
    LABELLED_OUTSIDE = 10 /* and so many on those between neighbours */
};
static const double turn = 6.283185307179586;

typedef struct grid {
    char at[HEIGHT][WIDTH + 1];
} grid;

typedef struct spot {
    int x, y;
} spot;

static spot spot_of(unsigned k, unsigned members)
{
    const double a = turn * k / members - turn / 4;
    const int middle_x = WIDTH / 2, middle_y = HEIGHT / 2;

    return (spot){middle_x + (int)lround(cos(a) * (middle_x - NAME_SHOWN)),
                  middle_y + (int)lround(sin(a) * (middle_y - 1))};
}

static void put_text(grid *g, spot at, const char *text)
{
    const int len = (int)strlen(text), from = at.x - len / 2;

    for (int k = 0; k < len; k++)
        if (from + k >= 0 && from + k < WIDTH) g->at[at.y][from + k] = text[k];
}

static void put_line(grid *g, spot a, spot b)
{
    const int steps = abs(a.x - b.x) > abs(a.y - b.y) ? abs(a.x - b.x) : abs(a.y - b.y);

    for (int k = 0; k <= steps; k++)
        g->at[a.y + (b.y - a.y) * k / steps][a.x + (b.x - a.x) * k / steps] = '.';
}

static const char *short_bytes(uint64_t n, char out[COUNT])
{
    if (n < 10000)
        snprintf(out, COUNT, "%" PRIu64 " B", n);
    else if (n < 10000000)
        snprintf(out, COUNT, "%" PRIu64 " kB", n / 1000);
    else
        snprintf(out, COUNT, "%" PRIu64 " MB", n / 1000000);
    return out;
}

/* On a line between neighbours in its middle, on another nearer to one end: middles meet in the middle. */
static spot label_of(unsigned i, unsigned k, unsigned members)
{
    const spot a = spot_of(i, members), b = spot_of(k, members);

    return members > LABELLED ? (spot){(a.x + b.x) / 2, (a.y + b.y) / 2}
                              : (spot){(2 * a.x + b.x) / 3, (2 * a.y + b.y) / 3};
}

static void put_edges(grid *g, const progress *p)
{
    const unsigned members = p->launch->members;
    char text[COUNT];

    for (unsigned i = 0; i < members; i++)
        for (unsigned k = 0; k < i; k++) put_line(g, spot_of(i, members), spot_of(k, members));
    for (unsigned i = 0; members <= LABELLED_OUTSIDE && i < members; i++)
        for (unsigned k = 0; k < i; k++) {
            const uint64_t both = recording_of(p->of, i)->sent[k] + recording_of(p->of, k)->sent[i];
            const bool neighbours = i - k == 1 || i - k == members - 1;
            if (members <= LABELLED || neighbours)
                put_text(g, label_of(i, k, members), short_bytes(both, text));
        }
}

static void put_names(grid *g, const progress *p)
{
    char text[2 * NAME_SHOWN];

    for (unsigned k = 0; k < p->launch->members; k++) {
        snprintf(text, sizeof text, "(%.*s)", NAME_SHOWN, p->launch->name[k]);
        put_text(g, spot_of(k, p->launch->members), text);
    }
}

/* The node that is furthest behind is the one that the others wait for. */
static unsigned last_of(const progress *p)
{
    unsigned last = 0;

    for (unsigned k = 1; k < p->launch->members; k++)
        if (recording_of(p->of, k)->rounds < recording_of(p->of, last)->rounds) last = k;
    return last;
}

static void print_member(const progress *p, unsigned k, buffer *out)
{
    const member_record *m = recording_of(p->of, k);
    const unsigned last = last_of(p);
    unsigned most = k;
    char text[COUNT];

    for (unsigned i = 0; i < p->launch->members; i++)
        if (i != k && m->waited[i] > (most == k ? 0 : m->waited[most])) most = i;
    buffer_printf(out, "%-*.*s round %6" PRIu64 "  sent %8s", NAME_SHOWN, NAME_SHOWN,
                  p->launch->name[k], (uint64_t)m->rounds, short_bytes(m->bytes, text));
    if (m->rounds > recording_of(p->of, last)->rounds)
        buffer_printf(out, "  waits for %s", p->launch->name[last]);
    else if (most != k)
        buffer_printf(out, "  heard %s last in %" PRIu64 " of them", p->launch->name[most],
                      (uint64_t)m->waited[most]);
    buffer_printf(out, "\033[K\n");
}

static void draw(progress *p)
{
    const unsigned members = p->launch->members;
    buffer out = {0};
    grid g;

    memset(&g, ' ', sizeof g);
    put_edges(&g, p);
    put_names(&g, p);
    if (p->shown) buffer_printf(&out, "\033[%uA\r", HEIGHT + members);
    for (unsigned y = 0; y < HEIGHT; y++) buffer_printf(&out, "%.*s\033[K\n", WIDTH, g.at[y]);
    for (unsigned k = 0; k < members; k++) print_member(p, k, &out);
    if (!out.failed) fprintf(stderr, "%.*s", (int)out.len, (const char *)out.data);
    p->shown = true;
    buffer_free(&out);
}

void ring_tick(void *user)
{
    draw(user);
}

void ring_end(progress *p)
{
    draw(p);
}
