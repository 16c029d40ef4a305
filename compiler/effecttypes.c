/* The types that the uses of a definition agree on, to be written into its effect (`moot fmt --types`). A size that
 * several axes share in every use gets one name. */
#include <string.h>

#include "compiler/effects.h"

enum { AXES_MAX = 2 * ITEMS_MAX * AXES };

/* An item as the uses so far showed it; first the operands of a definition, then its results. */
typedef struct seen_item {
    bool mixed; /* uses differ, or what they show cannot be written */
    uint8_t kind, rank;
} seen_item;

/* One axis of an item. Those that were equal in all uses so far have the same group. */
typedef struct seen_axis {
    int64_t dim;
    uint32_t item, place, group;
    bool varies; /* had other sizes in other uses */
} seen_axis;

typedef struct seen_effect {
    seen_item item[2 * ITEMS_MAX], now[2 * ITEMS_MAX];
    seen_axis axis[AXES_MAX];
    int64_t dim_now[2 * ITEMS_MAX][AXES];
    uint32_t axes;
    bool used;
} seen_effect;

/* --- what one use shows */

static void look(const checker *c, seen_effect *s, uint32_t k, const cell *x)
{
    s->now[k] = (seen_item){.mixed = true};
    if (x->kind != CELL_VALUE || type_of(c, x)->open) return;
    s->now[k] = (seen_item){.kind = type_of(c, x)->kind, .rank = (uint8_t)rank_of(c, x)};
    for (unsigned a = 0; a < rank_of(c, x); a++) s->dim_now[k][a] = dim_of(c, x, a);
}

void effect_takes(checker *c, effect *e, const cell *in)
{
    if (c->watching != WATCH_EFFECTS || c->dry) return;
    if (!e->seen) e->seen = arena_alloc(c->mem, sizeof *e->seen);
    for (uint32_t k = 0; k < e->ins; k++) look(c, e->seen, k, &in[k]);
}

/* --- what all uses have in common */

static void first_use(seen_effect *s, uint32_t items)
{
    s->used = true;
    memcpy(s->item, s->now, items * sizeof *s->item);
    for (uint32_t k = 0; k < items; k++) {
        for (unsigned a = 0; !s->item[k].mixed && a < s->item[k].rank; a++) {
            seen_axis *x = &s->axis[s->axes];
            *x = (seen_axis){.dim = s->dim_now[k][a], .item = k, .place = a, .group = s->axes};
            for (uint32_t i = s->axes; i-- > 0;)
                if (s->axis[i].dim == x->dim) x->group = s->axis[i].group;
            s->axes++;
        }
    }
}

static int64_t dim_here(const seen_effect *s, const seen_axis *x)
{
    return s->dim_now[x->item][x->place];
}

/* Axes stay together when they were and are equal. */
static void split_groups(seen_effect *s)
{
    uint32_t fresh[AXES_MAX];
    for (uint32_t i = 0; i < s->axes; i++) {
        fresh[i] = i;
        for (uint32_t j = i; j-- > 0;)
            if (s->axis[j].group == s->axis[i].group &&
                dim_here(s, &s->axis[j]) == dim_here(s, &s->axis[i]))
                fresh[i] = fresh[j];
    }
    for (uint32_t i = 0; i < s->axes; i++) {
        s->axis[i].group = fresh[i];
        s->axis[i].varies = s->axis[i].varies || s->axis[i].dim != dim_here(s, &s->axis[i]);
    }
}

static void another_use(seen_effect *s, uint32_t items)
{
    bool mixed = false;
    for (uint32_t k = 0; k < items; k++) {
        s->item[k].mixed = s->item[k].mixed || s->now[k].mixed ||
                           s->now[k].kind != s->item[k].kind || s->now[k].rank != s->item[k].rank;
        mixed = mixed || s->item[k].mixed;
    }
    uint32_t kept = 0;
    for (uint32_t i = 0; mixed && i < s->axes; i++)
        if (!s->item[s->axis[i].item].mixed) s->axis[kept++] = s->axis[i];
    if (mixed) s->axes = kept;
    split_groups(s);
}

void effect_leaves(checker *c, effect *e, const cell *out)
{
    seen_effect *s = e->seen;
    if (c->watching != WATCH_EFFECTS || c->dry || !s) return;
    for (uint32_t k = 0; k < e->outs; k++) look(c, s, e->ins + k, &out[k]);
    if (s->used)
        another_use(s, e->ins + e->outs);
    else
        first_use(s, e->ins + e->outs);
}

/* --- names of sizes */

static const item *item_at(const effect *e, uint32_t k)
{
    return k < e->ins ? &e->in[k] : &e->out[k - e->ins];
}

/* Does the definition say this anywhere, so that a size may not be called so? */
static bool is_taken(const checker *c, const definition *d, const char *name, char *const *names,
                     uint32_t axes)
{
    const size_t len = strlen(name);
    for (uint32_t i = 0; i < axes; i++)
        if (names[i] && !strcmp(names[i], name)) return true;
    for (uint32_t k = 0; k < d->promise->ins + d->promise->outs; k++) {
        const item *x = item_at(d->promise, k);
        if (x->name.len == len && !memcmp(token_text(&x->name), name, len)) return true;
    }
    for (uint32_t i = d->body; i < d->end; i++)
        if (c->tok[i].len == len && !memcmp(token_text(&c->tok[i]), name, len)) return true;
    return false;
}

/* What the effect itself calls a size of this group, or NULL. */
static char *written_name(checker *c, const definition *d, const seen_effect *s, uint32_t group)
{
    for (uint32_t i = 0; i < s->axes; i++) {
        const item *x = item_at(d->promise, s->axis[i].item);
        if (s->axis[i].group != group || !x->typed) continue;
        const size_expr *size = &x->type.dim[s->axis[i].place];
        return size->name ? arena_strndup(c->mem, size->name, strlen(size->name))
                          : arena_printf(c->mem, "%llu", (unsigned long long)size->value);
    }
    return NULL;
}

/* The param that the size always is, if any. */
static const char *param_name(const checker *c, const seen_axis *x)
{
    const int64_t index = -1 - x->dim;
    if (x->varies || x->dim >= 0 || index >= (int64_t)c->header.params) return NULL;
    return c->header.param[index].name;
}

static char *fresh_name(checker *c, const definition *d, const seen_axis *x, char *const *names,
                        uint32_t axes)
{
    static const char letters[] = "nmkdpqrstuvwabcefghijlxyz";
    const char *param = param_name(c, x);
    if (param && !is_taken(c, d, param, names, axes)) return arena_printf(c->mem, "%s", param);
    for (const char *l = letters; *l; l++) {
        const char name[] = {*l, 0};
        if (!is_taken(c, d, name, names, axes)) return arena_strndup(c->mem, name, 1);
    }
    return NULL;
}

/* names[i] of axis i; NULL where the letters have run out. */
static void name_axes(checker *c, const definition *d, char **names)
{
    const seen_effect *s = d->promise->seen;
    for (uint32_t i = 0; i < s->axes; i++) {
        const uint32_t group = s->axis[i].group;
        for (uint32_t j = 0; j < i && !names[i]; j++)
            if (s->axis[j].group == group) names[i] = names[j];
        if (!names[i]) names[i] = written_name(c, d, s, group);
        if (!names[i]) names[i] = fresh_name(c, d, &s->axis[i], names, i);
    }
}

/* --- notes */

static void add_note(checker *c, const item *x, const char *text)
{
    report *rep = c->rep;
    const size_t n = rep->notes;
    if (!(n & (n - 1)))
        rep->note = arena_grow(c->mem, rep->note, n * sizeof *rep->note,
                               (n ? 2 * n : 1) * sizeof *rep->note);
    rep->note[rep->notes++] = (type_note){x->name.start + x->name.len, text};
}

static void note_item(checker *c, const definition *d, uint32_t k, char *const *names)
{
    static const char *const kinds[] = {"bool", "int", "fix", "key"};
    const seen_effect *s = d->promise->seen;
    const item *x = item_at(d->promise, k);
    const char *dims = "";

    if (x->typed || x->quotation || s->item[k].mixed) return;
    for (uint32_t i = 0; i < s->axes; i++) {
        if (s->axis[i].item != k) continue;
        if (!names[i]) return;
        dims = arena_printf(c->mem, "%s%s%s", dims, *dims ? " " : "", names[i]);
    }
    const char *kind_name = kinds[s->item[k].kind];
    add_note(c, x,
             *dims ? arena_printf(c->mem, ":%s[%s]", kind_name, dims)
                   : arena_printf(c->mem, ":%s", kind_name));
}

static void note_definition(checker *c, const definition *d)
{
    const seen_effect *s = d->promise->seen;
    char *names[AXES_MAX] = {NULL};
    if (!s || !s->used || d->name.source != c->tok[c->list.len - 1].source) return;
    name_axes(c, d, names);
    for (uint32_t k = 0; k < d->promise->ins + d->promise->outs; k++) note_item(c, d, k, names);
}

void effects_note(checker *c)
{
    if (c->watching != WATCH_EFFECTS) return;
    for (size_t k = 0; k < c->buckets; k++)
        for (const symbol *s = c->bucket[k]; s; s = s->next)
            if (s->word) note_definition(c, s->word);
}
