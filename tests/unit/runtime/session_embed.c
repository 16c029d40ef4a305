/* moot.h inside other programs: event loops, many sessions at once, memory and log that are the program's own. */
#include <criterion/criterion.h>
#include <math.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "session_world.h"

/* Sanitizers take their time: less of it then. */
#if defined(__SANITIZE_THREAD__) || defined(__SANITIZE_ADDRESS__)
#define LOOPS "50"
enum { MANY = 20 };
#else
#define LOOPS "400"
enum { MANY = 200 };
#endif

enum { PATIENCE_MS = 60000, CANCEL_MS = 100, BUSY = 20 }; /* BUSY: times slower than it should be */

static const char AVERAGE[] = "party  saver[3]\n"
                              "input  wage from saver : fix -1_000..1_000\n"
                              "output mean to   all   : fix\n"
                              "wage mean reveal mean\n";

/* Takes long, in many rounds. */
static const char LONG[] = "party  saver[3]\n"
                           "input  wage from saver : int 0..1000\n"
                           "output most to   all   : int\n"
                           "wage maximum  " LOOPS " [ 1 + 7 mod ] times  reveal most\n";

typedef struct world {
    moot_engine *engine;
    moot_program *program;
    char parties[PARTIES_TEXT], secret[PARTIES][KEY_TEXT + 1];
} world;

static world made(const moot_options *options, const char *source)
{
    world w = {.engine = opened(options)};

    w.program = compiled(w.engine, source);
    write_parties(w.parties, sizeof w.parties, "saver", w.secret);
    return w;
}

static void unmade(world *w)
{
    moot_program_free(w->program);
    moot_close(w->engine);
}

/* One party's session of the world. */
static moot_session *joined(world *w, const char *name, int party)
{
    char parties[PARTIES_TEXT], as[8];
    moot_session *s = NULL;

    rename_session(parties, sizeof parties, w->parties, name);
    snprintf(as, sizeof as, "s%d", party);
    cr_assert_eq(moot_session_new(w->engine, w->program, parties, as, w->secret[party], &s),
                 MOOT_OK, "%s", moot_session_error(s));
    return s;
}

static void start_all(world *w, const char *name, moot_session *s[PARTIES],
                      const double wage[PARTIES])
{
    for (int k = 0; k < PARTIES; k++) {
        s[k] = joined(w, name, k);
        cr_assert_eq(moot_set_f64(s[k], "wage", &wage[k], 1), MOOT_OK);
        cr_assert_eq(moot_start(s[k]), MOOT_OK);
    }
}

static void expect_mean(moot_session *s, double mean)
{
    double got = 0;
    size_t n = 0;

    cr_assert_eq(moot_wait(s, PATIENCE_MS), MOOT_DONE, "%s", moot_session_error(s));
    cr_assert_eq(moot_get_f64(s, "mean", &got, 1, &n), MOOT_OK);
    cr_expect(fabs(got - mean) < 1e-5, "%g, not %g", got, mean);
}

static bool readable(const moot_session *s, int timeout_ms)
{
    struct pollfd item = {.fd = moot_fd(s), .events = POLLIN};

    return poll(&item, 1, timeout_ms) == 1;
}

static int64_t clock_ms(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

Test(embed, tells_an_event_loop_when_to_look, .timeout = 60)
{
    static const double wage[PARTIES] = {10, 20, 60};
    world w = made(NULL, AVERAGE);
    moot_session *s[PARTIES];

    for (int k = 0; k < PARTIES; k++) s[k] = joined(&w, "loop", k);
    cr_expect(!readable(s[0], 0));
    cr_expect_eq(moot_poll(s[0]), MOOT_EUSAGE, "not started");
    for (int k = 0; k < PARTIES; k++)
        cr_assert_eq(moot_set_f64(s[k], "wage", &wage[k], 1), MOOT_OK);
    cr_assert_eq(moot_start(s[0]), MOOT_OK);
    cr_expect_eq(moot_poll(s[0]), MOOT_AGAIN);
    cr_expect(!readable(s[0], 50), "the others have not come");
    for (int k = 1; k < PARTIES; k++) cr_assert_eq(moot_start(s[k]), MOOT_OK);
    for (int k = 0; k < PARTIES; k++) {
        cr_assert(readable(s[k], PATIENCE_MS));
        cr_expect_eq(moot_poll(s[k]), MOOT_DONE);
        cr_expect(readable(s[k], 0), "level-triggered: it stays readable");
        expect_mean(s[k], 30);
    }
    for (int k = 0; k < PARTIES; k++) moot_session_free(s[k]);
    unmade(&w);
}

Test(embed, runs_one_session_after_the_other_over_the_same_connections, .timeout = 60)
{
    world w = made(NULL, AVERAGE);
    moot_session *s[PARTIES];

    for (int run = 0; run < 5; run++) {
        const double wage[PARTIES] = {run, 2 * run, 3 * run};
        char name[16];
        snprintf(name, sizeof name, "run-%d", run);
        start_all(&w, name, s, wage);
        for (int k = 0; k < PARTIES; k++) expect_mean(s[k], 2 * run);
        for (int k = 0; k < PARTIES; k++) moot_session_free(s[k]);
    }
    unmade(&w);
}

Test(embed, runs_hundreds_of_sessions_at_once_in_one_process, .timeout = 60)
{
    moot_options options = {.size = sizeof options, .abi = MOOT_ABI, .threads = 2};
    world w = made(&options, AVERAGE);
    static moot_session *s[MANY][PARTIES];

    for (int run = 0; run < MANY; run++) {
        const double wage[PARTIES] = {run, run + 1, run + 5};
        char name[16];
        snprintf(name, sizeof name, "many-%d", run);
        start_all(&w, name, s[run], wage);
    }
    for (int run = 0; run < MANY; run++)
        for (int k = 0; k < PARTIES; k++) {
            expect_mean(s[run][k], run + 2);
            moot_session_free(s[run][k]);
        }
    unmade(&w);
}

Test(embed, refuses_a_second_session_of_the_same_name_and_the_first_goes_on, .timeout = 60)
{
    static const double wage[PARTIES] = {1, 2, 3};
    world w = made(NULL, AVERAGE);
    moot_session *s[PARTIES], *twin = joined(&w, "one", 0);

    start_all(&w, "one", s, wage);
    for (int k = 0; k < PARTIES; k++) expect_mean(s[k], 2);
    for (int k = 1; k < PARTIES; k++) moot_session_free(s[k]);
    moot_session_free(s[0]);
    s[0] = joined(&w, "one", 0);
    cr_assert_eq(moot_set_f64(s[0], "wage", wage, 1), MOOT_OK);
    cr_assert_eq(moot_set_f64(twin, "wage", wage, 1), MOOT_OK);
    cr_assert_eq(moot_start(s[0]), MOOT_OK);
    cr_expect_eq(moot_wait(s[0], 300), MOOT_AGAIN, "it waits for the others");
    cr_assert_eq(moot_start(twin), MOOT_OK);
    cr_expect_eq(moot_wait(twin, PATIENCE_MS), MOOT_ECONFIG);
    cr_expect(strstr(moot_session_error(twin), "is under way"), "%s", moot_session_error(twin));
    cr_expect_eq(moot_poll(s[0]), MOOT_AGAIN);
    moot_session_free(twin);
    moot_session_free(s[0]);
    unmade(&w);
}

Test(embed, one_that_is_cancelled_harms_no_other, .timeout = 60)
{
    static const double wage[PARTIES] = {4, 5, 9};
    world w = made(NULL, AVERAGE);
    moot_session *alone = joined(&w, "alone", 0), *s[PARTIES];

    cr_assert_eq(moot_set_f64(alone, "wage", wage, 1), MOOT_OK);
    cr_assert_eq(moot_start(alone), MOOT_OK);
    start_all(&w, "together", s, wage);
    moot_cancel(alone);
    cr_expect_eq(moot_wait(alone, PATIENCE_MS), MOOT_ECANCELLED);
    for (int k = 0; k < PARTIES; k++) expect_mean(s[k], 6);
    for (int k = 0; k < PARTIES; k++) moot_session_free(s[k]);
    start_all(&w, "again", s, wage);
    for (int k = 0; k < PARTIES; k++) expect_mean(s[k], 6);
    for (int k = 0; k < PARTIES; k++) moot_session_free(s[k]);
    moot_session_free(alone);
    unmade(&w);
}

/* Runs s0's session with this in the place of the limits; what it returns, and why in `says`. */
static int run_with(world *w, const char *entries, char *says, size_t size)
{
    char parties[PARTIES_TEXT];
    moot_session *s = NULL;
    const double wage = 1;
    int rc;

    replace_in(parties, sizeof parties, w->parties, "\"limits\":{\"peer_timeout\":\"30s\"}", entries);
    rc = moot_session_new(w->engine, w->program, parties, "s0", w->secret[0], &s);
    if (!rc) rc = moot_set_f64(s, "wage", &wage, 1);
    if (!rc) rc = moot_start(s);
    if (!rc) rc = moot_wait(s, PATIENCE_MS);
    snprintf(says, size, "%s", moot_session_error(s));
    moot_session_free(s);
    return rc;
}

Test(embed, holds_the_program_against_params_and_limits_of_the_parties_file, .timeout = 60)
{
    static const char raised[] = "party  saver[3]\n"
                                 "param  raise = 0.5\n"
                                 "input  wage from saver : fix -1_000..1_000\n"
                                 "output mean to   all   : fix\n"
                                 "wage mean raise + reveal mean\n";
    world w = made(NULL, raised);
    char says[512];

    cr_expect_eq(run_with(&w, "\"params\":{\"raise\":0.25}", says, sizeof says), MOOT_ECONFIG);
    cr_expect(strstr(says, "the value 0.25, and the program was compiled with 0.5"), "%s", says);
    cr_expect_eq(run_with(&w, "\"params\":{\"rise\":0.5}", says, sizeof says), MOOT_ECONFIG);
    cr_expect(strstr(says, "`rise`, which the program does not have"), "%s", says);
    cr_expect_eq(
        run_with(&w, "\"params\":{\"raise\":0.5},\"limits\":{\"max_rounds\":1}", says, sizeof says),
        MOOT_ELIMIT, "%s", says);
    cr_expect(strstr(says, "max_rounds"), "%s", says);
    unmade(&w);
}

static void start_long(world *w, moot_session *s[PARTIES])
{
    static const int64_t wage = 7;

    for (int k = 0; k < PARTIES; k++) {
        s[k] = joined(w, "long", k);
        cr_assert_eq(moot_set_i64(s[k], "wage", &wage, 1), MOOT_OK);
        cr_assert_eq(moot_start(s[k]), MOOT_OK);
    }
}

/* Waits until rounds go by; how far it is then. */
static moot_progress under_way(moot_session *s)
{
    moot_progress p = {.size = sizeof p, .abi = MOOT_ABI};

    for (int64_t end = clock_ms() + PATIENCE_MS; p.round < 10 && clock_ms() < end;)
        moot_wait(s, 1), moot_progress_get(s, &p);
    return p;
}

Test(embed, tells_how_far_a_run_is_and_whom_it_waits_for, .timeout = 60)
{
    static const int64_t wage = 7;
    world w = made(NULL, LONG);
    moot_progress p = {.size = sizeof p, .abi = MOOT_ABI + 1};
    moot_session *s[PARTIES], *first = joined(&w, "first", 0);

    moot_progress_get(first, &p);
    cr_expect_eq(p.abi, MOOT_ABI + 1, "left alone");
    p.abi = MOOT_ABI;
    moot_progress_get(first, &p);
    cr_expect(p.round == 0 && p.rounds == 0 && p.sent == 0 && !p.waiting_for);
    cr_assert_eq(moot_set_i64(first, "wage", &wage, 1), MOOT_OK);
    cr_assert_eq(moot_start(first), MOOT_OK);
    for (int64_t end = clock_ms() + PATIENCE_MS; !p.waiting_for && clock_ms() < end;)
        moot_wait(first, 1), moot_progress_get(first, &p);
    cr_assert(p.waiting_for, "nobody has come");
    cr_expect_str_eq(p.waiting_for, "s1");
    moot_session_free(first);
    start_long(&w, s);
    p = under_way(s[0]);
    cr_expect(p.round >= 10 && p.round < p.rounds, "%u of %u", p.round, p.rounds);
    cr_expect(p.sent > 0 && p.sent < p.to_send);
    for (int k = 0; k < PARTIES; k++) moot_session_free(s[k]);
    unmade(&w);
}

static moot_session *to_cancel;

static void cancel_it(int signal)
{
    (void)signal;
    moot_cancel(to_cancel);
}

static void *raise_it(void *unused)
{
    raise(SIGUSR1); /* on this thread: its handler is what may call moot_cancel */
    return unused;
}

Test(embed, is_cancelled_from_a_signal_handler_in_the_middle_of_a_run_within_100_ms, .timeout = 60)
{
    struct sigaction act = {.sa_handler = cancel_it};
    world w = made(NULL, LONG);
    moot_session *s[PARTIES];
    pthread_t thread;
    int64_t began;

    start_long(&w, s);
    under_way(to_cancel = s[1]);
    sigaction(SIGUSR1, &act, NULL);
    began = clock_ms();
    cr_assert_eq(pthread_create(&thread, NULL, raise_it, NULL), 0);
    cr_expect_eq(moot_wait(s[1], PATIENCE_MS), MOOT_ECANCELLED, "%s", moot_session_error(s[1]));
    cr_expect(clock_ms() - began < BUSY * CANCEL_MS, "%d ms", (int)(clock_ms() - began));
    pthread_join(thread, NULL);
    for (int k = 0; k < PARTIES; k += 2) {
        cr_expect_eq(moot_wait(s[k], PATIENCE_MS), MOOT_EPEER);
        cr_expect(strstr(moot_session_error(s[k]), "s1 ("), "%s", moot_session_error(s[k]));
    }
    for (int k = 0; k < PARTIES; k++) moot_session_free(s[k]);
    unmade(&w);
}

/* Waits until no round goes by any more: then it computes. */
static void under_computing(moot_session *s)
{
    enum { STILL_MS = 300 };
    moot_progress p = {.size = sizeof p, .abi = MOOT_ABI};
    uint64_t round = 0;
    int64_t since = clock_ms(), end = since + PATIENCE_MS;

    while ((round == 0 || clock_ms() - since < STILL_MS) && clock_ms() < end) {
        moot_wait(s, 1), moot_progress_get(s, &p);
        if (p.round != round) round = p.round, since = clock_ms();
    }
}

/* A product of matrices takes each member seconds without a message. */
Test(embed, is_cancelled_in_the_middle_of_a_long_computation, .timeout = 60)
{
    world w = made(NULL, "party  saver[3]\n"
                         "input  wage from saver : int 0..1000\n"
                         "output most to   all   : int\n"
                         "wage sum 2_250_000 fill { 1_500 1_500 } reshape dup dot\n"
                         "{ 2_250_000 } reshape sum  reveal most\n");
    moot_session *s[PARTIES];
    int64_t began;

    start_long(&w, s);
    under_computing(s[1]);
    began = clock_ms();
    moot_cancel(s[1]);
    cr_expect_eq(moot_wait(s[1], PATIENCE_MS), MOOT_ECANCELLED, "%s", moot_session_error(s[1]));
    cr_expect(clock_ms() - began < BUSY * CANCEL_MS, "%d ms", (int)(clock_ms() - began));
    for (int k = 0; k < PARTIES; k++) moot_cancel(s[k]), moot_session_free(s[k]);
    unmade(&w);
}

/* What so many rounds cost is not known for minutes. */
Test(embed, is_cancelled_while_its_price_is_found, .timeout = 60)
{
    world w = made(NULL, "party  saver[3]\n"
                         "input  wage from saver : int 0..1000\n"
                         "output most to   all   : int\n"
                         "wage maximum  100_000_000 [ 1 + 7 mod ] times  reveal most\n");
    moot_session *s[PARTIES];
    int64_t began;

    start_long(&w, s);
    cr_expect_eq(moot_wait(s[1], CANCEL_MS), MOOT_AGAIN);
    began = clock_ms();
    for (int k = 0; k < PARTIES; k++) moot_cancel(s[k]);
    for (int k = 0; k < PARTIES; k++)
        cr_expect_eq(moot_wait(s[k], PATIENCE_MS), MOOT_ECANCELLED, "%s", moot_session_error(s[k]));
    cr_expect(clock_ms() - began < BUSY * CANCEL_MS, "%d ms", (int)(clock_ms() - began));
    for (int k = 0; k < PARTIES; k++) moot_session_free(s[k]);
    unmade(&w);
}

Test(embed, cancels_the_ideal_box_too, .timeout = 60)
{
    static const int64_t wages[PARTIES] = {1, 2, 3};
    moot_engine *e = opened(NULL);
    moot_program *p = compiled(e, "party saver[3]\ninput wage from saver : int 0..9\n"
                                  "output most to all : int\n"
                                  "wage maximum  100_000_000 [ 1 + 7 mod ] times  reveal most\n");
    moot_session *s = NULL;

    cr_assert_eq(moot_session_new(e, p, NULL, NULL, NULL, &s), MOOT_OK);
    cr_assert_eq(moot_set_i64(s, "wage", wages, PARTIES), MOOT_OK);
    cr_assert_eq(moot_start(s), MOOT_OK);
    cr_expect_eq(moot_wait(s, 50), MOOT_AGAIN);
    moot_cancel(s);
    cr_expect_eq(moot_wait(s, PATIENCE_MS), MOOT_ECANCELLED);
    moot_session_free(s);
    moot_program_free(p);
    moot_close(e);
}

Test(embed, reads_what_is_borrowed_when_it_runs)
{
    static const float bad[PARTIES] = {1, 2, 2000};
    float wage[PARTIES] = {1, 2, 6};
    const int64_t other[PARTIES] = {0, 0, 0};
    world w = made(NULL, AVERAGE);
    moot_program *ints = compiled(w.engine, LONG);
    moot_session *s = NULL;

    cr_assert_eq(moot_session_new(w.engine, ints, NULL, NULL, NULL, &s), MOOT_OK);
    cr_expect_eq(moot_set_borrow_f32(s, "wage", wage, PARTIES), MOOT_EUSAGE);
    cr_expect_str_eq(moot_session_error(s), "input `wage` is not fix");
    moot_session_free(s);
    moot_program_free(ints);
    cr_assert_eq(moot_session_new(w.engine, w.program, NULL, NULL, NULL, &s), MOOT_OK);
    cr_expect_eq(moot_set_borrow_f32(s, "wage", bad, PARTIES), MOOT_EDATA);
    cr_expect(strstr(moot_session_error(s), "item 3 of `wage`"), "%s", moot_session_error(s));
    cr_expect_eq(moot_start(s), MOOT_EDATA, "it has no value yet");
    cr_assert_eq(moot_set_i64(s, "wage", other, PARTIES), MOOT_OK);
    cr_assert_eq(moot_set_borrow_f32(s, "wage", wage, PARTIES), MOOT_OK);
    wage[0] = 4; /* not copied */
    cr_assert_eq(moot_start(s), MOOT_OK);
    expect_mean(s, 4);
    moot_session_free(s);
    unmade(&w);
}

/* Memory that counts what is out, and refuses after so many calls. */
typedef struct purse {
    atomic_long out, calls, most;
} purse;

static void *pay(void *user, void *p, size_t oldsz, size_t newsz)
{
    purse *of = user;

    if (newsz > oldsz && atomic_fetch_add(&of->calls, 1) >= atomic_load(&of->most)) return NULL;
    atomic_fetch_add(&of->out, (long)newsz - (long)oldsz);
    if (newsz) return (realloc)(p, newsz);
    (free)(p);
    return NULL;
}

typedef struct notebook {
    pthread_mutex_t lock;
    char text[8192];
} notebook;

static void note(void *user, int level, const char *message)
{
    notebook *n = user;
    size_t at;

    pthread_mutex_lock(&n->lock);
    at = strlen(n->text);
    snprintf(n->text + at, sizeof n->text - at, "%d %s\n", level, message);
    pthread_mutex_unlock(&n->lock);
}

Test(embed, takes_its_memory_from_the_program_and_gives_all_of_it_back, .timeout = 60)
{
    static const double wage[PARTIES] = {10, 20, 60};
    purse of = {.most = 1L << 40};
    moot_options options = {.size = sizeof options, .abi = MOOT_ABI, .alloc = pay, .alloc_user = &of};
    world w = made(&options, AVERAGE);
    moot_session *s[PARTIES];
    char *text = NULL;
    void *bytes = NULL;
    size_t n;

    cr_assert_eq(moot_describe(w.program, &text), MOOT_OK);
    cr_assert_eq(moot_save(w.program, &bytes, &n), MOOT_OK);
    start_all(&w, "purse", s, wage);
    for (int k = 0; k < PARTIES; k++) expect_mean(s[k], 30);
    cr_expect(atomic_load(&of.calls) > 100, "%ld", atomic_load(&of.calls));
    for (int k = 0; k < PARTIES; k++) moot_session_free(s[k]);
    moot_free(w.engine, text);
    moot_free(w.engine, bytes);
    unmade(&w);
    cr_expect_eq(atomic_load(&of.out), 0, "%ld bytes were not given back", atomic_load(&of.out));
}

static int run_ideal_with(const moot_options *options)
{
    static const double wage[PARTIES] = {10, 20, 60};
    moot_engine *e = NULL;
    moot_program *p = NULL;
    moot_session *s = NULL;
    char *text = NULL;
    int rc = moot_open(options, &e);

    if (!rc) rc = moot_compile(e, "a.moot", AVERAGE, strlen(AVERAGE), NULL, &p, NULL);
    if (!rc) rc = moot_session_new(e, p, NULL, NULL, NULL, &s);
    if (!rc) rc = moot_set_f64(s, "wage", wage, PARTIES);
    if (!rc) rc = moot_start(s);
    if (!rc && (rc = moot_wait(s, PATIENCE_MS)) == MOOT_DONE) rc = moot_get_text(s, "mean", &text);
    moot_free(e, text);
    moot_session_free(s);
    moot_program_free(p);
    moot_close(e);
    return rc;
}

Test(embed, says_so_wherever_memory_runs_out_and_gives_back_what_it_has, .timeout = 60)
{
    purse of = {.most = 0};
    moot_options options = {.size = sizeof options, .abi = MOOT_ABI, .alloc = pay, .alloc_user = &of};
    int rc = MOOT_ENOMEM;

    for (long most = 0; rc; most++) {
        atomic_store(&of.calls, 0);
        atomic_store(&of.most, most);
        rc = run_ideal_with(&options);
        cr_assert(rc == MOOT_OK || rc == MOOT_ENOMEM, "after %ld: %d", most, rc);
        cr_assert_eq(atomic_load(&of.out), 0, "after %ld: %ld bytes", most, atomic_load(&of.out));
    }
}

Test(embed, tells_the_log_of_the_program_what_goes_on_and_no_data, .timeout = 60)
{
    static const double wage[PARTIES] = {10, 20, 60};
    notebook n = {.lock = PTHREAD_MUTEX_INITIALIZER};
    moot_options options = {.size = sizeof options, .abi = MOOT_ABI, .log = note, .log_user = &n};
    world w = made(&options, AVERAGE);
    moot_session *s[PARTIES], *alone = joined(&w, "alone", 0);

    cr_assert_eq(moot_set_f64(alone, "wage", wage, 1), MOOT_OK);
    cr_assert_eq(moot_start(alone), MOOT_OK);
    start_all(&w, "noted", s, wage);
    for (int k = 0; k < PARTIES; k++) expect_mean(s[k], 30);
    moot_session_free(alone);
    for (int k = 0; k < PARTIES; k++) moot_session_free(s[k]);
    unmade(&w);
    cr_expect(strstr(n.text, "2 s0 is connected\n"), "%s", n.text);
    cr_expect(strstr(n.text, "2 session \"noted\" of s2 is done: "), "%s", n.text);
    cr_expect(strstr(n.text, "1 session \"alone\" of s0 failed: cancelled\n"), "%s", n.text);
}

Test(embed, says_why_bytes_are_no_program)
{
    notebook n = {.lock = PTHREAD_MUTEX_INITIALIZER};
    moot_options options = {.size = sizeof options, .abi = MOOT_ABI, .log = note, .log_user = &n};
    world w = made(&options, AVERAGE);
    moot_program *p = NULL;
    void *bytes = NULL;
    char *why = NULL;
    size_t len;

    cr_assert_eq(moot_save(w.program, &bytes, &len), MOOT_OK);
    cr_expect_eq(moot_verify(w.engine, bytes, len, &why), MOOT_OK);
    cr_expect_null(why);
    cr_expect_eq(moot_verify(w.engine, bytes, len - 1, &why), MOOT_EPROGRAM);
    cr_assert_not_null(why);
    cr_expect(strlen(why) > 10, "%s", why);
    cr_expect_eq(moot_load(w.engine, bytes, len - 1, &p), MOOT_EPROGRAM);
    cr_expect(strstr(n.text, why), "`%s` is not in `%s`", why, n.text);
    moot_free(w.engine, why);
    moot_free(w.engine, bytes);
    unmade(&w);
}
