/* The commands of `moot trace`: one table, and what each does to the position. */
#include "runtime/cli/walk.h"

#include <stdlib.h>
#include <string.h>

const word_step *walk_step(const walk *w)
{
    return w->at ? &w->rep->step[w->at - 1] : NULL;
}

bool walk_stops_at(const walk *w, uint32_t line)
{
    for (size_t k = 0; k < w->stops; k++)
        if (w->stop[k] == line) return true;
    return false;
}

const step_value *walk_watched(const walk *w, const char *name)
{
    for (size_t k = w->at; k-- > 0;)
        for (uint32_t i = 0; i < w->rep->step[k].named; i++)
            if (!strcmp(w->rep->step[k].names[i].name, name)) return &w->rep->step[k].names[i];
    return NULL;
}

/* --- what the commands do */

/* What stands behind a command: a line (0: it is none), or a name. */
typedef struct operand {
    uint32_t line;
    const char *name;
    size_t len;
} operand;

static status go_next(walk *w, operand on, failure *why)
{
    (void)on;
    if (w->at == w->rep->steps) return fail(why, E_USAGE, "", "this is the end");
    w->at++;
    return OK;
}

static status go_previous(walk *w, operand on, failure *why)
{
    (void)on;
    if (w->at == 0) return fail(why, E_USAGE, "", "this is the start");
    w->at--;
    return OK;
}

/* To the next step that is not inside the present one's successor. */
static status go_over(walk *w, operand on, failure *why)
{
    const uint32_t depth = w->at ? walk_step(w)->depth : 0;
    status st = go_next(w, on, why);
    while (!st && w->at < w->rep->steps && walk_step(w)->depth > depth) w->at++;
    return st;
}

static bool begins_line(const walk *w, size_t k, uint32_t line)
{
    const word_step *s = &w->rep->step[k];
    if (s->at.line != line) return false;
    return k == 0 || s[-1].at.line != line || strcmp(s[-1].file, s->file) != 0;
}

static bool gives_watched(const walk *w, const word_step *s)
{
    for (uint32_t i = 0; i < s->named; i++)
        for (size_t k = 0; k < w->watches; k++)
            if (!strcmp(s->names[i].name, w->watch[k])) return true;
    return false;
}

static bool is_stop(const walk *w, size_t k)
{
    if (gives_watched(w, &w->rep->step[k])) return true;
    const uint32_t line = w->rep->step[k].at.line;
    return walk_stops_at(w, line) && begins_line(w, k, line);
}

static status go_on(walk *w, operand on, failure *why)
{
    status st = go_next(w, on, why);
    while (!st && w->at < w->rep->steps && !is_stop(w, w->at - 1)) w->at++;
    return st;
}

static status go_back(walk *w, operand on, failure *why)
{
    status st = go_previous(w, on, why);
    while (!st && w->at > 0 && !is_stop(w, w->at - 1)) w->at--;
    return st;
}

/* The first word of the line that runs after here, or else at all. */
static status go_to(walk *w, operand on, failure *why)
{
    const size_t n = w->rep->steps;
    for (size_t k = 0; k < n; k++) {
        const size_t step = (w->at + k) % n;
        if (!begins_line(w, step, on.line)) continue;
        w->at = step + 1;
        return OK;
    }
    return fail(why, E_USAGE, "", "nothing runs on line %u", on.line);
}

static status toggle_stop(walk *w, operand on, failure *why)
{
    for (size_t k = 0; k < w->stops; k++) {
        if (w->stop[k] != on.line) continue;
        w->stop[k] = w->stop[--w->stops];
        return OK;
    }
    bool runs = false;
    for (size_t k = 0; k < w->rep->steps && !runs; k++) runs = w->rep->step[k].at.line == on.line;
    if (!runs) return fail(why, E_USAGE, "", "nothing runs on line %u", on.line);
    if (w->stops == WALK_STOPS)
        return fail(why, E_USAGE, "", "there are %d breakpoints already", WALK_STOPS);
    w->stop[w->stops++] = on.line;
    return OK;
}

/* The name as the steps have it, or NULL. */
static const char *find_name(const walk *w, operand on)
{
    for (size_t k = 0; k < w->rep->steps; k++)
        for (uint32_t i = 0; i < w->rep->step[k].named; i++) {
            const char *name = w->rep->step[k].names[i].name;
            if (strlen(name) == on.len && !memcmp(name, on.name, on.len)) return name;
        }
    return NULL;
}

static status toggle_watch(walk *w, operand on, failure *why)
{
    const char *name = find_name(w, on);
    if (!name)
        return fail(why, E_USAGE, "", "nothing is named `%.*s`", (int)(on.len < 40 ? on.len : 40),
                    on.name);
    for (size_t k = 0; k < w->watches; k++) {
        if (strcmp(w->watch[k], name) != 0) continue;
        w->watch[k] = w->watch[--w->watches];
        return OK;
    }
    if (w->watches == WALK_WATCHES)
        return fail(why, E_USAGE, "", "%d names are watched already", WALK_WATCHES);
    w->watch[w->watches++] = name;
    return OK;
}

static status go_first(walk *w, operand on, failure *why)
{
    (void)on, (void)why;
    w->at = 0;
    return OK;
}

static status go_last(walk *w, operand on, failure *why)
{
    (void)on, (void)why;
    w->at = w->rep->steps;
    return OK;
}

/* --- the table */

typedef struct walk_command {
    const char *name, *operand, *doc;
    status (*run)(walk *w, operand on, failure *why);
    walk_result result;
} walk_command;

/* A letter means the first command that begins with it. */
static const walk_command commands[] = {
    {"next", "", "the next word (also an empty line)", go_next, WALK_MOVED},
    {"previous", "", "the word before", go_previous, WALK_MOVED},
    {"over", "", "the next word, not into definitions and quotations", go_over, WALK_MOVED},
    {"goto", "LINE", "the first word of a line", go_to, WALK_MOVED},
    {"break", "LINE", "a breakpoint, or none there any longer", toggle_stop, WALK_MOVED},
    {"watch", "NAME", "what the name was last given, shown always; or no longer", toggle_watch,
     WALK_MOVED},
    {"continue", "", "to the next breakpoint or watched name, or the end", go_on, WALK_MOVED},
    {"reverse", "", "to the breakpoint before, or the start", go_back, WALK_MOVED},
    {"first", "", "the start, where nothing has run", go_first, WALK_MOVED},
    {"last", "", "the end", go_last, WALK_MOVED},
    {"help", "", "this list", NULL, WALK_HELP},
    {"quit", "", "leave", NULL, WALK_QUIT},
};

enum { COMMANDS = sizeof commands / sizeof *commands, LINE_DIGITS = 9 };

void walk_help(buffer *out)
{
    for (size_t k = 0; k < COMMANDS; k++)
        buffer_printf(out, "  %-8s %-4s  %s\n", commands[k].name, commands[k].operand,
                      commands[k].doc);
    buffer_printf(out, "  A first letter is enough.\n");
}

static const walk_command *find_command(const char *name, size_t len)
{
    if (len == 0) return &commands[0];
    for (size_t k = 0; k < COMMANDS; k++)
        if (!strncmp(commands[k].name, name, len) && (len == 1 || !commands[k].name[len]))
            return &commands[k];
    return NULL;
}

/* A whole number from 1 on, or 0. */
static uint32_t read_line_number(const char *text, size_t len)
{
    if (len == 0 || len > LINE_DIGITS || strspn(text, "0123456789") < len) return 0;
    return (uint32_t)strtoul(text, NULL, 10);
}

static bool takes(const walk_command *c, operand on)
{
    return c->operand[0] == 'L' ? on.line > 0 : c->operand[0] == 'N' ? on.len > 0 : on.len == 0;
}

walk_result walk_obey(walk *w, const char *command, failure *why)
{
    static const char blanks[] = " \t\r\n";
    const char *name = command + strspn(command, blanks);
    const size_t len = strcspn(name, blanks);
    operand on = {.name = name + len + strspn(name + len, blanks)};
    const walk_command *c = find_command(name, len);

    on.len = strcspn(on.name, blanks);
    on.line = read_line_number(on.name, on.len);

    if (!c) {
        fail(why, E_USAGE, "", "I do not know `%.*s`", (int)(len < 40 ? len : 40), name);
        fail_add(why, "help: `help` lists the commands");
        return WALK_UNKNOWN;
    }
    if (!takes(c, on)) {
        fail(why, E_USAGE, "",
             c->operand[0] == 'L'   ? "`%s` wants a line"
             : c->operand[0] == 'N' ? "`%s` wants a name"
                                    : "`%s` stands alone",
             c->name);
        return WALK_UNKNOWN;
    }
    if (c->run && c->run(w, on, why)) return WALK_UNKNOWN;
    return c->result;
}
