/* The database: four tables, and one prepared statement for each thing that is done with them. */
#include "runtime/serve_store.h"

#include "runtime/sealed.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <openssl/crypto.h>
#include <pthread.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* "moot" as a number marks the file as ours. */
#define APPLICATION "1836019572"
enum { BUSY_MS = 5000 };

static const char schema[] =
    "PRAGMA journal_mode = WAL;"
    "PRAGMA synchronous = FULL;" /* what was acknowledged survives a crash of the machine */
    "PRAGMA secure_delete = ON;" /* shares that are dropped are overwritten */
    "PRAGMA application_id = " APPLICATION ";"
    "CREATE TABLE IF NOT EXISTS session(name TEXT PRIMARY KEY, what BLOB, chosen BLOB) WITHOUT "
    "ROWID;"
    "CREATE TABLE IF NOT EXISTS submission(session TEXT, owner TEXT, sequence INTEGER, digest BLOB,"
    " nonce BLOB, length INTEGER, whole INTEGER, counts INTEGER,"
    " PRIMARY KEY(session, owner, sequence));"
    "CREATE TABLE IF NOT EXISTS piece(session TEXT, owner TEXT, sequence INTEGER, at INTEGER,"
    " bytes BLOB, PRIMARY KEY(session, owner, sequence, at));"
    "CREATE TABLE IF NOT EXISTS kept(session TEXT, owner TEXT, sealed BLOB,"
    " PRIMARY KEY(session, owner));";

typedef enum what {
    BEGIN,
    COMMIT,
    ROLLBACK,
    FIND,
    ADD,
    DROP_UNFINISHED,
    DROP_UNFINISHED_PIECES,
    HAVE,
    ADD_PIECE,
    STAGE,
    COUNT,
    DROP_OLDER,
    DROP_OLDER_PIECES,
    DROP,
    DROP_PIECES,
    LIST,
    READ,
    READ_PIECES,
    FIND_SESSION,
    ADD_SESSION,
    DONE,
    DROP_SUBMISSIONS,
    DROP_ALL_PIECES,
    DROP_KEPT,
    DROP_SESSION,
    KEEP,
    KEPT,
    WAITING,
    SESSIONS,
    STATEMENTS
} statement;

#define THIS "session = ?1 AND owner = ?2 AND sequence = ?3"
/* Of an owner's that were never whole, all but this. */
#define UNFINISHED                                                                                 \
    "session = ?1 AND owner = ?2 AND sequence IN (SELECT sequence FROM submission WHERE "          \
    "session = ?1 AND owner = ?2 AND NOT counts AND sequence <> ?3)"
/* All but the two latest that count, and what is later. */
#define OLDER                                                                                      \
    "session = ?1 AND owner = ?2 AND sequence < (SELECT min(sequence) FROM (SELECT sequence FROM " \
    "submission WHERE session = ?1 AND owner = ?2 AND counts ORDER BY sequence DESC LIMIT 2))"

static const char *const text_of[STATEMENTS] = {
    [BEGIN] = "BEGIN IMMEDIATE",
    [COMMIT] = "COMMIT",
    [ROLLBACK] = "ROLLBACK",
    [FIND] = "SELECT digest, nonce, length, whole FROM submission WHERE " THIS,
    [ADD] = "INSERT INTO submission VALUES(?1, ?2, ?3, ?4, ?5, ?6, 0, 0)",
    [DROP_UNFINISHED_PIECES] = "DELETE FROM piece WHERE " UNFINISHED,
    [DROP_UNFINISHED] = "DELETE FROM submission WHERE " UNFINISHED,
    [HAVE] = "SELECT coalesce(sum(length(bytes) - ?4), 0) FROM piece WHERE " THIS,
    [ADD_PIECE] = "INSERT INTO piece VALUES(?1, ?2, ?3, ?4, ?5)",
    [STAGE] = "UPDATE submission SET whole = 1 WHERE " THIS,
    [COUNT] = "UPDATE submission SET counts = 1 WHERE whole AND " THIS,
    [DROP_OLDER_PIECES] = "DELETE FROM piece WHERE " OLDER,
    [DROP_OLDER] = "DELETE FROM submission WHERE " OLDER,
    [DROP] = "DELETE FROM submission WHERE " THIS,
    [DROP_PIECES] = "DELETE FROM piece WHERE " THIS,
    [LIST] = "SELECT owner, sequence, whole, counts, digest FROM submission WHERE session = ?1 "
             "ORDER BY owner, sequence",
    [READ] = "SELECT nonce FROM submission WHERE whole AND " THIS,
    [READ_PIECES] = "SELECT bytes, at FROM piece WHERE " THIS " ORDER BY at",
    [FIND_SESSION] = "SELECT what, chosen FROM session WHERE name = ?1",
    [ADD_SESSION] = "INSERT INTO session VALUES(?1, ?2, NULL)",
    [DONE] = "UPDATE session SET chosen = ?2 WHERE name = ?1",
    [DROP_SUBMISSIONS] = "DELETE FROM submission WHERE session = ?1",
    [DROP_ALL_PIECES] = "DELETE FROM piece WHERE session = ?1",
    [DROP_KEPT] = "DELETE FROM kept WHERE session = ?1",
    [DROP_SESSION] = "DELETE FROM session WHERE name = ?1",
    [KEEP] = "INSERT OR REPLACE INTO kept VALUES(?1, ?2, ?3)",
    [KEPT] = "SELECT sealed FROM kept WHERE session = ?1 AND owner = ?2",
    [WAITING] = "SELECT session, owner FROM kept UNION "
                "SELECT session, owner FROM submission WHERE whole",
    [SESSIONS] = "SELECT name FROM session"};

struct store {
    sqlite3 *db;
    const secret_key *secret;
    char public_key[KEY_TEXT + 1];
    sqlite3_stmt *statement[STATEMENTS];
    pthread_mutex_t lock;
};

/* --- opening */

/* SQLite would make it readable for others, were it to make it. */
static status make_file(const char *path, failure *err)
{
    int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);

    if (fd < 0) return fail(err, E_USAGE, "", "cannot open %s: %s", path, strerror(errno));
    close(fd);
    return OK;
}

static status cannot(const store *s, const char *what, failure *err)
{
    int code = sqlite3_errcode(s->db);

    if (code == SQLITE_NOMEM) return fail_memory(err);
    return fail(err, E_LIMIT, "", "cannot %s what owners submit: %s", what, sqlite3_errmsg(s->db));
}

static status not_ours(const char *path, const char *why, failure *err)
{
    return fail(err, E_USAGE, "", "%s is no store of submissions: %s", path, why);
}

static status check_application(const store *s, const char *path, failure *err)
{
    sqlite3_stmt *q = NULL;
    bool ours = false;

    if (sqlite3_prepare_v2(s->db,
                           "SELECT (SELECT count(*) FROM sqlite_schema) = 0 OR (SELECT * FROM "
                           "pragma_application_id) = " APPLICATION,
                           -1, &q, NULL) == SQLITE_OK &&
        sqlite3_step(q) == SQLITE_ROW)
        ours = sqlite3_column_int(q, 0);
    sqlite3_finalize(q);
    return ours ? OK : not_ours(path, "another program made it, or it is damaged", err);
}

static status prepare(store *s, const char *path, failure *err)
{
    status st;

    if (sqlite3_open_v2(path, &s->db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_FULLMUTEX, NULL))
        return not_ours(path, s->db ? sqlite3_errmsg(s->db) : "out of memory", err);
    sqlite3_busy_timeout(s->db, BUSY_MS);
    if ((st = check_application(s, path, err))) return st;
    if (sqlite3_exec(s->db, schema, NULL, NULL, NULL))
        return not_ours(path, sqlite3_errmsg(s->db), err);
    for (unsigned k = 0; k < STATEMENTS; k++)
        if (sqlite3_prepare_v3(s->db, text_of[k], -1, SQLITE_PREPARE_PERSISTENT, &s->statement[k],
                               NULL))
            return not_ours(path, sqlite3_errmsg(s->db), err);
    return OK;
}

status store_open(store **out, const char *path, store_key key, failure *err)
{
    store *s = calloc(1, sizeof *s);
    status st;

    *out = NULL;
    if (!s) return fail_memory(err);
    s->secret = key.secret;
    snprintf(s->public_key, sizeof s->public_key, "%s", key.public_key);
    pthread_mutex_init(&s->lock, NULL);
    if (!(st = make_file(path, err)) && !(st = prepare(s, path, err)))
        *out = s;
    else
        store_close(s);
    return st;
}

void store_close(store *s)
{
    if (!s) return;
    for (unsigned k = 0; k < STATEMENTS; k++) sqlite3_finalize(s->statement[k]);
    sqlite3_close(s->db);
    pthread_mutex_destroy(&s->lock);
    free(s);
}

/* --- statements */

static sqlite3_stmt *use(store *s, statement which)
{
    sqlite3_stmt *q = s->statement[which];

    sqlite3_reset(q);
    sqlite3_clear_bindings(q);
    return q;
}

static void bind_text(sqlite3_stmt *q, int at, const char *text)
{
    sqlite3_bind_text(q, at, text, -1, SQLITE_STATIC);
}

static void bind_bytes(sqlite3_stmt *q, int at, const void *bytes, size_t len)
{
    sqlite3_bind_blob64(q, at, len ? bytes : "", len, SQLITE_STATIC);
}

/* A statement that gives nothing back. */
static status finish(store *s, sqlite3_stmt *q, failure *err)
{
    int code = sqlite3_step(q);
    status st = code == SQLITE_DONE || code == SQLITE_ROW ? OK : cannot(s, "keep", err);

    sqlite3_reset(q);
    return st;
}

static status run(store *s, statement which, const char *session, failure *err)
{
    sqlite3_stmt *q = use(s, which);

    if (session) bind_text(q, 1, session);
    return finish(s, q, err);
}

static sqlite3_stmt *use_item(store *s, statement which, const store_item *item)
{
    sqlite3_stmt *q = use(s, which);

    bind_text(q, 1, item->session), bind_text(q, 2, item->owner);
    sqlite3_bind_int64(q, 3, (int64_t)item->sequence);
    return q;
}

static status run_item(store *s, statement which, const store_item *item, failure *err)
{
    return finish(s, use_item(s, which, item), err);
}

/* True when there is a row (further); sets *st on failure. */
static bool next(store *s, sqlite3_stmt *q, status *st, failure *err)
{
    int code = sqlite3_step(q);

    if (code == SQLITE_ROW) return true;
    *st = code == SQLITE_DONE ? OK : cannot(s, "read", err);
    sqlite3_reset(q);
    return false;
}

static const char *column_text(sqlite3_stmt *q, int at)
{
    const char *text = (const char *)sqlite3_column_text(q, at);
    return text ? text : "";
}

static slice column_bytes(sqlite3_stmt *q, int at)
{
    const uint8_t *data = sqlite3_column_blob(q, at);
    return (slice){data, data ? (size_t)sqlite3_column_bytes(q, at) : 0};
}

static bool column_is(sqlite3_stmt *q, int at, const uint8_t hash[SUBMISSION_HASH])
{
    slice is = column_bytes(q, at);
    return is.len == SUBMISSION_HASH && !memcmp(is.data, hash, is.len);
}

static void column_hash(sqlite3_stmt *q, int at, uint8_t out[SUBMISSION_HASH])
{
    slice is = column_bytes(q, at);

    memset(out, 0, SUBMISSION_HASH);
    if (is.len == SUBMISSION_HASH) memcpy(out, is.data, is.len);
}

status store_begin(store *s, failure *err)
{
    status st;

    pthread_mutex_lock(&s->lock);
    if (!(st = run(s, BEGIN, NULL, err))) return OK;
    pthread_mutex_unlock(&s->lock);
    return st;
}

status store_end(store *s, status st, failure *err)
{
    if (!st) st = run(s, COMMIT, NULL, err);
    if (!sqlite3_get_autocommit(s->db)) run(s, ROLLBACK, NULL, NULL);
    pthread_mutex_unlock(&s->lock);
    return st;
}

/* --- submissions */

/* Is it there? E_DATA when what is there is another. */
static status find(store *s, const store_item *item, bool *there, bool *whole, failure *err)
{
    sqlite3_stmt *q = use_item(s, FIND, item);
    bool same = false;
    status st = OK;

    *there = *whole = false;
    if (!next(s, q, &st, err)) return st;
    *there = true;
    same = column_is(q, 0, item->digest) && column_is(q, 1, item->nonce) &&
           (uint64_t)sqlite3_column_int64(q, 2) == item->length;
    *whole = sqlite3_column_int(q, 3);
    sqlite3_reset(q);
    return same ? OK : fail(err, E_DATA, "", "another submission has this number already");
}

static status add(store *s, const store_item *item, failure *err)
{
    status st = run_item(s, DROP_UNFINISHED_PIECES, item, err);
    sqlite3_stmt *q;

    if (st || (st = run_item(s, DROP_UNFINISHED, item, err))) return st;
    q = use_item(s, ADD, item);
    bind_bytes(q, 4, item->digest, sizeof item->digest);
    bind_bytes(q, 5, item->nonce, sizeof item->nonce);
    sqlite3_bind_int64(q, 6, (int64_t)item->length);
    return finish(s, q, err);
}

static status count_bytes(store *s, const store_item *item, uint64_t *have, failure *err)
{
    sqlite3_stmt *q = use_item(s, HAVE, item);
    status st = OK;

    sqlite3_bind_int(q, 4, SEALED_MORE);
    if (!next(s, q, &st, err)) return st;
    *have = (uint64_t)sqlite3_column_int64(q, 0);
    sqlite3_reset(q);
    return OK;
}

/* Where a piece belongs: sealed there, it opens nowhere else. */
static char *place_of(const store_item *item, uint64_t at)
{
    buffer text = {0};

    buffer_printf(&text, "submission %s %s %" PRIu64 " %" PRIu64, item->session, item->owner,
                  item->sequence, at);
    return buffer_take(&text);
}

static status add_piece(store *s, const store_item *item, uint64_t at, slice piece, failure *err)
{
    char *where = place_of(item, at);
    buffer sealed = {0};
    sqlite3_stmt *q;
    status st = where ? sealed_put(&sealed, s->public_key, where, piece, err) : fail_memory(err);

    if (!st) {
        q = use_item(s, ADD_PIECE, item);
        sqlite3_bind_int64(q, 4, (int64_t)at);
        bind_bytes(q, 5, sealed.data, sealed.len);
        st = finish(s, q, err);
    }
    free(where);
    buffer_free(&sealed);
    return st;
}

static status open_piece(const store *s, const store_item *item, uint64_t at, slice sealed,
                         buffer *data, failure *err)
{
    char *where = place_of(item, at);
    status st =
        where ? sealed_open(data, s->secret, s->public_key, where, sealed, err) : fail_memory(err);

    free(where);
    return st;
}

status store_put(store *s, const store_item *item, uint64_t at, slice piece, uint64_t *have,
                 failure *err)
{
    bool there, whole;
    status st = find(s, item, &there, &whole, err);

    if (!st && !there) st = add(s, item, err);
    if (!st) st = count_bytes(s, item, have, err);
    if (st || at != *have || whole || !piece.len || piece.len > item->length - at) return st;
    if (!(st = add_piece(s, item, at, piece, err))) *have += piece.len;
    return st;
}

status store_stage(store *s, const store_item *item, failure *err)
{
    return run_item(s, STAGE, item, err);
}

status store_commit(store *s, const store_item *item, failure *err)
{
    status st = run_item(s, COUNT, item, err);

    if (!st) st = run_item(s, DROP_OLDER_PIECES, item, err);
    return st ? st : run_item(s, DROP_OLDER, item, err);
}

status store_drop(store *s, const store_item *item, failure *err)
{
    status st = run_item(s, DROP_PIECES, item, err);
    return st ? st : run_item(s, DROP, item, err);
}

status store_list(store *s, const char *session, void (*found)(void *user, const store_found *f),
                  void *user, failure *err)
{
    sqlite3_stmt *q = use(s, LIST);
    status st = OK;

    bind_text(q, 1, session);
    while (next(s, q, &st, err)) {
        store_found f = {.owner = column_text(q, 0),
                         .sequence = (uint64_t)sqlite3_column_int64(q, 1),
                         .whole = sqlite3_column_int(q, 2),
                         .counts = sqlite3_column_int(q, 3)};
        column_hash(q, 4, f.digest);
        found(user, &f);
    }
    return st;
}

status store_read(store *s, const char *session, const char *owner, uint64_t sequence,
                  uint8_t nonce[SUBMISSION_HASH], buffer *data, failure *err)
{
    const store_item item = {.session = session, .owner = owner, .sequence = sequence};
    sqlite3_stmt *q = use_item(s, READ, &item);
    status st = OK;

    if (!next(s, q, &st, err))
        return st ? st : fail(err, E_DATA, "", "a submission is not in the store any more");
    column_hash(q, 0, nonce);
    sqlite3_reset(q);
    q = use_item(s, READ_PIECES, &item);
    while (!st && next(s, q, &st, err))
        st = open_piece(s, &item, (uint64_t)sqlite3_column_int64(q, 1), column_bytes(q, 0), data,
                        err);
    sqlite3_reset(q);
    return !st && data->failed ? fail_memory(err) : st;
}

/* --- sessions */

static status drop(store *s, const char *session, failure *err)
{
    static const statement all[] = {DROP_SUBMISSIONS, DROP_ALL_PIECES, DROP_KEPT, DROP_SESSION};
    status st = OK;

    for (size_t k = 0; !st && k < sizeof all / sizeof *all; k++) st = run(s, all[k], session, err);
    return st;
}

status store_take_up(store *s, const char *session, const uint8_t what[SUBMISSION_HASH], failure *err)
{
    sqlite3_stmt *q = use(s, FIND_SESSION);
    status st = OK;
    bool same;

    bind_text(q, 1, session);
    if (next(s, q, &st, err)) {
        same = column_is(q, 0, what) && sqlite3_column_type(q, 1) == SQLITE_NULL;
        sqlite3_reset(q);
        if (same) return OK;
    }
    if (st || (st = drop(s, session, err))) return st;
    q = use(s, ADD_SESSION);
    bind_text(q, 1, session), bind_bytes(q, 2, what, SUBMISSION_HASH);
    return finish(s, q, err);
}

status store_done(store *s, const char *session, slice chosen, failure *err)
{
    sqlite3_stmt *q = use(s, DONE);
    status st;

    bind_text(q, 1, session), bind_bytes(q, 2, chosen.data, chosen.len);
    if ((st = finish(s, q, err)) || (st = run(s, DROP_SUBMISSIONS, session, err))) return st;
    return run(s, DROP_ALL_PIECES, session, err);
}

status store_keep(store *s, const char *session, const char *owner, slice sealed, failure *err)
{
    sqlite3_stmt *q = use(s, KEEP);

    bind_text(q, 1, session), bind_text(q, 2, owner);
    bind_bytes(q, 3, sealed.data, sealed.len);
    return finish(s, q, err);
}

status store_kept(store *s, const char *session, const char *owner, bool *there, bool *done,
                  buffer *sealed, buffer *chosen, failure *err)
{
    sqlite3_stmt *q = use(s, FIND_SESSION);
    status st = OK;

    *there = *done = false;
    bind_text(q, 1, session);
    if (next(s, q, &st, err)) {
        slice bits = column_bytes(q, 1);
        *done = sqlite3_column_type(q, 1) != SQLITE_NULL;
        if (bits.len) buffer_append(chosen, bits.data, bits.len);
        sqlite3_reset(q);
    }
    if (st) return st;
    q = use(s, KEPT);
    bind_text(q, 1, session), bind_text(q, 2, owner);
    if (next(s, q, &st, err)) {
        slice bytes = column_bytes(q, 0);
        *there = true;
        if (bytes.len) buffer_append(sealed, bytes.data, bytes.len);
        sqlite3_reset(q);
    }
    return !st && (sealed->failed || chosen->failed) ? fail_memory(err) : st;
}

status store_waiting(store *s, void (*found)(void *user, const char *session, const char *owner),
                     void *user, failure *err)
{
    sqlite3_stmt *q = use(s, WAITING);
    status st = OK;

    while (next(s, q, &st, err)) {
        const char *session = column_text(q, 0), *owner = column_text(q, 1);
        found(user, session, owner);
    }
    return st;
}

status store_sessions(store *s, void (*found)(void *user, const char *session), void *user,
                      failure *err)
{
    sqlite3_stmt *q = use(s, SESSIONS);
    status st = OK;

    while (next(s, q, &st, err)) found(user, column_text(q, 0));
    return st;
}

status store_forget(store *s, const char *session, failure *err)
{
    return drop(s, session, err);
}
