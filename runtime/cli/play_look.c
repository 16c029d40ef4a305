/* Looks at a program on behalf of `moot play`, in a child process with limits. */
#include "runtime/cli/play_look.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "runtime/cli/view.h"
#include "runtime/explain.h"
#include "runtime/json.h"

enum { CPU_SECONDS = 3, WALL_SECONDS = 6 };
#define MEMORY_MAX ((rlim_t)4 << 30)

static const char unnamed[] = "program.moot";

/* --- in the child */

typedef struct request {
    const char *file; /* NULL: none */
    char *folder;
    slice source, data;
} request;

static load_request load_of(const request *r, watching watch)
{
    return (load_request){.source = {.file = r->file ? r->file : unnamed,
                                     .source = r->source,
                                     .watch = watch,
                                     .read = r->file ? read_beside : NULL,
                                     .read_user = (void *)(uintptr_t)r->file},
                          .json = r->data.len ? r->data : (slice){0},
                          .data_file = "the data",
                          .folder = r->folder};
}

static void put_error(const failure *err, buffer *out)
{
    if (!err->status) return;
    json_text(out, "error", err->text);
}

static status put_trace(const loaded *l, buffer *out, failure *err)
{
    run_data *values = run_data_new(l->program);
    watched *seen = NULL;
    status st;

    if (!values) return fail_memory(err);
    st = l->data ? data_fill(l->data, l->program, values, err) : OK;
    if (!st && !l->data && l->program->inputs)
        st = fail(err, E_USAGE, "", "the program wants data, and none are given");
    if (!st) st = run_watched(l->program, values, true, &seen, err);
    if (!st) {
        const view v = {.program = l->program, .rep = &l->report, .seen = seen, .data = values};
        json_name(out, "trace");
        view_json(&v, out);
    }
    watched_free(seen);
    run_data_free(values, l->program);
    return st;
}

static status put_explanation(const request *r, buffer *out, failure *err)
{
    const load_request req = load_of(r, WATCH_NOTHING);
    loaded l = {0};
    launch *where = NULL;
    cost price = {0};
    status st = load(&l, &req, err);

    if (!st) st = launch_local(&where, l.program, 0, 0, err);
    if (!st && !(st = cost_of(&price, l.program, where, err))) {
        const explanation e = {
            .program = l.program, .report = &l.report, .launch = where, .cost = &price};
        json_name(out, "explain");
        explain_json(&e, out);
        cost_free(&price);
    }
    launch_free(where);
    loaded_free(&l);
    return st;
}

/* A program whose data are wrong or missing still has mistakes to be shown. */
static void put_all(const request *r, buffer *out)
{
    const load_request req = load_of(r, WATCH_WORDS);
    failure err = {0}, ignored = {0};
    loaded l = {0};
    report checked = {0};
    status st = load(&l, &req, &err);
    const report *found = loaded_findings(&l);

    if (st && st != E_PROGRAM && !check_source(&req.source, &checked, &ignored)) found = &checked;
    buffer_printf(out, "{");
    json_name(out, "check");
    cli_findings_json(found, out);
    if (!st && !(st = put_trace(&l, out, &err))) st = put_explanation(r, out, &err);
    if (st != E_PROGRAM) put_error(&err, out);
    buffer_printf(out, "}");
    report_free(&checked);
    loaded_free(&l);
}

static bool text_of(const cJSON *object, const char *name, slice *out)
{
    const cJSON *text = cJSON_IsObject(object) ? json_member(object, name) : NULL;

    if (!cJSON_IsString(text)) return false;
    *out = (slice){(const uint8_t *)text->valuestring, strlen(text->valuestring)};
    return true;
}

static status look_here(const char *file, slice body, buffer *out, failure *err)
{
    json asked;
    request r = {.file = file, .folder = file ? folder_of(file) : NULL};
    status st = json_parse(&asked, body, "the request", JSON_ANY_NUMBERS, err);

    if (st) return st;
    if (text_of(asked.root, "source", &r.source) && text_of(asked.root, "data", &r.data))
        put_all(&r, out);
    else
        st = fail(err, E_USAGE, "", "a request has a source and data");
    json_free(&asked);
    free(r.folder);
    return st;
}

static void put_limit(int what, rlim_t most)
{
    const struct rlimit limit = {most, most};
    setrlimit(what, &limit);
}

_Noreturn static void be_child(int to, const char *file, slice body)
{
    buffer out = {0};
    failure err = {0};

    prctl(PR_SET_PDEATHSIG, SIGKILL);
    signal(SIGINT, SIG_IGN); /* the parent ends us */
    put_limit(RLIMIT_CORE, 0);
    put_limit(RLIMIT_CPU, CPU_SECONDS);
#if !defined __SANITIZE_ADDRESS__ &&                                                               \
    !defined __SANITIZE_THREAD__ /* whose shadow is larger than any limit */
    put_limit(RLIMIT_AS, MEMORY_MAX);
#endif
    alarm(WALL_SECONDS);
    if (look_here(file, body, &out, &err)) {
        out.len = 0;
        buffer_printf(&out, "{");
        put_error(&err, &out);
        buffer_printf(&out, "}");
    }
    for (size_t done = 0; !out.failed && done < out.len;) {
        ssize_t n = write(to, out.data + done, out.len - done);
        if (n <= 0) break;
        done += (size_t)n;
    }
    _exit(out.failed ? E_MEMORY : OK);
}

/* --- in the parent */

static void read_answer(int from, buffer *out)
{
    uint8_t bytes[65536];
    ssize_t n;

    while ((n = read(from, bytes, sizeof bytes)) > 0 || (n < 0 && errno == EINTR))
        if (n > 0 && out->len < PLAY_ANSWER_MAX) buffer_append(out, bytes, (size_t)n);
}

static const char *why_it_ended(int code)
{
    if (WIFSIGNALED(code) &&
        (WTERMSIG(code) == SIGXCPU || WTERMSIG(code) == SIGALRM || WTERMSIG(code) == SIGKILL))
        return "this takes too long to be shown while you type: `moot run` has all the time it "
               "needs";
    if (WIFEXITED(code) && WEXITSTATUS(code) == E_MEMORY)
        return "this takes too much memory to be shown while you type";
    return "moot itself failed on this program: that is a bug worth reporting";
}

status play_look(const char *file, slice body, buffer *out, failure *err)
{
    const size_t before = out->len;
    int ends[2], code = 0;
    pid_t pid;

    if (pipe(ends)) return fail(err, E_LIMIT, "", "cannot make a pipe: %s", strerror(errno));
    if ((pid = fork()) == 0) {
        close(ends[0]);
        be_child(ends[1], file, body);
    }
    close(ends[1]);
    if (pid > 0) read_answer(ends[0], out);
    close(ends[0]);
    if (pid < 0) return fail(err, E_LIMIT, "", "cannot start a process: %s", strerror(errno));
    while (waitpid(pid, &code, 0) < 0 && errno == EINTR) continue;
    if (WIFEXITED(code) && WEXITSTATUS(code) == OK && out->len - before < PLAY_ANSWER_MAX)
        return out->failed ? fail_memory(err) : OK;
    out->len = before;
    buffer_printf(out, "{\"error\":");
    json_string(out, why_it_ended(code));
    buffer_printf(out, "}");
    return OK;
}
