/* The rounds in which a job delivers outputs (delivery.h), and the masks under which they are opened meanwhile.
 *
 * The first round, of promises and opened values, is one like others. From then on nobody may end the session for the
 * rest, so each round is an exchange with an end in time. Honest members enter the round of digests at most one progress
 * timeout before they enter the next, whatever is kept from whom; so two timeouts for each round let what an honest
 * member says in a stage reach all others in that stage. */
#include "runtime/audit.h"
#include "runtime/delivery.h"

#include <openssl/crypto.h>
#include <openssl/rand.h>

enum { DIGEST_TIMEOUTS = 1, ROUND_TIMEOUTS = 2 };

struct output_delivery {
    delivery *d;
    uint8_t **theirs; /* [members] what comes in this round; NULL: nothing is expected */
    bool *came;       /* [members] */
};

static bool is_dry(const job *j)
{
    return job_box(j)->edge->dry;
}

/* --- masks: streams of the keys that are to be released */

static void close_masks(audit *a)
{
    for (size_t k = 0; k < SMALL_SETS; k++) {
        stream_free(a->mask[k]);
        a->mask[k] = NULL;
    }
}

void deliver_forget(box *b)
{
    close_masks(b->audit);
}

/* Of all keys that are known here. */
static void open_masks(job *j, const delivery *d)
{
    audit *a = job_box(j)->audit;
    failure err = {0};

    close_masks(a);
    for (size_t k = 0; k < d->sets; k++)
        if (d->key[k].shown)
            job_check(j, stream_open(&a->mask[k], d->key[k].word, "output", 0, &err), &err);
}

static const set_stream *set_here(const box *b, uint32_t members)
{
    size_t k = 0;

    while (b->keys->set[k].members != members) k++;
    return &b->keys->set[k];
}

void deliver_mask(job *j, output_delivery *o, void *out, const void *x, size_t len)
{
    const box *b = job_box(j);
    const field *f = b->f;
    void *mark = job_mark(j), *word = job_vector(j, f, len);

    f->copy(f, out, x, len);
    for (size_t k = 0; k < o->d->sets && !f->dry; k++) {
        if (!b->audit->mask[k]) continue;
        if (!stream_draw(b->audit->mask[k], f, word, len))
            job_fail(j, E_MEMORY, "libcrypto is out of memory");
        f->add_scaled(f, out, word, set_here(b, o->d->set[k])->factor, len);
    }
    job_release(j, mark);
}

void deliver_unmask(job *j, output_delivery *o, void *opened, size_t len)
{
    const box *b = job_box(j);
    const field *f = b->edge;
    void *mark = job_mark(j), *word = job_vector(j, f, opened ? len : 0);

    for (size_t k = 0; k < o->d->sets && !f->dry; k++) {
        stream *mask = b->audit->mask[k];
        const uint64_t first = mask ? stream_reserve(mask, len) : 0;
        if (!opened) continue;
        if (!stream_draw_at(mask, f, first, word, len))
            job_fail(j, E_MEMORY, "libcrypto is out of memory");
        f->sub(f, opened, opened, word, len);
    }
    job_release(j, mark);
}

/* --- what is said in a round */

typedef size_t message_size(const delivery *d, unsigned from);

static size_t size_of_word(const delivery *d, unsigned from)
{
    (void)d, (void)from;
    return DELIVERY_WORD;
}

static bool takes_part(const output_delivery *o, unsigned member)
{
    return o->d->of[member].takes_part;
}

/* `mine`, when this member has something to say, to all others; theirs from those of `awaited`. */
static void say(job *j, output_delivery *o, message_size *size, const uint8_t *mine,
                const bool *awaited)
{
    const box *b = job_box(j);

    for (unsigned k = 0; k < b->members; k++) {
        o->theirs[k] = NULL;
        if (k == b->self || !takes_part(o, k) || !takes_part(o, b->self)) continue;
        if (mine) job_send(j, k, mine, size(o->d, b->self));
        if (!awaited[k]) continue;
        o->theirs[k] = job_zeros(j, size(o->d, k));
        job_receive(j, k, o->theirs[k], size(o->d, k));
    }
}

/* What member k said, or NULL. */
static const uint8_t *said(const output_delivery *o, unsigned k)
{
    return o->came[k] ? o->theirs[k] : NULL;
}

static bool *all_members(job *j)
{
    const box *b = job_box(j);
    bool *all = job_bytes(j, b->members * sizeof *all);

    for (unsigned k = 0; k < b->members; k++) all[k] = true;
    return all;
}

/* --- promises */

static void make_words(job *j, delivery *d)
{
    const box *b = job_box(j);
    delivery_member *own = &d->of[d->self];
    uint64_t word[DELIVERY_WORD / sizeof(uint64_t)];

    if (RAND_bytes(own->ok.word, DELIVERY_WORD) != 1 ||
        (box_is_node(b) && RAND_bytes(own->token.word, DELIVERY_WORD) != 1))
        job_fail(j, E_BUG, "no random bytes");
    for (size_t k = 0; k < d->sets; k++) {
        if (!delivery_knows(d, d->self, k)) continue;
        if (!stream_bits(set_here(b, d->set[k])->outputs, word, DELIVERY_WORD / sizeof *word))
            job_fail(j, E_MEMORY, "libcrypto is out of memory");
        memcpy(d->key[k].word, word, sizeof word);
    }
    OPENSSL_cleanse(word, sizeof word);
    if (!delivery_promise(d)) job_fail(j, E_MEMORY, "libcrypto is out of memory");
    open_masks(j, d);
}

output_delivery *deliver_begin(job *j, const bool *learns)
{
    const box *b = job_box(j);
    output_delivery *o = job_zeros(j, sizeof *o);
    delivery *d = o->d = job_zeros(j, delivery_size(b->members));
    uint8_t *mine;

    o->theirs = job_zeros(j, b->members * sizeof *o->theirs);
    o->came = job_zeros(j, b->members * sizeof *o->came);
    d->sets = shuffle_sets(b, d->set);
    delivery_begin(d, b->nodes, b->members, b->self);
    for (unsigned k = b->nodes; k < b->members; k++) d->of[k].takes_part = learns[k];
    mine = job_zeros(j, delivery_promises_size(d, b->self));
    if (!is_dry(j) && takes_part(o, b->self)) {
        make_words(j, d);
        delivery_write_promises(d, mine);
    }
    say(j, o, delivery_promises_size, mine, all_members(j));
    return o;
}

static void read_promises(job *j, output_delivery *o)
{
    const box *b = job_box(j);

    for (unsigned k = 0; k < b->members; k++) {
        unsigned other = o->theirs[k] ? delivery_read_promises(o->d, k, o->theirs[k]) : b->members;
        if (other < b->members)
            job_fail(j, E_ABORT, "%s and %s promise different keys of the outputs: one of them lies",
                     b->launch->name[other], b->launch->name[k]);
    }
}

/* --- the end of a delivery that fails: for all honest members alike */

static void fail_without(job *j, unsigned member)
{
    const box *b = job_box(j);
    const failure *missed = channel_missed(b->channel);

    if (missed->status) job_check(j, E_ABORT, missed);
    if (member < b->members)
        job_fail(j, E_ABORT, "%s did not agree to the delivery of the outputs",
                 b->launch->name[member]);
    job_fail(j, E_ABORT, "the delivery of the outputs did not end in time");
}

static void compare_digests(job *j, output_delivery *o)
{
    const box *b = job_box(j);
    uint8_t *mine = job_zeros(j, DELIVERY_WORD);

    if (!is_dry(j) && !delivery_digest(o->d, mine))
        job_fail(j, E_MEMORY, "libcrypto is out of memory");
    say(j, o, size_of_word, mine, all_members(j));
    job_exchange(j, channel_after(b->channel, DIGEST_TIMEOUTS), o->came);
    for (unsigned k = 0; k < b->members && !is_dry(j); k++) {
        if (!o->theirs[k]) continue;
        if (!said(o, k)) fail_without(j, k);
        if (memcmp(said(o, k), mine, DELIVERY_WORD) != 0)
            job_fail(j, E_ABORT,
                     "%s was promised other keys of the outputs than this party: a node lies",
                     b->launch->name[k]);
    }
}

/* --- oks and releases */

static void show_ok(job *j, output_delivery *o, int64_t until)
{
    const box *b = job_box(j);

    say(j, o, size_of_word, delivery_agree(o->d), all_members(j));
    job_exchange(j, until, o->came);
    for (unsigned k = 0; k < b->members && !is_dry(j); k++)
        if (said(o, k)) delivery_read_ok(o->d, k, said(o, k));
}

static void note_released(box *b)
{
    if (!b->first_reveal) b->first_reveal = channel_count(b->channel).rounds + 1;
}

/* A stage: a node that has not released says that it does, or nothing, and all hear those who have not. */
static void one_stage(job *j, output_delivery *o, unsigned stage, int64_t until)
{
    box *b = job_box(j);
    const bool speaks = box_is_node(b) && !o->d->released;
    uint8_t *mine = job_zeros(j, delivery_release_size(o->d, b->self));
    bool *silent = job_zeros(j, b->members * sizeof *silent);

    if (delivery_stage(o->d, stage, mine) || (is_dry(j) && speaks)) note_released(b);
    for (unsigned k = 0; k < b->nodes; k++) silent[k] = !o->d->of[k].token.shown;
    say(j, o, delivery_release_size, speaks ? mine : NULL, silent);
    job_exchange(j, until, o->came);
    for (unsigned k = 0; k < b->nodes && !is_dry(j); k++)
        if (said(o, k)) delivery_read_release(o->d, k, said(o, k));
}

/* After a delivery that somebody did not go along with the members are no longer in step. */
static void note_absent(job *j, const delivery *d)
{
    const box *b = job_box(j);

    for (unsigned k = 0; k < b->nodes; k++)
        if (!d->of[k].token.shown)
            fail(&b->audit->spoilt, E_ABORT, "", "%s took no part in the delivery of outputs",
                 b->launch->name[k]);
}

void deliver_finish(job *j, output_delivery *o)
{
    const box *b = job_box(j);
    const unsigned stages = b->threshold + 2;
    int64_t until[NODES_MAX];
    void *mark = job_mark(j);

    if (!is_dry(j)) read_promises(j, o);
    compare_digests(j, o);
    for (unsigned k = 0; k <= stages; k++)
        until[k] = channel_after(b->channel, (k + 1) * ROUND_TIMEOUTS);
    show_ok(j, o, until[0]);
    for (unsigned stage = 0; stage < stages; stage++) {
        one_stage(j, o, stage, until[stage + 1]);
        if (is_dry(j) || !takes_part(o, b->self) || delivery_done(o->d)) break;
        if (stage + 1 == stages) fail_without(j, delivery_lacks(o->d));
    }
    job_release(j, mark);
    if (is_dry(j) || !takes_part(o, b->self)) return;
    note_released(job_box(j));
    note_absent(j, o->d);
    open_masks(j, o->d);
}
