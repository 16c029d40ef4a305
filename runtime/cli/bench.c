/* moot bench: what each operation takes between real processes, and what the same mesh takes for the same
 * bytes alone. The table below says which operations there are, as programs of a few words. */
#include "runtime/bench.h"
#include "runtime/cli/cli.h"
#include "runtime/json.h"
#include "runtime/session.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { LONGEST = 10000000, LIST_MAX = 16, SECONDS = 60, KERNEL_LENGTH = 4096 };

/* A million of these come to 10^18 times 10^-3 in all: every sum of products stays in p61. */
#define INTS "int[n] 0..100_000"
/* Decisions end as numbers, which is what most of them are for: revealed they would stay bits. */
/* Of 32 bits when two are added; what one owner knows it would compute in the clear. */
#define HALVES "int[n] 0..2_147_483_647"

typedef struct operation {
    const char *name, *x, *y; /* types of the inputs of two owners; y NULL: one owner */
    const char *code, *learned;
    bench_part part;
    size_t length; /* items, when none is asked for */
    const char *doc;
} operation;

static const operation operations[] = {
    {"multiply", INTS, INTS, "x y *  0 at", "int", BENCH_COMPUTING, 1000000, "products of ints"},
    {"chain", "int 0..1", "int 0..1", "x  n [ y * ] times", "int", BENCH_COMPUTING, 10000,
     "products that wait for each other"},
    {"dot", INTS, INTS, "x y dot", "int", BENCH_COMPUTING, 1000000, "one sum of products"},
    {"matmul", "int[side side] 0..1000", "int[side side] 0..1000", "x y dot  0 at  0 at", "int",
     BENCH_COMPUTING, 10000, "the product of two square matrices, by its items"},
    {"and", "bool[n]", "bool[n]", "x y and  0 at", "bool", BENCH_COMPUTING, 1000000, "bools"},
    {"select", INTS, INTS, "x 0 at y 0 at =  -> b  b x y select  0 at", "int", BENCH_COMPUTING,
     100000, "one of two ints"},
    {"compare-20", "int[n] 0..1_048_575", "int[n] 0..1_048_575", "x y < 0 +  0 at", "int",
     BENCH_COMPUTING, 100000, "x < y of 20-bit ints"},
    {"compare-32", "int[n] 0..4_294_967_295", "int[n] 0..4_294_967_295", "x y < 0 +  0 at", "int",
     BENCH_COMPUTING, 100000, "x < y of 32-bit ints"},
    {"compare-59", "int[n] 0..576_460_752_303_423_487", "int[n] 0..576_460_752_303_423_487",
     "x y < 0 +  0 at", "int", BENCH_COMPUTING, 100000, "x < y of 59-bit ints"},
    {"equal-32", "int[n] 0..4_294_967_295", "int[n] 0..4_294_967_295", "x y = 0 +  0 at", "int",
     BENCH_COMPUTING, 100000, "x = y of 32-bit ints"},
    {"fix-product", "fix[n] -1000..1000", "fix[n] -1000..1000", "x y *  0 at", "fix",
     BENCH_COMPUTING, 100000, "products of fix, floored exactly"},
    {"floor", INTS, INTS, "x y + 64 div  0 at", "int", BENCH_COMPUTING, 100000,
     "whole quotients by a power of 2"},
    {"divide", "fix[n] 1..1000", "fix[n] 1..1000", "x y /  0 at", "fix", BENCH_COMPUTING, 100,
     "quotients of fix"},
    {"sqrt", "fix[n] 0..500", "fix[n] 0..500", "x y + sqrt  0 at", "fix", BENCH_COMPUTING, 100,
     "square roots"},
    {"exp", "fix[n] -3..2", "fix[n] -2..3", "x y + exp  0 at", "fix", BENCH_COMPUTING, 100,
     "e to the x"},
    {"maximum", HALVES, HALVES, "x y + maximum", "int", BENCH_COMPUTING, 1000,
     "the largest of 32-bit ints"},
    {"shuffle", HALVES, HALVES, "x y + shuffle  0 at", "int", BENCH_COMPUTING, 100000,
     "ints in an order that nobody knows"},
    {"sort", HALVES, HALVES, "x y + sort  0 at", "int", BENCH_COMPUTING, 10000,
     "32-bit ints in order"},
    {"member", HALVES, HALVES, "x y member 0 +  0 at", "int", BENCH_COMPUTING, 10000,
     "which of 31-bit ints are among as many"},
    {"input", INTS, "int 0..1", "x y +  0 at", "int", BENCH_SHARING, 1000000,
     "sharing an owner's ints"},
    {"open", INTS, NULL, "x", "int[n]", BENCH_REVEALING, 1000000, "revealing ints to all"},
};

enum { OPERATIONS = sizeof operations / sizeof *operations };

/* What one line of the table is about. */
typedef struct trial {
    const operation *op;
    unsigned nodes;
    bool tcp;
    size_t length;
} trial;

typedef struct plan {
    bool chosen[OPERATIONS], kernels;
    size_t length[LIST_MAX], nodes[LIST_MAX];
    size_t lengths, node_counts;
    bool transport[2]; /* by enum transport_kind */
    double until;      /* when the time is over */
    size_t left;       /* trials still to be made */
    multiply_way multiply;
    bool active;
    bool json;
    buffer out;
} plan;

/* --- the program of a trial */

static void write_program(const trial *t, buffer *out)
{
    const operation *op = t->op;

    buffer_printf(out, "party left  party right\nparam n\nparam side\n");
    buffer_printf(out, "input x from left : %s\n", op->x);
    if (op->y) buffer_printf(out, "input y from right : %s\n", op->y);
    buffer_printf(out, "output r to all : %s\n%s  reveal r\n", op->learned, op->code);
}

static status compile_trial(const trial *t, program **out, failure *err)
{
    char n[24], side[24];
    setting set[] = {{.name = "n", .value = n}, {.name = "side", .value = side}};
    buffer text = {0};
    report rep = {0};

    snprintf(n, sizeof n, "%zu", t->length);
    snprintf(side, sizeof side, "%zu", (size_t)sqrt((double)t->length));
    write_program(t, &text);
    if (text.failed) return fail_memory(err);
    compile_request req = {
        .file = t->op->name, .source = {text.data, text.len}, .set = set, .sets = 2};
    status st = compile_verified(&req, out, &rep, NULL, err);
    if (st == E_PROGRAM && rep.findings)
        fail(err, E_BUG, "", "the program of `%s` does not compile: %s", t->op->name,
             rep.finding[0].message);
    report_free(&rep);
    buffer_free(&text);
    return st;
}

/* An operation in active mode, beside the same in passive mode in the same run: how many times its time and bytes. */
typedef struct ratio {
    double time, bytes;
} ratio;

/* Items whose time is told: of a matrix product the entries it has. */
static double items_of(const trial *t)
{
    size_t side = (size_t)sqrt((double)t->length);
    return strcmp(t->op->name, "matmul") ? (double)t->length : (double)(side * side);
}

static double efficiency(double limit, double seconds)
{
    return seconds > 0 ? limit / seconds : 0;
}

/* --- lines of the table */

static void head(bool active, buffer *out)
{
    buffer_printf(out, "%-12s %5s %-4s %9s %12s %9s %7s %10s %10s %10s %6s %9s %4s%s\n", "operation",
                  "nodes", "over", "length", "items/s", "B/item", "rounds", "ms", "limit ms",
                  "efficiency", "of cpu", "MB more", "runs", active ? "   time x  bytes x" : "");
}

static void line_text(const trial *t, const bench_result *r, const ratio *passive, buffer *out)
{
    double items = items_of(t);

    buffer_printf(
        out, "%-12s %5u %-4s %9zu %12.0f %9.2f %7" PRIu64 " %10.3f %10.3f %10.2f %6.2f %9.1f %4u",
        t->op->name, t->nodes, t->tcp ? "tcp" : "ipc", t->length,
        r->seconds > 0 ? items / r->seconds : 0, r->bytes / items, r->rounds, r->seconds * 1e3,
        r->limit * 1e3, efficiency(r->limit, r->seconds), efficiency(r->limit_cpu, r->cpu),
        (double)r->memory / 1e6, r->runs);
    if (passive) buffer_printf(out, " %8.2f %8.2f", passive->time, passive->bytes);
    buffer_printf(out, "\n");
}

static void line_json(const trial *t, const bench_result *r, const ratio *passive, buffer *out)
{
    double items = items_of(t);

    json_comma(out);
    buffer_printf(out,
                  "{\"operation\":\"%s\",\"nodes\":%u,\"threshold\":%u,\"transport\":\"%s\","
                  "\"length\":%zu,\"runs\":%u,\"seconds\":%.9f,\"limit_seconds\":%.9f,"
                  "\"cpu_seconds\":%.9f,\"limit_cpu_seconds\":%.9f,"
                  "\"efficiency\":%.4f,\"items_per_second\":%.1f,\"bytes_per_item\":%.4f,"
                  "\"bytes_sent\":%.0f,\"rounds\":%" PRIu64 ",\"multiplications\":%" PRIu64
                  ",\"memory\":%" PRIu64,
                  t->op->name, t->nodes, (t->nodes - 1) / 2, t->tcp ? "tcp" : "ipc", t->length,
                  r->runs, r->seconds, r->limit, r->cpu, r->limit_cpu,
                  efficiency(r->limit, r->seconds), r->seconds > 0 ? items / r->seconds : 0,
                  r->bytes / items, r->bytes, r->rounds, r->multiplications, r->memory);
    if (passive)
        buffer_printf(out, ",\"passive_time_ratio\":%.4f,\"passive_bytes_ratio\":%.4f",
                      passive->time, passive->bytes);
    buffer_printf(out, "}");
}

/* On a terminal and in a pipe alike a line is seen when it is measured. */
static status tell(plan *p, failure *err)
{
    if (p->json) return OK;
    if (p->out.failed) return fail_memory(err);
    fwrite(p->out.data, 1, p->out.len, stdout);
    fflush(stdout);
    p->out.len = 0;
    return OK;
}

/* --- trials */

static status measure(const plan *p, const trial *t, bool active, double seconds, bench_result *out,
                      failure *err)
{
    program *prog = NULL;
    launch *where = NULL;
    status st;

    if ((st = compile_trial(t, &prog, err))) return st;
    if (!(st = launch_local(&where, prog, t->nodes, 0, err)) &&
        !(st = launch_choose_multiply(where, p->multiply, err)) &&
        !(st = launch_choose_security(where, active, err))) {
        bench_request req = {prog, where, t->op->part, t->tcp, seconds};
        st = bench_program(&req, out, err);
    }
    launch_free(where);
    program_free(prog);
    return st;
}

/* By turns, so that whatever else the machine does meets both: *out is of the last turn, the ratios are medians. */
static status measure_both(const plan *p, const trial *t, double seconds, bench_result *out,
                           ratio *r, failure *err)
{
    enum { TURNS = 3 };
    double time[TURNS], bytes[TURNS];
    status st = OK;

    for (unsigned k = 0; !st && k < TURNS; k++) {
        bench_result passive;
        if ((st = measure(p, t, false, seconds / (2 * TURNS), &passive, err))) break;
        if ((st = measure(p, t, true, seconds / (2 * TURNS), out, err))) break;
        time[k] = out->seconds / passive.seconds, bytes[k] = out->bytes / passive.bytes;
    }
    if (!st) *r = (ratio){bench_median(time, TURNS), bench_median(bytes, TURNS)};
    return st;
}

static status try_one(plan *p, const trial *t, failure *err)
{
    double seconds = (p->until - bench_now()) / (double)p->left;
    bench_result r;
    ratio to_passive;
    status st;

    if (seconds <= 0) return OK;
    st = p->active ? measure_both(p, t, seconds, &r, &to_passive, err)
                   : measure(p, t, false, seconds, &r, err);
    if (st) return st;
    p->left--;
    (p->json ? line_json : line_text)(t, &r, p->active ? &to_passive : NULL, &p->out);
    return tell(p, err);
}

/* Calls try_one (or only counts) for every combination that was asked for. */
static status each_trial(plan *p, bool counting, failure *err)
{
    status st = OK;

    for (size_t n = 0; n < p->node_counts; n++)
        for (int over = TRANSPORT_IPC; over <= TRANSPORT_TCP; over++)
            for (size_t k = 0; k < OPERATIONS; k++)
                for (size_t l = 0; l < (p->lengths ? p->lengths : 1); l++) {
                    const operation *op = &operations[k];
                    trial t = {op, (unsigned)p->nodes[n], over == TRANSPORT_TCP,
                               p->lengths ? p->length[l] : op->length};
                    if (!p->transport[over] || !p->chosen[k]) continue;
                    if (counting)
                        p->left++;
                    else if ((st = try_one(p, &t, err)))
                        return st;
                }
    return OK;
}

static void show_kernel(void *user, const bench_kernel *k)
{
    plan *p = user;
    double rate = (double)k->moved / k->seconds / 1e9, most = (double)k->moved / k->limit / 1e9;

    if (p->json) {
        json_comma(&p->out);
        buffer_printf(&p->out,
                      "{\"kernel\":\"p61 %s\",\"length\":%zu,\"gigabytes_per_second\":%.3f,"
                      "\"memory_gigabytes_per_second\":%.3f,\"nanoseconds_per_item\":%.4f}",
                      k->name, k->length, rate, most, k->seconds / (double)k->length * 1e9);
    } else {
        buffer_printf(&p->out, "%-12s %9zu %10.3f %10.2f %10.2f %10.2f\n", k->name, k->length,
                      k->seconds / (double)k->length * 1e9, rate, most, rate / most);
    }
}

static status run_kernels(plan *p, failure *err)
{
    status st = OK;

    if (!p->kernels) return OK;
    if (!p->json)
        buffer_printf(&p->out, "\n%-12s %9s %10s %10s %10s %10s\n", "p61 kernel", "length",
                      "ns/item", "GB/s", "plain GB/s", "of it");
    if (p->lengths == 0) st = bench_kernels(61, KERNEL_LENGTH, show_kernel, p, err);
    for (size_t k = 0; !st && k < p->lengths; k++)
        st = bench_kernels(61, p->length[k], show_kernel, p, err);
    return st ? st : tell(p, err);
}

/* --- what is asked for */

static status read_list(const char *flag, const char *text, size_t least, size_t most, size_t *list,
                        size_t *count, failure *err)
{
    const char *at = text;

    for (*count = 0; *count < LIST_MAX; at++) {
        char *end;
        unsigned long long n = strtoull(at, &end, 10);
        if (*at < '0' || *at > '9' || n < least || n > most || (*end && *end != ',')) break;
        list[(*count)++] = (size_t)n;
        at = end;
        if (!*end) return OK;
    }
    return fail(err, E_USAGE, "",
                "`%s` wants whole numbers from %zu to %zu with commas between, not `%s`", flag,
                least, most, text);
}

static status choose_operations(const arguments *args, plan *p, failure *err)
{
    for (size_t i = 0; i < args->operands; i++) {
        bool known = !strcmp(args->operand[i], "kernels");
        p->kernels |= known;
        for (size_t k = 0; k < OPERATIONS; k++)
            if (!strcmp(args->operand[i], operations[k].name)) known = p->chosen[k] = true;
        if (known) continue;
        fail(err, E_USAGE, "", "there is no operation `%s` to measure", args->operand[i]);
        fail_add(err, "help: kernels");
        for (size_t k = 0; k < OPERATIONS; k++)
            fail_add(err, "      %-12s  %s", operations[k].name, operations[k].doc);
        return E_USAGE;
    }
    if (args->operands) return OK;
    p->kernels = true;
    for (size_t k = 0; k < OPERATIONS; k++) p->chosen[k] = true;
    return OK;
}

static status make_plan(const arguments *args, plan *p, failure *err)
{
    const char *over = args->over ? args->over : "both";
    status st;

    *p = (plan){.json = args->json,
                .multiply = (multiply_way)args->multiply,
                .active = args->security == SECURITY_ACTIVE};
    p->transport[TRANSPORT_IPC] = strcmp(over, "tcp") != 0;
    p->transport[TRANSPORT_TCP] = strcmp(over, "ipc") != 0;
    if ((st = choose_operations(args, p, err))) return st;
    if (args->lengths &&
        (st = read_list("--length", args->lengths, 1, LONGEST, p->length, &p->lengths, err)))
        return st;
    return read_list("--nodes", args->node_counts ? args->node_counts : "3", NODES_MIN, NODES_MAX,
                     p->nodes, &p->node_counts, err);
}

static status run_plan(const arguments *args, plan *p, failure *err)
{
    status st = OK;

    each_trial(p, true, err);
    p->until = bench_now() + (args->seconds ? args->seconds : SECONDS);
    if (p->json)
        buffer_printf(&p->out, "{\"schema\":\"moot.bench/1\",\"trials\":[");
    else if (p->left)
        head(p->active, &p->out);
    st = each_trial(p, false, err);
    if (p->json) buffer_printf(&p->out, "],\"kernels\":[");
    if (!st) st = run_kernels(p, err);
    if (p->json) buffer_printf(&p->out, "],\"not_measured\":%zu}\n", p->left);
    if (!st && p->left && !p->json)
        buffer_printf(
            &p->out, "%zu not measured, for the time is over: --seconds says how long it may take\n",
            p->left);
    return st;
}

int command_bench(const arguments *args)
{
    failure err = {0};
    plan p;

    if (make_plan(args, &p, &err) || run_plan(args, &p, &err)) {
        buffer_free(&p.out);
        return cli_fail(&err);
    }
    return cli_print(&p.out);
}
