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

enum { NODES = 3, HOST = 0, LIAR = 1, TEXT = 4096, PATH = 64 };

static const uint8_t notes_tag[FRAME_TAG] = "moot serve 2";

/* A node in a thread, and one of its peers as a bare mesh with a port for notes. */
typedef struct stage {
    char folder[PATH], programs[PATH + 16], sessions[PATH + 16];
    parties_config nodes;
    secret_key *key[NODES];
    serve *node;
    pthread_t thread;
    mesh *liar;
    transport *notes;
    atomic_int kept, bad;
} stage;

static void note_event(void *user, const serve_event *e)
{
    stage *s = user;
    if (e->bad) atomic_fetch_add(&s->bad, 1);
}

static status keep_nothing(void *user, const serve_outcome *o, failure *err)
{
    (void)o, (void)err;
    atomic_fetch_add(&((stage *)user)->kept, 1);
    return OK;
}

static void *serve_it(void *arg)
{
    stage *s = arg;
    cr_expect_eq(serve_run(s->node, NULL), OK);
    return NULL;
}

static void make_nodes(stage *s)
{
    char text[TEXT], secret[KEY_TEXT + 1], public_key[KEY_TEXT + 1];
    int at = snprintf(text, sizeof text,
                      "{\"version\":1,\"limits\":{\"peer_timeout\":\"5s\"},\"parties\":[");
    failure err = {0};

    for (unsigned k = 0; k < NODES; k++) {
        cr_assert_eq(mesh_keypair(public_key, secret, &err), OK);
        cr_assert_eq(secret_key_copy(&s->key[k], secret, &err), OK, "%s", err.text);
        at += snprintf(
            text + at, sizeof text - (size_t)at,
            "%s{\"name\":\"n%u\",\"address\":\"tcp://127.0.0.1:%u\",\"public_key\":\"%s\"}",
            k ? "," : "", k, free_port(), public_key);
    }
    snprintf(text + at, sizeof text - (size_t)at, "]}");
    cr_assert_eq(config_parse(&s->nodes, CONFIG_NODES, (slice){(const uint8_t *)text, strlen(text)},
                              "nodes.json", &err),
                 OK, "%s", err.text);
}

static void open_liar(stage *s)
{
    failure err = {0};

    cr_assert_eq(node_open(&s->liar, NODE_ONCE, &s->nodes, LIAR, s->key[LIAR], NULL, &err), OK,
                 "%s", err.text);
    cr_assert_eq(mesh_port(s->liar, notes_tag, &s->notes, &err), OK);
}

static void begin(stage *s)
{
    serve_config cfg = {.self = HOST, .log = note_event, .keep = keep_nothing, .user = s};
    failure err = {0};

    *s = (stage){.folder = "/tmp/moot-serve-XXXXXX"};
    cr_assert_not_null(mkdtemp(s->folder));
    snprintf(s->programs, sizeof s->programs, "%s/programs", s->folder);
    snprintf(s->sessions, sizeof s->sessions, "%s/sessions", s->folder);
    cr_assert(!mkdir(s->programs, 0700) && !mkdir(s->sessions, 0700));
    make_nodes(s);
    cfg.nodes = &s->nodes, cfg.key = s->key[HOST];
    cfg.allow = s->programs, cfg.sessions = s->sessions;
    cr_assert_eq(serve_open(&s->node, &cfg, &err), OK, "%s", err.text);
    cr_assert_eq(pthread_create(&s->thread, NULL, serve_it, s), 0);
    open_liar(s);
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
    s->notes->close(s->notes);
    mesh_close(s->liar);
    for (unsigned k = 0; k < NODES; k++) secret_key_free(s->key[k]);
    config_free(&s->nodes);
    remove_file(s->sessions, "submissions.sqlite");
    rmdir(s->programs), rmdir(s->sessions), rmdir(s->folder);
}

/* Sends a note of these bytes. */
static void tell(stage *s, const void *bytes, size_t len)
{
    frame *f = s->notes->make(s->notes, CHANNEL_HEADER + len);

    frame_header_write(f->data, &(frame_header){FRAME_DATA, 1, mesh_nonce(s->liar), notes_tag});
    if (len) memcpy(f->data + CHANNEL_HEADER, bytes, len);
    s->notes->send(s->notes, HOST, f);
}

static void tell_note(stage *s, note_kind what, const char *name)
{
    enum { AT = 5 + 2 * SERVE_HASH };
    uint8_t bytes[AT + 1 + 2 * SERVE_NAME] = {(uint8_t)what};
    size_t len = strlen(name);

    bytes[AT] = (uint8_t)len;
    memcpy(bytes + AT + 1, name, len);
    tell(s, bytes, AT + 1 + len);
}

/* The next note of this kind from the node within the time; false when there is none. */
static bool hears(stage *s, note_kind what, unsigned ms)
{
    int64_t until = now_ms() + ms;
    unsigned lost;
    frame *f;
    note n;

    while (now_ms() < until) {
        if (s->notes->next(s->notes, until, &f, &lost) != ARRIVED_FRAME) continue;
        bool found = note_read(&n, (slice){f->data + CHANNEL_HEADER, f->len - CHANNEL_HEADER}) &&
                     n.kind == what;
        f->release(f);
        if (found) return true;
    }
    return false;
}

static void write_empty(const char *folder, const char *name)
{
    char path[2 * PATH];

    snprintf(path, sizeof path, "%s/%s", folder, name);
    fclose(fopen(path, "w"));
}

Test(serve, stays_whatever_a_peer_says, .timeout = 60)
{
    uint8_t noise[200];
    stage s;

    begin(&s);
    cr_assert(hears(&s, NOTE_HERE, 5000), "the node is there");
    srand(1);
    for (int k = 0; k < 500; k++) {
        for (size_t i = 0; i < sizeof noise; i++) noise[i] = (uint8_t)rand();
        noise[0] = (uint8_t)(k % 8);
        tell(&s, noise, (size_t)rand() % sizeof noise);
    }
    for (note_kind what = NOTE_HERE; what <= NOTE_NONE; what++) {
        tell_note(&s, what, "unknown");
        tell_note(&s, what, "");
        tell_note(&s, what, "a-name-as-long-as-a-name-may-be-and-then-a-little-longer-than-that-is");
    }
    cr_expect(hears(&s, NOTE_HERE, 5000), "it is still there");
    cr_expect_eq(atomic_load(&s.kept), 0, "and has run nothing");
    end(&s);
}

Test(serve, answers_for_sessions_alone_and_not_for_other_files, .timeout = 60)
{
    stage s;

    begin(&s);
    write_empty(s.sessions, "old.out.json");
    write_empty(s.folder, "elsewhere.out.json");
    cr_assert(hears(&s, NOTE_HERE, 5000), "the node is there");
    tell_note(&s, NOTE_HAVE, "../elsewhere");
    cr_expect(!hears(&s, NOTE_ENDED, 500), "it tells what is on its host");
    tell_note(&s, NOTE_HAVE, "old");
    cr_expect(hears(&s, NOTE_ENDED, 5000), "what has ended here has ended");
    tell_note(&s, NOTE_START, "old");
    cr_expect(!hears(&s, NOTE_NONE, 500), "only the first node starts sessions");
    remove_file(s.sessions, "old.out.json");
    remove_file(s.folder, "elsewhere.out.json");
    end(&s);
}
