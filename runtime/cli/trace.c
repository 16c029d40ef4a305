/* moot trace FILE: the stack after every word, with the values that the ideal box computes from sample data. On a
 * terminal one steps through it; commands may come line by line from a pipe; else all of it is printed. */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "runtime/cli/cli.h"
#include "runtime/cli/screen.h"

enum { COMMAND_MAX = 200 };

typedef struct traced {
    loaded l;
    run_data *values;
    watched *seen;
    status run; /* how the run went, and */
    failure why;
    cost price;
    bool priced;
} traced;

static view view_of(const traced *t)
{
    return (view){.program = t->l.program,
                  .rep = &t->l.report,
                  .seen = t->seen,
                  .data = t->values,
                  .price = t->priced ? &t->price : NULL,
                  .colour = cli_colour(stdout)};
}

/* Prices the program itself: the one that is watched computes more. Nothing is shown of what has no price. */
static void find_price(const arguments *args, traced *t)
{
    failure ignored = {0};
    loaded plain_one = {0};
    launch *where = NULL;
    const bool again = strcmp(args->operand[0], "-") && !(args->data && !strcmp(args->data, "-"));

    if (again && !cli_load_with(args, load, &plain_one, &ignored) &&
        !launch_local(&where, plain_one.program, 0, 0, &ignored))
        t->priced = !cost_of(&t->price, plain_one.program, where, &ignored);
    launch_free(where);
    loaded_free(&plain_one);
}

/* Commands from standard input, one a line; what there is after each is printed. */
static int follow_commands(const traced *t, char *line, size_t size)
{
    walk w = {.rep = &t->l.report};
    view v = view_of(t);
    bool going = true;
    buffer text = {0};

    view_note(&v, &text);
    do {
        failure why = {0};
        walk_result did = walk_obey(&w, line, &why);
        if (did == WALK_UNKNOWN) return buffer_free(&text), cli_fail(&why);
        if (did == WALK_HELP) walk_help(&text);
        if (did == WALK_MOVED) view_here(&v, &w, 0, &text);
        int code = cli_print(&text);
        if (code) return code;
        going = did != WALK_QUIT;
    } while (going && fgets(line, (int)size, stdin));
    return OK;
}

static int print_all(const traced *t, bool as_json)
{
    const view v = view_of(t);
    buffer text = {0};
    if (as_json)
        view_json(&v, &text);
    else
        view_all(&v, &text);
    return cli_print(&text);
}

/* A run that failed can be looked at on a terminal; elsewhere nothing is printed. */
static int step_through(traced *t)
{
    view v = view_of(t);
    walk w = {.rep = &t->l.report};
    int ended = screen_run(&v, &w, t->run ? t->why.text : NULL);

    if (ended < 0) fail(&t->why, E_USAGE, "", "the terminal cannot be used");
    if (ended > 0) return 128 + ended; /* as a shell would say */
    return t->run || ended < 0 ? cli_fail(&t->why) : OK;
}

static int show(const arguments *args, traced *t)
{
    char line[COMMAND_MAX];
    const bool program_on_stdin = !strcmp(args->operand[0], "-");
    const bool data_on_stdin = args->data && !strcmp(args->data, "-");

    if (!args->json && !program_on_stdin && !data_on_stdin && screen_possible()) {
        find_price(args, t);
        return step_through(t);
    }
    if (t->run) return cli_fail(&t->why);
    if (args->json || program_on_stdin || data_on_stdin || isatty(STDIN_FILENO) ||
        !fgets(line, sizeof line, stdin))
        return print_all(t, args->json);
    find_price(args, t);
    return follow_commands(t, line, sizeof line);
}

int command_trace(const arguments *args)
{
    traced t = {0};
    arguments traced_by = *args;
    int code;

    traced_by.watch = WATCH_WORDS;
    traced_by.quiet = true; /* `check` warns; here they would stand in the way */
    if ((code = cli_load(&traced_by, &t.l)) == OK) {
        if (cli_inputs(args, &t.l, &t.values, &t.why)) {
            code = cli_fail(&t.why);
        } else {
            t.run = run_watched(t.l.program, t.values, true, &t.seen, &t.why);
            const bool seen = t.seen && !watched_unfold(t.seen, &t.l.report, &t.why);
            code = seen ? show(args, &t) : cli_fail(&t.why);
        }
    }
    if (t.priced) cost_free(&t.price);
    watched_free(t.seen);
    if (t.values) run_data_free(t.values, t.l.program);
    loaded_free(&t.l);
    return code;
}
