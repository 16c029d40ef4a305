/* Writes an explanation down, twice: for machines and for people. */
#include "runtime/explain.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "runtime/audit.h"
#include "runtime/json.h"
#include "runtime/session.h"

enum { NUMBER_LENGTH = 2 * WIDE_TEXT, TYPE_LENGTH = 160, SOURCE_WIDTH = 60 };

enum { MINUTES_FROM = 120 }; /* seconds from which on minutes are easier to read */
#define DEAR_SHARE 0.2       /* of the time that all lines take: such a line is marked */

/* Usual networks, for the times of an explanation that names none. */
enum { LAN_RTT_MS = 1, LAN_MBIT = 1000, WAN_RTT_MS = 80, WAN_MBIT = 100 };

/* --- what both say */

static const char *recipient(const program *p, const port_decl *port)
{
    return port->party == PARTY_ALL ? "all" : p->party[port->party].name;
}

static const char *leakage_class(const report *r, uint32_t output, uint32_t *line)
{
    for (size_t k = 0; k < r->learns; k++)
        if (r->learn[k].output == output) return *line = r->learn[k].line, r->learn[k].what;
    return "";
}

static void print_type(const port_decl *port, char out[TYPE_LENGTH])
{
    static const char *const kinds[] = {
        [KIND_BOOL] = "bool", [KIND_INT] = "int", [KIND_FIX] = "fix", [KIND_KEY] = "key"};
    size_t n = (size_t)snprintf(out, TYPE_LENGTH, "%s", kinds[port->kind]);
    for (unsigned k = 0; k < port->rank; k++)
        n += (size_t)snprintf(out + n, TYPE_LENGTH - n, "%s%s%llu", k ? " " : "[",
                              port->open && k + 1 == port->rank ? ".." : "",
                              (unsigned long long)port->dim[k]);
    if (port->rank) snprintf(out + n, TYPE_LENGTH - n, "]");
}

static const char *print_number(const program *p, const port_decl *port, wide v,
                                char out[NUMBER_LENGTH])
{
    return port->kind == KIND_FIX ? wide_print_fix(v, p->precision, out) : wide_print(v, out);
}

/* The source line without what stands around it; empty when the source is gone. */
static slice source_line(const program *p, uint32_t line)
{
    const char *at = p->source;
    if (!at || line == 0) return (slice){0};
    for (; line > 1 && at; line--) at = strchr(at, '\n') ? strchr(at, '\n') + 1 : NULL;
    if (!at) return (slice){0};
    while (*at == ' ' || *at == '\t') at++;
    size_t len = strcspn(at, "\r\n");
    for (size_t k = 1; k < len; k++)
        if (at[k] == '#' && at[k - 1] == ' ') len = k - 1;
    while (len && at[len - 1] == ' ') len--;
    return (slice){(const uint8_t *)at, len};
}

/* As the language writes long numbers: 1_000_000. */
static const char *grouped(const char *number, char out[NUMBER_LENGTH])
{
    size_t n = 0, sign = *number == '-', digits = sign + strspn(number + sign, "0123456789");

    for (size_t k = 0; number[k] && n + 2 < NUMBER_LENGTH; k++) {
        if (k > sign && k < digits && (digits - k) % 3 == 0 && digits - sign > 4) out[n++] = '_';
        out[n++] = number[k];
    }
    out[n] = 0;
    return out;
}

static void print_range(const char *lo, const char *hi, buffer *out)
{
    char from[NUMBER_LENGTH], to[NUMBER_LENGTH];
    buffer_printf(out, "%s..%s", grouped(lo, from), grouped(hi, to));
}

/* What a node sends on average: the lines of the table add up to it. */
static uint64_t mean_bytes(const explanation *e)
{
    uint64_t sum = 0;
    for (unsigned k = 0; k < e->launch->nodes; k++) sum += e->cost->bytes[k];
    return sum / e->launch->nodes;
}

/* Sharing the inputs, keys that nodes agree on, the frames' heads: what belongs to no line. Lines of which a run
 * takes one or the other do not add up. */
static uint64_t bytes_besides(const explanation *e)
{
    if (e->cost->at_most) return e->cost->bytes_besides;
    uint64_t lines = 0, mean = mean_bytes(e);
    for (size_t k = 0; k < e->cost->lines; k++) lines += e->cost->line[k].bytes;
    return mean > lines ? mean - lines : 0;
}

typedef struct network {
    const char *name;
    unsigned rtt_ms, mbit;
} network;

/* The networks to estimate the time for: the user's, or two usual ones. Returns how many. */
static size_t networks(const explanation *e, network out[2])
{
    if (e->rtt_ms || e->mbit) {
        out[0] = (network){"your network", e->rtt_ms ? e->rtt_ms : LAN_RTT_MS,
                           e->mbit ? e->mbit : LAN_MBIT};
        return 1;
    }
    out[0] = (network){"a local network", LAN_RTT_MS, LAN_MBIT};
    out[1] = (network){"the internet", WAN_RTT_MS, WAN_MBIT};
    return 2;
}

/* Half a round trip for each round, and the time that so many bytes take. */
static double network_seconds(const network *n, uint64_t rounds, uint64_t bytes)
{
    return (double)rounds * n->rtt_ms / 2000 + (double)bytes * 8 / (n->mbit * 1e6);
}

/* Of the busiest node. */
static double seconds_on(const explanation *e, const network *n)
{
    return network_seconds(n, e->cost->rounds, cost_most_bytes(e->cost, e->launch));
}

/* --- JSON */

static void gives_json(const program *p, buffer *out)
{
    char type[TYPE_LENGTH], number[NUMBER_LENGTH];
    json_list(out, "gives");
    for (uint32_t k = 0; k < p->inputs; k++) {
        const port_decl *port = &p->input[k];
        print_type(port, type);
        json_object(out);
        json_text(out, "input", port->name);
        json_text(out, "from", p->party[port->party].name);
        json_count(out, "members", p->party[port->party].size);
        json_text(out, "type", type);
        json_text(out, "lo", print_number(p, port, port->lo, number));
        json_text(out, "hi", print_number(p, port, port->hi, number));
        json_count(out, "line", port->at.line);
        buffer_append(out, "}", 1);
    }
    buffer_append(out, "]", 1);
}

static void learns_json(const explanation *e, buffer *out)
{
    const program *p = e->program;
    json_list(out, "learns");
    for (uint32_t k = 0; k < p->outputs; k++) {
        uint32_t line = p->output[k].at.line;
        const char *what = leakage_class(e->report, k, &line);
        json_object(out);
        json_text(out, "output", p->output[k].name);
        json_text(out, "to", recipient(p, &p->output[k]));
        json_text(out, "class", what);
        json_count(out, "line", line);
        buffer_append(out, "}", 1);
    }
    buffer_append(out, "]", 1);
}

static void ranges_json(const report *r, bool assumed, buffer *out)
{
    json_list(out, assumed ? "assumed" : "ranges");
    for (size_t k = 0; k < r->ranges; k++) {
        const named_range *range = &r->range[k];
        if (assumed && !range->assumed) continue;
        json_object(out);
        json_text(out, "name", range->name);
        json_text(out, "type", range->type);
        json_text(out, "lo", range->lo);
        json_text(out, "hi", range->hi);
        json_count(out, "line", range->line);
        buffer_append(out, "}", 1);
    }
    buffer_append(out, "]", 1);
}

static void warnings_json(const report *r, buffer *out)
{
    json_list(out, "warnings");
    for (size_t k = 0; k < r->findings; k++) {
        json_object(out);
        json_text(out, "code", r->finding[k].code);
        json_text(out, "message", r->finding[k].message);
        json_count(out, "line", r->finding[k].line);
        buffer_append(out, "}", 1);
    }
    buffer_append(out, "]", 1);
}

static void budget_json(const budget *b, buffer *out)
{
    if (b->sensitivity) json_text(out, "sensitivity", b->sensitivity);
    if (b->epsilon) json_text(out, "epsilon", b->epsilon);
    if (b->delta) json_text(out, "delta", b->delta);
    if (b->sigma) json_text(out, "sigma", b->sigma);
    buffer_append(out, "}", 1);
}

static void noise_json(const program *p, const report *r, buffer *out)
{
    json_list(out, "noise");
    for (size_t k = 0; k < r->noises; k++) {
        json_object(out);
        json_text(out, "output", p->output[r->noise[k].of].name);
        json_text(out, "distribution", r->noise[k].distribution);
        budget_json(&r->noise[k], out);
    }
    buffer_append(out, "]", 1);
    json_list(out, "spent");
    for (size_t k = 0; k < r->spents; k++) {
        json_object(out);
        json_text(out, "input", p->input[r->spent[k].of].name);
        budget_json(&r->spent[k], out);
    }
    buffer_append(out, "]", 1);
}

/* The exponent of the largest chance of a false match: pairs 2^-bits, rounded up to a power of two. */
static int chance_of(const report *r)
{
    return r->key_pairs ? (int)num_bits((num)r->key_pairs - 1) - (int)r->key_bits : 0;
}

static void keys_json(const report *r, buffer *out)
{
    if (!r->key_bits) return;
    json_name(out, "keys");
    json_object(out);
    json_count(out, "bits", r->key_bits);
    json_count(out, "pairs", r->key_pairs);
    if (r->key_pairs) {
        json_name(out, "log2_of_false_match");
        buffer_printf(out, "%d", chance_of(r));
    }
    buffer_append(out, "}", 1);
}

static void lines_json(const cost *c, buffer *out)
{
    json_list(out, "lines");
    for (size_t k = 0; k < c->lines; k++) {
        json_object(out);
        json_count(out, "line", c->line[k].line);
        json_count(out, "rounds", c->line[k].rounds);
        json_count(out, "bytes", c->line[k].bytes);
        json_count(out, "multiplications", c->line[k].multiplications);
        buffer_append(out, "}", 1);
    }
    buffer_append(out, "]", 1);
}

static void cheaper_json(const cheaper_list *list, buffer *out)
{
    if (!list) return;
    json_list(out, "cheaper");
    for (size_t k = 0; k < list->len; k++) {
        json_object(out);
        json_count(out, "line", list->at[k].line);
        json_text(out, "now", list->at[k].now);
        json_text(out, "instead", list->at[k].instead);
        json_count(out, "rounds", list->at[k].rounds);
        json_count(out, "bytes", list->at[k].bytes);
        buffer_append(out, "}", 1);
    }
    buffer_append(out, "]", 1);
}

static void times_json(const explanation *e, buffer *out)
{
    network on[2];
    size_t count = networks(e, on);
    json_list(out, "times");
    for (size_t k = 0; k < count; k++) {
        json_object(out);
        json_text(out, "network", on[k].name);
        json_count(out, "rtt_ms", on[k].rtt_ms);
        json_count(out, "mbit", on[k].mbit);
        json_name(out, "seconds");
        buffer_printf(out, "%.6f}", seconds_on(e, &on[k]));
    }
    buffer_append(out, "]", 1);
}

void explain_json(const explanation *e, buffer *out)
{
    char field_name[FIELD_TEXT];
    const program *p = e->program;

    json_object(out);
    json_text(out, "schema", "moot.explain/1");
    json_text(out, "program", p->name ? p->name : "");
    json_count(out, "nodes", e->launch->nodes);
    json_count(out, "threshold", e->launch->threshold);
    json_text(out, "security", launch_security(e->launch));
    if (e->launch->active) json_count(out, "soundness_bits", audit_soundness(p->field_bits));
    json_text(out, "field", session_field(p, field_name));
    json_name(out, "at_most");
    buffer_printf(out, e->cost->at_most ? "true" : "false");
    json_count(out, "rounds", e->cost->rounds);
    json_list(out, "bytes_sent");
    for (unsigned k = 0; k < e->launch->nodes; k++)
        buffer_printf(out, "%s%llu", k ? "," : "", (unsigned long long)e->cost->bytes[k]);
    buffer_append(out, "]", 1);
    json_count(out, "multiplications", e->cost->multiplications);
    gives_json(p, out);
    learns_json(e, out);
    ranges_json(e->report, false, out);
    ranges_json(e->report, true, out);
    warnings_json(e->report, out);
    if (e->report->noises) noise_json(p, e->report, out);
    keys_json(e->report, out);
    lines_json(e->cost, out);
    json_count(out, "bytes_of_no_line", bytes_besides(e));
    times_json(e, out);
    cheaper_json(e->cheaper, out);
    buffer_append(out, "}\n", 2);
}

/* --- text */

static void heading(buffer *out, bool colour, const char *text)
{
    buffer_printf(out, colour ? "\033[1m%s\033[0m\n" : "%s\n", text);
}

/* "3.2 kB": three digits are enough to compare. */
static const char *print_bytes(uint64_t bytes, char out[NUMBER_LENGTH])
{
    static const char *const units[] = {"B", "kB", "MB", "GB", "TB"};
    double n = (double)bytes;
    unsigned k = 0;
    while (n >= 1000 && k < 4) n /= 1000, k++;
    snprintf(out, NUMBER_LENGTH, k && n < 100 ? "%.1f %s" : "%.0f %s", n, units[k]);
    return out;
}

static int widest_name(const port_decl *port, uint32_t count)
{
    size_t widest = 0;
    for (uint32_t k = 0; k < count; k++)
        if (strlen(port[k].name) > widest) widest = strlen(port[k].name);
    return (int)widest;
}

static void learns_text(const explanation *e, bool colour, buffer *out)
{
    const program *p = e->program;
    int width = widest_name(p->output, p->outputs);

    heading(out, colour, "Who learns what");
    for (uint32_t k = 0; k < p->outputs; k++) {
        uint32_t line = p->output[k].at.line;
        const char *what = leakage_class(e->report, k, &line);
        buffer_printf(out, "  %-*s  to %-14s %s   (line %u)\n", width, p->output[k].name,
                      recipient(p, &p->output[k]), what, line);
    }
    buffer_printf(out, "  Nothing else leaves. Whether these results themselves say too much is "
                       "yours to judge.\n\n");
}

/* "of 1: epsilon 0.5" */
static void budget_text(const budget *b, buffer *out)
{
    if (b->epsilon) buffer_printf(out, "epsilon %s", b->epsilon);
    if (b->delta) buffer_printf(out, ", delta %s", b->delta);
    if (b->sigma && !b->delta) buffer_printf(out, "%ssigma %s", b->epsilon ? ", " : "", b->sigma);
}

static void noise_text(const explanation *e, bool colour, buffer *out)
{
    const program *p = e->program;
    const report *r = e->report;
    const int width = widest_name(p->output, p->outputs);

    if (!r->noises) return;
    heading(out, colour, "What noise hides");
    for (size_t k = 0; k < r->noises; k++) {
        const budget *b = &r->noise[k];
        buffer_printf(out, "  %-*s  ", width, p->output[b->of].name);
        if (b->sensitivity)
            buffer_printf(out, "who changes it by at most %s: epsilon %s", b->sensitivity,
                          b->epsilon);
        else
            buffer_printf(out, "whom, the program does not say (`gaussian-for` does)");
        if (b->delta) buffer_printf(out, ", delta %s", b->delta);
        buffer_printf(out, "   (discrete %s", b->sigma ? "Gaussian" : "Laplace");
        if (b->sigma) buffer_printf(out, ", sigma %s", b->sigma);
        buffer_printf(out, ")\n");
    }
    for (size_t k = 0; k < r->spents; k++) {
        buffer_printf(out, "  all outputs together spend on %s: ", p->input[r->spent[k].of].name);
        budget_text(&r->spent[k], out);
        buffer_printf(out, "\n");
    }
    buffer_printf(out,
                  "  That nobody changes a result by more than that is the program's word.\n\n");
}

static void gives_text(const program *p, bool colour, buffer *out)
{
    char type[TYPE_LENGTH], lo[NUMBER_LENGTH], hi[NUMBER_LENGTH], from[TYPE_LENGTH];
    int width = widest_name(p->input, p->inputs);

    heading(out, colour, "Who gives what");
    for (uint32_t k = 0; k < p->inputs; k++) {
        const port_decl *port = &p->input[k];
        const party_decl *party = &p->party[port->party];
        print_type(port, type);
        if (party->group)
            snprintf(from, sizeof from, "%s, each of %u", party->name, party->size);
        else
            snprintf(from, sizeof from, "%s", party->name);
        buffer_printf(out, "  %-*s  from %-20s %s", width, port->name, from, type);
        if (port->kind == KIND_INT || port->kind == KIND_FIX) {
            buffer_append(out, " ", 1);
            print_range(print_number(p, port, port->lo, lo), print_number(p, port, port->hi, hi),
                        out);
        }
        buffer_append(out, "\n", 1);
    }
    buffer_append(out, "\n", 1);
}

static void warnings_text(const report *r, bool colour, buffer *out)
{
    if (r->findings == 0) return;
    heading(out, colour, "Worth knowing");
    for (size_t k = 0; k < r->findings; k++)
        buffer_printf(out, "  %s  line %u: %s\n", r->finding[k].code, r->finding[k].line,
                      r->finding[k].message);
    buffer_append(out, "\n", 1);
}

/* What share of the time that the lines take on a network is this one's. */
static double share_of(const explanation *e, const network *on, size_t which)
{
    double all = 0, own = 0;
    for (size_t k = 0; k < e->cost->lines; k++) {
        double seconds = network_seconds(on, e->cost->line[k].rounds, e->cost->line[k].bytes);
        all += seconds;
        if (k == which) own = seconds;
    }
    return all > 0 ? own / all : 0;
}

static void cost_row(const explanation *e, size_t k, double share, bool colour, buffer *out)
{
    const line_cost *l = &e->cost->line[k];
    const bool mark = share >= DEAR_SHARE && e->cost->lines > 1;
    slice source = source_line(e->program, l->line);
    char bytes[NUMBER_LENGTH];

    buffer_printf(out, "%s  %s %4u %8llu %9llu %9s %4.0f %%   %.*s%s\n",
                  mark && colour ? "\033[1m" : "", mark ? ">" : " ", l->line,
                  (unsigned long long)l->rounds, (unsigned long long)l->multiplications,
                  print_bytes(l->bytes, bytes), 100 * share,
                  (int)(source.len < SOURCE_WIDTH ? source.len : SOURCE_WIDTH),
                  source.len ? (const char *)source.data : "", mark && colour ? "\033[0m" : "");
}

static void cost_table(const explanation *e, bool colour, buffer *out)
{
    network on[2];
    const network *slowest = &on[networks(e, on) - 1];
    char bytes[NUMBER_LENGTH];

    buffer_printf(out, "\n    line   rounds  products     bytes   time\n");
    for (size_t k = 0; k < e->cost->lines; k++)
        cost_row(e, k, share_of(e, slowest, k), colour, out);
    buffer_printf(
        out, "       -        -         - %9s          sharing inputs, keys, masks made ahead, frames, credit\n",
        print_bytes(bytes_besides(e), bytes));
    buffer_printf(out, "     all %8llu %9llu %9s          what a node sends on average\n",
                  (unsigned long long)e->cost->rounds, (unsigned long long)e->cost->multiplications,
                  print_bytes(mean_bytes(e), bytes));
    buffer_printf(
        out,
        "  time: a line's part of what the lines take on %s. Lines may share a round, so\n"
        "  theirs need not add up to all.\n",
        slowest->name);
    if (e->cost->at_most)
        buffer_printf(out,
                      "  At most: what is revealed on the way decides what runs. A run costs no "
                      "more than this,\n  and less where it takes the cheaper branch or stops "
                      "early.\n");
}

static void cheaper_text(const explanation *e, bool colour, buffer *out)
{
    char bytes[NUMBER_LENGTH];

    if (!e->cheaper || e->cheaper->len == 0) return;
    heading(out, colour, "What would cost less");
    for (size_t k = 0; k < e->cheaper->len; k++) {
        const cheaper *c = &e->cheaper->at[k];
        buffer_printf(out,
                      "  line %u: `%s` says the same as `%s`; the program then takes %llu rounds "
                      "and %s\n",
                      c->line, c->instead, c->now, (unsigned long long)c->rounds,
                      print_bytes(c->bytes, bytes));
    }
    buffer_append(out, "\n", 1);
}

/* "34 ms", "2.68 s", "3 min 20 s" */
static const char *print_seconds(double seconds, char out[NUMBER_LENGTH])
{
    if (seconds < 1)
        snprintf(out, NUMBER_LENGTH, "%.3g ms", seconds * 1000);
    else if (seconds < MINUTES_FROM)
        snprintf(out, NUMBER_LENGTH, "%.3g s", seconds);
    else
        snprintf(out, NUMBER_LENGTH, "%.0f min %.0f s", floor(seconds / 60), fmod(seconds, 60));
    return out;
}

static void time_text(const explanation *e, buffer *out)
{
    network on[2];
    char time[NUMBER_LENGTH];
    size_t count = networks(e, on);
    for (size_t k = 0; k < count; k++)
        buffer_printf(out, "  about %s%s on %s (%u ms there and back, %u Mbit/s)\n",
                      print_seconds(seconds_on(e, &on[k]), time),
                      e->cost->at_most ? " at most" : "", on[k].name, on[k].rtt_ms, on[k].mbit);
    if (!e->rtt_ms && !e->mbit)
        buffer_printf(out, "  (what the network alone takes; --rtt and --bandwidth name yours)\n");
}

static void mode_text(const program *p, const launch *l, buffer *out)
{
    if (l->active)
        buffer_printf(out,
                      ", nor %s an output wrong, whatever they do: the run stops then (active "
                      "security)\n  A lie passes the checks of a run with a probability below "
                      "2^-%u. All honest "
                      "parties learn an output, or none does.\n",
                      l->threshold == 1 ? "makes" : "make", audit_soundness(p->field_bits));
    else
        buffer_printf(out, ", while all follow the protocol (passive security)\n");
}

static void privacy_text(const program *p, const launch *l, bool colour, buffer *out)
{
    heading(out, colour, "What is promised");
    if (l->threshold == 1)
        buffer_printf(out, "  %u nodes compute; no node alone learns anything", l->nodes);
    else
        buffer_printf(out, "  %u nodes compute; no %u of them together learn anything", l->nodes,
                      l->threshold);
    mode_text(p, l, out);
    buffer_printf(out,
                  "  The program, its sizes and who takes part are no secret. That owners give "
                  "true data is not checked.\n");
}

static void cost_text(const explanation *e, bool colour, buffer *out)
{
    char bytes[NUMBER_LENGTH];

    heading(out, colour, "What it costs");
    const bool at_most = e->cost->at_most;
    buffer_printf(out, "  %u nodes: %s%llu rounds, %llu multiplications%s %s sent by a node\n",
                  e->launch->nodes, at_most ? "at most " : "", (unsigned long long)e->cost->rounds,
                  (unsigned long long)e->cost->multiplications, at_most ? " and" : ", at most",
                  print_bytes(cost_most_bytes(e->cost, e->launch), bytes));
    time_text(e, out);
    cost_table(e, colour, out);
    buffer_append(out, "\n", 1);
}

/* Whether the program compares or floors secrets. */
static bool decides(const program *p)
{
    for (uint32_t b = 0; b < p->blocks; b++)
        for (uint32_t i = 0; i < p->block[b].len; i++) {
            const instr *x = &p->block[b].code[i];
            for (uint32_t k = 0; opcode_rows[x->op].rounds == ROUNDS_ONE_SECRET && k < x->lanes; k++)
                if (p->reg[x->lane[k].in[0]].tag == TAG_SECRET ||
                    p->reg[x->lane[k].in[x->lane[k].ins - 1]].tag == TAG_SECRET)
                    return true;
        }
    return false;
}

static bool computes_modulo(const program *p)
{
    bool any = false;
    for (uint32_t r = 0; r < p->regs; r++) any |= p->reg[r].modular;
    return any;
}

static void field_text(const program *p, const launch *l, bool colour, buffer *out)
{
    char name[FIELD_TEXT];
    slice source = source_line(p, p->field_at.line);

    heading(out, colour, "Where the numbers live");
    if (!p->prime && p->field_bits <= 61) {
        buffer_printf(out, "  p61 (2^61 - 1), the smallest field, holds every value\n");
        return;
    }
    if (p->prime)
        buffer_printf(out, "  a prime of %u bits, %s", p->field_bits, session_field(p, name));
    else
        buffer_printf(out, "  p%u (2^%u - 1)", p->field_bits, p->field_bits);
    if (p->field_at.line)
        buffer_printf(out, ", because line %u %s: %.*s\n", p->field_at.line,
                      computes_modulo(p) ? "computes modulo it" : "asks for it", (int)source.len,
                      source.len ? (const char *)source.data : "");
    else
        buffer_printf(out, ", as --field says\n");
    if (p->prime && decides(p))
        buffer_printf(out,
                      "  where numbers are compared or floored, what is opened is hidden up to a "
                      "distance of 2^-%d\n",
                      l->active ? UNIFORM_BITS : SLACK_BITS);
}

static void keys_text(const report *r, buffer *out)
{
    if (!r->key_bits) return;
    buffer_printf(out, "  keys are %u-bit hashes of their texts", r->key_bits);
    if (r->key_pairs)
        buffer_printf(out, "; %llu pair%s compared, a false match has a chance of 2^%d at most",
                      (unsigned long long)r->key_pairs, r->key_pairs == 1 ? " is" : "s are",
                      chance_of(r));
    buffer_append(out, "\n", 1);
}

static void ranges_text(const report *r, buffer *out)
{
    for (size_t k = 0; k < r->ranges; k++) {
        const named_range *range = &r->range[k];
        buffer_printf(out, "  %-12s %-20s ", range->name, range->type);
        print_range(range->lo, range->hi, out);
        buffer_printf(out, "%s\n", range->assumed ? "   assumed, not proved" : "");
    }
}

void explain_text(const explanation *e, bool colour, buffer *out)
{
    learns_text(e, colour, out);
    noise_text(e, colour, out);
    warnings_text(e->report, colour, out);
    gives_text(e->program, colour, out);
    cost_text(e, colour, out);
    cheaper_text(e, colour, out);
    field_text(e->program, e->launch, colour, out);
    keys_text(e->report, out);
    ranges_text(e->report, out);
    buffer_append(out, "\n", 1);
    privacy_text(e->program, e->launch, colour, out);
}
