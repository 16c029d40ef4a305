/* What three people earn on average, computed by three parties in one process.
 * usage: average PARTIES.json NAME SALARY NAME SALARY NAME SALARY, beside salary.moot and the NAME.key */
#include <moot.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { PARTIES = 3, TEXT = 8192 };

static void read_file(const char *path, char text[TEXT])
{
    FILE *f = fopen(path, "rb");
    size_t n = f ? fread(text, 1, TEXT - 1, f) : 0;

    if (!f || !n) perror(path), exit(2);
    text[n] = '\0';
    fclose(f);
}

static void expect(int rc, int wanted, const char *why)
{
    if (rc == wanted) return;
    fprintf(stderr, "%s: %s\n", moot_strerror(rc), why ? why : "");
    exit(rc < 0 ? -rc : 1);
}

/* One party: its key, its own salary, and nothing of the others'. */
static moot_session *join(moot_engine *engine, moot_program *program, const char *parties,
                          const char *name, const char *salary)
{
    int64_t own = strtoll(salary, NULL, 10);
    char path[256], key[TEXT];
    moot_session *s = NULL;
    int rc;

    snprintf(path, sizeof path, "%s.key", name);
    read_file(path, key);
    key[strcspn(key, "\n")] = '\0';
    rc = moot_session_new(engine, program, parties, name, key, &s);
    memset(key, 0, sizeof key); /* moot has a copy, in locked memory */
    expect(rc, MOOT_OK, moot_session_error(s));
    expect(moot_set_i64(s, "salary", &own, 1), MOOT_OK, moot_session_error(s));
    expect(moot_start(s), MOOT_OK, moot_session_error(s));
    return s;
}

int main(int argc, char **argv)
{
    char source[TEXT], parties[TEXT], *diagnostics = NULL;
    moot_engine *engine = NULL;
    moot_program *program = NULL;
    moot_session *s[PARTIES];

    if (argc != 2 + 2 * PARTIES)
        return fputs("usage: average PARTIES.json NAME SALARY …\n", stderr), 2;
    read_file("salary.moot", source);
    read_file(argv[1], parties);
    expect(moot_open(NULL, &engine), MOOT_OK, NULL);
    expect(moot_compile(engine, "salary.moot", source, strlen(source), "{\"n\":3}", &program,
                        &diagnostics),
           MOOT_OK, diagnostics);
    moot_free(engine, diagnostics); /* warnings, here */
    for (int k = 0; k < PARTIES; k++)
        s[k] = join(engine, program, parties, argv[2 + 2 * k], argv[3 + 2 * k]);
    for (int k = 0; k < PARTIES; k++) {
        double average;
        size_t n;
        expect(moot_wait(s[k], -1), MOOT_DONE, moot_session_error(s[k]));
        expect(moot_get_f64(s[k], "average", &average, 1, &n), MOOT_OK, moot_session_error(s[k]));
        printf("%s learns %g\n", argv[2 + 2 * k], average);
        moot_session_free(s[k]);
    }
    moot_program_free(program);
    moot_close(engine);
    return 0;
}
