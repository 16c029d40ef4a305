/* Polynomials at the points of the nodes; see points.h. */
#include "runtime/points.h"

static unum difference(const field *f, unsigned a, unsigned b)
{
    return field_minus(f, a, b);
}

void lagrange(const field *f, unum *out, const unsigned *xs, size_t count, unsigned at)
{
    for (size_t k = 0; k < count; k++) {
        unum above = 1, below = 1;
        for (size_t j = 0; j < count; j++) {
            if (j == k) continue;
            above = f->times(above, difference(f, at, xs[j]));
            below = f->times(below, difference(f, xs[k], xs[j]));
        }
        out[k] = f->times(above, field_inverse(f, below));
    }
}

unum set_function(const field *f, uint32_t members, unsigned nodes, unsigned at)
{
    unum above = 1, below = 1;
    for (unsigned k = 0; k < nodes; k++) {
        if (members >> k & 1) continue;
        above = f->times(above, difference(f, at, k + 1));
        below = f->times(below, difference(f, 0, k + 1));
    }
    return f->times(above, field_inverse(f, below));
}
