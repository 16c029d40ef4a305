/* The flags of all commands in one table, and the parser that reads it. */
#include "runtime/cli/args.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "runtime/nearest.h"

enum { TAKES_ALWAYS = 1 << 30, COUNT_MAX = 1000000 };

typedef enum flag_kind {
    FLAG_SWITCH, /* bool, no value */
    FLAG_TEXT,   /* const char * */
    FLAG_COUNT,  /* unsigned, from least */
    FLAG_CHOICE, /* unsigned, the place of the word in `values` */
    FLAG_WORD,   /* const char *, one of the words in `values` */
    FLAG_LIMIT,  /* uint64_t; kB MB GB */
    FLAG_FIELD,  /* field_bits */
    FLAG_SETTING /* name=value, many times */
} flag_kind;

typedef struct flag {
    unsigned taken_by;
    const char *name, *letter; /* "--verbose", "-v" */
    const char *values;        /* shown in help; the words of a choice between bars */
    flag_kind kind;
    size_t offset;  /* of its member in arguments */
    unsigned least; /* of a count */
    const char *doc;
} flag;

#define INTO(member) offsetof(arguments, member)

static const flag flags[] = {
    {TAKES_DATA, "--data", NULL, "FILE", FLAG_TEXT, INTO(data), 0,
     "input data (default: NAME.json beside NAME.moot)"},
    {TAKES_PEERS, "--config", NULL, "FILE", FLAG_TEXT, INTO(config), 0,
     "the parties file, the same at all"},
    {TAKES_PEERS, "--as", NULL, "NAME", FLAG_TEXT, INTO(as), 0, "who of the parties file this is"},
    {TAKES_PEERS, "--key", NULL, "FILE", FLAG_TEXT, INTO(key), 0,
     "its secret key: NAME.key, as `moot keygen` wrote it"},
    {TAKES_LISTEN, "--listen", NULL, "ADDRESS", FLAG_TEXT, INTO(listen), 0,
     "where to listen when it is not the address in the file: tcp://*:7001"},
    {TAKES_SESSION, "--session", NULL, "ID", FLAG_TEXT, INTO(session), 0,
     "the session: the one of the parties file"},
    {TAKES_OWN, "--data", NULL, "FILE", FLAG_TEXT, INTO(data), 0, "this party's own data"},
    {TAKES_SERVE, "--allow", NULL, "DIR", FLAG_TEXT, INTO(allow), 0,
     "the programs that may run here: nothing else does"},
    {TAKES_SERVE, "--sessions", NULL, "DIR", FLAG_TEXT, INTO(sessions), 0,
     "session files, with SESSION.data.json, and what comes out"},
    {TAKES_SERVE, "--http", NULL, "PORT", FLAG_COUNT, INTO(http), 1,
     "answer GET /metrics and /healthz on 127.0.0.1"},
    {TAKES_SERVE, "--log", NULL, "text|json", FLAG_CHOICE, INTO(log), 0,
     "how to say what happens, a line each on standard error"},
    {TAKES_SERVE, "--grace", NULL, "SECONDS", FLAG_COUNT, INTO(grace_s), 0,
     "how long running sessions may go on after SIGTERM (30)"},
    {TAKES_SET, "--set", NULL, "NAME=VALUE", FLAG_SETTING, 0, 0,
     "a param or size; may be given many times"},
    {TAKES_NODES, "--nodes", NULL, "N", FLAG_COUNT, INTO(nodes), 3,
     "computing nodes apart from the parties (3 to 31)"},
    {TAKES_NODES, "--threshold", NULL, "T", FLAG_COUNT, INTO(threshold), 1,
     "how many nodes may pool what they see (below N/2)"},
    {TAKES_NODES | TAKES_BENCH, "--security", NULL, "passive|active", FLAG_CHOICE, INTO(security),
     0, "what the nodes may do"},
    {TAKES_FIELD, "--field", NULL, "p61|p127|gmp:P", FLAG_FIELD, 0, 0,
     "the field to compute in (default: the smallest that fits)"},
    {TAKES_NETWORK, "--rtt", NULL, "MS", FLAG_COUNT, INTO(rtt_ms), 1,
     "time to a peer and back, for the estimated time"},
    {TAKES_NETWORK, "--bandwidth", NULL, "MBIT", FLAG_COUNT, INTO(mbit), 1,
     "megabits a second that a node can send"},
    {TAKES_RUN, "--ideal", NULL, NULL, FLAG_SWITCH, INTO(ideal), 0,
     "compute in the clear, in one process"},
    {TAKES_RUN, "--transport", NULL, "ipc|tcp", FLAG_CHOICE, INTO(transport), 0,
     "how the nodes talk (tcp is encrypted)"},
    {TAKES_RUN | TAKES_TIMEOUT, "--timeout", NULL, "SECONDS", FLAG_COUNT, INTO(timeout_s), 1,
     "silence after which a peer is lost (30)"},
    {TAKES_RUN, "--delay", NULL, "MS", FLAG_COUNT, INTO(delay_ms), 0,
     "wait so long in every round, as a network would"},
    {TAKES_RUN | TAKES_BENCH, "--multiply", NULL, "auto|grr|king", FLAG_CHOICE, INTO(multiply), 0,
     "how products are reduced: in one round, or through a king in fewer bytes"},
    {TAKES_RUN, "--truncation", NULL, "exact|probabilistic", FLAG_WORD, INTO(truncation), 0,
     "how fixed point rounds"},
    {TAKES_RUN, "--max-rounds", NULL, "N", FLAG_LIMIT, INTO(max_rounds), 0,
     "refuse a program that takes more"},
    {TAKES_RUN, "--max-bytes", NULL, "N[kB|MB|GB]", FLAG_LIMIT, INTO(max_bytes), 0,
     "refuse a program that sends more"},
    {TAKES_SEEN, "--every-step", "-vv", NULL, FLAG_SWITCH, INTO(every_step), 0,
     "say what each instruction does, as the (first) node comes to it"},
    {TAKES_SEEN, "--chart", NULL, NULL, FLAG_SWITCH, INTO(chart), 0,
     "draw results of several numbers as bars"},
    {TAKES_RUN, "--watch", NULL, NULL, FLAG_SWITCH, INTO(ring), 0,
     "show the nodes on the terminal: how far each is, and who waits for whom"},
    {TAKES_HTML, "--html", NULL, "FILE", FLAG_TEXT, INTO(report), 0, "write it as HTML"},
    {TAKES_SEEN, "--report", NULL, "FILE", FLAG_TEXT, INTO(report), 0, "write a report as HTML"},
    {TAKES_RUN, "--out", NULL, "DIR", FLAG_TEXT, INTO(out), 0,
     "write what each party learned to DIR/NAME.json"},
    {TAKES_OUT, "--out", "-o", "FILE", FLAG_TEXT, INTO(out), 0, "where to write the bytecode"},
    {TAKES_FORMAT, "--write", "-w", NULL, FLAG_SWITCH, INTO(write), 0, "change the file itself"},
    {TAKES_FORMAT, "--types", NULL, NULL, FLAG_SWITCH, INTO(types), 0,
     "write into each effect the types on which its uses agree"},
    {TAKES_FORMAT, "--check", NULL, NULL, FLAG_SWITCH, INTO(check), 0,
     "only show what would change; exit code 1 when anything would"},
    {TAKES_BENCH, "--length", NULL, "N,…", FLAG_TEXT, INTO(lengths), 0,
     "lengths of the vectors (default: what suits the operation)"},
    {TAKES_BENCH, "--nodes", NULL, "N,…", FLAG_TEXT, INTO(node_counts), 0,
     "numbers of computing nodes (3)"},
    {TAKES_BENCH, "--transport", NULL, "ipc|tcp|both", FLAG_WORD, INTO(over), 0,
     "how the nodes talk (both)"},
    {TAKES_BENCH, "--seconds", NULL, "N", FLAG_COUNT, INTO(seconds), 1,
     "how long it may take in all (60)"},
    {TAKES_ALWAYS, "--json", NULL, NULL, FLAG_SWITCH, INTO(json), 0,
     "one JSON object on standard output"},
    {TAKES_ALWAYS, "--quiet", "-q", NULL, FLAG_SWITCH, INTO(quiet), 0,
     "no warnings, nothing that is not asked for"},
    {TAKES_ALWAYS, "--verbose", "-v", NULL, FLAG_SWITCH, INTO(verbose), 0, "say more"},
    {TAKES_ALWAYS, "--help", "-h", NULL, FLAG_SWITCH, INTO(help), 0, "this text"},
};

enum { FLAGS = sizeof flags / sizeof *flags };

static bool taken(const flag *f, const command *c)
{
    return f->taken_by & (c->takes | TAKES_ALWAYS);
}

/* --- finding a flag */

/* "--ideal" and "-q", but not "-" (standard input), "->" (a word) and "-5". */
static bool is_flag(const char *arg)
{
    return arg[0] == '-' && (arg[1] == '-' || isalpha((uint8_t)arg[1]));
}

/* Does arg name f? *value is set to what follows an '='. */
static bool flag_matches(const flag *f, const char *arg, const char **value)
{
    size_t len = strcspn(arg, "=");
    *value = arg[len] ? arg + len + 1 : NULL;
    if (f->letter && !strcmp(arg, f->letter)) return true;
    return strlen(f->name) == len && !strncmp(arg, f->name, len);
}

static const flag *find_flag(const command *c, const char *arg, const char **value)
{
    for (size_t k = 0; k < FLAGS; k++)
        if (taken(&flags[k], c) && flag_matches(&flags[k], arg, value)) return &flags[k];
    return NULL;
}

static status unknown_flag(const command *c, const char *arg, failure *err)
{
    const char *best = NULL;
    size_t least = SIZE_MAX;
    char name[64];

    snprintf(name, sizeof name, "%.*s", (int)strcspn(arg, "="), arg);
    for (size_t k = 0; k < FLAGS; k++) {
        size_t distance = name_distance(flags[k].name, name);
        if (!taken(&flags[k], c) || distance >= least) continue;
        least = distance;
        best = flags[k].name;
    }
    fail(err, E_USAGE, "", "`moot %s` has no flag `%s`", c->name, name);
    if (best) fail_add(err, "help: did you mean `%s`?", best);
    fail_add(err, "help: moot %s --help", c->name);
    return E_USAGE;
}

/* --- values */

static status bad_value(const flag *f, const char *value, failure *err)
{
    return fail(err, E_USAGE, "", "`%s` wants %s, not `%s`", f->name, f->values, value);
}

static status missing_value(const flag *f, failure *err)
{
    return fail(err, E_USAGE, "", "`%s` wants a value: %s", f->name, f->values);
}

/* Digits with an optional unit; false when malformed or over UINT64_MAX. */
static bool read_count(const char *text, bool units, uint64_t *out)
{
    static const struct {
        const char *unit;
        uint64_t times;
    } known[] = {{"", 1}, {"kB", 1000}, {"MB", 1000000}, {"GB", 1000000000}};
    uint64_t n = 0;
    const char *at = text;

    for (; *at >= '0' && *at <= '9'; at++) {
        if (n > (UINT64_MAX - 9) / 10) return false;
        n = 10 * n + (uint64_t)(*at - '0');
    }
    if (at == text) return false;
    for (size_t k = 0; k < (units ? 4 : 1); k++) {
        if (strcmp(at, known[k].unit)) continue;
        *out = n * known[k].times;
        return n <= UINT64_MAX / known[k].times;
    }
    return false;
}

static status read_choice(const flag *f, const char *value, unsigned *out, failure *err)
{
    const char *at = f->values;
    for (unsigned k = 0;; k++) {
        size_t len = strcspn(at, "|");
        if (strlen(value) == len && !strncmp(value, at, len)) return *out = k, OK;
        if (!at[len]) return bad_value(f, value, err);
        at += len + 1;
    }
}

static status read_word(const flag *f, const char *value, const char **out, failure *err)
{
    unsigned chosen;
    status st = read_choice(f, value, &chosen, err);
    if (st == OK) *out = value;
    return st;
}

static bool is_mersenne(const uint64_t *prime, unsigned bits)
{
    return (bits == 61 && prime[0] == UINT64_MAX >> 3) ||
           (bits == 127 && prime[0] == UINT64_MAX && prime[1] == UINT64_MAX >> 1);
}

static status read_field(arguments *out, const flag *f, const char *value, failure *err)
{
    if (!strcmp(value, "p61")) return out->field_bits = 61, OK;
    if (!strcmp(value, "p127")) return out->field_bits = 127, OK;
    if (strncmp(value, "gmp:", 4)) return bad_value(f, value, err);
    out->field_bits = prime_parse(value + 4, out->field_prime);
    if (!out->field_bits || !prime_is(out->field_prime, prime_limbs(out->field_bits)))
        return fail(err, E_USAGE, "", "--field gmp:P wants an odd prime of at most %d bits",
                    PRIME_BITS);
    /* 2^61 - 1 and 2^127 - 1 have fields of their own */
    out->field_is_prime = !is_mersenne(out->field_prime, out->field_bits);
    return OK;
}

/* Makes "rows=12" two strings; argv keeps them. */
static status read_setting(arguments *out, char *value, failure *err)
{
    char *sign = strchr(value, '=');
    if (!sign || sign == value || !sign[1])
        return fail(err, E_USAGE, "", "`--set` wants NAME=VALUE, not `%s`", value);
    *sign = 0;
    for (size_t k = 0; k < out->sets; k++)
        if (!strcmp(out->set[k].name, value))
            return fail(err, E_USAGE, "", "`%s` is set twice", value);
    out->set[out->sets++] = (setting){.name = value, .value = sign + 1};
    return OK;
}

static status read_value(arguments *out, const flag *f, char *value, failure *err)
{
    char *member = (char *)out + f->offset;
    uint64_t n = 0;

    switch (f->kind) {
    case FLAG_SWITCH: *(bool *)(void *)member = true; return OK;
    case FLAG_TEXT:
        if (!*value) return missing_value(f, err);
        *(const char **)(void *)member = value;
        return OK;
    case FLAG_CHOICE: return read_choice(f, value, (unsigned *)(void *)member, err);
    case FLAG_WORD: return read_word(f, value, (const char **)(void *)member, err);
    case FLAG_FIELD: return read_field(out, f, value, err);
    case FLAG_SETTING: return read_setting(out, value, err);
    case FLAG_LIMIT:
        if (!read_count(value, true, &n) || n == 0) return bad_value(f, value, err);
        *(uint64_t *)(void *)member = n;
        return OK;
    case FLAG_COUNT: break;
    }
    if (!read_count(value, false, &n) || n < f->least || n > COUNT_MAX)
        return fail(err, E_USAGE, "", "`%s` wants %s, a whole number %s %u, not `%s`", f->name,
                    f->values, n > COUNT_MAX ? "up to" : "from",
                    n > COUNT_MAX ? COUNT_MAX : f->least, value);
    *(unsigned *)(void *)member = (unsigned)n;
    return OK;
}

/* --- the whole line */

static status read_flag(arguments *out, const command *c, int argc, char **argv, int *k, failure *err)
{
    const char *joined;
    const flag *f = find_flag(c, argv[*k], &joined);

    if (!f) return unknown_flag(c, argv[*k], err);
    if (f->kind == FLAG_SWITCH) {
        if (joined) return fail(err, E_USAGE, "", "`%s` takes no value", f->name);
        return read_value(out, f, NULL, err);
    }
    if (joined) return read_value(out, f, argv[*k] + (joined - argv[*k]), err);
    if (*k + 1 >= argc || find_flag(c, argv[*k + 1], &joined)) return missing_value(f, err);
    return read_value(out, f, argv[++*k], err);
}

static status check_operands(const arguments *out, const command *c, failure *err)
{
    if (out->help || (out->operands >= c->least && out->operands <= c->most)) return OK;
    if (out->operands < c->least)
        fail(err, E_USAGE, "", "`moot %s` wants %s", c->name, c->operands);
    else if (c->most == 0)
        fail(err, E_USAGE, "", "`moot %s` wants no more words, not `%s`", c->name, out->operand[0]);
    else
        fail(err, E_USAGE, "", "`moot %s` wants %s, not also `%s`", c->name, c->operands,
             out->operand[c->most]);
    fail_add(err, "help: moot %s --help", c->name);
    return E_USAGE;
}

status args_parse(arguments *out, const command *c, int argc, char **argv, failure *err)
{
    status st;
    bool only_operands = false;

    *out = (arguments){.command = c, .timeout_s = 30, .grace_s = 30};
    out->operand = calloc((size_t)argc + 1, sizeof *out->operand);
    out->set = calloc((size_t)argc + 1, sizeof *out->set);
    if (!out->operand || !out->set) {
        args_free(out);
        return fail_memory(err);
    }
    for (int k = 0; k < argc; k++) {
        if (!only_operands && !strcmp(argv[k], "--"))
            only_operands = true;
        else if (only_operands || !is_flag(argv[k]))
            out->operand[out->operands++] = argv[k];
        else if ((st = read_flag(out, c, argc, argv, &k, err)))
            goto failed;
    }
    if ((st = check_operands(out, c, err))) goto failed;
    return OK;
failed:
    args_free(out);
    return st;
}

void args_free(arguments *a)
{
    free(a->operand);
    free(a->set);
    *a = (arguments){0};
}

bool args_flag(const command *c, size_t k, flag_doc *out)
{
    for (size_t i = 0; i < FLAGS; i++) {
        const flag *f = &flags[i];
        if (!taken(f, c) || k-- > 0) continue;
        *out = (flag_doc){f->name, f->letter, f->values, f->doc, f->taken_by == TAKES_ALWAYS};
        return true;
    }
    return false;
}

void args_help(const command *c, buffer *out)
{
    buffer_printf(out, "usage: moot %s%s%s%s\n\n%s\n\n", c->name, c->operands[0] ? " " : "",
                  c->operands, " [flags]", c->doc);
    flag_doc f;
    for (size_t k = 0; args_flag(c, k, &f); k++) {
        char left[64];
        snprintf(left, sizeof left, "%s%s%s%s%s", f.letter ? f.letter : "", f.letter ? ", " : "",
                 f.name, f.values ? " " : "", f.values ? f.values : "");
        buffer_printf(out, "  %-36s  %s\n", left, f.doc);
    }
}
