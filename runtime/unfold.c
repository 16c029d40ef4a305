/* Follows the blocks of a watched program, and lays its steps out as they ran. */
#include "runtime/unfold.h"

#include <setjmp.h>
#include <stdlib.h>
#include <string.h>

/* A block in other blocks has fewer runs that are shown each time, and none has more than RUNS_KEPT in all. */
enum { RUNS_KEPT = 1000 };

typedef struct block_runs {
    bool shown;        /* the latest run is */
    uint32_t len, cap; /* runs that are shown */
    uint32_t *around;  /* by such a run: the run of the block around it */
    uint32_t *turns,
        turned; /* by run of the block around: how often it ran in there; `turned` of them */
    uint32_t turns_cap;
} block_runs;

struct runs {
    const program *p;
    block_runs *of; /* by block */
    uint32_t *home; /* by register: the block that writes it */
    arena mem;      /* of the steps */
};

static void find_homes(runs *r)
{
    for (uint32_t b = 0; b < r->p->blocks; b++) {
        const block *code = &r->p->block[b];
        for (uint32_t k = 0; k < code->ins; k++) r->home[code->in[k]] = b;
        for (uint32_t i = 0; i < code->len; i++)
            for (uint32_t k = 0; k < code->code[i].lanes; k++) {
                const lane *l = &code->code[i].lane[k];
                for (uint32_t o = 0; o < l->outs; o++)
                    if (l->out[o] != REG_NONE) r->home[l->out[o]] = b;
            }
    }
}

runs *runs_new(const program *p)
{
    runs *r = calloc(1, sizeof *r);
    if (!r) return NULL;
    r->p = p;
    r->of = calloc(p->blocks, sizeof *r->of);
    r->home = calloc(p->regs + (size_t)1, sizeof *r->home);
    if (!r->of || !r->home) {
        runs_free(r);
        return NULL;
    }
    find_homes(r);
    return r;
}

void runs_free(runs *r)
{
    if (!r) return;
    for (uint32_t b = 0; r->of && b < r->p->blocks; b++)
        free(r->of[b].around), free(r->of[b].turns);
    free(r->of);
    free(r->home);
    arena_free(&r->mem);
    free(r);
}

/* --- while it runs */

/* Rounds of a loop that are shown when it has no more than these. */
static uint32_t most_shown(const runs *r, uint32_t b)
{
    return r->p->block[b].parent ? STEP_ROUNDS_INSIDE : STEP_ROUNDS_WHOLE;
}

static bool make_room(uint32_t **at, uint32_t *cap, uint32_t len)
{
    if (len <= *cap) return true;
    const uint32_t more = len < 8 ? 16 : 2 * len;
    uint32_t *larger = realloc(*at, more * sizeof **at);
    if (!larger) return false;
    *at = larger, *cap = more;
    return true;
}

bool runs_enter(runs *r, uint32_t b)
{
    block_runs *own = &r->of[b];
    const block_runs *outer = &r->of[r->p->block[b].parent];
    own->shown = b == 0;
    if (b == 0) own->len = 1;
    if (b == 0 || !outer->shown) return true;
    const uint32_t in = outer->len - 1;
    if (!make_room(&own->turns, &own->turns_cap, outer->len) ||
        !make_room(&own->around, &own->cap, own->len + 1))
        return false;
    while (own->turned < outer->len) own->turns[own->turned++] = 0;
    own->shown = own->turns[in]++ < most_shown(r, b) && own->len < RUNS_KEPT;
    if (own->shown) own->around[own->len++] = in;
    return true;
}

uint32_t runs_latest(const runs *r, uint32_t which)
{
    const block_runs *own = &r->of[r->home[which]];
    return own->shown ? own->len - 1 : RUN_NOT_SHOWN;
}

/* --- the steps as they ran */

typedef struct unfolding {
    runs *r;
    const report *rep;
    uint32_t (*find)(void *user, const step_value *x, uint32_t run);
    void *user;
    uint32_t *now; /* by block: the run that is being laid out */
    word_step *step;
    size_t len;
    bool cut;
} unfolding;

static void resolve(const unfolding *u, step_value *x)
{
    if (x->reg != REG_NONE) x->seen = u->find(u->user, x, u->now[u->r->home[x->reg]]);
}

static step_value *copy_values(const unfolding *u, const step_value *x, uint32_t len)
{
    step_value *to = arena_alloc(&u->r->mem, len * sizeof *to);
    for (uint32_t k = 0; k < len; k++) {
        to[k] = x[k];
        resolve(u, &to[k]);
    }
    return to;
}

static uint32_t turns_of(const unfolding *u, uint32_t b)
{
    const block_runs *own = &u->r->of[b];
    const uint32_t around = u->now[u->r->p->block[b].parent];
    return around < own->turned ? own->turns[around] : 0;
}

/* Of a loop with so many rounds in block b, all or the first. */
static uint64_t rounds_shown(const unfolding *u, uint32_t b, uint64_t rounds)
{
    return rounds <= most_shown(u->r, b) ? rounds : STEP_ROUNDS;
}

static void put_step(unfolding *u, const word_step *s)
{
    u->cut = u->cut || u->len == STEPS_KEPT_MAX;
    if (u->cut) return;
    word_step *to = &u->step[u->len++];
    *to = *s;
    to->stack = copy_values(u, s->stack, s->shown);
    to->names = copy_values(u, s->names, s->named);
    if (s->output != NO_OUTPUT) resolve(u, &to->told);
    if (s->loop == 0 || s->loop == STEP_NOWHERE) return;
    to->rounds = s->rounds_shown + turns_of(u, s->loop);
    to->rounds_shown = rounds_shown(u, s->loop, to->rounds);
}

static bool is_inside(const unfolding *u, uint32_t b, uint32_t outer)
{
    while (b > outer && b != STEP_NOWHERE) b = u->r->p->block[b].parent;
    return b == outer;
}

/* The block right inside `outer` in which the step stands; STEP_NOWHERE when it did not run. */
static uint32_t child_of(const unfolding *u, uint32_t b, uint32_t outer)
{
    while (b != STEP_NOWHERE && b > 0 && u->r->p->block[b].parent != outer)
        b = u->r->p->block[b].parent;
    return b == 0 ? STEP_NOWHERE : b;
}

static void put_steps(unfolding *u, size_t from, size_t to, uint32_t b);

/* The steps from `from` to `to`, in block b, once for each of its runs in the run around it. */
static void put_runs(unfolding *u, size_t from, size_t to, uint32_t b)
{
    const block_runs *own = &u->r->of[b];
    const word_step *loop = to < u->rep->steps ? &u->rep->step[to] : NULL;
    const uint32_t around = u->now[u->r->p->block[b].parent];
    const uint64_t before = loop && loop->loop == b ? loop->rounds_shown : 0;
    const uint64_t all = before + turns_of(u, b);
    const uint64_t shown = rounds_shown(u, b, all);
    uint32_t k = 0;
    while (k < own->len && own->around[k] < around) k++;
    for (uint64_t i = before; i < shown && k < own->len && own->around[k] == around; i++, k++) {
        u->now[b] = k;
        put_steps(u, from, to, b);
    }
}

static void put_steps(unfolding *u, size_t from, size_t to, uint32_t b)
{
    const word_step *s = u->rep->step;
    for (size_t i = from, next; i < to && !u->cut; i = next) {
        next = i + 1;
        if (s[i].block == b) {
            put_step(u, &s[i]);
            continue;
        }
        const uint32_t child = child_of(u, s[i].block, b);
        if (child == STEP_NOWHERE) continue;
        while (next < to && (s[next].block == STEP_NOWHERE || is_inside(u, s[next].block, child)))
            next++;
        put_runs(u, i, next, child); /* as deep as blocks nest */
    }
}

status runs_unfold(runs *r, report *rep,
                   uint32_t (*find)(void *user, const step_value *x, uint32_t run), void *user,
                   failure *err)
{
    jmp_buf oom;
    unfolding u = {.r = r, .rep = rep, .find = find, .user = user};
    r->mem.oom = &oom;
    if (setjmp(oom)) return fail_memory(err);
    u.now = arena_alloc(&r->mem, r->p->blocks * sizeof *u.now);
    u.step = arena_alloc(&r->mem, STEPS_KEPT_MAX * sizeof *u.step);
    put_steps(&u, 0, rep->steps, 0);
    r->mem.oom = NULL;
    rep->step = u.step, rep->steps = u.len, rep->steps_cut = rep->steps_cut || u.cut;
    return OK;
}
