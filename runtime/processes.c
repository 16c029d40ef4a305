/* The parent of a local run: makes keys and a folder for sockets, forks a process per member, waits for their
 * records or a signal, and cleans up. What a member does is in runtime/worker.c. */
#define _GNU_SOURCE /* memfd_create */
#include "runtime/processes.h"

#include "runtime/worker.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <openssl/crypto.h>
#include <openssl/rand.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum {
    ADDRESS = 128,
    FOLDER_MAX = 80, /* socket paths end at 107 bytes */
    TICK_MS = 100,
    GRACE_MS = 3000, /* once a member failed: how long the others may take to notice */
    END_MS = 1000,   /* how long a member may take to end when it is asked to */
    LOOK_MS = 2      /* how often we look whether it has */
};

typedef struct worker {
    pid_t pid;   /* 0: not started */
    int pipe;    /* -1: not open */
    int outputs; /* what it learned, in a file in memory; -1: not open */
    bool ended, killed_by_us;
    int exit; /* as waitpid says */
    buffer said;
    char address[ADDRESS];
    char public_key[41], secret_key[41];
    int port_holder; /* keeps a tcp port from others; -1: none */
} worker;

typedef struct gathering {
    const processes_config *cfg;
    const launch *launch;
    worker *worker; /* [members] */
    const char **public_key;
    mesh_peer *peer;
    uint8_t tag[16];
    char folder[FOLDER_MAX + 16]; /* "": none */
    sigset_t old_mask;
    int signals; /* signalfd */
    int signal;  /* the one that came */
} gathering;

static long now_ms(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* --- where members meet */

static status make_folder(gathering *g, failure *err)
{
    const char *base = getenv("XDG_RUNTIME_DIR");

    if (!base || *base != '/' || strlen(base) > FOLDER_MAX || access(base, W_OK) != 0)
        base = "/tmp";
    snprintf(g->folder, sizeof g->folder, "%s/moot-XXXXXX", base);
    if (mkdtemp(g->folder)) return OK;
    g->folder[0] = '\0';
    return fail(err, E_USAGE, "", "cannot make a folder for sockets in %s: %s", base,
                strerror(errno));
}

static void remove_folder(gathering *g)
{
    if (!g->folder[0]) return;
    for (unsigned k = 0; k < g->launch->members; k++)
        unlink(g->worker[k].address + strlen("ipc://"));
    rmdir(g->folder);
}

/* Finds a free port and holds it: the socket never listens, so that with SO_REUSEADDR the member may still
 * bind the port, but the system gives it to nobody else. */
static status reserve_port(worker *w, failure *err)
{
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof at;
    int yes = 1;

    w->port_holder = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (w->port_holder < 0 ||
        setsockopt(w->port_holder, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes) ||
        bind(w->port_holder, (struct sockaddr *)&at, len) ||
        getsockname(w->port_holder, (struct sockaddr *)&at, &len))
        return fail(err, E_USAGE, "", "cannot get a port on 127.0.0.1: %s", strerror(errno));
    snprintf(w->address, sizeof w->address, "tcp://127.0.0.1:%u", (unsigned)ntohs(at.sin_port));
    return OK;
}

static status prepare_worker(gathering *g, unsigned k, failure *err)
{
    worker *w = &g->worker[k];
    status st;

    if (g->cfg->tcp) {
        if ((st = reserve_port(w, err)) || (st = mesh_keypair(w->public_key, w->secret_key, err)))
            return st;
        g->public_key[k] = w->public_key;
    } else {
        snprintf(w->address, sizeof w->address, "ipc://%s/%u", g->folder, k);
    }
    g->peer[k] = (mesh_peer){g->launch->name[k], w->address, g->public_key[k]};
    return OK;
}

static status prepare(gathering *g, failure *err)
{
    unsigned members = g->launch->members;
    status st;

    g->worker = calloc(members, sizeof *g->worker);
    g->public_key = calloc(members, sizeof *g->public_key);
    g->peer = calloc(members, sizeof *g->peer);
    if (!g->worker || !g->public_key || !g->peer) return fail_memory(err);
    for (unsigned k = 0; k < members; k++)
        g->worker[k].pipe = g->worker[k].outputs = g->worker[k].port_holder = -1;
    if (RAND_bytes(g->tag, sizeof g->tag) != 1)
        return fail(err, E_BUG, "", "the system's random source does not answer");
    if (!g->cfg->tcp && (st = make_folder(g, err))) return st;
    for (unsigned k = 0; k < members; k++)
        if ((st = prepare_worker(g, k, err))) return st;
    return OK;
}

/* Signals wait in a descriptor that the loop polls. One that was ignored when we came (nohup) stays so. */
static status block_signals(gathering *g, failure *err)
{
    static const int ending[] = {SIGINT, SIGTERM, SIGHUP};
    struct sigaction now;
    sigset_t ours;

    sigemptyset(&ours);
    for (size_t k = 0; k < sizeof ending / sizeof *ending; k++)
        if (sigaction(ending[k], NULL, &now) == 0 && now.sa_handler != SIG_IGN)
            sigaddset(&ours, ending[k]);
    sigprocmask(SIG_BLOCK, &ours, &g->old_mask);
    g->signals = signalfd(-1, &ours, SFD_CLOEXEC | SFD_NONBLOCK);
    if (g->signals < 0) return fail(err, E_BUG, "", "cannot wait for signals: %s", strerror(errno));
    return OK;
}

/* --- the processes */

/* In the child: keeps its own secret key and pipe, gives up all else, and becomes the member. */
_Noreturn static void become_worker(gathering *g, unsigned self, int report, run_data *data)
{
    worker *w = &g->worker[self];
    worker_config cfg = {.session = g->cfg->session,
                         .report = report,
                         .outputs = w->outputs,
                         .recording = g->cfg->recording,
                         .voice = self ? RECORDER_SILENT : g->cfg->voice};

    for (unsigned k = 0; k < g->launch->members; k++) {
        if (g->worker[k].pipe >= 0) close(g->worker[k].pipe);
        if (g->worker[k].outputs >= 0 && k != self) close(g->worker[k].outputs);
        if (g->worker[k].port_holder >= 0) close(g->worker[k].port_holder);
        if (k != self) OPENSSL_cleanse(g->worker[k].secret_key, sizeof w->secret_key);
    }
    close(g->signals);
    prctl(PR_SET_NAME, g->launch->name[self]); /* what `ps` and `top` show */
    cfg.session.public_key = g->cfg->tcp ? g->public_key : NULL;
    cfg.mesh = (mesh_config){.self = self,
                             .members = g->launch->members,
                             .peer = g->peer,
                             .secret_key = g->cfg->tcp ? w->secret_key : NULL,
                             .peer_timeout_ms = g->cfg->timeout_ms,
                             .start_timeout_ms = g->cfg->timeout_ms,
                             .delay_ms = g->cfg->delay_ms};
    memcpy(cfg.tag, g->tag, sizeof cfg.tag);
    if (g->folder[0]) {
        cfg.socket_path = w->address + strlen("ipc://");
        cfg.folder = g->folder;
    }
    worker_main(&cfg, data);
}

static status no_descriptor(const char *what, failure *err)
{
    const int why = errno;

    fail(err, E_USAGE, "", "cannot make %s: %s", what, strerror(why));
    if (why == EMFILE) fail_add(err, "help: ulimit -n 1024");
    return E_USAGE;
}

static status start_worker(gathering *g, unsigned k, run_data *data, failure *err)
{
    pid_t parent = getpid();
    worker *w = &g->worker[k];
    int ends[2];

    if ((w->outputs = memfd_create(g->launch->name[k], MFD_CLOEXEC)) < 0)
        return no_descriptor("a file in memory", err);
    if (pipe(ends)) return no_descriptor("a pipe", err);
    if ((w->pid = fork()) == 0) {
        prctl(PR_SET_PDEATHSIG, SIGTERM);
        if (getppid() != parent) { /* it died before the line above, and removes nothing any more */
            rmdir(g->folder);
            _exit(128 + SIGTERM);
        }
        close(ends[0]);
        become_worker(g, k, ends[1], data);
    }
    close(ends[1]);
    if (w->pid > 0) {
        w->pipe = ends[0];
        return OK;
    }
    w->pid = 0;
    close(ends[0]);
    return fail(err, E_USAGE, "", "cannot start a process for `%s`: %s", g->launch->name[k],
                strerror(errno));
}

static void reap(worker *w)
{
    if (w->pipe >= 0) close(w->pipe);
    w->pipe = -1;
    while (w->pid > 0 && waitpid(w->pid, &w->exit, 0) < 0 && errno == EINTR) continue;
    w->ended = true;
}

static bool has_ended(worker *w)
{
    pid_t ended = waitpid(w->pid, &w->exit, WNOHANG);

    if (ended == 0 || (ended < 0 && errno == EINTR)) return false;
    if (w->pipe >= 0) close(w->pipe);
    w->pipe = -1;
    return w->ended = true;
}

/* Members are asked first: one that is being looked at for leaks would leave the one that looks stuck. SIGKILL also ends
 * a stopped process. */
static void end_all(gathering *g)
{
    long until = now_ms() + END_MS;
    unsigned running = g->worker ? g->launch->members : 0;

    for (unsigned k = 0; g->worker && k < g->launch->members; k++) {
        worker *w = &g->worker[k];
        if (w->pid == 0 || w->ended) continue;
        w->killed_by_us = true;
        kill(w->pid, SIGTERM);
    }
    while (running) {
        running = 0;
        for (unsigned k = 0; k < g->launch->members; k++) {
            worker *w = &g->worker[k];
            if (w->pid == 0 || w->ended || has_ended(w)) continue;
            if (now_ms() >= until) kill(w->pid, SIGKILL);
            running++;
        }
        if (running) poll(NULL, 0, LOOK_MS);
    }
}

/* --- waiting */

static bool failed(const worker *w)
{
    return !WIFEXITED(w->exit) || w->said.failed || w->said.len < sizeof(worker_record) ||
           ((const worker_record *)(const void *)w->said.data)->st != OK;
}

/* Takes what the member wrote; at the end of its pipe, its exit. */
static void hear(worker *w)
{
    uint8_t bytes[65536];
    ssize_t n = read(w->pipe, bytes, sizeof bytes);

    if (n > 0)
        buffer_append(&w->said, bytes, (size_t)n);
    else if (n == 0 || errno != EINTR)
        reap(w);
}

static bool take_signal(gathering *g)
{
    struct signalfd_siginfo info;

    if (read(g->signals, &info, sizeof info) != (ssize_t)sizeof info) return false;
    g->signal = (int)info.ssi_signo;
    return true;
}

/* How long to wait at most; -1: for ever. */
static int poll_time(const gathering *g, long deadline)
{
    long left = deadline - now_ms();

    if (!deadline) return g->cfg->tick ? TICK_MS : -1;
    if (left < 0) return 0;
    return g->cfg->tick && left > TICK_MS ? TICK_MS : (int)left;
}

/* Polls once; returns how many members are still running, or 0 when it is time to stop. */
static unsigned wait_once(gathering *g, struct pollfd *fd, long *deadline)
{
    unsigned members = g->launch->members, running = 0;

    if (*deadline && *deadline <= now_ms()) return 0;
    if (g->cfg->tick) g->cfg->tick(g->cfg->tick_user);
    for (unsigned k = 0; k < members; k++)
        fd[k] = (struct pollfd){.fd = g->worker[k].pipe, .events = POLLIN};
    fd[members] = (struct pollfd){.fd = g->signals, .events = POLLIN};
    if (poll(fd, members + 1, poll_time(g, *deadline)) < 0) return members;
    if (fd[members].revents && take_signal(g)) return 0;
    for (unsigned k = 0; k < members; k++) {
        worker *w = &g->worker[k];
        if (fd[k].revents) hear(w);
        if (w->ended && failed(w) && !*deadline) *deadline = now_ms() + GRACE_MS;
        running += !w->ended;
    }
    return running;
}

static status wait_for_all(gathering *g, failure *err)
{
    struct pollfd *fd = calloc(g->launch->members + 1, sizeof *fd);
    long deadline = 0;

    if (!fd) return fail_memory(err);
    while (wait_once(g, fd, &deadline) > 0) continue;
    free(fd);
    end_all(g);
    return OK;
}

/* --- what came of it */

/* A member that was told to end by SIGTERM leaves with the shell's code for it (runtime/worker.c). */
static bool is_crash(int exit)
{
    int by = WIFSIGNALED(exit) ? WTERMSIG(exit) : 0;

    return by == SIGSEGV || by == SIGABRT || by == SIGBUS || by == SIGFPE || by == SIGILL ||
           (WIFEXITED(exit) && WEXITSTATUS(exit) != 0 && WEXITSTATUS(exit) != 128 + SIGTERM);
}

/* Which failure of several says most: the smaller. A lost peer is often only the echo of another's. */
static int echo_order(status st)
{
    return st == E_PEER ? 2 : st == E_CANCELLED ? 3 : 1;
}

/* Rounds and products are counted at the first node, as the cost box does. */
static void add_result(processes_result *out, unsigned member, const session_result *r)
{
    if (member == 0) out->rounds = r->rounds, out->multiplications = r->multiplications;
    out->bytes_sent[member] = r->bytes_sent;
    if (r->seconds > out->seconds) out->seconds = r->seconds;
}

/* A process that is gone without a record: the peers' words come first, for they know where the run was. */
static status blame_missing(const gathering *g, status said, failure *err)
{
    for (unsigned k = 0; k < g->launch->members; k++) {
        const worker *w = &g->worker[k];
        const char *name = g->launch->name[k];
        if (w->killed_by_us || (WIFEXITED(w->exit) && WEXITSTATUS(w->exit) == 0)) continue;
        if (is_crash(w->exit) && said != E_BUG) {
            char peers[sizeof err->text];
            snprintf(peers, sizeof peers, "%s", said ? err->text : "");
            fail(err, E_BUG, "", "the process of `%s` crashed (%s)", name,
                 WIFSIGNALED(w->exit) ? strsignal(WTERMSIG(w->exit)) : "exit");
            if (*peers) fail_add(err, "note: the others saw this: %s", peers);
            return E_BUG;
        }
        if (!said)
            said = fail(err, E_PEER, "N03", "the process of `%s` was ended from outside", name);
        else
            fail_add(err, "note: the process of `%s` was ended from outside", name);
    }
    return said;
}

/* What a member came to. One that ended well and left no whole record had no memory for it, or we had none. */
static bool read_record(const gathering *g, unsigned k, run_data *data, worker_record *out)
{
    const worker *w = &g->worker[k];
    slice said = {w->said.data, w->said.len};

    if (!w->said.failed && worker_record_read(said, w->outputs, &g->cfg->session, k, data, out))
        return true;
    if (w->killed_by_us || !WIFEXITED(w->exit) || WEXITSTATUS(w->exit)) return false;
    *out = (worker_record){0};
    out->st = fail_memory(&out->err);
    return true;
}

/* Once the members are gone, with whom the pages were shared: nobody needs them, and results want room. */
static void forget_inputs(const program *p, run_data *data)
{
    for (uint32_t i = 0; i < p->inputs; i++)
        for (uint32_t k = 0; k < party_members(p, p->input[i].party); k++)
            session_forget(&data->input[i][k]);
}

static status collect(const gathering *g, run_data *data, processes_result *out, failure *err)
{
    worker_record *best = NULL, *record = calloc(g->launch->members, sizeof *record);
    unsigned echoes = 0;
    status st = OK;

    forget_inputs(g->cfg->session.program, data);
    if (!record) return fail_memory(err);
    for (unsigned k = 0; k < g->launch->members; k++) {
        worker_record *r = &record[k];
        if (!read_record(g, k, data, r)) continue;
        add_result(out, k, &r->result);
        if (r->st && (!best || echo_order(r->st) < echo_order(best->st))) best = r;
    }
    for (unsigned k = 0; best && k < g->launch->members; k++)
        echoes += &record[k] != best && record[k].st == best->st;
    if (best) {
        st = best->st;
        if (err) *err = best->err;
        fail_add(err, "note: `%s` says so, and %u more", g->launch->name[best - record], echoes);
    }
    free(record);
    return blame_missing(g, st, err);
}

static void take_down(gathering *g)
{
    end_all(g);
    if (g->worker) remove_folder(g);
    for (unsigned k = 0; g->worker && k < g->launch->members; k++) {
        worker *w = &g->worker[k];
        if (w->outputs >= 0) close(w->outputs);
        if (w->port_holder >= 0) close(w->port_holder);
        buffer_free(&w->said);
        OPENSSL_cleanse(w->secret_key, sizeof w->secret_key);
    }
    if (g->signals >= 0) close(g->signals);
    sigprocmask(SIG_SETMASK, &g->old_mask, NULL);
    free(g->worker);
    free(g->public_key);
    free(g->peer);
}

status processes_run(const processes_config *cfg, run_data *data, processes_result *out, failure *err)
{
    gathering g = {.cfg = cfg, .launch = cfg->session.launch, .signals = -1};
    status st;

    *out = (processes_result){.bytes_sent = calloc(g.launch->members, sizeof *out->bytes_sent)};
    if (!out->bytes_sent) return fail_memory(err);
    if ((st = block_signals(&g, err)) || (st = prepare(&g, err))) goto done;
    for (unsigned k = 0; k < g.launch->members; k++)
        if ((st = start_worker(&g, k, data, err))) goto done;
    if ((st = wait_for_all(&g, err))) goto done;
    out->signal = g.signal;
    st = g.signal ? fail(err, E_CANCELLED, "", "stopped: %s", strsignal(g.signal))
                  : collect(&g, data, out, err);
done:
    take_down(&g);
    return st;
}

void processes_result_free(processes_result *r)
{
    free(r->bytes_sent);
    r->bytes_sent = NULL;
}
