/* What owners submit to a session: whose it may be and how long it is, what of it is here, which of it all nodes have,
 * and what waits for the owners afterwards. */
#include "runtime/serve_parts.h"

#include "runtime/absent.h"
#include "runtime/gmp_field.h"
#include "runtime/sealed.h"

#include <inttypes.h>
#include <openssl/crypto.h>
#include <openssl/sha.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum {
    SETTLE_S = 5, /* after a deadline: so long nodes may take to hear what the others have */
    DIGEST_SAID =
        16, /* bytes of a digest in a list; the nodes compare a hash of the whole ones, too */
    AT_DIGEST = 2,
    ENTRY = AT_DIGEST + COUNTING * DIGEST_SAID /* of a list: the owner's number, what counts of it */
};

/* --- its shape */

/* One compilation without data: for these owners, in this field. */
static status compile_bare(serve_session *x, const parties_config *config, const char *path,
                           const buffer *source, field_request in, deployed *out, failure *err)
{
    const deploy_request req = {.config = config,
                                .self = x->owner->is.self,
                                .source = {.file = path,
                                           .source = {source->data, source->len},
                                           .field = in,
                                           .read = read_beside,
                                           .read_user = (void *)(uintptr_t)path},
                                .bare = true};
    return serve_first_finding(out, deploy(out, &req, err), err);
}

static void hash_program(const deployed *d, uint8_t out[SUBMISSION_HASH])
{
    slice core = program_core((slice){d->loaded.code.data, d->loaded.code.len});
    SHA256(core.data, core.len, out);
}

static status find_forms(const program *p, uint8_t (**out)[SUBMISSION_HASH], failure *err)
{
    status st = OK;

    if (!(*out = calloc(p->parties + 1, sizeof **out))) return fail_memory(err);
    for (uint32_t k = 0; !st && k < p->parties; k++) st = submission_form(p, k, (*out)[k], err);
    return st;
}

/* With fewer owners each must submit the same, for it cannot know how many will. */
static status check_forms(const serve_session *x, const program *p, failure *err)
{
    uint8_t(*form)[SUBMISSION_HASH] = NULL;
    status st = find_forms(p, &form, err);

    for (size_t k = 0; !st && k < x->config.owners; k++) {
        uint32_t party = x->intake.owner[k].party;
        if (memcmp(form[party], x->intake.form[party], SUBMISSION_HASH) == 0) continue;
        fail(err, E_CONFIG, "N09",
             "what `%s` submits depends on how many of them do, which none of them can know",
             p->party[party].name);
        fail_add(err,
                 "help: leave out \"deadline\" and \"minimum\", so that all must submit, or let no "
                 "input's shape depend on the size of the group");
        st = E_CONFIG;
    }
    free(form);
    return st;
}

/* Whether it would do with the fewest, so that the operator hears at once when not. */
static status check_fewest(serve_session *x, const char *path, const buffer *source, failure *err)
{
    uint8_t fewest[OWNERS_BITS] = {0};
    config_party *owner = NULL;
    parties_config few;
    deployed d = {0};
    status st;

    if (!x->config.collect.deadline_text) return OK;
    for (size_t k = 0; k < x->config.collect.minimum; k++) choose_owner(fewest, k);
    if ((st = config_with(&x->config, fewest, &few, &owner, err))) return st;
    /* another failure may be one of these owners alone, and is told when it comes to that */
    if (!compile_bare(x, &few, path, source, x->intake.field, &d, NULL))
        st = check_forms(x, d.loaded.program, err);
    deployed_free(&d);
    free(owner);
    return st;
}

static status measure(serve_session *x, const deployed *d, failure *err)
{
    serve_intake *in = &x->intake;
    const program *p = d->loaded.program;
    status st = find_forms(p, &in->form, err);

    if (st) return st;
    in->owner = calloc(x->config.owners, sizeof *in->owner);
    in->f = field_open(p, false);
    if (!in->owner || !in->f) return fail_memory(err);
    in->field.bits = p->field_bits;
    if (p->prime) {
        memcpy(in->prime, p->prime, prime_limbs(p->field_bits) * sizeof *p->prime);
        in->field.prime = in->prime;
    }
    for (uint32_t party = 0; party < p->parties; party++)
        for (uint32_t m = 0; m < party_members(p, party); m++)
            if (d->launch->home[party][m] >= d->launch->members) {
                serve_owner *o = &in->owner[d->launch->home[party][m] - d->launch->members];
                o->party = party, o->length = submission_length(p, party);
            }
    return OK;
}

/* --- what is here already */

/* Finds the session's owner with this key; their number when there is none. */
static size_t owner_of(const parties_config *c, const char *public_key)
{
    size_t k = 0;

    while (k < c->owners && strcmp(c->owner[k].public_key, public_key) != 0) k++;
    return k;
}

static void make_latest(serve_owner *o, uint64_t sequence, const uint8_t digest[SUBMISSION_HASH])
{
    o->sequence[1] = o->sequence[0], o->sequence[0] = sequence;
    memcpy(o->digest[1], o->digest[0], SUBMISSION_HASH);
    memcpy(o->digest[0], digest, SUBMISSION_HASH);
}

static void take_found(void *session, const store_found *f)
{
    serve_session *x = session;
    size_t k = owner_of(&x->config, f->owner);
    serve_owner *o;

    if (k == x->config.owners) return;
    o = &x->intake.owner[k];
    o->highest = f->sequence;
    if (f->whole) {
        o->whole = f->sequence;
        memcpy(o->whole_digest, f->digest, SUBMISSION_HASH);
    }
    if (!f->counts) return;
    x->intake.submitted += !o->sequence[0];
    make_latest(o, f->sequence, f->digest);
}

static status load_found(serve_session *x, failure *err)
{
    store *s = x->owner->store;
    status st = store_begin(s, err);

    if (st) return st;
    st = store_take_up(s, x->name, x->intake.what, err);
    if (!st) st = store_list(s, x->name, take_found, x, err);
    return store_end(s, st, err);
}

status intake_shape(serve_session *x, const char *path, const buffer *source, failure *err)
{
    serve_intake *in = &x->intake;
    uint8_t both[2 * SUBMISSION_HASH];
    deployed d = {0};
    status st;

    if (!x->config.owners || (in->owner && !memcmp(in->source, x->agreed.source, sizeof in->source)))
        return OK;
    intake_free(x);
    if (!(st = compile_bare(x, &x->config, path, source, (field_request){0}, &d, err)))
        st = measure(x, &d, err);
    if (!st) {
        hash_program(&d, in->program);
        memcpy(both, x->agreed.file, SUBMISSION_HASH);
        memcpy(both + SUBMISSION_HASH, in->program, SUBMISSION_HASH);
        SHA256(both, sizeof both, in->what);
        memcpy(in->source, x->agreed.source, sizeof in->source);
        st = check_fewest(x, path, source, err);
    }
    deployed_free(&d);
    if (!st) st = load_found(x, err);
    x->owner->guests_changed = true;
    return st;
}

/* --- taking submissions */

submission_terms intake_terms(const serve_session *x, size_t owner, uint64_t sequence)
{
    submission_terms t = {.f = x->intake.f,
                          .nodes = (unsigned)x->config.parties,
                          .threshold = x->config.threshold,
                          .len = x->intake.owner[owner].length};

    submission_id(t.id, x->config.owner[owner].public_key, x->intake.what, sequence);
    return t;
}

store_item intake_item(const serve_session *x, size_t owner, uint64_t sequence)
{
    return (store_item){
        .session = x->name, .owner = x->config.owner[owner].public_key, .sequence = sequence};
}

void intake_whole_dropped(serve_owner *o)
{
    o->whole = o->sequence[0];
    memcpy(o->whole_digest, o->digest[0], SUBMISSION_HASH);
}

status intake_commit(serve_session *x, size_t owner, failure *err)
{
    serve_owner *o = &x->intake.owner[owner];
    const store_item item = intake_item(x, owner, o->whole);
    status st = store_commit(x->owner->store, &item, err);

    if (st) return st;
    x->intake.submitted += !o->sequence[0];
    make_latest(o, o->whole, o->whole_digest);
    serve_log(x->owner, &(serve_event){.name = "submission.counts",
                                       .text = "has submitted",
                                       .session = x->name,
                                       .peer = x->config.owner[owner].name});
    return OK;
}

status intake_closes(serve_session *x, bool *closed, failure *err)
{
    const config_collect *c = &x->config.collect;
    serve_intake *in = &x->intake;
    int64_t late = (int64_t)time(NULL) - c->deadline;

    *closed = true;
    if (!x->config.owners) return OK;
    if (in->submitted == x->config.owners || (c->deadline_text && late >= 0)) in->closed = true;
    *closed = in->closed && (!c->deadline_text || in->submitted >= c->minimum);
    if (*closed || !c->deadline_text || late < SETTLE_S) return OK;
    return fail(err, E_PEER, "N09",
                "%u of %zu owners had submitted by %s, and it takes %" PRIu64
                "\nnote: nothing was computed; what was submitted is kept",
                in->submitted, x->config.owners, c->deadline_text, c->minimum);
}

/* --- lists: which submissions count, as nodes tell each other */

static void put_entry(buffer *out, size_t owner, const uint8_t *latest, const uint8_t *before)
{
    uint8_t entry[ENTRY] = {(uint8_t)owner, (uint8_t)(owner >> 8)};

    memcpy(entry + AT_DIGEST, latest, DIGEST_SAID);
    if (before) memcpy(entry + AT_DIGEST + DIGEST_SAID, before, DIGEST_SAID);
    buffer_append(out, entry, sizeof entry);
}

void intake_list(const serve_session *x, buffer *out)
{
    for (size_t k = 0; x->intake.owner && k < x->config.owners; k++) {
        const serve_owner *o = &x->intake.owner[k];
        if (o->sequence[0]) put_entry(out, k, o->digest[0], o->sequence[1] ? o->digest[1] : NULL);
    }
}

void intake_list_runs(const serve_session *x, buffer *out)
{
    for (size_t k = 0; x->intake.owner && k < x->config.owners; k++)
        if (owner_chosen(x->intake.runs, k))
            put_entry(out, k, x->intake.owner[k].runs_digest, NULL);
}

/* The entry of an owner, NULL when there is none. A list that is none has no entries. */
static const uint8_t *entry_of(slice list, size_t owner)
{
    size_t low = 0, high = list.len % ENTRY ? 0 : list.len / ENTRY;

    while (low < high) {
        size_t mid = low + (high - low) / 2;
        const uint8_t *e = list.data + mid * ENTRY;
        size_t is = e[0] | (size_t)e[1] << 8;
        if (is == owner) return e;
        if (is < owner)
            low = mid + 1;
        else
            high = mid;
    }
    return NULL;
}

static bool entry_has(const uint8_t *entry, const uint8_t *digest)
{
    static const uint8_t none[DIGEST_SAID];

    if (!entry || !memcmp(digest, none, DIGEST_SAID)) return false;
    for (unsigned k = 0; k < COUNTING; k++)
        if (!memcmp(entry + AT_DIGEST + k * DIGEST_SAID, digest, DIGEST_SAID)) return true;
    return false;
}

/* What is whole here and counts at another: its owner was told to commit it, and went before it had told all. */
static status commit_what_counts(serve_session *x, slice list, failure *err)
{
    status st = OK;

    for (size_t k = 0; !st && k < x->config.owners; k++) {
        const serve_owner *o = &x->intake.owner[k];
        if (o->whole != o->sequence[0] && entry_has(entry_of(list, k), o->whole_digest))
            st = intake_commit(x, k, err);
    }
    return st;
}

static void drop_list(serve_session *x, unsigned from)
{
    free((void *)(uintptr_t)x->intake.said[from].data);
    x->intake.said[from] = (slice){NULL, 0};
}

void intake_hear(serve_session *x, unsigned from, slice list)
{
    failure err = {0};
    uint8_t *copy;
    status st;

    if (!x->intake.owner || !(copy = malloc(list.len + 1))) return;
    drop_list(x, from); /* it may have said more, and the time to settle goes on */
    if (list.len) memcpy(copy, list.data, list.len);
    x->intake.said[from] = (slice){copy, list.len};
    if (x->state != SERVE_WAITING || store_begin(x->owner->store, &err)) return;
    st = commit_what_counts(x, x->intake.said[from], &err);
    if (!store_end(x->owner->store, st, &err)) return;
    serve_log(x->owner, &(serve_event){.bad = true,
                                       .name = "store.failed",
                                       .text = "what was submitted cannot be kept",
                                       .session = x->name,
                                       .why = &err});
}

void intake_forget(serve_session *x, unsigned from)
{
    drop_list(x, from);
    x->intake.ready_at = 0;
}

/* --- which of it runs */

static bool all_have(const serve_session *x, size_t owner, const uint8_t *digest)
{
    for (unsigned k = 0; k < x->owner->nodes; k++)
        if (k != x->owner->is.self && !entry_has(entry_of(x->intake.said[k], owner), digest))
            return false;
    return true;
}

static bool is_enough(const serve_session *x, size_t count)
{
    const config_collect *c = &x->config.collect;
    return c->deadline_text ? count >= c->minimum : count == x->config.owners;
}

/* Which of this owner's submissions all nodes have, NULL: none. */
static const uint8_t *common_digest(const serve_session *x, size_t owner)
{
    const serve_owner *o = &x->intake.owner[owner];

    for (unsigned i = 0; i < COUNTING; i++)
        if (o->sequence[i] && all_have(x, owner, o->digest[i])) return o->digest[i];
    return NULL;
}

/* No more than that will come. What one node has whole and counts all have, unless an owner told them different things. */
static status too_few(const serve_session *x, size_t count, failure *err)
{
    const config_collect *c = &x->config.collect;
    size_t k = 0;

    if (c->deadline_text)
        return fail(err, E_PEER, "N09",
                    "%zu owners had submitted to all nodes by %s, and it takes %" PRIu64
                    "\nnote: nothing was computed; what was submitted is kept",
                    count, c->deadline_text, c->minimum);
    while (k + 1 < x->config.owners && common_digest(x, k)) k++;
    return fail(err, E_ABORT, "N09",
                "what %s submitted is not the same at all nodes: it lies, or a node does\nnote: "
                "nothing was computed",
                x->config.owner[k].name);
}

bool intake_choose(serve_session *x, buffer *list, status *st, failure *err)
{
    size_t count = 0;

    *st = OK;
    if (!x->config.owners) return true;
    for (size_t k = 0; k < x->config.owners; k++) {
        const uint8_t *digest = common_digest(x, k);
        if (!digest) continue;
        put_entry(list, k, digest, NULL);
        count++;
    }
    if (!x->intake.ready_at) x->intake.ready_at = now_ms();
    if (is_enough(x, count)) return !list->failed;
    if (now_ms() - x->intake.ready_at > SETTLE_S * 1000) *st = too_few(x, count, err);
    return false;
}

/* The submission of this owner that an entry names. */
static bool take_entry(serve_owner *o, const uint8_t *entry)
{
    for (unsigned i = 0; i < COUNTING; i++) {
        if (!o->sequence[i] || memcmp(o->digest[i], entry + AT_DIGEST, DIGEST_SAID) != 0) continue;
        o->runs = o->sequence[i];
        memcpy(o->runs_digest, o->digest[i], SUBMISSION_HASH);
        return true;
    }
    return false;
}

bool intake_take(serve_session *x, slice list)
{
    serve_intake *in = &x->intake;
    size_t count = 0;

    if (!x->config.owners) return list.len == 0;
    memset(in->runs, 0, sizeof in->runs);
    for (size_t k = 0; k < x->config.owners; k++) {
        const uint8_t *entry = entry_of(list, k);
        in->owner[k].runs = 0;
        if (!entry) continue;
        if (!take_entry(&in->owner[k], entry)) return false;
        choose_owner(in->runs, k);
        count++;
    }
    return count * ENTRY == list.len && is_enough(x, count);
}

status intake_make(serve_session *x, failure *err)
{
    serve_intake *in = &x->intake;
    buffer text = {0};
    char *path = NULL;
    status st;

    if (!x->config.owners) return OK;
    free(in->config_owner);
    in->config_owner = NULL;
    if ((st = config_with(&x->config, in->runs, &in->config, &in->config_owner, err))) return st;
    if (in->config.owners < x->config.owners) {
        deployed_free(&x->made);
        if (!(st = serve_read_program(x, &path, &text, err))) st = serve_make(x, path, &text, err);
        if (!st) st = check_forms(x, x->made.loaded.program, err);
    }
    if (!st && !(in->kept = calloc(in->config.owners + 1, sizeof *in->kept))) st = fail_memory(err);
    free(path);
    buffer_free(&text);
    return st;
}

/* --- running it */

static status load_one(serve_session *x, size_t owner, void *share, failure *err)
{
    const serve_owner *o = &x->intake.owner[owner];
    const submission_terms t = intake_terms(x, owner, o->runs);
    submission_part part = {.len = 0};
    buffer bytes = {0};
    status st = store_read(x->owner->store, x->name, x->config.owner[owner].public_key, o->runs,
                           part.nonce, &bytes, err);

    part.data = bytes.data, part.len = bytes.len;
    if (!st) st = submission_shares(&t, x->owner->is.self, &part, share, err);
    if (bytes.data) OPENSSL_cleanse(bytes.data, bytes.len);
    buffer_free(&bytes);
    return st;
}

static status load_all(serve_session *x, intake_shares *out, failure *err)
{
    status st = OK;
    size_t at = 0;

    for (size_t k = 0; !st && k < x->config.owners; k++) {
        if (!owner_chosen(x->intake.runs, k)) continue;
        out->bytes[at] = x->intake.owner[k].length * x->intake.f->size;
        if (!(out->share[at] = malloc(out->bytes[at] + 1))) return fail_memory(err);
        st = load_one(x, k, out->share[at], err);
        at++;
    }
    return st;
}

static status hash_all(const serve_session *x, char out[2 * SUBMISSION_HASH + 1], failure *err)
{
    uint8_t hash[SUBMISSION_HASH];
    buffer all = {0};

    for (size_t k = 0; k < x->config.owners; k++)
        if (owner_chosen(x->intake.runs, k))
            buffer_append(&all, x->intake.owner[k].runs_digest, SUBMISSION_HASH);
    if (all.failed) return fail_memory(err);
    SHA256(all.data ? all.data : hash, all.len, hash);
    buffer_free(&all);
    for (size_t k = 0; k < sizeof hash; k++) snprintf(out + 2 * k, 3, "%02x", hash[k]);
    return OK;
}

status intake_load(serve_session *x, intake_shares *out, failure *err)
{
    store *s = x->owner->store;
    status st;

    out->owners = x->intake.config.owners;
    out->share = calloc(out->owners + 1, sizeof *out->share);
    out->bytes = calloc(out->owners + 1, sizeof *out->bytes);
    if (!out->share || !out->bytes) return fail_memory(err);
    if ((st = hash_all(x, out->agreed, err)) || (st = store_begin(s, err))) return st;
    return store_end(s, load_all(x, out, err), err);
}

void intake_shares_free(intake_shares *s)
{
    for (size_t k = 0; s->share && k < s->owners; k++) {
        if (s->share[k]) OPENSSL_cleanse(s->share[k], s->bytes[k]);
        free(s->share[k]);
    }
    free(s->share);
    free(s->bytes);
    *s = (intake_shares){0};
}

static status keep_all(serve_session *x, failure *err)
{
    const parties_config *c = &x->intake.config;
    store *s = x->owner->store;
    status st = OK;

    for (size_t k = 0; !st && k < c->owners; k++) {
        const buffer *kept = &x->intake.kept[k];
        buffer sealed = {0};
        st = kept->failed ? fail_memory(err)
                          : sealed_put(&sealed, c->owner[k].public_key, x->name,
                                       (slice){kept->data, kept->len}, err);
        if (!st)
            st = store_keep(s, x->name, c->owner[k].public_key, (slice){sealed.data, sealed.len},
                            err);
        buffer_free(&sealed);
    }
    return st ? st : store_done(s, x->name, (slice){x->intake.runs, OWNERS_BITS}, err);
}

status intake_done(serve_session *x, failure *err)
{
    status st;

    if (!x->config.owners) return OK;
    if ((st = store_begin(x->owner->store, err))) return st;
    return store_end(x->owner->store, keep_all(x, err), err);
}

static void forget_kept(serve_intake *in)
{
    for (size_t k = 0; in->kept && k < in->config.owners; k++) {
        if (in->kept[k].data) OPENSSL_cleanse(in->kept[k].data, in->kept[k].len);
        buffer_free(&in->kept[k]);
    }
    free(in->kept);
}

void intake_free(serve_session *x)
{
    serve_intake *in = &x->intake;

    for (unsigned k = 0; k < NODES_MAX; k++) intake_forget(x, k);
    forget_kept(in);
    field_close(in->f);
    free(in->owner), free(in->form), free(in->config_owner);
    *in = (serve_intake){0};
    x->owner->guests_changed = true;
}

/* --- who may connect */

typedef struct guests {
    char (*key)[KEY_TEXT + 1];
    size_t count, room;
    bool failed;
} guests;

static void add_guest(guests *g, const char *key)
{
    if (g->count == g->room) {
        size_t more = g->room ? 2 * g->room : OWNERS_MAX;
        void *grown = realloc(g->key, more * sizeof *g->key);
        if (!grown) {
            g->failed = true;
            return;
        }
        g->key = grown, g->room = more;
    }
    snprintf(g->key[g->count++], sizeof *g->key, "%s", key);
}

static void add_waiting(void *user, const char *session, const char *owner)
{
    (void)session;
    add_guest(user, owner);
}

static status admit(serve *s, const guests *g, failure *err)
{
    const char **key = calloc(g->count + 1, sizeof *key);
    status st;

    if (!key || g->failed) {
        free(key);
        return fail_memory(err);
    }
    for (size_t k = 0; k < g->count; k++) key[k] = g->key[k];
    st = mesh_admit(s->mesh, key, g->count, err);
    free(key);
    return st;
}

status intake_admit(serve *s, failure *err)
{
    guests g = {0};
    status st;

    if (!s->guests_changed) return OK;
    if ((st = store_begin(s->store, err))) return st;
    st = store_end(s->store, store_waiting(s->store, add_waiting, &g, err), err);
    for (const serve_session *x = s->first; x; x = x->next)
        for (size_t k = 0; x->state != SERVE_ENDED && k < x->config.owners; k++)
            add_guest(&g, x->config.owner[k].public_key);
    if (!st && !(st = admit(s, &g, err))) s->guests_changed = false;
    free(g.key);
    return st;
}

/* --- what is left of sessions that are gone */

typedef struct sweep {
    const serve *s;
    bool (*is_there)(const serve *s, const char *session);
    buffer gone; /* names, each with its NUL */
} sweep;

static void look_for(void *user, const char *session)
{
    sweep *w = user;
    if (!w->is_there(w->s, session)) buffer_append(&w->gone, session, strlen(session) + 1);
}

status intake_sweep(serve *s, bool (*is_there)(const serve *s, const char *session), failure *err)
{
    sweep w = {s, is_there, {0}};
    status st = store_begin(s->store, err);

    if (st) return st;
    st = store_sessions(s->store, look_for, &w, err);
    for (size_t at = 0; !st && !w.gone.failed && at < w.gone.len;) {
        const char *session = (const char *)w.gone.data + at;
        st = store_forget(s->store, session, err);
        at += strlen(session) + 1;
        s->guests_changed = true;
    }
    buffer_free(&w.gone);
    return store_end(s->store, st, err);
}
