/* The observer that keeps and, when asked, says what it is told. */
#include "runtime/recorder.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>

enum { LINE_SHOWN = 60, HALF_BYTE = 4 };

struct recording {
    uint8_t *memory;
    size_t each; /* bytes of one member's record */
    unsigned members;
    size_t lines;
    bool detailed;
};

typedef struct recorder {
    observer observer;
    member_record *to;
    const recording *all;
    const program *p;
    unsigned self;
    recorder_voice voice;
    run_phase phase;
    double phase_from, work_from, round_from, told_until;
    uint64_t rounds_before, bytes_before; /* the phase */
    uint64_t queued[RECORD_KINDS];        /* for the next round */
    const abb_job **waiting;              /* jobs that wait for it */
    size_t waits, waits_cap;
} recorder;

static double seconds_now(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}

const char *record_kind_name(record_kind of)
{
    static const char *const names[] = {
        "keys and masks made ahead", "inputs shared",   "products",
        "comparisons and floors",    "drawn at random", "results opened",
        "checks of the others' work"};
    return names[of];
}

const char *run_phase_name(run_phase phase)
{
    static const char *const names[] = {"meeting", "agreeing on keys", "making masks ahead",
                                        "the program"};
    return names[phase];
}

/* The text of source line `number` between its blanks and its comment; empty when there is none. */
static slice record_source(const program *p, uint32_t number)
{
    const char *at = number ? p->source : NULL, *end;

    for (uint32_t k = 1; at && k < number; k++) at = (at = strchr(at, '\n')) ? at + 1 : NULL;
    if (!at) return (slice){0};
    at += strspn(at, " \t");
    end = at + strcspn(at, "#\r\n");
    while (end > at && (end[-1] == ' ' || end[-1] == '\t')) end--;
    return (slice){(const uint8_t *)at, (size_t)(end - at)};
}

/* --- the memory */

static size_t last_line(const program *p)
{
    uint32_t last = 0;

    for (uint32_t b = 0; b < p->blocks; b++)
        for (uint32_t i = 0; i < p->block[b].len; i++)
            for (uint32_t k = 0; k < p->block[b].code[i].lanes; k++)
                if (p->block[b].code[i].lane[k].at.line > last)
                    last = p->block[b].code[i].lane[k].at.line;
    return last;
}

recording *recording_new(const program *p, unsigned members, bool detailed)
{
    recording *r = calloc(1, sizeof *r);

    if (!r) return NULL;
    r->members = members, r->lines = last_line(p), r->detailed = detailed;
    r->each = sizeof(member_record) + (r->lines + 1) * sizeof(record_line);
    r->each += -r->each % _Alignof(max_align_t);
    r->memory =
        mmap(NULL, r->each * members, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (r->memory != MAP_FAILED) return r;
    free(r);
    return NULL;
}

void recording_free(recording *r)
{
    if (!r) return;
    munmap(r->memory, r->each * r->members);
    free(r);
}

member_record *recording_of(const recording *r, unsigned member)
{
    return (member_record *)(void *)(r->memory + member * r->each);
}

size_t recording_lines(const recording *r)
{
    return r->lines;
}

/* --- what is kept */

static record_kind kind_of(const recorder *r, const abb_job *work)
{
    if (!work) return r->phase < PHASE_PROGRAM ? RECORD_SETUP : RECORD_CHECK;
    if (work->op == OP_SHARE) return RECORD_SHARE;
    if (work->op == OP_REVEAL) return RECORD_REVEAL;
    if (opcode_draws(work->op)) return RECORD_DRAW;
    return opcode_rows[work->op].rounds == ROUNDS_ONE_SECRET ? RECORD_DECISION : RECORD_PRODUCT;
}

static void say_part(const recorder *r, run_phase which)
{
    const record_part *part = &r->to->part[which];

    if (r->voice == RECORDER_SILENT) return;
    fprintf(stderr, "%-18s  %8" PRIu64 " rounds %12" PRIu64 " bytes sent  %8.3f s\n",
            run_phase_name(which), part->rounds, part->bytes, part->seconds);
}

/* Ends the phase that was under way. */
static void end_phase(recorder *r)
{
    double now = seconds_now();
    uint64_t rounds = r->to->rounds, bytes = r->to->bytes;

    r->to->part[r->phase] =
        (record_part){now - r->phase_from, rounds - r->rounds_before, bytes - r->bytes_before};
    r->rounds_before = rounds, r->bytes_before = bytes, r->phase_from = now;
    say_part(r, r->phase);
}

static void on_phase(void *user, run_phase now)
{
    recorder *r = user;

    end_phase(r);
    if (r->phase == PHASE_MEETING) r->told_until = r->phase_from;
    r->phase = now;
    r->to->phase = now;
}

static void on_begins(void *user, const abb_job *work)
{
    recorder *r = user;
    uint64_t items = 0;

    if (!work) return;
    const place at = work->lane[0].code->at;
    r->to->line = at.line;
    if (r->voice < RECORDER_JOBS) return;
    for (size_t k = 0; k < work->lanes; k++)
        for (size_t i = 0; i < work->lane[k].outs; i++)
            if (work->lane[k].out[i].type) items += reg_length(work->lane[k].out[i].type);
    const slice text = record_source(r->p, at.line);
    fprintf(stderr, "round %6" PRIu64 "  %3" PRIu32 ":%-3" PRIu32 " %-8s %8" PRIu64 " items  %.*s\n",
            (uint64_t)r->to->rounds + 1, at.line, at.col, opcode_rows[work->op].name, items,
            (int)(text.len < LINE_SHOWN ? text.len : LINE_SHOWN),
            text.len ? (const char *)text.data : "");
}

static void on_queued(void *user, const abb_job *work, uint64_t bytes)
{
    recorder *r = user;

    r->queued[kind_of(r, work)] += bytes;
    if (!r->all->detailed) return;
    if (r->waits == r->waits_cap) {
        size_t larger = r->waits_cap ? 2 * r->waits_cap : 16;
        const abb_job **all = realloc(r->waiting, larger * sizeof *all);
        if (!all) return; /* its waiting is counted as no line's */
        r->waiting = all, r->waits_cap = larger;
    }
    r->waiting[r->waits++] = work;
    if (work)
        for (size_t k = 0; k < work->lanes; k++)
            r->to->of_line[work->lane[k].code->at.line].bytes +=
                bytes * (k + 1) / work->lanes - bytes * k / work->lanes;
    else
        r->to->of_line[0].bytes += bytes;
}

/* Gives every lane of the job its part of the time. */
static void add_to_lines(member_record *to, const abb_job *work, double worked, double waited)
{
    size_t lanes = work ? work->lanes : 1;

    for (size_t k = 0; k < lanes; k++) {
        record_line *line = &to->of_line[work ? work->lane[k].code->at.line : 0];
        line->worked += worked / (double)lanes;
        line->waited += waited / (double)lanes;
    }
}

/* Spans become twice as long when there is no room for another. */
static void halve_spans(member_record *to)
{
    for (size_t k = 0; k < RECORD_SPANS / 2; k++) {
        record_span *s = &to->span[k], a = to->span[2 * k], b = to->span[2 * k + 1];
        *s = (record_span){a.seconds + b.seconds, a.waited + b.waited, a.rounds + b.rounds, {0}};
        for (size_t i = 0; i < RECORD_KINDS; i++) s->bytes[i] = a.bytes[i] + b.bytes[i];
    }
    memset(&to->span[RECORD_SPANS / 2], 0, sizeof to->span / 2);
    to->spans = RECORD_SPANS / 2;
    to->rounds_each *= 2;
}

static record_span *span_of_now(member_record *to)
{
    if (to->spans && to->span[to->spans - 1].rounds < to->rounds_each)
        return &to->span[to->spans - 1];
    if (to->spans == RECORD_SPANS) halve_spans(to);
    if (to->spans && to->span[to->spans - 1].rounds < to->rounds_each)
        return &to->span[to->spans - 1];
    return &to->span[to->spans++];
}

static void on_round_begins(void *user)
{
    ((recorder *)user)->round_from = seconds_now();
}

/* Which member was heard last since the round began; self when all had been heard before. */
static unsigned heard_last(const channel *c, double from)
{
    unsigned last = channel_self(c);
    int64_t latest = (int64_t)(from * 1000);

    for (unsigned k = 0; k < channel_members(c); k++)
        if (k != channel_self(c) && channel_heard(c, k) > latest)
            last = k, latest = channel_heard(c, k);
    return last;
}

static void count_peers(recorder *r, const channel *c)
{
    unsigned last = heard_last(c, r->round_from);

    for (unsigned k = 0; k < r->all->members; k++)
        if (k != r->self) r->to->sent[k] = channel_sent(c, k);
    r->to->last_heard = last;
    r->to->waited[last]++;
}

static void on_round_ends(void *user, const channel *c)
{
    recorder *r = user;
    const double now = seconds_now(), waited = now - r->round_from;
    const channel_counters count = channel_count(c);
    record_span *span = span_of_now(r->to);

    r->to->rounds = count.rounds;
    r->to->bytes = count.bytes_sent;
    count_peers(r, c);
    span->rounds++;
    span->seconds += now - r->told_until, span->waited += waited;
    r->told_until = now;
    for (size_t k = 0; k < RECORD_KINDS; k++) span->bytes[k] += r->queued[k];
    memset(r->queued, 0, sizeof r->queued);
    for (size_t k = 0; k < r->waits; k++)
        add_to_lines(r->to, r->waiting[k], 0, waited / (double)r->waits);
    r->waits = 0;
}

static void on_work_begins(void *user)
{
    ((recorder *)user)->work_from = seconds_now();
}

static void on_work_ends(void *user, const abb_job *work)
{
    recorder *r = user;
    add_to_lines(r->to, work, seconds_now() - r->work_from, 0);
}

static void on_came(void *user, const void *first, size_t stride, size_t len)
{
    recorder *r = user;
    const uint8_t *byte = first;

    for (size_t k = 0; k < len; k++, byte += stride) {
        r->to->bin[*byte >> HALF_BYTE]++;
        r->to->bin[*byte & (RECORD_BINS - 1)]++;
    }
}

const observer *recorder_new(recording *all, unsigned self, const program *p, recorder_voice voice)
{
    recorder *r = calloc(1, sizeof *r);

    if (!r) return NULL;
    *r = (recorder){.to = recording_of(all, self),
                    .all = all,
                    .p = p,
                    .self = self,
                    .voice = voice,
                    .phase_from = seconds_now()};
    r->observer = (observer){.user = r,
                             .detailed = all->detailed,
                             .phase = on_phase,
                             .begins = on_begins,
                             .queued = on_queued,
                             .round_begins = on_round_begins,
                             .round_ends = on_round_ends,
                             .work_begins = on_work_begins,
                             .work_ends = on_work_ends,
                             .came = on_came};
    r->to->rounds_each = 1;
    r->to->last_heard = self;
    return &r->observer;
}

void recorder_free(const observer *o)
{
    if (!o) return;
    recorder *r = o->user;
    end_phase(r);
    free(r->waiting);
    free(r);
}
