/* The C interface: programs, and what codes mean. Engines are in moot_engine.c, sessions in moot_session.c. */
#include "runtime/moot_internal.h"

#include "runtime/explain.h"
#include "runtime/json.h"
#include "runtime/source.h"

#include <math.h>
#include <openssl/sha.h>
#include <stdlib.h>
#include <string.h>

const char *moot_version(void)
{
    return MOOT_VERSION;
}

const char *moot_strerror(int rc)
{
    switch (rc) {
    case MOOT_OK: return "no error";
    case MOOT_AGAIN: return "still running";
    case MOOT_DONE: return "done";
    case MOOT_EPROGRAM: return "the program has errors";
    case MOOT_EUSAGE: return "wrong usage";
    case MOOT_EDATA: return "input data wrong";
    case MOOT_ECONFIG: return "parties disagree, or bad config or keys";
    case MOOT_EPEER: return "a peer is unreachable, lost or silent";
    case MOOT_EABORT: return "stopped: inconsistent messages";
    case MOOT_ELIMIT: return "over a limit";
    case MOOT_EINTERNAL: return "a bug in moot";
    case MOOT_ENOMEM: return "out of memory";
    case MOOT_ECANCELLED: return "cancelled";
    default: return "unknown code";
    }
}

void moot_free(moot_engine *e, void *p)
{
    (void)e;
    free(p);
}

/* --- compiling */

/* Takes over p, *code and *rep; rep is NULL for a program that was loaded. */
static int program_new(moot_engine *e, program *p, buffer *code, report *rep, moot_program **out)
{
    moot_program *made = calloc(1, sizeof *made);

    if (!made) {
        program_free(p);
        buffer_free(code);
        if (rep) report_free(rep);
        return MOOT_ENOMEM;
    }
    atomic_init(&made->users, 1);
    made->engine = e;
    made->program = p;
    made->code = *code;
    made->compiled = rep != NULL;
    if (rep) made->report = *rep;
    *out = made;
    return MOOT_OK;
}

/* Reads {"n":5,"rate":0.5} into settings that live in `texts`. */
static status read_params(const json *j, arena *texts, compile_request *req, failure *err)
{
    setting *set;

    if (!cJSON_IsObject(j->root)) return fail(err, E_USAGE, "", "params must be a JSON object");
    set = arena_alloc(texts, (size_t)cJSON_GetArraySize(j->root) * sizeof *set);
    req->set = set;
    for (const cJSON *v = j->root->child; v; v = v->next) {
        slice token = json_token(j, v);
        if (!cJSON_IsNumber(v))
            return fail(err, E_USAGE, "", "param `%s` must be a number", v->string);
        set[req->sets++] =
            (setting){.name = arena_strndup(texts, v->string, strlen(v->string)),
                      .value = arena_strndup(texts, (const char *)token.data, token.len)};
    }
    return OK;
}

static status take_params(const char *text, arena *texts, compile_request *req, failure *err)
{
    jmp_buf oom;
    status st;
    json j;

    if (!text) return OK;
    if (json_parse(&j, (slice){(const uint8_t *)text, strlen(text)}, "params", JSON_ANY_NUMBERS, err))
        return E_USAGE;
    texts->oom = &oom;
    st = setjmp(oom) ? fail_memory(err) : read_params(&j, texts, req, err);
    texts->oom = NULL;
    json_free(&j);
    return st;
}

/* Findings as text; the failure's own where there are none. */
static char *diagnostics_text(const report *rep, status st, const failure *err)
{
    buffer text = {0};

    for (size_t i = 0; i < rep->findings; i++) buffer_printf(&text, "%s", rep->finding[i].text);
    if (st && rep->findings == 0) buffer_printf(&text, "error: %s\n", err->text);
    return text.len ? buffer_take(&text) : NULL;
}

static int compile_text(moot_engine *e, compile_request *req, const char *params_json,
                        moot_program **out, char **diagnostics)
{
    report rep = {0};
    failure err = {0};
    buffer code = {0};
    arena texts = {0};
    program *p = NULL;
    status st;

    if (!(st = take_params(params_json, &texts, req, &err)))
        st = compile_verified(req, &p, &rep, &code, &err);
    if (diagnostics) *diagnostics = diagnostics_text(&rep, st, &err);
    arena_free(&texts);
    if (!st) return program_new(e, p, &code, &rep, out);
    report_free(&rep);
    buffer_free(&code);
    return moot_code(st);
}

int moot_compile(moot_engine *e, const char *name, const char *src, size_t n,
                 const char *params_json, moot_program **out, char **diagnostics)
{
    compile_request req = {.file = name, .source = {(const uint8_t *)src, n}};
    const memory_source *before = engine_memory(e);
    int rc;

    *out = NULL;
    rc = compile_text(e, &req, params_json, out, diagnostics);
    memory_use(before);
    return rc;
}

static int load_bytes(moot_engine *e, slice bytes, moot_program **out, failure *err)
{
    buffer code = {0};
    program *p = NULL;
    status st = program_load(&p, bytes, err);

    if (st) return moot_code(st);
    buffer_append(&code, bytes.data, bytes.len);
    if (!code.failed) return program_new(e, p, &code, NULL, out);
    program_free(p);
    return moot_code(fail_memory(err));
}

int moot_load(moot_engine *e, const void *mbc, size_t n, moot_program **out)
{
    const memory_source *before = engine_memory(e);
    failure err = {0};
    int rc;

    *out = NULL;
    if ((rc = load_bytes(e, (slice){mbc, n}, out, &err)))
        engine_log(e, MOOT_LOG_ERROR, "a program of %zu bytes was not loaded: %s", n, err.text);
    memory_use(before);
    return rc;
}

int moot_verify(moot_engine *e, const void *mbc, size_t n, char **why)
{
    const memory_source *before = engine_memory(e);
    moot_program *p = NULL;
    failure err = {0};
    int rc = load_bytes(e, (slice){mbc, n}, &p, &err);

    *why = rc ? strdup(err.text) : NULL;
    moot_program_free(p);
    memory_use(before);
    return rc;
}

int moot_save(moot_program *p, void **buf, size_t *n)
{
    const memory_source *before = engine_memory(p->engine);

    *buf = malloc(p->code.len);
    memory_use(before);
    if (!*buf) return MOOT_ENOMEM;
    memcpy(*buf, p->code.data, p->code.len);
    *n = p->code.len;
    return MOOT_OK;
}

moot_program *moot_program_share(moot_program *p)
{
    atomic_fetch_add(&p->users, 1);
    return p;
}

void moot_program_free(moot_program *p)
{
    if (!p || atomic_fetch_sub(&p->users, 1) > 1) return;
    program_free(p->program);
    buffer_free(&p->code);
    if (p->compiled) report_free(&p->report);
    free(p);
}

void moot_program_hash(const moot_program *p, uint8_t out[32])
{
    slice core = program_core((slice){p->code.data, p->code.len});

    SHA256(core.data, core.len, out);
}

static status describe(moot_program *p, char **out)
{
    explanation e = {.program = p->program, .report = &p->report};
    launch *l = NULL;
    cost price = {0};
    buffer text = {0};
    status st = launch_local(&l, p->program, 0, 0, NULL);

    if (st) return st;
    if (!(st = cost_of(&price, p->program, l, NULL))) {
        e.launch = l, e.cost = &price;
        explain_json(&e, &text);
        cost_free(&price);
        if (!(*out = buffer_take(&text))) st = E_MEMORY;
    }
    launch_free(l);
    return st;
}

int moot_describe(moot_program *p, char **out)
{
    const memory_source *before;
    status st;

    *out = NULL;
    if (!p->compiled) return MOOT_EUSAGE;
    before = engine_memory(p->engine);
    st = describe(p, out);
    memory_use(before);
    return moot_code(st);
}

/* --- ports */

int moot_port_count(const moot_program *p)
{
    return (int)(p->program->inputs + p->program->outputs);
}

static double as_double(const program *p, const port_decl *port, wide v)
{
    if (port->kind == KIND_KEY) return 0;
    return ldexp(wide_double(v), port->kind == KIND_FIX ? -(int)p->precision : 0);
}

int moot_port_info(const moot_program *p, int i, moot_port *out)
{
    const program *in = p->program;
    const port_decl *port;
    bool is_output;

    if (out->size < sizeof *out || out->abi != MOOT_ABI) return MOOT_EUSAGE;
    if (i < 0 || i >= moot_port_count(p)) return MOOT_EUSAGE;
    is_output = (uint32_t)i >= in->inputs;
    port = is_output ? &in->output[(uint32_t)i - in->inputs] : &in->input[i];
    out->name = port->name;
    out->party = port->party == PARTY_ALL ? "all" : in->party[port->party].name;
    out->is_output = is_output;
    out->kind = port->kind;
    out->rank = port->rank;
    for (int k = 0; k < AXES; k++) out->dim[k] = k < port->rank ? (int64_t)port->dim[k] : 0;
    out->lo = as_double(in, port, port->lo);
    out->hi = as_double(in, port, port->hi);
    return MOOT_OK;
}
