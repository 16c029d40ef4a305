/* What nodes keep of owners who submit, and what owners say to them: nothing is lost, nothing half done is kept, and odd
 * bytes are refused. */
#include <criterion/criterion.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "runtime/request.h"
#include "runtime/sealed.h"
#include "runtime/serve_store.h"

enum { PATH = 64, BIG = 200 * 1024 };

typedef struct shelf {
    char folder[PATH], path[PATH + 16], public_key[KEY_TEXT + 1];
    secret_key *secret;
    store *s;
} shelf;

static store_key key_of(const shelf *at)
{
    return (store_key){at->secret, at->public_key};
}

static void open_shelf(shelf *at)
{
    failure err = {0};
    cr_assert_eq(store_open(&at->s, at->path, key_of(at), &err), OK, "%s", err.text);
}

/* From now on the shelf is of another node. */
static void new_key(shelf *at)
{
    char text[KEY_TEXT + 1];

    secret_key_free(at->secret);
    cr_assert_eq(mesh_keypair(at->public_key, text, NULL), OK);
    cr_assert_eq(secret_key_copy(&at->secret, text, NULL), OK);
}

static shelf new_shelf(void)
{
    shelf at = {.folder = "/tmp/moot-store-XXXXXX"};

    cr_assert_not_null(mkdtemp(at.folder));
    snprintf(at.path, sizeof at.path, "%s/s.sqlite", at.folder);
    new_key(&at);
    open_shelf(&at);
    return at;
}

static void end_shelf(shelf *at)
{
    store_close(at->s);
    secret_key_free(at->secret);
    unlink(at->path);
    cr_expect_eq(rmdir(at->folder), 0, "files are left");
}

static store_item item_of(const char *owner, uint64_t sequence, uint64_t length)
{
    return (store_item){.session = "may",
                        .owner = owner,
                        .sequence = sequence,
                        .digest = {(uint8_t)sequence, 7},
                        .nonce = {(uint8_t)sequence, 9},
                        .length = length};
}

static void put(shelf *at, const store_item *item, uint64_t from, const char *text, uint64_t wanted)
{
    uint64_t have = 0;

    cr_assert_eq(
        store_put(at->s, item, from, (slice){(const uint8_t *)text, strlen(text)}, &have, NULL), OK);
    cr_expect_eq(have, wanted, "%s", text);
}

typedef struct seen {
    unsigned all, whole, counts;
    uint64_t last;
} seen;

static void see(void *user, const store_found *f)
{
    seen *s = user;
    s->all++, s->whole += f->whole, s->counts += f->counts, s->last = f->sequence;
}

static seen list(shelf *at)
{
    seen s = {0};
    cr_assert_eq(store_list(at->s, "may", see, &s, NULL), OK);
    return s;
}

static void begin(shelf *at)
{
    cr_assert_eq(store_begin(at->s, NULL), OK);
}

static void end(shelf *at)
{
    cr_assert_eq(store_end(at->s, OK, NULL), OK);
}

Test(store, pieces_become_one_submission_whatever_comes_twice)
{
    shelf at = new_shelf();
    const store_item item = item_of("ann", 1, 10);
    store_item other = item;
    uint8_t nonce[SUBMISSION_HASH];
    buffer got = {0};
    uint64_t have;

    begin(&at);
    put(&at, &item, 0, "hello", 5), put(&at, &item, 0, "hello", 5);
    put(&at, &item, 7, "too far", 5), put(&at, &item, 5, "longer than it says", 5);
    other.digest[0] ^= 1;
    cr_expect_eq(store_put(at.s, &other, 5, (slice){(const uint8_t *)"x", 1}, &have, NULL), E_DATA);
    end(&at);
    store_close(at.s), open_shelf(&at); /* as after a restart */
    begin(&at);
    cr_expect_eq(store_read(at.s, "may", "ann", 1, nonce, &got, NULL), E_DATA, "it is not whole");
    put(&at, &item, 5, "world", 10);
    cr_assert_eq(store_stage(at.s, &item, NULL), OK);
    cr_assert_eq(store_read(at.s, "may", "ann", 1, nonce, &got, NULL), OK);
    end(&at);
    cr_expect_eq(got.len, 10);
    cr_expect_arr_eq(got.data, "helloworld", 10);
    cr_expect_arr_eq(nonce, item.nonce, sizeof nonce);
    buffer_free(&got);
    end_shelf(&at);
}

Test(store, keeps_the_two_latest_that_count_and_nothing_half_done)
{
    shelf at = new_shelf();
    seen s;

    begin(&at);
    for (uint64_t k = 1; k <= 4; k++) {
        store_item item = item_of("ann", k, 1);
        put(&at, &item, 0, "x", 1);
        cr_assert_eq(store_commit(at.s, &item, NULL), OK);
        cr_expect_eq(list(&at).counts, k > 2 ? 2 : k - 1, "what is not whole does not count");
        cr_assert_eq(store_stage(at.s, &item, NULL), OK);
        cr_assert_eq(store_commit(at.s, &item, NULL), OK);
    }
    store_item half = item_of("ann", 5, 3), again = item_of("ann", 6, 3), bob = item_of("bob", 1, 3);
    put(&at, &half, 0, "a", 1), put(&at, &again, 0, "b", 1), put(&at, &bob, 0, "c", 1);
    s = list(&at);
    end(&at);
    cr_expect_eq(s.counts, 2);
    cr_expect_eq(s.whole, 2);
    cr_expect_eq(s.all, 4);
    end_shelf(&at);
}

Test(store, a_session_that_is_another_or_over_has_nothing_of_the_old_one)
{
    const uint8_t what[SUBMISSION_HASH] = {1}, other[SUBMISSION_HASH] = {2};
    shelf at = new_shelf();
    buffer sealed = {0}, chosen = {0};
    bool there, done;
    store_item item = item_of("ann", 1, 1);

    begin(&at);
    cr_assert_eq(store_take_up(at.s, "may", what, NULL), OK);
    put(&at, &item, 0, "x", 1);
    cr_assert_eq(store_take_up(at.s, "may", what, NULL), OK);
    cr_expect_eq(list(&at).all, 1, "the same");
    cr_assert_eq(store_take_up(at.s, "may", other, NULL), OK);
    cr_expect_eq(list(&at).all, 0, "another");
    put(&at, &item, 0, "x", 1);
    cr_assert_eq(store_keep(at.s, "may", "ann", (slice){(const uint8_t *)"sealed", 6}, NULL), OK);
    cr_assert_eq(store_done(at.s, "may", (slice){(const uint8_t *)"\1", 1}, NULL), OK);
    cr_expect_eq(list(&at).all, 0, "it has run");
    cr_assert_eq(store_kept(at.s, "may", "ann", &there, &done, &sealed, &chosen, NULL), OK);
    cr_expect(there && done && sealed.len == 6 && chosen.len == 1);
    cr_assert_eq(store_kept(at.s, "may", "bob", &there, &done, &sealed, &chosen, NULL), OK);
    cr_expect(!there && done);
    cr_assert_eq(store_forget(at.s, "may", NULL), OK);
    cr_assert_eq(store_kept(at.s, "may", "ann", &there, &done, &sealed, &chosen, NULL), OK);
    cr_expect(!there && !done);
    end(&at);
    buffer_free(&sealed), buffer_free(&chosen);
    end_shelf(&at);
}

/* Who copies the database without the node's key has nothing of the shares. */
Test(store, shares_are_sealed_to_the_nodes_key)
{
    static const char text[] = "these bytes stand nowhere";
    shelf at = new_shelf();
    const store_item item = item_of("ann", 1, sizeof text - 1);
    uint8_t nonce[SUBMISSION_HASH];
    buffer got = {0};
    char file[1 << 16];

    begin(&at);
    put(&at, &item, 0, text, sizeof text - 1);
    cr_assert_eq(store_stage(at.s, &item, NULL), OK);
    cr_assert_eq(store_read(at.s, "may", "ann", 1, nonce, &got, NULL), OK);
    cr_expect(got.len == sizeof text - 1 && !memcmp(got.data, text, got.len));
    end(&at);
    store_close(at.s);
    FILE *f = fopen(at.path, "r");
    size_t len = fread(file, 1, sizeof file, f);
    fclose(f);
    cr_assert_gt(len, sizeof text);
    for (size_t k = 0; k + sizeof text <= len; k++)
        cr_assert_neq(memcmp(file + k, text, sizeof text - 1), 0, "in the file at %zu", k);
    new_key(&at), open_shelf(&at);
    begin(&at);
    cr_expect_eq(store_read(at.s, "may", "ann", 1, nonce, &got, NULL), E_ABORT, "another key");
    end(&at);
    buffer_free(&got);
    end_shelf(&at);
}

/* Files may not grow: what a full disk is to a program. */
Test(store, on_a_full_disk_it_refuses_and_loses_nothing)
{
    shelf at = new_shelf();
    const store_item small = item_of("ann", 1, 1), large = item_of("bob", 1, BIG);
    const struct rlimit most = {64 * 1024, RLIM_INFINITY}, none = {RLIM_INFINITY, RLIM_INFINITY};
    uint8_t *bytes = calloc(1, BIG);
    failure err = {0};
    uint64_t have;
    status st;
    seen s;

    signal(SIGXFSZ, SIG_IGN);
    begin(&at);
    put(&at, &small, 0, "x", 1);
    end(&at);
    setrlimit(RLIMIT_FSIZE, &most);
    begin(&at);
    st = store_put(at.s, &large, 0, (slice){bytes, BIG}, &have, &err);
    st = store_end(at.s, st, &err);
    setrlimit(RLIMIT_FSIZE, &none);
    cr_expect_eq(st, E_LIMIT, "%s", err.text);
    cr_expect(strstr(err.text, "cannot keep"), "%s", err.text);
    begin(&at);
    s = list(&at);
    cr_expect_eq(s.all, 1, "the small one alone");
    cr_assert_eq(store_put(at.s, &large, 0, (slice){bytes, BIG}, &have, NULL), OK,
                 "there is room again");
    end(&at);
    free(bytes);
    end_shelf(&at);
}

Test(store, what_is_another_programs_or_damaged_is_not_touched)
{
    shelf at = new_shelf();
    store *s = NULL;
    failure err = {0};
    struct stat about;

    cr_assert_eq(stat(at.path, &about), 0);
    cr_expect_eq(about.st_mode & 0777, 0600);
    store_close(at.s);
    FILE *f = fopen(at.path, "w");
    fputs("this is no database at all, and longer than a header of one, to be sure of that: 100 "
          "bytes",
          f);
    fputs(" and some more of it, so that there are", f);
    fclose(f);
    cr_expect_eq(store_open(&s, at.path, key_of(&at), &err), E_USAGE);
    cr_expect_null(s);
    cr_expect(strstr(err.text, "no store of submissions"), "%s", err.text);
    cr_expect_eq(store_open(&s, at.folder, key_of(&at), &err), E_USAGE, "a folder");
    cr_assert_eq(unlink(at.path), 0);
    open_shelf(&at);
    end_shelf(&at);
}

/* --- requests and replies */

static request some_request(request_kind what, const uint8_t *bytes)
{
    request r = {
        .kind = what, .number = 77, .session = "may-2026", .sequence = 3, .at = 12, .length = 40};

    memset(r.file, 1, sizeof r.file), memset(r.program, 2, sizeof r.program);
    memset(r.digest, 3, sizeof r.digest), memset(r.nonce, 4, sizeof r.nonce);
    r.commitments = (slice){bytes, 3 * SUBMISSION_HASH}, r.piece = (slice){bytes, 28};
    return r;
}

Test(request, is_read_as_it_was_written_and_not_when_it_is_cut)
{
    static const uint8_t bytes[3 * SUBMISSION_HASH] = {5};

    for (request_kind what = REQUEST_STATE; what <= REQUEST_GET; what++) {
        request r = some_request(what, bytes), back;
        buffer text = {0};
        request_write(&r, &text);
        cr_assert(request_read(&back, (slice){text.data, text.len}), "%u", what);
        cr_expect_eq(back.number, 77u);
        cr_expect_str_eq(back.session, "may-2026");
        if (what == REQUEST_PUT)
            cr_expect(back.piece.len == 28 && back.length == 40 && back.at == 12);
        for (size_t len = 0; len < text.len; len++)
            cr_expect_not(request_read(&back, (slice){text.data, len}), "%zu of %zu", len, text.len);
        buffer_append(&text, "x", 1);
        cr_expect_not(request_read(&back, (slice){text.data, text.len}), "something behind it");
        buffer_free(&text);
    }
}

Test(request, reply_is_read_as_it_was_written_and_not_when_it_is_cut)
{
    static const uint8_t bytes[OWNERS_BITS] = {5};

    for (reply_kind what = REPLY_STATE; what <= REPLY_REFUSED; what++) {
        reply a = {.kind = what,
                   .number = 5,
                   .phase = PHASE_DONE,
                   .status = E_CONFIG,
                   .code = "N10",
                   .text = "no\nhelp: yes",
                   .piece = {bytes, 20},
                   .chosen = {bytes, sizeof bytes}},
              back;
        buffer text = {0};
        reply_write(&a, &text);
        cr_assert(reply_read(&back, (slice){text.data, text.len}), "%u", what);
        if (what == REPLY_REFUSED) cr_expect_str_eq(back.text, "no\nhelp: yes");
        for (size_t len = 0; len < text.len; len++)
            cr_expect_not(reply_read(&back, (slice){text.data, len}));
        buffer_free(&text);
    }
}

/* Random bytes, and good requests with some bytes changed: never read beyond (the sanitizers look), and what is read is
 * within its bounds. */
Test(request, odd_bytes_are_refused_or_harmless)
{
    static const uint8_t bytes[3 * SUBMISSION_HASH] = {5};
    unsigned read = 0;

    srand(7);
    for (unsigned k = 0; k < 20000; k++) {
        request r = some_request((request_kind)(1 + k % 4), bytes), back;
        reply a;
        buffer text = {0};
        request_write(&r, &text);
        for (unsigned n = (unsigned)rand() % 6; n; n--)
            text.data[(size_t)rand() % text.len] = (uint8_t)rand();
        size_t len = k % 3 ? text.len : (size_t)rand() % (text.len + 1);
        uint8_t *exact = malloc(len + 1); /* a block of its own, so that a byte too far is seen */
        memcpy(exact, text.data, len);
        slice in = {exact, len};
        if (request_read(&back, in)) {
            read++;
            cr_assert(back.piece.len <= REQUEST_PIECE &&
                      back.commitments.len <= NODES_MAX * SUBMISSION_HASH);
            cr_assert(session_is_plain(back.session) && strlen(back.session) <= REQUEST_SESSION);
            cr_assert(!back.piece.len ||
                      (back.piece.data >= exact && back.piece.data + back.piece.len <= exact + len));
        }
        if (reply_read(&a, in))
            cr_assert(strlen(a.text) < REQUEST_TEXT && a.piece.len <= REQUEST_PIECE);
        free(exact);
        buffer_free(&text);
    }
    cr_expect_gt(read, 1000, "too few were good for this to say anything: %u", read);
}

Test(request, names_stay_in_their_folder)
{
    static const char *const bad[] = {"",   ".",  "..",  "../x", "a/b",
                                      "-x", ".x", "a b", "a\n",  "\xc3\xa9"};

    for (size_t k = 0; k < sizeof bad / sizeof *bad; k++)
        cr_expect_not(session_is_plain(bad[k]), "%s", bad[k]);
    cr_expect(session_is_plain("2026-w48_b.1"));
}

/* --- sealing */

Test(sealed, opens_for_its_owner_and_place_alone_and_unchanged)
{
    char public_key[2][KEY_TEXT + 1], text[KEY_TEXT + 1];
    secret_key *key[2];
    buffer sealed = {0}, again = {0}, out = {0};
    const slice bytes = {(const uint8_t *)"what was learned", 16};

    for (unsigned k = 0; k < 2; k++) {
        cr_assert_eq(mesh_keypair(public_key[k], text, NULL), OK);
        cr_assert_eq(secret_key_copy(&key[k], text, NULL), OK);
    }
    cr_assert_eq(sealed_put(&sealed, public_key[0], "may", bytes, NULL), OK);
    cr_assert_eq(sealed_put(&again, public_key[0], "may", bytes, NULL), OK);
    cr_expect_eq(sealed.len, bytes.len + SEALED_MORE);
    cr_expect(memcmp(sealed.data, again.data, sealed.len) != 0, "twice the same looks different");
    const slice all = {sealed.data, sealed.len};
    cr_assert_eq(sealed_open(&out, key[0], public_key[0], "may", all, NULL), OK);
    cr_expect(out.len == bytes.len && !memcmp(out.data, bytes.data, bytes.len));
    cr_expect_eq(sealed_open(&out, key[1], public_key[1], "may", all, NULL), E_ABORT, "another's");
    cr_expect_eq(sealed_open(&out, key[0], public_key[0], "june", all, NULL), E_ABORT, "elsewhere");
    for (size_t k = 0; k < sealed.len; k++) {
        sealed.data[k] ^= 1;
        cr_expect_eq(sealed_open(&out, key[0], public_key[0], "may", all, NULL), E_ABORT,
                     "byte %zu", k);
        sealed.data[k] ^= 1;
        cr_expect_eq(sealed_open(&out, key[0], public_key[0], "may", (slice){sealed.data, k}, NULL),
                     E_ABORT);
    }
    cr_expect_eq(out.len, bytes.len, "nothing of what failed is left");
    sealed.len = 0;
    cr_assert_eq(sealed_put(&sealed, public_key[0], "may", (slice){NULL, 0}, NULL), OK);
    buffer nothing = {0};
    cr_expect_eq(
        sealed_open(&nothing, key[0], public_key[0], "may", (slice){sealed.data, sealed.len}, NULL),
        OK, "nothing, sealed, is nothing");
    cr_expect_eq(nothing.len, 0);
    buffer_free(&nothing);
    buffer_free(&sealed), buffer_free(&again), buffer_free(&out);
    for (unsigned k = 0; k < 2; k++) secret_key_free(key[k]);
}
