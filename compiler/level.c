/* Levels: a lane that sends messages stands one round after what it reads, so that independent work of one
 * kind, wherever it was written, becomes one instruction. */
#include "compiler/level.h"
#include "compiler/slack.h"

#include <stdlib.h>

/* --- what the outputs need */

static lane_id *writers(const flow *f)
{
    lane_id *by = arena_alloc(f->mem, (f->regs + 1) * sizeof *by);
    for (lane_id k = 1; k < f->lanes; k++)
        for (uint32_t o = 0; o < f->lane[k].code.outs; o++)
            if (f->lane[k].code.out[o] != REG_NONE) by[f->lane[k].code.out[o]] = k;
    return by;
}

/* Marks what reveals, and the blocks in which something does: what runs those is needed. */
static void mark_reveals(flow *f, bool *live)
{
    for (lane_id k = 1; k < f->lanes; k++) {
        const flow_lane *l = &f->lane[k];
        uint32_t body[2];
        live[k] = l->op == OP_REVEAL;
        for (unsigned m = lane_blocks(l->op, &l->code, body); m-- > 0;)
            live[k] |= f->block[body[m]].tells;
        if (live[k]) f->block[l->block].tells = true;
    }
}

/* Lanes stand after what they read, and after the blocks they run: one pass from the end finds all. */
static bool *find_live(flow *f)
{
    const lane_id *by = writers(f);
    bool *live = arena_alloc(f->mem, f->lanes * sizeof *live);
    mark_reveals(f, live);
    for (uint32_t k = 0; k < f->kepts; k++) live[by[f->kept[k]]] = true;
    for (lane_id k = f->lanes; k-- > 1;) {
        const flow_lane *l = &f->lane[k];
        uint32_t body_of[2];
        if (!live[k]) continue;
        for (uint32_t i = 0; i < l->code.ins; i++) live[by[l->code.in[i]]] = true;
        for (unsigned m = lane_blocks(l->op, &l->code, body_of); m-- > 0;) {
            const flow_block *body = &f->block[body_of[m]];
            for (uint32_t i = 0; i < body->outs; i++) live[by[body->out[i]]] = true;
        }
    }
    return live;
}

/* --- what a block reads from around it */

static void add_outer(flow *f, uint32_t reader, reg_id r)
{
    flow_block *b = &f->block[reader];
    if (f->reg[r].block == reader) return;
    if ((b->outers & (b->outers - 1)) == 0) { /* a power of two is full */
        size_t old = b->outers * sizeof *b->outer;
        b->outer = arena_grow(f->mem, b->outer, old, old ? 2 * old : sizeof *b->outer);
    }
    b->outer[b->outers++] = r;
}

static void find_outer(flow *f, const flow_lane *l)
{
    uint32_t body_of[2];
    for (uint32_t i = 0; i < l->code.ins; i++) add_outer(f, l->block, l->code.in[i]);
    for (unsigned m = lane_blocks(l->op, &l->code, body_of); m-- > 0;) {
        const flow_block *body = &f->block[body_of[m]];
        for (uint32_t i = 0; i < body->outs; i++) add_outer(f, body_of[m], body->out[i]);
        for (uint32_t i = 0; i < body->outers; i++) add_outer(f, l->block, body->outer[i]);
    }
}

/* --- rows of an output leave in their order */

enum { STAGE_MESSAGES, STAGE_BLOCKS, STAGE_LOCAL };

static uint32_t stage_of(const flow_lane *l)
{
    uint32_t body_of[2];
    if (l->communicates) return STAGE_MESSAGES;
    return lane_blocks(l->op, &l->code, body_of) ? STAGE_BLOCKS : STAGE_LOCAL;
}

/* The least level at which a lane of this stage stands behind `before`. */
static uint32_t level_behind(const flow *f, uint32_t stage, lane_id before)
{
    const flow_lane *l = &f->lane[before];
    uint32_t other = stage_of(l);
    return l->level + (stage < other || (stage == STAGE_BLOCKS && other == STAGE_BLOCKS));
}

/* Notes that k reveals a row of the output; returns who did before in this block, or 0. */
static lane_id note_row(flow *f, lane_id k, int64_t output)
{
    flow_block *b = &f->block[f->lane[k].block];
    for (uint32_t i = 0; i < b->writers; i++) {
        if (b->rows[i].output != output) continue;
        lane_id before = b->rows[i].lane;
        b->rows[i].lane = k;
        return before;
    }
    if ((b->writers & (b->writers - 1)) == 0) { /* a power of two is full */
        size_t old = b->writers * sizeof *b->rows;
        b->rows = arena_grow(f->mem, b->rows, old, old ? 2 * old : sizeof *b->rows);
    }
    b->rows[b->writers++] = (row_writer){output, k};
    return 0;
}

/* The level of a lane by the rows that it reveals, itself or in its blocks. */
static uint32_t level_of_rows(flow *f, lane_id k, uint32_t at_least)
{
    const flow_lane *l = &f->lane[k];
    uint32_t body_of[2], stage = stage_of(l);
    if (l->op == OP_REVEAL && lane_reveal(&l->code).by_row) {
        lane_id before = note_row(f, k, l->code.imm[0]);
        uint32_t level = before ? level_behind(f, stage, before) : 0;
        if (level > at_least) at_least = level;
    }
    for (unsigned m = lane_blocks(l->op, &l->code, body_of); m-- > 0;) {
        const flow_block *body = &f->block[body_of[m]];
        for (uint32_t i = 0; i < body->writers; i++) {
            lane_id before = note_row(f, k, body->rows[i].output);
            uint32_t level = before && before != k ? level_behind(f, stage, before) : 0;
            if (level > at_least) at_least = level;
        }
    }
    return at_least;
}

/* --- levels */

static uint32_t ready(const flow *f, uint32_t where, const reg_id *r, uint32_t len, uint32_t at_least)
{
    for (uint32_t i = 0; i < len; i++)
        if (f->reg[r[i]].block == where && f->reg[r[i]].level > at_least)
            at_least = f->reg[r[i]].level;
    return at_least;
}

/* All inputs are shared before the first reveal: SHAREs read only own data, so they are level 1. */
static void set_level(flow *f, lane_id k, bool shares, uint32_t wish)
{
    flow_lane *l = &f->lane[k];
    uint32_t body_of[2];
    l->communicates = flow_communicates(f, l);
    l->level = ready(f, l->block, l->code.in, l->code.ins, 0);
    for (unsigned m = lane_blocks(l->op, &l->code, body_of); m-- > 0;) {
        const flow_block *body = &f->block[body_of[m]];
        l->level = ready(f, l->block, body->outer, body->outers, l->level);
    }
    if (stage_of(l) != STAGE_LOCAL) l->level++;
    if (l->op == OP_REVEAL && shares && l->level < 2) l->level = 2;
    if (l->level < wish) l->level = wish;
    if (l->after && f->lane[l->after].block == l->block && f->lane[l->after].level > l->level)
        l->level = f->lane[l->after].level;
    l->level = level_of_rows(f, k, l->level);
    for (uint32_t o = 0; o < l->code.outs; o++)
        if (l->code.out[o] != REG_NONE) f->reg[l->code.out[o]].level = l->level;
}

/* --- order */

typedef struct entry {
    uint32_t level, stage, op;
    lane_id lane;
} entry;

static int compare_entries(const void *a, const void *b)
{
    const entry *x = a, *y = b;
    if (x->level != y->level) return x->level < y->level ? -1 : 1;
    if (x->stage != y->stage) return x->stage < y->stage ? -1 : 1;
    if (x->op != y->op) return x->op < y->op ? -1 : 1;
    return x->lane < y->lane ? -1 : x->lane > y->lane;
}

static entry entry_of(const flow *f, lane_id k)
{
    const flow_lane *l = &f->lane[k];
    uint32_t stage = stage_of(l);
    /* local work keeps the order in which it was written: it reads its own level */
    return (entry){
        .level = l->level, .stage = stage, .op = stage == STAGE_LOCAL ? 0 : l->op, .lane = k};
}

static void order_block(flow *f, uint32_t b, entry *list, uint32_t len)
{
    qsort(list, len, sizeof *list, compare_entries);
    f->block[b].order = arena_alloc(f->mem, len * sizeof(lane_id));
    for (uint32_t i = 0; i < len; i++) f->block[b].order[i] = list[i].lane;
    f->block[b].lanes = len;
}

static void order_blocks(flow *f, const bool *live)
{
    entry **list = arena_alloc(f->mem, f->blocks * sizeof *list);
    uint32_t *len = arena_alloc(f->mem, f->blocks * sizeof *len);
    for (uint32_t b = 0; b < f->blocks; b++)
        list[b] = arena_alloc(f->mem, f->block[b].lanes * sizeof **list);
    for (lane_id k = 1; k < f->lanes; k++) {
        uint32_t b = f->lane[k].block;
        if (live[k]) list[b][len[b]++] = entry_of(f, k);
    }
    for (uint32_t b = 0; b < f->blocks; b++) order_block(f, b, list[b], len[b]);
}

void level(flow *f)
{
    const bool *live = find_live(f);
    bool shares = false;
    for (lane_id k = 1; k < f->lanes; k++)
        shares = shares || (live[k] && f->lane[k].op == OP_SHARE);
    for (lane_id k = 1; k < f->lanes; k++)
        if (live[k]) find_outer(f, &f->lane[k]);
    const uint32_t *wish = slack_wishes(f, live);
    for (lane_id k = 1; k < f->lanes; k++)
        if (live[k]) set_level(f, k, shares, wish[k]);
    order_blocks(f, live);
}
