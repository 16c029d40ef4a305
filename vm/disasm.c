/* Listings of programs for people: instructions under the source lines they come from, one lane a line, every
 * register with its type where it is written. */
#include "vm/abb.h"

#include <string.h>

typedef struct listing {
    const program *p;
    buffer *out;
    uint32_t line;   /* the source line shown last */
    uint32_t indent; /* of the loop's body that is being listed */
} listing;

enum { TYPE_COLUMN = 40, INDENT = 4, INDENT_MAX = 32 };

static const char *const kind_names[] = {"bool", "int", "fix", "key"};

/* --- types */

static void put_number(buffer *out, const program *p, uint8_t of, wide v)
{
    char text[WIDE_TEXT];
    buffer_printf(out, "%s",
                  of == KIND_FIX ? wide_print_fix(v, p->precision, text) : wide_print(v, text));
}

static void put_shape(buffer *out, uint8_t rank, const uint64_t *dim, bool open)
{
    for (unsigned k = 0; k < rank; k++)
        buffer_printf(out, "%s%s%llu", k ? " " : "[", open && k + 1u == rank ? ".." : "",
                      (unsigned long long)dim[k]);
    if (rank) buffer_printf(out, "]");
}

static void put_range(buffer *out, const program *p, uint8_t of, wide lo, wide hi)
{
    if (of == KIND_BOOL || of == KIND_KEY) return;
    buffer_printf(out, " ");
    put_number(out, p, of, lo);
    buffer_printf(out, "..");
    put_number(out, p, of, hi);
}

static void put_type(const listing *to, const reg *r, bool with_range)
{
    if (r->tag == TAG_OWNED)
        buffer_printf(to->out, "%s's ", to->p->party[r->owner].name);
    else
        buffer_printf(to->out, "%s ", r->tag == TAG_SECRET ? "secret" : "public");
    buffer_printf(to->out, "%s", kind_names[r->kind]);
    put_shape(to->out, r->rank, r->dim, r->open);
    if (with_range) put_range(to->out, to->p, r->kind, r->lo, r->hi);
    if (r->modular) buffer_printf(to->out, " mod p");
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
    buffer_printf(to->out, "\n%*s%4u | %.*s\n", (int)to->indent, "", line, (int)strcspn(at, "\r\n"),
                  at);
    to->line = line;
}

enum { CONSTANTS_SHOWN = 8 };

static void put_constant(const listing *to, const lane *l)
{
    const program *p = to->p;
    const constant *k = &p->constant[l->imm[0]];
    const plain items = {k->v, (size_t)k->len, p->extra};
    const unsigned f = p->reg[l->out[0]].kind == KIND_FIX ? p->precision : 0;
    char text[WIDE_TEXT];
    for (uint64_t i = 0; i < k->len && i < CONSTANTS_SHOWN; i++) {
        buffer_printf(to->out, " ");
        buffer_printf(to->out, "%s", plain_print(&items, i, f, text));
    }
    if (k->len > CONSTANTS_SHOWN) buffer_printf(to->out, " … (%llu)", (unsigned long long)k->len);
}

static void put_view(const listing *to, const lane *l)
{
    buffer_printf(to->out, " from %lld", (long long)l->imm[0]);
    for (uint32_t k = 1; k + 1 < l->imms; k += 2)
        buffer_printf(to->out, ", %lld by %lld", (long long)l->imm[k], (long long)l->imm[k + 1]);
}

static void put_reveal(const listing *to, const lane *l)
{
    const reveal_form form = lane_reveal(l);
    buffer_printf(to->out, " as %s", to->p->output[l->imm[0]].name);
    if (form.by_row) buffer_printf(to->out, ", row %lld", (long long)form.row);
    if (form.divides)
        buffer_printf(to->out, " times %lld div %lld", (long long)form.scale,
                      (long long)form.divisor);
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
    case OP_SORT:
    case OP_RANK:
    case OP_MAXIMUM: buffer_printf(to->out, ", runs of %lld", first); break;
    case OP_MATMUL:
        buffer_printf(to->out, " [%lld %lld].[%lld %lld]", first, (long long)l->imm[1],
                      (long long)l->imm[1], (long long)l->imm[2]);
        break;
    case OP_FLOOR: buffer_printf(to->out, " / 2^%lld", first); break;
    case OP_AT: buffer_printf(to->out, " rows of %lld", first); break;
    case OP_JOIN: buffer_printf(to->out, " %lld in %lld", first, (long long)l->imm[1]); break;
    case OP_SHUFFLE:
        buffer_printf(to->out, " tables of %lld rows of %lld", first, (long long)l->imm[1]);
        break;
    case OP_INPUT: buffer_printf(to->out, " %s", to->p->input[first].name); break;
    case OP_REVEAL: put_reveal(to, l); break;
    case OP_TOLD: buffer_printf(to->out, " %s", to->p->output[first].name); break;
    case OP_LOOP: buffer_printf(to->out, ", %lld times:", first); break;
    case OP_UNTIL: buffer_printf(to->out, ", at most %lld times:", first); break;
    case OP_IF: buffer_printf(to->out, ":"); break;
    default: break;
    }
}

/* --- lanes: results = opcode operands immediates, then the types of the results in a column */

static void put_results(const listing *to, opcode op, const lane *l)
{
    uint32_t shown = 0;
    for (uint32_t k = 0; k < l->outs; k++) {
        if (l->out[k] == REG_NONE) continue;
        buffer_printf(to->out, "%sr%u", shown++ ? ", " : "", l->out[k]);
    }
    if (shown) buffer_printf(to->out, " = ");
    buffer_printf(to->out, "%s", opcode_rows[op].name);
    if (op == OP_MAXIMUM && l->out[0] == REG_NONE) buffer_printf(to->out, "'s place of");
    for (uint32_t k = 0; k < l->ins; k++) buffer_printf(to->out, " r%u", l->in[k]);
    put_immediates(to, op, l);
}

static void put_types(const listing *to, opcode op, const lane *l)
{
    uint32_t shown = 0;
    if (op == OP_REVEAL) {
        const uint32_t party = to->p->output[l->imm[0]].party;
        buffer_printf(to->out, "to %s", party == PARTY_ALL ? "all" : to->p->party[party].name);
        shown++;
    }
    for (uint32_t k = 0; k < l->outs; k++) {
        if (l->out[k] == REG_NONE) continue;
        if (shown++) buffer_printf(to->out, ", ");
        put_type(to, &to->p->reg[l->out[k]], op != OP_CONST);
    }
}

/* Characters that the line has so far; it is all ASCII but for the names of the program. */
static size_t width_since(const buffer *out, size_t from)
{
    size_t n = 0;
    for (size_t i = from; !out->failed && i < out->len; i++) n += (out->data[i] & 0xc0) != 0x80;
    return n;
}

static void put_lane(const listing *to, opcode op, const lane *l, char sign)
{
    buffer_printf(to->out, "%*s     %c ", (int)to->indent, "", sign);
    const size_t from = to->out->len;
    put_results(to, op, l);
    const size_t used = width_since(to->out, from);
    buffer_printf(to->out, "%*s  ", used < TYPE_COLUMN ? (int)(TYPE_COLUMN - used) : 0, "");
    put_types(to, op, l);
    buffer_printf(to->out, "\n");
}

static void put_block(listing *to, uint32_t index);

/* What the lane runs, below it. */
static void put_blocks(listing *to, opcode op, const lane *l)
{
    uint32_t body[2];
    const unsigned bodies = lane_blocks(op, l, body);
    for (unsigned k = 0; k < bodies; k++) {
        if (k) buffer_printf(to->out, "%*s       else:\n", (int)to->indent, "");
        put_block(to, body[k]);
    }
}

/* `~` stands before what sends messages, `+` before what goes along with them. */
static void put_instr(listing *to, const instr *x)
{
    for (uint32_t i = 0; i < x->lanes; i++) {
        const lane *l = &x->lane[i];
        const bool sends = lane_communicates(to->p, x->op, l), along = i > 0 || x->together;
        put_source_line(to, l->at.line);
        put_lane(to, x->op, l, !sends ? ' ' : along ? '+' : '~');
        put_blocks(to, x->op, l);
    }
}

static void put_registers(const listing *to, const char *what, const uint32_t *r, uint32_t len)
{
    for (uint32_t k = 0; k < len; k++) {
        const size_t from = to->out->len;
        buffer_printf(to->out, "%*s       %s r%u", (int)to->indent, "", what, r[k]);
        const size_t used = width_since(to->out, from), wanted = TYPE_COLUMN + to->indent + 7;
        buffer_printf(to->out, "%*s  ", used < wanted ? (int)(wanted - used) : 0, "");
        put_type(to, &to->p->reg[r[k]], true);
        buffer_printf(to->out, "\n");
    }
}

/* A block stands below what runs it, further in. */
static void put_block(listing *to, uint32_t index)
{
    const block *b = &to->p->block[index];
    const uint32_t outer = to->indent;
    if (index) to->indent += to->indent < INDENT_MAX ? INDENT : 0;
    put_registers(to, "takes", b->in, b->ins);
    for (uint32_t i = 0; i < b->len; i++) put_instr(to, &b->code[i]);
    put_registers(to, "gives", b->out, b->outs);
    to->indent = outer;
    to->line = 0;
}

/* What the opcodes of the program do. */
static void put_legend(const listing *to)
{
    bool used[OP_COUNT] = {false};
    for (uint32_t b = 0; b < to->p->blocks; b++)
        for (uint32_t i = 0; i < to->p->block[b].len; i++) used[to->p->block[b].code[i].op] = true;
    buffer_printf(to->out, "\n");
    for (unsigned op = 0; op < OP_COUNT; op++)
        if (used[op])
            buffer_printf(to->out, "  %-8s %s\n", opcode_rows[op].name, opcode_rows[op].doc);
}

void program_disassemble(const program *p, bool legend, buffer *out)
{
    listing to = {.p = p, .out = out};
    put_header(&to);
    buffer_printf(out,
                  "~ sends messages, + goes along with those above; rN is a vector with a type.\n");
    put_block(&to, 0);
    if (legend) put_legend(&to);
}
