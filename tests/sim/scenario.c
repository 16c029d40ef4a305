/* Draws a plan from a seed, runs the product's sessions in it, and judges: every honest member ends with the right
 * output or an error that says who or what, in bounded time, with all memory given back, and no share sent once the
 * session was refused. Faults of one session leave the others alone. */
#include "scenario.h"

#include "runtime/session.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MS = 1000, SECOND = 1000 * MS, LIVES = 2 };

/* What became of one member of one session. */
typedef struct outcome {
    bool ran;
    status st;
    failure err;
    run_data *data;
    session_result result;
} outcome;

typedef struct stage {
    const sim_plan *plan;
    const prepared *of;
    run_data *truth[SIM_SESSIONS];
    outcome end[SIM_MEMBERS][SIM_SESSIONS][LIVES];
    bool disagree; /* the victim has other terms in the session of the fault */
    sabotage what;
} stage;

/* --- drawing */

/* About as many, or more: not every member has something to say to every other in each round. */
static uint64_t expected_frames(const prepared *of, unsigned members, unsigned sessions)
{
    return (of->price.rounds + 2) * members * (members - 1) * sessions;
}

void scenario_times(sim_plan *plan, draws *d)
{
    int64_t latency =
        draw_chance(d, 50) ? draw_between(d, 20, 500) : draw_between(d, 1 * MS, 80 * MS);

    for (unsigned a = 0; a < plan->members; a++)
        for (unsigned b = 0; b < plan->members; b++)
            plan->latency_us[a][b] = latency / 2 + (int64_t)draw_below(d, (uint64_t)latency);
    plan->jitter_us = (int64_t)draw_below(d, (uint64_t)latency * 2);
    for (unsigned k = 0; k < plan->members; k++)
        plan->work_us[k] = draw_chance(d, 20) ? draw_between(d, 0, 5 * MS) : 0;
    if (draw_chance(d, 20)) {
        uint64_t slow = draw_below(d, plan->members);
        plan->work_us[slow] = draw_between(d, 20 * MS, 300 * MS);
    }
}

int64_t scenario_lasting(fault_kind k, draws *d)
{
    switch (k) {
    case FAULT_STUCK: return draw_between(d, 1, 2 * SIM_STUCK_MS) * MS;
    case FAULT_LATE: return draw_between(d, 1, 3 * SIM_START_MS / 2) * MS;
    case FAULT_RESTART: return draw_between(d, 1, SIM_START_MS) * MS;
    default: return draw_between(d, 1, 2 * SIM_PEER_MS) * MS;
    }
}

static void draw_fault(stage *s, sim_plan *plan, draws *d)
{
    const uint64_t frames = expected_frames(s->of, plan->members, plan->sessions);

    s->disagree = draw_chance(d, 4);
    plan->victim = (unsigned)draw_below(d, plan->members);
    plan->other = (plan->victim + 1 + (unsigned)draw_below(d, plan->members - 1)) % plan->members;
    plan->session = (unsigned)draw_below(d, plan->sessions);
    if (s->disagree || draw_chance(d, 10)) return;
    plan->fault = 1 + (fault_kind)draw_below(d, FAULT_KINDS - 1);
    if (s->of->launch->active && draw_chance(d, 30)) plan->fault = FAULT_CHANGE;
    if (plan->fault == FAULT_CHANGE && !s->of->launch->active) plan->fault = FAULT_HANG;
    plan->lasting_us = scenario_lasting(plan->fault, d);
    plan->once = draw_chance(d, 50);
    plan->at_frame = plan->fault == FAULT_LATE ? 0 : 1 + draw_below(d, frames * 2 / 3);
}

static size_t draw_entry(draws *d)
{
    unsigned total = 0;
    size_t k = 0;

    for (size_t e = 0; e < catalog_len; e++) total += catalog[e].weight;
    for (uint64_t at = draw_below(d, total); at >= catalog[k].weight; k++) at -= catalog[k].weight;
    return k;
}

static void draw_plan(stage *s, sim_plan *plan, uint64_t seed, draws *d)
{
    static const unsigned nodes[] = {0, 0, 0, 0, 0, 0, 0, 0,
                                     0, 0, 0, 3, 3, 3, 4, 5}; /* 0: the parties */
    size_t entry = draw_entry(d);
    unsigned n = nodes[draw_below(d, sizeof nodes / sizeof *nodes)];

    s->of = catalog_prepare(entry, n, draw_chance(d, 20));
    *plan = (sim_plan){.seed = seed,
                       .members = s->of->launch->members,
                       .sessions = 1,
                       .delivers = s->of->launch->active};
    if (draw_chance(d, 30)) plan->sessions += (unsigned)draw_below(d, SIM_SESSIONS);
    for (unsigned k = 0; k < plan->sessions; k++) plan->tag[k][0] = (uint8_t)(k + 1);
    scenario_times(plan, d);
    draw_fault(s, plan, d);
    if (s->what == SABOTAGE_SHARES)
        plan->fault = FAULT_CHANGE, plan->at_frame = expected_frames(s->of, plan->members, 1) / 2;
}

/* --- running */

static status copy_own(const prepared *of, unsigned member, const run_data *from, run_data *to)
{
    const program *p = of->program;
    failure err;
    status st = OK;

    for (uint32_t k = 0; k < p->inputs; k++)
        for (uint32_t m = 0; !st && m < party_members(p, p->input[k].party); m++) {
            const plain *x = &from->input[k][m];
            if (of->launch->home[p->input[k].party][m] == member)
                st = plain_copy(&to->input[k][m], x, 0, x->len, &err);
        }
    return st;
}

static status run_session(const stage *s, unsigned member, unsigned session, mesh *m, outcome *end)
{
    const bool other = s->disagree && member == s->plan->victim && session == s->plan->session;
    const agreed_fact fact = {"max_rounds", other ? "100" : "10000"};
    session_config cfg = {.program = s->of->program,
                          .launch = s->of->launch,
                          .name = "sim",
                          .truncation = "exact",
                          .agreed = &fact,
                          .agreeds = 1,
                          .rounds = s->of->price.rounds,
                          .first_reveal = s->of->price.first_reveal,
                          .at_most = s->of->price.at_most};
    channel *c;
    status st;

    if ((st = mesh_channel(m, s->plan->tag[session], &c, &end->err))) return st;
    st = session_run(&cfg, c, end->data, &end->result, &end->err);
    channel_close(c);
    return st;
}

static void act(void *user, unsigned member, unsigned session, unsigned life, mesh *m)
{
    stage *s = user;
    outcome *end = &s->end[member][session][life - 1];
    bool starved;

    end->ran = true;
    end->data = run_data_new(s->of->program);
    starved = !end->data || copy_own(s->of, member, s->truth[session], end->data);
    end->st = starved ? fail_memory(&end->err) : run_session(s, member, session, m, end);
    if (s->what == SABOTAGE_DENIAL) end->st = OK;
    if (s->what == SABOTAGE_LEAK && !calloc(1, 1)) abort();
}

/* --- judging */

static void wrong(verdict *v, unsigned member, unsigned session, const char *rule, const char *detail)
{
    if (!v->wrong[0])
        snprintf(v->wrong, sizeof v->wrong, "member %u, session %u: %s%s%s", member, session, rule,
                 detail[0] ? ":\n" : "", detail);
}

static bool same_outputs(const prepared *of, unsigned member, const run_data *got,
                         const run_data *want)
{
    const program *p = of->program;

    for (uint32_t o = 0; o < p->outputs; o++) {
        uint32_t party = p->output[o].party;
        for (uint32_t m = 0; m < party_members(p, party); m++) {
            const plain *x = &got->output[o][m], *y = &want->output[o][m];
            if (party != PARTY_ALL && of->launch->home[party][m] != member) continue;
            if (!x->v || x->len != y->len || memcmp(x->v, y->v, x->len * item_size(x->extra)) != 0)
                return false;
        }
    }
    return true;
}

/* Whether nothing that happened is more than a delay. */
static bool harmless(const stage *s, const sim_seen *seen)
{
    const int64_t ms = s->plan->lasting_us / MS;

    if (s->disagree) return false;
    if (!seen->happened) return true;
    switch (s->plan->fault) {
    case FAULT_HANG:
    case FAULT_HOLE:
    case FAULT_SPLIT: return ms <= SIM_PEER_MS / 2;
    case FAULT_STUCK: /* it may be the start that it misses */
    case FAULT_LATE: return ms <= SIM_START_MS / 2;
    case FAULT_NONE: return true;
    default: return false;
    }
}

/* Whether a fault can reach other sessions than its own. */
static bool spreads(const stage *s)
{
    switch (s->plan->fault) {
    case FAULT_NONE: /* terms differ in one */
    case FAULT_STUCK:
    case FAULT_LOSE:
    case FAULT_REPEAT:
    case FAULT_FOREIGN:
    case FAULT_CUT_OFF:
    case FAULT_CHANGE:
    case FAULT_CANCEL: return false;
    default: return true;
    }
}

/* By its place in the network, or by its name. */
static bool names(const stage *s, const failure *err, unsigned member)
{
    char name[8];
    snprintf(name, sizeof name, "m%u", member);
    return strstr(err->text, name) || strstr(err->text, s->of->launch->name[member]);
}

/* An error has a status that fits what happened, and names who it was. */
static const char *unclear(const stage *s, unsigned member, const failure *err, status st)
{
    const sim_plan *plan = s->plan;
    const bool victim = member == plan->victim;

    if (!err->text[0]) return "an error without a word";
    if (s->disagree)
        return st == E_CONFIG && strstr(err->text, "max_rounds") ? NULL : "not what differs";
    if (plan->fault == FAULT_CHANGE)
        return st == E_ABORT || st == E_PEER ? NULL : "an unfitting error";
    if (plan->fault == FAULT_CANCEL && victim) return st == E_CANCELLED ? NULL : "was cancelled";
    if (plan->fault == FAULT_MEMORY && victim && st == E_MEMORY) return NULL;
    if (plan->fault == FAULT_CUT_OFF && (st == E_ABORT || st == E_CONFIG)) return NULL;
    if (st != E_PEER && (st != E_ABORT || !s->of->launch->active)) return "an unfitting error";
    if (victim || names(s, err, plan->victim)) return NULL;
    switch (plan->fault) {
    case FAULT_RESET:
    case FAULT_HOLE:
    case FAULT_SPLIT:
    case FAULT_LOSE:
    case FAULT_REPEAT:
    case FAULT_FOREIGN:
    case FAULT_CUT_OFF:
        return member == plan->other || names(s, err, plan->other) ? NULL : "names another";
    default: return "does not name who it was";
    }
}

static void judge_price(const stage *s, verdict *v, unsigned member, unsigned session)
{
    const outcome *end = &s->end[member][session][0];
    const cost *price = &s->of->price;

    if (price->at_most
            ? end->result.rounds > price->rounds || end->result.bytes_sent > price->bytes[member]
            : end->result.rounds != price->rounds || end->result.bytes_sent != price->bytes[member])
        wrong(v, member, session, "not the price that was told", "");
}

static void judge_one(const stage *s, verdict *v, unsigned member, unsigned session, unsigned life)
{
    const outcome *end = &s->end[member][session][life];
    const bool mine = session == s->plan->session || spreads(s);
    const char *why;

    if (!end->ran) return;
    if (end->st == OK) {
        v->right++;
        if (!same_outputs(s->of, member, end->data, s->truth[session]))
            wrong(v, member, session, "a wrong output", "");
        if (!s->plan->fault && !s->disagree) judge_price(s, v, member, session);
        return;
    }
    v->stopped++;
    if (harmless(s, &v->seen) || !mine)
        wrong(v, member, session, "stopped although nothing was in its way", end->err.text);
    else if ((why = unclear(s, member, &end->err, end->st)))
        wrong(v, member, session, why, end->err.text);
}

/* Every wait that there may be, one after the other: the start, the loss of a peer or the end of patience twice, each
 * round of a fair delivery, and the way of each round and of all that is computed. */
static int64_t bound_us(const stage *s)
{
    const sim_plan *plan = s->plan;
    const int64_t delivery = s->of->launch->active ? (int64_t)plan->members * 2 * SIM_STUCK_MS : 0;
    int64_t step = plan->jitter_us, each;

    for (unsigned a = 0; a < plan->members; a++)
        for (unsigned b = 0; b < plan->members; b++) {
            each = plan->latency_us[a][b] + plan->jitter_us +
                   (int64_t)plan->members * plan->work_us[a];
            if (each > step) step = each;
        }
    return plan->lasting_us + (SIM_START_MS + 2 * SIM_PEER_MS + 2 * SIM_STUCK_MS + delivery) * MS +
           4 * step * (int64_t)(s->of->price.rounds + 8) + 10 * SECOND;
}

/* In active mode outputs are delivered fairly while messages of honest members arrive in time: whatever one member does, the
 * rest of them learn all alike. */
static void judge_fairness(const stage *s, verdict *v)
{
    const unsigned victim = s->plan->victim;

    switch (s->plan->fault) {
    case FAULT_CRASH:
    case FAULT_RESTART:
    case FAULT_STUCK:
    case FAULT_CHANGE:
    case FAULT_CANCEL:
    case FAULT_MEMORY: break;
    default: return;
    }
    for (unsigned session = 0; s->of->launch->active && session < s->plan->sessions; session++)
        for (unsigned k = 1, first = victim == 0; k < s->plan->members; k++)
            if (k != victim &&
                (s->end[k][session][0].st == OK) != (s->end[first][session][0].st == OK))
                wrong(v, k, session, "ended as another did not", s->end[k][session][0].err.text);
}

static void judge(const stage *s, verdict *v)
{
    const bool crashed = s->plan->fault == FAULT_CRASH || s->plan->fault == FAULT_RESTART;

    for (unsigned k = 0; k < s->plan->members; k++)
        for (unsigned session = 0; session < s->plan->sessions; session++)
            for (unsigned life = 0; life < LIVES; life++)
                if (!crashed || !v->seen.happened || k != s->plan->victim || life)
                    judge_one(s, v, k, session, life);
    judge_fairness(s, v);
    if (v->wrong[0]) return;
    if (v->seen.stuck) snprintf(v->wrong, sizeof v->wrong, "a session never ends");
    if (v->seen.broken[0]) snprintf(v->wrong, sizeof v->wrong, "%s", v->seen.broken);
    if (v->seen.end_us > bound_us(s))
        snprintf(v->wrong, sizeof v->wrong, "it took %.1f s, and %.1f s are enough",
                 (double)v->seen.end_us / SECOND, (double)bound_us(s) / SECOND);
}

/* --- all of it */

run_data *scenario_truth(const prepared *of, draws *d)
{
    const program *p = of->program;
    abb *ideal = ideal_new(p);
    run_data *truth = run_data_new(p);
    failure err = {0};

    if (!ideal || !truth) abort();
    catalog_inputs(p, d, truth);
    if (interp_run(p, ideal, truth, &err)) {
        fprintf(stderr, "%s: %s\n", of->entry->name, err.text);
        exit(E_BUG);
    }
    ideal_free(ideal);
    return truth;
}

static void forget(stage *s)
{
    for (unsigned k = 0; k < SIM_SESSIONS; k++) {
        run_data_free(s->truth[k], s->of->program);
        for (unsigned m = 0; m < SIM_MEMBERS; m++)
            for (unsigned life = 0; life < LIVES; life++)
                run_data_free(s->end[m][k][life].data, s->of->program);
    }
}

void scenario_run(verdict *out, uint64_t seed, sabotage what, bool talks)
{
    static stage s; /* large */
    draws d = {seed};

    memset(&s, 0, sizeof s);
    memset(out, 0, sizeof *out);
    s.what = what, s.plan = &out->plan;
    draw_plan(&s, &out->plan, seed, &d);
    snprintf(out->what, sizeof out->what, "%s, %s", s.of->entry->name,
             s.of->launch->active ? "active" : "passive");
    for (unsigned k = 0; k < s.plan->sessions; k++) s.truth[k] = scenario_truth(s.of, &d);
    out->seen = sim_run(&out->plan, act, &s, talks);
    judge(&s, out);
    forget(&s);
    if (!out->wrong[0] && sim_blocks())
        snprintf(out->wrong, sizeof out->wrong, "%zu blocks of memory are not given back",
                 sim_blocks());
}
