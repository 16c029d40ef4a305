/* The folders of a serving node: session files to sessions, programs from the folder that its operator approved,
 * this node's own data. A file that cannot be taken is refused once, with SESSION.error.json beside it: while that
 * is there, or SESSION.out.json, the session is not looked at again. */
#include "runtime/serve_parts.h"

#include <dirent.h>
#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <openssl/sha.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum {
    SETTLED_MS = 200, /* a file that changed later may still be on its way */
    BROKEN_MS = 5000  /* the same for one that ends too soon */
};

/* FOLDER/NAME.ENDING; NULL when memory is out. */
static char *path_of(const char *folder, const char *name, const char *ending)
{
    buffer path = {0};

    buffer_printf(&path, "%s/%s%s", folder, name, ending);
    return buffer_take(&path);
}

/* Without memory that may be missing: what is there must not look gone. */
static bool is_there(const serve *s, const char *name, const char *ending)
{
    char path[PATH_MAX];
    int len = snprintf(path, sizeof path, "%s/%s%s", s->is.sessions, name, ending);

    return len > 0 && (size_t)len < sizeof path && access(path, F_OK) == 0;
}

bool serve_has_ended(const serve *s, const char *name)
{
    return is_there(s, name, ".out.json") || is_there(s, name, ".error.json");
}

/* --- names */

static bool ends_in(const char *name, const char *ending)
{
    size_t len = strlen(name), end = strlen(ending);

    return len > end && !strcmp(name + len - end, ending);
}

/* "w48" of "w48.json", false for what is no session file. */
static bool session_name(const char *file, char out[SERVE_NAME + 1])
{
    static const char *const others[] = {".data.json", ".out.json", ".error.json"};
    size_t len = strlen(file) - strlen(".json");

    if (!ends_in(file, ".json") || !session_is_plain(file) || len > SERVE_NAME) return false;
    for (size_t k = 0; k < sizeof others / sizeof *others; k++)
        if (ends_in(file, others[k])) return false;
    memcpy(out, file, len);
    out[len] = '\0';
    return true;
}

/* How long ago the file changed. One from the future is old: our clock has gone back, or another host's, from which it was
 * copied with its time, is fast. */
static int64_t age_ms(const char *path)
{
    struct stat about;
    struct timespec now;
    int64_t age;

    if (stat(path, &about)) return 0;
    clock_gettime(CLOCK_REALTIME, &now);
    age = (int64_t)(now.tv_sec - about.st_mtim.tv_sec) * 1000 +
          (now.tv_nsec - about.st_mtim.tv_nsec) / 1000000;
    return age < 0 ? INT64_MAX : age;
}

/* --- what nodes compare */

static status agree(serve_session *x, const buffer *source, failure *err)
{
    static const uint8_t nothing[1];

    SHA256(source->data ? source->data : nothing, source->len, x->agreed.source);
    return config_hash(&x->config, x->agreed.file, err);
}

/* --- taking up a session */

/* The same nodes in the same order as nodes.json: their numbers are those of the mesh. */
static status check_nodes(const serve *s, const parties_config *c, failure *err)
{
    const parties_config *own = s->is.nodes;

    for (size_t k = 0; k < own->parties && k < c->parties; k++) {
        if (!strcmp(own->party[k].name, c->party[k].name) &&
            !strcmp(own->party[k].public_key, c->party[k].public_key))
            continue;
        return fail(err, E_CONFIG, "N02",
                    "a session has the nodes of the service with their keys, in that order, and at "
                    "place %zu this has \"%s\", not \"%s\"\n%s",
                    k + 1, c->party[k].name, own->party[k].name, c->place);
    }
    if (own->parties == c->parties) return OK;
    return fail(err, E_CONFIG, "N02",
                "a session has the %zu nodes of the service, and this has %zu\n%s", own->parties,
                c->parties, c->place);
}

static status check_session(const serve *s, const serve_session *x, failure *err)
{
    const parties_config *c = &x->config;

    if (strcmp(c->session, x->name) != 0)
        return fail(err, E_CONFIG, "N02",
                    "%s.json is of the session \"%s\": its name should be %s.json", x->name,
                    c->session, c->session);
    if (!c->program)
        return fail(err, E_CONFIG, "N02", "\"program\" is missing: a file of the folder of --allow");
    if (!session_is_plain(c->program) || !ends_in(c->program, ".moot"))
        return fail(
            err, E_CONFIG, "N02",
            "\"program\" is \"%s\", and should be the name of a .moot file in the folder of "
            "--allow",
            c->program);
    return check_nodes(s, c, err);
}

static status read_config(serve_session *x, const char *path, failure *err)
{
    buffer text = {0};
    status st = read_file(path, &text, err);

    if (!st)
        st = config_parse(&x->config, CONFIG_SESSION,
                          (slice){text.data ? text.data : (const uint8_t *)"", text.len}, path, err);
    buffer_free(&text);
    return st;
}

/* From the operator's own folder only: what it has not put there does not run. */
status serve_read_program(const serve_session *x, char **path, buffer *text, failure *err)
{
    const serve *s = x->owner;

    if (!(*path = path_of(s->is.allow, x->config.program, ""))) return fail_memory(err);
    if (access(*path, F_OK) == 0) return read_file(*path, text, err);
    return fail(err, E_CONFIG, "N08",
                "the program %s is not among those that may run here (%s)\n"
                "help: its operator puts it there, after reading it",
                x->config.program, s->is.allow);
}

/* The first finding of the compiler, as a failure. */
status serve_first_finding(const deployed *d, status st, failure *err)
{
    const report *r = loaded_findings(&d->loaded);

    for (size_t k = 0; st == E_PROGRAM && k < r->findings; k++)
        if (r->finding[k].error)
            return fail(err, st, r->finding[k].code, "%s\n --> %s:%u:%u", r->finding[k].message,
                        r->finding[k].file, r->finding[k].line, r->finding[k].col);
    return st;
}

/* The field of all owners serves fewer, too: it is the one they have submitted in. */
status serve_make(serve_session *x, const char *path, const buffer *text, failure *err)
{
    const serve *s = x->owner;
    const bool fewer = x->intake.config_owner != NULL;
    char *own = path_of(s->is.sessions, x->name, ".data.json");
    buffer json = {0};
    deploy_request req = {.config = fewer ? &x->intake.config : &x->config,
                          .self = s->is.self,
                          .source = {.file = path,
                                     .source = {text->data, text->len},
                                     .field = fewer ? x->intake.field : (field_request){0},
                                     .read = read_beside,
                                     .read_user = (void *)(uintptr_t)path},
                          .data_file = own};
    char *folder = own ? folder_of(own) : NULL;
    status st = own && folder ? OK : fail_memory(err);

    req.folder = folder;
    if (!st && access(own, F_OK) == 0 && !(st = read_file(own, &json, err)))
        req.json = (slice){json.data ? json.data : (const uint8_t *)"", json.len};
    if (!st) st = serve_first_finding(&x->made, deploy(&x->made, &req, err), err);
    buffer_free(&json);
    free(own);
    free(folder);
    return st;
}

static bool data_came(const serve_session *x)
{
    char *path = path_of(x->owner->is.sessions, x->name, ".data.json");
    bool came = path && access(path, F_OK) == 0 && age_ms(path) >= SETTLED_MS;

    free(path);
    return came;
}

static bool wants_data(const serve_session *x, const buffer *source, const char *path)
{
    const deploy_request req = {.config = &x->config,
                                .self = x->owner->is.self,
                                .source = {.file = path,
                                           .source = {source->data, source->len},
                                           .read = read_beside,
                                           .read_user = (void *)(uintptr_t)path}};
    return deploy_wants_data(&req);
}

/* Goes as far as what is there allows: WAITING without data, else READY. */
static status prepare(serve_session *x, failure *err)
{
    buffer text = {0};
    char *path = NULL;
    bool closed = false;
    status st = serve_read_program(x, &path, &text, err);

    if (!st) st = agree(x, &text, err);
    if (!st) st = intake_shape(x, path, &text, err);
    if (!st) st = intake_closes(x, &closed, err);
    if (!st && closed && (!wants_data(x, &text, path) || data_came(x)) &&
        !(st = serve_make(x, path, &text, err)))
        x->state = SERVE_READY;
    free(path);
    buffer_free(&text);
    return st;
}

static void tell(serve_session *x)
{
    const char *waits = x->config.owners
                            ? "waits for what owners submit, or for this node's own data"
                            : "waits for this node's own data";

    if (x->state == SERVE_READY)
        serve_log(x->owner, &(serve_event){.name = "session.ready",
                                           .text = "ready; waits for the other nodes",
                                           .session = x->name});
    else if (!x->waits_told)
        serve_log(x->owner,
                  &(serve_event){.name = "session.waits", .text = waits, .session = x->name});
    x->waits_told = true;
}

static void advance(serve_session *x)
{
    failure err = {0};

    if (prepare(x, &err))
        serve_session_end(x, &err);
    else
        tell(x);
}

/* At the end, so that the first to come is the first to run. */
static void append(serve *s, serve_session *x)
{
    serve_session **at = &s->first;

    while (*at) at = &(*at)->next;
    *at = x;
}

static void take_up(serve *s, const char *name, const char *path)
{
    serve_session *x = calloc(1, sizeof *x);
    failure err = {0};
    status st;

    if (!x) return; /* the next scan tries again */
    x->owner = s, x->named = true;
    snprintf(x->name, sizeof x->name, "%s", name);
    st = read_config(x, path, &err);
    if (st && !strcmp(err.code, "D01") && age_ms(path) < BROKEN_MS) {
        serve_session_free(x); /* it may still be on its way */
        return;
    }
    append(s, x);
    if (st || check_session(s, x, &err))
        serve_session_end(x, &err);
    else
        advance(x);
}

static void look_at(serve *s, const char *file)
{
    char name[SERVE_NAME + 1], *path;
    serve_session *x;

    if (!session_name(file, name)) return;
    if ((x = serve_find(s, name))) {
        x->named = true;
        if (x->state == SERVE_WAITING) advance(x);
        return;
    }
    if (serve_has_ended(s, name) || !(path = path_of(s->is.sessions, file, ""))) return;
    if (age_ms(path) >= SETTLED_MS) take_up(s, name, path);
    free(path);
}

/* Of what has ended, the file beside it tells; only when that could not be written it is kept here. */
static bool is_kept(const serve_session *x)
{
    if (x->state == SERVE_RUNNING) return true;
    return x->named && (x->state != SERVE_ENDED || !serve_has_ended(x->owner, x->name));
}

static void forget_the_rest(serve *s)
{
    for (serve_session **at = &s->first; *at;) {
        serve_session *x = *at;
        if (is_kept(x)) {
            at = &x->next;
            continue;
        }
        *at = x->next;
        if (x->state != SERVE_ENDED) {
            note gone = note_of(x, NOTE_NONE);
            note_send_all(s, &gone);
        }
        serve_session_free(x);
    }
}

/* Is there a file of this session? */
static bool is_named(const serve *s, const char *session)
{
    return is_there(s, session, ".json");
}

status serve_scan(serve *s, failure *err)
{
    DIR *folder = opendir(s->is.sessions);
    failure why = {0};

    if (!folder)
        return fail(err, E_USAGE, "", "%s cannot be read: %s", s->is.sessions, strerror(errno));
    for (serve_session *x = s->first; x; x = x->next) x->named = false;
    for (const struct dirent *e; (e = readdir(folder));) look_at(s, e->d_name);
    closedir(folder);
    forget_the_rest(s);
    if (intake_sweep(s, is_named, &why) || intake_admit(s, &why))
        serve_log(s, &(serve_event){.bad = true,
                                    .name = "store.failed",
                                    .text = "what was submitted cannot be looked at",
                                    .why = &why});
    return OK;
}
