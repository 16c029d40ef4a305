/* How a program is written to bytes and read back. Every section is described once, by a function that
 * writes or reads through the same codec, so the two cannot drift apart. */
#include "vm/bytecode.h"

#include <stdlib.h>
#include <string.h>

#define ANY OPCODE_ANY
#define NEVER ROUNDS_NEVER
#define ONE_SECRET ROUNDS_ONE_SECRET
#define TWO_SECRETS ROUNDS_TWO_SECRETS
#define ALWAYS ROUNDS_ALWAYS
const opcode_row opcode_rows[OP_COUNT] = {
#define OPCODE(name, text, outs, ins, imms, where, rounds, doc)                                    \
    [OP_##name] = {text, outs, ins, imms, where, rounds, doc},
#include "vm/opcodes.def"
#undef OPCODE
};

uint64_t reg_length(const reg *r)
{
    uint64_t length = 1;
    for (unsigned k = 0; k < r->rank && k < AXES; k++)
        length = r->dim[k] && length > UINT64_MAX / r->dim[k] ? UINT64_MAX : length * r->dim[k];
    return length;
}

void program_prime(const program *p, uint64_t out[WIDE_LIMBS])
{
    memset(out, 0, WIDE_LIMBS * sizeof *out);
    if (p->prime)
        memcpy(out, p->prime, prime_limbs(p->field_bits) * sizeof *out);
    else
        prime_mersenne(p->field_bits, out);
}

static unsigned range_bits(const reg *r)
{
    unsigned lo = wide_bits(r->lo), hi = wide_bits(r->hi);
    return lo > hi ? lo : hi;
}

unsigned decided_bits(const program *p, opcode op, const lane *l)
{
    const reg *a = &p->reg[l->in[0]],
              *b = op == OP_LT || op == OP_EQ || op == OP_JOIN ? &p->reg[l->in[1]] : a;
    unsigned bits = range_bits(a) > range_bits(b) ? range_bits(a) : range_bits(b);
    bool may_add_up = wide_sign(a->lo) < 0 || wide_sign(b->lo) < 0;
    if (op == OP_FLOOR) return bits;
    /* Between equal keys of a sort, the places decide. */
    unsigned places =
        opcode_sorts(op) ? num_bits((num)l->imm[0] + (op == OP_JOIN ? l->imm[1] : 0)) : 0;
    return bits + may_add_up > places ? bits + may_add_up : places;
}

unsigned lane_blocks(opcode op, const lane *l, uint32_t out[2])
{
    if (op == OP_IF) out[0] = (uint32_t)l->imm[0], out[1] = (uint32_t)l->imm[1];
    if (op == OP_LOOP || op == OP_UNTIL) out[0] = (uint32_t)l->imm[1];
    return op == OP_IF ? 2 : op == OP_LOOP || op == OP_UNTIL;
}

reveal_form lane_reveal(const lane *l)
{
    reveal_form form = {.by_row = l->imms % 2 == 0, .divides = l->imms > 2};
    if (form.by_row) form.row = l->imm[1];
    if (form.divides) form.scale = l->imm[l->imms - 2], form.divisor = l->imm[l->imms - 1];
    return form;
}

uint64_t output_rows(const port_decl *o)
{
    return o->rank ? o->dim[0] : 1;
}

void program_free(program *p)
{
    if (!p) return;
    arena_free(&p->mem);
    free(p);
}

void fail_place(failure *err, const program *p, place at)
{
    if (at.line)
        fail_add(err, "  --> %s%s%u:%u", p->file ? p->file : "line ", p->file ? ":" : "", at.line,
                 at.col);
}

/* --- the codec: writes to `out`, or reads from at … end into `mem` */

typedef struct codec {
    buffer *out; /* NULL when reading */
    const uint8_t *at, *end;
    arena *mem;
    unsigned extra; /* words of an item beyond two: the program's */
    bool bad;       /* the bytes ended, or are not what was expected; what is read then is zero */
} codec;

static size_t left(const codec *c)
{
    return (size_t)(c->end - c->at);
}

static void code_bytes(codec *c, void *data, size_t len)
{
    if (c->out) {
        buffer_append(c->out, data, len);
    } else if (c->bad || left(c) < len) {
        c->bad = true;
        if (len) memset(data, 0, len);
    } else if (len) {
        memcpy(data, c->at, len);
        c->at += len;
    }
}

/* An unsigned number of `size` bytes, little-endian. */
static unum code_unsigned(codec *c, unum v, unsigned size)
{
    uint8_t bytes[sizeof v];
    for (unsigned k = 0; k < size; k++) bytes[k] = (uint8_t)(v >> (8 * k));
    code_bytes(c, bytes, size);
    v = 0;
    for (unsigned k = size; k-- > 0;) v = v << 8 | bytes[k];
    return v;
}

/* Writing leaves the program as it is: sessions on other threads may be reading it. */
static void code_u8(codec *c, uint8_t *v)
{
    uint8_t coded = (uint8_t)code_unsigned(c, *v, 1);
    if (!c->out) *v = coded;
}

static void code_u16(codec *c, uint16_t *v)
{
    uint16_t coded = (uint16_t)code_unsigned(c, *v, 2);
    if (!c->out) *v = coded;
}

static void code_u32(codec *c, uint32_t *v)
{
    uint32_t coded = (uint32_t)code_unsigned(c, *v, 4);
    if (!c->out) *v = coded;
}

static void code_u64(codec *c, uint64_t *v)
{
    uint64_t coded = (uint64_t)code_unsigned(c, *v, 8);
    if (!c->out) *v = coded;
}

static void code_i64(codec *c, int64_t *v)
{
    int64_t coded = (int64_t)(uint64_t)code_unsigned(c, (uint64_t)*v, 8);
    if (!c->out) *v = coded;
}

static void code_words(codec *c, uint64_t *v, unsigned words)
{
    for (unsigned k = 0; k < words; k++) code_u64(c, &v[k]);
}

/* An integer, as wide as an item in the clear is in this program. */
static void code_wide(codec *c, wide *v)
{
    uint64_t word[WIDE_LIMBS] = {0};
    const unsigned words = 2 + c->extra;
    if (c->out && wide_fits(*v) && wide_limbs(*v) <= words) wide_put(word, words, *v);
    code_words(c, word, words);
    if (c->out) return;
    *v = wide_get(c->mem, word, words);
    if (wide_fits(*v)) return;
    c->bad = true;
    *v = wide_of(0);
}

static size_t wide_size(const codec *c)
{
    return item_size(c->extra);
}

static void code_bool(codec *c, bool *v)
{
    uint8_t byte = *v;
    code_u8(c, &byte);
    if (!c->out) *v = byte == 1;
    c->bad |= byte > 1;
}

/* How many items follow, each of at least `least` bytes: a count that the rest cannot hold is bad before
 * anything is allocated for it. */
static void code_count(codec *c, uint32_t *n, size_t least)
{
    code_u32(c, n);
    if (!c->out && *n > left(c) / least) {
        c->bad = true;
        *n = 0;
    }
}

/* A counted array; *items, a pointer of any type, becomes fresh zeroed memory when reading. */
static void code_array(codec *c, void *items, uint32_t *n, size_t size, size_t least)
{
    code_count(c, n, least);
    if (c->out) return;
    void *fresh = arena_alloc(c->mem, *n * size);
    memcpy(items, &fresh, sizeof fresh);
}

static void code_string(codec *c, char **s)
{
    uint32_t len = *s ? (uint32_t)strlen(*s) : 0;
    code_count(c, &len, 1);
    if (!c->out) *s = arena_alloc(c->mem, (size_t)len + 1);
    if (len) code_bytes(c, *s, len);
}

static void code_place(codec *c, place *at)
{
    code_u32(c, &at->line);
    code_u32(c, &at->col);
}

/* --- sections */

static const uint8_t magic[8] = {'m', 'o', 'o', 't', 'c', 'o', 'd', 'e'};

enum { FORMAT_VERSION = 2 };

/* In the order they stand in. From SECTION_NAMES on they are strippable. */
typedef enum section {
    SECTION_META = 1,
    SECTION_PARTIES,
    SECTION_PARAMS,
    SECTION_INPUTS,
    SECTION_OUTPUTS,
    SECTION_CONSTANTS,
    SECTION_REGISTERS,
    SECTION_BLOCKS,
    SECTION_LINES,
    SECTION_NAMES,
    SECTION_SOURCE
} section;

static void code_meta(codec *c, program *p)
{
    code_u32(c, &p->edition);
    code_u32(c, &p->precision);
    code_u16(c, &p->field_bits);
    code_u8(c, &p->extra);
    bool prime = p->prime != NULL;
    code_bool(c, &prime);
    c->bad |= p->extra > WIDE_LIMBS - 2 || p->field_bits > PRIME_BITS;
    if (c->bad) return;
    c->extra = p->extra;
    if (!prime) return;
    const unsigned words = prime_limbs(p->field_bits);
    if (!c->out) p->prime = arena_alloc(c->mem, words * sizeof *p->prime);
    code_words(c, p->prime, words);
}

static void code_parties(codec *c, program *p)
{
    code_array(c, &p->party, &p->parties, sizeof *p->party, 9);
    for (uint32_t i = 0; i < p->parties; i++) {
        code_string(c, &p->party[i].name);
        code_bool(c, &p->party[i].group);
        code_u32(c, &p->party[i].size);
    }
}

static void code_params(codec *c, program *p)
{
    code_array(c, &p->param, &p->params, sizeof *p->param, 5 + wide_size(c));
    for (uint32_t i = 0; i < p->params; i++) {
        code_string(c, &p->param[i].name);
        code_wide(c, &p->param[i].value);
        code_u8(c, &p->param[i].kind);
    }
}

/* Axes that are not used are not written: whatever stood there cannot matter. */
static void code_shape(codec *c, uint8_t *rank, uint64_t *dim)
{
    code_u8(c, rank);
    c->bad |= *rank > AXES;
    for (unsigned k = 0; k < *rank && k < AXES; k++) code_u64(c, &dim[k]);
}

static void code_ports(codec *c, port_decl **port, uint32_t *ports)
{
    code_array(c, port, ports, sizeof **port, 11 + 2 * wide_size(c));
    for (port_decl *q = *port; q < *port + *ports; q++) {
        code_string(c, &q->name);
        code_u32(c, &q->party);
        code_u8(c, &q->kind);
        code_bool(c, &q->open);
        code_shape(c, &q->rank, q->dim);
        code_wide(c, &q->lo);
        code_wide(c, &q->hi);
    }
}

static void code_inputs(codec *c, program *p)
{
    code_ports(c, &p->input, &p->inputs);
}

static void code_outputs(codec *c, program *p)
{
    code_ports(c, &p->output, &p->outputs);
}

static void code_constants(codec *c, program *p)
{
    code_array(c, &p->constant, &p->constants, sizeof *p->constant, 4);
    for (constant *k = p->constant; k < p->constant + p->constants; k++) {
        uint32_t len = (uint32_t)k->len;
        code_array(c, &k->v, &len, wide_size(c), wide_size(c));
        if (!c->out) k->len = len;
        for (uint32_t i = 0; i < len; i++)
            code_words(c, item_words(k->v, i, c->extra), 2 + c->extra);
    }
}

static void code_registers(codec *c, program *p)
{
    code_array(c, &p->reg, &p->regs, sizeof *p->reg, 5 + 2 * wide_size(c));
    for (reg *r = p->reg; r < p->reg + p->regs; r++) {
        code_u8(c, &r->tag);
        code_u8(c, &r->kind);
        code_bool(c, &r->modular);
        code_bool(c, &r->open);
        if (r->tag == TAG_OWNED) code_u32(c, &r->owner);
        code_shape(c, &r->rank, r->dim);
        code_wide(c, &r->lo);
        code_wide(c, &r->hi);
    }
}

static void code_indices(codec *c, uint32_t **index, uint32_t *n)
{
    code_array(c, index, n, sizeof **index, 4);
    for (uint32_t i = 0; i < *n; i++) code_u32(c, &(*index)[i]);
}

static void code_lane(codec *c, lane *l)
{
    code_indices(c, &l->out, &l->outs);
    code_indices(c, &l->in, &l->ins);
    code_array(c, &l->imm, &l->imms, sizeof *l->imm, 8);
    for (uint32_t i = 0; i < l->imms; i++) code_i64(c, &l->imm[i]);
}

static void code_instr(codec *c, instr *x)
{
    code_u8(c, &x->op);
    code_bool(c, &x->together);
    code_array(c, &x->lane, &x->lanes, sizeof *x->lane, 12);
    for (uint32_t i = 0; i < x->lanes; i++) code_lane(c, &x->lane[i]);
}

static void code_blocks(codec *c, program *p)
{
    code_array(c, &p->block, &p->blocks, sizeof *p->block, 16);
    for (block *b = p->block; b < p->block + p->blocks; b++) {
        code_u32(c, &b->parent);
        code_indices(c, &b->in, &b->ins);
        code_indices(c, &b->out, &b->outs);
        code_array(c, &b->code, &b->len, sizeof *b->code, 6);
        for (uint32_t i = 0; i < b->len; i++) code_instr(c, &b->code[i]);
    }
}

/* The places of all that the sections before have read. */
static void code_lines(codec *c, program *p)
{
    code_place(c, &p->field_at);
    for (uint32_t i = 0; i < p->inputs; i++) code_place(c, &p->input[i].at);
    for (uint32_t i = 0; i < p->outputs; i++) code_place(c, &p->output[i].at);
    for (block *b = p->block; b < p->block + p->blocks; b++)
        for (instr *x = b->code; x < b->code + b->len; x++)
            for (uint32_t i = 0; i < x->lanes; i++) code_place(c, &x->lane[i].at);
}

static void code_names(codec *c, program *p)
{
    code_string(c, &p->name);
    code_string(c, &p->file);
}

static void code_source(codec *c, program *p)
{
    code_string(c, &p->source);
}

typedef struct section_codec {
    section id;
    void (*code)(codec *c, program *p);
} section_codec;

static const section_codec sections[] = {
    {SECTION_META, code_meta},           {SECTION_PARTIES, code_parties},
    {SECTION_PARAMS, code_params},       {SECTION_INPUTS, code_inputs},
    {SECTION_OUTPUTS, code_outputs},     {SECTION_CONSTANTS, code_constants},
    {SECTION_REGISTERS, code_registers}, {SECTION_BLOCKS, code_blocks},
    {SECTION_LINES, code_lines},         {SECTION_NAMES, code_names},
    {SECTION_SOURCE, code_source},
};

enum { SECTIONS = sizeof sections / sizeof *sections };

/* --- writing */

static bool has_text(const char *s)
{
    return s && *s;
}

/* Whether p has anything for a section; those that are not strippable are always written. */
static bool is_written(const program *p, section id)
{
    if (id == SECTION_NAMES) return has_text(p->name) || has_text(p->file);
    return id != SECTION_SOURCE || p->source;
}

static void write_section(codec *c, const section_codec *s, program *p)
{
    uint8_t length[8];
    code_unsigned(c, s->id, 4);
    code_unsigned(c, 0, sizeof length);
    size_t start = c->out->len;
    s->code(c, p);
    if (c->out->failed) return;
    for (unsigned k = 0; k < sizeof length; k++)
        length[k] = (uint8_t)((uint64_t)(c->out->len - start) >> (8 * k));
    memcpy(c->out->data + start - sizeof length, length, sizeof length);
}

void program_encode(const program *p, buffer *out)
{
    codec c = {.out = out};
    program shallow = *p; /* the codec takes what it could change; writing changes nothing */
    buffer_append(out, magic, sizeof magic);
    code_unsigned(&c, FORMAT_VERSION, 4);
    for (size_t i = 0; i < SECTIONS; i++)
        if (is_written(p, sections[i].id)) write_section(&c, &sections[i], &shallow);
}

/* --- reading */

/* Reads the header of the next section; false when no section with this id follows. */
static bool next_section(codec *c, section id, uint64_t *length)
{
    codec ahead = *c;
    bool follows = code_unsigned(&ahead, 0, 4) == id;
    *length = (uint64_t)code_unsigned(&ahead, 0, 8);
    if (ahead.bad || !follows || *length > left(&ahead)) return false;
    *c = ahead;
    return true;
}

static bool read_section(codec *c, const section_codec *s, program *p)
{
    uint64_t length;
    if (!next_section(c, s->id, &length)) return s->id >= SECTION_NAMES;
    const uint8_t *end = c->end;
    c->end = c->at + length;
    s->code(c, p);
    bool whole = !c->bad && c->at == c->end;
    c->end = end;
    return whole;
}

static status read_header(codec *c, failure *err)
{
    uint8_t start[sizeof magic];
    code_bytes(c, start, sizeof start);
    if (c->bad || memcmp(start, magic, sizeof magic))
        return fail(err, E_PROGRAM, "", "this is not moot bytecode");
    uint32_t version = (uint32_t)code_unsigned(c, 0, 4);
    if (version != FORMAT_VERSION)
        return fail(err, E_PROGRAM, "", "bytecode of version %u, this moot reads version %d",
                    version, FORMAT_VERSION);
    return OK;
}

static status read_program(program *p, slice bytes, failure *err)
{
    codec c = {.at = bytes.data, .end = bytes.data + bytes.len, .mem = &p->mem};
    status st = read_header(&c, err);
    if (st) return st;
    for (size_t i = 0; i < SECTIONS; i++)
        if (!read_section(&c, &sections[i], p))
            return fail(err, E_PROGRAM, "", "damaged bytecode, in section %d", (int)sections[i].id);
    if (c.at != c.end)
        return fail(err, E_PROGRAM, "", "damaged bytecode: something follows its end");
    return OK;
}

/* One program has one encoding: what program_encode would not have written is refused. */
static status check_canonical(const program *p, slice bytes, failure *err)
{
    buffer again = {0};
    program_encode(p, &again);
    status st = OK;
    if (again.failed)
        st = fail_memory(err);
    else if (again.len != bytes.len || memcmp(again.data, bytes.data, bytes.len))
        st = fail(err, E_PROGRAM, "", "bytecode is not in canonical form");
    buffer_free(&again);
    return st;
}

static status read_checked(program *p, slice bytes, failure *err)
{
    jmp_buf oom;
    p->mem.oom = &oom;
    if (setjmp(oom)) return fail_memory(err);
    status st = read_program(p, bytes, err);
    p->mem.oom = NULL;
    if (!st) st = check_canonical(p, bytes, err);
    return st ? st : program_verify(p, err);
}

status program_load(program **out, slice bytes, failure *err)
{
    program *p = calloc(1, sizeof *p);
    if (!p) return fail_memory(err);
    status st = read_checked(p, bytes, err);
    if (st)
        program_free(p);
    else
        *out = p;
    return st;
}

slice program_core(slice encoded)
{
    codec c = {.at = encoded.data, .end = encoded.data + encoded.len};
    uint8_t start[sizeof magic];
    code_bytes(&c, start, sizeof start);
    code_unsigned(&c, 0, 4);
    uint64_t length;
    for (size_t i = 0; i < SECTIONS && sections[i].id < SECTION_NAMES; i++)
        if (next_section(&c, sections[i].id, &length)) c.at += length;
    return (slice){encoded.data, (size_t)(c.at - encoded.data)};
}
