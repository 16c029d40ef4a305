/* A serving node among peers that have keys and do not follow the rules: it stays, starts nothing it was not given,
 * and tells nothing of its host. */
#include <criterion/criterion.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "net/transport.h"
#include "runtime/serve_parts.h"
#include "tests/unit/runtime/session_world.h"

enum { NODES = 3, HOST = 0, LIAR = 1, OTHER = 2, TEXT = 4096, PATH = 64 };

static const uint8_t notes_tag[FRAME_TAG] = "moot serve 2";

/* A peer of the node as a bare mesh with a port for notes. */
typedef struct peer {
    mesh *mesh;
    transport *notes;
} peer;

/* A node in a thread, and a peer of it. */
typedef struct stage {
    char folder[PATH], programs[PATH + 16], sessions[PATH + 16];
    unsigned port[NODES];
    char public_key[NODES][KEY_TEXT + 1];
    parties_config nodes;
    secret_key *key[NODES];
    serve *node;
    pthread_t thread;
    peer liar;
    atomic_int kept, bad;
    pthread_mutex_t disk; /* what becomes of a session is kept while nobody holds it */
} stage;

static void note_event(void *user, const serve_event *e)
{
    stage *s = user;
    if (e->bad) atomic_fetch_add(&s->bad, 1);
}

static status keep_nothing(void *user, const serve_outcome *o, failure *err)
{
    stage *s = user;

    (void)o, (void)err;
    atomic_fetch_add(&s->kept, 1);
    pthread_mutex_lock(&s->disk);
    pthread_mutex_unlock(&s->disk);
    return OK;
}

static void *serve_it(void *arg)
{
    stage *s = arg;
    cr_expect_eq(serve_run(s->node, NULL), OK);
    return NULL;
}

/* A parties file that begins so, with these members in the entry of each. */
static void write_nodes(const stage *s, char *text, const char *first, const char *each)
{
    int at = snprintf(text, TEXT, "{\"version\":1,%s\"parties\":[", first);

    for (unsigned k = 0; k < NODES; k++)
        at += snprintf(
            text + at, TEXT - (size_t)at,
            "%s{\"name\":\"n%u\",%s\"address\":\"tcp://127.0.0.1:%u\",\"public_key\":\"%s\"}",
            k ? "," : "", k, each, s->port[k], s->public_key[k]);
    snprintf(text + at, TEXT - (size_t)at, "]}");
}

static void make_nodes(stage *s)
{
    char text[TEXT], secret[KEY_TEXT + 1];
    failure err = {0};

    for (unsigned k = 0; k < NODES; k++) {
        cr_assert_eq(mesh_keypair(s->public_key[k], secret, &err), OK);
        cr_assert_eq(secret_key_copy(&s->key[k], secret, &err), OK, "%s", err.text);
        s->port[k] = free_port();
    }
    write_nodes(s, text, "\"limits\":{\"peer_timeout\":\"5s\"},", "");
    cr_assert_eq(config_parse(&s->nodes, CONFIG_NODES, (slice){(const uint8_t *)text, strlen(text)},
                              "nodes.json", &err),
                 OK, "%s", err.text);
}

static peer open_peer(stage *s, unsigned number)
{
    failure err = {0};
    peer p;

    cr_assert_eq(node_open(&p.mesh, NODE_ONCE, &s->nodes, number, s->key[number], NULL, &err), OK,
                 "%s", err.text);
    cr_assert_eq(mesh_port(p.mesh, notes_tag, &p.notes, &err), OK);
    return p;
}

static void close_peer(peer p)
{
    p.notes->close(p.notes);
    mesh_close(p.mesh);
}

static void begin(stage *s)
{
    serve_config cfg = {.self = HOST, .log = note_event, .keep = keep_nothing, .user = s};
    failure err = {0};

    *s = (stage){.folder = "/tmp/moot-serve-XXXXXX", .disk = PTHREAD_MUTEX_INITIALIZER};
    cr_assert_not_null(mkdtemp(s->folder));
    snprintf(s->programs, sizeof s->programs, "%s/programs", s->folder);
    snprintf(s->sessions, sizeof s->sessions, "%s/sessions", s->folder);
    cr_assert(!mkdir(s->programs, 0700) && !mkdir(s->sessions, 0700));
    make_nodes(s);
    cfg.nodes = &s->nodes, cfg.key = s->key[HOST];
    cfg.allow = s->programs, cfg.sessions = s->sessions;
    cr_assert_eq(serve_open(&s->node, &cfg, &err), OK, "%s", err.text);
    cr_assert_eq(pthread_create(&s->thread, NULL, serve_it, s), 0);
    s->liar = open_peer(s, LIAR);
}

static void remove_file(const char *folder, const char *name)
{
    char path[2 * PATH];

    snprintf(path, sizeof path, "%s/%s", folder, name);
    unlink(path);
}

static void end(stage *s)
{
    serve_stop(s->node);
    pthread_join(s->thread, NULL);
    serve_close(s->node);
    close_peer(s->liar);
    for (unsigned k = 0; k < NODES; k++) secret_key_free(s->key[k]);
    config_free(&s->nodes);
    remove_file(s->sessions, "submissions.sqlite");
    rmdir(s->programs), rmdir(s->sessions), rmdir(s->folder);
}

/* Sends a note of these bytes. */
static void tell(const peer *p, const void *bytes, size_t len)
{
    frame *f = p->notes->make(p->notes, CHANNEL_HEADER + len);

    frame_header_write(f->data, &(frame_header){FRAME_DATA, 1, mesh_nonce(p->mesh), notes_tag});
    if (len) memcpy(f->data + CHANNEL_HEADER, bytes, len);
    p->notes->send(p->notes, HOST, f);
}

/* From one who hears all. */
static void tell_note(const peer *p, note_kind what, const char *name, const serve_agreement *about)
{
    enum { HEARS = 1, AGREED = 5, NAME = AGREED + 2 * SERVE_HASH };
    uint8_t bytes[NAME + 1 + 2 * SERVE_NAME] = {(uint8_t)what, [HEARS] = (1 << NODES) - 1};
    size_t len = strlen(name);

    if (about) memcpy(bytes + AGREED, about, sizeof *about);
    bytes[NAME] = (uint8_t)len;
    memcpy(bytes + NAME + 1, name, len);
    tell(p, bytes, NAME + 1 + len);
}

/* The next note of this kind from the node within the time; false when there is none. */
static bool hears(const peer *p, note_kind what, unsigned ms, note *out)
{
    int64_t until = now_ms() + ms;
    unsigned lost;
    frame *f;

    while (now_ms() < until) {
        if (p->notes->next(p->notes, until, &f, &lost) != ARRIVED_FRAME) continue;
        bool found = note_read(out, (slice){f->data + CHANNEL_HEADER, f->len - CHANNEL_HEADER}) &&
                     out->kind == what;
        f->release(f);
        if (found) return true;
    }
    return false;
}

static void write_text(const char *folder, const char *name, const char *text)
{
    char path[2 * PATH];
    FILE *f;

    snprintf(path, sizeof path, "%s/%s", folder, name);
    cr_assert_not_null(f = fopen(path, "w"));
    cr_assert_geq(fputs(text, f), 0);
    cr_assert_eq(fclose(f), 0);
}

Test(serve, stays_whatever_a_peer_says, .timeout = 60)
{
    uint8_t noise[200];
    stage s;
    note heard;

    begin(&s);
    cr_assert(hears(&s.liar, NOTE_HERE, 5000, &heard), "the node is there");
    srand(1);
    for (int k = 0; k < 500; k++) {
        for (size_t i = 0; i < sizeof noise; i++) noise[i] = (uint8_t)rand();
        noise[0] = (uint8_t)(k % 8);
        tell(&s.liar, noise, (size_t)rand() % sizeof noise);
    }
    for (note_kind what = NOTE_HERE; what <= NOTE_NONE; what++) {
        tell_note(&s.liar, what, "unknown", NULL);
        tell_note(&s.liar, what, "", NULL);
        tell_note(&s.liar, what,
                  "a-name-as-long-as-a-name-may-be-and-then-a-little-longer-than-that-is", NULL);
    }
    cr_expect(hears(&s.liar, NOTE_HERE, 5000, &heard), "it is still there");
    cr_expect_eq(atomic_load(&s.kept), 0, "and has run nothing");
    end(&s);
}

Test(serve, answers_for_sessions_alone_and_not_for_other_files, .timeout = 60)
{
    stage s;
    note heard;

    begin(&s);
    write_text(s.sessions, "old.out.json", "");
    write_text(s.folder, "elsewhere.out.json", "");
    cr_assert(hears(&s.liar, NOTE_HERE, 5000, &heard), "the node is there");
    tell_note(&s.liar, NOTE_HAVE, "../elsewhere", NULL);
    cr_expect(!hears(&s.liar, NOTE_ENDED, 500, &heard), "it tells what is on its host");
    tell_note(&s.liar, NOTE_HAVE, "old", NULL);
    cr_expect(hears(&s.liar, NOTE_ENDED, 5000, &heard), "what has ended here has ended");
    tell_note(&s.liar, NOTE_START, "old", NULL);
    cr_expect(!hears(&s.liar, NOTE_NONE, 500, &heard), "only the first node starts sessions");
    remove_file(s.sessions, "old.out.json");
    remove_file(s.folder, "elsewhere.out.json");
    end(&s);
}

/* Both others have what the node has, until it starts that. */
static void start_session(const stage *s, const peer *other, note *start)
{
    note have;

    cr_assert(hears(&s->liar, NOTE_HAVE, 5000, &have), "the node has it");
    tell_note(&s->liar, NOTE_HERE, "", NULL);
    tell_note(other, NOTE_HERE, "", NULL);
    tell_note(&s->liar, NOTE_HAVE, have.name, &have.agreed);
    tell_note(other, NOTE_HAVE, have.name, &have.agreed);
    cr_assert(hears(&s->liar, NOTE_START, 5000, start), "it starts it");
}

/* For its part of the session is lost with it: it would wait for others who have ended. */
Test(serve, does_not_start_at_a_node_that_came_back_what_it_was_lost_from, .timeout = 60)
{
    char text[TEXT];
    note start, heard;
    peer other;
    stage s;

    begin(&s);
    other = open_peer(&s, OTHER);
    write_text(s.programs, "p.moot",
               "party p[n]\ninput x from p : int 0..9\n"
               "output y to all : int\nx sum reveal y\n");
    write_nodes(&s, text, "\"session\":\"s\",\"program\":\"p.moot\",", "\"role\":\"p\",");
    write_text(s.sessions, "s.data.json", "{\"x\":1}");
    write_text(s.sessions, "s.json", text);
    start_session(&s, &other, &start);

    pthread_mutex_lock(&s.disk);
    close_peer(s.liar);
    s.liar = open_peer(&s, LIAR);
    while (!atomic_load(&s.kept)) usleep(1000);
    tell_note(&s.liar, NOTE_HAVE, "s", &start.agreed);
    cr_expect(!hears(&s.liar, NOTE_START, 500, &heard), "it starts what is lost");
    pthread_mutex_unlock(&s.disk);
    write_text(s.sessions, "s.error.json", "");
    do tell_note(&s.liar, NOTE_HAVE, "s", &start.agreed);
    while (!hears(&s.liar, NOTE_ENDED, 100, &heard));

    remove_file(s.programs, "p.moot");
    for (unsigned k = 0; k < 3; k++)
        remove_file(s.sessions, (const char *[]){"s.json", "s.data.json", "s.error.json"}[k]);
    close_peer(other);
    end(&s);
}
