/* moot: computing on secrets that several parties hold, as a library.
 *
 * Compile a program, make a session, give it your inputs, start it, wait, read your outputs. Each party does
 * so in its own process, with the same program and the same parties file; no party learns anything but the
 * outputs that the program promises it. Without a parties file a session runs in this process alone, in the
 * clear ("ideal"): for tests, with the same results bit for bit.
 *
 * Engines and programs may be used from any thread. A session is used by one thread at a time, but for
 * moot_cancel. Any number of sessions may run at once, also several parties of one run, and none can harm
 * another. There is no global state. The library prints nothing, never exits, and leaves signals, errno handling
 * and the locale to you; its threads take no signals. What is returned through ** is yours to free by the function
 * named there. Secrets are zeroed when freed. A session that failed is dead: free it and make another. All strings
 * are UTF-8. C11 and C++17. docs/embedding.md walks through two programs that use it. */
#ifndef MOOT_H
#define MOOT_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#if defined(__GNUC__)
#define MOOT_API __attribute__((visibility("default")))
#else
#define MOOT_API
#endif

/* The version of this interface; goes into `abi` of the structs below. */
#define MOOT_ABI 1

typedef struct moot_engine moot_engine;   /* what the others are made from; thread-safe */
typedef struct moot_program moot_program; /* a compiled program: immutable, thread-safe */
typedef struct moot_session moot_session; /* one run; one thread at a time */

/* What functions return. -1 to -8 are minus the exit codes of the command line. */
enum {
    MOOT_OK = 0,
    MOOT_AGAIN = 1, /* still running */
    MOOT_DONE = 2,  /* the outputs are there */
    MOOT_EPROGRAM = -1,
    MOOT_EUSAGE = -2,  /* a call, name or length that makes no sense here */
    MOOT_EDATA = -3,   /* a value outside its declared range, or missing */
    MOOT_ECONFIG = -4, /* a bad parties file or key, or parties that disagree */
    MOOT_EPEER = -5,   /* a peer unreachable, lost or silent */
    MOOT_EABORT = -6,  /* inconsistent messages: somebody cheats or something is corrupt */
    MOOT_ELIMIT = -7,
    MOOT_EINTERNAL = -8, /* a bug in moot: please report it */
    MOOT_ENOMEM = -9,
    MOOT_ECANCELLED = -10
};

enum { MOOT_LOG_ERROR = 1, MOOT_LOG_INFO = 2 }; /* levels of the log; more may come */

/* Zero it, then set size and abi, and what you need. It may grow in later versions. Both functions may be called
 * from any thread, and must not call back into moot. */
typedef struct {
    uint32_t size; /* sizeof(moot_options) */
    uint32_t abi;  /* MOOT_ABI */
    /* Where moot's own memory comes from, as in Lua: allocates (p NULL), resizes, or frees (newsz 0); NULL when there
     * is none left. Without it, malloc. libzmq, OpenSSL, cJSON and GMP have their own. */
    void *(*alloc)(void *user, void *p, size_t oldsz, size_t newsz);
    void *alloc_user;
    /* Gets a line for whatever an operator wants to know. Never holds data or keys. */
    void (*log)(void *user, int level, const char *message);
    void *log_user;
    /* How many sessions may compute at the same time; the others wait for their turn. Waiting for peers needs no turn,
     * so many more may run. 0: one. */
    int threads;
} moot_options;

/* --- engine */

/* Makes an engine; o may be NULL. MOOT_EUSAGE when size or abi is not known to this library, or threads is
 * negative. */
MOOT_API int moot_open(const moot_options *o, moot_engine **out);

/* Frees the engine, whose sessions and programs must have been freed. Closes the connections that its sessions used,
 * which stay open until then for sessions to come; takes up to a second where a peer has not read all. NULL is
 * fine. */
MOOT_API void moot_close(moot_engine *e);

/* "0.1.0"; static. */
MOOT_API const char *moot_version(void);

/* What a return value means, in a few words; static, never NULL. */
MOOT_API const char *moot_strerror(int rc);

/* Frees text or bytes that a function returned through **. NULL is fine. */
MOOT_API void moot_free(moot_engine *e, void *p);

/* --- programs */

/* Compiles n bytes of source text. `name` is shown in diagnostics ("auction.moot"). params_json gives params
 * and sizes, {"n":5,"rate":0.5}, or is NULL. When diagnostics is not NULL, *diagnostics gets errors and
 * warnings as `moot check` prints them, or NULL when there are none; free it with moot_free. On success *out
 * is freed with moot_program_free. MOOT_EPROGRAM: the program has errors. MOOT_EUSAGE: params_json is
 * malformed, names an unknown param, or a param has no value. */
MOOT_API int moot_compile(moot_engine *e, const char *name, const char *src, size_t n,
                          const char *params_json, moot_program **out, char **diagnostics);

/* Reads n bytes that moot_save or `moot compile` wrote, and verifies them. MOOT_EPROGRAM when they are not
 * such bytes; the log says why, and moot_verify. */
MOOT_API int moot_load(moot_engine *e, const void *mbc, size_t n, moot_program **out);

/* What moot_load would return, and why: *why gets a sentence, or NULL when the bytes are good; free it with
 * moot_free. */
MOOT_API int moot_verify(moot_engine *e, const void *mbc, size_t n, char **why);

/* Writes the program as bytes; free *buf with moot_free. */
MOOT_API int moot_save(moot_program *p, void **buf, size_t *n);

/* Frees the program; sessions made from it may live on. NULL is fine. */
MOOT_API void moot_program_free(moot_program *p);

/* The hash that parties compare before they run: SHA-256 of the code, without names and source text. */
MOOT_API void moot_program_hash(const moot_program *p, uint8_t out[32]);

/* Who gives, who learns what, and what it costs when the parties compute themselves: the object that
 * `moot explain --json` prints. Free *json with moot_free. MOOT_EUSAGE for a program that was loaded: only
 * its source says what it leaks. */
MOOT_API int moot_describe(moot_program *p, char **out);

enum { MOOT_BOOL = 0, MOOT_INT = 1, MOOT_FIX = 2, MOOT_KEY = 3 }; /* moot_port.kind */

/* One input or output. Zero it, then set size and abi. Names live as long as the program. */
typedef struct {
    uint32_t size, abi;
    const char *name;
    const char *party; /* who gives or learns it; "all" for an output to all */
    int is_output;     /* 0 or 1 */
    int kind;          /* MOOT_BOOL … */
    int rank;          /* axes, 0 for a single number; of one party's value */
    int64_t dim[3];    /* [rank] */
    double lo,
        hi; /* every number is within: declared (inputs) or proved (outputs); of keys 0 and 0 */
} moot_port;

/* How many inputs and outputs there are. */
MOOT_API int moot_port_count(const moot_program *p);

/* Fills *out with port i: first the inputs, then the outputs. MOOT_EUSAGE when there is none. */
MOOT_API int moot_port_info(const moot_program *p, int i, moot_port *out);

/* --- sessions */

/* Makes a session. config_json is the text of the parties file, `as` the name of this party in it, secret_key
 * its 40 characters from `moot keygen`. All three NULL: the ideal box, which holds every party. The program
 * and all texts may be freed afterwards. Give moot_compile the params of the file: others are refused. When it
 * fails and *out is not NULL, moot_session_error says why; free it in any case.
 *
 * Sessions of one engine with the same parties, addresses, keys and timeouts share one set of connections, of which the
 * first opens the port; those that run at the same time have different names ("session" in the parties file). So has a
 * run that is tried again: who comes late to one that was stopped is told that. */
MOOT_API int moot_session_new(moot_engine *e, moot_program *p, const char *config_json,
                              const char *as, const char *secret_key, moot_session **out);

/* Cancels if running, waits for its thread, zeroes and frees all. NULL is fine. */
MOOT_API void moot_session_free(moot_session *s);

/* Gives the value of one input of this party, row by row; copied. n is the number of items of its shape (at
 * most that where the length is private). On the ideal box the value of a group's input is that of all its
 * members in turn. moot_set_f64 is for fix inputs (nearest multiple of the precision), moot_set_i64 for all
 * kinds, moot_set_text for keys (UTF-8, each up to its NUL; moot_set_i64 gives the keys of the numbers' digits).
 * MOOT_EUSAGE: no such input, not this party's, wrong n, or started. MOOT_EDATA: outside the declared range, or
 * not of the input's kind. A later call for the same input replaces the value. */
MOOT_API int moot_set_i64(moot_session *s, const char *input, const int64_t *v, size_t n);
MOOT_API int moot_set_f64(moot_session *s, const char *input, const double *v, size_t n);
MOOT_API int moot_set_text(moot_session *s, const char *input, const char *const *v, size_t n);

/* The same for a fix input, from memory that stays yours and is not copied: leave it as it is until the session is
 * done, failed or freed. The run reads it when it shares its inputs. MOOT_EUSAGE also when the input is not fix. */
MOOT_API int moot_set_borrow_f32(moot_session *s, const char *input, const float *v, size_t n);

/* Starts the run on a thread of its own and returns at once. MOOT_EDATA when an input is missing. */
MOOT_API int moot_start(moot_session *s);

/* How it stands: MOOT_AGAIN, MOOT_DONE, or how it failed. Never blocks. MOOT_EUSAGE before moot_start. */
MOOT_API int moot_poll(moot_session *s);

/* A descriptor for poll, epoll and the like, the session's until it is freed: readable, and staying so, from when
 * moot_poll has something else to say than MOOT_AGAIN. Only wait for it: do not read or close it. -1 when the process
 * had none left: then the session failed. */
MOOT_API int moot_fd(const moot_session *s);

/* Waits at most timeout_ms milliseconds (negative: for ever) and returns what moot_poll does. */
MOOT_API int moot_wait(moot_session *s, int timeout_ms);

/* Makes the run end with MOOT_ECANCELLED when it next waits for a peer, which is at once unless it computes; the
 * peers are told. May be called from any thread and from a signal handler, until the session is freed. */
MOOT_API void moot_cancel(moot_session *s);

/* How far a run is. Zero it, then set size and abi. */
typedef struct {
    uint32_t size, abi;
    uint32_t round,
        rounds; /* rounds done, and in all (at most, where the program branches on what it reveals) */
    uint64_t sent, to_send; /* bytes by this party, likewise */
    const char *waiting_for; /* the name of a peer that the run waits for now, NULL: for nobody; the session's */
} moot_progress;

/* Fills *out; all 0 before the start and on the ideal box. Nothing is written when size or abi is not known. */
MOOT_API void moot_progress_get(moot_session *s, moot_progress *out);

/* Copies an output to v, which has room for cap items; *n is how many there are. A group's output on the
 * ideal box: all its members' in turn. MOOT_EUSAGE: no such output, it is not for this party, not done, or
 * cap is too small (*n is set then). moot_get_i64 wants ints or bools that fit (MOOT_EDATA when one does not);
 * moot_get_f64 takes every kind and rounds to the nearest double. */
MOOT_API int moot_get_i64(moot_session *s, const char *output, int64_t *v, size_t cap, size_t *n);
MOOT_API int moot_get_f64(moot_session *s, const char *output, double *v, size_t cap, size_t *n);

/* An output as JSON text, exactly (ints past 2^53 as strings); an array by member for a group's output on the
 * ideal box. Free *json with moot_free. */
MOOT_API int moot_get_text(moot_session *s, const char *output, char **json);

/* Why the last call or the run failed: what, where (file:line), which peer. "" when nothing did, and for NULL.
 * Valid until the next call with this session. */
MOOT_API const char *moot_session_error(moot_session *s);

#ifdef __cplusplus
}
#endif
#endif
