/* A NumPy file (.npy, versions 1 to 3): its type, shape and where its numbers stand. */
#ifndef MOOT_RUNTIME_NPY_H
#define MOOT_RUNTIME_NPY_H

#include "vm/base.h"

typedef enum npy_type { NPY_F4, NPY_F8, NPY_I4, NPY_I8 } npy_type;

enum { NPY_AXES = 8 };

typedef struct npy {
    npy_type type;
    unsigned rank;
    uint64_t dim[NPY_AXES];
    uint64_t items;
    const uint8_t *data; /* items little-endian numbers, row-major, in the file's bytes */
} npy;

/* E_DATA naming the file for what is not a little-endian C-order array of f4, f8, i4 or i8. */
status npy_parse(npy *out, slice bytes, const char *file, failure *err);

bool npy_is_float(const npy *a);
double npy_float(const npy *a, uint64_t k);
int64_t npy_int(const npy *a, uint64_t k);

#endif
