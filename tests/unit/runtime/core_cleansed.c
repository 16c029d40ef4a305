/* Nothing that a node received or sent, parts of keys and shares, is in a block that it freed, also when the run failed.
 * tests/hosts/secrets.py looks for inputs, results and keys in whole processes. */
#include "core_help.h"

#include "runtime/gf60.h"

#include <criterion/criterion.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

enum { ITEMS = 64, SMALL = 48 };

/* Blocks as they were when they were freed, one after the other. */
typedef struct graveyard {
    pthread_mutex_t lock;
    uint64_t *word;
    size_t words, cap;
} graveyard;

/* The C library's own, which the parentheses keep from being those of vm/memory.h. */
static void bury(graveyard *g, const void *freed, size_t size)
{
    const size_t words = size / sizeof *g->word;

    pthread_mutex_lock(&g->lock);
    if (g->words + words > g->cap) {
        g->cap = 2 * (g->words + words);
        g->word = (realloc)(g->word, g->cap * sizeof *g->word);
    }
    memcpy(g->word + g->words, freed, words * sizeof *g->word);
    g->words += words;
    pthread_mutex_unlock(&g->lock);
}

/* As moot_options.alloc; what is resized always moves. */
static void *keeping(void *user, void *old, size_t old_size, size_t new_size)
{
    void *fresh = new_size ? (malloc)(new_size) : NULL;

    if (old && fresh) memcpy(fresh, old, old_size < new_size ? old_size : new_size);
    if (old) bury(user, old, old_size);
    (free)(old);
    return fresh;
}

static int by_size(const void *a, const void *b)
{
    const uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return (x > y) - (x < y);
}

/* All words that were sent, sorted. */
static uint64_t *words_of(tapes *sent, size_t *len)
{
    uint64_t *all = NULL;

    *len = 0;
    for (unsigned from = 0; from <= NODES_MAX; from++)
        for (unsigned to = 0; to <= NODES_MAX; to++) {
            const tape *t = &(*sent)[from][to];
            if (!t->len) continue;
            all = realloc(all, (*len + t->len / sizeof *all) * sizeof *all);
            memcpy(all + *len, t->data, t->len / sizeof *all * sizeof *all);
            *len += t->len / sizeof *all;
        }
    qsort(all, *len, sizeof *all, by_size);
    return all;
}

/* Words below 2^SMALL; and elements of GF(4) in GF(2^60), as which three nodes send shares of bits: there are four, and by
 * the same the nodes count in what is shared. */
static bool is_there_by_chance(uint64_t word)
{
    for (gf2m x = 0; x < 4; x++)
        if (word == gf60_lift(2, x)) return true;
    return !(word >> SMALL);
}

static size_t found_again(const graveyard *g, tapes *sent)
{
    size_t len, found = 0;
    uint64_t *all = words_of(sent, &len);

    cr_assert_gt(len, ITEMS);
    for (size_t k = 0; k < g->words; k++)
        found +=
            !is_there_by_chance(g->word[k]) && bsearch(&g->word[k], all, len, sizeof *all, by_size);
    free(all);
    return found;
}

/* Runs p among three with all memory watched; when it ends, how many words of what was sent are left in it. */
static size_t left_behind(program *p, bool active, tamperer *with, graveyard *g)
{
    static tapes sent;
    const memory_source source = {keeping, g};
    launch *l = launch_for(p, 3, 1, false);
    run_data *d = run_data_new(p);
    size_t found;

    l->active = active;
    program_ranges(p, 20);
    for (uint32_t k = 0; k < p->inputs; k++) fill_input(p, d, k, 20, NULL, 0);
    record(&sent);
    tamper(with, NULL);
    members_use(&source);
    member_run *runs = run_members(p, l, d->input);
    members_use(NULL);
    tamper(NULL, NULL);
    record(NULL);
    for (unsigned k = 0; k < l->members; k++)
        cr_assert_eq(runs[k].st == OK, with == NULL, "%s", runs[k].err.text);
    members_free(runs, p, l);
    found = found_again(g, &sent);
    tapes_free(&sent);
    run_data_free(d, p);
    launch_free(l);
    return found;
}

static program *of_everything(void)
{
    program *p = program_begin(61, 1);
    uint32_t x = program_input(p, 0, KIND_INT, ITEMS), y = program_input(p, 1, KIND_INT, ITEMS);
    uint32_t z = program_op(p, OP_MUL, ITEMS, (uint32_t[]){x, y}, 2, NULL, 0);

    program_reveal(p, PARTY_ALL, program_op(p, OP_LT, ITEMS, (uint32_t[]){x, z}, 2, NULL, 0));
    program_reveal(p, 0, z);
    return p;
}

static void expect_nothing_left(bool active, tamperer *with)
{
    graveyard g = {.lock = PTHREAD_MUTEX_INITIALIZER};
    program *p = of_everything();

    cr_expect_eq(left_behind(p, active, with, &g), 0);
    cr_expect_gt(g.words, 1000, "only %zu words were freed", g.words);
    (free)(g.word);
    program_free(p);
}

Test(cleansed, are_shares_and_keys_after_a_run)
{
    expect_nothing_left(false, NULL);
    expect_nothing_left(true, NULL);
}

/* One message of the first node comes cut short. */
static fate cut(void *arg, unsigned from, unsigned to, uint8_t *payload, size_t len)
{
    static unsigned messages;

    (void)arg, (void)to, (void)payload, (void)len;
    return from == 0 && ++messages == 12 ? FATE_SHORT : FATE_ARRIVES;
}

Test(cleansed, are_shares_and_keys_after_a_failure)
{
    expect_nothing_left(false, cut);
}

Test(cleansed, what_is_not_is_found)
{
    graveyard g = {.lock = PTHREAD_MUTEX_INITIALIZER};
    static tapes sent;
    uint64_t word[2 * ITEMS];

    for (size_t k = 0; k < 2 * ITEMS; k++) word[k] = (k + 1) << SMALL;
    sent[0][1] = (tape){.data = (uint8_t *)word, .len = sizeof word};
    (free)(keeping(&g, (malloc)(8), 8, 16));
    cr_expect_eq(found_again(&g, &sent), 0);
    bury(&g, &word[5], sizeof *word);
    cr_expect_eq(found_again(&g, &sent), 1);
    (free)(g.word);
}
