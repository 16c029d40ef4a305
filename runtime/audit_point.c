/* A check point: what is verified, and in which order; see audit.h. What comes first must not pass or fail by a secret:
 * openings are checked before products, and all nodes say that they found nothing before the next thing is opened. */
#include "runtime/audit.h"
#include "runtime/bit_protocol.h"
#include "runtime/gf60.h"

#include <math.h>

#include <openssl/evp.h>
#include <openssl/sha.h>

/* --- what several nodes were dealt alike. The bits that a node deals to the others of a set count as one number of that
 * set; were they different, shares would fit no polynomial, and the values of products would not be bits. */

static bool hears(const box *b, unsigned dealer, unsigned node)
{
    return node != dealer && node_in(nodes_from(b, dealer, b->nodes - b->threshold), node);
}

static void digests_of(job *j, uint8_t digest[NODES_MAX][SHA256_DIGEST_LENGTH])
{
    const box *b = job_box(j);

    for (unsigned k = 0; k < b->nodes; k++) {
        memset(digest[k], 0, SHA256_DIGEST_LENGTH);
        if (job_notes(j)->heard[k] &&
            EVP_DigestFinal_ex(job_notes(j)->heard[k], digest[k], NULL) != 1)
            job_fail(j, E_MEMORY, "libcrypto is out of memory");
    }
}

/* Each pair of nodes compares what both have heard, dealer by dealer. */
static void compare_heard(job *j)
{
    box *b = job_box(j);
    void *mark = job_mark(j);
    uint8_t(*digest)[SHA256_DIGEST_LENGTH], (*mine)[NODES_MAX * SHA256_DIGEST_LENGTH],
        (*theirs)[NODES_MAX * SHA256_DIGEST_LENGTH];

    if (!job_notes(j)->count.heard) return;
    digest = job_bytes(j, NODES_MAX * sizeof *digest);
    mine = job_bytes(j, NODES_MAX * sizeof *mine), theirs = job_bytes(j, NODES_MAX * sizeof *theirs);
    digests_of(j, digest);
    for (unsigned k = 0; box_is_node(b) && k < b->nodes; k++) {
        size_t len = 0;
        for (unsigned dealer = 0; dealer < b->nodes; dealer++) {
            if (k == b->self || !hears(b, dealer, k) || !hears(b, dealer, b->self)) continue;
            memcpy(mine[k] + len, digest[dealer], sizeof *digest);
            len += sizeof *digest;
        }
        job_send(j, k, mine[k], len);
        job_receive(j, k, theirs[k], len);
        memset(mine[k] + len, 0, sizeof *mine - len);
        memset(theirs[k] + len, 0, sizeof *theirs - len);
    }
    job_wait(j);
    for (unsigned k = 0; !b->f->dry && k < b->nodes; k++)
        if (memcmp(mine[k], theirs[k], sizeof *mine) != 0)
            job_fail(j, E_ABORT, "%s was dealt other bits than this node: a node lies",
                     b->launch->name[k]);
    notes_drop_heard(job_notes(j));
    job_release(j, mark);
}

/* --- openings under masks: a node that opened a value did so by t + 1 shares, of which t may be wrong, and t cheaters
 * can make all honest nodes read the same wrong value. Here all n shares of a random combination have to be on one
 * polynomial of degree t, with the combination of the values at 0. */

static size_t place_of(const audit_counts *c, uint32_t receivers)
{
    size_t k = 0;
    while (c->opened_to[k] != receivers) k++;
    return k;
}

/* Adds the combinations of what each set of nodes received, and of its shares. */
static void combine_openings(job *j, void *shares, void *values)
{
    const box *b = job_box(j);
    const notes *n = job_notes(j);
    const field *f = b->f;

    f->fill(f, shares, element_of(0), n->count.openings);
    f->fill(f, values, element_of(0), n->count.openings);
    for (const opening_note *o = n->opening; o && !f->dry; o = o->next) {
        void *mark = job_mark(j), *by = job_vector(j, f, o->len), *sum = job_vector(j, f, 1);
        const size_t set = place_of(&n->count, o->receivers);
        coin_draw(j, f, by, o->len);
        f->matmul(f, sum, by, o->share, 1, o->len, 1);
        f->add(f, field_at(f, shares, set), field_at(f, shares, set), sum, 1);
        if (node_in(o->receivers, b->self)) {
            f->matmul(f, sum, by, o->value, 1, o->len, 1);
            f->add(f, field_at(f, values, set), field_at(f, values, set), sum, 1);
        }
        job_release(j, mark);
    }
}

/* out = those of the sums that node k receives; how many. */
static size_t sums_for(job *j, void *out, const void *sums, unsigned k)
{
    const audit_counts *c = &job_notes(j)->count;
    const field *f = job_box(j)->f;
    size_t found = 0;

    for (size_t i = 0; i < c->openings; i++)
        if (node_in(c->opened_to[i], k))
            f->copy(f, field_at(f, out, found++), field_at(f, sums, i), 1);
    return found;
}

opening_check openings_begin(job *j)
{
    const box *b = job_box(j);
    const field *f = b->f;
    const size_t sets = job_notes(j)->count.openings;
    void *shares = job_vector(j, f, sets), *values = job_vector(j, f, sets);
    opening_check c = {.opened = job_vector(j, f, sets), .wanted = job_vector(j, f, sets)};
    strict_opening *o = &c.on_the_way;

    combine_openings(j, shares, values);
    c.count = sums_for(j, c.wanted, values, b->self);
    *o = (strict_opening){.c = b->audit->field, .out = c.opened, .len = c.count};
    for (unsigned k = 0; box_is_node(b) && k < b->nodes; k++) {
        void *theirs = job_vector(j, f, sets);
        size_t sent = sums_for(j, theirs, shares, k);
        o->share[k] = theirs;
        if (k == b->self) continue;
        o->share[k] = job_vector(j, f, sets);
        job_send(j, k, theirs, sent * f->size);
        job_receive(j, k, o->share[k], c.count * f->size);
    }
    return c;
}

void openings_end(job *j, const opening_check *c)
{
    const field *f = job_box(j)->f;

    strict_end(j, &c->on_the_way, "a masked value");
    if (c->count && !f->dry && memcmp(c->opened, c->wanted, c->count * f->size) != 0)
        job_fail(j, E_ABORT, "a masked value was opened wrong: a node lies");
    notes_drop_openings(job_box(j), job_notes(j));
}

static void verify_openings(job *j)
{
    void *mark = job_mark(j);
    opening_check sums;

    if (!job_notes(j)->count.openings) return;
    toss(j);
    sums = openings_begin(j);
    job_wait(j);
    openings_end(j, &sums);
    job_release(j, mark);
}

/* --- degrees. Of n = 2t + 1 nodes the t + 1 honest ones hold some sharing of degree t whatever they were dealt; of more
 * they may hold none, and errors would depend on secrets. A random combination of all that was dealt, under a mask, has
 * to be on a polynomial of degree t. Bits are dealt set by set, which compare_heard sees to. */

void add_combined(job *j, const field *f, void *sum, const void *share, size_t len)
{
    void *mark = job_mark(j), *by = job_vector(j, f, len), *one = job_vector(j, f, 1);

    coin_draw(j, f, by, len);
    f->matmul(f, one, by, share, 1, len, 1);
    f->add(f, sum, sum, one, 1);
    job_release(j, mark);
}

static void check_degrees(job *j)
{
    const box *b = job_box(j);
    const notes *n = job_notes(j);
    const field *f = b->f;
    void *mark = job_mark(j), *sum = job_vector(j, f, 1);

    if (b->nodes == 2 * b->threshold + 1) return;
    toss(j);
    check_random(j, b->audit->field, sum, 1);
    for (const product_block *p = n->product; p && !f->dry; p = p->next)
        add_combined(j, f, sum, p->z, p->len);
    for (const matrix_note *m = n->matrix; m && !f->dry; m = m->next)
        add_combined(j, f, sum, m->z, m->m ? m->n * m->m : m->n);
    for (const input_note *in = n->input; in && !f->dry; in = in->next)
        add_combined(j, f, sum, in->share, in->len);
    for (const opening_note *o = n->shares; o && !f->dry; o = o->next)
        add_combined(j, f, sum, o->share, o->len);
    open_strictly(j, b->audit->field, sum, sum, 1, "what was dealt");
    job_release(j, mark);
}

/* --- what passes */

unsigned audit_soundness(unsigned q)
{
    /* The first lie has to pass at the check point behind it, or there is no other: however many check points a run has, the
     * chance is that of one. There it passes the parities of the dealer's bits; or a random combination, of which a product
     * meets one with two random factors, or with one for each of POINT_VARIABLES and one more, or with one for each variable
     * of a step and two more, and a row that moved one with two, its weight and that of a column; or one of the steps, by 2
     * of the field's elements for each variable that is folded, of which there are as many as the number of products has
     * bits. */
    enum { PRODUCT_BITS = 48, COMBINATIONS = 16 };
    const double roots = 2 * PRODUCT_BITS + COMBINATIONS;
    const double elements = exp2((double)q - 1), /* of a field of q bits, at least */
        error = exp2(-DEALT_SUBSETS) + roots / elements + roots * exp2(-GF60_BITS);

    return (unsigned)floor(-log2(error));
}

/* --- in their order */

static bool noted(const notes *n)
{
    const audit_counts *c = &n->count;
    return notes_are_whole(n) || c->openings || c->heard || n->inputs;
}

/* What products have to be held by: so many elements besides them are as much. */
enum { ELEMENTS_OF_PRODUCT = 3 };

bool audit_is_full(const audit *a)
{
    const audit_counts *c = &a->now->count;
    return a->steady && (c->products + c->matrix_terms >= a->batch || c->bit_words >= a->batch ||
                         c->kept >= ELEMENTS_OF_PRODUCT * a->batch);
}

size_t batch_items(const job *j, size_t products)
{
    const audit *a = job_box(j)->audit;

    if (!a || !a->steady || !products) return SIZE_MAX;
    return products < a->batch ? a->batch / products : 1;
}

size_t batch_of_jobs(const box *b)
{
    enum { NOTED_OF_ITEM = 2 }; /* as products, about: a comparison three of its three items */

    return b->audit && b->audit->steady ? b->audit->batch / NOTED_OF_ITEM : SIZE_MAX;
}

/* How often `by` can be added to `have` and is below `most` even after one time more. */
static uint64_t additions(size_t have, size_t by, size_t most)
{
    if (!by) return UINT64_MAX;
    return have + by < most ? (most - 1 - have - by) / by : 0;
}

uint64_t audit_repeats(const audit *a, const audit_counts *since, bool on)
{
    const audit_counts *now = &a->now->count;
    const size_t products = now->products + now->matrix_terms,
                 before = since->products + since->matrix_terms;
    if (now->openings != since->openings) return 0;
    if (!on) return memcmp(now, since, sizeof *now) == 0 ? UINT64_MAX : 0;
    if (!a->steady) return UINT64_MAX;
    const uint64_t times[] = {
        additions(products, products - before, a->batch),
        additions(now->bit_words, now->bit_words - since->bit_words, a->batch),
        additions(now->kept, now->kept - since->kept, ELEMENTS_OF_PRODUCT * a->batch)};
    uint64_t again = times[0];

    for (size_t k = 1; k < sizeof times / sizeof *times; k++)
        if (times[k] < again) again = times[k];
    return again;
}

static bool was_dealt(const notes *n)
{
    for (unsigned k = 0; k < NODES_MAX; k++)
        if (n->count.dealt_by[k]) return true;
    return false;
}

void verify_noted(job *j)
{
    notes *n = job_notes(j);

    n->checking = true;
    compare_heard(j);
    if (was_dealt(n))
        verify_dealt(j);
    else
        verify_openings(j);
    check_degrees(j);
    verify_products(j);
    all_have_come(j);
    n->fitting = n->inputs;
    notes_drop_heard(n); /* of bits that the checks dealt, and opened by all shares */
    n->checking = false;
}

static void expect_all_noted(job *j)
{
    if (job_notes(j)->unnoted) job_fail(j, E_BUG, "products are used that nobody checks");
}

void check_point(job *j)
{
    audit *a = job_box(j)->audit;
    void *mark = job_mark(j);
    const bool with_inputs = a->now->inputs && !a->checking_inputs;
    const input_checks *inputs = NULL;

    expect_all_noted(j);
    job_await_behind(j, AWAITS_ALL);
    if (!noted(a->now)) return;
    a->points++;
    if (with_inputs) {
        a->checking_inputs = true; /* long comparisons have check points in between */
        inputs = begin_input_checks(j);
        job_await_behind(j, AWAITS_ALL);
    }
    verify_noted(j);
    if (with_inputs) {
        end_input_checks(j, inputs);
        a->checking_inputs = false;
    }
    job_release(j, mark);
    scratch_settle(job_box(j)->memory);
}

/* What is noted rests on no input of which this is not known. */
static bool inputs_are_shared(const job *j)
{
    const box *b = job_box(j);
    const notes *n = job_notes(j);

    if (!n->inputs) return true;
    return b->audit->checking_inputs &&
           (n->fitting == n->inputs || b->nodes == 2 * b->threshold + 1);
}

void check_batch(job *j)
{
    failure err = {0};

    if (!inputs_are_shared(j)) {
        check_point(j);
        return;
    }
    expect_all_noted(j);
    job_await_behind(j, AWAITS_ROOM);
    job_check(j, box_verify_behind(job_box(j), &err), &err);
}

void check_when_full(job *j)
{
    const notes *n = job_notes(j);

    if (!n || n->checking || n->unnoted || !job_is_alone(j) || !audit_is_full(job_box(j)->audit))
        return;
    check_batch(j);
}
