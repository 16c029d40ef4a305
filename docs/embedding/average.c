/* The average salary of three people, each a party with a key of its own, all in this one process. */
#include <moot.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { PEOPLE = 3, TIMEOUT_MS = 10000 };

static const char program[] = "party  employee[3]\n"
                              "input  salary  from employee : int 0..1_000_000\n"
                              "output average to   all      : fix\n"
                              "salary mean  reveal average\n";

/* Keys from `moot keygen`; in real life each is on another machine, and the secret half never leaves it. */
static const struct person {
    const char *name, *public_key, *secret_key;
    int64_t salary;
} people[PEOPLE] = {
    {"ann", "P<D6!Z+zZepDi-XP@ktI05*Rk&IgE^nO}-0vSBQ!", "/hkc]@1Z.u@(:VgPvNu}KN$?[G[Wd{f=B86}!&rQ",
     52000},
    {"ben", "*yIg82zAmmh:Yco-eJdaKJq!Q5{uF2AVjJd<Md*.", "j}xhuP<Jr}<}daBf+OxX9bXNBiutir{eZlSvVU5^",
     61000},
    {"cho", "T4VTI32CL>.!cLe10-wku}>dz)#)J12[PozZ6R.m", "66ODBM0n8V{5N!ST&.ZiW)R6oT2%5xPkM^!Z$D<J",
     74000},
};

static void must(int rc, const char *what)
{
    if (rc >= MOOT_OK) return;
    fprintf(stderr, "%s: %s\n", what, moot_strerror(rc));
    exit(1);
}

/* The parties file: the same at all. */
static void write_parties(char *text, size_t size)
{
    int at = snprintf(text, size, "{\"version\":1,\"session\":\"salaries\",\"parties\":[");

    for (int k = 0; k < PEOPLE; k++)
        at +=
            snprintf(text + at, size - (size_t)at,
                     "%s{\"name\":\"%s\",\"role\":\"employee\",\"address\":\"tcp://127.0.0.1:%d\","
                     "\"public_key\":\"%s\"}",
                     k ? "," : "", people[k].name, 7011 + k, people[k].public_key);
    snprintf(text + at, size - (size_t)at, "]}");
}

int main(void)
{
    moot_engine *engine = NULL;
    moot_program *p = NULL;
    moot_session *s[PEOPLE];
    char parties[1024];
    double average = 0;
    size_t n = 0;

    must(moot_open(NULL, &engine), "open");
    must(moot_compile(engine, "average.moot", program, strlen(program), NULL, &p, NULL), "compile");
    write_parties(parties, sizeof parties);
    for (int k = 0; k < PEOPLE; k++) {
        must(moot_session_new(engine, p, parties, people[k].name, people[k].secret_key, &s[k]),
             "session");
        must(moot_set_i64(s[k], "salary", &people[k].salary, 1), "salary");
        must(moot_start(s[k]), "start"); /* connects and runs in the background */
    }
    for (int k = 0; k < PEOPLE; k++) {
        if (moot_wait(s[k], TIMEOUT_MS) != MOOT_DONE) {
            fprintf(stderr, "%s\n", moot_session_error(s[k]));
            return 1;
        }
        must(moot_get_f64(s[k], "average", &average, 1, &n), "average");
        printf("%s learns: the average is %.2f\n", people[k].name, average);
        moot_session_free(s[k]);
    }
    moot_program_free(p);
    moot_close(engine);
    return 0;
}
