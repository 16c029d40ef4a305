/* A level takes the rounds of its longest instruction. A comparison that nobody waits for would make a level long
 * that could be short, so it moves to one that is long anyway: beside a division, it costs no round. */
#include "compiler/slack.h"

enum {
    FAR = 64,     /* levels that are looked at for a better place */
    EXTRA = 3,    /* levels more than a block needs at least, that may be worth it */
    DECIDING = 9, /* rounds of a comparison, an equality, a floor, about */
    SORTING = 100
};

/* The levels of one block. */
typedef struct span {
    uint32_t depth;
    uint32_t *rounds; /* [depth + EXTRA + 1] of what stands there */
    uint32_t extra, best;
    uint64_t least; /* rounds in all, with `best` levels more */
} span;

typedef struct slack {
    const flow *f;
    const bool *live;
    lane_id *by;            /* who writes a register */
    uint32_t *early, *late; /* levels; early is where it stands, once it is placed */
    uint32_t *first;        /* where it could have stood */
    bool *fixed;            /* in as few levels as possible, it has no choice */
    span *span;             /* [blocks] */
} slack;

static bool runs_blocks(const flow_lane *l)
{
    uint32_t body[2];
    return lane_blocks(l->op, &l->code, body) > 0;
}

/* Whether what reads the lane's results must stand a level behind what it reads itself. */
static bool takes_level(const flow *f, const flow_lane *l)
{
    return runs_blocks(l) || flow_communicates(f, l);
}

/* About how many rounds it takes: only to see what is longer. */
static uint32_t rounds_of(const flow_lane *l)
{
    uint32_t turns = 1;

    if (opcode_rows[l->op].rounds != ROUNDS_ONE_SECRET) return 1;
    if (opcode_sorts(l->op)) return SORTING;
    if (l->op == OP_MAXIMUM)
        while (turns < 32 && INT64_C(1) << turns < l->code.imm[0]) turns++;
    return DECIDING * turns;
}

/* Calls visit for each lane of its own block that lane k waits for. */
static void each_before(slack *s, lane_id k, void (*visit)(slack *, lane_id k, lane_id before))
{
    const flow_lane *l = &s->f->lane[k];

    for (uint32_t i = 0; i < l->code.ins; i++)
        if (s->f->reg[l->code.in[i]].block == l->block) visit(s, k, s->by[l->code.in[i]]);
    uint32_t body_of[2];
    for (unsigned m = lane_blocks(l->op, &l->code, body_of); m-- > 0;) {
        const flow_block *body = &s->f->block[body_of[m]];
        for (uint32_t i = 0; i < body->outers; i++)
            if (s->f->reg[body->outer[i]].block == l->block) visit(s, k, s->by[body->outer[i]]);
    }
}

/* A block's own inputs are written by no lane. */
static void stand_behind(slack *s, lane_id k, lane_id before)
{
    if (before && s->early[before] > s->early[k]) s->early[k] = s->early[before];
}

static void stand_before(slack *s, lane_id k, lane_id before)
{
    uint32_t most = s->late[k] - takes_level(s->f, &s->f->lane[k]);
    if (before && s->late[before] > most) s->late[before] = most;
}

static void first_level(slack *s, lane_id k)
{
    s->early[k] = 0;
    each_before(s, k, stand_behind);
    s->early[k] += takes_level(s->f, &s->f->lane[k]);
}

static void find_early(slack *s)
{
    for (lane_id k = 1; k < s->f->lanes; k++) {
        span *in = &s->span[s->f->lane[k].block];
        if (!s->live[k]) continue;
        first_level(s, k);
        if (s->early[k] > in->depth) in->depth = s->early[k];
    }
}

static void find_late(slack *s)
{
    for (lane_id k = 1; k < s->f->lanes; k++) s->late[k] = s->span[s->f->lane[k].block].depth;
    for (lane_id k = s->f->lanes; k-- > 1;)
        if (s->live[k]) each_before(s, k, stand_before);
}

static void stand_at(slack *s, lane_id k, uint32_t level)
{
    const flow_lane *l = &s->f->lane[k];
    uint32_t *longest = &s->span[l->block].rounds[level];

    s->early[k] = level;
    if (takes_level(s->f, l) && rounds_of(l) > *longest) *longest = rounds_of(l);
}

/* The level from the first possible one on that the lane makes least longer. */
static uint32_t best_level(const slack *s, lane_id k)
{
    const flow_lane *l = &s->f->lane[k];
    const span *in = &s->span[l->block];
    uint32_t first = s->early[k], last = s->late[k] + in->extra, own = rounds_of(l), best = first;

    if (!flow_communicates(s->f, l) || l->op == OP_REVEAL || l->op == OP_SHARE) return first;
    for (uint32_t at = first; at <= last && at <= first + FAR && in->rounds[best] < own; at++)
        if (in->rounds[at] > in->rounds[best]) best = at;
    return best;
}

/* Gives every lane a level, those that have no choice first. */
static void place_all(slack *s)
{
    for (uint32_t b = 0; b < s->f->blocks; b++)
        for (uint32_t at = 0; at <= s->span[b].depth + EXTRA; at++) s->span[b].rounds[at] = 0;
    for (lane_id k = 1; k < s->f->lanes; k++)
        if (s->fixed[k]) stand_at(s, k, s->late[k]);
    for (lane_id k = 1; k < s->f->lanes; k++) {
        if (!s->live[k]) continue;
        first_level(s, k);
        s->first[k] = s->early[k];
        stand_at(s, k, best_level(s, k));
    }
}

/* Tries blocks of some levels more: one more short level may spare a long one. */
static void find_extra(slack *s)
{
    for (uint32_t extra = 0; extra <= EXTRA; extra++) {
        for (uint32_t b = 0; b < s->f->blocks; b++) s->span[b].extra = extra;
        place_all(s);
        for (uint32_t b = 0; b < s->f->blocks; b++) {
            span *in = &s->span[b];
            uint64_t sum = 0;
            for (uint32_t at = 0; at <= in->depth + EXTRA; at++) sum += in->rounds[at];
            if (extra && sum >= in->least) continue;
            in->least = sum, in->best = extra;
        }
    }
    for (uint32_t b = 0; b < s->f->blocks; b++) s->span[b].extra = s->span[b].best;
}

static void open_slack(slack *s)
{
    const flow *f = s->f;

    s->by = arena_alloc(f->mem, (f->regs + 1) * sizeof *s->by);
    s->early = arena_alloc(f->mem, f->lanes * sizeof *s->early);
    s->first = arena_alloc(f->mem, f->lanes * sizeof *s->first);
    s->late = arena_alloc(f->mem, f->lanes * sizeof *s->late);
    s->fixed = arena_alloc(f->mem, f->lanes * sizeof *s->fixed);
    s->span = arena_alloc(f->mem, f->blocks * sizeof *s->span);
    for (lane_id k = 1; k < f->lanes; k++)
        for (uint32_t o = 0; o < f->lane[k].code.outs; o++)
            if (f->lane[k].code.out[o] != REG_NONE) s->by[f->lane[k].code.out[o]] = k;
}

uint32_t *slack_wishes(const flow *f, const bool *live)
{
    uint32_t *wish = arena_alloc(f->mem, f->lanes * sizeof *wish);
    slack s = {.f = f, .live = live};

    open_slack(&s);
    find_early(&s);
    find_late(&s);
    for (uint32_t b = 0; b < f->blocks; b++)
        s.span[b].rounds = arena_alloc(f->mem, (s.span[b].depth + EXTRA + 1) * sizeof(uint32_t));
    for (lane_id k = 1; k < f->lanes; k++) s.fixed[k] = live[k] && s.early[k] == s.late[k];
    find_extra(&s);
    place_all(&s);
    for (lane_id k = 1; k < f->lanes; k++)
        if (live[k] && s.early[k] > s.first[k]) wish[k] = s.early[k];
    return wish;
}
