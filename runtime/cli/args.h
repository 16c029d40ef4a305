/* What a command line asks for, parsed: one table of flags (args.c) serves all commands, and each command
 * says which of them it takes. */
#ifndef MOOT_RUNTIME_CLI_ARGS_H
#define MOOT_RUNTIME_CLI_ARGS_H

#include "compiler/compile.h"

/* The flags a command may take, as bits of command.takes. --json --quiet -v --help are taken by all. */
enum {
    TAKES_DATA = 1 << 0,
    TAKES_SET = 1 << 1,
    TAKES_NODES = 1 << 2, /* --nodes --threshold --security */
    TAKES_OUT = 1 << 3,   /* -o */
    TAKES_RUN = 1 << 4,   /* what only a run needs */
    TAKES_FIELD = 1 << 5,
    TAKES_FORMAT = 1 << 6,   /* --write --check */
    TAKES_NETWORK = 1 << 7,  /* --rtt --bandwidth */
    TAKES_BENCH = 1 << 8,    /* what is measured */
    TAKES_PEERS = 1 << 9,    /* --config --as --key */
    TAKES_OWN = 1 << 10,     /* --data, of one party */
    TAKES_TIMEOUT = 1 << 11, /* --timeout */
    TAKES_HTML = 1 << 12,    /* --html */
    TAKES_SERVE = 1 << 13,   /* --allow --sessions --http --log --grace */
    TAKES_SEEN = 1 << 14,    /* -vv --chart --report: how a run is looked at */
    TAKES_LISTEN = 1 << 15,  /* --listen */
    TAKES_SESSION = 1 << 16  /* --session */
};

typedef enum security { SECURITY_PASSIVE, SECURITY_ACTIVE } security;
typedef enum transport_kind { TRANSPORT_IPC, TRANSPORT_TCP } transport_kind;

typedef enum log_form { LOG_TEXT, LOG_JSON } log_form;

typedef struct arguments {
    const struct command *command;
    const char **operand; /* what is no flag, in order */
    size_t operands;
    bool json, quiet, verbose, help;
    bool every_step, chart, ring; /* -vv, --chart, --watch */
    const char *data, *out;       /* NULL: not given */
    setting *set;                 /* in order; a name given twice is refused */
    size_t sets;
    unsigned nodes, threshold; /* 0: not given */
    unsigned security;         /* enum security */
    unsigned transport;        /* enum transport_kind */
    bool ideal;
    bool write, check, types;     /* of fmt */
    unsigned timeout_s, delay_ms; /* 30 and 0 when not given */
    unsigned rtt_ms, mbit;        /* of explain; 0: not given */
    watching watch;               /* what the program is to be looked at for; set by the command */
    unsigned field_bits;          /* 0: choose; 61 or 127, or those of the prime */
    bool field_is_prime;
    uint64_t field_prime[PRIME_LIMBS];
    unsigned multiply;      /* enum multiply_way */
    const char *truncation; /* "exact", "probabilistic" */
    const char *report;
    uint64_t max_rounds, max_bytes;    /* 0: not given */
    const char *lengths, *node_counts; /* of bench: "1,1000"; NULL: not given */
    const char *over;                  /* "ipc", "tcp", "both" */
    unsigned seconds;                  /* 0: not given */
    const char *config, *as, *key, *listen, *session;
    const char *allow, *sessions; /* folders */
    unsigned http;                /* a port; 0: none */
    unsigned log;                 /* enum log_form */
    unsigned grace_s;             /* 30 when not given */
} arguments;

/* One row of the command table in main.c. */
typedef struct command {
    const char *name, *group, *operands,
        *doc;                          /* "run", "Start", "FILE", "all parties on this machine" */
    unsigned takes;                    /* TAKES_… */
    size_t least, most;                /* how many operands */
    int (*run)(const arguments *args); /* returns the exit code */
} command;

/* Parses argv[0 … argc-1], which follow the command's name. E_USAGE with the nearest flag when one is
 * unknown. *out is freed with args_free and points into argv. With --help operands are not counted. */
status args_parse(arguments *out, const command *c, int argc, char **argv, failure *err);
void args_free(arguments *a);

/* One flag that a command takes, for those who list them. `common`: all commands take it. */
typedef struct flag_doc {
    const char *name, *letter; /* "--out", "-o" or NULL */
    const char *values;        /* "FILE"; the words of a choice between bars; NULL: none */
    const char *doc;
    bool common;
} flag_doc;

/* The k-th flag that the command takes; false when there are no more. */
bool args_flag(const command *c, size_t k, flag_doc *out);

/* Appends "usage: moot run FILE …" and the flags the command takes. */
void args_help(const command *c, buffer *out);

#endif
