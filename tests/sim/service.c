/* One simulated service, drawn from a seed: nodes that stay up, with their folders, stores and desks, up to three sessions
 * over one mesh, and owners who submit to some of them and come back. Held against the rules: a session ends at a node once,
 * with the right outputs or an error that names a node; what nothing disturbs ends right everywhere, and its owners learn the
 * same; where all nodes are there again no session waits for ever; nobody runs what nodes have not alike. */
#include "scenario.h"

#include "service_files.h"

#include "net/transport.h"
#include "runtime/serve_parts.h"
#include "runtime/submit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    LIVES = 2,
    LOOK_MS = 100,     /* how often the onlooker looks */
    ASK_MS = 700,      /* how often an owner comes back */
    LEAST_MS = 35000,  /* till all have met, a deadline is over, and for a second try after that */
    MOST_ROUNDS = 200, /* of the longest of these programs, in active mode */
    GUESTS = SIM_SESSIONS * SERVICE_OWNERS,
    SLOWER_RUNS =
        10, /* several in one: with members as slow as elsewhere they would take minutes of virtual time */
    MS = 1000
};

/* How a session ended at a node. */
typedef struct ending {
    unsigned times; /* that it did */
    bool lost;      /* it did in a process that was killed before it could write of it */
    bool done, right;
    failure why;
} ending;

typedef struct owner_seen {
    bool misreads; /* has another program, when it comes first */
    bool doubts;   /* comes with the same once more */
    bool given, learned, right, over;
    failure why; /* the last */
} owner_seen;

typedef struct host {
    serve *node; /* while it is open */
    status st;
    failure err;
} host;

static struct stage {
    sim_plan *plan;
    sabotage what;
    service_session session[SIM_SESSIONS];
    const prepared *of[SIM_SESSIONS];
    run_data *truth[SIM_SESSIONS];
    bool disagree; /* the victim's file of the session of the fault is another */
    unsigned grace_ms;
    host host[SERVICE_NODES][LIVES];
    ending end[SERVICE_NODES][SIM_SESSIONS];
    owner_seen owner[GUESTS];
    bool closing;
} it;

/* --- drawing */

static bool may_be_changed(const struct stage *s, unsigned session)
{
    return s->session[session].active || s->what == SABOTAGE_SHARES;
}

static void draw_session(service_session *x, unsigned number, unsigned nodes, draws *d)
{
    *x = (service_session){.number = number,
                           .nodes = nodes,
                           .of = &service_programs[draw_below(d, service_programs_len)],
                           .active = draw_chance(d, 25),
                           .again = draw_chance(d, 50),
                           .deadline = draw_chance(d, 30)};
}

/* Faults of frames may strike the notes, too, which may be lost, come twice, or be cut off; but nobody changes them: who
 * could has their keys. */
static void draw_what_happens(sim_plan *plan, draws *d)
{
    plan->victim = (unsigned)draw_below(d, plan->members);
    plan->other = (plan->victim + 1 + (unsigned)draw_below(d, plan->members - 1)) % plan->members;
    plan->session = (unsigned)draw_below(d, plan->sessions);
    it.disagree = draw_chance(d, 4);
    if (it.disagree || draw_chance(d, 10)) return;
    plan->fault = 1 + (fault_kind)draw_below(d, FAULT_KINDS - 1);
    if (plan->fault == FAULT_CHANGE && !may_be_changed(&it, plan->session))
        plan->fault = FAULT_HANG;
    if (plan->fault >= FAULT_LOSE && plan->fault < FAULT_CHANGE && draw_chance(d, 50))
        plan->session = SIM_SESSIONS;
    plan->lasting_us = scenario_lasting(plan->fault, d);
    plan->once = draw_chance(d, 80);
    plan->at_frame = plan->fault == FAULT_LATE ? 0 : 1 + draw_below(d, 60 + 60 * plan->sessions);
}

static void draw_plan(sim_plan *plan, uint64_t seed, draws *d)
{
    *plan = (sim_plan){.seed = seed,
                       .members = draw_chance(d, 70) ? 3 : SERVICE_NODES,
                       .sessions = 1 + (unsigned)draw_below(d, SIM_SESSIONS),
                       .delivers = true,
                       .serves = true};
    for (unsigned k = 0; k < plan->sessions; k++) {
        draw_session(&it.session[k], k, plan->members, d);
        it.of[k] =
            catalog_prepare((size_t)(catalog_find(it.session[k].of->name) - catalog), 0, false);
        service_tag(plan->tag[k], k);
    }
    plan->others = 1 + plan->sessions * SERVICE_OWNERS;
    for (unsigned k = 0; k < GUESTS; k++)
        it.owner[k].misreads = draw_chance(d, 15), it.owner[k].doubts = draw_chance(d, 25);
    it.grace_ms = draw_chance(d, 50) ? 0 : 5000;
    scenario_times(plan, d);
    for (unsigned k = 0; k < plan->members; k++) plan->work_us[k] /= SLOWER_RUNS;
    draw_what_happens(plan, d);
    if (it.what == SABOTAGE_SHARES)
        plan->fault = FAULT_CHANGE, plan->session = 0, plan->at_frame = 100;
}

/* --- the disks */

static uint32_t member_at(const service_program *of, unsigned node)
{
    uint32_t before = 0;

    for (unsigned k = 0; k < node; k++)
        before += of->role[k] && of->role[node] && !strcmp(of->role[k], of->role[node]);
    return before;
}

static void write_session(unsigned k)
{
    service_session x = it.session[k];
    char text[SERVICE_FILE];

    for (unsigned node = 0; node < x.nodes; node++) {
        if (x.of->role[node]) {
            service_data_text(text, it.of[k]->program, x.of->role[node], member_at(x.of, node),
                              it.truth[k]);
            service_write(node, k, ".data.json", text);
        }
        x.differs = it.disagree && node == it.plan->victim && k == it.plan->session;
        service_session_text(text, &x);
        service_write(node, k, ".json", text);
    }
}

/* --- a node */

static void ignore_event(void *user, const serve_event *e)
{
    (void)user, (void)e;
}

/* The member at this place: a node's number, or behind them an owner's. */
static bool learns(const deployed *made, const parties_config *config, unsigned self,
                   uint32_t party, uint32_t member)
{
    uint32_t own, which;

    if (!deployed_role(made, config, self, &own, &which)) return false;
    return party == PARTY_ALL || (party == own && member == which);
}

static bool is_right(const deployed *made, const parties_config *config, unsigned self,
                     unsigned session)
{
    const program *p = made->loaded.program;
    const run_data *want = it.truth[session];

    for (uint32_t o = 0; o < p->outputs; o++)
        for (uint32_t m = 0; m < party_members(p, p->output[o].party); m++) {
            const plain *x = &made->data->output[o][m], *y = &want->output[o][m];
            if (!learns(made, config, self, p->output[o].party, m)) continue;
            if (!x->v || x->len != y->len || x->extra != y->extra ||
                memcmp(x->v, y->v, x->len * item_size(x->extra)) != 0)
                return false;
        }
    return true;
}

static unsigned number_of(const char *session)
{
    return (unsigned)(session[1] - '0');
}

static status keep(void *user, const serve_outcome *o, failure *err)
{
    const unsigned node = (unsigned)((const host(*)[LIVES])user - it.host),
                   k = number_of(o->session);
    ending *e = &it.end[node][k];

    (void)err;
    if (sim_gone()) { /* nobody sees it */
        e->lost = true;
        return OK;
    }
    e->times++;
    e->done = !o->why || it.what == SABOTAGE_DENIAL;
    if (o->why) e->why = *o->why;
    e->right = !o->why && is_right(o->made, o->config, node, k);
    service_write(node, k, e->done ? ".out.json" : ".error.json", "{}");
    if (it.what == SABOTAGE_LEAK && !calloc(1, 1)) abort();
    return OK;
}

static void run_node(unsigned self, host *h)
{
    char allow[SERVICE_PATH], sessions[SERVICE_PATH];
    const serve_config cfg = {.nodes = service_nodes(it.plan->members),
                              .self = self,
                              .key = service_key(self),
                              .allow = allow,
                              .sessions = sessions,
                              .grace_ms = it.grace_ms,
                              .log = ignore_event,
                              .keep = keep,
                              .user = &it.host[self]};

    service_folder(allow, self, "programs");
    service_folder(sessions, self, "sessions");
    if ((h->st = serve_open(&h->node, &cfg, &h->err))) return;
    if (it.closing) serve_stop(h->node);
    h->st = serve_run(h->node, &h->err);
    serve_close(h->node);
    h->node = NULL;
}

/* The end of the process, by a signal that it takes or by one that it does not. */
static void stop_node(void *user, unsigned member)
{
    (void)user;
    for (unsigned life = 0; life < LIVES; life++) {
        serve *node = it.host[member][life].node;
        if (!node) continue;
        if (it.plan->fault != FAULT_CANCEL) node->is.grace_ms = 0;
        serve_stop(node);
    }
}

/* --- an owner */

static bool always(void *user, visit *v)
{
    (void)user, (void)v;
    return true;
}

static void note_answer(owner_seen *o, const submitted *said, status st, const failure *err,
                        unsigned k)
{
    o->why = *err;
    if (st) {
        o->over = strstr(err->text, "has failed") != NULL;
        return;
    }
    o->given = true;
    if (said->state != SUBMIT_LEARNED) return;
    o->learned = o->over = true;
    o->right = is_right(&said->made, &said->ran, said->self, k);
}

/* The program with a remark that the nodes do not have. */
static slice other_source(char out[SERVICE_FILE], slice right)
{
    int len = snprintf(out, SERVICE_FILE, "%.*s# another\n", (int)right.len, right.data);
    return (slice){(const uint8_t *)out, (size_t)len};
}

/* Comes once: gives what it has, or asks what has become of it. */
static void visit_once(unsigned k, unsigned which, const parties_config *config, owner_seen *o)
{
    char json[SERVICE_FILE], other[SERVICE_FILE];
    const service_program *of = it.session[k].of;
    submit_request req = {.config = config,
                          .self = it.session[k].nodes + which,
                          .key = service_key(SERVICE_NODES + which),
                          .source = {.file = "owner.moot", .source = service_source(of)},
                          .data_file = "own.json",
                          .folder = "/",
                          .timeout_ms = 3000,
                          .opened = always};
    submitted said = {0};
    failure err = {0};
    status st;

    service_data_text(json, it.of[k]->program, of->owners, which, it.truth[k]);
    if (!o->given || o->doubts) req.json = (slice){(const uint8_t *)json, strlen(json)};
    if (o->misreads) req.source.source = other_source(other, req.source.source);
    o->doubts &= !o->given, o->misreads = false;
    st = submit(&said, &req, &err);
    note_answer(o, &said, st, &err, k);
    submitted_free(&said);
}

static void run_owner(unsigned k, unsigned which)
{
    owner_seen *o = &it.owner[k * SERVICE_OWNERS + which];
    char text[SERVICE_FILE];
    parties_config config = {0};
    failure err = {0};

    o->over = !it.session[k].of->owners;
    if (o->over) return;
    service_session_text(text, &it.session[k]);
    if (config_parse(&config, CONFIG_SESSION, (slice){(const uint8_t *)text, strlen(text)}, "own",
                     &err))
        abort();
    while (!o->over && !it.closing) {
        visit_once(k, which, &config, o);
        sim_sleep(ASK_MS);
    }
    config_free(&config);
}

/* --- who looks on, and ends it */

/* The longest way of a frame, and what is computed on it. */
static int64_t step_us(void)
{
    const sim_plan *plan = it.plan;
    int64_t most = 0;

    for (unsigned a = 0; a < plan->members; a++)
        for (unsigned b = 0; b < plan->members; b++) {
            int64_t way = plan->latency_us[a][b] + (int64_t)plan->members * plan->work_us[a];
            if (way > most) most = way;
        }
    return most + plan->jitter_us;
}

static int64_t longest_ms(void)
{
    const sim_plan *plan = it.plan;
    const bool waits =
        plan->fault == FAULT_STUCK || (plan->fault >= FAULT_LOSE && plan->fault < FAULT_CHANGE);

    return LEAST_MS + (plan->lasting_us + MOST_ROUNDS * step_us()) / MS + (waits ? SIM_STUCK_MS : 0);
}

static bool all_over(void)
{
    for (unsigned k = 0; k < it.plan->sessions; k++)
        for (unsigned node = 0; node < it.plan->members; node++)
            if (!it.end[node][k].times) return false;
    for (unsigned k = 0; k < it.plan->sessions * SERVICE_OWNERS; k++)
        if (!it.owner[k].over) return false;
    return true;
}

static void look_on(void)
{
    const int64_t until = now_ms() + longest_ms();

    while (now_ms() < until && !all_over()) sim_sleep(LOOK_MS);
    it.closing = true;
    for (unsigned k = 0; k < it.plan->members; k++) stop_node(NULL, k);
}

static void act(void *user, unsigned member, unsigned session, unsigned life, mesh *m)
{
    const unsigned beside = member - it.plan->members;

    (void)user, (void)session;
    if (m)
        run_node(member, &it.host[member][life - 1]);
    else if (!beside)
        look_on();
    else
        run_owner((beside - 1) / SERVICE_OWNERS, (beside - 1) % SERVICE_OWNERS);
}

/* --- judging */

static void wrong(verdict *v, unsigned node, unsigned session, const char *rule, const char *detail)
{
    if (!v->wrong[0])
        snprintf(v->wrong, sizeof v->wrong, "node %u, session %u: %s%s%s", node, session, rule,
                 detail[0] ? ":\n" : "", detail);
}

/* Whether nothing that happened is more than a delay. */
static bool harmless(const sim_seen *seen)
{
    const sim_plan *plan = it.plan;
    const int64_t ms = plan->lasting_us / MS;

    if (it.disagree) return false;
    if (!seen->happened) return true;
    switch (plan->fault) {
    case FAULT_NONE:
    case FAULT_LATE: return true;
    case FAULT_HANG:
    case FAULT_HOLE:
    case FAULT_SPLIT: return ms <= SIM_PEER_MS / 2;
    case FAULT_STUCK: return ms <= SIM_START_MS / 2;
    default: return plan->session == SIM_SESSIONS; /* a note */
    }
}

/* Whether all nodes are there in the end. */
static bool heals(void)
{
    switch (it.plan->fault) {
    case FAULT_CRASH:
    case FAULT_CANCEL:
    case FAULT_MEMORY: return false;
    default: return !it.disagree;
    }
}

/* Whether the fault can reach this session. */
static bool reaches(unsigned session)
{
    switch (it.plan->fault) {
    case FAULT_NONE: /* files differ */
    case FAULT_STUCK:
    case FAULT_LOSE:
    case FAULT_REPEAT:
    case FAULT_FOREIGN:
    case FAULT_CUT_OFF:
    case FAULT_CHANGE: return session == it.plan->session;
    default: return true;
    }
}

static bool names_a_node(const failure *err)
{
    char name[16];

    for (unsigned k = 0; k < it.plan->members; k++) {
        snprintf(name, sizeof name, "m%u", k);
        if (strstr(err->text, name)) return true;
    }
    return false;
}

/* An error of which nobody else is the cause, or of which nobody can say who is: a lie. */
static bool is_nobodys(unsigned node, const failure *err)
{
    if (err->status == E_CANCELLED || !strcmp(err->code, "N09")) return true;
    if (it.plan->fault == FAULT_CHANGE && err->status == E_ABORT) return true;
    return it.plan->fault == FAULT_MEMORY && node == it.plan->victim;
}

static void judge_ending(verdict *v, unsigned node, unsigned k)
{
    const ending *e = &it.end[node][k];
    const bool undisturbed = harmless(&v->seen) || !reaches(k);

    if (e->times > 1) wrong(v, node, k, "it ended twice", "");
    if (e->done && !e->right) wrong(v, node, k, "a wrong output", "");
    if (e->done && it.disagree && k == it.plan->session)
        wrong(v, node, k, "ran what is not alike", "");
    v->right += e->done, v->stopped += e->times && !e->done;
    if (e->done) return;
    if (undisturbed)
        wrong(v, node, k, e->times ? "stopped although nothing was in its way" : "it never ran",
              e->why.text);
    /* What is lost waits for owners anew, as if its files had been removed to run it again. */
    if (!e->times && !e->lost && heals()) wrong(v, node, k, "it waits for ever", "");
    if (e->times && !e->why.text[0]) wrong(v, node, k, "an error without a word", "");
    if (e->times && !is_nobodys(node, &e->why) && !names_a_node(&e->why))
        wrong(v, node, k, "does not name who it was", e->why.text);
}

static void judge_owner(verdict *v, unsigned k, unsigned which)
{
    const owner_seen *o = &it.owner[k * SERVICE_OWNERS + which];

    if (!it.session[k].of->owners) return;
    if (o->learned && !o->right) wrong(v, which, k, "an owner learned a wrong output", "");
    if (!o->learned && (harmless(&v->seen) || !reaches(k)))
        wrong(v, which, k, "an owner learned nothing", o->why.text);
    if (!o->learned && !o->why.text[0] && !o->given)
        wrong(v, which, k, "an owner was told nothing", "");
}

/* Nodes end when they are told, and not before. */
static void judge_hosts(verdict *v)
{
    for (unsigned k = 0; k < it.plan->members; k++)
        for (unsigned life = 0; life < LIVES; life++) {
            const host *h = &it.host[k][life];
            if (h->node) wrong(v, k, SIM_SESSIONS, "a node never ends", "");
            if (h->st && (it.plan->fault != FAULT_MEMORY || !h->err.text[0]))
                wrong(v, k, SIM_SESSIONS, "a node failed", h->err.text);
        }
}

static void judge(verdict *v)
{
    for (unsigned k = 0; k < it.plan->sessions; k++) {
        for (unsigned node = 0; node < it.plan->members; node++) judge_ending(v, node, k);
        for (unsigned which = 0; which < SERVICE_OWNERS; which++) judge_owner(v, k, which);
    }
    judge_hosts(v);
    if (v->wrong[0]) return;
    if (v->seen.stuck) snprintf(v->wrong, sizeof v->wrong, "something never ends");
    if (v->seen.broken[0]) snprintf(v->wrong, sizeof v->wrong, "%s", v->seen.broken);
}

/* --- all of it */

static void describe(verdict *v)
{
    size_t at = 0;

    for (unsigned k = 0; k < it.plan->sessions; k++)
        at += (size_t)snprintf(v->what + at, sizeof v->what - at, "%s%s%s%s",
                               k ? ", " : "service of ", it.session[k].active ? "active " : "",
                               it.session[k].of->name, it.session[k].of->owners ? " of owners" : "");
}

void service_run(verdict *out, uint64_t seed, sabotage what, bool talks)
{
    draws d = {seed ^ 0x5e59e}; /* others than the runs without a service have */

    memset(&it, 0, sizeof it);
    memset(out, 0, sizeof *out);
    it.what = what, it.plan = &out->plan;
    service_files_begin();
    draw_plan(&out->plan, seed, &d);
    out->plan.stop = stop_node;
    service_nodes(out->plan.members); /* kept: no memory of the run's */
    describe(out);
    for (unsigned k = 0; k < it.plan->sessions; k++) {
        it.truth[k] = scenario_truth(it.of[k], &d);
        write_session(k);
    }
    out->seen = sim_run(&out->plan, act, NULL, talks);
    judge(out);
    for (unsigned k = 0; k < it.plan->sessions; k++) run_data_free(it.truth[k], it.of[k]->program);
    if (!out->wrong[0] && sim_blocks())
        snprintf(out->wrong, sizeof out->wrong, "%zu blocks of memory are not given back",
                 sim_blocks());
}
