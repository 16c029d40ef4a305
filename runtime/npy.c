/* Reads the header of a NumPy file, which is a Python dictionary in text, and its numbers. */
#include "runtime/npy.h"

#include <stdlib.h>
#include <string.h>

enum { HEADER_MAX = 4096 };

static status refuse(const char *file, const char *why, failure *err)
{
    fail(err, E_DATA, "D11", "%s: %s", file, why);
    fail_add(
        err,
        "help: numpy.save(file, numpy.ascontiguousarray(a, dtype='<f8')) writes what moot reads");
    return E_DATA;
}

/* What follows 'key': in the dictionary, or NULL. */
static const char *find(const char *header, const char *key)
{
    const char *at = strstr(header, key);
    if (!at) return NULL;
    at += strlen(key);
    while (*at == ' ' || *at == ':') at++;
    return at;
}

static bool read_type(npy *out, const char *at)
{
    static const char *const names[] = {
        [NPY_F4] = "'<f4'", [NPY_F8] = "'<f8'", [NPY_I4] = "'<i4'", [NPY_I8] = "'<i8'"};
    for (unsigned k = 0; at && k < sizeof names / sizeof *names; k++)
        if (!strncmp(at, names[k], 5)) return out->type = (npy_type)k, true;
    return false;
}

/* "(3, 4)", "(3,)" or "()". */
static bool read_shape(npy *out, const char *at)
{
    if (!at || *at++ != '(') return false;
    out->items = 1;
    for (out->rank = 0; *at != ')'; out->rank++) {
        char *end;
        if (out->rank == NPY_AXES || *at < '0' || *at > '9') return false;
        uint64_t n = strtoull(at, &end, 10);
        if (n && out->items > UINT32_MAX / n) return false;
        out->dim[out->rank] = n;
        out->items *= n;
        for (at = end; *at == ' ' || *at == ','; at++) {}
    }
    return true;
}

static size_t item_size(npy_type type)
{
    return type == NPY_F4 || type == NPY_I4 ? 4 : 8;
}

status npy_parse(npy *out, slice bytes, const char *file, failure *err)
{
    char header[HEADER_MAX + 1];
    const uint8_t *b = bytes.data;

    *out = (npy){0};
    if (bytes.len < 12 || memcmp(b, "\x93NUMPY", 6)) return refuse(file, "not a .npy file", err);
    bool wide = b[6] >= 2;
    size_t start = wide ? 12 : 10;
    size_t len = b[8] | (size_t)b[9] << 8;
    if (wide) len |= (size_t)b[10] << 16 | (size_t)b[11] << 24;
    if (b[6] < 1 || b[6] > 3 || len > HEADER_MAX || len > bytes.len - start)
        return refuse(file, "its header cannot be read", err);
    memcpy(header, b + start, len);
    header[len] = 0;

    const char *order = find(header, "'fortran_order'");
    if (!read_type(out, find(header, "'descr'")))
        return refuse(file, "its numbers are none of <f4 <f8 <i4 <i8", err);
    if (!order || strncmp(order, "False", 5))
        return refuse(file, "it is in column (Fortran) order", err);
    if (!read_shape(out, find(header, "'shape'")))
        return refuse(file, "its shape cannot be read", err);
    if (bytes.len - start - len != out->items * item_size(out->type))
        return refuse(file, "its length does not fit its shape", err);
    out->data = b + start + len;
    return OK;
}

bool npy_is_float(const npy *a)
{
    return a->type == NPY_F4 || a->type == NPY_F8;
}

static uint64_t read_le(const npy *a, uint64_t k)
{
    size_t size = item_size(a->type);
    uint64_t bits = 0;
    for (size_t j = 0; j < size; j++) bits |= (uint64_t)a->data[k * size + j] << (8 * j);
    return bits;
}

double npy_float(const npy *a, uint64_t k)
{
    uint64_t bits = read_le(a, k);
    uint32_t half = (uint32_t)bits;
    double wide;
    float narrow;
    if (a->type == NPY_F4) return memcpy(&narrow, &half, 4), (double)narrow;
    return memcpy(&wide, &bits, 8), wide;
}

int64_t npy_int(const npy *a, uint64_t k)
{
    uint64_t bits = read_le(a, k);
    return a->type == NPY_I4 ? (int32_t)(uint32_t)bits : (int64_t)bits;
}
