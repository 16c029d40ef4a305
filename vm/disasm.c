/* Listings of programs for people: instructions under the source lines they come from, one lane a line, every
 * register with its type where it is written. */
#include "vm/bytecode.h"

#include <string.h>

typedef struct listing {
    const program *p;
    buffer *out;
    uint32_t line; /* the source line shown last */
} listing;

static const char *const kind_names[] = {"bool", "int", "fix", "key"};

/* --- types */

static void put_number(buffer *out, const program *p, uint8_t of, num v)
{
    char text[80];
    buffer_printf(out, "%s",
                  of == KIND_FIX ? num_print_fix(v, p->precision, text) : num_print(v, text));
}

static void put_shape(buffer *out, uint8_t rank, const uint64_t *dim, bool open)
{
    for (unsigned k = 0; k < rank; k++)
        buffer_printf(out, "%s%s%llu", k ? " " : "[", open && k + 1u == rank ? ".." : "",
                      (unsigned long long)dim[k]);
    if (rank) buffer_printf(out, "]");
}

static void put_range(buffer *out, const program *p, uint8_t of, num lo, num hi)
{
    if (of == KIND_BOOL || of == KIND_KEY) return;
    buffer_printf(out, " ");
    put_number(out, p, of, lo);
    buffer_printf(out, "..");
    put_number(out, p, of, hi);
}

static void put_register(const listing *to, uint32_t index)
{
    const reg *r = &to->p->reg[index];
    buffer_printf(to->out, "r%u ", index);
    if (r->tag == TAG_OWNED)
        buffer_printf(to->out, "%s's ", to->p->party[r->owner].name);
    else
        buffer_printf(to->out, "%s ", r->tag == TAG_SECRET ? "secret" : "public");
    buffer_printf(to->out, "%s", kind_names[r->kind]);
    put_shape(to->out, r->rank, r->dim, r->open);
    put_range(to->out, to->p, r->kind, r->lo, r->hi);
}

/* --- the header */

static void put_port(const listing *to, const port_decl *port, const char *what, const char *with)
{
    const program *p = to->p;
    buffer_printf(to->out, "%s %s %s %s : %s", what, port->name, with,
                  port->party == PARTY_ALL ? "all" : p->party[port->party].name,
                  kind_names[port->kind]);
    put_shape(to->out, port->rank, port->dim, port->open);
    put_range(to->out, p, port->kind, port->lo, port->hi);
    buffer_printf(to->out, "\n");
}

static void put_header(const listing *to)
{
    const program *p = to->p;
    buffer_printf(to->out, "program %s: edition %u, precision %u, field of %u bits\n",
                  p->name ? p->name : "without a name", p->edition, p->precision, p->field_bits);
    for (uint32_t i = 0; i < p->parties; i++) {
        buffer_printf(to->out, "party %s", p->party[i].name);
        if (p->party[i].group) buffer_printf(to->out, "[%u]", p->party[i].size);
        buffer_printf(to->out, "\n");
    }
    for (uint32_t i = 0; i < p->params; i++) {
        buffer_printf(to->out, "param %s = ", p->param[i].name);
        put_number(to->out, p, p->param[i].kind, p->param[i].value);
        buffer_printf(to->out, "\n");
    }
    for (uint32_t i = 0; i < p->inputs; i++) put_port(to, &p->input[i], "input", "from");
    for (uint32_t i = 0; i < p->outputs; i++) put_port(to, &p->output[i], "output", "to");
}

/* --- code */

/* Shows the source line when it is not the one shown last. */
static void put_source_line(listing *to, uint32_t line)
{
    if (!to->p->source || line == 0 || line == to->line) return;
    const char *at = to->p->source;
    for (uint32_t k = 1; at && k < line; k++) at = strchr(at, '\n') ? strchr(at, '\n') + 1 : NULL;
    if (!at || !*at) return;
    buffer_printf(to->out, "\n%4u | %.*s\n", line, (int)strcspn(at, "\r\n"), at);
    to->line = line;
}

enum { CONSTANTS_SHOWN = 8 };

static void put_constant(const listing *to, const lane *l)
{
    const constant *k = &to->p->constant[l->imm[0]];
    for (uint64_t i = 0; i < k->len && i < CONSTANTS_SHOWN; i++) {
        buffer_printf(to->out, " ");
        put_number(to->out, to->p, to->p->reg[l->out[0]].kind, k->v[i]);
    }
    if (k->len > CONSTANTS_SHOWN) buffer_printf(to->out, " … (%llu)", (unsigned long long)k->len);
}

static void put_view(const listing *to, const lane *l)
{
    buffer_printf(to->out, " from %lld", (long long)l->imm[0]);
    for (uint32_t k = 1; k + 1 < l->imms; k += 2)
        buffer_printf(to->out, ", %lld by %lld", (long long)l->imm[k], (long long)l->imm[k + 1]);
}

/* What the immediates say, in words. */
static void put_immediates(const listing *to, opcode op, const lane *l)
{
    const long long first = l->imms ? l->imm[0] : 0;
    switch (op) {
    case OP_CONST: put_constant(to, l); break;
    case OP_VIEW: put_view(to, l); break;
    case OP_CAT: buffer_printf(to->out, " in %lld", first); break;
    case OP_SUM:
    case OP_SUMS:
    case OP_MAXIMUM: buffer_printf(to->out, " runs of %lld", first); break;
    case OP_MATMUL:
        buffer_printf(to->out, " [%lld %lld].[%lld %lld]", first, (long long)l->imm[1],
                      (long long)l->imm[1], (long long)l->imm[2]);
        break;
    case OP_FLOOR: buffer_printf(to->out, " by 2^%lld", first); break;
    case OP_INPUT: buffer_printf(to->out, " %s", to->p->input[first].name); break;
    case OP_REVEAL:
        buffer_printf(to->out, " as %s", to->p->output[first].name);
        if (l->imms == 3)
            buffer_printf(to->out, " times %lld div %lld", (long long)l->imm[1],
                          (long long)l->imm[2]);
        break;
    case OP_LOOP:
        buffer_printf(to->out, " block %lld, %lld times", (long long)l->imm[1], first);
        break;
    default: break;
    }
}

static void put_lane(const listing *to, opcode op, const lane *l)
{
    for (uint32_t k = 0; k < l->ins; k++) buffer_printf(to->out, " r%u", l->in[k]);
    put_immediates(to, op, l);
    for (uint32_t k = 0, shown = 0; k < l->outs; k++) {
        if (l->out[k] == REG_NONE) continue;
        buffer_printf(to->out, shown++ ? ", " : " -> ");
        put_register(to, l->out[k]);
        if (op == OP_MAXIMUM && k == 1) buffer_printf(to->out, " (its place)");
    }
    buffer_printf(to->out, "\n");
}

/* `+` stands before what shares the rounds of the instruction above. */
static void put_instr(listing *to, const instr *x)
{
    for (uint32_t i = 0; i < x->lanes; i++) {
        put_source_line(to, x->lane[i].at.line);
        buffer_printf(to->out, "     %c %-8s", x->together && i == 0 ? '+' : ' ',
                      i == 0 ? opcode_rows[x->op].name : "");
        put_lane(to, x->op, &x->lane[i]);
    }
}

static void put_block(listing *to, uint32_t index)
{
    const block *b = &to->p->block[index];
    buffer_printf(to->out, "\nblock %u", index);
    if (index) buffer_printf(to->out, " of block %u", b->parent);
    buffer_printf(to->out, "\n");
    to->line = 0;
    for (uint32_t k = 0; k < b->ins; k++) {
        buffer_printf(to->out, "       takes    ");
        put_register(to, b->in[k]);
        buffer_printf(to->out, "\n");
    }
    for (uint32_t i = 0; i < b->len; i++) put_instr(to, &b->code[i]);
    for (uint32_t k = 0; k < b->outs; k++)
        buffer_printf(to->out, "       gives    r%u\n", b->out[k]);
}

void program_disassemble(const program *p, buffer *out)
{
    listing to = {.p = p, .out = out};
    put_header(&to);
    for (uint32_t b = 0; b < p->blocks; b++) put_block(&to, b);
}
