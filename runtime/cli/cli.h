/* What the commands share: their entry points, how findings and failures are shown, and how a command gets
 * from FILE to a program that may run. Results go to stdout, all else to stderr. */
#ifndef MOOT_RUNTIME_CLI_CLI_H
#define MOOT_RUNTIME_CLI_CLI_H

#include <stdio.h>

#include "runtime/cli/args.h"
#include "runtime/source.h"

/* The commands; each returns the exit code and prints nothing on stdout when it fails. */
int command_bench(const arguments *args);
int command_check(const arguments *args);
int command_compile(const arguments *args);
int command_disasm(const arguments *args);
int command_explain(const arguments *args);
int command_fmt(const arguments *args);
int command_help(const arguments *args);
int command_init(const arguments *args);
int command_keygen(const arguments *args);
int command_manual(const arguments *args);
int command_party(const arguments *args);
int command_ping(const arguments *args);
int command_play(const arguments *args);
int command_report(const arguments *args);
int command_run(const arguments *args); /* run.c */
int command_serve(const arguments *args);
int command_submit(const arguments *args);
int command_test(const arguments *args);
int command_trace(const arguments *args);
int command_version(const arguments *args);
int command_words(const arguments *args);

/* The k-th command, or NULL when there are no more; the command of this name, or NULL; and the list of all on stdout. */
const command *cli_command_at(size_t k);
const command *cli_command(const char *name);
int cli_commands(bool as_json);

/* Shows "error[D02]: …" on stderr, in colour on a terminal; returns the exit code. */
int cli_fail(const failure *err);

/* Shows compiler findings on stderr; warnings only unless --quiet. */
void cli_findings(const arguments *args, const report *r);

/* Is colour wanted on this stream? A terminal, and no NO_COLOR. */
bool cli_colour(FILE *stream);

/* Writes what a successful command has to say to stdout and frees *text; returns 0, or 2 and a message when it
 * cannot be written. */
int cli_print(buffer *text);

/* Says on standard error what the owner of data reads of them at its own terminal; cleanses and frees it. */
void cli_tell_owner(buffer *text);

/* The same for a page of text, which in JSON is {"text":…}. */
int cli_print_page(bool as_json, buffer *page);

/* Appends {"diagnostics":[…]} for the findings of r, as `check --json` prints them. */
void cli_findings_json(const report *r, buffer *out);

/* FILE to a verified program: reads args->operand[0] ("-" is stdin), finds its data (--data, else NAME.json
 * beside it), compiles with --set, the data's sizes and --field, verifies. Shows findings and failures
 * itself. Returns 0, or the exit code; *out is freed with loaded_free in either case. */
int cli_load(const arguments *args, loaded *out);

/* The same with `how` in place of load (load_checked), and without showing anything. */
status cli_load_with(const arguments *args, status (*how)(loaded *, const load_request *, failure *),
                     loaded *out, failure *err);

/* The data that were loaded, in place for a run; *out is freed with run_data_free. E_USAGE when the program wants data
 * and none were given. */
status cli_inputs(const arguments *args, const loaded *l, run_data **out, failure *err);

/* NAME.json beside NAME.moot, when it is there; else NULL. Freed by the caller. */
char *cli_data_beside(const char *file);

/* Reads FILE ("-" is standard input). E_USAGE when it cannot be read. */
status cli_read(const char *path, buffer *out, failure *err);

/* The same for the program of a command, args->operand[0]: bytecode is refused. */
status cli_read_source(const arguments *args, buffer *out, failure *err);

/* The request to compile FILE with --set and --field; `text` is its source (cli_read), kept by the caller. */
compile_request cli_request(const arguments *args, const buffer *text);

#endif
