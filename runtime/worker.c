/* The life of one local member: from the fork to the record. A thread waits for SIGTERM, which the parent or
 * (through PR_SET_PDEATHSIG) its death sends, and takes the socket file along; so no handler is needed. */
#include "runtime/worker.h"

#include "runtime/confine.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { TAKEN_AT_ONCE = 1 << 14 }; /* bytes, of what is compared */

/* Leaves only the inputs of the parties that live here. */
static void keep_own_inputs(const session_config *cfg, unsigned self, run_data *data)
{
    const program *p = cfg->program;

    for (uint32_t i = 0; i < p->inputs; i++)
        for (uint32_t k = 0; k < party_members(p, p->input[i].party); k++)
            if (cfg->launch->home[p->input[i].party][k] != self) session_forget(&data->input[i][k]);
}

/* For a member whose parent can no longer clean up. */
static void remove_traces(const worker_config *cfg)
{
    if (cfg->socket_path) unlink(cfg->socket_path);
    if (cfg->folder) rmdir(cfg->folder); /* the last member succeeds */
}

/* Held while the socket file is made: what is removed has to be there, or never come. */
static pthread_mutex_t opening = PTHREAD_MUTEX_INITIALIZER;

static void *end_on_sigterm(void *config)
{
    const worker_config *cfg = config;
    sigset_t term;
    int number;

    sigemptyset(&term);
    sigaddset(&term, SIGTERM);
    sigwait(&term, &number);
    kill(0, SIGCONT); /* a member that is stopped would not see its parent's death before it goes on */
    pthread_mutex_lock(&opening);
    remove_traces(cfg);
    _exit(128 + SIGTERM);
}

/* They are blocked before any other thread is made, so that none of those takes them: SIGTERM is the
 * watcher's, and after Ctrl-C it is the parent who decides. */
static status watch_for_end(const worker_config *cfg, failure *err)
{
    pthread_t watcher;
    sigset_t ending;
    int error;

    sigemptyset(&ending);
    sigaddset(&ending, SIGTERM);
    sigaddset(&ending, SIGINT);
    sigaddset(&ending, SIGHUP);
    sigprocmask(SIG_BLOCK, &ending, NULL);
    error = pthread_create(&watcher, NULL, end_on_sigterm, (void *)cfg);

    if (error) return fail(err, E_LIMIT, "", "cannot start a thread: %s", strerror(error));
    pthread_detach(watcher);
    return OK;
}

/* False when the parent is gone. */
static bool write_all(int fd, const uint8_t *data, size_t len)
{
    while (len > 0) {
        ssize_t n = write(fd, data, len);
        if (n < 0 && errno == EINTR) continue;
        if (n <= 0) return false;
        data += n, len -= (size_t)n;
    }
    return true;
}

static status run_session(const worker_config *cfg, channel *c, run_data *data,
                          session_result *result, failure *err)
{
    session_config session = cfg->session;
    status st;

    if (cfg->recording && !(session.observer = recorder_new(cfg->recording, cfg->mesh.self,
                                                            session.program, cfg->voice)))
        return fail_memory(err);
    st = session_run(&session, c, data, result, err);
    recorder_free(session.observer);
    return st;
}

static status run(const worker_config *cfg, run_data *data, session_result *result, failure *err)
{
    mesh *m = NULL;
    channel *c = NULL;
    status st;

    if ((st = watch_for_end(cfg, err))) return st;
    pthread_mutex_lock(&opening);
    st = mesh_open(&m, &cfg->mesh, err);
    pthread_mutex_unlock(&opening);
    if (st) return st;
    if (!(st = mesh_channel(m, cfg->tag, &c, err))) st = run_session(cfg, c, data, result, err);
    if (c) channel_close(c);
    mesh_close(m);
    return st;
}

/* Into a file that only this process and its parent have: what the parent takes from there it never holds twice. */
static bool write_outputs(int fd, const program *p, const run_data *data)
{
    FILE *out = fdopen(fd, "w");
    bool whole = out != NULL;

    for (uint32_t i = 0; whole && i < p->outputs; i++)
        for (uint32_t k = 0; k < party_members(p, p->output[i].party); k++) {
            const plain *v = &data->output[i][k];
            const uint8_t here = v->v != NULL;
            fwrite(&here, sizeof here, 1, out);
            if (!here) continue;
            fwrite(&v->len, sizeof v->len, 1, out);
            fwrite(v->v, item_size(v->extra), v->len, out);
        }
    whole = whole && !ferror(out);
    return (!out || fclose(out) == 0) && whole;
}

static bool write_record(const worker_config *cfg, worker_record *record, const run_data *data)
{
    if (!record->st && !write_outputs(cfg->outputs, cfg->session.program, data))
        record->st = errno == EFBIG ? fail(&record->err, E_LIMIT, "",
                                           "what was learned is larger than files may be here "
                                           "(`ulimit -f`)")
                                    : fail_memory(&record->err);
    return write_all(cfg->report, (const uint8_t *)record, sizeof *record);
}

/* Of LeakSanitizer, where it is linked in: _exit passes by its own check. */
extern int __lsan_do_recoverable_leak_check(void) __attribute__((weak));

_Noreturn void worker_main(const worker_config *cfg, run_data *data)
{
    worker_record record = {0};

    confine_begin();
    signal(SIGPIPE, SIG_IGN); /* a parent that is gone is seen when writing to it */
    signal(SIGXFSZ, SIG_IGN); /* and so is a limit on files that the outputs pass */
    keep_own_inputs(&cfg->session, cfg->mesh.self, data);
    record.st = run(cfg, data, &record.result, &record.err);
    if (!write_record(cfg, &record, data)) remove_traces(cfg);
    session_forget_all(data, cfg->session.program);
    confine_end();
    if (__lsan_do_recoverable_leak_check) __lsan_do_recoverable_leak_check();
    _exit(0);
}

/* --- in the parent */

static bool take(FILE *in, void *out, size_t len)
{
    return len == 0 || fread(out, len, 1, in) == 1;
}

/* Whether the next `len` bytes are these; *agree says so. */
static bool take_same(FILE *in, const void *known, size_t len, bool *agree)
{
    uint8_t piece[TAKEN_AT_ONCE];
    size_t done = 0;

    while (done < len) {
        const size_t some = len - done < sizeof piece ? len - done : sizeof piece;
        if (!take(in, piece, some)) return false;
        *agree = *agree && memcmp((const uint8_t *)known + done, piece, some) == 0;
        done += some;
    }
    return true;
}

/* Reads one value, or finds that it is what another member said already. */
static bool take_value(FILE *in, unsigned extra, plain *out, bool *agree)
{
    size_t len;

    if (!take(in, &len, sizeof len)) return false;
    if (out->v) {
        *agree = out->len == len;
        return !*agree || take_same(in, out->v, len * item_size(extra), agree);
    }
    return !plain_alloc(out, len, extra, NULL) && take(in, out->v, len * item_size(extra));
}

static bool read_outputs(FILE *in, const session_config *cfg, unsigned member, run_data *data,
                         worker_record *out)
{
    const program *p = cfg->program;

    for (uint32_t i = 0; i < p->outputs; i++)
        for (uint32_t k = 0; k < party_members(p, p->output[i].party); k++) {
            uint8_t here;
            bool agree = true;
            if (!take(in, &here, sizeof here)) return false;
            if (here && !take_value(in, p->extra, &data->output[i][k], &agree)) return false;
            if (agree) continue;
            out->st = fail(&out->err, E_ABORT, "", "`%s` learned another `%s` than the others did",
                           cfg->launch->name[member], p->output[i].name);
            return true;
        }
    return true;
}

bool worker_record_read(slice said, int outputs, const session_config *cfg, unsigned member,
                        run_data *data, worker_record *out)
{
    bool whole;
    FILE *in;
    int own;

    if (said.len != sizeof *out) return false;
    memcpy(out, said.data, sizeof *out);
    if (out->st) return true;
    if ((own = dup(outputs)) < 0) return false;
    if (!(in = fdopen(own, "r"))) return close(own), false;
    rewind(in);
    whole = read_outputs(in, cfg, member, data, out);
    fclose(in);
    return whole;
}
