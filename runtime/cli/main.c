/* The moot command: finds the command asked for, parses its flags and runs it. */
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "runtime/cli/cli.h"
#include "runtime/nearest.h"

enum { FILE_FLAGS = TAKES_DATA | TAKES_SET | TAKES_FIELD };

static const command commands[] = {
    {"init", "Start", "NAME", "a small project that runs", 0, 1, 1, command_init},
    {"run", "Start", "FILE", "all parties on this machine",
     FILE_FLAGS | TAKES_NODES | TAKES_RUN | TAKES_SEEN, 1, 1, command_run},
    {"test", "Start", "FILE", "the tests in the file, on the ideal box", TAKES_SET | TAKES_FIELD, 1,
     1, command_test},
    {"check", "Understand", "FILE", "mistakes; says nothing when there are none", FILE_FLAGS, 1, 1,
     command_check},
    {"explain", "Understand", "FILE", "who gives, who learns, what it costs, where it goes",
     FILE_FLAGS | TAKES_NODES | TAKES_NETWORK | TAKES_HTML, 1, 1, command_explain},
    {"trace", "Understand", "FILE", "step through the words and see the stack (sample data)",
     FILE_FLAGS, 1, 1, command_trace},
    {"play", "Understand", "[FILE]",
     "a page in the browser to write a program on and see what it does", 0, 0, 1, command_play},
    {"words", "Understand", "[PATTERN]", "the words of the language", 0, 0, 1, command_words},
    {"help", "Understand", "[WORD]", "what a word, a command or an error code means", 0, 0, 1,
     command_help},
    {"keygen", "Deploy", "NAME", "a key pair: NAME.key, NAME.pub", 0, 1, 1, command_keygen},
    {"party", "Deploy", "FILE", "one party among other hosts",
     TAKES_PEERS | TAKES_LISTEN | TAKES_OWN | TAKES_SET | TAKES_SEEN, 1, 1, command_party},
    {"serve", "Deploy", "", "a node that stays up, for many sessions",
     TAKES_PEERS | TAKES_LISTEN | TAKES_SERVE, 0, 0, command_serve},
    {"submit", "Deploy", "", "a party that does not compute: gives its data, fetches what it learns",
     TAKES_PEERS | TAKES_SESSION | TAKES_OWN | TAKES_TIMEOUT, 0, 0, command_submit},
    {"ping", "Deploy", "", "every peer: does it answer, with its key, how fast",
     TAKES_PEERS | TAKES_LISTEN | TAKES_TIMEOUT, 0, 0, command_ping},
    {"report", "More", "FILE [FILE]", "what a report says; two of them compared", TAKES_HTML, 1, 2,
     command_report},
    {"compile", "More", "FILE", "source to bytecode", FILE_FLAGS | TAKES_OUT, 1, 1, command_compile},
    {"disasm", "More", "FILE",
     "bytecode (or a program's) as text, the source lines between; -v explains the opcodes",
     FILE_FLAGS, 1, 1, command_disasm},
    {"fmt", "More", "FILE", "the program in its usual layout", TAKES_FORMAT, 1, 1, command_fmt},
    {"bench", "More", "[OPERATION]…", "what each operation takes here, and what the wire alone would",
     TAKES_BENCH, 0, SIZE_MAX, command_bench},
    {"manual", "More", "[bash]", "the manual page, or the completion for bash", 0, 0, 1,
     command_manual},
    {"version", "More", "", "which moot this is", 0, 0, 0, command_version},
};

enum { COMMANDS = sizeof commands / sizeof *commands };

static void print_commands(buffer *out)
{
    const char *group = "";
    buffer_printf(
        out, "usage: moot COMMAND [flags]\n\nComputing on secrets that several parties hold.\n");
    for (size_t k = 0; k < COMMANDS; k++) {
        const command *c = &commands[k];
        char left[64];
        if (strcmp(group, c->group)) buffer_printf(out, "\n%s\n", c->group);
        group = c->group;
        snprintf(left, sizeof left, "%s %s", c->name, c->operands);
        buffer_printf(out, "  moot %-18s  %s\n", left, c->doc);
    }
    buffer_printf(out, "\n`moot COMMAND --help` shows its flags.\n");
}

const command *cli_command_at(size_t k)
{
    return k < COMMANDS ? &commands[k] : NULL;
}

const command *cli_command(const char *name)
{
    for (size_t k = 0; k < COMMANDS; k++)
        if (!strcmp(commands[k].name, name)) return &commands[k];
    return NULL;
}

int cli_commands(bool as_json)
{
    buffer text = {0};
    print_commands(&text);
    return cli_print_page(as_json, &text);
}

static int unknown_command(const char *name)
{
    failure err = {0};
    const char *best = NULL;
    size_t least = SIZE_MAX;

    for (size_t k = 0; k < COMMANDS; k++) {
        size_t distance = name_distance(commands[k].name, name);
        if (distance >= least) continue;
        least = distance;
        best = commands[k].name;
    }
    fail(&err, E_USAGE, "", "moot has no command `%s`", name);
    if (best) fail_add(&err, "help: did you mean `moot %s`?", best);
    fail_add(&err, "help: moot --help");
    return cli_fail(&err);
}

/* A closed standard stream would give its number to the next socket, and what is printed would go there.
 * It gets /dev/null instead, open the wrong way round so that use of it still fails. */
static bool occupy_closed_streams(void)
{
    for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
        if (fcntl(fd, F_GETFD) < 0 &&
            open("/dev/null", fd == STDIN_FILENO ? O_WRONLY : O_RDONLY) != fd)
            return false;
    return true;
}

/* What other commands take as a flag is one here. */
static const char *command_named(const char *first)
{
    if (!strcmp(first, "--help") || !strcmp(first, "-h")) return "help";
    return strcmp(first, "--version") ? first : "version";
}

int main(int argc, char **argv)
{
    failure err = {0};
    arguments args;

    if (!occupy_closed_streams()) return E_USAGE;
    signal(SIGPIPE, SIG_IGN); /* a closed pipe is an error of write, not the end */
    if (argc < 2) {
        fail(&err, E_USAGE, "", "moot wants a command");
        fail_add(&err, "help: moot --help");
        return cli_fail(&err);
    }
    const command *c = cli_command(command_named(argv[1]));
    if (!c) return unknown_command(argv[1]);
    if (args_parse(&args, c, argc - 2, argv + 2, &err)) return cli_fail(&err);

    int code;
    if (args.help) {
        buffer text = {0};
        args_help(c, &text);
        code = cli_print_page(args.json, &text);
    } else {
        code = c->run(&args);
    }
    args_free(&args);
    return code;
}
