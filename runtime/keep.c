/* What nodes keep of outputs for owners who are not there: their shares, and in active mode what the owner tells right
 * ones by. There t nodes may hand out other shares than they have, and no more than the t + 1 others need be honest: too few
 * to correct what is wrong. So with y go a random vector a and m = <a, y>, both shared (Cramer, Damgård, Fehr 2001). The
 * owner takes the t + 1 nodes whose shares give an m that fits. Who changes y by d has to change m by <a, d>, which for
 * d other than 0 is uniform to t nodes. Each owner's a is its own: an owner who has seen it may be one of theirs. */
#include "runtime/absent.h"
#include "runtime/audit.h"

static bool is_away(const box *b, const learner *who)
{
    return who->home >= b->members;
}

static void keep(job *j, const abb_lane *l, unsigned home, const void *share, size_t len)
{
    const box *b = job_box(j);
    const absent_key what = absent_key_of(&b->base, l->code);

    if (b->f->dry) return;
    if (!b->absent->keep(b->absent->user, home - b->members, &what, share, len * b->f->size))
        job_fail(j, E_MEMORY, "out of memory");
}

void keep_shares(job *j, const abb_lane *l)
{
    const box *b = job_box(j);
    void *mark = job_mark(j);
    const learners who = learners_of(j, l);
    const vec *x = l->in[0].secret;

    for (size_t k = 0; k < who.count; k++)
        if (is_away(b, &who.is[k]))
            keep(j, l, who.is[k].home, field_at(b->f, x->v, who.is[k].at), who.is[k].len);
    job_release(j, mark);
}

/* --- with tags */

typedef struct tagged {
    const abb_lane *lane;
    learner who;
    void *kept; /* y, a, m */
} tagged;

static size_t tag_elements(const learner *who)
{
    return 2 * who->len + 1;
}

/* All that is about to be revealed, lane by lane; fills out, unless it is NULL, with as much as it counts. */
static size_t find_tagged(job *j, tagged *out)
{
    const box *b = job_box(j);
    size_t count = 0;

    for (size_t k = 0; k < b->jobs; k++) {
        const abb_job *work = job_work(b->job[k]);
        for (size_t i = 0; work && work->op == OP_REVEAL && i < work->lanes; i++) {
            const abb_lane *l = &work->lane[i];
            const learners who = learners_of(j, l);
            for (size_t m = 0; m < who.count; m++) {
                if (!is_away(b, &who.is[m])) continue;
                if (out) out[count] = (tagged){l, who.is[m], NULL};
                count++;
            }
        }
    }
    return count;
}

/* z = this node's share of m, of degree 2t. */
static void begin_tag(job *j, tagged *t, void *z)
{
    const field *f = job_box(j)->f;
    const vec *x = t->lane->in[0].secret;
    void *a;

    t->kept = job_vector(j, f, tag_elements(&t->who));
    a = field_at(f, t->kept, t->who.len);
    f->copy(f, t->kept, field_at(f, x->v, t->who.at), t->who.len);
    random_shares(j, a, t->who.len);
    f->matmul(f, z, a, t->kept, 1, t->who.len, 1);
}

void keep_tagged(job *j)
{
    const field *f = job_box(j)->f;
    const size_t count = find_tagged(j, NULL);
    tagged *t = job_bytes(j, (count + 1) * sizeof *t);
    void *z = job_vector(j, f, count), *m = job_vector(j, f, count);

    if (!count) return;
    find_tagged(j, t);
    for (size_t k = 0; k < count; k++) begin_tag(j, &t[k], field_at(f, z, k));
    reshare(j, m, z, count);
    for (size_t k = 0; k < count; k++) {
        const size_t len = t[k].who.len;
        note_sums(j, field_at(f, t[k].kept, len), t[k].kept, field_at(f, m, k), 1, len, 1);
        f->copy(f, field_at(f, t[k].kept, 2 * len), field_at(f, m, k), 1);
        keep(j, t[k].lane, t[k].who.home, t[k].kept, tag_elements(&t[k].who));
    }
}
