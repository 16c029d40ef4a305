/* The owner's side of a submission: asks all nodes where the session is, then gives, commits or fetches. */
#include "runtime/submit.h"

#include "net/ping.h"
#include "net/transport.h"
#include "runtime/absent.h"
#include "runtime/gmp_field.h"
#include "runtime/request.h"
#include "runtime/sealed.h"

#include <inttypes.h>
#include <openssl/crypto.h>
#include <openssl/sha.h>
#include <stdlib.h>
#include <string.h>

enum {
    AGAIN_MS = 2000, /* what is not answered is asked again */
    GRACE_MS = 2000, /* for the others, once as many as are needed have answered */
    REASON = 200
};

/* All nodes, asked at the same time. */
typedef struct talk {
    const submit_request *req;
    visit *v;
    unsigned nodes;
    uint32_t number;
    bool asks[NODES_MAX], came[NODES_MAX];
    request r[NODES_MAX];
    reply a[NODES_MAX];
    buffer text[NODES_MAX]; /* that the replies point into */
} talk;

static const char *name_of(const talk *t, unsigned node)
{
    return t->req->config->party[node].name;
}

/* --- asking */

static status no_answer(const talk *t, failure *err)
{
    const submit_request *req = t->req;
    const char *own = config_entry(req->config, req->self)->public_key;
    char why[REASON];
    bool first = true;

    if (visit_cancelled(t->v)) return fail(err, E_CANCELLED, "", "cancelled");
    for (unsigned k = 0; k < t->nodes; k++) {
        const config_party *node = &req->config->party[k];
        if (!t->asks[k] || t->came[k]) continue;
        ping_explain(&(ping_doubt){node->address, node->public_key, own, secret_key_text(req->key)},
                     why, sizeof why);
        if (first)
            fail(err, E_PEER, "N06", "%s (%s) does not answer: %s", node->name, node->address, why);
        else
            fail_add(err, "note: nor does %s: %s", name_of(t, k), why);
        first = false;
    }
    fail_add(err, "note: a node lets in the owners of the sessions that it has, and no others");
    return E_PEER;
}

static status say(talk *t, unsigned node, failure *err)
{
    buffer text = {0};
    status st;

    t->r[node].number = t->number;
    request_write(&t->r[node], &text);
    st = text.failed ? fail_memory(err) : visit_send(t->v, node, (slice){text.data, text.len}, err);
    if (text.data) OPENSSL_cleanse(text.data, text.len);
    buffer_free(&text);
    return st;
}

static status say_all(talk *t, bool again, failure *err)
{
    status st = OK;

    for (unsigned k = 0; !st && k < t->nodes; k++) {
        if (!t->asks[k] || t->came[k]) continue;
        if (again) st = visit_again(t->v, k, err);
        if (!st) st = say(t, k, err);
    }
    return st;
}

/* Takes what answers this question. */
static void hear(talk *t, unsigned from, buffer *text)
{
    reply a;

    if (t->came[from] || !reply_read(&a, (slice){text->data, text->len}) || a.number != t->number)
        return;
    buffer_free(&t->text[from]);
    t->text[from] = *text, t->a[from] = a, t->came[from] = true;
    *text = (buffer){0};
}

static unsigned count_came(const talk *t, unsigned *asked)
{
    unsigned came = 0;

    *asked = 0;
    for (unsigned k = 0; k < t->nodes; k++) *asked += t->asks[k], came += t->asks[k] && t->came[k];
    return came;
}

static unsigned count_asked(const talk *t)
{
    unsigned asked;

    count_came(t, &asked);
    return asked;
}

/* Asks those of t->asks what is in t->r, until all have answered; once `need` of them have, not for long any more. */
static status ask(talk *t, unsigned need, failure *err)
{
    int64_t end = now_ms() + t->req->timeout_ms, again = now_ms() + AGAIN_MS;
    unsigned from, asked, came;
    bool enough = false;
    buffer text = {0};
    status st;

    t->number++;
    for (unsigned k = 0; k < t->nodes; k++) t->came[k] = false;
    st = say_all(t, false, err);
    while (!st && (came = count_came(t, &asked)) < asked && now_ms() < end) {
        if (came >= need && !enough) enough = true, end = now_ms() + GRACE_MS;
        if (visit_next(t->v, again < end ? again : end, &from, &text)) hear(t, from, &text);
        if (visit_cancelled(t->v)) break;
        if (now_ms() < again) continue;
        again = now_ms() + AGAIN_MS;
        st = say_all(t, true, err);
    }
    buffer_free(&text);
    if (st) return st;
    return count_came(t, &asked) >= need ? OK : no_answer(t, err);
}

/* The first refusal, as the failure. */
static status check_refusals(const talk *t, failure *err)
{
    for (unsigned k = 0; k < t->nodes; k++) {
        if (!t->asks[k] || !t->came[k] || t->a[k].kind != REPLY_REFUSED) continue;
        fail(err, (status)t->a[k].status, t->a[k].code, "%s", t->a[k].text);
        fail_add(err, "note: %s says so", name_of(t, k));
        return (status)t->a[k].status;
    }
    return OK;
}

static status odd_reply(const talk *t, unsigned node, failure *err)
{
    return fail(err, E_ABORT, "N04", "%s answers what was not asked", name_of(t, node));
}

static status check_kinds(const talk *t, reply_kind wanted, failure *err)
{
    status st = check_refusals(t, err);

    for (unsigned k = 0; !st && k < t->nodes; k++)
        if (t->asks[k] && t->came[k] && t->a[k].kind != wanted) st = odd_reply(t, k, err);
    return st;
}

/* --- what this owner takes the session to be */

static status fill_requests(talk *t, const deployed *made, failure *err)
{
    const parties_config *c = t->req->config;
    slice core = program_core((slice){made->loaded.code.data, made->loaded.code.len});
    request r = {.kind = REQUEST_STATE};
    status st = config_hash(c, r.file, err);

    if (st) return st;
    if (strlen(c->session) > REQUEST_SESSION || !session_is_plain(c->session))
        return fail(err, E_CONFIG, "N02", "\"session\" is no name of a session: \"%s\"", c->session);
    SHA256(core.data, core.len, r.program);
    memcpy(r.session, c->session, strlen(c->session));
    for (unsigned k = 0; k < t->nodes; k++) t->r[k] = r;
    return OK;
}

static void ask_all(talk *t, request_kind what)
{
    for (unsigned k = 0; k < t->nodes; k++) t->asks[k] = true, t->r[k].kind = what;
}

/* --- giving */

typedef struct gift {
    submission_terms t;
    uint64_t sequence;
    submission_part part[NODES_MAX];
    uint8_t commitment[NODES_MAX][SUBMISSION_HASH], digest[SUBMISSION_HASH];
} gift;

static uint64_t next_sequence(const talk *t)
{
    uint64_t most = 0;

    for (unsigned k = 0; k < t->nodes; k++) {
        if (t->a[k].highest > most) most = t->a[k].highest;
        if (t->a[k].sequence > most) most = t->a[k].sequence;
    }
    return most + 1;
}

static void hash_what(const talk *t, uint8_t out[SUBMISSION_HASH])
{
    uint8_t both[2 * SUBMISSION_HASH];

    memcpy(both, t->r[0].file, SUBMISSION_HASH);
    memcpy(both + SUBMISSION_HASH, t->r[0].program, SUBMISSION_HASH);
    SHA256(both, sizeof both, out);
}

static status wrap(gift *g, talk *t, deployed *made, failure *err)
{
    const parties_config *c = t->req->config;
    const program *p = made->loaded.program;
    uint8_t what[SUBMISSION_HASH];
    uint32_t party, member;
    void *given = NULL;
    status st;

    if (!deployed_role(made, c, t->req->self, &party, &member))
        return fail(err, E_CONFIG, "N02", "\"%s\" has no role in the program",
                    config_entry(c, t->req->self)->name);
    if (!(g->t.f = field_open(p, false))) return fail_memory(err);
    g->t.nodes = t->nodes, g->t.threshold = c->threshold;
    g->t.len = submission_length(p, party);
    g->sequence = next_sequence(t);
    hash_what(t, what);
    submission_id(g->t.id, config_entry(c, t->req->self)->public_key, what, g->sequence);
    if ((st = absent_give(p, party, member, g->t.f, made->data, &given, err))) return st;
    st = submission_deal(&g->t, given, g->part, g->commitment, err);
    OPENSSL_cleanse(given, g->t.len * g->t.f->size);
    free(given);
    submission_digest(g->digest, g->t.id, g->commitment[0], t->nodes);
    return st;
}

static void unwrap(gift *g)
{
    submission_forget(g->part, g->t.nodes);
    field_close(g->t.f);
}

/* The piece of a node's part from `at` on. */
static void piece_from(request *r, const gift *g, unsigned node, uint64_t at)
{
    size_t left = g->part[node].len - (size_t)at;

    r->kind = REQUEST_PUT;
    r->sequence = g->sequence, r->at = at, r->length = g->part[node].len;
    memcpy(r->digest, g->digest, sizeof r->digest);
    memcpy(r->nonce, g->part[node].nonce, sizeof r->nonce);
    r->commitments = (slice){g->commitment[0], (size_t)g->t.nodes * SUBMISSION_HASH};
    r->piece = (slice){g->part[node].data + at, left < REQUEST_PIECE ? left : REQUEST_PIECE};
}

static status put_all(talk *t, const gift *g, failure *err)
{
    bool all = false;
    status st = OK;

    ask_all(t, REQUEST_PUT);
    for (unsigned k = 0; k < t->nodes; k++) piece_from(&t->r[k], g, k, 0);
    while (!st && !all) {
        if ((st = ask(t, count_asked(t), err)) || (st = check_kinds(t, REPLY_TAKEN, err)))
            return st;
        all = true;
        for (unsigned k = 0; !st && k < t->nodes; k++) {
            if (!t->asks[k]) continue;
            if (t->a[k].at > g->part[k].len || (t->a[k].at <= t->r[k].at && t->r[k].piece.len))
                return odd_reply(t, k, err);
            t->asks[k] = t->a[k].at < g->part[k].len;
            if (t->asks[k]) piece_from(&t->r[k], g, k, t->a[k].at);
            all = all && !t->asks[k];
        }
    }
    return st;
}

static status commit_all(talk *t, uint64_t sequence, const uint8_t digest[SUBMISSION_HASH],
                         failure *err)
{
    status st;

    ask_all(t, REQUEST_COMMIT);
    for (unsigned k = 0; k < t->nodes; k++) {
        t->r[k].sequence = sequence;
        memcpy(t->r[k].digest, digest, SUBMISSION_HASH);
    }
    if (!(st = ask(t, t->nodes, err)) && !(st = check_kinds(t, REPLY_COUNTS, err))) return OK;
    fail_add(
        err,
        "note: all nodes have what was submitted, and not all have said that it counts: the same "
        "command tells");
    return st;
}

static status give(submitted *out, talk *t, failure *err)
{
    gift g = {.sequence = 0};
    status st = wrap(&g, t, &out->made, err);

    if (!st) st = put_all(t, &g, err);
    if (!st) st = commit_all(t, g.sequence, g.digest, err);
    out->state = SUBMIT_TAKEN, out->sequence = g.sequence;
    unwrap(&g);
    return st;
}

/* --- learning. In active mode t nodes may say anything, or nothing: whoever does not answer as it should is left out, as
 * long as t + 1 do. */

typedef struct fetched {
    bool left_out[NODES_MAX];
    buffer sealed[NODES_MAX], open[NODES_MAX];
} fetched;

static bool is_active(const talk *t)
{
    return !strcmp(t->req->config->security, "active");
}

/* This node's answer cannot be used: *err says why. OK when it can be done without. */
static status leave_out(const talk *t, fetched *f, unsigned node, status st)
{
    f->left_out[node] = is_active(t);
    return is_active(t) ? OK : st;
}

static bool is_next_piece(const reply *a, const buffer *have)
{
    return a->kind == REPLY_PIECE && a->at == have->len && (a->piece.len || a->length <= a->at);
}

static status take_piece(talk *t, fetched *f, unsigned node, failure *err)
{
    const reply *a = &t->a[node];
    buffer *to = &f->sealed[node];

    t->asks[node] = false;
    if (!t->came[node]) return leave_out(t, f, node, E_PEER);
    if (!is_next_piece(a, to)) return leave_out(t, f, node, odd_reply(t, node, err));
    if (a->piece.len) buffer_append(to, a->piece.data, a->piece.len);
    if (to->failed) return fail_memory(err);
    t->r[node].at = to->len;
    t->asks[node] = to->len < a->length;
    return OK;
}

static status fetch_all(talk *t, fetched *f, failure *err)
{
    bool asked[NODES_MAX];
    status st = OK;

    for (unsigned k = 0; k < t->nodes; k++) {
        t->r[k].kind = REQUEST_GET, t->r[k].at = 0;
        f->left_out[k] = !t->asks[k];
    }
    while (!st && count_asked(t)) {
        const unsigned all = count_asked(t), enough = t->req->config->threshold + 1;
        if ((st = ask(t, is_active(t) && enough < all ? enough : all, err))) return st;
        if (!is_active(t) && (st = check_kinds(t, REPLY_PIECE, err))) return st;
        memcpy(asked, t->asks, sizeof asked);
        for (unsigned k = 0; !st && k < t->nodes; k++)
            if (asked[k]) st = take_piece(t, f, k, err);
    }
    return st;
}

static status open_all(const talk *t, fetched *f, absent_kept *kept, failure *err)
{
    const submit_request *req = t->req;
    const char *own = config_entry(req->config, req->self)->public_key;
    status st = OK;

    for (unsigned k = 0; !st && k < t->nodes; k++) {
        static const uint8_t nothing[1];
        if (f->left_out[k] || !f->sealed[k].len) continue;
        st = sealed_open(&f->open[k], req->key, own, req->config->session,
                         (slice){f->sealed[k].data, f->sealed[k].len}, err);
        if (st) fail_add(err, "note: it came from %s", name_of(t, k));
        if (st) st = leave_out(t, f, k, st);
        if (f->left_out[k]) continue;
        kept->of[k] = (slice){f->open[k].data ? f->open[k].data : nothing, f->open[k].len};
    }
    return st;
}

/* The session as it ran, compiled once more: with those who were in it, in the field of all. */
static status deploy_ran(submitted *out, const talk *t, slice chosen, failure *err)
{
    const submit_request *req = t->req;
    const program *p = out->made.loaded.program;
    uint64_t prime[PRIME_LIMBS];
    const size_t own = req->self - req->config->parties;
    deploy_request how = {.config = &out->ran, .source = req->source, .bare = true};
    status st;

    if (chosen.len != OWNERS_BITS || !owner_chosen(chosen.data, own))
        return fail(err, E_ABORT, "N04", "the nodes do not say who was in the session");
    if ((st = config_with(req->config, chosen.data, &out->ran, &out->ran_owner, err))) return st;
    out->self = (unsigned)req->config->parties;
    for (size_t k = 0; k < own; k++) out->self += owner_chosen(chosen.data, k);
    how.self = out->self;
    if (out->ran.owners < req->config->owners) how.source.field.bits = p->field_bits;
    if (how.source.field.bits && p->prime) {
        memcpy(prime, p->prime, prime_limbs(p->field_bits) * sizeof *prime);
        how.source.field.prime = prime;
    }
    deployed_free(&out->made);
    return deploy(&out->made, &how, err);
}

static status learn(submitted *out, talk *t, slice chosen, failure *err)
{
    absent_kept kept = {
        .nodes = t->nodes, .threshold = t->req->config->threshold, .tagged = is_active(t)};
    const field *f = NULL;
    fetched got = {0};
    uint32_t party, member;
    status st = deploy_ran(out, t, chosen, err);

    if (!st && !deployed_role(&out->made, &out->ran, out->self, &party, &member))
        st = fail(err, E_CONFIG, "N02", "this owner has no role in the program");
    if (!st && !(f = field_open(out->made.loaded.program, false))) st = fail_memory(err);
    if (!st) st = fetch_all(t, &got, err);
    if (!st) st = open_all(t, &got, &kept, err);
    if (!st)
        st = absent_learn(out->made.loaded.program, party, member, f, &kept, out->made.data, err);
    for (unsigned k = 0; k < t->nodes; k++) {
        if (got.open[k].data) OPENSSL_cleanse(got.open[k].data, got.open[k].len);
        buffer_free(&got.open[k]), buffer_free(&got.sealed[k]);
    }
    field_close(f);
    out->state = SUBMIT_LEARNED;
    return st;
}

static bool says_done(const talk *t, unsigned node)
{
    const reply *a = &t->a[node];
    return t->came[node] && a->kind == REPLY_STATE && a->phase == PHASE_DONE;
}

static bool says_chosen(const talk *t, unsigned node, slice chosen)
{
    const reply *a = &t->a[node];
    return says_done(t, node) && chosen.len == OWNERS_BITS && a->chosen.len == OWNERS_BITS &&
           !memcmp(a->chosen.data, chosen.data, OWNERS_BITS);
}

/* How many nodes are done, and say the same of who was in it. */
static unsigned count_chosen(const talk *t, slice chosen)
{
    unsigned count = 0;

    for (unsigned k = 0; k < t->nodes; k++) count += says_chosen(t, k, chosen);
    return count;
}

static unsigned count_done(const talk *t)
{
    unsigned count = 0;

    for (unsigned k = 0; k < t->nodes; k++) count += says_done(t, k);
    return count;
}

/* From nodes that are done and say the same of who was in it: more than t, one of which is honest, and in passive mode
 * all that are. */
static status fetch(submitted *out, talk *t, failure *err)
{
    const unsigned most = t->req->config->threshold;
    uint8_t chosen[OWNERS_BITS];
    slice by = {NULL, 0};

    for (unsigned k = 0; k < t->nodes && count_chosen(t, by) <= most; k++) by = t->a[k].chosen;
    if (count_chosen(t, by) <= most || (!is_active(t) && count_chosen(t, by) < count_done(t)))
        return fail(err, E_ABORT, "N04", "the nodes do not agree on who was in the session");
    for (unsigned k = 0; k < t->nodes; k++) t->asks[k] = says_chosen(t, k, by);
    memcpy(chosen, by.data, sizeof chosen);
    return learn(out, t, (slice){chosen, sizeof chosen}, err);
}

/* --- what there is to do */

static unsigned count_phase(const talk *t, session_phase phase)
{
    unsigned count = 0;

    for (unsigned k = 0; k < t->nodes; k++) count += t->came[k] && t->a[k].phase == phase;
    return count;
}

/* The same whole submission is at all nodes, and counts at `*at` of them. */
static bool is_everywhere(const talk *t, unsigned *at)
{
    bool same = t->a[0].sequence != 0;

    *at = 0;
    for (unsigned k = 0; k < t->nodes; k++) {
        same = same && t->a[k].sequence == t->a[0].sequence &&
               !memcmp(t->a[k].digest, t->a[0].digest, SUBMISSION_HASH);
        *at += t->a[k].counts;
    }
    return same;
}

static void note_counts(submitted *out, const talk *t)
{
    out->submitted = UINT64_MAX, out->sequence = t->a[0].sequence;
    for (unsigned k = 0; k < t->nodes; k++)
        if (t->a[k].submitted < out->submitted) out->submitted = t->a[k].submitted;
    out->owners = t->req->config->owners;
}

static status submitted_already(const talk *t, failure *err)
{
    return fail(
        err, E_CONFIG, "N10",
        "\"%s\" has submitted to session %s already, and its file says that a second "
        "submission is refused\nhelp: without --data this command says where it stands, and "
        "fetches what there is to learn",
        config_entry(t->req->config, t->req->self)->name, t->req->config->session);
}

/* All nodes take submissions. */
static status when_open(submitted *out, talk *t, failure *err)
{
    unsigned counts;
    bool everywhere = is_everywhere(t, &counts);

    note_counts(out, t);
    out->state = SUBMIT_WAITS;
    if (everywhere && counts && counts < t->nodes) /* it was interrupted */
        return commit_all(t, t->a[0].sequence, t->a[0].digest, err);
    if (!t->req->json.data) {
        if (everywhere && counts) return OK;
        return fail(
            err, E_USAGE, "",
            "\"%s\" has submitted nothing yet, and no data are given\nhelp: --data FILE.json",
            config_entry(t->req->config, t->req->self)->name);
    }
    if (everywhere && counts && !t->req->config->collect.replaces) return submitted_already(t, err);
    out->submitted += counts == 0; /* with this one */
    return give(out, t, err);
}

static status with_all(submitted *out, talk *t, failure *err)
{
    status st;

    ask_all(t, REQUEST_STATE);
    if ((st = ask(t, t->req->config->threshold + 1, err))) return st;
    if (count_done(t) > t->req->config->threshold) return fetch(out, t, err);
    if ((st = check_kinds(t, REPLY_STATE, err))) return st;
    if (count_phase(t, PHASE_FAILED))
        return fail(err, E_PEER, "N03",
                    "session %s has failed\nnote: its operators know why, and may run it again "
                    "with what was "
                    "submitted",
                    t->req->config->session);
    if (count_phase(t, PHASE_WITHOUT))
        return fail(err, E_CONFIG, "N10", "session %s has run, and nothing of \"%s\" was in it",
                    t->req->config->session, config_entry(t->req->config, t->req->self)->name);
    if (count_phase(t, PHASE_CLOSED) || count_phase(t, PHASE_DONE)) {
        note_counts(out, t);
        out->state = SUBMIT_RUNS;
        return OK;
    }
    /* to submit takes all nodes, and what they say together */
    if ((st = ask(t, t->nodes, err)) || (st = check_kinds(t, REPLY_STATE, err))) return st;
    return when_open(out, t, err);
}

/* --- from the outside */

static status prepare(submitted *out, const submit_request *req, failure *err)
{
    const deploy_request how = {.config = req->config,
                                .self = req->self,
                                .source = req->source,
                                .json = req->json,
                                .data_file = req->data_file,
                                .folder = req->folder,
                                .bare = !req->json.data};
    return deploy(&out->made, &how, err);
}

static status visit_all(submitted *out, talk *t, failure *err)
{
    const parties_config *c = t->req->config;
    mesh_peer node[NODES_MAX];
    const visit_config cfg = {.nodes = t->nodes,
                              .node = node,
                              .secret_key = secret_key_text(t->req->key),
                              .public_key = config_entry(c, t->req->self)->public_key};
    status st;

    for (unsigned k = 0; k < t->nodes; k++)
        node[k] = (mesh_peer){c->party[k].name, c->party[k].address, c->party[k].public_key};
    if ((st = visit_open(&t->v, &cfg, err))) return st;
    st = t->req->opened(t->req->user, t->v) ? with_all(out, t, err)
                                            : fail(err, E_CANCELLED, "", "cancelled");
    t->req->opened(t->req->user, NULL);
    visit_close(t->v);
    return st;
}

status submit(submitted *out, const submit_request *req, failure *err)
{
    const config_party *own = config_entry(req->config, req->self);
    talk t = {.req = req, .nodes = (unsigned)req->config->parties};
    status st = prepare(out, req, err);

    if (!st) st = fill_requests(&t, &out->made, err);
    if (!st) st = mesh_check_key(secret_key_text(req->key), own->public_key, own->name, err);
    if (!st) st = visit_all(out, &t, err);
    for (unsigned k = 0; k < t.nodes; k++) buffer_free(&t.text[k]);
    return st;
}

void submitted_free(submitted *s)
{
    deployed_free(&s->made);
    free(s->ran_owner);
    *s = (submitted){0};
}
