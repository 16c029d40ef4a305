/* Keeps the values that a run on the ideal box gives to watched registers, and writes them for people. */
#include "runtime/watch.h"

#include <stdlib.h>
#include <string.h>

#include "runtime/data.h"
#include "runtime/unfold.h"
#include "vm/abb.h"

enum { ITEMS_KEPT = 256, TIMES_KEPT = 100, ITEMS_TEXT = 10, ITEMS_JSON = 64 };

/* One member's items, or all when nobody owns the value. */
typedef struct part {
    plain kept; /* the first of them */
    size_t len; /* how many there are */
} part;

/* A register's value at one time. */
typedef struct sight {
    struct sight *next;
    uint32_t run; /* of the block that writes it, RUN_NOT_SHOWN in rounds that are not laid out */
    uint32_t parts;
    part part[];
} sight;

typedef struct sights {
    sight *first, *last;
    size_t count;
} sights;

struct watched {
    const program *p;
    sights *of; /* by register */
    runs *runs;
    bool failed;
};

/* --- keeping */

static void sight_free(sight *s)
{
    for (uint32_t k = 0; k < s->parts; k++) plain_free(&s->part[k].kept);
    free(s);
}

static bool keep_part(part *to, const plain *from)
{
    to->len = from->len;
    return !plain_copy(&to->kept, from, 0, from->len < ITEMS_KEPT ? from->len : ITEMS_KEPT, NULL);
}

static sight *sight_new(const plain *items, uint32_t parts)
{
    sight *s = calloc(1, sizeof *s + parts * sizeof s->part[0]);
    bool good = s;
    for (uint32_t k = 0; good && k < parts; k++) {
        s->parts = k + 1;
        good = keep_part(&s->part[k], &items[k]);
    }
    if (good || !s) return s;
    sight_free(s);
    return NULL;
}

static void see(void *user, uint32_t index, const void *secret, const plain *clear, uint32_t clears)
{
    watched *w = user;
    sights *all = &w->of[index];
    const uint32_t run = runs_latest(w->runs, index);
    if (all->count >= TIMES_KEPT && run == RUN_NOT_SHOWN) return;
    sight *s = secret ? sight_new(ideal_contents(secret), 1) : sight_new(clear, clears);
    if (!s) {
        w->failed = true;
        return;
    }
    s->run = run;
    if (all->last)
        all->last->next = s;
    else
        all->first = s;
    all->last = s;
    all->count++;
}

static void enter(void *user, uint32_t index)
{
    watched *w = user;
    if (!runs_enter(w->runs, index)) w->failed = true;
}

/* --- running */

static bool draw_zeros(void *unused, uint8_t *out, size_t len)
{
    (void)unused;
    memset(out, 0, len);
    return true;
}

static status run(const program *p, run_data *values, bool drawn, const interp_watcher *watcher,
                  failure *err)
{
    abb *box = ideal_new(p);
    if (box && !drawn) ideal_draw_from(box, draw_zeros, NULL);
    status st = box ? interp_run_watched(p, box, values, watcher, err) : fail_memory(err);
    ideal_free(box);
    return st;
}

status run_on_ideal_while(const program *p, run_data *values, bool (*go_on)(void *user), void *user,
                          failure *err)
{
    return run(p, values, true, &(interp_watcher){.go_on = go_on, .user = user}, err);
}

status run_watched(const program *p, run_data *values, bool drawn, watched **out, failure *err)
{
    watched *w = *out = calloc(1, sizeof *w);
    if (!w) return fail_memory(err);
    w->p = p;
    w->of = calloc(p->regs + (size_t)1, sizeof *w->of), w->runs = runs_new(p);
    if (!w->of || !w->runs) return fail_memory(err);
    const interp_watcher watcher = {.see = see, .enter = enter, .user = w};
    status st = run(p, values, drawn, &watcher, err);
    return st == OK && w->failed ? fail_memory(err) : st;
}

void watched_free(watched *w)
{
    if (!w) return;
    for (uint32_t r = 0; w->of && r < w->p->regs; r++) {
        for (sight *s = w->of[r].first, *next; s; s = next) {
            next = s->next;
            sight_free(s);
        }
    }
    free(w->of);
    runs_free(w->runs);
    free(w);
}

/* Such a value has no register: there is nothing to be computed. */
static bool has_no_items(const step_value *x)
{
    bool none = false;
    for (unsigned k = 0; k < x->rank && k < AXES; k++) none = none || x->dim[k] == 0;
    return none;
}

size_t watched_times(const watched *w, const step_value *x)
{
    if (has_no_items(x)) return 1;
    return x->reg == REG_NONE ? 0 : w->of[x->reg].count;
}

/* Which of the kept ones was seen in this run; none: one behind the last. */
static uint32_t find_sight(void *user, const step_value *x, uint32_t run)
{
    const watched *w = user;
    uint32_t k = 0;
    for (const sight *s = w->of[x->reg].first; s && s->run != run; s = s->next) k++;
    return k;
}

status watched_unfold(watched *w, report *rep, failure *err)
{
    return runs_unfold(w->runs, rep, find_sight, w, err);
}

/* --- writing */

typedef struct writing {
    const watched *w;
    const step_value *x;
    const sight *s;
    bool json, whole;
    buffer *out;
} writing;

static void put_item(const writing *to, const plain *items, size_t at)
{
    char text[WIDE_TEXT];
    num key;
    const unsigned f = to->x->kind == KIND_FIX ? to->w->p->precision : 0;
    if (to->x->kind == KIND_KEY)
        buffer_printf(to->out, to->json ? "\"#%llx\"" : "#%llx",
                      plain_narrow(items, at, &key) ? (unsigned long long)key : 0);
    else if (to->json || to->x->kind == KIND_BOOL)
        item_json(to->w->p, to->x->kind, items, at, to->out);
    else
        buffer_printf(to->out, "%s", plain_print(items, at, f, text));
}

/* How long an axis is: its size, or what the private length of this member turned out to be. */
static uint64_t axis_length(const step_value *x, const part *of, unsigned first, unsigned axis)
{
    uint64_t others = 1;
    if (!x->open || axis + 1u < x->rank) return x->dim[axis];
    for (unsigned k = first; k + 1u < x->rank && k < AXES; k++) others *= x->dim[k];
    return others ? of->len / others : 0;
}

static uint64_t items_below(const step_value *x, const part *of, unsigned first, unsigned axis)
{
    uint64_t n = 1;
    for (unsigned k = axis + 1; k < x->rank && k < AXES; k++) n *= axis_length(x, of, first, k);
    return n;
}

static void put_between(const writing *to, uint64_t k)
{
    if (to->json)
        buffer_printf(to->out, "%s", k ? "," : "");
    else
        buffer_printf(to->out, " ");
}

/* Most items that are written along an axis: fewer for the rows of a table. */
static uint64_t most_items(const writing *to, unsigned axis)
{
    unsigned axes_left = to->x->rank - axis;
    return to->json ? ITEMS_JSON : axes_left > 1 ? ITEMS_TEXT / 2 : ITEMS_TEXT;
}

/* The items from `at` on of a part whose own axes begin at `first`. */
static void put_axes(writing *to, const part *of, unsigned first, unsigned axis, uint64_t at)
{
    if (axis == to->x->rank || axis == AXES) { /* ranks end at AXES; this says so to the compiler */
        if (at < of->kept.len)
            put_item(to, &of->kept, at);
        else
            to->whole = false, buffer_printf(to->out, "%s", to->json ? "null" : "…");
        return;
    }
    const uint64_t n = axis_length(to->x, of, first, axis), most = most_items(to, axis);
    const uint64_t below = items_below(to->x, of, first, axis);
    buffer_printf(to->out, "%s", to->json ? "[" : "{");
    for (uint64_t k = 0; k < n && k < most && (below == 0 || at + k * below < of->kept.len); k++) {
        put_between(to, k);
        put_axes(to, of, first, axis + 1, at + k * below);
    }
    bool cut = n > most || (n && below && at + (n - 1) * below >= of->kept.len);
    if (cut) to->whole = false;
    if (!to->json) buffer_printf(to->out, "%s }", cut ? " …" : "");
    if (to->json) buffer_printf(to->out, "]");
}

/* Each member's part in turn, where a group owns the value. */
static void put_parts(writing *to)
{
    const sight *s = to->s;
    const uint64_t most = most_items(to, 0);
    if (s->parts == 1 || to->x->lift) {
        put_axes(to, &s->part[0], s->parts > 1 ? 1 : 0, to->x->lift, 0);
        return;
    }
    buffer_printf(to->out, "%s", to->json ? "[" : "{");
    for (uint32_t k = 0; k < s->parts && k < most; k++) {
        put_between(to, k);
        put_axes(to, &s->part[k], 1, 1, 0);
    }
    if (s->parts > most) to->whole = false;
    buffer_printf(to->out, "%s", to->json ? "]" : s->parts > most ? " … }" : " }");
}

static bool write_value(const watched *w, const step_value *x, size_t k, bool json, buffer *out)
{
    writing to = {.w = w, .x = x, .json = json, .whole = true, .out = out};
    if (has_no_items(x) && x->lift == x->rank) { /* a map that ran over nothing */
        buffer_printf(out, "%s", json ? "null" : "nothing");
    } else if (has_no_items(x)) {
        put_axes(&to, &(part){0}, 0, x->lift, 0);
    } else {
        to.s = w->of[x->reg].first;
        while (k-- > 0) to.s = to.s->next;
        put_parts(&to);
    }
    return to.whole;
}

bool watched_text(const watched *w, const step_value *x, size_t k, buffer *out)
{
    return write_value(w, x, k, false, out);
}

bool watched_json(const watched *w, const step_value *x, size_t k, buffer *out)
{
    return write_value(w, x, k, true, out);
}

void watched_shows(const watched *w, const report *rep, buffer *out)
{
    for (size_t i = 0; i < rep->steps; i++) {
        const word_step *s = &rep->step[i];
        const step_value *x = &s->stack[s->shown - 1];
        for (size_t k = 0; k < watched_times(w, x); k++) {
            buffer_printf(out, "%s:%u:%u: %s  ", s->file, s->at.line, s->at.col, x->type);
            watched_text(w, x, k, out);
            if (x->lift) buffer_printf(out, "   (the first item)");
            buffer_printf(out, "\n");
        }
    }
}
