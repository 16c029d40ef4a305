/* The programs, each as short as what it is there for allows, and their inputs. What is revealed follows from the inputs
 * alone: where something is drawn, the results do not depend on it. */
#include "catalog.h"

#include "compiler/compile.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define THREE "party ann\nparty ben\nparty cho\n"
#define ONE_EACH                                                                                   \
    THREE "input x from ann : int -100..100\ninput y from ben : int -100..100\n"                   \
          "input z from cho : int -100..100\n"
#define VECTORS THREE "input v from ann : int[5] -9..9\ninput w from ben : int[5] -9..9\n"

const sim_entry catalog[] = {
    {"sum", 60, false, ONE_EACH "output s to all : int\nx y + z - 3 * reveal s\n"},
    {"own-data", 20, true,
     "party saver[3]\ninput paid from saver : int[4] 0..1000\noutput m to all : fix\n"
     "paid [ mean ] map mean reveal m\n"},
    {"products", 60, false,
     VECTORS "output p to all : int[5]\noutput d to cho : int\nv w * reveal p\nv w dot reveal d\n"},
    {"comparisons", 50, false,
     ONE_EACH
     "output less to all : bool[3]\noutput same to ben : bool\n{ x y < y z <= z x > } reveal "
     "less\nx y = reveal same\n"},
    {"logic", 30, false,
     THREE "input p from ann : bool[4]\ninput q from ben : bool[4]\noutput r to all : bool[4]\n"
           "output n to all : int\np q and -> e\ne reveal r\ne count reveal n\n"},
    {"more-logic", 20, true,
     THREE "input p from ann : bool[4]\ninput q from ben : bool[4]\noutput r to all : bool[4]\n"
           "output n to all : int\np q and q p not or xor reveal r\np q or count reveal n\n"},
    {"choice", 30, false,
     VECTORS "output m to all : int[5]\noutput best to ann : int\nv w < v w select reveal m\n"
             "v w max argmax reveal best\n"},
    {"floors", 30, false,
     ONE_EACH "output q to all : int[2]\n{ x y * 7 div z x + 5 mod } reveal q\n"},
    {"fixed-point", 30, false,
     THREE
     "input f from ann : fix -8..8\ninput g from ben : fix -8..8\ninput h from cho : fix -8..8\n"
     "output r to all : fix[2]\n{ f g * h + f h - sq } reveal r\n"},
    {"quotient", 10, true,
     THREE "input f from ann : int 1..50\ninput g from ben : int 1..50\noutput r to all : fix\nf g "
           "/ reveal "
           "r\n"},
    {"maximum", 30, false,
     "party bidder[3]\ninput bid from bidder : int 0..1000\noutput price to all : int\n"
     "output won to bidder : bool\nbid maximum reveal price\nbid argmax 3 onehot reveal won\n"},
    {"sort", 20, false, VECTORS "output s to all : int[10]\nv w append sort reveal s\n"},
    {"rank", 10, false, VECTORS "output r to cho : int[5]\nv w + rank reveal r\n"},
    {"sort-rows", 10, false, VECTORS "output s to all : int[5]\nv w sort-by reveal s\n"},
    {"keys", 20, false,
     THREE "input ours from ann : key[4]\ninput theirs from ben : key[3]\noutput n to all : int\n"
           "output found to cho : bool[4]\nours theirs member count reveal n\n"
           "ours theirs match reveal found drop\n"},
    {"positions", 20, false,
     THREE
     "input v from ann : int[4] -9..9\ninput i from ben : int -1..3\ninput j from cho : int 0..1\n"
     "output got to all : int\noutput there to cho : int[4]\n"
     "v i j + lookup reveal got\nv i j + 7 put reveal there\n"},
    {"shuffle", 20, false,
     VECTORS "output s to all : int\nv shuffle w shuffle append sq sum reveal s\n"},
    {"groups", 10, true,
     THREE
     "input g from ann : int[6] 0..3\ninput v from ben : int[6] -9..9\noutput s to all : int[3]\n"
     "g v 3 group-sum reveal s\n"},
    {"matrices", 20, false,
     THREE "input m from ann : int[3 3] -9..9\ninput n from ben : int[3 3] -9..9\n"
           "output p to all : int[3 3]\nm n dot reveal p\n"},
    {"rounds", 30, false,
     ONE_EACH
     "output seen to all : int[3]\noutput last to all : int\nx 3 [ y + z * dup 100 mod reveal "
     "seen 1000 mod ] times reveal last\n"},
    {"branches", 30, false,
     ONE_EACH "output big to all : bool\noutput r to all : int\nx y > dup reveal big drop\n"
              "big [ x y * ] [ y z + ] if reveal r\n"},
    {"until", 20, false,
     ONE_EACH
     "output over to all : bool[4]\noutput r to all : int\nx 4 [ y z * + dup 60 > reveal over "
     "over ] until reveal r\n"},
    {"private-lengths", 10, true,
     "party h[3]\ninput age from h : int[..4] 0..99\noutput n to all : int\noutput oldest to all : "
     "int\n"
     "age length sum reveal n\nage maximum maximum reveal oldest\n"},
    {"scan", 10, false, VECTORS "output s to all : int[5]\nv w max [ max ] scan reveal s\n"},
    {"large-numbers", 20, false,
     THREE "input x from ann : int -1_000_000_000_000_000..1_000_000_000_000_000\n"
           "input y from ben : int -1_000_000_000_000_000..1_000_000_000_000_000\n"
           "output p to all : int\noutput l to all : bool\nx y * reveal p\nx y < reveal l\n"},
    {"larger-numbers", 5, true,
     THREE "input x from ann : int "
           "-1_000_000_000_000_000_000_000_000..1_000_000_000_000_000_000_000_000\n"
           "input y from ben : int "
           "-1_000_000_000_000_000_000_000_000..1_000_000_000_000_000_000_000_000\n"
           "output p to all : int\noutput l to all : bool\nx y * x * reveal p\nx y < reveal l\n"},
    {"mixed-owners", 10, false,
     "party voter[3]\nparty clerk\ninput weight from voter : int 0..1000\ninput scale from clerk : "
     "int "
     "1..10\noutput total to all : int\noutput mine to voter : int\n"
     "weight sum scale * reveal total\nweight scale * reveal mine\n"},
    /* more to one peer than a window of credit takes */
    {"full-windows", 2, true,
     THREE "input x from ann : int -9..9\ninput y from ben : int -9..9\noutput s to all : int\n"
           "x 600_000 fill y 600_000 fill * sum reveal s\n"},
};
const size_t catalog_len = sizeof catalog / sizeof *catalog;

const sim_entry *catalog_find(const char *name)
{
    const sim_entry *e = catalog;

    while (strcmp(e->name, name) != 0) e++;
    return e;
}

/* --- compiling and pricing */

enum { PREPARED_MAX = 512 };

static struct {
    prepared is;
    unsigned nodes;
    bool active;
} kept[PREPARED_MAX];
static size_t kept_len;

static void must(status st, const sim_entry *e, const failure *err)
{
    if (!st) return;
    fprintf(stderr, "%s: %s\n", e->name, err->text);
    exit(E_BUG);
}

static program *compiled(const sim_entry *e)
{
    compile_request req = {.file = e->name,
                           .source = {(const uint8_t *)e->source, strlen(e->source)}};
    buffer bytes = {0};
    report rep = {0};
    failure err = {0};
    program *fresh = NULL, *p = NULL;
    status st = compile(&req, &fresh, &rep, &err);

    for (size_t k = 0; k < rep.errors; k++) fputs(rep.finding[k].text, stderr);
    must(st, e, &err);
    report_free(&rep);
    program_encode(fresh, &bytes);
    program_free(fresh);
    must(program_load(&p, (slice){bytes.data, bytes.len}, &err), e, &err);
    buffer_free(&bytes);
    return p;
}

static void prepare(prepared *out, const sim_entry *e, unsigned nodes, bool active)
{
    failure err = {0};

    out->entry = e;
    out->program = compiled(e);
    must(launch_local(&out->launch, out->program, nodes, 0, &err), e, &err);
    must(launch_choose_security(out->launch, active && !e->passive, &err), e, &err);
    must(cost_of(&out->price, out->program, out->launch, &err), e, &err);
}

const prepared *catalog_prepare(size_t entry, unsigned nodes, bool active)
{
    size_t k = 0;

    while (k < kept_len && (kept[k].is.entry != &catalog[entry] || kept[k].nodes != nodes ||
                            kept[k].active != active))
        k++;
    if (k == PREPARED_MAX) abort();
    if (k == kept_len) {
        prepare(&kept[k].is, &catalog[entry], nodes, active);
        kept[k].nodes = nodes, kept[k].active = active;
        kept_len++;
    }
    return &kept[k].is;
}

void catalog_free(void)
{
    for (size_t k = 0; k < kept_len; k++) {
        cost_free(&kept[k].is.price);
        launch_free(kept[k].is.launch);
        program_free(kept[k].is.program);
    }
    kept_len = 0;
}

/* --- inputs */

enum { KEYS = 6 }; /* so many different ones, so that some match */

static int64_t within(wide end)
{
    const int64_t most = INT64_C(1) << 61; /* a difference of two still fits */
    int64_t v = wide_int(end);
    return v > most ? most : v < -most ? -most : v;
}

static int64_t draw_item(const port_decl *in, draws *d)
{
    if (in->kind == KIND_KEY) return (int64_t)draw_below(d, KEYS);
    if (in->kind == KIND_BOOL) return (int64_t)draw_below(d, 2);
    return draw_between(d, within(in->lo), within(in->hi));
}

void catalog_inputs(const program *p, draws *d, run_data *data)
{
    failure err;
    for (uint32_t k = 0; k < p->inputs; k++) {
        const port_decl *in = &p->input[k];
        size_t most = 1;
        for (unsigned axis = 0; axis < in->rank; axis++) most *= (size_t)in->dim[axis];
        for (uint32_t m = 0; m < party_members(p, in->party); m++) {
            plain *x = &data->input[k][m];
            size_t len = in->open ? (size_t)draw_below(d, most + 1) : most;
            if (plain_alloc(x, len, p->extra, &err)) abort();
            for (size_t i = 0; i < len; i++) {
                int64_t v = draw_item(in, d);
                uint64_t *words = item_words(x->v, i, p->extra);
                memset(words, v < 0 ? 0xff : 0, item_size(p->extra));
                words[0] = (uint64_t)v;
            }
        }
    }
}
