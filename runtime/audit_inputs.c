/* What an owner shared is what its declaration says: a bool is 0 or 1, a number in its range. Checked by the protocols
 * themselves before anything is revealed: privacy rests on it, for what is revealed is only what the program says while its
 * inputs are what it says. It may be computed of them before, as of products that nobody has verified: whatever is opened
 * until then is under masks of the whole field. Who shared a value outside is named. */
#include "runtime/audit.h"
#include "runtime/bit_protocol.h"
#include "runtime/gf60.h"

/* Of one owner's numbers: `len` among all, from `at` on, of what has to be 0 of numbers. */
typedef struct range_check {
    unsigned home;
    size_t at, len;
} range_check;

/* Of one owner's bools b a random combination of b (b - 1), which is 0: shares of it, and what it is a product of. */
typedef struct bool_check {
    unsigned home;
    size_t len;
    void *weighed, *less; /* b times its random weight, b - 1 */
} bool_check;

/* What has to be 0 of everyone. */
struct input_checks {
    const check_field *of; /* what is said of numbers, */
    wires outside;         /* as bits, of each several; or, where bits do not serve, */
    void *sign;            /* as numbers: of each two */
    const range_check *range;
    size_t ranges;
    const bool_check *bools;
    void *products; /* [bool_checks] */
    size_t bool_checks;
};

/* The sum of one owner's bits of all wires, which count with random elements of their own besides. */
static uint64_t combine_wires(job *j, const field *f, wires x, const range_check *of)
{
    uint64_t *by = job_vector(j, f, 2 * words_of(of->len)), *wire_by = job_vector(j, f, x.count),
             sum = 0;

    coin_draw(j, f, by, 2 * words_of(of->len));
    coin_draw(j, f, wire_by, x.count);
    for (size_t k = 0; k < x.count; k++)
        sum ^= gf60_times(wire_by[k], bit_sum_of_wire(j, wire_at(x, k), by, of->at, of->len));
    return sum;
}

/* sum = shares of a random combination of what is said of one owner's numbers: 0 when all of it is 0. */
static void combine_said(job *j, void *sum, const input_checks *c, const range_check *of)
{
    const field *f = c->of->f;
    void *mark = job_mark(j);

    if (f->binary) {
        *(uint64_t *)sum = combine_wires(j, f, c->outside, of);
    } else {
        f->fill(f, sum, element_of(0), 1);
        add_combined(j, f, sum, field_at(f, c->sign, of->at), of->len);
    }
    job_release(j, mark);
}

static void name_owner(job *j, unsigned home)
{
    job_fail(j, E_ABORT, "%s shared a value outside of what the program declares",
             job_box(j)->launch->name[home]);
}

static void expect_within(job *j, const input_checks *c)
{
    const box *b = job_box(j);
    const field *f = c->of->f;
    void *mark = job_mark(j), *sum = job_vector(j, f, c->ranges);
    strict_opening signs, products;

    if (c->ranges) toss(j);
    for (size_t k = 0; sum && k < c->ranges; k++)
        combine_said(j, field_at(f, sum, k), c, &c->range[k]);
    signs = strict_begin(j, c->of, sum, sum, c->ranges);
    products = strict_begin(j, b->audit->field, c->products, c->products, c->bool_checks);
    job_wait(j);
    strict_end(j, &signs, "a check of inputs");
    strict_end(j, &products, "a check of inputs");
    for (size_t k = 0; sum && k < c->ranges; k++)
        if (!element_equal(check_element(f, sum, k), element_of(0)))
            name_owner(j, c->range[k].home);
    for (size_t k = 0; !b->f->dry && k < c->bool_checks; k++)
        if (!b->f->has_zero(b->f, field_at(b->f, c->products, k), 1))
            name_owner(j, c->bools[k].home);
    job_release(j, mark);
}

/* --- what owners who are not there have submitted. Each owner chose all of its shares by itself, before the session;
 * were they on no polynomial of degree t, the checks to come would fail, and an honest node be suspected. So of each one's
 * a random combination, under a mask, is opened by the shares of all first. */

static bool submitted_some(job *j, unsigned home)
{
    for (const input_note *in = job_notes(j)->input; in; in = in->next)
        if (in->home == home && in->len) return true;
    return false;
}

static void combine_submitted(job *j, void *sum, unsigned home)
{
    const field *f = job_box(j)->f;

    for (const input_note *in = job_notes(j)->input; in && !f->dry; in = in->next)
        if (in->home == home) add_combined(j, f, sum, in->share, in->len);
}

static void check_submitted(job *j)
{
    const box *b = job_box(j);
    const field *f = b->f;
    void *mark = job_mark(j), *sum = job_vector(j, f, b->launch->absent);
    unsigned *home = job_bytes(j, (b->launch->absent + 1) * sizeof *home), owners = 0;
    strict_opening opened;
    size_t odd;

    for (unsigned k = b->members; k < b->members + b->launch->absent; k++)
        if (submitted_some(j, k)) home[owners++] = k;
    if (owners) {
        toss(j);
        check_random(j, b->audit->field, sum, owners);
        for (unsigned k = 0; k < owners; k++) combine_submitted(j, field_at(f, sum, k), home[k]);
        opened = strict_begin(j, b->audit->field, NULL, sum, owners);
        job_wait(j);
        if ((odd = strict_misfit(j, &opened)) < owners)
            job_fail(j, E_ABORT, "what %s submitted does not fit together: it lies, or a node does",
                     b->launch->name[home[odd]]);
    }
    job_release(j, mark);
}

/* Whether it is a number that is not any one of the field. */
static bool has_ends(const input_note *in)
{
    return in->kind != KIND_BOOL && !in->any;
}

/* One owner's numbers after the other's, of each of which so much is said; how much of all. */
static size_t gather_checks(const notes *n, input_checks *c, range_check *of, size_t each)
{
    size_t at = 0;

    c->range = of;
    for (const input_note *in = n->input; in; in = in->next) {
        if (!has_ends(in) || !in->len) continue;
        of[c->ranges++] = (range_check){.home = in->home, .at = at, .len = each * in->len};
        at += each * in->len;
    }
    return at;
}

static bool_check weigh_bools(job *j, const input_note *in)
{
    const field *f = job_box(j)->f;
    bool_check c = {.home = in->home, .len = in->len};

    c.weighed = job_vector(j, f, in->len), c.less = job_vector(j, f, in->len);
    coin_draw(j, f, c.weighed, in->len);
    f->mul(f, c.weighed, c.weighed, in->share, in->len);
    f->add_constant(f, c.less, in->share, field_minus(f, element_of(0), element_of(1)), in->len);
    return c;
}

/* One product for each owner, of all its bools. */
static void multiply_bools(job *j, const bool_check *of, void *products, size_t count)
{
    const field *f = job_box(j)->f;
    void *mark = job_mark(j), *z = job_vector(j, f, count);

    for (size_t k = 0; k < count; k++)
        f->matmul(f, field_at(f, z, k), of[k].weighed, of[k].less, 1, of[k].len, 1);
    reshare(j, products, z, count);
    for (size_t k = 0; k < count; k++)
        note_sums(j, of[k].weighed, of[k].less, field_at(f, products, k), 1, of[k].len, 1);
    job_release(j, mark);
}

static void combine_bools(job *j, input_checks *c)
{
    const notes *n = job_notes(j);
    bool_check *of = job_bytes(j, (n->inputs + 1) * sizeof *of);

    c->bools = of, c->products = job_vector(j, job_box(j)->f, n->inputs);
    for (const input_note *in = n->input; in; in = in->next) {
        if (in->kind != KIND_BOOL || !in->len) continue;
        if (!c->bool_checks) toss(j);
        of[c->bool_checks++] = weigh_bools(j, in);
    }
    if (c->bool_checks) multiply_bools(j, of, c->products, c->bool_checks);
}

/* x - lo of all, and hi - lo + 1, which is above each. */
static void load_differences(const notes *n, const field *f, void *difference, void *end)
{
    for (const input_note *in = n->input; in; in = in->next) {
        if (!has_ends(in)) continue;
        f->add_constant(f, difference, in->share, field_minus(f, element_of(0), in->lo), in->len);
        f->fill(f, end, field_plus(f, in->span, element_of(1)), in->len);
        difference = field_at(f, difference, in->len), end = field_at(f, end, in->len);
    }
}

/* The bits of the widest range's end: more than others need serve them too, and all are compared in the same rounds. */
static unsigned most_bits(const notes *n, const field *f)
{
    unsigned most = 0;

    for (const input_note *in = n->input; in; in = in->next) {
        const unsigned bits = element_bits(field_plus(f, in->span, element_of(1)));
        if (has_ends(in) && in->len && bits > most) most = bits;
    }
    return most;
}

static void compare_by_bits(job *j, input_checks *c, size_t all)
{
    const box *b = job_box(j);
    const unsigned bits = most_bits(job_notes(j), b->edge);
    void *difference = job_vector(j, b->f, all), *end = job_vector(j, b->f, all);

    load_differences(job_notes(j), b->f, difference, end);
    c->outside = job_wires(j, below_wires(b, bits), words_of(all));
    bits_below(j, c->outside, difference, end, bits, all);
}

/* signs = x - lo, then hi - x, of all. */
static void load_distances(const notes *n, const field *f, void *signs)
{
    for (const input_note *in = n->input; in; in = in->next) {
        if (!has_ends(in)) continue;
        void *below = signs, *above = field_at(f, signs, in->len);
        f->add_constant(f, below, in->share, field_minus(f, element_of(0), in->lo), in->len);
        f->scale(f, above, below, field_minus(f, element_of(0), element_of(1)), in->len);
        f->add_constant(f, above, above, in->span, in->len);
        signs = field_at(f, signs, 2 * in->len);
    }
}

static void compare_signs(job *j, input_checks *c, size_t all)
{
    const box *b = job_box(j);

    c->sign = job_vector(j, b->f, all);
    load_distances(job_notes(j), b->f, c->sign);
    is_negative(j, c->sign, c->sign, all);
}

static void compare_numbers(job *j, input_checks *c)
{
    const box *b = job_box(j);
    const notes *n = job_notes(j);
    range_check *of = job_bytes(j, (n->inputs + 1) * sizeof *of);
    const size_t all = gather_checks(n, c, of, b->bits ? 1 : 2);

    c->of = b->bits ? b->audit->lifted : b->audit->field;
    if (all) (b->bits ? compare_by_bits : compare_signs)(j, c, all);
}

const input_checks *begin_input_checks(job *j)
{
    input_checks *c = job_zeros(j, sizeof *c);

    check_submitted(j);
    combine_bools(j, c);
    compare_numbers(j, c);
    return c;
}

void end_input_checks(job *j, const input_checks *c)
{
    if (c->ranges || c->bool_checks) expect_within(j, c);
    notes_drop_inputs(job_box(j), job_notes(j));
}
