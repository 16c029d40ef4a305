/* What an owner shared is what its declaration says: a bool is 0 or 1, a number in its range. Checked by the protocols
 * themselves before anything is revealed: privacy rests on it, for what is revealed is only what the program says while its
 * inputs are what it says. It may be computed of them before, as of products that nobody has verified: whatever is opened
 * until then is under masks of the whole field. Who shared a value outside is named. */
#include "runtime/audit.h"
#include "runtime/bit_protocol.h"
#include "runtime/gf60.h"

/* Of one owner's numbers: 2 len signs, none of which may be negative. */
typedef struct range_check {
    unsigned home;
    size_t at, len; /* among all */
} range_check;

/* Of one owner's bools b a random combination of b (b - 1), which is 0: shares of it, and what it is a product of. */
typedef struct bool_check {
    unsigned home;
    size_t len;
    void *weighed, *less; /* b times its random weight, b - 1 */
} bool_check;

/* signs = x - lo, then hi - x. */
static void distances(const field *f, void *signs, const input_note *in)
{
    void *below = signs, *above = field_at(f, signs, in->len);

    f->add_constant(f, below, in->share, field_minus(f, element_of(0), element_of_wide(f, in->lo)),
                    in->len);
    f->scale(f, above, in->share, field_minus(f, element_of(0), element_of(1)), in->len);
    f->add_constant(f, above, above, element_of_wide(f, in->hi), in->len);
}

/* What has to be 0 of everyone. */
struct input_checks {
    const check_field *of; /* signs */
    wire negative;         /* of numbers, as bits; or */
    void *sign;            /* where bits do not serve, numbers */
    const range_check *range;
    size_t ranges;
    const bool_check *bools;
    void *products; /* [bool_checks] */
    size_t bool_checks;
};

/* sum = shares of a random combination of one owner's signs: 0 when all are 0. */
static void combine_signs(job *j, void *sum, const input_checks *c, const range_check *of)
{
    const field *f = c->of->f;
    void *mark = job_mark(j);

    if (f->binary) {
        uint64_t *by = job_vector(j, f, 2 * words_of(of->len));
        coin_draw(j, f, by, 2 * words_of(of->len));
        *(uint64_t *)sum = bit_sum_of_wire(j, c->negative, by, of->at, of->len);
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
        combine_signs(j, field_at(f, sum, k), c, &c->range[k]);
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

/* One owner's numbers after the other's. */
static size_t gather_checks(const notes *n, range_check *of)
{
    size_t count = 0, at = 0;

    for (const input_note *in = n->input; in; in = in->next) {
        if (!has_ends(in) || !in->len) continue;
        of[count++] = (range_check){.home = in->home, .at = at, .len = 2 * in->len};
        at += 2 * in->len;
    }
    return count;
}

static void load_distances(const notes *n, const field *f, void *signs)
{
    for (const input_note *in = n->input; in; in = in->next) {
        if (!has_ends(in)) continue;
        distances(f, signs, in);
        signs = field_at(f, signs, 2 * in->len);
    }
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
        note_sums(j, of[k].weighed, of[k].less, field_at(f, products, k), 1, of[k].len);
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

static void compare_numbers(job *j, input_checks *c)
{
    const box *b = job_box(j);
    const notes *n = job_notes(j);
    range_check *of = job_bytes(j, (n->inputs + 1) * sizeof *of);
    size_t all;

    c->of = b->bits ? b->audit->lifted : b->audit->field;
    c->range = of, c->ranges = gather_checks(n, of);
    all = c->ranges ? of[c->ranges - 1].at + of[c->ranges - 1].len : 0;
    c->sign = job_vector(j, b->f, all);
    load_distances(n, b->f, c->sign);
    if (b->bits) c->negative = wire_at(job_wires(j, 1, words_of(all)), 0);
    if (all && b->bits) bits_negative(j, c->negative, c->sign, all);
    if (all && !b->bits) is_negative(j, c->sign, c->sign, all);
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
