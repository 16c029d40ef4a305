/* moot manual: the manual page, and the completion for bash, from the tables of commands, flags and words. The build
 * installs what it prints. */
#include <string.h>

#include "runtime/cli/cli.h"

/* --- the manual page */

/* The character that begins at *c, which goes to its last byte. Our own tables are valid UTF-8. */
static unsigned character(const char **c)
{
    const uint8_t first = (uint8_t) * *c;
    unsigned code = first < 0xe0 ? first & 0x1f : first < 0xf0 ? first & 0x0f : first & 0x07;
    while (((uint8_t)(*c)[1] & 0xc0) == 0x80) code = code << 6 | ((uint8_t) * ++*c & 0x3f);
    return code;
}

/* Text as roff takes it: ASCII, no line that begins a request, and hyphens that can be copied. */
static void roff(buffer *out, const char *text)
{
    for (const char *c = text; *c; c++) {
        if (*c == '-')
            buffer_printf(out, "\\-");
        else if (*c == '\\')
            buffer_printf(out, "\\e");
        else if ((uint8_t)*c >= 0x80)
            buffer_printf(out, "\\[u%04X]", character(&c));
        else if ((*c == '.' || *c == '\'') && (c == text || c[-1] == '\n'))
            buffer_printf(out, "\\&%c", *c);
        else
            buffer_append(out, c, 1);
    }
}

static void roff_flag(buffer *out, const flag_doc *f)
{
    buffer_printf(out, ".TP\n.B ");
    if (f->letter) roff(out, f->letter), buffer_printf(out, ", ");
    roff(out, f->name);
    if (f->values) buffer_printf(out, " \\fI"), roff(out, f->values), buffer_printf(out, "\\fR");
    buffer_printf(out, "\n");
    roff(out, f->doc);
    buffer_printf(out, "\n");
}

static void roff_command(buffer *out, const command *c)
{
    flag_doc f;
    buffer_printf(out, ".SS moot ");
    roff(out, c->name);
    buffer_printf(out, " ");
    roff(out, c->operands);
    buffer_printf(out, "\n");
    roff(out, c->doc);
    buffer_printf(out, ".\n");
    for (size_t k = 0; args_flag(c, k, &f); k++)
        if (!f.common) roff_flag(out, &f);
}

static const char opening[] =
    ".SH NAME\n"
    "moot \\- computing on secrets that several parties hold\n"
    ".SH SYNOPSIS\n"
    ".B moot\n.I COMMAND\n[\\fIflags\\fR]\n"
    ".SH DESCRIPTION\n"
    "Several parties hold private data and want one result. A short program says who gives what "
    "and who learns\n"
    "what;\n.B moot\ncompiles it and runs it among the parties, so that nobody learns anything but "
    "the results that\n"
    "the program's header declares. Results go to standard output, all else to standard error.\n";

static const char closing[] =
    ".SH EXIT STATUS\n"
    ".TP\n.B 0\ndone\n"
    ".TP\n.B 1\nthe program has errors, or a test fails\n"
    ".TP\n.B 2\nwrong usage: flags, or a file that cannot be read\n"
    ".TP\n.B 3\ninput data wrong\n"
    ".TP\n.B 4\nparties disagree, bad config or keys\n"
    ".TP\n.B 5\na peer unreachable, lost or silent past the timeout\n"
    ".TP\n.B 6\nprotocol stopped: inconsistent shares, cheating or corruption\n"
    ".TP\n.B 7\nover a limit, refused before start\n"
    ".TP\n.B 8\na bug in moot\n"
    ".TP\n.B 130, 143\ninterrupted, terminated\n"
    ".SH ENVIRONMENT\n"
    ".TP\n.B NO_COLOR\nwhen set and not empty, nothing is printed in colour\n"
    ".SH FILES\n"
    ".TP\n.I NAME.moot\na program\n"
    ".TP\n.I NAME.json\nits sample data, which are taken when no others are given\n";

static void manual_page(buffer *out)
{
    flag_doc f;
    const command *c;
    buffer_printf(out, ".TH MOOT 1 \"\" \"moot %s\" \"User Commands\"\n%s.SH COMMANDS\n",
                  MOOT_VERSION, opening);
    for (size_t k = 0; (c = cli_command_at(k)); k++) roff_command(out, c);
    buffer_printf(out, ".SH FLAGS OF ALL COMMANDS\n");
    for (size_t k = 0; args_flag(cli_command_at(0), k, &f); k++)
        if (f.common) roff_flag(out, &f);
    buffer_printf(out, "%s", closing);
}

/* --- bash */

static void command_names(buffer *out)
{
    const command *c;
    for (size_t k = 0; (c = cli_command_at(k)); k++)
        buffer_printf(out, "%s%s", k ? " " : "", c->name);
}

static void flag_names(buffer *out, const command *c)
{
    flag_doc f;
    for (size_t k = 0; args_flag(c, k, &f); k++) buffer_printf(out, "%s%s", k ? " " : "", f.name);
}

/* Words between bars, and nothing to be put in their place, as in "p61|gmp:P". */
static bool is_choice(const flag_doc *f)
{
    return f->values && strchr(f->values, '|') && !strpbrk(f->values, ":[");
}

/* The choices of each flag that has some, whichever command takes it. */
static void choices(buffer *out)
{
    const command *c;
    flag_doc f;
    for (size_t k = 0; (c = cli_command_at(k)); k++) {
        for (size_t i = 0; args_flag(c, i, &f); i++) {
            if (!is_choice(&f)) continue;
            buffer_printf(out, "    %s.%s) found='", c->name, f.name);
            for (const char *v = f.values; *v; v++) buffer_append(out, *v == '|' ? " " : v, 1);
            buffer_printf(out, "' ;;\n");
        }
    }
}

/* Flags whose value is no choice and no file: nothing is offered for them. */
static void numbers(buffer *out)
{
    const command *c;
    flag_doc f;
    buffer_printf(out, "    x");
    for (size_t k = 0; (c = cli_command_at(k)); k++)
        for (size_t i = 0; args_flag(c, i, &f); i++)
            if (f.values && !is_choice(&f) && strcmp(f.values, "FILE") != 0 &&
                strcmp(f.values, "DIR") != 0)
                buffer_printf(out, "|%s.%s", c->name, f.name);
    buffer_printf(out, ") return ;;\n");
}

static void bash_completion(buffer *out)
{
    const command *c;
    buffer_printf(out, "# bash completion for moot, written by `moot manual bash`\n"
                       "_moot() {\n"
                       "    local word=${COMP_WORDS[COMP_CWORD]} found=\n"
                       "    COMPREPLY=()\n"
                       "    case ${COMP_CWORD}.${COMP_WORDS[1]} in\n"
                       "    1.*) found='");
    command_names(out);
    buffer_printf(out, "' ;;\n    2.help) found='");
    command_names(out);
    for (size_t k = 0; k < words_count(); k++)
        if (words_at(k)->name[0] != '\'') buffer_printf(out, " %s", words_at(k)->name);
    buffer_printf(
        out, "' ;;\n    esac\n"
             "    [ -n \"$found\" ] || case ${COMP_WORDS[1]}.${COMP_WORDS[COMP_CWORD-1]} in\n");
    choices(out);
    numbers(out);
    buffer_printf(out, "    esac\n    [ -n \"$found\" ] || case ${COMP_WORDS[1]}.$word in\n");
    for (size_t k = 0; (c = cli_command_at(k)); k++) {
        buffer_printf(out, "    %s.-*) found='", c->name);
        flag_names(out, c);
        buffer_printf(out, "' ;;\n");
    }
    buffer_printf(
        out,
        "    esac\n"
        "    [ -z \"$found\" ] || mapfile -t COMPREPLY < <(compgen -W \"$found\" -- \"$word\")\n"
        "}\n"
        "complete -o default -F _moot moot\n");
}

int command_manual(const arguments *args)
{
    buffer text = {0};
    failure err = {0};
    const char *what = args->operands ? args->operand[0] : "page";

    if (!strcmp(what, "page"))
        manual_page(&text);
    else if (!strcmp(what, "bash"))
        bash_completion(&text);
    else
        return fail(&err, E_USAGE, "", "there is `moot manual` and `moot manual bash`, but no `%s`",
                    what),
               cli_fail(&err);
    return cli_print_page(args->json, &text);
}
