/* The Shamir box: opening it, and the black box interface by the protocols. */
#include "runtime/audit.h"
#include "runtime/bit_pool.h"
#include "runtime/bit_values.h"
#include "runtime/gmp_field.h"
#include "runtime/points.h"
#include "runtime/sorting.h"

#include <openssl/crypto.h>
#include <stdlib.h>
#include <string.h>

/* --- secret vectors */

static size_t bytes_of_bits(const box *b, size_t len)
{
    return gf2m_degree(b->nodes) * words_of(len) * sizeof(uint64_t);
}

static void vec_free(box *b, vec *v)
{
    if (!v) return;
    scratch_give(b->memory, v->v);
    scratch_give(b->memory, v->bits);
    free(v);
}

static vec *vec_new(box *b, size_t len, uint8_t form)
{
    const field *f = b->f;
    size_t planes = bytes_of_bits(b, len);
    vec *v = calloc(1, sizeof *v);
    bool whole = v && len <= SIZE_MAX / 4 / f->size;

    if (whole) v->len = len;
    if (whole && !f->dry && form & IN_FIELD)
        whole = (v->v = scratch_take(b->memory, len * f->size));
    if (whole && !f->dry && form & IN_BITS) whole = (v->bits = scratch_take(b->memory, planes));
    if (whole && v->bits) memset(v->bits, 0, planes);
    if (whole) return v;
    vec_free(b, v);
    return NULL;
}

/* --- the interface */

void box_drop_results(box *b, const abb_job *work)
{
    for (size_t k = 0; k < work->lanes; k++)
        for (size_t i = 0; i < work->lane[k].outs; i++) {
            vec_free(b, work->lane[k].out[i].secret);
            work->lane[k].out[i].secret = NULL;
            if (work->op == OP_REVEAL) plain_free(&work->lane[k].out[i].clear);
        }
}

/* Gives every lane vectors for its secret results. */
static status make_results(box *b, const abb_job *work, failure *err)
{
    if (work->op == OP_REVEAL) return OK;
    for (size_t k = 0; k < work->lanes; k++)
        for (size_t i = 0; i < work->lane[k].outs; i++) {
            value *out = &work->lane[k].out[i];
            if (work->lane[k].code->out[i] == REG_NONE) continue;
            uint8_t form = box_form(b, work->lane[k].code->out[i]);
            if (!(out->secret = vec_new(b, reg_length(out->type), form))) {
                box_drop_results(b, work);
                return fail_memory(err);
            }
        }
    return OK;
}

static status box_run(abb *base, const abb_job *work, failure *err)
{
    box *b = box_of(base);
    status st = make_results(b, work, err);

    if (st) return st;
    if ((st = job_run_here(b, work, job_local, err))) box_drop_results(b, work);
    return st;
}

static bool first_of_its_kind(const box *b, const abb_job *work, size_t which)
{
    for (size_t k = 0; k < which; k++)
        if (lanes_alike(b, work, k, which)) return false;
    return true;
}

/* Lanes that are not alike are jobs side by side, so that they share their rounds: floors by the bits they drop,
 * shuffles by their rows, gates, inputs and random bools by the forms they take; each sort is one of its own. */
static status begin_by_kind(box *b, abb_job *work, void (*run)(job *), failure *err)
{
    status st = OK;

    for (size_t k = 0; !st && k < work->lanes; k++)
        if (first_of_its_kind(b, work, k)) st = job_begin_like(b, work, k, run, err);
    return st;
}

static bool comes_in_kinds(opcode op)
{
    switch ((int)op) {
    case OP_EQ:
    case OP_FLOOR:
    case OP_SHARE:
    case OP_AND:
    case OP_OR:
    case OP_XOR:
    case OP_MASK:
    case OP_SELECT: return true;
    default: return opcode_draws(op) || opcode_sorts(op);
    }
}

static status box_begin(abb *base, abb_job *work, failure *err)
{
    box *b = box_of(base);
    void (*run)(job *) = work->op == OP_SHARE                                ? job_share
                         : work->op == OP_REVEAL                             ? job_reveal
                         : opcode_draws(work->op)                            ? job_draws
                         : work->op == OP_JOIN                               ? job_join
                         : opcode_sorts(work->op)                            ? job_sort
                         : opcode_rows[work->op].rounds == ROUNDS_ONE_SECRET ? job_decisions
                                                                             : job_products;
    status st = make_results(b, work, err);

    if (st) return st;
    st = comes_in_kinds(work->op) ? begin_by_kind(b, work, run, err) : job_begin(b, work, run, err);
    if (st) box_drop_results(b, work);
    return st;
}

static status box_finish(abb *base, failure *err)
{
    box *b = box_of(base);
    return job_finish_all(b, err);
}

status shamir_settle(abb *base, failure *err)
{
    box *b = box_of(base);
    status st;

    if (!b->audit) return OK;
    return (st = job_begin(b, NULL, check_point, err)) ? st : job_finish_all(b, err);
}

static void box_release(abb *base, void *secret)
{
    vec_free(box_of(base), secret);
}

static bool box_holds(const abb *base, uint32_t party, uint32_t member)
{
    const box *b = box_of(base);
    return b->launch->home[party][member] == b->self;
}

#define BOX_OPS                                                                                    \
    .run = box_run, .begin = box_begin, .finish = box_finish, .release = box_release,              \
    .holds = box_holds, .fork = box_fork, .other = box_other, .join = box_join

bool shamir_goes_on(void *c)
{
    return !channel_is_cancelled(c);
}

static const abb_ops shamir_ops = {.name = "shamir", BOX_OPS};
static const abb_ops cost_ops = {.name = "cost", .dry = true, BOX_OPS, .repeat = box_repeat};

/* --- opening and closing */

static void constants_of_dealing(box *b)
{
    unsigned points[NODES_MAX + 1] = {0};

    for (unsigned k = 0; k < b->threshold; k++) points[k + 1] = (b->self + 1 + k) % b->nodes + 1;
    for (unsigned node = 0; node < b->nodes; node++)
        lagrange(b->edge, b->dealing + (size_t)node * (b->threshold + 1), points, b->threshold + 1,
                 node + 1);
}

/* This node's coefficient among `count` nodes from `first` on, at 0; 0 when it is not one of them. */
static element coefficient(const box *b, unsigned first, unsigned count)
{
    unsigned points[NODES_MAX] = {0};
    element by[NODES_MAX], own = {0};

    for (unsigned k = 0; k < count; k++) points[k] = (first + k) % b->nodes + 1;
    lagrange(b->edge, by, points, count, 0);
    for (unsigned k = 0; k < count; k++)
        if (points[k] == b->self + 1) own = by[k];
    return own;
}

static void constants_of_opening(box *b)
{
    unsigned points[NODES_MAX];

    for (unsigned k = 0; k <= b->threshold; k++)
        points[k] = (b->self + b->nodes - k) % b->nodes + 1;
    lagrange(b->edge, b->opening, points, b->threshold + 1, 0);
}

static bool make_constants(box *b)
{
    b->dealing = calloc((size_t)b->nodes * (b->threshold + 1), sizeof *b->dealing);
    b->reducing = calloc(b->nodes, sizeof *b->reducing);
    b->opening = calloc(b->threshold + 1, sizeof *b->opening);
    if (!b->dealing || !b->reducing || !b->opening) return false;
    constants_of_dealing(b);
    if (!box_is_node(b)) return true;
    for (unsigned k = 0; k < b->nodes; k++)
        b->reducing[k] = coefficient(b, k, 2 * b->threshold + 1);
    constants_of_opening(b);
    return true;
}

static bool make_posts(box *b)
{
    b->post = calloc(b->members, sizeof *b->post);
    b->out = calloc(b->members, sizeof *b->out);
    b->in = calloc(b->members, sizeof *b->in);
    b->out_len = calloc(b->members, sizeof *b->out_len);
    b->in_len = calloc(b->members, sizeof *b->in_len);
    b->stopover = malloc(BOX_STOPOVER * b->edge->size);
    return b->stopover && b->post && b->out && b->in && b->out_len && b->in_len;
}

static int by_line(const void *a, const void *b)
{
    uint32_t x = ((const line_cost *)a)->line, y = ((const line_cost *)b)->line;
    return (x > y) - (x < y);
}

/* Calls count (when line is NULL) or collects the lines of all lanes that send messages. */
static size_t sending_lines(const program *p, line_cost *line)
{
    size_t found = 0;

    for (uint32_t k = 0; k < p->blocks; k++)
        for (uint32_t i = 0; i < p->block[k].len; i++) {
            const instr *in = &p->block[k].code[i];
            for (uint32_t l = 0; l < in->lanes; l++) {
                if (!lane_communicates(p, in->op, &in->lane[l])) continue;
                if (line) line[found].line = in->lane[l].at.line;
                found++;
            }
        }
    return found;
}

static bool make_lines(box *b)
{
    size_t all = sending_lines(b->base.program, NULL), kept = 0;

    b->line = calloc(all + 1, sizeof *b->line);
    b->line_waited = calloc(all + 1, sizeof *b->line_waited);
    if (!b->line || !b->line_waited) return false;
    sending_lines(b->base.program, b->line);
    qsort(b->line, all, sizeof *b->line, by_line);
    for (size_t k = 0; k < all; k++)
        if (!kept || b->line[kept - 1].line != b->line[k].line) b->line[kept++] = b->line[k];
    b->lines = kept;
    return true;
}

static void run_keys(job *j)
{
    keys_agree(j, job_box(j)->keys, job_box(j)->session_id);
}

/* The fields whose elements leader_mask.c and bits.h read as words: p61 and p127. */
static bool bits_serve(const field *f)
{
    return (f->bits == 61 || f->bits == 127) && field_is_mersenne(f);
}

/* The nodes stand at points 1 … n, which have to differ. */
static bool has_points(const program *p, unsigned nodes)
{
    return !p->prime || p->field_bits > 64 || p->prime[0] > nodes;
}

static status open_box(abb **out, const shamir_config *cfg, channel *ch, bool dry, failure *err)
{
    const launch *l = cfg->launch;
    box *b = calloc(1, sizeof *b);
    status st;

    if (!b) return fail_memory(err);
    b->base = (abb){.ops = dry ? &cost_ops : &shamir_ops, .program = cfg->program};
    b->launch = l;
    b->self = channel_self(ch), b->members = l->members;
    b->nodes = l->nodes, b->threshold = l->threshold;
    b->channel = ch;
    b->observer = dry ? NULL : cfg->observer;
    b->absent = dry ? NULL : cfg->absent;
    b->edge = field_open(cfg->program, dry);
    b->f = field_open(cfg->program, dry || !box_is_node(b));
    if (!b->edge || !b->f) {
        shamir_close(&b->base);
        return fail_memory(err);
    }
    if (l->absent && !dry && !b->absent) {
        shamir_close(&b->base);
        return fail(err, E_BUG, "", "nothing is here of the owners who submitted");
    }
    if (!has_points(cfg->program, b->nodes)) {
        shamir_close(&b->base);
        return fail(err, E_CONFIG, "", "the field has fewer numbers than there are nodes");
    }
    if (bits_serve(b->edge)) b->bits = bits_best();
    if (b->bits && !(b->form = value_forms(cfg->program, l))) {
        shamir_close(&b->base);
        return fail_memory(err);
    }
    if (!make_constants(b) || !make_posts(b) || !make_lines(b) || !(b->keys = keys_new(b)) ||
        !(b->fibers = fiber_pool_new()) || !(b->memory = scratch_new())) {
        shamir_close(&b->base);
        return fail_memory(err);
    }
    if (l->active && (st = audit_open(b, err))) {
        shamir_close(&b->base);
        return st;
    }
    memcpy(b->session_id, cfg->session_id, sizeof b->session_id);
    box_tell_phase(b, PHASE_KEYS);
    if (!(st = job_begin(b, NULL, run_keys, err))) st = job_finish_all(b, err);
    box_tell_phase(b, PHASE_MASKS);
    b->pool = cfg->recording, b->borrows_pool = cfg->recording;
    if (!st && !b->pool && !(st = pool_begin(b, cfg, err))) st = job_finish_all(b, err);
    if (st) {
        shamir_close(&b->base);
        return st;
    }
    box_tell_phase(b, PHASE_PROGRAM);
    *out = &b->base;
    return OK;
}

status shamir_open(abb **out, const shamir_config *cfg, channel *ch, failure *err)
{
    return open_box(out, cfg, ch, false, err);
}

status cost_open(abb **out, const shamir_config *cfg, unsigned self, failure *err)
{
    channel *counting = channel_counting(self, cfg->launch->members);
    status st;

    if (!counting) return fail_memory(err);
    if ((st = open_box(out, cfg, counting, true, err))) {
        channel_close(counting);
        return st;
    }
    box_of(*out)->owns_channel = true;
    return OK;
}

void shamir_close(abb *base)
{
    box *b;

    if (!base) return;
    b = box_of(base);
    for (size_t k = 0; k < b->jobs; k++) job_discard(b->job[k]);
    box_drop_behind(b);
    for (unsigned k = 0; b->post && k < b->members; k++) {
        free(b->post[k].out);
        free(b->post[k].in);
    }
    if (!b->borrows_pool) pool_free(b->pool);
    box_drop_kept(b);
    audit_close(b);
    keys_free(b->keys);
    fiber_pool_free(b->fibers);
    scratch_free(b->memory);
    if (b->owns_channel) channel_close(b->channel);
    if (b->stopover) OPENSSL_cleanse(b->stopover, BOX_STOPOVER * b->edge->size);
    free(b->stopover);
    free(b->job);
    free(b->post);
    free(b->out);
    free(b->in);
    free(b->out_len);
    free(b->in_len);
    free(b->form);
    free(b->dealing);
    free(b->reducing);
    free(b->opening);
    free(b->line);
    free(b->line_waited);
    field_close(b->f), field_close(b->edge);
    free(b);
}

/* --- what it cost, and where it is */

shamir_cost shamir_count(const abb *base)
{
    const box *b = box_of(base);
    channel_counters c = channel_count(b->channel);

    return (shamir_cost){.rounds = c.rounds,
                         .multiplications = b->multiplications,
                         .bytes = c.bytes_sent,
                         .bytes_besides = c.bytes_sent - b->bytes_of_lines,
                         .first_reveal = b->first_reveal,
                         .at_most = b->at_most,
                         .line = b->line,
                         .lines = b->lines};
}

shamir_progress shamir_where(const abb *base)
{
    const box *b = box_of(base);
    return (shamir_progress){.round = channel_count(b->channel).rounds,
                             .at = b->at,
                             .turn = base->turn,
                             .turns = base->turns,
                             .revealed = b->first_reveal > 0};
}
