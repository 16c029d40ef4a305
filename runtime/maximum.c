/* The largest of each run, and its place; of two equals the earlier wins. A tournament, until so few stand that all play
 * against all at once: that takes the rounds of one level and a few. */
#include <string.h>

#include "runtime/audit.h"
#include "runtime/bit_protocol.h"

/* As many games of all against all are as cheap as the rounds of the levels that they save: a game sends some 30 bytes
 * at n = 3, and in the time of a round go about as many thousands. */
enum { GAMES_AT_ONCE = 512 };

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

/* --- all against all */

static size_t pairs(const standing *s)
{
    return s->items ? s->items * (s->items - 1) / 2 * s->runs : 0;
}

static size_t all_pairs(const standing *s, size_t count)
{
    size_t games = 0;
    for (size_t i = 0; i < count; i++) games += pairs(&s[i]);
    return games;
}

static size_t longest(const standing *s, size_t count)
{
    size_t items = 0;
    for (size_t i = 0; i < count; i++)
        if (s[i].items > items) items = s[i].items;
    return items;
}

/* The place of the game of a against b > a among those of its run. */
static size_t game_of(const standing *s, size_t a, size_t b)
{
    return a * (2 * s->items - a - 1) / 2 + b - a - 1;
}

/* Of each game whether the later one is larger. */
static wire play_all(job *j, const standing *s, size_t count, size_t total)
{
    const field *f = job_box(j)->f;
    wire won = wire_at(job_wires(j, 1, words_of(total)), 0);
    void *mark = job_mark(j), *behind = job_vector(j, f, total);
    size_t at = 0;

    for (size_t i = 0; i < count; at += pairs(&s[i++]))
        for (size_t a = 0; a < s[i].items; a++)
            for (size_t b = a + 1; b < s[i].items; b++)
                f->sub(f, field_at(f, behind, at + game_of(&s[i], a, b) * s[i].runs),
                       field_at(f, s[i].x, a * s[i].runs), field_at(f, s[i].x, b * s[i].runs),
                       s[i].runs);
    bits_negative(j, won, behind, total);
    job_release(j, mark);
    return won;
}

static size_t standing_items(const standing *s, size_t count)
{
    size_t items = 0;
    for (size_t i = 0; i < count; i++) items += s[i].items * s[i].runs;
    return items;
}

/* Of each item whether it wins against the one `ahead` places on, around the circle; where that is no other, it does. */
static void put_wins(job *j, wire out, const standing *s, size_t count, wire won, size_t ahead)
{
    const box *b = job_box(j);
    size_t at = 0, game = 0, words = words_of(standing_items(s, count));
    void *mark = job_mark(j);
    uint64_t *flip = job_words(j, out.v ? 2 * words : 0), *ones = flip ? flip + words : NULL;

    if (flip) memset(ones, -1, words * sizeof *ones);
    for (size_t i = 0; i < count; game += pairs(&s[i++]))
        for (size_t k = 0; k < s[i].items; k++, at += s[i].runs) {
            size_t other = (k + ahead) % s[i].items;
            bool alone = ahead >= s[i].items, earlier = alone || k < other;
            if (flip && earlier) bits_copy(flip, at, ones, 0, s[i].runs);
            if (alone) continue;
            size_t g = earlier ? game_of(&s[i], k, other) : game_of(&s[i], other, k);
            copy_items(b, out, at, won, game + g * s[i].runs, s[i].runs);
        }
    if (flip) b->bits->add(out.v, flip, words); /* 1 is in plane 0 alone */
    job_release(j, mark);
}

/* The product of all factors, of len items each, in log2 of their number rounds. */
static wires all_of(job *j, wire *factor, size_t factors, size_t len)
{
    bit_pair *pair = job_bytes(j, factors * sizeof *pair);
    wires both = {0};

    for (; factors > 1; factors = (factors + 1) / 2) {
        both = job_wires(j, factors / 2, words_of(len));
        for (size_t k = 0; k < factors / 2; k++)
            pair[k] = (bit_pair){factor[2 * k], factor[2 * k + 1]};
        bits_and_lasting(j, both, pair, len);
        if (factors % 2) factor[factors / 2] = factor[factors - 1];
        for (size_t k = 0; k < factors / 2; k++) factor[k] = wire_at(both, k);
    }
    return both;
}

/* The sum of the planes, each as often as it won. */
static void sum_won(job *j, void *sum, const void *planes, const void *won, const standing *s)
{
    const field *f = job_box(j)->f;
    void *mark = job_mark(j), *part = job_vector(j, f, s->runs);

    f->fill(f, sum, element_of(0), s->runs);
    for (size_t k = 0; k < s->items; k++) {
        f->mul(f, part, field_at(f, planes, k * s->runs), field_at(f, won, k * s->runs), s->runs);
        f->add(f, sum, sum, part, s->runs);
    }
    job_release(j, mark);
}

static void note_winners(job *j, const standing *s, size_t count, const void *won, const void *taken)
{
    const field *f = job_box(j)->f;
    size_t at = 0, item = 0;

    for (size_t i = 0; i < count; item += s[i].items * s[i].runs, i++) {
        const void *mine = field_at(f, won, item);
        note_sums(j, s[i].x, mine, field_at(f, taken, at), s[i].runs, s[i].items, s[i].runs),
            at += s[i].runs;
        if (!s[i].wants_place) continue;
        note_sums(j, s[i].place, mine, field_at(f, taken, at), s[i].runs, s[i].items, s[i].runs),
            at += s[i].runs;
    }
}

/* The one that won of each run becomes its plane 0: one product each. */
static void take_winners(job *j, standing *s, size_t count, const void *won)
{
    const field *f = job_box(j)->f;
    size_t total = 0, at = 0, item = 0;
    for (size_t i = 0; i < count; i++) total += s[i].runs * (1 + (size_t)s[i].wants_place);
    void *taken = job_vector(j, f, total), *sum = job_vector(j, f, total);

    for (size_t i = 0; i < count; item += s[i].items * s[i].runs, i++) {
        const void *mine = field_at(f, won, item);
        sum_won(j, field_at(f, sum, at), s[i].x, mine, &s[i]), at += s[i].runs;
        if (!s[i].wants_place) continue;
        sum_won(j, field_at(f, sum, at), s[i].place, mine, &s[i]), at += s[i].runs;
    }
    reshare(j, taken, sum, total);
    note_winners(j, s, count, won, taken);
    job_count_products(j, total);
    at = 0;
    for (size_t i = 0; i < count; s[i++].items = 1) {
        f->copy(f, s[i].x, field_at(f, taken, at), s[i].runs), at += s[i].runs;
        if (!s[i].wants_place) continue;
        f->copy(f, s[i].place, field_at(f, taken, at), s[i].runs), at += s[i].runs;
    }
}

static void finish(job *j, standing *s, size_t count)
{
    const field *f = job_box(j)->f;
    size_t len = standing_items(s, count), most = longest(s, count);
    void *mark = job_mark(j);

    wire won = play_all(j, s, count, all_pairs(s, count));
    wires win = job_wires(j, most - 1, words_of(len));
    wire *factor = job_bytes(j, (most - 1) * sizeof *factor);
    for (size_t ahead = 1; ahead < most; ahead++) {
        factor[ahead - 1] = wire_at(win, ahead - 1);
        put_wins(j, factor[ahead - 1], s, count, won, ahead);
    }
    void *number = job_vector(j, f, len);
    bits_to_field(j, number, all_of(j, factor, most - 1, len), len);
    take_winners(j, s, count, number);
    job_release(j, mark);
}

/* Whether the rest is better played all against all: where comparisons leave bits, and levels can be saved. */
static bool is_final(const job *j, const standing *s, size_t count)
{
    return job_box(j)->bits && longest(s, count) > 2 && all_pairs(s, count) <= GAMES_AT_ONCE;
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
        if (is_final(j, s, count)) {
            finish(j, s, count);
            break;
        }
        play(j, s, count, total, total + places);
    }
    for (size_t i = 0; i < count; i++) {
        f->copy(f, t[i].best, s[i].x, t[i].runs);
        if (t[i].wants_place) f->copy(f, t[i].place, s[i].place, t[i].runs);
    }
}
