/* The verifier: proves in one pass over the code that a program cannot go wrong in the interpreter or on a
 * box, and that nothing secret leaves but through a declared output. Trusts nothing that it reads. */
#include "vm/abb.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { EDITION_MAX = 1, FLOOR_MAX = WIDE_BITS };

typedef struct reveal_step {
    uint32_t output;
    uint64_t before, after; /* rows */
} reveal_step;

typedef struct checker {
    const program *p;
    failure *err;
    uint32_t *home;    /* [register] the block that wrote it, REG_NONE before */
    uint32_t *pending; /* [register] the run of instructions whose messages bring it, 0 for none */
    bool *inside;      /* [block] under way: its registers can be read */
    bool *entered;     /* [block] run by a control instruction, or block 0 */
    uint64_t *told;    /* [output] rows revealed on the path to here */
    uint32_t *told_by; /* [output] the run of instructions whose messages bring the latest, 0 for none */
    reveal_step *step; /* what has changed `told`, so that the other block of an IF begins where the first did */
    size_t steps, step_cap;
    bool any_reveal;
    uint32_t run; /* number of the run of instructions that begin together, from 1 */
    uint32_t block, index, lane, depth; /* where we are */
    uint32_t loops;                     /* around us */
    uint64_t rounds;                    /* of the innermost loop around us; 1 outside */
    const instr *x;
    const lane *l;
    arena *scratch; /* numbers of more than 126 bits */
} checker;

/* --- failing */

#define REFUSE(...) return fail(c->err, E_PROGRAM, "", __VA_ARGS__)

/* Says where in the code, and what. */
static status refuse(const checker *c, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
static status refuse(const checker *c, const char *fmt, ...)
{
    char what[256];
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(what, sizeof what, fmt, ap);
    va_end(ap);
    const char *name = c->x->op < OP_COUNT ? opcode_rows[c->x->op].name : "?";
    fail(c->err, E_PROGRAM, "", "block %u, instruction %u (`%s`), lane %u: %s", c->block, c->index,
         name, c->lane, what);
    if (c->l) fail_place(c->err, c->p, c->l->at);
    return E_PROGRAM;
}

/* --- declarations */

/* Items of a shape; 0 when it is not one that a value can have. */
static uint64_t shape_length(uint8_t rank, const uint64_t *dim)
{
    if (rank > AXES) return 0;
    uint64_t length = 1;
    for (unsigned k = 0; k < rank; k++) {
        if (dim[k] == 0 || dim[k] > LENGTH_MAX / length) return 0;
        length *= dim[k];
    }
    return length;
}

/* Whether items in the clear hold v. */
static bool item_holds(const program *p, wide v)
{
    num narrow;
    if (!p->extra) return wide_narrow(v, &narrow);
    return wide_fits(v) && wide_limbs(v) <= 2u + p->extra;
}

static bool range_valid(const program *p, uint8_t of, wide lo, wide hi)
{
    num most;
    if (wide_less(hi, lo) || !item_holds(p, lo) || !item_holds(p, hi)) return false;
    if (of == KIND_KEY) /* 0 … 2^bits - 1 */
        return !wide_sign(lo) && wide_narrow(hi, &most) && (most & (most + 1)) == 0;
    return of != KIND_BOOL || (wide_sign(lo) >= 0 && !wide_less(wide_of(1), hi));
}

static bool within_bits(wide lo, wide hi, unsigned bits)
{
    return wide_bits(lo) <= bits && wide_bits(hi) <= bits;
}

/* Whether a secret of this size can be told from a negative one in the field: it is at most (p - 1) / 2. */
static bool in_field(const program *p, wide lo, wide hi)
{
    return within_bits(lo, hi, p->field_bits - (p->prime ? 2u : 1u));
}

/* Whether there is room for the mask that hides it while it is compared or floored. */
static bool has_slack(const checker *c)
{
    const program *p = c->p;
    return !p->prime || decided_bits(p, (opcode)c->x->op, c->l) + SLACK_ROOM <= p->field_bits;
}

/* A prime of the length that is said. */
static bool is_prime_field(const program *p)
{
    const unsigned words = prime_limbs(p->field_bits);
    return p->field_bits <= PRIME_BITS && prime_bits(p->prime, words) == p->field_bits &&
           prime_is(p->prime, words);
}

static status check_meta(const checker *c)
{
    const program *p = c->p;
    if (p->edition > EDITION_MAX) REFUSE("edition %u is newer than this moot", p->edition);
    if (p->precision > PRECISION_MAX)
        REFUSE("a precision of %u bits is more than %d", p->precision, PRECISION_MAX);
    if (p->extra > WIDE_LIMBS - 2) REFUSE("items of %u words are too wide", p->extra + 2u);
    if (p->prime ? !is_prime_field(p) : p->field_bits != 61 && p->field_bits != 127)
        REFUSE("there is no field of %u bits", p->field_bits);
    return OK;
}

static status check_parties(const checker *c)
{
    for (uint32_t i = 0; i < c->p->parties; i++) {
        const party_decl *party = &c->p->party[i];
        if (!party->name || !*party->name) REFUSE("party %u has no name", i);
        if (party->size == 0 || party->size > MEMBERS_MAX || (!party->group && party->size != 1))
            REFUSE("party %u cannot have %u members", i, party->size);
    }
    return OK;
}

static status check_params(const checker *c)
{
    for (uint32_t i = 0; i < c->p->params; i++) {
        const param_decl *param = &c->p->param[i];
        bool kind_ok = param->kind == KIND_INT || param->kind == KIND_FIX;
        if (!param->name || !*param->name || !kind_ok || !item_holds(c->p, param->value))
            REFUSE("param %u has no name, or a value that is no number", i);
    }
    return OK;
}

static uint32_t port_members(const program *p, const port_decl *port)
{
    return port->party == PARTY_ALL ? 1 : p->party[port->party].size;
}

static status check_port(const checker *c, const port_decl *port, const char *what, uint32_t i)
{
    const program *p = c->p;
    bool input = *what == 'i';
    uint64_t length = shape_length(port->rank, port->dim);
    if (!port->name || !*port->name) REFUSE("%s %u has no name", what, i);
    if (port->party >= p->parties && (input || port->party != PARTY_ALL))
        REFUSE("%s %u belongs to a party that is not declared", what, i);
    if (port->kind > KIND_KEY || (!input && port->kind == KIND_KEY))
        REFUSE("%s %u has a kind that it cannot have", what, i);
    if (length == 0 || length > LENGTH_MAX / port_members(p, port))
        REFUSE("%s %u has a shape that no value can have", what, i);
    if (port->open && (!input || port->rank == 0))
        REFUSE("%s %u cannot have a private length", what, i);
    if (!range_valid(p, port->kind, port->lo, port->hi))
        REFUSE("%s %u has a range that no value can have", what, i);
    return OK;
}

static status check_ports(const checker *c)
{
    status st = OK;
    for (uint32_t i = 0; !st && i < c->p->inputs; i++)
        st = check_port(c, &c->p->input[i], "input", i);
    for (uint32_t i = 0; !st && i < c->p->outputs; i++)
        st = check_port(c, &c->p->output[i], "output", i);
    return st;
}

/* An int in 0 … p-1, of the program's prime. */
static bool is_modular(const checker *c, const reg *r)
{
    const program *p = c->p;
    uint64_t words[WIDE_LIMBS];
    if (r->kind != KIND_INT) return false;
    program_prime(p, words);
    words[0] -= 1;
    return !wide_sign(r->lo) && wide_equal(r->hi, wide_get(c->scratch, words, WIDE_LIMBS));
}

static status check_register(const checker *c, uint32_t i)
{
    const program *p = c->p;
    const reg *r = &p->reg[i];
    if (r->tag > TAG_SECRET || r->kind > KIND_KEY)
        REFUSE("register %u has a tag or kind that does not exist", i);
    if (r->tag == TAG_OWNED && r->owner >= p->parties)
        REFUSE("register %u is owned by a party that is not declared", i);
    if (shape_length(r->rank, r->dim) == 0)
        REFUSE("register %u has a shape that no value can have", i);
    if (r->open && (r->tag != TAG_OWNED || r->rank == 0))
        REFUSE("register %u cannot have a private length", i);
    if (!range_valid(p, r->kind, r->lo, r->hi))
        REFUSE("register %u has a range that no value can have", i);
    if (r->modular && !is_modular(c, r))
        REFUSE("register %u cannot hold what is computed modulo a prime", i);
    if (r->tag == TAG_SECRET && !r->modular && !in_field(p, r->lo, r->hi))
        REFUSE("register %u does not fit the field of %u bits", i, p->field_bits);
    return OK;
}

static status check_blocks(const checker *c)
{
    const program *p = c->p;
    if (p->blocks == 0) REFUSE("there is no code");
    const block *top = &p->block[0];
    if (top->parent || top->ins || top->outs) REFUSE("block 0 has inputs, outputs or a parent");
    return OK;
}

static status check_declarations(const checker *c)
{
    status st;
    if ((st = check_meta(c)) || (st = check_parties(c)) || (st = check_params(c)) ||
        (st = check_ports(c)))
        return st;
    for (uint32_t i = 0; !st && i < c->p->regs; i++) st = check_register(c, i);
    return st ? st : check_blocks(c);
}

/* --- reading and writing registers */

static status check_read(const checker *c, uint32_t r)
{
    if (r >= c->p->regs) return refuse(c, "there is no register %u", r);
    if (c->home[r] == REG_NONE) return refuse(c, "register %u is read before it is written", r);
    if (!c->inside[c->home[r]])
        return refuse(c, "register %u belongs to block %u, which has ended", r, c->home[r]);
    if (c->pending[r] == c->run)
        return refuse(c, "register %u comes with the messages of the same level", r);
    return OK;
}

static status write_register(checker *c, uint32_t r, uint32_t block_index, uint32_t pending)
{
    if (r >= c->p->regs) return refuse(c, "there is no register %u", r);
    if (c->home[r] != REG_NONE) return refuse(c, "register %u is written twice", r);
    c->home[r] = block_index;
    c->pending[r] = pending;
    return OK;
}

/* --- operands: counts and tags */

static const reg *in_reg(const checker *c, uint32_t k)
{
    return &c->p->reg[c->l->in[k]];
}

/* NULL when the result is absent. */
static const reg *out_reg(const checker *c, uint32_t k)
{
    return c->l->out[k] == REG_NONE ? NULL : &c->p->reg[c->l->out[k]];
}

static bool count_fits(uint8_t want, uint32_t have)
{
    return want == OPCODE_ANY || want == have;
}

static bool may_be_absent(opcode op)
{
    return op == OP_MAXIMUM || op == OP_JOIN || op == OP_REVEAL;
}

static status check_operands(const checker *c)
{
    const opcode_row *row = &opcode_rows[c->x->op];
    const lane *l = c->l;
    if (!count_fits(row->outs, l->outs) || !count_fits(row->ins, l->ins) ||
        !count_fits(row->imms, l->imms))
        return refuse(c, "wrong number of operands");
    status st = OK;
    for (uint32_t k = 0; !st && k < l->ins; k++) st = check_read(c, l->in[k]);
    for (uint32_t k = 0; !st && k < l->outs; k++) {
        bool absent = l->out[k] == REG_NONE && may_be_absent(c->x->op);
        if (!absent && l->out[k] >= c->p->regs)
            st = refuse(c, "there is no register %u", l->out[k]);
    }
    return st;
}

/* The tag and owner of what is computed from the lane's operands. */
static status join_tags(const checker *c, uint8_t *joined, uint32_t *owner)
{
    *joined = TAG_PUBLIC;
    for (uint32_t k = 0; k < c->l->ins; k++) {
        const reg *r = in_reg(c, k);
        if (!strchr(opcode_rows[c->x->op].where, "POS"[r->tag]))
            return refuse(c, "it does not take a %s value",
                          (const char *[]){"public", "party's own", "secret"}[r->tag]);
        if (r->tag == TAG_PUBLIC) continue;
        if (*joined != TAG_PUBLIC &&
            (*joined != r->tag || (r->tag == TAG_OWNED && *owner != r->owner)))
            return refuse(c, "a party's own value meets what that party does not have");
        *joined = r->tag;
        *owner = r->owner;
    }
    return OK;
}

/* What is public may be moved into a secret place. */
static bool may_lift(opcode op)
{
    return op == OP_VIEW || op == OP_CAT;
}

static status check_tags(const checker *c)
{
    uint8_t joined;
    uint32_t owner = 0;
    status st = join_tags(c, &joined, &owner);
    if (opcode_draws((opcode)c->x->op)) joined = TAG_SECRET;
    for (uint32_t k = 0; !st && k < c->l->outs; k++) {
        const reg *r = out_reg(c, k);
        if (!r) continue;
        bool lifted = may_lift(c->x->op) && joined == TAG_PUBLIC && r->tag == TAG_SECRET;
        if (!lifted && (r->tag != joined || (joined == TAG_OWNED && r->owner != owner)))
            st = refuse(c, "the result has another owner or visibility than the operands");
    }
    return st;
}

/* --- kinds */

static bool is_numeric(const reg *r)
{
    return r->kind == KIND_INT || r->kind == KIND_FIX;
}

/* int and fix are the same integers: which of the two is a matter of scale. */
static bool alike(const reg *a, const reg *b)
{
    return a->kind == b->kind || (is_numeric(a) && is_numeric(b));
}

static status wrong_kind(const checker *c)
{
    return refuse(c, "operands or result are of the wrong kind");
}

static status all_kinds(const checker *c, bool (*holds)(const reg *r))
{
    for (uint32_t k = 0; k < c->l->ins; k++)
        if (!holds(in_reg(c, k))) return wrong_kind(c);
    for (uint32_t k = 0; k < c->l->outs; k++)
        if (out_reg(c, k) && !holds(out_reg(c, k))) return wrong_kind(c);
    return OK;
}

static bool is_bool(const reg *r)
{
    return r->kind == KIND_BOOL;
}

static status check_kinds(const checker *c)
{
    const lane *l = c->l;
    bool fits = true;
    switch (c->x->op) {
    case OP_ADD:
    case OP_SUB:
    case OP_MUL:
    case OP_DIV:
    case OP_MOD:
    case OP_SUM:
    case OP_SUMS:
    case OP_MATMUL:
    case OP_ORDER:
    case OP_RANK:
    case OP_FLOOR: return all_kinds(c, is_numeric);
    case OP_SORT: fits = is_numeric(in_reg(c, 0)) && alike(in_reg(c, 1), out_reg(c, 0)); break;
    case OP_PICK:
        fits = alike(in_reg(c, 0), out_reg(c, 0)) && out_reg(c, 0)->kind != KIND_KEY &&
               is_numeric(in_reg(c, 1));
        break;
    case OP_JOIN: /* 0 is no key */
        fits = alike(in_reg(c, 0), in_reg(c, 1)) && in_reg(c, 2)->kind != KIND_KEY &&
               (!out_reg(c, 0) || is_bool(out_reg(c, 0))) &&
               (!out_reg(c, 1) || alike(in_reg(c, 2), out_reg(c, 1)));
        break;
    case OP_NOT:
    case OP_AND:
    case OP_OR:
    case OP_XOR: return all_kinds(c, is_bool);
    case OP_RANDOM: fits = is_bool(out_reg(c, 0)); break;
    case OP_IOTA:
    case OP_LENGTH: fits = is_numeric(out_reg(c, 0)); break;
    case OP_PAD:
        fits = alike(in_reg(c, 0), in_reg(c, 1)) && alike(in_reg(c, 0), out_reg(c, 0));
        break;
    case OP_INT: fits = is_bool(in_reg(c, 0)) && is_numeric(out_reg(c, 0)); break;
    case OP_MASK: /* it would make a key 0, which is none */
        fits = is_bool(in_reg(c, 1)) && alike(in_reg(c, 0), out_reg(c, 0)) &&
               out_reg(c, 0)->kind != KIND_KEY;
        break;
    case OP_SELECT:
        fits = is_bool(in_reg(c, 0)) && alike(in_reg(c, 1), out_reg(c, 0)) &&
               alike(in_reg(c, 2), out_reg(c, 0));
        break;
    case OP_LT:
        fits = in_reg(c, 0)->kind != KIND_KEY && alike(in_reg(c, 0), in_reg(c, 1)) &&
               is_bool(out_reg(c, 0));
        break;
    case OP_EQ: fits = alike(in_reg(c, 0), in_reg(c, 1)) && is_bool(out_reg(c, 0)); break;
    case OP_AT: /* 0 is no key */
        fits = is_numeric(in_reg(c, 1)) && in_reg(c, 0)->kind != KIND_KEY &&
               alike(in_reg(c, 0), out_reg(c, 0));
        break;
    case OP_MAXIMUM:
        fits = in_reg(c, 0)->kind != KIND_KEY &&
               (!out_reg(c, 0) || alike(in_reg(c, 0), out_reg(c, 0))) &&
               (!out_reg(c, 1) || is_numeric(out_reg(c, 1)));
        break;
    default: /* VIEW, CAT, SHUFFLE, PART, SHARE, REVEAL move values */
        for (uint32_t k = 0; k < l->ins; k++)
            for (uint32_t m = 0; m < l->outs; m++)
                fits &= !out_reg(c, m) || alike(in_reg(c, k), out_reg(c, m));
        break;
    }
    return fits ? OK : wrong_kind(c);
}

/* --- lengths */

static status wrong_length(const checker *c)
{
    return refuse(c, "lengths do not fit");
}

static uint64_t in_length(const checker *c, uint32_t k)
{
    return reg_length(in_reg(c, k));
}

static uint64_t out_length(const checker *c, uint32_t k)
{
    return reg_length(out_reg(c, k));
}

/* Rows of a value: how often its last axis stands in it. */
static uint64_t rows(const reg *r)
{
    return reg_length(r) / r->dim[r->rank - 1];
}

static bool same_openness(const reg *a, const reg *b)
{
    return a->open == b->open && (!a->open || rows(a) == rows(b));
}

static bool none_open(const checker *c)
{
    for (uint32_t k = 0; k < c->l->ins; k++)
        if (in_reg(c, k)->open) return false;
    for (uint32_t k = 0; k < c->l->outs; k++)
        if (out_reg(c, k) && out_reg(c, k)->open) return false;
    return true;
}

/* Elementwise: each operand's length divides the longest. Beside a private length the others are single
 * numbers or go with its rows, for how many items a row has is not known. */
static status check_pairs(const checker *c)
{
    const reg *longest = in_reg(c, 0), *out = out_reg(c, 0);
    for (uint32_t k = 1; k < c->l->ins; k++) {
        const reg *r = in_reg(c, k);
        if (r->open == longest->open ? reg_length(r) > reg_length(longest) : r->open) longest = r;
    }
    for (uint32_t k = 0; k < c->l->ins; k++) {
        const reg *r = in_reg(c, k);
        bool fits =
            r->open ? same_openness(r, longest) && reg_length(r) == reg_length(longest)
                    : (longest->open ? rows(longest) : reg_length(longest)) % reg_length(r) == 0;
        if (!fits) return wrong_length(c);
    }
    return same_openness(out, longest) && reg_length(out) == reg_length(longest) ? OK
                                                                                 : wrong_length(c);
}

/* imm[0] items of operand 0 are one run: a private length's runs are its rows. */
static bool runs_fit(const checker *c)
{
    const reg *in = in_reg(c, 0);
    int64_t inner = c->l->imm[0];
    return inner >= 1 && reg_length(in) % (uint64_t)inner == 0 &&
           (!in->open || (uint64_t)inner == in->dim[in->rank - 1]);
}

/* Results with one item for each run. */
static status check_runs(const checker *c)
{
    if (!runs_fit(c)) return wrong_length(c);
    uint64_t runs = in_length(c, 0) / (uint64_t)c->l->imm[0];
    bool any = false;
    for (uint32_t k = 0; k < c->l->outs; k++) {
        const reg *out = out_reg(c, k);
        if (out && (out->open || reg_length(out) != runs)) return wrong_length(c);
        any |= out != NULL;
    }
    return any ? OK : refuse(c, "it has no result");
}

static status check_running(const checker *c)
{
    bool fits = runs_fit(c) && same_openness(in_reg(c, 0), out_reg(c, 0)) &&
                in_length(c, 0) == out_length(c, 0);
    return fits ? OK : wrong_length(c);
}

/* As many places for each run of operand 0; the result has the shape of the places. */
static status check_pick(const checker *c)
{
    if (!runs_fit(c)) return wrong_length(c);
    const reg *places = in_reg(c, 1), *out = out_reg(c, 0);
    uint64_t runs = in_length(c, 0) / (uint64_t)c->l->imm[0];
    bool fits = (places->open ? rows(places) == runs : reg_length(places) % runs == 0) &&
                same_openness(places, out) && reg_length(places) == reg_length(out);
    return fits ? OK : wrong_length(c);
}

static status check_matmul(const checker *c)
{
    int64_t n = c->l->imm[0], d = c->l->imm[1], m = c->l->imm[2];
    int64_t most = (int64_t)LENGTH_MAX;
    if (n < 1 || d < 1 || m < 1 || n > most || d > most || m > most || !none_open(c))
        return wrong_length(c);
    bool fits = in_length(c, 0) == (uint64_t)(n * d) && in_length(c, 1) == (uint64_t)(d * m) &&
                out_length(c, 0) == (uint64_t)(n * m);
    return fits ? OK : wrong_length(c);
}

/* A private length can only be viewed as a whole, in order. */
static bool whole_view(const checker *c)
{
    const lane *l = c->l;
    int64_t stride = 1;
    for (uint32_t k = (l->imms - 1) / 2; k-- > 0;) {
        if (l->imm[2 + 2 * k] != stride) return false;
        stride *= l->imm[1 + 2 * k];
    }
    return l->imm[0] == 0;
}

/* The counts of a view are valid; the first and last place it reaches are as given. */
static bool view_extent(const lane *l, uint64_t *items, num *first, num *last)
{
    *items = 1;
    *first = *last = l->imm[0];
    for (uint32_t k = 0; k < (l->imms - 1) / 2; k++) {
        int64_t count = l->imm[1 + 2 * k];
        if (count < 1 || (uint64_t)count > LENGTH_MAX / *items) return false;
        *items *= (uint64_t)count;
        num reach = (num)(count - 1) * l->imm[2 + 2 * k];
        *(reach < 0 ? first : last) += reach;
    }
    return true;
}

static status check_view(const checker *c)
{
    const lane *l = c->l;
    uint64_t items;
    num first, last;
    if (l->imms % 2 == 0 || l->imms > 1 + 2 * VIEW_AXES || !view_extent(l, &items, &first, &last))
        return refuse(c, "it describes no view");
    if (first < 0 || last >= (num)in_length(c, 0))
        return refuse(c, "it reaches outside of its operand");
    bool open = in_reg(c, 0)->open;
    if (items != out_length(c, 0) || open != out_reg(c, 0)->open) return wrong_length(c);
    if (open && (items != in_length(c, 0) || !whole_view(c)))
        return refuse(c, "a private length can only be viewed as a whole");
    return OK;
}

static status check_cat(const checker *c)
{
    int64_t blocks = c->l->imm[0];
    uint64_t total = 0;
    if (blocks < 1 || c->l->ins == 0 || !none_open(c)) return wrong_length(c);
    for (uint32_t k = 0; k < c->l->ins; k++) {
        if (in_length(c, k) % (uint64_t)blocks) return wrong_length(c);
        total += in_length(c, k);
    }
    return total == out_length(c, 0) ? OK : wrong_length(c);
}

/* A constant's item is within a range. */
static bool item_within(const checker *c, num *v, uint64_t i, wide lo, wide hi)
{
    const unsigned extra = c->p->extra;
    wide item = extra ? wide_get(c->scratch, item_words(v, i, extra), 2 + extra) : wide_of_num(v[i]);
    return !wide_less(item, lo) && !wide_less(hi, item);
}

static status check_at(const checker *c)
{
    const reg *in = in_reg(c, 0);
    const uint64_t row = (uint64_t)c->l->imm[0], most = LENGTH_MAX;
    if (in_reg(c, 1)->tag != TAG_PUBLIC) return refuse(c, "only a public place can be looked at");
    if (row < 1 || row > most || reg_length(in) % row || !none_open(c)) return wrong_length(c);
    return out_length(c, 0) == row * in_length(c, 1) ? OK : wrong_length(c);
}

static status check_const(const checker *c)
{
    uint64_t index = (uint64_t)c->l->imm[0];
    const reg *out = out_reg(c, 0);
    if (index >= c->p->constants) return refuse(c, "there is no such constant");
    const constant *k = &c->p->constant[index];
    if (k->len != reg_length(out)) return wrong_length(c);
    for (uint64_t i = 0; i < k->len; i++)
        if (!item_within(c, k->v, i, out->lo, out->hi))
            return refuse(c, "the constant is outside of the register's range");
    return OK;
}

static status check_length(const checker *c)
{
    if (c->l->ins == 0) return wrong_length(c);
    const reg *first = in_reg(c, 0), *out = out_reg(c, 0);
    for (uint32_t k = 0; k < c->l->ins; k++) {
        const reg *in = in_reg(c, k);
        if (!in->open) return refuse(c, "only a private length has to be counted");
        if (in->dim[in->rank - 1] != first->dim[first->rank - 1]) return wrong_length(c);
    }
    return !out->open && reg_length(out) == 1 ? OK : wrong_length(c);
}

static status check_pad(const checker *c)
{
    const reg *in = in_reg(c, 0), *out = out_reg(c, 0);
    if (!in->open) return refuse(c, "only a private length has to be padded");
    bool fits = !in_reg(c, 1)->open && in_length(c, 1) == 1 && !out->open &&
                reg_length(in) == reg_length(out);
    return fits ? OK : wrong_length(c);
}

static status check_random(const checker *c)
{
    const reg *out = out_reg(c, 0);
    if (wide_sign(out->lo) > 0 || wide_less(out->hi, wide_of(1)))
        return refuse(c, "a bit may be outside of the register's range");
    return OK;
}

/* The operand is a number of whole tables. */
static status check_shuffle(const checker *c)
{
    int64_t rows_of_table = c->l->imm[0], width = c->l->imm[1], most = (int64_t)LENGTH_MAX;
    if (rows_of_table < 1 || width < 1 || rows_of_table > most || width > most || !none_open(c))
        return wrong_length(c);
    uint64_t len = in_length(c, 0), table = (uint64_t)rows_of_table * (uint64_t)width;
    return len % table == 0 && out_length(c, 0) == len ? OK : wrong_length(c);
}

/* Rows for all keys of whole runs. */
static status check_sort(const checker *c)
{
    bool fits = runs_fit(c) && none_open(c) && in_length(c, 1) % in_length(c, 0) == 0 &&
                in_length(c, 1) == out_length(c, 0);
    return fits ? OK : wrong_length(c);
}

static status check_join(const checker *c)
{
    int64_t items = c->l->imm[0], among = c->l->imm[1], most = (int64_t)LENGTH_MAX;
    if (items < 1 || among < 1 || items > most || among > most || !none_open(c))
        return wrong_length(c);
    uint64_t tables = in_length(c, 0) / (uint64_t)items, in = tables * (uint64_t)among;
    if (!tables || in_length(c, 0) != tables * (uint64_t)items || in_length(c, 1) != in ||
        in_length(c, 2) % in)
        return wrong_length(c);
    uint64_t width = in_length(c, 2) / in;
    for (uint32_t k = 0; k < 2; k++)
        if (out_reg(c, k) && out_length(c, k) != in_length(c, 0) * (k ? width : 1))
            return wrong_length(c);
    return out_reg(c, 0) || out_reg(c, 1) ? OK : refuse(c, "it has no result");
}

static bool difference_fits(const checker *c, const reg *a, const reg *b)
{
    arena *mem = c->scratch;
    return in_field(c->p, wide_sub(mem, a->lo, b->hi), wide_sub(mem, a->hi, b->lo)) && has_slack(c);
}

/* LT and EQ compare two operands, MAXIMUM, RANK and SORT the items of the first, JOIN those of the first two. */
static status check_difference(const checker *c)
{
    const bool pair = c->x->op == OP_LT || c->x->op == OP_EQ;
    const reg *a = in_reg(c, 0), *b = in_reg(c, pair ? 1 : 0);
    reg both = *a;
    if (c->x->op == OP_JOIN) {
        if (in_reg(c, 1)->tag == TAG_SECRET || in_reg(c, 2)->tag == TAG_SECRET)
            both.tag = TAG_SECRET;
        both.lo = wide_least(a->lo, in_reg(c, 1)->lo), both.hi = wide_most(a->hi, in_reg(c, 1)->hi);
        a = b = &both;
    }
    bool secret = a->tag == TAG_SECRET || b->tag == TAG_SECRET;
    if (secret && !difference_fits(c, a, b))
        return refuse(c, "the difference does not fit the field");
    return OK;
}

static status check_compared(const checker *c)
{
    status st = check_difference(c);
    if (st) return st;
    switch (c->x->op) {
    case OP_MAXIMUM: return check_runs(c);
    case OP_RANK: return check_running(c);
    case OP_SORT: return check_sort(c);
    case OP_JOIN: return check_join(c);
    default: return check_pairs(c);
    }
}

static status check_floor(const checker *c)
{
    const reg *a = in_reg(c, 0);
    if (c->l->imm[0] < 0 || c->l->imm[0] > FLOOR_MAX) return refuse(c, "no value has so many bits");
    if (a->tag == TAG_SECRET && !has_slack(c))
        return refuse(c, "there is no room for its mask in the field");
    return check_pairs(c);
}

/* --- across the border */

static status check_input(const checker *c)
{
    uint64_t index = (uint64_t)c->l->imm[0];
    const reg *out = out_reg(c, 0);
    if (index >= c->p->inputs) return refuse(c, "there is no such input");
    const port_decl *port = &c->p->input[index];
    const reg given = {
        .rank = port->rank, .open = port->open, .dim = {port->dim[0], port->dim[1], port->dim[2]}};
    if (out->tag != TAG_OWNED || out->owner != port->party)
        return refuse(c, "the result is not the input's owner's");
    if (out->kind != port->kind) return wrong_kind(c);
    if (reg_length(out) != reg_length(&given) || !same_openness(out, &given))
        return wrong_length(c);
    if (wide_less(port->lo, out->lo) || wide_less(out->hi, port->hi))
        return refuse(c, "the input may be outside of the register's range");
    return OK;
}

/* Each member its row: the operand has as many as the group has members. */
static status check_part(const checker *c)
{
    const reg *in = in_reg(c, 0), *out = out_reg(c, 0);
    if (in->tag != TAG_PUBLIC) return refuse(c, "only what is public is parted");
    if (out->tag != TAG_OWNED || out->open) return refuse(c, "a part is its member's own");
    if (wide_less(in->lo, out->lo) || wide_less(out->hi, in->hi))
        return refuse(c, "the part may be outside of the register's range");
    uint64_t members = c->p->party[out->owner].size;
    return out_length(c, 0) * members == in_length(c, 0) ? OK : wrong_length(c);
}

static status check_share(const checker *c)
{
    const reg *in = in_reg(c, 0), *out = out_reg(c, 0);
    if (in->tag != TAG_OWNED) return refuse(c, "only a party's own value is shared");
    if (out->tag != TAG_SECRET) return refuse(c, "what is shared is secret");
    if (in->open) return refuse(c, "a private length cannot be shared");
    if (c->block != 0) return refuse(c, "inputs are shared in block 0");
    if (c->any_reveal) return refuse(c, "all inputs are shared before the first reveal");
    return reg_length(in) * c->p->party[in->owner].size == reg_length(out) ? OK : wrong_length(c);
}

/* A reveal that divides in the clear opens what it divides: only to all, and only where the quotient gives
 * it back, that is for whole numbers and 1 <= divisor <= scale. */
static status check_division(const checker *c, const port_decl *port)
{
    const reg *in = in_reg(c, 0);
    const reveal_form form = lane_reveal(c->l);
    if (port->party != PARTY_ALL || in->tag != TAG_SECRET || in->kind != KIND_INT ||
        port->kind != KIND_FIX)
        return refuse(c, "only an int that all learn as fix is divided after it is opened");
    const wide by = wide_of(form.scale);
    num narrow;
    bool tells_all = form.divisor >= 1 && form.divisor <= form.scale &&
                     wide_narrow(wide_mul(c->scratch, in->lo, by), &narrow) &&
                     wide_narrow(wide_mul(c->scratch, in->hi, by), &narrow);
    if (!tells_all) return refuse(c, "the quotient must tell all of what it divides");
    return OK;
}

static status check_revealed_kind(const checker *c, const port_decl *port)
{
    if (lane_reveal(c->l).divides) return check_division(c, port);
    return in_reg(c, 0)->kind == port->kind ? OK : wrong_kind(c);
}

static status check_reveal(const checker *c)
{
    const reg *in = in_reg(c, 0), *out = out_reg(c, 0);
    if (c->l->imms < 1 || c->l->imms > 4) return refuse(c, "wrong number of operands");
    uint64_t index = (uint64_t)c->l->imm[0];
    if (index >= c->p->outputs) return refuse(c, "there is no such output");
    const port_decl *port = &c->p->output[index];
    if (in->tag == TAG_OWNED)
        return refuse(c, "a party's own value is shared before it is revealed");
    status st = check_revealed_kind(c, port);
    if (st) return st;
    const uint64_t rows = lane_reveal(c->l).by_row ? output_rows(port) : 1;
    if (reg_length(in) != shape_length(port->rank, port->dim) / rows * port_members(c->p, port))
        return wrong_length(c);
    if (!out) return OK;
    if (port->party != PARTY_ALL || out->tag != TAG_PUBLIC)
        return refuse(c, "only what all learn becomes public");
    return reg_length(out) == reg_length(in) ? OK : wrong_length(c);
}

/* What all have learned, when they have: it stands in the outputs of every member. */
static status check_told(const checker *c)
{
    uint64_t index = (uint64_t)c->l->imm[0];
    const reg *out = out_reg(c, 0);
    if (index >= c->p->outputs) return refuse(c, "there is no such output");
    const port_decl *port = &c->p->output[index];
    if (port->party != PARTY_ALL || out->tag != TAG_PUBLIC)
        return refuse(c, "only what all learn becomes public");
    if (c->told[index] != output_rows(port) || c->told_by[index] == c->run)
        return refuse(c, "output %u is not revealed yet", (unsigned)index);
    if (out->kind != port->kind) return wrong_kind(c);
    return reg_length(out) == shape_length(port->rank, port->dim) ? OK : wrong_length(c);
}

/* --- blocks that are run by others */

/* In 0 … p-1, where *out is what is modular. */
static bool is_reduced(const reg *r, const reg *out)
{
    return wide_sign(r->lo) >= 0 && !wide_less(out->hi, r->hi);
}

/* What a block's values may be passed as: the same, or from public to secret. */
static status check_pass(const checker *c, uint32_t from, uint32_t to)
{
    const reg *a = &c->p->reg[from], *b = &c->p->reg[to];
    bool same_tag = a->tag == b->tag && (a->tag != TAG_OWNED || a->owner == b->owner);
    if (!same_tag && (a->tag != TAG_PUBLIC || b->tag != TAG_SECRET))
        return refuse(c, "register %u cannot become register %u", from, to);
    if (!alike(a, b)) return wrong_kind(c);
    if (b->modular && !is_reduced(a, b))
        return refuse(c, "register %u is not reduced modulo the prime", from);
    return reg_length(a) == reg_length(b) && same_openness(a, b) ? OK : wrong_length(c);
}

static bool is_control(uint8_t op)
{
    return op == OP_LOOP || op == OP_UNTIL || op == OP_IF;
}

/* A block that this instruction may run, and has not run yet. */
static status enter_block(checker *c, int64_t which)
{
    const uint64_t index = (uint64_t)which;
    if (index <= c->block || index >= c->p->blocks || c->entered[index])
        return refuse(c, "block %llu cannot be its body", (unsigned long long)index);
    if (c->p->block[index].parent != c->block)
        return refuse(c, "block %llu stands in another block", (unsigned long long)index);
    if (c->depth >= NESTING_MAX) return refuse(c, "more than %d blocks in each other", NESTING_MAX);
    c->entered[index] = true;
    return OK;
}

static status check_block(checker *c, uint32_t index);

/* Verifies the block, with c at the control instruction before and after. */
static status check_body(checker *c, uint32_t index)
{
    const checker here = *c;
    c->block = index;
    c->depth++;
    if (c->x->op != OP_IF) c->loops++, c->rounds = (uint64_t)c->l->imm[0];
    status st = check_block(c, index);
    c->block = here.block, c->index = here.index, c->lane = here.lane, c->depth = here.depth;
    c->loops = here.loops, c->rounds = here.rounds, c->x = here.x, c->l = here.l;
    return st;
}

/* What decides about going on or which way: all know it, so that all do the same. */
static status check_condition(const checker *c, uint32_t r)
{
    const reg *b = &c->p->reg[r];
    bool fits = b->tag == TAG_PUBLIC && b->kind == KIND_BOOL && reg_length(b) == 1;
    return fits ? OK : refuse(c, "it decides by one public bool only");
}

static status check_loop(checker *c)
{
    const lane *l = c->l;
    if (l->imm[0] < 0 || l->imm[0] > ROUNDS_MAX)
        return refuse(c, "it cannot run %lld times", (long long)l->imm[0]);
    status st = enter_block(c, l->imm[1]);
    if (st) return st;
    const block *body = &c->p->block[l->imm[1]];
    if (l->ins != l->outs || l->ins != body->ins || l->ins + (c->x->op == OP_UNTIL) != body->outs)
        return refuse(c, "wrong number of operands");
    return OK;
}

static status run_loop(checker *c)
{
    const lane *l = c->l;
    status st = check_loop(c);
    if (st) return st;
    uint32_t index = (uint32_t)l->imm[1];
    const block *body = &c->p->block[index];
    for (uint32_t k = 0; !st && k < body->ins; k++)
        if (!(st = write_register(c, body->in[k], index, 0)))
            st = check_pass(c, l->in[k], body->in[k]);
    if (!st) st = check_body(c, index);
    for (uint32_t k = 0; !st && k < l->outs; k++)
        if (!(st = check_pass(c, body->out[k], body->in[k])))
            st = check_pass(c, body->out[k], l->out[k]);
    if (!st && c->x->op == OP_UNTIL) st = check_condition(c, body->out[l->outs]);
    for (uint32_t k = 0; !st && k < l->ins; k++)
        st = check_pass(c, l->in[k], l->out[k]); /* after no round */
    return st;
}

/* One way that an IF can go: nothing comes in but what it sees around it. */
static status run_way(checker *c, int64_t which)
{
    status st = enter_block(c, which);
    if (st) return st;
    const block *way = &c->p->block[which];
    if (way->ins || way->outs != c->l->outs) return refuse(c, "wrong number of operands");
    st = check_body(c, (uint32_t)which);
    for (uint32_t k = 0; !st && k < way->outs; k++) st = check_pass(c, way->out[k], c->l->out[k]);
    return st;
}

/* Takes back what was revealed since `from`; returns how many rows that were. */
static uint64_t take_back(checker *c, size_t from)
{
    uint64_t rows = 0;
    for (size_t k = c->steps; k-- > from;) {
        c->told[c->step[k].output] = c->step[k].before;
        rows += c->step[k].after - c->step[k].before;
    }
    return rows;
}

/* Both ways reveal the same rows: where they do, the second brings every output of the first to where the first
 * brought it, and no other. */
static status run_if(checker *c)
{
    const size_t from = c->steps;
    status st = check_condition(c, c->l->in[0]);
    if (st || (st = run_way(c, c->l->imm[0]))) return st;
    const size_t middle = c->steps;
    const uint64_t first = take_back(c, from);
    if ((st = run_way(c, c->l->imm[1]))) return st;
    uint64_t second = 0;
    for (size_t k = middle; k < c->steps; k++) second += c->step[k].after - c->step[k].before;
    bool same = first == second;
    for (size_t k = from; k < middle; k++)
        same = same && c->told[c->step[k].output] >= c->step[k].after;
    /* what is around sees the second's alone */
    if (c->steps > from)
        memmove(c->step + from, c->step + middle, (c->steps - middle) * sizeof *c->step);
    c->steps -= middle - from;
    return same ? OK : refuse(c, "its blocks reveal different outputs");
}

/* --- instructions */

static status check_shapes(const checker *c)
{
    switch (c->x->op) {
    case OP_CONST: return check_const(c);
    case OP_VIEW: return check_view(c);
    case OP_CAT: return check_cat(c);
    case OP_AT: return check_at(c);
    case OP_LENGTH: return check_length(c);
    case OP_PAD: return check_pad(c);
    case OP_SUM: return check_runs(c);
    case OP_SUMS:
    case OP_ORDER: return check_running(c);
    case OP_PICK: return check_pick(c);
    case OP_MATMUL: return check_matmul(c);
    case OP_LT:
    case OP_EQ:
    case OP_SORT:
    case OP_RANK:
    case OP_JOIN:
    case OP_MAXIMUM: return check_compared(c);
    case OP_FLOOR: return check_floor(c);
    case OP_RANDOM: return check_random(c);
    case OP_SHUFFLE: return check_shuffle(c);
    case OP_IOTA: return OK;
    default: return check_pairs(c);
    }
}

/* Results modulo the prime are computed from numbers of the field, or only moved from what is in 0 … p-1 already. */
static status check_modulus(const checker *c)
{
    static const bool computes[OP_COUNT] = {
        [OP_ADD] = true,  [OP_SUB] = true,    [OP_MUL] = true,  [OP_SUM] = true,
        [OP_SUMS] = true, [OP_MATMUL] = true, [OP_VIEW] = true, [OP_AT] = true};
    for (uint32_t k = 0; k < c->l->outs; k++) {
        const reg *out = out_reg(c, k);
        if (!out || !out->modular) continue;
        for (uint32_t m = 0; m < c->l->ins; m++) {
            const reg *in = in_reg(c, m);
            if (is_reduced(in, out)) continue;
            if (!computes[c->x->op])
                return refuse(c, "what it moves is not reduced modulo the prime");
            if (out->tag == TAG_SECRET && !in_field(c->p, in->lo, in->hi))
                return refuse(c, "an operand is no number of the field");
        }
    }
    return OK;
}

/* What is computed, in contrast to what crosses the border. */
static status check_computed(const checker *c)
{
    status st;
    if ((st = check_tags(c)) || (st = check_kinds(c))) return st;
    return check_shapes(c);
}

static status check_lane(checker *c)
{
    status st = check_operands(c);
    if (st || (!is_control(c->x->op) && (st = check_modulus(c)))) return st;
    switch (c->x->op) {
    case OP_INPUT: return check_input(c);
    case OP_PART: st = check_kinds(c); return st ? st : check_part(c);
    case OP_SHARE: st = check_kinds(c); return st ? st : check_share(c);
    case OP_REVEAL: st = check_kinds(c); return st ? st : check_reveal(c);
    case OP_TOLD: return check_told(c);
    case OP_LOOP:
    case OP_UNTIL: return run_loop(c);
    case OP_IF: return run_if(c);
    default: return check_computed(c);
    }
}

/* Once on every path: all of it outside of loops, or its rows one after the other. */
static status check_rows(const checker *c, uint32_t index)
{
    const port_decl *port = &c->p->output[index];
    const reveal_form form = lane_reveal(c->l);
    const uint64_t told = c->told[index], rows = output_rows(port);
    if (!form.by_row && c->loops) return refuse(c, "a loop reveals an output row by row");
    if (form.by_row && c->loops > 1) return refuse(c, "it stands in more than one loop");
    if (form.by_row && !port->rank) return refuse(c, "output %u has no rows", index);
    if (told == rows || (!form.by_row && told))
        return refuse(c, "output %u is revealed twice", index);
    if (form.by_row && (form.row < 0 || (uint64_t)form.row != told || c->rounds > rows - told))
        return refuse(c, "row %lld of output %u comes out of turn", (long long)form.row, index);
    return OK;
}

static status note_reveal(checker *c, uint32_t pending)
{
    const uint32_t index = (uint32_t)c->l->imm[0];
    status st = check_rows(c, index);
    if (st) return st;
    if (c->steps == c->step_cap) {
        size_t cap = c->step_cap ? 2 * c->step_cap : 8;
        reveal_step *step = realloc(c->step, cap * sizeof *step);
        if (!step) return fail_memory(c->err);
        c->step = step, c->step_cap = cap;
    }
    const uint64_t before = c->told[index];
    const uint64_t rows = lane_reveal(c->l).by_row ? c->rounds : output_rows(&c->p->output[index]);
    c->step[c->steps++] = (reveal_step){index, before, before + rows};
    c->told[index] = before + rows, c->told_by[index] = pending;
    c->any_reveal = true;
    return OK;
}

/* Notes what the lane leaves behind. What comes with messages cannot be used by its own level. */
static status finish_lane(checker *c)
{
    uint32_t pending = lane_communicates(c->p, c->x->op, c->l) ? c->run : 0;
    status st = OK;
    for (uint32_t k = 0; !st && k < c->l->outs; k++)
        if (c->l->out[k] != REG_NONE) st = write_register(c, c->l->out[k], c->block, pending);
    if (!st && c->x->op == OP_REVEAL) st = note_reveal(c, pending);
    return st;
}

static status check_run(checker *c, const block *b)
{
    const instr *x = c->x;
    bool joins_block =
        x->together && (c->index == 0 || is_control(x->op) || is_control(b->code[c->index - 1].op));
    if (joins_block) return refuse(c, "there is no level that it could join");
    if (x->lanes == 0 || (is_control(x->op) && x->lanes != 1))
        return refuse(c, "it cannot have %u lanes", x->lanes);
    return OK;
}

/* The lanes are independent: all are read before any is written. */
static status check_instr(checker *c, const block *b)
{
    c->l = NULL;
    c->lane = 0;
    if (c->x->op >= OP_COUNT) return refuse(c, "there is no such instruction");
    status st = check_run(c, b);
    c->run += !c->x->together;
    for (uint32_t i = 0; !st && i < c->x->lanes; i++) {
        c->lane = i;
        c->l = &c->x->lane[i];
        st = check_lane(c);
    }
    for (uint32_t i = 0; !st && i < c->x->lanes; i++) {
        c->lane = i;
        c->l = &c->x->lane[i];
        st = finish_lane(c);
    }
    return st;
}

static status check_block(checker *c, uint32_t index)
{
    const block *b = &c->p->block[index];
    status st = OK;
    c->inside[index] = true;
    for (uint32_t i = 0; !st && i < b->len; i++) {
        c->index = i;
        c->x = &b->code[i];
        st = check_instr(c, b);
    }
    c->run++; /* whatever was begun is there at the end */
    for (uint32_t k = 0; !st && k < b->outs; k++) st = check_read(c, b->out[k]);
    c->inside[index] = false;
    return st;
}

/* --- the whole */

static status check_complete(const checker *c)
{
    for (uint32_t i = 0; i < c->p->outputs; i++)
        if (c->told[i] != output_rows(&c->p->output[i]))
            REFUSE("output `%s` is never revealed", c->p->output[i].name);
    for (uint32_t b = 0; b < c->p->blocks; b++)
        if (!c->entered[b]) REFUSE("block %u is never run", b);
    return OK;
}

static status check_code(checker *c)
{
    c->entered[0] = true;
    memset(c->home, 0xff, ((size_t)c->p->regs + 1) * sizeof *c->home); /* REG_NONE */
    status st = check_block(c, 0);
    return st ? st : check_complete(c);
}

static status verify(checker *c)
{
    const program *p = c->p;
    status st = check_declarations(c);
    if (st) return st;
    c->home = malloc(((size_t)p->regs + 1) * sizeof *c->home);
    c->pending = calloc((size_t)p->regs + 1, sizeof *c->pending);
    c->inside = calloc((size_t)p->blocks + 1, sizeof *c->inside);
    c->entered = calloc((size_t)p->blocks + 1, sizeof *c->entered);
    c->told = calloc((size_t)p->outputs + 1, sizeof *c->told);
    c->told_by = calloc((size_t)p->outputs + 1, sizeof *c->told_by);
    bool whole = c->home && c->pending && c->inside && c->entered && c->told && c->told_by;
    st = whole ? check_code(c) : fail_memory(c->err);
    free(c->home);
    free(c->pending);
    free(c->inside);
    free(c->entered);
    free(c->told);
    free(c->told_by);
    free(c->step);
    return st;
}

status program_verify(const program *p, failure *err)
{
    jmp_buf oom;
    arena scratch = {.oom = &oom};
    checker c = {.p = p, .err = err, .scratch = &scratch, .rounds = 1};
    status st = setjmp(oom) ? fail_memory(err) : verify(&c);
    arena_free(&scratch);
    return st;
}
