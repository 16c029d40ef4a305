/* One run over a channel: hello, keys, program, goodbye; and the message when it goes wrong. */
#include "runtime/session.h"

#include "runtime/handshake.h"
#include "runtime/shamir.h"

#include <inttypes.h>
#include <openssl/crypto.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { LINE_SHOWN = 100 }; /* characters of a source line in a message */

char *session_field(const program *p, char out[FIELD_TEXT])
{
    if (p->prime)
        prime_print(p->prime, prime_limbs(p->field_bits), out + snprintf(out, FIELD_TEXT, "gmp:"));
    else
        snprintf(out, FIELD_TEXT, "p%u", p->field_bits);
    return out;
}

void session_forget(plain *v)
{
    if (v->v) OPENSSL_cleanse(v->v, v->len * item_size(v->extra));
    free(v->v);
    v->v = NULL;
}

static void forget_ports(const program *p, plain **v, const port_decl *port, uint32_t ports)
{
    for (uint32_t i = 0; i < ports; i++)
        for (uint32_t k = 0; k < party_members(p, port[i].party); k++) session_forget(&v[i][k]);
}

void session_forget_all(run_data *d, const program *p)
{
    forget_ports(p, d->input, p->input, p->inputs);
    forget_ports(p, d->output, p->output, p->outputs);
    run_data_free(d, p);
}

static double seconds_now(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}

/* Finds line `number` of the source without the blanks and the comment around it. */
static slice source_line(const char *source, uint32_t number)
{
    const char *end;

    for (uint32_t k = 1; source && k < number; k++)
        source = (source = strchr(source, '\n')) ? source + 1 : NULL;
    if (!source) return (slice){NULL, 0};
    source += strspn(source, " \t");
    end = source + strcspn(source, "#\n");
    while (end > source && strchr(" \t\r", end[-1])) end--;
    return (slice){(const uint8_t *)source, (size_t)(end - source)};
}

/* Puts `text` at the end of the message's first line. */
static void add_to_first_line(failure *err, const char *text)
{
    char rest[sizeof err->text];
    size_t first = strcspn(err->text, "\n");

    snprintf(rest, sizeof rest, "%s", err->text + first);
    snprintf(err->text + first, sizeof err->text - first, "%s%s", text, rest);
}

static void add_place(failure *err, const program *p, const shamir_progress *where)
{
    const uint32_t at = where->at.line;
    slice line = source_line(p->source, at);
    int shown = line.len > LINE_SHOWN ? LINE_SHOWN : (int)line.len;
    char turn[80] = "";

    if (at == 0) return;
    if (where->turns)
        snprintf(turn, sizeof turn, ", round %" PRId64 " of %" PRId64 " of the loop", where->turn,
                 where->turns);
    if (!p->file)
        fail_add(err, "note: at line %" PRIu32 "%s", at, turn);
    else if (shown == 0)
        fail_add(err, "note: at %s:%" PRIu32 "%s", p->file, at, turn);
    else
        fail_add(err, "note: at %s:%" PRIu32 " `%.*s`%s", p->file, at, shown,
                 (const char *)line.data, turn);
}

static void add_revealed(failure *err, const session_config *cfg, bool revealed)
{
    if (revealed)
        fail_add(err, "note: some outputs had been revealed by then");
    else if (!cfg->first_reveal)
        fail_add(err, "note: nothing was revealed");
    else
        fail_add(err, "note: nothing was revealed; the first `reveal` is in round %" PRIu64 "%s",
                 cfg->first_reveal, cfg->at_most ? " at the latest" : "");
}

/* Says where the run stood when it lost a peer or stopped. */
static void add_progress(failure *err, const session_config *cfg, const abb *box)
{
    shamir_progress where = shamir_where(box);
    char round[80];

    if (cfg->rounds)
        snprintf(round, sizeof round, " in round %" PRIu64 " of %s%" PRIu64, where.round,
                 cfg->at_most ? "at most " : "", cfg->rounds);
    else
        snprintf(round, sizeof round, " in round %" PRIu64, where.round);
    add_to_first_line(err, round);
    add_place(err, cfg->program, &where);
    add_revealed(err, cfg, where.revealed);
    fail_add(err, "help: run it again everywhere; the same inputs give the same result");
}

static status run_on_box(const session_config *cfg, channel *c, const uint8_t id[SESSION_ID],
                         run_data *data, session_result *out, failure *err)
{
    shamir_config how = {.program = cfg->program,
                         .launch = cfg->launch,
                         .observer = cfg->observer,
                         .absent = cfg->absent};
    shamir_cost spent;
    abb *box = NULL;
    status st;

    memcpy(how.session_id, id, SESSION_ID);
    if ((st = shamir_open(&box, &how, c, err))) {
        channel_stop(c, err);
        if (st == E_PEER)
            fail_add(err,
                     "note: it was agreeing on keys and making masks; no input had been shared");
        return st;
    }
    const interp_watcher watcher = {.go_on = shamir_goes_on, .user = c};
    st = cfg->drive ? cfg->drive->run(cfg->drive, box, c, data, err)
                    : interp_run_watched(cfg->program, box, data, &watcher, err);
    if (st) {
        channel_stop(c, err); /* before the notes: peers add where they stood themselves */
        if (st == E_PEER || st == E_ABORT) add_progress(err, cfg, box);
    }
    spent = shamir_count(box);
    out->rounds = spent.rounds, out->multiplications = spent.multiplications,
    out->bytes_sent = spent.bytes;
    shamir_close(box);
    return st;
}

status session_run(const session_config *cfg, channel *c, run_data *data, session_result *out,
                   failure *err)
{
    uint8_t id[SESSION_ID];
    double start;
    status st;

    if ((st = handshake(cfg, c, id, err))) {
        channel_stop(c, err);
        return st;
    }
    channel_count_from_here(c);
    start = seconds_now();
    st = run_on_box(cfg, c, id, data, out, err);
    out->seconds = seconds_now() - start;
    OPENSSL_cleanse(id, sizeof id);
    if (st) return st;
    if (cfg->observer && cfg->observer->ends) cfg->observer->ends(cfg->observer->user);
    channel_finish(c);
    return OK;
}
