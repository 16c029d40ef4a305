/* Fair delivery (runtime/delivery.h): whatever a cheater says to whom, and whenever it falls silent, all honest members
 * learn the outputs or none does, nor do the cheaters. Tried by all strategies on the decisions alone, and by messages
 * that are changed, lost or replaced among real members. */
#include "core_help.h"

#include "runtime/delivery.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

/* --- the decisions, as a game in rounds */

enum { MEMBERS_MOST = 8, STAGES_MOST = 5 };

typedef struct game {
    unsigned nodes, threshold, members;
    uint32_t cheaters;             /* a bit each; they share what they know */
    delivery *start[MEMBERS_MOST]; /* when all promises are heard */
} game;

/* What the cheaters do; first index: honest member. Of each a bit for each cheater. */
typedef struct strategy {
    bool good[MEMBERS_MOST]; /* the values opened to it are in order */
    uint32_t ok[MEMBERS_MOST];
    uint32_t release[STAGES_MOST][MEMBERS_MOST]; /* with all that the cheaters hold */
    bool tokens;                                 /* of others are passed on too */
} strategy;

static bool cheats(const game *g, unsigned k)
{
    return g->cheaters >> k & 1;
}

static size_t size_of(const game *g)
{
    return delivery_size(g->members);
}

static void make_word(promise *p, unsigned what, unsigned of)
{
    for (unsigned k = 0; k < DELIVERY_WORD; k++) p->word[k] = (uint8_t)(1 + what * 64 + of + k);
}

static delivery *member_of(const game *g, unsigned self, const uint32_t *set, size_t sets)
{
    delivery *d = calloc(1, size_of(g));

    d->sets = sets;
    memcpy(d->set, set, sets * sizeof *set);
    delivery_begin(d, g->nodes, g->members, self);
    for (unsigned k = 0; k < g->members; k++) d->of[k].takes_part = true;
    make_word(&d->of[self].ok, 0, self);
    if (self < g->nodes) make_word(&d->of[self].token, 1, self);
    for (size_t k = 0; k < sets; k++)
        if (delivery_knows(d, self, k)) make_word(&d->key[k], 2, (unsigned)k);
    cr_assert(delivery_promise(d));
    return d;
}

static size_t all_sets(unsigned nodes, unsigned size, uint32_t *set)
{
    size_t count = 0;

    for (uint32_t s = 0; s < 1u << nodes; s++)
        if ((unsigned)__builtin_popcount(s) == size) set[count++] = s;
    return count;
}

static game game_of(unsigned nodes, unsigned threshold, unsigned members, uint32_t cheaters)
{
    game g = {.nodes = nodes, .threshold = threshold, .members = members, .cheaters = cheaters};
    uint32_t set[64];
    size_t sets = all_sets(nodes, nodes - threshold, set);
    uint8_t said[64 * DELIVERY_WORD], first[DELIVERY_WORD], digest[DELIVERY_WORD];

    for (unsigned k = 0; k < members; k++) g.start[k] = member_of(&g, k, set, sets);
    for (unsigned from = 0; from < members; from++) {
        delivery_write_promises(g.start[from], said);
        for (unsigned to = 0; to < members; to++)
            if (to != from) cr_assert_eq(delivery_read_promises(g.start[to], from, said), members);
    }
    for (unsigned k = 0; k < members; k++) {
        cr_assert(delivery_digest(g.start[k], k ? digest : first));
        if (k) cr_assert_arr_eq(digest, first, sizeof digest);
    }
    return g;
}

static void game_end(game *g)
{
    for (unsigned k = 0; k < g->members; k++) free(g->start[k]);
}

/* What a cheater can release: all that `known` holds of it. */
static void forge(const game *g, const delivery *known, unsigned cheater, bool tokens, uint8_t *out)
{
    delivery *d = malloc(size_of(g));

    memcpy(d, known, size_of(g));
    d->self = cheater, d->agrees = true, d->released = false;
    for (unsigned k = 0; k < g->members; k++) {
        d->of[k].ok.shown = true;
        if (!tokens && k != cheater) memset(d->of[k].token.word, 0, DELIVERY_WORD);
    }
    cr_assert(delivery_stage(d, 0, out));
    free(d);
}

/* What all cheaters know together: their own words, and all that honest members have said. */
static delivery *common_knowledge(const game *g)
{
    delivery *all = malloc(size_of(g));
    unsigned first = (unsigned)__builtin_ctz(g->cheaters);

    memcpy(all, g->start[first], size_of(g));
    for (unsigned k = 0; k < g->members; k++) {
        const delivery *d = g->start[k];
        if (!cheats(g, k)) continue;
        all->of[k].ok = d->of[k].ok, all->of[k].token = d->of[k].token;
        for (size_t i = 0; i < d->sets; i++)
            if (d->key[i].shown) all->key[i] = d->key[i];
    }
    return all;
}

typedef struct outcome {
    unsigned honest, learned;
    bool cheaters; /* learned */
} outcome;

static void show_oks(const game *g, const strategy *s, delivery **d, delivery *known)
{
    for (unsigned from = 0; from < g->members; from++) {
        if (cheats(g, from) || !s->good[from]) continue;
        const uint8_t *ok = delivery_agree(d[from]);
        delivery_read_ok(known, from, ok);
        for (unsigned to = 0; to < g->members; to++)
            if (to != from && !cheats(g, to)) delivery_read_ok(d[to], from, ok);
    }
    for (unsigned to = 0; to < g->members; to++)
        for (unsigned k = 0; k < g->members; k++)
            if (!cheats(g, to) && s->ok[to] >> k & 1)
                delivery_read_ok(d[to], k, g->start[k]->of[k].ok.word);
}

/* Honest nodes speak first: the cheaters hear them before they choose. */
static void one_stage(const game *g, const strategy *s, unsigned stage, delivery **d, delivery *known)
{
    uint8_t said[MEMBERS_MOST][64 * DELIVERY_WORD];
    bool speaks[MEMBERS_MOST] = {false};

    for (unsigned k = 0; k < g->nodes; k++)
        if (!cheats(g, k) && (speaks[k] = delivery_stage(d[k], stage, said[k])))
            delivery_read_release(known, k, said[k]);
    for (unsigned k = 0; k < g->nodes; k++)
        if (cheats(g, k)) forge(g, known, k, s->tokens, said[k]);
    for (unsigned to = 0; to < g->members; to++)
        for (unsigned k = 0; k < g->nodes; k++)
            if (k != to && !cheats(g, to) && (speaks[k] || s->release[stage][to] >> k & 1))
                delivery_read_release(d[to], k, said[k]);
}

static outcome play(const game *g, const strategy *s)
{
    delivery *d[MEMBERS_MOST] = {NULL}, *known = common_knowledge(g);
    outcome o = {.cheaters = true};

    for (unsigned k = 0; k < g->members; k++) {
        if (cheats(g, k)) continue;
        d[k] = malloc(size_of(g));
        memcpy(d[k], g->start[k], size_of(g));
    }
    show_oks(g, s, d, known);
    for (unsigned stage = 0; stage < g->threshold + 2; stage++) one_stage(g, s, stage, d, known);
    for (unsigned k = 0; k < g->members; k++) {
        if (cheats(g, k)) continue;
        o.honest++, o.learned += delivery_done(d[k]);
        free(d[k]);
    }
    for (size_t k = 0; k < known->sets; k++) o.cheaters &= known->key[k].shown;
    free(known);
    return o;
}

static bool fair(const outcome *o)
{
    return o->learned == (o->learned || o->cheaters ? o->honest : 0);
}

/* Takes the lowest bit of *bits. */
static uint32_t next_bit(uint64_t *bits)
{
    uint32_t bit = *bits & 1;

    *bits >>= 1;
    return bit;
}

/* Of one node, and maybe others that only learn: a bit for each thing that they can do to each honest member. */
static strategy numbered(const game *g, uint64_t bits)
{
    strategy s = {.tokens = true};

    for (unsigned k = 0; k < g->members; k++) {
        if (cheats(g, k)) continue;
        s.good[k] = next_bit(&bits);
        for (unsigned c = 0; c < g->members; c++)
            if (cheats(g, c)) s.ok[k] |= next_bit(&bits) << c;
        for (unsigned stage = 0; stage < g->threshold + 2; stage++)
            s.release[stage][k] = next_bit(&bits) ? g->cheaters : 0;
    }
    return s;
}

static void play_all(game g, unsigned honest)
{
    const unsigned cheaters = (unsigned)__builtin_popcount(g.cheaters),
                   bits = honest * (1 + cheaters + g.threshold + 2);
    size_t delivered = 0, held_back = 0;

    for (uint64_t k = 0; k < (uint64_t)1 << bits; k++) {
        strategy s = numbered(&g, k);
        outcome o = play(&g, &s);
        cr_assert(fair(&o),
                  "strategy %llu of node %u: %u of %u honest members learn, the cheater %s",
                  (unsigned long long)k, (unsigned)__builtin_ctz(g.cheaters), o.learned, o.honest,
                  o.cheaters ? "does" : "does not");
        *(o.learned ? &delivered : &held_back) += 1;
    }
    cr_assert_gt(delivered, 0);
    cr_assert_gt(held_back, 0);
    game_end(&g);
}

Test(delivery, is_fair_by_all_strategies_of_one_of_three)
{
    for (unsigned cheater = 0; cheater < 3; cheater++) play_all(game_of(3, 1, 3, 1u << cheater), 2);
}

Test(delivery, is_fair_to_one_who_only_learns)
{
    play_all(game_of(3, 1, 4, 1u << 1), 3);
}

Test(delivery, is_fair_when_one_who_only_learns_helps_a_node)
{
    for (unsigned node = 0; node < 3; node++) play_all(game_of(3, 1, 4, 1u << node | 1u << 3), 2);
}

static uint64_t next_random(uint64_t *state)
{
    *state ^= *state << 13, *state ^= *state >> 7, *state ^= *state << 17;
    return *state;
}

/* Each bit is 1 so often, of 8. */
static uint32_t some(uint64_t *state, uint32_t among, unsigned often)
{
    uint32_t bits = 0;

    for (uint32_t k = 1; k; k <<= 1)
        if (next_random(state) >> 40 & 7 ? (next_random(state) >> 40 & 7) < often : often == 8)
            bits |= k;
    return bits & among;
}

static strategy random_strategy(const game *g, uint64_t *state)
{
    const unsigned often = 1 + (unsigned)(next_random(state) >> 40) % 8;
    const bool all_good = next_random(state) >> 40 & 3;
    strategy s = {.tokens = next_random(state) >> 40 & 1};

    for (unsigned k = 0; k < g->members; k++) {
        s.good[k] = all_good || next_random(state) >> 40 & 7;
        s.ok[k] = some(state, g->cheaters, often);
        for (unsigned stage = 0; stage < g->threshold + 2; stage++)
            s.release[stage][k] = some(state, g->cheaters, 1 + often / 3);
    }
    return s;
}

Test(delivery, is_fair_by_chance_among_more)
{
    enum { TRIES = 3000 };
    static const struct {
        unsigned nodes, threshold, members;
        uint32_t cheaters;
    } tried[] = {{4, 1, 5, 2}, {5, 2, 6, 9}, {5, 2, 5, 6}, {6, 2, 6, 33}, {7, 3, 8, 37}};
    uint64_t state = 88172645463325252u;

    for (size_t i = 0; i < sizeof tried / sizeof *tried; i++) {
        game g = game_of(tried[i].nodes, tried[i].threshold, tried[i].members, tried[i].cheaters);
        size_t delivered = 0;
        for (unsigned k = 0; k < TRIES; k++) {
            strategy s = random_strategy(&g, &state);
            outcome o = play(&g, &s);
            cr_assert(fair(&o), "n = %u, try %u: %u of %u learn", g.nodes, k, o.learned, o.honest);
            delivered += o.learned > 0;
        }
        cr_assert(delivered && delivered < TRIES);
        game_end(&g);
    }
}

Test(delivery, names_two_who_promise_different_keys)
{
    game g = game_of(3, 1, 3, 1);
    uint8_t said[8 * DELIVERY_WORD];

    delivery_write_promises(g.start[2], said);
    said[2 * DELIVERY_WORD] ^= 1; /* of the first key, after an ok and a token */
    cr_assert_lt(delivery_read_promises(g.start[1], 2, said), 3);
    game_end(&g);
}

/* --- real members */

enum { OPENED, DIGESTS, OKS, RELEASES, ROUNDS }; /* of a delivery that nobody disturbs */
enum { NODES = 3, MEMBERS }; /* the last one only learns, and releases nothing */

typedef enum lie { FIRST_BYTE, LAST_BYTE, SHORT, STOP, SILENT, LIES } lie;

typedef struct cheater {
    unsigned node, round;
    uint32_t to; /* receivers, a bit each */
    lie kind;
    size_t all[NODES_MAX + 1]; /* messages of an honest run, to each */
    size_t sent[NODES_MAX + 1];
} cheater;

static fate count(void *arg, unsigned from, unsigned to, uint8_t *payload, size_t len)
{
    cheater *c = arg;
    (void)payload, (void)len;
    if (from == c->node) c->all[to]++;
    return FATE_ARRIVES;
}

/* In which it says something. */
static size_t rounds_of(unsigned member)
{
    return member < NODES ? ROUNDS : RELEASES;
}

static fate cheat(void *arg, unsigned from, unsigned to, uint8_t *payload, size_t len)
{
    static const fate fates[LIES] = {[SHORT] = FATE_SHORT, [STOP] = FATE_STOP, [SILENT] = FATE_LOST};
    cheater *c = arg;
    size_t at, lie_at;

    if (from != c->node || !(c->to >> to & 1)) return FATE_ARRIVES;
    at = c->sent[to]++, lie_at = c->all[to] - rounds_of(c->node) + c->round;
    if (c->kind == SILENT ? at < lie_at : at != lie_at) return FATE_ARRIVES;
    if (c->kind == FIRST_BYTE) payload[0] ^= 1;
    if (c->kind == LAST_BYTE) payload[len - 1] ^= 1;
    if (c->kind == STOP) memset(payload, 'x', len), payload[0] = E_DATA;
    return fates[c->kind];
}

/* Something for all, and something for one, at the same time. */
static program *two_outputs(void)
{
    program *p = program_begin(61, 1);
    uint32_t x = program_input(p, 0, KIND_INT, 2), y = program_input(p, 1, KIND_INT, 2);

    uint32_t sum = program_op(p, OP_ADD, 2, (uint32_t[]){x, y}, 2, NULL, 0);
    uint32_t difference = program_op(p, OP_SUB, 2, (uint32_t[]){x, y}, 2, NULL, 0);

    program_ranges(p, 20);
    program_reveal(p, PARTY_ALL, sum);
    program_reveal(p, 0, difference);
    program_merge(p);
    return p;
}

typedef struct setting {
    program *p;
    launch *l;
    run_data *d;
} setting;

static setting setting_of(unsigned nodes, unsigned threshold)
{
    setting s = {.p = two_outputs()};
    abb *ideal = ideal_new(s.p);
    failure err = {0};

    s.l = launch_for(s.p, nodes, threshold, true);
    s.d = run_data_new(s.p);
    cr_assert_eq(launch_choose_security(s.l, true, NULL), OK);
    for (uint32_t k = 0; k < s.p->inputs; k++) fill_input(s.p, s.d, k, 20, NULL, 0);
    cr_assert_eq(interp_run(s.p, ideal, s.d, &err), OK, "%s", err.text);
    ideal_free(ideal);
    return s;
}

static void setting_end(setting *s)
{
    launch_free(s->l);
    run_data_free(s->d, s->p);
    program_free(s->p);
}

/* Whether a member has all outputs that are for it, or (false) none; it must be one of the two, and they right. */
static bool has_outputs(const setting *s, const member_run *run, unsigned self)
{
    size_t due = 0, here = 0;

    for (uint32_t o = 0; o < s->p->outputs; o++) {
        const plain *got = &run->data->output[o][0], *want = &s->d->output[o][0];
        due += s->p->output[o].party == PARTY_ALL || s->l->home[0][0] == self;
        if (!got->v) continue;
        here++;
        cr_assert_eq(got->len, want->len);
        cr_assert_arr_eq(got->v, want->v, want->len * sizeof *want->v);
    }
    cr_assert(!here || here == due, "member %u learns %zu of %zu outputs", self, here, due);
    return here;
}

/* While the values are opened some may still be at the check point, where who leaves is lost as in other rounds. */
static void expect_stopped(const member_run *run, unsigned self, const cheater *c)
{
    cr_assert(run->st == E_ABORT || (c->round == OPENED && run->st != OK),
              "node %u, round %u, to %x, lie %d: member %u ends with %d: %s", c->node, c->round,
              c->to, c->kind, self, (int)run->st, run->err.text);
    cr_assert_gt(strlen(run->err.text), 0);
}

/* All honest members have the outputs, and stop well; or none has, and each stops with E_ABORT. */
static bool expect_fair(const setting *s, const cheater *c)
{
    cheater now = *c;
    unsigned learned = 0;

    tamper(cheat, &now);
    member_run *runs = run_members(s->p, s->l, s->d->input);
    tamper(NULL, NULL);
    for (unsigned k = 0; k < s->l->members; k++)
        if (k != c->node) learned += has_outputs(s, &runs[k], k);
    for (unsigned k = 0; k < s->l->members; k++) {
        if (k == c->node) continue;
        if (!learned) expect_stopped(&runs[k], k, c);
        cr_assert(!learned || runs[k].st == OK, "member %u has outputs, and stops: %s", k,
                  runs[k].err.text);
    }
    cr_assert(!learned || learned == s->l->members - 1,
              "node %u, round %u, to %x, lie %d: %u members learn", c->node, c->round, c->to,
              c->kind, learned);
    members_free(runs, s->p, s->l);
    return learned;
}

static void count_messages(const setting *s, cheater *c)
{
    tamper(count, c);
    member_run *runs = run_members(s->p, s->l, s->d->input);
    tamper(NULL, NULL);
    for (unsigned k = 0; k < s->l->members; k++)
        cr_assert_eq(runs[k].st, OK, "%s", runs[k].err.text);
    members_free(runs, s->p, s->l);
}

/* Of members that share two cores with others; the longer one where nobody is silent. */
enum { PATIENCE_MS = 500, LONG_PATIENCE_MS = 10000 };

Test(delivery, is_fair_whoever_lies_in_whichever_message)
{
    setting s = setting_of(3, 1);
    size_t delivered = 0, runs = 0;

    patience(LONG_PATIENCE_MS);
    for (unsigned node = 0; node < MEMBERS; node++) {
        cheater c = {.node = node};
        count_messages(&s, &c);
        for (c.round = 0; c.round < rounds_of(node); c.round++)
            for (c.to = 1; c.to < 1u << MEMBERS; c.to++)
                for (c.kind = 0; c.kind < SILENT && !(c.to >> node & 1); c.kind++)
                    runs++, delivered += expect_fair(&s, &c);
    }
    cr_assert(delivered && delivered < runs);
    setting_end(&s);
}

/* From one message on. */
static void fall_silent_to(const setting *s, cheater *c, uint32_t to)
{
    c->to = to;
    bool learned = expect_fair(s, c);
    if (c->round < OKS) cr_assert(!learned);
    if (c->round == RELEASES) cr_assert(learned);
}

/* Node 1, to one node or the other, to both, to who only learns, to all; by hand, with EVERY_LIE in the environment, each member
 * to any. */
static void fall_silent(unsigned round)
{
    static const uint32_t some[] = {1, 4, 5, 8, 13};
    const bool every = getenv("EVERY_LIE");
    setting s = setting_of(NODES, 1);

    patience(PATIENCE_MS);
    for (unsigned node = every ? 0 : 1; node < (every ? MEMBERS : 2); node++) {
        cheater c = {.node = node, .round = round, .kind = SILENT};
        if (round >= rounds_of(node)) continue;
        count_messages(&s, &c);
        for (size_t k = 0; !every && k < sizeof some / sizeof *some; k++)
            fall_silent_to(&s, &c, some[k]);
        for (uint32_t to = 1; every && to < 1u << MEMBERS; to++)
            if (!(to >> node & 1)) fall_silent_to(&s, &c, to);
    }
    setting_end(&s);
}

Test(delivery, is_fair_when_a_node_is_silent_from_the_opening_on)
{
    fall_silent(OPENED);
}

Test(delivery, is_fair_when_a_node_is_silent_from_the_digests_on)
{
    fall_silent(DIGESTS);
}

Test(delivery, is_fair_when_a_node_keeps_its_ok)
{
    fall_silent(OKS);
}

Test(delivery, is_fair_when_a_node_waits_for_the_others_and_stops)
{
    fall_silent(RELEASES);
}
