/* The rest of the line after checking: from values to a program, pass by pass. */
#include "compiler/emit.h"
#include "compiler/hoist.h"
#include "compiler/keywidth.h"
#include "compiler/late.h"
#include "compiler/level.h"
#include "compiler/pad.h"
#include "compiler/translate.h"

#include <stdlib.h>

static status build(ir *g, const generate_options *o, program *p, failure *err)
{
    flow f;
    const site *sites = hoist_plan(g, o);
    status st = choose_key_width(g, sites, &g->at, err);
    if (st) return st;
    translate(g, sites, &f);
    level(&f);
    if ((st = emit_program(g, &f, p, err))) return st;
    return choose_field(g, p, err);
}

/* What the checker knows values by stays as it is: padding makes another graph. */
static status build_padded(ir *g, const generate_options *o, program *p, failure *err)
{
    ir padded;
    pad_lengths(g, &padded);
    status st = build(&padded, o, p, err);
    g->keys = padded.keys, g->at = padded.at;
    return st;
}

static status build_either(ir *g, const generate_options *o, program *p, failure *err)
{
    late(g);
    return o->pad ? build_padded(g, o, p, err) : build(g, o, p, err);
}

status generate(ir *g, const generate_options *o, program **out, failure *err)
{
    jmp_buf oom;
    program *p = calloc(1, sizeof *p);
    if (!p) return fail_memory(err);
    jmp_buf *const outer = g->mem->oom;
    p->mem.oom = g->mem->oom = &oom;
    status st = setjmp(oom) ? fail_memory(err) : build_either(g, o, p, err);
    p->mem.oom = NULL;
    g->mem->oom = outer;
    if (st) {
        program_free(p);
        return st;
    }
    *out = p;
    return OK;
}
