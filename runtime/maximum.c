/* The largest of each run, and its place: a tournament in which the earlier of two equals wins. */
#include "runtime/protocol.h"

/* How many items of a run, and of all runs, still stand. Item k of all runs is plane k of x and place. */
typedef struct standing {
    size_t items, runs;
    void *x, *place;
    bool wants_place;
} standing;

static size_t games(const standing *s)
{
    return s->items / 2 * s->runs;
}

static standing line_up(job *j, const tournament *t)
{
    const field *f = job_box(j)->f;
    standing s = {.items = t->run, .runs = t->runs, .wants_place = t->wants_place};

    s.x = job_vector(j, f, t->run * t->runs);
    s.place = job_vector(j, f, t->wants_place ? t->run * t->runs : 0);
    for (size_t k = 0; k < t->run; k++) {
        f->pick(f, field_at(f, s.x, k * t->runs), 1, field_at(f, t->x, k), (ptrdiff_t)t->run,
                t->runs);
        if (t->wants_place) f->fill(f, field_at(f, s.place, k * t->runs), element_of(k), t->runs);
    }
    return s;
}

/* diff = (second - first) of every pair of planes. */
static void differences(const field *f, void *diff, const void *planes, const standing *s)
{
    for (size_t k = 0; k < s->items / 2; k++)
        f->sub(f, field_at(f, diff, k * s->runs), field_at(f, planes, (2 * k + 1) * s->runs),
               field_at(f, planes, 2 * k * s->runs), s->runs);
}

/* first += gain of every pair, which moves up; an odd one out is carried. */
static void advance(const field *f, void *planes, const void *gain, const standing *s)
{
    size_t runs = s->runs, pairs = s->items / 2;

    for (size_t k = 0; k < pairs; k++)
        f->add(f, field_at(f, planes, k * runs), field_at(f, planes, 2 * k * runs),
               field_at(f, gain, k * runs), runs);
    if (s->items % 2)
        f->copy(f, field_at(f, planes, pairs * runs), field_at(f, planes, (s->items - 1) * runs),
                runs);
}

/* One level: `won` says of each game whether the second is larger, then multiplies what it would gain. */
static void play(job *j, standing *s, size_t count, size_t total, size_t gains)
{
    const field *f = job_box(j)->f;
    void *mark = job_mark(j);
    void *diff = job_vector(j, f, gains), *won = job_vector(j, f, gains),
         *behind = job_vector(j, f, total);
    size_t at = 0;

    for (size_t i = 0; i < count; at += games(&s[i++]))
        differences(f, field_at(f, diff, at), s[i].x, &s[i]);
    f->fill(f, behind, element_of(0), total);
    f->sub(f, behind, behind, diff, total); /* first - second, negative when the second wins */
    is_negative(j, won, behind, total);

    size_t game = 0;
    at = total;
    for (size_t i = 0; i < count; game += games(&s[i++])) {
        if (!s[i].wants_place) continue;
        differences(f, field_at(f, diff, at), s[i].place, &s[i]);
        f->copy(f, field_at(f, won, at), field_at(f, won, game), games(&s[i]));
        at += games(&s[i]);
    }
    multiply(j, diff, diff, won, gains);

    game = 0, at = total;
    for (size_t i = 0; i < count; i++) {
        size_t played = games(&s[i]);
        advance(f, s[i].x, field_at(f, diff, game), &s[i]);
        if (s[i].wants_place) advance(f, s[i].place, field_at(f, diff, at), &s[i]), at += played;
        game += played;
        s[i].items = (s[i].items + 1) / 2;
    }
    job_release(j, mark);
}

void maximum(job *j, tournament *t, size_t count)
{
    const field *f = job_box(j)->f;
    standing *s = job_bytes(j, count * sizeof *s);

    for (size_t i = 0; i < count; i++) s[i] = line_up(j, &t[i]);
    for (;;) {
        size_t total = 0, places = 0;
        for (size_t i = 0; i < count; i++) {
            total += games(&s[i]);
            if (s[i].wants_place) places += games(&s[i]);
        }
        if (!total) break;
        play(j, s, count, total, total + places);
    }
    for (size_t i = 0; i < count; i++) {
        f->copy(f, t[i].best, s[i].x, t[i].runs);
        if (t[i].wants_place) f->copy(f, t[i].place, s[i].place, t[i].runs);
    }
}
