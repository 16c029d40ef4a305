/* What active mode must not give away: orders and bits that somebody could foresee, randomness that is used twice, shares
 * that tell an outside receiver more than its output, keys that stay in memory after a failure. */
#include "lies.h"

#include <criterion/criterion.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* --- orders */

enum { TABLES = 600, ROWS = 3, ORDERS = 6 };

static program *many_shuffles(void)
{
    program *p = program_begin(61, 1);
    num row[TABLES * ROWS];

    for (size_t k = 0; k < TABLES * ROWS; k++) row[k] = (num)(k % ROWS);
    uint32_t x = program_constant(p, row, TABLES * ROWS);
    program_reveal(p, PARTY_ALL,
                   program_op(p, OP_SHUFFLE, TABLES * ROWS, &x, 1, (int64_t[]){ROWS, 1}, 2));
    return p;
}

/* The run of an honest program, whose first output is the caller's to look at. */
static member_run *honest_run(const trial *t, lie *l)
{
    member_run *runs;

    *l = (lie){.liars = (1u << t->l->members) - 1,
               .elsewhere = true}; /* outputs are drawn: none is right */
    runs = run_lied_to(t, l);
    for (unsigned k = 0; k < t->l->members; k++)
        cr_assert_eq(runs[k].st, OK, "%s", runs[k].err.text);
    return runs;
}

Test(attacks, shuffles_that_are_checked_are_not_biased)
{
    enum { LIMIT = 56 }; /* chi-square of 5 degrees of freedom: 10^-10 */
    for (unsigned n = 3; n < 6; n++) {
        trial t = trial_of(many_shuffles(), n, (n - 1) / 2);
        lie l;
        member_run *runs = honest_run(&t, &l);
        const num *x = runs[0].data->output[0][0].v;
        size_t seen[ROWS * ROWS] = {0};
        double chi = 0, each = (double)TABLES / ORDERS;
        for (size_t k = 0; k < TABLES; k++, x += ROWS) {
            cr_assert_eq(x[0] + x[1] + x[2], 3, "all rows are there");
            seen[x[0] * ROWS + x[1]]++;
        }
        for (size_t a = 0; a < ROWS; a++)
            for (size_t b = 0; b < ROWS; b++)
                if (a != b)
                    chi += ((double)seen[a * ROWS + b] - each) *
                           ((double)seen[a * ROWS + b] - each) / each;
        cr_assert_lt(chi, LIMIT, "n = %u: chi-square %f", n, chi);
        members_free(runs, t.p, t.l);
        trial_end(&t);
    }
}

/* --- bits */

enum { BITS = 4000 };

static program *coins(void)
{
    program *p = program_begin(61, 1);
    uint32_t a = program_op(p, OP_RANDOM, BITS, NULL, 0, NULL, 0);
    uint32_t b = program_op(p, OP_RANDOM, BITS, NULL, 0, NULL, 0);
    program_reveal(
        p, PARTY_ALL,
        program_op(p, OP_ADD, BITS,
                   (uint32_t[]){a, program_op(p, OP_ADD, BITS, (uint32_t[]){b, b}, 2, NULL, 0)}, 2,
                   NULL, 0));
    return p;
}

/* Of 4000 pairs of bits each pair comes as often: what is drawn is fair, and drawn anew. */
Test(attacks, random_bits_that_are_checked_are_fair)
{
    enum { LIMIT = 51 }; /* chi-square of 3 degrees of freedom: 10^-10 */
    for (unsigned n = 3; n < 6; n++) {
        trial t = trial_of(coins(), n, (n - 1) / 2);
        lie l;
        member_run *runs = honest_run(&t, &l);
        size_t seen[4] = {0};
        double chi = 0;
        for (size_t k = 0; k < BITS; k++) {
            num v = runs[0].data->output[0][0].v[k];
            cr_assert(v >= 0 && v < 4);
            seen[v]++;
        }
        for (size_t k = 0; k < 4; k++)
            chi += ((double)seen[k] - BITS / 4.0) * ((double)seen[k] - BITS / 4.0) / (BITS / 4.0);
        cr_assert_lt(chi, LIMIT, "n = %u: chi-square %f", n, chi);
        members_free(runs, t.p, t.l);
        trial_end(&t);
    }
}

static program *coins_squared(void)
{
    program *p = program_begin(61, 1);
    uint32_t a = program_op(p, OP_RANDOM, 8, NULL, 0, NULL, 0);
    uint32_t b = program_op(p, OP_MUL, 8, (uint32_t[]){a, a}, 2, NULL, 0);
    program_reveal(p, PARTY_ALL, program_op(p, OP_SUB, 8, (uint32_t[]){a, b}, 2, NULL, 0));
    return p;
}

/* What a node puts into random bits is checked: were one a 5, programs would compute with it. */
Test(attacks, a_random_bit_that_is_none)
{
    lie l = lie_of_node(0, ABOUT_SECRET, STEP_BIT_PAIRS, add_to_first, 5);
    l.most = 1;
    for (unsigned n = 3; n < 6; n++) expect_each_liar_caught(coins_squared, n, (n - 1) / 2, l, "");
}

/* --- streams */

enum { STREAMS_MOST = 4096 };

typedef struct opened {
    pthread_t member;
    uint8_t key[KEY_BYTES];
    char purpose[16];
    uint64_t index;
} opened;

static opened all_opened[STREAMS_MOST];
static size_t streams;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

static void note_stream(const uint8_t key[KEY_BYTES], const char *purpose, uint64_t index)
{
    if (!strcmp(purpose, "output"))
        return; /* drawn from once to mask an output, and again to take the mask off */
    pthread_mutex_lock(&lock);
    if (streams < STREAMS_MOST) {
        opened *o = &all_opened[streams++];
        o->member = pthread_self(), o->index = index;
        memcpy(o->key, key, KEY_BYTES);
        snprintf(o->purpose, sizeof o->purpose, "%s", purpose);
    }
    pthread_mutex_unlock(&lock);
}

/* Places of a stream are taken once each (stream.h); so it must not be opened twice, by the same node, not in any run. */
Test(attacks, no_stream_is_used_twice)
{
    watch_streams(note_stream);
    for (size_t run = 0; run < 2; run++) {
        trial t = trial_of(program_of_one(OP_FLOOR), 4, 1);
        lie l = {.liars = 0};
        const size_t before = streams;
        member_run *runs = run_lied_to(&t, &l);
        for (size_t i = before; i < streams; i++)
            for (size_t k = 0; k < i; k++) {
                const opened *a = &all_opened[i], *b = &all_opened[k];
                bool same = a->index == b->index && !strcmp(a->purpose, b->purpose) &&
                            !memcmp(a->key, b->key, KEY_BYTES);
                cr_assert(!same || (k >= before && a->member != b->member), "\"%s\" twice",
                          a->purpose);
            }
        members_free(runs, t.p, t.l);
        trial_end(&t);
    }
    watch_streams(NULL);
    cr_assert_gt(streams, 100);
    cr_assert_lt(streams, STREAMS_MOST);
}

/* --- an outside receiver is sent shares of all nodes, that is, whole polynomials: what they say beyond the output has to be
 * uniform, whatever the inputs are */

enum { ITEMS = 2048, CELLS = 64 };

static program *told_to_an_outsider(opcode op)
{
    program *p = program_begin(61, 1);
    uint32_t x = program_input(p, 0, KIND_INT, ITEMS), y = program_input(p, 1, KIND_INT, ITEMS);
    int64_t bits = 4;
    uint32_t z = op == OP_FLOOR     ? program_op(p, op, ITEMS, &x, 1, &bits, 1)
                 : op == OP_SHUFFLE ? program_op(p, op, ITEMS, &x, 1, (int64_t[]){ITEMS, 1}, 2)
                                    : program_op(p, op, ITEMS, (uint32_t[]){x, y}, 2, NULL, 0);
    program_reveal(p, 0, z);
    return p;
}

Test(attacks, an_outside_receiver_learns_its_output_and_no_more)
{
    static const opcode ops[] = {OP_MUL, OP_ADD, OP_LT, OP_EQ, OP_FLOOR, OP_SHUFFLE};
    enum { LIMIT = 156 }; /* chi-square of 63 degrees of freedom: 10^-9 */

    for (size_t i = 0; i < sizeof ops / sizeof *ops; i++) {
        trial t = trial_of(told_to_an_outsider(ops[i]), 3, 1);
        lie l = {.liars = 0};
        size_t seen[CELLS] = {0};
        double chi = 0, each = (double)ITEMS / CELLS;
        for (uint32_t k = 0; k < 2; k++) /* the same secret in each item */
            for (size_t m = 0; m < ITEMS; m++) t.d->input[k][0].v[m] = 1000 + k;
        l.liars = (1u << t.l->members) - 1, l.elsewhere = l.wants_outputs = true;
        member_run *runs = run_lied_to(&t, &l);
        for (unsigned m = 0; m < 3; m++) cr_assert_null(runs[m].data->output[0][0].v);
        cr_assert_not_null(runs[3].data->output[0][0].v);
        for (size_t k = 0; k < ITEMS; k++) { /* a polynomial of degree 1, by its slope */
            uint64_t p = field_p61.p.limb[0], slope = (l.output[1][k] + p - l.output[0][k]) % p;
            seen[slope % CELLS]++;
        }
        for (size_t c = 0; c < CELLS; c++)
            chi += ((double)seen[c] - each) * ((double)seen[c] - each) / each;
        cr_assert_lt(chi, LIMIT, "%s: chi-square %f", opcode_rows[ops[i]].name, chi);
        for (unsigned m = 0; m < 3; m++) free(l.output[m]);
        members_free(runs, t.p, t.l);
        trial_end(&t);
    }
}

/* --- keys */

enum { FLIPPED = 0xff };

static uint8_t hidden_keys[STREAMS_MOST][KEY_BYTES]; /* each byte flipped, so that this is no place where they are found */
static size_t hidden;

static void hide_key(const uint8_t key[KEY_BYTES], const char *purpose, uint64_t index)
{
    (void)index;
    if (!strcmp(purpose, "field") || !strcmp(purpose, "lifted"))
        return; /* some are of challenges, which all know */
    pthread_mutex_lock(&lock);
    for (size_t k = 0; hidden < STREAMS_MOST && k < KEY_BYTES; k++)
        hidden_keys[hidden][k] = key[k] ^ FLIPPED;
    if (hidden < STREAMS_MOST) hidden++;
    pthread_mutex_unlock(&lock);
}

/* Whether half of a key is in a stretch of memory. Keys stand at any address. */
static const uint8_t *key_within(const uint8_t *from, const uint8_t *to)
{
    static bool first_bytes[1 << 16];

    for (size_t k = 0; k < hidden; k++)
        first_bytes[(hidden_keys[k][0] ^ FLIPPED) | (hidden_keys[k][1] ^ FLIPPED) << 8] = true;
    for (const uint8_t *at = from; at + KEY_BYTES <= to; at++) {
        if (!first_bytes[at[0] | (size_t)at[1] << 8]) continue;
        for (size_t k = 0; k < hidden; k++) {
            size_t same = 0;
            while (same < KEY_BYTES / 2 && (at[same] ^ hidden_keys[k][same]) == FLIPPED) same++;
            if (same == KEY_BYTES / 2) return at;
        }
    }
    return NULL;
}

static void expect_no_key_in_memory(void)
{
    FILE *maps = fopen("/proc/self/maps", "r");
    char line[512];

    cr_assert_not_null(maps);
    while (fgets(line, sizeof line, maps)) {
        unsigned long from, to;
        char rights[8];
        if (sscanf(line, "%lx-%lx %7s", &from, &to, rights) != 3 || strncmp(rights, "rw", 2) != 0)
            continue;
        if (strstr(line, "[v")) continue; /* not memory of this process */
        cr_assert_null(key_within((const uint8_t *)from, (const uint8_t *)to),
                       "a key is left in %s", line);
    }
    fclose(maps);
}

Test(attacks, no_key_stays_in_memory_after_a_failure)
{
#ifdef __SANITIZE_ADDRESS__
    cr_skip_test("memory is full of what the sanitizer keeps");
#endif
    watch_streams(hide_key);
    expect_caught(program_of_one(OP_FLOOR), 3, 1,
                  lie_of_node(0, ABOUT_OPENING, STEP_VERIFY_PRODUCTS, flip_first, 1), "");
    expect_caught(program_of_products(), 3, 1,
                  lie_of_node(0, ABOUT_OPENING, STEP_OUTPUTS, add_to_first, 1), "");
    watch_streams(NULL);
    cr_assert_gt(hidden, 50);
    expect_no_key_in_memory();
}

Test(attacks, a_key_that_stays_in_memory_is_found)
{
    uint8_t *kept = malloc(KEY_BYTES);
    for (size_t k = 0; k < KEY_BYTES; k++) kept[k] = (uint8_t)(3 * k + 41);
    hide_key(kept, "deal", 0);
    cr_assert_not_null(key_within(kept, kept + KEY_BYTES));
    free(kept);
}
