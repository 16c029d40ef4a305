/* Runs the tests that are linked with it, each in a child of its own; see criterion/criterion.h.
 * usage: PROGRAM [PREFIX…], a prefix of suite/name; without one, all. Exit code 1 when one fails. */
#include <criterion/criterion.h>

#include <stdarg.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

enum { TIMEOUT = 120 };

static plain_test *tests;

void plain_add(plain_test *t)
{
    t->next = tests;
    tests = t;
}

void plain_failed(const char *file, int line, const char *what, const char *fmt, ...)
{
    va_list ap;

    va_start(ap, fmt);
    fprintf(stderr, "%s:%d: %s:", file, line, what);
    vfprintf(stderr, fmt, ap);
    fputc('\n', stderr);
    va_end(ap);
    fflush(NULL);
    _exit(1);
}

static void run(const plain_test *t)
{
    alarm(TIMEOUT);
    if (t->options.init) t->options.init();
    t->run();
    if (t->options.fini) t->options.fini();
    exit(0); /* so that sanitizers and valgrind have their say */
}

static bool passes(const plain_test *t)
{
    int code;
    pid_t child = fork();

    if (child == 0) run(t);
    if (child < 0 || waitpid(child, &code, 0) != child) return false;
    return WIFEXITED(code) && WEXITSTATUS(code) == 0;
}

static bool wanted(const plain_test *t, char **prefix, int count)
{
    char name[256];

    snprintf(name, sizeof name, "%s/%s", t->suite, t->name);
    for (int k = 0; k < count; k++)
        if (strncmp(name, prefix[k], strlen(prefix[k])) == 0) return true;
    return count == 0;
}

int main(int argc, char **argv)
{
    size_t ran = 0, failed = 0;

    for (const plain_test *t = tests; t; t = t->next) {
        if (!wanted(t, argv + 1, argc - 1)) continue;
        ran++;
        if (passes(t)) continue;
        failed++;
        fprintf(stderr, "failed: %s/%s\n", t->suite, t->name);
    }
    printf("%zu tests, %zu failed\n", ran, failed);
    return failed || !ran;
}
