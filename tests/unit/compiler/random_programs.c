/* Programs put together at random from words that fit: each encodes, loads and so verifies, and gives the same
 * outputs on the ideal box whether own-data work is hoisted to its owner or not, or lists are padded. */
#include "any.h"
#include "vm/abb.h"
#include "vm/interp.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char header[] = "param n = 3\nparty a\nparty g[n]\nparty k\n"
                             "input x from a : int -10..10\ninput y from a : fix -10..10\n"
                             "input b from a : bool\ninput v from a : int[3] -10..10\n"
                             "input f from g : fix[2] -10..10\ninput m from a : int[2 3] -10..10\n"
                             "input u from g : int -10..10\ninput h from g : bool\n"
                             "input p from g : int[..4] 0..9\ninput q from g : fix[..4] -2..2\n"
                             "input l from a : int[..5] -9..9\ninput r from g : int[2 ..4] -5..5\n"
                             "input z from k : fix[3] -3..3\n"
                             "output open to all : int\noutput pair to all : int[2]\n";
/* Public values for those who want some. */
static const char start[] =
    "u total reveal open  open 0 > [ x 2 [ 1 + dup reveal pair ] times drop ] "
    "[ 2 [ u total + reveal pair ] for ] if\n";

/* What a program is made of. Most of it fits only some of the time: the compiler says when. */
static const char *const steps[] = {
    "x",
    "y",
    "b",
    "v",
    "f",
    "m",
    "u",
    "h",
    "p",
    "q",
    "l",
    "r",
    "z",
    "open",
    "x",
    "v",
    "f",
    "u",
    "p",
    "0",
    "1",
    "2",
    "-7",
    "0.5",
    "-2.25",
    "true",
    "{ 1 2 3 }",
    "{ 0.5 -1 2 }",
    "{ true false true }",
    "{ { 1 2 3 } { 4 5 6 } }",
    "neg",
    "abs",
    "sq",
    "floor",
    "round",
    "sqrt",
    "dup",
    "swap over",
    "nip",
    "reverse",
    "flat",
    "transpose",
    "length",
    "sum",
    "mean",
    "count",
    "product",
    "any",
    "all",
    "minimum",
    "maximum",
    "argmin",
    "argmax",
    "variance",
    "median",
    "total",
    "sums",
    "not",
    "pool",
    "sort",
    "sort-down",
    "rank",
    "order",
    "2 top",
    "dup sort-by",
    "1 lookup",
    "x lookup",
    "dup member",
    "{ 0 3 } histogram",
    "+",
    "-",
    "*",
    "/",
    "min",
    "max",
    "=",
    "<>",
    "<",
    "<=",
    ">",
    ">=",
    "and",
    "or",
    "xor",
    "mask",
    "+",
    "-",
    "*",
    "/",
    "mask",
    "join",
    "append",
    "dot",
    "2 take",
    "1 skip",
    "0 at",
    "0 2 slice",
    "3 div",
    "3 mod",
    "0 take",
    "2 fill",
    "4 onehot",
    "1 7 put",
    "-5 5 clamp",
    "{ 3 1 } reshape",
    "[ neg ] map",
    "[ sq ] map",
    "[ sum ] map",
    "[ 1 + ] map",
    "[ dup * ] map",
    "[ maximum ] map",
    "[ 2 / ] map",
    "[ x + ] map",
    "[ v * ] map",
    "[ [ y * ] map ] map",
    "[ reverse ] map",
    "[ + ] reduce",
    "[ max ] reduce",
    "[ or ] reduce",
    "[ + ] scan",
    "0 [ + ] fold",
    "0 [ - ] fold",
    "[ + ] outer",
    "[ < ] outer",
    "[ * ] outer",
    "[ dot ] outer",
    "3 [ neg ] times",
    "900 [ 3 mod ] times",
    "900 [ not ] times",
    "900 [ 0.5 * ] times",
    "900 [ abs 7 min ] times",
    "900 [ x + 50 mod ] times",
    "900 [ swap ] times",
    "2 [ + ] for",
    "1 2 select",
    "x swap select",
    "[ 1 + ] dip",
    "[ sum ] keep",
    "n 2 > [ neg ] [ sq ] if",
    "open 0 > [ neg ] [ sq ] if",
    "open 0 > [ 1 + ] when",
    "open 0 > [ sum ] [ 0 at ] if",
    "open 5 < [ dup ] [ x swap ] if",
    "open 0 > [ v + ] [ { 1 2 3 } * ] if",
    "open 9 > [ p sum + ] [ q maximum total * ] if",
    "open 0 < [ open 3 > [ x ] [ 2 ] if + ] [ neg ] if",
    "open at",
    "open 3 mod at",
    "[ open 2 mod at ] map",
    "3 [ 1 + open 2 mod 0 = ] until",
    "4 [ open 0 > [ 1 + ] [ x - ] if true ] until",
    "900 [ open 0 > [ 1 + ] [ x + ] if 9 mod ] times",
    "pair",
    "pair open at",
    "open /",
    "b swap mask",
    "p +",
    "p *",
    "p q / +",
    "u +",
    "u *",
    "{ 1 2 3 } +",
};
enum { STEPS = sizeof steps / sizeof *steps, TRIES = 60, WORDS_MAX = 14, TURNS_MAX = 40 };
enum { OUTPUTS = 4, TEXT_MAX = 4000, TYPE_MAX = 40 };

typedef struct draft {
    char body[TEXT_MAX];
    char type[OUTPUTS][TYPE_MAX];
    bool summed[OUTPUTS]; /* what it reveals is of private length */
    unsigned outputs, drops;
    uint32_t state;
} draft;

static char *spell(const draft *d, const char *more)
{
    buffer text = {0};
    buffer_printf(&text, "%s", header);
    for (unsigned k = 0; k < d->outputs; k++)
        buffer_printf(&text, "output o%u to all : %s\n", k, d->type[k]);
    buffer_printf(&text, "%s%s %s\n", start, d->body, more);
    for (unsigned k = 0; k < d->outputs; k++)
        buffer_printf(&text, "%sreveal o%u\n", d->summed[k] ? "sum " : "", k);
    for (unsigned k = 0; k < d->drops; k++) buffer_printf(&text, "drop\n");
    return buffer_take(&text);
}

/* What of an owner's work with its own data is its own: all, what rests on private lengths, nothing. */
typedef enum own_work { OWN_ALL, OWN_LENGTHS, OWN_NOTHING, OWNS } own_work;

static status compile_text(const char *text, own_work own, program **p, report *rep)
{
    failure err = {0};
    compile_request req = {.file = "random.moot",
                           .source = {(const uint8_t *)text, strlen(text)},
                           .no_hoist = own != OWN_ALL,
                           .pad = own == OWN_NOTHING};
    status st = compile(&req, p, rep, &err);
    cr_assert(st == OK || st == E_PROGRAM, "status %d: %s\n%s", st, err.text, text);
    return st;
}

/* --- growing a body */

/* Whether nothing is wrong but that values are left over. */
static bool fits(const draft *d, const char *word)
{
    program *p;
    report rep;
    char *text = spell(d, word);
    compile_text(text, OWN_ALL, &p, &rep);
    bool good = true;
    for (size_t i = 0; i < rep.findings; i++)
        good &= !rep.finding[i].error || !strcmp(rep.finding[i].code, "E0206");
    program_free(p);
    report_free(&rep);
    free(text);
    return good;
}

static void grow(draft *d)
{
    unsigned words = 3 + any_next(&d->state) % WORDS_MAX;
    for (unsigned k = 0; k < TRIES && words; k++) {
        const char *word = steps[any_next(&d->state) % STEPS];
        if (!fits(d, word)) continue;
        size_t len = strlen(d->body);
        snprintf(d->body + len, sizeof d->body - len, " %s", word);
        words--;
    }
}

/* --- revealing what is on the stack: the compiler's findings say what is still wrong */

static unsigned lines_before_reveals(const draft *d)
{
    unsigned n = d->outputs + 2; /* the declarations, `start`, the body */
    for (const char *s = header; *s; s++) n += *s == '\n';
    return n;
}

static bool mend(draft *d, const finding *f)
{
    static const char marker[] = "but this is ";
    const char *is = strstr(f->message, marker);
    unsigned k = f->line - lines_before_reveals(d) - 1;
    if (!strcmp(f->code, "E0206")) {
        if (d->outputs == OUTPUTS) return ++d->drops;
        return snprintf(d->type[d->outputs++], TYPE_MAX, "int");
    }
    if (k >= d->outputs) return false;
    if (!strcmp(f->code, "E0601") && !d->summed[k]) return d->summed[k] = true;
    if (strcmp(f->code, "E0504") != 0 || !is) return false;
    return snprintf(d->type[k], TYPE_MAX, "%s", is + strlen(marker));
}

static bool mend_first(draft *d, const report *rep)
{
    for (size_t i = 0; i < rep->findings; i++)
        if (rep->finding[i].error) return mend(d, &rep->finding[i]);
    return false;
}

/* The text of a whole program, or NULL when the draft does not become one (a number too large, say). */
static char *finish(draft *d)
{
    for (unsigned turn = 0; turn < TURNS_MAX; turn++) {
        program *p;
        report rep;
        char *text = spell(d, "");
        status st = compile_text(text, OWN_ALL, &p, &rep);
        bool go_on = st == E_PROGRAM && mend_first(d, &rep);
        program_free(p);
        report_free(&rep);
        if (st == OK) return text;
        free(text);
        if (!go_on) return NULL;
    }
    return NULL;
}

/* --- running it both ways */

static void draw(plain *to, const port_decl *port, size_t list, uint32_t *state)
{
    size_t len = 1;
    for (unsigned k = 0; k < port->rank; k++)
        len *= port->open && k + 1u == port->rank ? list % (port->dim[k] + 1) : port->dim[k];
    cr_assert_eq(plain_alloc(to, len, 0, NULL), OK);
    for (size_t i = 0; i < len; i++)
        to->v[i] = wide_int(port->lo) +
                   any_next(state) % (uint32_t)(wide_int(port->hi) - wide_int(port->lo) + 1);
}

static status run_on_ideal(const program *p, uint32_t state, run_data **out, failure *err)
{
    const size_t length = state % 7; /* lists of one owner that meet have one length */
    *out = run_data_new(p);
    abb *box = ideal_new(p);
    cr_assert(*out && box);
    for (uint32_t i = 0; i < p->inputs; i++)
        for (uint32_t m = 0; m < p->party[p->input[i].party].size; m++)
            draw(&(*out)->input[i][m], &p->input[i], length + m, &state);
    status st = interp_run(p, box, *out, err);
    ideal_free(box);
    return st;
}

static program *loaded(const char *text, own_work own)
{
    program *p, *again = NULL;
    report rep;
    buffer bytes = {0};
    failure err = {0};
    if (compile_text(text, own, &p, &rep)) return report_free(&rep), NULL;
    program_encode(p, &bytes);
    status st = program_load(&again, (slice){bytes.data, bytes.len}, &err);
    cr_assert_eq(st, OK, "%s, own work %d\n%s", err.text, (int)own, text);
    program_free(p);
    report_free(&rep);
    buffer_free(&bytes);
    return again;
}

static void expect_same(const program *p, const run_data *a, const run_data *b, const char *text)
{
    for (uint32_t o = 0; o < p->outputs; o++) {
        const plain *x = &a->output[o][0], *y = &b->output[o][0];
        cr_assert_eq(x->len, y->len, "%s", text);
        for (size_t i = 0; i < x->len; i++) {
            num one, other; /* of fields that need not be as wide */
            cr_assert(plain_narrow(x, i, &one) && plain_narrow(y, i, &other), "%s", text);
            cr_assert(one == other, "output %u, item %zu: %lld, and else %lld\n%s", o, i,
                      (long long)one, (long long)other, text);
        }
    }
}

/* Returns whether it ran: a number that was assumed to stay small may not have, and what the owner could hold may
 * outgrow the field. */
static bool agrees(const char *text, uint32_t state)
{
    program *p[OWNS] = {NULL};
    run_data *data[OWNS] = {NULL};
    bool ran = true;
    for (own_work k = OWN_ALL; ran && k < OWNS; k++) {
        failure err = {0};
        if (!(p[k] = loaded(text, k))) break;
        status st = run_on_ideal(p[k], state, &data[k], &err);
        cr_assert(st == OK || st == E_LIMIT, "%s, own work %d\n%s", err.text, (int)k, text);
        ran = st == OK;
        if (ran) expect_same(p[0], data[0], data[k], text);
    }
    ran = ran && p[OWNS - 1];
    for (own_work k = OWN_ALL; k < OWNS; k++) {
        if (data[k]) run_data_free(data[k], p[k]);
        program_free(p[k]);
    }
    return ran;
}

static void run_programs(uint32_t seed)
{
    enum { PROGRAMS = 150, LEAST = 75 };
    unsigned ran = 0;
    for (uint32_t i = 0; i < PROGRAMS; i++) {
        draft d = {.state = seed + i};
        any_next(&d.state), any_next(&d.state);
        grow(&d);
        char *text = finish(&d);
        ran += text && agrees(text, seed ^ i);
        free(text);
    }
    cr_expect_geq(ran, LEAST, "only %u of %d programs ran", ran, PROGRAMS);
}

Test(random_programs, agree_with_and_without_own_data_work)
{
    run_programs(1);
}

Test(random_programs, agree_with_and_without_own_data_work_again)
{
    run_programs(1000003);
}
