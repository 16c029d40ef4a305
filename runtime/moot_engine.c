/* The C interface: engines, and what sessions of one share. */
#include "runtime/moot_engine.h"

#include <openssl/evp.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "net/transport.h"

enum {
    TURN_LOOK_MS =
        20,  /* who waits for a turn looks this often whether it was cancelled: a signal handler
                          may have said so, and wakes nobody */
    ID = 32, /* bytes that tell connections apart */
    LOG_TEXT = 1024
};

struct engine_connection {
    engine_connection *next;
    moot_engine *engine;
    uint8_t id[ID];
    mesh *mesh; /* NULL while it is opened or closed */
    connection_use *uses;
    bool spoilt; /* is not to be used again */
    pthread_t keeper;
    bool kept;      /* the keeper runs */
    transport *ear; /* of the keeper, while it listens */
};

struct moot_engine {
    moot_options has;
    memory_source memory;
    pthread_mutex_t lock; /* of what follows */
    pthread_cond_t turn, changed;
    int turns; /* that are free */
    engine_connection *connections;
};

/* --- memory and log */

const memory_source *engine_memory(const moot_engine *e)
{
    return memory_use(e->has.alloc ? &e->memory : NULL);
}

void engine_log(const moot_engine *e, int level, const char *fmt, ...)
{
    char text[LOG_TEXT];
    va_list ap;

    if (!e->has.log) return;
    va_start(ap, fmt);
    vsnprintf(text, sizeof text, fmt, ap);
    va_end(ap);
    e->has.log(e->has.log_user, level, text);
}

/* --- making and closing */

static void init_condition(pthread_cond_t *c)
{
    pthread_condattr_t clock;

    pthread_condattr_init(&clock);
    pthread_condattr_setclock(&clock, CLOCK_MONOTONIC);
    pthread_cond_init(c, &clock);
    pthread_condattr_destroy(&clock);
}

/* The engine itself has no head that would tell where it came from: that is told in it. */
static moot_engine *engine_new(const moot_options *has)
{
    moot_engine *e =
        has->alloc ? has->alloc(has->alloc_user, NULL, 0, sizeof *e) : malloc(sizeof *e);

    if (!e) return NULL;
    *e = (moot_engine){.has = *has,
                       .memory = {has->alloc, has->alloc_user},
                       .turns = has->threads > 1 ? has->threads : 1};
    pthread_mutex_init(&e->lock, NULL);
    init_condition(&e->turn);
    init_condition(&e->changed);
    return e;
}

int moot_open(const moot_options *o, moot_engine **out)
{
    const moot_options none = {.size = sizeof none, .abi = MOOT_ABI};

    *out = NULL;
    if (!o) o = &none;
    if (o->size < sizeof *o || o->abi != MOOT_ABI || o->threads < 0) return MOOT_EUSAGE;
    return (*out = engine_new(o)) ? MOOT_OK : MOOT_ENOMEM;
}

static struct timespec after_ms(unsigned ms)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    t.tv_sec += ms / 1000;
    t.tv_nsec += (long)(ms % 1000) * 1000000;
    if (t.tv_nsec >= 1000000000) t.tv_sec++, t.tv_nsec -= 1000000000;
    return t;
}

/* --- turns */

bool engine_turn_take(moot_engine *e, const atomic_bool *cancelled)
{
    bool taken;

    pthread_mutex_lock(&e->lock);
    while (!e->turns && !atomic_load(cancelled)) {
        struct timespec until = after_ms(TURN_LOOK_MS);
        pthread_cond_timedwait(&e->turn, &e->lock, &until);
    }
    taken = e->turns > 0;
    if (taken) e->turns--;
    pthread_mutex_unlock(&e->lock);
    return taken;
}

void engine_turn_give(moot_engine *e)
{
    pthread_mutex_lock(&e->lock);
    e->turns++;
    pthread_cond_signal(&e->turn);
    pthread_mutex_unlock(&e->lock);
}

/* --- connections */

static void digest_text(EVP_MD_CTX *md, const char *text)
{
    EVP_DigestUpdate(md, text, strlen(text) + 1);
}

/* What a mesh is made of: who we are, who the others are, where and how long they are waited for. With another key
 * it is another. */
static status id_of(const parties_config *c, unsigned self, const secret_key *key, uint8_t out[ID],
                    failure *err)
{
    const unsigned number[] = {self, c->peer_timeout_ms, c->start_timeout_ms};
    EVP_MD_CTX *md = EVP_MD_CTX_new();

    if (!md || !EVP_DigestInit_ex(md, EVP_sha256(), NULL)) {
        EVP_MD_CTX_free(md);
        return fail_memory(err);
    }
    EVP_DigestUpdate(md, number, sizeof number);
    digest_text(md, secret_key_text(key));
    for (size_t k = 0; k < c->parties; k++) {
        digest_text(md, c->party[k].name);
        digest_text(md, c->party[k].address);
        digest_text(md, c->party[k].public_key);
    }
    EVP_DigestFinal_ex(md, out, NULL);
    EVP_MD_CTX_free(md);
    return OK;
}

/* Reads what comes while no session does: heartbeats, pings, hellos of sessions that are yet to start here. Called
 * and left with the lock held. */
static void listen_while_idle(engine_connection *c)
{
    static const char no_session[] = "moot: nobody";
    uint8_t nobody[FRAME_TAG] = {0};
    arrival what = ARRIVED_FRAME;
    frame *f = NULL;
    unsigned lost;

    memcpy(nobody, no_session, sizeof no_session);
    if (mesh_port(c->mesh, nobody, &c->ear, NULL)) return;
    pthread_mutex_unlock(&c->engine->lock);
    while (what == ARRIVED_FRAME || what == ARRIVED_LOSS) {
        what = c->ear->next(c->ear, TRANSPORT_FOREVER, &f, &lost);
        if (what == ARRIVED_FRAME) f->release(f);
    }
    pthread_mutex_lock(&c->engine->lock);
    c->ear->close(c->ear);
    c->ear = NULL;
    c->spoilt |= what == ARRIVED_FAULT;
}

static void *keep(void *connection)
{
    engine_connection *c = connection;
    moot_engine *e = c->engine;

    engine_memory(e);
    pthread_mutex_lock(&e->lock);
    while (c->kept) {
        if (c->mesh && !c->uses && !c->spoilt) listen_while_idle(c);
        if (c->kept) pthread_cond_wait(&e->changed, &e->lock);
    }
    pthread_mutex_unlock(&e->lock);
    return NULL;
}

/* Under the lock. */
static void stop_listening(engine_connection *c)
{
    if (c->ear) c->ear->cancel(c->ear);
}

/* Signals are for the threads of the program that embeds us. */
static status start_keeper(engine_connection *c, failure *err)
{
    sigset_t all, old;
    int error;

    c->kept = true;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &old);
    error = pthread_create(&c->keeper, NULL, keep, c);
    pthread_sigmask(SIG_SETMASK, &old, NULL);
    if (!error) return OK;
    c->kept = false;
    return fail(err, E_MEMORY, "", "cannot start a thread: %s", strerror(error));
}

/* Closes what is there of a connection that nobody else sees any more, or yet. */
static void shut(engine_connection *c, mesh *m)
{
    if (c->kept) {
        pthread_mutex_lock(&c->engine->lock);
        c->kept = false;
        stop_listening(c);
        pthread_cond_broadcast(&c->engine->changed);
        pthread_mutex_unlock(&c->engine->lock);
        pthread_join(c->keeper, NULL);
    }
    mesh_close(m);
}

static void forget(moot_engine *e, engine_connection *c)
{
    engine_connection **at = &e->connections;

    while (*at != c) at = &(*at)->next;
    *at = c->next;
    free(c);
    pthread_cond_broadcast(&e->changed);
}

static void enlist(engine_connection *c, connection_use *use)
{
    stop_listening(c);
    use->of = c;
    use->next = c->uses;
    c->uses = use;
}

/* Opens what *c is to be. Called and left with the lock held, which is open meanwhile; c is forgotten on failure. */
static status open_connection(engine_connection *c, const parties_config *config, unsigned self,
                              const secret_key *key, failure *err)
{
    moot_engine *e = c->engine;
    mesh *m = NULL;
    status st;

    pthread_mutex_unlock(&e->lock);
    st = node_open(&m, NODE_ONCE, config, self, key, NULL, err);
    if (!st) st = start_keeper(c, err);
    if (st) shut(c, m);
    pthread_mutex_lock(&e->lock);
    if (st) {
        forget(e, c);
        return st;
    }
    c->mesh = m;
    pthread_cond_broadcast(&e->changed);
    return OK;
}

/* The connection of this id, once nobody opens or closes it; NULL when there is none. */
static engine_connection *find(moot_engine *e, const uint8_t id[ID])
{
    engine_connection *c = e->connections;

    while (c && (memcmp(c->id, id, ID) || !c->mesh)) {
        if (memcmp(c->id, id, ID)) {
            c = c->next;
            continue;
        }
        pthread_cond_wait(&e->changed, &e->lock);
        c = e->connections;
    }
    return c;
}

/* Called and left with the lock held, which is open meanwhile. */
static void close_connection(engine_connection *c)
{
    moot_engine *e = c->engine;
    mesh *m = c->mesh;

    c->mesh = NULL;
    pthread_mutex_unlock(&e->lock);
    shut(c, m);
    pthread_mutex_lock(&e->lock);
    forget(e, c);
}

static bool is_left(const engine_connection *c)
{
    return c->mesh && c->spoilt && !c->uses;
}

static status connect_locked(moot_engine *e, const uint8_t id[ID], const parties_config *config,
                             unsigned self, const secret_key *key, connection_use *use, failure *err)
{
    engine_connection *c;
    status st;

    while ((c = find(e, id)) && is_left(c)) close_connection(c);
    if (!c) {
        if (!(c = calloc(1, sizeof *c))) return fail_memory(err);
        c->engine = e;
        c->next = e->connections;
        memcpy(c->id, id, ID);
        e->connections = c;
        if ((st = open_connection(c, config, self, key, err))) return st;
        engine_log(e, MOOT_LOG_INFO, "%s is connected", config->party[self].name);
    }
    for (const connection_use *u = c->uses; u; u = u->next)
        if (!strcmp(u->session, config->session))
            return fail(err, E_CONFIG, "N02",
                        "a session \"%s\" of %s is under way in this process already\n"
                        "help: each run of the same parties has a \"session\" of its own",
                        config->session, config->party[self].name);
    use->session = config->session;
    enlist(c, use);
    return OK;
}

status engine_connect(moot_engine *e, const parties_config *config, unsigned self,
                      const secret_key *key, connection_use *use, failure *err)
{
    uint8_t id[ID];
    status st = id_of(config, self, key, id, err);

    if (st) return st;
    pthread_mutex_lock(&e->lock);
    st = connect_locked(e, id, config, self, key, use, err);
    pthread_mutex_unlock(&e->lock);
    return st;
}

mesh *engine_mesh(const connection_use *use)
{
    return use->of->mesh;
}

void engine_disconnect(moot_engine *e, connection_use *use, const failure *how)
{
    engine_connection *c = use->of;
    connection_use **at;

    if (!c) return;
    pthread_mutex_lock(&e->lock);
    for (at = &c->uses; *at != use; at = &(*at)->next) {}
    *at = use->next;
    use->of = NULL;
    c->spoilt |= !strcmp(how->code, "N06");
    pthread_cond_broadcast(&e->changed);
    pthread_mutex_unlock(&e->lock);
}

void engine_tidy(moot_engine *e)
{
    engine_connection *c;

    pthread_mutex_lock(&e->lock);
    do {
        for (c = e->connections; c && !is_left(c);) c = c->next;
        if (c) close_connection(c);
    } while (c);
    pthread_mutex_unlock(&e->lock);
}

void moot_close(moot_engine *e)
{
    if (!e) return;
    pthread_mutex_lock(&e->lock);
    while (e->connections) close_connection(e->connections);
    pthread_mutex_unlock(&e->lock);
    pthread_cond_destroy(&e->turn);
    pthread_cond_destroy(&e->changed);
    pthread_mutex_destroy(&e->lock);
    if (e->has.alloc)
        e->has.alloc(e->has.alloc_user, e, sizeof *e, 0);
    else
        free(e);
}
