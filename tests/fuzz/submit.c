/* Whatever owners ask of a serving node, its peers say of them, and its disk gives back: the desk over a store in memory,
 * with two owners whose submissions were dealt beforehand, from the first request to what an owner learns. The input is
 * a script, of which the most useful requests are good ones, asked as they are or changed. What runs is what its owner
 * dealt, what was changed on its way to an owner is not learned, and every answer is one that its owner can read. */
#include "runtime/absent.h"
#include "runtime/gmp_field.h"
#include "runtime/sealed.h"
#include "runtime/serve_parts.h"

#include <openssl/rand.h>
#include <openssl/sha.h>
#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { NODES = 3, OWNERS = 2, GUESTS = OWNERS + 1, SEQUENCES = 3, ITEMS = 2, HEAD = 5 };

typedef enum step {
    STEP_STATE,
    STEP_PUT, /* a piece: from where, how much */
    STEP_COMMIT,
    STEP_GET,     /* from where */
    STEP_RAW,     /* bytes: how many, bytes */
    STEP_GATHER,  /* what has come so far is one transaction */
    STEP_HEAR,    /* a peer says what it has: the same as this node, or that changed */
    STEP_ROW,     /* the disk gives back something else: of what, how many bytes, bytes */
    STEP_RESTART, /* what is in memory is read from the store */
    STEP_RUN,     /* the session, if it has what it takes */
    STEPS
} step;

/* What becomes of a message before it arrives. */
typedef enum twist {
    TWIST_NONE,
    TWIST_BYTE, /* one is changed: where (2 bytes), by what */
    TWIST_CUT,  /* the last are gone: how many */
    TWISTS
} twist;

static const char source[] = "party voter[2]\ninput x from voter : int[2] 0..9\n"
                             "output shown to all : int[2]\noutput mine to voter : int[2]\n"
                             "x transpose [ total ] map reveal shown  x reveal mine\n";

/* Key pairs that nobody uses; the last guest is an owner of other sessions. */
#define ANN "h$#vKZp&sd3UZr(&v3FGN<xJS2D@GgXG3mRaLH@!"
#define BEN "W65)SfJsBXsC/5H9}^TIPboQ.UFeruNt5uC){a^*"
static const char *const public_key[GUESTS] = {ANN, BEN, "0000000000000000000000000000000000000000"};
static const char *const secret[OWNERS] = {"f+D3rH8WY(=gTU<O%&!s3h511JD9/8MZmt!R?L$(",
                                           "U%QWC4{hj^+Pj))30mdS2?jtAJaOk&L9GDvCk:Fp"};

#define NODE(x)                                                                                    \
    "{\"name\":\"" x "\",\"address\":\"tcp://127.0.0.1:7001\",\"public_key\":\"" x                 \
    "00000000000000000000000000000000000000" x "\"},"
#define OWNER(name, key) "{\"name\":\"" name "\",\"role\":\"voter\",\"public_key\":\"" key "\"}"
static const char file[] =
    "{\"version\":1,\"session\":\"fuzz\",\"security\":\"passive\",\"program\":\"fuzz.moot\","
    "\"collect\":{\"again\":\"replace\"},\"parties\":[" NODE("a") NODE("b") NODE("c")
        OWNER("ann", ANN) "," OWNER("ben", BEN) "]}";

/* What one owner deals with one number. */
typedef struct dealt {
    submission_part part[NODES];
    uint8_t commitments[NODES * SUBMISSION_HASH], digest[SUBMISSION_HASH];
} dealt;

static struct scene {
    parties_config config;
    deployed made;
    buffer text; /* of the program */
    secret_key *key[OWNERS];
    dealt dealt[OWNERS][SEQUENCES];
    sqlite3 *disk; /* another way to what the store holds */

    slice script;
    serve node;
    serve_session x;
    transport desk;
    uint32_t number;
    uint64_t ran[OWNERS]; /* the sequence that was run; 0: none */
    buffer kept[NODES][OWNERS];
    bool disk_changed;
    unsigned learned; /* how often an owner has */
} it;

static uint8_t take(void)
{
    if (!it.script.len) return 0;
    it.script.len--;
    return *it.script.data++;
}

static void must(bool holds)
{
    if (!holds) abort();
}

/* --- chance and network: in the place of what they are in the product */

static uint8_t drawn;

int RAND_bytes(unsigned char *out, int len)
{
    for (int k = 0; k < len; k++) out[k] = drawn++;
    return 1;
}

status __wrap_mesh_desk(mesh *m, transport **out, failure *err);
status __wrap_mesh_desk(mesh *m, transport **out, failure *err)
{
    (void)m, (void)err;
    *out = &it.desk;
    return OK;
}

const char *__wrap_mesh_guest(const frame *f);
const char *__wrap_mesh_guest(const frame *f)
{
    return public_key[f->from];
}

/* The bytes as they arrive: a block of their own, so that a byte too far is seen. */
static uint8_t *twisted(slice bytes, size_t *len)
{
    uint8_t *out = malloc(bytes.len + 1);
    size_t at;

    must(out);
    if (bytes.len) memcpy(out, bytes.data, bytes.len);
    *len = bytes.len;
    switch ((twist)(take() % TWISTS)) {
    case TWIST_BYTE:
        at = take();
        at |= (size_t)take() << 8;
        if (bytes.len) out[at % bytes.len] ^= take();
        break;
    case TWIST_CUT:
        at = take();
        *len -= at < bytes.len ? at : bytes.len;
        break;
    case TWIST_NONE:
    case TWISTS: break;
    }
    must((out = realloc(out, *len + !*len)));
    return out;
}

void __wrap_mesh_answer(mesh *m, const frame *asked, slice bytes);
void __wrap_mesh_answer(mesh *m, const frame *asked, slice bytes)
{
    request q;
    reply a;
    size_t len;
    uint8_t *changed;

    (void)m;
    must(request_read(&q, (slice){asked->data + CHANNEL_HEADER, asked->len - CHANNEL_HEADER}));
    must(reply_read(&a, bytes) && a.number == q.number);
    must(a.kind != REPLY_REFUSED || (a.status != E_BUG && a.text[0]));
    changed = twisted(bytes, &len);
    reply_read(&a, (slice){changed, len});
    free(changed);
}

static void no_log(void *user, const serve_event *e)
{
    (void)user, (void)e;
}

/* --- what owners ask */

static void release(frame *f)
{
    free(f->data);
    free(f);
}

static frame *frame_of(unsigned guest, slice bytes)
{
    frame *f = calloc(1, sizeof *f);

    must(f && (f->data = malloc(CHANNEL_HEADER + bytes.len)));
    memset(f->data, 0, CHANNEL_HEADER);
    if (bytes.len) memcpy(f->data + CHANNEL_HEADER, bytes.data, bytes.len);
    f->from = guest, f->len = CHANNEL_HEADER + bytes.len, f->release = release;
    return f;
}

static void fill_put(request *r, const dealt *d)
{
    const submission_part *p = &d->part[it.node.is.self];
    size_t at = take(), len = take();

    r->at = at, r->length = p->len;
    at = at < p->len ? at : p->len;
    len = len < p->len - at ? len : p->len - at;
    memcpy(r->nonce, p->nonce, sizeof r->nonce);
    r->commitments = (slice){d->commitments, sizeof d->commitments};
    r->piece = (slice){p->data + at, len};
}

/* A request as its owner would make it, and what becomes of it. */
static frame *ask(request_kind what)
{
    const unsigned guest = take() % GUESTS, which = take() % SEQUENCES;
    const dealt *d = &it.dealt[guest % OWNERS][which];
    request r = {.kind = what, .number = ++it.number, .session = "fuzz", .sequence = which + 1};
    buffer text = {0};
    uint8_t *bytes;
    size_t len;
    frame *f;

    memcpy(r.file, it.x.agreed.file, sizeof r.file);
    memcpy(r.program, it.x.intake.program, sizeof r.program);
    memcpy(r.digest, d->digest, sizeof r.digest);
    if (what == REQUEST_PUT) fill_put(&r, d);
    if (what == REQUEST_GET) r.at = take();
    request_write(&r, &text);
    must(!text.failed);
    bytes = twisted((slice){text.data, text.len}, &len);
    f = frame_of(guest, (slice){bytes, len});
    free(bytes);
    buffer_free(&text);
    return f;
}

static slice take_bytes(void)
{
    size_t len = take();
    slice bytes = {it.script.data, len < it.script.len ? len : it.script.len};

    it.script.data += bytes.len, it.script.len -= bytes.len;
    return bytes;
}

/* --- what peers and the disk say */

static void hear(void)
{
    unsigned from = (it.node.is.self + 1 + take() % (NODES - 1)) % NODES;
    buffer list = {0};
    uint8_t *said;
    size_t len;

    intake_list(&it.x, &list);
    said = twisted((slice){list.data, list.len}, &len);
    intake_hear(&it.x, from, (slice){said, len});
    free(said);
    buffer_free(&list);
}

static void change_row(void)
{
    static const char *const change[] = {
        "UPDATE piece SET bytes = ?1",
        "UPDATE piece SET at = at + 1",
        "UPDATE piece SET bytes = NULL",
        "DELETE FROM piece",
        "UPDATE submission SET digest = ?1",
        "UPDATE submission SET nonce = ?1",
        "UPDATE submission SET length = length + 1",
        "UPDATE submission SET whole = NOT whole",
        "UPDATE submission SET counts = NOT counts",
        "UPDATE submission SET sequence = -sequence",
        "UPDATE submission SET sequence = sequence + 5",
        "UPDATE submission SET owner = 'x'",
        "UPDATE session SET what = ?1",
        "UPDATE session SET chosen = ?1",
        "UPDATE kept SET sealed = ?1",
        "DELETE FROM submission",
    };
    const char *text = change[take() % (sizeof change / sizeof *change)];
    slice to = take_bytes();
    sqlite3_stmt *q = NULL;

    must(sqlite3_prepare_v2(it.disk, text, -1, &q, NULL) == SQLITE_OK);
    sqlite3_bind_blob(q, 1, to.data, (int)to.len, SQLITE_STATIC);
    sqlite3_step(q); /* a constraint may refuse it */
    sqlite3_finalize(q);
    it.disk_changed = true;
}

static status shape(void)
{
    failure err = {0};
    status st = intake_shape(&it.x, "fuzz.moot", &it.text, &err);

    must(st != E_BUG && (!st || err.text[0]));
    must(!st || it.disk_changed);
    return st;
}

/* --- the session, as all nodes would run it */

static void add_shares(uint8_t *sum, const uint8_t *more)
{
    const field *f = it.x.intake.f;
    f->add_scaled(f, sum, more, element_of(1), ITEMS);
}

/* What node k holds of an owner's submission that is run. */
static void shares_at(unsigned k, unsigned owner, uint8_t *out)
{
    const submission_terms t = intake_terms(&it.x, owner, it.ran[owner]);
    must(!submission_shares(&t, k, &it.dealt[owner][it.ran[owner] - 1].part[k], out, NULL));
}

/* What node k keeps for the owners: its shares of the sums, and of what each has given. */
static void keep_at(unsigned k)
{
    const size_t bytes = ITEMS * it.x.intake.f->size;
    uint8_t *share[OWNERS], *sum = calloc(1, bytes);

    must(sum);
    for (unsigned m = 0; m < OWNERS; m++) {
        must((share[m] = malloc(bytes)));
        shares_at(k, m, share[m]);
        add_shares(sum, share[m]);
    }
    for (unsigned m = 0; m < OWNERS; m++) {
        absent_keep(&it.kept[k][m], &(absent_key){.output = 0}, sum, bytes);
        absent_keep(&it.kept[k][m], &(absent_key){.output = 1}, share[m], bytes);
        free(share[m]);
    }
    free(sum);
}

/* What this node would run with is what was dealt. */
static void check_loaded(const intake_shares *s)
{
    for (unsigned m = 0; m < OWNERS; m++) {
        uint8_t *dealt = malloc(s->bytes[m]);
        must(dealt);
        shares_at(it.node.is.self, m, dealt);
        must(it.disk_changed || !memcmp(dealt, s->share[m], s->bytes[m]));
        free(dealt);
    }
}

static void run_chosen(void)
{
    intake_shares s = {0};
    failure err = {0};
    status st = intake_make(&it.x, &err);

    if (!st) st = intake_load(&it.x, &s, &err);
    must(!st || it.disk_changed);
    for (unsigned m = 0; m < OWNERS; m++) {
        it.ran[m] = it.x.intake.owner[m].runs;
        if (it.ran[m] > SEQUENCES) st = E_DATA; /* as the disk has it */
    }
    if (!st) {
        check_loaded(&s);
        for (unsigned k = 0; k < NODES; k++) keep_at(k);
        for (unsigned m = 0; m < OWNERS; m++) {
            const buffer *kept = &it.kept[it.node.is.self][m];
            buffer_append(&it.x.intake.kept[m], kept->data, kept->len);
        }
        st = intake_done(&it.x, &err);
        must(!st || it.disk_changed);
    }
    if (st) memset(it.ran, 0, sizeof it.ran);
    intake_shares_free(&s);
}

static void run_session(void)
{
    buffer list = {0};
    failure err = {0};
    bool closed = false;
    status st;

    if (it.x.state == SERVE_ENDED || shape()) return;
    must(!intake_closes(&it.x, &closed, &err));
    if (!closed) return;
    it.x.state = SERVE_READY;
    if (intake_choose(&it.x, &list, &st, &err)) {
        must(intake_take(&it.x, (slice){list.data, list.len}));
        run_chosen();
        it.x.state = SERVE_ENDED;
    }
    must(!st);
    buffer_free(&list);
}

/* --- the desk's thread reads the script */

static arrival next(transport *t, int64_t until_ms, frame **f, unsigned *lost)
{
    (void)t, (void)until_ms, (void)lost;
    while (it.script.len) {
        switch ((step)(take() % STEPS)) {
        case STEP_STATE: *f = ask(REQUEST_STATE); return ARRIVED_FRAME;
        case STEP_PUT: *f = ask(REQUEST_PUT); return ARRIVED_FRAME;
        case STEP_COMMIT: *f = ask(REQUEST_COMMIT); return ARRIVED_FRAME;
        case STEP_GET: *f = ask(REQUEST_GET); return ARRIVED_FRAME;
        case STEP_RAW: *f = frame_of(take() % GUESTS, take_bytes()); return ARRIVED_FRAME;
        case STEP_GATHER: return ARRIVED_NOTHING;
        case STEP_HEAR: hear(); break;
        case STEP_ROW: change_row(); break;
        case STEP_RESTART:
            if (it.x.state != SERVE_WAITING) break;
            intake_free(&it.x);
            shape();
            break;
        case STEP_RUN: run_session(); break;
        case STEPS: break;
        }
    }
    return ARRIVED_CANCEL;
}

static void do_nothing(transport *t)
{
    (void)t;
}

/* --- what an owner learns */

static void expect_right(const run_data *d, unsigned owner)
{
    const num *shown = d->output[0][0].v, *mine = d->output[1][owner].v;

    for (unsigned k = 0; k < ITEMS; k++) {
        must(shown[k] == (num)(OWNERS * k + it.ran[0] + it.ran[1]));
        must(mine[k] == (num)(k + it.ran[owner]));
    }
}

/* One of the other nodes' notes may be changed. */
static void learn(unsigned owner, slice opened)
{
    const program *p = it.made.loaded.program;
    const unsigned liar = (it.node.is.self + 1) % NODES;
    const field *f = field_open(p, false);
    absent_kept kept = {.nodes = NODES, .threshold = 1};
    run_data *d = run_data_new(p);
    failure err = {0};
    uint8_t *lie;
    size_t len;
    status st;

    for (unsigned k = 0; k < NODES; k++)
        kept.of[k] = (slice){it.kept[k][owner].data, it.kept[k][owner].len};
    must(f && d);
    lie = twisted(kept.of[liar], &len);
    kept.of[it.node.is.self] = opened, kept.of[liar] = (slice){lie, len};
    st = absent_learn(p, 0, owner, f, &kept, d, &err);
    must(st == OK || st == E_ABORT);
    if (!st) expect_right(d, owner), it.learned++;
    must(!st || (len != it.kept[liar][owner].len || memcmp(lie, it.kept[liar][owner].data, len)));
    free(lie);
    run_data_free(d, p);
    field_close(f);
}

static void fetch(unsigned owner)
{
    const buffer *kept = &it.kept[it.node.is.self][owner];
    buffer sealed = {0}, chosen = {0}, open = {0};
    bool there, done;
    failure err = {0};
    status st;

    must(!store_begin(it.node.store, &err));
    must(!store_kept(it.node.store, "fuzz", public_key[owner], &there, &done, &sealed, &chosen,
                     &err));
    must(!store_end(it.node.store, OK, &err));
    st = sealed_open(&open, it.key[owner], public_key[owner], "fuzz",
                     (slice){sealed.data, sealed.len}, &err);
    must(it.disk_changed ? !st || st == E_ABORT : !st);
    if (!st) {
        must(open.len == kept->len && !memcmp(open.data, kept->data, open.len));
        learn(owner, (slice){open.data, open.len});
    }
    buffer_free(&sealed), buffer_free(&chosen), buffer_free(&open);
}

/* --- the whole of it */

static void deal(unsigned owner, unsigned which)
{
    dealt *d = &it.dealt[owner][which];
    const submission_terms t = intake_terms(&it.x, owner, which + 1);
    uint8_t commitment[NODES][SUBMISSION_HASH];
    num given[ITEMS];
    void *x = calloc(ITEMS, t.f->size);

    must(x && t.len == ITEMS);
    for (unsigned k = 0; k < ITEMS; k++) given[k] = (num)k + (num)which + 1;
    field_take(t.f, x, &(plain){.v = given, .len = ITEMS}, ITEMS);
    must(!submission_deal(&t, x, d->part, commitment, NULL));
    memcpy(d->commitments, commitment, sizeof commitment);
    submission_digest(d->digest, t.id, d->commitments, NODES);
    free(x);
}

/* The shape of the session is that of all inputs, and dear; what has come to it is forgotten. */
static void forget_what_came(void)
{
    serve_intake *in = &it.x.intake;

    for (unsigned k = 0; k < NODES; k++) intake_forget(&it.x, k);
    for (unsigned m = 0; in->owner && m < OWNERS; m++)
        in->owner[m] = (serve_owner){.party = in->owner[m].party, .length = in->owner[m].length};
    for (unsigned m = 0; in->kept && m < OWNERS; m++) buffer_free(&in->kept[m]);
    free(in->kept), free(in->config_owner);
    in->kept = NULL, in->config_owner = NULL;
    in->submitted = 0, in->closed = false;
}

static status take_up(void)
{
    status st = store_begin(it.node.store, NULL);
    return st ? st
              : store_end(it.node.store,
                          store_take_up(it.node.store, "fuzz", it.x.intake.what, NULL), NULL);
}

static void begin(unsigned self)
{
    it.node = (serve){.is = {.nodes = &it.config,
                             .self = self,
                             .log = no_log,
                             .sessions = "/nowhere",
                             .allow = "/nowhere"},
                      .nodes = NODES};
    pthread_mutex_init(&it.node.lock, NULL);
    pthread_mutex_init(&it.node.work, NULL);
    /* any file that is there, and any key */
    must(!store_open(&it.node.store, "/dev/null", (store_key){it.key[0], public_key[0]}, NULL));
    must(sqlite3_open("/dev/null", &it.disk) == SQLITE_OK);
    it.node.first = &it.x;
    it.x.state = SERVE_WAITING;
    if (it.x.intake.owner) must(!take_up());
    it.desk = (transport){.next = next, .cancel = do_nothing, .close = do_nothing};
    it.disk_changed = false;
    memset(it.ran, 0, sizeof it.ran);
    shape();
}

static void end(void)
{
    for (unsigned k = 0; k < NODES; k++)
        for (unsigned m = 0; m < OWNERS; m++)
            buffer_free(&it.kept[k][m]), it.kept[k][m] = (buffer){0};
    forget_what_came();
    sqlite3_close(it.disk);
    store_close(it.node.store);
    pthread_mutex_destroy(&it.node.lock);
    pthread_mutex_destroy(&it.node.work);
}

/* Both owners submit, the session runs, both learn: else nothing that follows would say anything. */
static void check_honest(void)
{
#define PUT(owner) STEP_PUT, owner, 0, 0, UINT8_MAX, TWIST_NONE
#define COMMIT(owner) STEP_COMMIT, owner, 0, TWIST_NONE
#define GATHER STEP_GATHER, TWIST_NONE, TWIST_NONE /* of two answers */
    static const uint8_t script[] = {2,      0,          0,       0,          0, /* the head */
                                     PUT(0), PUT(1),     GATHER,  COMMIT(0),  COMMIT(1),
                                     GATHER, STEP_HEAR,  0,       TWIST_NONE, STEP_HEAR,
                                     1,      TWIST_NONE, STEP_RUN};
#undef PUT
#undef COMMIT
#undef GATHER
    LLVMFuzzerTestOneInput(script, sizeof script);
    must(it.learned == OWNERS);
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    const deploy_request req = {
        .config = &it.config,
        .self = NODES,
        .source = {.file = "fuzz.moot", .source = {(const uint8_t *)source, strlen(source)}},
        .bare = true};

    (void)argc, (void)argv;
    /* A database with an absolute path is shared by those who have it open, and in memory. */
    sqlite3_vfs_register(sqlite3_vfs_find("memdb"), 1);
    buffer_append(&it.text, source, strlen(source));
    must(!config_parse(&it.config, CONFIG_SESSION, (slice){(const uint8_t *)file, strlen(file)},
                       "fuzz.json", NULL));
    must(!deploy(&it.made, &req, NULL));
    it.x = (serve_session){.owner = &it.node, .name = "fuzz", .config = it.config};
    must(!config_hash(&it.config, it.x.agreed.file, NULL));
    SHA256(it.text.data, it.text.len, it.x.agreed.source);
    begin(0);
    for (unsigned m = 0; m < OWNERS; m++) {
        must(!secret_key_copy(&it.key[m], secret[m], NULL));
        for (unsigned k = 0; k < SEQUENCES; k++) deal(m, k);
    }
    end();
    check_honest();
    return 0;
}

/* The first bytes: which node it is, and what becomes of a note on its way to its owner. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    failure err = {0};

    if (size < HEAD) return -1;
    drawn = 0;
    begin(data[0] % NODES);
    it.script = (slice){data + HEAD, size - HEAD};
    must(!desk_open(&it.node, &err));
    pthread_join(it.node.porter, NULL); /* it ends with the script */
    it.node.has_porter = false;
    desk_close(&it.node);
    for (unsigned m = 0; m < OWNERS; m++) {
        it.script = (slice){data + 1, HEAD - 1};
        if (it.ran[m]) fetch(m);
    }
    end();
    return 0;
}
