/* Every word on operands of every shape and kind: what the compiler takes verifies, runs, and gives the same digits
 * in all ways in which it can be said: by the owner or among the nodes; of secrets, of what was revealed, of what is
 * known; item by item or by `map`. Of the many ways to combine them a test tries some; EVERY_WORD=1 in the environment
 * tries all. */
#include "core_help.h"
#include "every_say.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* --- what is said: each word of the table, and quotations for those that take some */

static const char *const known_numbers[] = {"0", "1", "2", "3", "7", "-1", "0.5"};
enum { KNOWN_NUMBERS = sizeof known_numbers / sizeof *known_numbers };

static const char *const phrases[] = {
    "@0 [ dup + ] map",
    "@0 [ sum ] map",
    "@0 [ total ] map",
    "@0 [ drop 1 ] map",
    "@0 [ length ] map",
    "@0 [ [ sq ] map ] map",
    "@0 [ dup { 1 2 } nip ] map",
    "@0 [ dup length iota ] map nip",
    "@0 @1 [ + ] outer",
    "@0 @1 [ dot ] outer",
    "@0 @1 [ = ] outer",
    "@0 @1 [ drop ] outer",
    "@0 @1 [ nip ] outer",
    "@0 @1 [ append ] outer",
    "@0 @1 [ member ] outer",
    "@0 @1 [ lookup ] outer",
    "@0 @1 [ + ] fold",
    "@0 @1 [ nip ] fold",
    "@0 @1 [ xor ] fold",
    "@0 @1 [ - ] fold",
    "@0 @1 [ drop ] fold",
    "@0 [ + ] reduce",
    "@0 [ max ] reduce",
    "@0 [ nip ] reduce",
    "@0 [ and ] reduce",
    "@0 [ + ] scan",
    "@0 [ or ] scan",
    "@0 [ nip ] scan",
    "@0 [ max ] scan",
    "@0 2 [ dup + ] times",
    "@0 50 [ neg ] times",
    "@0 0 [ neg ] times",
    "@0 1 [ + ] times",
    "@0 @1 3 [ swap ] times drop",
    "@0 @1 50 [ swap ] times drop",
    "@0 @1 50 [ swap over + 9 mod swap ] times drop",
    "@0 2 [ + ] for",
    "@0 50 [ + 5 mod ] for",
    "@0 3 [ neg true ] until",
    "@0 3 [ neg chosen ] until",
    "@0 3 [ neg chosen not ] until",
    "@0 @1 [ sum ] dip +",
    "@0 [ sum ] keep +",
    "@0 [ sum ] [ length ] bi +",
    "@0 @1 [ sq ] both +",
    "@0 [ @1 + ] call",
    "1 2 < [ @0 ] [ @1 ] if",
    "2 1 < [ @0 ] [ @1 ] if",
    "@0 1 2 < [ neg ] when",
    "chosen [ @0 ] [ @1 ] if",
    "chosen not [ @0 ] [ @1 ] if",
    "@0 chosen [ neg ] when",
    "@0 chosen not [ @1 + ] when",
    "@0 chosen [ sum ] [ 0 at ] if",
    "chosen [ @0 @1 ] [ @1 @0 ] if drop",
    "{ @0 }",
    "{ @0 @1 }",
    "{ @0 @1 @2 }",
    "@0 { 2 3 } reshape",
    "@0 { 6 } reshape",
    "@0 { 1 } reshape",
    "@0 { 3 2 1 } reshape",
    "@0 chosen [ 1 ] [ 0 ] if at",
    "@0 chosen [ 1 ] [ -1 ] if at @1 +",
    "@0 [ chosen [ 1 ] [ 0 ] if at ] map",
    "@0 2 fill @1 +",
    "@0 @1 join @2 dot",
    "@0 1 2 slice",
    "@0 0.5 quantile",
    "1 1.0 laplace @0 +",
};

typedef void each_pattern(const char *pattern, unsigned places, size_t step);

/* The items before and behind the dashes of an effect: "( v k -- x )" has "vk". Returns how many stand behind. */
static unsigned effect_sides(const char *effect, char before[SAY_PLACES + 1])
{
    unsigned ins = 0, outs = 0;
    const char *dashes = strstr(effect, "--");
    for (const char *c = effect; *c; c++) {
        if (strchr(" -.()", *c)) continue;
        if (c > dashes)
            outs++;
        else if (ins < SAY_PLACES)
            before[ins++] = *c;
    }
    before[ins] = '\0';
    return outs;
}

/* Result `kept` of `outs`, the last being 0. */
static void say_word(const word_doc *w, const char *items, const char *const number[],
                     unsigned outs, unsigned kept, each_pattern *use, size_t step)
{
    buffer s = {0};
    unsigned places = 0;
    for (const char *x = items; *x; x++)
        if (*x == 'k')
            buffer_printf(&s, "%s ", *number++);
        else
            buffer_printf(&s, "@%u ", places++);
    buffer_printf(&s, "%s", w->name);
    for (unsigned k = 1; k < outs; k++) buffer_printf(&s, k <= kept ? " drop" : " nip");
    char *pattern = buffer_take(&s);
    use(pattern, places, step);
    free(pattern);
}

static size_t count_of(const char *s, char c)
{
    size_t n = 0;
    for (; *s; s++) n += *s == c;
    return n;
}

/* Calls `use` with each word and each phrase. `step`: of the ways to choose operands, one in so many. */
static void each_said(each_pattern *use, size_t step)
{
    for (size_t i = 0; i < words_count(); i++) {
        const word_doc *w = words_at(i);
        char items[SAY_PLACES + 1];
        const unsigned outs = effect_sides(w->effect, items);
        if (!w->built || strchr(items, 'q') || strchr(items, 'p')) continue; /* in the phrases */
        const size_t free_numbers = count_of(items, 'k'), all = free_numbers > 1
                                                                    ? KNOWN_NUMBERS * KNOWN_NUMBERS
                                                                : free_numbers > 0 ? KNOWN_NUMBERS
                                                                                   : 1;
        for (size_t n = 0; n < all; n++)
            for (unsigned kept = 0; kept < outs; kept++)
                say_word(w, items,
                         (const char *const[]){known_numbers[n / KNOWN_NUMBERS],
                                               known_numbers[n % KNOWN_NUMBERS]} +
                             (free_numbers < 2),
                         outs, kept, use, step);
    }
    for (size_t i = 0; i < sizeof phrases / sizeof *phrases; i++) {
        const char *s = phrases[i];
        use(s, strstr(s, "@2") ? 3 : strstr(s, "@1") ? 2 : strstr(s, "@0") ? 1 : 0, step);
    }
}

Test(every_word, stands_in_a_phrase_when_it_takes_a_quotation)
{
    for (size_t i = 0; i < words_count(); i++) {
        const word_doc *w = words_at(i);
        char items[SAY_PLACES + 1];
        effect_sides(w->effect, items);
        if (!w->built || (!strchr(items, 'q') && !strchr(items, 'p'))) continue;
        bool said = false;
        for (size_t k = 0; k < sizeof phrases / sizeof *phrases; k++)
            said = said || strstr(phrases[k], w->name);
        cr_expect(said, "%s", w->name);
    }
}

/* --- choosing operands */

typedef void each_saying(const saying *s);

static size_t tried, ran;

/* Some of the ways to choose operands for the pattern, others for others. */
static void each_choice(const char *pattern, unsigned places, size_t step, each_saying *use)
{
    enum { MORE_FOR_THREE = 31, HASH = 31 };
    size_t all = 1, first = 0;
    if (getenv("EVERY_WORD")) step = 1;
    for (unsigned k = 0; k < places; k++) all *= say_operands_len;
    if (places == SAY_PLACES) step *= MORE_FOR_THREE;
    for (const char *c = pattern; *c; c++) first = first * HASH + (unsigned char)*c;
    for (size_t n = first % step; n < all; n += step) {
        saying s = {.pattern = pattern};
        size_t rest = n;
        for (unsigned k = 0; k < SAY_PLACES; k++, rest /= say_operands_len)
            s.of[k] = &say_operands[rest % say_operands_len];
        tried++;
        use(&s);
    }
}

static void expect_enough(size_t said, size_t digits)
{
    cr_expect_geq(tried, said, "only %zu were tried", tried);
    cr_expect_geq(ran, digits, "only %zu ran", ran);
}

/* --- laws */

static void break_law(const char *law, const saying *a, const char *x, const saying *b, const char *y)
{
    char *first = say_text(a), *second = say_text(b);
    cr_expect(false, "%s:\n  %s\n    %s\n  %s\n    %s", law, first, x, second, y);
    free(first), free(second);
}

static const char *verdict(const meaning *m)
{
    return m->accepted ? m->type : m->code;
}

static bool is_one_of(const char *code, const char *codes)
{
    return code[0] && strstr(codes, code);
}

/* The digits, which it makes no difference to compute at the owner; NULL when there are none. */
static char *digits_of(const saying *s, const meaning *m)
{
    if (!say_can_run(m)) return NULL;
    char *own = say_run(s, m, true), *all = say_run(s, m, false);
    ran++;
    if (all && strcmp(own, all) != 0)
        break_law("work at the owner and among the nodes", s, own, s, all);
    free(all);
    return own;
}

/* Numbers that differ by at most this many units. */
static bool is_near(const char *a, const char *b, long most)
{
    while (*a && *b) {
        char *after_a, *after_b;
        const long x = strtol(a, &after_a, 10), y = strtol(b, &after_b, 10);
        if (after_a == a || after_b == b || labs(x - y) > most) return false;
        a = after_a, b = after_b;
    }
    return *a == *b;
}

static void expect_same_digits(const char *law, const saying *a, const meaning *x, const saying *b,
                               const meaning *y, long most)
{
    char *first = digits_of(a, x), *second = digits_of(b, y);
    if (first && second && strcmp(first, second) != 0 && !is_near(first, second, most))
        break_law(law, a, first, b, second);
    free(first), free(second);
}

/* --- whether `check` says what compiling says */

static void agree_with_check(const saying *s)
{
    meaning m = say_try(s), checked = say_check(s);
    char *digits = digits_of(s, &m);
    free(digits);
    if (m.accepted != checked.accepted)
        break_law("compile and check", s, verdict(&m), s, verdict(&checked));
    saying sized = *s;
    for (unsigned k = 0; k < SAY_PLACES; k++) {
        if (say_is_empty(s->of[k])) return;
        sized.form[k] = FORM_LETTERS;
    }
    /* A letter equals only itself, and a quotation that no round runs is checked when its items may be more. */
    checked = say_check(&sized);
    if (m.accepted && !checked.accepted && !is_one_of(checked.code, "E0302") &&
        !strstr(s->pattern, "["))
        break_law("sizes and letters", s, verdict(&m), &sized, verdict(&checked));
}

static void checked(const char *pattern, unsigned places, size_t step)
{
    each_choice(pattern, places, step, agree_with_check);
}

Test(every_word, means_the_same_at_its_owner_and_is_checked_without_sizes)
{
    each_said(checked, 11);
    expect_enough(5000, 1000);
}

/* --- secret, revealed, known */

/* By how many units the quotient by a secret differs from the exact one; -1: by more than can be said. */
static long units_of(const char *pattern)
{
    static const char *const unsteady[] = {"solve", "inverse", "ridge", "standardise"};
    for (size_t k = 0; k < sizeof unsteady / sizeof *unsteady; k++)
        if (strstr(pattern, unsteady[k])) return -1;
    return strstr(pattern, "correlation")                   ? 16
           : strstr(pattern, "/") || strstr(pattern, "auc") ? 4
                                                            : 0;
}

static void expect_in_form(const saying *s, const meaning *m, const saying *other, form f)
{
    /* What wants a known or public value; what a known value shows to be wrong. */
    static const char wants[] = "E0304 E0401 E0403 E0407", wrong[] = "E0404 E0405 E0402";
    const meaning o = say_try(other);
    const long most = units_of(s->pattern);
    if (m->accepted && o.accepted && !strcmp(m->type, o.type)) {
        if (most >= 0) expect_same_digits("forms", s, m, other, &o, most);
        return;
    }
    if (!m->accepted && !o.accepted) return;
    if (!m->accepted && (f == FORM_KNOWN || f == FORM_PUBLIC) && is_one_of(m->code, wants)) return;
    if (!o.accepted && f == FORM_KNOWN && is_one_of(o.code, wrong)) return;
    /* Less can be done with a private length, `top` takes as many as there may be, and what still has one is summed up
     * to be revealed. */
    if (f == FORM_OPEN && (!o.accepted || !m->accepted || o.then[0])) return;
    break_law("forms", s, verdict(m), other, verdict(&o));
}

static void agree_in_all_forms(const saying *s)
{
    const meaning m = say_try(s);
    for (unsigned k = 0; k < SAY_PLACES; k++)
        for (form f = FORM_OWN + 1; f < FORMS; f++) {
            if (!say_uses(s, k) || f == FORM_LETTERS || !say_has_form(s->of[k], f)) continue;
            saying other = *s;
            other.form[k] = f;
            expect_in_form(s, &m, &other, f);
        }
}

static void in_forms(const char *pattern, unsigned places, size_t step)
{
    each_choice(pattern, places, step, agree_in_all_forms);
}

Test(every_word, means_the_same_of_secrets_and_of_what_is_known)
{
    each_said(in_forms, 61);
    expect_enough(1000, 1000);
}

/* --- item by item */

static char *replaced(const char *pattern, unsigned which, const char *text)
{
    buffer s = {0};
    for (const char *c = pattern; *c; c++)
        if (*c == '@' && c[1] == (char)('0' + which))
            buffer_printf(&s, "%s", text), c++;
        else
            buffer_append(&s, c, 1);
    return buffer_take(&s);
}

/* "@0 [ -> it … ] map", and "{ @0 0 at … @0 1 at … }". */
static char *by_map(const char *pattern, unsigned which)
{
    char *inner = replaced(pattern, which, "it");
    buffer s = {0};
    buffer_printf(&s, "@%u [ -> it %s ] map", which, inner);
    free(inner);
    return buffer_take(&s);
}

static char *by_items(const char *pattern, unsigned which, unsigned items)
{
    buffer s = {0};
    buffer_printf(&s, "{ ");
    for (unsigned i = 0; i < items; i++) {
        char at[32];
        snprintf(at, sizeof at, "@%u %u at", which, i);
        char *item = replaced(pattern, which, at);
        buffer_printf(&s, "%s  ", item);
        free(item);
    }
    buffer_printf(&s, "}");
    return buffer_take(&s);
}

static void expect_mapped(const saying *s, unsigned which)
{
    saying all = *s, each = *s;
    char *a = by_map(s->pattern, which), *b = by_items(s->pattern, which, s->of[which]->dim[0]);
    all.pattern = a, each.pattern = b;
    const meaning m = say_try(&all), o = say_try(&each);
    /* On the way to what a map leaves there may be more axes than values have; rows of nothing are known. */
    const bool excused = !m.accepted && is_one_of(m.code, "E0306 E0304");
    if (m.accepted != o.accepted ? !excused : m.accepted && strcmp(m.type, o.type) != 0)
        break_law("map", &all, verdict(&m), &each, verdict(&o));
    else if (m.accepted && o.accepted)
        expect_same_digits("map", &all, &m, &each, &o, 0);
    free(a), free(b);
}

static void agree_by_map(const saying *s)
{
    for (unsigned k = 0; k < SAY_PLACES; k++)
        if (say_uses(s, k) && s->of[k]->rank && s->of[k]->dim[0]) expect_mapped(s, k);
}

/* With what makes one number of it, so that a map may leave more axes on the way. */
static void agree_by_map_of_totals(const saying *s)
{
    agree_by_map(s);
    if (strstr(s->pattern, "total")) return;
    buffer text = {0};
    buffer_printf(&text, "%s total", s->pattern);
    char *pattern = buffer_take(&text);
    saying t = *s;
    t.pattern = pattern;
    agree_by_map(&t);
    free(pattern);
}

static void mapped(const char *pattern, unsigned places, size_t step)
{
    each_choice(pattern, places, step, agree_by_map_of_totals);
}

Test(every_word, means_the_same_item_by_item_and_by_map)
{
    each_said(mapped, 61);
    expect_enough(1000, 1000);
}

static void expect_mapped_twice(const saying *s)
{
    for (unsigned k = 0; k < SAY_PLACES; k++) {
        if (!say_uses(s, k) || s->of[k]->rank < 2 || !s->of[k]->dim[0]) continue;
        char *inner = by_map(s->pattern, k), *row = replaced(inner, k, "row");
        saying all = *s;
        buffer text = {0};
        buffer_printf(&text, "@%u [ -> row %s total ] map", k, row);
        char *pattern = buffer_take(&text);
        all.pattern = pattern;
        const meaning m = say_try(&all);
        free(digits_of(&all, &m));
        free(inner), free(row), free(pattern);
    }
}

static void mapped_twice(const char *pattern, unsigned places, size_t step)
{
    each_choice(pattern, places, step, expect_mapped_twice);
}

Test(every_word, is_refused_or_runs_in_a_map_in_a_map)
{
    each_said(mapped_twice, 23);
    expect_enough(2000, 100);
}

/* --- among real nodes */

enum { BATCH = 40, WIDE_BATCH = 4 };

typedef struct batch {
    saying s[BATCH];
    meaning m[BATCH];
    char *pattern[BATCH];
    size_t len, runs;
    bool active;
    bool wide; /* of numbers for which the field is larger than 127 bits; to divide by secrets takes long there */
    field_request field;
} batch;

static batch pending;

static void expect_as_in_the_clear(const program *p, run_data *d)
{
    launch *l = launch_for(p, 3, 1, false);
    cr_assert_eq(launch_choose_security(l, pending.active, NULL), OK);
    member_run *runs = run_beside_ideal(p, d, l);
    for (size_t i = 0; i < pending.len; i++) {
        const size_t o = p->outputs - pending.len + i;
        const plain *wanted = &d->output[o][0], *got = &runs[0].data->output[o][0];
        const size_t bytes = wanted->len * item_size(wanted->extra);
        char *text = say_text(&pending.s[i]);
        cr_expect(got->len == wanted->len && !memcmp(got->v, wanted->v, bytes), "%s", text);
        free(text);
    }
    expect_price(p, l, runs);
    members_free(runs, p, l);
    launch_free(l);
}

static void run_batch(void)
{
    program *p = say_program(pending.s, pending.m, pending.len, pending.field);
    if (p) {
        run_data *d = say_data(p);
        expect_as_in_the_clear(p, d);
        run_data_free(d, p);
        pending.runs++;
    }
    for (size_t i = 0; i < pending.len; i++) free(pending.pattern[i]);
    program_free(p);
    pending.len = 0;
}

static bool is_wide(const saying *s)
{
    for (unsigned k = 0; k < SAY_PLACES; k++)
        if (say_uses(s, k) && s->of[k]->wide) return true;
    return false;
}

static bool draws(const char *pattern)
{
    return strstr(pattern, "shuffle") || strstr(pattern, "laplace") ||
           strstr(pattern, "gaussian") || strstr(pattern, "coin") || strstr(pattern, "uniform");
}

static void put_off(const saying *s)
{
    const meaning m = say_try(s);
    if (!say_can_run(&m) || draws(s->pattern) || is_wide(s) != pending.wide ||
        (pending.wide && units_of(s->pattern)))
        return;
    char *alone = say_run(s, &m, false);
    const bool fits = alone;
    free(alone);
    if (!fits) return;
    ran++;
    pending.s[pending.len] = *s, pending.m[pending.len] = m;
    pending.s[pending.len].pattern = pending.pattern[pending.len] = strdup(s->pattern);
    if (++pending.len == (pending.wide ? WIDE_BATCH : BATCH)) run_batch();
}

static void among_nodes(const char *pattern, unsigned places, size_t step)
{
    each_choice(pattern, places, step, put_off);
}

static void run_all(size_t step, size_t least)
{
    each_said(among_nodes, step);
    if (pending.len) run_batch();
    expect_enough(500, 40);
    cr_expect_geq(pending.runs, least);
}

Test(every_word, gives_the_ideal_digits_among_nodes)
{
    run_all(13, 20);
}

Test(every_word, gives_the_ideal_digits_among_nodes_in_the_field_of_127_bits)
{
    pending.field.bits = 127;
    run_all(61, 5);
}

Test(every_word, gives_the_ideal_digits_among_nodes_of_wide_numbers)
{
    pending.wide = true;
    run_all(59, 8);
}

Test(every_word, gives_the_ideal_digits_among_nodes_of_wide_numbers_in_active_mode)
{
    pending.wide = pending.active = true;
    run_all(61, 8);
}
