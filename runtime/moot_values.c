/* The C interface: giving a session its inputs and reading its outputs. */
#include "runtime/moot_internal.h"

#include "runtime/data.h"
#include "runtime/data_key.h"
#include "vm/key.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { LOOKED_AT = 4096 }; /* items of a borrowed input that are read at a time to check them */

bool session_is_here(const moot_session *s, uint32_t party, uint32_t member)
{
    return s->ideal || (party != PARTY_ALL && s->launch->home[party][member] == s->self);
}

/* --- inputs */

static uint64_t items_of(const port_decl *port)
{
    uint64_t items = 1;

    for (int k = 0; k < port->rank; k++) items *= port->dim[k];
    return items;
}

/* How many members' values of a port are here, and which is the first. */
static uint32_t count_here(const moot_session *s, uint32_t party, uint32_t *first)
{
    uint32_t here = 0;

    for (uint32_t k = party_members(s->program, party); k-- > 0;)
        if (session_is_here(s, party, k)) *first = k, here++;
    return here;
}

static status find_input(moot_session *s, const char *name, uint32_t *index, uint32_t *here)
{
    const program *p = s->program;
    uint32_t first;

    for (uint32_t i = 0; i < p->inputs; i++) {
        if (strcmp(p->input[i].name, name) != 0) continue;
        *index = i;
        *here = count_here(s, p->input[i].party, &first);
        if (*here > 0) return OK;
        return fail(&s->call, E_USAGE, "", "input `%s` comes from `%s`, which is not this party",
                    name, p->party[p->input[i].party].name);
    }
    return fail(&s->call, E_USAGE, "", "the program has no input `%s`", name);
}

/* Each member's part has the port's length; a private length may be less, by whole rows of the open axis. */
static status check_length(moot_session *s, const port_decl *port, uint32_t here, size_t n)
{
    uint64_t most = items_of(port);
    uint64_t rows =
        port->open && port->rank && port->dim[port->rank - 1] ? most / port->dim[port->rank - 1] : 1;

    if (n % here == 0 &&
        (n / here == most || (port->open && n / here < most && n / here % rows == 0)))
        return OK;
    return fail(&s->call, E_USAGE, "", "input `%s` has %s%" PRIu64 " items, not %zu", port->name,
                port->open ? "at most " : "", most * here, n);
}

static status check_values(const moot_session *s, const port_decl *port, const plain *v,
                           size_t from, failure *err)
{
    char lo[WIDE_TEXT], hi[WIDE_TEXT], shown[WIDE_TEXT];
    const unsigned f = port->kind == KIND_FIX ? s->program->precision : 0;
    const size_t at = plain_outside(v, port->lo, port->hi);

    if (at == v->len) return OK;
    return fail(err, E_DATA, "D02", "%s is outside %s..%s, item %zu of `%s`",
                plain_print(v, at, f, shown), wide_print_fix(port->lo, f, lo),
                wide_print_fix(port->hi, f, hi), from + at + 1, port->name);
}

/* One item of the caller's array as the program's number; false when it has none. */
typedef bool (*reads_item)(const program *p, const port_decl *port, const void *v, size_t at,
                           num *out);

static status copy_member(const moot_session *s, const port_decl *port, reads_item read,
                          const void *v, size_t from, size_t n, plain *out, failure *err)
{
    plain copy = {0}, items = {0};
    status st = plain_alloc(&copy, n, 0, err);

    for (size_t k = 0; k < n && !st; k++)
        if (!read(s->program, port, v, from + k, &copy.v[k]))
            st = fail(err, E_DATA, "D02", "item %zu of `%s` is no value it can hold", from + k + 1,
                      port->name);
    if (!st) st = check_values(s, port, &copy, from, err);
    if (!st) st = plain_convert(&items, &copy, s->program->extra, err);
    plain_free(&copy);
    if (st) return st;
    plain_free(out);
    *out = items;
    return OK;
}

/* Finds the input, and checks that it may be given now, n items for all members that are here. */
static status may_set(moot_session *s, const char *name, size_t n, uint32_t *index, uint32_t *here)
{
    status st;

    if ((st = session_expect(s, NEW, "the session has started"))) return st;
    if ((st = find_input(s, name, index, here))) return st;
    return check_length(s, &s->program->input[*index], *here, n);
}

/* Reads all members' items of an input, one member's after the other's. */
static status copy_input(moot_session *s, uint32_t index, uint32_t here, reads_item read,
                         const void *v, size_t n, failure *err)
{
    const port_decl *port = &s->program->input[index];
    const memory_source *before = engine_memory(s->engine);
    size_t from = 0;
    status st = OK;

    for (uint32_t k = 0; k < party_members(s->program, port->party) && !st; k++) {
        if (!session_is_here(s, port->party, k)) continue;
        st = copy_member(s, port, read, v, from, n / here, &s->data->input[index][k], err);
        from += n / here;
    }
    memory_use(before);
    return st;
}

static int set_input(moot_session *s, const char *name, reads_item read, const void *v, size_t n)
{
    uint32_t index = 0, here = 1;
    status st = may_set(s, name, n, &index, &here);

    if (st) return moot_code(st);
    s->borrowed[index].v = NULL;
    return moot_code(copy_input(s, index, here, read, v, n, &s->call));
}

static bool read_i64(const program *p, const port_decl *port, const void *v, size_t at, num *out)
{
    num item = ((const int64_t *)v)[at];

    if (port->kind == KIND_KEY)
        return *out = key_cut(key_of_number(item), wide_num(port->hi)), true;
    *out = port->kind == KIND_FIX ? num_mul(item, (num)1 << p->precision) : item;
    return num_fits(*out);
}

/* Half away from zero, as decimals in data are. */
static bool read_double(const program *p, const port_decl *port, double item, num *out)
{
    double scaled = round(ldexp(item, (int)p->precision));

    if (port->kind != KIND_FIX || !isfinite(scaled) || fabs(scaled) > 0x1p125) return false;
    *out = (num)scaled;
    return true;
}

static bool read_f64(const program *p, const port_decl *port, const void *v, size_t at, num *out)
{
    return read_double(p, port, ((const double *)v)[at], out);
}

static bool read_f32(const program *p, const port_decl *port, const void *v, size_t at, num *out)
{
    return read_double(p, port, ((const float *)v)[at], out);
}

static bool read_text(const program *p, const port_decl *port, const void *v, size_t at, num *out)
{
    const char *item = ((const char *const *)v)[at];

    (void)p;
    if (port->kind != KIND_KEY || !item) return false;
    if (key_of_utf8((slice){(const uint8_t *)item, strlen(item)}, out)) return false;
    *out = key_cut(*out, wide_num(port->hi));
    return true;
}

int moot_set_i64(moot_session *s, const char *input, const int64_t *v, size_t n)
{
    return set_input(s, input, read_i64, v, n);
}

int moot_set_f64(moot_session *s, const char *input, const double *v, size_t n)
{
    return set_input(s, input, read_f64, v, n);
}

int moot_set_text(moot_session *s, const char *input, const char *const *v, size_t n)
{
    return set_input(s, input, read_text, v, n);
}

/* --- inputs that stay where they are */

/* A few at a time, so that no copy of all is ever made. */
static status check_borrowed(moot_session *s, const port_decl *port, const float *v, size_t n)
{
    plain some = {0};
    status st = OK;

    for (size_t from = 0; from < n && !st; from += LOOKED_AT)
        st = copy_member(s, port, read_f32, v, from, n - from < LOOKED_AT ? n - from : LOOKED_AT,
                         &some, &s->call);
    plain_free(&some);
    return st;
}

int moot_set_borrow_f32(moot_session *s, const char *input, const float *v, size_t n)
{
    const memory_source *before = engine_memory(s->engine);
    uint32_t index = 0, here = 1;
    status st = may_set(s, input, n, &index, &here);

    if (!st && s->program->input[index].kind != KIND_FIX)
        st = fail(&s->call, E_USAGE, "", "input `%s` is not fix", input);
    if (!st) st = check_borrowed(s, &s->program->input[index], v, n);
    if (!st) s->borrowed[index] = (borrowed){v, n};
    memory_use(before);
    return moot_code(st);
}

bool session_has_input(const moot_session *s, uint32_t index, uint32_t member)
{
    return s->data->input[index][member].v || s->borrowed[index].v;
}

status session_take_borrowed(moot_session *s, failure *err)
{
    uint32_t first;
    status st = OK;

    for (uint32_t i = 0; i < s->program->inputs && !st; i++) {
        const borrowed *b = &s->borrowed[i];
        if (!b->v) continue;
        st = copy_input(s, i, count_here(s, s->program->input[i].party, &first), read_f32, b->v,
                        b->n, err);
    }
    return st;
}

/* --- outputs */

static status find_output(moot_session *s, const char *name, uint32_t *index)
{
    const program *p = s->program;

    status st = session_expect(s, DONE, "the session is not done");

    if (st) return st;
    for (uint32_t i = 0; i < p->outputs; i++)
        if (strcmp(p->output[i].name, name) == 0) {
            *index = i;
            return OK;
        }
    return fail(&s->call, E_USAGE, "", "the program has no output `%s`", name);
}

/* Puts all members' values that are here one after the other. */
static status join_output(moot_session *s, const char *name, uint32_t *index, plain *out)
{
    const port_decl *port;
    status st = find_output(s, name, index);
    size_t len = 0, at = 0;

    if (st) return st;
    port = &s->program->output[*index];
    for (uint32_t k = 0; k < party_members(s->program, port->party); k++)
        if (s->data->output[*index][k].v) len += s->data->output[*index][k].len, at = 1;
    if (at == 0) return fail(&s->call, E_USAGE, "", "output `%s` is not for this party", name);
    if ((st = plain_alloc(out, len, s->program->extra, &s->call))) return st;
    at = 0;
    for (uint32_t k = 0; k < party_members(s->program, port->party); k++) {
        const plain *part = &s->data->output[*index][k];
        if (!part->v) continue;
        memcpy(item_words(out->v, at, out->extra), part->v, part->len * item_size(out->extra));
        at += part->len;
    }
    return OK;
}

/* Writes one of the program's numbers as an item of the caller's array; false when it has no room for it. */
typedef bool (*writes_item)(const program *p, const port_decl *port, const plain *from, void *v,
                            size_t at);

static int get_output(moot_session *s, const char *name, writes_item put, void *v, size_t cap,
                      size_t *n)
{
    const memory_source *before = engine_memory(s->engine);
    plain joined = {0};
    uint32_t index = 0;
    status st = join_output(s, name, &index, &joined);

    memory_use(before);
    if (st) return moot_code(st);
    *n = joined.len;
    if (joined.len > cap)
        st = fail(&s->call, E_USAGE, "", "output `%s` has %zu items", name, joined.len);
    for (size_t k = 0; k < joined.len && !st; k++)
        if (!put(s->program, &s->program->output[index], &joined, v, k))
            st = fail(&s->call, E_DATA, "", "item %zu of `%s` is no 64-bit integer", k + 1, name);
    plain_free(&joined);
    return moot_code(st);
}

static bool put_i64(const program *p, const port_decl *port, const plain *from, void *v, size_t at)
{
    num n;
    (void)p;
    if (port->kind == KIND_FIX || !plain_narrow(from, at, &n) || n < INT64_MIN || n > INT64_MAX)
        return false;
    ((int64_t *)v)[at] = (int64_t)n;
    return true;
}

static bool put_f64(const program *p, const port_decl *port, const plain *from, void *v, size_t at)
{
    ((double *)v)[at] =
        ldexp(plain_double(from, at), port->kind == KIND_FIX ? -(int)p->precision : 0);
    return true;
}

int moot_get_i64(moot_session *s, const char *output, int64_t *v, size_t cap, size_t *n)
{
    return get_output(s, output, put_i64, v, cap, n);
}

int moot_get_f64(moot_session *s, const char *output, double *v, size_t cap, size_t *n)
{
    return get_output(s, output, put_f64, v, cap, n);
}

/* One member's value, or all members' as a list. */
static void write_output(const moot_session *s, uint32_t index, uint32_t first, buffer *text)
{
    const port_decl *port = &s->program->output[index];
    const bool list = s->ideal && port->party != PARTY_ALL && s->program->party[port->party].group;
    const uint32_t end = list ? party_members(s->program, port->party) : first + 1;

    if (list) buffer_printf(text, "[");
    for (uint32_t k = first; k < end; k++) {
        if (k > first) buffer_printf(text, ",");
        output_json(s->program, index, &s->data->output[index][k], text);
    }
    if (list) buffer_printf(text, "]");
}

int moot_get_text(moot_session *s, const char *output, char **json)
{
    const memory_source *before;
    buffer text = {0};
    uint32_t index = 0, members, first = 0;
    status st = find_output(s, output, &index);

    *json = NULL;
    if (st) return moot_code(st);
    members = party_members(s->program, s->program->output[index].party);
    while (first < members && !s->data->output[index][first].v) first++;
    if (first == members)
        return moot_code(fail(&s->call, E_USAGE, "", "output `%s` is not for this party", output));
    before = engine_memory(s->engine);
    write_output(s, index, first, &text);
    *json = buffer_take(&text);
    memory_use(before);
    return *json ? MOOT_OK : moot_code(fail_memory(&s->call));
}
